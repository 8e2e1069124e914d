"""Each role's main day in a real browser, from login to logout, on a city that asks for logins."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import tomlkit

from outreach import roles
from outreach.pipeline import accounts, intake, invented, invented_work, lists, organisations, week
from outreach.pipeline.linkage import link_city
from outreach.simulate.calls import CallParams
from outreach.weeks import local_date, week_label

REPOSITORY = Path(__file__).parent.parent.parent
PASSWORD = "a long walk by the river"  # noqa: S105
ZONE = "America/New_York"
NOW = datetime(2026, 11, 25, 15, tzinfo=UTC)  # Wednesday, ten in the morning
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    """A small city with calls, participants, work, a published week, a draft, and accounts."""
    folder, now = tmp_path_factory.mktemp("days") / "marlow", NOW
    calls = CallParams(weeks=30, calls_per_week=150)
    wanted = invented.Invention(local_date(now, ZONE), calls=calls)
    with roles.acting_as(roles.OPERATOR):
        invented.simulate_city(folder, wanted, report=lambda _: None)
        history = intake.Wishes(as_it_happened=True)
        intake.ingest_file(folder, folder / "exports" / "calls.csv", history, now=now)
        link_city(folder, now=now, report=lambda _: None)
        invented_work.invent_work(folder, now=now)
        _change(folder, lambda told: told["shifts"][0].update(days=DAYS))
        today = local_date(now, ZONE)
        week.make_week_plan(folder, week_label(today), now=now, limit_s=2)
        week.publish_plan(folder, week_label(today), 1, by="Test lead", now=now)
        week.make_week_plan(folder, week_label(today + timedelta(days=7)), now=now, limit_s=2)
        _open_accounts(folder, now)
    _change(folder, lambda told: told.update(invented_data=False))  # so that it asks who comes
    return folder


def _change(folder, change):
    settings = tomlkit.parse((folder / "city.toml").read_text(encoding="utf-8"))
    change(settings)
    (folder / "city.toml").write_text(tomlkit.dumps(settings), encoding="utf-8")


def _open_accounts(folder, now):
    known = organisations.organisation_list(folder, now)
    police = known[known["kind"] == "police"]["organisation_id"].iloc[0]
    partner = known[known["kind"].isin(["provider", "shelter"])]["organisation_id"].iloc[0]
    worker = next(iter(lists.workers(folder)))
    whose = {
        "lead": {}, "lead2": {}, "manager": {}, "admin": {},
        "community": {"organisation_id": partner},
        "caseworker": {"staff_id": worker},
        "police_liaison": {"organisation_id": police},
        "partner": {"organisation_id": partner},
    }  # fmt: skip
    for login, tied in whose.items():
        details = {"name": f"Test {login}", "role": login.rstrip("2"), **tied}
        accounts.add_account(
            folder, login, details=details, password=PASSWORD, by="the test", now=now
        )


@pytest.fixture(scope="module")
def address(city, gate_server):
    with gate_server.the_app(city, now=NOW) as url:
        yield url


def log_in(page, address, login, then=""):
    page.goto(f"{address}/{then}")
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_test_id("stSidebarNav").wait_for(state="attached", timeout=90_000)


def log_out(page, address):
    """Leave, and see that the way back is shut."""
    page.goto(address)  # what cannot be opened says so in a dialog, which lies over all else
    page.get_by_role("heading", level=1).first.wait_for(timeout=90_000)
    calm(page)
    if page.get_by_test_id("stSidebar").get_attribute("data-collapsed") == "true":
        page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_role("button", name="Log out").click()
    page.get_by_text("You are logged out").wait_for()
    page.goto(f"{address}/sweep")
    page.get_by_label("Password").wait_for()


def head(page, title):
    page.get_by_role("heading", name=title, exact=True, level=1).wait_for(timeout=90_000)
    calm(page)


def calm(page):
    """Wait until the page is drawn and nothing is being worked out."""
    page.wait_for_timeout(400)
    page.wait_for_function(
        "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'",
        timeout=120_000,
    )


def text(page):
    return page.locator("[data-testid=stMain]").inner_text()


def press(page, name, within=None):
    (within or page).get_by_role("button", name=name, exact=True).first.click()
    calm(page)


def take_out(page, start):
    """Choose a stop of the sweep and take it out of the plan."""
    page.get_by_label("Which stop").first.click()
    page.get_by_label("Which stop").first.fill(start)
    page.get_by_role("option").first.click()
    calm(page)
    press(page, "Take it out")


def re_plan(page):
    press(page, "Re-plan")
    page.get_by_text("Stops changed since version").wait_for(timeout=180_000)
    calm(page)


def publish(page):
    page.get_by_text("Publish this draft").click()
    page.get_by_text("I have looked through").click()
    press(page, "Publish")


@pytest.fixture
def second(browser):
    """The browser of a second person."""
    context = browser.new_context(viewport={"width": 1440, "height": 800})
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("page", [1440], indirect=True)
def test_a_leads_day_beside_another_lead(page, second, address, tmp_path):
    log_in(page, address, "lead")
    head(page, "This week at a glance")
    body = text(page)
    assert body.index("Overdue follow-ups") < body.index("The sweep")
    page.get_by_role("link", name="Look through it and publish").click()
    head(page, "This week's sweep")
    take_out(page, "Team A, stop 2")
    log_in(second, address, "lead2", "sweep")
    head(second, "This week's sweep")
    take_out(second, "Team B, stop 2")
    assert second.get_by_text("1 change, not re-planned yet").count() == 1  # theirs alone
    re_plan(page)
    publish(page)
    page.get_by_text("Published by Test lead").first.wait_for(timeout=60_000)
    second.reload()
    second.get_by_text("Published by Test lead").first.wait_for(timeout=90_000)
    calm(second)
    second.get_by_label("Plan", exact=True).click()
    second.get_by_role("option").filter(has_text="version 1 (draft").first.click()
    second.get_by_text("1 change, not re-planned yet").wait_for(timeout=60_000)  # it is not lost
    page.goto(f"{address}/sheets")
    head(page, "Day sheets")
    with page.expect_download() as waiting:
        page.get_by_role("button", name=re.compile("sheets of the week")).click()
    assert Path(waiting.value.path()).read_bytes().startswith(b"%PDF")
    log_out(page, address)


@pytest.mark.parametrize("page", [1440], indirect=True)
def test_an_upload_with_bad_rows_is_kept_in_part_and_says_which(page, address, city, tmp_path):
    log_in(page, address, "lead", "incoming")
    head(page, "What came in")
    with (city / "exports" / "calls.csv").open(encoding="utf-8") as handle:
        heads, row = next(handle), next(handle)
    bad = tmp_path / "bad.csv"
    known, late = row.split(",", 2)[:2]
    bad.write_text(heads + row + row.replace(known, "X-1").replace(late, "no day"), "utf-8")
    page.locator("input[type=file]").set_input_files(bad)
    page.get_by_text("bad.csv").first.wait_for()
    calm(page)
    press(page, "Take it in")
    page.get_by_text("bad.csv: 1 row").wait_for(timeout=60_000)
    log_out(page, address)


@pytest.mark.parametrize("page", [390], indirect=True)
def test_a_caseworkers_day_with_and_without_signal(page, address, tmp_path):
    log_in(page, address, "caseworker")
    head(page, "Today")
    press(page, "Log this visit")
    press(page, "Not found")
    page.get_by_text("Logged already").wait_for()
    page.goto(f"{address}/sheets")
    head(page, "Day sheets")
    with page.expect_download(timeout=120_000) as waiting:
        page.get_by_role("button", name="Offline sheet (HTML)").click()
    sheet = tmp_path / "sheet.html"
    waiting.value.save_as(sheet)
    page.context.set_offline(True)
    page.goto(sheet.as_uri())
    page.locator("button.log").nth(1).click()
    page.get_by_label("Left information").check()
    page.get_by_role("button", name="Keep it").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save the entries").click()
    entries = tmp_path / "entries.json"
    waiting.value.save_as(entries)
    page.context.set_offline(False)
    for kept in ("1 entries kept, 0 were there already", "0 new entries, 1 were there already"):
        page.goto(f"{address}/sheets")
        head(page, "Day sheets")
        page.locator("input[type=file]").set_input_files(entries)
        if kept.startswith("1"):
            press(page, "Keep these 1 entries")
        page.get_by_text(kept).wait_for(timeout=60_000)
    log_out(page, address)


# What a day of the others holds: their pages, and words that stand on the first.
OTHERS = {
    "manager": ("The week in figures", ["need", "trends", "caseload", "quality"]),
    "police_liaison": ("What we may tell you", ["refer", "public", "directory"]),
    "partner": ("What we may tell you", ["refer", "public", "directory"]),
    "community": ("Public figures", ["directory", "glossary"]),
    "admin": ("Accounts", ["audit", "public"]),
}


@pytest.mark.parametrize("login", list(OTHERS))
@pytest.mark.parametrize("page", [1280], indirect=True)
def test_the_day_of_the_others_names_nobody(page, address, city, login):
    title, further = OTHERS[login]
    log_in(page, address, login)
    head(page, title)
    names = participants_of(city)
    for name in ("", *further):
        if name:
            page.goto(f"{address}/{name}")
            page.get_by_role("heading", level=1).wait_for(timeout=90_000)
            calm(page)
        if login != "partner" or name:  # a release may list a name there
            assert not [one for one in names if one in text(page)], name
    for shut in ("participants", "sweep", "today", "log"):
        page.goto(f"{address}/{shut}")
        page.get_by_role("heading", level=1).first.wait_for(timeout=90_000)
        calm(page)
        assert not [one for one in names if one in text(page)], shut
    log_out(page, address)


def participants_of(city):
    with roles.acting_as(roles.OPERATOR):
        return list(lists.people(city, now=NOW)["name"])


def test_a_request_of_the_police_reaches_the_lead(page, second, address):
    log_in(page, address, "police_liaison", "refer")
    head(page, "Ask us to see somebody")
    page.get_by_label("What is it about?").click()
    page.get_by_role("option").first.click()
    page.get_by_label("Where is the person usually found?").fill("Bench at the old mill")
    press(page, "Send it to the team")
    page.get_by_text("The team has your request").first.wait_for(timeout=60_000)
    log_out(page, address)
    log_in(second, address, "lead", "due")
    head(second, "Follow-ups due")
    second.get_by_text("Bench at the old mill").first.wait_for(state="attached", timeout=60_000)
    log_out(second, address)
