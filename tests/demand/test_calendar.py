from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from outreach.columns import check, empty
from outreach.demand.calendar import calendar
from outreach.schemas import CALENDAR

ZONE = "America/New_York"


def daily_of(calls, first="2026-01-05"):  # a Monday
    days = pd.date_range(first, periods=len(calls), freq="D")
    table = pd.DataFrame({"day": days.date, "calls": calls})
    return table[table["calls"] > 0]


def seen(daily, as_of, **options):
    found = check(calendar(daily, as_of=as_of, time_zone=ZONE, **options), CALENDAR)
    return found["days_seen"].tolist()


def test_whole_weeks_and_a_week_that_the_record_begins_in():
    daily = daily_of([40] * 18, first="2026-01-08")  # Thursday to Sunday, two weeks later
    as_of = datetime(2026, 1, 26, 5, tzinfo=UTC)  # midnight in New York
    assert seen(daily, as_of) == [4, 7, 7]


def test_the_day_of_as_of_was_not_seen_to_its_end():
    daily = daily_of([40] * 10)
    assert seen(daily, datetime(2026, 1, 14, 12, tzinfo=UTC)) == [7, 2]
    assert seen(daily, datetime(2026, 1, 14, 4, 59, tzinfo=UTC)) == [7, 1]  # still the 13th there
    # and days that are later than as_of are not looked at
    assert seen(daily, datetime(2026, 1, 11, 12, tzinfo=UTC)) == [6]


def test_days_after_the_last_call_are_unknown_not_quiet():
    assert seen(daily_of([40] * 7), datetime(2026, 1, 29, 12, tzinfo=UTC)) == [7, 0, 0, 0]


def test_missing_days_are_a_gap_where_calls_are_many_and_quiet_where_they_are_few():
    rng = np.random.default_rng(1)
    busy, quiet = rng.poisson(50, 70) + 1, rng.poisson(0.5, 70)
    for calls in (busy, quiet):
        calls[[0, -1]] = max(1, int(calls.mean()))
        calls[17:19] = 0
    as_of = datetime(2026, 3, 16, 12, tzinfo=UTC)
    assert seen(daily_of(busy), as_of) == [7, 7, 5, *[7] * 7]
    assert seen(daily_of(quiet), as_of) == [7] * 10


def test_a_gap_of_months_leaves_its_weeks_with_no_day():
    calls = np.full(7 * 30, 20)
    calls[7 * 6 : 7 * 20] = 0
    found = seen(daily_of(calls), datetime(2026, 8, 3, 12, tzinfo=UTC))
    assert found == [7] * 6 + [0] * 14 + [7] * 10


def test_an_export_that_begins_and_ends_within_a_day_shows_it():
    calls = np.full(28, 60)
    calls[[0, -1]] = 5
    as_of = datetime(2026, 2, 9, 12, tzinfo=UTC)
    assert seen(daily_of(calls), as_of) == [6, 7, 7, 6, 0]


def test_chance_makes_hardly_any_gap():
    rng = np.random.default_rng(2)
    missed = 0
    for _ in range(40):
        calls = rng.poisson(4, 200)
        calls[[0, -1]] = 4
        missed += 196 - sum(seen(daily_of(calls), datetime(2026, 7, 24, 12, tzinfo=UTC))[:28])
    assert missed <= 1  # 2 % of 40 records have so rare a silence


@pytest.mark.parametrize("begins", range(7))
def test_weeks_may_begin_on_any_day(begins):
    daily = daily_of([30] * 30)
    table = calendar(
        daily, as_of=datetime(2026, 2, 4, 12, tzinfo=UTC), time_zone=ZONE, begins=begins
    )
    assert {day.weekday() for day in table["week"]} == {begins}
    assert table["days_seen"].sum() == 30
    assert table["week"].iloc[0] <= date(2026, 1, 5)
    assert (table["days_seen"].iloc[1:-1] == 7).all()


def test_a_record_without_calls_has_no_weeks():
    nothing = daily_of([0, 0])
    table = calendar(nothing, as_of=datetime(2026, 1, 14, tzinfo=UTC), time_zone=ZONE)
    pd.testing.assert_frame_equal(table, empty(CALENDAR))
