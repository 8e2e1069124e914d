"""The tables of the work database, made from their one declaration in ``work_schemas``."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa

from outreach.columns import Column, Table
from outreach.work_schemas import WORK_TABLES

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
# What a row must hold beyond its columns' kinds.
_RULES = {
    "referrals": {"closed_with_outcome": "(closed_at IS NULL) = (outcome IS NULL)"},
    "tasks": {"closed_when_not_open": "(closed_at IS NULL) = (status = 'open')"},
    "visits": {"no_negative_count": "sharps >= 0"},
    "sharps_pickups": {"no_negative_count": "sharps >= 0"},
    "link_pairs": {"in_order": "person_a < person_b"},
    "link_decisions": {"in_order": "person_a < person_b"},
}


class UtcTime(sa.TypeDecorator[datetime]):
    """An instant; SQLite has no time zones, so all of them are stored as UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """Store UTC; an instant without a zone is a mistake of ours."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """Read UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_TYPES: Mapping[str, type[Any]] = {
    "text": sa.Text,
    "int": sa.Integer,
    "float": sa.Float,
    "bool": sa.Boolean,
    "date": sa.Date,
    "time": UtcTime,
}


def _column(name: str, column: Column, table: Table) -> sa.Column[Any]:
    keys = {found.name: found.key[0] for found in WORK_TABLES}
    other = column.refers_to
    return sa.Column(
        name,
        _TYPES[column.kind](),
        *([sa.ForeignKey(f"{other}.{keys[other]}")] if other else []),
        primary_key=name in table.key,
        nullable=column.nullable,
        index=bool(other) and name != table.key[0],
    )


def _checks(table: Table) -> list[sa.CheckConstraint]:
    rules = dict(_RULES.get(table.name, {}))
    for name, column in table.columns.items():
        if column.among:
            values = ", ".join(f"'{value}'" for value in column.among)
            rules[name] = f"{name} IN ({values})"  # NULL passes a check
    return [sa.CheckConstraint(rule, name=name) for name, rule in rules.items()]


METADATA = sa.MetaData(naming_convention=_NAMES)
SQL_TABLES = {
    table.name: sa.Table(
        table.name,
        METADATA,
        *(_column(name, column, table) for name, column in table.columns.items()),
        *_checks(table),
    )
    for table in WORK_TABLES
}


def plain(value: Any) -> Any:
    """Return a value out of a frame as databases take it; every kind of missing is None."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    if hasattr(value, "item"):  # numpy's numbers
        value = value.item()
    return None if isinstance(value, float) and value != value else value  # noqa: PLR0124
