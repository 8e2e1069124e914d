"""The choice of a source on pages about need, and the city's data cut to it (duty 29)."""

from datetime import date

import streamlit as st

from outreach import roles
from outreach.pages import frame, wall_clock
from outreach.pages import language as reader
from outreach.pages.language import _
from outreach.pipeline.sources import ASKING, of_source
from outreach.pipeline.view import CityView, as_seen
from outreach.reports.public import source_words

ALL = "all"


@st.cache_resource(max_entries=4, show_spinner=False)
def _cached(folder: str, changed: float, day: date, source: str) -> CityView:
    """Return the whole; each reader gets their part of it afterwards."""
    whole = frame.whole_city(folder, changed, day)
    with roles.acting_as(roles.OPERATOR):
        return of_source(whole, source)


def chosen(view: CityView) -> CityView:
    """Let a reader choose a source, and return the city's data from its calls."""
    language = reader.language()
    source = str(
        st.pills(
            _("Source"),
            [ALL, *ASKING],
            default=ALL,
            format_func=lambda one: _("All sources") if one == ALL else source_words(one, language),
            key="source",
            required=True,
        )
    )
    if source == ALL:
        return view
    folder, today = view.folder, wall_clock.now().date()
    with st.spinner(_("Counting the calls of this source …")):
        found = frame.read(lambda: _cached(str(folder), frame.stamp(folder), today, source))
    return as_seen(found, roles.viewer())
