"""Hours of training, and who may go out without a trained colleague (duties 9 and 10)."""

from collections.abc import Iterable
from datetime import date, timedelta
from math import floor
from typing import Any

import pandas as pd

from outreach.columns import check, empty
from outreach.config import TrainingParams
from outreach.plan_schemas import READINESS, TRAINING_HOURS

FIELD = "field"
DECIMALS = 6  # of hours: eight hundred times 0.1 h are 80 h


def kinds(params: TrainingParams) -> dict[str, float]:
    """Return the hours needed of each kind of training, the field first."""
    return {FIELD: params.field_h} | params.classroom_h


def hours(
    training: pd.DataFrame,
    *,
    on: date,
    params: TrainingParams,
    staff_ids: Iterable[str] | None = None,
) -> pd.DataFrame:
    """Add up the hours that count on a day, and set them beside those needed.

    Hours count from the day they were done to the day they expire, both included. ``expires_on``
    is the last day on which hours that are enough now still are; empty where they never end, or
    are not enough.

    Needs    TRAINING; staff_ids where those without any row are wanted too
    Adds     TRAINING_HOURS   one row for each kind needed
    """
    wanted = training["staff_id"].unique().tolist() if staff_ids is None else list(staff_ids)
    rows = [
        {"staff_id": staff_id, "kind": kind, "needed_h": float(needed_h)}
        | _added_up(training, staff_id, kind, float(needed_h), on)
        for staff_id in wanted
        for kind, needed_h in kinds(params).items()
    ]
    if not rows:
        return empty(TRAINING_HOURS)
    frame = pd.DataFrame(rows)[list(TRAINING_HOURS.columns)]
    return check(frame.astype({"expires_on": "object"}), TRAINING_HOURS)


def _added_up(
    training: pd.DataFrame, staff_id: str, kind: str, needed_h: float, on: date
) -> dict[str, Any]:
    mine = training[(training["staff_id"] == staff_id) & (training["kind"] == kind)]
    counted = [
        (None if pd.isna(row["expires_on"]) else row["expires_on"], row["hours"])
        for row in mine.to_dict("records")
        if row["done_on"] <= on and (pd.isna(row["expires_on"]) or row["expires_on"] >= on)
    ]
    total = round(float(sum(h for _, h in counted)), DECIMALS)
    short_h = max(0.0, round(needed_h - total, DECIMALS))
    return {
        "hours": total,
        "short_h": short_h,
        "expires_on": None if short_h else _last_day(counted, needed_h),
        "complete": short_h == 0,
    }


def _last_day(counted: list[tuple[date | None, float]], needed_h: float) -> date | None:
    """Return the last day on which hours are enough, as one row after the other expires."""
    for end in sorted({until for until, _ in counted if until is not None}):
        left = sum(h for until, h in counted if until is None or until > end)
        if round(left, DECIMALS) < needed_h:
            return end
    return None


def readiness(
    staff: pd.DataFrame, training: pd.DataFrame, *, on: date, params: TrainingParams
) -> pd.DataFrame:
    """Say of each worker whether they may go out on a day without a trained colleague.

    Officers are not measured by our hours.

    Needs    STAFF, TRAINING
    Adds     READINESS   one row for each of the staff
    """
    if staff.empty:
        return empty(READINESS)
    done = hours(training, on=on, params=params, staff_ids=staff["staff_id"])
    by_staff = dict(iter(done.groupby("staff_id")))
    rows = []
    for person in staff.to_dict("records"):
        measured = by_staff[person["staff_id"]]
        if person["role"] == "officer":
            measured = measured.iloc[:0]
        rows.append(
            {name: person[name] for name in ("staff_id", "name", "role", "languages", "active")}
            | _ready(measured.to_dict("records"), on + timedelta(days=params.warn_days))
        )
    frame = pd.DataFrame(rows).astype({"expires_on": "object"})
    return check(frame[list(READINESS.columns)], READINESS)


def _ready(measured: list[dict[Any, Any]], warn_until: date) -> dict[str, Any]:
    short = [row for row in measured if not row["complete"]]
    ends = {_called(row["kind"]): row["expires_on"] for row in measured if row["expires_on"]}
    soon = [f"{kind} ends on {end}" for kind, end in ends.items() if end <= warn_until]
    return {
        "trained": not short,
        "shortfall": ", ".join(
            f"{_h(row['hours'])} of {_h(row['needed_h'])} h {_called(row['kind'])}" for row in short
        ),
        "expires_on": min(ends.values(), default=None) if not short else None,
        "warning": ", ".join(soon),
    }


def _called(kind: str) -> str:
    return "field training" if kind == FIELD else kind


def _h(value: float) -> str:
    """Return hours as text, rounded down: nobody reads 80 of 80 where a minute is missing."""
    return f"{floor(value * 100 + 1e-6) / 100:g}"
