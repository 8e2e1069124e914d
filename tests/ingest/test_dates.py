from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from outreach.ingest import dates

NEW_YORK = "America/New_York"


def one(text: str, order: str, *, zone: str = NEW_YORK, no_time_at: str = "") -> tuple:
    found = dates.received_times(
        pd.Series([text]),
        None,
        order=order,  # type: ignore[arg-type]
        clock="clock",
        time_zone=zone,
        no_time_at=no_time_at,
    ).iloc[0]
    return found["received_at"], bool(found["date_only"])


@pytest.mark.parametrize(
    ("text", "order", "local"),
    [
        ("2018-04-03T12:33:00.000", "ymd", "2018-04-03 12:33:00"),
        ("2018/4/3 1:05", "ymd", "2018-04-03 01:05:00"),
        ("04/18/2018 12:00:30 AM", "mdy", "2018-04-18 00:00:30"),
        ("4/8/18 2:05 PM", "mdy", "2018-04-08 14:05:00"),
        ("Apr  3, 2018 12:15 pm", "mdy", "2018-04-03 12:15:00"),
        ("Mar 02 2019 08:10:37:000AM", "mdy", "2019-03-02 08:10:37"),
        ("18.04.2018 13:33", "dmy", "2018-04-18 13:33:00"),
        ("03APR2018:12:33:00", "dmy", "2018-04-03 12:33:00"),
        ("201804031233", "yyyymmdd", "2018-04-03 12:33:00"),
        ("20180403123310", "yyyymmdd", "2018-04-03 12:33:10"),
        ("43193.5", "excel", "2018-04-03 12:00:00"),
        ("04/18/2018 24:00", "mdy", "2018-04-19 00:00:00"),
    ],
)
def test_wall_clock_times_are_read_in_the_zone(text: str, order: str, local: str) -> None:
    expected = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(NEW_YORK))
    assert one(text, order)[0] == pd.Timestamp(expected)


@pytest.mark.parametrize(
    ("text", "order", "utc"),
    [
        ("2018-04-03T12:33:00Z", "ymd", "2018-04-03 12:33"),
        ("2018-04-03 12:33:00+02:00", "ymd", "2018-04-03 10:33"),
        ("Thu, 26 Sep 2024 21:41:00 GMT", "dmy", "2024-09-26 21:41"),
        ("Tue Apr 03 12:33:00 EDT 2018", "mdy", "2018-04-03 16:33"),
        ("1522759980", "epoch_s", "2018-04-03 12:53"),
        ("1522759980000", "epoch_ms", "2018-04-03 12:53"),
    ],
)
def test_an_offset_in_the_text_goes_first(text: str, order: str, utc: str) -> None:
    assert one(text, order)[0] == pd.Timestamp(utc, tz="UTC")


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("13/02/2018", "mdy"),
        ("02/13/2018", "dmy"),
        ("2018-02-30", "ymd"),
        ("2018-02-03", "mdy"),
        ("04/18/2018 25:10", "mdy"),
        ("04/18/2018 13:10 PM", "mdy"),
        ("yesterday", "mdy"),
        ("2018040", "yyyymmdd"),
    ],
)
def test_what_does_not_fit_the_order_is_never_read_by_another(text: str, order: str) -> None:
    assert pd.isna(one(text, order)[0])


def test_hours_that_clocks_show_twice_or_skip_agree_with_zoneinfo() -> None:
    for text in ("2018-11-04 01:30:00", "2018-03-11 02:30:00"):
        expected = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(NEW_YORK), fold=0)
        assert one(text, "ymd")[0] == pd.Timestamp(expected).tz_convert("UTC")


def test_a_date_without_time_is_local_midnight() -> None:
    assert one("2018-07-01", "ymd") == (pd.Timestamp("2018-07-01 04:00", tz="UTC"), True)
    assert one("2018-07-01 00:00:00", "ymd", no_time_at="00:00")[1] is True
    assert one("2018-07-01 12:00", "ymd", no_time_at="12:00") == one("2018-07-01", "ymd")
    # a date written as an instant at midnight UTC means that date, not the evening before
    assert one("2018-07-01T00:00:00Z", "ymd", no_time_at="00:00Z") == one("2018-07-01", "ymd")


@pytest.mark.parametrize(
    ("kind", "text", "minutes"),
    [
        ("clock", "22:17", 22 * 60 + 17),
        ("clock", "5:05 pm", 17 * 60 + 5),
        ("clock", "1899-12-30T17:20:00", 17 * 60 + 20),
        ("hhmm", "5", 5),
        ("hhmm", "0930", 9 * 60 + 30),
        ("hour", "23", 23 * 60),
        ("fraction", "0.75", 18 * 60),
    ],
)
def test_separate_times_of_day(kind: str, text: str, minutes: int) -> None:
    since, ok = dates.read_clock(pd.Series([text, ""]), kind)  # type: ignore[arg-type]
    assert ok.all()
    assert since.tolist() == [minutes * 60_000_000, -1]


def test_impossible_times_of_day_are_not_readable() -> None:
    _, ok = dates.read_clock(pd.Series(["25:00", "2360", "noon"]), "hhmm")
    assert not ok.any()


def test_the_whole_sample_decides_between_month_and_day_first() -> None:
    days = pd.Series([f"{day:02d}/03/2019" for day in range(1, 29)])
    assert dates.choose_order(days, digits=False) == ("dmy", 1.0, True)
    assert dates.choose_order(days.str[3:6] + days.str[:2] + days.str[5:], digits=False)[0] == "mdy"


def test_without_a_day_above_twelve_the_smoother_order_wins_and_is_marked() -> None:
    first_days = pd.Series([f"03/{day:02d}/2019" for day in range(1, 12) for _ in range(3)])
    assert dates.choose_order(first_days, digits=False) == ("mdy", 1.0, False)
    turned = first_days.str[3:6] + first_days.str[:2] + first_days.str[5:]
    assert dates.choose_order(turned, digits=False) == ("dmy", 1.0, False)


def test_digits_are_dates_only_where_the_name_allows() -> None:
    serials = pd.Series(["43193", "43194.25", "43200.5"])
    assert dates.choose_order(serials, digits=True)[0] == "excel"
    assert dates.choose_order(serials, digits=False)[0] is None
