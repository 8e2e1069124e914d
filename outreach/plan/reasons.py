"""Why each stop is planned and why each other candidate is not, in one honest sentence."""

from collections.abc import Mapping
from datetime import date
from math import ceil

import numpy as np
import pandas as pd

from outreach.columns import empty
from outreach.plan.insertion import best_insertion, detours
from outreach.plan.problem import UNREACHABLE_S, Problem, Routes, has_worker, may_serve
from outreach.plan.timing import timetable
from outreach.plan_schemas import LEFT_OUT
from outreach.weeks import DAY_NAMES


def stop_reasons(
    problem: Problem, routes: Routes, candidates: pd.DataFrame, shifts: pd.DataFrame
) -> dict[str, str]:
    """Return by candidate_id why each planned stop is visited, and why by that shift.

    Needs    candidates and shifts as ``build_problem`` got them
    """
    reasons = {}
    for number, route in enumerate(routes):
        for position, candidate in enumerate(route):
            rest = (*route[:position], *route[position + 1 :])
            added = int(detours(problem, number, rest, candidate)[position])
            where = _shift_name(shifts, number)
            verb = "walking" if problem.shifts[number].mode == "walk" else "driving"
            told = f"{where} goes, as the visit adds {minutes(added)} of {verb} there"
            if _least_detour(problem, routes, number, candidate, added):
                told += ", less than in any other shift that may go"
            row = candidates.iloc[candidate]
            reasons[row["candidate_id"]] = f"{row['reason']} {told}."
    return reasons


def left_out(
    problem: Problem, routes: Routes, candidates: pd.DataFrame, shifts: pd.DataFrame
) -> dict[str, str]:
    """Return by candidate_id why each candidate that is not planned stays out this week."""
    planned = {candidate for route in routes for candidate in route}
    return {
        str(candidate_id): _why_not(problem, routes, i, candidates, shifts)
        for i, candidate_id in enumerate(candidates["candidate_id"])
        if i not in planned
    }


def left_out_table(reasons: Mapping[str, str]) -> pd.DataFrame:
    """Return LEFT_OUT of reasons by candidate_id."""
    if not reasons:
        return empty(LEFT_OUT)
    return pd.DataFrame({"candidate_id": list(reasons), "why": list(reasons.values())})


def minutes(seconds: float) -> str:
    """Return a length of time as people say it, rounded up to whole minutes."""
    whole = ceil(seconds / 60)
    return f"{whole} min" if whole < 120 else f"{whole // 60} h {whole % 60:02d} min"


def _shift_name(shifts: pd.DataFrame, number: int) -> str:
    day: date = shifts["day"].iloc[number]
    return f"{shifts['team'].iloc[number]} on {day:%a} {day.day} {day:%b}"


def _least_detour(problem: Problem, routes: Routes, own: int, candidate: int, added: int) -> bool:
    others = [s for s in np.flatnonzero(problem.allowed[candidate]).tolist() if s != own]
    return bool(others) and all(
        detours(problem, s, routes[s], candidate).min() > added for s in others
    )


def _why_not(
    problem: Problem,
    routes: Routes,
    candidate: int,
    candidates: pd.DataFrame,
    shifts: pd.DataFrame,
) -> str:
    row = candidates.iloc[candidate]
    allowed = np.flatnonzero(problem.allowed[candidate]).tolist()
    if not allowed:
        return _nobody_may(problem, candidate, row, shifts)
    alone = [timetable(problem, s, (candidate,), open_end=True) for s in allowed]
    over = [
        times.back_s - problem.shifts[s].end_s
        for s, times in zip(allowed, alone, strict=True)
        if times
    ]
    hours = f"{row['window_from_local']} to {row['window_until_local']}"
    if not over:
        return f"Too far: no team that may go can be there within its hours ({hours})."
    if min(over) > 0:
        late = minutes(min(over))
        return f"Too far: even alone in a shift, the visit and the way back would end {late} late."
    found = best_insertion(problem, routes, candidate)
    explores = (candidates["kind"] == "exploration").to_numpy(bool)
    if found is None:
        return f"Its hours ({hours}) are taken by other stops in every shift that may go."
    lacking = f"{_shift_name(shifts, found.shift)} would need {minutes(found.missing_s)} more"
    if row["kind"] == "exploration":
        return f"Drawn as a spare walk where calls are few, and no time is left: {lacking}."
    rivals = [i for i in routes[found.shift] if not explores[i]]
    if rivals and bool((problem.prize[rivals] > problem.prize[candidate]).all()):
        rest = f"and each of its {len(rivals)} stops chosen by need meets more"
    else:
        rest = "and no exchange was found that meets more need"
    return f"No time left: {lacking}, {rest}."


def _nobody_may(problem: Problem, candidate: int, row: pd.Series, shifts: pd.DataFrame) -> str:
    if shifts.empty:
        return "There are no shifts this week."
    skilled = [
        number
        for number, officer in enumerate(shifts["has_officer"].tolist())
        if may_serve(row["response_mode"], row["no_police"], officer)
    ]
    if not skilled:
        return _no_team(row)
    asked = [s for s in skilled if has_worker(row["with_staff"], shifts["members"].iloc[s])]
    if not asked:
        return f"{row['with_staff']} was asked for, who is in no shift that may go this week."
    on_days = [s for s in asked if DAY_NAMES[problem.shifts[s].day] in row["days"].split()]
    if not on_days:
        return _no_day(row)
    reach = [
        problem.travel_s[problem.shifts[s].mode][problem.shifts[s].origin, candidate]
        for s in on_days
    ]
    if min(reach) >= UNREACHABLE_S:
        return "No street leads there from the base."
    hours = f"{row['window_from_local']} to {row['window_until_local']}"
    return (
        f"A visit of {minutes(problem.service_s[candidate])} within its hours ({hours}) "
        "fits into no shift that may go."
    )


def _no_team(row: pd.Series) -> str:
    if row["response_mode"] == "co_response":
        return "It needs an officer along, and no shift this week has one."
    return "It is visited without an officer, and every shift this week has one."


def _no_day(row: pd.Series) -> str:
    days = ", ".join(day.capitalize() for day in row["days"].split())
    why = str(row["days_why"]).rstrip(".")
    who = "that may go" if pd.isna(row["with_staff"]) else f"with {row['with_staff']}"
    return f"No shift {who} is on a day that is left ({days}): {why[:1].lower()}{why[1:]}."
