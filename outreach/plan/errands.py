"""What is to be done beyond what the calls tell, as possible visits under the same rules.

A task never breaks a rule: whoever opted out, wants other hours or another place, is told as
barred with the reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time

import numpy as np
import pandas as pd

from outreach.config import PlanParams
from outreach.geo import distance_m
from outreach.people.nearby import WITHHELD_RADIUS_M, withheld
from outreach.plan.doors import Rules, elsewhere, unmet, unsafe_doors
from outreach.plan.found import Found
from outreach.plan.rules import NOTHING, Rule, doors_at, joined
from outreach.plan.visit_rows import (
    NO_PLACE,
    NOT_SHOWN,
    UNSAFE,
    Bar,
    Hours,
    Row,
    Told,
    Visit,
    address_of,
    barred_by,
    is_known,
    visit_row,
)

WITH_SOMEBODY = ("participant", "follow_up", "accompany", "notification")
# Columns of ERRANDS that candidates have too.
AS_TOLD = ("must", "people_needed", "seats_needed", "preferred_staff", "due_on", "task_id")
ELSEWHERE = Bar("They asked to be met elsewhere.", "consent")
NOWHERE = {"lon": np.nan, "lat": np.nan, "address": None}


@dataclass(frozen=True, eq=False)
class _Town:
    """What stands and binds around errands."""

    rules: Rules
    doors: frozenset[str]
    shut: set[str]  # doors at which nobody may call unasked
    persons: Mapping[str, Told]
    places: Mapping[str, Told]
    callers: Mapping[str, set[str]]  # by door: who calls from there


@dataclass(frozen=True, eq=False)
class _Errand:
    """One row of ERRANDS: whose it is, where it would be done, and what binds them."""

    row: Told
    own: Rule
    person: Told | None
    where: Told
    near: Sequence[str]  # doors within ten metres


def errand_visits(found: Found, rules: Rules, params: PlanParams, light: Hours) -> list[Row]:
    """Return errands as visits: of people, under their rules and those of where they are met.

    Whoever said where they want to meet is met there, of several possible places only there; an
    appointment elsewhere is barred. Without a place of its own a visit is made where the person
    calls from. A visit counts the person's calls besides, so that it wins over one for the calls
    alone. Whoever wants two visits a week has a second row.

    Needs    light    the hours of walks, for pickups
    """
    town = _town(found, rules)
    told = [_placed(row, town) for row in found.errands.to_dict("records")]
    told = [one for one in told if one.row["option"] == 1 or _has_own_place(one)]
    points = pd.DataFrame([one.where for one in told], columns=["lon", "lat"], dtype="float64")
    hidden = withheld(points, found.resources).tolist()
    rows = []
    for one, secret in zip(told, hidden, strict=True):
        rule = joined(one.own, *_there(one, town))
        bar = barred_by(one.own, rule) or _not_there(one, rule, town)
        bar = bar or (NOT_SHOWN if secret else None)
        rows.append(visit_row(_visit(one, town, params, light), rule, bar))
    wanted = {one.row["subject"] for one in told if one.row["visits"] > 1}
    return [*rows, *_second_visits(rows, wanted, params)]


def _town(found: Found, rules: Rules) -> _Town:
    callers: dict[str, set[str]] = {}
    pairs = pd.concat([f[["person_id", "place_id"]] for f in (found.persons, found.callers)])
    for person, door in pairs.dropna().itertuples(index=False):
        callers.setdefault(door, set()).add(person)
    return _Town(
        rules,
        found.doors,
        unsafe_doors(found),
        {row["person_id"]: row for row in found.persons.to_dict("records")},
        {row["place_id"]: row for row in found.places.to_dict("records")},
        callers,
    )


def _placed(row: Told, town: _Town) -> _Errand:
    own = town.rules.get(row["subject"], NOTHING)
    if isinstance(row["language"], str):
        own = replace(own, languages=own.languages | {row["language"]})
    person = town.persons.get(row["subject"])
    where: Told = NOWHERE
    if own.spots and not (_is_fixed(row) and is_known(row["lon"])):
        where = dict(zip(("lon", "lat", "address"), min(own.spots), strict=True))
    elif is_known(row["lon"]):
        where = row
    elif person is not None and is_known(person["lon"]):
        where = person
    near = doors_at(town.doors, where["lon"], where["lat"]) if is_known(where["lon"]) else []
    return _Errand(row, own, person, where, near)


def _is_fixed(row: Told) -> bool:
    """Tell whether an errand is done at its own place or not at all."""
    return bool(row["must"]) or row["kind"] == "added"


def _has_own_place(one: _Errand) -> bool:
    return one.where is one.row


def _there(one: _Errand, town: _Town) -> list[Rule]:
    """Return what binds where an errand would be done.

    A stop that a lead puts in at somebody's door is bound by whoever calls from there.
    """
    told = "Where they would be met" if is_known(one.row["subject"]) else "There"
    there = [town.rules.get(door, NOTHING).told_of(told) for door in one.near]
    if one.row["kind"] != "added":
        return there
    whose = sorted({who for door in one.near for who in town.callers.get(door, ())})
    callers = [town.rules.get(who, NOTHING) for who in whose if who != one.row["subject"]]
    return [*there, *(rule.told_of("Someone who calls from there") for rule in callers)]


def _not_there(one: _Errand, rule: Rule, town: _Town) -> Bar | None:
    """Return why an errand may not be done where it would be."""
    if not is_known(one.where["lon"]):
        return NO_PLACE
    if town.shut.intersection(one.near) or _at_unsafe_home(one):
        return UNSAFE
    if one.where is one.person:
        kinds = {door: place["kind"] for door, place in town.places.items()}
        return unmet(kinds, one.person["place_id"])
    if is_known(one.row["subject"]):
        return ELSEWHERE if elsewhere(one.own, one.where) else None
    return elsewhere(rule, one.where)


def _at_unsafe_home(one: _Errand) -> bool:
    """Tell whether somebody would be met where it is not safe to call on them.

    Two ways of placing one address may lie further apart than a door is wide, so it takes more
    than another point: elsewhere, such as in a park, they may be met.
    """
    home = one.person
    if home is None or home["home_visit"]:
        return False
    there = one.where["lon"], one.where["lat"], home["lon"], home["lat"]
    return not is_known(home["lon"]) or bool(distance_m(*there) <= WITHHELD_RADIUS_M)


def _visit(one: _Errand, town: _Town, params: PlanParams, light: Hours) -> Visit:
    row, person = one.row, one.person
    somebody = row["kind"] in WITH_SOMEBODY
    option = f":{row['option']}" if row["option"] > 1 else ""
    reason, prize, need = str(row["reason"]).rstrip(". "), row["prize"], row["need"]
    if somebody and person is not None:
        reason += f". {str(person['reason']).rstrip('. ')}"
        prize, need = prize + person["weekly_rate"], person["top_need"]
    return Visit(
        kind=row["kind"],
        key=f"{row['errand_id']}{option}",
        subject=row["subject"] if is_known(row["subject"]) else row["errand_id"],
        lon=one.where["lon"],
        lat=one.where["lat"],
        label=address_of(one.where),
        need=need,
        prize=prize,
        service_min=row["service_min"],
        reason=reason,
        hours=_hours(row, params, light),
        safety_share=_safety_share(one, town),
        days=row["days"].split(),
        days_why=_why_those_days(row),
        response_mode="notification" if row["kind"] == "notification" else "community",
        more={name: row[name] for name in AS_TOLD},
    )


def _safety_share(one: _Errand, town: _Town) -> float:
    """Return how many of the calls named a safety concern: the person's, else the door's."""
    if one.row["kind"] not in (*WITH_SOMEBODY, "added"):
        return 0.0
    if one.person is not None:
        return float(one.person["safety_share"])
    shares = [town.places[door]["safety_share"] for door in one.near if door in town.places]
    return float(max(shares, default=0.0))


def _hours(row: Told, params: PlanParams, light: Hours) -> Hours:
    opens, closes = params.visits_from, params.visits_until
    if row["kind"] == "sharps_pickup":
        opens, closes = light
    asked = [row["from_local"], row["until_local"]]
    begin, end = (time.fromisoformat(text) if isinstance(text, str) else None for text in asked)
    if row["must"] and begin and end:
        return begin, end
    return max(opens, begin or opens), min(closes, end or closes)


def _why_those_days(row: Told) -> str:
    due: date | None = row["due_on"] if is_known(row["due_on"]) else None
    if len(row["days"].split()) == 7:
        return ""
    if row["kind"] == "added":
        return "It was put in for that day."
    if due is None:
        return "On other days the last visit was too short ago."
    day = f"{due:%a} {due.day} {due:%b}"
    return f"The appointment is on {day}." if row["must"] else f"It is due on {day}."


def _second_visits(rows: Sequence[Row], wanted: set[str], params: PlanParams) -> list[Row]:
    """Return a second visit for whoever wants two, a gap after the first.

    The first is an appointment if there is one, else what counts most; of all others of the
    person none is made beside these two. Two appointments are two visits already.
    """
    more = []
    for subject in sorted(wanted):
        free = [r for r in rows if r["visit_group"] == subject and r["barred"] is None]
        visits = [row for row in free if row["kind"] == "participant"]
        appointments = [row for row in free if row["must"]]
        if not visits or len(appointments) > 1:
            continue
        first = max(appointments or free, key=lambda row: (row["prize"], row["candidate_id"]))
        first["gap_days"] = params.gap_days
        again = max(visits, key=lambda row: (row["prize"], row["candidate_id"]))
        changed = {
            "candidate_id": f"{again['candidate_id']}:second",
            "prize": min(again["prize"], params.wanted_worth),
            "gap_days": params.gap_days,
            "reason": f"A second visit in the week. {again['reason']}",
        }
        more.append(again | changed)
    return more
