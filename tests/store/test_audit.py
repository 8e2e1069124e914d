import json

import pytest

from outreach.store import audit, work
from outreach.work_schemas import AUDIT

LINES = [
    {"at": "2026-11-01T07:00:00+00:00", "who": "outreach plan", "did": "drafted", "what": "w 1"},
    {"at": "2026-11-01T07:00:00+00:00", "who": "outreach plan", "did": "drafted", "what": "w 1"},
    {"at": "2026-11-02T08:00:00+00:00", "who": "Lee Lead", "did": "published", "what": "w 1"},
]


@pytest.fixture
def trail():
    """A function that reads the audit trail of a city."""

    def read(folder):
        with work.open_work(folder).reading() as rows:
            return rows.fetch(AUDIT).sort_values("at")

    return read


def test_what_is_recorded_is_in_the_database(folder, some, trail):
    audit.record(folder, at=some.now, who="Lee Lead", did="published", what="plan 2026-W48")
    row = trail(folder).iloc[0]
    assert (row["at"], row["who"], row["did"]) == (some.now, "Lee Lead", "published")
    assert not (folder / "audit.jsonl").exists()


def test_lines_of_an_old_trail_move_once(folder, trail):
    old = folder / "audit.jsonl"
    old.write_text("\n".join(map(json.dumps, LINES)) + '\n{"at": "2026-11-0')
    assert list(trail(folder)["who"]) == [line["who"] for line in LINES]
    assert not old.exists()
    moved = folder / "audit.jsonl.moved"
    moved.rename(old)  # as if the process had been killed before
    assert len(trail(folder)) == 3
    assert moved.read_text().endswith('{"at": "2026-11-0')
