"""Why each stop is planned: why it, why by that team, and why then, in honest sentences."""

from datetime import date
from math import ceil

import numpy as np
import pandas as pd

from outreach.plan.asked import asked_of
from outreach.plan.crews import names
from outreach.plan.insertion import detours
from outreach.plan.problem import Problem, Routes
from outreach.weeks import DAY_NAMES

WALKS = ("cell", "exploration")


def stop_reasons(
    problem: Problem,
    routes: Routes,
    candidates: pd.DataFrame,
    shifts: pd.DataFrame,
    *,
    changes: pd.DataFrame,
) -> dict[str, str]:
    """Return by candidate_id why each planned stop is visited, why by that team, and why then.

    Needs    candidates and shifts as ``build_problem`` got them; changes as CHANGES
    """
    pins = _pins(changes)
    reasons = {}
    for number, route in enumerate(routes):
        for position, candidate in enumerate(route):
            row = candidates.iloc[candidate]
            rest = (*route[:position], *route[position + 1 :])
            added = int(detours(problem, number, rest, candidate)[position])
            pin = pins.get(row["candidate_id"])
            team = [
                *([pin] if pin else _only_team(problem, candidate, row, number, shifts)),
                *_same_worker(row, number, shifts),
                _way(problem, routes, number, candidate, added),
            ]
            told = f"{shift_name(shifts, number)} goes, as {_and(team)}."
            when = _why_then(problem, candidate, row, number, shifts, pinned=bool(pin))
            reasons[str(row["candidate_id"])] = f"{row['reason']} {told} {when}"
    return reasons


def minutes(seconds: float) -> str:
    """Return a length of time as people say it, rounded up to whole minutes."""
    whole = ceil(seconds / 60)
    return f"{whole} min" if whole < 120 else f"{whole // 60} h {whole % 60:02d} min"


def day_name(day: date) -> str:
    """Return a day as people write it: Mon 23 Nov."""
    return f"{day:%a} {day.day} {day:%b}"


def shift_name(shifts: pd.DataFrame, number: int) -> str:
    """Return a shift as people say it: Team A on Mon 23 Nov."""
    return f"{shifts['team'].iloc[number]} on {day_name(shifts['day'].iloc[number])}"


def _pins(changes: pd.DataFrame) -> dict[str, str]:
    """Return what a pin tells, by candidate_id."""
    pins = changes[changes["change"] == "pin"]
    told = zip(pins["candidate_id"], pins["start_at"], pins["made_by"], strict=True)
    return {key: f"{by} pinned it" if pd.isna(at) else "it is under way" for key, at, by in told}


def _and(parts: list[str]) -> str:
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last


def _only_team(
    problem: Problem, candidate: int, row: pd.Series, number: int, shifts: pd.DataFrame
) -> list[str]:
    """Return why no other team may go, if none may."""
    own = shifts["team"].iloc[number]
    others = [*shifts[shifts["team"] != own].itertuples()]
    if not others or set(shifts["team"][problem.allowed[candidate]]) != {own}:
        return []
    lacking = [a.no_other for a in asked_of(row) if not any(a.met(shift) for shift in others)]
    return lacking[:1] or ["no other team may go on its days and hours"]


def _same_worker(row: pd.Series, number: int, shifts: pd.DataFrame) -> list[str]:
    """Return that somebody goes along whom they know, if so."""
    known = row["preferred_staff"]
    goes = pd.notna(known) and known in names(shifts["members"].iloc[number])
    return [f"{known}, who knows them, is in it"] if goes else []


def _way(problem: Problem, routes: Routes, number: int, candidate: int, added: int) -> str:
    verb = "walking" if problem.shifts[number].mode == "walk" else "driving"
    told = f"the visit adds {minutes(added)} of {verb} there"
    others = [s for s in np.flatnonzero(problem.allowed[candidate]).tolist() if s != number]
    least = others and all(detours(problem, s, routes[s], candidate).min() > added for s in others)
    return f"{told}, less than in any other shift that may go" if least else told


def _why_then(
    problem: Problem,
    candidate: int,
    row: pd.Series,
    number: int,
    shifts: pd.DataFrame,
    *,
    pinned: bool,
) -> str:
    """Return why on that day and at that hour."""
    span = problem.shifts[number]
    opens, closes = row["window_from_local"], row["window_until_local"]
    told = []
    if row["must"]:
        told.append(f"It is an appointment, from {opens} to {closes}.")
    if pd.notna(row["due_on"]):
        over = row["due_on"] < shifts["day"].iloc[number]
        told.append(f"It {'was' if over else 'is'} due on {day_name(row['due_on'])}.")
    may = {problem.shifts[s].day for s in np.flatnonzero(problem.allowed[candidate]).tolist()}
    if not pinned and may == {span.day} and len({one.day for one in problem.shifts}) > 1:
        day = DAY_NAMES[span.day].capitalize()
        why = str(row["days_why"]).rstrip(".")
        told.append(f"{day} is the only day left{': ' if why else ''}{why[:1].lower()}{why[1:]}.")
    if row["must"]:
        return " ".join(told)
    first, last = (int(at) for at in problem.window_s[candidate, span.day])
    narrow = first > span.start_s or last + int(problem.service_s[candidate]) < span.end_s
    if row["kind"] in WALKS and narrow:
        told.append(f"Walks are made from {opens} to {closes}, while it is light.")
    elif narrow:
        told.append(f"Its hours are {opens} to {closes}.")
    elif not told:
        told.append("Any hour of the shift would do, so it comes where the way is short.")
    return " ".join(told)
