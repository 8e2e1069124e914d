import itertools
import math
import re

import numpy as np
import pandas as pd
import pytest

from outreach import cells
from outreach.geo import distance_m
from outreach.reports.hexmap import WIDTH, Spot, hex_map, spots_of


def circles(svg: str) -> list[tuple[float, float]]:
    found = re.findall(r'<circle cx="([\d.-]+)" cy="([\d.-]+)"', svg)
    return [(float(x), float(y)) for x, y in found]


def by_walking(found: set[int]) -> set[frozenset[int]]:
    groups = set()
    while found:
        group, edge = set(), {min(found)}
        while edge:
            group |= edge
            edge = {int(n) for cell in edge for n in cells.ring(cell)} & found - group
        groups.add(frozenset(group))
        found = found - group
    return groups


def test_hexes_that_touch_are_one_spot(hot_spots):
    some = hot_spots.sample(50, random_state=1)
    spots = spots_of(some, "new", first_number=3)
    assert {frozenset(spot.cells) for spot in spots} == by_walking(set(some["cell"]))
    assert [spot.number for spot in spots] == list(range(3, 3 + len(spots)))
    assert [spot.calls for spot in spots] == sorted((s.calls for s in spots), reverse=True)


def test_a_spot_is_named_by_its_busiest_hex(hot_spots):
    best = hot_spots.loc[hot_spots["calls"].idxmax()]
    spot = spots_of(hot_spots, "new")[0]
    assert spot.near == best["near"]
    assert spot.calls == hot_spots["calls"].sum()


def test_the_scale_is_true(hot_spots):
    far = hot_spots["cell"].iloc[[0, 126]].tolist()
    spots = [Spot(n, "new", (cell,), "", 1) for n, cell in enumerate(far, 1)]
    svg = hex_map(hot_spots, spots, alt="").svg
    bar = float(re.search(r"M8,\d+h([\d.]+)", svg)[1])
    length_m = 1000 * float(re.search(r">([\d.]+) km<", svg)[1])
    (lon, lat), (to_lon, to_lat) = map(cells.centre, far)
    apart_m = math.dist(*circles(svg)) * length_m / bar
    assert apart_m == pytest.approx(float(distance_m(lon, lat, to_lon, to_lat)), rel=0.01)


def test_numbers_never_lie_on_each_other_and_stay_on_the_map(hot_spots):
    spots = [Spot(n, "new", (cell,), "", 1) for n, cell in enumerate(hot_spots["cell"][:29], 1)]
    far = Spot(30, "fading", tuple(cells.ring(spots[0].cells[0], 20)[-1:]), "", 1)
    marks = circles(hex_map(hot_spots, [*spots, far], alt="").svg)
    assert len(marks) == 30
    assert min(math.dist(a, b) for a, b in itertools.combinations(marks, 2)) > 22
    assert all(0 < x < WIDTH for x, _ in marks)


def test_spots_without_a_number_are_only_filled(hot_spots):
    spot = Spot(0, "hot", tuple(hot_spots["cell"][:3]), "", 9)
    assert circles(hex_map(hot_spots, [spot], alt="a & b").svg) == []


def test_hexes_without_calls_are_not_drawn(hot_spots, svg_root):
    spot = [Spot(1, "new", (int(hot_spots["cell"].iloc[0]),), "", 9)]
    some, none = (hex_map(hot_spots.assign(calls=calls), spot, alt="").svg for calls in (1, 0))
    assert len(none) < len(some)
    svg_root(none)


@pytest.mark.parametrize("axis", [0, 1], ids=["wide", "tall"])
def test_a_long_city_makes_no_long_picture(hot_spots, svg_root, axis):
    where = hot_spots["cell"].map(lambda cell: cells.centre(cell)[axis]).to_numpy()
    ends = hot_spots["cell"].iloc[np.argsort(where)[[0, -1]]]
    some = pd.DataFrame({"cell": ends, "calls": 1, "near": ""})
    root = svg_root(hex_map(hot_spots, spots_of(some, "new"), alt="").svg)
    assert 0.4 * WIDTH <= int(root.attrib["height"]) <= WIDTH
