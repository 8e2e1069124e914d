"""Other libraries as solvers: small problems with a known answer, and what they are not told of."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from outreach.errors import PlanError
from outreach.plan.peers import OrToolsSolver, PyVrpSolver, all_peers
from outreach.plan.problem import Pause, Problem, ShiftSpan
from outreach.plan.timing import timetable

HOUR, DAY = 3600, 86_400
PEERS = [PyVrpSolver(), OrToolsSolver()]


def two_days(allowed, *, window_h=(9, 17), prize=(10.0, 20, 30, 40)):
    """Four half hours ten minutes apart, a car of 110 minutes on Monday and one on Tuesday."""
    n = len(prize)
    window = np.zeros((n, 7, 2), np.int64)
    window[:, :, 0] = np.arange(7) * DAY + window_h[0] * HOUR
    window[:, :, 1] = np.arange(7) * DAY + window_h[1] * HOUR
    travel = (600 * (1 - np.eye(n + 1))).astype(np.int64)
    spans = tuple(
        ShiftSpan(day, day * DAY + 9 * HOUR, day * DAY + 9 * HOUR + 6600, "drive", n, n)
        for day in range(2)
    )
    service = np.full(n, 1800)
    return Problem.plain(
        service, np.array(prize), window, np.array(allowed, bool), spans, {"drive": travel}
    )


@pytest.mark.parametrize("peer", PEERS, ids=lambda p: p.name)
def test_visits_that_may_go_on_both_days_are_made_once(peer):
    problem = two_days([[1, 1]] * 4)
    routes = peer.solve(problem, limit_s=0.5, seed=1)
    assert sorted(i for route in routes for i in route) == [0, 1, 2, 3]
    assert all(timetable(problem, shift, route) for shift, route in enumerate(routes))


@pytest.mark.parametrize("peer", PEERS, ids=lambda p: p.name)
def test_the_best_are_chosen_by_those_who_may_make_them(peer):
    problem = two_days([[0, 1], [1, 1], [0, 1], [0, 1]])
    routes = peer.solve(problem, limit_s=0.5, seed=1)
    assert (set(routes[0]), set(routes[1])) == ({1}, {2, 3})


@pytest.mark.parametrize("peer", PEERS, ids=lambda p: p.name)
def test_skills_within_a_day_and_hours_bind(peer):
    problem = two_days([[1, 0], [0, 1], [0, 0], [1, 1]])
    same_day = tuple(replace(span, day=0, start_s=9 * HOUR, end_s=11 * HOUR - 600)
                     for span in problem.shifts)  # fmt: skip
    problem.window_s[3, 0] = 15 * HOUR, 16 * HOUR
    routes = peer.solve(replace(problem, shifts=same_day), limit_s=0.5, seed=1)
    assert routes == ((0,), (1,))


@pytest.mark.parametrize("peer", PEERS, ids=lambda p: p.name)
def test_nothing_that_can_be_done_is_an_empty_week(peer):
    problem = two_days([[0, 0]] * 4)
    assert peer.solve(problem, limit_s=0.2, seed=1) == ((), ())


@pytest.mark.parametrize("peer", PEERS, ids=lambda p: p.name)
@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"group": np.array([0, 0, 1, 2])}, "groups of visits"),
        ({"must": np.array([1, 0, 0, 0], bool)}, "appointments"),
        ({"bonus": np.ones((4, 2))}, "preferences"),
        ({"speed": {"drive": np.full(672, 0.5)}}, "traffic"),
        ({"pause": Pause(0, 1, 1)}, "pauses"),
        ({"unknown_limit_s": 60}, "a share kept for people known"),
    ],
)
def test_what_they_are_not_told_of_is_refused(peer, change, why):
    problem = two_days([[1, 1]] * 4)
    of_shifts = {name: change[name] for name in ("pause", "unknown_limit_s") if name in change}
    if of_shifts:
        change = {"shifts": tuple(replace(span, **of_shifts) for span in problem.shifts)}
    with pytest.raises(PlanError, match=f"{peer.name} is not told of {why} here"):
        peer.solve(replace(problem, **change), limit_s=1, seed=1)


@pytest.mark.parametrize("package", ["pyvrp", "ortools.constraint_solver.pywrapcp"])
def test_a_peer_that_is_not_installed_is_one_clear_error(package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(PlanError, match=f"not installed.*pip install {package.split('.')[0]}$"):
        all_peers()


def test_all_peers_are_named():
    assert [peer.name for peer in all_peers()] == ["PyVRP", "VROOM", "OR-Tools"]
