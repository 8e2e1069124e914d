"""How stops look: the shape says the kind of visit, the number its place in the order.

Shapes and numbers tell kinds apart without colour, which is the team's. A thick dark rim marks a
fixed time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from outreach.language.translate import N_, translator
from outreach.maps.style import INK, Look, ink_on

# Under the shape, from the outside in: a fixed time stays plain on every team's colour.
RIMS: Mapping[str, tuple[tuple[str, float], ...]] = {
    "": (("#ffffff", 3.0),),
    "thin": ((INK, 2.5),),
    "fixed": ((INK, 6.0), ("#ffffff", 2.0)),
}
_SIZE = 30
_LISTED_PX = 36


@dataclass(frozen=True)
class Sign:
    """A kind of visit on maps and in lists."""

    words: str  # in legends
    path: str  # SVG, 26 by 26
    middle: float = 13.0  # height at which the number stands


_CIRCLE = Sign(N_("Repeat place or person"), "M13 2a11 11 0 1 0 0 22a11 11 0 1 0 0-22Z")
_HEXAGON = Sign(N_("Walk of a small area"), "M7 2h12l6 11-6 11H7L1 13Z")
_STAR = (
    "M13 .8 16.6 4.5 21.6 4.4 21.5 9.4 25.2 13 21.5 16.6 21.6 21.6 16.6 21.5 13 25.2 9.4 21.5 "
    "4.4 21.6 4.5 16.6 .8 13 4.5 9.4 4.4 4.4 9.4 4.5Z"
)
STOP_SIGNS: Mapping[str, Sign] = {
    "person": _CIRCLE,
    "place": _CIRCLE,
    "participant": Sign(N_("Participant"), "M3 3h20v20H3Z"),
    "follow_up": Sign(N_("Follow-up"), "M13 .6 25.4 13 13 25.4 .6 13Z"),
    "accompany": Sign(N_("Going along with somebody"), "M13 1 25 10.5 20.5 24.5h-15L1 10.5Z", 14.5),
    "notification": Sign(N_("Notification"), _STAR),
    "added": Sign(
        N_("Added by a lead"),
        "M13 25.6C10 20.5 3.4 16.4 3.4 10.2A9.6 9.6 0 0 1 22.6 10.2C22.6 16.4 16 20.5 13 25.6Z",
        10.5,
    ),
    "cell": _HEXAGON,
    "exploration": _HEXAGON,
    "sharps_pickup": Sign(N_("Needle pickup"), "M0 2.5h26L14.5 25.5h-3Z", 9.5),
    "campaign": Sign(N_("Campaign stop"), "M2 2.5h22v16H13l-6 6v-6H2Z", 10.5),
}


def stop_look(kind: str, number: object, fill: str, *, fixed: bool = False) -> Look:
    """Return how a stop of a kind is drawn; ``fixed`` is for a time that may not move."""
    sign, rim = STOP_SIGNS[kind], "fixed" if fixed else ""
    text = str(number)
    return Look("stop", fill, text, ink_on(fill), _SIZE, sign.path, sign.middle, RIMS[rim])


# How two versions of a week differ in a stop: fill, sign, shape, words.
DIFFERENCE_SIGNS = {
    "new": ("#009E73", "+", "person", N_("New")),
    "dropped": ("#8c8880", "–", "participant", N_("Not visited any more")),
    "moved": ("#0072B2", "→", "follow_up", N_("Another team or day")),
}


def difference_look(difference: str) -> Look:
    """Return how a stop is drawn in which two versions differ."""
    fill, text, kind, _words = DIFFERENCE_SIGNS[difference]
    return stop_look(kind, text, fill)


def sign_rows(kinds: Iterable[str], *, fixed: bool, language: str = "en") -> list[tuple[Look, str]]:
    """Return the legend's rows for kinds of stops, each shape once, and for fixed times."""
    shown = set(kinds)
    found = {STOP_SIGNS[kind].words: kind for kind in STOP_SIGNS if kind in shown}
    _ = translator(language)
    rows = [(_legend(kind), _(words)) for words, kind in found.items()]
    return [*rows, (_legend("person", "fixed"), _("Dark rim: fixed time"))] if fixed else rows


def _legend(kind: str, rim: str = "thin") -> Look:
    sign = STOP_SIGNS[kind]
    return Look("kind", "#ffffff", "", INK, 18, sign.path, sign.middle, RIMS[rim])


def sign_html(look: Look) -> str:
    """Return a stop's sign as it stands in a list beside the map; its number stays text."""
    rims = "".join(
        f'<path d="{look.path}" stroke="{colour}" stroke-width="{width}"/>'
        for colour, width in look.rims
    )
    drawn = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-3 -3 32 32">'
        f'{rims}<path d="{look.path}" fill="{look.fill}"/></svg>'
    )
    line = _LISTED_PX * (1 + 2 * (look.middle - 13) / 32)  # puts the number at its height
    return (
        f'<span class="sign" style="background-image:url(data:image/svg+xml,{quote(drawn)});'
        f'color:{look.ink};line-height:{line:.0f}px">{escape(look.text)}</span>'
    )
