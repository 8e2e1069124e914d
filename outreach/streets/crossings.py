"""Where addresses lie: house-number ranges of centrelines, and crossings by street names."""

from collections.abc import Iterable
from itertools import combinations, product

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from outreach.columns import empty
from outreach.geo import STORED_CRS, to_metres
from outreach.ingest.addresses import normalise_street
from outreach.schemas import ADDRESS_RANGES, INTERSECTIONS
from outreach.streets.centrelines import name_column, plain

SAME_CROSSING_M = 80.0  # the corners of a dual carriageway are one crossing

_SIDES = {"left": ("l", "left"), "right": ("r", "right")}
_ENDS = {
    "from": ("f", "fr", "frm", "from", "low", "start", "beg"),
    "to": ("t", "to", "high", "end"),
}
_WHAT = ("", "add", "addr", "address", "hn", "num", "no")


def _range_column(columns: Iterable[str], side: str, end: str) -> str | None:
    """Return the column of one end of one side's house numbers, however it is spelt."""
    spelt = {
        "".join(order)
        for parts in product(_SIDES[side], _ENDS[end], _WHAT)
        for order in (parts, (parts[1], parts[2], parts[0]), (parts[1], parts[0], parts[2]))
    }
    spelt |= {"".join((s, w, e)) for s, e, w in product(_SIDES[side], _ENDS[end], _WHAT)}
    return next((column for column in columns if plain(column) in spelt), None)


def _parity(low: pd.Series, high: pd.Series) -> npt.NDArray[np.str_]:
    return np.where(low % 2 != high % 2, "both", np.where((low % 2 == 1).to_numpy(), "odd", "even"))


def _side(lines: gpd.GeoDataFrame, street: pd.Series, side: str) -> gpd.GeoDataFrame | None:
    """Return the ranges of one side of the street."""
    columns = [str(column) for column in lines.columns]
    first, last = (_range_column(columns, side, end) for end in ("from", "to"))
    if first is None or last is None:
        return None
    start = pd.to_numeric(lines[first], errors="coerce")
    stop = pd.to_numeric(lines[last], errors="coerce")
    good = (start > 0) & (stop > 0) & street.ne("")
    start, stop = start[good].astype("int64"), stop[good].astype("int64")
    low, high = np.minimum(start, stop), np.maximum(start, stop)
    return gpd.GeoDataFrame(
        {
            "street": street[good],
            "low": low,
            "high": high,
            "parity": _parity(low, high),
            "reversed": start > stop,
        },
        geometry=lines.geometry[good],
    )


def no_address_ranges() -> gpd.GeoDataFrame:
    """Return schemas.ADDRESS_RANGES without rows."""
    return gpd.GeoDataFrame(empty(ADDRESS_RANGES), geometry="geometry", crs=STORED_CRS)


def address_ranges(lines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return which house numbers lie along which centreline, as schemas.ADDRESS_RANGES.

    Needs    a name column and columns such as L_From, L_To, R_From, R_To (found by name;
             numbers below 1 mean none); empty where the file has no such columns
    """
    name = name_column(lines)
    if name is None:
        return no_address_ranges()
    street = lines[name].fillna("").astype(str).map(normalise_street)
    sides = [_side(lines, street, side) for side in _SIDES]
    found = [side for side in sides if side is not None and len(side)]
    if not found:
        return no_address_ranges()
    return pd.concat(found, ignore_index=True)


def _meetings(edges: pd.DataFrame) -> pd.DataFrame:
    """Return node, street_a, street_b for every two streets that meet at a node."""
    named = edges.loc[edges["name"].notna(), ["u", "v", "name"]]
    ends = named.melt(id_vars="name", value_name="node")[["node", "name"]].drop_duplicates()
    ends = ends.assign(name=ends["name"].str.split("; ")).explode("name")
    spelt = {name: normalise_street(name) for name in ends["name"].unique()}
    ends = ends.assign(street=ends["name"].map(spelt)).drop_duplicates(["node", "street"])
    ends = ends.loc[ends["street"].ne("")]
    rows = [
        (node, a, b)
        for node, streets in ends.groupby("node")["street"]
        if len(streets) > 1
        for a, b in combinations(sorted(streets), 2)
    ]
    return pd.DataFrame(rows, columns=["node", "street_a", "street_b"])


def intersections(nodes: pd.DataFrame, edges: pd.DataFrame) -> pd.DataFrame:
    """Return where streets of different names meet, as schemas.INTERSECTIONS.

    Needs    nodes: lon, lat, index = the numbers in u and v; edges: u, v, name
             (several names of one edge separated by "; ")
    A crossing with a dual carriageway is one row; two streets that meet twice have two rows.
    """
    met = _meetings(edges)
    if met.empty:
        return empty(INTERSECTIONS)
    at = nodes.loc[met["node"]]
    met = met.assign(lon=at["lon"].to_numpy(float), lat=at["lat"].to_numpy(float))
    x, y = to_metres(met["lon"], met["lat"], origin=(met["lon"].mean(), met["lat"].mean()))
    pair = met.groupby(["street_a", "street_b"]).ngroup().to_numpy()
    # other pairs of streets lie a thousand kilometres up, so that only equal ones are joined
    tree = cKDTree(np.column_stack([x, y, pair * 1e6]))
    near = tree.query_pairs(SAME_CROSSING_M, output_type="ndarray")
    graph = coo_matrix((np.ones(len(near)), (near[:, 0], near[:, 1])), (len(met),) * 2)
    _, crossing = connected_components(graph, directed=False)
    how = {"street_a": "first", "street_b": "first", "lon": "mean", "lat": "mean"}
    places: pd.DataFrame = met.groupby(crossing)[list(how)].agg(how)
    return places.reset_index(drop=True)


def name_spots(spots: pd.DataFrame, crossings: pd.DataFrame) -> pd.Series:
    """Return each spot's nearest crossing as people say it: "MAIN ST & OAK ST"; blank without any.

    Needs    spots       lon, lat
             crossings   INTERSECTIONS
    """
    if spots.empty or crossings.empty:
        return pd.Series("", index=spots.index, dtype="str")
    origin = (crossings["lon"].mean(), crossings["lat"].mean())
    known = np.column_stack(to_metres(crossings["lon"], crossings["lat"], origin=origin))
    asked = np.column_stack(to_metres(spots["lon"], spots["lat"], origin=origin))
    _, nearest = cKDTree(known).query(asked)
    told = crossings["street_a"] + " & " + crossings["street_b"]
    return pd.Series(told.to_numpy()[nearest], index=spots.index, dtype="str")
