from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy.cluster.hierarchy import fcluster, linkage

from outreach.config import LinkageParams
from outreach.link_schemas import LINK_RECORDS
from outreach.people.link_groups import DECIDED, person_groups

PARAMS = LinkageParams()
LEAST = np.log2(0.9 / 0.1)
NO_DECISIONS = pd.DataFrame(columns=["person_a", "person_b", "verdict"])


def records_of(people, **columns):
    """One named record for each of the persons given, unless told otherwise."""
    frame = pd.DataFrame({"person_id": list(people)})
    frame["record_id"] = [f"r{n:03d}" for n in range(len(frame))]
    frame["family_name"] = "moor"
    frame = frame.assign(**columns)
    extra = [name for name in columns if name not in LINK_RECORDS.columns]
    return frame.reindex(columns=[*LINK_RECORDS.columns, *extra]).astype(object)


def pairs_of(*rows):
    frame = pd.DataFrame(rows, columns=["record_a", "record_b", "match_weight"])
    weight = frame["match_weight"].astype(float)
    return frame.assign(match_weight=weight, reason="same phone", probability=0.5)


def decided(*rows):
    return pd.DataFrame(rows, columns=["person_a", "person_b", "verdict"])


def group_of(records, pairs, decisions=NO_DECISIONS):
    found = person_groups(records, pairs, decisions, params=PARAMS)
    assert sorted(found["record_id"]) == sorted(records["record_id"])
    merged = found.merge(records[["record_id", "person_id"]], on="record_id")
    assert merged.groupby("person_id")["group"].nunique().max() == 1
    return merged.drop_duplicates("person_id").set_index("person_id")["group"].to_dict()


def parts(group):
    found = {}
    for person, number in group.items():
        found.setdefault(number, set()).add(person)
    return sorted(map(sorted, found.values()))


def test_good_pairs_join_and_poor_ones_do_not():
    pairs = pairs_of(("r000", "r001", 9), ("r002", "r003", 2))
    found = person_groups(records_of("abcd"), pairs, NO_DECISIONS, params=PARAMS)
    assert found["group"].tolist() == [0, 0, 1, 2]
    assert found["match_weight"].fillna(-1).tolist() == [9, 9, -1, -1]
    assert found["reason"].tolist() == ["same phone", "same phone", "", ""]


@pytest.mark.parametrize("seed", range(20))
def test_as_scipy_does_where_nothing_is_held_fast(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(4, 25))
    at = rng.normal(size=(n, 2))
    pairs, distances = [], []
    for a, b in combinations(range(n), 2):
        weight = 12 - 9 * float(np.hypot(*(at[a] - at[b])))
        weight = max(weight, -10.0)
        pairs.append((f"r{a:03d}", f"r{b:03d}", weight))
        distances.append(20 - weight)
    people = [f"p{i:02d}" for i in range(n)]
    group = group_of(records_of(people), pairs_of(*pairs))
    label = fcluster(linkage(distances, "average"), 20 - LEAST, "distance")
    assert parts(group) == parts(dict(zip(people, label, strict=True)))


def test_a_long_chain_does_not_become_one_person():
    people = [f"p{n:03d}" for n in range(300)]
    chain = [(f"r{n:03d}", f"r{n + 1:03d}", 12.0) for n in range(299)]
    sizes = pd.Series(group_of(records_of(people), pairs_of(*chain))).value_counts()
    assert sizes.max() <= 3


def test_records_that_share_a_key_are_one_from_the_start_and_bring_their_best_pair():
    records = records_of("aab")
    found = person_groups(records, pairs_of(("r001", "r002", 8)), NO_DECISIONS, params=PARAMS)
    assert found["group"].tolist() == [0, 0, 0]
    assert found["match_weight"].tolist() == [8, 8, 8]
    alone = person_groups(records, pairs_of(), NO_DECISIONS, params=PARAMS)
    assert alone["group"].tolist() == [0, 0, 1]
    assert alone["match_weight"].isna().all()


@pytest.mark.parametrize("own", ["birth_date", "phone", "id_number"])
def test_nobody_without_a_name_is_joined_by_place_alone(own):
    records = records_of("abc", family_name=["moor", None, None], place="cell", address="1 elm st")
    pairs = pairs_of(("r000", "r001", 15), ("r001", "r002", 15), ("r000", "r002", 15))
    assert parts(group_of(records, pairs)) == [["a"], ["b"], ["c"]]
    value = "1980-02-03" if own == "birth_date" else "5185550101"
    agreeing = records.assign(**{own: [value, value, None]})
    assert parts(group_of(agreeing, pairs)) == [["a", "b"], ["c"]]


def test_decisions_win_over_the_model():
    records, pairs = records_of("abc"), pairs_of(("r000", "r001", 19), ("r001", "r002", -3))
    said = decided(("b", "a", "different"), ("b", "c", "same"))
    assert parts(group_of(records, pairs, said)) == [["a"], ["b", "c"]]
    found = person_groups(records, pairs, said, params=PARAMS)
    assert found["reason"].tolist() == ["", DECIDED, DECIDED]
    assert found["match_weight"].isna().all()


@pytest.mark.parametrize("last", ["later", "withdrawn", "same"])
def test_the_last_decision_on_a_pair_counts(last):
    records, pairs = records_of("ab"), pairs_of(("r000", "r001", 19))
    said = decided(("a", "b", "different"), ("b", "a", last))
    assert parts(group_of(records, pairs, said)) == [["a", "b"]]


def test_different_holds_through_others():
    pairs = pairs_of(("r000", "r001", 19), ("r001", "r002", 18), ("r000", "r002", 17))
    said = decided(("a", "c", "different"))
    assert parts(group_of(records_of("abc"), pairs, said)) == [["a", "b"], ["c"]]


def test_decisions_that_contradict_each_other_leave_the_older_join_undone():
    said = decided(("a", "b", "same"), ("a", "c", "different"), ("b", "c", "same"))
    assert parts(group_of(records_of("abc"), pairs_of(), said)) == [["a"], ["b", "c"]]


def test_a_decision_holds_through_somebody_no_longer_known():
    said = decided(("a", "gone", "same"), ("gone", "b", "same"), ("gone", "c", "different"))
    pairs = pairs_of(("r000", "r002", 19))
    assert parts(group_of(records_of("abc"), pairs, said)) == [["a", "b"], ["c"]]


def test_of_two_lists_each_gives_a_group_one_record_at_most():
    records = records_of("abxy", source=["one", "one", "two", "two"])
    pairs = pairs_of(("r000", "r002", 15), ("r001", "r002", 18), ("r001", "r003", 16))
    assert parts(group_of(records, pairs)) == [["a"], ["b", "x"], ["y"]]


@pytest.mark.parametrize("seed", range(60))
def test_constraints_hold_whatever_comes(seed):
    rng = np.random.default_rng(seed)
    n, people = 40, [f"p{k:02d}" for k in range(25)]
    records = records_of(
        rng.choice(people, n),
        family_name=np.where(rng.random(n) < 0.3, None, "moor"),
        phone=np.where(rng.random(n) < 0.5, None, rng.choice(["5185550101", "5185550102"], n)),
    )
    drawn = [sorted(rng.choice(n, 2, replace=False)) for _ in range(120)]
    pairs = pairs_of(*[(f"r{a:03d}", f"r{b:03d}", rng.normal(6, 10)) for a, b in drawn])
    said = decided(
        *[(*rng.choice(people, 2), rng.choice(["same", "different", "later"])) for _ in range(14)]
    )
    group = group_of(records, pairs, said)
    last = {frozenset(row[:2]): row[2] for row in said.itertuples(index=False)}
    for one, other in (tuple(pair) for pair in last if len(pair) == 2):
        known = one in group and other in group
        if known and last[frozenset((one, other))] == "different":
            assert group[one] != group[other]
    if "different" not in last.values():
        for one, other in (tuple(pair) for pair in last if len(pair) == 2):
            if last[frozenset((one, other))] == "same" and one in group and other in group:
                assert group[one] == group[other]
    shuffled = records.sample(frac=1, random_state=seed)
    assert parts(group_of(shuffled, pairs.sample(frac=1, random_state=seed), said)) == parts(group)


@pytest.mark.parametrize("seed", range(30))
def test_who_has_no_name_shares_something_of_their_own_with_the_group(seed):
    rng = np.random.default_rng(seed)
    n = 30
    phones = np.where(rng.random(n) < 0.4, None, rng.choice([f"518555010{k}" for k in "1234"], n))
    records = records_of(
        [f"p{k:02d}" for k in range(n)],
        family_name=np.where(rng.random(n) < 0.5, None, "moor"),
        phone=phones,
        place="cell",
    )
    drawn = [sorted(rng.choice(n, 2, replace=False)) for _ in range(150)]
    pairs = pairs_of(*[(f"r{a:03d}", f"r{b:03d}", rng.normal(12, 6)) for a, b in drawn])
    group = group_of(records, pairs)
    rows = records.assign(group=records["person_id"].map(group))
    joined = 0
    for row in rows[rows["family_name"].isna()].itertuples():
        others = rows[(rows["group"] == row.group) & (rows["record_id"] != row.record_id)]
        if len(others):
            joined += 1
            assert row.phone is not None
            assert (others["phone"] == row.phone).any()
    assert rows["group"].nunique() < n
    assert joined or seed
