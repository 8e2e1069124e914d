"""This week at a glance: what waits for a lead, overdue follow-ups first (duty 8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from outreach.config import City, load_city
from outreach.errors import PlanError
from outreach.people.consent import local_days, newest, subjects_of
from outreach.people.person_ids import resolve
from outreach.pipeline import lists
from outreach.pipeline.directory import whole_directory
from outreach.pipeline.directory_checks import verified_days
from outreach.pipeline.followups import due_list
from outreach.pipeline.referrals_in import open_referrals_in
from outreach.pipeline.roster import week_teams
from outreach.pipeline.standing import as_it_may_be_shown
from outreach.pipeline.view import CityView, persons_of
from outreach.plan.compare import figures
from outreach.plan.document import Plan
from outreach.plan.published import standing_stops
from outreach.roles import needs
from outreach.store.work import existing_work
from outreach.weeks import local_date, monday_of, parse_week, week_label
from outreach.work_schemas import PARTICIPANTS, VISITS

MET = ("contact", "engagement")
SHOWN = 5  # rows of a list at a glance


@dataclass(frozen=True, eq=False)
class Waiting:
    """What has waited for too long."""

    overdue: pd.DataFrame  # as followups.due_list, the longest overdue first
    tasks: int  # of them with a day; the others have not been met for long
    referrals_in: pd.DataFrame  # as referrals_in.open_referrals_in, the oldest first


@dataclass(frozen=True, eq=False)
class WeekPlan:
    """How far one week's plan is, and what came of it so far."""

    week: str
    plan: Plan | None  # that stands: the newest published, else the newest draft
    newer_draft: int | None  # the number of a draft made after the published one
    planned: int  # stops
    over: int  # of them those whose time has come
    visited: int  # of them those with a logged visit in that week
    logged: int  # visits logged in that week, planned or not
    barred: int  # stops left out, since somebody asked for it after the plan was made
    exploration_share: float | None  # of the stops; None without any

    @property
    def state(self) -> str:
        """One of none, draft, published."""
        return "none" if self.plan is None else self.plan.status


@dataclass(frozen=True)
class Gaps:
    """Who does not go out in a week as the roster says."""

    week: str
    shifts: int
    hours: float  # of the shifts that go
    short_h: float  # of those that cannot
    at_home: tuple[str, ...]  # why
    extra: int  # people in training who go along as an extra seat


@dataclass(frozen=True)
class Age:
    """How old the directory is."""

    places: int
    stale: int  # of them: verified too long ago, or never


@dataclass(frozen=True)
class Reach:
    """How many of the listed were met this week."""

    listed: int  # repeat people and places
    met: int  # of them
    planned: int  # of them: on a plan that stands


@needs("manage")
def waiting(folder: Path, *, now: datetime) -> Waiting:
    """Return what is overdue, and who was referred by others and waits.

    Raises   ConfigError, StoreError   the folder is not in order
    """
    if not lists.has_work(folder):
        return Waiting(pd.DataFrame(), 0, pd.DataFrame())
    due = due_list(folder, now=now)
    late = due[due["state"] == "overdue"]
    promised = late["task_id"].notna()
    late = late.assign(promised=promised).sort_values(
        ["promised", "days_overdue", "name"], ascending=[False, False, True], ignore_index=True
    )
    return Waiting(late, int(promised.sum()), open_referrals_in(folder, now=now))


@needs("manage")
def week_plans(view: CityView, weeks: Sequence[str], *, now: datetime) -> list[WeekPlan]:
    """Return how far the plans of some weeks are, and their stops set beside logged visits.

    Raises   StoreError   the work database cannot be read
    """
    visits = _visits(view.folder, view.city)
    return [_week_plan(view, week, visits, now=now) for week in weeks]


def _week_plan(view: CityView, week: str, visits: pd.DataFrame, *, now: datetime) -> WeekPlan:
    folder = view.folder
    plans = sorted((one for one in view.plans if one.week == week), key=lambda one: -one.number)
    published = [plan for plan in plans if plan.status == "published"]
    plan = next(iter([*published, *plans]), None)
    monday = parse_week(week)
    mine = visits[_within(visits["day"], monday)]
    if plan is None:
        return WeekPlan(week, None, None, 0, 0, 0, len(mine), 0, None)
    stops = standing_stops(plans) if published else plan.stops.merge(plan.candidates)
    stops = resolve(stops, persons_of(folder), "subject")
    draft = plans[0].number if published and plans[0].number > plan.number else None
    shown = as_it_may_be_shown(folder, plan, now=now) if lists.has_work(folder) else plan
    return WeekPlan(
        week=week,
        plan=shown,
        newer_draft=draft,
        planned=len(stops),
        over=int((stops["leave_at"] <= now).sum()),
        visited=int(stops["subject"].isin(mine["subject"].dropna()).sum()),
        logged=len(mine),
        barred=len(plan.stops) - len(shown.stops),
        exploration_share=figures(shown).exploration_stops / len(stops) if len(stops) else None,
    )


def _within(days: pd.Series, monday: date) -> npt.NDArray[np.bool_]:
    """Return which days are of the week that begins on a Monday."""
    return np.array([monday_of(day) == monday for day in days], bool)


def _visits(folder: Path, city: City) -> pd.DataFrame:
    """Return logged visits, corrections counted once: VISITS, day; subjects of whole persons."""
    work = existing_work(folder)
    if work is None:
        return pd.DataFrame(columns=[*VISITS.columns, "day"])
    with work.reading() as rows:
        visits, people = newest(rows.fetch(VISITS)), rows.fetch(PARTICIPANTS)
    known = dict(zip(people["participant_id"], subjects_of(people), strict=True))
    enrolled = visits["participant_id"].map(known).astype("object")
    visits = visits.assign(
        day=local_days(visits["happened_at"], city.time_zone),
        subject=enrolled.where(enrolled.notna(), visits["subject"].astype("object")),
    )
    return resolve(visits, persons_of(folder), "subject")


@needs("manage")
def gaps(folder: Path, week: str) -> Gaps | None:
    """Return which shifts of a week cannot go, and how many hours are short by it.

    None where the week's shifts cannot be read; the page of teams and shifts says why.

    Raises   ConfigError, StoreError   the folder is not in order
    """
    try:
        teams = week_teams(folder, week)
    except PlanError:
        return None
    hours = (teams.shifts["end_at"] - teams.shifts["start_at"]).dt.total_seconds() / 3600
    goes = teams.goes.to_numpy(bool)
    home = teams.at_home if len(teams.shifts) and not goes.all() else ()
    return Gaps(
        week=week,
        shifts=len(teams.shifts),
        hours=float(hours[goes].sum()),
        short_h=float(hours[~goes].sum()),
        at_home=home,
        extra=int(teams.extra["name"].nunique()) if len(teams.extra) else 0,
    )


@needs("manage")
def directory_age(folder: Path, *, now: datetime) -> Age:
    """Return how many places of the directory were not verified for long.

    Raises   ConfigError, StoreError   the folder is not in order
    """
    city = load_city(folder)
    today = local_date(now, city.time_zone)
    places = whole_directory(folder)
    days = verified_days(places["verified_on"], today)
    return Age(len(places), int((days.isna() | (days > city.resources.stale_days)).sum()))


def newest_call(imports: pd.DataFrame, time_zone: str) -> date | None:
    """Return the day of the newest call on the city's calendar; None before any came in.

    Needs    imports    columns of store.batches.ImportRecord
    """
    ends = imports["last_received_at"].dropna()
    if ends.empty:
        return None
    return local_date(pd.to_datetime(ends, utc=True).max().to_pydatetime(), time_zone)


@needs("manage")
def reach(view: CityView, week: str, plan: Plan | None) -> Reach:
    """Return how many of the listed people and places were met in a week, or stand on its plan."""
    places = view.places[view.places["home_visit"] & (view.places["kind"] == "place")]
    listed = set(view.persons["person_id"]) | set(places["place_id"])
    monday = parse_week(week)
    visits = _visits(view.folder, view.city)
    seen = visits[_within(visits["day"], monday) & visits["stage"].isin(MET).to_numpy(bool)]
    met = set(seen["subject"].dropna())
    on_plan: set[str] = set()
    if plan is not None:
        stops = plan.candidates["candidate_id"].isin(plan.stops["candidate_id"])
        named = resolve(plan.candidates[stops], persons_of(view.folder), "subject")
        on_plan = set(named["subject"])
    return Reach(len(listed), len(listed & met), len(listed & on_plan))


def this_and_next(now: datetime, city: City) -> tuple[str, str]:
    """Return the week that runs and the one after it."""
    today = local_date(now, city.time_zone)
    return week_label(today), week_label(today + timedelta(days=7))
