"""Walks of small areas: where many call whom no list names, and a drawn share where few call."""

from collections.abc import Collection, Iterable
from datetime import date
from math import ceil

import numpy as np
import pandas as pd

from outreach.cells import centre, from_text, parents, resolution_of, ring, to_text
from outreach.config import PlanParams
from outreach.people.expected import NEXT_WEEKS
from outreach.plan.found import Found
from outreach.plan.rules import NOTHING
from outreach.plan.visit_rows import Hours, Row, Told, Visit, visit_row


def daylight_hours(params: PlanParams, daylight: Hours) -> Hours:
    """Return the hours of walks, cut by those that are light."""
    begin = max(params.walks_from, daylight[0])
    return begin, max(begin, min(params.walks_until, daylight[1]))


def unlisted(found: Found) -> pd.Series:
    """Return by cell the calls a week that no listed person or place accounts for, barred or not.

    At each door the listing that counts more stands for both, since they share calls; a place
    stands for the calls expected from it, as its own visit does. Calls at facilities and default
    geocodes are not in the rates of cells to begin with.
    """
    persons, places, rates = found.persons, found.places, found.rates
    left = pd.Series(rates["weekly_rate"].to_numpy(float), index=rates["cell"].to_numpy(np.int64))
    by_place = places.set_index("place_id")["expected_calls"].astype("float64") / NEXT_WEEKS
    by_person = persons.groupby("place_id")["weekly_rate"].sum().astype("float64")
    doors = pd.concat([by_place, by_person]).groupby(level=0).max()
    doors = doors.drop(places.loc[places["kind"] != "place", "place_id"], errors="ignore")
    if left.empty or doors.empty:
        return left
    fine = np.array([from_text(str(door)) for door in doors.index], np.int64)
    taken = doors.groupby(parents(fine, resolution_of(int(left.index[0])))).sum()
    return left.sub(taken.reindex(left.index, fill_value=0.0)).clip(lower=0.0)


def areas(rates: pd.DataFrame, left: pd.Series, params: PlanParams, hours: Hours) -> list[Row]:
    """Return walks of the areas with calls beyond the listed doors, at most as many as fit."""
    known = rates.assign(unlisted=left.to_numpy(float))
    top = known[known["unlisted"] > 0].nlargest(params.max_candidates, "unlisted")
    rows = []
    for area in top.to_dict("records"):
        reason = (
            f"{str(area['reason']).rstrip('. ')}; {area['unlisted']:.1f} a week come from no "
            f"listed door, and a walk is assumed to reach {params.walk_reach:.0%} of them"
        )
        rows.append(_walk("cell", area, area["unlisted"], reason, params, hours))
    return rows


def _walk(kind: str, area: Told, left: float, reason: str, params: PlanParams, hours: Hours) -> Row:
    text = to_text(area["cell"])
    lon, lat = centre(area["cell"])
    visit = Visit(
        kind=kind,
        key=text,
        subject=text,
        lon=lon,
        lat=lat,
        label=f"walk around {area.get('near') or f'cell {text}'}",
        need=area["top_need"],
        prize=left * params.walk_reach,
        service_min=params.cell_walk_min,
        reason=reason,
        hours=hours,
    )
    return visit_row(visit, NOTHING, None)


def exploration_size(others: int, params: PlanParams) -> int:
    """Return how many walks to draw so that they are the share of all that may be planned."""
    share = params.exploration_share
    if share == 1:
        return params.max_candidates
    asked = ceil(others * share / (1 - share) - 1e-9)
    return min(asked, ceil(params.max_candidates * share - 1e-9))


def exploration(
    rates: pd.DataFrame,
    left: pd.Series,
    taken: Collection[str],
    monday: date,
    params: PlanParams,
    hours: Hours,
) -> list[Row]:
    """Return walks of areas with few calls in the order of a draw by seed and week.

    Few: at most the median rate of the areas with any call. Beside areas with calls, because a
    walk needs streets and people, and the study area reaches far into woods.
    """
    called = rates[rates["calls"] > 0]
    if called.empty:
        return []
    near = _around(called["cell"])
    few = rates[rates["weekly_rate"] <= called["weekly_rate"].median()]
    few = few[few["cell"].isin(near)].sort_values("cell")
    few = few[[to_text(cell) not in taken for cell in few["cell"]]]
    order = np.random.default_rng([params.seed, monday.toordinal()]).permutation(len(few))
    told = (
        f"drawn by lot for the week of {monday} among {len(few)} areas with few calls, so that "
        f"{params.exploration_share:.0%} of the stops go where few call"
    )
    rows = []
    for area in few.iloc[order[: params.max_candidates]].to_dict("records"):
        reason = f"{_times(area['calls'])} in the whole record; {told}"
        rows.append(_walk("exploration", area, left[area["cell"]], reason, params, hours))
    return rows


def _around(cells: Iterable[int]) -> set[int]:
    return {int(near) for cell in cells for near in ring(int(cell))}


def _times(calls: int) -> str:
    return "1 call" if calls == 1 else f"{calls or 'No'} calls"
