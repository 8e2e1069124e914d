"""Coordinates in metres: the only module that knows EPSG codes.

Stored geometry is EPSG:4326. Whatever needs metres comes here and gets the UTM zone of the
data's own middle.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely
import tzfpy
from pyproj.aoi import AreaOfInterest
from pyproj.database import CRSInfo, query_crs_info
from pyproj.enums import PJType
from shapely.geometry.base import BaseGeometry

from outreach.errors import InputError

STORED_CRS = "EPSG:4326"
EARTH_RADIUS_M = 6_371_008.8

WEB_MERCATOR = "EPSG:3857"
# How usual a datum is in exports of American cities; where systems agree the first is taken.
_DATUMS = ("NAD83", "NAD83(HARN)", "NAD83(NSRS2007)", "NAD83(2011)", "NAD83(CSRS)", "WGS 84")
_SAME_PLACE_M = 50.0
_SEARCH_KM = 150.0
_WIDE_DEG2 = 400.0

FloatArray = npt.NDArray[np.float64]


def read_geojson(path: Path) -> gpd.GeoDataFrame:
    """Read a GeoJSON file, and nothing else that the library below would open by its content.

    Files of other kinds can name further files, on this machine or others, to be read instead.

    Raises   InputError   it is no JSON
    """
    with path.open("rb") as file:
        start = file.read(1024).lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] not in (b"{", b"["):
        raise InputError(f"{path} is no GeoJSON; nothing of it was read")
    return gpd.read_file(path)


@lru_cache(maxsize=16)
def utm_crs(lon: float, lat: float) -> str:
    """Return the authority code of the UTM zone that a point lies in."""
    zone = int((lon + 180) // 6) % 60 + 1
    return f"EPSG:{(32600 if lat >= 0 else 32700) + zone}"


@lru_cache(maxsize=32)
def _transformer(source: str, target: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def to_lonlat(x: npt.ArrayLike, y: npt.ArrayLike, crs: str) -> tuple[FloatArray, FloatArray]:
    """Turn coordinates of a projected system into longitude and latitude in degrees."""
    lon, lat = _transformer(crs, STORED_CRS).transform(np.asarray(x, float), np.asarray(y, float))
    return np.asarray(lon), np.asarray(lat)


def to_metres(
    lon: npt.ArrayLike, lat: npt.ArrayLike, *, origin: tuple[float, float]
) -> tuple[FloatArray, FloatArray]:
    """Turn longitude and latitude into metres in the UTM zone of ``origin`` (lon, lat)."""
    x, y = _transformer(STORED_CRS, utm_crs(*origin)).transform(
        np.asarray(lon, float), np.asarray(lat, float)
    )
    return np.asarray(x), np.asarray(y)


def frame_to_metres(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the frame with its geometry in metres, in the UTM zone of its middle."""
    min_x, min_y, max_x, max_y = frame.total_bounds
    return frame.to_crs(utm_crs((min_x + max_x) / 2, (min_y + max_y) / 2))


def buffer_m(shape: BaseGeometry, distance_m: float) -> BaseGeometry:
    """Return a shape in degrees grown by a distance in metres."""
    middle = shape.centroid
    crs = utm_crs(middle.x, middle.y)
    forth: Callable[..., Any] = _transformer(STORED_CRS, crs).transform
    back: Callable[..., Any] = _transformer(crs, STORED_CRS).transform
    grown = shapely.transform(shape, forth, interleaved=False).buffer(distance_m)
    return shapely.transform(grown, back, interleaved=False)


def distance_m(
    lon: npt.ArrayLike, lat: npt.ArrayLike, to_lon: npt.ArrayLike, to_lat: npt.ArrayLike
) -> FloatArray:
    """Return great-circle distances in metres (haversine, mean earth radius)."""
    lon1, lat1, lon2, lat2 = (np.radians(np.asarray(v, float)) for v in (lon, lat, to_lon, to_lat))
    half = np.sin((lat2 - lat1) / 2) ** 2
    half = half + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(half)))


def time_zone_at(lon: float, lat: float) -> str:
    """Return the IANA time zone of a point, from a table of the world's zones (no network)."""
    return str(tzfpy.get_tz(lon, lat))


def check_crs(crs: str) -> str:
    """Return a projected system's code as pyproj spells it.

    Raises   InputError   no such system
    """
    try:
        return ":".join(pyproj.CRS.from_user_input(crs).to_authority() or (crs,))
    except pyproj.exceptions.CRSError:
        raise InputError(f"{crs!r} is no coordinate system; write it like EPSG:2913") from None


def guess_projection(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    near: tuple[float, float] | None = None,
    time_zone: str | None = None,
) -> str | None:
    """Return the projected system that coordinates are written in, or None if unclear.

    Needs    x, y        some coordinates of one file, in feet or metres
             near        longitude and latitude of the city's middle, if it is known
             time_zone   of the city; decides among systems where the middle is not known
    The bulk must come to lie inside a system's own area of use and, with ``near``, close to the
    city. Systems that agree within 50 m count as one; the most usual of them is returned.
    """
    middle = float(np.median(np.asarray(x, float))), float(np.median(np.asarray(y, float)))
    if near is not None:
        found = _fitting(_systems(near), middle, near)
        if found:
            return _agreed([f for f in found if _same_place(f, found[0])])
    if middle[0] < -2_500_000:  # west of Greenwich only Web Mercator counts so far below zero
        return WEB_MERCATOR
    found = _fitting([s for s in _systems(None) if _datum(s) == _DATUMS[0]], middle, None)
    if time_zone is not None:
        clocks = _clocks(time_zone)
        found = [f for f in found if _clocks(time_zone_at(f[1], f[2])) == clocks]
    return _agreed(found)


Fit = tuple[float, float, float, CRSInfo]  # distance from the city in metres, lon, lat, system


@lru_cache(maxsize=8)
def _systems(near: tuple[float, float] | None) -> tuple[CRSInfo, ...]:
    """Return projected systems used at a place, the most usual datum first."""
    around = AreaOfInterest(near[0], near[1], near[0], near[1]) if near else None
    found = query_crs_info("EPSG", PJType.PROJECTED_CRS, area_of_interest=around)
    usual = [s for s in found if _datum(s) in _DATUMS and s.area_of_use is not None]
    return tuple(sorted(usual, key=lambda s: (_DATUMS.index(_datum(s)), int(s.code))))


def _clocks(time_zone: str) -> tuple[object, object]:
    """Return a zone's offsets from UTC in winter and in summer."""
    zone = ZoneInfo(time_zone)
    winter, summer = (datetime(2020, month, 1, tzinfo=zone).utcoffset() for month in (1, 7))
    return winter, summer


def _datum(system: CRSInfo) -> str:
    return str(system.name).split(" / ")[0]


def _fitting(
    systems: Iterable[CRSInfo], middle: tuple[float, float], near: tuple[float, float] | None
) -> list[Fit]:
    """Return the systems that bring the middle of the data where it can be, the nearest first."""
    found: list[Fit] = []
    for system in systems:
        west, south, east, north = system.area_of_use.bounds  # type: ignore[union-attr]
        if near is None and (east - west) * (north - south) > _WIDE_DEG2:
            continue  # systems of whole countries would take in almost anything
        try:
            lon, lat = (float(v) for v in to_lonlat(*middle, f"EPSG:{system.code}"))
        except pyproj.exceptions.ProjError:  # a few systems have heights only
            continue
        if not (west <= lon <= east and south <= lat <= north):
            continue
        away = float(distance_m(lon, lat, *near)) if near else 0.0
        if away <= _SEARCH_KM * 1000:
            found.append((away, lon, lat, system))
    return sorted(found, key=lambda fit: fit[0])


def _same_place(one: Fit, other: Fit) -> bool:
    return bool(distance_m(one[1], one[2], other[1], other[2]) <= _SAME_PLACE_M)


def _agreed(found: list[Fit]) -> str | None:
    if not found or not all(_same_place(fit, found[0]) for fit in found):
        return None
    system = min((f[3] for f in found), key=lambda s: (_DATUMS.index(_datum(s)), int(s.code)))
    return f"EPSG:{system.code}"
