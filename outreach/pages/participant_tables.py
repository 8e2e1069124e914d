"""Participants into what their pages show: plain functions, no Streamlit."""

from collections.abc import Iterable, Mapping
from datetime import date
from html import escape
from typing import Any

import pandas as pd

from outreach.language.words import plain
from outreach.maps.elements import each
from outreach.maps.participant import seen_ago
from outreach.pages.demand_tables import day_text
from outreach.pages.work_forms import counted, days_in_words, due_words, in_words, language
from outreach.pipeline.profiles import Profile
from outreach.weeks import DAY_NAMES, local_text
from outreach.work_words import CONSENT_RULES

NAMELESS = "No name known"
Limits = dict[str, tuple[list[str], str]]  # by subject: badges, and why no visit may be made
KIND_WORDS = {"call": "Call", "visit": "Visit", "referral": "Referral", "task": "Task"}


def known(value: Any) -> bool:
    """Return whether a value of a row says anything."""
    return value is not None and not pd.isna(value) and value != ""


def until_words(until: Any) -> str:
    """Return until when something holds; "" where it never ends."""
    return f" until {day_text(until)}" if known(until) else ""


def name_of(row: Mapping[Any, Any]) -> str:
    """Return what a participant is called."""
    return str(row["name"]) if known(row.get("name")) else NAMELESS


def hours_words(begin: Any, end: Any) -> list[str]:
    """Return between which times of day somebody wants a visit."""
    if known(begin) and known(end):
        return [f"Only from {begin} to {end}"]
    return [f"Not before {begin}"] if known(begin) else [f"Not after {end}"] if known(end) else []


def days_words(days: Iterable[str]) -> str:
    """Return days of the week as people say them: Mon, Thu."""
    return ", ".join(day.capitalize() for day in DAY_NAMES if day in set(days))


def what_binds(profile: Profile) -> list[str]:
    """Say what binds whoever goes to a participant, the hardest rule first."""
    consents = profile.consents[profile.consents["binding"]]
    said = []
    for row in sorted(each(consents), key=lambda row: CONSENT_RULES.index(row.rule)):
        said.append(f"{in_words(row.rule)}{until_words(row.until)}")
    return [*said, *_wish_words(profile.wishes or {}), *_cap_words(profile.participant)]


def _wish_words(wish: Mapping[str, Any]) -> list[str]:
    said = ["Phone only"] if wish.get("way") == "phone" else []
    said += hours_words(wish.get("visit_from_local"), wish.get("visit_until_local"))
    if known(wish.get("days")):
        said.append(f"Only on {days_words(str(wish['days']).split())}")
    if known(wish.get("usual_place_id")):
        place = wish["address"] if known(wish.get("address")) else "the chosen usual place"
        said.append(f"Meet at {place}")
    if known(wish.get("worker")):
        said.append(f"With {wish['worker']}")
    if known(wish.get("language")):
        said.append(f"In {language(wish['language'])}")
    if known(wish.get("visits_a_week")):
        said.append({1: "Once a week", 2: "Twice a week"}[int(wish["visits_a_week"])])
    if known(wish.get("organisation")):
        said.append(f"Referrals: {wish['organisation']} first")
    return said


def _cap_words(row: Mapping[str, Any]) -> list[str]:
    said = []
    visits, days = row["cap_visits"], row["cap_days"]
    if known(visits) or known(days):
        most = f"At most {counted(visits, 'visit')}" if known(visits) else "A cap on visits"
        said.append(f"{most} in {counted(days, 'day')}" if known(days) else most)
    if known(row["cooling_off_days"]):
        said.append(f"{counted(row['cooling_off_days'], 'day')} of rest after a no")
    return said


def limits_now(rules: pd.DataFrame, today: date) -> Limits:
    """Return for each subject what binds today as short badges, and why no visit may be made.

    Needs    CONTACT_RULES of the week that today lies in
    """
    found: Limits = {}
    for rule in each(rules):
        barred = today.isoformat() in str(rule.barred_days).split()
        said = ["No visit today"] if barred else []
        said += ["No police"] if rule.no_police else []
        said += hours_words(rule.visit_from_local, rule.visit_until_local)
        said += [f"With {rule.with_staff}"] if known(rule.with_staff) else []
        said += [f"In {language(rule.language)}"] if known(rule.language) else []
        said += [f"Meet at {rule.address}"] if known(rule.address) else []
        found[str(rule.subject)] = (said, days_in_words(str(rule.barred_why)) if barred else "")
    return found


def binds_html(binds: Iterable[str], marks: Iterable[str]) -> str:
    """Return what binds as the first thing that is read; every text is escaped."""
    state = "".join(map(_mark, marks))
    said = tags_html(binds) or '<span class="quiet">No wish and no limit is recorded.</span>'
    return f'<div class="binds">{state}{said}</div>'


def tags_html(words: Iterable[str]) -> str:
    """Return short words as plain badges; every text is escaped."""
    return "".join(f'<span class="state limit">{escape(word)}</span> ' for word in words)


def facts(row: Mapping[Any, Any], today: date) -> list[str]:
    """Say where a case stands: worker, last contact, what is due."""
    worker = f"with {row['worker']}" if known(row.get("worker")) else "nobody carries the case"
    if known(row.get("last_contact_on")):
        last = seen_ago(row["last_contact_on"], today).replace("last seen", "last contact")
        last = last.replace("seen", "contact")
    else:
        last = "no contact yet"
    said = [worker, last]
    if known(row.get("next_due_on")):
        said.append(f"next due {due_words(row['next_due_on'], today)}")
    return said


def row_html(row: Mapping[Any, Any], limits: tuple[list[str], str] | None, today: date) -> str:
    """Return one participant of the list as lines of text; every text is escaped."""
    marks = [] if row["status"] == "active" else ["Inactive"]
    marks += ["Too long without contact"] if row["overdue"] else []
    marks += ["Listing ended: renew"] if row["listing_ended"] else []
    badges, why = limits or ([], "")
    told = "; ".join(facts(row, today))
    told = escape(told[:1].upper() + told[1:])
    state = "".join(map(_mark, marks)) + tags_html(badges)
    reason = f'<p class="quiet row">{escape(why)}</p>' if why else ""
    return f'<p class="quiet row">{told}</p><p class="row">{state}</p>{reason}'


def _mark(text: str) -> str:
    return f'<span class="state look">! {escape(text)}</span> '


def found_html(told: str, matched: str) -> str:
    """Return what a search says of somebody; every text is escaped."""
    told = f"{told[:1].upper()}{told[1:]}. Found by {matched}."
    return f'<p class="quiet row">{escape(told)}</p>'


def timeline_html(timeline: pd.DataFrame, time_zone: str) -> str:
    """Return what happened as a list, as it is ordered; every text is escaped.

    Needs    at, kind, what
    """
    items = "".join(
        f'<li class="{escape(row.kind)}"><p class="when">{local_text(row.at, time_zone)}</p>'
        f"<p><strong>{escape(KIND_WORDS.get(row.kind, plain(row.kind)))}</strong> "
        f"{escape(days_in_words(str(row.what)))}</p></li>"
        for row in each(timeline)
    )
    return f'<ol class="timeline">{items}</ol>'


def places_html(places: pd.DataFrame, today: date) -> str:
    """Return usual places numbered as on the map; every text is escaped.

    Needs    address, last_seen_on, old
    """
    items = "".join(
        f'<li><span class="number{" old" if row.old else ""}">{number}</span><div>'
        f'<p class="where">{escape(row.address if known(row.address) else "Without an address")}'
        f"</p><p>{seen_ago(row.last_seen_on, today).capitalize()}"
        f"{': ask before going' if row.old else ''}</p></div></li>"
        for number, row in enumerate(each(places), start=1)
    )
    return f'<ol class="itinerary places">{items}</ol>'


def call_places(places: pd.DataFrame) -> pd.DataFrame:
    """Return where calls came from, each address once however it is spelt, most calls first.

    Needs    address, calls, last_on
    Adds     Place, Calls, Last
    """
    named = places.assign(address=places["address"].fillna("Without an address"))
    found = named.groupby(named["address"].str.casefold(), sort=False).agg(
        Place=("address", "first"), Calls=("calls", "sum"), Last=("last_on", "max")
    )
    found = found.sort_values("Calls", ascending=False, ignore_index=True)
    return found.assign(Last=found["Last"].map(day_text))


def filtered(people: pd.DataFrame, *, status: str, worker: str | None) -> pd.DataFrame:
    """Return the participants of a status and a worker, those left too long first.

    Needs    as pipeline.participants.list_participants
    """
    kept = pd.Series(True, index=people.index)
    if status != "all":
        kept &= people["status"] == status
    if worker is not None:
        kept &= people["worker"] == worker
    order = ["listing_ended", "overdue", "days_since_contact", "name"]
    return people[kept].sort_values(order, ascending=[False, False, False, True])


def repeat_people(
    persons: pd.DataFrame, enrolled: pd.DataFrame, listings: pd.DataFrame, today: date
) -> pd.DataFrame:
    """Return for the people of the repeat list who is enrolled and until when they are listed.

    Needs    persons      PERSONS
             enrolled     as pipeline.participants.list_participants
             listings     subject, until
    Adds     person_id, participant_id ("": not enrolled), participant and listed in words, ended,
             told: how the person is called in a choice
    """
    own = enrolled.dropna(subset=["person_id"]).drop_duplicates("person_id").set_index("person_id")
    until = listings.set_index("subject")["until"].to_dict() | own["listed_until"].to_dict()
    rows = []
    for person in each(persons):
        key = str(person.person_id)
        case = own.loc[key].to_dict() if key in own.index else {}
        last = until.get(key)
        ended = last is not None and last < today
        state = (", participant" if case else "") + (", listing ended" if ended else "")
        rows.append(
            {
                "person_id": key,
                "participant_id": case.get("participant_id", ""),
                "participant": case["status"] if case else "no",
                "listed": "" if last is None else day_text(last) + (" (ended)" if ended else ""),
                "ended": ended,
                "told": f"{key}: {person.calls} calls{state}",
            }
        )
    return pd.DataFrame(rows)
