"""The directory of help: places from files, each with its kind and the needs it serves."""

import hashlib
import html
import re
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from outreach.columns import empty
from outreach.errors import InputError
from outreach.geo import distance_m
from outreach.resources.kinds import KindFinder, load_kinds
from outreach.resources.readers import find_column, read_rows
from outreach.schemas import RESOURCES

__all__ = ["load_kinds", "read_resources"]

SAME_PLACE_M = 75.0  # equal names this close are one place
_TAGGED = ("amenity", "social_facility", "healthcare")
_NAMES = ("name", "sitename", "facilityname", "organizationname", "organization", "facility")
_TYPES = ("assettype", "facilitytype", "category", "type", "subcategory", "sitetype", "kind")
_ADDRESSES = ("address", "address1", "fulladdress", "streetaddress", "siteaddress")
_CITIES = ("city", "town", "municipality")
_PHONES = ("phone", "telephone", "phonenumber", "contactphone")
_HOURS = ("openinghours", "hoursofoperation", "hours", "schedule")
_VERIFIED = ("verifiedon", "lastverified", "assureddate", "checkdate", "lastupdated")
_DATES = ("%Y-%m-%d", "%Y/%m/%d", "%m/%d/%Y", "%d/%m/%Y", "%m-%d-%Y", "%d-%m-%Y")


def _texts(rows: pd.DataFrame, names: tuple[str, ...]) -> pd.Series:
    """Return the text of the first column with one of the names; blank where missing."""
    column = find_column(rows, names)
    if column is None:
        return pd.Series("", index=rows.index, dtype=object)
    values = rows[column].astype(object).where(rows[column].notna(), "")
    return values.map(lambda value: " ".join(html.unescape(str(value)).split()))


def _parsed(text: str, form: str) -> date | None:
    try:
        return datetime.strptime(text[:10], form).date()
    except ValueError:
        return None


def _dates(texts: pd.Series) -> pd.Series:
    """Read dates by the one form that fits all of them; none where two forms do."""
    given = texts[texts.ne("")]
    read = [given.map(lambda text, form=form: _parsed(text, form)) for form in _DATES]
    whole = [dates for dates in read if len(dates) and dates.notna().all()]
    certain = bool(whole) and all(dates.equals(whole[0]) for dates in whole)
    values: dict[object, date | None] = dict.fromkeys(texts.index)
    if certain:
        values |= whole[0].to_dict()
    return pd.Series(values, index=texts.index, dtype=object)


def _addresses(rows: pd.DataFrame) -> pd.Series:
    """Return one line: the street, and the town where it is a column of its own."""
    if "addr:street" in rows:
        number, street, town = (
            _texts(rows, (key,)) for key in ("addrhousenumber", "addrstreet", "addrcity")
        )
        line = (number.where(street.ne(""), "") + " " + street).str.strip()
    else:
        line, town = _texts(rows, _ADDRESSES), _texts(rows, _CITIES)
    joined = line + ", " + town
    return joined.where(line.ne("") & town.ne(""), line)


def _kinds(rows: pd.DataFrame, names: pd.Series, path: Path, finder: KindFinder) -> pd.Series:
    """Return the kind of each row, missing where none is known."""
    if any(key in rows for key in _TAGGED):
        keys = [key for key in finder.tag_keys if key in rows]
        tags = rows[keys].astype(object).where(rows[keys].notna(), "").astype(str)
        found = [
            finder.by_tags(row, name)
            for row, name in zip(tags.to_dict("records"), names, strict=True)
        ]
    else:
        spoken = re.sub(r"(?<=[a-z])(?=[A-Z])|[_\W]+", " ", path.name.split(".")[0])
        found = [
            finder.by_words(text, name, spoken)
            for text, name in zip(_texts(rows, _TYPES), names, strict=True)
        ]
    redacted = [finder.redacted_by_name(name) for name in names]
    both = [r or f if f else f for r, f in zip(redacted, found, strict=True)]
    return pd.Series(both, index=rows.index, dtype=object)


def _ids(rows: pd.DataFrame, made: pd.DataFrame) -> pd.Series:
    """Return ids that stay the same when the file is read again."""
    if "osm_id" in rows:
        return "osm:" + rows["osm_id"].astype(str)
    keys = (
        made["name"].str.casefold()
        + made["lon"].map("|{:.4f}".format)
        + made["lat"].map("|{:.4f}".format)
    )
    return keys.map(lambda key: hashlib.blake2b(key.encode(), digest_size=6).hexdigest())


def _made(rows: pd.DataFrame, kinds: pd.DataFrame, kind: pd.Series) -> pd.DataFrame:
    """Return the rows as schemas.RESOURCES, one for one."""
    table = kinds.set_index("kind")
    label = kind.map(table["label"])
    names = _texts(rows, _NAMES)
    made = pd.DataFrame(
        {
            "name": names.where(names.ne(""), "unnamed " + label),
            "kind": kind,
            "needs": kind.map(table["needs"]),
            "address": _addresses(rows),
            "phone": _texts(rows, _PHONES),
            "hours_text": _texts(rows, _HOURS),
            "verified_on": _dates(_texts(rows, _VERIFIED)),
            "redacted": kind.map(table["redacted"]).astype(bool) | _said_secret(rows),
            "lon": rows["lon"].astype(float),
            "lat": rows["lat"].astype(float),
        }
    )
    for column in ("address", "phone", "hours_text"):
        made[column] = made[column].where(made[column].ne(""), None)
    made.insert(0, "resource_id", _ids(rows, made))
    return made


def _said_secret(rows: pd.DataFrame) -> pd.Series:
    """Mark rows that the file itself calls confidential."""
    return _texts(rows, ("confidential", "redacted")).str.lower().isin(["yes", "y", "true", "1"])


def _repeats(made: pd.DataFrame, named: pd.Series) -> pd.Series:
    """Mark rows whose name and place an earlier row has."""
    repeated = made["resource_id"].duplicated()
    groups = made[named].groupby([made["name"].str.casefold(), made["kind"]]).groups
    for rows in groups.values():
        for at, row in enumerate(rows[1:], start=1):
            here, before = made.loc[row], made.loc[rows[:at]]
            away = distance_m(before["lon"], before["lat"], here["lon"], here["lat"])
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


def read_resources(
    path: Path, kinds: pd.DataFrame, *, kind: str | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read places of help from a file.

    Needs    a file of ``readers.read_rows``; kinds of ``load_kinds``. OpenStreetMap files tell
             the kind by tags (what is no place of help is passed over); others by a type
             column, the name or the file's name, or all are of the ``kind`` given
    Adds     schemas.RESOURCES, and the rows set aside: row_number (1 is the first), reason,
             and the file's columns
    Raises   InputError   unreadable, an unknown ``kind``, or no row with a kind
    """
    known = set(kinds["kind"])
    if kind is not None and kind not in known:
        raise InputError(f"{kind!r} is no kind of place; there are {', '.join(sorted(known))}")
    finder = KindFinder(kinds)
    rows = read_rows(path, finder.tag_keys)
    rows.insert(0, "row_number", np.arange(1, len(rows) + 1))
    names = _texts(rows, _NAMES)
    found = _kinds(rows, names, path, finder)
    if kind is not None:
        found = names.map(finder.redacted_by_name).fillna(kind)
    elif any(key in rows for key in _TAGGED):
        helps = found.notna()
        rows, names, found = rows[helps], names[helps], found[helps]
    if found.isna().all() and len(rows):
        raise InputError(f"{path}: what kind of places these are is not clear; say it with --kind")
    reason = _reasons(rows, found)
    good = rows[reason.eq("")]
    if len(good):
        made = _made(good, kinds, found[good.index])
        repeated = _repeats(made, names[good.index].ne(""))
        reason[repeated.index[repeated]] = "the same place is in an earlier row"
        made = made[~repeated].reset_index(drop=True)
    else:
        made = empty(RESOURCES)
    bad = reason.ne("")
    aside = rows[bad].assign(reason=reason[bad])
    first = ["row_number", "reason"]
    return made, aside[first + [c for c in aside if c not in first]].reset_index(drop=True)
