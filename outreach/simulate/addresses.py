"""Addresses that calls may come from: house numbers along streets, and crossings."""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from outreach import geo

FRONTAGE_M = 24.0  # one address on each side of the street
SETBACK_M = 10.0  # from the middle of the street to the door
BY_PARK_M = 45.0
_RANGES = ("L_From", "L_To", "R_From", "R_To")


def addresses(streets: gpd.GeoDataFrame, areas: gpd.GeoDataFrame | None = None) -> pd.DataFrame:
    """List addresses along named streets, at the door, and crossings of two named streets.

    Needs    streets   geometry (lines, EPSG:4326) and Street, L_From, L_To, R_From, R_To as in a
                       city's centrelines (0: no numbers there); or name, and numbers are made up
             areas     name, kind (park, water, neighbourhood), geometry; may be left out
    Adds     address (text in capitals), street, lon, lat (6 decimals), area (neighbourhood or ""),
             crossing, by_park   one row an address, none in water
    """
    lines = _once(streets)
    found = pd.concat([_numbered(lines), _crossings(lines)], ignore_index=True)
    found = found.drop_duplicates("address").drop_duplicates(["lon", "lat"])
    return _with_areas(found.reset_index(drop=True), areas)


def _once(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return named lines, each once (a network has one edge for each way), with numbers."""
    column = "Street" if "Street" in streets else "name"
    names = streets[column].map(lambda n: n[0] if isinstance(n, list) else n)
    usable = names.notna() & (names != "")
    if "limited" in streets:  # nobody lives on a motorway
        usable &= ~streets["limited"].astype(bool)
    lines = streets.assign(street=names).loc[usable].explode(ignore_index=True)
    middle = shapely.line_interpolate_point(lines.geometry.to_numpy(), 0.5, normalized=True)
    place = pd.DataFrame(shapely.get_coordinates(middle).round(5))
    lines = lines.loc[~place.duplicated().to_numpy()].reset_index(drop=True)
    lines["street"] = lines["street"].str.upper().str.strip()
    metres = geo.frame_to_metres(lines[["geometry"]])
    return _made_up_ranges(lines, metres) if "L_From" not in lines else lines


def _made_up_ranges(lines: gpd.GeoDataFrame, metres: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Number each street from its western end; odd numbers on the left."""
    middle = metres.geometry.centroid
    order = pd.DataFrame(
        {"street": lines["street"], "at": middle.x + 0.3 * middle.y, "step": metres.length / 12}
    ).sort_values(["street", "at"])
    steps = order["step"].round().clip(lower=1).astype(int)
    end = steps.groupby(order["street"]).cumsum()
    start = (end - steps).sort_index()
    end = end.sort_index()
    numbers = (2 * start + 1, 2 * end - 1, 2 * start + 2, 2 * end)
    return lines.assign(**dict(zip(_RANGES, numbers, strict=True)))


def _numbered(lines: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return doors on both sides of each line, where its ranges say."""
    metres = geo.frame_to_metres(lines[["geometry"]])
    sides = []
    for first, last, side in (("L_From", "L_To", 1), ("R_From", "R_To", -1)):
        start, stop = lines[first].to_numpy(int), lines[last].to_numpy(int)
        length = metres.length.to_numpy()
        count = np.where((start > 0) & (stop > 0), np.maximum(1, length // FRONTAGE_M), 0)
        row = np.repeat(np.arange(len(lines)), count.astype(int))
        rank = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count.astype(int))
        share = (rank + 0.5) / count[row]
        pairs = np.abs(stop - start)[row] / 2
        number = start[row] + np.sign(stop - start)[row] * 2 * np.round(share * pairs)
        share = np.where(pairs > 0, np.abs(number - start[row]) / np.maximum(1, 2 * pairs), share)
        lon, lat = _doors(metres, row, share * length[row], side)
        street = lines["street"].to_numpy()[row]
        text = pd.Series(number.astype(int)).astype(str) + " " + pd.Series(street)
        sides.append(
            pd.DataFrame(
                {"address": text, "street": street, "lon": lon, "lat": lat, "crossing": False}
            )
        )
    return pd.concat(sides, ignore_index=True)


def _doors(
    metres: gpd.GeoDataFrame, row: npt.NDArray[np.int64], at_m: npt.NDArray[np.float64], side: int
) -> tuple[geo.FloatArray, geo.FloatArray]:
    line = metres.geometry.to_numpy()[row]
    here = shapely.get_coordinates(shapely.line_interpolate_point(line, at_m))
    behind = shapely.get_coordinates(shapely.line_interpolate_point(line, np.maximum(0, at_m - 2)))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(line, at_m + 2))
    along = ahead - behind
    along /= np.maximum(1e-9, np.hypot(along[:, 0], along[:, 1]))[:, None]
    door = here + side * SETBACK_M * np.column_stack([-along[:, 1], along[:, 0]])
    lon, lat = geo.to_lonlat(door[:, 0], door[:, 1], metres.crs.to_string())
    return lon.round(6), lat.round(6)


def _crossings(lines: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return nodes where streets of different names meet, as A ST & B ST."""
    shapes = lines.geometry.to_numpy()
    ends = np.concatenate([shapely.get_point(shapes, 0), shapely.get_point(shapes, -1)])
    at = pd.DataFrame(shapely.get_coordinates(ends).round(6), columns=["lon", "lat"])
    at["street"] = np.concatenate([lines["street"]] * 2)
    at = at.drop_duplicates().sort_values(["lon", "lat", "street"])
    met = at.groupby(["lon", "lat"], as_index=False)["street"].agg(first="first", names=list)
    met = met[met["names"].str.len() > 1]
    return pd.DataFrame(
        {
            "address": met["names"].str[0] + " & " + met["names"].str[1],
            "street": met["first"],
            "lon": met["lon"],
            "lat": met["lat"],
            "crossing": True,
        }
    )


def _with_areas(found: pd.DataFrame, areas: gpd.GeoDataFrame | None) -> pd.DataFrame:
    if areas is None:
        return found.assign(area="", by_park=False)
    points = np.asarray(shapely.points(found[["lon", "lat"]].to_numpy(float)))
    kinds = {kind: areas[areas["kind"] == kind] for kind in ("water", "park", "neighbourhood")}
    dry = ~_within(points, list(kinds["water"].geometry))
    parks = [geo.buffer_m(shape, BY_PARK_M) for shape in kinds["park"].geometry]
    where = kinds["neighbourhood"]
    hit, shape = shapely.STRtree(where.geometry.to_numpy()).query(points, predicate="within")
    name = pd.Series(where["name"].to_numpy()[shape], index=hit).groupby(level=0).first()
    found = found.assign(
        area=name.reindex(found.index).fillna("").to_numpy(), by_park=_within(points, parks)
    )
    return found[dry].reset_index(drop=True)


def _within(points: npt.NDArray[np.object_], shapes: list[BaseGeometry]) -> npt.NDArray[np.bool_]:
    inside = np.zeros(len(points), bool)
    if shapes:
        inside[shapely.STRtree(shapes).query(points, predicate="within")[0]] = True
    return inside
