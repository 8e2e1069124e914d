"""Passwords of local accounts: kept as argon2id hashes, and never written anywhere else."""

import secrets
import unicodedata
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from outreach.errors import WorkError

LEAST_LENGTH = 12
MOST_LENGTH = 256  # more is no password, but work for the machine
# What is tried first: parts that very common passwords of this length are made of.
_COMMON = (
    "password", "passwort", "contrasena", "qwerty", "qwertz", "asdfgh", "letmein",
    "welcome", "bienvenido", "iloveyou", "teamo", "admin", "administrator", "outreach", "changeme",
    "secret", "football", "baseball", "dragon", "monkey", "sunshine", "princess", "superman",
    "correcthorsebatterystaple", "trustno",
)  # fmt: skip
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "0123456789012345678901234567890",
    "qwertyuiopasdfghjklzxcvbnm",
)
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another
_HASHER = PasswordHasher()


def hash_password(password: str) -> str:
    """Return what is kept of a password."""
    return _HASHER.hash(password)


def check_password(kept: str | None, password: str) -> bool:
    """Return whether a password is the one that was kept; None takes as long and is never it."""
    try:
        right = _HASHER.verify(kept or _nobody(), password[:MOST_LENGTH])
    except (VerificationError, InvalidHashError):
        return False
    return right and kept is not None


def outdated(kept: str) -> bool:
    """Return whether a password is to be hashed anew, because stronger settings hold now."""
    return _HASHER.check_needs_rehash(kept)


@lru_cache(maxsize=1)
def _nobody() -> str:
    return _HASHER.hash(secrets.token_hex(16))


def one_time_password() -> str:
    """Return a new password that can be read out: four groups of four signs, about 79 bits."""
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(4)) for _ in range(4))


def check_choice(password: str, *names: str) -> None:
    """Refuse a password that would be guessed; ``names`` are the login and name it is for.

    Raises   WorkError   it is short, very long, very common, or made of a name; never shows it
    """
    if len(password) < LEAST_LENGTH:
        raise WorkError(
            f"a password needs {LEAST_LENGTH} signs or more; a few words in a row are good; "
            "nothing was changed"
        )
    if len(password) > MOST_LENGTH:
        raise WorkError(f"a password has {MOST_LENGTH} signs at most; nothing was changed")
    plain = _letters(password)
    known = {_letters(part) for name in names for part in (name, *name.replace("@", " ").split())}
    if any(len(part) >= 3 and _is_mostly(part, plain) for part in known):
        raise WorkError("a password cannot be made of the name or login; nothing was changed")
    rows = any(plain in row * 2 or plain[::-1] in row * 2 for row in _ROWS)
    if rows or len(set(plain)) < 5 or any(_is_mostly(part, plain) for part in _COMMON):
        raise WorkError("this password is one of the first to be tried; nothing was changed")


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.lower())  # José is made of jose too
    return "".join(sign for sign in plain if sign.isalnum())


def _is_mostly(part: str, text: str) -> bool:
    """Return whether little is left of a text without a part: name2026, passwordpassword."""
    return len(text.replace(part, "")) < 6 and part in text
