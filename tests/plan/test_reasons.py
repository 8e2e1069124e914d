"""Every stop and every candidate left out says why, and what it says is true."""

import re
from datetime import date

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
        assert "where the way is short" in stop.why


def test_outweighed_names_whom_it_would_replace_and_both_needs(told, make_candidates):
    rows = make_candidates(60)
    plan, why = told(rows)
    cause = plan.left_out.set_index("candidate_id")["cause"]
    prize = rows.set_index("candidate_id")["prize"]
    by_label = rows.set_index("label")["prize"]
    short = why[cause == "outweighed"]
    assert len(short) > 5
    stops = plan.stops.merge(plan.candidates, on="candidate_id")
    for candidate, text in short.items():
        assert re.search(r"As it is, .* would need [1-9]\d* min more\.", text), text
        rivals = re.findall(r"(\d+ Line Street) \((\d+\.\d\d) calls a week\)", text)
        assert len(rivals) in (1, 2)
        team, day = re.search(r", (Team .|Pair) on \w+ (\d+) Nov, which", text).groups()
        there = stops[stops["shift_id"] == f"2026-11-{day}/{team}"]
        for label, need in rivals:
            assert label in set(there["label"])
            assert f"{by_label[label]:.2f}" == need
        assert f"its own {prize[candidate]:.2f}." in text
        if "more than" in text:
            assert sum(by_label[label] for label, _ in rivals) > prize[candidate]
    least = short[short.str.contains("which meets more than")]
    assert len(least)  # whoever could be replaced by one of less need was replaced


def test_no_room_in_the_place_of_anybody_is_no_time(told, make_candidates):
    rows = make_candidates(60)
    plan, _ = told(rows)
    must = rows.assign(must=rows["candidate_id"].isin(plan.stops["candidate_id"]))
    plan, why = told(must)
    none = why[plan.left_out.set_index("candidate_id")["cause"] == "no_time"]
    assert len(none) > 5
    assert none.str.fullmatch(
        r"No time left: .* would need .* more, and in the place of no other stop would it fit\."
    ).all()


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
    must = rows.assign(must=rows["candidate_id"].isin(plan.stops["candidate_id"]))
    plan, why = told(must)
    taken = plan.left_out["cause"] == "window"
    assert taken.sum() >= 4
    assert plan.left_out["why"][taken].str.contains("are taken by other stops").all()


def test_a_spare_exploration_walk_says_so(told, make_candidates):
    rows = make_candidates(60, explore=12)
    _, why = told(rows)
    spare = why[why.index.isin(rows["candidate_id"].iloc[48:])]
    assert len(spare)
    assert spare.str.startswith(
        ("Drawn as a spare walk where calls are few", "Time is left, as in")
    ).all()


def test_the_share_kept_for_people_known_is_the_reason_where_it_is(told, make_candidates):
    rows = make_candidates(30, spread=0.004).assign(response_mode="community")
    rows.loc[8:, ["kind", "known"]] = ["cell", False]
    plan, why = told(rows)
    kept = why[plan.left_out.set_index("candidate_id")["cause"] == "kept_share"]
    assert len(kept)
    assert kept.str.endswith("but 75% of each shift is kept for people known already.").all()
    free, _ = told(rows, known_share=0.0)
    assert len(free.stops) > len(plan.stops)
    assert "kept_share" not in set(free.left_out["cause"])


def test_one_visit_serves_a_person_and_their_door(told, make_candidates):
    rows = make_candidates(24)
    rows.loc[[0, 1], "visit_group"] = "Kim"
    rows.loc[[0, 1], "response_mode"] = "community"
    rows.loc[[0, 1], "prize"] = 9.0
    plan, why = told(rows)
    planned = set(plan.stops["candidate_id"]) & {"person:000", "place:001"}
    assert len(planned) == 1
    other = next(iter({"person:000", "place:001"} - planned))
    served = rows.set_index("candidate_id")["label"][next(iter(planned))]
    assert why[other].startswith(f"The same visit is planned already: {served}, ")
    causes = plan.left_out.set_index("candidate_id")["cause"]
    assert causes[other] == "visited_otherwise"
    rows.loc[[0, 1], "gap_days"] = 2
    rows.loc[[0, 1], "days"] = "mon tue"
    _, why = told(rows)
    assert re.search(r"the next must be 2 days apart, and no shift", why[other])


def test_skills_that_nobody_has_are_named(told, make_candidates, city):
    rows = make_candidates(24)
    rows.loc[0, "language"] = "es"
    rows.loc[1, "people_needed"] = 3
    rows.loc[2, "seats_needed"] = 9
    plan, why = told(rows)
    ids = rows["candidate_id"]
    assert "speaks “es”" in why[ids[0]]
    assert "3 trained people" in why[ids[1]]
    assert "free seats (9)" in why[ids[2]]
    assert set(plan.left_out.set_index("candidate_id")["cause"][ids[:3]]) == {"skill"}


def test_why_this_team_and_why_then(told, make_candidates):
    rows = make_candidates(24)
    rows.loc[0, ["with_staff", "prize"]] = ["Ana", 9.0]
    rows.loc[1, ["preferred_staff", "prize"]] = ["Bo", 9.0]
    rows.loc[2, ["days", "days_why", "prize"]] = ["wed", "Asked for visits on wed.", 9.0]
    rows.loc[4, ["window_from_local", "window_until_local", "prize"]] = ["10:00", "11:00", 9.0]
    rows.loc[5, "prize"] = 9.0
    rows.loc[5, "due_on"] = date(2026, 11, 20)
    plan, _ = told(rows, same_worker_bonus=1.0)
    why = plan.stops.set_index("candidate_id")["why"]
    ids = rows["candidate_id"]
    assert "as Ana was asked for, who is in no other team and" in why[ids[0]]
    assert "as Bo, who knows them, is in it and" in why[ids[1]]
    assert "Wed is the only day left: asked for visits on wed." in why[ids[2]]
    assert "Its hours are 10:00 to 11:00." in why[ids[4]]
    assert "It was due on Fri 20 Nov." in why[ids[5]]
    assert "no other team has an officer along" in why[ids[7]]


def test_a_walk_keeps_to_daylight(told, make_candidates):
    rows = make_candidates(40, explore=6)
    rows.loc[34:, "window_from_local"] = "09:30"
    plan, _ = told(rows)
    walks = plan.stops[plan.stops["candidate_id"].isin(rows["candidate_id"].iloc[34:])]
    assert len(walks)
    assert walks["why"].str.contains("Walks are made from 09:30 to 19:00, while it is light").all()
