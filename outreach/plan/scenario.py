"""What more hours would bring: the week solved with a longer and longer added shift."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from outreach.columns import check
from outreach.plan.insertion import work_s
from outreach.plan.make import Order, Week, solve_order, week_in_numbers
from outreach.plan.problem import Routes
from outreach.plan.solver import Solver, Watch
from outreach.plan_schemas import SCENARIO
from outreach.streets.network import StreetNetwork

AS_IT_IS = "the week as it is"
FIRST = 0.4  # of the time goes to the week as it is, so that more hours are not flattered


@dataclass(frozen=True, eq=False)
class Extra:
    """Shifts that would be added."""

    hours: float
    shifts: pd.DataFrame  # SHIFTS; the same teams, only longer, in every Extra of a curve
    told: str


@dataclass(frozen=True)
class _Best:
    """The best week found so far."""

    need_met: float
    stops: int
    travel_h: float
    routes: Routes


def curve(
    candidates: pd.DataFrame,
    shifts: pd.DataFrame,
    extras: Sequence[Extra],
    networks: Mapping[str, StreetNetwork],
    *,
    order: Order,
    solver: Solver,
    start: Routes | None = None,
    report: Callable[[str], None] = lambda _: None,
    watch: Watch | None = None,
) -> pd.DataFrame:
    """Return SCENARIO: the week as it is, and with each of the extras, the shortest first.

    Each search begins from the best of the one before, and a longer shift that finds nothing
    better keeps that: so more hours never meet less. The order's time limit is for all together.

    Needs    candidates, shifts and networks as ``make_plan``
             start       routes to begin with, in the order of the shifts
    Raises   PlanError   as ``make_plan``
    """
    ordered = sorted((extra for extra in extras if extra.hours > 0), key=lambda extra: extra.hours)
    nothing = Extra(0.0, shifts.iloc[:0], AS_IT_IS)
    rows: list[dict[str, object]] = []
    best: _Best | None = None
    for extra in (nothing, *ordered):
        report(f"searching: {extra.told}")
        share = FIRST if best is None else (1 - FIRST) / len(ordered)
        there = best.routes if best is not None else start
        found = _solved(candidates, shifts, extra, networks, order, solver, share, there, watch)
        if best is None or found.need_met > best.need_met:
            best = found
        first = float(rows[0]["need_met"]) if rows else best.need_met  # type: ignore[arg-type]
        rows.append(
            {
                "extra_h": extra.hours,
                "added": extra.told,
                "need_met": best.need_met,
                "stops": best.stops,
                "travel_h": best.travel_h,
                "more_per_h": (best.need_met - first) / extra.hours if extra.hours else 0.0,
            }
        )
    return check(pd.DataFrame(rows), SCENARIO)


def _solved(
    candidates: pd.DataFrame,
    shifts: pd.DataFrame,
    extra: Extra,
    networks: Mapping[str, StreetNetwork],
    order: Order,
    solver: Solver,
    share: float,
    start: Routes | None,
    watch: Watch | None,
) -> _Best:
    limit_s = order.city.plan.solver_limit_s * share
    plan = order.city.plan.model_copy(update={"solver_limit_s": limit_s})
    order = replace(order, city=order.city.model_copy(update={"plan": plan}))
    both = pd.concat([shifts, extra.shifts]) if len(extra.shifts) else shifts
    week = week_in_numbers(candidates, both, networks, order=order)
    if start is not None:
        start = (*start, *(() for _ in range(len(both) - len(start))))
    solved = solve_order(week, solver, order=order, start=start, watch=watch)
    return _told(week, solved.routes)


def _told(week: Week, routes: Routes) -> _Best:
    planned = [candidate for route in routes for candidate in route]
    travel = 0
    for number, route in enumerate(routes):
        if route:
            rest = week.problem.shifts[number].pause
            still = int(week.problem.service_s[list(route)].sum()) + (rest.length_s if rest else 0)
            travel += work_s(week.problem, number, route) - still
    need = float(week.problem.prize[planned].sum())
    return _Best(need, len(planned), travel / 3600, routes)
