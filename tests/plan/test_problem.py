"""A week as numbers: who may do what, where points lie, what is worth more."""

from datetime import date, time

import numpy as np
import pandas as pd
import pytest

from outreach.config import Base, Traffic
from outreach.plan.make import week_travel
from outreach.plan.problem import build_problem, skilled, speaks
from outreach.plan.shifts import week_shifts

MONDAY = date(2026, 11, 23)
DEPOT = Base(name="Depot", lon=-73.7, lat=42.6)


@pytest.fixture(scope="module")
def built(city, networks, make_candidates):
    """A function: the problem of some candidates and shifts."""

    def made(rows=None, shifts=None, *, city=city, traffic=(), **params):
        rows = make_candidates(6) if rows is None else rows
        shifts = week_shifts(city, MONDAY) if shifts is None else shifts
        return build_problem(
            rows,
            shifts,
            week_travel(rows, shifts, networks),
            monday=MONDAY,
            time_zone=city.time_zone,
            params=city.plan.model_copy(update=params),
            traffic=traffic,
        )

    return made


def team_row(**values):
    row = {
        "has_officer": False, "members": "Ana (caseworker), Bo (peer, in training)",
        "languages": "en es", "seats": 4,
    }  # fmt: skip
    return pd.DataFrame([row | values])


@pytest.fixture
def asks(make_candidates):
    """A function: whether one team may make a visit that asks for something."""

    def told(team, **values):
        row = make_candidates(1).astype(object).assign(**values)
        return bool(skilled(row, team)[0, 0])

    return told


def test_each_skill_is_asked_for_by_itself(asks):
    """Trainees are extra seats: they are not among the people a visit needs, but they sit."""
    assert asks(team_row())
    assert asks(team_row(), language="es")
    assert not asks(team_row(), language="fr")
    assert not asks(team_row(), people_needed=2)
    assert asks(team_row(members="Ana (caseworker), Bo (peer)"), people_needed=2)
    assert asks(team_row(), seats_needed=2)
    assert not asks(team_row(), seats_needed=3)
    assert not asks(team_row(seats=0), seats_needed=1)
    assert asks(team_row(), with_staff="Bo")
    assert not asks(team_row(), with_staff="Cy")
    assert not asks(team_row(has_officer=True))
    assert asks(team_row(has_officer=True), response_mode="co_response")
    assert not asks(team_row(has_officer=True), response_mode="co_response", no_police=True)
    assert not speaks("e", "en es")


def test_bases_follow_the_candidates_each_once(city, built):
    away = city.team("Team A").model_copy(update={"end_base": "Depot"})
    far = city.model_copy(update={"bases": (DEPOT,), "teams": (away, *city.teams[1:])})
    problem = built(city=far)
    assert problem.travel_s["drive"].shape == (8, 8)
    teams = week_shifts(far, MONDAY)["team"]
    ends = {(t, p.origin, p.destination) for t, p in zip(teams, problem.shifts, strict=True)}
    assert ends == {("Team A", 6, 7), ("Team B", 6, 6), ("Pair", 6, 6)}
    assert problem.travel_s["drive"][6, 7] > 600  # seven kilometres


def test_groups_gaps_appointments_and_people_known_are_carried_over(built, make_candidates):
    rows = make_candidates(4)
    rows["visit_group"] = ["a", "b", "a", "c"]
    rows["gap_days"] = [7, 7, 2, 7]
    rows["must"] = [False, True, False, False]
    rows["known"] = [True, True, True, False]
    problem = built(rows)
    assert problem.group[0] == problem.group[2]
    assert len(set(problem.group)) == 3
    assert problem.gap_days.tolist() == [7, 7, 2, 7]
    assert problem.must.tolist() == [False, True, False, False]
    assert problem.known.tolist() == [True, True, True, False]


def test_a_share_of_each_shift_is_kept_for_people_known(built):
    """Four hours less half an hour of pause, a quarter of it."""
    limits = {span.unknown_limit_s for span in built(known_share=0.75).shifts}
    assert limits == {int(0.25 * 3.5 * 3600)}
    assert {span.unknown_limit_s for span in built(known_share=0).shifts} == {int(3.5 * 3600)}
    assert {span.unknown_limit_s for span in built(known_share=1).shifts} == {0}


def test_the_worker_they_know_is_worth_more(city, built, make_candidates):
    rows = make_candidates(3)
    rows["preferred_staff"] = ["Bo", None, "Nobody"]
    shifts = week_shifts(city, MONDAY)
    problem = built(rows, shifts, same_worker_bonus=0.2)
    with_bo = (shifts["team"] == "Team B").to_numpy()
    assert np.allclose(problem.bonus[0], np.where(with_bo, 0.2 * problem.prize[0], 0))
    assert not problem.bonus[1:].any()


def test_work_costs_too_little_to_give_up_a_stop_for(built):
    """A whole shift of work costs less than a tenth of a mean stop."""
    problem = built()
    hours = 4
    most = problem.cost_per_h * (hours + problem.balance * hours / 2)
    assert 0 < most < 0.1 * problem.prize.mean()
    assert problem.balance == 0.3


def test_traffic_slows_those_who_drive(built):
    rush = Traffic(start=time(9), end=time(10), speed=0.5)
    problem = built(traffic=[rush])
    assert set(problem.speed) == {"drive"}
    assert problem.speed["drive"][36:41].tolist() == [0.5] * 4 + [1.0]
    assert built().speed == {}


def test_a_week_without_candidates_or_shifts(city, built, make_candidates):
    assert built(make_candidates(4).iloc[:0]).size == 0
    none = week_shifts(city, MONDAY).iloc[:0]
    assert built(shifts=none).shifts == ()
