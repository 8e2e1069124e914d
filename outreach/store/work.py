"""The work database: SQLite in the city folder, or PostgreSQL by URL; rows in and out as frames.

One writer at a time, on either: a second one waits. What a transaction wrote is there whole or
not at all, whatever kills the process.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pandas as pd
import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy.dialects import postgresql, sqlite

from outreach.columns import Table, check, empty
from outreach.errors import StoreError
from outreach.store.secrets import load_key
from outreach.store.work_tables import SQL_TABLES, plain
from outreach.work_schemas import AUDIT

URL_VARIABLE = "OUTREACH_DATABASE"
FILE_NAME = "work.sqlite"
BUSY_WAIT_S = 60
_WRITER_LOCK = 7_202_611  # PostgreSQL's advisory lock that stands for SQLite's one writer

_DTYPES = {"int": "Int64", "float": "float64", "bool": "bool"}

Row = Mapping[str, Any]


def new_id() -> str:
    """Return an id for a new row."""
    return uuid4().hex


def database_url(folder: Path) -> str:
    """Return where a city's work database is."""
    return os.environ.get(URL_VARIABLE) or f"sqlite:///{(folder / FILE_NAME).resolve()}"


def make_engine(url: str) -> sa.Engine:
    """Return an engine with one writer at a time, foreign keys held, and whole transactions.

    Raises   StoreError   the address cannot be understood
    """
    try:
        engine = sa.create_engine(url, poolclass=sa.NullPool)
    except (sa.exc.ArgumentError, ModuleNotFoundError) as error:
        raise StoreError(f"{URL_VARIABLE} is no address of a database: {error}") from None
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _on_sqlite_connect)
    sa.event.listen(engine, "begin", _on_begin)
    return engine


def _on_sqlite_connect(connection: Any, _: object) -> None:
    connection.isolation_level = None  # we begin transactions ourselves, also around DDL
    for pragma in (
        f"busy_timeout={BUSY_WAIT_S * 1000}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: sa.Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    if connection.dialect.name == "sqlite":
        # Deferred, two writers would both read first, and one would lose its update.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
    elif writing:
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
        values = [self._sealed(table, row) for row in rows]
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
        if not found:
            return empty(table)
        frame = pd.DataFrame(found, columns=list(table.columns))
        for name, column in table.columns.items():
            values = frame[name].tolist()
            if column.sealed:
                values = [self._opened(value) for value in values]
            if column.kind == "time":
                frame[name] = pd.to_datetime(pd.Series(values), utc=True).dt.as_unit("us")
            else:
                frame[name] = pd.Series(values, dtype=_DTYPES.get(column.kind, "object"))
                if column.kind == "int" and not column.nullable:
                    frame[name] = frame[name].astype("int64")
        return check(frame, table)


@dataclass(frozen=True)
class Work:
    """A city's work database, and the key that opens what is sealed in it."""

    engine: sa.Engine
    key: bytes

    @contextmanager
    def reading(self) -> Iterator[Rows]:
        """Give the rows as they stand at one moment."""
        with _told(), self.engine.connect() as connection, connection.begin():
            yield Rows(connection, Fernet(self.key))

    @contextmanager
    def writing(self) -> Iterator[Rows]:
        """Give the rows to change; all changes are kept when the block ends, or none."""
        with _told(), self.engine.execution_options(writing=True).begin() as connection:
            yield Rows(connection, Fernet(self.key))


@contextmanager
def _told() -> Iterator[None]:
    """Say in one line what went wrong with the database."""
    try:
        yield
    except sa.exc.IntegrityError as error:
        raise StoreError(f"the work database refused a row: {error.orig}; nothing kept") from None
    except sa.exc.OperationalError as error:
        raise StoreError(f"the work database cannot be used: {error.orig}; nothing kept") from None


def open_work(folder: Path) -> Work:
    """Open a city's work database; it is made where there is none.

    Raises   StoreError   it cannot be reached, or is of another version than this program
    """
    from outreach.store.migrate import make_ready

    url = database_url(folder)
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///"))
        if not path.parent.is_dir():
            raise StoreError(f"{path.parent} is not there, so no work database can be in it")
        path.touch(mode=0o600)
    engine = make_engine(url)
    with _told():
        make_ready(engine)
    return Work(engine, load_key(folder))
