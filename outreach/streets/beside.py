"""How far points lie from the streets themselves, not only from their corners."""

import numpy as np
import numpy.typing as npt
import shapely

from outreach.geo import to_metres
from outreach.streets.network import StreetNetwork

FloatArray = npt.NDArray[np.float64]


def street_m(network: StreetNetwork, lon: npt.ArrayLike, lat: npt.ArrayLike) -> FloatArray:
    """Return metres in a straight line from each point to the nearest street.

    Infinite where a point has no coordinates or lies too far away to have metres.
    """
    west, south, east, north = network.bounds
    middle = ((west + east) / 2, (south + north) / 2)
    x, y = to_metres(np.atleast_1d(lon), np.atleast_1d(lat), origin=middle)
    near = np.isfinite(x) & np.isfinite(y)
    away = np.full(len(x), np.inf)
    if near.any():
        lines = shapely.transform(
            network.edges.geometry.to_numpy(),
            lambda at: np.column_stack(to_metres(at[:, 0], at[:, 1], origin=middle)),
        )
        points = shapely.points(x[near], y[near])
        _, away[near] = shapely.STRtree(lines).query_nearest(
            points, return_distance=True, all_matches=False
        )
    return away
