"""ISO weeks in a city's own time zone: labels, bounds and the days between."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from outreach.errors import InputError

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def parse_week(label: str) -> date:
    """Return the Monday of an ISO week written like ``2026-W48``.

    Raises   InputError   the text is not an ISO week, or the year has no such week
    """
    match = re.fullmatch(r"(\d{4})-?W(\d{1,2})", label.strip(), flags=re.IGNORECASE)
    try:
        if match is None:
            raise ValueError
        return date.fromisocalendar(int(match[1]), int(match[2]), 1)
    except ValueError:
        raise InputError(f"{label!r} is not an ISO week; write it like 2026-W48") from None


def week_label(day: date) -> str:
    """Return the ISO week of a day, written like ``2026-W48``."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def monday_of(day: date) -> date:
    """Return the Monday of the ISO week that a day lies in."""
    return day - timedelta(days=day.weekday())


def week_start_utc(monday: date, time_zone: str) -> datetime:
    """Return the instant, in UTC, at which a week begins on the city's clocks."""
    return at_local(monday, time(0), time_zone)


def at_local(day: date, wall_clock: time, time_zone: str) -> datetime:
    """Return the UTC instant of a wall-clock time on a day in the city's time zone."""
    return datetime.combine(day, wall_clock, tzinfo=ZoneInfo(time_zone)).astimezone(UTC)


def local_date(instant: datetime, time_zone: str) -> date:
    """Return the date on the city's calendar at an instant that carries a time zone."""
    return instant.astimezone(ZoneInfo(time_zone)).date()


def coming_week(instant: datetime, time_zone: str) -> str:
    """Return the week that a lead plans at an instant: on a Monday that week, else the next."""
    return week_label(local_date(instant, time_zone) + timedelta(days=6))


def local_text(instant: datetime, time_zone: str) -> str:
    """Return an instant as people in the city write it: 22 Nov 2026, 07:00."""
    local = instant.astimezone(ZoneInfo(time_zone))
    return f"{local.day} {local:%b %Y, %H:%M}"
