"""What participants want and allow: wishes, consents, releases, usual places and barriers."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from outreach.errors import WorkError
from outreach.pipeline.entries import Moment, point, the_row, word
from outreach.pipeline.participants import active_worker, changed, changing, unchanged_since
from outreach.roles import needs
from outreach.store.work import Rows, new_id
from outreach.weeks import DAY_NAMES
from outreach.work_schemas import (
    BARRIER_ROWS,
    CONSENTS,
    ORGANISATIONS,
    PARTICIPANTS,
    RELEASES,
    USUAL_PLACES,
    WISHES,
)
from outreach.work_words import BARRIERS, CONSENT_RULES, RELEASABLE

WAYS = ("visit", "phone")
VISITS_A_WEEK = (1, 2)
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True)
class Wish:
    """When, where, with whom and how a participant wants contact; None: does not matter."""

    visit_from_local: str | None = None  # HH:MM
    visit_until_local: str | None = None
    days: tuple[str, ...] = ()  # of weeks.DAY_NAMES; none: any
    usual_place_id: str | None = None
    staff_id: str | None = None
    way: str = "visit"  # or phone
    organisation_id: str | None = None  # preferred for referrals
    language: str | None = None  # that somebody in the team must speak, such as "es"
    visits_a_week: int | None = None  # 1 or 2


@needs("participants")
def set_wishes(
    folder: Path,
    participant_id: str,
    wish: Wish,
    *,
    by: str,
    now: datetime,
    version: int | None = None,
) -> None:
    """Keep what a participant wants instead of what was kept before.

    ``version`` is that of the participant when the wishes were read, so that nobody's are lost.

    Raises   WorkError   hours that are none, an unknown day, place, worker, organisation or
                         language, too many visits, or somebody else changed the participant since
    """
    _check_times(wish)
    _check_visits(wish)
    word(wish.way, WAYS, "way of contact")
    days = " ".join(day for day in DAY_NAMES if day in wish.days) or None
    with changing(folder, PARTICIPANTS, participant_id, "wishes", by=by, now=now) as (rows, row, _):
        if version is not None:
            unchanged_since(row, version)
        if wish.usual_place_id is not None:
            spot = the_row(rows, USUAL_PLACES, wish.usual_place_id)
            if spot["participant_id"] != participant_id or spot["ended_on"] is not None:
                raise WorkError("that is not a usual place of theirs now; nothing was kept")
        if wish.staff_id is not None:
            active_worker(rows, wish.staff_id)
        if wish.organisation_id is not None:
            the_row(rows, ORGANISATIONS, wish.organisation_id)
        rows.delete(WISHES, {"participant_id": participant_id})
        rows.insert(WISHES, [{**vars(wish), "participant_id": participant_id, "days": days}])
        changed(rows, row, {})


def _check_visits(wish: Wish) -> None:
    if wish.language is not None and not _LANGUAGE.fullmatch(wish.language):
        raise WorkError(f"{wish.language!r} is no code of a language such as es; nothing was kept")
    if wish.visits_a_week not in (None, *VISITS_A_WEEK):
        raise WorkError(f"{wish.visits_a_week} visits a week are not planned; nothing was kept")


def _check_times(wish: Wish) -> None:
    begin, end = wish.visit_from_local, wish.visit_until_local
    for text in (begin, end):
        if text is not None and not _CLOCK.fullmatch(text):
            raise WorkError(f"{text!r} is no time of day; write it like 13:30; nothing was kept")
    if begin is not None and end is not None and begin >= end:
        raise WorkError(f"there is no time between {begin} and {end}; nothing was kept")
    for day in wish.days:
        word(day, DAY_NAMES, "day of the week")


@needs("participants")
def add_consent(
    folder: Path,
    participant_id: str,
    rule: str,
    *,
    by: str,
    now: datetime,
    since: date | None = None,
    until: date | None = None,
) -> str:
    """Record a rule of CONSENT_RULES, from today on unless said otherwise; return its id.

    Raises   WorkError   no such rule, or it would end before it begins
    """
    if rule not in CONSENT_RULES:
        raise WorkError(f"a limit is one of {', '.join(CONSENT_RULES)}; nothing was kept")
    key = new_id()
    what = f"limit {rule}"
    with changing(folder, PARTICIPANTS, participant_id, what, by=by, now=now) as (rows, _, at):
        since = since or at.today
        if until is not None and until < since:
            raise WorkError(f"it cannot end on {until}, before {since}; nothing was kept")
        row = {
            "consent_id": key,
            "participant_id": participant_id,
            "rule": rule,
            "since": since,
            "until": until,
            "recorded_at": now,
            "recorded_by": at.by,
        }
        rows.insert(CONSENTS, [row])
    return key


@needs("participants")
def withdraw_consent(folder: Path, consent_id: str, *, by: str, now: datetime) -> None:
    """Record that a participant took a rule back; the row stays.

    Raises   WorkError   it was taken back before
    """
    what = "limit withdrawn"
    with changing(folder, CONSENTS, consent_id, what, by=by, now=now) as (rows, row, at):
        _still(row["withdrawn_at"], "this limit was withdrawn before")
        changes = {"withdrawn_at": now, "withdrawn_by": at.by}
        rows.update(CONSENTS, {"consent_id": consent_id}, changes)


def _still(ended: object, told: str) -> None:
    """Refuse to end what has ended; NaT and None stand for an end that has not come."""
    if ended is not None and ended == ended:  # noqa: PLR0124
        raise WorkError(f"{told}; nothing was changed")


@needs("participants")
def add_release(
    folder: Path,
    participant_id: str,
    organisation_id: str,
    fields: Collection[str],
    *,
    signed_on: date,
    expires_on: date,
    by: str,
    now: datetime,
) -> str:
    """Record which fields of RELEASABLE an organisation may see until when; return its id.

    Raises   WorkError   no or unknown fields, an unknown organisation, or impossible days
    """
    for name in fields:
        word(name, RELEASABLE, "field that can be released")
    if not fields:
        raise WorkError("say what may be seen; nothing was kept")
    key = new_id()
    what = f"release to organisation {organisation_id}"
    with changing(folder, PARTICIPANTS, participant_id, what, by=by, now=now) as (rows, _, at):
        the_row(rows, ORGANISATIONS, organisation_id)
        if not signed_on <= at.today:
            raise WorkError(f"{signed_on} has not come yet; nothing was kept")
        if expires_on < signed_on:
            raise WorkError(f"it cannot expire on {expires_on}, before it is signed")
        row = {
            "release_id": key,
            "participant_id": participant_id,
            "organisation_id": organisation_id,
            "fields": " ".join(name for name in RELEASABLE if name in fields),
            "signed_on": signed_on,
            "expires_on": expires_on,
            "recorded_by": at.by,
        }
        rows.insert(RELEASES, [row])
    return key


@needs("participants")
def revoke_release(folder: Path, release_id: str, *, by: str, now: datetime) -> None:
    """End a release now; the row stays.

    Raises   WorkError   it was ended before
    """
    what = "release revoked"
    with changing(folder, RELEASES, release_id, what, by=by, now=now) as (rows, row, _):
        _still(row["revoked_at"], "this release was revoked before")
        rows.update(RELEASES, {"release_id": release_id}, {"revoked_at": now})


@needs("participants")
def add_usual_place(
    folder: Path,
    participant_id: str,
    lon: float,
    lat: float,
    *,
    by: str,
    now: datetime,
    address: str | None = None,
    seen_on: date | None = None,
) -> str:
    """Add where a participant is usually found, last seen today unless said; return its id.

    Raises   WorkError   no point on Earth, or a day that has not come
    """
    point(lon, lat)
    key = new_id()
    what = "usual place added"
    with changing(folder, PARTICIPANTS, participant_id, what, by=by, now=now) as (rows, _, at):
        row = {
            "usual_place_id": key,
            "participant_id": participant_id,
            "lon": float(lon),
            "lat": float(lat),
            "address": (address or "").strip() or None,
            "last_seen_on": _not_to_come(seen_on, at),
        }
        rows.insert(USUAL_PLACES, [row])
    return key


def _not_to_come(day: date | None, at: Moment) -> date:
    if day is not None and day > at.today:
        raise WorkError(f"{day} has not come yet; nothing was kept")
    return day or at.today


@needs("participants")
def seen_at(
    folder: Path, usual_place_id: str, *, by: str, now: datetime, on: date | None = None
) -> None:
    """Note that a participant was seen at a usual place, today unless said otherwise.

    Raises   WorkError   a day that has not come, or it is no usual place any more
    """
    what = "seen at a usual place"
    with changing(folder, USUAL_PLACES, usual_place_id, what, by=by, now=now) as (rows, row, at):
        _still(row["ended_on"], "that is not a usual place any more")
        last = max(_not_to_come(on, at), row["last_seen_on"])
        rows.update(USUAL_PLACES, {"usual_place_id": usual_place_id}, {"last_seen_on": last})


@needs("participants")
def end_usual_place(folder: Path, usual_place_id: str, *, by: str, now: datetime) -> None:
    """Note that a participant is not found there any more.

    Raises   WorkError   they want to meet there: change that wish first
    """
    what = "usual place ended"
    with changing(folder, USUAL_PLACES, usual_place_id, what, by=by, now=now) as (rows, row, at):
        _still(row["ended_on"], "that is not a usual place any more")
        if len(rows.fetch(WISHES, usual_place_id=usual_place_id)):
            raise WorkError("they want to meet there: change that wish first; nothing was changed")
        rows.update(USUAL_PLACES, {"usual_place_id": usual_place_id}, {"ended_on": at.today})


@needs("participants")
def add_barrier(
    folder: Path,
    participant_id: str,
    barrier: str,
    *,
    by: str,
    now: datetime,
    since: date | None = None,
) -> str:
    """Add one of BARRIERS, and return its id.

    Raises   WorkError   no such barrier, a day that has not come, or it is there already
    """
    if barrier not in BARRIERS:
        raise WorkError(f"{barrier!r} is no barrier; use one of {', '.join(BARRIERS)}")
    key = new_id()
    what = f"barrier {barrier}"
    with changing(folder, PARTICIPANTS, participant_id, what, by=by, now=now) as (rows, _, at):
        _not_twice(rows, participant_id, barrier)
        row = {
            "barrier_id": key,
            "participant_id": participant_id,
            "barrier": barrier,
            "since": _not_to_come(since, at),
        }
        rows.insert(BARRIER_ROWS, [row])
    return key


def _not_twice(rows: Rows, participant_id: str, barrier: str) -> None:
    known = rows.fetch(BARRIER_ROWS, participant_id=participant_id, barrier=barrier)
    if known["ended_on"].isna().any():
        raise WorkError("that barrier is noted already; nothing was kept")


@needs("participants")
def end_barrier(folder: Path, barrier_id: str, *, by: str, now: datetime) -> None:
    """Note that something does not stand in the way any more.

    Raises   WorkError   it ended before
    """
    what = "barrier ended"
    with changing(folder, BARRIER_ROWS, barrier_id, what, by=by, now=now) as (rows, row, at):
        _still(row["ended_on"], "that barrier ended before")
        rows.update(BARRIER_ROWS, {"barrier_id": barrier_id}, {"ended_on": at.today})
