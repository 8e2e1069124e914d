"""What the weekly sweep asks of the work database: the shifts of a week, and two more wishes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add a language and a number of visits to the wishes, and the table of a week's shifts."""
    op.add_column("wishes", sa.Column("language", sa.Text()))
    op.add_column("wishes", sa.Column("visits_a_week", sa.Integer()))
    must = {"nullable": False}
    op.create_table(
        "roster",
        sa.Column("week", sa.Text(), **must),
        sa.Column("team", sa.Text(), **must),
        sa.Column("day", sa.Date(), **must),
        sa.Column("start_local", sa.Text(), **must),
        sa.Column("end_local", sa.Text(), **must),
        sa.Column("pause_earliest_local", sa.Text()),
        sa.Column("pause_latest_local", sa.Text()),
        sa.Column("pause_min", sa.Float(), **must),
        sa.Column("travel", sa.Text(), **must),
        sa.Column("seats", sa.Integer(), **must),
        sa.Column("members", sa.Text(), **must),
        sa.Column("start_base", sa.Text(), **must),
        sa.Column("end_base", sa.Text(), **must),
        sa.Column("recorded_at", sa.DateTime(timezone=True), **must),
        sa.Column("recorded_by", sa.Text(), **must),
        sa.PrimaryKeyConstraint("week", "team", "day", "start_local", name="pk_roster"),
        sa.CheckConstraint("travel IN ('drive', 'walk')", name="ck_roster_travel"),
    )
