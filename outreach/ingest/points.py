"""Coordinates of an export's rows: numbers of two columns or of a text cell, as degrees."""

from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from outreach import geo
from outreach.errors import InputError
from outreach.ingest.mapping import Mapping
from outreach.ingest.texts import arrow

FloatArray = npt.NDArray[np.float64]
LonLat = tuple[float, float]

LONLAT = "lonlat"
UNKNOWN_SYSTEM = "unknown"  # projected, but not told in which system: kept without a point
_NUMBER = r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"
_PAIR = (
    rf"[(\[]\s*(?P<one>{_NUMBER})\s*[,;\s]\s*(?P<two>{_NUMBER})(?:[,\s]+{_NUMBER})*\s*[)\]]"
    r"[^(\[]*$"
)
_BARE_PAIR = rf"^\s*(?P<one>{_NUMBER})\s*[,;\s]\s*(?P<two>{_NUMBER})\s*$"
_NAMED_PAIR = rf"(?i)lat[a-z]*[^\d+-]+(?P<one>{_NUMBER}).*?lo?ng?[a-z]*[^\d+-]+(?P<two>{_NUMBER})"
_SCALES = (1e6, 1e7)
_SCALES_NEAR_CITY = (1e5,)  # looks like feet or metres; taken only where it meets the city
_NEAR_KM = 300.0
_NO_ZONE = "UTC"  # of a city folder that was made without streets
# Longitudes and latitudes of the Americas north of the tropic, where a city's zone says so.
_AMERICAS = (-180.0, -50.0, 15.0, 72.0)


@dataclass(frozen=True)
class System:
    """How a file's two numbers become degrees."""

    crs: str = LONLAT
    scale: float = 1.0  # negative where western longitudes are written without their sign
    swapped: bool = False


def numbers(series: pd.Series, *, decimal_comma: bool = False) -> FloatArray:
    """Return numbers of texts, missing where there is none; thousands separators are dropped."""
    text = pc.replace_substring_regex(arrow(series), r"[\s°'\"]", "")
    if decimal_comma:
        text = pc.replace_substring(pc.replace_substring(text, ".", ""), ",", ".")
    else:
        text = pc.replace_substring(text, ",", "")
    text = pc.replace_substring_regex(text, r"^([\d.]+)[SWsw]$", r"-\1")
    text = pc.replace_substring_regex(text, r"^([+-]?[\d.]+)[NEne]$", r"\1")
    fits = pc.match_substring_regex(text, r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$")
    text = pc.replace_substring_regex(pc.if_else(fits, text, None), r"^\+", "")
    return np.asarray(pc.cast(text, pa.float64()).to_numpy(zero_copy_only=False), float)


def pairs(series: pd.Series) -> tuple[FloatArray, FloatArray]:
    """Return the two numbers of cells such as ``POINT (-122.3 47.6)`` or ``(47.6, -122.3)``."""
    text = arrow(series)
    one: FloatArray = np.full(len(series), np.nan)
    two: FloatArray = np.full(len(series), np.nan)
    for pattern in (_PAIR, _BARE_PAIR, _NAMED_PAIR):
        found = pc.extract_regex(text, pattern)
        fresh = np.isnan(one) & np.asarray(pc.is_valid(found))
        if fresh.any():
            for target, name in ((one, "one"), (two, "two")):
                values = pc.cast(pc.struct_field(found, name), pa.float64())
                target[fresh] = values.to_numpy(zero_copy_only=False)[fresh]
    return one, two


def blanked(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return coordinates with what stands for "none" made missing: zeros, ones, nines."""
    with np.errstate(invalid="ignore"):
        none = ~np.isfinite(x) | ~np.isfinite(y) | (np.abs(x) <= 1e-6) | (np.abs(y) <= 1e-6)
        none |= (np.abs(x) <= 1) & (np.abs(y) <= 1)
        none |= np.isin(np.abs(x), (361, 999, 9999, 99999, 999999)) & (np.abs(x) == np.abs(y))
    return np.where(none, np.nan, x), np.where(none, np.nan, y)


def raw_points(raw: pd.DataFrame, mapping: Mapping) -> tuple[FloatArray, FloatArray]:
    """Return the two numbers of each row as the export has them, missing where it has none."""
    if mapping.x and mapping.y:
        x = numbers(raw[mapping.x], decimal_comma=mapping.decimal_comma)
        y = numbers(raw[mapping.y], decimal_comma=mapping.decimal_comma)
        x, y = blanked(x, y)
        if not mapping.location:
            return x, y
    else:
        x = y = np.full(len(raw), np.nan)
    if mapping.location:
        one, two = pairs(raw[mapping.location])
        told_x, told_y = (two, one) if mapping.location_order == "lat lon" else (one, two)
        told_x, told_y = blanked(told_x, told_y)
        x, y = np.where(np.isnan(x), told_x, x), np.where(np.isnan(y), told_y, y)
    return x, y


def degrees(x: FloatArray, y: FloatArray, system: System) -> tuple[FloatArray, FloatArray]:
    """Return longitude and latitude; missing where there is none or it lies off the globe."""
    if system.swapped:
        x, y = y, x
    if system.crs == LONLAT:
        lon, lat = x / system.scale, y / abs(system.scale)
    elif system.crs == UNKNOWN_SYSTEM:
        lon, lat = np.full(len(x), np.nan), np.full(len(x), np.nan)
    else:
        lon, lat = geo.to_lonlat(x, y, system.crs)
    with np.errstate(invalid="ignore"):
        on_globe = np.isfinite(lon) & np.isfinite(lat) & (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    return np.where(on_globe, lon, np.nan), np.where(on_globe, lat, np.nan)


def system_of(mapping: Mapping) -> System:
    """Return how a mapping's numbers become degrees."""
    return System(mapping.crs, mapping.coordinate_scale)


def guess_system(
    x: FloatArray,
    y: FloatArray,
    *,
    middle: LonLat | None,
    time_zone: str,
    crs: str | None = None,
) -> System:
    """Choose how a file's numbers become degrees, by where its bulk comes to lie.

    Raises   InputError   projected coordinates whose system cannot be told
    """
    given = np.isfinite(x) & np.isfinite(y)
    x, y = x[given][:5000], y[given][:5000]
    if crs and crs.lower() != LONLAT:
        return System(geo.check_crs(crs))
    if len(x) == 0:
        return System()
    small = np.quantile(np.maximum(np.abs(x), np.abs(y)), 0.9) <= 180
    scales = (1.0,) if small else _SCALES + (_SCALES_NEAR_CITY if middle else ())
    options = [
        System(LONLAT, sign * scale, swapped)
        for scale, swapped, sign in product(scales, (False, True), (1, -1))
    ]
    fitting = [o for o in options if _lies_well(o, x, y, middle, time_zone)]
    if fitting or small:
        return fitting[0] if fitting else _upright(x, y)
    if crs is None:
        for swapped in (False, True) if middle else (False,):
            one, two = (y, x) if swapped else (x, y)
            zone = None if time_zone == _NO_ZONE else time_zone
            found = geo.guess_projection(one, two, near=middle, time_zone=zone)
            if found is not None:
                return System(found, 1.0, swapped)
    raise InputError(
        f"coordinates such as {x[0]:.6g}, {y[0]:.6g} are in a projected system that cannot be "
        "told from the file: name it with --crs (for example --crs EPSG:2913)"
    )


def _lies_well(
    option: System, x: FloatArray, y: FloatArray, middle: LonLat | None, time_zone: str
) -> bool:
    """Return whether the bulk lies near the city, or on its continent where that is all we know."""
    lon, lat = degrees(x, y, option)
    if np.isfinite(lon).mean() < 0.7:
        return False
    at = float(np.nanmedian(lon)), float(np.nanmedian(lat))
    if middle is not None:
        return bool(geo.distance_m(*at, *middle) <= _NEAR_KM * 1000)
    if time_zone == _NO_ZONE:
        return option.scale > 0 and _in_the_americas(*at)
    if not time_zone.startswith(("America/", "US/", "Canada/", "Pacific/Honolulu")):
        return option == System()
    return _in_the_americas(*at)


def _in_the_americas(lon: float, lat: float) -> bool:
    west, east, south, north = _AMERICAS
    return west <= lon <= east and south <= lat <= north


def _upright(x: FloatArray, y: FloatArray) -> System:
    """Return degrees as they stand, or turned round: latitudes impossible, or the Americas."""
    lon, lat = float(np.median(x)), float(np.median(y))
    home = _in_the_americas(lat, lon) and not _in_the_americas(lon, lat)
    return System(LONLAT, 1.0, home or abs(lat) > 90 >= abs(lon))


@dataclass(frozen=True)
class Bulk:
    """Where most of a file's points lie."""

    lon: float
    lat: float
    radius_km: float

    def outside_km(self, lon: FloatArray, lat: FloatArray) -> FloatArray:
        """Return how far beyond the bulk each point lies; 0 within it, missing without a point."""
        away = geo.distance_m(lon, lat, self.lon, self.lat) / 1000
        return np.maximum(away - self.radius_km, 0)


def bulk_of(lon: FloatArray, lat: FloatArray) -> Bulk | None:
    """Return a circle that holds every point but the far-off, or None without points.

    Its radius is three times the distance within which 90 % lie of the middle, 25 km at least.
    """
    given = np.isfinite(lon) & np.isfinite(lat)
    if not given.any():
        return None
    middle = float(np.median(lon[given])), float(np.median(lat[given]))
    away = geo.distance_m(lon[given], lat[given], *middle) / 1000
    return Bulk(*middle, max(25.0, 3 * float(np.quantile(away, 0.9))))
