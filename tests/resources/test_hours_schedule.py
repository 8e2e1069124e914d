"""HSDS schedules, beside dateutil's own expansion of the same rows."""

from datetime import UTC, datetime, timedelta
from random import Random

import pandas as pd
import pytest
from dateutil.rrule import rrulestr

from outreach.resource_schemas import HSDS
from outreach.resources.hours.openings import openings
from outreach.resources.hours.schedule import schedule_reading

SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 6, 1, tzinfo=UTC)


def frame(*rows):
    return pd.DataFrame([dict.fromkeys(HSDS["schedules"], "") | row for row in rows])


def opened(hours):
    resources = pd.DataFrame({"resource_id": ["a"], "hours": [hours]})
    return openings(resources, since=SINCE, until=UNTIL, time_zone="UTC", country="US")


WEEKLY = {"freq": "WEEKLY", "byday": "MO,WE", "opens_at": "09:00", "closes_at": "17:00"}


@pytest.mark.parametrize(
    ("rows", "hours"),
    [
        ([WEEKLY], "Mo,We 09:00-17:00"),
        ([WEEKLY | {"timezone": "3", "interval": "1", "wkst": "MO"}], "Mo,We 09:00-17:00"),
        ([WEEKLY | {"freq": ""}], "Mo,We 09:00-17:00"),
        ([WEEKLY | {"opens_at": "9am", "closes_at": "3pm"}], "Mo,We 09:00-15:00"),
        ([WEEKLY | {"opens_at": "22:00:00", "closes_at": "06:00:00"}], "Mo,We 22:00-06:00"),
        (
            [WEEKLY | {"description": "By appointment only"}],
            'Mo,We 09:00-17:00 unknown "by appointment"',
        ),
        (
            [WEEKLY | {"description": "Mondays. Closed on public holidays."}],
            "Mo,We 09:00-17:00; PH off",
        ),
        (
            [
                {"freq": "MONTHLY", "byday": "2MO,-1FR", "opens_at": "09:00", "closes_at": "12:00"},
                {"freq": "WEEKLY", "byday": "SA", "opens_at": "10:00", "closes_at": "11:00"},
            ],
            "Mo[2],Fr[-1] 09:00-12:00, Sa 10:00-11:00",
        ),
        (
            [{"freq": "MONTHLY", "bymonthday": "15", "opens_at": "09:00", "closes_at": "12:00"}],
            "RRULE:FREQ=MONTHLY;BYMONTHDAY=15 09:00-12:00",
        ),
        (
            [WEEKLY | {"interval": "2", "dtstart": "2026-01-05"}, {"dtstart": "2026-12-24"}],
            "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;DTSTART=2026-01-05 09:00-17:00\n"
            "CLOSED:2026-12-24/2026-12-24",
        ),
        ([{"description": "1st & 3rd Thursday 9am-11am"}], "Th[1,3] 09:00-11:00"),
        (
            [{"description": "Mon 9am-11am"}, {"description": "Tue 1pm-3pm"}],
            "Mo 09:00-11:00, Tu 13:00-15:00",
        ),
        ([WEEKLY | {"interval": "2"}], None),  # from when?
        ([WEEKLY | {"count": "3"}], None),
        ([WEEKLY | {"closes_at": ""}], None),
        ([WEEKLY | {"closes_at": "09:00"}], None),
        ([WEEKLY | {"closes_at": "03:00"}], None),
        ([WEEKLY | {"opens_at": "09:00Z"}], None),
        ([WEEKLY | {"opens_at": "25:00"}], None),
        ([WEEKLY | {"byday": "2MO"}], None),  # which of the month, every week?
        ([WEEKLY | {"byweekno": "41"}], None),
        ([WEEKLY | {"byday": "XX"}], None),
        ([WEEKLY | {"byday": ""}], None),
        ([WEEKLY | {"freq": "HOURLY"}], None),
        ([WEEKLY | {"interval": "often"}], None),
        ([WEEKLY | {"bymonthday": "40"}], None),
        ([WEEKLY | {"dtstart": "2026-13-40"}], None),
        ([WEEKLY | {"dtstart": "0001-01-01"}], None),
        ([WEEKLY, {"description": "call for hours"}], None),
        ([{"dtstart": "2026-12-24"}], None),
        ([{"opens_at": "09:00", "closes_at": "12:00"}], None),
        ([{"description": "whenever"}], None),
        ([], None),
    ],
)
def test_rows_are_read_as_one_text_or_not_at_all(rows, hours):
    reading = schedule_reading(frame(*rows))
    assert reading.hours == hours, reading
    assert bool(reading.why) == (hours is None)


def test_a_frame_without_the_columns_and_with_missing_values_is_no_trouble():
    assert schedule_reading(pd.DataFrame()).hours is None
    rows = pd.DataFrame(
        [
            {
                "freq": "WEEKLY",
                "byday": "MO",
                "opens_at": "09:00",
                "closes_at": "10:00",
                "until": None,
                "count": float("nan"),
            }
        ]
    )
    assert schedule_reading(rows).hours == "Mo 09:00-10:00"


def _random_row(random):
    row = {"freq": random.choice(["DAILY", "WEEKLY", "WEEKLY", "MONTHLY", "MONTHLY", "YEARLY"])}
    row["interval"] = random.choice(["", "1", "2", "3"])
    days = random.sample(["MO", "TU", "WE", "TH", "FR", "SA", "SU"], random.choice([1, 2]))
    if row["freq"] == "MONTHLY":
        numbers = random.choice(
            [[""], ["1", "2", "+3", "4", "5", "-1"]]
        )  # see the mixed ones below
        days = [f"{random.choice(numbers)}{day}" for day in days]
    row["byday"] = random.choice(["", ",".join(days)])
    if row["freq"] == "MONTHLY":
        row["bymonthday"] = random.choice(["", "", "1,15", "31", "-1"])
    if row["freq"] == "YEARLY":
        row |= random.choice([{}, {"byday": "", "byyearday": "100,-1"}, {"byweekno": "10,41"}])
    start = datetime(2025, 1, 1) + timedelta(days=random.randrange(600))
    row["dtstart"] = start.date().isoformat()
    end = start + timedelta(days=random.randrange(600))
    row |= random.choice([{}, {"until": end.date().isoformat()}, {"count": "7"}])
    row |= random.choice(
        [{}, {"wkst": "SU"}, {"valid_from": "2026-03-01"}, {"valid_to": "2026-09-01"}]
    )
    opens = random.randrange(24)
    closes = (opens + random.randrange(1, 10)) % 24
    return row | {"opens_at": f"{opens:02d}:00", "closes_at": f"{closes:02d}:00"}


def _by_dateutil(row):
    rule = [
        f"{name.upper()}={row[name]}"
        for name in (
            "freq",
            "interval",
            "byday",
            "bymonthday",
            "byweekno",
            "byyearday",
            "count",
            "wkst",
        )
        if row.get(name)
    ]
    if row.get("until"):
        rule.append(f"UNTIL={row['until'].replace('-', '')}")
    start = datetime.fromisoformat(row["dtstart"])
    found = rrulestr(";".join(rule), dtstart=start)
    days = []
    for day in found:
        if day > UNTIL.replace(tzinfo=None):
            break
        if row.get("valid_from", "") <= day.date().isoformat() <= row.get("valid_to", "9"):
            days.append(day)
    opens, closes = int(row["opens_at"][:2]), int(row["closes_at"][:2])
    length = (closes - opens) % 24
    return [(d + timedelta(hours=opens), d + timedelta(hours=opens + length)) for d in days]


def _half_hours(pairs):
    since = SINCE.replace(tzinfo=None)
    end = UNTIL.replace(tzinfo=None)
    found = set()
    for begin, close in pairs:
        at = max(begin, since)
        while at < min(close, end):
            found.add(at)
            at += timedelta(minutes=30)
    return found


@pytest.mark.parametrize("seed", range(80))
def test_openings_are_those_of_dateutil(seed):
    random = Random(seed)
    rows = [_random_row(random) for _ in range(random.choice([1, 2]))]
    reading = schedule_reading(frame(*rows))
    assert reading.hours is not None, (rows, reading)
    made = opened(reading.hours)
    told = zip(
        made["opens_at"].dt.tz_localize(None), made["closes_at"].dt.tz_localize(None), strict=True
    )
    expected = [pair for row in rows for pair in _by_dateutil(row)]
    assert _half_hours(told) == _half_hours(expected), reading.hours


@pytest.mark.parametrize("seed", range(20))
def test_weekly_and_monthly_rules_in_osm_are_those_of_dateutil(seed):
    random = Random(seed)
    row = _random_row(random)
    while not row["byday"] or row["freq"] not in {"WEEKLY", "MONTHLY"}:
        row = _random_row(random)
    row = {name: row[name] for name in ("freq", "byday", "opens_at", "closes_at")}
    hours = schedule_reading(frame(row)).hours
    assert hours is not None
    assert not hours.startswith("RRULE")
    made = opened(hours)
    told = zip(
        made["opens_at"].dt.tz_localize(None), made["closes_at"].dt.tz_localize(None), strict=True
    )
    expected = _by_dateutil(row | {"dtstart": "2025-12-01"})
    assert _half_hours(told) == _half_hours(expected), hours


@pytest.mark.parametrize("dtstart", ["", "2020-01-01"])
def test_days_with_and_without_a_number_are_either_as_rfc_5545_has_it(dtstart):
    row = {"freq": "MONTHLY", "byday": "TH,1FR", "opens_at": "10:00", "closes_at": "12:00"}
    made = opened(schedule_reading(frame(row | {"dtstart": dtstart})).hours)
    days = [
        day
        for day in pd.date_range("2026-01-01", "2027-05-31")
        if day.weekday() == 3 or (day.weekday() == 4 and day.day <= 7)
    ]
    assert made["opens_at"].dt.tz_localize(None).dt.normalize().tolist() == days


def test_a_night_that_begins_on_a_holiday_is_closed_to_its_end():
    row = WEEKLY | {"freq": "DAILY", "byday": "", "opens_at": "19:00", "closes_at": "07:00"}
    weekly = row | {"freq": "WEEKLY", "byday": "TH", "description": "closed on holidays"}
    for rows in ([weekly], [row | {"description": "closed on holidays"}]):
        made = opened(schedule_reading(frame(*rows)).hours)
        thanksgiving = made["opens_at"].between("2026-11-26 08:00", "2026-11-27 08:00")
        assert not thanksgiving.any()
        assert made["opens_at"].between("2026-12-03", "2026-12-05").any()


def test_closed_days_and_holidays_take_openings_away():
    row = WEEKLY | {"byday": "", "freq": "DAILY", "dtstart": "2026-11-01", "until": "2026-12-31"}
    rows = [
        row | {"description": "closed on public holidays"},
        {"valid_from": "2026-11-02", "valid_to": "2026-11-04"},
    ]
    made = opened(schedule_reading(frame(*rows)).hours)
    days = set(made["opens_at"].dt.strftime("%m-%d"))
    assert "11-01" in days
    assert days.isdisjoint({"11-02", "11-03", "11-04", "11-11", "11-26", "12-25"})
    assert len(days) == 61 - 6


def test_open_counts_where_open_and_by_appointment_overlap():
    rows = [
        WEEKLY | {"description": "by appointment", "byday": "MO"},
        WEEKLY | {"byday": "MO", "opens_at": "12:00", "closes_at": "13:00"},
    ]
    made = opened(schedule_reading(frame(*rows)).hours)
    first = made[made["opens_at"] < "2026-01-06"]
    assert first["state"].tolist() == ["by_appointment", "open", "by_appointment"]
    assert first["opens_at"].dt.hour.tolist() == [9, 12, 13]


@pytest.mark.real
def test_the_official_example_has_no_meaning_and_is_unread(real_data):
    """Weeks and days of the year in a weekly rule: RFC 5545 bars them; its text is shown."""
    path = real_data / "resources" / "hsds_3.2.3_examples" / "csv" / "schedules.csv"
    reading = schedule_reading(pd.read_csv(path, dtype=str, keep_default_na=False))
    assert reading.hours is None
    assert "weekly" in reading.why
