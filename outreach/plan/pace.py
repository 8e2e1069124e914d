"""How long a way takes when streets are slower in some hours (traffic).

Speed changes in steps, each quarter of an hour, and what is driven is followed through the
quarters. So whoever leaves later never arrives sooner, which a table of times by hour of leaving
cannot promise.

Source   Ichoua, Gendreau & Potvin 2003, Vehicle dispatching with time-dependent travel times
"""

import math
from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from outreach.config import Traffic
from outreach.weeks import DAY_NAMES, week_start_utc

QUARTER_S = 900
# Speeds are whole multiples of this power of two, rounded down: then sums of what is driven are
# exact as floats, and ``latest_departure`` is the inverse of ``arrival`` to the second.
STEP = 2.0**-20

FloatArray = npt.NDArray[np.float64]


def speeds(traffic: Sequence[Traffic], *, monday: date, time_zone: str) -> FloatArray:
    """Return the speed beside free flow in each quarter of an hour from the week's start.

    A quarter goes by the hours that hold at its beginning, the slowest where several do. Empty
    where there is no traffic: everything is in free flow.
    """
    if not traffic:
        return np.empty(0)
    zone = ZoneInfo(time_zone)
    start = week_start_utc(monday, time_zone)
    end = week_start_utc(monday + timedelta(days=7), time_zone)  # a change of clocks moves it
    pace = np.ones(int((end - start).total_seconds()) // QUARTER_S)
    for quarter in range(len(pace)):
        local = (start + timedelta(seconds=QUARTER_S * quarter)).astimezone(zone)
        day, clock = DAY_NAMES[local.weekday()], local.time()
        slow = [t.speed for t in traffic if day in t.days and t.start <= clock < t.end]
        pace[quarter] = min(slow, default=1.0)
    return np.floor(pace / STEP) * STEP


# The functions below are compiled by the search as they stand: plain loops, no other function.
# A leg that holds a pause is made of them: whoever leaves at ``now`` rests from ``begin =
# max(now, earliest)`` where they then are, and goes on with what ``driven`` left of the way:
#     arrival(begin + length, max(0, travel - driven(now, begin, speed)), speed)


def arrival(depart_s: int, travel_s: float, speed: FloatArray) -> int:
    """Return when a way ends that takes ``travel_s`` in free flow, rounded up to whole seconds.

    Needs    speed   as ``speeds``; before its beginning and after its end there is free flow
    """
    now = depart_s
    rest = float(travel_s)
    quarter = depart_s // QUARTER_S
    while quarter < len(speed):
        pace = speed[quarter] if quarter >= 0 else 1.0
        ends = (quarter + 1) * QUARTER_S
        driven = (ends - now) * pace
        if driven >= rest:
            return now + math.ceil(rest / pace)
        rest -= driven
        now = ends
        quarter += 1
    return now + math.ceil(rest)


def latest_departure(arrive_by_s: int, travel_s: float, speed: FloatArray) -> int:
    """Return the latest whole second to leave at: the greatest whose arrival is not later."""
    now = arrive_by_s
    rest = float(travel_s)
    quarter = (arrive_by_s - 1) // QUARTER_S
    if quarter >= len(speed):  # in free flow back to the end of the week
        begins = len(speed) * QUARTER_S
        if now - begins >= rest:
            return now - math.ceil(rest)
        rest -= now - begins
        now = begins
        quarter = len(speed) - 1
    while quarter >= 0:
        pace = float(speed[quarter])
        begins = quarter * QUARTER_S
        driven = (now - begins) * pace
        if driven >= rest:
            return now - math.ceil(rest / pace)
        rest -= driven
        now = begins
        quarter -= 1
    return now - math.ceil(rest)


def driven(from_s: int, until_s: int, speed: FloatArray) -> float:
    """Return how many seconds of free flow are driven between two instants."""
    now = from_s
    done = 0.0
    quarter = from_s // QUARTER_S
    while now < until_s and quarter < len(speed):
        ends = min((quarter + 1) * QUARTER_S, until_s)
        done += (ends - now) * (speed[quarter] if quarter >= 0 else 1.0)
        now = ends
        quarter += 1
    return done + max(until_s - now, 0)
