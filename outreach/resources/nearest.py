"""The nearest fitting places of help for each stop that will be open when one gets there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from outreach.columns import empty
from outreach.config import ResourceParams, Travel
from outreach.resource_schemas import NEAREST
from outreach.resources.arrival import Arrival, on_arrival
from outreach.resources.hours.openings import holiday_unsaid, is_holiday
from outreach.resources.nearest_words import reason
from outreach.schemas import NEEDS, UNKNOWN

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

ALL_DAY = "24/7"  # says what holds on public holidays too
# What comes first; the last two only where there is nothing else.
_OPEN, _BY_APPOINTMENT, _UNKNOWN, _CLOSING, _CLOSED = range(5)
_TOLD = [name for name in NEAREST.columns if name != "distance_m"]


def without_distance() -> pd.DataFrame:
    """Return a frame without rows as ``nearest`` makes it where nothing is found."""
    return empty(NEAREST).drop(columns="distance_m")


def nearest(
    stops: pd.DataFrame,
    resources: pd.DataFrame,
    openings: pd.DataFrame,
    travel_s: Mapping[Travel, FloatArray],
    *,
    params: ResourceParams,
    time_zone: str,
) -> pd.DataFrame:
    """Return the nearest places of help that serve each stop's need and will be open on arrival.

    First what is open for long enough, then what goes by appointment, then what has to be rung
    first as its hours are not known; closed places only where nothing else fits. Among these the
    nearest of each kind come before a second one of the same kind, so that a stop is not shown
    three libraries and no shelter. What lies within a walk comes before what needs a car.
    Redacted places are never listed (safeguard 7).

    Needs    stops: stop_id, need, leave_at (UTC), can_drive, language and age (both or either may
             be missing values); resources: RESOURCES; openings: OPENINGS of all days on which
             somebody may arrive; travel_s: for each mode that has streets stops by resources, in
             the order of the rows, infinite where out of reach
    Adds     NEAREST but distance_m: the streets tell it of the chosen alone
    """
    shown = np.flatnonzero((~resources["redacted"] & resources["needs"].ne("")).to_numpy(bool))
    if not len(stops) or not len(shown):
        return without_distance()
    places = resources.iloc[shown].reset_index(drop=True)
    ways = _ways(stops, {mode: s[:, shown] for mode, s in travel_s.items()}, params)
    met = _met(places, openings, ways, params=params, time_zone=time_zone)
    fits = _fits(stops, places, params) & np.isfinite(ways.travel_s)
    chosen = _chosen(fits, met.order, places["kind"], ways, params.per_stop)
    if chosen.empty:
        return without_distance()
    offers = _offers(chosen, stops, places, openings, ways, met)
    offers["opens_on_holiday"] = _opens_on_holiday(offers, params, time_zone)
    offers["reason"] = [
        reason(offer, params=params, time_zone=time_zone) for offer in offers.to_dict("records")
    ]
    return offers[_TOLD]


@dataclass(frozen=True)
class _Ways:
    """Stops by places: how one gets there, and how long that takes."""

    by_car: BoolArray
    travel_s: FloatArray  # in that mode
    walk_s: FloatArray  # NaN where there are no paths
    drive_s: FloatArray
    arrive_at: npt.NDArray[Any]


def _ways(
    stops: pd.DataFrame, travel_s: Mapping[Travel, FloatArray], params: ResourceParams
) -> _Ways:
    """Go on foot, and where that is too far and the team has a car, by car."""
    shape = next(iter(travel_s.values())).shape
    walk, drive = (travel_s.get(mode, np.full(shape, np.inf)) for mode in ("walk", "drive"))
    far = walk > params.walk_limit_min * 60
    by_car = far & np.isfinite(drive) & stops["can_drive"].to_numpy(bool)[:, None]
    if "walk" not in travel_s:  # nothing else is known of the way
        by_car = np.isfinite(drive)
    used = np.where(by_car, drive, walk)
    leave_at = stops["leave_at"].dt.tz_localize(None).to_numpy("datetime64[ns]")
    way = (np.where(np.isfinite(used), used, 0.0) * 1e9).astype("timedelta64[ns]")
    absent = [np.where(np.isfinite(seconds), seconds, np.nan) for seconds in (walk, drive)]
    return _Ways(by_car, used, absent[0], absent[1], leave_at[:, None] + way)


def _fits(stops: pd.DataFrame, places: pd.DataFrame, params: ResourceParams) -> BoolArray:
    """Return which places serve each stop's need, take that age and are not known to be full."""
    serves = {need: _serves(places, need) for need in stops["need"].unique()}
    fits = np.stack([serves[need] for need in stops["need"]])
    age = stops["age"].astype(float).to_numpy()[:, None]
    low, high = (places[f"{end}_age"].to_numpy(float) for end in ("minimum", "maximum"))
    fits &= ~((age < low) | (age > high))  # neither holds of an age that is not known
    leave_at = stops["leave_at"].dt.tz_localize(None).to_numpy("datetime64[ns]")
    told_at = places["capacity_updated_at"].dt.tz_localize(None).to_numpy("datetime64[ns]")
    fresh = leave_at[:, None] - told_at <= np.timedelta64(timedelta(days=params.capacity_days))
    full = places["capacity_available"].to_numpy(float) <= 0
    fits &= ~(fresh & full)
    return fits


def _serves(places: pd.DataFrame, need: str) -> BoolArray:
    """Return which places serve a need; where it is unknown, those that serve any."""
    wanted = set(NEEDS) if need == UNKNOWN else {need}
    return np.array([not wanted.isdisjoint(needs.split()) for needs in places["needs"]], bool)


@dataclass(frozen=True)
class _Met:
    """Stops by places: what is found on arrival, and what is offered first (``_OPEN`` ...)."""

    state: npt.NDArray[Any]  # ON_ARRIVAL
    order: IntArray
    holiday: BoolArray  # a public holiday about which the hours say nothing
    closes_at: npt.NDArray[Any]
    opens_at: npt.NDArray[Any]


def _met(
    places: pd.DataFrame,
    openings: pd.DataFrame,
    ways: _Ways,
    *,
    params: ResourceParams,
    time_zone: str,
) -> _Met:
    """Say what each place will be on arrival; on a public holiday unsaid hours are unknown."""
    known = places["hours_state"].eq("read").to_numpy(bool)
    found: Arrival = on_arrival(
        openings, places["resource_id"].tolist(), ways.arrive_at, known=known
    )
    holiday = _on_holiday(places, ways.arrive_at, params.country, time_zone)
    state = np.where(holiday & (found.state == "open"), "unknown", found.state)
    left = found.closes_at - ways.arrive_at
    least = np.timedelta64(timedelta(minutes=params.least_left_min))
    order = np.full(state.shape, _CLOSED)
    order[state == "unknown"] = _UNKNOWN
    order[state == "by_appointment"] = _BY_APPOINTMENT
    order[state == "open"] = _CLOSING
    order[(state == "open") & (left >= least)] = _OPEN
    stays = np.isin(state, ("open", "by_appointment"))
    closes_at = np.where(stays, found.closes_at, np.datetime64("NaT", "ns"))
    opens_at = np.where(state == "closed", found.opens_at, np.datetime64("NaT", "ns"))
    return _Met(state, order, holiday, closes_at, opens_at)


def _on_holiday(
    places: pd.DataFrame, arrive_at: npt.NDArray[Any], country: str, time_zone: str
) -> BoolArray:
    """Mark arrivals on public holidays about which a place's hours say nothing."""
    local = pd.DatetimeIndex(arrive_at.ravel(), tz="UTC").tz_convert(time_zone).tz_localize(None)
    days = local.to_numpy("datetime64[D]").reshape(arrive_at.shape)
    marked = np.zeros(arrive_at.shape, bool)
    for day in np.unique(days):
        if is_holiday(day.item(), country):
            unsaid = [_unsaid(hours, day.item(), country) for hours in places["hours"]]
            marked |= (days == day) & np.array(unsaid, bool)
    return marked


def _unsaid(hours: Any, day: date, country: str) -> bool:
    """Whether hours that were read say nothing about a public holiday."""
    read = isinstance(hours, str) and hours.strip() != ALL_DAY
    return read and holiday_unsaid(hours, day, country)


def _chosen(
    fits: BoolArray, order: IntArray, kinds: pd.Series, ways: _Ways, per_stop: int
) -> pd.DataFrame:
    """Return the offers of each stop as positions: stop, place; and their rank."""
    stop, place = np.nonzero(fits)
    kind, _ = pd.factorize(kinds)
    found = pd.DataFrame(
        {
            "stop": stop,
            "place": place,
            "order": order[stop, place],
            "kind": kind[place],
            "by_car": ways.by_car[stop, place],
            "travel_s": ways.travel_s[stop, place],
        }
    )
    nearest_first = ["stop", "order", "by_car", "travel_s", "place"]
    found = found.sort_values(nearest_first, ignore_index=True)
    best = found.groupby("stop")["order"].transform("min")
    found = found[(found["order"] < _CLOSING) | (best >= _CLOSING)]
    again = found.duplicated(["stop", "order", "kind"])
    found = found.assign(again=again).sort_values(["stop", "order", "again"], kind="stable")
    found["rank"] = found.groupby("stop").cumcount() + 1
    return found.loc[found["rank"] <= per_stop, ["stop", "place", "rank"]].reset_index(drop=True)


def _offers(
    chosen: pd.DataFrame,
    stops: pd.DataFrame,
    places: pd.DataFrame,
    openings: pd.DataFrame,
    ways: _Ways,
    met: _Met,
) -> pd.DataFrame:
    """Return what is known of each offer, for its row and its sentence."""
    at = chosen["stop"].to_numpy(), chosen["place"].to_numpy()
    whom = stops.iloc[at[0]][["stop_id", "need", "leave_at", "can_drive", "language"]]
    where = places.iloc[at[1]].reset_index(drop=True)
    offers = pd.concat([whom.reset_index(drop=True), where], axis=1).assign(
        rank=chosen["rank"],
        mode=np.where(ways.by_car[at], "drive", "walk"),
        travel_s=ways.travel_s[at],
        walk_s=ways.walk_s[at],
        drive_s=ways.drive_s[at],
        on_arrival=pd.Series(met.state[at], dtype="str"),
        closing=met.order[at] == _CLOSING,
        holiday=met.holiday[at],
    )
    moments = {"arrive_at": ways.arrive_at, "closes_at": met.closes_at, "opens_at": met.opens_at}
    for name, instants in moments.items():
        offers[name] = pd.Series(pd.to_datetime(instants[at], utc=True)).dt.as_unit("us")
    offers["arrive_at"] = offers["arrive_at"].dt.floor("s")
    offers["note"] = _notes(offers, openings)
    return offers


def _notes(offers: pd.DataFrame, openings: pd.DataFrame) -> list[str]:
    """Return what is said of the very opening that one arrives in."""
    said = openings[openings["note"].ne("")]
    notes = dict(
        zip(zip(said["resource_id"], said["closes_at"], strict=True), said["note"], strict=True)
    )
    keys = zip(offers["resource_id"], offers["closes_at"], strict=True)
    return [str(notes.get(key, "")) for key in keys]


def _opens_on_holiday(offers: pd.DataFrame, params: ResourceParams, time_zone: str) -> list[bool]:
    opens = offers["opens_at"].dt.tz_convert(time_zone)
    return [
        not pd.isna(at) and _unsaid(hours, at.date(), params.country)
        for at, hours in zip(opens, offers["hours"], strict=True)
    ]
