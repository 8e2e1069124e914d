"""Finds an address or a crossing that somebody types, on the city's own streets."""

from pathlib import Path

import pandas as pd

from outreach.errors import InputError
from outreach.ingest.addresses import NOWHERE, Gazetteer
from outreach.roles import needs
from outreach.schemas import ADDRESS_RANGES, INTERSECTIONS
from outreach.store import tables
from outreach.streets.crossings import name_spots


def gazetteer(folder: Path) -> Gazetteer:
    """Return what places addresses on a city's streets; it places none where there are none."""
    streets = folder / "streets"
    return Gazetteer(
        tables.read_shapes(streets / "address_ranges.parquet", tuple(ADDRESS_RANGES.columns)),
        tables.read_frame(streets / "intersections.parquet", INTERSECTIONS),
    )


@needs("public")
def locate(folder: Path, address: str) -> tuple[float, float]:
    """Return the longitude and latitude of an address such as ``12 Elm St`` or ``Elm & Oak``.

    Raises   InputError   it is not on the streets that are known
    """
    lon, lat, placed_by = gazetteer(folder).place(address)
    if placed_by == NOWHERE[2]:
        raise InputError(
            f"{address!r} is not on the streets known here; write it like 12 Elm St, or like "
            "Elm St & Oak Ave for a crossing: nothing was changed"
        )
    return lon, lat


@needs("public")
def crossing_near(folder: Path, lon: float, lat: float) -> str:
    """Return the crossing nearest to a point as people say it; "" where no crossings are known."""
    return str(_crossings(folder, pd.DataFrame({"lon": [lon], "lat": [lat]})).iloc[0])


def with_spots_named(folder: Path, errands: pd.DataFrame) -> pd.DataFrame:
    """Return ERRANDS in which a spot without an address is told by the crossing it is near."""
    nameless = errands["address"].isna() & errands["lon"].notna() & errands["lat"].notna()
    near = _crossings(folder, errands.loc[nameless, ["lon", "lat"]])
    told = ("near " + near).where(near != "")
    return errands.assign(address=errands["address"].mask(nameless, told))


def _crossings(folder: Path, spots: pd.DataFrame) -> pd.Series:
    known = tables.read_frame(folder / "streets" / "intersections.parquet", INTERSECTIONS)
    return name_spots(spots, known)
