"""The command line as people and scripts meet it: its streams and its exit code."""

import csv
import io
import json
import os
import socket
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from outreach import roles
from outreach.cli.main import main

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


def program(*words):
    """Run the command line as a program of its own."""
    return subprocess.run(
        [sys.executable, "-c", "from outreach.cli.main import main; main()", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "100"},
    )


def outreach(*words, cwd=".", **environment):
    """Run the same in this process, where its libraries are loaded."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["outreach", *map(str, words)])
        patch.setattr(roles, "answer_by", lambda _: None)  # the tests have answered
        patch.chdir(cwd)
        for name, value in environment.items():
            patch.setenv(name, value)
        try:
            main()
        except SystemExit as ended:
            code = ended.code or 0
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


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


@pytest.fixture(scope="module")
def taken_in(small):
    """The city has its calls."""
    assert outreach("ingest", small / "calls.csv", "--city", small / "smallville").returncode == 0


def test_help_teaches_every_command():
    told = program("--help")
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
def test_a_mistake_is_one_line_and_exit_code_2(small, taken_in, words, told):
    filled = [word.format(city=small / "smallville", folder=small) for word in words]
    run = outreach(*filled, cwd=small)
    assert run.returncode == 2
    assert told in run.stderr
    assert "Traceback" not in run.stderr
    assert len([line for line in run.stderr.splitlines() if line.startswith("error")]) == 1
    assert not (small / "new").exists()


def test_a_mistake_of_the_program_is_no_traceback(small, taken_in):
    run = program("plan", "--city", small / "smallville", "--week", "2026-53")
    assert run.returncode == 2
    (told,) = run.stderr.split("\n")[1:-1]  # an empty line ends the progress
    assert told.startswith("error: '2026-53'")


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


HELP = """name,kind,address,phone,hours,verified_on,confidential,lat,lon
Elm Library,library,10 Main St,555-1,Mo-Fr 09:00-17:00,2020-01-01,no,42.65,-73.7594
Elm Pantry,food_pantry,,555-2,"1st Monday 9-11am, closed holidays",2020-01-01,no,42.65,-73.755
Quiet House,domestic_violence_service,90 Oak St,555-3,24/7,2020-01-01,yes,42.65,-73.755
Kitchen,food_pantry,,,hours vary,,no,42.65,-73.756
X,,,,,,,,
"""


@pytest.fixture(scope="module")
def helped(small) -> Path:
    """The city's folder with four places of help."""
    (small / "help.csv").write_text(HELP)
    city = small / "smallville"
    words = ["--city", city, "--hours-table", small / "hours.csv", "--json"]
    run = outreach("resources", "import", small / "help.csv", *words)
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    counted = {"rows_in": 5, "accepted": 4, "quarantined": 1, "hours_given": 4, "hours_read": 3}
    assert counted.items() <= told.items()
    assert told["kept"] is True
    assert (told["kept_as_corrected"], told["doubtful"]) == (0, 0)
    return city


def test_places_set_aside_have_a_reason(helped, small):
    run = outreach("resources", "import", small / "help.csv", "--city", helped, "--dry-run")
    assert run.returncode == 0, run.stderr
    said = " ".join(run.stdout.split())
    assert "1: help.csv: " in said
    assert "4 have hours on file: 3 read fully, 1 kept as written and not guessed" in said
    assert "nothing was written" in said


def test_hours_can_be_checked_in_a_table(helped, small):
    with (small / "hours.csv").open() as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    assert rows["Elm Pantry"]["hours"] == "Mo[1] 09:00-11:00; PH off"
    assert rows["Kitchen"]["hours"] == ""
    assert rows["Kitchen"]["why"]


def test_outside_a_city_a_file_is_read_and_nothing_is_kept(helped, small, tmp_path):
    path = small / "help.csv"
    run = outreach("resources", "import", path, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert "Nothing was kept, as no city was named" in " ".join(run.stdout.split())
    told = json.loads(outreach("resources", "import", path, "--json", cwd=tmp_path).stdout)
    assert (told["accepted"], told["kept"]) == (4, False)
    assert not list(tmp_path.iterdir())


def test_inside_a_city_folder_the_city_need_not_be_named(helped, small):
    words = ["resources", "import", small / "help.csv", "--json", "--dry-run"]
    assert json.loads(outreach(*words, cwd=helped).stdout)["kept"] is False
    assert json.loads(outreach(*words[:-1], cwd=helped).stdout)["kept"] is True


def test_what_to_ask_about_is_told(helped):
    told = json.loads(outreach("resources", "check", "--city", helped, "--json").stdout)
    assert (told["places"], told["stale"], told["hours_unread"]) == (4, 4, 1)
    by_name = {row["name"]: " ".join(row["doubts"]) for row in told["to_verify"]}
    assert "Last verified" in by_name["Elm Library"]
    assert "Nobody has verified it yet." in by_name["Kitchen"]
    shown = outreach("resources", "check", "--city", helped)
    assert "4 of 4 places to ask about" in " ".join(shown.stdout.split())


def test_places_are_listed_by_hour_without_the_confidential(helped):
    words = ["resources", "list", "--city", helped, "--json"]
    listed = json.loads(outreach(*words).stdout)["places"]
    assert [place["name"] for place in listed] == ["Elm Library", "Elm Pantry", "Kitchen"]
    monday = outreach(*words, "--open-at", "2026-11-02 10:00")
    assert [p["name"] for p in json.loads(monday.stdout)["places"]] == ["Elm Library", "Elm Pantry"]
    later = outreach(*words, "--open-at", "2026-11-09 10:00", "--kind", "food_pantry")
    assert json.loads(later.stdout)["places"] == []
    shown = outreach("resources", "list", "--city", helped, "--need", "homelessness")
    assert "1 confidential are left out" in " ".join(shown.stdout.split())
    assert "Quiet House" not in shown.stdout
    wrong = outreach(*words, "--open-at", "noon")
    assert wrong.returncode == 2
    assert "--open-at takes a local day and time" in wrong.stderr


def test_the_directory_is_handed_on_without_the_confidential(helped, tmp_path):
    run = outreach("resources", "export", tmp_path / "out.json", "--city", helped)
    assert run.returncode == 0, run.stderr
    assert "without 1 confidential" in " ".join(run.stdout.split())
    assert "Elm Library" in (tmp_path / "out.json").read_text()
    assert "Quiet House" not in (tmp_path / "out.json").read_text()
    again = outreach("resources", "import", tmp_path / "out.json", "--json", cwd=tmp_path)
    assert json.loads(again.stdout)["accepted"] == 3


def test_a_city_without_streets_is_told_what_it_lacks(small):
    run = outreach("init", small / "bare")
    assert "nothing can be planned" in " ".join(run.stdout.split())
