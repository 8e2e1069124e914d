"""What is due, who carries whom, and who was served: for leads and caseworkers."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from outreach.config import ContactParams, load_city
from outreach.link_schemas import LINK_DECISIONS, LINK_PAIRS, PERSON_LINKS
from outreach.people.caseload import Served, caseload, funnel, served
from outreach.people.consent import bars, local_days, newest, subjects_of, why_not
from outreach.people.followups import due
from outreach.pipeline.audit_trail import saw
from outreach.pipeline.contact import Known, what_is_known
from outreach.pipeline.participants import full_names
from outreach.roles import needs, viewer
from outreach.store.work import open_work
from outreach.weeks import local_date, monday_of
from outreach.work_schemas import PARTICIPANTS, STAFF, TASKS, VISITS


@dataclass(frozen=True, eq=False)
class Caseload:
    """Who carries whom, and how contacts become engagements."""

    workers: pd.DataFrame  # as people.caseload.caseload
    funnel: pd.DataFrame  # as people.caseload.funnel
    served: Served


@needs("participants")
def due_list(folder: Path, *, now: datetime) -> pd.DataFrame:
    """Return follow-ups due and people without contact, as people.followups.due.

    Adds     name      of the participant, "" where none is known
             worker    who is to go, missing where nobody is named
    """
    found = _due(folder, now)
    saw(folder, found["participant_id"], "follow-ups due", by=viewer().name, now=now)
    return found


def _due(folder: Path, now: datetime) -> pd.DataFrame:
    city = load_city(folder)
    today = local_date(now, city.time_zone)
    known = what_is_known(folder, city, monday_of(today), now)
    people, staff = known.participants, known.staff
    with open_work(folder).reading() as rows:
        tasks = rows.fetch(TASKS, status="open")
    found = due(
        tasks,
        people,
        known.visits,
        _barred(known, today, city.contact),
        today=today,
        params=city.contact,
        time_zone=city.time_zone,
    )
    called = dict(zip(people["participant_id"], full_names(people), strict=True))
    workers = dict(zip(staff["staff_id"], staff["name"], strict=True))
    return found.assign(
        name=[called.get(who, "") for who in found["participant_id"]],
        worker=pd.Series([workers.get(who) for who in found["staff_id"]], found.index, "object"),
    )


@needs("counts")
def caseload_view(folder: Path, *, since: date, now: datetime) -> Caseload:
    """Return the caseload as it is now; funnel and served of the visits since a day."""
    zone, waiting = load_city(folder).time_zone, _due(folder, now)
    with open_work(folder).reading() as rows:
        staff, people, visits = (rows.fetch(table) for table in (STAFF, PARTICIPANTS, VISITS))
        visits = newest(visits)  # before the cut: a correction may lie on the other side of it
        linkage = [rows.fetch(table) for table in (PERSON_LINKS, LINK_PAIRS, LINK_DECISIONS)]
    days = local_days(visits["happened_at"], zone)
    recent = visits[np.array([since <= day for day in days], bool)]
    return Caseload(
        workers=caseload(staff, people, waiting, since=since),
        funnel=funnel(recent, time_zone=zone),
        served=served(recent, people, *linkage),
    )


def _barred(known: Known, today: date, params: ContactParams) -> pd.DataFrame:
    """Return what bars each participant from a visit today (why) and from a call (why_no_call).

    A stop planned for today does not stand against itself.
    """
    people = known.participants
    found = bars(
        people,
        known.consents,
        known.wishes,
        known.visits,
        known.planned[known.planned["day"] != today],
        days=[today],
        params=params,
    )
    whys = {
        column: [why_not(found, subject, today, mode=mode) for subject in subjects_of(people)]
        for column, mode in (("why", "community"), ("why_no_call", "phone"))
    }
    return pd.DataFrame({"participant_id": people["participant_id"], **whys})
