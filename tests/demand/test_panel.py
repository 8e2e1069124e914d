from datetime import date, timedelta

import h3.api.numpy_int as h3n
import numpy as np
import pandas as pd
import pytest

from outreach import cells
from outreach.demand.panel import make_panel, ring_matrix

MONDAY = date(2026, 1, 5)


def calendar_of(days_seen, first=MONDAY):
    weeks = [first + timedelta(weeks=i) for i in range(len(days_seen))]
    return pd.DataFrame({"week": weeks, "days_seen": days_seen})


def counts_of(rows):
    table = pd.DataFrame(rows, columns=["cell", "week", "need", "calls"])
    return table.assign(week=[MONDAY + timedelta(weeks=int(w)) for w in table["week"]])


def test_a_panel_is_complete_in_cells_and_weeks():
    counts = counts_of([(30, 0, "conflict", 2), (30, 0, "homelessness", 1), (10, 3, "conflict", 4)])
    panel = make_panel(counts, calendar_of([7, 7, 3, 7]), cells=[20, 30])
    assert panel.cells.tolist() == [10, 20, 30]  # cells with calls outside of the study area stay
    assert panel.calls.tolist() == [[0, 0, 0, 4], [0, 0, 0, 0], [3, 0, 0, 0]]
    assert panel.exposure == pytest.approx([1, 1, 3 / 7, 1])
    assert panel.whole.tolist() == [True, True, False, True]
    assert panel.weeks.tolist() == [MONDAY + timedelta(weeks=i) for i in range(4)]


def test_only_the_needs_asked_for_count():
    counts = counts_of([(1, 0, "conflict", 2), (2, 0, "unknown", 5)])
    assert make_panel(counts, calendar_of([7])).calls.tolist() == [[2]]
    both = make_panel(counts, calendar_of([7]), needs=("conflict", "unknown"))
    assert both.calls.tolist() == [[2], [5]]


def test_a_week_that_the_calendar_leaves_out_is_a_gap():
    gap = calendar_of([7, 7, 7]).drop(index=1).sample(frac=1, random_state=1)
    panel = make_panel(counts_of([(1, 0, "conflict", 2)]), gap)
    assert panel.exposure.tolist() == [1, 0, 1]
    assert panel.calls.tolist() == [[2, 0, 0]]


def test_counts_of_weeks_after_the_calendar_are_left_out():
    counts = counts_of([(1, 0, "conflict", 2), (1, 1, "conflict", 9)])
    assert make_panel(counts, calendar_of([7])).calls.tolist() == [[2]]


def test_nothing_at_all_makes_an_empty_panel():
    panel = make_panel(counts_of([]), calendar_of([]))
    assert panel.calls.shape == (0, 0)
    assert ring_matrix(panel.cells).shape == (0, 0)


def test_the_ring_matrix_has_the_neighbours_that_h3_names():
    middle = h3n.latlng_to_cell(42.65, -73.75, 9)
    area = np.sort(np.asarray(h3n.grid_disk(middle, 6), np.int64))
    rng = np.random.default_rng(1)
    area = np.sort(rng.choice(area, 80, replace=False))  # with holes
    matrix = ring_matrix(area).toarray()
    for i, cell in enumerate(area):
        near = set(cells.ring(int(cell)).tolist()) - {int(cell)}
        assert set(area[matrix[i] > 0].tolist()) == near & set(area.tolist())
    assert (matrix == matrix.T).all()
    assert set(np.unique(matrix)) <= {0.0, 1.0}
