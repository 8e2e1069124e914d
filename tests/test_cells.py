import h3
import ibis
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point, box

from outreach import cells

RNG = np.random.default_rng(7)
LON, LAT = RNG.uniform(-180, 180, 300), RNG.uniform(-85, 85, 300)


def test_fine_cells_are_those_of_h3_and_missing_stays_missing():
    lon, lat = [*LON, np.nan, LON[0]], [*LAT, 1.0, LAT[0]]
    found = cells.fine_cells(lon, lat)
    expected = [h3.latlng_to_cell(y, x, 15) for x, y in zip(LON, LAT, strict=True)]
    assert [cells.to_text(c) for c in found[:300]] == expected
    assert found[300] is pd.NA
    assert found[301] == found[0]


@pytest.mark.parametrize("resolution", range(16))
def test_bit_parents_equal_h3_in_numpy_and_in_the_engine(resolution):
    fine = cells.fine_cells(LON, LAT).astype("int64")
    expected = [h3.str_to_int(h3.cell_to_parent(cells.to_text(c), resolution)) for c in fine]
    assert list(cells.parents(fine, resolution)) == expected
    table = ibis.memtable(pd.DataFrame({"cell": np.asarray(fine)}))
    query = table.mutate(parent=cells.parent_expr(table.cell, resolution))
    assert list(query.to_pandas()["parent"]) == expected


def test_covering_neighbours_and_shapes():
    area = box(-73.8, 42.64, -73.75, 42.68)
    covered = cells.covering(area, 9)
    assert all(area.contains(Point(cells.centre(c))) for c in covered)
    assert len(cells.ring(int(covered[0]))) == 7
    assert cells.outline(int(covered[0])).contains(Point(cells.centre(int(covered[0]))))
    assert cells.from_text(cells.to_text(int(covered[0]))) == covered[0]
