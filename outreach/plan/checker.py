"""Does a plan keep every rule? Reads the plan's own tables, and shares no code with its making.

The solver and the timetable may be wrong; this file adds up again what they say, from travel
times by street, the city's clocks and the candidates' and shifts' own words.
"""

import re
from collections.abc import Mapping
from datetime import time, timedelta
from typing import Any

import pandas as pd

from outreach.geo import distance_m
from outreach.plan.document import Plan
from outreach.plan.problem import Travel
from outreach.weeks import DAY_NAMES, at_local

ROUNDING_S = 1.0  # travel is planned in whole seconds, rounded up
SAME_SPOT_M = 1.0
ROLES = "caseworker|clinician|peer|officer"


def violations(
    plan: Plan,
    travel: Mapping[str, Travel],
    limits: pd.DataFrame | None = None,
    contact: pd.DataFrame | None = None,
) -> list[str]:
    """Return every rule the plan breaks, one sentence each; an empty list is a sound plan.

    Needs    travel   by mode; its points are the plan's candidates that are not barred, in
                      order, and then the base
             limits   LIMITS as they stand now, where they may have changed since
             contact  CONTACT_RULES of the plan's week as they stand now
    """
    found = [*_identity(plan), *_everyone_once(plan)]
    if found:  # times of unknown stops cannot be added up
        return found
    found += words_broken(plan)
    found += _pauses(plan)
    found += rules_broken(plan, limits, contact)
    for shift_id in plan.stops["shift_id"].unique():
        found += _route(plan, shift_id, travel)
    return found


def words_broken(plan: Plan) -> list[str]:
    """Return what stops break of what candidates and shifts say of who goes, when and how long."""
    return [*_who_goes(plan), *_hours_and_service(plan)]


def rules_broken(
    plan: Plan, limits: pd.DataFrame | None, contact: pd.DataFrame | None
) -> list[str]:
    """Return what stops break of LIMITS and CONTACT_RULES, whatever the candidates say.

    Held by each stop's own subject; rules of who calls from a place reach it by its candidate.
    """
    return [*_limits(plan, limits), *_contact(plan, contact)]


def _identity(plan: Plan) -> list[str]:
    found = []
    for name in ("stops", "legs", "pauses"):
        unknown = set(getattr(plan, name)["shift_id"]) - set(plan.shifts["shift_id"])
        found += [f"{name} name the unknown shift {shift}" for shift in sorted(unknown)]
    for name in ("stops", "left_out"):
        unknown = set(getattr(plan, name)["candidate_id"]) - set(plan.candidates["candidate_id"])
        found += [f"{name} name the unknown candidate {one}" for one in sorted(unknown)]
    for table, key in ((plan.shifts, "shift_id"), (plan.candidates, "candidate_id")):
        found += [f"{key} {one} occurs twice" for one in table.loc[table[key].duplicated(), key]]
    merged = plan.stops.merge(plan.shifts, on="shift_id", suffixes=("", "_of_shift"))
    wrong = merged[
        (merged["team"] != merged["team_of_shift"]) | (merged["day"] != merged["day_of_shift"])
    ]
    return found + [f"{s.candidate_id}: team or day is not that of its shift" for s in _rows(wrong)]


def _everyone_once(plan: Plan) -> list[str]:
    visits = plan.stops["candidate_id"]
    left = plan.left_out["candidate_id"]
    barred = plan.candidates.loc[plan.candidates["barred"].notna(), "candidate_id"]
    told = set(visits) | set(left)
    return [
        *(f"{one} is visited twice" for one in visits[visits.duplicated()].unique()),
        *(f"{one} is left out twice" for one in left[left.duplicated()].unique()),
        *(f"{one} is barred and yet planned" for one in sorted(set(visits) & set(barred))),
        *(f"{one} is both planned and left out" for one in sorted(set(visits) & set(left))),
        *(
            f"{one} is neither planned nor left out"
            for one in plan.candidates["candidate_id"]
            if one not in told
        ),
        *(f"stop {s.candidate_id} has no reason" for s in _rows(plan.stops) if not s.why.strip()),
        *(
            f"{s.candidate_id} is left out without a reason"
            for s in _rows(plan.left_out)
            if not s.why.strip()
        ),
    ]


def _who_goes(plan: Plan) -> list[str]:
    found = []
    for stop in _rows(_stops_in_full(plan)):
        trained = re.findall(rf"\(({ROLES})\)(?:, |$)", stop.members)  # no word for trainees
        officer = "(officer" in stop.members or stop.has_officer
        if stop.response_mode == "co_response":
            if not ("officer" in trained and set(trained) - {"officer"}):
                found.append(f"{stop.candidate_id}: co-response without the whole pair")
        elif officer:
            found.append(f"{stop.candidate_id}: an officer goes although no rule asks for one")
        elif not trained:
            found.append(f"{stop.candidate_id}: nobody whose training is complete goes")
        if not _goes(stop.with_staff, stop.members):
            found.append(f"{stop.candidate_id}: visited without the worker asked for")
        if stop.no_police and officer:
            found.append(f"{stop.candidate_id}: an officer goes although none is wanted")
    return found


def _hours_and_service(plan: Plan) -> list[str]:
    found = []
    for stop in _rows(_stops_in_full(plan)):
        opens, closes = (
            at_local(stop.day, time.fromisoformat(clock), plan.time_zone)
            for clock in (stop.window_from_local, stop.window_until_local)
        )
        if stop.start_at < opens or stop.leave_at > closes:
            found.append(f"{stop.candidate_id}: visited outside its hours")
        if DAY_NAMES[stop.day.weekday()] not in stop.days.split():
            found.append(f"{stop.candidate_id}: visited on a day on which no visit is allowed")
        if stop.start_at < stop.arrive_at:
            found.append(f"{stop.candidate_id}: starts before the team arrives")
        length = (stop.leave_at - stop.start_at) / timedelta(minutes=1)
        if not stop.service_min - 0.001 <= length < stop.service_min + 0.02:
            found.append(f"{stop.candidate_id}: the visit lasts {length:g} min instead")
    return found


def _pauses(plan: Plan) -> list[str]:
    found = []
    for shift in _rows(plan.shifts):
        taken = plan.pauses[plan.pauses["shift_id"] == shift.shift_id]
        visits = plan.stops[plan.stops["shift_id"] == shift.shift_id]
        due = int(shift.pause_s > 0 and len(visits) > 0)
        if len(taken) != due:
            found.append(f"{shift.shift_id}: {len(taken)} pauses instead of {due}")
        for pause in _rows(taken) if due else ():
            if not shift.pause_earliest <= pause.start_at <= shift.pause_latest:
                found.append(f"{shift.shift_id}: the pause starts outside its window")
            if (pause.end_at - pause.start_at) / timedelta(seconds=1) < shift.pause_s:
                found.append(f"{shift.shift_id}: the pause is too short")
            if pause.end_at > shift.end_at:
                found.append(f"{shift.shift_id}: the pause ends after the shift")
            during = (visits["start_at"] < pause.end_at) & (visits["leave_at"] > pause.start_at)
            before = int((visits["leave_at"] <= pause.start_at).sum())
            if during.any() or before != pause.order - 1:
                found.append(f"{shift.shift_id}: the pause runs into a visit")
    return found


def _limits(plan: Plan, limits: pd.DataFrame | None) -> list[str]:
    if limits is None:
        return []
    both = _stops_in_full(plan).merge(limits, on="subject")
    return [
        f"{s.candidate_id}: planned against {s.rule}"
        for s in _rows(both)
        if (s.rule != "no_police" or s.has_officer) and (pd.isna(s.until) or s.until >= s.day)
    ]


def _contact(plan: Plan, contact: pd.DataFrame | None) -> list[str]:
    if contact is None:
        return []
    found = []
    for stop in _rows(_stops_in_full(plan).merge(contact, on="subject", suffixes=("", "_asked"))):
        broken = {
            "the day, which is barred": str(stop.day) in stop.barred_days.split(),
            "the wish for no police": stop.no_police_asked and stop.has_officer,
            "the hours asked for": _outside(stop, plan.time_zone),
            "the worker asked for": not _goes(stop.with_staff_asked, stop.members),
            "the place asked for": _away_m(stop) > SAME_SPOT_M,
        }
        found += [f"{stop.candidate_id}: planned against {what}" for what in broken if broken[what]]
    return found


def _outside(stop: Any, time_zone: str) -> bool:
    opens, closes = (
        None if pd.isna(text) else at_local(stop.day, time.fromisoformat(text), time_zone)
        for text in (stop.visit_from_local, stop.visit_until_local)
    )
    early = opens is not None and stop.start_at < opens
    return early or (closes is not None and stop.leave_at > closes)


def _goes(with_staff: Any, members: str) -> bool:
    """Return whether the worker asked for, if any, is one of the members."""
    return pd.isna(with_staff) or f", {with_staff} (" in f", {members}"


def _away_m(stop: Any) -> float:
    """Return how far the stop is from where they want to meet; 0 where they did not say."""
    if pd.isna(stop.lon_asked):
        return 0.0
    return float(distance_m(stop.lon, stop.lat, stop.lon_asked, stop.lat_asked))


def _route(plan: Plan, shift_id: str, travel: Mapping[str, Travel]) -> list[str]:
    """Add one route up again along the streets."""
    shift = plan.shifts.set_index("shift_id").loc[shift_id]
    stops = plan.stops[plan.stops["shift_id"] == shift_id].sort_values("order")
    legs = plan.legs[plan.legs["shift_id"] == shift_id].sort_values("order")
    if stops["order"].tolist() != list(range(1, len(stops) + 1)):
        return [f"{shift_id}: stops are not numbered from 1"]
    if legs["order"].tolist() != list(range(1, len(stops) + 2)):
        return [f"{shift_id}: legs do not lead to each stop and back"]
    matrix = travel.get(str(shift["travel"]))
    if matrix is None:
        return [f"{shift_id}: no travel times for {shift['travel']}"]
    points = _points(plan, stops["candidate_id"].tolist())
    ends = [shift["start_at"], *stops["leave_at"]]
    starts = [*stops["arrive_at"], shift["end_at"]]
    rests = plan.pauses[plan.pauses["shift_id"] == shift_id]
    found = []
    for k, leg in enumerate(_rows(legs)):
        street_s = float(matrix.travel_s[points[k], points[k + 1]])
        street_m = float(matrix.distance_m[points[k], points[k + 1]])
        if not street_s <= leg.travel_s + 1e-6 < street_s + ROUNDING_S + 1e-6:
            found.append(f"{shift_id}: leg {k + 1} says {leg.travel_s:g} s, streets {street_s:g}")
        if abs(street_m - leg.distance_m) > 1:
            found.append(f"{shift_id}: leg {k + 1} says {leg.distance_m:g} m, streets {street_m:g}")
        if k < len(stops) and (leg.travel_s, leg.distance_m) != tuple(
            stops[["travel_s", "distance_m"]].iloc[k]
        ):
            found.append(f"{shift_id}: stop {k + 1} and its leg differ")
        paused = sum((_overlap(rest, ends[k], starts[k]) for rest in _rows(rests)), timedelta())
        if starts[k] - ends[k] - paused < timedelta(seconds=street_s - 1e-3):
            what = "the end of the shift" if k == len(stops) else f"stop {k + 1}"
            found.append(f"{shift_id}: too little time to reach {what}")
    return found


def _overlap(rest: Any, start: pd.Timestamp, end: pd.Timestamp) -> timedelta:
    shared: timedelta = min(rest.end_at, end) - max(rest.start_at, start)
    return max(timedelta(), shared)


def _points(plan: Plan, candidate_ids: list[str]) -> list[int]:
    open_ones = plan.candidates.loc[plan.candidates["barred"].isna(), "candidate_id"].tolist()
    base = len(open_ones)
    row = {candidate_id: i for i, candidate_id in enumerate(open_ones)}
    return [base, *(row[candidate_id] for candidate_id in candidate_ids), base]


def _stops_in_full(plan: Plan) -> pd.DataFrame:
    shifts = plan.shifts[["shift_id", "members", "has_officer"]]
    return plan.stops.merge(plan.candidates, on="candidate_id").merge(shifts, on="shift_id")


def _rows(frame: pd.DataFrame) -> list[Any]:
    return list(frame.itertuples(index=False))
