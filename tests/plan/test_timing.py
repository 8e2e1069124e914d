"""Timetables worked out by hand, and insertion against trying every position."""

from dataclasses import replace

import numpy as np
import pytest

from outreach.plan.insertion import (
    best_insertion,
    detours,
    fill,
    may_join,
    share_left_s,
    too_near,
    work_s,
)
from outreach.plan.problem import Pause, Problem, ShiftSpan
from outreach.plan.timing import timetable

MIN = 60


def two_stops(pause=None, end=180):
    """Ten minutes between all points, half an hour a visit, the second from minute 60 to 100."""
    window = np.zeros((2, 7, 2), np.int64)
    window[0, 0] = 20 * MIN, 170 * MIN
    window[1, 0] = 60 * MIN, 100 * MIN
    travel = (10 * MIN * (1 - np.eye(3))).astype(np.int64)
    span = ShiftSpan(0, 0, end * MIN, "drive", 2, 2, pause)
    service = np.array([30, 30]) * MIN
    return Problem.plain(
        service, np.ones(2), window, np.ones((2, 1), bool), (span,), {"drive": travel}
    )


def in_minutes(seconds):
    return tuple(s / MIN for s in seconds)


def test_arrival_waiting_service_and_return():
    times = timetable(two_stops(), 0, (0, 1))
    assert in_minutes(times.arrive_s) == (20, 60)  # leaves the base late, not to wait at the door
    assert in_minutes(times.start_s) == (20, 60)
    assert in_minutes(times.leave_s) == (50, 90)
    assert times.back_s == 100 * MIN


def test_waiting_between_stops_is_told():
    problem = two_stops()
    problem.window_s[0, 0] = 0, 170 * MIN
    times = timetable(problem, 0, (0, 1))
    assert in_minutes(times.arrive_s) == (10, 50)
    assert in_minutes(times.start_s) == (10, 60)


def test_windows_and_the_end_of_the_shift_bind():
    assert timetable(two_stops(), 0, (1, 0)) is not None
    problem = two_stops()
    problem.window_s[0, 0, 1] = 99 * MIN  # after the second stop it is reached at 100
    assert timetable(problem, 0, (1, 0)) is None
    assert timetable(two_stops(end=100), 0, (0, 1)) is not None
    assert timetable(two_stops(end=99), 0, (0, 1)) is None
    assert timetable(two_stops(end=99), 0, (0, 1), open_end=True).back_s == 100 * MIN


def test_pause_uses_the_waiting_time():
    problem = two_stops(Pause(50 * MIN, 120 * MIN, 15 * MIN))
    problem.window_s[1, 0] = 75 * MIN, 100 * MIN
    times = timetable(problem, 0, (0, 1))
    assert times.pause_leg == 1
    assert in_minutes(times.pause_s) == (50, 65)
    assert times.arrive_s[1] == 75 * MIN
    assert times.back_s == 115 * MIN


def test_pause_on_the_way_costs_its_length_and_must_start_in_time():
    problem = two_stops(Pause(55 * MIN, 58 * MIN, 15 * MIN))
    times = timetable(problem, 0, (0, 1))
    assert in_minutes(times.pause_s) == (55, 70)
    assert times.arrive_s[1] == 75 * MIN  # five minutes driven before, five after
    problem = two_stops(Pause(30 * MIN, 40 * MIN, 15 * MIN))  # it would fall into the first visit
    assert timetable(problem, 0, (0, 1)) is None or timetable(problem, 0, (0, 1)).pause_leg == 0


def test_empty_route_takes_no_pause():
    times = timetable(two_stops(Pause(50 * MIN, 120 * MIN, 15 * MIN)), 0, ())
    assert times.back_s == 0
    assert times.pause_s is None


def slow(problem, *quarters, speed=0.5):
    pace = np.ones(672)
    pace[list(quarters)] = speed
    return replace(problem, speed={"drive": pace})


def test_a_way_through_traffic_takes_longer():
    """Half speed from minute 45 to 60: the way to the second stop takes 15 minutes, back ten."""
    problem = slow(two_stops(), 3)
    problem.window_s[1, 0] = 0, 100 * MIN
    times = timetable(problem, 0, (0, 1))
    assert in_minutes(times.leave_s)[0] == 50
    assert in_minutes(times.arrive_s)[1] == 65  # five driven by minute 60, five after
    assert in_minutes(times.travel_s) == (10, 15, 10)
    assert times.back_s == 105 * MIN


def test_teams_leave_the_base_earlier_in_traffic():
    """To be there at minute 20 with half speed from 15 on: five minutes driven in ten."""
    times = timetable(slow(two_stops(), 1), 0, (0,))
    assert in_minutes(times.arrive_s) == (20,)
    assert in_minutes(times.travel_s) == (12.5, 10)


def test_whoever_pauses_goes_on_at_the_speed_of_the_hour_after():
    """Five minutes driven before the pause; after it the streets are slow."""
    problem = slow(two_stops(Pause(55 * MIN, 58 * MIN, 15 * MIN)), 4, 5)
    problem.window_s[1, 0] = 0, 100 * MIN
    times = timetable(problem, 0, (0, 1))
    assert times.pause_leg == 1
    assert in_minutes(times.pause_s) == (55, 70)
    assert in_minutes(times.arrive_s)[1] == 80
    assert in_minutes(times.travel_s)[1] == 15
    early = slow(two_stops(Pause(61 * MIN, 70 * MIN, 15 * MIN)), 5)
    early.window_s[1, 0] = 0, 100 * MIN
    times = timetable(early, 0, (0, 1))  # there at 60, and rests there from 61 on
    assert in_minutes(times.travel_s)[1] == 10
    assert in_minutes(times.start_s)[1] == 76


def grouped(gaps=(7, 7), days=(0, 2), must=(False, False)):
    """Two visits of one group, of half an hour, and two shifts of two hours on two days."""
    window = np.zeros((2, 7, 2), np.int64)
    window[:, :, 1] = 7 * 86_400
    spans = tuple(ShiftSpan(day, 0, 120 * MIN, "drive", 2, 2) for day in days)
    problem = Problem.plain(
        np.array([30, 30]) * MIN, np.ones(2), window, np.ones((2, 2), bool), spans,
        {"drive": (10 * MIN * (1 - np.eye(3))).astype(np.int64)},
    )  # fmt: skip
    return replace(
        problem, group=np.zeros(2, np.int64), gap_days=np.array(gaps), must=np.array(must)
    )


@pytest.mark.parametrize(
    ("problem", "stops"),
    [
        (grouped(), 1),  # one of a group in a week
        (grouped(gaps=(2, 2)), 2),
        (grouped(gaps=(1, 3)), 1),  # the greater gap holds
        (grouped(gaps=(1, 1), days=(0, 0)), 1),
        (grouped(must=(True, True), days=(0, 0)), 2),  # two appointments stand side by side
        (grouped(must=(True, False), days=(0, 0)), 1),
        (replace(grouped(), group=np.arange(2)), 2),
    ],
)
def test_visits_of_one_group_keep_their_gap(problem, stops):
    filled = fill(problem, ((), ()))
    assert sum(map(len, filled)) == stops
    out = {0, 1} - {i for route in filled for i in route}
    for candidate in out:
        assert best_insertion(problem, filled, candidate) is None
        assert too_near(problem, filled, candidate, 0) == 1 - candidate
        assert not may_join(problem, filled, candidate, 0)


def test_the_share_of_people_known_is_kept():
    """Forty minutes for others let one visit of thirty in."""
    problem = replace(grouped(), group=np.arange(2), known=np.zeros(2, bool))
    spans = (replace(problem.shifts[0], unknown_limit_s=40 * MIN),)
    problem = replace(problem, shifts=spans, allowed=np.ones((2, 1), bool))
    filled = fill(problem, ((),))
    assert sum(map(len, filled)) == 1
    assert share_left_s(problem, 0, filled[0]) == 10 * MIN
    assert best_insertion(problem, filled, 1 - filled[0][0]) is None
    known = replace(problem, known=np.array([True, True]))
    assert sum(map(len, fill(known, ((),)))) == 2


def test_appointments_come_first():
    problem = replace(grouped(), prize=np.array([9.0, 1.0]), must=np.array([False, True]))
    assert fill(problem, ((), ())) in [((1,), ()), ((), (1,))]


@pytest.mark.parametrize("speed", [0.4, 1.5])
@pytest.mark.parametrize("seed", range(3))
def test_best_insertion_in_traffic_equals_trying_every_position(seed, speed, random_problem):
    problem = slow(random_problem(seed, n=10, shifts=3), *range(672), speed=speed)
    routes = fill(problem, ((), (), ()))
    missing_somewhere = 0
    for candidate in sorted(set(range(10)) - {i for route in routes for i in route}):
        found = best_insertion(problem, routes, candidate)
        missing = best_by_trying(problem, routes, candidate)
        assert (found.missing_s if found else None) == missing
        missing_somewhere += missing or 0
    assert missing_somewhere > 0


def best_by_trying(problem, routes, candidate):
    missing = []
    for shift, route in enumerate(routes):
        for at in range(len(route) + 1) if problem.allowed[candidate, shift] else ():
            tried = timetable(problem, shift, (*route[:at], candidate, *route[at:]), open_end=True)
            if tried:
                missing.append(max(0, tried.back_s - problem.shifts[shift].end_s))
    return min(missing, default=None)


@pytest.mark.parametrize("seed", range(6))
def test_best_insertion_equals_trying_every_position(seed, random_problem):
    problem = random_problem(seed, n=14, shifts=3)
    routes = fill(problem, ((), (), ()))
    out = sorted(set(range(14)) - {i for route in routes for i in route})
    assert out
    for candidate in out:
        found = best_insertion(problem, routes, candidate)
        missing = best_by_trying(problem, routes, candidate)
        assert (found.missing_s if found else None) == missing


@pytest.mark.parametrize("seed", range(4))
def test_nothing_left_out_fits_after_filling(seed, random_problem):
    problem = random_problem(seed, n=14, shifts=3)
    filled = fill(problem, ((), (), ()))
    assert sum(map(len, filled)) >= 3
    planned = [i for route in filled for i in route]
    assert len(planned) == len(set(planned))
    for shift, route in enumerate(filled):
        assert timetable(problem, shift, route) is not None
        assert problem.allowed[list(route), shift].all()
    for candidate in set(range(14)) - set(planned):
        found = best_insertion(problem, filled, candidate)
        assert found is None or found.missing_s > 0


def test_detour_and_work_add_up(random_problem):
    problem = random_problem(3, n=6, shifts=2)
    for at in range(3):
        longer = [0, 1]
        longer.insert(at, 4)
        more = work_s(problem, 0, longer) - work_s(problem, 0, [0, 1]) - problem.service_s[4]
        assert detours(problem, 0, (0, 1), 4)[at] == more
