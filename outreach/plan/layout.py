"""A problem and its routes laid out as arrays for compiled code, always of the same types."""

import numpy as np

from outreach.plan.kernel import Sweep, Week, schedule
from outreach.plan.problem import IntArray, Problem, Routes
from outreach.plan.ruin import Desk

NO_LIMIT = 1 << 40
MUST = 100.0  # what must be done counts so many times all prizes together


def week_of(problem: Problem) -> Week:
    """Return a problem as arrays."""
    n, shifts = problem.size, problem.shifts
    modes = sorted(problem.travel_s)
    day = np.array([s.day for s in shifts], np.int64)
    window = np.ascontiguousarray(problem.window_s, np.int64)
    open_ = window[:, day, 0] <= window[:, day, 1]
    gain = problem.prize[:, None] + problem.bonus
    gain = gain + np.where(problem.must, MUST * (np.abs(problem.prize).sum() + 1), 0)[:, None]
    travel = np.ascontiguousarray(
        np.stack([np.asarray(problem.travel_s[m]) for m in modes]), np.int32
    )
    length = np.array([s.end_s - s.begin_s if False else s.end_s - s.start_s for s in shifts])
    speed, fastest = _speed(problem, modes)
    mode = np.array([modes.index(s.mode) for s in shifts], np.int64)
    pause = np.array(
        [
            (s.pause.earliest_s, s.pause.latest_s, s.pause.length_s) if s.pause else (0, -1, -1)
            for s in shifts
        ],
        np.int64,
    )
    cost = np.zeros((len(shifts), 2))
    cost[:, 0] = problem.cost_per_h / 3600
    cost[:, 1] = problem.cost_per_h * problem.balance / 3600 / (2 * np.maximum(length, 1))
    group_from, others = _groups(problem)
    main = np.bincount(mode).argmax()
    apart = travel[main][:n, :n].astype(np.int64)
    near = np.argsort(apart + apart.T, axis=1, kind="stable").astype(np.int64)
    limit = [NO_LIMIT if s.unknown_limit_s is None else s.unknown_limit_s for s in shifts]
    return Week(
        service_s=np.ascontiguousarray(problem.service_s, np.int64),
        gain=np.ascontiguousarray(gain, np.float64),
        window_s=window,
        allowed=np.ascontiguousarray(problem.allowed & open_, np.bool_),
        must=np.ascontiguousarray(problem.must, np.bool_),
        unknown_s=np.where(problem.known, 0, problem.service_s).astype(np.int64),
        group_from=group_from,
        others=others,
        gap_days=np.ascontiguousarray(problem.gap_days, np.int64),
        day=day,
        begin_s=np.array([s.start_s for s in shifts], np.int64),
        end_s=np.array([s.end_s for s in shifts], np.int64),
        unknown_limit_s=np.array(limit, np.int64),
        pause_s=pause,
        mode=mode,
        ends=np.array([(s.origin, s.destination) for s in shifts], np.int64),
        cost=cost,
        travel_s=travel,
        back_s=np.ascontiguousarray(travel.transpose(0, 2, 1)),
        speed=speed,
        fastest=fastest,
        near=np.ascontiguousarray(near),
    )


def _speed(problem: Problem, modes: list[str]):
    quarters = max((len(problem.speed.get(m, ())) for m in modes), default=0)
    speed = np.ones((len(modes), quarters))
    for row, mode in enumerate(modes):
        known = problem.speed.get(mode, np.empty(0))
        speed[row, : len(known)] = known
    fastest = np.maximum(speed.max(axis=1, initial=1.0), 1.0)
    return speed, fastest


def _groups(problem: Problem) -> tuple[IntArray, IntArray]:
    order = np.argsort(problem.group, kind="stable")
    _, at, count = np.unique(problem.group[order], return_index=True, return_counts=True)
    members = {v: order[a : a + c] for a, c in zip(at, count) for v in order[a : a + c]}
    lists = [[int(u) for u in members[v] if u != v] for v in range(problem.size)]
    sizes = np.array([0] + [len(one) for one in lists], np.int64)
    others = np.array([u for one in lists for u in one], np.int64)
    return np.cumsum(sizes), others


def sweep_of(week: Week, routes: Routes) -> Sweep:
    """Return routes as arrays."""
    shifts, n = len(week.day), len(week.service_s)
    positions = n + 2
    sweep = Sweep(
        stop=np.zeros((shifts, positions), np.int64),
        size=np.array([len(r) for r in routes], np.int64),
        leg_s=np.zeros((shifts, positions), np.int64),
        before=np.zeros((shifts, positions), np.int64),
        after=np.zeros((shifts, positions), np.int64),
        to_come=np.zeros((shifts, positions), np.int64),
        taken=np.zeros((shifts, positions), np.int64),
        slack_s=np.zeros((shifts, positions), np.int64),
        where=np.full(n, -1, np.int64),
        work_s=np.zeros(shifts, np.int64),
        unknown_s=np.zeros(shifts, np.int64),
        value=np.zeros(shifts),
    )
    for s, route in enumerate(routes):
        sweep.stop[s, 1 : len(route) + 1] = route
        sweep.where[list(route)] = s
        schedule(week, sweep, s)
    return sweep


def desk_of(week: Week, problem: Problem, seed: int) -> Desk:
    """Return room to work in."""
    shifts, n = len(week.day), len(week.service_s)
    prize = problem.prize + np.where(problem.must, 1e12, 0)
    service = np.maximum(problem.service_s, 1)
    main = np.bincount(week.mode).argmax()
    travel = problem.travel_s[sorted(problem.travel_s)[main]]
    ends = np.unique(week.ends)
    far = travel[:n, ends].min(axis=1) + travel[ends][:, :n].min(axis=0)
    orders = np.stack(
        [
            np.argsort(-prize, kind="stable"),
            np.argsort(-prize / service, kind="stable"),
            np.argsort(-far, kind="stable"),
            np.argsort(far, kind="stable"),
        ]
    )
    return Desk(
        dice=np.array([seed], np.uint64),
        effort=np.zeros(1, np.int64),
        touched=np.zeros(shifts, bool),
        string=np.zeros(shifts, np.int64),
        removed=np.zeros(n, bool),
        queue=np.zeros(n, np.int64),
        key=np.zeros(n),
        orders=np.ascontiguousarray(orders, np.int64),
        weight=np.array([0.0]),
        best=np.zeros(1),
    )
