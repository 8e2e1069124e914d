"""Which counts to hide so that nobody can work out a small one from the others (safeguard 7).

A count of 1 to 10 is hidden, and with it as many others as it takes: whoever knows all that is
published, all the sums, and that what is hidden is 1 or more, finds that a hidden small count
may be 10 or more, and 1 or as few as the counts under it, each 1 or more, allow. So no hidden
count can be worked out.

We know of no library for this in Python that we could build on (sdcTable and GaussSuppression
are R), so it is done here: for each small count in turn, the cheapest way to
move it to 10 and down to 1 through counts that are hidden already or are to be hidden now.
"""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

SMALL = 10  # counts from 1 to this are hidden
ALL = "all"  # the row and the column of totals
_FREE = 1e-3  # what a unit moved through a hidden count costs: a little, so that few are moved

Key = Hashable
Sum = tuple[Key, tuple[Key, ...]]  # a total, and the counts that it is the sum of


@dataclass(frozen=True)
class Tables:
    """Counts by key, and every sum among them that a reader can know."""

    counts: Mapping[Key, int]
    sums: Sequence[Sum]


def hidden(tables: Tables, *, small: int = SMALL) -> set[Key]:
    """Return the keys of the counts to hide: small ones, and those that would give one away.

    A count of 0 is never hidden. The dearest to hide are large counts, so totals stay if they can.

    Source    CMS cell size suppression policy (1 to 10); Cox 1980 (complementary suppression);
              Fischetti & Salazar 2001 (a hidden count's range, and flows that give it)
    """
    keys = list(tables.counts)
    counts = np.array([tables.counts[key] for key in keys], np.int64)
    known = _equations(tables, keys)
    hide = (counts >= 1) & (counts <= small)
    grows, shrinks = counts >= small, counts <= 1  # which could be 10, and which could be 1
    # The smallest first: what lets them grow to 10 is most often enough for the others.
    for at in np.flatnonzero(hide)[np.argsort(counts[hide], kind="stable")]:
        for wanted in (small, *range(1, int(counts[at]))):
            if (grows if wanted == small else shrinks)[at]:
                continue
            moved = _moved(known, counts, hide, int(at), wanted)
            if moved is None:
                continue  # so few that others, each 1 or more, already say more: the next best
            hide |= moved != counts
            grows |= moved >= small
            shrinks |= (moved <= 1) & (counts >= 1)
            shrinks[at] |= wanted < small
    return {key for key, hides in zip(keys, hide, strict=True) if hides}


def published(tables: Sequence[pd.DataFrame], *, small: int = SMALL) -> list[pd.DataFrame]:
    """Return tables of the same things with their totals, and what must be hidden missing.

    The totals of a dimension are the same in every table, so the tables are hidden together.

    Needs    tables    counts; index and columns are named by their dimension; all have one sum
    Adds     a row and a column ALL; Int64, missing where hidden
    """
    counts: dict[Key, int] = {}
    sums: list[Sum] = []
    for table in tables:
        rows, columns = str(table.index.name), str(table.columns.name)
        whole = _with_totals(table)
        for row in whole.index:
            for column in whole.columns:
                key = _key(rows, row, columns, column)
                if counts.setdefault(key, value := int(whole.loc[row, column])) != value:
                    raise ValueError(f"{rows} by {columns} has another sum at {key}")
            parts = tuple(_key(rows, row, columns, column) for column in table.columns)
            sums.append((_key(rows, row, columns, ALL), parts))
        for column in whole.columns:
            parts = tuple(_key(rows, row, columns, column) for row in table.index)
            sums.append((_key(rows, ALL, columns, column), parts))
    hide = hidden(Tables(counts, sums), small=small)
    return [_without(table, hide) for table in tables]


def _with_totals(table: pd.DataFrame) -> pd.DataFrame:
    whole = table.astype("int64")
    whole[ALL] = whole.sum(axis=1)
    whole.loc[ALL] = whole.sum(axis=0)
    return whole


def _without(table: pd.DataFrame, hide: Collection[Key]) -> pd.DataFrame:
    rows, columns = str(table.index.name), str(table.columns.name)
    whole = _with_totals(table)
    kept = [
        [
            None if _key(rows, row, columns, column) in hide else whole.loc[row, column]
            for column in whole.columns
        ]
        for row in whole.index
    ]
    return pd.DataFrame(kept, whole.index, whole.columns, dtype="Int64")


def _key(rows: str, row: str, columns: str, column: str) -> Key:
    """Return what a count is called in every table that it stands in."""
    return frozenset((name, at) for name, at in ((rows, row), (columns, column)) if at != ALL)


def could_be(tables: Tables, hide: Collection[Key], key: Key) -> tuple[int, int | None]:
    """Return the least and the largest value that a hidden count may have; None: no bound.

    That is what somebody can find out who knows every count that is not hidden, and all sums.
    """
    keys = list(tables.counts)
    told = np.array([tables.counts[one] for one in keys], float)
    out = np.array([one in hide for one in keys])
    bounds = Bounds(np.where(out, 1.0, told), np.where(out, np.inf, told))
    aim = np.array([float(one == key) for one in keys])
    found = []
    for sign in (1, -1):
        made = milp(
            sign * aim,
            constraints=LinearConstraint(_equations(tables, keys), 0, 0),
            bounds=bounds,
            integrality=out.astype(int),
        )
        found.append(None if made.x is None else round(float(aim @ made.x)))
    return found[0] or 0, found[1]


def _equations(tables: Tables, keys: Sequence[Key]) -> sparse.csr_array:
    """Return a row for each sum: its total less its parts is nothing."""
    at = {key: column for column, key in enumerate(keys)}
    rows, columns, signs = [], [], []
    for row, (total, parts) in enumerate(tables.sums):
        rows += [row] * (1 + len(parts))
        columns += [at[total], *(at[part] for part in parts)]
        signs += [1.0] + [-1.0] * len(parts)
    return sparse.csr_array((signs, (rows, columns)), shape=(len(tables.sums), len(keys)))


def _moved(
    known: sparse.csr_array,
    counts: npt.NDArray[np.int64],
    hide: npt.NDArray[np.bool_],
    at: int,
    wanted: int,
) -> npt.NDArray[np.int64] | None:
    """Return other counts with the same sums, of which one is ``wanted``; few large ones differ.

    There always are some for a larger one, as all that is not 0 can grow. A total cannot be
    smaller than the number of its parts that are not 0: then there are none.
    """
    size = len(counts)
    cost = np.where(hide, _FREE, counts.astype(float))
    up = np.where(counts > 0, np.inf, 0.0)  # a 0 is published
    down = np.maximum(counts - 1, 0).astype(float)
    lowest = np.zeros(2 * size)
    by = wanted - int(counts[at])
    up[at], down[at] = max(by, 0), max(-by, 0)
    lowest[at if by > 0 else size + at] = abs(by)
    made = milp(
        np.concatenate([cost, cost]),
        constraints=LinearConstraint(sparse.hstack([known, -known]), 0, 0),
        bounds=Bounds(lowest, np.concatenate([up, down])),
        integrality=np.ones(2 * size),
    )
    if made.x is None:
        return None
    change = np.rint(made.x[:size] - made.x[size:]).astype(np.int64)
    return np.asarray(counts + change)
