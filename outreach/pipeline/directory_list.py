"""Looking places up: by need, by kind, and by when they are open."""

from datetime import datetime, timedelta

import pandas as pd

from outreach.config import City
from outreach.errors import InputError
from outreach.resources.hours.openings import openings
from outreach.schemas import NEEDS

SOON_DAYS = 35  # that openings are looked for: those of once a month are among them


def narrowed(
    places: pd.DataFrame, *, need: str | None = None, kind: str | None = None
) -> pd.DataFrame:
    """Return the places that serve a need and are of a kind.

    Raises   InputError   there is no such need or kind
    """
    if need is not None:
        if need not in NEEDS:
            raise InputError(f"{need!r} is no need; there are {', '.join(NEEDS)}")
        places = places[[need in served.split() for served in places["needs"]]]
    if kind is not None:
        there = sorted(places["kind"].unique())
        if kind not in there:
            raise InputError(f"no place is of the kind {kind!r}; there are {', '.join(there)}")
        places = places[places["kind"] == kind]
    return places.reset_index(drop=True)


def coming_openings(places: pd.DataFrame, at: datetime, city: City) -> pd.DataFrame:
    """Return when places are open in the five weeks from a moment on, as OPENINGS."""
    return openings(
        places[["resource_id", "hours"]],
        since=at,
        until=at + timedelta(days=SOON_DAYS),
        time_zone=city.time_zone,
        country=city.resources.country,
    )


def states_at(places: pd.DataFrame, at: datetime, city: City) -> pd.DataFrame:
    """Return what places are at a moment, with the index of ``places``.

    Adds     state       of ON_ARRIVAL; unknown where hours are not read fully
             closes_at   of the opening at that moment
             opens_at    next, where it is closed
    """
    coming = coming_openings(places, at, city)
    moment = pd.Timestamp(at)
    running = coming[(coming["opens_at"] <= moment) & (coming["closes_at"] > moment)]
    running = running.sort_values(["state", "closes_at"]).drop_duplicates(
        "resource_id", keep="last"
    )
    later = coming[coming["opens_at"] > moment].sort_values("opens_at")
    ids = places["resource_id"]
    now_open = running.set_index("resource_id").reindex(ids)
    next_open = later.drop_duplicates("resource_id").set_index("resource_id").reindex(ids)
    known = places["hours_state"].eq("read").to_numpy()
    state = now_open["state"].astype(object).fillna("closed").where(known, "unknown")
    closed = state.eq("closed").to_numpy()
    return pd.DataFrame(
        {
            "state": state.to_numpy(),
            "closes_at": pd.Series(now_open["closes_at"].array, places.index),
            "opens_at": pd.Series(next_open["opens_at"].array, places.index).where(closed),
        },
        index=places.index,
    )
