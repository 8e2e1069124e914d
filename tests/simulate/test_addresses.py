import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, box

from outreach import geo
from outreach.simulate.addresses import SETBACK_M, addresses


def test_no_address_lies_in_water_and_each_occurs_once(marlow, doors):
    water = marlow.areas[marlow.areas["kind"] == "water"].geometry.union_all()
    assert not shapely.contains_xy(water, doors["lon"], doors["lat"]).any()
    assert doors["address"].is_unique
    assert len(doors) > 20_000
    assert (doors["area"] != "").mean() > 0.95
    assert doors["by_park"].any() and doors["crossing"].any()


def test_a_door_lies_on_its_side_where_its_number_says():
    """One street drawn eastwards: odd numbers on the left are north of it, and rise eastwards."""
    streets = gpd.GeoDataFrame(
        {"Street": ["Elm St"], "L_From": [1], "L_To": [101], "R_From": [100], "R_To": [2]},
        geometry=[LineString([(-74.0, 42.0), (-73.99, 42.0)])],
        crs="EPSG:4326",
    )
    found = addresses(streets)
    number = found["address"].str.split().str[0].astype(int)
    odd = number % 2 == 1
    assert (found.loc[odd, "lat"] > 42.0).all() and (found.loc[~odd, "lat"] < 42.0).all()
    away = geo.distance_m(found["lon"], found["lat"], found["lon"], np.full(len(found), 42.0))
    assert np.allclose(away, SETBACK_M, atol=0.6)
    expected = np.where(odd, (number - 1) / 100, 1 - (number - 2) / 98)
    assert np.allclose((found["lon"] + 74.0) / 0.01, expected, atol=0.01)


def test_a_network_without_ranges_gets_numbers_of_its_own():
    """Both ways of an edge give the same doors once; a motorway and a nameless lane give none."""
    a, b, c = (-74.0, 42.0), (-73.995, 42.0), (-73.99, 42.0)
    up = LineString([b, (-73.995, 42.004)])
    lines = [LineString([a, b]), LineString([b, a]), LineString([b, c]), up, up, LineString([c, a])]
    edges = gpd.GeoDataFrame(
        {
            "name": ["Elm St", "Elm St", "Elm St", ["Oak St", "NY 5"], None, "I 90"],
            "limited": [False, False, False, False, False, True],
        },
        geometry=lines,
        crs="EPSG:4326",
    )
    found = addresses(edges)
    assert set(found["street"]) == {"ELM ST", "OAK ST"}
    assert found.loc[found["crossing"], "address"].tolist() == ["ELM ST & OAK ST"]
    elm = found[(found["street"] == "ELM ST") & ~found["crossing"]]
    length = geo.distance_m(*a, *c).item()
    assert len(elm) == pytest.approx(2 * length / 24, abs=4)
    assert (found["area"] == "").all()


def test_areas_name_the_neighbourhood_and_keep_doors_out_of_the_water():
    streets = gpd.GeoDataFrame(
        {"name": ["Elm St"]}, geometry=[LineString([(-74.0, 42.0), (-73.99, 42.0)])], crs=4326
    )
    areas = gpd.GeoDataFrame(
        {"name": ["Lake", "West", "Green"], "kind": ["water", "neighbourhood", "park"]},
        geometry=[
            box(-73.995, 41.99, -73.98, 42.01),
            box(-74.01, 41.99, -73.997, 42.01),
            box(-74.001, 42.0003, -73.999, 42.001),
        ],
        crs=4326,
    )
    found = addresses(streets, areas)
    assert found["lon"].max() < -73.995
    assert set(found["area"]) == {"West", ""}
    assert ((found["area"] == "West") == (found["lon"] < -73.997)).all()
    assert 0 < found["by_park"].mean() < 0.5


@pytest.mark.real
def test_cambridge_addresses_are_within_their_ranges(real_data):
    lines = gpd.read_file(real_data / "streets" / "TRANS_Centerlines.geojson")
    found = addresses(lines)
    assert len(found) > 10_000
    harvard = found[(found["street"] == "HARVARD ST") & ~found["crossing"]]
    number = harvard["address"].str.split().str[0].astype(int)
    ranges = lines[lines["Street"] == "Harvard St"][["L_From", "L_To", "R_From", "R_To"]]
    assert number.between(ranges[ranges > 0].min(axis=None), ranges.max(axis=None)).all()
