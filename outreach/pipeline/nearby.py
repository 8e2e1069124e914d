"""The nearest help for each stop of a plan: streets, hours and what is on file meet here."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from outreach.columns import check, empty
from outreach.config import City, Travel
from outreach.plan.document import Plan
from outreach.plan.pace import QUARTER_S, speeds
from outreach.resource_schemas import NEAREST
from outreach.resources.hours.openings import openings
from outreach.resources.nearest import nearest
from outreach.roles import needs
from outreach.streets.network import MODES, StreetNetwork
from outreach.streets.reach import within
from outreach.streets.travel import FloatArray, points_of
from outreach.streets.way_lengths import way_lengths
from outreach.weeks import parse_week, week_start_utc

MORE_DAYS = 2  # after the plan's week: a place closed on Sunday evening opens on Monday


@needs("points")
def nearest_help(
    plan: Plan, resources: pd.DataFrame, networks: dict[str, StreetNetwork], city: City
) -> pd.DataFrame:
    """Return the nearest fitting places for each stop that are open when one gets there.

    One leaves when the visit ends, on foot or in the team's car where it has one.

    Needs    resources   RESOURCES
    Adds     NEAREST, its stop_id the candidate_id
    """
    stops = _stops(plan)
    shown = resources[~resources["redacted"]].reset_index(drop=True)
    modes: list[Travel] = [mode for mode in MODES if mode in networks]
    if stops.empty or shown.empty or not modes:
        return empty(NEAREST)
    monday = parse_week(plan.week)
    hours = openings(
        shown,
        since=week_start_utc(monday, plan.time_zone),
        until=week_start_utc(monday + timedelta(days=7 + MORE_DAYS), plan.time_zone),
        time_zone=plan.time_zone,
        country=city.resources.country,
    )
    travel_s = {mode: within(networks[mode], points_of(stops), points_of(shown)) for mode in modes}
    pace = _pace(stops, city, monday)
    if "drive" in travel_s:
        travel_s["drive"] /= pace[:, None]
    found = nearest(stops, shown, hours, travel_s, params=city.resources, time_zone=plan.time_zone)
    told = with_distance(found, stops, shown, networks, fastest=float(pace.max()))
    return check(told, NEAREST)


def _stops(plan: Plan) -> pd.DataFrame:
    """Return the visits as ``nearest`` needs them; nobody's age is known today."""
    visits = plan.stops[["candidate_id", "shift_id", "leave_at"]].merge(
        plan.candidates[["candidate_id", "need", "language", "lon", "lat"]], on="candidate_id"
    )
    drives = plan.shifts.set_index("shift_id")["travel"].eq("drive")
    return visits.rename(columns={"candidate_id": "stop_id"}).assign(
        can_drive=visits["shift_id"].map(drives).astype(bool), age=np.nan
    )


def _pace(stops: pd.DataFrame, city: City, monday: date) -> FloatArray:
    """Return how fast streets are driven beside free flow when each visit ends."""
    pace = speeds(city.traffic, monday=monday, time_zone=city.time_zone)
    if not len(pace):
        return np.ones(len(stops))
    begins = week_start_utc(monday, city.time_zone)
    quarter = (stops["leave_at"] - begins).dt.total_seconds().to_numpy() // QUARTER_S
    inside = (quarter >= 0) & (quarter < len(pace))
    return np.where(inside, pace[np.where(inside, quarter, 0).astype(int)], 1.0)


def with_distance(
    found: pd.DataFrame,
    stops: pd.DataFrame,
    resources: pd.DataFrame,
    networks: dict[str, StreetNetwork],
    *,
    fastest: float = 1.0,
) -> pd.DataFrame:
    """Return what ``nearest`` found with the metres along the streets of each way offered.

    Needs    fastest   how fast streets are driven at most, beside free flow
    Adds     distance_m
    """
    starts = stops.set_index("stop_id").loc[found["stop_id"], ["lon", "lat"]]
    ends = resources.set_index("resource_id").loc[found["resource_id"], ["lon", "lat"]]
    metres = np.zeros(len(found))
    for mode in set(found["mode"]):
        rows = found["mode"].eq(mode).to_numpy()
        metres[rows] = way_lengths(
            networks[mode],
            points_of(starts[rows]),
            points_of(ends[rows]),
            limit_s=float(found.loc[rows, "travel_s"].max()) * max(fastest, 1.0),
        )
    return found.assign(distance_m=metres)[list(NEAREST.columns)]
