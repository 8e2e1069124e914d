"""``outreach bench-routes``: on two instances whose best is known by hand."""

import json

import pytest
from typer.testing import CliRunner

from outreach.cli.main import app
from outreach.errors import InputError, PlanError

# Of 7 at (5, 3), 9 at (5, 4) and 3 at (5, 0), two paths of 12 can collect the first and the last.
CHAO = "n 5\nm 2\ntmax 12.0\n0 0 0\n5 3 7\n5 4 9\n5 0 3\n10 0 0\n"
# A path of 20 from (0, 0) and back: 40 before it closes at 7, then 20; or 10 and then 20.
TOPTW = """4 1 3 1
0 200
  0 0 0 0 0 0 0 0 20
  1 1 1 2 10 1 1 1 0 1.4
  2 2 2 3 20 1 1 1 9 15
  3 5 5 1 40 1 1 1 0 7
"""
KNOWN = """set,instance,file,vehicles,best_known,kind
chao,p1,p1.txt,2,10,published
toptw,r1,r1.txt,1,75,published
toptw,r2,r1.txt,1,40,published
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("routing")
    for name, text in (("chao/p1", CHAO), ("toptw/r1", TOPTW)):
        (made / name).parent.mkdir()
        (made / f"{name}.txt").write_text(text)
    (made / "best_known.csv").write_text(KNOWN)
    return made


def bench(folder, *words):
    return CliRunner().invoke(app, ["bench-routes", str(folder), "--seconds", "0.1", *words])


@pytest.fixture(scope="module")
def facts(folder):
    done = bench(folder, "--seeds", "2", "--peers", "--json")
    assert done.exit_code == 0, done.exception
    return json.loads(done.stdout)


def test_gaps_are_told_by_instance_by_set_and_in_all(facts):
    gaps = {row["instance"]: row["gap_pct"] for row in facts["instances"]}
    assert gaps == pytest.approx({"p1": 0, "r1": 20, "r2": -50})
    assert facts["mean_gap_pct"] == pytest.approx(sum(gaps.values()) / 3)
    assert facts["max_gap_pct"] == 20
    assert facts["better_than_known"] == ["r2"]
    assert facts["sets"]["chao"] == {"mean_gap_pct": 0, "max_gap_pct": 0, "count": 1}
    assert facts["sets"]["toptw"]["max_gap_pct"] == 20
    assert (facts["seconds"], facts["seeds"]) == (0.1, 2)


def test_a_row_tells_what_was_found_and_how_long_it_took(facts):
    row = facts["instances"][0]
    assert (row["set"], row["best_known"], row["found"], row["best_found"]) == ("chao", 10, 10, 10)
    assert 0 < row["seconds"] < 5


def test_peers_stand_beside_it(facts):
    assert list(facts["peers"]) == ["PyVRP", "VROOM", "OR-Tools"]
    for peer in facts["peers"].values():
        assert [row["found"] for row in peer["instances"]] == [10, 60, 60]


def test_the_text_has_a_row_an_instance_and_both_figures(folder):
    done = bench(folder, "--seeds", "1")
    assert done.exit_code == 0, done.exception
    lines = done.stdout.splitlines()
    assert [line.split()[:5] for line in lines[1:4]] == [
        ["chao", "p1", "10", "10.0", "10"],
        ["toptw", "r1", "75", "60.0", "60"],
        ["toptw", "r2", "40", "60.0", "60"],
    ]
    assert "mean_gap_pct -10.000  max_gap_pct 20.000" in done.stdout
    assert "more than the best known: r2" in done.stdout


def test_a_sample_and_one_set(folder):
    facts = json.loads(bench(folder, "--sample", "1", "--set", "toptw", "--json").stdout)
    assert [row["instance"] for row in facts["instances"]] in (["r1"], ["r2"])
    assert facts["peers"] == {}


def test_what_cannot_be_read_is_one_clear_error(folder, tmp_path):
    assert isinstance(bench(tmp_path).exception, PlanError)
    nothing = bench(folder, "--set", "moon").exception
    assert isinstance(nothing, InputError)
    assert "no instance of the set moon" in str(nothing)
