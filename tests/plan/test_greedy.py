"""Nearest first: what a lead does by hand, within the same rules."""

from dataclasses import replace

import numpy as np
import pytest

from outreach.plan.greedy import NearestFirst
from outreach.plan.problem import Problem, ShiftSpan


def on_a_line(places, *, hours, prize=None, shifts=1):
    """Visits of half an hour along one street, a minute apart, the base at 0."""
    at = np.array([*places, 0])
    n = len(places)
    window = np.zeros((n, 7, 2), np.int64)
    window[:, :, 1] = 7 * 86_400
    return Problem.plain(
        np.full(n, 1800),
        np.ones(n) if prize is None else np.array(prize, float),
        window,
        np.ones((n, shifts), bool),
        tuple(
            ShiftSpan(k, k * 86_400, k * 86_400 + int(hours * 3600), "drive", n, n)
            for k in range(shifts)
        ),
        {"drive": np.abs(at[:, None] - at[None]) * 60},
    )


def solve(problem, **more):
    return NearestFirst().solve(problem, limit_s=1, seed=1, **more)


def test_always_on_to_the_nearest_whatever_it_is_worth():
    problem = on_a_line([5, -3, 2, 9, -4], hours=2.3, prize=[9, 9, 1, 9, 9])
    assert solve(problem) == ((2, 0, 3),)


def test_the_next_shift_takes_what_is_left():
    problem = on_a_line([1, 2, 3, 4, 5], hours=1.2, shifts=3)
    assert solve(problem) == ((0, 1), (2, 3), (4,))


def test_an_appointment_stands_and_the_rest_goes_around_it():
    problem = on_a_line([1, 2, 3, 50], hours=3.7)
    assert solve(problem) == ((0, 1, 2, 3),)
    problem = replace(problem, must=np.array([False, False, False, True]))
    problem.window_s[3, :, 1] = 50 * 60 + 1900
    assert solve(problem) == ((0, 3, 2, 1),)


@pytest.mark.parametrize("seed", range(40))
def test_routes_keep_every_rule(seed, any_problem, faults):
    problem = any_problem(seed, n=8, days=2)
    routes = solve(problem)
    assert faults(problem, routes) == []


def test_a_lead_may_stop_and_keeps_what_stands():
    problem = on_a_line([1, 2, 3, 4, 5], hours=1.2, shifts=3)
    told = []
    routes = solve(problem, watch=lambda progress: bool(told.append(progress)))
    assert routes == ((0, 1), (), ())
    assert (told[0].stops, told[0].worth) == (2, 2.0)
