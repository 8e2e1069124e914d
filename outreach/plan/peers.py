"""Other libraries as solvers: PyVRP and OR-Tools, to hold the search against.

Both are optional: they come with the tools of developers, and nothing but benchmarks and tests
asks for them. They are told of hours, skills and visits that may be made on several days; a
problem with more is refused, so that plans under different rules are never compared. Ways count a
little against prizes, as both search badly where ways are free.
"""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise
from types import ModuleType
from typing import Any

import numpy as np

from outreach.errors import PlanError
from outreach.plan.problem import IntArray, Problem, Routes
from outreach.plan.solver import Solver, Watch
from outreach.plan.vroom import VroomSolver

TIMES_TIME = 10  # all prizes together are worth so many times the hours of all shifts
NEIGHBOURS = 20
LACKS_SKILL = 100  # units of load by which a visit is too much for a team without the skill


@dataclass(frozen=True)
class PyVrpSolver:
    """Solves a week with PyVRP until its processor time is over; one thread."""

    name: str = "PyVRP"

    def solve(
        self,
        problem: Problem,
        *,
        limit_s: float,
        seed: int,
        start: Routes | None = None,  # noqa: ARG002
        watch: Watch | None = None,  # noqa: ARG002
    ) -> Routes:
        """Return routes.

        Raises   PlanError   not installed, or the problem has what PyVRP is not told of here
        """
        pyvrp, search = _library("pyvrp", self.name), _library("pyvrp.search", self.name)
        _refuse_more(problem, self.name)
        options = _options(problem)
        routes: list[tuple[int, ...]] = [()] * len(problem.shifts)
        if not options:
            return tuple(routes)
        near = search.NeighbourhoodParams(num_neighbours=NEIGHBOURS)
        params = pyvrp.SolveParams(neighbourhood=near)
        data = _pyvrp_data(pyvrp, problem, options)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyVRP warns where a penalty is at its limit
            found = pyvrp.solve(data, _until(limit_s), seed, collect_stats=False, params=params)
        for route in found.best.routes() if found.is_feasible() else ():
            visits = (options[one.idx].candidate for one in route if one.is_client())
            routes[route.vehicle_type()] = tuple(visits)
        return tuple(routes)


@dataclass(frozen=True)
class OrToolsSolver:
    """Solves a week with the routing library of OR-Tools: guided local search by the wall clock."""

    name: str = "OR-Tools"

    def solve(
        self,
        problem: Problem,
        *,
        limit_s: float,
        seed: int,  # noqa: ARG002
        start: Routes | None = None,  # noqa: ARG002
        watch: Watch | None = None,  # noqa: ARG002
    ) -> Routes:
        """Return routes; it has no random part, so the seed changes nothing.

        Raises   PlanError   not installed, or the problem has what OR-Tools is not told of here
        """
        library = _library("ortools.constraint_solver.pywrapcp", self.name)
        enums = _library("ortools.constraint_solver.routing_enums_pb2", self.name)
        _refuse_more(problem, self.name)
        manager, routing = _ortools_model(library, problem)
        params = library.DefaultRoutingSearchParameters()
        first, local = enums.FirstSolutionStrategy, enums.LocalSearchMetaheuristic
        params.first_solution_strategy = first.PARALLEL_CHEAPEST_INSERTION
        params.local_search_metaheuristic = local.GUIDED_LOCAL_SEARCH
        params.time_limit.FromMilliseconds(int(limit_s * 1000))
        answer = routing.SolveWithParameters(params)
        if answer is None:
            return tuple(() for _ in problem.shifts)
        return tuple(
            _ortools_route(manager, routing, answer, shift) for shift in range(len(problem.shifts))
        )


@dataclass(frozen=True)
class _Option:
    """A visit on one day, with the shifts that may make it then."""

    candidate: int
    first_s: int
    last_s: int
    shifts: tuple[int, ...]
    whole_day: bool  # every shift of the day may make it


def all_peers() -> tuple[Solver, ...]:
    """Return PyVRP, VROOM and OR-Tools.

    Raises   PlanError   one is not installed
    """
    peers: tuple[Solver, ...] = (PyVrpSolver(), VroomSolver(threads=1), OrToolsSolver())
    for peer, module in zip(
        peers, ("pyvrp", "vroom", "ortools.constraint_solver.pywrapcp"), strict=True
    ):
        _library(module, peer.name)
    return peers


def _library(module: str, name: str) -> ModuleType:
    try:
        return import_module(module)
    except ImportError:
        package, _, _ = module.partition(".")
        raise PlanError(
            f"{name} is not installed; only comparisons need it: pip install {package}"
        ) from None


def _refuse_more(problem: Problem, name: str) -> None:
    has = {
        "pauses": any(span.pause for span in problem.shifts),
        "a share kept for people known": any(
            span.unknown_limit_s is not None for span in problem.shifts
        ),
        "groups of visits": len(np.unique(problem.group)) < problem.size,
        "appointments": bool(problem.must.any()),
        "preferences": bool(problem.bonus.any()),
        "traffic": any(len(speed) for speed in problem.speed.values()),
    }
    more = [what for what, there in has.items() if there]
    if more:
        raise PlanError(f"{name} is not told of {', '.join(more)} here")


def _options(problem: Problem) -> list[_Option]:
    """Return every visit on every day on which some shift may make it within its hours."""
    days: dict[int, list[int]] = {}
    for number, span in enumerate(problem.shifts):
        days.setdefault(span.day, []).append(number)
    options = []
    for candidate in range(problem.size):
        for day, shifts in days.items():
            first, last = (int(bound) for bound in problem.window_s[candidate, day])
            able = tuple(
                shift
                for shift in shifts
                if problem.allowed[candidate, shift]
                and max(first, problem.shifts[shift].start_s)
                <= min(last, problem.shifts[shift].end_s)
            )
            if able and first <= last:
                whole = len(able) == len(shifts)
                options.append(_Option(candidate, first, last, able, whole))
    return options


def _prizes(problem: Problem) -> IntArray:
    """Return prizes in seconds of travel: the unit in which both libraries weigh them."""
    hours_s = sum(span.end_s - span.start_s for span in problem.shifts)
    unit = TIMES_TIME * hours_s / max(float(problem.prize.sum()), 1e-9)
    prizes: IntArray = np.maximum(np.rint(problem.prize * unit), 1).astype(np.int64)
    return prizes


def _pyvrp_data(pyvrp: ModuleType, problem: Problem, options: list[_Option]) -> Any:
    """Return PyVRP's data: a client for each option, one group for those of one visit.

    A skill is a dimension of load in which teams without it have no room.
    """
    skills = sorted({option.shifts for option in options if not option.whole_day})
    modes = list(problem.travel_s)
    ends = sorted({end for span in problem.shifts for end in (span.origin, span.destination)})
    numbers: dict[int, list[int]] = {}
    for number, option in enumerate(options):
        numbers.setdefault(option.candidate, []).append(number)
    several = {candidate: own for candidate, own in numbers.items() if len(own) > 1}
    groups = {candidate: at for at, candidate in enumerate(several)}
    prizes = _prizes(problem)
    clients = [
        pyvrp.Client(
            location=option.candidate,
            delivery=[LACKS_SKILL * (option.shifts == skill) for skill in skills],
            service_duration=int(problem.service_s[option.candidate]),
            tw_early=option.first_s,
            tw_late=option.last_s,
            prize=int(prizes[option.candidate]),
            required=False,
            group=groups.get(option.candidate),
        )
        for option in options
    ]
    room = LACKS_SKILL * len(options)
    vehicles = [
        pyvrp.VehicleType(
            capacity=[room * (number in skill) for skill in skills],
            start_depot=ends.index(span.origin),
            end_depot=ends.index(span.destination),
            tw_early=span.start_s,
            tw_late=span.end_s,
            profile=modes.index(span.mode),
        )
        for number, span in enumerate(problem.shifts)
    ]
    matrices = [problem.travel_s[mode] for mode in modes]
    return pyvrp.ProblemData(
        locations=[pyvrp.Location(0, 0)] * len(matrices[0]),
        clients=clients,
        depots=[pyvrp.Depot(location=end) for end in ends],
        vehicle_types=vehicles,
        distance_matrices=matrices,
        duration_matrices=matrices,
        groups=[pyvrp.ClientGroup(own, required=False) for own in several.values()],
    )


def _until(limit_s: float) -> Callable[[int], bool]:
    """Return PyVRP's question whether to stop: by processor time, as other work runs beside it."""
    ends = time.process_time() + limit_s
    return lambda _best_cost: time.process_time() > ends


def _ortools_model(library: Any, problem: Problem) -> tuple[Any, Any]:
    spans = problem.shifts
    points = len(next(iter(problem.travel_s.values())))
    starts, ends = [span.origin for span in spans], [span.destination for span in spans]
    manager = library.RoutingIndexManager(points, len(spans), starts, ends)
    routing = library.RoutingModel(manager)
    costs, transits = [], []
    for mode in problem.travel_s:
        travel = problem.travel_s[mode]
        service = np.zeros(points, np.int64)
        service[: problem.size] = problem.service_s
        costs.append(routing.RegisterTransitMatrix(travel.tolist()))
        transits.append(routing.RegisterTransitMatrix((travel + service[:, None]).tolist()))
    modes = list(problem.travel_s)
    for number, span in enumerate(spans):
        routing.SetArcCostEvaluatorOfVehicle(costs[modes.index(span.mode)], number)
    latest = max(span.end_s for span in spans)
    per_vehicle = [transits[modes.index(span.mode)] for span in spans]
    routing.AddDimensionWithVehicleTransits(per_vehicle, latest, latest, False, "clock")
    clock = routing.GetDimensionOrDie("clock")
    for number, span in enumerate(spans):
        clock.CumulVar(routing.Start(number)).SetRange(span.start_s, span.end_s)
        clock.CumulVar(routing.End(number)).SetRange(span.start_s, span.end_s)
    _ortools_visits(problem, manager, routing, clock)
    return manager, routing


def _ortools_visits(problem: Problem, manager: Any, routing: Any, clock: Any) -> None:
    """Tell of prizes, of who may go and of the hours, with a gap between those of two days."""
    prizes = _prizes(problem)
    options: dict[int, list[_Option]] = {number: [] for number in range(problem.size)}
    for option in _options(problem):
        options[option.candidate].append(option)
    for candidate, own in options.items():
        at = manager.NodeToIndex(candidate)
        routing.AddDisjunction([at], int(prizes[candidate]))
        shifts = [shift for option in own for shift in option.shifts]
        routing.VehicleVar(at).SetValues([-1, *shifts])
        hours = sorted((option.first_s, option.last_s) for option in own)
        if hours:
            clock.CumulVar(at).SetRange(hours[0][0], max(last for _, last in hours))
        for (_, closes), (opens, _) in pairwise(hours):
            if closes + 1 < opens:
                clock.CumulVar(at).RemoveInterval(closes + 1, opens - 1)


def _ortools_route(manager: Any, routing: Any, answer: Any, shift: int) -> tuple[int, ...]:
    visits = []
    at = answer.Value(routing.NextVar(routing.Start(shift)))
    while not routing.IsEnd(at):
        visits.append(manager.IndexToNode(at))
        at = answer.Value(routing.NextVar(at))
    return tuple(visits)
