"""When the disk is full there is one clear error, and what was there before is whole."""

from shutil import disk_usage

import pytest

from outreach.pipeline import database
from outreach.store import batches, check_work, migrate, work
from outreach.work_schemas import PARTICIPANTS, VISITS

LIMIT = 500_000  # bytes of a file, where no small disk can be mounted


@pytest.fixture
def city(small_disk, make_folder, monkeypatch, some):
    """A city on a disk of a few megabytes, and what limits it."""
    disk, mounted = small_disk
    model = make_folder("sqlite", "model")
    folder = disk / "city"
    folder.mkdir()
    for name in ("city.toml", "secret.key"):
        (folder / name).write_bytes((model / name).read_bytes())
    with work.open_work(folder).writing() as rows:
        rows.insert(PARTICIPANTS, [some.participant()])
    return folder, {} if mounted else {"limit": LIMIT}


def leave(folder, room):
    """Fill the disk up to so many bytes."""
    if room < disk_usage(folder).free < 10_000_000:
        (folder / "ballast").write_bytes(b"x" * (disk_usage(folder).free - room))


def more_room(folder):
    """Make room, as a person would after the error."""
    (folder / "ballast").unlink(missing_ok=True)


def the_error(acks):
    (line,) = acks.with_name(f"{acks.name}.error").read_text().splitlines()
    return line


def test_work_logged_before_the_disk_was_full_is_there(city, jobs, tmp_path):
    folder, limits = city
    acks = tmp_path / "acks"
    leave(folder, 300_000)
    jobs.start("log", folder=folder, acks=acks, note=10_000, **limits)
    assert jobs.wait() == [3]
    assert "the work database cannot be used" in the_error(acks)
    assert "full" in the_error(acks) or "disk I/O" in the_error(acks)
    more_room(folder)
    db = work.open_work(folder)
    with db.reading() as rows:
        assert sorted(rows.fetch(VISITS)["visit_id"]) == sorted(acks.read_text().splitlines())
    assert check_work.faults(db) == []


def test_no_backup_by_half(city, jobs, tmp_path, some):
    folder, limits = city
    db = work.open_work(folder)
    with db.writing() as rows:
        rows.insert(VISITS, [some.visit(str(n), note=f"{n}" * 200) for n in range(700)])
    leave(folder, 700_000)
    files = [folder.parent / f"b{n}.zip" for n in range(40)]
    acks = tmp_path / "acks"
    small = {"limit": 100_000} if limits else {}
    for file in files:
        jobs.start("back_up_once", folder=folder, acks=acks, file=file, **small)
        if jobs.wait() == [3]:
            break
    assert "no room" in the_error(acks)
    whole = [path for path in folder.parent.iterdir() if path.is_file()]
    assert sorted(whole) == sorted(files[: files.index(file)])  # and nothing by half beside them
    more_room(folder)
    assert check_work.faults(db) == []
    for path in whole[:2]:
        database.restore_database(folder, path, by="test", now=some.now, replace=True)
        with db.reading() as rows:
            assert len(rows.fetch(VISITS)) == 700


def test_no_upgrade_by_half(city, jobs, tmp_path, some, later, monkeypatch):
    folder, limits = city
    db = work.open_work(folder)
    with db.writing() as rows:
        rows.insert(VISITS, [some.visit(str(n), note="x" * 500) for n in range(300)])
    known = migrate.MIGRATIONS
    later("op.create_table('big', sa.Column('t', sa.Text()))\n    "
          "op.execute('WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
          "LIMIT 9000) INSERT INTO big SELECT hex(randomblob(400)) FROM n')")  # fmt: skip
    acks = tmp_path / "acks"
    jobs.start("upgrade", folder=folder, acks=acks, migrations=migrate.MIGRATIONS, **limits)
    assert jobs.wait() == [3]
    assert "cannot be used" in the_error(acks)
    more_room(folder)
    monkeypatch.setattr(migrate, "MIGRATIONS", known)
    assert check_work.faults(db) == []
    with db.reading() as rows:
        assert migrate.revision(rows.connection) == "0003"
        assert len(rows.fetch(VISITS)) == 300


def test_no_import_by_half(city, jobs, tmp_path):
    folder, limits = city
    file = tmp_path / "calls.csv"
    lines = "".join(
        f"I{n},{1 + n % 12:02d}/{1 + n % 28:02d}/2025 07:10:00 AM,911,{n * 7919 % 99991} {n} CHECK,"
        f"-73.{n * 104729 % 999983:06d},42.{n * 15485863 % 999979:06d}\n"
        for n in range(15_000)
    )
    file.write_text(
        "Incident Number,Call Received,Call Source,Initial Call Type,Longitude,Latitude\n" + lines
    )
    acks = tmp_path / "acks"
    leave(folder, 200_000)
    jobs.start("ingest", folder=folder, acks=acks, file=file, **limits)
    assert jobs.wait() == [3]
    assert "no room" in the_error(acks)
    assert len(batches.known_ids(folder)) == 0
    assert batches.batch_folders(folder) == []
    assert not list((folder / "batches").iterdir())
