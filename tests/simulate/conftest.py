"""One invented town and its calls, made once for all tests of the room."""

from datetime import date

import pandas as pd
import pytest

from outreach.simulate.addresses import addresses
from outreach.simulate.calls import CallParams, Simulated, simulate_calls
from outreach.simulate.town import Town, town

END = date(2026, 11, 23)


@pytest.fixture(scope="session")
def marlow() -> Town:
    return town(1)


@pytest.fixture(scope="session")
def doors(marlow: Town) -> pd.DataFrame:
    return addresses(marlow.streets, marlow.areas)


@pytest.fixture(scope="session")
def simulated(marlow: Town, doors: pd.DataFrame) -> Simulated:
    return simulate_calls(doors, end=END, seed=1, params=CallParams(), facilities=marlow.resources)
