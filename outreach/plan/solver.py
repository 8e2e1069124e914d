"""What every solver does: one small Protocol, so that a better search can take its place."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from outreach.plan.problem import Problem, Routes


@dataclass(frozen=True)
class Progress:
    """How far a search has come."""

    share: float  # of its time, 0 to 1
    worth: float  # of the best routes so far
    stops: int


Watch = Callable[[Progress], bool]  # told now and then; False: stop and keep the best so far


class Solver(Protocol):
    """Chooses visits and their order; knows numbers only."""

    @property
    def name(self) -> str:
        """What plans record as their solver."""
        ...

    def solve(
        self,
        problem: Problem,
        *,
        limit_s: float,
        seed: int,
        start: Routes | None = None,
        watch: Watch | None = None,
    ) -> Routes:
        """Return for each shift the candidates to visit in order, in about the time limit.

        Every route keeps hours, windows, pause, ``allowed``, gaps and the limit of visits that
        are not for people known; no candidate appears twice. What ``must`` be visited is, if room
        was found. ``start`` is where the search begins. The same problem, limit, seed and start
        give the same routes unless ``watch`` or Ctrl+C ended the search, which then returns the
        best so far. Raises PlanError if it cannot.
        """
        ...
