"""Places of help as rows and as HTML: plain functions, every text is escaped."""

from collections.abc import Mapping
from datetime import date, datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from outreach.language.words import plain
from outreach.maps.style import kind_label, need_label
from outreach.pages.demand_tables import day_text
from outreach.pages.work_cards import badge
from outreach.pages.work_forms import counted, language
from outreach.people.nearby import nearest_name
from outreach.resources.hours.openings import say

COLUMNS = ("Name", "To ask about", "Now", "Kind", "Phone", "Hours")
CONFIDENTIAL = "Confidential: never on sheets or maps"
_SEARCHED = ("name", "organization", "service", "address", "hours_text", "eligibility")


def found(
    places: pd.DataFrame,
    *,
    text: str = "",
    need: str | None = None,
    kind: str | None = None,
    open_now: bool = False,
    to_verify: bool = False,
) -> pd.DataFrame:
    """Return the places that fit, those to be verified first, then by name.

    Needs    places    as ``directory_checks.looked_over``, with state
    """
    fits = pd.Series(True, places.index)
    for word in text.casefold().split():
        told = [any(_has(row[name], word) for name in _SEARCHED) for _, row in places.iterrows()]
        fits &= pd.Series(told, places.index, bool)
    if need is not None:
        fits &= places["needs"].map(lambda served: need in served.split()).astype(bool)
    if kind is not None:
        fits &= places["kind"] == kind
    if open_now:
        fits &= places["state"].isin(["open", "by_appointment"])
    if to_verify:
        fits &= places["to_verify"]
    order = places.assign(first=~places["to_verify"], sorted=places["name"].str.casefold())
    kept = order[fits].sort_values(["first", "sorted"], ignore_index=True)
    return kept.drop(columns=["first", "sorted"])


def _has(value: object, word: str) -> bool:
    return isinstance(value, str) and word in value.casefold()


def listed(places: pd.DataFrame, at: datetime, time_zone: str) -> pd.DataFrame:
    """Return the table of a list of places."""
    rows = [
        {
            "Name": place["name"] + (" (confidential)" if place["redacted"] else ""),
            "To ask about": asks(place),
            "Now": now_words(place, at, time_zone),
            "Kind": kind_label(place["kind"]),
            "Phone": place["phone"] or "",
            "Hours": place["hours_text"] or "not on file",
        }
        for place in places.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def asks(place: Mapping[Any, Any]) -> str:
    """Return in a few words what to ask when somebody calls a place."""
    told = ["where it lies"] if place["doubtful"] else []
    told += ["hours"] if place["hours_unread"] else []
    if place["stale"]:
        days = place["verified_days"]
        told.append("never verified" if pd.isna(days) else f"verified {days} days ago")
    return ", ".join(told)


def now_words(place: Mapping[Any, Any], at: datetime, time_zone: str) -> str:
    """Return whether a place is open at a moment, in a few words; unknown is never open."""
    state = place["state"]
    if state == "unknown":
        return "hours not known" if place["hours_state"] == "none" else "hours not understood"
    if state == "closed":
        opens = place["opens_at"]
        if pd.isna(opens):
            return "closed"
        return f"closed, opens {clock_words(opens, at, time_zone)}"
    until = place["closes_at"]
    word = "by appointment" if state == "by_appointment" else "open"
    if pd.isna(until) or (until - pd.Timestamp(at)).days >= 2:
        return word if state == "by_appointment" else "open day and night"
    return f"{word} until {clock_words(until, at, time_zone)}"


def clock_words(moment: datetime, at: datetime, time_zone: str) -> str:
    """Return a moment as people say it: 17:00 today, else with the day."""
    zone = ZoneInfo(time_zone)
    local, today = moment.astimezone(zone), at.astimezone(zone).date()
    clock = f"{local:%H:%M}"
    away = (local.date() - today).days
    if away == 0:
        return clock
    if away == 1:
        return f"tomorrow {clock}"
    return f"{local:%a} {clock}" if away < 7 else f"{local:%a} {local.day} {local:%b} {clock}"


def verified_words(place: Mapping[Any, Any]) -> str:
    """Return when a place was last verified."""
    day = place["verified_on"]
    return day_text(day) if isinstance(day, date) else "never"


def badges_html(place: Mapping[Any, Any], at: datetime, time_zone: str) -> str:
    """Return what matters most of a place as framed words."""
    kind = {"open": "good", "by_appointment": "quiet", "closed": "quiet", "unknown": "look"}
    told = now_words(place, at, time_zone)
    parts = [badge(told[:1].upper() + told[1:], kind[place["state"]])]
    if place["redacted"]:
        parts.insert(0, f'<span class="state limit">{escape(CONFIDENTIAL)}</span>')
    return "".join(parts)


def row_html(place: Mapping[Any, Any], at: datetime, time_zone: str) -> str:
    """Return a place of the list for a narrow screen."""
    facts = [kind_label(place["kind"]), place["phone"] or ""]
    doubts = f"<p>{badge(f'To ask about: {asks(place)}', 'look')}</p>" if asks(place) else ""
    return (
        f'<p class="where">{escape(place["name"])}</p>'
        f'<p class="row">{badges_html(place, at, time_zone)}</p>'
        f'<p class="quiet">{escape(", ".join(fact for fact in facts if fact))}</p>{doubts}'
    )


def place_html(place: Mapping[Any, Any], by: str | None) -> str:
    """Return everything that is known of a place, but for its hours.

    Needs    by    who verified it last, None where that is not known
    """
    facts = [
        ("Organization", place["organization"]),
        ("Service", place["service"] if place["service"] != place["name"] else None),
        ("Serves", ", ".join(need_label(need).lower() for need in place["needs"].split())),
        ("Address", place["address"]),
        ("Phone", place["phone"]),
        ("Website", place["website"]),
        ("For whom", for_whom(place)),
        ("To bring", place["documents"]),
        ("Languages", ", ".join(language(code) for code in place["languages"].split())),
        ("Accessibility", place["accessibility"]),
        ("Capacity", capacity_words(place)),
        ("Last verified", _last_verified(place, by)),
    ]
    return facts_html([(name, str(said)) for name, said in facts if said])


def facts_html(facts: list[tuple[str, str]]) -> str:
    """Return names and values as a list for any width."""
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(said)}</dd>" for name, said in facts)
    return f'<dl class="facts">{rows}</dl>'


def hours_html(place: Mapping[Any, Any], coming: pd.DataFrame, at: datetime, time_zone: str) -> str:
    """Return a place's hours as written, as read, and when it opens next.

    Needs    coming    OPENINGS of the place, as ``directory_list.coming_openings``
    """
    if place["hours_state"] == "none":
        return facts_html([("Hours", "Not on file: ask when you call")])
    facts = [("Hours as written", place["hours_text"] or "")]
    if place["hours_state"] == "read":
        facts.append(("Read as", say(place["hours"])))
        facts.append(("Next open", "; ".join(_openings(coming, at, time_zone)) or "not soon"))
    else:
        facts.append(("Read as", "not understood, so nothing is guessed: ask before going"))
    return facts_html(facts)


def _openings(coming: pd.DataFrame, at: datetime, time_zone: str, most: int = 4) -> list[str]:
    """Return the next openings in words; one that is past midnight says the day it ends."""
    zone, told = ZoneInfo(time_zone), []
    for row in coming[coming["closes_at"] > pd.Timestamp(at)].head(most).to_dict("records"):
        opens, closes = row["opens_at"].astimezone(zone), row["closes_at"].astimezone(zone)
        if (closes - opens).days >= 2:
            return ["day and night"]
        until = f"{closes:%H:%M}" if opens.date() == closes.date() else f"{closes:%a %H:%M}"
        note = f" ({row['note']})" if row["note"] else ""
        if row["state"] == "by_appointment" and "appointment" not in note:
            note = f" (by appointment{', ' + row['note'] if row['note'] else ''})"
        start = "now" if row["opens_at"] <= pd.Timestamp(at) else f"{opens:%a} {opens.day} "
        clock = "" if start == "now" else f"{opens:%b %H:%M}"
        told.append(f"{start}{clock}{' until ' if start == 'now' else '–'}{until}{note}")
    return told


def for_whom(place: Mapping[Any, Any]) -> str:
    """Return who may come, ages included."""
    low, high = place["minimum_age"], place["maximum_age"]
    if not pd.isna(low) and not pd.isna(high):
        ages = f"ages {low:g} to {high:g}"
    elif not pd.isna(low):
        ages = f"age {low:g} and over"
    else:
        ages = "" if pd.isna(high) else f"up to age {high:g}"
    told = place["eligibility"] or ""
    return f"{told} ({ages})" if told and ages else told or ages.capitalize()


def capacity_words(place: Mapping[Any, Any]) -> str:
    """Return how many may come, and how many places are free."""
    most, free = place["capacity_maximum"], place["capacity_available"]
    told = [] if pd.isna(free) else [f"{free:g} free"]
    told += [] if pd.isna(most) else [f"{most:g} in all"]
    when = place["capacity_updated_at"]
    since = "" if pd.isna(when) or pd.isna(free) else f", told on {day_text(when.date())}"
    return ", ".join(told) + since


def _last_verified(place: Mapping[Any, Any], by: str | None) -> str:
    if pd.isna(place["verified_days"]):
        return "Never"
    days = int(place["verified_days"])
    ago = "today" if days == 0 else f"{counted(days, 'day')} ago"
    who = f", by {by}" if by else ""
    return f"{verified_words(place)} ({ago}){who}"


def summary_words(places: pd.DataFrame, stale_days: int) -> str:
    """Return how many places there are, and how many of them ask for a call."""
    asked = int(places["to_verify"].sum())
    start = counted(len(places), "place")
    if not asked:
        return f"{start}; all were verified in the last {stale_days} days and are understood."
    parts = {
        f"not verified in the last {stale_days} days": places["stale"],
        "with hours that are not understood": places["hours_unread"],
        "that may not lie where the map has them": places["doubtful"],
    }
    told = ", ".join(f"{int(rows.sum())} {what}" for what, rows in parts.items() if rows.any())
    return f"{start}; {asked} to ask about: {told}."


def history_html(history: pd.DataFrame) -> str:
    """Return what people did about a place, one line each.

    Needs    as ``pipeline.directory.history_of``
    """
    rows = [
        f'<li><p class="when">{escape(row["day"])}</p><p>{escape(_done(row))}</p></li>'
        for row in history.to_dict("records")
    ]
    return f'<ol class="timeline">{"".join(rows)}</ol>'


def _done(row: Mapping[Any, Any]) -> str:
    told = f"{row['by']}: {plain(row['did']).lower()}"
    if not row["field"]:
        return told
    before, after = row["before"] or "nothing", row["after"] or "nothing"
    return f"{told} {plain(row['field']).lower()} from “{before}” to “{after}”"


def contacts(places: pd.DataFrame, resources: pd.DataFrame, *, radius_m: float) -> pd.Series:
    """Return whom to call about a repeat place: the facility there and its phone; else "".

    Confidential places are never named.

    Needs    places: lon, lat; resources: RESOURCES
    """
    known = resources[~resources["redacted"].astype(bool) & resources["phone"].notna()]
    told = known.assign(name=known["name"] + ", " + known["phone"])
    return nearest_name(places, told, radius_m=radius_m).fillna("")
