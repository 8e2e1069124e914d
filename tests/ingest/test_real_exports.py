"""Real exports, against counts made independently with the csv module."""

import csv
import gzip
import io
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from outreach import geo
from outreach.ingest.addresses import normalise_street, place_addresses
from outreach.ingest.files import Seen
from outreach.schemas import ADDRESS_RANGES

pytestmark = pytest.mark.real
PACIFIC, EASTERN = "America/Los_Angeles", "America/New_York"


def plain_rows(path: Path) -> Iterator[dict[str, str]]:
    unpack = gzip.open if path.suffix == ".gz" else Path.open
    with unpack(path, "rb") as raw, io.TextIOWrapper(raw, encoding="utf-8", newline="") as text:
        yield from csv.DictReader(text)


def test_berkeley(real_data: Path, read_file: Callable) -> None:
    path = real_data / "calls" / "berkeley_pd_cfs_a.csv"
    truth = list(plain_rows(path))
    read = read_file(path, PACIFIC)
    m = read.mapping
    assert (m.received_at, m.received_time, m.location) == ("EVENTDT", "EVENTTM", "Block_Location")
    assert (m.incident_id, m.initial_call_type, m.address) == ("CASENO", ("OFFENSE",), ("BLKADDR",))
    assert (len(read.calls), read.duplicates, len(read.quarantined)) == (len(truth), 0, 0)
    unplaced = sum("(" not in row["Block_Location"].splitlines()[-1] for row in truth)
    assert (read.calls["placed_by"] == "unplaced").sum() == unplaced
    first = read.calls.iloc[0]
    assert first["received_at"] == pd.Timestamp("2018-04-18 22:17", tz=PACIFIC)
    assert (first["lat"], first["lon"]) == (37.856572, -122.275241)


def test_boston_and_its_staff(real_data: Path, read_file: Callable) -> None:
    path = real_data / "calls" / "boston_311_2015.csv.gz"
    sources = Counter(row["Source"] for row in plain_rows(path))
    read = read_file(path, EASTERN)
    m = read.mapping
    assert (m.received_at, m.initial_call_type, m.source) == ("OPEN_DT", ("TYPE",), "Source")
    assert (m.incident_id, m.area) == ("CASE_ENQUIRY_ID", "neighborhood")
    assert (len(read.calls), read.duplicates, len(read.quarantined)) == (sources.total(), 0, 0)
    staff = ("City Worker App", "Employee Generated", "Maximo Integration")
    by = read.calls["source"].value_counts()
    assert by["officer_initiated"] == sum(sources[name] for name in staff)
    assert by["311"] == sources.total() - by["officer_initiated"]


def test_laguna_beach_repeats_whole_days(real_data: Path, read_file: Callable) -> None:
    path = real_data / "calls" / "laguna_beach_pd_events.csv.gz"
    truth = Counter(
        tuple(value for name, value in row.items() if name != "source_pdf")
        for row in plain_rows(path)
    )
    read = read_file(path, PACIFIC)
    assert (read.rows_in, len(read.calls)) == (truth.total(), len(truth))
    assert read.duplicates == truth.total() - len(truth)
    assert (read.calls["placed_by"] == "unplaced").all()
    assert not read.calls["source_told"].any()  # half are staff's own, as their types tell


def test_montgomery_keeps_the_county_and_drops_other_states(
    real_data: Path, read_file: Callable
) -> None:
    path = real_data / "calls" / "montgomery_pa_911.csv.gz"
    truth = list(plain_rows(path))
    elsewhere = sum(
        abs(float(r["lng"]) + 75.35) > 1 or abs(float(r["lat"]) - 40.2) > 1 for r in truth
    )
    seen = Seen()
    read = read_file(path, EASTERN, seen=seen)
    m = read.mapping
    assert (m.initial_call_type, m.received_at, m.incident_id) == (("title",), "timeStamp", "")
    assert (read.rows_in, read.duplicates) == (len(truth), 0)
    assert len(read.quarantined) == elsewhere
    again = read_file(path, EASTERN, seen=seen, mapping=m)
    assert (len(again.calls), again.duplicates) == (0, len(truth) - elsewhere)


def test_portland_has_no_id_no_time_and_feet(real_data: Path, read_file: Callable) -> None:
    path = real_data / "calls" / "portland_cfs_2016-08_2017-02.csv.gz"
    truth = Counter(
        (
            r["CASE DESC"].strip(),
            r["occ_date"],
            r["x_coordinate"],
            r["y_coordinate"],
            r["census_tract"],
        )
        for r in plain_rows(path)
    )
    seen = Seen()
    read = read_file(path, PACIFIC, seen=seen)
    assert (len(read.calls), read.duplicates, len(read.quarantined)) == (truth.total(), 0, 0)
    assert read.identical_kept == truth.total() - len(truth)
    assert read.calls["date_only"].all()
    first = next(plain_rows(path))
    lon, lat = geo.to_lonlat(
        [float(first["x_coordinate"])], [float(first["y_coordinate"])], "EPSG:2913"
    )
    got = read.calls.iloc[0]
    assert geo.distance_m(got["lon"], got["lat"], lon, lat).max() < 5
    again = read_file(path, PACIFIC, seen=seen, mapping=read.mapping, middle=(-122.67, 45.52))
    assert (len(again.calls), again.duplicates) == (0, truth.total())


def test_toronto_lane_county_and_tacoma(real_data: Path, read_file: Callable) -> None:
    calls = real_data / "calls"
    toronto = read_file(calls / "toronto_persons_in_crisis.csv.gz", "America/Toronto")
    hours = Counter(r["event_hour"] for r in plain_rows(calls / "toronto_persons_in_crisis.csv.gz"))
    assert toronto.mapping.received_time == "event_hour"
    assert (len(toronto.calls), toronto.calls["date_only"].sum()) == (32_000, hours["NA"])
    lane = read_file(calls / "lane_county_mobile_crisis.csv", PACIFIC)
    asked = [
        r["Dispatch Request Date & Time"]
        for r in plain_rows(calls / "lane_county_mobile_crisis.csv")
    ]
    assert lane.mapping.received_at == "Dispatch Request Date & Time"
    assert lane.quarantined["reason"].tolist() == ["received_at missing"] * asked.count("")
    assert lane.calls["date_only"].sum() == sum(text.endswith(" 0:00") for text in asked)
    tacoma = read_file(calls / "tacoma_encampment_cleanups.csv", PACIFIC)
    assert tacoma.mapping.received_at == "work_submitted_date"
    assert tacoma.calls["date_only"].all()
    assert (tacoma.calls["source"] == "officer_initiated").all()


def cambridge_ranges(path: Path) -> gpd.GeoDataFrame:
    lines = gpd.read_file(path)
    rows = [
        (normalise_street(line.Street), *sorted((line[f"{side}_From"], line[f"{side}_To"])), "both",
         line[f"{side}_From"] > line[f"{side}_To"], line.geometry)
        for _, line in lines.iterrows()
        for side in "LR"
        if line.Street and line[f"{side}_To"] > 0
    ]  # fmt: skip
    return gpd.GeoDataFrame(rows, columns=list(ADDRESS_RANGES.columns), crs="EPSG:4326")


def test_known_addresses_of_cambridge(real_data: Path) -> None:
    ranges = cambridge_ranges(real_data / "streets" / "TRANS_Centerlines.geojson")
    known = []
    for path in sorted((real_data / "places" / "cambridge").glob("*.geojson")):
        frame = gpd.read_file(path)
        name = next((n for n in frame.columns if n.upper() == "ADDRESS"), None)
        if name is not None:
            spot = frame.geometry.representative_point()
            known.append(pd.DataFrame({"text": frame[name], "x": spot.x, "y": spot.y}))
    places = pd.concat(known, ignore_index=True).dropna()
    found = places.join(place_addresses(places["text"], ranges, None))
    placed = found[found["placed_by"] == "address"]
    assert len(placed) >= 0.94 * len(found)
    assert np.median(geo.distance_m(placed["lon"], placed["lat"], placed["x"], placed["y"])) < 45
