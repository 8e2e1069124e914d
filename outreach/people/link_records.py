"""What is known of the people in the calls, brought into the columns that linkage compares."""

import re
from collections.abc import Callable, Collection
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from outreach.cells import to_text
from outreach.ingest.addresses import parse_address
from outreach.ingest.people import is_nobody, plain_words
from outreach.link_schemas import LINK_RECORDS
from outreach.people.persons import NOWHERE
from outreach.people.recent import leading

_NO_NAMES = {"JR", "SR", "II", "III", "IV", "ESQ", "MD", "PHD", "MR", "MRS", "MS", "MISS", "DR"}
# Words that begin a family name of several words.
_PARTICLES = {
    "AL", "BIN", "DA", "DE", "DEL", "DELLA", "DEN", "DER", "DI", "DOS", "DU", "EL", "LA", "LE",
    "LOS", "MC", "ST", "VAN", "VON",
}  # fmt: skip
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_NO_DATES = frozenset({"1900-01-01", "1901-01-01"})  # what forms hold where nobody asked
Name = tuple[str | None, str | None]


def usual_spots(calls: ir.Table) -> ir.Table:
    """Return, as a query, where the calls about each pseudonym came from.

    The usual place is the one with most calls, on a tie the latest; the address and the area are
    those most often written there.

    Needs    CALLS    all that are stored; they only tell who is who, and count for nothing
    Adds     person_id, calls, first_known_at, first_call_at, last_call_at, fine_cell, address, area
    """
    own = calls.drop_null("person_id")
    seen = own.group_by("person_id").agg(
        calls=own.count(),
        first_known_at=own.known_at.min(),
        first_call_at=own.received_at.min(),
        last_call_at=own.received_at.max(),
    )
    spots = _most_frequent(own.drop_null("fine_cell"), "fine_cell")
    seen = seen.left_join(spots, "person_id").drop("person_id_right")
    there = own.left_join(spots.rename(usual="fine_cell"), "person_id").drop("person_id_right")
    there = there.filter(there.usual.isnull() | (there.fine_cell == there.usual))  # noqa: PD003
    for name in ("address", "area"):
        told = _most_frequent(there.drop_null(name), name)
        seen = seen.left_join(told, "person_id").drop("person_id_right")
    seen = seen.mutate(fine_cell=seen.fine_cell.fill_null(NOWHERE))
    return seen.order_by("first_known_at", "first_call_at", "person_id")


def _most_frequent(calls: ir.Table, name: str) -> ir.Table:
    """Return the value of a column that each person has most often, on a tie the latest."""
    counted = calls.group_by("person_id", name).agg(n=calls.count(), last=calls.received_at.max())
    order = [ibis.desc("n"), ibis.desc("last"), name]
    return leading(counted, by="person_id", order=order).select("person_id", name)


def link_records(identities: pd.DataFrame, spots: pd.DataFrame) -> pd.DataFrame:
    """Return what linkage compares, one row a spelling.

    Needs    identities    person_id, name, birth_date, phone; several rows a person_id
             spots         as from ``usual_spots``
    Adds     LINK_RECORDS  record_id numbers the spellings of a pseudonym in the order they came,
                           so that a new one changes no other; place only where no address is known
    """
    names = {text: split_name(text) for text in identities["name"].unique()}
    told = pd.DataFrame(
        {
            "person_id": identities["person_id"],
            "given_name": [names[text][0] for text in identities["name"]],
            "family_name": [names[text][1] for text in identities["name"]],
            "birth_date": _each(identities["birth_date"], _birth_date),
            "phone": _each(identities["phone"], _phone),
            "id_number": None,
        }
    ).drop_duplicates(ignore_index=True)
    number = told.groupby("person_id").cumcount().astype(str)
    places = spots[["person_id", "area"]].assign(
        address=_each(spots["address"], _address), place=_each(spots["fine_cell"], _cell)
    )
    # Said twice it would count twice: whoever shares the address shares the place.
    places["place"] = places["place"].where(places["address"].isna(), None)
    placed = told.assign(record_id=told["person_id"] + "-" + number).merge(
        places, on="person_id", how="left"
    )
    texts = placed[list(LINK_RECORDS.columns)].astype(object)
    return texts.where(texts.notna(), None)


def with_nameless(records: pd.DataFrame, person_ids: Collection[str]) -> pd.DataFrame:
    """Add those of whom nothing is known (any more), so that what was decided holds for them."""
    more = sorted(set(person_ids) - set(records["person_id"]))
    blank = pd.DataFrame(None, index=range(len(more)), columns=records.columns, dtype=object)
    added = blank.assign(person_id=more, record_id=[f"{person}-0" for person in more])
    return pd.concat([records, added], ignore_index=True) if more else records


def split_name(text: str) -> Name:
    """Return given and family name in capitals, each missing where nobody is named.

    ``O'BRIEN, Mary Jane``, ``Mary O'Brien`` and ``Mary O'Brien Jr.`` become MARY, OBRIEN; of
    several given names the first counts. One word alone is taken for the family name.
    """
    if is_nobody(plain_words(text)):
        return None, None
    before, _, after = text.partition(",")
    family, given = _words(before), _words(after)
    if given:
        return _own(given[:1]), _own(family)
    if len(family) < 2:
        return None, _own(family)
    start = len(family) - 1
    while start > 1 and family[start - 1] in _PARTICLES:
        start -= 1
    return _own(family[:1]), _own(family[start:])


def _words(text: str) -> list[str]:
    return [word for word in plain_words(text) if word not in _NO_NAMES]


def _own(words: list[str]) -> str | None:
    """Return a part of a name, missing where it names nobody."""
    return None if is_nobody(words) else " ".join(words)


def _each(values: pd.Series, change: Callable[[Any], str | None]) -> pd.Series:
    """Return a changed column; equal values are changed once."""
    return values.map({value: change(value) for value in values.dropna().unique()})


def _birth_date(text: str) -> str | None:
    return text if _DATE.match(text) and text not in _NO_DATES else None


def _phone(text: str) -> str | None:
    digits = re.sub(r"\D", "", text)
    digits = digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
    return digits if len(digits) >= 7 and len(set(digits)) > 1 else None


def _address(text: str) -> str | None:
    found = parse_address(text)
    if found is None:
        return None
    if found.number is not None:
        return f"{found.number} {found.street}"
    return " & ".join(sorted(filter(None, (found.street, found.cross_street))))


def _cell(cell: int) -> str | None:
    return None if cell == NOWHERE else to_text(cell)
