"""What a phone itself keeps: which navigation it uses and whose shift it shows. No names of people.

They stand in cookies of this site, as a session ends with the page; nothing rests on them.
"""

import json
from html import escape
from urllib.parse import quote, unquote

import streamlit as st

_YEAR_S = 31_536_000
_SHOWS_OFFLINE = """
<p class="notice offline" role="status"><strong>{head}</strong> {text}</p>
<script>
  (function () {
    const tell = () => document.documentElement.classList.toggle("no-signal", !navigator.onLine);
    addEventListener("offline", tell); addEventListener("online", tell); tell();
  })();
</script>
"""


def remembered(what: str) -> str | None:
    """Return what was chosen in this session, or on this device before."""
    known = st.session_state.get(f"device {what}")
    if known is not None:
        return str(known)
    kept = st.context.cookies.get(f"outreach_{what}")
    return None if kept is None else unquote(kept)


def remember(what: str, value: str) -> None:
    """Keep a choice for this session, and on this device once ``keep`` is shown."""
    if remembered(what) != value:
        st.session_state[f"device {what}"] = value
        st.session_state["device writes"] = {
            **st.session_state.get("device writes", {}),
            what: value,
        }


def keep() -> None:
    """Write what was chosen anew into the browser's cookies."""
    anew = st.session_state.pop("device writes", {})
    if not anew:
        return
    told = [
        f"outreach_{what}={quote(value, safe='')}; path=/; max-age={_YEAR_S}; SameSite=Strict"
        for what, value in anew.items()
    ]
    lines = "".join(f"document.cookie = {json.dumps(cookie)};" for cookie in told)
    st.html(f"<script>{lines}</script>", unsafe_allow_javascript=True)


def say_when_offline(head: str, text: str) -> None:
    """Keep a notice on the page that shows only while the phone has no signal."""
    told = _SHOWS_OFFLINE.replace("{head}", escape(head)).replace("{text}", escape(text))
    st.html(told, unsafe_allow_javascript=True)


def own_navigation() -> str | None:
    """Return the app that was chosen; else the phone's own, except where it knows no geo links."""
    chosen = remembered("navigation")
    if chosen in ("phone", "apple", "google"):  # a cookie may hold anything
        return chosen
    agent = st.context.headers.get("User-Agent") or ""
    return None if "iPhone" in agent or "iPad" in agent else "phone"
