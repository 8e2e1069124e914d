import itertools
import re
import warnings

import numpy as np
import pytest
from scipy import stats

from outreach import cells
from outreach.columns import check
from outreach.config import DemandParams
from outreach.demand.hot_spots import (
    around,
    chance_of_sums,
    gi_star,
    hot_spots,
    surroundings_size,
    tails,
    two_sided_q,
)
from outreach.demand.panel import Panel, ring_matrix
from outreach.schemas import HOT_SPOTS

MIDDLE = int(cells.parents(cells.fine_cells([-73.75], [42.65]), 9)[0])
FAR_AWAY = int(cells.parents(cells.fine_cells([-73.0], [42.65]), 9)[0])
FIRST = np.datetime64("2026-01-05")


def panel_of(calls, area, unseen=()):
    weeks = FIRST + 7 * np.arange(calls.shape[1])
    exposure = np.ones(calls.shape[1])
    exposure[list(unseen)] = 3 / 7
    return Panel(area, weeks, calls.astype(float), exposure)


def exact(calls, ring):
    size = surroundings_size(ring)
    return tails(around(calls, ring), size, chance_of_sums(calls, size))


def test_gi_star_equals_esda_on_the_same_weights():
    from esda.getisord import G_Local
    from libpysal.weights import WSP

    area = cells.ring(MIDDLE, 10)
    ring = ring_matrix(area)
    values = np.random.default_rng(1).negative_binomial(0.3, 0.1, (len(area), 3)).astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        weights = WSP(ring).to_W()
        known = [G_Local(v, weights, transform="B", star=True, permutations=0).Zs for v in values.T]
    assert gi_star(values, ring) == pytest.approx(np.column_stack(known), abs=1e-6)
    assert gi_star(values[:, 1], ring) == pytest.approx(known[1], abs=1e-6)


def test_gi_star_is_nought_where_all_values_are_the_same():
    ring = ring_matrix(cells.ring(MIDDLE, 2))
    values = np.column_stack([np.full(19, 0.1), np.arange(19), np.zeros(19)])
    z = gi_star(values, ring)
    assert (z[:, [0, 2]] == 0).all()
    assert (z[:, 1] != 0).any()


def test_a_cell_without_neighbours_is_its_own_surroundings():
    area = np.union1d(cells.ring(MIDDLE, 2), [FAR_AWAY])
    alone = int(np.searchsorted(area, FAR_AWAY))
    values = np.arange(20.0)
    z = gi_star(values, ring_matrix(area))
    assert z[alone] == pytest.approx((values[alone] - values.mean()) / values.std())
    more, fewer = exact(values, ring_matrix(area))
    assert more[alone] == pytest.approx((20 - alone) / 20)
    assert fewer[alone] == pytest.approx((alone + 1) / 20)


def test_p_equals_all_permutations_counted_one_by_one():
    area = np.union1d(cells.ring(MIDDLE, 1), [FAR_AWAY])
    ring = ring_matrix(area)
    calls = np.array([0, 0, 1, 9, 2, 0, 3, 1])
    seen = around(calls, ring)
    shuffled = around(np.array(list(itertools.permutations(calls))).T, ring)
    more, fewer = exact(calls, ring)
    assert more == pytest.approx((shuffled >= seen[:, None]).mean(axis=1))
    assert fewer == pytest.approx((shuffled <= seen[:, None]).mean(axis=1))


def test_chance_of_sums_is_a_distribution_with_the_mean_of_the_counts():
    counts = np.random.default_rng(2).negative_binomial(0.05, 0.004, 4000)
    chance = chance_of_sums(counts, [1, 28])
    for m, share in chance.items():
        assert share.sum() == pytest.approx(1)
        assert share.min() > -1e-12
        assert np.arange(len(share)) @ share == pytest.approx(m * counts.mean())
    assert chance[1][: counts.max() + 1] == pytest.approx(np.bincount(counts) / 4000)


def test_between_whole_numbers_the_tails_run_straight():
    chance = {1: np.array([0.5, 0.3, 0.2])}
    more, fewer = tails(np.array([0.0, 0.5, 2.0, 7.0]), np.ones(4, int), chance)
    assert more == pytest.approx([1, 0.75, 0.2, 0], abs=1e-9)
    assert fewer == pytest.approx([0.5, 0.65, 1, 1])


def test_both_tails_are_tested_together():
    more, fewer = np.array([[0.01, 0.9], [0.6, 0.6]]), np.array([[0.995, 0.2], [0.55, 0.55]])
    p, q = two_sided_q(more, fewer)
    assert p == pytest.approx(np.array([[0.02, 0.4], [1, 1]]))
    assert q == pytest.approx(np.array([[0.08, 0.8], [1, 1]]))


def test_skewed_counts_without_any_pattern_are_hardly_ever_flagged():
    area = cells.ring(MIDDLE, 26)
    ring = ring_matrix(area)
    assert len(area) > 2000
    false, false_by_normal = 0, 0
    for seed in range(5):
        calls = np.random.default_rng(seed).negative_binomial(0.05, 0.005, len(area))
        false += (two_sided_q(*exact(calls, ring))[1] <= 0.1).sum()
        normal = 2 * stats.norm.sf(abs(gi_star(calls, ring)))
        false_by_normal += (stats.false_discovery_control(normal) <= 0.1).sum()
    assert false <= 5
    assert false_by_normal > 250


def quarter_town(calls_in_the_middle, weeks=13):
    """One call a cell and week, but none in the west and many in the middle."""
    area = cells.ring(MIDDLE, 12)
    lon = np.array([cells.centre(c)[0] for c in area])
    rate = np.where(lon < np.quantile(lon, 0.25), 0.0, 1.0)
    rate[np.isin(area, cells.ring(MIDDLE, 1))] = calls_in_the_middle
    return area, np.random.default_rng(3).poisson(rate[:, None], (len(area), weeks))


def test_hot_and_cold_spots_are_found_with_reasons():
    area, calls = quarter_town(8)
    spots = check(hot_spots(panel_of(calls, area), params=DemandParams()), HOT_SPOTS)
    spots = spots.set_index("cell")
    assert (spots.loc[cells.ring(MIDDLE, 1), "spot"] == "hot").all()
    west = area[calls.sum(axis=1) == 0]
    assert (spots.loc[west, "spot"] == "cold").mean() > 0.6
    assert (spots["spot"] == "none").mean() > 0.5
    assert ((spots["gi_z"] > 0) == (spots["spot"] == "hot"))[spots["spot"] != "none"].all()
    at = np.isin(area, cells.ring(MIDDLE, 1))
    here, there = calls[area == MIDDLE].sum(), calls[at].sum()
    assert spots.loc[MIDDLE, "reason"] == (
        f"{here} calls here and {there} with the 6 hexes around, in 13 whole weeks from 5 Jan 2026 "
        f"to 5 Apr 2026; 7 hexes of this city have {7 * calls.sum() / len(area):.1f} on average: "
        "more than chance would put there."
    )


def test_only_the_last_whole_weeks_count():
    area, calls = quarter_town(8, weeks=20)
    params = DemandParams(hot_spot_weeks=4)
    spots = hot_spots(panel_of(calls, area, unseen=[17, 19]), params=params)
    assert (spots["calls"] == calls[:, [14, 15, 16, 18]].sum(axis=1)).all()
    calls[:, 17], calls[:, 19], calls[:, :14] = 99, 99, 99
    assert hot_spots(panel_of(calls, area, unseen=[17, 19]), params=params).equals(spots)
    assert re.search("in 4 whole weeks from 13 Apr 2026 to 17 May 2026", spots["reason"][0])


def test_without_cells_or_whole_weeks_there_is_no_spot():
    nothing = panel_of(np.zeros((0, 3)), np.array([], np.int64))
    assert check(hot_spots(nothing, params=DemandParams()), HOT_SPOTS).empty
    area, calls = quarter_town(8, weeks=2)
    spots = check(hot_spots(panel_of(calls, area, unseen=[0, 1]), params=DemandParams()), HOT_SPOTS)
    assert (spots["spot"] == "none").all()
    assert spots["reason"].str.startswith("No week").all()
