"""Networks: the part where all nodes reach each other, parallel streets, saving and loading."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from shapely import LineString

from outreach.errors import StreetsError
from outreach.streets.network import load, make_network, save, saved_modes

AT = {7: (-73.76, 42.65), 8: (-73.75, 42.65), 9: (-73.75, 42.66), 10: (-73.70, 42.60)}


def edges(*rows) -> gpd.GeoDataFrame:
    """Straight edges given as (u, v, seconds, limited)."""
    return gpd.GeoDataFrame(
        {
            "u": [r[0] for r in rows],
            "v": [r[1] for r in rows],
            "length_m": [10.0 * r[2] for r in rows],
            "travel_s": [float(r[2]) for r in rows],
            "name": [f"{r[0]} to {r[1]}" for r in rows],
            "limited": [len(r) > 3 for r in rows],
        },
        geometry=[LineString([AT[r[0]], AT[r[1]]]) for r in rows],
        crs="EPSG:4326",
    )


def test_dead_ends_of_one_way_streets_are_left_out():
    network = make_network("drive", edges((7, 8, 1), (8, 9, 2), (9, 7, 3), (9, 10, 4)))
    assert len(network.nodes) == 3
    assert list(network.nodes.loc[1, ["lon", "lat"]]) == [-73.75, 42.65]
    assert sorted(zip(network.edges["u"], network.edges["v"], strict=True)) == [
        (0, 1),
        (1, 2),
        (2, 0),
    ]


def test_no_way_back_anywhere_is_an_error():
    with pytest.raises(StreetsError, match="no drive streets"):
        make_network("drive", edges((7, 8, 1), (8, 9, 2)))


def test_the_fastest_of_parallel_streets_counts():
    network = make_network("drive", edges((7, 8, 9), (7, 8, 4), (7, 8, 6), (8, 7, 5)))
    assert network.times.toarray().tolist() == [[0, 4], [5, 0]]
    used = network.edge_between([0, 1], [1, 0])
    assert network.edges["travel_s"].iloc[used].tolist() == [4, 5]


def test_nobody_stops_on_a_motorway():
    network = make_network(
        "drive", edges((7, 8, 1), (8, 7, 1), (8, 9, 1, "motorway"), (9, 8, 1, "motorway"))
    )
    assert network.nodes["stoppable"].tolist() == [True, True, False]


def test_saved_and_loaded_is_the_same(tmp_path):
    network = make_network("walk", edges((7, 8, 1), (8, 9, 2), (9, 7, 3)))
    save(network, tmp_path / "streets")
    assert saved_modes(tmp_path / "streets") == ["walk"]
    again = load(tmp_path / "streets", "walk")
    pd.testing.assert_frame_equal(again.nodes, network.nodes)
    pd.testing.assert_frame_equal(pd.DataFrame(again.edges), pd.DataFrame(network.edges))
    assert [p.name for p in (tmp_path / "streets").iterdir()] == ["walk.parquet"]


def test_missing_and_damaged_files_are_one_line(tmp_path):
    with pytest.raises(StreetsError, match="no saved drive streets"):
        load(tmp_path, "drive")
    (tmp_path / "drive.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(StreetsError, match="is damaged") as caught:
        load(tmp_path, "drive")
    assert "\n" not in str(caught.value)


@pytest.mark.real
def test_albany_has_the_known_size(albany, tmp_path):
    drive = albany.networks["drive"]
    assert "of 5,255 nodes" in albany.notes[0]  # README: about 5,200
    assert 0.975 < len(drive.nodes) / 5255 < 0.99  # README: 98 % in one component
    assert 13_000 < len(drive.edges) < 13_600
    for network in albany.networks.values():
        graph = nx.DiGraph(list(zip(network.edges["u"], network.edges["v"], strict=True)))
        assert nx.is_strongly_connected(graph)
        assert len(graph) == len(network.nodes)
        save(network, tmp_path)
    assert len(load(tmp_path, "drive").edges) == len(drive.edges)


@pytest.mark.real
def test_edges_start_and_end_at_their_nodes(albany, cambridge, denver):
    for file in (albany, cambridge, denver):
        for network in file.networks.values():
            nodes = network.nodes[["lon", "lat"]].to_numpy()
            first = np.array([line.coords[0] for line in network.edges.geometry])
            last = np.array([line.coords[-1] for line in network.edges.geometry])
            assert (first == nodes[network.edges["u"]]).all()
            assert (last == nodes[network.edges["v"]]).all()
            kmh = network.edges["length_m"] / network.edges["travel_s"] * 3.6
            fastest = 130 if network.mode == "drive" else 4.5
            assert kmh.max() <= fastest + 1e-6
