"""Backups of the work database: one file that SQLite and PostgreSQL both take back.

A zip of ``TABLE.jsonl``, one row a line, and ``manifest.json``. What is sealed stays sealed, and
the key that opens it is not in the file.
"""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa
from cryptography.fernet import Fernet

from outreach.errors import InputError, StoreError
from outreach.store.folder import whole_file
from outreach.store.migrate import (
    VERSION_TABLE,
    changing_tables,
    head,
    revision,
    revisions,
    to_revision,
)
from outreach.store.work import Rows, Work
from outreach.unpacking import check_zip
from outreach.work_schemas import AUDIT

_MANIFEST = "manifest.json"
_ROWS_AT_ONCE = 1000
# What reading a damaged zip, or another file altogether, may raise.
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, EOFError, LookupError, TypeError, ValueError, RuntimeError,
)  # fmt: skip


@dataclass(frozen=True)
class Manifest:
    """What a backup says about itself."""

    revision: str  # of the tables
    made_at: str
    key: str  # fingerprint of the key that opens what is sealed
    rows: dict[str, int]  # by table
    sha256: dict[str, str]

    @property
    def total(self) -> int:
        """How many rows it holds."""
        return sum(self.rows.values())


def fingerprint(key: bytes) -> str:
    """Return what tells keys apart and gives nothing of them away."""
    return hashlib.sha256(b"outreach fingerprint" + key).hexdigest()[:16]


def back_up(work: Work, path: Path, *, by: str, now: datetime) -> Manifest:
    """Write all rows as they stand at one moment; the file is there whole or not at all.

    Writers go on meanwhile. The audit trail knows of every backup that there is.

    Raises   StoreError   there is nothing to keep, or no room for it
    """
    try:
        for leftover in path.parent.glob(f".{path.name}.*"):  # of a backup that was cut short
            leftover.unlink(missing_ok=True)
        with whole_file(path, private=True) as file:
            with work.reading() as rows:
                manifest = _write(rows.connection, file, key=work.key, made_at=now)
            with work.writing() as rows:
                rows.audit(at=now, who=by, did="backed up", what=f"{manifest.total} rows")
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written ({error.strerror}); no backup was made"
        ) from None
    return manifest


def _write(
    connection: sa.Connection, file: IO[bytes], *, key: bytes, made_at: datetime
) -> Manifest:
    version = revision(connection)
    if version is None:
        raise StoreError("the work database holds nothing yet; no backup made")
    rows, digests = {}, {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in _tables(connection):
            rows[table.name], digests[table.name] = _write_table(connection, table, archive)
        manifest = Manifest(version, made_at.isoformat(), fingerprint(key), rows, digests)
        archive.writestr(_MANIFEST, json.dumps(asdict(manifest), indent=2))
    return manifest


def _tables(connection: sa.Connection) -> list[sa.Table]:
    """Return the tables as they are in the database, so that every version can be copied."""
    found = sa.MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != VERSION_TABLE]


def _write_table(
    connection: sa.Connection, table: sa.Table, archive: zipfile.ZipFile
) -> tuple[int, str]:
    rows, digest = 0, hashlib.sha256()
    found = connection.execute(sa.select(table).order_by(*table.primary_key))
    with archive.open(f"{table.name}.jsonl", "w", force_zip64=True) as file:
        for row in found.mappings():
            line = json.dumps(dict(row), default=_instant_or_day).encode() + b"\n"
            digest.update(line)
            file.write(line)
            rows += 1
    return rows, digest.hexdigest()


def _instant_or_day(value: Any) -> str:
    if isinstance(value, datetime):  # SQLite gives it without its zone, which is UTC
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{value!r} has no place in a backup")


def restore(work: Work, path: Path, *, replace: bool, by: str, now: datetime) -> Manifest:
    """Put a backup's rows into a database that has none, or with ``replace`` in place of others.

    All of it is checked first and happens in one transaction. Rows of an older version are
    brought up to this one. The audit trail loses nothing: what it holds and the backup does not
    stays in it.

    Raises   StoreError   the file is damaged, of another key or a newer program, or there are
                          rows already; nothing was changed
    """
    with _opened(path, work.key) as (archive, manifest), changing_tables(work.engine) as connection:
        trail = _cleared(connection, replace=replace)
        to_revision(connection, manifest.revision)
        tables = _tables(connection)
        if {table.name for table in tables} != set(manifest.rows):
            raise StoreError(f"{path} has other tables than it should; nothing was changed")
        for table in tables:
            _fill(connection, table, archive)
        to_revision(connection, head())
        rows = Rows(connection, Fernet(work.key))
        rows.insert(AUDIT, trail, once=True)
        rows.audit(at=now, who=by, did="restored", what=f"the backup of {manifest.made_at}")
    return manifest


@contextmanager
def _opened(path: Path, key: bytes) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    try:
        check_zip(path, really=False)
        with zipfile.ZipFile(path) as archive:
            manifest = Manifest(**json.loads(archive.read(_MANIFEST)))
            if manifest.rows.keys() != manifest.sha256.keys():
                raise ValueError(_MANIFEST)
            for name, expected in manifest.sha256.items():
                with archive.open(f"{name}.jsonl") as file:
                    if hashlib.file_digest(file, "sha256").hexdigest() != expected:  # type: ignore[arg-type]
                        raise ValueError(name)
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}") from None
    except InputError as error:
        raise StoreError(str(error)) from None
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        LookupError,
        TypeError,
        ValueError,
        RuntimeError,
    ):
        raise StoreError(f"{path} is no backup, or a damaged one; nothing was changed") from None
    if manifest.key != fingerprint(key):
        raise StoreError(f"{path} belongs to another key than this city's; nothing was changed")
    if manifest.revision not in revisions():
        raise StoreError(f"{path} is of a newer outreach: update this one; nothing was changed")
    with zipfile.ZipFile(path) as archive:
        yield archive, manifest


def _cleared(connection: sa.Connection, *, replace: bool) -> list[dict[str, Any]]:
    """Take all tables away and return the audit trail, which is never lost."""
    if revision(connection) is None:
        return []
    tables = {table.name: table for table in _tables(connection)}
    trail = tables.pop(AUDIT.name)
    held = [n for n, t in tables.items() if connection.execute(sa.select(t).limit(1)).first()]
    if held and not replace:
        raise StoreError(
            f"the work database holds {', '.join(held)} already; nothing was changed "
            "(--replace puts the backup in their place)"
        )
    kept = [dict(row) for row in connection.execute(sa.select(trail)).mappings()]
    trail.metadata.drop_all(connection)
    return [{**row, "at": _aware(row["at"])} for row in kept]


def _aware(value: datetime) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _fill(connection: sa.Connection, table: sa.Table, archive: zipfile.ZipFile) -> None:
    kinds = {column.name: column.type for column in table.columns}
    with archive.open(f"{table.name}.jsonl") as file:
        rows = (_row(json.loads(line), kinds) for line in file)
        while part := list(islice(rows, _ROWS_AT_ONCE)):
            connection.execute(sa.insert(table), part)


def _row(told: dict[str, Any], kinds: dict[str, Any]) -> dict[str, Any]:
    for name, value in told.items():
        if value is not None and isinstance(kinds[name], sa.DateTime):
            told[name] = datetime.fromisoformat(value)
        elif value is not None and isinstance(kinds[name], sa.Date):
            told[name] = date.fromisoformat(value)
    return told
