"""Columns of text, brought in order many rows at a time."""

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

# What databases and spreadsheets write for "nothing".
_NOTHING = pa.array(
    ["NULL", "<NULL>", "(NULL)", "NAN", "NAT", "NA", "N/A", "#N/A", "NONE", "\\N"],
    pa.large_string(),
)


def arrow(series: pd.Series) -> pa.Array:
    """Return a column as one Arrow array of text; missing values become blank."""
    array = pa.array(series, type=pa.large_string(), from_pandas=True)
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    return pc.fill_null(array, "")


def series(array: pa.Array, index: pd.Index) -> pd.Series:
    """Return an Arrow array as a text column."""
    column: pd.Series = pa.table({"text": array})["text"].to_pandas()
    return column.astype("str").set_axis(index)


def tidy(column: pd.Series) -> pd.Series:
    """Return a column with outer blanks dropped and words for "nothing" made blank."""
    array = pc.utf8_trim_whitespace(arrow(column))
    nothing = pc.is_in(pc.utf8_upper(array), _NOTHING)
    return series(pc.if_else(nothing, "", array), column.index)


def spaced(column: pd.Series) -> pd.Series:
    """Return a column with every run of blanks and line ends as one blank."""
    return series(pc.replace_substring_regex(arrow(column), r"\s+", " "), column.index)


def first_line(column: pd.Series) -> pd.Series:
    """Return the first line of each cell."""
    return series(pc.replace_substring_regex(arrow(column), r"(?s)[\r\n].*$", ""), column.index)


def replaced(column: pd.Series, pattern: str, by: str) -> pd.Series:
    """Return a column with a pattern (RE2) replaced."""
    return series(pc.replace_substring_regex(arrow(column), pattern, by), column.index)


def upper(column: pd.Series) -> pd.Series:
    """Return a column in upper case, missing values blank."""
    return series(pc.utf8_upper(arrow(column)), column.index)


def joined(columns: list[pd.Series], separator: str) -> list[str]:
    """Return each row's texts joined, blanks and all."""
    arrays = [arrow(column) for column in columns]
    text: list[str] = pc.binary_join_element_wise(
        *arrays, pa.scalar(separator, pa.large_string())
    ).to_pylist()
    return text
