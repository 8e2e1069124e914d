"""Why a place of help is offered, in one honest sentence."""

from collections.abc import Hashable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from outreach.config import ResourceParams
from outreach.language.translate import N_, clock_words, day_words, translator
from outreach.resources.directory.kinds import kind_words
from outreach.schemas import UNKNOWN
from outreach.work_words import LANGUAGES

RING_FIRST = N_("ring first")
_DAY_S = 86_400
_LONG_TEXT = 90  # characters: a sentence holds no page of rules

Offer = Mapping[Hashable, Any]


def minutes(seconds: float) -> str:
    """Return a time on the way as people say it: 6 min, 1 h 20 min."""
    whole = max(1, round(seconds / 60))
    hours, rest = divmod(whole, 60)
    if not hours:
        return f"{whole} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def way_words(offer: Offer, language: str = "en") -> str:
    """Return how far a place is in the mode of travel that is offered.

    Needs    mode, travel_s       as in NEAREST
    """
    _ = translator(language)
    told = _("{time} on foot") if offer["mode"] == "walk" else _("{time} by car")
    return told.format(time=minutes(offer["travel_s"]))


def state_words(offer: Offer, time_zone: str, language: str = "en") -> str:
    """Return what a place will be on arrival, in a few words.

    Needs    on_arrival, arrive_at, closes_at, opens_at       as in NEAREST
    """
    _ = translator(language)
    if offer["on_arrival"] == "open":
        left_s = (offer["closes_at"] - offer["arrive_at"]).total_seconds()
        if left_s >= _DAY_S:
            return _("open day and night")
        return _("open until {time}").format(time=_clock(offer["closes_at"], time_zone, language))
    if offer["on_arrival"] == "closed":
        return _closed_words(offer, time_zone, language)
    return _("by appointment") if offer["on_arrival"] == "by_appointment" else _(RING_FIRST)


def _clock(instant: datetime, time_zone: str, language: str) -> str:
    _ = translator(language)
    local = instant.astimezone(ZoneInfo(time_zone))
    midnight = local.hour == local.minute == 0
    return _("midnight") if midnight else clock_words(local, language)


def _closed_words(offer: Offer, time_zone: str, language: str) -> str:
    _ = translator(language)
    if _absent(offer["opens_at"]):
        return _("closed then, not open again this week")
    zone = ZoneInfo(time_zone)
    opens, arrive = offer["opens_at"].astimezone(zone), offer["arrive_at"].astimezone(zone)
    time = clock_words(opens, language)
    if opens.date() == arrive.date():
        return _("closed then, opens {time}").format(time=time)
    day = day_words(opens.date(), language)
    return _("closed then, opens {day}, {time}").format(day=day, time=time)


def reason(offer: Offer, *, params: ResourceParams, time_zone: str) -> str:
    """Return why a place is offered at a stop, and what to know before going there.

    Needs    walk_s, drive_s, can_drive, need, language, note, leave_at
             holiday, opens_on_holiday     bool: a public holiday about which its hours say nothing
             closing                       bool: it closes too soon to be counted as open
             and the columns of NEAREST and RESOURCES
    """
    parts = [
        _ways(offer, params),
        _hours(offer, time_zone),
        kind_words(str(offer["kind"])),
        _need(offer),
        _language(offer),
        _eligible(offer),
        _said("bring: ", offer["documents"]),
        _capacity(offer, params, time_zone),
        _verified(offer, params, time_zone),
    ]
    return "; ".join(part for part in parts if part)


def _ways(offer: Offer, params: ResourceParams) -> str:
    walk, drive = offer["walk_s"], offer["drive_s"]
    if np.isnan(walk):
        return f"{minutes(drive)} by car, paths on foot not known"
    on_foot = f"{minutes(walk)} on foot"
    if offer["mode"] == "drive":
        return f"{minutes(drive)} by car, {on_foot}"
    if walk > params.walk_limit_min * 60:
        on_foot += " (far, and the team has no car)"
    return on_foot if np.isnan(drive) else f"{on_foot}, {minutes(drive)} by car"


def _hours(offer: Offer, time_zone: str) -> str:
    words = state_words(offer, time_zone)
    note = f" ({offer['note']})" if offer["note"] and offer["note"] != words else ""
    if offer["on_arrival"] == "open":
        left_s = (offer["closes_at"] - offer["arrive_at"]).total_seconds()
        if offer["closing"]:
            words = words.replace("open until", "open only until")
        return (words if left_s >= _DAY_S else f"{words} ({minutes(left_s)} left)") + note
    if offer["on_arrival"] == "closed":
        words = words.replace("closed then", "closed on arrival")
        return words + (", a public holiday: ring first" if offer["opens_on_holiday"] else "")
    ring = f"ring {offer['phone']}" if _there(offer["phone"]) else RING_FIRST
    if offer["on_arrival"] == "by_appointment":
        return f"by appointment: {ring}{note}"
    return f"{_unknown(offer)}: {ring}"


def _unknown(offer: Offer) -> str:
    """Say why it is not known whether a place will be open."""
    if offer["holiday"]:
        return "a public holiday"
    if offer["hours_state"] == "unread" and _there(offer["hours_text"]):
        return f"hours not read for sure ({_short(offer['hours_text'])})"
    return "hours not known"


def _absent(value: Any) -> bool:
    return bool(pd.isna(value))


def _there(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _short(text: str) -> str:
    told = " ".join(text.split())
    return told if len(told) <= _LONG_TEXT else told[: _LONG_TEXT - 1].rstrip() + "…"


def _said(before: str, text: Any) -> str:
    return f"{before}{_short(text)}" if _there(text) else ""


def _need(offer: Offer) -> str:
    if offer["need"] != UNKNOWN:
        return f"for {str(offer['need']).replace('_', ' ')}"
    served = ", ".join(need.replace("_", " ") for need in str(offer["needs"]).split())
    return f"need unknown, serves {served}"


def _language(offer: Offer) -> str:
    """Say whether a language that was asked for is spoken, as far as that is on file."""
    wanted = offer["language"]
    if not _there(wanted):
        return ""
    name = LANGUAGES.get(wanted, wanted)
    spoken = str(offer["languages"]).split()
    if wanted in spoken:
        return f"{name} is spoken"
    return f"{name} not among its languages on file" if spoken else f"whether {name} is not known"


def _eligible(offer: Offer) -> str:
    """Say for whom a place is, in its own words and with the ages where those leave them out."""
    text = _short(offer["eligibility"]) if _there(offer["eligibility"]) else ""
    low, high = offer["minimum_age"], offer["maximum_age"]
    ages = [f"{age:g}" for age in (low, high) if not np.isnan(age)]
    if all(age in text for age in ages):
        return text
    if len(ages) == 2:
        told = f"{ages[0]} to {ages[1]} years old"
    else:
        told = f"{ages[0]} or {'older' if np.isnan(high) else 'younger'}"
    return f"{told}, {text}" if text else told


def _capacity(offer: Offer, params: ResourceParams, time_zone: str) -> str:
    """Say how much is free, and when that was told."""
    free, told_at = offer["capacity_available"], offer["capacity_updated_at"]
    if np.isnan(free):
        return ""
    if _absent(told_at):
        return f"{free:g} free when last told, nobody knows when: ask"
    days = (offer["leave_at"] - told_at).total_seconds() / _DAY_S
    on = day_words(told_at.astimezone(ZoneInfo(time_zone)).date(), "en")
    if days <= params.capacity_days:
        return f"{free:g} free on {on}"
    return f"{free:g} free on {on}, {days:.0f} days before: ask"


def _verified(offer: Offer, params: ResourceParams, time_zone: str) -> str:
    if _absent(offer["verified_on"]):
        return "never verified"
    day = offer["leave_at"].astimezone(ZoneInfo(time_zone)).date()
    days = (day - offer["verified_on"]).days
    return f"not verified for {days} days" if days > params.stale_days else ""
