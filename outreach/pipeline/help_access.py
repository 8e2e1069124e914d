"""How much help is within reach of every hexagon, beside its need, and at which hours."""

from dataclasses import dataclass
from datetime import time, timedelta
from typing import Literal

import numpy as np
import pandas as pd

from outreach.columns import check
from outreach.errors import InputError
from outreach.pipeline.help import (
    Ask,
    FloatArray,
    Times,
    arrivals,
    calls_a_week,
    fitting,
    openings_between,
    same_mode,
)
from outreach.pipeline.view import CityView
from outreach.resource_schemas import ACCESS
from outreach.resources.access import (
    access_by_hour,
    access_table,
    capacities,
    hours_of_city,
    open_by_hour,
    step_weights,
)
from outreach.roles import needs
from outreach.weeks import at_local, local_date, monday_of

Demand = Literal["calls", "people"]
UNITS: dict[Demand, str] = {"calls": "calls a week", "people": "people"}


@dataclass(frozen=True, eq=False)
class CityAccess:
    """Help within reach of each hex, and in each hour of the week for the whole city."""

    ask: Ask
    demand: Demand
    cells: pd.DataFrame  # ACCESS; near
    places: pd.DataFrame  # RESOURCES with state, as in Proximity
    hours: pd.DataFrame  # hour (0 is Monday, midnight to one), access, reached; the local clock
    reached: float  # share of the demand with anything within reach
    capacity_told: int | None  # places whose capacity is on file; None: each counts as one


def demand_of(view: CityView, need: str | None, cells: pd.DataFrame, demand: Demand) -> FloatArray:
    """Return each hex's calls a week of a need, or its people.

    Needs    cell, people
    Raises   InputError   the people are not known
    """
    if demand == "calls":
        return calls_a_week(view, need, cells["cell"])
    if not cells["people"].notna().any():
        raise InputError(
            "how many people live where is not known: give the neighbourhoods of areas.geojson a "
            "population"
        )
    return cells["people"].fillna(0).to_numpy(float)


@needs("counts")
def access(view: CityView, ask: Ask, times: Times, *, demand: Demand = "calls") -> CityAccess:
    """Return how much of what is asked for is within reach of each hex, and where it lacks.

    With a time, only places known to be open then count. The hours of the week are always told.
    Beds and tables cannot be added up, so places of several kinds count as one each.

    Raises   InputError   the people are not known; the times are for another mode of travel
    """
    same_mode(ask, times)
    chosen = fitting(times.places, ask)
    places, minutes = times.places.iloc[chosen].reset_index(drop=True), times.minutes[:, chosen]
    wanted = times.cells[["cell", "near"]].assign(
        demand=demand_of(view, ask.need, times.cells, demand)
    )
    one_kind = len(set(places["kind"])) == 1
    capacity = capacities(places) if one_kind else np.ones(len(places))
    hours = _hours(view, places, wanted["demand"].to_numpy(float), capacity, minutes)
    state = np.full(len(places), "any", dtype=object)
    if ask.at is not None and len(places):
        state = arrivals(view, places, [ask.at]).state[0].astype(object)
        minutes = np.where(state == "open", minutes, np.inf)
    table = check(
        access_table(wanted, capacity, minutes, params=view.city.resources), ACCESS
    ).assign(near=wanted["near"])
    whole = table["demand"].sum() or 1.0
    told = int(places["capacity_maximum"].notna().sum()) if one_kind else 0
    return CityAccess(
        ask=ask,
        demand=demand,
        cells=table,
        places=places.assign(state=state),
        hours=hours,
        reached=float(table.loc[table["access"] > 0, "demand"].sum() / whole),
        capacity_told=told or None,
    )


def _hours(
    view: CityView,
    places: pd.DataFrame,
    demand: FloatArray,
    capacity: FloatArray,
    minutes: FloatArray,
) -> pd.DataFrame:
    """Return what the whole city finds in each hour of the week that has begun."""
    zone = view.city.time_zone
    monday = monday_of(local_date(view.as_of, zone))
    since, until = (at_local(day, time(0), zone) for day in (monday, monday + timedelta(days=7)))
    opened = open_by_hour(
        openings_between(view, places, since, until),
        list(places["resource_id"]),
        monday=monday,
        time_zone=zone,
    )
    weights = step_weights(view.city.resources.catchment_min)
    return hours_of_city(demand, access_by_hour(demand, capacity, minutes, opened, weights=weights))
