"""Safeguard 1 for all of demand: ten times as many rows made by staff change nothing."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from outreach import cells
from outreach.config import AlertParams, DemandParams, ForecastParams
from outreach.demand.alerts import alerts
from outreach.demand.areas import area_of_cells, area_weeks
from outreach.demand.calendar import calendar
from outreach.demand.counts import daily_totals, weekly_counts
from outreach.demand.emerging import emerging
from outreach.demand.forecast import forecast
from outreach.demand.hot_spots import hot_spots
from outreach.demand.panel import make_panel
from outreach.schemas import ALL_NEEDS

AS_OF = datetime(2026, 6, 1, 12, tzinfo=UTC)
ZONE = "America/New_York"
WEEKS = 30
NO_AREAS = pd.DataFrame({"name": [], "kind": []})


@pytest.fixture(scope="module")
def calls():
    """Calls of a town in thirty weeks, most of them in two spots, one of which is new."""
    rng = np.random.default_rng(6)
    study = cells.ring(int(cells.parents(cells.fine_cells([-73.75], [42.65]), 9)[0]), 7)
    old, new = (cells.ring(int(middle)) for middle in study[[20, 120]])
    everywhere = rng.choice(study, 2400)
    where = np.concatenate([everywhere, rng.choice(old, 600), rng.choice(new, 150)])
    day = rng.integers(0, 7 * WEEKS, len(where))
    day[-150:] = rng.integers(7 * (WEEKS - 4), 7 * WEEKS, 150)
    middles = np.array([cells.centre(cell) for cell in where])
    return pd.DataFrame(
        {
            "received_at": pd.Timestamp("2025-11-03 17:00", tz="UTC")
            + pd.to_timedelta(day, unit="D"),
            "lon": middles[:, 0],
            "lat": middles[:, 1],
            "need": rng.choice(ALL_NEEDS, len(where)),
        }
    )


def found_in(view):
    """Return every table of demand."""
    counts = weekly_counts(view, resolution=9).order_by("cell", "week", "need").to_pandas()
    seen = calendar(daily_totals(view).to_pandas(), as_of=AS_OF, time_zone=ZONE)
    panel = make_panel(counts, seen)
    weekly = area_weeks(counts, seen, area_of_cells(panel.cells, NO_AREAS, resolution=7))
    return {
        "counts": counts,
        "hot spots": hot_spots(panel, params=DemandParams()),
        "labels": emerging(panel, params=DemandParams()),
        "forecast": forecast(panel, params=ForecastParams()),
        "alerts": alerts(weekly, params=AlertParams()),
    }


def test_ten_times_as_many_rows_made_by_staff_change_nothing(
    calls, demand_view, with_tenfold_staff
):
    both = with_tenfold_staff(calls)
    assert len(both) == 11 * len(calls)
    plain, mixed = found_in(demand_view(calls, AS_OF)), found_in(demand_view(both, AS_OF))
    assert (plain["hot spots"]["spot"] == "hot").any()  # else there would be nothing to change
    assert (plain["labels"]["label"] != "none").any()
    assert plain["alerts"]["chance"].gt(0).any()
    for name, table in plain.items():
        pd.testing.assert_frame_equal(table, mixed[name], obj=name)


def test_the_same_rows_would_change_all_of_it_if_they_counted(
    calls, demand_view, with_tenfold_staff
):
    """So that the test above can fail: the rows are such that each table depends on them."""
    counted = with_tenfold_staff(calls).assign(counts_as="demand")
    plain, wrong = found_in(demand_view(calls, AS_OF)), found_in(demand_view(counted, AS_OF))
    for name, table in plain.items():
        assert not table.equals(wrong[name]), name
