"""Changes of the directory by a person: each leaves rows of HSDS ``metadata``."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd

from outreach.errors import WorkError
from outreach.resources.directory import edit_rows
from outreach.resources.directory.edit_rows import Place, replaced
from outreach.resources.directory.flat import PLACE, tables_of
from outreach.resources.directory.hsds import Tables, table, text_frame
from outreach.resources.directory.plain_rows import place_id
from outreach.resources.directory.services import values_of
from outreach.resources.directory.terms import EDIT_PREFIX, standard_columns

__all__ = ["EDITABLE", "added", "changed", "closed", "verified"]

EDITABLE = tuple(edit_rows.SETTERS)
_NUMBERS = {  # least and most
    "minimum_age": (0.0, 130.0),
    "maximum_age": (0.0, 130.0),
    "capacity_available": (0.0, 1e6),
    "capacity_maximum": (0.0, 1e6),
    "lon": (-180.0, 180.0),
    "lat": (-90.0, 90.0),
}
_NEEDED = ("name", "kind", "lon", "lat")


class _Change(NamedTuple):
    field: str
    before: str
    after: str


def _said(value: object) -> str:
    """Return a value as the directory keeps it: text, "" where there is none."""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if value is None or (isinstance(value, float) and pd.isna(value)) or value is pd.NaT:
        return ""
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else repr(float(value))
    return str(value).strip()


def _checked(field: str, value: object) -> str:
    """Return a new value as text.

    Raises   WorkError   it is none that the field can have
    """
    if field not in EDITABLE:
        raise WorkError(f"{field} of a place cannot be changed; there are: {', '.join(EDITABLE)}")
    text = _said(value)
    if field == "redacted":
        said = {"yes": "yes", "true": "yes", "1": "yes", "no": "no", "false": "no", "0": "no"}
        if text.lower() not in said:
            raise WorkError(f"redacted is yes or no, not {text!r}; nothing was changed")
        return said[text.lower()]
    if not text and field in _NEEDED:
        raise WorkError(f"a place needs a {field}; nothing was changed")
    if text and field in _NUMBERS:
        least, most = _NUMBERS[field]
        try:
            number = float(text)
        except ValueError:
            number = float("nan")
        if not least <= number <= most:
            raise WorkError(
                f"{field} is a number from {least:g} to {most:g}, not {text!r}; nothing was changed"
            )
        return _said(number)
    return text


def _in_order(values: Mapping[str, str]) -> None:
    """Refuse limits that nobody and nothing can keep."""
    for low, high, told in (
        ("minimum_age", "maximum_age", "the least age is above the greatest"),
        ("capacity_available", "capacity_maximum", "more is free than there is"),
    ):
        least, most = values.get(low, ""), values.get(high, "")
        if least and most and float(least) > float(most):
            raise WorkError(f"{told} ({least} and {most}); nothing was changed")
    if values.get("lon") in ("0", "-0") and values.get("lat") in ("0", "-0"):
        raise WorkError("a place cannot lie at 0, 0; nothing was changed")


def _noted(tables: Tables, place: Place, did: str, changes: list[_Change]) -> Tables:
    """Return the tables with a row of metadata for each change."""
    known = table(tables, "metadata")
    ours = int(known["id"].str.startswith(f"{EDIT_PREFIX}{place.resource_id}:").sum())
    rows = [
        {
            "id": f"{EDIT_PREFIX}{place.resource_id}:{ours + at}",
            "resource_id": place.resource_id,
            "resource_type": "service_at_location",
            "last_action_date": place.today,
            "last_action_type": did,
            "field_name": change.field,
            "previous_value": change.before,
            "replacement_value": change.after,
            "updated_by": place.by,
        }
        for at, change in enumerate(changes, start=1)
    ]
    new = text_frame(rows, standard_columns("metadata"))
    told = edit_rows.grown(tables, "metadata", new)
    return replaced(told, "services", place.service_id, {"last_modified": place.today})


def changed(
    tables: Tables, resource_id: str, changes: Mapping[str, object], *, by: str, today: date
) -> Tables:
    """Return the tables with some of EDITABLE changed for one resource.

    Needs    changes: new values by name, empty to take one away. Hours and phone change at this
             place alone; what HSDS keeps with the service (kind, eligibility, ages, documents,
             languages, capacity, website) or with the location (name, address, accessibility,
             redacted, lon, lat) changes wherever these are offered
    Adds     a row of metadata for each value that is not what it was; last_modified
    Raises   WorkError   nobody is named, no such resource, or a value that cannot be
    """
    place = edit_rows.place_of(tables, resource_id, by=by, today=today)
    new = {field: _checked(field, value) for field, value in changes.items()}
    before = {field: _said(value) for field, value in values_of(tables, resource_id).items()}
    _in_order(before | new)
    told = [
        _Change(field, before.get(field, ""), value)
        for field, value in new.items()
        if value != before.get(field, "")
    ]
    if not told:
        return tables
    made = tables
    for change in told:
        made = edit_rows.SETTERS[change.field](made, place, change.after)
    return _noted(made, place, "update", told)


def verified(tables: Tables, resource_id: str, *, by: str, today: date) -> Tables:
    """Return the tables with a resource verified today: ``services.assured_date``.

    Raises   WorkError   nobody is named, or no such resource
    """
    place = edit_rows.place_of(tables, resource_id, by=by, today=today)
    before = _said(values_of(tables, resource_id)["verified_on"])
    made = replaced(tables, "services", place.service_id, {"assured_date": place.today})
    return _noted(made, place, "verify", [_Change("assured_date", before, place.today)])


def added(
    tables: Tables, values: Mapping[str, object], *, by: str, today: date
) -> tuple[Tables, str]:
    """Return the tables with a new place, verified today by who adds it, and its resource_id.

    Needs    some of EDITABLE, at least name, kind, lon and lat; organization may be told too
    Raises   WorkError   nobody is named, one of these is missing, or the place is there already
    """
    who = edit_rows.named(by)
    organization = _said(values.get("organization"))
    new = {f: _checked(f, value) for f, value in values.items() if f != "organization"}
    for field in _NEEDED:
        _checked(field, new.get(field))
    _in_order(new)
    resource_id = place_id(new["name"], float(new["lon"]), float(new["lat"]))
    if resource_id in set(table(tables, "service_at_location")["id"]):
        raise WorkError(f"{new['name']} is in the directory already at this place")
    day = today.isoformat()
    row: dict[str, object] = {**dict.fromkeys(PLACE, ""), **new, "resource_id": resource_id}
    row |= {"organization": organization, "verified_on": day}
    row["redacted"] = new.get("redacted") == "yes"
    if new.get("capacity_available") or new.get("capacity_maximum"):
        row["capacity_updated"] = day
    frame = pd.DataFrame([row]).astype(dict.fromkeys(set(PLACE) - {"redacted"}, object))
    made = tables
    for name, found in tables_of(frame).items():
        known = table(made, name)["id"]
        made = edit_rows.grown(made, name, found[~found["id"].isin(known)])
    place = edit_rows.place_of(made, resource_id, by=who, today=today)
    given = [_Change(field, "", value) for field, value in new.items() if value]
    return _noted(made, place, "create", given), resource_id


def closed(tables: Tables, resource_id: str, *, by: str, today: date) -> Tables:
    """Return the tables with a resource inactive; nothing is deleted.

    A service that is offered elsewhere too gets a record of its own for this place, so that it
    goes on elsewhere.

    Raises   WorkError   nobody is named, or no such resource
    """
    place = edit_rows.place_of(tables, resource_id, by=by, today=today)
    services = table(tables, "services")
    mine = services[services["id"].eq(place.service_id)]
    before = "" if mine.empty else str(mine["status"].iloc[0])
    made = tables
    if edit_rows.shares(tables, place, "service_id"):
        own = f"{place.service_id}:{resource_id}"
        made = edit_rows.grown(made, "services", mine.assign(id=own))
        made = replaced(made, "service_at_location", resource_id, {"service_id": own})
        place = place._replace(service_id=own)
    made = replaced(made, "services", place.service_id, {"status": "inactive"})
    return _noted(made, place, "close", [_Change("status", before, "inactive")])
