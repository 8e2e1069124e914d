"""The append-only audit trail: who did what to what, when (safeguard 8).

It is a table of the work database, which refuses to change or remove its rows.
"""

import hashlib
import json
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from outreach.store.work import Work, open_work
from outreach.work_schemas import AUDIT

OLD_NAME = "audit.jsonl"  # where the trail was before there was a work database


def record(folder: Path, *, at: datetime, who: str, did: str, what: str) -> None:
    """Add to the city's audit trail what was done outside of the work database."""
    with open_work(folder).writing() as rows:
        rows.audit(at=at, who=who, did=did, what=what)


def take_over_lines(folder: Path, work: Work) -> int:
    """Move the lines of an old trail into the work database once, and return how many there were.

    The file stays beside it under another name. A line that a killed process wrote by half is
    passed over.
    """
    path = folder / OLD_NAME
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return 0
    found = [row for number, line in enumerate(lines) if (row := _row(number, line))]
    with work.writing() as rows:
        rows.insert(AUDIT, found, once=True)
    with suppress(FileNotFoundError):  # another process was faster
        path.replace(path.with_name(f"{OLD_NAME}.moved"))
    return len(found)


def _row(number: int, line: str) -> dict[str, Any] | None:
    try:
        told = json.loads(line)
        said = {name: str(told[name]) for name in ("who", "did", "what")}
        at = datetime.fromisoformat(told["at"])
    except (ValueError, KeyError, TypeError):
        return None
    audit_id = hashlib.sha256(f"{number} {line}".encode()).hexdigest()[:32]
    return {"audit_id": audit_id, "at": at, **said, "participant_id": None}
