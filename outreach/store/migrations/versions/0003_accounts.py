"""Who may log in, who is logged in, and whom others ask the team to see."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ROLES = "'lead', 'caseworker', 'manager', 'police_liaison', 'partner', 'community', 'admin'"
_NEEDS = "'mental_health', 'substance_use', 'homelessness', 'conflict', 'quality_of_life'"

_INDEXED = (
    ("accounts", "staff_id"),
    ("accounts", "organisation_id"),
    ("sessions", "account_id"),
    ("referrals_in", "organisation_id"),
    ("referrals_in", "participant_id"),
)


def upgrade() -> None:
    """Add accounts, sessions, failed logins and referrals from others."""
    op.create_table(
        "accounts",
        _must("account_id"),
        _must("login"),
        _must("name"),
        _must("role"),
        _must("kind"),
        sa.Column("password_hash", sa.Text()),
        _must("must_change", sa.Boolean()),
        _must("active", sa.Boolean()),
        sa.Column("staff_id", sa.Text()),
        sa.Column("organisation_id", sa.Text()),
        sa.Column("language", sa.Text()),
        _must("created_at", sa.DateTime(timezone=True)),
        _must("created_by"),
        sa.PrimaryKeyConstraint("account_id", name="pk_accounts"),
        _refers("accounts", "staff_id", "staff"),
        _refers("accounts", "organisation_id", "organisations"),
        sa.CheckConstraint(f"role IN ({_ROLES})", name="ck_accounts_role"),
        sa.CheckConstraint("kind IN ('local', 'sso')", name="ck_accounts_kind"),
    )
    op.create_table(
        "sessions",
        _must("session_id"),
        _must("account_id"),
        _must("begun_at", sa.DateTime(timezone=True)),
        _must("seen_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("session_id", name="pk_sessions"),
        _refers("sessions", "account_id", "accounts"),
    )
    op.create_table(
        "failed_logins",
        _must("failed_id"),
        _must("login"),
        _must("at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("failed_id", name="pk_failed_logins"),
    )
    _add_referrals()
    for table, column in _INDEXED:
        op.create_index(f"ix_{table}_{column}", table, [column])


def _add_referrals() -> None:
    op.create_table(
        "referrals_in",
        _must("referral_in_id"),
        sa.Column("organisation_id", sa.Text()),
        _must("recorded_at", sa.DateTime(timezone=True)),
        _must("recorded_by"),
        *(sa.Column(name, sa.Text()) for name in ("name", "phone", "place")),
        sa.Column("lon", sa.Float()),
        sa.Column("lat", sa.Float()),
        _must("need"),
        _must("person_agreed", sa.Boolean()),
        sa.Column("note", sa.Text()),
        _must("status"),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("closed_by", sa.Text()),
        sa.Column("participant_id", sa.Text()),
        sa.PrimaryKeyConstraint("referral_in_id", name="pk_referrals_in"),
        _refers("referrals_in", "organisation_id", "organisations"),
        _refers("referrals_in", "participant_id", "participants"),
        sa.CheckConstraint(f"need IN ({_NEEDS})", name="ck_referrals_in_need"),
        sa.CheckConstraint(
            "status IN ('open', 'taken_up', 'not_taken_up')", name="ck_referrals_in_status"
        ),
    )


def _must(name: str, kind: Any = None) -> sa.Column[Any]:
    return sa.Column(name, kind or sa.Text(), nullable=False)


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    key = {"staff": "staff_id", "organisations": "organisation_id"}.get(to, f"{to[:-1]}_id")
    return sa.ForeignKeyConstraint([column], [f"{to}.{key}"], name=f"fk_{table}_{column}")
