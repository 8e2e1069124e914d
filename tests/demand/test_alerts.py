import time
from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from outreach.columns import check, empty
from outreach.config import AlertParams
from outreach.demand import alerts as module
from outreach.demand.alerts import alerts, chance_alarms
from outreach.schemas import ALERTS, ALL_NEEDS, AREA_WEEKS, NEEDS

PARAMS = AlertParams()
NEED_SHARES = np.array([0.3, 0.2, 0.2, 0.15, 0.1, 0.05])
MONDAY = date(2024, 1, 1)


def laid_out(calls, days_seen=7):
    """Turn areas x needs x weeks into AREA_WEEKS."""
    names = [f"area {number:02d}" for number in range(calls.shape[0])]
    weeks = pd.date_range(MONDAY, periods=calls.shape[2], freq="7D").date
    index = pd.MultiIndex.from_product([names, ALL_NEEDS, weeks], names=["area", "need", "week"])
    days = np.tile(np.broadcast_to(days_seen, len(weeks)), len(names) * len(ALL_NEEDS))
    data = {"calls": calls.ravel(), "days_seen": days}
    return pd.DataFrame(data, index=index).reset_index()


def means(rng, *, areas=40, weeks=104, city=600.0, growth=0.5):
    """Weekly means of a city that grows by half a year and has seasons that differ by need."""
    share = rng.dirichlet(np.full(areas, 0.5))
    week = np.arange(weeks)
    season = 1 + 0.3 * np.sin(2 * np.pi * (week / 52 + rng.random((len(ALL_NEEDS), 1))))
    level = city * NEED_SHARES[:, None] * season * (1 + growth) ** (week / 52)
    return share[:, None, None] * level


def drawn(rng, mean, size=10.0):
    """Draw counts that scatter more than a Poisson's (variance: mean + mean^2 / size)."""
    return rng.poisson(mean * rng.gamma(size, 1 / size, mean.shape))


def found_in(calls, days_seen=7, params=PARAMS):
    frame = check(laid_out(calls, days_seen), AREA_WEEKS)
    return check(alerts(frame, params=params), ALERTS).set_index(["area", "need"])


def by_hand(calls, exposure, half_life):
    """Expect the last week of one series from its past and the rest's, week by week."""
    mine, rest = calls
    noise = exposure.sum() / rest.sum()
    behind = (
        module.LEVEL_DRIFT**2 + np.sqrt(module.LEVEL_DRIFT**4 + 4 * module.LEVEL_DRIFT**2 * noise)
    ) / 2
    keep = 1 - behind / (behind + noise)
    level = []
    for now in range(len(mine)):
        weight = [keep ** (now - then) for then in range(now + 1)]
        calls_then = sum(w * r for w, r in zip(weight, rest, strict=False))
        level.append(calls_then / sum(w * e for w, e in zip(weight, exposure, strict=False)) + 0.5)
    weight = 0.5 ** (np.arange(len(mine) - 1)[::-1] / half_life)
    time = (weight * exposure[:-1] * level[:-1]).sum()
    return ((weight * mine[:-1]).sum() + 0.5) / time * level[-1]


def test_what_to_expect_equals_a_loop_over_the_weeks():
    rng = np.random.default_rng(3)
    calls = drawn(rng, means(rng, areas=3, weeks=30, city=200))
    days = np.full(30, 7)
    days[[0, 9, 10, 20]] = [3, 0, 0, 5]
    calls = np.where(days > 0, calls, 0)
    found = found_in(calls, days)
    for area in range(3):
        for number, need in enumerate(ALL_NEEDS):
            series = calls[area, number], calls[:, number].sum(axis=0) - calls[area, number]
            expected = by_hand(series, days / 7, PARAMS.half_life_weeks)
            assert found.loc[(f"area {area:02d}", need), "expected_calls"] == pytest.approx(
                expected
            )


def test_limit_p_and_power_are_those_of_one_negative_binomial():
    """The limit is the smallest count that is rare enough, and p the tail from the calls on."""
    rng = np.random.default_rng(1)
    calls = drawn(rng, means(rng))
    found = found_in(calls)
    assert (found["chance"] <= PARAMS.false_alarm_rate).all()
    assert (found["alarm"] == (found["calls"] >= found["alarm_from"])).all()
    assert ((found["p"] <= PARAMS.false_alarm_rate) == found["alarm"]).all()
    for mean, size in ((0.05, 3.0), (2.0, 1.5), (17.2, 8.0), (60.0, 1e5)):
        spread = module._spread(np.array(mean), np.array(mean + mean**2 / size))
        limit = int(spread.isf(0.01)) + 1
        tail = [1 - stats.nbinom.cdf(c - 1, size, size / (size + mean)) for c in range(limit + 2)]
        assert limit == next(c for c, p in enumerate(tail) if p <= 0.01)
        assert spread.sf(limit - 1) == pytest.approx(tail[limit], rel=1e-3)
        assert spread.var() == pytest.approx(mean + mean**2 / size, rel=1e-3)


def test_variance_that_was_planted_is_learned():
    rng = np.random.default_rng(5)
    expected = np.broadcast_to(rng.gamma(1, 10, (60, 7, 1)), (60, 7, 90)).copy()
    for size in (4.0, 20.0, 1e6):
        variance = module._variance(drawn(rng, expected, size).astype(float), expected)
        for mean in (5.0, 20.0, 50.0):
            found = np.median(variance(np.full((60, 7), mean)))
            assert found == pytest.approx(mean + mean**2 / size, rel=0.1)


def test_an_area_that_scatters_more_than_others_has_a_variance_of_its_own():
    rng = np.random.default_rng(6)
    expected = np.full((40, 7, 90), 30.0)
    calls = rng.poisson(expected).astype(float)
    calls[0] = drawn(rng, expected[0], 3.0)
    found = module._variance(calls, expected)(np.full((40, 7), 30.0))
    assert (found[0] > 0.5 * (30 + 30**2 / 3)).all()
    assert np.median(found[1:]) == pytest.approx(30, rel=0.3)


@pytest.fixture(scope="module")
def unchanged():
    """Alerts of sixty growing cities in which nothing happened beyond growth and seasons."""
    rows = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        calls = drawn(rng, means(rng))
        rows.append(alerts(laid_out(calls), params=PARAMS))
    return pd.concat(rows, ignore_index=True)


def test_false_alarms_stay_near_the_set_rate_though_the_city_grows(unchanged):
    """At a nominal 1 %; in small areas less, since a whole number of calls more is rarer."""
    large = unchanged[unchanged["expected_calls"] >= 5]
    assert len(large) > 4000
    assert 0.005 < large["alarm"].mean() < 0.02
    assert 0.003 < unchanged["alarm"].mean() < 0.015


def test_alarms_by_chance_are_foretold(unchanged):
    """16,800 tests; their number scatters by about a tenth."""
    assert chance_alarms(unchanged) < 0.9 * PARAMS.false_alarm_rate * len(unchanged)
    assert 0.75 < unchanged["alarm"].sum() / chance_alarms(unchanged) < 1.5


def test_what_is_expected_is_neither_too_low_nor_too_high(unchanged):
    assert unchanged["calls"].sum() == pytest.approx(unchanged["expected_calls"].sum(), rel=0.02)


def test_doublings_are_seen_where_calls_are_many():
    """Of areas whose calls double; by the calls that were expected."""
    rows = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        mean = means(rng, city=2000, weeks=60)
        mean[:4, :, -1] *= 2
        found = alerts(laid_out(drawn(rng, mean, 40.0)), params=PARAMS)
        rows.append(found[found["area"] < "area 04"])
    found = pd.concat(rows)
    power = found.groupby(pd.cut(found["expected_calls"], [0, 2, 10, 30, 1e4]))["alarm"].mean()
    assert power.is_monotonic_increasing
    assert power.iloc[0] < 0.2
    assert power.iloc[-1] > 0.8


def test_sees_half_tells_the_truth_about_a_rise_of_half():
    """Rises of half are found more often than not where it says so, and less often elsewhere."""
    rows = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        mean = means(rng, city=4000, weeks=60)
        mean[:4, :, -1] *= 1.5
        found = alerts(laid_out(drawn(rng, mean, 100.0)), params=PARAMS)
        rows.append(found[found["area"] < "area 04"])
    found = pd.concat(rows)
    seen = found.groupby("sees_half")["alarm"].mean()
    assert found["sees_half"].sum() > 50
    assert seen[False] < 0.35
    assert seen[True] > 0.6
    small = found["reason"].str.endswith("Too few calls to see a rise of half.")
    assert (small == ~found["sees_half"] & ~found["alarm"]).all()


@pytest.fixture
def steady():
    """Six areas of 10 to 60 calls a week in every need."""
    rng = np.random.default_rng(8)
    mean = np.arange(10.0, 61, 10)[:, None, None] * np.ones((len(ALL_NEEDS), 60))
    return rng.poisson(mean)


def test_a_planted_jump_comes_first_and_alone(steady):
    steady[2, 1, -1] = 75  # after about 30
    found = found_in(steady)
    assert found.index[0] == ("area 02", NEEDS[1])
    assert found["alarm"].iloc[0]
    assert found["alarm"].sum() <= 2  # with it, at most all needs of the same area
    row = found.iloc[0]
    assert row["reason"].startswith(
        f"75 calls in the week from 17 Feb; about {row.expected_calls:.1f} were expected, and "
        f"{row.alarm_from} or more is an alarm."
    )


def test_a_rise_of_the_whole_city_is_hardly_an_alarm_anywhere(steady):
    alone, together = steady.copy(), steady.copy()
    alone[3, :, -1] *= 2
    together[..., -1] = np.random.default_rng(4).poisson(together[..., :-1].mean(axis=2) * 2)
    assert found_in(alone).loc["area 03"]["alarm"].all()
    assert found_in(together)["alarm"].mean() < 0.1


def test_a_large_area_does_not_hide_its_own_rise(steady):
    """It has four fifths of the calls: against the whole city it would have risen by a ninth."""
    steady[5] = np.random.default_rng(2).poisson(600, steady[5].shape)
    steady[5, :, -1] = 900
    assert found_in(steady).loc["area 05"]["alarm"].all()


def test_a_city_of_one_area_is_its_own_measure(steady):
    one = steady[5:6].copy()
    assert not found_in(one)["alarm"].any()
    one[..., -1] *= 2
    found = found_in(one)
    assert found["alarm"].all()
    assert found["expected_calls"]["area 00"][NEEDS[0]] == pytest.approx(60, rel=0.1)


def test_gaps_and_partial_weeks_are_no_falls(steady):
    """Not having looked for six weeks, and on some days of others, changes little."""
    days = np.full(60, 7)
    days[[30, 31, 32, 33, 52, 53]] = 0
    days[[0, 40, 58]] = 3
    cut = np.random.default_rng(1).binomial(steady, days / 7)
    full, part = found_in(steady), found_in(cut, days)
    ratio = (part["expected_calls"] / full["expected_calls"].reindex(part.index)).to_numpy()
    assert np.abs(ratio - 1).max() < 0.12
    assert np.abs(ratio.mean() - 1) < 0.02
    naive = found_in(cut)  # as if every day had been seen
    fallen = naive["expected_calls"] / full["expected_calls"].reindex(naive.index)
    assert fallen.mean() < 0.92


def test_the_last_whole_week_is_judged(steady):
    days = np.full(60, 7)
    days[59] = 4
    steady[..., 59] //= 2
    found = found_in(steady, days)
    assert set(found["week"]) == {date(2025, 2, 10)}
    pd.testing.assert_frame_equal(found, found_in(steady[..., :59]))


def test_unknown_need_is_not_among_all(steady):
    steady[1, ALL_NEEDS.index("unknown"), -1] = 400
    found = found_in(steady)
    assert found.loc[("area 01", "unknown"), "alarm"]
    assert not found.loc[("area 01", "all"), "alarm"]
    assert found.loc[("area 01", "all"), "calls"] == steady[1, : len(NEEDS), -1].sum()


@pytest.mark.parametrize("weeks", [1, 2, 12])
def test_a_short_record_gives_no_alarms_and_says_so(steady, weeks):
    steady = steady[..., :weeks]
    steady[..., -1] *= 5
    found = found_in(steady)
    assert not found["alarm"].any()
    assert not found["sees_half"].any()
    assert chance_alarms(found) == 0
    assert found["expected_calls"].between(0, 2000).all()
    told = f"the record has {weeks - 1} whole weeks before it, and alarms begin after 12."
    assert found["reason"].str.endswith(told).all()


def test_no_whole_week_gives_no_rows(steady):
    assert alerts(empty(AREA_WEEKS), params=PARAMS).empty
    assert alerts(laid_out(steady[..., :5], 6), params=PARAMS).empty


def test_a_first_call_after_none_is_no_alarm(steady):
    steady[0, 2] = 0
    steady[0, 2, -1] = 1
    assert not found_in(steady).loc[("area 00", NEEDS[2]), "alarm"]


def test_rows_may_come_in_any_order_and_are_left_as_they_are(steady):
    frame = laid_out(steady)
    mixed = frame.sample(frac=1, random_state=1)
    before = mixed.copy()
    pd.testing.assert_frame_equal(alerts(mixed, params=PARAMS), alerts(frame, params=PARAMS))
    pd.testing.assert_frame_equal(mixed, before)


def test_a_year_more_changes_nothing_before_it(steady):
    """Weeks after the one judged are unknown to it: shifting all dates shifts only the week."""
    frame = laid_out(steady)
    later = frame.assign(week=[day.replace(year=day.year + 28) for day in frame["week"]])
    same = ["area", "need", "calls", "expected_calls", "alarm_from", "alarm"]
    pd.testing.assert_frame_equal(
        alerts(frame, params=PARAMS)[same], alerts(later, params=PARAMS)[same]
    )


def test_two_years_of_sixty_areas_take_less_than_a_third_of_a_second():
    rng = np.random.default_rng(0)
    frame = laid_out(drawn(rng, means(rng, areas=60)))
    began = time.process_time()
    alerts(frame, params=PARAMS)
    assert time.process_time() - began < 0.3


@pytest.mark.real
def test_alarms_in_montgomery_county_are_about_as_many_as_chance_gives(real_data):
    """Sixty-odd townships, all 911 calls, every fourth week from the 16th on."""
    columns = ["timeStamp", "twp"]
    raw = pd.read_csv(real_data / "calls" / "montgomery_pa_911.csv.gz", usecols=columns).dropna()
    week = pd.to_datetime(raw["timeStamp"]).dt.to_period("W").dt.start_time
    counts = raw.groupby([raw["twp"].rename("area"), week.rename("week")]).size()
    counts = counts.reset_index(name="calls").pivot_table("calls", "area", "week", fill_value=0)
    calls = np.zeros((len(counts), len(ALL_NEEDS), counts.shape[1] - 2), "int64")
    calls[:, 0] = counts.to_numpy()[:, 1:-1]
    rows = []
    for weeks in range(16, calls.shape[2], 4):
        found = alerts(laid_out(calls[..., :weeks]), params=PARAMS)
        rows.append(found[found["need"] == "all"])
    found = pd.concat(rows)
    assert len(found) > 300
    assert 0.001 < found["alarm"].mean() < 0.02
