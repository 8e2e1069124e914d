"""The stops of a shift as its team needs them: whom, what binds, where else, what was logged."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import pandas as pd

from outreach.cells import fine_cells, to_text
from outreach.link_schemas import PERSON_LINKS
from outreach.maps.elements import each
from outreach.maps.week import Near
from outreach.people.consent import binds_on, local_days, newest, subjects_of
from outreach.people.person_ids import resolve
from outreach.pipeline.contact import Allowed
from outreach.pipeline.participants import full_names
from outreach.plan.crews import names
from outreach.store.work import Rows
from outreach.weeks import at_local
from outreach.work_schemas import CONSENTS, PARTICIPANTS, STAFF, TASKS, USUAL_PLACES, VISITS, WISHES

OF_NOBODY = ("added", "sharps_pickup", "campaign")  # stops without a person or a listed door
# What can bind at a stop, the strongest first.
LIMITS = (
    "barred", "no_police", "fixed", "with", "from", "until", "meet", "language", "two", "preferred",
)  # fmt: skip
MOST_PLACES = 4  # usual places of one person that a phone shows


@dataclass(frozen=True)
class Limit:
    """What binds whoever goes there."""

    kind: str  # of LIMITS
    value: str = ""  # a name, an hour, a language's code, a place, a reason


@dataclass(frozen=True)
class Spot:
    """Where somebody is usually found."""

    address: str | None
    lon: float
    lat: float
    seen_on: date


@dataclass(frozen=True)
class Done:
    """What was logged for a stop."""

    visit_id: str | None  # None: its task was closed, as of a needle pickup
    outcome: str | None
    at: datetime


@dataclass(frozen=True)
class TodayStop:
    """One stop as the team needs it on the way."""

    candidate_id: str
    order: int
    kind: str
    place: str  # in words, never a name
    lon: float
    lat: float
    arrive_at: datetime
    start_at: datetime
    leave_at: datetime
    travel_s: float
    need: str
    mode: str  # of RESPONSE_MODES
    mode_why: str  # no_police, safety, task, usual
    reason: str
    subject: str | None  # for an entry of the log
    task_id: str | None
    participant_id: str | None = None
    name: str | None = None  # None: nobody enrolled
    phone: str | None = None
    limits: tuple[Limit, ...] = ()
    usual: tuple[Spot, ...] = ()
    near: tuple[Near, ...] = ()
    done: Done | None = None


@dataclass(frozen=True, eq=False)
class Known:
    """What the work database knows of the people of a shift."""

    people: pd.DataFrame  # PARTICIPANTS, and subject, name; active ones first
    links: pd.DataFrame
    staff: pd.DataFrame
    places: pd.DataFrame
    wishes: pd.DataFrame
    visits: pd.DataFrame  # of the day, as they stand
    tasks: pd.DataFrame  # that are done
    consents: pd.DataFrame  # opt-outs, and withdrawn_on


def read_known(rows: Rows, time_zone: str, day: date) -> Known:
    """Return what is known around a day."""
    links = rows.fetch(PERSON_LINKS)
    people = resolve(rows.fetch(PARTICIPANTS), links, "person_id").sort_values("status")
    dawn = at_local(day, time(0), time_zone)
    night = at_local(day + timedelta(days=1), time(0), time_zone)
    visits = resolve(newest(rows.fetch(VISITS)), links, "subject")
    tasks = rows.fetch(TASKS, status="done")
    consents = rows.fetch(CONSENTS, rule="opt_out")
    return Known(
        people=people.assign(subject=subjects_of(people), name=full_names(people)),
        links=links,
        staff=rows.fetch(STAFF),
        places=rows.fetch(USUAL_PLACES),
        wishes=rows.fetch(WISHES),
        visits=visits[(visits["happened_at"] >= dawn) & (visits["happened_at"] < night)],
        tasks=tasks,
        consents=consents.assign(withdrawn_on=local_days(consents["withdrawn_at"], time_zone)),
    )


def opted_out(known: Known, today: date) -> set[str]:
    """Return the subjects who want no contact by now, also where the day shown is past."""
    binding = [
        row["participant_id"] for row in known.consents.to_dict("records") if binds_on(row, today)
    ]
    people = known.people
    return set(people.loc[people["participant_id"].isin(binding), "subject"])


def crew_ids(known: Known, members: str) -> tuple[str, ...]:
    """Return those of a shift's members who are recorded as staff."""
    there = known.staff["name"].isin(names(members)) & known.staff["active"]
    return tuple(known.staff.loc[there, "staff_id"])


def whom_of(known: Known, participant_id: str, allowed: Allowed) -> dict[str, Any]:
    """Return what is known of a participant whom a stop visits, as fields of TodayStop."""
    row = known.people[known.people["participant_id"] == participant_id].iloc[0]
    wish = known.wishes[known.wishes["participant_id"] == participant_id].to_dict("records")
    language = _text(wish[0]["language"]) if wish else None
    places = known.places[known.places["participant_id"] == participant_id]
    places = places[places["ended_on"].isna()].sort_values("last_seen_on", ascending=False)
    told = {
        "barred": allowed.why,
        "no_police": allowed.no_police,
        "from": allowed.visit_from_local,
        "until": allowed.visit_until_local,
        "with": allowed.with_staff,
        "meet": allowed.address,
        "language": language,
    }
    return {
        "participant_id": participant_id,
        "name": row["name"] or None,
        "phone": _text(row["phone"]),
        "limits": tuple(
            Limit(kind, "" if value is True else str(value))
            for kind, value in told.items()
            if value
        ),
        "usual": tuple(
            Spot(_text(place.address), place.lon, place.lat, place.last_seen_on)
            for place in each(places.head(MOST_PLACES))
        ),
    }


def stop_of(
    stop: Any, whom: Mapping[str, Any] | None, known: Known, near: Collection[Near]
) -> TodayStop:
    """Return one stop.

    Needs    stop    a row of STOPS and CANDIDATES, and ``whose``: its subject as known now
             whom    as whom_of; None: nobody enrolled
    """
    subject = log_subject(stop)
    done = _done(stop, subject, whom, known)
    found = dict(whom or {})
    found["limits"] = _limits(stop, found.get("limits", ()), done is not None)
    return TodayStop(
        candidate_id=str(stop.candidate_id),
        order=int(stop.order),
        kind=str(stop.kind),
        place=str(stop.label),
        lon=float(stop.lon),
        lat=float(stop.lat),
        arrive_at=stop.arrive_at,
        start_at=stop.start_at,
        leave_at=stop.leave_at,
        travel_s=float(stop.travel_s),
        need=str(stop.need),
        mode=str(stop.response_mode),
        mode_why=_mode_why(stop, found["limits"]),
        reason=str(stop.reason),
        subject=subject,
        task_id=_text(stop.task_id),
        near=tuple(near),
        done=done,
        **found,
    )


def log_subject(stop: Any) -> str:
    """Return as what the log keeps a visit at a stop: its subject, else the spot."""
    if stop.kind in OF_NOBODY:
        return to_text(int(fine_cells([stop.lon], [stop.lat])[0]))
    return str(stop.subject)


def _limits(stop: Any, own: Collection[Limit], done: bool) -> tuple[Limit, ...]:
    """Return what binds at a stop: what is asked for now, and what the plan was made by."""
    told = {one.kind: one for one in own if not (done and one.kind == "barred")}
    planned = {
        "no_police": "" if stop.no_police else None,
        "with": _text(stop.with_staff),
        "preferred": None if "with" in told else _text(stop.preferred_staff),
        "language": _text(stop.language),
        "fixed": "" if stop.must else None,
        "two": str(stop.people_needed) if stop.people_needed > 1 else None,
    }
    for kind, value in planned.items():
        if value is not None:
            told.setdefault(kind, Limit(kind, value))
    return tuple(told[kind] for kind in LIMITS if kind in told)


def _mode_why(stop: Any, limits: Collection[Limit]) -> str:
    if stop.response_mode == "co_response":
        return "safety"
    if any(one.kind == "no_police" for one in limits):
        return "no_police"
    return "task" if stop.response_mode in ("notification", "phone") else "usual"


def _done(stop: Any, subject: str, whom: Mapping[str, Any] | None, known: Known) -> Done | None:
    """Return what was logged for a stop on its day, if anything was."""
    visits = known.visits
    mine = visits["subject"].isin([subject, stop.whose])
    if whom is not None:
        mine |= visits["participant_id"] == whom["participant_id"]
    if mine.any():
        last = visits[mine].sort_values("happened_at").iloc[-1]
        return Done(str(last["visit_id"]), str(last["outcome"]), last["happened_at"])
    closed = known.tasks[known.tasks["task_id"] == stop.task_id]
    if len(closed):
        return Done(None, None, closed.iloc[0]["closed_at"])
    return None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None
