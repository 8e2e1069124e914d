"""How two plans of a week differ, told from their tables."""

from dataclasses import replace
from datetime import UTC, datetime

import pandas as pd
import pytest

from outreach.columns import check
from outreach.plan.compare import changed_stops, differences, figures, kept_of_untouched, retimed
from outreach.plan_schemas import DIFFERENCES


@pytest.fixture(scope="module")
def plan(make_week, make_candidates):
    return make_week(make_candidates(60, explore=6))


@pytest.fixture
def other(plan):
    """The plan with one stop moved, one dropped, and one new one in its place."""
    stops = plan.stops.copy()
    left = plan.left_out["candidate_id"].iloc[0]
    target = plan.stops.iloc[-1]
    stops.loc[0, ["shift_id", "team", "day"]] = target[["shift_id", "team", "day"]].tolist()
    stops.loc[1, "candidate_id"] = left
    return replace(plan, stops=stops), plan.stops["candidate_id"][[0, 1]].tolist(), left


def test_a_plan_differs_from_itself_in_nothing(plan):
    assert check(differences(plan, plan), DIFFERENCES).empty
    assert changed_stops(plan, plan) == 0
    assert kept_of_untouched(plan, plan) == (len(plan.stops), len(plan.stops))


def test_new_dropped_and_moved(plan, other):
    new, (moved, dropped), added = other
    found = check(differences(plan, new), DIFFERENCES).set_index("candidate_id")
    assert found["difference"].to_dict() == {moved: "moved", dropped: "dropped", added: "new"}
    assert found.loc[moved, ["before", "after"]].tolist() == [
        plan.stops["shift_id"][0],
        new.stops["shift_id"][0],
    ]
    assert found["before"].isna().to_dict() == {moved: False, dropped: False, added: True}
    assert found.loc[added, "label"] == f"{int(added[-3:])} Line Street"
    back = differences(new, plan).set_index("candidate_id")["difference"]
    assert back.to_dict() == {moved: "moved", dropped: "new", added: "dropped"}
    assert changed_stops(plan, new) == 3
    assert kept_of_untouched(plan, new) == (len(plan.stops) - 2, len(plan.stops))


def test_what_was_forced_is_not_counted_as_changed(plan, other):
    new, (moved, dropped), added = other
    asked = pd.DataFrame(
        {"candidate_id": [moved, added], "change": "pin", "shift_id": None, "made_by": "Lea"}
    ).assign(start_at=pd.Series([pd.NaT] * 2, dtype="datetime64[us, UTC]"))
    assert changed_stops(plan, replace(new, changes=asked)) == 1
    causes = differences(plan, replace(new, changes=asked)).set_index("candidate_id")["cause"]
    assert causes.to_dict() == {moved: "asked", added: "asked", dropped: "fit"}
    barred = new.candidates.assign(
        barred=new.candidates["barred"].mask(new.candidates["candidate_id"] == dropped, "No.")
    )
    told = replace(new, changes=asked, candidates=barred)
    assert changed_stops(plan, told) == 0
    assert differences(plan, told).set_index("candidate_id").loc[dropped, "cause"] == "forced"
    gone = plan.stops["shift_id"].iloc[-1]
    lost = replace(
        new,
        shifts=new.shifts[new.shifts["shift_id"] != gone],
        stops=new.stops[new.stops["shift_id"] != gone],
    )
    untouched = (plan.stops["shift_id"] != gone).sum()
    assert kept_of_untouched(plan, lost)[1] == untouched


def test_stops_at_another_time_are_counted(plan):
    later = plan.stops["start_at"].copy()
    later.iloc[:2] += pd.Timedelta(minutes=15)
    later.iloc[2] += pd.Timedelta(minutes=14)
    assert retimed(plan, replace(plan, stops=plan.stops.assign(start_at=later))) == 2
    assert retimed(plan, plan) == 0


def test_days_that_were_over_are_not_compared(plan):
    tuesday = datetime(2026, 11, 24, 15, tzinfo=UTC)
    later = replace(plan, made_at=tuesday, stops=plan.stops.iloc[-3:])
    found = differences(plan, later)
    monday = plan.stops.loc[plan.stops["day"] == plan.shifts["day"].min(), "candidate_id"]
    assert len(monday)
    assert not set(monday) & set(found["candidate_id"])


def test_figures_add_up(plan):
    told = figures(plan)
    assert told.stops == len(plan.stops)
    assert told.stops + told.left_out == len(plan.candidates)
    lengths = (plan.stops["leave_at"] - plan.stops["start_at"]).dt.total_seconds().sum()
    rests = len(plan.pauses) * 30 * 60
    expected = (lengths + rests + told.travel_min * 60) / 3600
    assert told.work_h == pytest.approx(expected, abs=0.01)
    assert told.known_share == pytest.approx(1 - _explored_min(plan) / (lengths / 60), abs=0.01)
    empty = figures(replace(plan, stops=plan.stops.iloc[:0], legs=plan.legs.iloc[:0]))
    assert (empty.stops, empty.need_met, empty.known_share) == (0, 0, 1)


def _explored_min(plan):
    full = plan.stops.merge(plan.candidates, on="candidate_id")
    return full.loc[full["kind"] == "exploration", "service_min"].sum()
