"""What a plan's stops must keep whatever the streets say: read by ``plan.checker`` alone.

Shares no code with the making of plans: it reads the plan's own tables and adds up again.
"""

import re
from datetime import time, timedelta
from typing import Any

import pandas as pd

from outreach.geo import distance_m
from outreach.plan.document import Plan
from outreach.plan_schemas import KNOWN_KINDS
from outreach.weeks import DAY_NAMES, at_local

SAME_SPOT_M = 1.0
ROLES = "caseworker|clinician|peer|officer"
SLACK_S = 1.0  # visits are planned in whole seconds, rounded up


def identity(plan: Plan) -> list[str]:
    """Return where tables name what is not there, or disagree about a stop's team and day."""
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
    return found + [f"{s.candidate_id}: team or day is not that of its shift" for s in rows(wrong)]


def everyone_once(plan: Plan) -> list[str]:
    """Return who is not told exactly once, as a stop or left out, and with a reason."""
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
        *(f"stop {s.candidate_id} has no reason" for s in rows(plan.stops) if not s.why.strip()),
        *(
            f"{s.candidate_id} is left out without a reason"
            for s in rows(plan.left_out)
            if not s.why.strip()
        ),
    ]


def who_goes(plan: Plan) -> list[str]:
    """Return which stops are made by people who may not, or lack what the visit takes."""
    found = []
    for stop in rows(stops_in_full(plan)):
        everybody, trained = _roles(stop.members)
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
        if len(trained) < stop.people_needed:
            found.append(f"{stop.candidate_id}: takes {stop.people_needed} who are trained")
        free = stop.seats - len(everybody) if stop.travel == "drive" else 0
        if stop.seats_needed > max(free, 0):
            found.append(f"{stop.candidate_id}: too few free seats for whom it takes along")
        if not _speak(stop.language, stop.languages):
            found.append(f"{stop.candidate_id}: nobody trained speaks {stop.language}")
    return found


def crews(plan: Plan) -> list[str]:
    """Return which cars hold too few seats for their team."""
    return [
        f"{shift.shift_id}: more people than seats"
        for shift in rows(plan.shifts[plan.shifts["travel"] == "drive"])
        if len(_roles(shift.members)[0]) > shift.seats
    ]


def hours_and_service(plan: Plan) -> list[str]:
    """Return which visits lie outside their hours and days, or are not as long as they should."""
    found = []
    for stop in rows(stops_in_full(plan)):
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


def gaps(plan: Plan) -> list[str]:
    """Return which visits of one group lie too near to each other; appointments may."""
    stops = stops_in_full(plan)[["candidate_id", "visit_group", "gap_days", "day", "must"]]
    pairs = stops.merge(stops, on="visit_group", suffixes=("", "_of_other"))
    return [
        f"{pair.candidate_id} and {pair.candidate_id_of_other}: too near in days"
        for pair in rows(pairs[pairs["candidate_id"] < pairs["candidate_id_of_other"]])
        if not (pair.must and pair.must_of_other)
        and abs((pair.day - pair.day_of_other).days) < max(pair.gap_days, pair.gap_days_of_other)
    ]


def appointments(plan: Plan) -> list[str]:
    """Return which appointments are not in the plan although nothing bars them."""
    due = plan.candidates[plan.candidates["must"] & plan.candidates["barred"].isna()]
    missing = due[~due["candidate_id"].isin(plan.stops["candidate_id"])]
    return [f"{one}: an appointment is not in the plan" for one in missing["candidate_id"]]


def kept_share(plan: Plan) -> list[str]:
    """Return which shifts give too much time to others than people known already."""
    unlike = plan.candidates[plan.candidates["known"] != plan.candidates["kind"].isin(KNOWN_KINDS)]
    found = [f"{one}: its kind does not tell it known or not" for one in unlike["candidate_id"]]
    stops = stops_in_full(plan)
    stops = stops[~stops["known"].astype(bool)]
    for shift in rows(plan.shifts):
        here = stops[stops["shift_id"] == shift.shift_id]
        taken = float((here["leave_at"] - here["start_at"]).dt.total_seconds().sum())
        whole = (shift.end_at - shift.start_at).total_seconds() - shift.pause_s
        if taken > (1 - plan.known_share) * whole + SLACK_S:
            share = f"{plan.known_share:.0%}"
            found.append(f"{shift.shift_id}: less than {share} is kept for people known already")
    return found


def changes(plan: Plan) -> list[str]:
    """Return which pins and forbids of a lead do not hold."""
    found = []
    stops = plan.stops.set_index("candidate_id")
    for change in rows(plan.changes):
        name = change.candidate_id
        planned = name in stops.index
        if change.change == "forbid" and planned:
            found.append(f"{name}: planned although {change.made_by} took it out")
        if change.change == "pin" and not planned:
            found.append(f"{name}: not planned although {change.made_by} pinned it")
        if change.change == "pin" and planned:
            stop = stops.loc[name]
            if pd.notna(change.shift_id) and stop["shift_id"] != change.shift_id:
                found.append(f"{name}: not in {change.shift_id}, to which it is pinned")
            if pd.notna(change.start_at) and stop["start_at"] != change.start_at:
                found.append(f"{name}: does not start when it is pinned to")
    return found


def limits_kept(plan: Plan, limits: pd.DataFrame | None) -> list[str]:
    """Return which stops are against LIMITS."""
    if limits is None:
        return []
    both = stops_in_full(plan).merge(limits, on="subject")
    return [
        f"{s.candidate_id}: planned against {s.rule}"
        for s in rows(both)
        if (s.rule != "no_police" or s.has_officer) and (pd.isna(s.until) or s.until >= s.day)
    ]


def contact_kept(plan: Plan, contact: pd.DataFrame | None) -> list[str]:
    """Return which stops are against CONTACT_RULES."""
    if contact is None:
        return []
    found = []
    for stop in rows(stops_in_full(plan).merge(contact, on="subject", suffixes=("", "_asked"))):
        broken = {
            "the day, which is barred": str(stop.day) in stop.barred_days.split(),
            "the wish for no police": stop.no_police_asked and stop.has_officer,
            "the hours asked for": _outside(stop, plan.time_zone),
            "the worker asked for": not _goes(stop.with_staff_asked, stop.members),
            "the language asked for": not _speak(stop.language_asked, stop.languages),
            "the place asked for": _away_m(stop) > SAME_SPOT_M,
        }
        found += [f"{stop.candidate_id}: planned against {what}" for what in broken if broken[what]]
    return found


def _speak(language: Any, languages: str) -> bool:
    return pd.isna(language) or language in languages.split()


def stops_in_full(plan: Plan) -> pd.DataFrame:
    """Return the stops with what their candidates ask for and who makes them."""
    who = ["shift_id", "members", "has_officer", "travel", "seats", "languages"]
    return plan.stops.merge(plan.candidates, on="candidate_id").merge(plan.shifts[who])


def rows(frame: pd.DataFrame) -> list[Any]:
    """Return the rows one by one."""
    return list(frame.itertuples(index=False))


def _roles(members: str) -> tuple[list[str], list[str]]:
    """Return the roles of all members, and of those who are not in training."""
    everybody = re.findall(rf"\(({ROLES})(?:, in training)?\)(?:, |$)", members)
    return everybody, re.findall(rf"\(({ROLES})\)(?:, |$)", members)


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
