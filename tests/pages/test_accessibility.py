"""Every page for those who do not see it, see it badly or use no mouse; and on a phone.

axe-core looks at the page and into its maps. What Streamlit and Leaflet themselves cause is
listed below, as narrowly as it can be; everything else that is serious or critical fails.
"""

from datetime import date

import pytest
from axe_playwright_python.sync_playwright import Axe

from outreach.pages.contents import HOME, PAGES
from outreach.pipeline import week_map
from outreach.pipeline.sheets import Wanted, sheet_files

GRAVE = ("serious", "critical")
LOOKS_AT = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}
# Rule, what its element's HTML holds, and why it is not ours to mend.
NOT_OURS = (
    ("list", 'data-testid="stSidebarNavItems"', "Streamlit puts sections into its list of pages"),
    ("listitem", '<li class="st-emotion-cache', "the same list, seen from its items"),
    ("svg-img-alt", 'role="graphics-symbol"', "Vega names groups of marks by role alone"),
    ("color-contrast", "<p>Somebody enrolled</p>", "off while nobody is enrolled; WCAG 1.4.3"),
)
# Pages that a lead may not open, and who may.
OF_OTHERS = {"accounts": "Admin", "audit": "Admin", "released": "Partner", "refer": "Partner"}
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(fake_city, gate_server, tmp_path_factory):
    script = fake_city.write_app(tmp_path_factory.mktemp("app"))
    with gate_server.the_app(script.parent / "city", script=script, now=fake_city.NOW) as url:
        yield url


def settled(page):
    """Wait until the page has been drawn."""
    page.get_by_role("heading", level=1).first.wait_for(timeout=60_000)
    page.wait_for_function(
        """() => {
            const app = document.querySelector('[data-testid=stApp]');
            return app.getAttribute('data-test-script-state') === 'notRunning'
                && !document.querySelector('[data-testid=stSpinner], [data-testid=stSkeleton]');
        }""",
        timeout=60_000,
    )
    for frame in page.locator("main iframe").all():
        if frame.is_visible():
            frame.content_frame.locator(".leaflet-control-zoom").first.wait_for(timeout=60_000)
    page.wait_for_timeout(300)


def faults(page):
    """Return what axe finds that is grave and ours: rule, element, what to do."""
    found = Axe().run(page, options=LOOKS_AT).response["violations"]
    return [
        (rule["id"], node["html"][:300], node["failureSummary"])
        for rule in found
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
        if not any(rule["id"] == one and part in node["html"] for one, part, _ in NOT_OURS)
    ]


def look_through(page):
    """Hold what must hold on every page as it stands."""
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert page.get_by_test_id("stMain").evaluate("one => one.scrollWidth - one.clientWidth") <= 0
    assert not page.get_by_text("Page not found").count()
    assert not page.get_by_test_id("stException").count()
    assert faults(page) == []


@pytest.mark.parametrize("page", [390], indirect=True)
@pytest.mark.parametrize("name", sorted(set(PAGES) - set(OF_OTHERS)))
def test_a_page_can_be_used_by_all_and_fits_a_phone(page, address, name):
    page.goto(address if name == HOME["lead"] else f"{address}/{name}")
    page.get_by_role("heading", level=1, name=PAGES[name].title).wait_for(timeout=60_000)
    look_through(page)


@pytest.mark.parametrize("name", sorted(OF_OTHERS))
def test_so_can_the_pages_of_others_than_leads(page, address, name):
    page.goto(address)
    page.get_by_role("combobox", name="See the demo as").click()
    page.get_by_role("option", name=OF_OTHERS[name]).click()
    page.get_by_test_id("stSidebarNavLink").filter(has_text=PAGES[name].title).click()
    page.get_by_role("heading", level=1, name=PAGES[name].title).wait_for(timeout=60_000)
    page.set_viewport_size({"width": 390, "height": 844})
    look_through(page)


@pytest.mark.parametrize("page", [390], indirect=True)
def test_the_way_in_can_be_used_by_all(page, gate_server, tmp_path):
    with gate_server.the_app(gate_server.make_city(tmp_path / "city")) as url:
        page.goto(url)
        page.get_by_role("button").first.wait_for(timeout=60_000)
        assert "login" in page.url
        assert faults(page) == []


@pytest.mark.parametrize("page", [390], indirect=True)
def test_a_sheet_and_a_map_in_a_file_can_be_used_by_all(
    page, sheet_city, fake_city, tmp_path_factory
):
    made = sheet_city.build(tmp_path_factory.mktemp("built"), fake_city)
    wanted = Wanted(date(2026, 11, 23), "Team North", ("html",))
    files = sheet_files(made, sheet_city.WEEK, wanted, by="Ana", now=sheet_city.PUBLISHED).files
    target = made / "sweep.html"
    week_map.write_week_map(
        made, sheet_city.WEEK, None, target, now=sheet_city.PUBLISHED, report=lambda _: None
    )
    for name, content in {**files, "map.html": target.read_bytes()}.items():
        path = tmp_path_factory.mktemp("files") / name
        path.write_bytes(content)
        page.goto(path.as_uri())
        page.locator(".leaflet-control-zoom").first.wait_for()
        assert faults(page) == []


def pressed_to(page, wanted, most=80):
    """Press Tab until an element has the focus; tell whether that is seen."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return True
    return False


def shows_focus(page):
    return page.evaluate(
        """() => {
            let one = document.activeElement;
            for (let up = 0; one && up < 4; up++, one = one.parentElement) {
                const look = getComputedStyle(one);
                if (look.outlineStyle !== 'none' && look.outlineWidth !== '0px') return true;
                if (look.boxShadow !== 'none') return true;
            }
            return false;
        }"""
    )


def test_without_a_mouse_there_is_a_way_to_a_page_a_filter_and_past_the_map(page, address):
    page.goto(f"{address}/need")
    settled(page)
    page.locator("body").evaluate("document.activeElement.blur()")
    assert pressed_to(page, "main button[role=radio], [data-testid=stButtonGroup] button")
    assert shows_focus(page)
    assert pressed_to(page, "a.past-map")
    assert shows_focus(page)
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.matches('span.past-map')")
    page.keyboard.press("Tab")
    inside = "document.activeElement.tagName !== 'IFRAME'"
    assert page.evaluate(inside)


def test_another_choice_swaps_layers_and_keeps_the_map(page, address):
    page.goto(f"{address}/need")
    settled(page)
    frame = page.locator("main iframe").first
    frame.content_frame.locator("body").evaluate("() => { window.map.outreachTest = 'same'; }")
    page.get_by_test_id("stButtonGroup").get_by_text("Hot spots").click()
    page.wait_for_function("document.querySelector('main iframe').title.includes('hot and cold')")
    body = frame.content_frame.locator("body")
    assert body.evaluate("() => window.map.outreachTest") == "same"
    panel = frame.content_frame.locator(".outreach-panel")
    assert panel.count() == 1  # the legend of before has gone
    assert "Hot and cold spots" in panel.inner_text()
