"""Tabular data packages: what is written is read again, and nothing outside is touched."""

import io
import json
import zipfile

import numpy as np
import pandas as pd
import pytest

from outreach.errors import InputError
from outreach.resource_schemas import HSDS
from outreach.resources.directory.hsds import package_bytes, read_package, table, table_name


def same(one, other):
    assert list(one) == list(other)
    for name, frame in one.items():
        pd.testing.assert_frame_equal(frame, other[name], check_dtype=False, obj=name)


def again(tables, tmp_path):
    path = tmp_path / "directory.zip"
    path.write_bytes(package_bytes(tables))
    return read_package(path)


@pytest.mark.real
def test_the_official_examples_round_trip(real_data, tmp_path):
    folder = real_data / "resources" / "hsds_3.2.3_examples" / "csv"
    tables = read_package(folder)
    assert set(tables) == {path.stem for path in folder.glob("*.csv")} == set(HSDS)
    for name, frame in tables.items():
        assert list(frame) == list(HSDS[name])
        plain = pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)
        assert frame.to_numpy().tolist() == plain.to_numpy().tolist()
    same(tables, again(tables, tmp_path))
    same(tables, read_package(folder / "datapackage.json"))


PIECES = ["a", "ß", "漢", ",", '"', "\n", "\r\n", "\r", "\t", " ", ";", "'", "007", "NA", "null"]
PIECES += ["nan", "None", "1.50", "-", "=1+1", "\ufeff", "\x00", "😀", "\\", "{}"]


def test_any_text_is_kept(tmp_path):
    rng = np.random.default_rng(5)
    for trial in range(30):
        rows, columns = rng.integers(0, 6), rng.integers(1, 5)
        cells = [
            ["".join(rng.choice(PIECES, rng.integers(0, 5))) for _ in range(columns)]
            for _ in range(rows)
        ]
        names = ["id", "name", f"x_{trial}", 'own column, with "signs"'][:columns]
        frame = pd.DataFrame(cells, columns=names, dtype=object)
        same({"my_table": frame}, again({"my_table": frame}, tmp_path))


def test_equal_tables_give_equal_bytes_with_keys_that_hold():
    tables = {
        "services": pd.DataFrame({"id": ["s"], "organization_id": ["o"], "program_id": ["gone"]}),
        "organizations": pd.DataFrame({"id": ["o"], "parent_organization_id": [""]}),
        "programs": pd.DataFrame({"id": ["p"]}),
    }
    content = package_bytes(tables)
    assert content == package_bytes(dict(reversed(tables.items())))
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        described = json.loads(packed.read("datapackage.json"))
    by_name = {part["name"]: part["schema"] for part in described["resources"]}
    assert by_name["services"]["primaryKey"] == "id"
    assert by_name["services"]["foreignKeys"] == [
        {"fields": "organization_id", "reference": {"resource": "organizations", "fields": "id"}}
    ]  # program_id leads nowhere, and an untrue key is not claimed


@pytest.mark.parametrize(
    ("called", "name"),
    [
        ("service_at_locations", "service_at_location"),
        ("services_at_location", "service_at_location"),
        ("organization", "organizations"),
        ("taxonomy", "taxonomies"),
        ("Phone", "phones"),
        ("accessibility_for_disabilities", "accessibility"),
        ("service_taxonomy", "service_taxonomy"),
        ("url", "url"),
    ],
)
def test_names_of_other_versions(called, name):
    assert table_name(called) == name


def packed(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def test_a_zip_with_a_folder_at_its_top_and_a_byte_order_mark(tmp_path):
    files = {
        "export/locations.csv": "\ufeffid,name\n1,Ä\n",
        "export/service_at_locations.csv": "id,service_id\n1,2\n",
        "__MACOSX/export/._locations.csv": "rubbish",
        "export/readme.txt": "hello",
    }
    tables = read_package(packed(tmp_path / "export.zip", files))
    assert list(tables) == ["locations", "service_at_location"]
    assert tables["locations"].to_dict("list") == {"id": ["1"], "name": ["Ä"]}
    whole = table(tables, "service_at_location")
    assert list(whole) == ["id", "service_id", "location_id", "description"]


def test_short_rows_are_filled_and_files_are_found_by_the_descriptor(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "org.csv").write_text("id,name\n1\n\n2,B\n")
    resources = [{"name": "organizations", "path": "data/organizations.csv"}]
    (tmp_path / "data" / "org.csv").rename(tmp_path / "data" / "organizations.csv")
    (tmp_path / "datapackage.json").write_text(json.dumps({"resources": resources}))
    tables = read_package(tmp_path / "datapackage.json")
    assert tables["organizations"].to_dict("list") == {"id": ["1", "2"], "name": ["", "B"]}


@pytest.mark.parametrize("path", ["../secret.csv", "/etc/passwd", "http://example.org/a.csv"])
def test_a_descriptor_that_points_outside_is_refused(tmp_path, path):
    inside = tmp_path / "package"
    inside.mkdir()
    (tmp_path / "secret.csv").write_text("id\n1\n")
    (inside / "locations.csv").write_text("id\n1\n")
    (inside / "datapackage.json").write_text(json.dumps({"resources": [{"path": path}]}))
    with pytest.raises(InputError, match="points outside"):
        read_package(inside)


@pytest.mark.parametrize(
    ("name", "files", "says"),
    [
        ("a.zip", {"readme.txt": "x"}, "holds no tables"),
        ("a.zip", {"locations.csv": "id,id\n1,2\n"}, "names a column twice"),
        ("a.zip", {"locations.csv": "id\n1,2\n"}, "row 1 has more values"),
        ("a.zip", {"locations.csv": 'id\n"1\n'}, "no readable CSV"),
        ("a.zip", {"datapackage.json": "[]", "locations.csv": "id\n"}, "no description"),
    ],
)
def test_faulty_packages_are_one_line(tmp_path, name, files, says):
    with pytest.raises(InputError, match=says) as caught:
        read_package(packed(tmp_path / name, files))
    assert "\n" not in str(caught.value)


def test_what_is_no_zip_or_far_too_large(tmp_path, monkeypatch):
    path = tmp_path / "a.zip"
    path.write_bytes(b"PK not at all")
    with pytest.raises(InputError, match="cannot be read as a data package"):
        read_package(path)
    with pytest.raises(InputError, match="there is no file"):
        read_package(tmp_path / "none.zip")
    content = bytearray(package_bytes({"locations": pd.DataFrame({"id": ["1"] * 999})}))
    content[30 + len("datapackage.json")] |= 0b110  # no such kind of compressed block
    path.write_bytes(content)
    with pytest.raises(InputError, match="cannot be read as a data package"):
        read_package(path)
    monkeypatch.setattr("outreach.resources.directory.hsds._LARGEST", 10)
    with pytest.raises(InputError, match="unpacks to more than"):
        read_package(packed(path, {"locations.csv": "id\n" + "1\n" * 10}))
