"""CPU time of the weekly refresh of a city's demand, each step's share, and the hand-written way.

Protocol. Instance: 3,997 cells of resolution 9 (a disc), 8,000 addresses with gamma rates, 60,000
calls for help in 104 weeks (seed 1), kept as one Parquet batch. Each step is timed once by process
CPU time, after one warm-up on a tenth of the calls (imports, first use of the engine). No learned
model. Limit of the issue: 5 CPU-seconds together.

Peer: the same cells, weeks and hot spots as many would write them by hand (one h3 call a row by
pandas ``apply``, ``groupby``, an exponentially weighted mean per cell by ``groupby.apply``, esda's
Gi* with 999 permutations and Benjamini-Hochberg), in the same run. The ratio is taken on those
steps alone: counts, rates and hot spots.

    make bench-refresh
"""

import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import h3
import numpy as np
import pandas as pd

from outreach import cells
from outreach.columns import empty
from outreach.config import AlertParams, DemandParams, ForecastParams, RepeatParams
from outreach.demand.alerts import alerts
from outreach.demand.areas import area_of_cells, area_weeks
from outreach.demand.calendar import calendar
from outreach.demand.counts import daily_totals, weekly_counts
from outreach.demand.emerging import emerging, labels_by_chance
from outreach.demand.forecast import forecast
from outreach.demand.hot_spots import hot_spots
from outreach.demand.panel import make_panel
from outreach.demand.rates import cell_rates
from outreach.ingest.code_map import normalise
from outreach.people.places import repeat_places
from outreach.resource_schemas import RESOURCES
from outreach.schemas import CALLS, NEEDS
from outreach.store.calls import barring, calls_view, demand, fetch

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ZONE = "America/New_York"
WEEKS, CALLS_TOTAL, ADDRESSES = 104, 60_000, 8_000
LIMIT_S = 5.0
TYPES = {need: f"TYPE {number}" for number, need in enumerate(NEEDS)}


def invent(rows: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return calls at addresses in a disc of cells, and the cells."""
    rng = np.random.default_rng(seed)
    middle = int(cells.fine_cells([-73.76], [42.65])[0])
    disc = cells.ring(int(cells.parents([middle], 9)[0]), 36)
    homes = rng.choice(disc, ADDRESSES, p=_shares(len(disc), rng))
    where = np.array([cells.centre(cell) for cell in homes]) + rng.normal(0, 3e-4, (ADDRESSES, 2))
    at = rng.choice(ADDRESSES, rows, p=_shares(ADDRESSES, rng))
    minutes = rng.integers(0, WEEKS * 7 * 24 * 60, rows)
    begun = pd.Timestamp(NOW).floor("D") - pd.Timedelta(weeks=WEEKS)
    received = (begun + pd.to_timedelta(minutes, unit="min")).astype("datetime64[us, UTC]")
    frame = pd.DataFrame(dict.fromkeys(CALLS.columns), index=range(rows)).assign(
        call_id=np.arange(rows),
        export="invented",
        received_at=received,
        date_only=False,
        known_at=received,
        source="911",
        source_told=True,
        initial_call_type=rng.choice(list(TYPES.values()), rows),
        address=[f"{n} Invented Street" for n in at],
        lon=where[at, 0],
        lat=where[at, 1],
        placed_by="coordinates",
        fine_cell=cells.fine_cells(where[at, 0], where[at, 1]),
    )
    texts = {name: "string" for name, column in CALLS.columns.items() if column.kind == "text"}
    return frame.astype(texts), disc


def _shares(count: int, rng: np.random.Generator) -> np.ndarray:
    parts = rng.gamma(0.5, 1, count)
    return parts / parts.sum()


def code_map() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "call_type": list(TYPES.values()),
            "need": list(TYPES),
            "map_confidence": "very",
            "counts_as": "demand",
            "divertible": True,
            "home_visit": True,
            "safety_concern": False,
        }
    )


class Clock:
    """CPU seconds of named steps."""

    def __init__(self) -> None:
        self.steps: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        began = time.process_time()
        yield
        self.steps[name] = time.process_time() - began


def refresh(path: Path, disc: np.ndarray, clock: Clock) -> dict[str, Any]:
    """Do what a refresh of the pages does, with the same functions."""
    params = DemandParams()
    no_shapes = gpd.GeoDataFrame({"name": [], "kind": []}, geometry=[], crs="EPSG:4326")
    with clock.step("open the record"):
        known = calls_view([path], code_map(), normalise=normalise, as_of=NOW, time_zone=ZONE)
        asked = demand(known)
    with clock.step("counts by cell, week and need"):
        counts = fetch(weekly_counts(asked, resolution=9))
        seen = calendar(fetch(daily_totals(asked)), as_of=NOW, time_zone=ZONE)
        panel = make_panel(counts, seen, cells=disc)
    with clock.step("rates and change"):
        rates = cell_rates(counts, seen, params=params, cells=disc)
    with clock.step("hot spots"):
        spots = hot_spots(panel, params=params)
    with clock.step("emerging labels"):
        labels = emerging(panel, params=params)
    with clock.step("labels by chance"):
        labels_by_chance(panel, params=params, seed=1)
    with clock.step("forecast with intervals"):
        forecast(panel, params=ForecastParams())
    with clock.step("neighbourhoods and alerts"):
        area_of = area_of_cells(panel.cells, no_shapes, resolution=7)
        alerts(area_weeks(counts, seen, area_of), params=AlertParams())
    with clock.step("repeat places"):
        places = repeat_places(
            asked, empty(RESOURCES), as_of=NOW, params=RepeatParams(), barring=barring(known)
        )
    return {"counts": counts, "rates": rates, "spots": spots, "labels": labels, "places": places}


def by_hand(path: Path, disc: np.ndarray, clock: Clock) -> pd.Series:
    """Count, rate and find hot spots as many would write it."""
    from esda.getisord import G_Local
    from libpysal.weights import W
    from scipy.stats import false_discovery_control

    calls = pd.read_parquet(path)
    with clock.step("h3 by apply, groupby"):
        calls["cell"] = calls.apply(lambda r: h3.latlng_to_cell(r["lat"], r["lon"], 9), axis=1)
        local = calls["received_at"].dt.tz_convert(ZONE).dt.tz_localize(None)
        calls["week"] = local.dt.normalize() - pd.to_timedelta(local.dt.day_of_week, unit="D")
        table = pd.crosstab(calls["cell"], calls["week"])
        texts = [cells.to_text(cell) for cell in disc]
        table = table.reindex(texts, fill_value=0)
    with clock.step("exponentially weighted mean by apply"):
        table.apply(lambda row: row.ewm(halflife=13).mean().iloc[-1], axis=1)
    with clock.step("esda Gi* with 999 permutations"):
        inside = set(texts)
        near = {c: [n for n in h3.grid_disk(c, 1) if n != c and n in inside] for c in texts}
        weights = W(near, silence_warnings=True)
        recent = table.iloc[:, -14:-1].sum(axis=1).to_numpy(float)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = G_Local(recent, weights, star=True, permutations=999, n_jobs=1, seed=1)
        q = false_discovery_control(found.p_sim)
    return pd.Series(q, index=texts)


def report(title: str, steps: dict[str, float]) -> float:
    total = sum(steps.values())
    print(f"\n{title}")
    for name, seconds in steps.items():
        print(f"  {name:40}{seconds:8.2f} s{seconds / total:8.0%}")
    print(f"  {'together':40}{total:8.2f} s")
    return total


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        warm, _ = invent(CALLS_TOTAL // 10, 2)
        frame, disc = invent(CALLS_TOTAL, 1)
        paths = [Path(folder) / name for name in ("warm.parquet", "calls.parquet")]
        for calls, path in zip((warm, frame), paths, strict=True):
            calls.to_parquet(path, index=False)
        refresh(paths[0], disc, Clock())
        ours, theirs = Clock(), Clock()
        made = refresh(paths[1], disc, ours)
        by_hand(paths[1], disc, theirs)
    print(f"{len(disc):,} cells, {len(frame):,} calls, {WEEKS} weeks; CPU seconds")
    total = report("refresh", ours.steps)
    report("by hand: counts, rates and hot spots only", theirs.steps)
    same = ("open the record", "counts by cell, week and need", "rates and change", "hot spots")
    ours_s = sum(ours.steps[name] for name in same)
    theirs_s = sum(theirs.steps.values())
    print(
        f"\nthe same steps: ours {ours_s:.2f} s, by hand {theirs_s:.2f} s: "
        f"{theirs_s / ours_s:.1f} times as long"
    )
    print(f"whole refresh {total:.2f} CPU s (limit {LIMIT_S:.0f}); {len(made['places']):,} places")


if __name__ == "__main__":
    main()
