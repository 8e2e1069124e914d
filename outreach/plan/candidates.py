"""Who and what could be visited this week, each with its need and its reason.

Need is the expected calls for help a week, of a door or of an area; nothing here scores a person.
What binds is decided here, once: a barred candidate is told with its reason and never reaches the
solver (safeguard 3, duties 6, 11 and 32).
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, time
from math import ceil
from typing import Any

import numpy as np
import pandas as pd

from outreach.cells import centre, from_text, parents, resolution_of, ring, to_text
from outreach.columns import check, empty
from outreach.config import PlanParams
from outreach.geo import distance_m
from outreach.plan.rules import NOTHING, SAME_DOOR_M, Rule, at_spot, binding, joined
from outreach.plan_schemas import CANDIDATES

OFFICER_FROM_SHARE = 0.5  # of a door's calls whose type is a safety concern (duty 5)
SAME_DOOR_SHARE = 0.5  # of a place's calls made by listed people: then they are the place
NO_MEETING = {
    "facility": "The usual place is a building where calls collect; where to meet is not known.",
    "default_geocode": "The usual place is a point where calls without an exact place are put.",
}
Row = dict[str, Any]
Found = Mapping[Any, Any]  # a row of the tables that come in
Rules = Mapping[str, Rule]  # by subject


def candidates(
    persons: pd.DataFrame,
    places: pd.DataFrame,
    rates: pd.DataFrame,
    limits: pd.DataFrame,
    contact: pd.DataFrame,
    *,
    monday: date,
    params: PlanParams,
    callers: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """List people, places, areas and exploration walks for a week, the greatest need first.

    A person and the place they call from are one door: the place gives way where listed people
    made at least half of its calls, and else counts without theirs. Facilities and default
    geocodes are no candidates. An area counts the calls that no listed door accounts for, times
    the assumed share that a walk reaches. The exploration share is drawn by lot, from the seed
    and the week, among areas with few calls beside areas with calls. Barred candidates take no
    room among ``max_candidates``, and their rows do not tell where they are: a place's id is a
    point, so a barred place gets a number instead (safeguard 7).

    What binds a person binds the place they call from too; what binds a place, whoever is met
    there. Somebody who said where they want to meet is visited there and nowhere else.

    Needs    PERSONS, PLACES, CELL_RATES (every cell of the study area), LIMITS, CONTACT_RULES
             callers    person_id, place_id: others who call from a place, for what binds them
    Adds     CANDIDATES; barred ones after the others, exploration last in the order of the draw
    """
    rules = binding(contact, limits, _known_doors(persons, places), monday)
    others = persons[["person_id", "place_id"]].iloc[:0] if callers is None else callers
    doors = [
        *_people(persons, places, rules, params),
        *_places(persons, places, others, rules, params),
    ]
    unlisted = _unlisted(persons, places, rates)
    barred = [row for row in doors if row["barred"] is not None]
    free = [row for row in doors if row["barred"] is None]
    free += _areas(rates, unlisted, params)
    free.sort(key=lambda row: (-row["prize"], row["candidate_id"]))
    extra = _exploration_size(len(free), params)
    kept = free[: params.max_candidates - extra]
    drawn = _exploration(rates, unlisted, {row["subject"] for row in kept}, monday, params)
    rows = [*kept, *barred, *drawn[:extra]]
    if not rows:
        return empty(CANDIDATES)
    frame = pd.DataFrame(rows)[list(CANDIDATES.columns)]
    dtypes = {"text": "str", "float": "float64", "bool": "bool"}
    return check(
        frame.astype({name: dtypes[c.kind] for name, c in CANDIDATES.columns.items()}), CANDIDATES
    )


def _known_doors(persons: pd.DataFrame, places: pd.DataFrame) -> set[str]:
    return {*places["place_id"], *persons["place_id"].dropna()}


def _people(
    persons: pd.DataFrame, places: pd.DataFrame, rules: Rules, params: PlanParams
) -> list[Row]:
    kinds = dict(zip(places["place_id"], places["kind"], strict=True))
    known_doors = _known_doors(persons, places)
    rows = []
    for person in persons.to_dict("records"):
        own = rules.get(person["person_id"], NOTHING)
        told, known = person, not (pd.isna(person["place_id"]) or pd.isna(person["lon"]))
        there = rules.get(person["place_id"], NOTHING) if known else NOTHING
        unmet = NO_MEETING.get(kinds.get(person["place_id"], "place"))
        if own.spots:
            spot, *_ = own.spots
            told = person | dict(zip(("lon", "lat", "address"), spot, strict=True))
            known, there, unmet = True, at_spot(rules, known_doors, spot), None
        rule = joined(own, there.told_of("Where they would be met"))
        barred = _barred(own) or _barred(rule) or _home(person)
        if not known:
            barred = barred or "No place is known where to meet."
        barred = barred or unmet
        found = told | {"subject": person["person_id"], "barred": barred}
        rows.append(_door("person", found, rule, params))
    return rows


def _places(
    persons: pd.DataFrame,
    places: pd.DataFrame,
    others: pd.DataFrame,
    rules: Rules,
    params: PlanParams,
) -> list[Row]:
    """Return places that are no listed person's own door; what binds someone there binds here."""
    living = {str(key): group for key, group in persons.groupby("place_id")}
    calling = others.groupby("place_id")["person_id"].agg(list).to_dict()
    rows: list[Row] = []
    for place in places[places["kind"] == "place"].to_dict("records"):
        here = living.get(place["place_id"], persons.iloc[:0])
        if len(here) and here["calls"].sum() >= SAME_DOOR_SHARE * place["calls"]:
            continue
        whose = {*here["person_id"], *calling.get(place["place_id"], ())}
        callers = [rules.get(person, NOTHING) for person in sorted(whose)]
        own = rules.get(place["place_id"], NOTHING)
        rule = joined(
            own,
            *(caller.told_of("Someone who calls from there") for caller in callers),
        )
        homes = (_home(row) for row in (place, *here.to_dict("records")))
        barred = _barred(own) or _barred(rule) or next(filter(None, homes), None)
        found = place | {"subject": place["place_id"], "barred": barred or _elsewhere(rule, place)}
        row = _door("place", found, rule, params)
        row["prize"] = max(0.0, row["prize"] - float(here["weekly_rate"].sum()))
        if row["barred"] is not None:
            row["subject"] = f"withheld {sum(r['barred'] is not None for r in rows) + 1}"
            row["candidate_id"] = f"place:{row['subject']}"
        rows.append(row)
    return rows


def _barred(rule: Rule) -> str | None:
    """Return why a door may not be visited at all, as far as its rule says so."""
    if rule.bars_all:
        return rule.reason
    if len(rule.staff) > 1:
        return f"Different workers were asked for: {', '.join(sorted(rule.staff))}."
    return None


def _home(row: Found) -> str | None:
    if row["home_visit"]:
        return None
    return "No visit at the door: it is not safe to call there unasked."


def _elsewhere(rule: Rule, place: Found) -> str | None:
    for lon, lat, _ in rule.spots:
        if distance_m(lon, lat, place["lon"], place["lat"]) > SAME_DOOR_M:
            return "Someone who calls from there asked to be met elsewhere."
    return None


def _door(kind: str, found: Found, rule: Rule, params: PlanParams) -> Row:
    """Return a person's or a place's row; ``found`` tells its subject and what bars it so far."""
    service_min = params.person_visit_min if kind == "person" else params.place_visit_min
    officer = found["safety_share"] >= OFFICER_FROM_SHARE
    opens, closes = max(params.visits_from, rule.opens), min(params.visits_until, rule.closes)
    barred = found["barred"]
    if officer and rule.no_police:
        barred = barred or "It needs an officer along, but no police was asked for."
    if _minutes(closes) - _minutes(opens) < service_min:
        barred = barred or _no_hours(rule, service_min, params)
    told = found["address"]
    address = told if isinstance(told, str) else "a spot without an address"
    return {
        "candidate_id": f"{kind}:{found['subject']}",
        "kind": kind,
        "subject": found["subject"],
        "label": "place not shown" if barred else address,
        "lon": np.nan if barred else found["lon"],
        "lat": np.nan if barred else found["lat"],
        "need": found["top_need"],
        "prize": float(found["weekly_rate"]),
        "service_min": service_min,
        "days": rule.open_days,
        "days_why": rule.reason,
        "window_from_local": f"{opens:%H:%M}",
        "window_until_local": f"{closes:%H:%M}",
        "with_staff": next(iter(sorted(rule.staff)), None),
        "response_mode": "co_response" if officer else "community",
        "no_police": rule.no_police,
        "barred": barred,
        "reason": _told(found, officer, "" if barred else rule.asked_for()),
    }


def _told(found: Found, officer: bool, asked_for: str) -> str:
    reason = str(found["reason"]).rstrip(". ")
    if officer:
        share = f"{found['safety_share']:.0%} of the calls named a safety concern"
        reason += f"; an officer goes along, as {share}"
    return f"{reason}; a visit {asked_for} was asked for." if asked_for else f"{reason}."


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _no_hours(rule: Rule, service_min: float, params: PlanParams) -> str:
    return (
        f"A visit of {service_min:g} min does not fit: it was asked for from "
        f"{rule.opens:%H:%M} to {rule.closes:%H:%M}, and teams visit from "
        f"{params.visits_from:%H:%M} to {params.visits_until:%H:%M}."
    )


def _unlisted(persons: pd.DataFrame, places: pd.DataFrame, rates: pd.DataFrame) -> pd.Series:
    """Return by cell the calls a week that no listed person or place accounts for, barred or not.

    At each door the listing that counts more stands for both, since they share calls. Calls at
    facilities and default geocodes are not in the rates of cells to begin with.
    """
    left = pd.Series(rates["weekly_rate"].to_numpy(float), index=rates["cell"].to_numpy(np.int64))
    by_place = places.set_index("place_id")["weekly_rate"].astype("float64")
    by_person = persons.groupby("place_id")["weekly_rate"].sum().astype("float64")
    doors = pd.concat([by_place, by_person]).groupby(level=0).max()
    doors = doors.drop(places.loc[places["kind"] != "place", "place_id"], errors="ignore")
    if left.empty or doors.empty:
        return left
    fine = np.array([from_text(str(door)) for door in doors.index], np.int64)
    taken = doors.groupby(parents(fine, resolution_of(int(left.index[0])))).sum()
    return left.sub(taken.reindex(left.index, fill_value=0.0)).clip(lower=0.0)


def _areas(rates: pd.DataFrame, unlisted: pd.Series, params: PlanParams) -> list[Row]:
    """Return walks of the areas with calls beyond the listed doors, at most as many as fit."""
    known = rates.assign(unlisted=unlisted.to_numpy(float))
    top = known[known["unlisted"] > 0].nlargest(params.max_candidates, "unlisted")
    return [
        _walk("cell", row, row["unlisted"] * params.walk_reach, params)
        | {
            "reason": f"{str(row['reason']).rstrip('. ')}; {row['unlisted']:.1f} a week come from "
            f"no listed door, and a walk is assumed to reach {params.walk_reach:.0%} of them."
        }
        for row in top.to_dict("records")
    ]


def _walk(kind: str, area: Found, prize: float, params: PlanParams) -> Row:
    text = to_text(area["cell"])
    lon, lat = centre(area["cell"])
    return {
        "candidate_id": f"{kind}:{text}",
        "kind": kind,
        "subject": text,
        "label": f"walk around {area.get('near') or f'cell {text}'}",
        "lon": lon,
        "lat": lat,
        "need": area["top_need"],
        "prize": float(prize),
        "service_min": params.cell_walk_min,
        "days": NOTHING.open_days,
        "days_why": "",
        "window_from_local": f"{params.walks_from:%H:%M}",
        "window_until_local": f"{params.walks_until:%H:%M}",
        "with_staff": None,
        "response_mode": "community",
        "no_police": False,
        "barred": None,
    }


def _exploration_size(others: int, params: PlanParams) -> int:
    """Return how many walks to draw so that they are the share of all that may be planned."""
    share = params.exploration_share
    if share == 1:
        return params.max_candidates
    asked = ceil(others * share / (1 - share) - 1e-9)
    return min(asked, ceil(params.max_candidates * share - 1e-9))


def _exploration(
    rates: pd.DataFrame,
    unlisted: pd.Series,
    taken: Collection[str],
    monday: date,
    params: PlanParams,
) -> list[Row]:
    """Return walks of areas with few calls in the order of a draw by seed and week.

    Few: at most the median rate of the areas with any call. Beside areas with calls, because a
    walk needs streets and people, and the study area reaches far into woods.
    """
    called = rates[rates["calls"] > 0]
    if called.empty:
        return []
    near = _around(called["cell"])
    few = rates[rates["weekly_rate"] <= called["weekly_rate"].median()]
    few = few[few["cell"].isin(near)].sort_values("cell")
    few = few[[to_text(cell) not in taken for cell in few["cell"]]]
    order = np.random.default_rng([params.seed, monday.toordinal()]).permutation(len(few))
    told = (
        f"drawn by lot for the week of {monday} among {len(few)} areas with few calls, so that "
        f"{params.exploration_share:.0%} of the stops go where few call."
    )
    return [
        _walk("exploration", row, unlisted[row["cell"]] * params.walk_reach, params)
        | {"reason": f"{_times(row['calls'])} in the whole record; {told}"}
        for row in few.iloc[order[: params.max_candidates]].to_dict("records")
    ]


def _around(cells: Iterable[int]) -> set[int]:
    return {int(near) for cell in cells for near in ring(int(cell))}


def _times(calls: int) -> str:
    return "1 call" if calls == 1 else f"{calls or 'No'} calls"
