"""Versions of the work database."""

import sqlalchemy as sa

from outreach.store.work_tables import METADATA


def make_ready(engine: sa.Engine) -> None:
    """Make the tables of a new database."""
    with engine.execution_options(writing=True).begin() as connection:
        METADATA.create_all(connection)
