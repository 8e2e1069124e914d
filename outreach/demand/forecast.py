"""Next week's calls of each cell: a long memory and a little of its neighbours, with intervals."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import signal, sparse, stats

from outreach.columns import empty
from outreach.config import ForecastParams
from outreach.demand.panel import FloatArray, IntArray, Panel, ring_matrix
from outreach.schemas import FORECAST

RATE_DECIMALS = 9  # ties stay ties whatever order the sums were made in
NEIGHBOURS = 6
LATELY_WEEKS = 8  # that a reason tells of
FIRST_SEEN_WEEKS = 8  # of record before a past week is held against what was expected of it


def long_memory(calls: FloatArray, exposure: FloatArray, half_life_weeks: float) -> FloatArray:
    """Return each cell's calls a whole week, weights halving every ``half_life_weeks``.

    A week weighs as little as it was seen: sum of w * calls over sum of w * exposure.

    Needs    calls       cells x weeks, oldest first
             exposure    by week: share of it that was seen
    Source   Hunter 1986 (EWMA)
    """
    return np.asarray(rates_before(calls, exposure, half_life_weeks)[:, -1])


def rates_before(calls: FloatArray, exposure: FloatArray, half_life_weeks: float) -> FloatArray:
    """Return the long memory known before every week, and last that for the week to come.

    Needs    calls, exposure    as for ``long_memory``
    Adds     cells x (weeks + 1); column t knows of no week from t on; NaN before any was seen
    """
    decay = 0.5 ** (1 / half_life_weeks)
    seen = np.where(exposure > 0, calls, 0.0)
    sums = signal.lfilter([1.0], [1.0, -decay], seen, axis=1)
    weight = signal.lfilter([1.0], [1.0, -decay], exposure)
    rates = np.full((len(calls), len(exposure) + 1), np.nan)
    np.divide(sums, weight, out=rates[:, 1:], where=weight > 0)
    return rates


def ring_smoothed(rate: FloatArray, ring: sparse.csr_array, share: float) -> FloatArray:
    """Return rates of which a share is the mean of the six neighbours; outside there are none.

    Needs    rate    cells, or cells x weeks
             ring    from ``ring_matrix``
    """
    near = ring @ rate / NEIGHBOURS if share else 0.0
    return np.asarray(np.round((1 - share) * rate + share * near, RATE_DECIMALS))


def expected_before(panel: Panel, ring: sparse.csr_array, params: ForecastParams) -> FloatArray:
    """Return the calls expected in every week from those before it: cells x (weeks + 1)."""
    rates = rates_before(panel.calls, panel.exposure, params.half_life_weeks)
    return ring_smoothed(rates, ring, params.ring_share)


def seen_before(panel: Panel) -> IntArray:
    """Return for every week, and for the one to come, how many whole weeks come before it."""
    return np.concatenate([[0], np.cumsum(panel.whole)]).astype(np.int64)


def dispersion(calls: FloatArray, expected: FloatArray) -> float:
    """Return phi of variance = m + phi m^2 for counts with expectations m, by moments.

    Source   Breslow 1984 (moments, pooled over cells and weeks)
    """
    square = float((expected**2).sum())
    excess = float(((calls - expected) ** 2 - expected).sum())
    return max(excess / square, 0.0) if square > 0 else 0.0


def past_dispersion(panel: Panel, expected: FloatArray, before: int) -> float:
    """Return the dispersion of whole weeks before column ``before`` about what was expected.

    Weeks whose expectation is NaN are passed over.
    """
    told = np.asarray(np.isfinite(expected[:, :-1]).all(axis=0))
    ready = panel.whole & told & (seen_before(panel)[:-1] >= FIRST_SEEN_WEEKS)
    weeks = np.flatnonzero(ready[:before])
    return dispersion(panel.calls[:, weeks], expected[:, weeks])


def count_interval(
    mean: FloatArray, phi: float, interval: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return lowest and highest count of the central interval of negative binomial counts."""
    tail = (1 - interval) / 2
    m = np.maximum(mean, 1e-12)
    if phi * m.max(initial=0.0) < 1e-9:
        low, high = stats.poisson.ppf(tail, m), stats.poisson.ppf(1 - tail, m)
    else:
        size, chance = 1 / phi, 1 / (1 + phi * m)
        low, high = (stats.nbinom.ppf(q, size, chance) for q in (tail, 1 - tail))
    return np.maximum(low, 0).astype(np.int64), np.maximum(high, 0).astype(np.int64)


def forecast(panel: Panel, *, params: ForecastParams) -> pd.DataFrame:
    """Give each cell the calls to expect in the week to come, with an interval.

    The mean is the long memory with a share from the six neighbours; the interval is that of a
    negative binomial whose dispersion past weeks showed about what was expected of them.

    Needs    panel     complete study area
             params    half_life_weeks and ring_share as tuned
    Adds     FORECAST  highest first; empty where no week was seen
    """
    if not len(panel.cells) or not (panel.exposure > 0).any():
        return empty(FORECAST)
    expected = expected_before(panel, ring_matrix(panel.cells), params)
    return forecast_table(panel, expected, params)


def forecast_table(panel: Panel, expected: FloatArray, params: ForecastParams) -> pd.DataFrame:
    """Lay out expectations as FORECAST.

    Needs    expected    cells x (weeks + 1), each week's made from those before it; weeks whose
                         expectation is NaN say nothing of the dispersion
    Adds     FORECAST    highest first
    """
    coming = expected[:, -1]
    phi = past_dispersion(panel, expected, len(panel.weeks))
    low, high = count_interval(coming, phi, params.interval)
    told = pd.DataFrame(
        {"cell": panel.cells, "expected_calls": coming, "low": low, "high": high}
    ).assign(reason=_reasons(panel, coming, low, high, params.interval))
    order = told.sort_values(["expected_calls", "cell"], ascending=[False, True])
    return order.reset_index(drop=True)


def _reasons(
    panel: Panel, coming: FloatArray, low: IntArray, high: IntArray, interval: float
) -> list[str]:
    """Say in one sentence what is expected, and from what was counted."""
    weeks = int((panel.exposure > 0).sum())
    whole = np.flatnonzero(panel.whole)
    late = whole[-LATELY_WEEKS:]
    last = panel.calls[:, late].sum(axis=1)
    rows = zip(coming, low, high, last, panel.calls.sum(axis=1), strict=True)
    return [
        f"About {m:.1f} calls expected in the week to come, {a} to {b} in {interval:.0%} of such "
        f"weeks; {y:.0f} came in the last {len(late)} whole weeks, {n:,.0f} in {weeks} weeks of "
        "record."
        for m, a, b, y, n in rows
    ]
