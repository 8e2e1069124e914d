"""The nearest hospital, library and shelter on real streets, against brute force on networkx."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest

from outreach.geo import to_metres
from outreach.streets.build import read_streets
from outreach.streets.reach import nearest_of
from outreach.streets.travel import travel_between

POINTS = 500
METRES_A_SECOND = 4.5 / 3.6  # from the door to the street
STREETS = {"albany": "albany_2018_clean.osm.bz2", "cambridge": "TRANS_Centerlines.geojson"}
KINDS = ("hospital", "library", "shelter")


def places_of(city, folder):
    """Longitudes and latitudes by kind, straight from the files."""
    if city == "cambridge":
        names = ("HEALTH_Hospitals", "LANDMARK_PublicLibraries", "PUBLICSAFETY_EmergencyShelters")
        frames = [gpd.read_file(folder / "cambridge" / f"{name}.geojson") for name in names]
    else:
        found = gpd.read_file(folder / "albany" / "albany_2018_pois.geojson")
        frames = [
            found[found["amenity"].eq("hospital")],
            found[found["amenity"].eq("library")],
            found[found["social_facility"].eq("shelter")],
        ]
    middles = [frame.geometry.representative_point() for frame in frames]
    return {k: (m.x.to_numpy(), m.y.to_numpy()) for k, m in zip(KINDS, middles, strict=True)}


def at_street(network, points):
    """The nearest node that one can stop at, by looking at all of them, and seconds to it."""
    middle = (network.nodes["lon"].mean(), network.nodes["lat"].mean())
    x, y = to_metres(network.nodes["lon"], network.nodes["lat"], origin=middle)
    stoppable = np.flatnonzero(network.nodes["stoppable"])
    nodes, seconds = [], []
    for px, py in zip(*to_metres(*points, origin=middle), strict=True):
        metres = np.hypot(x[stoppable] - px, y[stoppable] - py)
        nodes.append(int(stoppable[metres.argmin()]))
        seconds.append(metres.min() / METRES_A_SECOND)
    return nodes, np.array(seconds)


def brute_force(network, starts, ends):
    """Seconds from every point to every place, one networkx search back from each place."""
    graph = nx.MultiDiGraph()
    rows = network.edges[["u", "v", "travel_s"]].itertuples(index=False)
    graph.add_edges_from((v, u, {"seconds": s}) for u, v, s in rows)
    first, first_s = at_street(network, starts)
    last, last_s = at_street(network, ends)
    found = np.empty((len(first), len(last)))
    for place, node in enumerate(last):
        away = nx.single_source_dijkstra_path_length(graph, node, weight="seconds")
        found[:, place] = [away[start] for start in first]
    return found + first_s[:, None] + last_s[None, :]


@pytest.mark.real
@pytest.mark.parametrize("city", STREETS)
def test_nearest_place_of_500_points_as_networkx_finds_it(city, real_data):
    path = real_data / "streets" / STREETS[city]
    networks = read_streets(path, drive_speed_kmh=32, walk_speed_kmh=4.5).networks
    places = places_of(city, real_data / "places")
    assert all(len(lon) for lon, _ in places.values())
    rng = np.random.default_rng(6)
    for network in networks.values():
        west, south, east, north = network.bounds
        starts = rng.uniform(west, east, POINTS), rng.uniform(south, north, POINTS)
        for kind, ends in places.items():
            position, travel_s = nearest_of(network, starts, ends)
            expected = brute_force(network, starts, ends)
            told = f"{city}, {network.mode}, {kind}"
            np.testing.assert_allclose(
                travel_s, expected.min(axis=1), rtol=1e-9, atol=1e-6, err_msg=told
            )
            np.testing.assert_allclose(  # the very place, or one just as near
                expected[range(POINTS), position], travel_s, rtol=1e-9, atol=1e-6, err_msg=told
            )
            ours = travel_between(network, starts, ends)[0].min(axis=1)
            np.testing.assert_allclose(travel_s, ours, rtol=1e-9, err_msg=told)
