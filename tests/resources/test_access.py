"""Access against PySAL's access package and against loops by hand."""

from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from outreach.columns import check
from outreach.config import ResourceParams
from outreach.resource_schemas import ACCESS
from outreach.resources.access import (
    access_by_hour,
    access_table,
    capacities,
    hours_of_cells,
    hours_of_city,
    open_by_hour,
    step_weights,
    two_step,
)

STEPS = {10: 1.0, 20: 0.68, 30: 0.22}
ZONE = "America/New_York"


def instance(seed, cells=60, places=15):
    rng = np.random.default_rng(seed)
    travel_min = rng.uniform(0, 60, (cells, places)).round(1)
    travel_min[:, 0] = np.inf  # one place that nobody reaches
    travel_min[0] = np.inf  # one cell that reaches nothing
    return rng.gamma(0.5, 4, cells), rng.integers(1, 30, places).astype(float), travel_min


def pairs(travel_min):
    cell, place = np.indices(travel_min.shape)
    return pd.DataFrame({"origin": cell.ravel(), "dest": place.ravel(), "cost": travel_min.ravel()})


def by_pysal(demand, capacity, travel_min, *, max_cost=None, weight_fn=None):
    from access.fca import two_stage_fca

    cells, places = (np.arange(size) for size in travel_min.shape)
    cost = pairs(travel_min)
    found = two_stage_fca(
        pd.DataFrame({"geoid": cells, "demand": demand}).set_index("geoid"),
        pd.DataFrame({"geoid": places, "supply": capacity}).set_index("geoid"),
        cost[np.isfinite(cost["cost"])],
        max_cost=max_cost,
        demand_index=True,
        supply_index=True,
        weight_fn=weight_fn,
    )
    return found.reindex(cells, fill_value=0.0).to_numpy()


@pytest.mark.parametrize("seed", range(8))
def test_steps_equal_pysals_enhanced_two_stage(seed):
    from access import weights

    demand, capacity, travel_min = instance(seed)
    travel_min[5, 3], travel_min[6, 3], travel_min[7, 3] = 10, 20, 30  # at the ends of bands
    expected = by_pysal(demand, capacity, travel_min, max_cost=30, weight_fn=weights.step_fn(STEPS))
    found = two_step(demand, capacity, travel_min, weights=STEPS)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)
    assert found[0] == 0
    assert found.max() > 0


@pytest.mark.parametrize("seed", range(4))
def test_one_band_and_a_function_equal_pysals(seed):
    from access import weights

    demand, capacity, travel_min = instance(seed)
    plain = two_step(demand, capacity, travel_min, weights={30: 1.0})
    np.testing.assert_allclose(
        plain, by_pysal(demand, capacity, travel_min, max_cost=30), atol=1e-9
    )
    fading = weights.gaussian(20)
    expected = by_pysal(demand, capacity, travel_min, weight_fn=fading)
    found = two_step(demand, capacity, travel_min, weights=fading)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.filterwarnings("ignore:The inplace keyword")
@pytest.mark.parametrize("seed", range(3))
def test_the_front_door_of_pysal_says_the_same(seed):
    """As its users call it, with every place in reach of somebody."""
    from access import Access, weights

    demand, capacity, travel_min = instance(seed)
    travel_min = np.where(np.isinf(travel_min), 25.0, travel_min)
    cells, places = (np.arange(size) for size in travel_min.shape)
    cost = pairs(travel_min)
    theirs = Access(
        demand_df=pd.DataFrame({"geoid": cells, "people": demand}),
        demand_index="geoid",
        demand_value="people",
        supply_df=pd.DataFrame({"geoid": places, "beds": capacity}),
        supply_index="geoid",
        supply_value="beds",
        cost_df=cost,
        cost_origin="origin",
        cost_dest="dest",
        cost_name="cost",
    )
    wide = weights.step_fn(STEPS)
    expected = theirs.enhanced_two_stage_fca(max_cost=30, weight_fn=wide)["e2sfca_beds"]
    found = two_step(demand, capacity, travel_min, weights=STEPS)
    np.testing.assert_allclose(found, expected.reindex(cells).to_numpy(), rtol=1e-9, atol=1e-9)


def test_what_places_have_is_all_shared_out():
    demand, capacity, travel_min = instance(1)
    travel_min = np.minimum(travel_min, 29)  # everything in reach
    shared = demand @ two_step(demand, capacity, travel_min, weights=STEPS)
    assert shared == pytest.approx(capacity.sum())


def test_no_demand_and_no_places_are_nothing_not_a_warning():
    travel_min = np.array([[5.0, 50.0], [40.0, 5.0]])
    assert two_step([0, 0], [3, 3], travel_min, weights=STEPS).tolist() == [0, 0]
    assert two_step([1, 1], [], np.empty((2, 0)), weights=STEPS).tolist() == [0, 0]
    assert two_step([1, 0], [3, 4], travel_min, weights=STEPS).tolist() == [3, 0]


def test_the_usual_bands_follow_the_catchment():
    assert step_weights(30) == STEPS
    assert list(step_weights(60)) == [20, 40, 60]


def test_capacity_that_is_not_on_file():
    known = pd.DataFrame({"capacity_maximum": [20.0, None, 40.0]})
    assert capacities(known).tolist() == [20, 30, 40]
    assert capacities(pd.DataFrame({"capacity_maximum": [None, None]})).tolist() == [1, 1]


def cells_of(demand):
    return pd.DataFrame({"cell": np.arange(len(demand)) + 10, "demand": demand})


def test_much_need_and_little_access():
    """Ten cells; the last two have the most demand, one of them far from everything."""
    demand = [0.0, 1, 1, 1, 1, 1, 1, 1, 1, 9, 8]
    near = np.full((11, 2), 5.0)
    near[10] = np.inf
    near[1] = [35.0, 80.0]
    table = check(
        access_table(cells_of(demand), [1, 1], near, params=ResourceParams()), ACCESS
    ).set_index("cell")
    assert table.index[table["gap"]].tolist() == [20]
    assert table.loc[20, "reason"] == "Much need, and no place within 30 min."
    assert pd.isna(table.loc[20, "nearest_min"])
    assert table.loc[11, "reason"] == "No place within 30 min; the nearest is 35 min away."
    assert table.loc[10, "reason"].startswith("No need on record; ")
    assert table.loc[19, "ratio"] == pytest.approx(25 / 16)  # 16 of 25 reach what is there
    assert table.loc[19, "reason"] == "156 % of the city's mean access; the nearest is 5 min away."
    mean = np.average(table["access"], weights=table["demand"])
    np.testing.assert_allclose(table["ratio"], table["access"] / mean)


def test_a_city_without_places_is_one_gap():
    table = access_table(cells_of([1.0, 5, 5]), [], np.empty((3, 0)), params=ResourceParams())
    assert check(table, ACCESS)["gap"].tolist() == [False, True, True]
    assert table["ratio"].tolist() == [0, 0, 0]
    empty = access_table(cells_of([]), [1.0], np.empty((0, 1)), params=ResourceParams())
    assert len(empty) == 0
    idle = access_table(cells_of([0.0, 0]), [1.0], [[1.0], [2]], params=ResourceParams())
    assert not idle["gap"].any()


def openings(*rows):
    frame = pd.DataFrame(rows, columns=["resource_id", "opens_at", "closes_at", "state"])
    for name in ("opens_at", "closes_at"):
        local = pd.to_datetime(frame[name]).dt.tz_localize(ZONE)
        frame[name] = local.dt.tz_convert("UTC").astype("datetime64[us, UTC]")
    return frame.assign(note="")


def test_open_by_the_local_clock():
    frame = openings(
        ("a", "2026-11-16 09:00", "2026-11-16 11:40", "open"),  # Monday; 11 to 12 is mostly open
        ("a", "2026-11-16 12:40", "2026-11-16 13:00", "open"),  # a third of the hour is not
        ("b", "2026-11-15 20:00", "2026-11-16 02:00", "open"),  # since Sunday
        ("b", "2026-11-22 23:00", "2026-11-23 04:00", "open"),  # into the week after
        ("c", "2026-11-17 09:00", "2026-11-17 12:00", "by_appointment"),
        ("other", "2026-11-17 09:00", "2026-11-17 12:00", "open"),
    )
    found = open_by_hour(frame, ["c", "b", "a"], monday=date(2026, 11, 16), time_zone=ZONE)
    assert found.shape == (168, 3)
    assert np.flatnonzero(found[:, 2]).tolist() == [9, 10, 11]
    assert np.flatnonzero(found[:, 1]).tolist() == [0, 1, 167]
    assert not found[:, 0].any()


@pytest.mark.parametrize(("monday", "sunday"), [("2026-03-02", "03-08"), ("2026-10-26", "11-01")])
def test_weeks_in_which_the_clock_changes(monday, sunday):
    """Nine to five on the clock stays nine to five on the Sunday of the change."""
    frame = openings(("a", f"2026-{sunday} 09:00", f"2026-{sunday} 17:00", "open"))
    found = open_by_hour(frame, ["a"], monday=date.fromisoformat(monday), time_zone=ZONE)
    assert np.flatnonzero(found[:, 0]).tolist() == [144 + hour for hour in range(9, 17)]
    always = pd.DataFrame(
        {
            "resource_id": ["a"],
            "opens_at": [pd.Timestamp(datetime(2026, 1, 1, tzinfo=UTC))],
            "closes_at": [pd.Timestamp(datetime(2027, 1, 1, tzinfo=UTC))],
            "state": ["open"],
        }
    )
    closed = np.flatnonzero(
        ~open_by_hour(always, ["a"], monday=date.fromisoformat(monday), time_zone=ZONE)[:, 0]
    )
    assert closed.tolist() == ([146] if "03" in sunday[:2] else [])  # two o'clock was skipped


def test_access_by_hour_is_the_same_sum_over_open_places_only():
    demand, capacity, travel_min = instance(2, cells=20, places=6)
    rng = np.random.default_rng(4)
    open_hours = rng.random((168, 6)) < 0.4
    open_hours[0], open_hours[1] = True, False
    found = access_by_hour(demand, capacity, travel_min, open_hours, weights=STEPS)
    always = two_step(demand, capacity, travel_min, weights=STEPS)
    np.testing.assert_allclose(found[:, 0], always)
    assert not found[:, 1].any()
    band = lambda t: 1.0 if t <= 10 else 0.68 if t <= 20 else 0.22 if t <= 30 else 0.0  # noqa: E731
    for hour in (2, 77, 167):
        for cell in range(20):
            total = 0.0
            for place in range(6):
                crowd = sum(demand[c] * band(travel_min[c, place]) for c in range(20))
                if open_hours[hour, place] and crowd:
                    total += band(travel_min[cell, place]) * capacity[place] / crowd
            assert found[cell, hour] == pytest.approx(total, rel=1e-12)
    city = hours_of_city(demand, found)
    assert city["access"].iloc[0] == pytest.approx(np.average(always, weights=demand))
    assert city["reached"].iloc[1] == 0
    assert city["reached"].iloc[0] == pytest.approx(demand[always > 0].sum() / demand.sum())
    each = hours_of_cells(cells_of(demand), found)
    assert each["open_hours"].iloc[0] == 0
    assert each["open_hours"].max() <= 167
