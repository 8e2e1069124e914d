"""The manager's sheet for a meeting, part by part; no Streamlit is drawn here."""

from dataclasses import dataclass

import pandas as pd

from outreach.pages import demand_tables, summary_tables
from outreach.pages.language import _, full_day
from outreach.pipeline.demand import Demand
from outreach.pipeline.outputs import Outputs
from outreach.pipeline.view import CityView

MOST = 5


@dataclass(frozen=True, eq=False)
class Part:
    """One part of the sheet in the reader's language, as reports.meeting.Block."""

    title: str
    table: pd.DataFrame | None = None
    lines: tuple[str, ...] = ()
    note: str = ""


def parts(view: CityView, demand: Demand, done: Outputs | None, found: pd.DataFrame) -> list[Part]:
    """Return what the sheet holds: calls, the teams, what stands out, the week ahead.

    Made while the page runs: a file is made in a thread that knows no language.
    """
    return [
        _calls(found),
        *([] if done is None else _teams(done)),
        _spots(demand),
        _alarms(demand),
        _ahead(view, demand),
    ]


def _calls(found: pd.DataFrame) -> Part:
    if found.empty:
        return Part(_("Calls for help"), lines=(_("No week of the record is whole yet."),))
    day = full_day(found["week"].max())
    return Part(
        _("Calls for help in the week from {day}").format(day=day),
        table=summary_tables.need_table(found),
        note=_("Usual: the mean of the four whole weeks before. A year before: 52 weeks."),
    )


def _teams(done: Outputs) -> list[Part]:
    table = summary_tables.output_table(done)
    lines = tuple(summary_tables.caseload_words(done))
    return [Part(_("What the teams did"), table=table), Part(_("Caseload"), lines=lines)]


def _spots(demand: Demand) -> Part:
    spots = demand_tables.spots(demand.hot_spots, "hot")
    if spots.empty:
        told = _("No hex has more calls around it than chance would put there.")
        return Part(_("Hot spots"), lines=(told,))
    table = spots.head(MOST)[["Place", "Calls"]].rename(columns=_)
    return Part(_("Hot spots: {n} hexes").format(n=len(spots)), table=table)


def _alarms(demand: Demand) -> Part:
    if demand.alerts.empty or not (demand.alerts["chance"] > 0).any():
        return Part(_("Alarms"), lines=(_("The record is too short for alarms."),))
    found = demand_tables.alarms(demand.alerts, on=True)
    told = _("{n} alarms last week; chance alone would give about {chance}.").format(
        n=len(found), chance=f"{demand.chance_alarms:.1f}"
    )
    rows = found.head(MOST)
    lines = [f"{row.Place}, {row.Need}: {row.Reason}" for row in rows.itertuples()]
    return Part(_("Alarms"), lines=(told, *lines))


def _ahead(view: CityView, demand: Demand) -> Part:
    test = demand.backtest
    if test is None or test.shown == "counting" or demand.forecast.empty:
        told = (_("No forecast is shown."), demand_tables.why_hidden(test))
        return Part(_("The week ahead"), lines=told)
    table = demand_tables.expected(demand.forecast, view.rates, MOST)
    return Part(
        _("The week ahead: calls expected"),
        table=table[["Place", "Expected", "Likely"]].rename(columns=_),
        note=demand_tables.tested(test),
    )
