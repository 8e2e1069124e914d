"""How far a solver stays behind the best that anyone is known to have found."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from outreach.plan.instances import Instance, prize_of, problem_of
from outreach.plan.solver import Solver


@dataclass(frozen=True)
class Gap:
    """What a solver found on one instance, over some seeds."""

    set: str
    instance: str
    best_known: float
    found: float  # mean over seeds
    best_found: float
    worst_found: float
    gap_pct: float  # of the mean; below zero where it is better than the best known
    seconds: float  # of processor time a run, mean over seeds


def measure(
    instances: Sequence[Instance],
    solver: Solver,
    *,
    limit_s: float,
    seeds: int,
    report: Callable[[str], None] = lambda _: None,
) -> list[Gap]:
    """Solve every instance with every seed, and check each solution in the file's own numbers.

    Raises   PlanError   a solution breaks a rule of its instance
    """
    gaps: list[Gap] = []
    for at, instance in enumerate(instances, start=1):
        mean = f", mean gap {mean_gap_pct(gaps):.2f} %" if gaps else ""
        report(f"{solver.name}: {instance.name}, {at} of {len(instances)}{mean}")
        problem = problem_of(instance)
        prizes = []
        began = time.process_time()
        for seed in range(1, seeds + 1):
            prizes.append(prize_of(instance, solver.solve(problem, limit_s=limit_s, seed=seed)))
        spent_s = (time.process_time() - began) / seeds
        found = sum(prizes) / seeds
        gaps.append(
            Gap(
                instance.set,
                instance.name,
                instance.best_known,
                found,
                max(prizes),
                min(prizes),
                gap_pct=100 * (instance.best_known - found) / instance.best_known,
                seconds=spent_s,
            )
        )
    return gaps


def mean_gap_pct(gaps: Sequence[Gap]) -> float:
    """Return the mean of the gaps."""
    return sum(gap.gap_pct for gap in gaps) / len(gaps)
