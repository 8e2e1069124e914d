"""How long the memory and how wide the smoothing should be, judged on past weeks only."""

from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy import sparse

from outreach.config import ForecastParams
from outreach.demand.forecast import FIRST_SEEN_WEEKS, expected_before, seen_before
from outreach.demand.panel import FloatArray, IntArray, Panel, ring_matrix
from outreach.demand.scores import list_length

HALF_LIVES_WEEKS = (52.0, 26.0, 13.0, 9.0, 6.0, 4.0)  # longest first: the first is preferred
RING_SHARES = (0.0, 0.05, 0.1, 0.2)
LIST_SHARES = (0.005, 0.01, 0.02, 0.03, 0.05)  # one length alone is ruled by noise
MIN_TRIALS, MAX_TRIALS = 4, 52
STANDARD_ERRORS = 2


@dataclass(frozen=True)
class Trials:
    """How well every setting would have ranked each past week."""

    settings: tuple[tuple[float, float], ...]  # half_life_weeks, ring_share; preferred first
    weeks: IntArray  # columns of the panel
    scores: FloatArray  # settings x weeks: mean PEI over LIST_SHARES


def run_trials(panel: Panel, ring: sparse.csr_array, params: ForecastParams) -> Trials:
    """Score every setting on each whole week that has eight whole weeks before it.

    Needs    panel, ring    ``ring_matrix`` of its cells
    """
    settings = tuple(product(HALF_LIVES_WEEKS, RING_SHARES))
    tested = panel.whole & (seen_before(panel)[:-1] >= FIRST_SEEN_WEEKS)
    weeks = np.flatnonzero(tested & (panel.calls.sum(axis=0) > 0))
    lengths = np.array([list_length(len(panel.cells), share) for share in LIST_SHARES])
    actual = panel.calls[:, weeks]
    best = _held(actual, actual, lengths)
    scores = np.empty((len(settings), len(weeks)))
    for row, (half_life, share) in enumerate(settings):
        tried = params.model_copy(update={"half_life_weeks": half_life, "ring_share": share})
        expected = expected_before(panel, ring, tried)[:, weeks]
        scores[row] = (_held(actual, expected, lengths) / best).mean(axis=0)
    return Trials(settings, weeks, scores)


def _held(actual: FloatArray, rate: FloatArray, lengths: IntArray) -> FloatArray:
    """Return the calls on the lists of the highest rates: lengths x weeks."""
    order = np.argsort(-rate, axis=0, kind="stable")[: lengths.max()]
    held = np.cumsum(np.take_along_axis(actual, order, axis=0), axis=0)
    return np.asarray(held[lengths - 1])


def choose(trials: Trials, params: ForecastParams, *, before: int) -> ForecastParams:
    """Return params with the half-life and ring share that past weeks speak for.

    Kept is the longest memory with the least smoothing, unless the best setting's lead over it,
    paired by week, is more than two standard errors: what is no better than chance is no reason
    to let the lists change more.

    Needs    before    column of the week to forecast; later ones and itself are not looked at
    Adds     params as they are where fewer than four past weeks can be judged
    Source   Breiman et al. 1984 (the one-standard-error rule, here with two)
    """
    scores = trials.scores[:, trials.weeks < before][:, -MAX_TRIALS:]
    if scores.shape[1] < MIN_TRIALS:
        return params
    lead = scores[scores.mean(axis=1).argmax()] - scores
    error = lead.std(axis=1, ddof=1) / np.sqrt(scores.shape[1])
    kept = int(np.argmax(lead.mean(axis=1) <= STANDARD_ERRORS * error + 1e-12))
    half_life, share = trials.settings[kept]
    return params.model_copy(update={"half_life_weeks": half_life, "ring_share": share})


def tune(panel: Panel, *, params: ForecastParams) -> ForecastParams:
    """Return params tuned on all past weeks, for the week to come.

    Needs    panel     complete study area
    Source   as ``choose``
    """
    if not len(panel.cells):
        return params
    trials = run_trials(panel, ring_matrix(panel.cells), params)
    return choose(trials, params, before=len(panel.weeks))
