"""One place of the directory: all that is known of it, and what a person does about it."""

from datetime import datetime
from html import escape
from pathlib import Path

import pandas as pd
import streamlit as st

from outreach.config import City
from outreach.maps.style import kind_label
from outreach.pages import directory_forms, directory_tables, frame, saving, wall_clock
from outreach.pages.language import _, language, number
from outreach.pipeline import directory as places_of_help
from outreach.pipeline.directory_list import coming_openings
from outreach.roles import viewer

CHOSEN = "place"  # in the page's address
OPENED = "places opened"  # how many were, so that no row stays chosen in the list


def open_one(resource_id: str) -> None:
    """Show a place instead of the list."""
    st.query_params[CHOSEN] = resource_id
    st.session_state[OPENED] = st.session_state.get(OPENED, 0) + 1


def _back() -> None:
    st.query_params.pop(CHOSEN, None)


def show(
    folder: Path, city: City, places: pd.DataFrame, resource_id: str, by: str, at: datetime
) -> None:
    """Show a place with everything, and let somebody verify, change or close it."""
    place = places.set_index("resource_id", drop=False).loc[resource_id].to_dict()
    st.button(_("All places"), icon=":material/arrow_back:", on_click=_back)
    st.subheader(frame.plain_markdown(place["name"]))
    st.html(
        f'<p class="binds">{directory_tables.badges_html(place, at, city.time_zone)}</p>'
        f'<p class="quiet">{escape(kind_label(place["kind"], language()))}</p>'
    )
    for doubt in place["doubts"]:
        st.warning(frame.plain_markdown(doubt), icon=":material/help:")
    if place["redacted"]:
        st.info(
            _(
                "Staff see this place here. It is left out of day sheets, maps, lists for others "
                "and exports, and no stop is planned at its door."
            )
        )
    records = viewer().may("record")
    with st.container(horizontal=True):
        if records:
            verify(folder, place["name"], resource_id, by)
        if place["phone"]:
            told = _("Call {phone}").format(phone=place["phone"])
            st.link_button(told, f"tel:{_dialled(place['phone'])}")
    one = places[places["resource_id"] == resource_id]
    coming = coming_openings(one, at, city)
    st.html(directory_tables.hours_html(place, coming, at, city.time_zone))
    if not records:
        st.html(directory_tables.place_html(place, None))
        return
    history = frame.read(lambda: places_of_help.history_of(folder, resource_id))
    st.html(directory_tables.place_html(place, last_verified_by(history)))
    with st.expander(_("Change the entry"), icon=":material/edit:"):
        directory_forms.change(folder, place, by)
    show_history(history)
    with st.expander(_("It has closed for good")):
        close(folder, place["name"], resource_id, by)


def _dialled(phone: str) -> str:
    return "".join(
        sign for sign in phone.split("x", maxsplit=1)[0] if sign.isdigit() or sign == "+"
    )


def verify(folder: Path, name: str, resource_id: str, by: str) -> None:
    """Note in one tap that the entry was made sure of today."""
    if st.button(_("Verified today"), type="primary", icon=":material/check:"):
        saving.keep(
            lambda: places_of_help.verify_resource(
                folder, resource_id, by=by, now=wall_clock.now()
            ),
            _("Kept: {name} verified today.").format(name=name),
            by,
        )


def close(folder: Path, name: str, resource_id: str, by: str) -> None:
    """Take a place off the lists; its record stays."""
    st.caption(_("It is offered no more and leaves this list; its record stays in the directory."))
    if st.button(_("Yes, it has closed")):
        saving.keep(
            lambda: places_of_help.close_resource(folder, resource_id, by=by, now=wall_clock.now()),
            _("Kept: {name} has closed.").format(name=name),
            by,
        )


def last_verified_by(history: pd.DataFrame) -> str | None:
    """Return who verified a place last."""
    found = history[history["did"].isin(["verify", "verified", "create", "added"])]
    return str(found["by"].iloc[0]) if len(found) else None


def show_history(history: pd.DataFrame) -> None:
    """Show who changed what when, the latest first."""
    if history.empty:
        return
    with st.expander(_("What was done here ({n})").format(n=number(len(history)))):
        st.html(directory_tables.history_html(history))
