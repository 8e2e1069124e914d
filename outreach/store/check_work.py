"""Is the work database whole? What is wrong in it, by id and never by name."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken

from outreach.columns import Table
from outreach.errors import StoreError
from outreach.store.migrate import head, revision
from outreach.store.work import Work, told
from outreach.store.work_tables import SQL_TABLES
from outreach.work_schemas import AGREEMENTS, RELEASES, VISITS, WORK_TABLES
from outreach.work_words import OUTCOMES, RELEASABLE, SERVICES


@dataclass(frozen=True)
class Fault:
    """Something wrong, and the rows it is wrong in."""

    what: str
    table: str = ""
    ids: tuple[str, ...] = ()


# What must not be, and how to find it: each query returns the key of the rows at fault.
_NEVER = (
    (
        "referrals",
        "closed without an outcome, or open with one",
        "SELECT referral_id FROM referrals WHERE (closed_at IS NULL) <> (outcome IS NULL)",
    ),
    (
        "tasks",
        "open with a day of closing, or closed without one",
        "SELECT task_id FROM tasks WHERE (closed_at IS NULL) <> (status = 'open')",
    ),
    (
        "tasks",
        "about a referral of somebody else",
        "SELECT task_id FROM tasks t JOIN referrals r ON r.referral_id = t.referral_id "
        "WHERE t.participant_id <> r.participant_id",
    ),
    (
        "person_links",
        "the linked person is none of its own members",
        "SELECT person_id FROM person_links l WHERE NOT EXISTS (SELECT 1 FROM person_links m "
        "WHERE m.person_id = l.linked_id AND m.linked_id = l.linked_id)",
    ),
    (
        "participants",
        "enrolled twice as one person",
        "SELECT participant_id FROM participants WHERE person_id IN (SELECT person_id "
        "FROM participants GROUP BY person_id HAVING COUNT(*) > 1)",
    ),
    (
        "visits",
        "stands for a visit that is not there",
        "SELECT visit_id FROM visits v WHERE replaces IS NOT NULL AND NOT EXISTS "
        "(SELECT 1 FROM visits o WHERE o.visit_id = v.replaces AND o.visit_id <> v.visit_id)",
    ),
    (
        "visits",
        "corrected twice",
        "SELECT replaces FROM visits WHERE replaces IS NOT NULL "
        "GROUP BY replaces HAVING COUNT(*) > 1",
    ),
    (
        "listings",
        "listed twice at once",
        "SELECT listing_id FROM listings WHERE ended_on IS NULL AND subject IN (SELECT subject "
        "FROM listings WHERE ended_on IS NULL GROUP BY subject HAVING COUNT(*) > 1)",
    ),
    (
        "consents",
        "withdrawn by nobody, or at no time",
        "SELECT consent_id FROM consents WHERE (withdrawn_at IS NULL) <> (withdrawn_by IS NULL)",
    ),
    (
        "wishes",
        "wants to be met at a place of somebody else",
        "SELECT w.participant_id FROM wishes w JOIN usual_places u "
        "ON u.usual_place_id = w.usual_place_id WHERE u.participant_id <> w.participant_id",
    ),
)
_WORDS = (
    (VISITS, "services", SERVICES),
    (RELEASES, "fields", RELEASABLE),
    (AGREEMENTS, "may_see", RELEASABLE),
)


def faults(work: Work) -> list[Fault]:
    """Return all that is wrong in a work database; nothing where it is whole."""
    try:
        with told(), work.engine.connect() as connection, connection.begin():
            found = revision(connection)
            if found is None:
                return []
            if found != head():
                return [Fault(f"is version {found}, not {head()}: run outreach db upgrade")]
            engine_faults = list(_engine_faults(connection))
            if engine_faults:
                return engine_faults
            return [*_unopened(connection, work.key), *_untrue(connection), *_unknown(connection)]
    except StoreError as error:
        return [Fault(str(error))]


def _engine_faults(connection: sa.Connection) -> Iterator[Fault]:
    """Ask the engine about itself: pages, keys, and the guard of the audit trail."""
    if connection.dialect.name == "sqlite":
        for (text,) in connection.exec_driver_sql("PRAGMA integrity_check(20)"):
            if text != "ok":
                yield Fault(f"the file is damaged: {text}")
        lost = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        for table in sorted({row[0] for row in lost}):
            ids = tuple(f"row {row[1]}" for row in lost if row[0] == table)
            yield Fault("refers to a row that is not there", table, ids)
        guards, needed = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'trigger'", 2
    else:
        loose = "SELECT conname FROM pg_constraint WHERE NOT convalidated"
        for (name,) in connection.exec_driver_sql(loose):
            yield Fault(f"the rule {name} is not held")
        guards, needed = "SELECT COUNT(*) FROM pg_trigger WHERE tgname = 'audit_no_change'", 1
        guards += " AND tgenabled = 'O' AND tgrelid = 'audit'::regclass"
    if connection.exec_driver_sql(guards).scalar_one() < needed:
        yield Fault("the guard of the audit trail is gone: its rows can be changed", "audit")


def _unopened(connection: sa.Connection, key: bytes) -> Iterator[Fault]:
    cipher = Fernet(key)
    for table in WORK_TABLES:
        sealed = [name for name, column in table.columns.items() if column.sealed]
        sql = SQL_TABLES[table.name]
        if not sealed:
            continue
        found = connection.execute(sa.select(_key(table), *(sql.c[name] for name in sealed)))
        ids = tuple(row[0] for row in found if not _opens(cipher, row[1:]))
        if ids:
            yield Fault("does not open with this city's key", table.name, ids)


def _opens(cipher: Fernet, values: Sequence[str | None]) -> bool:
    try:
        for value in values:
            if value is not None:
                cipher.decrypt(value)
    except InvalidToken:
        return False
    return True


def _untrue(connection: sa.Connection) -> Iterator[Fault]:
    for table, what, query in _NEVER:
        ids = tuple(row[0] for row in connection.exec_driver_sql(query))
        if ids:
            yield Fault(what, table, ids)
    visits = SQL_TABLES["visits"]
    found = connection.execute(sa.select(visits.c.visit_id, visits.c.outcome, visits.c.stage))
    ids = tuple(visit_id for visit_id, outcome, stage in found if OUTCOMES[outcome] != stage)
    if ids:
        yield Fault("got further, or less far, than its outcome says", "visits", ids)


def _unknown(connection: sa.Connection) -> Iterator[Fault]:
    for table, column, words in _WORDS:
        sql = SQL_TABLES[table.name].c[column]
        found = connection.execute(sa.select(_key(table), sql))
        ids = tuple(key for key, text in found if not set(text.split()) <= set(words))
        if ids:
            yield Fault(f"says something in {column} that we have no word for", table.name, ids)


def _key(table: Table) -> sa.ColumnElement[str]:
    return SQL_TABLES[table.name].c[table.key[0]]
