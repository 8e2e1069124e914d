"""Time and memory from an export to a published plan, for a city like Albany.

Protocol. Instance: Albany's streets (about 5,000 drive nodes), 200,000 invented export rows
(seed 1), 5 teams x 5 days, at most 300 candidates, solver limit 30 s. Each stage is timed once
by the wall and by CPU, in one process after the streets are read and the calls invented (each in
a process of its own, so that their memory is not counted). Peak memory is the process's highest
resident set. Peer: the same travel times by networkx, one Dijkstra for each of 20 stops, in the
same run; the ratio is taken on those 20. Limits of the issue: under 60 s, under 2 GB.

    make bench
"""

import multiprocessing
import os
import resource
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import networkx as nx
import numpy as np

from outreach import roles
from outreach.config import CONFIG_NAME, City, Member, PlanParams, Shift, Team, dump_city, load_city
from outreach.pipeline import intake, invented, setup, view, week, week_map
from outreach.simulate.calls import CallParams
from outreach.streets.travel import snap, travel_between
from outreach.weeks import coming_week, local_date

roles.answer_by(lambda: roles.OPERATOR)  # who works on the machine, as on the command line

REPOSITORY = Path(__file__).parent.parent
DATA = Path(os.environ.get("OUTREACH_REAL_DATA", REPOSITORY.parent / "shared" / "data"))
FOLDER = REPOSITORY / "real-cities" / "bench"
NOW = datetime.now(UTC)
CALLS_PER_WEEK = 955  # about 200,000 rows in two years
PEER_STOPS = 20


@contextmanager
def timed(stage: str) -> Iterator[None]:
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{stage:34}{wall:9.1f}{cpu:9.1f}{peak_mb:12,.0f}", flush=True)


def apart(work: object) -> None:
    """Run in a process of its own."""
    process = multiprocessing.get_context("spawn").Process(target=work)
    process.start()
    process.join()
    if process.exitcode:
        sys.exit(process.exitcode)


def read_streets(folder: Path = FOLDER, **settings: object) -> None:
    """Make the city folder; ``settings`` stand beside or instead of what is set here."""
    with timed("read Albany's streets"):
        streets = DATA / "streets" / "albany_2018_clean.osm.bz2"
        setup.init_city(folder, setup.NewCity(streets=streets), report=lambda _: None)
    city = load_city(folder)
    teams = tuple(
        Team(name=f"Team {letter}", members=(Member(name=letter, role="caseworker"),))
        for letter in "ABCDE"
    )
    shift = Shift.model_validate(
        {
            "teams": [team.name for team in teams],
            "days": ["mon", "tue", "wed", "thu", "fri"],
            "start": "09:00",
            "end": "17:00",
            "pause": {"earliest": "11:30", "latest": "13:30", "minutes": 30},
        }
    )
    plan = PlanParams(max_candidates=300, solver_limit_s=30)
    told = {**dict(city), "teams": teams, "shifts": (shift,), "plan": plan, **settings}
    (folder / CONFIG_NAME).write_text(dump_city(City.model_validate(told)), encoding="utf-8")


def invent_calls(folder: Path = FOLDER) -> None:
    with timed("invent calls"):
        params = CallParams(calls_per_week=CALLS_PER_WEEK)
        wanted = invented.Invention(local_date(NOW, "America/New_York"), 1, params)
        invented.simulate_city(folder, wanted, report=lambda _: None)


def export_to_plan() -> None:
    print(f"\n{'stage':34}{'wall s':>9}{'CPU s':>9}{'peak MB':>12}")
    began = time.perf_counter()
    with timed("ingest"):
        export = FOLDER / "exports" / "calls.csv"
        read = intake.ingest_file(FOLDER, export, intake.Wishes(as_it_happened=True), now=NOW)
    with timed("plan (count, list, solve, check)"):
        made = week.make_week_plan(FOLDER, coming_week(NOW, "America/New_York"), now=NOW)
    with timed("publish"):
        week.publish_plan(FOLDER, made.week, made.number, by="benchmark", now=NOW)
    total = time.perf_counter() - began
    with timed("afterwards: what the app shows"):
        view.city_view(FOLDER, NOW)
    with timed("afterwards: the map as a file"):
        target = FOLDER / "sweep.html"
        week_map.write_week_map(FOLDER, made.week, None, target, now=NOW, report=lambda _: None)
    print(f"\nexport to published plan: {total:.1f} s (limit 60)")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory: {peak_mb:,.0f} MB (limit 2,048)")
    print(f"{read.record.rows_in:,} rows, {read.record.accepted:,} accepted")
    print({k: v for k, v in week_map.plan_facts(made).items() if k != "notes"})
    peer(made)


def peer(made: week.Plan) -> None:
    """Compare travel times with networkx on the same stops."""
    network = setup.load_networks(FOLDER)["drive"]
    stops = made.candidates[made.candidates["barred"].isna()].head(PEER_STOPS)
    points = stops["lon"].to_numpy(float), stops["lat"].to_numpy(float)
    began = time.process_time()
    travel_between(network, points, points)
    ours_s = time.process_time() - began
    graph = nx.DiGraph()
    edges = network.edges.sort_values("travel_s", ascending=False)
    graph.add_weighted_edges_from(edges[["u", "v", "travel_s"]].itertuples(index=False))
    nodes = snap(network, *points)["node"].to_numpy()
    began = time.process_time()
    found = [nx.single_source_dijkstra_path_length(graph, node) for node in nodes]
    theirs_s = time.process_time() - began
    hand = np.array([[found[i][node] for node in nodes] for i in range(len(nodes))])
    print(
        f"travel times, {len(nodes)} stops: ours {ours_s:.3f} s, networkx {theirs_s:.3f} s CPU: "
        f"{theirs_s / ours_s:.1f} times as long (longest way {hand.max() / 60:.0f} min)"
    )


def main() -> None:
    if not DATA.is_dir():
        sys.exit(f"no real data in {DATA}; name their folder in OUTREACH_REAL_DATA")
    shutil.rmtree(FOLDER, ignore_errors=True)
    print(f"{'beforehand':34}{'wall s':>9}{'CPU s':>9}{'peak MB':>12}", flush=True)
    apart(read_streets)
    apart(invent_calls)
    export_to_plan()


if __name__ == "__main__":
    main()
