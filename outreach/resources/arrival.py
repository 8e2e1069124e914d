"""What places will be when somebody arrives."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Instants = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Arrival:
    """Stops by resources: ON_ARRIVAL, when it closes, when it opens next (NaT: not, or not known).

    ``opens_at`` is told where it is closed on arrival, as far as the openings reach.
    """

    state: npt.NDArray[np.str_]
    closes_at: Instants
    opens_at: Instants


def _instants(column: pd.Series) -> Instants:
    instants: Instants = column.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[ns]")
    return instants


def _closing(opens: Instants, closes: Instants, state: npt.NDArray[Any]) -> Instants:
    """Return when each opening ends, counting those that follow without a break."""
    ends = closes.copy()
    for at in range(len(ends) - 2, -1, -1):
        if closes[at] == opens[at + 1] and state[at] == state[at + 1]:
            ends[at] = ends[at + 1]
    return ends


def on_arrival(
    openings: pd.DataFrame,
    resource_ids: Sequence[str],
    arrive_at: npt.NDArray[Any],
    *,
    known: npt.NDArray[np.bool_],
) -> Arrival:
    """Return what each place will be at each arrival.

    Needs    openings: OPENINGS that reach from before the first arrival to after the last;
             arrive_at: stops by resources, UTC (datetime64 or nanoseconds; NaT: never arrives);
             known: of each resource, whether its hours were read. Where not, or where nobody
             arrives, the state is unknown, never open
    """
    when = np.asarray(arrive_at).astype("datetime64[ns]")
    state = np.full(when.shape, "unknown", dtype="<U14")
    closes_at = np.full(when.shape, np.datetime64("NaT", "ns"))
    opens_at = closes_at.copy()
    ordered = openings.sort_values(["resource_id", "opens_at"], ignore_index=True)
    groups = ordered.groupby("resource_id", sort=False).indices
    opens, closes = _instants(ordered["opens_at"]), _instants(ordered["closes_at"])
    states = ordered["state"].to_numpy()
    never = np.isnat(when)
    for column, resource_id in enumerate(resource_ids):
        if not known[column]:
            continue
        rows = groups.get(resource_id, np.empty(0, dtype=int))
        here, ends = opens[rows], _closing(opens[rows], closes[rows], states[rows])
        after = np.searchsorted(here, when[:, column], side="right")
        # one more at the end: no opening, which never comes
        inside = np.append(ends, np.datetime64("NaT", "ns"))[after - 1] > when[:, column]
        inside &= after > 0
        named = np.append(states[rows], "closed")
        state[:, column] = np.where(inside, named[after - 1], "closed")
        closes_at[inside, column] = ends[after[inside] - 1]
        nexts = np.append(here, np.datetime64("NaT", "ns"))[after]
        opens_at[~inside, column] = nexts[~inside]
    state[never] = "unknown"
    closes_at[never] = opens_at[never] = np.datetime64("NaT", "ns")
    return Arrival(state, closes_at, opens_at)
