"""The insertion test of the compiled search against timetables worked out afresh."""

from itertools import product

import numpy as np
import pytest

from outreach.plan import kernel
from outreach.plan.insertion import may_join
from outreach.plan.layout import sweep_of, week_of
from outreach.plan.timing import soonest_back, timetable


def random_route(problem, shift, rng):
    """A route that fits, as long as chance makes it."""
    route = ()
    for visit in rng.permutation(problem.size).tolist():
        at = int(rng.integers(len(route) + 1))
        longer = (*route[:at], visit, *route[at:])
        alone = tuple(route if s == shift else () for s in range(len(problem.shifts)))
        if may_join(problem, alone, visit, shift) and timetable(problem, shift, longer):
            route = longer
    return route


@pytest.mark.parametrize("seed", range(150))
def test_a_visit_fits_where_a_timetable_says_so(seed, any_problem):
    problem = any_problem(seed, n=9, days=2)
    rng = np.random.default_rng(seed)
    week = week_of(problem)
    for shift in range(len(problem.shifts)):
        route = random_route(problem, shift, rng)
        route = tuple(v for v in route if rng.random() < 0.6) if rng.random() < 0.7 else route
        if timetable(problem, shift, route) is None:
            continue
        routes = tuple(route if s == shift else () for s in range(len(problem.shifts)))
        sweep = sweep_of(week, routes)
        for visit in set(range(problem.size)) - set(route):
            if not problem.allowed[visit, shift]:
                continue
            told = [kernel.fits(week, sweep, visit, shift, k) for k in range(1, len(route) + 2)]
            true = [
                timetable(problem, shift, (*route[:k], visit, *route[k:])) is not None
                for k in range(len(route) + 1)
            ]
            assert told == true, (shift, route, visit)


def test_the_soonest_end_is_that_of_the_soonest_timetable(any_problem):
    ends = []
    for seed in range(60):
        problem = any_problem(seed, n=9, days=2)
        rng = np.random.default_rng(seed)
        for shift, size, open_end in product(range(2), range(7), (False, True)):
            route = tuple(rng.permutation(9)[:size].tolist())
            times = timetable(problem, shift, route, open_end=open_end)
            back_s = soonest_back(problem, shift, route, open_end=open_end)
            assert back_s == (times.back_s if times else None), (seed, shift, route)
            ends.append(back_s)
    assert 0.2 < sum(end is None for end in ends) / len(ends) < 0.8
