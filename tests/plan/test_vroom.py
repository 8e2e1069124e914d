"""VROOM against brute force, against published instances, and in its own terms."""

import csv
from itertools import permutations

import numpy as np
import pytest

from outreach.errors import PlanError
from outreach.plan.problem import Problem, ShiftSpan
from outreach.plan.search import SisrSolver
from outreach.plan.timing import timetable
from outreach.plan.vroom import VroomSolver, exploration_level, priorities
from outreach.plan.worth import worth


def total(problem, routes):
    return sum(problem.prize[list(route)].sum() for route in routes)


def brute_force(problem):
    """The greatest prize over every way to split and order the candidates on two shifts."""
    best, n = 0.0, problem.size
    for size in range(n + 1):
        for order in permutations(range(n), size):
            for cut in range(size + 1):
                routes = order[:cut], order[cut:]
                if all(
                    problem.allowed[list(route), shift].all()
                    and timetable(problem, shift, route) is not None
                    for shift, route in enumerate(routes)
                ):
                    best = max(best, total(problem, routes))
    return best


@pytest.mark.parametrize("seed", range(12))
def test_four_candidates_as_good_as_brute_force(seed, random_problem):
    problem = random_problem(seed)
    routes = VroomSolver().solve(problem, limit_s=5, seed=1)
    for shift, route in enumerate(routes):
        assert timetable(problem, shift, route) is not None
        assert problem.allowed[list(route), shift].all()
    assert total(problem, routes) == brute_force(problem)


def test_instances_of_brute_force_are_not_trivial(random_problem):
    kept = [
        brute_force(random_problem(seed)) / random_problem(seed).prize.sum() for seed in range(12)
    ]
    assert min(kept) < 0.6
    assert max(kept) > 0.7


def test_same_problem_same_routes(random_problem):
    problem = random_problem(5, n=30, shifts=5)
    first, second = (VroomSolver().solve(problem, limit_s=5, seed=1) for _ in range(2))
    assert first == second
    assert sum(map(len, first)) > 5


@pytest.mark.parametrize("seed", range(30))
def test_what_it_does_not_know_of_is_mended(seed, any_problem, faults):
    problem = any_problem(seed, n=8, days=2)
    routes = VroomSolver().solve(problem, limit_s=1, seed=1)
    assert faults(problem, routes) == []


def test_a_better_start_is_kept_and_watch_is_told(random_problem):
    problem = random_problem(5, n=30, shifts=5)
    best = SisrSolver().solve(problem, limit_s=0.5, seed=1)
    told = []
    routes = VroomSolver().solve(
        problem, limit_s=0.01, seed=1, start=best, watch=lambda one: bool(told.append(one))
    )
    assert worth(problem, routes) >= worth(problem, best)
    assert [(one.share, one.stops) for one in told] == [(1.0, sum(map(len, routes)))]


def test_nobody_allowed_gives_empty_routes(random_problem):
    problem = random_problem(1)
    problem.allowed[:] = False
    assert VroomSolver().solve(problem, limit_s=1, seed=1) == ((), ())


def test_refusal_is_one_clear_error(random_problem):
    problem = random_problem(1)
    broken = Problem.plain(
        problem.service_s,
        problem.prize,
        problem.window_s,
        problem.allowed,
        problem.shifts,
        {"drive": problem.travel_s["drive"][:2, :2]},
    )
    with pytest.raises(PlanError, match="solver"):
        VroomSolver().solve(broken, limit_s=1, seed=1)


def test_priorities_keep_order_and_small_differences():
    prize = np.concatenate([np.linspace(0.5, 1.5, 99), [50.0]])
    nobody = np.zeros(100, bool)
    whole = priorities(prize, nobody)
    assert (np.diff(whole) >= 0).all()
    assert whole.min() >= 1
    assert whole.max() == 100
    assert len(set(whole)) > 30  # a scale that ends at 50 would leave three steps
    assert (priorities(np.zeros(100), nobody) == 1).all()
    assert (priorities(prize, ~nobody) == 100).all()


def test_more_time_explores_more_and_never_beyond_what_fits(random_problem):
    problem = random_problem(1, n=200, shifts=20)
    levels = [exploration_level(problem, limit) for limit in (0.01, 3, 30, 3000)]
    assert levels == sorted(levels)
    assert (levels[0], levels[-1]) == (0, 5)


@pytest.mark.real
@pytest.mark.parametrize("instance", ["p4.2.g", "p5.3.s", "p7.4.q"])
def test_published_team_orienteering(real_data, instance, capsys):
    folder = real_data / "routing"
    with (folder / "best_known.csv").open() as file:
        best = next(float(r["best_known"]) for r in csv.DictReader(file) if instance in r["file"])
    lines = (folder / "chao" / f"{instance}.txt").read_text().split("\n")
    n, paths, longest = (float(line.split()[1]) for line in lines[:3])
    points = np.array([[float(v) for v in line.split()] for line in lines[3 : 3 + int(n)]])
    order = [*range(1, int(n) - 1), 0, int(n) - 1]  # candidates, start, end
    xy, prize = points[order, :2], points[order, 2][:-2]
    metres = np.sqrt(((xy[:, None] - xy[None]) ** 2).sum(axis=2))
    size, longest_s = len(prize), int(longest * 1000)
    window = np.zeros((size, 7, 2), np.int64)
    window[:, 0, 1] = longest_s
    spans = (ShiftSpan(0, 0, longest_s, "drive", size, size + 1),) * int(paths)
    travel = np.ceil(metres * 1000).astype(np.int64)
    allowed = np.ones((size, len(spans)), bool)
    problem = Problem.plain(
        np.zeros(size, np.int64), prize, window, allowed, spans, {"drive": travel}
    )
    routes = VroomSolver().solve(problem, limit_s=5, seed=1)
    assert all(timetable(problem, k, route) is not None for k, route in enumerate(routes))
    gap = 1 - total(problem, routes) / best
    with capsys.disabled():
        print(f"\n{instance}: {total(problem, routes):.0f} of {best:.0f}, gap {gap:.1%}")
    assert -0.0001 <= gap < 0.08
