"""One small invented city for all tests of the pipeline; tests that write get a copy."""

import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from outreach.pipeline import intake, invented, week
from outreach.simulate.calls import CallParams

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WEEK = "2026-W48"


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> Path:
    """A city folder with 40 weeks of invented calls, ingested, and one draft."""
    folder = tmp_path_factory.mktemp("city") / "marlow"
    wanted = invented.Invention(date(2026, 11, 22), calls=CallParams(weeks=40, calls_per_week=220))
    invented.simulate_city(folder, wanted, report=lambda _: None)
    export = folder / "exports" / "calls.csv"
    done = intake.ingest_file(folder, export, intake.Wishes(as_it_happened=True), now=NOW)
    (folder / "truth" / "record.json").write_text(json.dumps(vars(done.record), default=list))
    week.make_week_plan(folder, WEEK, now=NOW, limit_s=2)
    return folder


@pytest.fixture
def city(built, tmp_path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(built, tmp_path / "city"))


@pytest.fixture(scope="session")
def truth(built):
    """What was planted, by table."""
    return {
        path.stem: pd.read_csv(path, keep_default_na=False)
        for path in (built / "truth").glob("*.csv")
    }
