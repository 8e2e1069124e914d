"""One shift of a published plan as those who drive it see it: stops, people, limits, help."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path

import pandas as pd

from outreach.config import load_city
from outreach.maps.elements import each
from outreach.maps.week import nearest_texts
from outreach.people.person_ids import resolve
from outreach.pipeline import audit_trail, contact
from outreach.pipeline.standing import as_it_may_be_shown, without
from outreach.pipeline.today_stops import (
    TodayStop,
    crew_ids,
    opted_out,
    read_known,
    stop_of,
    whom_of,
)
from outreach.plan.crews import names
from outreach.plan.document import Plan
from outreach.roles import Viewer, needs
from outreach.store.work import existing_work, open_work
from outreach.weeks import at_local, local_date, monday_of
from outreach.work_schemas import STAFF

LOOK = "stops of a shift"  # in the audit trail


@dataclass(frozen=True)
class TodayShift:
    """One shift: who goes when, the stops in order, and the pauses."""

    shift_id: str
    team: str
    day: date
    start_at: datetime
    end_at: datetime
    members: str
    staff_ids: tuple[str, ...]  # of the members who are recorded as staff
    start_base: str
    travel: str
    stops: tuple[TodayStop, ...]
    pauses: Mapping[int, tuple[datetime, datetime]]  # by the order of the stop they come before
    taken_out: int  # stops that may not be shown any more
    plan: Plan  # of this shift alone, as it may be shown


def plan_for(plans: Iterable[Plan], day: date) -> Plan | None:
    """Return the published plan that stands for a day.

    It is the newest that was published by then; where all came later, the first of them.
    """
    found = [
        plan
        for plan in plans
        if plan.status == "published" and plan.published_at and (plan.stops["day"] == day).any()
    ]
    found.sort(key=lambda plan: plan.number, reverse=True)
    for plan in found:
        if plan.published_at and local_date(plan.published_at, plan.time_zone) <= day:
            return plan
    return found[-1] if found else None


def next_day(plans: Collection[Plan], after: date) -> date | None:
    """Return the next day with stops of a published plan; None: none is known."""
    days = {day for plan in plans if plan.status == "published" for day in plan.stops["day"]}
    return min((day for day in days if day > after), default=None)


def shifts_on(plan: Plan | None, day: date) -> pd.DataFrame:
    """Return the shifts of a day that have stops: SHIFTS, in order of their teams."""
    if plan is None:
        return pd.DataFrame(columns=["shift_id", "team", "members"])
    going = plan.shifts["shift_id"].isin(plan.stops["shift_id"]) & (plan.shifts["day"] == day)
    return plan.shifts[going].sort_values(["team", "start_at"], ignore_index=True)


@needs("points")
def own_shift(folder: Path, shifts: pd.DataFrame, viewer: Viewer, *, name: str = "") -> str | None:
    """Return the shift on which somebody goes out, by their staff record or their name.

    Needs    shifts    SHIFTS of one day
             name      the one they gave where nobody logs in
    """
    called = {viewer.name, name} - {""}
    work = existing_work(folder)
    if viewer.staff_id is not None and work is not None:
        with work.reading() as rows:
            called |= set(rows.fetch(STAFF, staff_id=viewer.staff_id)["name"])
    for shift in each(shifts):
        if names(shift.members) & called:
            return str(shift.shift_id)
    return None


@needs("participants")
def open_shift(
    folder: Path,
    plan: Plan,
    shift_id: str,
    resources: pd.DataFrame,
    *,
    by: str,
    now: datetime,
    language: str = "en",
) -> TodayShift:
    """Return one shift of a published plan with whom it visits, and write down who looked.

    Whoever opted out since it was published is left out, and so is a place that may not be shown.
    What was logged on the day itself hides nothing: only what somebody does not want.

    Needs    resources    RESOURCES as they are known now
             language     in which help nearby is told
    """
    (whole,) = each(plan.shifts[plan.shifts["shift_id"] == shift_id])
    city, day = load_city(folder), whole.day
    before = min(now, at_local(day, time(0), plan.time_zone))
    shown = one_shift(as_it_may_be_shown(folder, plan, now=before), shift_id)
    with open_work(folder).reading() as rows:
        known = read_known(rows, plan.time_zone, day)
    gone = opted_out(known, local_date(now, plan.time_zone))
    subjects = resolve(shown.candidates, known.links, "subject").set_index("candidate_id")[
        "subject"
    ]
    of_gone = dict.fromkeys(subjects.index[subjects.isin(gone)], "Wants no contact by now.")
    shown = one_shift(without(shown, of_gone), shift_id)
    stops = shown.stops.merge(shown.candidates, on="candidate_id").sort_values("order")
    stops = stops.assign(whose=stops["candidate_id"].map(subjects))
    ids = known.people.drop_duplicates("subject").set_index("subject")["participant_id"]
    met = ids[ids.index.isin(stops["whose"])]
    audit_trail.saw(folder, met, LOOK, by=by, now=now)
    near = nearest_texts(shown, resources, language)
    rules = contact.what_is_known(folder, city, monday_of(day), now)
    noon = at_local(day, time(12), plan.time_zone)
    allowed = {one: contact.allowed_among(rules, city, one, noon) for one in met}
    of_people = {who: whom_of(known, one, allowed[one]) for who, one in met.items()}
    pauses = plan.pauses[plan.pauses["shift_id"] == shift_id]
    return TodayShift(
        shift_id=shift_id,
        team=str(whole.team),
        day=day,
        start_at=whole.start_at,
        end_at=whole.end_at,
        members=str(whole.members),
        staff_ids=crew_ids(known, whole.members),
        start_base=str(whole.start_base),
        travel=str(whole.travel),
        stops=tuple(
            stop_of(stop, of_people.get(stop.whose), known, near.get(str(stop.candidate_id), []))
            for stop in each(stops)
        ),
        pauses={int(row.order): (row.start_at, row.end_at) for row in each(pauses)},
        taken_out=int((plan.stops["shift_id"] == shift_id).sum()) - len(stops),
        plan=shown,
    )


def one_shift(plan: Plan, shift_id: str) -> Plan:
    """Return a plan with only one of its shifts, and only the candidates that it visits."""
    mine = {
        name: getattr(plan, name)[getattr(plan, name)["shift_id"] == shift_id]
        for name in ("shifts", "stops", "legs", "pauses")
    }
    visited = set(mine["stops"]["candidate_id"])
    candidates = plan.candidates[plan.candidates["candidate_id"].isin(visited)]
    nearest = plan.nearest[plan.nearest["stop_id"].isin(visited)]
    return replace(
        plan, **{name: table.reset_index(drop=True) for name, table in mine.items()},
        candidates=candidates.reset_index(drop=True), nearest=nearest.reset_index(drop=True),
        left_out=plan.left_out.iloc[:0], changes=plan.changes.iloc[:0],
    )  # fmt: skip
