import numpy as np
import pytest

from outreach import cells
from outreach.config import ForecastParams
from outreach.demand import scores
from outreach.demand.forecast import expected_before
from outreach.demand.panel import Panel, ring_matrix
from outreach.demand.tuning import (
    HALF_LIVES_WEEKS,
    LIST_SHARES,
    RING_SHARES,
    Trials,
    choose,
    run_trials,
    tune,
)

MIDDLE = int(cells.parents(cells.fine_cells([-73.75], [42.65]).astype("int64"), 9)[0])
AREA = cells.ring(MIDDLE, 10)  # 331 cells
DEFAULTS = ForecastParams(half_life_weeks=17, ring_share=0.07)


def panel_of(rates, weeks=60, seed=1, exposure=None):
    rng = np.random.default_rng(seed)
    seen = np.ones(weeks) if exposure is None else exposure
    calls = rng.poisson(np.broadcast_to(np.reshape(rates, (len(AREA), -1)), (331, weeks)) * seen)
    return Panel(AREA, np.datetime64("2025-01-06") + 7 * np.arange(weeks), calls * 1.0, seen)


def chosen(panel):
    tuned = tune(panel, params=DEFAULTS)
    return tuned.half_life_weeks, tuned.ring_share


def stationary(seed):
    return np.random.default_rng(seed).gamma(0.5, 4, 331)


def test_trials_equal_a_loop_and_stand_on_whole_weeks_after_the_eighth():
    exposure = np.ones(20)
    exposure[[2, 14]] = 0, 4 / 7
    panel = panel_of(stationary(1), 20, exposure=exposure)
    ring = ring_matrix(panel.cells)
    trials = run_trials(panel, ring, DEFAULTS)
    assert trials.weeks.tolist() == [9, 10, 11, 12, 13, 15, 16, 17, 18, 19]
    assert trials.settings[0] == (max(HALF_LIVES_WEEKS), min(RING_SHARES))
    for row, (half_life, share) in list(enumerate(trials.settings))[::5]:
        params = ForecastParams(half_life_weeks=half_life, ring_share=share)
        expected = expected_before(panel, ring, params)
        for column, week in list(enumerate(trials.weeks))[::3]:
            by_hand = [
                scores.pei(
                    panel.calls[:, week],
                    scores.top_cells(expected[:, week], scores.list_length(331, of)),
                )
                for of in LIST_SHARES
            ]
            assert trials.scores[row, column] == pytest.approx(np.mean(by_hand))


def test_the_preferred_setting_stays_unless_another_is_clearly_better():
    settings = ((52.0, 0.0), (26.0, 0.0), (4.0, 0.0))
    noise = np.random.default_rng(1).normal(0, 0.02, 30)
    base = np.full(30, 0.8)
    weeks = np.arange(10, 40)
    clear = Trials(settings, weeks, np.array([base, base + noise, base + 0.05 + noise]))
    assert choose(clear, DEFAULTS, before=40).half_life_weeks == 4
    small = 0.0005 - noise.mean()
    unclear = Trials(settings, weeks, np.array([base, base - 0.01, base + noise + small]))
    assert choose(unclear, DEFAULTS, before=40).half_life_weeks == 52
    tie = Trials(settings, weeks, np.array([base, base, base]))
    assert choose(tie, DEFAULTS, before=40).half_life_weeks == 52


def test_too_few_past_weeks_leave_the_citys_settings():
    trials = run_trials(panel_of(stationary(2), 30), ring_matrix(AREA), DEFAULTS)
    assert choose(trials, DEFAULTS, before=8 + 3) == DEFAULTS
    assert choose(trials, DEFAULTS, before=8 + 4).half_life_weeks in HALF_LIVES_WEEKS
    assert tune(panel_of(stationary(2), 11), params=DEFAULTS) == DEFAULTS
    nothing = Panel(AREA[:0], np.array([], "datetime64[D]"), np.zeros((0, 0)), np.zeros(0))
    assert tune(nothing, params=DEFAULTS) == DEFAULTS


def test_the_choice_at_a_week_knows_nothing_of_it_or_later():
    """Law 5."""
    panel = panel_of(stationary(3), 50)
    future = panel.calls.copy()
    future[:, 30:] = future[::-1, 30:]
    other = Panel(panel.cells, panel.weeks, future, panel.exposure)
    ring = ring_matrix(AREA)
    one, two = (run_trials(p, ring, DEFAULTS) for p in (panel, other))
    assert [choose(one, DEFAULTS, before=w) for w in range(31)] == [
        choose(two, DEFAULTS, before=w) for w in range(31)
    ]
    assert not np.array_equal(one.scores, two.scores)


def test_only_the_last_year_of_past_weeks_is_judged():
    rng = np.random.default_rng(4)
    scored = rng.normal(0.8, 0.001, (3, 80))
    scored[2, :28] += 5  # long ago
    trials = Trials(((52.0, 0.0), (26.0, 0.0), (4.0, 0.0)), np.arange(80), scored)
    assert choose(trials, DEFAULTS, before=80).half_life_weeks > 4


def test_a_stationary_city_keeps_the_longest_memory_and_no_smoothing():
    kept = [chosen(panel_of(stationary(seed), seed=seed)) for seed in range(10, 22)]
    assert kept.count((52.0, 0.0)) >= 9


def test_a_city_whose_rates_shift_gets_a_short_memory():
    rng = np.random.default_rng(5)
    rates = np.repeat([rng.permutation(stationary(6)) for _ in range(6)], 10, axis=0).T
    assert chosen(panel_of(rates))[0] <= 6


def test_where_neighbours_are_alike_smoothing_is_found():
    rates = np.zeros(331)
    for steps in range(10, -1, -1):
        rates[np.isin(AREA, cells.ring(MIDDLE, steps))] = 0.3 * np.exp(-steps / 3)
    assert chosen(panel_of(rates, 40))[1] > 0
