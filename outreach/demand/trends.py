"""The city's calls week by week, as charts and managers need them."""

import pandas as pd

from outreach.columns import empty
from outreach.schemas import ALL_NEEDS, WEEKLY


def weekly_series(totals: pd.DataFrame, calendar: pd.DataFrame) -> pd.DataFrame:
    """Lay out calls by week and need with no week missing, and mark weeks that are not whole.

    A week is partial where it was not seen on all of its days; a chart must not show such a week
    as a fall. Weeks after the last call are left out: they are unknown, not zero.

    Needs    week, need, calls     from ``weekly_totals``, run
             calendar              CALENDAR
    Adds     WEEKLY
    """
    if totals.empty or calendar.empty:
        return empty(WEEKLY)
    days_seen = calendar.set_index(pd.to_datetime(calendar["week"]))["days_seen"]
    weeks = pd.to_datetime(totals["week"])
    days = pd.date_range(weeks.min(), weeks.max(), freq="7D")
    grid = pd.MultiIndex.from_product([days, ALL_NEEDS], names=["week", "need"])
    calls = totals.assign(week=weeks).groupby(["week", "need"])["calls"].sum()
    series = calls.reindex(grid, fill_value=0).astype("int64").reset_index()
    partial = series["week"].map(days_seen).fillna(0) < 7
    return series.assign(week=series["week"].dt.date, partial=partial)
