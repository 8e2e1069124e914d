"""Rows of CONTACT_RULES: made, and put together by subject."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd

from outreach.columns import check, empty
from outreach.plan_schemas import CONTACT_RULES, RULE_CAUSES

_CELL = re.compile(r"8([0-9a-f])[0-9a-f]{13}")
_FINEST = "f"
_OWN = ("visit_from_local", "visit_until_local", "with_staff", "language", "lon")
_AT_ODDS = "What was asked for cannot be met in one visit."
_DTYPES = {"text": "str", "bool": "bool", "float": "float64"}
Row = dict[Any, Any]


def week_days(monday: date) -> list[date]:
    """Return the seven days that begin with a Monday."""
    return [monday + timedelta(days=n) for n in range(7)]


def days_text(days: Iterable[date]) -> str:
    """Return days as CONTACT_RULES holds them."""
    return " ".join(sorted(day.isoformat() for day in days))


def is_area(subject: str) -> bool:
    """Tell whether a subject is an area to walk, which is neither somebody nor a door."""
    found = _CELL.fullmatch(subject)
    return found is not None and found[1] != _FINEST


def rules_frame(rows: Sequence[Row]) -> pd.DataFrame:
    """Return rows, of which each may leave out what does not bind, in the columns of CONTACT_RULES.

    A subject may have several of them until they are ``combined``.
    """
    if not rows:
        return empty(CONTACT_RULES)
    nothing = {"barred_days": "", "barred_why": "", "no_police": False}
    frame = pd.DataFrame([nothing | dict(row) for row in rows], columns=list(CONTACT_RULES.columns))
    return frame.astype({name: _DTYPES[c.kind] for name, c in CONTACT_RULES.columns.items()})


def combined(rules: Sequence[pd.DataFrame], *, monday: date) -> pd.DataFrame:
    """Return one row a subject that binds as all of its rows do; where nothing binds, none.

    Where rows ask for different workers, languages or places, or for hours that do not meet, no
    day is left.

    Needs    the columns of CONTACT_RULES
    """
    together: pd.DataFrame = pd.concat(rules, ignore_index=True)
    by_subject: dict[str, list[Row]] = {}
    for row in together.to_dict("records"):
        by_subject.setdefault(row["subject"], []).append(row)
    rows = [_together(by_subject[subject], monday) for subject in sorted(by_subject)]
    binding = [
        row
        for row in rows
        if row["barred_days"] or row["no_police"] or any(not pd.isna(row[n]) for n in _OWN)
    ]
    return check(rules_frame(binding), CONTACT_RULES)


def _together(rows: Sequence[Mapping[Any, Any]], monday: date) -> Row:
    def told(name: str) -> list[Any]:
        return [row[name] for row in rows if not pd.isna(row[name])]

    days = {day for row in rows for day in row["barred_days"].split()}
    whys = [row["barred_why"] for row in rows if row["barred_why"]]
    begin = max(told("visit_from_local"), default=None)
    end = min(told("visit_until_local"), default=None)
    causes = told("barred_cause")
    workers, languages = set(told("with_staff")), set(told("language"))
    places = {(row["lon"], row["lat"]): row for row in rows if not pd.isna(row["lon"])}
    no_time = begin is not None and end is not None and begin >= end
    if no_time or any(len(asked) > 1 for asked in (workers, languages, places)):
        causes.append("window" if no_time else "skill")
        days, whys = set(days_text(week_days(monday)).split()), [*whys, _AT_ODDS]
    begin, end = (None, None) if no_time else (begin, end)
    place = next(iter(places.values()), {})
    return {
        "subject": rows[0]["subject"],
        "barred_days": " ".join(sorted(days)),
        "barred_why": " ".join(dict.fromkeys(whys)),
        "barred_cause": min(causes, key=RULE_CAUSES.index, default=None),
        "no_police": any(row["no_police"] for row in rows),
        "visit_from_local": begin,
        "visit_until_local": end,
        "with_staff": min(workers, default=None),
        "language": min(languages, default=None),
        **{name: place.get(name) for name in ("lon", "lat", "address")},
    }
