from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from outreach import cells
from outreach.columns import check
from outreach.config import DemandParams
from outreach.demand.emerging import (
    _steps,
    categories,
    emerging,
    labels_by_chance,
    mann_kendall,
)
from outreach.demand.panel import Panel, make_panel
from outreach.schemas import EMERGING, LABEL_COUNTS, LABELS, NEEDS
from outreach.simulate.addresses import addresses
from outreach.simulate.calls import CallParams, simulate_calls
from outreach.simulate.plant import FADING_WEEKS, NEW_WEEKS
from outreach.simulate.town import town

PARAMS = DemandParams()
MIDDLE = int(cells.parents(cells.fine_cells([-73.75], [42.65]), 9)[0])
NEW = ("new_hot", "consecutive_hot", "intensifying_hot")
FADED = ("diminishing_hot", "historical_hot")
CHANGES = ("new_hot", "intensifying_hot", "diminishing_hot", "historical_hot")


def panel_of(calls, area, unseen=()):
    weeks = np.datetime64("2026-01-05") + 7 * np.arange(calls.shape[1])
    exposure = np.ones(calls.shape[1])
    exposure[list(unseen)] = 0
    return Panel(area, weeks, calls.astype(float), exposure)


def cut(panel, weeks):
    return Panel(panel.cells, panel.weeks[:weeks], panel.calls[:, :weeks], panel.exposure[:weeks])


HOT_PATTERNS = [
    ("new", ".........h", 0),
    ("new", "..c......h", 0),
    ("consecutive", ".......hhh", 3),
    ("intensifying", "h.hhhhhhhh", 3),
    ("persistent", "hhhhhhhhhh", 0),
    ("persistent", "hhhhh.hhhh", 1.5),
    ("diminishing", ".hhhhhhhhh", -3),
    ("sporadic", "h..hh....h", 3),
    ("oscillating", "h..hhc...h", 0),
    ("historical", "hhhhhhhhh.", -3),
    ("none", "hhhhhhhh..", -3),
    ("none", "hh....hhh.", 0),
    ("none", "..........", 3),
]


@pytest.mark.parametrize(("pattern", "steps", "trend"), HOT_PATTERNS)
def test_each_category_from_its_steps(pattern, steps, trend):
    hot, cold = (np.array([[s == what for s in steps]]) for what in "hc")
    trend = np.array([float(trend)])
    label = "none" if pattern == "none" else f"{pattern}_hot"
    assert LABELS[categories(hot, cold, trend)[0]] == label
    assert LABELS[categories(cold, hot, -trend)[0]] == label.replace("hot", "cold")


@pytest.mark.parametrize(("steps", "most"), [(4, 4), (5, 5), (6, 5), (13, 12), (26, 23)])
def test_most_of_the_time_is_nine_steps_in_ten(steps, most):
    hot = np.arange(steps) >= steps - np.arange(most - 1, most + 1)[:, None]
    hot = np.roll(hot, -1, axis=1) & (np.arange(steps) < steps - 1) if most < steps else hot
    nothing = np.zeros_like(hot)
    found = [LABELS[i] for i in categories(hot, nothing, np.zeros(2))]
    assert found == (["none", "historical_hot"] if most < steps else
                     ["consecutive_hot", "persistent_hot"])  # fmt: skip


def test_three_steps_are_too_few():
    hot = np.ones((1, 3), bool)
    assert LABELS[categories(hot, ~hot, np.zeros(1))[0]] == "none"


def test_the_trend_is_that_of_mann_and_kendall():
    rng = np.random.default_rng(1)
    share = rng.integers(0, 6, (40, 6, 4)) / 10 + np.linspace(-0.2, 0.2, 40)[:, None, None]
    share = np.round(share * np.linspace(0.7, 1.3, 6)[:, None], 1)
    order = rng.permutation(6)
    test, shuffled = mann_kendall(share), mann_kendall(share[:, order])
    assert test.z(order) == pytest.approx(shuffled.z(np.arange(6)))
    for row, z in zip(share, test.z(np.arange(6)), strict=True):
        weeks = row.ravel()
        s = sum(np.sign(weeks[j] - weeks[i]) for j in range(24) for i in range(j))
        p = stats.kendalltau(np.arange(24), weeks, method="asymptotic").pvalue
        assert abs(z) == pytest.approx(stats.norm.isf(p / 2) * max(abs(s) - 1, 0) / max(abs(s), 1))
        assert np.sign(z) == np.sign(s) or abs(s) <= 1


def grown_town(seed, growth=1.0, weeks=26):
    """Hot quarters of differing heat in a stationary or an evenly growing town."""
    area = cells.ring(MIDDLE, 13)
    rng = np.random.default_rng(seed)
    rate = 0.2 * rng.gamma(0.7, 1.5, len(area))
    for centre in rng.choice(area, 12, replace=False):
        rate[np.isin(area, cells.ring(int(centre), 1))] += rng.uniform(0.5, 2)
    return panel_of(rng.poisson(rate[:, None] * np.linspace(1, growth, weeks)), area)


def totals(growth):
    """Sum labels, and those by chance, over a few towns in which nothing changes."""
    counts = [
        labels_by_chance(grown_town(seed, growth), params=PARAMS, shuffles=40, seed=seed)
        for seed in range(8)
    ]
    return pd.concat(counts).groupby("label")[["cells", "by_chance"]].sum()


def test_where_nothing_changes_labels_are_as_many_as_by_chance():
    found = totals(1.0)
    assert found.loc["persistent_hot", "cells"] > 200
    for label in ("new_hot", "intensifying_hot", "diminishing_hot", "historical_hot"):
        seen, by_chance = found.loc[label]
        assert seen == pytest.approx(by_chance, abs=4 * np.sqrt(by_chance) + 4)


def test_growth_of_the_whole_city_is_no_label():
    found = totals(1.5)
    for label in ("new", "intensifying", "diminishing"):
        for side in ("hot", "cold"):
            seen, by_chance = found.loc[f"{label}_{side}"]
            assert seen <= by_chance + 3 * np.sqrt(by_chance) + 4


def test_reasons_say_what_was_seen():
    area = cells.ring(MIDDLE, 10)
    calls = np.random.default_rng(1).poisson(0.5, (len(area), 26))
    spot = np.isin(area, cells.ring(MIDDLE, 1))
    calls[spot, -6:] += 4
    found = check(emerging(panel_of(calls, area), params=PARAMS), EMERGING).set_index("cell")
    assert found.loc[MIDDLE, "label"] == "consecutive_hot"
    assert found.loc[MIDDLE, "hot_steps"] == 2
    assert found.loc[MIDDLE, "reason"] == (
        "Hot in 2 of the last 6 steps of 4 weeks, the latest hot; the share of the city's calls "
        "here and around grew."
    )
    quiet = found[(found["label"] == "none") & (found["hot_steps"] + found["cold_steps"] == 0)]
    assert quiet["reason"].str.startswith("Neither hot nor cold in any of the last 6").all()
    assert len(quiet) > 0.8 * len(area)


def test_weeks_that_were_not_wholly_seen_are_passed_over():
    panel = grown_town(1)
    holes = np.insert(panel.calls, [3, 17, 17, 26], 0, axis=1)
    unseen = [3, 18, 19, 29]
    with_holes = panel_of(holes, panel.cells, unseen)
    assert emerging(with_holes, params=PARAMS).equals(emerging(panel, params=PARAMS))


def test_a_short_record_has_no_labels_and_says_so():
    short = emerging(cut(grown_town(1), 15), params=PARAMS)
    assert set(short["label"]) == {"none"}
    assert short["reason"].str.startswith("The record has fewer than 4 steps").all()
    assert (emerging(cut(grown_town(1), 16), params=PARAMS)["label"] != "none").any()


def test_no_cells_no_labels():
    nothing = panel_of(np.zeros((0, 26)), np.array([], np.int64))
    assert check(emerging(nothing, params=PARAMS), EMERGING).empty
    found = labels_by_chance(nothing, params=PARAMS, shuffles=2)
    assert (check(found, LABEL_COUNTS)[["cells", "by_chance"]] == 0).all(axis=None)


def test_counts_of_labels_agree_with_the_labels():
    panel = grown_town(4)
    found = check(labels_by_chance(panel, params=PARAMS, shuffles=20, seed=5), LABEL_COUNTS)
    labels = emerging(panel, params=PARAMS)["label"].value_counts()
    assert found["label"].tolist() == list(LABELS)
    assert found["cells"].tolist() == labels.reindex(LABELS, fill_value=0).tolist()
    assert found["by_chance"].sum() == pytest.approx(len(panel.cells))
    again = labels_by_chance(panel, params=PARAMS, shuffles=20, seed=5)
    assert again.equals(found)
    assert not labels_by_chance(panel, params=PARAMS, shuffles=20, seed=6).equals(found)


def test_shuffled_steps_are_labelled_as_if_the_weeks_had_come_so():
    panel = grown_town(5, weeks=24)
    panel.calls[:, 12:] = np.random.default_rng(1).permutation(panel.calls[:, 12:])
    order = np.array([3, 0, 5, 1, 4, 2])
    weeks = (4 * order[:, None] + np.arange(4)).ravel()
    shuffled = emerging(panel_of(panel.calls[:, weeks], panel.cells), params=PARAMS)["label"]
    steps = _steps(panel, PARAMS)
    assert np.array(LABELS)[steps.labelled(order)].tolist() == shuffled.tolist()
    wrong = categories(steps.hot[:, order], steps.cold[:, order], steps.trend.z(np.arange(6)))
    assert np.array(LABELS)[wrong].tolist() != shuffled.tolist()


class Planted:
    """The panel of the demo city, and where its hot spots were planted."""

    def __init__(self):
        made = town(1)
        doors = addresses(made.streets, made.areas)
        truth = simulate_calls(
            doors, end=date(2026, 11, 23), params=CallParams(messy=False), facilities=made.resources
        )
        rows = truth.rows[
            truth.rows["need"].isin(NEEDS)
            & (truth.rows["counts_as"] == "demand")
            & (truth.rows["kind"] != "facility")
        ]
        local = rows["received_local"].dt.normalize()
        calls = pd.DataFrame(
            {
                "cell": cells.parents(cells.fine_cells(rows["lon"], rows["lat"]), 9),
                "week": (local - pd.to_timedelta(local.dt.day_of_week, unit="D")).dt.date,
                "need": rows["need"],
            }
        )
        counts = calls.value_counts().rename("calls").reset_index()
        calendar = pd.DataFrame({"week": sorted(counts["week"].unique()), "days_seen": 7})
        area = cells.fine_cells(doors["lon"], doors["lat"])
        self.panel = make_panel(counts, calendar, cells=np.unique(cells.parents(area, 9)))
        self.spots = truth.hot_spots

    def middles(self, course):
        """Return the cells in which hot spots of a course were planted."""
        spots = self.spots[self.spots["kind"] == course]
        return cells.parents(cells.fine_cells(spots["lon"], spots["lat"]), 9)

    def labels(self, weeks):
        return emerging(cut(self.panel, weeks), params=PARAMS).set_index("cell")["label"]


@pytest.fixture(scope="module")
def planted():
    return Planted()


@pytest.mark.parametrize(
    ("course", "weeks_ago", "fitting"),
    [("new", NEW_WEEKS, NEW), ("fading", FADING_WEEKS, FADED)],
)
def test_planted_change_is_found_within_six_weeks(planted, course, weeks_ago, fitting):
    (middle,) = planted.middles(course)
    begins = len(planted.panel.weeks) - weeks_ago
    assert planted.labels(begins)[middle] not in fitting
    found = [planted.labels(begins + weeks)[middle] in fitting for weeks in range(1, 7)]
    assert sum(found) >= 2


def test_stationary_hot_spots_change_no_more_than_by_chance(planted):
    steady = planted.middles("steady")
    found, chance, rng = 0, 0.0, np.random.default_rng(1)
    changed = np.isin(LABELS, CHANGES)
    for weeks in range(32, 105, 12):
        labels = planted.labels(weeks)
        found += labels[steady].isin(CHANGES).sum()
        steps = _steps(cut(planted.panel, weeks), PARAMS).of(np.isin(labels.index, steady))
        orders = [rng.permutation(steps.as_they_came) for _ in range(50)]
        chance += np.mean([changed[steps.labelled(order)].sum() for order in orders])
    assert found <= chance + 2 * np.sqrt(chance)


def test_weeks_to_come_change_nothing(planted):
    known = cut(planted.panel, 60)
    exposure = np.where(np.arange(104) < 60, 1.0, 0.5)
    later = Panel(planted.panel.cells, planted.panel.weeks, planted.panel.calls, exposure)
    assert emerging(later, params=PARAMS).equals(emerging(known, params=PARAMS))
