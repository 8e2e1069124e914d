import numpy as np
import pandas as pd
import pytest

from outreach import cells
from outreach.columns import check, empty
from outreach.config import ForecastParams
from outreach.demand.learned import forecast_learned, learned_before
from outreach.demand.panel import Panel, ring_matrix
from outreach.schemas import FORECAST

MIDDLE = int(cells.parents(cells.fine_cells([-73.75], [42.65]).astype("int64"), 9)[0])
AREA = cells.ring(MIDDLE, 8)  # 217 cells


def panel_of(weeks=40, seed=1):
    rng = np.random.default_rng(seed)
    exposure = np.ones(weeks)
    exposure[weeks // 8] = 0
    calls = rng.poisson(rng.gamma(0.5, 4, (len(AREA), 1)) * exposure).astype(float)
    return Panel(AREA, np.datetime64("2025-01-06") + 7 * np.arange(weeks), calls, exposure)


def test_it_knows_no_week_from_the_one_it_is_asked_for_on():
    """Law 5."""
    panel = panel_of()
    calls = panel.calls.copy()
    calls[:, 33:] = calls[::-1, 33:] + 9
    other = Panel(panel.cells, panel.weeks, calls, panel.exposure)
    at, ring = np.arange(28, 41), ring_matrix(AREA)
    one, two = (learned_before(p, ring, at, seed=1) for p in (panel, other))
    np.testing.assert_array_equal(one[:, :6], two[:, :6])  # weeks 28 to 33
    assert not np.array_equal(one[:, 6:], two[:, 6:])


def test_it_finds_the_busy_cells_and_the_level():
    panel = panel_of()
    at = np.arange(32, 40)
    expected = learned_before(panel, ring_matrix(AREA), at, seed=1)
    assert (expected >= 0).all()
    assert expected.sum() == pytest.approx(panel.calls[:, at].sum(), rel=0.15)
    assert np.corrcoef(expected.mean(axis=1), panel.calls.mean(axis=1))[0, 1] > 0.9


def test_too_short_a_record_teaches_nothing():
    panel = panel_of(10)
    assert np.isnan(learned_before(panel, ring_matrix(AREA), np.array([8]), seed=1)).all()
    for weeks in (4, 8):
        told = forecast_learned(panel_of(weeks), params=ForecastParams(), seed=1)
        pd.testing.assert_frame_equal(told, empty(FORECAST))


def test_the_coming_week_is_a_whole_table_with_honest_ranges():
    panel = panel_of(41)
    past = Panel(AREA, panel.weeks[:40], panel.calls[:, :40], panel.exposure[:40])
    told = check(forecast_learned(past, params=ForecastParams(), seed=1), FORECAST)
    assert sorted(told["cell"]) == AREA.tolist()
    assert told["expected_calls"].is_monotonic_decreasing
    came = pd.Series(panel.calls[:, 40], AREA)[told["cell"]].to_numpy()
    assert ((told["low"] <= came) & (came <= told["high"])).mean() >= 0.85
