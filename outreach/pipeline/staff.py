"""Staff and their training hours."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from outreach.config import City, load_city
from outreach.errors import WorkError
from outreach.people.training import hours, kinds, readiness
from outreach.pipeline.entries import moment
from outreach.roles import needs
from outreach.store.work import Rows, new_id, open_work
from outreach.weeks import local_date
from outreach.work_schemas import PARTICIPANTS, STAFF, TRAINING
from outreach.work_words import ROLES

MOST_HOURS = 24.0 * 60  # of one row: more is a slip of the pen


@needs("manage")
def add_staff(
    folder: Path,
    name: str,
    role: str,
    *,
    languages: str = "",
    capacity: int | None = None,
    by: str,
    now: datetime,
) -> str:
    """Record a worker and return the staff_id; ``name`` as in city.toml's teams.

    Raises   WorkError   no such role, no name, or an active worker has that name already
    """
    at = moment(folder, by, now)
    row = {
        "staff_id": new_id(),
        "name": name,
        "role": role,
        "languages": languages,
        "active": True,
        "capacity": load_city(folder).contact.capacity if capacity is None else capacity,
    }
    with open_work(folder).writing() as rows:
        known = _checked_worker(rows, row)
        rows.insert(STAFF, [known])
        rows.audit(at=now, who=at.by, did="added", what=f"staff {row['staff_id']}")
    return str(row["staff_id"])


@needs("manage")
def change_staff(
    folder: Path, staff_id: str, changes: Mapping[str, Any], *, by: str, now: datetime
) -> None:
    """Change a worker's name, role, languages, active or capacity.

    Raises   WorkError   nobody has that id, or the changed row is none that could be added
    """
    at = moment(folder, by, now)
    unknown = set(changes) - {"name", "role", "languages", "active", "capacity"}
    if unknown:
        raise WorkError(f"{sorted(unknown)[0]} of a worker cannot be changed; nothing was changed")
    with open_work(folder).writing() as rows:
        old = _worker(rows, staff_id)
        new = _checked_worker(rows, {**old, **changes})
        rows.update(STAFF, {"staff_id": staff_id}, {name: new[name] for name in changes})
        what = f"staff {staff_id}: {', '.join(sorted(changes))}"
        rows.audit(at=now, who=at.by, did="changed", what=what)


@needs("manage")
def add_training(
    folder: Path,
    staff_id: str,
    kind: str,
    hours_done: float,
    *,
    done_on: date,
    expires_on: date | None = None,
    by: str,
    now: datetime,
) -> str:
    """Record hours of training of one kind (``training_kinds``) and return the training_id.

    Raises   WorkError   nobody has that id, no such kind, no hours, a day that has not come, or
                         hours that expire before they are done
    """
    at, city = moment(folder, by, now), load_city(folder)
    if kind not in kinds(city.training):
        told = ", ".join(kinds(city.training))
        raise WorkError(f"{kind!r} is no kind of training here; there are: {told}")
    if not 0 < hours_done <= MOST_HOURS:
        raise WorkError(f"{hours_done:g} hours of training cannot be; nothing was recorded")
    if done_on > at.today:
        raise WorkError(f"{done_on} has not come yet; record training when it is done")
    if expires_on is not None and expires_on < done_on:
        raise WorkError(f"training done on {done_on} cannot expire on {expires_on}")
    row = {
        "training_id": new_id(),
        "staff_id": staff_id,
        "kind": kind,
        "hours": float(hours_done),
        "done_on": done_on,
        "expires_on": expires_on,
    }
    with open_work(folder).writing() as rows:
        _worker(rows, staff_id)
        rows.insert(TRAINING, [row])
        what = f"training {row['training_id']} of staff {staff_id}"
        rows.audit(at=now, who=at.by, did="added", what=what)
    return str(row["training_id"])


@needs("manage")
def training_kinds(folder: Path) -> dict[str, float]:
    """Return the hours needed of each kind of training."""
    return kinds(load_city(folder).training)


@needs("record")
def staff_list(folder: Path, now: datetime) -> pd.DataFrame:
    """Return who goes out, whether they may without a trained colleague, and how much they carry.

    Adds     READINESS today; capacity, participants (active ones they carry),
             over_capacity
    """
    city = load_city(folder)
    with open_work(folder).reading() as rows:
        staff, training = rows.fetch(STAFF), rows.fetch(TRAINING)
        carried = rows.fetch(PARTICIPANTS, status="active")["staff_id"].value_counts()
    ready = readiness(
        staff, training, on=local_date(now, city.time_zone), params=city.training
    ).merge(staff[["staff_id", "capacity"]], on="staff_id")
    ready["participants"] = ready["staff_id"].map(carried).fillna(0).astype("int64")
    ready["over_capacity"] = ready["participants"] > ready["capacity"]
    order = ["active", "name"]
    return ready.sort_values(order, ascending=[False, True], ignore_index=True)


@needs("manage")
def staff_hours(folder: Path, now: datetime) -> pd.DataFrame:
    """Return TRAINING_HOURS of all staff today, also of those without any."""
    city = load_city(folder)
    with open_work(folder).reading() as rows:
        staff, training = rows.fetch(STAFF), rows.fetch(TRAINING)
    today = local_date(now, city.time_zone)
    return hours(training, on=today, params=city.training, staff_ids=staff["staff_id"])


@needs("manage")
def ready_by_day(folder: Path, city: City, monday: date) -> dict[date, pd.DataFrame] | None:
    """Return READINESS on each day of a week; None where no staff are recorded."""
    with open_work(folder).reading() as rows:
        staff, training = rows.fetch(STAFF), rows.fetch(TRAINING)
    if staff.empty:
        return None
    days = [monday + timedelta(days=n) for n in range(7)]
    return {day: readiness(staff, training, on=day, params=city.training) for day in days}


def _worker(rows: Rows, staff_id: str) -> dict[str, Any]:
    found = rows.fetch(STAFF, staff_id=staff_id).to_dict("records")
    if not found:
        raise WorkError(f"no worker has the id {staff_id}; nothing was changed")
    return {str(name): value for name, value in found[0].items()}


def _checked_worker(rows: Rows, row: dict[str, Any]) -> dict[str, Any]:
    """Return the row as it is kept: words with single blanks between them."""
    row = row | {name: " ".join(str(row[name]).split()) for name in ("name", "languages")}
    if not row["name"]:
        raise WorkError("a worker needs a name; nothing was changed")
    if row["role"] not in ROLES:
        raise WorkError(f"{row['role']!r} is no role; there are: {', '.join(ROLES)}")
    if row["capacity"] < 0:
        raise WorkError("a capacity cannot be below 0; nothing was changed")
    same = rows.fetch(STAFF, name=row["name"], active=True)
    if row["active"] and (same["staff_id"] != row["staff_id"]).any():
        raise WorkError(
            f"an active worker is called {row['name']} already, and plans know people by their "
            "names; add an initial"
        )
    return row
