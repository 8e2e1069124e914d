"""Choosing the columns that say what a call was, by which number, from whom and about whom."""

import re
from dataclasses import dataclass
from typing import Any

import pandas as pd

from outreach.ingest import dates, sources
from outreach.ingest.column_names import (
    BIRTH,
    CALL_TYPE,
    DISPOSITION,
    FINAL,
    FIRST_NAMES,
    INCIDENT_ID,
    NOT_A_PERSON,
    PART_OF_NAME,
    PERSON_KEY,
    PERSON_NAME,
    PHONE,
    PLAIN_TYPE,
    PRIVATE,
    SOURCE,
    SUB_TYPE,
    names,
    spoken,
)
from outreach.ingest.mapping import DateOrder
from outreach.ingest.profile import Profile, best

_FIRST_OF = "|"  # between two columns: the second where the first is blank
_NUMBERISH = r"^[-+]?[\d.,:/\s-]+$"
_REQUESTS = r"graffiti|pothole|street ?light|recycl|litter|bulk item|sidewalk|missed (?:trash|pick)"
_OWN_WORK = (
    r"clean ?up|abatement|work ?(?:submitted|order|date)|inspection date|visit date|outreach log"
)

Columns = dict[str, Profile]


@dataclass(frozen=True)
class People:
    """Columns that tell who somebody is; none of them stays in calls."""

    key: str = ""
    name: tuple[str, ...] = ()
    birth_date: str = ""
    birth_date_order: DateOrder = "ymd"
    phone: str = ""
    private: tuple[str, ...] = ()

    def fields(self) -> dict[str, Any]:
        """Return the choice as fields of a mapping."""
        return {
            "person_key": self.key,
            "person_name": self.name,
            "birth_date": self.birth_date,
            "birth_date_order": self.birth_date_order,
            "phone": self.phone,
            "private": self.private,
        }

    def all(self) -> set[str]:
        """Every column that must not be seen outside the encrypted store."""
        return {*self.name, *self.private, self.key, self.birth_date, self.phone} - {""}


def guess_people(columns: Columns) -> People:
    """Find identity columns by name and content."""
    key = best(columns.values(), PERSON_KEY, lambda p: 10 * (p.distinct > 1 and p.length < 60))
    found = [p for p in columns.values() if _is_person_name(p)]
    found.sort(key=lambda p: not names(p.name, FIRST_NAMES))
    whole = [p for p in found if not names(p.name, PART_OF_NAME)]
    birth = next((p for p in columns.values() if names(p.name, BIRTH)), None)
    order = (
        dates.choose_order(birth.given, digits=True, since=1900)[0] if birth is not None else None
    )
    phones = [
        p.name
        for p in columns.values()
        if names(p.name, PHONE)
        and not _is_moment(p)
        and p.share(r".*\d{3}") + (p.filled == 0) > 0.5
    ]
    own = [name for name in phones if not names(name, PRIVATE)]
    chosen = tuple(p.name for p in (whole[:1] or found))
    private = [
        p.name
        for p in columns.values()
        if (names(p.name, PRIVATE) and not _is_moment(p)) or p.name in phones
    ] + [p.name for p in found]
    phone = own[0] if own and (chosen or key) else ""
    kept = {phone, *chosen}
    return People(
        key=key.name if key is not None else "",
        name=chosen,
        birth_date=birth.name if birth is not None else "",
        birth_date_order=order or "mdy",
        phone=phone,
        private=tuple(dict.fromkeys(name for name in private if name not in kept)),
    )


def _is_moment(column: Profile) -> bool:
    return column.share(r"^\d{1,4}[-/]\d{1,2}[-/]\d{1,4}|^\d{1,2}:\d{2}") > 0.5 or names(
        column.name, r"date|time|source|type|method"
    )


def _is_person_name(column: Profile) -> bool:
    if not names(column.name, PERSON_NAME) or names(column.name, NOT_A_PERSON):
        return False
    if names(column.name, PRIVATE):
        return False
    if names(column.name, PART_OF_NAME):
        return True  # says so plainly, whatever the sample holds
    lettered = column.share(r"^[^\W\d_][^\d@/&]*$")
    varied = column.distinct > min(30, 0.1 * len(column.given))
    return lettered > 0.7 and column.length < 45 and varied


def guess_incident_id(columns: Columns, taken: set[str]) -> str:
    """Choose the column whose value names one incident."""

    def fits(column: Profile) -> float:
        unique = column.distinct / max(1, len(column.given))
        short = column.length < 2 and unique < 1
        if column.filled < 0.9 or unique < 0.3 or column.length > 45 or short:
            return 0
        if column.share(r"^-?\d+\.\d*[1-9]") > 0.5 or column.share(r".*\s\w+\s\w+\s") > 0.3:
            return 0
        return 30 * unique

    found = best(
        (p for p in columns.values() if p.name not in taken), INCIDENT_ID, fits, at_least=60
    )
    return found.name if found is not None else ""


def _type_fit(column: Profile) -> float:
    rows = len(column.given)
    if not rows or column.distinct > max(60, 0.35 * rows) or not 1.5 <= column.length <= 90:
        return 0
    if sources.is_yes_no(list(column.given.unique()[:20])):
        return 0
    if column.share(r".*\d{1,2}:\d{2}|^\d{4}-\d{2}-\d{2}|https?:") > 0.3:
        return 0
    fit = 10 * column.filled + 3 * (column.distinct > 1)
    fit -= 30 * (column.share(_NUMBERISH) > 0.5)
    fit -= 12 * (column.length < 6.5 and column.share(r"^\S+$") > 0.8)  # codes
    return max(fit + 20, 1)


def guess_types(columns: Columns, taken: set[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Choose columns of the initial and of the final call type, descriptions before codes.

    A name joined by ``|`` takes the second column where the first is blank.
    """
    free = {n: p for n, p in columns.items() if n not in taken}
    first_told = any(names(n, r"init") for n in free)
    finals = {
        n: p for n, p in free.items() if names(n, FINAL) or (first_told and names(n, PLAIN_TYPE))
    }
    others = {n: p for n, p in free.items() if n not in finals and not names(n, SUB_TYPE)}
    initial = best(others.values(), CALL_TYPE, _type_fit, at_least=55)
    final = best(finals.values(), CALL_TYPE, _type_fit, at_least=55)
    if initial is None and final is not None and not names(final.name, r"final|clos|clear"):
        initial, final = final, None
    told_as_first = initial is not None and names(initial.name, "init")
    if initial and final and not told_as_first and _same(initial, final):
        final, initial = initial, None  # a description of the final type's code
    return _with_parts(initial, columns, taken), _with_parts(final, columns, taken)


def _same(one: Profile, other: Profile) -> bool:
    """Return whether two columns say the same thing, as a code and its description do."""
    pairs = pd.DataFrame({"a": one.rows, "b": other.rows}).drop_duplicates()
    return len(pairs) <= 1.1 * max(one.distinct, other.distinct) and (
        min(one.distinct, other.distinct) > 0.8 * max(one.distinct, other.distinct)
    )


def _with_parts(chosen: Profile | None, columns: Columns, taken: set[str]) -> tuple[str, ...]:
    """Return the column with its code to fall back on, and the subtype that goes with it."""
    if chosen is None:
        return ()
    free = {n: p for n, p in columns.items() if n not in taken and n != chosen.name}
    parts = [_or_code(chosen, free)]
    subtypes = [p for n, p in free.items() if names(n, SUB_TYPE) and _type_fit(p) > 0]
    if subtypes:
        sub = max(subtypes, key=lambda p: names(p.name, r"desc|text|name"))
        parts.append(_or_code(sub, free))
    return tuple(parts)


def _or_code(column: Profile, free: Columns) -> str:
    """Join the code column that belongs to a description, if it says something more often."""
    if column.filled > 0.999 or not names(column.name, r"desc|text|name"):
        return column.name
    stem = re.sub(r"\b(?:description|desc|text|name)\b", "", spoken(column.name)).strip()
    codes = [
        n for n, p in free.items() if re.fullmatch(rf"{stem}(?: code)?", spoken(n)) and p.length
    ]
    return column.name + _FIRST_OF + codes[0] if codes else column.name


def guess_disposition(columns: Columns, taken: set[str]) -> tuple[str, ...]:
    """Choose the column of outcomes, descriptions before codes."""

    def fits(column: Profile) -> float:
        rows = len(column.given)
        if not rows or column.distinct > max(60, 0.3 * rows) or column.length > 80:
            return 0
        return 10 * column.filled + 15 * names(column.name, r"desc|text") + 1

    found = best((p for p in columns.values() if p.name not in taken), DISPOSITION, fits)
    return (found.name,) if found is not None else ()


def guess_source(columns: Columns, taken: set[str]) -> tuple[str, dict[str, str]]:
    """Choose the column that says how a call came in, and what its values stand for."""

    def fits(column: Profile) -> float:
        values = [v for v in column.given.unique() if v]
        if not values or len(values) > 60:
            return 0
        if names(column.name, r"initiated|on ?view|pro ?active"):
            return 60 if sources.is_yes_no(values) else 30 * _known(column)
        return 50 * _known(column) if _known(column) > 0.6 else 0

    found = best((p for p in columns.values() if p.name not in taken), SOURCE, fits)
    if found is None:
        return "", {}
    values = list(found.given.value_counts().index[:60])
    if sources.is_yes_no(values):
        return found.name, {v: sources.yes_no(v, "") for v in values}
    return found.name, {v: sources.classify(v) for v in values}


def _known(column: Profile) -> float:
    """Return the share of rows whose value is in the vocabulary of sources."""
    counts = column.given.value_counts()
    known = [n for v, n in counts.items() if sources.classify(str(v)) != "other"]
    several = len(counts) > 1 or len(known) == 1
    return float(sum(known) / max(1, counts.sum())) if several else 0.0


def default_source(name: str, columns: Columns, types: tuple[str, ...]) -> str:
    """Return the source of rows that do not tell theirs: 911, 311, 988 or the city's own work."""
    heading = " ".join([name.lower(), *(spoken(c) for c in columns)])
    if re.search(_OWN_WORK, heading):
        return "officer_initiated"
    if "988" in name:
        return "988"
    if "311" in heading or re.search(
        r"case enquiry|service request|seeclickfix|sr number", heading
    ):
        return "311"
    given = columns[types[0].split(_FIRST_OF)[0]].given if types else pd.Series([], dtype="str")
    requests = given.str.contains(_REQUESTS, case=False, regex=True).mean() if len(given) else 0
    return "311" if requests > 0.15 else "911"


def guess_tells_apart(columns: Columns, taken: set[str]) -> tuple[str, ...]:
    """Choose free text that differs from call to call, for exports without an incident id."""
    return tuple(
        p.name
        for p in columns.values()
        if p.name not in taken
        and p.distinct > 0.9 * len(p.rows)
        and p.length > 15
        and p.share(r".*[^\W\d_]{2}") > 0.9
        and not _is_moment(p)
        and p.share(r"https?:") < 0.1
    )
