"""Times, distances and ways against networkx and against the geometry itself."""

import networkx as nx
import numpy as np
import pytest
import shapely

from outreach.errors import StreetsError
from outreach.geo import distance_m
from outreach.streets.build import read_streets
from outreach.streets.network import StreetNetwork
from outreach.streets.travel import snap, travel_between, travel_matrix

STEP = 0.001


def grid(lines_file, side: int = 6) -> StreetNetwork:
    """A town of square blocks; every second street is one-way, each the other way."""
    lines = []
    for row in range(side):
        for i in range(side - 1):
            one_way = {0: "0", 1: "1", 2: "0", 3: "-1"}[row % 4]
            here = [[-73.76 + i * STEP, 42.65 + row * STEP]]
            right = [[-73.76 + (i + 1) * STEP, 42.65 + row * STEP]]
            lines.append((here + right, {"Street": f"Row {row}", "Direction": one_way}))
            below = [[-73.76 + row * STEP, 42.65 + i * STEP]]
            above = [[-73.76 + row * STEP, 42.65 + (i + 1) * STEP]]
            lines.append((below + above, {"Street": f"Column {row}", "Direction": one_way}))
    path = lines_file(*lines)
    return read_streets(path, drive_speed_kmh=30, walk_speed_kmh=4.5).networks["drive"]


def reference(network: StreetNetwork) -> nx.MultiDiGraph:
    graph = nx.MultiDiGraph()
    for edge in network.edges.itertuples():
        graph.add_edge(edge.u, edge.v, seconds=edge.travel_s, metres=edge.length_m)
    return graph


def check_against_networkx(network: StreetNetwork, lon, lat, rows) -> None:
    graph = reference(network)
    snapped = snap(network, lon, lat)
    matrix = travel_matrix(network, lon, lat)
    nodes, door_s = snapped["node"].to_numpy(), snapped["snap_m"].to_numpy() / 1.25
    for i in rows:
        seconds = nx.single_source_dijkstra_path_length(graph, nodes[i], weight="seconds")
        expected = np.array([seconds[n] for n in nodes]) + door_s[i] + door_s
        expected[i] = 0
        np.testing.assert_allclose(matrix.travel_s[i], expected, rtol=1e-9)


def check_path(network: StreetNetwork, matrix, nodes, i: int, j: int) -> None:
    """The way starts and ends at the nodes, never jumps, and is as long as it says."""
    path = matrix.path(i, j)
    ends = network.nodes.loc[[nodes[i], nodes[j]], ["lon", "lat"]].to_numpy()
    assert path.coords[0] == tuple(ends[0])
    assert path.coords[-1] == tuple(ends[1])
    points = np.array(path.coords)
    steps = distance_m(points[:-1, 0], points[:-1, 1], points[1:, 0], points[1:, 1])
    assert steps.sum() == pytest.approx(matrix.distance_m[i, j], rel=0.005, abs=0.5)
    drawn = {
        pair
        for line in network.edges.geometry
        for pair in zip(line.coords[:-1], line.coords[1:], strict=True)
    }
    if nodes[i] != nodes[j]:  # every piece is a piece of a street, driven the allowed way
        assert set(zip(path.coords[:-1], path.coords[1:], strict=True)) <= drawn


def test_a_grid_with_one_ways_as_networkx(lines_file):
    network = grid(lines_file)
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(-73.761, -73.754, 30), rng.uniform(42.649, 42.656, 30)
    check_against_networkx(network, lon, lat, range(30))
    matrix = travel_matrix(network, lon, lat)
    assert not np.allclose(matrix.travel_s, matrix.travel_s.T)  # one-ways matter
    nodes = snap(network, lon, lat)["node"].to_numpy()
    for i in range(30):
        check_path(network, matrix, nodes, i, (i * 7 + 3) % 30)


def test_one_way_means_a_detour(lines_file):
    network = grid(lines_file)
    # Row 1 runs east: one block east is one block, one block west is a way round
    lon, lat = [-73.76 + STEP, -73.76 + 2 * STEP], [42.65 + STEP] * 2
    matrix = travel_matrix(network, lon, lat)
    block_m = float(distance_m(lon[0], lat[0], lon[1], lat[1]))
    assert matrix.distance_m[0, 1] == pytest.approx(block_m, rel=0.005)
    assert matrix.distance_m[1, 0] > 2.9 * block_m
    assert matrix.travel_s[0, 1] == pytest.approx(block_m / (30 / 3.6), rel=0.005)


def test_the_walk_to_the_door_counts_at_both_ends(lines_file):
    network = grid(lines_file)
    at = snap(network, [-73.76, -73.76 + STEP, -73.7615], [42.65, 42.65, 42.65])
    assert at["snap_m"].iloc[:2].max() < 0.01
    matrix = travel_matrix(network, [-73.7615, -73.76], [42.65, 42.65])
    assert matrix.distance_m[0, 1] == 0
    assert matrix.travel_s[0, 1] == pytest.approx(at["snap_m"].iloc[2] / 1.25, abs=0.02)
    assert matrix.travel_s[0, 0] == 0
    assert matrix.path(0, 1).length == 0


def test_a_point_without_coordinates_is_refused(lines_file):
    with pytest.raises(StreetsError, match="without coordinates"):
        travel_matrix(grid(lines_file), [-73.76, np.nan], [42.65, 42.65])
    with pytest.raises(StreetsError, match="other side of the world"):
        travel_matrix(grid(lines_file), [-73.76, 15.0], [42.65, 0.0])


def test_rectangle_equals_the_square_and_small_steps_change_nothing(lines_file, monkeypatch):
    network = grid(lines_file)
    rng = np.random.default_rng(2)
    lon, lat = rng.uniform(-73.761, -73.754, 20), rng.uniform(42.649, 42.656, 20)
    matrix = travel_matrix(network, lon, lat)
    monkeypatch.setattr("outreach.streets.travel._AT_ONCE", 3 * len(network.nodes))
    again = travel_matrix(network, lon, lat)
    np.testing.assert_array_equal(again.travel_s, matrix.travel_s)
    np.testing.assert_array_equal(again.distance_m, matrix.distance_m)
    seconds, metres = travel_between(network, (lon[:12], lat[:12]), (lon[12:], lat[12:]))
    np.testing.assert_allclose(seconds, matrix.travel_s[:12, 12:])
    np.testing.assert_allclose(metres, matrix.distance_m[:12, 12:])


@pytest.mark.real
@pytest.mark.parametrize("mode", ["drive", "walk"])
def test_denver_as_networkx(denver, mode):
    network = denver.networks[mode]
    rng = np.random.default_rng(3)
    west, south, east, north = network.bounds
    lon, lat = rng.uniform(west, east, 40), rng.uniform(south, north, 40)
    check_against_networkx(network, lon, lat, range(40))
    matrix = travel_matrix(network, lon, lat)
    nodes = snap(network, lon, lat)["node"].to_numpy()
    for i in range(40):
        check_path(network, matrix, nodes, i, (i * 11 + 5) % 40)


@pytest.mark.real
def test_albany_as_networkx(albany):
    network = albany.networks["drive"]
    rng = np.random.default_rng(4)
    at = network.nodes.sample(60, random_state=5)
    lon, lat = at["lon"] + rng.normal(0, 2e-4, 60), at["lat"] + rng.normal(0, 2e-4, 60)
    check_against_networkx(network, lon, lat, [0, 17, 42])
    nodes = snap(network, lon, lat)["node"].to_numpy()
    assert network.nodes.loc[nodes, "stoppable"].all()
    matrix = travel_matrix(network, lon, lat)
    assert shapely.is_valid(matrix.path(3, 50))
    check_path(network, matrix, nodes, 3, 50)
