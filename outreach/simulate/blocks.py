"""Local streets: every district between main roads gets a grid of its own texture."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from shapely import affinity
from shapely.geometry import LineString, Polygon

from outreach.simulate import layout
from outreach.simulate.layout import Stroke

SMALLEST_DISTRICT_M2 = 60_000.0


@dataclass(frozen=True)
class Texture:
    """How the streets of a district lie."""

    spacing_m: tuple[float, float]
    wave_m: float  # how far streets swing from straight
    thinned: float  # share of removable segments left out: loops, breaks and cul-de-sacs


TEXTURES = {
    "downtown": Texture((112, 128), 0, 0),
    "inner": Texture((124, 218), 12, 0.05),
    "suburb": Texture((180, 265), 34, 0.3),
    "works": Texture((270, 360), 0, 0.12),
    "edge": Texture((245, 350), 46, 0.35),
}


def districts(main: list[Stroke]) -> gpd.GeoDataFrame:
    """Return what lies between main roads, away from the river, in flat metres.

    Adds     texture, geometry   one row a district, nearest to downtown first
    """
    outline = layout.limits()
    lines = [stroke.line for stroke in main] + [outline.boundary, layout.river()]
    faces: list[Polygon] = list(
        shapely.get_parts(shapely.polygonize([shapely.union_all(lines, grid_size=0.5)]))
    )
    banks = layout.river().buffer(160)
    land = [
        face
        for face in faces
        if face.area > SMALLEST_DISTRICT_M2 and face.intersection(banks).area < 0.4 * face.area
    ]
    middle = shapely.Point(layout.DOWNTOWN)
    land.sort(key=lambda face: face.representative_point().distance(middle))
    textures = [_texture(face, rank) for rank, face in enumerate(land)]
    return gpd.GeoDataFrame({"texture": textures}, geometry=land)


def local_streets(areas: gpd.GeoDataFrame, rng: np.random.Generator) -> list[Stroke]:
    """Return the strokes that fill the districts, clipped to them."""
    strokes = []
    keep_off = layout.banks()
    for face, name in zip(areas.geometry, areas["texture"], strict=True):
        angle = _main_angle(face) + float(rng.normal(0, 2.5))
        for line, one_way in _grid(face, TEXTURES[name], angle, rng):
            inside = line.intersection(face.buffer(1)).difference(keep_off)
            if inside.length > 60:
                way = one_way if name == "downtown" else 0
                strokes.append(Stroke(inside, "local", texture=name, one_way=way))
    return strokes


def _texture(face: Polygon, rank: int) -> str:
    middle = face.representative_point()
    away = middle.distance(shapely.Point(layout.DOWNTOWN))
    if rank < 2:
        return "downtown"
    if middle.x > 1000 and middle.y < -1700 and away < 3200:
        return "works"
    return "inner" if away < 2100 else "suburb" if away < 3300 else "edge"


def _main_angle(face: Polygon) -> float:
    """Return the direction in degrees of the district's longest straight side."""
    corners = shapely.get_coordinates(face.simplify(60))
    sides = np.diff(corners, axis=0)
    longest = sides[np.argmax(np.hypot(sides[:, 0], sides[:, 1]))]
    return float(np.degrees(np.arctan2(longest[1], longest[0])))


def _grid(
    face: Polygon, texture: Texture, angle: float, rng: np.random.Generator
) -> list[tuple[LineString, int]]:
    """Return lines over a district, and a way for each: pairs run against each other."""
    middle = face.centroid
    flat = affinity.rotate(face, -angle, origin=middle)
    min_x, min_y, max_x, max_y = flat.bounds
    swing, bend_m = rng.uniform(0, 2 * np.pi, 2), rng.uniform(800, 1400)
    lines = []
    for across, (low, high), (start, stop) in (
        (False, (min_y, max_y), (min_x, max_x)),
        (True, (min_x, max_x), (min_y, max_y)),
    ):
        spacing = texture.spacing_m[int(across)]
        count = max(1, round((high - low) / spacing))
        along = np.arange(start - 40, stop + 80, 40)
        for number in range(1, count):
            at = low + (high - low) * number / count + rng.normal(0, 0.05 * spacing)
            offset = np.full_like(along, at)
            xy = np.column_stack([offset, along] if across else [along, offset])
            swung = xy + texture.wave_m * np.sin(xy[:, ::-1] * 2 * np.pi / bend_m + swing)
            line = affinity.rotate(LineString(swung), angle, origin=middle)
            lines.append((line, (1, -1, 0, 0)[number % 4]))
    return lines
