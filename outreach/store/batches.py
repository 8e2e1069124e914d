"""Batches of calls: each import is one folder that appears whole or not at all.

Nothing is ever changed in a batch once it stands; only the names of people are removed from it
when they have been kept long enough. A batch being written has a name that begins
with a dot; one left behind by a killed process is never read and is swept at the next import.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from outreach.columns import Table
from outreach.schemas import CALLS
from outreach.store.folder import room, write_whole
from outreach.store.secrets import seal, unseal

_ARROW = {
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "time": pa.timestamp("us", tz="UTC"),
    "text": pa.string(),
}


@dataclass(frozen=True)
class ImportRecord:
    """What one import of one file did."""

    batch_id: str
    file: str
    sha256: str
    export: str
    ingested_at: str
    rows_in: int
    accepted: int
    duplicates: int
    quarantined: int
    unplaced: int
    officer_initiated: int
    identical_kept: int
    first_received_at: str | None
    last_received_at: str | None
    warnings: tuple[str, ...] = ()


def _arrow_schema(table: Table) -> pa.Schema:
    return pa.schema([(name, _ARROW[column.kind]) for name, column in table.columns.items()])


class BatchWriter:
    """Writes one batch chunk by chunk; ``writing_batch`` makes it appear or vanish."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._calls: pq.ParquetWriter | None = None
        self._set_aside: pa_csv.CSVWriter | None = None
        self._set_aside_columns: list[str] = []
        self._identities: list[pd.DataFrame] = []

    def add_calls(self, calls: pd.DataFrame) -> None:
        """Append accepted calls (CALLS columns)."""
        schema = _arrow_schema(CALLS)
        if self._calls is None:
            self._calls = pq.ParquetWriter(
                self._folder / "calls.parquet", schema, compression="zstd"
            )
        self._calls.write_table(
            pa.Table.from_pandas(calls[schema.names], schema=schema, preserve_index=False)
        )

    def add_quarantined(self, rows: pd.DataFrame) -> None:
        """Append rows set aside: row_number, reason and the original columns as text."""
        if self._set_aside is None:
            self._set_aside_columns = list(rows.columns)
            schema = pa.schema([(name, pa.string()) for name in self._set_aside_columns])
            path = self._folder / "quarantine.csv"
            path.touch(mode=0o600)
            self._set_aside = pa_csv.CSVWriter(path, schema)
        texts = rows.reindex(columns=self._set_aside_columns).astype("string")
        schema = pa.schema([(name, pa.string()) for name in self._set_aside_columns])
        self._set_aside.write_table(
            pa.Table.from_pandas(texts, schema=schema, preserve_index=False)
        )

    def add_identities(self, people: pd.DataFrame) -> None:
        """Keep person_id, name, birth_date, phone for the encrypted store."""
        self._identities = [pd.concat([*self._identities, people]).drop_duplicates()]

    def close(self) -> None:
        """Finish the files that were begun."""
        for writer in (self._calls, self._set_aside):
            if writer is not None:
                writer.close()

    def finish(self, record: ImportRecord, key: bytes) -> None:
        """Write the encrypted identities and the record of the import."""
        self.close()
        if self._identities and len(self._identities[0]):
            write_whole(
                self._folder / "identities.bin", seal(self._identities[0], key), private=True
            )
        write_whole(self._folder / "import.json", json.dumps(asdict(record), indent=2))


@contextmanager
def writing_batch(folder: Path, batch_id: str) -> Iterator[BatchWriter]:
    """Give a writer for a new batch, which appears when the block ends without an error.

    A block that never calls ``finish`` leaves nothing behind: there was nothing new to keep.

    Raises   StoreError   the disk is full; nothing of the batch is kept
    """
    batches = folder / "batches"
    batches.mkdir(parents=True, exist_ok=True)
    for leftover in batches.glob(".*"):
        shutil.rmtree(leftover)
    staged = batches / f".{batch_id}"
    staged.mkdir(mode=0o700)
    writer = BatchWriter(staged)
    try:
        with room(batches / batch_id):
            yield writer
            writer.close()
            if (staged / "import.json").exists():
                for path in staged.iterdir():
                    _to_disk(path)
                staged.rename(batches / batch_id)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _to_disk(path: Path) -> None:
    """Wait until a file is on disk, so that a power cut leaves no batch with half of its calls."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def batch_folders(folder: Path) -> list[Path]:
    """Return the batches of a city in the order of their names, which begin with their time."""
    return sorted(p.parent for p in (folder / "batches").glob("[!.]*/import.json"))


def known_ids(folder: Path) -> npt.NDArray[np.int64]:
    """Return the ids of all stored calls, sorted."""
    columns = [
        pq.read_table(path, columns=["call_id"]).column("call_id") for path in call_files(folder)
    ]
    if not columns:
        return np.empty(0, np.int64)
    return np.sort(pc.cast(pa.chunked_array([c for col in columns for c in col.chunks]), "int64"))


def call_files(folder: Path) -> list[Path]:
    """Return the Parquet files that hold the city's calls."""
    files = (batch / "calls.parquet" for batch in batch_folders(folder))
    return [path for path in files if path.exists()]


def quarantine_files(folder: Path) -> list[Path]:
    """Return the files of rows that were set aside."""
    files = (batch / "quarantine.csv" for batch in batch_folders(folder))
    return [path for path in files if path.exists()]


def import_records(folder: Path) -> pd.DataFrame:
    """Return one row an import, newest first (columns of ImportRecord)."""
    records: list[dict[str, Any]] = [
        json.loads((batch / "import.json").read_text(encoding="utf-8"))
        for batch in batch_folders(folder)
    ]
    frame = pd.DataFrame(records, columns=list(ImportRecord.__dataclass_fields__))
    for name in ("ingested_at", "first_received_at", "last_received_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True, format="ISO8601")
    return frame.sort_values("batch_id", ascending=False, ignore_index=True)


def identity_files(folder: Path, before: datetime) -> list[Path]:
    """Return the files that name people of batches whose last call is older than a moment."""
    found = []
    for batch in batch_folders(folder):
        told = json.loads((batch / "import.json").read_text(encoding="utf-8"))
        last = datetime.fromisoformat(told["last_received_at"] or told["ingested_at"])
        if last < before and (batch / "identities.bin").exists():
            found.append(batch / "identities.bin")
    return found


def identities(folder: Path, key: bytes) -> pd.DataFrame:
    """Return what names the people in the calls: person_id, name, birth_date, phone."""
    sealed = (batch / "identities.bin" for batch in batch_folders(folder))
    frames = [unseal(path.read_bytes(), key) for path in sealed if path.exists()]
    columns = ["person_id", "name", "birth_date", "phone"]
    if not frames:
        return pd.DataFrame(columns=columns, dtype="object")
    return pd.concat(frames, ignore_index=True).drop_duplicates(ignore_index=True)
