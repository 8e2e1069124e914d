"""Searching for somebody by name, birth date or phone, however it was spelt."""

from datetime import datetime
from pathlib import Path

import pandas as pd

from outreach.link_schemas import PERSON_LINKS
from outreach.people.find import find
from outreach.people.person_ids import resolve
from outreach.pipeline.audit_trail import looked, saw
from outreach.pipeline.identities import spellings
from outreach.pipeline.participants import full_names
from outreach.roles import needs, viewer
from outreach.store.work import open_work
from outreach.work_schemas import ALIASES, PARTICIPANTS


@needs("participants")
def find_people(folder: Path, query: str, *, now: datetime, limit: int = 20) -> pd.DataFrame:
    """Search those enrolled and the people in the calls; see ``people.find.find``.

    Adds     participant_id (missing: not enrolled), person_id, name, birth_date, matched, score
    """
    with open_work(folder).reading() as rows:
        links, aliases = rows.fetch(PERSON_LINKS), rows.fetch(ALIASES)
        people = resolve(rows.fetch(PARTICIPANTS), links, "person_id")
    people = people.assign(name=full_names(people), subject=people["participant_id"])
    known = people.dropna(subset=["person_id"])
    enrolled = dict(zip(known["person_id"], known["participant_id"], strict=True))
    calls = spellings(folder, links)
    calls = calls.assign(subject=[enrolled.get(one, one) for one in calls["person_id"]])
    aliases = aliases.assign(subject=aliases["participant_id"])
    columns = ["subject", "name", "birth_date", "phone"]
    parts = [frame.reindex(columns=columns) for frame in (people, aliases, calls) if len(frame)]
    if not parts:
        parts = [people.reindex(columns=columns)]
    spelt = pd.concat(parts, ignore_index=True).astype("object")
    found = find(spelt.assign(name=spelt["name"].fillna("")), query, limit=limit)
    born = spelt[spelt["birth_date"].fillna("") != ""].drop_duplicates("subject")
    births = dict(zip(born["subject"], born["birth_date"], strict=True))
    own = {row["participant_id"]: row for row in people.to_dict("records")}
    rows_found = [
        {
            "participant_id": row["subject"] if row["subject"] in own else None,
            "person_id": own.get(row["subject"], {"person_id": row["subject"]})["person_id"],
            "name": own.get(row["subject"], row)["name"] or row["name"],
            "birth_date": births.get(row["subject"]),
            "matched": row["matched"],
            "score": row["score"],
        }
        for row in found.to_dict("records")
    ]
    columns = ["participant_id", "person_id", "name", "birth_date", "matched", "score"]
    told = pd.DataFrame(rows_found, columns=columns, dtype="object")
    saw(folder, told["participant_id"], "search", by=viewer().name, now=now)
    if told["participant_id"].isna().any():
        looked(folder, "search among the people of the calls", now=now)
    return told.astype({"score": "float64"})
