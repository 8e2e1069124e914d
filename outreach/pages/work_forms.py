"""What the pages of the teams' work share: who is at the screen, words for codes and days."""

import re
from datetime import date
from typing import Any

import streamlit as st

from outreach import roles
from outreach.errors import OutreachError
from outreach.language.words import LANGUAGES
from outreach.pages import frame
from outreach.pages import language as reader
from outreach.pipeline import lists

_WHO = "who works here"
_ISO_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")


def in_words(code: str) -> str:
    """Return a code of the work database as people read it."""
    return reader.in_words(code)


def language(code: str) -> str:
    """Return a language as people call it."""
    return reader._(LANGUAGES.get(code, code))


def due_words(due: date, today: date) -> str:
    """Return when something is due as people say it."""
    days = (due - today).days
    if days < 0:
        return reader._n("{number} day overdue", "{number} days overdue", -days)
    if days < 2:
        return reader._("today") if days == 0 else reader._("tomorrow")
    return reader._("in {days} days, {day}").format(days=days, day=reader.day(due))


def days_in_words(text: str) -> str:
    """Return a text with the days in it as people write them."""
    return _ISO_DAY.sub(lambda found: reader.full_day(date.fromisoformat(found[0])), text)


def who() -> str:
    """Return the name of the person at the screen; "" until it is given.

    Whoever is logged in has one; others, as in the demo, are asked once a session.
    """
    asks = roles.viewer()
    if asks.account_id is not None:
        return asks.name
    known = str(st.session_state.get(_WHO, ""))
    if not known:
        return _asked(known)
    with st.popover(
        reader._("You: {name}").format(name=frame.plain_markdown(known)), icon=":material/person:"
    ):
        return _asked(known)


def _asked(known: str) -> str:
    """Ask for the name; it is kept apart from the field, which goes when the page changes."""
    names = _staff_names()
    told: dict[str, Any] = {"key": "your name", "on_change": _keep_name, "width": 340}
    if names:
        options = names if known in ("", *names) else [known, *names]
        index = options.index(known) if known else None
        hint = reader._("Choose or type your name")
        given = st.selectbox(
            reader._("Your name"), options, index, placeholder=hint, accept_new_options=True, **told
        )
    else:
        hint = reader._("Who is working here?")
        given = st.text_input(reader._("Your name"), known, max_chars=80, placeholder=hint, **told)
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
        st.warning(reader._("Give your name at the top of the page first; nothing was kept yet."))
    return bool(by)


def remembered(key: str, default: Any = None) -> Any:
    """Return what was chosen before in this session; a field alone forgets it on another page."""
    return st.session_state.get(f"chosen {key}", default)


def remember(key: str, value: object) -> None:
    """Keep a choice for this session."""
    st.session_state[f"chosen {key}"] = value
