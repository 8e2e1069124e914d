"""Which days of the record were seen at all, so that a gap is never read as a fall."""

from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from outreach.columns import empty
from outreach.schemas import CALENDAR
from outreach.weeks import local_date

AROUND_DAYS = 28  # on both sides tell the usual level of a day
# A run of silent days is a gap where chance would make one like it once in a thousand records.
CHANCE = 0.001


def calendar(
    daily: pd.DataFrame, *, as_of: datetime, time_zone: str, begins: int = 0
) -> pd.DataFrame:
    """Tell for every week on how many of its days calls could have come into the record.

    Unseen are: days before the first and after the last call, the local day of ``as_of``, runs of
    days without one call in the whole city that chance would hardly make, and a first or last day
    with so few calls that the export must have begun or ended within it.

    Needs    day, calls     from ``daily_totals``, run: all calls for help, those without a place
                            or a need too, since they show that the record was open
             begins         weekday that weeks begin on, Monday is 0
    Adds     CALENDAR       from the first week of the record to the last whole day before as_of
    Source   a Poisson count of usual level m is 0 on n days with probability exp(-m n)
    """
    today = pd.Timestamp(local_date(as_of, time_zone))
    known = daily.assign(day=pd.to_datetime(daily["day"])).groupby("day")["calls"].sum()
    known = known[known.index < today]
    if known.empty:
        return empty(CALENDAR)
    days = pd.date_range(known.index.min(), today - timedelta(days=1), freq="D")
    recorded = days <= known.index.max()
    calls = known.reindex(days[recorded], fill_value=0).to_numpy("float64")
    seen = pd.Series(False, index=days)
    seen[recorded] = _seen(calls)
    week = days - pd.to_timedelta((days.day_of_week - begins) % 7, unit="D")
    totals = seen.groupby(week).sum().astype("int64")
    return pd.DataFrame(
        {"week": pd.DatetimeIndex(totals.index).date, "days_seen": totals.to_numpy("int64")}
    )


def _seen(calls: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Tell which days, the first and the last of which have calls, were seen."""
    seen = np.ones(len(calls), bool)
    silent = np.flatnonzero(calls == 0)
    for run in np.split(silent, np.flatnonzero(np.diff(silent) > 1) + 1):
        if len(run):
            expected = _usual(calls, run[0], run[-1]) * len(run)
            seen[run] = len(calls) * np.exp(-expected) >= CHANCE
    for edge in (0, len(calls) - 1):
        seen[edge] = stats.poisson.cdf(calls[edge], _usual(calls, edge, edge)) >= CHANCE
    return seen


def _usual(calls: npt.NDArray[np.float64], first: int, last: int) -> float:
    """Return the mean calls a day in the weeks before and after some days."""
    near = [calls[max(first - AROUND_DAYS, 0) : first], calls[last + 1 : last + 1 + AROUND_DAYS]]
    return float(np.concatenate(near).mean()) if len(calls) > 1 else 0.0
