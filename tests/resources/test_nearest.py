"""Nearest help: on a table made by hand, against plain loops, and on Denver's streets."""

from datetime import UTC, date, datetime, timedelta

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from outreach.columns import empty
from outreach.config import ResourceParams
from outreach.resource_schemas import NEAREST, OPENINGS
from outreach.resources.hours.openings import openings
from outreach.resources.nearest import nearest
from outreach.streets.build import read_streets
from outreach.streets.reach import within
from outreach.streets.travel import snap

AM, PM = "\N{NO-BREAK SPACE}AM", "\N{NO-BREAK SPACE}PM"
ZONE = "America/New_York"
NOON = datetime(2026, 11, 25, 17, tzinfo=UTC)  # a Wednesday, the day before Thanksgiving
PARAMS = ResourceParams()
PLACES = {
    "name": ["Mission", "Library A", "Library B", "Pantry", "Safe place", "School"],
    "kind": ["homeless_shelter", "library", "library", "food_pantry", "refuge", "school"],
    "needs": [
        "homelessness", "homelessness quality_of_life", "homelessness quality_of_life",
        "homelessness quality_of_life", "conflict homelessness", "",
    ],
    "hours": ["24/7"] * 6,
    "hours_state": "read",
    "redacted": [False] * 4 + [True, False],
    "verified_on": date(2026, 11, 1),
}  # fmt: skip
SECONDS = np.array([[900.0, 60, 120, 1200, 10, 5], [100, 200, 300, np.inf, 10, 5]])


@pytest.fixture(scope="module")
def places(make_resources):
    """Turn some columns of RESOURCES into all of them."""
    return make_resources


def stops(*needs, leave_at=NOON, **more) -> pd.DataFrame:
    frame = pd.DataFrame({"stop_id": [f"s{i}" for i in range(len(needs))], "need": list(needs)})
    frame["leave_at"] = pd.to_datetime(pd.Series([leave_at] * len(needs)), utc=True)
    return frame.assign(**({"can_drive": True, "language": None, "age": np.nan} | more))


def opened(resources, since=NOON - timedelta(days=3), days=9) -> pd.DataFrame:
    until = since + timedelta(days=days)
    return openings(resources, since=since, until=until, time_zone=ZONE, country="US")


def found_at(asked, resources, walk_s, drive_s=None, hours=None, **params) -> pd.DataFrame:
    told = {"walk": np.asarray(walk_s, float)}
    if drive_s is not None:
        told["drive"] = np.asarray(drive_s, float)
    hours = opened(resources) if hours is None else hours
    made = nearest(
        asked, resources, hours, told, params=PARAMS.model_copy(update=params), time_zone=ZONE
    )
    assert [*made.columns] == [name for name in NEAREST.columns if name != "distance_m"]
    return made


def one(places, *, leave_at=NOON, walk_s=300.0, drive_s=120.0, need="homelessness", **columns):
    """The only offer of one place at one stop."""
    asked = stops(need, leave_at=leave_at, **columns.pop("stop", {}))
    made = found_at(asked, places(**columns), [[walk_s]], [[drive_s]])
    assert len(made) == 1
    return made.iloc[0]


def test_the_nearest_of_each_kind_before_a_second_of_one(places):
    made = found_at(stops("homelessness", "homelessness"), places(**PLACES), SECONDS)
    assert made.groupby("stop_id")["name"].agg(list).to_dict() == {
        "s0": ["Library A", "Mission", "Pantry"],  # not the second library at 120 s
        "s1": ["Mission", "Library A", "Library B"],  # the pantry cannot be reached
    }
    assert made["rank"].tolist() == [1, 2, 3, 1, 2, 3]
    assert made["travel_s"].tolist()[:3] == [60, 900, 1200]


def test_only_what_serves_the_need_and_nothing_redacted(places):
    resources = places(**PLACES)

    def names(need):
        return found_at(stops(need), resources, SECONDS[:1], per_stop=10)["name"].tolist()

    assert names("conflict") == []  # the only one for conflict is redacted
    assert names("mental_health") == []
    assert "Mission" not in names("quality_of_life")
    assert sorted(names("unknown")) == ["Library A", "Library B", "Mission", "Pantry"]


def test_no_stop_or_no_place_is_no_offer(places):
    resources = places(**PLACES)
    assert found_at(stops("unknown").head(0), resources, SECONDS[:0]).empty
    assert found_at(stops("unknown"), resources.head(0), SECONDS[:1, :0]).empty


def test_open_before_by_appointment_before_unknown_and_closed_only_alone(places):
    kinds = {
        "name": ["closed", "unknown", "ring", "soon shut", "open"],
        "kind": ["a", "b", "c", "d", "e"],
        "hours": [
            "Mo-Fr 18:00-20:00", None, 'Mo-Fr unknown "by appointment"',
            "Mo-Fr 09:00-12:10", "Mo-Fr 09:00-17:00",
        ],
        "hours_state": ["read", "none", "read", "read", "read"],
    }  # fmt: skip
    resources = places(**kinds)
    near_first = [[60.0, 70, 80, 90, 100]]
    made = found_at(stops("homelessness"), resources, near_first, per_stop=5)
    assert made["name"].tolist() == ["open", "ring", "unknown"]
    assert made["on_arrival"].tolist() == ["open", "by_appointment", "unknown"]
    shut = resources.iloc[[0, 3]].reset_index(drop=True)
    made = found_at(stops("homelessness"), shut, [[60.0, 90]])
    assert made["name"].tolist() == ["soon shut", "closed"]
    assert f"open only until 12:10{PM} (8 min left)" in made["reason"].iloc[0]
    assert f"closed on arrival, opens 6:00{PM}" in made["reason"].iloc[1]
    assert made["opens_at"].iloc[1] == pd.Timestamp("2026-11-25T23:00Z")


@pytest.mark.parametrize(("least", "offered"), [(8, True), (9, False)])
def test_just_long_enough_is_long_enough(places, least, offered):
    """It closes 8 minutes after the arrival."""
    two = places(
        name=["soon shut", "ring"], hours=["Mo-Fr 09:00-12:10", None], hours_state=["read", "none"]
    )
    made = found_at(stops("homelessness"), two, [[120.0, 60.0]], least_left_min=least)
    assert made["name"].tolist() == (["soon shut", "ring"] if offered else ["ring"])


def test_on_foot_within_the_limit_then_by_car_where_there_is_one(places):
    hours = "Mo-Su 09:00-13:05"
    far = {"hours": hours, "hours_state": "read", "walk_s": 46 * 60.0, "drive_s": 300.0}
    near = one(places, **far | {"walk_s": 45 * 60.0})
    assert (near["mode"], near["travel_s"], near["on_arrival"]) == ("walk", 2700.0, "open")
    driven = one(places, **far)
    assert (driven["mode"], driven["travel_s"]) == ("drive", 300.0)
    assert driven["arrive_at"] == pd.Timestamp(NOON + timedelta(minutes=5))
    assert driven["reason"].startswith(
        f"5 min by car, 46 min on foot; open until 1:05{PM} (1 h left)"
    )
    walked = one(places, **far, stop={"can_drive": False})
    assert (walked["mode"], walked["travel_s"]) == ("walk", 2760.0)
    assert walked["reason"].startswith(
        "46 min on foot (far, and the team has no car), 5 min by car"
    )
    assert (walked["walk_s"], walked["drive_s"]) == (2760.0, 300.0)


def test_what_can_be_walked_to_comes_before_what_needs_the_car(places):
    two = places(name=["walk", "drive"], kind=["a", "b"], hours="24/7", hours_state="read")
    made = found_at(stops("homelessness"), two, [[2400.0, 3000.0]], [[600.0, 300.0]])
    assert made["name"].tolist() == ["walk", "drive"]


def test_without_paths_on_foot_the_car_is_all_that_is_known(places):
    place = places(hours="24/7", hours_state="read")
    made = nearest(
        stops("homelessness", can_drive=False), place, opened(place),
        {"drive": np.array([[240.0]])}, params=PARAMS, time_zone=ZONE,
    ).iloc[0]  # fmt: skip
    assert made["mode"] == "drive"
    assert np.isnan(made["walk_s"])
    assert made["reason"].startswith("4 min by car, paths on foot not known; open day and night")


def test_a_place_that_is_full_is_not_offered_but_an_old_count_is_told(places):
    full = {"capacity_available": [0.0], "hours": "24/7", "hours_state": "read"}
    told = {days: NOON - timedelta(days=days) for days in (1, 5)}
    fresh = places(**full, capacity_updated_at=[told[1]])
    assert found_at(stops("homelessness"), fresh, [[60.0]]).empty
    old = one(places, **full, capacity_updated_at=[told[5]])["reason"]
    assert "0 free on Fri 20 Nov, 5 days before: ask" in old
    assert "nobody knows when: ask" in one(places, **full)["reason"]
    some = one(places, **full | {"capacity_available": [3.0]}, capacity_updated_at=[told[1]])
    assert "3 free on Tue 24 Nov" in some["reason"]
    assert "ask" not in some["reason"]


def test_an_age_that_is_known_can_leave_a_place_out(places):
    adult = {"minimum_age": 18.0, "hours": "24/7", "hours_state": "read"}
    assert "; 18 or older" in one(places, **adult)["reason"]
    assert "; 18 or older" in one(places, **adult, stop={"age": 18.0})["reason"]
    assert found_at(stops("homelessness", age=17.0), places(**adult), [[60.0]]).empty
    assert found_at(stops("homelessness", age=26.0), places(maximum_age=25.0), [[60.0]]).empty
    both = one(places, minimum_age=18.0, maximum_age=25.0, eligibility="women only")["reason"]
    assert "18 to 25 years old, women only" in both


def test_the_reason_tells_what_to_know_before_going(places):
    told = one(
        places, hours="Mo-Fr 09:00-17:00", hours_state="read", kind="food_pantry",
        eligibility="residents of 12207 only", documents="photo ID", languages="en es",
        verified_on=date(2026, 7, 1), stop={"language": "es"},
    )["reason"]  # fmt: skip
    assert told == (
        f"5 min on foot, 2 min by car; open until 5:00{PM} (4 h 55 min left); food pantry; "
        "for homelessness; Spanish is spoken; residents of 12207 only; bring: photo ID; "
        "not verified for 147 days"
    )
    assert "whether Spanish is not known" not in told
    unasked = one(places, need="unknown", needs="homelessness conflict")["reason"]
    assert "need unknown, serves homelessness, conflict" in unasked
    assert "; hours not known: ring first" in unasked
    assert unasked.endswith("never verified")


def test_hours_that_were_not_read_are_told_as_written_and_never_called_open(places):
    made = one(places, hours_text="most days, ask", hours_state="unread", phone="555 0100")
    assert made["on_arrival"] == "unknown"
    assert "hours not read for sure (most days, ask): ring 555 0100" in made["reason"]


def test_by_appointment_says_whom_to_ring(places):
    made = one(
        places, hours='unknown "by appointment"', hours_state="read", phone="555 0100"
    )  # fmt: skip
    assert made["on_arrival"] == "by_appointment"
    assert "by appointment: ring 555 0100; shelter" in made["reason"]
    call = one(places, hours='Mo-Fr unknown "call a day ahead"', hours_state="read")
    assert "by appointment: ring first (call a day ahead); shelter" in call["reason"]


THANKSGIVING = datetime(2026, 11, 26, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "state", "words"),
    [
        ("Mo-Fr 09:00-17:00", "unknown", "a public holiday: ring first"),
        ("Mo-Fr 09:00-17:00; PH off", "closed", f"closed on arrival, opens Fri 27 Nov, 9:00{AM}"),
        ("Mo-Fr 09:00-17:00; PH 10:00-14:00", "open", f"open until 2:00{PM} (1 h 55 min left)"),
        ("24/7", "open", "open day and night"),
    ],
)
def test_on_a_public_holiday_silent_hours_are_not_trusted(places, hours, state, words):
    made = one(places, leave_at=THANKSGIVING, hours=hours, hours_state="read")
    assert made["on_arrival"] == state
    assert words in made["reason"]
    assert ("holiday" in made["reason"]) == (state == "unknown")
    assert pd.isna(made["closes_at"]) == (state != "open")


def test_an_opening_on_a_public_holiday_is_told_with_care(places):
    made = one(
        places, leave_at=NOON + timedelta(hours=9), hours="Mo-Fr 09:00-17:00", hours_state="read"
    )
    assert (
        f"closed on arrival, opens Thu 26 Nov, 9:00{AM}, a public holiday: ring first"
        in made["reason"]
    )


def test_wall_clocks_hold_when_clocks_change(places):
    """On 2026-11-01 at 2:00 clocks go back: noon is 17:00 UTC then, and 16:00 the day before."""
    place = places(hours="Mo-Su 12:00-13:00", hours_state="read")
    since = datetime(2026, 10, 26, 4, tzinfo=UTC)
    state = {}
    for day in (date(2026, 10, 31), date(2026, 11, 1)):
        for hour in (16, 17):
            leave = datetime(day.year, day.month, day.day, hour, 10, tzinfo=UTC)
            made = found_at(
                stops("homelessness", leave_at=leave), place, [[300.0]], hours=opened(place, since)
            ).iloc[0]
            state[day.day, hour] = made["on_arrival"]
    assert state == {(31, 16): "open", (31, 17): "closed", (1, 16): "closed", (1, 17): "open"}


STATES = ("read", "read", "read", "none", "unread")
RULES = ("24/7", "Mo-Su 08:00-20:00", "Mo-Su 08:00-20:00; PH off", None)
START = datetime(2026, 11, 25, 5, tzinfo=UTC)  # midnight of the Wednesday, for two days
MINUTES = 2 * 24 * 60


def random_case(rng, places):
    """A few stops and places with openings at random, in whole minutes."""
    n, m = int(rng.integers(1, 6)), int(rng.integers(1, 12))
    asked = stops(*rng.choice(["homelessness", "conflict", "unknown"], n))
    asked["leave_at"] = [START + timedelta(minutes=int(x)) for x in rng.integers(0, MINUTES, n)]
    asked["leave_at"] = pd.to_datetime(asked["leave_at"], utc=True)
    asked["can_drive"] = rng.random(n) < 0.5
    asked["age"] = rng.choice([np.nan, 16, 40], n)
    told = [START - timedelta(days=int(d)) for d in rng.integers(0, 4, m)]
    state = rng.choice(STATES, m)
    resources = places(
        kind=list(rng.choice(["a", "b", "c"], m)),
        needs=list(rng.choice(["homelessness", "homelessness conflict", "conflict", ""], m)),
        minimum_age=list(rng.choice([np.nan, 18.0], m)),
        maximum_age=list(rng.choice([np.nan, 25.0], m)),
        capacity_available=list(rng.choice([np.nan, 0.0, 2.0], m)),
        capacity_updated_at=told,
        redacted=list(rng.random(m) < 0.2),
        hours_state=list(state),
        hours=[str(rng.choice(RULES[:3])) if s == "read" else None for s in state],
    )
    rows = []
    for j in np.flatnonzero(state == "read"):
        ends = np.sort(rng.choice(MINUTES + 600, 6, replace=False))
        for first, last in zip(ends[::2], ends[1::2], strict=True):
            kind = str(rng.choice(["open", "open", "by_appointment"]))
            span = [START + timedelta(minutes=int(x)) for x in (first, last)]
            rows.append((f"r{j}", *span, kind, ""))
    hours = pd.DataFrame(rows, columns=list(OPENINGS.columns)) if rows else empty(OPENINGS)
    for name in ("opens_at", "closes_at"):
        hours[name] = pd.to_datetime(hours[name], utc=True).astype("datetime64[us, UTC]")
    walk, drive = (60.0 * rng.permutation(np.arange(1, k * n * m, k))[: n * m] for k in (7, 2))
    shape = (n, m)
    return asked, resources, hours, walk.reshape(shape), drive.reshape(shape)


def by_minutes(hours) -> dict:
    """What each place is in each minute that it is something."""
    found = {}
    for row in hours.itertuples():
        first = int((row.opens_at - START).total_seconds() // 60)
        for minute in range(first, int((row.closes_at - START).total_seconds() // 60)):
            found[row.resource_id, minute] = row.state
    return found


def by_hand(stop, resources, state_at, walk, drive) -> list:
    """The offers of one stop, place by place and minute by minute."""
    leave = (stop.leave_at - START).total_seconds() / 60
    offers = {}
    for place, walk_s, drive_s in zip(resources.itertuples(), walk, drive, strict=True):
        wanted = {"homelessness", "conflict"} if stop.need == "unknown" else {stop.need}
        days_old = (stop.leave_at - place.capacity_updated_at).total_seconds() / 86400
        if (
            place.redacted
            or not wanted & set(place.needs.split())
            or stop.age < place.minimum_age
            or stop.age > place.maximum_age
            or (place.capacity_available == 0 and days_old <= 2)
        ):
            continue
        by_car = walk_s > 45 * 60 and stop.can_drive
        minute = int(leave + (drive_s if by_car else walk_s) / 60)
        state = state_at.get((place.resource_id, minute), "closed")
        stays = all(state_at.get((place.resource_id, minute + k)) == "open" for k in range(15))
        thanksgiving = 24 * 60 <= minute < 48 * 60
        silent = place.hours_state == "read" and place.hours == "Mo-Su 08:00-20:00"
        if place.hours_state != "read" or (silent and thanksgiving and state == "open"):
            state, tier = "unknown", 2
        else:
            tier = {"open": 0 if stays else 3, "by_appointment": 1, "closed": 4}[state]
        way = (by_car, drive_s if by_car else walk_s)
        offers.setdefault(tier, []).append((way, place.resource_id, place.kind, state))
    tiers = [t for t in (0, 1, 2) if t in offers] or sorted(offers)
    chosen = []
    for tier in tiers:
        first, more, seen = [], [], set()
        for offer in sorted(offers[tier]):
            (more if offer[2] in seen else first).append(offer)
            seen.add(offer[2])
        chosen += first + more
    return [(name, state, way[1]) for way, name, _, state in chosen[:3]]


@pytest.mark.parametrize("seed", range(60))
def test_the_choice_is_that_of_plain_loops_minute_by_minute(places, seed):
    asked, resources, hours, walk, drive = random_case(np.random.default_rng(seed), places)
    made = found_at(asked, resources, walk, drive, hours)
    state_at = by_minutes(hours)
    for i, stop in enumerate(asked.itertuples()):
        mine = made[made["stop_id"] == stop.stop_id]
        assert mine["rank"].tolist() == list(range(1, len(mine) + 1))
        got = list(
            mine[["resource_id", "on_arrival", "travel_s"]].itertuples(index=False, name=None)
        )
        assert got == by_hand(stop, resources, state_at, walk[i], drive[i])
    secret = set(resources.loc[resources["redacted"], "resource_id"])
    assert not secret & set(made["resource_id"])
    for _, mine in made.groupby("stop_id"):
        shut = mine["on_arrival"].eq("closed").tolist()
        assert shut == sorted(shut)  # closed ones never stand before open ones


@pytest.mark.real
def test_nearest_on_denver_as_networkx(real_data, places):
    """A hundred random stops, thirty random places: the same choice by brute force."""
    path = real_data / "streets" / "denver_downtown_drive.graphml"
    network = read_streets(path, drive_speed_kmh=32, walk_speed_kmh=4.5).networks["walk"]
    rng = np.random.default_rng(7)
    west, south, east, north = network.bounds
    points = [(rng.uniform(west, east, n), rng.uniform(south, north, n)) for n in (100, 30)]
    kinds = rng.choice(["library", "hospital", "food_pantry", "homeless_shelter"], 30)
    needs = {"library": "homelessness", "hospital": "mental_health", "food_pantry": "homelessness"}
    resources = places(
        name=[f"p{i}" for i in range(30)],
        kind=list(kinds),
        needs=[needs.get(kind, "homelessness") for kind in kinds],
        hours="24/7",
        hours_state="read",
        redacted=[i % 7 == 0 for i in range(30)],
    )
    asked = stops(*rng.choice(["homelessness", "mental_health", "unknown"], 100), can_drive=False)
    found = found_at(asked, resources, within(network, points[0], points[1]))

    graph = nx.DiGraph()
    for edge in network.edges.sort_values("travel_s", ascending=False).itertuples():
        graph.add_edge(edge.u, edge.v, seconds=edge.travel_s)  # the fastest comes last
    at_stop, at_place = (snap(network, *p) for p in points)
    for i, stop in asked.iterrows():
        seconds = nx.single_source_dijkstra_path_length(graph, at_stop["node"][i], weight="seconds")
        best: dict[str, tuple[float, str]] = {}
        for j, place in resources.iterrows():
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
