"""Timetables worked out by hand, and insertion against trying every position."""

import numpy as np
import pytest

from outreach.plan.insertion import best_insertion, detours, fill, work_s
from outreach.plan.problem import Pause, Problem, ShiftSpan
from outreach.plan.timing import timetable
from outreach.plan.vroom import VroomSolver

MIN = 60


def two_stops(pause=None, end=180):
    """Ten minutes between all points, half an hour a visit, the second from minute 60 to 100."""
    window = np.zeros((2, 7, 2), np.int64)
    window[0, 0] = 20 * MIN, 170 * MIN
    window[1, 0] = 60 * MIN, 100 * MIN
    travel = (10 * MIN * (1 - np.eye(3))).astype(np.int64)
    span = ShiftSpan(0, 0, end * MIN, "drive", 2, 2, pause)
    service = np.array([30, 30]) * MIN
    return Problem.plain(service, np.ones(2), window, np.ones((2, 1), bool), (span,), {"drive": travel})


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


@pytest.mark.parametrize("seed", range(6))
def test_best_insertion_equals_trying_every_position(seed, random_problem):
    problem = random_problem(seed, n=14, shifts=3)
    routes = VroomSolver().solve(problem, limit_s=2, seed=1)
    out = sorted(set(range(14)) - {i for route in routes for i in route})
    assert out
    for candidate in out:
        missing = []
        for shift, route in enumerate(routes):
            for at in range(len(route) + 1) if problem.allowed[candidate, shift] else ():
                tried = timetable(
                    problem, shift, (*route[:at], candidate, *route[at:]), open_end=True
                )
                if tried:
                    missing.append(max(0, tried.back_s - problem.shifts[shift].end_s))
        found = best_insertion(problem, routes, candidate)
        assert (found.missing_s if found else None) == min(missing, default=None)


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
