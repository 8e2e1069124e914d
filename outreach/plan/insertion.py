"""Where a visit would fit best into routes that stand already, and how much time it lacks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from outreach.plan.problem import IntArray, Problem, Routes
from outreach.plan.timing import timetable


@dataclass(frozen=True)
class Insertion:
    """The best place for a visit: before ``position`` of a shift's route."""

    shift: int
    position: int
    missing_s: int  # how much longer the shift would have to be; 0: it fits


def detours(problem: Problem, shift: int, route: Sequence[int], candidate: int) -> IntArray:
    """Return the travel in seconds that a visit adds at each position of a route."""
    span = problem.shifts[shift]
    travel = problem.travel_s[span.mode]
    before = np.array([span.origin, *route])
    after = np.array([*route, span.destination])
    added: IntArray = travel[before, candidate] + travel[candidate, after] - travel[before, after]
    return added


def work_s(problem: Problem, shift: int, route: Sequence[int]) -> int:
    """Return travel, visits and pause of a route in seconds, waiting left out."""
    span = problem.shifts[shift]
    travel = problem.travel_s[span.mode]
    points = np.array([span.origin, *route, span.destination])
    rest = span.pause.length_s if span.pause else 0
    return int(travel[points[:-1], points[1:]].sum() + problem.service_s[list(route)].sum() + rest)


def best_insertion(problem: Problem, routes: Routes, candidate: int) -> Insertion | None:
    """Return where a visit lacks the least time, ties by the shorter detour.

    None if its own hours, or those of the visits after it, allow it nowhere. The work of a route
    bounds its end from below, so most positions need no timetable.
    """
    options = []
    for shift in np.flatnonzero(problem.allowed[candidate]).tolist():
        span, route = problem.shifts[shift], routes[shift]
        room = span.end_s - span.start_s - work_s(problem, shift, route)
        added = detours(problem, shift, route, candidate)
        lacking = np.maximum(added + problem.service_s[candidate] - room, 0)
        options += [(int(lacking[k]), int(added[k]), shift, k) for k in range(len(route) + 1)]
    best: Insertion | None = None
    for bound, _, shift, position in sorted(options):
        if best is not None and bound >= best.missing_s:
            break
        route = routes[shift]
        longer = (*route[:position], candidate, *route[position:])
        times = timetable(problem, shift, longer, open_end=True)
        if times is not None:
            missing = max(0, times.back_s - problem.shifts[shift].end_s)
            if best is None or missing < best.missing_s:
                best = Insertion(shift, position, missing)
    return best


def fill(problem: Problem, routes: Routes) -> Routes:
    """Return the routes with every visit added that still fits, the greatest prize first."""
    filled = [tuple(route) for route in routes]
    planned = {candidate for route in routes for candidate in route}
    by_prize = np.argsort(-problem.prize, kind="stable").tolist()
    waiting = [candidate for candidate in by_prize if candidate not in planned]
    added = True
    while added:  # a visit may move a pause and so make room: go round until nothing fits
        added = False
        for candidate in list(waiting):
            found = best_insertion(problem, tuple(filled), candidate)
            if found is not None and found.missing_s == 0:
                route, at = filled[found.shift], found.position
                filled[found.shift] = (*route[:at], candidate, *route[at:])
                waiting.remove(candidate)
                added = True
    return tuple(filled)
