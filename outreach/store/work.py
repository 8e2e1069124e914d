"""The work database: SQLite in the city folder, or PostgreSQL by URL; rows in and out as frames.

One writer at a time, on either: a second one waits. What a transaction wrote is there whole or
not at all, whatever kills the process.
"""

import logging
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import pandas as pd
import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy.dialects import postgresql, sqlite

from outreach.columns import Table
from outreach.errors import StoreError
from outreach.store.secrets import load_key
from outreach.store.work_tables import SQL_TABLES, plain
from outreach.work_schemas import AUDIT

URL_VARIABLE = "OUTREACH_DATABASE"
FILE_NAME = "work.sqlite"
BUSY_WAIT_S = 60
_LOGGER = logging.getLogger("sqlalchemy")
_WRITER_LOCK = 7_202_611  # PostgreSQL's advisory lock that stands for SQLite's one writer

_DTYPES: Mapping[str, Any] = {
    "int": "int64",
    "float": "float64",
    "bool": "bool",
    "time": "datetime64[us, UTC]",
}

Row = Mapping[str, Any]


def new_id() -> str:
    """Return an id for a new row."""
    return uuid4().hex


def database_url(folder: Path) -> str:
    """Return where a city's work database is."""
    return os.environ.get(URL_VARIABLE) or f"sqlite:///{(folder / FILE_NAME).resolve()}"


@lru_cache(maxsize=16)
def make_engine(url: str) -> sa.Engine:
    """Return an engine with one writer at a time, foreign keys held, and whole transactions.

    Raises   StoreError   the address cannot be understood
    """
    try:
        address = sa.make_url(url)
        if address.drivername in ("postgres", "postgresql"):
            address = address.set(drivername="postgresql+psycopg")
        _LOGGER.setLevel(logging.WARNING)  # else every row is logged where all is logged
        engine = sa.create_engine(address, poolclass=sa.NullPool, hide_parameters=True)
    except (sa.exc.ArgumentError, ModuleNotFoundError) as error:
        raise StoreError(
            f"{URL_VARIABLE} cannot be used: {error}; write it as postgresql://USER@HOST/DATABASE "
            "(and pip install outreach[postgres])"
        ) from None
    if engine.dialect.name not in ("sqlite", "postgresql"):
        raise StoreError(f"{URL_VARIABLE} takes PostgreSQL or SQLite, not {engine.dialect.name}")
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _on_sqlite_connect)
    sa.event.listen(engine, "begin", _on_begin)
    return engine


def _on_sqlite_connect(connection: Any, _: object) -> None:
    connection.isolation_level = None  # we begin transactions ourselves, also around DDL
    for pragma in (
        f"busy_timeout={BUSY_WAIT_S * 1000}",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",  # what is purged is overwritten
        "recursive_triggers=ON",  # INSERT OR REPLACE is refused like the deletion that it is
    ):
        connection.execute(f"PRAGMA {pragma}")
    for _ in range(BUSY_WAIT_S * 20):  # for this once, SQLite does not wait by itself
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(0.05)


def _on_begin(connection: sa.Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA query_only={not writing}")
        # Deferred, two writers would both read first, and one would lose its update.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
    elif writing:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{BUSY_WAIT_S}s'")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})")
    else:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")


class Rows:
    """The rows of the work database inside one transaction."""

    def __init__(self, connection: sa.Connection, cipher: Fernet) -> None:
        self.connection = connection
        self._cipher = cipher

    def fetch(self, table: Table, **equal: Any) -> pd.DataFrame:
        """Return the rows whose columns equal the given values, in the order of their key."""
        sql = SQL_TABLES[table.name]
        query = sa.select(sql).where(*(sql.c[name] == plain(v) for name, v in equal.items()))
        found = self.connection.execute(query.order_by(*(sql.c[name] for name in table.key)))
        return self._frame([dict(row) for row in found.mappings()], table)

    def insert(self, table: Table, rows: Sequence[Row], *, once: bool = False) -> int:
        """Add rows and return how many; ``once`` passes over those whose key is there already."""
        if not rows:
            return 0
        sql = SQL_TABLES[table.name]
        insert: Any = sa.insert(sql)
        if once:
            dialect = sqlite if self.connection.dialect.name == "sqlite" else postgresql
            insert = dialect.insert(sql).on_conflict_do_nothing()
        values = [{**dict.fromkeys(table.columns), **self._sealed(table, row)} for row in rows]
        if not once:
            self.connection.execute(insert, values)
            return len(values)
        insert = insert.execution_options(preserve_rowcount=True)
        return sum(self.connection.execute(insert, value).rowcount for value in values)

    def update(self, table: Table, where: Row, changes: Row) -> int:
        """Change the rows that match, and return how many did."""
        sql = SQL_TABLES[table.name]
        change = sa.update(sql).where(*(sql.c[name] == plain(v) for name, v in where.items()))
        return int(self.connection.execute(change.values(self._sealed(table, changes))).rowcount)

    def delete(self, table: Table, where: Row) -> int:
        """Remove the rows that match (all of them where nothing is named), and return how many."""
        sql = SQL_TABLES[table.name]
        gone = sa.delete(sql).where(*(sql.c[name] == plain(v) for name, v in where.items()))
        return int(self.connection.execute(gone).rowcount)

    def audit(
        self, *, at: datetime, who: str, did: str, what: str, participant_id: str | None = None
    ) -> None:
        """Add to the audit trail, in the same transaction as what it tells of (safeguard 8)."""
        row = {"at": at, "who": who, "did": did, "what": what, "participant_id": participant_id}
        self.insert(AUDIT, [{"audit_id": new_id(), **row}])

    def _sealed(self, table: Table, row: Row) -> dict[str, Any]:
        values = {name: plain(value) for name, value in row.items()}
        for name, value in values.items():
            if table.columns[name].sealed and value is not None:
                values[name] = self._cipher.encrypt(value.encode()).decode()
        return values

    def _opened(self, text: str | None) -> str | None:
        try:
            return None if text is None else self._cipher.decrypt(text.encode()).decode()
        except InvalidToken:
            raise StoreError("the work database does not open with this city's key") from None

    def _frame(self, found: Sequence[Row], table: Table) -> pd.DataFrame:
        """Return rows as the table promises them; the database itself has held its rules."""
        columns = {}
        for name, column in table.columns.items():
            values = [row[name] for row in found]  # a frame would turn None into NaN
            if column.sealed:
                values = [self._opened(value) for value in values]
            nullable_int = column.kind == "int" and column.nullable
            dtype = "Int64" if nullable_int else _DTYPES.get(column.kind, "object")
            columns[name] = pd.Series(values, dtype=dtype)
        return pd.DataFrame(columns)


@dataclass(frozen=True)
class Work:
    """A city's work database, and the key that opens what is sealed in it."""

    engine: sa.Engine
    key: bytes

    @contextmanager
    def reading(self) -> Iterator[Rows]:
        """Give the rows as they stand at one moment."""
        with told(), self.engine.connect() as connection, connection.begin():
            yield Rows(connection, Fernet(self.key))

    @contextmanager
    def writing(self) -> Iterator[Rows]:
        """Give the rows to change; all changes are kept when the block ends, or none."""
        with told(), self.engine.execution_options(writing=True).begin() as connection:
            yield Rows(connection, Fernet(self.key))


@contextmanager
def told() -> Iterator[None]:
    """Say in one line what went wrong with the database.

    Raises   StoreError   never with the values of a row
    """
    try:
        yield
    except sa.exc.IntegrityError as error:
        raise StoreError(f"the work database refused a row: {_why(error)}; nothing kept") from None
    except sa.exc.DBAPIError as error:
        raise StoreError(
            f"the work database cannot be used: {_why(error)}; nothing of this change was kept"
        ) from None


def _why(error: sa.exc.DBAPIError) -> str:
    """Return the first line of what the database says; PostgreSQL's others show the row."""
    return str(error.orig).strip().split("\n")[0]


def open_engine(folder: Path) -> sa.Engine:
    """Return the engine of a city's work database, whatever its version.

    Raises   StoreError   there can be none at that address
    """
    engine = make_engine(database_url(folder))
    if engine.dialect.name == "sqlite":
        path = Path(engine.url.database or "")
        if not path.parent.is_dir():
            raise StoreError(f"{path.parent} is not there, so no work database can be in it")
        path.touch(mode=0o600)
    return engine


def open_work(folder: Path) -> Work:
    """Open a city's work database; it is made where there is none.

    Raises   StoreError   it cannot be reached, or is of another version than this program
    """
    from outreach.store.audit import take_over_lines
    from outreach.store.migrate import make_ready

    key = load_key(folder)
    engine = open_engine(folder)
    with told():
        make_ready(engine)
    work = Work(engine, key)
    take_over_lines(folder, work)
    return work


def existing_work(folder: Path) -> Work | None:
    """Open a city's work database if it has one: looking at a city makes none."""
    url = database_url(folder)
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        return None
    return open_work(folder)
