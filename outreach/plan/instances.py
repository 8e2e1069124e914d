"""Public instances of team orienteering: read as they are, solved in whole units, checked by hand.

A folder holds ``best_known.csv`` and one subfolder a set: ``chao`` (Chao, Golden & Wasil 1996) and
``toptw`` (Solomon's and Cordeau's instances after Vansteenwegen et al. 2009). What a solver sees
is in whole units, so that no solution is too long; what is checked is the file's own numbers,
added up again by other code.
"""

import csv
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from outreach.errors import PlanError
from outreach.plan.problem import UNREACHABLE_S, IntArray, Problem, Routes, ShiftSpan

BEST_KNOWN = "best_known.csv"
COLUMNS = ("set", "instance", "file", "vehicles", "best_known", "kind")
# Distances that are not rounded get as many units as there is room for: in a path of 50 legs that
# are rounded up, at most 1 part in 100,000 of its length is lost.
LONGEST_UNITS = UNREACHABLE_S // 2
ROUNDING = 1e-6  # of sums of floats
COST_OF_ALL_TRAVEL = 0.1  # prizes are whole numbers: ways only decide between equal prizes


@dataclass(frozen=True)
class Vertex:
    """A line of an instance: where, how long, what it is worth, when a visit may start."""

    x: float
    y: float
    service: float
    prize: float
    opens: float
    closes: float


@dataclass(frozen=True)
class Instance:
    """Collect the most prize on so many paths from the first vertex to the one named ``end``.

    Candidates are the vertices that are not an end, in their order.
    """

    set: str
    name: str
    vehicles: int
    best_known: float
    kind: str  # what the best known value is: published, or a proven optimum
    vertices: tuple[Vertex, ...]
    end: int
    longest: float  # of each path
    decimals: int | None = None  # to which distances are rounded down; None: not rounded

    @property
    def visits(self) -> tuple[int, ...]:
        """The vertices that may be visited: what a solver counts from 0."""
        return tuple(i for i in range(1, len(self.vertices)) if i != self.end)


def read_set(folder: Path) -> list[Instance]:
    """Return every instance that ``best_known.csv`` of a folder lists, in its order.

    Raises   PlanError   a file is missing or a line cannot be understood; names file and line
    """
    path = folder / BEST_KNOWN
    header, *rows = csv.reader(_lines(path) or [""])
    if tuple(header) != COLUMNS:
        raise PlanError(f"{path}, line 1: expected {','.join(COLUMNS)}")
    found = []
    for number, row in enumerate(rows, start=2):
        if not row:
            continue
        where = f"{path}, line {number}"
        if len(row) != len(COLUMNS) or row[0] not in READERS:
            raise PlanError(f"{where}: expected a set ({' or '.join(READERS)}) and five more cells")
        vehicles, best_known = _numbers(row[3:5], 2, where)
        if best_known <= 0:
            raise PlanError(f"{where}: the best known prize must be above zero")
        listed = (row[0], row[1], _count(vehicles, where), best_known, row[5])
        found.append(Instance(*listed, *READERS[row[0]](folder / row[0] / row[2])))
    return found


def sample_of(instances: Sequence[Instance], count: int, *, seed: int = 1) -> list[Instance]:
    """Return so many instances, spread evenly over sets and names; the same for a seed."""
    ordered = sorted(instances, key=lambda one: (one.set, one.name))
    if count >= len(ordered):
        return ordered
    rng = np.random.default_rng(seed)
    return [ordered[rng.choice(part)] for part in np.array_split(np.arange(len(ordered)), count)]


def problem_of(instance: Instance) -> Problem:
    """Return an instance as a week's numbers: each path a shift of the same day."""
    points = instance.vertices
    scale = 10**instance.decimals if instance.decimals else int(LONGEST_UNITS / instance.longest)
    visits = instance.visits
    longest = math.floor(instance.longest * scale + ROUNDING)
    order = [*visits, 0, instance.end]
    span = ShiftSpan(0, 0, longest, "drive", origin=len(visits), destination=len(visits) + 1)
    window = np.zeros((len(visits), 7, 2), np.int64)
    window[:, :, 1] = -1  # only the first day is open
    window[:, 0, 0] = [math.ceil(points[i].opens * scale - ROUNDING) for i in visits]
    window[:, 0, 1] = [
        math.floor(min(points[i].closes, instance.longest) * scale + ROUNDING) for i in visits
    ]
    plain = Problem.plain(
        service_s=np.array([math.ceil(points[i].service * scale - ROUNDING) for i in visits]),
        prize=np.array([points[i].prize for i in visits]),
        window_s=window,
        allowed=np.ones((len(visits), instance.vehicles), bool),
        shifts=(span,) * instance.vehicles,
        travel_s={"drive": _travel(instance, order, scale)},
    )
    hours = instance.vehicles * longest / 3600
    return replace(plain, cost_per_h=COST_OF_ALL_TRAVEL / hours)


def prize_of(instance: Instance, routes: Routes) -> float:
    """Return the prize that routes collect, after adding them up in the file's own numbers.

    Raises   PlanError   too many paths, a visit that does not exist or happens twice, one outside
                         its window, or a path that is too long
    """
    if len(routes) > instance.vehicles:
        raise PlanError(f"{instance.name}: {len(routes)} paths instead of {instance.vehicles}")
    visits = instance.visits
    made = [number for route in routes for number in route]
    if not set(made) <= set(range(len(visits))):
        raise PlanError(f"{instance.name}: a visit to a vertex that does not exist")
    if len(set(made)) < len(made):
        raise PlanError(f"{instance.name}: a vertex is visited twice")
    for number, route in enumerate(routes, start=1):
        _follow(instance, f"path {number}", [0, *(visits[i] for i in route), instance.end])
    return sum(instance.vertices[visits[i]].prize for i in made)


def _follow(instance: Instance, path: str, order: Sequence[int]) -> None:
    """Walk a path leg by leg in floats."""
    clock = 0.0
    for before, after in pairwise(order):
        here, there = instance.vertices[before], instance.vertices[after]
        clock += here.service + _leg(here, there, instance.decimals)
        if after == instance.end:
            continue
        clock = max(clock, there.opens)
        if clock > there.closes + ROUNDING:
            raise PlanError(
                f"{instance.name}, {path}: vertex {after} closes at {there.closes:g}, "
                f"the visit starts at {clock:g}"
            )
    if clock > instance.longest + ROUNDING:
        raise PlanError(f"{instance.name}, {path}: {clock:g} long instead of {instance.longest:g}")


def _leg(here: Vertex, there: Vertex, decimals: int | None) -> float:
    length = math.hypot(there.x - here.x, there.y - here.y)
    if decimals is None:
        return length
    unit = 10.0**decimals
    return math.floor(length * unit + ROUNDING) / unit


def _travel(instance: Instance, order: Sequence[int], scale: int) -> IntArray:
    """Return travel between points in whole units: rounded down where the set says so, else up."""
    xy = np.array([(instance.vertices[i].x, instance.vertices[i].y) for i in order])
    across = np.sqrt(((xy[:, None] - xy[None]) ** 2).sum(axis=2)) * scale
    down = instance.decimals is not None
    whole = np.floor(across + ROUNDING) if down else np.ceil(across - ROUNDING)
    units: IntArray = np.minimum(whole, UNREACHABLE_S).astype(np.int64)
    return units


Read = tuple[tuple[Vertex, ...], int, float, int | None]  # vertices, end, longest, decimals


def _chao(path: Path) -> Read:
    """Read vertices of x, y and prize after three lines of ``n``, ``m`` and ``tmax``."""
    lines = _lines(path)
    heads = [
        _head(lines, number, word, path) for number, word in enumerate(("n", "m", "tmax"), start=1)
    ]
    if heads[2] <= 0:
        raise PlanError(f"{path}, line 3: tmax must be above zero")
    vertices = []
    for number in range(4, 4 + _count(heads[0], f"{path}, line 1")):
        x, y, prize = _numbers_of(lines, number, path)[:3]
        vertices.append(Vertex(x, y, 0.0, prize, 0.0, math.inf))
    return tuple(vertices), len(vertices) - 1, heads[2], None


def _toptw(path: Path) -> Read:
    """Read vertices of index, x, y, duration, prize … opening and closing after two lines."""
    lines = _lines(path)
    count = _count(_numbers_of(lines, 1, path)[2], f"{path}, line 1")
    vertices = []
    for number in range(3, 4 + count):
        cells = _numbers_of(lines, number, path, least=7)
        vertices.append(Vertex(*cells[1:5], *cells[-2:]))
    if vertices[0].closes <= 0:
        raise PlanError(f"{path}, line 3: the length of the paths must be above zero")
    decimals = 2 if path.name.startswith("pr") else 1  # Cordeau's are finer than Solomon's
    return tuple(vertices), 0, vertices[0].closes, decimals


READERS: dict[str, Callable[[Path], Read]] = {"chao": _chao, "toptw": _toptw}


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise PlanError(f"{path} cannot be read: {error}") from None


def _head(lines: Sequence[str], number: int, word: str, path: Path) -> float:
    cells = lines[number - 1].split() if number <= len(lines) else []
    if not cells or cells[0] != word:
        raise PlanError(f"{path}, line {number}: expected {word} and a number")
    return _numbers(cells[1:], 1, f"{path}, line {number}")[0]


def _numbers_of(lines: Sequence[str], number: int, path: Path, least: int = 3) -> list[float]:
    if number > len(lines):
        raise PlanError(f"{path}, line {number}: the file ends before its last vertex")
    return _numbers(lines[number - 1].split(), least, f"{path}, line {number}")


def _numbers(cells: Sequence[str], least: int, where: str) -> list[float]:
    try:
        numbers = [float(cell) for cell in cells]
    except ValueError:
        numbers = []
    if len(numbers) < least or not all(math.isfinite(number) for number in numbers):
        raise PlanError(f"{where}: expected at least {least} numbers, not {' '.join(cells)!r}")
    return numbers


def _count(number: float, where: str) -> int:
    if number < 1 or number != int(number):
        raise PlanError(f"{where}: {number:g} is no count")
    return int(number)
