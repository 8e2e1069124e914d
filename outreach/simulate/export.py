"""The export as a dispatch system writes it: text, and with real exports' faults."""

import csv
import io

import numpy as np
import pandas as pd

COLUMNS = (
    "Incident Number",
    "Call Received",
    "Call Source",
    "Initial Call Type",
    "Final Call Type",
    "Disposition",
    "Address",
    "Neighborhood",
    "Longitude",
    "Latitude",
    "Subject ID",
    "Subject Name",
    "Subject DOB",
)
OVERFLOW = "overflow"
_TIME = "%m/%d/%Y %I:%M:%S %p"
# share of rows; no row has two faults
_FAULTS = {
    "missing_date": 0.0012,
    "impossible_date": 0.0012,
    "shifted": 0.0008,
    "too_many_fields": 0.0006,
    "other_state": 0.002,
    "zero_point": 0.003,
    "no_coordinates": 0.03,
    "no_address": 0.01,
    "neither": 0.003,
}
UNREADABLE = ("missing_date", "impossible_date", "shifted", "too_many_fields", "other_state")
_DOUBLED_SHARE = 0.012
_IMPOSSIBLE = ("02/30/2026 01:15:00 PM", "13/45/2025 08:00:00 AM", "00/00/0000 12:00:00 AM")
_OTHER_STATE = (-97.743, 30.267)  # Texas


def as_exported(
    calls: pd.DataFrame,
    doors: pd.DataFrame,
    *,
    hall: int | None,
    default_geocode_share: float,
    messy: bool,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write calls as text with an export's faults, and say which row has which.

    Needs    calls    received_local, door and what calls.py has described
             doors    address, lon, lat, area
             hall     row of doors whose point is given to calls that could not be placed
    Adds     export   COLUMNS and overflow, all text
             rows     as in calls.Simulated.rows, same order
    """
    rng = np.random.default_rng([seed, 13])
    at = doors.iloc[calls["door"]].reset_index(drop=True)
    incident = _incidents(calls["received_local"])
    damage = _faults(len(calls), default_geocode_share if hall is not None else 0, messy, rng)
    rows = calls[["kind", "label", "counts_as", "need", "received_local", "person"]].assign(
        incident=incident, lon=at["lon"], lat=at["lat"], address=at["address"], damage=damage
    )
    written = [
        incident,
        calls["received_local"].dt.strftime(_TIME),
        *(calls[c] for c in ("source_text", "initial_type", "final_type", "disposition")),
        _addresses(at, rng) if messy else at["address"],
        at["area"],
        _degrees(at["lon"]),
        _degrees(at["lat"]),
        *(calls[c] for c in ("subject_id", "subject_name", "subject_dob")),
    ]
    cells = {name: pd.Series(v).to_numpy(object) for name, v in zip(COLUMNS, written, strict=True)}
    export = pd.DataFrame(cells).assign(**{OVERFLOW: ""}).astype(object)
    export = _damaged(export, damage, None if hall is None else doors.iloc[hall], rng)
    order, doubled = _doubled(damage, messy, rng)
    rows = rows.iloc[order].assign(doubled=doubled, row=np.arange(1, len(order) + 1))
    return export.iloc[order].reset_index(drop=True), rows.reset_index(drop=True)


def export_csv(export: pd.DataFrame) -> bytes:
    """Return the file: UTF-8 with a byte order mark, and some rows with a field too many."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for *fields, beyond in export[[*COLUMNS, OVERFLOW]].itertuples(index=False, name=None):
        writer.writerow([*fields, beyond] if beyond else fields)
    return out.getvalue().encode("utf-8-sig")


def _incidents(received: pd.Series) -> pd.Series:
    """Number incidents within each year, as dispatch systems do."""
    year = received.dt.year
    within = received.groupby(year).cumcount() + 1
    numbers: pd.Series = (year % 100).astype(str) + "-" + within.astype(str).str.zfill(6)
    return numbers


def _degrees(values: pd.Series) -> pd.Series:
    return values.map("{:.6f}".format)


def _addresses(at: pd.DataFrame, rng: np.random.Generator) -> pd.Series:
    """Write addresses the way several dispatchers do."""
    text, crossing = at["address"], at["crossing"].to_numpy(bool)
    style = rng.random(len(at))
    flat = pd.Series(rng.integers(1, 30, len(at)).astype(str), index=at.index)
    text = text.mask(style < 0.04, text.str.title()).mask(style > 0.97, text + "  ")
    text = text.mask(crossing & (style > 0.5) & (style < 0.75), text.str.replace(" & ", "/"))
    return text.mask(~crossing & (style > 0.5) & (style < 0.55), text + " APT " + flat)


def _faults(
    count: int, default_geocode_share: float, messy: bool, rng: np.random.Generator
) -> np.ndarray:
    """Choose at most one fault a row; in a messy export each occurs at least once."""
    shares = (_FAULTS if messy else {}) | {"default_geocode": default_geocode_share}
    order = rng.permutation(count)
    damage = np.full(count, "", object)
    used = 0
    for name, share in shares.items():
        number = max(1, round(share * count)) if share else 0
        damage[order[used : used + number]] = name
        used += number
    return damage


def _damaged(
    export: pd.DataFrame, damage: np.ndarray, hall: pd.Series | None, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the export with its faults."""
    cells = export.to_numpy(object, copy=True)
    column = {name: number for number, name in enumerate(export.columns)}
    lon, lat, address = (column[name] for name in ("Longitude", "Latitude", "Address"))
    where = {name: np.flatnonzero(damage == name) for name in set(damage)}
    none = np.array([], int)
    received = column["Call Received"]
    cells[where.get("missing_date", none), received] = ""
    wrong = where.get("impossible_date", none)
    cells[wrong, received] = rng.choice(np.array(_IMPOSSIBLE, object), len(wrong))
    for name, point in (
        ("other_state", tuple(f"{value:.6f}" for value in _OTHER_STATE)),
        ("zero_point", ("0", "0")),
        ("no_coordinates", ("", "")),
        ("neither", ("", "")),
    ):
        cells[where.get(name, none)[:, None], [lon, lat]] = point
    cells[where.get("no_address", none), address] = ""
    cells[where.get("neither", none), address] = "UNKNOWN"
    if hall is not None:
        point = (f"{hall['lon']:.6f}", f"{hall['lat']:.6f}")
        cells[where.get("default_geocode", none)[:, None], [lon, lat]] = point
    last = len(COLUMNS) - 1
    for row in where.get("shifted", none):  # the incident number is missing: all moves left
        cells[row, : last + 1] = [*cells[row, 1 : last + 1], ""]
    for row in where.get("too_many_fields", none):  # a comma without quotes: all moves right
        cells[row, address + 1 :] = [" REAR", *cells[row, address + 1 : last + 1]]
        cells[row, last + 1] = cells[row, last + 1] or "-"
    return pd.DataFrame(cells, columns=export.columns)


def _doubled(
    damage: np.ndarray, messy: bool, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Choose readable rows to write twice: half at once, half again at the end of the file."""
    count = len(damage)
    readable = np.flatnonzero(~np.isin(damage, UNREADABLE))
    twice = np.sort(rng.choice(readable, round(_DOUBLED_SHARE * count) if messy else 0, False))
    at_once = rng.random(len(twice)) < 0.5
    order = np.concatenate([np.arange(count), twice[at_once], twice[~at_once]])
    place = np.concatenate([np.arange(count), twice[at_once] + 0.5, count + twice[~at_once]])
    sort = np.argsort(place, kind="stable")
    return order[sort], (np.arange(len(order)) >= count)[sort]
