"""Who a call is about: a pseudonym for the calls, and the identity apart from them."""

import hashlib
import hmac
import re
import unicodedata

import pandas as pd

from outreach.ingest import dates
from outreach.ingest.mapping import Mapping

_NOBODY = re.compile(
    r"^(?:UNKNOWN|UNK|NONE|N ?A|NULL|REFUSED?|ANONYMOUS|ANON|DOE|"
    r"(?:JOHN|JANE) DOE|DOE (?:JOHN|JANE)|"
    r"X+|0+|NOT (?:GIVEN|KNOWN|PROVIDED)|TEST|\W*)$"
)
_GAPS = re.compile(r"[^\w\s]")
# "MALE, 40S" says what somebody looks like; under one pseudonym all of them would be one person.
_ANYBODY = {
    "MALE", "FEMALE", "MAN", "WOMAN", "BOY", "GIRL", "JUVENILE", "ADULT", "SUBJECT", "PARTY",
    "PERSON", "CALLER", "RESIDENT", "UNIDENTIFIED", "UNKNOWN", "UNK",
}  # fmt: skip
_LOOKS = {
    "WHITE", "BLACK", "HISPANIC", "ASIAN", "YOUNG", "OLD", "OLDER", "ELDERLY", "EARLY", "MID",
    "LATE", "IN", "HIS", "HER", "YEAR", "YEARS", "YO", "YRS", "W", "B", "H", "A", "M", "F",
}  # fmt: skip


def plain_words(text: str) -> list[str]:
    """Return the words of a name in capitals, without accents or punctuation."""
    if not text.isascii():
        marked = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in marked if not unicodedata.combining(c))
    return _GAPS.sub(" ", text.upper().replace("'", "").replace("’", "")).split()


def normal_name(text: str) -> str:
    """Return a name in one form: no accents or punctuation, words in order of the alphabet.

    ``O'Brien, Mary`` and ``MARY OBRIEN`` become the same.
    """
    return " ".join(sorted(plain_words(text)))


def is_nobody(words: list[str]) -> bool:
    """Tell whether the plain words of a name name nobody: UNKNOWN, DOE, or MALE, 40S."""
    told = {word for word in words if word in _ANYBODY or word[0].isdigit()}
    if told and told.union(_LOOKS).issuperset(words):
        return True
    return bool(_NOBODY.match(" ".join(sorted(words))))


def pseudonym(key: bytes, *parts: str) -> str:
    """Return a short text that only the holder of the key can tie to the parts."""
    digest = hmac.new(key, "\x1f".join(parts).encode(), hashlib.sha256)
    return "p" + digest.hexdigest()[:16]


def identities_of(
    rows: pd.DataFrame, mapping: Mapping, key: bytes
) -> tuple[pd.Series, pd.DataFrame]:
    """Return the pseudonym of each row, and once each who they are.

    By the export's own person key where there is one, else by name and birth date; missing where
    the export names nobody.
    """
    none = pd.Series(None, index=rows.index, dtype="str")
    blank = pd.Series("", index=rows.index, dtype="str")
    columns = {"person_id": none, "name": blank, "birth_date": blank, "phone": blank}
    if not mapping.person_key and not mapping.person_name:
        return none, pd.DataFrame(columns).iloc[:0]
    name = blank
    for part in mapping.person_name:
        name = (name + " " + rows[part]).str.strip()
    born = rows[mapping.birth_date] if mapping.birth_date else blank
    if mapping.birth_date:
        read = dates.read_dates(born, mapping.birth_date_order)
        iso = pd.Series(read.stamps, rows.index).dt.strftime("%Y-%m-%d")
        born = iso.where(pd.Series(read.ok, rows.index), born)
    own = rows[mapping.person_key] if mapping.person_key else blank
    known: dict[tuple[str, str, str], str | None] = {}
    for triple in set(zip(own, name, born, strict=True)):
        known[triple] = _person(key, mapping.name, *triple)
    ids = [known[triple] for triple in zip(own, name, born, strict=True)]
    person_id = pd.Series(ids, index=rows.index, dtype="str")
    phone = rows[mapping.phone] if mapping.phone else blank
    told = pd.DataFrame({"person_id": person_id, "name": name, "birth_date": born, "phone": phone})
    told = told[
        told["person_id"].notna() & (told[["name", "birth_date", "phone"]] != "").any(axis=1)
    ]
    return person_id, told.drop_duplicates(ignore_index=True)


def _person(key: bytes, export: str, own: str, name: str, born: str) -> str | None:
    if own and not _NOBODY.match(own.upper()):
        return pseudonym(key, "key", export, own.upper().removesuffix(".0"))
    plain = normal_name(name)
    if not is_nobody(plain_words(name)):
        return pseudonym(key, "name", plain, born)
    return None
