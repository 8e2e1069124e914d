"""Neighbourhoods whose last whole week had more calls than their own past and the city explain."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import optimize, stats

from outreach.columns import empty
from outreach.config import AlertParams
from outreach.schemas import ALERTS, ALL_NEEDS, NEEDS

FloatArray = npt.NDArray[np.float64]
SERIES = ("all", *ALL_NEEDS)  # all: the five needs together, unknown left out
LEVEL_DRIFT = 0.15  # how far the level of a city usually moves in a week, as a share of it
PRIOR_CALLS = 0.5  # added to every memory, so that a first call anywhere is no proof
PRIOR_WEEKS = 26  # how many weeks of its own a series needs to count as much as the others
RISE = 1.5


@dataclass(frozen=True)
class _Record:
    """Calls of every area and series in every week up to the last whole one."""

    areas: npt.NDArray[np.str_]
    weeks: pd.DatetimeIndex
    calls: FloatArray  # areas x series x weeks
    exposure: FloatArray  # by week: share of its days that were seen


def alerts(area_weeks: pd.DataFrame, *, params: AlertParams) -> pd.DataFrame:
    """Mark the neighbourhoods and needs with more calls than usual in the last whole week.

    A neighbourhood's share of the calls of a need comes from a long memory of its own weeks; times
    the level of the rest of the city, it is what to expect. Counts scatter around it as a negative
    binomial whose variance is learned from how far past weeks were from what was expected of them.
    What was not seen, days or weeks, counts as no time, not as no calls.

    Needs    AREA_WEEKS   every area with every week and need
    Adds     ALERTS       alarms first, then by p; empty if no week was seen whole
    Source   Hunter 1986 (exponential weights); Noufaily et al. 2013 (quasi-Poisson fit, negative
             binomial limit); Muth 1960 (weights of a level that drifts)
    """
    record = _record(area_weeks)
    if not len(record.weeks):
        return empty(ALERTS)
    expected = _expected(record, params.half_life_weeks)
    whole = record.exposure == 1
    seen = np.flatnonzero(whole[:-1])  # weeks before the one in question
    tested = seen[params.min_weeks // 2 :]  # the first of them had too little behind them
    variance = _variance(record.calls[..., tested], expected[..., tested])
    mean, calls = expected[..., -1], record.calls[..., -1]
    usual, risen = (_spread(m, variance(m)) for m in (mean, RISE * mean))
    alarm_from = usual.isf(params.false_alarm_rate) + 1
    enough = len(seen) >= params.min_weeks
    found = pd.DataFrame(
        {
            "area": np.repeat(record.areas, len(SERIES)),
            "need": np.tile(SERIES, len(record.areas)),
            "week": record.weeks[-1].date(),
            "calls": calls.ravel().astype("int64"),
            "expected_calls": mean.ravel(),
            "alarm_from": alarm_from.ravel().astype("int64"),
            "p": usual.sf(calls - 1).ravel(),
            "chance": usual.sf(alarm_from - 1).ravel() * enough,
            "alarm": (calls >= alarm_from).ravel() & enough,
            "sees_half": (risen.sf(alarm_from - 1) >= 0.5).ravel() & enough,
        }
    )
    found["reason"] = list(_reasons(found, record.weeks[-1], len(seen), params))
    order = found.sort_values(["alarm", "p", "area", "need"], ascending=[False, True, True, True])
    return order.reset_index(drop=True)[list(ALERTS.columns)]


def chance_alarms(alerts: pd.DataFrame) -> float:
    """Return how many alarms there would be on average if nothing had changed anywhere.

    It is less than rows times the false-alarm rate, since calls come in whole numbers.

    Needs    ALERTS
    """
    return float(alerts["chance"].sum())


def _record(area_weeks: pd.DataFrame) -> _Record:
    days = area_weeks.groupby("week")["days_seen"].first().sort_index()
    days = days.loc[: days.index[days == 7].max()] if (days == 7).any() else days.iloc[:0]
    weeks = pd.DatetimeIndex(pd.to_datetime(days.index))
    areas = np.sort(area_weeks["area"].unique()).astype(str)
    cube = np.zeros((len(areas), len(SERIES), len(weeks)))
    kept = area_weeks[area_weeks["week"].isin(days.index)]
    at = (
        np.searchsorted(areas, kept["area"].to_numpy(str)),
        pd.Index(SERIES).get_indexer(pd.Index(kept["need"])),
        days.index.get_indexer(pd.Index(kept["week"])),
    )
    cube[at] = kept["calls"]
    cube[:, 0] = cube[:, 1 : len(NEEDS) + 1].sum(axis=1)
    exposure = days.to_numpy(float) / 7
    return _Record(areas, weeks, np.where(exposure > 0, cube, 0.0), exposure)


def _expected(record: _Record, half_life_weeks: float) -> FloatArray:
    """Return what was to be expected of each week from those before and the rest of the city."""
    rest = record.calls.sum(axis=0) - record.calls
    level = _level(rest, record.exposure)
    keep = np.full(rest.shape[:2], 0.5 ** (1 / half_life_weeks))
    calls = _remembered(record.calls, keep)
    time = _remembered(level * record.exposure, keep)
    before = [np.roll(memory, 1, axis=-1) for memory in (calls, time)]
    for memory in before:
        memory[..., 0] = 0
    share = (before[0] + PRIOR_CALLS) / np.where(before[1] > 0, before[1], level)
    return np.asarray(share * level)


def _level(rest: FloatArray, exposure: FloatArray) -> FloatArray:
    """Smooth the weekly calls of the rest of the city, the more the fewer they are.

    Half a call is added, so that a city of one neighbourhood has a level, which stays the same.
    """
    noise = exposure.sum() / np.maximum(rest.sum(axis=-1), 0.5)  # variance of one week's share
    drift = LEVEL_DRIFT**2
    behind = (drift + np.sqrt(drift**2 + 4 * drift * noise)) / 2
    keep = 1 - behind / (behind + noise)
    seen = np.broadcast_to(exposure, rest.shape)
    return _remembered(rest, keep) / np.maximum(_remembered(seen, keep), 1e-9) + 0.5


def _remembered(weekly: FloatArray, keep: FloatArray) -> FloatArray:
    """Sum each week with those before it, each of which counts ``keep`` of the next."""
    sums = np.empty_like(weekly)
    memory = np.zeros(weekly.shape[:-1])
    for week in range(weekly.shape[-1]):
        memory = keep * memory + weekly[..., week]
        sums[..., week] = memory
    return sums


def _variance(calls: FloatArray, expected: FloatArray) -> Callable[[FloatArray], FloatArray]:
    """Learn how the variance of a week's calls depends on what was expected.

    All series together give a variance that is linear and quadratic in the mean; each then moves
    as far towards its own past misses as it has weeks and calls to tell of them.
    """
    weeks = max(calls.shape[-1], 1)
    missed = ((calls - expected) ** 2).sum(axis=-1)
    means = np.stack([expected.sum(axis=-1), (expected**2).sum(axis=-1)], axis=-1)
    pooled = means[..., 0]
    for _ in range(3):  # weights rest on the fit; it settles at once
        weight = 1 / np.sqrt(2 * pooled**2 / weeks + pooled + 1e-9)
        rows = (means * weight[..., None]).reshape(-1, 2)
        terms, _ = optimize.nnls(rows, (missed * weight).ravel())
        pooled = np.maximum(means @ terms, 1e-9)
    told = weeks * pooled / (pooled + weeks / 2)  # weeks, fewer where calls are few
    own = 1 + told / (told + PRIOR_WEEKS) * (missed / pooled - 1)

    def variance(mean: FloatArray) -> FloatArray:
        return np.asarray(own * (terms[0] * mean + terms[1] * mean**2))

    return variance


def _spread(mean: FloatArray, variance: FloatArray) -> Any:
    """Return the negative binomial of a mean and a variance, at least that of a Poisson."""
    size = mean**2 / np.maximum(variance - mean, 1e-4 * mean)
    return stats.nbinom(size, size / (size + mean))


def _reasons(
    found: pd.DataFrame, week: pd.Timestamp, weeks: int, params: AlertParams
) -> Iterator[str]:
    """Say in one sentence what was seen and what would have been an alarm; never why."""
    begins = f"the week from {week.day} {week:%b}"
    for row in found.itertuples():
        calls = f"{row.calls} call{'' if row.calls == 1 else 's'}"
        seen = f"{calls} in {begins}"
        if weeks < params.min_weeks:
            yield (
                f"{seen}; the record has {weeks} whole weeks before it, and alarms begin after "
                f"{params.min_weeks}."
            )
            continue
        small = "" if row.sees_half or row.alarm else " Too few calls to see a rise of half."
        yield (
            f"{seen}; about {row.expected_calls:.1f} were expected, and {row.alarm_from} or more "
            f"is an alarm.{small}"
        )
