"""From a file to calls, chunk by chunk: the one entry to this room."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from outreach.errors import InputError
from outreach.ingest import dates, points
from outreach.ingest.clean import Cleaned, Context, clean, outside_area_km
from outreach.ingest.mapping import DateOrder, Mapping, columns_used, identity_columns
from outreach.ingest.reader import RawChunk, deep_rows, read_chunks

_FIRST_ROWS = 5_000
_DEEP_PLACES, _DEEP_LINES = 12, 250

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


class Seen:
    """The ids of calls already stored, eight bytes each."""

    def __init__(self, known: Iterable[int] | None = None) -> None:
        ids = np.asarray(known if isinstance(known, np.ndarray) else list(known or ()), np.int64)
        self._runs: list[IntArray] = [np.sort(ids)] if len(ids) else []

    def __len__(self) -> int:
        return sum(len(run) for run in self._runs)

    def has(self, ids: IntArray) -> BoolArray:
        """Return which of the ids are known."""
        found = np.zeros(len(ids), bool)
        for run in self._runs:
            if len(run):
                place = np.minimum(np.searchsorted(run, ids), len(run) - 1)
                found |= run[place] == ids
        return found

    def add(self, ids: IntArray) -> None:
        """Learn ids; runs of like size are merged, so there are never many."""
        run = np.sort(ids)
        while self._runs and len(self._runs[-1]) <= 2 * len(run):
            run = np.sort(np.concatenate([self._runs.pop(), run]), kind="stable")
        self._runs.append(run)


@dataclass(frozen=True)
class Chunk:
    """What came of some rows; rows_in = len(calls) + duplicates + len(quarantined)."""

    rows_in: int
    calls: pd.DataFrame  # schemas.CALLS, new ones only
    duplicates: int
    quarantined: pd.DataFrame  # row_number, reason, the original columns, row_text
    identities: pd.DataFrame  # person_id, name, birth_date, phone; for the encrypted store
    identical_kept: int = 0  # rows alike in all that is known, without id or time of day
    warnings: tuple[str, ...] = ()


def sample_of(path: Path, *, encoding: str | None = None, sheet: str | None = None) -> pd.DataFrame:
    """Read some thousand rows, from the start and from further in, for guessing a mapping.

    Raises   InputError   the file cannot be read
    """
    parts: list[pd.DataFrame] = []
    with closing(
        read_chunks(path, encoding=encoding, sheet=sheet, chunk_rows=_FIRST_ROWS)
    ) as chunks:
        for chunk in chunks:
            parts.append(chunk.rows)
            if sum(map(len, parts)) >= _FIRST_ROWS:
                break
        more = next(chunks, None)
    rows = pd.concat(parts)
    if more is None:
        return rows.iloc[:: max(1, len(rows) // (2 * _FIRST_ROWS))]
    deep = deep_rows(path, encoding, _DEEP_PLACES, _DEEP_LINES)
    return pd.concat([rows, more.rows if deep is None else deep])


def read_calls(
    path: Path,
    *,
    mapping: Mapping,
    context: Context,
    seen: Seen,
    encoding: str | None = None,
    sheet: str | None = None,
) -> Iterator[Chunk]:
    """Yield a file's calls in chunks; ``seen`` learns the new ones.

    Raises   InputError   the file cannot be read or does not fit the mapping
    """
    sample = sample_of(path, encoding=encoding, sheet=sheet)
    lacking = [name for name in columns_used(mapping) if name not in sample.columns]
    if lacking:
        raise InputError(
            f"{path} lacks columns that the mapping {mapping.name!r} reads: {', '.join(lacking)}"
        )
    context, warnings = _with_area(sample, mapping, context)
    counted = Seen()  # ids of this file's rows that may be true repeats
    for raw in read_chunks(path, encoding=encoding, sheet=sheet):
        cleaned = clean(raw.rows, mapping, context)
        _check_order(path, raw.rows, cleaned, mapping)
        chunk = _new_only(raw, cleaned, mapping, context, seen, counted)
        yield replace(chunk, warnings=(*warnings, *_mostly_aside(chunk, mapping)))
        warnings = ()


def _with_area(
    sample: pd.DataFrame, mapping: Mapping, context: Context
) -> tuple[Context, tuple[str, ...]]:
    """Return the context with what counts as far outside: the study area, or the file's bulk."""
    x, y = points.raw_points(sample, mapping)
    if mapping.crs == points.UNKNOWN_SYSTEM:
        return context, (_untold(x, y),)
    lon, lat = points.degrees(x, y, points.system_of(mapping))
    bulk = points.bulk_of(lon, lat)
    if bulk is None:
        return context, ()
    if context.area is None:
        return replace(context, bulk=bulk), ()
    away = outside_area_km(lon, lat, context.area)[np.isfinite(lon)]
    if (away > 0).mean() <= 0.5:
        return context, ()
    warning = (
        f"most rows lie {np.median(away[away > 0]):.0f} km from the city's streets (their middle "
        f"is {bulk.lat:.4f}, {bulk.lon:.4f}): is this the right city folder?"
    )
    elsewhere = replace(context, area=None, bulk=bulk, address_ranges=None, intersections=None)
    return elsewhere, (warning,)


def _untold(x: points.FloatArray, y: points.FloatArray) -> str:
    given = np.isfinite(x)
    such = f" such as {x[given][0]:.6g}, {y[given][0]:.6g}" if given.any() else ""
    return (
        f"coordinates{such} are in a projected system that cannot be told, so no row was placed "
        "by them; to place them, delete this file's folder in batches/ and read the file again "
        "with --crs (for example --crs EPSG:2913)"
    )


def _check_order(path: Path, rows: pd.DataFrame, cleaned: Cleaned, mapping: Mapping) -> None:
    """Refuse a file whose days and months are plainly the other way round than the mapping says.

    Raises   InputError   names the first such value
    """
    turned: dict[DateOrder, DateOrder] = {"mdy": "dmy", "dmy": "mdy"}
    other = turned.get(mapping.date_order)
    bad = cleaned.quarantined
    unread = bad.loc[bad["reason"].str.startswith("received_at not readable"), "row_number"]
    if other is None or len(unread) < max(20, 0.01 * len(rows)):
        return
    texts = rows.loc[unread, mapping.received_at]
    if dates.shares(texts, (other,))[other] > 0.9:
        raise InputError(
            f"{path}: {texts.iloc[0]!r} in row {unread.iloc[0]} reads as {other}, but the mapping "
            f"{mapping.name!r} says date_order = {mapping.date_order!r}; nothing was changed"
        )


def _mostly_aside(chunk: Chunk, mapping: Mapping) -> tuple[str, ...]:
    if len(chunk.quarantined) <= 0.2 * chunk.rows_in:
        return ()
    kinds = chunk.quarantined["reason"].str.split(":").str[0].str.replace(r"\d+", "N", regex=True)
    usual = kinds.value_counts().index[0]
    return (f"many rows were set aside, most of them because of: {usual}; see {mapping.name}.toml",)


def _new_only(
    raw: RawChunk, cleaned: Cleaned, mapping: Mapping, context: Context, seen: Seen, counted: Seen
) -> Chunk:
    calls = cleaned.calls
    ids = calls["call_id"].to_numpy(np.int64, copy=True)
    repeats = cleaned.may_repeat.to_numpy()
    if repeats.any():
        ids[repeats] = _numbered(ids[repeats], counted)
        identical = ids != calls["call_id"].to_numpy()
        calls = calls.assign(call_id=ids)
    else:
        identical = np.zeros(len(ids), bool)
    first = ~pd.Series(ids).duplicated().to_numpy()
    new = first & ~seen.has(ids)
    seen.add(ids[new])
    kept = calls[new].reset_index(drop=True)
    told = cleaned.identities
    return Chunk(
        rows_in=len(raw.rows) + len(raw.ragged),
        calls=kept,
        duplicates=int((~new).sum()),
        quarantined=_with_ragged(cleaned.quarantined, raw, mapping, context),
        identities=told[told["person_id"].isin(kept["person_id"])].reset_index(drop=True),
        identical_kept=int((new & identical).sum()),
    )


def _numbered(ids: IntArray, counted: Seen) -> IntArray:
    """Return ids that tell true repeats apart: the first keeps its id, the nth gets another.

    The same file read again counts the same, so nothing is added twice.
    """
    place: IntArray = np.asarray(pd.Series(ids).groupby(ids).cumcount(), np.int64)
    result = _nth(ids, place)
    while (taken := counted.has(result)).any():
        place = place + _blocked(ids, taken).astype(np.int64)
        result = _nth(ids, place)
    counted.add(result)
    return result


def _blocked(ids: IntArray, taken: BoolArray) -> BoolArray:
    """Return which rows move on: all with the same first id as one whose number is taken."""
    return np.isin(ids, ids[taken])


def _nth(ids: IntArray, place: IntArray) -> IntArray:
    """Mix the number of a repeat into its id (splitmix64); the first keeps it."""
    with np.errstate(over="ignore"):
        mixed = ids.astype(np.uint64) + place.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed = mixed ^ (mixed >> np.uint64(31))
    return np.where(place == 0, ids, mixed.astype(np.int64))


def _with_ragged(
    quarantined: pd.DataFrame, raw: RawChunk, mapping: Mapping, context: Context
) -> pd.DataFrame:
    """Add the rows that do not fit the header; their text is concealed where people are named."""
    if raw.ragged.empty:
        return quarantined
    ragged = raw.ragged
    if identity_columns(mapping):
        ragged = ragged.assign(row_text=[context.conceal(text) for text in ragged["row_text"]])
    every = pd.concat([quarantined, ragged], ignore_index=True)
    texts = [name for name in every.columns if name != "row_number"]
    return every.astype({"row_number": "int64"}).fillna(dict.fromkeys(texts, ""))
