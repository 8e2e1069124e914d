"""A small invented city, ready-made in every table, for the tests of maps and pages.

It stands in for the whole chain before them; ``write_app`` shows it in the real pages.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import wraps
from pathlib import Path
from time import sleep
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from make_resources import resources as make_resources
from shapely import LineString, Point, Polygon

from outreach import cells, config
from outreach.columns import check, empty
from outreach.demand.backtest import Backtest
from outreach.outcomes.exposure import Stickiness
from outreach.pipeline import backtest as testing
from outreach.pipeline import demand as refresh
from outreach.pipeline import replan as replanning
from outreach.pipeline import scenario
from outreach.pipeline import view as city_data
from outreach.pipeline import week as planning
from outreach.pipeline.demand import Demand
from outreach.pipeline.view import CityView
from outreach.plan import document
from outreach.plan.solver import Progress
from outreach.plan_schemas import KINDS, KNOWN_KINDS, PAUSES
from outreach.resource_schemas import NEAREST
from outreach.schemas import ALL_NEEDS, LABELS, NEEDS
from outreach.store.secrets import make_key
from outreach.streets.network import Mode, StreetNetwork, make_network
from outreach.weeks import at_local

ZONE = "America/New_York"
AS_OF = datetime(2026, 11, 22, 12, tzinfo=UTC)
NOW = AS_OF + timedelta(hours=3)  # on a Sunday morning; the plan is for the week to come
MONDAY = date(2026, 11, 23)
WEST, SOUTH = -73.80, 42.64
STEP_X, STEP_Y = 0.0024, 0.0018
SIZE = 22
HOSTILE = "</script><img src=x onerror=alert(1)> {{ 'boo' }}"
STREETS = (
    "Ash",
    "Birch",
    "Cedar",
    "Dogwood",
    "Elm",
    "Fir",
    "Ginkgo",
    "Hazel",
    "Ironwood",
    "Juniper",
)


def once(make: Callable[..., Any]) -> Callable[..., Any]:
    """Build it once for the same settings, and hand out copies, which a test may change."""
    built: dict[str, Any] = {}

    @wraps(make)
    def copied(*told: Any) -> Any:
        key = repr(told)
        if key not in built:
            built[key] = make(*told)
        return deepcopy(built[key])

    return copied


def settings() -> config.City:
    """Two teams, five days."""
    people = {
        "Team North": [("Ana", "caseworker"), ("Bo", "peer")],
        "Team South": [("Cy", "clinician"), ("Di", "caseworker")],
        "Team East": [("Ed", "caseworker"), ("Flo", "officer")],
    }
    return config.City(
        name="Riverton",
        time_zone=ZONE,
        invented_data=True,
        home_base=config.Base(
            name="Outreach office", lat=SOUTH + 9 * STEP_Y, lon=WEST + 9 * STEP_X
        ),
        teams=tuple(
            config.Team(name=name, members=tuple(config.Member(name=n, role=r) for n, r in members))
            for name, members in people.items()
        ),
        shifts=(
            config.Shift(
                teams=tuple(people),
                days=("mon", "tue", "wed", "thu", "fri"),
                start=time(9),
                end=time(16),
            ),
        ),
    )


def node(i: int, j: int) -> tuple[float, float]:
    """A crossing of the grid, bent a little so that it looks like a town."""
    return WEST + i * STEP_X + 0.0006 * np.sin(j / 3), SOUTH + j * STEP_Y + 0.0005 * np.sin(i / 4)


@once
def network(mode: Mode = "drive") -> StreetNetwork:
    """A grid of streets, each way its own row."""
    rows = []
    for i in range(SIZE):
        for j in range(SIZE):
            for di, dj in ((1, 0), (0, 1)):
                if i + di >= SIZE or j + dj >= SIZE:
                    continue
                name = f"{STREETS[j % 10]} Street" if di else f"{i + 1} Avenue"
                a, b = (i * SIZE + j), ((i + di) * SIZE + j + dj)
                line = LineString([node(i, j), node(i + di, j + dj)])
                metres = 200.0
                fast = 16 if (j == 10 and di) else 9
                seconds = metres / (fast if mode == "drive" else 1.25)
                for u, v, shape in ((a, b, line), (b, a, line.reverse())):
                    rows.append((u, v, metres, seconds, name, False, shape))
    columns = ["u", "v", "length_m", "travel_s", "name", "limited", "geometry"]
    edges = gpd.GeoDataFrame(rows, columns=columns, crs="EPSG:4326")
    return make_network(mode, edges)


def areas() -> gpd.GeoDataFrame:
    """A river and a park."""
    river = LineString([node(2, -1), node(5, 6), node(13, 12), node(16, 23)]).buffer(0.0014)
    (x0, y0), (x1, y1) = node(15, 3), node(18, 6)
    park = Polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
    data = {"name": ["River", "Commons"], "kind": ["water", "park"], "geometry": [river, park]}
    return gpd.GeoDataFrame(data, crs="EPSG:4326")


def points(n: int, seed: int) -> np.ndarray:
    """Points near three busy spots, at crossings."""
    rng = np.random.default_rng(seed)
    spots = np.array([(6, 14), (14, 8), (11, 17)])[rng.integers(0, 3, n)]
    grid = np.clip(np.rint(spots + rng.normal(0, 2.6, (n, 2))), 0, SIZE - 1).astype(int)
    return np.array([node(int(i), int(j)) for i, j in grid])


@once
def rates_and_counts() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Two years of calls in cells."""
    rng = np.random.default_rng(3)
    where = points(6000, 4)
    found = cells.parents(cells.fine_cells(where[:, 0], where[:, 1]).to_numpy(np.int64), 9)
    weeks = [MONDAY - timedelta(weeks=int(w)) for w in rng.integers(0, 104, len(found))]
    need = rng.choice(ALL_NEEDS, len(found), p=[0.3, 0.2, 0.2, 0.12, 0.12, 0.06])
    calls = pd.DataFrame({"cell": found, "week": weeks, "need": need})
    counts = calls.groupby(["cell", "week", "need"]).size().rename("calls").reset_index()
    rates = counts.groupby("cell", as_index=False)["calls"].sum()
    rates["weekly_rate"] = rates["calls"] / 104
    rates["recent_calls"] = (rates["calls"] / 12).round().astype(int)
    rates["before_calls"] = (rates["calls"] / 13).round().astype(int)
    rates["near"] = [f"{STREETS[i % 10]} & {STREETS[(i + 3) % 10]}" for i in range(len(rates))]
    rates["q"] = rng.random(len(rates))
    rates["trend"] = rng.choice(["growing", "fading", "steady"], len(rates), p=[0.08, 0.06, 0.86])
    rates["top_need"] = rng.choice(NEEDS, len(rates))
    rates["reason"] = [
        f"{r} calls in 8 weeks, {b} in the 8 before"
        for r, b in zip(rates.recent_calls, rates.before_calls, strict=True)
    ]
    weekly = counts.groupby(["week", "need"], as_index=False)["calls"].sum()
    weekly["partial"] = weekly["week"] == MONDAY
    return rates, counts, weekly


def calendar() -> pd.DataFrame:
    """The weeks of the counts; one of them is a gap, and the last is not over."""
    weeks = [MONDAY - timedelta(weeks=w) for w in range(103, -1, -1)]
    days_seen = [0 if w == 30 else 6 if w == 103 else 7 for w in range(104)]
    return pd.DataFrame({"week": weeks, "days_seen": days_seen})


def places() -> pd.DataFrame:
    """Repeat places, one with a hostile address, two facilities."""
    n = 40
    where = points(n, 7)
    number = np.arange(n)
    calls = np.maximum(60 - number, 4)
    return pd.DataFrame(
        {
            "place_id": [f"p{i}" for i in number],
            "lon": where[:, 0],
            "lat": where[:, 1],
            "address": [HOSTILE, *(f"{100 + i} {STREETS[i % 10]} Street" for i in number[1:])],
            "kind": ["place"] * (n - 2) + ["facility", "default_geocode"],
            "calls": calls,
            "weekly_rate": calls / 26,
            "expected_calls": calls / 26 * 3.6,
            "first_call_at": pd.Timestamp("2026-05-28", tz="UTC"),
            "last_call_at": pd.Timestamp("2026-11-20", tz="UTC"),
            "top_need": [NEEDS[i % 5] for i in number],
            "home_visit": True,
            "safety_share": 0.1,
            "cluster_id": pd.array([0 if i < 4 else None for i in number], dtype="Int64"),
            "reason": [f"{c} calls for help in 182 days, the last on 20 Nov" for c in calls],
        }
    )


def clusters() -> gpd.GeoDataFrame:
    """One group of repeat places."""
    first = places().iloc[0]
    data = {
        "cluster_id": [0],
        "places": [4],
        "calls": [234],
        "lon": [first.lon],
        "lat": [first.lat],
    }
    return gpd.GeoDataFrame(data, geometry=[Point(first.lon, first.lat).buffer(0.002)], crs=4326)


def persons() -> pd.DataFrame:
    """People under pseudonyms."""
    where = points(12, 9)
    number = np.arange(12)
    return pd.DataFrame(
        {
            "person_id": [f"P-{7000 + 37 * i:05d}" for i in number],
            "calls": 15 - number,
            "weekly_rate": (15 - number) / 26,
            "first_call_at": pd.Timestamp("2026-06-02", tz="UTC"),
            "last_call_at": pd.Timestamp("2026-11-19", tz="UTC"),
            "top_need": [NEEDS[i % 5] for i in number],
            "place_id": [f"p{i}" for i in number],
            "lon": where[:, 0],
            "lat": where[:, 1],
            "address": [f"{100 + i} {STREETS[i % 10]} Street" for i in number],
            "places": 1 + number % 3,
            "home_visit": True,
            "safety_share": 0.0,
            "reason": [
                f"{15 - i} calls for help in 182 days from {1 + i % 3} places" for i in number
            ],
        }
    )


@once
def resources() -> pd.DataFrame:
    """Places of help; the last one is redacted."""
    kinds = [
        "hospital",
        "shelter",
        "food_pantry",
        "library",
        "clinic",
        "shelter",
        "food_pantry",
        "shelter",
    ]
    where = points(len(kinds), 21)
    names = ["City Hospital", "Night Shelter", "Elm Pantry", "Main Library", "Walk-in Clinic"]
    names += ["Winter Shelter", "Church Pantry", "SECRET HOUSE"]
    return make_resources(
        name=names,
        kind=kinds,
        needs="homelessness mental_health",
        address=[f"{i} Fir Street" for i in range(len(kinds))],
        phone="555 0100",
        hours_text="Mon-Fri 9-5",
        hours="Mo-Fr 09:00-17:00",
        hours_state="read",
        verified_on=date(2026, 10, 1),
        redacted=[False] * (len(kinds) - 1) + [True],
        lon=where[:, 0],
        lat=where[:, 1],
    )


def _walk(a: tuple[float, float], b: tuple[float, float]) -> LineString:
    corner = (b[0], a[1])
    return LineString([a, corner, b] if corner not in (a, b) else [a, b])


@once
def plan(city: config.City) -> document.Plan:
    """Three teams, five days, four or five stops each."""
    number = np.arange(90)
    where = points(90, 31)
    kinds = np.array(KINDS)[number % len(KINDS)]
    labels = [f"{100 + i} {STREETS[i % 10]} Street" for i in number]
    labels[0] = HOSTILE
    candidates = pd.DataFrame(
        {
            "candidate_id": [f"c{i}" for i in number],
            "kind": kinds,
            "subject": [f"s{i}" for i in number],
            "label": labels,
            "lon": where[:, 0],
            "lat": where[:, 1],
            "need": [NEEDS[i % 5] for i in number],
            "prize": 2.4 - number / 50,
            "service_min": 20.0,
            "days": "mon tue wed thu fri sat sun",
            "days_why": "",
            "window_from_local": "09:00",
            "window_until_local": "19:00",
            "with_staff": pd.Series([None] * 90, dtype="str"),
            "response_mode": ["co_response" if i % 9 == 5 else "community" for i in number],
            "no_police": False,
            "known": np.isin(kinds, KNOWN_KINDS),
            "must": kinds == "notification",
            "visit_group": [f"s{i}" for i in number],
            "gap_days": 7,
            "people_needed": 1,
            "seats_needed": 0,
            "language": pd.Series([None] * 90, dtype="str"),
            "preferred_staff": pd.Series([None] * 90, dtype="str"),
            "due_on": pd.Series([None] * 90, dtype="object"),
            "task_id": pd.Series([None] * 90, dtype="str"),
            "barred": pd.Series([None] * 88 + ["asked not to be visited"] * 2, dtype="str"),
            "barred_cause": pd.Series([None] * 88 + ["consent"] * 2, dtype="str"),
            "reason": "14 calls for help in 182 days, the last on 18 Nov",
        }
    )
    shifts, stops, legs, used = [], [], [], 0
    base = (city.home_base.lon, city.home_base.lat)
    for day in range(5):
        for team in city.teams:
            today = MONDAY + timedelta(days=day)
            shift_id = f"{today}/{team.name}"
            at = at_local(today, time(9), ZONE)
            members = ", ".join(f"{m.name} ({m.role})" for m in team.members)
            shifts.append(
                (shift_id, team.name, today, at, at + timedelta(hours=7), members, team.has_officer)
            )
            here = base
            for order in range(1, 6):
                c = candidates.iloc[used]
                used += 1
                at += timedelta(minutes=9)
                stops.append(
                    (
                        shift_id,
                        team.name,
                        today,
                        order,
                        c.candidate_id,
                        at,
                        at,
                        at + timedelta(minutes=20),
                        540.0,
                        2100.0,
                        "2.4 calls a week come from here; it lies on the way of the shift.",
                    )
                )
                at += timedelta(minutes=20)
                legs.append((shift_id, order, 540.0, 2100.0, _walk(here, (c.lon, c.lat))))
                here = (c.lon, c.lat)
            legs.append((shift_id, 6, 300.0, 900.0, _walk(here, base)))
    stop_columns = [
        "shift_id",
        "team",
        "day",
        "order",
        "candidate_id",
        "arrive_at",
        "start_at",
        "leave_at",
    ]
    stop_columns += ["travel_s", "distance_m", "why"]
    shift_columns = ["shift_id", "team", "day", "start_at", "end_at", "members", "has_officer"]
    left = candidates.iloc[used:]
    why = [
        "Barred: asked not to be visited" if pd.notna(b) else "No shift had time left"
        for b in left.barred
    ]
    shift_frame = pd.DataFrame(shifts, columns=shift_columns).assign(
        pause_earliest=pd.Series(pd.NaT, index=range(15), dtype="datetime64[us, UTC]"),
        pause_latest=pd.Series(pd.NaT, index=range(15), dtype="datetime64[us, UTC]"),
        pause_s=0.0,
        travel="drive",
        seats=5,
        start_base=city.home_base.name,
        start_lon=base[0],
        start_lat=base[1],
        end_base=city.home_base.name,
        end_lon=base[0],
        end_lat=base[1],
        languages="en",
    )
    return document.Plan(
        week="2026-W48",
        city=city.name,
        time_zone=ZONE,
        base=base,
        made_at=AS_OF,
        as_of=AS_OF,
        solver="fake",
        seed=1,
        limit_s=1.0,
        exploration_share=0.1,
        shifts=shift_frame,
        candidates=candidates,
        stops=pd.DataFrame(stops, columns=stop_columns),
        legs=pd.DataFrame(
            legs, columns=["shift_id", "order", "travel_s", "distance_m", "geometry"]
        ),
        pauses=empty(PAUSES),
        left_out=pd.DataFrame(
            {
                "candidate_id": left.candidate_id,
                "cause": ["consent" if pd.notna(b) else "no_time" for b in left.barred],
                "why": why,
            }
        ).reset_index(drop=True),
        nearest=_nearest(candidates.iloc[:used]),
        invented_data=True,
    )


def _nearest(stops: pd.DataFrame) -> pd.DataFrame:
    help_ = resources()
    rows = []
    for number, stop in enumerate(stops["candidate_id"]):
        for rank, pick in enumerate(((number % 7), 7, (number + 2) % 7), start=1):
            r = help_.iloc[pick]
            rows.append(
                (stop, rank, r.resource_id, r["name"], r.kind, 200.0 * rank, 900.0 * rank, "near")
            )
    columns = ["stop_id", "rank", "resource_id", "name", "kind", "travel_s", "distance_m", "reason"]
    noon = pd.Timestamp(MONDAY, tz=ZONE).tz_convert("UTC") + pd.Timedelta(hours=12)
    found = pd.DataFrame(rows, columns=columns).assign(mode="walk", on_arrival="open")
    found["walk_s"] = found["travel_s"]
    found["drive_s"] = found["travel_s"] / 4
    found["arrive_at"] = noon.as_unit("us")
    found["closes_at"] = (noon + pd.Timedelta(hours=5)).as_unit("us")
    found["opens_at"] = pd.Series(pd.NaT, found.index, "datetime64[us, UTC]")
    return check(found[list(NEAREST.columns)], NEAREST)


def imports() -> pd.DataFrame:
    """Two files that came in."""
    return pd.DataFrame(
        {
            "batch_id": ["b2", "b1"],
            "file": ["calls_2026.csv", "calls_2025.csv.gz"],
            "export": ["riverton_cad", "riverton_cad"],
            "ingested_at": pd.to_datetime(["2026-11-22T11:00Z", "2026-01-02T09:00Z"]),
            "rows_in": [4210, 3900],
            "accepted": [4180, 3850],
            "duplicates": [20, 40],
            "quarantined": [10, 10],
            "unplaced": [55, 20],
            "officer_initiated": [1600, 1500],
            "first_received_at": pd.to_datetime(["2026-01-01T05:00Z", "2025-01-01T05:00Z"]),
            "last_received_at": pd.to_datetime(["2026-11-22T04:00Z", "2026-01-01T04:59Z"]),
        }
    )


def call_types() -> pd.DataFrame:
    """Five types, one unmapped."""
    return pd.DataFrame(
        {
            "call_type": ["WELFARE CHECK", "OVERDOSE", "CODE 900", "TRAFFIC STOP", "DISPUTE"],
            "need": ["mental_health", "substance_use", "unknown", "unknown", "conflict"],
            "counts_as": ["demand", "demand", "demand", "officer_initiated", "demand"],
            "calls": [2000, 900, 310, 3100, 1720],
        }
    )


def view(folder: Path) -> CityView:
    """The whole city."""
    city = settings()
    rates, counts, weekly = rates_and_counts()
    aside = folder / "batches" / "b2" / "quarantine.csv"
    aside.parent.mkdir(parents=True, exist_ok=True)
    aside.write_text(
        "row_number,reason,type,address\n17,no date,=CMD(),1 Elm\n18,no date,WELFARE,2 Elm\n"
    )
    draft = numbered(plan(city), 2)
    old = replace(numbered(draft, 1), status="published", published_by="Lea", published_at=AS_OF)
    return CityView(
        folder=folder,
        city=city,
        as_of=AS_OF,
        networks={"drive": network(), "walk": network("walk")},
        areas=areas(),
        calendar=calendar(),
        rates=rates,
        fine_counts=counts,
        counts=counts,
        weekly=weekly,
        places=places(),
        clusters=clusters(),
        persons=persons(),
        resources=resources(),
        imports=imports(),
        quarantine=(aside,),
        call_types=call_types(),
        plans=(draft, old),
    )


def bare(folder: Path) -> CityView:
    """The same city before anything came in."""
    full = view(folder)
    none = {
        name: getattr(full, name).iloc[:0]
        for name in (
            "areas",
            "calendar",
            "rates",
            "fine_counts",
            "counts",
            "weekly",
            "places",
            "clusters",
            "persons",
            "resources",
        )
    }
    rest = {"imports": full.imports.iloc[:0], "call_types": full.call_types.iloc[:0]}
    return replace(full, **none, **rest, networks={}, plans=(), quarantine=())


def numbered(plan_: document.Plan, number: int) -> document.Plan:
    """The plan as a version of its week."""
    return replace(plan_, number=number)


def area_weeks() -> pd.DataFrame:
    """Calls of five neighbourhoods, one with a hostile name."""
    rng = np.random.default_rng(8)
    rows = [
        (area, row.week, need, int(rng.poisson(level) if row.days_seen else 0), row.days_seen)
        for area, level in AREAS.items()
        for row in calendar().itertuples()
        for need in ALL_NEEDS
    ]
    return pd.DataFrame(rows, columns=["area", "week", "need", "calls", "days_seen"])


AREAS = {"Old Town": 6.0, "Harbour": 3.0, "Mill Hill": 1.5, "North End": 0.3, HOSTILE: 2.0}


def alerts() -> pd.DataFrame:
    """Two alarms; the smallest neighbourhood can see no rise of half."""
    rows = []
    for area, level in AREAS.items():
        for need in ("all", *ALL_NEEDS):
            usual = level * 5 if need == "all" else level
            alarm = (area, need) in {("Harbour", "all"), (HOSTILE, "conflict")}
            limit = int(usual + 3 * usual**0.5) + 1
            calls = limit + 2 if alarm else int(usual)
            p, reason = (0.001, "more than usual") if alarm else (0.5, "as usual")
            reason = f"{calls} calls in the week from 16 Nov, {reason}"
            sees = usual > 6
            rows.append((area, need, calls, usual, limit, p, 0.008, alarm, sees, reason))
    columns = ["area", "need", "calls", "expected_calls", "alarm_from", "p", "chance", "alarm"]
    found = pd.DataFrame(rows, columns=[*columns, "sees_half", "reason"])
    return found.assign(week=MONDAY - timedelta(weeks=1))


def exposure() -> pd.DataFrame:
    """Visits and calls; the hostile neighbourhood has too many visits."""
    visits = np.array([20, 12, 6, 0, 18])
    calls_ = np.array([300, 160, 80, 15, 100])
    found = pd.DataFrame({"area": list(AREAS), "visits": visits, "calls": calls_})
    found["visit_share"] = visits / visits.sum()
    found["call_share"] = calls_ / calls_.sum()
    found["population"] = [9000.0, 5000.0, np.nan, 3000.0, 4000.0]
    found["population_share"] = found["population"] / found["population"].sum()
    found["inflation"] = found["visit_share"] / found["call_share"]
    found["warning"] = found["area"] == HOSTILE
    return found.assign(
        reason=[f"{v} visits for {c} calls for help" for v, c in zip(visits, calls_, strict=True)]
    )


def backtest(shown: str = "forecast") -> Backtest:
    """Thirty weeks tested."""
    rng = np.random.default_rng(12)
    level = {"forecast": 0.87, "trailing_mean": 0.85, "last_week": 0.74}
    rows = [
        {
            "origin": MONDAY - timedelta(weeks=30 - week),
            "method": method,
            "pei": mean + noise,
            "pai": 30 * (mean + noise),
            "hit_rate": 0.3 * (mean + noise),
            "ceiling": 0.91 + noise / 3,
            "stability": 0.96 if method != "last_week" else 0.55,
            "coverage": 0.93 if method == "forecast" else np.nan,
        }
        for week in range(30)
        for noise in [rng.normal(0, 0.03)]
        for method, mean in level.items()
    ]
    origins = pd.DataFrame(rows)
    long = origins.melt(["origin", "method"], var_name="metric")
    means = long.groupby(["method", "metric"], as_index=False)["value"].mean()
    return Backtest(
        origins=origins,
        scores=means.assign(low=means["value"] - 0.02, high=means["value"] + 0.02),
        resolution=9,
        cells=4320,
        flagged=43,
        calls=24_310,
        first_week=MONDAY - timedelta(weeks=103),
        last_week=MONDAY - timedelta(weeks=1),
        half_life_weeks=26.0,
        ring_share=0.05,
        shown=shown,
        verdict="The forecast met more of the calls than plain counting in 30 past weeks.",
    )


def demand(backtest_: Backtest | None = None) -> Demand:
    """The weekly refresh, ready-made; its texts are as hostile as texts can be."""
    rates, _, _ = rates_and_counts()
    rng = np.random.default_rng(5)
    n = len(rates)
    near = rates[["cell", "near"]]
    gi = np.sort(rng.normal(0, 2, n))[::-1]
    spot = np.where(gi > 2.5, "hot", np.where(gi < -2.5, "cold", "none"))
    reason = [f"{c} calls here in 13 weeks, {HOSTILE}" for c in rates["calls"]]
    hot_spots = near.assign(calls=rates["calls"], gi_z=gi, p=0.01, q=0.04, spot=spot, reason=reason)
    label = np.where(np.arange(n) % 4 == 0, rng.choice(LABELS, n), "none")
    emerging = near.assign(
        label=label, hot_steps=9, cold_steps=1, trend_z=0.4, reason="hot in 9 of 26 weeks"
    )
    counted = pd.Series(label).value_counts().reindex(LABELS, fill_value=0)
    expected = rates["weekly_rate"]
    return Demand(
        calendar=calendar(),
        hot_spots=hot_spots,
        emerging=emerging,
        label_counts=pd.DataFrame(
            {
                "label": LABELS,
                "cells": counted.to_numpy(),
                "by_chance": rng.gamma(1, 2, len(LABELS)),
            }
        ),
        forecast=near.assign(
            expected_calls=expected,
            low=0,
            high=(expected * 2 + 2).astype(int),
            reason="from 104 weeks of its own and a little of its neighbours",
        ),
        backtest=backtest_ or backtest(),
        area_weeks=area_weeks(),
        alerts=alerts(),
        chance_alarms=0.24,
        exposure=exposure(),
        stickiness=Stickiness(4, 13),
    )


def no_demand() -> Demand:
    """The same before anything came in."""
    full = demand()
    none = {name: table.iloc[:0] for name, table in vars(full).items() if hasattr(table, "iloc")}
    return replace(full, **none, backtest=None, chance_alarms=0.0, stickiness=None)


def changed(old: document.Plan, edits: Any, by: str) -> document.Plan:
    """A plan after a lead's changes, without any planning: stops only change hands."""
    shifts = old.shifts.set_index("shift_id")
    stops = old.stops[~old.stops["candidate_id"].isin(edits.forbids)].set_index("candidate_id")
    for one, shift in edits.pins.items():
        if one in stops.index and shift:
            team, day = shifts.loc[shift, ["team", "day"]]
            stops.loc[one, ["shift_id", "team", "day"]] = [shift, team, day]
    stops = stops.reset_index().sort_values(["shift_id", "start_at"], ignore_index=True)
    stops["order"] = stops.groupby("shift_id").cumcount() + 1
    said = [(one, "pin", shift) for one, shift in edits.pins.items()]
    said += [(one, "forbid", None) for one in edits.forbids]
    changes = pd.DataFrame(said, columns=["candidate_id", "change", "shift_id"])
    changes = changes.assign(start_at=pd.Series(pd.NaT, changes.index), made_by=by)
    over = {*edits.dropped, *edits.pins, *edits.forbids}
    kept = old.changes[~old.changes["candidate_id"].isin(over)]
    extra = old.candidates.iloc[[3] * len(edits.added)].assign(
        candidate_id=[f"added {n}" for n in range(len(edits.added))],
        kind="added",
        label=[stop.label for stop in edits.added],
    )
    out = [(one, "forbidden", f"Taken out by {by}.") for one in edits.forbids]
    out += [(one, "no_time", "No time is left.") for one in extra["candidate_id"]]
    out = pd.DataFrame(out, columns=["candidate_id", "cause", "why"])
    return replace(
        old,
        stops=stops[old.stops.columns],
        changes=pd.concat([kept, changes], ignore_index=True) if len(kept) else changes,
        candidates=pd.concat([old.candidates, extra], ignore_index=True),
        left_out=pd.concat([old.left_out, out], ignore_index=True),
        status="draft",
        published_by=None,
        published_at=None,
        made_from=old.number,
        changed_stops=2,
    )


def stand_in(
    folder: Path, *, empty_city: bool = False, put: Any = setattr, pace_s: float = 0.0
) -> None:
    """Make the pages read this city instead of a folder; its plans are kept in memory.

    A search takes ten times ``pace_s``.
    """
    if hasattr(city_data, "is_stand_in"):
        return
    made = (bare if empty_city else view)(folder)
    (folder / config.CONFIG_NAME).write_text(config.dump_city(made.city), encoding="utf-8")
    make_key(folder)  # of the work database, which is a real one
    asked = no_demand() if empty_city else demand()
    plans = list(made.plans)

    def demand_of(view, *, ahead=True):
        return asked

    def run_backtest(folder, study=None, *, now, report=lambda _: None):
        report("counting calls")
        return backtest(), None

    def make_week_plan(folder, week, *, now, limit_s=None, report=None, watch=None):
        if report:
            report("looking for candidates")
        searched(watch)
        number = len(plans) + 1
        return kept(replace(numbered(plan(made.city), number), week=week, made_at=now))

    def kept(plan_):
        plans.insert(0, plan_)
        (folder / "versions.json").write_text(str(len(plans)))  # pages see that something changed
        return plan_

    def searched(watch):
        for tenth in range(10 if pace_s else 1):
            if watch and not watch(Progress(tenth / 10, 40.0 + tenth, 70)):
                break
            sleep(pace_s)

    def replan(folder, week, number, edits, *, by, now, limit_s=None, report=None, watch=None):
        searched(watch)
        old = next(p for p in plans if (p.week, p.number) == (week, number))
        return kept(replace(numbered(changed(old, edits, by), len(plans) + 1), made_at=now))

    def what_if(folder, week, shifts, *, now, hours, limit_s=None, report=None, watch=None):
        searched(watch)
        told = f"{shifts['team'].iloc[0]} {shifts['members'].iloc[0]}"
        more = np.sqrt(hours)
        return pd.DataFrame(
            {
                "extra_h": np.array(hours, float),
                "added": told,
                "need_met": 50.0 + more,
                "stops": 70,
                "travel_h": 12.0,
                "more_per_h": more / np.maximum(hours, 1),
            }
        )

    def publish_plan(folder, week, number, *, by, now):
        position = next(i for i, p in enumerate(plans) if (p.week, p.number) == (week, number))
        plans[position] = document.publish(plans[position], by=by, at=now)
        return plans[position]

    def city_view(folder, as_of):
        return replace(made, plans=tuple(plans), as_of=as_of)

    put(city_data, "city_view", city_view)
    put(city_data, "plans_of", lambda _: tuple(plans))
    put(refresh, "demand_of", demand_of)
    put(testing, "run_backtest", run_backtest)
    put(planning, "make_week_plan", make_week_plan)
    put(planning, "publish_plan", publish_plan)
    put(replanning, "replan", replan)
    put(scenario, "what_if", what_if)
    if put is setattr:
        put(city_data, "is_stand_in", True)


APP = """
import sys
from pathlib import Path
sys.path[:0] = {paths!r}
import fake_city
fake_city.stand_in(Path({folder!r}), empty_city={empty_city!r}, pace_s={pace_s!r})
from outreach.pages import frame
frame.run(Path(__file__).parent / "static")
"""


def write_app(where: Path, *, empty_city: bool = False, pace_s: float = 0.0) -> Path:
    """Write a script that shows this city in the real pages."""
    here = Path(__file__).parent
    folder = where / "city"
    folder.mkdir(parents=True, exist_ok=True)
    (where / "static").mkdir(exist_ok=True)
    script = where / "app.py"
    paths = [str(here), str(here.parent)]
    told = {"paths": paths, "folder": str(folder), "empty_city": empty_city, "pace_s": pace_s}
    script.write_text(APP.format(**told))
    return script
