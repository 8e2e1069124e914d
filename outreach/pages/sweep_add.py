"""Adding a stop to a plan: where a lead clicked on the map, or at an address."""

from collections.abc import Callable
from datetime import date

import streamlit as st

from outreach.errors import OutreachError
from outreach.pages import change_tables, frame, wall_clock
from outreach.pages import language as reader
from outreach.pages.change_tables import Change, Choices
from outreach.pages.language import _
from outreach.pipeline import locate, replan
from outreach.pipeline.view import CityView
from outreach.weeks import local_date

Spot = tuple[float, float]  # lon, lat
Note = Callable[[Change], None]  # puts a change on the list


def add_stop(view: CityView, of: Choices, spot: Spot | None, note: Note) -> None:
    """Let a lead add a stop where she clicked, or at an address."""
    if spot is not None:
        near = locate.crossing_near(view.folder, *spot)
        told = _("Clicked on the map: **at {lat}, {lon}**")
        told = _("Clicked on the map: **near {crossing}**") if near else told
        lon, lat = (f"{degrees:.5f}" for degrees in spot)
        st.markdown(told.format(crossing=frame.plain_markdown(near), lat=lat, lon=lon))
    usual = int(view.city.plan.task_min)
    with st.form("add a stop", border=False, enter_to_submit=False):
        st.text_input(
            _("Another address or crossing")
            if spot
            else _("Address or crossing, or click on the map"),
            max_chars=120,
            placeholder=_("12 Elm St, or Elm St & Oak Ave"),
            key=_field("address"),
        )
        st.text_input(
            _("What for"),
            max_chars=200,
            placeholder=_("What to do there; no names"),
            help=_("It stands on the team's sheet, so no names and nothing about health."),
            key=_field("reason"),
        )
        with st.container(horizontal=True):
            st.number_input(_("Minutes"), 5, 240, usual, step=5, width=120, key=_field("minutes"))
            st.selectbox(
                _("Day"),
                [None, *_days(of)],
                format_func=lambda day: reader.day(day) if day else _("Any day"),
                width=160,
                key=_field("day"),
            )
        st.form_submit_button(_("Add it to the changes"), on_click=_add, args=(view, spot, note))
    if why := st.session_state.pop(_field("error"), ""):
        st.error(frame.plain_markdown(why))


def _field(name: str) -> str:
    return f"new stop {name}"


def _add(view: CityView, spot: Spot | None, note: Note) -> None:
    """Put the stop of the form on the list; what is missing in it is told."""
    address, reason, minutes, day = (
        st.session_state[_field(name)] for name in ("address", "reason", "minutes", "day")
    )
    missing = _missing(address, reason, spot)
    if missing:
        st.session_state[_field("error")] = missing
        return
    try:
        label, lon, lat = _place(view, address.strip(), spot)
        stop = replan.add_stop(
            label, lon, lat, minutes=float(minutes), day=day, reason=reason.strip()
        )
    except OutreachError as error:
        st.session_state[_field("error")] = str(error)
        return
    note(change_tables.put_in(stop))
    st.session_state.update({_field("address"): "", _field("reason"): ""})


def _missing(address: str, reason: str, spot: Spot | None) -> str:
    """Return what a new stop still needs, in a line."""
    if not address.strip() and spot is None:
        return _("Type an address or a crossing, or click on the map.")
    return "" if reason.strip() else _("Say what to do there, in a few words.")


def _place(view: CityView, address: str, spot: Spot | None) -> tuple[str, float, float]:
    if address or spot is None:
        return (address, *locate.locate(view.folder, address))
    near = locate.crossing_near(view.folder, *spot)
    return (f"near {near}" if near else "chosen on the map", *spot)


def _days(of: Choices) -> list[date]:
    today = local_date(wall_clock.now(), of.plan.time_zone)
    return sorted({day for day in of.plan.shifts["day"] if day >= today})
