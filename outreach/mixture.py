"""What true rates lie behind noisy counts: the mixing distribution that fits them best."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
GRID, STEPS = 120, 400


@dataclass(frozen=True)
class RateMixture:
    """A distribution of rates: how much weight lies on each."""

    rates: FloatArray  # calls per unit of exposure, rising
    weights: FloatArray  # sum to 1


def fit_mixture(calls: npt.ArrayLike, exposure: npt.ArrayLike) -> RateMixture:
    """Fit the distribution of Poisson rates that makes the counts most likely.

    Needs    calls       counts, weighted ones (not whole numbers) too, at least one
             exposure    of each count, in any unit; one number for all, or one each
    Source   Kiefer & Wolfowitz 1956; Jiang & Zhang 2009 (NPMLE by EM on a fixed grid)
    """
    y = np.asarray(calls, float)
    t = np.broadcast_to(np.asarray(exposure, float), y.shape)
    top = max(float((y / t).max()), 1e-9)
    # Even steps of the square root are even steps of a Poisson count's standard deviation.
    rates = np.linspace(0, np.sqrt(1.02 * top), GRID + 1) ** 2
    rates[0] = 1e-6 * top
    kinds, times = np.unique(np.column_stack([y, t]), axis=0, return_counts=True)
    likelihood = np.exp(_log_likelihood(kinds[:, 0], kinds[:, 1], rates))
    weights = np.full(len(rates), 1 / len(rates))
    for _ in range(STEPS):
        weights *= likelihood.T @ (times / (likelihood @ weights)) / times.sum()
    return RateMixture(rates, weights)


def posterior(mixture: RateMixture, calls: npt.ArrayLike, exposure: npt.ArrayLike) -> FloatArray:
    """Return the weight of each rate of the mixture given each count: counts x rates."""
    y = np.asarray(calls, float)
    t = np.broadcast_to(np.asarray(exposure, float), y.shape)
    share = np.exp(_log_likelihood(y, t, mixture.rates)) * mixture.weights
    return np.asarray(share / share.sum(axis=1, keepdims=True))


def posterior_mean(
    mixture: RateMixture, calls: npt.ArrayLike, exposure: npt.ArrayLike
) -> FloatArray:
    """Return the rate to expect behind each count (empirical Bayes)."""
    return np.asarray(posterior(mixture, calls, exposure) @ mixture.rates)


def _log_likelihood(y: FloatArray, t: FloatArray, rates: FloatArray) -> FloatArray:
    """Return the Poisson log likelihood, its largest value over the rates taken as 0."""
    mean = t[:, None] * rates[None, :]
    found = y[:, None] * np.log(mean) - mean
    return np.asarray(found - found.max(axis=1, keepdims=True))
