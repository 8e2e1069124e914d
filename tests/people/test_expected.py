from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from outreach.config import RepeatParams
from outreach.people.expected import NEXT_WEEKS, expected_calls, point_weights, seen_days
from outreach.people.recent import recent_calls

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)  # a Monday
PARAMS = RepeatParams()
DAYS = PARAMS.window_days
BEGIN = AS_OF - timedelta(days=400)


def weighed(days, calls_on_day):
    """Points x days of calls, as the query returns them; day 0 is the last."""
    ages = days + 0.5
    points = pd.DataFrame(
        {
            "fine_cell": np.arange(len(calls_on_day)),
            "calls": calls_on_day.sum(axis=1),
            "weight": calls_on_day @ 0.5 ** (ages / 7 / PARAMS.half_life_weeks),
            "recent": calls_on_day @ 0.5 ** (ages / 7 / 2),
        }
    )
    return points[points["calls"] > 0].reset_index(drop=True)


def expect(points, *, apart=None, calendar=None):
    return expected_calls(
        points,
        apart=np.zeros(len(points), bool) if apart is None else apart,
        days_seen=seen_days(BEGIN, as_of=AS_OF, params=PARAMS, calendar=calendar),
        half_life_weeks=PARAMS.half_life_weeks,
    )


def city(seed, level=None):
    """Many quiet points and some busy ones; the true calls a day of each, and what came."""
    rng = np.random.default_rng(seed)
    daily = rng.gamma(0.4, 0.03, 6000)
    days = np.arange(DAYS)
    came = rng.poisson(daily[:, None] * (np.ones(DAYS) if level is None else level))
    points = weighed(days, came)
    return points, daily[came.sum(axis=1) > 0]


def leading(daily, found):
    """What is expected of the leading fifty, and what is true."""
    lead = np.argsort(-found)[:50]
    return np.array([found[lead].sum(), daily[lead].sum() * 7 * NEXT_WEEKS])


def test_the_leading_fifty_are_calibrated_where_plain_rates_are_not():
    """They lead by luck too, so that what they had is more than what is to come."""
    weeks = (0.5 ** ((np.arange(DAYS) + 0.5) / 7 / PARAMS.half_life_weeks)).sum() / 7
    ours, plain = np.zeros(2), np.zeros(2)
    for seed in range(6):
        points, daily = city(seed)
        ours += leading(daily, expect(points))
        plain += leading(daily, NEXT_WEEKS * points["weight"].to_numpy() / weeks)
    assert ours[1] / ours[0] == pytest.approx(1, abs=0.03)
    assert plain[1] / plain[0] < 0.9


def test_a_higher_level_of_the_last_weeks_is_followed():
    level = np.where(np.arange(DAYS) < 42, 2.0, 1.0)
    found = np.zeros(2)
    for seed in range(4):
        points, daily = city(seed, level)
        found += leading(2 * daily, expect(points))
    assert found[1] / found[0] == pytest.approx(1, abs=0.1)


def test_a_gap_is_not_read_as_a_fall():
    days = np.arange(DAYS)
    gap = np.where((days >= 7) & (days < 21), 0.0, 1.0)
    weeks = [(AS_OF - timedelta(weeks=k)).date() for k in range(60, 0, -1)]
    calendar = pd.DataFrame({"week": weeks, "days_seen": 7})
    calendar.loc[[57, 58], "days_seen"] = 0
    told, plain = np.zeros(2), np.zeros(2)
    for seed in range(6, 10):
        points, daily = city(seed, gap)
        told += leading(daily, expect(points, calendar=calendar))
        plain += leading(daily, expect(points))
    assert told[1] / told[0] == pytest.approx(1, abs=0.04)
    assert plain[1] / plain[0] > 1.4


def test_more_recent_calls_mean_more_expected():
    points, _ = city(7)
    points = points.sort_values("weight", ignore_index=True)
    found = expect(points)
    assert (np.diff(found) >= 0).all()
    assert found[-1] > found[-2] > found[-50] > found[-500] > found[0]


def test_facilities_get_a_number_and_change_no_other():
    points, _ = city(8)
    busy = points.iloc[[0]].assign(fine_cell=10**6, calls=2000, weight=900.0, recent=300.0)
    with_them = pd.concat([points, busy], ignore_index=True)
    apart = (with_them["fine_cell"] == 10**6).to_numpy()
    alone, both = expect(points), expect(with_them, apart=apart)
    assert both[:-1].tolist() == alone.tolist()
    assert both[-1] > 10 * alone.max()
    assert expect(busy.reset_index(drop=True), apart=np.array([True]))[0] > 0


def test_few_calls_cannot_swing_the_level():
    """Three calls on the last day are no city twenty times as busy as usual."""
    points = pd.DataFrame({"fine_cell": [1], "calls": [3], "weight": [3.0], "recent": [3.0]})
    assert expect(points)[0] < 2 * NEXT_WEEKS * 3 / 11.3


def test_points_equal_a_loop_over_calls(demand_view):
    rng = np.random.default_rng(1)
    n = 300
    frame = pd.DataFrame(
        {
            "received_at": AS_OF - pd.to_timedelta(rng.integers(60, 250 * 86400, n), unit="s"),
            "lon": -73.75 + 0.0024 * rng.integers(0, 30, n),
            "need": rng.choice(["conflict", "mental_health", "unknown"], n),
            "home_visit": rng.random(n) > 0.2,
        }
    )
    view = demand_view(frame, AS_OF)
    found = point_weights(recent_calls(view, as_of=AS_OF, params=PARAMS), params=PARAMS)
    found = found.to_pandas().set_index("fine_cell").sort_index()
    calls = view.to_pandas()
    expected = {}
    for call in calls.itertuples():
        age = (AS_OF - call.received_at) / timedelta(weeks=1)
        if age >= 26:
            continue
        row = expected.setdefault(call.fine_cell, [0, 0, 0.0, 0.0])
        row[0] += 1
        if call.home_visit and call.need != "unknown":
            for at, add in enumerate((1, 0.5 ** (age / 9), 0.5 ** (age / 2)), start=1):
                row[at] += add
    expected = pd.DataFrame.from_dict(expected, orient="index").sort_index()
    assert found.index.tolist() == expected.index.tolist()
    assert found.to_numpy() == pytest.approx(expected.to_numpy())


def test_days_seen_are_those_of_a_short_record_and_of_the_calendar():
    short = seen_days(AS_OF - timedelta(days=10), as_of=AS_OF, params=PARAMS)
    assert short.index.tolist() == [k + 0.5 for k in range(10)]
    assert len(seen_days(AS_OF - timedelta(hours=3), as_of=AS_OF, params=PARAMS)) == 7
    monday = AS_OF.date()
    weeks = [monday - timedelta(weeks=2), monday - timedelta(weeks=1), monday]
    calendar = pd.DataFrame({"week": weeks, "days_seen": [7, 2, 3]})
    now = AS_OF + timedelta(days=4)
    seen = seen_days(BEGIN, as_of=now, params=PARAMS, calendar=calendar)
    assert seen.iloc[:4].tolist() == [1.0] * 4  # the week that is not over
    assert seen.iloc[4:11].tolist() == [2 / 7] * 7
    assert (seen.iloc[11:] == 1).all()
    assert len(seen) == DAYS


@pytest.mark.parametrize("days", [2, 5, 12, 40])
def test_days_after_the_end_of_the_export_are_no_fall(days):
    """The export ends on a Sunday; nothing has been read since."""
    points, _ = city(1)
    now = AS_OF + timedelta(days=days)
    weeks = pd.date_range("2025-06-02", (now - timedelta(days=1)).date(), freq="7D").date
    calendar = pd.DataFrame({"week": weeks, "days_seen": [7 * (w < AS_OF.date()) for w in weeks]})
    faded = points.assign(
        weight=points["weight"] * 0.5 ** (days / 7 / PARAMS.half_life_weeks),
        recent=points["recent"] * 0.5 ** (days / 7 / 2),
    )
    later = expected_calls(
        faded,
        apart=np.zeros(len(faded), bool),
        days_seen=seen_days(BEGIN, as_of=now, params=PARAMS, calendar=calendar),
        half_life_weeks=PARAMS.half_life_weeks,
    )
    assert np.sort(later)[-50:].sum() == pytest.approx(np.sort(expect(points))[-50:].sum(), rel=0.1)


def test_where_no_day_was_seen_whole_expectations_are_still_numbers():
    calendar = pd.DataFrame({"week": [AS_OF.date() - timedelta(weeks=1)], "days_seen": [0]})
    begin = AS_OF - timedelta(days=6)
    assert (seen_days(begin, as_of=AS_OF, params=PARAMS, calendar=calendar) == 1).all()
