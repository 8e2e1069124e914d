"""Names of the people in the calls, which are kept apart from them and encrypted."""

import re
from pathlib import Path

import pandas as pd

from outreach.errors import WorkError
from outreach.people.link_records import split_name
from outreach.people.person_ids import resolve
from outreach.pipeline.view import persons_of
from outreach.roles import needs
from outreach.store import batches, calls
from outreach.store.secrets import load_key


@needs("participants")
def spellings(folder: Path, links: pd.DataFrame) -> pd.DataFrame:
    """Return what the calls call people: person_id (linked), name, birth_date, phone.

    Needs    links    PERSON_LINKS
    """
    return resolve(batches.identities(folder, load_key(folder)), links, "person_id")


def pseudonyms_of(person_id: str, links: pd.DataFrame) -> list[str]:
    """Return all pseudonyms of the person that one of them stands for.

    Needs    links    PERSON_LINKS
    """
    asked = resolve(pd.DataFrame({"person_id": [person_id]}), links, "person_id")
    whole = asked["person_id"].iloc[0]
    return sorted({person_id, whole, *links.loc[links["linked_id"] == whole, "person_id"]})


@needs("participants")
def known_identity(folder: Path, person_id: str) -> dict[str, str]:
    """Return name, birth date and phone of a person in the calls, as far as they are told.

    Of several spellings the one that occurs first among the commonest counts.

    Raises   WorkError   nobody in the calls has that id
    """
    links = persons_of(folder)
    group = pseudonyms_of(person_id, links)
    stored = calls.stored_calls(batches.call_files(folder))
    if not calls.fetch(stored.filter(stored.person_id.isin(group)).limit(1)).size:
        raise WorkError(f"nobody in the calls has the id {person_id!r}; nothing was kept")
    own = batches.identities(folder, load_key(folder))
    own = own[own["person_id"].isin(group)]
    names = _commonest(own["name"])
    given, family = split_name(names[0]) if names else (None, None)
    born = [text for text in _commonest(own["birth_date"]) if re.fullmatch(r"[\d-]{10}", text)]
    phones = _commonest(own["phone"])
    told = {
        "given_name": given and given.title(),
        "family_name": family and family.title(),
        "birth_date": born[0] if born else None,
        "phone": phones[0] if phones else None,
    }
    return {name: text for name, text in told.items() if text}


def _commonest(texts: pd.Series) -> list[str]:
    """Return the texts that say something, the commonest first."""
    return [str(text) for text in texts[texts.fillna("") != ""].value_counts().index]
