"""The caseworker's day in a real browser on a phone 390 px wide, with no internet."""

from datetime import UTC, datetime, timedelta

import pytest

from outreach.pipeline import lists
from outreach.roles import OPERATOR, acting_as

MONDAY = datetime(2026, 11, 23, 15, tzinfo=UTC)  # 10:00 in Riverton
pytestmark = [pytest.mark.browser, pytest.mark.parametrize("page", [390], indirect=True)]


@pytest.fixture(scope="module")
def app(fake_city, gate_server, tmp_path_factory):
    """The app on the Monday of the invented plan: its address, and its city's folder."""
    script = fake_city.write_app(tmp_path_factory.mktemp("app"))
    with gate_server.the_app(script.parent / "city", script=script, now=MONDAY) as url:
        yield url, script.parent / "city"


def open_today(page, url):
    page.goto(f"{url}/today")
    page.get_by_role("heading", name="Next stop").wait_for(timeout=60_000)
    page.get_by_text("stops not logged yet").wait_for(timeout=60_000)
    page.get_by_text("How this phone finds the way").wait_for(timeout=60_000)  # all is drawn


def sign(page, name):
    field = page.get_by_label("Your name")
    if field.count():
        field.fill(name)
        field.press("Enter")
        page.get_by_role("button", name=f"You: {name}").wait_for()
        page.get_by_text("Ana (caseworker), Bo (peer)").wait_for()  # the shift of their own


def sideways(page):
    return page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


SMALL = """() => [...document.querySelectorAll(
  '.st-key-today-page button, .st-key-today-page a, .st-key-today-page summary')]
  .filter(one => one.checkVisibility() && !one.closest('[data-testid=stHeadingWithActionElements]')
    && !one.closest('[data-testid=stToast]'))
  .map(one => [one.getBoundingClientRect().height, one.innerText])
  .filter(([height]) => height < 43.9)"""


def test_a_visit_is_logged_in_two_taps_and_taken_back_in_two(page, app):
    url, folder = app
    open_today(page, url)
    sign(page, "Bo")
    taps = []

    def tap(name):
        page.locator("[data-test-script-state=notRunning]").wait_for(timeout=60_000)
        page.get_by_role("button", name=name).first.click()
        taps.append(name)

    tap("Log this visit")
    page.get_by_text("What came of it?").wait_for()
    assert not page.evaluate(SMALL)
    tap("Checked on, is well")
    page.get_by_text("4 of 5 stops not logged yet").wait_for()
    assert taps == ["Log this visit", "Checked on, is well"]
    tap("Undo")
    page.get_by_text("What was it instead?").wait_for()
    tap("Left information")
    page.get_by_test_id("stAlert").get_by_text("Left information").wait_for()
    with acting_as(OPERATOR):
        kept = lists.recent_visits(folder, MONDAY - timedelta(days=1), now=MONDAY)
    assert len(kept) == 1  # both entries stand for one visit
    assert set(kept["recorded_by"]) == {"Bo"}
    assert sideways(page) <= 0


def test_the_way_is_one_tap_and_names_nobody(page, app):
    url, _ = app
    open_today(page, url)
    way = page.get_by_role("link", name="Find the way").first
    link = way.get_attribute("href")
    assert link.startswith("geo:42.")
    assert "%20" in link
    assert "<" not in link
    assert way.bounding_box()["height"] >= 44
    page.get_by_text("How this phone finds the way").click()
    page.get_by_text("Google Maps", exact=True).click()
    chosen = page.get_by_role("link", name="Find the way with Google Maps").first
    chosen.wait_for()
    assert chosen.get_attribute("href").startswith("https://www.google.com/maps/dir/?api=1&dest")
    page.wait_for_function("document.cookie.includes('outreach_navigation=google')")
    open_today(page, url)  # the phone remembers, though the session is another one
    page.get_by_role("link", name="Find the way with Google Maps").first.wait_for()


def test_all_is_big_enough_and_nothing_runs_off_the_screen(page, app):
    url, _ = app
    open_today(page, url)
    assert sideways(page) <= 0
    assert not page.evaluate(SMALL)
    page.get_by_text("Map of this shift").click()
    page.frame_locator("iframe").first.locator(".outreach-stop").first.wait_for(timeout=60_000)
    assert sideways(page) <= 0
    assert page.locator("main img[src=x]").count() == 0


def test_without_a_signal_it_says_so(page, app):
    url, _ = app
    open_today(page, url)
    notice = page.get_by_text("Nothing you tap here is kept now")
    notice.wait_for(state="attached")
    assert not notice.is_visible()
    page.context.set_offline(True)
    notice.wait_for(state="visible")
    page.context.set_offline(False)
    notice.wait_for(state="hidden")


def test_the_keyboard_reaches_the_log(page, app):
    url, _ = app
    open_today(page, url)
    for _n in range(60):
        page.keyboard.press("Tab")
        focused = page.locator("button:focus")  # not the frame of the page, which may have it too
        if focused.count() and "Log this visit" in focused.inner_text():
            break
    else:
        pytest.fail("not reached")
    page.keyboard.press("Enter")
    page.get_by_text("What came of it?").wait_for()
