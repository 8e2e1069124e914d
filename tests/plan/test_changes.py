"""What a lead changed holds, and what stood before is kept as far as can be."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from outreach.errors import PlanError
from outreach.plan.changes import start_routes
from outreach.plan.compare import kept_of_untouched
from outreach.plan_schemas import CHANGES


def changes(*rows, by="Lea"):
    """CHANGES of (candidate_id, change) and, if given, shift_id and start_at."""
    full = [(*row, None, None)[:4] for row in rows]
    frame = pd.DataFrame(full, columns=["candidate_id", "change", "shift_id", "start_at"])
    frame["start_at"] = pd.to_datetime(frame["start_at"], utc=True).dt.as_unit("us")
    return frame.assign(made_by=by)[list(CHANGES.columns)]


@pytest.fixture(scope="module")
def rows(make_candidates):
    return make_candidates(60)


@pytest.fixture(scope="module")
def plan(make_week, rows):
    return make_week(rows)


@pytest.fixture(scope="module")
def again(make_week, rows, plan):
    """A function: the week planned again from the plan, with some changes."""

    def made(*told, candidates=rows, previous=plan, made_at=None, **settings):
        order = {"changes": changes(*told), "previous": previous}
        return make_week(candidates, order=order, **settings)

    return made


def where(plan):
    return dict(zip(plan.stops["candidate_id"], plan.stops["shift_id"], strict=True))


def test_a_pin_puts_a_stop_into_its_shift_and_a_forbid_takes_one_out(plan, again, recheck):
    community = plan.candidates[plan.candidates["response_mode"] == "community"]["candidate_id"]
    left = next(c for c in plan.left_out["candidate_id"] if c in set(community))
    planned = [c for c in plan.stops["candidate_id"] if c in set(community)]
    there = "2026-11-25/Team A"
    moved = next(c for c in planned if where(plan)[c] != there)
    gone = next(c for c in planned if c != moved)
    new = again((left, "pin"), (moved, "pin", there), (gone, "forbid"))
    assert left in where(new)
    assert where(new)[moved] == there
    assert gone not in where(new)
    out = new.left_out.set_index("candidate_id").loc[gone]
    assert out.tolist() == ["forbidden", "Taken out by Lea."]
    why = new.stops.set_index("candidate_id")["why"]
    assert "as Lea pinned it and the visit adds" in why[left]
    assert recheck(new) == []
    broken = replace(new, changes=changes((left, "forbid"), (gone, "pin")))
    assert len(recheck(broken)) == 2


def test_swapping_two_stops_is_two_pins(plan, again):
    by_shift = plan.stops.groupby("shift_id")["candidate_id"].first()
    one, other = "2026-11-23/Team A", "2026-11-24/Team A"
    new = again((by_shift[one], "pin", other), (by_shift[other], "pin", one))
    assert where(new)[by_shift[one]] == other
    assert where(new)[by_shift[other]] == one


def test_planning_again_without_changes_changes_nothing(plan, again):
    new = again()
    assert where(new) == where(plan)
    assert (new.made_from, new.changed_stops) == (plan.number, 0)


def test_planning_again_after_losing_a_team_day_keeps_the_others(plan, again, city, recheck):
    from outreach.plan.shifts import week_shifts

    shifts = week_shifts(city, plan.shifts["day"].min())
    lost = "2026-11-24/Team A"
    new = again(shifts=shifts[shifts["shift_id"] != lost], solver_limit_s=1)
    kept, untouched = kept_of_untouched(plan, new)
    assert untouched == (plan.stops["shift_id"] != lost).sum()
    assert recheck(new) == []
    anew = again(shifts=shifts[shifts["shift_id"] != lost], previous=None, solver_limit_s=1)
    assert kept >= 0.75 * untouched > kept_of_untouched(plan, anew)[0]


def test_what_cannot_be_pinned_says_which_and_what_to_do(rows, again, plan):
    officer = rows.loc[rows["response_mode"] == "co_response", "candidate_id"].iloc[0]
    with pytest.raises(PlanError, match=r"pinned to 2026-11-23/Team A, which may not .*Take"):
        again((officer, "pin", "2026-11-23/Team A"))
    with pytest.raises(PlanError, match=r"which does not go out\. Take the pin back"):
        again(("person:000", "pin", "2026-11-26/Team A"))
    with pytest.raises(PlanError, match="person:x is pinned, but is not among"):
        again(("person:x", "pin"))
    barred = rows.assign(barred=rows["barred"].mask(rows.index == 0, "Asked for no contact."))
    with pytest.raises(PlanError, match="pinned but may not be visited: Asked for no contact"):
        again(("person:000", "pin"), candidates=barred)
    due = rows.assign(must=rows.index == 2)
    with pytest.raises(PlanError, match="is an appointment, which no plan drops"):
        again(("person:002", "forbid"), candidates=due)
    many = [(c, "pin", "2026-11-23/Team A") for c in rows["candidate_id"].iloc[[0, 1, 2, 4]]]
    long = rows.assign(service_min=100.0)
    with pytest.raises(PlanError, match=r"is pinned and does not fit\. .*Take the pin back"):
        again(*many, candidates=long)


def test_two_pins_of_one_group_still_keep_their_gap(rows, again):
    twice = rows.copy()
    twice.loc[[0, 2], "visit_group"] = "Kim"
    pins = ("person:000", "pin"), ("person:002", "pin")
    with pytest.raises(PlanError, match="The same visit is planned already"):
        again(*pins, candidates=twice)
    twice.loc[[0, 2], "gap_days"] = 2
    stops = again(*pins, candidates=twice).stops.set_index("candidate_id")["day"]
    assert abs((stops["person:000"] - stops["person:002"]).days) == 2


def test_a_shift_under_way_keeps_its_stops_and_gets_only_what_must_be(
    plan, make_week, rows, recheck
):
    shift = "2026-11-23/Team A"
    own = plan.stops[plan.stops["shift_id"] == shift]
    begun = changes(
        *((c, "pin", shift, at) for c, at in zip(own["candidate_id"], own["start_at"], strict=True))
    )
    late = rows.assign(prize=rows["prize"].mask(rows["candidate_id"].isin(own["candidate_id"]), 0))
    extra = rows.iloc[[4]].assign(
        candidate_id="added:x", kind="added", subject="x", visit_group="x", prize=50.0,
        service_min=5.0, lon=-73.76, lat=42.65,
    )  # fmt: skip
    late = pd.concat([late, extra], ignore_index=True)
    short = own.iloc[-1]["candidate_id"]
    new = make_week(late, order={"changes": begun[begun["candidate_id"] != short]})
    mine = new.stops[new.stops["shift_id"] == shift].set_index("candidate_id")["start_at"]
    for stop in own[own["candidate_id"] != short].itertuples():
        assert mine[stop.candidate_id] == stop.start_at
    assert set(mine.index) - set(own["candidate_id"]) <= {"added:x"}
    assert recheck(new) == []
    assert "as it is under way and" in " ".join(new.stops["why"])


def test_nothing_is_put_into_a_shift_under_way_before_now(plan, networks, city, rows):
    from outreach.plan import make
    from outreach.plan.shifts import week_shifts

    shifts = week_shifts(city, plan.shifts["day"].min())
    first = plan.stops[plan.stops["shift_id"] == "2026-11-23/Team A"].iloc[0]
    pin = changes((first["candidate_id"], "pin", first["shift_id"], first["start_at"]))
    now = datetime(2026, 11, 23, 16, tzinfo=UTC)  # 11:00
    order = make.Order(city, plan.week, made_at=now, as_of=now, changes=pin)
    problem = make.week_in_numbers(rows, shifts, networks, order=order).problem
    pinned = rows["candidate_id"] == first["candidate_id"]
    assert (problem.window_s[~pinned, 0, 0] >= 11 * 3600).all()
    assert (problem.window_s[pinned, 0] == problem.window_s[pinned, 0][0, 0]).all()
    begun = shifts["shift_id"] == first["shift_id"]
    assert problem.allowed[:, begun].sum() == 1
    assert problem.must.tolist() == pinned.tolist()


def test_old_routes_in_new_numbers(plan, rows, city):
    fewer = rows.iloc[5:].sample(frac=1, random_state=3).reset_index(drop=True)
    shifts = plan.shifts.iloc[1:].reset_index(drop=True)
    renamed = shifts.assign(shift_id=shifts["shift_id"].mask(shifts.index == 0, "x/1"))
    routes = start_routes(plan, fewer, renamed)
    for number, route in enumerate(routes):
        old = plan.stops[plan.stops["shift_id"] == shifts["shift_id"][number]]
        known = [c for c in old["candidate_id"] if c in set(fewer["candidate_id"])]
        assert fewer["candidate_id"].iloc[list(route)].tolist() == known


def test_a_stop_counts_more_where_it_was(plan, networks, city, rows, make_candidates):
    from outreach.plan import make
    from outreach.plan.shifts import week_shifts

    made = plan.made_at + timedelta(days=1)
    with_walks = make_candidates(60, explore=5)
    shifts = week_shifts(city, plan.shifts["day"].min())
    order = make.Order(city, plan.week, made_at=made, as_of=made, previous=plan)
    problem = make.week_in_numbers(with_walks, shifts, networks, order=order).problem
    expected = np.zeros_like(problem.bonus)
    for stop in plan.stops.itertuples():
        i = int(stop.candidate_id[-3:])
        counts = with_walks["prize"].max() if i >= 55 else with_walks["prize"][i]
        expected[i, shifts["shift_id"] == stop.shift_id] = city.plan.keep_bonus * counts
    np.testing.assert_allclose(problem.bonus, expected)
