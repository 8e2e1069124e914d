"""The work database's life: versions, backups, checks, and forgetting (safeguard 11)."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from outreach.columns import Table
from outreach.config import City, load_city
from outreach.errors import StoreError
from outreach.roles import needs
from outreach.store import audit, backup, batches, check_work, migrate
from outreach.store.folder import writing
from outreach.store.secrets import load_key
from outreach.store.work import Rows, Work, open_engine, open_work, told
from outreach.weeks import local_date
from outreach.work_schemas import (
    ALIASES,
    CONSENTS,
    HOUSEHOLDS,
    PARTICIPANTS,
    TASKS,
    USUAL_PLACES,
    VISITS,
)

NAMING = ("given_name", "family_name", "birth_date", "phone", "note", "person_id")
_COARSE = 2  # decimals of a degree that stay of a place: about a kilometre


def _any_version(folder: Path) -> Work:
    """Return the work database of a city, whatever its version."""
    load_city(folder)
    return Work(open_engine(folder), load_key(folder))


@needs("manage")
def upgrade_database(folder: Path) -> tuple[str | None, str]:
    """Bring the work database to this program's version; return the version before and after.

    Raises   StoreError   it is of a newer program
    """
    work = _any_version(folder)
    with told():
        before = migrate.upgrade(work.engine)
    audit.take_over_lines(folder, work)
    return before, migrate.head()


@needs("manage")
def back_up_database(folder: Path, path: Path, *, by: str, now: datetime) -> backup.Manifest:
    """Write a backup of the work database, also of an older version; see ``store.backup``.

    Raises   StoreError   the folder for it is not there, perhaps a disk that is not mounted
    """
    if not path.resolve().parent.is_dir():
        raise StoreError(f"{path.parent} is not there; no backup was made")
    return backup.back_up(_any_version(folder), path, by=by, now=now)


@needs("manage")
def restore_database(
    folder: Path, path: Path, *, by: str, now: datetime, replace: bool = False
) -> backup.Manifest:
    """Put a backup into the work database; see ``store.backup``."""
    return backup.restore(_any_version(folder), path, replace=replace, by=by, now=now)


@needs("manage")
def check_database(folder: Path) -> list[check_work.Fault]:
    """Return all that is wrong in the work database."""
    return check_work.faults(_any_version(folder))


@needs("manage")
def purge(folder: Path, *, by: str, now: datetime, dry_run: bool = False) -> dict[str, int]:
    """Forget what names people and has been kept for as long as city.toml says.

    Returns by table how many rows lose something: notes become empty; participants inactive for
    long lose names, exact places and, unless a limit of theirs still binds, the tie to the calls;
    imports lose the names of people. Visits, referrals and calls stay and can be counted. A
    participant's note has no day of its own, its time runs from when they became inactive. With
    ``dry_run`` nothing is changed.
    """
    city, work = load_city(folder), open_work(folder)
    cutoff = now - timedelta(days=city.retention.identity_days)
    with writing(folder):
        files = batches.identity_files(folder, cutoff)
        with work.reading() if dry_run else work.writing() as rows:
            changes = _changes(rows, city, now)
            counts = Counter(name for name, _ in {(table.name, key) for table, key, _ in changes})
            counts += Counter(imports=len(files))
            if dry_run or not counts:
                return dict(counts)
            for table, key, values in changes:
                if values:
                    rows.update(table, {table.key[0]: key}, values)
                else:
                    rows.delete(table, {table.key[0]: key})
            what = ", ".join(f"{name} {count}" for name, count in counts.items())
            rows.audit(at=now, who=by, did="purged", what=what)
        for path in files:
            path.unlink()
    return dict(counts)


Change = tuple[Table, str, dict[str, Any]]  # a row's key, and what becomes of it; {}: it goes


def _changes(rows: Rows, city: City, now: datetime) -> list[Change]:
    kept, today = city.retention, local_date(now, city.time_zone)
    people = rows.fetch(PARTICIPANTS)
    quiet = people[people["status"] == "inactive"]
    gone = quiet[quiet["status_since"] < today - timedelta(days=kept.inactive_days)]
    silent = quiet[quiet["status_since"] < today - timedelta(days=kept.note_days)]
    silent = silent[~silent["participant_id"].isin(gone["participant_id"])]
    theirs = set(gone["participant_id"])
    bound = gone["participant_id"].isin(_asked(rows.fetch(CONSENTS), today))
    named = people[~people["participant_id"].isin(theirs)]
    families = rows.fetch(HOUSEHOLDS)
    left = gone["household_id"].dropna()
    left = left[~left.isin(named["household_id"])]
    visits, tasks = rows.fetch(VISITS), rows.fetch(TASKS)
    places = _of(rows.fetch(USUAL_PLACES), theirs)
    long_ago = pd.Timestamp(now) - pd.Timedelta(days=kept.note_days)
    return [
        *_emptied(PARTICIPANTS, gone[~bound], NAMING),
        *_emptied(PARTICIPANTS, gone[bound], [name for name in NAMING if name != "person_id"]),
        *_emptied(PARTICIPANTS, silent, ("note",)),
        *_emptied(HOUSEHOLDS, families[families["household_id"].isin(left)], ("label",)),
        *_blurred(VISITS, _of(visits, theirs), ("note", "subject")),
        *_emptied(VISITS, _not_of(visits, theirs, visits["happened_at"] < long_ago), ("note",)),
        *_blurred(TASKS, _of(tasks, theirs), ("note", "address")),
        *_emptied(TASKS, _not_of(tasks, theirs, tasks["created_at"] < long_ago), ("note",)),
        *((ALIASES, key, {}) for key in _of(rows.fetch(ALIASES), theirs)["alias_id"]),
        *_blurred(USUAL_PLACES, places, ("address",)),
        *_ended(places, today),
    ]


def _asked(consents: pd.DataFrame, today: date) -> pd.Series:
    """Return whose limits bind still: to know them in the calls, the planner needs their id."""
    over = consents["until"].map(lambda until: until is not None and until < today).astype(bool)
    binding: pd.Series = consents.loc[~over & consents["withdrawn_at"].isna(), "participant_id"]
    return binding


def _of(rows: pd.DataFrame, participants: Collection[str]) -> pd.DataFrame:
    return rows[rows["participant_id"].isin(participants)]


def _not_of(rows: pd.DataFrame, participants: Collection[str], old: pd.Series) -> pd.DataFrame:
    return rows[old & ~rows["participant_id"].isin(participants)]


def _emptied(table: Table, rows: pd.DataFrame, columns: Sequence[str]) -> list[Change]:
    """Return the change of each row that holds something in one of the columns."""
    full = rows[rows[list(columns)].notna().any(axis=1)]
    changes: dict[str, Any] = dict.fromkeys(columns)
    if "version" not in table.columns:
        return [(table, str(key), changes) for key in full[table.key[0]]]
    versions = zip(full[table.key[0]], full["version"], strict=True)
    return [(table, str(key), {**changes, "version": version + 1}) for key, version in versions]


def _blurred(table: Table, rows: pd.DataFrame, emptied: Sequence[str]) -> list[Change]:
    """Return the change of each row that names something or lies closer than a kilometre."""
    lon, lat = rows["lon"].round(_COARSE), rows["lat"].round(_COARSE)
    sharp = rows[list(emptied)].notna().any(axis=1) | rows["lon"].ne(lon) & rows["lon"].notna()
    sharp |= rows["lat"].ne(lat) & rows["lat"].notna()
    changed = rows.assign(lon=lon, lat=lat)[sharp]
    return [
        (
            table,
            str(row[table.key[0]]),
            {**dict.fromkeys(emptied), "lon": row["lon"], "lat": row["lat"]},
        )
        for row in changed.to_dict("records")
    ]


def _ended(places: pd.DataFrame, today: date) -> list[Change]:
    current = places[places["ended_on"].isna()]
    return [(USUAL_PLACES, str(key), {"ended_on": today}) for key in current["usual_place_id"]]
