"""How one value of a place is written into the tables of the directory."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple

import pandas as pd

from outreach.errors import WorkError
from outreach.resources.directory.details import NO_VOICE
from outreach.resources.directory.flat import language_rows
from outreach.resources.directory.hsds import Tables, stacked, table, text_frame
from outreach.resources.directory.terms import REDACTED, Mark, marked, standard_columns, unmarked

_EXTENSION = re.compile(r"^(.*\d)\s+x(\d+)$")


class Place(NamedTuple):
    """A service at a location that somebody changes today."""

    resource_id: str
    service_id: str
    location_id: str
    by: str
    today: str


def named(by: str) -> str:
    """Return who changes something.

    Raises   WorkError   nobody is named
    """
    if not by.strip():
        raise WorkError("say who changes the directory; nothing was changed")
    return by.strip()


def place_of(tables: Tables, resource_id: str, *, by: str, today: date) -> Place:
    """Return the place of an id.

    Raises   WorkError   nobody is named, or no such resource
    """
    pairs = table(tables, "service_at_location")
    row = pairs[pairs["id"].eq(resource_id)]
    if row.empty:
        raise WorkError(f"there is no place {resource_id!r} in the directory; nothing was changed")
    first = row.iloc[0]
    return Place(
        resource_id, first["service_id"], first["location_id"], named(by), today.isoformat()
    )


def shares(tables: Tables, place: Place, column: str) -> bool:
    """Whether the place's service, or its location, is another resource's too."""
    pairs = table(tables, "service_at_location")
    mine = place.service_id if column == "service_id" else place.location_id
    return bool((pairs[column].eq(mine) & pairs["id"].ne(place.resource_id)).any())


def grown(tables: Tables, name: str, rows: pd.DataFrame) -> Tables:
    """Return the tables with rows more in one of them."""
    if rows.empty:
        return tables
    return {**tables, name: stacked(table(tables, name), rows)}


def without(tables: Tables, name: str, gone: pd.Series) -> Tables:
    """Return the tables without some rows of one of them."""
    if not gone.any():
        return tables
    return {**tables, name: table(tables, name)[~gone].reset_index(drop=True)}


def replaced(tables: Tables, name: str, row_id: str, values: Mapping[str, str]) -> Tables:
    """Return the tables with some values of one row changed."""
    frame = table(tables, name)
    here = frame["id"].eq(row_id)
    return {
        **tables,
        name: frame.assign(**{c: frame[c].where(~here, text) for c, text in values.items()}),
    }


def _row(name: str, **values: str) -> pd.DataFrame:
    return text_frame([values], standard_columns(name))


def _name(tables: Tables, place: Place, text: str) -> Tables:
    """Name the location; its service too where it has no name of its own or no other place."""
    services, locations = table(tables, "services"), table(tables, "locations")
    mine = services.loc[services["id"].eq(place.service_id), "name"]
    here = locations.loc[locations["id"].eq(place.location_id), "name"]
    alone = not shares(tables, place, "service_id")
    made = replaced(tables, "locations", place.location_id, {"name": text})
    if alone and (mine.tolist() == here.tolist() or not _within(mine, text)):
        made = replaced(made, "services", place.service_id, {"name": text})
    return made


def _within(names: pd.Series, text: str) -> bool:
    return any(name.casefold() in text.casefold() for name in names if name)


def _kind(tables: Tables, place: Place, text: str) -> Tables:
    return marked(tables, [Mark(place.service_id, "service", text)])


def _redacted(tables: Tables, place: Place, text: str) -> Tables:
    if text == "yes":
        return marked(tables, [Mark(place.location_id, "location", REDACTED)])
    return unmarked(tables, {place.location_id, place.service_id})


def _phone(tables: Tables, place: Place, text: str) -> Tables:
    """Give this place a phone; a location or service of several keeps the others' phone."""
    known = table(tables, "phones")
    voice = ~known["type"].str.lower().isin(NO_VOICE) & known["contact_id"].eq("")
    mine = known["service_at_location_id"].eq(place.resource_id)
    here = known["service_at_location_id"].eq("") & known["location_id"].eq(place.location_id)
    pair = here & known["service_id"].eq(place.service_id)
    site = here & known["service_id"].eq("")
    gone = mine | pair
    if not text or not shares(tables, place, "location_id"):
        gone |= site
    if not text:
        offered = known["service_id"].eq(place.service_id) & known["location_id"].eq("")
        gone |= offered & known["service_at_location_id"].eq("")
    made = without(tables, "phones", voice & gone)
    if not text:
        return made
    found = _EXTENSION.match(text)
    number, extension = found.groups() if found else (text, "")
    new = _row(
        "phones",
        id=f"{place.resource_id}:phone",
        service_at_location_id=place.resource_id,
        number=number,
        extension=extension,
        type="voice",
    )
    again = table(made, "phones")["id"].eq(new["id"][0])
    return grown(without(made, "phones", again), "phones", new)


def _address(tables: Tables, place: Place, text: str) -> Tables:
    """Replace where the place is; town, state and code stay where the text ends with the town."""
    known = table(tables, "addresses")
    here = known["location_id"].eq(place.location_id)
    here &= known["address_type"].str.lower().ne("postal") if text else True
    old = known[here]
    made = without(tables, "addresses", here)
    if not text:
        return made
    city = old["city"].iloc[0].strip() if len(old) else ""
    street, comma, town = text.rpartition(",")
    same = bool(comma) and bool(city) and town.strip().casefold() == city.casefold()
    kept = ("city", "region", "state_province", "postal_code", "country") if same else ()
    row = {column: old[column].iloc[0] for column in kept}
    row |= {"address_1": street.strip() if same else text, "address_type": "physical"}
    row |= {"id": f"{place.location_id}:address", "location_id": place.location_id}
    return grown(made, "addresses", _row("addresses", **row))


def _hours(tables: Tables, place: Place, text: str) -> Tables:
    """Replace the hours of this place alone; an empty row stands before the service's hours."""
    known = table(tables, "schedules")
    own = known["service_at_location_id"].eq(place.resource_id)
    new = _row(
        "schedules",
        id=f"{place.resource_id}:hours",
        service_at_location_id=place.resource_id,
        description=text,
    )
    return grown(without(tables, "schedules", own), "schedules", new)


def _of_service(column: str) -> "Setter":
    def put(tables: Tables, place: Place, text: str) -> Tables:
        return replaced(tables, "services", place.service_id, {column: text})

    return put


def _of_location(column: str) -> "Setter":
    def put(tables: Tables, place: Place, text: str) -> Tables:
        return replaced(tables, "locations", place.location_id, {column: text})

    return put


def _one_row(name: str, owner: str, column: str, ending: str) -> "Setter":
    """Return what replaces all rows that a place's owner has in a table by one, or by none."""

    def put(tables: Tables, place: Place, text: str) -> Tables:
        whose = str(getattr(place, owner))
        made = without(tables, name, table(tables, name)[owner].eq(whose))
        values = {"id": f"{whose}:{ending}", owner: whose, column: text}
        return grown(made, name, _row(name, **values)) if text else made

    return put


def _languages(tables: Tables, place: Place, text: str) -> Tables:
    known = table(tables, "languages")
    gone = known["service_id"].eq(place.service_id) | known["location_id"].eq(place.location_id)
    made = without(tables, "languages", gone)
    return grown(made, "languages", language_rows(pd.Series([text]), pd.Series([place.service_id])))


def _capacity(column: str) -> "Setter":
    def put(tables: Tables, place: Place, text: str) -> Tables:
        """Write into the latest row of the service: what is told today is so today."""
        known = table(tables, "service_capacity")
        mine = known[known["service_id"].eq(place.service_id)].sort_values("updated")
        values = {column: text, "updated": place.today}
        if len(mine):
            return replaced(tables, "service_capacity", mine["id"].iloc[-1], values)
        row = values | {"id": f"{place.service_id}:capacity", "service_id": place.service_id}
        return grown(tables, "service_capacity", _row("service_capacity", **row))

    return put


Setter = Callable[[Tables, Place, str], Tables]
SETTERS: Mapping[str, Setter] = {
    "name": _name,
    "kind": _kind,
    "phone": _phone,
    "address": _address,
    "website": _of_service("url"),
    "hours_text": _hours,
    "eligibility": _of_service("eligibility_description"),
    "minimum_age": _of_service("minimum_age"),
    "maximum_age": _of_service("maximum_age"),
    "documents": _one_row("required_documents", "service_id", "document", "documents"),
    "languages": _languages,
    "accessibility": _one_row("accessibility", "location_id", "description", "access"),
    "capacity_available": _capacity("available"),
    "capacity_maximum": _capacity("maximum"),
    "redacted": _redacted,
    "lon": _of_location("longitude"),
    "lat": _of_location("latitude"),
}
