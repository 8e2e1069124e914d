"""The week's shifts: who goes out when, from the city's settings."""

from datetime import date, time, timedelta
from typing import Any

import pandas as pd

from outreach.columns import check, empty
from outreach.config import Break, City, Shift, Team
from outreach.errors import ConfigError
from outreach.plan_schemas import SHIFTS
from outreach.weeks import DAY_NAMES, at_local


def week_shifts(city: City, monday: date) -> pd.DataFrame:
    """Return every team's shifts of one week, earliest first.

    Adds     SHIFTS   instants in UTC, right also in a week in which the clocks change
    Raises   ConfigError   a pause lies outside its shift, a team works twice at once, or a team
                           has officers only (co-response is a pair, duty 1)
    """
    for team in city.teams:
        if all(member.role == "officer" for member in team.members):
            raise ConfigError(f"team {team.name} has officers only; a pair needs a caseworker too")
    rows = [
        _row(city, city.team(name), shift, monday + timedelta(days=DAY_NAMES.index(day)))
        for shift in city.shifts
        for day in shift.days
        for name in shift.teams
    ]
    if not rows:
        return empty(SHIFTS)
    frame = pd.DataFrame(rows).sort_values(["start_at", "team"], ignore_index=True)
    _no_overlap(frame)
    again = frame.groupby("shift_id").cumcount()
    frame["shift_id"] += [f" ({n + 1})" if n else "" for n in again]
    for name in ("start_at", "end_at", "pause_earliest", "pause_latest"):
        frame[name] = pd.to_datetime(frame[name], utc=True).dt.as_unit("us")
    return check(frame[list(SHIFTS.columns)], SHIFTS)


def _row(city: City, team: Team, shift: Shift, day: date) -> dict[str, Any]:
    def at(clock: time) -> pd.Timestamp:
        return pd.Timestamp(at_local(day, clock, city.time_zone))

    row = {
        "shift_id": f"{day.isoformat()}/{team.name}",
        "team": team.name,
        "day": day,
        "start_at": at(shift.start),
        "end_at": at(shift.end),
        "pause_earliest": at(shift.pause.earliest) if shift.pause else pd.NaT,
        "pause_latest": at(shift.pause.latest) if shift.pause else pd.NaT,
        "pause_s": shift.pause.minutes * 60 if shift.pause else 0.0,
        "travel": team.travel,
        "has_officer": team.has_officer,
        "members": ", ".join(f"{member.name} ({member.role})" for member in team.members),
    }
    if shift.pause:
        _pause_inside(shift.pause, row)
    return row


def _pause_inside(pause: Break, row: dict[str, Any]) -> None:
    rest = timedelta(minutes=pause.minutes)
    begins = row["start_at"] <= row["pause_earliest"] <= row["pause_latest"]
    if not begins or row["pause_latest"] + rest > row["end_at"]:
        raise ConfigError(f"the pause of shift {row['shift_id']} does not lie within its hours")


def _no_overlap(frame: pd.DataFrame) -> None:
    before = frame.groupby("team")["end_at"].shift()
    clash = frame[before.notna() & (frame["start_at"] < before)]
    if len(clash):
        first = clash.iloc[0]
        raise ConfigError(f"team {first['team']} has two shifts at once on {first['day']}")
