"""The tables of a week's plan: who could be visited, by whom, and the visits in order."""

from outreach.columns import (
    BOOL,
    DATE,
    DATE_OR_NONE,
    FLOAT,
    FLOAT_OR_NONE,
    INT,
    SHAPE,
    TEXT,
    TEXT_OR_NONE,
    TIME,
    TIME_OR_NONE,
    Table,
    one_of,
)
from outreach.schemas import ALL_NEEDS, RESPONSE_MODES

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
        "days": TEXT,  # on which a visit is allowed, such as "mon thu"
        "days_why": TEXT,  # why on no other; "" where every day is allowed
        "window_from_local": TEXT,  # HH:MM, on each of those days
        "window_until_local": TEXT,
        "with_staff": TEXT_OR_NONE,  # name of the worker asked for: nobody goes without them
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
        "members": TEXT,  # Ana (caseworker), Bo (peer, in training)
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

CONTACT_RULES = Table(
    "contact_rules",
    {
        "subject": TEXT,  # person_id, or place_id of a listing that ended
        "barred_days": TEXT,  # ISO days of the week planned, separated by one blank
        "barred_why": TEXT,  # "" where no day is barred
        "no_police": BOOL,
        "visit_from_local": TEXT_OR_NONE,
        "visit_until_local": TEXT_OR_NONE,
        "with_staff": TEXT_OR_NONE,  # name of the worker asked for, as in the teams
        "lon": FLOAT_OR_NONE,  # where they want to meet, if they said
        "lat": FLOAT_OR_NONE,
        "address": TEXT_OR_NONE,
    },
    key=("subject",),
    doc="What binds the planner in one week, for everybody whom something binds (safeguard 3).",
)

TRAINING_HOURS = Table(
    "training_hours",
    {
        "staff_id": TEXT,
        "kind": TEXT,  # "field", or one of the city's classroom subjects
        "hours": FLOAT,  # that count on the day
        "needed_h": FLOAT,
        "short_h": FLOAT,  # 0: complete
        "expires_on": DATE_OR_NONE,  # the last day on which they are enough, if they ever end
        "complete": BOOL,
    },
    key=("staff_id", "kind"),
    doc="Hours of training beside those needed (duties 9 and 10).",
)

READINESS = Table(
    "readiness",
    {
        "staff_id": TEXT,
        "name": TEXT,
        "role": TEXT,
        "active": BOOL,
        "trained": BOOL,  # an officer's training is not measured by our hours
        "shortfall": TEXT,  # such as "79 of 80 h field training"; "" where trained
        "expires_on": DATE_OR_NONE,  # the last day on which all hours are enough, if they end
        "warning": TEXT,  # what ends soon; "" where nothing does
    },
    key=("staff_id",),
    doc="Who may go out without a trained colleague on a day.",
)
