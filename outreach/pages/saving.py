"""How entries about participants are saved: at once, under a name, with one line that says so."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from outreach.pages import frame, wall_clock
from outreach.pages.language import _
from outreach.pages.work_forms import named
from outreach.pipeline import organisations, staff


def saves() -> int:
    """Return how many entries were saved in this session; fields with it in their key are new."""
    return int(st.session_state.get("saves", 0))


def anew() -> None:
    """Read what is shown anew at the next run, and empty its fields."""
    st.session_state["saves"] = saves() + 1


def keep(action: Callable[[], object], said: str | Callable[[Any], str], by: str) -> None:
    """Save an entry and show the page anew with a line on what was saved.

    Needs    said    the line, or what makes it from that which the action returned
    """
    if not named(by):
        return
    done: list[object] = []
    if frame.attempt(lambda: done.append(action())):
        anew()
        st.session_state["said"] = said if isinstance(said, str) else said(done[0])
        st.rerun()
    st.button(_("Read it again"), on_click=anew, icon=":material/refresh:")


def say() -> None:
    """Show once what was saved last."""
    said = st.session_state.pop("said", "")
    if said:
        st.success(frame.plain_markdown(said), icon=":material/check:")
        st.toast(frame.plain_markdown(said))


def worker_names(folder: Path) -> Mapping[str, str]:
    """Return the names of those who go out, by staff_id."""
    found = frame.read(lambda: staff.staff_list(folder, wall_clock.now()))
    found = found[found["active"]]
    return dict(zip(found["staff_id"], found["name"], strict=True))


def organisation_names(folder: Path) -> Mapping[str, str]:
    """Return the names of organisations, by organisation_id."""
    found = frame.read(lambda: organisations.organisation_list(folder, wall_clock.now()))
    return dict(zip(found["organisation_id"], found["name"], strict=True))
