"""Colours and words of the maps, safe for colour-blind eyes.

Source    viridis: Smith & van der Walt 2015; teams: Okabe & Ito 2008; change: ColorBrewer PuOr
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from outreach.language.translate import N_, translator
from outreach.language.words import need_words, plain
from outreach.resources.directory.kinds import kind_words

MAX_CLASSES = 5
AMOUNTS = ("#fde725", "#5ec962", "#21918c", "#3b528b", "#440154")  # viridis, dark is more
FAINT = ("#e4e2dd", "#cfccc6", "#b5b1aa", "#97938b", "#77726a")  # under routes, dark is more
CHANGE = {"growing": "#e66101", "steady": "#e8e6e1", "fading": "#5e3c99"}
SPOTS = {"hot": "#d55e00", "cold": "#0072b2", "none": "#e8e6e1"}
TEAMS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
HELP_FILL = "#ffffff"
STALE_FILL = "#d5d0c6"  # a place of help that nobody verified of late
INK = "#1a1a1a"
SIGNS = {"hospital": "H", "homeless_shelter": "S", "food_pantry": "F", "library": "L"}
BASE_FILL = "#1a1a1a"
PLACE_FILL = "#762a83"
FACILITY_FILL = "#9a9a9a"

TREND_LABELS: Mapping[str, str] = {
    "growing": N_("More calls than before"),
    "steady": N_("No clear change"),
    "fading": N_("Fewer calls than before"),
}
LABEL_WORDS: Mapping[str, str] = {
    "new_hot": N_("New hot spot"),
    "consecutive_hot": N_("Hot of late, without a break"),
    "intensifying_hot": N_("Hot all along and getting hotter"),
    "persistent_hot": N_("Hot all along"),
    "diminishing_hot": N_("Hot all along, but less and less"),
    "sporadic_hot": N_("Hot now, on and off before"),
    "oscillating_hot": N_("Hot now, cold before"),
    "historical_hot": N_("Hot for long, but not now"),
    "new_cold": N_("New cold spot"),
    "consecutive_cold": N_("Cold of late, without a break"),
    "intensifying_cold": N_("Cold all along and getting colder"),
    "persistent_cold": N_("Cold all along"),
    "diminishing_cold": N_("Cold all along, but less and less"),
    "sporadic_cold": N_("Cold now, on and off before"),
    "oscillating_cold": N_("Cold now, hot before"),
    "historical_cold": N_("Cold for long, but not now"),
    "none": N_("No pattern"),
}
SPOT_WORDS: Mapping[str, str] = {
    "hot": N_("Hot spot"),
    "cold": N_("Cold spot"),
    "none": N_("Neither hot nor cold"),
}


@dataclass(frozen=True)
class LabelGroup:
    """Emerging labels that ask for the same of a manager; sixteen colours tell nobody anything."""

    words: str
    fill: str
    labels: tuple[str, ...]


LABEL_GROUPS = (
    LabelGroup(N_("Getting hot"), "#d55e00", ("new_hot", "consecutive_hot", "intensifying_hot")),
    LabelGroup(N_("Hot all along"), "#7a1f00", ("persistent_hot",)),
    LabelGroup(N_("On and off"), "#f0b429", ("sporadic_hot", "oscillating_hot")),
    LabelGroup(N_("Cooling"), "#5e3c99", ("diminishing_hot", "historical_hot")),
    LabelGroup(
        N_("Cold"), "#56b4e9", tuple(label for label in LABEL_WORDS if label.endswith("_cold"))
    ),
    LabelGroup(N_("No pattern"), SPOTS["none"], ("none",)),
)


@dataclass(frozen=True)
class Look:
    """How a mark or a legend row is drawn."""

    shape: str  # a class of draw.css: stop, kind, help, base, dot, line, hex, hull, unseen
    fill: str
    text: str = ""
    ink: str = "#ffffff"
    size: int = 20
    path: str = ""  # SVG, 26 by 26; without one the shape is a box
    middle: float = 13.0  # height of the text in it
    rims: tuple[tuple[str, float], ...] = ()  # of the path, outermost first: colour, width


def need_label(need: str, language: str = "en") -> str:
    """Return a need as people read it."""
    return need_words(need, language)


def kind_label(kind: str, language: str = "en") -> str:
    """Return a kind of place as people read it, with a capital."""
    return plain(kind_words(kind, language))


def team_colours(teams: Sequence[str]) -> dict[str, str]:
    """Return one colour a team; with more than seven teams colours come again."""
    return {team: TEAMS[i % len(TEAMS)] for i, team in enumerate(teams)}


def ink_on(fill: str) -> str:
    """Return black or white, whichever reads better on a colour (WCAG relative luminance)."""
    parts = np.array([int(fill[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    luminance = float(linear @ np.array([0.2126, 0.7152, 0.0722]))
    return "#ffffff" if 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.05 else INK


def number(value: float) -> str:
    """Return an amount with as many digits as a reader can use."""
    if value >= 10 or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2g}"


def class_breaks(values: npt.ArrayLike) -> list[float]:
    """Return at most four rising bounds that split amounts into at most five classes.

    Half of the places lie in the lowest class: demand is skewed, and the few places with much
    of it are what a reader looks for.
    """
    amounts = np.asarray(values, float)
    amounts = amounts[amounts > 0]
    if not len(amounts):
        return []
    cuts = [_two_digits(cut) for cut in np.quantile(amounts, [0.5, 0.75, 0.9, 0.97])]
    return [cut for cut in dict.fromkeys(cuts) if amounts.min() < cut <= amounts.max()]


def _two_digits(value: float) -> float:
    return float(f"{value:.2g}")


def class_colours(breaks: Sequence[float], scale: Sequence[str] = AMOUNTS) -> tuple[str, ...]:
    """Return the colour of each class, spread over the whole scale."""
    last = len(scale) - 1
    steps = max(len(breaks), 1)
    return tuple(scale[round(i * last / steps)] for i in range(len(breaks) + 1))


def class_labels(breaks: Sequence[float], language: str = "en") -> list[str]:
    """Return a label for each class, lowest first."""
    _ = translator(language)
    if not breaks:
        return [_("all")]
    between = [
        _("{low} to {high}").format(low=number(low), high=number(high))
        for low, high in pairwise(breaks)
    ]
    lowest = _("under {number}").format(number=number(breaks[0]))
    return [lowest, *between, _("{number} and more").format(number=number(breaks[-1]))]


def count_breaks(values: npt.ArrayLike) -> list[int]:
    """Return class bounds for whole numbers, as ``class_breaks`` does for amounts."""
    return list(dict.fromkeys(int(np.ceil(cut)) for cut in class_breaks(values)))


def count_labels(breaks: Sequence[int], language: str = "en") -> list[str]:
    """Return a label for each class of whole numbers, lowest first."""
    _ = translator(language)
    bounds = [1, *breaks]
    between = [
        f"{low:,}"
        if low == high - 1
        else _("{low} to {high}").format(low=f"{low:,}", high=f"{high - 1:,}")
        for low, high in pairwise(bounds)
    ]
    return [*between, _("{number} and more").format(number=f"{bounds[-1]:,}")]
