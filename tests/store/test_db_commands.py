"""``outreach db``, as a person or a nightly script runs it."""

import json

import pytest
from typer.testing import CliRunner

from outreach.cli.main import app
from outreach.errors import StoreError
from outreach.store import work
from outreach.store.work_tables import SQL_TABLES
from outreach.work_schemas import AUDIT, PARTICIPANTS, VISITS

runner = CliRunner()


def run(*words):
    return runner.invoke(app, ["db", *map(str, words)])


@pytest.fixture
def filled(db, some):
    with db.writing() as rows:
        rows.insert(PARTICIPANTS, [some.participant()])
        rows.insert(VISITS, [some.visit()])
    return db


def test_a_new_database_is_made_and_upgraded(folder):
    assert "version 0003 now (before: none)" in run("upgrade", "--city", folder).output
    assert "already" in run("upgrade", "--city", folder).output


def test_backup_and_restore_say_what_is_not_in_it(filled, folder, tmp_path):
    done = run("backup", tmp_path / "b.zip", "--city", folder, "--by", "Lee")
    assert done.exit_code == 0
    said = " ".join(done.output.split())
    assert "key is not in it" in said
    assert "Calls are not in it either" in said
    assert "key is not in it" in " ".join(run("backup", "--help").output.split())
    refused = run("restore", tmp_path / "b.zip", "--city", folder)
    assert isinstance(refused.exception, StoreError)
    done = run("restore", tmp_path / "b.zip", "--city", folder, "--replace", "--json")
    assert json.loads(done.stdout)["rows"]["visits"] == 1
    with filled.reading() as rows:
        trail = rows.fetch(AUDIT).set_index("did")["who"].to_dict()
    assert trail == {"backed up": "Lee", "restored": "outreach db restore"}


def test_check_names_ids_and_ends_with_1(filled, folder):
    assert run("check", "--city", folder).exit_code == 0
    with filled.writing() as rows:
        rows.connection.execute(SQL_TABLES["visits"].update(), {"replaces": "nothing"})
    wrong = run("check", "--city", folder)
    assert wrong.exit_code == 1
    assert "visits v1" in wrong.output
    assert "Anastasia" not in wrong.output
    told = json.loads(run("check", "--city", folder, "--json").stdout)
    assert not told["clean"]
    assert told["faults"][0]["ids"] == ["v1"]


def test_purge_shows_first_and_does_it_when_told(filled, folder, some):
    with filled.writing() as rows:
        early = some.now.replace(year=2020)
        rows.insert(VISITS, [some.visit("old", happened_at=early)])
    assert "Nothing was changed" in run("purge", "--city", folder).output
    assert json.loads(run("purge", "--city", folder, "--json", "--yes").stdout)["rows"]["visits"]
    with filled.reading() as rows:
        notes = rows.fetch(VISITS).set_index("visit_id")["note"]
    assert notes["old"] is None


def test_nothing_is_made_where_no_city_is(tmp_path, monkeypatch):
    monkeypatch.delenv(work.URL_VARIABLE, raising=False)
    for words in (["check"], ["upgrade"], ["purge"], ["backup", tmp_path / "b.zip"]):
        assert "not a city folder" in str(run(*words, "--city", tmp_path).exception)
    assert not list(tmp_path.iterdir())
