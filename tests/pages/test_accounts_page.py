"""The admin's page of accounts."""

from datetime import UTC, datetime

import pytest

from outreach.errors import NotAllowedError
from outreach.pipeline import accounts, log_in, organisations
from outreach.store import passwords

BY = {"by": "Ops", "now": datetime(2026, 11, 22, 12, tzinfo=UTC)}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Passwords are hashed with little work."""
    monkeypatch.setattr(passwords, "_HASHER", passwords.PasswordHasher(1, 64, 1))


def listed(folder):
    return accounts.list_accounts(folder, BY["now"]).set_index("login")


def fill(app, **values):
    for label, value in values.items():
        next(field for field in app.text_input if field.label == label).set_value(value)
    return app


def press(app, label):
    app = next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    return app


@pytest.fixture
def opened(run, bare_city):
    """The page, with a name given."""
    app = run("accounts")
    app.text_input(key="your name").set_value("Ops").run()
    return app


def test_the_first_account_is_asked_for_and_its_password_is_shown_once(opened, bare_city, words):
    assert "Nobody can log in yet." in words(opened)
    opened.selectbox(key="new r 0").set_value("admin").run()
    app = press(fill(opened, Name="Ann Lee", Login="ann"), "Add the account")
    assert listed(bare_city).loc["ann", "role"] == "admin"
    given = app.code[0].value
    assert log_in.log_in(bare_city, "ann", given, now=BY["now"])
    assert app.success[0].value == r"Ann Lee can log in\."
    app = press(app, "I have passed it on")
    assert not app.code
    assert given not in words(app)


def test_what_cannot_be_is_said_and_not_kept(opened, bare_city):
    opened.selectbox(key="new r 0").set_value("partner").run()
    app = press(fill(opened, Name="Pam", Login="pam"), "Add the account")
    assert "must name their organisation" in app.error[0].value
    assert listed(bare_city).empty


def test_change_close_and_reset_ask_first(run, bare_city):
    shelter = organisations.add_organisation(bare_city, "Shelter", "shelter", details={}, **BY)
    for login, role in (("ann", "admin"), ("bo", "manager")):
        details = {"name": login.title(), "role": role}
        accounts.add_account(bare_city, login, details=details, password="x Y z 0 1 2 3", **BY)  # noqa: S106
    app = run("accounts")
    app.text_input(key="your name").set_value("Ops").run()
    bo = listed(bare_city).loc["bo", "account_id"]
    app.selectbox(key="whose account 0").set_value(bo).run()
    app.selectbox(key=f"role {bo} 0").set_value("community").run()
    app.selectbox(key=f"organisation community {bo} 0").set_value(shelter).run()
    app = press(app, "Save the changes")
    assert listed(bare_city).loc["bo", ["role", "organisation"]].tolist() == [
        "community",
        "Shelter",
    ]
    app.selectbox(key="whose account 1").set_value(bo).run()
    app = press(app, "Give a new password")
    assert not app.code
    app = press(app, "Yes, give a new one")
    token = log_in.log_in(bare_city, "bo", app.code[0].value, now=BY["now"])
    app.selectbox(key="whose account 2").set_value(bo).run()
    app = press(app, "Close the account")
    assert listed(bare_city).loc["bo", "active"]
    press(app, "Yes, close it")
    assert not listed(bare_city).loc["bo", "active"]
    assert log_in.find_session(bare_city, token, now=BY["now"]) is None
    with pytest.raises(NotAllowedError):
        log_in.log_in(bare_city, "bo", app.code[0].value, now=BY["now"])
