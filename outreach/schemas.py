"""Every table that crosses a stage: its columns, their kind and unit, and its key.

``check()`` stands at the doors between stages and nowhere else. Names are those of the
vocabulary; ``_m``, ``_s``, ``_min`` and ``_km2`` are units; times are UTC unless a name says
``local``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import pandas as pd
import pandera.pandas as pa

from outreach.errors import SchemaError

NEEDS = ("mental_health", "substance_use", "homelessness", "conflict", "quality_of_life")
UNKNOWN = "unknown"
ALL_NEEDS = (*NEEDS, UNKNOWN)
SOURCES = ("911", "988", "311", "non_emergency", "officer_initiated", "alarm", "scheduled", "other")
MAP_CONFIDENCE = ("low", "somewhat", "very")
# What a call of a type adds to: only "demand" enters counts, ranks and plans.
COUNTS_AS = ("demand", "officer_initiated", "sharps", "administrative")
PLACED_BY = ("coordinates", "address", "intersection", "unplaced")
RESPONSE_MODES = ("community", "co_response", "phone", "notification")

Frame = TypeVar("Frame", bound=pd.DataFrame)


@dataclass(frozen=True)
class Column:
    """A column's kind, and what its values may be."""

    kind: str  # text, int, float, bool, time (UTC), date, list, shape
    nullable: bool = False
    among: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table that crosses a stage."""

    name: str
    columns: Mapping[str, Column]
    key: tuple[str, ...] = ()
    doc: str = ""


TEXT, INT, FLOAT, BOOL, TIME, DATE = (
    Column(kind) for kind in ("text", "int", "float", "bool", "time", "date")
)
LIST, SHAPE = Column("list"), Column("shape")
TEXT_OR_NONE, INT_OR_NONE, FLOAT_OR_NONE, TIME_OR_NONE = (
    Column(kind, nullable=True) for kind in ("text", "int", "float", "time")
)


def one_of(*values: str) -> Column:
    """Return a text column whose values are among the given ones."""
    return Column("text", among=values)


CALLS = Table(
    "calls",
    {
        "call_id": INT,  # 64-bit key: the same row of the same source has the same id for ever
        "incident_id": TEXT_OR_NONE,  # verbatim
        "export": TEXT,  # name of the saved mapping the row was read by
        "received_at": TIME,
        "date_only": BOOL,  # the export gave no time of day
        "known_at": TIME,  # when the batch was ingested
        "source": one_of(*SOURCES),
        "source_told": BOOL,  # by the export; else it is the usual one, and the type may tell
        "initial_call_type": TEXT_OR_NONE,  # verbatim, blanks trimmed
        "final_call_type": TEXT_OR_NONE,
        "disposition": TEXT_OR_NONE,
        "address": TEXT_OR_NONE,
        "area": TEXT_OR_NONE,  # neighbourhood, beat or town, verbatim
        "lon": FLOAT_OR_NONE,
        "lat": FLOAT_OR_NONE,
        "placed_by": one_of(*PLACED_BY),
        "fine_cell": INT_OR_NONE,  # H3 resolution 15
        "person_id": TEXT_OR_NONE,  # pseudonym
    },
    key=("call_id",),
    doc="Accepted rows of dispatch exports, one a row; append-only.",
)

CALL_TYPES = Table(
    "call_types",
    {
        "call_type": TEXT,  # as normalised by ingest.code_map.normalise
        "need": one_of(*ALL_NEEDS),
        "map_confidence": one_of(*MAP_CONFIDENCE),
        "counts_as": one_of(*COUNTS_AS),
        "divertible": BOOL,
        "home_visit": BOOL,  # False: never a stop at the door (domestic violence, duty 11)
        "safety_concern": BOOL,  # co-response where a stop rests on such calls (duty 5)
    },
    key=("call_type",),
    doc="A city's map from its own call types; people edit it, ingest only adds to it.",
)

ADDRESS_RANGES = Table(
    "address_ranges",
    {
        "street": TEXT,  # normalised by ingest.addresses.normalise_street
        "low": INT,
        "high": INT,
        "parity": one_of("odd", "even", "both"),
        "reversed": BOOL,  # numbers fall along the geometry
        "geometry": SHAPE,  # LineString, EPSG:4326
    },
    doc="Which house numbers lie along which piece of street.",
)

INTERSECTIONS = Table(
    "intersections",
    {"street_a": TEXT, "street_b": TEXT, "lon": FLOAT, "lat": FLOAT},
    doc="Crossings by their two normalised street names, street_a < street_b.",
)

COUNTS = Table(
    "counts",
    {"cell": INT, "week": DATE, "need": one_of(*ALL_NEEDS), "calls": INT},
    key=("cell", "week", "need"),
    doc="Calls for help by cell, local week (its Monday) and need; zeros are left out.",
)

WEEKLY = Table(
    "weekly",
    {"week": DATE, "need": one_of(*ALL_NEEDS), "calls": INT, "partial": BOOL},
    key=("week", "need"),
    doc="The city's calls by local week and need, zeros included; partial weeks are marked.",
)

CELL_RATES = Table(
    "cell_rates",
    {
        "cell": INT,
        "calls": INT,  # in the whole record
        "weekly_rate": FLOAT,  # exponentially weighted calls a week
        "recent_calls": INT,  # in the last change_weeks whole weeks
        "before_calls": INT,  # in as many weeks before
        "q": FLOAT,  # false-discovery q of recent against before, city growth removed
        "trend": one_of("growing", "fading", "steady"),
        "top_need": one_of(*ALL_NEEDS),
        "reason": TEXT,
    },
    key=("cell",),
    doc="Cells of the study area with their long-memory rate and recent change.",
)

PLACES = Table(
    "places",
    {
        "place_id": TEXT,  # text of the finest cell
        "lon": FLOAT,
        "lat": FLOAT,
        "address": TEXT_OR_NONE,
        "kind": one_of("place", "facility", "default_geocode"),
        "calls": INT,  # in the window
        "weekly_rate": FLOAT,
        "first_call_at": TIME,
        "last_call_at": TIME,
        "top_need": one_of(*ALL_NEEDS),
        "home_visit": BOOL,  # False: a tenth or more of the calls bar a visit, or a redacted site
        "safety_share": FLOAT,  # share of its calls whose type is a safety concern
        "cluster_id": INT_OR_NONE,
        "reason": TEXT,
    },
    key=("place_id",),
    doc="Addresses and spots that called again and again, ranked by weekly_rate.",
)

CLUSTERS = Table(
    "clusters",
    {
        "cluster_id": INT,
        "places": INT,
        "calls": INT,
        "lon": FLOAT,
        "lat": FLOAT,
        "geometry": SHAPE,  # hull of its places, EPSG:4326
    },
    key=("cluster_id",),
    doc="Groups of repeat places that lie close together (DBSCAN).",
)

PERSONS = Table(
    "persons",
    {
        "person_id": TEXT,
        "calls": INT,  # in the window
        "weekly_rate": FLOAT,
        "first_call_at": TIME,
        "last_call_at": TIME,
        "top_need": one_of(*ALL_NEEDS),
        "place_id": TEXT_OR_NONE,  # where most of the calls came from
        "lon": FLOAT_OR_NONE,
        "lat": FLOAT_OR_NONE,
        "address": TEXT_OR_NONE,
        "places": INT,  # how many different ones
        "home_visit": BOOL,
        "safety_share": FLOAT,
        "reason": TEXT,
    },
    key=("person_id",),
    doc="People (pseudonyms) who called for help again and again.",
)

RESOURCES = Table(
    "resources",
    {
        "resource_id": TEXT,
        "name": TEXT,
        "kind": TEXT,  # hospital, shelter, food_pantry, library, ... (data/resource_kinds.csv)
        "needs": TEXT,  # needs it serves, separated by one blank
        "address": TEXT_OR_NONE,
        "phone": TEXT_OR_NONE,
        "hours_text": TEXT_OR_NONE,  # verbatim; not yet read
        "verified_on": Column("date", nullable=True),
        "redacted": BOOL,  # never on anything shared
        "lon": FLOAT,
        "lat": FLOAT,
    },
    key=("resource_id",),
    doc="Somewhere to go for help.",
)

NEAREST = Table(
    "nearest",
    {
        "stop_id": TEXT,
        "rank": INT,  # 1 is the nearest
        "resource_id": TEXT,
        "name": TEXT,
        "kind": TEXT,
        "travel_s": FLOAT,  # by street, in the mode asked for
        "distance_m": FLOAT,
        "reason": TEXT,
    },
    key=("stop_id", "rank"),
    doc="The nearest fitting resources of each stop.",
)

LIMITS = Table(
    "limits",
    {
        "subject": TEXT,  # a person_id or a place_id
        "rule": one_of("opt_out", "do_not_visit", "no_police"),
        "until": Column("date", nullable=True),  # empty: for good
    },
    doc="What binds the planner (safeguard 3); limits.csv of the city folder.",
)

CANDIDATES = Table(
    "candidates",
    {
        "candidate_id": TEXT,
        "kind": one_of("person", "place", "cell", "exploration"),
        "subject": TEXT,  # person_id, place_id (a number where barred) or text of the cell
        "label": TEXT,  # what people read: an address or a cell, never a name
        "lon": FLOAT_OR_NONE,  # empty where barred, and only there
        "lat": FLOAT_OR_NONE,
        "need": one_of(*ALL_NEEDS),
        "prize": FLOAT,  # need met by a visit: expected calls a week
        "service_min": FLOAT,
        "window_from_local": TEXT,  # HH:MM, every day
        "window_until_local": TEXT,
        "response_mode": one_of(*RESPONSE_MODES),
        "no_police": BOOL,
        "barred": TEXT_OR_NONE,  # why it may not be planned at all
        "reason": TEXT,
    },
    key=("candidate_id",),
    doc="Who and what could be visited this week.",
)

SHIFTS = Table(
    "shifts",
    {
        "shift_id": TEXT,  # 2026-11-23/Team A
        "team": TEXT,
        "day": DATE,
        "start_at": TIME,
        "end_at": TIME,
        "pause_earliest": TIME_OR_NONE,  # when the pause may start; empty: no pause
        "pause_latest": TIME_OR_NONE,
        "pause_s": FLOAT,  # 0: no pause
        "travel": one_of("drive", "walk"),
        "has_officer": BOOL,
        "members": TEXT,  # Ana (caseworker), Bo (peer)
    },
    key=("shift_id",),
    doc="Who goes out when in one week.",
)

PAUSES = Table(
    "pauses",
    {
        "shift_id": TEXT,
        "order": INT,  # of the stop it comes before; one more than the last: on the way back
        "start_at": TIME,
        "end_at": TIME,
    },
    key=("shift_id",),
    doc="When each team that goes out takes its pause.",
)

STOPS = Table(
    "stops",
    {
        "shift_id": TEXT,  # 2026-11-23/Team A
        "team": TEXT,
        "day": DATE,
        "order": INT,  # 1 is the first
        "candidate_id": TEXT,
        "arrive_at": TIME,
        "start_at": TIME,  # after waiting, if any
        "leave_at": TIME,
        "travel_s": FLOAT,  # from the stop before, or from the base
        "distance_m": FLOAT,
        "why": TEXT,
    },
    key=("shift_id", "order"),
    doc="The visits of a plan, in order.",
)

LEGS = Table(
    "legs",
    {
        "shift_id": TEXT,
        "order": INT,  # of the stop it leads to; the last leads back to base
        "travel_s": FLOAT,
        "distance_m": FLOAT,
        "geometry": SHAPE,  # LineString along streets, EPSG:4326
    },
    key=("shift_id", "order"),
    doc="The way to each stop and back.",
)

LEFT_OUT = Table(
    "left_out",
    {"candidate_id": TEXT, "why": TEXT},
    key=("candidate_id",),
    doc="Candidates without a visit, each with its reason.",
)

_DTYPES: dict[str, Any] = {"float": "float64", "bool": "bool"}


def _kind_ok(series: pd.Series, kind: str) -> bool:
    types = pd.api.types
    if kind == "int":
        return bool(types.is_integer_dtype(series))
    if kind == "time":
        return isinstance(series.dtype, pd.DatetimeTZDtype) and str(series.dtype.tz) == "UTC"
    if kind == "text":
        return bool(types.is_string_dtype(series)) or bool(series.isna().all())
    return True  # dates, lists and shapes are objects


def _column(column: Column) -> pa.Column:
    checks = [pa.Check(lambda s, k=column.kind: _kind_ok(s, k), error=f"is not {column.kind}")]
    if column.among:
        told = f"is not one of {', '.join(column.among)}"
        checks.append(pa.Check.isin(column.among, error=told))
    return pa.Column(_DTYPES.get(column.kind), checks, nullable=column.nullable)


def check(frame: Frame, table: Table) -> Frame:
    """Return the frame itself if it is what the table promises; extra columns may ride along.

    Raises   SchemaError   names the table, each column at fault and how many rows
    """
    schema = pa.DataFrameSchema(
        {name: _column(column) for name, column in table.columns.items()},
        unique=list(table.key) or None,
    )
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases.groupby(["column", "check"], dropna=False).size()
        told = "; ".join(f"{column}: {what} ({n})" for (column, what), n in cases.items())
        raise SchemaError(f"table {table.name}: {told}") from None
    return frame


def empty(table: Table, columns: Sequence[str] = ()) -> pd.DataFrame:
    """Return a frame without rows that passes ``check``."""
    dtypes = {"int": "int64", "float": "float64", "bool": "bool", "time": "datetime64[us, UTC]"}
    names = columns or list(table.columns)
    return pd.DataFrame(
        {n: pd.Series([], dtype=dtypes.get(table.columns[n].kind, "object")) for n in names}
    )
