"""The table of kinds that ships with the project."""

import pandas as pd
import pytest

from outreach.config import DATA_FOLDER
from outreach.resources.directory.kinds import load_kinds


@pytest.fixture(scope="session")
def kinds() -> pd.DataFrame:
    return load_kinds(DATA_FOLDER / "resource_kinds.csv")
