"""Files of places as plain rows: GeoJSON, CSV, spreadsheets and OpenStreetMap extracts."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import geopandas as gpd
import osmium
import pandas as pd
import shapely

from outreach.errors import InputError
from outreach.geo import STORED_CRS, read_geojson
from outreach.unpacking import check_stream

EXTRACTS = (".osm", ".osm.bz2", ".osm.gz", ".osm.pbf")
_LON = ("longitude", "lon", "lng", "long", "x")
_LAT = ("latitude", "lat", "y")


def plain(column: object) -> str:
    """Return a column name in lower case, letters and digits only."""
    return "".join(c for c in str(column).lower() if c.isalnum())


def find_column(frame: pd.DataFrame, names: Iterable[str]) -> str | None:
    """Return the first column with one of the names, in the order of the names."""
    by_plain = {plain(column): str(column) for column in reversed(list(frame.columns))}
    return next((by_plain[name] for name in names if name in by_plain), None)


def _from_geojson(path: Path) -> pd.DataFrame:
    frame = read_geojson(path)
    if not isinstance(frame, gpd.GeoDataFrame):
        raise ValueError("no feature has a geometry")
    frame = frame.set_crs(STORED_CRS) if frame.crs is None else frame.to_crs(STORED_CRS)
    points = frame.geometry.representative_point()
    rows = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    return rows.assign(lon=points.x, lat=points.y)


def _encoding(path: Path) -> str:
    """Return how the text of a file is encoded: Windows writes other forms than UTF-8."""
    content = path.read_bytes()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _from_table(path: Path) -> pd.DataFrame:
    rows = pd.read_csv(
        path,
        dtype=str,
        sep=None,
        engine="python",
        encoding=_encoding(path),
        keep_default_na=False,
        index_col=False,  # else a comma at the end of each row shifts all columns
    )
    lon, lat = find_column(rows, _LON), find_column(rows, _LAT)
    if lon is None or lat is None:
        raise ValueError("it has no columns of latitude and longitude")
    found = {"lon": rows[lon], "lat": rows[lat]}
    rows = rows.drop(columns=[lon, lat])
    return rows.assign(
        **{name: pd.to_numeric(column, errors="coerce") for name, column in found.items()}
    )


def _from_extract(path: Path, keys: Iterable[str]) -> pd.DataFrame:
    if path.suffix.lower() in (".bz2", ".gz"):
        check_stream(path)
    wanted = osmium.filter.KeyFilter(*keys)
    shape = osmium.geom.WKBFactory()
    rows: list[dict[str, Any]] = []
    things = osmium.FileProcessor(str(path)).with_areas(wanted).with_filter(wanted)
    for thing in things:
        row: dict[str, Any] = dict(thing.tags)
        if isinstance(thing, osmium.osm.Node):
            row |= {"osm_id": f"node/{thing.id}", "lon": thing.location.lon, "lat": thing.lat}
        elif isinstance(thing, osmium.osm.Area):
            outline = shapely.from_wkb(bytes.fromhex(shape.create_multipolygon(thing)))
            middle = outline.representative_point()
            kind = "way" if thing.from_way() else "relation"
            row |= {"osm_id": f"{kind}/{thing.orig_id()}", "lon": middle.x, "lat": middle.y}
        else:
            continue  # closed ways and multipolygons come again as areas
        rows.append(row)
    return pd.DataFrame(rows, columns=None if rows else ["osm_id", "lon", "lat"])


def read_rows(path: Path, tag_keys: Iterable[str]) -> pd.DataFrame:
    """Read a file of places.

    Needs    .geojson, .json, .csv, .tsv, .txt or .osm, .osm.bz2, .osm.gz, .osm.pbf
    Adds     the file's own columns and lon, lat (missing where there are none); of polygons a
             point inside; of an extract only what has one of ``tag_keys``
    Raises   InputError   missing, unreadable or of another kind
    """
    name = path.name.lower()
    if not path.is_file():
        raise InputError(f"there is no file {path}")
    try:
        if name.endswith(EXTRACTS):
            return _from_extract(path, tag_keys)
        if name.endswith((".geojson", ".json")):
            return _from_geojson(path)
        if name.endswith((".csv", ".tsv", ".txt")):
            return _from_table(path)
    except InputError:
        raise
    except Exception as error:  # each library below raises classes of its own
        told = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{path} cannot be read as a list of places: {told}") from None
    raise InputError(
        f"{path}: places are read from HSDS packages (folder, .zip or .json), GeoJSON, CSV and "
        "OpenStreetMap files"
    )
