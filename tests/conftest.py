"""Fixtures that every room's tests share."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real public data; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("OUTREACH_REAL_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("real public data not here; name their folder in OUTREACH_REAL_DATA")
    return folder
