"""Two years of calls for an invented or a real city, with the truth behind them."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from outreach.simulate.export import UNREADABLE, as_exported
from outreach.simulate.ground import Ground, make_ground
from outreach.simulate.kinds import (
    CALL_TYPES,
    DISPOSITIONS,
    NO_SOURCE_TYPES,
    RHYTHMS,
    SOURCES,
    season,
    table,
)
from outreach.simulate.plant import USUAL_CALLS_PER_WEEK, Source, plant
from outreach.simulate.subjects import subjects

# what a row of each kind of source adds to, in the words of schemas.COUNTS_AS
_COUNTS_AS = {
    "sharps": "sharps",
    "officer_initiated": "officer_initiated",
    "administrative": "administrative",
}


@dataclass(frozen=True)
class CallParams:
    """How many calls, over how long, and how untidy the export is."""

    weeks: int = 104
    calls_per_week: float = USUAL_CALLS_PER_WEEK  # for help with one of the five needs
    officer_share: float = 0.4  # of all rows
    default_geocode_share: float = 0.05
    time_zone: str = "America/New_York"
    messy: bool = True  # doubled, unreadable and badly placed rows


@dataclass(frozen=True)
class Simulated:
    """An export as a dispatch system writes it, and what is true behind it.

    export       text, columns as exported; ``overflow`` holds fields beyond the last column
    rows         one a row of the export: row (from 1, header not counted), incident, kind, label,
                 counts_as, need (group of call types), received_local, lon, lat, address (true
                 ones), person, damage ("" if none), doubled
    hot_spots    label, kind (steady, new, fading), lon, lat, starts_on, ends_on, weekly_rate
                 (when strongest), calls
    people       person, name, birth_date, id_style (stable, two_ids, no_id), subject_ids,
                 spellings, addresses (each separated by "; "), calls
    places       label, kind, address, lon, lat, weekly_rate, calls
    facilities   name, kind, address, lon, lat, calls, default_geocoded
    counts       what, rows   adds up to the rows of the export; rows whose damage is among
                 export.UNREADABLE are "bad: ...", doubled rows "doubled", others by counts_as

    Calls of the other frames are counted without doubled rows, unreadable ones among them.
    """

    export: pd.DataFrame
    rows: pd.DataFrame
    hot_spots: pd.DataFrame
    people: pd.DataFrame
    places: pd.DataFrame
    facilities: pd.DataFrame
    counts: pd.DataFrame


def simulate_calls(
    doors: pd.DataFrame,
    *,
    end: date,
    seed: int = 1,
    params: CallParams | None = None,
    facilities: pd.DataFrame | None = None,
) -> Simulated:
    """Simulate the calls of the whole weeks up to midnight before ``end``.

    Needs    doors        of addresses.addresses: of the invented town or of a real network
             facilities   name, kind, lon, lat and perhaps confidential or redacted, such as the
                          town's resources; may be left out
    Raises   InputError   too few addresses
    """
    params = params or CallParams()
    ground = make_ground(doors, facilities, np.random.default_rng([seed, 10]))
    sources = plant(
        ground,
        weeks=params.weeks,
        calls_per_week=params.calls_per_week,
        officer_share=params.officer_share,
        seed=seed,
    )
    rng = np.random.default_rng([seed, 12])
    calls = _times(_drawn(sources, end, params.weeks, rng), end, params, rng)
    calls = _described(calls, rng)
    calls, people = subjects(calls, rng)
    hall = ground.building("townhall")[0][1]
    export, rows = as_exported(
        calls,
        ground.doors,
        hall=hall if params.default_geocode_share else None,
        default_geocode_share=params.default_geocode_share,
        messy=params.messy,
        seed=seed,
    )
    return _told(export, rows, sources, people, ground, end=end)


def _drawn(sources: list[Source], end: date, weeks: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw a negative binomial number of calls for each source and week, and their addresses."""
    starts = [end - timedelta(weeks=weeks - n) for n in range(weeks)]
    expected = np.array([source.weekly for source in sources]) * season(starts)
    size = np.array([source.spread for source in sources])[:, None]
    counts = rng.negative_binomial(np.broadcast_to(size, expected.shape), size / (size + expected))
    source, week = np.nonzero(counts)
    repeat = counts[source, week]
    calls = pd.DataFrame({"source": np.repeat(source, repeat), "week": np.repeat(week, repeat)})
    door, group = [], []
    for number, total in calls["source"].value_counts(sort=False).sort_index().items():
        one = sources[int(str(number))]
        door.append(rng.choice(one.spots, total, p=one.shares))
        shares = np.array(list(one.groups.values()))
        group.append(rng.choice(list(one.groups), total, p=shares / shares.sum()))
    for column in ("kind", "label"):
        calls[column] = np.array([getattr(s, column) for s in sources], object)[calls["source"]]
    return calls.assign(door=np.concatenate(door), need=np.concatenate(group).astype(object))


def _times(
    calls: pd.DataFrame, end: date, params: CallParams, rng: np.random.Generator
) -> pd.DataFrame:
    """Give each call a wall-clock time by the rhythm of its group; hours skipped do not occur."""
    start = end - timedelta(weeks=params.weeks)
    day, hour = np.zeros(len(calls), int), np.zeros(len(calls), int)
    for group in sorted(calls["need"].unique()):
        rows = np.flatnonzero(calls["need"] == group)
        rhythm = RHYTHMS[group]
        day[rows] = rng.choice(7, len(rows), p=np.roll(rhythm.days, -start.weekday()))
        hour[rows] = rng.choice(24, len(rows), p=rhythm.hours)
    second = rng.integers(0, 3600, len(calls))
    past = (calls["week"].to_numpy() * 7 + day) * 86400 + hour * 3600 + second
    local = pd.Series(pd.Timestamp(start) + pd.to_timedelta(past, unit="s"))
    local = local.dt.as_unit("s").dt.tz_localize(
        params.time_zone, nonexistent=pd.Timedelta(hours=1), ambiguous=np.ones(len(local), bool)
    )
    calls = calls.assign(received_local=local.dt.tz_localize(None))
    return calls.sort_values(["received_local", "source"], kind="stable", ignore_index=True)


def _described(calls: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Give each call its types, source and disposition, as the dispatch centre writes them."""
    columns = ("initial_type", "final_type", "source_text", "disposition")
    told = {column: np.full(len(calls), "", object) for column in columns}
    for group in sorted(calls["need"].unique()):
        rows = np.flatnonzero(calls["need"] == group)
        for column, tables in zip(
            columns, (CALL_TYPES, CALL_TYPES, SOURCES, DISPOSITIONS), strict=True
        ):
            texts, shares = table(group, tables)
            told[column][rows] = rng.choice(np.array(texts, object), len(rows), p=shares)
    chance = rng.random(len(calls))
    told["final_type"] = np.where(chance < 0.8, told["initial_type"], told["final_type"])
    told["final_type"] = np.where(chance > 0.97, "", told["final_type"])
    alarm = told["initial_type"] == "BURGLAR ALARM"
    told["source_text"] = np.where(alarm, "ALARM COMPANY", told["source_text"])
    unsaid = np.isin(told["initial_type"], NO_SOURCE_TYPES) & (chance < 0.06)
    told["source_text"] = np.where(unsaid, "", told["source_text"])
    return calls.assign(
        **told, counts_as=calls["kind"].map(_COUNTS_AS).fillna("demand").astype(object)
    )


def _told(
    export: pd.DataFrame,
    rows: pd.DataFrame,
    sources: list[Source],
    people: pd.DataFrame,
    ground: Ground,
    *,
    end: date,
) -> Simulated:
    """Gather the truth frames."""
    once = rows[~rows["doubled"]]
    calls = once.groupby(["kind", "label"]).size()
    who = once.groupby("label").size()
    doors = ground.doors
    hall = ground.building("townhall")[0]
    buildings = ground.buildings.assign(
        address=doors["address"].to_numpy()[ground.buildings["door"]],
        lon=doors["lon"].to_numpy()[ground.buildings["door"]],
        lat=doors["lat"].to_numpy()[ground.buildings["door"]],
        calls=[int(calls.get(("facility", name), 0)) for name in ground.buildings["name"]],
    )
    moved = int((once["damage"] == "default_geocode").sum())
    buildings["default_geocoded"] = np.where(buildings["name"] == hall[0], moved, 0)
    homes = [source for source in sources if source.kind == "person"]
    used = {s.label: "; ".join(doors["address"].iloc[list(s.spots)]) for s in homes}
    people = people.assign(
        addresses=people["person"].map(used), calls=people["person"].map(who).fillna(0).astype(int)
    )
    what = np.where(rows["damage"].isin(UNREADABLE), "bad: " + rows["damage"], rows["counts_as"])
    what = np.where(rows["doubled"], "doubled", what)
    counts = pd.Series(what).value_counts().sort_index()
    return Simulated(
        export,
        rows,
        _spots_table(sources, calls, ground, end),
        people,
        _places_table(sources, calls, ground),
        buildings.drop(columns="door"),
        counts.rename_axis("what").reset_index(name="rows"),
    )


def _spots_table(
    sources: list[Source], calls: pd.Series, ground: Ground, end: date
) -> pd.DataFrame:
    table = []
    for spot in (source for source in sources if source.kind == "hot_spot"):
        active = np.flatnonzero(spot.weekly > 0.1 * spot.weekly.max())
        starts, ends = (
            end - timedelta(weeks=len(spot.weekly) - int(week))
            for week in (active[0], active[-1] + 1)
        )
        lon, lat = (
            float(ground.doors[c].to_numpy()[spot.spots] @ spot.shares) for c in ("lon", "lat")
        )
        total = int(calls.get(("hot_spot", spot.label), 0))
        strongest = float(spot.weekly.max())
        table.append((spot.label, spot.detail, lon, lat, starts, ends, strongest, total))
    columns = ["label", "kind", "lon", "lat", "starts_on", "ends_on", "weekly_rate", "calls"]
    return pd.DataFrame(table, columns=columns)


def _places_table(sources: list[Source], calls: pd.Series, ground: Ground) -> pd.DataFrame:
    places = [source for source in sources if source.kind == "place"]
    at = ground.doors.iloc[[int(place.spots[0]) for place in places]]
    return pd.DataFrame(
        {
            "label": [place.label for place in places],
            "kind": [place.detail for place in places],
            "address": at["address"].to_numpy(),
            "lon": at["lon"].to_numpy(),
            "lat": at["lat"].to_numpy(),
            "weekly_rate": [float(place.weekly.mean()) for place in places],
            "calls": [int(calls.get(("place", place.label), 0)) for place in places],
        }
    )
