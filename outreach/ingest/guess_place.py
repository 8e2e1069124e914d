"""Choosing the columns that say where: coordinates, a text cell with them, address, area."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from shapely.geometry.base import BaseGeometry

from outreach.errors import InputError
from outreach.ingest import points
from outreach.ingest.column_names import ADDRESS, AREA, STREET_PARTS, X, Y, names, spoken, weight
from outreach.ingest.mapping import LocationOrder
from outreach.ingest.points import LonLat, System
from outreach.ingest.profile import Profile, best

_STREET_WORD = (
    r".*\b(?:st|street|ave?|avenue|rd|road|dr|drive|ln|lane|blvd|hwy|ct|way|pl|pkwy|cir|ter|sq|blk|"
    r"block|plz|pike)\b|.*\s(?:&|/|and|at)\s|.*/|^\d+\s+\w+"
)


@dataclass(frozen=True)
class Where:
    """How an export says where a call came from."""

    x: str = ""
    y: str = ""
    location: str = ""
    location_order: LocationOrder = "lat lon"
    decimal_comma: bool = False
    system: System = field(default_factory=System)

    def fields(self) -> dict[str, Any]:
        """Return the choice as fields of a mapping."""
        return {
            "x": self.x,
            "y": self.y,
            "location": self.location,
            "location_order": self.location_order,
            "decimal_comma": self.decimal_comma,
            "crs": self.system.crs,
            "coordinate_scale": self.system.scale,
        }


def guess_where(
    columns: dict[str, Profile],
    *,
    time_zone: str,
    area: BaseGeometry | None,
    middle: LonLat | None,
    crs: str | None,
) -> Where:
    """Choose coordinates: degrees before projected ones, two columns before a text cell.

    Projected coordinates whose system cannot be told are chosen with the system "unknown".

    Raises   InputError   the system that the user named is none
    """
    if middle is None and area is not None:
        middle = (area.centroid.x, area.centroid.y)
    cells = [p for p in columns.values() if _pair_share(p) > 0.3]
    cell = max(cells, key=_pair_share) if cells else None
    options = [_from_columns(x, y) for x, y in _axes(columns)]
    options += [_from_cell(cell)] if cell is not None else []
    untold: Where | None = None
    found: list[tuple[float, int, Where]] = []
    for place, option in enumerate(options):
        x, y = _numbers(option, columns)
        if np.isfinite(x).mean() < 0.02:
            continue
        try:
            system = points.guess_system(x, y, middle=middle, time_zone=time_zone, crs=crs)
        except InputError:
            if crs:
                raise
            untold = untold or replace(option, system=System(points.UNKNOWN_SYSTEM))
            continue
        filled = float(np.isfinite(x).mean()) + 0.02 * (system.crs == points.LONLAT)
        found.append((round(filled, 2), -place, _turned(option, system)))
    if not found:
        return untold or Where()
    return max(found, key=lambda entry: entry[:2])[2]


def _turned(option: Where, system: System) -> Where:
    """Put a swap of the two numbers into the choice of columns."""
    if not system.swapped:
        return replace(option, system=system)
    upright = replace(system, swapped=False)
    if option.location:
        order: LocationOrder = "lat lon" if option.location_order == "lon lat" else "lon lat"
        return replace(option, location_order=order, system=upright)
    return replace(option, x=option.y, y=option.x, system=upright)


def _pair_share(column: Profile) -> float:
    if column.share(r"[\s\S]*\d\.?\d*[,;\s]\s*\W*\w*\W*-?\d") < 0.3:
        return 0.0
    one, two = points.pairs(column.rows.iloc[:2000])
    with np.errstate(invalid="ignore"):
        real = np.isfinite(one) & ((one % 1 != 0) | (two % 1 != 0))
    return float(real.mean())


def _numeric(column: Profile) -> bool:
    return column.share(r"^[+-]?[\d.,]+(?:e[+-]?\d+)?[NSEW]?$") > 0.6


def _axes(columns: dict[str, Profile]) -> list[tuple[Profile, Profile]]:
    """Return pairs of columns that may be longitude and latitude, the likeliest first."""
    numeric = [p for p in columns.values() if _numeric(p)]
    xs = [(weight(p.name, X), p) for p in numeric if weight(p.name, X)]
    ys = [(weight(p.name, Y), p) for p in numeric if weight(p.name, Y)]
    pairs = [
        (wx + wy + 5 * _alike(x.name, y.name), -place, x, y)
        for place, (wx, x) in enumerate(xs)
        for wy, y in ys
        if abs(wx - wy) < 5
        and x is not y
        and (max(x.distinct, y.distinct) > 1 or 0 < len(x.given) < 5)
    ]
    return [(x, y) for _, _, x, y in sorted(pairs, key=lambda p: p[:2], reverse=True)[:4]]


def _alike(one: str, other: str) -> float:
    """Return how alike two names are that should differ in one letter or word only."""
    same = sum(a == b for a, b in zip(one.lower(), other.lower(), strict=False))
    return same / max(len(one), len(other))


def _from_columns(x: Profile, y: Profile) -> Where:
    comma = any(
        p.share(r"^-?\d+,\d+$") > 0.5 and p.share(r"^-?\d{1,3}(?:,\d{3})+$") < 0.9 for p in (x, y)
    )
    return Where(x=x.name, y=y.name, decimal_comma=comma)


def _from_cell(cell: Profile) -> Where:
    """Return a text cell; POINT and GeoJSON have the longitude first, by their standards."""
    standard = cell.share(r"\s*(?:SRID=\d+;)?\s*POINT|.*\bcoordinates\b") > 0.5
    return Where(location=cell.name, location_order="lon lat" if standard else "lat lon")


def _numbers(
    where: Where, columns: dict[str, Profile]
) -> tuple[points.FloatArray, points.FloatArray]:
    if where.location:
        one, two = points.pairs(columns[where.location].rows)
        return points.blanked(*((one, two) if where.location_order == "lon lat" else (two, one)))
    x, y = (
        points.numbers(columns[name].rows, decimal_comma=where.decimal_comma)
        for name in (where.x, where.y)
    )
    return points.blanked(x, y)


def guess_address(columns: dict[str, Profile], taken: set[str]) -> tuple[str, ...]:
    """Choose the address column, or the parts (number, direction, name, suffix) that make it."""
    free = [p for p in columns.values() if p.name not in taken]
    whole = best(free, ADDRESS, _address_fit)
    if whole is not None and whole.share(r"^\d+\S*\s|.*(?:&|/| and | at )") > 0.3:
        return (whole.name,)
    parts = [
        next((p.name for p in free if names(p.name, pattern) and len(p.given)), "")
        for pattern in STREET_PARTS
    ]
    if parts[0] and parts[2]:
        return tuple(part for part in parts if part)
    return (whole.name,) if whole is not None else ()


def _address_fit(column: Profile) -> float:
    if column.filled < 0.05 or (column.distinct < 2 and len(column.given) > 20):
        return 0
    like = column.share(_STREET_WORD)
    if like < 0.3 or column.share(r"^[\d.,\s-]+$") > 0.3:
        return 0
    with_coordinates = column.share(r"[\s\S]*\(\s*-?\d+\.\d+") > 0.3
    return 20 * like + 20 * column.filled - 15 * with_coordinates


def guess_area(columns: dict[str, Profile], taken: set[str]) -> str:
    """Choose the column of neighbourhoods, beats or towns."""

    def fits(column: Profile) -> float:
        several = 2 <= column.distinct <= 600 and column.filled > 0.3
        if not several or column.length > 60:
            return 0
        named = column.share(r"^[\d.]+$") < 0.5
        return 10 * column.filled + 8 * named - len(spoken(column.name)) / 10 + 5

    found = best((p for p in columns.values() if p.name not in taken), AREA, fits)
    return found.name if found is not None else ""
