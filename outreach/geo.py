"""Coordinates in metres: the only module that knows EPSG codes.

Stored geometry is EPSG:4326. Whatever needs metres comes here and gets the UTM zone of the
data's own middle.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

STORED_CRS = "EPSG:4326"
EARTH_RADIUS_M = 6_371_008.8

FloatArray = npt.NDArray[np.float64]


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
