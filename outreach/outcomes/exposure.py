"""Where visits go beside where calls come from and where people live (safeguard 10)."""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from outreach.config import ExposureParams
from outreach.schemas import EXPOSURE

CONFIDENCE = 0.95


def exposure(
    visits: pd.DataFrame,
    calls: pd.DataFrame,
    population: pd.DataFrame,
    *,
    params: ExposureParams,
) -> pd.DataFrame:
    """Set each neighbourhood's share of visits beside its share of calls and of people.

    An area warns where its share of visits is more than ``max_inflation`` times its share of
    calls, and where there are visits but no calls. Of few visits chance sends some to the wrong
    area: the reason says where it could, and the warning stands all the same.

    Needs    visits       area, visits; several rows of an area add up, here and below
             calls        area, calls: for help, by the community, of the same weeks
             population   area, population; may be empty
    Adds     EXPOSURE     every area that is named; warnings first, then by inflation
    Source   Clopper & Pearson 1934 (exact binomial interval)
    """
    parts = [
        frame.groupby("area")[name].sum()
        for frame, name in ((visits, "visits"), (calls, "calls"), (population, "population"))
    ]
    found = pd.concat(parts, axis=1).sort_index()
    counted = found[["visits", "calls"]].fillna(0).astype("int64")
    share = counted / counted.sum().clip(lower=1)
    people = found["population"].astype("float64")
    found = counted.assign(
        visit_share=share["visits"],
        call_share=share["calls"],
        population=people,
        population_share=people / people.sum(),
        inflation=share["visits"] / share["calls"].where(counted["calls"] > 0),
    )
    uncalled = (found["visits"] > 0) & (found["calls"] == 0)
    found["warning"] = (found["inflation"] > params.max_inflation) | uncalled
    found["reason"] = _reasons(found)
    found = found.rename_axis("area").reset_index()
    by, rising = ["warning", "inflation", "area"], [False, False, True]
    order = found.sort_values(by, ascending=rising, na_position="first", ignore_index=True)
    return order[list(EXPOSURE.columns)]


class Stickiness(NamedTuple):
    """How many of the cells that have cooled are visited all the same."""

    visited: int
    cooled: int

    @property
    def share(self) -> float:
        """The part of the cooled cells that is visited."""
        return self.visited / self.cooled


def stickiness(
    visited: Collection[int], listed_before: Collection[int], listed_now: Collection[int]
) -> Stickiness | None:
    """Count the cells that have left the list, and those of them that are visited all the same.

    Needs    visited         cells of recent visits
             listed_before   cells that the community's calls put on the list a window ago
             listed_now      cells that they put on it now
    Returns None if no cell has left the list.
    """
    cooled = set(listed_before) - set(listed_now)
    return Stickiness(len(cooled & set(visited)), len(cooled)) if cooled else None


def _reasons(found: pd.DataFrame) -> list[str]:
    """Say what the shares are, and of a warning whether visits drawn by lot could do the same."""
    here, visits = found["visits"].to_numpy(), found["visits"].sum()
    lowest = stats.beta.ppf((1 - CONFIDENCE) / 2, here, visits - here + 1)
    chance = np.where(lowest <= found["call_share"], "could do", "would hardly do")
    people = found["population_share"].to_numpy("float64")
    lives = ["" if np.isnan(share) else f"; {share:.0%} of the people" for share in people]
    return [
        f"{row.visits:,} of {visits:,} visits ({row.visit_share:.1%}) and {row.calls:,} of "
        f"{found['calls'].sum():,} calls for help ({row.call_share:.1%})"
        f"{live}.{f' Chance alone {can} that.' if row.warning else ''}"
        for row, live, can in zip(found.itertuples(), lives, chance, strict=True)
    ]
