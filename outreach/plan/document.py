"""A plan as a document: frozen, written as JSON and read back without loss."""

import json
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal

import pandas as pd
from shapely.geometry import mapping, shape

from outreach.columns import Table, check, empty
from outreach.errors import PlanError
from outreach.plan_schemas import (
    CANDIDATES,
    CHANGES,
    ERRANDS,
    KNOWN_KINDS,
    LEFT_OUT,
    LEGS,
    PAUSES,
    SHIFTS,
    STOPS,
)
from outreach.resource_schemas import NEAREST
from outreach.weeks import DAY_NAMES

VERSION = 1
TABLES = {
    "shifts": SHIFTS,
    "candidates": CANDIDATES,
    "stops": STOPS,
    "legs": LEGS,
    "pauses": PAUSES,
    "left_out": LEFT_OUT,
    "nearest": NEAREST,  # its stop_id is the candidate_id
    "changes": CHANGES,
    "added": ERRANDS,
}
TIMES = ("made_at", "as_of", "published_at")


@dataclass(frozen=True, eq=False)
class Plan:
    """One week's sweep: a draft until a person publishes it (safeguard 6)."""

    week: str  # 2026-W48
    city: str
    time_zone: str
    base: tuple[float, float]  # lon, lat
    made_at: datetime
    as_of: datetime
    solver: str
    seed: int
    limit_s: float
    exploration_share: float  # wanted; reached or explained in notes
    shifts: pd.DataFrame
    candidates: pd.DataFrame
    stops: pd.DataFrame
    legs: pd.DataFrame
    pauses: pd.DataFrame
    left_out: pd.DataFrame
    nearest: pd.DataFrame = field(default_factory=lambda: empty(NEAREST))
    changes: pd.DataFrame = field(default_factory=lambda: empty(CHANGES))  # that a lead made
    added: pd.DataFrame = field(default_factory=lambda: empty(ERRANDS))  # stops a lead put in
    made_from: int | None = None  # the version that it was re-planned from
    changed_stops: int | None = None  # stops unlike that version's that nothing forced
    traffic: tuple[dict[str, Any], ...] = ()  # config.Traffic, as plain values
    known_share: float = 0.0  # of each shift, kept for people known already
    clock_stopped: bool = (
        False  # the search ended by the clock or by hand: made again it may differ
    )
    notes: tuple[str, ...] = ()
    invented_data: bool = False
    status: Literal["draft", "published"] = "draft"
    published_by: str | None = None
    published_at: datetime | None = None
    number: int = 1  # which draft of the week this is
    version: int = VERSION  # of this document's form


def publish(plan: Plan, *, by: str, at: datetime) -> Plan:
    """Return the plan as published by a person.

    Raises   PlanError   it is published already, or nobody is named
    """
    if plan.status == "published":
        raise PlanError(f"the plan of {plan.week} is already published by {plan.published_by}")
    if not by.strip():
        raise PlanError("a plan is published by a person; name one")
    return replace(plan, status="published", published_by=by.strip(), published_at=at)


def to_json(plan: Plan) -> str:
    """Return the plan as text; times are UTC in ISO 8601, geometry is GeoJSON."""
    document: dict[str, Any] = {}
    for entry in fields(plan):
        value = getattr(plan, entry.name)
        if entry.name in TABLES:
            document[entry.name] = _to_rows(check(value, TABLES[entry.name]), TABLES[entry.name])
        elif isinstance(value, datetime):
            document[entry.name] = value.isoformat()
        else:
            document[entry.name] = value
    return json.dumps(document, ensure_ascii=False, indent=1)


@lru_cache(maxsize=16)  # pages read the plans of the same weeks again and again
def from_json(text: str) -> Plan:
    """Return the plan that :func:`to_json` wrote; its tables are shared and never changed.

    Raises   PlanError   the text is no plan, or is one of another version
    """
    try:
        document = json.loads(text)
        if document["version"] != VERSION:
            raise PlanError(f"a plan of version {document['version']}; this reads {VERSION}")
        document = _as_written_now(document)
        for name, table in TABLES.items():
            document[name] = check(_from_rows(document[name], table), table)
        for name in TIMES:
            if document[name] is not None:
                document[name] = datetime.fromisoformat(document[name])
        document["base"] = tuple(document["base"])
        document["notes"] = tuple(document["notes"])
        document["traffic"] = tuple(document["traffic"])
        return Plan(**document)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise PlanError(f"this text is no plan of ours: {error!r}") from None


def _as_written_now(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document with what was not written yet when it was made."""
    barred = {row["candidate_id"] for row in document["candidates"] if row["barred"] is not None}
    leaves = {row["candidate_id"]: row["leave_at"] for row in document["stops"]}
    nearby = document.get("nearest", [])
    return {
        "changes": [],
        "added": [],
        "traffic": [],
        **document,
        "candidates": [_old_candidate(row) | row for row in document["candidates"]],
        "shifts": [_old_shift(row, document["base"]) | row for row in document["shifts"]],
        "left_out": [
            {"cause": "consent" if row["candidate_id"] in barred else "no_time"} | row
            for row in document["left_out"]
        ],
        "nearest": [_old_nearest(row, leaves, document["as_of"]) | row for row in nearby],
    }


def _old_candidate(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "days": " ".join(DAY_NAMES),
        "days_why": "",
        "with_staff": None,
        "known": row["kind"] in KNOWN_KINDS,
        "must": False,
        "visit_group": row["candidate_id"],
        "gap_days": 7,
        "people_needed": 1,
        "seats_needed": 0,
        "barred_cause": None if row["barred"] is None else "consent",
        **dict.fromkeys(("language", "preferred_staff", "due_on", "task_id")),
    }


def _old_shift(row: dict[str, Any], base: tuple[float, float]) -> dict[str, Any]:
    found: dict[str, Any] = {"seats": 5 if row["travel"] == "drive" else 0, "languages": ""}
    for end in ("start", "end"):
        found |= {f"{end}_base": "home base", f"{end}_lon": base[0], f"{end}_lat": base[1]}
    return found


def _old_nearest(row: dict[str, Any], leaves: dict[str, str], as_of: str) -> dict[str, Any]:
    """Return what follows from an old row: how one went, and that no hours were looked at."""
    mode = "drive" if "by car" in row["reason"] else "walk"
    leave_at = datetime.fromisoformat(leaves.get(row["stop_id"], as_of))
    return {
        "mode": mode,
        "walk_s": row["travel_s"] if mode == "walk" else None,
        "drive_s": row["travel_s"] if mode == "drive" else None,
        "arrive_at": (leave_at + timedelta(seconds=round(row["travel_s"]))).isoformat(),
        "on_arrival": "unknown",
        "closes_at": None,
        "opens_at": None,
    }


def _to_rows(frame: pd.DataFrame, table: Table) -> list[dict[str, Any]]:
    columns = {
        name: [_to_plain(value) for value in frame[name].astype(object)] for name in table.columns
    }
    return [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]


def _to_plain(value: Any) -> Any:
    if hasattr(value, "geom_type"):
        return mapping(value)
    if pd.isna(value):
        return None
    if isinstance(value, date):  # a Timestamp is one too
        return value.isoformat()
    return value


def _from_rows(rows: list[dict[str, Any]], table: Table) -> pd.DataFrame:
    if not rows:
        return empty(table)
    read = {}
    for name, column in table.columns.items():
        read[name] = _from_plain([row[name] for row in rows], column.kind)
    return pd.DataFrame(read)


def _from_plain(values: list[Any], kind: str) -> Any:
    if kind == "time":
        return pd.to_datetime(pd.Series(values, dtype=object), utc=True).dt.as_unit("us")
    if kind == "date":
        return pd.Series([v and date.fromisoformat(v) for v in values], dtype=object)
    if kind == "shape":
        return pd.Series([shape(v) for v in values], dtype=object)
    if kind == "text":
        return pd.Series(values, dtype="str")
    return pd.Series(values, dtype={"int": "int64", "float": "float64", "bool": "bool"}[kind])
