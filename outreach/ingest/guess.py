"""Choosing an export's columns by their names and by what they hold, and saying what was chosen."""

import pandas as pd
from shapely.geometry.base import BaseGeometry

from outreach.ingest import dates
from outreach.ingest.guess_place import guess_address, guess_area, guess_where
from outreach.ingest.guess_time import guess_when
from outreach.ingest.guess_what import (
    default_source,
    guess_disposition,
    guess_incident_id,
    guess_people,
    guess_source,
    guess_tells_apart,
    guess_types,
)
from outreach.ingest.mapping import Mapping, columns_used
from outreach.ingest.points import LonLat
from outreach.ingest.profile import profiles

_SAMPLES = 3


def guess_mapping(
    sample: pd.DataFrame,
    *,
    name: str,
    city_time_zone: str,
    area: BaseGeometry | None = None,
    middle: LonLat | None = None,
    crs: str | None = None,
) -> Mapping:
    """Choose which column holds what.

    Needs    sample        text frame of files.sample_of; area, middle (lon, lat): the city's
    Raises   InputError    no column says when calls came in, or the projection cannot be told
    """
    columns = profiles(sample)
    people = guess_people(columns)
    open_columns = {n: p for n, p in columns.items() if n not in people.all()}
    when = guess_when(open_columns, city_time_zone)
    where = guess_where(open_columns, time_zone=city_time_zone, area=area, middle=middle, crs=crs)
    taken = {when.column, when.clock_column, where.x, where.y}
    source, source_values = guess_source(open_columns, taken)
    address = guess_address(open_columns, taken | {source})
    taken |= {source, *address}
    initial, final = guess_types(open_columns, taken | {where.location})
    typed = {part for text in (*initial, *final) for part in text.split("|")}
    taken |= typed
    default = default_source(name, columns, initial or final)
    incident_id = guess_incident_id(open_columns, taken | {where.location})
    taken |= {where.location, incident_id}
    return Mapping(
        name=name,
        columns=tuple(columns),
        time_zone=city_time_zone,
        incident_id=incident_id,
        tells_apart=() if incident_id else guess_tells_apart(open_columns, taken),
        initial_call_type=initial,
        final_call_type=final,
        disposition=guess_disposition(open_columns, taken),
        address=address,
        area=guess_area(open_columns, taken),
        source=source,
        default_source=default,
        source_values={value: found or default for value, found in source_values.items()},
        **when.fields(),
        **where.fields(),
        **people.fields(),
    )


_FIELDS = (
    "incident_id", "received_at", "received_time", "initial_call_type", "final_call_type",
    "disposition", "source", "tells_apart", "address", "area", "x", "y", "location", "person_key",
    "person_name", "birth_date", "phone", "private",
)  # fmt: skip
_CONCEALED = {"person_key", "person_name", "birth_date", "phone", "private"}
_ORDERS = {"ymd": "year-month-day", "mdy": "month/day/year", "dmy": "day/month/year",
           "yyyymmdd": "year, month and day as digits", "epoch_s": "seconds since 1970",
           "epoch_ms": "milliseconds since 1970", "excel": "Excel's day numbers"}  # fmt: skip


def describe(mapping: Mapping, sample: pd.DataFrame) -> pd.DataFrame:
    """Return one row a field for people to check.

    Adds     field, column, samples, why   names and numbers of people are never shown
    """
    rows = []
    for field in _FIELDS:
        value = getattr(mapping, field)
        joined = (value,) if isinstance(value, str) else value
        for text in (part for part in joined if part):
            used = [name for name in text.split("|") if name in sample.columns]
            given = pd.concat([sample[n] for n in used]).fillna("").str.strip() if used else None
            some = [] if given is None else list(given[given != ""].drop_duplicates()[:_SAMPLES])
            shown = (
                "not shown" if field in _CONCEALED else "; ".join(" ".join(s.split()) for s in some)
            )
            rows.append((field, text, shown, _why(field, mapping, sample, used)))
    rows.append(("default_source", "", mapping.default_source, "rows that do not tell theirs"))
    left = [c for c in mapping.columns if c not in columns_used(mapping)]
    rows.append(("not used", "", ", ".join(left), ""))
    return pd.DataFrame(rows, columns=["field", "column", "samples", "why"])


def _why(field: str, mapping: Mapping, sample: pd.DataFrame, used: list[str]) -> str:
    if not used:
        return "not in this file"
    given = sample[used[0]].fillna("").str.strip()
    given = given[given != ""]
    filled = f"{len(given) / max(1, len(sample)):.0%} filled"
    if field == "received_at":
        read = dates.shares(given, (mapping.date_order,))[mapping.date_order]
        chosen, _, certain = dates.choose_order(given, digits=True)
        why = f"{read:.0%} read as {_ORDERS[mapping.date_order]}, {mapping.time_zone}"
        if chosen == mapping.date_order and not certain:
            why += "; no day above 12, so day and month may be the other way round"
        if mapping.no_time_at:
            why += f"; {mapping.no_time_at} stands for no time of day"
        return why
    if field in ("x", "y", "location"):
        scale = "" if mapping.coordinate_scale == 1 else f" divided by {mapping.coordinate_scale:g}"
        order = f", {mapping.location_order}" if field == "location" else ""
        return f"{filled}, {mapping.crs}{scale}{order}"
    return f"{filled}, {given.nunique()} different"
