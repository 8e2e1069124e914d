"""How many calls to expect from each point in the next four weeks, calibrated.

A list of the busiest points is a selection: chance put some of them there, and what they had is
more than what they will have. So each point's rate is drawn towards the rates of all points, those
with a single call too, and then brought to the level of the last weeks.
"""

from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd

from outreach.config import RepeatParams
from outreach.mixture import fit_mixture, posterior_mean

FloatArray = npt.NDArray[np.float64]

NEXT_WEEKS = 4
# Of the busiest points, not of the city: in Portland's winter these held while the city fell.
LEVEL_POINTS = 200
LEVEL_HALF_LIFE_WEEKS = 2.0
LEVEL_CALLS = 20.0  # the usual level counts as this many calls, so that few cannot swing it
DECIMALS = 6  # ties stay ties whatever order the engine made the sums in


def point_weights(calls: ir.Table, *, params: RepeatParams) -> ir.Table:
    """Return, as a query, every point with its calls that permit a visit at the door.

    Needs    fine_cell, helps, home_visit, weight     from ``recent_calls``
    Adds     fine_cell
             all_calls     of any need
             calls         for help, that permit a visit
             weight        sum of their weights
             recent        the same with the half-life of the level
    """
    placed = calls.drop_null("fine_cell")
    door = placed.helps & placed.home_visit
    recent = placed.weight ** (params.half_life_weeks / LEVEL_HALF_LIFE_WEEKS)
    return placed.group_by("fine_cell").agg(
        all_calls=placed.count(),
        calls=placed.count(where=door),
        weight=ibis.coalesce(placed.weight.sum(where=door), 0.0),
        recent=ibis.coalesce(recent.sum(where=door), 0.0),
    )


def expected_calls(
    points: pd.DataFrame,
    *,
    apart: npt.NDArray[np.bool_],
    days_seen: pd.Series,
    half_life_weeks: float,
) -> FloatArray:
    """Return the calls to expect from each point in the next four weeks.

    The rates of all points have the distribution that makes their counts most likely, and each
    point the mean of those that its own count leaves possible. Counts with weights are taken as
    the fewer whole calls that have the same relative error. How much busier than usual the last
    weeks were is taken from the busiest points, chosen by calls whatever their age.

    Needs    points       from ``point_weights``, run: those with calls, sorted by fine_cell, so
                          that ties are stable
             apart        facilities and default geocodes, which tell nothing about the others;
                          they still get a number
             days_seen    from ``seen_days``
    Source   Robbins 1956 (empirical Bayes); Kiefer & Wolfowitz 1956 (NPMLE); Hunter 1986 (EWMA)
    """
    weeks, scale = _exposure(days_seen, half_life_weeks)
    counted = scale * points["weight"].round(DECIMALS).to_numpy("float64")
    known = points[~apart]
    if known.empty:
        return NEXT_WEEKS * counted / (scale * weeks)
    # Tenths of a call tell as much, and leave few different counts to compute with.
    prior = fit_mixture(counted[~apart].round(1), scale * weeks)
    own = counted / (scale * weeks)
    drawn = posterior_mean(prior, counted, scale * weeks)
    rate = np.where(own > prior.rates[-1], own, drawn)  # a facility may lie above all places
    level = _level(known.nlargest(LEVEL_POINTS, "calls"), days_seen, weeks)
    return np.asarray((NEXT_WEEKS * level * rate).round(DECIMALS))


def _level(busiest: pd.DataFrame, days_seen: pd.Series, weeks: float) -> float:
    """Return the calls of the last weeks over those of the whole window, as a ratio of rates."""
    last_weeks, _ = _exposure(days_seen, LEVEL_HALF_LIFE_WEEKS)
    usual = float(busiest["weight"].sum()) / weeks * last_weeks
    return (float(busiest["recent"].sum()) + LEVEL_CALLS) / (usual + LEVEL_CALLS)


def _exposure(days_seen: pd.Series, half_life_weeks: float) -> tuple[float, float]:
    """Return the weighted weeks of the window, and whole calls per weighted call."""
    weight = 0.5 ** (days_seen.index.to_numpy("float64") / 7 / half_life_weeks)
    seen = days_seen.to_numpy("float64") / 7
    return float((weight * seen).sum()), float((weight * seen).sum() / (weight**2 * seen).sum())


def seen_days(
    first_received_at: datetime | pd.Timestamp,
    *,
    as_of: datetime,
    params: RepeatParams,
    calendar: pd.DataFrame | None = None,
) -> pd.Series:
    """Return how much of each day of the window was seen, by its mean age in days.

    The days since the first call, at least a week of them. Of the week that ``as_of`` lies in
    counts the share of its days gone by that was seen: an export that ends before it is no fall.
    Where no day of the window was seen, all count.

    Needs    calendar     CALENDAR; None: a record without gaps
    """
    record = (as_of - pd.Timestamp(first_received_at).to_pydatetime()) / timedelta(days=1)
    length = min(float(params.window_days), max(record, 7.0))
    ages = np.arange(0.5, round(length), 1.0)
    seen = pd.Series(1.0, index=ages)
    if calendar is None or calendar.empty:
        return seen
    begins = pd.to_datetime(calendar["week"]).dt.tz_localize("UTC")  # hours do not matter here
    begun = ((pd.Timestamp(as_of) - begins) / timedelta(days=1)).to_numpy("float64")  # days ago
    gone = np.clip(np.floor(begun - 0.5), 1, 7)  # wherever the city is, no day too many
    share = np.minimum(calendar["days_seen"].to_numpy("float64") / gone, 1.0)
    week = np.searchsorted(-begun, -ages, side="right") - 1
    told = seen.where(week < 0, share[week])
    return told if told.any() else seen
