"""What is kept no longer than a city's settings say (safeguard 11)."""

import json
import shutil
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from outreach.errors import StoreError
from outreach.pipeline import database
from outreach.store import batches, secrets, work
from outreach.work_schemas import (
    ALIASES,
    AUDIT,
    CONSENTS,
    HOUSEHOLDS,
    PARTICIPANTS,
    TASKS,
    USUAL_PLACES,
    VISITS,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = date(2026, 11, 22)
LONG_AGO, SOME_TIME_AGO, RECENTLY = (TODAY - timedelta(days=n) for n in (1200, 400, 10))
SETTINGS = 'name = "Marlow"\ntime_zone = "America/New_York"\n'


def person(key, status="active", since=LONG_AGO, **given):
    return {
        "participant_id": key, "person_id": f"pseudonym {key}", "door": "community",
        "enrolled_on": LONG_AGO, "status": status, "status_since": since, "listed_until": TODAY,
        "given_name": "Ana", "birth_date": "1980-02-03", "phone": "555", "note": "likes tea",
        "version": 3, **given,
    }  # fmt: skip


def visit(key, participant, day):
    at = datetime(day.year, day.month, day.day, 15, tzinfo=UTC)
    return {
        "visit_id": key, "participant_id": participant, "subject": f"pseudonym {participant}",
        "happened_at": at, "recorded_at": at, "recorded_by": "Lee", "stage": "contact",
        "outcome": "checked", "response_mode": "community", "police_involved": False,
        "services": "", "sharps": 0, "note": "by the river",
        "lon": -73.7512345, "lat": 42.6512345,
    }  # fmt: skip


def task(key, participant, day):
    at = datetime(day.year, day.month, day.day, 15, tzinfo=UTC)
    return {
        "task_id": key, "kind": "follow_up", "participant_id": participant, "due_on": TODAY,
        "address": "1 Main St", "people_needed": 1, "status": "open", "note": "bring socks",
        "created_at": at, "created_by": "Lee",
    }  # fmt: skip


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """A city in which some of everything has been kept for too long."""
    monkeypatch.delenv(work.URL_VARIABLE, raising=False)
    (tmp_path / "city.toml").write_text(SETTINGS)
    secrets.make_key(tmp_path)
    families = [{"household_id": key, "label": "Field", "created_at": NOW} for key in ("h1", "h2")]
    places = {"lon": -73.7512345, "lat": 42.6512345, "address": "1 Main St", "last_seen_on": TODAY}
    with work.open_work(tmp_path).writing() as rows:
        rows.insert(HOUSEHOLDS, families)
        rows.insert(
            PARTICIPANTS,
            [
                person("active", household_id="h2"),
                person("gone", "inactive", household_id="h1"),
                person("gone too", "inactive", household_id="h2"),
                person("quiet", "inactive", SOME_TIME_AGO),
                person("paused", "inactive", RECENTLY),
            ],
        )
        for who in ("active", "gone"):
            rows.insert(ALIASES, [{"alias_id": who, "participant_id": who, "name": "Annie",
                                   "added_at": NOW}])  # fmt: skip
            rows.insert(USUAL_PLACES, [{"usual_place_id": who, "participant_id": who, **places}])
            for day in (SOME_TIME_AGO, RECENTLY):
                rows.insert(VISITS, [visit(f"{who} {day}", who, day)])
                rows.insert(TASKS, [task(f"{who} {day}", who, day)])
    return tmp_path


def table(folder, wanted):
    with work.open_work(folder).reading() as rows:
        return rows.fetch(wanted).set_index(wanted.key[0])


def everything(folder):
    with work.open_work(folder).reading() as rows:
        tables = (PARTICIPANTS, VISITS, TASKS, ALIASES, USUAL_PLACES, HOUSEHOLDS, AUDIT)
        return [rows.fetch(wanted).astype("string").to_csv() for wanted in tables]


def test_who_opted_out_for_good_is_forgotten_but_still_left_alone(kept):
    for key, who, until in (("c1", "gone", None), ("c2", "gone too", RECENTLY)):
        consent = {"consent_id": key, "participant_id": who, "rule": "opt_out", "until": until,
                   "since": SOME_TIME_AGO, "recorded_at": NOW, "recorded_by": "Lee"}  # fmt: skip
        with work.open_work(kept).writing() as rows:
            rows.insert(CONSENTS, [consent])
    database.purge(kept, by="Lee", now=NOW)
    people = table(kept, PARTICIPANTS)
    assert people["person_id"].notna()[["gone", "gone too"]].tolist() == [True, False]
    assert people.loc[["gone", "gone too"], ["given_name", "birth_date"]].isna().all(axis=None)
    assert database.purge(kept, by="Lee", now=NOW) == {}


def test_safeguard_11_what_was_kept_long_enough_is_forgotten(kept):
    counts = database.purge(kept, by="Lee", now=NOW)
    assert counts == {
        "participants": 3, "households": 1, "visits": 3, "tasks": 3, "aliases": 1,
        "usual_places": 1,
    }  # fmt: skip
    people = table(kept, PARTICIPANTS)
    names = ["given_name", "birth_date", "phone", "person_id", "note"]
    assert people.loc[["gone", "gone too"], names].isna().all(axis=None)
    assert people.loc["gone", "version"] == 4
    assert people.loc["quiet", names].notna().tolist() == [True, True, True, True, False]
    assert people.loc[["active", "paused"], names].notna().all(axis=None)
    assert table(kept, HOUSEHOLDS)["label"].notna().to_dict() == {"h1": False, "h2": True}
    visits = table(kept, VISITS)
    assert visits["note"].notna()[lambda kept: kept].index.tolist() == [f"active {RECENTLY}"]
    assert visits["subject"].isna().tolist() == [False, False, True, True]
    assert len(visits) == 4  # they can still be counted
    assert visits["lon"].tolist() == [-73.7512345, -73.7512345, -73.75, -73.75]
    tasks = table(kept, TASKS)
    assert tasks["note"].notna()[lambda kept: kept].index.tolist() == [f"active {RECENTLY}"]
    assert tasks["address"].isna().tolist() == [False, False, True, True]
    assert table(kept, ALIASES).index.tolist() == ["active"]
    places = table(kept, USUAL_PLACES)
    assert places.loc["gone", ["lon", "lat"]].tolist() == [-73.75, 42.65]
    assert places["address"].isna().to_dict() == {"active": False, "gone": True}
    trail = table(kept, AUDIT)
    assert (trail["did"].item(), trail["who"].item()) == ("purged", "Lee")
    assert database.check_database(kept) == []


def test_it_is_told_before_it_is_done_and_done_once(kept):
    before = everything(kept)
    told = database.purge(kept, by="Lee", now=NOW, dry_run=True)
    assert everything(kept) == before
    assert database.purge(kept, by="Lee", now=NOW) == told
    assert database.purge(kept, by="Lee", now=NOW) == {}
    assert len(table(kept, AUDIT)) == 1


def test_periods_are_settings(kept):
    longer = "[retention]\nnote_days = 2000\ninactive_days = 2000\n"
    (kept / "city.toml").write_text(SETTINGS + longer)
    assert database.purge(kept, by="Lee", now=NOW) == {}
    later = NOW + timedelta(days=900)
    assert database.purge(kept, by="Lee", now=later, dry_run=True)["participants"] == 2


@pytest.mark.parametrize(("days", "gone"), [(1094, False), (1096, True)])
def test_names_of_an_import_go_and_its_calls_stay(kept, days, gone):
    batch = kept / "batches" / "b1"
    batch.mkdir(parents=True)
    (batch / "calls.parquet").write_bytes(b"calls")
    people = pd.DataFrame({"person_id": ["p"], "name": ["Ana"]})
    (batch / "identities.bin").write_bytes(secrets.seal(people, secrets.load_key(kept)))
    last = NOW - timedelta(days=days)
    told = {"last_received_at": last.isoformat(), "ingested_at": NOW.isoformat()}
    (batch / "import.json").write_text(json.dumps(told))
    assert database.purge(kept, by="Lee", now=NOW).get("imports", 0) == gone
    assert (batch / "identities.bin").exists() != gone
    assert (batch / "calls.parquet").exists()
    assert len(batches.identities(kept, secrets.load_key(kept))) == (not gone)
    shutil.rmtree(batch)


def test_a_backup_goes_to_no_folder_that_is_not_there(kept, tmp_path):
    with pytest.raises(StoreError, match="no backup was made"):
        database.back_up_database(kept, tmp_path / "usb" / "work.zip", by="Lee", now=NOW)
    assert not (tmp_path / "usb").exists()
