"""The map of one week's sweep: routes, stops with reasons, help nearby, demand behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import folium
import pandas as pd

from outreach.config import Base, ResourceParams
from outreach.language.translate import N_, clock_words, day_words, translator
from outreach.language.words import mode_words, stop_words
from outreach.maps import layers
from outreach.maps.base import Ground, add_ground
from outreach.maps.elements import Bounds, Drawing, Panel, bare_map, each, layer_control
from outreach.maps.signs import (
    DIFFERENCE_SIGNS,
    difference_look,
    sign_rows,
    stop_look,
)
from outreach.maps.style import Look, need_label, number, team_colours
from outreach.maps.views import (
    DRAFT_NOTE,
    bounds_of,
    demand_layer,
    heading,
    help_rows,
)
from outreach.plan.compare import calls_met
from outreach.plan.document import Plan
from outreach.resources.directory.kinds import kind_words
from outreach.resources.nearest_words import state_words, way_words
from outreach.weeks import local_date

FIXED_TIME = N_("fixed time")
KEPT = N_("A lead said that it stays here")
RING_MARK = "☎"


@dataclass(frozen=True)
class Surroundings:
    """What lies around a sweep: the ground, demand and places of help."""

    ground: Ground
    rates: pd.DataFrame  # CELL_RATES
    resources: pd.DataFrame  # RESOURCES
    stale_days: int = ResourceParams().stale_days  # since somebody verified a place of help


def day_label(day: date, language: str = "en") -> str:
    """Return a day as people say it: Mon 23 Nov."""
    return day_words(day, language)


def clock(instant: datetime, time_zone: str, language: str = "en") -> str:
    """Return the wall-clock time of an instant as people write it: 9:30 AM."""
    return clock_words(instant.astimezone(ZoneInfo(time_zone)), language)


@dataclass(frozen=True)
class Near:
    """A place of help near a stop, as people read it."""

    text: str  # Landing House Shelter (shelter), 6 min on foot, open until 9:00 PM
    reason: str
    ring: bool  # by appointment, or nobody knows whether it will be open
    point: layers.Point

    @property
    def marked(self) -> str:
        """The text, with a mark where somebody has to ring first."""
        return f"{RING_MARK} {self.text}" if self.ring else self.text


def nearest_texts(
    plan: Plan, resources: pd.DataFrame, language: str = "en"
) -> dict[str, list[Near]]:
    """Return for each stop its nearest places of help, without redacted ones.

    Needs    RESOURCES as they are known now: what is redacted since is not shown
    """
    found: dict[str, list[Near]] = {}
    shown = _shown(plan.nearest, resources)
    for row in shown.to_dict("records"):
        state = state_words(row, plan.time_zone, language)
        words = f"{way_words(row, language)}, {state}"
        near = Near(
            text=f"{row['name']} ({kind_words(row['kind'], language)}), {words}",
            reason=str(row["reason"]),
            ring=row["on_arrival"] in ("by_appointment", "unknown"),
            point=(row["lon"], row["lat"]),
        )
        found.setdefault(str(row["stop_id"]), []).append(near)
    return found


def _shown(nearest: pd.DataFrame, resources: pd.DataFrame) -> pd.DataFrame:
    allowed = layers.shareable(resources)[["resource_id", "lon", "lat"]]
    return nearest.merge(allowed, on="resource_id").sort_values(["stop_id", "rank"])


def shift_rows(plan: Plan, language: str = "en") -> pd.DataFrame:
    """Return the shifts that have stops, each with its team's colour, in order of day and team.

    Adds     colour, day_label, day (text)
    """
    colours = team_colours(sorted(set(plan.shifts["team"])))
    used = plan.shifts[plan.shifts["shift_id"].isin(plan.stops["shift_id"])]
    return used.sort_values(["day", "team"]).assign(
        colour=lambda s: s["team"].map(colours),
        day_label=lambda s: [day_label(day, language) for day in s["day"]],
        day=lambda s: s["day"].astype(str),
    )


def planned_stops(plan: Plan) -> pd.DataFrame:
    """Return the stops with what is known of whom or what they visit, in order.

    Adds     columns of CANDIDATES; members of the shift; colour of the team
             kept      bool: a lead said that it stays
    """
    pinned = plan.changes.loc[plan.changes["change"] == "pin", "candidate_id"]
    crews = plan.shifts.set_index("shift_id")["members"]
    colours = team_colours(sorted(set(plan.shifts["team"])))
    stops = plan.stops.merge(plan.candidates, on="candidate_id", validate="m:1")
    return stops.sort_values(["day", "team", "shift_id", "order"], ignore_index=True).assign(
        members=lambda s: s["shift_id"].map(crews),
        colour=lambda s: s["team"].map(colours),
        kept=lambda s: s["candidate_id"].isin(pinned),
    )


def stop_marks(
    plan: Plan, resources: pd.DataFrame, language: str = "en"
) -> dict[str, list[layers.StopMark]]:
    """Return each shift's stops as marks with time, place, who goes, reason and nearest help."""
    _ = translator(language)
    near_by = _("Help nearby: {place}")
    nearby = nearest_texts(plan, resources, language)
    marks: dict[str, list[layers.StopMark]] = {}
    for stop in each(planned_stops(plan)):
        near = nearby.get(str(stop.candidate_id), [])
        look = stop_look(stop.kind, stop.order, stop.colour, fixed=stop.must)
        helps = [near_by.format(place=one.marked) for one in near]
        place, times, what, *more = _stop_lines(stop, plan.time_zone, language)
        # a long reason would push the help out of sight
        lines = (place, times, what, *helps, *more)
        points = tuple(one.point for one in near)
        mark = layers.StopMark(stop.lon, stop.lat, look, lines, points)
        marks.setdefault(str(stop.shift_id), []).append(mark)
    return marks


def _stop_lines(stop: Any, time_zone: str, language: str) -> tuple[str, ...]:
    _ = translator(language)
    begin, end = (clock(at, time_zone, language) for at in (stop.start_at, stop.leave_at))
    bound = f"{_(FIXED_TIME)}, " if stop.must else ""
    need = need_label(str(stop.need), language).lower()
    return (
        f"{stop.order}. {stop.label}",
        f"{begin} – {end}, {bound}{stop.team}, {mode_words(str(stop.response_mode), language)}",
        f"{stop_words(stop.kind, language)}, {need}",
        _("Why: {reason}").format(reason=stop.why),
        _("Who goes: {members}").format(members=stop.members),
        *([_(KEPT)] if stop.kept else []),
    )


def week_routes(
    plan: Plan,
    resources: pd.DataFrame,
    *,
    shift_ids: Sequence[str] | None = None,
    language: str = "en",
) -> Drawing:
    """Return the layer of routes and stops; all shifts with a choice, or only the given ones."""
    shifts = shift_rows(plan, language)
    if shift_ids is not None:
        shifts = shifts[shifts["shift_id"].isin(shift_ids)]
    marks = stop_marks(plan, resources, language)
    return layers.routes(marks, plan.legs, shifts, choose=shift_ids is None, language=language)


def week_surroundings(
    plan: Plan, around: Surroundings, *, title: str = "", language: str = "en"
) -> folium.Map:
    """Return the map on which routes are drawn: ground, faint demand, help and the bases."""
    chart = bare_map(
        week_bounds(plan, around), title=title, tiles=around.ground.tiles, language=language
    )
    add_ground(chart, around.ground)
    if len(around.rates):
        demand_layer(around.rates, faint=True, language=language)[0].add_to(chart)
    if len(layers.shareable(around.resources)):
        since = _fresh_since(plan, around)
        help_layer = layers.resources(around.resources, fresh_since=since, language=language)
        help_layer.add_to(chart)
    for base in _bases(plan):
        layers.base_marker(base, language).add_to(chart)
    return chart


def _fresh_since(plan: Plan, around: Surroundings) -> date:
    """Return since when somebody must have verified a place of help for it not to be old."""
    return local_date(plan.made_at, plan.time_zone) - timedelta(days=around.stale_days)


def _bases(plan: Plan) -> list[Base]:
    """Return where the shifts of a plan start and end."""
    found = {
        Base(name=name, lon=lon, lat=lat)
        for end in ("start", "end")
        for name, lon, lat in plan.shifts[[f"{end}_base", f"{end}_lon", f"{end}_lat"]].itertuples(
            index=False
        )
    }
    return sorted(found, key=lambda base: base.name)


def week_bounds(plan: Plan, around: Surroundings) -> Bounds:
    """Return what the map shows first: all stops and bases."""
    stops = plan.candidates[plan.candidates["candidate_id"].isin(plan.stops["candidate_id"])]
    ends = [(base.lon, base.lat) for base in _bases(plan)]
    return bounds_of([*zip(stops["lon"], stops["lat"], strict=True), *ends], around.ground)


def week_legend(plan: Plan, around: Surroundings, language: str = "en") -> Panel:
    """Return the legend: teams, kinds of stops, demand, kinds of help."""
    _ = translator(language)
    teams: Mapping[str, str] = dict(
        zip(shift_rows(plan)["team"], shift_rows(plan)["colour"], strict=True)
    )
    rows = [(Look("line", colour), team) for team, colour in sorted(teams.items())]
    stops = planned_stops(plan)
    rows += sign_rows(stops["kind"], fixed=bool(stops["must"].any()), language=language)
    rows += help_rows(around.resources, language)
    lines = [_("Numbers are the order of stops."), _("Darker hexes: more calls for help.")]
    if layers.any_stale(around.resources, _fresh_since(plan, around)):
        old = _("Grey squares: not verified for {days} days.")
        lines.append(old.format(days=around.stale_days))
    return Panel(_("What is what"), lines=tuple(lines), rows=tuple(rows), folds=True)


def differences_layer(found: pd.DataFrame, language: str = "en") -> Drawing:
    """Return the stops in which two versions of a week differ.

    Needs    difference, label, said, lon, lat     as in pages.tables.differences_table
    """
    shown = found.dropna(subset=["lon", "lat"])
    rows = [
        ((row.lon, row.lat), difference_look(row.difference), [row.label, row.said])
        for row in each(shown)
    ]
    _ = translator(language)
    return layers.marks(rows, name=_("Differences"))


def differences_legend(language: str = "en") -> Panel:
    """Return the legend of ``differences_layer``."""
    _ = translator(language)
    rows = [
        (replace(difference_look(kind), size=20), _(words))
        for kind, (*_look, words) in DIFFERENCE_SIGNS.items()
    ]
    return Panel(_("Differences"), rows=tuple(rows))


def week_map(plan: Plan, around: Surroundings, language: str = "en") -> folium.Map:
    """Return the whole week on one map that needs nothing else.

    Use      offline.standalone(week_map(...))
    """
    _ = translator(language)
    title = _("{city}: sweep of {week}").format(city=plan.city, week=plan.week)
    chart = week_surroundings(plan, around, title=title, language=language)
    week_routes(plan, around.resources, language=language).add_to(chart)
    visits = _("{visits} visits, {shifts} shifts").format(
        visits=len(plan.stops), shifts=len(shift_rows(plan))
    )
    head, state = _("{title}, draft"), _(DRAFT_NOTE)
    if plan.status != "draft":
        head = _("{title}, published")
        state = _("Published by {name}").format(name=plan.published_by)
    head, lines = head.format(title=title), (visits, state)
    heading(chart, head, lines, invented=plan.invented_data, language=language)
    week_legend(plan, around, language).add_to(chart)
    layer_control().add_to(chart)
    return chart


def headline(plan: Plan) -> dict[str, str]:
    """Return the numbers a lead asks for first, as text."""
    met = plan.candidates[plan.candidates["candidate_id"].isin(plan.stops["candidate_id"])]
    hours = float(plan.legs["travel_s"].sum()) / 3600
    return {
        N_("Visits"): str(len(plan.stops)),
        N_("Shifts"): str(len(shift_rows(plan))),
        N_("Calls a week at these stops"): number(calls_met(met)),
        N_("Hours on the way"): number(hours),
        N_("Not visited"): str(len(plan.left_out)),
    }
