"""How long the fastest ways of single pairs of points are, without those of all the others."""

import numpy as np

from outreach.streets.network import StreetNetwork
from outreach.streets.travel import FloatArray, Points, searches, snap, walked_back


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
    for part, _, before in searches(network, sources, limit_s):
        mine = (row >= part.start) & (row < part.stop)
        here = row[mine] - part.start
        metres[mine] = walked_back(network, before, sources[part], here, last[mine])
    return metres
