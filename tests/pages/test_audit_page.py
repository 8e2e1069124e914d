"""The audit trail as an admin reads it."""

from datetime import UTC, datetime, timedelta

import pytest

from outreach import roles
from outreach.pages import audit
from outreach.pipeline import audit_trail
from outreach.pipeline.audit_trail import saw
from outreach.roles import Viewer

NOW = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)  # in Riverton still Sunday, half past eleven
EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture
def as_admin(shown_city, monkeypatch):
    """An admin looks at the trail of a city in which two were seen, one long ago."""
    monkeypatch.setattr(audit_trail, "_told", {})
    saw(shown_city, ["k"], "search", by="Lea", now=NOW)
    saw(shown_city, ["m"], EVIL, by="Bo", now=NOW - timedelta(days=40))
    roles.answer_by(lambda: Viewer("Al", "admin"))
    return shown_city


def test_the_trail_shows_the_last_days_and_can_be_narrowed(run, words, as_admin):
    app = run("audit")
    table = app.dataframe[0].value
    assert table[["Who", "Did", "What", "Participant"]].values.tolist() == [
        ["Lea", "saw", "search", "k"]
    ]
    assert "Lea: saw" in words(app)
    app.date_input(key="since").set_value((NOW - timedelta(days=60)).date())
    app.text_input(key="whom").set_value(" m ").run()
    assert app.dataframe[0].value["Participant"].tolist() == ["m"]
    assert EVIL not in words(app)
    assert "&lt;img" in words(app)


def test_an_empty_answer_says_what_to_do(run, as_admin):
    app = run("audit")
    app.text_input(key="whom").set_value("nobody").run()
    assert not app.dataframe
    assert "Take more days" in app.info[0].value


def test_times_are_those_of_the_city(as_admin):
    found = audit_trail.read_trail(as_admin, who="Lea", now=NOW)
    shown = audit.in_words(found.assign(at=datetime(2026, 11, 22, 3, tzinfo=UTC)), "US/Eastern")
    assert str(shown["When"].iloc[0]) == "2026-11-21 22:00:00"
    assert "21 Nov 2026" in shown["Said"].iloc[0]
