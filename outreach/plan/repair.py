"""What of given routes keeps every rule: where a search may begin, or what may stand of another's.

Routes come from an earlier plan, made for shifts and rules that have changed since, or from a
solver that does not know all of them.
"""

from outreach.plan.insertion import may_join
from outreach.plan.problem import Problem, Routes
from outreach.plan.timing import soonest_back


def sound_part(problem: Problem, routes: Routes) -> Routes:
    """Return the routes without the visits that break hours, skills, gaps or the known share.

    Appointments come first and then the order of the routes; what is left out could not be put
    back where it stood.
    """
    kept: Routes = tuple(() for _ in routes)
    visits = [(shift, visit) for shift, route in enumerate(routes) for visit in route]
    visits.sort(key=lambda one: not problem.must[one[1]])
    seen = set()
    for shift, visit in visits:
        if visit not in seen and may_join(problem, kept, visit, shift):
            seen.add(visit)
            kept = _with(kept, shift, _in_order(routes[shift], {*kept[shift], visit}))
    for shift, route in enumerate(kept):
        kept = _with(kept, shift, _in_time(problem, shift, route))
    return kept


def _with(routes: Routes, shift: int, route: tuple[int, ...]) -> Routes:
    return (*routes[:shift], route, *routes[shift + 1 :])


def _in_order(route: tuple[int, ...], visits: set[int]) -> tuple[int, ...]:
    return tuple(visit for visit in route if visit in visits)


def _in_time(problem: Problem, shift: int, route: tuple[int, ...]) -> tuple[int, ...]:
    """Return a route as it is if it fits its hours, else what of it fits one by one."""
    if soonest_back(problem, shift, route) is not None:
        return route
    kept: tuple[int, ...] = ()
    for visit in sorted(route, key=lambda one: not problem.must[one]):
        longer = _in_order(route, {*kept, visit})
        if soonest_back(problem, shift, longer) is not None:
            kept = longer
    return kept
