"""Versions of the work database: made, recognised and changed, each in one transaction.

The steps from version to version are in ``migrations/versions``; Alembic runs them. There is no
step back but a backup made before.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from outreach.errors import StoreError

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "alembic_version"
_VERSION: sa.Select[tuple[str]] = sa.select(sa.column("version_num")).select_from(
    sa.table(VERSION_TABLE)
)


def revisions() -> list[str]:
    """Return the versions this program knows, oldest first."""
    return sorted(path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def head() -> str:
    """Return the version this program works with."""
    return revisions()[-1]


def revision(connection: sa.Connection) -> str | None:
    """Return which version a database is; None where it holds nothing yet.

    Raises   StoreError   it holds something else, or is of a newer program
    """
    tables = sa.inspect(connection).get_table_names()
    if not tables:
        return None
    if VERSION_TABLE not in tables:
        raise StoreError(
            "the work database holds tables that are not ours; give outreach one of its own"
        )
    found = str(connection.execute(_VERSION).scalar())
    if found not in revisions():
        raise StoreError(
            f"the work database is version {found}, and this program knows {head()} at most: "
            "update outreach; nothing was changed"
        )
    return found


def make_ready(engine: sa.Engine) -> None:
    """Make the tables of a new database, and refuse one that this program cannot work with.

    Raises   StoreError   it is of an older or newer program, or holds something else
    """
    with engine.connect() as connection:
        found = revision(connection)
    if found is None:
        upgrade(engine)
    elif found != head():
        raise StoreError(
            f"the work database is version {found}, and this program needs {head()}: make a copy "
            "with outreach db backup FILE, then run outreach db upgrade"
        )


def upgrade(engine: sa.Engine) -> str | None:
    """Bring a database to this program's version, and return which one it had."""
    with changing_tables(engine) as connection:
        before = revision(connection)
        to_revision(connection, head())
    return before


@contextmanager
def changing_tables(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Give a transaction in which tables may be made anew: all of it is kept, or nothing."""
    with engine.execution_options(writing=True).connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:  # a table that others refer to can only be replaced so; no effect once begun
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        with connection.begin():
            yield connection
            if sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise StoreError("rows would refer to rows that are not there; nothing was changed")


def to_revision(connection: sa.Connection, wanted: str) -> None:
    """Run the steps up to a version inside the transaction that has begun."""
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    command.upgrade(config, wanted)
