"""The weekly refresh: hot spots, labels, forecast, trends and alerts of a city, and the audit."""

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from outreach.cells import fine_cells, from_text, parents
from outreach.columns import Table, check, empty
from outreach.config import City
from outreach.demand.alerts import alerts, chance_alarms
from outreach.demand.areas import area_of_cells, area_weeks
from outreach.demand.backtest import Backtest
from outreach.demand.counts import coarsened
from outreach.demand.emerging import emerging, labels_by_chance
from outreach.demand.forecast import forecast, rates_before
from outreach.demand.hot_spots import hot_spots
from outreach.demand.learned import forecast_learned
from outreach.demand.panel import IntArray, Panel, make_panel
from outreach.demand.scores import list_length, top_cells
from outreach.outcomes.exposure import Stickiness, exposure, stickiness
from outreach.people.consent import newest
from outreach.pipeline.backtest import read_card
from outreach.pipeline.view import CityView, study_area, with_names
from outreach.plan.published import standing_stops
from outreach.roles import needs
from outreach.schemas import (
    ALERTS,
    AREA_WEEKS,
    EMERGING,
    EXPOSURE,
    FORECAST,
    HOT_SPOTS,
    LABEL_COUNTS,
    NEEDS,
)
from outreach.store.work import existing_work
from outreach.weeks import local_date, week_label
from outreach.work_schemas import VISITS

RECENTLY = timedelta(weeks=4)
SEED = 1  # of the shuffles behind the counts by chance: the same calls give the same page


@dataclass(frozen=True)
class Demand:
    """Where need is and how it goes, from calls for help known at ``as_of`` only (safeguard 1)."""

    calendar: pd.DataFrame  # CALENDAR
    hot_spots: pd.DataFrame  # HOT_SPOTS; near
    emerging: pd.DataFrame  # EMERGING; near
    label_counts: pd.DataFrame  # LABEL_COUNTS
    forecast: pd.DataFrame  # FORECAST; near; empty where hidden (safeguard 9)
    backtest: Backtest | None  # None: not tested yet, so no forecast is shown
    area_weeks: pd.DataFrame  # AREA_WEEKS
    alerts: pd.DataFrame  # ALERTS
    chance_alarms: float  # how many of them chance alone would give
    exposure: pd.DataFrame  # EXPOSURE
    stickiness: Stickiness | None  # of hexes that have left the list; None: none has


@needs("counts")
def demand_of(view: CityView, *, ahead: bool = True) -> Demand:
    """Compute what managers follow from week to week.

    Needs    ahead   whether the coming week is forecast; that was tested on all calls together,
                     so a view with the calls of one source has none

    Raises   InputError   the back-test's card cannot be read
    """
    city = view.city
    tested = _still_fitting(read_card(view.folder), city) if ahead else None
    panel = panel_at(view, city.demand.hot_spot_resolution)
    visits, cells = _visits(view), _counted_cells(view)
    area_of = _areas(view, np.union1d(cells, visits["cell"]))
    # Where only our own visits went is no area of trends and alarms (safeguard 1).
    weekly = area_weeks(view.fine_counts, view.calendar, area_of.loc[pd.Index(cells)])
    weekly = check(weekly, AREA_WEEKS)
    found = check(alerts(weekly, params=city.alerts), ALERTS)
    return Demand(
        calendar=view.calendar,
        hot_spots=_named(hot_spots(panel, params=city.demand), HOT_SPOTS, view),
        emerging=_named(emerging(panel, params=city.demand), EMERGING, view),
        label_counts=check(labels_by_chance(panel, params=city.demand, seed=SEED), LABEL_COUNTS),
        forecast=_named(_forecast(view, tested), FORECAST, view),
        backtest=tested,
        area_weeks=weekly,
        alerts=found,
        chance_alarms=chance_alarms(found),
        exposure=check(_audit(view, visits, area_of, weekly), EXPOSURE),
        stickiness=_stickiness(view, visits),
    )


@needs("counts")
def no_finer(view: CityView) -> CityView:
    """Return a city's data with no hexes finer than those of rates: a finer one may hold one door.

    A forecast that was tested on finer hexes is then none.
    """
    settings, most = view.city.demand, view.city.demand.resolution
    if settings.finest_resolution == most:
        return view
    names = ("hot_spot_resolution", "forecast_resolution")
    coarser = {name: min(most, getattr(settings, name)) for name in names}
    city = view.city.model_copy(update={"demand": settings.model_copy(update=coarser)})
    return replace(view, city=city, fine_counts=coarsened(view.fine_counts, most))


def _still_fitting(tested: Backtest | None, city: City) -> Backtest | None:
    """Return a back-test if it was made with the settings that the city has now."""
    if tested is None or tested.resolution != city.demand.forecast_resolution:
        return None
    length = list_length(tested.cells, city.forecast.flagged_share)
    return tested if tested.flagged == length else None


def panel_at(view: CityView, resolution: int) -> Panel:
    """Return the city's calls of the five needs by cells and weeks; its study area is complete."""
    counts = coarsened(view.fine_counts, resolution)
    streets = next(iter(view.networks.values())).hull if view.networks else None
    study = study_area(streets, counts, resolution)
    return make_panel(counts, view.calendar, cells=study, needs=NEEDS)


def _named(frame: pd.DataFrame, table: Table, view: CityView) -> pd.DataFrame:
    named: pd.DataFrame = with_names(check(frame, table), view.folder)
    return named


def _forecast(view: CityView, tested: Backtest | None) -> pd.DataFrame:
    """Return the calls expected in the coming week; none where counting does as well.

    A record that ended long ago says nothing of the week to come.
    """
    if tested is None or tested.shown == "counting" or view.record_ended is not None:
        return empty(FORECAST)
    panel = panel_at(view, view.city.demand.forecast_resolution)
    tuned = {"half_life_weeks": tested.half_life_weeks, "ring_share": tested.ring_share}
    params = view.city.forecast.model_copy(update=tuned)
    if tested.shown == "learned":
        return forecast_learned(panel, params=params, seed=SEED)
    return forecast(panel, params=params)


def _counted_cells(view: CityView) -> IntArray:
    """Return the finest cells with streets or calls, those of unknown need too."""
    panel = panel_at(view, view.city.demand.finest_resolution)
    return np.union1d(panel.cells, view.fine_counts["cell"].to_numpy(np.int64))


def _areas(view: CityView, cells: IntArray) -> pd.Series:
    """Return the area of each cell, as people call it."""
    return named_areas(view.folder, view.city, view.areas, cells)


def named_areas(
    folder: Path, city: City, areas: gpd.GeoDataFrame, cells: npt.ArrayLike
) -> pd.Series:
    """Return the neighbourhood of each cell, or a coarse hex by the crossing in its middle."""
    resolution = min(city.demand.area_resolution, city.demand.finest_resolution)
    area_of = area_of_cells(cells, areas, resolution=resolution)
    if (areas["kind"] == "neighbourhood").any():
        return area_of
    coarse = pd.DataFrame({"text": area_of.unique()})
    coarse = with_names(coarse.assign(cell=[from_text(t) for t in coarse["text"]]), folder)
    names = ("around " + coarse["near"]).where(coarse["near"] != "", "hex " + coarse["text"])
    names = names.where(~names.duplicated(keep=False), names + ", hex " + coarse["text"])
    return area_of.map(dict(zip(coarse["text"], names, strict=True)))


def _visits(view: CityView) -> pd.DataFrame:
    """Return where teams went in the weeks that the audit looks at: cell, at.

    Those are the recorded visits with a point, corrections counted once and phone calls not. In
    a published week without any the stops that were planned stand for them.
    """
    since = view.as_of - timedelta(weeks=view.city.exposure.window_weeks)
    went = _recorded(view)
    known = {week_label(local_date(at, view.city.time_zone)) for at in went["at"]}
    both = [went, *(stops for week, stops in _planned(view).items() if week not in known)]
    went = pd.concat([frame for frame in both if len(frame)] or both[:1], ignore_index=True)
    went = went[went["at"].between(since, view.as_of)]
    fine = fine_cells(went["lon"], went["lat"]).to_numpy(np.int64)
    cell = parents(fine, view.city.demand.finest_resolution)
    return pd.DataFrame({"cell": cell, "at": went["at"].to_numpy()})


def _recorded(view: CityView) -> pd.DataFrame:
    """Return the recorded visits that were known: lon, lat, at."""
    work = existing_work(view.folder)
    if work is None:
        found = empty(VISITS)
    else:
        with work.reading() as rows:
            found = rows.fetch(VISITS)
    found = newest(found[found["recorded_at"] <= view.as_of])
    found = found[found["lon"].notna() & (found["response_mode"] != "phone")]
    return found.rename(columns={"happened_at": "at"})[["lon", "lat", "at"]]


def _planned(view: CityView) -> dict[str, pd.DataFrame]:
    """Return the stops of each week's published plans: lon, lat, at."""
    stops = standing_stops(view.plans).rename(columns={"arrive_at": "at"})
    return {str(week): rows[["lon", "lat", "at"]] for week, rows in stops.groupby("week")}


def _audit(
    view: CityView, visits: pd.DataFrame, area_of: pd.Series, weekly: pd.DataFrame
) -> pd.DataFrame:
    """Return visits beside community calls of the same weeks, and population where known."""
    params = view.city.exposure
    since = (view.as_of - timedelta(weeks=params.window_weeks)).date()
    asked = weekly[weekly["need"].isin(NEEDS) & (weekly["week"] >= since)]
    by_area = asked.groupby("area", as_index=False).agg(calls=("calls", "sum"))
    went = visits.assign(area=area_of.loc[visits["cell"]].to_numpy())
    shapes = view.areas[view.areas["kind"] == "neighbourhood"]
    people = pd.DataFrame(
        {
            "area": shapes["name"],
            "population": shapes.get("population", np.nan),
        }
    )
    return exposure(
        went.value_counts("area").rename("visits").reset_index(),
        by_area,
        people[people["population"].notna()],
        params=params,
    )


def _stickiness(view: CityView, visits: pd.DataFrame) -> Stickiness | None:
    """Count the hexes that have left the list of the busiest, and those still visited."""
    window, resolution = view.city.exposure.window_weeks, view.city.demand.forecast_resolution
    panel = panel_at(view, resolution)
    if visits.empty or panel.calls.shape[1] <= window:
        return None
    rates = rates_before(panel.calls, panel.exposure, view.city.demand.half_life_weeks)
    length = list_length(len(panel.cells), view.city.forecast.flagged_share)
    before, now = (
        panel.cells[top_cells(np.nan_to_num(rates[:, column]), length)]
        for column in (-1 - window, -1)
    )
    recent = visits[visits["at"] >= view.as_of - RECENTLY]
    return stickiness(set(parents(recent["cell"], resolution)), set(before), set(now))
