"""What is to be done in a week beyond what the calls tell: people and tasks due.

No sentence made here names anybody or repeats a note, for plans are shared.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from outreach.columns import check, empty
from outreach.config import ContactParams, PlanParams
from outreach.people.consent import (
    cap_is_full,
    local_days,
    newest,
    own_limits,
    subjects_of,
)
from outreach.people.rule_rows import week_days
from outreach.plan_schemas import ERRANDS
from outreach.weeks import DAY_NAMES, local_date

KIND_WORDS = {
    "follow_up": "Follow-up",
    "accompany": "Accompanying",
    "notification": "Notification",
    "sharps_pickup": "Needle pickup",
    "campaign": "Campaign stop at a business",
}
APART_DAYS = 7  # between visits to somebody who did not ask for two a week
_DTYPES = {"text": "str", "float": "float64", "int": "int64", "bool": "bool", "date": "object"}
Row = dict[str, Any]
Told = Mapping[Any, Any]
NOWHERE: Row = {"lon": None, "lat": None, "address": None}


@dataclass(frozen=True, eq=False)
class Work:
    """What the teams keep about people and tasks, each person under one id."""

    tasks: pd.DataFrame  # TASKS
    participants: pd.DataFrame  # PARTICIPANTS
    usual_places: pd.DataFrame  # USUAL_PLACES
    wishes: pd.DataFrame  # WISHES
    visits: pd.DataFrame  # VISITS
    visit_staff: pd.DataFrame  # VISIT_STAFF
    staff: pd.DataFrame  # STAFF
    planned: pd.DataFrame  # subject, day: stops of published plans other than the one to be made


@dataclass(frozen=True)
class Week:
    """The week that is planned, and when."""

    monday: date
    now: datetime
    time_zone: str

    @property
    def days(self) -> list[date]:
        """The seven days."""
        return week_days(self.monday)

    @property
    def today(self) -> date:
        """The day on the city's calendar."""
        return local_date(self.now, self.time_zone)

    @property
    def begins(self) -> date:
        """The first day that can still be planned."""
        return min(max(self.monday, self.today), self.days[-1])


def errands(work: Work, *, week: Week, plan: PlanParams, contact: ContactParams) -> pd.DataFrame:
    """List what is to be done for people and beside them in a week.

    Open tasks due by the end of the week, calls by phone left out. One with a fixed time on a day
    that is still to come is an appointment; one whose day is past may be done on any day and
    counts more. Active participants whom nobody has met for ``overdue_days`` are due; the others
    are wanted on days that leave a week since the last visit, or the usual gap where they asked
    for two a week. Two visits only where the cap leaves room for them.

    People have one row for each usual place, the last seen first; where they were seen longer ago
    a visit counts less, half with every ``place_ages_days`` more. The place where somebody wants
    to meet is the only one.

    Needs    TASKS and others of ``Work``; person_id is the linked id
    Adds     ERRANDS   tasks first
    """
    know = _known(work, week, plan, contact)
    waiting = work.tasks[(work.tasks["status"] == "open") & work.tasks["kind"].isin(KIND_WORDS)]
    waiting = waiting[[day <= week.days[-1] for day in waiting["due_on"]]]
    rows = [row for task in waiting.to_dict("records") for row in _task_rows(task, know)]
    rows = _within_cap(rows, know)
    active = work.participants[work.participants["status"] == "active"]
    rows += [row for one in active.to_dict("records") for row in _person_rows(one, know)]
    if not rows:
        return empty(ERRANDS)
    frame = pd.DataFrame(rows)[list(ERRANDS.columns)]
    return check(
        frame.astype({name: _DTYPES[c.kind] for name, c in ERRANDS.columns.items()}), ERRANDS
    )


@dataclass(frozen=True, eq=False)
class _Known:
    """What errands rest on, by participant or by subject."""

    week: Week
    plan: PlanParams
    contact: ContactParams
    subjects: Mapping[str, str]  # by participant_id
    cases: Mapping[str, Told]
    wishes: Mapping[str, Told]
    places: Mapping[str, Sequence[Told]]  # still usual, the last seen first
    workers: Mapping[str, str]  # names of those who work now
    went: Mapping[str, Sequence[str]]  # staff_ids by visit_id
    made: Mapping[str, Sequence[Told]]  # visits by subject, in order of time
    ahead: Mapping[str, Sequence[date]]  # days of planned stops by subject


def _known(work: Work, week: Week, plan: PlanParams, contact: ContactParams) -> _Known:
    people, staff = work.participants, work.staff
    subjects = dict(zip(people["participant_id"], subjects_of(people), strict=True))
    places: dict[str, list[Told]] = {}
    order = ["last_seen_on", "usual_place_id"]
    current = work.usual_places[work.usual_places["ended_on"].isna()]
    for row in current.sort_values(order, ascending=[False, True]).to_dict("records"):
        places.setdefault(row["participant_id"], []).append(row)
    working = staff[staff["active"].astype(bool)]
    went = work.visit_staff.groupby("visit_id")["staff_id"]
    ahead: dict[str, list[date]] = {}
    for subject, day in zip(work.planned["subject"], work.planned["day"], strict=True):
        ahead.setdefault(subjects.get(subject, subject), []).append(day)
    return _Known(
        week=week,
        plan=plan,
        contact=contact,
        subjects=subjects,
        cases={row["participant_id"]: row for row in people.to_dict("records")},
        wishes={row["participant_id"]: row for row in work.wishes.to_dict("records")},
        places=places,
        workers=dict(zip(working["staff_id"], working["name"], strict=True)),
        went={str(key): sorted(who) for key, who in went},
        made=_visits_made(work.visits, subjects, week),
        ahead=ahead,
    )


def _visits_made(
    visits: pd.DataFrame, subjects: Mapping[str, str], week: Week
) -> dict[str, list[Told]]:
    """Return visits known by now by subject, corrected ones once, each with its local day."""
    told = newest(visits[visits["recorded_at"] <= week.now])
    told = told.assign(day=local_days(told["happened_at"], week.time_zone))
    found: dict[str, list[Told]] = {}
    for row in told.sort_values(["happened_at", "visit_id"]).to_dict("records"):
        for subject in {subjects.get(row[n], row[n]) for n in ("participant_id", "subject")}:
            if isinstance(subject, str):
                found.setdefault(subject, []).append(row)
    return found


def _task_rows(task: Told, know: _Known) -> list[Row]:
    """Return a task's rows: one for each place where it could be done."""
    week, plan = know.week, know.plan
    fixed = _given(task["fixed_at"])
    day = local_date(fixed, week.time_zone) if fixed else task["due_on"]
    settled, late = fixed is not None and day >= week.begins, day < week.begins
    row = _person_columns(task["participant_id"], task["staff_id"], know) | {
        "errand_id": task["task_id"],
        "kind": task["kind"],
        "task_id": task["task_id"],
        "need": "quality_of_life" if task["kind"] == "sharps_pickup" else "unknown",
        "service_min": _minutes(task["kind"], plan),
        "days": _names([day] if settled else week.days if late else _up_to(day, week)),
        "must": bool(settled and fixed > week.now),
        "visits": 1,
        "people_needed": int(task["people_needed"]),
        "seats_needed": int(task["kind"] == "accompany"),
        "due_on": day,
        "reason": _task_reason(task, day, fixed if settled else None, week),
    }
    if settled:
        row |= _hours(fixed, row["service_min"], week.time_zone)
    own = {name: task[name] for name in NOWHERE} | {"share": 1.0}
    places = _places(task["participant_id"], know) if _given(task["lon"]) is None else [own]
    return _at_each(row, _worth(task["kind"], late, plan), places[:1] if settled else places)


def _given(value: Any) -> Any:
    missing: bool = pd.isna(value)
    return None if missing else value


def _minutes(kind: str, plan: PlanParams) -> float:
    return {"sharps_pickup": plan.pickup_min, "campaign": plan.campaign_min}.get(
        kind, plan.task_min
    )


def _worth(kind: str, late: bool, plan: PlanParams) -> float:
    task = plan.overdue_worth if late else plan.task_worth
    return {"sharps_pickup": plan.pickup_worth, "campaign": plan.campaign_worth}.get(kind, task)


def _up_to(day: date, week: Week) -> list[date]:
    return [one for one in week.days if one <= day]


def _names(days: Iterable[date]) -> str:
    return " ".join(DAY_NAMES[day.weekday()] for day in days)


def _hours(fixed: datetime, minutes: float, time_zone: str) -> Row:
    """Return the hours of an appointment: from its time until it is over, on the same day."""
    begin = fixed.astimezone(ZoneInfo(time_zone)).replace(tzinfo=None, second=0)
    end = min(begin + timedelta(minutes=minutes), begin.replace(hour=23, minute=59))
    return {"from_local": f"{begin:%H:%M}", "until_local": f"{end:%H:%M}"}


def _task_reason(task: Told, day: date, fixed: datetime | None, week: Week) -> str:
    kind = KIND_WORDS[task["kind"]]
    if fixed is not None:
        at = fixed.astimezone(ZoneInfo(week.time_zone))
        private = "; in private" if task["kind"] == "notification" else ""
        return f"{kind} fixed for {_day(day)}, {at:%H:%M}{private}."
    if day >= week.begins:
        return f"{kind} due on {_day(day)}."
    late = (week.today - day).days
    if late <= 0:
        return f"{kind} due on {_day(day)}, before this week."
    return f"{kind} due on {_day(day)}, {_counted(late, 'day')} overdue."


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _person_columns(participant_id: str | None, staff_id: str | None, know: _Known) -> Row:
    """Return whose an errand is, who should go and in which language; hours stay open."""
    who = participant_id or ""
    case, subject = know.cases.get(who, {}), know.subjects.get(who)
    language = know.wishes.get(who, {}).get("language")
    last = know.made.get(subject or "", [])[-1:]
    went = [one for visit in last for one in know.went.get(visit["visit_id"], ())]
    names = [know.workers.get(one or "") for one in (staff_id, case.get("staff_id"), *went)]
    return {
        "subject": subject,
        "language": language if isinstance(language, str) else None,
        "preferred_staff": next(filter(None, names), None),
        "from_local": None,
        "until_local": None,
    }


def _places(participant_id: str | None, know: _Known) -> list[Row]:
    """Return where somebody could be met, each with what a visit counts there."""
    usual = know.places.get(participant_id or "", [])
    asked = know.wishes.get(participant_id or "", {}).get("usual_place_id")
    usual = [place for place in usual if place["usual_place_id"] == asked] or usual
    if not usual:
        return [NOWHERE | {"share": 1.0}]
    newest_on = usual[0]["last_seen_on"]
    return [
        {name: place[name] for name in NOWHERE}
        | {
            "share": 0.5
            ** ((newest_on - place["last_seen_on"]).days / know.contact.place_ages_days)
        }
        for place in usual
    ]


def _at_each(row: Row, worth: float, places: Sequence[Row]) -> list[Row]:
    return [
        row
        | {name: place[name] for name in NOWHERE}
        | {"option": number, "prize": worth * place["share"]}
        for number, place in enumerate(places, 1)
    ]


def _person_rows(case: Told, know: _Known) -> list[Row]:
    """Return the visits due to an active participant, or wanted; none where met just before."""
    week, plan = know.week, know.plan
    subject = know.subjects[case["participant_id"]]
    asked = _given(know.wishes.get(case["participant_id"], {}).get("visits_a_week"))
    often = int(asked or 1)
    met = [visit["day"] for visit in know.made.get(subject, []) if _was_met(visit)]
    days = _far_enough([*met, *know.ahead.get(subject, [])], often, know)
    if not days:
        return []
    since = (week.begins - max(met, default=case["enrolled_on"])).days
    due = since >= know.contact.overdue_days
    both = often > 1 and _has_room(case, subject, know)
    row = _person_columns(case["participant_id"], None, know) | {
        "errand_id": case["participant_id"],
        "kind": "participant",
        "task_id": None,
        "need": "unknown",
        "service_min": plan.person_visit_min,
        "days": _names(days),
        "must": False,
        "visits": 2 if both else 1,
        "people_needed": 1,
        "seats_needed": 0,
        "due_on": None,
        "reason": _person_reason(since, bool(met), asked, week),
    }
    worth = plan.due_worth if due else plan.wanted_worth
    return _at_each(row, worth, _places(case["participant_id"], know))


def _was_met(visit: Told) -> bool:
    return bool(visit["stage"] != "contact_attempt")


def _far_enough(visits: Sequence[date], often: int, know: _Known) -> list[date]:
    """Return the days of the week far enough from visits made before and planned around."""
    apart = APART_DAYS if often == 1 else know.plan.gap_days
    return [
        day for day in know.week.days if all(abs((day - other).days) >= apart for other in visits)
    ]


def _has_room(case: Told, subject: str, know: _Known) -> bool:
    """Tell whether two visits in the week keep the cap, whatever their days."""
    own = own_limits(case, know.contact)
    near = timedelta(days=own.cap_days)
    first, last = know.week.days[0] - near, know.week.days[-1] + near
    visits = _contacts(subject, know)
    return own.cap_visits > 1 and not any(first < day < last for day in visits)


def _contacts(subject: str, know: _Known) -> list[date]:
    """Return the days on which somebody was visited or will be by other plans."""
    return [visit["day"] for visit in know.made.get(subject, [])] + [*know.ahead.get(subject, [])]


def _within_cap(rows: Sequence[Row], know: _Known) -> list[Row]:
    """Return errands in which no more appointments of one person must be kept than the cap lets.

    The later ones are made only if an earlier one is not (safeguard 4).
    """
    cases = {know.subjects[key]: case for key, case in know.cases.items()}
    kept: dict[str, list[date]] = {}
    told = []
    for row in sorted(rows, key=lambda row: (row["due_on"], row["from_local"] or "")):
        subject, must = row["subject"], row["must"]
        if must and subject is not None:
            others = kept.setdefault(subject, _contacts(subject, know))
            must = not cap_is_full(row["due_on"], others, own_limits(cases[subject], know.contact))
            others += [row["due_on"]] if must else []
        told.append(row | {"must": must})
    return told


def _person_reason(since: int, was_met: bool, asked: int | None, week: Week) -> str:
    wishes = {1: "Asked to be met every week; ", 2: "Asked to be met twice a week; "}
    told = f"not met for {_counted(since, 'day')} by {_day(week.begins)}."
    if not was_met:
        told = f"not met yet, {_counted(since, 'day')} after enrolment."
    return wishes[asked] + told if asked in wishes else told[0].upper() + told[1:]
