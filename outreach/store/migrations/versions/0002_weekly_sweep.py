"""What the weekly sweep asks of the work database: the shifts of a week, and two more wishes."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add a language and a number of visits to the wishes, and the table of a week's shifts."""
    op.add_column("wishes", sa.Column("language", sa.Text()))
    op.add_column("wishes", sa.Column("visits_a_week", sa.Integer()))
    op.create_table(
        "roster",
        _must("week"),
        _must("team"),
        _must("day", sa.Date()),
        _must("start_local"),
        _must("end_local"),
        sa.Column("pause_earliest_local", sa.Text()),
        sa.Column("pause_latest_local", sa.Text()),
        _must("pause_min", sa.Float()),
        _must("travel"),
        _must("seats", sa.Integer()),
        _must("members"),
        _must("start_base"),
        _must("end_base"),
        _must("recorded_at", sa.DateTime(timezone=True)),
        _must("recorded_by"),
        sa.PrimaryKeyConstraint("week", "team", "day", "start_local", name="pk_roster"),
        sa.CheckConstraint("travel IN ('drive', 'walk')", name="ck_roster_travel"),
    )


def _must(name: str, kind: Any = None) -> sa.Column[Any]:
    return sa.Column(name, kind or sa.Text(), nullable=False)
