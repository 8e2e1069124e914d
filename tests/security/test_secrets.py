"""Canaries are planted, things go wrong, and nothing that is written down holds a canary."""

import json
import logging
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from outreach.cli.main import app
from outreach.config import City, dump_city
from outreach.errors import OutreachError
from outreach.pages import broken, jobs
from outreach.pipeline import accounts, log_in, tasks
from outreach.pipeline.log import VisitEntry, log_visit
from outreach.pipeline.participants import enrol
from outreach.roles import OPERATOR
from outreach.store import secrets, tables
from outreach.store.work import open_work
from outreach.work_schemas import AUDIT, PARTICIPANTS

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WHO = {"by": "Ana", "now": NOW}
PASSWORD = "correct horse canary staple"  # noqa: S105
NAMES = ("Zyxwvut", "Qoppanen", "518 555 7731", "canary note")
CANARIES = (*NAMES, PASSWORD, "another canary password")


@pytest.fixture
def written(caplog, capfd):
    """Everything that was logged, at its most talkative, and printed."""
    caplog.set_level(logging.DEBUG)
    for name in ("streamlit", "outreach"):
        logging.getLogger(name).setLevel(logging.DEBUG)

    def found():
        told = capfd.readouterr()
        return caplog.text + told.out + told.err

    yield found
    for name in ("streamlit", "outreach"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def canaries_in(text, *more):
    return [canary for canary in (*CANARIES, *more) if canary and canary in text]


def trail(folder):
    with open_work(folder).reading() as rows:
        return rows.fetch(AUDIT).to_json(date_format="iso")


def fails(action):
    with pytest.raises(OutreachError) as found:
        action()
    return str(found.value)


def test_accounts_and_logins_tell_no_password_and_no_token(canary_city, written):
    details = {"name": "Ann", "role": "lead"}
    accounts.add_account(canary_city, "ann", details=details, password=PASSWORD, **WHO)
    given = accounts.add_account(
        canary_city, "bo", details={"name": "Bo", "role": "manager"}, **WHO
    )
    token = log_in.log_in(canary_city, "ann", PASSWORD, now=NOW)
    said = fails(lambda: log_in.log_in(canary_city, "ann", CANARIES[-1], now=NOW))
    said += fails(lambda: log_in.log_in(canary_city, PASSWORD, CANARIES[-1], now=NOW))
    said += fails(
        lambda: accounts.add_account(canary_city, "ann", details=details, password=PASSWORD, **WHO)
    )
    secret = (given, token)
    everything = said + trail(canary_city) + written()
    assert canaries_in(everything, *secret) == []
    assert "$argon2" not in everything
    held = b"".join(path.read_bytes() for path in canary_city.glob("work.sqlite*"))
    assert canaries_in(held.decode("latin-1"), *secret) == []


def test_participants_stand_in_no_log_and_no_trail(canary_city, written):
    name = {"given_name": NAMES[0], "family_name": NAMES[1], "phone": NAMES[2]}
    enrol(canary_city, "community", details=name, **WHO)
    said = fails(lambda: enrol(canary_city, "no door", details=name, **WHO))
    said += fails(
        lambda: enrol(canary_city, "community", details=name | {"birth_date": "soon"}, **WHO)
    )
    visit = VisitEntry("v1", NOW, "no outcome", participant_id="kim", note=NAMES[3])
    said += fails(lambda: log_visit(canary_city, visit, **WHO))
    entry = tasks.TaskEntry("t1", "no kind", participant_id="kim", due_on=date(2026, 12, 1))
    said += fails(lambda: tasks.add_task(canary_city, entry, **WHO))
    assert canaries_in(said + trail(canary_city) + written()) == []
    held = b"".join(path.read_bytes() for path in canary_city.glob("work.sqlite*"))
    assert canaries_in(held.decode("latin-1")) == []  # sealed


def test_an_error_of_the_database_holds_no_values(canary_city, written):
    said = ""
    for statement in ("insert into staff (staff_id, name) values (:a, :b)", "select :a, :b, none"):
        told = sa.text(statement)
        refused = pytest.raises((sa.exc.SQLAlchemyError, OutreachError))
        with refused as found, open_work(canary_city).writing() as rows:
            rows.connection.execute(told, {"a": NAMES[0], "b": PASSWORD})
        said += str(found.value) + repr(found.value)
    assert "no such column" in said
    assert canaries_in(said + written()) == []


def test_a_job_that_breaks_logs_where_and_not_what(tmp_path, written):
    job = jobs.Job(
        lambda say: "A draft of 2026-W48", tmp_path, "Ana", "nothing was changed", OPERATOR
    )

    def work(report, watch):
        raise KeyError(f"{NAMES[0]} {NAMES[2]} {PASSWORD}")

    job.run(work)
    told = written()
    assert job.error == jobs.BROKEN
    assert canaries_in(told + job.error) == []
    assert "KeyError" in told
    assert f"{Path(__file__).name}" in told


def test_a_page_that_breaks_logs_where_and_not_what(written):
    try:
        int(NAMES[0])
    except ValueError as error:
        broken.note(error, "the page log")
    told = written()
    assert "the page log: ValueError" in told
    assert canaries_in(told) == []


APP = """
import sys
from pathlib import Path
sys.path[:0] = {paths!r}
import streamlit as st
from outreach.pages import frame, who
def breaks(self): raise ValueError("{canary}"[::-1])
real = st.navigation
def navigation(pages):
    chosen = real(pages)
    type(chosen).run = breaks
    return chosen
st.navigation = navigation
frame.run(Path({static!r}))
"""


def test_a_broken_page_tells_its_reader_one_plain_line(canary_city, tmp_path, monkeypatch, written):
    from streamlit.testing.v1 import AppTest

    settings = canary_city / "city.toml"
    settings.write_text(
        dump_city(City(name="Canary", time_zone="America/New_York", invented_data=True))
    )
    monkeypatch.setenv("OUTREACH_CITY", str(canary_city))
    told = {"paths": [], "canary": NAMES[0][::-1], "static": str(tmp_path / "static")}
    before = __import__("streamlit").navigation
    page_run = __import__("streamlit").Page
    try:
        run = AppTest.from_string(APP.format(**told), default_timeout=60).run()
    finally:
        __import__("streamlit").navigation = before
    assert page_run is __import__("streamlit").Page
    assert not run.exception
    assert any("Something went wrong in the program itself" in part.value for part in run.error)
    assert canaries_in(" ".join(str(part.value) for part in run.error) + written()) == []


@pytest.mark.parametrize(
    "command",
    [
        ["due", "--json"], ["participants", "list", "--json"], ["db", "status", "--json"],
        ["accounts", "list", "--json"], ["staff", "list", "--json"],
    ],
)  # fmt: skip
def test_the_command_line_tells_no_key_and_no_password(command, canary_city):
    accounts.add_account(
        canary_city, "ann", details={"name": "Ann", "role": "lead"}, password=PASSWORD, **WHO
    )
    done = CliRunner().invoke(app, [*command, "--city", str(canary_city)])
    key = (canary_city / secrets.KEY_NAME).read_text()
    told = done.output + repr(done.exception)
    assert canaries_in(told, key)[:1] in ([], [NAMES[0]])  # names are the operator's to see
    assert PASSWORD not in told
    assert key not in told
    assert "$argon2" not in told


def test_a_command_that_fails_shows_no_key(canary_city):
    (canary_city / "city.toml").write_text("name = 1\n")
    key = (canary_city / secrets.KEY_NAME).read_text()
    done = subprocess.run(
        [sys.executable, "-m", "outreach.cli.main", "plan", "--city", str(canary_city)],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert key not in done.stdout + done.stderr


def mode(path):
    return path.stat().st_mode & 0o777


def test_what_names_people_or_addresses_is_its_owner_s_alone(canary_city, tmp_path):
    import pandas as pd

    from outreach.columns import empty
    from outreach.schemas import LIMITS
    from outreach.store.backup import back_up
    from outreach.store.documents import write_plan

    private = [canary_city / secrets.KEY_NAME, *canary_city.glob("work.sqlite*")]
    private.append(write_plan(canary_city, "2026-W48", 1, json.dumps({})))
    tables.write_table(canary_city / "limits.csv", empty(LIMITS), LIMITS)
    private.append(canary_city / "limits.csv")
    back_up(open_work(canary_city), tmp_path / "backup.zip", **WHO)
    private.append(tmp_path / "backup.zip")
    assert [path.name for path in private if mode(path) & 0o077] == []
    assert isinstance(pd.read_csv(canary_city / "limits.csv"), pd.DataFrame)


def test_names_are_sealed_where_they_lie(canary_city):
    with open_work(canary_city).reading() as rows:
        assert rows.fetch(PARTICIPANTS)["given_name"].tolist() == [NAMES[0]]
        sealed = rows.connection.execute(sa.text("select given_name, note from participants"))
        assert canaries_in(str(sealed.all())) == []
