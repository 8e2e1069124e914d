"""A city folder with a published plan, on which somebody enrolled is visited, and their entries."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from outreach.config import Programme, dump_city
from outreach.pipeline.field import sheet_mark
from outreach.plan.document import Plan, publish, to_json
from outreach.store import documents
from outreach.store.secrets import make_key
from outreach.store.work import open_work
from outreach.work_schemas import ALIASES, PARTICIPANTS, STAFF, TASKS, USUAL_PLACES

WEEK = "2026-W48"
PUBLISHED = datetime(2026, 11, 22, 13, tzinfo=UTC)
NOW = datetime(2026, 11, 24, 22, tzinfo=UTC)
MONDAY = "2026-11-23"
SHIFT = f"{MONDAY}/Team North"
MINE = "c2"  # the stop of the participant k, whose follow-up is the task t
PLANTED = ("Kimberly", "Doyleson", "Kay Dee", "518) 555", "518 555", "555-0100", "1980-05-17")
TYPST = '#panic("x") $x^2$ *b* _i_ @ref <label> \\ `raw`'


def plan_of(fake_city: Any) -> Plan:
    """The invented plan, with hostile and telling texts in it."""
    city = fake_city.settings()
    made = fake_city.plan(city)
    people = made.candidates.set_index("candidate_id")
    people.loc["c1", "label"] = TYPST
    people.loc["c2", ["no_police", "people_needed", "task_id"]] = [True, 2, "t"]
    people.loc["c3", "label"] = '=HYPERLINK("http://a") behind Kimberly Doyleson\'s tent'
    people.loc["c6", "reason"] = "Added: Kimberly asks for it, ring (518) 555-0100."
    stops = made.stops.assign(
        why=made.stops["why"].mask(made.stops["candidate_id"] == "c6", people.loc["c6", "reason"])
    )
    return replace(made, candidates=people.reset_index(), stops=stops)


def build(folder: Path, fake_city: Any, *, draft: bool = False) -> Path:
    """Make the folder."""
    programme = Programme(name="Riverton CART", phone="555-0199", email="team@example.org")
    city = fake_city.settings().model_copy(update={"programme": programme})
    (folder / "city.toml").write_text(dump_city(city), encoding="utf-8")
    make_key(folder)
    plan = plan_of(fake_city)
    plan = plan if draft else publish(plan, by="Lea", at=PUBLISHED)
    documents.write_plan(folder, WEEK, 1, to_json(plan))
    with open_work(folder).writing() as rows:
        staff = {"role": "caseworker", "languages": "en", "active": True, "capacity": 20}
        rows.insert(STAFF, [{"staff_id": "ana", "name": "Ana", **staff}])
        rows.insert(PARTICIPANTS, [person()])
        seen = datetime(2026, 11, 1, tzinfo=UTC)
        alias = {"alias_id": "a", "participant_id": "k", "name": "Kay Dee", "added_at": seen}
        rows.insert(ALIASES, [alias])
        rows.insert(USUAL_PLACES, [usual_place()])
        rows.insert(TASKS, [task()])
    return folder


def person() -> dict[str, Any]:
    """Kimberly Doyleson, known to the plan as s2."""
    enrolled = date(2026, 9, 1)
    return {
        "participant_id": "k",
        "person_id": "s2",
        "door": "community",
        "enrolled_on": enrolled,
        "status": "active",
        "status_since": enrolled,
        "listed_until": date(2027, 9, 1),
        "staff_id": "ana",
        "household_id": None,
        "given_name": "Kimberly",
        "family_name": "Doyleson",
        "birth_date": "1980-05-17",
        "phone": "+1 518 555 0100",
        "note": "a private note",
        "cap_visits": None,
        "cap_days": None,
        "cooling_off_days": None,
        "version": 1,
    }


def usual_place() -> dict[str, Any]:
    """Where she is found."""
    return {
        "usual_place_id": "u",
        "participant_id": "k",
        "lon": -73.79,
        "lat": 42.65,
        "address": "Bus station, ask for Kay Dee",
        "last_seen_on": date(2026, 11, 1),
        "ended_on": None,
    }


def task() -> dict[str, Any]:
    """The follow-up that a visit settles."""
    return {
        "task_id": "t",
        "kind": "follow_up",
        "participant_id": "k",
        "referral_id": None,
        "staff_id": "ana",
        "due_on": date(2026, 11, 23),
        "fixed_at": None,
        "lon": None,
        "lat": None,
        "address": None,
        "people_needed": 1,
        "status": "open",
        "note": None,
        "created_at": PUBLISHED,
        "created_by": "Ana",
        "closed_at": None,
        "closed_by": None,
    }


def visit_id(number: int) -> str:
    """An id as sheets make them: a greater number is a later entry."""
    return f"{number:08x}-0000-7000-8000-000000000000"


def entry(number: int, *, replaces: int | None = None, **said: Any) -> dict[str, Any]:
    """One entry as a sheet writes it."""
    return {
        "visit_id": visit_id(number),
        "replaces": None if replaces is None else visit_id(replaces),
        "shift_id": SHIFT,
        "candidate_id": MINE,
        "happened_at": "2026-11-23T15:04:00.000Z",
        "outcome": "engaged",
        "services": ["food"],
        "minutes": 20,
        "sharps": 0,
        "police_involved": False,
        "note": None,
        **said,
    }


def entry_file(folder: Path, *entries: Any, **around: Any) -> bytes:
    """A file of entries as a sheet saves it."""
    content = {
        "format": "outreach-entries",
        "version": 1,
        "city": sheet_mark(folder, WEEK, 1),
        "week": WEEK,
        "number": 1,
        "made_at": "2026-11-23T20:00:00.000Z",
        "entries": list(entries),
        **around,
    }
    return json.dumps(content).encode()
