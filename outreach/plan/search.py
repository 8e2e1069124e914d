"""The search for the best week: read this first, then ``ruin.py``.

Simulated annealing over whole weeks of routes. Each turn takes strings of visits out of a few
neighbouring routes and puts back what pays best; a week that is a little worse is accepted while
the search is warm, and the best one seen is kept. How long it searches is counted in work done and
not by the clock, so that the same problem, limit, seed and start give the same plan everywhere.

Source   Christiaens & Vanden Berghe 2020, Slack induction by string removals for vehicle routing
         problems, Transportation Science 54(2)
"""

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from outreach.plan.problem import Pause, Problem, Routes, ShiftSpan
from outreach.plan.repair import sound_part
from outreach.plan.solver import Progress, Solver, Watch

if TYPE_CHECKING:
    from outreach.plan.kernel import Sweep, Week
    from outreach.plan.ruin import Desk

# Work in a second: positions looked at in about 85 % of a second of one quiet core.
WORK_PER_S = 30_000_000
CHUNK_S = 0.2  # so often ``watch`` is told and Ctrl+C is heard
SLOW_MACHINE = 1.5  # the clock stops a search after so many times the limit
WARM, COLD = 1.0, 0.1  # temperatures, in mean prizes
WARM_START = 0.15  # a search that begins from a plan stays near it


@dataclass(frozen=True)
class Outcome:
    """Routes, and whether the clock or a person ended the search before its work was done."""

    routes: Routes
    clock_stopped: bool


@dataclass(frozen=True)
class SisrSolver:
    """Slack induction by string removals, with visits that may be left out.

    ``pace`` is what a limit counts: ``work`` (the same routes on every machine) or ``clock``,
    the processor time of this thread (honest seconds on a busy machine, for benchmarks).
    """

    pace: Literal["work", "clock"] = "work"
    name: str = "SISR"

    def solve(
        self,
        problem: Problem,
        *,
        limit_s: float,
        seed: int,
        start: Routes | None = None,
        watch: Watch | None = None,
    ) -> Routes:
        """Return routes in about the time limit; see the Protocol."""
        return self.run(problem, limit_s=limit_s, seed=seed, start=start, watch=watch).routes

    def run(
        self,
        problem: Problem,
        *,
        limit_s: float,
        seed: int,
        start: Routes | None = None,
        watch: Watch | None = None,
    ) -> Outcome:
        """Return routes, and whether the search was ended before its work was done."""
        empty: Routes = tuple(() for _ in problem.shifts)
        if not problem.shifts or not problem.allowed.any():
            return Outcome(empty, clock_stopped=False)
        begun = sound_part(problem, start) if start is not None else empty
        search = _Search(problem, begun, seed)
        stopped = False
        try:
            stopped = search.go(limit_s, self.pace == "clock", watch)
        except KeyboardInterrupt:
            stopped = True
        return Outcome(search.best_routes(), clock_stopped=stopped)


class _Search:
    """One search under way."""

    def __init__(self, problem: Problem, start: Routes, seed: int) -> None:
        from outreach.plan import kernel, layout, ruin

        self.ruin = ruin
        self.week = layout.week_of(problem)
        self.now = layout.sweep_of(self.week, start)
        self.kept = layout.sweep_of(self.week, start)
        self.best = layout.sweep_of(self.week, start)
        self.desk = layout.desk_of(self.week, problem, seed)
        self.desk.best[0] = self.best.value.sum()
        mean = float(problem.prize[problem.allowed.any(axis=1)].mean()) or 1.0
        self.heat = (WARM_START if any(start) else WARM) * mean, COLD * mean
        self.must = problem.must

    def go(self, limit_s: float, by_clock: bool, watch: Watch | None) -> bool:
        """Search until the limit; return whether it ended before its work was done."""
        began, worked = time.perf_counter(), time.thread_time()
        share, rate = 0.0, float(WORK_PER_S)
        chunk = min(CHUNK_S / limit_s, 1.0)
        while share < 1:
            until = min(1.0, share + chunk)
            work = int((until - share) * limit_s * rate)
            heat = np.array([self._heat(share), self._heat(until)])
            done = int(self.desk.effort[0])
            self.ruin.anneal(
                self.week, self.now, self.kept, self.best, self.desk, heat, done + work
            )
            if by_clock:
                spent = time.thread_time() - worked
                until = max(until, 0.0) if spent <= 0 else min(1.0, spent / limit_s)
                rate = (int(self.desk.effort[0])) / max(spent, 1e-3)
                if until > 0.995:
                    until = 1.0
            share = until
            if watch is not None and not watch(self._progress(share)):
                return share < 1
            if not by_clock and share < 1 and time.perf_counter() - began > SLOW_MACHINE * limit_s:
                return True
        return False

    def _heat(self, share: float) -> float:
        warm, cold = self.heat
        return warm * (cold / warm) ** share

    def _progress(self, share: float) -> Progress:
        stops = int(self.best.size.sum())
        return Progress(share, float(self.desk.best[0]), stops)

    def best_routes(self) -> Routes:
        """Return the best routes so far."""
        return tuple(
            tuple(int(v) for v in self.best.stop[s, 1 : size + 1])
            for s, size in enumerate(self.best.size)
        )


def default_solver() -> Solver:
    """Return the search, or VROOM where numba cannot be used."""
    try:
        from outreach.plan import ruin  # noqa: F401
    except (ImportError, RuntimeError, TypeError):  # no numba, nowhere to keep what it compiled
        from outreach.plan.vroom import VroomSolver

        return VroomSolver()
    return SisrSolver()


def compile_now() -> None:
    """Compile the search, so that nobody who presses plan waits for it."""
    hour = 3600
    span = ShiftSpan(0, 9 * hour, 12 * hour, "drive", 2, 2, Pause(10 * hour, 11 * hour, hour // 2))
    tiny = Problem.plain(
        service_s=np.array([600, 600]),
        prize=np.array([1.0, 2.0]),
        window_s=np.tile(np.array([0, 24 * hour]), (2, 7, 1)),
        allowed=np.ones((2, 1), bool),
        shifts=(span,),
        travel_s={"drive": np.full((3, 3), 300)},
    )
    SisrSolver().solve(tiny, limit_s=0.01, seed=1)


if __name__ == "__main__":
    compile_now()
