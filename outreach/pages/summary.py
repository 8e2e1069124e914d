"""The week in figures, for managers: hexes and counts, no names and no points."""

from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from outreach.language.translate import FULL_DAY, clock_words, day_words
from outreach.maps import demand as maps
from outreach.pages import (
    demand_tables,
    frame,
    map_view,
    sources,
    summary_charts,
    summary_sheet,
    summary_tables,
    wall_clock,
)
from outreach.pages.language import _, full_day, language
from outreach.pipeline.demand import Demand
from outreach.pipeline.outputs import Outputs, outputs
from outreach.pipeline.view import CityView
from outreach.schemas import NEEDS
from outreach.weeks import coming_week

MOST_HEXES = 5


def page() -> None:
    """Show how calls for help went, where they come from, and what the teams did."""
    view = frame.open_page(
        _("The week in figures"), _("Counts by week, need and hex: nobody's name, and no address.")
    )
    now = wall_clock.now()
    done = frame.read(lambda: outputs(view.folder, now=now))
    if not len(view.imports):
        frame.nothing_yet(
            _("No calls have come in yet, so there is nothing to count."),
            _("A lead brings them in on the page “What came in”."),
        )
        teams(done)
        return
    found = summary_tables.calls_by_need(view.weekly, view.calendar)
    calls(view)
    teams(done)
    demand = frame.demand_of_city()
    hot_spots(demand)
    ahead(view, demand)
    downloads(view, demand, done, found)
    with st.expander(_("Hot spots on a map")):
        if st.toggle(_("Draw the map"), key="hot spots map"):
            drawn = maps.hot_spots_map(
                demand.hot_spots, map_view.ground_of(view), language=language()
            )
            about = _("Map: hot and cold spots. The list of hot spots above says the same.")
            map_view.show_map(drawn, told=about)


def calls(view: CityView) -> None:
    """Show the last whole week's calls by need, beside the usual and the year before."""
    st.subheader(_("Calls for help"))
    mine = sources.cut(view, sources.ask())
    found = summary_tables.calls_by_need(mine.weekly, mine.calendar)
    if found.empty:
        st.info(_("No week of the record is whole yet. Bring in more calls."))
        return
    last = found["week"].max()
    st.markdown(
        _("**{calls}** calls for help in the week from {day}.").format(
            calls=f"{found.loc[found['week'] == last, 'calls'].sum():,}",
            day=full_day(last),
        )
    )
    table = summary_tables.need_table(found)
    st.html(summary_tables.table_html(table))
    for needs in (NEEDS[:3], NEEDS[3:]):
        for column, need in zip(st.columns(3), needs, strict=False):
            with column:
                st.altair_chart(
                    summary_charts.small_weeks(found, need),
                    alt=_("Calls by week of one need; the table above has the last week"),
                )
    st.caption(
        _(
            "Solid blue: these weeks; dashed orange: the same weeks a year before. "
            "Whole weeks only. Usual: the mean of the four weeks before. Numbers go up and down by "
            "chance alone, and a difference says nothing about why."
        )
    )
    frame.link_to("trends", _("By neighbourhood"))


def teams(done: Outputs | None) -> None:
    """Show what the teams did, and how much is carried."""
    st.subheader(_("What the teams did"))
    if done is None:
        frame.nothing_yet(
            _("No work is recorded yet."),
            _("It begins when staff are added and the first visit is logged."),
        )
        return
    table = summary_tables.output_table(done)
    st.html(summary_tables.table_html(table))
    st.caption(
        _(
            "Needles are never added to calls for help. Met without police: visits at which "
            "somebody was met and no officer was there; no one knows what would have happened "
            "with one."
        )
    )
    st.markdown("\n".join(f"- {line}" for line in summary_tables.caseload_words(done)))
    frame.link_to("caseload", _("Caseload"))


def hot_spots(demand: Demand) -> None:
    """Show what stands out: by crossing, never by address."""
    st.subheader(_("What stands out"))
    spots = demand_tables.spots(demand.hot_spots, "hot")
    if len(spots):
        st.markdown(
            _("**{n}** hexes are hot spots: more calls in and around them than chance "
              "would put there. Those that stand out most:").format(n=f"{len(spots):,}")
        )  # fmt: skip
        frame.list_of(spots.head(MOST_HEXES), ("Calls",), key="summary spots")
    else:
        st.markdown(_("No hex has more calls around it than chance would put there."))
    alarms = demand_tables.alarms(demand.alerts, on=True)
    if len(demand.alerts) and (demand.alerts["chance"] > 0).any():
        st.markdown(
            _("**{n}** alarms last week; chance alone would give about {chance}.").format(
                n=len(alarms), chance=f"{demand.chance_alarms:.1f}"
            )
        )
        if len(alarms):
            frame.list_of(alarms.head(MOST_HEXES), ("Need",), key="summary alarms")
    with st.container(horizontal=True):
        frame.link_to("need", _("Where need is"))
        frame.link_to("alerts", _("Alerts"))


def ahead(view: CityView, demand: Demand) -> None:
    """Show the forecast beside its test, or say why there is none (safeguard 9)."""
    st.subheader(_("The week ahead"))
    test = demand.backtest
    if test is None or test.shown == "counting" or not len(demand.forecast):
        st.markdown(_("No forecast is shown."))
        st.caption(frame.plain_markdown(demand_tables.why_hidden(test)))
    else:
        table = demand_tables.expected(demand.forecast, view.rates, MOST_HEXES)
        frame.list_of(table, ("Expected", "Likely", "Lately"), key="summary ahead")
        st.caption(frame.plain_markdown(demand_tables.tested(test)))
    frame.link_to("quality", _("How good is this?"))


def downloads(view: CityView, demand: Demand, done: Outputs | None, found: pd.DataFrame) -> None:
    """Offer the sheet for the meeting and the whole summary, as files that print well."""
    st.subheader(_("To take along"))
    week = coming_week(wall_clock.now(), view.city.time_zone)
    said, tongue = summary_sheet.parts(view, demand, done, found), language()
    with st.container(horizontal=True):
        frame.offer_file(
            _("For the meeting: one page (HTML)"),
            lambda: meeting(view, said, tongue),
            file_name=f"meeting-{week}.html",
            mime="text/html",
            type="primary",
        )
        frame.offer_file(
            _("The whole summary (HTML)"),
            lambda: summary(view, demand, week),
            file_name=f"summary-{week}.html",
            mime="text/html",
        )
    st.caption(
        _(
            "Both hold neighbourhoods, hexes and counts, of all sources. They are for managers, "
            "not for publication."
        )
    )


def summary(view: CityView, demand: Demand, week: str) -> str:
    """Return the weekly summary of what the page shows."""
    # It draws with libraries that no page needs, so they are loaded when somebody asks for it.
    from outreach.pipeline.summary import week_facts
    from outreach.reports.weekly import weekly_summary

    return weekly_summary(week_facts(view, demand, week))


def meeting(view: CityView, said: list[summary_sheet.Part], tongue: str) -> str:
    """Return the sheet for the meeting, with the line of calls by week in its first part."""
    from outreach.reports.meeting import Block, meeting_sheet, weeks_picture

    drawn = {0: weeks_picture(view.weekly, view.calendar)}
    known = view.as_of.astimezone(ZoneInfo(view.city.time_zone))
    return meeting_sheet(
        view.city,
        [Block(**vars(part), picture=drawn.get(n)) for n, part in enumerate(said)],
        as_of=f"{day_words(known, tongue, FULL_DAY)}, {clock_words(known, tongue)}",
        week=coming_week(view.as_of, view.city.time_zone),
        language=tongue,
    )


if __name__ == "__main__":
    page()
