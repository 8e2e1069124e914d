"""What routes are worth: the one number that every solver makes as great as it can."""

from outreach.plan.insertion import work_s
from outreach.plan.problem import Problem, Routes


def worth(problem: Problem, routes: Routes) -> float:
    """Return prizes and bonuses of all visits less the cost of work (see ``Problem``).

    Work is travel in free flow, visits and pause; a team that goes nowhere does none.
    """
    total = 0.0
    for shift, route in enumerate(routes):
        if not route:
            continue
        span, visited = problem.shifts[shift], list(route)
        total += float(problem.prize[visited].sum() + problem.bonus[visited, shift].sum())
        work_h = work_s(problem, shift, route) / 3600
        length_h = (span.end_s - span.start_s) / 3600
        total -= problem.cost_per_h * (work_h + problem.balance * work_h**2 / (2 * length_h))
    return total
