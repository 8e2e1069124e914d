"""Groups of repeat places that lie close together."""

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import MultiPoint
from sklearn.cluster import DBSCAN

from outreach.config import RepeatParams
from outreach.geo import STORED_CRS, buffer_m, to_metres
from outreach.schemas import CLUSTERS

OUTLINE_M = 15.0  # so that the hull of two doors can be seen


def cluster_places(
    places: pd.DataFrame, *, params: RepeatParams
) -> tuple[pd.DataFrame, gpd.GeoDataFrame]:
    """Group places by density: enough calls within ``cluster_radius_m`` of each other.

    Every place is one point weighed by its calls, which gives the same groups as DBSCAN on the
    calls themselves at a fraction of the memory. A place alone is no group. Facilities, default
    geocodes and points where no visit is allowed take no part.

    Needs    places        PLACES
    Adds     cluster_id    to a copy of places; 1 has the most calls
             CLUSTERS      a row per group
    Source   Ester et al. 1996
    """
    joins = places[(places["kind"] == "place") & places["home_visit"]]
    groups = _labels(joins, params).dropna()
    ids = pd.Series(pd.NA, index=places.index, dtype="Int64")
    ids[groups.index] = groups.astype("Int64")
    members = joins.loc[groups.index].assign(cluster_id=groups.astype("int64"))
    rows = [_cluster(part) for _, part in members.groupby("cluster_id")]
    clusters = gpd.GeoDataFrame(
        pd.DataFrame(rows, columns=list(CLUSTERS.columns)).astype(
            {"cluster_id": "int64", "places": "int64", "calls": "int64", "lon": float, "lat": float}
        ),
        geometry="geometry",
        crs=STORED_CRS,
    )
    return places.assign(cluster_id=ids), clusters


def _labels(joins: pd.DataFrame, params: RepeatParams) -> pd.Series:
    """Return each place's group, numbered by calls; missing for a place in none or alone."""
    if joins.empty:
        return pd.Series(dtype="float64")
    origin = float(joins["lon"].mean()), float(joins["lat"].mean())
    points = np.column_stack(to_metres(joins["lon"], joins["lat"], origin=origin))
    search = DBSCAN(eps=params.cluster_radius_m, min_samples=params.cluster_min_calls)
    found = pd.Series(search.fit_predict(points, sample_weight=joins["calls"]), index=joins.index)
    sizes = joins.groupby(found)["calls"].agg(["size", "sum"])
    kept = sizes[(sizes.index >= 0) & (sizes["size"] > 1)]
    order = kept.sort_values("sum", ascending=False, kind="stable").index
    return found.map({label: number for number, label in enumerate(order, start=1)})


def _cluster(part: pd.DataFrame) -> dict[str, object]:
    hull = MultiPoint(part[["lon", "lat"]].to_numpy()).convex_hull
    return {
        "cluster_id": part["cluster_id"].iloc[0],
        "places": len(part),
        "calls": part["calls"].sum(),
        "lon": np.average(part["lon"], weights=part["calls"]),
        "lat": np.average(part["lat"], weights=part["calls"]),
        "geometry": buffer_m(hull, OUTLINE_M),
    }
