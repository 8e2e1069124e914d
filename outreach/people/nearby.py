"""What stands close to a place: buildings that collect calls, and sites nobody may be led to."""

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from outreach.geo import to_metres

WITHHELD_RADIUS_M = 75.0  # wider than the usual error of a geocoder


def nearest_name(points: pd.DataFrame, sites: pd.DataFrame, *, radius_m: float) -> pd.Series:
    """Return the name of the nearest site within a radius, missing where there is none.

    Needs    points     lon, lat (may be missing)
             sites      name, lon, lat
    """
    names = pd.Series(None, index=points.index, dtype="object")
    placed = points.dropna(subset=["lon", "lat"])
    if sites.empty or placed.empty:
        return names
    origin = float(placed["lon"].mean()), float(placed["lat"].mean())
    tree = cKDTree(np.column_stack(to_metres(sites["lon"], sites["lat"], origin=origin)))
    where = np.column_stack(to_metres(placed["lon"], placed["lat"], origin=origin))
    _, nearest = tree.query(where, distance_upper_bound=radius_m)
    known = [*sites["name"], None]  # the tree answers one past the end for none
    names[placed.index] = [known[i] for i in nearest]
    return names


def withheld(points: pd.DataFrame, resources: pd.DataFrame) -> pd.Series:
    """Tell which points lie at a redacted site, such as a shelter kept secret (safeguard 7).

    Needs    points      lon, lat (may be missing)
             resources   RESOURCES
    """
    redacted = resources[resources["redacted"].astype(bool)]
    return nearest_name(points, redacted, radius_m=WITHHELD_RADIUS_M).notna()
