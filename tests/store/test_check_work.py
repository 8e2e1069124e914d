import sqlite3

import pytest

from outreach.store import check_work, secrets, work
from outreach.store.work_tables import SQL_TABLES
from outreach.work_schemas import (
    CONSENTS,
    LISTINGS,
    ORGANISATIONS,
    PARTICIPANTS,
    PERSON_LINKS,
    REFERRALS,
    TASKS,
    USUAL_PLACES,
    VISITS,
    WISHES,
)


@pytest.fixture
def whole(db, some):
    """A database in which nothing is wrong, with two participants."""
    with db.writing() as rows:
        rows.insert(PARTICIPANTS, [some.participant("p1", person_id="a"), some.participant("p2")])
        rows.insert(VISITS, [some.visit("v1"), some.visit("v2", replaces="v1")])
        rows.insert(ORGANISATIONS, [some.organisation()])
        rows.insert(REFERRALS, [some.referral()])
        rows.insert(USUAL_PLACES, [some.place("u2", "p2")])
        rows.insert(PERSON_LINKS, [link("a", "a"), link("b", "a")])
    assert check_work.faults(db) == []
    return db


def link(person, linked):
    return {"person_id": person, "linked_id": linked, "match_weight": 9.0, "reason": "same phone"}


def listing(key, **given):
    row = {"listing_id": key, "subject": "a", "listed_on": "2026-11-01", "until": "2026-12-01"}
    return {**row, "renewed_by": None, "ended_on": None, **given}


def wish(**given):
    return {"participant_id": "p1", "way": "visit", "usual_place_id": None, **given}


def consent(**given):
    return {"consent_id": "c1", "participant_id": "p1", "rule": "opt_out", **given}


@pytest.mark.parametrize(
    ("table", "ids", "make"),
    [
        (VISITS, ("v3",), lambda some: [some.visit("v3", replaces="nothing")]),
        (VISITS, ("v3",), lambda some: [some.visit("v3", replaces="v3")]),
        (VISITS, ("v1",), lambda some: [some.visit("v3", replaces="v1")]),
        (VISITS, ("v3",), lambda some: [some.visit("v3", stage="engagement")]),
        (VISITS, ("v3",), lambda some: [some.visit("v3", services="food karaoke")]),
        (PARTICIPANTS, ("p1", "p3"), lambda some: [some.participant("p3", person_id="a")]),
        (PERSON_LINKS, ("c",), lambda some: [link("c", "b")]),
        (PERSON_LINKS, ("c",), lambda some: [link("c", "gone")]),
        (WISHES, ("p1",), lambda some: [wish(usual_place_id="u2")]),
        (TASKS, ("t1",), lambda some: [some.task(participant="p2", referral_id="r1")]),
    ],
)
def test_rows_that_contradict_each_other_are_named_by_id(whole, some, table, ids, make):
    with whole.writing() as rows:
        rows.insert(table, make(some))
    (fault,) = check_work.faults(whole)
    assert (fault.table, tuple(sorted(fault.ids))) == (table.name, ids)
    assert "Anastasia" not in str(fault)


def test_two_open_listings_of_one_subject_are_told(whole, some):
    dates = {"listed_on": some.today, "until": some.today}
    with whole.writing() as rows:
        rows.insert(LISTINGS, [listing("l1", **dates), listing("l0", **dates, ended_on=some.today)])
    assert check_work.faults(whole) == []
    with whole.writing() as rows:
        rows.insert(LISTINGS, [listing("l2", **dates)])
    (fault,) = check_work.faults(whole)
    assert sorted(fault.ids) == ["l1", "l2"]


def test_a_consent_withdrawn_by_nobody_is_told(whole, some):
    row = consent(since=some.today, recorded_at=some.now, recorded_by="Lee")
    with whole.writing() as rows:
        rows.insert(CONSENTS, [{**row, "withdrawn_at": some.now}])
    (fault,) = check_work.faults(whole)
    assert fault.ids == ("c1",)


def test_what_does_not_open_is_told(whole):
    with whole.writing() as rows:
        visits = SQL_TABLES["visits"]
        rows.connection.execute(visits.update().where(visits.c.visit_id == "v2"), {"note": "plain"})
    (fault,) = check_work.faults(whole)
    assert (fault.table, fault.ids) == ("visits", ("v2",))


def test_another_key_is_told(whole, folder):
    (folder / "secret.key").unlink()
    secrets.make_key(folder)
    assert {f.table for f in check_work.faults(work.open_work(folder))} >= {"participants"}


def test_a_trail_without_its_guard_is_told(whole):
    on = "" if whole.engine.dialect.name == "sqlite" else " ON audit"
    name = "audit_no_delete" if not on else "audit_no_change"
    with whole.writing() as rows:
        rows.connection.exec_driver_sql(f"DROP TRIGGER {name}{on}")
    (fault,) = check_work.faults(whole)
    assert "guard" in fault.what


def test_an_older_version_is_told(whole, later):
    later()
    (fault,) = check_work.faults(whole)
    assert "outreach db upgrade" in fault.what


def test_nothing_there_is_nothing_wrong(folder):
    unmade = work.Work(work.open_engine(folder), secrets.load_key(folder))
    assert check_work.faults(unmade) == []


def test_a_damaged_file_is_told(make_folder, some):
    folder = make_folder("sqlite")
    db = work.open_work(folder)
    with db.writing() as rows:
        rows.insert(PARTICIPANTS, [some.participant(str(n), note="x" * 500) for n in range(100)])
    path = folder / "work.sqlite"
    data = bytearray(path.read_bytes())
    middle = len(data) // 2 // 4096 * 4096
    data[middle : middle + 8192] = b"\xff" * 8192
    path.write_bytes(data)
    assert check_work.faults(db)
    path.write_bytes(b"bread" * 5000)
    assert "not a database" in check_work.faults(db)[0].what


def test_rows_without_what_they_refer_to_are_told(make_folder, some):
    folder = make_folder("sqlite")
    db = work.open_work(folder)
    with db.writing() as rows:
        rows.insert(PARTICIPANTS, [some.participant()])
        rows.insert(VISITS, [some.visit()])
    with sqlite3.connect(folder / "work.sqlite") as careless:
        careless.execute("DELETE FROM participants")
    careless.close()
    (fault,) = check_work.faults(db)
    assert (fault.table, len(fault.ids)) == ("visits", 1)
