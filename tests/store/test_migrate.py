import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from outreach.errors import StoreError
from outreach.store import migrate, work
from outreach.store.work_tables import METADATA
from outreach.work_schemas import PARTICIPANTS, VISITS


def described(engine):
    """All that an engine says of its tables, apart from the order of things."""
    found = sa.inspect(engine)
    columns = found.get_columns
    return {
        table: {
            "columns": [(c["name"], str(c["type"]), c["nullable"]) for c in columns(table)],
            "key": found.get_pk_constraint(table),
            "refers": sorted(map(str, found.get_foreign_keys(table))),
            "checks": sorted((c["name"], c["sqltext"]) for c in found.get_check_constraints(table)),
            "indexes": sorted(map(str, found.get_indexes(table))),
        }
        for table in found.get_table_names()
        if table != migrate.VERSION_TABLE
    }  # fmt: skip


def test_the_newest_version_is_what_the_schemas_declare(db, make_folder):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with db.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    name = db.engine.dialect.name
    declared = work.open_engine(make_folder(name, "declared"))
    with declared.execution_options(writing=True).begin() as connection:
        METADATA.create_all(connection)  # compare_metadata passes over checks and names of keys
    assert described(db.engine) == described(declared)


def test_versions_follow_each_other_by_number():
    assert migrate.revisions() == [f"{n + 1:04d}" for n in range(len(migrate.revisions()))]
    before = None
    for path in sorted((migrate.MIGRATIONS / "versions").glob("[0-9]*.py")):
        said = dict(
            line.split(" = ") for line in path.read_text().splitlines() if "revision = " in line
        )
        assert said == {"revision": f'"{path.name[:4]}"', "down_revision": before or "None"}
        before = said["revision"]


def test_an_older_database_is_refused_then_upgraded(db, folder, later, some):
    with db.writing() as rows:
        rows.insert(PARTICIPANTS, [some.participant()])
        rows.insert(VISITS, [some.visit()])
    later()
    with pytest.raises(StoreError, match=r"0003.*needs 0004.*outreach db upgrade"):
        work.open_work(folder)
    assert migrate.upgrade(db.engine) == "0003"
    assert migrate.upgrade(db.engine) == "0004"
    with db.reading() as rows:
        assert rows.fetch(VISITS)["visit_id"].item() == "v1"
    assert "nickname" in {c["name"] for c in sa.inspect(db.engine).get_columns("participants")}
    with pytest.raises(StoreError), db.writing() as rows:  # keys and guards hold as before
        rows.insert(VISITS, [some.visit("v2", "nobody")])


@pytest.mark.parametrize("more", ["raise ZeroDivisionError", "op.execute('nonsense')"])
def test_a_version_that_cannot_be_made_leaves_the_old_one_whole(db, later, more):
    before = described(db.engine)
    later(more)
    with pytest.raises((ZeroDivisionError, sa.exc.DBAPIError)):
        migrate.upgrade(db.engine)
    with db.reading() as rows:
        assert migrate.revision(rows.connection) == "0003"
    assert described(db.engine) == before


def test_rows_left_without_what_they_refer_to_are_refused(db, later, some):
    with db.writing() as rows:
        rows.insert(PARTICIPANTS, [some.participant()])
        rows.insert(VISITS, [some.visit()])
    later("op.execute('DELETE FROM participants')")
    with pytest.raises((StoreError, sa.exc.IntegrityError)):
        migrate.upgrade(db.engine)
    with db.reading() as rows:
        assert len(rows.fetch(PARTICIPANTS)) == 1


def test_a_newer_database_is_refused(db, folder, later, monkeypatch):
    known = migrate.MIGRATIONS
    later()
    migrate.upgrade(db.engine)
    monkeypatch.setattr(migrate, "MIGRATIONS", known)
    for use in (lambda: work.open_work(folder), lambda: migrate.upgrade(db.engine)):
        with pytest.raises(StoreError, match=r"0004.*update outreach"):
            use()


def test_a_database_of_something_else_is_left_alone(folder):
    engine = work.open_engine(folder)
    with engine.execution_options(writing=True).begin() as connection:
        connection.exec_driver_sql("CREATE TABLE bakery (bread INTEGER)")
    with pytest.raises(StoreError, match="not ours"):
        work.open_work(folder)
    assert sa.inspect(engine).get_table_names() == ["bakery"]


def test_a_file_that_is_no_database_is_told(make_folder):
    folder = make_folder("sqlite")
    (folder / "work.sqlite").write_text("bread and butter" * 1000)
    with pytest.raises(StoreError, match="not a database"):
        work.open_work(folder)


def test_many_open_a_new_database_at_once(folder):
    wrong = []

    def open_it():
        try:
            work.open_work(folder)
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    with work.open_work(folder).reading() as rows:
        assert migrate.revision(rows.connection) == migrate.head()


def test_versions_are_in_the_package():
    assert (migrate.MIGRATIONS / "env.py").is_file()
    package = Path(work.__file__).parents[1]
    assert package in migrate.MIGRATIONS.parents
