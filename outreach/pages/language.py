"""The reader's language: ``_`` says an English text in it; days and hours as they write them."""

import os
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from outreach.config import load_city
from outreach.errors import OutreachError
from outreach.language import words
from outreach.language.translate import (
    FULL_DAY,
    LANGUAGES,
    SHORT_DAY,
    clock_words,
    day_words,
    number_words,
    plural,
    translator,
)

HOURS: Final = "12h"  # of a field for an hour, as ``clock`` writes them in both languages
_CHOSEN = "language"
_FIELD = "language choice"
_OF_ACCOUNT = "language of the account"


def language() -> str:
    """Return the code of the reader's language.

    It is the one chosen in the sidebar, else the account's, the browser's, or the city's.
    """
    if get_script_run_ctx(suppress_warning=True) is None:
        return "en"  # no reader, as in a test of a plain function
    state = st.session_state
    browser = (st.context.locale or "").partition("-")[0]
    wanted = (state.get(_CHOSEN), state.get(_OF_ACCOUNT), browser)
    return next((code for code in wanted if code in LANGUAGES), None) or _of_city()


def remember_account(code: str | None) -> None:
    """Keep the language of the account that is logged in for this session."""
    st.session_state[_OF_ACCOUNT] = code


def _of_city() -> str:
    return _read_of_city(os.environ.get("OUTREACH_CITY", "demo-city"))


@lru_cache(maxsize=8)
def _read_of_city(folder: str) -> str:
    try:
        return load_city(Path(folder)).app.language
    except OutreachError:
        return "en"


def _(text: str) -> str:
    """Return a text in the reader's language."""
    return translator(language())(text)


def _n(one: str, many: str, number: int) -> str:
    """Return the text for a number of things; both texts hold {number}, which is filled in."""
    return plural(language(), one, many, number)


def day(of: date) -> str:
    """Return a day in short, as the reader writes it: Sun 22 Nov."""
    return day_words(of, language(), SHORT_DAY)


def full_day(of: date) -> str:
    """Return a day with its year, as the reader writes it: 22 Nov 2026."""
    return day_words(of, language(), FULL_DAY)


def clock(at: datetime, time_zone: str) -> str:
    """Return an instant's time of day in the city, as the reader writes it."""
    return clock_words(at.astimezone(ZoneInfo(time_zone)), language())


def moment(at: datetime, time_zone: str) -> str:
    """Return an instant on the city's clocks, as the reader writes it: 22 Nov 2026, 7:00 AM."""
    local = at.astimezone(ZoneInfo(time_zone))
    return f"{full_day(local.date())}, {clock_words(local, language())}"


def number(value: float) -> str:
    """Return a number as the reader writes it."""
    return number_words(value, language())


def in_words(code: str) -> str:
    """Return a code of the work database as the reader reads it."""
    return words.in_words(code, language())


def need_label(need: str) -> str:
    """Return a need as the reader reads it."""
    return words.need_words(need, language())


def role_label(role: str) -> str:
    """Return a role as the reader reads it."""
    return words.role_words(role, language())


def choose_language() -> None:
    """Let a reader choose."""
    known = language()
    st.session_state[_FIELD] = known
    st.selectbox(
        "Language / Idioma",
        tuple(LANGUAGES),
        format_func=lambda code: LANGUAGES[code],
        key=_FIELD,
        on_change=_keep,
    )
    if known != "en":
        st.caption(
            _(
                "Still in English: the reasons of stops, places and people, what was recorded and "
                "noted, messages about mistakes, and the weekly summary as a file."
            )
        )


def _keep() -> None:
    st.session_state[_CHOSEN] = st.session_state[_FIELD]
