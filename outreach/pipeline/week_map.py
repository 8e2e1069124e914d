"""A week's plan as a map and as figures."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from outreach.maps.base import make_ground
from outreach.maps.offline import standalone
from outreach.maps.week import Surroundings, week_map
from outreach.pipeline.standing import as_it_may_be_shown
from outreach.pipeline.view import CityView, city_view
from outreach.pipeline.week import find_plan
from outreach.pipeline.week_inputs import Report
from outreach.plan.compare import figures
from outreach.plan.document import Plan
from outreach.roles import needs
from outreach.store.folder import write_whole


@needs("points")
def write_week_map(
    folder: Path,
    week: str,
    number: int | None,
    target: Path,
    *,
    now: datetime,
    report: Report,
    tiles: bool = False,
) -> None:
    """Write a plan's map as one HTML file that needs no internet, unless tiles are wanted.

    It is without stops that somebody has asked not to get since (safeguard 3).
    """
    plan = as_it_may_be_shown(folder, find_plan(folder, week, number), now=now)
    report("drawing the map")
    chart = week_map(plan, surroundings(city_view(folder, plan.as_of), tiles=tiles))
    write_whole(target, standalone(chart), private=True)


@needs("points")
def surroundings(view: CityView, *, tiles: bool = False) -> Surroundings:
    """Return what a week's map shows around the sweep."""
    edges = view.networks["drive"].edges if "drive" in view.networks else None
    return Surroundings(
        ground=make_ground(edges, view.areas, credit=view.city.streets_credit, tiles=tiles),
        rates=view.rates,
        resources=view.resources,
        stale_days=view.city.resources.stale_days,
    )


def plan_facts(plan: Plan) -> dict[str, Any]:
    """Return a plan's figures for people and scripts."""
    told = asdict(figures(plan))
    short = {key: round(one, 3) if isinstance(one, float) else one for key, one in told.items()}
    return {
        "week": plan.week,
        "number": plan.number,
        "status": plan.status,
        "shifts": len(plan.shifts),
        "candidates": len(plan.candidates),
        **short,
        "travel_h": round(told["travel_min"] / 60, 1),
        "made_from": plan.made_from,
        "clock_stopped": plan.clock_stopped,
        "solver": plan.solver,
        "notes": list(plan.notes),
    }
