"""The nearest help of a whole plan: on its streets, at its hours, in its teams' way of travel."""

from dataclasses import replace
from datetime import time

import numpy as np
import pandas as pd
import pytest

from outreach.columns import check
from outreach.config import ResourceParams, Traffic
from outreach.pipeline.nearby import nearest_help
from outreach.plan.document import from_json, to_json
from outreach.resource_schemas import NEAREST
from outreach.streets.network import make_network
from outreach.streets.travel import travel_between


@pytest.fixture(scope="module")
def view(fake_city, tmp_path_factory):
    """The invented city, whose people are not asked to walk for more than a quarter of an hour."""
    made = fake_city.view(tmp_path_factory.mktemp("city"))
    near = ResourceParams(walk_limit_min=15)
    return replace(made, city=made.city.model_copy(update={"resources": near}))


@pytest.fixture(scope="module")
def networks(fake_city):
    edges = fake_city.network().edges
    on_foot = edges.assign(travel_s=edges["length_m"] / 1.25)
    return {"drive": make_network("drive", edges), "walk": make_network("walk", on_foot)}


@pytest.fixture(scope="module")
def found(view, networks):
    return nearest_help(view.plans[0], view.resources, networks, view.city)


def where(frame, ids):
    chosen = frame.set_index(frame.columns[0]).loc[ids]
    return chosen["lon"].to_numpy(float), chosen["lat"].to_numpy(float)


def ways(view, networks, found, mode):
    """Seconds and metres of each offer by the whole table of ways."""
    stops = where(view.plans[0].candidates, found["stop_id"])
    places = where(view.resources, found["resource_id"])
    return (np.diag(table) for table in travel_between(networks[mode], stops, places))


def test_times_and_lengths_are_those_of_the_streets(view, networks, found):
    check(found, NEAREST)
    walk_s, walk_m = ways(view, networks, found, "walk")
    drive_s, drive_m = ways(view, networks, found, "drive")
    np.testing.assert_allclose(found["walk_s"], walk_s)
    np.testing.assert_allclose(found["drive_s"], drive_s)
    by_car = found["mode"].eq("drive").to_numpy()
    np.testing.assert_array_equal(by_car, walk_s > 15 * 60)
    assert 0 < by_car.sum() < len(found)
    np.testing.assert_allclose(found["distance_m"], np.where(by_car, drive_m, walk_m))
    np.testing.assert_allclose(found["travel_s"], np.where(by_car, drive_s, walk_s))


def test_one_leaves_when_the_visit_ends(view, found):
    leave = view.plans[0].stops.set_index("candidate_id")["leave_at"]
    way = found["arrive_at"] - found["stop_id"].map(leave)
    assert ((way.dt.total_seconds() - found["travel_s"]).abs() <= 1).all()


def test_every_stop_has_help_and_none_of_it_is_redacted(view, found):
    planned = view.plans[0].candidates.merge(view.plans[0].stops, on="candidate_id")
    served = planned["need"].isin(["homelessness", "mental_health", "unknown"])
    assert set(found["stop_id"]) == set(planned.loc[served, "candidate_id"])
    assert found.groupby("stop_id").size().max() == 3
    secret = view.resources.loc[view.resources["redacted"], "resource_id"]
    assert not found["resource_id"].isin(secret).any()
    assert not found["reason"].str.contains("SECRET").any()


def test_hours_are_those_of_the_week_and_of_its_holiday(view, found):
    """Weekdays nine to five, and nothing is said of Thanksgiving."""
    holiday = found["arrive_at"].dt.date.astype(str).eq("2026-11-26")
    assert set(found.loc[~holiday, "on_arrival"]) == {"open"}
    assert set(found.loc[holiday, "on_arrival"]) == {"unknown"}
    assert found.loc[holiday, "reason"].str.contains("a public holiday: ring 555 0100").all()
    open_ = found[~holiday]
    local = open_["closes_at"].dt.tz_convert(view.city.time_zone)
    assert set(local.dt.strftime("%H:%M")) == {"17:00"}


def test_a_team_on_foot_is_sent_nowhere_by_car(view, networks):
    plan = view.plans[0]
    first = plan.shifts["team"].iloc[0]
    walkers = plan.shifts["travel"].where(plan.shifts["team"] != first, "walk")
    mixed = replace(plan, shifts=plan.shifts.assign(travel=walkers))
    made = nearest_help(mixed, view.resources, networks, view.city)
    theirs = plan.stops.loc[plan.stops["team"] == first, "candidate_id"]
    on_foot = made["stop_id"].isin(theirs)
    assert made.loc[on_foot, "mode"].eq("walk").all()
    assert made.loc[~on_foot, "mode"].eq("drive").any()
    assert made.loc[on_foot, "reason"].str.contains("the team has no car").any()


def test_in_slow_hours_it_takes_longer_by_car(view, networks, found):
    slow = Traffic(days=("mon",), start=time(0), end=time(23, 45), speed=0.5)
    city = view.city.model_copy(update={"traffic": (slow,)})
    made = nearest_help(view.plans[0], view.resources, networks, city)
    both = made.merge(found, on=["stop_id", "resource_id"], suffixes=("", "_free"))
    days = view.plans[0].stops.set_index("candidate_id")["day"].astype(str)
    ratio = (both["drive_s"] / both["drive_s_free"]).groupby(both["stop_id"].map(days)).mean()
    assert ratio.round(3).to_dict() == {
        "2026-11-23": 2.0, "2026-11-24": 1.0, "2026-11-25": 1.0, "2026-11-26": 1.0,
        "2026-11-27": 1.0,
    }  # fmt: skip


def test_in_fast_hours_ways_by_car_keep_their_length(view, networks):
    fast = Traffic(start=time(0), end=time(23, 45), speed=1.5)
    city = view.city.model_copy(update={"traffic": (fast,)})
    drive = {"drive": networks["drive"]}
    made = nearest_help(view.plans[0], view.resources, drive, city)
    free = nearest_help(view.plans[0], view.resources, drive, view.city)
    both = made.merge(free, on=["stop_id", "resource_id"], suffixes=("", "_free"))
    assert (both["drive_s"] < both["drive_s_free"] - 1).any()
    assert both["distance_m"].to_numpy() == pytest.approx(both["distance_m_free"].to_numpy())


def test_without_streets_or_places_there_is_none(view, networks):
    plan = view.plans[0]
    assert nearest_help(plan, view.resources, {}, view.city).empty
    assert nearest_help(plan, view.resources.head(0), networks, view.city).empty
    redacted = view.resources[view.resources["redacted"]]
    assert nearest_help(plan, redacted, networks, view.city).empty
    nowhere = replace(plan, stops=plan.stops.head(0))
    assert nearest_help(nowhere, view.resources, networks, view.city).empty
    drive = {"drive": networks["drive"]}
    made = nearest_help(plan, view.resources, drive, view.city)
    assert set(made["mode"]) == {"drive"}
    assert made["walk_s"].isna().all()


def test_a_plan_keeps_its_nearest_help_as_text(view, found):
    plan = from_json(to_json(replace(view.plans[0], nearest=found)))
    pd.testing.assert_frame_equal(plan.nearest, found, check_dtype=False)
