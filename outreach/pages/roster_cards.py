"""Teams and shifts as HTML that reads well on a phone: plain functions, every text is escaped."""

from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd

from outreach.maps.elements import each
from outreach.pages.language import _, _n, clock, day, in_words, number
from outreach.pages.work_cards import badge
from outreach.pages.work_forms import language
from outreach.pipeline.roster import Teams
from outreach.plan.crews import free_seats, seats


def summary(teams: Teams) -> str:
    """Return how much goes out in the week, in one line."""
    going = teams.shifts[teams.goes.to_numpy(bool)]
    hours = float(((going["end_at"] - going["start_at"]).dt.total_seconds() / 3600).sum())
    parts = [
        _n("{number} shift", "{number} shifts", len(going)),
        _n("{number} team", "{number} teams", going["team"].nunique()),
        _("{hours} hours").format(hours=number(hours)),
    ]
    home = len(teams.shifts) - len(going)
    if home:
        parts.append(_n("{number} shift that cannot go", "{number} shifts that cannot go", home))
    return " · ".join(parts)


def days(teams: Teams, time_zone: str) -> Mapping[str, str]:
    """Return for each day with shifts a heading, and the shifts as cards."""
    whose = dict(iter(teams.extra.groupby(["day", "team"])))
    told: dict[str, str] = {}
    for on, shifts in teams.shifts.groupby("day", sort=True):
        cards = [
            _card(shift, bool(teams.goes[at]), whose.get((on, shift.team)), time_zone)
            for at, shift in zip(shifts.index, each(shifts), strict=True)
        ]
        told[day(shifts["day"].iloc[0])] = f'<div class="people">{"".join(cards)}</div>'
    return told


def extra_seats(teams: Teams) -> list[str]:
    """Return who goes along as an extra seat, and what they lack, one sentence each."""
    going = teams.shifts.loc[teams.goes.to_numpy(bool), ["day", "team"]]
    lacking = teams.extra.merge(going, on=["day", "team"])
    told = _("{name} goes along as an extra seat, beside trained colleagues: {name} {why}.")
    return [
        told.format(name=name, why=why)
        for name, why in lacking[["name", "why"]].drop_duplicates().to_numpy().tolist()
    ]


def _card(shift: Any, goes: bool, lacking: pd.DataFrame | None, time_zone: str) -> str:
    start, end = clock(shift.start_at, time_zone), clock(shift.end_at, time_zone)
    parts = [
        f'<p class="where">{escape(shift.team)}</p>',
        f"<p>{start} – {end} · {escape(_pause(shift, time_zone))}</p>",
        *(f"<p>{_member(seat)}</p>" for seat in seats(shift.members)),
        f'<p class="quiet">{escape(_way(shift))}</p>',
    ]
    if shift.languages:
        spoken = ", ".join(language(code) for code in shift.languages.split())
        spoken = _("Speaks {languages}").format(languages=spoken)
        parts.append(f'<p class="quiet">{escape(spoken)}</p>')
    if shift.has_officer:
        parts.append(f"<p>{badge(_('With police'), 'quiet')}</p>")
    if not goes:
        why = "; ".join(f"{row.name} {row.why}" for row in _people(lacking))
        parts.append(f"<p>{badge(_('Stays at home: {why}').format(why=why), 'look')}</p>")
    return f"<section>{''.join(parts)}</section>"


def _member(seat: Any) -> str:
    role = f'<span class="quiet">{escape(in_words(seat.role).lower())}</span>'
    mark = f" {badge(_('In training'), 'look')}" if seat.in_training else ""
    return f"{escape(seat.name)}, {role}{mark}"


def _people(lacking: pd.DataFrame | None) -> list[Any]:
    return [] if lacking is None else list(lacking.itertuples(index=False, name="Lacking"))


def _pause(shift: Any, time_zone: str) -> str:
    if shift.pause_s == 0:
        return _("No pause")
    return _("Pause of {minutes} min, begun {earliest} – {latest}").format(
        minutes=number(shift.pause_s / 60),
        earliest=clock(shift.pause_earliest, time_zone),
        latest=clock(shift.pause_latest, time_zone),
    )


def _way(shift: Any) -> str:
    if shift.travel == "walk":
        way = _("On foot")
    else:
        free = free_seats(shift.seats, shift.members)
        free_words = _n("{number} free seat", "{number} free seats", free)
        way = _("Driving, {free} of {seats}").format(free=free_words, seats=shift.seats)
    bases = _("From {start} to {end}")
    if shift.start_base == shift.end_base:
        bases = _("From and back to {start}")
    return f"{way}. {bases.format(start=shift.start_base, end=shift.end_base)}"
