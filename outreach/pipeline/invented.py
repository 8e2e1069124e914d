"""Invented cities: a whole town, or invented calls on real streets, and the demo."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import tomlkit

from outreach.config import CONFIG_NAME, load_city
from outreach.errors import StoreError
from outreach.pipeline.backtest import CARD, run_backtest
from outreach.pipeline.directory import whole_directory
from outreach.pipeline.intake import Wishes, ingest_file
from outreach.pipeline.invented_work import invent_work
from outreach.pipeline.linkage import link_city
from outreach.pipeline.setup import NewCity, init_city, load_networks
from outreach.pipeline.week import make_week_plan
from outreach.roles import needs
from outreach.simulate.addresses import addresses
from outreach.simulate.calls import CallParams, Simulated, simulate_calls
from outreach.simulate.crew import TEAMS
from outreach.simulate.export import export_csv
from outreach.simulate.resources import dated
from outreach.simulate.town import Town, town
from outreach.store import batches, documents, tables
from outreach.store.folder import write_whole
from outreach.weeks import coming_week, local_date

Report = Callable[[str], None]
TOWN_TRAFFIC = [
    {"start": "07:30", "end": "09:30", "speed": 0.8},
    {"start": "15:30", "end": "18:00", "speed": 0.75},
]
TOWN_FLAGGED_SHARE = 0.05  # of its 450 hexes: one in a hundred would make a list of five
TRUTH = ("rows", "hot_spots", "people", "places", "facilities", "counts")


@dataclass(frozen=True)
class Invention:
    """What to invent: whole weeks of calls up to midnight before ``end``."""

    end: date
    seed: int = 1
    calls: CallParams = field(default_factory=CallParams)


@needs("manage")
def simulate_city(
    folder: Path, wanted: Invention, *, streets: Path | None = None, report: Report
) -> Simulated:
    """Invent calls for a city folder, which is made first where there is none.

    Writes exports/calls.csv and truth/*.csv, and marks the city's data as invented.

    Raises   StoreError   the city has calls already, which must not be mixed with invented ones
             InputError   the streets cannot be read, or have too few addresses
    """
    if batches.call_files(folder):
        raise StoreError(
            f"{folder} has calls already; invented ones would mix: nothing was changed"
        )
    if not (folder / CONFIG_NAME).exists():
        if streets is None:
            report("inventing a town")
            _init_town(folder, town(wanted.seed), wanted.end, report)
        else:
            init_city(folder, NewCity(streets=streets, invented_data=True), report=report)
    _mark_invented(folder)
    report("inventing calls")
    networks = load_networks(folder)
    if not networks:
        raise StoreError(f"{folder} has no streets to invent calls on; see outreach init")
    areas = tables.read_shapes(folder / "areas.geojson", ("name", "kind"))
    lines = tables.read_shapes(folder / "exports" / "streets.geojson", ())
    doors = addresses(lines if len(lines) else networks["drive"].edges, areas)
    made = simulate_calls(
        doors, end=wanted.end, seed=wanted.seed, params=wanted.calls,
        facilities=whole_directory(folder),
    )  # fmt: skip
    write_whole(folder / "exports" / "calls.csv", export_csv(made.export))
    for name in TRUTH:
        frame: pd.DataFrame = getattr(made, name)
        write_whole(folder / "truth" / f"{name}.csv", frame.to_csv(index=False))
    return made


def _init_town(folder: Path, made: Town, today: date, report: Report) -> None:
    """Give an invented town to the same reader that real cities' files go through."""
    with tempfile.TemporaryDirectory() as scratch:
        streets, areas, resources = (
            Path(scratch) / name for name in ("streets.geojson", "areas.geojson", "resources.csv")
        )
        tables.write_shapes(streets, made.streets)
        tables.write_shapes(areas, made.areas)
        dated(made.resources, today).to_csv(resources, index=False)
        new = NewCity(
            streets=streets,
            name=made.name,
            time_zone=made.time_zone,
            base=made.base,
            resources=(resources,),
            areas=areas,
            invented_data=True,
        )
        init_city(folder, new, report=report)
        write_whole(folder / "exports" / streets.name, streets.read_bytes())
    settings = _read_settings(folder)
    settings["forecast"]["flagged_share"] = TOWN_FLAGGED_SHARE
    settings["traffic"] = TOWN_TRAFFIC
    for team in settings["teams"]:
        for member, name in zip(team["members"], TEAMS[team["name"]], strict=True):
            member["name"] = name
    write_whole(folder / CONFIG_NAME, tomlkit.dumps(settings))


def _mark_invented(folder: Path) -> None:
    if not load_city(folder).invented_data:
        settings = _read_settings(folder)
        settings["invented_data"] = True
        write_whole(folder / CONFIG_NAME, tomlkit.dumps(settings))


def _read_settings(folder: Path) -> Any:
    return tomlkit.parse((folder / CONFIG_NAME).read_text(encoding="utf-8"))


@needs("manage")
def build_demo(folder: Path, *, now: datetime, report: Report) -> None:
    """Build the invented town with two years of calls, a tested forecast and a week's draft.

    A demo that stands is kept; it only gets what it lacks.
    """
    if not batches.call_files(folder):
        if not (folder / "exports" / "calls.csv").exists():
            wanted = Invention(end=local_date(now, "America/New_York"))
            simulate_city(folder, wanted, report=report)
        report("reading the invented export")
        ingest_file(folder, folder / "exports" / "calls.csv", Wishes(as_it_happened=True), now=now)
        report("who is who among the calls")
        link_city(folder, now=now, report=report)
    report("inventing what the teams did")
    invent_work(folder, now=now)
    if not (folder / CARD).exists():
        run_backtest(folder, now=now, report=report)
    week = coming_week(now, load_city(folder).time_zone)
    if not documents.plan_versions(folder, week):
        make_week_plan(folder, week, now=now, limit_s=5, report=report)
