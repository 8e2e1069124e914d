"""Weeks of 300 and 600 candidates on Albany's streets: how good, how soon, how steady.

Protocol. Instances: weeks from a generator with a seed, on Albany's streets (about 5,000 drive
nodes), teams of 8 hours, one of them with an officer. Plain weeks have hours, skills and stops that
may go on several days; full ones also pauses, the share kept for people known, several places of
one person, twice a week with a gap, appointments and preferences. All solvers run in this process
in one thread, by processor time (OR-Tools by the wall).

weeks   best known: the most that any solver found in 60 s (PyVRP and OR-Tools only on plain weeks:
        they are told of nothing more), beside three seeds of ours at 5 s. Value: prizes and
        preferences. Limit of the issue: within 1 %.
replan  a week planned in 30 s loses one team-day, four stops are cancelled and six urgent ones
        come; planned anew in 1 s from the old routes with the bonus for keeping, beside planning
        from scratch in 1 s. Untouched stops are those of the old plan that were neither cancelled
        nor the lost team's; kept: same team, same day. Limits: at least 85 % kept, for at most
        0.5 % of the prize.
albany  300 candidates of invented calls, 5 teams x 5 days, 30 s of solver, from the calls to the
        drawn map, by the wall; limit 40 s. The same candidates and shifts by nearest-first, as a
        lead plans by hand, in the same run; both once more without walks that explore, as those
        meet little need and nearest-first hardly plans them; and with two of the five teams, as
        five have time for nearly everything and then any order will do.

    python benchmarks/sweep_weeks.py [weeks] [replan] [albany]
"""

import os
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from outreach import roles
from outreach.config import CONFIG_NAME, City, Member, PlanParams, Shift, Team, dump_city, load_city
from outreach.errors import PlanError
from outreach.pipeline import intake, invented, setup, week, week_map
from outreach.plan.document import Plan
from outreach.plan.greedy import NearestFirst
from outreach.plan.make import Order, make_plan
from outreach.plan.peers import OrToolsSolver, PyVrpSolver
from outreach.plan.problem import Pause, Problem, Routes, ShiftSpan
from outreach.plan.search import SisrSolver, compile_now
from outreach.plan.solver import Solver
from outreach.plan.timing import timetable
from outreach.plan.vroom import VroomSolver
from outreach.simulate.calls import CallParams
from outreach.streets.network import StreetNetwork
from outreach.streets.travel import travel_matrix
from outreach.weeks import coming_week, local_date

roles.answer_by(lambda: roles.OPERATOR)  # who works on the machine, as on the command line

REPOSITORY = Path(__file__).parent.parent
DATA = Path(os.environ.get("OUTREACH_REAL_DATA", REPOSITORY.parent / "shared" / "data"))
FOLDER = REPOSITORY / "real-cities" / "sweep-weeks"  # streets and teams, kept between runs
WITH_CALLS = REPOSITORY / "real-cities" / "sweep-weeks-calls"  # made anew: calls end yesterday
NOW = datetime.now(UTC)
CALLS_PER_WEEK = 955  # about 200,000 rows in two years
MINUTE, HOUR, DAY = 60, 3600, 86_400
BEGINS, LASTS = 9 * HOUR, 8 * HOUR
LONG_S, SHORT_S, REPLAN_S, PLAN_S = 60.0, 5.0, 1.0, 30.0
URGENT, CANCELLED, KEEP_BONUS = 6, 4, PlanParams().keep_bonus
OURS = SisrSolver(pace="clock")
ALL_TEAMS = tuple(f"Team {letter}" for letter in "ABCDE")
TWO_TEAMS = ALL_TEAMS[:2]


@dataclass(frozen=True)
class Kind:
    """What sort of week is generated."""

    name: str
    size: int
    teams: int
    days: int
    full: bool
    seed: int


KINDS = (
    Kind("300, 15 shifts, plain", 300, 3, 5, False, 1),
    Kind("300, 20 shifts, full", 300, 4, 5, True, 2),
    Kind("600, 25 shifts, plain", 600, 5, 5, False, 3),
    Kind("600, 25 shifts, full", 600, 5, 5, True, 4),
)


def generate(kind: Kind, network: StreetNetwork) -> Problem:
    """Return a week at random: the same for a seed."""
    rng = np.random.default_rng(kind.seed)
    n = kind.size
    officer = np.arange(kind.teams * kind.days) // kind.days == kind.teams - 1
    service = rng.choice([20, 30, 30, 40], n) * MINUTE
    asks = rng.random(n) < 0.12  # co-response: the pair goes, and nowhere else
    any_day = rng.random((n, 1)) < 0.7
    open_days = any_day | (rng.random((n, kind.days)) < 0.4)
    spans = tuple(
        ShiftSpan(
            day=day,
            start_s=day * DAY + BEGINS,
            end_s=day * DAY + BEGINS + LASTS,
            mode="drive",
            origin=n,
            destination=n,
            pause=Pause(day * DAY + 41_400, day * DAY + 48_600, 1800) if kind.full else None,
            unknown_limit_s=int(0.25 * (LASTS - 1800)) if kind.full else None,
        )
        for _ in range(kind.teams)
        for day in range(kind.days)
    )
    day_of = np.array([span.day for span in spans])
    allowed = open_days[:, day_of] & (asks[:, None] == officer)
    plain = Problem.plain(
        service,
        np.round(rng.lognormal(0, 0.7, n), 3),
        _windows(rng, kind, service, open_days),
        allowed,
        spans,
        {"drive": np.ceil(_travel_s(rng, n, network)).astype(np.int64)},
    )
    plain = replace(plain, cost_per_h=0.01)
    return _full(plain, rng) if kind.full else plain


def _windows(
    rng: np.random.Generator, kind: Kind, service: np.ndarray, open_days: np.ndarray
) -> np.ndarray:
    """Return hours: most all day, some the morning, the afternoon or two hours."""
    n = kind.size
    opens, closes = np.full(n, 9 * HOUR), np.full(n, 17 * HOUR)
    sort = rng.choice(4, n, p=[0.5, 0.2, 0.2, 0.1])
    closes[sort == 1] = 12 * HOUR
    opens[sort == 2] = 13 * HOUR
    opens[sort == 3] = rng.integers(9, 15, n)[sort == 3] * HOUR
    closes[sort == 3] = opens[sort == 3] + 2 * HOUR
    window = np.zeros((n, 7, 2), np.int64)
    window[:, :, 1] = -1
    for day in range(kind.days):
        window[:, day, 0] = day * DAY + opens
        window[:, day, 1] = day * DAY + np.where(open_days[:, day], closes - service, -1)
    return window


def _travel_s(rng: np.random.Generator, n: int, network: StreetNetwork) -> np.ndarray:
    """Return travel by street between doors, in clusters and anywhere, and the base."""
    nodes = network.nodes[network.nodes["stoppable"]]
    corner = nodes[["lon", "lat"]].to_numpy(float)
    base = np.median(corner, axis=0)
    near = corner[np.argsort(((corner - base) ** 2).sum(axis=1))[: len(corner) // 2]]
    centres = near[rng.integers(len(near), size=12)]
    grouped = centres[rng.integers(12, size=n)] + rng.normal(0, 0.004, (n, 2))
    alone = corner[rng.integers(len(corner), size=n)]
    doors = np.where(rng.random((n, 1)) < 0.6, grouped, alone)
    points = np.vstack([doors, base])
    return np.asarray(travel_matrix(network, points[:, 0], points[:, 1]).travel_s)


def _full(problem: Problem, rng: np.random.Generator) -> Problem:
    """Return the week with people in several rows, appointments and preferences."""
    n, shifts = problem.allowed.shape
    group, gap = np.arange(n), np.full(n, 7)
    twice = rng.permutation(n)[: n // 8 * 2]
    for first, second in twice.reshape(-1, 2):
        group[second] = group[first]
        gap[[first, second]] = 7 if rng.random() < 0.6 else 2
    must = np.zeros(n, bool)
    window = problem.window_s.copy()
    open_to_all = np.flatnonzero(problem.allowed.sum(axis=1) >= shifts // 2)
    for i in rng.choice(np.setdiff1d(open_to_all, twice), 3, replace=False):
        must[i] = True  # fixed to the minute on its first day
        days = np.flatnonzero(window[i, :, 1] >= window[i, :, 0])
        window[i, days[1:], 1] = -1
        window[i, days[0]] = window[i, days[0]].sum() // 2
    bonus = np.where(rng.random((n, shifts)) < 0.1, 0.2, 0.0) * problem.prize[:, None]
    of_shifts = window[:, [span.day for span in problem.shifts]]
    allowed = problem.allowed & (of_shifts[:, :, 1] >= of_shifts[:, :, 0])
    return replace(
        problem,
        window_s=window,
        allowed=allowed,
        bonus=bonus,
        group=group,
        gap_days=gap,
        known=rng.random(n) < 0.7,
        must=must,
        balance=0.3,
    )


def value(problem: Problem, routes: Routes) -> float:
    """Return prizes and preferences of routes, after a look at hours, skills, gaps and shares."""
    made = [i for route in routes for i in route]
    assert len(made) == len(set(made)), "a visit is made twice"
    day = {i: problem.shifts[k].day for k, route in enumerate(routes) for i in route}
    for k, route in enumerate(routes):
        assert timetable(problem, k, route) is not None, "out of time"
        assert problem.allowed[list(route), k].all(), "a visit it may not make"
        limit = problem.shifts[k].unknown_limit_s
        unknown_s = sum(problem.service_s[i] for i in route if not problem.known[i])
        assert limit is None or unknown_s <= limit, "too much for people who are not known"
    for group in np.unique(problem.group):
        days = [(day[i], problem.gap_days[i]) for i in made if problem.group[i] == group]
        for at, (one, gap) in enumerate(days):
            assert all(abs(one - other) >= max(gap, its) for other, its in days[at + 1 :]), "a gap"
    assert set(np.flatnonzero(problem.must)) <= set(made), "an appointment is missing"
    worths = [problem.prize[i] + problem.bonus[i, k] for k, r in enumerate(routes) for i in r]
    return float(sum(worths))


def weeks(network: StreetNetwork) -> None:
    """Print how far 5 s stay behind the best that any solver finds in 60 s."""
    print(f"\n{'week':24}{'solver':12}{'limit s':>8}{'CPU s':>8}{'value':>10}")
    for kind in KINDS:
        problem = generate(kind, network)
        best, short = 0.0, []
        for solver, limit_s, seed in _runs():
            name = f"{kind.name:24}{solver.name} #{seed}"
            began = time.process_time()
            try:
                found = value(problem, solver.solve(problem, limit_s=limit_s, seed=seed))
            except (PlanError, AssertionError) as error:
                print(f"{name:36}{limit_s:8g}  no plan: {error}", flush=True)
                continue
            spent_s = time.process_time() - began
            print(f"{name:36}{limit_s:8g}{spent_s:8.1f}{found:10.2f}", flush=True)
            best = max(best, found)
            short += [found] if (solver, limit_s) == (OURS, SHORT_S) else []
        behind = ", ".join(f"{100 * (1 - found / best):.2f}" for found in short)
        print(f"{kind.name:24}best {best:.2f}; ours in {SHORT_S:g} s behind it by {behind} %")


def _runs() -> Iterator[tuple[Solver, float, int]]:
    yield from ((OURS, SHORT_S, seed) for seed in (1, 2, 3))
    yield from ((OURS, LONG_S, seed) for seed in (1, 2))
    yield VroomSolver(threads=1), SHORT_S, 1
    yield VroomSolver(threads=1), LONG_S, 1
    yield PyVrpSolver(), LONG_S, 1
    yield OrToolsSolver(), LONG_S, 1


def replan(network: StreetNetwork) -> None:
    """Print how steady a week is when something happens, and what that costs."""
    print(
        f"\n{'week':24}{'lost':>5}{'untouched':>10}{'kept %':>8}{'prize':>9}{'scratch':>9}"
        f"{'lost %':>8}{'scratch keeps %':>17}{'urgent':>8}"
    )
    for kind in KINDS:
        problem = generate(replace(kind, size=kind.size + URGENT), network)
        urgent = np.arange(problem.size) >= kind.size
        calm = replace(
            problem,
            allowed=problem.allowed & ~urgent[:, None],
            must=problem.must & ~urgent,
        )
        old = OURS.solve(calm, limit_s=PLAN_S, seed=1)
        value(calm, old)
        rng = np.random.default_rng(kind.seed)
        teams = rng.choice(len(old), 3, replace=False)
        for lost in teams.tolist():
            _replan_once(kind, problem, old, lost, rng)


def _replan_once(
    kind: Kind, problem: Problem, old: Routes, lost: int, rng: np.random.Generator
) -> None:
    urgent = np.arange(problem.size) >= kind.size
    made = {i: k for k, route in enumerate(old) for i in route}
    others = [i for i, k in made.items() if k != lost and not problem.must[i]]
    cancelled = rng.choice(others, CANCELLED, replace=False)
    allowed = problem.allowed.copy()
    allowed[:, lost] = False
    allowed[cancelled] = False
    prize = np.where(urgent, 3.0, problem.prize)  # as a stop that a lead puts in
    # An appointment of the lost team whose day nobody else works cannot be kept by anyone.
    must = problem.must & ~urgent & allowed.any(axis=1)
    now = replace(problem, allowed=allowed, prize=prize, must=must)
    bonus = now.bonus.copy()
    for i, k in made.items():
        bonus[i, k] += KEEP_BONUS * prize[i]
    start = tuple(
        () if k == lost else tuple(i for i in route if i not in set(cancelled))
        for k, route in enumerate(old)
    )
    new = OURS.solve(replace(now, bonus=bonus), limit_s=REPLAN_S, seed=1, start=start)
    scratch = OURS.solve(now, limit_s=REPLAN_S, seed=1)
    untouched = [(i, k) for k, route in enumerate(start) for i in route]

    def kept(routes: Routes) -> float:
        return 100 * sum(i in routes[k] for i, k in untouched) / len(untouched)

    got, beside = value(now, new), value(now, scratch)
    inside = sum(urgent[i] for route in new for i in route)
    print(
        f"{kind.name:24}{lost:5}{len(untouched):10}{kept(new):8.1f}{got:9.2f}{beside:9.2f}"
        f"{100 * (1 - got / beside):8.2f}{kept(scratch):17.1f}{inside:5} of {URGENT}",
        flush=True,
    )


def albany() -> None:
    """Print the time from calls to a drawn week, and the same week planned by hand."""
    shutil.rmtree(WITH_CALLS, ignore_errors=True)
    shutil.copytree(FOLDER, WITH_CALLS)
    params = CallParams(calls_per_week=CALLS_PER_WEEK)
    wanted = invented.Invention(local_date(NOW, "America/New_York"), 1, params)
    invented.simulate_city(WITH_CALLS, wanted, report=lambda _: None)
    export = WITH_CALLS / "exports" / "calls.csv"
    intake.ingest_file(WITH_CALLS, export, intake.Wishes(as_it_happened=True), now=NOW)
    began, worked = time.perf_counter(), time.process_time()
    label = coming_week(NOW, "America/New_York")
    made = week.make_week_plan(WITH_CALLS, label, now=NOW, limit_s=PLAN_S)
    planned_s = time.perf_counter() - began
    target = WITH_CALLS / "sweep.html"
    week_map.write_week_map(WITH_CALLS, made.week, None, target, now=NOW, report=lambda _: None)
    wall_s, cpu_s = time.perf_counter() - began, time.process_time() - worked
    print(
        f"\nAlbany: planned and checked {planned_s:.1f} s, drawn {wall_s:.1f} s by the wall, "
        f"{cpu_s:.1f} s CPU (limit 40 with {PLAN_S:g} of solver)"
    )
    print(f"{'':42}{'stops':>7}{'explore':>9}{'need met':>10}{'min driven':>12}{'a stop':>8}")
    _side("", made)
    _side("", _again(made, NearestFirst()))
    # By hand few walks explore, so need met is beside each other only where neither has to.
    for teams, what in ((ALL_TEAMS, ""), (TWO_TEAMS, ", two teams")):
        for solver in (OURS, NearestFirst()):
            again = _again(made, solver, explore=False, teams=teams)
            _side(f"{what}, none explores", again)


def _again(
    made: Plan, solver: Solver, *, explore: bool = True, teams: tuple[str, ...] = ALL_TEAMS
) -> Plan:
    """Return the same candidates and shifts, or those of some teams, planned by another solver."""
    city = load_city(WITH_CALLS)
    share = city.plan.exploration_share if explore else 0.0
    params = city.plan.model_copy(update={"solver_limit_s": PLAN_S, "exploration_share": share})
    city = city.model_copy(update={"plan": params})
    order = Order(city, made.week, made_at=NOW, as_of=made.as_of)
    walks = (made.candidates["kind"] == "exploration") & ~np.bool_(explore)
    chosen = made.candidates[~walks]
    going = made.shifts[made.shifts["team"].isin(teams)].reset_index(drop=True)
    return make_plan(chosen, going, setup.load_networks(WITH_CALLS), order=order, solver=solver)


def _side(what: str, plan: Plan) -> None:
    visited = plan.candidates.set_index("candidate_id").loc[plan.stops["candidate_id"]]
    driven = float(plan.legs["travel_s"].sum()) / 60
    explore = int((visited["kind"] == "exploration").sum())
    print(
        f"{plan.solver + what:42}{len(visited):7}{explore:9}{visited['prize'].sum():10.1f}"
        f"{driven:12.0f}{driven / len(visited):8.1f}",
        flush=True,
    )


def make_city() -> None:
    """Read Albany's streets and set 5 teams for 5 days, unless they stand from an earlier run."""
    if (FOLDER / "ready").exists():
        return
    shutil.rmtree(FOLDER, ignore_errors=True)
    streets = DATA / "streets" / "albany_2018_clean.osm.bz2"
    setup.init_city(FOLDER, setup.NewCity(streets=streets), report=lambda _: None)
    teams = tuple(
        Team(name=name, members=(Member(name=name[-1], role="caseworker"),)) for name in ALL_TEAMS
    )
    shift = Shift.model_validate(
        {
            "teams": [team.name for team in teams],
            "days": ["mon", "tue", "wed", "thu", "fri"],
            "start": "09:00",
            "end": "17:00",
            "pause": {"earliest": "11:30", "latest": "13:30", "minutes": 30},
        }
    )
    plan = PlanParams(max_candidates=300)
    city = load_city(FOLDER)
    made = City.model_validate({**dict(city), "teams": teams, "shifts": (shift,), "plan": plan})
    (FOLDER / CONFIG_NAME).write_text(dump_city(made), encoding="utf-8")
    (FOLDER / "ready").touch()


def main() -> None:
    if not DATA.is_dir():
        sys.exit(f"no real data in {DATA}; name their folder in OUTREACH_REAL_DATA")
    asked = sys.argv[1:] or ["weeks", "replan", "albany"]
    make_city()
    compile_now()
    network = setup.load_networks(FOLDER)["drive"]
    if "weeks" in asked:
        weeks(network)
    if "replan" in asked:
        replan(network)
    if "albany" in asked:
        albany()


if __name__ == "__main__":
    main()
