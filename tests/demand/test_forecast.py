import numpy as np
import pandas as pd
import pytest
from scipy import stats

from outreach import cells
from outreach.columns import check, empty
from outreach.config import ForecastParams
from outreach.demand.forecast import (
    count_interval,
    dispersion,
    expected_before,
    forecast,
    long_memory,
    past_dispersion,
    rates_before,
    ring_smoothed,
)
from outreach.demand.panel import Panel, ring_matrix
from outreach.schemas import FORECAST

MIDDLE = int(cells.parents(cells.fine_cells([-73.75], [42.65]).astype("int64"), 9)[0])
PARAMS = ForecastParams(half_life_weeks=6, ring_share=0.1)


def panel_of(calls, exposure=None):
    calls = np.asarray(calls, float)
    area = cells.ring(MIDDLE, 20)[: len(calls)]
    weeks = np.datetime64("2025-01-06") + 7 * np.arange(calls.shape[1])
    seen = np.ones(calls.shape[1]) if exposure is None else np.asarray(exposure, float)
    return Panel(area, weeks, calls, seen)


@pytest.fixture
def gappy():
    """Forty cells, thirty weeks; a gap of three weeks and two weeks seen in part."""
    rng = np.random.default_rng(1)
    exposure = np.ones(30)
    exposure[[0, 11, 12, 13, 20]] = [3 / 7, 0, 0, 0, 5 / 7]
    return panel_of(rng.poisson(rng.gamma(0.5, 3, 40)[:, None] * exposure), exposure)


@pytest.mark.parametrize("half_life", [4, 26])
def test_the_long_memory_equals_a_loop_over_weeks_with_gaps(gappy, half_life):
    found = rates_before(gappy.calls, gappy.exposure, half_life)
    assert found.shape == (40, 31)
    assert np.isnan(found[:, 0]).all()
    for week in range(1, 31):
        weights = [0.5 ** ((week - 1 - past) / half_life) for past in range(week)]
        seen = sum(w * e for w, e in zip(weights, gappy.exposure, strict=False))
        for cell in range(0, 40, 7):
            calls = sum(w * y for w, y in zip(weights, gappy.calls[cell], strict=False))
            assert found[cell, week] == pytest.approx(calls / seen)
    memory = long_memory(gappy.calls, gappy.exposure, half_life)
    assert memory == pytest.approx(found[:, -1])


def test_a_gap_is_no_fall_and_a_partial_week_no_quiet_one():
    exposure = np.array([1, 1, 0, 0, 1, 3 / 7])
    memory = long_memory(np.array([[7, 7, 0, 0, 7, 3.0]]), exposure, 4)
    assert memory == pytest.approx([7])


def test_the_ring_is_the_mean_of_six_neighbours_of_which_some_may_be_outside(gappy):
    rate = np.random.default_rng(2).gamma(1, 2, 40)
    by_cell = dict(zip(gappy.cells.tolist(), rate, strict=True))
    found = ring_smoothed(rate, ring_matrix(gappy.cells), 0.2)
    for cell, smooth in zip(gappy.cells.tolist(), found, strict=True):
        near = [by_cell.get(c, 0.0) for c in cells.ring(cell).tolist() if c != cell]
        assert smooth == pytest.approx(0.8 * by_cell[cell] + 0.2 * sum(near) / 6, abs=1e-8)
    assert ring_smoothed(rate, ring_matrix(gappy.cells), 0.0) == pytest.approx(rate, abs=1e-8)


def test_what_is_expected_of_a_week_knows_nothing_of_it_or_later(gappy):
    """Law 5."""
    ring = ring_matrix(gappy.cells)
    found = expected_before(gappy, ring, PARAMS)
    later = gappy.calls.copy()
    later[:, 17:] += 50
    other = expected_before(panel_of(later, gappy.exposure), ring, PARAMS)
    np.testing.assert_array_equal(found[:, :18], other[:, :18])
    assert (other[:, 18] > found[:, 18]).all()


@pytest.mark.parametrize("phi", [0.0, 0.1, 0.5])
def test_dispersion_is_that_of_the_counts(phi):
    rng = np.random.default_rng(3)
    mean = np.repeat(rng.gamma(1, 5, 400), 50).reshape(400, 50)
    counts = rng.poisson(mean * rng.gamma(1 / phi, phi, mean.shape) if phi else mean)
    assert dispersion(counts.astype(float), mean) == pytest.approx(phi, abs=0.02)
    assert dispersion(np.zeros((2, 3)), np.zeros((2, 3))) == 0


def test_dispersion_passes_over_weeks_without_an_expectation(gappy):
    expected = expected_before(gappy, ring_matrix(gappy.cells), PARAMS)
    some = expected.copy()
    some[:, :25] = np.nan
    whole = [w for w in range(25, 30) if gappy.exposure[w] == 1]
    assert past_dispersion(gappy, some, 30) == pytest.approx(
        dispersion(gappy.calls[:, whole], expected[:, whole])
    )
    assert past_dispersion(gappy, expected, 3) == 0  # nothing to judge by


@pytest.mark.parametrize("phi", [0.0, 0.3])
def test_the_interval_is_the_central_one(phi):
    mean = np.array([0.0, 0.01, 0.7, 4.0, 90.0])
    low, high = count_interval(mean, phi, 0.8)
    for m, a, b in zip(mean, low, high, strict=True):
        of = stats.nbinom(1 / phi, 1 / (1 + phi * m)) if phi and m else stats.poisson(m)
        assert a == 0 or of.cdf(a - 1) < 0.1
        assert of.cdf(b) >= 0.9 - 1e-9
        assert b == 0 or of.cdf(b - 1) < 0.9


@pytest.mark.parametrize("phi", [0.0, 0.15])
def test_nine_counts_in_ten_lie_within_the_interval(phi):
    """Where it matters: in cells that expect a call or more a week, and on the list."""
    rng = np.random.default_rng(4)
    busy, listed = [], []
    for _ in range(12):
        rates = rng.gamma(0.4, 6, 400)[:, None] * np.ones(40)
        actual = rng.poisson(rates * rng.gamma(1 / phi, phi, rates.shape) if phi else rates)
        told = forecast(panel_of(actual[:, :-1]), params=ForecastParams())
        came = pd.Series(actual[:, -1], panel_of(actual).cells)[told["cell"]].to_numpy()
        inside = (told["low"] <= came) & (came <= told["high"])
        busy.append(inside[told["expected_calls"] >= 1].mean())
        listed.append(inside[:20].mean())
    assert 0.90 <= np.mean(busy) <= 0.97  # whole numbers make it a little wider than 0.9
    assert 0.86 <= np.mean(listed) <= 0.97


def test_the_forecast_is_a_whole_table_highest_first(gappy):
    told = check(forecast(gappy, params=PARAMS), FORECAST)
    assert sorted(told["cell"]) == gappy.cells.tolist()
    assert told["expected_calls"].is_monotonic_decreasing
    assert ((told["low"] <= told["expected_calls"] + 1) & (told["low"] <= told["high"])).all()
    ring = ring_matrix(gappy.cells)
    mean = ring_smoothed(long_memory(gappy.calls, gappy.exposure, 6), ring, 0.1)
    by_cell = told.set_index("cell")["expected_calls"].reindex(gappy.cells)
    assert by_cell.to_numpy() == pytest.approx(mean)
    first, cell = told["reason"].iloc[0], int(np.argmax(mean))
    assert first.startswith(f"About {mean[cell]:.1f} calls expected in the week to come")
    lately = gappy.calls[cell, np.flatnonzero(gappy.whole)[-8:]].sum()
    assert f"{lately:.0f} came in the last 8 whole weeks" in first
    assert f"{gappy.calls[cell].sum():,.0f} in 27 weeks of record" in first
    assert not any(word in first for word in ("because", "due to", "caused"))


def test_equal_cells_stay_in_one_order_and_quiet_ones_stay_on_the_table():
    told = forecast(panel_of(np.zeros((30, 12))), params=PARAMS)
    assert told["cell"].is_monotonic_increasing
    assert (told[["expected_calls", "low", "high"]] == 0).all(axis=None)


def test_without_a_week_seen_there_is_no_forecast():
    for nothing in (panel_of(np.zeros((5, 3)), [0, 0, 0]), panel_of(np.zeros((0, 3)))):
        pd.testing.assert_frame_equal(forecast(nothing, params=PARAMS), empty(FORECAST))
