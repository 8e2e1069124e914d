"""Maps of help from the command line: one file each, figures for scripts, nothing redacted."""

import json
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from outreach.cli.main import app
from outreach.errors import InputError
from outreach.pipeline import help_maps
from outreach.pipeline.directory import read_directory

COMMANDS = {
    "proximity": ["--need", "homelessness", "--at", "2026-11-24 14:00"],
    "access": ["--mode", "drive", "--people"],
    "site": ["--kind", "homeless_shelter", "--point", "42.84,-74.42,Old fire house"],
}


def outreach(*args):
    result = CliRunner().invoke(app, ["resources", "map", *map(str, args)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_a_map_is_one_file_without_redacted_places(built, tmp_path, name):
    target = tmp_path / "map.html"
    told = json.loads(outreach(name, target, "--city", built, "--json", *COMMANDS[name]))
    page = target.read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "<script src" not in page
    assert "<link" not in page
    places = read_directory(built)
    hidden = places[places["redacted"]]
    assert len(hidden)
    for column in ("name", "address", "phone"):
        for text in hidden[column].dropna():
            assert text not in page
            assert text not in json.dumps(told)
    assert "Invented data" in page
    if name == "site":
        assert "would bring" in told["answer"]
        assert told["after"]["share"] >= told["before"]["share"]
    else:
        assert told["places"] > 0


def test_people_read_the_answer(built, tmp_path):
    told = outreach("site", tmp_path / "map.html", "--city", built, "--what", "sharps_box")
    assert "there is none today" in " ".join(told.split())
    assert "{" not in told


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"need": "hunger"}, "--need takes mental_health"),
        ({"mode": "fly"}, "--mode takes drive, walk"),
        ({"at": "tomorrow"}, "--at takes now"),
    ],
)
def test_what_cannot_be_asked_is_told_in_one_line(built, more, said):
    asked = {"need": None, "kind": None, "mode": "walk", "at": None, **more}
    with pytest.raises(InputError, match=said):
        help_maps.asked(built, **asked, now=datetime(2026, 11, 22, tzinfo=UTC))


def test_a_kind_that_is_not_there_writes_nothing(built, tmp_path):
    with pytest.raises(InputError, match="nothing was written"):
        outreach("proximity", tmp_path / "map.html", "--city", built, "--kind", "spaceport")
    assert not list(tmp_path.iterdir())
