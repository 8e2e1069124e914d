from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from outreach import cells
from outreach.columns import check
from outreach.demand.counts import counts_between, daily_totals, weekly_counts, weekly_totals
from outreach.schemas import ALL_NEEDS, COUNTS

AS_OF = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def random_calls():
    rng = np.random.default_rng(4)
    n = 600
    lon, lat = rng.normal(-73.75, 0.01, n), rng.normal(42.65, 0.01, n)
    lon[:40] = np.nan
    return pd.DataFrame(
        {
            "received_at": pd.Timestamp("2026-03-01", tz="UTC")
            + pd.to_timedelta(rng.integers(0, 91 * 24 * 60, n), unit="min"),
            "lon": lon,
            "lat": np.where(np.isnan(lon), np.nan, lat),
            "need": rng.choice(ALL_NEEDS, n),
        }
    )


def test_counts_equal_a_count_by_hand(random_calls, demand_view):
    view = demand_view(random_calls, AS_OF)
    counts = check(weekly_counts(view, resolution=8).to_pandas(), COUNTS)
    placed = view.drop_null("fine_cell").to_pandas()
    by_hand = placed.groupby([cells.parents(placed["fine_cell"], 8), "week", "need"]).size()
    found = counts.set_index(["cell", "week", "need"])["calls"].sort_index()
    assert found.to_dict() == by_hand.to_dict()
    assert counts["calls"].sum() == 560


def test_totals_keep_calls_without_a_place(random_calls, demand_view):
    view = demand_view(random_calls, AS_OF)
    totals = weekly_totals(view).to_pandas()
    by_hand = view.to_pandas().groupby(["week", "need"]).size()
    found = totals.set_index(["week", "need"]).sort_index()
    assert totals["calls"].sum() == 600
    assert found["calls"].to_dict() == by_hand.to_dict()


def test_weeks_may_begin_on_any_day(random_calls, demand_view):
    view = demand_view(random_calls, AS_OF)
    day = pd.to_datetime(view.drop_null("fine_cell").to_pandas()["day"])
    for begins in range(7):
        counts = check(weekly_counts(view, resolution=8, begins=begins).to_pandas(), COUNTS)
        found = counts.groupby(pd.to_datetime(counts["week"]))["calls"].sum()
        assert set(found.index.day_of_week) == {begins}
        first = day - pd.to_timedelta((day.dt.day_of_week - begins) % 7, unit="D")
        assert found.to_dict() == first.value_counts().to_dict()


def test_counts_between_two_days_leave_out_the_last(random_calls, demand_view):
    view = demand_view(random_calls, AS_OF)
    first, until = date(2026, 3, 10), date(2026, 4, 2)
    counts = counts_between(view, resolution=7, first=first, until=until).to_pandas()
    placed = view.drop_null("fine_cell").to_pandas()
    day = pd.to_datetime(placed["day"])
    inside = placed[(day >= pd.Timestamp(first)) & (day < pd.Timestamp(until))]
    by_hand = inside.groupby([cells.parents(inside["fine_cell"], 7), "need"]).size()
    assert counts.set_index(["cell", "need"])["calls"].to_dict() == by_hand.to_dict()
    sink = int(inside["fine_cell"].iloc[0])
    fewer = counts_between(view, resolution=7, first=first, until=until, apart=[sink])
    assert fewer.calls.sum().to_pandas() == len(inside) - (inside["fine_cell"] == sink).sum()


def test_daily_totals_keep_calls_without_a_place(random_calls, demand_view):
    view = demand_view(random_calls, AS_OF)
    totals = daily_totals(view).to_pandas()
    assert (
        totals.set_index("day")["calls"].to_dict()
        == view.to_pandas().groupby("day").size().to_dict()
    )
    assert totals["calls"].sum() == 600


def test_points_set_apart_count_in_no_cell(random_calls, demand_view):
    view = demand_view(random_calls, AS_OF)
    sink = int(view.fine_cell.max().to_pandas())
    assert weekly_counts(view, resolution=9, apart=[sink]).calls.sum().to_pandas() == 559


def test_counting_reads_no_call_into_memory(random_calls, demand_view):
    """Everything up to the result is one query: nothing runs before it is asked to."""
    query = weekly_counts(demand_view(random_calls, AS_OF), resolution=8)
    assert set(query.schema()) == set(COUNTS.columns)


def test_rows_made_by_staff_change_no_count(random_calls, demand_view, with_tenfold_staff):
    """Safeguard 1."""
    both = with_tenfold_staff(random_calls)
    assert len(both) == 11 * len(random_calls)
    keys = ["cell", "week", "need"]
    plain, mixed = (
        weekly_counts(demand_view(frame, AS_OF), resolution=8)
        .to_pandas()
        .sort_values(keys, ignore_index=True)
        for frame in (random_calls, both)
    )
    pd.testing.assert_frame_equal(plain, mixed)
