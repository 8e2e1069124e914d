import pandas as pd

from outreach.people.comparisons import comparisons
from outreach.people.link_reasons import level_words, reasons

WORDS = {
    "given_name": {3: "same given name", 2: "names swapped", 1: "close given name", 0: "no name"},
    "family_name": {2: "same family name", 1: "names swapped", 0: "different family name"},
    "phone": {1: "same phone", 0: "different phone"},
}


def test_what_agrees_comes_first_and_nothing_is_told_twice():
    levels = pd.DataFrame(
        {"given_name": [1, 2, 0], "family_name": [2, 1, 0], "phone": [0, 1, -1]}, index=[7, 3, 5]
    )
    told = reasons(levels, WORDS)
    assert told.to_dict() == {
        7: "same family name; close given name; different phone",
        3: "same phone; names swapped",
        5: "no name; different family name",
    }


def test_levels_are_numbered_from_none_up():
    rows = [
        {"label_for_charts": "missing", "is_null_level": True},
        {"label_for_charts": "same"},
        {"label_for_charts": "close"},
        {"label_for_charts": "different"},
    ]
    comparison = {"output_column_name": "phone", "comparison_levels": rows}
    assert level_words([comparison]) == {"phone": {2: "same", 1: "close", 0: "different"}}


def test_only_columns_that_hold_anything_are_compared():
    found = comparisons(["birth_date", "family_name"])
    assert [made["output_column_name"] for made in found] == ["family_name", "birth_date"]
