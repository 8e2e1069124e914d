"""Accounts by the command line, and to whom the app is shown."""

import json
import subprocess
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from outreach.cli import main
from outreach.config import City, dump_city
from outreach.errors import InputError, NotAllowedError, WorkError
from outreach.pipeline import log_in, organisations
from outreach.store.secrets import make_key

PASSWORD = "seven green kettles"  # noqa: S105
NOW = datetime.now(UTC)
ADMIN = ["add", "Ann Lee", "--login", "Ann", "--role", "admin"]


@pytest.fixture
def folder(tmp_path):
    """A city folder with settings and a key, and nothing else."""
    (tmp_path / "city.toml").write_text(dump_city(City(name="X", time_zone="America/New_York")))
    make_key(tmp_path)
    return tmp_path


@pytest.fixture
def accounts(folder):
    """Run a command, hand its text back, and raise what it raises."""

    def run(*words, typed=None):
        words = ["accounts", *words, "--city", str(folder)]
        done = CliRunner().invoke(main.app, words, input=typed)
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.output

    return run


def test_the_first_admin_types_a_password_twice_that_is_not_shown(accounts, folder):
    said = accounts(*ADMIN, "--by", "Ops", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert "Ann Lee can log in as ann: admin" in said
    assert PASSWORD not in said
    assert log_in.log_in(folder, "ann", PASSWORD, now=NOW)
    [row] = json.loads(accounts("list", "--json"))["accounts"]
    assert (row["login"], row["role"], row["active"]) == ("ann", "admin", True)
    assert "hash" not in str(row)


def test_two_passwords_that_differ_are_asked_again(accounts, folder):
    typed = f"{PASSWORD}\nanother one here\n{PASSWORD}\n{PASSWORD}\n"
    assert "do not match" in accounts(*ADMIN, typed=typed)
    assert log_in.log_in(folder, "ann", PASSWORD, now=NOW)


def test_a_script_gives_it_by_a_pipe_and_a_bad_one_is_refused(accounts, folder):
    with pytest.raises(WorkError, match="12 signs"):
        accounts(*ADMIN, "--password-stdin", typed="short\n")
    accounts(*ADMIN, "--password-stdin", typed=f"{PASSWORD}\n")
    assert log_in.log_in(folder, "ann", PASSWORD, now=NOW)


def test_reset_change_and_close(accounts, folder):
    accounts(*ADMIN, "--password-stdin", typed=f"{PASSWORD}\n")
    given = accounts("add", "Bo", "--login", "bo", "--role", "lead", "--one-time").split()[-1]
    assert log_in.log_in(folder, "bo", given, now=NOW)
    given = accounts("reset", "bo").split()[-1]
    token = log_in.log_in(folder, "bo", given, now=NOW)
    told = {"details": {}, "by": "Ops", "now": NOW}
    organisations.add_organisation(folder, "Shelter", "shelter", **told)
    with pytest.raises(InputError, match="Shelter"):
        accounts("change", "bo", "--role", "community", "--organisation", "Sheltr")
    accounts("change", "bo", "--role", "community", "--organisation", "Shelter")
    assert log_in.find_session(folder, token, now=NOW) is None  # logs in anew with the new role
    token = log_in.log_in(folder, "bo", given, now=NOW)
    assert log_in.find_session(folder, token, now=NOW).viewer.role == "community"
    accounts("close", "bo")
    with pytest.raises(NotAllowedError):
        log_in.log_in(folder, "bo", given, now=NOW)
    assert "closed" in accounts("list")
    accounts("change", "bo", "--open")
    assert log_in.log_in(folder, "bo", given, now=NOW)
    with pytest.raises(WorkError, match="last admin"):
        accounts("close", "ann")


def test_single_sign_on_has_no_password(accounts, folder):
    said = accounts("add", "Kim", "--login", "kim@example.org", "--role", "lead", "--sso")
    assert "password" not in said.lower()
    with pytest.raises(WorkError, match="single sign-on"):
        accounts("reset", "kim@example.org")
    with pytest.raises(InputError, match="one of"):
        accounts(*ADMIN, "--sso", "--one-time")


@pytest.fixture
def served(monkeypatch):
    """What would be run."""
    commands = []

    def run(command, **_):
        commands.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(main.subprocess, "run", run)
    monkeypatch.setattr(main, "_free", lambda port: None)
    return commands


def serve(folder, *words):
    done = CliRunner().invoke(main.app, ["serve", "--city", str(folder), *words])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.output


def test_the_app_is_shown_here_only_unless_somebody_can_log_in(folder, accounts, served):
    serve(folder)
    assert served[0][served[0].index("--server.address") + 1] == "localhost"
    for address in ("0.0.0.0", "10.0.0.5", "::"):  # noqa: S104
        with pytest.raises(InputError, match="nobody can log in yet"):
            serve(folder, "--listen", address)
    assert len(served) == 1
    accounts(*ADMIN, "--password-stdin", typed=f"{PASSWORD}\n")
    assert "TLS" in serve(folder, "--listen", "10.0.0.5")
    assert served[1][served[1].index("--server.address") + 1] == "10.0.0.5"


def test_the_demo_is_never_shown_to_the_network(folder, accounts, served):
    accounts(*ADMIN, "--password-stdin", typed=f"{PASSWORD}\n")
    demo = City(name="X", time_zone="America/New_York", invented_data=True)
    (folder / "city.toml").write_text(dump_city(demo))
    with pytest.raises(InputError, match="on this machine only"):
        serve(folder, "--listen", "10.0.0.5")
    assert not served
