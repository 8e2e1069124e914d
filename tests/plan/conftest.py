"""A small made-up week: straight lines instead of streets, three teams, one with an officer."""

import math
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from shapely import LineString

from outreach.config import Base, Break, City, Member, PlanParams, Shift, Team
from outreach.geo import distance_m
from outreach.plan import make, search
from outreach.plan.problem import Pause, Problem, ShiftSpan
from outreach.plan.search import default_solver
from outreach.plan.shifts import week_shifts

MONDAY = date(2026, 11, 23)
BASE = (-73.76, 42.65)


@dataclass(frozen=True)
class LineTravel:
    """Straight lines at one speed, as a stand-in for streets."""

    lon: np.ndarray
    lat: np.ndarray
    travel_s: np.ndarray
    distance_m: np.ndarray

    def path(self, i, j):
        return LineString([(self.lon[i], self.lat[i]), (self.lon[j], self.lat[j])])


def straight_lines(speed_ms, lon, lat):
    lon, lat = np.asarray(lon, float), np.asarray(lat, float)
    metres = distance_m(lon[:, None], lat[:, None], lon[None], lat[None])
    return LineTravel(lon, lat, metres / speed_ms, metres)


@pytest.fixture(scope="module")
def networks():
    """Speeds in metres a second that pass for street networks; no clock stops a search."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(make, "travel_matrix", straight_lines)
        patch.setattr(search, "SLOW_MACHINE", 1000)
        patch.setattr(search, "BUSY_MACHINE", 1000)
        yield {"drive": 7.0, "walk": 1.2}


@pytest.fixture(scope="module")
def city():
    """Two teams without an officer and one with, Monday to Wednesday, four hours each."""
    teams = (
        Team(name="Team A", members=(Member(name="Ana", role="caseworker"),)),
        Team(name="Team B", members=(Member(name="Bo", role="peer"),), travel="walk"),
        Team(
            name="Pair",
            members=(Member(name="Cy", role="clinician"), Member(name="Di", role="officer")),
        ),
    )
    pause = Break(earliest=time(11), latest=time(12), minutes=30)
    shift = Shift(
        teams=("Team A", "Team B", "Pair"),
        days=("mon", "tue", "wed"),
        start=time(9),
        end=time(13),
        pause=pause,
    )
    return City(
        name="Linesville",
        time_zone="America/New_York",
        home_base=Base(lon=BASE[0], lat=BASE[1]),
        invented_data=True,
        teams=teams,
        shifts=(shift,),
        plan=PlanParams(solver_limit_s=0.5, exploration_share=0.1),
    )


@pytest.fixture(scope="module")
def make_candidates():
    """A function: n candidates around the base, every eighth needing an officer."""

    def made(n=40, *, seed=1, spread=0.02, explore=0):
        rng = np.random.default_rng(seed)
        kinds = ["person", "place"] * n
        frame = pd.DataFrame(
            {
                "candidate_id": [f"{kinds[i]}:{i:03d}" for i in range(n)],
                "kind": kinds[:n],
                "subject": [f"{i:03d}" for i in range(n)],
                "label": [f"{i} Line Street" for i in range(n)],
                "lon": BASE[0] + rng.normal(0, spread, n),
                "lat": BASE[1] + rng.normal(0, spread, n),
                "need": "mental_health",
                "prize": np.round(rng.lognormal(-0.5, 0.8, n), 3),
                "service_min": rng.choice([20.0, 30.0], n),
                "days": "mon tue wed thu fri sat sun",
                "days_why": "",
                "window_from_local": "09:00",
                "window_until_local": "19:00",
                "with_staff": pd.Series([None] * n, dtype="str"),
                "response_mode": ["co_response" if i % 8 == 7 else "community" for i in range(n)],
                "no_police": [i % 8 == 3 for i in range(n)],
                "known": True,
                "must": False,
                "visit_group": [f"{i:03d}" for i in range(n)],
                "gap_days": 7,
                "people_needed": 1,
                "seats_needed": 0,
                "language": pd.Series([None] * n, dtype="str"),
                "preferred_staff": pd.Series([None] * n, dtype="str"),
                "due_on": pd.Series([None] * n, dtype=object),
                "task_id": pd.Series([None] * n, dtype="str"),
                "barred_cause": pd.Series([None] * n, dtype="str"),
                "barred": pd.Series([None] * n, dtype="str"),
                "reason": [f"{i + 4} calls for help since June." for i in range(n)],
            }
        )
        if explore:
            last = frame.index[n - explore :]
            frame.loc[last, ["kind", "prize", "response_mode"]] = [
                "exploration",
                0.001,
                "community",
            ]
            frame.loc[last, "known"] = False
        return frame

    return made


@pytest.fixture(scope="module")
def make_week(networks, city):
    """A function: the plan of some candidates; the rest are settings of the plan."""

    def made(
        candidates, *, city=city, solver=None, shifts=None, watch=None, order=None, **settings
    ):
        city = city.model_copy(update={"plan": city.plan.model_copy(update=settings)})
        return make.make_plan(
            candidates,
            week_shifts(city, MONDAY) if shifts is None else shifts,
            networks,
            order=make.Order(
                city=city,
                week="2026-W48",
                made_at=datetime(2026, 11, 20, 12, tzinfo=UTC),
                as_of=datetime(2026, 11, 20, tzinfo=UTC),
                **(order or {}),
            ),
            solver=solver or default_solver(),
            watch=watch,
        )

    return made


@pytest.fixture(scope="module")
def recheck(networks):
    """A function: what the checker says of a plan, travel measured afresh."""
    from outreach.plan.checker import violations

    def told(plan, limits=None, contact=None):
        travel = make.week_travel(plan.candidates, plan.shifts, networks)
        return violations(plan, travel, limits, contact)

    return told


@pytest.fixture(scope="module")
def random_problem():
    """A function: a small random problem of numbers with windows, skills and a pause."""

    def made(seed, *, n=4, shifts=2, pause=True):
        rng = np.random.default_rng(seed)
        xy = rng.uniform(0, 4000, (n + 1, 2))
        metres = np.sqrt(((xy[:, None] - xy[None]) ** 2).sum(axis=2))
        travel = np.ceil(metres / 5).astype(np.int64)
        service = rng.integers(10, 40, n) * 60
        window = np.zeros((n, 7, 2), np.int64)
        for day in range(7):
            opens = day * 86_400 + rng.choice([9, 10], n) * 3600
            window[:, day, 0] = opens
            window[:, day, 1] = opens + rng.integers(1, 5, n) * 3600 - service
        spans = tuple(
            ShiftSpan(
                day=k,
                start_s=k * 86_400 + 9 * 3600,
                end_s=k * 86_400 + 9 * 3600 + int(rng.integers(70, 150)) * 60,
                mode="drive",
                origin=n,
                destination=n,
                pause=Pause(k * 86_400 + 34_800, k * 86_400 + 36_900, 900) if pause else None,
            )
            for k in range(shifts)
        )
        allowed = rng.random((n, shifts)) < 0.85
        prize = rng.choice([10.0, 20, 30, 40], n)
        return Problem.plain(service, prize, window, allowed, spans, {"drive": travel})

    return made


@pytest.fixture(scope="module")
def any_problem():
    """A function: a random week of numbers with everything that a problem may have."""

    def made(seed, *, n=8, shifts=2, days=2):
        rng = np.random.default_rng([seed, n])
        window = _windows_at_random(rng, n)
        allowed = rng.random((n, shifts)) < 0.85
        spans = tuple(_shift_at_random(rng, n, day=int(k * days / shifts)) for k in range(shifts))
        plain = Problem.plain(
            rng.integers(10, 40, n) * 60,
            rng.choice([5.0, 10, 20, 30, 40], n) + rng.integers(0, 10, n) / 100,
            window,
            allowed,
            spans,
            {mode: _ways_at_random(rng, n + 2, pace) for mode, pace in (("drive", 5), ("walk", 3))},
        )
        must = np.zeros(n, bool)
        must[rng.integers(n, size=rng.integers(3))] = True
        speed = rng.choice([0.5, 0.75, 1.0, 1.25], 672) if rng.random() < 0.5 else np.empty(0)
        return replace(
            plain,
            bonus=np.where(rng.random((n, shifts)) < 0.2, 3.0, 0.0),
            group=rng.integers(0, n, n) if rng.random() < 0.6 else np.arange(n),
            gap_days=rng.choice([1, 2, 7], n),
            known=rng.random(n) < 0.6,
            must=must,
            speed={"drive": speed},
            cost_per_h=float(rng.choice([0, 0.5, 2])),
            balance=float(rng.choice([0, 0.3])),
        )

    return made


def _ways_at_random(rng, points, pace):
    """Return travel that differs by direction and is never longer than a way round."""
    xy = rng.uniform(0, 4000, (points, 2))
    metres = np.sqrt(((xy[:, None] - xy[None]) ** 2).sum(axis=2))
    ways = np.ceil(metres / pace * rng.uniform(1, 1.3, (points, points)))
    for over in range(points):
        ways = np.minimum(ways, ways[:, [over]] + ways[[over], :])
    np.fill_diagonal(ways, 0)
    return ways.astype(np.int64)


def _windows_at_random(rng, n):
    window = np.zeros((n, 7, 2), np.int64)
    for day in range(7):
        opens = day * 86_400 + rng.choice([8, 9, 10], n) * 3600
        window[:, day, 0] = opens
        window[:, day, 1] = opens + rng.integers(40, 240, n) * 60
    window[rng.random((n, 7)) < 0.1, 1] = -1  # closed on that day
    return window


def _shift_at_random(rng, n, *, day):
    begins = day * 86_400 + 9 * 3600
    pause = Pause(begins + 2400, begins + 4800, 900) if rng.random() < 0.5 else None
    return ShiftSpan(
        day=day,
        start_s=begins,
        end_s=begins + int(rng.integers(90, 260)) * 60,
        mode="walk" if rng.random() < 0.2 else "drive",
        origin=n,
        destination=n + int(rng.integers(2)),
        pause=pause,
        unknown_limit_s=int(rng.integers(0, 60)) * 60 if rng.random() < 0.5 else None,
    )


@pytest.fixture(scope="module")
def faults():
    """A function: what routes break of a problem's rules, in floats and by other code."""

    def found(problem, routes):
        made = [i for route in routes for i in route]
        broken = [] if len(routes) == len(problem.shifts) else ["not one route a shift"]
        broken += ["a visit is made twice"] if len(set(made)) < len(made) else []
        for number, (span, route) in enumerate(zip(problem.shifts, routes, strict=True)):
            unknown_s = sum(problem.service_s[i] for i in route if not problem.known[i])
            if span.unknown_limit_s is not None and unknown_s > span.unknown_limit_s:
                broken.append(f"shift {number}: too much for people who are not known")
            if not all(problem.allowed[i, number] for i in route):
                broken.append(f"shift {number}: a visit it may not make")
            rests = range(len(route) + 1) if span.pause and route else [None]
            if not any(_in_time(problem, span, route, rest) for rest in rests):
                broken.append(f"shift {number}: out of time")
        day = {i: problem.shifts[k].day for k, route in enumerate(routes) for i in route}
        for i, j in combinations(made, 2):
            gap = max(problem.gap_days[i], problem.gap_days[j])
            bound = problem.group[i] == problem.group[j] and not problem.must[[i, j]].all()
            if bound and abs(day[i] - day[j]) < gap:
                broken.append(f"{i} and {j} are too near each other")
        return broken

    return found


def _in_time(problem, span, route, rest):
    """Return whether a route keeps its hours with the pause on one leg."""
    speed = problem.speed.get(span.mode, ())
    now, here = float(span.start_s), span.origin
    for leg, there in enumerate([*route, span.destination]):
        way = float(problem.travel_s[span.mode][here, there])
        if leg == rest:
            begins = max(now, span.pause.earliest_s)
            if begins > span.pause.latest_s:
                return False
            _, way = _ride(now, way, speed, until=begins)
            now = float(begins + span.pause.length_s)
        now, _ = _ride(now, way, speed)
        if leg == len(route):
            return now <= span.end_s + 1e-6
        opens, closes = problem.window_s[there, span.day]
        if max(now, opens) > closes + 1e-6:
            return False
        now, here = max(now, opens) + problem.service_s[there], there
    raise AssertionError


def _ride(now, way, speed, until=math.inf):
    """Return when a way ends, or at a moment how much of it is left."""
    while way > 1e-9 and now < until:
        quarter = int(now // 900)
        pace = speed[quarter] if 0 <= quarter < len(speed) else 1.0
        step = min((quarter + 1) * 900 - now, way / pace, until - now)
        now, way = now + step, way - step * pace
    return now, max(way, 0.0)
