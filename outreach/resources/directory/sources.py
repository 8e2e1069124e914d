"""The directory of help read from files: HSDS packages and JSON, Ohana folders, plain rows."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from outreach.errors import InputError
from outreach.geo import distance_m
from outreach.resources.directory.flat import tables_of
from outreach.resources.directory.hsds import Tables, filled, is_package, read_package
from outreach.resources.directory.hsds_json import from_json
from outreach.resources.directory.kinds import KindFinder, load_kinds
from outreach.resources.directory.ohana import from_ohana, is_ohana
from outreach.resources.directory.plain_rows import NAMES, TYPES, place_columns, texts, words_of
from outreach.resources.directory.readers import read_rows
from outreach.resources.directory.services import recorded, reviewed

__all__ = ["REPEATED", "Source", "load_kinds", "read_source"]

SAME_PLACE_M = 75.0  # equal names this close are one place
REPEATED = "the same place is in an earlier row"
_TAGGED = ("amenity", "social_facility", "healthcare")
_CORE = frozenset({"organizations", "services", "locations", "service_at_location"})
_GEOJSON = ("FeatureCollection", "Feature")


@dataclass(frozen=True)
class Source:
    """What a file told: its tables, and the rows that cannot become a resource.

    rows_in is what becomes a resource and what is set aside together. A row is, in a file of
    plain rows, a place of help; in a directory, a service at a location, and a location or a
    service that has none of the other.
    """

    tables: Tables
    set_aside: pd.DataFrame  # row_number (1 is the first), reason, and columns of the source
    rows_in: int


def _kinds_of_rows(
    rows: pd.DataFrame, names: pd.Series, path: Path, finder: KindFinder
) -> pd.Series:
    """Return the kind of each row, missing where none is known."""
    if any(key in rows for key in _TAGGED):
        keys = [key for key in finder.tag_keys if key in rows]
        tags = rows[keys].astype(object).where(rows[keys].notna(), "").astype(str)
        found = [
            finder.by_tags(row, name)
            for row, name in zip(tags.to_dict("records"), names, strict=True)
        ]
    else:
        spoken = words_of(path.name)
        found = [
            finder.by_words(text, name, spoken)
            for text, name in zip(texts(rows, TYPES), names, strict=True)
        ]
    redacted = [finder.redacted_by_name(name) for name in names]
    both = [r or f if f else f for r, f in zip(redacted, found, strict=True)]
    return pd.Series(both, index=rows.index, dtype=object)


def _repeats(made: pd.DataFrame, named: pd.Series) -> pd.Series:
    """Mark rows whose name and place an earlier row has."""
    repeated = made["resource_id"].duplicated()
    lon, lat = made["lon"].astype(float), made["lat"].astype(float)
    groups = made[named].groupby([made["name"].str.casefold(), made["kind"]]).groups
    for rows in groups.values():
        for at, row in enumerate(rows[1:], start=1):
            away = distance_m(lon[rows[:at]], lat[rows[:at]], lon[row], lat[row])
            repeated[row] |= bool((away <= SAME_PLACE_M).any())
    return repeated


def _reasons(rows: pd.DataFrame, kind: pd.Series) -> pd.Series:
    """Return why a row cannot be used; blank where it can."""
    lon, lat = rows["lon"].astype(float), rows["lat"].astype(float)
    reason = pd.Series("", index=rows.index, dtype=object)
    reason[kind.isna()] = "no kind of help is known for it"
    nowhere = ~(lon.abs().le(180) & lat.abs().le(90)) | (lon.eq(0) & lat.eq(0))
    reason[nowhere] = "impossible coordinates"
    reason[lon.isna() | lat.isna()] = "no coordinates"
    return reason


def _from_rows(path: Path, kinds: pd.DataFrame, kind: str | None) -> Source:
    """Read a file of plain rows; of OpenStreetMap only what is a place of help counts as a row."""
    finder = KindFinder(kinds)
    # a file of rows set aside, mended, has these columns already
    rows = read_rows(path, finder.tag_keys).drop(columns=["row_number", "reason"], errors="ignore")
    rows.insert(0, "row_number", np.arange(1, len(rows) + 1))
    names = texts(rows, NAMES)
    found = _kinds_of_rows(rows, names, path, finder)
    if kind is not None:
        found = filled(names.map(finder.redacted_by_name), kind)
    elif any(key in rows for key in _TAGGED):
        helps = found.notna()
        rows, names, found = rows[helps], names[helps], found[helps]
    if found.isna().all() and len(rows):
        raise InputError(f"{path}: what kind of places these are is not clear; say it with --kind")
    reason = _reasons(rows, found)
    good = rows[reason.eq("")]
    tables: Tables = {}
    if len(good):
        made = place_columns(good, kinds, found[good.index])
        repeated = _repeats(made, names[good.index].ne(""))
        reason[repeated.index[repeated]] = REPEATED
        tables = tables_of(made[~repeated])
    bad = reason.ne("")
    aside = rows[bad].assign(reason=reason[bad])
    first = ["row_number", "reason"]
    aside = aside[first + [c for c in aside if c not in first]].reset_index(drop=True)
    return Source(tables, aside, len(rows))


def _as_json(path: Path) -> object:
    """Return the content of a JSON file that is no GeoJSON; nothing for any other file."""
    if not path.is_file() or path.suffix.lower() != ".json" or is_package(path):
        return None
    try:
        value = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path} cannot be read as a list of places: {error}") from None
    return None if isinstance(value, dict) and value.get("type") in _GEOJSON else value


def _directory_in(path: Path) -> Tables | None:
    """Return the tables of a whole directory; nothing where the file is one of plain rows."""
    value = _as_json(path)
    if value is not None:
        try:
            return from_json(value)
        except InputError as error:
            raise InputError(f"{path}: {error}") from None
    if path.is_dir() or is_package(path):
        tables = read_package(path)
        if not set(tables) & _CORE:
            raise InputError(f"{path} has none of the tables {', '.join(sorted(_CORE))}")
        nameless = sorted(name for name in _CORE & set(tables) if "id" not in tables[name])
        if nameless:
            raise InputError(f"{path}: no column id in {', '.join(nameless)}")
        return from_ohana(tables) if is_ohana(tables) else tables
    return None


def read_source(path: Path, kinds: pd.DataFrame, *, kind: str | None = None) -> Source:
    """Read places of help from a file or folder of any of the formats.

    Needs    an HSDS package (folder, zip, datapackage.json), HSDS JSON, an Ohana folder, or a
             file of ``readers.read_rows``; kinds of ``load_kinds``. OpenStreetMap files tell
             the kind by tags (what is no place of help is passed over); others by terms, a
             type column, the name or the file's name, or all are of the ``kind`` given
    Adds     tables that ``services.to_resources`` reads: kind and redaction are recorded in
             them. What cannot become a resource is set aside; of a directory its tables stay
             whole nevertheless
    Raises   InputError   unreadable, an unknown ``kind``, or no plain row with a kind
    """
    known = set(kinds["kind"])
    if kind is not None and kind not in known:
        raise InputError(f"{kind!r} is no kind of place; there are {', '.join(sorted(known))}")
    found = _directory_in(path)
    if found is None:
        return _from_rows(path, kinds, kind)
    tables = recorded(found, kinds, kind=kind)
    accepted, aside = reviewed(tables, kinds)
    return Source(tables, aside, len(accepted) + len(aside))
