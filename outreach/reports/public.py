"""Public figures of a city: one page that needs nothing else, and a table for spreadsheets.

Small counts are hidden together with what would give them away (safeguard 7). No person, no
point, no address, nothing of domestic violence; no sentence says why a number differs from
another (safeguard 9).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

import geopandas as gpd
import jinja2
import numpy as np
import pandas as pd
import shapely

from outreach.config import Programme
from outreach.demand.areas import OUTSIDE
from outreach.geo import to_metres
from outreach.language import words as codes
from outreach.language.translate import (
    FULL_DAY,
    day_words,
    number_words,
    translator,
)
from outreach.maps.public import UNPLACED, class_words, classes_of
from outreach.maps.style import INK, class_colours
from outreach.outcomes.suppression import ALL, SMALL
from outreach.reports.charts import Picture
from outreach.reports.exports import csv_bytes

HIDDEN = "#e8e6e1"  # of an area whose count is hidden
WIDTH = 480
# What is counted, by what: table, what its rows and what its columns are.
TABLES: Mapping[str, tuple[str, str]] = {
    "calls_by_need": ("month", "need"),
    "calls_by_source": ("month", "source"),
    "calls_by_area": ("area", "need"),
    "visits_by_outcome": ("month", "outcome"),
    "visits_by_mode": ("month", "response_mode"),
}
CALLS = tuple(name for name in TABLES if name.startswith("calls"))
VISITS = tuple(name for name in TABLES if name.startswith("visits"))


@dataclass(frozen=True, eq=False)
class PublicFigures:
    """What anybody may know of a city: calls for help and the team's visits, by whole quarter.

    Quarters share no day and no sum, so that two issues cannot be subtracted from each other.
    """

    city: str
    invented_data: bool
    programme: Programme
    as_of: date
    quarters: tuple[str, ...]  # such as 2026-Q3, newest first
    # quarter, table, row, column, count: Int64, missing where hidden; ALL marks totals
    counts: pd.DataFrame
    needles: pd.DataFrame  # quarter, month, pickups, needles: of things, so never hidden
    shapes: gpd.GeoDataFrame  # area, geometry: neighbourhoods or coarse hexes
    ground: gpd.GeoDataFrame  # name, kind, geometry: parks and water, to know one's way by
    neighbourhoods: bool  # False: hexes stand for them

    def table(self, quarter: str, name: str) -> pd.DataFrame:
        """Return one table of a quarter with its totals; it has no rows where nothing is known."""
        mine = self.counts[(self.counts["quarter"] == quarter) & (self.counts["table"] == name)]
        wide = mine.pivot_table(
            index="row", columns="column", values="count", aggfunc="first", sort=False,
            dropna=False,
        )  # fmt: skip
        return wide.astype("Int64")


def public_csv(figures: PublicFigures, *, encoding: str = "utf-8") -> bytes:
    """Return all counts as CSV, a row each; a hidden one says so."""
    told = figures.counts.assign(
        count=[("hidden" if pd.isna(n) else int(n)) for n in figures.counts["count"]]
    )
    needles = [
        {"quarter": row.quarter, "table": "needles", "row": row.month, "column": name, "count": n}
        for row in figures.needles.itertuples()
        for name, n in (("pickups", row.pickups), ("needles", row.needles))
    ]
    whole = pd.concat([told, pd.DataFrame(needles, columns=told.columns)])
    return csv_bytes(whole, encoding=encoding)


def public_page(figures: PublicFigures, quarter: str, *, language: str = "en") -> str:
    """Return the figures of a quarter as one HTML page without scripts or links to the outside.

    Every text from the data is escaped; the same figures give the same text.
    """
    _ = translator(language)
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return made.get_template("public.html").render(
        _=_,
        language=language,
        facts=figures,
        quarter=quarter_words(quarter, language),
        headline=headline(figures, quarter, language),
        as_of=day_words(figures.as_of, language, FULL_DAY),
        blocks=[_block(figures, quarter, name, language) for name in TABLES],
        needles=_needles(figures, quarter, language),
        map=area_map(figures, quarter, language=language),
        notes=how_to_read(language),
        trend=_trend(figures, language),
    )


def quarter_words(quarter: str, language: str = "en") -> str:
    """Return a quarter as people say it: July to September 2026."""
    year, number = int(quarter[:4]), int(quarter[-1])
    first, last = date(year, 3 * number - 2, 1), date(year, 3 * number, 1)
    _ = translator(language)
    told = _("{first} to {last} {year}").format(
        first=day_words(first, language, "LLLL"), last=day_words(last, language, "LLLL"), year=year
    )
    return told.strip()


def headline(figures: PublicFigures, quarter: str, language: str = "en") -> list[tuple[str, str]]:
    """Return the few figures that come first: a number and what it counts."""
    _ = translator(language)
    told = []
    for name, words in (
        ("calls_by_need", _("calls for help")),
        ("visits_by_outcome", _("visits by the team")),
    ):
        table = figures.table(quarter, name)
        if len(table):
            told.append((count_words(table.loc[ALL, ALL], language), words))
    return told


def count_words(count: Any, language: str = "en") -> str:
    """Return a count as it is shown; a hidden one is said to be."""
    if pd.isna(count):
        _ = translator(language)
        return _("hidden")
    return number_words(int(count), language)


def label(dimension: str, value: str, language: str = "en") -> str:
    """Return the name of a row or column as people read it."""
    _ = translator(language)
    if value == ALL:
        return _("All")
    if dimension == "month":
        return day_words(date.fromisoformat(f"{value}-01"), language, "LLL y")
    if dimension in _WORDS:
        words = _WORDS[dimension](value, language)
    else:
        words = _("no place known") if value == UNPLACED else value
        words = _("outside the neighbourhoods") if value == OUTSIDE else words
    return words[:1].upper() + words[1:]


def source_words(source: str, language: str = "en") -> str:
    """Return where a call came in, as people read it."""
    _ = translator(language)
    known = {
        "non_emergency": _("Non-emergency line"),
        "other": _("Other"),
        "officer_initiated": _("Begun by an officer"),
        "alarm": _("Alarm"),
        "scheduled": _("Scheduled"),
    }
    return known.get(source, source)


_WORDS: Mapping[str, Callable[[str, str], str]] = {
    "need": codes.need_words,
    "response_mode": codes.mode_words,
    "outcome": codes.in_words,
    "source": source_words,
}


def title_of(name: str, figures: PublicFigures, language: str = "en") -> str:
    """Return the heading of a table."""
    _ = translator(language)
    by_area = (
        _("Calls for help by neighbourhood and need")
        if figures.neighbourhoods
        else _("Calls for help by area and need")
    )
    return {
        "calls_by_need": _("Calls for help by month and need"),
        "calls_by_source": _("Calls for help by month and where they came in"),
        "calls_by_area": by_area,
        "visits_by_outcome": _("Visits by month and what came of them"),
        "visits_by_mode": _("Visits by month and who went"),
    }[name]


def how_to_read(language: str = "en") -> list[tuple[str, str]]:
    """Return what a reader must know: a word and what it means."""
    _ = translator(language)
    return [
        (
            _("Call for help"),
            _(
                "A call by the public about mental health, substance use, homelessness, conflict "
                "or quality of life, or one whose need is not known. What officers or staff began "
                "is not counted, and nothing of domestic violence is in any figure."
            ),
        ),
        (
            _("Hidden"),
            _(
                "A count from 1 to {small} is hidden, so that nobody can be recognised. Where a "
                "hidden count could be worked out from others, some larger ones are hidden too. "
                "Totals count everything."
            ).format(small=SMALL),
        ),
        (
            _("Area"),
            _(
                "A call belongs to the area that its place lies in. Calls without a known place "
                "are listed by themselves and count in the totals."
            ),
        ),
        (
            _("Visit"),
            _(
                "An attempt of the team to meet somebody. One person can be visited more than "
                "once, so visits are not people."
            ),
        ),
        (
            _("Differences"),
            _(
                "Counts go up and down by themselves. Nothing here says why one number differs "
                "from another, nor what a visit brought about."
            ),
        ),
    ]


def in_words(figures: PublicFigures, quarter: str, name: str, language: str = "en") -> pd.DataFrame:
    """Return a table of a quarter as people read it: a head column and texts."""
    table, (rows, columns) = figures.table(quarter, name), TABLES[name]
    heads = [label(columns, str(value), language) for value in table.columns]
    told = [[count_words(count, language) for count in table.loc[row]] for row in table.index]
    shown = pd.DataFrame(told, columns=heads, dtype="object")
    _ = translator(language)
    first = _("Month") if rows == "month" else _("Area")
    shown.insert(0, first, [label(rows, str(row), language) for row in table.index])
    return shown


def _block(figures: PublicFigures, quarter: str, name: str, language: str) -> dict[str, object]:
    table = figures.table(quarter, name)
    shown = in_words(figures, quarter, name, language)
    return {
        "title": title_of(name, figures, language),
        "total": _shown(table, language) if len(table) else "",
        "head": list(shown.columns[1:]),
        "rows": [
            (head, list(zip(texts, table.loc[row].isna(), strict=True)), row == ALL)
            for row, (head, *texts) in zip(table.index, shown.to_numpy(), strict=True)
        ],
    }


def _shown(table: pd.DataFrame, language: str) -> str:
    """Say how much of the total stands in the table, for hidden counts are part of it too."""
    total: Any = table.loc[ALL, ALL]
    if pd.isna(total):
        return ""
    shown = int(table.drop(index=ALL, columns=ALL).sum().sum())
    _ = translator(language)
    return _("{shown} of {total} stand in counts that are shown.").format(
        shown=number_words(shown, language), total=number_words(int(total), language)
    )


def _needles(figures: PublicFigures, quarter: str, language: str) -> tuple[str, str] | None:
    mine = figures.needles[figures.needles["quarter"] == quarter]
    if mine.empty:
        return None
    return (
        number_words(int(mine["needles"].sum()), language),
        number_words(int(mine["pickups"].sum()), language),
    )


def _trend(figures: PublicFigures, language: str) -> list[tuple[str, str]]:
    """Return each quarter's calls, oldest first."""
    told = []
    for quarter in reversed(figures.quarters):
        total = figures.table(quarter, "calls_by_need").loc[ALL, ALL]
        told.append((quarter_words(quarter, language), count_words(total, language)))
    return told


def area_map(figures: PublicFigures, quarter: str, *, language: str = "en") -> Picture | None:
    """Draw the areas in the colours of their calls; hidden ones are pale. None: no shapes."""
    _ = translator(language)
    counts = area_counts(figures, quarter)
    shapes = figures.shapes[figures.shapes["area"].isin(counts.index)]
    if shapes.empty:
        return None
    breaks, kinds = classes_of(counts.reindex(shapes["area"]))
    colours = [*class_colours(breaks), HIDDEN]
    drawn, height = _fitted(shapes.geometry.to_numpy())
    parts = [
        f'<path fill="{colours[kind]}" stroke="#fff" d="{_path(shape)}"/>'
        for shape, kind in zip(drawn, kinds, strict=True)
    ]
    labels = class_words(breaks, language)
    parts += _key(colours, labels, height)
    alt = _("Map of areas by their calls for help; the table below says the same.")
    whole = height + 22 * len(labels) + 8
    head = f'viewBox="0 0 {WIDTH} {whole}" width="{WIDTH}" height="{whole}" role="img"'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {head}><title>{escape(alt)}</title>'
    return Picture(f"{svg}{''.join(parts)}</svg>", alt)


def area_counts(figures: PublicFigures, quarter: str) -> pd.Series:
    """Return the calls of each area, missing where hidden, without those of no known place."""
    table = figures.table(quarter, "calls_by_area")
    if table.empty:
        return pd.Series([], dtype="Int64")
    return table[ALL].drop(index=[ALL, UNPLACED], errors="ignore")


def _fitted(shapes: Sequence[shapely.Geometry]) -> tuple[list[shapely.Geometry], int]:
    """Return shapes in the units of the drawing, and its height."""
    middle = shapely.union_all(list(shapes)).centroid
    to_here: Callable[..., Any] = partial(to_metres, origin=(middle.x, middle.y))
    metres = [shapely.transform(shape, to_here, interleaved=False) for shape in shapes]
    west, south, east, north = shapely.total_bounds(np.array(metres, object))
    scale = (WIDTH - 8) / max(east - west, (north - south) * 0.9, 1.0)
    left = (WIDTH - scale * (east - west)) / 2
    drawn = [
        shapely.transform(shape, lambda xy: (xy - [west, north]) * [scale, -scale] + [left, 4])
        for shape in metres
    ]
    return drawn, round(scale * (north - south)) + 8


def _path(shape: shapely.Geometry) -> str:
    rings = [ring for part in shapely.get_parts(shape) for ring in (part.exterior, *part.interiors)]
    steps = ["M" + " ".join(f"{x:.1f},{y:.1f}" for x, y in ring.coords[:-1]) for ring in rings]
    return "Z".join(steps) + "Z"


def _key(colours: Sequence[str], labels: Sequence[str], top: int) -> list[str]:
    """Draw the colours with their words below the map."""
    return [
        f'<rect x="4" y="{top + 22 * n}" width="18" height="16" fill="{colour}" stroke="{INK}" '
        f'stroke-width=".5"/><text x="30" y="{top + 22 * n + 13}" font-family="sans-serif" '
        f'font-size="13" fill="{INK}">{escape(words)}</text>'
        for n, (colour, words) in enumerate(zip(colours, labels, strict=True))
    ]
