"""The sheets themselves: HTML, PDF, calendar and GPX say the same, and read no text as code."""

import io
import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import gpxpy
import pypdf
import pytest
from icalendar import Calendar

from outreach.config import Programme
from outreach.maps.base import make_ground
from outreach.plan.document import publish
from outreach.reports import day_sheet_words
from outreach.reports.calendar import calendar
from outreach.reports.day_sheet import Around, day_sheets
from outreach.reports.day_sheet_html import Marks, sheet_page
from outreach.reports.day_sheet_pdf import sheets_pdf
from outreach.reports.track import track

SHIFT = "2026-11-23/Team North"
MARKS = Marks("0" * 32, "outreach test")
GPX = "{http://www.topografix.com/GPX/1/1}"


@pytest.fixture(scope="module")
def plan(sheet_city, fake_city):
    at = datetime(2026, 11, 22, 13, tzinfo=UTC)
    return publish(sheet_city.plan_of(fake_city), by="Lea", at=at)


@pytest.fixture(scope="module")
def sheets(plan, fake_city):
    def made(language="en", shift_ids=(SHIFT,), of=plan):
        programme = Programme(name="Riverton CART", phone="555-0199")
        around = Around(programme, fake_city.resources(), language)
        return day_sheets(of, around, shift_ids=shift_ids)

    return made


@pytest.fixture(scope="module")
def page(plan, sheets, fake_city):
    ground = make_ground(fake_city.network().edges, fake_city.areas())
    return lambda made=None: sheet_page(plan, made or sheets(), ground, MARKS)


def test_the_stops_are_the_plans_in_order(sheets, plan):
    (sheet,) = sheets()
    mine = plan.stops[plan.stops["shift_id"] == SHIFT].sort_values("order")
    assert [stop.candidate_id for stop in sheet.stops] == list(mine["candidate_id"])
    assert [stop.order for stop in sheet.stops] == [1, 2, 3, 4, 5]
    assert sheet.stops[0].arrive.replace("\xa0", " ") == "9:09 AM"
    assert sheet.stops[0].minutes == 20
    assert sheet.keep_until == "Sun 6 Dec"
    assert sheet.card == ("Riverton CART", "555-0199")


def test_a_redacted_place_of_help_is_left_out(sheets, fake_city):
    known = fake_city.resources()
    secret = set(known.loc[known["redacted"], "name"])
    shown = {one.name for sheet in sheets() for stop in sheet.stops for one in stop.services}
    assert secret
    assert shown
    assert not shown & secret


def test_the_page_loads_nothing_and_reads_no_text_as_code(page, sheets):
    made = page()
    assert len(made.encode()) < 700_000
    rules = re.search(r'Content-Security-Policy" content="([^"]*)"', made)[1]
    assert rules.startswith("default-src &#39;none&#39;") or rules.startswith("default-src 'none'")
    assert "unsafe-eval" not in rules
    outside = re.sub(r"<(script|style)\b.*?</\1>", "", made, flags=re.DOTALL)
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:|//)", outside)
    assert "url(" not in "".join(re.findall(r"<style>.*?</style>", made, re.DOTALL))
    assert "<img" not in made.split("<script")[0]
    assert "&lt;/script&gt;&lt;img" in made
    assert made.count("</script>") == made.count("<script")
    data = json.loads(re.search(r'id="data">(.*?)</script>', made, re.DOTALL)[1])
    (shift,) = data["shifts"]
    assert shift["stops"][0]["place"] == sheets()[0].stops[0].place  # as it was, unharmed


def test_paper_holds_one_page_a_shift_and_texts_as_they_are(sheets, sheet_city, fake_city):
    made = sheets(shift_ids=(SHIFT, "2026-11-23/Team South"))
    pages = pypdf.PdfReader(io.BytesIO(sheets_pdf(made, fake_city.network().edges))).pages
    assert len(pages) == 2
    north, south = (" ".join(page.extract_text().split()) for page in pages)
    assert "Team North" in north
    assert "Team South" in south
    assert "".join(sheet_city.TYPST.split()) in "".join(north.split())
    assert "</script><img" in north
    assert "No police" in north
    assert "Riverton CART" in north


def test_a_city_without_streets_has_sheets_too(sheets):
    assert sheets_pdf(sheets()).startswith(b"%PDF")


def test_spanish_is_on_all_of_them(sheets, page, monkeypatch):
    from outreach.reports import day_sheet

    words = {"No police": "Sin policía"}
    monkeypatch.setattr(day_sheet, "translator", lambda _: lambda text: words.get(text, text))
    made = sheets("es")
    assert "lun 23 nov" in made[0].day_text
    assert "Sin policía" in page(made)
    assert 'lang="es"' in page(made)
    assert "Sin policía" in calendar(made).decode()
    assert "Sin policía" in track(made)


def test_calendar_times_are_right_across_the_clock_change(plan, sheets):
    """9:09 is another hour of UTC a week before the change than a day after it."""
    back = plan.stops["day"].map(lambda day: day - timedelta(weeks=3))
    found = []
    # clocks went back on 1 November 2026
    ways = ((timedelta(weeks=3), "140900"), (timedelta(weeks=4, hours=1), "130900"))
    for moved, utc in ways:
        stops = plan.stops.assign(day=back)
        for name in ("arrive_at", "start_at", "leave_at"):
            stops[name] = stops[name] - moved
        (sheet,) = sheets(of=replace(plan, stops=stops))
        event = Calendar.from_ical(calendar([sheet])).events[0]
        assert event.start.strftime("%H%M%S") == utc
        assert event.start.tzinfo is not None
        found.append(sheet.stops[0].arrive.replace("\xa0", " "))
    assert found == ["9:09 AM", "9:09 AM"]


def test_events_keep_their_ids_and_hold_no_pseudonym(plan, sheets):
    first = Calendar.from_ical(calendar(sheets())).events
    moved = replace(plan, number=2, stops=plan.stops.assign(order=plan.stops["order"] + 0))
    second = Calendar.from_ical(calendar(sheets(of=moved))).events
    assert [event["uid"] for event in first] == [event["uid"] for event in second]
    assert len({str(event["uid"]) for event in first}) == len(first) == 5
    assert second[0]["sequence"] == 2
    assert "</script><img" in first[0]["location"]
    assert "s2" not in str(first[2]["summary"]) + str(first[2]["description"])


def test_gpx_is_read_back_with_its_elements_in_the_schemas_order(sheets, svg_root):
    told = track(sheets())
    read = gpxpy.parse(told)
    assert [point.name[:2] for point in read.waypoints if point.type == "stop"] == [
        f"{n}." for n in range(1, 6)
    ]
    assert len(read.routes) == 1
    assert len(read.routes[0].points) > 10
    root = svg_root(told)
    order = [child.tag.removeprefix(GPX) for child in root]
    assert order == sorted(order, key=["metadata", "wpt", "rte"].index)
    inside = ["ele", "time", "name", "desc", "type"]
    for point in root.iter(f"{GPX}wpt"):
        tags = [child.tag.removeprefix(GPX) for child in point]
        assert tags == sorted(tags, key=inside.index)


def test_signs_that_xml_forbids_are_left_out(sheets):
    (sheet,) = sheets()
    stop = replace(sheet.stops[0], place="1 Elm\x07 St & <b>")
    told = track([replace(sheet, stops=(stop,))])
    assert gpxpy.parse(told).waypoints[0].name == "1. 1 Elm St & <b>"


def test_a_shift_without_visits_has_no_sheet(sheets, plan):
    none = replace(plan, stops=plan.stops[plan.stops["shift_id"] != SHIFT])
    assert sheets(of=none) == []
    assert plan.stops["day"].min() == date(2026, 11, 23)


def test_all_texts_of_the_form_can_be_translated():
    form = Path(day_sheet_words.__file__).with_name("day_sheet.html").read_text(encoding="utf-8")
    said = re.findall(r"""_\((?:"([^"]*)"|'([^']*)')\)""", form)
    assert {one or other for one, other in said} == set(day_sheet_words.TEXTS)
