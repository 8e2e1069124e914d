"""Hours that OSM text cannot say: rules in the manner of iCalendar, kept as one text.

One rule a line; the first begins with RRULE:

    RRULE:FREQ=MONTHLY;BYMONTHDAY=15;DTSTART=2026-01-01 09:00-12:00
    RRULE:FREQ=WEEKLY;BYDAY=MO,TH;FROM=2026-06-01;TO=2026-08-31 17:00-09:00 by appointment
    CLOSED:2026-12-24/2026-12-26
    CLOSED:FREQ=YEARLY;BYMONTHDAY=1;DTSTART=2026-01-01
    CLOSED:PH

FREQ to WKST are iCalendar's (RFC 5545), DTSTART and UNTIL are days; FROM and TO bound the rule
(HSDS valid_from, valid_to). Times are those of the clock on the wall. CLOSED takes away openings
that begin on its days; PH are the country's public holidays.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from typing import Literal

from dateutil import rrule

Frequency = Literal[0, 1, 2, 3, 4, 5, 6]
FREQUENCIES: dict[str, Frequency] = {
    "DAILY": rrule.DAILY,
    "WEEKLY": rrule.WEEKLY,
    "MONTHLY": rrule.MONTHLY,
    "YEARLY": rrule.YEARLY,
}
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_NUMBERS = {"BYMONTHDAY": 31, "BYYEARDAY": 366, "BYWEEKNO": 53}
# RFC 5545, 3.3.10; beside, dateutil walks to the year 9999 where no day fits
_ONLY_IN = {
    "BYWEEKNO": {"YEARLY"},
    "BYYEARDAY": {"YEARLY"},
    "BYMONTHDAY": {"DAILY", "MONTHLY", "YEARLY"},
}
_DAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_LINE = re.compile(r"(RRULE|CLOSED):(\S+)(?: (\d\d:\d\d)-(\d\d:\d\d))?(?: (by appointment))?")
Interval = tuple[datetime, datetime, str, str]  # naive local times, state, note


class RuleError(ValueError):
    """A rule that has no meaning; the message says why."""


@dataclass(frozen=True)
class _Line:
    closed: bool
    parts: Mapping[str, str]
    first: int  # minutes of the day
    last: int
    note: str


def minutes(clock: str) -> int:
    """Return the minute of the day of HH:MM."""
    return int(clock[:2]) * 60 + int(clock[3:5])


def _numbers(name: str, text: str) -> list[int]:
    numbers = [int(part) for part in text.split(",")]
    if any(n == 0 or abs(n) > _NUMBERS[name] for n in numbers):
        raise RuleError(f"{name.lower()} {text} does not exist")
    return numbers


def _given(name: str, parts: Mapping[str, str]) -> list[int] | None:
    return _numbers(name, parts[name]) if name in parts else None


def _weekdays(text: str, freq: str) -> list[rrule.weekday]:
    found = []
    matches = [_DAY.fullmatch(part) for part in text.split(",")]
    numbered = [bool(match and match[1]) for match in matches]
    if any(numbered) and not all(numbered):
        # dateutil would take only days that are both; RFC 5545 means either
        if freq != "MONTHLY":
            raise RuleError(f"days with and without a number: {text}")
        each = [
            part if m and m[1] else ",".join(f"{n}{part}" for n in range(1, 6))
            for part, m in zip(text.split(","), matches, strict=True)
        ]
        text = ",".join(each)
    for part in text.split(","):
        match = _DAY.fullmatch(part)
        if match is None:
            raise RuleError(f"{part!r} is no weekday")
        nth = int(match[1] or 0)
        if match[1] and (nth == 0 or abs(nth) > 5 or freq not in ("MONTHLY", "YEARLY")):
            raise RuleError(f"{part!r} has no meaning in a rule that is {freq.lower()}")
        found.append(rrule.weekday(WEEKDAYS.index(match[2]), nth or None))
    return found


def checked(parts: Mapping[str, str]) -> None:
    """Raise RuleError where a rule has no meaning, or hangs on a day that is not given."""
    freq = parts.get("FREQ", "")
    if freq not in FREQUENCIES:
        raise RuleError(f"how often is not known ({freq or 'no freq'})")
    _weekdays(parts["BYDAY"], freq) if "BYDAY" in parts else None
    for name in _NUMBERS.keys() & parts.keys():
        _numbers(name, parts[name])
    for name, rules in _ONLY_IN.items():
        if name in parts and freq not in rules:
            raise RuleError(f"{name.lower()} has no meaning in a rule that is {freq.lower()}")
    if parts.get("WKST", "MO") not in WEEKDAYS:
        raise RuleError(f"{parts['WKST']!r} is no weekday")
    if any(int(parts.get(name, "1")) < 1 for name in ("INTERVAL", "COUNT")):
        raise RuleError("interval and count start at 1")
    for name in {"DTSTART", "UNTIL", "FROM", "TO"} & parts.keys():
        if not 1900 <= date.fromisoformat(parts[name]).year <= 2200:
            raise RuleError(f"{parts[name]} is no day to count from")
    if "DTSTART" not in parts:
        if int(parts.get("INTERVAL", "1")) > 1 or "COUNT" in parts:
            raise RuleError("every so many weeks or months, but from when is not said")
        if freq != "DAILY" and not {"BYDAY", *_NUMBERS} & parts.keys():
            raise RuleError("on which day is not said")


def _days(parts: Mapping[str, str], first: date, last: date) -> list[date]:
    """Return the days of a rule from ``first`` to ``last``."""
    freq = parts["FREQ"]
    until = min(date.fromisoformat(parts.get("UNTIL", "2200-12-31")), last)
    anchor = first.replace(month=1, day=1)
    start = date.fromisoformat(parts["DTSTART"]) if "DTSTART" in parts else anchor
    counted = int(parts.get("INTERVAL", "1")) > 1 or "COUNT" in parts
    if not counted and start < anchor and {"BYDAY", *_NUMBERS} & parts.keys():
        start = anchor  # the same days, without walking from long ago
    if start > until:
        return []
    found = rrule.rrule(
        FREQUENCIES[freq],
        dtstart=datetime.combine(start, time()),
        until=datetime.combine(until, time()),  # never without: an impossible rule has no end
        interval=int(parts.get("INTERVAL", "1")),
        wkst=rrule.weekdays[WEEKDAYS.index(parts.get("WKST", "MO"))],
        byweekday=_weekdays(parts["BYDAY"], freq) if "BYDAY" in parts else None,
        bymonthday=_given("BYMONTHDAY", parts),
        byyearday=_given("BYYEARDAY", parts),
        byweekno=_given("BYWEEKNO", parts),
    )
    low = max(first, date.fromisoformat(parts.get("FROM", "1900-01-01")))
    high = date.fromisoformat(parts.get("TO", "2200-12-31"))
    some = islice(found, int(parts["COUNT"])) if "COUNT" in parts else iter(found)
    return [day.date() for day in some if low <= day.date() <= high]


@lru_cache(maxsize=4096)
def parsed(text: str) -> tuple[_Line, ...]:
    """Return the lines of a text of rules.

    Raises   RuleError   a line is none
    """
    lines = []
    for line in text.split("\n"):
        match = _LINE.fullmatch(line)
        if match is None or (match[1] == "RRULE") != bool(match[3]):
            raise RuleError(f"no rule: {line!r}")
        parts: dict[str, str] = {"DAYS": match[2]}
        if "=" in match[2]:
            parts = dict(part.split("=", 1) for part in match[2].split(";"))
            checked(parts)
        first, last = (minutes(match[3]), minutes(match[4])) if match[3] else (0, 0)
        last += 1440 if last <= first else 0
        lines.append(_Line(match[1] == "CLOSED", parts, first, last, match[5] or ""))
    return tuple(lines)


def _closed_days(
    line: _Line, first: date, last: date, is_holiday: Callable[[date], bool]
) -> list[date]:
    days = line.parts.get("DAYS")
    if days is None:
        return _days(line.parts, first, last)
    every = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    if days == "PH":
        return [day for day in every if is_holiday(day)]
    low, high = (date.fromisoformat(part) for part in days.split("/"))
    return [day for day in every if low <= day <= high]


def intervals(
    text: str, first: date, last: date, is_holiday: Callable[[date], bool]
) -> list[Interval]:
    """Return the openings that begin on the days from ``first`` to ``last``, joined, in order."""
    lines = parsed(text)
    gone = {d for one in lines if one.closed for d in _closed_days(one, first, last, is_holiday)}
    found: list[Interval] = []
    for line in lines:
        for day in [] if line.closed else _days(line.parts, first, last):
            if day in gone:
                continue
            begin = datetime.combine(day, time())
            state = "by_appointment" if line.note else "open"
            ends = [begin + timedelta(minutes=minute) for minute in (line.first, line.last)]
            found.append((ends[0], ends[1], state, line.note))
    return _joined(found)


def _joined(found: list[Interval]) -> list[Interval]:
    """Join what overlaps or touches; where open and by appointment overlap, open counts."""
    joined: list[Interval] = []
    for state in ("open", "by_appointment"):
        mine: list[Interval] = []
        for one in sorted(i for i in found if i[2] == state):
            if mine and one[0] <= mine[-1][1]:
                mine[-1] = (mine[-1][0], max(mine[-1][1], one[1]), *one[2:])
            else:
                mine.append(one)
        joined += mine if state == "open" else _without(mine, joined)
    return sorted(joined)


def _without(mine: list[Interval], others: list[Interval]) -> list[Interval]:
    for begin, end, *_ in others:
        cut = [(a, min(b, begin), s, n) for a, b, s, n in mine]
        cut += [(max(a, end), b, s, n) for a, b, s, n in mine]
        mine = sorted({i for i in cut if i[0] < i[1]})
    return mine
