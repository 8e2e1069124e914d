"""What binds a week's visits: rules of contact and limits, as one rule for each subject.

Rules that meet at a door (of two people who call from there, or of a person and a place) are
joined: all of them hold.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from functools import reduce
from typing import Any

import pandas as pd

from outreach.cells import fine_cells, from_text, ring, to_text
from outreach.people.nearby import withheld
from outreach.plan_schemas import RULE_CAUSES
from outreach.weeks import DAY_NAMES
from outreach.work_words import LANGUAGES

SAME_DOOR_M = 10.0  # two points this close are one door
_SAME_DOOR_RINGS = int(SAME_DOOR_M)  # of the finest cells, which are about a metre wide
_FINEST = re.compile("8f[0-9a-f]{13}")  # the text of such a cell: the id of a place
MIDNIGHT, NIGHT = time(0), time(23, 59)
Spot = tuple[float, float, str]  # lon, lat, address


@dataclass(frozen=True)
class Rule:
    """What binds visits to one person or door in a week."""

    days: frozenset[str] = frozenset()  # on which no visit is allowed
    why: tuple[str, ...] = ()  # what bars those days, sentences
    causes: frozenset[str] = frozenset()  # of RULE_CAUSES: what those sentences come down to
    no_police: bool = False
    opens: time = MIDNIGHT
    closes: time = NIGHT
    staff: frozenset[str] = frozenset()  # names of workers asked for
    languages: frozenset[str] = frozenset()  # of which all must be spoken
    spots: frozenset[Spot] = frozenset()  # where they want to meet

    def told_of(self, whom: str) -> "Rule":
        """Return the rule with each reason saying whom it is about."""
        return replace(self, why=tuple(f"{whom}: {_lower(told)}" for told in self.why))

    @property
    def reason(self) -> str:
        """Why days are barred, in one sentence; "" where none is."""
        first, *more = (told.strip().rstrip(".") for told in self.why or ("",))
        return "; ".join([first, *map(_lower, more)]) + "." if first else ""

    @property
    def cause(self) -> str | None:
        """The strongest cause of what bars days; None where nothing does."""
        return min(self.causes, key=RULE_CAUSES.index, default=None)

    @property
    def bars_all(self) -> bool:
        """Whether no day is left."""
        return len(self.days) == len(DAY_NAMES)

    def asked_for(self) -> str:
        """Return what was asked for, as a part of a sentence; "" where nothing was."""
        told = []
        if (self.opens, self.closes) != (MIDNIGHT, NIGHT):
            told.append(f"from {self.opens:%H:%M} to {self.closes:%H:%M}")
        if self.staff:
            told.append(f"with {' and '.join(sorted(self.staff))}")
        if self.languages:
            tongues = sorted(LANGUAGES.get(code, code) for code in self.languages)
            told.append(f"by somebody who speaks {' and '.join(tongues)}")
        if self.spots:
            told.append("at this place")
        return " ".join(told)


NOTHING = Rule()


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def joined(*rules: Rule) -> Rule:
    """Return the rule under which all of them hold."""
    return reduce(_both, rules, NOTHING)


def _both(one: Rule, other: Rule) -> Rule:
    return Rule(
        days=one.days | other.days,
        why=tuple(dict.fromkeys((*one.why, *other.why))),
        causes=one.causes | other.causes,
        no_police=one.no_police or other.no_police,
        opens=max(one.opens, other.opens),
        closes=min(one.closes, other.closes),
        staff=one.staff | other.staff,
        languages=one.languages | other.languages,
        spots=one.spots | other.spots,
    )


def binding(
    contact: pd.DataFrame, limits: pd.DataFrame, doors: Collection[str], monday: date
) -> dict[str, Rule]:
    """Return what binds in the week that begins on a Monday, by subject.

    A limit binds on its last day too, and then no more: one that ends on Wednesday leaves
    Thursday open. A place that is none of the doors binds all spots within ten metres, for a door
    marked on a map and the same door in the calls seldom share the finest cell.

    Needs    CONTACT_RULES, LIMITS
             doors    place_id of those that could be visited
    """
    week = {(monday + timedelta(days=n)).isoformat(): day for n, day in enumerate(DAY_NAMES)}
    found: defaultdict[str, Rule] = defaultdict(Rule)
    for subject, rule in [*_of_limits(limits, week), *_of_contact(contact, week)]:
        marked = _FINEST.fullmatch(subject) and subject not in doors
        for name in _near(from_text(subject)) if marked else [subject]:
            found[name] = joined(found[name], rule)
    return dict(found)


def _near(cell: int) -> list[str]:
    return [to_text(near) for near in ring(cell, _SAME_DOOR_RINGS)]


def _of_limits(limits: pd.DataFrame, week: Mapping[str, str]) -> Iterable[tuple[str, Rule]]:
    for subject, rows in limits.groupby("subject"):
        visits = rows["rule"] != "no_police"
        days, told = _until(rows.loc[visits, "until"], week)
        calm, _ = _until(rows.loc[~visits, "until"], week)
        why, causes = ((told,), frozenset({"consent"})) if days else ((), frozenset[str]())
        yield str(subject), Rule(days, why, causes, no_police=bool(calm))


def _until(ends: pd.Series, week: Mapping[str, str]) -> tuple[frozenset[str], str]:
    """Return the days up to the latest end, and that in words; without an end it is for good."""
    if ends.empty:
        return frozenset(), ""
    if ends.isna().any():
        return frozenset(week.values()), "No visit is wanted."
    last = max(ends)
    days = frozenset(name for day, name in week.items() if day <= last.isoformat())
    return days, f"No visit is wanted until {last}."


def _of_contact(contact: pd.DataFrame, week: Mapping[str, str]) -> Iterable[tuple[str, Rule]]:
    for row in contact.to_dict("records"):
        days = frozenset(week[day] for day in row["barred_days"].split() if day in week)
        yield (
            row["subject"],
            Rule(
                days=days,
                why=(row["barred_why"],) if days else (),
                causes=_one(row["barred_cause"]) or frozenset({"consent"}) if days else frozenset(),
                no_police=bool(row["no_police"]),
                opens=_clock(row["visit_from_local"], MIDNIGHT),
                closes=_clock(row["visit_until_local"], NIGHT),
                staff=_one(row["with_staff"]),
                languages=_one(row["language"]),
                spots=frozenset(() if pd.isna(row["lon"]) else [_spot(row)]),
            ),
        )


def _one(text: Any) -> frozenset[str]:
    return frozenset() if pd.isna(text) else frozenset([text])


def _clock(text: Any, otherwise: time) -> time:
    return otherwise if pd.isna(text) else time.fromisoformat(text)


def _spot(row: Mapping[Any, Any]) -> Spot:
    address = "the place asked for" if pd.isna(row["address"]) else row["address"]
    return float(row["lon"]), float(row["lat"]), str(address)


def doors_at(doors: Collection[str], lon: float, lat: float) -> list[str]:
    """Return the places among the doors that are within ten metres of a point, in order."""
    cell = int(fine_cells([lon], [lat])[0])
    return sorted({to_text(cell), *_near(cell)} & {to_text(cell), *doors})


def at_spot(rules: Mapping[str, Rule], doors: Collection[str], spot: Spot) -> Rule:
    """Return what binds at a spot and at the doors within ten metres, whoever is met there."""
    lon, lat, _ = spot
    return joined(*(rules[name] for name in doors_at(doors, lon, lat) if name in rules))


def keep_hidden(contact: pd.DataFrame, resources: pd.DataFrame, monday: date) -> pd.DataFrame:
    """Return CONTACT_RULES with every day barred where somebody wants to meet at a redacted site.

    Such a site may not be shown on anything that teams share (safeguard 7).

    Needs    CONTACT_RULES, RESOURCES
    """
    hidden = withheld(contact, resources)
    days = " ".join((monday + timedelta(days=n)).isoformat() for n in range(7))
    return contact.assign(
        barred_days=contact["barred_days"].mask(hidden, days),
        barred_why=contact["barred_why"].mask(hidden, "The place asked for may not be shown."),
        barred_cause=contact["barred_cause"].mask(hidden, "unknown_place"),
    )
