"""VROOM as the instant fallback: hours, windows, pauses and priorities are its own ideas.

VROOM maximises the sum of whole priorities from 0 to 100, then the number of visits, then saves
travel. It knows neither groups nor bonuses, the share kept for people known or hours of traffic:
what breaks them is taken out of its answer and what fits is put back. It has no random part, so
the seed changes nothing. The time limit decides beforehand how widely it searches, and not the
clock while it does, so that a plan can be made again.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import vroom
from vroom.solution.solution import Solution

from outreach.errors import PlanError
from outreach.plan.insertion import fill
from outreach.plan.problem import BoolArray, FloatArray, IntArray, Problem, Routes, ShiftSpan
from outreach.plan.repair import sound_part
from outreach.plan.solver import Progress, Watch
from outreach.plan.worth import worth

TOP_PRIORITY = 100
TOP_PERCENTILE = 90
# Processor seconds: level 0 takes 0.25 for a thousand pairs of candidate and shift, to the power of
# 1.5, and the others so many times that. Measured on made-up weeks of 20 to 600 candidates and 5 to
# 25 shifts (0.1 to 10 thousand pairs); single weeks lie within half and twice that.
LEVEL_0_S, PAIRS_POWER = 0.25, 1.5
TIMES_LONGER = (1, 2.5, 7, 13, 25, 45)
SLOW_MACHINE = 3  # the clock stops a search only after so many times the limit


@dataclass(frozen=True)
class VroomSolver:
    """Solves a week with VROOM; more time means a wider exploration."""

    threads: int = 2
    name: str = "VROOM"

    def solve(
        self,
        problem: Problem,
        *,
        limit_s: float,
        seed: int,  # noqa: ARG002
        start: Routes | None = None,
        watch: Watch | None = None,
    ) -> Routes:
        """Return routes, the same for the same problem, limit and start.

        Where ``start`` is worth more than what VROOM finds, it is what is returned.

        Raises   PlanError   VROOM refused the problem
        """
        if not problem.shifts or not _open(problem).any():
            return tuple(() for _ in problem.shifts)
        try:
            answer = _input(problem).solve(
                exploration_level=exploration_level(problem, limit_s),
                nb_threads=self.threads,
                timeout=timedelta(seconds=limit_s * SLOW_MACHINE),
            )
        except Exception as error:  # the binding raises its own types and RuntimeError alike
            raise PlanError(f"the solver could not work on this week: {error}") from error
        found = [_routes(answer, len(problem.shifts)), *([] if start is None else [start])]
        mended = [fill(problem, sound_part(problem, routes)) for routes in found]
        routes = max(mended, key=lambda one: (_kept(problem, one), worth(problem, one)))
        if watch is not None:
            watch(Progress(1.0, worth(problem, routes), sum(map(len, routes))))
        return routes


def _kept(problem: Problem, routes: Routes) -> int:
    """Return how many of the appointments are kept."""
    return int(problem.must[[visit for route in routes for visit in route]].sum())


def exploration_level(problem: Problem, limit_s: float) -> int:
    """Return how widely VROOM may search so that it ends by itself within the limit.

    A shallow search that ends is better than a deep one cut short, and the same on every machine.
    """
    shallowest_s = LEVEL_0_S * (int(problem.allowed.sum()) / 1000) ** PAIRS_POWER
    fitting = [level for level, times in enumerate(TIMES_LONGER) if shallowest_s * times <= limit_s]
    return fitting[-1] if fitting else 0


def priorities(prize: FloatArray, must: BoolArray) -> IntArray:
    """Return prizes as VROOM's whole numbers from 1 to 100, and 100 for appointments.

    The scale ends at the 90th percentile, so that a few great prizes do not press the many small
    ones into a handful of steps. Measured on weeks of 300 candidates: 0.1 to 0.3 % more prize
    than a scale that ends at the greatest.
    """
    positive = prize[prize > 0]
    top = np.percentile(positive, TOP_PERCENTILE) if len(positive) else 1.0
    scaled = np.where(must, TOP_PRIORITY, np.rint(prize / top * TOP_PRIORITY))
    return np.clip(scaled, 1, TOP_PRIORITY).astype(np.int64)


def _input(problem: Problem) -> vroom.Input:
    may = _open(problem)
    rows, skill = np.unique(may, axis=0, return_inverse=True)
    skill = skill.reshape(-1)
    asked = vroom.Input()
    for mode, seconds in problem.travel_s.items():
        asked.set_durations_matrix(profile=mode, matrix_input=seconds.astype(np.uint32))
    for number, span in enumerate(problem.shifts):
        has = {int(kind) for kind in np.flatnonzero(rows[:, number])}
        asked.add_vehicle(_vehicle(number, span, has))
    importance = priorities(problem.prize, problem.must)
    for i in np.flatnonzero(may.any(axis=1)):
        asked.add_job(
            vroom.Job(
                id=int(i),
                location=int(i),
                default_service=int(problem.service_s[i]),
                skills={int(skill[i])},
                priority=int(importance[i]),
                time_windows=_job_windows(problem, may, int(i)),
            )
        )
    return asked


def _vehicle(number: int, span: ShiftSpan, skills: set[int]) -> vroom.Vehicle:
    rest = span.pause
    breaks = (
        [
            vroom.Break(
                number,
                time_windows=[vroom.TimeWindow(rest.earliest_s, rest.latest_s)],
                service=rest.length_s,
            )
        ]
        if rest
        else []
    )
    return vroom.Vehicle(
        number,
        start=span.origin,
        end=span.destination,
        profile=span.mode,
        skills=skills,
        time_window=(span.start_s, span.end_s),
        breaks=breaks,
    )


def _open(problem: Problem) -> BoolArray:
    """Return ``allowed`` without the shifts of days on which the visit has no hours."""
    day = [span.day for span in problem.shifts]
    hours = problem.window_s[:, day]
    may: BoolArray = problem.allowed & (hours[:, :, 0] <= hours[:, :, 1])
    return may


def _job_windows(problem: Problem, may: BoolArray, i: int) -> list[vroom.TimeWindow]:
    """Return the hours on every day on which some shift may serve the candidate."""
    days = sorted({problem.shifts[shift].day for shift in np.flatnonzero(may[i])})
    bounds = (problem.window_s[i, day] for day in days)
    return [vroom.TimeWindow(int(first), int(last)) for first, last in bounds]


def _routes(answer: Solution, shifts: int) -> Routes:
    visits = answer.routes
    visits = visits[visits["type"] == "job"]
    if visits.empty:  # the binding then leaves out the column of ids
        return tuple(() for _ in range(shifts))
    found = visits.groupby("vehicle_id")["id"].apply(lambda ids: tuple(int(i) for i in ids))
    return tuple(found.get(number, ()) for number in range(shifts))
