import gzip
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from outreach.errors import InputError
from outreach.ingest.reader import read_chunks

HEADER = "id,when,what\n"


def rows_of(path: Path, **how: object) -> pd.DataFrame:
    return pd.concat([c.rows for c in read_chunks(path, **how)])  # type: ignore[arg-type]


def ragged_of(path: Path) -> list[tuple[int, str]]:
    ragged = pd.concat([c.ragged for c in read_chunks(path)])
    return list(zip(ragged["row_number"], ragged["reason"], strict=True))


@pytest.fixture
def write(tmp_path: Path):
    def put(content: str | bytes, name: str = "calls.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return put


def test_text_stays_as_it_is(write) -> None:
    path = write(HEADER + '007, 2019-01-01 ,"a, ""b""\nc"\n8,,\n')
    assert rows_of(path).to_numpy().tolist() == [
        ["007", " 2019-01-01 ", 'a, "b"\nc'],
        ["8", "", ""],
    ]
    assert rows_of(path).index.tolist() == [1, 2]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_separators_and_byte_order_marks(write, separator: str, encoding: str) -> None:
    text = separator.join(["id", "wann", "größe"]) + "\r\n" + separator.join(["1", "2,5", "ß"])
    if separator == ",":
        text = text.replace("2,5", '"2,5"')
    path = write(text, encoding=encoding)
    assert rows_of(path).to_dict("records") == [{"id": "1", "wann": "2,5", "größe": "ß"}]


def test_lines_around_the_table_and_rows_that_do_not_fit(write) -> None:
    path = write(
        "Anytown Police,,\nCalls in March,,\n\n" + HEADER + "1,a,b\n\n2,a\n3,a,b,c\n4,a,b,\n"
        "id,when,what\n,,\n5,a,b\n"
    )
    assert rows_of(path)["id"].tolist() == ["1", "4", "", "5"]
    assert ragged_of(path) == [
        (2, "has 2 fields where the header has 3"),
        (3, "has 4 fields where the header has 3"),
        (5, "the header row again"),
    ]


@pytest.mark.parametrize("before", [0, 5_000])
def test_one_stray_quote_does_not_hide_the_rest(write, before: int) -> None:
    body = "".join(f"{n},a,b\n" for n in range(before))
    path = write(HEADER + body + 'x,"5 inch pipe,b\n' + "".join(f"{n},a,b\n" for n in range(400)))
    assert len(rows_of(path)) + len(ragged_of(path)) == before + 401
    assert len(ragged_of(path)) <= 1


def test_chunks_are_bounded_and_numbered_through(write) -> None:
    lines = [f'{n},"x\ny",b\n' if n % 7 == 0 else f"{n},a,b\n" for n in range(9_000)]
    path = write(HEADER + "".join(lines))
    chunks = list(read_chunks(path, chunk_rows=1_000))
    assert max(len(c.rows) for c in chunks) <= 1_000
    rows = pd.concat([c.rows for c in chunks])
    assert rows.index.tolist() == list(range(1, 9_001))
    assert rows["id"].tolist() == [str(n) for n in range(9_000)]


def test_headers_without_names_or_with_doubles(write) -> None:
    path = write("id,,id\n1,a,b\n2,a,b\n")
    assert list(rows_of(path).columns) == ["id", "column_2", "id_2"]


def test_a_file_without_header_keeps_its_first_row(write) -> None:
    path = write("1,2019-01-01 10:00,NOISE\n2,2019-01-02 11:00,FIGHT\n")
    assert list(rows_of(path).columns) == ["column_1", "column_2", "column_3"]
    assert len(rows_of(path)) == 2


def test_gzip_and_zip(write, tmp_path: Path) -> None:
    plain = (HEADER + "1,a,b\n").encode()
    packed = tmp_path / "calls.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("folder/calls.csv", plain)
    for path in (write(gzip.compress(plain), "calls.csv.gz"), packed):
        assert rows_of(path).to_numpy().tolist() == [["1", "a", "b"]]


def test_excel_cells_become_text_without_loss(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    first, second, other = book.active, book.create_sheet("Feb"), book.create_sheet("Notes")
    first.append(["Calls for service"])
    first.append([])
    for sheet, number in ((first, 1), (second, 2)):
        sheet.append(["Event", "Received", "Zip", "Lat"])
        sheet.append([18022300 + number, datetime(2019, 3, 2, 7, 5, 9), "02115", 42.3501])
    other.append(["see the handbook"])
    book.save(tmp_path / "cad.xlsx")
    assert rows_of(tmp_path / "cad.xlsx").to_numpy().tolist() == [
        ["18022301", "2019-03-02T07:05:09", "02115", "42.3501"],
        ["18022302", "2019-03-02T07:05:09", "02115", "42.3501"],
    ]
    assert len(rows_of(tmp_path / "cad.xlsx", sheet="Feb")) == 1
    with pytest.raises(InputError, match="no sheet 'March'"):
        rows_of(tmp_path / "cad.xlsx", sheet="March")


def test_parquet_and_geojson(tmp_path: Path, write) -> None:
    frame = pd.DataFrame(
        {"id": [101001242404.0], "when": [pd.Timestamp("2019-03-02 07:05")], "ok": [True]}
    )
    frame.to_parquet(tmp_path / "calls.parquet")
    assert rows_of(tmp_path / "calls.parquet").iloc[0].tolist()[0] == "101001242404"
    geojson = write(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"id":7,'
        '"when":1522759980000,"x":null},"geometry":{"type":"Point","coordinates":[-73.7,42.6]}},'
        '{"type":"Feature","properties":{"id":8,"when":1},"geometry":null}]}',
        "calls.geojson",
    )
    assert rows_of(geojson).to_numpy().tolist() == [
        ["7", "1522759980000", "", "-73.7", "42.6"],
        ["8", "1", "", "", ""],
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"id,when,what\n", "no rows"),
        (bytes(range(256)) * 40, "binary"),
        (b"%PDF-1.4 x", "a PDF"),
        (b"<html><body>", "web page"),
        (b"just some words\nand more\n", "not a table"),
        (b'{"a": 1}', "neither GeoJSON"),
        (b'{"features": [', "damaged"),
        (gzip.compress(b"id,when\n" + b"1,2\n" * 9999, mtime=0)[:60], "damaged or cut off"),
        ("id,when\n1,caf\xe9\n2,x\n".encode("cp1252"), r"0xe9 in line 2.*--encoding cp1252"),
        ("id,when\n1,x\n".encode("utf-16-le") * 50, "--encoding utf-16-le"),
        (b"PK\x03\x04 not really", "damaged"),
        (b"PAR1 not really", "damaged"),
    ],
)
def test_what_cannot_be_read_is_one_clear_line(write, content: bytes, message: str) -> None:
    path = write(content, "calls.dat")
    with pytest.raises(InputError, match=message) as told:
        list(read_chunks(path))
    assert str(path) in str(told.value)
    assert "\n" not in str(told.value)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        list(read_chunks(tmp_path / "nothing.csv"))
    with pytest.raises(InputError, match="folder"):
        list(read_chunks(tmp_path))


def test_an_encoding_may_be_named(write) -> None:
    path = write("id,what\n1,caf\xe9\n", encoding="cp1252")
    assert rows_of(path, encoding="cp1252")["what"].tolist() == ["café"]
    with pytest.raises(InputError, match="unknown encoding"):
        rows_of(path, encoding="nonsense")
