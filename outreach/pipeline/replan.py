"""Planning a week again after a lead's changes, with as few other changes as possible."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from math import isfinite
from pathlib import Path
from typing import Any

import pandas as pd

from outreach.columns import check, empty
from outreach.config import City, load_city
from outreach.errors import InputError, PlanError
from outreach.pipeline.standing import barred_by
from outreach.pipeline.week import find_plan, keep_draft, with_limit
from outreach.pipeline.week_inputs import SOME_KINDS, Earlier, Inputs, Report, gather
from outreach.plan.compare import Figures, differences, figures
from outreach.plan.document import Plan
from outreach.plan.make import Order, make_plan
from outreach.plan.search import default_solver
from outreach.plan.solver import Watch
from outreach.plan_schemas import CANDIDATES, CHANGES, ERRANDS
from outreach.roles import needs
from outreach.store.work import new_id
from outreach.weeks import DAY_NAMES, local_date, parse_week, week_label

LONGEST_MIN = 8 * 60


@dataclass(frozen=True)
class Stop:
    """A stop that a lead puts in, by click or address."""

    label: str
    lon: float
    lat: float
    minutes: float
    day: date | None
    reason: str


@dataclass(frozen=True)
class Edits:
    """What a lead changes in one go; what was changed in earlier versions stays unless dropped."""

    pins: Mapping[str, str | None] = field(default_factory=dict)  # candidate_id: shift_id or any
    forbids: frozenset[str] = frozenset()  # candidate_id
    added: tuple[Stop, ...] = ()
    dropped: frozenset[str] = frozenset()  # candidate_id of changes and stops put in, taken back


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two versions of a week side by side."""

    differences: pd.DataFrame  # DIFFERENCES
    old: Figures
    new: Figures


@needs("manage")
def add_stop(
    label: str, lon: float, lat: float, *, minutes: float, day: date | None = None, reason: str
) -> Stop:
    """Return a stop to put in.

    Raises   InputError   it has no name, no reason, no place or no sensible length
    """
    if not label.strip() or not reason.strip():
        raise InputError("a stop that is put in needs an address and a reason; nothing was changed")
    if not (isfinite(lon) and isfinite(lat)):
        raise InputError(f"where {label} is, is not known; nothing was changed")
    if not 0 < minutes <= LONGEST_MIN:
        raise InputError(f"a visit cannot take {minutes:g} minutes; nothing was changed")
    return Stop(label.strip(), float(lon), float(lat), float(minutes), day, reason.strip())


@needs("manage")
def replan(
    folder: Path,
    week: str,
    number: int,
    edits: Edits,
    *,
    by: str,
    now: datetime,
    limit_s: float | None = None,
    report: Report = lambda _: None,
    watch: Watch | None = None,
) -> Plan:
    """Make the next version of a week from an earlier one, and keep it as a draft.

    Everything is read anew, so who goes out by now and what binds by now counts. Earlier changes
    stay unless they are dropped. Days before today are left out, and a shift of today that has
    begun keeps its stops.

    Raises   PlanError, StoreError   nobody is named, a change cannot be kept, or there is no such
                                     version; nothing was kept
    """
    if not by.strip():
        raise PlanError("a plan is changed by a person; name one")
    before = find_plan(folder, week, number)
    city = load_city(folder)
    city = with_limit(city, city.plan.replan_limit_s if limit_s is None else limit_s)
    added = _added(before, edits, city, parse_week(before.week))
    earlier = Earlier(added, before.stops["candidate_id"])
    inputs = gather(folder, city, before.week, now=now, earlier=earlier, report=report)
    inputs = _with_stops_under_way(inputs, now)
    changes, notes = changes_for(before, edits, inputs, by.strip(), now)
    made = make_plan(
        inputs.candidates,
        inputs.shifts,
        inputs.networks,
        order=Order(
            city=city,
            week=week_label(inputs.monday),
            made_at=now,
            as_of=inputs.as_of,
            changes=changes,
            added=added,
            previous=before,
        ),
        solver=default_solver(),
        report=report,
        watch=watch,
    )
    made = replace(made, notes=(*made.notes, *notes))
    return keep_draft(folder, inputs, made, did="planned again", who=by.strip(), report=report)


@needs("points")
def compare_plans(folder: Path, week: str, a: int, b: int) -> Comparison:
    """Return how version ``b`` of a week differs from version ``a``.

    Raises   StoreError   there is no such version
    """
    old, new = find_plan(folder, week, a), find_plan(folder, week, b)
    return Comparison(differences(old, new), figures(old), figures(new))


def _added(before: Plan, edits: Edits, city: City, monday: date) -> pd.DataFrame:
    """Return ERRANDS of the stops put in so far, without those taken back."""
    kept = before.added[~("added:" + before.added["errand_id"].astype("str")).isin(edits.dropped)]
    rows = [_errand(stop, city, monday) for stop in edits.added]
    if not rows:
        return kept.reset_index(drop=True)
    new = pd.DataFrame(rows)[list(ERRANDS.columns)]
    return check(pd.concat([kept, new] if len(kept) else [new], ignore_index=True), ERRANDS)


def _errand(stop: Stop, city: City, monday: date) -> dict[str, object]:
    days = DAY_NAMES if stop.day is None else (DAY_NAMES[stop.day.weekday()],)
    if stop.day is not None and week_label(stop.day) != week_label(monday):
        raise InputError(f"{stop.day} is no day of {week_label(monday)}; nothing was changed")
    nothing = ("subject", "task_id", "from_local", "until_local", "language", "preferred_staff")
    return {
        "errand_id": new_id(),
        "option": 1,
        "kind": "added",
        "lon": stop.lon,
        "lat": stop.lat,
        "address": stop.label,
        "need": "unknown",
        "prize": city.plan.added_worth,
        "service_min": stop.minutes,
        "days": " ".join(days),
        "must": False,
        "visits": 1,
        "people_needed": 1,
        "seats_needed": 0,
        "due_on": None,
        "reason": f"{stop.reason.rstrip('. ')}; put in by a lead.",
        **dict.fromkeys(nothing),
    }


def changes_for(
    before: Plan, edits: Edits, inputs: Inputs, by: str, now: datetime
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return CHANGES for the new version, and what is told of those that hold no more.

    That names no place: whom it is about may not want to be found.

    A new pin that cannot be kept is an error. An older one gives way to a rule that has come to
    bind since, and to days that are over.
    """
    new = {key: ("pin", shift) for key, shift in edits.pins.items()}
    new |= dict.fromkeys(edits.forbids, ("forbid", None))
    rows: list[dict[Any, Any]] = [
        _row(key, change, shift, by) for key, (change, shift) in sorted(new.items())
    ]
    kept = before.changes[before.changes["start_at"].isna()]
    kept = kept[~kept["candidate_id"].isin({*new, *edits.dropped})]
    shut, known = _shut(inputs, now), set(inputs.candidates["candidate_id"])
    notes = []
    for row in kept.to_dict("records"):
        why = None if row["candidate_id"] in known else "nothing is to be done there any more."
        why = shut.get(row["candidate_id"], why)
        if row["change"] == "pin" and _is_over(row["shift_id"], now, before.time_zone):
            continue
        if row["change"] == "pin" and why is not None:
            notes.append(f"A pin of {row['made_by']} holds no more: {why[:1].lower()}{why[1:]}")
            continue
        rows.append(row)
    asked = {str(row["candidate_id"]) for row in rows}
    under_way = _under_way(inputs, now, asked)
    rows = [row for row in rows if row["candidate_id"] not in under_way] + [*under_way.values()]
    if not rows:
        return empty(CHANGES), tuple(notes)
    frame = pd.DataFrame(rows)[list(CHANGES.columns)]
    frame["start_at"] = pd.to_datetime(frame["start_at"], utc=True).dt.as_unit("us")
    return check(frame, CHANGES), tuple(notes)


def _row(key: str, change: str, shift_id: str | None, by: str) -> dict[Any, Any]:
    told: dict[Any, Any] = {"candidate_id": key, "change": change, "shift_id": shift_id}
    return told | {"start_at": pd.NaT, "made_by": by}


def _is_over(shift_id: object, now: datetime, time_zone: str) -> bool:
    """Return whether a shift's day, by which its id begins, is past."""
    return isinstance(shift_id, str) and shift_id[:10] < local_date(now, time_zone).isoformat()


def _shut(inputs: Inputs, now: datetime) -> dict[str, str]:
    """Return why candidates may not be visited any more this week, by candidate_id.

    Days before today help nobody who opted out today.
    """
    over = (local_date(now, inputs.city.time_zone) - inputs.monday).days
    left = set(DAY_NAMES[max(over, 0) :] or DAY_NAMES)  # a week that is over is planned as it was
    candidates = inputs.candidates
    no_day = candidates["days"].map(lambda days: left.isdisjoint(days.split())).astype(bool)
    shut = candidates[candidates["barred"].notna() | no_day]
    told = shut["days_why"].where(shut["days_why"] != "", "No day is left.")
    why = shut["barred"].where(shut["barred"].notna(), told)
    return dict(zip(shut["candidate_id"], why, strict=True))


def _with_stops_under_way(inputs: Inputs, now: datetime) -> Inputs:
    """Return the inputs with those stops of shifts under way that are on no list any more.

    Lists change by the day; whom a team is on the way to is not taken off its sheet by that, but
    by a rule alone. A task that was closed, and a stop that was taken back, is not gone to.
    """
    stops = _begun(inputs, now)
    gone = stops[~stops["candidate_id"].isin(inputs.candidates["candidate_id"])]
    gone = gone[gone["kind"].isin(SOME_KINDS) | (gone["start_at"] <= now)]
    limits, contact = inputs.rules
    barred = barred_by(gone, contact, limits, inputs.monday)
    gone = gone.loc[~gone["candidate_id"].isin(list(barred)), list(CANDIDATES.columns)]
    if gone.empty:
        return inputs
    both = pd.concat([inputs.candidates, gone], ignore_index=True)
    return replace(inputs, candidates=check(both, CANDIDATES))


def _begun(inputs: Inputs, now: datetime) -> pd.DataFrame:
    """Return the published stops of today's shifts that have begun."""
    begun = inputs.shifts.loc[inputs.shifts["start_at"] <= now, "shift_id"]
    stops = inputs.standing
    today = stops["day"] == local_date(now, inputs.city.time_zone)
    return stops[today & stops["shift_id"].isin(begun)]


def _under_way(inputs: Inputs, now: datetime, asked: Collection[str]) -> dict[str, dict[Any, Any]]:
    """Return the stops of published shifts that have begun, as pins with their time.

    Not those whom a rule bars by now, those to come that a lead wants otherwise (``asked``), and
    those after which a shift made shorter would end too late: the way back is taken to be at most
    the longest way of that shift.
    """
    stops = _begun(inputs, now)
    today = DAY_NAMES[local_date(now, inputs.city.time_zone).weekday()]
    may = [today in days.split() for days in inputs.candidates["days"]]
    open_ones = set(inputs.candidates.loc[may, "candidate_id"]) - set(_shut(inputs, now))
    ends = dict(zip(inputs.shifts["shift_id"], inputs.shifts["end_at"], strict=True))
    back_s = stops.groupby("shift_id")["travel_s"].max().to_dict()
    found = {}
    for stop in stops[stops["candidate_id"].isin(open_ones)].to_dict("records"):
        key, shift = stop["candidate_id"], stop["shift_id"]
        back = stop["leave_at"] + timedelta(seconds=back_s[shift])
        in_time = ends[shift] >= min(stop["until"], back)
        if stop["start_at"] <= now or (in_time and key not in asked):
            pin = _row(key, "pin", shift, "the shift under way")
            found[key] = pin | {"start_at": stop["start_at"]}
    return found
