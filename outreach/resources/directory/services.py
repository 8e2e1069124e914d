"""The flat view of a directory that plans, maps and pages use: one row a service at a location."""

import re
from datetime import date

import pandas as pd

from outreach.columns import empty
from outreach.geo import distance_m
from outreach.resource_schemas import HOURS_READ, RESOURCES
from outreach.resources.directory import details
from outreach.resources.directory.hsds import Tables, filled, stacked, table
from outreach.resources.directory.kinds import COLUMNS as KIND_COLUMNS
from outreach.resources.directory.kinds import KindFinder
from outreach.resources.directory.terms import (
    REDACTED,
    Mark,
    foreign_terms,
    kinds_marked,
    marked,
    redacted_marked,
)

__all__ = ["hours_table", "place_rows", "recorded", "reviewed", "to_resources"]

SAME_SITE_M = 250.0  # two files may put one place this far apart
NOT_OFFERED = ("inactive", "defunct", "temporarily closed")
_FIRST_SENTENCE = re.compile(r"^.{1,400}?(?:[.!?](?=\s|$)|$)", re.DOTALL)


def place_rows(tables: Tables) -> pd.DataFrame:
    """Return what could become a resource, with the columns of its service and location.

    Adds     resource_id, service_id, location_id, organization_id, and the columns of each
             table as ``service.name`` and so on (missing where an id leads nowhere). A location
             without a service and a service without a location are rows too
    """
    pairs = table(tables, "service_at_location")[["id", "service_id", "location_id"]]
    pairs = pairs.rename(columns={"id": "resource_id"})
    alone = []
    for name, column in (("services", "service_id"), ("locations", "location_id")):
        ids = table(tables, name)["id"]
        left = ids[~ids.isin(pairs[column])]
        alone.append(pd.DataFrame({"resource_id": "", column: left}))
    rows = stacked(pairs, *alone)
    parts = (("services", "service"), ("locations", "location"))
    for name, prefix in parts:
        one = table(tables, name).drop_duplicates("id").add_prefix(f"{prefix}.")
        rows = rows.merge(one, how="left", left_on=f"{prefix}_id", right_on=f"{prefix}.id")
    of_service = filled(rows["service.organization_id"])
    of_location = filled(rows["location.organization_id"])
    rows["organization_id"] = of_service.where(of_service.ne(""), of_location)
    organizations = table(tables, "organizations").drop_duplicates("id")
    one = organizations.add_prefix("organization.")
    return rows.merge(one, how="left", left_on="organization_id", right_on="organization.id")


def _text(rows: pd.DataFrame, column: str) -> pd.Series:
    return filled(rows[column]).astype(str).str.strip()


def _number(rows: pd.DataFrame, column: str) -> pd.Series:
    return pd.to_numeric(rows[column], errors="coerce").astype("float64")


def _reasons(rows: pd.DataFrame) -> pd.Series:
    """Return why a row cannot become a resource, but for its kind; "" where it can."""
    lon, lat = _number(rows, "location.longitude"), _number(rows, "location.latitude")
    reason = pd.Series("", index=rows.index, dtype=object)
    status = _text(rows, "service.status").str.lower()
    nowhere = ~(lon.abs().le(180) & lat.abs().le(90)) | (lon.eq(0) & lat.eq(0))
    reason[nowhere] = "impossible coordinates"
    reason[lon.isna() | lat.isna()] = "no coordinates"
    reason[rows["location.id"].isna()] = "its location is not in the file"
    reason[rows["location_id"].eq("")] = "no location is given for this service"
    inactive = status.isin(NOT_OFFERED)
    reason[inactive] = "the service is " + status[inactive]
    reason[rows["service.id"].isna()] = "its service is not in the file"
    reason[rows["service_id"].eq("")] = "no service is offered at this location"
    repeated = rows["resource_id"].ne("") & rows["resource_id"].duplicated()
    reason[repeated] = "its id is in an earlier row"
    return reason


def find_kinds(tables: Tables, rows: pd.DataFrame, kinds: pd.DataFrame) -> pd.Series:
    """Return the kind of each row: as marked, else by terms, names and the first sentence."""
    finder = KindFinder(kinds)
    known = set(kinds["kind"])
    sure = {service: kind for service, kind in kinds_marked(tables).items() if kind in known}
    found = rows["service_id"].map(sure).astype(object)
    open_rows = rows[found.isna()]
    if open_rows.empty:
        return found
    terms = filled(open_rows["service_id"].map(foreign_terms(tables)))
    sentence = _text(open_rows, "service.description").map(_first_sentence)
    texts = [
        terms,
        _text(open_rows, "service.name"),
        _text(open_rows, "location.name"),
        sentence,
        _text(open_rows, "organization.name"),
    ]
    seen: dict[tuple[str, ...], str | None] = {}
    for row, told in zip(open_rows.index, zip(*texts, strict=True), strict=True):
        if told not in seen:
            seen[told] = finder.by_texts(told, f"{told[1]} {told[2]}")
        found[row] = seen[told]
    return found


def _first_sentence(text: str) -> str:
    match = _FIRST_SENTENCE.match(text)
    return match.group() if match else ""


def _name(location: str, service: str) -> str:
    """Return the location's name, and the service's where it says something else."""
    here, what = location.casefold(), service.casefold()
    if not location or here in what:
        return service or location
    return location if what in here else f"{location}: {service}"


def redactions(tables: Tables, rows: pd.DataFrame, kinds: pd.DataFrame) -> pd.Series:
    """Mark rows that must stay off everything shared: as marked, by kind, or by a name.

    So must a record of its own that a second file has of a marked place.
    """
    finder = KindFinder(kinds)
    secret_kinds = set(kinds.loc[kinds["redacted"], "kind"])
    sites = redacted_marked(tables, "location")
    secret = rows["location_id"].isin(sites | _same_sites(tables, sites))
    secret |= rows["service_id"].isin(redacted_marked(tables, "service"))
    secret |= rows["kind"].isin(secret_kinds)
    for column in NAMES:
        names = _text(rows, column)
        told = {name: finder.redacted_by_name(name) is not None for name in names.unique()}
        secret |= names.map(told).astype(bool)
    return secret


def _same_sites(tables: Tables, sites: set[str]) -> set[str]:
    """Return the locations with the name of one of ``sites`` that are near it."""
    known = table(tables, "locations")
    named = pd.DataFrame(
        {
            "id": known["id"],
            "name": _text(known, "name").str.casefold(),
            "lon": _number(known, "longitude"),
            "lat": _number(known, "latitude"),
        }
    )
    named = named[named["name"].ne("")].dropna()
    pairs = named[named["id"].isin(sites)].merge(named, on="name", suffixes=("", "_of_other"))
    points = (
        pairs[f"{axis}{of}"].to_numpy() for of in ("", "_of_other") for axis in ("lon", "lat")
    )
    return set(pairs.loc[distance_m(*points) <= SAME_SITE_M, "id_of_other"])


NAMES = (
    "service.name",
    "service.alternate_name",
    "location.name",
    "location.alternate_name",
    "organization.name",
)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _or_none(series: pd.Series) -> pd.Series:
    told = series.astype(object).where(series.notna() & series.ne(""), None)
    return pd.Series(told.to_list(), index=series.index, dtype=object)


def _made(tables: Tables, rows: pd.DataFrame, kinds: pd.DataFrame) -> pd.DataFrame:
    """Return good rows as RESOURCES, and ``why`` of the hours that were not read."""
    ids, service = rows["resource_id"], rows["service_id"]
    hours = details.readings(details.schedule_rows(tables, rows))
    capacity = details.capacities(tables).reindex(service).set_axis(rows.index)
    access = details.joined(
        table(tables, "accessibility"), "location_id", ("description", "details")
    )
    documents = details.joined(table(tables, "required_documents"), "service_id", ("document",))
    names = zip(_text(rows, "location.name"), _text(rows, "service.name"), strict=True)
    websites = [
        _text(rows, f"{part}") for part in ("service.url", "organization.website", "location.url")
    ]
    website = websites[0]
    for other in websites[1:]:
        website = website.where(website.ne(""), other)
    needs = kinds.set_index("kind")["needs"]
    return pd.DataFrame(
        {
            "resource_id": ids,
            "name": [_name(*pair) for pair in names],
            "organization": _text(rows, "organization.name"),
            "service": _text(rows, "service.name"),
            "kind": rows["kind"],
            "needs": rows["kind"].map(needs),
            "address": _or_none(rows["location_id"].map(details.addresses(tables))),
            "phone": _or_none(ids.map(details.phones(tables, rows))),
            "website": _or_none(website),
            "hours_text": _or_none(ids.map(hours["hours_text"])),
            "hours": _or_none(ids.map(hours["hours"])),
            "hours_state": filled(ids.map(hours["hours_state"]), "none"),
            "eligibility": _or_none(_text(rows, "service.eligibility_description")),
            "minimum_age": _number(rows, "service.minimum_age"),
            "maximum_age": _number(rows, "service.maximum_age"),
            "documents": _or_none(service.map(documents)),
            "languages": filled(ids.map(details.languages(tables, rows))),
            "accessibility": _or_none(rows["location_id"].map(access)),
            **{name: capacity[name] for name in capacity if name != "service_id"},
            "verified_on": _or_none(_text(rows, "service.assured_date").map(_date)),
            "redacted": redactions(tables, rows, kinds).astype(bool),
            "lon": _number(rows, "location.longitude"),
            "lat": _number(rows, "location.latitude"),
            "why": filled(ids.map(hours["why"])),
        }
    )


def values_of(tables: Tables, resource_id: str) -> dict[str, object]:
    """Return one resource's values by RESOURCES' names, whether or not it is offered."""
    pairs = table(tables, "service_at_location")
    mine = pairs[pairs["id"].eq(resource_id)].head(1)
    few = {**tables, "service_at_location": mine}
    for name, column in (("services", "service_id"), ("locations", "location_id")):
        frame = table(tables, name)
        few[name] = frame[frame["id"].isin(mine[column])]
    rows = place_rows(few)
    rows = rows.assign(kind=rows["service_id"].map(kinds_marked(tables)))
    nothing = pd.DataFrame({column: pd.Series(dtype=object) for column in KIND_COLUMNS})
    made = _made(tables, rows, nothing.astype({"redacted": bool}))
    return {str(name): made[name].iloc[0] for name in made}


def reviewed(tables: Tables, kinds: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the directory's resources, and the rows that cannot be one with the reason.

    Adds     RESOURCES (and why: what of the hours was not understood), and of the others
             row_number (1 is the first service at a location), reason, resource_id,
             service_id, location_id, name
    """
    rows = place_rows(tables)
    reason = _reasons(rows)
    fits = reason.eq("")
    kind = pd.Series(None, index=rows.index, dtype=object)
    kind[fits] = find_kinds(tables, rows[fits], kinds)
    rows["kind"] = kind
    reason[fits & kind.isna()] = "no kind of help is known for it"
    good = rows[reason.eq("")]
    made = _made(tables, good, kinds) if len(good) else empty(RESOURCES).assign(why="")
    bad = rows[reason.ne("")]
    names = zip(_text(bad, "location.name"), _text(bad, "service.name"), strict=True)
    aside = pd.DataFrame(
        {
            "row_number": bad.index + 1,
            "reason": reason[bad.index],
            "resource_id": bad["resource_id"],
            "service_id": bad["service_id"],
            "location_id": bad["location_id"],
            "name": [_name(*pair) for pair in names],
        }
    )
    return made.reset_index(drop=True), aside.reset_index(drop=True)


def recorded(tables: Tables, kinds: pd.DataFrame, *, kind: str | None = None) -> Tables:
    """Return the tables with the kind of each service, and what is redacted, recorded in them.

    Needs    kind: of all services, but those that a name shows to be of a redacted kind
    A location is marked where everything there is redacted; else only the service is.
    """
    rows = place_rows(tables)
    finder = KindFinder(kinds)
    if kind is None:
        rows["kind"] = find_kinds(tables, rows, kinds)
    else:
        told = _text(rows, "service.name") + " " + _text(rows, "location.name")
        rows["kind"] = filled(told.map(finder.redacted_by_name), kind)
    secret = redactions(tables, rows, kinds)
    here = rows["location_id"].ne("")
    whole = secret[here].groupby(rows.loc[here, "location_id"]).all()
    sites = [Mark(at, "location", REDACTED) for at in whole.index[whole]]
    others = secret & ~rows["location_id"].isin(whole.index[whole])
    services = rows.loc[others & rows["service_id"].ne(""), "service_id"].unique()
    told_kinds = rows[rows["kind"].notna() & rows["service_id"].ne("")]
    of_kind = told_kinds.drop_duplicates("service_id")
    marks = [Mark(at, "service", REDACTED) for at in services]
    marks += [
        Mark(at, "service", what)
        for at, what in zip(of_kind["service_id"], of_kind["kind"], strict=True)
    ]
    return marked(tables, sites + marks)


def to_resources(tables: Tables, kinds: pd.DataFrame) -> pd.DataFrame:
    """Return a directory as RESOURCES.

    Needs    tables of ``hsds.read_package`` or ``directory.read_source``; kinds of ``load_kinds``
    Adds     one row a service at a location that has coordinates, a kind and is offered;
             ``why`` rides along: what of the hours was not understood
    """
    return reviewed(tables, kinds)[0]


def hours_table(resources: pd.DataFrame) -> pd.DataFrame:
    """Return hours as written beside the rules read from them, as HOURS_READ.

    The table goes from hand to hand to be checked: redacted places have no name in it.

    Needs    what ``to_resources`` returns
    """
    told = resources[resources["hours_text"].notna()]
    told = told.assign(name=told["name"].mask(told["redacted"].astype(bool), "confidential"))
    return told.reindex(columns=list(HOURS_READ.columns)).reset_index(drop=True)
