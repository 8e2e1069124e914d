"""The page of the day sheets: what may be taken along, and entries brought back."""

import pytest
import streamlit as st

from outreach import roles
from outreach.pages import sheets as sheets_page
from outreach.pages import wall_clock
from outreach.pipeline.sheets import Wanted
from outreach.roles import Viewer
from outreach.store.work import open_work
from outreach.work_schemas import AUDIT, VISITS


@pytest.fixture
def city(sheet_city, fake_city, tmp_path, monkeypatch):
    st.cache_resource.clear()
    monkeypatch.setenv("OUTREACH_CITY", str(tmp_path))
    monkeypatch.setattr(wall_clock, "now", lambda: sheet_city.NOW)
    return sheet_city.build(tmp_path, fake_city)


@pytest.fixture
def opened(city):
    from streamlit.testing.v1 import AppTest

    def show(viewer):
        def script():
            from outreach.pages import sheets

            sheets.page()

        roles.answer_by(lambda: viewer)
        app = AppTest.from_function(script, default_timeout=60).run()
        assert not app.exception
        return app

    return show


def labels(app):
    return [button.label for button in app.get("download_button")]


def test_a_lead_takes_any_sheet_and_all_of_them(opened, words):
    app = opened(Viewer("Lea", "lead"))
    assert labels(app)[:4] == [
        "Offline sheet (HTML)",
        "On paper (PDF)",
        "Calendar (ICS)",
        "Route for a map app (GPX)",
    ]
    assert "All 3 sheets of Tue 24 Nov (PDF)" in labels(app)
    assert "Print all sheets" in words(app)


def test_a_caseworker_begins_with_their_own_next_shift(opened, words):
    app = opened(Viewer("Di", "caseworker"))
    assert "Team South, Tue 24 Nov" in words(app)
    assert len(labels(app)) == 4
    assert "Print all sheets" not in words(app)


def test_a_file_is_made_for_who_pressed_and_told_in_the_trail(city, sheet_city):
    with roles.acting_as(Viewer("Ana", "caseworker")):
        day = sheet_city.NOW.date().replace(day=23)
        make = sheets_page.maker(
            city, sheet_city.WEEK, Wanted(day, "Team North", ("ics",), together=True)
        )
    roles.answer_by(lambda: None)  # as outside of the session
    assert make().startswith(b"BEGIN:VCALENDAR")
    with open_work(city).reading() as rows:
        told = rows.fetch(AUDIT, did="exported", who="Ana")
    assert list(told["participant_id"]) == ["k"]


def test_nothing_published_says_what_to_do(
    sheet_city, fake_city, tmp_path, monkeypatch, opened, words
):
    other = tmp_path / "draft"
    other.mkdir()
    sheet_city.build(other, fake_city, draft=True)
    monkeypatch.setenv("OUTREACH_CITY", str(other))
    told = words(opened(Viewer("Ana", "caseworker")))
    assert "there are no day sheets. A lead publishes one" in told


def test_entries_are_shown_first_and_kept_on_a_press(opened, words, city, sheet_city):
    app = opened(Viewer("Ana", "caseworker"))
    entry = sheet_city.entry
    data = sheet_city.entry_file(city, entry(1), entry(2, sharps=-1))
    app.get("file_uploader")[0].set_value(("entries-x.json", data, "application/json")).run()
    assert not app.exception
    assert "1 new entries, 0 were there already, 1 cannot be kept" in words(app).replace("\\", "")
    with open_work(city).reading() as rows:
        assert rows.fetch(VISITS).empty
    (keep,) = [button for button in app.button if button.label.startswith("Keep these")]
    keep.click().run()
    assert "1 entries kept" in words(app).replace("\\", "")
    with open_work(city).reading() as rows:
        (visit,) = rows.fetch(VISITS).to_dict("records")
    assert visit["recorded_by"] == "Ana"


def test_a_foreign_file_is_one_line(opened, city):
    app = opened(Viewer("Ana", "caseworker"))
    app.get("file_uploader")[0].set_value(("x.json", b"{}", "application/json")).run()
    assert not app.exception
    assert "no file of entries" in app.error[0].value.replace("\\", "")


def test_the_page_stands_in_the_list_for_who_sees_points():
    from outreach.pages import contents

    assert contents.PAGES["sheets"].needs == "points"
