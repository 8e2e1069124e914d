"""Safeguard 7: small counts hidden, and complementary ones, so that nobody can subtract."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from outreach.outcomes.suppression import ALL, SMALL, Tables, could_be, published


def crossed(counts, rows="month", columns="need"):
    table = np.asarray(counts)
    return pd.DataFrame(
        table,
        pd.Index([f"r{i}" for i in range(table.shape[0])], name=rows),
        pd.Index([f"c{j}" for j in range(table.shape[1])], name=columns),
    )


def attack(shown, most):
    """Return the values that each hidden count may have, by trying every table there can be.

    Who attacks knows all that is shown, that sums are sums, and that a hidden count is no 0.
    """
    inner = shown.iloc[:-1, :-1]
    tries = [np.arange(1, most + 1) if pd.isna(n) else [int(n)] for n in inner.to_numpy().ravel()]
    made = np.stack(np.meshgrid(*tries), axis=-1).reshape(-1, *inner.shape)
    whole = np.concatenate([made, made.sum(axis=2, keepdims=True)], axis=2)
    whole = np.concatenate([whole, whole.sum(axis=1, keepdims=True)], axis=1)
    told = np.ones(len(whole), bool)
    for at, value in np.ndenumerate(shown.to_numpy(object)):
        told &= whole[:, *at] >= 1 if pd.isna(value) else whole[:, *at] == value
    return {
        at: set(whole[told][:, *at].tolist())
        for at, value in np.ndenumerate(shown.to_numpy(object))
        if pd.isna(value)
    }


@pytest.mark.parametrize(
    ("shape", "small", "most"), [((2, 2), SMALL, 24), ((2, 3), 3, 9), ((3, 2), 3, 9)]
)
def test_whoever_tries_every_table_can_pin_no_hidden_count_down(shape, small, most):
    rng = np.random.default_rng(sum(shape))
    seen = 0
    for _ in range(8):
        table = crossed(rng.integers(0, small + 4, shape))
        (shown,) = published([table], small=small)
        truth = published([table], small=0)[0].to_numpy(int)
        is_small = (truth >= 1) & (truth <= small)
        assert shown.isna().to_numpy()[is_small].all()
        for at, values in attack(shown, most).items():
            seen += 1
            assert truth[at] in values
            assert len(values) > 1, (table, at)
            if is_small[at]:
                assert max(values) >= small, (table, at)
            if is_small[at] and at[0] < shape[0] and at[1] < shape[1]:
                assert min(values) == 1, (table, at)  # a total is no less than its parts
    assert seen > 25


def test_without_the_complements_the_same_attack_finds_them():
    table = published([crossed([[5, 40], [30, 60]])], small=0)[0]
    bare = table.mask(table <= SMALL)
    assert attack(bare, 24) == {(0, 0): {5}}


def test_one_small_count_takes_three_others_with_it():
    (shown,) = published([crossed([[5, 40, 90], [30, 60, 70], [20, 80, 50]])])
    out = shown.isna()
    assert out.loc["r0", "c0"]
    assert out.iloc[:-1, :-1].sum().sum() == 4
    assert not out.loc[ALL].any()
    assert not out[ALL].any()
    assert out.loc[["r0", "r2"], ["c0", "c1"]].all().all() or out.loc["r1", "c1"]


def test_zeros_and_totals_stay_and_nothing_is_hidden_where_nothing_is_small():
    (shown,) = published([crossed([[0, 40], [30, 60]])])
    assert shown.notna().all().all()
    assert shown.loc[ALL, ALL] == 130


def test_a_small_total_is_hidden_too():
    (shown,) = published([crossed([[4, 0], [3, 0]])])
    assert shown[ALL].isna().all()
    assert list(shown["c1"]) == [0, 0, 0]


def test_tables_that_share_totals_are_hidden_together():
    """A month's small count can be had from no other table of the same calls either."""
    rng = np.random.default_rng(4)
    needs = rng.integers(0, 60, (3, 4))
    areas = np.column_stack([rng.multinomial(n, [0.5, 0.3, 0.15, 0.05]) for n in needs.sum(axis=0)])
    month, area = crossed(needs), crossed(areas, rows="area")
    shown = published([month, area])
    both = {"month": shown[0], "area": shown[1]}
    counts, sums, hide = {}, [], set()
    for rows, table in (("month", month), ("area", area)):
        whole = published([table], small=0)[0]
        for row, column in product(whole.index, whole.columns):
            key = ("", column) if row == ALL else (rows, row, column)
            counts[key] = int(whole.loc[row, column])
            if pd.isna(both[rows].loc[row, column]):
                hide.add(key)
        for row in table.index:
            parts = tuple((rows, row, column) for column in table.columns)
            sums.append(((rows, row, ALL), parts))
        for column in whole.columns:
            parts = tuple((rows, row, column) for row in table.index)
            sums.append((("", column), parts))
    sums.append((("", ALL), tuple(("", column) for column in month.columns)))
    tables = Tables(counts, sums)
    assert hide
    for key in hide:
        low, high = could_be(tables, hide, key)
        assert low < (high or np.inf), key
        if counts[key] <= SMALL:
            assert high is None or high >= SMALL, key


def test_another_table_of_the_same_calls_must_have_the_same_sum():
    with pytest.raises(ValueError, match="another sum"):
        published([crossed([[20]]), crossed([[21]], rows="area")])


def test_a_larger_city_leaks_nothing_and_keeps_its_totals():
    rng = np.random.default_rng(8)
    table = crossed(rng.negative_binomial(0.8, 0.03, (18, 6)))
    (shown,) = published([table])
    small = [(r, c) for r in table.index for c in table.columns if 1 <= table.loc[r, c] <= SMALL]
    counts = {(r, c): int(v) for (r, c), v in table.stack().items()}  # noqa: PD013
    counts |= {(r, ALL): int(v) for r, v in table.sum(axis=1).items()}
    counts |= {(ALL, c): int(v) for c, v in table.sum().items()} | {
        (ALL, ALL): int(table.sum().sum())
    }
    sums = [((r, ALL), tuple((r, c) for c in table.columns)) for r in (*table.index, ALL)]
    sums += [((ALL, c), tuple((r, c) for r in table.index)) for c in (*table.columns, ALL)]
    tables = Tables(counts, sums)
    hide = {key for key in counts if pd.isna(shown.loc[key])}
    assert small
    for key in small:
        low, high = could_be(tables, hide, key)
        assert low <= 1
        assert high is None or high >= SMALL
    lost = sum(counts[key] for key in hide if key in set(product(table.index, table.columns)))
    assert lost < 0.35 * counts[ALL, ALL]
    assert shown.loc[ALL].notna().all()
