"""Referrals: offered, accepted, and so on, until they are closed with an outcome (duty 20)."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from outreach.errors import WorkError
from outreach.people.referrals import offers
from outreach.pipeline.entries import Moment, moment, past, the_row, word
from outreach.pipeline.tasks import TaskEntry, end_task, keep_task
from outreach.roles import needs
from outreach.store.work import Rows, new_id, open_work
from outreach.work_schemas import (
    ORGANISATIONS,
    PARTICIPANTS,
    REFERRALS,
    STEPS,
    TASKS,
    WISHES,
)
from outreach.work_words import BARRIERS, REFERRAL_OUTCOMES, REFERRAL_STEPS, SERVICES


@dataclass(frozen=True)
class ReferralEntry:
    """A referral as it is entered; ``referral_id`` is made when the form opens."""

    referral_id: str
    participant_id: str
    organisation_id: str
    service: str  # of work_words.SERVICES
    warm_handoff: bool = False
    barrier: str | None = None  # what stands in the way
    offered_at: datetime | None = None  # else now
    accompany_on: date | None = None  # plans that somebody goes along
    staff_id: str | None = None  # who goes along


@needs("record")
def referral_choices(
    folder: Path, participant_id: str, *, service: str | None = None
) -> pd.DataFrame:
    """Return the organisations in the order to offer them, as people.referrals.offers."""
    with open_work(folder).reading() as rows:
        return offers(
            rows.fetch(ORGANISATIONS),
            rows.fetch(WISHES, participant_id=participant_id),
            rows.fetch(REFERRALS),
            participant_id=participant_id,
            service=service,
        )


@needs("record")
def open_referral(folder: Path, entry: ReferralEntry, *, by: str, now: datetime) -> bool:
    """Keep a new referral, offered; False: it was there already, sent twice.

    Raises   WorkError   an unknown word or id, or somebody is to go along against their wish
    """
    at = moment(folder, by, now)
    offered_at = entry.offered_at or now
    past(offered_at, now, "an offer")
    word(entry.service, SERVICES, "service")
    word(entry.barrier, BARRIERS, "barrier")
    row = {
        "referral_id": entry.referral_id,
        "participant_id": entry.participant_id,
        "organisation_id": entry.organisation_id,
        "service": entry.service,
        "warm_handoff": entry.warm_handoff,
        "barrier": entry.barrier,
        "opened_at": offered_at,
        "opened_by": at.by,
        "closed_at": None,
        "outcome": None,
    }
    with open_work(folder).writing() as rows:
        the_row(rows, PARTICIPANTS, entry.participant_id)
        the_row(rows, ORGANISATIONS, entry.organisation_id)
        if not rows.insert(REFERRALS, [row], once=True):
            return False
        _audit(rows, row, "referred", f"for {entry.service}", at)
        _keep_step(rows, entry.referral_id, REFERRAL_STEPS[0], offered_at, at)
        if entry.accompany_on is not None:
            along = TaskEntry(
                new_id(),
                "accompany",
                entry.accompany_on,
                entry.participant_id,
                entry.referral_id,
                entry.staff_id,
            )
            keep_task(rows, along, at)
    return True


@needs("record")
def add_step(
    folder: Path, referral_id: str, step: str, *, happened_at: datetime, by: str, now: datetime
) -> None:
    """Keep how far a referral came; steps may be left out, but never go back.

    Raises   WorkError   the referral is closed, or the step's order or time is impossible
    """
    at = moment(folder, by, now)
    word(step, REFERRAL_STEPS, "step of a referral")
    past(happened_at, now, "a step")
    with open_work(folder).writing() as rows:
        referral = _open_one(rows, referral_id)
        steps = rows.fetch(STEPS, referral_id=referral_id)
        reached = max((REFERRAL_STEPS.index(name) for name in steps["step"]), default=-1)
        if REFERRAL_STEPS.index(step) <= reached:
            raise WorkError(
                f"{step} does not come after {REFERRAL_STEPS[reached]}; nothing was kept"
            )
        if len(steps) and happened_at < steps["happened_at"].max():
            raise WorkError(f"{step} cannot come before the step before it; nothing was kept")
        _keep_step(rows, referral_id, step, happened_at, at)
        _audit(rows, referral, "step", step, at)


@needs("record")
def close_referral(folder: Path, referral_id: str, outcome: str, *, by: str, now: datetime) -> None:
    """Close a referral with its outcome; tasks that were for it are not due any more.

    Raises   WorkError   no outcome of REFERRAL_OUTCOMES, or it is closed already
    """
    at = moment(folder, by, now)
    if not outcome:
        raise WorkError("a referral is closed with an outcome; nothing was changed")
    word(outcome, REFERRAL_OUTCOMES, "outcome of a referral")
    with open_work(folder).writing() as rows:
        referral = _open_one(rows, referral_id)
        rows.update(REFERRALS, {"referral_id": referral_id}, {"closed_at": now, "outcome": outcome})
        for task_id in rows.fetch(TASKS, referral_id=referral_id, status="open")["task_id"]:
            end_task(rows, task_id, at, done=False)
        _audit(rows, referral, "closed", outcome, at)


def _open_one(rows: Rows, referral_id: str) -> dict[str, Any]:
    referral = the_row(rows, REFERRALS, referral_id)
    if not pd.isna(referral["closed_at"]):
        raise WorkError(f"this referral was closed as {referral['outcome']}; nothing was changed")
    return referral


def _keep_step(rows: Rows, referral_id: str, step: str, happened_at: datetime, at: Moment) -> None:
    row = {"step": step, "happened_at": happened_at, "recorded_at": at.now, "recorded_by": at.by}
    rows.insert(STEPS, [{"step_id": new_id(), "referral_id": referral_id, **row}])


def _audit(rows: Rows, referral: dict[str, Any], did: str, how: str, at: Moment) -> None:
    what, whose = f"referral {referral['referral_id']}: {how}", referral["participant_id"]
    rows.audit(at=at.now, who=at.by, did=did, what=what, participant_id=whose)
