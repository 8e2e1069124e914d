"""Jobs in processes of their own, forked from one that has imported all they need.

Reads lines of JSON: a job to start (answers with its process id) or a number of them to wait for
(answers with how they ended). What a job has done for certain it adds to the file ``acks``.
"""

import json
import os
import resource
import signal
import sys
import time
import traceback
from datetime import UTC, date, datetime
from pathlib import Path

from outreach import roles
from outreach.errors import OutreachError
from outreach.pipeline import database, intake
from outreach.pipeline.linkage import link_city
from outreach.pipeline.log import VisitEntry, log_visit
from outreach.store import migrate
from outreach.store.work import URL_VARIABLE, new_id, open_work
from outreach.work_schemas import PARTICIPANTS

NOW, DUE = datetime(2026, 11, 22, 12, tzinfo=UTC), date(2026, 12, 1)


def _ack(path, text):
    with Path(path).open("a") as file:
        file.write(f"{text}\n")


def log(folder, acks, until=60, note=200):
    """Log one visit after the other, each with a follow-up."""
    end = time.monotonic() + until
    while time.monotonic() < end:
        entry = VisitEntry(new_id(), NOW, "checked", "p1", note="x" * note, next_due=DUE)
        log_visit(Path(folder), entry, by="test", now=NOW)
        _ack(acks, entry.visit_id)


def count(folder, acks, until=60):
    """Add one to a number as it was read: with two at it, no change may be lost."""
    work, end = open_work(Path(folder)), time.monotonic() + until
    while time.monotonic() < end:
        with work.writing() as rows:
            version = int(rows.fetch(PARTICIPANTS, participant_id="p1")["version"].iloc[0])
            where = {"participant_id": "p1", "version": version}
            assert rows.update(PARTICIPANTS, where, {"version": version + 1}) == 1
        _ack(acks, version + 1)


def back_up(folder, acks, file):
    """Make one backup after the other."""
    while True:
        made = database.back_up_database(Path(folder), Path(file), by="test", now=NOW)
        _ack(acks, made.total)


def back_up_once(folder, acks, file):
    """Make one."""
    made = database.back_up_database(Path(folder), Path(file), by="test", now=NOW)
    _ack(acks, made.total)


def restore(folder, acks, file):
    """Restore one after the other."""
    while True:
        database.restore_database(Path(folder), Path(file), replace=True, by="test", now=NOW)
        _ack(acks, "restored")


def upgrade(folder, acks, migrations):
    """Bring the database to the newest of these versions."""
    migrate.MIGRATIONS = Path(migrations)
    database.upgrade_database(Path(folder))
    _ack(acks, "upgraded")


def open_it(folder, acks):
    """Open a work database that may not be there."""
    open_work(Path(folder))
    _ack(acks, "open")


def ingest(folder, acks, file):
    """Read an export."""
    done = intake.ingest_file(Path(folder), Path(file), now=NOW)
    _ack(acks, done.record.accepted)


def link(folder, acks):
    """Link the people of the calls again and again, and tell when it comes to writing."""
    while True:
        link_city(Path(folder), now=NOW, by="test", report=lambda text: _ack(acks, text))


def run(told):
    """Do one job, and end with 0, or with 3 and one line in ACKS.error."""
    name, url, limit = told.pop("job"), told.pop("url"), told.pop("limit", None)
    os.environ.pop(URL_VARIABLE, None)
    if url:
        os.environ[URL_VARIABLE] = url
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        globals()[name](**told)
    except OutreachError as error:
        _ack(f"{told['acks']}.error", error)
        return 3
    except BaseException:
        traceback.print_exc()
        return 4
    return 0


def main():
    """Start jobs as told."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    running = []
    for line in sys.stdin:
        told = json.loads(line)
        if "wait" in told:
            ended = [os.waitpid(pid, 0)[1] for pid in running[: told["wait"]]]
            running = running[told["wait"] :]
            answer = [os.waitstatus_to_exitcode(status) for status in ended]
            print(json.dumps(answer), flush=True)
            continue
        pid = os.fork()
        if pid == 0:
            os._exit(run(told))
        running.append(pid)
        print(pid, flush=True)


if __name__ == "__main__":
    roles.answer_by(lambda: roles.OPERATOR)
    main()
