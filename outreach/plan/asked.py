"""What a visit asks of a team, and the words for a team that lacks it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from outreach.plan.crews import free_seats, trained
from outreach.plan.problem import has_worker, speaks


@dataclass(frozen=True)
class Asked:
    """One thing that a visit asks of who goes."""

    met: Callable[[Any], bool]  # by a row of SHIFTS
    nobody: str  # a sentence for where no shift has it
    no_other: str  # the part of a sentence for where no other team has it


def asked_of(row: pd.Series) -> list[Asked]:
    """Return what a candidate asks of a team, the strictest first.

    Needs    a row of CANDIDATES
    """
    found = [_officer() if row["response_mode"] == "co_response" else _no_officer()]
    if pd.notna(row["with_staff"]):
        name = row["with_staff"]
        found.append(
            Asked(
                lambda shift: has_worker(name, shift.members),
                f"{name} was asked for, who is in no shift that may go this week.",
                f"{name} was asked for, who is in no other team",
            )
        )
    if pd.notna(row["language"]):
        code = row["language"]
        found.append(
            Asked(
                lambda shift: speaks(code, shift.languages),
                f"It needs somebody trained who speaks “{code}”, who is in no shift that may go.",
                f"nobody trained in another team speaks “{code}”",
            )
        )
    people, seats = int(row["people_needed"]), int(row["seats_needed"])
    if people > 1:
        found.append(
            Asked(
                lambda shift: trained(shift.members) >= people,
                f"It needs {people} trained people, and no shift that may go has them.",
                f"no other team has {people} trained people",
            )
        )
    if seats > 0:
        found.append(
            Asked(
                lambda shift: free_seats(shift.seats, shift.members) >= seats,
                f"It needs a car with free seats ({seats}), and no shift that may go has one.",
                f"no other team has free seats ({seats}) in a car",
            )
        )
    return found


def _officer() -> Asked:
    return Asked(
        lambda shift: bool(shift.has_officer),
        "It needs an officer along, and no shift this week has one.",
        "no other team has an officer along",
    )


def _no_officer() -> Asked:
    return Asked(
        lambda shift: not shift.has_officer,
        "It is visited without an officer, and every shift this week has one.",
        "every other team has an officer along",
    )
