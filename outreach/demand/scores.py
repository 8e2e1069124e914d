"""How much of a week's calls a list of cells held, and how much any list could have held."""

import re
from datetime import date

import numpy as np
import pandas as pd

from outreach.demand.panel import FloatArray, IntArray
from outreach.errors import InputError
from outreach.mixture import fit_mixture, posterior

DRAWS = 200


def list_length(cells: int, share: float) -> int:
    """Return how many cells are a share of all of them, at least one."""
    return max(1, round(cells * share))


def top_cells(rate: FloatArray, k: int) -> IntArray:
    """Return the positions of the k highest rates; the first of equal ones goes first."""
    return np.argsort(-rate, kind="stable")[:k]


def pei(calls: FloatArray, listed: IntArray) -> float:
    """Return calls on the list over calls on the best list of that length; NaN without calls.

    Source   Hunt 2016 (prediction efficiency index)
    """
    best = np.partition(calls, len(calls) - len(listed))[len(calls) - len(listed) :].sum()
    return float(calls[listed].sum() / best) if best > 0 else float("nan")


def hit_rate(calls: FloatArray, listed: IntArray, *, outside: float = 0) -> float:
    """Return the share of all calls on the list, those ``outside`` of any cell too."""
    total = calls.sum() + outside
    return float(calls[listed].sum() / total) if total > 0 else float("nan")


def pai(calls: FloatArray, listed: IntArray, *, outside: float = 0) -> float:
    """Return the share of calls on the list over the share of cells on it.

    Source   Chainey, Tompson & Uhlig 2008 (prediction accuracy index)
    """
    return hit_rate(calls, listed, outside=outside) * len(calls) / len(listed)


def overlap(a: IntArray, b: IntArray) -> float:
    """Return the share of a list that is on another list too."""
    return len(np.intersect1d(a, b)) / max(len(a), 1)


def noise_ceiling(
    calls: FloatArray,
    exposure_weeks: float,
    flagged: int,
    *,
    seed: int,
    horizon_weeks: float = 1.0,
    draws: int = DRAWS,
) -> float:
    """Return the PEI to expect if the true rates were known and counts were Poisson.

    True rates are drawn from what the counts so far say of them, then counts from those rates; the
    list is that of the highest true rates. Rates fixed at their expectation would lie too far
    apart or too close, depending on the city, and so mislead.

    Needs    calls             by cell, so far
             exposure_weeks    in how many weeks
             flagged           length of the list
             horizon_weeks     length of the time that the list is scored on
    Source   mixture.fit_mixture (NPMLE)
    """
    if calls.sum() <= 0 or exposure_weeks <= 0:
        return float("nan")
    rng = np.random.default_rng(seed)
    kinds, kind = np.unique(calls, return_inverse=True)
    mixture = fit_mixture(calls, exposure_weeks)
    chances = np.cumsum(posterior(mixture, kinds, exposure_weeks), axis=1)
    # One sorted line of all kinds' chances lets one search serve every cell of a draw.
    line = (chances / chances[:, -1:] + np.arange(len(kinds))[:, None]).ravel()
    points = rng.random((draws, len(calls))) + kind
    rate = np.searchsorted(line, points, side="right") - kind * len(mixture.rates)
    rate = np.minimum(rate, len(mixture.rates) - 1).astype(np.int16)  # its place in the mixture
    counts = rng.poisson(mixture.rates[rate] * horizon_weeks).astype(np.int32)
    listed = np.argsort(-rate, axis=1, kind="stable")[:, :flagged]
    held = np.take_along_axis(counts, listed, axis=1).sum(axis=1)
    best = np.sort(counts, axis=1)[:, -flagged:].sum(axis=1)
    some = best > 0
    return float(np.mean(held[some] / best[some])) if some.any() else float("nan")


def parse_horizon(text: str, origin: date) -> date:
    """Return the day after a horizon such as ``7d``, ``2w`` or ``1m`` (calendar months) ends.

    Raises   InputError   the text is no such length
    """
    match = re.fullmatch(r"([1-9]\d{0,2})([dwm])", text.strip().lower())
    if match is None:
        raise InputError(f"{text!r} is no horizon; write days, weeks or months like 7d, 2w or 1m")
    n = int(match[1])
    step = {"d": pd.DateOffset(days=n), "w": pd.DateOffset(weeks=n), "m": pd.DateOffset(months=n)}
    return (pd.Timestamp(origin) + step[match[2]]).date()
