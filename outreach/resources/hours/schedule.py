"""HSDS schedules (rules in the manner of iCalendar) read into one text of hours."""

import re
from collections.abc import Mapping
from datetime import date

import pandas as pd

from outreach.resources.hours import rules
from outreach.resources.hours.clock import DAY, stretch
from outreach.resources.hours.emit import OSM_DAYS
from outreach.resources.hours.lexicon import NotUnderstoodError
from outreach.resources.hours.openings import read_hours
from outreach.resources.hours.reading import Reading
from outreach.resources.hours.rules import WEEKDAYS, RuleError
from outreach.resources.hours.say import say

__all__ = ["say", "schedule_reading"]

_RULE = ("freq", "byday", "bymonthday", "byyearday", "byweekno")
_BOUNDS = ("dtstart", "until", "valid_from", "valid_to")
_EMPTY = {"nan", "none", "null"}
_COLUMNS = {*_RULE, *_BOUNDS, "interval", "count", "wkst", "opens_at", "closes_at"}
_COLUMNS |= {"description", "notes"}
_NAMES = {"valid_from": "FROM", "valid_to": "TO"}
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?")
_APPOINTMENT = re.compile(
    r"\b(?:by|only|requires?(?: an)?) (?:appointment|appt)\b|"
    r"\b(?:appointments?|appts?) (?:only|required|necessary)\b",
    re.I,
)
_HOLIDAYS = re.compile(
    r"\b(?:closed|not available|not open|except|excluding)\b[^.;]*"
    r"\bholidays\b",
    re.I,
)
_NTH = re.compile(r"([+-]?\d)?(MO|TU|WE|TH|FR|SA|SU)")
Row = Mapping[str, str]


def _rows(frame: pd.DataFrame) -> list[Row]:
    names = [name for name in frame.columns if name in _COLUMNS]
    return [
        {
            name: ""
            if pd.isna(value) or str(value).strip().lower() in _EMPTY
            else str(value).strip()
            for name, value in zip(names, values, strict=True)
        }
        for values in frame[names].itertuples(index=False, name=None)
    ]


def _times(row: Row) -> str:
    """Return HH:MM-HH:MM of a row."""
    opens, closes = row.get("opens_at", ""), row.get("closes_at", "")
    if not opens or not closes:
        raise RuleError("only one of opens_at and closes_at is given")
    both = [_CLOCK.fullmatch(text) for text in (opens, closes)]
    if all(both):
        first, last = (int(m[1]) * 60 + int(m[2]) for m in both if m)
        if first >= DAY or last > DAY or any(int(m[2]) > 59 for m in both if m):
            raise RuleError(f"no time of day: {opens}-{closes}")
        if (first, last) in {(0, 0), (0, DAY - 1), (0, DAY)}:
            return "00:00-00:00"
        length = (last - first) % DAY
        if length == 0 or (last < first and length > 16 * 60):
            raise RuleError(f"it ends before it begins ({opens}-{closes})")
    elif re.search(r"z|[+-]\d\d:?\d\d$", f"{opens} {closes}", re.I):
        raise RuleError(f"a time with an offset: {opens}-{closes}")
    else:
        first, last = stretch(opens.lower(), closes.lower())
    return "-".join(f"{t % DAY // 60:02d}:{t % 60:02d}" for t in (first, last))


def _day(text: str) -> str:
    match = re.match(r"\d{4}-\d{2}-\d{2}(?![\d])", text)
    if match is None:
        raise RuleError(f"no date: {text!r}")
    return date.fromisoformat(match[0]).isoformat()


def _parts(row: Row) -> dict[str, str]:
    """Return the parts of a row's rule; what HSDS leaves out is filled in where it is certain."""
    parts = {
        name.upper(): re.sub(r"\s", "", row[name]).upper().strip('"')
        for name in (
            "freq",
            "interval",
            "count",
            "byday",
            "bymonthday",
            "byyearday",
            "byweekno",
            "wkst",
        )
        if row.get(name)
    }
    bounds = {_NAMES.get(name, name.upper()): _day(row[name]) for name in _BOUNDS if row.get(name)}
    if "FREQ" not in parts and "BYDAY" in parts:
        parts["FREQ"] = "MONTHLY" if any(c.isdigit() for c in parts["BYDAY"]) else "WEEKLY"
    elif "FREQ" not in parts and "BYMONTHDAY" in parts:
        parts["FREQ"] = "MONTHLY"
    elif "FREQ" not in parts and (
        {"DTSTART", "UNTIL"} <= bounds.keys() or {"FROM", "TO"} <= bounds.keys()
    ):
        parts["FREQ"] = "DAILY"
    elif "FREQ" not in parts and "DTSTART" in bounds and "COUNT" not in parts:
        parts |= {"FREQ": "DAILY", "COUNT": "1"}  # that day
    found = {"FREQ": parts.pop("FREQ", ""), **parts, **bounds}
    rules.checked(found)
    return found


def _is_closure(row: Row) -> bool:
    """Whether a row has dates, or a rule, and no times."""
    timed = row.get("opens_at") or row.get("closes_at")
    return not timed and any(row.get(name) for name in (*_BOUNDS, *_RULE))


def _closure(row: Row) -> str:
    if any(row.get(name) for name in _RULE):
        return "CLOSED:" + ";".join(f"{k}={v}" for k, v in _parts(row).items())
    first = row.get("dtstart") or row.get("valid_from", "")
    last = row.get("until") or row.get("valid_to", "")
    if not (last or row.get("dtstart")):
        raise RuleError("closed from a day on, but until when is not said")
    days = [_day(first or last), _day(last or first)]
    return f"CLOSED:{min(days)}/{max(days)}"


def _osm(parts: Mapping[str, str], times: str, state: str) -> str | None:
    """Return a weekly rule, or one of the nth weekdays of a month, as OSM text."""
    if parts.get("INTERVAL", "1") != "1" or set(parts) - {"FREQ", "INTERVAL", "BYDAY", "WKST"}:
        return None
    if parts["FREQ"] not in {"WEEKLY", "MONTHLY"}:
        return None
    days = [match for text in parts["BYDAY"].split(",") if (match := _NTH.fullmatch(text))]
    # in a rule by the month, MO without a number is every Monday, as in OSM
    named = [OSM_DAYS[WEEKDAYS.index(m[2])] + (f"[{int(m[1])}]" if m[1] else "") for m in days]
    first, last = times.split("-")
    times = f"{first}-{'24:00' if last == '00:00' else last}"
    return f"{','.join(named)} {times}{state}"


def _structured(rows: list[Row]) -> str:
    """Return the text of rows that have rules or dates."""
    timed = [row for row in rows if not _is_closure(row)]
    closed = [_closure(row) for row in rows if _is_closure(row)]
    if not timed:
        raise RuleError("only closed days are given")
    found = [(_parts(row), _times(row), _said(row)) for row in timed]
    holidays = any(_HOLIDAYS.search(_words(row)) for row in rows)
    texts = [
        _osm(parts, times, ' unknown "by appointment"' if by else "") for parts, times, by in found
    ]
    whole = [text for text in texts if text]
    mixed = len({by for _, _, by in found}) > 1  # which of two that overlap counts: see rules.py
    # OSM closes a holiday from midnight to midnight, not the night that begins on it
    nights = holidays and any(last <= first for first, last in (t.split("-") for _, t, _ in found))
    if len(whole) == len(found) and not closed and not mixed and not nights:
        return ", ".join(dict.fromkeys(whole)) + ("; PH off" if holidays else "")
    lines = [
        f"RRULE:{';'.join(f'{k}={v}' for k, v in parts.items())} {times}{' ' * bool(by)}{by}"
        for parts, times, by in found
    ]
    return "\n".join([*lines, *closed, *(["CLOSED:PH"] if holidays else [])])


def _words(row: Row) -> str:
    return f"{row.get('description', '')} {row.get('notes', '')}"


def _said(row: Row) -> str:
    return "by appointment" if _APPOINTMENT.search(row.get("description", "")) else ""


def schedule_reading(rows: pd.DataFrame) -> Reading:
    """Read the rows of HSDS ``schedules`` of one service at a location.

    Needs    HSDS columns as text, "" where empty; others are ignored

    A row with rules or dates is read by these, whatever its ``description`` says beside (that is
    what people see), but "by appointment" and "closed on holidays" there are kept. Rows that have
    a description alone are read as text. A row with dates or rules and no times closes those days.
    ``timezone`` is not used: an offset says nothing of daylight saving, and hours are of the clock
    on the wall where the place is. A rule that cannot be read, or that hangs on a day that is not
    given ("every 2 weeks" without dtstart), leaves all of them unread.
    """
    given = _rows(rows)
    ruled = [
        row
        for row in given
        if any(row.get(name) for name in (*_RULE, *_BOUNDS, "opens_at", "closes_at"))
    ]
    texts = [row["description"] for row in given if row not in ruled and row.get("description")]
    if not ruled:
        return read_hours("\n".join(dict.fromkeys(texts)))
    if texts:
        return Reading(None, "rules and words side by side: " + "; ".join(texts))
    try:
        text = _structured(ruled)
    except (RuleError, NotUnderstoodError) as error:
        return Reading(None, str(error))
    except ValueError as error:
        return Reading(None, f"no number or date: {error}")
    return read_hours(text)
