"""Does a plan keep every rule? Reads the plan's own tables, and shares no code with its making.

The solver and the timetable may be wrong; this file adds up again what they say, from travel
times by street, the hours of traffic, the city's clocks and the candidates' and shifts' own words.
What does not depend on streets stands in ``check_rules``.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from functools import partial
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from outreach.plan import check_rules
from outreach.plan.check_rules import rows
from outreach.plan.document import Plan
from outreach.plan.problem import Travel
from outreach.weeks import DAY_NAMES

ROUNDING_S = 1.0  # travel is planned in whole seconds, rounded up
TINY_S = 0.1  # of instants as floats, and of speeds rounded down
QUARTER_S = 900
Span = tuple[float, float]  # seconds since 1970


def violations(
    plan: Plan,
    travel: Mapping[str, Travel],
    limits: pd.DataFrame | None = None,
    contact: pd.DataFrame | None = None,
) -> list[str]:
    """Return every rule the plan breaks, one sentence each; an empty list is a sound plan.

    Needs    travel   by mode; its points are the plan's candidates that are not barred, in
                      order, and then each base of its shifts once, in order of first appearance
             limits   LIMITS as they stand now, where they may have changed since
             contact  CONTACT_RULES of the plan's week as they stand now
    """
    found = [*check_rules.identity(plan), *check_rules.everyone_once(plan)]
    if found:  # times of unknown stops cannot be added up
        return found
    found += words_broken(plan)
    for rule in (
        check_rules.crews,
        check_rules.gaps,
        check_rules.appointments,
        check_rules.kept_share,
        check_rules.changes,
        _pauses,
    ):
        found += rule(plan)
    found += rules_broken(plan, limits, contact)
    for shift_id in plan.stops["shift_id"].unique():
        found += _route(plan, shift_id, travel)
    return found


def words_broken(plan: Plan) -> list[str]:
    """Return what stops break of what candidates and shifts say of who goes, when and how long."""
    return [*check_rules.who_goes(plan), *check_rules.hours_and_service(plan)]


def rules_broken(
    plan: Plan, limits: pd.DataFrame | None, contact: pd.DataFrame | None
) -> list[str]:
    """Return what stops break of LIMITS and CONTACT_RULES, whatever the candidates say.

    Held by each stop's own subject; rules of who calls from a place reach it by its candidate.
    """
    return [*check_rules.limits_kept(plan, limits), *check_rules.contact_kept(plan, contact)]


def _pauses(plan: Plan) -> list[str]:
    found = []
    for shift in rows(plan.shifts):
        taken = plan.pauses[plan.pauses["shift_id"] == shift.shift_id]
        visits = plan.stops[plan.stops["shift_id"] == shift.shift_id]
        due = int(shift.pause_s > 0 and len(visits) > 0)
        if len(taken) != due:
            found.append(f"{shift.shift_id}: {len(taken)} pauses instead of {due}")
        for pause in rows(taken) if due else ():
            if not shift.pause_earliest <= pause.start_at <= shift.pause_latest:
                found.append(f"{shift.shift_id}: the pause starts outside its window")
            if (pause.end_at - pause.start_at) / timedelta(seconds=1) < shift.pause_s:
                found.append(f"{shift.shift_id}: the pause is too short")
            if pause.end_at > shift.end_at:
                found.append(f"{shift.shift_id}: the pause ends after the shift")
            during = (visits["start_at"] < pause.end_at) & (visits["leave_at"] > pause.start_at)
            before = int((visits["leave_at"] <= pause.start_at).sum())
            if during.any() or before != pause.order - 1:
                found.append(f"{shift.shift_id}: the pause runs into a visit")
    return found


def _route(plan: Plan, shift_id: str, travel: Mapping[str, Travel]) -> list[str]:
    """Add one route up again along the streets."""
    shift = plan.shifts[plan.shifts["shift_id"] == shift_id].iloc[0]
    stops = plan.stops[plan.stops["shift_id"] == shift_id].sort_values("order")
    legs = plan.legs[plan.legs["shift_id"] == shift_id].sort_values("order")
    if stops["order"].tolist() != list(range(1, len(stops) + 1)):
        return [f"{shift_id}: stops are not numbered from 1"]
    if legs["order"].tolist() != list(range(1, len(stops) + 2)):
        return [f"{shift_id}: legs do not lead to each stop and back"]
    matrix = travel.get(str(shift["travel"]))
    if matrix is None:
        return [f"{shift_id}: no travel times for {shift['travel']}"]
    points = _points(plan, shift, stops["candidate_id"].tolist())
    ends = [shift["start_at"], *stops["leave_at"]]
    starts = [*stops["arrive_at"], shift["end_at"]]
    rests = plan.pauses[plan.pauses["shift_id"] == shift_id]
    found = []
    for k, (leg, (here, there)) in enumerate(zip(rows(legs), pairwise(points), strict=True)):
        street_s = float(matrix.travel_s[here, there])
        street_m = float(matrix.distance_m[here, there])
        moving = _moving(ends[k], starts[k], rests)
        until_arrival = k == 0 and len(moving) == 1  # teams leave the base late, not to wait
        on_way_s = _on_the_way_s(
            plan, str(shift["travel"]), moving, street_s, backwards=until_arrival
        )
        if on_way_s is None:
            what = "the end of the shift" if k == len(stops) else f"stop {k + 1}"
            found.append(f"{shift_id}: too little time to reach {what}")
        else:
            most = on_way_s + ROUNDING_S + (_slowest(plan) if plan.traffic else 0)
            if not on_way_s - TINY_S <= leg.travel_s < most + TINY_S:
                told = f"{leg.travel_s:g} s, streets {on_way_s:g}"
                found.append(f"{shift_id}: leg {k + 1} says {told}")
        if abs(street_m - leg.distance_m) > 1:
            found.append(f"{shift_id}: leg {k + 1} says {leg.distance_m:g} m, streets {street_m:g}")
        if k < len(stops) and (leg.travel_s, leg.distance_m) != tuple(
            stops[["travel_s", "distance_m"]].iloc[k]
        ):
            found.append(f"{shift_id}: stop {k + 1} and its leg differ")
    return found


def _moving(start: pd.Timestamp, end: pd.Timestamp, rests: pd.DataFrame) -> list[Span]:
    """Return when a team can be on the way between two instants: not during its pause."""
    spans = [(start.timestamp(), end.timestamp())]
    for rest in rows(rests):
        begins, ends = rest.start_at.timestamp(), rest.end_at.timestamp()
        if begins < spans[-1][1] and ends > spans[-1][0]:
            first, last = spans.pop()
            spans += [(first, begins), (ends, last)]
    return spans


def _on_the_way_s(
    plan: Plan, mode: str, moving: Sequence[Span], street_s: float, *, backwards: bool
) -> float | None:
    """Return how long a team is on the way that takes ``street_s`` in free flow.

    It moves from the beginning of the spans on, or so as to arrive at their end. None if they are
    too short for it.
    """
    pieces = [piece for span in moving for piece in _by_quarter(span)]
    speed = partial(_speed, plan, mode)
    took, still = 0.0, street_s
    for begins, ends in reversed(pieces) if backwards else pieces:
        pace = speed(begins // QUARTER_S * QUARTER_S)
        if (ends - begins) * pace >= still - TINY_S:
            return took + min(still / pace, ends - begins)
        took += ends - begins
        still -= (ends - begins) * pace
    return 0.0 if still <= TINY_S else None


def _by_quarter(span: Span) -> list[Span]:
    """Return a span cut at every quarter of an hour; clocks everywhere are moved by whole ones."""
    begins, end = span
    pieces = []
    while begins < end:
        ends = min((begins // QUARTER_S + 1) * QUARTER_S, end)
        pieces.append((begins, ends))
        begins = ends
    return pieces


def _speed(plan: Plan, mode: str, quarter: float) -> float:
    """Return the speed beside free flow in a quarter of an hour, by its beginning."""
    if mode != "drive" or not plan.traffic:
        return 1.0
    local = datetime.fromtimestamp(quarter, ZoneInfo(plan.time_zone))
    day, clock = DAY_NAMES[local.weekday()], local.time()
    held = [
        float(slow["speed"])
        for slow in plan.traffic
        if day in slow["days"] and _clock(slow["start"]) <= clock < _clock(slow["end"])
    ]
    return min(held, default=1.0)


def _slowest(plan: Plan) -> float:
    """Return for how long a second of free flow may last."""
    return 1 / min(float(slow["speed"]) for slow in plan.traffic)


def _clock(value: Any) -> time:
    return time.fromisoformat(str(value))


def _points(plan: Plan, shift: pd.Series, candidate_ids: list[str]) -> list[int]:
    """Return the points of a route in the travel matrix, bases told by where they lie."""
    open_ones = plan.candidates.loc[plan.candidates["barred"].isna(), "candidate_id"].tolist()
    number = {candidate_id: i for i, candidate_id in enumerate(open_ones)}
    for one in rows(plan.shifts):
        for base in ((one.start_lon, one.start_lat), (one.end_lon, one.end_lat)):
            number.setdefault(base, len(number))
    first = number[shift["start_lon"], shift["start_lat"]]
    last = number[shift["end_lon"], shift["end_lat"]]
    return [first, *(number[candidate_id] for candidate_id in candidate_ids), last]
