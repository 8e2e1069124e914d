import geopandas as gpd
import numpy as np
import pytest
from shapely import LineString

from outreach.streets.beside import street_m
from outreach.streets.network import make_network


@pytest.fixture
def street():
    """One street a kilometre long, without a corner between its ends."""
    line = LineString([(-73.76, 42.65), (-73.748, 42.65)])
    ways = {"u": [0, 1], "v": [1, 0], "length_m": 983.0, "travel_s": 90.0, "name": "Elm St"}
    frame = gpd.GeoDataFrame(ways, geometry=[line, line.reverse()], crs=4326)
    return make_network("drive", frame.assign(limited=False))


def test_the_nearest_street_is_not_the_nearest_corner(street):
    degree_m = 111_195  # of latitude
    away = street_m(street, [-73.754, -73.754, -73.76], [42.65, 42.651, 42.66])
    assert away == pytest.approx([0, 0.001 * degree_m, 0.01 * degree_m], rel=0.003, abs=0.5)


def test_points_without_a_place_are_infinitely_far(street):
    away = street_m(street, [np.nan, 106.0], [42.65, -42.65])
    assert np.isinf(away[0])
    assert away[1] > 1e6
