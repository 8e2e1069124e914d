"""What binds the planner in a week, and may somebody be contacted today."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from outreach.config import City, load_city
from outreach.errors import WorkError
from outreach.link_schemas import PERSON_LINKS
from outreach.people import listings
from outreach.people.consent import bars, contact_rules, local_days, subjects_of, why_not
from outreach.people.person_ids import resolve
from outreach.people.rule_rows import combined, is_area, week_days
from outreach.plan.document import from_json
from outreach.plan.published import standing_stops
from outreach.roles import needs
from outreach.schemas import LIMITS
from outreach.store import documents, tables
from outreach.store.work import new_id, open_work
from outreach.weeks import local_date, monday_of, week_label
from outreach.work_schemas import (
    CONSENTS,
    LISTINGS,
    PARTICIPANTS,
    STAFF,
    USUAL_PLACES,
    VISITS,
    WISHES,
)


@dataclass(frozen=True)
class Allowed:
    """Whether somebody may be contacted on a day in one way, and what binds if so."""

    allowed: bool
    why: str  # one sentence; "" where nothing stands against it
    no_police: bool
    visit_from_local: str | None
    visit_until_local: str | None
    with_staff: str | None
    address: str | None  # where they want to meet


@dataclass(frozen=True, eq=False)
class Known:
    """What contact rests on around one week, each person under one id."""

    participants: pd.DataFrame
    consents: pd.DataFrame  # and withdrawn_on; limits.csv too
    wishes: pd.DataFrame
    usual_places: pd.DataFrame
    staff: pd.DataFrame
    listings: pd.DataFrame
    visits: pd.DataFrame  # and day; to people and doors
    planned: pd.DataFrame  # subject, day, week (its label)


@needs("participants")
def rules_for_week(folder: Path, monday: date, *, now: datetime) -> pd.DataFrame:
    """Return what binds a week's plan: CONTACT_RULES.

    Stops of published plans count as visits to come; those of the week itself only on days past,
    since a new plan takes the place of the others. Visits recorded after ``now`` are not known
    yet; what somebody does not want binds whenever it was recorded.
    """
    city = load_city(folder)
    known = what_is_known(folder, city, monday, now)
    past = np.array([day < local_date(now, city.time_zone) for day in known.planned["day"]], bool)
    rules = contact_rules(
        known.participants,
        known.consents,
        known.wishes,
        known.usual_places,
        known.staff,
        known.visits,
        known.planned[past | (known.planned["week"] != week_label(monday))],
        monday=monday,
        params=city.contact,
    )
    # What is known of somebody enrolled rests on their own listing.
    others = known.listings[~known.listings["subject"].isin(subjects_of(known.participants))]
    over = listings.lapsed(others, week_days(monday)[-1])
    return combined([rules, listings.lapsed_rules(over, monday=monday)], monday=monday)


@needs("participants")
def allowed_now(
    folder: Path, participant_id: str, *, now: datetime, mode: str = "community"
) -> Allowed:
    """Tell whether a participant may be contacted today in a mode of RESPONSE_MODES, else why.

    A stop planned for today does not stand against itself.

    Raises   WorkError   there is nobody of that id
    """
    city = load_city(folder)
    known = what_is_known(folder, city, monday_of(local_date(now, city.time_zone)), now)
    return allowed_among(known, city, participant_id, now, mode)


def allowed_among(
    known: Known, city: City, participant_id: str, now: datetime, mode: str = "community"
) -> Allowed:
    """Tell the same from what is known already."""
    today = local_date(now, city.time_zone)
    people = known.participants
    who = subjects_of(people)[people["participant_id"] == participant_id]
    if who.empty:
        raise WorkError(f"there is no participant {participant_id}")
    told = (known.participants, known.consents, known.wishes)
    planned = known.planned[known.planned["day"] != today]
    against = bars(*told, known.visits, planned, days=[today], params=city.contact)
    why = why_not(against, str(who.iloc[0]), today, mode=mode)
    wanted = contact_rules(
        *told,
        known.usual_places,
        known.staff,
        known.visits,
        planned,
        monday=monday_of(today),
        params=city.contact,
    )
    own = wanted[wanted["subject"] == who.iloc[0]].to_dict("records")
    row = own[0] if own else {}
    no_police = bool(row.get("no_police"))
    if not why and no_police and mode == "co_response":
        why = "Asked for no police."
    texts = ("visit_from_local", "visit_until_local", "with_staff", "address")
    wishes = {name: row[name] if isinstance(row.get(name), str) else None for name in texts}
    return Allowed(allowed=not why, why=why, no_police=no_police, **wishes)


@needs("manage")
def note_listings(
    folder: Path, persons: pd.DataFrame, places: pd.DataFrame, *, now: datetime
) -> None:
    """Keep since when people and places are on the repeat lists; who dropped off, ends.

    Needs    persons, places    PERSONS and PLACES as they are now
    """
    city = load_city(folder)
    subjects = [*persons["person_id"], *places.loc[places["kind"] == "place", "place_id"]]
    with open_work(folder).writing() as rows:
        # By whole persons: a merge neither renews a listing that is over nor ends one.
        added, ended = listings.updated(
            resolve(rows.fetch(LISTINGS), rows.fetch(PERSON_LINKS), "subject"),
            subjects,
            today=local_date(now, city.time_zone),
            sunset_days=city.repeat.sunset_days,
        )
        for one in added.to_dict("records"):
            dates = {"listed_on": one["listed_on"], "until": one["until"]}
            new = {"listing_id": new_id(), "subject": one["subject"], **dates}
            rows.insert(LISTINGS, [new])
        for row in ended.to_dict("records"):
            where = {"listing_id": row["listing_id"]}
            rows.update(LISTINGS, where, {"ended_on": row["ended_on"]})
        if len(added) or len(ended):
            rows.audit(
                at=now,
                who="outreach plan",
                did="listed",
                what=f"{len(added)} people or places new on the lists, {len(ended)} off them",
            )


@needs("participants")
def what_is_known(folder: Path, city: City, monday: date, now: datetime) -> Known:
    """Return what contact around a week rests on: the work database and the published plans."""
    with open_work(folder).reading() as rows:
        links = rows.fetch(PERSON_LINKS)
        people = resolve(rows.fetch(PARTICIPANTS), links, "person_id")
        visits = resolve(rows.fetch(VISITS), links, "subject")
        limits = resolve(tables.read_table(folder / "limits.csv", LIMITS), links, "subject")
        consents = rows.fetch(CONSENTS)
        wishes, usual_places, staff = (rows.fetch(t) for t in (WISHES, USUAL_PLACES, STAFF))
        listed = resolve(rows.fetch(LISTINGS), links, "subject")
    visits = visits[visits["recorded_at"] <= now]
    somebody = visits["subject"].map(lambda one: one is not None and not is_area(one))
    reach = timedelta(days=int(max([city.contact.cap_days, *people["cap_days"].dropna()])))
    planned = planned_stops(folder, monday - reach, monday + timedelta(days=6) + reach)
    return Known(
        participants=people,
        consents=_with_limits(consents, limits, people, city.time_zone),
        wishes=wishes,
        usual_places=usual_places,
        staff=staff,
        listings=listed,
        visits=visits.assign(
            subject=visits["subject"].where(somebody.astype(bool), None),
            day=local_days(visits["happened_at"], city.time_zone),
        ),
        planned=resolve(planned, links, "subject"),
    )


def _with_limits(
    consents: pd.DataFrame, limits: pd.DataFrame, people: pd.DataFrame, time_zone: str
) -> pd.DataFrame:
    """Return CONSENTS and withdrawn_on, with what limits.csv says of people who are enrolled."""
    known = consents.assign(withdrawn_on=local_days(consents["withdrawn_at"], time_zone))
    told = [
        {"participant_id": key, "rule": limit["rule"], "since": date.min, "until": limit["until"]}
        for limit in limits.to_dict("records")
        for key in people.loc[subjects_of(people) == limit["subject"], "participant_id"]
    ]
    names = ["participant_id", "rule", "since", "until", "withdrawn_on"]
    more = pd.DataFrame(told, columns=names, dtype="object")
    return pd.concat([known[names].astype("object"), more], ignore_index=True)


@needs("points")
def planned_stops(folder: Path, first: date, last: date) -> pd.DataFrame:
    """Return the stops of published plans between two days: subject, day, week (its label).

    Walks of areas are left out.
    """
    near = {week_label(first + timedelta(days=n)) for n in range((last - first).days + 1)}
    plans = [
        from_json(path.read_text(encoding="utf-8"))
        for week in sorted(near)
        for path in documents.plan_versions(folder, week)
    ]
    stops = standing_stops(plans)
    stops = stops[~stops["subject"].map(is_area).astype(bool)]
    planned = stops[["subject", "day", "week"]].drop_duplicates()
    return planned[(planned["day"] >= first) & (planned["day"] <= last)]
