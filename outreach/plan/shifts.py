"""The week's shifts: who goes out when and from where, from the roster or the city's settings."""

from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import Any, cast

import pandas as pd

from outreach.columns import check, empty
from outreach.config import Base, City
from outreach.errors import PlanError
from outreach.plan.crews import Seat, names, seats
from outreach.plan.rosters import SAID, usual_roster
from outreach.plan_schemas import SHIFTS
from outreach.weeks import at_local


def week_shifts(city: City, monday: date, roster: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return every team's shifts of one week, earliest first.

    Needs    roster   the columns SAID; its rows stand in place of the city's usual week. Without
                      rows it is the usual one
    Adds     SHIFTS   instants in UTC, right also in a week in which the clocks change; no languages
    Raises   PlanError   a shift cannot be so: its hours, pause, base or seats; officers only
                         (co-response is a pair, duty 1); somebody or a team in two at once
    """
    said = usual_roster(city, monday) if roster is None or roster.empty else roster
    if said.empty:
        return empty(SHIFTS)
    days = {monday + timedelta(days=n) for n in range(7)}
    rows = []
    for row in said[list(SAID)].to_dict("records"):
        if row["day"] not in days:
            raise PlanError(f"{row['day']} is no day of the week that begins on {monday}")
        rows.append(_shift(city, cast(dict[str, Any], row)))
    frame = pd.DataFrame(rows).sort_values(["start_at", "team"], ignore_index=True)
    _nobody_twice(frame)
    again = frame.groupby("shift_id").cumcount()
    frame["shift_id"] += [f" ({n + 1})" if n else "" for n in again]
    for name in ("start_at", "end_at", "pause_earliest", "pause_latest"):
        frame[name] = pd.to_datetime(frame[name], utc=True).dt.as_unit("us")
    return check(frame[list(SHIFTS.columns)], SHIFTS)


def bases(shifts: pd.DataFrame) -> pd.DataFrame:
    """Return lon and lat of every point where a shift starts or ends, each once.

    They stand in order of first appearance, a shift's start before its end: so they follow the
    candidates in every travel matrix.
    """
    ends = [
        point
        for row in shifts[["start_lon", "start_lat", "end_lon", "end_lat"]].to_numpy(float).tolist()
        for point in (tuple(row[:2]), tuple(row[2:]))
    ]
    return pd.DataFrame(list(dict.fromkeys(ends)), columns=["lon", "lat"], dtype="float64")


def _shift(city: City, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return one row of SHIFTS."""
    name = f"{said['day'].isoformat()}/{said['team']}"

    def at(column: str) -> Any:
        if pd.isna(said[column]):
            return pd.NaT
        try:
            clock = time.fromisoformat(said[column])
        except ValueError:
            raise PlanError(f"{said[column]!r} of {name} is no time such as 09:30") from None
        return pd.Timestamp(at_local(said["day"], clock, city.time_zone))

    crew = _crew(str(said["members"]), name)
    start, end = (_base(city, said[f"{which}_base"], name) for which in ("start", "end"))
    row = {
        "shift_id": name,
        "team": said["team"],
        "day": said["day"],
        "start_at": at("start_local"),
        "end_at": at("end_local"),
        "pause_earliest": at("pause_earliest_local"),
        "pause_latest": at("pause_latest_local"),
        "pause_s": float(said["pause_min"]) * 60,
        "travel": said["travel"],
        "seats": int(said["seats"]) if said["travel"] == "drive" else 0,
        "start_base": start.name,
        "start_lon": start.lon,
        "start_lat": start.lat,
        "end_base": end.name,
        "end_lon": end.lon,
        "end_lat": end.lat,
        "has_officer": any(seat.role == "officer" for seat in crew),
        "members": ", ".join(map(str, crew)),
        "languages": "",
    }
    _hours_can_be(row)
    if row["travel"] == "drive" and row["seats"] < len(crew):
        raise PlanError(f"{len(crew)} people of {name} do not fit into a car of {row['seats']}")
    return row


def _crew(members: str, name: str) -> tuple[Seat, ...]:
    """Return who goes; whether they are in training is told by their hours, not here."""
    members = " ".join(members.split()).strip(" ,")
    crew = tuple(Seat(seat.name.strip(), seat.role) for seat in seats(members))
    if not crew or ", ".join(map(str, crew)) != members:
        raise PlanError(
            f"the members of {name} cannot be read: {members!r}; write them like "
            "Ana Brook (caseworker), Bo Reed (peer)"
        )
    if len({seat.name for seat in crew}) < len(crew):
        raise PlanError(f"somebody is twice among the members of {name}: {members}")
    if all(seat.role == "officer" for seat in crew):
        raise PlanError(f"{name} has officers only; a pair needs a caseworker too")
    return crew


def _base(city: City, name: str, shift: str) -> Base:
    found = next((base for base in city.all_bases if base.name == name), None)
    if found is None:
        told = ", ".join(base.name for base in city.all_bases)
        raise PlanError(f"{shift} starts or ends at {name!r}, which is no base; there are: {told}")
    return found


def _hours_can_be(row: Mapping[str, Any]) -> None:
    name = row["shift_id"]
    if not row["start_at"] < row["end_at"]:  # also where one is missing
        raise PlanError(f"shift {name} must end after it starts")
    if row["pause_s"] < 0:
        raise PlanError(f"the pause of shift {name} is shorter than nothing")
    if row["pause_s"] == 0 and pd.isna(row["pause_earliest"]) and pd.isna(row["pause_latest"]):
        return
    begins = row["start_at"] <= row["pause_earliest"] <= row["pause_latest"]
    rest = timedelta(seconds=row["pause_s"])
    if not (begins and rest and row["pause_latest"] + rest <= row["end_at"]):
        raise PlanError(f"the pause of shift {name} does not lie within its hours")


def _nobody_twice(frame: pd.DataFrame) -> None:
    """Refuse a team or a person in two shifts at once; the frame is in order of time."""
    until: dict[str, tuple[Any, str]] = {}
    columns = ["team", "day", "start_at", "end_at", "members"]
    for team, day, start, end, members in frame[columns].to_numpy().tolist():
        for key in (f"team {team}", *sorted(names(members))):
            busy, other = until.get(key, (start, ""))
            if start < busy:
                of_both = "" if other == team else f", of {other} and of {team},"
                raise PlanError(f"{key} has two shifts{of_both} at once on {day}")
            until[key] = (end, team)
