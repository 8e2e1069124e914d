"""The city's calls week by week, as charts and managers need them."""

from datetime import datetime

import pandas as pd

from outreach.columns import empty
from outreach.schemas import ALL_NEEDS, WEEKLY
from outreach.weeks import local_date


def weekly_series(totals: pd.DataFrame, *, as_of: datetime, time_zone: str) -> pd.DataFrame:
    """Lay out calls by week and need with no week missing, and mark weeks that are not whole.

    A week is partial where the record begins or ends inside it or ``as_of`` lies in it; a chart
    must not show such a week as a fall. Weeks after the last call are left out: they are unknown,
    not zero.

    Needs    week, need, calls, first_day, last_day   from ``weekly_totals``, run
    Adds     WEEKLY
    """
    if totals.empty:
        return empty(WEEKLY)
    weeks = pd.to_datetime(totals["week"])
    days = pd.date_range(weeks.min(), weeks.max(), freq="7D")
    grid = pd.MultiIndex.from_product([days, ALL_NEEDS], names=["week", "need"])
    calls = totals.assign(week=weeks).groupby(["week", "need"])["calls"].sum()
    series = calls.reindex(grid, fill_value=0).astype("int64").reset_index()
    begun = pd.to_datetime(totals["first_day"]).min()
    last_seen = pd.to_datetime(totals["last_day"]).max()
    today = pd.Timestamp(local_date(as_of, time_zone))
    sunday = series["week"] + pd.Timedelta(days=6)
    partial = (series["week"] < begun) | (sunday > last_seen) | (sunday >= today)
    return series.assign(week=series["week"].dt.date, partial=partial)
