"""Exchanges: what would fit in whose place, against trying everything."""

from itertools import permutations

import numpy as np
import pytest

from outreach.plan.exchange import cheapest_exchange, settled
from outreach.plan.insertion import LONGER_S, best_insertion, in_former_order, work_s
from outreach.plan.search import SisrSolver
from outreach.plan.timing import timetable

NOBODY = np.zeros(5, bool)


@pytest.mark.parametrize("seed", range(20))
def test_the_cheapest_exchange_is_found_and_fits(seed, random_problem):
    problem = random_problem(seed, n=5)
    routes = settled(problem, ((), ()), NOBODY)
    planned = {one for route in routes for one in route}
    for candidate in set(range(5)) - planned:
        found = cheapest_exchange(problem, routes, candidate, NOBODY)
        losses = [
            problem.prize[other] - problem.prize[candidate]
            for shift, route in enumerate(routes)
            for place, other in enumerate(route)
            if problem.allowed[candidate, shift]
            and any(
                timetable(problem, shift, (*rest[:k], candidate, *rest[k:]))
                for rest in [(*route[:place], *route[place + 1 :])]
                for k in range(len(rest) + 1)
            )
        ]
        if losses:
            assert found is not None
            assert found.loss == pytest.approx(min(losses))
        if found is not None:
            assert timetable(problem, found.shift, found.route) is not None
            assert set(found.route) == {*routes[found.shift], candidate} - set(found.out)
            held = NOBODY.copy()
            held[list(found.out)] = True
            other = cheapest_exchange(problem, routes, candidate, held)
            assert other is None or not set(other.out) & set(found.out)


@pytest.mark.parametrize("seed", range(20))
def test_settled_routes_gain_by_no_exchange_and_leave_out_nothing_that_fits(seed, random_problem):
    problem = random_problem(seed, n=6)
    worst = int(np.argmin(problem.prize))
    begun = [() for _ in problem.shifts]
    for shift in range(len(begun)):
        if timetable(problem, shift, (worst,)) and problem.allowed[worst, shift]:
            begun[shift] = (worst,)
            break
    fixed = np.zeros(6, bool)
    routes = settled(problem, tuple(begun), fixed)
    planned = [one for route in routes for one in route]
    assert len(planned) == len(set(planned))
    for candidate in set(range(6)) - set(planned):
        place = best_insertion(problem, routes, candidate)
        assert place is None or place.missing_s > 0
        found = cheapest_exchange(problem, routes, candidate, fixed, below=-1e-9)
        assert found is None
    fixed[worst] = any(worst in route for route in begun)
    if fixed[worst]:
        assert worst in {v for route in settled(problem, tuple(begun), fixed) for v in route}


def test_two_may_go_for_one(random_problem):
    for seed in range(40):
        problem = random_problem(seed, n=5, shifts=1, pause=False)
        for order in permutations(range(5), 3):
            if timetable(problem, 0, order) is None:
                continue
            for candidate in set(range(5)) - set(order):
                if not problem.allowed[candidate, 0]:
                    continue
                found = cheapest_exchange(problem, (order,), candidate, NOBODY)
                if found is not None and len(found.out) == 2:
                    assert len(found.route) == 2
                    return
    pytest.fail("no exchange of two for one was met")


def test_a_shift_keeps_its_former_order_where_that_is_hardly_longer(any_problem):
    changed = 0
    for seed in range(40):
        problem = any_problem(seed, n=8, days=2)
        routes = SisrSolver().solve(problem, limit_s=0.05, seed=seed)
        former = tuple(tuple(reversed(route))[:-1] for route in routes)
        found = in_former_order(problem, routes, former)
        for shift, (route, now, before) in enumerate(zip(routes, found, former, strict=True)):
            assert sorted(now) == sorted(route)
            assert timetable(problem, shift, now) is not None
            assert work_s(problem, shift, now) <= work_s(problem, shift, route) + LONGER_S
            changed += now != route
            if now != route:
                assert [one for one in now if one in before] == list(before)
    assert changed
    assert in_former_order(problem, routes, routes) == routes
