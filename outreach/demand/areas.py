"""Calls by neighbourhood, week and need."""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from outreach.cells import centre, parents, to_text
from outreach.columns import empty
from outreach.schemas import ALL_NEEDS, AREA_WEEKS

OUTSIDE = "outside the neighbourhoods"


def area_of_cells(cells: npt.ArrayLike, areas: gpd.GeoDataFrame, *, resolution: int) -> pd.Series:
    """Name the neighbourhood that each cell's middle lies in.

    Where shapes overlap the smallest counts; shapes of one name are one neighbourhood. A city
    without neighbourhoods is divided into coarse cells instead, which are called by their text.

    Needs    cells        any number of H3 cells, none coarser than ``resolution``
             areas        name, kind, geometry in EPSG:4326; those of kind 'neighbourhood' count
             resolution   of the coarse cells
    Adds     area         by cell, each once and in rising order
    """
    index = np.unique(np.asarray(cells, np.int64))
    shapes = areas[areas["kind"] == "neighbourhood"]
    if shapes.empty:
        names = np.array([to_text(cell) for cell in parents(index, resolution)], object)
    else:
        names = np.full(len(index), OUTSIDE, object)
        order = shapely.area(shapes.geometry.to_numpy()).argsort()[::-1]  # the smallest comes last
        shapes = shapes.iloc[order]
        middles = shapely.points([centre(cell) for cell in index])
        cell, shape = shapely.STRtree(shapes.geometry).query(middles, predicate="intersects")
        last = np.lexsort((shape, cell))  # and so it is the one that stays
        names[cell[last]] = shapes["name"].to_numpy(object)[shape[last]]
    return pd.Series(names, index=pd.Index(index, name="cell"), name="area", dtype="str")


def area_weeks(counts: pd.DataFrame, calendar: pd.DataFrame, area_of: pd.Series) -> pd.DataFrame:
    """Count calls by neighbourhood, week and need, zeros included.

    Needs    counts      COUNTS
             calendar    CALENDAR of the same weeks
             area_of     from ``area_of_cells``, with every cell of counts
    Adds     AREA_WEEKS  every area of ``area_of``; what lies outside only if it has calls
    """
    area = area_of.loc[counts["cell"]].to_numpy()
    names = sorted((set(area_of) - {OUTSIDE}) | set(area))
    if not names or calendar.empty:
        return empty(AREA_WEEKS)
    weeks = pd.DatetimeIndex(pd.to_datetime(calendar["week"]))
    grid = pd.MultiIndex.from_product([names, weeks, ALL_NEEDS], names=["area", "week", "need"])
    told = counts.assign(area=area, week=pd.to_datetime(counts["week"]))
    calls = told.groupby(["area", "week", "need"])["calls"].sum()
    out = calls.reindex(grid, fill_value=0).astype("int64").reset_index()
    days = np.repeat(calendar["days_seen"].to_numpy("int64"), len(ALL_NEEDS))
    out["days_seen"] = np.tile(days, len(names))
    return out.assign(week=out["week"].dt.date)
