"""Invented work of an invented town: staff, participants, visits and what came of them."""

from datetime import date, time, timedelta
from typing import Any

import numpy as np
import pandas as pd

from outreach.simulate.crew import (
    DEMO_ORGANISATIONS,
    PastDays,
    organisations,
    referrals_in,
    staff,
)
from outreach.weeks import at_local
from outreach.work_words import BARRIERS, DOORS, OUTCOMES, SERVICES

WEEKS = 12  # of visits
ENROLLED, UNSAFE = 30, 4  # people; and those of them at whose door nobody may call unasked
DAYS_BETWEEN_VISITS, REST_DAYS = 9.0, 4.0
FOR_POLICE = {5, 8, 10, 14}  # who let the police know something; 10 asked for no police since
LIMITS_AGO = 18.0  # days since a few of them asked for limits
Rows = dict[str, list[dict[str, Any]]]  # by table


def invented_work(persons: pd.DataFrame, *, today: date, time_zone: str, seed: int) -> Rows:
    """Invent what a team of six did in the last twelve weeks with people of the repeat list.

    Needs    persons    PERSONS and name, birth_date: whom to enrol, at most 30
    Adds     rows by table of the work database; the last visit lies before ``today``
    """
    rng = np.random.default_rng([seed, 17])
    past = PastDays(today, time_zone, rng)
    safe = persons["home_visit"].astype(bool)
    few = pd.concat([persons[safe].head(ENROLLED - UNSAFE), persons[~safe].head(UNSAFE)])
    people = [row for row in few.to_dict("records") if isinstance(row["name"], str)]
    rows = staff(past) | organisations(past)
    carriers = [r["staff_id"] for r in rows["staff"] if r["role"] in {"caseworker", "peer"}]
    rows |= _participants(people, carriers, past)
    rows |= _limits(rows["participants"], rows["usual_places"], past)
    barring = {"opt_out", "do_not_visit"}
    alone = {r["participant_id"] for r in rows["consents"] if r["rule"] in barring}
    rows |= _visits(rows["participants"], rows["usual_places"], alone, past)
    rows |= _referrals(rows["participants"], past)
    rows["tasks"] = _tasks(rows["participants"], rows["referrals"], past)
    rows["sharps_pickups"] = _sharps(persons, past)
    rows["tasks"] += _other_tasks(rows["usual_places"], rows["sharps_pickups"], past)
    rows["referrals_in"] = referrals_in(past)
    return rows


def _participants(people: list[dict[Any, Any]], carriers: list[str], past: PastDays) -> Rows:
    participants, places, aliases = [], [], []
    for number, person in enumerate(people, start=1):
        key = f"participant-{number}"
        family, _, given = str(person["name"]).title().partition(", ")
        begun = past.ago(int(past.rng.integers(20, 80)))
        quiet = number % 9 == 0
        participants.append(
            {
                "participant_id": key,
                "person_id": person["person_id"],
                "door": past.pick(DOORS, (0.2, 0.3, 0.5)),
                "enrolled_on": begun,
                "status": "inactive" if quiet else "active",
                "status_since": past.ago(10) if quiet else begun,
                "listed_until": past.ago(-3) if number == 5 else past.ago(-60),
                "staff_id": carriers[number % len(carriers)],
                "given_name": given,
                "family_name": family,
                "birth_date": person["birth_date"] or None,
                "phone": f"518 555 {1000 + 37 * number:04d}" if number % 3 else None,
                "version": 1,
            }
        )
        if number in {1, 6}:
            aliases.append(
                {
                    "alias_id": f"alias-{number}",
                    "participant_id": key,
                    "name": f"{given[:3]} {family}",
                    "added_at": past.moment(15),
                }
            )
        if not pd.isna(person["lon"]):
            places.append(_usual_place(number, key, person, past))
    places += [_second_place(place, past) for place in places[::6]]
    return {"participants": participants, "usual_places": places, "aliases": aliases}


def _usual_place(number: int, key: str, person: dict[Any, Any], past: PastDays) -> dict[str, Any]:
    return {
        "usual_place_id": f"usual-place-{number}",
        "participant_id": key,
        "lon": float(person["lon"]),
        "lat": float(person["lat"]),
        "address": person["address"] if isinstance(person["address"], str) else None,
        "last_seen_on": past.ago(int(past.rng.integers(2, 90))),
        "ended_on": None,
    }


def _second_place(first: dict[str, Any], past: PastDays) -> dict[str, Any]:
    """Return another spot some streets away, without an address, where somebody is met too."""
    return {
        **first,
        "usual_place_id": f"{first['usual_place_id']}-other",
        "lon": first["lon"] + float(past.rng.normal(0, 0.004)),
        "lat": first["lat"] + float(past.rng.normal(0, 0.003)),
        "address": None,
        "last_seen_on": past.ago(5),
    }


def _limits(
    participants: list[dict[str, Any]], places: list[dict[str, Any]], past: PastDays
) -> Rows:
    """Give a few of them wishes and limits of every kind."""
    own_place = {place["participant_id"]: place["usual_place_id"] for place in places}
    rules = {1: "no_police", 3: "opt_out", 6: "do_not_visit", 10: "no_police"}
    consents, wishes, releases, barriers = [], [], [], []
    for number, person in enumerate(participants):
        key = person["participant_id"]
        if number in rules:
            consents.append(
                {
                    "consent_id": f"consent-{number}",
                    "participant_id": key,
                    "rule": rules[number],
                    "since": past.ago(LIMITS_AGO),
                    "until": past.ago(-30) if rules[number] == "do_not_visit" else None,
                    "recorded_at": past.moment(LIMITS_AGO),
                    "recorded_by": "Ana Brook",
                }
            )
        if number in {2, 4, 5, 7, 8}:
            wishes.append(
                {
                    "participant_id": key,
                    "visit_from_local": "13:00" if number == 2 else None,
                    "visit_until_local": "16:30" if number == 2 else None,
                    "days": "tue thu" if number == 5 else None,
                    "usual_place_id": own_place.get(key) if number == 8 else None,
                    "staff_id": "staff-1" if number == 8 else None,
                    "way": "phone" if number == 7 else "visit",
                    "organisation_id": "organisation-2" if number == 2 else None,
                    "language": "es" if number == 2 else None,
                    "visits_a_week": 2 if number == 4 else None,
                }
            )
        if number % 3 == 0:
            releases.append(_release(number, key, past))
        if number in FOR_POLICE:
            told = {"release_id": f"release-{number}-police", "fields": "status last_contact"}
            told |= {"organisation_id": DEMO_ORGANISATIONS["police_liaison"]}
            releases.append(_release(number, key, past) | told)
        if number % 2 == 0:
            barriers.append(
                {
                    "barrier_id": f"barrier-{number}",
                    "participant_id": key,
                    "barrier": past.pick(BARRIERS),
                    "since": past.ago(30),
                    "ended_on": None,
                }
            )
    return {"consents": consents, "wishes": wishes, "releases": releases, "barriers": barriers}


def _release(number: int, participant_id: str, past: PastDays) -> dict[str, Any]:
    return {
        "release_id": f"release-{number}",
        "participant_id": participant_id,
        "organisation_id": f"organisation-{1 + (number // 3) % 2 if number % 2 else 6}",
        "fields": "name status services living_situation last_contact",
        "signed_on": past.ago(40),
        "expires_on": past.ago(-300 if number else 5),
        "revoked_at": None,
        "recorded_by": "Di Marsh",
    }


def _visits(
    participants: list[dict[str, Any]],
    places: list[dict[str, Any]],
    left_alone: set[str],
    past: PastDays,
) -> Rows:
    """Visit everybody again and again, but nobody after they asked to be left alone."""
    at = {place["participant_id"]: place for place in places}
    outcomes = list(OUTCOMES)
    shares = np.array([0.22, 0.1, 0.06, 0.0, 0.2, 0.02, 0.34, 0.06])
    pairs = [("staff-1", "staff-2"), ("staff-3", "staff-4"), ("staff-5", "staff-6")]
    visits: list[dict[str, Any]] = []
    present: list[dict[str, Any]] = []
    for person in participants:
        barred = person["participant_id"] in left_alone
        day = LIMITS_AGO if barred else float(past.rng.uniform(1, DAYS_BETWEEN_VISITS))
        while past.ago(day) > person["enrolled_on"]:
            number = len(visits) + 1
            outcome = past.pick(outcomes, shares / shares.sum())
            pair = past.pick(pairs, (0.48, 0.47, 0.05))
            met = OUTCOMES[outcome] == "engagement"
            place = at.get(person["participant_id"])
            happened = past.moment(day)
            visits.append(
                {
                    "visit_id": f"visit-{number}",
                    "participant_id": person["participant_id"],
                    "subject": person["person_id"],
                    "happened_at": happened,
                    "recorded_at": happened + timedelta(minutes=25),
                    "recorded_by": "Ana Brook",
                    "stage": OUTCOMES[outcome],
                    "outcome": outcome,
                    "response_mode": "co_response" if pair[0] == "staff-5" else "community",
                    "lon": place["lon"] if place else None,
                    "lat": place["lat"] if place else None,
                    "minutes": float(past.rng.integers(5, 50)),
                    "police_involved": pair[0] == "staff-5",
                    "services": _services(past) if met else "",
                    "sharps": int(past.rng.integers(0, 6)) if past.rng.random() < 0.1 else 0,
                    "living_situation": "unsheltered" if met and number % 3 else "not_known",
                }
            )
            present += [{"visit_id": f"visit-{number}", "staff_id": one} for one in pair]
            day += REST_DAYS + float(past.rng.exponential(DAYS_BETWEEN_VISITS - REST_DAYS))
    return {"visits": visits, "visit_staff": present}


def _services(past: PastDays) -> str:
    chosen = past.rng.choice(SERVICES, int(past.rng.integers(1, 3)), replace=False)
    return " ".join(sorted(str(one) for one in chosen))


def _referrals(participants: list[dict[str, Any]], past: PastDays) -> Rows:
    """Refer every third participant: some on the way, some closed."""
    referrals, steps = [], []
    ways = (
        (("offered",), None, None),
        (("offered", "accepted"), None, "no_bed"),
        (("offered", "accepted", "transported", "arrived", "admitted"), "completed", None),
        (("offered",), "declined", "fear_or_distrust"),
    )
    for number, person in enumerate(participants[::3]):
        way, outcome, barrier = ways[number % len(ways)]
        key, begun = f"referral-{number}", 14.0 - number % 5
        referrals.append(
            {
                "referral_id": key,
                "participant_id": person["participant_id"],
                "organisation_id": "organisation-2" if number % 2 else "organisation-1",
                "service": "partner_referral" if number % 2 else "housing_search",
                "warm_handoff": number % 2 == 1,
                "barrier": barrier,
                "opened_at": past.moment(begun + 1),
                "opened_by": "Ana Brook",
                "closed_at": past.moment(1) if outcome else None,
                "outcome": outcome,
            }
        )
        steps += [
            {
                "step_id": f"{key}-{step}",
                "referral_id": key,
                "step": step,
                "happened_at": past.moment(begun - place),
                "recorded_at": past.moment(begun - place) + timedelta(hours=8),
                "recorded_by": "Ana Brook",
            }
            for place, step in enumerate(way)
        ]
    return {"referrals": referrals, "referral_steps": steps}


def _tasks(
    participants: list[dict[str, Any]], referrals: list[dict[str, Any]], past: PastDays
) -> list[dict[str, Any]]:
    """Make follow-ups and a call to make: some overdue, some of this week and the next."""
    open_referrals = {r["participant_id"]: r["referral_id"] for r in referrals if not r["outcome"]}
    due_in = (-6, -2, -1, 0, 2, 3, 5, 8, 12)
    able = [p for n, p in enumerate(participants) if p["status"] == "active" and n not in {0, 3}]
    return [
        _task(
            number,
            "call_back" if number == 6 else "follow_up",
            past.ago(-days),
            past,
            participant_id=person["participant_id"],
            referral_id=open_referrals.get(person["participant_id"]),
            staff_id=person["staff_id"],
        )
        for number, (person, days) in enumerate(zip(able, due_in, strict=False))
    ]


def _other_tasks(
    places: list[dict[str, Any]], pickups: list[dict[str, Any]], past: PastDays
) -> list[dict[str, Any]]:
    """Make an appointment, needles to pick up and a business to talk to (duties 15, 21, 40)."""
    day = past.next_working_day()
    met = at_local(day, time(14), past.time_zone)
    tasks = [
        _task(
            20,
            "notification",
            day,
            past,
            fixed_at=met,
            people_needed=2,
            **{name: first[name] for name in ("participant_id", "lon", "lat", "address")},
        )
        for first in places[:1]
    ]
    for number, (kind, spot) in enumerate(
        zip(("sharps_pickup", "sharps_pickup", "campaign"), pickups, strict=False), start=21
    ):
        tasks.append(_task(number, kind, past.ago(-4), past, lon=spot["lon"], lat=spot["lat"]))
    return tasks


def _task(number: int, kind: str, due: date, past: PastDays, **said: Any) -> dict[str, Any]:
    return {
        "task_id": f"task-{number}",
        "kind": kind,
        "due_on": due,
        "people_needed": 1,
        "status": "open",
        "created_at": past.moment(12),
        "created_by": "Ana Brook",
        **said,
    }


def _sharps(persons: pd.DataFrame, past: PastDays) -> list[dict[str, Any]]:
    """Pick up needles near some of the listed points."""
    near = persons.dropna(subset=["lon"]).head(8).to_dict("records")
    rows = []
    for number, spot in enumerate(near * 3):
        at = past.moment(float(past.rng.uniform(1, 7 * WEEKS)))
        rows.append(
            {
                "pickup_id": f"pickup-{number}",
                "reported_at": at - timedelta(hours=float(past.rng.uniform(1, 40))),
                "happened_at": at,
                "lon": float(spot["lon"] + past.rng.normal(0, 0.001)),
                "lat": float(spot["lat"] + past.rng.normal(0, 0.0008)),
                "address": None,
                "sharps": int(past.rng.integers(1, 25)),
                "recorded_at": at + timedelta(minutes=30),
                "recorded_by": "Di Marsh",
            }
        )
    return rows
