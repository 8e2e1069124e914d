"""Why two records may be one person, in words and without any of their values."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd


def level_words(comparisons: Sequence[Mapping[str, Any]]) -> dict[str, dict[int, str]]:
    """Return what each comparison calls each of its levels, by the level's number.

    Needs    comparisons of a model's settings: their levels run from the missing one over the
             best agreement down to 0, which is none
    """
    words = {}
    for comparison in comparisons:
        known = [v for v in comparison["comparison_levels"] if not v.get("is_null_level")]
        told = enumerate(reversed([level["label_for_charts"] for level in known]))
        words[str(comparison["output_column_name"])] = dict(told)
    return words


def reasons(levels: pd.DataFrame, words: Mapping[str, Mapping[int, str]]) -> pd.Series:
    """Return one sentence for each pair: what agrees, then what is close, then what differs.

    Needs    a column of level numbers for each comparison, in the order of ``words``;
             -1 where one of the two has no value, which is not told
    """
    kinds = levels.drop_duplicates()
    told = [_sentence(row, words) for row in kinds.to_dict("records")]
    texts = kinds.assign(reason=pd.Series(told, kinds.index, dtype="str"))
    return levels.merge(texts, how="left", on=list(levels.columns))["reason"].set_axis(levels.index)


def _sentence(row: Mapping[Any, int], words: Mapping[str, Mapping[int, str]]) -> str:
    found = []
    for name, texts in words.items():
        level = row[name]
        if level >= 0:
            rank = 0 if level == max(texts) else 2 if level == 0 else 1
            found.append((rank, texts[level]))
    ordered = [text for _, text in sorted(found, key=lambda part: part[0])]
    return "; ".join(dict.fromkeys(ordered))
