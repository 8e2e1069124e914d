"""Ways through hours of traffic, against counting second by second."""

from datetime import date, time, timedelta
from fractions import Fraction

import numpy as np
import pytest

from outreach.config import Traffic
from outreach.plan.pace import QUARTER_S, STEP, arrival, driven, latest_departure, speeds
from outreach.weeks import DAY_NAMES, at_local, week_start_utc

ZONE = "America/New_York"
MONDAY = date(2026, 11, 23)
WAYS = (0, 1, 59, 600, 901, 2500)


def random_speeds(seed, quarters=6):
    rng = np.random.default_rng(seed)
    return np.floor(rng.choice([0.1, 0.333, 0.7, 0.9, 1.0, 1.5], quarters) / STEP) * STEP


def counted(speed):
    """Free flow driven from a second long before the week on, exact; and that second."""
    first, last = -4 * QUARTER_S, (len(speed) + 40) * QUARTER_S
    steps = [
        int(speed[s // QUARTER_S] / STEP) if 0 <= s < len(speed) * QUARTER_S else int(1 / STEP)
        for s in range(first, last)
    ]
    return np.concatenate([[0], np.cumsum(np.array(steps, np.int64))]), first


@pytest.mark.parametrize("seed", range(4))
def test_arrival_and_departure_equal_counting_every_second(seed):
    """The first second at which enough is driven, and the last from which it still is."""
    speed = random_speeds(seed)
    done, first = counted(speed)
    seconds = range(-900, (len(speed) + 2) * QUARTER_S, 41)
    for way in WAYS:
        needed = int(way / STEP)
        for at in seconds:
            by_counting = np.searchsorted(done, done[at - first] + needed, "left") + first
            assert arrival(at, way, speed) == max(by_counting, at)
            last = np.searchsorted(done, done[at - first] - needed, "right") - 1 + first
            assert latest_departure(at, way, speed) == last


@pytest.mark.parametrize("seed", range(4))
def test_who_leaves_later_never_arrives_sooner(seed):
    speed = random_speeds(seed)
    for way in WAYS:
        arrivals = [arrival(at, way, speed) for at in range(-200, 7 * QUARTER_S, 7)]
        assert arrivals == sorted(arrivals)


@pytest.mark.parametrize("seed", range(4))
def test_the_latest_departure_is_the_exact_inverse(seed):
    speed = random_speeds(seed)
    for way in WAYS[1:]:
        for by in range(-200, 7 * QUARTER_S, 13):
            at = latest_departure(by, way, speed)
            assert arrival(at, way, speed) <= by < arrival(at + 1, way, speed)


def test_what_is_driven_is_what_is_left_of_a_way():
    speed = random_speeds(5)
    done, first = counted(speed)
    for start in range(-500, 5000, 173):
        for end in range(start, 7000, 311):
            exact = Fraction(int(done[end - first] - done[start - first])) * Fraction(STEP)
            assert Fraction(driven(start, end, speed)) == exact
        for way in WAYS:
            stop = arrival(start, way, speed)
            assert driven(start, stop, speed) >= way
            assert arrival(start + 100, way - min(way, driven(start, start + 100, speed)), speed) \
                == max(stop, start + 100)  # going on where one is  # fmt: skip


def test_without_traffic_everything_is_in_free_flow():
    free = speeds((), monday=MONDAY, time_zone=ZONE)
    assert len(free) == 0
    assert arrival(100, 50, free) == 150
    assert latest_departure(150, 50, free) == 100
    assert driven(100, 150, free) == 50


def test_half_the_speed_takes_twice_the_time():
    """By hand: eight to nine at half speed."""
    rush = Traffic(start=time(8), end=time(9), speed=0.5)
    speed = speeds([rush], monday=MONDAY, time_zone=ZONE)
    at = 8 * 3600
    assert arrival(at, 600, speed) == at + 1200
    assert arrival(at - 300, 600, speed) == at + 600  # five minutes free, five take ten
    assert arrival(at + 3300, 600, speed) == at + 3600 + 450  # 150 s by nine, the rest free
    assert latest_departure(at + 3600 + 450, 600, speed) == at + 3300
    assert arrival(at + 5 * 86_400, 600, speed) == at + 5 * 86_400 + 600  # Saturday


def test_the_slowest_of_two_holds_and_a_quarter_goes_by_its_beginning():
    both = [
        Traffic(days=("mon",), start=time(7, 50), end=time(9), speed=0.5),
        Traffic(days=("mon",), start=time(8), end=time(8, 40), speed=0.25),
    ]
    speed = speeds(both, monday=MONDAY, time_zone=ZONE)
    assert speed[31:38].tolist() == [1, 0.25, 0.25, 0.25, 0.5, 1, 1]


@pytest.mark.parametrize(
    ("monday", "quarters"),
    [
        (MONDAY, 672),
        (date(2026, 3, 2), 668),  # the clocks go forward on its Sunday
        (date(2026, 10, 26), 676),  # and back
    ],
)
def test_hours_are_those_on_the_wall_also_when_clocks_change(monday, quarters):
    slow = [
        Traffic(days=("sat",), start=time(22), end=time(23, 59), speed=0.5),
        Traffic(days=("sun",), start=time(0), end=time(3, 30), speed=0.5),
        Traffic(days=("sun",), start=time(16), end=time(18), speed=0.75),
    ]
    speed = speeds(slow, monday=monday, time_zone=ZONE)
    assert len(speed) == quarters
    start = week_start_utc(monday, ZONE)
    for traffic in slow:
        day = monday + timedelta(days=DAY_NAMES.index(traffic.days[0]))
        first, last = (
            (at_local(day, clock, ZONE) - start).total_seconds() / QUARTER_S
            for clock in (traffic.start, traffic.end)
        )
        assert set(speed[int(first) : int(np.ceil(last))]) == {traffic.speed}
    night = (at_local(monday + timedelta(days=5), time(23, 50), ZONE) - start).total_seconds()
    assert arrival(int(night), 600, speed) == night + 1200  # across midnight
    assert (speed == 0.5).sum() == 8 + 14 + (quarters - 672)


def test_the_search_compiles_these_very_functions():
    numba = pytest.importorskip("numba")
    speed = random_speeds(2)
    for function in (arrival, latest_departure, driven):
        fast = numba.njit(function)
        for at in range(-100, 6000, 97):
            assert fast(at, 777, speed) == function(at, 777, speed)
