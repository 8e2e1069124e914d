"""Two processes write to the work database for a minute: what was lost, doubled, or refused?

Protocol. Instance: one participant. Each of two processes, in turn and as fast as it can, logs a
visit with a follow-up through ``pipeline.log.log_visit`` and notes its id once that returns, then
counts up a number in the participant's row that it has read in the same transaction. At the end
all ids noted are looked for: lost is noted and not there, doubled is there twice or reached twice,
half is a visit without its follow-up or its line in the audit trail. Limit of the issue: none lost,
none doubled, ``outreach db check`` clean, on SQLite and on a PostgreSQL of its own.

    make bench-writers
"""

import argparse
import json
import multiprocessing
import os
import tempfile
import time
from datetime import UTC, date, datetime
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from outreach import roles
from outreach.errors import StoreError
from outreach.pipeline.database import check_database
from outreach.pipeline.log import VisitEntry, log_visit
from outreach.store import secrets
from outreach.store.work import URL_VARIABLE, new_id, open_work
from outreach.work_schemas import AUDIT, PARTICIPANTS, TASKS, VISITS

roles.answer_by(lambda: roles.OPERATOR)  # who works on the machine, as on the command line

NOW, TODAY = datetime(2026, 11, 22, 12, tzinfo=UTC), date(2026, 11, 22)
PERSON = {
    "participant_id": "p1", "door": "community", "enrolled_on": TODAY, "status": "active",
    "status_since": TODAY, "listed_until": TODAY, "given_name": "Ana", "version": 1,
}  # fmt: skip


def write(folder: Path, seconds: float, answers: Any) -> None:
    """Be one of the writers."""
    visits, numbers, busy, slowest = [], [], 0, 0.0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        begun = time.monotonic()
        try:
            entry = VisitEntry(new_id(), NOW, "checked", "p1", note="well", next_due=TODAY)
            log_visit(folder, entry, by="bench", now=NOW)
            visits.append(entry.visit_id)
            with open_work(folder).writing() as rows:
                version = int(rows.fetch(PARTICIPANTS, participant_id="p1")["version"].iloc[0])
                key = {"participant_id": "p1", "version": version}
                assert rows.update(PARTICIPANTS, key, {"version": version + 1}) == 1
            numbers.append(version + 1)
        except StoreError:
            busy += 1
        slowest = max(slowest, time.monotonic() - begun)
    answers.put((visits, numbers, busy, slowest))


def measure(folder: Path, seconds: float) -> dict[str, Any]:
    """Let two processes write, and compare what they say with what is there."""
    with open_work(folder).writing() as rows:
        rows.insert(PARTICIPANTS, [PERSON])
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    writers = [context.Process(target=write, args=(folder, seconds, answers)) for _ in range(2)]
    for writer in writers:
        writer.start()
    said = [answers.get() for _ in writers]
    for writer in writers:
        writer.join()
    with open_work(folder).reading() as rows:
        visits, tasks, trail = (rows.fetch(table) for table in (VISITS, TASKS, AUDIT))
        version = int(rows.fetch(PARTICIPANTS)["version"].iloc[0])
    noted = [key for keys, _, _, _ in said for key in keys]
    numbers = [number for _, found, _, _ in said for number in found]
    logged = (trail["did"] == "logged").sum()
    return {
        "visits": len(noted),
        "by each": [len(keys) for keys, _, _, _ in said],
        "rows": len(visits) + len(tasks) + len(trail),
        "counted": len(numbers),
        "lost": len(set(noted) - set(visits["visit_id"])) + (version - 1 - len(numbers)),
        "doubled": len(numbers) - len(set(numbers)) + int(visits["visit_id"].duplicated().sum()),
        "half": abs(len(visits) - len(tasks)) + abs(len(visits) - int(logged)),
        "busy errors": sum(busy for _, _, busy, _ in said),
        "slowest s": round(max(slowest for *_, slowest in said), 2),
        "check": [fault.what for fault in check_database(folder)] or "clean",
    }


def city(folder: Path) -> Path:
    folder.mkdir()
    (folder / "city.toml").write_text('name = "Bench"\ntime_zone = "UTC"\n')
    secrets.make_key(folder)
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    seconds = parser.parse_args().seconds
    spec = spec_from_file_location("postgres", Path(__file__).parents[1] / "tests" / "postgres.py")
    assert spec is not None
    assert spec.loader is not None
    postgres = module_from_spec(spec)
    spec.loader.exec_module(postgres)
    with tempfile.TemporaryDirectory() as made, postgres.private_cluster() as new_database:
        os.environ.pop(URL_VARIABLE, None)
        print("sqlite", json.dumps(measure(city(Path(made) / "sqlite"), seconds)), flush=True)
        os.environ[URL_VARIABLE] = new_database()
        print("postgresql", json.dumps(measure(city(Path(made) / "pg"), seconds)), flush=True)


if __name__ == "__main__":
    main()
