"""A week's sweep: draft it, publish it, draw it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from outreach.columns import check, empty
from outreach.config import City, Travel, load_city
from outreach.errors import PlanError, StoreError
from outreach.geo import distance_m
from outreach.maps.base import make_ground
from outreach.maps.offline import standalone
from outreach.maps.week import Surroundings, week_map
from outreach.people.person_ids import resolve
from outreach.people.persons import usual_doors
from outreach.pipeline.contact import note_listings, rules_for_week
from outreach.pipeline.setup import load_networks, read_directory
from outreach.pipeline.staff import ready_by_day
from outreach.pipeline.standing import as_it_may_be_shown
from outreach.pipeline.view import (
    CityView,
    Listed,
    city_view,
    known_calls,
    listed,
    persons_of,
    with_names,
)
from outreach.plan.candidates import candidates
from outreach.plan.checker import rules_broken, words_broken
from outreach.plan.crews import trained_only
from outreach.plan.document import Plan, from_json, publish, to_json
from outreach.plan.make import checked, make_plan, sound, week_travel
from outreach.plan.rules import keep_hidden
from outreach.plan.shifts import week_shifts
from outreach.plan.vroom import VroomSolver
from outreach.plan_schemas import CONTACT_RULES
from outreach.resources.nearest import nearest
from outreach.schemas import LIMITS, NEAREST
from outreach.store import calls, documents, tables
from outreach.store.calls import known_by
from outreach.store.folder import write_whole, writing
from outreach.store.work import Rows, open_work
from outreach.streets.network import StreetNetwork
from outreach.streets.travel import travel_between
from outreach.weeks import parse_week, week_label, week_start_utc

Report = Callable[[str], None]
BY_RULES = ["days", "window_from_local", "window_until_local", "with_staff", "no_police"]
MOVED_M = 1.0
CHANGED = (
    "may no longer be visited so: limits, wishes, places of help or calls have changed since the "
    "draft was made; make a new one"
)


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
    view = known_calls(folder, city, as_of)
    lists = listed(view, city, as_of, resources, area)
    if lists.counts.empty:
        raise PlanError(
            f"no call with a place is known before {as_of:%Y-%m-%d}; ingest an export, or for "
            "history loaded at once ingest it with --as-it-happened"
        )
    monday = parse_week(week)
    shifts, notes = _who_goes_out(folder, city, monday)
    if as_of == now:  # a plan of a past week lists nobody today
        note_listings(folder, lists.persons, lists.places, now=now)
    rules = what_binds(folder, resources, monday, now=now)
    lists = replace(lists, rates=with_names(lists.rates, folder))
    callers = _bound_callers(view, rules, city, as_of)
    made = make_plan(
        _candidates(lists, rules, callers, monday, city),
        shifts,
        networks,
        city=city,
        week=week_label(monday),
        made_at=now,
        as_of=as_of,
        solver=VroomSolver(),
        report=report,
    )
    sound(made, rules_broken(made, *rules))
    report("nearest help for each stop")
    nearby = nearest_help(made, resources, networks)
    made = replace(made, nearest=nearby, notes=(*made.notes, *notes))
    with writing(folder):
        made = replace(made, number=documents.next_version(folder, made.week))
        with open_work(folder).writing() as rows:
            _keep(rows, folder, made, did="drafted", who="outreach plan", now=now)
    return made


def _candidates(
    lists: Listed,
    rules: tuple[pd.DataFrame, pd.DataFrame],
    callers: pd.DataFrame,
    monday: date,
    city: City,
) -> pd.DataFrame:
    found = (lists.persons, lists.places, lists.rates)
    return candidates(*found, *rules, monday=monday, params=city.plan, callers=callers)


def _bound_callers(
    view: ir.Table, rules: tuple[pd.DataFrame, pd.DataFrame], city: City, as_of: datetime
) -> pd.DataFrame:
    """Return from where those call whom something binds, however few their calls are."""
    bound = {subject for rows in rules for subject in rows["subject"]}
    return usual_doors(calls.demand(view), bound, as_of=as_of, params=city.repeat)


def _who_goes_out(folder: Path, city: City, monday: date) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the week's shifts that may go, and why the others stay at home."""
    shifts, notes = trained_only(week_shifts(city, monday), ready_by_day(folder, city, monday))
    if shifts.empty and city.shifts:
        raise PlanError(f"no team may go out in {week_label(monday)}: {' '.join(notes)}")
    return shifts, notes


def _keep(rows: Rows, folder: Path, plan: Plan, *, did: str, who: str, now: datetime) -> None:
    """Write a plan, and none without its line in the audit trail."""
    rows.audit(at=now, who=who, did=did, what=f"plan {plan.week} version {plan.number}")
    documents.write_plan(folder, plan.week, plan.number, to_json(plan))


def what_binds(
    folder: Path, resources: pd.DataFrame, monday: date, *, now: datetime
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return LIMITS, of whole persons, and CONTACT_RULES of a week as they stand now.

    Raises   StoreError, SchemaError   a row cannot be understood, so nobody may be planned
    """
    contact = check(rules_for_week(folder, monday, now=now), CONTACT_RULES)
    limits = resolve(read_limits(folder), persons_of(folder), "subject")
    return limits, keep_hidden(contact, resources, monday)


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

    The draft is checked once more against limits, rules of contact, redacted sites, calls that
    bar a door and training as they stand now: somebody may have opted out since (safeguard 3).

    Raises   PlanError, StoreError   it or a later version is published already, nobody is named,
                                     there is none, or it breaks a rule by now
    """
    with writing(folder):
        draft = find_plan(folder, week, number)
        done = publish(draft, by=by, at=now)
        _none_later(folder, draft)
        city, networks = load_city(folder), load_networks(folder)
        resources, monday = read_directory(folder), parse_week(draft.week)
        rules = what_binds(folder, resources, monday, now=now)
        travel = week_travel(draft.candidates, draft.shifts, networks, base=draft.base)
        checked(draft, travel, *rules)
        _crews_still_trained(folder, city, draft)
        callers = _bound_callers(known_calls(folder, city, now), rules, city, now)
        _doors_still_open(draft, _as_listed(folder, city, draft, now), rules, callers, city)
        with open_work(folder).writing() as rows:  # from here on nobody's wish changes
            _unchanged(rules, what_binds(folder, resources, monday, now=now))
            _keep(rows, folder, done, did="published", who=done.published_by or by, now=now)
    return done


def _unchanged(before: Sequence[pd.DataFrame], now: Sequence[pd.DataFrame]) -> None:
    if not all(one.equals(other) for one, other in zip(before, now, strict=True)):
        raise PlanError("what binds this week changed while the plan was checked; publish it again")


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


def _as_listed(folder: Path, city: City, draft: Plan, now: datetime) -> Listed:
    """Return the lists that a draft was made from, with doors barred by all calls known now."""
    latest = known_calls(folder, city, now)
    known = known_by(latest, draft.as_of)
    return listed(known, city, draft.as_of, read_directory(folder), None, latest=latest)


def _crews_still_trained(folder: Path, city: City, draft: Plan) -> None:
    going = draft.shifts[draft.shifts["shift_id"].isin(draft.stops["shift_id"])]
    able, notes = trained_only(going, ready_by_day(folder, city, parse_week(draft.week)))
    if len(able) < len(going):
        raise PlanError(f"training or staff have changed since the draft was made: {notes[0]}")


def _doors_still_open(
    draft: Plan,
    lists: Listed,
    rules: tuple[pd.DataFrame, pd.DataFrame],
    callers: pd.DataFrame,
    city: City,
) -> None:
    """Decide about every door of a draft again: its rules, and those of who calls from there."""
    no_walks = replace(lists, rates=lists.rates.iloc[:0])
    doors = _candidates(no_walks, rules, callers, parse_week(draft.week), city)
    planned = draft.candidates[draft.candidates["candidate_id"].isin(draft.stops["candidate_id"])]
    planned = planned[planned["kind"].isin(["person", "place"])].set_index("candidate_id")
    now = doors[doors["barred"].isna()].set_index("candidate_id").reindex(planned.index)
    here, there = (planned["lon"], planned["lat"]), (now["lon"], now["lat"])
    shut = ~(distance_m(*here, *there) <= MOVED_M)  # barred now, or to be met elsewhere
    if shut.any():
        raise PlanError(f"{planned['label'][shut].iloc[0]} {CHANGED}")
    asked = draft.candidates.set_index("candidate_id")
    asked.loc[planned.index, BY_RULES] = now[BY_RULES]
    broken = words_broken(replace(draft, candidates=asked.reset_index()))
    if broken:
        raise PlanError(f"{broken[0]}: it {CHANGED}")


def write_week_map(
    folder: Path,
    week: str,
    number: int | None,
    target: Path,
    *,
    now: datetime,
    report: Report,
    tiles: bool = False,
) -> None:
    """Write a plan's map as one HTML file that needs no internet, unless tiles are wanted.

    It is without stops that somebody has asked not to get since (safeguard 3).
    """
    plan = as_it_may_be_shown(folder, find_plan(folder, week, number), now=now)
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
