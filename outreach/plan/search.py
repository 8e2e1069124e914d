"""The search for the best week: read this first, then ``ruin.py``.

Simulated annealing over whole weeks of routes. Each turn takes strings of visits out of a few
neighbouring routes and puts back what pays best; a week that is a little worse is accepted while
the search is warm, and the best one seen is kept. How long it searches is counted in work done and
not by the clock, so that the same problem, limit, seed and start give the same plan everywhere.

Source   Christiaens & Vanden Berghe 2020, Slack induction by string removals for vehicle routing
         problems, Transportation Science 54(2)
"""

import time
from dataclasses import dataclass
from typing import Literal

import numpy as np

from outreach.plan.problem import Pause, Problem, Routes, ShiftSpan
from outreach.plan.repair import sound_part
from outreach.plan.solver import Progress, Solver, Watch
from outreach.plan.worth import worth

# Work in a second: positions looked at in about 85 % of a second of one quiet core.
WORK_PER_S = 200_000_000
CHUNK_S = 0.1  # so often ``watch`` is told and Ctrl+C is heard
SLOW_MACHINE = 1.5  # a search is stopped after so many times the limit of processor time,
BUSY_MACHINE = 4  # or so many times the limit by the clock on the wall
# Temperatures in mean prizes, for one shift: over many they fall with the root of their number,
# as a turn touches few of them. Found on Chao's and Cordeau's instances and made-up weeks.
WARM, COLD = 2.5, 0.15
WARM_START = 0.3  # a search that begins from a plan stays near it


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
        begin = empty if start is None else sound_part(problem, start)
        warm = WARM_START if any(begin) else WARM
        search = _Search(problem, begin, seed=seed, warm=warm)
        try:
            stopped = _go(search, limit_s, self.pace == "clock", watch)
        except KeyboardInterrupt:
            stopped = True
        return Outcome(search.routes(), clock_stopped=stopped)


class _Search:
    """One search under way."""

    def __init__(self, problem: Problem, start: Routes, *, seed: int, warm: float) -> None:
        # Here, so that whoever has no numba can still plan with VROOM.
        from outreach.plan import layout, ruin

        self._anneal = ruin.anneal
        self._week = layout.week_of(problem)
        self._now, self._kept, self._best = (layout.sweep_of(self._week, start) for _ in range(3))
        self._desk = layout.desk_of(self._week, problem, seed)
        self._desk.best[0] = self._best.value.sum()
        possible = problem.prize[problem.allowed.any(axis=1)]
        scale = max(float(possible.mean()), 1e-9) / len(problem.shifts) ** 0.5
        self._heat = scale * np.array([warm, COLD])
        self._problem = problem

    @property
    def work(self) -> int:
        """Work done so far."""
        return int(self._desk.work[0])

    def go_on(self, work: int, begin: float, end: float) -> None:
        """Do so much more work, cooling as far as belongs to these shares of the search."""
        warm, cold = self._heat
        heat = warm * (cold / warm) ** np.array([begin, end])
        sweeps = self._now, self._kept, self._best
        self._anneal(self._week, *sweeps, self._desk, heat, self.work + work)

    def progress(self, share: float) -> Progress:
        """Return how far the search has come."""
        return Progress(share, worth(self._problem, self.routes()), int(self._best.size.sum()))

    def routes(self) -> Routes:
        """Return the best routes so far."""
        stops = zip(self._best.stop, self._best.size, strict=True)
        return tuple(tuple(stop[1 : size + 1].tolist()) for stop, size in stops)


def _go(search: _Search, limit_s: float, by_clock: bool, watch: Watch | None) -> bool:
    """Search piece by piece; return whether it ended before all its work was done."""
    began, used = time.perf_counter(), time.thread_time()
    rate, share, piece = float(WORK_PER_S), 0.0, min(CHUNK_S / limit_s, 1.0)
    while share < 1:
        until = min(share + piece, 1.0)
        search.go_on(max(int((until - share) * limit_s * rate), 1), share, until)
        share = until
        if by_clock:
            spent = time.thread_time() - used
            share, rate = min(spent / limit_s, 1.0), search.work / max(spent, 1e-6)
        elif share < 1 and _out_of_time(began, used, limit_s):
            return True
        if watch is not None and not watch(search.progress(share)):
            return share < 1
    return False


def _out_of_time(began: float, used: float, limit_s: float) -> bool:
    spent, waited = time.thread_time() - used, time.perf_counter() - began
    return spent > SLOW_MACHINE * limit_s or waited > BUSY_MACHINE * limit_s


def default_solver() -> Solver:
    """Return the search, or VROOM where numba is missing or cannot compile it."""
    try:
        compile_now()
    except Exception:  # numba raises its own types, and OSError where it may keep nothing
        from outreach.plan.vroom import VroomSolver

        return VroomSolver()
    return SisrSolver()


def compile_now() -> None:
    """Compile the search, or read what was compiled, so that nobody who presses plan waits."""
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
