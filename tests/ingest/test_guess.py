"""Exports as ten systems write them: the right columns, and the truth read back."""

import csv
import gzip
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pandas as pd
import pyproj
import pytest

from outreach.errors import InputError
from outreach.ingest.guess import describe, guess_mapping

TYPES = ("WELFARE CHECK", "TRAFFIC STOP", "NOISE COMPLAINT", "SUICIDAL SUBJECT", "PERSON DOWN")


@dataclass(frozen=True)
class Truth:
    number: int
    at: datetime
    type: str
    lon: float
    lat: float
    house: int
    staff: bool


def calls_around(lon: float, lat: float, n: int = 120) -> list[Truth]:
    rng = random.Random(4)
    at = datetime(2019, 3, 2, 7, 0)
    made = []
    for number in range(n):
        at += timedelta(minutes=rng.randint(30, 600), seconds=rng.randint(0, 59))
        place = (lon + rng.gauss(0, 0.02), lat + rng.gauss(0, 0.02), rng.randint(1, 40) * 100)
        made.append(Truth(number, at, rng.choice(TYPES), *place, rng.random() < 0.4))
    return made


def us(at: datetime) -> str:
    return at.strftime("%m/%d/%Y %I:%M:%S %p")


def later(call: Truth, minutes: int) -> datetime:
    return call.at + timedelta(minutes=minutes)


def seattle(c: Truth) -> dict[str, object]:
    return {
        "CAD Event Number": 2019_000_000 + c.number,
        "Event Clearance Description": "REPORT WRITTEN" if c.number % 2 else "ASSISTANCE RENDERED",
        "Call Type": "ONVIEW" if c.staff else "TELEPHONE OTHER, NOT 911",
        "Priority": 3,
        "Initial Call Type": c.type,
        "Final Call Type": "--" + c.type,
        "Original Time Queued": us(c.at),
        "Arrived Time": later(c, 9).strftime("%b %d %Y %I:%M:%S:000%p"),
        "Precinct": "WEST",
        "Beat": "K3",
        "Blurred_Longitude": c.lon,
        "Blurred_Latitude": c.lat,
    }


def new_orleans(c: Truth) -> dict[str, object]:
    to = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:3452", always_xy=True)
    x, y = to.transform(c.lon, c.lat)
    return {
        "NOPD_Item": f"A{c.number:05d}19",
        "TypeText": c.type,
        "MapX": round(x),
        "MapY": round(y),
        "TimeCreate": us(c.at),
        "TimeDispatch": us(later(c, 4)),
        "TimeClosed": us(later(c, 40)),
        "SelfInitiated": "Y" if c.staff else "N",
        "BLOCK_ADDRESS": f"{c.house // 100:02d}XX Canal St",
        "Zip": "70119.0",
    }


def detroit(c: Truth) -> dict[str, object]:
    utc = c.at.replace(tzinfo=ZoneInfo("America/Detroit")).astimezone(ZoneInfo("UTC"))
    return {
        "X": c.lon,
        "Y": c.lat,
        "incident_id": 20190000 + c.number,
        "incident_address": f"Gratiot Ave & {c.house} St",
        "zip_code": "48213",
        "calldescription": c.type,
        "call_timestamp": utc.strftime("%Y/%m/%d %H:%M:%S+00"),
        "officerinitiated": "Yes" if c.staff else "No",
        "totaltime": 12.5,
        "council_district": 4,
        "ObjectId": c.number + 1,
    }


def tritech(c: Truth) -> dict[str, object]:
    return {
        "Master_Incident_Number": f"C19-{c.number:06d}",
        "Time_PhonePickUp": c.at.strftime("%Y-%m-%d %H:%M:%S.000"),
        "Time_First_Unit_Arrived": later(c, 8).strftime("%Y-%m-%d %H:%M:%S.000"),
        "Problem": c.type,
        "Address": f"{c.house} King St",
        "Latitude": round(c.lat * 1e6),
        "Longitude": round(-c.lon * 1e6),
        "Call_Disposition": "Report" if c.number % 2 else "Advised",
        "MethodOfCallRcvd": "Officer Initiated" if c.staff else "E911",
        "Caller_Phone": "843-555-0100",
    }


def two_columns(c: Truth) -> dict[str, object]:
    return {
        "CFS #": c.number,
        "Date": c.at.strftime("%m/%d/%y"),
        "Time": c.at.strftime("%H%M"),
        "Nature of Call": c.type,
        "Location": f"{c.house} BLK MAIN ST",
        "How Received": "FIELD" if c.staff else "PHONE",
        "Location 1": f"MAIN ST\nANYTOWN, NY\n({c.lat}, {c.lon})",
    }


def swapped(c: Truth) -> dict[str, object]:
    return {
        "event": f"Q{c.number}",
        "received": c.at.strftime("%d-%m-%Y %H:%M"),
        "type": c.type,
        "lat": c.lon,
        "lng": c.lat,
        "on_view": "true" if c.staff else "false",
    }


def comma(c: Truth) -> dict[str, object]:
    return {
        "NO_APPEL": c.number + 100,
        "DATE_OPEN": c.at.strftime("%d.%m.%Y"),
        "TIME_OPEN": c.at.strftime("%H:%M:%S"),
        "NATURE": c.type,
        "LONGITUDE": str(c.lon).replace(".", ","),
        "LATITUDE": str(c.lat).replace(".", ","),
        "SOURCE": "On-View" if c.staff else "911",
    }


SYSTEMS: list[tuple[Callable[[Truth], dict[str, object]], str, float, float, str]] = [
    (seattle, "America/Los_Angeles", -122.33, 47.60, ","),
    (new_orleans, "America/Chicago", -90.07, 29.97, ","),
    (detroit, "America/Detroit", -83.05, 42.35, ","),
    (tritech, "America/New_York", -80.00, 32.80, ","),
    (two_columns, "America/New_York", -73.76, 42.65, "|"),
    (swapped, "America/New_York", -73.76, 42.65, "\t"),
    (comma, "America/New_York", -73.76, 42.65, ";"),
]


@pytest.mark.parametrize(("system", "zone", "lon", "lat", "separator"), SYSTEMS)
def test_the_truth_is_read_back(
    system: Callable[[Truth], dict[str, object]],
    zone: str,
    lon: float,
    lat: float,
    separator: str,
    tmp_path: Path,
    read_file: Callable,
) -> None:
    truth = calls_around(lon, lat)
    rows = [system(call) for call in truth]
    path = tmp_path / "export.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=separator)
        writer.writeheader()
        writer.writerows(rows)
    read = read_file(path, zone, middle=(lon + 0.03, lat - 0.02))
    assert (len(read.calls), read.duplicates, len(read.quarantined)) == (len(truth), 0, 0)
    seconds = 60 if system in (two_columns, swapped) else 1
    for call, row in zip(truth, read.calls.itertuples(), strict=True):
        expected = pd.Timestamp(call.at.replace(tzinfo=ZoneInfo(zone)))
        assert abs((row.received_at - expected).total_seconds()) < seconds
        assert row.initial_call_type == call.type
        assert (row.source == "officer_initiated") == call.staff
        assert abs(row.lon - call.lon) < 2e-5
        assert abs(row.lat - call.lat) < 2e-5
        assert str(row.incident_id)
    assert read.calls["incident_id"].is_unique


def test_excel_with_people_and_addresses_in_parts(tmp_path: Path, read_file: Callable) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Event Number", "Received", "Event Type", "Street Number", "Street Name",
                  "Client ID", "Last Name", "First Name", "DOB", "Phone"])  # fmt: skip
    for c in calls_around(-80, 32.8):
        sheet.append([c.number, c.at, c.type, c.house, "MAIN ST", f"M{c.number % 7}", "Roe", "Ann",
                      datetime(1980, 1, 1 + c.number % 7), "843-555-0100"])  # fmt: skip
    book.save(tmp_path / "cad.xlsx")
    read = read_file(tmp_path / "cad.xlsx")
    assert read.mapping.address == ("Street Number", "Street Name")
    assert read.calls["address"].str.endswith("00 MAIN ST").all()
    assert read.calls["person_id"].nunique() == len(read.identities) == 7
    assert set(read.identities["birth_date"].str[:7]) == {"1980-01"}
    assert not read.calls.astype(str).apply(lambda c: c.str.contains("Roe|555-01")).to_numpy().any()


def test_gzipped_geojson_with_milliseconds(tmp_path: Path, read_file: Callable) -> None:
    zone = ZoneInfo("America/New_York")
    features = [
        {
            "type": "Feature",
            "properties": {
                "OBJECTID": c.number,
                "EVENT_NUM": f"E{c.number}",
                "CREATE_DATE": int(c.at.replace(tzinfo=zone).timestamp() * 1000),
                "CLOSE_DATE": int(later(c, 60).replace(tzinfo=zone).timestamp() * 1000),
                "TYCOD_DESC": c.type,
            },
            "geometry": {"type": "Point", "coordinates": [c.lon, c.lat]},
        }
        for c in calls_around(-73.76, 42.65)
    ]
    path = tmp_path / "calls.geojson.gz"
    path.write_bytes(gzip.compress(json.dumps({"features": features}).encode()))
    read = read_file(path)
    assert (read.mapping.received_at, read.mapping.incident_id) == ("CREATE_DATE", "EVENT_NUM")
    first = calls_around(-73.76, 42.65)[0]
    assert read.calls["received_at"][0] == pd.Timestamp(first.at.replace(tzinfo=zone))
    assert read.calls["lon"][0] == first.lon


def frame_of(**columns: object) -> pd.DataFrame:
    return pd.DataFrame(columns, dtype="str")


DAYS = [f"2019-03-{day:02d}" for day in range(1, 31)]


def test_closing_target_and_book_keeping_dates_do_not_win() -> None:
    sample = frame_of(
        created_user=["A"] * 30,
        created_date=[f"{d} 21:00:00" for d in DAYS],
        last_edited_date=[f"{d} 22:00:00" for d in DAYS],
        TARGET_DT=[f"{d} 23:30:00" for d in DAYS],
        CLOSED_DT=[f"{d} 23:00:00" for d in DAYS],
        OPEN_DT=[f"{d} 20:1{n % 10}:00" for n, d in enumerate(DAYS)],
        TYPE=["Needle Pickup", "Noise"] * 15,
    )
    found = guess_mapping(sample, name="x", city_time_zone="America/New_York")
    assert found.received_at == "OPEN_DT"
    assert found.initial_call_type == ("TYPE",)


def test_the_only_date_serves_even_if_it_is_a_closing_date() -> None:
    sample = frame_of(**{"Event Clearance Date": DAYS, "Initial Type Description": ["A B"] * 30})
    found = guess_mapping(sample, name="x", city_time_zone="America/New_York")
    assert found.received_at == "Event Clearance Date"


def test_one_time_of_day_for_every_row_is_no_time_of_day() -> None:
    zone = "America/Los_Angeles"
    for times, mark in (
        ([f"{d}T00:00:00.000" for d in DAYS], "00:00"),
        ([f"{d}T00:00:00Z" for d in DAYS], "00:00Z"),
    ):
        sample = frame_of(call_date=times, type=["A B"] * 30)
        assert guess_mapping(sample, name="x", city_time_zone=zone).no_time_at == mark


def test_zips_precincts_and_years_are_neither_ids_nor_coordinates() -> None:
    sample = frame_of(
        timeStamp=[f"{d} 10:00:0{n % 10}" for n, d in enumerate(DAYS)],
        zip=[f"{19400 + n}.0" for n in range(30)],
        precinct=[str(100 + n) for n in range(30)],
        event_year=["2019"] * 30,
        title=["EMS: A", "Fire: B"] * 15,
    )
    found = guess_mapping(sample, name="x", city_time_zone="America/New_York")
    assert (found.incident_id, found.x, found.y, found.location) == ("", "", "", "")
    assert found.received_at == "timeStamp"
    assert found.initial_call_type == ("title",)


def test_a_citys_own_work_is_no_demand() -> None:
    sample = frame_of(
        type_of_cleanup=["Removal"] * 30, work_submitted_date=DAYS, last_edited_date=DAYS
    )
    found = guess_mapping(sample, name="x", city_time_zone="America/New_York")
    assert found.received_at == "work_submitted_date"
    assert found.default_source == "officer_initiated"


def test_without_dates_the_columns_are_named() -> None:
    with pytest.raises(InputError, match="kind, colour"):
        guess_mapping(frame_of(kind=["a", "b"], colour=["c", "d"]), name="x", city_time_zone="UTC")


def test_what_was_chosen_is_told_without_showing_people() -> None:
    sample = frame_of(
        received=[f"{d} 10:00:0{n % 10}" for n, d in enumerate(DAYS)],
        **{"Full Name": [f"Ann Roe{chr(65 + n % 26)}" for n in range(30)], "spare": ["z"] * 30},
    )
    mapping = guess_mapping(sample, name="x", city_time_zone="America/New_York")
    told = describe(mapping, sample).set_index("field")
    assert "year-month-day" in told.loc["received_at", "why"]
    assert told.loc["person_name", "samples"] == "not shown"
    assert told.loc["not used", "samples"] == "spare"
