"""HSDS tabular data packages: the directory as it is exchanged and kept."""

import csv
import io
import json
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from outreach.errors import InputError
from outreach.resource_schemas import HSDS
from outreach.unpacking import check_zip

__all__ = [
    "Tables",
    "filled",
    "is_package",
    "package_bytes",
    "points_to",
    "read_package",
    "stacked",
    "table",
    "text_frame",
]

Tables = dict[str, pd.DataFrame]
"""The tables of a directory by name; all values are text, "" where empty."""

DESCRIPTOR = "datapackage.json"
_LARGEST = 1_000_000_000  # bytes of one package unpacked; more is a mistake or a bomb
_LONGEST_CELL = 50_000_000
_UNREADABLE = (OSError, zipfile.BadZipFile, zlib.error, RuntimeError, EOFError)
# What versions 1 to 3 and their users call the same tables.
_OTHER_NAMES = {
    "services_at_location": "service_at_location",
    "services_at_locations": "service_at_location",
    "accessibility_for_disabilities": "accessibility",
    "physical_addresses": "addresses",
    "physical_address": "addresses",
    "organization_identifier": "organization_identifiers",
    "urls": "url",
    "service_capacities": "service_capacity",
    "capacity": "service_capacity",
    "capacities": "service_capacity",
    "metadatas": "metadata",
    "fundings": "funding",
}


def text_frame(rows: Sequence[Mapping[str, object]], columns: Iterable[str]) -> pd.DataFrame:
    """Return rows as a frame of text with the columns given, "" where a row has none."""
    names = list(columns)
    return pd.DataFrame(
        [[str(row.get(name, "")) for name in names] for row in rows], columns=names, dtype=object
    )


def filled(told: pd.Series, empty: object = "") -> pd.Series:
    """Return a column as objects, with a value where there was none."""
    return told.astype(object).where(told.notna(), empty)


def stacked(*frames: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of several tables under each other, "" where one lacks a column."""
    columns = list(dict.fromkeys(str(column) for frame in frames for column in frame))
    whole = [frame.reindex(columns=columns, fill_value="").astype(object) for frame in frames]
    return pd.concat(whole, ignore_index=True)


def table(tables: Tables, name: str) -> pd.DataFrame:
    """Return a table with at least the standard's columns; without rows where it is missing."""
    frame = tables.get(name)
    if frame is None:
        return pd.DataFrame(columns=list(HSDS.get(name, ("id",))), dtype=object)
    missing = [column for column in HSDS.get(name, ()) if column not in frame]
    return frame.assign(**dict.fromkeys(missing, "")) if missing else frame


def table_name(stem: str) -> str:
    """Return the standard's name of a table, whatever a file calls it."""
    name = stem.strip().lower().replace("-", "_").replace(" ", "_")
    if name in HSDS:
        return name
    if name in _OTHER_NAMES:
        return _OTHER_NAMES[name]
    if name.endswith("s") and name[:-1] in HSDS:
        return name[:-1]
    plurals = (f"{name}s", f"{name}es", f"{name[:-1]}ies")
    return next((plural for plural in plurals if plural in HSDS), name)


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _frame(content: bytes, name: str) -> pd.DataFrame:
    """Read one CSV exactly as written; short rows are filled up with ""."""
    before = csv.field_size_limit(_LONGEST_CELL)  # holds for the whole process
    try:
        rows = list(csv.reader(io.StringIO(_decoded(content), newline=""), strict=True))
    except csv.Error as error:
        raise InputError(f"{name} is no readable CSV: {error}") from None
    finally:
        csv.field_size_limit(before)
    header = [column.strip() for column in rows[0]] if rows else []
    if len(set(header)) < len(header):
        raise InputError(f"{name} names a column twice")
    filled = []
    for number, row in enumerate(rows[1:], start=1):
        if not row:
            continue  # a blank line
        if any(row[len(header) :]):
            raise InputError(f"{name}: row {number} has more values than there are columns")
        filled.append((row + [""] * len(header))[: len(header)])
    return pd.DataFrame(filled, columns=header, dtype=object)


def _listed(descriptor: bytes, where: object) -> dict[str, str]:
    """Return the file of each table that a descriptor lists."""
    try:
        listed = json.loads(_decoded(descriptor))["resources"]
        paths = {}
        for resource in listed:
            path = resource["path"]
            path = path[0] if isinstance(path, list) else path
            paths[table_name(PurePosixPath(path).stem)] = str(path)
    except (ValueError, KeyError, TypeError, IndexError):
        raise InputError(f"{where} is no description of a data package") from None
    for path in paths.values():
        if ".." in PurePosixPath(path).parts or path.startswith("/") or ":" in path:
            raise InputError(f"{where} points outside its package: {path}")
    return paths


def _tables(names: Iterable[str], read: Callable[[str], bytes], where: object) -> Tables:
    """Read the tables of a package whose files are ``names``, relative to its descriptor."""
    held = set(names)
    paths = {table_name(PurePosixPath(n).stem): n for n in sorted(held) if n.endswith(".csv")}
    if DESCRIPTOR in held:
        listed = _listed(read(DESCRIPTOR), where)
        paths |= {name: path for name, path in listed.items() if path in held}
    if not paths and DESCRIPTOR not in held:
        raise InputError(f"{where} holds no tables of a directory")
    return {name: _frame(read(path), path) for name, path in sorted(paths.items())}


def _names_in_zip(packed: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return the files of a zip by name, without a folder that all of them lie in."""
    files = {
        info.filename: info
        for info in packed.infolist()
        if not info.is_dir()
        and "__MACOSX" not in info.filename
        and not PurePosixPath(info.filename).name.startswith(".")
    }
    kept = [n for n in files if n.lower().endswith((".csv", ".json"))]
    tops = {PurePosixPath(name).parent for name in kept}
    described = [PurePosixPath(n).parent for n in kept if PurePosixPath(n).name == DESCRIPTOR]
    top = min(described or tops, key=lambda folder: len(folder.parts), default=PurePosixPath("."))
    return {
        PurePosixPath(name).relative_to(top).as_posix(): files[name]
        for name in kept
        if PurePosixPath(name).is_relative_to(top)
    }


def _from_zip(path: Path) -> Tables:
    try:
        check_zip(path, really=False)  # what is read below is no more than the archive says
        with zipfile.ZipFile(path) as packed:
            files = _names_in_zip(packed)
            if sum(info.file_size for info in files.values()) > _LARGEST:
                raise InputError(f"{path} unpacks to more than {_LARGEST:,} bytes")

            def read(name: str) -> bytes:
                with packed.open(files[name]) as file:
                    content = file.read(files[name].file_size + 1)
                if len(content) > files[name].file_size:
                    raise InputError(f"{path}: {name} is larger than the archive says")
                return content

            return _tables(files, read, path)
    except _UNREADABLE as error:
        raise InputError(f"{path} cannot be read as a data package: {error}") from None


def is_package(path: Path) -> bool:
    """Whether a path looks like a tabular data package: a zip, a descriptor or a folder of CSVs."""
    if path.is_dir():
        names = {table_name(file.stem) for file in path.glob("*.csv")}
        return (path / DESCRIPTOR).is_file() or bool(names & {"service_at_location", "locations"})
    return path.name == DESCRIPTOR or path.suffix.lower() == ".zip"


def read_package(path: Path) -> Tables:
    """Read a tabular data package of HSDS 3.x: a folder, a zip of it, or its datapackage.json.

    Adds     every CSV as a table, with its own columns, values as written; tables go by the
             names of 3.2.3 where another version has another name for them
    Raises   InputError   missing, unreadable, or a descriptor that points outside the package
    """
    if path.name == DESCRIPTOR and path.is_file():
        path = path.parent
    if path.is_dir():
        names = [file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file()]
        return _tables(
            [name for name in names if "/" not in name or (path / DESCRIPTOR).is_file()],
            lambda name: (path / name).read_bytes(),
            path,
        )
    if not path.is_file():
        raise InputError(f"there is no file {path}")
    return _from_zip(path)


def points_to(column: str, name: str) -> str | None:
    """Return the table whose id a column holds."""
    if not column.endswith("_id"):
        return None
    if column == "parent_id":
        return name
    target = table_name(column.removesuffix("_id").removeprefix("parent_"))
    return target if target in HSDS else None


def _described(name: str, tables: Tables) -> dict[str, Any]:
    """Return a table's part of the descriptor; keys are claimed only where they hold."""
    frame = tables[name]
    schema: dict[str, Any] = {"fields": [{"name": c, "type": "string"} for c in frame]}
    if "id" in frame and frame["id"].is_unique:
        schema["primaryKey"] = "id"
    keys = []
    for column in frame:
        target = points_to(str(column), name)
        if target in tables and "id" in tables[target]:
            given = frame[column][frame[column].ne("")]
            if given.isin(tables[target]["id"]).all():
                reference = {"resource": "" if target == name else target, "fields": "id"}
                keys.append({"fields": column, "reference": reference})
    if keys:
        schema["foreignKeys"] = keys
    return {
        "name": name,
        "path": f"{name}.csv",
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": schema,
    }


def package_bytes(tables: Tables) -> bytes:
    """Return a zip of the tables as an HSDS 3.2.3 data package; equal tables give equal bytes."""
    names = sorted(name for name, frame in tables.items() if len(frame.columns))
    descriptor = {
        "name": "human_services_data",
        "profile": "tabular-data-package",
        "version": "3.2.3",
        "homepage": "https://docs.openreferral.org",
        "resources": [_described(name, tables) for name in names],
    }
    files = {DESCRIPTOR: json.dumps(descriptor, indent=1, ensure_ascii=False)}
    for name in names:
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(tables[name].columns)
        writer.writerows(tables[name].itertuples(index=False, name=None))
        files[f"{name}.csv"] = text.getvalue()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, content.encode("utf-8"))
    return packed.getvalue()
