import geopandas as gpd
import numpy as np
import shapely

from outreach.maps import base


def lines_of(data):
    """Read the steps as draw.js does."""
    for name, main, moves in data["lines"]:
        points = np.array(moves).reshape(-1, 2).cumsum(axis=0)[:, ::-1] / 1e5
        yield data["names"][name], main, shapely.LineString(points)


def test_every_street_is_drawn_once_and_where_it_is(fake_city):
    edges = fake_city.network().edges
    drawn = list(lines_of(base.streets_data(edges)))
    truth = shapely.union_all(edges.geometry.to_numpy())
    both = shapely.MultiLineString([line for _, _, line in drawn])
    one_way = shapely.length(edges.geometry.to_numpy()).sum() / 2
    assert abs(both.length / one_way - 1) < 0.001
    assert truth.hausdorff_distance(both) < 5e-5


def test_pieces_of_a_street_are_joined(fake_city):
    edges = fake_city.network().edges
    data = base.streets_data(edges)
    assert len(data["lines"]) < len(edges) / 10
    assert "Ash Street" in data["names"]


def test_fast_streets_are_main_ones(fake_city):
    main = {
        name for name, main, _ in lines_of(base.streets_data(fake_city.network().edges)) if main
    }
    assert main == {"Ash Street"}


def test_streets_without_a_name_are_drawn(fake_city):
    edges = fake_city.network().edges
    data = base.streets_data(edges.assign(name=None))
    assert data["names"] == [""]
    assert len(data["lines"]) > 10


def test_water_lies_over_parks_and_keeps_islands():
    lake = shapely.box(0, 0, 3, 3).difference(shapely.box(1, 1, 2, 2))
    both = shapely.MultiPolygon([shapely.box(5, 5, 6, 6), shapely.box(7, 7, 8, 8)])
    areas = gpd.GeoDataFrame({"kind": ["water", "park"]}, geometry=[lake, both], crs="EPSG:4326")
    drawn = base.ground_data(areas)["areas"]
    assert [kind for kind, _ in drawn] == ["park", "park", "water"]
    assert len(drawn[-1][1]) == 2


def test_neighbourhoods_are_not_drawn_as_parks():
    box = [shapely.box(0, 0, 3, 3)]
    areas = gpd.GeoDataFrame({"kind": ["neighbourhood"]}, geometry=box, crs="EPSG:4326")
    assert base.ground_data(areas)["areas"] == []


def test_a_city_without_streets_has_a_ground():
    ground = base.make_ground(None, None)
    assert ground.bounds is None
    assert ground.streets == ""


def test_the_source_of_the_streets_is_named(fake_city):
    ground = base.make_ground(fake_city.network().edges, None, credit="© <b>OSM</b>")
    assert "&lt;b&gt;" in ground.streets.replace("\\u0026", "&")
