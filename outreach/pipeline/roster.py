"""The shifts of one week: the city's usual ones, or what a lead has made of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from outreach.config import City, load_city
from outreach.errors import PlanError, WorkError
from outreach.pipeline.entries import moment
from outreach.pipeline.staff import ready_by_day
from outreach.plan.crews import lacks, seats, trained_only
from outreach.plan.rosters import SAID, usual_roster
from outreach.plan.shifts import week_shifts
from outreach.plan_schemas import ROSTER
from outreach.roles import needs
from outreach.store.work import Rows, existing_work, open_work
from outreach.weeks import parse_week, week_label

Edit = Callable[[pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True, eq=False)
class Teams:
    """Who goes out in a week and who stays at home, for a lead to read."""

    roster: pd.DataFrame  # SAID
    shifts: pd.DataFrame  # SHIFTS of the whole week, trainees marked
    goes: pd.Series  # bool, for each of the shifts
    at_home: tuple[str, ...]  # why the others do not go, or that no staff are recorded
    extra: pd.DataFrame  # day, team, name, why: trainees, each an extra seat
    changed_by: str | None  # None: the usual week
    changed_at: datetime | None


@needs("manage")
def week_roster(folder: Path, week: str) -> pd.DataFrame:
    """Return what is said of a week's shifts, in the columns SAID.

    These are the rows kept for that week, or else the usual ones of city.toml.

    Raises   PlanError   the city has shifts but no base to start from
    """
    return _said(load_city(folder), week, _kept(folder, week))


@needs("manage")
def week_teams(folder: Path, week: str) -> Teams:
    """Return who goes out in a week, who is in training, and who stays at home and why.

    Raises   PlanError   the shifts of city.toml cannot be so
    """
    city, monday, kept = load_city(folder), parse_week(week), _kept(folder, week)
    roster = _said(city, week, kept)
    shifts = week_shifts(city, monday, roster)
    has_work = existing_work(folder) is not None
    ready = ready_by_day(folder, city, monday) if has_work else None
    going, at_home = trained_only(shifts, ready)
    marked = shifts.set_index("shift_id")
    marked.update(going.set_index("shift_id")[["members", "languages"]])
    extra = [
        {"day": day, "team": team, "name": seat.name, "why": lacks(seat, ready[day])}
        for day, team, members in shifts[["day", "team", "members"]].to_numpy().tolist()
        if ready is not None
        for seat in seats(members)
    ]
    lacking = pd.DataFrame(extra, columns=["day", "team", "name", "why"])
    return Teams(
        roster,
        marked.reset_index()[list(shifts.columns)],
        shifts["shift_id"].isin(going["shift_id"]),
        at_home,
        lacking[lacking["why"] != ""].reset_index(drop=True),
        kept["recorded_by"].iloc[0] if len(kept) else None,
        kept["recorded_at"].max() if len(kept) else None,
    )


@needs("manage")
def save_roster(folder: Path, week: str, frame: pd.DataFrame, *, by: str, now: datetime) -> None:
    """Keep the shifts of one week, in place of all that were there.

    Needs    frame   the columns SAID
    Raises   WorkError   a shift cannot be so, or there is none; nothing was kept
    """
    change_roster(folder, week, lambda _: frame, by=by, now=now)


@needs("manage")
def change_roster(folder: Path, week: str, edit: Edit, *, by: str, now: datetime) -> None:
    """Change the shifts of one week as they stand now, whoever else changed them meanwhile.

    Needs    edit   gets and returns the columns SAID
    Raises   WorkError   a shift cannot be so, or none is left; nothing was kept
    """
    at, city, label = moment(folder, by, now), load_city(folder), _label(week)
    with open_work(folder).writing() as rows:
        kept = rows.fetch(ROSTER, week=label)
        try:
            said = _tidy(edit(_said(city, label, kept)))
            if said.empty:
                raise PlanError(f"{label} would have no shift at all; leave at least one")
            week_shifts(city, parse_week(label), said)
        except PlanError as error:
            raise WorkError(f"{error}; nothing was kept") from None
        _put(rows, label, said, by=at.by, now=now)
        what = f"shifts of {label}: {len(said)}"
        rows.audit(at=now, who=at.by, did="changed", what=what)


@needs("manage")
def forget_roster(folder: Path, week: str, *, by: str, now: datetime) -> None:
    """Go back to the usual week of city.toml.

    Raises   WorkError   that week is the usual one already
    """
    at, label = moment(folder, by, now), _label(week)
    with open_work(folder).writing() as rows:
        if not rows.delete(ROSTER, {"week": label}):
            raise WorkError(f"the shifts of {label} are the usual ones already")
        rows.audit(at=now, who=at.by, did="removed", what=f"own shifts of {label}")


def _label(week: str) -> str:
    return week_label(parse_week(week))


def _kept(folder: Path, week: str) -> pd.DataFrame:
    """Return the rows of ROSTER of a week; looking makes no database."""
    work = existing_work(folder)
    if work is None:
        return pd.DataFrame(columns=list(ROSTER.columns))
    with work.reading() as rows:
        return rows.fetch(ROSTER, week=_label(week))


def _said(city: City, week: str, kept: pd.DataFrame) -> pd.DataFrame:
    if kept.empty:
        return usual_roster(city, parse_week(week))
    order = ["day", "start_local", "team"]
    return kept[list(SAID)].sort_values(order, ignore_index=True)


def _tidy(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows as they are kept: single blanks, two figures an hour, no empty text."""
    rows = []
    for record in frame[list(SAID)].to_dict("records"):
        row: dict[str, Any] = {}
        for name, value in record.items():
            text = " ".join(value.split()) if isinstance(value, str) else value
            row[str(name)] = None if text == "" or pd.isna(text) else text
        if row["team"] is None or row["day"] is None:
            raise PlanError("a shift needs a team and a day")
        row["pause_min"] = float(row["pause_min"] or 0)
        row["seats"] = int(row["seats"] or 0) if row["travel"] == "drive" else 0
        rows.append(row)
    return pd.DataFrame(rows, columns=list(SAID), dtype=object)


def _put(rows: Rows, label: str, said: pd.DataFrame, *, by: str, now: datetime) -> None:
    told = {"week": label, "recorded_at": now, "recorded_by": by}
    rows.delete(ROSTER, {"week": label})
    rows.insert(ROSTER, said.assign(**told).to_dict("records"))  # type: ignore[arg-type]
