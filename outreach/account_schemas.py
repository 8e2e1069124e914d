"""Who may log in, who is logged in, and whom others ask the team to see."""

from outreach.columns import (
    BOOL,
    FLOAT_OR_NONE,
    SEALED,
    TEXT,
    TEXT_OR_NONE,
    TIME,
    TIME_OR_NONE,
    Table,
    key_of,
    one_of,
)
from outreach.roles import ACCOUNT_ROLES
from outreach.schemas import NEEDS

ACCOUNTS = Table(
    "accounts",
    {
        "account_id": TEXT,
        "login": TEXT,  # in lower case; for single sign-on the e-mail address
        "name": TEXT,  # as it stands in the audit trail
        "role": one_of(*ACCOUNT_ROLES),
        "kind": one_of("local", "sso"),
        "password_hash": TEXT_OR_NONE,  # argon2id
        "must_change": BOOL,  # the password was given by an admin
        "active": BOOL,
        "staff_id": key_of("staff", nullable=True),
        "organisation_id": key_of("organisations", nullable=True),
        "language": TEXT_OR_NONE,
        "created_at": TIME,
        "created_by": TEXT,
    },
    key=("account_id",),
    doc="Who may log in, and as what.",
)

SESSIONS = Table(
    "sessions",
    {
        "session_id": TEXT,  # a hash of what the browser holds
        "account_id": key_of("accounts"),
        "begun_at": TIME,
        "seen_at": TIME,
        "ended_at": TIME_OR_NONE,
    },
    key=("session_id",),
    doc="Who is logged in, and since when.",
)

FAILED_LOGINS = Table(
    "failed_logins",
    {"failed_id": TEXT, "login": TEXT, "at": TIME},  # login: a hash of what was typed
    key=("failed_id",),
    doc="Failed logins of late: the next one has to wait.",
)

REFERRALS_IN = Table(
    "referrals_in",
    {
        "referral_in_id": TEXT,
        "organisation_id": key_of("organisations", nullable=True),
        "recorded_at": TIME,
        "recorded_by": TEXT,
        "name": SEALED,
        "phone": SEALED,
        "place": SEALED,  # where the person is usually found, in words
        "lon": FLOAT_OR_NONE,
        "lat": FLOAT_OR_NONE,
        "need": one_of(*NEEDS),
        "person_agreed": BOOL,  # the person knows of it and agreed
        "note": SEALED,
        "status": one_of("open", "taken_up", "not_taken_up"),
        "closed_at": TIME_OR_NONE,
        "closed_by": TEXT_OR_NONE,
        "participant_id": key_of("participants", nullable=True),
    },
    key=("referral_in_id",),
    doc="Others ask the team to see somebody (duty 27).",
)
