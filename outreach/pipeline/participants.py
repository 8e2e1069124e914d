"""Participants: enrol them, change what is known, who carries the case, and who they are.

What they want and allow is in ``wishes``; all that a profile shows is in ``profiles``.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from outreach.columns import Table
from outreach.config import load_city
from outreach.errors import WorkError
from outreach.link_schemas import PERSON_LINKS
from outreach.people.consent import subjects_of
from outreach.people.followups import last_contacts
from outreach.people.person_ids import resolve
from outreach.pipeline.audit_trail import saw
from outreach.pipeline.entries import Moment, moment, the_row, word
from outreach.pipeline.identities import known_identity
from outreach.roles import needs, viewer
from outreach.store.work import Rows, new_id, open_work
from outreach.weeks import local_date
from outreach.work_schemas import (
    ALIASES,
    HOUSEHOLDS,
    LISTINGS,
    PARTICIPANTS,
    STAFF,
    TASKS,
    VISITS,
)
from outreach.work_words import DOORS

# What ``enrol`` and ``change`` take: all of it may be missing.
TEXTS = ("given_name", "family_name", "birth_date", "phone", "note")  # birth_date: YYYY-MM-DD
LIMITS = {"cap_visits": 1, "cap_days": 1, "cooling_off_days": 0}  # and the least they may be
DETAILS = (*TEXTS, *LIMITS)


@contextmanager
def changing(
    folder: Path, table: Table, key: str, what: str, *, by: str, now: datetime, did: str = "changed"
) -> Iterator[tuple[Rows, dict[str, Any], Moment]]:
    """Give a row about a participant, to be changed whole or not at all, and write down who did.

    Raises   WorkError   there is no such row, or nobody is named
    """
    at = moment(folder, by, now)
    with open_work(folder).writing() as rows:
        row = the_row(rows, table, key)
        yield rows, row, at
        rows.audit(at=now, who=at.by, did=did, what=what, participant_id=row["participant_id"])


@needs("participants")
def enrol(
    folder: Path,
    door: str,
    *,
    by: str,
    now: datetime,
    person_id: str | None = None,
    staff_id: str | None = None,
    details: Mapping[str, Any] | None = None,
    participant_id: str | None = None,
) -> str:
    """Enrol somebody and return the participant_id.

    A person in the calls gets the name, birth date and phone of the calls where ``details`` say
    nothing. A form makes the ``participant_id`` when it opens: sent twice, it enrols once.

    Raises   WorkError   no door of DOORS, nobody of that id in the calls, enrolled already
    """
    at = moment(folder, by, now)
    if door not in DOORS:
        raise WorkError(f"say how they came to us: {', '.join(DOORS)}; nobody was enrolled")
    told = checked_details(details or {}, at)
    known = known_identity(folder, person_id) if person_id else {}
    until = at.today + timedelta(days=load_city(folder).repeat.sunset_days)
    row = known | {name: value for name, value in told.items() if value is not None}
    row |= {
        "participant_id": (key := participant_id or new_id()),
        "person_id": person_id,
        "door": door,
        "enrolled_on": at.today,
        "status": "active",
        "status_since": at.today,
        "listed_until": until,
        "staff_id": staff_id,
        "version": 1,
    }
    with open_work(folder).writing() as rows:
        if len(rows.fetch(PARTICIPANTS, participant_id=key)):
            return key
        _not_enrolled(rows, person_id)
        if staff_id is not None:
            active_worker(rows, staff_id)
        rows.insert(PARTICIPANTS, [row])
        rows.audit(at=now, who=at.by, did="enrolled", what=f"door {door}", participant_id=key)
    return key


@needs("participants")
def change(
    folder: Path,
    participant_id: str,
    version: int,
    changes: Mapping[str, Any],
    *,
    by: str,
    now: datetime,
) -> int:
    """Change some of DETAILS, ``door`` or ``person_id``, and return the new version.

    Raises   WorkError   somebody else changed the row since ``version`` was read; nothing changed
    """
    at = moment(folder, by, now)
    own: dict[str, Any] = {n: changes[n] or None for n in ("door", "person_id") if n in changes}
    told = checked_details({n: v for n, v in changes.items() if n not in own}, at)
    if "door" in own and own["door"] not in DOORS:
        raise WorkError(f"a door is one of {', '.join(DOORS)}; nothing was changed")
    if own.get("person_id"):
        known_identity(folder, own["person_id"])
    what = ", ".join(sorted(changes))  # names of columns, never what is in them
    with changing(folder, PARTICIPANTS, participant_id, what, by=by, now=now) as (rows, row, _):
        unchanged_since(row, version)
        if own.get("person_id"):
            _not_enrolled(rows, own["person_id"], but=participant_id)
        return changed(rows, row, told | own)


def unchanged_since(row: Mapping[str, Any], version: int) -> None:
    """Refuse a change of a participant that was made on an older version.

    Raises   WorkError   somebody else changed them since
    """
    if version != row["version"]:
        raise WorkError(
            "this participant was changed since you opened the page (version "
            f"{row['version']}, you have {version}); nothing of yours was kept: open it again"
        )


def changed(rows: Rows, row: Mapping[str, Any], changes: Mapping[str, Any]) -> int:
    """Change columns of a participant's row, and return its new version."""
    version = int(row["version"]) + 1
    where = {"participant_id": row["participant_id"]}
    rows.update(PARTICIPANTS, where, {**changes, "version": version})
    return version


def checked_details(details: Mapping[str, Any], at: Moment) -> dict[str, Any]:
    """Return details as they are kept: blank ones empty.

    Raises   WorkError   an unknown one, no birth date, or a limit that limits nothing
    """
    kept: dict[str, Any] = {}
    for name, value in details.items():
        word(name, DETAILS, "detail of a participant")
        if name in LIMITS:
            if value is not None and int(value) < LIMITS[name]:
                raise WorkError(f"{name} is at least {LIMITS[name]}; nothing was kept")
            kept[name] = None if value is None else int(value)
        else:
            kept[name] = str(value or "").strip() or None
    if kept.get("birth_date") is not None and not _is_past_date(kept["birth_date"], at.today):
        raise WorkError(
            f"{kept['birth_date']!r} is no birth date; write it like 1980-05-17; nothing was kept"
        )
    return kept


def _is_past_date(text: str, today: date) -> bool:
    try:
        return len(text) == len("1980-05-17") and date.fromisoformat(text) <= today
    except ValueError:
        return False


def _not_enrolled(rows: Rows, person_id: str | None, *, but: str | None = None) -> None:
    """Refuse a person of the calls who is enrolled already, under whatever spelling."""
    if person_id is None:
        return
    links = rows.fetch(PERSON_LINKS)
    people = rows.fetch(PARTICIPANTS)
    people = resolve(people[people["participant_id"] != but], links, "person_id")
    asked = resolve(pd.DataFrame({"person_id": [person_id]}), links, "person_id")
    same = people[people["person_id"] == asked["person_id"].iloc[0]]
    if len(same):
        raise WorkError(
            f"this person is enrolled already (participant {same['participant_id'].iloc[0]}); "
            "nothing was kept"
        )


def active_worker(rows: Rows, staff_id: str) -> dict[str, Any]:
    """Return a worker's row.

    Raises   WorkError   there is none, or they do not work here any more
    """
    worker = the_row(rows, STAFF, staff_id)
    if not worker["active"]:
        raise WorkError("that worker is not active any more; nothing was kept")
    return worker


@needs("participants")
def set_status(folder: Path, participant_id: str, status: str, *, by: str, now: datetime) -> None:
    """Make a participant active or inactive.

    Raises   WorkError   it is neither
    """
    word(status, ("active", "inactive"), "status")
    what = f"status {status}"
    with changing(folder, PARTICIPANTS, participant_id, what, by=by, now=now) as (rows, row, at):
        if row["status"] != status:
            changed(rows, row, {"status": status, "status_since": at.today})


@needs("participants")
def assign_worker(
    folder: Path, participant_id: str, staff_id: str | None, *, by: str, now: datetime
) -> str | None:
    """Say who carries a case, and return a warning where that is more than the worker can.

    Raises   WorkError   that worker is not active
    """
    what = f"worker {staff_id}"
    with changing(folder, PARTICIPANTS, participant_id, what, by=by, now=now) as (rows, row, _):
        worker = None if staff_id is None else active_worker(rows, staff_id)
        changed(rows, row, {"staff_id": staff_id})
        if worker is None:
            return None
        carried = len(rows.fetch(PARTICIPANTS, staff_id=staff_id, status="active"))
        if carried <= worker["capacity"]:
            return None
        return f"{worker['name']} now carries {carried} of at most {worker['capacity']}."


@needs("participants")
def renew_listing(
    folder: Path, subject: str, *, by: str, now: datetime, until: date | None = None
) -> date:
    """Renew the listing of a participant, a person or a place, and return its new last day.

    Raises   WorkError   nothing of that id is listed, or for longer than a listing may last
    """
    at = moment(folder, by, now)
    last = at.today + timedelta(days=load_city(folder).repeat.sunset_days)
    until = until or last
    if not at.today <= until <= last:
        raise WorkError(f"a listing is renewed to a day from today to {last}; nothing was changed")
    with open_work(folder).writing() as rows:
        links = rows.fetch(PERSON_LINKS)
        people = resolve(rows.fetch(PARTICIPANTS), links, "person_id")
        whose = subjects_of(people)
        named = (people["participant_id"] == subject) | (whose == subject)
        own = people[whose.isin(whose[named])]  # all enrolments of one person
        listed = resolve(rows.fetch(LISTINGS), links, "subject")
        subjects = {subject, *subjects_of(own)}
        listed = listed[listed["subject"].isin(subjects) & listed["ended_on"].isna()]
        if own.empty and listed.empty:
            raise WorkError(f"{subject!r} is not listed; nothing was changed")
        for row in own.to_dict("records"):
            changed(rows, {str(k): v for k, v in row.items()}, {"listed_until": until})
        for listing_id in listed["listing_id"]:
            changes = {"until": until, "renewed_by": at.by}
            rows.update(LISTINGS, {"listing_id": listing_id}, changes)
        what = f"listing of {subject} until {until}"
        for who in [*own["participant_id"]] or [None]:
            rows.audit(at=now, who=at.by, did="renewed", what=what, participant_id=who)
    return until


@needs("participants")
def add_alias(folder: Path, participant_id: str, name: str, *, by: str, now: datetime) -> str:
    """Add another name a participant goes by, and return its alias_id.

    Raises   WorkError   the name is blank
    """
    if not name.strip():
        raise WorkError("write the other name; nothing was kept")
    alias = {"alias_id": new_id(), "participant_id": participant_id, "name": name.strip()}
    with changing(folder, PARTICIPANTS, participant_id, "alias added", by=by, now=now) as (
        rows,
        *_,
    ):
        rows.insert(ALIASES, [{**alias, "added_at": now}])
    return alias["alias_id"]


@needs("participants")
def remove_alias(folder: Path, alias_id: str, *, by: str, now: datetime) -> None:
    """Remove a name that was wrong."""
    with changing(folder, ALIASES, alias_id, "alias removed", by=by, now=now) as (rows, *_):
        rows.delete(ALIASES, {"alias_id": alias_id})


@needs("participants")
def join_household(
    folder: Path,
    participant_id: str,
    *,
    by: str,
    now: datetime,
    household_id: str | None = None,
    label: str | None = None,
) -> str:
    """Put a participant into a household, a new one where none is named; return its id."""
    key = household_id or new_id()
    what = f"household {key}"
    with changing(folder, PARTICIPANTS, participant_id, what, by=by, now=now) as (rows, row, _):
        if household_id is None:
            new = {"household_id": key, "label": (label or "").strip() or None, "created_at": now}
            rows.insert(HOUSEHOLDS, [new])
        else:
            the_row(rows, HOUSEHOLDS, key)
        changed(rows, row, {"household_id": key})
    return key


@needs("participants")
def leave_household(folder: Path, participant_id: str, *, by: str, now: datetime) -> None:
    """Take a participant out of their household."""
    what = "left the household"
    with changing(folder, PARTICIPANTS, participant_id, what, by=by, now=now) as (rows, row, _):
        changed(rows, row, {"household_id": None})


@needs("participants")
def list_participants(folder: Path, *, now: datetime) -> pd.DataFrame:
    """Return everybody enrolled: PARTICIPANTS without the note, and where each case stands.

    Adds     name                 "" where none is known
             worker               name, missing where nobody carries the case
             last_contact_on      missing where there was none; attempts are none
             days_since_contact   since then, or since enrolment
             overdue              active, and overdue_days or longer without contact
             next_due_on          of their open tasks
             listing_ended        a person must renew it
    """
    city = load_city(folder)
    today = local_date(now, city.time_zone)
    with open_work(folder).reading() as rows:
        people, visits, staff = (rows.fetch(table) for table in (PARTICIPANTS, VISITS, STAFF))
        tasks = rows.fetch(TASKS, status="open").dropna(subset=["participant_id"])
    met = last_contacts(people, visits, today=today, time_zone=city.time_zone)
    workers = dict(zip(staff["staff_id"], staff["name"], strict=True))
    next_due = tasks.groupby("participant_id")["due_on"].min().to_dict()
    people = people.drop(columns="note").join(met, on="participant_id")
    late = people["days_since_contact"] >= city.contact.overdue_days
    saw(folder, people["participant_id"], "list of participants", by=viewer().name, now=now)
    return people.assign(
        name=full_names(people),
        worker=_each(people["staff_id"], workers),
        overdue=(people["status"] == "active") & late,
        next_due_on=_each(people["participant_id"], next_due),
        listing_ended=[today > until for until in people["listed_until"]],
    )


def _each(keys: pd.Series, known: Mapping[Any, Any]) -> pd.Series:
    """Return what each key stands for, None where it is not known."""
    return pd.Series([known.get(key) for key in keys], index=keys.index, dtype="object")


def full_names(people: pd.DataFrame) -> pd.Series:
    """Return what participants are called; "" where no name is known."""
    return (people["given_name"].fillna("") + " " + people["family_name"].fillna("")).str.strip()
