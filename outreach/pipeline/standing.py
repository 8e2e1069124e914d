"""A plan as it may still be shown: somebody may have opted out since (safeguards 3 and 7)."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from outreach.cells import fine_cells, to_text
from outreach.columns import check
from outreach.config import load_city
from outreach.link_schemas import PERSON_LINKS
from outreach.people.nearby import withheld
from outreach.people.person_ids import resolve
from outreach.pipeline.directory import whole_directory
from outreach.pipeline.week_inputs import what_binds
from outreach.plan.document import Plan
from outreach.plan.rules import at_spot, binding, joined
from outreach.plan_schemas import CANDIDATES, KNOWN_KINDS
from outreach.roles import needs
from outreach.store.work import open_work
from outreach.weeks import DAY_NAMES, local_date, parse_week

OF_DOORS = ("place", "added")


@needs("points")
def as_it_may_be_shown(folder: Path, plan: Plan, *, now: datetime) -> Plan:
    """Return a plan without the stops from today on that rules or a redacted site bar by now.

    They are told among those left out, without where they are. The ways to and from them go too;
    the numbers and times of the others stay.
    """
    today, monday = local_date(now, load_city(folder).time_zone), parse_week(plan.week)
    with open_work(folder).reading() as rows:
        links = rows.fetch(PERSON_LINKS)
    stops = plan.stops.merge(resolve(plan.candidates, links, "subject"), on="candidate_id")
    stops = stops[stops["kind"].isin(KNOWN_KINDS) & (stops["day"] >= today)]
    if stops.empty:
        return plan
    resources = whole_directory(folder)
    limits, contact = what_binds(folder, resources, monday, now=now)
    hidden = stops.loc[withheld(stops, resources), "candidate_id"]
    barred = dict.fromkeys(hidden, "The place may not be shown.")
    barred |= barred_by(stops, contact, limits, monday)
    told = {key: f"Taken out since the plan was made: {why}" for key, why in barred.items()}
    return without(plan, told)


def barred_by(
    stops: pd.DataFrame, contact: pd.DataFrame, limits: pd.DataFrame, monday: date
) -> dict[str, str]:
    """Return why stops are barred, by candidate_id: by their own rules, and those of their door.

    What a lead put in at a door is bound like the door itself.

    Needs    stops            STOPS and their CANDIDATES, of a week that begins on ``monday``
             contact, limits  CONTACT_RULES, LIMITS
    """
    stops = stops[stops["kind"].isin(KNOWN_KINDS)]
    if stops.empty:
        return {}
    doors = set(stops.loc[stops["kind"] == "place", "subject"])
    rules = binding(contact, limits, doors, monday)
    stops = stops.assign(door=[to_text(one) for one in fine_cells(stops["lon"], stops["lat"])])
    callers = stops[~stops["kind"].isin(OF_DOORS)]
    barred = {}
    for stop in stops.to_dict("records"):
        whom = [stop["subject"]]
        if stop["kind"] in OF_DOORS:
            whom += list(callers.loc[callers["door"] == stop["door"], "subject"])
        here = at_spot(rules, doors, (stop["lon"], stop["lat"], ""))
        rule = joined(*(rules[one] for one in whom if one in rules), here)
        if DAY_NAMES[stop["day"].weekday()] in rule.days:
            barred[stop["candidate_id"]] = rule.reason
        elif stop["response_mode"] == "co_response" and rule.no_police:
            barred[stop["candidate_id"]] = "No police was asked for, and an officer goes along."
    return barred


def without(plan: Plan, barred: dict[str, str]) -> Plan:
    """Return a plan without some stops and the ways to them; why, by candidate_id."""
    if not barred:
        return plan
    out = plan.stops["candidate_id"].isin(list(barred))
    gone = set(plan.stops.loc[out, ["shift_id", "order"]].itertuples(index=False, name=None))
    ways = zip(plan.legs["shift_id"], plan.legs["order"], strict=True)
    near = [(shift, n) in gone or (shift, n - 1) in gone for shift, n in ways]
    whose = plan.candidates["candidate_id"]
    hidden = whose.isin(list(barred))
    candidates = plan.candidates.assign(
        label=plan.candidates["label"].mask(hidden, "place not shown"),
        lon=plan.candidates["lon"].mask(hidden),
        lat=plan.candidates["lat"].mask(hidden),
        barred=whose.map(barred).where(hidden, plan.candidates["barred"]),
        barred_cause=plan.candidates["barred_cause"].mask(hidden, "consent"),
    )
    more = pd.DataFrame(
        {"candidate_id": list(barred), "cause": "consent", "why": list(barred.values())}
    )
    return replace(
        plan,
        candidates=check(candidates, CANDIDATES),
        stops=plan.stops[~out].reset_index(drop=True),
        legs=plan.legs[~np.array(near, bool)].reset_index(drop=True),
        left_out=pd.concat([plan.left_out, more], ignore_index=True),
        nearest=plan.nearest[~plan.nearest["stop_id"].isin(list(barred))].reset_index(drop=True),
    )
