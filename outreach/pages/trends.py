"""Trends: calls by week and neighbourhood, and whether visits go where calls come from."""

from pathlib import Path

import pandas as pd
import streamlit as st

from outreach.outcomes.exposure import Stickiness
from outreach.pages import charts, demand_tables, frame, sources, wall_clock
from outreach.pages.language import _, number
from outreach.pipeline.demand import Demand
from outreach.pipeline.view import CityView
from outreach.schemas import ALL_NEEDS, NEEDS
from outreach.weeks import coming_week

WHOLE_CITY, ALL = "", "all"


def page() -> None:
    """Show how calls for help went over the weeks."""
    view = frame.open_page(_("Trends"), _("Calls for help by week, neighbourhood and need."))
    if not len(view.imports):
        frame.nothing_yet(
            _("No calls have come in yet."),
            _("Bring some in on the page “What came in” or by: outreach ingest FILE."),
        )
        return
    demand = frame.demand_of_city()
    if not (view.areas["kind"] == "neighbourhood").any():
        st.caption(
            _(
                "No neighbourhoods are known, so large hexes stand for them. Put their shapes "
                "into the city folder's areas\\.geojson, each with a name and the kind "
                "“neighbourhood”."
            )
        )
    summary(view)
    names = sorted(demand.area_weeks["area"].unique())
    area = st.selectbox(
        _("Neighbourhood"),
        [WHOLE_CITY, *names],
        format_func=lambda name: name or _("The whole city"),
        key="area",
        width=460,
    )
    need = st.pills(
        _("Need"),
        [ALL, *ALL_NEEDS],
        default=ALL,
        format_func=demand_tables.need_or_all,
        key="need",
        required=True,
    )
    source = sources.ask()
    chosen = sources.demand(source)
    mine = of_area(sources.cut(view, source), chosen, area)
    weeks(mine, view.calendar, str(need), everywhere=area == WHOLE_CITY)
    neighbourhoods(of_need(chosen.area_weeks, str(need)))
    exposure(view, demand)


def of_area(view: CityView, demand: Demand, area: str) -> pd.DataFrame:
    """Return the weeks of a neighbourhood, or those of the city with calls without a place."""
    if area == WHOLE_CITY:
        return view.weekly
    return demand.area_weeks[demand.area_weeks["area"] == area]


def of_need(weeks_: pd.DataFrame, need: str) -> pd.DataFrame:
    """Return the weeks of one need, or of the five; calls of no known need count only alone."""
    return weeks_[weeks_["need"].isin(NEEDS if need == ALL else (need,))]


def weeks(
    weeks_: pd.DataFrame, calendar: pd.DataFrame, need: str, *, everywhere: bool = False
) -> None:
    """Draw calls by week; weeks that are not wholly in the data are marked."""
    st.subheader(_("Calls by week"))
    series = demand_tables.week_series(of_need(weeks_, need), calendar)
    if not len(series) or not series["calls"].sum():
        st.info(_("No such calls are known here. Choose another need, source or neighbourhood."))
        return
    st.altair_chart(charts.calls_by_week(series), alt=_("Calls for help by week, as a line"))
    states = set(series["state"])
    notes = []
    if everywhere:
        notes.append(_("Calls without a known place count here, but in no neighbourhood."))
    if "partial" in states:
        notes.append(_("A ring marks a week of which only some days are in the data: no drop."))
    if "gap" in states:
        notes.append(_("A grey band marks weeks without data: nothing is known of them."))
    if notes:
        st.caption(" ".join(notes))


def summary(view: CityView) -> None:
    """Offer the manager's summary of the week as a file."""
    week = coming_week(wall_clock.now(), view.city.time_zone)
    frame.offer_file(
        _("This week's summary (HTML)"),
        lambda: _summary(view.folder),
        file_name=f"summary-{week}.html",
        mime="text/html",
        help=_("Neighbourhoods, hexes and counts; no names and no addresses."),
    )


def _summary(folder: Path) -> str:
    # It draws with libraries that no page needs, so they are loaded when somebody asks for it.
    from outreach.pipeline.summary import weekly_summary

    text, _week = weekly_summary(folder, now=wall_clock.now())
    return text


def neighbourhoods(area_weeks: pd.DataFrame) -> None:
    """List each neighbourhood's last weeks beside earlier ones."""
    st.subheader(_("Neighbourhoods"))
    table = demand_tables.compared(area_weeks)
    if not len(table):
        st.info(_("Four whole weeks of calls with a place are needed; there are fewer yet."))
        return
    st.caption(
        _(
            "Whole weeks only. Counts go up and down by themselves; the reason says between which "
            "numbers they have been. A difference says nothing about why."
        )
    )
    frame.list_of(table, ("Last 4 weeks", "4 before", "A year ago"), key="compared")


def exposure(view: CityView, demand: Demand) -> None:
    """Show visits beside calls, and warn where they part (safeguard 10)."""
    st.subheader(_("Do visits go where calls come from?"))
    limits = view.city.exposure
    found = demand.exposure
    if not len(found) or not found["visits"].sum():
        frame.nothing_yet(
            _("No visits are known yet, so there is nothing to compare."),
            _(
                "Publish a plan on the page “This week's sweep”; its stops count once their day "
                "has come."
            ),
        )
        return
    st.markdown(
        _(
            "Each neighbourhood's share of visits beside its share of calls for help, in the last "
            "{weeks} weeks, from all sources. Where no visit was recorded in a week, the stops of "
            "its published plan stand for visits."
        ).format(weeks=number(limits.window_weeks))
    )
    over_visited(int(found["warning"].sum()), limits.max_inflation)
    sticky(demand.stickiness, limits.max_stickiness)
    st.altair_chart(charts.shares(found), alt=_("Shares of visits and of calls by neighbourhood"))
    if len(found) > charts.MOST_AREAS:
        st.caption(
            _(
                "The {n} neighbourhoods with a warning or the largest shares are drawn; all of "
                "them are listed."
            ).format(n=number(charts.MOST_AREAS))
        )
    frame.list_of(
        demand_tables.exposure(found), ("Share of visits", "Share of calls"), key="exposure"
    )


def over_visited(over: int, most: float) -> None:
    """Say how many neighbourhoods have a share of visits far above that of calls."""
    if over == 0:
        told = _(
            "No neighbourhood has a share of visits more than {limit} times its share of calls."
        )
    elif over == 1:
        told = _(
            "1 neighbourhood has a share of visits more than {limit} times the share of calls."
        )
    else:
        told = _(
            "{n} neighbourhoods have a share of visits more than {limit} times the share of calls."
        )
    show = st.warning if over else st.success
    show(told.format(n=number(over), limit=f"{most:g}"))


def sticky(still: Stickiness | None, most: float) -> None:
    """Say how many hexes are visited although calls from them have gone down."""
    if still is None:
        st.caption(
            _("No hex has left the list of the busiest, so none can be visited out of habit.")
        )
        return
    told = _(
        "Of the hexes that have left the list of the busiest ({cooled}), {visited} ({share}) are "
        "still visited; the city's limit is {limit}."
    ).format(
        cooled=number(still.cooled),
        visited=number(still.visited),
        share=f"{still.share:.0%}",
        limit=f"{most:.0%}",
    )
    if still.share > most:
        st.warning(told)
    else:
        st.caption(told)


if __name__ == "__main__":
    page()
