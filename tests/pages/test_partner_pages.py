"""The pages of partners, police and the public, and what a lead does with their requests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from outreach import roles
from outreach.outcomes.suppression import ALL
from outreach.pages import released, sources
from outreach.pages.exports import packed
from outreach.pipeline import organisations, participants, public, wishes
from outreach.pipeline.exports import Export
from outreach.pipeline.referrals_in import ReferralIn, open_referrals_in, own_referrals_in, refer
from outreach.roles import Viewer, acting_as
from outreach.store.work import open_work
from outreach.weeks import local_date
from outreach.work_schemas import AUDIT, PARTICIPANTS

NOW = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)  # in Riverton still Sunday, half past eleven
TODAY = local_date(NOW, "America/New_York")
BY = {"by": "Lea", "now": NOW}
HOSTILE = "[x](http://a) <img src=x> $b$"


@pytest.fixture
def partners(shown_city):
    """A police and a partner organisation, of which one has an agreement; their ids."""
    made = {
        name: organisations.add_organisation(shown_city, name, kind, details={}, **BY)
        for name, kind in (("Police", "police"), ("Shelter", "shelter"))
    }
    days = {"signed_on": TODAY - timedelta(days=3), "expires_on": TODAY + timedelta(days=30)}
    organisations.add_agreement(
        shown_city, made["Police"], may_see=("name", "status", "phone"), **days, **BY
    )
    return made


@pytest.fixture
def kim(shown_city, partners):
    """Somebody who let the police know their status, and nothing else."""
    details = {"given_name": "Kim", "family_name": HOSTILE, "phone": "555 0100", "note": "secret"}
    key = participants.enrol(shown_city, "community", details=details, **BY)
    wishes.add_release(
        shown_city,
        key,
        partners["Police"],
        ("status",),
        signed_on=TODAY,
        expires_on=TODAY + timedelta(days=9),
        **BY,
    )
    return key


@pytest.fixture
def as_(run):
    """Open a page as somebody of an organisation."""

    def opened(name, role, organisation=None):
        who = Viewer("Pat", role, "account", organisation)
        roles.answer_by(lambda: who)
        return run(name)

    return opened


def inbox(folder):
    with acting_as(Viewer("Lea", "lead")):
        return open_referrals_in(folder, now=NOW)


def audited(folder):
    with open_work(folder).reading() as rows:
        return rows.fetch(AUDIT)


def test_duty_27_a_police_login_opens_no_participant(as_, words, shown_city, partners, kim):
    app = as_("released", "police_liaison", partners["Police"])
    told = words(app)
    assert "Reference" in told
    assert "Active" in told
    for secret in ("Kim", "img src", "555 0100", "secret", kim):
        assert secret not in told
    (row,) = audited(shown_city).query("who == 'Pat'").to_dict("records")
    assert (row["did"], row["participant_id"]) == ("saw", kim)


def test_duty_38_without_an_agreement_there_is_one_plain_line(as_, words, partners, kim):
    app = as_("released", "partner", partners["Shelter"])
    assert "no current agreement" in app.info[0].value
    assert not app.get("download_button")
    assert "Reference" not in words(app)
    app = as_("released", "partner")
    assert "no organisation" in app.info[0].value


def test_nobody_who_released_anything_is_said_so(as_, partners):
    app = as_("released", "police_liaison", partners["Police"])
    assert "Nobody has allowed us" in app.info[0].value


def test_a_name_that_was_released_is_plain_text():
    told = pd.DataFrame(
        {
            "reference": ["a" * 32],
            "name": ["<b>Kim</b>"],
            "next_step": ["follow up, 2026-12-24"],
            "referrals": ["housing search: no place; food: served once"],
            "services": ["eviction aid, food"],
            "last_contact": [""],
        }
    )
    html = released.cards_html(told)
    assert "<b>" not in html
    assert "Follow up, 24 Dec 2026" in html
    assert "Housing search: No place was free; Food: Served once" in html
    assert "Eviction aid, Food" in html
    assert "Last contact" not in html
    assert "a" * 9 not in html.lower()


def send(app, place="under the bridge", need="homelessness", **more):
    key = app.session_state["referral in"]
    if need:
        app.selectbox(key=f"refer need {key}").set_value(need)
    app.text_input(key=f"refer place {key}").set_value(place)
    for name, value in more.items():
        app.text_input(key=f"refer {name} {key}").set_value(value)
    next(b for b in app.button if b.label == "Send it to the team").click().run()
    assert not app.exception
    return key


def test_a_request_is_sent_once_and_shows_what_becomes_of_it(as_, words, shown_city, partners):
    app = as_("refer", "police_liaison", partners["Police"])
    assert "arrests, warrants or citations" in words(app)
    key = send(app, name=HOSTILE)
    assert "The team has your request" in app.success[0].value
    assert "Received" in words(app)
    assert "img src" not in words(app)  # not even their own words about a name
    app.session_state["referral in"] = key  # a second tap, before the first had come back
    app.run()
    send(app)
    waiting = inbox(shown_city)
    assert waiting["place"].to_list() == ["under the bridge"]
    assert waiting["organisation"].to_list() == ["Police"]
    assert waiting["recorded_by"].to_list() == ["Pat"]


def test_a_request_without_a_place_or_a_need_is_not_sent(as_, shown_city, partners):
    app = as_("refer", "partner", partners["Shelter"])
    send(app, place=" ")
    assert "nothing was sent yet" in app.warning[0].value
    send(as_("refer", "partner", partners["Shelter"]), need=None)
    assert inbox(shown_city).empty
    assert "no organisation" in as_("refer", "partner").info[0].value


@pytest.fixture
def asked(shown_city, partners):
    entry = ReferralIn("one", "conflict", f"the ferry {HOSTILE}", True, name="Rae Fox")
    with acting_as(Viewer("Pat", "police_liaison", "a", partners["Police"])):
        refer(shown_city, entry, by="Pat", now=NOW)
    return partners["Police"]


def status(folder, organisation):
    with acting_as(Viewer("Pat", "police_liaison", "a", organisation)):
        return own_referrals_in(folder, now=NOW).loc[0, "status"]


def test_a_lead_takes_a_request_up_and_enrols(as_, words, shown_city, asked):
    app = as_("due", "lead")
    assert "Others ask us to see somebody (1)" in words(app)
    assert "](http" not in words(app)
    app.button(key="enrol one").click().run()
    assert not app.exception
    assert "They are enrolled" in app.success[0].value
    with open_work(shown_city).reading() as rows:
        assert rows.fetch(PARTICIPANTS)["given_name"].to_list() == ["Rae"]
    assert status(shown_city, asked) == "taken_up"
    assert "Others ask us" not in words(app)


def test_not_taken_up_is_asked_once_more(as_, shown_city, asked):
    app = as_("due", "lead")
    app.button(key="ask not one").click().run()
    assert status(shown_city, asked) == "received"
    app.button(key="yes not one").click().run()
    assert not app.exception
    assert status(shown_city, asked) == "not_taken_up"


def test_exports_are_made_on_a_second_press_and_audited(as_, words, shown_city, partners, kim):
    app = as_("exports", "lead")
    app.selectbox(key="update to").set_value(partners["Police"]).run()
    assert "At most, by the agreement: name, phone, status" in words(app)
    app.button(key="ask export update").click().run()
    assert not app.get("download_button")
    app.button(key="yes export update").click().run()
    assert not app.exception
    assert "People: 1" in app.success[0].value
    assert app.get("download_button")
    told = audited(shown_city).query("did == 'exported'")
    assert told["participant_id"].to_list() == [kim]
    app.button(key="ask export records").click().run()
    app.button(key="yes export records").click().run()
    assert "records" in app.success[0].value
    assert list(audited(shown_city).query("did == 'exported'")["who"]) == ["Pat", "Pat"]


def test_who_has_no_agreement_is_not_among_those_who_can_be_told(as_, partners):
    app = as_("exports", "lead")
    assert app.selectbox(key="update to").options == ["Police"]


def test_several_files_go_as_one():
    name, content = packed(Export({"a.csv": b"1", "b.csv": b"2"}, 1, {}), "hmis")
    assert name == "hmis.zip"
    assert content.startswith(b"PK")
    assert packed(Export({"a.csv": b"1"}, 1, {}), "x") == ("a.csv", b"1")


@pytest.fixture
def helped(fake_city, monkeypatch):
    """Calls of three quarters; one place calls seldom."""
    rates, counts, _ = fake_city.rates_and_counts()
    told = counts.rename(columns={"week": "day"}).assign(source="911")
    monkeypatch.setattr(public, "helped", lambda *_: told.assign(cell=told["cell"].astype("Int64")))
    return rates


def test_safeguard_7_the_public_page_shows_no_small_count_to_anybody(
    as_, words, shown_city, helped
):
    for role in ("community", "police_liaison", "admin"):
        app = as_("public", role)
        tables = [frame.value for frame in app.dataframe]
        assert len(tables) == 3
        shown = pd.concat([table.iloc[:, 1:].stack() for table in tables])  # noqa: PD013
        numbers = shown[shown != "hidden"].str.replace(",", "").astype(int)
        assert not ((numbers >= 1) & (numbers <= 10)).any()
        assert (shown == "hidden").any()
        assert ALL not in set(shown)
    assert "Nothing here says why" in words(app)
    assert len(app.get("download_button")) == 2
    app.selectbox(key="quarter").select_index(1).run()
    assert not app.exception


def test_a_city_without_a_whole_quarter_says_so(as_, shown_city, monkeypatch):
    none = pd.DataFrame(columns=["cell", "day", "need", "source", "calls"])
    monkeypatch.setattr(public, "helped", lambda *_: none.assign(cell=none["cell"].astype("Int64")))
    app = as_("public", "community")
    assert "No whole quarter" in app.info[0].value


def test_the_public_page_is_given_no_city_view(as_, shown_city, helped, monkeypatch):
    def refused(*_):
        raise AssertionError("the page asked for more than public figures")

    monkeypatch.setattr(public, "known_calls", refused)
    as_("public", "community")


BY_SOURCE = ["need", "trends", "alerts", "summary", "repeat", "proximity", "access", "sites"]


@pytest.mark.parametrize("name", BY_SOURCE)
def test_duty_29_the_source_is_a_filter(as_, shown_city, monkeypatch, name):
    asked = []

    def of_source(view, source):
        asked.append(source)
        return view

    monkeypatch.setattr(sources, "of_source", of_source)
    app = as_(name, "lead")
    assert asked == []
    app.button_group(key="source").set_value("311").run()
    assert not app.exception
    assert asked == ["311"]


@pytest.mark.parametrize("name", ["need", "proximity", "access", "sites"])
def test_a_source_without_a_placed_call_says_so(as_, shown_city, monkeypatch, name):
    def of_source(view, source):
        return replace(view, counts=view.counts.iloc[:0])

    monkeypatch.setattr(sources, "of_source", of_source)
    app = as_(name, "lead")
    app.button_group(key="source").set_value("311").run()
    assert not app.exception
    assert "Choose another source" in app.info[0].value


def test_every_map_of_need_can_be_of_a_source_but_the_forecast(as_, shown_city, monkeypatch):
    asked = []

    def of_source(view, source):
        asked.append(source)
        return view

    monkeypatch.setattr(sources, "of_source", of_source)
    app = as_("need", "manager")
    for choice, source in (
        ("Hot spots", "988"),
        ("What is emerging", "911"),
        ("What changed", "311"),
    ):
        app.button_group(key="what").set_value(choice).run()
        app.button_group(key="source").set_value(source).run()
        assert not app.exception
    assert asked == ["988", "911", "311"]
    app.button_group(key="what").set_value("Next week").run()
    assert not app.exception
    assert "source" not in [group.key for group in app.button_group]
