"""Which column of an export holds what: saved once a source, found again by its header."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import tomlkit
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from tomlkit.exceptions import TOMLKitError

from outreach import geo
from outreach.errors import ConfigError, InputError
from outreach.schemas import SOURCES

DateOrder = Literal["ymd", "mdy", "dmy", "yyyymmdd", "epoch_s", "epoch_ms", "excel"]
LocationOrder = Literal["lat lon", "lon lat"]
Clock = Literal["clock", "hhmm", "hour", "fraction"]

_NO_CODE = ("lonlat", "unknown")
_HELP = {
    "name": "how this source is called in the calls; do not change it once calls are stored",
    "columns": "the header this file is used for, in any order",
    "incident_id": "the column that names one incident; empty if there is none",
    "received_at": "when the call came in (never when it was closed or entered)",
    "received_time": "a separate column with the time of day, or empty",
    "date_order": "ymd, mdy, dmy, yyyymmdd, epoch_s, epoch_ms or excel; others are set aside",
    "clock": "of received_time: clock (14:05), hhmm (1405), hour (14) or fraction (of a day)",
    "time_zone": "of wall-clock times; an offset written in the text goes first",
    "no_time_at": "the time that is written where none is known (often 00:00), or empty",
    "initial_call_type": "columns joined by ' / '; a|b takes b where a is blank",
    "crs": "lonlat for degrees, a code such as EPSG:2913, or unknown (kept without a point)",
    "coordinate_scale": "degrees are divided by this; negative turns the longitude's sign",
    "location": "a text cell with both coordinates",
    "default_source": "of rows that do not tell theirs: " + ", ".join(SOURCES),
    "source_values": "what the values of the source column stand for",
    "person_key": "who the call is about; kept as a pseudonym only",
    "person_name": "kept apart, encrypted; never in calls",
    "tells_apart": "without an incident id: text that two different calls never share; not stored",
    "private": "further columns about people; concealed wherever rows are set aside",
}


class Mapping(BaseModel):
    """How one source's export is read; an empty text means the export has no such column."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[
        str, Field(pattern=r"^\w[\w .-]*$")
    ]  # becomes the column ``export`` of its calls
    columns: tuple[str, ...]  # the header this was made for
    incident_id: str = ""
    received_at: Annotated[str, Field(min_length=1)]
    received_time: str = ""
    date_order: DateOrder = "ymd"
    clock: Clock = "clock"
    time_zone: str
    no_time_at: str = ""
    initial_call_type: tuple[str, ...] = ()
    final_call_type: tuple[str, ...] = ()
    disposition: tuple[str, ...] = ()
    address: tuple[str, ...] = ()
    area: str = ""
    x: str = ""
    y: str = ""
    crs: str = "lonlat"
    coordinate_scale: float = 1
    decimal_comma: bool = False
    tells_apart: tuple[str, ...] = ()
    location: str = ""
    location_order: LocationOrder = "lat lon"
    source: str = ""
    default_source: str = "911"
    source_values: dict[str, str] = {}
    person_key: str = ""
    person_name: tuple[str, ...] = ()
    birth_date: str = ""
    birth_date_order: DateOrder = "ymd"
    phone: str = ""
    private: tuple[str, ...] = ()

    @field_validator("time_zone")
    @classmethod
    def _real_zone(cls, value: str) -> str:
        try:
            return ZoneInfo(value).key
        except (KeyError, ValueError, OSError):
            raise ValueError(f"{value!r} is no time zone such as America/New_York") from None

    @field_validator("crs")
    @classmethod
    def _real_system(cls, value: str) -> str:
        return value.lower() if value.lower() in _NO_CODE else geo.check_crs(value)

    @field_validator("default_source")
    @classmethod
    def _known_default(cls, value: str) -> str:
        if value not in SOURCES:
            raise ValueError(f"{value!r} is not among {', '.join(SOURCES)}")
        return value

    @field_validator("source_values")
    @classmethod
    def _known_sources(cls, values: dict[str, str]) -> dict[str, str]:
        for value in values.values():
            cls._known_default(value)
        return values


def changed(mapping: Mapping, said: dict[str, Any]) -> Mapping:
    """Return the mapping with some fields set to what a user said.

    Raises   InputError   an impossible value
    """
    try:
        return Mapping.model_validate(mapping.model_dump() | said)
    except ValidationError as error:
        first = error.errors()[0]
        why = first["msg"].removeprefix("Value error, ")
        raise InputError(f"{first['loc'][0]}: {why} (given {first['input']!r})") from None


def identity_columns(mapping: Mapping) -> tuple[str, ...]:
    """Return the columns that tell who somebody is."""
    found = (*mapping.person_name, mapping.person_key, mapping.birth_date, mapping.phone)
    return tuple(dict.fromkeys(name for name in (*found, *mapping.private) if name))


def columns_used(mapping: Mapping) -> tuple[str, ...]:
    """Return the columns that the mapping reads."""
    one = (mapping.incident_id, mapping.received_at, mapping.received_time, mapping.area)
    place = (mapping.x, mapping.y, mapping.location, mapping.source)
    many = (mapping.initial_call_type, mapping.final_call_type, mapping.disposition)
    parts = (part for texts in many for text in texts for part in text.split("|"))
    every = (
        *one,
        *place,
        *parts,
        *mapping.address,
        *mapping.tells_apart,
        *identity_columns(mapping),
    )
    return tuple(dict.fromkeys(name for name in every if name))


def _plain(column: str) -> str:
    return " ".join(column.split()).casefold()


def fingerprint(columns: Iterable[str]) -> str:
    """Return what tells one source's header from another's; the order of columns is left aside."""
    text = "\x1f".join(sorted(_plain(c) for c in columns))
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def find_mapping(mappings: Iterable[Mapping], columns: Iterable[str]) -> Mapping | None:
    """Return the saved mapping made for this header, or None if it is a new source.

    A header with columns added or dropped still finds its mapping while every column that is
    read is there and eight in ten of the others are.
    """
    header = list(columns)
    saved = list(mappings)
    mark = fingerprint(header)
    for mapping in saved:
        if fingerprint(mapping.columns) == mark and set(columns_used(mapping)) <= set(header):
            return mapping
    for mapping in saved:
        known = set(mapping.columns)
        alike = len(known & set(header)) / max(1, len(known | set(header)))
        if set(columns_used(mapping)) <= set(header) and alike >= 0.8:
            return mapping
    return None


def dump_mapping(mapping: Mapping) -> str:
    """Return the mapping as TOML with comments that help to edit it."""
    document = tomlkit.document()
    document.add(tomlkit.comment("Which column holds what. Edit it, then ingest the file again."))
    values = mapping.model_dump(mode="json")
    for key in sorted(values, key=lambda k: isinstance(values[k], dict)):  # tables come last
        value = values[key]
        if key in _HELP:
            document.add(tomlkit.nl())
            document.add(tomlkit.comment(f"{key}: {_HELP[key]}"))
        if isinstance(value, list) and len(value) > 3:
            value = tomlkit.array()
            value.extend(values[key])
            value.multiline(True)
        document.add(key, value)
    return tomlkit.dumps(document)


def load_mapping(path: Path) -> Mapping:
    """Read a saved mapping.

    Raises   ConfigError   unreadable, an unknown key or an impossible value
    """
    try:
        return Mapping.model_validate(tomlkit.parse(path.read_text(encoding="utf-8")).unwrap())
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ConfigError(f"{path}: {where}: {first['msg']}") from None
