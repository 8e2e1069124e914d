"""Teams and shifts as HTML that reads well on a phone: plain functions, every text is escaped."""

from collections.abc import Mapping
from datetime import datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from outreach.language.words import plain
from outreach.maps.elements import each
from outreach.pages.work_cards import badge
from outreach.pages.work_forms import counted, language
from outreach.pipeline.roster import Teams
from outreach.plan.crews import day_text, free_seats, seats


def summary(teams: Teams) -> str:
    """Return how much goes out in the week, in one line."""
    going = teams.shifts[teams.goes.to_numpy(bool)]
    hours = float(((going["end_at"] - going["start_at"]).dt.total_seconds() / 3600).sum())
    parts = [counted(len(going), "shift"), counted(going["team"].nunique(), "team")]
    parts.append(f"{hours:g} hours")
    home = len(teams.shifts) - len(going)
    if home:
        parts.append(f"{counted(home, 'shift')} that cannot go")
    return " · ".join(parts)


def days(teams: Teams, time_zone: str) -> Mapping[str, str]:
    """Return for each day with shifts a heading, and the shifts as cards."""
    whose = dict(iter(teams.extra.groupby(["day", "team"])))
    told: dict[str, str] = {}
    for day, shifts in teams.shifts.groupby("day", sort=True):
        cards = [
            _card(shift, bool(teams.goes[at]), whose.get((day, shift.team)), time_zone)
            for at, shift in zip(shifts.index, each(shifts), strict=True)
        ]
        told[day_text(shifts["day"].iloc[0])] = f'<div class="people">{"".join(cards)}</div>'
    return told


def extra_seats(teams: Teams) -> list[str]:
    """Return who goes along as an extra seat, and what they lack, one sentence each."""
    going = teams.shifts.loc[teams.goes.to_numpy(bool), ["day", "team"]]
    lacking = teams.extra.merge(going, on=["day", "team"])
    return [
        f"{name} goes along as an extra seat, beside trained colleagues: {name} {why}."
        for name, why in lacking[["name", "why"]].drop_duplicates().to_numpy().tolist()
    ]


def _card(shift: Any, goes: bool, lacking: pd.DataFrame | None, time_zone: str) -> str:
    start, end = _clock(shift.start_at, time_zone), _clock(shift.end_at, time_zone)
    parts = [
        f'<p class="where">{escape(shift.team)}</p>',
        f"<p>{start}–{end}. {escape(_pause(shift, time_zone))}</p>",
        *(f"<p>{_member(seat)}</p>" for seat in seats(shift.members)),
        f'<p class="quiet">{escape(_way(shift))}</p>',
    ]
    if shift.languages:
        spoken = ", ".join(language(code) for code in shift.languages.split())
        parts.append(f'<p class="quiet">Speaks {escape(spoken)}</p>')
    if shift.has_officer:
        parts.append(f"<p>{badge('With police', 'quiet')}</p>")
    if not goes:
        why = "; ".join(f"{row.name} {row.why}" for row in _people(lacking))
        parts.append(f"<p>{badge(f'Stays at home: {why}', 'look')}</p>")
    return f"<section>{''.join(parts)}</section>"


def _member(seat: Any) -> str:
    role = f'<span class="quiet">{escape(plain(seat.role).lower())}</span>'
    mark = f" {badge('In training', 'look')}" if seat.in_training else ""
    return f"{escape(seat.name)}, {role}{mark}"


def _people(lacking: pd.DataFrame | None) -> list[Any]:
    return [] if lacking is None else list(lacking.itertuples(index=False, name="Lacking"))


def _pause(shift: Any, time_zone: str) -> str:
    if shift.pause_s == 0:
        return "No pause"
    begins = (_clock(at, time_zone) for at in (shift.pause_earliest, shift.pause_latest))
    return f"Pause of {shift.pause_s / 60:g} min, begun {'–'.join(begins)}"


def _way(shift: Any) -> str:
    if shift.travel == "walk":
        way = "On foot"
    else:
        free = counted(free_seats(shift.seats, shift.members), "free seat")
        way = f"Driving, {free} of {shift.seats}"
    if shift.start_base == shift.end_base:
        return f"{way}. From and back to {shift.start_base}"
    return f"{way}. From {shift.start_base} to {shift.end_base}"


def _clock(at: datetime, time_zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(time_zone)):%H:%M}"
