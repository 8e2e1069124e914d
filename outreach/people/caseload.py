"""Who carries whom, how contacts become engagements, and how many people were served."""

from collections.abc import Iterable
from datetime import date
from itertools import combinations
from typing import NamedTuple

import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from outreach.people.consent import local_days, newest
from outreach.work_words import DOORS, VERDICTS

NOBODY = "nobody yet"
DECIDED = VERDICTS[:2]  # same, different


class Served(NamedTuple):
    """How many people were met, and how sure that number is (duty 22)."""

    contacts: int  # visits at which somebody was met
    people: int  # each counted once
    low: int  # if all pairs in doubt are one person each
    high: int  # if none of them is
    unnamed: int  # contacts with somebody who is neither enrolled nor known in the calls


def caseload(
    staff: pd.DataFrame, participants: pd.DataFrame, due: pd.DataFrame, *, since: date
) -> pd.DataFrame:
    """Count per worker whom they carry; those whom nobody carries come last.

    An officer stands here only if they carry somebody.

    Needs    staff, participants   STAFF, PARTICIPANTS
             due                   as followups.due
    Adds     staff_id              missing for nobody
             name, capacity        participants at once
             active, inactive      participants
             over_capacity         how many more than the capacity; 0 for nobody
             overdue               follow-ups and people without contact, as in due
             started               enrolled since a day
             arrest_diversion, social_contact, community    active participants by door
             first_enrolled_on     of the active ones
    """
    people = participants.assign(staff_id=participants["staff_id"].fillna(""))
    active = people[people["status"] == "active"]
    late = due.loc[due["state"] == "overdue", "staff_id"].fillna("")
    carrying = set(people["staff_id"]) | set(late)
    working = staff["active"] & (staff["role"] != "officer")
    shown = staff[working | staff["staff_id"].isin(carrying)]
    found = shown[["staff_id", "name", "capacity"]].sort_values("name", ignore_index=True)
    if "" in carrying:
        nobody = pd.DataFrame({"staff_id": [""], "name": [NOBODY], "capacity": [0]})
        found = pd.concat([found, nobody], ignore_index=True)
    counts = {
        "active": active["staff_id"],
        "inactive": people.loc[people["status"] == "inactive", "staff_id"],
        "overdue": late,
        "started": people.loc[people["enrolled_on"] >= since, "staff_id"],
        **{door: active.loc[active["door"] == door, "staff_id"] for door in DOORS},
    }
    for name, ids in counts.items():
        found[name] = found["staff_id"].map(ids.value_counts()).fillna(0).astype("int64")
    over = (found["active"] - found["capacity"]).clip(lower=0)
    found["over_capacity"] = over.where(found["staff_id"] != "", 0)
    found["first_enrolled_on"] = found["staff_id"].map(
        active.groupby("staff_id")["enrolled_on"].min()
    )
    found["staff_id"] = found["staff_id"].astype("object").where(found["staff_id"] != "", None)
    return found


def funnel(visits: pd.DataFrame, *, time_zone: str) -> pd.DataFrame:
    """Count by month how many visits reached somebody, and how many of those an engagement.

    Needs    visits          VISITS; corrected ones are passed over
    Adds     month           its first day
             attempts        all visits
             contacts        at which somebody was met
             engagements     at which next steps were worked on
    """
    made = newest(visits)
    days = local_days(made["happened_at"], time_zone)
    counted = pd.DataFrame(
        {
            "month": [day.replace(day=1) for day in days],
            "attempts": 1,
            "contacts": (made["stage"] != "contact_attempt").astype("int64"),
            "engagements": (made["stage"] == "engagement").astype("int64"),
        }
    )
    return counted.groupby("month", as_index=False).sum()


def served(
    visits: pd.DataFrame,
    participants: pd.DataFrame,
    links: pd.DataFrame,
    pairs: pd.DataFrame,
    decisions: pd.DataFrame,
) -> Served:
    """Count the people who were met, each once, and how far linkage's doubts could move that.

    Needs    visits          VISITS; corrected ones are passed over
             participants    PARTICIPANTS, for their pseudonyms in the calls
             links           PERSON_LINKS
             pairs           LINK_PAIRS: joined or not, those that the model is not sure about
             decisions       LINK_DECISIONS: what a person decided is in doubt no more
    """
    made = newest(visits)
    met = made[made["stage"] != "contact_attempt"]
    known = participants.set_index("participant_id")["person_id"]
    in_calls = met["participant_id"].map(known)
    own = "enrolled " + met["participant_id"]  # not known in the calls
    seen = in_calls.fillna(own).fillna(_pseudonyms(met["subject"]))
    people = sorted(seen.dropna().unique())
    group = dict(zip(links["person_id"], links["linked_id"], strict=True))
    by_group: dict[str, list[str]] = {}
    for person in people:
        by_group.setdefault(group.get(person, person), []).append(person)
    same = {pair for members in by_group.values() for pair in combinations(members, 2)}
    doubtful = _undecided(pairs, decisions)
    maybe = [pair for pair, joined in doubtful.items() if not joined]
    unsure = {pair for pair, joined in doubtful.items() if joined}
    # Two met pseudonyms may be tied through one that was not met: ask by group, not by name.
    across = [(group.get(a, a), group.get(b, b)) for a, b in maybe]
    return Served(
        contacts=len(met),
        people=len(by_group),
        low=_groups(sorted(by_group), across),
        high=_groups(people, same - unsure),
        unnamed=int(seen.isna().sum()),
    )


def _pseudonyms(subjects: pd.Series) -> pd.Series:
    """Return the subjects that are people; places and cells are texts of the hexagon grid."""
    return subjects.where(subjects.str.startswith("p", na=False))


def _undecided(pairs: pd.DataFrame, decisions: pd.DataFrame) -> dict[tuple[str, str], bool]:
    """Return the pairs that no person has decided, and whether the model joined them."""
    newest = decisions.sort_values("decided_at").drop_duplicates(
        ["person_a", "person_b"], keep="last"
    )
    settled = newest[newest["verdict"].isin(DECIDED)]
    done = set(zip(settled["person_a"], settled["person_b"], strict=True))
    rows = zip(pairs["person_a"], pairs["person_b"], pairs["joined"], strict=True)
    return {(a, b): bool(joined) for a, b, joined in rows if (a, b) not in done}


def _groups(people: list[str], ties: Iterable[tuple[str, str]]) -> int:
    """Count the groups that ties make of people; a tie to somebody else ties nobody."""
    number = {person: i for i, person in enumerate(people)}
    inner = [(number[a], number[b]) for a, b in ties if a in number and b in number]
    if not inner:
        return len(people)
    rows, columns = zip(*inner, strict=True)
    shape = (len(people), len(people))
    tied = coo_array(([1] * len(inner), (rows, columns)), shape=shape)
    return int(connected_components(tied, directed=False)[0])
