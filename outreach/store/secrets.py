"""The city's key: pseudonyms for people in calls, and encryption for what names them.

Names, birth dates and phones never stand in calls. They are kept apart, encrypted with the key
in ``secret.key`` or in the environment variable ``OUTREACH_KEY``.
"""

import hashlib
import io
import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from cryptography.fernet import Fernet, InvalidToken

from outreach.errors import StoreError
from outreach.store.folder import write_whole

KEY_NAME = "secret.key"
KEY_VARIABLE = "OUTREACH_KEY"
CONCEALED = "concealed:"


def make_key(folder: Path) -> None:
    """Write a new key for a city folder, unless it has one already."""
    path = folder / KEY_NAME
    if not path.exists() and KEY_VARIABLE not in os.environ:
        write_whole(path, Fernet.generate_key(), private=True)


def load_key(folder: Path) -> bytes:
    """Return the city's key.

    Raises   StoreError   there is none, or it is not a key that we made
    """
    path = folder / KEY_NAME
    try:
        key = os.environ[KEY_VARIABLE].encode() if KEY_VARIABLE in os.environ else path.read_bytes()
        Fernet(key)
    except FileNotFoundError:
        raise StoreError(f"{path} is missing: without it people cannot be recognised") from None
    except ValueError:
        raise StoreError(f"{path} (or {KEY_VARIABLE}) is not a key made by outreach init") from None
    return key


def pseudonym_key(key: bytes) -> bytes:
    """Return the key for pseudonyms; it is not the one that encrypts."""
    return hashlib.sha256(b"outreach pseudonyms" + key).digest()


def concealer(key: bytes) -> Callable[[str], str]:
    """Return a function that encrypts one text, for the quarantine file."""
    cipher = Fernet(key)
    return lambda text: CONCEALED + cipher.encrypt(text.encode()).decode() if text else text


def reveal(text: str, key: bytes) -> str:
    """Return what a concealed text said; any other text comes back as it is."""
    if not text.startswith(CONCEALED):
        return text
    return Fernet(key).decrypt(text[len(CONCEALED) :].encode()).decode()


def seal(frame: pd.DataFrame, key: bytes) -> bytes:
    """Return a frame as encrypted Parquet."""
    return Fernet(key).encrypt(frame.to_parquet(index=False))


def unseal(data: bytes, key: bytes) -> pd.DataFrame:
    """Return the frame that ``seal`` encrypted.

    Raises   StoreError   the key is another one, or the data are damaged
    """
    try:
        return pd.read_parquet(io.BytesIO(Fernet(key).decrypt(data)))
    except InvalidToken:
        raise StoreError("the stored identities do not open with this city's key") from None
