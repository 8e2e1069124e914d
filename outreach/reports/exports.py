"""What leaves the house, as files: partner updates, HMIS CSV and redacted records.

The HMIS files follow HUD's HMIS CSV Format Specifications, FY2024 (version 1.3): their names,
columns and codes. What we do not keep (race, gender, veteran status, social security number) is
99, "data not collected", or blank. Only what a participant released is filled in.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from outreach.people.consent import local_days, newest

NOT_COLLECTED = 99
# HUD list 4.12. Where ours is wider than any of theirs it is 17 (other), never a guess.
LIVING_SITUATION_CODES = {
    "unsheltered": 116,  # place not meant for habitation
    "emergency_shelter": 101,
    "transitional_housing": 302,
    "institution": 17,  # theirs are told apart: hospital, jail, nursing home …
    "with_family_or_friends": 17,  # theirs are 335 (family) and 336 (friends)
    "hotel_or_motel": 314,  # paid for without a shelter's voucher
    "rented": 410,  # no ongoing subsidy
    "owned": 411,  # no ongoing subsidy
    "supportive_housing": 435,  # rental with ongoing subsidy …
    "not_known": 37,  # worker unable to determine
}
SUBSIDY_CODES = {"supportive_housing": 439}  # … which is permanent supportive housing
# HMIS has no services like our six; what comes closest is case management of street outreach.
SERVICE_RECORD, SERVICE_TYPE = 141, 6  # lists 1.4 (PATH service) and P1.2 (case management)
CSV_VERSION = "2024 v1.3"
PROJECT_ID = USER_ID = "outreach"
_UNASKED = (
    "SSNDataQuality",
    "AmIndAKNative",
    "Asian",
    "BlackAfAmerican",
    "HispanicLatinaeo",
    "MidEastNAfrican",
    "NativeHIPacific",
    "White",
    "RaceNone",
    "Woman",
    "Man",
    "NonBinary",
    "CulturallySpecific",
    "Transgender",
    "Questioning",
    "DifferentIdentity",
    "GenderNone",
    "VeteranStatus",
)
RECORD_COLUMNS = ["month", "outcome", "response_mode", "services"]
# The wide ones are what Excel takes for the others where it is set to Japanese.
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Numbers and phone numbers: without a letter or a further sign there is nothing to call.
_NUMBER = re.compile(r"[+-]?\d[\d .,()/-]*(e[+-]?\d+)?", re.IGNORECASE)


@dataclass(frozen=True)
class HmisExport:
    """What an HMIS export is of and for."""

    export_id: str
    source: str  # the programme's name
    phone: str
    email: str
    made_at: datetime
    since: date
    until: date
    time_zone: str
    columns: Mapping[str, Sequence[str]]  # of each file, in order
    pseudonym: Callable[[str, str], str]  # of a kind of id and our id; keyed by organisation


def hmis_tables(
    seen: pd.DataFrame, participants: pd.DataFrame, visits: pd.DataFrame, made: HmisExport
) -> dict[str, pd.DataFrame]:
    """Return the HMIS files of the people whose enrolment was released.

    A released name, birth date, last contact, living situation and service fills the columns
    that tell it; who does not release ``status`` has no enrolment to send, and is left out.

    Needs    seen            participant_id, field: as people.releases.visible
             participants    PARTICIPANTS
             visits          VISITS; corrected ones are passed over
    Adds     by file name, its columns; "" where nothing is known or released
    Source   HUD, HMIS CSV Format Specifications FY2024
    """
    may = set(zip(seen["participant_id"], seen["field"], strict=True))
    told = [(who, "status") in may for who in participants["participant_id"]]
    people = participants[np.array(told, bool)]
    met = newest(visits)
    met = met[met["stage"] != "contact_attempt"].sort_values(["happened_at", "visit_id"])
    met = met.assign(day=local_days(met["happened_at"], made.time_zone))
    met = met.merge(people[["participant_id", "enrolled_on"]], on="participant_id")
    met = met[(met["day"] >= met["enrolled_on"]) & (met["day"] <= made.until)]
    engaged = met[met["stage"] == "engagement"].groupby("participant_id")["day"].min()
    engaged = engaged[np.array([(who, "last_contact") in may for who in engaged.index], bool)]
    recent = met[met["day"] >= made.since].to_dict("records")
    files = {
        "Export.csv": [_export(made)],
        "Client.csv": [_client(row, may, made) for row in people.to_dict("records")],
        "Enrollment.csv": [_enrolment(row, engaged, made) for row in people.to_dict("records")],
        "CurrentLivingSituation.csv": [
            row for visit in recent for row in _situations(visit, may, made)
        ],
        "Services.csv": [row for visit in recent for row in _services(visit, may, made)],
    }
    return {
        name: pd.DataFrame(rows, columns=list(made.columns[name]), dtype="object").fillna("")
        for name, rows in files.items()
    }


def records_table(visits: pd.DataFrame, *, since: date | None, time_zone: str) -> pd.DataFrame:
    """Return visits as they may be handed out under public records law (duty 28).

    No name, id, note, point, day or worker: month, outcome, way and services, a row a visit, in
    an order that tells nothing.

    Needs    visits    VISITS; corrected ones are passed over
    """
    made = newest(visits)
    made = made.assign(day=local_days(made["happened_at"], time_zone))
    if since is not None:
        made = made[np.array([day >= since for day in made["day"]], bool)]
    made = made.assign(month=[f"{day:%Y-%m}" for day in made["day"]])
    return made[RECORD_COLUMNS].sort_values(RECORD_COLUMNS, ignore_index=True)


def csv_bytes(frame: pd.DataFrame, *, encoding: str = "utf-8") -> bytes:
    """Return a frame as CSV whose texts no spreadsheet takes for a formula.

    Source    OWASP, CSV injection: a leading quote makes it text
    """
    shown = frame.astype("object").map(harmless).rename(columns=harmless)
    return shown.to_csv(index=False, lineterminator="\r\n").encode(encoding)


def harmless(value: Any) -> Any:
    """Return a text with a quote before what a spreadsheet would take for a formula.

    A number below zero stays one, also where it is written as text; so does a phone number.
    """
    formula = isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA_SIGNS)
    return f"'{value}" if formula and not _NUMBER.fullmatch(value) else value


def _export(made: HmisExport) -> dict[str, Any]:
    return {
        "ExportID": made.export_id,
        "SourceType": 2,  # an application of its own
        "SourceName": made.source[:50],
        "SourceContactPhone": "".join(c for c in made.phone if c.isdigit())[-10:],
        "SourceContactEmail": made.email,
        "ExportDate": f"{made.made_at:%Y-%m-%d %H:%M:%S}",
        "ExportStartDate": made.since,
        "ExportEndDate": made.until,
        "SoftwareName": "outreach",
        "CSVVersion": CSV_VERSION,
        "ExportPeriodType": 3,  # reporting period
        "ExportDirective": 2,  # full refresh
        "HashStatus": 1,  # unhashed
        "ImplementationID": made.pseudonym("implementation", "outreach"),
    }


def _stamps(day: date, made: HmisExport) -> dict[str, Any]:
    text = f"{day} 00:00:00"
    return {"DateCreated": text, "DateUpdated": text, "UserID": USER_ID, "ExportID": made.export_id}


def _ids(participant_id: str, made: HmisExport) -> dict[str, str]:
    kinds = {"PersonalID": "person", "EnrollmentID": "enrollment"}
    return {name: made.pseudonym(kind, participant_id) for name, kind in kinds.items()}


def _client(
    person: Mapping[Any, Any], may: set[tuple[str, str]], made: HmisExport
) -> dict[str, Any]:
    who = person["participant_id"]
    named, born = (who, "name") in may, (who, "birth_date") in may
    names = [person[part] or "" if named else "" for part in ("given_name", "family_name")]
    birth = person["birth_date"] or "" if born else ""
    known = sum(bool(name) for name in names)
    return {
        "PersonalID": _ids(who, made)["PersonalID"],
        "FirstName": names[0][:50],
        "LastName": names[1][:50],
        "NameDataQuality": {2: 1, 1: 2, 0: NOT_COLLECTED}[known],  # full, partial
        "DOB": birth,
        "DOBDataQuality": 1 if birth else NOT_COLLECTED,
        **dict.fromkeys(_UNASKED, NOT_COLLECTED),
        **_stamps(person["enrolled_on"], made),
    }


def _enrolment(
    person: Mapping[Any, Any], engaged: "pd.Series[Any]", made: HmisExport
) -> dict[str, Any]:
    who, entered = person["participant_id"], person["enrolled_on"]
    return {
        **_ids(who, made),
        "ProjectID": PROJECT_ID,
        "EntryDate": entered,
        "HouseholdID": made.pseudonym("household", who),  # who lives with whom is not released
        "RelationshipToHoH": 1,  # self
        "LivingSituation": NOT_COLLECTED,
        "DisablingCondition": NOT_COLLECTED,
        "DateOfEngagement": engaged.get(who, ""),
        **_stamps(entered, made),
    }


def _situations(
    visit: Mapping[Any, Any], may: set[tuple[str, str]], made: HmisExport
) -> list[dict[str, Any]]:
    """Return where somebody lived when they were met; HMIS counts these rows as contacts."""
    who, told = visit["participant_id"], visit["living_situation"]
    if not isinstance(told, str):
        told = None
    if (who, "living_situation" if told else "last_contact") not in may:
        return []
    return [
        {
            "CurrentLivingSitID": made.pseudonym("situation", visit["visit_id"]),
            **_ids(who, made),
            "InformationDate": visit["day"],
            "CurrentLivingSituation": LIVING_SITUATION_CODES[told] if told else NOT_COLLECTED,
            "CLSSubsidyType": SUBSIDY_CODES.get(told, "") if told else "",
            **_stamps(visit["day"], made),
        }
    ]


def _services(
    visit: Mapping[Any, Any], may: set[tuple[str, str]], made: HmisExport
) -> list[dict[str, Any]]:
    who = visit["participant_id"]
    if (who, "services") not in may:
        return []
    return [
        {
            "ServicesID": made.pseudonym("service", f"{visit['visit_id']} {service}"),
            **_ids(who, made),
            "DateProvided": visit["day"],
            "RecordType": SERVICE_RECORD,
            "TypeProvided": SERVICE_TYPE,
            "OtherTypeProvided": service.replace("_", " "),
            **_stamps(visit["day"], made),
        }
        for service in visit["services"].split()
    ]
