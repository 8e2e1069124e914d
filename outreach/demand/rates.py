"""How often each cell calls for help, from a long memory, and where that has changed."""

from collections.abc import Collection

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from outreach.columns import empty
from outreach.config import DemandParams
from outreach.schemas import ALL_NEEDS, CELL_RATES, NEEDS, UNKNOWN

FloatArray = npt.NDArray[np.float64]
RATE_DECIMALS = 9  # ties stay ties whatever order the sums were made in


def cell_rates(
    counts: pd.DataFrame,
    calendar: pd.DataFrame,
    *,
    params: DemandParams,
    cells: Collection[int] | None = None,
    needs: Collection[str] = NEEDS,
) -> pd.DataFrame:
    """Give each cell its calls a week from a long memory, and say whether they have changed.

    Only weeks that were seen on all of their days count: a gap in the data is no quiet week. The
    rate is the mean of weekly
    calls with weights that halve every ``half_life_weeks``. It describes the past; no back-test
    stands behind it as a forecast.

    Change compares the last ``change_weeks`` whole weeks with as many before, given their sum and
    the rest of the city's ratio, so that growth everywhere is growth nowhere.

    Needs    counts       COUNTS
             calendar     CALENDAR
             cells        the study area, whose cells without calls are kept; None: cells of counts
             needs        the needs that count; by default the five, without unknown
    Adds     CELL_RATES   highest rate first
    Source   Hunter 1986 (EWMA); Przyborowski & Wilenski 1940 (conditional test of two Poisson
             counts); Benjamini & Hochberg 1995
    """
    asked = counts[counts["need"].isin(list(needs))]
    study = np.array([] if cells is None else list(cells), "int64")
    index = np.union1d(asked["cell"].to_numpy("int64"), study)
    if not len(index):
        return empty(CELL_RATES)
    seen = calendar.loc[calendar["days_seen"] == 7, "week"]
    whole = np.sort(pd.to_datetime(seen).unique())
    asked = asked.assign(week=pd.to_datetime(asked["week"]))
    windows = [whole[-params.change_weeks :], whole[: -params.change_weeks][-params.change_weeks :]]
    recent, before = (_per_cell(asked[asked["week"].isin(window)], index) for window in windows)
    rates = pd.DataFrame(
        {
            "cell": index,
            "calls": _per_cell(asked, index),
            **_long_memory(asked, whole, index, params.half_life_weeks),
            "recent_calls": recent,
            "before_calls": before,
        }
    )
    rates["q"] = _false_discovery(change_p(recent, before), recent + before > 0)
    rates["trend"] = _trend(rates, params.false_discovery_rate)
    rates["reason"] = _reasons(rates, [len(window) for window in windows])
    order = rates.sort_values(["weekly_rate", "calls", "cell"], ascending=[False, False, True])
    return order.reset_index(drop=True)[list(CELL_RATES.columns)]


def _per_cell(counts: pd.DataFrame, index: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Sum calls by cell, zero where there are none."""
    sums = counts.groupby("cell")["calls"].sum().reindex(index, fill_value=0)
    return sums.to_numpy("int64")


def _long_memory(
    counts: pd.DataFrame,
    whole: npt.NDArray[np.datetime64],
    index: npt.NDArray[np.int64],
    half_life_weeks: float,
) -> dict[str, object]:
    """Weigh each whole week by its age; return the weekly rate and the leading need."""
    days = pd.DatetimeIndex(whole)
    ages = ((days.max() - days) / pd.Timedelta(weeks=1)).to_numpy()
    weights = pd.Series(0.5 ** (ages / half_life_weeks), index=days)
    weighed = counts["calls"] * counts["week"].map(weights).fillna(0)
    by_need = (
        counts.assign(weighed=weighed)
        .pivot_table(index="cell", columns="need", values="weighed", aggfunc="sum", fill_value=0)
        .reindex(index=index, columns=list(ALL_NEEDS), fill_value=0)
        .astype("float64")
    )
    total = by_need.sum(axis=1).to_numpy("float64")
    rate = np.round(total / max(weights.sum(), 1e-12), RATE_DECIMALS)
    top = np.array(ALL_NEEDS)[by_need.to_numpy("float64").argmax(axis=1)]
    return {"weekly_rate": rate, "top_need": np.where(total > 0, top, UNKNOWN)}


def change_p(recent: npt.ArrayLike, before: npt.ArrayLike) -> FloatArray:
    """Return the two-sided p of each cell's recent calls given its sum and the rest's ratio."""
    r, b = np.asarray(recent, "int64"), np.asarray(before, "int64")
    rest_recent, rest = r.sum() - r, (r + b).sum() - (r + b)
    with np.errstate(invalid="ignore"):
        share = np.where(rest > 0, rest_recent / np.maximum(rest, 1), 0.5)
    upper, lower = stats.binom.sf(r - 1, r + b, share), stats.binom.cdf(r, r + b, share)
    comparable = (rest_recent > 0) & (rest_recent < rest)  # else the city has no ratio to remove
    return np.where(comparable, np.minimum(1.0, 2 * np.minimum(upper, lower)), 1.0)


def _false_discovery(p: FloatArray, tested: npt.NDArray[np.bool_]) -> FloatArray:
    """Turn p into q among the cells that have any calls to compare; the others get 1."""
    q = np.ones(len(p))
    if tested.any():
        q[tested] = stats.false_discovery_control(p[tested])
    return q


def _trend(rates: pd.DataFrame, false_discovery_rate: float) -> npt.NDArray[np.str_]:
    recent, before = rates["recent_calls"], rates["before_calls"]
    city = recent.sum() / max((recent + before).sum(), 1)
    rises = recent > city * (recent + before)
    label = np.where(rises, "growing", "fading")
    return np.where(rates["q"] <= false_discovery_rate, label, "steady")


def _reasons(rates: pd.DataFrame, weeks: list[int]) -> list[str]:
    """Say in one sentence what was counted; never why it happened."""
    recent_weeks, before_weeks = weeks
    city = f"{rates['recent_calls'].sum():,} after {rates['before_calls'].sum():,} in the city"
    told = {
        "growing": f"more than the city's level and chance explain ({city})",
        "fading": f"fewer than the city's level and chance explain ({city})",
        "steady": "no change beyond the city's level and chance",
    }
    if not before_weeks:
        told = dict.fromkeys(told, "the record is too short to compare")
    return [
        f"{row.weekly_rate:.1f} calls a week, recent weeks weighing most; {row.recent_calls} in "
        f"the last {recent_weeks} whole weeks after {row.before_calls} in the {before_weeks} "
        f"before: {told[str(row.trend)]}."
        for row in rates.itertuples()
    ]
