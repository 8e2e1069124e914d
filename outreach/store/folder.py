"""Where things lie in a city folder, and writing that is whole or not at all.

city.toml                 settings                 call_types.csv   the city's code map
limits.csv                who must not be visited  directory.zip    somewhere to go for help
mappings/NAME.toml        how each export is read  areas.geojson    parks, water, neighbourhoods
streets/                  cached street networks   secret.key       names are encrypted with it
batches/BATCH/            calls.parquet, quarantine.csv, identities.bin, import.json
plans/2026-W48/v001.json  drafts and published plans               work.sqlite      the teams' work
"""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from filelock import FileLock, Timeout

from outreach.errors import StoreError

LOCK_WAIT_S = 10
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def write_whole(path: Path, data: str | bytes, *, private: bool = False) -> None:
    """Replace a file in one step, so that a reader or a crash never meets half of it.

    ``private`` files can be read by their owner only.
    """
    content = data.encode("utf-8") if isinstance(data, str) else data
    with whole_file(path, private=private) as file:
        file.write(content)


@contextmanager
def whole_file(path: Path, *, private: bool = False) -> Iterator[IO[bytes]]:
    """Give a file to write, which replaces the one at ``path`` when the block ends in peace.

    Raises   StoreError   the disk is full; what was at ``path`` stays
    """
    with room(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with room(path), os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o600 if private else 0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def room(path: Path) -> Iterator[None]:
    """Say in one line that the disk is full.

    Raises   StoreError   it is
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        raise StoreError(
            f"there is no room for {path}: the disk is full; nothing of it was kept, "
            "and what was there before stays"
        ) from None


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
