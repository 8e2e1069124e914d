"""When each visit of a route happens: earliest arrival, waiting, pause, service.

Pauses are taken on a leg, as early as they may be: at the stop just left, on the way, or on
arrival, so a leg that holds a pause ends no earlier than the pause does. Of the legs that can hold
it the one is taken that brings the team back soonest. Teams leave the base late enough not to wait
at the first door.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from outreach.columns import Table, empty
from outreach.errors import PlanError
from outreach.plan import kernel
from outreach.plan.pace import arrival, driven, latest_departure
from outreach.plan.problem import Problem, Routes, ShiftSpan, Travel
from outreach.plan_schemas import LEGS, PAUSES, STOPS

FREE_FLOW = np.empty(0)


@dataclass(frozen=True)
class Timetable:
    """Seconds from the week's start for the visits of one route, in order."""

    arrive_s: tuple[int, ...]
    start_s: tuple[int, ...]
    leave_s: tuple[int, ...]
    back_s: int
    travel_s: tuple[int, ...]  # on the way, of each leg and the one back
    pause_leg: int | None = None  # 0 leads to the first visit, the last one back to base
    pause_s: tuple[int, int] | None = None


def timetable(
    problem: Problem, shift: int, route: Sequence[int], *, open_end: bool = False
) -> Timetable | None:
    """Return the soonest timetable of a route, or None if its hours do not allow it.

    ``open_end`` lets the shift run as long as the route needs, to say how much is missing.
    """
    span = problem.shifts[shift]
    if span.pause is None or not route:
        return _run(problem, span, route, None, open_end)
    tries = (_run(problem, span, route, leg, open_end) for leg in range(len(route) + 1))
    return min((t for t in tries if t), key=lambda t: t.back_s, default=None)


def soonest_back(
    problem: Problem, shift: int, route: Sequence[int], *, open_end: bool = False
) -> int | None:
    """Return ``back_s`` of the soonest timetable, or None; without the rest of it, and fast."""
    span = problem.shifts[shift]
    visits = np.array(route, np.int64)
    pause = span.pause if len(visits) else None
    rest = (pause.earliest_s, pause.latest_s, pause.length_s) if pause else kernel.NO_PAUSE
    back = kernel.soonest_back(
        problem.travel_s[span.mode][[span.origin, *route], [*route, span.destination]],
        problem.window_s[visits, span.day],
        problem.service_s[visits],
        problem.speed.get(span.mode, FREE_FLOW),
        np.array((span.start_s, *rest), np.int64),
    )
    late = back >= kernel.NEVER or (back > span.end_s and not open_end)
    return None if late else int(back)


def _run(
    problem: Problem, span: ShiftSpan, route: Sequence[int], pause_leg: int | None, open_end: bool
) -> Timetable | None:
    travel, speed = problem.travel_s[span.mode], problem.speed.get(span.mode, FREE_FLOW)
    now, here = span.start_s, span.origin
    arrive, start, leave, ways = [], [], [], []
    rest = None
    for leg, there in enumerate([*route, span.destination]):
        way = int(travel[here, there])
        if leg == pause_leg and span.pause is not None:
            begin = max(now, span.pause.earliest_s)
            if begin > span.pause.latest_s:
                return None
            rest = (begin, begin + span.pause.length_s)
            before = min(driven(now, begin, speed), way)
            reach = arrival(rest[1], way - before, speed)
            ways.append(min(arrival(now, before, speed), begin) - now + reach - rest[1])
        else:
            reach = arrival(now, way, speed)
            ways.append(reach - now)
        if leg == len(route):
            back = reach
            break
        first, last = problem.window_s[there, span.day]
        begin_visit = max(reach, int(first))
        if begin_visit > last:
            return None
        if leg == 0:
            reach = begin_visit
            if leg != pause_leg:
                ways[0] = reach - latest_departure(reach, way, speed)
        arrive.append(reach)
        start.append(begin_visit)
        now = begin_visit + int(problem.service_s[there])
        leave.append(now)
        here = there
    if back > span.end_s and not open_end:
        return None
    return Timetable(tuple(arrive), tuple(start), tuple(leave), back, tuple(ways), pause_leg, rest)


def plan_tables(
    problem: Problem,
    routes: Routes,
    *,
    candidates: pd.DataFrame,
    shifts: pd.DataFrame,
    travel: Mapping[str, Travel],
    week_start: datetime,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return STOPS (their ``why`` still empty), LEGS and PAUSES of the routes.

    Raises   PlanError   a route does not fit the hours of its shift
    """
    stops: list[dict[str, Any]] = []
    legs: list[dict[str, Any]] = []
    pauses: list[dict[str, Any]] = []
    for number, route in enumerate(routes):
        if not route:
            continue
        shift = shifts.iloc[number]
        times = timetable(problem, number, route)
        if times is None:
            raise PlanError(f"the route of {shift['shift_id']} does not fit its hours")
        ways = _leg_rows(problem.shifts[number], route, times, travel)
        legs += [{"shift_id": shift["shift_id"], **way} for way in ways]
        visited = candidates["candidate_id"].iloc[list(route)]
        stops += _stop_rows(shift, visited, times, ways)
        if times.pause_leg is not None and times.pause_s is not None:
            row = {"shift_id": shift["shift_id"], "order": times.pause_leg + 1}
            row["start_at"], row["end_at"] = times.pause_s
            pauses.append(row)
    return (
        _with_instants(stops, STOPS, week_start),
        pd.DataFrame(legs) if legs else empty(LEGS),
        _with_instants(pauses, PAUSES, week_start),
    )


def _leg_rows(
    span: ShiftSpan, route: Sequence[int], times: Timetable, travel: Mapping[str, Travel]
) -> list[dict[str, Any]]:
    matrix = travel[span.mode]
    ways = pairwise([span.origin, *route, span.destination])
    return [
        {
            "order": leg,
            "travel_s": float(seconds),
            "distance_m": float(matrix.distance_m[here, there]),
            "geometry": matrix.path(here, there),
        }
        for leg, ((here, there), seconds) in enumerate(zip(ways, times.travel_s, strict=True), 1)
    ]


def _stop_rows(
    shift: pd.Series, visited: pd.Series, times: Timetable, ways: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    return [
        {
            "shift_id": shift["shift_id"],
            "team": shift["team"],
            "day": shift["day"],
            "order": i + 1,
            "candidate_id": candidate,
            "arrive_at": times.arrive_s[i],
            "start_at": times.start_s[i],
            "leave_at": times.leave_s[i],
            "travel_s": ways[i]["travel_s"],
            "distance_m": ways[i]["distance_m"],
            "why": "",
        }
        for i, candidate in enumerate(visited)
    ]


def _with_instants(rows: list[dict[str, Any]], table: Table, week_start: datetime) -> pd.DataFrame:
    """Return the rows as a frame, seconds of the week turned into instants."""
    if not rows:
        return empty(table)
    frame = pd.DataFrame(rows)
    for name, column in table.columns.items():
        if column.kind == "time":
            seconds = pd.to_timedelta(frame[name], unit="s")
            frame[name] = (pd.Timestamp(week_start) + seconds).dt.as_unit("us")
    return frame
