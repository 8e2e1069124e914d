"""Public figures: what anybody may know, with small counts hidden before anybody is given them."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from outreach.cells import from_text, outline, parent_expr
from outreach.config import City, load_city
from outreach.demand.areas import OUTSIDE, area_of_cells
from outreach.errors import InputError
from outreach.language.translate import LANGUAGES
from outreach.maps.public import UNPLACED
from outreach.outcomes.suppression import published
from outreach.people.consent import local_days, newest
from outreach.pipeline.demand import named_areas
from outreach.pipeline.view import known_calls
from outreach.reports.public import (
    CALLS,
    TABLES,
    VISITS,
    PublicFigures,
    public_csv,
    public_page,
)
from outreach.roles import needs
from outreach.schemas import ALL_NEEDS, RESPONSE_MODES, SOURCES
from outreach.store import calls, tables
from outreach.store.folder import write_whole
from outreach.store.work import existing_work
from outreach.weeks import local_date
from outreach.work_schemas import SHARPS
from outreach.work_schemas import VISITS as VISIT_ROWS
from outreach.work_words import OUTCOMES

QUARTERS = 4  # at most, the newest
COLUMNS = ["quarter", "table", "row", "column", "count"]
ORDERS = {
    "need": ALL_NEEDS,
    "source": SOURCES,
    "outcome": OUTCOMES,
    "response_mode": RESPONSE_MODES,
}


@needs("public")
def public_figures(folder: Path, *, now: datetime) -> PublicFigures:
    """Return calls for help and the team's visits by whole quarter, small counts hidden.

    Calls of types that bar a visit at the door, such as domestic violence, are in no figure; nor
    is anybody's place: areas are neighbourhoods, or hexes of the city's ``area_resolution``.

    Raises   ConfigError, StoreError   the folder is not in order
    """
    city = load_city(folder)
    areas = tables.read_shapes(folder / "areas.geojson", ("name", "kind"))
    asked = helped(folder, city, now)
    asked, shapes = _with_areas(asked, folder, city, areas)
    visits, needles = _work(folder, city)
    quarters = whole_quarters(asked["day"], local_date(now, city.time_zone))
    parts = []
    for quarter in quarters:
        for names, rows in ((CALLS, asked), (VISITS, visits)):
            mine = rows[rows["quarter"] == quarter]
            if len(mine):
                parts += _hidden(mine, names, quarter)
    counts = pd.concat(parts) if parts else pd.DataFrame(columns=COLUMNS)
    return PublicFigures(
        city=city.name,
        invented_data=city.invented_data,
        programme=city.programme,
        as_of=local_date(now, city.time_zone),
        quarters=quarters,
        counts=counts.reset_index(drop=True),
        needles=needles[needles["quarter"].isin(quarters)],
        shapes=shapes,
        ground=areas[areas["kind"] != "neighbourhood"],
        neighbourhoods=bool((areas["kind"] == "neighbourhood").any()),
    )


@needs("public")
def write_public(
    folder: Path, target: Path, *, quarter: str = "", language: str = "en", now: datetime
) -> PublicFigures:
    """Write the page of a quarter (.html) or the table of all (.csv), whole or not at all.

    Raises   InputError   another ending, no such quarter, no such language, or nothing to show
    """
    if target.suffix not in (".html", ".csv") or target.is_dir():
        raise InputError(f"{target} must be a file that ends in .html or .csv; nothing was written")
    if language not in LANGUAGES:
        raise InputError(f"{language!r} is none of {', '.join(LANGUAGES)}; nothing was written")
    figures = public_figures(folder, now=now)
    if not figures.quarters:
        raise InputError("no whole quarter of calls is on record yet; nothing was written")
    if quarter and quarter not in figures.quarters:
        known = ", ".join(figures.quarters)
        raise InputError(f"{quarter!r} is no quarter to show ({known}); nothing was written")
    if target.suffix == ".csv":
        made = public_csv(figures)
    else:
        made = public_page(figures, quarter or figures.quarters[0], language=language).encode()
    write_whole(target, made)
    return figures


def helped(folder: Path, city: City, as_of: datetime) -> pd.DataFrame:
    """Count the calls that may be told of by fine cell, day, need and source.

    Adds     cell (Int64, missing without a place), day, need, source, calls
    """
    asked = calls.demand(known_calls(folder, city, as_of))
    asked = asked.filter(asked.home_visit)
    whole_days = asked.filter(asked.day < local_date(as_of, city.time_zone))
    cell = parent_expr(whole_days.fine_cell, city.demand.finest_resolution)
    counted = whole_days.group_by(
        cell=cell.fill_null(0),  # a missing one would turn all of them into floats
        day=whole_days.day,
        need=whole_days.need,
        source=whole_days.source,
    ).agg(calls=whole_days.count())
    found = calls.fetch(counted)
    return found.assign(cell=found["cell"].astype("Int64").where(found["cell"] != 0))


def whole_quarters(days: Sequence[date] | pd.Series, today: date) -> tuple[str, ...]:
    """Return the quarters that lie wholly within the record and before today, newest first."""
    if not len(days):
        return ()
    first = pd.Period(min(days), "Q")
    if first.start_time.date() < min(days):
        first += 1
    last = pd.Period(today, "Q") - 1
    ended = pd.Period(max(days), "Q")
    if ended.end_time.date() > max(days):
        ended -= 1  # the record stops within it
    found = pd.period_range(first, min(last, ended), freq="Q")[-QUARTERS:]
    return tuple(f"{quarter.year}-Q{quarter.quarter}" for quarter in found[::-1])


def _quarter(days: pd.Series) -> list[str]:
    return [f"{day.year}-Q{(day.month + 2) // 3}" for day in days]


def _with_areas(
    asked: pd.DataFrame, folder: Path, city: City, areas: gpd.GeoDataFrame
) -> tuple[pd.DataFrame, gpd.GeoDataFrame]:
    """Add quarter, month and area to calls, and return the areas' shapes."""
    known = asked["cell"].dropna().unique().astype(np.int64)
    named = named_areas(folder, city, areas, known)
    area = asked["cell"].map(named).astype("object")
    told = asked.assign(
        area=area.where(area.notna(), UNPLACED),
        quarter=_quarter(asked["day"]),
        month=[f"{day:%Y-%m}" for day in asked["day"]],
    )
    if (areas["kind"] == "neighbourhood").any():
        mine = areas[areas["kind"] == "neighbourhood"]
        shapes = mine.rename(columns={"name": "area"})[["area", "geometry"]].dissolve("area")
        return told, shapes.reset_index()
    resolution = min(city.demand.area_resolution, city.demand.finest_resolution)
    hexes = area_of_cells(known, areas, resolution=resolution)
    pairs = dict(zip(named.loc[hexes.index], hexes, strict=True))
    drawn = [outline(from_text(text)) for text in pairs.values()]
    return told, gpd.GeoDataFrame({"area": list(pairs)}, geometry=drawn, crs=4326)


def _work(folder: Path, city: City) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the visits, and the needles picked up by month."""
    work = existing_work(folder)
    needles = pd.DataFrame(columns=["quarter", "month", "pickups", "needles"])
    if work is None:
        return pd.DataFrame(columns=["quarter"]), needles
    with work.reading() as rows:
        visits, pickups = newest(rows.fetch(VISIT_ROWS)), rows.fetch(SHARPS)
    for frame in (visits, pickups):
        days = list(local_days(frame["happened_at"], city.time_zone))
        frame["quarter"] = _quarter(pd.Series(days, dtype="object"))
        frame["month"] = [f"{day:%Y-%m}" for day in days]
    if len(pickups):
        needles = pickups.groupby(["quarter", "month"], as_index=False).agg(
            pickups=("pickup_id", "size"), needles=("sharps", "sum")
        )
    return visits.assign(calls=1), needles


def _hidden(mine: pd.DataFrame, names: Sequence[str], quarter: str) -> list[pd.DataFrame]:
    """Return the tables of a quarter's calls, or of its visits, hidden together."""
    made = published([_crossed(mine, *TABLES[name]) for name in names])
    return [
        table.rename_axis(index="row", columns=None)
        .reset_index()
        .melt(id_vars="row", var_name="column", value_name="count")
        .assign(quarter=quarter, table=name)[COLUMNS]
        for name, table in zip(names, made, strict=True)
    ]


def _crossed(mine: pd.DataFrame, rows: str, columns: str) -> pd.DataFrame:
    """Count by two dimensions; every month of a quarter has its row, and areas stand in order."""
    wide = mine.pivot_table(
        index=rows, columns=columns, values="calls", aggfunc="sum", fill_value=0
    )
    wide = wide[[name for name in ORDERS[columns] if name in wide.columns]]
    if rows == "month":
        quarter = pd.Period(mine["quarter"].iloc[0].replace("-", ""), "Q")
        months = pd.period_range(quarter.start_time, quarter.end_time, freq="M")
        wide = wide.reindex(pd.Index(months.astype(str), name=rows), fill_value=0)
    if rows == "area":
        last = [name for name in (OUTSIDE, UNPLACED) if name in wide.index]
        wide = wide.reindex([*(name for name in wide.index if name not in last), *last])
    return wide.astype("int64")
