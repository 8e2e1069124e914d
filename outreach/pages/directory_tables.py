"""Places of help as rows and as HTML: plain functions, every text is escaped."""

from collections.abc import Mapping
from datetime import date, datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from outreach.language.translate import N_
from outreach.language.words import plain
from outreach.maps.style import kind_label
from outreach.pages import language as reader
from outreach.pages.language import _, _n, clock, day, full_day, need_label
from outreach.pages.work_cards import badge
from outreach.pages.work_forms import language
from outreach.people.nearby import nearest_name
from outreach.resources.hours.openings import say

COLUMNS = ("Name", "To ask about", "Now", "Kind", "Phone", "Hours")
CONFIDENTIAL = N_("Confidential: never on sheets or maps")
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
            "Name": _("{name} (confidential)").format(name=place["name"])
            if place["redacted"]
            else place["name"],
            "To ask about": asks(place),
            "Now": now_words(place, at, time_zone),
            "Kind": kind_label(place["kind"], reader.language()),
            "Phone": place["phone"] or "",
            "Hours": place["hours_text"] or _("not on file"),
        }
        for place in places.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def asks(place: Mapping[Any, Any]) -> str:
    """Return in a few words what to ask when somebody calls a place."""
    told = [_("where it lies")] if place["doubtful"] else []
    told += [_("hours")] if place["hours_unread"] else []
    if place["stale"]:
        days = place["verified_days"]
        old = _("verified {days} days ago").format(days=days)
        told.append(_("never verified") if pd.isna(days) else old)
    return ", ".join(told)


def now_words(place: Mapping[Any, Any], at: datetime, time_zone: str) -> str:
    """Return whether a place is open at a moment, in a few words; unknown is never open."""
    state = place["state"]
    if state == "unknown":
        none = place["hours_state"] == "none"
        return _("hours not known") if none else _("hours not understood")
    if state == "closed":
        opens = place["opens_at"]
        if pd.isna(opens):
            return _("closed")
        return _("closed, opens {time}").format(time=when_words(opens, at, time_zone))
    until = place["closes_at"]
    by_appointment = state == "by_appointment"
    if pd.isna(until) or (until - pd.Timestamp(at)).days >= 2:
        return _("by appointment") if by_appointment else _("open day and night")
    told = _("by appointment until {time}") if by_appointment else _("open until {time}")
    return told.format(time=when_words(until, at, time_zone))


def when_words(moment: datetime, at: datetime, time_zone: str) -> str:
    """Return a moment as people say it: 5:00 PM today, else with the day."""
    zone = ZoneInfo(time_zone)
    local, today = moment.astimezone(zone), at.astimezone(zone).date()
    time = clock(moment, time_zone)
    away = (local.date() - today).days
    if away == 0:
        return time
    if away == 1:
        return _("tomorrow, {time}").format(time=time)
    return f"{day(local.date())}, {time}"


def verified_words(place: Mapping[Any, Any]) -> str:
    """Return when a place was last verified."""
    on = place["verified_on"]
    return full_day(on) if isinstance(on, date) else _("never")


def badges_html(place: Mapping[Any, Any], at: datetime, time_zone: str) -> str:
    """Return what matters most of a place as framed words."""
    kind = {"open": "good", "by_appointment": "quiet", "closed": "quiet", "unknown": "look"}
    told = now_words(place, at, time_zone)
    parts = [badge(told[:1].upper() + told[1:], kind[place["state"]])]
    if place["redacted"]:
        parts.insert(0, f'<span class="state limit">{escape(_(CONFIDENTIAL))}</span>')
    return "".join(parts)


def row_html(place: Mapping[Any, Any], at: datetime, time_zone: str) -> str:
    """Return a place of the list for a narrow screen."""
    facts = [kind_label(place["kind"], reader.language()), place["phone"] or ""]
    told = _("To ask about: {what}").format(what=asks(place))
    doubts = f"<p>{badge(told, 'look')}</p>" if asks(place) else ""
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
        (_("Organization"), place["organization"]),
        (_("Service"), place["service"] if place["service"] != place["name"] else None),
        (_("Serves"), ", ".join(need_label(need).lower() for need in place["needs"].split())),
        (_("Address"), place["address"]),
        (_("Phone"), place["phone"]),
        (_("Website"), place["website"]),
        (_("For whom"), for_whom(place)),
        (_("To bring"), place["documents"]),
        (_("Languages"), ", ".join(language(code) for code in place["languages"].split())),
        (_("Accessibility"), place["accessibility"]),
        (_("Capacity"), capacity_words(place)),
        (_("Last verified"), _last_verified(place, by)),
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
        return facts_html([(_("Hours"), _("Not on file: ask when you call"))])
    facts = [(_("Hours as written"), place["hours_text"] or "")]
    if place["hours_state"] == "read":
        facts.append((_("Read as"), say(place["hours"])))
        soon = "; ".join(_openings(coming, at, time_zone))
        facts.append((_("Next open"), soon or _("not soon")))
    else:
        told = _("not understood, so nothing is guessed: ask before going")
        facts.append((_("Read as"), told))
    return facts_html(facts)


def _openings(coming: pd.DataFrame, at: datetime, time_zone: str, most: int = 4) -> list[str]:
    """Return the next openings in words; one that is past midnight says the day it ends."""
    zone, told = ZoneInfo(time_zone), []
    for row in coming[coming["closes_at"] > pd.Timestamp(at)].head(most).to_dict("records"):
        opens, closes = row["opens_at"].astimezone(zone), row["closes_at"].astimezone(zone)
        if (closes - opens).days >= 2:
            return [_("day and night")]
        until = clock(closes, time_zone)
        if opens.date() != closes.date():
            until = f"{day(closes.date())}, {until}"
        if row["opens_at"] <= pd.Timestamp(at):
            words = _("now until {time}").format(time=until)
        else:
            words = f"{day(opens.date())}, {clock(opens, time_zone)} – {until}"
        notes = [row["note"]] if row["note"] else []
        if row["state"] == "by_appointment" and "appointment" not in row["note"]:
            notes.insert(0, _("by appointment"))
        told.append(f"{words} ({', '.join(notes)})" if notes else words)
    return told


def for_whom(place: Mapping[Any, Any]) -> str:
    """Return who may come, ages included."""
    low, high = place["minimum_age"], place["maximum_age"]
    if not pd.isna(low) and not pd.isna(high):
        ages = _("ages {low} to {high}").format(low=f"{low:g}", high=f"{high:g}")
    elif not pd.isna(low):
        ages = _("age {low} and over").format(low=f"{low:g}")
    else:
        ages = "" if pd.isna(high) else _("up to age {high}").format(high=f"{high:g}")
    told = place["eligibility"] or ""
    return f"{told} ({ages})" if told and ages else told or ages.capitalize()


def capacity_words(place: Mapping[Any, Any]) -> str:
    """Return how many may come, and how many places are free."""
    most, free = place["capacity_maximum"], place["capacity_available"]
    told = [] if pd.isna(free) else [_("{n} free").format(n=f"{free:g}")]
    told += [] if pd.isna(most) else [_("{n} in all").format(n=f"{most:g}")]
    when = place["capacity_updated_at"]
    if not pd.isna(when) and not pd.isna(free):
        told.append(_("told on {day}").format(day=full_day(when.date())))
    return ", ".join(told)


def _last_verified(place: Mapping[Any, Any], by: str | None) -> str:
    if pd.isna(place["verified_days"]):
        return _("Never")
    days = int(place["verified_days"])
    ago = _n("{number} day ago", "{number} days ago", days) if days else _("today")
    told = _("{day} ({ago}), by {name}") if by else "{day} ({ago})"
    return told.format(day=verified_words(place), ago=ago, name=by)


def summary_words(places: pd.DataFrame, stale_days: int) -> str:
    """Return how many places there are, and how many of them ask for a call."""
    asked = int(places["to_verify"].sum())
    start = _n("{number} place", "{number} places", len(places))
    if not asked:
        told = _("{places}; all were verified in the last {days} days and are understood.")
        return told.format(places=start, days=stale_days)
    parts = {
        _("{n} not verified in the last {days} days"): places["stale"],
        _("{n} with hours that are not understood"): places["hours_unread"],
        _("{n} that may not lie where the map has them"): places["doubtful"],
    }
    what = ", ".join(
        told.format(n=int(rows.sum()), days=stale_days)
        for told, rows in parts.items()
        if rows.any()
    )
    told = _("{places}; {n} to ask about: {what}.")
    return told.format(places=start, n=asked, what=what)


def history_html(history: pd.DataFrame) -> str:
    """Return what people did about a place, one line each.

    Needs    as ``pipeline.directory.history_of``
    """
    rows = [
        f'<li><p class="when">{full_day(date.fromisoformat(row["day"]))}</p>'
        f"<p>{escape(_done(row))}</p></li>"
        for row in history.to_dict("records")
    ]
    return f'<ol class="timeline">{"".join(rows)}</ol>'


def _done(row: Mapping[Any, Any]) -> str:
    did = {"by": row["by"], "did": _(plain(row["did"])).lower()}
    if not row["field"]:
        return _("{by}: {did}").format(**did)
    return _("{by}: {did} {field} from “{before}” to “{after}”").format(
        field=_(plain(row["field"])).lower(),
        before=row["before"] or _("nothing"),
        after=row["after"] or _("nothing"),
        **did,
    )


def contacts(places: pd.DataFrame, resources: pd.DataFrame, *, radius_m: float) -> pd.Series:
    """Return whom to call about a repeat place: the facility there and its phone; else "".

    Confidential places are never named.

    Needs    places: lon, lat; resources: RESOURCES
    """
    known = resources[~resources["redacted"].astype(bool) & resources["phone"].notna()]
    told = known.assign(name=known["name"] + ", " + known["phone"])
    return nearest_name(places, told, radius_m=radius_m).fillna("")
