"""How well groups of records agree with the truth, pair by pair."""

import numpy as np
import pandas as pd


def pair_scores(found: pd.DataFrame, true: pd.DataFrame) -> dict[str, float]:
    """Return precision, recall, f1, links_found, links_true and links_shared.

    Where nothing was found nothing is wrong: precision is 1; so is recall where nothing is true.

    Needs    found, true    each with two columns of record ids first, a pair a row, in any order
    """
    found_pairs, true_pairs = _pairs(found), _pairs(true)
    shared = len(found_pairs & true_pairs)
    both = len(found_pairs) + len(true_pairs)
    return {
        "precision": shared / len(found_pairs) if found_pairs else 1.0,
        "recall": shared / len(true_pairs) if true_pairs else 1.0,
        "f1": 2 * shared / both if both else 1.0,
        "links_found": len(found_pairs),
        "links_true": len(true_pairs),
        "links_shared": shared,
    }


def pairs_in_groups(groups: pd.DataFrame) -> pd.DataFrame:
    """Return all pairs of records within groups: record_a < record_b.

    Needs    record_id, group
    """
    members = groups.sort_values(["group", "record_id"])[["record_id", "group"]]
    ids, group = members["record_id"].to_numpy(object), members["group"].to_numpy()
    one, other = [np.empty(0, int)], [np.empty(0, int)]
    # Steps apart in one group: as many rounds as the largest group has members.
    for step in range(1, len(ids)):
        here = np.flatnonzero(group[:-step] == group[step:])
        if not len(here):
            break
        one.append(here)
        other.append(here + step)
    at, beside = np.concatenate(one), np.concatenate(other)
    return pd.DataFrame({"record_a": ids[at], "record_b": ids[beside]}, dtype="str")


def _pairs(frame: pd.DataFrame) -> set[tuple[str, str]]:
    rows = zip(frame.iloc[:, 0], frame.iloc[:, 1], strict=True)
    return {(min(a, b), max(a, b)) for a, b in rows if a != b}
