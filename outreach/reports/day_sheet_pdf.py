"""Day sheets on paper: one page a shift where it fits, good in black and white.

typst sets the page with fonts that come along with matplotlib, so nothing of the system is
needed. Texts reach it as data, never as markup.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from textwrap import shorten
from typing import Any

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import shapely
import typst
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from outreach.errors import OutreachError
from outreach.language.translate import N_, translator
from outreach.reports.charts import render
from outreach.reports.day_sheet import Sheet

_HERE = Path(__file__).parent
_MAP_INCHES = (7.4, 2.35)
_LONG = 100  # signs of a reason; the file for the phone has all of it
_APART = 0.2  # inches between the middles of two numbers
_MARGIN = 0.12  # of the map's span, around the stops
_LEAST_SPAN = 0.004  # degrees: a shift of one door shows its block
WORDS = {
    "draft": N_("DRAFT – not published"),
    "invented": N_("Invented data: no real person, call or address."),
    "who": N_("Who goes: {members}"),
    "base": N_("From {start} and back to {end}."),
    "pause": N_("Pause"),
    "minutes": N_("{minutes} min there, {way} min on the way"),
    "usual": N_("Usually found: {places}"),
    "outcome": N_("What came of it"),
    "help": N_("Help nearby:"),
    "foot": N_("This sheet holds addresses: keep it to yourself and shred it by {day}."),
    "plan": N_("Plan {week}, version {number}."),
}


def sheets_pdf(sheets: Sequence[Sheet], streets: gpd.GeoDataFrame | None = None) -> bytes:
    """Return all sheets in one PDF.

    Needs    streets    geometry (lines, EPSG:4326); None: the map shows the way alone
    Raises   OutreachError   the page could not be set
    """
    return _set(_files(sheets, streets))


def _files(sheets: Sequence[Sheet], streets: gpd.GeoDataFrame | None) -> dict[str, bytes]:
    """Return what typst is given: the form, the texts as data, and the maps."""
    maps = {f"map-{number}.svg": _map(sheet, streets) for number, sheet in enumerate(sheets)}
    return {
        "main": (_HERE / "day_sheet.typ").read_bytes(),
        "sheets.json": json.dumps([_facts(sheet) for sheet in sheets]).encode(),
        **maps,
    }


def _set(files: dict[str, bytes]) -> bytes:
    fonts = Path(mpl.get_data_path()) / "fonts" / "ttf"
    try:
        compiled: Any = typst.compile  # its stubs know only of files on disk
        made: bytes = compiled(
            files, format="pdf", ignore_system_fonts=True, font_paths=[str(fonts)]
        )
    except RuntimeError as error:  # typst's own errors are of this kind
        told = str(error).strip().splitlines()[0]
        raise OutreachError(f"the sheet could not be set: {told}; nothing was made") from None
    return made


def _facts(sheet: Sheet) -> dict[str, Any]:
    """Return what the page shows, as plain texts."""
    say = translator(sheet.language)
    words = {key: say(text) for key, text in WORDS.items()}
    return {
        "language": sheet.language,
        "words": {key: words[key] for key in ("pause", "outcome", "help")},
        "draft": words["draft"] if sheet.draft else "",
        "invented": words["invented"] if sheet.invented else "",
        "card": " · ".join(sheet.card),
        "title": sheet.team,
        "day": f"{sheet.day_text}, {sheet.hours}",
        "who": words["who"].format(members=sheet.members),
        "base": words["base"].format(start=sheet.start_base, end=sheet.end_base),
        "stops": [_stop_facts(stop, words) for stop in sheet.stops],
        "last_rest": sheet.last_rest,
        "foot": words["foot"].format(day=sheet.keep_until),
        "plan": words["plan"].format(week=sheet.week, number=sheet.number),
    }


def _stop_facts(stop: Any, words: dict[str, str]) -> dict[str, Any]:
    helps = [
        ", ".join(part for part in (one.name, one.way, one.state, one.phone) if part)
        for one in stop.services[:1]
    ]
    usual = words["usual"].format(places="; ".join(stop.usual)) if stop.usual else ""
    return {
        "order": stop.order,
        "arrive": stop.arrive,
        "place": stop.place,
        "what": ", ".join(part for part in (stop.kind, stop.reference, stop.mode) if part),
        "length": words["minutes"].format(minutes=stop.minutes, way=stop.way_min),
        "marks": [*stop.marks, *stop.limits],
        "usual": usual,
        "why": shorten(stop.reason, _LONG, placeholder=" …"),
        "help": helps,
        "rest": stop.rest,
    }


def _map(sheet: Sheet, streets: gpd.GeoDataFrame | None) -> bytes:
    """Return the way and the numbers of the stops as a drawing in black, white and grey."""
    west, south, east, north = _span(sheet)

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.set_axis_off()
        axes.set_xlim(west, east)
        axes.set_ylim(south, north)
        axes.set_aspect(1 / np.cos(np.radians((south + north) / 2)))
        if streets is not None:
            seen = streets.sindex.query(shapely.box(west, south, east, north))
            axes.add_collection(_lines(streets.geometry.iloc[seen], "0.72", 0.5))
        axes.add_collection(_lines(sheet.ways, "white", 3.4))
        axes.add_collection(_lines(sheet.ways, "black", 1.6))
        _numbers(axes, sheet, (north - south) / _MAP_INCHES[1])

    return render(draw, size=_MAP_INCHES, kind="svg")


def _lines(shapes: Any, colour: str, width: float) -> LineCollection:
    parts = [np.asarray(one.coords)[:, :2] for one in shapes if one.geom_type == "LineString"]
    return LineCollection(parts, colors=colour, linewidths=width, capstyle="round")


def _numbers(axes: Axes, sheet: Sheet, inch: float) -> None:
    """Write the stops' numbers beside each other where stops are close, with a line to each."""
    for lon, lat in sheet.bases:
        axes.plot([lon], [lat], "s", color="black", markersize=7, zorder=4)
    points = np.array([stop.point for stop in sheet.stops])
    for stop, beside in zip(sheet.stops, _apart(points, inch), strict=True):
        axes.plot(*zip(stop.point, beside, strict=True), color="black", linewidth=0.6, zorder=4)
        box = {"boxstyle": "circle,pad=0.18", "fc": "white", "ec": "black", "lw": 1.1}
        axes.text(
            beside[0], beside[1], str(stop.order), fontsize=7.5, weight="bold",
            ha="center", va="center", bbox=box, zorder=5,
        )  # fmt: skip


def _apart(points: npt.NDArray[np.float64], inch: float) -> npt.NDArray[np.float64]:
    """Return where numbers stand that would lie upon each other: pushed apart, step by step.

    Needs    inch    of the paper, in degrees of latitude
    """
    scale = np.array([np.cos(np.radians(points[:, 1].mean())), 1.0])
    at, wanted = points * scale, _APART * inch
    at = at + wanted * 0.01 * np.column_stack(
        [np.cos(np.arange(len(at))), np.sin(np.arange(len(at)))]
    )
    for _ in range(120):
        way = at[:, None] - at[None]
        far = np.hypot(way[..., 0], way[..., 1]) + np.eye(len(at)) * 9
        short = np.clip(wanted - far, 0, None)
        if not short.any():
            break
        at = at + 0.3 * (way / far[..., None] * short[..., None]).sum(axis=1)
    return np.asarray(at / scale, dtype=np.float64)


def _span(sheet: Sheet) -> tuple[float, float, float, float]:
    """Return the map's edges: all stops and bases, in the shape of the paper's strip."""
    points = np.array([*(stop.point for stop in sheet.stops), *sheet.bases])
    low, high = points.min(axis=0), points.max(axis=0)
    middle, span = (low + high) / 2, np.maximum(high - low, _LEAST_SPAN) * (1 + 2 * _MARGIN)
    stretch = np.cos(np.radians(middle[1]))
    wanted = _MAP_INCHES[0] / _MAP_INCHES[1]
    width = max(span[0], span[1] * wanted / stretch)
    height = max(span[1], width * stretch / wanted)
    return (
        float(middle[0] - width / 2),
        float(middle[1] - height / 2),
        float(middle[0] + width / 2),
        float(middle[1] + height / 2),
    )
