"""What a week would gain from more shifts."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from outreach.config import City, load_city
from outreach.errors import PlanError
from outreach.pipeline.replan import Edits, changes_for
from outreach.pipeline.roster import week_roster
from outreach.pipeline.week import find_plan, with_limit
from outreach.pipeline.week_inputs import NOTHING_EARLIER, Earlier, Report, gather
from outreach.plan.changes import start_routes
from outreach.plan.crews import Seat, names, seats
from outreach.plan.document import Plan
from outreach.plan.make import Order
from outreach.plan.rosters import SAID
from outreach.plan.scenario import Extra, curve
from outreach.plan.search import default_solver
from outreach.plan.shifts import week_shifts
from outreach.plan.solver import Watch
from outreach.roles import needs
from outreach.store import documents
from outreach.weeks import DAY_NAMES, week_label

HOURS = (0, 2, 4, 6, 8)


@needs("manage")
def what_if(
    folder: Path,
    week: str,
    shifts: pd.DataFrame,
    *,
    now: datetime,
    hours: Sequence[float] = HOURS,
    limit_s: float | None = None,
    report: Report = lambda _: None,
    watch: Watch | None = None,
) -> pd.DataFrame:
    """Return SCENARIO: need met by a week with each added shift so many hours long.

    The week is searched as it is known now, with the changes of its newest version; nothing is
    kept. Whoever would go is taken to be trained, and to be somebody else where they are out
    already.

    Needs    shifts   those added, in the columns SAID; when they end does not count
    Raises   PlanError   as ``make_week_plan``; no shift is added, or one cannot be so
    """
    if shifts.empty:
        raise PlanError("no shift is added, so there is nothing to compare")
    city = with_limit(load_city(folder), limit_s)
    before = _newest(folder, week)
    earlier = NOTHING_EARLIER
    if before is not None:
        earlier = Earlier(before.added, before.stops["candidate_id"])
    inputs = gather(folder, city, week, now=now, earlier=earlier, report=report)
    order = Order(city, week_label(inputs.monday), made_at=now, as_of=inputs.as_of)
    start = None
    if before is not None:
        changes, _ = changes_for(before, Edits(), inputs, before.city, now)
        order = Order(city, order.week, made_at=now, as_of=inputs.as_of, changes=changes)
        open_ones = inputs.candidates[inputs.candidates["barred"].isna()]
        start = start_routes(before, open_ones, inputs.shifts)
    extras = [
        _extra(city, inputs.monday, shifts, inputs.shifts, length) for length in hours if length > 0
    ]
    return curve(
        inputs.candidates,
        inputs.shifts,
        extras,
        inputs.networks,
        order=order,
        solver=default_solver(),
        start=start,
        report=report,
        watch=watch,
    )


@needs("manage")
def shift_like(folder: Path, week: str, *, team: str, day: str, start: str) -> pd.DataFrame:
    """Return one shift to add, in the columns SAID: a team's crew, on another day and hour.

    Raises   PlanError   the week has no such team, or there is no such day
    """
    roster = week_roster(folder, week)
    known = roster[roster["team"] == team]
    if known.empty:
        teams = ", ".join(sorted(set(roster["team"]))) or "none"
        raise PlanError(f"no team {team!r} goes out in that week; there are: {teams}")
    if day not in DAY_NAMES:
        raise PlanError(f"{day!r} is no day; write one of: {', '.join(DAY_NAMES)}")
    first: date = roster["day"].min()
    monday = first - timedelta(days=first.weekday())
    there = monday + timedelta(days=DAY_NAMES.index(day))
    shift = known.iloc[[0]].assign(day=[there], start_local=start)
    return shift[list(SAID)].reset_index(drop=True)


def _newest(folder: Path, week: str) -> Plan | None:
    return find_plan(folder, week) if documents.plan_versions(folder, week) else None


def _extra(
    city: City, monday: date, added: pd.DataFrame, out: pd.DataFrame, length: float
) -> Extra:
    """Return the added shifts so many hours long; their pause goes where it does not fit."""
    rows = [_lasting(row, length) for row in added.to_dict("records")]
    found = week_shifts(city, monday, pd.DataFrame(rows, columns=list(SAID)))
    spoken = out.drop_duplicates("team").set_index("team")["languages"]
    found = found.assign(
        shift_id=found["shift_id"] + " (added)",
        members=[_somebody(shift, out) for shift in found.itertuples()],
        languages=found["team"].map(spoken).fillna("").astype("str"),
    )
    told = [
        f"{row['team']} {row['day']:%a} {row['start_local']}–{row['end_local']}" for row in rows
    ]
    return Extra(length * len(rows), found, ", ".join(told))


def _lasting(row: dict[Any, Any], length: float) -> dict[Any, Any]:
    opens = time.fromisoformat(row["start_local"])
    begin = timedelta(hours=opens.hour, minutes=opens.minute)
    end = begin + timedelta(hours=length)
    if end >= timedelta(days=1):
        raise PlanError(f"a shift of {length:g} h from {row['start_local']} would end the next day")
    row = row | {"end_local": _clock(end)}
    if isinstance(row["pause_latest_local"], str):
        latest = time.fromisoformat(row["pause_latest_local"])
        over = timedelta(hours=latest.hour, minutes=latest.minute + row["pause_min"])
        if over > end or row["pause_earliest_local"] < row["start_local"]:
            row |= {"pause_earliest_local": None, "pause_latest_local": None, "pause_min": 0.0}
    return row


def _clock(since_midnight: timedelta) -> str:
    whole = int(since_midnight / timedelta(minutes=1))
    return f"{whole // 60:02d}:{whole % 60:02d}"


def _somebody(shift: Any, out: pd.DataFrame) -> str:
    """Return the members, those who are out at that time replaced by somebody of their role."""
    at = (out["start_at"] < shift.end_at) & (out["end_at"] > shift.start_at)
    busy = {name for members in out.loc[at, "members"] for name in names(members)}
    crew = seats(shift.members)
    return ", ".join(
        str(Seat(f"Another {seat.role} {n}", seat.role) if seat.name in busy else seat)
        for n, seat in enumerate(crew, start=1)
    )
