"""Each rule of the checker catches a plan that breaks it, and a sound plan passes."""

import re
from dataclasses import replace
from datetime import time

import pandas as pd
import pytest

from outreach.columns import check
from outreach.config import Base, Traffic
from outreach.errors import PlanError
from outreach.plan.insertion import fill
from outreach.plan.make import checked, week_travel
from outreach.plan_schemas import CHANGES, CONTACT_RULES

MINUTE = pd.Timedelta(minutes=1)


class Filler:
    """Puts in whatever fits: quick, and no library's doing."""

    name = "filler"

    def solve(self, problem, *, limit_s, seed, start=None, watch=None):
        return fill(problem, tuple(() for _ in problem.shifts))


@pytest.fixture(scope="module")
def town(city):
    """The city with a second base where Team A ends, and slow streets in the morning."""
    depot = Base(name="Depot", lon=-73.75, lat=42.66)
    away = city.team("Team A").model_copy(update={"end_base": "Depot"})
    rush = [
        Traffic(start=time(8), end=time(9, 30), speed=0.5),
        Traffic(start=time(11), end=time(12), speed=0.8),
    ]
    changes = {"bases": (depot,), "teams": (away, *city.teams[1:]), "traffic": tuple(rush)}
    return city.model_copy(update=changes)


@pytest.fixture(scope="module")
def plan(make_week, make_candidates, town):
    """A plan with a group of two, an appointment, a walk, two bases and traffic."""
    rows = make_candidates(40, explore=4)
    rows.loc[0, ["barred", "barred_cause"]] = ["Asked not to be contacted.", "consent"]
    rows.loc[[1, 2], "visit_group"] = "both"
    rows.loc[[1, 2], "gap_days"] = 1
    rows.loc[[1, 2, 4], "prize"] = 9.0
    rows.loc[4, "must"] = True
    return make_week(rows, city=town, solver=Filler(), exploration_share=0.05)


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


def of_shift(column, value):
    """A mutation of the shift that the first stop is in."""

    def mutate(plan):
        frame = plan.shifts.copy()
        first = frame["shift_id"] == plan.stops["shift_id"].iloc[0]
        frame.loc[first, column] = value
        return replace(plan, shifts=frame)

    return mutate


def of_visited(what, column, value):
    """A mutation of every planned candidate that is such."""

    def mutate(plan):
        frame = plan.candidates.copy()
        frame.loc[frame["candidate_id"].isin(plan.stops["candidate_id"]) & what(frame), column] = (
            value
        )
        return replace(plan, candidates=frame)

    return mutate


def everybody(frame):
    return frame["prize"] > 0


def of_group(frame):
    return frame["visit_group"] == "both"


def appointment_dropped(plan):
    """An appointment is told as left out instead of one that is."""
    out = plan.left_out.copy()
    one = plan.candidates["candidate_id"] == out["candidate_id"].iloc[-1]
    return replace(plan, candidates=plan.candidates.assign(must=plan.candidates["must"] | one))


def mostly_walks(plan):
    """All stops but two are walks, and both columns say so."""
    frame = plan.candidates.copy()
    visited = frame["candidate_id"].isin(plan.stops["candidate_id"].iloc[2:])
    frame.loc[visited, ["kind", "known"]] = ["exploration", False]
    return replace(plan, candidates=frame)


def base_moved(plan):
    """Team A starts where it ends."""
    shifts = plan.shifts.copy()
    mine = shifts["team"] == "Team A"
    for axis in ("lon", "lat"):
        shifts.loc[mine, f"start_{axis}"] = shifts.loc[mine, f"end_{axis}"]
    return replace(plan, shifts=shifts)


def changed_by_lead(which, change, **values):
    """A mutation: a lead's change of the stop, or of what is left out, that is told by position."""

    def mutate(plan):
        name = getattr(plan, which)["candidate_id"].iloc[-1]
        nothing = {"shift_id": None, "start_at": pd.NaT, "made_by": "Lea"}
        row = {"candidate_id": name, "change": change} | nothing | values
        frame = pd.DataFrame([row])
        frame["start_at"] = pd.to_datetime(frame["start_at"], utc=True).dt.as_unit("us")
        return replace(plan, changes=check(frame, CHANGES))

    return mutate


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
    "language": (of_planned("language", "fr"), "nobody trained speaks fr"),
    "people": (of_planned("people_needed", 3), "takes 3 who are trained"),
    "seats for others": (of_planned("seats_needed", 9), "too few free seats"),
    "seats": (of_shift("seats", 0), "more people than seats"),
    "group": (of_visited(everybody, "visit_group", "one"), "too near in days"),
    "gap": (of_visited(of_group, "gap_days", 7), "too near in days"),
    "appointment": (appointment_dropped, "an appointment is not in the plan"),
    "kept share": (mostly_walks, "less than 75% is kept for people known"),
    "known or not": (of_planned("known", False), "its kind does not tell it known or not"),
    "forbidden": (changed_by_lead("stops", "forbid"), "although Lea took it out"),
    "not pinned": (changed_by_lead("left_out", "pin"), "although Lea pinned it"),
    "pinned elsewhere": (changed_by_lead("stops", "pin", shift_id="x"), "not in x, to which"),
    "pinned at": (
        changed_by_lead("stops", "pin", start_at=pd.Timestamp("2026-11-23T14:00Z")),
        "does not start when it is pinned to",
    ),
    "base": (base_moved, "streets"),
    "no traffic": (lambda plan: replace(plan, traffic=()), "streets"),
    "more traffic": (
        lambda plan: replace(plan, traffic=({**plan.traffic[0], "end": "12:45"},)),
        "too little time to reach",
    ),
    "no pause": (drop("pauses"), "0 pauses instead of 1"),
    "pause twice": (again("pauses"), "2 pauses instead of 1"),
    "pause too late": (later("start_at", 180, "pauses"), "outside its window"),
    "pause too short": (later("end_at", -5, "pauses"), "too short"),
    "pause in a visit": (change("pauses", "order", 99), "runs into a visit"),
    "pause grows": (pause_grows, "runs into a visit"),
    "pause too long": (later("end_at", 140, "pauses"), "ends after the shift"),
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


def test_the_plan_tries_what_its_faults_break(plan):
    """Groups, an appointment, walks, both bases and slow streets are in it."""
    full = plan.stops.merge(plan.candidates, on="candidate_id")
    assert (full["visit_group"] == "both").sum() == 2
    assert full["must"].any()
    assert (~full["known"]).any()
    assert plan.shifts[["start_base", "end_base"]].drop_duplicates().shape[0] == 2
    assert len(plan.traffic) == 2
    assert plan.known_share == 0.75


def test_pins_and_forbids_that_hold_are_no_fault(plan, recheck):
    stop = plan.stops.iloc[-1]
    held = {"shift_id": stop["shift_id"], "start_at": stop["start_at"]}
    assert recheck(changed_by_lead("stops", "pin", **held)(plan)) == []
    assert recheck(changed_by_lead("stops", "pin")(plan)) == []
    assert recheck(changed_by_lead("left_out", "forbid")(plan)) == []


def test_two_appointments_may_stand_side_by_side(plan, recheck):
    same_day = of_visited(everybody, "visit_group", "one")(plan)
    assert recheck(of_visited(everybody, "must", True)(same_day)) == []


def test_a_plan_made_before_shares_were_kept_is_still_sound(plan, recheck):
    walks = replace(mostly_walks(plan), known_share=0.0)
    assert recheck(walks) == []


def test_a_plan_that_breaks_a_rule_is_an_error(plan, networks):
    travel = week_travel(plan.candidates, plan.shifts, networks)
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
    "language": ({"language": "so"}, "the language asked for"),
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
