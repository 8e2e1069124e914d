"""The append-only audit trail: who did what to what, when (safeguard 8)."""

import json
from datetime import datetime
from pathlib import Path


def record(folder: Path, *, at: datetime, who: str, did: str, what: str) -> None:
    """Add one line to the city's audit trail; lines are never changed."""
    line = json.dumps({"at": at.isoformat(), "who": who, "did": did, "what": what})
    with (folder / "audit.jsonl").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
