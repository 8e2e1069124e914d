import numpy as np
import pandas as pd
import pytest

from outreach.columns import check, empty
from outreach.link_schemas import PERSON_LINKS
from outreach.people.person_ids import resolve, stable_ids, still_together

NOBODY = empty(PERSON_LINKS)
SEEN = pd.Series({person: place for place, person in enumerate("abcdefgh")})


def groups_of(*groups):
    rows = [
        {"person_id": person, "group": number, "match_weight": 9.0, "reason": "same name"}
        for number, group in enumerate(groups)
        for person in group
    ]
    return pd.DataFrame(rows)


def ids(*groups, previous=NOBODY, participants=(), seen=SEEN):
    return stable_ids(groups_of(*groups), previous, seen, participants=participants)


def named(links):
    return dict(zip(links["person_id"], links["linked_id"], strict=True))


def test_the_first_seen_names_a_new_person_and_those_alone_are_left_out():
    links = ids("ba", "c")
    check(links, PERSON_LINKS)
    assert named(links) == {"a": "a", "b": "a"}


def test_an_id_stays_when_somebody_who_never_was_an_id_moves_in():
    first = ids("ac", "bd")
    assert named(ids("a", "cbd", previous=first)) == dict.fromkeys("cbd", "b")
    assert named(ids("ae", "cbd", previous=first))["e"] == "a"


def test_a_split_that_is_undone_leaves_the_ids_as_they_were():
    first = ids("abc")
    split = ids("a", "bc", previous=first)
    assert named(ids("abc", previous=split)) == named(first)


def test_of_two_persons_that_join_the_enrolled_one_keeps_the_id():
    first = ids("ab", "cd")
    assert set(named(ids("abcd", previous=first)).values()) == {"a"}
    assert set(named(ids("abcd", previous=first, participants={"c"})).values()) == {"c"}
    # Also against somebody who stood alone, and when that one is who is enrolled.
    assert set(named(ids("abe", previous=first, participants={"e"})).values()) == {"e"}


def test_the_part_that_holds_the_ids_own_pseudonym_keeps_it():
    first = ids("abcd")
    assert named(ids("bcd", "a", previous=first)) == dict.fromkeys("bcd", "b")
    assert named(ids("ab", "cd", previous=first)) == {"a": "a", "b": "a", "c": "c", "d": "c"}


def test_the_best_tie_of_several_spellings_is_told():
    rows = [("a", 0, 5.0, "weak"), ("a", 0, 8.0, "strong"), ("b", 0, np.nan, "decided")]
    groups = pd.DataFrame(rows, columns=["person_id", "group", "match_weight", "reason"])
    links = stable_ids(groups, NOBODY, SEEN).set_index("person_id")
    assert links.loc["a", "reason"] == "strong"
    assert pd.isna(links.loc["b", "match_weight"])


def random_partition(people, rng, groups):
    number = rng.integers(0, groups, len(people))
    parts = [people[number == n] for n in range(groups)]
    return [part for part in parts if len(part)]


@pytest.mark.parametrize("seed", range(30))
def test_whatever_happens_ids_are_own_pseudonyms_and_untouched_people_keep_theirs(seed):
    rng = np.random.default_rng(seed)
    people = np.array([f"p{n:02d}" for n in range(30)], object)
    seen = pd.Series(rng.permutation(40), index=[f"p{n:02d}" for n in range(40)])
    participants = set(rng.choice(people, 5, replace=False))
    links, before = NOBODY, {}
    for week in range(4):
        everybody = np.array([f"p{n:02d}" for n in range(30 + 2 * week)], object)
        if week != 2:  # a week without anything new
            parts = random_partition(everybody, rng, 12)
        new = ids(*parts, previous=links, seen=seen, participants=participants)
        after = named(new)
        for part in parts:
            linked = {after.get(person, person) for person in part}
            assert len(linked) == 1
            (one,) = linked
            assert one in part
            assert all(person in after for person in part) == (len(part) > 1)
            if any(set(part) == set(old) for old in before):
                assert one == before[frozenset(part)]
            held = [p for p in part if week and named(links).get(p, p) == p]
            enrolled = [p for p in held if p in participants]
            assert one in (enrolled or held or part)
        before = {frozenset(part): after.get(part[0], part[0]) for part in parts}
        links = new


@pytest.mark.parametrize("seed", range(10))
def test_a_few_more_records_change_no_id_of_people_they_do_not_join(seed):
    rng = np.random.default_rng(seed)
    people = np.array([f"p{n:02d}" for n in range(30)], object)
    seen = pd.Series(range(40), index=[f"p{n:02d}" for n in range(40)])
    parts = random_partition(people, rng, 10)
    links = ids(*parts, seen=seen)
    again = ids(*parts[::-1], previous=links, seen=seen)
    pd.testing.assert_frame_equal(links, again)
    more = [*parts[1:], np.append(parts[0], "p35"), np.array(["p36", "p37"], object)]
    grown = named(ids(*more, previous=links, seen=seen))
    assert {p: grown[p] for p in named(links)} == named(links)


def test_what_was_said_of_one_spelling_binds_the_person():
    links = ids("abc", "d")
    limits = pd.DataFrame(
        {"subject": ["b", "d", "place-1", "b"], "rule": "opt_out"}, index=[5, 1, 2, 3]
    )
    bound = resolve(limits, links, "subject")
    assert bound["subject"].tolist() == ["a", "d", "place-1", "a"]
    assert bound.index.tolist() == [5, 1, 2, 3]
    assert limits["subject"].tolist()[0] == "b"
    pd.testing.assert_frame_equal(resolve(limits, NOBODY, "subject"), limits)
    pd.testing.assert_frame_equal(resolve(limits.iloc[:0], links, "subject"), limits.iloc[:0])
    missing = pd.DataFrame({"person_id": ["c", None]})
    assert resolve(missing, links, "person_id")["person_id"].isna().tolist() == [False, True]


def test_people_whose_names_are_not_kept_any_more_stay_together():
    links = ids("abc", "de")
    assert still_together(links, set("abcde")).empty
    gone = still_together(links, set("bde"))
    assert {frozenset(pair) for pair in zip(gone["person_a"], gone["person_b"], strict=True)} == {
        frozenset("ba"),
        frozenset("ca"),
    }
    decided = links.assign(match_weight=np.nan)
    assert still_together(decided, set()).empty
