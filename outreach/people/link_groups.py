"""Which records are one person in the end, within what is certain and what people decided."""

import heapq
from collections.abc import Collection, Iterable

import numpy as np
import pandas as pd

from outreach.config import LinkageParams
from outreach.people.spellings import nameless, spelled

DECIDED = "a person decided that they are the same"
# Weights (log2 odds) in the mean over the pairs of two groups: of a pair that was not worth
# looking at, and the most that a single pair may say.
_UNSEEN, _MOST = -10.0, 20.0
_OWN = ("birth_date", "phone", "id_number")


def person_groups(
    records: pd.DataFrame, pairs: pd.DataFrame, decisions: pd.DataFrame, *, params: LinkageParams
) -> pd.DataFrame:
    """Return which records are one person.

    Groups are joined while the mean weight of the pairs of persons across them, as a probability,
    is at least ``join_probability``, the best first; a pair of persons weighs what their best
    pair of records does. Records that share their person_id are one from the start. What people
    decided always holds: those told to be different are never in one group, and where decisions
    contradict each other, "different" holds, then what was decided last. A record without a name
    is only joined to what shares its birth date, phone or id number.

    Needs    records      LINK_RECORDS; of two values of ``source`` a group holds each at most once
             pairs        of ``linkage.score_pairs``
             decisions    person_a, person_b, verdict in the order they were made; the last one
                          on a pair counts, and may name people who are not among the records
    Adds     record_id, group (from 0), match_weight of the best pair that ties its person to
             another of the group and its reason (missing and "" where it stands alone)
    Source   average linkage: Sokal & Michener 1958; constraints: Davidson & Ravi 2005
    """
    ties = _ties(records, pairs)
    groups = _Groups(records)
    same, different = _verdicts(decisions)
    for one, other in different:
        groups.keep_apart(one, other)
    held = [pair for pair in same if groups.decide_same(*pair)]
    groups.tie(ties)
    groups.join(np.log2(params.join_probability) - np.log2(1 - params.join_probability))
    group = {person: groups.of(person) for person in records["person_id"].unique()}
    told = _strongest_ties(ties, held, group)
    ordered = records.sort_values("record_id")
    number = pd.factorize(ordered["person_id"].map(group))[0]
    found = ordered[["record_id"]].assign(
        group=number,
        match_weight=ordered["person_id"].map(told["match_weight"]).astype("float64"),
        reason=ordered["person_id"].map(told["reason"]).astype("str").fillna(""),
    )
    return found.reset_index(drop=True)


class _Groups:
    """Groups of persons that are joined one by one.

    Only pairs that were looked at are kept, so a large component costs no more than its pairs.
    """

    def __init__(self, records: pd.DataFrame) -> None:
        people = sorted(records["person_id"].unique())
        self._number = {person: number for number, person in enumerate(people)}
        self._parent = list(range(len(people)))
        self._size = [1] * len(people)  # persons among the records
        self._near: list[dict[int, float]] = [{} for _ in people]  # summed weights above unseen
        self._apart: list[set[int]] = [set() for _ in people]
        self._sources: list[set[str]] = [set() for _ in people]
        if "source" in records and records["source"].nunique() == 2:
            for person, source in zip(records["person_id"], records["source"], strict=True):
                self._sources[self._number[person]].add(source)

    def of(self, person: str) -> int:
        """Return the number of a person's group."""
        return self._top(self._known(person))

    def keep_apart(self, one: str, other: str) -> None:
        """Never let two persons, or those joined to them, come into one group."""
        a, b = self.of(one), self.of(other)
        self._apart[a].add(b)
        self._apart[b].add(a)

    def decide_same(self, one: str, other: str) -> bool:
        """Join two persons unless they must be kept apart; return whether they are together."""
        a, b = self.of(one), self.of(other)
        if a != b and b not in self._apart[a]:
            self._merge(a, b)
        return self.of(one) == self.of(other)

    def tie(self, ties: pd.DataFrame) -> None:
        """Take in the weights of pairs of persons."""
        for one, other, weight in zip(
            ties["person_a"], ties["person_b"], ties["match_weight"], strict=True
        ):
            a, b = self.of(one), self.of(other)
            if a != b:
                above = self._near[a].get(b, 0.0) + max(min(weight, _MOST) - _UNSEEN, 0.0)
                self._near[a][b] = self._near[b][a] = above

    def join(self, least: float) -> None:
        """Join the two groups with the highest mean weight until none reaches the least."""
        waiting: list[tuple[float, int, int]] = []
        for a, near in enumerate(self._near):
            self._wait(waiting, a, (b for b in near if a < b), least)
        while waiting:
            minus, a, b = heapq.heappop(waiting)
            # A group that has changed since stands in the heap anew.
            if b not in self._near[a] or -minus != self._mean(a, b):
                continue
            if b not in self._apart[a] and not self._sources[a] & self._sources[b]:
                self._merge(a, b)
                top = self._top(a)
                self._wait(waiting, top, self._near[top], least)

    def _wait(
        self,
        waiting: list[tuple[float, int, int]],
        a: int,
        others: Iterable[int],
        least: float,
    ) -> None:
        for b in others:
            mean = self._mean(a, b)
            if mean >= least:
                heapq.heappush(waiting, (-mean, min(a, b), max(a, b)))

    def _mean(self, a: int, b: int) -> float:
        return _UNSEEN + self._near[a][b] / (self._size[a] * self._size[b])

    def _merge(self, a: int, b: int) -> None:
        if len(self._near[a]) + len(self._apart[a]) < len(self._near[b]) + len(self._apart[b]):
            a, b = b, a
        self._parent[b] = a
        self._size[a] += self._size[b]
        self._sources[a] |= self._sources[b]
        for other, above in self._near[b].items():
            del self._near[other][b]
            if other != a:
                total = self._near[a].get(other, 0.0) + above
                self._near[a][other] = self._near[other][a] = total
        for other in self._apart[b]:
            self._apart[other].discard(b)
            self._apart[other].add(a)
            self._apart[a].add(other)
        self._near[b], self._apart[b] = {}, set()

    def _top(self, number: int) -> int:
        while self._parent[number] != number:
            self._parent[number] = self._parent[self._parent[number]]
            number = self._parent[number]
        return number

    def _known(self, person: str) -> int:
        """Return a person's number; somebody not among the records counts in no mean."""
        if person not in self._number:
            self._number[person] = len(self._parent)
            self._parent.append(self._number[person])
            self._size.append(0)
            self._near.append({})
            self._apart.append(set())
            self._sources.append(set())
        return self._number[person]


def _ties(records: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the best pair of records of each two persons: person_a < person_b."""
    told = spelled(records)
    at = pd.Index(told["record_id"])
    pairs = pairs[pairs["record_a"].isin(at) & pairs["record_b"].isin(at)]
    one, other = at.get_indexer(pairs["record_a"]), at.get_indexer(pairs["record_b"])
    unnamed = nameless(told).to_numpy()
    agree = np.zeros(len(pairs), bool)
    for name in _OWN:
        values = told[name].to_numpy(object)
        agree |= pd.notna(values[one]) & (values[one] == values[other])
    people = told["person_id"].to_numpy(object)
    in_order = people[one] < people[other]
    ties: pd.DataFrame = pd.DataFrame(
        {
            "person_a": np.where(in_order, people[one], people[other]),
            "person_b": np.where(in_order, people[other], people[one]),
            "match_weight": pairs["match_weight"].to_numpy(float),
            "reason": pairs["reason"].to_numpy(object),
        }
    )
    ties = ties.loc[(agree | ~(unnamed[one] | unnamed[other])) & (people[one] != people[other])]
    order = ["person_a", "person_b", "match_weight", "reason"]
    ties = ties.sort_values(order, ascending=[True, True, False, True])
    return ties.drop_duplicates(["person_a", "person_b"], ignore_index=True)


def _verdicts(
    decisions: pd.DataFrame,
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return the pairs that are the same, the last decided first, and those that are different."""
    last: dict[tuple[str, str], str] = {}
    for one, other, verdict in zip(
        decisions["person_a"], decisions["person_b"], decisions["verdict"], strict=True
    ):
        pair = (min(one, other), max(one, other))
        last.pop(pair, None)
        if one != other:
            last[pair] = verdict
    same = [pair for pair, verdict in last.items() if verdict == "same"]
    different = [pair for pair, verdict in last.items() if verdict == "different"]
    return same[::-1], different


def _strongest_ties(
    ties: pd.DataFrame, decided: Collection[tuple[str, str]], group: dict[str, int]
) -> pd.DataFrame:
    """Return match_weight and reason of what ties each person to another of the group."""
    held = pd.DataFrame(decided, columns=["person_a", "person_b"]).assign(
        match_weight=np.inf, reason=DECIDED
    )
    found = pd.concat([held, ties], ignore_index=True)
    # Somebody decided upon who is no longer among the records has no group here.
    a, b = found["person_a"].map(group), found["person_b"].map(group)
    found = found[a.eq(b)]
    both = pd.concat(
        [found.rename(columns={side: "person_id"}) for side in ("person_a", "person_b")],
        ignore_index=True,
    )
    both = both.sort_values(["person_id", "match_weight", "reason"], ascending=[True, False, True])
    best = both.drop_duplicates("person_id").set_index("person_id")[["match_weight", "reason"]]
    return best.replace({"match_weight": {np.inf: np.nan}})
