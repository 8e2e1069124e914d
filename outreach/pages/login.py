"""What somebody sees in a page that stayed open after their session ended."""

from html import escape
from pathlib import Path

import streamlit as st

from outreach.pages.language import _


def screen() -> None:
    """Say that nobody is logged in, and show the way to the login and to no page."""
    st.navigation([st.Page(_ended, title="Outreach")], position="hidden").run()


def _ended() -> None:
    st.html(Path(__file__).parent / "page.css")
    st.title("Outreach")
    st.info(_("Your session has ended. What you had saved is kept."))
    st.html(f'<p><a class="log-in" href="/login">{escape(_("Log in"))}</a></p>')
