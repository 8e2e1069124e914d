"""Repeat places and people: who and what called for help again and again, and why they are here."""

import pandas as pd
import streamlit as st

from outreach.maps import views
from outreach.pages import frame, map_view, tables


def page() -> None:
    """Show repeat places, facilities apart, and repeat callers under pseudonyms."""
    view = frame.open_page(
        "Repeat places and people",
        "Listed for repeated calls for help, and for nothing else. People appear as pseudonyms.",
    )
    if not len(view.places) and not len(view.persons):
        rule = view.city.repeat
        frame.nothing_yet(
            f"Nothing called {rule.min_calls} times or more within {rule.window_days} days.",
            "Bring in more calls: outreach ingest FILE.",
        )
        return
    zone = view.city.time_zone
    listed = view.places[view.places["home_visit"]]
    if len(listed):
        chart = views.places_map(listed, view.clusters, map_view.ground_of(view))
        map_view.show_map(chart, height=480)
    kept_back = len(view.places) - len(listed)
    if kept_back:
        st.caption(
            f"{kept_back} more are not shown: a visit at the door could put somebody in danger."
        )
    doors = listed["kind"] == "place"
    places, apart, people = st.tabs(
        [
            f"Places ({int(doors.sum())})",
            f"Facilities and default points ({int((~doors).sum())})",
            f"People ({len(view.persons)})",
        ]
    )
    with places:
        show_list(tables.ranked(listed[doors], "address", zone))
    with apart:
        st.caption(
            "Stations, hospitals and points that a system writes when it does not know better. "
            "They collect calls from elsewhere, so they are kept apart."
        )
        show_list(tables.ranked(listed[~doors], "address", zone))
    with people:
        if len(view.persons):
            show_list(tables.ranked(view.persons, "person_id", zone))
        else:
            st.info("No export has a key for persons, so nobody can be recognised again.")


def show_list(table: pd.DataFrame) -> None:
    """Show a ranked list with room for the reasons."""
    wide = {"Reason": st.column_config.TextColumn(width=640)}
    st.dataframe(table, hide_index=True, column_config=wide, height=560)


if __name__ == "__main__":
    page()
