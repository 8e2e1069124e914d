"""Files made to fill a disk, to run code or to read other files: one clear error, nothing kept."""

import ast
import bz2
import gzip
import io
import json
import pickle
import zipfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from outreach import geo, unpacking
from outreach.errors import InputError, StoreError
from outreach.ingest.reader import read_chunks
from outreach.resources.directory.hsds import read_package
from outreach.resources.directory.readers import read_rows
from outreach.streets import osm

PACKAGE = Path(unpacking.__file__).parent
LINE = b"incident,received\n" + b"1,2026-01-01\n" * 2_000_000  # packs 500 times
LAUGHS = """<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;">
<!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;"><!ENTITY g "&f;&f;&f;&f;&f;&f;&f;&f;&f;&f;">]>
"""


@pytest.fixture(autouse=True)
def small_limits(monkeypatch):
    """The same traps, a hundred times smaller."""
    monkeypatch.setattr(unpacking, "ALWAYS_FINE_BYTES", 2_000_000)


def rows_of(path):
    return sum(len(chunk.rows) for chunk in read_chunks(path))


def zipped(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def lying(path, name, says):
    """Make a zip say that a member unpacks to fewer bytes than it does."""
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        told = archive.getinfo(name).file_size.to_bytes(4, "little")
    assert content.count(told) >= 2  # in front of the member and in the list at the end
    path.write_bytes(bytes(content.replace(told, says.to_bytes(4, "little"))))
    return path


def test_a_gzip_that_unpacks_without_end_is_given_up(tmp_path):
    path = tmp_path / "calls.csv.gz"
    path.write_bytes(gzip.compress(LINE))
    with pytest.raises(InputError, match=r"unpacks to more than .* Nothing of it was kept"):
        rows_of(path)


def test_one_endless_line_in_a_gzip_is_given_up(tmp_path):
    path = tmp_path / "calls.csv.gz"
    path.write_bytes(gzip.compress(b"incident,received\n1," + b"a" * 30_000_000))
    with pytest.raises(InputError, match="unpacks to more than"):
        rows_of(path)


@pytest.mark.parametrize("inner", [b"[" + b" " * 20_000_000, b"PAR1" + b"\0" * 20_000_000])
def test_what_must_be_read_whole_is_bounded_too(tmp_path, inner):
    path = tmp_path / "calls.gz"
    path.write_bytes(gzip.compress(inner))
    with pytest.raises(InputError, match="unpacks to more than"):
        rows_of(path)


def test_a_gzip_of_usual_calls_is_read(tmp_path):
    path = tmp_path / "calls.csv.gz"
    path.write_bytes(gzip.compress(LINE[:1_000_000]))
    assert rows_of(path) > 70_000


def test_a_zip_bomb_is_given_up_before_it_is_unpacked(tmp_path):
    path = zipped(tmp_path / "calls.zip", {"calls.csv": LINE})
    with pytest.raises(InputError, match="unpacks to more than"):
        rows_of(path)


def test_a_zip_that_lies_about_its_size_is_read_no_further_than_it_says(tmp_path):
    path = lying(zipped(tmp_path / "calls.zip", {"calls.csv": LINE}), "calls.csv", 1000)
    with pytest.raises(InputError, match="damaged"):
        rows_of(path)


def workbook(path, sheet):
    parts = {"[Content_Types].xml": "<Types/>", "xl/worksheets/sheet1.xml": sheet}
    return zipped(path, parts)


def test_a_workbook_that_is_a_zip_bomb_is_given_up(tmp_path):
    path = workbook(tmp_path / "calls.xlsx", b" " * 30_000_000)
    with pytest.raises(InputError, match="unpacks to more than"):
        rows_of(path)


def test_a_workbook_that_lies_about_its_size_is_given_up(tmp_path):
    path = workbook(tmp_path / "calls.xlsx", b" " * 30_000_000)
    with pytest.raises(InputError, match="unpacks to more than"):
        rows_of(lying(path, "xl/worksheets/sheet1.xml", 1000))


def test_a_zip_in_a_zip_is_not_unpacked(tmp_path):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("calls.csv", LINE)
    path = zipped(tmp_path / "calls.zip", {"calls.zip": inner.getvalue()})
    with pytest.raises(InputError):
        rows_of(path)


def test_a_zip_of_very_many_files_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "MOST_MEMBERS", 50)
    path = zipped(tmp_path / "places.zip", {f"{n}.csv": "id\n" for n in range(51)})
    with pytest.raises(InputError, match="holds 51 files, more than 50"):
        read_package(path)


def test_a_directory_that_is_a_zip_bomb_is_given_up(tmp_path):
    path = zipped(tmp_path / "places.zip", {"locations.csv": "id,name\n" + "1,a\n" * 8_000_000})
    with pytest.raises(InputError, match="unpacks to more than"):
        read_package(path)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_a_packed_extract_that_unpacks_without_end_is_given_up(tmp_path, pack):
    path = tmp_path / ("places.osm.gz" if pack is gzip.compress else "places.osm.bz2")
    path.write_bytes(pack(b'<osm version="0.6">' + b" " * 30_000_000 + b"</osm>"))
    with pytest.raises(InputError, match="unpacks to more than"):
        read_rows(path, ["amenity"])
    with pytest.raises(InputError, match="unpacks to more than"):
        osm.graphs_from_extract(path, lambda step: None)


def parquet(path, table, **told):
    pq.write_table(table, path, **told)
    return path


def test_a_parquet_file_of_more_rows_than_bytes_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr("outreach.ingest.structured._ALWAYS_FINE_ROWS", 100_000)
    path = parquet(tmp_path / "calls.parquet", pa.table({"a": ["x"] * 200_000, "b": [1] * 200_000}))
    with pytest.raises(InputError, match="holds 200,000 rows; nothing was changed"):
        rows_of(path)


def test_a_parquet_file_of_a_long_text_over_and_over_is_given_up(tmp_path):
    path = parquet(tmp_path / "calls.parquet", pa.table({"a": ["x" * 200_000] * 5, "b": [1] * 5}))
    with pytest.raises(InputError, match="cell of 200,000 characters"):
        rows_of(path)


def test_a_parquet_file_that_unpacks_a_thousand_times_is_given_up(tmp_path):
    rows = pa.table({"a": ["x" * 90_000 + str(n) for n in range(300)], "b": range(300)})
    path = parquet(tmp_path / "calls.parquet", rows, compression="zstd", use_dictionary=False)
    with pytest.raises(InputError, match="unpacks to more than"):
        rows_of(path)


def test_json_nested_without_end_is_given_up(tmp_path):
    path = tmp_path / "calls.geojson"
    path.write_text('{"features": ' + "[" * 100_000 + "]" * 100_000 + "}")
    with pytest.raises(InputError, match="nested too deeply"):
        rows_of(path)


@pytest.mark.parametrize("depth", [50, 400])
def test_a_shape_nested_deeply_is_a_row_without_a_point(tmp_path, depth):
    coordinates = json.loads("[" * depth + "]" * depth)
    shape = {"type": "Polygon", "coordinates": coordinates}
    feature = {"type": "Feature", "properties": {"id": "1", "at": "2"}, "geometry": shape}
    path = tmp_path / "calls.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    (chunk,) = read_chunks(path)
    assert chunk.rows["geometry longitude"].tolist() == [""]


class Bomb:
    """What runs when it is unpickled."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return (Path.touch, (self.mark,))


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet", "geojson", "json", "gz", "zip"])
def test_a_pickle_by_any_name_is_never_unpickled(tmp_path, ending):
    mark = tmp_path / "it ran"
    told = pickle.dumps([Bomb(mark), "a,b\n1,2\n3,4\n"])
    path = tmp_path / f"calls.{ending}"
    path.write_bytes(gzip.compress(told) if ending == "gz" else told)
    with pytest.raises(InputError):
        rows_of(path)
    if ending != "xlsx":
        with pytest.raises(InputError):
            (read_package if ending == "zip" else lambda p: read_rows(p, []))(path)
    assert not mark.exists()
    pickle.loads(told)  # noqa: S301 -- the trap itself works
    assert mark.exists()


def test_a_parquet_file_that_asks_for_unpickling_is_not_obeyed(tmp_path):
    mark = tmp_path / "it ran"
    field = pa.field("a", pa.string(), metadata={
        "ARROW:extension:name": "arrow.py_extension_type",
        "ARROW:extension:metadata": pickle.dumps(Bomb(mark)),
    })  # fmt: skip
    table = pa.Table.from_arrays([pa.array(["x"]), pa.array(["y"])], schema=pa.schema(
        [field, pa.field("b", pa.string())]))  # fmt: skip
    path = parquet(tmp_path / "calls.parquet", table)
    assert rows_of(path) == 1
    assert len(pd.read_parquet(path)) == 1
    assert not mark.exists()


def test_entities_that_multiply_are_not_followed(tmp_path):
    extract = tmp_path / "places.osm"
    extract.write_text(LAUGHS + '<osm version="0.6"><node id="1" lat="1" lon="1" version="1">'
                       '<tag k="amenity" v="&g;"/></node></osm>')  # fmt: skip
    with pytest.raises(InputError):
        read_rows(extract, ["amenity"])
    with pytest.raises(InputError):
        osm.graphs_from_extract(extract, lambda step: None)
    graph = tmp_path / "streets.graphml"
    graph.write_text(LAUGHS + '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><graph>'
                     "<node id='1'/>&g;</graph></graphml>")  # fmt: skip
    with pytest.raises(InputError):
        osm.graph_from_graphml(graph)


def test_a_file_outside_is_not_read_through_an_entity(tmp_path):
    (tmp_path / "secret.txt").write_text("a canary")
    head = f'<?xml version="1.0"?><!DOCTYPE o [<!ENTITY x SYSTEM "{tmp_path}/secret.txt">]>'
    extract = tmp_path / "places.osm"
    extract.write_text(head + '<osm version="0.6"><node id="1" lat="1" lon="1" version="1">'
                       '<tag k="amenity" v="&x;"/></node></osm>')  # fmt: skip
    try:
        told = read_rows(extract, ["amenity"]).to_csv()
    except InputError as error:
        told = str(error)
    assert "canary" not in told


def test_geojson_that_is_none_opens_no_other_file(tmp_path):
    """GDAL goes by content: a file of its own kind may name any other to be read instead."""
    shape = {"type": "Point", "coordinates": [-73.7, 42.6]}
    feature = {"type": "Feature", "properties": {"name": "a canary"}, "geometry": shape}
    other = tmp_path / "other.geojson"
    other.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    path = tmp_path / "places.geojson"
    path.write_text(f'<OGRVRTDataSource><OGRVRTLayer name="other"><SrcDataSource>{other}'
                    "</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>")  # fmt: skip
    import geopandas as gpd

    assert gpd.read_file(path)["name"].tolist() == ["a canary"]  # so it would have been
    for read in (geo.read_geojson, lambda p: read_rows(p, [])):
        with pytest.raises(InputError, match="no GeoJSON; nothing of it was read"):
            read(path)


def test_a_backup_that_is_a_zip_bomb_is_given_up(tmp_path):
    from datetime import UTC, datetime

    from outreach.store import secrets
    from outreach.store.backup import restore
    from outreach.store.work import open_work

    secrets.make_key(tmp_path)
    path = zipped(tmp_path / "backup.zip", {"manifest.json": b" " * 30_000_000})
    with pytest.raises(StoreError, match="unpacks to more than"):
        restore(open_work(tmp_path), path, replace=False, by="Ann", now=datetime.now(UTC))


BARRED_MODULES = {"pickle", "cPickle", "dill", "joblib", "shelve", "marshal", "yaml", "tarfile"}
BARRED_CALLS = {"eval", "exec", "read_pickle", "to_pickle", "extractall", "system", "popen"}


def test_nothing_that_can_run_what_it_reads_is_used():
    for path in [*PACKAGE.rglob("*.py"), PACKAGE.parent / "app.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in getattr(node, "names", ()) if hasattr(alias, "name")]
            modules = {name.split(".")[0] for name in [*names, getattr(node, "module", "") or ""]}
            assert not modules & BARRED_MODULES, path
            if isinstance(node, ast.Call):
                called = getattr(node.func, "id", getattr(node.func, "attr", ""))
                assert called not in BARRED_CALLS, f"{path}:{node.lineno}"
                told = {word.arg: word.value for word in node.keywords}
                for name in ("allow_pickle", "shell"):
                    assert getattr(told.get(name), "value", False) is False, f"{path}:{node.lineno}"
