"""The search: the same again for a seed, stopped whenever one likes, never worse than its start."""

import builtins
import time
from dataclasses import replace

import numpy as np
import pytest

from outreach.plan import kernel, layout, ruin, search
from outreach.plan.insertion import fill
from outreach.plan.search import SisrSolver, default_solver
from outreach.plan.vroom import VroomSolver
from outreach.plan.worth import worth


def solve(problem, limit_s=0.1, seed=1, **more):
    return SisrSolver().solve(problem, limit_s=limit_s, seed=seed, **more)


def test_same_seed_same_routes_and_another_seed_others(random_problem):
    problem = random_problem(5, n=60, shifts=5)
    first, again, other = (solve(problem, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_more_than_vroom_collects(random_problem):
    for seed in (1, 2, 3):
        problem = random_problem(seed, n=80, shifts=6)
        theirs = VroomSolver().solve(problem, limit_s=5, seed=1)
        assert worth(problem, solve(problem, limit_s=0.5)) >= worth(problem, theirs)


@pytest.mark.parametrize("seed", range(20))
def test_never_worse_than_its_start(seed, any_problem, faults):
    problem = any_problem(seed, n=12, days=3)
    start = VroomSolver().solve(problem, limit_s=1, seed=1)
    routes = solve(problem, limit_s=0.001, start=start)
    assert faults(problem, routes) == []
    assert worth(problem, routes) >= worth(problem, start) - 1e-9


@pytest.mark.parametrize("seed", range(20))
def test_of_a_start_that_breaks_rules_the_sound_part_is_kept(seed, any_problem, faults):
    problem = any_problem(seed, n=10, days=2)
    order = np.random.default_rng(seed).permutation(problem.size).tolist()
    start = tuple(tuple(order[k::2]) for k in range(len(problem.shifts)))
    begin = search.sound_part(problem, start)
    assert faults(problem, begin) == []
    assert all(set(ours) <= set(given) for ours, given in zip(begin, start, strict=True))
    routes = solve(problem, limit_s=0.01, start=start)
    assert faults(problem, routes) == []
    assert worth(problem, routes) >= worth(problem, begin) - 1e-9


def test_a_plan_made_again_changes_little_where_that_is_worth_something(random_problem):
    problem = random_problem(3, n=90, shifts=7)
    before = solve(problem, limit_s=0.5)
    gone = replace(problem, allowed=problem.allowed.copy(), bonus=np.zeros((90, 7)))
    gone.allowed[:, 2] = False  # one team is ill
    for shift, route in enumerate(before):
        gone.bonus[list(route), shift] = 0.5 * problem.prize[list(route)]
    after = solve(gone, limit_s=0.5, start=before)
    untouched = [(s, v) for s, route in enumerate(before) for v in route if s != 2]
    kept = sum(v in after[s] for s, v in untouched)
    assert kept / len(untouched) >= 0.85
    assert after[2] == ()


def test_watch_is_told_and_may_stop(random_problem, faults):
    problem = random_problem(5, n=60, shifts=5)
    told = []

    def watch(progress):
        told.append(progress)
        return len(told) < 2

    outcome = SisrSolver().run(problem, limit_s=60, seed=1, watch=watch)
    assert outcome.clock_stopped
    assert faults(problem, outcome.routes) == []
    assert [one.share for one in told] == sorted(one.share for one in told)
    assert told[-1].share < 0.05
    assert told[-1].worth == pytest.approx(worth(problem, outcome.routes))
    assert told[-1].stops == sum(map(len, outcome.routes)) > 10


def test_interrupted_it_returns_the_best_so_far(random_problem, faults):
    problem = random_problem(5, n=60, shifts=5)

    def watch(_):
        raise KeyboardInterrupt

    outcome = SisrSolver().run(problem, limit_s=60, seed=1, watch=watch)
    assert outcome.clock_stopped
    assert faults(problem, outcome.routes) == []
    assert sum(map(len, outcome.routes)) > 10


def test_on_a_slow_machine_the_clock_ends_it(random_problem, monkeypatch):
    problem = random_problem(5, n=60, shifts=5)
    monkeypatch.setattr(search, "WORK_PER_S", 20 * search.WORK_PER_S)
    began = time.perf_counter()
    outcome = SisrSolver().run(problem, limit_s=1, seed=1)
    assert outcome.clock_stopped
    assert 1.5 < time.perf_counter() - began < 15


def test_by_the_clock_it_uses_its_seconds(random_problem):
    problem = random_problem(5, n=60, shifts=5)
    solve(problem)
    began = time.thread_time()
    outcome = SisrSolver(pace="clock").run(problem, limit_s=0.5, seed=1)
    assert 0.45 < time.thread_time() - began < 0.65
    assert not outcome.clock_stopped


def test_appointments_come_before_everything(random_problem):
    problem = random_problem(4, n=60, shifts=4)
    plain = solve(problem)
    left_out = sorted(set(np.flatnonzero(problem.allowed.any(axis=1))) - set(sum(plain, ())))
    must = np.zeros(60, bool)
    must[left_out[:3]] = True
    kept = set(sum(solve(replace(problem, must=must)), ()))
    assert set(left_out[:3]) <= kept


def test_nothing_is_left_out_that_would_fit(random_problem):
    problem = random_problem(6, n=40, shifts=5)
    routes = solve(problem, limit_s=0.3)
    assert fill(problem, routes) == routes


def test_nobody_allowed_gives_empty_routes(random_problem):
    problem = random_problem(1)
    problem.allowed[:] = False
    assert solve(problem) == ((), ())
    assert solve(replace(problem, shifts=())) == ()


def test_the_worth_of_a_sweep_is_that_of_its_routes(any_problem):
    for seed in range(20):
        problem = any_problem(seed, n=10, days=2)
        problem = replace(problem, must=np.zeros(10, bool))
        routes = solve(problem, limit_s=0.01)
        sweep = layout.sweep_of(layout.week_of(problem), routes)
        assert sweep.value.sum() == pytest.approx(worth(problem, routes))


def test_nothing_is_compiled_twice(any_problem):
    search.compile_now()
    before = [one.signatures for one in (ruin.anneal, ruin.ruin, kernel.schedule)]
    for seed in range(6):  # with and without traffic, groups, bonuses, two modes
        solve(any_problem(seed, n=8, days=2), limit_s=0.01)
    odd = any_problem(1, n=8, days=2)
    odd = replace(
        odd,
        prize=odd.prize.astype(np.float32),
        window_s=np.asfortranarray(odd.window_s.astype(np.int32)),
        allowed=np.asfortranarray(odd.allowed),
    )
    solve(odd, limit_s=0.01)
    for value in vars(odd).values():  # as pandas hands its columns out
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
    solve(odd, limit_s=0.01)
    assert [one.signatures for one in (ruin.anneal, ruin.ruin, kernel.schedule)] == before
    assert len(ruin.anneal.signatures) == 1


def test_compiled_code_is_kept_by_its_sources(tmp_path, monkeypatch):
    before = kernel._kept_at()
    for name in kernel.SOURCES:
        (tmp_path / name).write_text("other")
    monkeypatch.setattr(kernel, "__file__", str(tmp_path / "kernel.py"))
    assert kernel._kept_at().rpartition("-")[2] != before.rpartition("-")[2]


def test_without_numba_vroom_plans(monkeypatch):
    real = builtins.__import__

    def missing(name, *more):  # globals, locals, what is imported from it, level
        if name == "outreach.plan" and "ruin" in (more[2] or ()):
            raise ImportError("No module named 'numba'")
        return real(name, *more)

    assert default_solver().name == "SISR"
    monkeypatch.setattr(builtins, "__import__", missing)
    assert default_solver().name == "VROOM"
