"""Fixtures of the ingest tests: a context, and a way to read a file from end to end."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from outreach.columns import check
from outreach.config import DATA_FOLDER
from outreach.ingest import code_map
from outreach.ingest.clean import Context
from outreach.ingest.files import Chunk, Seen, read_calls, sample_of
from outreach.ingest.guess import guess_mapping
from outreach.ingest.mapping import Mapping
from outreach.schemas import CALLS


@dataclass(frozen=True)
class Read:
    """What came of a whole file."""

    mapping: Mapping
    calls: pd.DataFrame
    quarantined: pd.DataFrame
    identities: pd.DataFrame
    rows_in: int
    duplicates: int
    identical_kept: int
    warnings: tuple[str, ...]


@pytest.fixture(scope="session")
def patterns() -> pd.DataFrame:
    return code_map.load_patterns(DATA_FOLDER / "code_map.csv")


@pytest.fixture
def make_context() -> Callable[..., Context]:
    def make(time_zone: str = "America/New_York", **more: Any) -> Context:
        known = {
            "known_at": datetime(2026, 11, 22, tzinfo=UTC),
            "pseudonym_key": b"k" * 32,
            "conceal": lambda text: f"sealed:{len(text)}",
        }
        return Context(time_zone=time_zone, **(known | more))

    return make


@pytest.fixture
def read_file(make_context: Callable[..., Context]) -> Callable[..., Read]:
    def read(
        path: Path,
        time_zone: str = "America/New_York",
        *,
        mapping: Mapping | None = None,
        seen: Seen | None = None,
        encoding: str | None = None,
        **more: Any,
    ) -> Read:
        context = make_context(time_zone, **more)
        if mapping is None:
            mapping = guess_mapping(
                sample_of(path, encoding=encoding),
                name=path.name.split(".")[0],
                city_time_zone=time_zone,
                area=context.area,
                middle=context.middle,
            )
        chunks: list[Chunk] = []
        for chunk in read_calls(
            path,
            mapping=mapping,
            context=context,
            seen=Seen() if seen is None else seen,
            encoding=encoding,
        ):
            check(chunk.calls, CALLS)
            assert chunk.rows_in == len(chunk.calls) + chunk.duplicates + len(chunk.quarantined)
            chunks.append(chunk)
        return Read(
            mapping,
            pd.concat([c.calls for c in chunks], ignore_index=True),
            pd.concat([c.quarantined for c in chunks], ignore_index=True),
            pd.concat([c.identities for c in chunks], ignore_index=True).drop_duplicates(),
            sum(c.rows_in for c in chunks),
            sum(c.duplicates for c in chunks),
            sum(c.identical_kept for c in chunks),
            tuple(w for c in chunks for w in c.warnings),
        )

    return read
