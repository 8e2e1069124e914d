"""The pages in a real browser with no internet; one server for all tests."""

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent.parent
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(fake_city, gate_server, tmp_path_factory):
    script = fake_city.write_app(tmp_path_factory.mktemp("app"), pace_s=0.2)
    with gate_server.the_app(script.parent / "city", script=script, now=fake_city.NOW) as url:
        yield url


def the_map(page):
    frame = page.frame_locator("iframe").first
    frame.locator(".leaflet-control-zoom").wait_for(timeout=60_000)
    return frame


def settled(locator, count):
    """Wait until there are that many."""
    for _ in range(100):
        if locator.count() == count:
            return True
        locator.page.wait_for_timeout(100)
    return False


@pytest.mark.parametrize("page", [1280, 390], indirect=True)
def test_the_sweep_is_on_the_map_and_in_the_list(page, address, fake_city):
    page.goto(f"{address}/sweep")
    chart = the_map(page)
    assert settled(chart.locator(".outreach-stop"), 15)
    assert settled(page.locator("ol.itinerary li"), 15)
    assert page.get_by_text("Invented data").count() == 1
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0  # nothing to scroll sideways on a phone


def test_a_day_and_a_team_change_routes_on_the_same_map(page, address):
    page.goto(f"{address}/sweep")
    chart = the_map(page)
    assert settled(chart.locator(".outreach-stop"), 15)
    frame = page.frames[-1]
    frame.evaluate("window.map.outreachTest = 'same'")
    page.get_by_test_id("stButtonGroup").get_by_text("Team South").click()
    assert settled(chart.locator(".outreach-stop"), 5)
    page.get_by_text("Whole week").click()
    assert settled(chart.locator(".outreach-stop"), 25)
    assert frame.evaluate("window.map.outreachTest") == "same"


def test_all_pages_can_be_reached_and_show_their_map(page, address):
    page.goto(f"{address}/sweep")
    the_map(page)
    page.get_by_test_id("stSidebarNavViewButton").click()
    for name, mark in (("Where need is", "canvas"), ("Repeat places", ".outreach-dot")):
        page.get_by_role("link", name=name).click()
        page.get_by_role("heading", name=name).first.wait_for()
        the_map(page).locator(mark).first.wait_for(timeout=60_000)
    page.get_by_role("link", name="What came in").click()
    page.get_by_role("heading", name="Call types without a need").wait_for()


@pytest.mark.parametrize("page", [390], indirect=True)
@pytest.mark.parametrize(
    ("url", "drawn"),
    [
        ("need", "iframe"),
        ("trends", "canvas, svg.marks"),
        ("alerts", ".cards li"),
        ("participants", "[data-testid=stAlert]"),
        ("review", "[data-testid=stAlert]"),
        ("due", "[data-testid=stExpander]"),
        ("log", "[data-testid=stPopover]"),
        ("scenario", "[data-testid=stSelectbox]"),
        ("proximity", "iframe"),
        ("access", "iframe"),
        ("sites", "iframe"),
        ("caseload", "[data-testid=stAlert]"),
        ("staff", "[data-testid=stForm]"),
    ],
)
def test_the_pages_fit_a_phone(page, address, url, drawn):
    page.goto(f"{address}/{url}")
    page.locator(drawn).first.wait_for(timeout=60_000, state="visible")
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert page.locator("main img[src=x], ol.cards img").count() == 0


def test_a_hidden_or_shown_forecast_leads_to_its_test(page, address):
    page.goto(f"{address}/need")
    the_map(page)
    page.get_by_test_id("stButtonGroup").get_by_text("Next week").click()
    page.get_by_test_id("stPageLink").get_by_text("How good is this?").click()
    page.get_by_role("heading", name="Week by week").wait_for()
    page.get_by_test_id("stVegaLiteChart").nth(1).wait_for()


def test_the_downloads_are_a_table_and_a_map(page, address):
    page.goto(f"{address}/sweep")
    the_map(page)
    for label, start in (
        ("Stops as a table", "\ufeffday,team"),
        ("Map for use", "<!DOCTYPE html>"),
    ):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=label).click()
        text = Path(waiting.value.path()).read_text(encoding="utf-8")
        assert text.startswith(start)
        assert "SECRET" not in text


def test_a_strangers_text_is_never_run(page, address, fake_city):
    page.goto(f"{address}/sweep")
    chart = the_map(page)
    # another mark may lie on it: the event goes to this one
    chart.locator(".outreach-stop[title*='img src']").dispatch_event("click")
    chart.locator(".leaflet-popup-content").wait_for()
    assert fake_city.HOSTILE in chart.locator(".leaflet-popup-content").inner_text()
    assert page.locator("ol.itinerary img").count() == 0


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def test_a_lead_plans_changes_plans_again_and_publishes(page, address):
    page.goto(f"{address}/sweep")
    page.get_by_label("Your name").fill("Lea")
    page.get_by_label("Your name").press("Enter")
    page.get_by_text("You: Lea").wait_for()
    press(page, "Make a draft")
    page.get_by_text("Draft of").first.wait_for()
    page.reload()  # the work goes on
    is_chosen = "[...document.querySelectorAll('input')].some(i => i.value.includes('version 3'))"
    newer = page.get_by_role("button", name="Show version 3")
    for _ in range(100):
        if page.evaluate(is_chosen):
            break
        if newer.count():  # it was made between two looks at the list
            newer.click()
        page.wait_for_timeout(600)
    assert page.evaluate(is_chosen)
    chart = the_map(page)
    assert settled(chart.locator(".outreach-stop"), 15)
    page.get_by_label("Your name").fill("Lea")
    page.get_by_label("Your name").press("Enter")
    page.get_by_text("You: Lea").wait_for()
    for _ in range(10):  # a click misses while the page moves up
        chart.locator(".outreach-stop[title^='3. ']").first.click(force=True)
        page.wait_for_timeout(3000)
        if page.get_by_role("button", name="Take it out").count():
            break
    press(page, "Take it out")
    page.get_by_text("1 change, not re-planned yet").wait_for()
    page.reload()  # no change is lost
    page.get_by_text("1 change, not re-planned yet").wait_for(timeout=60_000)
    page.get_by_label("Your name").fill("Lea")
    page.get_by_label("Your name").press("Enter")
    page.get_by_text("You: Lea").wait_for()
    again = page.get_by_role("button", name="Re-plan", exact=True)
    changed = page.get_by_text("Stops changed since version 3")
    for wait in range(60):  # a click is lost where the page is still being built
        if wait % 15 == 0 and again.count() and again.is_enabled():
            again.click()
        page.wait_for_timeout(1000)
        if changed.count():
            break
    changed.wait_for()
    assert settled(the_map(page).locator(".outreach-stop"), 14)
    page.get_by_text("Publish this draft").click()
    page.get_by_text("I have looked through").click()
    press(page, "Publish")
    page.get_by_text("Published by Lea").first.wait_for(timeout=60_000)


def test_a_place_clicked_on_the_map_can_be_a_stop(page, address):
    page.goto(f"{address}/sweep")
    the_map(page)
    page.get_by_text("Whole week").wait_for()
    page.wait_for_timeout(1500)
    box = page.locator("iframe").first.bounding_box()
    page.mouse.click(box["x"] + 0.82 * box["width"], box["y"] + 0.1 * box["height"])
    page.get_by_text("Clicked on the map").wait_for(timeout=30_000)
