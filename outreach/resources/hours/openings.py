"""Opening hours: one text of rules a place, and the openings it means in a stretch of time."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from opening_hours import (  # type: ignore[attr-defined]  # its stubs lack the errors
    OpeningHours,
    ParserError,
    State,
    UnknownCountryError,
)

from outreach.columns import empty
from outreach.errors import ConfigError
from outreach.resource_schemas import OPENINGS
from outreach.resources.hours import english, rules
from outreach.resources.hours.clock import stretch
from outreach.resources.hours.lexicon import NotUnderstoodError
from outreach.resources.hours.reading import Reading
from outreach.resources.hours.say import say

__all__ = ["Reading", "holiday_unsaid", "is_holiday", "openings", "read_hours", "say"]

_DAY = r"(?:Mo|Tu|We|Th|Fr|Sa|Su|PH|SH)"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
# What OSM opening_hours is made of, as strictly as the wiki's own examples.
_OSM = re.compile(
    rf'(?:24/7|"[^"]*"|\|\||{_DAY}(?![a-z])(?:\[[-1-5, ]+\])?|{_MONTH}(?![a-z])|\d{{1,2}}:\d{{2}}|'
    r"(?:off|closed|open|unknown|week|easter|days?)(?![a-z])|(?:20)?\d{2}(?![:\d])|[1-9](?![:\d])|"
    r"[-–+,;:/ ])+"
)
_TIMES = re.compile(r"(\d{1,2}):(\d{2}) ?- ?(\d{1,2}):(\d{2})")
_ASK = re.compile(r"\b(?:appointments?|appts?|call|phone|ring|rendez-?vous|reservations?)\b", re.I)
_ASKED = re.compile(r"\b(?:appointments?|appts?|call|reservations?)\b", re.I)
_WITHOUT_STATE = re.compile(r'(?<!open)(?<!unknown)(?<!off)(?<!closed) ("[^"]*")')


def _twelve_hours(times: re.Match[str]) -> bool:
    """Whether times may be of the twelve-hour clock, as "1:00-4:00" is for most who write so."""
    first, last = (f"{times[at]}:{times[at + 1]}" for at in (1, 3))
    if times[1].startswith("0") or (len(times[1]) == 2 and len(times[3]) == 2):
        return False
    try:
        return stretch(first, last) != tuple(
            60 * int(times[at]) + int(times[at + 1]) for at in (1, 3)
        )
    except NotUnderstoodError:
        return True


def _unsure(text: str) -> str:
    """Return why OSM opening_hours may mean something else to who wrote them; "" if not so."""
    if "+" in text:
        return "no closing time is given"
    for match in _TIMES.finditer(text):
        if _twelve_hours(match):
            return f"morning or afternoon is not said ({match[0]})"
        night = "00:00" < f"{match[3]:0>2}:{match[4]}" <= f"{match[1]:0>2}:{match[2]}"
        if night and re.search(r"\b(?:off|closed)\b", text):
            # the library closes a day from midnight to midnight, not the night that begins on it
            return "hours past midnight, and days that are closed"
    return ""


def _osm_reading(text: str) -> Reading:
    """Read what looks like OSM opening_hours."""
    unsure = _unsure(text)
    if unsure:
        return Reading(None, unsure)

    def said(match: re.Match[str]) -> str:
        before = text[: match.start()].rstrip()
        alone = before.endswith(("||", ";", ",")) or not before
        return f" unknown {match[1]}" if alone or _ASKED.search(match[1]) else f" open {match[1]}"

    if not _TIMES.search(text) and not re.search(r"24/7|unknown", text) and not _ASKED.search(text):
        return Reading(None, "no times are given")
    plain = _WITHOUT_STATE.sub(said, f" {text}" if text.startswith('"') else text).strip()
    try:
        rules = OpeningHours(plain, country="US")
    except ParserError as error:
        return Reading(None, f"not understood: {str(error).splitlines()[-1].strip(' =')}")
    if rules.warnings:
        return Reading(None, f"not understood: {rules.warnings[0]}")
    return Reading(plain)


@lru_cache(maxsize=4096)
def read_hours(text: str) -> Reading:
    """Read OSM opening_hours, rules that begin with RRULE, or everyday English; nothing is guessed.

    OSM is taken as such only where it strictly looks like it (days of two letters, HH:MM) and the
    library understands it. Sunrise and sunset hang on the place and stay unread.
    """
    text = text.strip()
    if not text:
        return Reading(None, "no hours are given")
    if text.startswith("RRULE:"):
        try:
            rules.parsed(text)
        except ValueError as error:
            return Reading(None, str(error))
        return Reading(text)
    unquoted = re.sub(r'"[^"]*"', "", text)
    if re.search(r"\b(?:sunrise|sunset|dawn|dusk)\b", unquoted):
        return Reading(None, "from sunrise or to sunset: no times are given")
    selector = re.search(rf"\b(?:{_DAY}|24/7)(?![a-z])|{_MONTH}\b|\bunknown\b", unquoted)
    strict = (selector or not unquoted.strip()) and _OSM.fullmatch(text)
    reading = _osm_reading(text) if strict else None
    if reading is not None and reading.hours is not None:
        return reading
    in_words = english.read(text)  # "Sa 9-12" is said by people too
    return reading if reading is not None and in_words.hours is None else in_words


@lru_cache(maxsize=8192)
def _rules(hours: str, country: str) -> OpeningHours:
    try:
        return OpeningHours(hours, country=country)
    except UnknownCountryError:
        raise ConfigError(f"no public holidays are known of the country {country!r}") from None


@lru_cache(maxsize=8192)
def _local(hours: str, country: str, first: date, last: date) -> tuple[rules.Interval, ...]:
    """Return the openings of a text in local time, of whole days."""
    if hours.startswith("RRULE:"):
        return tuple(rules.intervals(hours, first, last, lambda day: is_holiday(day, country)))
    span = (datetime.combine(first, time()), datetime.combine(last + timedelta(days=1), time()))
    return tuple(_open_intervals(_rules(hours, country), *span))


def _open_intervals(
    rules: OpeningHours, begin: datetime, end: datetime
) -> Iterator[rules.Interval]:
    for opens, closes, state, note in rules.intervals(begin, end):
        if state == State.OPEN:
            yield opens, closes, "open", note
        elif state == State.UNKNOWN and _ASK.search(note):
            yield opens, closes, "by_appointment", note


def _in_utc(local: pd.Series, zone: str, *, first: bool) -> pd.Series:
    """Return local times in UTC; of an hour that comes twice, the first or the second."""
    aware = local.astype("datetime64[us]").dt.tz_localize(
        zone, ambiguous=np.full(len(local), first), nonexistent="shift_forward"
    )
    return aware.dt.tz_convert("UTC")


def openings(
    resources: pd.DataFrame, *, since: datetime, until: datetime, time_zone: str, country: str
) -> pd.DataFrame:
    """Return when places are open between two moments, as OPENINGS in UTC.

    Needs    resource_id, hours (missing where not read: such a place has no openings); ``since``
             and ``until`` know their zone
    Raises   ConfigError   the library has no holidays of the country

    Hours are of the clock on the wall, whatever the clocks do that night: an opening that begins
    in an hour that comes twice begins with the first, one that ends in it ends with the second.
    "By appointment" counts where a comment says so (appointment, call ahead); hours that are
    unknown for another reason ("as needed") are no opening.
    """
    zone = ZoneInfo(time_zone)
    first = since.astimezone(zone).date() - timedelta(days=2)
    last = until.astimezone(zone).date() + timedelta(days=1)
    rows = [
        (resource_id, *interval)
        for resource_id, hours in zip(resources["resource_id"], resources["hours"], strict=True)
        if isinstance(hours, str) and hours
        for interval in _local(hours, country, first, last)
    ]
    if not rows:
        return empty(OPENINGS)
    made = pd.DataFrame(rows, columns=["resource_id", "opens_at", "closes_at", "state", "note"])
    made["opens_at"] = _in_utc(made["opens_at"], time_zone, first=True)
    made["closes_at"] = _in_utc(made["closes_at"], time_zone, first=False)
    made["opens_at"] = made["opens_at"].where(made["opens_at"] >= since, pd.Timestamp(since))
    made["closes_at"] = made["closes_at"].where(made["closes_at"] <= until, pd.Timestamp(until))
    # two openings in the hour that comes twice would overlap
    following = made.groupby("resource_id", sort=False)["opens_at"].shift(-1)
    made["closes_at"] = made["closes_at"].where(
        following.isna() | (made["closes_at"] <= following), following
    )
    kept = made[made["opens_at"] < made["closes_at"]].reset_index(drop=True)
    return kept if len(kept) else empty(OPENINGS)


@lru_cache(maxsize=256)
def _holidays(year: int, country: str) -> frozenset[date]:
    first = datetime(year, 1, 1)
    spans = _rules("PH", country).intervals(first, datetime(year + 1, 1, 1))
    return frozenset(
        (opens + timedelta(days=n)).date()
        for opens, closes, state, _ in spans
        if state == State.OPEN
        for n in range((closes - opens).days)
    )


def is_holiday(day: date, country: str) -> bool:
    """Whether a day is a public holiday of a country, as the library's calendar has it."""
    return day in _holidays(day.year, country)


def holiday_unsaid(hours: str | None, day: date, country: str) -> bool:
    """Whether a day is a public holiday about which the hours say nothing.

    The place may then be closed though the rule says open.
    """
    said = hours is not None and re.search(r"\bPH\b|holiday", hours) is not None
    return not said and is_holiday(day, country)
