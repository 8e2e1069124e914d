"""Participants into what their pages show: plain functions."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from html import escape
from typing import Any

import pandas as pd

from outreach.language.translate import N_, clock_words, day_words
from outreach.language.words import plain
from outreach.maps.elements import each
from outreach.maps.participant import seen_ago
from outreach.pages import language as reader
from outreach.pages.language import _, _n, full_day, in_words, moment
from outreach.pages.work_forms import days_in_words, due_words, language
from outreach.pipeline.profiles import Profile
from outreach.weeks import DAY_NAMES
from outreach.work_words import CONSENT_RULES

Limits = dict[str, tuple[list[str], str]]  # by subject: badges, and why no visit may be made
KIND_WORDS = {
    "call": N_("Call"),
    "visit": N_("Visit"),
    "referral": N_("Referral"),
    "task": N_("Task"),
}
STATUS_WORDS = {"active": N_("active"), "inactive": N_("inactive")}
# What ``people.find.find`` says it found somebody by.
FOUND_BY = (N_("birth date"), N_("year of birth"), N_("phone"), N_("name"), N_("id"))


def known(value: Any) -> bool:
    """Return whether a value of a row says anything."""
    return value is not None and not pd.isna(value) and value != ""


def name_of(row: Mapping[Any, Any]) -> str:
    """Return what a participant is called."""
    return str(row["name"]) if known(row.get("name")) else _("No name known")


def birth_words(birth_date: str) -> str:
    """Return a birth date as the reader writes it; one that is in no calendar stays as it is."""
    try:
        return full_day(date.fromisoformat(birth_date))
    except ValueError:
        return birth_date


def hours_words(begin: Any, end: Any) -> list[str]:
    """Return between which times of day somebody wants a visit."""
    if known(begin) and known(end):
        return [_("Only from {begin} to {end}").format(begin=_clock(begin), end=_clock(end))]
    if known(begin):
        return [_("Not before {value}").format(value=_clock(begin))]
    return [_("Not after {value}").format(value=_clock(end))] if known(end) else []


def _clock(text: str) -> str:
    at = datetime.combine(date.min, time.fromisoformat(text))
    return clock_words(at, reader.language())


def weekday(name: str) -> str:
    """Return a day of the week, of DAY_NAMES, as the reader writes it in short."""
    monday = date(2024, 1, 1)
    return day_words(monday + timedelta(DAY_NAMES.index(name)), reader.language(), "EEE")


def days_words(days: Iterable[str]) -> str:
    """Return days of the week as people say them: Mon, Thu."""
    return ", ".join(weekday(day) for day in DAY_NAMES if day in set(days))


def what_binds(profile: Profile) -> list[str]:
    """Say what binds whoever goes to a participant, the hardest rule first."""
    consents = profile.consents[profile.consents["binding"]]
    said = []
    for row in sorted(each(consents), key=lambda row: CONSENT_RULES.index(row.rule)):
        rule = in_words(row.rule)
        if known(row.until):
            rule = _("{rule} until {day}").format(rule=rule, day=full_day(row.until))
        said.append(rule)
    return [*said, *_wish_words(profile.wishes or {}), *_cap_words(profile.participant)]


def _wish_words(wish: Mapping[str, Any]) -> list[str]:
    said = [_("Phone only")] if wish.get("way") == "phone" else []
    said += hours_words(wish.get("visit_from_local"), wish.get("visit_until_local"))
    if known(wish.get("days")):
        said.append(_("Only on {days}").format(days=days_words(str(wish["days"]).split())))
    if known(wish.get("usual_place_id")):
        place = wish["address"] if known(wish.get("address")) else _("the chosen usual place")
        said.append(_("Meet at {value}").format(value=place))
    if known(wish.get("worker")):
        said.append(_("With {worker}").format(worker=wish["worker"]))
    if known(wish.get("language")):
        said.append(_("In {language}").format(language=language(wish["language"])))
    if known(wish.get("visits_a_week")):
        said.append({1: _("Once a week"), 2: _("Twice a week")}[int(wish["visits_a_week"])])
    if known(wish.get("organisation")):
        said.append(_("Referrals: {name} first").format(name=wish["organisation"]))
    return said


def _cap_words(row: Mapping[str, Any]) -> list[str]:
    said = []
    visits = _visits(row["cap_visits"]) if known(row["cap_visits"]) else ""
    days = _days(row["cap_days"]) if known(row["cap_days"]) else ""
    if visits and days:
        said.append(_("At most {visits} in {days}").format(visits=visits, days=days))
    elif visits:
        said.append(_("At most {visits}").format(visits=visits))
    elif days:
        said.append(_("A cap on visits in {days}").format(days=days))
    if known(row["cooling_off_days"]):
        rest = _days(row["cooling_off_days"])
        said.append(_("{days} of rest after a no").format(days=rest))
    return said


def _visits(number: float) -> str:
    return _n("{number} visit", "{number} visits", int(number))


def _days(number: float) -> str:
    return _n("{number} day", "{number} days", int(number))


def limits_now(rules: pd.DataFrame, today: date) -> Limits:
    """Return for each subject what binds today as short badges, and why no visit may be made.

    Needs    CONTACT_RULES of the week that today lies in
    """
    found: Limits = {}
    for rule in each(rules):
        barred = today.isoformat() in str(rule.barred_days).split()
        said = [_("No visit today")] if barred else []
        said += [_("No police")] if rule.no_police else []
        said += hours_words(rule.visit_from_local, rule.visit_until_local)
        if known(rule.with_staff):
            said.append(_("With {worker}").format(worker=rule.with_staff))
        if known(rule.language):
            said.append(_("In {language}").format(language=language(rule.language)))
        if known(rule.address):
            said.append(_("Meet at {value}").format(value=rule.address))
        found[str(rule.subject)] = (said, days_in_words(str(rule.barred_why)) if barred else "")
    return found


def binds_html(binds: Iterable[str], marks: Iterable[str]) -> str:
    """Return what binds as the first thing that is read; every text is escaped."""
    state = "".join(map(_mark, marks))
    none = _("No wish and no limit is recorded.")
    said = tags_html(binds) or f'<span class="quiet">{escape(none)}</span>'
    return f'<div class="binds">{state}{said}</div>'


def tags_html(words: Iterable[str]) -> str:
    """Return short words as plain badges; every text is escaped."""
    return "".join(f'<span class="state limit">{escape(word)}</span> ' for word in words)


def facts(row: Mapping[Any, Any], today: date) -> list[str]:
    """Say where a case stands: worker, last contact, what is due."""
    worker = _("nobody carries the case")
    if known(row.get("worker")):
        worker = _("with {worker}").format(worker=row["worker"])
    said = [worker, _contact_words(row.get("last_contact_on"), today)]
    if known(row.get("next_due_on")):
        said.append(_("next due {when}").format(when=due_words(row["next_due_on"], today)))
    return said


def _contact_words(last_contact_on: Any, today: date) -> str:
    if not known(last_contact_on):
        return _("no contact yet")
    days = (today - last_contact_on).days
    if days < 2:
        return _("contact today") if days < 1 else _("contact yesterday")
    return _("last contact {days} days ago").format(days=days)


def row_html(row: Mapping[Any, Any], limits: tuple[list[str], str] | None, today: date) -> str:
    """Return one participant of the list as lines of text; every text is escaped."""
    marks = [] if row["status"] == "active" else [_("Inactive")]
    marks += [_("Too long without contact")] if row["overdue"] else []
    marks += [_("Listing ended: renew")] if row["listing_ended"] else []
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
    by = ", ".join(_(part) for part in matched.split(", "))  # each of FOUND_BY
    told = _("{told}. Found by {by}.").format(told=f"{told[:1].upper()}{told[1:]}", by=by)
    return f'<p class="quiet row">{escape(told)}</p>'


def timeline_html(timeline: pd.DataFrame, time_zone: str) -> str:
    """Return what happened as a list, as it is ordered; every text is escaped.

    Needs    at, kind, what
    """
    items = "".join(
        f'<li class="{escape(row.kind)}"><p class="when">{moment(row.at, time_zone)}</p>'
        f"<p><strong>{escape(_(KIND_WORDS.get(row.kind, plain(row.kind))))}</strong> "
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
        f'<p class="where">{escape(place_name(row.address))}</p>'
        f"<p>{escape(_seen_there(row, today))}</p></div></li>"
        for number, row in enumerate(each(places), start=1)
    )
    return f'<ol class="itinerary places">{items}</ol>'


def place_name(address: Any) -> str:
    """Return what a place is called."""
    return str(address) if known(address) else _("Without an address")


def _seen_there(place: Any, today: date) -> str:
    seen = seen_ago(place.last_seen_on, today, reader.language()).capitalize()
    return _("{seen}: ask before going").format(seen=seen) if place.old else seen


def call_places(places: pd.DataFrame) -> pd.DataFrame:
    """Return where calls came from, each address once however it is spelt, most calls first.

    Needs    address, calls, last_on
    Adds     Place, Calls, Last
    """
    named = places.assign(address=places["address"].fillna(_("Without an address")))
    found = named.groupby(named["address"].str.casefold(), sort=False).agg(
        Place=("address", "first"), Calls=("calls", "sum"), Last=("last_on", "max")
    )
    found = found.sort_values("Calls", ascending=False, ignore_index=True)
    return found.assign(Last=found["Last"].map(full_day))


def filtered(people: pd.DataFrame, *, status: str, worker: str | None) -> pd.DataFrame:
    """Return the participants of a status and a worker, those left too long first.

    Needs    as pipeline.participants.list_participants
    """
    kept = pd.Series(True, index=people.index)
    if status != "all":
        kept &= people["status"] == status
    if worker is not None:
        kept &= people["worker"].fillna("") == worker
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
        last, status = until.get(key), case.get("status")
        ended = last is not None and last < today
        rows.append(
            {
                "person_id": key,
                "participant_id": case.get("participant_id", ""),
                "participant": _(STATUS_WORDS[status]) if status else _("no"),
                "listed": _listed_words(last, ended=ended),
                "ended": ended,
                "told": _told(person, enrolled=bool(case), ended=ended),
            }
        )
    return pd.DataFrame(rows)


def _listed_words(until: date | None, *, ended: bool) -> str:
    if until is None:
        return ""
    return _("{day} (ended)").format(day=full_day(until)) if ended else full_day(until)


def _told(person: Any, *, enrolled: bool, ended: bool) -> str:
    calls = _n("{number} call", "{number} calls", int(person.calls))
    parts = [f"{person.person_id}: {calls}"]
    parts += [_("participant")] if enrolled else []
    parts += [_("listing ended")] if ended else []
    return ", ".join(parts)
