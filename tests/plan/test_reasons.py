"""Every stop and every candidate left out says why, and what it says is true."""

import re

import pytest

from outreach.plan.reasons import minutes


@pytest.fixture(scope="module")
def told(make_week, make_candidates):
    def of(rows, **changes):
        plan = make_week(rows, **changes)
        return plan, plan.left_out.set_index("candidate_id")["why"]

    return of


def test_minutes_as_people_say_them():
    assert [minutes(s) for s in (0, 59, 60, 61, 7199, 7200, 11_400)] == [
        "0 min",
        "1 min",
        "1 min",
        "2 min",
        "2 h 00 min",
        "2 h 00 min",
        "3 h 10 min",
    ]


def test_each_stop_names_its_calls_its_team_and_its_day(told, make_candidates):
    rows = make_candidates(40)
    plan, _ = told(rows)
    reasons = rows.set_index("candidate_id")["reason"]
    for stop in plan.stops.itertuples():
        assert stop.why.startswith(reasons[stop.candidate_id])
        assert f"{stop.team} on {stop.day:%a} {stop.day.day} Nov goes" in stop.why
        way = "walking" if stop.team == "Team B" else "driving"
        assert re.search(rf"adds \d+ min of {way}", stop.why)
        assert stop.why.endswith(".")


def test_no_time_left_says_how_much_is_missing_and_that_much_helps(told, make_candidates, city):
    rows = make_candidates(60)
    plan, why = told(rows)
    short = why[why.str.startswith("No time left")]
    assert len(short) > 5
    for text in short:
        assert re.search(r"would need [1-9]\d* min more, and ", text), text
    stops = plan.stops.merge(plan.candidates, on="candidate_id")
    prize = plan.candidates.set_index("candidate_id")["prize"]
    for candidate, text in short[short.str.contains("meets more")].items():
        team, day = re.search(r"left: (.+) on \w+ (\d+)", text).groups()
        there = stops[
            (stops["team"] == team) & (stops["day"].map(lambda d, x=day: d.day == int(x)))
        ]
        assert (there["prize"] > prize[candidate]).all()


def test_other_reasons_each_in_their_case(told, make_candidates, city):
    rows = make_candidates(24)
    rows.loc[0, "lon"] += 5
    rows.loc[1, ["window_from_local", "window_until_local"]] = ["18:00", "19:00"]
    rows.loc[2, ["window_from_local", "window_until_local"]] = ["09:00", "09:10"]
    _, why = told(rows)
    ids = rows["candidate_id"]
    assert re.fullmatch(
        r"Too far: no team that may go can be there within its hours \(09:00 to 19:00\)\.",
        why[ids[0]],
    )
    for late in ids[1:3]:
        assert "fits into no shift that may go" in why[late]
    unpaired = city.model_copy(
        update={
            "shifts": (city.shifts[0].model_copy(update={"teams": ("Team A",)}),),
        }
    )
    _, why = told(rows, city=unpaired)
    assert why[ids[7]] == "It needs an officer along, and no shift this week has one."
    only_pair = city.model_copy(
        update={"shifts": (city.shifts[0].model_copy(update={"teams": ("Pair",)}),)}
    )
    _, why = told(rows, city=only_pair)
    assert why[ids[4]] == "It is visited without an officer, and every shift this week has one."


def test_who_is_left_out_because_of_a_wish_is_told_which(told, make_candidates, city):
    rows = make_candidates(24)
    rows.loc[0, "with_staff"] = "Zed"
    rows.loc[1, "with_staff"] = "Di"  # an officer, who goes where safety asks and else nowhere
    rows.loc[2, ["days", "days_why"]] = ["thu fri", "Asked for visits on thu, fri."]
    rows.loc[4, ["days", "days_why", "with_staff"]] = ["sun", "Visited often enough.", "Ana"]
    shift = city.shifts[0].model_copy(update={"days": ("mon", "tue")})
    _, why = told(rows, city=city.model_copy(update={"shifts": (shift,)}))
    ids = rows["candidate_id"]
    assert why[ids[0]] == "Zed was asked for, who is in no shift that may go this week."
    assert why[ids[1]] == "Di was asked for, who is in no shift that may go this week."
    left = "No shift that may go is on a day that is left (Thu, Fri): asked for visits on thu, fri."
    assert why[ids[2]] == left
    expected = "No shift with Ana is on a day that is left (Sun): visited often enough."
    assert why[ids[4]] == expected


def test_a_visit_that_ends_too_late_says_by_how_much(told, make_candidates):
    rows = make_candidates(10)
    rows.loc[0, "service_min"] = 230.0
    _, why = told(rows)
    assert re.fullmatch(r"Too far: even alone in a shift, .* end 2 h \d\d min late\.", why.iloc[0])


def test_hours_taken_by_others(told, make_candidates):
    """Ten people who can only be met from 9:00 to 9:35 cannot all be met on three mornings."""
    rows = make_candidates(12).assign(
        window_from_local="09:00", window_until_local="09:35", response_mode="community"
    )
    plan, why = told(rows)
    assert len(plan.stops) >= 4
    assert why.str.contains("are taken by other stops in every shift").any()


def test_a_spare_exploration_walk_says_so(told, make_candidates):
    rows = make_candidates(60, explore=12)
    _, why = told(rows)
    spare = why[why.index.isin(rows["candidate_id"].iloc[48:])]
    assert len(spare)
    assert spare.str.startswith("Drawn as a spare walk where calls are few").all()
