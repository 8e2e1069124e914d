"""What teams entered on offline day sheets, back into the work database: once, whatever happens.

A file may be loaded twice, late, in any order, and beside others of the same week. An entry is
known by its id; a change stands for the first entry of its visit, and the newest change counts
whichever comes first.
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from outreach.cells import fine_cells, to_text
from outreach.columns import empty
from outreach.errors import InputError, StoreError, WorkError
from outreach.people.consent import newest
from outreach.pipeline.entries import Moment, moment
from outreach.pipeline.field_file import SHEET_ID, Entries, Entry, read_entries
from outreach.pipeline.log import (
    VisitEntry,
    check_entry,
    keep_entry,
    open_again,
    visit_row,
    with_participant,
)
from outreach.pipeline.week import find_plan
from outreach.plan.crews import names
from outreach.plan.document import Plan
from outreach.roles import needs
from outreach.store.folder import writing
from outreach.store.secrets import load_key, pseudonym_key
from outreach.store.work import Rows, open_work
from outreach.weeks import local_date, parse_week
from outreach.work_schemas import STAFF, TASKS, VISIT_STAFF, VISITS
from outreach.work_words import OUTCOMES

# Stops without a person or a listed door: the spot tells where somebody was, as on the log page.
OF_NOBODY = ("added", "sharps_pickup", "campaign")
_TICK = timedelta(microseconds=1)
ASIDE = ("entry", "reason")


@dataclass(frozen=True)
class FieldVisit:
    """An entry as it is kept, and what people read of it."""

    visit: VisitEntry
    replaces: str | None
    place: str
    changed: bool


@dataclass(frozen=True, eq=False)
class TakenIn:
    """What became of a file of entries."""

    week: str
    number: int
    kept: tuple[FieldVisit, ...]
    already: int  # entries that were there before; nothing was changed
    aside: pd.DataFrame  # entry (its place in the file), reason
    messages: tuple[str, ...] = ()  # what else came of it


def sheet_mark(folder: Path, week: str, number: int) -> str:
    """Return by what entries show that they belong to a plan of this city.

    It is made with the city's key, so no other city has it.
    """
    key = pseudonym_key(load_key(folder))
    text = f"day sheets\x1f{week}\x1f{number}"
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:32]


@needs("record")
def look_through(folder: Path, data: bytes, *, now: datetime) -> TakenIn:
    """Tell what ``take_in`` would keep of a file; nothing is changed.

    Raises   InputError   as take_in
    """
    read, plan = _of_this_city(folder, data)
    with open_work(folder).reading() as rows:
        return _sorted(rows, read, plan, now)


@needs("record")
def take_in(folder: Path, data: bytes, *, by: str, now: datetime) -> TakenIn:
    """Keep the visits of a file of entries, each once; all of them or, on an error, none.

    The rules are those of ``log.log_visit``: what breaks them is set aside with its reason.

    Raises   InputError   the file is cut off, too large, none of ours, or of another city
             WorkError    nobody is named
    """
    at = moment(folder, by, now)
    read, plan = _of_this_city(folder, data)
    with writing(folder), open_work(folder).writing() as rows:
        found = _sorted(rows, read, plan, now)
        messages: list[str] = []
        for root, group in _by_visit(rows, found.kept).items():
            messages += _keep_visit(rows, root, group, at)
        aside = len(found.aside)
        what = f"entries of the day sheets of {read.week}, version {read.number}: "
        what += f"{len(found.kept)} kept, {found.already} there already, {aside} set aside"
        rows.audit(at=now, who=at.by, did="took in", what=what)
    return replace(found, messages=tuple(dict.fromkeys(messages)))


def _of_this_city(folder: Path, data: bytes) -> tuple[Entries, Plan]:
    """Return what a file holds and the plan it was made from."""
    read = read_entries(data)
    if not hmac.compare_digest(
        read.city.encode(), sheet_mark(folder, read.week, read.number).encode()
    ):
        raise InputError("these entries are of another city or plan; nothing was kept")
    try:
        plan = find_plan(folder, read.week, read.number)
    except StoreError:
        raise InputError("the plan of these entries is not here; nothing was kept") from None
    if plan.status != "published":
        raise InputError("these entries are of a plan that is a draft; nothing was kept")
    return read, plan


def _sorted(rows: Rows, read: Entries, plan: Plan, now: datetime) -> TakenIn:
    """Tell new entries from those that are there and those that cannot be kept."""
    aside = list(read.aside)
    staff = _staff(rows)
    known = {entry.visit_id: entry for entry in read.entries}
    kept, already = [], 0
    for position, entry in zip(read.positions, read.entries, strict=True):
        try:
            if len(rows.fetch(VISITS, visit_id=entry.visit_id)):
                already += 1
                continue
            made = _visit(rows, entry, plan, staff, now)
            first = known.get(entry.replaces or "")
            other = first is not None and first.candidate_id != entry.candidate_id
            if other or _of_another(rows, entry, made.visit.subject):
                raise WorkError("it changes the visit of another stop")
            kept.append(made)
        except WorkError as error:
            aside.append((position, str(error).removesuffix("; nothing was kept")))
    told = [(f"Entry {position}", why) for position, why in sorted(aside)]
    table = pd.DataFrame(told, columns=list(ASIDE))
    return TakenIn(read.week, read.number, tuple(kept), already, table)


def _of_another(rows: Rows, entry: Entry, subject: str | None) -> bool:
    """Return whether what is kept of its visit, first entry or change, was of somebody else.

    What was changed in the app does not count: there it may turn out who it was.
    """
    root = entry.replaces or entry.visit_id
    there = pd.concat([rows.fetch(VISITS, visit_id=root), rows.fetch(VISITS, replaces=root)])
    on_sheets = there["visit_id"].map(SHEET_ID.fullmatch).notna()
    return bool((there.loc[on_sheets, "subject"] != subject).any())


def _staff(rows: Rows) -> dict[str, str]:
    known = rows.fetch(STAFF)
    return dict(zip(known["name"], known["staff_id"], strict=True))


def _visit(
    rows: Rows, entry: Entry, plan: Plan, staff: dict[str, str], now: datetime
) -> FieldVisit:
    """Return an entry as the log takes it; whom it is about, the stored plan says."""
    stops = plan.stops[plan.stops["candidate_id"] == entry.candidate_id]
    if stops.empty or not (stops["shift_id"] == entry.shift_id).any():
        raise WorkError("its stop is not in that plan")
    whose = plan.candidates["candidate_id"] == entry.candidate_id
    stop = plan.candidates[whose].to_dict("records")[0]
    day = local_date(entry.happened_at, plan.time_zone)
    monday = parse_week(plan.week)
    if not monday - timedelta(days=1) <= day <= monday + timedelta(days=7):
        raise WorkError(f"it was on {day}, which is not in the week of the plan")
    crew = plan.shifts.loc[plan.shifts["shift_id"] == entry.shift_id, "members"]
    visit = VisitEntry(
        visit_id=entry.visit_id,
        happened_at=entry.happened_at,
        outcome=entry.outcome,
        subject=_subject(stop),
        response_mode=stop["response_mode"],
        police_involved=entry.police_involved,
        services=tuple(entry.services),
        sharps=entry.sharps,
        minutes=None if entry.minutes is None else float(entry.minutes),
        note=(entry.note or "").strip() or None,
        staff_ids=tuple(staff[name] for name in sorted(names(crew.iloc[0])) if name in staff),
        lon=None if pd.isna(stop["lon"]) else float(stop["lon"]),
        lat=None if pd.isna(stop["lat"]) else float(stop["lat"]),
        address=str(stop["label"]),
        closes=_closes(rows, entry, stop["task_id"]),
    )
    check_entry(visit, now)
    return FieldVisit(visit, entry.replaces, str(stop["label"]), entry.replaces is not None)


def _subject(stop: Any) -> str:
    if stop["kind"] in OF_NOBODY and pd.notna(stop["lon"]):
        return to_text(int(fine_cells([stop["lon"]], [stop["lat"]])[0]))
    return str(stop["subject"])


def _closes(rows: Rows, entry: Entry, task_id: Any) -> tuple[str, ...]:
    """Return the task that a visit settles: the stop's, where it is open and somebody was met."""
    if not isinstance(task_id, str) or OUTCOMES[entry.outcome] == "contact_attempt":
        return ()
    return (task_id,) if len(rows.fetch(TASKS, task_id=task_id, status="open")) else ()


def _by_visit(rows: Rows, found: Iterable[FieldVisit]) -> dict[str, list[FieldVisit]]:
    """Return new entries by the first entry of their visit, in the order they were made."""
    before = {one.visit.visit_id: one.replaces for one in found}
    groups: dict[str, list[FieldVisit]] = {}
    for one in sorted(found, key=lambda one: one.visit.visit_id):
        groups.setdefault(_first(rows, before, one.visit.visit_id), []).append(one)
    return groups


def _first(rows: Rows, before: dict[str, str | None], visit_id: str) -> str:
    seen = {visit_id}
    while True:
        earlier = before[visit_id] if visit_id in before else _replaced(rows, visit_id)
        if earlier is None or earlier in seen:
            return visit_id
        visit_id = earlier
        seen.add(visit_id)


def _replaced(rows: Rows, visit_id: str) -> str | None:
    found = [one for one in rows.fetch(VISITS, visit_id=visit_id)["replaces"] if one]
    return found[0] if found else None


def _there(rows: Rows, root: str) -> pd.DataFrame:
    """Return all rows of a visit that are kept already: the first one and what stands for it."""
    found, wanted, seen = [rows.fetch(VISITS, visit_id=root)], [root], {root}
    while wanted:
        more = rows.fetch(VISITS, replaces=wanted.pop())
        more = more[~more["visit_id"].isin(list(seen))]
        seen |= set(more["visit_id"])
        wanted += list(more["visit_id"])
        found.append(more)
    kept = [part for part in found if len(part)]
    return pd.concat(kept, ignore_index=True) if kept else empty(VISITS)


def _keep_visit(rows: Rows, root: str, group: list[FieldVisit], at: Moment) -> list[str]:
    """Keep the new entries of one visit so that the one made last is the one that counts.

    What was changed in the app since stands: whoever did so knew what was kept then.
    """
    there = _there(rows, root)
    in_app = [one for one in there["visit_id"] if not SHEET_ID.fullmatch(one)]
    last = max((*there["visit_id"], *(one.visit.visit_id for one in group)), key=_made(root))
    counts = None if in_app else next((one for one in group if one.visit.visit_id == last), None)
    others = [one for one in group if one is not counts]
    until = at.now if counts is not None else newest(there)["recorded_at"].iloc[0]
    for ago, one in enumerate(reversed(others), start=1):
        _keep_earlier(rows, one, root, replace(at, now=until - ago * _TICK), at)
    told = []
    if in_app and others:
        told.append(f"{others[0].place}: it was changed in the app since, and that stands.")
    if counts is not None:
        told += [f"{counts.place}: {one}" for one in _keep_last(rows, counts, root, there, at)]
    return told


def _made(root: str) -> Any:
    """Return by what the last entry of a visit is found: a change comes after the first one."""
    return lambda visit_id: (visit_id != root, visit_id)


def _keep_earlier(rows: Rows, one: FieldVisit, root: str, when: Moment, at: Moment) -> None:
    """Keep an entry that another one stands for already; nothing comes of it."""
    visit = with_participant(rows, one.visit)
    replaces = None if visit.visit_id == root else root
    if not rows.insert(VISITS, [visit_row(visit, when, replaces)], once=True):
        return
    there = sorted(set(visit.staff_ids))
    rows.insert(VISIT_STAFF, [{"visit_id": visit.visit_id, "staff_id": who} for who in there])
    what = f"visit {visit.visit_id}: {visit.outcome}, changed later"
    whose = visit.participant_id
    rows.audit(at=at.now, who=at.by, did="logged", what=what, participant_id=whose)


def _keep_last(
    rows: Rows, one: FieldVisit, root: str, there: pd.DataFrame, at: Moment
) -> list[str]:
    replaces = None if one.visit.visit_id == root else root
    did = "logged" if replaces is None else "corrected"
    old = None if there.empty else {str(k): value for k, value in newest(there).iloc[0].items()}
    visit = replace(one.visit, closes=_closes_still(rows, one.visit))
    done = keep_entry(rows, visit, at, did=did, replaces=replaces)
    told = list(done.messages)
    if old is None or not done.is_new:
        return told
    not_met = OUTCOMES[visit.outcome] == "contact_attempt"
    if not_met and open_again(rows, old, visit, at):
        told.append("A follow-up that the earlier entry settled is open again.")
    if old["outcome"] == "asked_no_visits" and visit.outcome != "asked_no_visits":
        told.append("Their wish for no visits stays until it is withdrawn on their profile.")
    return told


def _closes_still(rows: Rows, visit: VisitEntry) -> tuple[str, ...]:
    """Return the tasks that are still open: an entry before may have settled them."""
    return tuple(t for t in visit.closes if len(rows.fetch(TASKS, task_id=t, status="open")))
