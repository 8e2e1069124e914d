"""Plain rows of places, one a place, as tables of the directory."""

import hashlib

import pandas as pd

from outreach.resources.directory.hsds import Tables
from outreach.resources.directory.languages import language_codes
from outreach.resources.directory.terms import REDACTED, Mark, marked, standard_columns

PLACE = (
    "resource_id",
    "name",
    "organization",
    "kind",
    "description",
    "address",
    "city",
    "state",
    "postal_code",
    "phone",
    "email",
    "website",
    "hours_text",
    "eligibility",
    "minimum_age",
    "maximum_age",
    "documents",
    "languages",
    "accessibility",
    "capacity_available",
    "capacity_maximum",
    "capacity_updated",
    "fees",
    "verified_on",
    "external_id",
    "external_scheme",
    "redacted",
    "lon",
    "lat",
)
"""The columns of a plain row: all text but ``redacted``; the coordinates are written numbers."""


def _frame(table_name: str, rows: pd.DataFrame, /, **columns: pd.Series | str) -> pd.DataFrame:
    """Return a table of the standard with a row for each of ``rows``; "" in columns not given."""
    made = {
        column: told.loc[rows.index].to_numpy(object) if isinstance(told, pd.Series) else told
        for column, told in columns.items()
    }
    names = standard_columns(table_name)
    empty = dict.fromkeys(names, "")
    return pd.DataFrame(empty | made, index=range(len(rows)), columns=names, dtype=object)


def organization_ids(names: pd.Series) -> pd.Series:
    """Return one id for each name, whatever its capitals."""
    return names.map(
        lambda name: (
            "org:" + hashlib.blake2b(name.strip().casefold().encode(), digest_size=6).hexdigest()
        )
    )


def _whole(rows: pd.DataFrame) -> Tables:
    """Return the tables that every place has a row of."""
    ids = rows["resource_id"]
    named = rows["organization"].where(rows["organization"].ne(""), rows["name"])
    organization = organization_ids(named)
    by_name = rows.assign(named=named, organization_id=organization)
    first = by_name.drop_duplicates("organization_id")
    return {
        "organizations": _frame(
            "organizations", first, id=first["organization_id"], name=first["named"]
        ),
        "services": _frame(
            "services",
            rows,
            id=ids + ":service",
            organization_id=organization,
            name=rows["name"],
            description=rows["description"],
            url=rows["website"],
            email=rows["email"],
            status="active",
            fees_description=rows["fees"],
            eligibility_description=rows["eligibility"],
            minimum_age=rows["minimum_age"],
            maximum_age=rows["maximum_age"],
            assured_date=rows["verified_on"],
        ),
        "locations": _frame(
            "locations",
            rows,
            id=ids + ":location",
            location_type="physical",
            organization_id=organization,
            name=rows["name"],
            latitude=rows["lat"],
            longitude=rows["lon"],
            external_identifier=rows["external_id"],
            external_identifier_type=rows["external_scheme"],
        ),
        "service_at_location": _frame(
            "service_at_location",
            rows,
            id=ids,
            service_id=ids + ":service",
            location_id=ids + ":location",
        ),
    }


def _addresses(rows: pd.DataFrame) -> pd.DataFrame:
    given = rows[rows["address"].ne("") | rows["city"].ne("")]
    return _frame(
        "addresses",
        given,
        id=given["resource_id"] + ":address",
        location_id=given["resource_id"] + ":location",
        address_1=given["address"],
        city=given["city"],
        state_province=given["state"],
        postal_code=given["postal_code"],
        address_type="physical",
    )


def language_rows(languages: pd.Series, service_ids: pd.Series) -> pd.DataFrame:
    """Return the rows of ``languages`` that texts such as "English, Spanish" name."""
    pairs = languages.map(language_codes).explode().dropna()
    at = pairs.groupby(level=0).cumcount().astype(str).reset_index(drop=True)
    service = service_ids.loc[pairs.index].reset_index(drop=True)
    codes = pairs.reset_index(drop=True)
    return _frame(
        "languages",
        codes.to_frame(),
        id=service + ":language" + at,
        service_id=service,
        name=codes.str[1],
        code=codes.str[0],
    )


def _parts(rows: pd.DataFrame) -> Tables:
    """Return the tables that have a row only where a place tells something."""
    ids = rows["resource_id"]
    service, location = ids + ":service", ids + ":location"
    told = {name: rows[name].ne("") for name in rows if name != "redacted"}
    phone, hours = rows[told["phone"]], rows[told["hours_text"]]
    access, documents = rows[told["accessibility"]], rows[told["documents"]]
    beds = rows[told["capacity_available"] | told["capacity_maximum"]]
    spoken = rows[told["languages"]]
    return {
        "addresses": _addresses(rows),
        "phones": _frame(
            "phones",
            phone,
            id=ids + ":phone",
            location_id=location,
            number=phone["phone"],
            type="voice",
        ),
        "schedules": _frame(
            "schedules",
            hours,
            id=ids + ":hours",
            service_at_location_id=ids,
            description=hours["hours_text"],
        ),
        "languages": language_rows(spoken["languages"], service),
        "accessibility": _frame(
            "accessibility",
            access,
            id=ids + ":access",
            location_id=location,
            description=access["accessibility"],
        ),
        "required_documents": _frame(
            "required_documents",
            documents,
            id=ids + ":documents",
            service_id=service,
            document=documents["documents"],
        ),
        "service_capacity": _frame(
            "service_capacity",
            beds,
            id=ids + ":capacity",
            service_id=service,
            available=beds["capacity_available"],
            maximum=beds["capacity_maximum"],
            updated=beds["capacity_updated"],
        ),
    }


def tables_of(rows: pd.DataFrame) -> Tables:
    """Return places as tables of the directory.

    Needs    the columns of PLACE, "" where nothing is told; resource_id unique
    Adds     organizations, services, locations, service_at_location, and a row of the other
             tables where a place tells something; kind and redaction as attributes
    """
    tables = _whole(rows) | {name: part for name, part in _parts(rows).items() if len(part)}
    marks = [
        Mark(f"{at}:service", "service", kind)
        for at, kind in zip(rows["resource_id"], rows["kind"], strict=True)
    ]
    secret = rows.loc[rows["redacted"], "resource_id"]
    marks += [Mark(f"{at}:location", "location", REDACTED) for at in secret]
    return marked(tables, marks)
