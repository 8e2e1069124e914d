import re
from dataclasses import replace

import pandas as pd
import pytest

from outreach.maps import base, offline, views, week

AM, PM = "\N{NO-BREAK SPACE}AM", "\N{NO-BREAK SPACE}PM"


@pytest.fixture(scope="module")
def view(fake_city, tmp_path_factory):
    return fake_city.view(tmp_path_factory.mktemp("city"))


@pytest.fixture(scope="module")
def around(view):
    ground = base.make_ground(view.networks["drive"].edges, view.areas)
    return week.Surroundings(ground, view.rates, view.resources)


@pytest.fixture(scope="module")
def files(view, around, tmp_path_factory):
    """Every standalone map as a file."""
    folder = tmp_path_factory.mktemp("maps")
    charts = {
        "week": week.week_map(view.plans[0], around),
        "demand": views.demand_map(view.rates, around.ground, title="Need", invented=True),
        "change": views.demand_map(view.rates, around.ground, title="Change", change=True),
        "places": views.places_map(view.places, view.clusters, around.ground, title="Places"),
    }
    paths = {}
    for name, chart in charts.items():
        paths[name] = folder / f"{name}.html"
        paths[name].write_text(offline.standalone(chart), encoding="utf-8")
    return paths


def test_every_stop_says_why_and_when(view, around):
    marks = week.stop_marks(view.plans[0], around.resources)
    stops = [mark for shift in marks.values() for mark in shift]
    assert len(stops) == len(view.plans[0].stops)
    for mark in stops:
        text = " ".join(mark.lines)
        assert re.search(r"\d:\d\d\s[AP]M – \d+:\d\d\s[AP]M, ", text)
        assert "calls a week come from here" in text


def test_times_are_those_of_the_citys_clocks(view, around):
    first = week.stop_marks(view.plans[0], around.resources)["2026-11-23/Team North"][0]
    assert first.lines[1].startswith(f"9:09{AM} – 9:29{AM}, Team North")


def test_redacted_help_is_on_no_map_and_in_no_stop(view, around, files):
    assert any(view.plans[0].nearest["name"] == "SECRET HOUSE")
    found = week.nearest_texts(view.plans[0], around.resources)
    assert not any("SECRET" in near.text for nears in found.values() for near in nears)
    for path in files.values():
        assert "SECRET" not in path.read_text()


def test_a_draft_says_so_and_a_published_plan_names_the_person(view, around, files):
    assert views.DRAFT_NOTE in files["week"].read_text()
    published = offline.standalone(week.week_map(view.plans[1], around))
    assert "Published by Lea" in published
    assert views.DRAFT_NOTE not in published


def test_invented_data_are_called_so(files):
    assert views.INVENTED_NOTE in files["week"].read_text()
    assert views.INVENTED_NOTE in files["demand"].read_text()
    assert views.INVENTED_NOTE not in files["places"].read_text()


def test_size_stays_small_enough_for_mail(files):
    assert all(100_000 < path.stat().st_size < 2_000_000 for path in files.values())


def test_help_no_longer_in_the_directory_is_not_named(view):
    found = week.nearest_texts(view.plans[0], view.resources.head(1))
    named = {near.text.split(" (")[0] for nears in found.values() for near in nears}
    assert named == {"City Hospital"}


HOURS = {
    "open": f"3 min on foot, open until 5:00{PM}",
    "by_appointment": "3 min on foot, by appointment",
    "unknown": "3 min on foot, ring first",
    "closed": f"3 min on foot, closed then, opens Tue 24 Nov, 9:00{AM}",
}


@pytest.mark.parametrize(("state", "words"), HOURS.items())
def test_help_nearby_says_how_far_it_is_and_whether_it_is_open(view, state, words):
    """At noon on a Monday, local time; a mark where somebody has to ring first."""
    plan = view.plans[0]
    opens = pd.Timestamp("2026-11-24T14:00Z") if state == "closed" else pd.NaT
    made = plan.nearest.assign(
        on_arrival=state, opens_at=pd.Series(opens, plan.nearest.index, "datetime64[us, UTC]")
    )
    marks = week.stop_marks(replace(plan, nearest=made), view.resources)
    lines = marks["2026-11-23/Team North"][0].lines
    ring = "☎ " if state in ("by_appointment", "unknown") else ""
    assert f"Help nearby: {ring}City Hospital (hospital), {words}" in lines
    assert sum(line.startswith("Help nearby") for line in lines) <= 3


def test_places_nobody_verified_of_late_are_greyed_on_the_map_of_a_week(view, around):
    plan, strict = view.plans[0], replace(around, stale_days=30)
    assert "ring first" not in week.week_surroundings(plan, around).get_root().render()
    assert "ring first" in week.week_surroundings(plan, strict).get_root().render()
    grey = "Grey squares: not verified for 30 days."
    assert grey not in week.week_map(plan, around).get_root().render()
    assert grey in week.week_map(plan, strict).get_root().render()


def test_one_far_point_does_not_make_the_map_small(view, around):
    far = view.rates.copy()
    far.loc[far.index[0], ["cell", "calls"]] = [0x892A1072B5BFFFF, 1]  # another city
    west, _, east, _ = views.bounds_of_cells(far["cell"], far["calls"], around.ground)
    assert east - west < 0.2


def opened(page, path):
    """Open a map and wait until it has zoomed to its bounds; meanwhile it heeds nothing."""
    page.goto(path.as_uri())
    page.locator(".leaflet-control-zoom").wait_for()
    page.wait_for_timeout(600)


@pytest.mark.browser
@pytest.mark.parametrize("name", ["week", "demand", "change", "places"])
@pytest.mark.parametrize("page", [1280, 390], indirect=True)
def test_a_map_opens_with_no_internet(page, files, name):
    page.goto(files[name].as_uri())
    page.locator(".leaflet-control-zoom").wait_for()
    drawn = page.evaluate("document.querySelectorAll('.leaflet-container canvas').length")
    assert drawn >= 2


@pytest.mark.browser
def test_a_day_and_a_team_can_be_chosen(page, files, view):
    page.goto(files["week"].as_uri())
    day, team = page.locator(".outreach-filter select").all()
    stops = page.locator(".outreach-stop")
    assert stops.count() == 15
    team.select_option("Team South")
    assert stops.count() == 5
    day.select_option(label="whole week")
    assert stops.count() == 25
    team.select_option(label="all teams")
    assert stops.count() == len(view.plans[0].stops)


@pytest.mark.browser
def test_a_strangers_text_is_shown_and_never_run(page, files, fake_city):
    page.goto(files["week"].as_uri())
    page.locator(".outreach-stop[title*='img src']").click(force=True)
    popup = page.locator(".leaflet-popup-content")
    popup.wait_for()
    assert fake_city.HOSTILE in popup.inner_text()
    assert popup.locator("img").count() == 0


@pytest.mark.browser
def test_street_names_appear_from_zoom_15(page, files):
    opened(page, files["demand"])
    inked = """() => {
        const canvas = document.querySelector('.leaflet-outreach-names-pane canvas');
        const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return pixels.data.some((value) => value > 0);
    }"""
    set_zoom = """(zoom) => {
        const map = Object.entries(window).find(([k, v]) => k.startsWith('map_') && v.setZoom)[1];
        map.setZoom(zoom, { animate: false });
    }"""
    page.evaluate(set_zoom, 14)
    assert not page.evaluate(inked)
    page.evaluate(set_zoom, 15)
    assert page.evaluate(inked)


@pytest.mark.browser
def test_a_hex_tells_its_calls(page, files):
    opened(page, files["demand"])
    page.mouse.move(560, 300)
    page.wait_for_timeout(100)  # Leaflet looks at the mouse every 32 ms
    page.mouse.move(566, 306)
    page.locator(".outreach-tip").wait_for()
    assert "calls a week" in page.locator(".outreach-tip").inner_text()


@pytest.mark.browser
def test_on_a_phone_the_heading_leaves_the_top_to_the_buttons(page, files):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(files["week"].as_uri())
    heading = page.locator(".outreach-panel", has_text="sweep of")
    assert heading.bounding_box()["y"] > 422


@pytest.mark.browser
def test_no_heading_lies_on_an_open_popup(page, files):
    page.goto(files["week"].as_uri())
    heading = page.locator(".leaflet-top .outreach-panel", has_text="sweep of")
    assert heading.is_visible()
    page.locator(".outreach-stop").first.click(force=True)
    page.locator(".leaflet-popup-content").wait_for()
    assert not heading.is_visible()
