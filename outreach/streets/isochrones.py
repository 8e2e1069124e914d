"""Areas that are reached in time, along the streets and never across what lies between them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse.csgraph import dijkstra
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from outreach.errors import StreetsError
from outreach.geo import STORED_CRS, frame_to_metres
from outreach.streets.network import IntArray, StreetNetwork
from outreach.streets.reach import doors
from outreach.streets.travel import FloatArray

BUFFER_M = 60.0  # what somebody walks from the street, as far as the middle of a block
FILL_M2 = 10_000.0  # a court inside a block; larger holes stay
# Streets that are not reached, with the houses on them, are no part of the area even where
# they run close to one that is: the far bank, the other carriageway, a road above.
_STREET_M = 20.0
_QUARTER = 3  # pieces of a quarter circle: less than 2 % of a disc is lost

# Corners closer than this would cross each other once they are rounded to degrees.
_GRID_M = 0.01

Shapes = npt.NDArray[np.object_]


@dataclass(frozen=True)
class _Streets:
    """Streets that one can stop on, in metres and in the direction of the search.

    from_s   seconds from the point to the beginning of each
    over_s   seconds from there to its end
    """

    shapes: Shapes
    from_s: FloatArray
    over_s: FloatArray
    crs: str

    def share(self, limit_s: float, beyond_m: float = 0.0) -> FloatArray:
        """Return how much of each street is reached, from its beginning, 0 to 1."""
        share = np.clip((limit_s - self.from_s) / self.over_s, 0.0, 1.0)
        longer = beyond_m / np.maximum(shapely.length(self.shapes), 0.01)
        return np.where(self.from_s <= limit_s, np.minimum(share + longer, 1.0), 0.0)


def _searched(
    network: StreetNetwork, lon: float, lat: float, limit_s: float, towards: bool
) -> _Streets:
    """Search from the point (or back to it) and return the streets around what was found.

    The first is the way on foot between the point and its street.
    """
    node, door_s = doors(network, ([lon], [lat]))
    times = network.times.T.tocsr() if towards else network.times
    seconds = dijkstra(times, indices=node[0], limit=limit_s) + door_s[0]
    edges = network.edges.loc[~network.edges["limited"].to_numpy(bool)]
    west, south, east, north = _bounds(network, np.flatnonzero(seconds <= limit_s), node)
    near = edges.cx[west:east, south:north]
    lines = near.geometry.reverse() if towards else near.geometry
    begin = near["v" if towards else "u"].to_numpy()
    at = network.nodes.loc[node[0], ["lon", "lat"]].to_numpy(float)
    walk = shapely.LineString([(lon, lat), at])
    frame = gpd.GeoDataFrame(geometry=[walk, *lines], crs=STORED_CRS)
    metres = frame_to_metres(frame)
    return _Streets(
        metres.geometry.to_numpy(),
        np.concatenate([[0.0], seconds[begin]]),
        np.concatenate([np.maximum(door_s, 0.01), near["travel_s"].to_numpy(float)]),
        str(metres.crs),
    )


def _bounds(
    network: StreetNetwork, reached: IntArray, node: IntArray
) -> tuple[float, float, float, float]:
    """Return the bounds in degrees of every edge at the nodes that are reached, with a margin."""
    nodes = np.union1d(reached, node)
    edges = network.edges
    touching = np.isin(edges["u"].to_numpy(), nodes) | np.isin(edges["v"].to_numpy(), nodes)
    west, south, east, north = (float(end) for end in edges.loc[touching].total_bounds)
    margin = 0.005
    return west - margin, south - margin, east + margin, north + margin


def _pieces(shapes: Shapes, low: FloatArray, high: FloatArray) -> Shapes:
    """Return the streets from one share of their length to another, each piece once."""
    some = high > low
    whole = some & (low <= 0.0) & (high >= 1.0)
    cut = [
        substring(shapes[i], low[i], high[i], normalized=True)
        for i in np.flatnonzero(some & ~whole)
    ]
    full = shapes[whole]
    middle = shapely.get_coordinates(shapely.line_interpolate_point(full, 0.5, normalized=True))
    key = np.round(np.column_stack([middle, shapely.length(full)]), 1)
    _, first = np.unique(key, axis=0, return_index=True)  # the way back is the same street
    return np.array([*full[first], *cut], dtype=object)


def _widened(
    lines: Shapes, metres: float, ends: Literal["round", "flat"] = "round"
) -> BaseGeometry:
    """Return all within so many metres of the lines; one union of many is much the fastest."""
    wide: BaseGeometry = shapely.union_all(
        shapely.buffer(lines, metres, quad_segs=_QUARTER, cap_style=ends)
    )
    return wide


def _strips(streets: _Streets, limit_s: float, area: BaseGeometry, buffer_m: float) -> BaseGeometry:
    """Return the streets in the area that are not reached, with the houses on them.

    What goes on from where the time runs out is no such street, as far as the buffer goes.
    """
    width_m = min(_STREET_M, buffer_m)
    onward, ends = streets.share(limit_s, beyond_m=buffer_m), np.ones(len(streets.shapes))
    inside = shapely.STRtree(streets.shapes).query(area, predicate="intersects")
    missed = _pieces(streets.shapes[inside], onward[inside], ends[inside])
    strips = _widened(missed, width_m, "flat")
    near = shapely.STRtree(streets.shapes).query(strips, predicate="dwithin", distance=width_m)
    kept = _pieces(streets.shapes[near], np.zeros(len(near)), onward[near])
    return strips - _widened(kept, width_m, "flat")


def _areas(
    streets: _Streets, limits_s: Sequence[float], buffer_m: float, fill_m2: float
) -> Iterator[BaseGeometry]:
    """Yield the area within each limit; every one holds the one before."""
    point = shapely.get_point(streets.shapes[0], 0)
    area: BaseGeometry = shapely.buffer(point, min(_STREET_M, buffer_m), quad_segs=_QUARTER)
    reached: Shapes = np.array([point], dtype=object)
    for before_s, limit_s in pairwise([-1.0, *limits_s]):
        new = _pieces(streets.shapes, streets.share(before_s), streets.share(limit_s))
        wide = _widened(np.append(new, point), buffer_m)
        strips = _strips(streets, limit_s, wide, buffer_m)
        reached = np.concatenate([reached, new])
        area = _with_streets(shapely.union(area, wide - strips), reached)
        area = shapely.set_precision(_filled(area, fill_m2, strips), _GRID_M)
        yield area


def _with_streets(area: BaseGeometry, reached: Shapes) -> BaseGeometry:
    """Leave out parts that only lie near a street, cut off by one that is not reached."""
    parts = shapely.get_parts(area)
    if len(parts) == 1:
        return area
    touched, _ = shapely.STRtree(reached).query(parts, predicate="intersects")
    kept: BaseGeometry = shapely.multipolygons(parts[np.unique(touched)])
    return kept


def _filled(area: BaseGeometry, fill_m2: float, strips: BaseGeometry) -> BaseGeometry:
    """Fill holes up to a size, unless a street that is not reached lies in one."""
    parts = shapely.get_parts(area)
    rings = [ring for part in parts for ring in part.interiors]
    holes = shapely.polygons(rings) if rings else np.array([], dtype=object)
    small = holes[shapely.area(holes) <= fill_m2]
    if not len(small):
        return area
    shapely.prepare(strips)
    filled: BaseGeometry = shapely.union_all([area, *small[~shapely.intersects(strips, small)]])
    return filled


def isochrones(
    network: StreetNetwork,
    lon: float,
    lat: float,
    minutes: Sequence[float],
    *,
    towards: bool = False,
    buffer_m: float = BUFFER_M,
    fill_m2: float = FILL_M2,
) -> gpd.GeoDataFrame:
    """Return the area within each time of a point, along the streets.

    Streets are cut where the time runs out and widened by ``buffer_m``; a street that is not
    reached is left out with its houses, and nobody stops on a motorway. Holes up to ``fill_m2``
    are filled where no such street lies in them.

    Needs    minutes    limits above 0, in any order
             towards    from where one can be at the point in that time, instead of where one
                        gets from it: one-way streets the other way round
    Adds     minutes (rising), area_km2, geometry (EPSG:4326); a larger limit's area holds the
             smaller's, to the centimetre
    Raises   StreetsError   a coordinate is missing, or a limit is not above 0
    """
    limits = sorted({float(limit) for limit in minutes})
    if not limits or not (0 < limits[0] <= limits[-1] < np.inf):
        raise StreetsError("an area needs at least one limit in minutes, above 0")
    limits_s = [60 * limit for limit in limits]
    streets = _searched(network, lon, lat, limits_s[-1], towards)
    areas = list(_areas(streets, limits_s, buffer_m, fill_m2))
    frame = gpd.GeoDataFrame(
        {"minutes": limits, "area_km2": shapely.area(areas) / 1e6},
        geometry=areas,
        crs=streets.crs,
    )
    return frame.to_crs(STORED_CRS)
