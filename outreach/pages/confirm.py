"""Asking once more before what cannot be undone."""

from typing import Any

import streamlit as st

from outreach.pages.language import _

_ASKED = "asked to confirm"


def sure(label: str, told: str, *, key: str, yes: str | None = None, **button: Any) -> bool:
    """Show a button; pressed, it says what comes of it, and only a second press returns True.

    The question stands on this page alone: it is taken back by going to another one.

    Needs    told    what will be and what will stay, in one sentence
             yes     the words on the second button; the first one's where left out
    """
    if st.session_state.get(_ASKED) != (key, _visit()):
        st.button(label, key=f"ask {key}", on_click=_ask, args=(key,), **button)
        return False
    with st.container(border=True, key=f"sure-{key}"):
        st.markdown(told)
        with st.container(horizontal=True):
            said = st.button(yes or label, key=f"yes {key}", type="primary")
            st.button(_("No, leave it"), key=f"no {key}", on_click=_ask, args=(None,))
    if said:
        _ask(None)
    return said


def _ask(key: str | None) -> None:
    st.session_state[_ASKED] = (key, _visit())


def _visit() -> object:
    return st.session_state.get("page visit")
