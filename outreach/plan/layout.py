"""A problem and its routes laid out as arrays for compiled code, always of the same types."""

from typing import Any

import numpy as np
import numpy.typing as npt

from outreach.plan.kernel import NO_PAUSE, Sweep, Week, schedule
from outreach.plan.problem import FloatArray, IntArray, Problem, Routes, ShiftSpan
from outreach.plan.ruin import Desk

NO_LIMIT = 1 << 40
MUST = 100.0  # what must be done counts so many times all prizes together
SHORTER = 0.01  # of what time is worth: so much shorter ways count between weeks


def week_of(problem: Problem) -> Week:
    """Return a problem as arrays."""
    n, shifts, modes = problem.size, problem.shifts, sorted(problem.travel_s)
    window = _own(problem.window_s, np.int64)
    mode = np.array([modes.index(span.mode) for span in shifts])
    must = np.where(problem.must, MUST * (np.abs(problem.prize).sum() + 1), 0.0)
    travel = np.array([problem.travel_s[one] for one in modes], np.int32)
    apart = travel[np.bincount(mode).argmax()][:n, :n].astype(np.int64)
    speed = _speed(problem, modes)
    group_from, others = _groups(problem)
    day = _each(shifts, "day")
    limit = [NO_LIMIT if s.unknown_limit_s is None else s.unknown_limit_s for s in shifts]
    rests = [s.pause for s in shifts]
    pause = [(p.earliest_s, p.latest_s, p.length_s) if p else NO_PAUSE for p in rests]
    return Week(
        service_s=_own(problem.service_s, np.int64),
        gain=_own((problem.prize + must)[:, None] + problem.bonus, np.float64),
        window_s=window,
        allowed=_own(problem.allowed & (window[:, day, 0] <= window[:, day, 1]), np.bool_),
        must=_own(problem.must, np.bool_),
        unknown_s=np.where(problem.known, 0, problem.service_s).astype(np.int64),
        group_from=group_from,
        others=others,
        gap_days=_own(problem.gap_days, np.int64),
        day=day,
        begin_s=_each(shifts, "start_s"),
        end_s=_each(shifts, "end_s"),
        unknown_limit_s=np.array(limit, np.int64),
        pause_s=np.array(pause, np.int64),
        mode=mode.astype(np.int64),
        ends=np.array([(s.origin, s.destination) for s in shifts], np.int64),
        cost=_cost(problem),
        travel_s=travel,
        back_s=_own(travel.transpose(0, 2, 1)),
        speed=speed,
        fastest=speed.max(axis=1, initial=1.0),
        near=np.argsort(apart + apart.T, axis=1, kind="stable").astype(np.int64),
    )


def _own(values: npt.NDArray[Any], kind: type | None = None) -> npt.NDArray[Any]:
    """Return a copy that may be written to: code is compiled anew for arrays that may not."""
    return np.array(values, kind, order="C")


def _each(shifts: tuple[ShiftSpan, ...], name: str) -> IntArray:
    return np.array([getattr(span, name) for span in shifts], np.int64)


def _cost(problem: Problem) -> FloatArray:
    """Return what a second of work costs in each shift, and its square."""
    length = np.maximum(_each(problem.shifts, "end_s") - _each(problem.shifts, "start_s"), 1)
    second = np.full(len(length), problem.cost_per_h / 3600)
    return np.stack([second, second * problem.balance / (2 * length)], axis=1)


def _speed(problem: Problem, modes: list[str]) -> FloatArray:
    """Return speeds by mode and quarter of an hour; no quarters where all is in free flow."""
    known = [problem.speed.get(mode, np.empty(0)) for mode in modes]
    speed = np.ones((len(modes), max(map(len, known))))
    for row, one in enumerate(known):
        speed[row, : len(one)] = one
    return speed


def _groups(problem: Problem) -> tuple[IntArray, IntArray]:
    """Return for each visit where the others of its group begin, and these one after the other."""
    members: dict[int, list[int]] = {}
    for visit, group in enumerate(problem.group.tolist()):
        members.setdefault(group, []).append(visit)
    others = [
        [other for other in members[group] if other != visit]
        for visit, group in enumerate(problem.group.tolist())
    ]
    begins = np.cumsum([0, *map(len, others)]).astype(np.int64)
    return begins, np.array([visit for one in others for visit in one], np.int64)


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
    """Return room to work in, with the orders in which visits are put back.

    These are the greatest prize first, the most prize for a visit's time, far from the bases, and
    near to them.
    """
    n = problem.size
    prize = week.gain.max(axis=1)
    travel = week.travel_s[np.bincount(week.mode).argmax()].astype(np.int64)
    ends = np.unique(week.ends)
    far = travel[ends, :n].min(axis=0) + travel[:n, ends].min(axis=1)
    keys = [-prize, -prize / np.maximum(week.service_s, 1), -far, far]
    second = problem.prize.sum() / (week.end_s - week.begin_s).sum()
    return Desk(
        dice=np.array([seed], np.uint64),
        work=np.zeros(1, np.int64),
        touched=np.zeros(len(week.day), np.bool_),
        ruined=np.zeros(len(week.day), np.bool_),
        removed=np.zeros(n, np.bool_),
        queue=np.zeros(n, np.int64),
        rate=np.zeros(n),
        orders=np.array([np.argsort(key, kind="stable") for key in keys], np.int64),
        price=np.array([1.0, SHORTER]) * second,
        best=np.zeros(1),
    )
