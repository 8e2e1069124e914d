"""What leaves the house: updates to partners, an HMIS export, and redacted records.

Each export first enters the audit trail, a row for every participant in it, and is handed out
only then: what left may be told of twice, but never not at all (safeguard 8).
"""

import hashlib
import hmac
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import pandas as pd

from outreach.config import DATA_FOLDER, load_city
from outreach.errors import InputError, NotAllowedError, StoreError, WorkError
from outreach.people.releases import current, disclosed, visible
from outreach.pipeline.audit_trail import saw
from outreach.pipeline.entries import Moment, asked_for, moment
from outreach.reports.exports import HmisExport, csv_bytes, hmis_tables, records_table
from outreach.roles import needs, viewer
from outreach.store.folder import write_whole
from outreach.store.secrets import pseudonym_key
from outreach.store.work import Rows, Work, new_id, open_work
from outreach.work_schemas import (
    AGREEMENTS,
    ORGANISATIONS,
    PARTICIPANTS,
    REFERRALS,
    RELEASES,
    STEPS,
    TASKS,
    VISITS,
)
from outreach.work_words import REFERRAL_STEPS

UPDATES_NAME, RECORDS_NAME = "updates.csv", "records.csv"


@dataclass(frozen=True)
class Export:
    """Files to hand over, and what they hold."""

    files: dict[str, bytes]  # by name
    people: int
    rows: dict[str, int]  # by file
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)  # the same, to be shown


@needs("share")
def partner_update(
    folder: Path, organisation: str, *, since: date | None = None, by: str, now: datetime
) -> Export:
    """Return what an organisation may see today of whom, and nothing else (duty 33).

    ``since`` cuts services and referrals. People go by a reference that is the same next time,
    and another one for every organisation.

    Raises   WorkError   no such organisation, or no current agreement with it
    """
    at, work = moment(folder, by, now), open_work(folder)
    with work.writing() as rows:
        to = _organisation(rows, organisation)
        told = _disclosed(rows, to, since, at)
        _audit(rows, told["participant_id"], f"update for {to['organisation_id']}", at)
    return _update(work, to, told)


@needs("released")
def own_update(folder: Path, *, by: str, now: datetime) -> Export:
    """Return what the organisation of who asks may see today of whom, as ``partner_update`` does.

    Whom it told of is in the audit trail, once an hour.

    Raises   NotAllowedError   who asks belongs to no organisation
             WorkError         there is no current agreement with theirs
    """
    organisation = viewer().organisation_id
    if organisation is None:
        raise NotAllowedError("your account belongs to no organisation; nothing was shown")
    at, work = moment(folder, by, now), open_work(folder)
    with work.reading() as rows:
        to = _organisation(rows, organisation)
        told = _disclosed(rows, to, None, at)
    saw(folder, told["participant_id"], f"update for {organisation}", by=at.by, now=now)
    return _update(work, to, told)


@needs("released")
def take_own_update(folder: Path, *, by: str, now: datetime) -> Export:
    """Return the same as a file to take along, and write down that it was taken.

    Raises   as ``own_update``
    """
    organisation = viewer().organisation_id
    if organisation is None:
        raise NotAllowedError("your account belongs to no organisation; nothing was handed out")
    return partner_update(folder, organisation, by=by, now=now)


@needs("share")
def hmis_export(
    folder: Path, organisation: str, *, since: date | None = None, by: str, now: datetime
) -> Export:
    """Return the files of an HMIS CSV export for people with a release to that organisation.

    Raises   WorkError   no such organisation, it is none of kind hmis, or there is no agreement
    """
    at, work, city = moment(folder, by, now), open_work(folder), load_city(folder)
    with work.writing() as rows:
        to = _organisation(rows, organisation)
        if to["kind"] != "hmis":
            raise WorkError(f"{to['name']} is no organisation of kind hmis; nothing was exported")
        seen = _seen(rows, to, at)
        people = rows.fetch(PARTICIPANTS)
        sent = people[people["participant_id"].isin(seen["participant_id"])]
        made = HmisExport(
            export_id=new_id(),
            source=city.programme.name,
            phone=city.programme.phone,
            email=city.programme.email,
            made_at=now,
            since=since or min(sent["enrolled_on"], default=at.today),
            until=at.today,
            time_zone=at.time_zone,
            columns=_hmis_columns(),
            pseudonym=_pseudonym(work, to["organisation_id"]),
        )
        files = hmis_tables(seen, people, rows.fetch(VISITS), made)
        whom = seen.loc[seen["field"] == "status", "participant_id"]
        _audit(rows, whom, f"HMIS files for {to['organisation_id']}", at)
    return _exported(files, len(whom))


@needs("share")
def records_export(folder: Path, *, since: date | None = None, by: str, now: datetime) -> Export:
    """Return the visits for a public-records request, redacted (duty 28)."""
    at = moment(folder, by, now)
    with open_work(folder).writing() as rows:
        told = records_table(rows.fetch(VISITS), since=since, time_zone=at.time_zone)
        what = f"{len(told)} visits, redacted, for a public-records request"
        rows.audit(at=now, who=at.by, did="exported", what=what)
    return _exported({RECORDS_NAME: told}, 0)


def write_export(export: Export, target: Path) -> None:
    """Write an export's only file, or its files into a new folder; whole or not at all.

    Only their owner can read them.

    Raises   InputError   the folder is there already and not empty; nothing was written
             StoreError   the disk refused
    """
    try:
        if len(export.files) == 1:
            write_whole(target, next(iter(export.files.values())), private=True)
            return
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise InputError(f"{target} is there already; name a new folder; nothing was written")
        target.parent.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
        try:
            for name, content in export.files.items():
                write_whole(staged / name, content, private=True)
            os.replace(staged, target)  # noqa: PTH105  # over an empty folder too
        finally:
            shutil.rmtree(staged, ignore_errors=True)
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error}; nothing was written") from None


def _organisation(rows: Rows, named: str) -> dict[str, str]:
    """Return an organisation by its id or name."""
    known = rows.fetch(ORGANISATIONS)
    alike = known["name"].str.casefold() == named.strip().casefold()
    found = known[(known["organisation_id"] == named) | alike]
    if len(found) != 1:
        names = ", ".join(sorted(known["name"])) or "none yet"
        raise WorkError(f"{named!r} is no organisation here ({names}); nothing was exported")
    row = found.iloc[0]
    return {name: str(row[name]) for name in ("organisation_id", "name", "kind")}


def _seen(rows: Rows, to: dict[str, str], at: Moment) -> pd.DataFrame:
    """Return what an organisation may see today; there is nothing without an agreement.

    Police see nobody who asked for no police, whatever organisation their login belongs to.
    """
    police = to["kind"] == "police" or viewer().role == "police_liaison"
    organisation_id = to["organisation_id"]
    agreements = current(rows.fetch(AGREEMENTS, organisation_id=organisation_id), at.today)
    if agreements.empty:
        raise WorkError("there is no current agreement with them; nothing was exported")
    barring = ("opt_out", "no_police") if police else ("opt_out",)
    return visible(
        rows.fetch(RELEASES, organisation_id=organisation_id),
        agreements,
        set().union(*(asked_for(rows, rule, at, at.today) for rule in barring)),
        organisation_id=organisation_id,
        on=at.today,
    )


def _disclosed(rows: Rows, to: dict[str, str], since: date | None, at: Moment) -> pd.DataFrame:
    """Return what an organisation may see today, a row a participant."""
    return disclosed(
        _seen(rows, to, at),
        rows.fetch(PARTICIPANTS),
        rows.fetch(VISITS),
        rows.fetch(TASKS),
        _with_steps(rows),
        since=since,
        time_zone=at.time_zone,
    )


def _update(work: Work, to: dict[str, str], told: pd.DataFrame) -> Export:
    """Return an update in which people go by the organisation's own references."""
    name = _pseudonym(work, to["organisation_id"])
    told.insert(0, "reference", [name("person", who) for who in told["participant_id"]])
    told = told.drop(columns="participant_id").sort_values("reference", ignore_index=True)
    return _exported({UPDATES_NAME: told}, len(told))


def _with_steps(rows: Rows) -> pd.DataFrame:
    """Return the referrals and the last step of each."""
    steps = rows.fetch(STEPS)
    steps = steps.assign(place=steps["step"].map(REFERRAL_STEPS.index).astype("int64"))
    last = steps.sort_values("place").drop_duplicates("referral_id", keep="last")
    referrals = rows.fetch(REFERRALS)
    return referrals.assign(
        step=referrals["referral_id"].map(last.set_index("referral_id")["step"])
    )


def _audit(rows: Rows, people: "pd.Series[str]", what: str, at: Moment) -> None:
    for who in people:
        rows.audit(at=at.now, who=at.by, did="exported", what=what, participant_id=who)
    if people.empty:
        rows.audit(at=at.now, who=at.by, did="exported", what=f"{what}: nobody in it")


def _pseudonym(work: Work, organisation_id: str) -> Callable[[str, str], str]:
    """Return a function that makes our ids into ones of one organisation's own.

    Two organisations cannot tell from them that they know the same person.
    """
    key = pseudonym_key(work.key)

    def name(kind: str, our_id: str) -> str:
        text = "\x1f".join(("export", organisation_id, kind, our_id))
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:32]

    return name


def _hmis_columns() -> dict[str, list[str]]:
    """Return the columns of each HMIS file in the order of the specification.

    Its columns about arrest, prison and screening scores are left out: we neither keep nor hand
    on such things (safeguard 2).
    """
    told = pd.read_csv(DATA_FOLDER / "hmis_columns.csv", dtype="str")
    return {str(file): list(part["column"]) for file, part in told.groupby("file", sort=False)}


def _exported(tables: dict[str, pd.DataFrame], people: int) -> Export:
    return Export(
        files={name: csv_bytes(frame) for name, frame in tables.items()},
        people=people,
        rows={name: len(frame) for name, frame in tables.items()},
        tables=tables,
    )
