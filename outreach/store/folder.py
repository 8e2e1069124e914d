"""Where things lie in a city folder, and writing that is whole or not at all.

city.toml                 settings                 call_types.csv   the city's code map
limits.csv                who must not be visited  resources.csv    somewhere to go for help
mappings/NAME.toml        how each export is read  areas.geojson    parks, water, neighbourhoods
streets/                  cached street networks   secret.key       names are encrypted with it
batches/BATCH/            calls.parquet, quarantine.csv, identities.bin, import.json
plans/2026-W48/v001.json  drafts and published plans               audit.jsonl
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from outreach.errors import StoreError

LOCK_WAIT_S = 10


def write_whole(path: Path, data: str | bytes, *, private: bool = False) -> None:
    """Replace a file in one step, so that a reader or a crash never meets half of it.

    ``private`` files can be read by their owner only.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    content = data.encode("utf-8") if isinstance(data, str) else data
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o600 if private else 0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold the city folder's lock, so that two imports cannot accept the same rows twice.

    Raises   StoreError   another process has held it for ten seconds
    """
    try:
        with FileLock(folder / ".lock", timeout=LOCK_WAIT_S):
            yield
    except Timeout:
        raise StoreError(
            f"{folder} is being written by another outreach command; nothing was changed, "
            "try again when that one is done"
        ) from None
