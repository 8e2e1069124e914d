"""What is to be done becomes a visit under the same rules as all others, or is told as barred."""

from datetime import date, time

import numpy as np
import pandas as pd
import pytest

from outreach.cells import fine_cells, to_text
from outreach.columns import check, empty
from outreach.config import PlanParams
from outreach.plan.candidates import candidates
from outreach.plan.found import Found
from outreach.plan_schemas import CANDIDATES, CONTACT_RULES, ERRANDS, KNOWN_KINDS
from outreach.schemas import CELL_RATES, LIMITS, PERSONS, PLACES

MONDAY = date(2026, 11, 23)
WEDNESDAY = date(2026, 11, 25)
WHOLE_WEEK = " ".join(f"2026-11-{day}" for day in range(23, 30))
EVERY_DAY = "mon tue wed thu fri sat sun"
LON, LAT = -73.76, 42.65
AT = pd.Timestamp("2026-11-10", tz="UTC")
LIGHT = time(7, 4), time(16, 22)
PARAMS = PlanParams(exploration_share=0)


def point(metres):
    """A point so many metres to the east, and its place_id."""
    lon = LON + metres / 81_900
    return {"lon": lon, "lat": LAT}, to_text(fine_cells([lon], [LAT])[0])


def listed(table, rows, **more):
    """Rows of people or places: the first at 0 m, the next each a kilometre further."""
    made = []
    for n, row in enumerate(rows):
        spot, place_id = point(1000 * n)
        both = {"calls": 8, "weekly_rate": 0.8, "first_call_at": AT, "last_call_at": AT}
        both |= {"top_need": "conflict", "home_visit": True, "safety_share": 0.1, "places": 1}
        both |= {"person_id": f"p{n}", "place_id": place_id, "kind": "place", "cluster_id": pd.NA}
        both |= {"expected_calls": 8.0, "address": f"{n} Elm St", "reason": "8 calls for help."}
        made.append(both | spot | more | row)
    if not made:
        return empty(table)
    frame = pd.DataFrame(made)[list(table.columns)]
    return check(frame.astype({"cluster_id": "Int64"} if table is PLACES else {}), table)


def errand(kind="follow_up", n=1, at=5000, subject="p0", **row):
    """A row of ERRANDS, so many metres to the east; None: without a place."""
    spot = {"lon": np.nan, "lat": np.nan} if at is None else point(at)[0]
    made = dict.fromkeys(ERRANDS.columns) | spot
    made |= {"errand_id": f"e{n}", "option": 1, "kind": kind, "subject": subject}
    made |= {"address": "the park", "need": "unknown", "prize": 1.5, "service_min": 30.0}
    made |= {"days": EVERY_DAY, "must": False, "visits": 1, "people_needed": 1, "seats_needed": 0}
    return made | {"reason": "Follow-up due on Wed 25 Nov."} | row


def appointment(clock="14:00", until="14:30", **row):
    return errand(
        "notification", days="wed", from_local=clock, until_local=until, must=True,
        people_needed=2, due_on=WEDNESDAY, task_id="t", **row,
    )  # fmt: skip


def rules(*rows):
    nothing = dict.fromkeys(CONTACT_RULES.columns)
    nothing |= {"barred_days": "", "barred_why": "", "no_police": False}
    frame = pd.DataFrame([nothing | row for row in rows], columns=list(CONTACT_RULES.columns))
    return check(
        frame.astype({"lon": "float64", "lat": "float64", "no_police": "bool"}), CONTACT_RULES
    )


def limits(*rows):
    return pd.DataFrame(rows, columns=list(LIMITS.columns)) if rows else empty(LIMITS)


def planned(*errands, persons=(), places=(), asked=(), binding=(), sites=None, **changes):
    found = Found(
        listed(PERSONS, persons),
        listed(PLACES, places),
        empty(CELL_RATES),
        check(pd.DataFrame(list(errands), columns=list(ERRANDS.columns)), ERRANDS),
        resources=pd.DataFrame(sites or [], columns=["name", "lon", "lat", "redacted"]),
    )
    params = PARAMS.model_copy(update=changes)
    made = candidates(
        found, limits(*binding), rules(*asked), monday=MONDAY, params=params, daylight=LIGHT
    )
    return check(made, CANDIDATES).set_index("candidate_id")


def bar(frame):
    """Why the only errand is barred, and its cause."""
    row = frame[frame["kind"].isin(["follow_up", "notification", "added", "participant"])].iloc[0]
    if pd.isna(row["barred"]):
        return None
    assert pd.isna(row["lon"])
    assert row["label"] == "place not shown"
    return row["barred"], row["barred_cause"]


def test_a_follow_up_tells_all_that_a_plan_needs():
    row = planned(
        errand(days="mon tue wed", due_on=WEDNESDAY, task_id="t", preferred_staff="Ana",
               language="es", seats_needed=1),
    ).loc["follow_up:e1"]  # fmt: skip
    assert (row["subject"], row["visit_group"], row["gap_days"]) == ("p0", "p0", 7)
    assert (row["days"], row["days_why"]) == ("mon tue wed", "It is due on Wed 25 Nov.")
    assert (row["window_from_local"], row["window_until_local"]) == ("09:00", "19:00")
    assert (row["preferred_staff"], row["language"], row["seats_needed"]) == ("Ana", "es", 1)
    assert (row["due_on"], row["task_id"], row["known"]) == (WEDNESDAY, "t", True)
    assert (row["label"], row["barred_cause"]) == ("the park", "window")
    assert "by somebody who speaks Spanish was asked for" in row["reason"]


def test_an_appointment_keeps_its_time_and_goes_without_an_officer():
    """Duty 15."""
    row = planned(appointment("07:30", "08:00"), persons=[{"safety_share": 0.9}])
    row = row.loc["notification:e1"]
    assert (row["must"], row["people_needed"], row["days"]) == (True, 2, "wed")
    assert (row["window_from_local"], row["window_until_local"]) == ("07:30", "08:00")
    assert row["response_mode"] == "notification"


@pytest.mark.parametrize(
    ("asked", "cause"),
    [
        ({"barred_days": WHOLE_WEEK, "barred_why": "Visited.", "barred_cause": "cap"}, "cap"),
        ({"barred_days": WHOLE_WEEK, "barred_why": "Never."}, "consent"),
        ({"barred_days": "2026-11-25", "barred_why": "Not then.", "barred_cause": "window"},
         "window"),
        ({"visit_from_local": "14:15"}, "window"),
        (point(0)[0], "consent"),
    ],
)  # fmt: skip
def test_rules_stand_above_appointments(asked, cause):
    told, found = bar(planned(appointment(), asked=[{"subject": "p0"} | asked]))
    assert found == cause
    assert told.endswith(".")
    assert bar(planned(appointment(), asked=[{"subject": "p9"} | asked])) is None


def test_a_task_never_breaks_a_wish():
    """Duty 32: hours, days, worker, language, no police and place bind tasks as well."""
    asked = {"subject": "p0", "visit_from_local": "15:00", "with_staff": "Ana", "no_police": True}
    asked |= {"barred_days": "2026-11-23", "barred_why": "Asked for other days.", "language": "es"}
    asked |= {"barred_cause": "window"} | point(100)[0] | {"address": "the bench"}
    row = planned(errand(), asked=[asked]).loc["follow_up:e1"]
    assert (row["window_from_local"], row["with_staff"], row["language"]) == ("15:00", "Ana", "es")
    assert (row["no_police"], row["days"]) == (True, "tue wed thu fri sat sun")
    assert (row["label"], row["lon"]) == ("the bench", point(100)[0]["lon"])
    assert row["barred_cause"] == "window"
    told = bar(planned(errand(language="fr"), asked=[asked]))
    assert told == ("Different languages are needed: French, Spanish.", "skill")


@pytest.mark.parametrize(
    ("metres", "told"), [(0, "no visit is wanted"), (8, "no visit is wanted"), (12, None)]
)
def test_what_binds_a_door_binds_errands_within_ten_metres(metres, told):
    """Safeguard 3, for people, stops put in and what is about nobody."""
    binding = [(point(5000)[1], "do_not_visit", None)]
    for kind in ("follow_up", "added", "sharps_pickup", "campaign"):
        subject = "p0" if kind == "follow_up" else None
        for places in ([], [{}] * 5 + [point(5000)[0] | {"place_id": point(5000)[1]}]):
            found = planned(
                errand(kind, at=5000 + metres, subject=subject), places=places, binding=binding
            )
            row = found[found["kind"] == kind].iloc[0]
            assert pd.notna(row["barred"]) == (told is not None)
            assert told is None or told in row["barred"]


def test_a_stop_put_in_is_refused_at_a_site_that_may_not_be_shown():
    """Safeguard 7."""
    site = [{"name": "Safe", **point(5000)[0], "redacted": True}]
    for kind, subject in (("added", None), ("participant", "p0"), ("follow_up", "p0")):
        found = planned(errand(kind, at=5050, subject=subject), sites=site)
        assert bar(found) == ("The place may not be shown.", "unknown_place")
        assert "Safe" not in found.to_csv()
        open_site = [site[0] | {"redacted": False}]
        assert bar(planned(errand(kind, at=5050, subject=subject), sites=open_site)) is None


def test_a_stop_put_in_at_a_home_is_bound_by_who_calls_from_there():
    stop = errand("added", at=0, subject=None)
    told, cause = bar(planned(stop, persons=[{}], binding=[("p0", "opt_out", None)]))
    assert (told, cause) == ("Someone who calls from there: no visit is wanted.", "consent")
    assert bar(planned(stop, persons=[{"home_visit": False}]))[1] == "unsafe"
    assert bar(planned(stop, places=[{"home_visit": False}]))[1] == "unsafe"
    elsewhere = [{"subject": "p0"} | point(700)[0]]
    assert "met elsewhere" in bar(planned(stop, persons=[{}], asked=elsewhere))[0]
    officer = planned(stop, places=[{"safety_share": 0.8}]).loc["added:e1"]
    assert officer["response_mode"] == "co_response"


def test_somebody_is_met_away_from_a_home_that_is_not_safe():
    """Duty 11: two ways of placing one home may lie further apart than a door is wide."""
    unsafe = [{"home_visit": False}]
    for metres, barred in ((0, True), (60, True), (90, False), (None, True)):
        assert (bar(planned(errand(at=metres), persons=unsafe)) is not None) == barred
    nowhere = [{"home_visit": False, "place_id": None, "lon": np.nan, "lat": np.nan}]
    assert bar(planned(errand(at=3000), persons=nowhere))[1] == "unsafe"


def test_without_a_place_of_its_own_a_visit_is_made_where_they_call_from():
    row = planned(errand(at=None), persons=[{}]).loc["follow_up:e1"]
    assert (row["label"], row["lon"]) == ("0 Elm St", LON)
    collected = planned(errand(at=None), persons=[{}], places=[{"kind": "facility"}])
    assert "where calls collect" in bar(collected)[0]
    told = bar(planned(errand(at=None)))
    assert told == ("No place is known where to meet.", "unknown_place")


def test_one_person_is_one_group_whatever_is_to_be_done():
    """A visit serves the task, the person and the place they call from."""
    found = planned(
        errand(prize=1.5), errand("participant", 2, at=3000, prize=0.5),
        persons=[{"calls": 2}, {}], places=[{"calls": 99}],
    )  # fmt: skip
    groups = found["visit_group"].to_dict()
    assert groups == {
        "follow_up:e1": "p0", "participant:e2": "p0", "person:p0": "p0",
        f"place:{point(0)[1]}": "p0", "person:p1": "p1",
    }  # fmt: skip
    assert set(found["gap_days"]) == {7}
    assert found.loc["follow_up:e1", "prize"] == pytest.approx(1.5 + 0.8)
    assert found.loc["participant:e2", "prize"] == pytest.approx(0.5 + 0.8)
    assert "8 calls for help" in found.loc["follow_up:e1", "reason"]


def test_a_place_where_a_participant_is_met_is_of_their_group():
    at_the_door = planned(errand("participant", at=6), places=[{}])
    assert at_the_door["visit_group"].tolist() == ["p0", "p0"]
    away = planned(errand("participant", at=14), places=[{}])
    assert away["visit_group"].nunique() == 2


def test_a_stop_put_in_at_a_listed_door_counts_its_calls_too():
    found = planned(errand("added", at=4, subject=None, prize=3.0), places=[{}])
    assert len(set(found["visit_group"])) == 1
    assert found.loc["added:e1", "prize"] == pytest.approx(5.0)  # 8 calls in four weeks
    assert found.loc["added:e1", "subject"] == "e1"


def test_a_person_is_not_told_twice_at_one_door():
    for metres, kept in ((0, False), (20, True)):
        found = planned(errand("participant", at=metres), persons=[{}])
        assert ("person:p0" in found.index) == kept
    barred = planned(errand("participant", at=900), persons=[{"home_visit": False}])
    assert barred.index.tolist() == ["participant:e1"]
    alone = planned(errand("follow_up", at=0), persons=[{}])
    assert "person:p0" in alone.index


def test_of_several_places_one_may_be_barred_and_a_wish_leaves_only_one():
    """Duty 19."""
    places = [errand("participant", at=1000), errand("participant", at=2000, option=2, prize=0.7)]
    found = planned(*places, binding=[(point(1000)[1], "do_not_visit", None)])
    assert found["barred"].notna().to_dict() == {"participant:e1": True, "participant:e1:2": False}
    there = planned(*places, asked=[{"subject": "p0", "address": "the bench"} | point(2000)[0]])
    assert there.index.tolist() == ["participant:e1"]
    assert there["label"].tolist() == ["the bench"]


def test_two_visits_a_week_are_two_rows_with_a_gap():
    places = [errand("participant", at=1000, visits=2, prize=1.0),
              errand("participant", at=2000, visits=2, option=2, prize=0.7)]  # fmt: skip
    found = planned(*places)
    assert found["gap_days"].to_dict() == {
        "participant:e1": 2, "participant:e1:second": 2, "participant:e1:2": 7,
    }  # fmt: skip
    assert found.loc["participant:e1:second", "prize"] == PARAMS.wanted_worth
    assert found.loc["participant:e1:second", "reason"].startswith("A second visit in the week. ")
    both = planned(*places, errand(n=2, prize=3.0))
    assert sorted(both.index[both["gap_days"] == 2]) == ["follow_up:e2", "participant:e1:second"]
    fixed = planned(*places, appointment(n=3), errand(n=2, prize=9.0))
    first = ["notification:e3", "participant:e1:second"]
    assert sorted(fixed.index[fixed["gap_days"] == 2]) == first
    full = planned(*places, appointment(n=3), appointment(n=4))
    assert set(full["gap_days"]) == {7}
    assert planned(*places, binding=[("p0", "opt_out", None)]).index.tolist() == [
        "participant:e1",
        "participant:e1:2",
    ]


def test_pickups_keep_to_daylight_and_campaign_stops_to_visiting_hours():
    """Duties 21 and 40: neither is about somebody, nor for people known."""
    found = planned(
        errand("sharps_pickup", 1, subject=None), errand("campaign", 2, subject=None),
        places=[point(5000)[0] | {"safety_share": 0.9}],
    )  # fmt: skip
    hours = found[["window_from_local", "window_until_local"]].apply(tuple, axis=1)
    assert hours["sharps_pickup:e1"] == ("09:00", "16:22")
    assert hours["campaign:e2"] == ("09:00", "19:00")
    both = found.loc[["sharps_pickup:e1", "campaign:e2"]]
    assert not both["known"].any()
    assert set(both["response_mode"]) == {"community"}
    assert both["visit_group"].tolist() == ["e1", "e2"]
    assert (found["known"] == found["kind"].isin(KNOWN_KINDS)).all()


def test_tasks_and_stops_put_in_are_never_cut_away():
    people = [{"weekly_rate": 5.0}] * 9
    kept = planned(
        errand("campaign", 1, subject=None, prize=0.1, task_id="t"),
        errand("added", 2, at=7500, subject=None, prize=0.2),
        errand("participant", 3, at=8500, subject="q", prize=0.3),
        persons=people,
        max_candidates=4,
    )
    assert {"campaign:e1", "added:e2"} <= set(kept.index)
    assert "participant:e3" not in kept.index
    assert len(kept) == 4
    crowded = planned(*(errand(n=n, subject=f"q{n}", task_id="t") for n in range(6)),
                      persons=people, max_candidates=3)  # fmt: skip
    assert set(crowded["kind"]) == {"follow_up"}
    assert len(crowded) == 6


def test_a_day_that_a_rule_takes_leaves_the_others():
    asked = {"subject": "p0", "barred_days": "2026-11-24 2026-11-25", "barred_why": "Visited."}
    row = planned(errand(days="mon tue wed", due_on=WEDNESDAY), asked=[asked]).iloc[0]
    assert (row["days"], row["days_why"]) == ("mon", "It is due on Wed 25 Nov. Visited.")
    told, _ = bar(planned(errand(days="tue", due_on=WEDNESDAY), asked=[asked]))
    assert told == "No day is left. It is due on Wed 25 Nov. Visited."


def test_the_worker_they_know_is_preferred_at_every_door_of_theirs():
    found = planned(errand(preferred_staff="Ana"), persons=[{}, {}])
    assert found["preferred_staff"].dropna().to_dict() == {
        "follow_up:e1": "Ana",
        "person:p0": "Ana",
    }
