"""Whole maps: where need is, and where the repeat places are. The week's sweep is in week.py."""

from collections.abc import Iterable
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pandas as pd

from outreach import cells
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

DRAFT_NOTE = "Draft: not to be driven before a lead publishes it"
INVENTED_NOTE = "Invented data: no real person, call or address"
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


def heading(chart: folium.Map, title: str, lines: tuple[str, ...], *, invented: bool) -> None:
    """Write a title, if there is one, and notes into the map's corner."""
    if not title:
        return
    notes = (*lines, INVENTED_NOTE) if invented else lines
    Panel(title, lines=notes, position="topleft", folds=True).add_to(chart)


def help_rows(resources: pd.DataFrame) -> list[tuple[Look, str]]:
    """Return the legend's rows for kinds of help that are drawn."""
    looks = layers.help_looks(resources)
    return [(look, kind_label(kind)) for kind, look in sorted(looks.items())]


def around(row: Any) -> list[str]:
    """Return the line that says where a cell is, where the city's crossings are known."""
    near = layers.text(getattr(row, "near", "")).strip()
    return [f"Around {near}"] if near else []


def demand_layer(
    rates: pd.DataFrame, *, name: str = "Calls for help", faint: bool = False
) -> tuple[Drawing, Panel]:
    """Return hexes coloured by calls a week, and their legend; faint ones lie under routes.

    Needs    cell, weekly_rate, top_need, reason     as in schemas.CELL_RATES
    """
    drawn = rates[rates["weekly_rate"] > 0]
    breaks = class_breaks(drawn["weekly_rate"])
    lines = [
        [
            *around(row),
            f"{number(row.weekly_rate)} calls a week",
            f"Most: {need_label(row.top_need)}",
            row.reason,
        ]
        for row in each(drawn)
    ]
    colour = np.searchsorted(breaks, drawn["weekly_rate"], side="right")
    colours = class_colours(breaks, FAINT if faint else AMOUNTS)
    frame = drawn.assign(colour=colour, lines=pd.Series(lines, drawn.index, dtype=object))
    layer = layers.hexes(frame, colours, name=name)
    rows = [
        (Look("hex", fill), label)
        for fill, label in zip(colours, class_labels(breaks), strict=True)
    ]
    return layer, Panel("Calls a week in a hex", rows=tuple(rows[::-1]), folds=True)


def change_layer(rates: pd.DataFrame) -> tuple[Drawing, Panel]:
    """Return hexes coloured by recent change, and their legend.

    Needs    cell, calls, recent_calls, before_calls, trend, reason     as in schemas.CELL_RATES
    """
    drawn = rates[rates["calls"] > 0]
    order = list(CHANGE)
    lines = [
        [
            *around(row),
            TREND_LABELS[row.trend],
            f"{row.recent_calls} calls lately, {row.before_calls} before",
            row.reason,
        ]
        for row in each(drawn)
    ]
    colour = [order.index(trend) for trend in drawn["trend"]]
    frame = drawn.assign(colour=colour, lines=pd.Series(lines, drawn.index, dtype=object))
    layer = layers.hexes(frame, list(CHANGE.values()), name="Change")
    rows = tuple((Look("hex", fill), TREND_LABELS[trend]) for trend, fill in CHANGE.items())
    return layer, Panel("Against the weeks before", rows=rows, folds=True)


def demand_map(
    rates: pd.DataFrame,
    ground: Ground,
    *,
    title: str = "",
    change: bool = False,
    invented: bool = False,
) -> folium.Map:
    """Return the map of where calls for help come from, or of where their number changed."""
    bounds = bounds_of_cells(rates["cell"], rates["calls"], ground)
    layer, legend = change_layer(rates) if change else demand_layer(rates)
    return layered_map(bounds, layer, legend, ground, title=title, invented=invented)


def layered_map(
    bounds: Bounds,
    layer: Drawing,
    legend: Panel,
    ground: Ground,
    *,
    title: str = "",
    invented: bool = False,
) -> folium.Map:
    """Return the ground with one layer of hexes and its legend."""
    chart = bare_map(bounds, title=title, tiles=ground.tiles)
    add_ground(chart, ground)
    layer.add_to(chart)
    heading(chart, title, (), invented=invented)
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
) -> folium.Map:
    """Return the map of repeat places, facilities apart, and of groups of them."""
    points = zip(places["lon"], places["lat"], strict=True)
    chart = bare_map(bounds_of(points, ground), title=title, tiles=ground.tiles)
    add_ground(chart, ground)
    layers.clusters(clusters).add_to(chart)
    apart = places["kind"] != "place"
    layers.places(places[apart], name="Facilities and default points").add_to(chart)
    layers.places(places[~apart]).add_to(chart)
    heading(chart, title, (), invented=invented)
    rows = (
        (layers.place_look("place"), "Repeat place; larger: more calls"),
        (layers.place_look("facility"), "Facility or default point"),
        (Look("hull", "#f6f4ef", ink=INK), "Group of repeat places"),
    )
    Panel("What is what", rows=rows, folds=True).add_to(chart)
    layer_control().add_to(chart)
    return chart
