"""Public figures: what anybody may know, with small counts hidden."""

from datetime import date
from pathlib import Path

import streamlit as st

from outreach.maps.base import make_ground
from outreach.maps.public import public_map
from outreach.pages import frame, map_view, wall_clock
from outreach.pages import language as reader
from outreach.pages.language import _
from outreach.pipeline.public import public_figures
from outreach.reports import public as report
from outreach.reports.public import CALLS, TABLES, PublicFigures


@st.cache_resource(max_entries=2, show_spinner=False)
def _cached(folder: str, changed: float, visits: float, day: date) -> PublicFigures:  # noqa: ARG001
    """Return the figures; all of it may be seen by anybody."""
    return public_figures(Path(folder), now=wall_clock.now())


def page() -> None:
    """Show calls for help and visits by quarter."""
    folder, _city = frame.open_without_calls(
        _("Public figures"), _("Calls for help by the public, and what the outreach team did.")
    )
    work = folder / "work.sqlite"
    logged = work.stat().st_mtime if work.is_file() else 0.0
    with st.spinner(_("Counting, and hiding small counts …")):
        figures = frame.read(
            lambda: _cached(str(folder), frame.stamp(folder), logged, wall_clock.now().date())
        )
    if not figures.quarters:
        frame.nothing_yet(
            _("No whole quarter of calls is on record yet."),
            _("Figures are shown by quarter, once one is over."),
        )
        return
    language = reader.language()
    quarter = st.selectbox(
        _("Quarter"),
        figures.quarters,
        format_func=lambda one: report.quarter_words(one, language),
        key="quarter",
        width=340,
    )
    _headline(figures, quarter, language)
    with st.expander(_("How to read this")):
        for word, meaning in report.how_to_read(language):
            st.markdown(f"**{word}.** {meaning}")
    _map(figures, quarter, language)
    for name in TABLES:
        _table(figures, quarter, name, language)
    _downloads(figures, quarter, language)


def _headline(figures: PublicFigures, quarter: str, language: str) -> None:
    with st.container(horizontal=True):
        for number, words in report.headline(figures, quarter, language):
            st.metric(words[:1].upper() + words[1:], number, border=True, width=220)
        mine = figures.needles[figures.needles["quarter"] == quarter]
        if len(mine):
            st.metric(
                _("Needles picked up"),
                reader.number(int(mine["needles"].sum())),
                border=True,
                width=220,
                help=_("From streets and parks; they are counted apart and are no calls."),
            )


def _map(figures: PublicFigures, quarter: str, language: str) -> None:
    """Show the areas in the colours of their calls."""
    counts = report.area_counts(figures, quarter)
    if not figures.shapes["area"].isin(counts.index).any():
        return
    st.subheader(_("Where calls for help come from"))
    map_view.show_map(
        public_map(
            figures.shapes,
            counts,
            make_ground(None, figures.ground),
            language=language,
            say=lambda area: report.label("area", area, language),
        ),
        height=460,
        place="public",
        told=_("Map: areas by their calls for help. The table of areas below says the same."),
    )


def _table(figures: PublicFigures, quarter: str, name: str, language: str) -> None:
    """Show one table; the words say what is hidden."""
    st.subheader(report.title_of(name, figures, language))
    shown = report.in_words(figures, quarter, name, language)
    if shown.empty:
        none = _("No calls are on record for this quarter.")
        st.info(none if name in CALLS else _("No visits are on record for this quarter."))
        return
    first, *counts = shown.columns
    columns = {name: st.column_config.TextColumn(alignment="right") for name in counts}
    wide = 190 if name == "calls_by_area" else None
    columns[first] = st.column_config.TextColumn(width=wide, pinned=True)
    st.dataframe(
        shown,
        hide_index=True,
        column_config=columns,
        height=min(frame.table_height(len(shown)), 980),
    )


def _downloads(figures: PublicFigures, quarter: str, language: str) -> None:
    st.subheader(_("Take it with you"))
    with st.container(horizontal=True):
        frame.offer_file(
            _("This quarter as a page (HTML)"),
            lambda: report.public_page(figures, quarter, language=language),
            file_name=f"public-{quarter}.html",
            mime="text/html",
        )
        frame.offer_file(
            _("All quarters as a table (CSV)"),
            lambda: report.public_csv(figures),
            file_name="public.csv",
            mime="text/csv",
        )


if __name__ == "__main__":
    page()
