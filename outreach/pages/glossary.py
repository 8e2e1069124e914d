"""The words of the app in plain words, to be searched."""

from html import escape

import streamlit as st

from outreach.pages import frame
from outreach.pages.glossary_words import Entry, glossary, search
from outreach.pages.language import _


def page() -> None:
    """Show the words, or those that hold what is looked for."""
    st.title(_("Words"))
    st.caption(_("What the words on these pages mean, in one sentence each."))
    text = st.text_input(
        _("Look for"), key="word", placeholder=_("Such as: hot spot, listing, release"), width=460
    )
    found = search(glossary(), text)
    if not found:
        frame.nothing_yet(
            _("No word here holds that."), _("Try a shorter part of it, or empty the field.")
        )
    for section, entries in found.items():
        st.subheader(section)
        st.html(words_html(entries))


def words_html(entries: list[Entry]) -> str:
    """Return words beside what they mean; every text is escaped."""
    rows = "".join(f"<dt>{escape(one.word)}</dt><dd>{escape(one.told)}</dd>" for one in entries)
    return f'<dl class="facts">{rows}</dl>'


if __name__ == "__main__":
    page()
