"""Options that several commands take, and the clock."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

CityOption = Annotated[
    Path, typer.Option("--city", "-c", envvar="OUTREACH_CITY", help="The city folder.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object for scripts.")]
WeekOption = Annotated[str, typer.Option("--week", "-w", help="ISO week, such as 2026-W48.")]


def now() -> datetime:
    """Return the present moment; from here on down, time is an argument."""
    return datetime.now(UTC)
