import numpy as np
import pytest
from scipy import stats

from outreach.mixture import RateMixture, fit_mixture, posterior, posterior_mean


def test_the_posterior_is_bayes_rule_by_hand():
    mixture = RateMixture(np.array([0.5, 2.0, 7.0]), np.array([0.5, 0.3, 0.2]))
    calls, exposure = np.array([0, 3, 40]), np.array([1.0, 2.0, 5.0])
    found = posterior(mixture, calls, exposure)
    for row, y, t in zip(found, calls, exposure, strict=True):
        joint = mixture.weights * stats.poisson.pmf(y, mixture.rates * t)
        assert row == pytest.approx(joint / joint.sum())
    assert posterior_mean(mixture, calls, exposure) == pytest.approx(found @ mixture.rates)


def test_two_kinds_of_places_are_told_apart():
    rng = np.random.default_rng(1)
    rates = np.repeat([0.2, 3.0], 400)
    mixture = fit_mixture(rng.poisson(rates * 10), 10.0)
    assert mixture.weights.sum() == pytest.approx(1)
    assert mixture.weights[mixture.rates > 1].sum() == pytest.approx(0.5, abs=0.02)
    busy = mixture.rates > 1
    mean = mixture.rates[busy] @ mixture.weights[busy] / mixture.weights[busy].sum()
    assert mean == pytest.approx(3, rel=0.05)


def test_no_other_mixture_of_a_fine_grid_is_clearly_likelier():
    """The fit comes near the optimum: the gradient bound of Lindsay 1983 says how near."""
    rng = np.random.default_rng(2)
    calls = rng.poisson(rng.gamma(0.5, 4, 500))
    mixture = fit_mixture(calls, 1.0)
    grid = np.linspace(0.001, calls.max(), 2000)
    density = stats.poisson.pmf(calls[:, None], mixture.rates) @ mixture.weights
    gradient = (stats.poisson.pmf(calls[:, None], grid) / density[:, None]).mean(axis=0) - 1
    assert gradient.max() < 0.02  # log likelihood a call is within this of the best there is


@pytest.mark.parametrize(
    ("cells", "weeks", "shape", "scale"), [(4000, 104, 0.3, 1.5), (2500, 26, 0.4, 1.6)]
)
def test_expected_rates_are_calibrated_for_rare_and_for_listed_cells(cells, weeks, shape, scale):
    """Naive rates of the few most counted are too high by chance; these are not."""
    rng = np.random.default_rng(3)
    rates = rng.gamma(shape, scale, cells)
    rates[:5] *= 8
    calls = rng.poisson(rates * weeks)
    expected = posterior_mean(fit_mixture(calls, float(weeks)), calls, float(weeks))
    rare, top = (calls > 0) & (calls <= 5), np.argsort(-calls)[:50]
    assert rates[rare].sum() / expected[rare].sum() == pytest.approx(1, abs=0.08)
    assert rates[top].sum() / expected[top].sum() == pytest.approx(1, abs=0.03)


def test_exposure_may_differ_by_count_and_counts_may_be_weighted():
    rng = np.random.default_rng(4)
    exposure = rng.uniform(2, 30, 600)
    calls = rng.poisson(1.5 * exposure) + 0.25
    expected = posterior_mean(fit_mixture(calls, exposure), calls, exposure)
    assert expected.mean() == pytest.approx(1.5, rel=0.03)
    assert expected.std() < 0.3 * (calls / exposure).std()


def test_no_calls_anywhere_give_a_rate_near_zero():
    assert posterior_mean(fit_mixture(np.zeros(9), 4.0), np.zeros(9), 4.0).max() < 1e-6
