import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely

from outreach import geo
from outreach.simulate import layout
from outreach.simulate.town import town
from outreach.store import tables


def ends(streets):
    return [(line.coords[0], line.coords[-1]) for line in streets.geometry]


def test_size_is_that_of_a_town(marlow):
    nodes = {end for pair in ends(marlow.streets) for end in pair}
    assert 900 <= len(nodes) <= 1500
    west, south, east, north = marlow.streets.total_bounds
    assert 7000 < geo.distance_m(west, south, east, south) < 9000
    assert 6000 < geo.distance_m(west, south, west, north) < 8000


@pytest.mark.parametrize("seed", [1, 7])
def test_every_node_is_reached_when_one_ways_are_obeyed(marlow, seed):
    streets = (marlow if seed == 1 else town(seed)).streets
    graph = nx.DiGraph()
    for (a, b), way in zip(ends(streets), streets["Direction"], strict=True):
        if way in ("0", "1"):
            graph.add_edge(a, b)
        if way in ("0", "-1"):
            graph.add_edge(b, a)
    assert nx.is_strongly_connected(graph)
    assert set(streets["Direction"]) == {"0", "1", "-1"}


def test_streets_meet_only_at_their_ends(marlow):
    """Two lines that cross between their ends would be a crossing nobody can turn at."""
    shapes = marlow.streets.geometry.to_numpy()
    a, _ = shapely.STRtree(shapes).query(shapes, predicate="crosses")
    assert len(a) == 0, marlow.streets["Street"].iloc[a].tolist()


def test_one_way_streets_come_in_pairs_that_run_against_each_other(marlow):
    """Of the one-way streets of each heading about half run each way."""
    one_way = marlow.streets[marlow.streets["Direction"] != "0"]
    start, stop = (np.array([pair[n] for pair in ends(one_way)]) for n in (0, 1))
    along = (stop - start) * one_way["Direction"].astype(int).to_numpy()[:, None]
    eastward = np.abs(along[:, 0]) > np.abs(along[:, 1])
    for heading in (along[eastward, 0], along[~eastward, 1]):
        assert 0.3 < (heading > 0).mean() < 0.7
        assert len(heading) > 30


def test_three_bridges_are_the_only_crossings_of_the_river(marlow):
    river = marlow.areas.set_index("name").geometry["Sorrel River"]
    wet = marlow.streets[marlow.streets.intersects(river)]
    assert set(wet["Street"]) == {"Main St", "State St", "Tannery Rd"}
    assert (wet[["L_From", "L_To", "R_From", "R_To"]] == 0).all(axis=None)
    graph = nx.Graph(ends(marlow.streets.drop(wet.index)))
    assert sorted(len(part) > 100 for part in nx.connected_components(graph))[-2:] == [True, True]


def test_parks_have_no_streets_inside(marlow):
    parks = marlow.areas[marlow.areas["kind"] == "park"]
    assert len(parks) >= 6
    inside = marlow.streets.intersects(parks.geometry.union_all())
    assert not inside.any()


def test_house_numbers_hold_odd_and_even_sides_and_do_not_overlap(marlow):
    left = marlow.streets[["Street", "L_From", "L_To"]].to_numpy()
    right = marlow.streets[["Street", "R_From", "R_To"]].to_numpy()
    seen: dict[tuple[str, int], int] = {}
    for row, (street, first, last) in enumerate([*left, *right]):
        if not first:
            continue
        assert first % 2 == last % 2
        for number in range(min(first, last), max(first, last) + 1, 2):
            assert seen.setdefault((street, number), row) == row
    odd_left = marlow.streets.loc[marlow.streets["L_From"] > 0, "L_From"] % 2 == 1
    assert 0.5 < odd_left.mean() < 0.8  # a third of the lines is drawn the other way round


def test_street_names_are_many_and_each_belongs_to_one_line(marlow):
    assert marlow.streets["Street"].nunique() > 200
    pairs = marlow.streets[["Street", "Street_ID"]].drop_duplicates()
    assert pairs["Street"].is_unique and pairs["Street_ID"].is_unique


def test_resources_are_on_dry_land_with_invented_telephones(marlow):
    found = marlow.resources
    water = marlow.areas[marlow.areas["kind"] == "water"].geometry.union_all()
    assert not shapely.contains_xy(water, found["lon"], found["lat"]).any()
    assert found["phone"].str.match(r"\(518\) 555-01\d\d$").all()
    wanted = {
        "hospital", "homeless_shelter", "food_pantry", "library", "substance_use_treatment",
        "clinic", "drop_in_center", "townhall", "police",
    }  # fmt: skip
    assert wanted <= set(found["kind"])
    assert found.loc[found["confidential"] == "yes", "kind"].tolist() == [
        "domestic_violence_service"
    ]


def test_same_seed_same_town_other_seed_other_town(marlow):
    again, other = town(1), town(2)
    pd.testing.assert_frame_equal(pd.DataFrame(again.streets), pd.DataFrame(marlow.streets))
    pd.testing.assert_frame_equal(again.resources, marlow.resources)
    assert set(other.streets["Street"]) != set(marlow.streets["Street"])
    assert other.streets.geometry.iloc[0] != marlow.streets.geometry.iloc[0]


def test_warp_never_folds_the_plane():
    """Neighbouring points keep their turning sense, so what does not cross stays so."""
    grid = np.stack(np.meshgrid(np.arange(-4300, 4300, 50.0), np.arange(-3800, 3800, 50.0)), -1)
    bent = layout.warp(grid.reshape(-1, 2), seed=3).reshape(grid.shape)
    east, north = np.diff(bent, axis=1)[:-1], np.diff(bent, axis=0)[:, :-1]
    turn = east[..., 0] * north[..., 1] - east[..., 1] * north[..., 0]
    assert turn.min() > 0


def test_people_live_in_neighbourhoods_only(marlow, tmp_path):
    """As many as in a town, most densely downtown; a file keeps it."""
    areas = marlow.areas.assign(km2=geo.frame_to_metres(marlow.areas).area / 1e6)
    lived_in = areas["kind"] == "neighbourhood"
    assert (areas["population"].notna() == lived_in).all()
    assert 50_000 < areas["population"].sum() < 100_000
    density = areas[lived_in].set_index("name").eval("population / km2")
    assert density.idxmax() == "Downtown"
    assert density.between(500, 5000).all()
    tables.write_shapes(tmp_path / "areas.geojson", marlow.areas)
    read = tables.read_shapes(tmp_path / "areas.geojson", ("name", "kind"))
    assert read["population"].sum() == areas["population"].sum()
    assert (read["population"].notna() == lived_in).all()
