"""What the work database says is to be done in a week."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd

from outreach.columns import Table, empty
from outreach.config import City
from outreach.link_schemas import PERSON_LINKS
from outreach.people.errands import Week, Work, errands
from outreach.people.person_ids import resolve
from outreach.pipeline.contact import planned_stops
from outreach.plan_schemas import ERRANDS
from outreach.roles import needs
from outreach.store.work import existing_work
from outreach.weeks import local_date, week_label
from outreach.work_schemas import (
    PARTICIPANTS,
    STAFF,
    TASKS,
    USUAL_PLACES,
    VISIT_STAFF,
    VISITS,
    WISHES,
)


@needs("participants")
def week_errands(folder: Path, city: City, monday: date, *, now: datetime) -> pd.DataFrame:
    """Return ERRANDS of the week that begins on a Monday, as the work database tells them.

    Open tasks that are due in the week or before it, or fixed within it, and active participants
    who are due or wanted. People are those that linked calls make one. No name and no note is
    decrypted for it.
    """
    work = existing_work(folder)
    if work is None:
        return empty(ERRANDS)
    with work.reading() as rows:
        links = rows.fetch(PERSON_LINKS)
        tasks, people, visits = (rows.fetch(_open(t)) for t in (TASKS, PARTICIPANTS, VISITS))
        others = [rows.fetch(t) for t in (USUAL_PLACES, WISHES, VISIT_STAFF, STAFF)]
    places, wishes, went, staff = others
    reach = timedelta(days=int(max([city.contact.cap_days, 7, *people["cap_days"].dropna()])))
    planned = planned_stops(folder, monday - reach, monday + timedelta(days=6) + reach)
    today = local_date(now, city.time_zone)
    kept = [
        week != week_label(monday) or day < today
        for week, day in zip(planned["week"], planned["day"], strict=True)
    ]
    return errands(
        Work(
            tasks=tasks,
            participants=resolve(people, links, "person_id"),
            usual_places=places,
            wishes=wishes,
            visits=resolve(visits, links, "subject"),
            visit_staff=went,
            staff=staff,
            planned=resolve(planned[pd.Series(kept, planned.index, bool)], links, "subject"),
        ),
        week=Week(monday, now, city.time_zone),
        plan=city.plan,
        contact=city.contact,
    )


def _open(table: Table) -> Table:
    """Return a table without the columns that are encrypted at rest."""
    columns = {name: column for name, column in table.columns.items() if not column.sealed}
    return replace(table, columns=columns)
