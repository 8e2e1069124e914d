"""Every table that crosses a stage: its columns, their kind and unit, and its key.

``columns.check()`` stands at the doors between stages and nowhere else. Names are those of the
vocabulary; ``_m``, ``_s``, ``_min`` and ``_km2`` are units; times are UTC unless a name says
``local``. The tables of the week's plan are in ``plan_schemas``.
"""

from outreach.columns import (
    BOOL,
    DATE,
    FLOAT,
    FLOAT_OR_NONE,
    INT,
    INT_OR_NONE,
    SHAPE,
    TEXT,
    TEXT_OR_NONE,
    TIME,
    Column,
    Table,
    one_of,
)

NEEDS = ("mental_health", "substance_use", "homelessness", "conflict", "quality_of_life")
UNKNOWN = "unknown"
ALL_NEEDS = (*NEEDS, UNKNOWN)
SOURCES = ("911", "988", "311", "non_emergency", "officer_initiated", "alarm", "scheduled", "other")
MAP_CONFIDENCE = ("low", "somewhat", "very")
# What a call of a type adds to: only "demand" enters counts, ranks and plans.
COUNTS_AS = ("demand", "officer_initiated", "sharps", "administrative")
PLACED_BY = ("coordinates", "address", "intersection", "unplaced")
RESPONSE_MODES = ("community", "co_response", "phone", "notification")

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
    doc="Calls for help by cell, local week (its first day) and need; zeros are left out.",
)

CALENDAR = Table(
    "calendar",
    {
        "week": DATE,  # its first day
        "days_seen": INT,  # on how many of its seven days calls could have come into the record
    },
    key=("week",),
    doc="Every week of the record up to as_of; 0 days seen is a gap, fewer than 7 a partial week.",
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

HOT_SPOTS = Table(
    "hot_spots",
    {
        "cell": INT,
        "calls": INT,  # in the cell itself, in the weeks looked at
        "gi_z": FLOAT,
        "p": FLOAT,  # of the nearer tail, doubled; exact under shuffled cells
        "q": FLOAT,  # false-discovery q of both tails together
        "spot": one_of("hot", "cold", "none"),
        "reason": TEXT,
    },
    key=("cell",),
    doc="Cells whose surroundings have more or fewer calls than chance would put there.",
)

PATTERNS = (
    "new",
    "consecutive",
    "intensifying",
    "persistent",
    "diminishing",
    "sporadic",
    "oscillating",
    "historical",
)
LABELS = (*(f"{p}_hot" for p in PATTERNS), *(f"{p}_cold" for p in PATTERNS), "none")

EMERGING = Table(
    "emerging",
    {
        "cell": INT,
        "label": one_of(*LABELS),
        "hot_steps": INT,  # in how many of the steps looked at it was hot
        "cold_steps": INT,
        "trend_z": FLOAT,  # Mann-Kendall z of its surroundings' weekly share of the city's calls
        "reason": TEXT,
    },
    key=("cell",),
    doc="How the heat of a cell went over time, the city's level taken out.",
)

LABEL_COUNTS = Table(
    "label_counts",
    {"label": one_of(*LABELS), "cells": INT, "by_chance": FLOAT},
    key=("label",),
    doc="How many cells have each label, and how many would if the weeks were shuffled.",
)

FORECAST = Table(
    "forecast",
    {
        "cell": INT,
        "expected_calls": FLOAT,  # in the week after as_of
        "low": INT,  # an interval that holds nine weeks in ten
        "high": INT,
        "reason": TEXT,
    },
    key=("cell",),
    doc="Calls for help expected in each cell of the study area, highest first.",
)

AREA_WEEKS = Table(
    "area_weeks",
    {
        "area": TEXT,
        "week": DATE,
        "need": one_of(*ALL_NEEDS),
        "calls": INT,
        "days_seen": INT,
    },
    key=("area", "week", "need"),
    doc="Calls of each neighbourhood by week and need; zeros included.",
)

ALERTS = Table(
    "alerts",
    {
        "area": TEXT,
        "need": one_of("all", *ALL_NEEDS),
        "week": DATE,  # the last whole week
        "calls": INT,
        "expected_calls": FLOAT,
        "alarm_from": INT,  # from how many calls on there is an alarm
        "p": FLOAT,  # of as many calls or more if nothing had changed
        "chance": FLOAT,  # of an alarm if nothing had changed; at most the rate that was set
        "alarm": BOOL,
        "sees_half": BOOL,  # a rise of half would more often than not be an alarm
        "reason": TEXT,
    },
    key=("area", "need"),
    doc="Neighbourhoods whose last week had more calls than usual, and those that had not.",
)

EXPOSURE = Table(
    "exposure",
    {
        "area": TEXT,
        "visits": INT,
        "visit_share": FLOAT,
        "calls": INT,  # for help, by the community
        "call_share": FLOAT,
        "population": FLOAT_OR_NONE,
        "population_share": FLOAT_OR_NONE,
        "inflation": FLOAT_OR_NONE,  # visit_share / call_share; empty without calls
        "warning": BOOL,  # inflation above the city's limit
        "reason": TEXT,
    },
    key=("area",),
    doc="Where visits go beside where calls come from and where people live (safeguard 10).",
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
        "expected_calls": FLOAT,  # in the next four weeks, calibrated
        "first_call_at": TIME,
        "last_call_at": TIME,
        "top_need": one_of(*ALL_NEEDS),
        "home_visit": BOOL,  # False: a tenth or more of the calls bar a visit, or a redacted site
        "safety_share": FLOAT,  # share of its calls whose type is a safety concern
        "cluster_id": INT_OR_NONE,
        "reason": TEXT,
    },
    key=("place_id",),
    doc="Addresses and spots that called again and again, ranked by expected_calls.",
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

LIMITS = Table(
    "limits",
    {
        "subject": TEXT,  # a person_id or a place_id
        "rule": one_of("opt_out", "do_not_visit", "no_police"),
        "until": Column("date", nullable=True),  # empty: for good
    },
    doc="What binds the planner (safeguard 3); limits.csv of the city folder.",
)
