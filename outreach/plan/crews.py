"""Who goes in a shift, and whether they may: a trainee is an extra seat (duties 1, 9 and 10)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import get_args

import pandas as pd

from outreach.config import Role

NOT_RECORDED = "No staff are recorded, so nobody's training was looked at."
_SEAT = re.compile(rf"(.+?) \(({'|'.join(get_args(Role))})(, in training)?\)(?:, |$)")


@dataclass(frozen=True)
class Seat:
    """One person of a shift."""

    name: str
    role: str
    in_training: bool = False

    def __str__(self) -> str:
        """Return the seat as SHIFTS' ``members`` tells it."""
        return f"{self.name} ({self.role}{', in training' if self.in_training else ''})"


def seats(members: str) -> tuple[Seat, ...]:
    """Return who is told by SHIFTS' ``members``."""
    return tuple(Seat(name, role, bool(rest)) for name, role, rest in _SEAT.findall(members))


def names(members: str) -> set[str]:
    """Return the names in SHIFTS' ``members``."""
    return {seat.name for seat in seats(members)}


def day_text(day: date) -> str:
    """Return a day of the week planned as people write it: Tue 24 Nov."""
    return f"{day:%a} {day.day} {day:%b}"


def trained(members: str) -> int:
    """Return how many of the members are not in training."""
    return sum(not seat.in_training for seat in seats(members))


def free_seats(car_seats: int, members: str) -> int:
    """Return how many people a team could take along; nobody on foot, where there is no car."""
    return max(0, car_seats - len(seats(members)))


def trained_only(
    shifts: pd.DataFrame, ready: Mapping[date, pd.DataFrame] | None
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the shifts that may go with trainees marked, and why the others stay at home.

    A shift may go if somebody in it who is neither in training nor an officer is trained: so a
    trainee is never alone, and never half of a pair. Whoever is not among the active staff, or is
    an officer there, counts as in training.

    Needs    SHIFTS; READINESS by day, or None where a city records no staff
    Adds     languages   those that somebody trained speaks
    """
    if ready is None:
        return shifts, (NOT_RECORDED,)
    goes: list[bool] = []
    members: list[str] = []
    languages: list[str] = []
    at_home: dict[tuple[str, str], list[date]] = {}
    for team, day, told_members in shifts[["team", "day", "members"]].to_numpy().tolist():
        lacking = {seat: lacks(seat, ready[day]) for seat in seats(told_members)}
        crew = [Seat(seat.name, seat.role, bool(why)) for seat, why in lacking.items()]
        goes.append(any(not seat.in_training and seat.role != "officer" for seat in crew))
        members.append(", ".join(map(str, crew)))
        languages.append(_languages(crew, ready[day]))
        if not goes[-1]:
            why = "; ".join(f"{seat.name} {told}" for seat, told in lacking.items() if told)
            at_home.setdefault((team, why), []).append(day)
    marked = shifts.assign(
        members=pd.Series(members, index=shifts.index, dtype="str"),
        languages=pd.Series(languages, index=shifts.index, dtype="str"),
    )
    notes = tuple(
        f"{team} stays at home on {', '.join(map(day_text, days))}: "
        f"nobody in it may go without a trained colleague, for {why}."
        for (team, why), days in at_home.items()
    )
    return marked[goes].reset_index(drop=True), notes


def _languages(crew: list[Seat], ready: pd.DataFrame) -> str:
    able = [seat.name for seat in crew if not seat.in_training]
    spoken = ready.loc[ready["active"] & ready["name"].isin(able), "languages"]
    return " ".join(sorted({code for codes in spoken for code in codes.split()}))


def lacks(seat: Seat, ready: pd.DataFrame) -> str:
    """Return what somebody lacks to count as trained, "" if nothing."""
    if seat.role == "officer":
        return ""
    found = ready[ready["active"] & (ready["name"] == seat.name)]
    if found.empty:
        return "is not among the active staff"
    if (found["role"] == "officer").any():
        return f"is an officer among the staff, and not a {seat.role}"
    short = found.loc[~found["trained"], "shortfall"]
    return f"has {short.iloc[0]}" if len(short) else ""
