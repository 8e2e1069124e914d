"""What a person says of a week's shifts: the city's usual week, and what a lead changes in it."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd

from outreach.config import City, Shift, Team
from outreach.errors import PlanError
from outreach.plan.crews import Seat, day_text, names, seats
from outreach.weeks import DAY_NAMES

Key = tuple[str, date, str]  # team, day and beginning of a shift
# What a person says of a shift; the columns of the work database's ROSTER beside its week and who
# entered it.
SAID = (
    "team",
    "day",
    "start_local",
    "end_local",
    "pause_earliest_local",
    "pause_latest_local",
    "pause_min",
    "travel",
    "seats",
    "members",
    "start_base",
    "end_base",
)


def usual_roster(city: City, monday: date) -> pd.DataFrame:
    """Return the shifts of the city's settings for one week, in the columns SAID.

    Raises   PlanError   there are shifts and no base to start from
    """
    rows = [
        _usual(city, city.team(name), shift, monday + timedelta(days=DAY_NAMES.index(day)))
        for shift in city.shifts
        for day in shift.days
        for name in shift.teams
    ]
    frame = pd.DataFrame(rows, columns=list(SAID))
    return frame.sort_values(["day", "start_local", "team"], ignore_index=True)


def without_worker(
    roster: pd.DataFrame, name: str, days: Collection[date]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the roster without somebody on some days, and which shifts so fall away.

    A pair that loses its officer goes on as a team without one; where nobody but an officer is
    left, or nobody at all, the shift falls away.

    Needs    roster   the columns SAID
    Raises   PlanError   they are in no shift on those days
    """
    concerned = [
        day in days and name in names(members)
        for day, members in roster[["day", "members"]].to_numpy().tolist()
    ]
    if not any(concerned):
        raise PlanError(f"{name} is in no shift on those days")
    told: list[str] = []
    rows: list[dict[str, Any]] = []
    for record, with_them in zip(roster.to_dict("records"), concerned, strict=True):
        row = {str(column): value for column, value in record.items()}
        left = [seat for seat in seats(row["members"]) if not with_them or seat.name != name]
        if all(seat.role == "officer" for seat in left):
            who = "only an officer is left" if left else "nobody is left"
            told.append(f"{row['team']} stays at home on {day_text(row['day'])}: {who}.")
        else:
            rows.append(row | {"members": ", ".join(map(str, left))})
    return pd.DataFrame(rows, columns=list(roster.columns)), tuple(told)


def _usual(city: City, team: Team, shift: Shift, day: date) -> dict[str, Any]:
    home = city.home_base.name if city.home_base else None
    start_base, end_base = team.start_base or home, team.end_base or home
    if start_base is None or end_base is None:
        raise PlanError("the city has no [home_base] in city.toml; teams must start somewhere")
    pause = shift.pause
    return {
        "team": team.name,
        "day": day,
        "start_local": f"{shift.start:%H:%M}",
        "end_local": f"{shift.end:%H:%M}",
        "pause_earliest_local": f"{pause.earliest:%H:%M}" if pause else None,
        "pause_latest_local": f"{pause.latest:%H:%M}" if pause else None,
        "pause_min": pause.minutes if pause else 0.0,
        "travel": team.travel,
        "seats": team.seats if team.travel == "drive" else 0,
        "members": ", ".join(str(Seat(m.name, m.role)) for m in team.members),
        "start_base": start_base,
        "end_base": end_base,
    }


def with_shift(
    roster: pd.DataFrame, row: Mapping[str, Any], instead_of: Key | None
) -> pd.DataFrame:
    """Return the roster with one shift more, or changed.

    Needs    row   what SAID names
    Raises   PlanError   the shift that it stands in place of is not there any more
    """
    kept = roster if instead_of is None else without_shift(roster, instead_of)
    return pd.DataFrame([*kept.to_dict("records"), dict(row)], columns=list(SAID), dtype=object)


def without_shift(roster: pd.DataFrame, key: Key) -> pd.DataFrame:
    """Return the roster without one shift.

    Raises   PlanError   it is not there any more
    """
    team, day, start = key
    gone = (
        (roster["team"] == team) & (roster["day"] == day) & (roster["start_local"] == start)
    ).to_numpy(bool)
    if not gone.any():
        raise PlanError(f"{team} has no shift at {start} on {day_text(day)} any more")
    return roster[~gone].reset_index(drop=True)
