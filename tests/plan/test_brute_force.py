"""The search against trying everything: small random weeks with everything that a week may have."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from outreach.plan.search import SisrSolver
from outreach.plan.timing import timetable
from outreach.plan.worth import worth

SEEDS = range(64)


def routes_by_visits(problem, shift):
    """Return for every set of visits that one shift can make its best order."""
    without = replace(problem.shifts[shift], pause=None)
    hurried = replace(
        problem, shifts=(*problem.shifts[:shift], without, *problem.shifts[shift + 1 :])
    )
    best = {frozenset(): ((), 0.0)}
    alone = [()] * len(problem.shifts)

    def extend(route):
        for visit in np.flatnonzero(problem.allowed[:, shift]).tolist():
            longer = (*route, visit)
            # Without a pause and the way back, a route that is late stays late.
            early = None if visit in route else timetable(hurried, shift, longer, open_end=True)
            if early is None or early.leave_s[-1] > without.end_s:
                continue
            if timetable(problem, shift, longer) is not None:
                value = worth(problem, (*alone[:shift], longer, *alone[shift + 1 :]))
                if value > best.get(frozenset(longer), ((), -np.inf))[1]:
                    best[frozenset(longer)] = longer, value
            extend(longer)

    extend(())
    limit = problem.shifts[shift].unknown_limit_s
    unknown_s = np.where(problem.known, 0, problem.service_s)
    return {
        visits: found
        for visits, found in best.items()
        if limit is None or unknown_s[list(visits)].sum() <= limit
    }


def bound_pairs(problem):
    """Return the days that must lie between visits of one group, by pair."""
    return {
        (i, j): max(problem.gap_days[i], problem.gap_days[j])
        for i, j in combinations(range(problem.size), 2)
        if problem.group[i] == problem.group[j] and not (problem.must[i] and problem.must[j])
    }


def brute_force(problem):
    """Return the most appointments that can be kept, and the greatest worth with them."""
    first, second = (routes_by_visits(problem, shift) for shift in range(2))
    apart = abs(problem.shifts[0].day - problem.shifts[1].day)
    pairs = bound_pairs(problem)
    best = (-1, -np.inf)
    for ours, (_, one) in first.items():
        if any({i, j} <= ours for i, j in pairs):
            continue
        for theirs, (_, other) in second.items():
            if ours & theirs or any({i, j} <= theirs for i, j in pairs):
                continue
            across = ((min(i, j), max(i, j)) for i in ours for j in theirs)
            if any(apart < pairs.get(pair, 0) for pair in across):
                continue
            kept = sum(bool(problem.must[i]) for i in ours | theirs)
            best = max(best, (kept, one + other))
    return best


@pytest.mark.parametrize("seed", SEEDS)
def test_the_search_finds_the_best_week_there_is(seed, any_problem, faults):
    problem = any_problem(seed, n=4 + seed % 5, days=1 + seed % 2)
    kept, value = brute_force(problem)
    routes = SisrSolver().solve(problem, limit_s=0.2, seed=seed)
    assert faults(problem, routes) == []
    found = [i for route in routes for i in route]
    assert sum(problem.must[found]) == kept
    assert worth(problem, routes) == pytest.approx(value, abs=1e-6)


def test_the_enumeration_finds_a_week_worked_out_by_hand(any_problem):
    problem = any_problem(1, n=4, days=2)
    ways = np.full((6, 6), 600) - 600 * np.eye(6, dtype=int)
    window = np.zeros((4, 7, 2), np.int64)
    window[:, :, 1] = 7 * 86_400
    spans = tuple(
        replace(span, end_s=span.start_s + 90 * 60, mode="drive", pause=None, unknown_limit_s=None)
        for span in problem.shifts
    )
    problem = replace(
        problem,
        service_s=np.full(4, 1800),
        prize=np.array([10.0, 20, 30, 40]),
        window_s=window,
        allowed=np.ones((4, 2), bool),
        shifts=spans,
        travel_s={"drive": ways},
        bonus=np.zeros((4, 2)),
        group=np.array([0, 1, 2, 2]),  # the last two are one person: only one of the visits
        gap_days=np.full(4, 7),
        must=np.zeros(4, bool),
        speed={},
        cost_per_h=1.0,
        balance=0.0,
    )
    # Three visits, two in one shift: 2 x 30 + 3 x 10 = 90 minutes, and one: 30 + 2 x 10 = 50.
    assert brute_force(problem) == (0, pytest.approx(10 + 20 + 40 - 140 / 60))
    assert brute_force(replace(problem, must=np.array([0, 0, 1, 0], bool))) == (
        1,
        pytest.approx(10 + 20 + 30 - 140 / 60),
    )
