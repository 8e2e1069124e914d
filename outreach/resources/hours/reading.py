"""What was read from a text about opening hours."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reading:
    """A rule as ``hours.openings`` takes it, or none and what was not understood."""

    hours: str | None
    why: str = ""
