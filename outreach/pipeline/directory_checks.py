"""What is doubtful about the places of a city's directory: where they lie, and how old they are."""

from collections.abc import Hashable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from outreach import geo
from outreach.columns import check
from outreach.config import City, load_city
from outreach.pipeline.locate import gazetteer
from outreach.resource_schemas import RESOURCE_CHECKS
from outreach.roles import needs
from outreach.streets import network as street_network
from outreach.streets.beside import street_m

FloatArray = npt.NDArray[np.float64]
DOUBTFUL = ("far_from_streets", "address_elsewhere")


@needs("public")
def directory_checks(folder: Path, resources: pd.DataFrame, *, today: date) -> pd.DataFrame:
    """Return what is doubtful about each place as RESOURCE_CHECKS; nothing is moved.

    A place is far from the streets where the nearest one is farther than ``far_from_streets_m``
    or the place lies outside the study area; else its address is looked up by the streets'
    numbers, and lies elsewhere if farther than ``address_differs_m``. Where a city has no
    streets, nothing is said of where places lie.

    Needs    RESOURCES
    """
    city = load_city(folder)
    street, outside = _street_m(folder, city, resources)
    address = _address_m(folder, resources)
    params = city.resources
    far = (street > params.far_from_streets_m) | outside
    elsewhere = ~far & (address > params.address_differs_m)
    days = verified_days(resources["verified_on"], today)
    checks = pd.DataFrame(
        {
            "resource_id": resources["resource_id"].to_numpy(),
            "place_check": np.select(
                [np.isnan(street), far, elsewhere], ["not_checked", *DOUBTFUL], "fits"
            ),
            "street_m": np.where(np.isfinite(street), street, np.nan),
            "address_m": address,
            "verified_days": days,
            "stale": (days.isna() | (days > params.stale_days)).to_numpy(bool),
            "checked_on": today,
        }
    )
    return check(checks, RESOURCE_CHECKS)


def verified_days(days: pd.Series, today: date) -> pd.Series:
    """Return how many days ago each day was; missing where there is none."""
    since = [None if pd.isna(day) else (today - day).days for day in days]
    return pd.Series(pd.array(since, "Int64"))


def _street_m(
    folder: Path, city: City, resources: pd.DataFrame
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Return metres to the nearest street of any mode, and what lies outside the study area."""
    streets = folder / "streets"
    lon, lat = (resources[name].to_numpy(float) for name in ("lon", "lat"))
    nearest, outside = np.full(len(resources), np.nan), np.zeros(len(resources), bool)
    for number, mode in enumerate(street_network.saved_modes(streets)):
        network = street_network.load(streets, mode)
        nearest = np.fmin(nearest, street_m(network, lon, lat))
        if number == 0:
            area = geo.buffer_m(network.hull, city.study_area_buffer_km * 1000)
            outside = ~shapely.contains_xy(area, lon, lat)
    return nearest, outside


def _address_m(folder: Path, resources: pd.DataFrame) -> FloatArray:
    """Return metres from each place to where its address lies; missing where that is unknown."""
    found = gazetteer(folder).place_all(resources["address"].fillna("").astype(str))
    return geo.distance_m(
        resources["lon"].to_numpy(float), resources["lat"].to_numpy(float),
        found["lon"].to_numpy(float), found["lat"].to_numpy(float),
    )  # fmt: skip


@needs("public")
def looked_over(folder: Path, resources: pd.DataFrame, *, today: date) -> pd.DataFrame:
    """Return RESOURCES with their RESOURCE_CHECKS, and what a person should look at.

    Adds     hours_unread, doubtful (of where it lies), to_verify (any of these, or stale), and
             doubts, a tuple of sentences
    """
    checks = directory_checks(folder, resources, today=today)
    both = resources.merge(checks, on="resource_id", how="left", validate="1:1")
    both = both.assign(
        hours_unread=both["hours_state"].eq("unread"),
        doubtful=both["place_check"].isin(DOUBTFUL),
    )
    told = [_doubts(row) for row in both.to_dict("records")]
    return both.assign(
        to_verify=both[["stale", "hours_unread", "doubtful"]].any(axis=1),
        doubts=pd.Series(told, both.index, "object"),
    )


def _doubts(place: dict[Hashable, Any]) -> tuple[str, ...]:
    """Return what is doubtful about a place, in sentences."""
    told = []
    if place["place_check"] == "far_from_streets":
        told.append(f"Its point lies {_metres(place['street_m'])} from the nearest street.")
    elif place["place_check"] == "address_elsewhere":
        told.append(f"Its address lies {_metres(place['address_m'])} from its point on the map.")
    if pd.isna(place["verified_days"]):
        told.append("Nobody has verified it yet.")
    elif place["stale"]:
        told.append(f"Last verified {place['verified_days']} days ago.")
    if place["hours_unread"]:
        why = place.get("why")
        because = f": {why}" if isinstance(why, str) and why else ""
        told.append(f"Its hours are shown as written, as not all is understood{because}.")
    return tuple(told)


def _metres(away_m: float) -> str:
    return f"{away_m:.0f} m" if away_m < 1000 else f"{away_m / 1000:.1f} km"
