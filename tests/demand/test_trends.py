from datetime import UTC, datetime

import pandas as pd

from outreach.columns import check
from outreach.demand.calendar import calendar
from outreach.demand.counts import daily_totals, weekly_totals
from outreach.demand.trends import weekly_series
from outreach.schemas import ALL_NEEDS, WEEKLY

ZONE = "America/New_York"


def series_of(demand_view, times, as_of):
    view = demand_view(pd.DataFrame({"received_at": times}), as_of)
    seen = calendar(daily_totals(view).to_pandas(), as_of=as_of, time_zone=ZONE)
    return weekly_series(weekly_totals(view).to_pandas(), seen)


def test_no_week_is_missing_and_zeros_are_said(demand_view):
    as_of = datetime(2026, 6, 3, 12, tzinfo=UTC)
    times = ["2026-05-06 12:00", "2026-05-06 13:00", "2026-05-19 12:00", "2026-06-02 12:00"]
    series = check(series_of(demand_view, times, as_of), WEEKLY)
    assert len(series) == 5 * len(ALL_NEEDS)
    mental = series[series["need"] == "mental_health"]
    assert mental["calls"].tolist() == [2, 0, 1, 0, 1]
    assert series[series["need"] != "mental_health"]["calls"].sum() == 0


def test_weeks_that_are_not_whole_are_marked(demand_view):
    as_of = datetime(2026, 6, 3, 12, tzinfo=UTC)  # a Wednesday
    times = ["2026-05-06 12:00", "2026-05-19 12:00", "2026-06-02 12:00"]
    series = series_of(demand_view, times, as_of)
    partial = series.groupby("week")["partial"].first()
    # begun on a Wednesday, whole, whole, whole, the week of as_of
    assert partial.tolist() == [True, False, False, False, True]


def test_an_export_that_ends_midweek_has_a_partial_last_week(demand_view):
    as_of = datetime(2026, 6, 10, 12, tzinfo=UTC)
    series = series_of(demand_view, ["2026-05-04 12:00", "2026-05-13 12:00"], as_of)
    assert series.groupby("week")["partial"].first().tolist() == [False, True]


def test_sunday_night_belongs_to_the_local_week(demand_view):
    """03:30 UTC on a Monday is still Sunday in New York."""
    as_of = datetime(2026, 5, 11, 12, tzinfo=UTC)
    series = series_of(demand_view, ["2026-05-04 12:00", "2026-05-11 03:30"], as_of)
    assert series.groupby("week")["calls"].sum().tolist() == [2]
    assert not series["partial"].any()


def test_no_calls_give_an_empty_series(demand_view):
    as_of = datetime(2026, 1, 1, tzinfo=UTC)
    assert series_of(demand_view, ["2026-05-04 12:00"], as_of).empty
