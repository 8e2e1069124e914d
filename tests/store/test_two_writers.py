"""Two processes write at once, as the app and a nightly run do: nothing lost, nothing doubled."""

import pytest

from outreach.store import check_work
from outreach.work_schemas import AUDIT, PARTICIPANTS, TASKS, VISITS

SECONDS = 3.0


@pytest.fixture
def enrolled(db, some):
    with db.writing() as rows:
        rows.insert(PARTICIPANTS, [some.participant()])
    return db


def run_two(jobs, name, folder, tmp_path):
    """Return what each of two processes says it has done."""
    acks = [tmp_path / f"acks{n}" for n in range(2)]
    for path in acks:
        jobs.start(name, folder=folder, acks=path, until=SECONDS)
    assert jobs.wait(2) == [0, 0]
    return [path.read_text().splitlines() for path in acks]


def test_what_two_writers_log_is_all_there_once(enrolled, folder, jobs, tmp_path):
    first, second = run_two(jobs, "log", folder, tmp_path)
    with enrolled.reading() as rows:
        visits, tasks, trail = (rows.fetch(table) for table in (VISITS, TASKS, AUDIT))
    assert sorted(visits["visit_id"]) == sorted([*first, *second])
    assert len(tasks) == len(visits)
    assert (trail["did"] == "logged").sum() == len(visits)
    assert first
    assert second  # neither had to wait for the other to end
    assert check_work.faults(enrolled) == []


def test_no_change_of_a_number_is_lost(enrolled, folder, jobs, tmp_path):
    first, second = run_two(jobs, "count", folder, tmp_path)
    with enrolled.reading() as rows:
        version = rows.fetch(PARTICIPANTS)["version"].item()
    counted = sorted(int(number) for number in [*first, *second])
    assert counted == list(range(2, version + 1))  # every number was reached once
    assert first
    assert second
