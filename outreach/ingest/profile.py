"""What a sample says about each column of an export."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from outreach.ingest.column_names import Weights, weight
from outreach.ingest.texts import tidy


@dataclass(frozen=True)
class Profile:
    """A column's name and the text of each sampled row, blanks trimmed."""

    name: str
    rows: pd.Series

    @cached_property
    def given(self) -> pd.Series:
        """The values that are not blank."""
        return self.rows[self.rows != ""]

    @property
    def filled(self) -> float:
        """Share of rows with a value."""
        return len(self.given) / max(1, len(self.rows))

    @cached_property
    def distinct(self) -> int:
        """How many different values."""
        return int(self.given.nunique())

    @cached_property
    def length(self) -> float:
        """Mean length of a value."""
        return float(self.given.str.len().mean()) if len(self.given) else 0.0

    def share(self, pattern: str) -> float:
        """Return which share of the given values a pattern matches from the start."""
        some = self.given.iloc[:2000]
        return float(some.str.match(pattern, flags=re.IGNORECASE).mean()) if len(some) else 0.0


def profiles(sample: pd.DataFrame) -> dict[str, Profile]:
    """Return a profile of each column."""
    return {
        str(name): Profile(str(name), tidy(sample[name]).reset_index(drop=True))
        for name in sample.columns
    }


def best(
    columns: Iterable[Profile],
    weights: Weights,
    fits: Callable[[Profile], float],
    *,
    at_least: float = 1,
) -> Profile | None:
    """Return the column with the greatest sum of name weight and fit; 0 of either rules it out."""
    scored: list[tuple[float, int, Profile]] = []
    for place, column in enumerate(columns):
        by_name, by_content = weight(column.name, weights), fits(column)
        if by_name > 0 and by_content > 0:
            scored.append((by_name + by_content, -place, column))
    if not scored:
        return None
    score, _, column = max(scored, key=lambda entry: entry[:2])
    return column if score >= at_least else None
