"""Ohana, the CSV folder of before HSDS, as HSDS tables."""

import re
from collections.abc import Callable
from datetime import date, datetime

import pandas as pd

from outreach.resources.directory.hsds import Tables, filled, stacked, text_frame
from outreach.resources.directory.languages import language_codes
from outreach.resources.directory.terms import standard_columns
from outreach.resources.hours.rules import WEEKDAYS

_TIME = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*([ap])?\.?m?\.?", re.IGNORECASE)
_DATE_FORMS = ("%B %d, %Y", "%m/%d/%Y", "%m/%d/%y", "%Y-%m-%d", "%d %B %Y")
_EVERY_YEAR = 1  # the year that Ohana writes for a day of every year
_MARK = "ohana:"  # its ids are numbers, which other files have too
_NOT_KEPT = ["admin_emails", "parent_name"]  # who runs the old website; a term's name again
_RENAMED = {
    "organizations": {},
    "locations": {"website": "url"},
    "services": {"website": "url", "eligibility": "eligibility_description"}
    | {"fees": "fees_description"},
    "phones": {"number_type": "type", "department": "description"},
    "contacts": {},
    "addresses": {},
    "mail_addresses": {},
    "programs": {},
}


def is_ohana(tables: Tables) -> bool:
    """Whether the tables are those of an Ohana folder: each service names its location."""
    return (
        "service_at_location" not in tables
        and "services" in tables
        and "location_id" in tables["services"]
    )


def _split(text: str) -> list[str]:
    """Return the parts of a list between commas that are not inside brackets."""
    return [part.strip() for part in re.split(r",(?![^(]*\))", text) if part.strip()]


def _clock(text: str) -> str | None:
    """Return a time as HH:MM; none where it is not certain."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
    if half and not 1 <= hour <= 12:
        return None
    hour = hour % 12 + (12 if half == "p" else 0) if half else hour
    return f"{hour:02d}:{minute:02d}" if hour <= 24 and minute < 60 else None


def _day(text: str) -> date | None:
    for form in _DATE_FORMS:
        try:
            return datetime.strptime(text.strip(), form).date()
        except ValueError:
            continue
    return None


def _weekly(row: dict[str, str]) -> dict[str, str]:
    """Return a weekly row as a schedule; as text where its times are not certain.

    A row that closes before it opens may be a night or a slip of the pen: that is not for us
    to say, so it stays a text, which nobody reads as hours.
    """
    opens, closes = _clock(row.get("opens_at", "")), _clock(row.get("closes_at", ""))
    day = row.get("weekday", "").strip()
    code = day[:2].upper()
    written = f"{day} {row.get('opens_at', '')}-{row.get('closes_at', '')}"
    if opens is None or closes is None or code not in WEEKDAYS:
        return {"description": f"{written} (as in the file; not understood)"}
    if closes <= opens:
        return {"description": f"{written} (as in the file; it closes before it opens)"}
    return {
        "freq": "WEEKLY",
        "interval": "1",
        "wkst": "MO",
        "byday": code,
        "opens_at": opens,
        "closes_at": closes,
    }


def _holiday(row: dict[str, str]) -> dict[str, str]:
    """Return a holiday as text, since HSDS schedules have no closed days."""
    first, last = _day(row.get("start_date", "")), _day(row.get("end_date", ""))
    closed = row.get("closed", "").strip().lower() in ("true", "t", "yes", "1")
    times = {} if closed else {k: _clock(row.get(k, "")) or "" for k in ("opens_at", "closes_at")}
    written = " ".join(row.get(k, "") for k in ("start_date", "end_date", "opens_at", "closes_at"))
    if first is None or last is None or (not closed and not all(times.values())):
        return {"description": f"holiday {written.strip()} (as in the file; not understood)"}
    return {"description": _words(first, last, closed, times)}


def _words(first: date, last: date, closed: bool, times: dict[str, str]) -> str:
    """Return a holiday in the words of OpenStreetMap's opening hours."""
    days = f"{first:%b} {first.day:02d}"
    if last != first:
        days += f"-{last:%b} {last.day:02d}"
    if first.year != _EVERY_YEAR:
        days = f"{first.year} {days}"
    return f"{days} off" if closed else f"{days} {times['opens_at']}-{times['closes_at']}"


def _marked_ids(raw: Tables, name: str) -> pd.DataFrame:
    """Return a table with the standard's names of columns and ids that only Ohana has."""
    frame = raw.get(name, pd.DataFrame(columns=["id"], dtype=object))
    frame = frame.rename(columns=_RENAMED.get(name, {}))
    frame = frame.drop(columns=[column for column in _NOT_KEPT if column in frame])
    ids = [c for c in map(str, frame) if c == "id" or c.endswith("_id")]
    marked = {c: frame[c].str.strip().map(lambda i: _MARK + i if i else "") for c in ids}
    frame = frame.assign(**marked)
    missing = [column for column in standard_columns(_table(name)) if column not in frame]
    return frame.assign(**dict.fromkeys(missing, ""))


def _table(name: str) -> str:
    return "addresses" if name == "mail_addresses" else name


def _listed(
    frame: pd.DataFrame,
    column: str,
    name: str,
    row_of: Callable[[str], dict[str, str]],
    *,
    key: str,
) -> pd.DataFrame:
    """Return a row of a table for each part of a list in a column, then pointing to its owner."""
    rows = []
    if column in frame:
        for owner, text in zip(frame["id"], frame[column], strict=True):
            for at, part in enumerate(_split(text), start=1):
                rows.append({"id": f"{owner}:{column}{at}", key: owner} | row_of(part))
    return text_frame(rows, standard_columns(name))


def _language(name: str) -> dict[str, str]:
    code, spoken = language_codes(name)[0] if language_codes(name) else ("", name)
    return {"name": spoken, "code": code}


def _schedules(raw: Tables, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return weekly hours and holidays as schedules of the services and locations they are of.

    HSDS schedules know no closed days. So where there are holidays, a service at a location
    gets all its hours in one text besides, which goes before the rows it was made of.
    """
    weekly, holidays = (_hours_of(raw, name) for name in ("regular_schedules", "holiday_schedules"))
    read = {"week": _weekly, "holiday": _holiday}
    made = [
        {"id": f"{row['id']}:{name}"}
        | {key: row.get(key, "") for key in ("service_id", "location_id")}
        | read[name](row)
        for name, told in (("week", weekly), ("holiday", holidays))
        for rows in told.values()
        for row in rows
    ]
    for pair in pairs.to_dict("records"):
        of_service, of_location = (pair["service_id"], ""), ("", pair["location_id"])
        week = weekly.get(of_service) or weekly.get(of_location, [])
        days = holidays.get(of_service) or holidays.get(of_location, [])
        if days:
            text = _in_one([_weekly(row) for row in week], [_holiday(row) for row in days])
            row_id = f"{pair['id']}:hours"
            made.append({"id": row_id, "service_at_location_id": pair["id"], "description": text})
    return text_frame(made, standard_columns("schedules"))


def _hours_of(raw: Tables, name: str) -> dict[tuple[str, str], list[dict[str, str]]]:
    """Return the rows of a file of hours by their service, or by their location."""
    told: dict[tuple[str, str], list[dict[str, str]]] = {}
    for held in _marked_ids(raw, name).to_dict("records"):
        row = {str(column): str(value) for column, value in held.items()}
        service = row.get("service_id", "")
        owner = (service, "" if service else row.get("location_id", ""))
        told.setdefault(owner, []).append(row)
    return told


def _in_one(week: list[dict[str, str]], days: list[dict[str, str]]) -> str:
    """Return weekly hours and holidays in the words of OpenStreetMap's opening hours.

    What is not certain stays in the words of the file, which nobody reads as hours.
    """
    hours: dict[str, list[str]] = {}
    unclear = [row["description"] for row in week if "byday" not in row]
    for row in week:
        if "byday" in row:
            stretch = f"{row['opens_at']}-{row['closes_at']}"
            hours.setdefault(row["byday"].title(), []).append(stretch)
    rules = [f"{day} {','.join(sorted(times))}" for day, times in hours.items()]
    return "; ".join([*rules, *unclear, *(row["description"] for row in days)])


def _terms(raw: Tables) -> pd.DataFrame:
    known = raw.get("taxonomies", raw.get("taxonomy", pd.DataFrame(columns=["taxonomy_id"])))
    rows = [
        {
            "id": _MARK + row["taxonomy_id"],
            "code": row["taxonomy_id"],
            "name": row.get("name", ""),
            "parent_id": _MARK + row["parent_id"] if row.get("parent_id") else "",
            "taxonomy": "Open Eligibility",
        }
        for row in known.to_dict("records")
    ]
    return text_frame(rows, standard_columns("taxonomy_terms"))


def _addresses(raw: Tables) -> pd.DataFrame:
    physical = _marked_ids(raw, "addresses").assign(address_type="physical")
    postal = _marked_ids(raw, "mail_addresses").assign(address_type="postal")
    postal["id"] = postal["id"] + ":mail"
    return stacked(physical, postal)


def _phones(raw: Tables) -> pd.DataFrame:
    phones = _marked_ids(raw, "phones")
    if "country_prefix" in phones:
        number = phones["country_prefix"].str.strip() + " " + phones["number"]
        phones = phones.assign(number=number.str.strip()).drop(columns="country_prefix")
    return phones


def _locations(raw: Tables) -> pd.DataFrame:
    locations = _marked_ids(raw, "locations")
    virtual = locations.get("virtual", pd.Series("", index=locations.index))
    is_virtual = virtual.str.strip().str.lower().isin(["true", "t", "yes", "1"])
    kind = is_virtual.map({True: "virtual", False: "physical"})
    return locations.assign(location_type=kind).drop(columns="virtual", errors="ignore")


def _year(frame: pd.DataFrame) -> pd.DataFrame:
    """Return organizations with the year of a date of founding that is certain."""
    if "date_incorporated" not in frame:
        return frame
    days = frame["date_incorporated"].map(_day)
    return frame.assign(year_incorporated=days.map(lambda day: str(day.year) if day else ""))


def _pairs(services: pd.DataFrame) -> pd.DataFrame:
    """Return the service at its location; one without a location is in the directory alone."""
    placed = services[services["location_id"].ne("")]
    ids = placed["id"] + "@" + placed["location_id"].str.removeprefix(_MARK)
    rows = placed[["location_id"]].assign(id=ids, service_id=placed["id"], description="")
    return rows[standard_columns("service_at_location")].reset_index(drop=True)


def _services(raw: Tables) -> pd.DataFrame:
    services = _marked_ids(raw, "services")
    of_location = _marked_ids(raw, "locations").drop_duplicates("id").set_index("id")
    owner = services["location_id"].map(of_location["organization_id"])
    return services.assign(organization_id=filled(owner))


def from_ohana(raw: Tables) -> Tables:
    """Return the files of an Ohana folder as HSDS tables.

    Needs    the CSVs as ``hsds.read_package`` reads them
    Adds     each table under the names of the standard; columns that the standard does not
             know ride along (audience, keywords, accepted_payments ...). Ids begin with
             "ohana:". Hours that close before they open stay as text
    """
    services, locations = _services(raw), _locations(raw)
    pairs = _pairs(services)
    links = _listed(services, "taxonomy_ids", "attributes", _attribute, key="link_id")
    spoken = [
        _listed(frame, "languages", "languages", _language, key=key)
        for frame, key in ((services, "service_id"), (locations, "location_id"))
    ]
    organizations = _year(_marked_ids(raw, "organizations"))
    tables = {
        "organizations": organizations,
        "services": services,
        "locations": locations,
        "service_at_location": pairs,
        "schedules": _schedules(raw, pairs),
        "addresses": _addresses(raw),
        "phones": _phones(raw),
        "contacts": _marked_ids(raw, "contacts"),
        "programs": _marked_ids(raw, "programs"),
        "taxonomy_terms": _terms(raw),
        "attributes": links,
        "languages": pd.concat(spoken, ignore_index=True),
        "accessibility": _listed(
            locations, "accessibility", "accessibility", _access, key="location_id"
        ),
        "required_documents": _listed(
            services, "required_documents", "required_documents", _document, key="service_id"
        ),
        "service_areas": _listed(
            services, "service_areas", "service_areas", _named, key="service_id"
        ),
        "funding": pd.concat(
            [
                _listed(services, "funding_sources", "funding", _source, key="service_id"),
                _listed(
                    organizations, "funding_sources", "funding", _source, key="organization_id"
                ),
            ],
            ignore_index=True,
        ),
    }
    tables["services"] = services.drop(columns=["location_id", *_now_tables(services)])
    tables["locations"] = locations.drop(columns=_now_tables(locations))
    tables["organizations"] = organizations.drop(columns=_now_tables(organizations))
    return {name: frame for name, frame in tables.items() if len(frame)}


def _now_tables(frame: pd.DataFrame) -> list[str]:
    """Return the columns that have become tables of their own."""
    lists = ("taxonomy_ids", "languages", "accessibility", "required_documents")
    return [c for c in (*lists, "service_areas", "funding_sources") if c in frame]


def _attribute(code: str) -> dict[str, str]:
    return {"taxonomy_term_id": _MARK + code, "link_type": "attribute", "link_entity": "service"}


def _access(text: str) -> dict[str, str]:
    return {"description": text.replace("_", " ")}


def _document(text: str) -> dict[str, str]:
    return {"document": text}


def _named(text: str) -> dict[str, str]:
    return {"name": text}


def _source(text: str) -> dict[str, str]:
    return {"source": text}
