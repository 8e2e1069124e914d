"""The bones of the invented town, in flat metres: limits, river, main roads, river roads.

Straight here; ``warp`` bends everything at the end, so that what crosses or does not cross
stays so.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely
from scipy.interpolate import make_interp_spline
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

HALF_WIDTH_M, HALF_HEIGHT_M = 4050.0, 3500.0
RIVER_HALF_WIDTH_M = 62.0
DOWNTOWN = (-120.0, 130.0)

_RIVER = [
    (-2500, 4400), (-2050, 3250), (-1350, 2350), (-350, 1750), (420, 1050), (720, 150),
    (640, -750), (1050, -1600), (1150, -2500), (850, -3300), (900, -4400),
]  # fmt: skip


@dataclass(frozen=True)
class Stroke:
    """A street as drawn in one go, before crossings cut it into segments."""

    line: BaseGeometry  # one piece or several
    kind: str  # arterial, collector or local
    name: str = ""
    texture: str = ""
    one_way: int = 0  # 1 along the line, -1 against it
    crosses_river: bool = False


# name, kind, points, whether it has a bridge
_Points = list[tuple[float, float]]
_MAIN_ROADS: list[tuple[str, str, _Points, bool]] = [
    ("Main St", "arterial",
     [(-4300, -420), (-2600, -160), (-560, 0), (1900, 120), (4300, 420)], True),
    ("State St", "arterial",
     [(-380, -3800), (-470, -1750), (-560, 0), (-640, 1500), (-420, 3800)], True),
    ("Tannery Rd", "collector",
     [(-3900, -2250), (-470, -1750), (1900, -1480), (4100, -1650)], True),
    ("Summit Ave", "arterial",
     [(2150, 3600), (1950, 1700), (1900, 120), (2150, -1500), (2300, -3600)], False),
    ("Westfield Rd", "collector", [(-2350, -3500), (-2600, -160), (-2750, 3300)], False),
    ("Notch Rd", "collector", [(-4200, 1500), (-2660, 1250), (-600, 900)], False),
    ("Quarry Rd", "collector", [(-520, 2700), (1950, 1700), (4100, 1850)], False),
    ("Old Turnpike", "collector", [(-560, 0), (-2420, -2050), (-3300, -3100)], False),
    ("Millrace Ave", "collector", [(950, 75), (2130, -1150), (3300, -2900)], False),
    ("Larkspur Ave", "collector", [(1900, 120), (3300, 1800), (3900, 2700)], False),
]  # fmt: skip
_RIVER_ROADS = (("Water St", 135.0), ("Riverside Dr", -250.0))


def limits() -> Polygon:
    """Return the town's outline: a rounded oblong."""
    angle = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    power = 2 / 2.6
    x = HALF_WIDTH_M * np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** power
    y = HALF_HEIGHT_M * np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** power
    return Polygon(np.column_stack([x, y]))


def river() -> LineString:
    """Return the middle of the river, drawn downstream, well beyond the limits."""
    points = np.array(_RIVER, float)
    steps = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    spline = make_interp_spline(steps, points, k=3)
    return LineString(spline(np.linspace(0, steps[-1], 240)))


def banks() -> BaseGeometry:
    """Return the river and what lies between it and the river roads, where no street goes."""
    reach = [math.copysign(abs(offset) - 2, -offset) for _, offset in _RIVER_ROADS]  # left: +
    return shapely.union_all([river().buffer(side, single_sided=True) for side in reach])


def main_roads() -> list[Stroke]:
    """Return arterials, collectors and the two river roads, clipped to the limits."""
    town = limits()
    strokes = [
        Stroke(_rounded(points).intersection(town), kind, name, crosses_river=bridge)
        for name, kind, points, bridge in _MAIN_ROADS
    ]
    for name, offset in _RIVER_ROADS:
        road = river().offset_curve(-offset).intersection(town.buffer(-150))
        strokes.append(Stroke(road, "collector", name))
    return strokes


def warp(points: npt.NDArray[np.float64], seed: int) -> npt.NDArray[np.float64]:
    """Bend flat metres gently (bends of 5 km and 1.8 km), so that nothing is quite straight."""
    phase = np.random.default_rng([seed, 1]).uniform(0, 2 * np.pi, 4)
    x, y = points[:, 0], points[:, 1]
    east = 120 * np.sin(2 * np.pi * y / 5200 + phase[0]) + 32 * np.sin(
        2 * np.pi * y / 1800 + phase[1]
    )
    north = 110 * np.sin(2 * np.pi * x / 4800 + phase[2]) + 30 * np.sin(
        2 * np.pi * x / 1900 + phase[3]
    )
    return np.column_stack([x + east, y + north])


def _rounded(points: list[tuple[float, float]]) -> LineString:
    """Cut corners twice (Chaikin) and go 20 m on at both ends, so that roads do meet."""
    line = np.array(points, float)
    for end, before in ((0, 1), (-1, -2)):
        step = line[end] - line[before]
        line[end] += 20 * step / np.hypot(*step)
    for _ in range(2):
        cut = [line[0]]
        for a, b in pairwise(line):
            cut += [0.8 * a + 0.2 * b, 0.2 * a + 0.8 * b]
        line = np.array([*cut, line[-1]])
    return LineString(line)
