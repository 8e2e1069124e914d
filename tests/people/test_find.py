import pandas as pd
import pytest

from outreach.people.find import find

PEOPLE = pd.DataFrame(
    [
        ("a1", "Maria O'Brien", "1980-05-17", "(518) 555-0134"),
        ("a1", "O'Bryan, Mary", None, None),
        ("a2", "José Núñez", "1968-01-02", "518-555-0171"),
        ("a3", "Nathan Brown", "1980-11-30", None),
        ("a4", "", None, "1 518 555 0199"),
        ("p3fa9c01", "BROWNE, NATE", None, None),
    ],
    columns=["subject", "name", "birth_date", "phone"],
)


def found(query, **more):
    return find(PEOPLE, query, **more)["subject"].tolist()


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("maria obrien", "a1"),
        ("O'Brien", "a1"),
        ("Brien Mari", "a1"),  # any order, begun only
        ("bryan", "a1"),  # another spelling
        ("nunez", "a2"),  # without accents
        ("Nunes", "a2"),  # misspelt
        ("nathan browne", "a3"),
        ("1968-01-02", "a2"),
        ("1/2/1968", "a2"),
        ("brown 1980", "a3"),
        ("0171", "a2"),
        ("(518) 555-0199", "a4"),
        ("p3fa", "p3fa9c01"),
        ("a4", None),  # too short for an id
    ],
)
def test_what_somebody_remembers_finds_the_right_person(query, first):
    assert (found(query)[:1] or [None])[0] == first


def test_every_word_must_fit_and_none_twice():
    assert found("maria brown") == []
    assert found("brown brown") == []
    assert found("brown 1968") == []
    assert found("") == []
    assert found("zzz") == []


def test_each_person_stands_once_the_best_spelling_first():
    told = find(PEOPLE, "brown")
    assert told["subject"].tolist() == ["a3", "p3fa9c01", "a1"][: len(told)]
    assert told["score"].is_monotonic_decreasing
    assert told["score"].iloc[0] == 1
    assert set(told["matched"]) == {"name"}
    assert found("brown", limit=1) == ["a3"]
    assert find(PEOPLE, "mary")["name"].iloc[0] == "O'Bryan, Mary"


def test_nobody_is_found_among_nobody():
    assert find(PEOPLE.iloc[:0], "maria").empty
