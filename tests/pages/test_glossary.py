"""Every word that is shown has an entry, and the tour leads to real pages."""

import pytest

from outreach import plan_schemas, roles, schemas, work_words
from outreach.config import load_city
from outreach.pages import tour
from outreach.pages.contents import PAGES
from outreach.pages.glossary_words import glossary, search
from outreach.roles import ACCOUNT_ROLES, Viewer

SHOWN = {
    "needs": schemas.ALL_NEEDS,
    "outcomes": work_words.OUTCOMES,
    "stages": work_words.STAGES,
    "response modes": schemas.RESPONSE_MODES,
    "labels": schemas.LABELS,
    "tasks": work_words.TASK_KINDS,
    "steps": work_words.REFERRAL_STEPS,
    "what referrals came to": work_words.REFERRAL_OUTCOMES,
    "limits": work_words.CONSENT_RULES,
    "doors": work_words.DOORS,
}
WORDS = (
    "Sweep", "Stop", "Hex", "Repeat place", "Listing", "Sunset", "Release", "Engagement",
    "Hot spot", "Back-test", "Access (E2SFCA)", "Exposure", "Participant", "Referral",
)  # fmt: skip


@pytest.mark.parametrize("which", SHOWN)
def test_every_code_that_is_shown_has_an_entry(which):
    codes = {entry.code for entries in glossary().values() for entry in entries}
    assert set(SHOWN[which]) <= codes


def test_no_code_of_the_glossary_is_unknown():
    known = {code for codes in SHOWN.values() for code in codes} | {"no_contact"}
    codes = {entry.code for entries in glossary().values() for entry in entries} - {""}
    assert codes <= known | set(plan_schemas.KINDS)


def test_words_of_the_vocabulary_are_there_once_each_and_short():
    entries = [entry for section in glossary().values() for entry in section]
    words = [entry.word for entry in entries]
    assert set(WORDS) <= set(words)
    assert all(len(entry.told) <= 140 and entry.told.endswith(".") for entry in entries)
    for entries in glossary().values():
        named = [entry.word for entry in entries]
        assert len(named) == len(set(named))


def test_the_search_finds_words_and_explanations():
    found = search(glossary(), "  CHANCE ")
    words = [entry.word for entries in found.values() for entry in entries]
    assert "Hot spot" in words
    assert "Sweep" not in words
    assert search(glossary(), "xyzzy") == {}
    assert search(glossary(), "") == glossary()


def test_the_page_shows_what_is_looked_for_and_says_so_where_nothing_is(shown_city, run, words):
    app = run("glossary")
    assert "Sunset" in words(app)
    app.text_input(key="word").set_value("sunset").run()
    assert "Sunset" in words(app)
    assert "Hot spot" not in words(app)
    app.text_input(key="word").set_value("xyzzy").run()
    assert "No word here holds that" in words(app)


@pytest.mark.parametrize("role", [*ACCOUNT_ROLES, "operator"])
def test_the_tour_of_each_role_is_short_and_on_pages_it_may_open(role):
    steps = tour.steps(role)
    assert 3 <= len(steps) <= tour.MOST_STEPS
    for step in steps:
        assert Viewer("Ann", role).may(PAGES[step.page].needs), step.page


def test_the_tour_leads_from_step_to_step(shown_city, run):
    roles.answer_by(lambda: Viewer("Ann", "manager"))
    app = run("tour")
    assert [part.proto.page for part in app.get("page_link")] == [
        step.page for step in tour.steps("manager")
    ]


def test_a_real_city_is_told_how_to_start_the_demo(shown_city, run, words):
    path = shown_city / "city.toml"
    text = path.read_text()
    assert "invented_data = true" in text
    path.write_text(text.replace("invented_data = true", "invented_data = false"))
    assert not load_city(shown_city).invented_data
    app = run("tour")
    assert "outreach demo" in words(app)
    assert not app.get("page_link")
