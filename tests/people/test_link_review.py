import itertools

import numpy as np
import pandas as pd
import pytest

from outreach.columns import check, empty
from outreach.config import LinkageParams
from outreach.link_schemas import LINK_PAIRS, PERSON_LINKS
from outreach.people.link_groups import person_groups
from outreach.people.link_records import with_nameless
from outreach.people.link_review import person_pairs, settled, uncertain_pairs, within_reach
from outreach.people.link_sides import side_facts, sides_of

PARAMS = LinkageParams()
NONE = pd.DataFrame(columns=["person_a", "person_b", "verdict"], dtype=object)


def decided(*rows):
    return pd.DataFrame(rows, columns=["person_a", "person_b", "verdict"])


def pairs_of(*rows):
    frame = pd.DataFrame(rows, columns=["person_a", "person_b", "probability"])
    odds = frame["probability"] / (1 - frame["probability"])
    return frame.assign(match_weight=np.log2(odds), reason="same family name")


def shown(pairs, groups, decisions=NONE):
    found = check(uncertain_pairs(pairs, pd.Series(groups), decisions, params=PARAMS), LINK_PAIRS)
    return {(a, b): j for a, b, j in found[["person_a", "person_b", "joined"]].to_numpy()}


def test_the_last_verdict_on_a_pair_counts_whichever_way_round():
    rows = decided(("a", "b", "same"), ("c", "d", "later"), ("b", "a", "withdrawn"))
    last = settled(rows).set_index(["person_a", "person_b"])["verdict"].to_dict()
    assert last == {("a", "b"): "withdrawn", ("c", "d"): "later"}


def test_of_two_pseudonyms_the_best_pair_of_spellings_counts():
    rows = [("b-0", "a-0", 1.0, "x"), ("a-1", "b-0", 5.0, "y"), ("a-0", "c-0", 2.0, "z")]
    pairs = pd.DataFrame(rows, columns=["record_a", "record_b", "match_weight", "reason"])
    pairs["probability"] = 0.5
    for side in ("a", "b"):
        pairs[f"person_{side}"] = pairs[f"record_{side}"].str[0]
    best = person_pairs(pairs).set_index(["person_a", "person_b"])["reason"].to_dict()
    assert best == {("a", "b"): "y", ("a", "c"): "z"}


def test_sure_pairs_and_unlikely_ones_need_nobody():
    pairs = pairs_of(("a", "b", 0.9999), ("c", "d", 0.05), ("e", "f", 0.5), ("g", "h", 0.95))
    groups = {"a": 0, "b": 0, "c": 1, "d": 2, "e": 3, "f": 4, "g": 5, "h": 5}
    assert shown(pairs, groups) == {("e", "f"): False, ("g", "h"): True}


def test_a_weak_pair_in_a_person_held_by_strong_ones_needs_nobody():
    pairs = pairs_of(("a", "b", 0.9999), ("b", "c", 0.9999), ("a", "c", 0.3), ("c", "d", 0.97))
    groups = dict.fromkeys("abcd", 0)
    assert shown(pairs, groups) == {("c", "d"): True}
    assert shown(pairs, groups, decided(("d", "a", "same"))) == {}


def test_of_two_persons_only_the_likeliest_pair_is_asked_and_not_again():
    pairs = pairs_of(("a", "b", 0.9999), ("c", "d", 0.9999), ("a", "c", 0.4), ("b", "d", 0.6))
    groups = {"a": 0, "b": 0, "c": 1, "d": 1}
    assert shown(pairs, groups) == {("b", "d"): False}
    assert shown(pairs, groups, decided(("b", "d", "later"))) == {("b", "d"): False}
    assert shown(pairs, groups, decided(("d", "b", "different"))) == {}


def test_no_pairs_no_questions():
    assert shown(pairs_of(), {}) == {}


@pytest.mark.parametrize("seed", range(20))
def test_regrouping_within_reach_is_regrouping_everybody(seed):
    rng = np.random.default_rng(seed)
    people = [f"p{n:02d}" for n in range(24)]
    blank = pd.DataFrame(columns=["record_id", "person_id", *list("abcdefg")])
    records = with_nameless(blank.iloc[:0, :2], people)
    names = ["given_name", "family_name", "birth_date", "phone", "id_number"]
    records = records.assign(**dict.fromkeys([*names, "address", "area", "place"], None))
    records["family_name"] = "smith"
    every = list(itertools.combinations(people, 2))
    some = [every[n] for n in rng.choice(len(every), 60, replace=False)]
    pairs = pairs_of(*((a, b, rng.choice([0.02, 0.5, 0.93, 0.9999])) for a, b in some))
    pairs = pairs.assign(record_a=pairs["person_a"] + "-0", record_b=pairs["person_b"] + "-0")
    words = [
        (*every[n], rng.choice(["same", "different"])) for n in rng.choice(len(every), 6, False)
    ]
    before = decided(*words[:-1])
    after = decided(*words)
    old = partition(records, pairs, before)
    reach = within_reach(words[-1][:2], person_pairs(pairs), links_of(old), after, params=PARAMS)
    inside = records[records["person_id"].isin(reach)]
    near = pairs[pairs[["person_a", "person_b"]].isin(reach).all(axis=1)]
    part = partition(inside, near, after[after["person_a"].isin(reach)])
    kept = {group for group in old if not group & reach}
    assert kept | part == partition(records, pairs, after)


def partition(records, pairs, decisions):
    groups = person_groups(records, pairs, decisions, params=PARAMS)
    people = groups["record_id"].str[:-2].groupby(groups["group"]).agg(frozenset)
    return set(people)


def links_of(groups):
    rows = [(p, min(g), 9.0, "") for g in groups if len(g) > 1 for p in g]
    return pd.DataFrame(rows, columns=list(PERSON_LINKS.columns)) if rows else empty(PERSON_LINKS)


def test_sides_tell_of_the_whole_person_or_of_one_pseudonym():
    links = links_of([{"a", "b"}, {"c", "d"}])
    pairs = pd.DataFrame({"person": ["b", "c", "e"], "joined": [False, True, False]})
    members = sides_of(pairs, links)
    assert members.groupby("pair")["person_id"].agg(list).to_dict() == {
        0: ["b", "a"],
        1: ["c"],
        2: ["e"],
    }
    rows = [
        ("a", "SMITH, J", "", "1"),
        ("b", "SMYTH, J", "1970-01-01", "1"),
        ("c", "LEE, B", "", ""),
    ]
    named = pd.DataFrame(rows, columns=["person_id", "name", "birth_date", "phone"])
    spots = pd.DataFrame(
        {"person_id": ["a", "b", "e"], "calls": [5, 2, 3], "address": [None, "1 Elm", "2 Oak"]}
    )
    facts = side_facts(members, named, spots)
    assert facts.to_dict("list") == {
        "names": ["SMYTH, J; SMITH, J", "LEE, B", ""],
        "birth_dates": ["1970-01-01", "", ""],
        "phones": ["1", "", ""],
        "address": ["1 Elm", "", "2 Oak"],
        "calls": [7, 0, 3],
    }
