"""The commands of the weekly sweep, each on a copy of the invented city."""

import json
import os
import signal
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from outreach.cli.main import app
from outreach.cli.plan import _best_so_far
from outreach.pipeline import week
from outreach.plan.solver import Progress

WEEK = "2026-W48"


@pytest.fixture
def run(city, monkeypatch):
    """A function: the facts or the text that a command prints."""
    monkeypatch.setattr("outreach.cli.plan.now", lambda: datetime(2026, 11, 22, 12, tzinfo=UTC))

    def made(*words, code=0):
        told = [*words, "--week", WEEK, "--city", str(city)]
        result = CliRunner().invoke(app, told)
        assert (result.exit_code, str(result.exception or "")) == (code, ""), result.output
        return json.loads(result.stdout) if "--json" in words else result.stdout

    return made


def test_plan_change_compare_and_publish(run, city):
    made = run("plan", "--limit-s", "0.5", "--json")
    assert (made["number"], made["status"], made["changed_stops"]) == (2, "draft", None)
    assert made["stops"] + made["left_out"] == made["candidates"]
    assert made["travel_min"] > 0
    assert made["need_met"] > 0
    assert made["clock_stopped"] in (True, False)
    stops = week.find_plan(city, WEEK).stops
    gone, kept = stops["candidate_id"].iloc[[0, 5]]
    shift = stops["shift_id"].iloc[5]
    new = run(
        "replan", "--by", "Lee", "--forbid", gone, "--pin", f"{kept}={shift}", "--limit-s", "0.5",
        "--json",
    )  # fmt: skip
    assert (new["number"], new["made_from"]) == (3, 2)
    assert new["changed_stops"] >= 0
    told = run("compare", "2", "3", "--json")
    assert told["new"]["stops"] == new["stops"]
    assert {"candidate_id": gone, "difference": "dropped"}.items() <= (
        next(row for row in told["differences"] if row["candidate_id"] == gone).items()
    )
    text = run("compare", "2", "3")
    assert "need met" in text
    assert "dropped (asked): " in text
    text = run("replan", "--by", "Lee", "--drop", gone, "--version", "3", "--limit-s", "0.5")
    assert "beside what was asked for" in " ".join(text.split())
    assert "published by Lee" in run("publish", "--by", "Lee")


def test_a_scenario_is_a_curve(run):
    told = run(
        "scenario", "--team", "Team A", "--day", "thu", "--start", "13:00", "--hours", "1, 3",
        "--limit-s", "1", "--json",
    )["curve"]  # fmt: skip
    assert [row["extra_h"] for row in told] == [0, 1, 3]
    needs = [row["need_met"] for row in told]
    assert needs == sorted(needs)


def test_ctrl_c_takes_the_best_so_far_and_twice_ends_it():
    said = []
    before = signal.getsignal(signal.SIGINT)
    with _best_so_far(said.append) as watch:
        assert watch(Progress(0.25, 61.2, 78))
        assert said == ["choosing stops: 25%, 78 stops, 61.2 calls a week"]
        os.kill(os.getpid(), signal.SIGINT)
        assert not watch(Progress(0.3, 61.2, 78))
        assert said[-1] == "taking the best so far"
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
