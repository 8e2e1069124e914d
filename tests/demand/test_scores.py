from datetime import date
from itertools import combinations

import numpy as np
import pytest

from outreach.demand import scores
from outreach.errors import InputError


def test_pei_divides_by_the_best_list_there_is():
    rng = np.random.default_rng(1)
    for _ in range(20):
        calls = rng.poisson(2, 9).astype(float)
        listed = rng.choice(9, 3, replace=False)
        best = max(sum(calls[list(some)]) for some in combinations(range(9), 3))
        assert scores.pei(calls, listed) == pytest.approx(calls[listed].sum() / best)
    assert np.isnan(scores.pei(np.zeros(4), np.array([0, 1])))
    assert scores.pei(np.array([1.0, 2.0]), np.array([0, 1])) == 1


def test_pai_and_hit_rate_by_hand_with_calls_from_elsewhere():
    calls, listed = np.array([6.0, 0, 2, 0, 0, 0, 0, 0, 0, 0]), np.array([0, 1])
    assert scores.hit_rate(calls, listed) == pytest.approx(6 / 8)
    assert scores.pai(calls, listed) == pytest.approx((6 / 8) / (2 / 10))
    assert scores.hit_rate(calls, listed, outside=4) == pytest.approx(6 / 12)
    assert scores.pai(calls, listed, outside=4) == pytest.approx((6 / 12) / (2 / 10))
    assert np.isnan(scores.hit_rate(np.zeros(3), listed))


def test_equal_rates_are_listed_in_the_order_of_cells():
    rate = np.array([1.0, 3, 1, 3, 1])
    assert scores.top_cells(rate, 3).tolist() == [1, 3, 0]
    assert [scores.list_length(n, 0.01) for n in (3, 149, 150, 2476)] == [1, 1, 2, 25]


def test_overlap_is_the_share_kept():
    assert scores.overlap(np.array([1, 2, 3, 4]), np.array([4, 9, 1, 8])) == 0.5


def test_one_huge_cell_can_always_be_found():
    calls = np.zeros(200)
    calls[17] = 5000
    assert scores.noise_ceiling(calls, 26, 1, seed=1) == pytest.approx(1, abs=1e-6)


def test_the_ceiling_is_what_the_true_rates_reach():
    """Against lists by the true rates themselves, on many further weeks."""
    rng = np.random.default_rng(2)
    found, reached = [], []
    for _ in range(6):
        rates = rng.gamma(0.4, 1.5, 1500)
        found.append(scores.noise_ceiling(rng.poisson(rates * 30).astype(float), 30, 15, seed=3))
        listed = scores.top_cells(rates, 15)
        weeks = rng.poisson(rates, (300, 1500)).astype(float)
        reached.append(np.mean([scores.pei(week, listed) for week in weeks]))
    assert np.mean(found) == pytest.approx(np.mean(reached), abs=0.012)
    assert np.abs(np.subtract(found, reached)).max() < 0.04


def test_equal_rates_leave_no_list_better_than_another():
    rng = np.random.default_rng(4)
    weeks = np.sort(rng.poisson(3, (2000, 400)), axis=1)
    by_hand = 4 * 3 / weeks[:, -4:].sum(axis=1).mean()
    assert scores.noise_ceiling(rng.poisson(300, 400).astype(float), 100, 4, seed=5) == (
        pytest.approx(by_hand, abs=0.06)
    )


def test_a_longer_time_has_less_noise_and_a_seed_gives_one_answer():
    rates = np.random.default_rng(6).gamma(0.4, 1.5, 800)
    calls = np.random.default_rng(7).poisson(rates * 30).astype(float)
    week, month, again = (
        scores.noise_ceiling(calls, 30, 8, seed=1, horizon_weeks=weeks) for weeks in (1, 4.3, 1)
    )
    assert week == again
    assert week + 0.05 < month < 1


def test_no_calls_have_no_ceiling():
    assert np.isnan(scores.noise_ceiling(np.zeros(5), 10, 1, seed=1))
    assert np.isnan(scores.noise_ceiling(np.ones(5), 0, 1, seed=1))


def test_horizons_are_days_weeks_and_calendar_months():
    origin = date(2017, 3, 1)
    ends = [scores.parse_horizon(text, origin) for text in ("7d", "14d", "1m", "2M ", "3m", "2w")]
    assert [str(end) for end in ends] == [
        "2017-03-08", "2017-03-15", "2017-04-01", "2017-05-01", "2017-06-01", "2017-03-15",
    ]  # fmt: skip
    assert scores.parse_horizon("1m", date(2017, 1, 31)) == date(2017, 2, 28)


@pytest.mark.parametrize("text", ["", "7", "0d", "-1m", "1y", "1.5m", "month", "7d14d", "9999d"])
def test_what_is_no_horizon_is_refused(text):
    with pytest.raises(InputError, match="7d, 2w or 1m"):
        scores.parse_horizon(text, date(2017, 3, 1))
