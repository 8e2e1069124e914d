"""Whole plans: what binds, what repeats, and what cannot be."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from outreach.columns import check
from outreach.config import PlanParams
from outreach.errors import PlanError
from outreach.plan.notes import notes_of
from outreach.plan.shifts import week_shifts
from outreach.plan_schemas import CANDIDATES, LEFT_OUT, LEGS, PAUSES, SHIFTS, STOPS


class Broken:
    name = "Broken"

    def solve(self, problem, *, limit_s, seed, start=None, watch=None):
        raise RuntimeError("out of ideas")


class Careless:
    """Says that everyone is visited by the first shift."""

    name = "Careless"

    def solve(self, problem, *, limit_s, seed, start=None, watch=None):
        return (tuple(range(problem.size)), *(() for _ in problem.shifts[1:]))


@pytest.fixture(scope="module")
def plan(make_week, make_candidates):
    return make_week(make_candidates(60))


def planned(plan):
    return set(plan.stops["candidate_id"])


def test_all_tables_are_what_the_schemas_promise(plan):
    for name, table in {
        "shifts": SHIFTS,
        "candidates": CANDIDATES,
        "stops": STOPS,
        "legs": LEGS,
        "pauses": PAUSES,
        "left_out": LEFT_OUT,
    }.items():
        assert len(check(getattr(plan, name), table)), name
    assert plan.invented_data
    assert plan.status == "draft"


def test_legs_follow_the_given_ways_and_join(plan):
    for _, legs in plan.legs.groupby("shift_id"):
        ends = [leg.coords[-1] for leg in legs["geometry"]]
        starts = [leg.coords[0] for leg in legs["geometry"]]
        assert starts[0] == ends[-1] == plan.base
        assert starts[1:] == ends[:-1]


def test_same_input_same_plan(plan, make_week, make_candidates):
    again = make_week(make_candidates(60))
    pd.testing.assert_frame_equal(plan.stops, again.stops)
    pd.testing.assert_frame_equal(plan.left_out, again.left_out)


def test_what_binds_is_never_planned_whatever_the_need(make_week, make_candidates):
    """Safeguard 3 and duty 32: no prize moves an opt-out."""
    rows = make_candidates(40)
    rows.loc[[2, 9], "prize"] = 1e6
    rows.loc[[2, 9], "barred"] = "Asked not to be contacted."
    plan = make_week(rows)
    why = plan.left_out.set_index("candidate_id")["why"]
    for bound in rows["candidate_id"].iloc[[2, 9]]:
        assert bound not in planned(plan)
        assert why[bound] == "Asked not to be contacted."


def test_adding_a_barred_candidate_changes_nothing_else(plan, make_week, make_candidates):
    rows = make_candidates(60)
    bound = rows.iloc[[5]].assign(candidate_id="person:x", subject="x", prize=99.0, barred="No.")
    more = pd.concat([rows.iloc[:10], bound, rows.iloc[10:]], ignore_index=True)
    with_bound = make_week(more)
    pd.testing.assert_frame_equal(plan.stops, with_bound.stops)
    rest = with_bound.left_out[with_bound.left_out["candidate_id"] != "person:x"]
    assert set(rest["why"]) == set(plan.left_out["why"])


def test_officers_go_exactly_where_a_rule_asks(plan):
    """Duties 5 and 6: the whole pair for co-response, and no officer at any other stop."""
    stops = plan.stops.merge(plan.candidates, on="candidate_id").merge(plan.shifts, on="shift_id")
    assert set(stops.loc[stops["has_officer"], "response_mode"]) == {"co_response"}
    assert set(stops.loc[~stops["has_officer"], "response_mode"]) == {"community"}
    assert not (stops["no_police"] & stops["has_officer"]).any()
    assert stops["no_police"].any()


def test_more_need_goes_first(plan):
    done = plan.candidates["candidate_id"].isin(planned(plan))
    assert 0.3 < done.mean() < 0.95
    prize = plan.candidates["prize"]
    assert prize[done].mean() > 1.3 * prize[~done].mean()


def test_nobody_to_visit_is_an_empty_plan_that_says_so(make_week, make_candidates, recheck):
    plan = make_week(make_candidates(1).iloc[:0])
    assert plan.stops.empty
    assert plan.legs.empty
    assert plan.left_out.empty
    assert "nobody" in plan.notes[0]
    assert recheck(plan) == []
    barred = make_week(make_candidates(3).assign(barred="No."))
    assert barred.left_out["why"].tolist() == ["No."] * 3


def test_what_cannot_be_planned_is_one_clear_error(make_week, make_candidates, city, networks):
    rows = make_candidates(8)
    with pytest.raises(PlanError, match="Broken could not solve this week: out of ideas"):
        make_week(rows, solver=Broken())
    with pytest.raises(PlanError, match="does not fit its hours"):
        make_week(rows, solver=Careless())
    far = rows.assign(lon=rows["lon"] + 5)
    with pytest.raises(PlanError, match=r"not one visit fits into 2026-W48: .*(Too far|no street)"):
        make_week(far)
    with pytest.raises(PlanError, match="home_base"):
        make_week(rows, city=city.model_copy(update={"home_base": None}))
    homeless = city.model_copy(update={"home_base": None})
    shifts = week_shifts(city, pd.Timestamp("2026-11-23").date())
    assert make_week(rows, city=homeless, shifts=shifts).base == (-73.76, 42.65)
    none = week_shifts(city, pd.Timestamp("2026-11-23").date()).iloc[:0]
    rows.loc[0, "barred"] = "Asked not to be contacted."  # never the reason of a whole week
    with pytest.raises(PlanError, match="2026-W48: There are no shifts"):
        make_week(rows, shifts=none)
    on_skis = city.model_copy(update={"teams": city.teams[:2], "shifts": ()})
    assert on_skis.shifts == ()
    walk = networks.pop("walk")
    try:
        with pytest.raises(PlanError, match="no street network to walk on"):
            make_week(rows)
    finally:
        networks["walk"] = walk


def test_exploration_reaches_its_share(make_week, make_candidates):
    """Safeguard 10: a tenth of the stops goes where calls are few, though their prize is small."""
    rows = make_candidates(140, spread=0.015, explore=14)
    plan = make_week(rows, exploration_share=0.1)
    kinds = plan.stops.merge(plan.candidates, on="candidate_id")["kind"]
    explored = int((kinds == "exploration").sum())
    assert explored >= np.ceil(0.1 * len(kinds))
    assert explored <= np.ceil(0.1 * len(kinds)) + 2
    assert f"{explored} of {len(kinds)} stops explore" in plan.notes[0]
    assert plan.known_share == 0.75
    without = make_week(rows, exploration_share=0.0)
    kinds = without.stops.merge(without.candidates, on="candidate_id")["kind"]
    assert (kinds == "exploration").sum() < explored


def test_a_share_that_cannot_be_reached_is_said(make_week, make_candidates):
    rows = make_candidates(60, explore=1)
    plan = make_week(rows, exploration_share=0.5)
    assert "no more such walks could be planned" in plan.notes[0]


def test_an_appointment_is_kept_whatever_its_need(make_week, make_candidates):
    """Duty 15: a fixed appointment, which the planner never drops."""
    rows = make_candidates(60)
    fixed = ["community", "tue", "10:15", "10:45", 30.0, True, 0.0]
    columns = ["response_mode", "days", "window_from_local", "window_until_local"]
    rows.loc[4, [*columns, "service_min", "must", "prize"]] = fixed
    plan = make_week(rows)
    stop = plan.stops.set_index("candidate_id").loc["person:004"]
    assert f"{stop['start_at']:%a %H:%M}" == "Tue 15:15"  # UTC
    assert "It is an appointment, from 10:15 to 10:45." in stop["why"]


def test_an_appointment_that_cannot_be_kept_is_an_error_that_says_what_to_change(
    make_week, make_candidates
):
    rows = make_candidates(20)
    rows.loc[4, ["must", "people_needed"]] = [True, 2]
    with pytest.raises(PlanError, match=r"at 4 Line Street .* 2 trained people.*Change"):
        make_week(rows)
    rows.loc[4, "people_needed"] = 1
    rows.loc[4, "barred"] = "Asked not to be contacted."  # rules stand above appointments
    why = make_week(rows).left_out.set_index("candidate_id")
    assert why.loc["person:004", ["cause", "why"]].tolist() == [
        "consent",
        "Asked not to be contacted.",
    ]


def test_who_watches_is_told_and_may_end_it(make_week, make_candidates, recheck):
    seen = []

    def until_third(progress):
        seen.append(progress)
        return len(seen) < 3

    plan = make_week(make_candidates(60, explore=6), watch=until_third, solver_limit_s=60)
    assert len(seen) == 3
    assert plan.clock_stopped
    assert recheck(plan) == []
    seen.clear()
    whole = make_week(make_candidates(60, explore=6), watch=lambda p: seen.append(p) or True)
    shares = [progress.share for progress in seen]
    assert shares == sorted(shares)
    assert 0.8 < shares[-1] <= 1
    assert not whole.clock_stopped
    assert seen[-1].stops == pytest.approx(len(whole.stops), abs=5)


def test_all_parts_of_a_search_keep_to_the_limit(make_week, make_candidates):
    asked = []

    class Counting:
        name = "Counting"

        def solve(self, problem, *, limit_s, seed, start=None, watch=None):
            asked.append(limit_s)
            return tuple(() for _ in problem.shifts)

    make_week(make_candidates(60, explore=12), solver=Counting(), solver_limit_s=10)
    assert len(asked) > 1
    assert sum(asked) <= 10


def test_notes_tell_shares_balance_and_workers(make_week, make_candidates):
    rows = make_candidates(60, explore=6)
    rows.loc[:9, "preferred_staff"] = "Ana"
    plan = make_week(rows)
    notes = " ".join(plan.notes)
    full = plan.stops.merge(plan.candidates, on="candidate_id").merge(plan.shifts, on="shift_id")
    share = full.loc[full["known"], "service_min"].sum() / full["service_min"].sum()
    assert f"{share:.0%} of the time of visits goes to people and places known already" in notes
    assert "others get at most 25% of a shift" in notes
    asked = full[full["preferred_staff"].notna()]
    met = asked["members"].str.contains("Ana").sum()
    assert f"At {met} of {len(asked)} stops where they know a worker" in notes
    assert "Work a shift, on average: from" in notes


def test_notes_tell_who_goes_alone_and_whose_shift_is_empty(make_week, make_candidates):
    plan = make_week(make_candidates(30))
    first, *_, last = sorted(plan.stops["shift_id"].unique())
    members = plan.shifts["members"].mask(plan.shifts["shift_id"] == first, "Ana Brook (peer)")
    officer = members.mask(plan.shifts["shift_id"] == last, "Ana Brook (peer), Max (officer)")
    several = replace(
        plan,
        shifts=plan.shifts.assign(members=officer),
        stops=plan.stops[plan.stops["shift_id"] != last],
    )
    notes = " ".join(notes_of(several, PlanParams()))
    assert "One person goes alone in" in notes
    assert "Ana Brook on Mon" in notes
    idle = plan.shifts.set_index("shift_id").loc[last]
    told = f"No visits are planned for .*{idle['team']} on [^;.]*{idle['day']:%a}"
    assert re.search(told, notes)
    assert "An officer goes only where co-response is asked for." in notes
