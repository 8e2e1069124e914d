import logging

import pytest
from argon2 import PasswordHasher

from outreach.errors import WorkError
from outreach.store import passwords

GOOD = "seven green kettles"


def test_only_the_right_password_fits_and_only_a_hash_is_kept(caplog):
    caplog.set_level(logging.DEBUG)
    kept = passwords.hash_password(GOOD)
    assert kept.startswith("$argon2id$")
    assert GOOD not in kept
    assert passwords.hash_password(GOOD) != kept  # salted
    assert passwords.check_password(kept, GOOD)
    assert not passwords.check_password(kept, GOOD + " ")
    assert not passwords.check_password("no hash at all", GOOD)
    assert not caplog.records


def test_an_unknown_login_costs_the_same_work(monkeypatch):
    done = []

    class Counting:
        def verify(self, kept, password):
            done.append(kept)
            return hasher.verify(kept, password)

        def hash(self, password):
            return hasher.hash(password)

    hasher = PasswordHasher()
    monkeypatch.setattr(passwords, "_HASHER", Counting())
    passwords._nobody.cache_clear()
    assert not passwords.check_password(None, GOOD)
    assert len(done) == 1
    assert done[0].startswith("$argon2id$")


def test_a_hash_of_weaker_settings_is_outdated():
    assert passwords.outdated(PasswordHasher(time_cost=1, memory_cost=8192).hash(GOOD))
    assert not passwords.outdated(passwords.hash_password(GOOD))


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short one", "12 signs"),
        ("x" * 300, "at most"),
        ("maria.gonzalez", "name or login"),
        ("Gonzalez-2026!", "name or login"),
        ("password1234", "first to be tried"),
        ("Contraseña2026", "first to be tried"),
        ("123456789012", "first to be tried"),
        ("qwertyuiopas", "first to be tried"),
        ("aaaaaaaaaaaa", "first to be tried"),
    ],
)
def test_what_would_be_guessed_is_refused_and_not_shown(password, why):
    with pytest.raises(WorkError, match=why) as told:
        passwords.check_choice(password, "maria.gonzalez", "María Gonzalez")
    assert password not in str(told.value)


def test_what_would_not_be_guessed_is_taken():
    passwords.check_choice(GOOD, "maria", "María Gonzalez")
    passwords.check_choice("my password is a long sentence", "maria", "María")


def test_one_time_passwords_can_be_chosen_and_differ():
    made = {passwords.one_time_password() for _ in range(20)}
    assert len(made) == 20
    for one in made:
        passwords.check_choice(one, "maria")
