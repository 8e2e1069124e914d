"""Hours as openings in UTC, across both changes of the clocks."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from opening_hours import OpeningHours, State

from outreach.columns import check
from outreach.errors import ConfigError
from outreach.resource_schemas import OPENINGS
from outreach.resources.hours.openings import holiday_unsaid, is_holiday, openings, read_hours, say

ZONE = "America/New_York"


def opened(hours, since, until, zone=ZONE):
    frame = pd.DataFrame({"resource_id": ["a"], "hours": [hours]})
    made = openings(frame, since=since, until=until, time_zone=zone, country="US")
    return check(made, OPENINGS)


def local(made: pd.DataFrame) -> list[tuple[str, str, str]]:
    times = [made[c].dt.tz_convert(ZONE).dt.strftime("%a %d %H:%M %Z") for c in made.columns[1:3]]
    return list(zip(*times, made["state"], strict=True))


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("Mo-Fr 09:00-17:00", "Mo-Fr 09:00-17:00"),
        ("Mo-Fr 9:00-17:00; PH off", "Mo-Fr 9:00-17:00; PH off"),
        ("24/7", "24/7"),
        ("Mon-Fri 8:30am-4:30pm", "Mo-Fr 08:30-16:30"),
        ("Mon-Fri 09:00-17:00", "Mo-Fr 09:00-17:00"),
        ('Mo 10:00-12:00 "by appointment"', 'Mo 10:00-12:00 unknown "by appointment"'),
        ('Mo 10:00-12:00 "ring the bell"', 'Mo 10:00-12:00 open "ring the bell"'),
        ('Mo 10:00-12:00 || "call"', 'Mo 10:00-12:00 || unknown "call"'),
        ('"by appointment"', 'unknown "by appointment"'),
        ("Mo-Fr 9:00-5:00", "Mo-Fr 09:00-17:00"),  # OSM would mean the next morning
        ("Mo-Fr 9:00-12:00, 1:00-5:00", "Mo-Fr 09:00-12:00,13:00-17:00"),  # OSM: one at night
        ("Sa 1:00-4:00", "Sa 13:00-16:00"),
        ("Th 6:00-8:00", None),  # OSM would mean the morning, its writer perhaps the evening
        ("Mo-Fr 6:00-22:00", "Mo-Fr 6:00-22:00"),
        ("Mo-Su 19:00-07:00; PH off", None),  # the night that begins on it, or that ends on it?
        ("Mo-Fr 08:00-24:00; PH off", "Mo-Fr 08:00-24:00; PH off"),
        ("Sa 9-12", "Sa 09:00-12:00"),
        ("Mo-Fr", None),  # OSM would mean all day
        ("Mo-Fr 09:00+", None),
        ("Mo-Fr 25:00-26:00", None),
        ("Mo sunrise-sunset", None),
        ("10:00-12:00", None),
        ("PH off", None),
        ("Mo-Fr 9am-5pm", "Mo-Fr 09:00-17:00"),
        ("RRULE:FREQ=WEEKLY;BYDAY=MO 09:00-12:00", "RRULE:FREQ=WEEKLY;BYDAY=MO 09:00-12:00"),
        ("RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO 09:00-12:00", None),
        ("RRULE:", None),
        ("", None),
    ],
)
def test_osm_is_taken_only_where_it_strictly_looks_like_it(text, hours):
    reading = read_hours(text)
    assert reading.hours == hours, reading
    assert bool(reading.why) == (hours is None)


TEXTS = [
    "Mo-Fr 09:00-17:00",
    "24/7; PH off",
    "Sa 22:00-06:00",
    "Su 00:30-04:30",
    "Su 02:15-02:45",
    "Mo-Su 17:00-09:00",
    "Sa,Su 23:00-02:30",
    "Mo-Su 10:00-12:00,13:00-15:00; Su 11:00-11:30 off",
    "Mo-Su 08:00-10:00, Su[2] 18:00-26:00",
    'Su 01:00-05:00 unknown "call ahead"',
]


@pytest.mark.parametrize("hours", TEXTS)
@pytest.mark.parametrize("change", [date(2026, 3, 8), date(2026, 11, 1)])
def test_each_minute_is_that_of_the_clock_on_the_wall(hours, change):
    """Minutes whose time on the wall comes twice that night are looked at below."""
    zone = ZoneInfo(ZONE)
    since = datetime.combine(change - timedelta(days=2), datetime.min.time(), tzinfo=zone)
    since, until = since.astimezone(UTC), since.astimezone(UTC) + timedelta(days=4)
    made = opened(hours, since, until)
    wall = OpeningHours(hours, country="US")
    minute = since
    spans = list(zip(made["opens_at"], made["closes_at"], strict=True))
    while minute < until:
        here = minute.astimezone(zone)
        if here.replace(fold=0).utcoffset() == here.replace(fold=1).utcoffset():
            is_open = any(a <= minute < b for a, b in spans)
            state, note = wall.state(here.replace(tzinfo=None))
            expected = state == State.OPEN or (state == State.UNKNOWN and "call" in note)
            assert is_open == expected, here
        minute += timedelta(minutes=5)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ("Su 01:00-03:00", [("01:00 EDT", "03:00 EST")]),
        ("Su 01:30-02:30", [("01:30 EDT", "02:30 EST")]),
        ("Su 00:00-01:30", [("00:00 EDT", "01:30 EST")]),
        ("Su 00:00-01:20,01:40-03:00", [("00:00 EDT", "01:40 EDT"), ("01:40 EDT", "03:00 EST")]),
    ],
)
def test_the_hour_that_comes_twice_counts_twice_and_openings_never_overlap(hours, expected):
    made = opened(
        hours, datetime(2026, 11, 1, 3, tzinfo=UTC), datetime(2026, 11, 1, 12, tzinfo=UTC)
    )
    told = [(a.split(" ", 2)[2], b.split(" ", 2)[2]) for a, b, _ in local(made)]
    assert told == expected
    assert (made["opens_at"].shift(-1).dropna() >= made["closes_at"][:-1].to_numpy()).all()


def test_openings_are_cut_to_the_stretch_and_night_openings_begun_before_count():
    since, until = datetime(2026, 11, 22, 5, tzinfo=UTC), datetime(2026, 11, 22, 15, tzinfo=UTC)
    made = opened("Sa 22:00-06:00, Su 09:00-17:00", since, until)
    assert local(made) == [
        ("Sun 22 00:00 EST", "Sun 22 06:00 EST", "open"),
        ("Sun 22 09:00 EST", "Sun 22 10:00 EST", "open"),
    ]


def test_by_appointment_is_told_and_unknown_for_another_reason_is_no_opening():
    since, until = datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 30, tzinfo=UTC)
    hours = 'Mo 09:00-11:00 unknown "call ahead", Tu 09:00-11:00 unknown "as needed", '
    hours += 'We 09:00-11:00 open "or by appointment"; PH off'
    made = opened(hours, since, until)
    assert list(zip(made["state"], made["note"], strict=True)) == [
        ("by_appointment", "call ahead"),
        ("open", "or by appointment"),
    ]


def test_hours_not_read_and_empty_frames_have_no_openings():
    since, until = datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 30, tzinfo=UTC)
    frame = pd.DataFrame({"resource_id": ["a", "b"], "hours": [None, float("nan")]})
    for resources in (frame, frame[:0]):
        made = openings(resources, since=since, until=until, time_zone=ZONE, country="US")
        assert len(check(made, OPENINGS)) == 0


def test_holidays_of_the_country_and_hours_that_say_nothing_of_them():
    thanksgiving = date(2026, 11, 26)
    assert is_holiday(thanksgiving, "US")
    assert not is_holiday(thanksgiving, "DE")
    assert not is_holiday(date(2026, 11, 25), "US")
    assert holiday_unsaid("Mo-Fr 09:00-17:00", thanksgiving, "US")
    assert not holiday_unsaid("Mo-Fr 09:00-17:00; PH off", thanksgiving, "US")
    assert not holiday_unsaid("RRULE:FREQ=DAILY 09:00-10:00\nCLOSED:PH", thanksgiving, "US")
    assert not holiday_unsaid("Mo-Fr 09:00-17:00", date(2026, 11, 25), "US")
    with pytest.raises(ConfigError, match="'XX'"):
        is_holiday(thanksgiving, "XX")


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        ("Mo,We 09:00-11:00; PH off", "Mon, Wed 9:00–11:00; closed on public holidays"),
        ("Th[1,3] 09:00-11:00", "1st and 3rd Thu 9:00–11:00"),
        ("Sa[-1] 10:00-11:30", "last Sat 10:00–11:30"),
        ("24/7", "always open"),
        ('24/7 unknown "by appointment"', "by appointment"),
        ('Mo-Fr 08:00-11:00 unknown "by appointment"', "Mon–Fri 8:00–11:00 by appointment"),
        ('Mo 09:00-11:00 open "or by appointment"', "Mon 9:00–11:00 (or by appointment)"),
        (
            "Tu-Th 10:00-14:00, Fr 10:00-12:00,13:00-15:00",
            "Tue–Thu 10:00–14:00; Fri 10:00–12:00, 13:00–15:00",
        ),
        (
            "Mo-Fr 09:00-16:00; Mo-Fr 12:30-13:00 off",
            "Mon–Fri 9:00–16:00; closed Mon–Fri 12:30–13:00",
        ),
        ("Oct-Mar: Sa[1] 12:00-14:00", "Oct–Mar 1st Sat 12:00–14:00"),
        ("We 10:00-12:00; Jul,Aug off", "Wed 10:00–12:00; closed Jul, Aug"),
        (
            "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;DTSTART=2026-11-02 09:00-17:00\nCLOSED:PH",
            "every 2 weeks, Mon, from 2026-11-02 9:00–17:00; closed on public holidays",
        ),
        (
            "RRULE:FREQ=MONTHLY;BYMONTHDAY=15 09:00-12:00",
            "every month, day of the month 15 9:00–12:00",
        ),
    ],
)
def test_a_rule_is_said_in_words(hours, words):
    assert say(hours) == words
