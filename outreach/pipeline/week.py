"""A week's sweep: draft it, publish it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pandas as pd

from outreach.config import City, load_city
from outreach.errors import PlanError, StoreError
from outreach.geo import distance_m
from outreach.pipeline.contact import note_listings
from outreach.pipeline.directory import whole_directory
from outreach.pipeline.nearby import nearest_help
from outreach.pipeline.setup import load_networks
from outreach.pipeline.staff import ready_by_day
from outreach.pipeline.standing import as_it_may_be_shown
from outreach.pipeline.view import Listed, known_calls, listed
from outreach.pipeline.week_inputs import (
    SOME_KINDS,
    Earlier,
    Inputs,
    Report,
    Rules,
    bound_callers,
    gather,
    not_again,
    week_candidates,
    what_binds,
    who_goes_out,
)
from outreach.plan.checker import rules_broken, words_broken
from outreach.plan.crews import names, trained_only
from outreach.plan.document import Plan, from_json, publish, to_json
from outreach.plan.make import Order, checked, make_plan, sound, week_travel
from outreach.plan.search import default_solver
from outreach.plan.solver import Watch
from outreach.roles import needs
from outreach.store import documents
from outreach.store.calls import known_by
from outreach.store.folder import writing
from outreach.store.work import Rows, open_work
from outreach.weeks import parse_week, week_label

# What rules and tasks say of a visit; decided again when a plan is published.
BY_RULES = [
    "days",
    "window_from_local",
    "window_until_local",
    "with_staff",
    "language",
    "people_needed",
    "seats_needed",
    "no_police",
]
WALKS = ("cell", "exploration")
MOVED_M = 1.0
CHANGED = (
    "may no longer be visited so: limits, wishes, tasks, places of help or calls have changed "
    "since the draft was made; make a new one"
)


@needs("manage")
def make_week_plan(
    folder: Path,
    week: str,
    *,
    now: datetime,
    limit_s: float | None = None,
    report: Report = lambda _: None,
    watch: Watch | None = None,
) -> Plan:
    """Draft a week's sweep, have it checked, and keep it as the week's next version.

    Raises   PlanError   nothing to plan with, or the plan broke a rule; nothing was kept
    """
    city = with_limit(load_city(folder), limit_s)
    inputs = gather(folder, city, week, now=now, report=report)
    if inputs.as_of == now:  # a plan of a past week lists nobody today
        note_listings(folder, inputs.lists.persons, inputs.lists.places, now=now)
    made = make_plan(
        _without_visited_today(inputs, now),
        inputs.shifts,
        inputs.networks,
        order=Order(city, week_label(inputs.monday), made_at=now, as_of=inputs.as_of),
        solver=default_solver(),
        report=report,
        watch=watch,
    )
    return keep_draft(folder, inputs, made, did="drafted", who="outreach plan", report=report)


def _without_visited_today(inputs: Inputs, now: datetime) -> pd.DataFrame:
    """Return CANDIDATES in which whom a team has set out to today already has no day left."""
    visited = inputs.standing[inputs.standing["start_at"] <= now]
    return not_again(inputs.candidates, visited, (*SOME_KINDS, "participant"))


def with_limit(city: City, limit_s: float | None) -> City:
    """Return the city's settings with another time limit of the search, if one is given."""
    if limit_s is None:
        return city
    plan = city.plan.model_copy(update={"solver_limit_s": limit_s})
    return city.model_copy(update={"plan": plan})


@needs("manage")
def keep_draft(
    folder: Path, inputs: Inputs, made: Plan, *, did: str, who: str, report: Report
) -> Plan:
    """Keep a plan that was made as its week's next version, with the nearest help for each stop.

    Raises   PlanError   it breaks a rule of LIMITS or CONTACT_RULES
    """
    sound(made, rules_broken(made, *inputs.rules))
    report("nearest help for each stop")
    nearby = nearest_help(made, inputs.resources, inputs.networks, inputs.city)
    made = replace(made, nearest=nearby, notes=(*made.notes, *inputs.notes))
    with writing(folder):
        made = replace(made, number=documents.next_version(folder, made.week))
        with open_work(folder).writing() as rows:
            _keep(rows, folder, made, did=did, who=who, now=made.made_at)
    return made


def _keep(rows: Rows, folder: Path, plan: Plan, *, did: str, who: str, now: datetime) -> None:
    """Write a plan, and none without its line in the audit trail."""
    what = f"plan {plan.week} version {plan.number}"
    if plan.made_from is not None and did != "published":
        what += f" from version {plan.made_from}"
    rows.audit(at=now, who=who, did=did, what=what)
    documents.write_plan(folder, plan.week, plan.number, to_json(plan))


@needs("points")
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


@needs("manage")
def publish_plan(folder: Path, week: str, number: int | None, *, by: str, now: datetime) -> Plan:
    """Make a draft the plan of its week: a person approves it (safeguard 6).

    The draft is checked once more against limits, rules of contact, redacted sites, calls that
    bar a door, tasks, shifts and training as they stand now: somebody may have opted out since
    (safeguard 3).

    Raises   PlanError, StoreError   it or a later version is published already, nobody is named,
                                     there is none, or it breaks a rule by now
    """
    with writing(folder):
        draft = find_plan(folder, week, number)
        done = publish(draft, by=by, at=now)
        _none_later(folder, draft)
        city, networks = load_city(folder), load_networks(folder)
        resources, monday = whole_directory(folder), parse_week(draft.week)
        rules = what_binds(folder, resources, monday, now=now)
        checked(draft, week_travel(draft.candidates, draft.shifts, networks), *rules)
        _crews_still_trained(folder, city, draft)
        _shifts_still_go_out(folder, city, draft)
        _visits_still_open(folder, city, draft, rules, resources, now)
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


def _going(draft: Plan) -> pd.DataFrame:
    return draft.shifts[draft.shifts["shift_id"].isin(draft.stops["shift_id"])]


def _crews_still_trained(folder: Path, city: City, draft: Plan) -> None:
    going = _going(draft)
    able, notes = trained_only(going, ready_by_day(folder, city, parse_week(draft.week)))
    if len(able) < len(going):
        raise PlanError(f"training or staff have changed since the draft was made: {notes[0]}")


def _shifts_still_go_out(folder: Path, city: City, draft: Plan) -> None:
    """Refuse a draft whose teams, hours or bases are others by now."""
    now, _ = who_goes_out(folder, city, parse_week(draft.week))
    known = now.set_index("shift_id")
    alike = ["travel", "start_at", "end_at", "start_base", "end_base"]
    for shift in _going(draft).to_dict("records"):
        as_now = known.loc[shift["shift_id"]] if shift["shift_id"] in known.index else None
        if (
            as_now is None
            or any(shift[name] != as_now[name] for name in alike)
            or names(shift["members"]) != names(as_now["members"])
        ):
            raise PlanError(
                f"{shift['team']} on {shift['day']:%a} {shift['day'].day} {shift['day']:%b} does "
                "not go out as in the draft: the week's shifts have changed since; plan it again"
            )


def _visits_still_open(
    folder: Path, city: City, draft: Plan, rules: Rules, resources: pd.DataFrame, now: datetime
) -> None:
    """Decide about every visit of a draft again: by rules, tasks and who calls there.

    Not about walks, nor whether stops of a shift under way are on a list: they may be on none any
    more. Rules bind those too.
    """
    shown = as_it_may_be_shown(folder, draft, now=now).stops["candidate_id"]
    barred = ~draft.stops["candidate_id"].isin(shown)
    if barred.any():
        labels = draft.candidates.set_index("candidate_id")["label"]
        raise PlanError(f"{labels[draft.stops.loc[barred, 'candidate_id'].iloc[0]]} {CHANGED}")
    latest = known_calls(folder, city, now)
    known = known_by(latest, draft.as_of)
    # As the draft was made from, with doors barred by all calls known now.
    lists = listed(known, city, draft.as_of, resources, None, latest=latest)
    visits = week_candidates(
        folder, city, parse_week(draft.week), _without_walks(lists), rules,
        bound_callers(latest, rules, city, now), resources=resources,
        earlier=Earlier(draft.added, draft.stops["candidate_id"]), now=now,
    )  # fmt: skip
    _no_new_appointment(visits, draft)
    planned = draft.candidates[draft.candidates["candidate_id"].isin(draft.stops["candidate_id"])]
    under_way = draft.changes.loc[draft.changes["start_at"].notna(), "candidate_id"]
    walk_or_so = planned["kind"].isin(WALKS) | planned["candidate_id"].isin(under_way)
    planned = planned[~walk_or_so].set_index("candidate_id")
    as_now = _as_now(planned, visits[visits["barred"].isna()])
    here, there = (planned["lon"], planned["lat"]), (as_now["lon"], as_now["lat"])
    shut = ~(distance_m(*here, *there) <= MOVED_M)  # barred or closed, or to be met elsewhere
    if shut.any():
        raise PlanError(f"{planned['label'][shut].iloc[0]} {CHANGED}")
    asked = draft.candidates.set_index("candidate_id")
    asked.loc[planned.index, BY_RULES] = as_now[BY_RULES]
    asked = asked.astype({name: draft.candidates[name].dtype for name in BY_RULES})
    broken = words_broken(replace(draft, candidates=asked.reset_index()))
    if broken:
        raise PlanError(f"{broken[0]}: it {CHANGED}")


def _no_new_appointment(visits: pd.DataFrame, draft: Plan) -> None:
    """Refuse a draft without an appointment that was fixed since (duty 15)."""
    due = visits[visits["must"].astype(bool) & visits["barred"].isna()]
    missing = due[~due["candidate_id"].isin(draft.stops["candidate_id"])]
    if len(missing):
        raise PlanError(
            f"the appointment at {missing['label'].iloc[0]} is not in the draft: it was fixed "
            "since; plan the week again"
        )


def _as_now(planned: pd.DataFrame, visits: pd.DataFrame) -> pd.DataFrame:
    """Return each planned visit as it would be planned now; empty where it would not.

    Whoever was enrolled since is visited as a participant, where they were as a person.
    """
    found = visits.set_index("candidate_id").reindex(planned.index)
    due = visits[visits["kind"] == "participant"].drop_duplicates("subject").set_index("subject")
    persons = planned.index[(planned["kind"] == "person") & found["kind"].isna()]
    theirs = due.reindex(planned.loc[persons, "subject"])
    found.loc[persons, theirs.columns.intersection(found.columns)] = theirs.set_axis(persons)
    return found


def _without_walks(lists: Listed) -> Listed:
    return replace(lists, rates=lists.rates.iloc[:0])
