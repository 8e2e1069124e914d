"""Travel by street: nearest nodes, times between stops, and the way itself."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from outreach.errors import StreetsError
from outreach.geo import to_metres
from outreach.streets.network import IntArray, StreetNetwork

DOOR_SPEED_KMH = 4.5  # on foot between the street and the door
SLACK_S = 1e-3  # rounding must not shut out what lies exactly at a limit
_AT_ONCE = 4_000_000  # numbers held while searching, whatever the size of the city

FloatArray = npt.NDArray[np.float64]
Points = tuple[npt.ArrayLike, npt.ArrayLike]  # lon, lat


def points_of(frame: pd.DataFrame) -> Points:
    """Return the points of rows that have lon and lat."""
    return frame["lon"].to_numpy(float), frame["lat"].to_numpy(float)


def snap(network: StreetNetwork, lon: npt.ArrayLike, lat: npt.ArrayLike) -> pd.DataFrame:
    """Return the nearest node to stop at, for each point.

    Adds     node, snap_m    position in network.nodes; metres in a straight line
    Raises   StreetsError    a coordinate is missing, or too far away to have metres
    """
    lon, lat = np.atleast_1d(np.asarray(lon, float)), np.atleast_1d(np.asarray(lat, float))
    if not (np.isfinite(lon) & np.isfinite(lat)).all():
        raise StreetsError("a point without coordinates cannot be reached by street")
    where = network.nodes.index[network.nodes["stoppable"]].to_numpy()
    nodes = network.nodes.loc[where]
    west, south, east, north = network.bounds
    middle = ((west + east) / 2, (south + north) / 2)
    tree = cKDTree(np.column_stack(to_metres(nodes["lon"], nodes["lat"], origin=middle)))
    points = np.column_stack(to_metres(lon, lat, origin=middle))
    if not np.isfinite(points).all():
        raise StreetsError("a point lies on the other side of the world from the streets")
    away, nearest = tree.query(points)
    return pd.DataFrame({"node": where[nearest].astype(np.int64), "snap_m": away})


def at_once(nodes: int) -> int:
    """Return from how many of the nodes of a city one may search at the same time."""
    return max(1, _AT_ONCE // nodes)


def searches(
    network: StreetNetwork, sources: IntArray, limit_s: float = np.inf
) -> Iterator[tuple[slice, FloatArray, npt.NDArray[np.int32]]]:
    """Yield slices of the sources with seconds to, and the node before, every node."""
    step = at_once(len(network.nodes))
    for start in range(0, len(sources), step):
        part = slice(start, start + step)
        seconds, before = dijkstra(
            network.times,
            indices=sources[part],
            limit=limit_s + SLACK_S,
            return_predecessors=True,
        )
        yield part, seconds, before


def walked_back(
    network: StreetNetwork,
    before: npt.NDArray[np.int32],
    sources: IntArray,
    row: IntArray,
    node: IntArray,
) -> FloatArray:
    """Add up the lengths of the very edges used, from all ends at once."""
    lengths = network.edges["length_m"].to_numpy(float)
    total = np.zeros(len(row))
    going = np.flatnonzero(node != sources[row])
    node = node[going]
    while len(node):
        previous = before[row[going], node].astype(np.int64)
        cut_off = previous < 0
        total[going[cut_off]] = np.inf
        going, node, previous = going[~cut_off], node[~cut_off], previous[~cut_off]
        total[going] += lengths[network.edge_between(previous, node)]
        more = previous != sources[row[going]]
        going, node = going[more], previous[more]
    return total


def _metres(
    network: StreetNetwork, before: npt.NDArray[np.int32], sources: IntArray, targets: IntArray
) -> FloatArray:
    """Return the lengths of the ways from all sources to all targets."""
    row, column = np.indices((len(sources), len(targets))).reshape(2, -1)
    metres = walked_back(network, before, sources, row, targets[column])
    return metres.reshape(len(sources), len(targets))


@dataclass(frozen=True, eq=False)
class TravelMatrix:
    """Travel between every two of n points.

    travel_s     n by n seconds, from door to door: the street and a walk at both ends
    distance_m   n by n metres along the streets, without the walk at the ends
    """

    travel_s: FloatArray
    distance_m: FloatArray
    _network: StreetNetwork
    _nodes: IntArray  # of each point
    _row: IntArray  # of each point in _before
    _before: npt.NDArray[np.int32]

    def path(self, i: int, j: int) -> shapely.LineString:
        """Return the way along streets from point i to point j, EPSG:4326.

        It starts and ends at the nodes the points were snapped to; where both have the same
        node it is a line of two equal points.
        """
        node, source = int(self._nodes[j]), int(self._nodes[i])
        steps = [node]
        while node != source:
            node = int(self._before[self._row[i], node])
            steps.append(node)
        steps.reverse()
        if len(steps) == 1:
            at = self._network.nodes.loc[source, ["lon", "lat"]].to_numpy(float)
            return shapely.LineString([at, at])
        used = self._network.edge_between(steps[:-1], steps[1:])
        points = [shapely.get_coordinates(s) for s in self._network.edges.geometry.iloc[used]]
        return shapely.LineString(np.concatenate([points[0], *(p[1:] for p in points[1:])]))


def travel_matrix(
    network: StreetNetwork,
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    *,
    door_speed_kmh: float = DOOR_SPEED_KMH,
) -> TravelMatrix:
    """Return times, distances and ways between every two points.

    Raises   StreetsError   a coordinate is missing
    Source   Dijkstra 1959, as in scipy.sparse.csgraph
    """
    snapped = snap(network, lon, lat)
    nodes = snapped["node"].to_numpy()
    unique, place = np.unique(nodes, return_inverse=True)
    seconds = np.empty((len(unique), len(unique)))
    metres = np.empty_like(seconds)
    before = np.empty((len(unique), len(network.nodes)), np.int32)
    for part, times, previous in searches(network, unique):
        seconds[part], before[part] = times[:, unique], previous
        metres[part] = _metres(network, previous, unique[part], unique)
    door_s = snapped["snap_m"].to_numpy() / (door_speed_kmh / 3.6)
    travel_s = seconds[np.ix_(place, place)] + door_s[:, None] + door_s[None, :]
    np.fill_diagonal(travel_s, 0.0)
    return TravelMatrix(travel_s, metres[np.ix_(place, place)], network, nodes, place, before)


def travel_between(
    network: StreetNetwork,
    starts: Points,
    ends: Points,
    *,
    door_speed_kmh: float = DOOR_SPEED_KMH,
) -> tuple[FloatArray, FloatArray]:
    """Return travel_s and distance_m from each start to each end; both are (lon, lat).

    Raises   StreetsError   a coordinate is missing
    """
    first, last = snap(network, *starts), snap(network, *ends)
    sources, row = np.unique(first["node"], return_inverse=True)
    targets, column = np.unique(last["node"], return_inverse=True)
    seconds = np.empty((len(sources), len(targets)))
    metres = np.empty_like(seconds)
    for part, times, before in searches(network, sources):
        seconds[part] = times[:, targets]
        metres[part] = _metres(network, before, sources[part], targets)
    walked_m = first["snap_m"].to_numpy()[:, None] + last["snap_m"].to_numpy()[None, :]
    travel_s = seconds[np.ix_(row, column)] + walked_m / (door_speed_kmh / 3.6)
    return travel_s, metres[np.ix_(row, column)]
