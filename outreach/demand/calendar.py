"""Which days of the record were seen at all, so that a gap is never read as a fall."""

from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from outreach.columns import empty
from outreach.schemas import CALENDAR
from outreach.weeks import local_date

AROUND_DAYS = 57  # the usual level of a day: the four weeks on both sides of it
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
    calls = known.reindex(days, fill_value=0).astype("float64")
    seen = pd.Series(_seen(calls), index=days)
    seen &= days <= known.index.max()
    week = days - pd.to_timedelta((days.dayofweek - begins) % 7, unit="D")
    totals = seen.groupby(week).sum().astype("int64")
    return pd.DataFrame({"week": totals.index.date, "days_seen": totals.to_numpy("int64")})


def _seen(calls: pd.Series) -> npt.NDArray[np.bool_]:
    silent = (calls == 0).to_numpy()
    usual = calls.where(calls > 0).rolling(AROUND_DAYS, center=True, min_periods=1).median()
    level = usual.ffill().bfill().to_numpy("float64")
    run = np.cumsum(np.diff(silent, prepend=False) != 0)
    expected = pd.Series(np.where(silent, level, 0.0)).groupby(run).transform("sum").to_numpy()
    gap = silent & (len(calls) * np.exp(-expected) < CHANCE)
    edge = np.zeros(len(calls), bool)
    edge[[0, -1]] = True
    begun = edge & (stats.poisson.cdf(calls.to_numpy(), level) < CHANCE)
    return np.asarray(~(gap | begun))
