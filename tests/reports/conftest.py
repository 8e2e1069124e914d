"""Small frames of an invented city for the summary and its charts."""

from collections.abc import Callable
from datetime import date, timedelta
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from outreach import cells
from outreach.columns import check
from outreach.config import ExposureParams, Programme
from outreach.demand.backtest import METRICS, Backtest
from outreach.outcomes.exposure import Stickiness
from outreach.reports.weekly import WeekFacts
from outreach.schemas import (
    ALERTS,
    ALL_NEEDS,
    AREA_WEEKS,
    CALENDAR,
    EMERGING,
    EXPOSURE,
    FORECAST,
    HOT_SPOTS,
    LABEL_COUNTS,
)

FIRST = date(2026, 4, 27)
AREAS = ("Arbor Hill", "Center Square", "Delaware", "Mansion", "Pine Hills", "South End", "West")
MIDDLE = int(cells.parents(cells.fine_cells([-73.755], [42.655]).astype("int64"), 9)[0])


def weeks(count: int) -> list[date]:
    return [FIRST + timedelta(weeks=number) for number in range(count)]


@pytest.fixture(scope="session")
def svg_root() -> Callable[[str | bytes], ElementTree.Element]:
    """Read a drawing of ours as XML."""
    return ElementTree.fromstring


@pytest.fixture
def calendar() -> pd.DataFrame:
    """Thirty weeks: a gap, a partial week in the middle, and a last one just begun."""
    days = [3] + [7] * 29
    days[12], days[13], days[29] = 0, 4, 6
    return check(pd.DataFrame({"week": weeks(30), "days_seen": days}), CALENDAR)


@pytest.fixture
def area_weeks(calendar) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    grid = pd.MultiIndex.from_product([AREAS, calendar["week"], ALL_NEEDS])
    table = grid.to_frame(index=False, name=["area", "week", "need"])
    days = table["week"].map(calendar.set_index("week")["days_seen"])
    level = table["area"].map(dict(zip(AREAS, [9, 7, 6, 5, 4, 2, 0.3], strict=True)))
    calls = rng.poisson(level * days / 7)
    return check(table.assign(calls=calls, days_seen=days), AREA_WEEKS)


@pytest.fixture
def hot_spots() -> pd.DataFrame:
    found = cells.ring(MIDDLE, 6)
    rng = np.random.default_rng(5)
    calls = rng.poisson(2, len(found))
    hot = np.isin(found, np.concatenate([cells.ring(MIDDLE), cells.ring(int(found[5]))]))
    table = pd.DataFrame({"cell": found, "calls": calls + 20 * hot, "gi_z": 0.0, "p": 1.0})
    table = table.assign(q=1.0, spot=np.where(hot, "hot", "none"), reason="counted.")
    table["near"] = [f"Lark Street & {n + 1}. Avenue" for n in range(len(found))]
    return check(table, HOT_SPOTS)


@pytest.fixture
def emerging(hot_spots) -> pd.DataFrame:
    label = pd.Series("none", index=hot_spots["cell"])
    label[cells.ring(MIDDLE)] = "consecutive_hot"
    label[hot_spots["cell"].iloc[5]] = "intensifying_hot"
    label[hot_spots["cell"].iloc[[60, 90]]] = "diminishing_hot"
    table = hot_spots[["cell", "near"]].assign(
        label=label.to_numpy(), hot_steps=0, cold_steps=0, trend_z=0.0, reason="counted."
    )
    return check(table, EMERGING)


@pytest.fixture
def label_counts(emerging) -> pd.DataFrame:
    counts = emerging["label"].value_counts()
    table = pd.DataFrame({"label": counts.index, "cells": counts.to_numpy("int64")})
    return check(table.assign(by_chance=[80.0, 1.5, 0.6, 0.25][: len(table)]), LABEL_COUNTS)


@pytest.fixture
def alerts(area_weeks) -> pd.DataFrame:
    rows = [
        {"area": area, "need": need, "calls": 5 + 4 * (need == "all"), "alarm": False}
        for area in AREAS
        for need in ("all", *ALL_NEEDS)
    ]
    table = pd.DataFrame(rows).assign(week=date(2026, 11, 9), p=0.4, expected_calls=4.2)
    table = table.assign(alarm_from=11, sees_half=~table["area"].isin(["South End", "West"]))
    table = table.assign(chance=0.008, reason="counted.")
    table.loc[3, ["calls", "p", "alarm"]] = [14, 0.001, True]
    return check(table, ALERTS)


@pytest.fixture
def forecast(hot_spots) -> pd.DataFrame:
    table = hot_spots[["cell", "near"]].assign(expected_calls=hot_spots["calls"] / 13)
    table = table.assign(low=0, high=np.ceil(2 * table["expected_calls"] + 1).astype(int))
    table = table.sort_values("expected_calls", ascending=False, ignore_index=True)
    return check(table.assign(reason="counted."), FORECAST)


@pytest.fixture
def exposure() -> pd.DataFrame:
    visits, calls = [30, 6, 4, 3, 2, 0, 0], [90, 70, 60, 50, 40, 20, 3]
    table = pd.DataFrame({"area": AREAS, "visits": visits, "calls": calls})
    table["visit_share"] = table["visits"] / sum(visits)
    table["call_share"] = table["calls"] / sum(calls)
    table["inflation"] = table["visit_share"] / table["call_share"]
    table = table.assign(population=1000.0, population_share=1 / 7, reason="counted.")
    table["warning"] = table["inflation"] > 1.1
    table.loc[0, "reason"] = "67% of visits go to Arbor Hill, which has 27% of the calls."
    return check(table, EXPOSURE)


@pytest.fixture
def backtest() -> Backtest:
    rng = np.random.default_rng(6)
    means = {"forecast": 0.88, "last_week": 0.77, "trailing_mean": 0.87}
    rows = [
        {"origin": week, "method": method, "pei": mean + 0.04 * rng.standard_normal()}
        for week in weeks(29)[20:]
        for method, mean in means.items()
    ]
    origins = pd.DataFrame(rows).assign(
        pai=14.0, hit_rate=0.14, ceiling=0.91, stability=0.9, coverage=0.95
    )
    scores = (
        origins.melt(["method"], list(METRICS), "metric")
        .groupby(["method", "metric"], as_index=False)["value"]
        .mean()
    )
    scores = scores.assign(low=scores["value"] - 0.02, high=scores["value"] + 0.02)
    return Backtest(
        origins=origins,
        scores=scores,
        resolution=9,
        cells=127,
        flagged=5,
        calls=12_345,
        first_week=FIRST,
        last_week=weeks(29)[-1],
        half_life_weeks=26,
        ring_share=0.05,
        shown="forecast",
        verdict="The forecast is shown: its lists met 88% of what the best lists would have met, "
        "and plain counting 87%.",
    )


@pytest.fixture
def facts(
    calendar,
    area_weeks,
    hot_spots,
    emerging,
    label_counts,
    alerts,
    forecast,
    exposure,
    backtest,
) -> WeekFacts:
    return WeekFacts(
        city="Marlow",
        invented_data=True,
        programme=Programme(name="CART", phone="555-0100", email="cart@example.org"),
        as_of="22 Nov 2026, 07:00",
        week="2026-W48",
        calendar=calendar,
        weekly=area_weeks.groupby(["week", "need"], as_index=False).agg(calls=("calls", "sum")),
        area_weeks=area_weeks,
        hot_spots=hot_spots,
        emerging=emerging,
        label_counts=label_counts,
        alerts=alerts,
        chance_alarms=0.4,
        false_alarm_rate=0.01,
        forecast=forecast,
        backtest=backtest,
        exposure=exposure,
        stickiness=Stickiness(3, 13),
        limits=ExposureParams(),
        plan={"Visits planned": "46", "In areas with few calls": "5 (11%)"},
        staff_share=0.41,
        unplaced_share=0.021,
        unmapped_share=0.034,
    )
