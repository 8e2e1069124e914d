"""From export files to stored calls: map columns, clean, keep what is new, set aside the rest."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pandas as pd

from outreach import geo
from outreach.columns import check
from outreach.config import DATA_FOLDER, City, load_city
from outreach.ingest import code_map
from outreach.ingest.clean import Context
from outreach.ingest.files import Chunk, Seen, read_calls, sample_of
from outreach.ingest.guess import describe, guess_mapping
from outreach.ingest.mapping import Mapping, changed, dump_mapping, find_mapping, load_mapping
from outreach.pipeline.setup import load_networks
from outreach.roles import needs
from outreach.schemas import ADDRESS_RANGES, CALL_TYPES, CALLS, INTERSECTIONS, UNKNOWN
from outreach.store import batches, secrets, tables
from outreach.store.folder import write_whole, writing

Progress = Callable[[int], None]  # rows read so far


@dataclass(frozen=True)
class Wishes:
    """What a user may say about a file instead of having it guessed."""

    encoding: str | None = None
    sheet: str | None = None
    crs: str | None = None
    time_zone: str | None = None
    export: str | None = None
    call_source: str | None = None
    as_it_happened: bool = False  # known_at = received_at: for history loaded at once


@dataclass(frozen=True)
class Intake:
    """What came of one file."""

    record: batches.ImportRecord
    mapping: pd.DataFrame  # field, column, samples, why
    unmapped: pd.DataFrame  # call_type, calls: types without a need, most frequent first
    unmapped_share: float | None  # of the public's calls; None where there are none
    kept: bool  # False on a dry run, and where there was nothing new


@needs("manage")
def ingest_file(
    folder: Path,
    path: Path,
    wishes: Wishes | None = None,
    *,
    now: datetime,
    dry_run: bool = False,
    progress: Progress = lambda _: None,
) -> Intake:
    """Read one export into the city's calls; every row is accepted, a duplicate or set aside.

    A dry run does all the reading and counting and writes nothing.

    Raises   InputError   the file cannot be read or makes no sense; nothing was changed
             ConfigError, StoreError   the city folder is not in order
    """
    wishes = wishes or Wishes()
    city = load_city(folder)
    key = secrets.load_key(folder)
    context = _context(folder, city, now, key)
    sample = sample_of(path, encoding=wishes.encoding, sheet=wishes.sheet)
    mapping = _mapping(folder, path.name, sample, context, wishes)
    with writing(folder):
        totals = _Totals()
        digest = _digest(path)
        batch_id = f"{now:%Y%m%dT%H%M%S%f}-{mapping.name}"
        with batches.writing_batch(folder, batch_id) as writer:
            seen = Seen(batches.known_ids(folder))
            for chunk in read_calls(
                path, mapping=mapping, context=context, seen=seen,
                encoding=wishes.encoding, sheet=wishes.sheet,
            ):  # fmt: skip
                _keep(writer, chunk, wishes)
                totals.add(chunk)
                progress(totals.rows_in)
            types = _grown_types(folder, totals.types)
            kinds = _by_type(types, totals.types)
            record = replace(
                totals.record(batch_id, path, digest, mapping.name, now),
                officer_initiated=int(kinds.loc[kinds["by_staff"], "calls"].sum()),
            )
            known = set(batches.import_records(folder)["sha256"])
            kept = not dry_run and (record.accepted > 0 or digest not in known)
            if kept:
                tables.write_table(folder / "call_types.csv", types, CALL_TYPES)
                write_whole(folder / "mappings" / f"{mapping.name}.toml", dump_mapping(mapping))
                writer.finish(record, key)
    unmapped, share = _unmapped(kinds)
    return Intake(record, describe(mapping, sample), unmapped, share, kept)


def _context(folder: Path, city: City, now: datetime, key: bytes) -> Context:
    networks = load_networks(folder)
    area, middle = None, None
    if networks:
        hull = next(iter(networks.values())).hull
        area = geo.buffer_m(hull, city.study_area_buffer_km * 1000)
        middle = (hull.centroid.x, hull.centroid.y)
    elif city.home_base is not None:
        middle = (city.home_base.lon, city.home_base.lat)
    streets = folder / "streets"
    return Context(
        time_zone=city.time_zone,
        known_at=now,
        pseudonym_key=secrets.pseudonym_key(key),
        conceal=secrets.concealer(key),
        area=area,
        middle=middle,
        address_ranges=tables.read_shapes(
            streets / "address_ranges.parquet", tuple(ADDRESS_RANGES.columns)
        ),
        intersections=tables.read_frame(streets / "intersections.parquet", INTERSECTIONS),
    )


def _mapping(
    folder: Path, file: str, sample: pd.DataFrame, context: Context, wishes: Wishes
) -> Mapping:
    """Return the mapping saved for this header, or a new guess; wishes overrule both."""
    columns = [name for name in sample.columns if name != "row_number"]
    saved = [load_mapping(path) for path in sorted((folder / "mappings").glob("*.toml"))]
    mapping = find_mapping(saved, columns)
    if mapping is None:
        mapping = guess_mapping(
            sample,
            name=_free_name(wishes.export or file, {m.name for m in saved}),
            city_time_zone=context.time_zone,
            area=context.area,
            middle=context.middle,
            crs=wishes.crs,
        )
    said = {
        "crs": wishes.crs,
        "time_zone": wishes.time_zone,
        "default_source": wishes.call_source,
        "name": wishes.export,
    }
    return changed(mapping, {name: value for name, value in said.items() if value})


def _free_name(text: str, taken: set[str]) -> str:
    """Return a short name for an export that no other one has, without dates and endings."""
    stem = re.sub(r"[^a-z]+", "_", text.lower().split(".")[0]).strip("_") or "export"
    return next(
        name for name in (stem, *(f"{stem}_{n}" for n in range(2, 1000))) if name not in taken
    )


def _keep(writer: batches.BatchWriter, chunk: Chunk, wishes: Wishes) -> None:
    if len(chunk.calls):
        calls = check(chunk.calls, CALLS)
        writer.add_calls(
            calls.assign(known_at=calls["received_at"]) if wishes.as_it_happened else calls
        )
    if len(chunk.quarantined):
        writer.add_quarantined(chunk.quarantined)
    if len(chunk.identities):
        writer.add_identities(chunk.identities)


class _Totals:
    """Adds up what came of the chunks; holds counts by type, never rows."""

    def __init__(self) -> None:
        self.rows_in = self.duplicates = self.quarantined = 0
        self.accepted = self.unplaced = self.identical_kept = 0
        self.types = pd.DataFrame(columns=["source", "told", "initial", "final", "calls"])
        self.span: list[pd.Timestamp] = []
        self.warnings: dict[str, None] = {}

    def add(self, chunk: Chunk) -> None:
        self.rows_in += chunk.rows_in
        self.duplicates += chunk.duplicates
        self.quarantined += len(chunk.quarantined)
        self.accepted += len(chunk.calls)
        self.identical_kept += chunk.identical_kept
        self.warnings.update(dict.fromkeys(chunk.warnings))
        if len(chunk.calls):
            calls = chunk.calls
            self.unplaced += int((calls["placed_by"] == "unplaced").sum())
            self.span += [calls["received_at"].min(), calls["received_at"].max()]
            names = ["source", "source_told", "initial_call_type", "final_call_type"]
            keys = calls[names].astype("object")
            keys.columns = pd.Index(["source", "told", "initial", "final"])
            grouped = keys.groupby(list(keys), dropna=False).size().rename("calls").reset_index()
            self.types = pd.concat([self.types, grouped]) if len(self.types) else grouped

    def record(
        self, batch_id: str, path: Path, digest: str, export: str, now: datetime
    ) -> batches.ImportRecord:
        return batches.ImportRecord(
            batch_id=batch_id,
            file=path.name,
            sha256=digest,
            export=export,
            ingested_at=now.isoformat(),
            rows_in=self.rows_in,
            accepted=self.accepted,
            duplicates=self.duplicates,
            quarantined=self.quarantined,
            unplaced=self.unplaced,
            officer_initiated=0,
            identical_kept=self.identical_kept,
            first_received_at=min(self.span).isoformat() if self.span else None,
            last_received_at=max(self.span).isoformat() if self.span else None,
            warnings=tuple(self.warnings),
        )


def _grown_types(folder: Path, seen: pd.DataFrame) -> pd.DataFrame:
    """Return the city's code map with a guess for each type met for the first time."""
    known = tables.read_table(folder / "call_types.csv", CALL_TYPES)
    texts = pd.concat([seen["initial"], seen["final"]]).dropna().unique()
    new = sorted({code_map.normalise(text) for text in texts} - set(known["call_type"]) - {""})
    if not new:
        return known
    guessed = code_map.guess(new, code_map.load_patterns(DATA_FOLDER / "code_map.csv"))
    both = pd.concat([known, guessed], ignore_index=True) if len(known) else guessed
    return check(both, CALL_TYPES)


def _by_type(types: pd.DataFrame, seen: pd.DataFrame) -> pd.DataFrame:
    """Return for each kind of row its type, need, whether staff began it (safeguard 1), calls."""
    sides = ("initial", "final")
    spelt = {side: seen[side].map(code_map.normalise, na_action="ignore") for side in sides}
    spelt = {side: keys.astype("object") for side, keys in spelt.items()}  # a side may be empty
    by_key = types.set_index("call_type")
    needs = {side: keys.map(by_key["need"]).fillna(UNKNOWN) for side, keys in spelt.items()}
    counts_as = {side: keys.map(by_key["counts_as"]) for side, keys in spelt.items()}
    kinds = pd.DataFrame(
        {
            "call_type": spelt["initial"].fillna(spelt["final"]),
            "need": needs["final"].where(needs["final"] != UNKNOWN, needs["initial"]),
            "counts_as": counts_as["initial"].fillna(counts_as["final"]),
            "by_staff": seen["source"] == "officer_initiated",
            "told": seen["told"].astype(bool),
            "calls": seen["calls"],
        }
    )
    by_type = (kinds["counts_as"] == "officer_initiated") & ~kinds["told"]
    return kinds.assign(by_staff=kinds["by_staff"] | by_type)


def _unmapped(kinds: pd.DataFrame) -> tuple[pd.DataFrame, float | None]:
    """Return the types of the public's calls without a need, by count, and their share (duty 2)."""
    helps = kinds["counts_as"].isin(["demand", "officer_initiated"]) | kinds["counts_as"].isna()
    asked = kinds[~kinds["by_staff"] & helps]
    missing = asked[asked["need"] == UNKNOWN]
    counts = missing.groupby("call_type", dropna=False)["calls"].sum().reset_index()
    total = asked["calls"].sum()
    share = float(missing["calls"].sum() / total) if total else None
    return counts.sort_values("calls", ascending=False, ignore_index=True), share


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
