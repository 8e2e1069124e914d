"""Cells by weeks as one array, with the share of each week that was seen."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from outreach.cells import neighbour_pairs
from outreach.schemas import NEEDS

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Panel:
    """Calls of each cell of the study area in each week, oldest first; no week is missing."""

    cells: IntArray  # sorted
    weeks: npt.NDArray[np.datetime64]  # their first days
    calls: FloatArray  # cells x weeks
    exposure: FloatArray  # by week: share of its days that were seen, 0 in a gap

    @property
    def whole(self) -> npt.NDArray[np.bool_]:
        """Whether each week was seen on all of its days."""
        return np.asarray(self.exposure == 1)


def make_panel(
    counts: pd.DataFrame,
    calendar: pd.DataFrame,
    *,
    cells: Collection[int] | npt.NDArray[np.int64] | None = None,
    needs: Collection[str] = NEEDS,
) -> Panel:
    """Lay counts out as cells by weeks, with zeros where nobody called.

    Needs    counts      COUNTS
             calendar    CALENDAR of the same weeks
             cells       the study area: its cells without calls are kept, and so are cells with
                         calls outside of it; None: the cells of counts
             needs       those that count
    """
    asked = counts[counts["need"].isin(list(needs))]
    weeks = pd.DatetimeIndex(pd.to_datetime(calendar["week"])).sort_values()
    if len(weeks):
        weeks = pd.date_range(weeks[0], weeks[-1], freq="7D")
    study = np.array([] if cells is None else list(cells), np.int64)
    index = np.union1d(asked["cell"].to_numpy(np.int64), study)
    column = weeks.get_indexer(pd.DatetimeIndex(pd.to_datetime(asked["week"])))
    inside = column >= 0
    calls = np.zeros((len(index), len(weeks)))
    row = np.searchsorted(index, asked["cell"].to_numpy(np.int64))
    np.add.at(calls, (row[inside], column[inside]), asked["calls"].to_numpy(float)[inside])
    days = calendar.assign(week=pd.to_datetime(calendar["week"])).set_index("week")["days_seen"]
    exposure = days.reindex(weeks, fill_value=0).to_numpy(float) / 7
    return Panel(index, weeks.to_numpy("datetime64[D]"), calls, exposure)


def ring_matrix(cells: IntArray) -> sparse.csr_array:
    """Return which cells touch: 1 at (i, j) where cell j is one step from cell i, else 0."""
    i, j = neighbour_pairs(cells)
    return sparse.csr_array((np.ones(len(i)), (i, j)), shape=(len(cells), len(cells)))
