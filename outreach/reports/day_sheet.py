"""The plain facts of one shift, from which its sheet is made on screen and paper.

Participants stand here by their pseudonym only: no name, birth date or phone of theirs is among
what this module is given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from outreach.config import Programme
from outreach.language.translate import clock_words, day_words, translator
from outreach.language.words import LANGUAGES, mode_words, need_words, stop_words
from outreach.maps.elements import each
from outreach.maps.layers import shareable
from outreach.plan.crews import names
from outreach.plan.document import Plan
from outreach.plan_schemas import KNOWN_KINDS
from outreach.resources.directory.kinds import kind_words
from outreach.resources.nearest_words import state_words, way_words
from outreach.weeks import monday_of

Point = tuple[float, float]  # lon, lat
KEPT_DAYS = 7  # after the week's end a sheet must be gone from devices
OF_PEOPLE = ("person", "participant", "follow_up", "accompany", "notification")
_SHORT = 8  # signs of a pseudonym that tell people of one city apart on paper


@dataclass(frozen=True)
class Service:
    """A place of help near a stop."""

    name: str
    kind: str
    way: str  # 6 min on foot
    state: str  # open until 20:00
    phone: str
    address: str
    point: Point


@dataclass(frozen=True)
class SheetStop:
    """One visit."""

    order: int
    candidate_id: str
    arrive: str
    leave: str
    minutes: int
    way_min: int
    place: str
    reference: str  # the pseudonym; "" where the visit is to nobody in particular
    kind: str
    need: str
    mode: str
    with_police: bool
    why: str  # this stop, this team and this hour
    reason: str  # why the place or person is listed at all
    fixed: bool  # an appointment
    marks: tuple[str, ...]  # appointment, due day
    limits: tuple[str, ...]  # that bind, without naming anybody
    usual: tuple[str, ...]  # where they are usually found
    services: tuple[Service, ...]
    rest: str  # the pause before this stop; "" where there is none
    point: Point
    start_at: datetime  # UTC
    leave_at: datetime


@dataclass(frozen=True, eq=False)
class Sheet:
    """One shift."""

    shift_id: str
    city: str
    week: str
    number: int  # of the plan
    draft: bool
    invented: bool
    language: str
    time_zone: str
    day: date
    day_text: str
    team: str
    members: str
    hours: str
    start_base: str
    end_base: str
    bases: tuple[Point, Point]
    stops: tuple[SheetStop, ...]
    last_rest: str  # the pause after the last stop
    card: tuple[str, ...]  # the programme's name, phone and e-mail (duty 12)
    keep_until: str
    made_at: datetime  # of the plan, or when it was published
    ways: tuple[Any, ...] = field(default=())  # LineStrings along streets, in order

    @property
    def name(self) -> str:
        """What the shift is called: its team and day."""
        return f"{self.team}, {self.day_text}"


@dataclass(frozen=True)
class Around:
    """What a sheet needs beside the plan."""

    programme: Programme
    resources: pd.DataFrame  # RESOURCES as they are known now
    language: str = "en"
    usual: Mapping[str, Sequence[str]] = field(default_factory=dict)  # by candidate_id


def day_sheets(plan: Plan, around: Around, *, shift_ids: Sequence[str]) -> list[Sheet]:
    """Return the sheets of some shifts, in order of day and team; those without visits have none.

    Needs    plan    as it may still be shown, its texts without names of participants
    """
    chosen = plan.shifts[plan.shifts["shift_id"].isin(list(shift_ids))]
    chosen = chosen[chosen["shift_id"].isin(plan.stops["shift_id"])]
    return [_sheet(plan, shift, around) for shift in each(chosen.sort_values(["day", "team"]))]


def keep_until(week_monday: date) -> date:
    """Return the last day on which a sheet of a week may be on a device."""
    return week_monday + timedelta(days=6 + KEPT_DAYS)


def _sheet(plan: Plan, shift: Any, around: Around) -> Sheet:
    words = _Words(around.language, plan.time_zone)
    stops = plan.stops[plan.stops["shift_id"] == shift.shift_id].sort_values("order")
    stops = stops.merge(plan.candidates, on="candidate_id", validate="1:1")
    rests = {
        int(rest.order): words.span(rest.start_at, rest.end_at)
        for rest in each(plan.pauses[plan.pauses["shift_id"] == shift.shift_id])
    }
    helps = _services(plan, around, words)
    ways = plan.legs[plan.legs["shift_id"] == shift.shift_id].sort_values("order")
    made = [_stop(stop, shift, words, around.usual, helps, rests) for stop in each(stops)]
    last = max((stop.order for stop in made), default=0)
    return Sheet(
        shift_id=str(shift.shift_id),
        city=plan.city,
        week=plan.week,
        number=plan.number,
        draft=plan.status == "draft",
        invented=plan.invented_data,
        language=around.language,
        time_zone=plan.time_zone,
        day=shift.day,
        day_text=words.day(shift.day),
        team=str(shift.team),
        members=str(shift.members),
        hours=words.span(shift.start_at, shift.end_at),
        start_base=str(shift.start_base),
        end_base=str(shift.end_base),
        bases=((shift.start_lon, shift.start_lat), (shift.end_lon, shift.end_lat)),
        stops=tuple(made),
        last_rest=next((told for order, told in rests.items() if order > last), ""),
        card=_card(around.programme),
        keep_until=words.day(keep_until(monday_of(shift.day))),
        made_at=plan.published_at or plan.made_at,
        ways=tuple(w for w in ways["geometry"] if w is not None and not w.is_empty),
    )


def _card(programme: Programme) -> tuple[str, ...]:
    told = (programme.name, programme.phone, programme.email)
    return tuple(part.strip() for part in told if part.strip())


@dataclass(frozen=True)
class _Words:
    """Days and hours as readers of a language write them, on the city's clocks."""

    language: str
    time_zone: str

    def clock(self, instant: datetime) -> str:
        return clock_words(instant.astimezone(ZoneInfo(self.time_zone)), self.language)

    def span(self, begin: datetime, end: datetime) -> str:
        return f"{self.clock(begin)} – {self.clock(end)}"

    def day(self, day: date) -> str:
        return day_words(day, self.language)

    def wall(self, day: date, hhmm: str) -> str:
        at = datetime.fromisoformat(f"{day.isoformat()}T{hhmm}")
        return clock_words(at, self.language)


def _stop(
    stop: Any,
    shift: Any,
    words: _Words,
    usual: Mapping[str, Sequence[str]],
    helps: Mapping[str, tuple[Service, ...]],
    rests: Mapping[int, str],
) -> SheetStop:
    key = str(stop.candidate_id)
    return SheetStop(
        order=int(stop.order),
        candidate_id=key,
        arrive=words.clock(stop.start_at),
        leave=words.clock(stop.leave_at),
        minutes=round((stop.leave_at - stop.start_at).total_seconds() / 60),
        way_min=round(stop.travel_s / 60),
        place=str(stop.label),
        reference=str(stop.subject)[:_SHORT] if stop.kind in OF_PEOPLE else "",
        kind=stop_words(stop.kind, words.language),
        need=need_words(str(stop.need), words.language),
        mode=mode_words(str(stop.response_mode), words.language),
        with_police=stop.response_mode == "co_response",
        why=str(stop.why),
        reason=str(stop.reason),
        fixed=bool(stop.must),
        marks=_marks(stop, words),
        limits=_limits(stop, shift, words),
        usual=tuple(usual.get(key, ())),
        services=helps.get(key, ()),
        rest=rests.get(int(stop.order), ""),
        point=(float(stop.lon), float(stop.lat)),
        start_at=stop.start_at,
        leave_at=stop.leave_at,
    )


def _marks(stop: Any, words: _Words) -> tuple[str, ...]:
    _ = translator(words.language)
    found = []
    if stop.must:
        begin, end = (
            words.wall(stop.day, at) for at in (stop.window_from_local, stop.window_until_local)
        )
        found.append(_("Appointment from {begin} to {end}").format(begin=begin, end=end))
    if pd.notna(stop.due_on):
        found.append(_("Due on {day}").format(day=words.day(stop.due_on)))
    return tuple(found)


def _limits(stop: Any, shift: Any, words: _Words) -> tuple[str, ...]:
    """Return what binds whoever goes, in words that name nobody who is visited."""
    _ = translator(words.language)
    found = []
    if stop.no_police:
        found.append(_("No police"))
    begin, end = stop.window_from_local, stop.window_until_local
    zone = ZoneInfo(words.time_zone)
    shift_from, shift_until = (
        f"{at.astimezone(zone):%H:%M}" for at in (shift.start_at, shift.end_at)
    )
    if stop.kind in KNOWN_KINDS and not stop.must and (begin > shift_from or end < shift_until):
        span = {"begin": words.wall(stop.day, begin), "end": words.wall(stop.day, end)}
        found.append(_("Only from {begin} to {end}").format(**span))
    if pd.notna(stop.with_staff):
        found.append(_("Only with {worker}").format(worker=stop.with_staff))
    elif pd.notna(stop.preferred_staff) and stop.preferred_staff in names(shift.members):
        found.append(_("{worker} is known there").format(worker=stop.preferred_staff))
    if pd.notna(stop.language) and stop.language != "en":
        spoken = _(LANGUAGES.get(stop.language, stop.language))
        found.append(_("Language: {language}").format(language=spoken))
    if stop.people_needed > 1:
        found.append(_("At least {number} of you go in").format(number=stop.people_needed))
    return tuple(found)


def _services(plan: Plan, around: Around, words: _Words) -> dict[str, tuple[Service, ...]]:
    """Return the places of help near each stop; a redacted one never (safeguard 7)."""
    columns = ["resource_id", "lon", "lat", "phone", "address"]
    shown = plan.nearest.merge(shareable(around.resources)[columns], on="resource_id")
    found: dict[str, list[Service]] = {}
    for row in shown.sort_values(["stop_id", "rank"]).to_dict("records"):
        made = Service(
            name=str(row["name"]),
            kind=kind_words(str(row["kind"]), words.language),
            way=way_words(row, words.language),
            state=state_words(row, words.time_zone, words.language),
            phone=_text(row["phone"]),
            address=_text(row["address"]),
            point=(float(row["lon"]), float(row["lat"])),
        )
        found.setdefault(str(row["stop_id"]), []).append(made)
    return {stop: tuple(services) for stop, services in found.items()}


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
