"""Maps of help: how near it is, where much need has little of it, and where it could stand."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import folium
import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from outreach.language.translate import N_, translator
from outreach.maps.base import Ground, add_ground
from outreach.maps.elements import Drawing, Panel, bare_map, each, layer_control, rings, script_json
from outreach.maps.layers import Point, help_looks, hexes, marks, outline_steps, shareable, text
from outreach.maps.style import AMOUNTS, INK, Look, class_colours, kind_label, number
from outreach.maps.views import around, bounds_of_cells, heading

_OPACITY = 0.8
_NOT_REACHED = "#b5b1aa"
_OPEN, _CLOSED, _UNKNOWN = "#ffffff", "#6b6760", "#f6d9a8"
_CHOSEN, _POSSIBLE, _TODAY = "#d55e00", "#8d8a84", "#ffffff"
# What a place is at the time asked for, as legends and cards say it.
STATE_WORDS = {
    "any": N_("Place that helps"),
    "open": N_("Open at that time"),
    "by_appointment": N_("By appointment only"),
    "closed": N_("Closed at that time"),
    "unknown": N_("Hours not known"),
}
_STATE_FILL = {"open": _OPEN, "any": _OPEN, "closed": _CLOSED}
_ACCESS = ("#dcd9d2", *class_colours((1, 2, 3)))  # none, and then dark is more
# Upper ends of the classes of access beside the city's mean.
_RATIOS = (0.0, 0.5, 1.0, 2.0)
_RATIO_WORDS = (
    N_("None within reach"),
    N_("Under half of the mean"),
    N_("Half of the mean to the mean"),
    N_("The mean to twice the mean"),
    N_("More than twice the mean"),
)


def proximity_map(
    cells: pd.DataFrame,
    places: pd.DataFrame,
    ground: Ground,
    *,
    limits: Sequence[float],
    areas: gpd.GeoDataFrame | None = None,
    title: str = "",
    lines: tuple[str, ...] = (),
    invented: bool = False,
    language: str = "en",
) -> folium.Map:
    """Return the map of minutes to the nearest place, with the places and what they are then.

    Needs    cells    cell, near, calls, minutes (empty: none is reached), reason
             places   RESOURCES; state: a key of STATE_WORDS
             limits   rising minutes; the first four make the classes
             areas    minutes, geometry of one place: outlined over the hexes
    """
    chart = _chart(cells, ground, title, language)
    layer, legend = minutes_layer(cells, limits, language)
    layer.add_to(chart)
    if areas is not None and len(areas):
        outlines(areas, language).add_to(chart)
    place_marks(places, language).add_to(chart)
    heading(chart, title, lines, invented=invented, language=language)
    legend.add_to(chart)
    places_panel(places, areas=areas is not None, language=language).add_to(chart)
    layer_control().add_to(chart)
    return chart


def _chart(cells: pd.DataFrame, ground: Ground, title: str, language: str) -> folium.Map:
    weight = cells["calls"] if "calls" in cells else cells["demand"]
    bounds = bounds_of_cells(cells["cell"], weight, ground)
    chart = bare_map(bounds, title=title, tiles=ground.tiles, language=language)
    add_ground(chart, ground)
    return chart


def minutes_layer(
    cells: pd.DataFrame, limits: Sequence[float], language: str = "en"
) -> tuple[Drawing, Panel]:
    """Return hexes coloured by minutes, dark is far, and their legend.

    Needs    cell, near, calls, minutes, reason
    """
    _ = translator(language)
    cuts = list(limits)[:4]
    colours = class_colours(cuts)
    lost = cells["minutes"].isna().to_numpy(bool)
    colour = np.searchsorted(cuts, cells["minutes"].fillna(0).to_numpy(float), side="left")
    colour[lost] = len(colours)
    lines = [
        [
            *around(row, language),
            text(row.reason),
            _("{number} calls a week").format(number=number(row.calls)),
        ]
        for row in each(cells)
    ]
    words = [_("within {minutes} min").format(minutes=number(cuts[0]))]
    words += _between(cuts, language)
    words.append(_("more than {minutes} min").format(minutes=number(cuts[-1])))
    rows = [(Look("hex", fill), told) for fill, told in zip(colours, words, strict=True)]
    if lost.any():
        rows.append((Look("hex", _NOT_REACHED), _("none is reached")))
    layer = _hexes(cells, colour, [*colours, _NOT_REACHED], lines, _("Minutes to the nearest"))
    return layer, Panel(_("To the nearest place"), rows=tuple(rows), folds=True)


def _between(cuts: Sequence[float], language: str) -> list[str]:
    _ = translator(language)
    told = _("{low} to {high} min")
    return [told.format(low=number(low), high=number(high)) for low, high in pairwise(cuts)]


def _hexes(
    cells: pd.DataFrame,
    colour: npt.NDArray[np.int64],
    fills: Sequence[str],
    lines: list[list[str]],
    name: str,
) -> Drawing:
    drawn = cells.assign(colour=colour, lines=pd.Series(lines, cells.index, dtype=object))
    return hexes(drawn, fills, name=name, opacity=_OPACITY)


def outlines(areas: gpd.GeoDataFrame, language: str = "en") -> Drawing:
    """Outline the areas within some minutes of a place; the hexes under them still answer.

    Needs    minutes, geometry     polygons of one or many parts
    """
    parts = areas[["minutes", "geometry"]].explode(index_parts=False)
    shapes: list[tuple[list[list[int]], list[str]]] = [
        (rings(row.geometry), []) for row in each(parts) if row.geometry.geom_type == "Polygon"
    ]
    line = {"weight": 3, "color": INK, "opacity": 0.9, "dashArray": "7 4", "fill": False}
    _ = translator(language)
    return _outlined(shapes, line, _("Areas of one place"))


def _outlined(
    shapes: Sequence[tuple[list[list[int]], list[str]]], line: dict[str, object], name: str
) -> Drawing:
    data = {"shapes": shapes, "line": {**line, "interactive": False}}
    return Drawing("shapes", script_json(data), name=name)


def place_marks(places: pd.DataFrame, language: str = "en") -> Drawing:
    """Mark places: white where they are open, dark where closed, sand where that is not known.

    Needs    RESOURCES; state: a key of STATE_WORDS
    """
    _ = translator(language)
    looks = help_looks(places)
    found = []
    for row in each(shareable(places)):
        lines = [text(row.name), kind_label(text(row.kind), language)]
        if row.state != "any":
            lines.append(_(STATE_WORDS[row.state]))
        lines += [text(part) for part in (row.address, row.phone, row.hours_text) if text(part)]
        found.append(((row.lon, row.lat), in_state(looks[row.kind], row.state), lines))
    return marks(found, name=_("Places that help"))


def in_state(look: Look, state: str) -> Look:
    """Return a place's look as it is drawn in a state."""
    if state == "closed":
        return replace(look, fill=_CLOSED, ink="#ffffff")
    return replace(look, fill=_STATE_FILL.get(state, _UNKNOWN))


def places_panel(places: pd.DataFrame, *, areas: bool = False, language: str = "en") -> Panel:
    """Return the legend of the places drawn: their kinds, and what they are at the time asked for.

    Needs    kind, needs, redacted, state
    """
    _ = translator(language)
    rows = [(look, kind_label(kind, language)) for kind, look in sorted(help_looks(places).items())]
    found = shareable(places)["state"].value_counts()
    blank = Look("help", _OPEN, ink=INK, size=18)
    rows += [
        (in_state(blank, state), f"{_(words)}: {found[state]:,}")
        for state, words in STATE_WORDS.items()
        if state in found.index and state != "any"
    ]
    if areas:
        rows.append((Look("hull", "#ffffff", ink=INK), _("Areas of the chosen place")))
    return Panel(_("Places"), rows=tuple(rows), position="bottomright", folds=True)


def access_map(
    cells: pd.DataFrame,
    places: pd.DataFrame,
    ground: Ground,
    *,
    unit: str | None = None,
    title: str = "",
    lines: tuple[str, ...] = (),
    invented: bool = False,
    language: str = "en",
) -> folium.Map:
    """Return the map of access, with strong outlines where much need has little of it.

    Needs    cells    ACCESS; near
             places   RESOURCES; state: a key of STATE_WORDS
             unit     of demand; None: calls a week
    """
    chart = _chart(cells, ground, title, language)
    _ = translator(language)
    layer, legend = access_layer(cells, unit or _("calls a week"), language)
    layer.add_to(chart)
    gaps = cells[cells["gap"]]
    line: dict[str, object] = {"weight": 3, "color": _CHOSEN, "dashArray": None, "fill": False}
    shapes: list[tuple[list[list[int]], list[str]]] = [
        ([outline_steps(int(cell))], []) for cell in gaps["cell"]
    ]
    _outlined(shapes, line, _("Much need, little access")).add_to(chart)
    place_marks(places, language).add_to(chart)
    heading(chart, title, lines, invented=invented, language=language)
    legend.add_to(chart)
    places_panel(places, language=language).add_to(chart)
    layer_control().add_to(chart)
    return chart


def access_layer(cells: pd.DataFrame, unit: str, language: str = "en") -> tuple[Drawing, Panel]:
    """Return hexes coloured by access beside the city's mean, and their legend.

    Needs    ACCESS; near
    """
    _ = translator(language)
    shown = cells[cells["demand"] > 0]
    ratio = shown["ratio"].to_numpy(float)
    colour = np.searchsorted(_RATIOS, ratio, side="left")
    lines = [
        [*around(row, language), f"{number(row.demand)} {unit}", text(row.reason)]
        for row in each(shown)
    ]
    layer = _hexes(shown, colour, _ACCESS, lines, _("Access"))
    rows = [
        (Look("hex", fill), _(words)) for fill, words in zip(_ACCESS, _RATIO_WORDS, strict=True)
    ]
    gaps = _("Much need, little access: {number}").format(number=shown["gap"].sum())
    rows = [*rows[::-1], (Look("gap", "#ffffff"), gaps)]
    return layer, Panel(_("Help within reach"), rows=tuple(rows), folds=True)


def site_map(
    cells: pd.DataFrame,
    sites: pd.DataFrame,
    today: pd.DataFrame,
    ground: Ground,
    *,
    unit: str | None = None,
    title: str = "",
    lines: tuple[str, ...] = (),
    invented: bool = False,
    language: str = "en",
) -> folium.Map:
    """Return the map of what new sites would change: minutes saved, and every candidate.

    Needs    cells    cell, near, demand, today_min, new_min (both may be empty)
             sites    SITES
             today    lon, lat, name: where it can be had today
    """
    chart = _chart(cells, ground, title, language)
    _ = translator(language)
    layer, legend = saved_layer(cells, unit or _("calls a week"), language)
    layer.add_to(chart)
    marks(_site_marks(sites, today, language), name=_("Sites")).add_to(chart)
    heading(chart, title, lines, invented=invented, language=language)
    legend.add_to(chart)
    rows = [
        (_site_look(1), _("Chosen, best first")),
        (_site_look(None), _("Could stand here")),
    ]
    if len(today):
        rows.append((Look("help", _TODAY, text="•", ink=INK), _("There today")))
    Panel(_("Sites"), rows=tuple(rows), position="bottomright", folds=True).add_to(chart)
    layer_control().add_to(chart)
    return chart


def _site_look(number_: int | None) -> Look:
    if number_ is None:
        return Look("dot", _POSSIBLE, size=10)
    return Look("dot", _CHOSEN, text=str(number_), ink=INK, size=28)


def _site_marks(
    sites: pd.DataFrame, today: pd.DataFrame, language: str
) -> list[tuple[Point, Look, list[str]]]:
    """Return the marks, the chosen ones last so that they lie on top."""
    look = Look("help", _TODAY, text="•", ink=INK, size=16)
    _ = translator(language)
    there = _("There today")
    found = [((row.lon, row.lat), look, [text(row.name), there]) for row in each(today)]
    order = sites.sort_values("chosen", ascending=False, na_position="first")
    for row in each(order):
        chosen = None if pd.isna(row.chosen) else int(row.chosen)
        found.append(((row.lon, row.lat), _site_look(chosen), [text(row.name), text(row.reason)]))
    return found


SAVED_BREAKS = (1.0, 3.0, 5.0, 10.0, 20.0)


def saved_layer(cells: pd.DataFrame, unit: str, language: str = "en") -> tuple[Drawing, Panel]:
    """Return hexes coloured by the minutes saved, where any are, and their legend.

    Needs    cell, near, demand, today_min, new_min
    """
    _ = translator(language)
    saved = (cells["today_min"] - cells["new_min"]).to_numpy(float)
    first = (cells["today_min"].isna() & cells["new_min"].notna()).to_numpy(bool)
    saved = np.where(first, np.inf, np.nan_to_num(saved))
    shown = cells[saved >= SAVED_BREAKS[0]]
    kept = saved[saved >= SAVED_BREAKS[0]]
    colour = np.searchsorted(SAVED_BREAKS[1:], kept, side="right")
    lines = [
        [*around(row, language), _saved_words(row, language), f"{number(row.demand)} {unit}"]
        for row in each(shown)
    ]
    words = _between(SAVED_BREAKS, language)
    words.append(_("{minutes} min and more").format(minutes=number(SAVED_BREAKS[-1])))
    rows = [(Look("hex", fill), told) for fill, told in zip(AMOUNTS, words, strict=True)]
    layer = _hexes(shown, colour, AMOUNTS, lines, _("Minutes saved"))
    note = (_("Against today; no colour: less than a minute"),)
    return layer, Panel(_("Minutes saved"), rows=tuple(rows[::-1]), lines=note, folds=True)


def _saved_words(row: object, language: str) -> str:
    _ = translator(language)
    today, new = (float(getattr(row, name)) for name in ("today_min", "new_min"))
    told = _("{new} min instead of {today}")
    if np.isnan(today):
        told = _("{new} min to a new site; none is reached today")
    return told.format(new=f"{new:.0f}", today=f"{today:.0f}")
