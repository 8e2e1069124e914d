"""Making a week's plan: read this first.

Travel times by street become a problem of numbers; the solver chooses and orders visits; the
timetable says when; reasons say why; and the independent checker holds the plan against every
rule before anyone sees it. The outcome is a draft.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import pandas as pd

from outreach.columns import check
from outreach.config import City
from outreach.errors import PlanError
from outreach.plan.checker import violations
from outreach.plan.document import Plan
from outreach.plan.exploration import share_note, solve_week
from outreach.plan.problem import Travel, build_problem
from outreach.plan.reasons import left_out, left_out_table, stop_reasons
from outreach.plan.solver import Solver
from outreach.plan.timing import plan_tables
from outreach.plan_schemas import CANDIDATES, SHIFTS
from outreach.streets.network import StreetNetwork
from outreach.streets.travel import travel_matrix
from outreach.weeks import parse_week, week_label, week_start_utc


def make_plan(
    candidates: pd.DataFrame,
    shifts: pd.DataFrame,
    networks: Mapping[str, StreetNetwork],
    *,
    city: City,
    week: str,
    made_at: datetime,
    as_of: datetime,
    solver: Solver,
    report: Callable[[str], None] | None = None,
) -> Plan:
    """Plan a week's sweep: who is visited when, by whom, why, and who is not and why not.

    Needs    candidates as CANDIDATES; shifts as SHIFTS (``week_shifts``); a network for every
             mode that a shift travels by; city with a home base
    Raises   PlanError   no base, no shifts or no network; the solver failed; not one visit fits;
                         or the plan broke a rule of the checker
    """
    tell = report or (lambda _: None)
    candidates = check(candidates, CANDIDATES)[list(CANDIDATES.columns)].reset_index(drop=True)
    shifts = check(shifts, SHIFTS)[list(SHIFTS.columns)].reset_index(drop=True)
    open_ones = candidates[candidates["barred"].isna()].reset_index(drop=True)
    monday = parse_week(week)
    base = _base(city)

    tell(f"travel times between {len(open_ones)} candidates")
    travel = week_travel(candidates, shifts, networks, base=base)
    problem = build_problem(open_ones, shifts, travel, monday=monday, time_zone=city.time_zone)
    tell(f"choosing stops for {len(shifts)} shifts with {solver.name}")
    explores = (open_ones["kind"] == "exploration").to_numpy(bool)
    routes = solve_week(problem, explores, solver, params=city.plan)
    tell("times, ways and reasons")
    why = stop_reasons(problem, routes, open_ones, shifts)
    why_not = left_out(problem, routes, open_ones, shifts)
    if why_not and not why:
        raise PlanError(f"not one visit fits into {week}: {next(iter(why_not.values()))}")
    start = week_start_utc(monday, city.time_zone)
    stops, legs, pauses = plan_tables(
        problem, routes, candidates=open_ones, shifts=shifts, travel=travel, week_start=start
    )
    plan = Plan(
        week=week_label(monday),
        city=city.name,
        time_zone=city.time_zone,
        base=base,
        made_at=made_at,
        as_of=as_of,
        solver=solver.name,
        seed=city.plan.seed,
        limit_s=city.plan.solver_limit_s,
        exploration_share=city.plan.exploration_share,
        shifts=shifts,
        candidates=candidates,
        stops=stops.assign(why=stops["candidate_id"].map(why).astype("str")),
        legs=legs,
        pauses=pauses,
        left_out=left_out_table(_barred(candidates) | why_not),
        notes=(share_note(routes, explores, city.plan.exploration_share),)
        if len(open_ones)
        else ("There is nobody and nothing to visit this week.",),
        invented_data=city.invented_data,
    )
    tell("checking every rule")
    return checked(plan, travel)


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
    candidates: pd.DataFrame,
    shifts: pd.DataFrame,
    networks: Mapping[str, StreetNetwork],
    *,
    base: tuple[float, float],
) -> dict[str, Travel]:
    """Return travel by mode between the candidates that are not barred and then the base.

    Raises   PlanError     no network for a mode that a shift travels by
             StreetsError  a candidate has no coordinates
    """
    open_ones = candidates[candidates["barred"].isna()]
    lon = [*open_ones["lon"], base[0]]
    lat = [*open_ones["lat"], base[1]]
    missing = set(shifts["travel"]) - set(networks)
    if missing:
        raise PlanError(f"there is no street network to {sorted(missing)[0]} on")
    return {mode: travel_matrix(networks[mode], lon, lat) for mode in sorted(set(shifts["travel"]))}


def _base(city: City) -> tuple[float, float]:
    if city.home_base is None:
        raise PlanError("the city has no [home_base] in city.toml; teams must start somewhere")
    return city.home_base.lon, city.home_base.lat


def _barred(candidates: pd.DataFrame) -> dict[str, str]:
    known = candidates[candidates["barred"].notna()]
    return dict(zip(known["candidate_id"], known["barred"], strict=True))
