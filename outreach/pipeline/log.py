"""The log: visits and what came of them, and needles picked up (duties 14, 20, 21 and 25)."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from outreach.errors import WorkError
from outreach.geo import distance_m
from outreach.language.translate import N_
from outreach.link_schemas import PERSON_LINKS
from outreach.people.consent import subjects_of
from outreach.people.person_ids import resolve
from outreach.people.rule_rows import is_area
from outreach.pipeline.entries import Moment, moment, past, point, the_row, word
from outreach.pipeline.tasks import TaskEntry, end_task, keep_task
from outreach.roles import needs
from outreach.schemas import LIMITS, RESPONSE_MODES
from outreach.store import tables
from outreach.store.folder import writing
from outreach.store.work import Rows, new_id, open_work
from outreach.weeks import local_date
from outreach.work_schemas import (
    CONSENTS,
    PARTICIPANTS,
    SHARPS,
    TASKS,
    USUAL_PLACES,
    VISIT_STAFF,
    VISITS,
)
from outreach.work_words import LIVING_SITUATIONS, OUTCOMES, SERVICES

NOTE_WARNING = N_(
    "Notes can be asked for under public records law. Write only what the next visit needs: "
    "no diagnosis, nobody else's name."
)
SAME_PLACE_M = 75.0  # wider than the usual error of a phone's position


@dataclass(frozen=True)
class VisitEntry:
    """One visit as it is entered; ``visit_id`` is made when the form opens (``uuid4().hex``)."""

    visit_id: str
    happened_at: datetime
    outcome: str  # of work_words.OUTCOMES; the stage follows from it
    participant_id: str | None = None
    subject: str | None = None  # of a plan's stop, where nobody is enrolled
    response_mode: str = "community"
    police_involved: bool = False
    services: tuple[str, ...] = ()  # of work_words.SERVICES
    sharps: int = 0
    minutes: float | None = None
    living_situation: str | None = None
    note: str | None = None
    staff_ids: tuple[str, ...] = ()  # who was there
    lon: float | None = None
    lat: float | None = None
    address: str | None = None  # to tell which usual place it was; not kept with the visit
    closes: tuple[str, ...] = ()  # tasks that are done with this visit
    next_due: date | None = None  # plans a follow-up


@dataclass(frozen=True)
class Logged:
    """What became of an entry."""

    visit_id: str
    is_new: bool  # False: it was there already, and nothing was changed
    messages: tuple[str, ...]  # what else came of it, for the person who entered it


@dataclass(frozen=True)
class PickupEntry:
    """Needles picked up; ``pickup_id`` is made when the form opens."""

    pickup_id: str
    happened_at: datetime
    sharps: int
    reported_at: datetime | None = None
    lon: float | None = None
    lat: float | None = None
    address: str | None = None
    closes: str | None = None  # the task that asked for it


@needs("record")
def log_visit(folder: Path, entry: VisitEntry, *, by: str, now: datetime) -> Logged:
    """Keep a visit and all that comes of it, whole or not at all; sent twice it is kept once.

    Somebody who was met has been seen at the usual place that the visit was at; who asks for no
    more visits gets none from now on; tasks are closed and a follow-up is planned as entered.
    What happened can be logged of anybody, but nothing is planned against an opt-out.

    Raises   WorkError   an unknown word or id, a time to come, or a follow-up against a wish
    """
    at = moment(folder, by, now)
    check_entry(entry, now)
    with limits_locked(folder, entry), open_work(folder).writing() as rows:
        return keep_entry(rows, entry, at, did="logged", replaces=None)


@needs("record")
def correct_visit(
    folder: Path, visit_id: str, entry: VisitEntry, *, by: str, now: datetime
) -> Logged:
    """Keep a corrected entry as a new row that stands for an earlier visit; the old row stays.

    Raises   WorkError   as log_visit, or the visit was corrected before: correct that one
    """
    at = moment(folder, by, now)
    check_entry(entry, now)
    with limits_locked(folder, entry), open_work(folder).writing() as rows:
        old = the_row(rows, VISITS, visit_id)
        newer = set(rows.fetch(VISITS, replaces=visit_id)["visit_id"]) - {entry.visit_id}
        if newer or entry.visit_id == visit_id:
            raise WorkError("this visit was corrected before; correct the newest; nothing was kept")
        done = keep_entry(rows, entry, at, did="corrected", replaces=visit_id)
        kept = the_row(rows, VISITS, done.visit_id)
        moved = kept["participant_id"] != old["participant_id"]
        if done.is_new and moved and old["participant_id"] is not None:
            whose, what = old["participant_id"], _told(entry, visit_id)
            rows.audit(at=now, who=at.by, did="corrected", what=what, participant_id=whose)
        not_met = OUTCOMES[entry.outcome] == "contact_attempt"
        if done.is_new and (moved or not_met) and open_again(rows, old, entry, at):
            again = "A follow-up that the earlier entry settled is open again."
            done = Logged(done.visit_id, True, (*done.messages, again))
    took_back = old["outcome"] == "asked_no_visits" and (moved or entry.outcome != old["outcome"])
    if not (done.is_new and took_back):
        return done
    told = "Their wish for no visits stays until it is withdrawn on their profile."
    return Logged(done.visit_id, done.is_new, (*done.messages, told))


def open_again(rows: Rows, old: dict[str, Any], entry: VisitEntry, at: Moment) -> int:
    """Open the tasks that a visit settled, where it turns out that nobody was met."""
    earlier, recorded = old, [old["recorded_at"]]
    while isinstance(earlier["replaces"], str):
        before = rows.fetch(VISITS, visit_id=earlier["replaces"])
        if before.empty:  # entered on a sheet, and its file was not brought back yet
            break
        earlier = {str(name): value for name, value in before.iloc[0].items()}
        recorded.append(earlier["recorded_at"])
    tasks = rows.fetch(TASKS, participant_id=old["participant_id"], status="done")
    settled = tasks[tasks["closed_at"].isin(recorded) & ~tasks["task_id"].isin(entry.closes)]
    for task_id in settled["task_id"]:
        anew = {"status": "open", "closed_at": None, "closed_by": None}
        rows.update(TASKS, {"task_id": task_id}, anew)
        what, whose = f"task {task_id}", old["participant_id"]
        rows.audit(at=at.now, who=at.by, did="opened", what=what, participant_id=whose)
    return len(settled)


@needs("record")
def add_pickup(folder: Path, entry: PickupEntry, *, by: str, now: datetime) -> bool:
    """Keep a pickup of needles; False: it was there already. It is no call and no contact.

    Raises   WorkError   no count, or a time to come
    """
    at = moment(folder, by, now)
    past(entry.happened_at, now, "a pickup")
    point(entry.lon, entry.lat)
    if entry.sharps < 0:
        raise WorkError("needles are counted from 0 on; nothing was kept")
    if entry.reported_at is not None and entry.reported_at > entry.happened_at:
        raise WorkError("needles are reported before they are picked up; nothing was kept")
    row = {name: value for name, value in vars(entry).items() if name != "closes"}
    with open_work(folder).writing() as rows:
        if not rows.insert(SHARPS, [{**row, "recorded_at": now, "recorded_by": at.by}], once=True):
            return False
        what = f"pickup {entry.pickup_id}: {entry.sharps} needles"
        rows.audit(at=now, who=at.by, did="logged", what=what)
        if entry.closes is not None:
            end_task(rows, entry.closes, at, done=True)
    return True


def check_entry(entry: VisitEntry, now: datetime) -> None:
    """Refuse a visit that cannot have been so.

    Raises   WorkError   an unknown word, no place or person, or a time to come
    """
    past(entry.happened_at, now, "a visit")
    point(entry.lon, entry.lat)
    word(entry.outcome, OUTCOMES, "outcome of a visit")
    word(entry.response_mode, RESPONSE_MODES, "way to go")
    word(entry.living_situation, LIVING_SITUATIONS, "living situation")
    for service in entry.services:
        word(service, SERVICES, "service")
    if entry.participant_id is None and entry.subject is None:
        raise WorkError("say who or what place was visited; nothing was kept")
    if entry.sharps < 0 or (entry.minutes is not None and entry.minutes < 0):
        raise WorkError("needles and minutes are counted from 0 on; nothing was kept")
    if entry.next_due is not None and entry.outcome == "asked_no_visits":
        raise WorkError("they asked for no more visits, so none can be planned; nothing was kept")


def keep_entry(
    rows: Rows, entry: VisitEntry, at: Moment, *, did: str, replaces: str | None
) -> Logged:
    """Keep a checked visit within a transaction, and all that comes of it."""
    entry = with_participant(rows, entry)
    person = entry.participant_id
    if person is None and entry.next_due is not None:
        raise WorkError("a follow-up needs a participant: enrol them first; nothing was kept")
    if not rows.insert(VISITS, [visit_row(entry, at, replaces)], once=True):
        return Logged(entry.visit_id, False, ("It was kept already; nothing was changed.",))
    there = sorted(set(entry.staff_ids))
    rows.insert(VISIT_STAFF, [{"visit_id": entry.visit_id, "staff_id": who} for who in there])
    what = _told(entry, replaces)
    rows.audit(at=at.now, who=at.by, did=did, what=what, participant_id=person)
    messages = [*_seen(rows, entry, at), *_no_more_visits(rows, entry, at)]
    for task_id in entry.closes:
        if not end_task(rows, task_id, at, done=True):
            messages.append("A task of this visit was closed already.")
    if entry.next_due is not None:
        _follow_up(rows, entry, entry.next_due, at)
        messages.append(f"A follow-up is due on {entry.next_due}.")
    return Logged(entry.visit_id, True, tuple(messages))


def _told(entry: VisitEntry, replaces: str | None) -> str:
    """Return what the audit trail says of a visit."""
    return f"visit {entry.visit_id}: {entry.outcome}" + (f", for {replaces}" if replaces else "")


def visit_row(entry: VisitEntry, at: Moment, replaces: str | None) -> dict[str, Any]:
    """Return a visit as a row of VISITS."""
    kept = {name: value for name, value in vars(entry).items() if name in VISITS.columns}
    return {
        **kept,
        "services": " ".join(word for word in SERVICES if word in entry.services),
        "note": entry.note or None,
        "stage": OUTCOMES[entry.outcome],
        "recorded_at": at.now,
        "recorded_by": at.by,
        "replaces": replaces,
    }


def _seen(rows: Rows, entry: VisitEntry, at: Moment) -> list[str]:
    """Note that somebody who was met was seen at the usual place the visit was at."""
    if entry.participant_id is None or OUTCOMES[entry.outcome] == "contact_attempt":
        return []
    places = rows.fetch(USUAL_PLACES, participant_id=entry.participant_id)
    places = places[places["ended_on"].isna()]
    said = (entry.address or "").strip()
    there = (places["address"].fillna("").str.casefold() == said.casefold()) & bool(said)
    if entry.lon is not None and entry.lat is not None:
        away_m = distance_m(places["lon"], places["lat"], entry.lon, entry.lat)
        nearest = away_m == np.min(away_m, initial=np.inf)
        there |= (away_m <= SAME_PLACE_M) & nearest
    day = local_date(entry.happened_at, at.time_zone)
    for place in places[there & (places["last_seen_on"] < day)].itertuples():
        key = {"usual_place_id": place.usual_place_id}
        rows.update(USUAL_PLACES, key, {"last_seen_on": day})
    if there.any() or (entry.lon is None and not said):
        return []
    return ["This is none of their usual places; add it on their profile if it is one."]


def _no_more_visits(rows: Rows, entry: VisitEntry, at: Moment) -> list[str]:
    """Bind the planner where somebody asked for no more visits."""
    if entry.outcome != "asked_no_visits":
        return []
    told = ["No visit is planned for them from now on, until they take that back."]
    if entry.participant_id is None:
        if entry.subject is None or is_area(entry.subject):
            return ["It is not known who they are, so no plan can leave them out: enrol them."]
        _limit(rows, entry.subject, at)
        return told
    known = rows.fetch(CONSENTS, participant_id=entry.participant_id, rule="do_not_visit")
    since = local_date(entry.happened_at, at.time_zone)
    later = np.array([day > since for day in known["since"]], bool)
    if (known["until"].notna() | known["withdrawn_at"].notna() | later).all():
        consent = {
            "consent_id": new_id(),
            "participant_id": entry.participant_id,
            "rule": "do_not_visit",
            "since": since,
            "until": None,
            "recorded_at": at.now,
            "recorded_by": at.by,
            "withdrawn_at": None,
            "withdrawn_by": None,
        }
        rows.insert(CONSENTS, [consent])
        what, whose = "do_not_visit, asked for at a visit", entry.participant_id
        rows.audit(at=at.now, who=at.by, did="consent", what=what, participant_id=whose)
    return told


def limits_locked(folder: Path, entry: VisitEntry) -> AbstractContextManager[None]:
    """Hold the folder's lock, before the database's as everywhere, where limits may change."""
    if entry.outcome == "asked_no_visits" and entry.participant_id is None:
        return writing(folder)
    return nullcontext()


def _limit(rows: Rows, subject: str, at: Moment) -> None:
    """Add to limits.csv that somebody who is not enrolled, or a door, must not be visited."""
    path = at.folder / "limits.csv"
    limits = tables.read_table(path, LIMITS)
    same = (limits["subject"] == subject) & (limits["rule"] == "do_not_visit")
    if limits.loc[same, "until"].isna().any():
        return
    limits.loc[len(limits)] = [subject, "do_not_visit", None]
    rows.audit(at=at.now, who=at.by, did="consent", what=f"do_not_visit for {subject}")
    tables.write_table(path, limits, LIMITS)


def with_participant(rows: Rows, entry: VisitEntry) -> VisitEntry:
    """Return the entry with its participant: that of the id, else whoever the subject is."""
    if entry.participant_id is not None:
        the_row(rows, PARTICIPANTS, entry.participant_id)
        return entry
    links, told = rows.fetch(PERSON_LINKS), pd.DataFrame({"subject": [entry.subject]})
    subject = resolve(told, links, "subject")["subject"].iloc[0]
    people = resolve(rows.fetch(PARTICIPANTS), links, "person_id").sort_values("status")
    mine = people.loc[subjects_of(people) == subject, "participant_id"]
    return replace(entry, participant_id=mine.iloc[0]) if len(mine) else entry


def _follow_up(rows: Rows, entry: VisitEntry, due_on: date, at: Moment) -> None:
    """Plan a follow-up for who carries the case, else for who was there."""
    person = rows.fetch(PARTICIPANTS, participant_id=entry.participant_id)
    carries = [who for who in person["staff_id"] if who is not None]
    staff = next(iter([*carries, *entry.staff_ids]), None)
    task = TaskEntry(new_id(), "follow_up", due_on, entry.participant_id, staff_id=staff)
    keep_task(rows, task, at)
