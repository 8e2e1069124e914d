"""The file of entries that an offline day sheet hands in: read strictly, nothing believed.

It may come from any device, so whatever is not exactly what our sheets write is refused: the
whole file where it is none of ours, else single entries, each with its reason.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, NoReturn

import pandas as pd
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator

from outreach.errors import InputError
from outreach.reports.day_sheet_html import ENTRIES_FORMAT, ENTRIES_VERSION
from outreach.work_words import OUTCOMES, SERVICES

MOST_BYTES = 2_000_000
MOST_ENTRIES = 2_000
LONGEST_NOTE = 500
# What a sheet's script makes: a version 7 UUID, so that later entries have greater ids.
SHEET_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_ZONED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_NOTHING = "nothing was kept"


class Entry(BaseModel):
    """One visit as the sheet wrote it."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    visit_id: str
    replaces: str | None  # the first entry of the visit, where this one changes it
    shift_id: Annotated[str, Field(max_length=200)]
    candidate_id: Annotated[str, Field(max_length=200)]
    happened_at: AwareDatetime
    outcome: str
    services: Annotated[list[str], Field(max_length=len(SERVICES))]
    minutes: Annotated[int, Field(ge=0, le=24 * 60)] | None
    sharps: Annotated[int, Field(ge=0, le=10_000)]
    police_involved: bool
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] | None

    @field_validator("happened_at", mode="before")
    @classmethod
    def _an_instant(cls, value: object) -> datetime:
        if not isinstance(value, str) or not _ZONED.fullmatch(value):
            raise ValueError("no time in UTC such as 2026-11-23T15:04:00Z")
        return datetime.fromisoformat(value)

    @field_validator("visit_id", "replaces")
    @classmethod
    def _our_id(cls, value: str | None) -> str | None:
        if value is not None and not SHEET_ID.fullmatch(value):
            raise ValueError("no id that a sheet makes")
        return value

    @field_validator("outcome")
    @classmethod
    def _known_outcome(cls, value: str) -> str:
        if value not in OUTCOMES:
            raise ValueError("no outcome that we know")
        return value

    @field_validator("services")
    @classmethod
    def _known_services(cls, value: list[str]) -> list[str]:
        if not set(value) <= set(SERVICES):
            raise ValueError("a service that we do not know")
        return value

    @field_validator("note", "shift_id", "candidate_id")
    @classmethod
    def _readable(cls, value: str | None) -> str | None:
        if value is not None and _CONTROL.search(value):
            raise ValueError("signs that are no text")
        return value


class _File(BaseModel):
    """What stands around the entries."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    format: Literal["outreach-entries"]
    version: int
    city: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    week: Annotated[str, Field(pattern=r"^\d{4}-W\d\d$")]
    number: Annotated[int, Field(ge=1, le=100_000)]
    made_at: Annotated[str, Field(max_length=40)]
    entries: Annotated[list[Any], Field(max_length=MOST_ENTRIES)]


@dataclass(frozen=True, eq=False)
class Entries:
    """What a file holds."""

    city: str  # the mark of the city and plan
    week: str
    number: int
    entries: tuple[Entry, ...]
    positions: tuple[int, ...]  # of the entries in the file, from 1 on
    aside: tuple[tuple[int, str], ...]  # position in the file, and the reason

    @property
    def frame(self) -> pd.DataFrame:
        """The entries as a table, one row each."""
        rows = [entry.model_dump() for entry in self.entries]
        return pd.DataFrame(rows, columns=list(Entry.model_fields))


def read_entries(data: bytes) -> Entries:
    """Return the entries of a file, and those that are set aside with their reasons.

    Raises   InputError   the file is too large, cut off, or none that a day sheet writes
    """
    told = _whole(_json(data))
    good: dict[str, Entry] = {}
    positions: list[int] = []
    aside: list[tuple[int, str]] = []
    for position, raw in enumerate(told.entries, start=1):
        try:
            entry = Entry.model_validate(raw)
        except ValidationError as error:
            aside.append((position, _why(error)))
            continue
        except RecursionError:
            aside.append((position, "it cannot be read"))
            continue
        if entry.replaces == entry.visit_id:
            aside.append((position, "it says that it changes itself"))
        elif entry.visit_id not in good:
            good[entry.visit_id] = entry
            positions.append(position)
        elif good[entry.visit_id] != entry:
            aside.append((position, "another entry of this file has its id and says otherwise"))
    kept = tuple(good.values())
    return Entries(told.city, told.week, told.number, kept, tuple(positions), tuple(aside))


def _json(data: bytes) -> Any:
    if len(data) > MOST_BYTES:
        size = f"{len(data) / 1e6:.1f} MB; at most {MOST_BYTES / 1e6:.0f} MB are read"
        raise InputError(f"this file is too large for entries ({size}); {_NOTHING}")
    if not data.strip():
        raise InputError(f"this file is empty; {_NOTHING}")
    try:
        return json.loads(
            data.decode("utf-8-sig"), parse_constant=_no_number, object_pairs_hook=_once
        )
    except (ValueError, RecursionError):
        raise InputError(
            "this file is cut off, or none that a day sheet writes (entries-….json); save it once "
            f"more from the sheet; {_NOTHING}"
        ) from None


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a name twice")
    return dict(pairs)


def _whole(document: Any) -> _File:
    if not isinstance(document, dict) or document.get("format") != ENTRIES_FORMAT:
        raise InputError(f"this is no file of entries that a day sheet writes; {_NOTHING}")
    version = document.get("version")
    if version != ENTRIES_VERSION or isinstance(version, bool):
        known = f"this program reads version {ENTRIES_VERSION}"
        raise InputError(f"this file of entries is of another version; {known}; {_NOTHING}")
    try:
        return _File.model_validate(document)
    except ValidationError as error:
        raise InputError(f"this file of entries is damaged: {_why(error)}; {_NOTHING}") from None


def _why(error: ValidationError) -> str:
    """Return the first fault in a few words, without what the file said."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    known = {*Entry.model_fields, *_File.model_fields}
    where = next((str(part) for part in first["loc"] if part in known), "")
    if first["type"] == "extra_forbidden":
        return "it holds something that a day sheet does not write"
    if first["type"] == "missing":
        return f"{where} is missing"
    told = first["msg"].removeprefix("Value error, ")
    told = told[:1].lower() + told[1:]
    return f"{where}: {told}" if where else told
