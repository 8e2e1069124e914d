"""The search against PyVRP on weeks it is told of, and against every rule on all others."""

from dataclasses import replace

import numpy as np
import pytest

from outreach.plan.peers import PyVrpSolver
from outreach.plan.search import SisrSolver

A_HAIR = 0.002  # of the prize


def prize(problem, routes):
    return sum(problem.prize[i] for route in routes for i in route)


def simple(problem):
    """Return the week with nothing but hours, skills and several days."""
    spans = tuple(replace(span, pause=None, unknown_limit_s=None) for span in problem.shifts)
    return replace(
        problem,
        shifts=spans,
        bonus=np.zeros_like(problem.bonus),
        group=np.arange(problem.size),
        known=np.ones(problem.size, bool),
        must=np.zeros(problem.size, bool),
        speed={},
        cost_per_h=0.01,
        balance=0.0,
    )


def on_one_day(problem):
    """Return the week with each visit on one day only: of several, PyVRP makes little."""
    day = np.array([span.day for span in problem.shifts])
    mine = np.arange(problem.size) % (day.max() + 1)
    return replace(problem, allowed=problem.allowed & (mine[:, None] == day))


def test_an_independent_library_finds_no_more(any_problem, faults):
    """On all weeks together not more, and on none by more than a hundredth."""
    found = []
    for seed in range(4):
        problem = on_one_day(simple(any_problem(seed, n=60, shifts=6, days=3)))
        ours = SisrSolver(pace="clock").solve(problem, limit_s=2, seed=seed)  # as PyVRP is timed
        theirs = PyVrpSolver().solve(problem, limit_s=2, seed=seed)
        assert faults(problem, ours) == []
        assert faults(problem, theirs) == []
        found.append((prize(problem, ours), prize(problem, theirs)))
    ours, theirs = np.array(found).T
    assert (theirs > 0.97 * ours).all()  # a peer that is worth asking
    assert (ours >= 0.99 * theirs).all()
    assert ours.sum() >= (1 - A_HAIR) * theirs.sum()


@pytest.mark.parametrize("seed", range(24))
def test_every_route_keeps_every_rule(seed, any_problem, faults):
    problem = any_problem(seed, n=10 + 3 * seed, shifts=2 + seed % 5, days=2 + seed % 2)
    routes = SisrSolver().solve(problem, limit_s=0.2, seed=seed)
    assert faults(problem, routes) == []


def test_the_check_sees_what_is_broken(any_problem, faults):
    problem = replace(simple(any_problem(0, n=12, shifts=2)), allowed=np.ones((12, 2), bool))
    routes = SisrSolver().solve(problem, limit_s=0.2, seed=1)
    assert len(routes[0]) >= 2
    one, other = routes[0][:2]
    assert "a visit is made twice" in faults(problem, (routes[0], (*routes[1], one)))
    assert "shift 0: out of time" in faults(problem, (tuple(range(12)), ()))
    barred = problem.allowed.copy()
    barred[one, 0] = False
    assert faults(replace(problem, allowed=barred), routes) == ["shift 0: a visit it may not make"]
    group = np.where(np.isin(np.arange(12), [one, other]), 99, problem.group)
    assert faults(replace(problem, group=group), routes) == [
        f"{one} and {other} are too near each other"
    ]
    spans = tuple(replace(span, unknown_limit_s=0) for span in problem.shifts)
    known = np.arange(12) != one
    assert faults(replace(problem, shifts=spans, known=known), routes) == [
        "shift 0: too much for people who are not known"
    ]
