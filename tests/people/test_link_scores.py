from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from outreach.people.link_scores import pair_scores, pairs_in_groups


def pairs_of(frame):
    return set(frame.itertuples(index=False, name=None))


@pytest.mark.parametrize("seed", range(5))
def test_pairs_within_groups_are_those_of_brute_force(seed):
    rng = np.random.default_rng(seed)
    ids = [f"r{n}" for n in rng.permutation(40)]
    groups = pd.DataFrame({"record_id": ids, "group": rng.integers(0, 9, 40)})
    brute = {
        (min(a.record_id, b.record_id), max(a.record_id, b.record_id))
        for a, b in combinations(groups.itertuples(), 2)
        if a.group == b.group
    }
    assert pairs_of(pairs_in_groups(groups)) == brute


def test_nobody_shares_a_group():
    alone = pd.DataFrame({"record_id": ["a", "b"], "group": [0, 1]})
    assert pairs_in_groups(alone).empty


def test_scores_do_not_mind_the_order_in_a_pair():
    found = pd.DataFrame({"x": ["a", "c", "e", "a"], "y": ["b", "d", "f", "g"]})
    true = pd.DataFrame({"l": ["b", "c", "h"], "r": ["a", "d", "i"]})
    scores = pair_scores(found, true)
    assert (scores["links_found"], scores["links_true"], scores["links_shared"]) == (4, 3, 2)
    assert scores["precision"] == 2 / 4
    assert scores["recall"] == 2 / 3
    assert scores["f1"] == pytest.approx(2 * (2 / 4) * (2 / 3) / (2 / 4 + 2 / 3))


def test_nothing_found_and_nothing_true():
    none = pd.DataFrame({"l": [], "r": []})
    one = pd.DataFrame({"l": ["a"], "r": ["b"]})
    assert pair_scores(none, none)["f1"] == 1
    assert pair_scores(none, one)["f1"] == 0
    assert pair_scores(one, none)["precision"] == 0
