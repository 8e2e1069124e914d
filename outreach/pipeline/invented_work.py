"""Invented work of the demo town, in its work database."""

from datetime import datetime
from pathlib import Path

import pandas as pd

from outreach.config import load_city
from outreach.people.persons import repeat_persons
from outreach.pipeline.directory import whole_directory
from outreach.pipeline.view import known_calls
from outreach.roles import needs
from outreach.simulate.work import invented_work
from outreach.store import batches, calls
from outreach.store.secrets import load_key
from outreach.store.work import open_work
from outreach.weeks import local_date
from outreach.work_schemas import STAFF, WORK_TABLES


@needs("manage")
def invent_work(folder: Path, *, now: datetime, seed: int = 1) -> None:
    """Give an invented town twelve weeks of visits, unless it has recorded work already."""
    city = load_city(folder)
    work = open_work(folder)
    with work.reading() as rows:
        if len(rows.fetch(STAFF)):
            return
    named = _named_persons(folder, now)
    today = local_date(now, city.time_zone)
    made = invented_work(named, today=today, time_zone=city.time_zone, seed=seed)
    with work.writing() as rows:
        for table in WORK_TABLES:
            rows.insert(table, made.get(table.name, ()))
        rows.audit(at=now, who="outreach demo", did="invented", what="staff, participants, visits")


def _named_persons(folder: Path, now: datetime) -> pd.DataFrame:
    """Return the repeat list with a name and a birth date, where the export gave them."""
    city = load_city(folder)
    view = known_calls(folder, city, now)
    persons = repeat_persons(
        calls.demand(view),
        as_of=now,
        params=city.repeat,
        barring=calls.barring(view),
        resources=whole_directory(folder),
    )
    names = batches.identities(folder, load_key(folder)).sort_values("birth_date", ascending=False)
    names = names.drop_duplicates("person_id")[["person_id", "name", "birth_date"]]
    return persons.merge(names, on="person_id", how="left")
