"""The pages of participants on a real work database and a few ingested calls."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from outreach.config import dump_city
from outreach.link_schemas import LINK_DECISIONS, LINK_PAIRS
from outreach.pages import frame
from outreach.pipeline import intake, linkage, participants, staff, wishes
from outreach.pipeline.search import find_people
from outreach.pipeline.view import persons_of
from outreach.store.secrets import make_key
from outreach.store.work import open_work
from outreach.work_schemas import AUDIT, CONSENTS, LISTINGS, PARTICIPANTS, USUAL_PLACES, WISHES

NOW = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)  # in Riverton still Sunday, half past eleven
LEA = {"by": "Lea Moss", "now": NOW}
EVIL = "<script>alert(1)</script> [free](http://evil) $x$"
NAMES = ("Woskard, Sten", "Woskerd, Sten", "Klordock, Bovley", "Jasok, Klara", "Ruthock, Kanen")
BORN = ("1968-03-23", "1968-03-23", "1988-06-01", "1982-12-15", "1975-01-30")


@pytest.fixture(scope="module")
def with_calls(fake_city, tmp_path_factory):
    """A folder with forty calls of five spellings."""
    folder = tmp_path_factory.mktemp("people")
    (folder / "city.toml").write_text(dump_city(fake_city.settings()))
    make_key(folder)
    lines = ["incident_id,received,call_type,address,lon,lat,subject_name,subject_dob"]
    for n in range(40):
        who, at = n % len(NAMES), NOW - timedelta(days=2 + n)
        lines.append(
            f"i{n},{at:%Y-%m-%d %H:%M:%S},MENTAL HEALTH,{10 + who} ELM ST,"
            f'{-73.75 + who / 1000},42.65,"{NAMES[who]}",{BORN[who]}'
        )
    export = folder / "calls.csv"
    export.write_text("\n".join(lines))
    intake.ingest_file(folder, export, intake.Wishes(as_it_happened=True), now=NOW)
    return folder


@pytest.fixture
def city(shown_city, with_calls):
    """The same, shown by the pages."""
    return Path(shutil.copytree(with_calls, shown_city, dirs_exist_ok=True))


@pytest.fixture
def kim(city):
    """Kim is enrolled, goes by a hostile name too, wants no police and has a usual place."""
    details = {"given_name": "Kimberley", "family_name": "Lindqvist", "birth_date": "1980-05-17"}
    key = participants.enrol(city, "community", details=details, **LEA)
    participants.add_alias(city, key, EVIL, **LEA)
    wishes.add_consent(city, key, "no_police", **LEA)
    wishes.add_usual_place(city, key, -73.75, 42.65, address="1 Ash Street", **LEA)
    return key


def opened(name="participants", by="Lea Moss", **chosen):
    """A page with something chosen in its address, and a name given."""
    app = AppTest.from_file(Path(frame.__file__).parent / f"{name}.py", default_timeout=60)
    for key, value in chosen.items():
        app.query_params[key] = value
    if by:
        app.session_state["who works here"] = by
    app.run()
    assert not app.exception
    return app


def rows(folder, table, **equal):
    with open_work(folder).reading() as found:
        return found.fetch(table, **equal)


def links(app):
    return [link.proto.label for link in app.get("page_link")]


def button(app, label):
    return next(one for one in app.button if one.label == label)


def pressed(app, label):
    button(app, label).click().run()
    assert not app.exception
    return app


def part(app, name):
    app.button_group(key="part").set_value(name).run()
    assert not app.exception
    return app


@pytest.mark.parametrize("query", ["Kimberly Lindquist", "1980-05-17"])
def test_a_search_finds_a_participant_by_a_misspelt_name_and_a_birth_date(kim, query):
    app = opened()
    app.text_input(key="search").input(query).run()
    assert any(link.startswith("Kimberley Lindqvist") for link in links(app))


def test_a_search_finds_by_another_name(city, kim):
    participants.add_alias(city, kim, "Sparrow", **LEA)
    app = opened()
    app.text_input(key="search").input("Sparow").run()
    assert any("Kimberley" in link for link in links(app))


def test_a_search_finds_people_of_the_calls_and_offers_to_enrol_them(kim):
    app = opened()
    app.text_input(key="search").input("Klordok Bovly").run()
    assert any(link.startswith("Enrol ") and "Klordock" in link for link in links(app))


def test_the_list_can_be_of_those_whom_nobody_carries(city, kim):
    ana = staff.add_staff(city, "Ana Reyes", "caseworker", **LEA)
    details = {"given_name": "Lou", "family_name": "Ash"}
    participants.enrol(city, "community", staff_id=ana, details=details, **LEA)
    app = opened()
    assert {"Kimberley Lindqvist", "Lou Ash"} <= set(links(app))
    app.selectbox(key="worker").set_value("Nobody carries the case").run()
    assert "Kimberley Lindqvist" in links(app)
    assert "Lou Ash" not in links(app)


def test_a_hostile_name_is_text_everywhere(city, kim, words):
    participants.change(city, kim, version_of(city, kim), {"given_name": EVIL}, **LEA)
    shown = [opened(), part(opened(participant=kim), "Name and case")]
    for app in shown:
        said = " ".join([words(app), *links(app), *(part.value for part in app.subheader)])
        assert "<script>" not in said.replace(r"\<script\>", "")
        assert "](http" not in said


def version_of(city, key):
    return int(rows(city, PARTICIPANTS, participant_id=key)["version"].iloc[0])


def test_nobody_is_enrolled_without_a_door(city):
    app = pressed(opened(enrol="new"), "Enrol")
    assert "how they came" in app.warning[0].value
    assert rows(city, PARTICIPANTS).empty


def test_nobody_is_enrolled_by_nobody(city):
    app = opened(enrol="new", by="")
    app.radio(key="door").set_value("community")
    assert "name" in pressed(app, "Enrol").warning[0].value
    assert rows(city, PARTICIPANTS).empty


def test_enrolling_somebody_of_the_calls_opens_the_profile(city):
    found = find_people(city, "Klordock Bovley", now=NOW).iloc[0]
    app = opened(enrol=found["person_id"])
    app.radio(key="door").set_value("social_contact")
    app = pressed(app, "Enrol")
    (row,) = rows(city, PARTICIPANTS).to_dict("records")
    assert (row["door"], row["person_id"]) == ("social_contact", found["person_id"])
    assert "Klordock" in app.subheader[0].value
    assert "Enrolled" in app.success[0].value


def test_a_profile_is_opened_by_somebody(city, kim):
    app = opened(participant=kim, by="")
    assert "Give your name" in app.info[0].value
    assert not app.subheader
    assert (rows(city, AUDIT)["did"] != "saw").all()


def test_an_opening_is_written_down_once_however_often_the_page_runs(city, kim):
    app = opened(participant=kim)
    part(app, "Wishes and limits")
    part(app, "Usual places")
    app.run()
    saw = rows(city, AUDIT, did="saw")
    assert list(saw["who"]) == ["Lea Moss"]
    assert list(saw["participant_id"]) == [kim]
    opened(participant=kim)
    assert len(rows(city, AUDIT, did="saw")) == 2


def test_what_binds_stands_first(kim, words):
    said = words(opened(participant=kim))
    assert "No police" in said
    assert "1 Ash Street" in said
    assert "seen today" in said.lower()


def test_a_limit_is_saved_and_taken_back(city, kim):
    app = part(opened(participant=kim), "Wishes and limits")
    next(r for r in app.radio if r.label == "Add a limit").set_value("opt_out")
    app = pressed(app, "Save the limit")
    assert "Wants no contact" in app.success[0].value
    assert set(rows(city, CONSENTS)["rule"]) == {"no_police", "opt_out"}
    app = pressed(app, "Taken back")
    assert rows(city, CONSENTS)["withdrawn_at"].isna().all()  # asked once more first
    for _ in range(3):
        app = pressed(app, "Taken back")
    assert rows(city, CONSENTS)["withdrawn_at"].notna().all()


def test_a_language_and_how_often_are_wishes_that_bind(city, kim, words):
    app = part(opened(participant=kim), "Wishes and limits")
    next(box for box in app.selectbox if box.label == "In this language").set_value("es")
    next(group for group in app.button_group if group.label == "Visits a week").set_value(2)
    app = pressed(app, "Save the wishes")
    (wish,) = rows(city, WISHES, participant_id=kim).to_dict("records")
    assert (wish["language"], wish["visits_a_week"]) == ("es", 2)
    said = words(opened(participant=kim))
    assert "In Spanish" in said
    assert "Twice a week" in said
    app = pressed(part(opened(participant=kim), "Wishes and limits"), "Save the wishes")
    assert rows(city, WISHES, participant_id=kim)["language"].tolist() == ["es"]


def test_a_change_on_an_old_version_is_refused_and_nothing_is_lost(city, kim):
    app = part(opened(participant=kim), "Name and case")
    other = {"phone": "518 555 0199"}
    participants.change(city, kim, version_of(city, kim), other, **LEA)
    next(t for t in app.text_input if t.label == "Phone").input("518 555 0100")
    app = pressed(app, "Save the details")
    assert app.error
    assert rows(city, PARTICIPANTS)["phone"].tolist() == ["518 555 0199"]
    app = pressed(app, "Read it again")
    assert next(t for t in app.text_input if t.label == "Phone").value == "518 555 0199"


def test_an_unknown_address_is_no_usual_place(city, kim):
    app = part(opened(participant=kim), "Usual places")
    next(t for t in app.text_input if t.label.startswith("Add an address")).input("1 Nowhere")
    app = pressed(app, "Save the place")
    assert "streets known here" in app.error[0].value
    for _ in range(2):
        app = pressed(app, "Not there any more")
    assert rows(city, USUAL_PLACES)["ended_on"].notna().all()


def test_the_worker_of_a_case_is_saved(city, kim):
    ana = staff.add_staff(city, "Ana Reyes", "caseworker", **LEA)
    app = part(opened(participant=kim), "Name and case")
    next(s for s in app.selectbox if s.label == "Who carries it").set_value(ana).run()
    app = pressed(app, "Save the worker")
    assert "Ana Reyes" in app.success[0].value
    assert rows(city, PARTICIPANTS)["staff_id"].tolist() == [ana]


@pytest.fixture
def pair(city):
    """Two spellings of one person that the model is not sure about."""
    records, _ = linkage._read(city)
    first, second = (
        records[records["family_name"].str.startswith("WOSK")].head(2).to_dict("records")
    )
    ids = sorted([first["person_id"], second["person_id"]])
    told = {"match_weight": 2.0, "probability": 0.8, "reason": "same birth date"}
    found = {
        "record_a": [first["record_id"]], "record_b": [second["record_id"]],
        "person_a": [first["person_id"]], "person_b": [second["person_id"]],
    }  # fmt: skip
    (city / "models").mkdir()
    pd.DataFrame(found).assign(**told).to_parquet(city / linkage.PAIRS)
    with open_work(city).writing() as work:
        work.insert(LINK_PAIRS, [{"person_a": ids[0], "person_b": ids[1], "joined": False, **told}])
    return ids


def test_a_decision_is_stored_and_undone(city, pair, words):
    app = opened("review")
    said = words(app)
    assert "1** pair waits" in said
    assert "about 80 are one person" in said
    assert "Same birth date" in said
    app = pressed(app, "Same person")
    assert set(persons_of(city)["person_id"]) == set(pair)
    assert "No pair is waiting" in words(app)
    app = pressed(app, "Undo")
    assert list(rows(city, LINK_DECISIONS).sort_values("decided_at")["verdict"]) == [
        "same",
        "withdrawn",
    ]
    assert "None yet" in words(app)


def test_no_decision_without_a_name(city, pair):
    app = pressed(opened("review", by=""), "Different people")
    assert "name" in app.warning[0].value
    assert rows(city, LINK_DECISIONS).empty


def test_a_repeat_person_is_led_to_and_a_listing_that_ended_is_renewed(city, words):
    person = opened("repeat").selectbox(key="person").options
    assert not any("ended" in option for option in person)
    until = (NOW - timedelta(days=3)).date()
    key = "P-07000"
    listing = {"listing_id": "l1", "subject": key, "listed_on": until, "until": until}
    with open_work(city).writing() as work:
        work.insert(LISTINGS, [listing])
    app = opened("repeat")
    assert "1 listing has ended" in words(app)
    app.selectbox(key="person").set_value(key).run()
    assert "Enrol this person" in links(app)
    app = pressed(app, "Renew the listing")
    assert "Renewed" in app.success[0].value
    assert rows(city, LISTINGS)["until"].iloc[0] > NOW.date()
