"""The choice of a source on pages about need, and the city's data cut to it (duty 29)."""

from collections.abc import Callable
from datetime import date

import streamlit as st

from outreach import roles
from outreach.pages import frame
from outreach.pages import language as reader
from outreach.pages.language import _
from outreach.pipeline import demand as refresh
from outreach.pipeline.demand import Demand
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


@st.cache_resource(max_entries=4, show_spinner=False)
def _cached_demand(folder: str, changed: float, day: date, source: str) -> Demand:
    whole = _cached(folder, changed, day, source)
    with roles.acting_as(roles.OPERATOR):
        return refresh.demand_of(whole, ahead=False)


@st.cache_resource(max_entries=4, show_spinner=False)
def _cached_coarse(folder: str, changed: float, day: date, source: str) -> Demand:
    """Return the same for those who may see no points."""
    whole = _cached(folder, changed, day, source)
    with roles.acting_as(roles.OPERATOR):
        cut = refresh.no_finer(whole)
        if cut is whole:
            return _cached_demand(folder, changed, day, source)
        return refresh.demand_of(cut, ahead=False)


def ask() -> str:
    """Let a reader choose a source of calls, or all of them."""
    language = reader.language()
    return str(
        st.pills(
            _("Source"),
            [ALL, *ASKING],
            default=ALL,
            format_func=lambda one: _("All sources") if one == ALL else source_words(one, language),
            key="source",
            required=True,
        )
    )


def line(source: str) -> tuple[str, ...]:
    """Return the line that tells on a map's file whose calls are on it; none for all."""
    if source == ALL:
        return ()
    return (_("Source: {source}").format(source=source_words(source, reader.language())),)


def cut(view: CityView, source: str) -> CityView:
    """Return the city's data from the calls of a source."""
    if source == ALL:
        return view
    return as_seen(_now(_cached, source), roles.viewer())


def none_placed(view: CityView, source: str) -> bool:
    """Say so where no calls of a source that was chosen have a place."""
    none = source != ALL and view.counts.empty
    if none:
        st.info(_("No calls of this source have a place on the map. Choose another source."))
    return none


def demand(source: str) -> Demand:
    """Return hot spots, trends and alerts from the calls of a source; a forecast is of all only."""
    if source == ALL:
        return frame.demand_of_city()
    viewer = frame.read(lambda: roles.require("counts"))
    return _now(_cached_demand if viewer.may("points") else _cached_coarse, source)


def _now(kept: Callable[[str, float, date, str], frame.Data], source: str) -> frame.Data:
    return frame.cached_now(
        lambda folder, changed, day: kept(folder, changed, day, source),
        _("Counting the calls of this source …"),
    )
