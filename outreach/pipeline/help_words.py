"""What was asked for about help, and what came of it, in sentences for pages, maps and commands."""

import re
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from outreach.errors import InputError
from outreach.language.translate import (
    FULL_DAY,
    N_,
    clock_words,
    day_words,
    translator,
)
from outreach.maps.style import kind_label, need_label, number
from outreach.pipeline.help import HOW, Ask
from outreach.pipeline.help_sites import HEX_AROUND, SiteChoice, What, Wish

_PART = re.compile(r"\s*[,;]\s*")
_WHATS: dict[What, str] = {
    "help": N_("Place of help"),
    "sharps_box": N_("Sharps box"),
    "base": N_("Base"),
}
_ONE: dict[What, str] = {
    "help": N_("A site at {places}"),
    "sharps_box": N_("A sharps box at {places}"),
    "base": N_("A base at {places}"),
}
_MANY: dict[What, str] = {
    "help": N_("{n} sites at {places}"),
    "sharps_box": N_("{n} sharps boxes at {places}"),
    "base": N_("{n} bases at {places}"),
}
_NONE: dict[What, str] = {
    "help": N_("No site at any of these places would shorten the ways."),
    "sharps_box": N_("No sharps box at any of these places would shorten the ways."),
    "base": N_("No base at any of these places would shorten the ways."),
}
_HEX = HEX_AROUND.partition("{")[0]


def percent(share: float, language: str = "en") -> str:
    """Return a share as people read it; a few are not none, and nearly all are not all."""
    _ = translator(language)
    if 1e-9 < share < 0.005:
        return _("under 1%")
    if 0.995 <= share < 1 - 1e-9:
        return _("over 99%")
    return f"{share:.0%}"


def ask_words(ask: Ask, zone: str, language: str = "en") -> str:
    """Return what was asked for in a few words."""
    _ = translator(language)
    what = _for_need(
        kind_label(ask.kind, language) if ask.kind else _("Places of help"), ask.need, language
    )
    when = _("opening hours left aside")
    if ask.at is not None:
        at = ask.at.astimezone(ZoneInfo(zone))
        day, clock = day_words(at, language, FULL_DAY), clock_words(at, language)
        when = _("open on {day}, {clock}").format(day=day, clock=clock)
    return f"{what}, {_(HOW[ask.mode])}, {when}"


def _for_need(what: str, need: str | None, language: str) -> str:
    if need is None:
        return what
    _ = translator(language)
    return _("{what} for {need}").format(what=what, need=need_label(need, language).lower())


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


def site_name(name: str, language: str = "en") -> str:
    """Return the name of a site; that of a hex is one of our own words."""
    _ = translator(language)
    if not name.startswith(_HEX):
        return name
    return _(HEX_AROUND).format(place=name.removeprefix(_HEX))


def names_of(chosen: Sequence[str], language: str = "en") -> str:
    """Return names in a sentence: A, B and C."""
    _ = translator(language)
    *most, last = chosen
    both = _("{names} and {last}").format(names=", ".join(most), last=last)
    return both if most else last


def chosen_names(found: SiteChoice) -> list[str]:
    """Return the names of the chosen sites, the best first."""
    return list(found.sites.loc[found.sites["chosen"].notna(), "name"])


def answer(found: SiteChoice, language: str = "en") -> str:
    """Say what the chosen sites would change, in one sentence or two."""
    _ = translator(language)
    names, wish = chosen_names(found), found.wish
    if not names:
        return _(_NONE[wish.what])
    before, after = found.before, found.after
    near = _("within {minutes} min {how}").format(
        minutes=number(wish.within_min), how=_(HOW[wish.mode])
    )
    gained = after.covered - before.covered
    words = {
        "where": _where(names, wish.what, language),
        "near": near,
        "unit": _(found.unit),
        "more": _("{gained} more {unit} {near} ({before} → {after})").format(
            gained=number(round(gained, 1)),
            unit=_(found.unit),
            near=near,
            before=percent(before.share, language),
            after=percent(after.share, language),
        ),
    }
    if after.mean_min is None:
        return _("{where} would bring {more}.").format(**words)
    if before.mean_min is None:
        told = _(
            "{where} would bring {more}. The mean would be {minutes} min; there is none today."
        )
        return told.format(**words, minutes=f"{after.mean_min:.0f}")
    low, high = _two(after.mean_min, before.mean_min)
    if gained >= 0.05:
        told = _("{where} would bring {more} and cut the mean from {high} to {low} min.")
    else:
        told = _(
            "{where} would cut the mean from {high} to {low} min; it would bring no more {unit} "
            "{near}."
        )
    return told.format(**words, low=low, high=high)


def _where(names: Sequence[str], what: What, language: str) -> str:
    """Return where the chosen sites are, as a sentence begins."""
    _ = translator(language)
    around = _("the hex around {place}")
    told = [
        around.format(place=name.removeprefix(_HEX)) if name.startswith(_HEX) else name
        for name in names
    ]
    which = _(_ONE[what] if len(names) == 1 else _MANY[what])
    return which.format(n=len(names), places=names_of(told, language))


def _two(low: float, high: float) -> tuple[str, str]:
    """Return two numbers with as many digits as it takes to tell them apart."""
    digits = 0 if high >= 10 and round(high) != round(low) else 1
    return f"{low:.{digits}f}", f"{high:.{digits}f}"


def wish_words(wish: Wish, language: str = "en") -> str:
    """Return what was asked for in a few words."""
    _ = translator(language)
    what = kind_label(wish.kind, language) if wish.kind else _(_WHATS[wish.what])
    return f"{_for_need(what, wish.need, language)}, {_(HOW[wish.mode])}"
