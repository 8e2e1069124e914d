"""How good the forecast is: rolling weekly origins, scored beside plain counting."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd
from scipy import sparse, stats

from outreach.config import ForecastParams
from outreach.demand import scores
from outreach.demand.forecast import count_interval, expected_before, past_dispersion, seen_before
from outreach.demand.learned import learned_before
from outreach.demand.panel import FloatArray, IntArray, Panel, ring_matrix
from outreach.demand.tuning import Trials, choose, run_trials
from outreach.demand.verdict import BASELINES, Evidence, decide
from outreach.errors import InputError

METHODS = ("forecast", "last_week", "trailing_mean", "learned")
METRICS = ("pei", "pai", "hit_rate", "ceiling", "stability", "coverage")
# Beside them, of the cells that expect a call or more a week rather than of those on the list.
COVERAGE_BUSY = "coverage_busy"
MAX_ORIGINS = 52
BLOCK_WEEKS, RESAMPLES = 4, 2000
CEILING_DRAWS = 1000  # over all origins together, since their mean is what is told


@dataclass(frozen=True)
class Backtest:
    """What came of forecasting past weeks with what was known before each.

    origins    origin (first day of the week forecast), method, METRICS and coverage_busy; learned
               only where asked for; NaN where there is none: stability of the first origin,
               coverage of what makes no interval
    scores     method, metric, value, low, high   means over origins, with 95 % block-bootstrap
               intervals
    """

    origins: pd.DataFrame
    scores: pd.DataFrame
    resolution: int
    cells: int  # of the study area
    flagged: int  # of them on the list
    calls: int  # in the record
    first_week: date  # of the record
    last_week: date  # of which anything was seen
    half_life_weeks: float  # tuned on all origins, for the week to come
    ring_share: float
    shown: Literal["forecast", "learned", "counting"]  # what the app may show
    verdict: str  # in plain words: what is shown, and why


@dataclass(frozen=True)
class _Known:
    """What each method expected of some weeks, knowing only the weeks before each."""

    weeks: IntArray  # columns of the panel; the number of its weeks is the week to come
    expected: dict[str, FloatArray]  # method → cells x weeks
    dispersion: FloatArray  # of the forecast, by week


def backtest(
    panel: Panel,
    *,
    params: ForecastParams,
    resolution: int,
    learned: bool = False,
    seed: int,
    report: Callable[[str], None] = lambda _: None,
) -> Backtest:
    """Forecast each past week from the weeks before it, and score what came.

    Origins are the whole weeks with at least ``first_weeks`` whole weeks before them, at most the
    last 52; the forecast is tuned anew at each. Beside it stand the last whole week, the mean of
    up to ``baseline_weeks``, and a learned model if asked for.

    Needs    panel         complete study area
             resolution    of its cells
    Adds     a back-test without origins where the record is too short; its verdict says so
    Raises   InputError    no week or no cell at all
    """
    if not len(panel.cells) or not panel.exposure.any():
        raise InputError("there are no calls to test a forecast on")
    ring = ring_matrix(panel.cells)
    trials = run_trials(panel, ring, params)
    tested = panel.whole & (seen_before(panel)[:-1] >= params.first_weeks)
    weeks = np.flatnonzero(tested & (panel.calls.sum(axis=0) > 0))[-MAX_ORIGINS:]
    report(f"forecasting {len(weeks)} past weeks")
    known = _known(panel, ring, trials, params, weeks)
    if learned and len(weeks):
        report("fitting the learned model")
        known = replace(
            known,
            expected=known.expected | {"learned": learned_before(panel, ring, weeks, seed=seed)},
        )
    report("scoring them")
    origins = _origins(panel, known, params, seed)
    tuned = choose(trials, params, before=len(panel.weeks))
    record = panel.weeks[panel.exposure > 0]
    shown, verdict = decide(_evidence(origins, panel, params, seed))
    return Backtest(
        origins=origins,
        scores=_scores(origins, seed),
        resolution=resolution,
        cells=len(panel.cells),
        flagged=scores.list_length(len(panel.cells), params.flagged_share),
        calls=int(panel.calls.sum()),
        first_week=record[0].item(),
        last_week=record[-1].item(),
        half_life_weeks=tuned.half_life_weeks,
        ring_share=tuned.ring_share,
        shown=shown,
        verdict=verdict,
    )


def score_horizon(
    panel: Panel,
    actual: FloatArray,
    *,
    outside: float,
    horizon_weeks: float,
    params: ForecastParams,
    learned: bool = False,
    seed: int,
) -> pd.DataFrame:
    """Score lists made from all weeks before an origin on the calls of a time after it.

    Needs    panel      complete study area, its last week ending at the origin
             actual     calls after the origin, by cell of the panel
             outside    calls after the origin in no cell of the panel
    Adds     method, pei, pai, hit_rate, ceiling
    Raises   InputError   no calls before the origin, or none after it
    """
    if not len(panel.cells) or not (panel.exposure > 0).any():
        raise InputError("there are no calls before the origin to forecast from")
    if actual.sum() + outside <= 0:
        raise InputError("there are no calls after the origin to score a forecast on")
    ring, weeks = ring_matrix(panel.cells), np.array([len(panel.weeks)])
    known = _known(panel, ring, run_trials(panel, ring, params), params, weeks)
    expected = dict(known.expected)
    if learned:
        expected["learned"] = learned_before(panel, ring, weeks, seed=seed)
    k = scores.list_length(len(panel.cells), params.flagged_share)
    ceiling = scores.noise_ceiling(
        panel.calls.sum(axis=1),
        float(panel.exposure.sum()),
        k,
        seed=seed,
        horizon_weeks=horizon_weeks,
    )
    rows = [
        {"method": method, **_scored(actual, rate[:, 0], k, outside), "ceiling": ceiling}
        for method, rate in expected.items()
        if not np.isnan(rate).any()
    ]
    return pd.DataFrame(rows)


def _known(
    panel: Panel,
    ring: sparse.csr_array,
    trials: Trials,
    params: ForecastParams,
    weeks: IntArray,
) -> _Known:
    """Return what the forecast, tuned at each week, and plain counting expected of some weeks."""
    expected = np.empty((len(panel.cells), len(weeks)))
    spread = np.empty(len(weeks))
    made: dict[tuple[float, float], FloatArray] = {}
    for column, week in enumerate(weeks):
        tuned = choose(trials, params, before=int(week))
        setting = (tuned.half_life_weeks, tuned.ring_share)
        if setting not in made:
            made[setting] = expected_before(panel, ring, tuned)
        expected[:, column] = made[setting][:, week]
        spread[column] = past_dispersion(panel, made[setting], int(week))
    plain = {
        "last_week": _last_week(panel)[:, weeks],
        "trailing_mean": _trailing_mean(panel, params.baseline_weeks)[:, weeks],
    }
    return _Known(weeks, {"forecast": expected, **plain}, spread)


def _last_week(panel: Panel) -> FloatArray:
    """Return the calls of the last whole week before each week and before the one to come."""
    column = np.where(panel.whole, np.arange(len(panel.weeks)), -1)
    last = np.concatenate([[-1], np.maximum.accumulate(column)])
    return np.where(last >= 0, panel.calls[:, last], 0.0)


def _trailing_mean(panel: Panel, weeks: int) -> FloatArray:
    """Return calls a whole week over up to so many weeks before each and before the one to come."""
    at = np.arange(len(panel.weeks) + 1)
    since = np.maximum(at - weeks, 0)
    calls = np.hstack([np.zeros((len(panel.cells), 1)), np.cumsum(panel.calls, axis=1)])
    seen = np.concatenate([[0.0], np.cumsum(panel.exposure)])
    span = np.maximum(seen[at] - seen[since], 1e-12)
    return np.asarray(np.round((calls[:, at] - calls[:, since]) / span, 9))


def _scored(calls: FloatArray, rate: FloatArray, k: int, outside: float = 0) -> dict[str, float]:
    listed = scores.top_cells(rate, k)
    return {
        "pei": scores.pei(calls, listed),
        "pai": scores.pai(calls, listed, outside=outside),
        "hit_rate": scores.hit_rate(calls, listed, outside=outside),
    }


def _origins(panel: Panel, known: _Known, params: ForecastParams, seed: int) -> pd.DataFrame:
    """Score every method on every week: the table of origins."""
    k = scores.list_length(len(panel.cells), params.flagged_share)
    draws = int(np.clip(CEILING_DRAWS // max(len(known.weeks), 1), 25, scores.DRAWS))
    rows = []
    before: dict[str, IntArray] = {}
    for column, week in enumerate(known.weeks):
        calls, past = panel.calls[:, week], slice(0, int(week))
        ceiling = scores.noise_ceiling(
            panel.calls[:, past].sum(axis=1),
            float(panel.exposure[past].sum()),
            k,
            seed=seed + int(week),
            draws=draws,
        )
        for method, expected in known.expected.items():
            rate = expected[:, column]
            if np.isnan(rate).any():
                continue  # too little to learn from yet
            listed = scores.top_cells(rate, k)
            row = {"origin": panel.weeks[week].item(), "method": method}
            row |= _scored(calls, rate, k) | {"ceiling": ceiling, "stability": np.nan}
            if method in before:
                row["stability"] = scores.overlap(before[method], listed)
            before[method] = listed
            inside = np.full(len(calls), np.nan)
            if method == "forecast":
                low, high = count_interval(rate, known.dispersion[column], params.interval)
                inside = ((calls >= low) & (calls <= high)).astype(float)
            row["coverage"] = float(inside[listed].mean())
            row[COVERAGE_BUSY] = float(inside[rate >= 1].mean()) if (rate >= 1).any() else np.nan
            rows.append(row)
    return pd.DataFrame(rows, columns=["origin", "method", *METRICS, COVERAGE_BUSY])


def _scores(origins: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return the mean of every method and metric over origins, with its interval."""
    long = origins.melt(["origin", "method"], var_name="metric").dropna(subset="value")
    wide = long.pivot_table(index="origin", columns=["method", "metric"], values="value")
    low, high = block_bootstrap(wide.to_numpy(float), seed=seed)
    told = wide.mean().rename("value").reset_index().assign(low=low, high=high)
    most = np.where(told["metric"] == "pai", np.inf, 1.0)  # all others are shares
    told = told.assign(low=told["low"].clip(lower=0), high=np.minimum(told["high"], most))
    return told[["method", "metric", "value", "low", "high"]]


def block_bootstrap(
    values: FloatArray, *, seed: int, level: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Return the interval of each column's mean over successive weeks, which resemble another.

    Blocks go round from the last week to the first, so that every week is drawn as often. Means of
    few weeks, drawn in blocks, scatter too little; they are spread as a t of so few weeks would be.

    Needs    values    weeks x columns; a column's NaN are left out of its mean
    Source   Politis & Romano 1992 (circular blocks); blocks of the cube root of the weeks, at most
             four
    """
    weeks = len(values)
    if not weeks or not values.shape[1]:
        return np.empty(values.shape[1]), np.empty(values.shape[1])
    block = min(BLOCK_WEEKS, max(1, round(weeks ** (1 / 3))))
    rng = np.random.default_rng(seed)
    starts = rng.integers(0, weeks, (RESAMPLES, -(-weeks // block)))
    drawn = (starts[:, :, None] + np.arange(block)) % weeks
    drawn = drawn.reshape(RESAMPLES, -1)[:, :weeks]
    seen = np.isfinite(values)
    number = seen[drawn].sum(axis=1)
    means = np.full(number.shape, np.nan)
    np.divide(np.where(seen, values, 0)[drawn].sum(axis=1), number, out=means, where=number > 0)
    tail = (1 - level) / 2
    if weeks > block:
        spread = np.sqrt(weeks / (weeks - block)) * stats.t.isf(tail, weeks - 1)
        middle = np.nanmean(values, axis=0)
        means = middle + (means - middle) * spread / stats.norm.isf(tail)
    low, high = np.nanquantile(means, [tail, 1 - tail], axis=0)
    return low, high


def _evidence(origins: pd.DataFrame, panel: Panel, params: ForecastParams, seed: int) -> Evidence:
    pei = origins.pivot_table(index="origin", columns="method", values="pei")
    means = {str(method): float(mean) for method, mean in pei.mean().items()}
    own = origins[origins["method"] == "forecast"]
    rivals = {"forecast": [*BASELINES], "learned": [*BASELINES, "forecast"]}
    clear = {name: _leads(pei, name, rivals[name], seed) for name in rivals if name in means}
    return Evidence(
        weeks=len(pei),
        first_weeks=params.first_weeks,
        flagged=scores.list_length(len(panel.cells), params.flagged_share),
        cells=len(panel.cells),
        pei=means,
        ceiling=float(own["ceiling"].mean()),
        lead_is_clear=clear,
        interval=params.interval,
        coverage=float(own["coverage"].mean()),
        coverage_busy=float(own[COVERAGE_BUSY].mean()),
    )


def _leads(pei: pd.DataFrame, method: str, rivals: list[str], seed: int) -> bool:
    """Return whether a method is ahead of each rival, paired by week, beyond what chance makes."""
    leads = pei[[method]].to_numpy(float) - pei[rivals].to_numpy(float)
    return bool((block_bootstrap(leads, seed=seed)[0] > 0).all())
