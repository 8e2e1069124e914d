"""The offline sheet in a real browser with the network off, and its entries back in the app."""

import json
import shutil
from datetime import date
from itertools import permutations
from pathlib import Path

import pytest

from outreach.people.consent import newest
from outreach.pipeline.field import take_in
from outreach.pipeline.sheets import Wanted, sheet_files
from outreach.store.work import open_work
from outreach.work_schemas import VISITS

pytestmark = pytest.mark.browser
NORTH = Wanted(date(2026, 11, 23), "Team North", ("html",))
NOON = "2026-11-23T17:00:00Z"


@pytest.fixture(scope="module")
def built(sheet_city, fake_city, tmp_path_factory):
    return sheet_city.build(tmp_path_factory.mktemp("built"), fake_city)


@pytest.fixture
def sheet(built, sheet_city, tmp_path, page):
    """The file, opened on a device without any network, at noon of its day."""
    made = sheet_files(built, sheet_city.WEEK, NORTH, by="Ana", now=sheet_city.PUBLISHED)
    ((name, content),) = made.files.items()
    path = tmp_path / name
    path.write_bytes(content)
    page.context.set_offline(True)
    page.clock.install(time=NOON)
    page.goto(path.as_uri())
    return page


def log(page, order, outcome, **more):
    page.locator(f"#stop-0-{order} button.log").click()
    page.get_by_label(outcome).check()
    for name, value in more.items():
        box = page.locator(f"#form [name={name}]")
        if name in ("minutes", "police", "services"):
            page.locator(f"#form [name={name}][value='{value}']").check()
        else:
            box.fill(value)
    page.get_by_role("button", name="Keep it").click()
    page.clock.run_for(1000)


def saved(page, path):
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save the entries").click()
    assert waiting.value.suggested_filename.startswith("entries-2026-W48-")
    waiting.value.save_as(path)
    return path.read_bytes()


@pytest.mark.parametrize("page", [390, 1440], indirect=True)
def test_the_sheet_shows_map_and_stops_and_harms_nobody(sheet):
    assert sheet.locator(".leaflet-overlay-pane path").count() >= 2  # the way there and back
    assert sheet.locator(".outreach-stop").count() == 5
    assert sheet.locator("li.stop").count() == 5
    assert sheet.locator("li.stop img, dialog img").count() == 0
    assert sheet.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert sheet.get_by_text("Nothing is kept on this device yet.").is_visible()
    small = sheet.evaluate(
        "[...document.querySelectorAll('button:not([hidden]), summary')]"
        ".filter(b => b.offsetParent && b.getBoundingClientRect().height < 44).length"
    )
    assert small == 0


def test_a_form_works_by_keyboard_and_says_what_is_missing(sheet):
    sheet.locator("#stop-0-1 button.log").focus()
    sheet.keyboard.press("Enter")
    assert sheet.locator("#form").is_visible()
    sheet.get_by_role("button", name="Keep it").press("Enter")
    assert sheet.get_by_text("Choose what came of it.").is_visible()
    sheet.keyboard.press("Escape")
    assert not sheet.locator("#form").is_visible()
    assert sheet.get_by_text("Nothing is kept on this device yet.").is_visible()


def test_entries_go_round_and_are_kept_once(sheet, built, sheet_city, tmp_path):
    log(sheet, 3, "Worked on next steps", minutes="20", services="food", sharps="4")
    log(sheet, 1, "Left information", note="<b>hi</b> =1+1")
    first = saved(sheet, tmp_path / "first.json")
    assert sheet.get_by_text("All 2 entries were put into a file").is_visible()
    sheet.reload()
    assert "Worked on next steps, Food, 20 min" in sheet.locator("#stop-0-3 .entry").inner_text()
    log(sheet, 3, "Declined today", police="yes")
    assert "1 not handed in yet" in sheet.locator("#count").inner_text()
    second = saved(sheet, tmp_path / "second.json")
    entries = json.loads(second)["entries"]
    assert len(entries) == 3
    assert entries[2]["replaces"] == entries[0]["visit_id"]
    told = []
    for number, order in enumerate(permutations([first, second, first])):
        city = Path(shutil.copytree(built, tmp_path / str(number)))
        for data in order:
            take_in(city, data, by="Ana", now=sheet_city.NOW)
        with open_work(city).reading() as rows:
            visits = rows.fetch(VISITS)
        assert len(visits) == 3
        last = newest(visits).sort_values("subject")
        told.append(last[["subject", "participant_id", "outcome", "sharps", "note"]].to_csv())
        if number == 2:
            break
    assert len(set(told)) == 1
    assert list(last["outcome"]) == ["left_information", "declined"]
    assert list(last["police_involved"]) == [False, True]
    assert next(iter(last["note"])) == "<b>hi</b> =1+1"


def test_a_browser_that_keeps_nothing_says_so_and_still_hands_in(sheet, tmp_path):
    sheet.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('refused'); } })"
    )
    sheet.reload()
    assert sheet.get_by_text("This browser keeps nothing for this file.").is_visible()
    log(sheet, 1, "Not found")
    assert len(json.loads(saved(sheet, tmp_path / "one.json"))["entries"]) == 1


def test_an_old_sheet_asks_to_be_deleted_and_forgets_on_request(sheet):
    log(sheet, 1, "Not found")
    sheet.clock.set_fixed_time("2026-12-08T17:00:00Z")
    sheet.reload()
    assert "should have been deleted by Sun 6 Dec" in sheet.locator("#old").inner_text()
    sheet.evaluate("window.confirm = () => true")
    sheet.get_by_role("button", name="Delete the entries").click()
    assert sheet.evaluate("Object.keys(localStorage).length") == 0
    assert sheet.get_by_text("Nothing is kept on this device yet.").is_visible()
