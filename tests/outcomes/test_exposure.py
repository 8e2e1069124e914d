import pandas as pd
import pytest
from scipy import stats

from outreach.columns import check
from outreach.config import ExposureParams
from outreach.outcomes.exposure import exposure, stickiness
from outreach.schemas import EXPOSURE

PARAMS = ExposureParams(max_inflation=1.1)


def per_area(name, **numbers):
    return pd.DataFrame(
        {"area": pd.Series(list(numbers), dtype="str"), name: list(numbers.values())}
    )


def audit(visits, calls, population=None):
    frames = [
        per_area(name, **numbers)
        for name, numbers in
        (("visits", visits), ("calls", calls), ("population", population or {}))
    ]  # fmt: skip
    return check(exposure(*frames, params=PARAMS), EXPOSURE).set_index("area")


def test_shares_and_inflation_are_those_worked_out_by_hand():
    found = audit({"A": 30, "B": 10}, {"A": 100, "B": 100}, {"A": 1000, "B": 2000, "C": 1000})
    assert found["visit_share"].to_dict() == {"A": 0.75, "B": 0.25, "C": 0}
    assert found["call_share"].to_dict() == {"A": 0.5, "B": 0.5, "C": 0}
    assert found["population_share"].to_dict() == {"A": 0.25, "B": 0.5, "C": 0.25}
    assert found.loc[["A", "B"], "inflation"].tolist() == [1.5, 0.5]
    assert found["warning"].to_dict() == {"A": True, "B": False, "C": False}
    assert found.index[0] == "A"  # warnings first
    assert found.loc["A", "reason"].startswith(
        "30 of 40 visits (75.0%) and 100 of 200 calls for help (50.0%); 25% of the people."
    )


@pytest.mark.parametrize(("visits", "warns"), [(549, False), (550, False), (551, True)])
def test_it_warns_from_just_above_the_limit(visits, warns):
    """Half of the calls, so that 55 % of the visits is 1.1 times as much."""
    assert audit({"A": visits, "B": 1000 - visits}, {"A": 50, "B": 50}).loc["A", "warning"] == warns


def test_visits_where_nobody_calls_warn_too():
    found = audit({"A": 5, "B": 95}, {"B": 100})
    assert found["inflation"].isna().tolist() == [True, False]
    assert found.loc["A", "warning"]
    assert not found.loc["B", "warning"]


@pytest.mark.parametrize("scale", [1, 2, 5, 20])
def test_the_reason_says_whether_chance_would_do_it(scale):
    found = audit({"A": 8 * scale, "B": 12 * scale}, {"A": 30, "B": 70})
    low = stats.binomtest(8 * scale, 20 * scale).proportion_ci(0.95).low
    told = "could do that" if low <= 0.3 else "would hardly do that"
    assert found.loc["A", "warning"]
    assert found.loc["A", "reason"].endswith(f"Chance alone {told}.")
    assert (scale < 5) == (low <= 0.3)  # both answers occur
    assert "Chance" not in found.loc["B", "reason"]


def test_rows_of_one_area_add_up():
    once = audit({"A": 3, "B": 7}, {"A": 5, "B": 5})
    visits = pd.concat([per_area("visits", A=1, B=7), per_area("visits", A=2)])
    calls, people = per_area("calls", A=5, B=5), per_area("population")
    again = exposure(visits, calls, people, params=PARAMS).set_index("area")
    pd.testing.assert_frame_equal(once, again)


def test_nothing_known_is_nothing_warned_of():
    assert audit({}, {}).empty
    unvisited = audit({}, {"A": 5, "B": 5})
    assert not unvisited["warning"].any()
    assert unvisited["visit_share"].tolist() == [0, 0]


def test_stickiness_is_the_share_of_cooled_cells_still_visited():
    assert stickiness([1, 2, 9], [1, 2, 3, 4, 5], [5, 6]) == (2, 4)  # 1 and 2 of 1, 2, 3 and 4
    assert stickiness([5], [1, 5], [5]) == (0, 1)
    assert stickiness([1], [1, 5], [5]).share == 1
    assert stickiness([1], [5], [5, 6]) is None
