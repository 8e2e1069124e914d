"""What would change if something new stood somewhere: a place of help, a sharps box, a base."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from outreach.cells import fine_cells, parents, resolution_of
from outreach.columns import check
from outreach.errors import InputError
from outreach.geo import distance_m
from outreach.language.translate import N_
from outreach.pipeline.help import (
    Ask,
    FloatArray,
    fitting,
    network_of,
    shown_places,
    study_cells,
)
from outreach.pipeline.help_access import UNITS, Demand, demand_of
from outreach.pipeline.view import CityView
from outreach.resource_schemas import SITES
from outreach.resources.sites import Choice, Goal, choose_sites
from outreach.roles import needs
from outreach.streets.network import Mode
from outreach.streets.reach import within
from outreach.streets.travel import points_of

What = Literal["help", "sharps_box", "base"]
SHARPS_BOX = "sharps_box"
LISTED = "listed places and people"
# Kinds of places where something new could be a guest, if the city does not say others.
HOSTS = ("library", "community_center", "health_center", "social_services", "townhall")
NO_HOSTS = ("prison", "police", "courthouse")
HEX_AROUND = N_("Hex around {place}")
BY_ITSELF = N_("By itself: {share} within {minutes} min ({today} today), {mean} min on average.")
_COLUMNS = ["site_id", "name", "lon", "lat"]

Points = tuple[FloatArray, FloatArray]


@dataclass(frozen=True)
class Candidates:
    """Where something new could stand; all of them together are the candidates."""

    hosts: tuple[str, ...] = HOSTS  # kinds of places of the directory
    busiest: int = 10  # middles of the hexes with most demand
    bases: bool = False
    points: tuple[tuple[str, float, float], ...] = ()  # name, lat, lon


@dataclass(frozen=True)
class Wish:
    """What is to be placed, for whom, how people come, and what the best place is."""

    what: What = "help"
    need: str | None = None  # of a place of help; None: any
    kind: str | None = None  # of places that count as there today; None: any that serves the need
    mode: Mode = "walk"
    demand: Demand = "calls"
    goal: Goal = "p_median"
    count: int = 1
    within_min: float = 15.0


@dataclass(frozen=True)
class Figures:
    """How near something is to the demand."""

    mean_min: float | None  # None: from some of the demand nothing is reached
    worst_min: float | None
    covered: float  # demand within the limit
    share: float  # of all demand
    people: float | None  # people within the limit, where they are known


@dataclass(frozen=True, eq=False)
class SiteChoice:
    """The best sites beside today's places, and what they would change."""

    wish: Wish
    unit: str  # of demand
    sites: pd.DataFrame  # SITES, chosen ones first
    cells: pd.DataFrame  # cell, near, demand, people, today_min, new_min
    today: pd.DataFrame  # name, lon, lat
    before: Figures
    after: Figures


@needs("counts")
def site_choice(view: CityView, wish: Wish, candidates: Candidates) -> SiteChoice:
    """Choose where something new would be best, beside what stands today, and tell the gain.

    A base is for listed places and people, counted by hex; a sharps box for calls about substance
    use, since pickups of needles are too few to go by.

    Raises   StreetsError, InputError   no streets for that mode, no demand, no candidates
             OutreachError              not solved in time
    """
    network = network_of(view, wish.mode)
    _near_enough(view, candidates)
    cells = study_cells(view, network)
    cells["demand"], unit = _demand(view, wish, cells)
    if not (cells["demand"] > 0).any():
        raise InputError(f"there are no {unit} of this kind on record, so no site can be judged")
    today = standing_today(view, wish)
    possible = possible_sites(view, wish, candidates, cells)
    if possible.empty:
        raise InputError("there is no candidate: choose kinds of places, busy hexes or a point")
    today_min = _minutes(view, wish, cells, today).min(axis=1, initial=np.inf)
    new_min = _minutes(view, wish, cells, possible)
    choice = choose_sites(
        cells["demand"].to_numpy(float),
        new_min,
        today_min,
        goal=wish.goal,
        count=wish.count,
        within_min=wish.within_min,
    )
    then = np.minimum(today_min, new_min[:, list(choice.chosen)].min(axis=1, initial=np.inf))
    shown = cells.assign(today_min=_or_empty(today_min), new_min=_or_empty(then))
    return SiteChoice(
        wish=wish,
        unit=unit,
        sites=_sites(possible, choice, cells["demand"].to_numpy(float), new_min, today_min, wish),
        cells=shown,
        today=today[["name", "lon", "lat"]],
        before=_figures(shown, "today_min", wish.within_min),
        after=_figures(shown, "new_min", wish.within_min),
    )


def _near_enough(view: CityView, candidates: Candidates) -> None:
    """See to it that points that were typed lie in the city: numbers are soon swapped."""
    west, south, east, north = next(iter(view.networks.values())).bounds
    for name, lat, lon in candidates.points:
        inside = (min(max(lon, west), east), min(max(lat, south), north))
        away_km = float(distance_m(lon, lat, *inside)) / 1000
        if away_km > view.city.study_area_buffer_km:
            raise InputError(
                f"“{name}” lies {away_km:,.0f} km from the streets; latitude comes first"
            )


def _or_empty(minutes: FloatArray) -> FloatArray:
    return np.where(np.isfinite(minutes), minutes, np.nan)


def _demand(view: CityView, wish: Wish, cells: pd.DataFrame) -> tuple[FloatArray, str]:
    if wish.what == "base":
        return _listed(view, cells["cell"]), LISTED
    need = "substance_use" if wish.what == "sharps_box" else wish.need
    return demand_of(view, need, cells, wish.demand), UNITS[wish.demand]


def _listed(view: CityView, cells: pd.Series) -> FloatArray:
    """Return how many listed places and people each hex has that may be visited at the door."""
    places = view.places[(view.places["kind"] == "place") & view.places["home_visit"]]
    people = view.persons[view.persons["home_visit"].astype(bool)]
    points = [frame[["lon", "lat"]] for frame in (places, people) if len(frame)]
    found = pd.concat(points, ignore_index=True).dropna() if points else pd.DataFrame()
    if found.empty or not len(cells):
        return np.zeros(len(cells))
    fine = fine_cells(found["lon"], found["lat"]).to_numpy(np.int64)
    counts = pd.Series(parents(fine, resolution_of(int(cells.iloc[0])))).value_counts()
    return np.asarray(counts.reindex(cells.to_numpy(np.int64)).fillna(0), float)


def standing_today(view: CityView, wish: Wish) -> pd.DataFrame:
    """Return where it can be had today: name, lon, lat, site_id; redacted places never."""
    if wish.what == "base":
        return _bases(view)
    if wish.what == "sharps_box":
        shown = view.resources[~view.resources["redacted"].astype(bool)]
        places = shown[shown["kind"] == SHARPS_BOX]
    else:
        places = shown_places(view.resources)
        places = places.iloc[fitting(places, Ask(need=wish.need, kind=wish.kind))]
    return _as_sites(places)


def _as_sites(places: pd.DataFrame) -> pd.DataFrame:
    return places.rename(columns={"resource_id": "site_id"})[_COLUMNS].reset_index(drop=True)


def _bases(view: CityView) -> pd.DataFrame:
    rows = [(f"base {base.name}", base.name, base.lon, base.lat) for base in view.city.all_bases]
    return pd.DataFrame(rows, columns=_COLUMNS)


def host_kinds(view: CityView, wish: Wish) -> list[str]:
    """Return the kinds of places in the directory where something new could be a guest."""
    shown = view.resources[~view.resources["redacted"].astype(bool)]
    return sorted(set(shown["kind"]) - {*NO_HOSTS, wish.kind})


def possible_sites(
    view: CityView, wish: Wish, candidates: Candidates, cells: pd.DataFrame
) -> pd.DataFrame:
    """Return all candidates, without redacted places and without those that stand today.

    Needs    cell, near, lon, lat, demand
    Adds     site_id, name, lon, lat
    """
    kinds = set(candidates.hosts) & set(host_kinds(view, wish))
    shown = view.resources[~view.resources["redacted"].astype(bool)]
    found = [_as_sites(shown[shown["kind"].isin(kinds)])]
    busy = cells[cells["demand"] > 0].nlargest(candidates.busiest, "demand")
    found.append(
        pd.DataFrame(
            {
                "site_id": [f"hex {cell}" for cell in busy["cell"]],
                "name": [
                    HEX_AROUND.format(place=near) if near else "A busy hex" for near in busy["near"]
                ],
                "lon": busy["lon"],
                "lat": busy["lat"],
            }
        )
    )
    if candidates.bases and wish.what != "base":
        found.append(_bases(view))
    typed = [(f"point {n}", name, lon, lat) for n, (name, lat, lon) in enumerate(candidates.points)]
    found.append(pd.DataFrame(typed, columns=_COLUMNS))
    both = pd.concat([frame for frame in found if len(frame)] or found[:1], ignore_index=True)
    there = standing_today(view, wish)
    return both[~both["site_id"].isin(there["site_id"])].reset_index(drop=True)


def _minutes(view: CityView, wish: Wish, cells: pd.DataFrame, places: pd.DataFrame) -> FloatArray:
    """Return minutes, hexes by places: to a place of help, but from a base out."""
    if places.empty:
        return np.zeros((len(cells), 0))
    network = view.networks[wish.mode]
    here, there = points_of(cells), points_of(places)
    if wish.what == "base":
        return np.asarray(within(network, there, here).T / 60)
    return within(network, here, there) / 60


def _figures(cells: pd.DataFrame, column: str, within_min: float) -> Figures:
    some = cells[cells["demand"] > 0]
    minutes, demand = some[column], some["demand"]
    all_reached = bool(minutes.notna().all())
    covered = float(demand[minutes <= within_min].sum())
    people = None
    if cells["people"].notna().any():
        people = float(cells.loc[cells[column] <= within_min, "people"].sum())
    return Figures(
        mean_min=float(np.average(minutes, weights=demand)) if all_reached else None,
        worst_min=float(minutes.max()) if all_reached else None,
        covered=covered,
        share=covered / float(demand.sum()),
        people=people,
    )


def _sites(
    possible: pd.DataFrame,
    choice: Choice,
    demand: FloatArray,
    new_min: FloatArray,
    today_min: FloatArray,
    wish: Wish,
) -> pd.DataFrame:
    """Return every candidate with what it would change by itself; the chosen ones come first."""
    rank = {site: place for place, site in enumerate(choice.chosen, start=1)}
    some = demand > 0
    alone = np.minimum(new_min, today_min[:, None])[some]
    near = (alone <= wish.within_min).T @ demand[some]
    made = possible.assign(
        chosen=pd.array([rank.get(site) for site in range(len(possible))], dtype="Int64"),
        mean_min=(demand[some] @ alone) / demand[some].sum(),
        worst_min=alone.max(axis=0),
        covered=near,
    )
    whole, today = demand[some].sum(), choice.today.covered
    made["reason"] = _reasons(made, near / whole, today / whole, wish.within_min)
    order = made.sort_values(["chosen", "covered", "mean_min"], ascending=[True, False, True])
    return check(order.reset_index(drop=True)[list(SITES.columns)], SITES)


def _reasons(
    sites: pd.DataFrame, share: npt.NDArray[np.float64], today: float, within_min: float
) -> list[str]:
    return [
        BY_ITSELF.format(
            share=f"{one:.0%}", minutes=f"{within_min:g}", today=f"{today:.0%}", mean=f"{mean:.1f}"
        )
        for one, mean in zip(share, sites["mean_min"], strict=True)
    ]
