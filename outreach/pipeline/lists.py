"""Open work as the teams' pages list it: tasks ahead, referrals on the way, visits just entered."""

from datetime import datetime
from pathlib import Path

import pandas as pd

from outreach.link_schemas import PERSON_LINKS
from outreach.people.followups import current_visits
from outreach.pipeline.audit_trail import saw
from outreach.roles import needs, viewer
from outreach.store.work import Rows, existing_work, open_work
from outreach.work_schemas import (
    ORGANISATIONS,
    PARTICIPANTS,
    REFERRALS,
    STAFF,
    STEPS,
    TASKS,
    USUAL_PLACES,
    VISIT_STAFF,
    VISITS,
)
from outreach.work_words import REFERRAL_STEPS


@needs("participants")
def is_enrolled(folder: Path, participant_id: str) -> bool:
    """Return whether a participant has that id."""
    with open_work(folder).reading() as rows:
        return len(rows.fetch(PARTICIPANTS, participant_id=participant_id)) > 0


@needs("participants")
def people(folder: Path, *, now: datetime) -> pd.DataFrame:
    """Return the participants, active ones first, by family name.

    Adds     participant_id, status
             subject           how plans and calls call them, missing where they do not know them
             name, label       the label also says when they were born
    """
    with open_work(folder).reading() as rows:
        known, links, names = rows.fetch(PARTICIPANTS), rows.fetch(PERSON_LINKS), _names(rows)
    linked = dict(zip(links["person_id"], links["linked_id"], strict=True))
    name = known["participant_id"].map(names)
    born = [f", born {day}" if day else "" for day in known["birth_date"].fillna("")]
    family = known["family_name"].fillna("\uffff").str.casefold()
    found = pd.DataFrame(
        {
            "participant_id": known["participant_id"],
            "status": known["status"],
            "subject": [linked.get(person, person) for person in known["person_id"]],
            "name": name,
            "label": name + born,
        }
    )
    order = known.assign(family=family, name=name).sort_values(["status", "family", "name"]).index
    return _shown(folder, found.loc[order].reset_index(drop=True), "choice of participants", now)


@needs("participants")
def usual_places(folder: Path, participant_id: str, *, now: datetime) -> pd.DataFrame:
    """Return where a participant is usually found now, the last seen first: USUAL_PLACES."""
    with open_work(folder).reading() as rows:
        places = rows.fetch(USUAL_PLACES, participant_id=participant_id)
    places = places[places["ended_on"].isna()]
    places = places.sort_values("last_seen_on", ascending=False, ignore_index=True)
    return _shown(folder, places, "usual places", now)


@needs("public")
def has_work(folder: Path) -> bool:
    """Return whether a city has a work database; looking makes none."""
    return existing_work(folder) is not None


@needs("points")
def workers(folder: Path) -> dict[str, str]:
    """Return the names of those who work now, by staff_id."""
    with open_work(folder).reading() as rows:
        known = rows.fetch(STAFF, active=True).sort_values("name")
    return dict(zip(known["staff_id"], known["name"], strict=True))


@needs("participants")
def open_tasks(folder: Path, *, now: datetime) -> pd.DataFrame:
    """Return all open tasks, the next one first: TASKS, and name, worker ("" where nobody)."""
    with open_work(folder).reading() as rows:
        tasks, names = rows.fetch(TASKS, status="open"), _names(rows)
        workers = rows.fetch(STAFF).set_index("staff_id")["name"]
    found = tasks.assign(
        name=tasks["participant_id"].map(names).astype("object").fillna(""),
        worker=tasks["staff_id"].map(workers).astype("object").fillna(""),
    ).sort_values(["due_on", "fixed_at"], ignore_index=True)
    return _shown(folder, found, "open tasks", now)


@needs("participants")
def open_referrals(folder: Path, *, now: datetime) -> pd.DataFrame:
    """Return referrals that are not closed, the oldest first.

    Adds     REFERRALS; name, organisation; step, step_at: the furthest so far, and when
    """
    with open_work(folder).reading() as rows:
        referrals, steps, names = rows.fetch(REFERRALS), rows.fetch(STEPS), _names(rows)
        partners = rows.fetch(ORGANISATIONS).set_index("organisation_id")["name"]
    last = (
        steps.assign(place=steps["step"].map(REFERRAL_STEPS.index).astype("int64"))
        .sort_values(["place", "happened_at"])
        .drop_duplicates("referral_id", keep="last")
        .set_index("referral_id")
    )
    referrals = referrals[referrals["closed_at"].isna()]
    furthest = last.reindex(referrals["referral_id"]).set_axis(referrals.index)
    found = referrals.assign(
        name=referrals["participant_id"].map(names),
        organisation=referrals["organisation_id"].map(partners),
        step=furthest["step"],
        step_at=furthest["happened_at"],
    ).sort_values("opened_at", ignore_index=True)
    return _shown(folder, found, "open referrals", now)


@needs("participants")
def recent_visits(folder: Path, since: datetime, *, now: datetime) -> pd.DataFrame:
    """Return visits from a moment on as they stand after corrections, the newest first.

    Adds     VISITS; name ("" where nobody is enrolled); staff_ids: who was there, a tuple
    """
    with open_work(folder).reading() as rows:
        visits, names = current_visits(rows.fetch(VISITS)), _names(rows)
        there = rows.fetch(VISIT_STAFF)
    visits = visits[visits["happened_at"] >= since]
    present = there[there["visit_id"].isin(visits["visit_id"])].groupby("visit_id")["staff_id"]
    ids = {visit: tuple(found) for visit, found in present}
    staff_ids = [ids.get(visit, ()) for visit in visits["visit_id"]]
    found = visits.assign(
        name=visits["participant_id"].map(names).astype("object").fillna(""),
        staff_ids=pd.Series(staff_ids, visits.index, "object"),
    ).sort_values("happened_at", ascending=False, ignore_index=True)
    return _shown(folder, found, "recent visits", now)


def _shown(folder: Path, found: pd.DataFrame, what: str, now: datetime) -> pd.DataFrame:
    """Hand out a list after writing down who is in it (safeguard 8)."""
    saw(folder, found["participant_id"], what, by=viewer().name, now=now)
    return found


def _names(rows: Rows) -> dict[str, str]:
    """Return what participants are called by their id."""
    known = rows.fetch(PARTICIPANTS)
    told = known["given_name"].fillna("") + " " + known["family_name"].fillna("")
    named = [name.strip() or "No name known" for name in told]
    return dict(zip(known["participant_id"], named, strict=True))
