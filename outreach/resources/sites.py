"""Where something new could stand: p-median, p-center and maximal coverage."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from outreach.errors import OutreachError

Goal = Literal["p_median", "p_center", "coverage"]
FAR_MIN = 1440.0  # counted where nothing is reached at all: a day
# A p-median of more cells times sites than this takes the solver minutes; as long as the choices
# are few enough, all of them are tried instead. Both find the best.
_MODEL_SIZE = 20_000
_TRIES = 2_000_000_000  # choices times cells

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Standing:
    """How near a set of places is to the demand.

    mean_min    of all demand to its nearest place
    worst_min   of any cell with demand
    covered     demand within the limit
    """

    mean_min: float
    worst_min: float
    covered: float


@dataclass(frozen=True)
class Choice:
    """The sites chosen, the most useful first, and what they change.

    chosen   positions of candidates; fewer than asked for where more would change nothing
    today    with today's places alone
    then     with the chosen ones beside them
    """

    chosen: tuple[int, ...]
    today: Standing
    then: Standing


@dataclass(frozen=True)
class _Task:
    """Cells with demand, and their minutes with today's places and with each candidate beside."""

    demand: FloatArray
    today: FloatArray
    minutes: FloatArray  # cells by candidates, never more than today's
    within_min: float

    def times(self, chosen: Sequence[int]) -> FloatArray:
        best = self.minutes[:, list(chosen)].min(axis=1, initial=FAR_MIN)
        return np.asarray(np.minimum(self.today, best))

    def standing(self, chosen: Sequence[int]) -> Standing:
        times = self.times(chosen)
        return Standing(
            float(np.average(times, weights=self.demand)),
            float(times.max()),
            float(self.demand[times <= self.within_min].sum()),
        )

    def value(self, chosen: Sequence[int], goal: Goal) -> tuple[float, float]:
        """Return what the goal counts and then the mean, both the smaller the better."""
        found = self.standing(chosen)
        first = {
            "p_median": found.mean_min,
            "p_center": found.worst_min,
            "coverage": -found.covered,
        }
        return first[goal], found.mean_min


def _task(
    demand: npt.ArrayLike, candidate_min: npt.ArrayLike, today_min: npt.ArrayLike, within_min: float
) -> _Task:
    wanted, today = np.asarray(demand, float), np.asarray(today_min, float)
    new = np.asarray(candidate_min, float).reshape(len(wanted), -1)
    some = wanted > 0
    if not some.any():
        raise OutreachError("there is no demand to place a site for")
    if not new.shape[1]:
        raise OutreachError("there is no candidate place to choose among")
    today = np.minimum(today[some], FAR_MIN)
    return _Task(wanted[some], today, np.minimum(new[some], today[:, None]), within_min)


def _solved(model: Any, limit_s: float) -> list[int]:
    """Solve a model of spopt with the solver that pulp brings and return the sites it opens.

    Raises   OutreachError   not solved to the end within the limit
    """
    import pulp

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            model.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=limit_s), results=False)
    except RuntimeError:
        model.problem.sol_status = pulp.LpSolutionNoSolutionFound
    if model.problem.sol_status != pulp.LpSolutionOptimal:
        raise OutreachError(
            f"the best sites were not found within {limit_s:g} s; nothing is shown rather than a "
            "guess: choose fewer sites or fewer candidates"
        )
    return [i for i, site in enumerate(model.fac_vars) if site.value() > 0.5]


def _model(kind: str, cost: FloatArray, *args: Any, **options: Any) -> Any:
    """Make a model of spopt from a matrix of costs; it is slow to import, so not before."""
    from spopt import locate

    with warnings.catch_warnings():  # each of its variables warns of a later pulp
        warnings.simplefilter("ignore", DeprecationWarning)
        return getattr(locate, kind).from_cost_matrix(cost, *args, **options)


def _merged(rows: npt.NDArray[Any], demand: FloatArray) -> tuple[npt.NDArray[Any], FloatArray]:
    """Return each row once, with the demand of all that are equal."""
    unique, which = np.unique(rows, axis=0, return_inverse=True)
    merged = np.bincount(which.reshape(-1), weights=demand, minlength=len(unique))
    return unique, merged.astype(np.float64)


def _greedy(task: _Task, goal: Goal, count: int, among: Sequence[int]) -> list[int]:
    """Return sites one after the other, each the best beside those before it, while any helps."""
    chosen: list[int] = []
    while len(chosen) < count:
        left = [site for site in among if site not in chosen]
        best = min(left, key=lambda site: task.value([*chosen, site], goal), default=None)
        if best is None or task.value([*chosen, best], goal) >= task.value(chosen, goal):
            break
        chosen.append(best)
    return chosen


def _worth_a_look(task: _Task, goal: Goal, count: int) -> list[int]:
    """Return the candidates that a best choice may hold; others are left out, exactly.

    What several sites gain together is at most the sum of what each gains alone. So a site whose
    own gain beside the largest others stays below what one choice is known to gain is in no
    better one.
    """
    alone = np.array([task.value([site], goal)[0] for site in range(task.minutes.shape[1])])
    nothing = task.value([], goal)[0]
    gain = nothing - alone
    known = nothing - task.value(_greedy(task, goal, count, range(len(gain))), goal)[0]
    order = np.argsort(-gain, kind="stable")
    rank = np.empty(len(gain), int)
    rank[order] = np.arange(len(gain))
    top = gain[order][:count].sum()
    beside = np.where(rank < count, top - gain, top - gain[order][count - 1])
    kept = (gain > 0) & (gain + beside >= known - 1e-9 * max(1.0, abs(known)))
    return [int(site) for site in np.flatnonzero(kept)]


def _all_tried(rows: FloatArray, demand: FloatArray, count: int) -> tuple[int, ...]:
    """Return the sites of least total time, having tried every choice; today's are column 0."""
    least, best = np.inf, tuple(range(count))
    new = rows[:, 1:]
    for head in combinations(range(new.shape[1]), count - 1):
        start = head[-1] + 1 if head else 0
        if start == new.shape[1]:
            continue
        so_far = rows[:, [0, *(site + 1 for site in head)]].min(axis=1)
        totals = demand @ np.minimum(so_far[:, None], new[:, start:])
        last = int(totals.argmin())
        if totals[last] < least:
            least, best = float(totals[last]), (*head, start + last)
    return best


def _median_sites(task: _Task, count: int, limit_s: float) -> list[int]:
    """Least mean time; today's places are one site that must be open."""
    sites = _worth_a_look(task, "p_median", count)
    if len(sites) <= count:
        return sites
    minutes = np.column_stack([task.today, task.minutes[:, sites]])
    better = (minutes[:, 1:] < minutes[:, :1]).any(axis=1)  # others do not depend on the choice
    rows, demand = _merged(minutes[better], task.demand[better])
    if rows.size > _MODEL_SIZE and comb(len(sites), count) * len(rows) <= _TRIES:
        return [sites[i] for i in _all_tried(rows, demand, count)]
    open_today = np.arange(rows.shape[1]) == 0
    model = _model(
        "PMedian", rows, demand, count + 1, predefined_facilities_arr=open_today.astype(int)
    )
    return [sites[i - 1] for i in _solved(model, limit_s) if i > 0]


def _cover_sites(task: _Task, count: int, limit_s: float) -> list[int]:
    """Most demand within the limit; what today's places cover is taken out beforehand."""
    sites = _worth_a_look(task, "coverage", count)
    if len(sites) <= count:
        return sites
    covers = task.minutes[:, sites] <= task.within_min
    open_question = (task.today > task.within_min) & covers.any(axis=1)
    rows, demand = _merged(covers[open_question], task.demand[open_question])
    model = _model("MCLP", np.where(rows, 0.0, 1.0), demand, 0.5, count)
    return [sites[i] for i in _solved(model, limit_s)]


def _needed(task: _Task, worst_min: float, limit_s: float) -> list[int] | None:
    """Return the fewest sites with which no cell is farther than this; None if there are none."""
    late = task.today > worst_min
    rows = np.unique(task.minutes[late] <= worst_min, axis=0)
    if not len(rows):
        return []
    if not rows.any(axis=1).all():
        return None
    size = rows.sum(axis=1)
    holds = (rows.astype(int) @ rows.T.astype(int)) == size[:, None]  # row i within row j
    np.fill_diagonal(holds, val=False)
    rows = rows[~holds.any(axis=0)]  # a row that holds another is met with it
    return _solved(_model("LSCP", np.where(rows, 0.0, 1.0), 0.5), limit_s)


def _center_sites(task: _Task, count: int, limit_s: float) -> list[int]:
    """Least time of the worst cell, by halving the times it can be (Minieka 1970).

    Exact as spopt's PCenter, which has a variable for each cell and site and takes minutes.
    """
    least = float(task.minutes.min(axis=1).max())
    best = _greedy(task, "p_center", count, range(task.minutes.shape[1]))
    most = task.standing(best).worst_min
    times = np.unique(np.concatenate([task.minutes.ravel(), task.today]))
    times = times[(times >= least) & (times <= most)]
    low, high = 0, len(times) - 1
    while low < high:
        middle = (low + high) // 2
        sites = _needed(task, float(times[middle]), limit_s)
        if sites is not None and len(sites) <= count:
            best, high = sites, middle
        else:
            low = middle + 1
    return best


def choose_sites(
    demand: npt.ArrayLike,
    candidate_min: npt.ArrayLike,
    today_min: npt.ArrayLike,
    *,
    goal: Goal,
    count: int,
    within_min: float,
    limit_s: float = 60.0,
) -> Choice:
    """Choose the best sites for something new beside today's places, which stay.

    No other choice of so many sites is better by the goal: least mean time (p_median), least time
    of the worst cell (p_center), most demand within the limit (coverage).

    Needs    demand          of each cell; cells without any do not count
             candidate_min   cells by candidates; infinite counts as a day
             today_min       of each cell to its nearest place of today, infinite where none
    Raises   OutreachError   no demand, no candidates, or not solved within ``limit_s``
    Source   Hakimi 1964; Church & ReVelle 1974; Minieka 1970; the models of PySAL spopt
    """
    if count < 1:
        raise OutreachError(f"choose at least one site (asked for {count})")
    task = _task(demand, candidate_min, today_min, within_min)
    count = min(count, task.minutes.shape[1])
    solvers = {"p_median": _median_sites, "p_center": _center_sites, "coverage": _cover_sites}
    best = solvers[goal](task, count, limit_s)
    chosen = _greedy(task, goal, len(best), best)
    chosen += [site for site in best if site not in chosen]
    if len(chosen) < count:  # the goal needs no more; the rest shortens other ways
        for _ in range(count - len(chosen)):
            now = task.standing(chosen).mean_min
            left = [site for site in range(task.minutes.shape[1]) if site not in chosen]
            mean, site = min((task.standing([*chosen, site]).mean_min, site) for site in left)
            if mean >= now:
                break
            chosen.append(site)
    return Choice(tuple(chosen), task.standing([]), task.standing(chosen))


def _gain(now: Standing, then: Standing, within_min: float, unit: str) -> str:
    """Say in a few words what a site would change."""
    more = then.covered - now.covered
    if now.mean_min >= FAR_MIN:  # there is nothing today to compare with
        return (
            f"{then.mean_min:.1f} min on average; {then.covered:,.0f} {unit} within "
            f"{within_min:g} min"
        )
    said = []
    if now.mean_min - then.mean_min >= 0.05:
        said.append(f"{now.mean_min - then.mean_min:.1f} min less on average")
    if more >= 0.05:
        said.append(f"{more:,.{0 if more >= 10 else 1}f} more {unit} within {within_min:g} min")
    if now.worst_min - then.worst_min >= 0.05:
        said.append(f"the farthest {now.worst_min - then.worst_min:.1f} min nearer")
    return "; ".join(said) or "changes nothing against today"


def site_table(
    candidates: pd.DataFrame,
    demand: npt.ArrayLike,
    candidate_min: npt.ArrayLike,
    today_min: npt.ArrayLike,
    *,
    chosen: Sequence[int],
    within_min: float,
    unit: str = "calls a week",
) -> pd.DataFrame:
    """Return what each candidate alone would change beside today's places.

    Needs    candidates   site_id, name, lon, lat; the others as ``choose_sites``
             chosen       positions in order, of a ``Choice``
             unit         of the demand, in words
    Adds     resource_schemas.SITES
    """
    task = _task(demand, candidate_min, today_min, within_min)
    today = task.standing([])
    alone = [task.standing([site]) for site in range(len(candidates))]
    order = {site: rank for rank, site in enumerate(chosen, start=1)}
    words = [_gain(today, found, within_min, unit) for found in alone]
    return candidates[["site_id", "name", "lon", "lat"]].assign(
        chosen=pd.array([order.get(site) for site in range(len(alone))], dtype="Int64"),
        mean_min=[found.mean_min for found in alone],
        worst_min=[found.worst_min for found in alone],
        covered=[found.covered for found in alone],
        reason=pd.Series(
            [f"Alone: {text}." for text in words], index=candidates.index, dtype="str"
        ),
    )
