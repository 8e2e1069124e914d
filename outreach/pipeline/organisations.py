"""Organisations that the teams work with, and the agreements on what they may see."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from outreach.config import load_city
from outreach.errors import WorkError
from outreach.people.releases import current
from outreach.pipeline.entries import moment
from outreach.roles import needs
from outreach.store.work import Rows, new_id, open_work
from outreach.weeks import local_date
from outreach.work_schemas import AGREEMENTS, ORGANISATIONS
from outreach.work_words import ORGANISATION_KINDS, RELEASABLE

DETAILS = ("name", "kind", "contact_name", "contact_phone", "warm_handoff")


@needs("manage")
def add_organisation(
    folder: Path, name: str, kind: str, *, details: Mapping[str, Any], by: str, now: datetime
) -> str:
    """Record an organisation and return its id; ``details`` may hold the others of DETAILS.

    Raises   WorkError   no name, no such kind, an unknown detail, or the name is there already
    """
    at = moment(folder, by, now)
    row: dict[str, Any] = {"contact_name": None, "contact_phone": None, "warm_handoff": False}
    row |= {**details, "name": name, "kind": kind}
    organisation_id = new_id()
    with open_work(folder).writing() as rows:
        kept = _checked(rows, row, organisation_id)
        keys = {"organisation_id": organisation_id, "verified_on": at.today}
        rows.insert(ORGANISATIONS, [kept | keys])
        rows.audit(at=now, who=at.by, did="added", what=f"organisation {organisation_id}")
    return organisation_id


@needs("manage")
def change_organisation(
    folder: Path, organisation_id: str, changes: Mapping[str, Any], *, by: str, now: datetime
) -> None:
    """Change some of DETAILS.

    Raises   WorkError   none has that id, or the changed row is none that could be added
    """
    at = moment(folder, by, now)
    with open_work(folder).writing() as rows:
        old = _organisation(rows, organisation_id)
        new = _checked(rows, {name: old[name] for name in DETAILS} | dict(changes), organisation_id)
        rows.update(ORGANISATIONS, {"organisation_id": organisation_id}, new)
        what = f"organisation {organisation_id}: {', '.join(sorted(changes))}"
        rows.audit(at=now, who=at.by, did="changed", what=what)


@needs("manage")
def verify_organisation(folder: Path, organisation_id: str, *, by: str, now: datetime) -> None:
    """Note that somebody made sure today that an organisation is as recorded (duty 26).

    Raises   WorkError   none has that id
    """
    at = moment(folder, by, now)
    with open_work(folder).writing() as rows:
        _organisation(rows, organisation_id)
        verified = {"verified_on": at.today}
        rows.update(ORGANISATIONS, {"organisation_id": organisation_id}, verified)
        rows.audit(at=now, who=at.by, did="verified", what=f"organisation {organisation_id}")


@needs("manage")
def add_agreement(
    folder: Path,
    organisation_id: str,
    *,
    signed_on: date,
    expires_on: date,
    may_see: Collection[str],
    by: str,
    now: datetime,
) -> str:
    """Record what an organisation may see at most until when, and return the agreement_id.

    Raises   WorkError   none has that id, no such field, signed in the future, or it expires
                         before it is signed
    """
    at = moment(folder, by, now)
    unknown = sorted(set(may_see) - set(RELEASABLE))
    if unknown:
        raise WorkError(f"{unknown[0]} can be released to nobody; nothing was recorded")
    if signed_on > at.today:
        raise WorkError(f"{signed_on} has not come yet; record an agreement when it is signed")
    if expires_on < signed_on:
        raise WorkError(f"an agreement signed on {signed_on} cannot expire on {expires_on}")
    row = {
        "agreement_id": new_id(),
        "organisation_id": organisation_id,
        "signed_on": signed_on,
        "expires_on": expires_on,
        "may_see": " ".join(field for field in RELEASABLE if field in may_see),
    }
    with open_work(folder).writing() as rows:
        _organisation(rows, organisation_id)
        rows.insert(AGREEMENTS, [row])
        what = f"agreement {row['agreement_id']} with organisation {organisation_id}"
        rows.audit(at=now, who=at.by, did="added", what=what)
    return str(row["agreement_id"])


@needs("record")
def organisation_list(folder: Path, now: datetime) -> pd.DataFrame:
    """Return the organisations by name, and what each may see today (duties 17, 26 and 38).

    Adds     ORGANISATIONS; verified_days, stale (longer ago than the city's stale_days, or never);
             agreement_until, may_see: all that its current agreements list, "" where it has none
    """
    city = load_city(folder)
    today = local_date(now, city.time_zone)
    with open_work(folder).reading() as rows:
        found, agreements = rows.fetch(ORGANISATIONS), rows.fetch(AGREEMENTS)
    holding = current(agreements, today)
    by_id = dict(iter(holding.groupby("organisation_id")))
    none = holding.iloc[:0]
    signed = [by_id.get(key, none) for key in found["organisation_id"]]
    days = [None if pd.isna(day) else (today - day).days for day in found["verified_on"]]
    return found.assign(
        verified_days=pd.array(days, "Int64"),
        stale=[since is None or since > city.resources.stale_days for since in days],
        agreement_until=pd.Series(
            [max(rows["expires_on"], default=None) for rows in signed], found.index, "object"
        ),
        may_see=[
            " ".join(field for field in RELEASABLE if field in " ".join(rows["may_see"]).split())
            for rows in signed
        ],
    ).sort_values("name", ignore_index=True)


def has_agreement(rows: Rows, organisation_id: str | None, on: date) -> bool:
    """Return whether an agreement with an organisation is current on a day (duty 38)."""
    return not current(rows.fetch(AGREEMENTS, organisation_id=organisation_id or ""), on).empty


def _organisation(rows: Rows, organisation_id: str) -> dict[str, Any]:
    found = rows.fetch(ORGANISATIONS, organisation_id=organisation_id).to_dict("records")
    if not found:
        raise WorkError(f"no organisation has the id {organisation_id}; nothing was changed")
    return {str(name): value for name, value in found[0].items()}


def _checked(rows: Rows, row: dict[str, Any], organisation_id: str) -> dict[str, Any]:
    """Return the row as it is kept: words with single blanks between them."""
    unknown = sorted(set(row) - set(DETAILS))
    if unknown:
        raise WorkError(f"an organisation has no {unknown[0]}; nothing was changed")
    row = row | {"name": " ".join(str(row["name"]).split())}
    if not row["name"]:
        raise WorkError("an organisation needs a name; nothing was changed")
    if row["kind"] not in ORGANISATION_KINDS:
        told = ", ".join(ORGANISATION_KINDS)
        raise WorkError(f"{row['kind']!r} is no kind of organisation; there are: {told}")
    same = rows.fetch(ORGANISATIONS, name=row["name"])
    if (same["organisation_id"] != organisation_id).any():
        raise WorkError(f"{row['name']} is recorded already; nothing was changed")
    return row
