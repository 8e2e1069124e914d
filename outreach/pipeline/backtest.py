"""Testing the forecast on past weeks of a city, and keeping the card that the app reads."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from pydantic import ValidationError

from outreach.config import City, ForecastParams, load_city
from outreach.demand.backtest import Backtest, backtest, score_horizon
from outreach.demand.calendar import calendar
from outreach.demand.card import from_card, to_card
from outreach.demand.counts import counts_between, daily_totals, weekly_counts
from outreach.demand.panel import Panel, make_panel
from outreach.demand.scores import parse_horizon
from outreach.errors import InputError, StoreError
from outreach.ingest.code_map import normalise
from outreach.people.place_backtest import place_backtest
from outreach.people.places import repeat_places
from outreach.pipeline.directory import whole_directory
from outreach.pipeline.setup import load_networks
from outreach.pipeline.view import apart_cells, known_calls, study_area
from outreach.reports.backtest_plot import draw_backtest
from outreach.roles import needs
from outreach.schemas import ALL_NEEDS, NEEDS
from outreach.store.calls import barring, demand, fetch
from outreach.store.folder import write_whole, writing
from outreach.weeks import at_local, local_date

Report = Callable[[str], None]
CARD = Path("models") / "forecast.json"


@dataclass(frozen=True)
class Study:
    """What to test, where it differs from the city's settings."""

    resolution: int | None = None
    call_types: tuple[str, ...] = ()  # a type, or how some types begin; none: the five needs
    flagged_share: float | None = None
    first_weeks: int | None = None
    learned: bool = False
    seed: int = 1

    @property
    def is_the_citys_own(self) -> bool:
        """Whether its outcome tells how good the forecast is that the app shows."""
        differs = (self.resolution, self.flagged_share, self.first_weeks)
        return not self.call_types and all(value is None for value in differs)

    def params(self, city: City) -> ForecastParams:
        """Return the city's settings with what differs.

        Raises   InputError   a value that cannot be
        """
        asked = {"flagged_share": self.flagged_share, "first_weeks": self.first_weeks}
        changed = {name: value for name, value in asked.items() if value is not None}
        try:
            return ForecastParams.model_validate({**city.forecast.model_dump(), **changed})
        except ValidationError as error:
            first = error.errors()[0]
            name, value = str(first["loc"][0]), first["input"]
            raise InputError(f"{name} cannot be {value}: {first['msg']}") from None


@dataclass(frozen=True)
class Record:
    """The calls that a study is about."""

    folder: Path
    city: City
    view: ir.Table  # calls for help of the chosen types
    types: dict[str, int]  # the chosen types with their calls; empty: all, by need
    needs: Sequence[str]
    resolution: int
    daily: pd.DataFrame  # day, calls   of all types: they show which days were seen
    apart: list[int]


@needs("manage")
def run_backtest(
    folder: Path, study: Study | None = None, *, now: datetime, report: Report = lambda _: None
) -> tuple[Backtest, Record]:
    """Forecast past weeks of a city and score what came; keep the card if it is the city's own.

    Every origin sees the calls received before it, whenever they were read in: history that was
    loaded at once is taken as known when it happened.

    Raises   InputError   no call of the types asked for, or too short a record
    """
    study = study or Study()
    report("counting calls")
    record = read_record(folder, study, now=now)
    done = backtest(
        panel_of(record, as_of=now),
        params=study.params(record.city),
        resolution=record.resolution,
        learned=study.learned,
        seed=study.seed,
        report=report,
    )
    if done.origins.empty:
        raise InputError(f"{record.city.name}: {done.verdict}")
    if study.is_the_citys_own:
        about = {
            "city": record.city.name,
            "invented_data": record.city.invented_data,
            "as_of": now.isoformat(),
            "counted": "calls for help with one of the five needs",
        }
        with writing(folder):
            card = json.dumps(to_card(done, about=about), indent=2)
            write_whole(folder / CARD, card + "\n")
    return done, record


@needs("counts")
def read_card(folder: Path) -> Backtest | None:
    """Return the city's last back-test; None where there is none yet.

    Raises   InputError   the card cannot be read
    """
    path = folder / CARD
    if not path.exists():
        return None
    try:
        return from_card(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, StoreError) as error:
        raise InputError(
            f"{path} cannot be read: {error}; make it anew: outreach backtest"
        ) from None


@needs("manage")
def read_record(folder: Path, study: Study, *, now: datetime, origin: date | None = None) -> Record:
    """Return the calls that a study is about.

    What is set apart as a facility or a default geocode is decided by the calls before the first
    week that is forecast, or before ``origin`` if that comes earlier.
    """
    city = load_city(folder)
    params = study.params(city)
    view = known_calls(folder, city, now)
    asked = demand(view)
    daily = fetch(daily_totals(asked))
    if daily.empty:
        raise InputError(f"{city.name} has no calls for help yet; read an export: outreach ingest")
    first = pd.Timestamp(daily["day"].min()).date() + timedelta(weeks=params.first_weeks)
    first = first if origin is None else min(first, origin)
    past = min(at_local(first, datetime.min.time(), city.time_zone), now)
    places = repeat_places(
        asked.filter(asked.received_at < past),
        whole_directory(folder),
        as_of=past,
        params=city.repeat,
        barring=barring(view),
    )
    types = _chosen(asked, study.call_types)
    return Record(
        folder=folder,
        city=city,
        view=asked.filter(asked.call_type.isin(list(types))) if types else asked,
        types=types,
        needs=ALL_NEEDS if types else NEEDS,
        resolution=study.resolution or city.demand.forecast_resolution,
        daily=daily,
        apart=apart_cells(places),
    )


def panel_of(record: Record, *, as_of: datetime, begins: int = 0) -> Panel:
    """Return a record's cells by weeks; ``begins`` is the weekday that weeks begin on.

    Only whole days before ``as_of`` count, also for what belongs to the study area.
    """
    before = record.view.filter(record.view.day < local_date(as_of, record.city.time_zone))
    counts = fetch(
        weekly_counts(before, resolution=record.resolution, apart=record.apart, begins=begins)
    )
    if counts.empty:
        raise InputError(
            f"{record.city.name}: no call for help of those asked for has a place on the map, so "
            "there are no hexagons to forecast"
        )
    seen = calendar(record.daily, as_of=as_of, time_zone=record.city.time_zone, begins=begins)
    networks = load_networks(record.folder)
    area = next(iter(networks.values())).hull if networks else None
    cells = study_area(area, counts, record.resolution)
    return make_panel(counts, seen, cells=cells, needs=record.needs)


def _chosen(view: ir.Table, wanted: Sequence[str]) -> dict[str, int]:
    """Return the call types that are, or begin as, those wanted, each with its calls."""
    if not wanted:
        return {}
    known = fetch(view.group_by("call_type").agg(calls=view.count()).drop_null("call_type"))
    found: dict[str, int] = {}
    for text in wanted:
        start = normalise(text)
        fits = known[known["call_type"].str.startswith(start)]
        if not start or fits.empty:
            most = ", ".join(known.nlargest(8, "calls")["call_type"])
            raise InputError(f"no call for help has a type like {text!r}; the most usual: {most}")
        found |= dict(zip(fits["call_type"], fits["calls"].astype(int), strict=True))
    return found


@needs("manage")
def run_horizons(
    folder: Path,
    study: Study,
    origin: date,
    horizons: Sequence[str],
    *,
    now: datetime,
    report: Report = lambda _: None,
) -> tuple[pd.DataFrame, Record]:
    """Forecast from one origin, knowing nothing later, and score several horizons.

    Returns  horizon, until (not in it), reached, and what ``score_horizon`` gives by method;
             NaN where the record does not reach so far
    Raises   InputError   a horizon that is none, or the record reaches none of them
    """
    report("counting calls")
    ends = {text: parse_horizon(text, origin) for text in horizons}
    record = read_record(folder, study, now=now, origin=origin)
    begins = pd.Timestamp(record.daily["day"].min()).date()
    if begins >= origin:
        raise InputError(
            f"the record of {record.city.name} begins on {begins}: there is nothing before "
            f"{origin} to forecast from; choose a later --origin"
        )
    known_until = pd.Timestamp(record.daily["day"].max()).date() + timedelta(days=1)
    reached = [text for text, end in ends.items() if end <= known_until]
    if not reached:
        last = known_until - timedelta(days=1)
        raise InputError(
            f"the record of {record.city.name} ends on {last}, before any of {', '.join(ends)} "
            f"from {origin} on is over; ingest later calls, or choose an earlier --origin"
        )
    as_of = at_local(origin, datetime.min.time(), record.city.time_zone)
    panel = panel_of(record, as_of=as_of, begins=origin.weekday())
    rows = []
    for text in reached:
        report(f"scoring {text}")
        actual, outside = _actual(record, panel, origin, ends[text])
        found = score_horizon(
            panel,
            actual,
            outside=outside,
            horizon_weeks=(ends[text] - origin).days / 7,
            params=study.params(record.city),
            learned=study.learned,
            seed=study.seed,
        )
        rows.append(found.assign(horizon=text, until=ends[text]))
    return pd.concat(rows, ignore_index=True), record


def _actual(record: Record, panel: Panel, first: date, until: date) -> tuple[np.ndarray, float]:
    """Return calls by cell of the panel in some days, and how many came from elsewhere."""
    counts = fetch(
        counts_between(
            record.view,
            resolution=record.resolution,
            first=first,
            until=until,
            apart=record.apart,
        )
    )
    asked = counts[counts["need"].isin(list(record.needs))].groupby("cell")["calls"].sum()
    inside = asked.reindex(panel.cells, fill_value=0).to_numpy(float)
    return inside, float(asked.sum() - inside.sum())


@needs("manage")
def run_place_backtest(
    folder: Path, study: Study | None = None, *, now: datetime, report: Report = lambda _: None
) -> pd.DataFrame:
    """Set the calls that came from the top 50 repeat places beside those expected, by origin.

    Adds     what ``place_backtest`` gives
    Raises   InputError   no call of the types asked for, or too short a record
    """
    report("listing places at past origins")
    record = read_record(folder, study or Study(), now=now)
    # Calls of chosen types count whether or not the city's map gives them a need.
    asked = record.view.mutate(need=ibis.literal(NEEDS[0])) if record.types else record.view
    found = place_backtest(
        asked,
        whole_directory(folder),
        as_of=now,
        params=record.city.repeat,
        calendar=calendar(record.daily, as_of=now, time_zone=record.city.time_zone),
    )
    if not found["places"].any():
        raise InputError(
            f"{record.city.name}: the record is too short, or no place called often enough, to "
            "test what is expected of repeat places"
        )
    return found


def backtest_facts(done: Backtest, record: Record) -> dict[str, Any]:
    """Return a back-test's figures for scripts: the forecast's at the top, the others by name."""
    methods = {method: _figures(done.scores, method) for method in done.scores["method"].unique()}
    return {
        "city": record.city.name,
        "call_types": record.types,
        "calls": done.calls,
        "first_week": done.first_week,
        "last_week": done.last_week,
        "resolution": done.resolution,
        "cells": done.cells,
        "flagged": done.flagged,
        "half_life_weeks": done.half_life_weeks,
        "ring_share": done.ring_share,
        "shown": done.shown,
        "verdict": done.verdict,
        "origins": done.origins["origin"].nunique(),
        **methods.pop("forecast"),
        **methods,
        "by_origin": _without_nan(done.origins).to_dict("records"),
    }


def _figures(scores: pd.DataFrame, method: str) -> dict[str, Any]:
    mine = scores[scores["method"] == method].set_index("metric")
    figures: dict[str, Any] = {metric: float(mine.loc[metric, "value"]) for metric in mine.index}
    ranges = {
        f"{metric}_interval": [float(mine.loc[metric, "low"]), float(mine.loc[metric, "high"])]
        for metric in mine.index
    }
    return figures | ranges


def horizon_facts(
    found: pd.DataFrame, record: Record, origin: date, horizons: Sequence[str]
) -> dict[str, Any]:
    """Return the figures of one origin for scripts; the first horizon's stand at the top too."""
    scored: dict[str, Any] = dict.fromkeys(horizons)  # null: the record does not reach so far
    for horizon, rows in _without_nan(found).groupby("horizon", sort=False):
        by_method = {row.pop("method"): row for row in rows.to_dict("records")}
        scored[str(horizon)] = by_method.pop("forecast") | by_method
    first = next(facts for facts in scored.values() if facts)
    return {
        "city": record.city.name,
        "call_types": record.types,
        "resolution": record.resolution,
        "origin": origin,
        **first,
        "horizons": scored,
    }


def _without_nan(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose missing numbers become null in JSON."""
    return frame.astype(object).where(frame.notna(), None)


def picture_kind(target: Path) -> Literal["png", "svg"]:
    """Return the kind of picture that a file's name asks for; ask before long work begins.

    Raises   InputError   an ending other than .png and .svg
    """
    kinds: dict[str, Literal["png", "svg"]] = {".png": "png", ".svg": "svg"}
    if target.suffix.lower() not in kinds:
        raise InputError(f"{target}: a picture must end in .png or .svg; nothing was done")
    return kinds[target.suffix.lower()]


def write_plot(done: Backtest, target: Path) -> None:
    """Draw a back-test into a .png or .svg file."""
    write_whole(target, draw_backtest(done, kind=picture_kind(target)))
