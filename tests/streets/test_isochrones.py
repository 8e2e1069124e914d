"""Areas in time on streets drawn by hand, in whole metres, and on Albany."""

import time
from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, Point
from shapely.ops import substring

from outreach.errors import StreetsError
from outreach.geo import frame_to_metres, to_lonlat, to_metres, utm_crs
from outreach.streets.build import read_streets
from outreach.streets.isochrones import isochrones
from outreach.streets.reach import within

ORIGIN = (-73.76, 42.65)
CRS = utm_crs(*ORIGIN)
EAST, NORTH = (float(v) for v in to_metres(*ORIGIN, origin=ORIGIN))


def place(x, y):
    """Longitude and latitude of a point in metres from the town's corner."""
    lon, lat = to_lonlat(EAST + x, NORTH + y, CRS)
    return float(lon), float(lat)


def lies_in(area, x, y):
    return area.contains(Point(place(x, y)))


@pytest.fixture
def town(lines_file):
    """Make a network to drive at 30 km/h, 500 m a minute, from (from, to, one-way code)."""

    def make(*streets, mode="drive"):
        lines = [
            ([place(*a), place(*b)], {"Street": f"Street {i}", "Direction": code})
            for i, (a, b, code) in enumerate(streets)
        ]
        path = lines_file(*lines)
        return read_streets(path, drive_speed_kmh=30, walk_speed_kmh=4.5).networks[mode]

    return make


def grid(side=8, step=200):
    """Blocks of 200 m; row 3 and column 5 are one-way."""
    streets = []
    for line in range(side):
        for i in range(side - 1):
            a, b, at = i * step, (i + 1) * step, line * step
            streets.append(((a, at), (b, at), "1" if line == 3 else "0"))
            streets.append(((at, a), (at, b), "-1" if line == 5 else "0"))
    return streets


def reached_lines(streets, start, metres, towards=False):
    """What is reached of the streets, in metres, by networkx and shapely alone."""
    graph = nx.DiGraph()
    ways = []
    for a, b, code in streets:
        ways += [(a, b)] if code in "01" else []
        ways += [(b, a)] if code in ("0", "-1") else []
    if towards:
        ways = [(b, a) for a, b in ways]
    for a, b in ways:
        graph.add_edge(a, b, metres=LineString([a, b]).length)
    away = nx.single_source_dijkstra_path_length(graph, start, weight="metres")
    return [substring(LineString([a, b]), 0, metres - away[a]) for a, b in ways if away[a] < metres]


@pytest.mark.parametrize("towards", [False, True])
@pytest.mark.parametrize("mode", ["drive", "walk"])
def test_the_length_of_street_reached_is_exact(town, mode, towards):
    network, start = town(*grid(), mode=mode), (600, 600)
    a_minute = 500 if mode == "drive" else 75
    streets = grid() if mode == "drive" else [(a, b, "0") for a, b, _ in grid()]
    limits = [1, 1.7, 2.9, 50] if mode == "drive" else [3, 7.5, 20, 200]
    found = isochrones(
        network, *place(*start), limits, towards=towards, buffer_m=0.5, fill_m2=0
    )  # as wide as a metre, so that the area is the length
    for minutes, area_km2 in zip(found["minutes"], found["area_km2"], strict=True):
        lines = shapely.union_all(reached_lines(streets, start, minutes * a_minute, towards))
        assert area_km2 * 1e6 == pytest.approx(lines.length, rel=0.01)
    assert found["minutes"].tolist() == limits


@pytest.mark.parametrize("minutes", [1, 1.7, 50])
def test_the_area_is_the_streets_and_what_lies_beside_them(town, minutes):
    start = (600, 600)
    found = isochrones(town(*grid()), *place(*start), [minutes], buffer_m=60, fill_m2=0)
    lines = shapely.union_all(reached_lines(grid(), start, minutes * 500))
    whole = lines.buffer(60)
    area = shapely.transform(frame_to_metres(found).geometry.iloc[0], lambda c: c - [EAST, NORTH])
    every = shapely.union_all([LineString([a, b]) for a, b, _ in grid()])
    missed = every.difference(lines.buffer(60 + 1e-6))  # goes on from no street that is reached
    strips = missed.buffer(20, cap_style="flat").difference(lines.buffer(80))
    assert area.area == pytest.approx(whole.difference(strips).area, rel=0.02)
    assert whole.buffer(0.1).contains(area)
    assert area.buffer(0.01).contains(lines)
    assert (minutes == 50) == (area.area == pytest.approx(every.buffer(60).area, rel=0.01))


def test_a_larger_limit_holds_the_smaller(town):
    network = town(*grid())
    rng = np.random.default_rng(3)
    for x, y in rng.uniform(0, 1400, (6, 2)):
        found = isochrones(network, *place(x, y), [3, 0.5, 1, 2])
        assert found["minutes"].tolist() == [0.5, 1, 2, 3]
        areas = found.geometry.to_list()
        for small, large in pairwise(areas):
            assert small.difference(large).area < 1e-11
        assert found["area_km2"].is_monotonic_increasing
        assert found.is_valid.all()
        assert lies_in(areas[0], x, y)


def test_a_one_way_street_is_reached_in_its_direction_only(town):
    loop = [((0, 0), (0, 900), "0"), ((0, 900), (500, 900), "0"), ((500, 900), (500, 0), "0")]
    network = town(((0, 0), (500, 0), "1"), *loop)
    out = isochrones(network, *place(0, 0), [1]).geometry.iloc[0]
    back = isochrones(network, *place(0, 0), [1], towards=True).geometry.iloc[0]
    assert lies_in(out, 250, 0)
    assert lies_in(out, 495, 0)
    assert not lies_in(back, 250, 0)
    assert lies_in(back, 0, 250)
    there = isochrones(network, *place(500, 0), [1], towards=True).geometry.iloc[0]
    assert lies_in(there, 250, 0)
    assert not lies_in(isochrones(network, *place(500, 0), [1]).geometry.iloc[0], 250, 0)


@pytest.mark.parametrize("wide", [50, 100, 300])
def test_the_far_bank_is_reached_by_the_bridge_alone(town, wide):
    """Streets on both banks, even nearer to each other than the area is wide."""
    banks = [((x, y), (x + 500, y), "0") for x in (0, 500, 1000) for y in (0, wide)]
    network = town(*banks, ((1500, 0), (1500, wide), "0"))
    found = isochrones(network, *place(0, 0), [2, 10])
    near, whole = found.geometry
    assert lies_in(near, 990, 0)
    assert not [x for x in range(25, 1500, 50) if lies_in(near, x, wide)]
    assert all(lies_in(whole, x, wide) for x in range(50, 1500, 50))
    if wide == 300:  # the water is no part of it, though all around is reached
        assert not lies_in(whole, 700, 150)
    by_bridge = isochrones(network, *place(1500, 0), [2]).geometry.iloc[0]
    assert lies_in(by_bridge, 1100, wide)
    assert lies_in(by_bridge, 1100, 0)


def test_small_courts_are_filled_and_large_ones_are_not(town):
    small = [((0, 0), (180, 0), "0"), ((180, 0), (180, 180), "0"), ((180, 180), (0, 180), "0")]
    small += [((0, 180), (0, 0), "0")]
    large = [((180, 0), (780, 0), "0"), ((780, 0), (780, 600), "0"), ((780, 600), (180, 600), "0")]
    large += [((180, 600), (180, 180), "0")]
    network = town(*small, *large)
    area = isochrones(network, *place(0, 0), [20]).geometry.iloc[0]
    assert lies_in(area, 90, 90)
    assert not lies_in(area, 480, 300)
    bare = isochrones(network, *place(0, 0), [20], fill_m2=0).geometry.iloc[0]
    assert not lies_in(bare, 90, 90)


def test_the_way_from_the_door_takes_its_time(town):
    network = town(((0, 0), (1000, 0), "0"))
    at_once = isochrones(network, *place(0, 0), [1]).geometry.iloc[0]
    later = isochrones(network, *place(0, 60), [1]).geometry.iloc[0]  # 48 s on foot
    assert lies_in(at_once, 450, 0)
    assert not lies_in(later, 250, 0)
    assert lies_in(later, 90, 0)
    never = isochrones(network, *place(0, 500), [1]).geometry.iloc[0]  # 400 s on foot
    assert lies_in(never, 0, 450)
    assert not lies_in(never, 0, 0)


@pytest.mark.parametrize("minutes", [[], [0, 5], [-1], [np.inf]])
def test_a_limit_must_be_above_nothing(town, minutes):
    with pytest.raises(StreetsError, match="limit"):
        isochrones(town(((0, 0), (500, 0), "0")), *place(0, 0), minutes)


@pytest.mark.real
def test_areas_on_albanys_streets_are_nested_and_quick(albany):
    network = albany.networks["drive"]
    began = time.process_time()
    found = isochrones(network, -73.757, 42.652, [5, 10, 15, 30])
    assert time.process_time() - began < 6  # measured: under 2 s
    assert found["area_km2"].is_monotonic_increasing
    areas = found.geometry.to_list()
    for small, large in pairwise(areas):  # to the centimetre, in 50 km2 and more
        assert small.difference(large).buffer(-3e-7).is_empty
    hudson = Point(-73.7405, 42.6535)  # midstream; the streets on both banks are reached
    assert not any(area.contains(hudson) for area in areas)
    nodes = network.nodes[network.nodes["stoppable"]]
    lon, lat = nodes["lon"].to_numpy(), nodes["lat"].to_numpy()
    seconds = within(network, ([-73.757], [42.652]), (lon, lat))[0]
    for minutes, area in zip(found["minutes"], areas, strict=True):
        inside, reached = shapely.contains_xy(area, lon, lat), seconds <= 60 * minutes
        assert inside[reached].mean() > 0.99
        assert (~inside[~reached]).mean() > 0.95 if (~reached).any() else True
