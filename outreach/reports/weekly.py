"""The weekly summary for managers: one file that needs nothing else, for screen and paper.

Managers see hexes and neighbourhoods: no names, no addresses, no points (safeguard 7). No
sentence says why a number differs from an earlier one (safeguard 9).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from outreach.config import ExposureParams, Programme
from outreach.demand.backtest import Backtest
from outreach.maps.style import number
from outreach.outcomes.exposure import Stickiness
from outreach.reports import sections
from outreach.reports.charts import Picture, score_bars
from outreach.reports.hexmap import FILLS

MOST_EXPECTED = 15


@dataclass(frozen=True, eq=False)
class WeekFacts:
    """What one weekly summary is made of; calls are calls for help only (safeguard 1)."""

    city: str
    invented_data: bool
    programme: Programme
    as_of: str  # local, as people read it
    week: str  # the week ahead, 2026-W48
    calendar: pd.DataFrame  # CALENDAR
    weekly: pd.DataFrame  # WEEKLY, calls without a known place too
    area_weeks: pd.DataFrame  # AREA_WEEKS
    hot_spots: pd.DataFrame  # HOT_SPOTS; near
    emerging: pd.DataFrame  # EMERGING; near
    label_counts: pd.DataFrame  # LABEL_COUNTS
    alerts: pd.DataFrame  # ALERTS
    chance_alarms: float  # how many of them chance alone would give
    false_alarm_rate: float
    forecast: pd.DataFrame  # FORECAST; near; empty where hidden
    backtest: Backtest | None
    exposure: pd.DataFrame  # EXPOSURE
    stickiness: Stickiness | None  # of hexes that have left the list; None: none has
    limits: ExposureParams  # from where on exposure warns, and the weeks it looks at
    plan: Mapping[str, str] | None  # what the week's plan holds: words and figures, in order
    staff_share: float | None  # of all rows: begun by officers or staff, counted nowhere
    unplaced_share: float | None  # of calls for help: no place found
    unmapped_share: float | None  # of calls for help: no need known


def weekly_summary(facts: WeekFacts) -> str:
    """Return the summary as one HTML page without scripts or links to anything outside.

    Every text from the data is escaped. Deterministic: the same facts give the same text.
    """
    spot_lists, spot_map = sections.spot_lists(facts.hot_spots, facts.emerging, facts.label_counts)
    page = _templates().get_template("weekly.html")
    return page.render(
        facts=facts,
        headline=sections.headline(facts.weekly, facts.calendar),
        areas=sections.area_table(facts.area_weeks, facts.calendar),
        alarms=sections.alarms(facts.alerts),
        spot_lists=spot_lists,
        spot_map=spot_map,
        hot_hexes=int((facts.hot_spots["spot"] == "hot").sum()),
        fills=FILLS,
        ahead=_ahead(facts),
        shares=sections.shares(facts.exposure),
    )


def _templates() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"number": number, "percent": _percent, "day": sections.day}
    return made


def _percent(share: float | None) -> str:
    if share is None or pd.isna(share):
        return "–"
    return f"{share:.0%}" if share >= 0.1 else f"{100 * share:.2g}%"


@dataclass(frozen=True)
class Ahead:
    """Next week's list, or why there is none, and how good such lists were."""

    hidden: str  # empty where the list is shown
    rows: tuple[Any, ...]
    flagged: int
    verdict: str
    picture: Picture | None


def _ahead(facts: WeekFacts) -> Ahead:
    tested = facts.backtest
    if tested is None:
        hidden = "No forecast is shown: it has not been tested on this city's past weeks yet."
        return Ahead(hidden, (), 0, "", None)
    hidden = ""
    if tested.shown == "counting":
        hidden = "No forecast is shown; the back-test below says why."
    elif facts.forecast.empty:
        hidden = "No forecast has been made for this week."
    rows = () if hidden else sections.expected_rows(facts.forecast, tested.flagged)
    picture = score_bars(tested.scores) if len(tested.origins) else None
    return Ahead(hidden, rows[:MOST_EXPECTED], len(rows), tested.verdict, picture)
