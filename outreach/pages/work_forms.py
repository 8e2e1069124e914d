"""What the pages of the teams' work share: who is at the screen, words for codes and days."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import streamlit as st

from outreach.errors import OutreachError
from outreach.maps.style import plain
from outreach.pages import frame
from outreach.pages.demand_tables import day_text
from outreach.pipeline import lists
from outreach.work_words import LANGUAGES

_WHO = "who works here"
_ISO_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")

# Codes of the work database that do not read well as they are.
WORDS: Mapping[str, str] = {
    "not_found": "Not found",
    "left_information": "Left information",
    "declined": "Declined today",
    "asked_no_visits": "Asked for no more visits",
    "checked": "Checked on, is well",
    "notified": "Notification given",
    "engaged": "Worked on next steps",
    "accompanied": "Went along with them",
    "opt_out": "Wants no contact",
    "do_not_visit": "Wants no visits",
    "retained": "Stayed in the service",
    "no_place": "No place was free",
    "not_reached": "Could not be reached",
    "sharps_pickup": "Needle pickup",
    "no_contact": "Long without contact",
    "emergency_medical": "Emergency medical service",
    "hmis": "Homeless management information system",
    "arrest_diversion": "Instead of an arrest",
}
MODES: Mapping[str, str] = {
    "community": "Without police",
    "co_response": "With police",
    "phone": "By phone",
    "notification": "Notification",
}


def in_words(code: str) -> str:
    """Return a code of the work database as people read it."""
    return WORDS.get(code, plain(code))


def language(code: str) -> str:
    """Return a language as people call it."""
    return LANGUAGES.get(code, code)


def due_words(due: date, today: date) -> str:
    """Return when something is due as people say it."""
    days = (due - today).days
    if days < 0:
        return f"{counted(-days, 'day')} overdue"
    if days < 2:
        return "today" if days == 0 else "tomorrow"
    return f"in {days} days, {due:%a} {due.day} {due:%b}"


def days_in_words(text: str) -> str:
    """Return a text with the days in it as people write them."""
    return _ISO_DAY.sub(lambda found: day_text(date.fromisoformat(found[0])), text)


def counted(number: int, what: str) -> str:
    """Return a number and what it counts: 1 day, 2 days."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def who() -> str:
    """Return the name of the person at the screen, asked once a session; "" until it is given."""
    known = str(st.session_state.get(_WHO, ""))
    if not known:
        return _asked(known)
    with st.popover(f"You: {frame.plain_markdown(known)}", icon=":material/person:"):
        return _asked(known)


def _asked(known: str) -> str:
    """Ask for the name; it is kept apart from the field, which goes when the page changes."""
    names = _staff_names()
    told: dict[str, Any] = {"key": "your name", "on_change": _keep_name, "width": 340}
    if names:
        options = names if known in ("", *names) else [known, *names]
        index = options.index(known) if known else None
        hint = "Choose or type your name"
        given = st.selectbox(
            "Your name", options, index, placeholder=hint, accept_new_options=True, **told
        )
    else:
        hint = "Who is working here?"
        given = st.text_input("Your name", known, max_chars=80, placeholder=hint, **told)
    return (given or "").strip()


def _keep_name() -> None:
    st.session_state[_WHO] = (st.session_state["your name"] or "").strip()


def _staff_names() -> list[str]:
    """Return who could be at the screen; anybody else can type a name."""
    folder = frame.city_folder()
    try:
        return list(lists.workers(folder).values()) if lists.has_work(folder) else []
    except OutreachError:
        return []


def named(by: str) -> bool:
    """Return whether somebody is named; else ask for it: every change says who made it."""
    if not by:
        st.warning("Give your name at the top of the page first; nothing was kept yet.")
    return bool(by)


def remembered(key: str, default: Any = None) -> Any:
    """Return what was chosen before in this session; a field alone forgets it on another page."""
    return st.session_state.get(f"chosen {key}", default)


def remember(key: str, value: object) -> None:
    """Keep a choice for this session."""
    st.session_state[f"chosen {key}"] = value
