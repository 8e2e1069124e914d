"""Nearest help: on a table made by hand, and against networkx on Denver's streets."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from outreach.columns import check
from outreach.resources.nearest import nearest
from outreach.schemas import NEAREST
from outreach.streets.build import read_streets
from outreach.streets.travel import snap, travel_between


def resources(*rows) -> pd.DataFrame:
    """Places given as (name, kind, needs, hours, redacted)."""
    return pd.DataFrame(
        [(name, name, kind, needs, hours, red) for name, kind, needs, hours, red in rows],
        columns=["resource_id", "name", "kind", "needs", "hours_text", "redacted"],
    )


PLACES = resources(
    ("Mission", "homeless_shelter", "homelessness", "24/7", False),
    ("Library A", "library", "homelessness quality_of_life", None, False),
    ("Library B", "library", "homelessness quality_of_life", None, False),
    ("Pantry", "food_pantry", "homelessness quality_of_life", "Mon 9-4", False),
    ("Safe place", "domestic_violence_service", "conflict homelessness", None, True),
    ("School", "disaster_shelter", "", None, False),
)
SECONDS = np.array([[900.0, 60, 120, 1200, 10, 5], [100, 200, 300, np.inf, 10, 5]])


def run(*needs, per_stop=3, mode="walk") -> pd.DataFrame:
    stops = pd.DataFrame({"stop_id": [f"s{i}" for i in range(len(needs))], "need": needs})
    seconds = SECONDS[: len(needs)]
    return nearest(stops, PLACES, seconds, seconds * 1.2, mode=mode, per_stop=per_stop)


def test_the_nearest_of_each_kind_in_order_of_time():
    found = check(run("homelessness", "homelessness"), NEAREST)
    assert found.groupby("stop_id")["name"].agg(list).to_dict() == {
        "s0": ["Library A", "Mission", "Pantry"],  # not the second library at 120 s
        "s1": ["Mission", "Library A", "Library B"],  # the pantry cannot be reached
    }
    assert found["rank"].tolist() == [1, 2, 3, 1, 2, 3]
    assert found["travel_s"].tolist()[:3] == [60, 900, 1200]
    assert found["distance_m"].tolist()[0] == 72


def test_only_what_serves_the_need_and_nothing_redacted():
    assert run("conflict").empty  # the only one for conflict is redacted
    assert check(run("mental_health"), NEAREST).empty
    assert "Mission" not in run("quality_of_life")["name"].tolist()
    everything = run("unknown", per_stop=10)["name"].tolist()
    assert sorted(everything) == ["Library A", "Library B", "Mission", "Pantry"]


def test_the_reason_is_one_honest_sentence():
    found = run("homelessness", "unknown").set_index(["stop_id", "name"])["reason"]
    assert found["s0", "Mission"] == (
        "15 min on foot; homeless shelter; for homelessness; hours on file: 24/7"
    )
    assert found["s0", "Library A"].endswith("hours not known")
    assert "need unknown, serves homelessness, quality of life" in found["s1", "Library A"]
    assert run("homelessness", mode="drive")["reason"].str.contains("min by car").all()


@pytest.mark.real
def test_nearest_on_denver_as_networkx(real_data):
    """A hundred random stops, thirty random places: the same choice by brute force."""
    path = real_data / "streets" / "denver_downtown_drive.graphml"
    network = read_streets(path, drive_speed_kmh=32, walk_speed_kmh=4.5).networks["walk"]
    rng = np.random.default_rng(7)
    west, south, east, north = network.bounds
    points = [(rng.uniform(west, east, n), rng.uniform(south, north, n)) for n in (100, 30)]
    kinds = rng.choice(["library", "hospital", "food_pantry", "homeless_shelter"], 30)
    needs = {"library": "homelessness", "hospital": "mental_health", "food_pantry": "homelessness"}
    places = resources(
        *[(f"p{i}", kind, needs.get(kind, "homelessness"), None, i % 7 == 0)
          for i, kind in enumerate(kinds)]
    )  # fmt: skip
    stops = pd.DataFrame({"stop_id": [f"s{i}" for i in range(100)]})
    stops["need"] = rng.choice(["homelessness", "mental_health", "unknown"], 100)
    travel_s, distance_m = travel_between(network, points[0], points[1])
    found = check(nearest(stops, places, travel_s, distance_m, mode="walk"), NEAREST)

    graph = nx.DiGraph()
    for edge in network.edges.sort_values("travel_s", ascending=False).itertuples():
        graph.add_edge(edge.u, edge.v, seconds=edge.travel_s)  # the fastest comes last
    at_stop, at_place = (snap(network, *p) for p in points)
    for i, stop in stops.iterrows():
        seconds = nx.single_source_dijkstra_path_length(graph, at_stop["node"][i], weight="seconds")
        best: dict[str, tuple[float, str]] = {}
        for j, place in places.iterrows():
            served = stop["need"] in ("unknown", place["needs"])
            walk = (at_stop["snap_m"][i] + at_place["snap_m"][j]) / 1.25
            time = seconds[at_place["node"][j]] + walk
            if served and not place["redacted"] and time < best.get(place["kind"], (1e9,))[0]:
                best[place["kind"]] = (time, place["name"])
        chosen = found[found["stop_id"].eq(stop["stop_id"])]
        expected = sorted(best.values())[:3]
        first_of_kind = chosen.drop_duplicates("kind")
        assert first_of_kind["name"].tolist() == [name for _, name in expected]
        np.testing.assert_allclose(first_of_kind["travel_s"], [time for time, _ in expected])
        assert chosen["travel_s"].is_monotonic_increasing
