"""In whose place a visit that is left out would fit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import inf

import numpy as np

from outreach.plan.insertion import best_insertion, fill, too_near
from outreach.plan.problem import BoolArray, Problem, Routes
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
        for loss, shift, out in sorted(_options(problem, routes, candidate, shifts, fixed, size)):
            if loss >= below:
                break
            longer = _in_place(problem, routes, candidate, shift, out)
            if longer is not None:
                return Exchange(shift, longer, out, loss)
    return None


def settled(problem: Problem, routes: Routes, fixed: BoolArray) -> Routes:
    """Return routes that no exchange makes better and nothing left out still fits into."""
    routes = fill(problem, routes)
    going_on = True
    while going_on:
        going_on = False
        planned = {one for route in routes for one in route}
        for candidate in np.argsort(-problem.prize, kind="stable").tolist():
            if candidate in planned:
                continue
            found = cheapest_exchange(problem, routes, candidate, fixed, below=-ENOUGH)
            if found is None:
                continue
            other = (*routes[: found.shift], found.route, *routes[found.shift + 1 :])
            if worth(problem, other) > worth(problem, routes) + ENOUGH:
                routes, going_on = fill(problem, other), True
                planned = {one for route in routes for one in route}
    return routes


def _options(
    problem: Problem,
    routes: Routes,
    candidate: int,
    shifts: Sequence[int],
    fixed: BoolArray,
    size: int,
) -> Iterator[tuple[float, int, tuple[int, ...]]]:
    """Yield what would be lost, the shift and the visits that would go."""
    for shift in shifts:
        value = problem.prize + problem.bonus[:, shift]
        free = [one for one in routes[shift] if not fixed[one]]
        for out in combinations(free, size):
            yield float(sum(value[one] for one in out) - value[candidate]), shift, out


def _in_place(
    problem: Problem, routes: Routes, candidate: int, shift: int, out: Sequence[int]
) -> tuple[int, ...] | None:
    """Return a shift's route with a visit in place of others, or None where it does not fit."""
    rest = tuple(one for one in routes[shift] if one not in out)
    only = np.zeros_like(problem.allowed)
    only[candidate, shift] = True
    without = (*routes[:shift], rest, *routes[shift + 1 :])
    found = best_insertion(replace(problem, allowed=only), without, candidate)
    if found is None or found.missing_s > 0:
        return None
    return (*rest[: found.position], candidate, *rest[found.position :])
