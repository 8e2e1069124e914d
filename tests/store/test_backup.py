import json
import zipfile
from datetime import date, datetime, timedelta

import pytest

from outreach.errors import StoreError
from outreach.store import backup, check_work, migrate, secrets, work
from outreach.store.work_tables import SQL_TABLES
from outreach.work_schemas import (
    AUDIT,
    ORGANISATIONS,
    PARTICIPANTS,
    REFERRALS,
    TASKS,
    USUAL_PLACES,
    VISITS,
)


def fill(db, some, visits=3):
    with db.writing() as rows:
        rows.insert(ORGANISATIONS, [some.organisation(verified_on=date(2026, 2, 28))])
        rows.insert(
            PARTICIPANTS, [some.participant(), some.participant("p2", given_name="Ünal 李")]
        )
        early = some.now - timedelta(microseconds=1)
        rows.insert(VISITS, [some.visit(f"v{n}", happened_at=early, lon=0.1 + 0.2)
                             for n in range(visits)])  # fmt: skip
        rows.insert(USUAL_PLACES, [some.place()])
        rows.insert(REFERRALS, [some.referral()])
        rows.insert(TASKS, [some.task(referral_id="r1")])
        rows.audit(at=some.now, who="Lee", did="saw", what="profile", participant_id="p1")


def contents(db, without=()):
    """All rows as they are stored: what is sealed stays sealed, to the letter."""
    with db.reading() as rows:
        return {
            name: [dict(row) for row in rows.connection.execute(query).mappings()]
            for name, table in SQL_TABLES.items()
            if name not in without
            for query in [table.select().order_by(*table.primary_key)]
        }


def back_up(db, path, some):
    return backup.back_up(db, path, by="Lee", now=some.now)


def restore(db, path, some, **given):
    return backup.restore(db, path, by="Lee", now=some.now, **{"replace": False, **given})


def moved(make_folder, engine, folder, name="other"):
    """An empty work database of another engine, with the same key."""
    other = make_folder(engine, name, ready=True)
    (other / "secret.key").write_bytes((folder / "secret.key").read_bytes())
    return work.open_work(other)


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_backup_comes_back_on_either_engine(db, folder, make_folder, some, tmp_path, engine):
    fill(db, some)
    path = tmp_path / "a" / "b.zip"
    made = back_up(db, path, some)
    assert path.stat().st_mode & 0o777 == 0o600
    assert made.rows["visits"] == 3
    other = moved(make_folder, engine, folder)
    assert restore(other, path, some) == made
    both = [contents(d, without=["audit"]) for d in (db, other)]
    assert both[0] == both[1]
    assert len(both[0]["visits"]) == 3
    assert both[1]["visits"][0]["lon"] == 0.1 + 0.2
    assert check_work.faults(other) == []
    again = tmp_path / "again.zip"
    back_up(other, again, some)  # row for row the same text, whatever the engine
    with zipfile.ZipFile(path) as first, zipfile.ZipFile(again) as second:
        for name in first.namelist():
            if name not in ("audit.jsonl", "manifest.json"):
                assert first.read(name) == second.read(name)


def test_names_stay_sealed_in_a_backup_and_the_key_is_not_in_it(db, folder, some, tmp_path):
    fill(db, some)
    back_up(db, tmp_path / "b.zip", some)
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        text = b"".join(archive.read(name) for name in archive.namelist())
    assert b"community" in text
    key = (folder / "secret.key").read_bytes()
    for secret in (b"Anastasia", b"1980-02-03", b"5550101", b"by the river", key):
        assert secret not in text


def test_safeguard_8_backups_and_restores_are_in_the_audit_trail(db, some, tmp_path):
    fill(db, some)
    back_up(db, tmp_path / "b.zip", some)
    with db.writing() as rows:
        rows.audit(at=some.now, who="Lee", did="exported", what="after the backup")
    with pytest.raises(StoreError, match=r"holds .*visits.*--replace"):
        restore(db, tmp_path / "b.zip", some)
    restore(db, tmp_path / "b.zip", some, replace=True)
    with db.reading() as rows:
        trail = rows.fetch(AUDIT)
    assert sorted(trail["did"]) == ["backed up", "exported", "restored", "saw"]
    with pytest.raises(StoreError), db.writing() as rows:  # the guard stands again
        rows.delete(AUDIT, {})


def test_what_came_after_a_backup_is_gone_when_it_replaces(db, some, tmp_path):
    fill(db, some)
    before = contents(db, without=["audit"])
    back_up(db, tmp_path / "b.zip", some)
    with db.writing() as rows:
        rows.insert(VISITS, [some.visit("late")])
        rows.update(PARTICIPANTS, {"participant_id": "p1"}, {"given_name": "Eve"})
    restore(db, tmp_path / "b.zip", some, replace=True)
    assert contents(db, without=["audit"]) == before


def test_a_city_with_nothing_but_a_trail_takes_a_backup(db, folder, make_folder, some, tmp_path):
    fill(db, some)
    back_up(db, tmp_path / "b.zip", some)
    other = moved(make_folder, db.engine.dialect.name, folder)
    with other.writing() as rows:
        rows.audit(at=some.now, who="outreach plan", did="drafted", what="plan")
    restore(other, tmp_path / "b.zip", some)
    assert {row["did"] for row in contents(other)["audit"]} == {"saw", "drafted", "restored"}


def rewritten(path, name, change):
    """Replace a member of a backup."""
    with zipfile.ZipFile(path) as archive:
        members = {n: archive.read(n) for n in archive.namelist()}
    members[name] = change(members[name])
    with zipfile.ZipFile(path, "w") as archive:
        for n, data in members.items():
            archive.writestr(n, data)


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-200])


def bits_flipped(path):
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo("visits.jsonl").header_offset
    data[start + 100] ^= 0xFF
    path.write_bytes(data)


def said(**given):
    return lambda path: rewritten(
        path, "manifest.json", lambda data: json.dumps({**json.loads(data), **given}).encode()
    )


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (cut_short, "damaged"),
        (bits_flipped, "damaged"),
        (lambda p: rewritten(p, "visits.jsonl", lambda d: d.replace(b"food", b"none")), "damaged"),
        (lambda p: rewritten(p, "visits.jsonl", lambda d: d + d), "damaged"),
        (lambda p: p.write_text("bread"), "no backup"),
        (lambda p: p.unlink(), "cannot be read"),
        (said(key="0000"), "another key"),
        (said(revision="0999"), "newer"),
        (said(rows={}, sha256={}), "other tables"),
        (said(rows={"visits": 1}), "damaged"),
    ],
)
def test_a_backup_that_cannot_be_trusted_changes_nothing(db, some, tmp_path, harm, told):
    fill(db, some)
    path = tmp_path / "b.zip"
    back_up(db, path, some)
    before = contents(db)
    harm(path)
    with pytest.raises(StoreError, match=told):
        restore(db, path, some, replace=True)
    assert contents(db) == before
    assert check_work.faults(db) == []


def test_a_backup_needs_the_key_it_was_made_with(db, make_folder, some, tmp_path):
    fill(db, some)
    back_up(db, tmp_path / "b.zip", some)
    other = work.open_work(make_folder("sqlite", "another city"))
    with pytest.raises(StoreError, match="another key"):
        restore(other, tmp_path / "b.zip", some)


def test_an_older_database_can_be_copied_and_an_older_backup_restored(
    db, folder, some, tmp_path, later
):
    fill(db, some)
    back_up(db, tmp_path / "old.zip", some)
    later()
    old = backup.Manifest(**json.loads(zipfile.ZipFile(tmp_path / "old.zip").read("manifest.json")))
    unopened = work.Work(work.open_engine(folder), secrets.load_key(folder))
    assert back_up(unopened, tmp_path / "again.zip", some).revision == old.revision == "0003"
    migrate.upgrade(db.engine)
    restore(db, tmp_path / "old.zip", some, replace=True)
    with db.reading() as rows:
        assert migrate.revision(rows.connection) == "0004"
        assert len(rows.fetch(VISITS)) == 3


def test_nothing_there_is_told(folder, some, tmp_path):
    empty = work.Work(work.open_engine(folder), secrets.load_key(folder))
    with pytest.raises(StoreError, match="nothing yet"):
        back_up(empty, tmp_path / "b.zip", some)
    assert not (tmp_path / "b.zip").exists()


def test_a_backup_is_of_one_moment_while_others_write(db, some, tmp_path, monkeypatch):
    fill(db, some)
    write_table = backup._write_table
    tables = []

    def with_a_writer(connection, table, archive):
        if not tables:  # after the first read, before all others
            connection.execute(table.select().limit(1)).all()
            with db.writing() as rows:
                rows.insert(VISITS, [some.visit("meanwhile")])
                rows.insert(ORGANISATIONS, [some.organisation("meanwhile")])
        tables.append(table.name)
        return write_table(connection, table, archive)

    monkeypatch.setattr(backup, "_write_table", with_a_writer)
    made = back_up(db, tmp_path / "b.zip", some)
    assert (made.rows["visits"], made.rows["organisations"]) == (3, 1)
    assert len(contents(db)["visits"]) == 4


def test_the_day_and_the_instant_are_told_with_their_zone():
    plain = datetime(2026, 1, 2, 3, 4, 5, 678901)
    assert backup._instant_or_day(plain) == "2026-01-02T03:04:05.678901+00:00"
    assert backup._instant_or_day(date(2026, 1, 2)) == "2026-01-02"
