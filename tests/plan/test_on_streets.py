"""A week on real streets: the plan's ways are the network's ways."""

from datetime import UTC, datetime

import pytest

from outreach.geo import distance_m
from outreach.plan.document import from_json, to_json
from outreach.plan.make import Order, checked, make_plan, week_travel
from outreach.plan.search import default_solver
from outreach.plan.shifts import week_shifts
from outreach.streets.build import read_streets
from outreach.weeks import parse_week


@pytest.mark.real
def test_a_week_in_downtown_denver(real_data, city, make_candidates):
    path = real_data / "streets" / "denver_downtown_drive.graphml"
    streets = read_streets(path, drive_speed_kmh=32, walk_speed_kmh=4.5)
    middle = streets.networks["drive"].hull.centroid
    home = city.home_base.model_copy(update={"lon": middle.x, "lat": middle.y})
    there = city.model_copy(update={"home_base": home, "time_zone": "America/Denver"})
    rows = make_candidates(60, spread=0.006)
    rows["lon"] += middle.x + 73.76
    rows["lat"] += middle.y - 42.65
    made_at = datetime(2026, 11, 20, tzinfo=UTC)
    plan = make_plan(
        rows,
        week_shifts(there, parse_week("2026-W48")),
        streets.networks,
        order=Order(there, "2026-W48", made_at=made_at, as_of=made_at),
        solver=default_solver(),
    )
    assert len(plan.stops) > 30
    for leg in plan.legs.itertuples():
        straight = distance_m(*leg.geometry.coords[0], *leg.geometry.coords[-1])
        assert leg.distance_m >= straight * 0.99
    again = from_json(to_json(plan))
    travel = week_travel(again.candidates, again.shifts, streets.networks)
    assert checked(again, travel) is again
