"""Why each candidate without a visit has none, in one word and one honest sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from outreach.columns import empty
from outreach.plan.asked import asked_of
from outreach.plan.changes import fixed_by
from outreach.plan.exchange import Exchange, cheapest_exchange, clear_shifts
from outreach.plan.insertion import Insertion, best_insertion
from outreach.plan.problem import UNREACHABLE_S, BoolArray, Problem, Routes
from outreach.plan.reasons import minutes, shift_name
from outreach.plan.timing import soonest_back
from outreach.plan_schemas import LEFT_OUT
from outreach.weeks import DAY_NAMES


@dataclass(frozen=True)
class Why:
    """A cause of CAUSES and a sentence for people."""

    cause: str
    told: str


def left_out(
    problem: Problem,
    routes: Routes,
    candidates: pd.DataFrame,
    shifts: pd.DataFrame,
    *,
    changes: pd.DataFrame,
) -> dict[str, Why]:
    """Return by candidate_id why each candidate that is not planned stays out this week.

    Needs    candidates and shifts as ``build_problem`` got them; changes as CHANGES
    """
    week = _Week(problem, routes, candidates, shifts, changes)
    planned = {candidate for route in routes for candidate in route}
    return {
        str(candidate_id): _why_not(week, i)
        for i, candidate_id in enumerate(candidates["candidate_id"])
        if i not in planned
    }


def left_out_table(reasons: Mapping[str, Why]) -> pd.DataFrame:
    """Return LEFT_OUT of reasons by candidate_id."""
    if not reasons:
        return empty(LEFT_OUT)
    rows = [
        {"candidate_id": key, "cause": why.cause, "why": why.told} for key, why in reasons.items()
    ]
    return pd.DataFrame(rows)


@dataclass(frozen=True, eq=False)
class _Week:
    """A solved week, and what follows from it for all reasons."""

    problem: Problem
    routes: Routes
    candidates: pd.DataFrame
    shifts: pd.DataFrame
    changes: pd.DataFrame

    @cached_property
    def forbidden(self) -> dict[str, str]:
        """Who forbade, by candidate_id."""
        rows = self.changes[self.changes["change"] == "forbid"]
        return dict(zip(rows["candidate_id"], rows["made_by"], strict=True))

    @cached_property
    def fixed(self) -> BoolArray:
        """Which stops nothing can take the place of: pins, appointments, exploration."""
        explores = (self.candidates["kind"] == "exploration").to_numpy(bool)
        pinned: BoolArray = fixed_by(self.changes, self.candidates)
        return self.problem.must | explores | pinned

    @cached_property
    def only_time(self) -> Problem:
        """The problem in which groups and the share kept for people known bind nobody."""
        spans = tuple(replace(span, unknown_limit_s=None) for span in self.problem.shifts)
        return replace(self.problem, shifts=spans, group=np.arange(self.problem.size))

    def hours(self, candidate: int) -> str:
        row = self.candidates.iloc[candidate]
        return f"{row['window_from_local']} to {row['window_until_local']}"


def _why_not(week: _Week, candidate: int) -> Why:
    row = week.candidates.iloc[candidate]
    if row["candidate_id"] in week.forbidden:
        return Why("forbidden", f"Taken out by {week.forbidden[row['candidate_id']]}.")
    if not week.problem.allowed[candidate].any():
        return _nobody_may(week, candidate)
    shifts = clear_shifts(week.problem, week.routes, candidate)
    if not shifts:
        return _visited_otherwise(week, candidate)
    alone = [soonest_back(week.problem, s, (candidate,), open_end=True) for s in shifts]
    over = [
        back_s - week.problem.shifts[s].end_s
        for s, back_s in zip(shifts, alone, strict=True)
        if back_s is not None
    ]
    if not over:
        told = f"no team that may go can be there within its hours ({week.hours(candidate)})"
        return Why("too_far", f"Too far: {told}.")
    if min(over) > 0:
        late = f"the visit and the way back would end {minutes(min(over))} late"
        return Why("too_far", f"Too far: even alone in a shift, {late}.")
    return _no_room(week, candidate, shifts)


def _visited_otherwise(week: _Week, candidate: int) -> Why:
    group = week.problem.group
    for number, route in enumerate(week.routes):
        for other in route:
            if group[other] == group[candidate]:
                gap = int(max(week.problem.gap_days[[other, candidate]]))
                visit = f"{week.candidates['label'].iloc[other]}, {shift_name(week.shifts, number)}"
                if gap >= len(DAY_NAMES):
                    told = f"The same visit is planned already: {visit}."
                else:
                    told = (
                        f"One visit is planned already ({visit}); the next must be {gap} days "
                        "apart, and no shift that may go is."
                    )
                return Why("visited_otherwise", told)
    raise AssertionError("a candidate without a clear shift has a visit of its group")


def _kept_share(week: _Week, found: Insertion) -> Why:
    span = week.problem.shifts[found.shift]
    length = span.end_s - span.start_s - (span.pause.length_s if span.pause else 0)
    share = 1 - (span.unknown_limit_s or 0) / length
    told = (
        f"Time is left, as in {shift_name(week.shifts, found.shift)}, but {share:.0%} of each "
        "shift is kept for people known already."
    )
    return Why("kept_share", told)


def _no_room(week: _Week, candidate: int, shifts: Sequence[int]) -> Why:
    """Tell what is missing where nothing fits any more, and in whose place it would fit."""
    row = week.candidates.iloc[candidate]
    allowed = week.problem.allowed.copy()
    allowed[candidate] = np.isin(np.arange(len(week.shifts)), shifts)
    found = best_insertion(replace(week.only_time, allowed=allowed), week.routes, candidate)
    if found is not None and found.missing_s == 0 and not row["known"]:
        return _kept_share(week, found)
    if found is None:
        told = f"Its hours ({week.hours(candidate)}) are taken by other stops in every shift"
        lacking = f"{told} that may go"
    else:
        where = shift_name(week.shifts, found.shift)
        lacking = f"{where} would need {minutes(found.missing_s)} more"
    if row["kind"] == "exploration":
        return Why(
            "no_time",
            f"Drawn as a spare walk where calls are few, and no time is left: {lacking}.",
        )
    rival = cheapest_exchange(week.problem, week.routes, candidate, week.fixed)
    if rival is not None:
        return Why("outweighed", f"{_told_rivals(week, candidate, rival)} As it is, {lacking}.")
    if found is None:
        return Why("window", f"{lacking}.")
    return Why(
        "no_time", f"No time left: {lacking}, and in the place of no other stop would it fit."
    )


def _told_rivals(week: _Week, candidate: int, rival: Exchange) -> str:
    prize, labels = week.problem.prize, week.candidates["label"]
    stops = [f"{labels.iloc[one]} ({prize[one]:.2f} calls a week)" for one in rival.out]
    place = f"in place of {' and '.join(stops)}, {shift_name(week.shifts, rival.shift)}"
    own, theirs = prize[candidate], prize[list(rival.out)].sum()
    more = theirs >= own
    if more and len(stops) == 1:
        than = "meets more than" if theirs > own else "meets as much as"
    elif more:
        than = "together meet more than" if theirs > own else "together meet as much as"
    else:
        than = (
            "counts more there, as it keeps team and day, has the worker they know or saves "
            "travel, than"
        )
    return f"It would fit {place}, which {than} its own {own:.2f}."


def _nobody_may(week: _Week, candidate: int) -> Why:
    row, shifts, problem = week.candidates.iloc[candidate], week.shifts, week.problem
    if shifts.empty:
        return Why("no_time", "There are no shifts this week.")
    left = [*enumerate(shifts.itertuples())]
    for asked in asked_of(row):
        left = [(number, shift) for number, shift in left if asked.met(shift)]
        if not left:
            return Why("skill", asked.nobody)
    numbers = [number for number, _ in left]
    on_days = [s for s in numbers if DAY_NAMES[problem.shifts[s].day] in row["days"].split()]
    if not on_days:
        return _no_day(row)
    if min(_reach(problem, candidate, on_days)) >= UNREACHABLE_S:
        return Why("too_far", "No street leads there from the base.")
    told = f"within its hours ({week.hours(candidate)}) fits into no shift that may go"
    return Why("window", f"A visit of {minutes(problem.service_s[candidate])} {told}.")


def _reach(problem: Problem, candidate: int, shifts: Sequence[int]) -> list[int]:
    spans = [problem.shifts[s] for s in shifts]
    return [int(problem.travel_s[span.mode][span.origin, candidate]) for span in spans]


def _no_day(row: pd.Series) -> Why:
    days = ", ".join(day.capitalize() for day in row["days"].split())
    why = str(row["days_why"]).rstrip(".")
    who = "that may go" if pd.isna(row["with_staff"]) else f"with {row['with_staff']}"
    told = f"No shift {who} is on a day that is left ({days})"
    cause = "window" if pd.isna(row["barred_cause"]) else row["barred_cause"]
    return Why(cause, f"{told}: {why[:1].lower()}{why[1:]}." if why else f"{told}.")
