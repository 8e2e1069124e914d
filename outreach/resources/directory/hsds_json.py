"""HSDS as nested JSON: organizations with their services, locations and all that hangs on them."""

import json
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any, NamedTuple

import pandas as pd

from outreach.errors import InputError
from outreach.resource_schemas import HSDS
from outreach.resources.directory.hsds import Tables, table, table_name


class _Inside(NamedTuple):
    """What stands under a key of an object: rows of a table, tied by a column."""

    table: str
    column: str  # of that table for a list; of the outer table for a single object
    many: bool = True
    upward: bool = False  # the object that this one belongs to: read, but not written


def _many(column: str, *tables: str) -> dict[str, _Inside]:
    return {name: _Inside(name, column) for name in tables}


_ANY = {
    "attributes": _Inside("attributes", "link_id"),
    "metadata": _Inside("metadata", "resource_id"),
}
_INSIDE: Mapping[str, Mapping[str, _Inside]] = {
    "organizations": {
        "additional_websites": _Inside("url", "organization_id"),
        **_many("organization_id", "funding", "contacts", "phones", "locations", "programs"),
        **_many("organization_id", "organization_identifiers", "services"),
        **_ANY,
    },
    "services": {
        "additional_urls": _Inside("url", "service_id"),
        **_many("service_id", "phones", "schedules", "service_areas"),
        "service_at_locations": _Inside("service_at_location", "service_id"),
        **_many("service_id", "languages", "funding", "cost_options"),
        "program": _Inside("programs", "program_id", many=False),
        **_many("service_id", "required_documents", "contacts"),
        "capacities": _Inside("service_capacity", "service_id"),
        "organization": _Inside("organizations", "organization_id", many=False, upward=True),
        **_ANY,
    },
    "service_at_location": {
        **_many("service_at_location_id", "service_areas", "contacts", "phones", "schedules"),
        "location": _Inside("locations", "location_id", many=False),
        "service": _Inside("services", "service_id", many=False, upward=True),
        **_ANY,
    },
    "locations": {
        **_many("location_id", "languages", "addresses", "contacts", "accessibility"),
        **_many("location_id", "phones", "schedules"),
        **_ANY,
    },
    "contacts": _many("contact_id", "phones") | _ANY,
    "phones": _many("phone_id", "languages") | _ANY,
    "service_capacity": {"unit": _Inside("units", "unit_id", many=False)} | _ANY,
    "attributes": {"taxonomy_term": _Inside("taxonomy_terms", "taxonomy_term_id", many=False)},
    "taxonomy_terms": {"taxonomy_detail": _Inside("taxonomies", "taxonomy_id", many=False)},
}
_NUMBERS = frozenset(
    {"latitude", "longitude", "minimum_age", "maximum_age", "year_incorporated", "extension"}
    | {"timezone", "count", "interval", "amount", "available", "maximum"}
)
_ENTITIES = {
    "organizations": "organization",
    "services": "service",
    "locations": "location",
    "service_at_location": "service_at_location",
    "contacts": "contact",
    "phones": "phone",
}
_ROOTS = (*_ENTITIES, "taxonomy_terms", "taxonomies")
_TABLES = {entity: name for name, entity in _ENTITIES.items()}


def _ties() -> dict[str, list[tuple[str, str]]]:
    """Return the columns of each table that JSON tells by nesting, and the tables they lead to."""
    ties: dict[str, list[tuple[str, str]]] = {}
    for outer, links in _INSIDE.items():
        for link in links.values():
            name, other = (link.table, outer) if link.many else (outer, link.table)
            ties.setdefault(name, []).append((link.column, other))
    return ties


_TIES = _ties()
_Rows = dict[str, dict[str, dict[str, str]]]  # table → id → row


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _take(value: object, name: str, rows: _Rows, spare_id: str) -> str:
    """Put an object and all inside it into rows; return its id.

    An object that is told twice, as a phone of a service and of its location, is one row that
    points to both.
    """
    if not isinstance(value, dict):
        raise InputError(f"the JSON has {type(value).__name__} where one of {name} should be")
    own_id = _text(value.get("id")) or spare_id
    if not own_id:
        raise InputError(f"the JSON has one of {name} without an id")
    row = rows.setdefault(name, {}).setdefault(own_id, {"id": own_id})
    inside = _INSIDE.get(name, {})
    for key, held in value.items():
        link = inside.get(key)
        if link is None or not isinstance(held, dict | list):
            text = _text(held)
            if text or key not in row:
                row[key] = text
        elif link.many and isinstance(held, list):
            _take_all(held, link, rows, (own_id, name))
        elif not link.many:
            row[link.column] = _take(held, link.table, rows, f"{own_id}:{key}")
        else:
            raise InputError(f"the JSON has no list where {key} of one of {name} should be")
    return own_id


def _take_all(held: list[Any], link: _Inside, rows: _Rows, owner: tuple[str, str]) -> None:
    owner_id, owner_table = owner
    for at, item in enumerate(held, start=1):
        child = _take(item, link.table, rows, f"{owner_id}:{link.table}{at}")
        row = rows[link.table][child]
        row[link.column] = owner_id
        entity = _ENTITIES.get(owner_table, owner_table)
        kind = {"link_id": "link_entity", "resource_id": "resource_type"}.get(link.column)
        if kind and not row.get(kind):
            row[kind] = entity


def _objects(value: object) -> Iterator[dict[str, Any]]:
    """Yield the objects of one, an array of them, or a page."""
    if isinstance(value, dict) and isinstance(value.get("contents"), list):
        value = value["contents"]
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, dict):
            raise InputError("the JSON holds no organizations, services or locations")
        yield item


def _kind_of(value: Mapping[str, Any]) -> str:
    """Return the table of an object, by the keys it has."""
    keys = set(value)

    def known(name: str) -> int:
        lists = set(_INSIDE.get(name, {})) - set(_ANY)
        return len(keys & set(HSDS[name])) + 2 * len(keys & lists)

    best = max(_ROOTS, key=known)
    if "id" not in keys or known(best) < 2:
        raise InputError("the JSON holds no organizations, services or locations")
    return best


def _is_tabular(value: object) -> bool:
    return (
        isinstance(value, dict)
        and bool(value)
        and all(key.endswith(".csv") and isinstance(rows, list) for key, rows in value.items())
    )


def _frames(rows: Mapping[str, list[dict[str, str]]]) -> Tables:
    """Return rows as frames: the standard's columns, then what else the source has."""
    frames = {}
    for name, held in sorted(rows.items()):
        others = dict.fromkeys(key for row in held for key in row)
        columns = list(dict.fromkeys([*HSDS.get(name, ()), *others]))
        frames[name] = pd.DataFrame(
            [[row.get(column, "") for column in columns] for row in held],
            columns=columns,
            dtype=object,
        )
    return frames


def from_json(value: Any) -> Tables:
    """Return the tables of HSDS JSON.

    Needs    one object, an array or a page ({"contents": [...]}) of organizations, services,
             services at locations, locations, taxonomies or terms, with what is nested in
             them; or tabular JSON: rows under "organizations.csv" and so on
    Adds     text only: numbers as written, "" for null; keys that the standard does not have
             become columns, and lists or objects under them JSON texts
    Raises   InputError   it is none of these, or an object has no id
    """
    if _is_tabular(value):
        return _frames(
            {
                table_name(key.removesuffix(".csv")): [
                    {k: _text(v) for k, v in row.items()} for row in _objects(rows)
                ]
                for key, rows in value.items()
            }
        )
    rows: _Rows = {}
    for item in _objects(value):
        _take(item, _kind_of(item), rows, "")
    return _frames({name: list(held.values()) for name, held in rows.items()})


def _number(text: str) -> object:
    """Return a number where the text is exactly how one is written; else the text."""
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        if str(number) == text and isfinite(number):
            return number
    return text


class _Writer:
    """Writes rows of tables as nested objects."""

    def __init__(self, tables: Tables) -> None:
        """Index the rows of each table by id and by what they belong to."""
        self._rows = {name: table(tables, name).to_dict("records") for name in {*tables, *HSDS}}
        self._by_id = {
            name: {row["id"]: row for row in reversed(rows)}
            for name, rows in self._rows.items()
            if rows and "id" in rows[0]
        }
        self._by_owner: dict[tuple[str, str], dict[str, list[Any]]] = {}
        for links in _INSIDE.values():
            for link in links.values():
                if link.many and (link.table, link.column) not in self._by_owner:
                    held: dict[str, list[Any]] = {}
                    for row in self._rows[link.table]:
                        if row[link.column]:
                            held.setdefault(row[link.column], []).append(row)
                    self._by_owner[link.table, link.column] = held

    def organizations(self) -> list[dict[str, Any]]:
        """Return all organizations with what belongs to them."""
        return [self._written(row, "organizations") for row in self._rows["organizations"]]

    def _written(self, row: Mapping[Any, str], name: str) -> dict[str, Any]:
        implied = self._implied(row, name)
        made: dict[str, Any] = {
            column: _number(text) if column in _NUMBERS else text
            for column, text in row.items()
            if text and column not in implied
        }
        for key, link in _INSIDE.get(name, {}).items():
            if link.upward:
                continue
            if link.many:
                held = self._by_owner[link.table, link.column].get(row["id"], [])
                inside = [self._written(r, link.table) for r in held if self._is_about(r, name)]
                if inside:
                    made[key] = inside
            elif row[link.column] in self._by_id.get(link.table, {}):
                made[key] = self._written(self._by_id[link.table][row[link.column]], link.table)
        return made

    def _implied(self, row: Mapping[Any, str], name: str) -> set[str]:
        """Return the columns of an object that its place in the JSON tells."""
        return {
            column
            for column, other in _TIES.get(name, ())
            if row[column] in self._by_id.get(other, {})
        }

    def _is_about(self, row: Mapping[Any, str], name: str) -> bool:
        """Whether an attribute or a row of metadata is about this kind of thing.

        Unless it names another kind, of which there is one with that id.
        """
        told = row.get("link_entity") or row.get("resource_type") or ""
        other = _TABLES.get(told, name)
        about = row.get("link_id") or row.get("resource_id")
        return other == name or about not in self._by_id.get(other, {})


def to_json(tables: Tables) -> list[dict[str, Any]]:
    """Return each organization with all that belongs to it, as organization_full of HSDS 3.2.3.

    What hangs on no organization (a location without one that no service is offered at, terms
    that nothing is marked with, meta_table_descriptions) is not in it; nor are empty values.
    """
    return _Writer(tables).organizations()
