"""Each rule of the checker catches a plan that breaks it, and a sound plan passes."""

import re
from dataclasses import replace

import pandas as pd
import pytest

from outreach.columns import check
from outreach.errors import PlanError
from outreach.plan.make import checked, week_travel
from outreach.plan_schemas import CONTACT_RULES

MINUTE = pd.Timedelta(minutes=1)


@pytest.fixture(scope="module")
def plan(make_week, make_candidates):
    rows = make_candidates(40)
    rows.loc[0, "barred"] = "Asked not to be contacted."
    return make_week(rows)


def change(name, column, value, row=0):
    """A mutation: one value of one table, the row told by position."""

    def mutate(plan):
        frame = getattr(plan, name).copy()
        at = frame.index[row]
        old = frame.loc[at, column]
        frame.loc[at, column] = value(old) if callable(value) else value
        return replace(plan, **{name: frame})

    return mutate


def drop(name, row=0):
    def mutate(plan):
        frame = getattr(plan, name)
        return replace(plan, **{name: frame.drop(index=frame.index[row])})

    return mutate


def again(name, **values):
    def mutate(plan):
        frame = getattr(plan, name)
        return replace(
            plan, **{name: pd.concat([frame, frame.iloc[[0]].assign(**values)], ignore_index=True)}
        )

    return mutate


def of_planned(column, value):
    """A mutation of the candidate that the first stop visits."""

    def mutate(plan):
        frame = plan.candidates.copy()
        first = frame["candidate_id"] == plan.stops["candidate_id"].iloc[0]
        frame.loc[first, column] = value
        return replace(plan, candidates=frame)

    return mutate


def officers_swapped(plan):
    shifts = plan.shifts.copy()
    shifts["has_officer"] = ~shifts["has_officer"]
    shifts["members"] = [
        "A (officer), B (peer)" if officer else "B (peer)" for officer in shifts["has_officer"]
    ]
    return replace(plan, shifts=shifts)


def half_pair(plan):
    shifts = plan.shifts.copy()
    shifts.loc[shifts["has_officer"], "members"] = "Di (officer)"
    return replace(plan, shifts=shifts)


def trained_half(plan):
    shifts = plan.shifts.copy()
    shifts.loc[shifts["has_officer"], "members"] = "Cy (clinician, in training), Di (officer)"
    return replace(plan, shifts=shifts)


def all_in_training(plan):
    shifts = plan.shifts.copy()
    shifts.loc[~shifts["has_officer"], "members"] = "Bo (caseworker) Lee (peer, in training)"
    return replace(plan, shifts=shifts)


def two_stops_swapped(plan):
    stops = plan.stops.copy()
    stops.loc[[0, 1], "candidate_id"] = stops.loc[[1, 0], "candidate_id"].to_numpy()
    return replace(plan, stops=stops)


def pause_grows(plan):
    """A pause before a stop lasts until a minute after that visit has begun."""
    after = plan.pauses.merge(plan.stops, on=["shift_id", "order"], suffixes=("", "_visit"))
    pauses = plan.pauses.set_index("shift_id")
    shift = after["shift_id"].iloc[0]
    pauses.loc[shift, "end_at"] = after["start_at_visit"].iloc[0] + MINUTE
    return replace(plan, pauses=pauses.reset_index())


def later(column, minutes=1, name="stops", row=0):
    return change(name, column, lambda at: at + minutes * MINUTE, row)


BROKEN = {
    "unknown shift": (change("stops", "shift_id", "2026-11-23/Nobody"), "unknown shift"),
    "unknown candidate": (change("stops", "candidate_id", "person:x"), "unknown candidate"),
    "unknown left out": (change("left_out", "candidate_id", "x"), "unknown candidate"),
    "shift twice": (again("shifts"), "occurs twice"),
    "wrong team": (change("stops", "team", "Team Z"), "not that of its shift"),
    "visited twice": (again("stops", order=99), "visited twice"),
    "left out twice": (again("left_out"), "left out twice"),
    "barred": (of_planned("barred", "Asked not to be contacted."), "barred and yet planned"),
    "forgotten": (drop("left_out", -1), "neither planned nor left out"),
    "both": (
        lambda plan: again("left_out", candidate_id=plan.stops["candidate_id"].iloc[0])(plan),
        "both planned and left out",
    ),
    "no reason": (change("stops", "why", " "), "has no reason"),
    "left out, no reason": (change("left_out", "why", ""), "without a reason"),
    "officers swapped": (officers_swapped, "an officer goes although no rule asks"),
    "no police": (officers_swapped, "although none is wanted"),
    "no officer": (officers_swapped, "without the whole pair"),
    "half a pair": (half_pair, "without the whole pair"),
    "day": (of_planned("days", "sat sun"), "on a day on which no visit is allowed"),
    "worker": (of_planned("with_staff", "Zed"), "without the worker asked for"),
    "part of a name": (of_planned("with_staff", "An"), "without the worker asked for"),
    "trainee as half": (trained_half, "without the whole pair"),
    "trainee alone": (all_in_training, "nobody whose training is complete"),
    "window": (of_planned("window_from_local", "16:30"), "outside its hours"),
    "window end": (of_planned("window_until_local", "09:10"), "outside its hours"),
    "starts too soon": (later("arrive_at"), "before the team arrives"),
    "short visit": (later("leave_at", -5), "the visit lasts"),
    "service": (of_planned("service_min", 44.0), "the visit lasts"),
    "no pause": (drop("pauses"), "0 pauses instead of 1"),
    "pause twice": (again("pauses"), "2 pauses instead of 1"),
    "pause too late": (later("start_at", 180, "pauses"), "outside its window"),
    "pause too short": (later("end_at", -5, "pauses"), "too short"),
    "pause in a visit": (change("pauses", "order", 99), "runs into a visit"),
    "pause grows": (pause_grows, "runs into a visit"),
    "pause too long": (later("end_at", 80, "pauses"), "ends after the shift"),
    "numbering": (change("stops", "order", 7), "not numbered from 1"),
    "leg missing": (drop("legs", -1), "legs do not lead"),
    "leg time": (change("legs", "travel_s", lambda s: s - 2), "streets"),
    "leg length": (change("legs", "distance_m", lambda m: m + 5), "streets"),
    "leg of stop": (change("stops", "travel_s", lambda s: s + 60), "its leg differ"),
    "teleport": (later("arrive_at", -30, row=1), "too little time to reach stop 2"),
    "other order": (two_stops_swapped, "streets"),
    "late end": (later("end_at", -150, "shifts"), "too little time to reach the end"),
    "early start": (later("start_at", 150, "shifts"), "too little time to reach stop 1"),
}


def test_a_sound_plan_passes(plan, recheck):
    assert len(plan.stops) > 12
    assert recheck(plan) == []


@pytest.mark.parametrize("name", BROKEN)
def test_every_broken_plan_is_caught(name, plan, recheck):
    mutate, told = BROKEN[name]
    broken = mutate(plan)
    faults = recheck(broken)
    assert any(re.search(told, fault) for fault in faults), faults
    assert all(fault.strip() for fault in faults)


def test_a_plan_that_breaks_a_rule_is_an_error(plan, networks):
    travel = week_travel(plan.candidates, plan.shifts, networks, base=plan.base)
    assert checked(plan, travel) is plan
    with pytest.raises(PlanError, match=r"not sound: .*no reason"):
        checked(change("stops", "why", "")(plan), travel)


def test_limits_made_since_are_held_against_the_plan(plan, recheck):
    """Duty 32: an opt-out after the draft is found before it is published."""
    visited = plan.stops["candidate_id"].iloc[0]
    subject = plan.candidates.set_index("candidate_id").loc[visited, "subject"]
    limits = pd.DataFrame({"subject": [subject], "rule": ["opt_out"], "until": [None]})
    assert recheck(plan, limits) == [f"{visited}: planned against opt_out"]
    over = limits.assign(until=[plan.shifts["day"].min().replace(day=1)])
    assert recheck(plan, over) == []
    assert recheck(plan, limits.assign(subject="x")) == []


DAYS = ("2026-11-23", "2026-11-24", "2026-11-25")
ASKED = {
    "day": ({"barred_days": " ".join(DAYS), "barred_why": "Visited."}, "the day, which is barred"),
    "no police": ({"no_police": True}, "the wish for no police"),
    "from": ({"visit_from_local": "16:30"}, "the hours asked for"),
    "until": ({"visit_until_local": "09:05"}, "the hours asked for"),
    "worker": ({"with_staff": "Zed"}, "the worker asked for"),
    "place": ({"lon": -73.7, "lat": 42.65, "address": "elsewhere"}, "the place asked for"),
}


def rule(subject, **binds):
    nothing = dict.fromkeys(CONTACT_RULES.columns)
    nothing |= {"barred_days": "", "barred_why": "", "no_police": False, "lon": None, "lat": None}
    floats = {"lon": "float64", "lat": "float64"}
    return check(
        pd.DataFrame([nothing | {"subject": subject} | binds]).astype(floats), CONTACT_RULES
    )


@pytest.mark.parametrize("name", ASKED)
def test_rules_of_contact_made_since_are_held_against_the_plan(name, plan, recheck):
    """Safeguard 3: each kind of wish is found, by the stop's subject, whatever the draft says."""
    binds, told = ASKED[name]
    full = plan.stops.merge(plan.candidates, on="candidate_id")
    mode = "co_response" if name == "no police" else "community"
    stop = full[full["response_mode"] == mode].iloc[0]
    contact = rule(stop["subject"], **binds)
    assert recheck(plan, None, contact) == [f"{stop['candidate_id']}: planned against {told}"]
    assert recheck(plan, None, contact.assign(subject="x")) == []


def test_rules_of_contact_that_a_plan_keeps_are_no_fault(plan, recheck):
    full = plan.stops.merge(plan.candidates, on="candidate_id")
    stop = full[full["response_mode"] == "community"].iloc[0]
    crew = plan.shifts.set_index("shift_id").loc[stop["shift_id"], "members"]
    kept = rule(
        stop["subject"],
        barred_days=" ".join(day for day in DAYS if day != str(stop["day"])),
        no_police=True,
        visit_from_local="09:00",
        visit_until_local="13:00",
        with_staff=crew.split(" (")[0],
        lon=stop["lon"],
        lat=stop["lat"],
        address="there",
    )
    assert recheck(plan, None, kept) == []
