from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point, box

from outreach import cells
from outreach.columns import check
from outreach.demand.areas import OUTSIDE, area_of_cells, area_weeks
from outreach.schemas import ALL_NEEDS, AREA_WEEKS

WEST, SOUTH, EAST, NORTH = -73.80, 42.60, -73.70, 42.70


def shapes(*rows):
    name, kind, geometry = zip(*rows, strict=True) if rows else ((), (), ())
    data = {"name": list(name), "kind": list(kind)}
    return gpd.GeoDataFrame(data, geometry=list(geometry), crs="EPSG:4326")


@pytest.fixture(scope="module")
def town_cells():
    return cells.covering(box(WEST, SOUTH, EAST, NORTH), 8)


@pytest.fixture(scope="module")
def areas():
    """Two halves, a centre that lies over both, a park over all, and a second piece of the west."""
    return shapes(
        ("Centre", "neighbourhood", box(-73.76, 42.64, -73.74, 42.66)),
        ("West", "neighbourhood", box(WEST, SOUTH, -73.75, NORTH)),
        ("Park", "park", box(WEST, SOUTH, EAST, NORTH)),
        ("East", "neighbourhood", box(-73.75, SOUTH, -73.71, NORTH)),
        ("West", "neighbourhood", box(-73.705, SOUTH, EAST, NORTH)),
    )


def by_hand(cell, areas):
    """Go through the shapes one by one; the smallest that holds the middle counts."""
    inside = [
        (row.geometry.area, row.name_)
        for row in areas.rename(columns={"name": "name_"}).itertuples()
        if row.kind == "neighbourhood" and row.geometry.covers(Point(cells.centre(cell)))
    ]
    return min(inside)[1] if inside else OUTSIDE


@pytest.mark.parametrize("turned", [False, True])
def test_each_cell_gets_the_smallest_neighbourhood_round_its_middle(town_cells, areas, turned):
    areas = areas.iloc[::-1] if turned else areas
    found = area_of_cells(town_cells, areas, resolution=7)
    assert found.to_dict() == {cell: by_hand(cell, areas) for cell in town_cells.tolist()}
    assert set(found) == {"Centre", "West", "East", OUTSIDE}
    assert found.index.name == "cell"


def test_without_neighbourhoods_the_coarse_cell_is_the_area(town_cells):
    found = area_of_cells(town_cells, shapes(("Pond", "water", box(0, 0, 1, 1))), resolution=7)
    expected = [cells.to_text(cell) for cell in cells.parents(town_cells, 7)]
    assert found.tolist() == expected
    assert area_of_cells([], shapes(), resolution=7).empty


def test_cells_may_repeat_and_come_in_any_order(town_cells, areas):
    twice = np.concatenate([town_cells[::-1], town_cells])
    pd.testing.assert_series_equal(
        area_of_cells(twice, areas, resolution=7), area_of_cells(town_cells, areas, resolution=7)
    )


@pytest.fixture
def weekly():
    """Three weeks, the last of which has been seen on two days, and calls of two of three areas."""
    weeks = [date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 16)]
    calendar = pd.DataFrame({"week": weeks, "days_seen": [7, 0, 2]})
    counts = pd.DataFrame(
        [
            (1, weeks[0], "conflict", 3), (2, weeks[0], "conflict", 4),
            (3, weeks[2], "unknown", 5), (1, date(2026, 3, 23), "conflict", 9),
        ],
        columns=["cell", "week", "need", "calls"],
    )  # fmt: skip
    area_of = pd.Series({1: "A", 2: "A", 3: OUTSIDE, 4: "B", 5: OUTSIDE}, name="area")
    return counts, calendar, area_of


def test_counts_add_up_by_area_with_zeros_for_every_week_and_need(weekly):
    counts, calendar, area_of = weekly
    found = check(area_weeks(counts, calendar, area_of), AREA_WEEKS)
    assert len(found) == 3 * 3 * len(ALL_NEEDS)
    called = found[found["calls"] > 0].set_index(["area", "week", "need"])["calls"].to_dict()
    assert called == {
        ("A", date(2026, 3, 2), "conflict"): 7,
        (OUTSIDE, date(2026, 3, 16), "unknown"): 5,
    }
    assert found.groupby("week")["days_seen"].unique().map(list).tolist() == [[7], [0], [2]]


def test_what_lies_outside_is_listed_only_with_calls(weekly):
    counts, calendar, area_of = weekly
    found = area_weeks(counts[counts["cell"] != 3], calendar, area_of)
    assert set(found["area"]) == {"A", "B"}
    assert area_weeks(counts, calendar.iloc[:0], area_of).empty


def test_a_cell_without_an_area_is_a_mistake_of_the_caller(weekly):
    counts, calendar, area_of = weekly
    with pytest.raises(KeyError):
        area_weeks(counts, calendar, area_of.drop(2))
