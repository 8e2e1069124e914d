"""People who call again and again, and places that calls come from, as possible visits."""

from collections.abc import Mapping

import pandas as pd

from outreach.config import PlanParams
from outreach.geo import distance_m
from outreach.people.expected import NEXT_WEEKS
from outreach.plan.found import Found
from outreach.plan.rules import NOTHING, SAME_DOOR_M, Rule, at_spot, doors_at, joined
from outreach.plan.visit_rows import (
    NO_PLACE,
    UNSAFE,
    Bar,
    Row,
    Told,
    Visit,
    address_of,
    barred_by,
    visit_row,
)

SAME_DOOR_SHARE = 0.5  # of a place's calls made by listed people: then they are the place
NO_MEETING = {
    "facility": "The usual place is a building where calls collect; where to meet is not known.",
    "default_geocode": "The usual place is a point where calls without an exact place are put.",
}
Rules = Mapping[str, Rule]  # by subject


def weekly_prize(place: Told) -> float:
    """Return the calls a week to expect from a place."""
    return float(place["expected_calls"]) / NEXT_WEEKS


def unsafe_doors(found: Found) -> set[str]:
    """Return place_id of the doors at which nobody may call unasked."""
    shut = (frame.loc[~frame["home_visit"], "place_id"] for frame in (found.places, found.persons))
    return {door for doors in shut for door in doors.dropna()}


def unmet(kinds: Mapping[str, str], place_id: object) -> Bar | None:
    """Return why nobody can be met at a point where calls collect."""
    why = NO_MEETING.get(kinds.get(str(place_id), "place"))
    return Bar(why, "unknown_place") if why else None


def people(found: Found, rules: Rules, params: PlanParams) -> list[Row]:
    """Return the people listed, each where they call from or where they said they want to meet."""
    kinds = dict(zip(found.places["place_id"], found.places["kind"], strict=True))
    shut, doors, rows = unsafe_doors(found), found.doors, []
    for person in found.persons.to_dict("records"):
        own = rules.get(person["person_id"], NOTHING)
        known = not (pd.isna(person["place_id"]) or pd.isna(person["lon"]))
        there = rules.get(person["place_id"], NOTHING) if known else NOTHING
        where, bar = person, None if person["home_visit"] else UNSAFE
        if own.spots:
            spot, *_ = own.spots
            where = dict(zip(("lon", "lat", "address"), spot, strict=True))
            there = at_spot(rules, doors, spot)
            bar = bar or (UNSAFE if shut.intersection(doors_at(doors, *spot[:2])) else None)
        else:
            bar = bar or (unmet(kinds, person["place_id"]) if known else NO_PLACE)
        rule = joined(own, there.told_of("Where they would be met"))
        visit = Visit(
            kind="person",
            key=person["person_id"],
            subject=person["person_id"],
            lon=where["lon"],
            lat=where["lat"],
            label=address_of(where),
            need=person["top_need"],
            prize=person["weekly_rate"],
            service_min=params.person_visit_min,
            reason=str(person["reason"]).rstrip(". "),
            hours=(params.visits_from, params.visits_until),
            safety_share=person["safety_share"],
        )
        rows.append(visit_row(visit, rule, barred_by(own, rule) or bar))
    return rows


def places(found: Found, rules: Rules, params: PlanParams) -> list[Row]:
    """Return places that are no listed person's own door; what binds someone there binds here.

    A place where listed people live counts without their share of its calls, and is of one group
    with the one who calls most: a visit serves both.
    """
    persons, shut = found.persons, unsafe_doors(found)
    living = {str(key): group for key, group in persons.groupby("place_id")}
    calling = found.callers.groupby("place_id")["person_id"].agg(list).to_dict()
    rows: list[Row] = []
    for place in found.places[found.places["kind"] == "place"].to_dict("records"):
        key = place["place_id"]
        here = living.get(key, persons.iloc[:0])
        if len(here) and here["calls"].sum() >= SAME_DOOR_SHARE * place["calls"]:
            continue
        whose = sorted({*here["person_id"], *calling.get(key, ())})
        callers = [rules.get(one, NOTHING).told_of("Someone who calls from there") for one in whose]
        own = rules.get(key, NOTHING)
        rule = joined(own, *callers)
        bar = barred_by(own, rule) or (UNSAFE if key in shut else None)
        others = max(0.0, 1 - here["weekly_rate"].sum() / max(place["weekly_rate"], 1e-9))
        visit = Visit(
            kind="place",
            key=key,
            subject=key,
            lon=place["lon"],
            lat=place["lat"],
            label=address_of(place),
            need=place["top_need"],
            prize=weekly_prize(place) * others,
            service_min=params.place_visit_min,
            reason=str(place["reason"]).rstrip(". "),
            hours=(params.visits_from, params.visits_until),
            safety_share=place["safety_share"],
            group=next(iter(here.sort_values("weekly_rate", ascending=False)["person_id"]), key),
        )
        row = visit_row(visit, rule, bar or elsewhere(rule, place))
        rows.append(_without_place(row, rows) if row["barred"] else row)
    return rows


def _without_place(row: Row, others: list[Row]) -> Row:
    """Return a barred place under a number, for its id is a point."""
    number = f"withheld {sum(other['barred'] is not None for other in others) + 1}"
    return row | {
        "subject": number,
        "visit_group": number,
        "candidate_id": f"place:{number}",
    }


def elsewhere(rule: Rule, where: Told) -> Bar | None:
    """Return why somebody who calls from a point is not to be met there, if so."""
    for lon, lat, _ in rule.spots:
        if distance_m(lon, lat, where["lon"], where["lat"]) > SAME_DOOR_M:
            return Bar("Someone who calls from there asked to be met elsewhere.", "consent")
    return None
