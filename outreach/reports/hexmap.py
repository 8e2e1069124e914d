"""A small map of hexes without streets, for paper and phones."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import shapely
from scipy import sparse
from shapely.geometry.base import BaseGeometry

from outreach import cells
from outreach.geo import to_metres
from outreach.maps.style import CHANGE, FAINT, INK
from outreach.reports.charts import Picture

WIDTH = 480  # of the drawing; marks keep readable when a phone shows it at three quarters
_AROUND_M = 600  # shown around the outermost spots
_LEAST_HEIGHT = 0.4  # of the width
_RADIUS = 11  # of the circle around a number
# Where a number may go: on its spot, or up to some circles away from it.
_AWAY = [
    (away * math.cos(turn), away * math.sin(turn))
    for away in (0, 25, 40, 55, 75, 100, 130)
    for turn in np.arange(-math.pi / 2, 1.49 * math.pi, math.pi / 6)
]
Point = tuple[float, float]
FILLS = {
    "new": CHANGE["growing"],
    "intensifying": "#b30000",
    "fading": CHANGE["fading"],
    "hot": FAINT[3],
}


@dataclass(frozen=True)
class Spot:
    """Hexes of one kind that touch, named by the crossing near the busiest of them."""

    number: int  # 0: filled on the map, but without a number
    kind: str  # a key of FILLS
    cells: tuple[int, ...]
    near: str
    calls: int


def spots_of(found: pd.DataFrame, kind: str, *, first_number: int = 1) -> list[Spot]:
    """Return hexes that touch as one spot each, the one with most calls first.

    Needs    cell, calls, near
    """
    table = found.sort_values("cell").reset_index(drop=True)
    i, j = cells.neighbour_pairs(table["cell"].to_numpy(np.int64))
    touching = sparse.csr_array((np.ones(len(i)), (i, j)), shape=(len(table), len(table)))
    _, group = sparse.csgraph.connected_components(touching, directed=False)
    groups = [part.sort_values("calls", ascending=False) for _, part in table.groupby(group)]
    groups.sort(key=lambda part: (-part["calls"].sum(), part["cell"].min()))
    return [
        Spot(number, kind, tuple(part["cell"]), str(part["near"].iloc[0]), int(part["calls"].sum()))
        for number, part in enumerate(groups, start=first_number)
    ]


def hex_map(calls: pd.DataFrame, spots: Sequence[Spot], *, alt: str) -> Picture:
    """Draw spots over the hexes that called at all, with their numbers and a scale.

    Needs    calls    cell, calls; the study area
             spots    at least one
    """
    origin = cells.centre(spots[0].cells[0])
    shapes = [_shape(spot.cells, origin) for spot in spots]
    west, south, east, north = shapely.union_all(shapes).buffer(_AROUND_M).bounds
    span = max(east - west, north - south)  # so that a tall city makes no tall picture
    west, scale = (west + east - span) / 2, WIDTH / span
    missing = max(0.0, _LEAST_HEIGHT * span - (north - south))  # nor a wide one a strip
    north, south = north + missing / 2, south - missing / 2
    height = round(scale * (north - south))

    def at(shape: BaseGeometry) -> BaseGeometry:
        return shapely.transform(shape, lambda xy: (xy - [west, north]) * [scale, -scale])

    busy = _shape(calls.loc[calls["calls"] > 0, "cell"], origin)
    parts = [_path(at(busy), FAINT[0], "none")]
    parts += [
        _path(at(shape), FILLS[spot.kind], "#ffffff")
        for spot, shape in zip(spots, shapes, strict=True)
    ]
    middles = [at(shape).representative_point() for shape in shapes]
    numbered = [(s, (m.x, m.y)) for s, m in zip(spots, middles, strict=True) if s.number]
    parts += _numbers(numbered, height)
    parts.append(_scale_bar(scale, height))
    head = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img"'
    named = f"<title>{escape(alt)}</title>{''.join(parts)}"
    return Picture(f'<svg xmlns="http://www.w3.org/2000/svg" {head}>{named}</svg>', alt)


def _shape(found: Iterable[int], origin: tuple[float, float]) -> BaseGeometry:
    """Return the union of some cells in metres."""
    degrees = shapely.union_all([cells.outline(cell) for cell in found], grid_size=1e-7)
    metres: Callable[..., Any] = partial(to_metres, origin=origin)
    return shapely.transform(degrees, metres, interleaved=False)


def _path(shape: BaseGeometry, fill: str, edge: str) -> str:
    rings = [r for part in shapely.get_parts(shape) for r in (part.exterior, *part.interiors)]
    steps = ["M" + " ".join(f"{x:.1f},{y:.1f}" for x, y in ring.coords[:-1]) for ring in rings]
    return f'<path fill="{fill}" stroke="{edge}" d="{"Z".join(steps)}Z"/>'


def _numbers(spots: Sequence[tuple[Spot, Point]], height: int) -> list[str]:
    """Put each number on its spot, or where that is taken a little away with a line to it."""
    placed: list[Point] = []
    lines, marks = [], []
    for spot, (x, y) in spots:
        near = [(x + dx, y + dy) for dx, dy in _AWAY]
        free = [
            (a, b)
            for a, b in near
            if _RADIUS < a < WIDTH - _RADIUS
            and _RADIUS < b < height - _RADIUS
            and all(math.dist((a, b), other) > 2 * _RADIUS + 2 for other in placed)
        ]
        a, b = (free or near)[0]
        placed.append((a, b))
        colour = FILLS[spot.kind]
        lines.append(f'<path stroke="{INK}" d="M{x:.1f},{y:.1f}L{a:.1f},{b:.1f}"/>')
        marks.append(
            f'<circle cx="{a:.1f}" cy="{b:.1f}" r="{_RADIUS}" fill="#fff" stroke="{colour}" '
            f'stroke-width="2.5"/><text x="{a:.1f}" y="{b + 4.5:.1f}" text-anchor="middle" '
            f'font-family="sans-serif" font-size="13" font-weight="bold" fill="{INK}">'
            f"{spot.number}</text>"
        )
    return lines + marks


def _scale_bar(scale: float, height: int) -> str:
    """Draw the longest of some round lengths that takes up at most a third of the width."""
    lengths = (100, 200, 500, 1000, 2000, 5000, 10_000)
    length = max((m for m in lengths if m * scale <= WIDTH / 3), default=lengths[0])
    told = f"{length / 1000:g} km"
    return (
        f'<path fill="none" stroke="{INK}" stroke-width="2" '
        f'd="M8,{height - 8}h{length * scale:.1f}"/><text x="8" y="{height - 14}" '
        f'font-family="sans-serif" font-size="12" fill="{INK}">{told}</text>'
    )
