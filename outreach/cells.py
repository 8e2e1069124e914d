"""H3 cells: the only module that knows h3.

A cell is a 64-bit integer in tables and text on screens. Calls are stored with the cell of the
finest resolution; every coarser cell is the parent of that one, never computed from the point
again (the two differ for 6-7 % of points).
"""

import h3
import h3.api.numpy_int as h3n
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

FINEST = 15
_RESOLUTION_SHIFT = 52
_DIGIT_BITS = 3

IntArray = npt.NDArray[np.int64]


def fine_cells(lon: npt.ArrayLike, lat: npt.ArrayLike) -> pd.api.extensions.ExtensionArray:
    """Return the finest cell of each point as Int64; missing where a coordinate is missing.

    Only unique coordinates go through h3, since calls repeat places.
    """
    points = pd.DataFrame({"lon": np.asarray(lon, float), "lat": np.asarray(lat, float)})
    codes, unique = pd.factorize(pd.MultiIndex.from_frame(points))
    found = [
        None if np.isnan(x) or np.isnan(y) else h3n.latlng_to_cell(y, x, FINEST) for x, y in unique
    ]
    return pd.array(found, dtype="Int64").take(codes)


def _parent_bits(resolution: int) -> tuple[int, int]:
    """Return the bits to clear and the bits to set that turn a cell into its parent."""
    unused = (1 << (_DIGIT_BITS * (FINEST - resolution))) - 1
    return ~((0xF << _RESOLUTION_SHIFT) | unused), (resolution << _RESOLUTION_SHIFT) | unused


def parents(cells: npt.ArrayLike, resolution: int) -> IntArray:
    """Return the parent at a coarser resolution of each cell."""
    clear, fill = _parent_bits(resolution)
    return (np.asarray(cells, np.int64) & np.int64(clear)) | np.int64(fill)


def parent_expr(cell: ir.IntegerColumn, resolution: int) -> ir.IntegerColumn:
    """Return the same as :func:`parents` as an expression for the query engine."""
    clear, fill = _parent_bits(resolution)
    return (cell & clear) | fill


def to_text(cell: int) -> str:
    """Return a cell as people read it."""
    return str(h3.int_to_str(int(cell)))


def from_text(text: str) -> int:
    """Return the integer of a cell written as text."""
    return int(h3.str_to_int(text))


def centre(cell: int) -> tuple[float, float]:
    """Return longitude and latitude of a cell's middle."""
    lat, lon = h3n.cell_to_latlng(int(cell))
    return lon, lat


def outline(cell: int) -> Polygon:
    """Return a cell's hexagon in EPSG:4326."""
    return Polygon([(lon, lat) for lat, lon in h3n.cell_to_boundary(int(cell))])


def area_km2(cell: int) -> float:
    """Return a cell's area, which differs by place: by a tenth or more within one country."""
    return float(h3n.cell_area(int(cell), unit="km^2"))


def ring(cell: int, k: int = 1) -> IntArray:
    """Return the cells within k steps of a cell, itself included."""
    return np.sort(np.asarray(h3n.grid_disk(int(cell), k), np.int64))


def neighbour_pairs(cells: IntArray) -> tuple[IntArray, IntArray]:
    """Return the positions i, j of all cells that touch, both ways, for sorted cells.

    Twelve pentagons on Earth, all in the sea, have five neighbours.
    """
    rings = [np.asarray(h3n.grid_disk(int(cell), 1), np.int64) for cell in cells]
    i = np.repeat(np.arange(len(cells)), [len(ring) for ring in rings])
    near = np.concatenate(rings) if rings else np.array([], np.int64)
    j = np.minimum(np.searchsorted(cells, near), max(len(cells) - 1, 0))
    touching = (cells[j] == near) & (i != j) if len(cells) else np.zeros(0, bool)
    return i[touching], j[touching]


def covering(shape: BaseGeometry, resolution: int) -> IntArray:
    """Return the cells whose middle lies in a shape (EPSG:4326), sorted."""
    text = h3.geo_to_cells(shape, resolution)
    return np.sort(np.array([h3.str_to_int(c) for c in text], np.int64))


def resolution_of(cell: int) -> int:
    """Return the resolution of a cell."""
    return int(h3n.get_resolution(int(cell)))
