"""Others ask the team to see somebody (duty 27): a request that a lead looks at, and no more.

It is no call, enters no count, and puts nobody on a list or higher up on one (safeguard 2).
There is nothing in it about arrests, warrants or citations. Whoever asked is told that the
request came in, and whether the team took it up; what came of it only a release can tell.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from outreach.account_schemas import REFERRALS_IN
from outreach.errors import NotAllowedError, WorkError
from outreach.pipeline.audit_trail import looked
from outreach.pipeline.entries import Moment, moment, point, the_row, word
from outreach.pipeline.organisations import has_agreement
from outreach.pipeline.participants import enrol
from outreach.roles import needs, viewer
from outreach.schemas import NEEDS
from outreach.store.work import Rows, existing_work, open_work
from outreach.work_schemas import ORGANISATIONS, PARTICIPANTS

MOST_LETTERS = 500  # of a note
OWN = ["referral_in_id", "recorded_at", "need", "place", "status", "closed_at"]
# The door by which somebody comes whom an organisation of a kind asked us to see (duty 30).
DOOR = {"police": "social_contact"}


@dataclass(frozen=True)
class ReferralIn:
    """One request as it is entered; ``referral_in_id`` is made when the form opens."""

    referral_in_id: str
    need: str  # of NEEDS
    place: str  # where the person is usually found, in words
    person_agreed: bool  # the person knows of it and agreed
    name: str | None = None
    phone: str | None = None
    note: str | None = None
    lon: float | None = None
    lat: float | None = None


@needs("refer")
def refer(folder: Path, entry: ReferralIn, *, by: str, now: datetime) -> bool:
    """Keep a request; False: it was there already, and nothing was changed.

    Raises   WorkError         no place, no such need, or a note that is too long
             NotAllowedError   the login belongs to no organisation of this city
    """
    at = moment(folder, by, now)
    place = " ".join(entry.place.split())
    word(entry.need, NEEDS, "need")
    point(entry.lon, entry.lat)
    if not place:
        raise WorkError("say where the person is usually found; nothing was kept")
    if len(entry.note or "") > MOST_LETTERS:
        raise WorkError(f"a note has at most {MOST_LETTERS} letters; nothing was kept")
    with open_work(folder).writing() as rows:
        row = {name: value or None for name, value in vars(entry).items()} | {
            "place": place,
            "lon": entry.lon,
            "lat": entry.lat,
            "person_agreed": entry.person_agreed,
            "organisation_id": _own_organisation(rows),
            "recorded_at": now,
            "recorded_by": at.by,
            "status": "open",
        }
        if not rows.insert(REFERRALS_IN, [row], once=True):
            return False
        rows.audit(at=now, who=at.by, did="asked", what=f"referral in {entry.referral_in_id}")
    return True


@needs("refer")
def own_referrals_in(folder: Path, *, now: datetime) -> pd.DataFrame:
    """Return the requests of one's own organisation, the newest first: OWN, and nothing else.

    Whether they were taken up is told only under a current agreement (duty 38); without one a
    request stays ``received``. Nobody's name, and nothing of what came of it.

    Raises   NotAllowedError   the login belongs to no organisation of this city
    """
    at = moment(folder, viewer().name, now)
    with open_work(folder).reading() as rows:
        own = _own_organisation(rows)
        found = rows.fetch(REFERRALS_IN, organisation_id=own)
        told = has_agreement(rows, own, at.today)
    found = found.assign(status=found["status"].replace("open", "received"))
    if not told:
        found = found.assign(status="received", closed_at=pd.Series(pd.NaT, found.index))
    return found.sort_values("recorded_at", ascending=False, ignore_index=True)[OWN]


@needs("participants")
def open_referrals_in(folder: Path, *, now: datetime) -> pd.DataFrame:
    """Return the requests that nobody has settled yet, the oldest first.

    Adds     REFERRALS_IN; organisation: its name, or ""; days: for how long it has waited
    """
    work = existing_work(folder)
    if work is None:
        return _named(pd.DataFrame(columns=list(REFERRALS_IN.columns)), {}, now)
    looked(folder, "referrals in", now=now)
    with work.reading() as rows:
        names = rows.fetch(ORGANISATIONS).set_index("organisation_id")["name"].to_dict()
        return _named(rows.fetch(REFERRALS_IN, status="open"), names, now)


def _named(found: pd.DataFrame, names: Mapping[Any, Any], now: datetime) -> pd.DataFrame:
    return found.assign(
        organisation=[names.get(key, "") for key in found["organisation_id"]],
        days=[max(0, (now - at).days) for at in found["recorded_at"]],
    ).sort_values("recorded_at", ignore_index=True)


@needs("record")
def take_up(
    folder: Path,
    referral_in_id: str,
    *,
    by: str,
    now: datetime,
    participant_id: str | None = None,
) -> None:
    """Note that the team goes to see somebody, who may be a participant already.

    Raises   WorkError   no such request or participant, or somebody settled it before
    """
    _settle(folder, referral_in_id, "taken_up", moment(folder, by, now), participant_id)


@needs("record")
def take_up_and_enrol(
    folder: Path, referral_in_id: str, *, by: str, now: datetime, staff_id: str | None = None
) -> str:
    """Take a request up, enrol the person under the name given there, and return their id.

    Pressed twice it enrols once, for the participant's id is that of the request.

    Raises   WorkError   the person has not agreed, no such request, or somebody settled it before
    """
    with open_work(folder).reading() as rows:
        row = the_row(rows, REFERRALS_IN, referral_in_id)
        asked = row["organisation_id"]
        kinds = rows.fetch(ORGANISATIONS, organisation_id=asked)["kind"] if asked else ()
        door = DOOR.get(next(iter(kinds), ""), "community")
    _still_open(row)
    if not row["person_agreed"]:
        raise WorkError("the person has not agreed yet: ask them first; nobody was enrolled")
    given, _, family = " ".join((row["name"] or "").split()).rpartition(" ")
    details = {"given_name": given or family, "family_name": family if given else None}
    details["phone"] = row["phone"]
    participant_id = enrol(
        folder,
        door,
        staff_id=staff_id,
        details=details,
        participant_id=f"in-{referral_in_id}",
        by=by,
        now=now,
    )
    take_up(folder, referral_in_id, participant_id=participant_id, by=by, now=now)
    return participant_id


@needs("record")
def not_taken_up(folder: Path, referral_in_id: str, *, by: str, now: datetime) -> None:
    """Note that the team does not take a request up; why stays between people.

    Raises   WorkError   no such request, or somebody settled it before
    """
    _settle(folder, referral_in_id, "not_taken_up", moment(folder, by, now), None)


@needs("record")
def open_again(folder: Path, referral_in_id: str, *, by: str, now: datetime) -> None:
    """Take back what was said of a request; whoever was enrolled stays so.

    Raises   WorkError   no such request, or it is open
    """
    at = moment(folder, by, now)
    with open_work(folder).writing() as rows:
        row = the_row(rows, REFERRALS_IN, referral_in_id)
        if row["status"] == "open":
            raise WorkError("this request is open; nothing was changed")
        anew = {"status": "open", "closed_at": None, "closed_by": None, "participant_id": None}
        _change(rows, row, anew, at)


def _settle(
    folder: Path, referral_in_id: str, status: str, at: Moment, participant_id: str | None
) -> None:
    with open_work(folder).writing() as rows:
        row = the_row(rows, REFERRALS_IN, referral_in_id)
        _still_open(row)
        if participant_id is not None:
            the_row(rows, PARTICIPANTS, participant_id)
        done = {"status": status, "closed_at": at.now, "closed_by": at.by}
        _change(rows, row, done | {"participant_id": participant_id}, at)


def _still_open(row: Mapping[str, Any]) -> None:
    if row["status"] != "open":
        told = f"{row['closed_by']} settled this request before; nothing was changed"
        raise WorkError(told)


def _change(rows: Rows, row: Mapping[str, Any], changes: dict[str, Any], at: Moment) -> None:
    key = row["referral_in_id"]
    rows.update(REFERRALS_IN, {"referral_in_id": key}, changes)
    what = f"referral in {key}: {changes['status'].replace('_', ' ')}"
    whose = changes["participant_id"] or row["participant_id"]
    rows.audit(at=at.now, who=at.by, did="changed", what=what, participant_id=whose)


def _own_organisation(rows: Rows) -> str | None:
    """Return the organisation of whoever asks; those who work here have none.

    Raises   NotAllowedError   a login from outside belongs to none of this city
    """
    asks = viewer()
    if asks.may("record"):
        return asks.organisation_id
    if not len(rows.fetch(ORGANISATIONS, organisation_id=asks.organisation_id or "")):
        raise NotAllowedError(
            "this login belongs to no organisation that the team knows; "
            "an admin can set it; nothing was kept or shown"
        )
    return asks.organisation_id
