"""How near help is: the nearest place that is open, and what is within reach, for every hexagon."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from outreach.cells import centre, covering, resolution_of
from outreach.columns import check
from outreach.demand.rates import cell_rates
from outreach.errors import InputError, StreetsError
from outreach.language.translate import N_
from outreach.pipeline.view import CityView
from outreach.resource_schemas import OPENINGS
from outreach.resources.arrival import Arrival, on_arrival
from outreach.resources.hours.openings import openings
from outreach.roles import needs
from outreach.schemas import NEEDS
from outreach.streets.isochrones import isochrones
from outreach.streets.network import Mode, StreetNetwork
from outreach.streets.reach import within
from outreach.streets.travel import points_of, snap

FloatArray = npt.NDArray[np.float64]
HOW = {"walk": N_("on foot"), "drive": N_("by car")}
_LOOK_AHEAD = timedelta(days=2)  # an opening that lasts longer has enough time left anyhow


@dataclass(frozen=True)
class Ask:
    """What is looked for: what serves a need, what is of a kind, or both; how and when."""

    need: str | None = None  # None: any of the five
    kind: str | None = None  # None: any that serves the need
    mode: Mode = "walk"
    at: datetime | None = None  # when people set out; None: hours do not matter


@dataclass(frozen=True, eq=False)
class Times:
    """Minutes by street from the hexes of the study area to the places that may be shown."""

    mode: Mode
    cells: pd.DataFrame  # cell, near, lon, lat, people (empty where not known)
    places: pd.DataFrame  # RESOURCES, those that may be shown; their order is that of minutes
    minutes: FloatArray  # cells by places


@dataclass(frozen=True)
class Share:
    """How much of the calls, and of the people where they are known, is within some minutes."""

    within_min: float
    calls: float
    people: float | None


@dataclass(frozen=True, eq=False)
class Proximity:
    """How near the nearest place is, hex by hex and for the whole city."""

    ask: Ask
    cells: pd.DataFrame  # cell, near, calls, people, minutes, resource_id, place, reason
    places: pd.DataFrame  # RESOURCES with state: open, by_appointment, unknown, closed, any
    shares: tuple[Share, ...]
    mean_min: float | None  # of all calls from which a place is reached
    out_of_reach: float  # share of calls from which none is


def network_of(view: CityView, mode: Mode) -> StreetNetwork:
    """Return the streets for a mode of travel.

    Raises   StreetsError   the city has none
    """
    if mode not in view.networks:
        have = " and ".join(HOW[name] for name in view.networks) or "no way at all"
        raise StreetsError(f"{view.city.name} has no streets {HOW[mode]}; it has them {have}")
    return view.networks[mode]


def shown_places(resources: pd.DataFrame) -> pd.DataFrame:
    """Return the places that serve a need and may be shown: redacted ones never (safeguard 7)."""
    serves = resources["needs"].fillna("").str.strip() != ""
    return resources[serves & ~resources["redacted"].astype(bool)].reset_index(drop=True)


def fitting(places: pd.DataFrame, ask: Ask) -> npt.NDArray[np.int64]:
    """Return the positions of the places that are asked for."""
    wanted = set(NEEDS) if ask.need is None else {ask.need}
    fits = places["needs"].map(lambda needs: not wanted.isdisjoint(needs.split())).to_numpy(bool)
    if ask.kind is not None:
        fits = fits & (places["kind"] == ask.kind).to_numpy(bool)
    return np.flatnonzero(fits)


def study_cells(view: CityView, network: StreetNetwork) -> pd.DataFrame:
    """Return the hexes that have calls or streets, with their middles and the people living there.

    Where a neighbourhood's people live within it is not known: they are spread over its hexes.
    """
    middles = np.array([centre(cell) for cell in view.rates["cell"]]).reshape(-1, 2)
    frame = view.rates[["cell", "calls"]].assign(
        near=view.rates["near"], lon=middles[:, 0], lat=middles[:, 1]
    )
    near_street = np.zeros(len(frame), bool)
    if len(frame):
        away = snap(network, frame["lon"], frame["lat"])["snap_m"].to_numpy(float)
        near_street = away <= view.city.resources.far_from_streets_m
    kept = frame[near_street | (frame["calls"] > 0).to_numpy()].reset_index(drop=True)
    return kept.drop(columns="calls").assign(people=_people(view.areas, kept["cell"]))


def _people(areas: gpd.GeoDataFrame, cells: pd.Series) -> pd.Series:
    """Spread each neighbourhood's people evenly over its hexes; empty where none are told."""
    found = pd.Series(np.nan, index=cells.to_numpy(np.int64))
    if "population" not in areas or not len(found):
        return pd.Series(np.nan, index=cells.index)
    resolution = resolution_of(int(cells.iloc[0]))
    told = areas[(areas["kind"] == "neighbourhood") & areas["population"].notna()]
    for shape, people in zip(told.geometry, told["population"].astype(float), strict=True):
        inside = np.intersect1d(covering(shape, resolution), found.index)
        found.loc[inside] = found.loc[inside].fillna(0) + people / max(len(inside), 1)
    return pd.Series(found.to_numpy(), index=cells.index)


@needs("counts")
def help_times(view: CityView, mode: Mode) -> Times:
    """Return the minutes from every hex to every place that may be shown.

    Raises   StreetsError   the city has no streets for that mode
    """
    network = network_of(view, mode)
    cells, places = study_cells(view, network), shown_places(view.resources)
    minutes = np.zeros((len(cells), len(places)))
    if minutes.size:
        minutes = within(network, points_of(cells), points_of(places)) / 60
    return Times(mode, cells, places, minutes)


def calls_a_week(view: CityView, need: str | None, cells: pd.Series) -> FloatArray:
    """Return each hex's calls a week of a need, or of the five together, from the long memory."""
    rates = view.rates
    if need is not None:
        rates = cell_rates(view.counts, view.calendar, params=view.city.demand, needs=(need,))
    weekly = rates.set_index("cell")["weekly_rate"].reindex(cells.to_numpy(np.int64))
    return weekly.fillna(0).to_numpy(float)


def arrivals(view: CityView, places: pd.DataFrame, moments: Sequence[datetime]) -> Arrival:
    """Return what each place is at some moments (moments by places)."""
    at = np.array([_stamp(moment) for moment in moments], "datetime64[ns]")
    return _arrivals(view, places, np.repeat(at[:, None], len(places), axis=1))


def _stamp(moment: datetime) -> np.datetime64:
    return pd.Timestamp(moment).tz_convert("UTC").tz_localize(None).to_datetime64()


def openings_between(
    view: CityView, places: pd.DataFrame, since: datetime, until: datetime
) -> pd.DataFrame:
    """Return when places are open between two moments, as OPENINGS."""
    found = openings(
        places[["resource_id", "hours"]],
        since=since,
        until=until,
        time_zone=view.city.time_zone,
        country=view.city.resources.country,
    )
    return check(found, OPENINGS)


def _arrivals(view: CityView, places: pd.DataFrame, at: npt.NDArray[np.datetime64]) -> Arrival:
    known = (places["hours_state"] == "read").to_numpy(bool)
    first, last = (pd.Timestamp(end, tz="UTC").to_pydatetime() for end in (at.min(), at.max()))
    found = openings_between(view, places, first, last + _LOOK_AHEAD)
    return on_arrival(found, list(places["resource_id"]), at, known=known)


def open_on_arrival(
    view: CityView, places: pd.DataFrame, minutes: FloatArray, at: datetime
) -> npt.NDArray[np.bool_]:
    """Return which places somebody from each hex finds open, with enough time left before closing.

    Needs    minutes   hexes by places; infinite where a place is not reached
    """
    if not minutes.size:
        return np.zeros(minutes.shape, bool)
    reached = np.isfinite(minutes)
    on_the_way = np.where(reached, minutes * 60, 0).round().astype("timedelta64[s]")
    arrive = (_stamp(at) + on_the_way).astype("datetime64[ns]")
    found = _arrivals(view, places, arrive)
    left = np.timedelta64(round(view.city.resources.least_left_min * 60), "s")
    with_time = found.closes_at - arrive >= left
    return np.asarray((found.state == "open") & with_time & reached)


def same_mode(ask: Ask, times: Times) -> None:
    """See to it that times are those that are asked for.

    Raises   InputError   they are for another mode of travel
    """
    if times.mode != ask.mode:
        raise InputError(f"times {HOW[times.mode]} say nothing of ways {HOW[ask.mode]}")


@needs("counts")
def proximity(view: CityView, ask: Ask, times: Times) -> Proximity:
    """Return the nearest place that is asked for, by street, from every hex.

    With a time to set out, only places count that are known to be open on arrival, and long
    enough. A place whose hours are not known is never taken for open.

    Raises   InputError   the times are for another mode of travel
    """
    same_mode(ask, times)
    chosen = fitting(times.places, ask)
    places, minutes = times.places.iloc[chosen].reset_index(drop=True), times.minutes[:, chosen]
    state = np.full(len(places), "any", dtype=object)
    if ask.at is not None and len(places):
        open_ = open_on_arrival(view, places, minutes, ask.at)
        minutes = np.where(open_, minutes, np.inf)
        state = arrivals(view, places, [ask.at]).state[0].astype(object)
    cells = _nearest(times.cells, places, minutes, ask)
    cells["calls"] = calls_a_week(view, ask.need, cells["cell"])
    return Proximity(
        ask=ask,
        cells=cells,
        places=places.assign(state=state),
        shares=shares_within(cells, view.city.resources.reach_min),
        mean_min=_mean(cells),
        out_of_reach=_part(cells["minutes"].isna(), cells["calls"]) or 0.0,
    )


def _nearest(
    cells: pd.DataFrame, places: pd.DataFrame, minutes: FloatArray, ask: Ask
) -> pd.DataFrame:
    if not len(places):
        blank = pd.Series([None] * len(cells), index=cells.index, dtype=object)
        why = "No such place is in the directory."
        return cells.assign(minutes=np.nan, resource_id=blank, place=blank, reason=why)
    best = minutes.argmin(axis=1)
    found = minutes[np.arange(len(cells)), best]
    reached = np.isfinite(found)
    name = places["name"].to_numpy(object)[best]
    until = " and is open then" if ask.at else ""
    none = "No place known to be open can be reached" if ask.at else "No place can be reached"
    reason = [
        f"{place} is {minute:.0f} min away {HOW[ask.mode]}{until}." if ok else f"{none}."
        for place, minute, ok in zip(name, found, reached, strict=True)
    ]
    which = pd.Series(places["resource_id"].to_numpy(object)[best], cells.index)
    return cells.assign(
        minutes=np.where(reached, found, np.nan),
        resource_id=which.where(reached, None),
        place=pd.Series(name, cells.index).where(reached, None),
        reason=reason,
    )


def shares_within(cells: pd.DataFrame, limits: Sequence[float]) -> tuple[Share, ...]:
    """Return the share of calls and of people within each limit.

    Needs    minutes, calls, people     people empty where not known
    """
    found = []
    for limit in limits:
        near = cells["minutes"] <= limit
        found.append(Share(limit, _part(near, cells["calls"]) or 0.0, _part(near, cells["people"])))
    return tuple(found)


def _part(mask: pd.Series, amount: pd.Series) -> float | None:
    whole = amount.sum()
    return float(amount[mask].sum() / whole) if whole > 0 else None


def _mean(cells: pd.DataFrame) -> float | None:
    reached = cells[cells["minutes"].notna() & (cells["calls"] > 0)]
    if reached.empty:
        return None
    return float(np.average(reached["minutes"], weights=reached["calls"]))


@needs("counts")
def reach(
    view: CityView, resource_id: str, mode: Mode, *, towards: bool = True
) -> gpd.GeoDataFrame:
    """Return the areas from which a place is reached, or that are reached from it.

    Adds     minutes, area_km2, geometry     one row for each of the city's reach_min
    Raises   InputError     no place that may be shown has that id
             StreetsError   the city has no streets for that mode
    """
    network = network_of(view, mode)
    places = shown_places(view.resources)
    found = places[places["resource_id"] == resource_id]
    if found.empty:
        raise InputError(f"no place that may be shown has the id {resource_id}")
    lon, lat = (float(found[name].iloc[0]) for name in ("lon", "lat"))
    return isochrones(network, lon, lat, view.city.resources.reach_min, towards=towards)
