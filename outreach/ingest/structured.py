"""Excel, Parquet and GeoJSON into frames of text, typed values written without loss."""

import json
import math
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely
from python_calamine import CalamineWorkbook

from outreach.errors import InputError
from outreach.ingest.delimited import column_names
from outreach.unpacking import most_bytes, too_large

LON_COLUMN, LAT_COLUMN = "geometry longitude", "geometry latitude"
_LOOK_FOR_HEADER = 60
_LONGEST_CELL = 100_000  # characters; the longest texts of calls have a few thousand
_ALWAYS_FINE_ROWS = 5_000_000  # more of them need a byte each at least


def as_text(value: Any) -> str:
    """Return a typed value as text: whole numbers without a point, dates as ISO 8601."""
    text = str(value)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        text = ""
    elif isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, float):
        text = repr(int(value)) if value.is_integer() else repr(value)
    elif isinstance(value, datetime):
        whole = value + timedelta(milliseconds=0.5) if value.microsecond else value
        text = whole.isoformat(timespec="milliseconds").replace(".000", "")
    elif isinstance(value, date | time):
        text = value.isoformat()
    elif isinstance(value, dict | list):
        text = json.dumps(value, ensure_ascii=False)
    return text


def _storable(text: str) -> str:
    """Return a text without the half characters that JSON may hold and UTF-8 cannot."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _frame(columns: tuple[str, ...], rows: list[list[Any]]) -> pd.DataFrame:
    texts = [[_storable(as_text(row[place])) for row in rows] for place in range(len(columns))]
    table = pa.table([pa.array(t, pa.large_string()) for t in texts], names=list(columns))
    frame: pd.DataFrame = table.to_pandas()
    return frame


def excel_rows(stream: IO[bytes], path: Path, sheet: str | None) -> Iterator[pd.DataFrame]:
    """Yield the rows of a workbook: of the named sheet, or of the widest and those laid out so."""
    workbook = CalamineWorkbook.from_filelike(stream)
    if sheet is not None and sheet not in workbook.sheet_names:
        raise InputError(f"{path} has no sheet {sheet!r}; it has {', '.join(workbook.sheet_names)}")
    names = [sheet] if sheet is not None else workbook.sheet_names
    tables: list[tuple[tuple[str, ...], list[list[Any]]]] = []
    for name in names:
        rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=True)
        found = _with_header([row for row in rows if any(cell not in ("", None) for cell in row)])
        if found is not None:
            tables.append(found)
    if not tables:
        raise InputError(f"{path} has no sheet with a table in it; nothing was changed")
    columns = max(tables, key=lambda table: len(table[0]) * len(table[1]))[0]
    for names_of, rows in tables:
        if names_of == columns and rows:
            yield _frame(columns, rows)


def _with_header(rows: list[list[Any]]) -> tuple[tuple[str, ...], list[list[Any]]] | None:
    """Return a sheet's column names and rows; lines above the header are left aside."""
    if not rows:
        return None
    usual = int(np.median([sum(c not in ("", None) for c in row) for row in rows[:200]]))
    for index, row in enumerate(rows[:_LOOK_FOR_HEADER]):
        filled = [cell for cell in row if cell not in ("", None)]
        if len(filled) >= max(2, 0.6 * usual) and all(isinstance(cell, str) for cell in filled):
            return column_names([as_text(cell) for cell in row], len(row)), rows[index + 1 :]
    return None


def parquet_frames(stream: IO[bytes], chunk_rows: int, path: Path) -> Iterator[pd.DataFrame]:
    """Yield the rows of a Parquet file, batch by batch."""
    source = stream if stream.seekable() and not hasattr(stream, "mtime") else stream.read()
    packed = pa.BufferReader(source) if isinstance(source, bytes) else source
    kept_short = _checked(pq.ParquetFile(packed), packed, path)
    file = pq.ParquetFile(packed, read_dictionary=kept_short)
    for batch in file.iter_batches(batch_size=chunk_rows):
        texts: dict[str, pa.Array] = {}
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            _not_too_long(column, path)
            if name == "geometry" and pa.types.is_binary(column.type):
                texts |= _geometry_texts(column)
            else:
                texts[name] = _column_text(column)
        yield pa.table(texts).to_pandas()


def _checked(file: pq.ParquetFile, packed: Any, path: Path) -> list[str]:
    """Return the columns of text, which are read without writing repeated values out.

    Raises   InputError   the file says that it unpacks to far more than its own size
    """
    size = packed.seek(0, 2)
    told = file.metadata
    unpacked = sum(told.row_group(i).total_byte_size for i in range(told.num_row_groups))
    if unpacked > most_bytes(size):
        raise too_large(path, most_bytes(size))
    if told.num_rows > max(_ALWAYS_FINE_ROWS, size):
        raise InputError(f"{path} says that it holds {told.num_rows:,} rows; nothing was changed")
    return [
        field.name
        for field in file.schema_arrow
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
    ]


def _not_too_long(column: pa.Array, path: Path) -> None:
    """Look that a few long values, repeated over and over, do not fill the memory."""
    values = column.dictionary if pa.types.is_dictionary(column.type) else column
    if values.type in (pa.string(), pa.large_string(), pa.binary()) and len(values):
        longest = pc.max(pc.binary_length(values)).as_py() or 0
        if longest > _LONGEST_CELL:
            raise InputError(f"{path} has a cell of {longest:,} characters; nothing was changed")


def _column_text(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _column_text(column.dictionary_decode())
    plain = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_integer(kind)
    if plain or pa.types.is_boolean(kind) or pa.types.is_temporal(kind):
        return pc.fill_null(pc.cast(column, pa.large_string()), "")
    return pa.array([as_text(value) for value in column.to_pylist()], pa.large_string())


def _geometry_texts(column: pa.Array) -> dict[str, pa.Array]:
    shapes = shapely.from_wkb(np.array(column.to_pylist(), dtype=object), on_invalid="ignore")
    points = shapely.point_on_surface(shapes)
    return {
        LON_COLUMN: pa.array([as_text(float(v)) for v in shapely.get_x(points)], pa.large_string()),
        LAT_COLUMN: pa.array([as_text(float(v)) for v in shapely.get_y(points)], pa.large_string()),
    }


def json_frames(stream: IO[bytes], path: Path) -> Iterator[pd.DataFrame]:
    """Yield the rows of GeoJSON, of a feature service's answer, or of a plain list of objects."""
    document = json.loads(stream.read().decode("utf-8-sig"))
    items = document.get("features") if isinstance(document, dict) else document
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise InputError(f"{path} is JSON, but neither GeoJSON features nor a list of objects")
    rows = [_flat(item) for item in items]
    if not rows:
        raise InputError(f"{path} has no features; nothing was changed")
    names = list(dict.fromkeys(name for row in rows for name in row))
    yield _frame(column_names(names, len(names)), [[row.get(n) for n in names] for row in rows])


def _flat(item: dict[str, Any]) -> dict[str, Any]:
    values = item.get("properties", item.get("attributes"))
    if not isinstance(values, dict):
        return item
    shape = item.get("geometry")
    at: dict[str, Any] = {LON_COLUMN: None, LAT_COLUMN: None}
    if isinstance(shape, dict) and "x" in shape:
        at = {LON_COLUMN: shape.get("x"), LAT_COLUMN: shape.get("y")}
    elif isinstance(shape, dict) and shape.get("coordinates"):
        try:
            point = shapely.geometry.shape(shape).representative_point()
            at = {LON_COLUMN: point.x, LAT_COLUMN: point.y}
        except (shapely.errors.ShapelyError, ValueError, TypeError, KeyError, AttributeError):
            pass  # a shape that is none: the row is kept, without a point
    return {**values, **at}
