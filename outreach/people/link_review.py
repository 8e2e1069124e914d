"""Which pairs a person should look at, and how far around a pair a decision can reach."""

from collections.abc import Collection

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from outreach.columns import empty
from outreach.config import LinkageParams
from outreach.link_schemas import LINK_PAIRS

_PAIR = ["person_a", "person_b"]


def settled(decisions: pd.DataFrame) -> pd.DataFrame:
    """Return what people decided last about each pair, one row a pair.

    Needs    person_a, person_b, verdict, in the order they were made
    """
    return _in_order(decisions).drop_duplicates(_PAIR, keep="last")


def person_pairs(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the best pair of spellings of each pair of pseudonyms.

    Needs    pairs    of ``linkage.score_pairs``, and person_a, person_b in any order
    Adds     person_a < person_b, match_weight, probability, reason
    """
    best = _in_order(pairs).sort_values("match_weight", ascending=False, kind="stable")
    columns = [*_PAIR, "match_weight", "probability", "reason"]
    return best.drop_duplicates(_PAIR)[columns].reset_index(drop=True)


def uncertain_pairs(
    pairs: pd.DataFrame, group_of: pd.Series, decisions: pd.DataFrame, *, params: LinkageParams
) -> pd.DataFrame:
    """Return the pairs that the model is not sure about and nobody has decided.

    Of two persons that may be one, the likeliest pair; of one person, the pairs that hold it
    together though they are not sure. A verdict of "later" leaves a pair where it is.

    Needs    pairs        as from ``person_pairs``
             group_of     number of the person by person_id
             decisions    in the order they were made
    Adds     LINK_PAIRS
    """
    last = settled(decisions)
    bound = last[last["verdict"].isin(["same", "different"])]
    told = pairs.merge(bound[[*_PAIR, "verdict"]], on=_PAIR, how="left")
    group_a, group_b = told["person_a"].map(group_of), told["person_b"].map(group_of)
    told = told.assign(joined=group_a == group_b, group_a=group_a, group_b=group_b)
    apart = _likeliest(told[~told["joined"]], bound, group_of)
    apart = apart[apart["probability"] >= params.review_probability]
    tied = _ties(told[told["joined"]], bound[bound["verdict"] == "same"])
    tied = tied[tied["probability"] < params.sure_probability]
    both = pd.concat([apart, tied]).sort_values(_PAIR, ignore_index=True)
    both = both.assign(joined=both["joined"].astype(bool))
    return both[list(LINK_PAIRS.columns)] if len(both) else empty(LINK_PAIRS)


def within_reach(
    persons: Collection[str],
    pairs: pd.DataFrame,
    links: pd.DataFrame,
    decisions: pd.DataFrame,
    *,
    params: LinkageParams,
) -> set[str]:
    """Return everybody whom regrouping around some persons can touch, themselves included.

    Two groups are joined only if some pair of theirs is as likely as their mean must be, so
    nothing beyond the chains of such pairs, of links and of decisions can change.

    Needs    pairs        as from ``person_pairs``
             links        PERSON_LINKS
    """
    likely = pairs.loc[pairs["probability"] >= params.join_probability, _PAIR]
    linked = links[["person_id", "linked_id"]].set_axis(_PAIR, axis=1)
    chosen = pd.DataFrame({"person_a": list(persons), "person_b": list(persons)})
    edges = pd.concat([likely, linked, decisions[_PAIR], chosen])
    codes, names = pd.factorize(edges.to_numpy(object).ravel())
    one, other = codes.reshape(-1, 2).T
    graph = coo_array((np.ones(len(one), np.int8), (one, other)), shape=(len(names),) * 2)
    _, part = connected_components(graph, directed=False)
    wanted = set(part[np.isin(names, list(persons))])
    return {name for name, number in zip(names, part, strict=True) if number in wanted}


def _in_order(pairs: pd.DataFrame) -> pd.DataFrame:
    one, other = pairs["person_a"], pairs["person_b"]
    return pairs.assign(
        person_a=one.where(one < other, other), person_b=other.where(one < other, one)
    )


def _likeliest(apart: pd.DataFrame, bound: pd.DataFrame, group_of: pd.Series) -> pd.DataFrame:
    """Keep one pair of each two persons, unless somebody has said that they are different."""
    no = bound.loc[bound["verdict"] == "different", _PAIR]
    no_groups = _groups(no["person_a"].map(group_of), no["person_b"].map(group_of))
    groups = _groups(apart["group_a"], apart["group_b"])
    left = apart[~groups.isin(set(no_groups))]
    left = left.assign(_groups=groups).sort_values("match_weight", ascending=False, kind="stable")
    return left.drop_duplicates("_groups")


def _groups(one: pd.Series, other: pd.Series) -> pd.Series:
    low, high = np.minimum(one, other), np.maximum(one, other)
    return pd.Series(list(zip(low, high, strict=True)), index=one.index, dtype=object)


def _ties(joined: pd.DataFrame, same: pd.DataFrame) -> pd.DataFrame:
    """Keep the pairs without which a person would fall apart: the likeliest that tie all of it.

    What a person decided ties best of all.
    """
    edges = pd.concat([same[_PAIR].assign(cost=1.0), joined.assign(cost=2 - joined["probability"])])
    edges = edges.drop_duplicates(_PAIR)
    codes, names = pd.factorize(edges[_PAIR].to_numpy(object).ravel())
    one, other = codes.reshape(-1, 2).T if len(codes) else np.empty((2, 0), int)
    graph = coo_array((edges["cost"].to_numpy(float), (one, other)), shape=(len(names),) * 2)
    tree = minimum_spanning_tree(graph.tocsr()).tocoo()
    kept = set(zip(*(names[ends] for ends in tree.coords), strict=True))
    tied = [pair in kept for pair in zip(edges["person_a"], edges["person_b"], strict=True)]
    return edges[np.array(tied, bool) & edges["match_weight"].notna() & edges["verdict"].isna()]
