"""Choosing the column, or the two, that say when a call came in."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from outreach.errors import InputError
from outreach.ingest import dates
from outreach.ingest.column_names import (
    IS_CLOCK,
    IS_DATE,
    NOT_RECEIVED,
    RECEIVED,
    names,
    spoken,
    weight,
)
from outreach.ingest.mapping import Clock, DateOrder
from outreach.ingest.profile import Profile

_READABLE = 0.7
_HAS_TIME, _NOT_RECEIVED = 12, 70
_NAMED = 30  # columns that an error names


@dataclass(frozen=True)
class When:
    """How an export says when a call came in."""

    column: str
    order: DateOrder
    clock_column: str = ""
    clock: Clock = "clock"
    no_time_at: str = ""
    has_time: bool = True

    def fields(self) -> dict[str, Any]:
        """Return the choice as fields of a mapping."""
        return {
            "received_at": self.column,
            "received_time": self.clock_column,
            "date_order": self.order,
            "clock": self.clock,
            "no_time_at": self.no_time_at,
        }


@dataclass(frozen=True)
class _Candidate:
    column: Profile
    order: DateOrder
    has_time: bool
    score: float
    stamps: pd.Series  # wall clock, missing where not readable


def guess_when(columns: dict[str, Profile], time_zone: str) -> When:
    """Choose the column that says when a call came in, and its separate time column if any.

    Raises   InputError   no column holds dates
    """
    edited_by = any(names(name, r"edited|created (?:user|by)|creator") for name in columns)
    found = [c for c in (_candidate(p, edited_by) for p in columns.values()) if c is not None]
    if not found:
        more = f" and {len(columns) - _NAMED} more" if len(columns) > _NAMED else ""
        raise InputError(
            "no column says when calls came in (none holds dates that read one way); "
            f"the columns are: {', '.join(list(columns)[:_NAMED])}{more}"
        )
    first = max(found, key=lambda c: c.score)
    rivals = [c for c in found if c.score > first.score - 5 and c.has_time == first.has_time]
    chosen = min(rivals, key=lambda c: (_later_share(c, rivals), -c.score))
    clock = None if chosen.has_time else _clock_of(chosen.column, columns)
    when = When(chosen.column.name, chosen.order, has_time=chosen.has_time)
    if clock is not None:
        when = When(chosen.column.name, chosen.order, clock[0], clock[1])
    return _with_no_time(when, columns, time_zone)


def _candidate(column: Profile, edited_by: bool) -> _Candidate | None:
    by_name = weight(column.name, RECEIVED)
    if column.filled < 0.02 or (by_name == 0 and column.share(r"^[\d.]+$") > 0.5):
        return None
    if column.share(r"^\d{1,2}:\d{2}(?::\d{2})?(?:\s*[ap]m)?$") > 0.5:
        return None  # a clock time alone
    order, share, _ = dates.choose_order(
        column.given, digits=names(column.name, IS_DATE) and not names(column.name, r"birth|\bdob")
    )
    if order is None or share < _READABLE:
        return None
    if order in dates.DIGIT_ORDERS and by_name == 0:
        return None
    moments = dates.read_dates(column.rows, order)
    stamps = moments.wall()
    if len(stamps.dt.normalize().dropna().unique()) < 2 and len(column.given) > 50:
        by_name -= 30  # one day for everything: the day of the export, or a clock's dummy date
    has_time = _tells_time(stamps, moments.has_time)
    score = by_name + _HAS_TIME * has_time + 20 * column.filled
    if names(column.name, NOT_RECEIVED):
        score -= _NOT_RECEIVED
    if edited_by and names(column.name, r"created|creation"):
        score -= 40  # the database's own book-keeping
    if names(column.name, r"birth|\bdob"):
        score -= 500
    return _Candidate(column, order, has_time, score, stamps)


def _tells_time(stamps: pd.Series, has_time: np.ndarray) -> bool:
    """Return whether times of day differ; one and the same on every row tells nothing."""
    clock = (stamps - stamps.dt.normalize())[has_time & stamps.notna()]
    few = 0 < len(clock) < 20
    return len(clock.unique()) > 1 or (few and bool((clock > pd.Timedelta(0)).any()))


def _later_share(one: _Candidate, rivals: list[_Candidate]) -> float:
    """Return how often a column lies later than its rivals: the call came before the rest."""
    shares = [float((one.stamps > other.stamps).mean()) for other in rivals if other is not one]
    return round(max(shares, default=0.0), 1)


def _stem(name: str) -> str:
    return re.sub(r"date|time|hour|\bhr|dt|tm|[\d\s]", "", spoken(name))


def _clock_of(date: Profile, columns: dict[str, Profile]) -> tuple[str, Clock] | None:
    """Return the column with the time of day that belongs to a date column, and its kind."""
    options: list[tuple[float, str, Clock]] = []
    for place, column in enumerate(columns.values()):
        kind = _clock_kind(column)
        if column is date or kind is None:
            continue
        score = 50 * (_stem(column.name) == _stem(date.name)) + weight(column.name, RECEIVED) / 2
        score -= _NOT_RECEIVED * names(column.name, NOT_RECEIVED) + place / 100
        options.append((score + 10 * (kind != "hour"), column.name, kind))
    if not options:
        return None
    score, name, kind = max(options)
    return (name, kind) if score > -40 else None


def _clock_kind(column: Profile) -> Clock | None:
    """Return how a column writes times of day, or None if it holds something else."""
    if not len(column.given) or column.filled < 0.3:
        return None
    if column.share(r"^\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s*[ap]\.?m\.?)?$") > _READABLE:
        return "clock"
    if not names(column.name, IS_CLOCK):
        return None
    worded = r"^\d{1,2}\s*[ap]m$|^(?:1899|1900|1970|0001)-|^1/[01]/1900|^12/30/1899"
    return "clock" if column.share(worded) > _READABLE else _number_clock(column)


def _number_clock(column: Profile) -> Clock | None:
    number = pd.to_numeric(column.given, errors="coerce")
    hours = names(column.name, r"hour|\bhr") and number.between(0, 23).mean() > 0.98
    whole = column.share(r"^\d{1,4}(?:\.0)?$") > 0.98
    kind: Clock | None = None
    if number.isna().mean() > 1 - _READABLE or column.distinct < 2:
        kind = None
    elif hours:
        kind = "hour"
    elif (number < 1).mean() > 0.98 and number.max() > 0:
        kind = "fraction"
    elif whole and bool(((number % 100 < 60) & (number <= 2400)).all()):
        kind = "hhmm" if number.max() > 24 else "hour"
    return kind


def _with_no_time(when: When, columns: dict[str, Profile], time_zone: str) -> When:
    """Find the time of day that the export writes where none is known: midnight, as a rule."""
    column = columns[when.column]
    clock = columns[when.clock_column].rows if when.clock_column else None
    read = dates.received_times(
        column.rows, clock, order=when.order, clock=when.clock, time_zone=time_zone
    )
    timed = read[read["received_at"].notna() & ~read["date_only"]]
    if timed.empty:
        return when
    zones = [(time_zone, ""), *([("UTC", "Z")] if _says_zone(column, when) else [])]
    for zone, mark in zones:
        wall = timed["received_at"].dt.tz_convert(zone).dt.tz_localize(None)
        counts = (wall - wall.dt.normalize()).value_counts()
        if len(counts) == 1 and len(timed) > 1 and len(wall.dt.normalize().unique()) > 1:
            seconds = int(counts.index[0].total_seconds())
            enough = len(timed) >= (2 if seconds == 0 else 50)
            if seconds % 60 == 0 and enough:
                return _no_time(when, f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}{mark}")
    wall = timed["received_at"].dt.tz_convert(time_zone).dt.tz_localize(None)
    hours = (wall - wall.dt.normalize()).value_counts()
    midnight = int(hours.get(pd.Timedelta(0), 0))
    others = [int(hours.get(pd.Timedelta(hours=h), 0)) for h in range(1, 24)]
    if midnight >= 8 and midnight > 2 * max(others) and midnight > 4 * np.mean(others):
        return _no_time(when, "00:00")
    return when


def _says_zone(column: Profile, when: When) -> bool:
    return when.order.startswith("epoch") or column.share(r".*(?:Z|UTC|GMT|[+-]00(?::?00)?)$") > 0.5


def _no_time(when: When, at: str) -> When:
    return When(when.column, when.order, when.clock_column, when.clock, at, when.has_time)
