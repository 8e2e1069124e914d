"""A small city whose people are canaries: what names them must turn up nowhere else."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from outreach.config import City, dump_city
from outreach.pages import frame
from outreach.store.secrets import make_key
from outreach.store.work import open_work
from outreach.work_schemas import PARTICIPANTS, STAFF

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CANARIES = ("Zyxwvut", "Qoppanen", "518 555 7731", "canary note")


@pytest.fixture
def canary_city(tmp_path) -> Path:
    """One participant, whose name, phone and note stand nowhere but in sealed columns."""
    folder = tmp_path / "canary"
    folder.mkdir()
    (folder / "city.toml").write_text(dump_city(City(name="Canary", time_zone="America/New_York")))
    make_key(folder)
    given, family, phone, note = CANARIES
    enrolled = date(2026, 9, 1)
    person = {
        "participant_id": "kim", "given_name": given, "family_name": family, "phone": phone,
        "note": note, "birth_date": "1980-05-17", "person_id": None, "door": "community",
        "enrolled_on": enrolled, "status": "active", "status_since": enrolled,
        "listed_until": date(2027, 9, 1), "staff_id": "ana", "household_id": None,
        "cap_visits": None, "cap_days": None, "cooling_off_days": None, "version": 1,
    }  # fmt: skip
    worker = {"role": "caseworker", "languages": "en", "active": True, "capacity": 20}
    with open_work(folder).writing() as rows:
        rows.insert(STAFF, [{"staff_id": "ana", "name": "Ana", **worker}])
        rows.insert(PARTICIPANTS, [person])
    return folder


@pytest.fixture
def asked():
    """Open a page by its name with a query."""

    def opened(name, **query):
        app = AppTest.from_file(Path(frame.__file__).parent / f"{name}.py", default_timeout=60)
        for key, value in query.items():
            app.query_params[key] = value
        return app.run()

    return opened
