"""Frames to map layers: hexes, places, clusters, routes with stops, resources, the base.

Every function returns one layer. Text of the data goes into it as plain text and is never read
as HTML.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

import geopandas as gpd
import pandas as pd

from outreach import cells
from outreach.config import Base
from outreach.language.translate import FULL_DAY, day_words, translator
from outreach.maps.elements import Drawing, each, rings, script_json, steps
from outreach.maps.style import (
    BASE_FILL,
    FACILITY_FILL,
    HELP_FILL,
    INK,
    PLACE_FILL,
    SIGNS,
    STALE_FILL,
    Look,
    kind_label,
)
from outreach.resources.hours.openings import say

Point = tuple[float, float]  # lon, lat


def _round(lon: float, lat: float) -> Point:
    return round(float(lon), 5), round(float(lat), 5)


@lru_cache(maxsize=50_000)  # pages draw the same cells again and again
def outline_steps(cell: int) -> list[int]:
    """Return a cell's outline for draw.js; it must not be changed."""
    return rings(cells.outline(cell))[0]


def hexes(
    drawn: pd.DataFrame, colours: Sequence[str], *, name: str, opacity: float = 0.75
) -> Drawing:
    """Fill cells by class.

    Needs    cell, colour          colour: position in ``colours``
             lines                 list of texts; the first is the heading
    """
    rows = [
        (outline_steps(int(cell)), int(colour), list(lines))
        for cell, colour, lines in zip(drawn["cell"], drawn["colour"], drawn["lines"], strict=True)
    ]
    data = {"cells": rows, "colours": list(colours), "opacity": opacity}
    return Drawing("hexes", script_json(data), name=name)


def _marks(
    rows: Iterable[tuple[Point, int, list[str]]], looks: Sequence[Look], *, name: str, show: bool
) -> Drawing:
    data = {"marks": list(rows), "looks": [vars(look) for look in looks], "front": 0}
    return Drawing("marks", script_json(data), name=name, show=show)


def marks(found: Sequence[tuple[Point, Look, list[str]]], *, name: str) -> Drawing:
    """Mark points, each with its own look and lines of text; the first is the heading."""
    looks = list(dict.fromkeys(look for _, look, _ in found))
    rows = [(_round(*point), looks.index(look), lines) for point, look, lines in found]
    return _marks(rows, looks, name=name, show=True)


def place_look(kind: str, size: int = 20) -> Look:
    """Return how a repeat place is drawn; facilities are set apart by shape and colour."""
    if kind == "place":
        return Look("dot", PLACE_FILL, size=size)
    return Look("help", FACILITY_FILL, size=size)


def places(
    frame: pd.DataFrame, *, facilities: bool = False, show: bool = True, language: str = "en"
) -> Drawing:
    """Mark repeat places, or facilities and default points, larger for more calls.

    Needs    lon, lat, address, kind, calls, reason     as in schemas.PLACES
    """
    _ = translator(language)
    most = max(float(frame["calls"].max()), 1.0) if len(frame) else 1.0
    looks = [place_look(kind, size) for kind in ("place", "facility") for size in (8, 11, 15, 20)]
    rows = []
    for place in each(frame):
        size = min(int((place.calls / most) ** 0.5 * 4), 3)
        look = size if place.kind == "place" else 4 + size
        head = text(place.address, _("Place without an address"))
        rows.append((_round(place.lon, place.lat), look, [head, text(place.reason)]))
    name = _("Facilities and default points") if facilities else _("Repeat places")
    return _marks(rows, looks, name=name, show=show)


def clusters(frame: gpd.GeoDataFrame, *, show: bool = True, language: str = "en") -> Drawing:
    """Outline groups of repeat places.

    Needs    places, calls, geometry                    as in schemas.CLUSTERS
    """
    _ = translator(language)
    close, calls = _("{number} repeat places close together"), _("{number} calls")
    shapes = [
        (rings(row.geometry), [close.format(number=row.places), calls.format(number=row.calls)])
        for row in each(frame)
    ]
    name = _("Groups of repeat places")
    return Drawing("shapes", script_json({"shapes": shapes}), name=name, show=show)


def shareable(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the resources that may be drawn: redacted ones never (safeguard 7).

    A directory also knows stations and town halls; what serves no need is no place of help.
    """
    serves = frame["needs"].fillna("").str.strip() != ""
    return frame[serves & ~frame["redacted"].astype(bool)]


def help_looks(frame: pd.DataFrame) -> dict[str, Look]:
    """Return how each kind of resource that is drawn looks: a letter of its own in a square."""
    looks: dict[str, Look] = {}
    kinds = sorted(set(shareable(frame)["kind"]), key=lambda kind: (kind not in SIGNS, kind))
    for kind in kinds:
        wanted = SIGNS.get(kind, "") + kind.upper().replace("_", "") + "0123456789"
        used = {look.text for look in looks.values()}
        sign = next((letter for letter in wanted if letter not in used), "•")
        looks[kind] = Look("help", HELP_FILL, text=sign, ink=INK, size=18)
    return looks


def resources(
    frame: pd.DataFrame,
    *,
    show: bool = True,
    fresh_since: date | None = None,
    language: str = "en",
) -> Drawing:
    """Mark places of help by kind, without redacted ones; greyed where the record is old.

    Needs    name, kind, address, phone, hours_text, hours, verified_on, redacted, lon, lat
             as in RESOURCES; fresh_since: a record that nobody verified since then is old
    """
    drawn = shareable(frame)
    looks = help_looks(frame)
    kinds = list(looks)
    greyed = [replace(look, fill=STALE_FILL) for look in looks.values()]
    rows = []
    for row in each(drawn):
        stale = fresh_since is not None and not _verified_since(row.verified_on, fresh_since)
        look = kinds.index(row.kind) + (len(kinds) if stale else 0)
        rows.append((_round(row.lon, row.lat), look, _help_lines(row, language, stale=stale)))
    _ = translator(language)
    return _marks(rows, [*looks.values(), *greyed], name=_("Places of help"), show=show)


def any_stale(frame: pd.DataFrame, fresh_since: date) -> bool:
    """Whether a place that is drawn is greyed, as nobody verified it since a day."""
    return not all(_verified_since(day, fresh_since) for day in shareable(frame)["verified_on"])


def _verified_since(verified_on: date | None, day: date) -> bool:
    return not pd.isna(verified_on) and verified_on >= day


def _help_lines(row: Any, language: str, *, stale: bool) -> list[str]:
    """Return what is on file about a place; hours that were not read are shown as written."""
    _ = translator(language)
    hours = say(row.hours) if text(row.hours) else text(row.hours_text)
    told = _("Open: {hours}") if text(row.hours) else _("Hours as written: {hours}")
    if not hours:
        told = _("Hours not known")
    lines = [str(row.name), kind_label(str(row.kind), language)]
    lines += [text(part) for part in (row.address, row.phone) if text(part)]
    when = _("Never verified: ring first") if stale else _("Never verified")
    if not pd.isna(row.verified_on):
        when = _("Verified {day}: ring first") if stale else _("Verified {day}")
        when = when.format(day=day_words(row.verified_on, language, FULL_DAY))
    return [*lines, told.format(hours=hours), when]


def base_marker(base: Base, language: str = "en") -> Drawing:
    """Mark where shifts start and end."""
    _ = translator(language)
    look = Look("base", BASE_FILL, text="⌂", size=24)
    rows = [(_round(base.lon, base.lat), 0, [base.name, _("Shifts start and end here")])]
    return _marks(rows, [look], name=_("Home base"), show=True)


@dataclass(frozen=True)
class StopMark:
    """A visit as the map shows it."""

    lon: float
    lat: float
    look: Look
    lines: tuple[str, ...]
    near: tuple[Point, ...] = ()  # where the nearest help is


def routes(
    stops: Mapping[str, Sequence[StopMark]],
    legs: pd.DataFrame,
    shifts: pd.DataFrame,
    *,
    choose: bool = False,
    language: str = "en",
) -> Drawing:
    """Draw each shift's way along streets in its team's colour, with its numbered stops.

    With ``choose`` the map carries its own choice of day and team.
    Needs    legs: shift_id, geometry
             shifts: shift_id, team, day_label, day (text), colour      one row a shift
    """
    ways = {str(shift): group for shift, group in legs.groupby("shift_id", sort=False)}
    drawn = [
        {
            "team": row.team,
            "day": row.day,
            "day_label": row.day_label,
            "label": f"{row.team}, {row.day_label}",
            "colour": row.colour,
            "legs": _lines(ways.get(row.shift_id)),
            "stops": [_stop(stop) for stop in stops.get(row.shift_id, ())],
        }
        for row in each(shifts)
    ]
    _ = translator(language)
    words = {
        "day": _("Day"), "whole_week": _("whole week"),
        "team": _("Team"), "all_teams": _("all teams"),
    }  # fmt: skip
    data = {"shifts": drawn, "filter": choose, "words": words}
    return Drawing("routes", script_json(data), name=_("Routes"))


def _lines(group: pd.DataFrame | None) -> list[list[int]]:
    if group is None:
        return []
    return [steps(line) for line in group["geometry"] if line is not None and not line.is_empty]


def _stop(stop: StopMark) -> tuple[Any, ...]:
    near = [_round(*point) for point in stop.near]
    return _round(stop.lon, stop.lat), vars(stop.look), list(stop.lines), near


def text(value: Any, otherwise: str = "") -> str:
    """Return a value as text, and ``otherwise`` where it is missing."""
    return otherwise if pd.isna(value) else str(value)
