"""Where a visit would fit best into routes that stand already, and how much time it lacks."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from outreach.plan.problem import IntArray, Problem, Routes
from outreach.plan.timing import FREE_FLOW, soonest_back

LONGER_S = 600  # so much more work a shift may have for the sake of its former order


@dataclass(frozen=True)
class Insertion:
    """The best place for a visit: before ``position`` of a shift's route."""

    shift: int
    position: int
    missing_s: int  # how much longer the shift would have to be; 0: it fits


def detours(problem: Problem, shift: int, route: Sequence[int], candidate: int) -> IntArray:
    """Return the travel in free flow, in seconds, that a visit adds at each position of a route."""
    span = problem.shifts[shift]
    travel = problem.travel_s[span.mode]
    before = np.array([span.origin, *route])
    after = np.array([*route, span.destination])
    added: IntArray = travel[before, candidate] + travel[candidate, after] - travel[before, after]
    return added


def work_s(problem: Problem, shift: int, route: Sequence[int]) -> int:
    """Return travel in free flow, visits and pause of a route in seconds, waiting left out."""
    span = problem.shifts[shift]
    travel = problem.travel_s[span.mode]
    points = np.array([span.origin, *route, span.destination])
    rest = span.pause.length_s if span.pause else 0
    return int(travel[points[:-1], points[1:]].sum() + problem.service_s[list(route)].sum() + rest)


def too_near(problem: Problem, routes: Routes, candidate: int, shift: int) -> int | None:
    """Return a planned visit of the same group with too few days between, or None.

    Two appointments stand side by side: no gap is asked for between them.
    """
    if np.count_nonzero(problem.group == problem.group[candidate]) == 1:
        return None
    day = problem.shifts[shift].day
    for other_shift, route in enumerate(routes):
        apart = abs(problem.shifts[other_shift].day - day)
        for other in route:
            if other == candidate or problem.group[other] != problem.group[candidate]:
                continue
            both_must = problem.must[other] and problem.must[candidate]
            if apart < max(problem.gap_days[other], problem.gap_days[candidate]) and not both_must:
                return other
    return None


def share_left_s(problem: Problem, shift: int, route: Sequence[int]) -> float:
    """Return the seconds left for visits that are not for people known already."""
    limit = problem.shifts[shift].unknown_limit_s
    if limit is None:
        return inf
    return limit - sum(int(problem.service_s[i]) for i in route if not problem.known[i])


def may_join(problem: Problem, routes: Routes, candidate: int, shift: int) -> bool:
    """Return whether a shift may take a visit on, whatever the hour: skills, gaps, kept share."""
    fits_share = problem.known[candidate] or problem.service_s[candidate] <= share_left_s(
        problem, shift, routes[shift]
    )
    return bool(
        problem.allowed[candidate, shift]
        and fits_share
        and too_near(problem, routes, candidate, shift) is None
    )


def best_insertion(problem: Problem, routes: Routes, candidate: int) -> Insertion | None:
    """Return where a visit lacks the least time, ties by the shorter detour.

    None if its own hours, those of the visits after it, the gap to others of its group or the
    share kept for people known allow it nowhere. The work of a route bounds its end from below,
    so most positions need no look at the hours.
    """
    options = []
    for shift in np.flatnonzero(problem.allowed[candidate]).tolist():
        if not may_join(problem, routes, candidate, shift):
            continue
        added = detours(problem, shift, routes[shift], candidate)
        lacking = least_missing(problem, shift, routes[shift], candidate, added)
        options += [(int(lacking[k]), int(added[k]), shift, k) for k in range(len(added))]
    best: Insertion | None = None
    for bound, _, shift, position in sorted(options):
        if best is not None and bound >= best.missing_s:
            break
        route = routes[shift]
        longer = (*route[:position], candidate, *route[position:])
        back_s = soonest_back(problem, shift, longer, open_end=True)
        if back_s is not None:
            missing = max(0, back_s - problem.shifts[shift].end_s)
            if best is None or missing < best.missing_s:
                best = Insertion(shift, position, missing)
    return best


def least_missing(
    problem: Problem, shift: int, route: Sequence[int], candidate: int, added: IntArray
) -> IntArray:
    """Return a bound of the time missing at each position, from the fastest that streets are."""
    span = problem.shifts[shift]
    rest = span.pause.length_s if span.pause else 0
    still = int(problem.service_s[[*route, candidate]].sum()) + rest
    moving = work_s(problem, shift, route) - still + int(problem.service_s[candidate]) + added
    fastest = problem.speed.get(span.mode, FREE_FLOW).max(initial=1.0)
    least: IntArray = np.floor(moving / fastest).astype(np.int64) + still
    return np.maximum(least - (span.end_s - span.start_s), 0)


def in_former_order(problem: Problem, routes: Routes, former: Routes) -> Routes:
    """Return routes in which each shift makes the visits it had before in their order of before.

    Not where that is no longer possible, or longer by more than ``LONGER_S``.
    """
    found = []
    for shift, (route, before) in enumerate(zip(routes, former, strict=True)):
        order = _as_before(problem, shift, route, before)
        longer = work_s(problem, shift, order) - work_s(problem, shift, route)
        found.append(order if longer <= LONGER_S else tuple(route))
    return tuple(found)


def _as_before(
    problem: Problem, shift: int, route: Sequence[int], before: Sequence[int]
) -> tuple[int, ...]:
    """Return a route with its older visits first put in order; the route itself if that fails."""
    order = tuple(one for one in before if one in route)
    if [one for one in route if one in order] == list(order):
        return tuple(route)
    for new in (one for one in route if one not in before):
        added = detours(problem, shift, order, new)
        places = np.argsort(added, kind="stable").tolist()
        longer = ((*order[:k], new, *order[k:]) for k in places)
        fitting = (
            one for one in longer if soonest_back(problem, shift, one, open_end=True) is not None
        )
        order = next(fitting, order)
    fits = len(order) == len(route) and soonest_back(problem, shift, order) is not None
    return order if fits else tuple(route)


def fill(problem: Problem, routes: Routes) -> Routes:
    """Return the routes with every visit added that still fits: appointments, then by prize."""
    filled = [tuple(route) for route in routes]
    planned = {candidate for route in routes for candidate in route}
    order = np.lexsort([-problem.prize, ~problem.must]).tolist()
    waiting = [candidate for candidate in order if candidate not in planned]
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
