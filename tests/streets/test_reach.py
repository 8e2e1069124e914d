"""The nearest of many places, and times up to a limit, against networkx and travel_between."""

import networkx as nx
import numpy as np
import pytest

from outreach.errors import StreetsError
from outreach.streets.build import read_streets
from outreach.streets.reach import nearest_of, within
from outreach.streets.travel import snap, travel_between

STEP = 0.001


@pytest.fixture
def town(lines_file):
    """A town of square blocks; every second street is one-way, each the other way."""
    lines = []
    for row in range(7):
        one_way = {0: "0", 1: "1", 2: "0", 3: "-1"}[row % 4]
        for i in range(6):
            across = [[-73.76 + j * STEP, 42.65 + row * STEP] for j in (i, i + 1)]
            along = [[-73.76 + row * STEP, 42.65 + j * STEP] for j in (i, i + 1)]
            for points in (across, along):
                lines.append((points, {"Street": f"Way {row}", "Direction": one_way}))
    return read_streets(lines_file(*lines), drive_speed_kmh=30, walk_speed_kmh=4.5).networks


def points(seed, count):
    rng = np.random.default_rng(seed)
    return rng.uniform(-73.762, -73.753, count), rng.uniform(42.648, 42.657, count)


def by_networkx(network, starts, ends):
    """Seconds from door to door, one search backwards from every place."""
    graph = nx.MultiDiGraph()
    for edge in network.edges.itertuples():
        graph.add_edge(edge.v, edge.u, seconds=edge.travel_s)
    first, last = snap(network, *starts), snap(network, *ends)
    found = np.empty((len(first), len(last)))
    for place, node in enumerate(last["node"]):
        seconds = nx.single_source_dijkstra_path_length(graph, node, weight="seconds")
        found[:, place] = [seconds[start] for start in first["node"]]
    return found + (first["snap_m"].to_numpy()[:, None] + last["snap_m"].to_numpy()) / 1.25


@pytest.mark.parametrize("mode", ["drive", "walk"])
def test_the_nearest_place_as_networkx_tells_it(town, mode):
    starts, ends = points(1, 150), points(2, 9)
    expected = by_networkx(town[mode], starts, ends)
    position, travel_s = nearest_of(town[mode], starts, ends)
    np.testing.assert_allclose(travel_s, expected.min(axis=1), rtol=1e-12)
    np.testing.assert_allclose(expected[range(150), position], travel_s, rtol=1e-12)
    assert len(set(position)) >= 4


def test_a_place_far_from_its_street_is_not_nearer_for_it(town):
    """Two places at one corner: the one with the longer way to the door is never first."""
    starts = points(3, 50)
    ends = np.array([-73.757, -73.757]), np.array([42.6534, 42.6531])
    assert snap(town["drive"], *ends)["node"].nunique() == 1
    position, travel_s = nearest_of(town["drive"], starts, ends)
    assert set(position) == {1}
    np.testing.assert_allclose(travel_s, travel_between(town["drive"], starts, ends)[0][:, 1])


def test_one_ways_count_in_the_direction_of_travel(town):
    starts, ends = points(4, 40), points(5, 6)
    there = nearest_of(town["drive"], starts, ends)[1]
    back = travel_between(town["drive"], ends, starts)[0].min(axis=0)
    np.testing.assert_allclose(there, travel_between(town["drive"], starts, ends)[0].min(axis=1))
    assert not np.allclose(there, back)


@pytest.mark.parametrize("limit_s", [0.0, 60.0, 90.0, np.inf])
@pytest.mark.parametrize(("starts", "ends"), [(60, 7), (7, 60)])
def test_times_up_to_a_limit_are_those_of_travel_between(town, limit_s, starts, ends):
    network, starts, ends = town["drive"], points(6, starts), points(7, ends)
    whole = travel_between(network, starts, ends)[0]
    found = within(network, starts, ends, limit_s=limit_s)
    np.testing.assert_allclose(found, np.where(whole <= limit_s, whole, np.inf), rtol=1e-12)
    position, travel_s = nearest_of(network, starts, ends, limit_s=limit_s)
    np.testing.assert_allclose(travel_s, found.min(axis=1), rtol=1e-12)
    assert ((position == -1) == np.isinf(travel_s)).all()


def test_exactly_at_the_limit_is_within(town):
    starts, ends = points(8, 1), points(9, 1)
    exact = within(town["walk"], starts, ends)[0, 0]
    assert within(town["walk"], starts, ends, limit_s=exact)[0, 0] == exact
    assert nearest_of(town["walk"], starts, ends, limit_s=exact + 1e-9)[0][0] == 0
    assert np.isinf(within(town["walk"], starts, ends, limit_s=exact - 1e-6)[0, 0])


def test_no_places_and_no_points(town):
    none = np.array([]), np.array([])
    position, travel_s = nearest_of(town["walk"], points(1, 3), none)
    assert position.tolist() == [-1, -1, -1]
    assert np.isinf(travel_s).all()
    assert len(nearest_of(town["walk"], none, points(1, 3))[0]) == 0
    assert within(town["walk"], none, points(1, 3)).shape == (0, 3)
    assert within(town["walk"], points(1, 3), none).shape == (3, 0)


def test_a_point_without_coordinates_is_told(town):
    with pytest.raises(StreetsError, match="without coordinates"):
        nearest_of(town["walk"], ([np.nan], [42.65]), points(1, 2))
