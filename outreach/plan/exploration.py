"""Solving a week so that a set share of the stops goes where calls are few (safeguard 10).

A cell with few calls has a small prize, and a solver would never choose it. So a short solve
tells how many stops the week holds; as many exploration walks as the share asks for then count
as much as the most needed stop, in the order in which they were drawn. Where stops are then more
than foreseen, or a walk does not fit, the next ones drawn are raised too, and the search goes on
from where it was.
"""

from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from outreach.config import PlanParams
from outreach.errors import PlanError
from outreach.plan.exchange import settled
from outreach.plan.insertion import fill, in_former_order
from outreach.plan.problem import BoolArray, IntArray, Problem, Routes
from outreach.plan.search import Outcome, SisrSolver
from outreach.plan.solver import Progress, Solver, Watch
from outreach.plan.timing import soonest_back

COUNTING = 0.05  # of the time limit, to count the stops
PARTS = (0.85, 0.05, 0.05)  # of the time limit; the later ones only if the share was missed


@dataclass(frozen=True)
class Solved:
    """Routes, and whether the clock or a person ended the search before its work was done."""

    routes: Routes
    clock_stopped: bool


def wanted(share: float, stops: int) -> int:
    """Return how many of so many stops must explore."""
    return ceil(share * stops - 1e-9)


def solve_week(
    problem: Problem,
    explores: BoolArray,
    solver: Solver,
    *,
    params: PlanParams,
    fixed: BoolArray,
    start: Routes | None = None,
    watch: Watch | None = None,
) -> Solved:
    """Return routes that nothing left out still fits into, with the share of exploration.

    Needs    explores   which candidates are exploration walks, in the order they were drawn
             fixed      which candidates stay whatever comes: appointments and pins
    Raises   PlanError  the solver failed, in one line
    """
    search = _Search(solver, params, watch)
    pool = _in_order(problem, explores, start)
    share = params.exploration_share
    if not len(pool) or share == 0:
        routes = search.go(problem, 1.0, start)
        return _solved(problem, routes, fixed | explores, start, search)
    counted = start if start is not None else fill(problem, search.go(problem, COUNTING, None))
    count, routes = wanted(share, _stops(counted)), counted
    for part in PARTS:
        if search.ended:
            break
        raised = _raise(problem, pool[:count])
        begin = start if routes is counted else routes
        more = float((raised.prize - problem.prize).sum())
        routes = fill(raised, search.go(raised, part, begin, raised=more))
        short = wanted(share, _stops(routes)) - int(explores[_planned(routes)].sum())
        if short <= 0 or count >= len(pool):
            break
        count += short
    return _solved(problem, routes, fixed | explores, start, search)


def _solved(
    problem: Problem, routes: Routes, fixed: BoolArray, start: Routes | None, search: "_Search"
) -> Solved:
    if start is not None:
        routes = in_former_order(problem, routes, start)
    return Solved(settled(problem, routes, fixed), search.stopped)


class _Search:
    """A search in several parts, which a watcher sees as one."""

    def __init__(self, solver: Solver, params: PlanParams, watch: Watch | None) -> None:
        self.solver, self.params, self.watch = solver, params, watch
        self.share = 0.0  # of the time limit, used so far
        self.stopped = False  # before its work was done
        self.ended = False  # by who watches

    def go(
        self, problem: Problem, share: float, start: Routes | None, *, raised: float = 0.0
    ) -> Routes:
        """Return the routes found in a share of the time limit.

        Needs    raised   by how much prizes were raised in all, which a watcher is not told
        """
        begun, self.share = self.share, self.share + share
        limit_s, seed = self.params.solver_limit_s * share, self.params.seed
        watch = None if self.watch is None else self._part(self.watch, begun, share, raised)
        try:
            if isinstance(self.solver, SisrSolver):
                outcome = self.solver.run(
                    problem, limit_s=limit_s, seed=seed, start=start, watch=watch
                )
            else:
                routes = self.solver.solve(
                    problem, limit_s=limit_s, seed=seed, start=start, watch=watch
                )
                outcome = Outcome(routes, clock_stopped=False)
        except PlanError:
            raise
        except Exception as error:
            raise PlanError(f"{self.solver.name} could not solve this week: {error}") from error
        self.stopped |= outcome.clock_stopped
        return outcome.routes

    def _part(self, watch: Watch, begun: float, share: float, raised: float) -> Watch:
        def told(progress: Progress) -> bool:
            worth, done = max(0.0, progress.worth - raised), begun + share * progress.share
            going = watch(replace(progress, share=done, worth=worth))
            self.ended |= not going
            self.stopped |= self.ended
            return going

        return told


def _in_order(problem: Problem, explores: BoolArray, start: Routes | None) -> IntArray:
    """Return the walks that fit at all: those planned before first, then as they were drawn."""
    before = set(_planned(start or ()))
    drawn = [i for i in np.flatnonzero(explores).tolist() if _fits_alone(problem, i)]
    return np.array(sorted(drawn, key=lambda i: i not in before), np.int64)


def _fits_alone(problem: Problem, candidate: int) -> bool:
    shifts = np.flatnonzero(problem.allowed[candidate]).tolist()
    return any(soonest_back(problem, shift, (candidate,)) is not None for shift in shifts)


def _stops(routes: Routes) -> int:
    return sum(len(route) for route in routes)


def _planned(routes: Routes) -> list[int]:
    return [candidate for route in routes for candidate in route]


def _raise(problem: Problem, chosen: IntArray) -> Problem:
    prize = problem.prize.copy()
    prize[chosen] = prize.max()
    return replace(problem, prize=prize)
