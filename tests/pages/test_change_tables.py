from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest

from outreach.pages import change_tables
from outreach.pipeline.replan import Stop


@pytest.fixture(scope="module")
def plan(fake_city, tmp_path_factory):
    return fake_city.view(tmp_path_factory.mktemp("city")).plans[0]


@pytest.fixture
def of(plan):
    return change_tables.choices(plan, plan.made_at)


NORTH, SOUTH = "2026-11-23/Team North", "2026-11-23/Team South"
WHOLE_DAY = "9:00\N{NO-BREAK SPACE}AM – 4:00\N{NO-BREAK SPACE}PM"


def test_every_stop_and_everybody_left_out_can_be_chosen_but_no_one_barred(plan, of):
    barred = set(plan.candidates.loc[plan.candidates["barred"].notna(), "candidate_id"])
    assert barred
    assert set(of.names) == {*plan.stops["candidate_id"], *plan.left_out["candidate_id"]} - barred


def test_safeguard_7_choices_name_places_and_no_ids_of_people(plan, of):
    subjects = plan.candidates["subject"]
    assert not any(f" {subject}" in name for name in of.names.values() for subject in subjects)


def test_a_stop_may_go_only_where_team_and_day_allow_it(plan):
    shown = plan.candidates.assign(
        days=["tue" if one == "c0" else "mon tue" for one in plan.candidates["candidate_id"]],
        no_police=True,
    )
    of = change_tables.choices(replace(plan, candidates=shown), plan.made_at)
    assert set(of.open_shifts("c0")) == {"2026-11-24/Team North", "2026-11-24/Team South"}


def test_what_is_over_cannot_be_changed(plan):
    tuesday = plan.made_at + timedelta(days=2, hours=2)
    of = change_tables.choices(plan, tuesday)
    assert not any("Mon 23 Nov" in words for words in of.shifts.values())
    gone = plan.stops.loc[plan.stops["shift_id"] == NORTH, "candidate_id"]
    assert not set(gone) & set(of.names)


def test_a_week_that_is_over_can_be_looked_at(plan):
    of = change_tables.choices(plan, plan.made_at + timedelta(days=9))
    assert not of.shifts
    assert not [one for one in of.names if len(of.open_shifts(one))]


def test_keep_move_swap_and_out_come_to_pins_and_forbids(of):
    first, second, third, fourth = list(of.shift_of)[:4]
    other = next(one for one in of.partners(third))
    changes = (
        change_tables.keep(of, first),
        change_tables.move(of, second, NORTH),
        change_tables.swap(of, third, other),
        change_tables.take_out(of, fourth),
        change_tables.put_in(Stop("12 Elm", -73.7, 42.6, 20, None, "leaflets")),
    )
    edits = change_tables.edits(changes)
    assert edits.pins == {
        first: of.shift_of[first],
        second: NORTH,
        third: of.shift_of[other],
        other: of.shift_of[third],
    }
    assert edits.forbids == {fourth}
    assert [stop.label for stop in edits.added] == ["12 Elm"]


def test_only_stops_that_may_go_there_and_back_change_places(of):
    one = next(iter(of.shift_of))
    for other in of.partners(one):
        assert of.shift_of[other] in of.open_shifts(one)
        assert of.shift_of[one] in of.open_shifts(other)


def test_a_later_change_of_a_stop_replaces_the_earlier_one(of):
    one, other = list(of.shift_of)[:2]
    said = change_tables.with_change((), change_tables.keep(of, one))
    said = change_tables.with_change(said, change_tables.keep(of, other))
    said = change_tables.with_change(said, change_tables.take_out(of, one))
    assert change_tables.edits(said).pins == {other: of.shift_of[other]}
    assert change_tables.edits(said).forbids == {one}


def test_two_stops_added_are_both_kept():
    stop = Stop("12 Elm", -73.7, 42.6, 20, None, "leaflets")
    said = change_tables.with_change((), change_tables.put_in(stop))
    said = change_tables.with_change(said, change_tables.put_in(stop))
    assert len(change_tables.edits(said).added) == 2


def test_a_click_finds_the_stop_under_it_among_those_shown(plan, of):
    places = plan.candidates.set_index("candidate_id")
    shown = [one for one, shift in of.shift_of.items() if shift == NORTH]
    for one in shown:
        lon, lat = places.loc[one, ["lon", "lat"]]
        found = change_tables.stop_at(of, round(lon, 5), round(lat, 5), [NORTH])
        assert places.loc[found, ["lon", "lat"]].tolist() == [lon, lat]
        assert change_tables.stop_at(of, lon, lat, []) is None
    assert change_tables.stop_at(of, 0.0, 0.0, [NORTH]) is None


def test_earlier_changes_are_told_with_who_made_them(plan):
    pins = pd.DataFrame(
        {
            "candidate_id": ["c0", "c1", "c2"],
            "change": ["pin", "forbid", "pin"],
            "shift_id": [SOUTH, None, None],
            "start_at": pd.Series([pd.NaT] * 3, dtype="datetime64[us, UTC]"),
            "made_by": ["Lea", "", "Lea"],
        }
    )
    of = change_tables.choices(replace(plan, changes=pins), plan.made_at)
    assert change_tables.said_before(of, "c0").endswith(
        f"stays: Mon 23 Nov, Team South, {WHOLE_DAY} (Lea)"
    )
    assert change_tables.said_before(of, "c1").endswith("is left out")
    assert "anywhere in the week" in change_tables.said_before(of, "c2")


def test_a_stop_under_way_is_not_offered_as_a_change_to_take_back(plan):
    pins = pd.DataFrame(
        {
            "candidate_id": ["c0"],
            "change": ["pin"],
            "shift_id": [NORTH],
            "start_at": pd.Series([plan.made_at]),
            "made_by": ["the shift under way"],
        }
    )
    assert change_tables.choices(replace(plan, changes=pins), plan.made_at).pinned.empty


def test_changed_teams_are_told_in_words(plan):
    now = plan.shifts.copy()
    assert change_tables.roster_changes(plan.shifts, now, plan.time_zone) == []
    now.loc[1, "members"] = "Cy (clinician)"
    now.loc[2, "end_at"] -= pd.Timedelta(hours=2)
    now.loc[3, "seats"] = 3
    said = change_tables.roster_changes(plan.shifts, now.drop(index=0), plan.time_zone)
    assert said == [
        "Team North on Mon 23 Nov does not go any more",
        "Team South on Mon 23 Nov is now Cy (clinician)",
        f"Team East on Mon 23 Nov works {WHOLE_DAY.replace('4:00', '2:00')} instead of {WHOLE_DAY}",
        "Team North on Tue 24 Nov has another base, car or pause",
    ]
    assert change_tables.roster_changes(now.drop(index=0), now, plan.time_zone) == [
        "Team North on Mon 23 Nov is new"
    ]
