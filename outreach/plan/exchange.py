"""In whose place a visit that is left out would fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from outreach.plan.insertion import detours, fill, least_missing, may_join, too_near
from outreach.plan.problem import BoolArray, Problem, Routes
from outreach.plan.timing import soonest_back
from outreach.plan.worth import worth

ENOUGH = 1e-9  # more than rounding


@dataclass(frozen=True)
class Exchange:
    """A visit in place of one or two others of the same shift."""

    shift: int
    route: tuple[int, ...]  # with it, and without the others
    out: tuple[int, ...]
    loss: float  # what the others are worth more than it; below 0: a better plan


def clear_shifts(problem: Problem, routes: Routes, candidate: int) -> list[int]:
    """Return the shifts that may go and lie far enough from other visits of the same group."""
    return [
        shift
        for shift in np.flatnonzero(problem.allowed[candidate]).tolist()
        if too_near(problem, routes, candidate, shift) is None
    ]


def cheapest_exchange(
    problem: Problem, routes: Routes, candidate: int, fixed: BoolArray, *, below: float = inf
) -> Exchange | None:
    """Return the exchange that loses least, of one visit before two; None if none loses less.

    Needs    fixed   which visits stay whatever comes
    """
    shifts = clear_shifts(problem, routes, candidate)
    for size in (1, 2):
        for loss, shift, out in _options(problem, routes, candidate, shifts, fixed, size, below):
            longer = _in_place(problem, routes, candidate, shift, out)
            if longer is not None:
                return Exchange(shift, longer, out, loss)
    return None


def settled(problem: Problem, routes: Routes, fixed: BoolArray) -> Routes:
    """Return routes that no exchange makes better and nothing left out still fits into."""
    routes, before = fill(problem, routes), None
    while routes != before:
        before = routes
        for candidate in np.argsort(-problem.prize, kind="stable").tolist():
            if any(candidate in route for route in routes):
                continue
            found = cheapest_exchange(problem, routes, candidate, fixed, below=-ENOUGH)
            if found is not None:
                other = (*routes[: found.shift], found.route, *routes[found.shift + 1 :])
                if worth(problem, other) > worth(problem, routes) + ENOUGH:
                    routes = other
        routes = routes if routes == before else fill(problem, routes)
    return routes


def _options(
    problem: Problem,
    routes: Routes,
    candidate: int,
    shifts: Sequence[int],
    fixed: BoolArray,
    size: int,
    below: float,
) -> list[tuple[float, int, tuple[int, ...]]]:
    """Return what would be lost, the shift and the visits that would go, the least loss first."""
    found = []
    for shift in shifts:
        free = np.array([one for one in routes[shift] if not fixed[one]], np.int64)
        value = problem.prize[free] + problem.bonus[free, shift]
        own = problem.prize[candidate] + problem.bonus[candidate, shift]
        if size == 1:
            out, loss = free[:, None], value - own
        else:
            one, other = np.triu_indices(len(free), 1)
            out, loss = free[np.stack([one, other], axis=1)], value[one] + value[other] - own
        cheap = loss < below
        found += [
            (lost, shift, tuple(gone))
            for lost, gone in zip(loss[cheap].tolist(), out[cheap].tolist(), strict=True)
        ]
    return sorted(found)


def _in_place(
    problem: Problem, routes: Routes, candidate: int, shift: int, out: Sequence[int]
) -> tuple[int, ...] | None:
    """Return a shift's route with a visit in place of others, or None where it does not fit."""
    rest = tuple(one for one in routes[shift] if one not in out)
    if not may_join(problem, (*routes[:shift], rest, *routes[shift + 1 :]), candidate, shift):
        return None
    added = detours(problem, shift, rest, candidate)
    missing = least_missing(problem, shift, rest, candidate, added)
    for at in np.argsort(added, kind="stable").tolist():
        longer = (*rest[:at], candidate, *rest[at:])
        if missing[at] == 0 and soonest_back(problem, shift, longer) is not None:
            return longer
    return None
