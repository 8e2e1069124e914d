"""The ground a map stands on: parks, water and streets drawn from our own data."""

import html
from dataclasses import dataclass
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import shapely

from outreach.maps.elements import Bounds, Drawing, rings, script_json, steps

_MAIN_KMH = 50  # from here on a street is drawn as a main one, as are motorways and ramps
_GROUND = ("park", "water")
_SMOOTH_DEGREES = 0.00002  # about two metres, less than a line is wide


def ground_data(areas: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return parks and water for draw.js; water comes last, so that ponds show in parks.

    Needs    kind, geometry         polygons, EPSG:4326; kinds but park and water are not drawn
    """
    kept = areas[areas["kind"].isin(_GROUND)]
    parts = kept.explode(index_parts=False) if len(kept) else kept
    drawn = [
        (kind, rings(shape.simplify(_SMOOTH_DEGREES)))
        for kind, shape in zip(parts["kind"], parts.geometry, strict=True)
        if shape.geom_type == "Polygon" and not shape.is_empty
    ]
    return {"areas": sorted(drawn, key=lambda area: area[0] == "water")}


def streets_data(edges: gpd.GeoDataFrame, credit: str = "") -> dict[str, Any]:
    """Return streets for draw.js: each drawn once, joined by name.

    Needs    u, v, length_m, travel_s, name, geometry     one row a direction, EPSG:4326
             limited                                      optional: motorways and ramps
    """
    ends = np.sort(edges[["u", "v"]].to_numpy(), axis=1)
    once = edges.assign(_a=ends[:, 0], _b=ends[:, 1], _m=edges["length_m"].round())
    once = once.drop_duplicates(["_a", "_b", "_m"])
    fast = once["length_m"] * 3.6 >= _MAIN_KMH * once["travel_s"]
    main = (fast | once["limited"] if "limited" in once else fast).astype(int)
    named = once["name"].where(once["name"].notna(), "").astype(str)
    names = sorted(set(named))
    number = {name: position for position, name in enumerate(names)}
    lines = [
        (number[str(name)], int(kind), steps(line))
        for (name, kind), group in once.groupby([named, main])
        for line in _joined(group.geometry.to_numpy())
    ]
    return {"names": names, "lines": lines, "credit": html.escape(credit)}


def _joined(lines: Any) -> list[shapely.LineString]:
    merged = shapely.line_merge(shapely.multilinestrings(list(lines)))
    return [shapely.simplify(line, _SMOOTH_DEGREES) for line in shapely.get_parts(merged)]


@dataclass(frozen=True)
class Ground:
    """A city's ground, made once and drawn under many maps."""

    areas: str
    streets: str
    bounds: Bounds | None
    tiles: bool = False


def make_ground(
    edges: gpd.GeoDataFrame | None,
    areas: gpd.GeoDataFrame | None,
    *,
    credit: str = "",
    tiles: bool = False,
) -> Ground:
    """Return the ground of a city; either part may be missing.

    ``credit`` names the source of the streets in the map's corner, as OpenStreetMap asks.
    With ``tiles`` nothing of our own is drawn: the browser asks OpenStreetMap for pictures.
    """
    drawn = script_json(ground_data(areas)) if areas is not None and len(areas) else ""
    if edges is None or not len(edges):
        return Ground(drawn, "", None, tiles)
    west, south, east, north = (float(end) for end in edges.total_bounds)
    return Ground(
        drawn, script_json(streets_data(edges, credit)), (west, south, east, north), tiles
    )


def add_ground(chart: folium.Map, ground: Ground) -> None:
    """Draw the ground on a map; it cannot be switched off."""
    if ground.tiles:
        return
    if ground.areas:
        Drawing("ground", ground.areas).add_to(chart)
    if ground.streets:
        Drawing("streets", ground.streets).add_to(chart)
