"""Whatever a killed process was doing: all it said was done is there, and nothing by half."""

import os
import random
import signal
import time

import pandas as pd
import pytest
import sqlalchemy as sa

from outreach.pipeline import database, intake
from outreach.pipeline.linkage import link_city
from outreach.store import batches, check_work, migrate, work
from outreach.work_schemas import AUDIT, PARTICIPANTS, PERSON_LINKS, TASKS, VISITS

from_seed = random.Random(4)


def acknowledged(acks):
    return acks.read_text().splitlines() if acks.exists() else []


def wait_for(acks, count, seconds=60):
    for _ in range(seconds * 100):
        if len(acknowledged(acks)) >= count:
            return
        time.sleep(0.01)
    raise AssertionError(f"no {count} acknowledgements in {seconds} s")


def kill(jobs, pid, after):
    """Kill a process some time from now; True where it had not ended before."""
    time.sleep(after)
    os.kill(pid, signal.SIGKILL)
    return jobs.wait() == [-signal.SIGKILL]


@pytest.fixture
def enrolled(db, some):
    with db.writing() as rows:
        rows.insert(PARTICIPANTS, [some.participant()])
    return db


def rows_of(db, table):
    with db.reading() as rows:
        return rows.fetch(table)


def test_killed_while_logging(enrolled, folder, jobs, tmp_path):
    acks = tmp_path / "acks"
    for n in range(1, 4):
        pid = jobs.start("log", folder=folder, acks=acks)
        wait_for(acks, len(acknowledged(acks)) + 1)
        assert kill(jobs, pid, from_seed.uniform(0, 0.1))
        done, visits = acknowledged(acks), rows_of(enrolled, VISITS)["visit_id"]
        assert set(done) <= set(visits)
        assert len(visits) - len(done) <= n  # kept, and killed before it could say so
        # One visit, one follow-up, one line in the trail for each of the two, or none of them.
        assert len(rows_of(enrolled, TASKS)) == len(visits)
        trail = rows_of(enrolled, AUDIT)
        assert (trail["did"] == "logged").sum() == len(visits)
        assert check_work.faults(enrolled) == []


def test_killed_while_backing_up(enrolled, folder, jobs, tmp_path, some):
    with enrolled.writing() as rows:
        rows.insert(VISITS, [some.visit(str(n)) for n in range(300)])
    acks, file = tmp_path / "acks", tmp_path / "backups" / "b.zip"
    file.parent.mkdir()
    for _ in range(3):
        pid = jobs.start("back_up", folder=folder, acks=acks, file=file)
        wait_for(acks, len(acknowledged(acks)) + 1)
        assert kill(jobs, pid, from_seed.uniform(0, 0.2))
        assert check_work.faults(enrolled) == []
        trail = rows_of(enrolled, AUDIT)
        assert (trail["did"] == "backed up").sum() >= len(acknowledged(acks))
        database.restore_database(folder, file, by="test", now=some.now, replace=True)
        assert len(rows_of(enrolled, VISITS)) == 300
    database.back_up_database(folder, file, by="test", now=some.now)
    assert [path.name for path in file.parent.iterdir()] == [
        "b.zip"
    ]  # nothing of those cut short is left


def test_killed_while_restoring(enrolled, folder, jobs, tmp_path, some):
    with enrolled.writing() as rows:
        rows.insert(VISITS, [some.visit(str(n)) for n in range(300)])
    acks, file = tmp_path / "acks", tmp_path / "b.zip"
    database.back_up_database(folder, file, by="test", now=some.now)
    for _ in range(3):
        pid = jobs.start("restore", folder=folder, acks=acks, file=file)
        wait_for(acks, len(acknowledged(acks)) + 1)
        assert kill(jobs, pid, from_seed.uniform(0, 0.4))
        assert len(rows_of(enrolled, VISITS)) == 300
        assert check_work.faults(enrolled) == []
    trail = rows_of(enrolled, AUDIT)
    assert (trail["did"] == "restored").sum() >= len(acknowledged(acks))
    assert (trail["did"] == "backed up").sum() == 1


def test_killed_while_upgrading(enrolled, folder, jobs, tmp_path, some, later, monkeypatch):
    with enrolled.writing() as rows:
        rows.insert(VISITS, [some.visit(str(n)) for n in range(200)])
    known = migrate.MIGRATIONS
    later("import time; [(op.add_column('staff', sa.Column(f'c{n}', sa.Text())), "
          "time.sleep(0.01)) for n in range(20)]")  # fmt: skip
    newest, ended = migrate.MIGRATIONS, []
    before, after = migrate.revisions()[-2:]
    columns = {before: 6, after: 27}  # of the table that grows
    for _ in range(6):
        acks = tmp_path / f"acks{len(ended)}"
        pid = jobs.start("upgrade", folder=folder, acks=acks, migrations=newest)
        kill(jobs, pid, from_seed.uniform(0.05, 0.6))
        with enrolled.reading() as rows:
            found = migrate.revision(rows.connection)
        assert found == after if acknowledged(acks) else found in columns
        assert len(sa.inspect(enrolled.engine).get_columns("staff")) == columns[found]
        ended.append(found)
        monkeypatch.setattr(migrate, "MIGRATIONS", newest if found == after else known)
        assert check_work.faults(enrolled) == []
        if found == after:
            break
        monkeypatch.setattr(migrate, "MIGRATIONS", newest)
    monkeypatch.setattr(migrate, "MIGRATIONS", newest)
    database.upgrade_database(folder)
    assert check_work.faults(enrolled) == []
    assert len(rows_of(enrolled, VISITS)) == 200


def test_killed_while_a_database_is_made(folder, jobs, tmp_path):
    for n in range(5):
        acks = tmp_path / f"acks{n}"
        pid = jobs.start("open_it", folder=folder, acks=acks)
        kill(jobs, pid, from_seed.uniform(0, 0.3))
    assert check_work.faults(work.open_work(folder)) == []


def export(path, rows):
    """A call export in which everybody is named twice, spelt a little differently."""
    given = ("Ana", "Ben", "Cleo", "Dora", "Emil", "Fay", "Gus", "Hana", "Ivo", "June")
    family = ("Field", "Stone", "Brook", "Hill", "Marsh", "Lake", "Wood", "Reed", "Ford", "Heath")
    people = [n // 2 % 100 for n in range(rows)]
    pd.DataFrame(
        {
            "Incident Number": [f"I{n:06d}" for n in range(rows)],
            "Call Received": pd.date_range("2026-01-01", periods=rows, freq="20min").strftime(
                "%m/%d/%Y %I:%M:%S %p"
            ),
            "Call Source": "911",
            "Initial Call Type": "WELFARE CHECK",
            "Longitude": [-73.75 - n % 17 / 1000 for n in people],
            "Latitude": [42.65 + n % 13 / 1000 for n in people],
            "Subject ID": "",
            "Subject Name": [
                f"{family[n % 10].upper()}, {given[n // 10].upper()}{' J' * (i % 2)}"
                for i, n in enumerate(people)
            ],
            "Subject DOB": [f"{1 + n % 12:02d}/{1 + n % 27:02d}/{1950 + n % 50}" for n in people],
        }
    ).to_csv(path, index=False)
    return path


def test_killed_while_reading_an_export(make_folder, jobs, tmp_path, some):
    file, wanted = export(tmp_path / "calls.csv", 3_000), None
    for n in range(4):
        folder = make_folder("sqlite", f"city{n}")
        acks = tmp_path / f"acks{n}"
        begun = time.monotonic()
        pid = jobs.start("ingest", folder=folder, acks=acks, file=file)
        if wanted is None:
            assert jobs.wait() == [0]
            wanted = time.monotonic() - begun
        else:
            kill(jobs, pid, from_seed.uniform(0.2, 1) * wanted)
        stored = len(batches.known_ids(folder))
        assert stored == 3_000 if acknowledged(acks) else stored in (0, 3_000)
        again = intake.ingest_file(folder, file, now=some.now).record
        assert (again.accepted, again.duplicates) == (3_000 - stored, stored)
        assert len(batches.known_ids(folder)) == 3_000
        assert not list((folder / "batches").glob(".*"))


def test_killed_while_linking(folder, jobs, tmp_path, some):
    intake.ingest_file(folder, export(tmp_path / "calls.csv", 800), now=some.now)
    done = link_city(folder, now=some.now)
    assert done.linked >= 2
    db = work.open_work(folder)
    before = rows_of(db, PERSON_LINKS)
    acks = tmp_path / "acks"
    for _ in range(2):
        pid = jobs.start("link", folder=folder, acks=acks)
        count = sum("joining" in line for line in acknowledged(acks))
        while sum("joining" in line for line in acknowledged(acks)) == count:
            time.sleep(0.01)
        assert kill(jobs, pid, from_seed.uniform(0, 0.5))
        assert check_work.faults(db) == []
        pd.testing.assert_frame_equal(rows_of(db, PERSON_LINKS), before)
    assert link_city(folder, now=some.now).people == done.people
    pd.testing.assert_frame_equal(rows_of(db, PERSON_LINKS), before)
