"""Who reaches what in time: the nearest place of many points, and times up to a limit."""

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from outreach.streets.network import IntArray, StreetNetwork
from outreach.streets.travel import DOOR_SPEED_KMH, SLACK_S, FloatArray, Points, at_once, snap

# The solver takes a zero for "no street", so every way out of a place is this much longer.
_STEP_S = 1.0


def doors(
    network: StreetNetwork, points: Points, door_speed_kmh: float = DOOR_SPEED_KMH
) -> tuple[IntArray, FloatArray]:
    """Return each point's node and the seconds on foot between its door and that node.

    Raises   StreetsError   a coordinate is missing
    """
    snapped = snap(network, *points)
    return snapped["node"].to_numpy(), snapped["snap_m"].to_numpy(float) / (door_speed_kmh / 3.6)


def _with_places(network: StreetNetwork, node: IntArray, door_s: FloatArray) -> csr_matrix:
    """Return the streets reversed, and after their nodes one for each place with its own walk."""
    streets = network.times.tocoo()
    n, places = len(network.nodes), np.arange(len(node))
    seconds = np.concatenate([streets.data, door_s + _STEP_S])
    first = np.concatenate([streets.col, n + places])
    last = np.concatenate([streets.row, node])
    return csr_matrix((seconds, (first, last)), shape=(n + len(node), n + len(node)))


def nearest_of(
    network: StreetNetwork,
    points: Points,
    places: Points,
    *,
    limit_s: float = np.inf,
    door_speed_kmh: float = DOOR_SPEED_KMH,
) -> tuple[IntArray, FloatArray]:
    """Return for every point the place reached first and the seconds to it, by one search.

    Needs    points, places   each (lon, lat)
    Adds     position of the place, -1 where none is reached within ``limit_s``; travel_s from
             door to door as ``travel_between`` has it, infinite there
    Raises   StreetsError     a coordinate is missing
    Source   Dijkstra 1959 from all places at once on the reversed streets (Erwig 2000)
    """
    start, walked_s = doors(network, points, door_speed_kmh)
    position, travel_s = np.full(len(start), -1), np.full(len(start), np.inf)
    node, door_s = doors(network, places, door_speed_kmh)
    if not len(start) or not len(node):
        return position, travel_s
    n = len(network.nodes)
    seconds, _, source = dijkstra(
        _with_places(network, node, door_s),
        indices=n + np.arange(len(node)),
        limit=limit_s + _STEP_S + SLACK_S,
        min_only=True,
        return_predecessors=True,
    )
    found_s = seconds[start] - _STEP_S + walked_s
    reached = np.isfinite(found_s) & (found_s <= limit_s)
    position[reached], travel_s[reached] = source[start[reached]] - n, found_s[reached]
    return position, travel_s


def within(
    network: StreetNetwork,
    starts: Points,
    ends: Points,
    *,
    limit_s: float = np.inf,
    door_speed_kmh: float = DOOR_SPEED_KMH,
) -> FloatArray:
    """Return seconds from each start to each end, infinite beyond the limit.

    Searches from the side that has fewer nodes, no farther than the limit.

    Needs    starts, ends   each (lon, lat)
    Adds     travel_s       starts by ends, from door to door as ``travel_between`` has it
    Raises   StreetsError   a coordinate is missing
    Source   Dijkstra 1959, as in scipy.sparse.csgraph
    """
    first, first_s = doors(network, starts, door_speed_kmh)
    last, last_s = doors(network, ends, door_speed_kmh)
    sources, row = np.unique(first, return_inverse=True)
    targets, column = np.unique(last, return_inverse=True)
    if len(targets) < len(sources):
        seconds = _limited(network.times.T.tocsr(), targets, sources, limit_s).T
    else:
        seconds = _limited(network.times, sources, targets, limit_s)
    travel_s = seconds[np.ix_(row, column)]
    travel_s += first_s[:, None]
    travel_s += last_s[None, :]
    travel_s[travel_s > limit_s] = np.inf
    return travel_s


def _limited(
    times: csr_matrix, sources: IntArray, targets: IntArray, limit_s: float
) -> npt.NDArray[np.float64]:
    seconds = np.empty((len(sources), len(targets)))
    step = at_once(times.shape[0])
    for start in range(0, len(sources), step):
        part = slice(start, start + step)
        seconds[part] = dijkstra(times, indices=sources[part], limit=limit_s + SLACK_S)[:, targets]
    return seconds
