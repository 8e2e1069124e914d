"""The nearest help that is open on arrival: 300 stops, 500 places, on Albany's streets.

Protocol. Streets: Albany and neighbours from OpenStreetMap (about 12,000 walk nodes, 5,200 drive
nodes), kept between runs under real-cities/. Places: those of OpenStreetMap and the Capital
District pantries that serve a need, are not redacted and lie on those streets, with their hours as
our readers read them; filled up to 500 with invented ones at random corners (seed 1) whose hours
are drawn from the list RULES (one in ten has none), those for mediation from a list of their own.
Stops: 300 random points that are left at random moments of Monday to Friday, 9 to 17, of 2026-W48
(which holds Thanksgiving), four of five by teams with a car.

ours     times on foot and by car, openings of nine days, what is found on arrival, the choice, its
         reasons, and the length of the ways chosen
by hand  networkx: for each stop one single_source_dijkstra on foot and one by car, and a loop over
         the places that asks OpeningHours (parsed once a place) at each arrival. Its graphs are
         built beforehand and not counted. On the first stops only; the ratio is taken a stop

Both must name the same places in the same order in the same state. Time is the processor's, of
this process, of the first and only run of ours. Limit of the issue: 3 s.

    python benchmarks/nearest_open.py [--json] [--peer-stops 20]
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import networkx as nx
import numpy as np
import pandas as pd
from opening_hours import OpeningHours, State

from outreach import roles
from outreach.config import DATA_FOLDER, ResourceParams
from outreach.pipeline.nearby import with_distance
from outreach.resource_schemas import NEAREST
from outreach.resources.directory.services import to_resources
from outreach.resources.directory.sources import load_kinds, read_source
from outreach.resources.hours.openings import holiday_unsaid, openings
from outreach.resources.nearest import nearest
from outreach.schemas import ALL_NEEDS, NEEDS, UNKNOWN
from outreach.streets.build import read_streets
from outreach.streets.network import MODES, Mode, StreetNetwork, load, save, saved_modes
from outreach.streets.reach import within
from outreach.streets.travel import DOOR_SPEED_KMH, snap

roles.answer_by(lambda: roles.OPERATOR)  # who works on the machine, as on the command line

REPOSITORY = Path(__file__).parent.parent
DATA = Path(os.environ.get("OUTREACH_REAL_DATA", REPOSITORY.parent / "shared" / "data"))
FOLDER = REPOSITORY / "real-cities" / "nearest-open"
STREETS = DATA / "streets" / "albany_2018_clean.osm.bz2"
PLACES = (
    DATA / "places" / "albany" / "albany_2018_pois.geojson",
    DATA / "resources" / "capital_district_food_pantries.csv",
)
ZONE, COUNTRY = "America/New_York", "US"
MONDAY = datetime(2026, 11, 23, tzinfo=ZoneInfo(ZONE))
STOPS, RESOURCES, LIMIT_S, SEED = 300, 500, 3.0, 1
PARAMS = ResourceParams()
KINDS = ("homeless_shelter", "food_pantry", "drop_in_center", "library", "mediation", "hospital")
RULES = (
    "24/7",
    "Mo-Fr 09:00-17:00",
    "Mo-Fr 09:00-17:00; PH off",
    "Mo-Sa 08:30-12:00,13:00-16:30; PH off",
    "Tu,Th 17:30-20:00",
    "Mo[1],Mo[3] 09:00-11:00; PH off",
    "We 12:00-14:00, Sa 10:00-12:00",
    "Mo-Su 20:00-08:00",
    "Mo-Fr 10:00-18:00; Sa 10:00-14:00; PH closed",
    'Mo-Fr unknown "by appointment"',
    "Nov-Mar Mo-Su 18:00-07:00",
)
# So that not every stop finds three open places.
MEDIATION_RULES = ("Tu,Th 17:30-20:00", "Fr 09:00-11:00", 'We,Th unknown "by appointment"')


def streets() -> dict[Mode, StreetNetwork]:
    """Return Albany's streets as a city folder has them, nothing computed yet."""
    if set(saved_modes(FOLDER)) != set(MODES):
        for network in read_streets(
            STREETS, drive_speed_kmh=32, walk_speed_kmh=4.5
        ).networks.values():
            save(network, FOLDER)
    return {mode: load(FOLDER, mode) for mode in MODES}


def real_places(network: StreetNetwork) -> pd.DataFrame:
    """Return RESOURCES of the real files that can be offered on these streets."""
    kinds = load_kinds(DATA_FOLDER / "resource_kinds.csv")
    read = [to_resources(read_source(path, kinds).tables, kinds) for path in PLACES]
    found = pd.concat(read, ignore_index=True).drop_duplicates("resource_id")
    west, south, east, north = network.bounds
    here = found["lon"].between(west, east) & found["lat"].between(south, north)
    by_rule = found["hours"].fillna("").str.startswith("RRULE")  # not for the peer's library
    return found[here & found["needs"].ne("") & ~found["redacted"] & ~by_rule]


def make_places(network: StreetNetwork, rng: np.random.Generator) -> tuple[pd.DataFrame, int]:
    """Return 500 RESOURCES, and how many of them are real."""
    real = real_places(network).head(RESOURCES)
    wanted = RESOURCES - len(real)
    corners = network.nodes[network.nodes["stoppable"]].iloc[:, :2]
    where = corners.sample(wanted, random_state=rng)
    needs = load_kinds(DATA_FOLDER / "resource_kinds.csv").set_index("kind")["needs"]
    kind = rng.choice(KINDS, wanted)
    rules = [MEDIATION_RULES if k == "mediation" else RULES for k in kind]
    hours = [str(rng.choice(mine)) if rng.random() < 0.9 else None for mine in rules]
    made = pd.DataFrame({"resource_id": [f"invented:{n}" for n in range(wanted)]}).assign(
        name=[f"Place {n}" for n in range(wanted)],
        kind=kind,
        needs=needs[kind].to_numpy(),
        hours=pd.Series(hours, dtype="object"),
        hours_state=["none" if rule is None else "read" for rule in hours],
        languages="",
        redacted=False,
        lon=where["lon"].to_numpy(),
        lat=where["lat"].to_numpy(),
    )
    both = pd.concat([real, made], ignore_index=True)
    both["redacted"] = both["redacted"].astype(bool)
    return both, len(real)


def make_stops(network: StreetNetwork, rng: np.random.Generator) -> pd.DataFrame:
    """Return visits at random points and moments of a working week."""
    corners = network.nodes[network.nodes["stoppable"]].sample(STOPS, random_state=rng)
    day, minute = rng.integers(0, 5, STOPS), rng.integers(9 * 60, 17 * 60, STOPS)
    leave = [
        MONDAY + timedelta(days=int(d), minutes=int(m)) for d, m in zip(day, minute, strict=True)
    ]
    return pd.DataFrame(
        {
            "stop_id": [f"s{n}" for n in range(STOPS)],
            "need": rng.choice(ALL_NEEDS, STOPS),
            "leave_at": pd.to_datetime(pd.Series(leave), utc=True),
            "can_drive": rng.random(STOPS) < 0.8,
            "language": None,
            "age": np.nan,
            "lon": corners["lon"].to_numpy() + rng.normal(0, 2e-4, STOPS),
            "lat": corners["lat"].to_numpy() + rng.normal(0, 2e-4, STOPS),
        }
    )


def points(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    return frame["lon"].to_numpy(float), frame["lat"].to_numpy(float)


def ours(
    stops: pd.DataFrame, places: pd.DataFrame, networks: dict[Mode, StreetNetwork]
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Return NEAREST, and the seconds of each part."""
    began, spent = time.process_time(), {}

    def note(part: str) -> None:
        nonlocal began
        now = time.process_time()
        spent[part], began = now - began, now

    travel_s = {mode: within(networks[mode], points(stops), points(places)) for mode in MODES}
    note("travel times")
    until = MONDAY + timedelta(days=9)
    hours = openings(places, since=MONDAY, until=until, time_zone=ZONE, country=COUNTRY)
    note("openings")
    found = nearest(stops, places, hours, travel_s, params=PARAMS, time_zone=ZONE)
    note("arrival, choice, reasons")
    made = with_distance(found, stops, places, dict(networks))
    note("lengths of the ways chosen")
    return made[list(NEAREST.columns)], spent


class ByHand:
    """The same by loops, as one writes it with networkx and a library of opening hours."""

    def __init__(
        self, places: pd.DataFrame, stops: pd.DataFrame, networks: dict[Mode, StreetNetwork]
    ) -> None:
        """Build what may be kept between stops: graphs, corners, hours."""
        self.places = places.to_dict("records")
        zone = ZoneInfo(ZONE)
        self.hours = [
            OpeningHours(p["hours"], timezone=zone, country=COUNTRY)
            if p["hours_state"] == "read"
            else None
            for p in self.places
        ]
        self.graphs = {mode: _graph(networks[mode]) for mode in MODES}
        self.corners = {
            mode: (snap(networks[mode], *points(stops)), snap(networks[mode], *points(places)))
            for mode in MODES
        }

    def offers(self, at: int, stop: dict[str, Any]) -> list[tuple[str, str, float]]:
        """Return (resource_id, on_arrival, travel_s) of one stop."""
        seconds = {mode: self._seconds(mode, at) for mode in MODES}
        tiers: dict[int, list[tuple[bool, float, int, str]]] = {}
        for j, place in enumerate(self.places):
            needs = set(place["needs"].split())
            if not needs & (set(NEEDS) if stop["need"] == UNKNOWN else {stop["need"]}):
                continue
            walk, drive = seconds["walk"][j], seconds["drive"][j]
            by_car = walk > PARAMS.walk_limit_min * 60 and stop["can_drive"]
            way = drive if by_car else walk
            leave = stop["leave_at"].to_pydatetime()
            arrive = (leave + timedelta(seconds=float(way))).astimezone(ZoneInfo(ZONE))
            tier, state = self._state(j, arrive)
            tiers.setdefault(tier, []).append((by_car, way, j, state))
        chosen = []
        for tier in [t for t in (0, 1, 2) if t in tiers] or sorted(tiers):
            first, more, seen = [], [], set()
            for offer in sorted(tiers[tier]):
                kind = self.places[offer[2]]["kind"]
                (more if kind in seen else first).append(offer)
                seen.add(kind)
            chosen += first + more
        best = chosen[: PARAMS.per_stop]
        return [(self.places[j]["resource_id"], state, way) for _, way, j, state in best]

    def _seconds(self, mode: Mode, at: int) -> list[float]:
        starts, ends = self.corners[mode]
        found, _ = nx.single_source_dijkstra(self.graphs[mode], starts["node"][at], weight="s")
        speed = DOOR_SPEED_KMH / 3.6
        return [
            found[node] + starts["snap_m"][at] / speed + away / speed
            for node, away in zip(ends["node"], ends["snap_m"], strict=True)
        ]

    def _state(self, j: int, arrive: datetime) -> tuple[int, str]:
        hours = self.hours[j]
        if hours is None:
            return 2, "unknown"
        state, _ = hours.state(arrive)
        if state == State.CLOSED:
            return 4, "closed"
        if state == State.UNKNOWN:
            return 1, "by_appointment"
        text = self.places[j]["hours"]
        if text != "24/7" and holiday_unsaid(text, arrive.date(), COUNTRY):
            return 2, "unknown"
        closes = hours.next_change(arrive)
        least = timedelta(minutes=PARAMS.least_left_min)
        return (0 if closes is None or closes - arrive >= least else 3), "open"


def _graph(network: StreetNetwork) -> nx.MultiDiGraph:
    graph = nx.MultiDiGraph()
    edges = network.edges
    graph.add_weighted_edges_from(
        zip(edges["u"], edges["v"], edges["travel_s"], strict=True), weight="s"
    )
    return graph


def differing(
    found: pd.DataFrame, stops: pd.DataFrame, told: dict[str, list[tuple[str, str, float]]]
) -> Iterator[str]:
    """Yield the stops whose offers are not the same."""
    for stop_id in stops["stop_id"].head(len(told)):
        mine = found[found["stop_id"] == stop_id]
        theirs = told[stop_id]
        same = list(zip(mine["resource_id"], mine["on_arrival"], strict=True)) == [
            (name, state) for name, state, _ in theirs
        ]
        if not same or not np.allclose(mine["travel_s"], [way for *_, way in theirs]):
            yield stop_id


def measure(peer_stops: int) -> dict[str, Any]:
    rng = np.random.default_rng(SEED)
    networks = streets()
    places, real = make_places(networks["walk"], rng)
    stops = make_stops(networks["walk"], rng)
    found, spent = ours(stops, places, networks)
    by_hand = ByHand(places, stops, networks)
    began, told = time.process_time(), {}
    for at, stop in enumerate(stops.head(peer_stops).to_dict("records")):
        told[stop["stop_id"]] = by_hand.offers(at, stop)
    hand_s = time.process_time() - began
    ours_s = sum(spent.values())
    return {
        "stops": STOPS,
        "resources": RESOURCES,
        "real_resources": real,
        "with_hours_read": int(places["hours_state"].eq("read").sum()),
        "ours_s": round(ours_s, 2),
        "parts_s": {part: round(seconds, 2) for part, seconds in spent.items()},
        "limit_s": LIMIT_S,
        "by_hand_stops": peer_stops,
        "by_hand_s": round(hand_s, 2),
        "by_hand_all_stops_s": round(hand_s * STOPS / peer_stops, 1),
        "ratio": round(hand_s / peer_stops / (ours_s / STOPS), 1),
        "stops_that_differ": list(differing(found, stops, told)),
        "offers": len(found),
        "on_arrival": found["on_arrival"].value_counts().to_dict(),
    }


def main() -> None:
    if not DATA.is_dir():
        sys.exit(f"no real data in {DATA}; name their folder in OUTREACH_REAL_DATA")
    asked = argparse.ArgumentParser(description="nearest help that is open on arrival")
    asked.add_argument("--json", action="store_true")
    asked.add_argument("--peer-stops", type=int, default=20)
    given = asked.parse_args()
    made = measure(min(given.peer_stops, STOPS))
    if given.json:
        print(json.dumps(made, indent=1))
    else:
        print(f"{STOPS} stops, {RESOURCES} places ({made['real_resources']} real), Albany")
        for part, seconds in made["parts_s"].items():
            print(f"  {part:28}{seconds:8.2f} s CPU")
        print(f"  {'ours':28}{made['ours_s']:8.2f} s CPU (limit {LIMIT_S:g})")
        hand = f"by hand, {made['by_hand_stops']} stops"
        print(f"  {hand:28}{made['by_hand_s']:8.2f} s CPU")
        print(f"  {'by hand, all stops':28}{made['by_hand_all_stops_s']:8.1f} s CPU, extrapolated")
        print(f"  {'ratio':28}{made['ratio']:8.1f}")
        print(f"  offers: {made['offers']}, {made['on_arrival']}")
        print(f"  stops that differ: {made['stops_that_differ'] or 'none'}")
    if made["stops_that_differ"] or made["ours_s"] > LIMIT_S:
        sys.exit(1)


if __name__ == "__main__":
    main()
