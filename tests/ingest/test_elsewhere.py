"""Exports read into a folder that knows nothing of their city, and files damaged further in."""

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from outreach.errors import InputError
from outreach.ingest.column_names import CALL_TYPE, SOURCE, X, Y, weight
from outreach.ingest.files import sample_of
from outreach.ingest.mapping import Mapping, changed

ORLANDO = (-81.38, 28.54)


def export(path: Path, columns: str, cells: Callable[[int], str], n: int = 40) -> Path:
    lines = [f"E{i},2021-05-{i % 28 + 1:02d} 10:{i:02d},NOISE,{cells(i)}" for i in range(n)]
    path.write_text("\n".join([f"Event Number,Call Time,Call Type,{columns}", *lines]) + "\n")
    return path


@pytest.mark.parametrize(
    "cell",
    ["POINT ({lon} {lat})", '"{{""type"":""Point"",""coordinates"":[{lon},{lat}]}}"',
     '"({lat}, {lon})"', '"{lon}, {lat}"'],
)  # fmt: skip
def test_cells_are_read_the_right_way_round_without_a_city(
    tmp_path: Path, read_file: Callable, cell: str
) -> None:
    lon, lat = ORLANDO
    path = export(
        tmp_path / "opd.csv", "Place", lambda i: cell.format(lon=lon + i / 1000, lat=lat + i / 1000)
    )
    read = read_file(path, "UTC")
    assert read.calls["lon"].between(lon, lon + 0.05).all() and len(read.calls) == 40
    assert read.calls["lat"].between(lat, lat + 0.05).all()


def test_feet_are_told_without_a_city_where_only_one_system_fits(
    tmp_path: Path, read_file: Callable
) -> None:
    path = export(tmp_path / "pdx.csv", "x,y", lambda i: f"{7650000 + i * 9},{684000 + i * 7}")
    calls = read_file(path, "UTC").calls
    assert calls["lon"].between(-122.7, -122.5).all() and calls["lat"].between(45.4, 45.6).all()


def test_coordinates_that_cannot_be_told_leave_the_rows_unplaced_with_a_warning(
    tmp_path: Path, read_file: Callable
) -> None:
    path = export(tmp_path / "sc.csv", "x,y", lambda i: f"{2323920 + i * 9},{354538 + i * 7}")
    read = read_file(path, "UTC")
    assert (read.calls["placed_by"] == "unplaced").all() and len(read.calls) == 40
    assert "--crs" in read.warnings[0]
    placed = read_file(path, "UTC", mapping=changed(read.mapping, {"crs": "EPSG:2273"}))
    assert placed.calls["lon"].between(-80, -79.5).all()


@pytest.mark.parametrize(
    ("name", "patterns", "least"),
    [("reported_how", SOURCE, 90), ("ExtNatureDisplayName", CALL_TYPE, 90),
     ("Longitud", X, 100), ("LATITUD", Y, 100)],
)  # fmt: skip
def test_names_that_real_exports_use(name: str, patterns: object, least: int) -> None:
    assert weight(name, patterns) >= least  # type: ignore[arg-type]


@pytest.mark.parametrize("spoil", ["cut", "garbled", "carriage returns"])
def test_damage_further_in_is_one_clear_line_or_read(tmp_path: Path, spoil: str) -> None:
    path = export(tmp_path / "calls.csv", "Note", lambda i: os.urandom(20).hex(), 30_000)
    whole = path.read_bytes()
    if spoil == "carriage returns":
        path.write_bytes(whole.replace(b"\n", b"\r"))
        assert len(sample_of(path)) > 5_000
        return
    packed = gzip.compress(whole)
    middle = len(packed) // 2
    path.write_bytes(packed[:middle] + (b"" if spoil == "cut" else b"\xff" * 99 + packed[middle:]))
    with pytest.raises(InputError, match="damaged"):
        sample_of(path)


def test_a_cell_beyond_all_measure_is_one_clear_line(tmp_path: Path) -> None:
    path = export(tmp_path / "calls.csv", "Note", lambda i: "x" * (17 * 2**20 if i == 1 else 1), 3)
    with pytest.raises(InputError, match="field larger"):
        sample_of(path)


def test_utf_16_without_its_mark_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        sample_of(export(tmp_path / "calls.csv", "Note", str), encoding="utf-16")


@pytest.mark.parametrize(
    "shape", [{"type": "Point", "coordinates": ["x", None]}, {"type": "Blob", "coordinates": [1]}]
)
def test_a_shape_that_is_none_costs_the_point_only(tmp_path: Path, shape: object) -> None:
    told = {"received": "2021-05-05 10:00", "note": "half \ud83d"}
    path = tmp_path / "calls.geojson"
    path.write_text(json.dumps({"features": [{"properties": told, "geometry": shape}]}))
    row = sample_of(path).iloc[0]
    assert row["geometry longitude"] == "" and row["note"] == "half ?"


def test_json_nested_without_end_is_one_clear_line(tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    path.write_text("[" * 100_000)
    with pytest.raises(InputError, match="nested"):
        sample_of(path)


def test_rows_of_few_and_short_numbers_are_not_taken_for_doubles(
    tmp_path: Path, read_file: Callable
) -> None:
    path = tmp_path / "few.csv"
    path.write_text("id,received,type\n1,2021-05-05 10:00,NOISE\n2,2021-05-05 10:00,NOISE\n")
    assert len(read_file(path).calls) == 2


def test_one_street_along_a_parallel_has_coordinates(tmp_path: Path, read_file: Callable) -> None:
    path = export(
        tmp_path / "row.csv", "Longitude,Latitude", lambda i: f"{-73.7 - i / 1e4:.4f},42.65"
    )
    assert (read_file(path).calls["placed_by"] == "coordinates").all()


@pytest.mark.parametrize(
    "said",
    [{"crs": "nonsense"}, {"time_zone": "Mars/X"}, {"name": "a/../b"}, {"default_source": "x"}],
)
def test_what_a_user_says_is_checked(said: dict[str, str]) -> None:
    mapping = Mapping(name="cad", columns=("t",), received_at="t", time_zone="UTC")
    with pytest.raises(InputError):
        changed(mapping, said)
