"""What a week's candidates are made from."""

from dataclasses import dataclass, field

import pandas as pd

from outreach.columns import empty
from outreach.plan_schemas import ERRANDS
from outreach.resource_schemas import RESOURCES
from outreach.schemas import PERSONS


def _nobody() -> pd.DataFrame:
    return empty(PERSONS, ["person_id", "place_id"])


def _nothing_due() -> pd.DataFrame:
    return empty(ERRANDS)


def _no_sites() -> pd.DataFrame:
    return empty(RESOURCES)


@dataclass(frozen=True, eq=False)
class Found:
    """What calls and work tell of a week: who and what could be visited, and why."""

    persons: pd.DataFrame  # PERSONS
    places: pd.DataFrame  # PLACES
    rates: pd.DataFrame  # CELL_RATES, every cell of the study area
    errands: pd.DataFrame = field(default_factory=_nothing_due)  # ERRANDS
    # person_id, place_id: others who call from a place, for what binds them
    callers: pd.DataFrame = field(default_factory=_nobody)
    resources: pd.DataFrame = field(default_factory=_no_sites)  # RESOURCES: redacted sites bar
    staying: frozenset[str] = frozenset()  # candidate_id of stops of an earlier version

    @property
    def doors(self) -> frozenset[str]:
        """place_id of every door that the lists name."""
        return frozenset([*self.places["place_id"], *self.persons["place_id"].dropna()])
