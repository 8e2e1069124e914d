"""A small made-up week: straight lines instead of streets, three teams, one with an officer."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import numpy as np
import pandas as pd
import pytest
from shapely import LineString

from outreach.config import Base, Break, City, Member, PlanParams, Shift, Team
from outreach.geo import distance_m
from outreach.plan import make
from outreach.plan.problem import Pause, Problem, ShiftSpan
from outreach.plan.shifts import week_shifts
from outreach.plan.vroom import VroomSolver

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
    """Speeds in metres a second that pass for street networks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(make, "travel_matrix", straight_lines)
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
        plan=PlanParams(solver_limit_s=1, exploration_share=0.1),
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
                "barred": pd.Series([None] * n, dtype="str"),
                "reason": [f"{i + 4} calls for help since June." for i in range(n)],
            }
        )
        if explore:
            frame.loc[n - explore :, ["kind", "prize", "response_mode"]] = [
                "exploration",
                0.001,
                "community",
            ]
        return frame

    return made


@pytest.fixture(scope="module")
def make_week(networks, city):
    """A function: the plan of some candidates."""

    def made(candidates, *, city=city, solver=None, shifts=None, **changes):
        city = city.model_copy(update={"plan": city.plan.model_copy(update=changes)})
        return make.make_plan(
            candidates,
            week_shifts(city, MONDAY) if shifts is None else shifts,
            networks,
            city=city,
            week="2026-W48",
            made_at=datetime(2026, 11, 20, 12, tzinfo=UTC),
            as_of=datetime(2026, 11, 20, tzinfo=UTC),
            solver=solver or VroomSolver(),
        )

    return made


@pytest.fixture(scope="module")
def recheck(networks):
    """A function: what the checker says of a plan, travel measured afresh."""
    from outreach.plan.checker import violations

    def told(plan, limits=None, contact=None):
        travel = make.week_travel(plan.candidates, plan.shifts, networks, base=plan.base)
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
