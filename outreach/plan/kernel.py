# mypy: disable-error-code="no-any-return"
"""Routes as arrays, and the test whether a visit fits: compiled, constant time a position.

For every position of a route two times are kept: the earliest that the team can leave it, and the
latest that it may reach it so that all that follows still fits. Both are kept twice, with the
pause still to come (0) and taken (1), so one look at two neighbours tells whether a visit fits
between them. The times are those of ``timing.timetable``, pauses and traffic included.

Source   Savelsbergh 1992, The vehicle routing problem with time windows: minimizing route duration
"""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import config, njit

from outreach.plan import pace
from outreach.plan.problem import BoolArray, FloatArray, IntArray

ShortArray = npt.NDArray[np.int32]  # half as much to read from memory

NEVER = 1 << 40  # seconds; so long that sums with it stay whole and beyond every week
NO_PAUSE = (0, -1, -1)  # earliest, latest, length
SOURCES = ("pace.py", "kernel.py", "ruin.py")


def _kept_at() -> str:
    """Return where compiled code is kept: another place whenever any of the sources changes.

    numba looks only at the file of a function itself, not at what it calls in another.
    """
    room = Path(__file__).parent
    text = b"".join((room / name).read_bytes() for name in SOURCES)
    return str(room / "__pycache__" / f"search-{sha256(text).hexdigest()[:16]}")


def compiled(function: Callable[..., Any], *, inline: bool = True) -> Any:
    """Compile a function, once for all processes.

    Without counted references (``_nrt``; nothing here makes an array) and with calls written out
    (``forceinline``) the search is six times as fast.
    """
    how: dict[str, Any] = {"nogil": True, "error_model": "numpy", "_nrt": False}
    before = config.CACHE_DIR  # type: ignore[attr-defined]
    config.CACHE_DIR = _kept_at()  # type: ignore[attr-defined]
    try:
        return njit(function, cache=True, forceinline=inline, **how)
    finally:
        config.CACHE_DIR = before  # type: ignore[attr-defined]


def called(function: Callable[..., Any]) -> Any:
    """Compile a function that is too long to be written out wherever it is called."""
    return compiled(function, inline=False)


arrival, latest_departure = called(pace.arrival), called(pace.latest_departure)
driven = called(pace.driven)


class Week(NamedTuple):
    """A problem laid out for compiled code; never changed by it."""

    service_s: IntArray  # (visits,)
    gain: FloatArray  # (visits, shifts): prize and bonus
    window_s: IntArray  # (visits, 7, 2)
    allowed: BoolArray  # (visits, shifts)
    must: BoolArray  # (visits,)
    unknown_s: IntArray  # (visits,): service that counts towards the limit of a shift
    group_from: IntArray  # (visits + 1,): where the others of its group begin in ``others``
    others: IntArray
    gap_days: IntArray  # (visits,)
    day: IntArray  # (shifts,), as all that follow
    begin_s: IntArray
    end_s: IntArray
    unknown_limit_s: IntArray
    pause_s: IntArray  # (shifts, 3): earliest, latest, length; length -1: none
    mode: IntArray
    ends: IntArray  # (shifts, 2): origin and destination, as points
    cost: FloatArray  # (shifts, 2): of a second of work, and of its square
    travel_s: ShortArray  # (modes, points, points)
    back_s: ShortArray  # the same with from and to exchanged, so that rows are read in order
    speed: FloatArray  # (modes, quarters); no quarters: free flow
    fastest: FloatArray  # (modes,): greatest speed, at least that of free flow
    near: IntArray  # (visits, visits): for each the others, nearest first


class Sweep(NamedTuple):
    """Routes as they stand; position 0 is the origin and ``size + 1`` the destination."""

    stop: IntArray  # (shifts, positions): points
    size: IntArray  # (shifts,): visits
    leg_s: IntArray  # (shifts, positions): free flow from the position before
    before: IntArray  # (shifts, positions): earliest leaving with the pause still to come
    after: IntArray  # the same with the pause taken
    to_come: IntArray  # (shifts, positions): latest reaching with the pause still to come
    taken: IntArray  # the same with the pause taken
    slack_s: IntArray  # (shifts, positions): most time that there may be before it
    where: IntArray  # (visits,): shift, or -1
    work_s: IntArray  # (shifts,)
    unknown_s: IntArray  # (shifts,)
    value: FloatArray  # (shifts,): gains less the cost of work


@compiled
def arrive(week: Week, m: int, now: int, way: int) -> int:
    """Return when a way ends."""
    if week.speed.shape[1] == 0 or now >= NEVER:
        return now + way
    return arrival(now, float(way), week.speed[m])


@compiled
def leave_by(week: Week, m: int, then: int, way: int) -> int:
    """Return the latest departure that arrives by then."""
    if week.speed.shape[1] == 0 or then < 0:
        return then - way
    return latest_departure(then, float(way), week.speed[m])


@compiled
def rested(week: Week, s: int, now: int, way: int) -> int:
    """Return the end of a way on which the pause is taken; NEVER if it would begin too late."""
    length, begin = week.pause_s[s, 2], max(now, week.pause_s[s, 0])
    if begin > week.pause_s[s, 1]:
        return NEVER
    if week.speed.shape[1] == 0:
        return max(now + way, begin) + length
    speed = week.speed[week.mode[s]]
    return arrival(begin + length, max(0.0, way - driven(now, begin, speed)), speed)


@compiled
def leave_to_rest_by(week: Week, s: int, then: int, way: int) -> int:
    """Return the latest departure that takes the pause on the way and arrives by then."""
    earliest, latest, length = week.pause_s[s, 0], week.pause_s[s, 1], week.pause_s[s, 2]
    if length < 0 or earliest + length > then:
        return -NEVER
    depart = min(latest, leave_by(week, week.mode[s], then, way) - length)
    if depart >= earliest or week.speed.shape[1] == 0:
        return depart
    speed = week.speed[week.mode[s]]
    return latest_departure(earliest, way - driven(earliest + length, then, speed), speed)


@called
def schedule(week: Week, sweep: Sweep, s: int) -> None:
    """Work out the times, work and value of a route anew."""
    size, m, day = sweep.size[s], week.mode[s], week.day[s]
    rest = week.pause_s[s, 2]
    work, unknown, gains = max(rest, 0), 0, 0.0
    sweep.stop[s, 0], sweep.stop[s, size + 1] = week.ends[s, 0], week.ends[s, 1]
    sweep.before[s, 0] = week.begin_s[s] if rest >= 0 else NEVER
    sweep.after[s, 0] = NEVER if rest >= 0 else week.begin_s[s]
    for k in range(1, size + 2):
        v = sweep.stop[s, k]
        leg = week.travel_s[m, sweep.stop[s, k - 1], v]
        sweep.leg_s[s, k] = leg
        work += leg
        if k > size:
            break
        before = sweep.before[s, k - 1]
        reach = arrive(week, m, before, leg)
        reached = arrive(week, m, sweep.after[s, k - 1], leg)
        reached = min(reached, rested(week, s, before, leg))
        first, last, service = week.window_s[v, day, 0], week.window_s[v, day, 1], week.service_s[v]
        sweep.before[s, k] = max(reach, first) + service if reach <= last else NEVER
        sweep.after[s, k] = max(reached, first) + service if reached <= last else NEVER
        work += service
        unknown += week.unknown_s[v]
        gains += week.gain[v, s]
    sweep.work_s[s], sweep.unknown_s[s] = work, unknown
    sweep.value[s] = gains - (week.cost[s, 0] + week.cost[s, 1] * work) * work if size else 0.0
    look_back(week, sweep, s)


@called
def look_back(week: Week, sweep: Sweep, s: int) -> None:
    """Work out the latest times of a route, and the most time there is before each position."""
    size, m, day, rest = sweep.size[s], week.mode[s], week.day[s], week.pause_s[s, 2]
    sweep.to_come[s, size + 1], sweep.taken[s, size + 1] = -NEVER, week.end_s[s]
    for k in range(size + 1, 0, -1):
        by, rested_by = sweep.to_come[s, k], sweep.taken[s, k]
        before, after = sweep.before[s, k - 1], sweep.after[s, k - 1]
        most = max(by - before, rested_by - after, rested_by - before - rest)
        sweep.slack_s[s, k] = most * week.fastest[m]
        if k == 1:
            break
        v, leg = sweep.stop[s, k - 1], sweep.leg_s[s, k]
        by = max(leave_by(week, m, by, leg), leave_to_rest_by(week, s, rested_by, leg))
        rested_by = leave_by(week, m, rested_by, leg)
        first, last, service = week.window_s[v, day, 0], week.window_s[v, day, 1], week.service_s[v]
        by, rested_by = min(last, by - service), min(last, rested_by - service)
        sweep.to_come[s, k - 1] = by if by >= first else -NEVER
        sweep.taken[s, k - 1] = rested_by if rested_by >= first else -NEVER


@compiled
def fits(week: Week, sweep: Sweep, v: int, s: int, k: int) -> bool:
    """Return whether a visit fits before position k by its hours and by those of what follows."""
    m, day = week.mode[s], week.day[s]
    there, on = week.back_s[m, v, sweep.stop[s, k - 1]], week.travel_s[m, v, sweep.stop[s, k]]
    first, last, service = week.window_s[v, day, 0], week.window_s[v, day, 1], week.service_s[v]
    before, taken = sweep.before[s, k - 1], sweep.taken[s, k]
    reached = arrive(week, m, sweep.after[s, k - 1], there)
    if week.pause_s[s, 2] < 0:
        return reached <= last and arrive(week, m, max(reached, first) + service, on) <= taken
    reach = arrive(week, m, before, there)
    reached = min(reached, rested(week, s, before, there))
    if reached <= last and arrive(week, m, max(reached, first) + service, on) <= taken:
        return True
    if reach > last:
        return False
    leave = max(reach, first) + service
    return arrive(week, m, leave, on) <= sweep.to_come[s, k] or rested(week, s, leave, on) <= taken


@compiled
def welcome(week: Week, sweep: Sweep, v: int, s: int) -> bool:
    """Return whether a visit may be in a shift, whatever the hour: skills, gaps, known share."""
    if not week.allowed[v, s]:
        return False
    if sweep.unknown_s[s] + week.unknown_s[v] > week.unknown_limit_s[s]:
        return False
    for g in range(week.group_from[v], week.group_from[v + 1]):
        other = week.others[g]
        shift = sweep.where[other]
        if shift >= 0 and not (week.must[v] and week.must[other]):
            apart = abs(week.day[shift] - week.day[s])
            if apart < max(week.gap_days[v], week.gap_days[other]):
                return False
    return True


@called
def insert(week: Week, sweep: Sweep, v: int, s: int, k: int) -> None:
    """Put a visit before position k of a route."""
    for p in range(sweep.size[s] + 1, k - 1, -1):
        sweep.stop[s, p + 1] = sweep.stop[s, p]
    sweep.stop[s, k] = v
    sweep.size[s] += 1
    sweep.where[v] = s
    schedule(week, sweep, s)


@called
def copy_route(old: Sweep, new: Sweep, s: int) -> None:
    """Make a route of ``new`` as it is in ``old``; tell ``where`` yourself."""
    for k in range(old.size[s] + 2):
        new.stop[s, k], new.leg_s[s, k] = old.stop[s, k], old.leg_s[s, k]
        new.before[s, k], new.after[s, k] = old.before[s, k], old.after[s, k]
        new.to_come[s, k], new.taken[s, k] = old.to_come[s, k], old.taken[s, k]
        new.slack_s[s, k] = old.slack_s[s, k]
    new.size[s], new.work_s[s], new.value[s] = old.size[s], old.work_s[s], old.value[s]
    new.unknown_s[s] = old.unknown_s[s]


@called
def soonest_back(
    way_s: IntArray, hours_s: IntArray, service_s: IntArray, speed: FloatArray, span_s: IntArray
) -> int:
    """Return when a route is back at the soonest, its pause taken; NEVER if its hours forbid it.

    Needs    way_s (visits + 1,), hours_s (visits, 2), service_s (visits,); span_s (4,): when it
             begins, and the pause as in ``Week.pause_s``
    """
    earliest, latest, length = span_s[1], span_s[2], span_s[3]
    before, after = (NEVER, span_s[0]) if length < 0 else (span_s[0], NEVER)
    for k in range(len(way_s)):
        way = float(way_s[k])
        reach = arrival(before, way, speed) if before < NEVER else NEVER
        reached = arrival(after, way, speed) if after < NEVER else NEVER
        begin = max(before, earliest)
        if begin <= latest:
            rest = max(0.0, way - driven(before, begin, speed))
            reached = min(reached, arrival(begin + length, rest, speed))
        if k == len(service_s):
            return reached
        first, last, service = hours_s[k, 0], hours_s[k, 1], service_s[k]
        before = max(reach, first) + service if reach <= last else NEVER
        after = max(reached, first) + service if reached <= last else NEVER
    return NEVER
