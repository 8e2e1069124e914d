import itertools
import json
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from outreach import cells
from outreach.demand.panel import make_panel
from outreach.maps import base, demand, offline, style
from outreach.schemas import LABELS, NEEDS

HOSTILE = "</script><img src=x onerror=alert(1)> {{ 'boo' }}"
GROUND = base.make_ground(None, None)
MONDAY = date(2026, 6, 1)
MIDDLE = int(cells.parents(cells.fine_cells([-73.75], [42.65]).to_numpy(np.int64), 9)[0])
AREA = cells.ring(MIDDLE, 2)


def week(number):
    return MONDAY + timedelta(weeks=number)


def calendar(days_seen):
    return pd.DataFrame({"week": [week(n) for n in range(len(days_seen))], "days_seen": days_seen})


def counts_of(calls, need="conflict"):
    """COUNTS from an array of cells by weeks."""
    row, column = np.nonzero(calls)
    return pd.DataFrame(
        {
            "cell": AREA[row],
            "week": [week(int(n)) for n in column],
            "need": need,
            "calls": calls[row, column],
        }
    )


def data_of(chart, function):
    layers = [child for child in chart._children.values() if hasattr(child, "function")]
    return json.loads(next(layer.data for layer in layers if layer.function == function))


def legend_of(chart, title):
    panels = [json.loads(child.data) for child in chart._children.values() if "Panel" in str(child)]
    return next(panel for panel in panels if panel["title"] == title)


def counted(changes, steps):
    """Read a cell's values as draw.js does."""
    values = np.zeros(steps, int)
    for at, value in zip(changes[::2], changes[1::2], strict=True):
        values[at:] = value
    return values


def shown(data):
    """The number every cell shows at every step."""
    days = np.array([step[2] for step in data["steps"]])
    raw = np.array([counted(changes, len(days)) for _, changes, _ in data["cells"]])
    return np.where(days > 0, np.floor(raw * 28 / np.maximum(days, 1) + 0.5), 0).astype(int)


def timeline(calls, days_seen, **more):
    chart = demand.timeline_map(counts_of(calls), calendar(days_seen), GROUND, **more)
    return data_of(chart, "timeline")


def test_a_week_shows_the_calls_of_four_weeks_scaled_for_days_not_seen():
    rng = np.random.default_rng(3)
    days_seen = rng.choice([7, 7, 7, 5, 2], 20)
    calls = rng.poisson(0.6, (len(AREA), 20))
    data = timeline(calls, days_seen, weeks=9)
    expected = []
    for cell in calls:
        row = []
        for last in range(11, 20):
            window = range(last - 3, last + 1)
            days = sum(int(days_seen[n]) for n in window)
            row.append(int(sum(int(cell[n]) for n in window) * 28 / days + 0.5))
        if any(row):
            expected.append(row)
    assert shown(data).tolist() == expected
    assert [step[2] for step in data["steps"]] == [
        sum(days_seen[n - 3 : n + 1]) for n in range(11, 20)
    ]


def test_a_gap_is_one_step_that_says_so_and_never_a_fall():
    days_seen = [7] * 6 + [3, 0, 0, 0, 4] + [7] * 6
    calls = np.tile(np.array(days_seen), (3, 1))  # a call on every day that was seen
    data = timeline(calls, days_seen)
    words = [step[0] for step in data["steps"]]
    assert len(words) == len(days_seen) - 2
    gap = words.index("No calls on record")
    assert data["steps"][gap][1:] == ["20 Jul 2026 to 9 Aug 2026", 0]
    assert words[gap - 1] == "Four weeks to 15 Jul 2026"  # the last day before the gap
    assert words[gap + 1] == "Too few days on record"
    assert data["steps"][gap + 1][1:] == ["4 of the 28 to 16 Aug 2026", 0]
    assert data["steps"][gap + 2][:2] == ["Four weeks to 23 Aug 2026", "11 of 28 days on record"]
    days = np.array([step[2] for step in data["steps"]])
    assert (shown(data)[:, days > 0] == 28).all()


def test_weeks_after_the_last_call_are_no_steps_and_an_open_week_ends_with_its_last_day():
    calls = np.ones((2, 9), int)
    words = [step[0] for step in timeline(calls, [7] * 5 + [3, 0, 0, 0], weeks=4)["steps"]]
    assert words == [f"Four weeks to {day}" for day in ("21 Jun 2026", "28 Jun 2026")] + [
        "Four weeks to 5 Jul 2026",
        "Four weeks to 8 Jul 2026",
    ]


def test_one_need_or_the_five_together():
    frames = [counts_of(np.ones((1, 4), int), need) for need in (*NEEDS, "unknown")]
    counts, seen = pd.concat(frames), calendar([7] * 4)
    together = demand.timeline_map(counts, seen, GROUND)
    assert shown(data_of(together, "timeline"))[0, -1] == 20
    alone = demand.timeline_map(counts, seen, GROUND, need="unknown")
    assert shown(data_of(alone, "timeline"))[0, -1] == 4


def test_classes_are_the_same_for_all_weeks_and_say_whole_numbers():
    rng = np.random.default_rng(5)
    chart = demand.timeline_map(
        counts_of(rng.negative_binomial(1, 0.3, (len(AREA), 12))), calendar([7] * 12), GROUND
    )
    data = data_of(chart, "timeline")
    rows = legend_of(chart, "Calls in four weeks")["rows"]
    assert [row[0]["fill"] for row in rows] == data["colours"][::-1]
    assert 2 <= len(rows) == len(data["breaks"]) + 1 <= style.MAX_CLASSES
    assert all(isinstance(bound, int) for bound in data["breaks"])
    assert set(np.searchsorted(data["breaks"], shown(data), side="right").ravel()) == set(
        range(len(rows))
    )


def test_labels_of_whole_numbers_leave_none_out():
    assert style.count_labels([2, 3, 6]) == ["1", "2", "3 to 5", "6 and more"]
    assert style.count_labels([]) == ["1 and more"]
    assert style.count_breaks([1, 1, 1, 2, 7]) == sorted(set(style.count_breaks([1, 1, 1, 2, 7])))


@pytest.mark.parametrize("days_seen", [[], [0, 0], [3]])
def test_without_a_week_on_record_there_is_a_map_that_says_so(days_seen):
    counts = counts_of(np.zeros((1, 1), int))
    chart = demand.timeline_map(counts, calendar(days_seen), GROUND)
    assert legend_of(chart, "Calls in four weeks")["lines"] == ["No calls are on record."]
    assert "L.map(" in offline.standalone(chart)


def test_a_large_city_is_a_small_payload():
    disk = cells.ring(MIDDLE, 41)[:5000]
    calls = np.random.default_rng(2).poisson(0.25, (5000, 30))  # a call a month and hex
    row, column = np.nonzero(calls)
    counts = pd.DataFrame(
        {
            "cell": disk[row],
            "week": np.array([week(n) for n in range(30)])[column],
            "need": "conflict",
            "calls": calls[row, column],
        }
    )
    panel = make_panel(counts, calendar([7] * 30))
    layer, _ = demand.timeline_layer(panel, demand.timeline_steps(panel, 26), {})
    assert len(json.loads(layer.data)["cells"]) > 4900
    assert len(layer.data) < 900_000


def spots():
    return pd.DataFrame(
        {
            "cell": AREA[:4],
            "calls": [9, 5, 0, 2],
            "gi_z": [4.21, 2.9, -2.5, 0.3],
            "spot": ["hot", "hot", "cold", "none"],
            "reason": ["many", HOSTILE, "few", "some"],
        }
    )


def test_hot_and_cold_spots_are_told_in_words_with_their_colour():
    chart = demand.hot_spots_map(spots().assign(near=["Elm & Ash", None, "", " "]), GROUND)
    data = data_of(chart, "hexes")
    told = [(data["colours"][colour], lines) for _, colour, lines in data["cells"]]
    assert told == [
        (
            style.SPOTS["hot"],
            [
                "Around Elm & Ash",
                "Hot spot: far more calls than chance would put here (z 4.2)",
                "many",
            ],
        ),
        (
            style.SPOTS["hot"],
            ["Hot spot: more calls than chance would put here (z 2.9)", HOSTILE],
        ),
        (
            style.SPOTS["cold"],
            ["Cold spot: fewer calls than chance would put here (z -2.5)", "few"],
        ),
        (style.SPOTS["none"], ["Neither hot nor cold (z 0.3)", "some"]),
    ]
    rows = legend_of(chart, "Hot and cold spots")["rows"]
    assert [text for _, text in rows] == ["Hot spot: 2", "Cold spot: 1", "Neither hot nor cold: 1"]


def test_every_label_has_words_and_one_group():
    assert set(style.LABEL_WORDS) == set(LABELS)
    assert len(set(style.LABEL_WORDS.values())) == len(LABELS)
    grouped = [label for group in style.LABEL_GROUPS for label in group.labels]
    assert sorted(grouped) == sorted(LABELS)
    assert style.LABEL_GROUPS[-1].labels == ("none",)
    assert len(style.LABEL_GROUPS) - 1 <= style.MAX_CLASSES


# Machado, Oliveira & Fernandes 2009, full severity, on linear light
BLINDNESS = {
    "protan": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deutan": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritan": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
    "none": np.eye(3).tolist(),
}


def lab(colour, sight):
    """CIE L*a*b* of a colour as somebody sees it."""
    parts = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    light = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    seen = np.clip(np.array(BLINDNESS[sight]) @ light, 0, 1)
    x, y, z = np.cbrt(np.maximum(to_xyz @ seen / [0.9505, 1.0, 1.089], 1e-9))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("sight", BLINDNESS)
@pytest.mark.parametrize(
    "fills", [list(style.SPOTS.values()), [group.fill for group in style.LABEL_GROUPS]]
)
def test_colours_can_be_told_apart_by_every_eye(sight, fills):
    for one, other in itertools.combinations(fills, 2):
        assert np.linalg.norm(lab(one, sight) - lab(other, sight)) > 20, (one, other)


def test_emerging_labels_are_grouped_and_stand_beside_chance():
    labels = ["new_hot", "intensifying_hot", "historical_hot", "new_cold", "none"]
    frame = pd.DataFrame(
        {"cell": AREA[:5], "label": labels, "hot_steps": [1, 9, 8, 0, 0], "reason": HOSTILE}
    )
    chances = pd.DataFrame({"label": list(LABELS), "cells": 0, "by_chance": 0.25})
    chances["cells"] = chances["label"].isin(labels).astype(int)
    chart = demand.emerging_map(frame, chances, GROUND)
    data = data_of(chart, "hexes")
    assert [colour for _, colour, _ in data["cells"]] == [0, 0, 3, 4, 5]
    assert data["cells"][0][2] == ["New hot spot", HOSTILE]
    rows = legend_of(chart, "How heat went over time")["rows"]
    assert [text for _, text in rows] == [
        "Getting hot: 2 (by chance 0.75)",
        "Hot all along: 0",
        "On and off: 0 (by chance 0.5)",
        "Cooling: 1 (by chance 0.5)",
        "Cold: 1 (by chance 2)",
        "No pattern: 1",
    ]
    assert [look["fill"] for look, _ in rows] == data["colours"]


def test_a_forecast_stands_with_its_interval_and_the_thin_rest_is_left_clear():
    frame = pd.DataFrame(
        {
            "cell": AREA,
            "expected_calls": [2.4, *np.linspace(0.9, 0.5, 9), *[0.001] * (len(AREA) - 10)],
            "low": 0,
            "high": 5,
            "reason": "counted",
        }
    )
    chart = demand.forecast_map(frame.sample(frac=1, random_state=1), GROUND)
    data = data_of(chart, "hexes")
    assert len(data["cells"]) == 10
    _, colour, lines = data["cells"][0]
    assert lines == [
        "Calls expected next week: 2.4",
        "In nine weeks of ten between 0 and 5",
        "counted",
    ]
    assert colour == len(data["colours"]) - 1 == max(cell[1] for cell in data["cells"])


@pytest.mark.parametrize("draw", [demand.hot_spots_map, demand.forecast_map])
def test_empty_tables_make_empty_maps(draw):
    columns = ["cell", "calls", "gi_z", "spot", "reason", "expected_calls", "low", "high"]
    empty = pd.DataFrame({name: pd.Series(dtype=float) for name in columns})
    assert data_of(draw(empty, GROUND), "hexes")["cells"] == []


def test_an_empty_table_of_labels_makes_an_empty_map():
    frame = pd.DataFrame({"cell": [], "label": [], "hot_steps": [], "reason": []})
    chances = pd.DataFrame({"label": [], "cells": [], "by_chance": []})
    assert data_of(demand.emerging_map(frame, chances, GROUND), "hexes")["cells"] == []


@pytest.fixture(scope="module")
def files(fake_city, tmp_path_factory):
    """Every map as a file, with a stranger's text wherever there is text."""
    folder = tmp_path_factory.mktemp("maps")
    ground = base.make_ground(fake_city.network().edges, fake_city.areas())
    days_seen = [7] * 8 + [0, 0] + [7] * 2 + [3]
    calls = np.full((len(AREA), len(days_seen)), 1)
    calls[0, 9:] = 5  # so that there are two classes
    seen = calendar(days_seen)
    near = dict.fromkeys(AREA.tolist(), HOSTILE)
    blank = pd.DataFrame({"cell": AREA, "near": HOSTILE, "reason": HOSTILE, "hot_steps": 1})
    frame = blank.assign(
        calls=1, gi_z=3.0, spot="hot", label="new_hot", expected_calls=1.0, low=0, high=3
    )
    chances = pd.DataFrame({"label": ["new_hot"], "cells": [1], "by_chance": [0.2]})
    more = {"title": HOSTILE, "invented": True}
    charts = {
        "timeline": demand.timeline_map(counts_of(calls), seen, ground, near=near, **more),
        "spots": demand.hot_spots_map(frame, ground, **more),
        "emerging": demand.emerging_map(frame, chances, ground, **more),
        "forecast": demand.forecast_map(frame, ground, **more),
    }
    paths = {name: folder / f"{name}.html" for name in charts}
    for name, path in paths.items():
        path.write_text(offline.standalone(charts[name]), encoding="utf-8")
    return paths


def opened(page, path):
    """Open a map and wait until it has zoomed to its bounds; meanwhile it heeds nothing."""
    page.goto(path.as_uri())
    page.locator(".leaflet-control-zoom").wait_for()
    page.wait_for_timeout(600)


def at_a_hex(page):
    """Where the middle of the first hex is on the screen."""
    return page.evaluate("""() => {
        const map = Object.entries(window).find(([k, v]) => k.startsWith('map_') && v.setZoom)[1];
        let found;
        map.eachLayer((layer) => { found = layer.getPopup && layer.getPopup() ? layer : found; });
        const at = map.latLngToContainerPoint(found.getBounds().getCenter());
        return [at.x, at.y];
    }""")


@pytest.mark.browser
@pytest.mark.parametrize("name", ["timeline", "spots", "emerging", "forecast"])
@pytest.mark.parametrize("page", [1280, 390], indirect=True)
def test_a_strangers_text_is_shown_and_never_run(page, files, name):
    opened(page, files[name])
    page.mouse.click(*at_a_hex(page))
    popup = page.locator(".leaflet-popup-content")
    popup.wait_for()
    assert f"Around {HOSTILE}" in popup.inner_text()
    assert page.locator(".leaflet-container img").count() == 0


@pytest.mark.browser
def test_the_slider_is_moved_by_keys_and_recolours_without_making_hexes_anew(page, files):
    opened(page, files["timeline"])
    page.evaluate("() => { window.made = 0; L.Polygon.addInitHook(() => { window.made += 1; }); }")
    page.mouse.click(*at_a_hex(page))
    popup, told = page.locator(".leaflet-popup-content"), page.locator(".outreach-told")
    assert "Four weeks to 26 Aug 2026\n17 of 28 days on record" in told.inner_text()
    assert popup.inner_text().endswith(
        "Four weeks to 26 Aug 2026\n3 counted; 17 of 28 days on record"
    )
    slider = page.get_by_role("slider", name="Week")
    slider.focus()
    hexes = page.locator(".leaflet-outreach-hexes-pane canvas")
    before = hexes.evaluate("canvas => canvas.toDataURL()")
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    assert slider.get_attribute("aria-valuetext").startswith("No calls on record, 27 Jul 2026 to")
    assert page.locator(".leaflet-container.outreach-unseen").count() == 1
    assert "No calls on record" in popup.inner_text()
    page.wait_for_timeout(100)
    hidden = hexes.evaluate("canvas => canvas.toDataURL()")
    page.keyboard.press("Home")
    assert popup.inner_text().endswith(
        "4 calls\nFour weeks to 7 Jun 2026\n1 counted; 7 of 28 days on record"
    )
    page.wait_for_timeout(100)
    assert before != hidden != hexes.evaluate("canvas => canvas.toDataURL()")
    assert page.evaluate("window.made") == 0


@pytest.mark.browser
def test_the_weeks_play_and_stop(page, files):
    opened(page, files["timeline"])
    slider = page.get_by_role("slider", name="Week")
    last = int(slider.get_attribute("max"))
    page.get_by_role("button", name="Play the weeks").click()
    page.wait_for_function("+document.querySelector('.outreach-time input').value === 2")
    page.get_by_role("button", name="Pause").click()
    page.wait_for_timeout(1000)
    assert slider.input_value() == "2"
    slider.fill(str(last - 1))
    page.get_by_role("button", name="Play the weeks").click()
    page.wait_for_function(f"+document.querySelector('.outreach-time input').value === {last}")
    page.get_by_role("button", name="Play the weeks").wait_for()


@pytest.mark.browser
@pytest.mark.parametrize("page", [390], indirect=True)
def test_on_a_phone_the_control_is_wide_and_large_and_covers_nothing(page, files):
    opened(page, files["timeline"])
    bar = page.locator(".outreach-time").bounding_box()
    assert bar["width"] == 390
    slider = page.get_by_role("slider", name="Week").bounding_box()
    assert slider["width"] > 300
    assert slider["height"] >= 44
    button = page.get_by_role("button", name="Play the weeks").bounding_box()
    assert min(button["width"], button["height"]) >= 44
    for low in page.locator(".leaflet-bottom .leaflet-control").all():
        box = low.bounding_box()
        assert box["y"] + box["height"] <= bar["y"]
    told = page.locator(".outreach-told")
    assert told.evaluate("box => box.scrollWidth <= box.clientWidth")
