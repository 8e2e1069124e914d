"""Maps of demand in time: week by week, hot and cold spots, emerging labels, the week ahead."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import folium
import numpy as np
import numpy.typing as npt
import pandas as pd

from outreach.demand.panel import Panel as CellWeeks
from outreach.demand.panel import make_panel
from outreach.language.translate import FULL_DAY, day_words, plural, translator
from outreach.maps.base import Ground
from outreach.maps.elements import Drawing, Panel, each, script_json
from outreach.maps.layers import hexes, outline_steps, text
from outreach.maps.style import (
    LABEL_GROUPS,
    LABEL_WORDS,
    SPOT_WORDS,
    SPOTS,
    Look,
    class_breaks,
    class_colours,
    class_labels,
    count_breaks,
    count_labels,
    number,
)
from outreach.maps.views import around, bounds_of_cells, layered_map
from outreach.schemas import NEEDS

WINDOW_WEEKS = 4
_WINDOW_DAYS = 7 * WINDOW_WEEKS
_FEWEST_DAYS = 7  # scaled up from fewer days on record, one call would look like many
_BAR = 0.12  # how much of the map's height the slider takes
_DRAWN_SHARE = 0.98  # of the expected calls; the rest is spread thin over many hexes
_OPACITY = 0.85
_CLEAR_Z = 3.3  # one in a thousand by chance

_SAME_IN_ANY_ORDER = {"persistent_hot", "none"}  # labels of which shuffled weeks say nothing

Whole = npt.NDArray[np.int64]


def timeline_map(
    counts: pd.DataFrame,
    calendar: pd.DataFrame,
    ground: Ground,
    *,
    near: Mapping[int, str] | None = None,
    title: str = "",
    invented: bool = False,
    need: str | None = None,
    weeks: int = 26,
    language: str = "en",
) -> folium.Map:
    """Return the map of calls in four weeks, with a slider over the last weeks of the record.

    A week's hexes show the calls of the four weeks up to and including it, scaled up for days
    that were not seen. A gap in the record is a step of its own that says so.

    Needs    counts     COUNTS
             calendar   CALENDAR of the same weeks
             near       crossing by cell; may be blank
             need       None: the five needs together
             weeks      how many weeks that were wholly or partly seen
    """
    panel = make_panel(counts, calendar, needs=NEEDS if need is None else [need])
    steps = timeline_steps(panel, weeks, language)
    drawn = timeline_layer(panel, steps, near or {}, language)
    column = steps["column"].to_numpy(int)
    total = pd.Series(panel.calls[:, column].sum(axis=1))
    west, south, east, north = bounds_of_cells(pd.Series(panel.cells), total, ground)
    bounds = (west, south - _BAR * (north - south), east, north)
    return layered_map(bounds, *drawn, ground, title=title, invented=invented, language=language)


def timeline_steps(panel: CellWeeks, weeks: int, language: str = "en") -> pd.DataFrame:
    """Return the slider's steps: the last weeks that were seen, and every gap between them.

    Adds     column     the week's position in the panel; of a gap, its first week's
             days       how many of the four weeks' days were seen; 0: nothing to show
             words      the step written out
             note       what to know about the days on record; may be blank
    """
    seen = np.flatnonzero(panel.exposure > 0)[-weeks:]
    if not len(seen):
        return pd.DataFrame({"column": [], "days": [], "words": [], "note": []})
    first, last = int(seen[0]), int(seen[-1])
    on_record = np.rint(_last_four(panel.exposure) * 7).astype(int)
    _ = translator(language)
    rows = []
    for column in range(first, last + 1):
        if panel.exposure[column] > 0:
            rows.append(_week_step(panel, column, int(on_record[column]), language))
        elif panel.exposure[column - 1] > 0:
            until = int(seen[seen > column][0])
            rows.append(
                (column, 0, _("No calls on record"), _between(panel, column, until, language))
            )
    return pd.DataFrame(rows, columns=["column", "days", "words", "note"])


def _last_four(weekly: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Sum each week and the three before it along the last axis."""
    before = [(0, 0)] * (weekly.ndim - 1) + [(WINDOW_WEEKS, 0)]
    total = np.cumsum(np.pad(weekly, before), axis=-1)
    return np.asarray(total[..., WINDOW_WEEKS:] - total[..., :-WINDOW_WEEKS])


def _week_step(
    panel: CellWeeks, column: int, days: int, language: str
) -> tuple[int, int, str, str]:
    _ = translator(language)
    # Before a gap, and in a week that is not over, the first days are the ones on record.
    goes_on = column + 1 < len(panel.weeks) and panel.exposure[column + 1] > 0
    whole = 7 if goes_on else round(panel.exposure[column] * 7)
    until = _day(panel.weeks[column] + (whole - 1), language)
    told = {"days": days, "whole": _WINDOW_DAYS, "day": until}
    if days < _FEWEST_DAYS:
        few = _("{days} of the {whole} to {day}").format(**told)
        return column, 0, _("Too few days on record"), few
    note = _("{days} of {whole} days on record").format(**told)
    note = "" if days >= _WINDOW_DAYS else note
    return column, days, _("Four weeks to {day}").format(**told), note


def _between(panel: CellWeeks, first: int, until: int, language: str) -> str:
    low, high = (_day(day, language) for day in (panel.weeks[first], panel.weeks[until] - 1))
    _ = translator(language)
    return _("{low} to {high}").format(low=low, high=high)


def _day(day: np.datetime64, language: str) -> str:
    found: date = day.astype("datetime64[D]").item()
    return day_words(found, language, FULL_DAY)


def timeline_layer(
    panel: CellWeeks, steps: pd.DataFrame, near: Mapping[int, str], language: str = "en"
) -> tuple[Drawing, Panel]:
    """Return the hexes with their slider, and one legend for all weeks.

    Needs    column, days, words, note     from ``timeline_steps``
    """
    _ = translator(language)
    days = steps["days"].to_numpy(int)
    seen = panel.calls * (panel.exposure > 0)
    counted = _last_four(seen)[:, steps["column"].to_numpy(int)].astype(int)
    counted[:, days == 0] = 0
    scaled = np.floor(counted * _WINDOW_DAYS / np.maximum(days, 1) + 0.5).astype(int)
    breaks = count_breaks(scaled)
    colours = class_colours(breaks)
    data = {
        "cells": [
            (outline_steps(cell), _changes(row), _near(near, cell, language))
            for cell, row in zip(panel.cells.tolist(), counted, strict=True)
            if row.any()
        ],
        "steps": [list(step) for step in each(steps[["words", "note", "days"]])],
        "window_days": _WINDOW_DAYS,
        "words": {
            "week": _("Week"),
            "play": _("Play the weeks"),
            "pause": _("Pause"),
            "call": plural(language, "{number} call", "{number} calls", 1),
            "calls": _("{number} calls"),
            "counted": _("{number} counted; "),
        },
        "breaks": breaks,
        "colours": colours,
        "opacity": _OPACITY,
    }
    legend = _legend(
        _("Calls in four weeks"),
        colours,
        count_labels(breaks, language),
        lines=_notes(days, counted, language),
    )
    return Drawing("timeline", script_json(data)), legend


def _notes(days: Whole, counted: Whole, language: str) -> tuple[str, ...]:
    _ = translator(language)
    if not counted.any():
        return (_("No calls are on record."),)
    partly = ((days > 0) & (days < _WINDOW_DAYS)).any()
    return (_("Scaled for missing days"),) if partly else ()


def _changes(row: Whole) -> list[int]:
    """Return step, value, step, value … wherever a value differs from the one before."""
    at = np.flatnonzero(np.diff(row, prepend=0))
    return [int(part) for part in np.column_stack([at, row[at]]).ravel()]


def _near(near: Mapping[int, str], cell: int, language: str) -> str:
    name = text(near.get(cell)).strip()
    _ = translator(language)
    return _("Around {place}").format(place=name) if name else ""


def hot_spots_map(
    hot_spots: pd.DataFrame,
    ground: Ground,
    *,
    title: str = "",
    invented: bool = False,
    language: str = "en",
) -> folium.Map:
    """Return the map of hot and cold spots.

    Needs    HOT_SPOTS; near may be there
    """
    drawn = hot_spots_layer(hot_spots, language)
    bounds = bounds_of_cells(hot_spots["cell"], hot_spots["calls"], ground)
    return layered_map(bounds, *drawn, ground, title=title, invented=invented, language=language)


def hot_spots_layer(hot_spots: pd.DataFrame, language: str = "en") -> tuple[Drawing, Panel]:
    """Return hexes coloured as hot, cold or neither, and their legend.

    Needs    cell, gi_z, spot, reason     as in schemas.HOT_SPOTS
    """
    _ = translator(language)
    order = list(SPOTS)
    lines = [
        [*around(row, language), heat_words(row.spot, row.gi_z, language), row.reason]
        for row in each(hot_spots)
    ]
    colour = [order.index(spot) for spot in hot_spots["spot"]]
    title = _("Hot and cold spots")
    layer = _layer(hot_spots, colour, list(SPOTS.values()), lines, name=title)
    found = hot_spots["spot"].value_counts()
    told = [f"{_(SPOT_WORDS[spot])}: {found.get(spot, 0):,}" for spot in order]
    note = (_("More or fewer calls in a hex and around it than chance would put there."),)
    return layer, _legend(title, SPOTS.values(), told, rising=False, lines=note)


def heat_words(spot: str, z: float, language: str = "en") -> str:
    """Return what a z score says: how far a cell's surroundings are from what chance would put."""
    _ = translator(language)
    if spot == "none":
        return _("{spot} (z {z})").format(spot=_(SPOT_WORDS[spot]), z=f"{z:.1f}")
    clear = abs(z) >= _CLEAR_Z
    if spot == "hot":
        far = _("{spot}: far more calls than chance would put here (z {z})")
        told = far if clear else _("{spot}: more calls than chance would put here (z {z})")
    else:
        far = _("{spot}: far fewer calls than chance would put here (z {z})")
        told = far if clear else _("{spot}: fewer calls than chance would put here (z {z})")
    return told.format(spot=_(SPOT_WORDS[spot]), z=f"{z:.1f}")


def emerging_map(
    emerging: pd.DataFrame,
    label_counts: pd.DataFrame,
    ground: Ground,
    *,
    title: str = "",
    invented: bool = False,
    language: str = "en",
) -> folium.Map:
    """Return the map of how the heat of places went over time.

    Needs    EMERGING, LABEL_COUNTS; near may be there
    """
    drawn = emerging_layer(emerging, label_counts, language)
    told = (emerging["label"] != "none").astype(int)
    bounds = bounds_of_cells(emerging["cell"], told, ground)
    return layered_map(bounds, *drawn, ground, title=title, invented=invented, language=language)


def emerging_layer(
    emerging: pd.DataFrame, label_counts: pd.DataFrame, language: str = "en"
) -> tuple[Drawing, Panel]:
    """Return hexes coloured by group of labels, and a legend with the numbers chance would give.

    Needs    cell, label, reason          as in schemas.EMERGING
             label, cells, by_chance      as in schemas.LABEL_COUNTS
    """
    group = {label: i for i, group in enumerate(LABEL_GROUPS) for label in group.labels}
    _ = translator(language)
    lines = [
        [*around(row, language), _(LABEL_WORDS[row.label]), row.reason] for row in each(emerging)
    ]
    fills = [group.fill for group in LABEL_GROUPS]
    layer = _layer(emerging, emerging["label"].map(group), fills, lines, name=_("Emerging"))
    sums = label_counts.groupby(label_counts["label"].map(group))[["cells", "by_chance"]].sum()
    sums = sums.reindex(range(len(LABEL_GROUPS)), fill_value=0)
    told = []
    for kind, row in zip(LABEL_GROUPS, each(sums), strict=True):
        counted = f"{_(kind.words)}: {row.cells:,.0f}"
        by_chance = _("{counted} (by chance {number})")
        tells = not _SAME_IN_ANY_ORDER.issuperset(kind.labels)
        told.append(
            by_chance.format(counted=counted, number=number(row.by_chance)) if tells else counted
        )
    note = (_("By chance: how many there would be if the weeks were shuffled."),)
    return layer, _legend(_("How heat went over time"), fills, told, rising=False, lines=note)


def forecast_map(
    forecast: pd.DataFrame,
    ground: Ground,
    *,
    title: str = "",
    invented: bool = False,
    language: str = "en",
) -> folium.Map:
    """Return the map of the calls expected in the week ahead.

    Needs    FORECAST; near may be there
    """
    drawn = forecast_layer(forecast, language)
    bounds = bounds_of_cells(forecast["cell"], forecast["expected_calls"], ground)
    return layered_map(bounds, *drawn, ground, title=title, invented=invented, language=language)


def forecast_layer(forecast: pd.DataFrame, language: str = "en") -> tuple[Drawing, Panel]:
    """Return hexes coloured by the calls expected in them, and their legend.

    Needs    cell, expected_calls, low, high, reason     as in schemas.FORECAST
    """
    _ = translator(language)
    most = forecast.sort_values("expected_calls", ascending=False)
    before = most["expected_calls"].cumsum() - most["expected_calls"]
    drawn = most[before < _DRAWN_SHARE * most["expected_calls"].sum()]
    breaks = class_breaks(drawn["expected_calls"])
    colours = class_colours(breaks)
    lines = [
        [
            *around(row, language),
            _("Calls expected next week: {number}").format(number=number(row.expected_calls)),
            _("In nine weeks of ten between {low} and {high}").format(low=row.low, high=row.high),
            row.reason,
        ]
        for row in each(drawn)
    ]
    colour = np.searchsorted(breaks, drawn["expected_calls"], side="right")
    layer = _layer(drawn, colour, colours, lines, name=_("Calls expected"))
    rest = _("Not coloured: hexes that share the last {percent} of calls.")
    note = (rest.format(percent=f"{1 - _DRAWN_SHARE:.0%}"),)
    title, told = _("Calls expected next week"), class_labels(breaks, language)
    return layer, _legend(title, colours, told, lines=note)


def _layer(
    frame: pd.DataFrame,
    colour: Sequence[int] | pd.Series | Whole,
    fills: Sequence[str],
    lines: list[list[str]],
    *,
    name: str,
) -> Drawing:
    drawn = frame.assign(
        colour=np.asarray(colour, int), lines=pd.Series(lines, frame.index, dtype=object)
    )
    return hexes(drawn, fills, name=name, opacity=_OPACITY)


def _legend(
    title: str,
    fills: Iterable[str],
    told: Sequence[str],
    *,
    rising: bool = True,
    lines: tuple[str, ...] = (),
) -> Panel:
    """Return a legend; of rising classes the highest stands on top."""
    rows = [(Look("hex", fill), words) for fill, words in zip(fills, told, strict=True)]
    return Panel(title, lines=lines, rows=tuple(rows[::-1] if rising else rows), folds=True)
