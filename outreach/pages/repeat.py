"""Repeat places and people: who and what called for help again and again, and why they are here."""

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
    if len(view.places):
        chart = views.places_map(view.places, view.clusters, map_view.ground_of(view))
        map_view.show_map(chart, height=480)
    doors = view.places["kind"] == "place"
    places, apart, people = st.tabs(
        [
            f"Places ({int(doors.sum())})",
            f"Facilities and default points ({int((~doors).sum())})",
            f"People ({len(view.persons)})",
        ]
    )
    with places:
        st.dataframe(tables.ranked(view.places[doors], "address", zone), hide_index=True)
    with apart:
        st.caption(
            "Stations, hospitals and points that a system writes when it does not know better. "
            "They collect calls from elsewhere, so they are kept apart."
        )
        st.dataframe(tables.ranked(view.places[~doors], "address", zone), hide_index=True)
    with people:
        if len(view.persons):
            st.dataframe(tables.ranked(view.persons, "person_id", zone), hide_index=True)
        else:
            st.info("No export has a key for persons, so nobody can be recognised again.")


if __name__ == "__main__":
    page()
