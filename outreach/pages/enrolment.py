"""Enrolling somebody: the door is mandatory, all else may come later (duty 30)."""

from typing import Any
from uuid import uuid4

import streamlit as st

from outreach.language.translate import N_
from outreach.pages import frame, wall_clock
from outreach.pages.language import _, in_words
from outreach.pages.saving import anew, worker_names
from outreach.pages.work_forms import named
from outreach.pipeline import participants
from outreach.pipeline.view import CityView
from outreach.work_words import DOORS

NEW = "new"
DOOR_HELP = N_(
    "Instead of arrest: an officer referred them rather than make an arrest. Social contact: an "
    "officer referred them without any arrest in question. Community: every other way."
)


def show(view: CityView, person_id: str, by: str) -> None:
    """Enrol somebody new, or a person in the calls."""
    frame.link_to("participants", _("All participants"), back=True)
    st.subheader(_("Enrol somebody"))
    new = person_id == NEW
    if not new:
        _of_the_calls(view, person_id)
    asked = form(view, new=new)
    if asked is None or not named(by):
        return
    door, worker, details = asked
    if door is None:
        st.warning(_("Say how they came to us; without it nobody is enrolled."))
        return
    made: list[str] = []
    # The same until it is kept, so that a second tap on the button enrols nobody twice.
    key = st.session_state.setdefault("enrolment", uuid4().hex)
    done = frame.attempt(
        lambda: made.append(
            participants.enrol(
                view.folder,
                door,
                by=by,
                now=wall_clock.now(),
                person_id=None if new else person_id,
                staff_id=worker,
                details=details,
                participant_id=key,
            )
        )
    )
    if done:
        anew()
        del st.session_state["enrolment"]
        st.session_state["said"] = _("Enrolled. What they want and allow can be recorded below.")
        st.query_params.from_dict({"participant": made[0]})
        st.rerun()


Asked = tuple[str | None, str | None, dict[str, str]]  # door, worker, details


def form(view: CityView, *, new: bool) -> Asked | None:
    """Ask what is needed, and return it once it is sent."""
    workers = worker_names(view.folder)
    with st.form("enrol", width=640):
        door = st.radio(
            _("How they came to us (must be answered)"),
            DOORS,
            index=None,
            format_func=in_words,
            help=_(DOOR_HELP),
            key="door",
        )
        details = {
            "given_name": st.text_input(_("Given name"), max_chars=120, key="given"),
            "family_name": st.text_input(_("Family name"), max_chars=120, key="family"),
            "birth_date": birth_date(None, key="born"),
            "phone": st.text_input(_("Phone"), max_chars=40, key="phone"),
        }
        worker = st.selectbox(
            _("Who carries the case"), list(workers), index=None,
            format_func=workers.__getitem__, placeholder=_("Nobody yet"), key="carrier",
        )  # fmt: skip
        st.caption(
            _("All but the first may stay empty.")
            if new
            else _(
                "All but the first may stay empty; what the calls say is taken over where a field "
                "is empty."
            )
        )
        if not st.form_submit_button(_("Enrol"), type="primary"):
            return None
    return door, worker, {name: value for name, value in details.items() if value}


def birth_date(known: Any, *, key: str) -> str | None:
    """Ask for a birth date; Streamlit's calendar would take hundreds of clicks."""
    text = st.text_input(
        _("Birth date"),
        value=str(known or ""),
        placeholder="1980-05-17",
        max_chars=10,
        key=key,
        help=_("Year, month, day."),
    ).strip()
    return text or None


def _of_the_calls(view: CityView, person_id: str) -> None:
    listed = view.persons[view.persons["person_id"] == person_id]
    told = _("A person known from the calls as **{person}**.")
    st.markdown(told.format(person=frame.plain_markdown(person_id)))
    if len(listed):
        st.caption(frame.plain_markdown(str(listed["reason"].iloc[0])))
