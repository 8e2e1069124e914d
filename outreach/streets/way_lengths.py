"""How long the fastest ways of single pairs of points are, without those of all the others."""

import numpy as np
import numpy.typing as npt
from scipy.sparse.csgraph import dijkstra

from outreach.streets.network import IntArray, StreetNetwork
from outreach.streets.travel import FloatArray, Points, snap

_AT_ONCE = 4_000_000  # numbers held while searching, whatever the size of the city
_SLACK_S = 1e-3  # rounding must not shut out what lies exactly at the limit


def way_lengths(
    network: StreetNetwork,
    starts: Points,
    ends: Points,
    *,
    limit_s: float = np.inf,
) -> FloatArray:
    """Return distance_m of the fastest way from the first start to the first end, and so on.

    Needs    starts, ends   each (lon, lat), of the same length; ``limit_s``: no way takes longer
    Adds     metres along the streets as ``travel_between`` has them; infinite beyond the limit
    Raises   StreetsError   a coordinate is missing
    Source   Dijkstra 1959, as in scipy.sparse.csgraph
    """
    first, last = snap(network, *starts)["node"], snap(network, *ends)["node"].to_numpy()
    sources, row = np.unique(first, return_inverse=True)
    metres = np.zeros(len(last))
    step = max(1, _AT_ONCE // len(network.nodes))
    for start in range(0, len(sources), step):
        part = sources[start : start + step]
        mine = (row >= start) & (row < start + step)
        _, before = dijkstra(
            network.times, indices=part, limit=limit_s + _SLACK_S, return_predecessors=True
        )
        metres[mine] = _walked_back(network, before, part, row[mine] - start, last[mine])
    return metres


def _walked_back(
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
