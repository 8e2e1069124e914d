"""Solving a week so that a set share of the stops goes where calls are few (safeguard 10).

A cell with few calls has a small prize, and a solver would never choose it. So a quick solve
tells how many stops the week holds; as many exploration walks as the share asks for then count
as much as the most needed stop, in the order in which they were drawn. Where stops are then more
than foreseen, or a walk does not fit, the next ones drawn are raised too.
"""

from dataclasses import replace
from math import ceil

import numpy as np

from outreach.config import PlanParams
from outreach.errors import PlanError
from outreach.plan.insertion import fill
from outreach.plan.problem import BoolArray, IntArray, Problem, Routes
from outreach.plan.solver import Solver
from outreach.plan.timing import timetable

QUICK_SHARE, QUICK_LEAST_S = 0.1, 1.0  # of the time limit, to count the stops
PARTS = (0.5, 0.2, 0.2)  # of the time limit; the later ones only if the share was missed


def wanted(share: float, stops: int) -> int:
    """Return how many of so many stops must explore."""
    return ceil(share * stops - 1e-9)


def solve_week(
    problem: Problem, explores: BoolArray, solver: Solver, *, params: PlanParams
) -> Routes:
    """Return routes that nothing left out still fits into, with the share of exploration.

    Needs    explores   which candidates are exploration walks, in the order they were drawn
    Raises   PlanError  the solver failed, in one line
    """

    def solve(week: Problem, seconds: float) -> Routes:
        try:
            routes = solver.solve(week, limit_s=seconds, seed=params.seed)
        except PlanError:
            raise
        except Exception as error:
            raise PlanError(f"{solver.name} could not solve this week: {error}") from error
        return fill(week, routes)

    share, limit_s = params.exploration_share, params.solver_limit_s
    pool = np.array([i for i in np.flatnonzero(explores).tolist() if _fits_alone(problem, i)], int)
    if not len(pool) or share == 0:
        return solve(problem, limit_s)
    count = wanted(share, _stops(solve(problem, max(limit_s * QUICK_SHARE, QUICK_LEAST_S))))
    for part in PARTS:
        routes = solve(_raise(problem, pool[:count]), limit_s * part)
        short = wanted(share, _stops(routes)) - int(explores[_planned(routes)].sum())
        if short <= 0 or count >= len(pool):
            break
        count += short
    return routes


def _fits_alone(problem: Problem, candidate: int) -> bool:
    shifts = np.flatnonzero(problem.allowed[candidate]).tolist()
    return any(timetable(problem, shift, (candidate,)) for shift in shifts)


def _stops(routes: Routes) -> int:
    return sum(len(route) for route in routes)


def _planned(routes: Routes) -> list[int]:
    return [candidate for route in routes for candidate in route]


def _raise(problem: Problem, chosen: IntArray) -> Problem:
    prize = problem.prize.copy()
    prize[chosen] = prize.max()
    return replace(problem, prize=prize)


def share_note(routes: Routes, explores: BoolArray, share: float) -> str:
    """Return how many stops explore beside how many were asked for, in one sentence."""
    stops, found = _stops(routes), int(explores[_planned(routes)].sum())
    asked = wanted(share, stops)
    told = f"{found} of {stops} stops explore where calls are few; {share:.0%} asks for {asked}"
    return f"{told}." if found >= asked else f"{told}, but no more such walks could be planned."
