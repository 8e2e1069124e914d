"""CPU time of access on a city like Albany, beside the hand-written networkx way.

Protocol. Instance: Albany's streets, on foot and by car; 4,000 H3 cells (resolution 10, seed 1)
of the area of the streets with invented demand, and 500 places near nodes with invented
capacity and opening hours; a catchment of 30 minutes in three bands. Measured in one process,
CPU time: travel times from every cell to every place in reach (streets read, nothing else
prepared), the two steps, and the 168 hours of the week; limit of the issue: 3 s in all. Peer, in
the same run: nx.single_source_dijkstra_path_length with a cutoff from each place on the same
streets reversed (graph built and doors known beforehand, not counted), and the two steps as
loops over pairs; no hours of the week. The ratio is its time to ours without the hours, best of
--repeat runs of ours. Both results are compared cell by cell.

    make bench-access
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import networkx as nx
import numpy as np

from outreach import cells
from outreach.resources.access import access_by_hour, step_weights, two_step
from outreach.streets.build import read_streets
from outreach.streets.network import StreetNetwork
from outreach.streets.reach import doors, within

REPOSITORY = Path(__file__).parent.parent
DATA = Path(os.environ.get("OUTREACH_REAL_DATA", REPOSITORY.parent / "shared" / "data"))
CELLS, PLACES, CATCHMENT_MIN, SEED = 4000, 500, 30.0, 1
LIMIT_S = 3.0
T = TypeVar("T")


def timed(work: Callable[[], T]) -> tuple[float, T]:
    began = time.process_time()
    found = work()
    return time.process_time() - began, found


def instance(network: StreetNetwork) -> dict[str, Any]:
    """Cells of the area, places near its nodes, and what is invented about them."""
    rng = np.random.default_rng(SEED)
    chosen = rng.choice(cells.covering(network.hull, 10), CELLS, replace=False)
    middles = np.array([cells.centre(cell) for cell in chosen])
    nodes = network.nodes.iloc[rng.choice(len(network.nodes), PLACES, replace=False)]
    near = nodes[["lon", "lat"]].to_numpy(float) + rng.normal(0, 0.0003, (PLACES, 2))
    return {
        "starts": (middles[:, 0], middles[:, 1]),
        "ends": (near[:, 0], near[:, 1]),
        "demand": rng.gamma(0.5, 2.0, CELLS),
        "capacity": rng.integers(1, 40, PLACES).astype(float),
        "open": rng.random((168, PLACES)) < 0.3,
    }


def by_hand(network: StreetNetwork, case: dict[str, Any]) -> tuple[float, list[float]]:
    """The way a script does it: a search for each place, then loops over pairs."""
    graph = nx.DiGraph()
    slow_first = network.edges.sort_values("travel_s", ascending=False)  # the fastest stays
    graph.add_weighted_edges_from(slow_first[["v", "u", "travel_s"]].itertuples(index=False))
    start, start_s = (part.tolist() for part in doors(network, case["starts"]))
    end, end_s = (part.tolist() for part in doors(network, case["ends"]))
    demand, capacity = case["demand"].tolist(), case["capacity"].tolist()
    steps = sorted(step_weights(CATCHMENT_MIN).items())

    def weight(minutes: float) -> float:
        return next((value for limit, value in steps if minutes <= limit), 0.0)

    def work() -> list[float]:
        found = [0.0] * len(demand)
        limit_s = 60 * CATCHMENT_MIN
        for node, door_s, held in zip(end, end_s, capacity, strict=True):
            seconds = nx.single_source_dijkstra_path_length(graph, node, cutoff=limit_s)
            near = {}
            for cell, (at, walk_s) in enumerate(zip(start, start_s, strict=True)):
                if at in seconds:
                    value = weight((seconds[at] + walk_s + door_s) / 60)
                    if value:
                        near[cell] = value
            crowd = sum(demand[cell] * value for cell, value in near.items())
            for cell, value in near.items():
                if crowd > 0:
                    found[cell] += value * held / crowd
        return found

    return timed(work)


def run(network: StreetNetwork, repeat: int) -> dict[str, Any]:
    case = instance(network)
    weights = step_weights(CATCHMENT_MIN)
    best: dict[str, float] = {}
    for _ in range(repeat):
        fresh = StreetNetwork(network.mode, network.nodes, network.edges)
        travel_s, seconds = timed(
            lambda net=fresh: within(net, case["starts"], case["ends"], limit_s=60 * CATCHMENT_MIN)
        )
        place = case["demand"], case["capacity"], seconds / 60
        steps_s, access = timed(lambda p=place: two_step(*p, weights=weights))
        hours_s, by_hour = timed(lambda p=place: access_by_hour(*p, case["open"], weights=weights))
        assert by_hour.shape == (CELLS, 168)
        now = {"travel_cpu_s": travel_s, "two_step_cpu_s": steps_s, "by_hour_cpu_s": hours_s}
        if not best or sum(now.values()) < sum(best.values()):
            best = now
    theirs_s, hand = by_hand(network, case)
    np.testing.assert_allclose(access, hand, rtol=1e-9, atol=1e-12)
    ours_s = best["travel_cpu_s"] + best["two_step_cpu_s"]
    return {
        **best,
        "cpu_s": sum(best.values()),
        "pairs_in_reach": int(np.isfinite(seconds).sum()),
        "networkx_cpu_s": theirs_s,
        "ratio": theirs_s / ours_s,
        "largest_difference": float(np.abs(access - hand).max()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--repeat", type=int, default=3, help="runs of ours; the best counts")
    wishes = parser.parse_args()
    if not DATA.is_dir():
        sys.exit(f"no real data in {DATA}; name their folder in OUTREACH_REAL_DATA")
    streets = DATA / "streets" / "albany_2018_clean.osm.bz2"
    networks = read_streets(streets, drive_speed_kmh=32, walk_speed_kmh=4.5).networks
    found = {mode: run(network, wishes.repeat) for mode, network in networks.items()}
    total_s = sum(result["cpu_s"] for result in found.values())
    if wishes.json:
        told = {"cells": CELLS, "places": PLACES, "cpu_s": total_s, "limit_s": LIMIT_S}
        print(json.dumps({**told, "modes": found}, indent=1))
        return
    print(f"{CELLS:,} cells, {PLACES} places, {CATCHMENT_MIN:g} min; CPU seconds")
    print(f"{'':8}{'travel':>9}{'two steps':>11}{'by hour':>9}{'networkx':>10}{'ratio':>8}")
    for mode, result in found.items():
        print(
            f"{mode:8}{result['travel_cpu_s']:9.2f}{result['two_step_cpu_s']:11.2f}"
            f"{result['by_hour_cpu_s']:9.2f}{result['networkx_cpu_s']:10.1f}"
            f"{result['ratio']:7.0f}x"
        )
    largest = max(result["largest_difference"] for result in found.values())
    print(f"in all {total_s:.2f} s (limit {LIMIT_S:g}); largest difference {largest:.1e}")


if __name__ == "__main__":
    main()
