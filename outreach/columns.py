"""What a table that crosses a stage may hold: kinds of columns, and the check at the doors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import pandas as pd
import pandera.pandas as pa

from outreach.errors import SchemaError

Frame = TypeVar("Frame", bound=pd.DataFrame)


@dataclass(frozen=True)
class Column:
    """A column's kind, and what its values may be."""

    kind: str  # text, int, float, bool, time (UTC), date, list, shape
    nullable: bool = False
    among: tuple[str, ...] = ()
    sealed: bool = False  # encrypted at rest in the work database
    refers_to: str = ""  # the table of the work database whose key it holds


@dataclass(frozen=True)
class Table:
    """A table that crosses a stage."""

    name: str
    columns: Mapping[str, Column]
    key: tuple[str, ...] = ()
    doc: str = ""


TEXT, INT, FLOAT, BOOL, TIME, DATE = (
    Column(kind) for kind in ("text", "int", "float", "bool", "time", "date")
)
LIST, SHAPE = Column("list"), Column("shape")
SEALED = Column("text", nullable=True, sealed=True)
TEXT_OR_NONE, INT_OR_NONE, FLOAT_OR_NONE, TIME_OR_NONE, DATE_OR_NONE = (
    Column(kind, nullable=True) for kind in ("text", "int", "float", "time", "date")
)


def one_of(*values: str) -> Column:
    """Return a text column whose values are among the given ones."""
    return Column("text", among=values)


def none_or_one_of(*values: str) -> Column:
    """Return such a column that may also be empty."""
    return Column("text", nullable=True, among=values)


def key_of(table: str, *, nullable: bool = False) -> Column:
    """Return a text column that holds the key of a row of another table."""
    return Column("text", nullable=nullable, refers_to=table)


_DTYPES: dict[str, Any] = {"float": "float64", "bool": "bool"}


def _kind_ok(series: pd.Series, kind: str) -> bool:
    types = pd.api.types
    if kind == "int":
        return bool(types.is_integer_dtype(series))
    if kind == "time":
        return isinstance(series.dtype, pd.DatetimeTZDtype) and str(series.dtype.tz) == "UTC"
    if kind == "text":
        return bool(types.is_string_dtype(series)) or bool(series.isna().all())
    return True  # dates, lists and shapes are objects


def _column(column: Column) -> pa.Column:
    checks = [pa.Check(lambda s, k=column.kind: _kind_ok(s, k), error=f"is not {column.kind}")]
    if column.among:
        told = f"is not one of {', '.join(column.among)}"
        checks.append(pa.Check.isin(column.among, error=told))
    return pa.Column(_DTYPES.get(column.kind), checks, nullable=column.nullable)


def check(frame: Frame, table: Table) -> Frame:
    """Return the frame itself if it is what the table promises; extra columns may ride along.

    Raises   SchemaError   names the table, each column at fault and how many rows
    """
    schema = pa.DataFrameSchema(
        {name: _column(column) for name, column in table.columns.items()},
        unique=list(table.key) or None,
    )
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases.groupby(["column", "check"], dropna=False).size()
        told = "; ".join(f"{column}: {what} ({n})" for (column, what), n in cases.items())
        raise SchemaError(f"table {table.name}: {told}") from None
    return frame


def empty(table: Table, columns: Sequence[str] = ()) -> pd.DataFrame:
    """Return a frame without rows that passes ``check``."""
    dtypes = {"int": "int64", "float": "float64", "bool": "bool", "time": "datetime64[us, UTC]"}
    names = columns or list(table.columns)
    return pd.DataFrame(
        {n: pd.Series([], dtype=dtypes.get(table.columns[n].kind, "object")) for n in names}
    )
