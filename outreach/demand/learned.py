"""A learned model of next week's calls; it is shown only where its back-test beats the rest."""

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.ensemble import HistGradientBoostingRegressor

from outreach.columns import empty
from outreach.config import ForecastParams
from outreach.demand.forecast import (
    FIRST_SEEN_WEEKS,
    forecast_table,
    rates_before,
    ring_smoothed,
    seen_before,
)
from outreach.demand.panel import FloatArray, IntArray, Panel, ring_matrix
from outreach.schemas import FORECAST

# All there is to save of it: it is fitted anew from the record, never read from a file.
HYPERPARAMETERS = {
    "max_iter": 60,
    "learning_rate": 0.08,
    "max_leaf_nodes": 8,
    "min_samples_leaf": 100,
    "l2_regularization": 1.0,
}
HALF_LIVES_WEEKS = (2.0, 6.0, 13.0, 26.0, 1e6)
LAGS_WEEKS = (1, 2, 3, 4)
REFIT_WEEKS = 8
TRAINING_WEEKS = 26


def learned_before(panel: Panel, ring: sparse.csr_array, at: IntArray, *, seed: int) -> FloatArray:
    """Return the calls a learned model expects in some weeks, from those before each.

    Gradient-boosted trees with a Poisson loss on lagged counts, long memories of several
    half-lives, the neighbours' memory and the time of year; fitted anew every eight of the weeks,
    on weeks before the first of them only.

    Needs    at    columns of the panel, rising; the number of weeks means the week to come
    Adds     cells x len(at); NaN where too few weeks come before to learn from
    Source   Ke et al. 2017 (histogram gradient boosting); scikit-learn's implementation
    """
    features = _features(panel, ring)
    ready = np.flatnonzero(panel.whole & (seen_before(panel)[:-1] >= FIRST_SEEN_WEEKS))
    expected = np.full((len(panel.cells), len(at)), np.nan)
    for first in range(0, len(at), REFIT_WEEKS):
        weeks = ready[ready < at[first]][-TRAINING_WEEKS:]
        actual = panel.calls[:, weeks].ravel(order="F")
        if not actual.sum():
            continue
        model = HistGradientBoostingRegressor(
            loss="poisson", early_stopping=False, random_state=seed, **HYPERPARAMETERS
        ).fit(np.concatenate(features[weeks]), actual)
        for column in range(first, min(first + REFIT_WEEKS, len(at))):
            expected[:, column] = model.predict(features[at[column]])
    return expected


def forecast_learned(panel: Panel, *, params: ForecastParams, seed: int) -> pd.DataFrame:
    """Give each cell the calls that the learned model expects in the week to come.

    Needs    panel     complete study area
    Adds     FORECAST  highest first; empty where the record is too short to learn from
    """
    weeks = len(panel.weeks)
    tested = np.flatnonzero(panel.whole)[-REFIT_WEEKS:]  # these show how far it is off
    at = np.append(tested, weeks)
    if not len(panel.cells) or len(at) <= REFIT_WEEKS:
        return empty(FORECAST)
    expected = np.full((len(panel.cells), weeks + 1), np.nan)
    expected[:, at] = learned_before(panel, ring_matrix(panel.cells), at, seed=seed)
    if np.isnan(expected[:, -1]).any():
        return empty(FORECAST)
    return forecast_table(panel, expected, params)


def _features(panel: Panel, ring: sparse.csr_array) -> FloatArray:
    """Return what is known before each week, and before the one to come: week, cell, feature."""
    cells, weeks = panel.calls.shape
    memories = [rates_before(panel.calls, panel.exposure, h) for h in HALF_LIVES_WEEKS]
    near = [ring_smoothed(rate, ring, 1.0) for rate in memories[1:4:2]]
    seen = np.where(panel.whole, panel.calls, np.nan)  # the trees know missing values
    lags = [np.hstack([np.full((cells, lag), np.nan), seen])[:, : weeks + 1] for lag in LAGS_WEEKS]
    days = pd.date_range(panel.weeks[0], periods=weeks + 1, freq="7D").day_of_year.to_numpy()
    year = 2 * np.pi * days / 365.25
    season = [np.broadcast_to(wave, (cells, weeks + 1)) for wave in (np.sin(year), np.cos(year))]
    return np.stack([*memories, *near, *lags, *season], axis=-1).swapaxes(0, 1)
