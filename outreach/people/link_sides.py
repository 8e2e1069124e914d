"""What the calls tell of both sides of a pair, for the person who decides about it."""

import pandas as pd

FACTS = ("names", "birth_dates", "phones", "address", "calls")


def sides_of(pairs: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """Return the pseudonyms that make up one side of each pair.

    Needs    pairs    person, joined; index from 0. Where the two sides are one person now, a side
                      is its pseudonym alone
             links    PERSON_LINKS
    Adds     pair (index of the pair), person_id; the side's own pseudonym first
    """
    linked = links.set_index("person_id")["linked_id"].astype(object)
    whole = pairs["person"].map(linked).astype(object).where(~pairs["joined"].astype(bool))
    own = pd.DataFrame({"pair": pairs.index, "person_id": pairs["person"]})
    members = pd.DataFrame({"pair": pairs.index, "linked_id": whole}).dropna()
    others = members.merge(links[["linked_id", "person_id"]], on="linked_id")
    both = pd.concat([own, others[["pair", "person_id"]]], ignore_index=True)
    return both.drop_duplicates(ignore_index=True)


def side_facts(
    members: pd.DataFrame, identities: pd.DataFrame, spots: pd.DataFrame
) -> pd.DataFrame:
    """Return one row a pair: how that side is written in the calls, and where it calls from.

    Needs    members       as from ``sides_of``
             identities    person_id, name, birth_date, phone
             spots         as from ``link_records.usual_spots``
    Adds     FACTS         several spellings are joined by "; "; calls is a count
    """
    pairs = pd.Index(sorted(members["pair"].unique()), name="pair")
    named = members.merge(identities, on="person_id")
    texts = {
        plural: named[named[name] != ""].groupby("pair")[name].agg(_each_once)
        for plural, name in (("names", "name"), ("birth_dates", "birth_date"), ("phones", "phone"))
    }
    placed = members.merge(spots, on="person_id").sort_values(["pair", "calls"], ascending=False)
    address = placed.dropna(subset=["address"]).groupby("pair")["address"].first()
    facts = pd.DataFrame({**texts, "address": address}, index=pairs).astype(object)
    calls = placed.groupby("pair")["calls"].sum().reindex(pairs, fill_value=0).astype("int64")
    return facts.where(facts.notna(), "").assign(calls=calls).reset_index(drop=True)


def _each_once(texts: pd.Series) -> str:
    return "; ".join(dict.fromkeys(texts))
