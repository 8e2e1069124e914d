"""Files into frames of verbatim text, a bounded number of rows at a time."""

import codecs
import csv
import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
from python_calamine import CalamineError

from outreach.errors import InputError
from outreach.ingest import delimited, structured
from outreach.ingest.delimited import Layout, Row
from outreach.unpacking import BoundedGzip, check_zip

_CELLS_AT_ONCE = 3_000_000
_PEEK = 1 << 16
_DEEP_BYTES = 1 << 18
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_TABLES = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"{\\rtf": "a document",
    b"SQLite format 3": "an SQLite database",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7z archive",
}


@dataclass(frozen=True)
class RawChunk:
    """Some rows of a file: those that fit its header, and those that do not."""

    rows: pd.DataFrame  # every column text, verbatim; index row_number, 1 is the first data row
    ragged: pd.DataFrame  # row_number, reason, row_text


def read_chunks(
    path: Path, *, encoding: str | None = None, sheet: str | None = None, chunk_rows: int = 200_000
) -> Generator[RawChunk]:
    """Yield a file's rows as text; CSV and the like, Excel, Parquet or GeoJSON, gzipped or not.

    Raises   InputError   one line: what is wrong with the file and where
    """
    empty = True
    with _one_clear_line(path):
        for chunk in _chunks(path, encoding, sheet, chunk_rows):
            empty = empty and chunk.rows.empty and chunk.ragged.empty
            yield chunk
    if empty:
        raise InputError(f"{path} has a header but no rows; nothing was changed")


@contextmanager
def _one_clear_line(path: Path) -> Iterator[None]:
    """Turn what libraries raise on a damaged file into an InputError."""
    try:
        yield
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        raise InputError(f"{path} cannot be read: {_reason(error)}") from None
    except UnicodeDecodeError as error:
        raise InputError(_undecodable(path, error)) from None
    except UnicodeError as error:  # a UTF-16 text without its mark
        raise InputError(f"{path} cannot be read: {error}") from None
    except (pa.ArrowException, json.JSONDecodeError, CalamineError, csv.Error) as error:
        raise InputError(f"{path} is damaged: {str(error).splitlines()[0]}") from None
    except RecursionError:
        raise InputError(f"{path} is nested too deeply to be a table") from None
    except LookupError as error:
        raise InputError(f"{path}: {error}") from None


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, IsADirectoryError):
        return "it is a folder; name a file"
    if isinstance(error, EOFError | zlib.error | gzip.BadGzipFile | zipfile.BadZipFile):
        return f"it is damaged or cut off ({error})"
    return getattr(error, "strerror", None) or str(error)


def _chunks(
    path: Path, encoding: str | None, sheet: str | None, chunk_rows: int
) -> Iterator[RawChunk]:
    with path.open("rb") as raw, _unpacked(path, raw) as stream:
        head = stream.read(_PEEK)
        stream.seek(0)
        if not head.strip():
            raise InputError(f"{path} is empty; nothing was changed")
        kind = _kind(path, head)
        if kind == "text":
            yield from _text_chunks(path, stream, head, encoding, chunk_rows)
            return
        tables = {
            "excel": lambda: structured.excel_rows(stream, path, sheet),
            "parquet": lambda: structured.parquet_frames(stream, chunk_rows, path),
            "json": lambda: structured.json_frames(stream, path),
        }
        number = 1
        for frame in tables[kind]():
            index = pd.RangeIndex(number, number + len(frame), name="row_number")
            number += len(frame)
            yield RawChunk(frame.set_axis(index), no_ragged())


def _unpacked(path: Path, raw: IO[bytes]) -> Any:
    """Return the stream itself, or what is packed in it where it is gzip or a zip of one file."""
    magic = raw.read(4)
    raw.seek(0)
    if magic[:2] == b"\x1f\x8b":
        return BoundedGzip(path, raw)
    if magic == b"PK\x03\x04":
        archive = zipfile.ZipFile(raw)
        names = [name for name in archive.namelist() if not name.endswith("/")]
        if any(name in ("[Content_Types].xml", "mimetype") for name in names):
            check_zip(path)
            raw.seek(0)
            return raw  # a workbook
        if len(names) != 1:
            raise InputError(f"{path} holds {len(names)} files; unpack it and name the one to read")
        check_zip(path, really=False)  # Python reads no more than the archive says
        return archive.open(names[0])
    return raw


def _kind(path: Path, head: bytes) -> str:
    if head[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        return "excel"
    if head[:4] == b"PAR1":
        return "parquet"
    for magic, what in _NOT_TABLES.items():
        if head.startswith(magic):
            raise InputError(f"{path} is {what}, not a table; nothing was changed")
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] in (b"{", b"["):
        return "json"
    if (
        start[:9].lower() in (b"<!doctype", b"<html>", b"<?xml ver")
        or start[:5].lower() == b"<html"
    ):
        raise InputError(f"{path} is a web page or XML, not a table; export it as CSV")
    return "text"


def _encoding(path: Path, head: bytes, told: str | None) -> str:
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    if told is None and b"\x00" in head:
        if head[1:400:2].count(0) > 150 or head[:400:2].count(0) > 150:
            name = "utf-16-le" if head[1:400:2].count(0) > 150 else "utf-16-be"
            raise InputError(f"{path} looks like UTF-16; read it with --encoding {name}")
        raise InputError(f"{path} is not a text table (it holds binary data); nothing was changed")
    return told or "utf-8"


def _text_chunks(
    path: Path, stream: IO[bytes], head: bytes, encoding: str | None, chunk_rows: int
) -> Iterator[RawChunk]:
    told = _encoding(path, head, encoding)
    layout = _layout(path, stream, told)
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding=told, newline="")
    widths = {len(layout.columns), layout.usual_width}
    size = max(1, min(chunk_rows, _CELLS_AT_ONCE // len(layout.columns)))
    number, lead = 1, layout.lead
    try:
        while block := delimited.next_block(text, min(size, 2_000) if lead else size):
            chunk = None if lead else _fast_chunk(block, layout, number)
            if chunk is None:
                rows = list(delimited.records(block, layout.separator, widths))
                chunk = _raw_chunk(rows[lead:], layout, number)
                lead = max(0, lead - len(rows))
            number += len(chunk.rows) + len(chunk.ragged)
            if len(chunk.rows) or len(chunk.ragged):
                yield chunk
    finally:
        text.detach()  # the stream below is closed by whoever opened it


def _fast_chunk(block: list[str], layout: Layout, number: int) -> RawChunk | None:
    """Parse lines that are plainly one record each with Arrow; None where they are not."""
    text = "".join(block)
    if '"' in text and any(line.count('"') % 2 for line in block):
        return None
    given = sum(1 for line in block if line.strip("\r\n"))
    try:
        table = pa_csv.read_csv(
            io.BytesIO(text.encode("utf-8", "surrogatepass")),
            read_options=pa_csv.ReadOptions(column_names=layout.columns, use_threads=False),
            parse_options=pa_csv.ParseOptions(delimiter=layout.separator),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(layout.columns, pa.large_string()),
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:  # a record that does not fit: the careful way finds out which
        return None
    if table.num_rows != given:
        return None
    rows: pd.DataFrame = table.to_pandas()
    if layout.header and bool((rows[layout.columns[0]] == layout.header[0]).any()):
        return None
    return RawChunk(
        rows.set_axis(pd.RangeIndex(number, number + len(rows), name="row_number")), no_ragged()
    )


def _layout(path: Path, stream: IO[bytes], encoding: str) -> Layout:
    text = io.TextIOWrapper(stream, encoding=encoding, newline="")
    try:
        lines = delimited.first_lines(text)
    finally:
        text.detach()
    layout = delimited.layout_of(lines)
    if layout is None:
        raise InputError(f"{path} is not a table: no separator gives it two columns")
    return layout


def _raw_chunk(batch: list[Row], layout: Layout, number: int) -> RawChunk:
    good: list[Row] = []
    places: list[int] = []
    ragged: list[tuple[int, str, str]] = []
    width = len(layout.columns)
    for place, row in enumerate(batch, start=number):
        fit = row if len(row) == width else delimited.fitted(row, layout)
        if row == layout.header:
            ragged.append((place, "the header row again", delimited.written(row, layout.separator)))
        elif fit is None:
            reason = f"has {len(row)} fields where the header has {width}"
            ragged.append((place, reason, delimited.written(row, layout.separator)))
        else:
            good.append(fit)
            places.append(place)
    columns = list(zip(*good, strict=True)) if good else [()] * width
    table = pa.table(
        [pa.array(column, pa.large_string()) for column in columns], names=list(layout.columns)
    )
    rows = table.to_pandas().set_axis(pd.Index(places, dtype="int64", name="row_number"))
    told = pd.DataFrame(ragged, columns=no_ragged().columns) if ragged else no_ragged()
    return RawChunk(rows, told)


def deep_rows(path: Path, encoding: str | None, places: int, lines: int) -> pd.DataFrame | None:
    """Return rows from several places further in a text file; None for files of other kinds.

    Raises   InputError   the file is damaged further in
    """
    with _one_clear_line(path), path.open("rb") as raw, _unpacked(path, raw) as stream:
        head = stream.read(_PEEK)
        told = _encoding(path, head, encoding)
        if _kind(path, head) != "text" or told.startswith("utf-16"):
            return None
        stream.seek(0)
        layout = _layout(path, stream, told)
        width = len(layout.columns)
        found: list[Row] = []
        for place in range(1, places):
            stream.seek(_size(path, stream) * place // places)
            part = io.StringIO(stream.read(_DEEP_BYTES).decode(told, "replace"), newline="")
            text = list(islice(part, lines + 2))[1:-1]  # whole lines only
            rows = list(delimited.records(text, layout.separator, {width}))
            found += [row for row in rows[1:] if len(row) == width and row != layout.header]
    columns = [list(column) for column in zip(*found, strict=True)] or [[]] * width
    return pd.DataFrame(dict(zip(layout.columns, columns, strict=True)), dtype="str")


def _size(path: Path, stream: Any) -> int:
    """Return how many bytes a stream has when unpacked (of a gzip file, by its own account)."""
    if isinstance(stream, gzip.GzipFile):
        with path.open("rb") as raw:
            raw.seek(-4, io.SEEK_END)
            return int.from_bytes(raw.read(4), "little")
    if isinstance(stream, zipfile.ZipExtFile):
        with zipfile.ZipFile(path) as archive:
            return max(info.file_size for info in archive.infolist())
    return path.stat().st_size


def no_ragged() -> pd.DataFrame:
    """Return an empty frame of rows that do not fit their header."""
    return pd.DataFrame({"row_number": pd.Series([], dtype="int64"),
                         "reason": pd.Series([], dtype="str"),
                         "row_text": pd.Series([], dtype="str")})  # fmt: skip


def _undecodable(path: Path, error: UnicodeDecodeError) -> str:
    """Return one line that names the first byte that does not fit, and its line."""
    where = ""
    if error.encoding == "utf-8":
        with path.open("rb") as raw, _unpacked(path, raw) as stream:
            for number, line in enumerate(stream, start=1):
                try:
                    line.decode("utf-8")
                except UnicodeDecodeError as found:
                    where = f" (byte 0x{line[found.start]:02x} in line {number})"
                    break
        return f"{path} is not UTF-8{where}; if it comes from Windows try --encoding cp1252"
    return f"{path} is not {error.encoding}: {error.reason}; name its encoding with --encoding"
