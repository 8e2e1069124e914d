"""When it is light in a city, by its own clocks: the only module that knows astral."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from astral import Observer
from astral.sun import elevation, noon, sunrise, sunset

ALL_DAY = time(0), time(23, 59)
NOON = time(12)
_MINUTE = timedelta(minutes=1)


def daylight(lon: float, lat: float, day: date, time_zone: str) -> tuple[time, time]:
    """Return from when until when the sun is up on a day, in whole minutes that are light.

    All day where the sun does not set; no time at all, at noon, where it does not rise.

    Source   NOAA solar equations, after Meeus 1998, as astral has them
    """
    zone, there = ZoneInfo(time_zone), Observer(lat, lon)
    try:
        rises, sets = (of(there, day, tzinfo=zone) for of in (sunrise, sunset))
    except ValueError:  # beyond the polar circles
        up = elevation(there, noon(there, day, tzinfo=zone)) > 0
        return ALL_DAY if up else (NOON, NOON)
    after_midnight = sets < rises  # it sets early on the day, and again on the next
    return _clock(rises + _MINUTE), ALL_DAY[1] if after_midnight else _clock(sets)


def week_daylight(lon: float, lat: float, monday: date, time_zone: str) -> tuple[time, time]:
    """Return hours that are light on each day of a week: latest sunrise and earliest sunset."""
    days = [daylight(lon, lat, monday + timedelta(days=n), time_zone) for n in range(7)]
    return max(rises for rises, _ in days), min(sets for _, sets in days)


def _clock(instant: datetime) -> time:
    return time(instant.hour, instant.minute)
