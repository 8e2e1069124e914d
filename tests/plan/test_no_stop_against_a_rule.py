"""Random weeks, tasks and rules: no plan holds a stop against any rule (safeguards 3 and 4).

The rules are read here once more, from the tables as they come in, and not by ``plan.checker``.
"""

from datetime import date, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from outreach.cells import centre, fine_cells, to_text
from outreach.columns import check, empty
from outreach.geo import distance_m
from outreach.plan.candidates import candidates
from outreach.plan.found import Found
from outreach.plan_schemas import CONTACT_RULES, ERRANDS
from outreach.schemas import CELL_RATES, LIMITS, PERSONS, PLACES

MONDAY = date(2026, 11, 23)
DAYS = [MONDAY + timedelta(days=n) for n in range(7)]
BASE = (-73.76, 42.65)
ZONE = ZoneInfo("America/New_York")
AT = pd.Timestamp("2026-11-10", tz="UTC")
WEEKS = range(6)


class Week:
    """Some doors, the people who call from them, and rules for a third of all of them."""

    def __init__(self, seed):
        rng = self.rng = np.random.default_rng([4, seed])
        self.places = self.made_places(14)
        self.persons = self.made_persons(36)
        self.doors = pd.concat([self.places, self.persons]).dropna(subset=["place_id"])
        subjects = [*self.persons["person_id"], *self.places["place_id"]]
        self.contact = self.made_contact([s for s in subjects if rng.random() < 0.5])
        self.limits = self.made_limits([s for s in subjects if rng.random() < 0.2])
        self.errands = self.made_errands(24)

    def spot(self):
        lon, lat = BASE + self.rng.normal(0, 0.012, 2)
        cell = fine_cells([lon], [lat])[0]
        return (*centre(cell), to_text(cell))

    def asked(self, n, calls):
        weekly = np.round(self.rng.lognormal(-0.3, 0.6, n), 3)
        return {
            "calls": calls, "weekly_rate": weekly, "first_call_at": AT, "last_call_at": AT,
            "top_need": "mental_health", "home_visit": self.rng.random(n) < 0.95,
            "safety_share": self.rng.choice([0.1, 0.8], n, p=[0.7, 0.3]), "reason": "Calls.",
        }  # fmt: skip

    def made_places(self, n):
        spots = pd.DataFrame([self.spot() for _ in range(n)], columns=["lon", "lat", "place_id"])
        more = {"address": "a door", "kind": "place", "expected_calls": 1.0}
        cluster = pd.array([pd.NA] * n, "Int64")
        return check(
            spots.assign(**self.asked(n, 60), **more, cluster_id=cluster)[list(PLACES.columns)],
            PLACES,
        )

    def made_persons(self, n):
        """A third of them call from a place, two from each; one in twelve from nowhere known."""
        rows = []
        for number in range(n):
            lon, lat, place = self.spot()
            if number % 3 == 0:
                lon, lat, place = self.places[["lon", "lat", "place_id"]].iloc[number // 6]
            if number % 12 == 1:
                lon, lat, place = np.nan, np.nan, None
            rows.append({"person_id": f"p{number}", "lon": lon, "lat": lat, "place_id": place})
        found = pd.DataFrame(rows).assign(**self.asked(n, 5), address="a home", places=1)
        return check(found[list(PERSONS.columns)], PERSONS)

    def made_contact(self, subjects):
        rng, rows = self.rng, []
        for subject in subjects:
            row = dict.fromkeys(CONTACT_RULES.columns) | {"subject": subject, "barred_why": ""}
            barred = [str(day) for day in DAYS if rng.random() < rng.choice([0, 0.3, 1])]
            row |= {"barred_days": " ".join(barred), "barred_why": "Visited." if barred else ""}
            row["no_police"] = bool(rng.random() < 0.3)
            if subject.startswith("p"):
                opens = int(rng.integers(8, 12))
                row["visit_from_local"] = rng.choice([None, f"{opens:02d}:15"])
                row["visit_until_local"] = rng.choice([None, f"{opens + 1:02d}:45"])
                row["with_staff"] = rng.choice([None, None, "Ana", "Bo", "Cy", "Zed"])
                if rng.random() < 0.3:
                    door = self.places.iloc[rng.integers(len(self.places))]
                    point = self.spot()[:2] if rng.random() < 0.5 else door[["lon", "lat"]]
                    row["lon"], row["lat"] = point
            rows.append(row)
        frame = pd.DataFrame(rows).astype({"lon": "float64", "lat": "float64"})
        return check(frame[list(CONTACT_RULES.columns)], CONTACT_RULES)

    def made_limits(self, subjects):
        rng = self.rng
        ends = [None, DAYS[0] - timedelta(days=1), *DAYS[:4]]
        rules = LIMITS.columns["rule"].among
        rows = [(s, rng.choice(rules), ends[rng.integers(len(ends))]) for s in subjects]
        return check(pd.DataFrame(rows, columns=list(LIMITS.columns)), LIMITS)

    def made_errands(self, n):
        """A third at a door or six metres from it, a third elsewhere, a third without a place."""
        rng, rows = self.rng, []
        kinds = ["participant", "follow_up", "accompany", "added", "campaign", "sharps_pickup"]
        for number in range(n):
            row = dict.fromkeys(ERRANDS.columns) | {"errand_id": f"e{number}", "option": 1}
            row |= {"kind": kinds[number % 6], "need": "unknown", "prize": 2.0, "service_min": 20.0}
            row |= {"days": "mon tue wed thu fri", "must": False, "visits": 1, "reason": "Due."}
            row |= {"people_needed": 1, "seats_needed": int(number % 6 == 2)}
            row["subject"] = f"p{rng.integers(36)}" if number % 6 < 3 else None
            door = self.places.iloc[rng.integers(len(self.places))]
            spots = [(door["lon"] + 6 / 81_900, door["lat"]), self.spot()[:2], (np.nan, np.nan)]
            row["lon"], row["lat"] = spots[rng.integers(3)]
            row["visits"] = 1 + int(number % 6 == 0)
            rows.append(row)
        fixed = {"kind": "accompany", "days": "tue", "subject": "q", "must": True}
        fixed |= {"from_local": "10:00", "until_local": "10:20", "task_id": "t", "errand_id": "q"}
        fixed |= dict(zip(("lon", "lat"), self.spot()[:2], strict=True))
        frame = pd.DataFrame([*rows, rows[0] | fixed | {"visits": 1}])
        return check(frame.astype({"lon": "float64", "lat": "float64"}), ERRANDS)

    def candidates(self, params):
        found = Found(self.persons, self.places, empty(CELL_RATES), self.errands)
        return candidates(
            found, self.limits, self.contact,
            monday=MONDAY, params=params, daylight=(time(7), time(16, 30)),
        )  # fmt: skip


@pytest.fixture(scope="module")
def all_made(make_week, city):
    weeks = [Week(seed) for seed in WEEKS]
    changes = {"solver_limit_s": 0.1, "exploration_share": 0.0}
    return [(week, make_week(week.candidates(city.plan), **changes)) for week in weeks]


@pytest.fixture(params=WEEKS)
def made(request, all_made):
    return all_made[request.param]


@pytest.fixture(scope="module")
def crews(city):
    return {team.name: {m.name: m.role for m in team.members} for team in city.teams}


def bound(week, stop):
    """Return whose rules hold at a stop: the person's, the door's, and who calls from there."""
    near_m = 1 if stop.kind in ("person", "place") else 9
    known = week.doors
    away_m = distance_m(stop.lon, stop.lat, known["lon"], known["lat"])
    doors = set(known.loc[away_m < near_m, "place_id"])
    if stop.kind in ("place", "added"):
        there = week.persons.loc[week.persons["place_id"].isin(doors), "person_id"]
        return {stop.subject} | doors | set(there)
    return {stop.subject} | doors


def stops_of(plan):
    return list(plan.stops.merge(plan.candidates, on="candidate_id").itertuples())


def test_no_stop_is_against_a_rule_of_contact(made, crews):
    week, plan = made
    assert len(plan.stops) > 4
    rules = week.contact.set_index("subject", drop=False)
    for stop in stops_of(plan):
        clocks = [f"{at.astimezone(ZONE):%H:%M}" for at in (stop.start_at, stop.leave_at)]
        crew = crews[stop.team]
        for rule in (rules.loc[name] for name in bound(week, stop) if name in rules.index):
            assert str(stop.day) not in rule["barred_days"]
            assert not (rule["no_police"] and "officer" in crew.values())
            assert pd.isna(rule["visit_from_local"]) or clocks[0] >= rule["visit_from_local"]
            assert pd.isna(rule["visit_until_local"]) or clocks[1] <= rule["visit_until_local"]
            assert pd.isna(rule["with_staff"]) or rule["with_staff"] in crew
            if not pd.isna(rule["lon"]):
                assert distance_m(stop.lon, stop.lat, rule["lon"], rule["lat"]) < 10


def test_no_stop_is_against_a_limit(made, crews):
    week, plan = made
    for stop in stops_of(plan):
        for limit in week.limits[week.limits["subject"].isin(bound(week, stop))].itertuples():
            if pd.isna(limit.until) or limit.until >= stop.day:
                assert limit.rule == "no_police"
                assert "officer" not in crews[stop.team].values()


def test_a_pair_goes_whole_or_not_at_all(made, crews):
    """Duties 5 and 6."""
    _, plan = made
    for stop in stops_of(plan):
        roles = set(crews[stop.team].values())
        assert ("officer" in roles) == (stop.response_mode == "co_response")
        assert roles - {"officer"}


def test_nobody_is_visited_twice_but_where_two_visits_have_a_gap(made):
    _, plan = made
    stops = plan.stops.merge(plan.candidates, on="candidate_id")
    for _, group in stops.groupby("visit_group"):
        days = sorted((row.day, row.gap_days) for row in group.itertuples())
        for (first, gap), (then, other) in pairwise(days):
            assert (then - first).days >= max(gap, other)


def test_the_appointment_is_kept(made):
    """Duty 15."""
    _, plan = made
    (stop,) = (stop for stop in stops_of(plan) if stop.must)
    assert f"{stop.start_at.astimezone(ZONE):%a %H:%M}" == "Tue 10:00"


def test_whoever_is_not_visited_is_told_why(made):
    _, plan = made
    told = set(plan.left_out["candidate_id"]) | set(plan.stops["candidate_id"])
    assert told == set(plan.candidates["candidate_id"])
    assert plan.left_out["why"].str.fullmatch(r"[A-Z].*\.").all()


def test_the_random_weeks_try_what_they_claim(all_made):
    """Rules are close to the stops: each kind binds some stop, and bars some door."""
    seen = set()
    for week, plan in all_made:
        rules = week.contact.set_index("subject", drop=False)
        for stop in stops_of(plan):
            names = bound(week, stop)
            seen |= {stop.response_mode, stop.kind} if names & set(rules.index) else set()
            for rule in (rules.loc[name] for name in names if name in rules.index):
                seen |= {name for name in ("barred_days", "no_police") if rule[name]}
                seen |= {name for name in CONTACT_RULES.columns if pd.notna(rule[name])}
    wanted = {"barred_days", "no_police", "visit_from_local", "visit_until_local", "with_staff"}
    assert wanted | {"lon", "co_response", "community", "person", "place"} <= seen
    tasks = {"participant", "follow_up", "accompany", "added", "campaign", "sharps_pickup"}
    assert tasks <= {stop.kind for _, plan in all_made for stop in stops_of(plan)}
    barred = pd.concat([plan.candidates for _, plan in all_made]).dropna(subset=["barred"])
    assert tasks <= set(barred["kind"])
