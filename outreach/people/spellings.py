"""Records in one spelling, so that they can be compared, and the keys under which to look."""

import re
import unicodedata
from collections.abc import Callable

import pandas as pd

from outreach.link_schemas import LINK_RECORDS

FIELDS = tuple(name for name in LINK_RECORDS.columns if name not in {"record_id", "person_id"})
# Parts that two records must share to be compared at all. Places count only together with a
# name, so that nobody without a name is found by place alone.
BLOCKS = (
    ("id_number",),
    ("phone",),
    ("birth_date", "given_start"),
    ("birth_date", "family_start"),
    ("birth_date", "initials"),
    ("birth_date", "address"),
    ("birth_date", "area"),
    ("birth_date", "place"),
    ("birth_day", "given_start"),
    ("birth_day", "family_start"),
    ("birth_year", "given_start", "family_start"),
    ("both_names",),
    ("address", "given_start"),
    ("address", "family_start"),
    ("area", "given_start", "family_start"),
    ("place", "given_start", "family_start"),
)
MAX_BLOCK = 200  # records under one key; more of them say little, and cost the square
_START = 3  # letters
_BIRTH_DIGITS, _MIN_PHONE_DIGITS, _PHONE_DIGITS = 8, 7, 10
# What ought to be somebody's own but is written for many stands in for what nobody asked,
# such as 000-00-0000.
_OWN = ("birth_date", "phone", "id_number")
_STAND_IN_PEOPLE, _STAND_IN_SHARE = 20, 0.002


def spelled(records: pd.DataFrame) -> pd.DataFrame:
    """Return the records in one spelling: plain small letters and digits, missing where empty.

    Needs    LINK_RECORDS
    Adds     birth_date as YYYYMMDD, and parts of it: birth_year, birth_day (MMDD),
             birth_swapped (YYYYDDMM)
    """
    told = records.reset_index(drop=True)
    told = told.assign(**{name: _each(told[name], _plain) for name in FIELDS})
    told["birth_date"] = _each(told["birth_date"], _birth_digits)
    told["phone"] = _each(told["phone"], _phone_digits)
    for name in _OWN:
        told[name] = told[name].mask(_stand_in(told[name], told["person_id"]))
    born = told["birth_date"]
    return told.assign(
        birth_year=born.str[:4],
        birth_day=born.str[4:],
        birth_swapped=born.str[:4] + born.str[6:] + born.str[4:6],
    )


def block_keys(told: pd.DataFrame) -> pd.DataFrame:
    """Return a column of keys for each of BLOCKS, block_0 on, for spelled records.

    A key is missing where one of its parts is, or where too many records share it. They are
    numbers, for so many texts of a million records would fill the memory.
    """
    given, family = told["given_name"], told["family_name"]
    parts = told.assign(
        given_start=given.str[:_START],
        family_start=family.str[:_START],
        initials=_in_order(given.str[:1], family.str[:1]),
        both_names=_in_order(given, family),
    )
    keys = {}
    for number, names in enumerate(BLOCKS):
        known = parts[list(names)].notna().all(axis=1)
        key = pd.util.hash_pandas_object(parts[list(names)], index=False)
        key = key.astype("UInt64").where(known)
        keys[f"block_{number}"] = key.mask(key.map(key.value_counts()) > MAX_BLOCK)
    return pd.DataFrame(keys)


def shares_of_people(told: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return how large a share of the people have each value of a column of spelled records.

    Several records of one person must not make their values look frequent: those with the same
    birth date and the same first letters count once.

    Adds     the column and tf_column, the share
    """
    who = pd.DataFrame({name: told[name].str[:_START] for name in ("given_name", "family_name")})
    who = who.assign(born=told["birth_date"], value=told[column]).dropna(subset="value")
    counts = who.drop_duplicates()["value"].value_counts(normalize=True)
    return pd.DataFrame({column: counts.index, f"tf_{column}": counts.to_numpy()})


def nameless(told: pd.DataFrame) -> pd.Series:
    """Return which spelled records name nobody."""
    return told["given_name"].isna() & told["family_name"].isna()


def _each(texts: pd.Series, change: Callable[[str], str]) -> pd.Series:
    """Return the texts changed, each different one only once."""
    changed = {text: change(text) or None for text in texts.dropna().unique()}
    return texts.map(changed).astype("str")


def _plain(text: str) -> str:
    marked = unicodedata.normalize("NFKD", text.lower())
    return "".join(c for c in marked if c.isalnum())


def _birth_digits(text: str) -> str:
    return text if re.fullmatch(r"\d{8}", text) else ""


def _phone_digits(text: str) -> str:
    digits = re.sub(r"\D", "", text)
    return digits[-_PHONE_DIGITS:] if len(digits) >= _MIN_PHONE_DIGITS else ""


def _stand_in(texts: pd.Series, person_id: pd.Series) -> pd.Series:
    people = person_id.groupby(texts).nunique()
    common = max(_STAND_IN_PEOPLE, _STAND_IN_SHARE * person_id.nunique())
    return texts.isin(people.index[people > common])


def _in_order(one: pd.Series, other: pd.Series) -> pd.Series:
    """Return both texts joined in order of the alphabet, so that a swap changes nothing."""
    return (one + " " + other).where(one <= other, other + " " + one)
