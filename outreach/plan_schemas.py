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
    none_or_one_of,
    one_of,
)
from outreach.schemas import ALL_NEEDS, RESPONSE_MODES

# Why a candidate is left out, in one word.
CAUSES = (
    "no_time",  # left in any shift that may go
    "outweighed",  # it would fit in place of others, which meet more
    "window",  # its hours or days
    "skill",  # nobody who may or can go: officer, worker, language, training, seats
    "cap",  # visited often enough, or cooling off
    "consent",  # opted out, not to be visited, or a listing that ended
    "too_far",
    "visited_otherwise",  # the same person at another place, on another day or for a task
    "kept_share",  # the rest of the shifts is kept for people known already
    "forbidden",  # a lead took it out
    "unknown_place",  # where to meet is not known, or may not be told
    "unsafe",  # no visit at the door
)

# For people known already; the rest are walks, pickups and campaign stops.
KNOWN_KINDS = ("person", "place", "participant", "follow_up", "accompany", "notification", "added")
KINDS = (*KNOWN_KINDS, "cell", "exploration", "sharps_pickup", "campaign")
ERRAND_KINDS = (
    "participant",
    "follow_up",
    "accompany",
    "notification",
    "added",
    "sharps_pickup",
    "campaign",
)

# Of these, what a rule may say before anything is planned, the strongest first.
RULE_CAUSES = ("consent", "cap", "window", "skill", "unknown_place", "unsafe")

ERRANDS = Table(
    "errands",
    {
        "errand_id": TEXT,
        "option": INT,  # 1, or more where several places are possible: only one of them is visited
        "kind": one_of(*ERRAND_KINDS),
        "subject": TEXT_OR_NONE,  # as in CONTACT_RULES: whose rules bind; empty: nobody's
        "task_id": TEXT_OR_NONE,
        "lon": FLOAT_OR_NONE,  # empty: no place is known, and the reason says so
        "lat": FLOAT_OR_NONE,
        "address": TEXT_OR_NONE,
        "need": one_of(*ALL_NEEDS),
        "prize": FLOAT,  # what a visit counts, in calls a week
        "service_min": FLOAT,
        "days": TEXT,  # of the week on which it may be done, such as "mon thu"
        "from_local": TEXT_OR_NONE,  # HH:MM
        "until_local": TEXT_OR_NONE,  # the visit ends by then
        "must": BOOL,  # an appointment that a plan never drops (duty 15)
        "visits": INT,  # in the week: 1, or 2 with a gap
        "people_needed": INT,  # who are trained, in the team
        "seats_needed": INT,  # free ones in the car
        "language": TEXT_OR_NONE,  # that somebody in the team must speak
        "preferred_staff": TEXT_OR_NONE,  # name of who should go where possible
        "due_on": DATE_OR_NONE,
        "reason": TEXT,
    },
    key=("errand_id", "option"),
    doc="What is to be done in a week beyond what the calls tell: tasks and people due.",
)

CANDIDATES = Table(
    "candidates",
    {
        "candidate_id": TEXT,
        "kind": one_of(*KINDS),
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
        "known": BOOL,  # for people known already, whose share of a shift is kept
        "must": BOOL,  # an appointment: a plan without it is none
        "visit_group": TEXT,  # visits of one group are gap_days apart: one person, several places
        "gap_days": INT,  # 7: only one of the group in the week
        "people_needed": INT,  # who are trained, in the team
        "seats_needed": INT,  # free ones in the car
        "language": TEXT_OR_NONE,  # that somebody in the team must speak
        "preferred_staff": TEXT_OR_NONE,  # name of who should go where possible
        "due_on": DATE_OR_NONE,
        "task_id": TEXT_OR_NONE,
        "barred": TEXT_OR_NONE,  # why it may not be planned at all
        # Of barred, else of days_why; empty where neither says anything.
        "barred_cause": none_or_one_of(*RULE_CAUSES),
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
        "seats": INT,  # of the car; 0 on foot
        "start_base": TEXT,
        "start_lon": FLOAT,
        "start_lat": FLOAT,
        "end_base": TEXT,
        "end_lon": FLOAT,
        "end_lat": FLOAT,
        "has_officer": BOOL,
        "members": TEXT,  # Ana (caseworker), Bo (peer, in training)
        "languages": TEXT,  # that those who are trained speak, such as "en es"
    },
    key=("shift_id",),
    doc="Who goes out when in one week.",
)

ROSTER = Table(
    "roster",
    {
        "week": TEXT,  # 2026-W48: rows of a week are all of its shifts, in place of city.toml's
        "team": TEXT,
        "day": DATE,
        "start_local": TEXT,  # HH:MM
        "end_local": TEXT,
        "pause_earliest_local": TEXT_OR_NONE,  # empty: no pause
        "pause_latest_local": TEXT_OR_NONE,
        "pause_min": FLOAT,
        "travel": one_of("drive", "walk"),
        "seats": INT,  # of the car; 0 on foot
        "members": TEXT,  # Ana (caseworker), Bo (peer)
        "start_base": TEXT,  # names of bases
        "end_base": TEXT,
        "recorded_at": TIME,
        "recorded_by": TEXT,
    },
    key=("week", "team", "day", "start_local"),
    doc="The shifts of a week that differs from the city's usual one.",
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
    {"candidate_id": TEXT, "cause": one_of(*CAUSES), "why": TEXT},
    key=("candidate_id",),
    doc="Candidates without a visit, each with its reason.",
)

CHANGES = Table(
    "changes",
    {
        "candidate_id": TEXT,
        "change": one_of("pin", "forbid"),
        "shift_id": TEXT_OR_NONE,  # the shift that it is pinned to; empty: any
        "start_at": TIME_OR_NONE,  # of a stop under way, that stays as it is
        "made_by": TEXT,
    },
    key=("candidate_id",),
    doc="What a lead knows better: stops that must stay or go.",
)

DIFFERENCES = Table(
    "differences",
    {
        "candidate_id": TEXT,
        "label": TEXT,
        "difference": one_of("new", "dropped", "moved"),  # moved: to another team or day
        "before": TEXT_OR_NONE,  # shift_id
        "after": TEXT_OR_NONE,
        # A lead asked for it; it could not stay: barred, done, or its shift is gone; or neither,
        # and it came so to fit the rest.
        "cause": one_of("asked", "forced", "fit"),
    },
    key=("candidate_id",),
    doc="Stops in which two plans of a week differ.",
)

SCENARIO = Table(
    "scenario",
    {
        "extra_h": FLOAT,  # hours of shift added; 0: the week as it is
        "added": TEXT,  # which shifts
        "need_met": FLOAT,  # sum of prizes
        "stops": INT,
        "travel_h": FLOAT,
        "more_per_h": FLOAT,  # need met more than without, for each hour added; 0 without any
    },
    key=("extra_h",),
    doc="What more hours would bring.",
)

CONTACT_RULES = Table(
    "contact_rules",
    {
        "subject": TEXT,  # person_id, or place_id of a listing that ended
        "barred_days": TEXT,  # ISO days of the week planned, separated by one blank
        "barred_why": TEXT,  # "" where no day is barred
        "barred_cause": none_or_one_of(*RULE_CAUSES),  # of the strongest; empty where none is
        "no_police": BOOL,
        "visit_from_local": TEXT_OR_NONE,
        "visit_until_local": TEXT_OR_NONE,
        "with_staff": TEXT_OR_NONE,  # name of the worker asked for, as in the teams
        "language": TEXT_OR_NONE,  # that somebody in the team must speak
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
        "languages": TEXT,  # such as "en es"
        "active": BOOL,
        "trained": BOOL,  # an officer's training is not measured by our hours
        "shortfall": TEXT,  # such as "79 of 80 h field training"; "" where trained
        "expires_on": DATE_OR_NONE,  # the last day on which all hours are enough, if they end
        "warning": TEXT,  # what ends soon; "" where nothing does
    },
    key=("staff_id",),
    doc="Who may go out without a trained colleague on a day.",
)
