"""Shifts of a week, also of the weeks in which the clocks change."""

from datetime import UTC, date, datetime, time

import pytest

from outreach.columns import check
from outreach.config import Break, Member, Shift, Team
from outreach.errors import ConfigError
from outreach.plan.make import week_travel
from outreach.plan.problem import build_problem
from outreach.plan.shifts import week_shifts
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
    travel = week_travel(none, shifts, networks, base=(-73.76, 42.65))
    problem = build_problem(none, shifts, travel, monday=monday, time_zone=city.time_zone)
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
    with pytest.raises(ConfigError, match="Team A has two shifts at once on 2026-11-23"):
        week_shifts(city.model_copy(update={"shifts": (*city.shifts, clash)}), MONDAY)
    pause = Break(earliest=time(12), latest=time(12, 45), minutes=30)
    late = Shift(teams=("Team A",), days=("mon",), start=time(9), end=time(13), pause=pause)
    with pytest.raises(ConfigError, match="pause of shift 2026-11-23/Team A"):
        week_shifts(city.model_copy(update={"shifts": (late,)}), MONDAY)
    half = Team(name="Half", members=(OFFICER,))
    with pytest.raises(ConfigError, match="Half has officers only"):
        week_shifts(city.model_copy(update={"teams": (*city.teams, half)}), MONDAY)
