"""Packed files: how far one may unpack before it is taken for a mistake or a trap."""

import bz2
import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from copy import copy
from pathlib import Path
from typing import IO, Any

from outreach.errors import InputError

# Exports of calls pack 5 to 30 times; what is made to fill a disk, a thousand times and more.
MOST_TIMES = 100
ALWAYS_FINE_BYTES = 200_000_000
MOST_MEMBERS = 10_000
_AT_ONCE = 1 << 20


def most_bytes(packed_bytes: int) -> int:
    """Return to how many bytes a packed file may unpack."""
    return max(ALWAYS_FINE_BYTES, MOST_TIMES * packed_bytes)


class BoundedGzip(gzip.GzipFile):
    """A gzip stream that ends with one clear error where it unpacks without end."""

    def __init__(self, path: Path, raw: IO[bytes]) -> None:
        super().__init__(fileobj=raw)
        self._path = path
        self._most = most_bytes(path.stat().st_size)

    def read(self, size: int | None = -1) -> bytes:
        """Read, in pieces where everything is asked for."""
        if size is not None and size >= 0:
            return self._seen(super().read(size))
        return b"".join(iter(lambda: self.read(_AT_ONCE), b""))

    def read1(self, size: int = -1) -> bytes:
        """Read what is ready."""
        return self._seen(super().read1(size))

    def readline(self, size: int | None = -1) -> bytes:
        """Read a line, which may not be longer than the whole may be."""
        most = self._most + 1
        return self._seen(super().readline(most if size is None or size < 0 else size))

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go on to a place, by unpacking what lies before it."""
        if whence == 0 and offset > self._most:
            raise too_large(self._path, self._most)
        return super().seek(offset, whence)

    def _seen(self, data: bytes) -> bytes:
        if self.tell() > self._most:
            raise too_large(self._path, self._most)
        return data


def too_large(path: Path, most: int) -> InputError:
    """Return the error of a file that unpacks to more than it may."""
    return InputError(
        f"{path} unpacks to more than {most // 1_000_000:,} MB, {MOST_TIMES} times its size or "
        "more; this is a damaged file or a trap. Nothing of it was kept"
    )


def check_zip(path: Path, *, really: bool = True) -> None:
    """Look that a zip unpacks to no more than it may, whatever it says of itself.

    Without ``really`` its own account is believed, for readers that stop where it does.

    Raises   InputError           it does, or has too many members
             zipfile.BadZipFile   it is damaged
    """
    most = most_bytes(path.stat().st_size)
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if len(members) > MOST_MEMBERS:
            raise InputError(
                f"{path} holds {len(members):,} files, more than {MOST_MEMBERS:,}; "
                "nothing of it was kept"
            )
        told = sum(info.file_size for info in members)
        if told > most or (really and _real_bytes(archive, members, most) > most):
            raise too_large(path, most)


def check_stream(path: Path) -> None:
    """Look that a .gz or .bz2 unpacks to no more than it may; its reader says if it is damaged.

    Raises   InputError   it does
    """
    most, done = most_bytes(path.stat().st_size), 0
    opened: Any = bz2.open if path.suffix.lower() == ".bz2" else gzip.open
    with suppress(OSError, EOFError, zlib.error), opened(path, "rb") as stream:
        for part in _parts(stream):
            done += len(part)
            if done > most:
                raise too_large(path, most)


def _real_bytes(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], most: int) -> int:
    done = 0
    for info in members:
        free = copy(info)
        free.file_size = most + 2 * _AT_ONCE  # else reading stops where the archive says
        with archive.open(free) as stream:
            for part in _parts(stream):
                done += len(part)
                if done > most:
                    return done
    return done


def _parts(stream: IO[bytes]) -> Iterator[bytes]:
    while part := stream.read(_AT_ONCE):
        yield part
