"""The feedback loop that predictive policing failed by, run through our own counting and listing.

Two areas call for help equally often. In the first week every visit goes to one of them, and each
visit leaves rows that staff made there. Every other week the list is made from the record.
"""

from datetime import UTC, datetime, timedelta

import ibis
import numpy as np
import pandas as pd
import pytest

from outreach import cells
from outreach.config import ForecastParams
from outreach.demand.calendar import calendar
from outreach.demand.counts import daily_totals, weekly_counts
from outreach.demand.forecast import forecast
from outreach.demand.panel import make_panel
from outreach.store import calls as store

ZONE = "America/New_York"
MONDAY = pd.Timestamp("2025-01-06")
WEEKS = 52
LISTED_EVERY = 2  # weeks
CALLS_A_WEEK = 3  # of every cell, in both areas
VISITED = 20  # cells on the list
ROWS_A_VISIT = 3  # that staff make
PARAMS = ForecastParams(ring_share=0)


@pytest.fixture(scope="module")
def town():
    """Forty cells in each of two areas that do not touch; the first forty are the first area."""
    middles = cells.fine_cells([-73.80, -73.60], [42.65, 42.65]).to_numpy(np.int64)
    return np.concatenate([cells.ring(cell, 4)[:40] for cell in cells.parents(middles, 9)])


def rows(where, week, counts_as, rng):
    """Make rows of a week in the given cells, as the store's view has them."""
    day = MONDAY + pd.to_timedelta(7 * week + rng.integers(0, 7, len(where)), unit="D")
    return pd.DataFrame(
        {
            "fine_cell": where,
            "day": day.date,
            "need": "mental_health",
            "counts_as": counts_as,
        }
    )


def listed(record, week, study, *, demand):
    """Return the cells to visit in a week, from what was known before it."""
    view = ibis.memtable(record)
    asked = store.demand(view) if demand else view
    as_of = datetime.combine(MONDAY + timedelta(weeks=week), datetime.min.time(), UTC)
    seen = calendar(
        store.fetch(daily_totals(asked)), as_of=as_of + timedelta(hours=12), time_zone=ZONE
    )
    counts = store.fetch(weekly_counts(asked, resolution=9))
    panel = make_panel(counts, seen, cells=study)
    return forecast(panel, params=PARAMS)["cell"].to_numpy()[:VISITED]


def share_of_visits(town, *, demand):
    """Return by week how many of the visits went to the first area, of a year."""
    rng = np.random.default_rng(1)
    record, visited, shares = [], town[:VISITED], []
    for week in range(WEEKS):
        shares.append(float(np.isin(visited, town[:40]).mean()))
        asked = np.repeat(town, rng.poisson(CALLS_A_WEEK, len(town)))
        record.append(rows(asked, week, "demand", rng))
        record.append(rows(np.repeat(visited, ROWS_A_VISIT), week, "officer_initiated", rng))
        if (week + 1) % LISTED_EVERY == 0:
            visited = listed(pd.concat(record), week + 1, town, demand=demand)
    return np.array(shares)


def test_visits_stay_balanced_when_only_calls_for_help_count(town):
    """Safeguard 1: visits leave no trace in what the next list is made from."""
    shares = share_of_visits(town, demand=True)
    assert shares[0] == 1
    assert 0.4 < shares[LISTED_EVERY:].mean() < 0.6
    assert 0.25 < shares[-13:].mean() < 0.75


def test_visits_run_away_when_what_staff_made_counts_too(town):
    """The same city and the same code without the filter: who was visited stays on the list."""
    shares = share_of_visits(town, demand=False)
    assert shares[-13:].mean() > 0.85
