"""How much help is within reach of each cell, and at which hours of the week."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from outreach.config import ResourceParams

HOURS_OF_WEEK = 168
MUCH_NEED = 0.8  # of the cells with any demand, from this quantile on
LITTLE_ACCESS = 0.5  # of the city's mean
_STEPS = {1 / 3: 1.0, 2 / 3: 0.68, 1.0: 0.22}  # Luo & Qi 2009, table 1: 10, 20, 30 minutes

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
Weights = Mapping[float, float] | Callable[[FloatArray], FloatArray]


def step_weights(catchment_min: float) -> dict[float, float]:
    """Return the usual weights of three equal bands up to a catchment's end.

    Source   Luo & Qi 2009 (10, 20 and 30 minutes: 1, 0.68 and 0.22)
    """
    return {catchment_min * share: weight for share, weight in _STEPS.items()}


def _weighted(travel_min: npt.ArrayLike, weights: Weights) -> FloatArray:
    """Return the weight of each time; a band holds its own end, beyond the last is nothing."""
    minutes = np.asarray(travel_min, float)
    if callable(weights):
        return np.where(np.isfinite(minutes), weights(minutes), 0.0)
    limits = sorted(weights)
    values = np.array([*(weights[limit] for limit in limits), 0.0])
    return np.asarray(values[np.searchsorted(limits, minutes, side="left")])


def _shares(demand: npt.ArrayLike, capacity: npt.ArrayLike, weight: FloatArray) -> FloatArray:
    """Return each place's capacity for one unit of the demand around it; 0 where there is none."""
    crowd = np.asarray(demand, float) @ weight
    held = np.asarray(capacity, float)
    share: FloatArray = np.zeros(len(crowd))
    np.divide(held, crowd, out=share, where=crowd > 0)
    return share


def two_step(
    demand: npt.ArrayLike,
    capacity: npt.ArrayLike,
    travel_min: npt.ArrayLike,
    *,
    weights: Weights,
) -> FloatArray:
    """Return the capacity within reach of each cell, for one unit of demand.

    First each place's capacity is shared among all demand in its reach, then each cell adds up
    what the places in its own reach have for it; nearer counts more. A place that no demand
    reaches adds nothing.

    Needs    demand       of each cell, 0 or more
             capacity     of each place, 0 or more
             travel_min   cells by places; infinite where out of reach
             weights      of times: {minutes up to: weight}, or a function of an array of minutes
    Source   enhanced two-step floating catchment area: Luo & Qi 2009
    """
    weight = _weighted(travel_min, weights)
    return np.asarray(weight @ _shares(demand, capacity, weight))


def capacities(resources: pd.DataFrame) -> FloatArray:
    """Return what each place counts for: its greatest capacity where it is on file.

    Others count as the median of those on file, and as 1 where none is.

    Needs    capacity_maximum   of RESOURCES; places of one kind, since beds are no tables
    """
    known = resources["capacity_maximum"].astype(float)
    usual = known.median() if known.notna().any() else 1.0
    return np.asarray(known.fillna(usual), np.float64)


def _percent(ratio: float) -> str:
    return f"{100 * ratio:.0f} %"


def _reason(row: pd.Series, limit_min: float) -> str:
    """Say in one sentence how a cell stands."""
    nearest = row["nearest_min"]
    away = "" if np.isnan(nearest) else f"; the nearest is {nearest:.0f} min away"
    if row["access"] > 0:
        found = f"{_percent(row['ratio'])} of the city's mean access{away}"
    elif nearest <= limit_min:
        found = f"nothing to be had within {limit_min:g} min{away}"
    else:
        found = f"no place within {limit_min:g} min{away}"
    if row["gap"]:
        return f"Much need, and {found}."
    if row["demand"] <= 0:
        return f"No need on record; {found}."
    return f"{found[0].upper()}{found[1:]}."


def access_table(
    cells: pd.DataFrame,
    capacity: npt.ArrayLike,
    travel_min: npt.ArrayLike,
    *,
    params: ResourceParams,
    weights: Weights | None = None,
) -> pd.DataFrame:
    """Return how much help is within reach of each cell, and where need is much and access little.

    A gap is a cell whose demand is among the highest fifth of the cells with any (ties at its
    lower end included), and whose access is below half of the mean of all demand.

    Needs    cells        cell, demand (calls a week, or people)
             capacity     of each place
             travel_min   cells by places; infinite where out of reach
             weights      else three bands up to ``params.catchment_min``
    Adds     resource_schemas.ACCESS, in the order of the cells
    """
    demand, minutes = cells["demand"].to_numpy(float), np.asarray(travel_min, float)
    weights = step_weights(params.catchment_min) if weights is None else weights
    access = two_step(demand, capacity, minutes, weights=weights)
    mean = float(np.average(access, weights=demand)) if demand.sum() > 0 else 0.0
    ratio = access / mean if mean > 0 else np.zeros_like(access)
    nearest = minutes.min(axis=1, initial=np.inf)
    some = demand > 0
    much = some & (demand >= np.quantile(demand[some], MUCH_NEED) if some.any() else False)
    table = pd.DataFrame(
        {
            "cell": cells["cell"].to_numpy(),
            "demand": demand,
            "access": access,
            "ratio": ratio,
            "nearest_min": np.where(np.isfinite(nearest), nearest, np.nan),
            "gap": much & (ratio < LITTLE_ACCESS),
        }
    )
    reasons = [_reason(row, params.catchment_min) for _, row in table.iterrows()]
    return table.assign(reason=pd.Series(reasons, index=table.index, dtype="str"))


def access_by_hour(
    demand: npt.ArrayLike,
    capacity: npt.ArrayLike,
    travel_min: npt.ArrayLike,
    open_hours: npt.ArrayLike,
    *,
    weights: Weights,
) -> FloatArray:
    """Return the access of each cell in each hour of the week: cells by 168.

    What a place has for one unit of demand is the same at all hours, since the same people may
    come; each hour a cell adds up the places in reach that are open then. With all of them
    open it is ``two_step``.

    Needs    open_hours   168 by places, as of ``open_by_hour``
    """
    weight = _weighted(travel_min, weights)
    share = _shares(demand, capacity, weight)
    return np.asarray(weight @ (share[:, None] * np.asarray(open_hours, float).T))


def hours_of_city(demand: npt.ArrayLike, by_hour: FloatArray) -> pd.DataFrame:
    """Return for each hour of the week what the demand of the whole city finds.

    Adds     hour      0 is Monday, midnight to one, local
             access    mean over all demand
             reached   share of the demand with any place open in reach, 0 to 1
    """
    wanted = np.asarray(demand, float)
    whole = wanted.sum() or 1.0
    return pd.DataFrame(
        {
            "hour": np.arange(by_hour.shape[1]),
            "access": wanted @ by_hour / whole,
            "reached": wanted @ (by_hour > 0) / whole,
        }
    )


def hours_of_cells(cells: pd.DataFrame, by_hour: FloatArray) -> pd.DataFrame:
    """Return for each cell how many hours of the week anything is open in reach.

    Adds     cell, open_hours (0 to 168), access (mean over the week)
    """
    return pd.DataFrame(
        {
            "cell": cells["cell"].to_numpy(),
            "open_hours": (by_hour > 0).sum(axis=1),
            "access": by_hour.mean(axis=1),
        }
    )


def _hour_ends(monday: date, time_zone: str) -> pd.DatetimeIndex:
    """Return the 169 ends of the local hours of a week, in UTC.

    An hour that the clock skips has no length; one that it repeats is two long.
    """
    days = [pd.Timestamp(monday + timedelta(days=day)) for day in range(8)]
    local = pd.DatetimeIndex(
        [day + pd.Timedelta(hours=hour) for day in days for hour in range(24)]
    )[: HOURS_OF_WEEK + 1]
    first = np.ones(len(local), bool)  # of a repeated hour its first time
    zoned = local.tz_localize(time_zone, ambiguous=first, nonexistent="shift_forward")
    return zoned.tz_convert("UTC")


def open_by_hour(
    openings: pd.DataFrame, resource_ids: Sequence[str], *, monday: date, time_zone: str
) -> BoolArray:
    """Return which places are open in each hour of a week by the local clock: 168 by places.

    Open is at least half of the hour. By appointment is not open: nobody can just go there.

    Needs    openings   OPENINGS that hold the week; places without any are never open
    """
    ends = _hour_ends(monday, time_zone).as_unit("ns").asi8
    here = openings.loc[
        openings["state"].eq("open") & openings["resource_id"].isin(list(resource_ids))
    ]
    opens = here["opens_at"].astype("datetime64[ns, UTC]").astype("int64").to_numpy()
    closes = here["closes_at"].astype("datetime64[ns, UTC]").astype("int64").to_numpy()
    week = (closes > ends[0]) & (opens < ends[-1])
    opens, closes = opens[week, None], closes[week, None]
    overlap = np.minimum(closes, ends[1:]) - np.maximum(opens, ends[:-1])
    place = pd.Index(resource_ids).get_indexer(here["resource_id"].to_numpy()[week])
    open_ns = np.zeros((len(resource_ids), HOURS_OF_WEEK), np.int64)
    np.add.at(open_ns, place, np.maximum(overlap, 0))
    length = np.diff(ends)
    return np.asarray(((2 * open_ns >= length) & (length > 0)).T)
