"""Shifts of a week, also of the weeks in which the clocks change."""

from datetime import UTC, date, datetime, time

import pandas as pd
import pytest

from outreach.columns import check
from outreach.config import Base, Break, Member, Shift, Team
from outreach.errors import PlanError
from outreach.plan.make import week_travel
from outreach.plan.problem import build_problem
from outreach.plan.rosters import SAID, usual_roster, without_worker
from outreach.plan.shifts import bases, week_shifts
from outreach.plan_schemas import SHIFTS

MONDAY = date(2026, 11, 23)
OFFICER = Member(name="Di", role="officer")


def weekend(city):
    shift = Shift(teams=("Team A",), days=("mon", "sat", "sun"), start=time(9), end=time(13))
    return city.model_copy(update={"shifts": (shift,)})


def test_who_goes_when_and_in_which_role(city):
    """Duty 1: a plan lists who is on each team and in which role."""
    shifts = check(week_shifts(city, MONDAY), SHIFTS)
    assert len(shifts) == 9
    pair = shifts.set_index("shift_id").loc["2026-11-23/Pair"]
    assert pair["members"] == "Cy (clinician), Di (officer)"
    assert pair["has_officer"]
    assert pair["start_at"] == datetime(2026, 11, 23, 14, tzinfo=UTC)
    assert pair["pause_latest"] == datetime(2026, 11, 23, 17, tzinfo=UTC)
    assert pair["pause_s"] == 1800
    assert set(shifts.loc[shifts["team"] == "Team B", "travel"]) == {"walk"}


@pytest.mark.parametrize(
    ("monday", "utc_hours"),
    [
        (date(2026, 3, 2), [14, 14, 13]),  # the clocks go forward on Sunday, 8 March
        (date(2026, 3, 9), [13, 13, 13]),
        (date(2026, 10, 26), [13, 13, 14]),  # and back on Sunday, 1 November
        (date(2026, 11, 2), [14, 14, 14]),
    ],
)
def test_nine_in_the_morning_is_nine_on_the_wall(city, monday, utc_hours):
    shifts = week_shifts(weekend(city), monday)
    assert shifts["start_at"].dt.hour.tolist() == utc_hours
    assert [at.day for at in shifts["start_at"]] == [day.day for day in shifts["day"]]


@pytest.mark.parametrize(("monday", "hour"), [(date(2026, 3, 2), 8), (date(2026, 10, 26), 10)])
def test_windows_and_shifts_agree_when_the_clocks_change(
    city, networks, make_candidates, monday, hour
):
    """Nine o'clock on that Sunday is 8 or 10 hours after its midnight, for both."""
    shifts = week_shifts(weekend(city), monday)
    none = make_candidates(2)
    travel = week_travel(none, shifts, networks)
    problem = build_problem(
        none, shifts, travel, monday=monday, time_zone=city.time_zone, params=city.plan
    )
    nine = 6 * 86_400 + hour * 3600
    assert problem.window_s[0, 6, 0] == nine == problem.shifts[-1].start_s
    assert problem.window_s[0, 5, 0] == 5 * 86_400 + 9 * 3600 == problem.shifts[1].start_s
    assert problem.window_s[0, 6, 1] == nine + 10 * 3600 - problem.service_s[0]


def test_no_shifts_is_an_empty_table(city):
    check(week_shifts(city.model_copy(update={"shifts": ()}), MONDAY), SHIFTS)


def test_two_shifts_of_a_day_have_their_own_names(city):
    later = Shift(teams=("Team A",), days=("mon",), start=time(14), end=time(18))
    shifts = week_shifts(city.model_copy(update={"shifts": (*city.shifts, later)}), MONDAY)
    of_a = shifts[(shifts["team"] == "Team A") & (shifts["day"] == MONDAY)]
    assert of_a["shift_id"].tolist() == ["2026-11-23/Team A", "2026-11-23/Team A (2)"]


def test_what_cannot_be_is_said_in_one_line(city):
    clash = Shift(teams=("Team A",), days=("mon",), start=time(12), end=time(18))
    with pytest.raises(PlanError, match="team Team A has two shifts at once on 2026-11-23"):
        week_shifts(city.model_copy(update={"shifts": (*city.shifts, clash)}), MONDAY)
    pause = Break(earliest=time(12), latest=time(12, 45), minutes=30)
    late = Shift(teams=("Team A",), days=("mon",), start=time(9), end=time(13), pause=pause)
    with pytest.raises(PlanError, match="pause of shift 2026-11-23/Team A"):
        week_shifts(city.model_copy(update={"shifts": (late,)}), MONDAY)
    half = Team(name="Team A", members=(OFFICER,))
    with pytest.raises(PlanError, match="Team A has officers only"):
        week_shifts(city.model_copy(update={"teams": (half, *city.teams[1:])}), MONDAY)
    with pytest.raises(PlanError, match="home_base"):
        week_shifts(city.model_copy(update={"home_base": None}), MONDAY)


def test_where_teams_start_and_how_many_fit(city):
    """A team may start at one base and end at another; who walks has no seats."""
    depot = Base(name="Depot", lon=-73.7, lat=42.6)
    away = city.team("Team A").model_copy(update={"end_base": "Depot", "seats": 7})
    there = city.model_copy(update={"bases": (depot,), "teams": (away, *city.teams[1:])})
    shifts = week_shifts(there, MONDAY)
    of_a = shifts[shifts["team"] == "Team A"].iloc[0]
    assert (of_a["start_base"], of_a["end_base"]) == ("Home base", "Depot")
    assert (of_a["end_lon"], of_a["end_lat"], of_a["seats"]) == (-73.7, 42.6, 7)
    assert set(shifts.loc[shifts["team"] == "Team B", "seats"]) == {0}
    home = (city.home_base.lon, city.home_base.lat)
    assert list(bases(shifts).itertuples(index=False, name=None)) == [home, (-73.7, 42.6)]
    only_home = list(bases(week_shifts(city, MONDAY)).itertuples(index=False, name=None))
    assert only_home == [home]
    assert bases(shifts.iloc[:0]).empty


@pytest.fixture
def roster(city):
    return usual_roster(city, MONDAY)


def changed(roster, row, **values):
    frame = roster.astype(object).copy()
    for name, value in values.items():
        frame.loc[frame.index[row], name] = value
    return frame


def row_of(roster, team, day=MONDAY):
    return roster.index[(roster["team"] == team) & (roster["day"] == day)][0]


def test_the_usual_roster_says_what_city_toml_says(city, roster):
    assert list(roster.columns) == list(SAID)
    pd.testing.assert_frame_equal(week_shifts(city, MONDAY, roster), week_shifts(city, MONDAY))
    pd.testing.assert_frame_equal(
        week_shifts(city, MONDAY, roster.iloc[:0]), week_shifts(city, MONDAY)
    )


def test_a_roster_stands_in_place_of_the_whole_usual_week(city, roster):
    one = changed(roster, row_of(roster, "Team A"), start_local="10:00", end_local="12:00",
                  pause_earliest_local=None, pause_latest_local=None, pause_min=0,
                  members="Ana  (caseworker), Eve Oh (peer)")  # fmt: skip
    shifts = check(week_shifts(city, MONDAY, one[one["team"] == "Team A"].iloc[:1]), SHIFTS)
    assert shifts["shift_id"].tolist() == ["2026-11-23/Team A"]
    assert shifts["members"].tolist() == ["Ana (caseworker), Eve Oh (peer)"]
    assert shifts["start_at"].iloc[0] == datetime(2026, 11, 23, 15, tzinfo=UTC)
    assert shifts["pause_earliest"].isna().all()


TWO = "Ana (caseworker), Bo (peer)"
CANNOT = {
    "seats": ({"seats": 1, "members": TWO}, "2 people of .* do not fit into a car of 1"),
    "hours": ({"start_local": "13:00", "end_local": "13:00"}, "must end after it starts"),
    "no end": ({"end_local": None}, "must end after it starts"),
    "no time": ({"start_local": "early"}, "'early' of .* is no time such as 09:30"),
    "pause": ({"pause_latest_local": "12:45"}, "pause of shift .* does not lie within"),
    "pause before": ({"pause_earliest_local": "08:30"}, "pause of shift .* does not lie within"),
    "pause, no window": ({"pause_earliest_local": None}, "pause of shift .* does not lie within"),
    "pause below": ({"pause_min": -5}, "shorter than nothing"),
    "base": ({"start_base": "The moon"}, "'The moon', which is no base; there are: Home base"),
    "officers": ({"members": "Di (officer), Flo (officer)"}, "officers only"),
    "nobody": ({"members": " "}, "cannot be read"),
    "words": ({"members": "Ana, Bo"}, "cannot be read"),
    "half": ({"members": "Ana (caseworker), Bo (pier)"}, "cannot be read"),
    "twice": ({"members": "Ana (caseworker), Ana (peer)"}, "somebody is twice among"),
    "two teams": ({"members": TWO}, "Bo has two shifts, of .*Team B, at once on 2026-11-23"),
    "day": ({"day": date(2026, 11, 30)}, "is no day of the week"),
}


@pytest.mark.parametrize("name", CANNOT)
def test_a_roster_that_cannot_be_is_refused(name, city, roster):
    values, told = CANNOT[name]
    with pytest.raises(PlanError, match=told):
        week_shifts(city, MONDAY, changed(roster, row_of(roster, "Team A"), **values))


def test_somebody_may_be_in_two_shifts_one_after_the_other(city, roster):
    later = changed(roster, row_of(roster, "Team B"), start_local="13:00", end_local="15:00",
                    pause_earliest_local=None, pause_latest_local=None, pause_min=0.0,
                    members=TWO)  # fmt: skip
    assert len(week_shifts(city, MONDAY, later)) == 9


def test_a_pair_that_loses_its_officer_is_an_ordinary_team(city, roster):
    left, told = without_worker(roster, "Di", [MONDAY])
    shifts = week_shifts(city, MONDAY, left)
    pairs = shifts[shifts["team"] == "Pair"]
    assert pairs["has_officer"].tolist() == [False, True, True]
    assert told == ()


def test_who_is_away_leaves_a_shift_or_takes_it_along(city, roster):
    """An officer alone does not go, and an empty team neither."""
    left, told = without_worker(roster, "Cy", [MONDAY, date(2026, 11, 24)])
    assert (left["team"] == "Pair").sum() == 1
    assert told[0] == "Pair stays at home on Mon 23 Nov: only an officer is left."
    left, told = without_worker(left, "Bo", [MONDAY])
    assert told == ("Team B stays at home on Mon 23 Nov: nobody is left.",)
    assert len(week_shifts(city, MONDAY, left)) == 6
    with pytest.raises(PlanError, match="Zed is in no shift"):
        without_worker(roster, "Zed", [MONDAY])
