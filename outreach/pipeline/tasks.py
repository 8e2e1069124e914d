"""Tasks: what is to be done by when (duties 8, 15, 18 and 21)."""

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path

import pandas as pd

from outreach.errors import WorkError
from outreach.pipeline.entries import Moment, asked_for, moment, point, the_row, word
from outreach.roles import needs
from outreach.store.work import Rows, open_work
from outreach.weeks import local_date
from outreach.work_schemas import PARTICIPANTS, REFERRALS, TASKS
from outreach.work_words import TASK_KINDS

NOTIFICATION_PEOPLE = 2
FOR_NOBODY = ("sharps_pickup", "campaign")  # kept apart from participants (duties 21 and 40)


@dataclass(frozen=True)
class TaskEntry:
    """A task as it is entered; ``task_id`` is made when the form opens."""

    task_id: str
    kind: str  # of work_words.TASK_KINDS
    due_on: date | None = None  # may be left out where fixed_at is given
    participant_id: str | None = None
    referral_id: str | None = None
    staff_id: str | None = None
    fixed_at: datetime | None = None  # an appointment; a notification must have one
    lon: float | None = None
    lat: float | None = None
    address: str | None = None
    people_needed: int = 1  # a notification takes two
    note: str | None = None


@needs("record")
def add_task(folder: Path, entry: TaskEntry, *, by: str, now: datetime) -> bool:
    """Keep a task; False: it was there already, sent twice.

    Raises   WorkError   no day, a notification without a time, a pickup or a campaign stop for
                         somebody, or against what somebody wants
    """
    at = moment(folder, by, now)
    with open_work(folder).writing() as rows:
        return keep_task(rows, entry, at)


def keep_task(rows: Rows, entry: TaskEntry, at: Moment) -> bool:
    """Keep a task within a transaction; see ``add_task``."""
    task, day = _checked(entry, at.time_zone)
    if not rows.fetch(TASKS, task_id=task.task_id).empty:
        return False
    if task.referral_id is not None:
        task = _for_referral(rows, task, task.referral_id)
    if task.participant_id is not None:
        the_row(rows, PARTICIPANTS, task.participant_id)
        _refuse_unwanted(rows, task.participant_id, task.kind, day, at)
    row = {
        **asdict(task),
        "due_on": day,
        "status": "open",
        "created_at": at.now,
        "created_by": at.by,
        "closed_at": None,
        "closed_by": None,
    }
    rows.insert(TASKS, [row])
    what = f"task {task.task_id}: {task.kind} due {day}"
    rows.audit(at=at.now, who=at.by, did="planned", what=what, participant_id=task.participant_id)
    return True


def _for_referral(rows: Rows, task: TaskEntry, referral_id: str) -> TaskEntry:
    """Return a task for a referral as one about its participant.

    Raises   WorkError   it is about somebody else
    """
    whose = the_row(rows, REFERRALS, referral_id)["participant_id"]
    if task.participant_id not in (None, whose):
        raise WorkError("that is somebody else's referral; nothing was kept")
    return replace(task, participant_id=whose)


@needs("record")
def close_task(folder: Path, task_id: str, *, done: bool = True, by: str, now: datetime) -> None:
    """Mark an open task as done, or as cancelled.

    Raises   WorkError   there is no such task, or it is closed
    """
    at = moment(folder, by, now)
    with open_work(folder).writing() as rows:
        if not end_task(rows, task_id, at, done=done):
            raise WorkError("this task was closed already; nothing was changed")


def end_task(rows: Rows, task_id: str, at: Moment, *, done: bool) -> bool:
    """Close a task within a transaction; False: it was closed already."""
    task = the_row(rows, TASKS, task_id)
    status = "done" if done else "cancelled"
    changes = {"status": status, "closed_at": at.now, "closed_by": at.by}
    if not rows.update(TASKS, {"task_id": task_id, "status": "open"}, changes):
        return False
    whose = task["participant_id"]
    rows.audit(at=at.now, who=at.by, did=status, what=f"task {task_id}", participant_id=whose)
    return True


@needs("record")
def reschedule(
    folder: Path,
    task_id: str,
    *,
    due_on: date | None = None,
    fixed_at: datetime | None = None,
    by: str,
    now: datetime,
) -> None:
    """Move an open task to another day, or an appointment to another time.

    Raises   WorkError   it is closed, or the new day is against what somebody wants
    """
    at = moment(folder, by, now)
    with open_work(folder).writing() as rows:
        task = the_row(rows, TASKS, task_id)
        if task["status"] != "open":
            raise WorkError("this task was closed already; nothing was changed")
        fixed = not pd.isna(task["fixed_at"])
        if fixed and fixed_at is None:
            raise WorkError("an appointment is moved to a time, not to a day; nothing was changed")
        new = TaskEntry(task_id, task["kind"], due_on, fixed_at=fixed_at)
        _, day = _checked(new, at.time_zone)
        if task["participant_id"] is not None:
            _refuse_unwanted(rows, task["participant_id"], task["kind"], day, at)
        changes = {"due_on": day, "fixed_at": fixed_at}
        rows.update(TASKS, {"task_id": task_id}, changes)
        rows.audit(
            at=now,
            who=at.by,
            did="moved",
            what=f"task {task_id} from {task['due_on']} to {day}",
            participant_id=task["participant_id"],
        )


def _refuse_unwanted(rows: Rows, participant_id: str, kind: str, on: date, at: Moment) -> None:
    """Refuse to plan anything for somebody who does not want it on that day (safeguard 3).

    Raises   WorkError   they opted out, or want no visits and this is not a call by phone
    """
    if participant_id in asked_for(rows, "opt_out", at, on):
        raise WorkError(
            f"this participant opted out of contact, so nothing can be planned for {on}; "
            "nothing was kept"
        )
    if kind != "call_back" and participant_id in asked_for(rows, "do_not_visit", at, on):
        raise WorkError(
            f"this participant wants no visits, so none can be planned for {on}: a call_back by "
            "phone can; nothing was kept"
        )


def _checked(entry: TaskEntry, time_zone: str) -> tuple[TaskEntry, date]:
    """Return a task as it is kept, and its day; an appointment's is that of its time."""
    word(entry.kind, TASK_KINDS, "kind of task")
    point(entry.lon, entry.lat)
    people = entry.people_needed
    if entry.kind in FOR_NOBODY and entry.participant_id is not None:
        raise WorkError(f"a {entry.kind} is for no participant; nothing was kept")
    if entry.kind == "notification":
        if entry.fixed_at is None:
            raise WorkError("a notification needs a fixed time; nothing was kept")
        people = max(people, NOTIFICATION_PEOPLE)
    if people < 1:
        raise WorkError("a task takes at least one person; nothing was kept")
    day = local_date(entry.fixed_at, time_zone) if entry.fixed_at else entry.due_on
    if day is None:
        raise WorkError("say by when this is to be done; nothing was kept")
    return replace(entry, people_needed=people, note=entry.note or None), day
