"""Which pseudonym stands for a person, the same from week to week."""

from collections.abc import Collection

import pandas as pd

from outreach.columns import empty
from outreach.link_schemas import PERSON_LINKS


def stable_ids(
    groups: pd.DataFrame,
    previous: pd.DataFrame,
    first_seen: pd.Series,
    *,
    participants: Collection[str] = (),
) -> pd.DataFrame:
    """Name each person by one of their own pseudonyms, and keep the name they had.

    An id stays as long as its own pseudonym is in the group. Where two persons join, the id of
    somebody enrolled stays, else the one that was seen first. Where one splits, the part that
    holds the id's own pseudonym keeps it; so a split that is undone leaves the ids as they were.

    Needs    groups        person_id, group, match_weight, reason; a person_id is in one group
             previous      PERSON_LINKS as they were
             first_seen    by person_id: the order in which they were first seen, 0 first
             participants  person_ids that are enrolled
    Adds     PERSON_LINKS  those that stand alone are left out
    """
    people = groups.sort_values("match_weight", ascending=False, na_position="last")
    people = people.drop_duplicates("person_id")
    people = people[people.groupby("group")["person_id"].transform("size") > 1]
    if people.empty:
        return empty(PERSON_LINKS)
    own = people["person_id"]
    held = own.map(_by_person(previous))
    ranked = people.assign(
        _followed=held.notna() & (held != own),
        _not_enrolled=~own.isin(list(participants)),
        _seen=own.map(first_seen).fillna(len(first_seen)),
    ).sort_values(["group", "_followed", "_not_enrolled", "_seen", "person_id"])
    linked = ranked.groupby("group")["person_id"].transform("first")
    named = ranked.assign(linked_id=linked)[list(PERSON_LINKS.columns)]
    return named.sort_values(["linked_id", "person_id"], ignore_index=True)


def resolve(frame: pd.DataFrame, links: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return a frame whose column names whole persons: each pseudonym as its linked id.

    What is no linked pseudonym (a person who stands alone, a place, a cell) stays as it is. So
    what was said about one spelling of a person binds all of them.

    Needs    links    PERSON_LINKS
    """
    linked = frame[column].map(_by_person(links)).astype("object")
    named = linked.where(linked.notna(), frame[column]).astype(frame[column].dtype)
    return frame.assign(**{column: named})


def still_together(previous: pd.DataFrame, named: Collection[str]) -> pd.DataFrame:
    """Return what joins people whose names are not kept any more: what was linked stays linked.

    Needs    previous    PERSON_LINKS as they were
             named       person_ids whose names are still known
    Adds     person_a, person_b, verdict    to stand before what people decided
    """
    others = previous[previous["person_id"] != previous["linked_id"]]
    known = others[["person_id", "linked_id"]].isin(list(named)).all(axis=1)
    by_model = others["match_weight"].notna()  # what a person decided is told by the decision
    gone = others.loc[~known & by_model, ["person_id", "linked_id"]]
    pairs = gone.rename(columns={"person_id": "person_a", "linked_id": "person_b"})
    return pairs.assign(verdict="same").reset_index(drop=True)


def _by_person(links: pd.DataFrame) -> pd.Series:
    return links.set_index("person_id")["linked_id"].astype("object")
