"""Who saw, exported or changed what of whom: what is shown is written down, and can be read.

A row is added for every participant who is shown by name or by what is known of them, before it
is shown (safeguard 8).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Lock

import pandas as pd

from outreach.config import load_city
from outreach.link_schemas import PERSON_LINKS
from outreach.people.consent import local_days, subjects_of
from outreach.people.person_ids import resolve
from outreach.pipeline.entries import moment
from outreach.plan.document import Plan
from outreach.reports.exports import csv_bytes
from outreach.roles import needs, viewer
from outreach.store.work import Rows, database_url, new_id, open_work
from outreach.work_schemas import AUDIT, PARTICIPANTS

AGAIN = timedelta(hours=1)  # a page is drawn anew at every click; the same look is told once
_KEPT = 100_000  # so many looks are remembered before old ones are dropped


@dataclass(frozen=True)
class _Look:
    """Somebody saw something of a participant."""

    database: str
    folder: str
    who: str
    what: str
    participant_id: str


_told: dict[_Look, datetime] = {}
_lock = Lock()


@needs("points")
def saw(
    folder: Path, participant_ids: Iterable[object], what: str, *, by: str, now: datetime
) -> int:
    """Write down that participants are shown, once an hour for the same look; return how many.

    It is forgotten when the program starts anew: a look may be told twice, never not at all.

    Needs    participant_ids   blank ones (nobody enrolled) are passed over
             what              the list or page, in words; never a name
    Raises   WorkError         nobody is named who looks
    """
    whom = sorted({one for one in participant_ids if isinstance(one, str) and one})
    if not whom:
        return 0
    at = moment(folder, by, now)
    known = [_look(folder, at.by, what, one) for one in whom]
    with _lock:
        looks = [look for look in known if not _just_told(look, now)]
    if not looks:
        return 0
    with open_work(folder).writing() as rows:
        write_looks(rows, [look.participant_id for look in looks], what, by=at.by, now=now)
    with _lock:
        _told.update(dict.fromkeys(looks, now))
        if len(_told) > _KEPT:
            for look in [look for look, seen in _told.items() if abs(now - seen) >= AGAIN]:
                del _told[look]
    return len(looks)


@needs("points")
def looked(folder: Path, what: str, *, now: datetime) -> None:
    """Write down once an hour that somebody looked at people who are not enrolled."""
    _tell_once(folder, what, None, now)


@needs("points")
def saw_plan(folder: Path, plan: Plan, *, now: datetime) -> int:
    """Write down whom of those enrolled a plan shows, visited or left out; return how many."""
    whom = whose(folder, plan.candidates["subject"])
    return saw(folder, whom, f"plan {plan.week}", by=viewer().name, now=now)


@needs("points")
def took_plan(folder: Path, plan: Plan, what: str, *, now: datetime) -> int:
    """Write down that a plan is taken along as a file, a row for everybody enrolled who is visited.

    Needs    what    the file, in words, such as ``stops as a table``
    """
    gone = plan.candidates["candidate_id"].isin(list(plan.stops["candidate_id"]))
    whom = whose(folder, plan.candidates.loc[gone, "subject"])
    told = f"{what}, plan {plan.week} version {plan.number}"
    nobody: list[str | None] = [None]
    with open_work(folder).writing() as rows:
        for one in [*whom] or nobody:
            rows.audit(at=now, who=viewer().name, did="exported", what=told, participant_id=one)
    return len(whom)


@needs("points")
def took(folder: Path, what: str, *, now: datetime) -> None:
    """Write down that a file with addresses, or with rows as they came in, is taken along."""
    with open_work(folder).writing() as rows:
        rows.audit(at=now, who=viewer().name, did="exported", what=what)


def whose(folder: Path, subjects: "Iterable[object]") -> list[str]:
    """Return the participants behind subjects of plans and of calls, in the order of their ids."""
    with open_work(folder).reading() as rows:
        links = rows.fetch(PERSON_LINKS)
        people = resolve(rows.fetch(PARTICIPANTS), links, "person_id")
    named = {one for one in subjects if isinstance(one, str)}
    asked = resolve(pd.DataFrame({"subject": sorted(named)}), links, "subject")["subject"]
    meant = subjects_of(people).isin([*asked]) | people["participant_id"].isin(named)
    return sorted(people.loc[meant, "participant_id"])


def write_looks(rows: Rows, whom: Iterable[str], what: str, *, by: str, now: datetime) -> None:
    """Add that somebody saw participants, in a transaction that is open already."""
    row = {"at": now, "who": by, "did": "saw", "what": what}
    rows.insert(AUDIT, [{"audit_id": new_id(), **row, "participant_id": one} for one in whom])


def _look(folder: Path, who: str, what: str, participant_id: str) -> _Look:
    return _Look(database_url(folder), str(folder.resolve()), who, what, participant_id)


def _just_told(look: _Look, now: datetime) -> bool:
    before = _told.get(look)
    return before is not None and abs(now - before) < AGAIN


@needs("audit")
def read_trail(
    folder: Path,
    *,
    since: date | None = None,
    until: date | None = None,
    who: str | None = None,
    participant_id: str | None = None,
    did: str | None = None,
    now: datetime,
) -> pd.DataFrame:
    """Return what happened, the newest first: AUDIT. That the trail was read is in it, too.

    Needs    since, until     days on the city's calendar, both included; None: no limit
    """
    asked = Asked(since, until, who, participant_id, did)
    with open_work(folder).reading() as rows:
        found = _chosen(rows, asked, load_city(folder).time_zone)
    _tell_once(folder, "audit trail", participant_id, now)
    return found


@needs("audit")
def export_trail(folder: Path, asked: "Asked", *, now: datetime) -> bytes:
    """Return what happened as a CSV file, and write down that it was taken along."""
    with open_work(folder).writing() as rows:
        found = _chosen(rows, asked, load_city(folder).time_zone)
        rows.audit(
            at=now,
            who=viewer().name,
            did="exported",
            what=f"audit trail, {len(found)} rows",
            participant_id=asked.participant_id,
        )
    return csv_bytes(found)


@needs("audit")
def trail_choices(folder: Path) -> dict[str, list[str]]:
    """Return who and what is in the trail, to choose from."""
    with open_work(folder).reading() as rows:
        found = rows.fetch(AUDIT)
    return {name: sorted(found[name].unique()) for name in ("who", "did")}


@dataclass(frozen=True)
class Asked:
    """Which part of the trail; None: all."""

    since: date | None = None
    until: date | None = None
    who: str | None = None
    participant_id: str | None = None
    did: str | None = None


def _chosen(rows: Rows, asked: Asked, time_zone: str) -> pd.DataFrame:
    equal = {"who": asked.who, "participant_id": asked.participant_id, "did": asked.did}
    found = rows.fetch(AUDIT, **{name: value for name, value in equal.items() if value})
    first, last = asked.since or date.min, asked.until or date.max
    kept = [first <= day <= last for day in local_days(found["at"], time_zone)]
    found = found[pd.Series(kept, index=found.index, dtype=bool)]
    return found.sort_values("at", ascending=False, kind="stable", ignore_index=True)


def _tell_once(folder: Path, what: str, participant_id: str | None, now: datetime) -> None:
    """Write down once an hour that something was looked at."""
    by = viewer().name
    look = _look(folder, by, what, participant_id or "")
    with _lock:
        if _just_told(look, now):
            return
    with open_work(folder).writing() as rows:
        rows.audit(at=now, who=by, did="saw", what=what, participant_id=participant_id)
    with _lock:
        _told[look] = now
