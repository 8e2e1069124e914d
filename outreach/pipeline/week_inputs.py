"""What a week is planned from: calls, work, rules, streets and who goes out, at one moment."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pandas as pd

from outreach.columns import check, empty
from outreach.config import City
from outreach.daylight import week_daylight
from outreach.errors import PlanError, StoreError
from outreach.people.person_ids import resolve
from outreach.people.persons import usual_doors
from outreach.pipeline.contact import rules_for_week
from outreach.pipeline.directory import whole_directory
from outreach.pipeline.errands import week_errands
from outreach.pipeline.locate import with_spots_named
from outreach.pipeline.roster import week_roster
from outreach.pipeline.setup import load_networks
from outreach.pipeline.staff import ready_by_day
from outreach.pipeline.view import Listed, known_calls, listed, persons_of, with_names
from outreach.plan.candidates import candidates
from outreach.plan.crews import trained_only
from outreach.plan.document import from_json
from outreach.plan.found import Found
from outreach.plan.published import standing_stops
from outreach.plan.rules import keep_hidden
from outreach.plan.shifts import week_shifts
from outreach.plan_schemas import CONTACT_RULES, ERRANDS
from outreach.roles import needs
from outreach.schemas import LIMITS
from outreach.store import calls, documents, tables
from outreach.streets.network import StreetNetwork
from outreach.weeks import (
    DAY_NAMES,
    at_local,
    local_date,
    parse_week,
    week_label,
    week_start_utc,
)

Report = Callable[[str], None]
Rules = tuple[pd.DataFrame, pd.DataFrame]  # LIMITS, CONTACT_RULES
SOME_KINDS = ("person", "place", "cell", "exploration")  # of calls; tasks tell if they are open


@dataclass(frozen=True, eq=False)
class Earlier:
    """What an earlier version of a week hands on to the next."""

    added: pd.DataFrame  # ERRANDS of stops that a lead put in
    staying: Collection[str]  # candidate_id of its stops: they are still listed


NOTHING_EARLIER = Earlier(empty(ERRANDS), ())


@dataclass(frozen=True, eq=False)
class Inputs:
    """All that a week's plan is made from."""

    city: City
    monday: date
    as_of: datetime
    networks: dict[str, StreetNetwork]
    resources: pd.DataFrame
    lists: Listed
    rules: Rules
    candidates: pd.DataFrame  # CANDIDATES
    shifts: pd.DataFrame  # SHIFTS that are still to come, begun ones of today too
    standing: pd.DataFrame  # stops of the week's published plans
    notes: tuple[str, ...]


@needs("manage")
def gather(
    folder: Path,
    city: City,
    week: str,
    *,
    now: datetime,
    earlier: Earlier = NOTHING_EARLIER,
    report: Report = lambda _: None,
) -> Inputs:
    """Read what a week is planned from, as it is known now.

    Days before today are not planned again: their shifts are left out, and who was visited then
    has no day left.

    Raises   PlanError, StoreError, SchemaError   nothing to plan with, or a row is no row
    """
    networks = load_networks(folder)
    if not networks:
        raise PlanError(f"{folder} has no streets, so no way can be planned; see outreach init")
    monday, as_of = parse_week(week), planning_moment(week, city, now)
    resources = whole_directory(folder)
    report("counting calls")
    view = known_calls(folder, city, as_of)
    lists = listed(view, city, as_of, resources, next(iter(networks.values())).hull)
    if lists.counts.empty:
        raise PlanError(
            f"no call with a place is known before {as_of:%Y-%m-%d}; ingest an export, or for "
            "history loaded at once ingest it with --as-it-happened"
        )
    lists = replace(lists, rates=with_names(lists.rates, folder))
    rules = what_binds(folder, resources, monday, now=now)
    today = local_date(now, city.time_zone)
    standing = standing_of(folder, monday)
    shifts, notes = who_goes_out(folder, city, monday)
    over = shifts["day"] < (today if as_of == now else monday)
    if len(shifts) and over.all():
        raise PlanError(f"every shift of {week_label(monday)} is over; plan the next week")
    found = week_candidates(
        folder, city, monday, lists, rules, bound_callers(view, rules, city, as_of),
        resources=resources, earlier=earlier, now=now,
    )  # fmt: skip
    return Inputs(
        city=city,
        monday=monday,
        as_of=as_of,
        networks=networks,
        resources=resources,
        lists=lists,
        rules=rules,
        candidates=_without_what_is_over(
            not_again(found, standing[standing["day"] < today]), monday, now, city.time_zone
        ),
        shifts=shifts[~over].reset_index(drop=True),
        standing=standing,
        notes=(*notes, *_days_over(shifts.loc[over, "day"])),
    )


def week_candidates(
    folder: Path,
    city: City,
    monday: date,
    lists: Listed,
    rules: Rules,
    callers: pd.DataFrame,
    *,
    resources: pd.DataFrame,
    earlier: Earlier,
    now: datetime,
) -> pd.DataFrame:
    """Return CANDIDATES of a week: from calls, from the work database and put in by a lead."""
    errands = [
        with_spots_named(folder, week_errands(folder, city, monday, now=now)),
        earlier.added,
    ]
    found = Found(
        lists.persons,
        lists.places,
        lists.rates,
        errands=pd.concat([one for one in errands if len(one)] or errands[:1], ignore_index=True),
        callers=callers,
        resources=resources,
        staying=frozenset(earlier.staying),
    )
    if city.home_base is None:
        raise PlanError("the city has no [home_base] in city.toml; teams must start somewhere")
    light = week_daylight(city.home_base.lon, city.home_base.lat, monday, city.time_zone)
    return candidates(found, *rules, monday=monday, params=city.plan, daylight=light)


def bound_callers(view: ir.Table, rules: Rules, city: City, as_of: datetime) -> pd.DataFrame:
    """Return from where those call whom something binds, however few their calls are."""
    bound = {subject for rows in rules for subject in rows["subject"]}
    return usual_doors(calls.demand(view), bound, as_of=as_of, params=city.repeat)


@needs("manage")
def who_goes_out(folder: Path, city: City, monday: date) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the week's shifts that may go, and why the others stay at home.

    Raises   PlanError   a shift cannot be as it is written, or no team may go
    """
    label = week_label(monday)
    shifts = week_shifts(city, monday, week_roster(folder, label))
    going, notes = trained_only(shifts, ready_by_day(folder, city, monday))
    if going.empty and len(shifts):
        raise PlanError(f"no team may go out in {label}: {' '.join(notes)}")
    return going, notes


@needs("points")
def standing_of(folder: Path, monday: date) -> pd.DataFrame:
    """Return the stops of a week's published plans, as ``standing_stops``, of whole persons."""
    versions = documents.plan_versions(folder, week_label(monday))
    stops = standing_stops(from_json(path.read_text(encoding="utf-8")) for path in versions)
    links = persons_of(folder)
    return resolve(resolve(stops, links, "subject"), links, "visit_group")


def not_again(
    candidates: pd.DataFrame, visited: pd.DataFrame, kinds: Sequence[str] = SOME_KINDS
) -> pd.DataFrame:
    """Return CANDIDATES in which whom the week's plans have visited already has no day left.

    Tasks are left alone: while one is open it is to be done.

    Needs    visited   as ``standing_stops``
    """
    if visited.empty:
        return candidates
    found = candidates
    day_of = {
        key: day
        for column in ("visit_group", "candidate_id")  # the last one told counts
        for key, day in zip(visited[column], visited["day"], strict=True)
    }
    free = found["barred"].isna() & found["kind"].isin(kinds)
    groups = found["visit_group"].map(day_of)
    days = found["candidate_id"].map(day_of).fillna(groups)
    again = free & days.notna()
    told = {i: f"It was visited on {day:%a} {day.day} {day:%b}." for i, day in days[again].items()}
    return found.assign(
        days=found["days"].mask(again, ""),
        days_why=found["days_why"].mask(again, pd.Series(told, dtype="str")),
        barred_cause=found["barred_cause"].mask(again, "cap"),
    )


def _without_what_is_over(
    candidates: pd.DataFrame, monday: date, now: datetime, time_zone: str
) -> pd.DataFrame:
    """Return CANDIDATES in which an appointment that is over need not be kept any more."""

    def over(row: Any) -> bool:
        last = monday + timedelta(days=DAY_NAMES.index(row.days.split()[-1]))
        return at_local(last, time.fromisoformat(row.window_until_local), time_zone) < now

    found = candidates[candidates["must"] & (candidates["days"] != "")]
    gone = [row.candidate_id for row in found.itertuples() if over(row)]
    if monday + timedelta(days=7) <= local_date(now, time_zone) or not gone:
        return candidates  # a week that is over is planned as it was
    return candidates.assign(must=candidates["must"] & ~candidates["candidate_id"].isin(gone))


def _days_over(days: pd.Series) -> tuple[str, ...]:
    """Return what is told of days that were over when the plan was made."""
    if days.empty:
        return ()
    names = ", ".join(DAY_NAMES[day.weekday()].capitalize() for day in sorted(set(days)))
    return (f"{names} are over and not planned again.",)


@needs("participants")
def what_binds(folder: Path, resources: pd.DataFrame, monday: date, *, now: datetime) -> Rules:
    """Return LIMITS, of whole persons, and CONTACT_RULES of a week as they stand now.

    Raises   StoreError, SchemaError   a row cannot be understood, so nobody may be planned
    """
    contact = check(rules_for_week(folder, monday, now=now), CONTACT_RULES)
    limits = resolve(read_limits(folder), persons_of(folder), "subject")
    return limits, keep_hidden(contact, resources, monday)


@needs("participants")
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
