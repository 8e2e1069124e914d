"""Who is at the screen: the account that is logged in, or a role tried on in the demo."""

import hashlib
import hmac
from dataclasses import dataclass
from html import escape
from pathlib import Path
from threading import Lock
from time import monotonic

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from outreach.config import CONFIG_NAME, load_city
from outreach.pages import wall_clock
from outreach.pages.language import _, choose_language, remember_account, role_label
from outreach.pipeline import log_in
from outreach.pipeline.log_in import LoggedIn
from outreach.roles import ACCOUNT_ROLES, Role, Viewer
from outreach.simulate.crew import DEMO_ORGANISATIONS

TRIED_ROLE = "role tried on"
COOKIE = "outreach_session"  # what the gate gives to a browser
FORM_FIELD = "outreach_form"
_KEPT_S = 2.0  # so long an answer holds; what ends a session in this process is known at once
_TOUCHED_S = 60.0
_MANY = 500


@dataclass
class _Known:
    """What is known of a token."""

    found: LoggedIn | None
    asked_s: float
    touched_s: float = -_TOUCHED_S


_known: dict[tuple[str, str], _Known] = {}
_pages: dict[str, str] = {}  # whose a page in a browser is, by Streamlit's id of it
_demos: dict[tuple[str, int], bool] = {}
_lock = Lock()


def demo_viewer() -> Viewer:
    """Return who looks at an invented city: nobody logs in, and any role can be tried on."""
    role: Role = st.session_state.get(TRIED_ROLE, "lead")
    organisation_id = DEMO_ORGANISATIONS.get(role)  # of the invented city
    return Viewer(f"Demo {role.replace('_', ' ')}", role, organisation_id=organisation_id)


def is_demo(folder: Path) -> bool:
    """Return whether a city is invented, so that anybody at this machine may look around.

    Raises   ConfigError   its settings cannot be read
    """
    path = folder / CONFIG_NAME
    key = (str(folder), path.stat().st_mtime_ns if path.is_file() else 0)
    if key not in _demos:
        if len(_demos) > _MANY:
            _demos.clear()
        _demos[key] = load_city(folder).invented_data
    return _demos[key]


def viewer_now(folder: Path) -> Viewer | None:
    """Return who is at the screen of a city; None: nobody is logged in."""
    if is_demo(folder):
        return demo_viewer()
    found = logged_in(folder, _token())
    return None if found is None or found.must_change else found.viewer


def _token() -> str:
    return str(st.context.cookies.get(COOKIE, ""))


def logged_in(folder: Path, token: str, *, present: bool = False) -> LoggedIn | None:
    """Return who holds a token; ``present``: it is a sign that they are still there.

    It is asked at every step, so an answer is kept for a moment.
    """
    if not token:
        return None
    key, at_s = (str(folder), log_in.session_id_of(token)), monotonic()
    known = _known.get(key)
    if known is None or at_s - known.asked_s > _KEPT_S:
        found = log_in.find_session(folder, token, now=wall_clock.now())
        known = _Known(found, at_s, known.touched_s if known else -_TOUCHED_S)
        with _lock:
            if len(_known) > _MANY:
                _known.clear()
            _known[key] = known
    if known.found and present and at_s - known.touched_s > _TOUCHED_S:
        known.touched_s = at_s
        log_in.touch_session(folder, known.found.session_id, now=wall_clock.now())
    return known.found


def forget_answers() -> None:
    """Ask anew who everybody is: an account or a session was changed."""
    with _lock:
        _known.clear()


def note_page(viewer: Viewer) -> None:
    """Note whose the page is that is drawn now, with all that it holds in memory."""
    drawn = get_script_run_ctx(suppress_warning=True)
    if drawn is None or viewer.account_id is None:
        return
    with _lock:
        if len(_pages) > _MANY:
            _pages.clear()
        _pages[drawn.session_id] = viewer.account_id


def is_page_of(page_id: str, viewer: Viewer) -> bool:
    """Return whether a page is known to be of somebody's own."""
    return viewer.account_id is not None and _pages.get(page_id) == viewer.account_id


def form_token(token: str) -> str:
    """Return what a form must bring along, so that no other site can send it for somebody."""
    return hmac.new(token.encode(), b"form", hashlib.sha256).hexdigest()


def try_a_role_on() -> None:
    """Let a visitor of the demo see it as somebody else does."""
    st.selectbox(_("See the demo as"), ACCOUNT_ROLES, format_func=role_label, key=TRIED_ROLE)


def account_corner(viewer: Viewer, folder: Path) -> None:
    """Show who is logged in, the language, and the way out."""
    if viewer.account_id is None:
        try_a_role_on()
    else:
        found = logged_in(folder, _token())
        remember_account(found.language if found else None)
        _way_out(viewer, own_password=found is not None and not found.sso)
    choose_language()


def _way_out(viewer: Viewer, *, own_password: bool) -> None:
    """Show name, role and the ways on, in plain HTML, since the gate answers to both."""
    change = f'<a href="/password" target="_self">{escape(_("Change password"))}</a>'
    st.html(
        f'<div class="account"><strong>{escape(viewer.name)}</strong><br>'
        f"{escape(role_label(viewer.role))}"
        '<form method="post" action="/logout">'
        f'<input type="hidden" name="{FORM_FIELD}" value="{form_token(_token())}">'
        f'<button type="submit">{escape(_("Log out"))}</button> {change if own_password else ""}'
        "</form></div>"
    )
