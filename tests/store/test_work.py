import sqlite3
from datetime import datetime
from pathlib import Path

import pytest

from outreach.columns import check
from outreach.errors import StoreError
from outreach.store import secrets, work
from outreach.store.work_tables import SQL_TABLES
from outreach.work_schemas import (
    AUDIT,
    PARTICIPANTS,
    REFERRALS,
    STAFF,
    TASKS,
    USUAL_PLACES,
    VISITS,
    WORK_TABLES,
)


@pytest.fixture
def filled(db, some):
    with db.writing() as rows:
        rows.insert(PARTICIPANTS, [some.participant()])
        rows.insert(VISITS, [some.visit()])
    return db


def texts_at_rest(folder: Path, db) -> str:
    """All that somebody without the key can read."""
    if db.engine.dialect.name == "sqlite":
        return "".join(f.read_bytes().decode("latin-1") for f in folder.glob("work.sqlite*"))
    with db.engine.connect() as connection:
        return str([connection.execute(table.select()).all() for table in SQL_TABLES.values()])


def test_rows_come_back_as_they_went_in(filled, some):
    with filled.reading() as rows:
        person = rows.fetch(PARTICIPANTS).iloc[0]
        visit = rows.fetch(VISITS, participant_id="p1").iloc[0]
        assert rows.fetch(VISITS, participant_id="p2").empty
        for table in WORK_TABLES:
            check(rows.fetch(table), table)
    assert person["given_name"] == "Anastasia"
    assert person["enrolled_on"] == some.today
    assert visit["happened_at"] == some.now
    assert visit["lon"] == -73.75
    assert not visit["police_involved"]


def test_safeguard_11_what_names_people_is_sealed_at_rest(filled, folder):
    kept = texts_at_rest(folder, filled)
    assert "community" in kept
    for name in ("Anastasia", "Field", "1980-02-03", "5550101", "by the river"):
        assert name not in kept


def test_another_key_opens_nothing(filled, folder):
    (folder / "secret.key").unlink()
    secrets.make_key(folder)
    with pytest.raises(StoreError, match="does not open"), work.open_work(folder).reading() as rows:
        rows.fetch(PARTICIPANTS)


def test_a_transaction_is_kept_whole_or_not_at_all(filled, some):
    with pytest.raises(ZeroDivisionError), filled.writing() as rows:
        rows.insert(VISITS, [some.visit("v2")])
        rows.update(PARTICIPANTS, {"participant_id": "p1"}, {"note": "x"})
        raise ZeroDivisionError
    with filled.reading() as rows:
        assert list(rows.fetch(VISITS)["visit_id"]) == ["v1"]
        assert rows.fetch(PARTICIPANTS)["note"].isna().all()


@pytest.mark.parametrize(
    ("table", "row", "told"),
    [
        (VISITS, {"participant_id": "nobody"}, "(?i)foreign key"),
        (VISITS, {"outcome": "vanished"}, "ck_visits_outcome"),
        (VISITS, {"sharps": -1}, "no_negative_count"),
        (VISITS, {"visit_id": "v1"}, "(?i)unique"),
        (TASKS, {"status": "done"}, "closed_when_not_open"),
        (REFERRALS, {"outcome": "retained"}, "closed_with_outcome|(?i:foreign)"),
    ],
)
def test_the_database_refuses_rows_that_cannot_be(filled, some, table, row, told):
    make = {"visits": some.visit, "tasks": some.task, "referrals": some.referral}[table.name]
    new = {**make(), table.key[0]: "new", **row}
    with pytest.raises(StoreError, match=told) as error, filled.writing() as rows:
        rows.insert(table, [new])
    assert "\n" not in str(error.value)
    assert "-73.75" not in str(error.value)  # no values of a row


def test_sent_twice_is_kept_once(filled, some):
    with filled.writing() as rows:
        again = [some.visit(), some.visit("v2")]
        assert rows.insert(VISITS, again, once=True) == 1
        assert rows.insert(VISITS, again, once=True) == 0


def test_changes_and_removals_say_how_many(filled, some):
    with filled.writing() as rows:
        rows.insert(USUAL_PLACES, [some.place("a"), some.place("b")])
        where = {"participant_id": "p1", "version": 1}
        assert rows.update(PARTICIPANTS, where, {"note": "new", "version": 2}) == 1
        assert rows.update(PARTICIPANTS, where, {"note": "late"}) == 0
        assert rows.delete(USUAL_PLACES, {"usual_place_id": "a"}) == 1
        assert rows.fetch(PARTICIPANTS)["note"].item() == "new"
        assert rows.fetch(USUAL_PLACES)["usual_place_id"].item() == "b"


def test_an_instant_without_a_zone_is_refused(filled, some):
    with pytest.raises(Exception, match="no time zone"), filled.writing() as rows:
        rows.insert(VISITS, [some.visit("v2", happened_at=datetime(2026, 1, 1))])


def test_a_reader_sees_one_moment_while_others_write(filled, some):
    with filled.reading() as rows:
        before = len(rows.fetch(VISITS))
        with filled.writing() as others:
            others.insert(VISITS, [some.visit("v2")])
        assert len(rows.fetch(VISITS)) == before
    with filled.reading() as rows:
        assert len(rows.fetch(VISITS)) == before + 1


def test_reading_changes_nothing(filled, some):
    with pytest.raises(StoreError, match=r"read-?only"), filled.reading() as rows:
        rows.insert(VISITS, [some.visit("v2")])


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit SET who = 'somebody else'",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "INSERT OR REPLACE INTO audit SELECT audit_id, at, 'x', did, what, '' FROM audit",
        "INSERT INTO audit SELECT * FROM audit ON CONFLICT (audit_id) DO UPDATE SET who = 'x'",
    ],
)
def test_safeguard_8_the_audit_trail_is_only_ever_added_to(db, some, sql):
    with db.writing() as rows:
        rows.audit(at=some.now, who="Lee", did="saw", what="profile", participant_id="p1")
    with pytest.raises(StoreError), db.writing() as rows:
        rows.connection.exec_driver_sql(sql)
    with db.reading() as rows:
        assert rows.fetch(AUDIT)["who"].item() == "Lee"


def test_a_new_database_is_private_and_made_once(make_folder):
    folder = make_folder("sqlite")
    work.open_work(folder)
    assert (folder / "work.sqlite").stat().st_mode & 0o777 == 0o600
    with work.open_work(folder).writing() as rows:
        rows.insert(STAFF, [{"staff_id": "s", "name": "Lee", "role": "peer", "languages": "en",
                             "active": True, "capacity": 3}])  # fmt: skip
    with work.open_work(folder).reading() as rows:
        assert len(rows.fetch(STAFF)) == 1
    with sqlite3.connect(folder / "work.sqlite") as plain:
        assert plain.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    plain.close()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("nonsense", "cannot be used"),
        ("mysql://user:hunter2@host/name", "cannot be used|takes PostgreSQL"),
        ("postgresql://user:hunter2@localhost:1/name", "cannot be used"),
        ("postgres://user:hunter2@localhost:1/name", "cannot be used"),
    ],
)
def test_an_address_that_cannot_be_used_is_told_without_its_password(
    make_folder, monkeypatch, url, told
):
    folder = make_folder("sqlite")
    monkeypatch.setenv(work.URL_VARIABLE, url)
    with pytest.raises(StoreError, match=told) as error:
        work.open_work(folder)
    assert "hunter2" not in str(error.value)
    assert "\n" not in str(error.value)


def test_no_database_appears_where_no_city_is(tmp_path, monkeypatch):
    monkeypatch.delenv(work.URL_VARIABLE, raising=False)
    for nowhere in (tmp_path, tmp_path / "none"):
        with pytest.raises(StoreError, match="missing"):
            work.open_work(nowhere)
    assert not list(tmp_path.iterdir())
