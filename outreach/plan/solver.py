"""What every solver does: one small Protocol, so that a better search can take its place."""

from typing import Protocol

from outreach.plan.problem import Problem, Routes


class Solver(Protocol):
    """Chooses visits and their order; knows numbers only."""

    @property
    def name(self) -> str:
        """What plans record as their solver."""
        ...

    def solve(self, problem: Problem, *, limit_s: float, seed: int) -> Routes:
        """Return for each shift the candidates to visit in order, in about the time limit.

        Every route keeps hours, windows, pause and ``allowed``; no candidate appears twice. The
        same problem, limit and seed give the same routes. Raises PlanError if it cannot.
        """
        ...
