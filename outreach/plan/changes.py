"""What a lead changed, and what stood before, as numbers: pins, forbids and a bonus for keeping."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from outreach.config import PlanParams
from outreach.errors import PlanError
from outreach.plan.document import Plan
from outreach.plan.problem import BoolArray, Problem, Routes


def apply_changes(
    problem: Problem,
    candidates: pd.DataFrame,
    shifts: pd.DataFrame,
    changes: pd.DataFrame,
    *,
    not_before: datetime,
) -> Problem:
    """Return the problem in which what is pinned must be visited and what is forbidden never is.

    A pin with a time is of a shift under way: that keeps its stops as they are, and gets no others
    but appointments and what a lead pins or puts in.

    Needs    candidates and shifts as ``build_problem`` got them; changes as CHANGES
             not_before   when a shift under way may get a stop at the earliest
    Raises   PlanError   a pin or forbid that cannot be: says which, why and what to change
    """
    if changes.empty:
        return problem
    row_of = {str(key): i for i, key in enumerate(candidates["candidate_id"])}
    allowed, window_s = problem.allowed.copy(), problem.window_s.copy()
    for change in changes.to_dict("records"):
        i = row_of.get(change["candidate_id"])
        if change["change"] == "forbid":
            if i is not None:
                _not_an_appointment(candidates.iloc[i])
                allowed[i] = False
            continue
        if i is None:
            raise PlanError(
                f"{change['candidate_id']} is pinned, but is not among those who could be visited "
                "this week. Take the pin back."
            )
        if pd.notna(change["shift_id"]):
            allowed[i] &= (shifts["shift_id"] == change["shift_id"]).to_numpy(bool)
            if not allowed[i].any():
                raise PlanError(_cannot_go(candidates.iloc[i], change, shifts))
        if pd.notna(change["start_at"]):
            day = problem.shifts[int(np.flatnonzero(allowed[i])[0])].day
            window_s[i, day] = _second_of(change["start_at"], shifts, problem)
    bound = replace(problem, allowed=allowed, window_s=window_s)
    under_way = fixed_by(changes[changes["start_at"].notna()], candidates)
    pinned = fixed_by(changes, candidates)
    if under_way.any():
        may = pinned | problem.must | (candidates["kind"] == "added").to_numpy(bool)
        now_s = _second_of(pd.Timestamp(not_before), shifts, problem)
        bound = _under_way(bound, under_way, may, now_s)
    return _forced(bound, pinned)


def _under_way(problem: Problem, stops: BoolArray, may: BoolArray, now_s: int) -> Problem:
    """Return the problem in which shifts that have begun get, from now on, only what may go in.

    Needs    stops   which candidates are stops of such shifts
    """
    begun = np.any(problem.allowed[stops], axis=0)
    allowed, window_s = problem.allowed.copy(), problem.window_s.copy()
    allowed[np.ix_(~may, begun)] = False
    for day in {problem.shifts[shift].day for shift in np.flatnonzero(begun).tolist()}:
        window_s[~stops, day, 0] = np.maximum(window_s[~stops, day, 0], now_s)
    return replace(problem, allowed=allowed, window_s=window_s)


def fixed_by(changes: pd.DataFrame, candidates: pd.DataFrame) -> BoolArray:
    """Return which candidates are pinned."""
    pinned = changes.loc[changes["change"] == "pin", "candidate_id"]
    return candidates["candidate_id"].isin(pinned).to_numpy(bool)


def _forced(problem: Problem, pinned: BoolArray) -> Problem:
    """Return the problem in which pins must be visited.

    Where two of a group are forced, gaps still hold, which they would not between appointments:
    such a pin counts more than everything else together instead.
    """
    forced = pinned | problem.must
    crowd = np.bincount(problem.group[forced], minlength=int(problem.group.max(initial=0)) + 1)
    together = crowd[problem.group] > 1
    bonus = problem.bonus.copy()
    bonus[pinned & together & ~problem.must] += 1 + problem.prize.sum() + problem.bonus.sum()
    return replace(problem, must=problem.must | (pinned & ~together), bonus=bonus)


def _second_of(instant: pd.Timestamp, shifts: pd.DataFrame, problem: Problem) -> int:
    """Return an instant in seconds from the week's start."""
    since: pd.Timedelta = instant - shifts["start_at"].iloc[0]
    return problem.shifts[0].start_s + round(since.total_seconds())


def _not_an_appointment(candidate: pd.Series) -> None:
    if candidate["must"]:
        raise PlanError(
            f"{candidate['label']} ({candidate['candidate_id']}) is an appointment, which no plan "
            "drops. Close or move its task instead."
        )


def _cannot_go(candidate: pd.Series, change: Mapping[Any, Any], shifts: pd.DataFrame) -> str:
    told = f"{candidate['label']} ({candidate['candidate_id']}) is pinned to {change['shift_id']}"
    if change["shift_id"] not in set(shifts["shift_id"]):
        return f"{told}, which does not go out. Take the pin back, or pin it to another shift."
    return (
        f"{told}, which may not or cannot go there: see its hours and days, and who is needed or "
        "asked for. Take the pin back, or pin it to another shift."
    )


def keep_bonus(
    problem: Problem,
    candidates: pd.DataFrame,
    shifts: pd.DataFrame,
    previous: Plan,
    params: PlanParams,
) -> Problem:
    """Return the problem in which a stop is worth more with the team and day it had before.

    An exploration walk counts there as much as the stop with the greatest need, as it does while
    stops are chosen.

    Needs    candidates and shifts as ``build_problem`` got them
    """
    explores = (candidates["kind"] == "exploration").to_numpy(bool)
    counts = np.where(explores, problem.prize.max(initial=0.0), problem.prize)
    row_of = {str(key): i for i, key in enumerate(candidates["candidate_id"])}
    going = [*zip(shifts["team"], shifts["day"], strict=True)]
    bonus = problem.bonus.copy()
    for stop in previous.stops.itertuples():
        i = row_of.get(str(stop.candidate_id))
        if i is not None:
            same = np.array([one == (stop.team, stop.day) for one in going], bool)
            bonus[i, same] += params.keep_bonus * counts[i]
    return replace(problem, bonus=bonus)


def start_routes(previous: Plan, candidates: pd.DataFrame, shifts: pd.DataFrame) -> Routes:
    """Return the routes of an older plan in the numbers of a new problem.

    A shift is the same by its id, else by team and day; stops of others, and of candidates that
    are there no more, are left out.
    """
    row_of = {str(key): i for i, key in enumerate(candidates["candidate_id"])}
    same = _same_shift(previous.shifts, shifts)
    routes: list[list[int]] = [[] for _ in range(len(shifts))]
    for stop in previous.stops.sort_values(["shift_id", "order"]).itertuples():
        shift, candidate = same.get(str(stop.shift_id)), row_of.get(str(stop.candidate_id))
        if shift is not None and candidate is not None:
            routes[shift].append(candidate)
    return tuple(map(tuple, routes))


def _same_shift(old: pd.DataFrame, new: pd.DataFrame) -> dict[str, int]:
    """Return by shift_id of an older plan the row of the same shift; each new one only once."""
    place = {str(key): n for n, key in enumerate(new["shift_id"])}
    by_day: dict[tuple[str, date], list[int]] = {}
    for n, (key, team, day) in enumerate(new[["shift_id", "team", "day"]].to_numpy().tolist()):
        if key not in set(old["shift_id"]):
            by_day.setdefault((team, day), []).append(n)
    found = {key: place[key] for key in old["shift_id"] if key in place}
    for key, team, day in old[["shift_id", "team", "day"]].to_numpy().tolist():
        if key not in found and by_day.get((team, day)):
            found[key] = by_day[team, day].pop(0)
    return found
