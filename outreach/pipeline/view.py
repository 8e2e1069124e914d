"""Everything that pages and plans read of a city, computed once at ``as_of``."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import geopandas as gpd
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd
from shapely.geometry.base import BaseGeometry

from outreach import cells
from outreach.columns import check, empty
from outreach.config import City, load_city
from outreach.demand.calendar import calendar
from outreach.demand.counts import coarsened, daily_totals, weekly_counts, weekly_totals
from outreach.demand.rates import cell_rates
from outreach.demand.trends import weekly_series
from outreach.errors import NotAllowedError
from outreach.ingest import code_map
from outreach.link_schemas import PERSON_LINKS
from outreach.maps.layers import shareable
from outreach.people.clusters import cluster_places
from outreach.people.persons import repeat_persons
from outreach.people.places import repeat_places
from outreach.pipeline.directory import whole_directory
from outreach.pipeline.setup import load_networks
from outreach.plan.document import Plan, from_json
from outreach.roles import Viewer, needs
from outreach.schemas import (
    CALENDAR,
    CALL_TYPES,
    CELL_RATES,
    CLUSTERS,
    COUNTS,
    INTERSECTIONS,
    PERSONS,
    PLACES,
)
from outreach.store import batches, calls, documents, tables
from outreach.store.work import existing_work
from outreach.streets.crossings import name_spots
from outreach.streets.network import StreetNetwork
from outreach.weeks import local_date

STALE = timedelta(weeks=4)  # from when on the last weeks of a record are not the last weeks


@dataclass(frozen=True)
class CityView:
    """What is known of a city at one moment."""

    folder: Path
    city: City
    as_of: datetime
    networks: dict[str, StreetNetwork]
    areas: gpd.GeoDataFrame  # name, kind, geometry
    calendar: pd.DataFrame  # CALENDAR
    rates: pd.DataFrame  # CELL_RATES, the five needs only; near
    fine_counts: pd.DataFrame  # COUNTS at the finest resolution any purpose asks for
    counts: pd.DataFrame  # COUNTS at the resolution of rates, unknown need included
    weekly: pd.DataFrame  # week, need, calls; unplaced calls included
    places: pd.DataFrame  # PLACES
    clusters: gpd.GeoDataFrame  # CLUSTERS
    persons: pd.DataFrame  # PERSONS
    resources: pd.DataFrame  # RESOURCES
    imports: pd.DataFrame  # columns of store.batches.ImportRecord
    quarantine: tuple[Path, ...]
    call_types: pd.DataFrame  # call_type, need, counts_as, calls
    plans: tuple[Plan, ...]  # newest first

    @property
    def record_ended(self) -> date | None:
        """First day of the last week with calls, if that is long ago; None: calls still come in."""
        seen = self.calendar.loc[self.calendar["days_seen"] > 0, "week"]
        if seen.empty or local_date(self.as_of, self.city.time_zone) - seen.max() <= STALE:
            return None
        last: date = seen.max()
        return last


def as_seen(view: CityView, viewer: Viewer) -> CityView:
    """Return of a city's data what somebody may see: hexes for all who count, points for few.

    Raises   NotAllowedError   they may see no counts
    """
    if viewer.may("points"):
        return view
    if not viewer.may("counts"):
        raise NotAllowedError(f"{viewer.name} may see no counts; nothing was shown")
    shown = view.city.demand.resolution  # finer hexes may hold one door
    finer = view.city.demand.finest_resolution > shown
    return replace(
        view,
        fine_counts=coarsened(view.fine_counts, shown) if finer else view.fine_counts,
        places=view.places.iloc[:0],
        clusters=view.clusters.iloc[:0],
        persons=view.persons.iloc[:0],
        resources=shareable(view.resources),
        quarantine=(),
        plans=(),
    )


@needs("points")
def known_calls(folder: Path, city: City, as_of: datetime) -> ir.Table:
    """Return the view over all calls known at ``as_of``; staff-made rows are still in it.

    Their person_id is one a person: who is who is taken as it is known now, whatever ``as_of``.
    """
    view = calls.calls_view(
        batches.call_files(folder),
        tables.read_table(folder / "call_types.csv", CALL_TYPES),
        normalise=code_map.normalise,
        as_of=as_of,
        time_zone=city.time_zone,
    )
    return calls.linked(view, persons_of(folder))


@needs("points")
def persons_of(folder: Path) -> pd.DataFrame:
    """Return which pseudonyms are one person (PERSON_LINKS); none before the first linking."""
    work = existing_work(folder)
    if work is None:
        return empty(PERSON_LINKS)
    with work.reading() as rows:
        return rows.fetch(PERSON_LINKS)


@dataclass(frozen=True)
class Listed:
    """What the calls say: rates, places and people, from calls for help only (safeguard 1)."""

    calendar: pd.DataFrame
    fine_counts: pd.DataFrame
    counts: pd.DataFrame
    rates: pd.DataFrame
    weekly: pd.DataFrame
    places: pd.DataFrame
    clusters: gpd.GeoDataFrame
    persons: pd.DataFrame


def listed(
    view: ir.Table,
    city: City,
    as_of: datetime,
    resources: pd.DataFrame,
    area: BaseGeometry | None,
    *,
    latest: ir.Table | None = None,
    record: ir.Table | None = None,
) -> Listed:
    """Compute what a city's lists and maps show.

    Needs    view    all known calls, cut at as_of; staff-made rows count nowhere, and can only
                     bar a door
             area    where streets are; its cells without calls are kept
             latest  the view that ``view`` was cut from, where it is later: it bars doors too
             record  the view that ``view`` is a part of: its days tell which weeks were seen
    """
    asked = calls.demand(view)
    days = asked if record is None else calls.demand(record)
    barring = calls.barring(view if latest is None else latest)
    seen = check(
        calendar(calls.fetch(daily_totals(days)), as_of=as_of, time_zone=city.time_zone), CALENDAR
    )
    places, clusters = cluster_places(
        check(
            repeat_places(
                asked,
                resources,
                as_of=as_of,
                params=city.repeat,
                barring=barring,
                calendar=seen,
            ),
            PLACES,
        ),
        params=city.repeat,
    )
    persons = repeat_persons(
        asked, as_of=as_of, params=city.repeat, barring=barring, resources=resources
    )
    # The calendar counts whole days, so the calls of the day that is not over wait until it is.
    whole_days = asked.filter(asked.day < local_date(as_of, city.time_zone))
    fine = calls.fetch(
        weekly_counts(
            whole_days, resolution=city.demand.finest_resolution, apart=apart_cells(places)
        ).order_by("cell", "week", "need")
    )
    counts = coarsened(check(fine, COUNTS), city.demand.resolution)
    rates = cell_rates(
        counts,
        seen,
        params=city.demand,
        cells=study_area(area, counts, city.demand.resolution),
    )
    return Listed(
        calendar=seen,
        fine_counts=fine,
        counts=counts,
        rates=check(rates, CELL_RATES),
        weekly=weekly_series(calls.fetch(weekly_totals(asked)), seen),
        places=places,
        clusters=check(clusters, CLUSTERS),
        persons=check(persons, PERSONS),
    )


def apart_cells(places: pd.DataFrame) -> list[int]:
    """Return the fine cells of facilities and default geocodes.

    Calls pile up there from elsewhere, so they do not say where need is.
    """
    return [cells.from_text(text) for text in places.loc[places["kind"] != "place", "place_id"]]


def study_area(
    area: BaseGeometry | None, counts: pd.DataFrame, resolution: int
) -> npt.NDArray[np.int64] | None:
    """Return the cells where streets are and those with calls; None where no streets are known.

    Needs    counts      COUNTS at that resolution
    """
    if area is None:
        return None
    return np.union1d(cells.covering(area, resolution), counts["cell"].to_numpy(np.int64))


def with_names(rates: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Add near: the crossing by which people know a cell; blank in a city without streets."""
    crossings = tables.read_frame(folder / "streets" / "intersections.parquet", INTERSECTIONS)
    middles = [cells.centre(cell) for cell in rates["cell"]]
    spots = pd.DataFrame(middles, columns=["lon", "lat"], index=rates.index)
    return rates.assign(near=name_spots(spots, crossings))


@needs("points")
def city_view(folder: Path, as_of: datetime) -> CityView:
    """Read a city folder and compute all that its pages show.

    Raises   ConfigError, StoreError   the folder is not in order
    """
    city = load_city(folder)
    networks = load_networks(folder)
    resources = whole_directory(folder)
    view = known_calls(folder, city, as_of)
    area = next(iter(networks.values())).hull if networks else None
    lists = listed(view, city, as_of, resources, area)
    return CityView(
        folder=folder,
        city=city,
        as_of=as_of,
        networks=networks,
        areas=tables.read_shapes(folder / "areas.geojson", ("name", "kind")),
        resources=resources,
        imports=batches.import_records(folder),
        quarantine=tuple(batches.quarantine_files(folder)),
        call_types=calls.counted_types(view),
        plans=plans_of(folder),
        **{**vars(lists), "rates": with_names(lists.rates, folder)},
    )


@needs("points")
def plans_of(folder: Path) -> tuple[Plan, ...]:
    """Return every version of every plan of a city."""
    return tuple(from_json(path.read_text("utf-8")) for path in documents.plan_versions(folder))
