"""The directory at a desk and on a phone: found, opened, verified, changed, added, handed on."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from outreach.pages import directory_tables, frame, language
from outreach.pipeline import directory, locate
from outreach.pipeline.directory_import import import_places
from outreach.store.work import open_work
from outreach.weeks import local_date
from outreach.work_schemas import AUDIT

NOW = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)  # in Riverton still Sunday, half past eleven
TODAY = local_date(NOW, "America/New_York")
HOSTILE = "</script><img src=x onerror=alert(1)> [x](http://a) {{ 'boo' }}"
PLACES = f"""name,kind,address,phone,hours,verified_on,confidential,lat,lon
Elm Pantry,food_pantry,10 Elm St,555-0101,"Mon, Wed 9am-11am",{TODAY},no,42.66,-73.79
Night Shelter,homeless_shelter,20 Elm St,555-0102,24/7,2026-01-01,no,42.66,-73.78
Safe House,domestic_violence_service,30 Elm St,555-0103,24/7,{TODAY},yes,42.66,-73.77
Church Kitchen,food_pantry,40 Elm St,555-0104,hours vary,{TODAY},no,42.66,-73.76
"{HOSTILE}",library,50 Elm St,555-0105,,{TODAY},no,42.66,-73.75
"""
ZONE = "America/New_York"


@pytest.fixture
def helping(shown_city, tmp_path_factory):
    """The city with five places of help; its folder."""
    path = tmp_path_factory.mktemp("files") / "places.csv"
    path.write_text(PLACES)
    import_places(shown_city, [path], now=NOW)
    return shown_city


@pytest.fixture
def signed(run):
    """Open the directory, or a place of it, as Ana."""

    def opened(place=None):
        app = run("directory")
        app.text_input(key="your name").set_value("Ana")
        if place:
            app.query_params["place"] = place
        app = app.run()
        assert not app.exception
        return app

    return opened


def id_of(folder, name):
    known = directory.read_directory(folder)
    return known.loc[known["name"] == name, "resource_id"].iloc[0]


def row_of(folder, resource_id):
    return directory.read_directory(folder).set_index("resource_id").loc[resource_id]


def field(app, label):
    return next(f for f in [*app.text_input, *app.selectbox] if f.label == label)


def press(app, label):
    app = next(b for b in app.button if b.label == label).click().run()
    assert not app.exception
    return app


def names(app):
    return app.dataframe[0].value["Name"].tolist()


def test_an_empty_directory_says_what_to_do(run, shown_city, words):
    said = words(run("directory"))
    assert "No place of help is known yet" in said
    assert "Add a place" in said


def test_what_to_ask_about_comes_first(signed, helping, words):
    app = signed()
    assert names(app)[:2] == ["Church Kitchen", "Night Shelter"]
    assert "Safe House (confidential)" in names(app)
    said = words(app).replace("\\", "")
    assert "5 places; 2 to ask about: 1 not verified in the last 90 days" in said
    assert "1 with hours that are not understood" in said
    table = app.dataframe[0].value.set_index("Name")
    assert table.loc["Church Kitchen", "To ask about"] == "hours"
    assert table.loc["Night Shelter", "Now"] == "open day and night"
    assert "<img" not in said.replace("&lt;img", "")


def test_the_list_is_narrowed(signed, helping):
    app = signed()
    app.text_input(key="looked for").set_value("elm PANTRY").run()
    assert names(app) == ["Elm Pantry"]
    app.text_input(key="looked for").set_value("")
    app.selectbox(key="for need").set_value("conflict").run()
    assert names(app) == ["Safe House (confidential)"]
    app.selectbox(key="for need").set_value(None)
    app.selectbox(key="of kind").set_value("food_pantry").run()
    assert names(app) == ["Church Kitchen", "Elm Pantry"]
    app.selectbox(key="of kind").set_value(None)
    app.button_group(key="only").set_value(["To verify"]).run()
    assert names(app) == ["Church Kitchen", "Night Shelter"]
    app.button_group(key="only").set_value(["Open now"]).run()
    assert set(names(app)) - {"Elm Pantry"} == {"Night Shelter", "Safe House (confidential)"}
    app.text_input(key="looked for").set_value("zzz").run()
    assert not app.exception
    assert "No place fits" in app.info[0].value


def test_a_card_opens_a_place_with_everything(signed, helping, words):
    pantry = id_of(helping, "Elm Pantry")
    app = signed()
    app.button(key=f"open {pantry}").click().run()
    assert app.query_params["place"] == pantry
    said = words(app)
    for told in ("Elm Pantry", "Mon, Wed 9am-11am", "10 Elm St", "Food pantry", "(today)"):
        assert told in said
    press(app, "All places")
    assert len(app.dataframe) == 1


def test_verified_in_one_tap_by_whoever_is_named(signed, helping, words):
    shelter = id_of(helping, "Night Shelter")
    app = press(signed(shelter), "Verified today")
    assert "Night Shelter verified today" in words(app).replace("\\", "")
    assert row_of(helping, shelter)["verified_on"] == TODAY
    assert f"{language.full_day(TODAY)} (today), by Ana" in words(app)
    with open_work(helping).reading() as rows:
        told = rows.fetch(AUDIT).set_index("did").loc["verified"]
    assert told[["who", "what"]].tolist() == ["Ana", f"place {shelter}"]


def test_nobody_verifies_without_a_name(run, helping):
    shelter = id_of(helping, "Night Shelter")
    app = run("directory")
    app.query_params["place"] = shelter
    app = press(app.run(), "Verified today")
    assert "Give your name" in app.warning[-1].value
    assert row_of(helping, shelter)["verified_on"] == date(2026, 1, 1)


def test_hours_are_read_while_one_types(signed, helping):
    kitchen = id_of(helping, "Church Kitchen")
    app = signed(kitchen)
    hints = lambda: " ".join(c.value for c in app.caption)  # noqa: E731
    assert "Not understood" in hints()
    field(app, "Hours").set_value("1st Monday 9-11am, closed holidays").run()
    assert "Read as: " in hints()
    assert "Not understood" not in hints()
    press(app, "Keep the changes")
    assert row_of(helping, kitchen)["hours"] == "Mo[1] 09:00-11:00; PH off"
    told = directory.history_of(helping, kitchen)
    assert told["by"].tolist() == ["Ana"] * len(told)
    assert "hours_text" in set(told["field"])


def test_what_is_not_different_is_not_changed(signed, helping):
    before = (helping / directory.NAME).read_bytes()
    app = press(signed(id_of(helping, "Elm Pantry")), "Keep the changes")
    assert "Nothing was different" in app.info[-1].value
    assert (helping / directory.NAME).read_bytes() == before


def test_a_place_is_added_where_its_address_lies(signed, helping, monkeypatch):
    monkeypatch.setattr(locate, "locate", lambda folder, address: (-73.781, 42.661))
    app = signed()
    press(app, "Add the place")
    assert "Still missing: name, kind, address" in app.warning[-1].value
    field(app, "Name").set_value("Oak Clinic")
    kind = next(s for s in app.selectbox if str(s.key).startswith("kind new"))
    kind.set_value("clinic")
    field(app, "Address").set_value("5 Oak Ave")
    press(app, "Add the place")
    added = row_of(helping, id_of(helping, "Oak Clinic"))
    assert added[["kind", "lon", "lat"]].tolist() == ["clinic", -73.781, 42.661]


def test_an_address_that_no_street_knows_adds_nothing(signed, helping):
    app = signed()
    field(app, "Name").set_value("Oak Clinic")
    next(s for s in app.selectbox if str(s.key).startswith("kind new")).set_value("clinic")
    field(app, "Address").set_value("5 Oak Ave")
    press(app, "Add the place")
    assert "not on the streets known here" in app.error[-1].value
    assert len(directory.read_directory(helping)) == 5


def test_a_closed_place_leaves_the_list(signed, helping):
    pantry = id_of(helping, "Elm Pantry")
    app = press(signed(pantry), "Yes, it has closed")
    assert "Elm Pantry" not in set(directory.read_directory(helping)["name"])
    assert "Elm Pantry" not in names(app)


def test_a_confidential_place_is_marked(signed, helping, words):
    """Safeguard 7."""
    app = signed(id_of(helping, "Safe House"))
    assert directory_tables.CONFIDENTIAL in words(app)
    assert any("left out of day sheets, maps" in info.value for info in app.info)


def test_exports_wait_for_a_name(run, signed, helping):
    def shown(app):
        return next(b for b in app.get("download_button") if b.proto.label == "JSON").proto

    assert shown(run("directory")).disabled
    assert not shown(signed()).disabled


def test_no_repeat_place_is_told_a_confidential_contact(make_resources):
    """Duty 16 and safeguard 7."""
    places = pd.DataFrame({"lon": [-73.75, -73.76, -73.77], "lat": 42.65})
    known = make_resources(
        name=["Library", "Safe House"], phone=["555-1", "555-2"], lon=[-73.75, -73.76],
        redacted=[False, True],
    )  # fmt: skip
    told = directory_tables.contacts(places, known, radius_m=60)
    assert told.tolist() == ["Library, 555-1", "", ""]


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        (3, "3:00 PM"), (20, "tomorrow, 8:00 AM"), (70, "Thu 26 Nov, 10:00 AM"),
        (24 * 9, "Wed 2 Dec, 12:00 PM"),
    ],
)  # fmt: skip
def test_clocks_are_said_as_people_do(hours, told):
    at = datetime(2026, 11, 23, 17, tzinfo=UTC)  # Monday noon there
    said = directory_tables.when_words(at + timedelta(hours=hours), at, ZONE)
    assert said.replace("\N{NO-BREAK SPACE}", " ") == told


def test_every_page_of_help_is_there():
    assert frame.PAGES["directory"].title == "Directory"


def test_names_are_text_everywhere(make_resources):
    row = make_resources(name=HOSTILE, eligibility=HOSTILE, hours_text=HOSTILE).iloc[0].to_dict()
    row |= {"state": "unknown", "closes_at": pd.NaT, "opens_at": pd.NaT, "doubts": (HOSTILE,)}
    row |= {"verified_days": pd.NA, "stale": True, "hours_state": "unread"}
    row |= {"doubtful": False, "hours_unread": True}
    html = directory_tables.row_html(row, NOW, ZONE) + directory_tables.place_html(row, HOSTILE)
    html += directory_tables.hours_html(row, pd.DataFrame(), NOW, ZONE)
    assert "<img" not in html
