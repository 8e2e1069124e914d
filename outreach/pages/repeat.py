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
            f"In the last {rule.window_days} days before today no place and no person had "
            f"{rule.min_calls} calls for help or more.",
            "Bring in more on the page “What came in” or by: outreach ingest FILE.",
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
        show_list(tables.ranked(listed[doors], "address", zone), "places")
    with apart:
        st.caption(
            "Stations, hospitals and points that a system writes when it does not know better. "
            "They collect calls from elsewhere, so they are kept apart."
        )
        show_list(tables.ranked(listed[~doors], "address", zone), "apart")
    with people:
        if len(view.persons):
            show_list(tables.ranked(view.persons, "person_id", zone), "people")
        else:
            st.info("No export has a key for persons, so nobody can be recognised again.")


def show_list(table: pd.DataFrame, key: str) -> None:
    """Show a ranked list with room for the reasons."""
    if len(table):
        amount = next(name for name in tables.AMOUNTS.values() if name in table)
        frame.list_of(table, (amount, "Last"), key=key)
    else:
        st.info("None.")


if __name__ == "__main__":
    page()
