"""Raw text rows into CALLS: read, placed, keyed; what cannot be read is set aside with a reason."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from outreach import cells, geo
from outreach.ingest import dates, points, sources, texts
from outreach.ingest.addresses import Gazetteer
from outreach.ingest.mapping import Mapping, columns_used, identity_columns
from outreach.ingest.people import identities_of
from outreach.ingest.points import Bulk
from outreach.schemas import CALLS

_EARLIEST = pd.Timestamp("1990-01-01", tz="UTC")
_SEPARATOR = "\x1f"
MISSING = "received_at missing"


@dataclass(frozen=True, eq=False)
class Context:
    """What cleaning needs to know about the city and the run."""

    time_zone: str
    known_at: datetime
    pseudonym_key: bytes
    conceal: Callable[[str], str]
    area: BaseGeometry | None = None  # EPSG:4326; rows outside it are set aside
    middle: tuple[float, float] | None = None  # lon, lat
    address_ranges: gpd.GeoDataFrame | None = None
    intersections: pd.DataFrame | None = None
    bulk: Bulk | None = None  # of the file itself, where there is no area

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """The city's streets, indexed once."""
        return Gazetteer(self.address_ranges, self.intersections)


@dataclass(frozen=True)
class Cleaned:
    """Rows of one chunk, sorted out."""

    calls: pd.DataFrame  # schemas.CALLS, duplicates still among them
    may_repeat: pd.Series  # rows without id or time of day, which may be true repeats
    quarantined: pd.DataFrame  # row_number, reason, the original columns, row_text
    identities: pd.DataFrame = field(repr=False)  # person_id, name, birth_date, phone


def clean(raw: pd.DataFrame, mapping: Mapping, context: Context) -> Cleaned:
    """Turn text rows into calls, quarantined rows and identities.

    Needs    raw   text columns named by the mapping; index row_number
    """
    rows = pd.DataFrame({name: texts.tidy(raw[name]) for name in columns_used(mapping)})
    times = _times(rows, mapping)
    x, y = points.raw_points(rows, mapping)
    lon, lat = points.degrees(x, y, points.system_of(mapping))
    reasons = _reasons(rows, mapping, context, times, (lon, lat))
    blank = reasons.index[reasons == MISSING]
    reasons[blank[(raw.loc[blank].fillna("") == "").all(axis=1)]] = "an empty row"
    kept = (reasons == "").to_numpy()
    rows, times = rows[kept], times[kept]
    person_id, identities = identities_of(rows, mapping, context.pseudonym_key)
    calls = _described(rows, mapping, times)
    calls["person_id"] = person_id
    calls = _placed(calls, lon[kept], lat[kept], context)
    apart = [texts.upper(texts.spaced(rows[name])) for name in mapping.tells_apart]
    calls["call_id"] = _keys(calls, x[kept], y[kept], apart, mapping.name)
    calls["known_at"] = pd.Series(pd.Timestamp(context.known_at), index=calls.index)
    calls["known_at"] = calls["known_at"].dt.tz_convert("UTC").dt.as_unit("us")
    return Cleaned(
        calls=calls[list(CALLS.columns)],
        may_repeat=calls["incident_id"].isna() & calls["date_only"],
        quarantined=set_aside(raw[~kept], reasons[~kept], mapping, context.conceal),
        identities=identities,
    )


def _times(raw: pd.DataFrame, mapping: Mapping) -> pd.DataFrame:
    clock = raw[mapping.received_time] if mapping.received_time else None
    return dates.received_times(
        raw[mapping.received_at],
        clock,
        order=mapping.date_order,
        clock=mapping.clock,
        time_zone=mapping.time_zone,
        no_time_at=mapping.no_time_at,
    )


def _reasons(
    raw: pd.DataFrame,
    mapping: Mapping,
    context: Context,
    times: pd.DataFrame,
    at: tuple[points.FloatArray, points.FloatArray],
) -> pd.Series:
    """Return why each row is set aside, blank where it is not."""
    reasons = pd.Series("", index=raw.index, dtype="str")
    away = _outside_km(*at, context)
    far = away > 0
    what = "outside the study area" if context.area is not None else "from the rest of the file"
    reasons[far] = np.array([f"point {max(km, 1):.0f} km {what}" for km in away[far]], object)
    received = times["received_at"]
    text = raw[mapping.received_at]
    if mapping.received_time:
        text = text + " " + raw[mapping.received_time]
    latest = pd.Timestamp(context.known_at) + timedelta(days=1)
    for bad, why in (
        (received < _EARLIEST, "received_at before 1990"),
        (received > latest, "received_at in the future"),
        (received.isna(), "received_at not readable"),
    ):
        reasons[bad] = why + ": '" + text[bad].str.slice(0, 60) + "'"
    reasons[times["blank"]] = MISSING
    return reasons


def _outside_km(
    lon: points.FloatArray, lat: points.FloatArray, context: Context
) -> points.FloatArray:
    if context.area is None:
        away = np.zeros(len(lon)) if context.bulk is None else context.bulk.outside_km(lon, lat)
        return np.nan_to_num(away)
    return outside_area_km(lon, lat, context.area)


def outside_area_km(
    lon: points.FloatArray, lat: points.FloatArray, area: BaseGeometry
) -> points.FloatArray:
    """Return how far outside an area each point lies; 0 inside it and without a point."""
    shapely.prepare(area)
    out = np.isfinite(lon) & np.isfinite(lat) & ~shapely.intersects_xy(area, lon, lat)
    away = np.zeros(len(lon))
    if out.any():
        spots, back = np.unique(np.column_stack([lon[out], lat[out]]), axis=0, return_inverse=True)
        ways = shapely.shortest_line(area, shapely.points(spots))
        edge = shapely.get_coordinates(ways)[::2]
        km = geo.distance_m(edge[:, 0], edge[:, 1], spots[:, 0], spots[:, 1]) / 1000
        away[out] = np.maximum(km, 1e-6)[back.ravel()]
    return away


def _joined(raw: pd.DataFrame, parts: Sequence[str], separator: str) -> pd.Series:
    """Return parts joined, blanks tidied, missing where all are blank; ``a|b`` is a or else b."""
    whole = pd.Series("", index=raw.index, dtype="str")
    for part in parts:
        text = pd.Series("", index=raw.index, dtype="str")
        for name in part.split("|"):
            text = text.mask(text == "", texts.spaced(raw[name]))
        between = pd.Series(separator, index=raw.index).mask((whole == "") | (text == ""), "")
        whole = whole + between + text
    return whole.mask(whole == "")


def _or_missing(column: pd.Series) -> pd.Series:
    return column.mask(column == "")


def _described(raw: pd.DataFrame, mapping: Mapping, times: pd.DataFrame) -> pd.DataFrame:
    street = raw.assign(**{name: texts.first_line(raw[name]) for name in mapping.address})
    ids = _joined(raw, [mapping.incident_id] if mapping.incident_id else [], " ")
    calls = pd.DataFrame(
        {
            "incident_id": _or_missing(texts.replaced(ids, r"^(\d+)\.0$", r"\1")),
            "export": pd.Series(mapping.name, index=raw.index, dtype="str"),
            "received_at": times["received_at"],
            "date_only": times["date_only"],
            "initial_call_type": _joined(raw, mapping.initial_call_type, " / "),
            "final_call_type": _joined(raw, mapping.final_call_type, " / "),
            "disposition": _joined(raw, mapping.disposition, " / "),
            "address": _joined(street, mapping.address, " "),
            "area": _joined(raw, [mapping.area] if mapping.area else [], " "),
        }
    )
    told = _told_sources(raw, mapping)
    calls["source_told"] = told.notna() & (told != "other")
    calls["source"] = told.fillna(mapping.default_source)
    return calls


def _told_sources(raw: pd.DataFrame, mapping: Mapping) -> pd.Series:
    """Return who each call came from, missing where the export does not tell."""
    told = pd.Series(None, index=raw.index, dtype="str")
    if not mapping.source:
        return told
    known = {value.strip().lower(): found for value, found in mapping.source_values.items()}
    only_yes_no = sources.is_yes_no(list(known))
    values = raw[mapping.source]
    meaning = {
        value: known.get(value.lower())
        or (
            sources.yes_no(value, mapping.default_source)
            if only_yes_no
            else sources.classify(value)
        )
        for value in values.unique()
        if value
    }
    return values.map(meaning).astype("str")


def _placed(
    calls: pd.DataFrame, lon: points.FloatArray, lat: points.FloatArray, context: Context
) -> pd.DataFrame:
    """Add lon, lat, placed_by and fine_cell: by coordinates, else by address."""
    placed = pd.DataFrame({"lon": lon, "lat": lat}, index=calls.index)
    placed["placed_by"] = pd.Series("coordinates", index=calls.index, dtype="str")
    none = placed["lon"].isna()
    placed.loc[none, "placed_by"] = "unplaced"
    if none.any() and context.gazetteer:
        found = context.gazetteer.place_all(calls.loc[none, "address"])
        placed.loc[none, ["lon", "lat"]] = found[["lon", "lat"]]
        placed.loc[none, "placed_by"] = found["placed_by"]
    placed["fine_cell"] = pd.Series(cells.fine_cells(placed["lon"], placed["lat"]), calls.index)
    return calls.join(placed)


def _keys(
    calls: pd.DataFrame,
    x: points.FloatArray,
    y: points.FloatArray,
    apart: list[pd.Series],
    export: str,
) -> pd.Series:
    """Return a key of 64 bits that the same row of the same source always has.

    With an incident id: the id, the time, the first type and the address, or else the point as
    written. Event numbers restart and one incident may have rows of several types. Without an
    id: every field that is mapped.
    """
    epoch = calls["received_at"].dt.as_unit("s").astype("int64").astype("str")
    names = ("incident_id", "initial_call_type", "final_call_type", "disposition", "address",
             "area", "person_id")  # fmt: skip
    text = {name: texts.upper(calls[name]) for name in names}
    first = text["initial_call_type"].mask(text["initial_call_type"] == "", text["final_call_type"])
    has_id, has_address = text["incident_id"] != "", text["address"] != ""
    point = pd.Series("", index=calls.index, dtype="str")
    bare = ~(has_id & has_address)
    written = [f"{a:.6f},{b:.6f}" for a, b in zip(x[bare], y[bare], strict=True)]
    point[bare] = np.array(written, object)
    where = text["address"].mask(~has_address, point)
    keys = texts.joined([text["incident_id"], epoch, first, where], _SEPARATOR)
    if not has_id.all():
        whole = [epoch, calls["source"], point, *list(text.values())[1:], *apart]
        every = texts.joined(whole, _SEPARATOR)
        keys = [a if known else b for a, b, known in zip(keys, every, has_id, strict=True)]
    start = hashlib.blake2b(export.encode(), digest_size=8)
    ids = np.fromiter((_hash(start, key) for key in keys), np.int64, len(keys))
    return pd.Series(ids, calls.index)


def _hash(start: "hashlib.blake2b", text: str) -> int:
    digest = start.copy()
    digest.update(text.encode())
    return int.from_bytes(digest.digest(), "big", signed=True)


def set_aside(
    rows: pd.DataFrame, reasons: pd.Series, mapping: Mapping, conceal: Callable[[str], str]
) -> pd.DataFrame:
    """Return rows for the quarantine: row_number, reason, their own columns, row_text.

    Whatever tells who somebody is stands there only as a token that the city's key opens.
    """
    own = rows.fillna("")
    for name in identity_columns(mapping):
        own[name] = [conceal(text) if text else "" for text in own[name]]
    taken = {"row_number", "reason", "row_text"}
    own = own.rename(columns={name: f"{name} (export)" for name in own.columns if name in taken})
    own.insert(0, "row_number", rows.index.to_numpy("int64"))
    own.insert(1, "reason", reasons.to_numpy(dtype=object))
    own["reason"] = own["reason"].astype("str")
    own["row_text"] = pd.Series("", index=own.index, dtype="str")
    return own.reset_index(drop=True)
