"""Making a week's plan: read this first.

Travel times by street become a problem of numbers; what a lead changed binds it; the solver
chooses and orders visits; the timetable says when; reasons say why; and the independent checker
holds the plan against every rule before anyone sees it. The outcome is a draft.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import pandas as pd

from outreach.columns import check, empty
from outreach.config import City
from outreach.errors import PlanError
from outreach.plan.changes import apply_changes, fixed_by, keep_bonus, start_routes
from outreach.plan.checker import violations
from outreach.plan.compare import changed_stops
from outreach.plan.document import Plan
from outreach.plan.exploration import Solved, solve_week
from outreach.plan.left_out import Why, left_out, left_out_table
from outreach.plan.notes import notes_of
from outreach.plan.problem import Problem, Routes, Travel, build_problem
from outreach.plan.reasons import stop_reasons
from outreach.plan.shifts import bases
from outreach.plan.solver import Solver, Watch
from outreach.plan.timing import plan_tables
from outreach.plan_schemas import CANDIDATES, CHANGES, ERRANDS, SHIFTS
from outreach.streets.network import StreetNetwork
from outreach.streets.travel import travel_matrix
from outreach.weeks import parse_week, week_label, week_start_utc


@dataclass(frozen=True, eq=False)
class Order:
    """Which week is planned, with which settings, and what a lead wants of it."""

    city: City
    week: str  # 2026-W48
    made_at: datetime
    as_of: datetime
    changes: pd.DataFrame = field(default_factory=lambda: empty(CHANGES))
    added: pd.DataFrame = field(default_factory=lambda: empty(ERRANDS))  # kept with the plan
    previous: Plan | None = None  # the version to keep to as far as can be

    @property
    def monday(self) -> date:
        """The first day of the week."""
        return parse_week(self.week)


@dataclass(frozen=True, eq=False)
class Week:
    """What there is to plan: the tables, and the same as numbers."""

    candidates: pd.DataFrame  # CANDIDATES, barred ones too
    open_ones: pd.DataFrame  # those that are not barred: the problem's candidates
    shifts: pd.DataFrame  # SHIFTS
    travel: Mapping[str, Travel]
    problem: Problem


def make_plan(
    candidates: pd.DataFrame,
    shifts: pd.DataFrame,
    networks: Mapping[str, StreetNetwork],
    *,
    order: Order,
    solver: Solver,
    report: Callable[[str], None] | None = None,
    watch: Watch | None = None,
) -> Plan:
    """Plan a week's sweep: who is visited when, by whom, why, and who is not and why not.

    Needs    candidates as CANDIDATES; shifts as SHIFTS (``week_shifts``); a network for every
             mode that a shift travels by
    Raises   PlanError   no shifts or no network; the solver failed; not one visit fits; an
                         appointment or a pin cannot be kept; or a rule of the checker is broken
    """
    tell = report or (lambda _: None)
    tell(f"travel times between {int(candidates['barred'].isna().sum())} candidates")
    week = week_in_numbers(candidates, shifts, networks, order=order)
    tell(f"choosing stops for {len(shifts)} shifts with {solver.name}")
    solved = solve_order(week, solver, order=order, watch=watch)
    tell("times, ways and reasons")
    plan = _written(week, solved, solver.name, order)
    tell("checking every rule")
    return checked(plan, week.travel)


def week_in_numbers(
    candidates: pd.DataFrame,
    shifts: pd.DataFrame,
    networks: Mapping[str, StreetNetwork],
    *,
    order: Order,
) -> Week:
    """Return the week as a solver sees it, with what a lead changed and what stood before.

    Raises   PlanError   no network for a mode, or a change that cannot be kept
    """
    candidates = check(candidates, CANDIDATES)[list(CANDIDATES.columns)].reset_index(drop=True)
    shifts = check(shifts, SHIFTS)[list(SHIFTS.columns)].reset_index(drop=True)
    open_ones = candidates[candidates["barred"].isna()].reset_index(drop=True)
    _nothing_barred_is_pinned(candidates, order.changes)
    travel = week_travel(candidates, shifts, networks)
    problem = build_problem(
        open_ones,
        shifts,
        travel,
        monday=order.monday,
        time_zone=order.city.time_zone,
        params=order.city.plan,
        traffic=order.city.traffic,
    )
    if order.previous is not None:
        problem = keep_bonus(problem, open_ones, shifts, order.previous, order.city.plan)
    problem = apply_changes(problem, open_ones, shifts, order.changes, not_before=order.made_at)
    return Week(candidates, open_ones, shifts, travel, problem)


def solve_order(
    week: Week,
    solver: Solver,
    *,
    order: Order,
    start: Routes | None = None,
    watch: Watch | None = None,
) -> Solved:
    """Return routes of a week, begun from ``start`` or the previous plan's."""
    if start is None and order.previous is not None:
        start = start_routes(order.previous, week.open_ones, week.shifts)
    explores = (week.open_ones["kind"] == "exploration").to_numpy(bool)
    fixed = fixed_by(order.changes, week.open_ones) | week.problem.must
    return solve_week(
        week.problem,
        explores,
        solver,
        params=order.city.plan,
        fixed=fixed,
        start=start,
        watch=watch,
    )


def _written(week: Week, solved: Solved, solver: str, order: Order) -> Plan:
    """Return the plan as a document, every stop and everybody left out with a reason."""
    city, problem, routes = order.city, week.problem, solved.routes
    about = (problem, routes, week.open_ones, week.shifts)
    why = stop_reasons(*about, changes=order.changes)
    why_not = left_out(*about, changes=order.changes)
    _all_kept(week.open_ones, why_not, order.changes)
    if why_not and not why:
        raise PlanError(
            f"not one visit fits into {order.week}: {next(iter(why_not.values())).told}"
        )
    stops, legs, pauses = plan_tables(
        problem,
        routes,
        candidates=week.open_ones,
        shifts=week.shifts,
        travel=week.travel,
        week_start=week_start_utc(order.monday, city.time_zone),
    )
    plan = Plan(
        week=week_label(order.monday),
        city=city.name,
        time_zone=city.time_zone,
        base=_base(city, week.shifts),
        made_at=order.made_at,
        as_of=order.as_of,
        solver=solver,
        seed=city.plan.seed,
        limit_s=city.plan.solver_limit_s,
        exploration_share=city.plan.exploration_share,
        known_share=city.plan.known_share,
        shifts=week.shifts,
        candidates=week.candidates,
        stops=stops.assign(why=stops["candidate_id"].map(why).astype("str")),
        legs=legs,
        pauses=pauses,
        left_out=left_out_table(_barred(week.candidates) | why_not),
        changes=order.changes,
        added=order.added,
        traffic=tuple(slow.model_dump(mode="json") for slow in city.traffic),
        clock_stopped=solved.clock_stopped,
        invented_data=city.invented_data,
    )
    plan = replace(plan, notes=notes_of(plan, city.plan))
    if order.previous is None:
        return plan
    changed = changed_stops(order.previous, plan)
    return replace(plan, made_from=order.previous.number, changed_stops=changed)


def checked(
    plan: Plan,
    travel: Mapping[str, Travel],
    limits: pd.DataFrame | None = None,
    contact: pd.DataFrame | None = None,
) -> Plan:
    """Return the plan itself if it breaks no rule.

    Needs    limits      LIMITS as they stand now, where they may have changed since it was made
             contact     CONTACT_RULES of its week as they stand now
    Raises   PlanError   names the first rule broken and how many there are
    """
    return sound(plan, violations(plan, travel, limits, contact))


def sound(plan: Plan, faults: Sequence[str]) -> Plan:
    """Return the plan itself if no fault was found.

    Raises   PlanError   names the first fault and how many there are
    """
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise PlanError(f"the plan of {plan.week} is not sound: {faults[0]}{more}")
    return plan


def week_travel(
    candidates: pd.DataFrame, shifts: pd.DataFrame, networks: Mapping[str, StreetNetwork]
) -> dict[str, Travel]:
    """Return travel by mode between the candidates that are not barred and then the bases.

    Raises   PlanError     no network for a mode that a shift travels by
             StreetsError  a candidate has no coordinates
    """
    points = pd.concat([candidates.loc[candidates["barred"].isna(), ["lon", "lat"]], bases(shifts)])
    lon, lat = points["lon"].to_numpy(float), points["lat"].to_numpy(float)
    missing = set(shifts["travel"]) - set(networks)
    if missing:
        raise PlanError(f"there is no street network to {sorted(missing)[0]} on")
    return {mode: travel_matrix(networks[mode], lon, lat) for mode in sorted(set(shifts["travel"]))}


def _base(city: City, shifts: pd.DataFrame) -> tuple[float, float]:
    if city.home_base is not None:
        return city.home_base.lon, city.home_base.lat
    if shifts.empty:
        raise PlanError("the city has no [home_base] in city.toml; teams must start somewhere")
    return float(shifts["start_lon"].iloc[0]), float(shifts["start_lat"].iloc[0])


def _barred(candidates: pd.DataFrame) -> dict[str, Why]:
    rows = candidates[candidates["barred"].notna()]
    told = zip(rows["candidate_id"], rows["barred_cause"], rows["barred"], strict=True)
    return {key: Why("consent" if pd.isna(cause) else cause, why) for key, cause, why in told}


def _nothing_barred_is_pinned(candidates: pd.DataFrame, changes: pd.DataFrame) -> None:
    """Rules stand above what a lead wants: then the pin must go, and a person decides so."""
    pinned = changes.loc[changes["change"] == "pin", "candidate_id"]
    barred = candidates[candidates["candidate_id"].isin(pinned) & candidates["barred"].notna()]
    if len(barred):
        first = barred.iloc[0]
        raise PlanError(
            f"{first['candidate_id']} is pinned but may not be visited: {first['barred']} "
            "Take the pin back."
        )


def _all_kept(open_ones: pd.DataFrame, why_not: Mapping[str, Why], changes: pd.DataFrame) -> None:
    """Refuse a plan without an appointment or a pin: say which, why and what to change."""
    for row in open_ones[open_ones["must"]].itertuples():
        if row.candidate_id in why_not:
            raise PlanError(
                f"the appointment at {row.label} ({row.candidate_id}) cannot be kept. "
                f"{why_not[str(row.candidate_id)].told} Change its time, or who goes out that day."
            )
    labels = dict(zip(open_ones["candidate_id"], open_ones["label"], strict=True))
    for pin in changes[changes["change"] == "pin"].itertuples():
        if pin.candidate_id in why_not:
            raise PlanError(
                f"{labels[pin.candidate_id]} ({pin.candidate_id}) is pinned and does not fit. "
                f"{why_not[str(pin.candidate_id)].told} Take the pin back, pin it elsewhere, or "
                "take another pin from there."
            )
