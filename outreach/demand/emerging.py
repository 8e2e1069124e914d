"""How the heat of each cell went over time: the categories of emerging hot spot analysis.

A step is ``label_step_weeks`` whole weeks, long enough that a single corner can stand out of
chance in it. Steps share no weeks: with a neighbourhood in time that reaches into the step
before, the first one would be smaller and its neighbours alike, and both feign trends.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from outreach.columns import empty
from outreach.config import DemandParams
from outreach.demand.hot_spots import (
    around,
    chance_of_sums,
    surroundings_size,
    tails,
    two_sided_q,
)
from outreach.demand.panel import FloatArray, Panel, ring_matrix
from outreach.schemas import EMERGING, LABELS

BoolArray = npt.NDArray[np.bool_]

OFTEN = 0.9  # of the steps, to the nearest whole one, are most of the time
TREND_Z = float(stats.norm.isf(0.025))  # a trend that chance gives one cell in twenty
MIN_STEPS = 4  # fewer can show neither a trend nor a history


def emerging(panel: Panel, *, params: DemandParams) -> pd.DataFrame:
    """Label each cell by when it was a hot or a cold spot, and by how its share of calls went.

    Looks at the last ``label_weeks`` weeks that were seen on all their days, in steps of
    ``label_step_weeks``. The city's level is taken out: a surrounding counts as if its step had
    had the usual number of calls, so growth everywhere is growth nowhere.

    Needs    panel      of the whole study area
    Adds     EMERGING   in the panel's order; all "none" in a record of fewer than four steps
    Source   the categories of Emerging Hot Spot Analysis (ArcGIS Pro); Ord & Getis 1995; Mann
             1945; Benjamini & Hochberg 1995
    """
    if not len(panel.cells):
        return empty(EMERGING)
    steps = _steps(panel, params)
    found = pd.DataFrame(
        {
            "cell": panel.cells,
            "label": np.array(LABELS)[steps.labelled(steps.as_they_came)],
            "hot_steps": steps.hot.sum(axis=1).astype("int64"),
            "cold_steps": steps.cold.sum(axis=1).astype("int64"),
            "trend_z": steps.trend.z(steps.as_they_came),
        }
    )
    return found.assign(reason=_reasons(found, steps, params.label_step_weeks))


def labels_by_chance(
    panel: Panel, *, params: DemandParams, shuffles: int = 100, seed: int = 1
) -> pd.DataFrame:
    """Count the cells with each label, and how many would have it if the steps were shuffled.

    Needs    panel          as for ``emerging``
    Adds     LABEL_COUNTS   in the order of LABELS; by_chance is the mean over the shuffles
    """
    steps = _steps(panel, params)
    ever = np.asarray((steps.hot | steps.cold).any(axis=1))
    some, rng = steps.of(ever), np.random.default_rng(seed)
    orders = [steps.as_they_came, *(rng.permutation(steps.as_they_came) for _ in range(shuffles))]
    counts = np.array([np.bincount(some.labelled(o), minlength=len(LABELS)) for o in orders])
    counts[:, -1] += int((~ever).sum())
    by_chance = counts[1:].mean(axis=0)
    return pd.DataFrame({"label": LABELS, "cells": counts[0], "by_chance": by_chance})


def categories(hot: BoolArray, cold: BoolArray, trend_z: FloatArray) -> npt.NDArray[np.int64]:
    """Return for each cell the position in LABELS of the first category that fits.

    Needs    hot, cold   cells x steps, oldest first
             trend_z     by cell, of the share of calls
    """
    if hot.shape[1] < MIN_STEPS:
        return np.full(len(hot), len(LABELS) - 1)
    rising, falling = trend_z > TREND_Z, trend_z < -TREND_Z
    fits = [*_patterns(hot, cold, rising, falling), *_patterns(cold, hot, falling, rising)]
    return np.asarray(np.select(fits, np.arange(len(fits)), len(fits)))


def _patterns(
    hot: BoolArray, cold: BoolArray, stronger: BoolArray, weaker: BoolArray
) -> list[BoolArray]:
    """Tell which cells fit each of schemas.PATTERNS; for cold spots change the two sides."""
    steps, times, now = hot.shape[1], hot.sum(axis=1), hot[:, -1]
    often = times >= int(OFTEN * steps + 0.5)
    run = np.cumprod(hot[:, ::-1], axis=1).sum(axis=1)  # steps in a row up to the latest
    was_cold = cold.any(axis=1)
    return [
        now & (times == 1),
        now & (times == run) & ~often,
        now & often & stronger,
        now & often & ~stronger & ~weaker,
        now & often & weaker,
        now & ~often & ~was_cold,
        now & ~often & was_cold,
        ~now & often,
    ]


@dataclass(frozen=True)
class MannKendall:
    """The test for a trend, in a form that lets whole steps be put into another order."""

    rises: FloatArray  # cells x steps x steps: rises less falls from weeks of one to the other's
    variance: FloatArray  # by cell, of all rises less all falls

    def z(self, order: npt.NDArray[np.int64]) -> FloatArray:
        """Return each cell's z with its steps in this order."""
        rise = np.triu(self.rises[:, order][:, :, order]).sum(axis=(1, 2))
        return np.asarray((rise - np.sign(rise)) / np.sqrt(self.variance))


def mann_kendall(values: FloatArray) -> MannKendall:
    """Compare every week with every later one.

    Needs    values   cells x steps x weeks of a step
    Source   Mann 1945; Kendall 1975 (variance with ties, continuity correction)
    """
    cells, steps, k = values.shape
    rises = np.zeros((cells, steps, steps))
    for a in range(steps):
        for i in range(k):
            rises[:, a, a] += np.sign(values[:, a, i + 1 :] - values[:, a, i, None]).sum(axis=1)
        for b in range(a):
            pairs = values[:, a, :, None] - values[:, b, None, :]
            rises[:, b, a] = np.sign(pairs).sum(axis=(1, 2))
            rises[:, a, b] = -rises[:, b, a]
    n, weeks = steps * k, values.reshape(cells, steps * k)
    alike = stats.rankdata(weeks, "max", axis=1) - stats.rankdata(weeks, "min", axis=1) + 1
    ties = ((alike - 1) * (2 * alike + 5)).sum(axis=1)
    return MannKendall(rises, np.maximum(n * (n - 1) * (2 * n + 5) - ties, 1) / 18)


@dataclass(frozen=True)
class Steps:
    """In which steps each cell was hot or cold, and the trend of its share of calls."""

    hot: BoolArray  # cells x steps
    cold: BoolArray
    trend: MannKendall

    @property
    def as_they_came(self) -> npt.NDArray[np.int64]:
        """The order of the steps in the record."""
        return np.arange(self.hot.shape[1])

    def of(self, cells: BoolArray) -> "Steps":
        """Return the same of some cells only."""
        trend = MannKendall(self.trend.rises[cells], self.trend.variance[cells])
        return Steps(self.hot[cells], self.cold[cells], trend)

    def labelled(self, order: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return each cell's position in LABELS with the steps in this order."""
        return categories(self.hot[:, order], self.cold[:, order], self.trend.z(order))


def _steps(panel: Panel, params: DemandParams) -> Steps:
    """Cut the last whole weeks into steps and find in which of them each cell was hot or cold."""
    ring, k = ring_matrix(panel.cells), params.label_step_weeks
    weeks = np.flatnonzero(panel.whole)[-params.label_weeks :]
    count = len(weeks) // k
    calls = panel.calls[:, weeks[len(weeks) - count * k :]]
    city = np.maximum(calls.sum(axis=0), 1)
    sums = around(calls, ring).reshape(len(calls), count, k)
    hot, cold = _found(calls, sums, surroundings_size(ring), params.false_discovery_rate)
    share = sums / city.reshape(count, k)
    return Steps(hot, cold, mann_kendall(share))


def _found(
    calls: FloatArray, sums: FloatArray, size: npt.NDArray[np.int64], false_discovery_rate: float
) -> tuple[BoolArray, BoolArray]:
    """Tell in which steps each cell was hot and cold, q over all cells and steps together.

    Chance is what calls would give that fell on the cells afresh in each week. Every step is
    brought to the usual number of calls first: otherwise a busier step would have more power, and
    a growing city ever more hot and cold spots.

    Needs    calls   cells x weeks
             sums    cells x steps x weeks of a step: calls of the cell's surroundings
             size    cells in each surroundings
    """
    _, steps, k = sums.shape
    if steps < MIN_STEPS or not len(calls):
        return np.zeros(sums.shape[:2], bool), np.zeros(sums.shape[:2], bool)
    city = calls.sum(axis=0).reshape(steps, k).sum(axis=1)
    usual = city.mean() / np.maximum(city, 1)
    more, fewer = tails(sums.sum(axis=2) * usual, size * k, chance_of_sums(calls, size * k))
    _, q = two_sided_q(more, fewer)
    found = q <= false_discovery_rate
    return found & (more < fewer), found & (more > fewer)


def _reasons(found: pd.DataFrame, steps: Steps, weeks: int) -> list[str]:
    """Say in one sentence what was seen; never why it went so."""
    count = steps.hot.shape[1]
    if count < MIN_STEPS:
        return [f"The record has fewer than {MIN_STEPS} steps of {weeks} whole weeks."] * len(found)
    grows, shrinks = found["trend_z"] > TREND_Z, found["trend_z"] < -TREND_Z
    course = np.select([grows, shrinks], ["grew", "shrank"], "has no clear trend")
    latest = np.select([steps.hot[:, -1], steps.cold[:, -1]], ["hot", "cold"], "neither")
    return [
        f"{_when(hot, cold)} of the last {count} steps of {weeks} weeks, the latest {now}; "
        f"the share of the city's calls here and around {went}."
        for hot, cold, now, went in zip(
            found["hot_steps"], found["cold_steps"], latest, course, strict=True
        )
    ]


def _when(hot: int, cold: int) -> str:
    told = " and ".join(f"{what} in {n}" for what, n in (("hot", hot), ("cold", cold)) if n)
    return told.capitalize() or "Neither hot nor cold in any"
