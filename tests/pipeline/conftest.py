"""One small invented city for all tests of the pipeline; tests that write get a copy."""

import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from outreach.config import City, dump_city
from outreach.pipeline import intake, invented, week
from outreach.simulate.calls import CallParams
from outreach.store.secrets import make_key
from outreach.store.work import open_work
from outreach.work_schemas import ORGANISATIONS, PARTICIPANTS, STAFF

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WEEK = "2026-W48"


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> Path:
    """A city folder with 40 weeks of invented calls, ingested, and one draft."""
    folder = tmp_path_factory.mktemp("city") / "marlow"
    wanted = invented.Invention(date(2026, 11, 22), calls=CallParams(weeks=40, calls_per_week=220))
    invented.simulate_city(folder, wanted, report=lambda _: None)
    export = folder / "exports" / "calls.csv"
    done = intake.ingest_file(folder, export, intake.Wishes(as_it_happened=True), now=NOW)
    (folder / "truth" / "record.json").write_text(json.dumps(vars(done.record), default=list))
    week.make_week_plan(folder, WEEK, now=NOW, limit_s=2)
    return folder


@pytest.fixture
def city(built, tmp_path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(built, tmp_path / "city"))


@pytest.fixture(scope="session")
def truth(built):
    """What was planted, by table."""
    return {
        path.stem: pd.read_csv(path, keep_default_na=False)
        for path in (built / "truth").glob("*.csv")
    }


@pytest.fixture
def team_city(team, tmp_path) -> Path:
    """A copy of the city of the team that a test may change."""
    return Path(shutil.copytree(team, tmp_path / "team"))


@pytest.fixture(scope="session")
def team(tmp_path_factory) -> Path:
    """A city without calls: Ana works there, Kim (k) and Lee (l) are enrolled, it has partners.

    Its clocks are five hours behind UTC in November.
    """
    folder = tmp_path_factory.mktemp("team")
    (folder / "city.toml").write_text(dump_city(City(name="Team", time_zone="America/New_York")))
    make_key(folder)
    enrolled = date(2026, 9, 1)
    person = {
        "person_id": None,
        "door": "community",
        "enrolled_on": enrolled,
        "status": "active",
        "status_since": enrolled,
        "listed_until": date(2027, 9, 1),
        "staff_id": "ana",
        "household_id": None,
        "birth_date": "1980-05-17",
        "phone": "+1 518 555 0100",
        "note": "a private note",
        "cap_visits": None,
        "cap_days": None,
        "cooling_off_days": None,
        "version": 1,
    }
    names = {"k": ("Kim", "Doyle"), "l": ("Lee", "Marsh")}
    partner = {"contact_name": None, "contact_phone": None, "verified_on": enrolled}
    with open_work(folder).writing() as rows:
        staff = {"role": "caseworker", "languages": "en", "active": True, "capacity": 20}
        rows.insert(STAFF, [{"staff_id": "ana", "name": "Ana", **staff}])
        for key, (given, family) in names.items():
            named = {"participant_id": key, "given_name": given, "family_name": family}
            rows.insert(PARTICIPANTS, [person | named])
        for key, kind, warm in (
            ("shelter", "shelter", False),
            ("clinic", "provider", True),
            ("hmis", "hmis", False),
            ("police", "police", False),
        ):
            told = {"organisation_id": key, "name": f"The {key}", "kind": kind}
            rows.insert(ORGANISATIONS, [told | partner | {"warm_handoff": warm}])
    return folder
