from datetime import date, datetime, time, timedelta
from math import acos, cos, degrees, radians, sin
from zoneinfo import ZoneInfo

import pytest

from outreach.daylight import daylight, week_daylight

ALBANY = -73.76, 42.65


def minutes(clock):
    return clock.hour * 60 + clock.minute


@pytest.mark.parametrize(("lon", "lat", "zone", "offset_h"), [
    (*ALBANY, "America/New_York", -5),
    (-157.86, 21.31, "Pacific/Honolulu", -10),
    (174.78, -41.29, "Pacific/Auckland", 12),
])  # fmt: skip
@pytest.mark.parametrize(
    ("day", "tilt"), [(date(2026, 6, 21), 23.44), (date(2026, 12, 21), -23.44)]
)
def test_days_are_as_long_as_the_tilt_of_the_earth_makes_them(lon, lat, zone, offset_h, day, tilt):
    """By the sunrise equation, at the solstices; noon is where the longitude puts it."""
    at, sun = radians(lat), radians(tilt)
    edge = (sin(radians(-0.833)) - sin(at) * sin(sun)) / (cos(at) * cos(sun))
    rises, sets = (minutes(clock) for clock in daylight(lon, lat, day, zone))
    assert abs(sets - rises - 8 * degrees(acos(edge))) <= 2
    summer = ZoneInfo(zone).dst(datetime(day.year, day.month, day.day)) / timedelta(minutes=1)
    noon = 12 * 60 + (offset_h * 15 - lon) * 4 + summer
    assert abs((rises + sets) / 2 - noon) <= 4  # of sundials and clocks on those two days


def test_clocks_that_change_move_it_by_an_hour():
    before, after = (
        daylight(*ALBANY, day, "America/New_York")
        for day in (date(2026, 10, 31), date(2026, 11, 1))
    )
    assert 55 <= minutes(before[0]) - minutes(after[0]) <= 60


def test_beyond_the_polar_circle_it_is_light_all_day_or_not_at_all():
    north = 15.6, 78.2
    zone = "Arctic/Longyearbyen"
    assert daylight(*north, date(2026, 6, 21), zone) == (time(0), time(23, 59))
    begin, end = daylight(*north, date(2026, 12, 21), zone)
    assert begin == end


def test_a_sun_that_sets_after_midnight_shines_until_the_end_of_the_day():
    rises, sets = daylight(-147.7, 64.84, date(2026, 6, 21), "America/Anchorage")
    assert rises < time(4)
    assert sets == time(23, 59)


def test_a_week_has_the_hours_that_every_day_has():
    monday = date(2026, 11, 23)
    begin, end = week_daylight(*ALBANY, monday, "America/New_York")
    days = [daylight(*ALBANY, monday + timedelta(days=n), "America/New_York") for n in range(7)]
    assert all(rises <= begin and end <= sets for rises, sets in days)
    assert (begin, end) == (days[6][0], days[6][1])  # days get shorter until December
