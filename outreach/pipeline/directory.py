"""The city's directory of help: one file, read by everything, changed under one lock."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from outreach.columns import check, empty
from outreach.config import DATA_FOLDER
from outreach.errors import InputError, WorkError
from outreach.pipeline.entries import Moment, moment, point
from outreach.pipeline.old_directory import OLD_NAME, from_old
from outreach.reports.exports import harmless
from outreach.resource_schemas import RESOURCES
from outreach.resources.directory import edits
from outreach.resources.directory.hsds import Tables, package_bytes, read_package, table
from outreach.resources.directory.hsds_json import to_json
from outreach.resources.directory.kinds import load_kinds
from outreach.resources.directory.services import to_resources
from outreach.resources.directory.sharing import shareable_tables
from outreach.resources.directory.terms import EDIT_PREFIX
from outreach.roles import needs, viewer
from outreach.store.folder import write_whole, writing
from outreach.store.work import open_work

NAME = "directory.zip"
EDITABLE = edits.EDITABLE


def kinds_of_help() -> pd.DataFrame:
    """Return the kinds of places that there are; see ``kinds.load_kinds``."""
    return load_kinds(DATA_FOLDER / "resource_kinds.csv")


@needs("public")
def read_directory(folder: Path) -> pd.DataFrame:
    """Return a city's places of help as RESOURCES, redacted ones only to those who see points.

    Raises   InputError, SchemaError   the directory is damaged
    """
    found = whole_directory(folder)
    if viewer().may("points"):
        return found
    return found[~found["redacted"].astype(bool)].reset_index(drop=True)


@needs("points")
def whole_directory(folder: Path) -> pd.DataFrame:
    """Return a city's places of help with the redacted ones: RESOURCES; none where none is kept.

    Raises   InputError, SchemaError   the directory is damaged
    """
    stamp = _stamp(folder)
    return _resources(stamp).copy() if stamp else empty(RESOURCES)


@needs("points")
def read_tables(folder: Path) -> Tables:
    """Return a city's directory as HSDS tables.

    Raises   InputError   the directory is damaged
    """
    stamp = _stamp(folder)
    return {name: frame.copy() for name, frame in _tables(stamp).items()} if stamp else {}


@needs("record")
def keep_directory(folder: Path, tables: Tables) -> None:
    """Write a directory whole; what stands in a file of an earlier version is in it by now."""
    check(to_resources(tables, kinds_of_help()), RESOURCES)
    write_whole(folder / NAME, package_bytes(tables), private=True)  # confidential places too
    old = folder / OLD_NAME
    if old.exists():
        old.replace(old.with_name(f"{OLD_NAME}.moved"))


_Stamp = tuple[str, int, int]  # path, when it was written, bytes


def _stamp(folder: Path) -> _Stamp | None:
    """Return which file holds the directory, as it is now."""
    for name in (NAME, OLD_NAME):
        try:
            told = (folder / name).stat()
        except FileNotFoundError:
            continue
        return str(folder / name), told.st_mtime_ns, told.st_size
    return None


@lru_cache(maxsize=4)
def _tables(stamp: _Stamp) -> Tables:
    path = Path(stamp[0])
    return read_package(path) if path.name == NAME else from_old(path, kinds_of_help())


@lru_cache(maxsize=4)
def _resources(stamp: _Stamp) -> pd.DataFrame:
    return check(to_resources(_tables(stamp), kinds_of_help()), RESOURCES)


@needs("record")
def change_resource(
    folder: Path, resource_id: str, changes: Mapping[str, Any], *, by: str, now: datetime
) -> None:
    """Change some of EDITABLE of a place; ``lon`` and ``lat`` come together.

    Raises   WorkError   nobody is named, none has that id, or the change makes no sense
    """
    _checked(changes)

    def edit(tables: Tables, at: Moment) -> Tables:
        return edits.changed(tables, resource_id, changes, by=at.by, today=at.today)

    what = f"place {resource_id}: {', '.join(sorted(changes))}"
    _edited(folder, edit, did="changed", what=what, by=by, now=now)


@needs("record")
def verify_resource(folder: Path, resource_id: str, *, by: str, now: datetime) -> None:
    """Note that somebody made sure today that a place is as recorded (duty 26).

    Raises   WorkError   nobody is named, or none has that id
    """

    def edit(tables: Tables, at: Moment) -> Tables:
        return edits.verified(tables, resource_id, by=at.by, today=at.today)

    _edited(folder, edit, did="verified", what=f"place {resource_id}", by=by, now=now)


@needs("record")
def add_resource(folder: Path, details: Mapping[str, Any], *, by: str, now: datetime) -> str:
    """Add a place and return its resource_id.

    Needs    some of EDITABLE: at least name, kind, lon, lat
    Raises   WorkError   nobody is named, or one of these is missing or makes no sense
    """
    for name in ("name", "kind", "lon", "lat"):
        if details.get(name) in (None, ""):
            raise WorkError(f"a place needs a {name}; nothing was added")
    _checked(details)
    made: list[str] = []

    def edit(tables: Tables, at: Moment) -> Tables:
        grown, resource_id = edits.added(tables, details, by=at.by, today=at.today)
        made.append(resource_id)
        return grown

    _edited(folder, edit, did="added", what=lambda: f"place {made[0]}", by=by, now=now)
    return made[0]


@needs("record")
def close_resource(folder: Path, resource_id: str, *, by: str, now: datetime) -> None:
    """Note that a place has closed for good: it is offered no more, and its record stays.

    Raises   WorkError   nobody is named, or none has that id
    """

    def edit(tables: Tables, at: Moment) -> Tables:
        return edits.closed(tables, resource_id, by=at.by, today=at.today)

    _edited(folder, edit, did="closed", what=f"place {resource_id}", by=by, now=now)


def _checked(changes: Mapping[str, Any]) -> None:
    """Refuse an empty name, a kind that is none, and half a point."""
    if "name" in changes and not str(changes["name"] or "").strip():
        raise WorkError("a place needs a name; nothing was kept")
    kinds = list(kinds_of_help()["kind"])
    if "kind" in changes and changes["kind"] not in kinds:
        told = ", ".join(kinds)
        raise WorkError(f"{changes['kind']!r} is no kind of place; there are: {told}")
    if {"lon", "lat"} & set(changes):
        point(changes.get("lon"), changes.get("lat"))


def _edited(
    folder: Path,
    edit: Callable[[Tables, Moment], Tables],
    *,
    did: str,
    what: str | Callable[[], str],
    by: str,
    now: datetime,
) -> None:
    """Read, change and write the directory under one lock, and none without a line in the trail."""
    at = moment(folder, by, now)
    with writing(folder):
        made = edit(read_tables(folder), at)
        with open_work(folder).writing() as rows:
            told = what if isinstance(what, str) else what()
            rows.audit(at=now, who=at.by, did=did, what=told)
            keep_directory(folder, made)


@needs("record")
def history_of(folder: Path, resource_id: str) -> pd.DataFrame:
    """Return what people here did about a place, the latest first.

    Adds     day (text), by, did (verified, changed, ...), field, before, after
    """
    told = table(read_tables(folder), "metadata")
    own = told["id"].str.startswith(EDIT_PREFIX) & told["resource_id"].eq(resource_id)
    names = {
        "last_action_date": "day",
        "updated_by": "by",
        "last_action_type": "did",
        "field_name": "field",
        "previous_value": "before",
        "replacement_value": "after",
    }
    found = told.loc[own, list(names)].rename(columns=names)
    return found.iloc[::-1].sort_values("day", ascending=False, kind="stable", ignore_index=True)


@needs("public")
def export_bytes(folder: Path, ending: str) -> bytes:
    """Return the directory without redacted places: ``.zip`` a data package, ``.json``.

    Raises   InputError   another ending
    """
    shared = shareable_tables(read_tables(folder), kinds_of_help())
    if ending == ".zip":
        spoken = {n: t.map(harmless).rename(columns=harmless) for n, t in shared.items()}
        return package_bytes(spoken)
    if ending == ".json":
        return json.dumps(to_json(shared), indent=1, ensure_ascii=False).encode()
    raise InputError(f"a directory is exported as .zip or .json, not as {ending or 'that'}")


@needs("public")
def exported(folder: Path, name: str, *, by: str, now: datetime) -> bytes:
    """Return the directory as a file of that name for others, with a line in the trail.

    Raises   InputError   the name ends in neither .zip nor .json
             WorkError    nobody is named
    """
    at = moment(folder, by, now)
    content = export_bytes(folder, Path(name).suffix.lower())
    with open_work(folder).writing() as rows:
        rows.audit(at=now, who=at.by, did="exported", what=f"directory as {name}")
    return content


@needs("public")
def export_directory(folder: Path, path: Path, *, by: str, now: datetime) -> None:
    """Write the directory as HSDS for others, without redacted places (safeguard 7).

    Raises   InputError   the path ends in neither .zip nor .json
    """
    write_whole(path, exported(folder, path.name, by=by, now=now), private=True)
