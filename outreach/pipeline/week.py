"""A week's sweep: draft it, publish it, draw it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from outreach.columns import check, empty
from outreach.config import City, Travel, load_city
from outreach.errors import PlanError, StoreError
from outreach.maps.base import make_ground
from outreach.maps.offline import standalone
from outreach.maps.week import Surroundings, week_map
from outreach.pipeline.setup import load_networks, read_directory
from outreach.pipeline.view import CityView, city_view, known_calls, listed, with_names
from outreach.plan.candidates import candidates
from outreach.plan.document import Plan, from_json, publish, to_json
from outreach.plan.make import checked, make_plan, week_travel
from outreach.plan.shifts import week_shifts
from outreach.plan.vroom import VroomSolver
from outreach.resources.nearest import nearest
from outreach.schemas import LIMITS, NEAREST
from outreach.store import audit, documents, tables
from outreach.store.calls import known_by
from outreach.store.folder import write_whole, writing
from outreach.streets.network import StreetNetwork
from outreach.streets.travel import travel_between
from outreach.weeks import parse_week, week_label, week_start_utc

Report = Callable[[str], None]


def make_week_plan(
    folder: Path,
    week: str,
    *,
    now: datetime,
    limit_s: float | None = None,
    report: Report = lambda _: None,
) -> Plan:
    """Draft a week's sweep, have it checked, and keep it as the week's next version.

    Raises   PlanError   nothing to plan with, or the plan broke a rule; nothing was kept
    """
    city = load_city(folder)
    if limit_s is not None:
        city = city.model_copy(
            update={"plan": city.plan.model_copy(update={"solver_limit_s": limit_s})}
        )
    networks = load_networks(folder)
    if not networks:
        raise PlanError(f"{folder} has no streets, so no way can be planned; see outreach init")
    as_of = planning_moment(week, city, now)
    resources = read_directory(folder)
    report("counting calls")
    area = next(iter(networks.values())).hull
    lists = listed(known_calls(folder, city, as_of), city, as_of, resources, area)
    if lists.counts.empty:
        raise PlanError(
            f"no call with a place is known before {as_of:%Y-%m-%d}; ingest an export, or for "
            "history loaded at once ingest it with --as-it-happened"
        )
    monday = parse_week(week)
    limits = read_limits(folder)
    made = make_plan(
        candidates(
            lists.persons,
            lists.places,
            with_names(lists.rates, folder),
            limits,
            monday=monday,
            params=city.plan,
        ),
        week_shifts(city, monday),
        networks,
        city=city,
        week=week_label(monday),
        made_at=now,
        as_of=as_of,
        solver=VroomSolver(),
        report=report,
    )
    report("nearest help for each stop")
    made = replace(made, nearest=nearest_help(made, resources, networks))
    with writing(folder):
        number = documents.next_version(folder, made.week)
        made = replace(made, number=number)
        documents.write_plan(folder, made.week, number, to_json(made))
        audit.record(folder, at=now, who="outreach plan", did="drafted", what=_name(made))
    return made


def read_limits(folder: Path) -> pd.DataFrame:
    """Return who must not be visited, or not with police.

    Raises   StoreError, SchemaError   a row cannot be understood, so nobody may be planned
    """
    path = folder / "limits.csv"
    limits = tables.read_table(path, LIMITS)
    if (limits["subject"] == "").any():
        raise StoreError(f"{path}: a row names no subject, so it would bind nobody")
    return limits


def planning_moment(week: str, city: City, now: datetime) -> datetime:
    """Return the moment up to which calls are known to a plan: now, or a past week's beginning."""
    start = week_start_utc(parse_week(week), city.time_zone)
    return start if start + timedelta(days=7) <= now else now


def nearest_help(
    plan: Plan, resources: pd.DataFrame, networks: dict[str, StreetNetwork]
) -> pd.DataFrame:
    """Return the nearest fitting places of help for each stop, walking where a network is known."""
    mode: Travel = "walk" if "walk" in networks else "drive"
    planned = plan.candidates[plan.candidates["candidate_id"].isin(plan.stops["candidate_id"])]
    stops = planned.rename(columns={"candidate_id": "stop_id"}).reset_index(drop=True)
    shown = resources[~resources["redacted"]].reset_index(drop=True)
    if stops.empty or shown.empty:
        return empty(NEAREST)
    points = [
        (frame["lon"].to_numpy(float), frame["lat"].to_numpy(float)) for frame in (stops, shown)
    ]
    travel_s, distance_m = travel_between(networks[mode], points[0], points[1])
    return check(nearest(stops, shown, travel_s, distance_m, mode=mode), NEAREST)


def find_plan(folder: Path, week: str, number: int | None = None) -> Plan:
    """Return a stored plan: the version asked for, else the newest of the week.

    Raises   StoreError   there is none
    """
    label = week_label(parse_week(week))
    if number is None:
        versions = documents.plan_versions(folder, label)
        if not versions:
            raise StoreError(
                f"there is no plan for {label} yet; make one: outreach plan -w {label}"
            )
        number = int(versions[0].stem[1:])
    return from_json(documents.read_plan(folder, label, number))


def publish_plan(folder: Path, week: str, number: int | None, *, by: str, now: datetime) -> Plan:
    """Make a draft the plan of its week: a person approves it (safeguard 6).

    The draft is checked once more against the limits, the redacted sites and the calls that bar
    a door as they stand now: somebody may have opted out since it was made (safeguard 3).

    Raises   PlanError, StoreError   it or a later version is published already, nobody is named,
                                     there is none, or it breaks a rule by now
    """
    with writing(folder):
        draft = find_plan(folder, week, number)
        done = publish(draft, by=by, at=now)
        _none_later(folder, draft)
        networks, limits = load_networks(folder), read_limits(folder)
        travel = week_travel(draft.candidates, draft.shifts, networks, base=draft.base)
        checked(draft, travel, limits)
        _doors_still_open(folder, draft, limits, now)
        documents.write_plan(folder, done.week, done.number, to_json(done))
        audit.record(folder, at=now, who=by, did="published", what=_name(done))
    return done


def _none_later(folder: Path, draft: Plan) -> None:
    for path in documents.plan_versions(folder, draft.week):
        later = from_json(path.read_text(encoding="utf-8"))
        if later.number <= draft.number:
            return
        if later.status == "published":
            raise PlanError(
                f"version {later.number} of {draft.week} is published already; an older draft "
                "would undo it: make a new one"
            )


def _doors_still_open(folder: Path, draft: Plan, limits: pd.DataFrame, now: datetime) -> None:
    """Decide about every door of a draft again: its limits, or those of who calls from there."""
    city = load_city(folder)
    latest = known_calls(folder, city, now)
    lists = listed(
        known_by(latest, draft.as_of),
        city,
        draft.as_of,
        read_directory(folder),
        None,
        latest=latest,
    )
    doors = candidates(
        lists.persons,
        lists.places,
        lists.rates.iloc[:0],
        limits,
        monday=parse_week(draft.week),
        params=city.plan,
    )
    open_now = doors[doors["barred"].isna()].set_index("candidate_id")["no_police"]
    stops = draft.stops.merge(draft.candidates, on="candidate_id").merge(
        draft.shifts, on="shift_id"
    )
    for stop in stops[stops["kind"].isin(["person", "place"])].itertuples():
        calm = open_now.get(stop.candidate_id)
        if calm is None or (calm and stop.has_officer):
            raise PlanError(
                f"{stop.label}, planned by {stop.shift_id}, may no longer be visited so: limits, "
                "places of help or calls have changed since the draft was made; make a new one"
            )


def write_week_map(
    folder: Path,
    week: str,
    number: int | None,
    target: Path,
    *,
    report: Report,
    tiles: bool = False,
) -> None:
    """Write a plan's map as one HTML file that needs no internet, unless tiles are wanted."""
    plan = find_plan(folder, week, number)
    report("drawing the map")
    chart = week_map(plan, surroundings(city_view(folder, plan.as_of), tiles=tiles))
    write_whole(target, standalone(chart), private=True)


def surroundings(view: CityView, *, tiles: bool = False) -> Surroundings:
    """Return what a week's map shows around the sweep."""
    edges = view.networks["drive"].edges if "drive" in view.networks else None
    return Surroundings(
        ground=make_ground(edges, view.areas, credit=view.city.streets_credit, tiles=tiles),
        rates=view.rates,
        resources=view.resources,
        base=view.city.home_base,
    )


def plan_facts(plan: Plan) -> dict[str, Any]:
    """Return a plan's figures for people and scripts."""
    explored = plan.candidates.loc[plan.candidates["kind"] == "exploration", "candidate_id"]
    needed = plan.candidates.set_index("candidate_id")["prize"]
    return {
        "week": plan.week,
        "number": plan.number,
        "status": plan.status,
        "shifts": len(plan.shifts),
        "candidates": len(plan.candidates),
        "stops": len(plan.stops),
        "left_out": len(plan.left_out),
        "exploration_stops": int(plan.stops["candidate_id"].isin(explored).sum()),
        "need_met": round(float(needed.loc[plan.stops["candidate_id"]].sum()), 3),
        "travel_h": round(float(np.sum(plan.legs["travel_s"])) / 3600, 1),
        "solver": plan.solver,
        "notes": list(plan.notes),
    }


def _name(plan: Plan) -> str:
    return f"plan {plan.week} version {plan.number}"
