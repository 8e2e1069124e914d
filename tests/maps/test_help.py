"""Maps of help: classes, marks, outlines, and nothing that is redacted."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from outreach import cells
from outreach.maps import base, offline, style
from outreach.maps import help as maps

HOSTILE = "</script><img src=x onerror=alert(1)> {{ 'boo' }}"
HIDDEN = "SECRET HOUSE"
GROUND = base.make_ground(None, None)
MIDDLE = int(cells.parents(cells.fine_cells([-73.75], [42.65]).to_numpy(np.int64), 9)[0])
AREA = cells.ring(MIDDLE, 1)
LIMITS = (5.0, 10.0, 15.0, 30.0)


@pytest.fixture
def places(make_resources):
    made = make_resources(
        name=["Open House", HOSTILE, "Closed House", "Asked House", HIDDEN],
        kind=["library", "library", "food_pantry", "shelter", "shelter"],
        redacted=[False] * 4 + [True],
    )
    return made.assign(state=["open", "unknown", "closed", "by_appointment", "open"])


@pytest.fixture
def hexes():
    return pd.DataFrame(
        {
            "cell": AREA,
            "near": ["Elm & Ash", *[""] * 6],
            "calls": [3.0, 1, 1, 1, 1, 1, 0],
            "minutes": [5.0, 5.1, 10.0, 15.0, 29.0, 31.0, np.nan],
            "reason": ["Open House is 5 min away.", *["far"] * 6],
        }
    )


def data_of(chart, function):
    layers = [child for child in chart._children.values() if hasattr(child, "function")]
    return json.loads(next(layer.data for layer in layers if layer.function == function))


def legends(chart):
    panels = [json.loads(child.data) for child in chart._children.values() if "Panel" in str(child)]
    return {panel["title"]: [text for _, text in panel["rows"]] for panel in panels}


def test_minutes_fall_into_the_classes_that_the_legend_names(hexes, places):
    chart = maps.proximity_map(hexes, places, GROUND, limits=LIMITS)
    data = data_of(chart, "hexes")
    assert [kind for _, kind, _ in data["cells"]] == [0, 1, 1, 2, 3, 4, 5]
    assert data["cells"][0][2] == [
        "Around Elm & Ash",
        "Open House is 5 min away.",
        "3 calls a week",
    ]
    told = legends(chart)["To the nearest place"]
    assert told == [
        "within 5 min", "5 to 10 min", "10 to 15 min", "15 to 30 min", "more than 30 min",
        "none is reached",
    ]  # fmt: skip
    assert len(data["colours"]) == len(told) == style.MAX_CLASSES + 1


def test_places_show_what_they_are_then_and_a_redacted_one_is_nowhere(hexes, places):
    chart = maps.proximity_map(hexes, places, GROUND, limits=LIMITS, title="Near", invented=True)
    marks = data_of(chart, "marks")
    said = {lines[0]: (marks["looks"][look]["fill"], lines[2]) for _, look, lines in marks["marks"]}
    assert said["Open House"] == ("#ffffff", "Open at that time")
    assert said["Closed House"][1] == "Closed at that time"
    assert said[HOSTILE][1] == "Hours not known"
    assert len({fill for fill, _ in said.values()}) == 3
    rows = legends(chart)["Places"]
    assert {"Open at that time: 1", "Closed at that time: 1", "Hours not known: 1"} <= set(rows)
    page = offline.standalone(chart)
    assert HIDDEN not in page
    assert "<img src=x" not in page
    assert "Invented data" in page


def test_areas_of_a_place_are_outlines_that_let_hexes_answer(hexes, places):
    hole = shapely.box(0.2, 0.2, 0.3, 0.3)
    one = shapely.box(0, 0, 1, 1).difference(hole)
    shape = shapely.MultiPolygon([one, shapely.box(2, 2, 3, 3)])
    areas = gpd.GeoDataFrame({"minutes": [5.0]}, geometry=[shape], crs=4326)
    chart = maps.proximity_map(hexes, places, GROUND, limits=LIMITS, areas=areas)
    data = data_of(chart, "shapes")
    assert [len(rings) for rings, _ in data["shapes"]] == [2, 1]
    assert data["line"]["interactive"] is False
    assert "Areas of the chosen place" in legends(chart)["Places"]


def test_gaps_are_outlined_over_classes_of_access(places):
    table = pd.DataFrame(
        {
            "cell": AREA[:5],
            "near": "",
            "demand": [4.0, 1, 1, 1, 0],
            "access": [0.0, 0.1, 1, 3, 9],
            "ratio": [0.0, 0.4, 1.0, 2.5, 9.0],
            "nearest_min": [np.nan, 20, 10, 2, 2],
            "gap": [True, False, False, False, False],
            "reason": "so it is",
        }
    )
    chart = maps.access_map(table, places, GROUND)
    assert [kind for _, kind, _ in data_of(chart, "hexes")["cells"]] == [0, 1, 2, 4]
    assert len(data_of(chart, "shapes")["shapes"]) == 1
    assert legends(chart)["Help within reach"][-1] == "Much need, little access: 1"
    assert HIDDEN not in offline.standalone(chart)


def test_sites_are_numbered_and_hexes_show_minutes_saved(hexes):
    sites = pd.DataFrame(
        {
            "site_id": ["a", "b", "c"],
            "name": ["First", HOSTILE, "Second"],
            "lon": -73.75,
            "lat": 42.65,
            "chosen": pd.array([1, None, 2], dtype="Int64"),
            "mean_min": 3.0,
            "worst_min": 9.0,
            "covered": 2.0,
            "reason": "why",
        }
    )
    today = pd.DataFrame({"name": ["Old"], "lon": [-73.75], "lat": [42.65]})
    cells_ = hexes.assign(
        demand=1.0,
        today_min=[9.0, 9, 9, 30, np.nan, 9, 9],
        new_min=[9.0, 8.5, 8, 5, 5, 9, 9],
    )
    chart = maps.site_map(cells_, sites, today, GROUND)
    drawn = [(kind, lines[0]) for _, kind, lines in data_of(chart, "hexes")["cells"]]
    assert drawn == [
        (0, "8 min instead of 9"),
        (4, "5 min instead of 30"),
        (4, "5 min to a new site; none is reached today"),
    ]
    marks = data_of(chart, "marks")
    numbers = [marks["looks"][look]["text"] for _, look, _ in marks["marks"]]
    assert numbers == ["•", "", "2", "1"]  # the best lies on top
    assert "<img src=x" not in offline.standalone(chart)
