"""Finds an address or a crossing that somebody types, on the city's own streets."""

from pathlib import Path

import pandas as pd

from outreach.errors import InputError
from outreach.ingest.addresses import NOWHERE, Gazetteer
from outreach.schemas import ADDRESS_RANGES, INTERSECTIONS
from outreach.store import tables
from outreach.streets.crossings import name_spots


def locate(folder: Path, address: str) -> tuple[float, float]:
    """Return the longitude and latitude of an address such as ``12 Elm St`` or ``Elm & Oak``.

    Raises   InputError   it is not on the streets that are known
    """
    streets = folder / "streets"
    known = Gazetteer(
        tables.read_shapes(streets / "address_ranges.parquet", tuple(ADDRESS_RANGES.columns)),
        tables.read_frame(streets / "intersections.parquet", INTERSECTIONS),
    )
    lon, lat, placed_by = known.place(address)
    if placed_by == NOWHERE[2]:
        raise InputError(
            f"{address!r} is not on the streets known here; write it like 12 Elm St, or like "
            "Elm St & Oak Ave for a crossing: nothing was changed"
        )
    return lon, lat


def crossing_near(folder: Path, lon: float, lat: float) -> str:
    """Return the crossing nearest to a point as people say it; "" where no crossings are known."""
    crossings = tables.read_frame(folder / "streets" / "intersections.parquet", INTERSECTIONS)
    spot = pd.DataFrame({"lon": [lon], "lat": [lat]})
    return str(name_spots(spot, crossings).iloc[0])
