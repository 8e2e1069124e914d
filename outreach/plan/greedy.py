"""Nearest first, as a lead plans by hand: what a search has to beat."""

from dataclasses import dataclass

import numpy as np

from outreach.plan.insertion import best_insertion, may_join, work_s
from outreach.plan.problem import Problem, Routes
from outreach.plan.solver import Progress, Watch
from outreach.plan.timing import soonest_back
from outreach.plan.worth import worth


@dataclass(frozen=True)
class NearestFirst:
    """For each shift in turn: from the base always on to the nearest visit that still fits.

    Appointments are written down first, each in the shift where it lacks no time.
    """

    name: str = "nearest first"

    def solve(
        self,
        problem: Problem,
        *,
        limit_s: float,  # noqa: ARG002
        seed: int,  # noqa: ARG002
        start: Routes | None = None,  # noqa: ARG002
        watch: Watch | None = None,
    ) -> Routes:
        """Return routes; neither limit, seed nor start changes them."""
        routes = _appointments(problem)
        for shift in range(len(problem.shifts)):
            routes = _filled(problem, routes, shift)
            done = Progress((shift + 1) / len(routes), worth(problem, routes), _stops(routes))
            if watch is not None and not watch(done):
                break
        return routes


def _stops(routes: Routes) -> int:
    return sum(map(len, routes))


def _put(routes: Routes, shift: int, position: int, visit: int) -> Routes:
    route = routes[shift]
    longer = (*route[:position], visit, *route[position:])
    return (*routes[:shift], longer, *routes[shift + 1 :])


def _appointments(problem: Problem) -> Routes:
    routes: Routes = tuple(() for _ in problem.shifts)
    for visit in np.flatnonzero(problem.must).tolist():
        found = best_insertion(problem, routes, visit)
        if found is not None and found.missing_s == 0:
            routes = _put(routes, found.shift, found.position, visit)
    return routes


def _filled(problem: Problem, routes: Routes, shift: int) -> Routes:
    """Return the routes with one of them filled from its beginning to its end."""
    at = 0
    while at <= len(routes[shift]):
        visit = _nearest(problem, routes, shift, at)
        if visit is not None:
            routes = _put(routes, shift, at, visit)
        at += 1  # to the visit just put in, or on to the next appointment
    return routes


def _nearest(problem: Problem, routes: Routes, shift: int, at: int) -> int | None:
    """Return the nearest visit that fits between a position of a route and the next."""
    span, route = problem.shifts[shift], routes[shift]
    travel = problem.travel_s[span.mode]
    here = route[at - 1] if at else span.origin
    there = route[at] if at < len(route) else span.destination
    planned = [visit for one in routes for visit in one]
    free = problem.allowed[:, shift] & ~np.isin(np.arange(problem.size), planned)
    if span.mode not in problem.speed or problem.speed[span.mode].max(initial=1.0) <= 1:
        added = travel[here, : problem.size] + travel[: problem.size, there] - travel[here, there]
        room = span.end_s - span.start_s - work_s(problem, shift, route)
        free &= added + problem.service_s <= room  # others need no timetable
    for visit in np.argsort(travel[here, : problem.size], kind="stable").tolist():
        if free[visit] and may_join(problem, routes, visit, shift):
            longer = (*route[:at], visit, *route[at:])
            if soonest_back(problem, shift, longer) is not None:
                return int(visit)
    return None
