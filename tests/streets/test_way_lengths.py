"""Lengths of single ways are those of the whole table of ways."""

import numpy as np
import pytest

from outreach.streets.build import read_streets
from outreach.streets.travel import travel_between
from outreach.streets.way_lengths import way_lengths


@pytest.mark.real
@pytest.mark.parametrize("mode", ["walk", "drive"])
def test_pairs_on_denver_have_the_lengths_of_the_table(real_data, mode):
    path = real_data / "streets" / "denver_downtown_drive.graphml"
    network = read_streets(path, drive_speed_kmh=32, walk_speed_kmh=4.5).networks[mode]
    rng = np.random.default_rng(3)
    west, south, east, north = network.bounds
    starts, ends = ((rng.uniform(west, east, 80), rng.uniform(south, north, 80)) for _ in "ab")
    ends[0][:5], ends[1][:5] = starts[0][:5], starts[1][:5]  # there already
    travel_s, distance_m = travel_between(network, starts, ends)
    np.testing.assert_allclose(way_lengths(network, starts, ends), np.diag(distance_m))
    assert (np.diag(distance_m)[:5] == 0).all()
    limit_s = float(np.median(np.diag(travel_s)))
    near = np.diag(travel_s) <= limit_s
    found = way_lengths(network, starts, ends, limit_s=limit_s)
    np.testing.assert_allclose(found[near], np.diag(distance_m)[near])
    assert np.isinf(found).any()
