"""What was asked for about help, and what came of it, in sentences for pages, maps and commands."""

import re
from collections.abc import Sequence

from outreach.errors import InputError
from outreach.maps.style import kind_label, need_label, number
from outreach.pipeline.help import HOW, Ask
from outreach.pipeline.help_sites import SiteChoice, Wish
from outreach.weeks import local_text

_PART = re.compile(r"\s*[,;]\s*")
_THINGS = {"help": "site", "sharps_box": "sharps box", "base": "base"}
_MANY = {"help": "sites", "sharps_box": "sharps boxes", "base": "bases"}


def percent(share: float) -> str:
    """Return a share as people read it; a few are not none, and nearly all are not all."""
    if 1e-9 < share < 0.005:
        return "under 1%"
    if 0.995 <= share < 1 - 1e-9:
        return "over 99%"
    return f"{share:.0%}"


def ask_words(ask: Ask, zone: str) -> str:
    """Return what was asked for in a few words."""
    what = kind_label(ask.kind) if ask.kind else "Places of help"
    need = f" for {need_label(ask.need).lower()}" if ask.need else ""
    when = "opening hours left aside" if ask.at is None else f"open on {local_text(ask.at, zone)}"
    return f"{what}{need}, {HOW[ask.mode]}, {when}"


def named_points(text: str) -> tuple[tuple[str, float, float], ...]:
    """Read points typed as latitude, longitude and a name, one a line: name, lat, lon.

    Raises   InputError   a line is not such a point
    """
    found = []
    for line in text.splitlines():
        if not line.strip():
            continue
        parts = _PART.split(line.strip(), maxsplit=2)
        try:
            lat, lon = float(parts[0]), float(parts[1])
        except (ValueError, IndexError):
            raise InputError(
                f"“{line.strip()}” is no point; write it like 42.6526, -73.7562, Old fire house"
            ) from None
        if not (-90 <= lat <= 90 and -180 <= lon <= 180):
            raise InputError(f"“{line.strip()}” lies nowhere on Earth: latitude comes first")
        name = parts[2] if len(parts) > 2 and parts[2] else f"Point {lat:.4f}, {lon:.4f}"
        found.append((name, lat, lon))
    return tuple(found)


def names_of(chosen: Sequence[str]) -> str:
    """Return names in a sentence: A, B and C."""
    *most, last = chosen
    return f"{', '.join(most)} and {last}" if most else last


def chosen_names(found: SiteChoice) -> list[str]:
    """Return the names of the chosen sites, the best first."""
    return list(found.sites.loc[found.sites["chosen"].notna(), "name"])


def answer(found: SiteChoice) -> str:
    """Say what the chosen sites would change, in one sentence or two."""
    names, wish = chosen_names(found), found.wish
    thing, things = _THINGS[wish.what], _MANY[wish.what]
    if not names:
        return f"No {thing} at any of these places would shorten the ways."
    before, after = found.before, found.after
    names = [name.replace("Hex around", "the hex around") for name in names]
    which = f"A {thing} at" if len(names) == 1 else f"{len(names)} {things} at"
    gained = after.covered - before.covered
    near = f"within {number(wish.within_min)} min {HOW[wish.mode]}"
    shares = f"({percent(before.share)} → {percent(after.share)})"
    where = f"{which} {names_of(names)} would"
    more = f"bring {number(round(gained, 1))} more {found.unit} {near} {shares}"
    if after.mean_min is None:
        return f"{where} {more}."
    if before.mean_min is None:
        return f"{where} {more}. The mean would be {after.mean_min:.0f} min; there is none today."
    low, high = _two(after.mean_min, before.mean_min)
    cut = f"cut the mean from {high} to {low} min"
    if gained >= 0.05:
        return f"{where} {more} and {cut}."
    return f"{where} {cut}; it would bring no more {found.unit} {near}."


def _two(low: float, high: float) -> tuple[str, str]:
    """Return two numbers with as many digits as it takes to tell them apart."""
    digits = 0 if high >= 10 and round(high) != round(low) else 1
    return f"{low:.{digits}f}", f"{high:.{digits}f}"


def wish_words(wish: Wish) -> str:
    """Return what was asked for in a few words."""
    what = {"help": "Place of help", "sharps_box": "Sharps box", "base": "Base"}[wish.what]
    if wish.kind:
        what = kind_label(wish.kind)
    need = f" for {need_label(wish.need).lower()}" if wish.need else ""
    return f"{what}{need}, {HOW[wish.mode]}"
