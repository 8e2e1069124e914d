"""A city's own centreline file to street networks; travel follows the drawn geometry."""

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from outreach.errors import InputError
from outreach.geo import STORED_CRS, frame_to_metres, read_geojson
from outreach.streets.network import IntArray, Mode

SNAP_M = 1.0  # ends of lines this close are one crossing

_NAME_COLUMNS = (
    "fullname",
    "fullstreetname",
    "fullstname",
    "fullstreet",
    "street",
    "label",
    "stname",
    "streetname",
    "roadname",
    "name",
)
_ONE_WAY_COLUMN = re.compile(r"one_?way|^dir(ection)?$|(travel|traffic|flow)_?dir", re.IGNORECASE)
# Ways of writing one-way codes: text -> 1 along the drawn line, -1 against it, 0 both ways.
# A scheme is taken only if it knows every value of the column.
_SCHEMES: tuple[dict[str, int], ...] = (
    {"0": 0, "1": 1, "-1": -1},
    {"b": 0, "ft": 1, "tf": -1, "n": 0},
    {"b": 0, "f": 1, "t": -1},
    {"no": 0, "yes": 1, "-1": -1, "reverse": -1, "reversible": 0, "alternating": 0},
    {"n": 0, "y": 1, "f": 0, "t": 1, "false": 0, "true": 1},
)


def read_lines(path: Path) -> gpd.GeoDataFrame:
    """Read the lines of a GeoJSON file, one row a LineString in EPSG:4326.

    Raises   InputError   unreadable, no lines in it, or coordinates that are not degrees
    """
    try:
        frame = read_geojson(path)
    except InputError:
        raise
    except Exception as error:  # the readers below geopandas raise classes of their own
        raise InputError(f"{path} cannot be read as GeoJSON: {error}") from None
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InputError(f"{path} has no geometry")
    lines = frame.explode(ignore_index=True)
    lines = lines.loc[lines.geom_type.eq("LineString") & ~lines.is_empty]
    if lines.empty:
        raise InputError(f"{path} holds no lines; a centreline file is needed")
    lines = lines.set_crs(STORED_CRS) if lines.crs is None else lines.to_crs(STORED_CRS)
    west, south, east, north = lines.total_bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise InputError(f"{path}: coordinates are not longitude and latitude in degrees")
    lines = lines.set_geometry(shapely.force_2d(lines.geometry.to_numpy()), crs=STORED_CRS)
    return lines.loc[shapely.length(lines.geometry.to_numpy()) > 0].reset_index(drop=True)


def plain(column: str) -> str:
    """Return a column name in lower case without blanks and underscores."""
    return re.sub(r"[^a-z0-9]", "", column.lower())


def name_column(lines: pd.DataFrame) -> str | None:
    """Return the column that holds full street names, if any."""
    by_plain = {plain(str(column)): str(column) for column in lines.columns}
    return next((by_plain[name] for name in _NAME_COLUMNS if name in by_plain), None)


def _codes(values: pd.Series) -> pd.Series | None:
    """Turn a column of one-way codes into 1, -1 and 0, if it is one."""
    text = values.astype("string").str.strip().str.lower().str.replace(r"\.0$", "", regex=True)
    text = text.mask(text.eq(""))
    found = set(text.dropna())
    for scheme in _SCHEMES:
        if found and found <= scheme.keys() and any(scheme[value] for value in found):
            return text.map(scheme).fillna(0).astype(int)
    return None


def one_way(lines: pd.DataFrame) -> tuple[str | None, pd.Series]:
    """Return the one-way column and its codes: 1 along the geometry, -1 against it, 0 both."""
    for column in lines.columns:
        if _ONE_WAY_COLUMN.search(str(column)):
            codes = _codes(lines[column])
            if codes is not None:
                return str(column), codes
    return None, pd.Series(0, index=lines.index)


def _joined_ends(metres: gpd.GeoDataFrame) -> tuple[IntArray, IntArray]:
    """Number the ends of lines so that ends within a metre share a number."""
    shapes = metres.geometry.to_numpy()
    ends = np.concatenate([shapely.get_point(shapes, 0), shapely.get_point(shapes, -1)])
    points = shapely.get_coordinates(ends)
    pairs = cKDTree(points).query_pairs(SNAP_M, output_type="ndarray")
    graph = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), (len(points),) * 2)
    _, number = connected_components(graph, directed=False)
    return number[: len(metres)], number[len(metres) :]


def _pull_ends(lines: gpd.GeoDataFrame, u: IntArray, v: IntArray) -> gpd.GeoSeries:
    """Return the lines with their ends moved onto the first end of each crossing."""
    shapes = lines.geometry.to_numpy()
    points, line = shapely.get_coordinates(shapes, return_index=True)
    first = np.searchsorted(line, np.arange(len(lines)))
    last = np.searchsorted(line, np.arange(len(lines)), side="right") - 1
    numbers, where = np.concatenate([u, v]), np.concatenate([first, last])
    unique, chosen = np.unique(numbers, return_index=True)
    points[where] = points[where[chosen]][np.searchsorted(unique, numbers)]
    return gpd.GeoSeries(
        shapely.linestrings(points, indices=line), index=lines.index, crs=lines.crs
    )


def edges_from_lines(lines: gpd.GeoDataFrame, mode: Mode, speed_kmh: float) -> gpd.GeoDataFrame:
    """Return the edges of centrelines as ``make_network`` wants them; on foot all go both ways.

    Needs    lines of ``read_lines``; a one-way column and a name column are found by name
    """
    metres = frame_to_metres(lines)
    u, v = _joined_ends(metres)
    name = name_column(lines)
    along = gpd.GeoDataFrame(
        {
            "u": u,
            "v": v,
            "length_m": metres.length.to_numpy(),
            "travel_s": metres.length.to_numpy() / (speed_kmh / 3.6),
            "name": lines[name].astype(object).where(lines[name].notna(), None) if name else None,
            "limited": False,
        },
        geometry=_pull_ends(lines, u, v),
    )
    against = along.assign(u=along["v"], v=along["u"], geometry=along.geometry.reverse())
    codes = one_way(lines)[1].to_numpy() if mode == "drive" else np.zeros(len(lines), int)
    return pd.concat([along.loc[codes >= 0], against.loc[codes <= 0]], ignore_index=True)
