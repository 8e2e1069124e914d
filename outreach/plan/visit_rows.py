"""A row of CANDIDATES: a possible visit with all that binds it laid on it."""

from collections.abc import Collection, Mapping
from datetime import time
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from outreach.plan.rules import MIDNIGHT, NIGHT, Rule
from outreach.plan_schemas import KNOWN_KINDS
from outreach.weeks import DAY_NAMES
from outreach.work_words import LANGUAGES

OFFICER_FROM_SHARE = 0.5  # of a door's calls whose type is a safety concern (duty 5)
ONCE = 7  # gap_days of visits of which only one is made in a week
Row = dict[str, Any]
Told = Mapping[Any, Any]  # a row of the tables that come in
Hours = tuple[time, time]


class Bar(NamedTuple):
    """Why a visit may not be planned at all."""

    why: str
    cause: str  # of RULE_CAUSES


UNSAFE = Bar("No visit at the door: it is not safe to call there unasked.", "unsafe")
NO_PLACE = Bar("No place is known where to meet.", "unknown_place")
NOT_SHOWN = Bar("The place may not be shown.", "unknown_place")


class Visit(NamedTuple):
    """What a possible visit is, before anything binds it."""

    kind: str
    key: str  # makes the candidate_id, after the kind
    subject: str
    lon: float
    lat: float
    label: str
    need: str
    prize: float
    service_min: float
    reason: str  # ends without a full stop
    hours: Hours
    safety_share: float = 0.0
    days: Collection[str] = DAY_NAMES
    days_why: str = ""  # why on no other, with a full stop
    response_mode: str = "community"
    group: str | None = None  # the subject where left out
    more: Told = MappingProxyType({})  # columns of CANDIDATES that are not as usual


def is_known(value: Any) -> bool:
    """Tell whether a value of a row is there."""
    return not pd.isna(value)


def address_of(row: Told) -> str:
    """Return what people read of a place."""
    return row["address"] if isinstance(row["address"], str) else "a spot without an address"


def barred_by(*rules: Rule) -> Bar | None:
    """Return why a visit may not be made at all, as far as the first rule that bars it says so."""
    for rule in rules:
        if rule.bars_all:
            return Bar(rule.reason, rule.cause or "consent")
        if len(rule.staff) > 1:
            names = ", ".join(sorted(rule.staff))
            return Bar(f"Different workers were asked for: {names}.", "skill")
        if len(rule.languages) > 1:
            tongues = ", ".join(sorted(LANGUAGES.get(code, code) for code in rule.languages))
            return Bar(f"Different languages are needed: {tongues}.", "skill")
    return None


def visit_row(visit: Visit, rule: Rule, bar: Bar | None) -> Row:
    """Return a visit under its rule; a barred one without the place, for that tells who is there.

    An officer goes along where many of the calls named a safety concern (duty 5).
    """
    officer = visit.response_mode == "community" and visit.safety_share >= OFFICER_FROM_SHARE
    opens, closes = max(visit.hours[0], rule.opens), min(visit.hours[1], rule.closes)
    days = [day for day in visit.days if day not in rule.days]
    bar = bar or _left_nothing(visit, rule, days, officer)
    if bar is None and _minutes(closes) - _minutes(opens) < visit.service_min:
        bar = _no_hours(visit, rule)
    days_why = " ".join(filter(None, (visit.days_why, rule.reason)))
    cause = bar.cause if bar else rule.cause or ("window" if days_why else None)
    return {
        "candidate_id": f"{visit.kind}:{visit.key}",
        "kind": visit.kind,
        "subject": visit.subject,
        "label": "place not shown" if bar else visit.label,
        "lon": np.nan if bar else visit.lon,
        "lat": np.nan if bar else visit.lat,
        "need": visit.need,
        "prize": float(visit.prize),
        "service_min": visit.service_min,
        "days": " ".join(days),
        "days_why": days_why,
        "window_from_local": f"{opens:%H:%M}",
        "window_until_local": f"{closes:%H:%M}",
        "with_staff": min(rule.staff, default=None),
        "response_mode": "co_response" if officer else visit.response_mode,
        "no_police": rule.no_police,
        "known": visit.kind in KNOWN_KINDS,
        "must": False,
        "visit_group": visit.group or visit.subject,
        "gap_days": ONCE,
        "people_needed": 1,
        "seats_needed": 0,
        "preferred_staff": None,
        "due_on": None,
        "task_id": None,
        "barred": bar.why if bar else None,
        "barred_cause": cause,
        "reason": _told(visit, officer, "" if bar else rule.asked_for()),
        **visit.more,
        "language": min(rule.languages, default=visit.more.get("language")),
    }


def _left_nothing(visit: Visit, rule: Rule, days: Collection[str], officer: bool) -> Bar | None:
    """Return why rules leave no day, or nobody who may go."""
    if officer and rule.no_police:
        return Bar("It needs an officer along, but no police was asked for.", "skill")
    if days:
        return None
    told = " ".join(filter(None, (visit.days_why, rule.reason)))
    return Bar(f"No day is left. {told}", rule.cause or "window")


def _told(visit: Visit, officer: bool, asked_for: str) -> str:
    reason = visit.reason
    if officer:
        share = f"{visit.safety_share:.0%} of the calls named a safety concern"
        reason += f"; an officer goes along, as {share}"
    return f"{reason}; a visit {asked_for} was asked for." if asked_for else f"{reason}."


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _no_hours(visit: Visit, rule: Rule) -> Bar:
    whose = "the appointment is" if visit.more.get("must") else "teams visit"
    told = [f"{whose} from {visit.hours[0]:%H:%M} to {visit.hours[1]:%H:%M}"]
    if (rule.opens, rule.closes) != (MIDNIGHT, NIGHT):
        told.insert(0, f"it was asked for from {rule.opens:%H:%M} to {rule.closes:%H:%M}")
    why = f"A visit of {visit.service_min:g} min does not fit: {', and '.join(told)}."
    return Bar(why, "window")
