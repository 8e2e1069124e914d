"""From file to calls: everything counted, nothing twice, nothing lost."""

import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, box

from outreach.errors import InputError
from outreach.ingest.files import Seen, sample_of
from outreach.schemas import ADDRESS_RANGES

HEADER = "event_no,call_time,call_type,address,longitude,latitude,last_name,phone\n"


def line(number: int, **change: str) -> str:
    row = {
        "event_no": f"E{number}",
        "call_time": f"2019-03-{1 + number % 28:02d} {number % 24:02d}:{number % 60:02d}:09",
        "call_type": ("NOISE", "WELFARE CHECK", "TRAFFIC STOP")[number % 3],
        "address": f"{100 + number % 50} MAIN ST",
        "longitude": f"{-73.76 + number % 13 / 1000:.4f}",
        "latitude": f"{42.65 + number % 11 / 1000:.4f}",
        "last_name": f"Roe{chr(65 + number % 26)}",
        "phone": "518-555-0100",
    }
    return ",".join((row | change).values()) + "\n"


def rows(n: int) -> list[str]:
    return [line(number) for number in range(n)]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def put(lines: list[str], name: str = "calls.csv", header: str = HEADER) -> Path:
        path = tmp_path / name
        path.write_text(header + "".join(lines), encoding="utf-8")
        return path

    return put


def test_reading_again_adds_nothing_however_the_file_is_written(
    write: Callable, read_file: Callable, tmp_path: Path
) -> None:
    seen = Seen()
    path = write(rows(300))
    first = read_file(path, seen=seen)
    assert (len(first.calls), first.duplicates, len(seen)) == (300, 0, 300)
    frame = pd.read_csv(path, dtype="str")
    turned = tmp_path / "again.tsv.gz"
    turned.write_bytes(
        gzip.compress(frame[frame.columns[::-1]].to_csv(sep="\t", index=False).encode())
    )
    frame.to_excel(tmp_path / "again.xlsx", index=False)
    frame.astype({"longitude": float}).to_parquet(tmp_path / "again.parquet")
    for copy in (path, turned, tmp_path / "again.xlsx", tmp_path / "again.parquet"):
        again = read_file(copy, seen=seen, mapping=first.mapping)
        assert (len(again.calls), again.duplicates) == (0, 300), copy.name


def test_doubled_rows_count_once_and_a_restarted_number_is_another_call(
    write: Callable, read_file: Callable
) -> None:
    restarted = line(5, call_time="2020-03-06 05:05:09")
    read = read_file(write([*rows(300), line(7), line(7), restarted]))
    assert (read.rows_in, len(read.calls), read.duplicates) == (303, 301, 2)


def test_every_row_set_aside_says_why_and_hides_who(write: Callable, read_file: Callable) -> None:
    bad = [
        line(1, call_time="yesterday"),
        line(2, call_time=""),
        line(3, call_time="2031-01-01 10:00:00"),
        line(4, call_time="1970-01-01 00:00:00"),
        line(5, longitude="-95.5", latitude="30.3"),
        "E6,too,short,Roe\n",
        ",,,,,,,\n",
    ]
    read = read_file(write(rows(300) + bad))
    reasons = read.quarantined.sort_values("row_number")["reason"].tolist()
    assert read.quarantined["row_number"].sort_values().tolist() == list(range(301, 308))
    for reason, said in zip(
        reasons,
        ["not readable: 'yesterday'", "missing", "future", "before 1990", "km from the rest",
         "4 fields where the header has 8", "an empty row"],
        strict=True,
    ):  # fmt: skip
        assert said in reason
    text = read.quarantined.to_csv()
    assert "yesterday" in text
    assert "Roe" not in text
    assert "555" not in text
    assert "sealed:" in text
    assert (read.calls["person_id"].notna()).all()
    assert "Roe" not in read.calls.to_csv()


def test_the_study_area_decides_what_is_far(write: Callable, read_file: Callable) -> None:
    path = write([*rows(300), line(5, longitude="-73.30")])
    city = box(-73.9, 42.5, -73.6, 42.8)
    read = read_file(path, area=city)
    assert read.quarantined["reason"].tolist() == ["point 25 km outside the study area"]
    assert read.warnings == ()


def test_a_file_from_elsewhere_is_kept_and_warned_about(
    write: Callable, read_file: Callable
) -> None:
    read = read_file(write(rows(300)), area=box(-100, 30, -99, 31))
    assert len(read.calls) == 300
    assert "right city folder" in read.warnings[0]


def test_rows_without_coordinates_are_placed_by_address(
    write: Callable, read_file: Callable
) -> None:
    street = [("MAIN ST", 100, 130, "both", False, LineString([(-73.76, 42.65), (-73.75, 42.65)]))]
    ranges = gpd.GeoDataFrame(street, columns=list(ADDRESS_RANGES.columns), crs="EPSG:4326")
    none = [line(n, longitude="0", latitude="") for n in range(300, 350)]
    read = read_file(write(rows(300) + none), address_ranges=ranges)
    by = read.calls.groupby("placed_by").size().to_dict()
    # numbers 100 to 149 occur once each; beyond 130 the next 30 still belong to the street
    assert by == {"coordinates": 300, "address": 50}
    assert (read.calls["fine_cell"].notna() == read.calls["lon"].notna()).all()
    bare = read_file(write(rows(300) + none))
    assert bare.calls["placed_by"].value_counts()["unplaced"] == 50


def test_where_no_source_is_given_the_usual_one_stands_and_says_so(
    write: Callable, read_file: Callable
) -> None:
    read = read_file(write(rows(300)))
    assert set(read.calls["source"]) == {"911"}
    assert not read.calls["source_told"].any()


def test_identical_rows_stay_where_nothing_could_tell_them_apart(
    write: Callable, read_file: Callable
) -> None:
    header = "occ_date,case_desc,x,y\n"
    lines = [f"2016-08-{1 + n % 30:02d},NOISE,-73.76,42.65\n" for n in range(90)]
    seen = Seen()
    path = write(lines, header=header)
    read = read_file(path, seen=seen)
    assert (len(read.calls), read.duplicates, read.identical_kept) == (90, 0, 60)
    assert read.calls["date_only"].all()
    again = read_file(path, seen=seen, mapping=read.mapping)
    assert (len(again.calls), again.duplicates) == (0, 90)
    longer = write([*lines, lines[0]], header=header)
    more = read_file(longer, seen=seen, mapping=read.mapping)
    assert (len(more.calls), more.duplicates) == (1, 90)


def test_repeats_are_numbered_through_the_chunks(
    write: Callable, read_file: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = "occ_date,case_desc,x,y\n"
    path = write(
        [f"2016-08-{1 + n % 3:02d},NOISE,-73.76,42.65\n" for n in range(5_000)], header=header
    )
    whole = read_file(path)
    monkeypatch.setattr("outreach.ingest.reader._CELLS_AT_ONCE", 4 * 700)
    cut = read_file(path)
    assert len(cut.calls) == 5_000
    assert sorted(cut.calls["call_id"]) == sorted(whole.calls["call_id"])


def test_a_mapping_that_does_not_fit_is_refused(write: Callable, read_file: Callable) -> None:
    mapping = read_file(write(rows(60))).mapping
    other = write(["1,2\n"], "other.csv", header="call_time,b\n")
    with pytest.raises(InputError, match=r"lacks columns .*event_no"):
        read_file(other, mapping=mapping)


def test_days_and_months_the_other_way_round_are_refused_not_set_aside(
    write: Callable, read_file: Callable
) -> None:
    header = "id,received,type\n"
    days = [(f"0{1 + n % 9}", f"{1 + n % 28:02d}") for n in range(99)]
    ours = [f"{n},{m}/{d}/2019 10:0{n % 10},A B\n" for n, (m, d) in enumerate(days)]
    mapping = read_file(write(ours, header=header)).mapping
    assert mapping.date_order == "mdy"
    turned = [f"{n},{d}/{m}/2019 10:0{n % 10},A B\n" for n, (m, d) in enumerate(days)]
    theirs = write(turned, "theirs.csv", header=header)
    with pytest.raises(InputError, match="date_order = 'mdy'"):
        read_file(theirs, mapping=mapping)


def test_the_sample_reaches_deep_into_a_long_file(write: Callable, tmp_path: Path) -> None:
    lines = [f"{n},0{1 + n // 3000}/0{1 + n % 9}/2019,A\n" for n in range(20_000)]
    lines += [f"{n},25/07/2019,A\n" for n in range(20_000)]
    path = write(lines, header="id,received,type\n")
    packed = tmp_path / "calls.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    for file in (path, packed):
        assert (sample_of(file)["received"] == "25/07/2019").sum() > 500


def test_known_ids_take_eight_bytes_each() -> None:
    rng = np.random.default_rng(2)
    ids = rng.integers(-(2**63), 2**63 - 1, 30_000)
    seen = Seen(ids[:10_000])
    for part in np.array_split(ids[10_000:], 37):
        assert not seen.has(part).any()
        seen.add(part)
    assert seen.has(ids).all()
    assert len(seen) == 30_000
    assert not seen.has(ids + 1).any()


def test_known_at_is_the_time_of_the_run(write: Callable, read_file: Callable) -> None:
    read = read_file(write(rows(60)), known_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert set(read.calls["known_at"]) == {pd.Timestamp("2020-01-01", tz="UTC")}
