"""Whom the teams may not contact on which days, and what else binds them (safeguards 3 and 4).

Whoever plans, logs or shows contacts asks here; no sentence made here names anybody.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import pandas as pd

from outreach.cells import fine_cells, to_text
from outreach.config import ContactParams
from outreach.people.rule_rows import Row, combined, days_text, rules_frame, week_days
from outreach.weeks import DAY_NAMES

# What can bar a day, the strongest first, and what plans call its cause.
BARRING = {
    "opt_out": "consent",
    "do_not_visit": "consent",
    "inactive": "consent",
    "listing": "consent",
    "phone_only": "consent",
    "days": "window",
    "cooling_off": "cap",
    "cap": "cap",
}
_ORDER = tuple(BARRING)
BY_PHONE_ALL_THE_SAME = ("do_not_visit", "phone_only")  # a call is no visit
COOLING = {"declined": "Declined", "asked_no_visits": "Asked for no visits"}
ASKED = {"opt_out": "Asked not to be contacted", "do_not_visit": "Asked for no visits"}
_SOMEBODY = "Somebody asked not to be visited here."


class Bar(NamedTuple):
    """One reason against contact on one day."""

    subject: str
    day: date
    rule: str  # of BARRING
    why: str  # one sentence, the same on all days of one reason


def contact_rules(
    participants: pd.DataFrame,
    consents: pd.DataFrame,
    wishes: pd.DataFrame,
    usual_places: pd.DataFrame,
    staff: pd.DataFrame,
    visits: pd.DataFrame,
    planned: pd.DataFrame,
    *,
    monday: date,
    params: ContactParams,
) -> pd.DataFrame:
    """Return what binds the planner in the week that begins on ``monday``.

    A participant's subject is their person_id, else their participant_id; whom several rows
    enrol, all of them bind. People and doors that were visited or will be are held to the city's
    limits also where nobody is enrolled. Where somebody must not be visited, their usual places
    must not be either, under a reason that names nobody.

    Needs    participants   PARTICIPANTS; person_id is the linked id
             consents       CONSENTS and withdrawn_on (local day, or missing)
             wishes, usual_places, staff     WISHES, USUAL_PLACES, STAFF
             visits         VISITS and day (local); subjects are people and doors
             planned        subject, day: stops of published plans other than the one to be made
    Adds     CONTACT_RULES  in order of subject
    """
    days = week_days(monday)
    found = bars(participants, consents, wishes, visits, planned, days=days, params=params)
    calm = set(_binding(consents, days, ["no_police"])["participant_id"])
    people = participants.assign(
        subject=subjects_of(participants), no_police=participants["participant_id"].isin(calm)
    )
    wanted = _wanted(people, wishes, usual_places, staff)
    rows = [*_barred_rows(found), *wanted, *_place_rows(people, usual_places, found)]
    return combined([rules_frame(rows)], monday=monday)


def subjects_of(participants: pd.DataFrame) -> pd.Series:
    """Return by what plans and calls know each participant."""
    known = participants["person_id"]
    return known.where(known.notna(), participants["participant_id"]).astype("object")


def local_days(instants: pd.Series, time_zone: str) -> pd.Series:
    """Return the day on the city's calendar of each instant, missing where it is."""
    days: pd.Series = instants.dt.tz_convert(time_zone).dt.date.astype("object")
    return days.where(instants.notna(), None)


def newest(visits: pd.DataFrame) -> pd.DataFrame:
    """Return each visit once, as its newest correction tells it.

    Of two of the same instant, the one further from the first entry is the newer.

    Needs    visit_id, replaces, recorded_at
    """
    before = dict(zip(visits["visit_id"], visits["replaces"], strict=True))
    first, steps = [], []
    for visit_id in visits["visit_id"]:
        seen = {visit_id}
        at = visit_id
        while isinstance(before.get(at), str) and before[at] not in seen:
            at = before[at]
            seen.add(at)
        first.append(at)
        steps.append(len(seen))
    told = visits.assign(_first=first, _steps=steps)
    told = told.sort_values(["recorded_at", "_steps", "visit_id"])
    told = told.drop_duplicates("_first", keep="last").drop(columns=["_first", "_steps"])
    return told.sort_index()


def bars(
    participants: pd.DataFrame,
    consents: pd.DataFrame,
    wishes: pd.DataFrame,
    visits: pd.DataFrame,
    planned: pd.DataFrame,
    *,
    days: Sequence[date],
    params: ContactParams,
) -> list[Bar]:
    """Return every reason against contact on some days; see ``contact_rules`` for what it needs."""
    subjects = dict(zip(participants["participant_id"], subjects_of(participants), strict=True))
    made, ahead = _contacts(visits, planned, subjects)
    found = list(_asked(consents, subjects, days))
    wanted = {row["participant_id"]: row for row in wishes.to_dict("records")}
    limits: dict[str, list[ContactParams]] = {}
    for row in participants.to_dict("records"):
        subject = subjects[row["participant_id"]]
        found += _status(row, subject, days)
        found += _wished(wanted.get(row["participant_id"], {}), subject, days)
        limits.setdefault(subject, []).append(own_limits(row, params))
    for subject in sorted(set(made) | set(ahead)):
        for own in limits.get(subject, [params]):
            visited, coming = made.get(subject, []), ahead.get(subject, [])
            found += _cooling_off(subject, visited, days, own)
            found += _cap(subject, [day for day, _ in visited] + coming, days, own)
    return found


def why_not(found: Iterable[Bar], subject: str, day: date, *, mode: str) -> str:
    """Return the strongest reason against contact on a day in a mode; "" where there is none."""
    free = BY_PHONE_ALL_THE_SAME if mode == "phone" else ()
    here = [b for b in found if b.subject == subject and b.day == day and b.rule not in free]
    return min(here, key=lambda bar: _ORDER.index(bar.rule)).why if here else ""


def _binding(consents: pd.DataFrame, days: Sequence[date], rules: Sequence[str]) -> pd.DataFrame:
    """Return the consents of some rules that bind on any of the days."""
    asked = consents[consents["rule"].isin(rules)]
    binds = [any(binds_on(row, day) for day in days) for row in asked.to_dict("records")]
    return asked[pd.Series(binds, index=asked.index, dtype=bool)]


def binds_on(consent: Mapping[Any, Any], day: date) -> bool:
    """Tell whether a consent binds on a day: its last one too, and until it is withdrawn."""
    ended = not pd.isna(consent["until"]) and day > consent["until"]
    withdrawn = not pd.isna(consent["withdrawn_on"]) and day >= consent["withdrawn_on"]
    return bool(consent["since"] <= day and not ended and not withdrawn)


def _asked(
    consents: pd.DataFrame, subjects: Mapping[str, str], days: Sequence[date]
) -> Iterable[Bar]:
    for row in _binding(consents, days, list(ASKED)).to_dict("records"):
        told = ASKED[row["rule"]]
        why = f"{told}." if pd.isna(row["until"]) else f"{told} until {row['until']}."
        subject = subjects[row["participant_id"]]
        yield from (Bar(subject, day, row["rule"], why) for day in days if binds_on(row, day))


def _status(row: Mapping[Any, Any], subject: str, days: Sequence[date]) -> Iterable[Bar]:
    if row["status"] == "inactive":
        yield from (Bar(subject, day, "inactive", "Not an active participant.") for day in days)
    why = listing_ended(row["listed_until"])
    yield from (Bar(subject, day, "listing", why) for day in days if day > row["listed_until"])


def listing_ended(until: date) -> str:
    """Say that a listing's last day is past."""
    return f"The listing ended on {until}; a person must renew it."


def _wished(wish: Mapping[Any, Any], subject: str, days: Sequence[date]) -> Iterable[Bar]:
    if wish.get("way") == "phone":
        yield from (Bar(subject, day, "phone_only", "Asked for phone only.") for day in days)
    wanted = str(wish["days"]).split() if isinstance(wish.get("days"), str) else []
    if wanted:
        why = f"Asked for visits on {', '.join(name.title() for name in wanted)} only."
        barred = [day for day in days if DAY_NAMES[day.weekday()] not in wanted]
        yield from (Bar(subject, day, "days", why) for day in barred)


def own_limits(row: Mapping[Any, Any], params: ContactParams) -> ContactParams:
    """Return the limits of a participant: their own, and the city's where they have none."""
    names = ("cap_visits", "cap_days", "cooling_off_days")
    own = {name: int(row[name]) for name in names if not pd.isna(row[name])}
    return params.model_copy(update=own)


def _contacts(
    visits: pd.DataFrame, planned: pd.DataFrame, subjects: Mapping[str, str]
) -> tuple[dict[str, list[tuple[date, str]]], dict[str, list[date]]]:
    """Return by subject the days and outcomes of visits, and the days of stops still to be made.

    A stop on a day on which its subject was visited was made.
    """
    made: dict[str, list[tuple[date, str]]] = {}
    for row in newest(visits).to_dict("records"):
        whom = {subjects.get(row[name], row[name]) for name in ("participant_id", "subject")}
        for subject in whom:
            if isinstance(subject, str):
                made.setdefault(subject, []).append((row["day"], row["outcome"]))
    ahead: dict[str, list[date]] = {}
    for name, day in zip(planned["subject"], planned["day"], strict=True):
        subject = subjects.get(name, name)
        if day not in {visited for visited, _ in made.get(subject, [])}:
            ahead.setdefault(subject, []).append(day)
    return made, ahead


def _cooling_off(
    subject: str,
    visited: Sequence[tuple[date, str]],
    days: Sequence[date],
    limits: ContactParams,
) -> Iterable[Bar]:
    """Bar the days after somebody declined, and the rest of that day."""
    wait = limits.cooling_off_days
    for on, outcome in sorted(visited) if wait else ():
        if outcome in COOLING:
            why = f"{COOLING[outcome]} on {on}; no visit for {wait} days after that."
            after = [day for day in days if 0 <= (day - on).days <= wait]
            yield from (Bar(subject, day, "cooling_off", why) for day in after)


def _cap(
    subject: str, contacts: Sequence[date], days: Sequence[date], limits: ContactParams
) -> Iterable[Bar]:
    """Bar the days on which one more contact would be too many in some window that holds them."""
    length, most = limits.cap_days, limits.cap_visits
    why = (
        f"At most {most} visit{'s' if most > 1 else ''} in any {length} days, and as many are "
        "made or planned around then."
    )
    for day in days:
        if cap_is_full(day, contacts, limits):
            yield Bar(subject, day, "cap", why)


def cap_is_full(day: date, contacts: Sequence[date], limits: ContactParams) -> bool:
    """Tell whether one more contact on a day would be too many in some window that holds it."""
    length, most = limits.cap_days, limits.cap_visits
    near = [(on - day).days for on in contacts if abs((on - day).days) < length]
    return any(
        sum(start <= n < start + length for n in near) >= most for start in range(1 - length, 1)
    )


def _barred_rows(found: Iterable[Bar]) -> list[Row]:
    """Return one row a subject; a reason is told where it bars a day that no stronger one does."""
    order = sorted(found, key=lambda bar: _ORDER.index(bar.rule))
    days: dict[str, set[date]] = {}
    whys: dict[str, list[str]] = {}
    causes: dict[str, str] = {}  # of the strongest
    by_reason: dict[tuple[str, str], set[date]] = {}
    for bar in order:
        by_reason.setdefault((bar.subject, bar.why), set()).add(bar.day)
        causes.setdefault(bar.subject, BARRING[bar.rule])
    for (subject, why), barred in by_reason.items():
        if barred - days.setdefault(subject, set()):
            whys.setdefault(subject, []).append(why)
        days[subject] |= barred
    return [
        {
            "subject": one,
            "barred_days": days_text(barred),
            "barred_why": " ".join(whys[one]),
            "barred_cause": causes[one],
        }
        for one, barred in days.items()
    ]


def _wanted(
    people: pd.DataFrame, wishes: pd.DataFrame, usual_places: pd.DataFrame, staff: pd.DataFrame
) -> list[Row]:
    """Return what participants want beyond the days: no police, hours, who goes and the place."""
    names = dict(zip(staff["staff_id"], staff["name"], strict=True))
    current = usual_places[usual_places["ended_on"].isna()]
    spots = {row["usual_place_id"]: row for row in current.to_dict("records")}
    wanted = {row["participant_id"]: row for row in wishes.to_dict("records")}
    rows = []
    for person in people.to_dict("records"):
        wish = wanted.get(person["participant_id"], {})
        spot = spots.get(wish.get("usual_place_id"), {})
        rows.append(
            {
                "subject": person["subject"],
                "no_police": person["no_police"],
                "visit_from_local": wish.get("visit_from_local"),
                "visit_until_local": wish.get("visit_until_local"),
                "with_staff": names.get(wish.get("staff_id")),
                "language": wish.get("language"),
                **{name: spot.get(name) for name in ("lon", "lat", "address")},
            }
        )
    return rows


def _place_rows(
    people: pd.DataFrame, usual_places: pd.DataFrame, found: Iterable[Bar]
) -> list[Row]:
    """Return the usual places of those who must not be visited, or not with police."""
    barred: dict[str, set[date]] = {}
    for bar in found:
        if bar.rule in ASKED:
            barred.setdefault(bar.subject, set()).add(bar.day)
    current = usual_places[usual_places["ended_on"].isna()]
    theirs = current.merge(people[["participant_id", "subject", "no_police"]], on="participant_id")
    theirs = theirs.assign(cell=fine_cells(theirs["lon"], theirs["lat"]))
    return [
        {
            "subject": to_text(spot["cell"]),
            "barred_days": days_text(barred.get(spot["subject"], set())),
            "barred_why": _SOMEBODY if spot["subject"] in barred else "",
            "barred_cause": "consent" if spot["subject"] in barred else None,
            "no_police": spot["no_police"],
        }
        for spot in theirs.dropna(subset=["cell"]).to_dict("records")
    ]
