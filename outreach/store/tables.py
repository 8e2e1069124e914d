"""Small tables that people may edit, kept as CSV in the city folder."""

import io
from pathlib import Path

import geopandas as gpd
import pandas as pd

from outreach.columns import Column, Table, check, empty
from outreach.errors import SchemaError, StoreError
from outreach.geo import STORED_CRS, read_geojson
from outreach.store.folder import write_whole

_TRUE, _FALSE = {"true", "yes", "1"}, {"false", "no", "0"}


def write_table(path: Path, frame: pd.DataFrame, table: Table) -> None:
    """Write the table's columns of a frame as CSV."""
    columns = [name for name in table.columns if name in frame.columns]
    write_whole(path, frame[columns].to_csv(index=False), private=True)


def read_table(path: Path, table: Table) -> pd.DataFrame:
    """Read a CSV that a person may have edited; an absent file is an empty table.

    Raises   StoreError    the file cannot be read, or a value is not of its column's kind
             SchemaError   a value is not among those allowed
    """
    if not path.exists():
        return empty(table)
    try:
        raw = pd.read_csv(path, dtype="string", keep_default_na=False, skipinitialspace=True)
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} cannot be read as CSV: {error}") from None
    missing = [name for name in table.columns if name not in raw.columns]
    if missing:
        raise StoreError(f"{path} lacks the column {', '.join(missing)}")
    columns = table.columns.items()
    typed = {name: _typed(raw[name].str.strip(), column, path) for name, column in columns}
    try:
        return check(pd.DataFrame(typed), table)
    except SchemaError as error:
        raise SchemaError(f"{path}: {error}") from None


def _typed(text: pd.Series, column: Column, path: Path) -> pd.Series:
    kind = column.kind
    filled = text.where(text != "", None)
    typed: pd.Series
    try:
        if kind == "bool":
            lowered = text.str.lower()
            wrong = text[~lowered.isin(_TRUE | _FALSE)]
            if len(wrong):
                raise ValueError(f"{wrong.iloc[0]!r} is neither yes nor no")
            typed = lowered.isin(_TRUE).astype(bool)
        elif kind in {"int", "float"}:
            typed = pd.to_numeric(filled).astype("Int64" if kind == "int" else "float64")
        elif kind == "date":
            dates = pd.to_datetime(filled, format="%Y-%m-%d", errors="coerce")
            wrong = text[dates.isna() & filled.notna()]
            if len(wrong):
                raise ValueError(f"{wrong.iloc[0]!r} is no date written like 2026-12-31")
            typed = dates.dt.date
        else:
            typed = filled.astype("object").where(filled.notna(), None if column.nullable else "")
    except ValueError as error:
        raise StoreError(f"{path}, column {text.name}: {error}") from None
    return typed


def read_shapes(path: Path, columns: tuple[str, ...]) -> gpd.GeoDataFrame:
    """Read a GeoJSON or GeoParquet of shapes; an absent file is an empty frame."""
    if not path.exists():
        blank = {name: pd.Series([], dtype="object") for name in columns}
        return gpd.GeoDataFrame(blank, geometry=[], crs=STORED_CRS)
    return gpd.read_parquet(path) if path.suffix == ".parquet" else read_geojson(path)


def write_shapes(path: Path, frame: gpd.GeoDataFrame) -> None:
    """Write shapes as GeoParquet or, by the path's ending, GeoJSON."""
    if path.suffix == ".parquet":
        buffer = io.BytesIO()
        frame.to_parquet(buffer, index=False)
        write_whole(path, buffer.getvalue())
    else:
        write_whole(path, frame.to_json(drop_id=True))


def write_frame(path: Path, frame: pd.DataFrame) -> None:
    """Write a frame without shapes as Parquet."""
    write_whole(path, frame.to_parquet(index=False))


def read_frame(path: Path, table: Table) -> pd.DataFrame:
    """Read such a frame; an absent file is an empty table."""
    return pd.read_parquet(path) if path.exists() else empty(table)
