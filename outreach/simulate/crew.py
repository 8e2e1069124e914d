"""The invented town's team and its partners, and the days they worked on."""

from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np

from outreach.weeks import at_local

FIRST_HOUR, LAST_HOUR = 9, 16
# name, role, languages, field hours, hours of each classroom subject
_STAFF = (
    ("Ana Brook", "caseworker", "en es", 120, 22),
    ("Cy Vale", "clinician", "en", 96, 22),
    ("Di Marsh", "caseworker", "en", 140, 24),
    ("Bo Reed", "peer", "en es", 79, 22),  # an hour short: an extra seat
    ("Ed Stone", "caseworker", "en", 88, 22),
    ("Flo Lane", "officer", "en", 0, 0),
)
_SUBJECTS = (
    "crisis intervention",
    "mental health first aid",
    "communication skills",
    "public safety coordination",
)
# name, kind, warm hand-off, days since it was verified, what it may see
_ORGANISATIONS = (
    ("Landing House Shelter", "shelter", True, 20, "name status next_step referrals"),
    ("Millrace Recovery Center", "provider", True, 35, "name birth_date status referrals services"),
    ("St. Alban Food Pantry", "community", False, 140, "name services"),
    ("Marlow Tenants' Desk", "provider", False, 60, "name phone services"),
    ("Marlow Police", "police", False, 15, "status last_contact"),
    ("County HMIS", "hmis", False, 10, "name birth_date status services living_situation"),
)
# Which of them somebody who tries a role on belongs to, numbered from 1.
DEMO_ORGANISATIONS = {"partner": "organisation-2", "police_liaison": "organisation-5"}
# who asks, days ago, name, where the person is usually found, need, has agreed, what became of it
_ASKED = (
    ("police_liaison", 3, None, "bus shelter at the ferry, late evenings", "homelessness", False,
     "open"),
    ("partner", 2, "Rae Winter", "steps of the main library, mornings", "substance_use", True,
     "open"),
    ("police_liaison", 16, None, "under the canal bridge", "mental_health", True, "taken_up"),
    ("partner", 20, None, "laundromat downtown", "quality_of_life", False, "not_taken_up"),
)  # fmt: skip
TEAMS = {
    "Team A": ("Ana Brook", "Cy Vale"),
    "Team B": ("Di Marsh", "Bo Reed"),
    "Co-response": ("Ed Stone", "Flo Lane"),
}


class PastDays:
    """Days before today, moments of working days, and chance."""

    def __init__(self, today: date, time_zone: str, rng: np.random.Generator) -> None:
        self.today, self.time_zone, self.rng = today, time_zone, rng

    def ago(self, days: float) -> date:
        """Return the day so many days before today; a negative number is ahead."""
        return self.today - timedelta(days=int(days))

    def next_working_day(self) -> date:
        """Return the next day after today from Monday to Friday."""
        ahead = (1, 1, 1, 1, 3, 2, 1)[self.today.weekday()]
        return self.today + timedelta(days=ahead)

    def moment(self, days_ago: float) -> datetime:
        """Return a moment of a working day at about that time, before today."""
        day = self.ago(max(days_ago, 1))
        day -= timedelta(days=max(0, day.weekday() - 4))
        at = time(int(self.rng.integers(FIRST_HOUR, LAST_HOUR)), int(self.rng.integers(0, 60)))
        return at_local(day, at, self.time_zone)

    def pick(self, values: Any, shares: Any = None) -> Any:
        """Return one of the values by lot."""
        return values[int(self.rng.choice(len(values), p=shares))]


def staff(past: PastDays) -> dict[str, list[dict[str, Any]]]:
    """Return rows of staff and training: all but one and the officer have their hours."""
    people, training = [], []
    for number, (name, role, languages, field_h, subject_h) in enumerate(_STAFF, start=1):
        staff_id = f"staff-{number}"
        people.append(
            {
                "staff_id": staff_id,
                "name": name,
                "role": role,
                "languages": languages,
                "active": True,
                "capacity": 5 if name == "Bo Reed" else 8,
            }
        )
        hours = {"field": field_h} | dict.fromkeys(_SUBJECTS, subject_h)
        for kind, done_h in hours.items():
            if done_h:
                ends = past.ago(-20) if (name, kind) == ("Ed Stone", _SUBJECTS[1]) else None
                training.append(
                    {
                        "training_id": f"{staff_id}-{kind}",
                        "staff_id": staff_id,
                        "kind": kind,
                        "hours": float(done_h),
                        "done_on": past.ago(200),
                        "expires_on": ends,
                    }
                )
    return {"staff": people, "training": training}


def organisations(past: PastDays) -> dict[str, list[dict[str, Any]]]:
    """Return rows of organisations and agreements; one was not verified for long."""
    partners, agreements = [], []
    for number, (name, kind, warm, verified_days, may_see) in enumerate(_ORGANISATIONS, start=1):
        key = f"organisation-{number}"
        partners.append(
            {
                "organisation_id": key,
                "name": name,
                "kind": kind,
                "contact_name": None,
                "contact_phone": f"(518) 555-02{number:02d}",
                "warm_handoff": warm,
                "verified_on": past.ago(verified_days),
            }
        )
        agreements.append(
            {
                "agreement_id": f"agreement-{number}",
                "organisation_id": key,
                "signed_on": past.ago(300),
                "expires_on": past.ago(-65),
                "may_see": may_see,
            }
        )
    return {"organisations": partners, "agreements": agreements}


def referrals_in(past: PastDays) -> list[dict[str, Any]]:
    """Return requests of the police and of a partner to see somebody: two open, two settled."""
    rows = []
    for number, (asks, days, name, place, need, agreed, status) in enumerate(_ASKED, start=1):
        at = past.moment(days)
        closed = status != "open"
        rows.append(
            {
                "referral_in_id": f"referral-in-{number}",
                "organisation_id": DEMO_ORGANISATIONS[asks],
                "recorded_at": at,
                "recorded_by": f"Demo {asks.replace('_', ' ')}",
                "name": name,
                "place": place,
                "need": need,
                "person_agreed": agreed,
                "note": "Likes to be greeted from a few steps away." if agreed else None,
                "status": status,
                "closed_at": at + timedelta(hours=20) if closed else None,
                "closed_by": "Ana Brook" if closed else None,
            }
        )
    return rows
