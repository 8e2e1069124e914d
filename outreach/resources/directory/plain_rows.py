"""Rows of a file of places in the columns of ``flat.PLACE``, whatever the file calls them."""

import hashlib
import html
import re
from datetime import date, datetime

import pandas as pd

from outreach.resources.directory.flat import PLACE
from outreach.resources.directory.hsds import filled
from outreach.resources.directory.readers import find_column

NAMES = ("name", "sitename", "facilityname", "organizationname", "organization", "facility")
TYPES = ("assettype", "facilitytype", "category", "type", "subcategory", "sitetype", "kind")
_COLUMNS = {
    "organization": ("organization", "organizationname", "operator", "agency", "provider"),
    "description": ("description", "moreinformation", "notes", "details", "comments"),
    "phone": ("phone", "telephone", "phonenumber", "contactphone"),
    "email": ("email", "contactemail", "emailaddress"),
    "website": ("website", "contactwebsite", "url", "webpage", "web", "link"),
    "hours_text": ("openinghours", "hoursofoperation", "hours", "hoursofservice", "schedule"),
    "eligibility": (
        "eligibility",
        "eligibilitydescription",
        "whocancome",
        "accepts",
        "youthserved",
        "populationserved",
        "serves",
    ),
    "minimum_age": ("minage", "minimumage", "agemin"),
    "maximum_age": ("maxage", "maximumage", "agemax"),
    "documents": ("requireddocuments", "documents", "documentsrequired", "whattobring"),
    "languages": ("languages", "languagesspoken", "language"),
    "accessibility": (
        "accessibility",
        "wheelchair",
        "wheelchairaccessible",
        "adaaccessible",
        "handicapaccessible",
        "ada",
    ),
    "capacity_available": (
        "capacityavailable",
        "availablebeds",
        "bedsavailable",
        "available",
    ),
    "capacity_maximum": ("capacity", "capacitymaximum", "maximumcapacity", "totalbeds", "beds"),
    "capacity_updated": ("capacityupdated", "capacityupdatedat", "bedsupdated"),
    "fees": ("cost", "fees", "fee"),
    "state": ("state", "addrstate", "province", "stateprovince"),
    "postal_code": ("zip", "zipcode", "postalcode", "postcode", "addrpostcode"),
}
_ADDRESSES = ("address", "address1", "fulladdress", "streetaddress", "siteaddress")
_CITIES = ("city", "town", "municipality")
_VERIFIED = ("verifiedon", "lastverified", "assureddate", "checkdate", "lastupdated")
_DATES = ("%Y-%m-%d", "%Y/%m/%d", "%m/%d/%Y", "%d/%m/%Y", "%m-%d-%Y", "%d-%m-%Y")
_WHEELCHAIR = {
    "yes": "wheelchair accessible",
    "designated": "wheelchair accessible",
    "limited": "partly wheelchair accessible",
    "no": "not wheelchair accessible",
}


def texts(rows: pd.DataFrame, names: tuple[str, ...]) -> pd.Series:
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


def certain_dates(given: pd.Series) -> pd.Series:
    """Read dates by the one form that fits all of them, as YYYY-MM-DD; "" where two forms do."""
    told = given[given.ne("")]
    read = [told.map(lambda text, form=form: _parsed(text, form)) for form in _DATES]
    whole = [dates for dates in read if len(dates) and dates.notna().all()]
    certain = bool(whole) and all(dates.equals(whole[0]) for dates in whole)
    dates = whole[0].map(date.isoformat) if certain else pd.Series(dtype=object)
    return filled(dates.reindex(given.index))


def _counts(given: pd.Series) -> pd.Series:
    """Return numbers as text without ".0"; "" for what is no count."""
    numbers = pd.to_numeric(given, errors="coerce")
    fits = numbers.ge(0) & numbers.lt(1e7)
    return numbers.where(fits).map(lambda n: "" if pd.isna(n) else f"{n:g}").astype(object)


def _streets(rows: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return the street with its number, and the town where it is a column of its own."""
    if "addr:street" in rows:
        number, street, town = (
            texts(rows, (key,)) for key in ("addrhousenumber", "addrstreet", "addrcity")
        )
        line = (number.where(street.ne(""), "") + " " + street).str.strip()
    else:
        line, town = texts(rows, _ADDRESSES), texts(rows, _CITIES)
    return line, town.where(line.ne(""), "")


def _said_secret(rows: pd.DataFrame) -> pd.Series:
    """Mark rows that the file itself calls confidential."""
    return texts(rows, ("confidential", "redacted")).str.lower().isin(["yes", "y", "true", "1"])


def place_id(name: str, lon: float, lat: float) -> str:
    """Return an id that stays the same when a place is read again."""
    key = f"{name.casefold()}|{lon:.4f}|{lat:.4f}"
    return hashlib.blake2b(key.encode(), digest_size=6).hexdigest()


def _ids(rows: pd.DataFrame, made: pd.DataFrame) -> pd.Series:
    if "osm_id" in rows:
        return "osm:" + rows["osm_id"].astype(str)
    places = zip(made["name"], made["lon"].astype(float), made["lat"].astype(float), strict=True)
    return pd.Series([place_id(*place) for place in places], index=rows.index, dtype=object)


def place_columns(rows: pd.DataFrame, kinds: pd.DataFrame, kind: pd.Series) -> pd.DataFrame:
    """Return the rows in the columns of PLACE, one for one.

    Needs    rows of ``readers.read_rows`` that have coordinates; kind: of each row
    """
    of_kind = kinds.set_index("kind")
    names = texts(rows, NAMES)
    street, town = _streets(rows)
    made = pd.DataFrame(
        {column: texts(rows, called) for column, called in _COLUMNS.items()}
        | {
            "name": names.where(names.ne(""), "unnamed " + kind.map(of_kind["label"])),
            "kind": kind,
            "address": street,
            "city": town,
            "verified_on": certain_dates(texts(rows, _VERIFIED)),
            "external_id": "",
            "external_scheme": "",
            "redacted": kind.map(of_kind["redacted"]).astype(bool) | _said_secret(rows),
            "lon": rows["lon"].astype(float).map(repr),
            "lat": rows["lat"].astype(float).map(repr),
        }
    )
    for column in ("minimum_age", "maximum_age", "capacity_available", "capacity_maximum"):
        made[column] = _counts(made[column])
    access = made["accessibility"]
    made["accessibility"] = access.map(lambda text: _WHEELCHAIR.get(text.lower(), text))
    if "osm_id" in rows:
        made["external_id"] = rows["osm_id"].astype(str)
        made["external_scheme"] = "OpenStreetMap"
    made["resource_id"] = _ids(rows, made)
    return made[list(PLACE)].astype(dict.fromkeys(PLACE, object)).astype({"redacted": bool})


def words_of(name: str) -> str:
    """Return a file's name in words."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|[_\W]+", " ", name.split(".", maxsplit=1)[0])
