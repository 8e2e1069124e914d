"""Whole maps: where need is, and where the repeat places are. The week's sweep is in week.py."""

from collections.abc import Iterable
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pandas as pd

from outreach import cells
from outreach.language.translate import N_, translator
from outreach.maps import layers
from outreach.maps.base import Ground, add_ground
from outreach.maps.elements import Bounds, Drawing, Panel, bare_map, each, layer_control
from outreach.maps.style import (
    AMOUNTS,
    CHANGE,
    FAINT,
    INK,
    TREND_LABELS,
    Look,
    class_breaks,
    class_colours,
    class_labels,
    kind_label,
    need_label,
    number,
)

DRAFT_NOTE = N_("Draft: not to be driven before a lead publishes it")
INVENTED_NOTE = N_("Invented data: no real person, call or address")
_WORLD: Bounds = (-125.0, 25.0, -66.0, 49.0)
_MARGIN = 0.002  # about 200 m around what is shown


def bounds_of(points: Iterable[layers.Point], ground: Ground) -> Bounds:
    """Return the box around some points; without any, that of the streets."""
    array = np.array([point for point in points if not np.isnan(point).any()], float)
    if not len(array):
        return ground.bounds or _WORLD
    (west, south), (east, north) = array.min(axis=0), array.max(axis=0)
    return (
        float(west) - _MARGIN,
        float(south) - _MARGIN,
        float(east) + _MARGIN,
        float(north) + _MARGIN,
    )


def heading(
    chart: folium.Map,
    title: str,
    lines: tuple[str, ...],
    *,
    invented: bool,
    language: str = "en",
) -> None:
    """Write a title, if there is one, and notes into the map's corner."""
    if not title:
        return
    notes = (*lines, translator(language)(INVENTED_NOTE)) if invented else lines
    Panel(title, lines=notes, position="topleft", folds=True).add_to(chart)


def help_rows(resources: pd.DataFrame, language: str = "en") -> list[tuple[Look, str]]:
    """Return the legend's rows for kinds of help that are drawn."""
    looks = layers.help_looks(resources)
    return [(look, kind_label(kind, language)) for kind, look in sorted(looks.items())]


def around(row: Any, language: str = "en") -> list[str]:
    """Return the line that says where a cell is, where the city's crossings are known."""
    near = layers.text(getattr(row, "near", "")).strip()
    _ = translator(language)
    return [_("Around {place}").format(place=near)] if near else []


def demand_layer(
    rates: pd.DataFrame, *, faint: bool = False, language: str = "en"
) -> tuple[Drawing, Panel]:
    """Return hexes coloured by calls a week, and their legend; faint ones lie under routes.

    Needs    cell, weekly_rate, top_need, reason     as in schemas.CELL_RATES
    """
    _ = translator(language)
    drawn = rates[rates["weekly_rate"] > 0]
    breaks = class_breaks(drawn["weekly_rate"])
    lines = [
        [
            *around(row, language),
            _("{number} calls a week").format(number=number(row.weekly_rate)),
            _("Most: {need}").format(need=need_label(row.top_need, language)),
            row.reason,
        ]
        for row in each(drawn)
    ]
    colour = np.searchsorted(breaks, drawn["weekly_rate"], side="right")
    colours = class_colours(breaks, FAINT if faint else AMOUNTS)
    frame = drawn.assign(colour=colour, lines=pd.Series(lines, drawn.index, dtype=object))
    layer = layers.hexes(frame, colours, name=_("Calls for help"))
    rows = [
        (Look("hex", fill), label)
        for fill, label in zip(colours, class_labels(breaks, language), strict=True)
    ]
    return layer, Panel(_("Calls a week in a hex"), rows=tuple(rows[::-1]), folds=True)


def change_layer(rates: pd.DataFrame, language: str = "en") -> tuple[Drawing, Panel]:
    """Return hexes coloured by recent change, and their legend.

    Needs    cell, calls, recent_calls, before_calls, trend, reason     as in schemas.CELL_RATES
    """
    _ = translator(language)
    drawn = rates[rates["calls"] > 0]
    order = list(CHANGE)
    lines = [
        [
            *around(row, language),
            _(TREND_LABELS[row.trend]),
            _("{recent} calls lately, {before} before").format(
                recent=row.recent_calls, before=row.before_calls
            ),
            row.reason,
        ]
        for row in each(drawn)
    ]
    colour = [order.index(trend) for trend in drawn["trend"]]
    frame = drawn.assign(colour=colour, lines=pd.Series(lines, drawn.index, dtype=object))
    layer = layers.hexes(frame, list(CHANGE.values()), name=_("Change"))
    rows = tuple((Look("hex", fill), _(TREND_LABELS[trend])) for trend, fill in CHANGE.items())
    return layer, Panel(_("Against the weeks before"), rows=rows, folds=True)


def demand_map(
    rates: pd.DataFrame,
    ground: Ground,
    *,
    title: str = "",
    change: bool = False,
    invented: bool = False,
    language: str = "en",
) -> folium.Map:
    """Return the map of where calls for help come from, or of where their number changed."""
    bounds = bounds_of_cells(rates["cell"], rates["calls"], ground)
    drawn = change_layer(rates, language) if change else demand_layer(rates, language=language)
    return layered_map(bounds, *drawn, ground, title=title, invented=invented, language=language)


def layered_map(
    bounds: Bounds,
    layer: Drawing,
    legend: Panel,
    ground: Ground,
    *,
    title: str = "",
    invented: bool = False,
    language: str = "en",
) -> folium.Map:
    """Return the ground with one layer of hexes and its legend."""
    chart = bare_map(bounds, title=title, tiles=ground.tiles, language=language)
    add_ground(chart, ground)
    layer.add_to(chart)
    heading(chart, title, (), invented=invented, language=language)
    legend.add_to(chart)
    return chart


def bounds_of_cells(cell: pd.Series, calls: pd.Series, ground: Ground) -> Bounds:
    """Return a box around the cells with nearly all calls, so that one far point is no matter."""
    most = calls[calls > 0].sort_values(ascending=False)
    share = most.cumsum() / most.sum()
    kept = most[share.shift(fill_value=0) < 0.99]
    return bounds_of((cells.centre(one) for one in cell[kept.index]), ground)


def places_map(
    places: pd.DataFrame,
    clusters: gpd.GeoDataFrame,
    ground: Ground,
    *,
    title: str = "",
    invented: bool = False,
    language: str = "en",
) -> folium.Map:
    """Return the map of repeat places, facilities apart, and of groups of them."""
    points = zip(places["lon"], places["lat"], strict=True)
    chart = bare_map(bounds_of(points, ground), title=title, tiles=ground.tiles, language=language)
    add_ground(chart, ground)
    layers.clusters(clusters, language=language).add_to(chart)
    apart = places["kind"] != "place"
    layers.places(places[apart], facilities=True, language=language).add_to(chart)
    layers.places(places[~apart], language=language).add_to(chart)
    heading(chart, title, (), invented=invented, language=language)
    _ = translator(language)
    rows = (
        (layers.place_look("place"), _("Repeat place; larger: more calls")),
        (layers.place_look("facility"), _("Facility or default point")),
        (Look("hull", "#f6f4ef", ink=INK), _("Group of repeat places")),
    )
    Panel(_("What is what"), rows=rows, folds=True).add_to(chart)
    layer_control().add_to(chart)
    return chart
