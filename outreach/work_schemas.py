"""The work of the teams: every table of the work database, and those made from it.

Participants and what they want, visits and what came of them, tasks, referrals, staff, who may
see what, and who is who among the calls. ``store.work`` makes the database from these tables:
``key`` is the primary key, ``refers_to`` a foreign key, ``among`` a check, and what is ``SEALED``
is encrypted there and plain text in frames.
"""

from outreach.account_schemas import ACCOUNTS, FAILED_LOGINS, REFERRALS_IN, SESSIONS
from outreach.columns import (
    BOOL,
    DATE,
    DATE_OR_NONE,
    FLOAT,
    FLOAT_OR_NONE,
    INT,
    INT_OR_NONE,
    SEALED,
    TEXT,
    TEXT_OR_NONE,
    TIME,
    TIME_OR_NONE,
    Table,
    key_of,
    none_or_one_of,
    one_of,
)
from outreach.link_schemas import LINK_DECISIONS, LINK_PAIRS, PERSON_LINKS
from outreach.plan_schemas import ROSTER
from outreach.schemas import RESPONSE_MODES
from outreach.work_words import (
    BARRIERS,
    CONSENT_RULES,
    DOORS,
    LIVING_SITUATIONS,
    ORGANISATION_KINDS,
    OUTCOMES,
    REFERRAL_OUTCOMES,
    REFERRAL_STEPS,
    ROLES,
    SERVICES,
    STAGES,
    TASK_KINDS,
)

HOUSEHOLDS = Table(
    "households",
    {"household_id": TEXT, "label": SEALED, "created_at": TIME},
    key=("household_id",),
    doc="People who belong together (duty 8).",
)

STAFF = Table(
    "staff",
    {
        "staff_id": TEXT,
        "name": TEXT,  # as in city.toml's teams
        "role": one_of(*ROLES),
        "languages": TEXT,  # such as "en es", separated by one blank
        "active": BOOL,
        "capacity": INT,  # participants at once
    },
    key=("staff_id",),
    doc="Who goes out.",
)

TRAINING = Table(
    "training",
    {
        "training_id": TEXT,
        "staff_id": key_of("staff"),
        "kind": TEXT,  # "field", or one of the city's classroom subjects
        "hours": FLOAT,
        "done_on": DATE,
        "expires_on": DATE_OR_NONE,
    },
    key=("training_id",),
    doc="Hours of supervised field and classroom training, one row a time (duties 9 and 10).",
)

ORGANISATIONS = Table(
    "organisations",
    {
        "organisation_id": TEXT,
        "name": TEXT,
        "kind": one_of(*ORGANISATION_KINDS),
        "contact_name": TEXT_OR_NONE,
        "contact_phone": TEXT_OR_NONE,
        "warm_handoff": BOOL,  # somebody there takes over in person
        "verified_on": DATE_OR_NONE,
    },
    key=("organisation_id",),
    doc="Partners and other stakeholders (duties 17, 26 and 38).",
)

AGREEMENTS = Table(
    "agreements",
    {
        "agreement_id": TEXT,
        "organisation_id": key_of("organisations"),
        "signed_on": DATE,
        "expires_on": DATE,
        "may_see": TEXT,  # of RELEASABLE, separated by one blank
    },
    key=("agreement_id",),
    doc="What an organisation may see at most; without a current one it sees nothing.",
)

PARTICIPANTS = Table(
    "participants",
    {
        "participant_id": TEXT,
        "person_id": TEXT_OR_NONE,  # pseudonym in the calls, where known
        "door": one_of(*DOORS),
        "enrolled_on": DATE,
        "status": one_of("active", "inactive"),
        "status_since": DATE,
        "listed_until": DATE,  # from then on no visit is planned unless a person renews it
        "staff_id": key_of("staff", nullable=True),  # who carries the case
        "household_id": key_of("households", nullable=True),
        "given_name": SEALED,
        "family_name": SEALED,
        "birth_date": SEALED,  # YYYY-MM-DD
        "phone": SEALED,
        "note": SEALED,
        "cap_visits": INT_OR_NONE,  # their own limits; empty: the city's
        "cap_days": INT_OR_NONE,
        "cooling_off_days": INT_OR_NONE,
        "version": INT,  # of the row: a change made on an older one is refused
    },
    key=("participant_id",),
    doc="People enrolled.",
)

ALIASES = Table(
    "aliases",
    {
        "alias_id": TEXT,
        "participant_id": key_of("participants"),
        "name": SEALED,
        "added_at": TIME,
    },
    key=("alias_id",),
    doc="Other names a participant goes by.",
)

USUAL_PLACES = Table(
    "usual_places",
    {
        "usual_place_id": TEXT,
        "participant_id": key_of("participants"),
        "lon": FLOAT,
        "lat": FLOAT,
        "address": TEXT_OR_NONE,
        "last_seen_on": DATE,
        "ended_on": DATE_OR_NONE,  # not a usual place any more
    },
    key=("usual_place_id",),
    doc="Where a participant is usually found, each with the day they were last seen there.",
)

CONSENTS = Table(
    "consents",
    {
        "consent_id": TEXT,
        "participant_id": key_of("participants"),
        "rule": one_of(*CONSENT_RULES),
        "since": DATE,
        "until": DATE_OR_NONE,  # its last day; empty: for good
        "recorded_at": TIME,
        "recorded_by": TEXT,
        "withdrawn_at": TIME_OR_NONE,
        "withdrawn_by": TEXT_OR_NONE,
    },
    key=("consent_id",),
    doc="What participants do not want; rows are never removed, only withdrawn.",
)

WISHES = Table(
    "wishes",
    {
        "participant_id": key_of("participants"),
        "visit_from_local": TEXT_OR_NONE,  # HH:MM
        "visit_until_local": TEXT_OR_NONE,
        "days": TEXT_OR_NONE,  # such as "mon thu"; empty: any
        "usual_place_id": key_of("usual_places", nullable=True),  # where they want to meet
        "staff_id": key_of("staff", nullable=True),  # whom they want to meet
        "way": one_of("visit", "phone"),
        "organisation_id": key_of("organisations", nullable=True),  # preferred for referrals
        "language": TEXT_OR_NONE,  # that somebody in the team must speak, such as "es"
        "visits_a_week": INT_OR_NONE,  # that they want: 1 or 2; empty: 1
    },
    key=("participant_id",),
    doc="When, where, with whom and how a participant wants contact: all of it binds.",
)

BARRIER_ROWS = Table(
    "barriers",
    {
        "barrier_id": TEXT,
        "participant_id": key_of("participants"),
        "barrier": one_of(*BARRIERS),
        "since": DATE,
        "ended_on": DATE_OR_NONE,
    },
    key=("barrier_id",),
    doc="What stands in a participant's way.",
)

RELEASES = Table(
    "releases",
    {
        "release_id": TEXT,
        "participant_id": key_of("participants"),
        "organisation_id": key_of("organisations"),
        "fields": TEXT,  # of RELEASABLE, separated by one blank
        "signed_on": DATE,
        "expires_on": DATE,
        "revoked_at": TIME_OR_NONE,
        "recorded_by": TEXT,
    },
    key=("release_id",),
    doc="Releases of information: what of a participant an organisation may see until when.",
)

REFERRALS = Table(
    "referrals",
    {
        "referral_id": TEXT,
        "participant_id": key_of("participants"),
        "organisation_id": key_of("organisations"),
        "service": one_of(*SERVICES),
        "warm_handoff": BOOL,
        "barrier": none_or_one_of(*BARRIERS),
        "opened_at": TIME,
        "opened_by": TEXT,
        "closed_at": TIME_OR_NONE,
        "outcome": none_or_one_of(*REFERRAL_OUTCOMES),
    },
    key=("referral_id",),
    doc="Handing over; a referral is closed with an outcome or not at all (duty 20).",
)

STEPS = Table(
    "referral_steps",
    {
        "step_id": TEXT,
        "referral_id": key_of("referrals"),
        "step": one_of(*REFERRAL_STEPS),
        "happened_at": TIME,
        "recorded_at": TIME,
        "recorded_by": TEXT,
    },
    key=("step_id",),
    doc="How far a referral came, and when.",
)

VISITS = Table(
    "visits",
    {
        "visit_id": TEXT,  # made where it is entered, so that sending twice keeps one
        "participant_id": key_of("participants", nullable=True),
        "subject": TEXT_OR_NONE,  # of a plan's stop: person_id, place_id or text of a cell
        "happened_at": TIME,
        "recorded_at": TIME,
        "recorded_by": TEXT,
        "stage": one_of(*STAGES),
        "outcome": one_of(*OUTCOMES),
        "response_mode": one_of(*RESPONSE_MODES),
        "lon": FLOAT_OR_NONE,
        "lat": FLOAT_OR_NONE,
        "minutes": FLOAT_OR_NONE,
        "police_involved": BOOL,
        "services": TEXT,  # of SERVICES, separated by one blank
        "sharps": INT,  # picked up on the way; never a call
        "living_situation": none_or_one_of(*LIVING_SITUATIONS),
        "note": SEALED,
        "replaces": TEXT_OR_NONE,  # the visit_id that this row corrects
    },
    key=("visit_id",),
    doc="Contact attempts, contacts and engagements; a correction is a new row.",
)

VISIT_STAFF = Table(
    "visit_staff",
    {"visit_id": key_of("visits"), "staff_id": key_of("staff")},
    key=("visit_id", "staff_id"),
    doc="Who was there.",
)

TASKS = Table(
    "tasks",
    {
        "task_id": TEXT,
        "kind": one_of(*TASK_KINDS),
        "participant_id": key_of("participants", nullable=True),
        "referral_id": key_of("referrals", nullable=True),
        "staff_id": key_of("staff", nullable=True),
        "due_on": DATE,
        "fixed_at": TIME_OR_NONE,  # an appointment that a plan never drops (duty 15)
        "lon": FLOAT_OR_NONE,
        "lat": FLOAT_OR_NONE,
        "address": TEXT_OR_NONE,
        "people_needed": INT,
        "status": one_of("open", "done", "cancelled"),
        "note": SEALED,
        "created_at": TIME,
        "created_by": TEXT,
        "closed_at": TIME_OR_NONE,
        "closed_by": TEXT_OR_NONE,
    },
    key=("task_id",),
    doc="What is to be done by when.",
)

SHARPS = Table(
    "sharps_pickups",
    {
        "pickup_id": TEXT,
        "reported_at": TIME_OR_NONE,
        "happened_at": TIME,
        "lon": FLOAT_OR_NONE,
        "lat": FLOAT_OR_NONE,
        "address": TEXT_OR_NONE,
        "sharps": INT,
        "recorded_at": TIME,
        "recorded_by": TEXT,
    },
    key=("pickup_id",),
    doc="Needles picked up from streets and parks; never added to calls (duty 21).",
)

LISTINGS = Table(
    "listings",
    {
        "listing_id": TEXT,
        "subject": TEXT,  # person_id or place_id
        "listed_on": DATE,
        "until": DATE,  # the last day it counts, unless a person renews it (safeguard 4)
        "renewed_by": TEXT_OR_NONE,
        "ended_on": DATE_OR_NONE,  # dropped off the list by itself
    },
    key=("listing_id",),
    doc="Since when somebody or some place is on a repeat list, and until when.",
)

AUDIT = Table(
    "audit",
    {
        "audit_id": TEXT,
        "at": TIME,
        "who": TEXT,
        "did": TEXT,  # one word: enrolled, changed, saw, exported, published …
        "what": TEXT,  # never a name
        "participant_id": TEXT_OR_NONE,
    },
    key=("audit_id",),
    doc="Who saw, exported or changed what, when; rows are only ever added (safeguard 8).",
)

# In an order in which each refers only to those before it.
WORK_TABLES = (
    HOUSEHOLDS,
    STAFF,
    TRAINING,
    ORGANISATIONS,
    AGREEMENTS,
    PARTICIPANTS,
    ALIASES,
    USUAL_PLACES,
    CONSENTS,
    WISHES,
    BARRIER_ROWS,
    RELEASES,
    REFERRALS,
    STEPS,
    VISITS,
    VISIT_STAFF,
    TASKS,
    SHARPS,
    ROSTER,
    LISTINGS,
    PERSON_LINKS,
    LINK_PAIRS,
    LINK_DECISIONS,
    ACCOUNTS,
    SESSIONS,
    FAILED_LOGINS,
    REFERRALS_IN,
    AUDIT,
)
