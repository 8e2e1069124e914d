"""How two records are compared, field by field: the levels of agreement, told in words."""

from collections.abc import Collection, Sequence
from typing import Any

import splink.comparison_level_library as cll
from splink.internals.comparison_level_creator import ComparisonLevelCreator

# Agreement in a frequent value of these counts for less.
COUNTED_BY_SHARE = ("given_name", "family_name", "address", "area", "place")
Levels = list[tuple[ComparisonLevelCreator, str]]
# Before anything is learned: shares of the levels among pairs that are one person.
_SAME, _DIFFERENT = 0.8, 0.1
_ALIKE = 0.88  # Jaro-Winkler
# A rare name is not taken for rarer than this: in a small file every name looks rare.
_RAREST = 0.0002


def comparisons(columns: Collection[str]) -> list[dict[str, Any]]:
    """Return Splink's comparisons for those of LINK_RECORDS' columns that hold anything."""
    levels = {
        "given_name": _name("given_name", "family_name", "given name"),
        "family_name": _name("family_name", "given_name", "family name"),
        "birth_date": _birth_date(),
        "id_number": _number("id_number", "id number", 2),
        "phone": _number("phone", "phone", 1),
        "address": _text("address", "address"),
        "area": _text("area", "area"),
        "place": [
            (_frequent_counts_less("place"), "same usual place"),
            (cll.ElseLevel(), "different usual place"),
        ],
    }
    return [_comparison(name, rows) for name, rows in levels.items() if name in columns]


def _comparison(column: str, levels: Levels) -> dict[str, Any]:
    between = (1 - _SAME - _DIFFERENT) / max(len(levels) - 2, 1)
    shares = [_SAME, *[between] * (len(levels) - 2), _DIFFERENT]
    made = [
        level.configure(label_for_charts=words, m_probability=share / sum(shares))
        for (level, words), share in zip(levels, shares, strict=True)
    ]
    return {
        "output_column_name": column,
        "comparison_levels": [cll.NullLevel(column), *made],
    }


def _frequent_counts_less(column: str) -> ComparisonLevelCreator:
    return cll.ExactMatchLevel(column).configure(
        tf_adjustment_column=column, tf_minimum_u_value=_RAREST
    )


def _name(column: str, other: str, words: str) -> Levels:
    swapped: Sequence[Any] = [
        cll.ColumnsReversedLevel(column, other),
        cll.ColumnsReversedLevel(other, column),
    ]
    return [
        (_frequent_counts_less(column), f"same {words}"),
        (cll.Or(*swapped), "given and family name swapped"),
        (cll.DamerauLevenshteinLevel(column, 1), f"{words} one letter apart"),
        (cll.JaroWinklerLevel(column, _ALIKE), f"{words} alike"),
        (cll.ElseLevel(), f"different {words}"),
    ]


def _birth_date() -> Levels:
    near = [cll.ExactMatchLevel("birth_day"), cll.DamerauLevenshteinLevel("birth_date", 2)]
    return [
        (cll.ExactMatchLevel("birth_date"), "same birth date"),
        (
            cll.ColumnsReversedLevel("birth_date", "birth_swapped"),
            "day and month of the birth date swapped",
        ),
        (cll.DamerauLevenshteinLevel("birth_date", 1), "birth date one digit apart"),
        (cll.Or(*near), "birth date alike"),
        (cll.ExactMatchLevel("birth_year"), "same year of birth"),
        (cll.ElseLevel(), "different birth date"),
    ]


def _number(column: str, words: str, most: int) -> Levels:
    """Compare numbers that are somebody's own: a slip of a digit or two is close."""
    apart = {1: "one digit apart", 2: "two digits apart"}
    return [
        (cll.ExactMatchLevel(column), f"same {words}"),
        *[
            (cll.DamerauLevenshteinLevel(column, digits), f"{words} {apart[digits]}")
            for digits in range(1, most + 1)
        ],
        (cll.ElseLevel(), f"different {words}"),
    ]


def _text(column: str, words: str) -> Levels:
    return [
        (_frequent_counts_less(column), f"same {words}"),
        (cll.DamerauLevenshteinLevel(column, 2), f"{words} one or two letters apart"),
        (cll.JaroWinklerLevel(column, _ALIKE), f"{words} alike"),
        (cll.ElseLevel(), f"different {words}"),
    ]
