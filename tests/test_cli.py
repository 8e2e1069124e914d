"""The command line as people and scripts meet it: run as a program of its own."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

CENTRELINES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"Street": name, "Direction": "0", "L_From": low, "L_To": low + 98,
                           "R_From": low + 1, "R_To": low + 99},
            "geometry": {"type": "LineString", "coordinates": [start, end]},
        }
        for name, low, start, end in (
            ("Main St", 2, [-73.760, 42.650], [-73.755, 42.650]),
            ("Main St", 102, [-73.755, 42.650], [-73.750, 42.650]),
            ("Oak St", 2, [-73.755, 42.645], [-73.755, 42.650]),
            ("Oak St", 102, [-73.755, 42.650], [-73.755, 42.655]),
        )
    ],
}  # fmt: skip
EXPORT = """Incident No,Call Time,Source,Nature,Lat,Lon
1,2026-11-02 10:00:00,911,WELFARE CHECK,42.650,-73.755
2,2026-11-03 11:30:00,ONVIEW,TRAFFIC STOP,42.651,-73.755
2,2026-11-03 11:30:00,ONVIEW,TRAFFIC STOP,42.651,-73.755
3,not a date,911,OVERDOSE,42.650,-73.755
4,2026-11-04 12:00:00,911,OVERDOSE,,
5,2026-11-05 12:00:00,911,OVERDOSE,34.05,-118.24
"""


def outreach(*words, cwd=None, **environment):
    return subprocess.run(
        [sys.executable, "-c", "from outreach.cli.main import main; main()", *map(str, words)],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
        env={**os.environ, "COLUMNS": "100", **environment},
    )


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    """A city of two streets, made with the two words that the README promises are enough."""
    folder = tmp_path_factory.mktemp("cli")
    streets = folder / "streets.geojson"
    streets.write_text(json.dumps(CENTRELINES))
    made = outreach("init", folder / "smallville", "--streets", streets)
    assert made.returncode == 0, made.stderr
    assert "America/New_York" in made.stdout
    (folder / "calls.csv").write_text(EXPORT)
    return folder


def test_help_teaches_every_command():
    told = outreach("--help")
    assert told.returncode == 0
    commands = ["init", "simulate", "ingest", "plan", "publish", "map", "serve", "demo"]
    for command in commands:
        assert command in told.stdout
        own = outreach(command, "--help")
        assert own.returncode == 0
        assert "--help" in own.stdout


def test_json_counts_add_up_and_a_second_run_adds_nothing(small):
    looked = outreach(
        "ingest", small / "calls.csv", "--json", "--dry-run", cwd=small / "smallville"
    )
    first = outreach("ingest", small / "calls.csv", "--city", small / "smallville", "--json")
    again = outreach(
        "ingest", small / "calls.csv", "--json", OUTREACH_CITY=str(small / "smallville")
    )
    for run in (looked, first, again):
        assert run.returncode == 0, run.stderr
    wanted = {"rows_in": 6, "accepted": 3, "duplicates": 1, "quarantined": 2, "unplaced": 1,
              "officer_initiated": 1}  # fmt: skip
    assert {name: json.loads(first.stdout)[name] for name in wanted} == wanted
    assert {name: json.loads(looked.stdout)[name] for name in wanted} == wanted
    later = json.loads(again.stdout)
    assert (later["accepted"], later["duplicates"], later["quarantined"]) == (0, 4, 2)
    assert len(list((small / "smallville" / "batches").iterdir())) == 1


def test_the_screen_says_what_was_chosen_and_set_aside(small):
    told = outreach("ingest", small / "calls.csv", "--city", small / "smallville", "--dry-run")
    assert "Call Time" in told.stdout
    assert "6 rows = " in told.stdout
    assert "nothing was written" in told.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["ingest", "nowhere.csv", "--city", "{city}"], "nowhere.csv"),
        (["ingest", "calls.csv", "--city", "{folder}"], "outreach init"),
        (["init", "{city}", "--streets", "streets.geojson"], "nothing was changed"),
        (["init", "new", "--streets", "calls.csv"], "calls.csv"),
        (["init", "new", "--streets", "streets.geojson", "--base", "here"], "--base"),
        (["plan", "--city", "{city}", "--week", "2026-53"], "2026-W48"),
        (["publish", "--city", "{city}", "--by", "Lee"], "no plan"),
        (["map", "--city", "{city}"], "no plan"),
        (["serve", "--city", "{folder}"], "not a city folder"),
        (["simulate", "{city}"], "has calls already"),
        (["simulate", "new", "--end", "22.11.2026"], "2026-11-22"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(small, words, told):
    outreach("ingest", small / "calls.csv", "--city", small / "smallville")
    filled = [word.format(city=small / "smallville", folder=small) for word in words]
    run = outreach(*filled, cwd=small)
    assert run.returncode == 2
    assert told in run.stderr
    assert "Traceback" not in run.stderr
    assert len([line for line in run.stderr.splitlines() if line.startswith("error")]) == 1
    assert not (small / "new").exists()


def test_one_bad_file_among_good_ones_is_told_and_the_good_ones_are_kept(small):
    (small / "empty.csv").write_text("")
    (small / "more.csv").write_text(EXPORT.replace("\n1,", "\n91,"))
    run = outreach(
        "ingest", small / "empty.csv", small / "more.csv", "--json", "--city", small / "smallville"
    )
    assert run.returncode == 2
    assert "empty.csv" in run.stderr
    assert [file["file"] for file in json.loads(run.stdout)["files"]] == ["more.csv"]


def test_a_taken_port_is_told_before_anything_long_begins(small):
    with socket.create_server(("localhost", 0)) as taken:
        port = taken.getsockname()[1]
        for words in (["serve", "--city", small / "smallville"], ["demo", small / "demo"]):
            run = outreach(*words, "--port", port)
            assert run.returncode == 2
            assert f"port {port} is taken" in run.stderr
    assert not (small / "demo").exists()


def test_a_blank_call_type_has_a_name(small):
    (small / "blank.csv").write_text(EXPORT.replace("OVERDOSE", "").replace("\n1,", "\n71,"))
    shown = outreach("ingest", small / "blank.csv", "--dry-run", "--city", small / "smallville")
    assert shown.returncode == 0, shown.stderr
    assert "(empty)" in shown.stdout
    words = ["ingest", small / "blank.csv", "--dry-run", "--json"]
    told = outreach(*words, "--city", small / "smallville")
    assert "(empty)" in json.loads(told.stdout)["files"][0]["unmapped"]


def test_places_set_aside_have_a_reason(small):
    (small / "help.csv").write_text("name,kind,lat,lon\nElm Library,library,42.65,-73.755\nX,,,\n")
    run = outreach("resources", "import", small / "help.csv", "--city", small / "smallville")
    assert run.returncode == 0, run.stderr
    assert "1: help.csv: " in run.stdout


def test_a_city_without_streets_is_told_what_it_lacks(small):
    run = outreach("init", small / "bare")
    assert "nothing can be planned" in " ".join(run.stdout.split())
