"""What a back-test says, in words for a manager: what the app may show, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan
from typing import Literal

Shown = Literal["forecast", "learned", "counting"]
MIN_ORIGINS = 4
BASELINES = {
    "last_week": "last week's counts",
    "trailing_mean": "the plain average of the weeks before",
}


@dataclass(frozen=True)
class Evidence:
    """What the verdict rests on; shares are means over past weeks."""

    weeks: int  # forecast as a test
    first_weeks: int  # of record that each needs before it
    flagged: int  # hexes on the list
    cells: int
    pei: Mapping[str, float]  # by method
    ceiling: float
    lead_is_clear: Mapping[str, bool]  # forecast, learned: ahead of all simpler ones, chance apart
    interval: float  # share of weeks that the ranges are to hold
    coverage: float  # share they held on the list
    coverage_busy: float  # and in hexes that expect a call or more a week


def decide(evidence: Evidence) -> tuple[Shown, str]:
    """Return what may be shown, and why, in plain words.

    A forecast is shown only if its list held more than those of both plain counts; a learned one
    only if it held more than all of them, and by more than chance could make, since its lists
    change more from week to week (safeguard 9).
    """
    if evidence.weeks < MIN_ORIGINS:
        return "counting", _too_few(evidence)
    pei = evidence.pei
    plain = max(pei[name] for name in BASELINES)
    shown: Shown = "forecast" if pei["forecast"] > plain else "counting"
    if "learned" in pei and evidence.lead_is_clear["learned"]:
        shown = "learned"
    sentences = [*_outcome(evidence, shown), _tested(evidence), _ceiling(evidence)]
    return shown, " ".join([*sentences, *_ranges(evidence)])


def _too_few(evidence: Evidence) -> str:
    return (
        f"Too few past weeks to tell: {evidence.weeks} could be tested, {MIN_ORIGINS} are needed, "
        f"and each needs {evidence.first_weeks} whole weeks of record before it. Until then no "
        "forecast is shown, only plain counts."
    )


def _tested(evidence: Evidence) -> str:
    pei = evidence.pei
    plain = ", ".join(f"{pei[name]:.1%} by {told}" for name, told in BASELINES.items())
    return (
        f"Tested on {evidence.weeks} past weeks, each with only what was known before it: a list "
        f"of {evidence.flagged:,} of {evidence.cells:,} hexes held {pei['forecast']:.1%} of the "
        f"calls that the best list of that length, known only afterwards, would have held; "
        f"{plain}."
    )


def _ceiling(evidence: Evidence) -> str:
    reached = evidence.pei["forecast"] / evidence.ceiling
    near = f"comes to {reached:.0%} of that" if reached < 1 else "does as well"
    return (
        f"Calls come by chance, so even someone who knew every hex's true rate would reach only "
        f"about {evidence.ceiling:.1%}; the forecast {near}."
    )


def _outcome(evidence: Evidence, shown: Shown) -> list[str]:
    pei = evidence.pei
    told = []
    if "learned" in pei:
        what = (
            "is shown, since that is more than chance could make of any of the others"
            if shown == "learned"
            else "is not shown, since that is not clearly more than the others held"
        )
        told.append(f"A learned model held {pei['learned']:.1%} and {what}.")
    if shown == "counting":
        ahead = max(BASELINES, key=lambda name: pei[name])
        told.append(
            f"The forecast is hidden, since {BASELINES[ahead]} did as well or better; plain "
            "counts are shown."
        )
    elif shown == "forecast":
        told.append("The forecast is shown, since it held more than either plain count.")
        if not evidence.lead_is_clear["forecast"]:
            told.append("Its lead is small: no more than chance could make.")
    return told


def _ranges(evidence: Evidence) -> list[str]:
    """Say how often the true count lay in the range given, where there were any."""
    if isnan(evidence.coverage):
        return []
    busy = evidence.coverage_busy
    more = "" if isnan(busy) else f", and in {busy:.0%} where a call or more a week was expected"
    return [
        f"The true count lay within the range given in {evidence.coverage:.0%} of cases on the "
        f"list{more}; {evidence.interval:.0%} were aimed at."
    ]
