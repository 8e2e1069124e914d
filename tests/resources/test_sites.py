"""Choosing sites against every choice there is, on small instances."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from outreach.columns import check
from outreach.errors import OutreachError
from outreach.resource_schemas import SITES
from outreach.resources import sites
from outreach.resources.sites import choose_sites, site_table

GOALS = ("p_median", "p_center", "coverage")
WITHIN_MIN = 10.0


def instance(seed):
    """Cells, candidates and today's places; some without demand, some out of reach."""
    rng = np.random.default_rng(seed)
    cells, candidates = int(rng.integers(6, 40)), int(rng.integers(3, 9))
    new = rng.uniform(1, 40, (cells, candidates)).round(1)
    new[rng.random(new.shape) < 0.05] = np.inf
    today = rng.uniform(1, 40, cells).round(1)
    today[rng.random(cells) < 0.1] = np.inf
    if seed % 7 == 0:
        today[:] = np.inf  # nothing there yet
    demand = rng.gamma(0.6, 1, cells) * (rng.random(cells) < 0.8)
    demand[0] = 1.0
    return demand, new, today, int(rng.integers(1, 4))


def worth(demand, new, today, chosen, goal):
    """The goal's value by plain arithmetic, the smaller the better."""
    times = [min([1440.0, t, *(row[list(chosen)])]) for t, row in zip(today, new, strict=True)]
    pairs = [(d, t) for d, t in zip(demand, times, strict=True) if d > 0]
    if goal == "p_median":
        return sum(d * t for d, t in pairs) / sum(d for d, _ in pairs)
    if goal == "p_center":
        return max(t for _, t in pairs)
    return -sum(d for d, t in pairs if t <= WITHIN_MIN)


def best_of_all(demand, new, today, count, goal):
    every = combinations(range(new.shape[1]), min(count, new.shape[1]))
    return min(worth(demand, new, today, choice, goal) for choice in every)


@pytest.mark.parametrize("goal", GOALS)
def test_no_other_choice_is_better(goal):
    for seed in range(35):
        demand, new, today, count = instance(seed)
        found = choose_sites(demand, new, today, goal=goal, count=count, within_min=WITHIN_MIN)
        assert len(found.chosen) == len(set(found.chosen)) <= count
        best = best_of_all(demand, new, today, count, goal)
        assert worth(demand, new, today, found.chosen, goal) == pytest.approx(best), seed
        standing = {
            "p_median": found.then.mean_min,
            "p_center": found.then.worst_min,
            "coverage": -found.then.covered,
        }
        assert standing[goal] == pytest.approx(best)
        assert found.today.mean_min == pytest.approx(worth(demand, new, today, [], "p_median"))
        assert found.today.worst_min == worth(demand, new, today, [], "p_center")
        assert found.today.covered == pytest.approx(-worth(demand, new, today, [], "coverage"))


@pytest.mark.parametrize("goal", ["p_median", "coverage"])
def test_the_models_alone_are_right_too(goal, monkeypatch):
    """Without leaving candidates out beforehand, so that spopt chooses among all of them."""
    everything = lambda task, goal, count: list(range(task.minutes.shape[1]))  # noqa: E731
    monkeypatch.setattr(sites, "_worth_a_look", everything)
    solved = []
    monkeypatch.setattr(sites, "_solved", lambda *a, do=sites._solved: solved.append(1) or do(*a))
    for seed in range(1, 31):
        demand, new, today, count = instance(seed)
        found = choose_sites(demand, new, today, goal=goal, count=count, within_min=WITHIN_MIN)
        best = best_of_all(demand, new, today, count, goal)
        assert worth(demand, new, today, found.chosen, goal) == pytest.approx(best), seed
    assert len(solved) > 20


def test_trying_every_choice_finds_what_the_model_finds(monkeypatch):
    monkeypatch.setattr(sites, "_MODEL_SIZE", 0)  # as in a large city
    for seed in range(40):
        demand, new, today, count = instance(seed)
        found = choose_sites(
            demand, new, today, goal="p_median", count=count, within_min=WITHIN_MIN
        )
        best = best_of_all(demand, new, today, count, "p_median")
        assert worth(demand, new, today, found.chosen, "p_median") == pytest.approx(best), seed


def test_the_worst_cell_is_as_near_as_spopts_own_p_center_has_it():
    """Today's places as a site that must be open, as spopt takes it."""
    pulp = pytest.importorskip("pulp")
    for seed in (1, 2, 3):
        demand, new, today, count = instance(seed)
        some = demand > 0
        minutes = np.minimum(np.column_stack([today, new])[some], 1440.0)
        must = (np.arange(minutes.shape[1]) == 0).astype(int)
        model = sites._model(
            "PCenter", minutes, p_facilities=count + 1, predefined_facilities_arr=must
        )
        sites._solved(model, 60)
        found = choose_sites(demand, new, today, goal="p_center", count=count, within_min=10)
        assert found.then.worst_min == pytest.approx(pulp.value(model.problem.objective))


def test_the_most_useful_comes_first_and_useless_sites_are_left_out():
    new = np.array([[1.0, 5, 30], [1, 5, 30], [9, 2, 30]])
    found = choose_sites(
        [5, 5, 1], new, [20, 20, 20], goal="p_median", count=3, within_min=WITHIN_MIN
    )
    assert found.chosen == (0, 1)
    assert found.today.mean_min == 20
    assert found.then.mean_min == pytest.approx((5 + 5 + 2) / 11)
    assert (found.today.covered, found.then.covered) == (0, 11)
    nowhere = np.full((3, 2), 50.0)
    for goal in GOALS:
        none = choose_sites([1, 1, 1], nowhere, [9, 9, 9], goal=goal, count=2, within_min=5)
        assert none.chosen == ()
        assert none.today == none.then


def test_what_cannot_be_chosen_is_told(monkeypatch):
    wanted = {"goal": "p_median", "count": 1, "within_min": 5}
    with pytest.raises(OutreachError, match="no demand"):
        choose_sites([0, 0], [[1.0], [2]], [3, 3], **wanted)
    with pytest.raises(OutreachError, match="no candidate"):
        choose_sites([1, 1], np.empty((2, 0)), [3, 3], **wanted)
    with pytest.raises(OutreachError, match="at least one"):
        choose_sites([1], [[1.0]], [3], goal="p_median", count=0, within_min=5)
    rng = np.random.default_rng(5)
    new = rng.uniform(0, 30, (150, 25))
    with pytest.raises(OutreachError, match="nothing is shown rather than a guess"):
        choose_sites(
            rng.random(150), new, np.full(150, 40.0), goal="p_median", count=5, within_min=5,
            limit_s=0.01,
        )  # fmt: skip


def test_each_candidate_alone_beside_today():
    candidates = pd.DataFrame(
        {"site_id": ["a", "b", "c"], "name": ["Park", "Mall", "Far"], "lon": -73.7, "lat": 42.6}
    )
    new = np.array([[1.0, 5, 30], [1, 5, 30], [9, 2, 30], [1, 1, 1]])
    demand, today = [5, 5, 1, 0], [20, 20, 20, 90]
    found = choose_sites(demand, new, today, goal="p_center", count=1, within_min=5)
    table = site_table(
        candidates, demand, new, today, chosen=found.chosen, within_min=5, unit="calls a week"
    )
    table = check(table, SITES).set_index("site_id")
    assert found.chosen == (1,)
    assert table["chosen"].isna().to_dict() == {"a": True, "b": False, "c": True}
    assert table["worst_min"].to_dict() == {"a": 9, "b": 5, "c": 20}
    assert table["covered"].to_dict() == {"a": 10, "b": 11, "c": 0}
    assert table.loc["a", "mean_min"] == pytest.approx(19 / 11)
    assert table.loc["a", "reason"] == (
        "Alone: 18.3 min less on average; 10 more calls a week within 5 min; "
        "the farthest 11.0 min nearer."
    )
    assert table.loc["c", "reason"] == "Alone: changes nothing against today."
    first = site_table(
        candidates, demand, new, [np.inf] * 4, chosen=(), within_min=5, unit="people"
    )
    assert first["reason"].iloc[1] == "Alone: 4.7 min on average; 11 people within 5 min."
