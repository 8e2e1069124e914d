"""What is to be done in a week: tasks and people due, where and when."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from outreach.columns import check, empty
from outreach.config import ContactParams, PlanParams
from outreach.people.errands import Week, Work, errands
from outreach.plan_schemas import ERRANDS
from outreach.work_schemas import (
    PARTICIPANTS,
    STAFF,
    TASKS,
    USUAL_PLACES,
    VISIT_STAFF,
    VISITS,
    WISHES,
)

MONDAY = date(2026, 11, 23)
SUNDAY_NOON = datetime(2026, 11, 22, 17, tzinfo=UTC)
EVERY_DAY = "mon tue wed thu fri sat sun"
PLAN, CONTACT = PlanParams(), ContactParams()


def table(of, rows):
    frame = pd.DataFrame(rows, columns=list(of.columns), dtype="object")
    for name, column in of.columns.items():
        if column.kind == "time":
            frame[name] = pd.to_datetime(frame[name], utc=True).astype("datetime64[us, UTC]")
        if column.kind == "float":
            frame[name] = frame[name].astype("float64")
    return frame if rows else empty(of)


def day(n):
    return MONDAY + timedelta(days=n)


def person(key="k", **more):
    row = {"participant_id": key, "person_id": f"p-{key}", "enrolled_on": day(-200)}
    return row | {"status": "active", "listed_until": day(90), "staff_id": None} | more


def place(key, who="k", seen=0, ended=None):
    row = {"usual_place_id": key, "participant_id": who, "lon": -73.7, "lat": 42.6}
    return row | {"address": f"at {key}", "last_seen_on": day(seen), "ended_on": ended}


def visit(who="k", on=-5, stage="contact", key=None, **more):
    at = datetime(2026, 11, 23, 17, tzinfo=UTC) + timedelta(days=on)
    row = {"visit_id": key or f"{who} {on}", "participant_id": who, "happened_at": at}
    return row | {"recorded_at": at, "stage": stage, "outcome": "engaged"} | more


def task(kind="follow_up", due=2, who="k", **more):
    row = {"task_id": f"{kind} {due}", "kind": kind, "participant_id": who, "due_on": day(due)}
    row |= {"status": "open", "people_needed": 1, "lon": np.nan, "lat": np.nan}
    return row | more


def found(
    tasks=(), people=(), places=(), wishes=(), visits=(), went=(), planned=(), now=SUNDAY_NOON,
    plan=PLAN, contact=CONTACT,
):  # fmt: skip
    staff = [{"staff_id": n, "name": n.title(), "active": n != "gone"} for n in ("ana", "bo")]
    staff.append({"staff_id": "gone", "name": "Gone", "active": False})
    work = Work(
        table(TASKS, list(tasks)),
        table(PARTICIPANTS, list(people)),
        table(USUAL_PLACES, list(places)),
        table(WISHES, list(wishes)),
        table(VISITS, list(visits)),
        table(VISIT_STAFF, [{"visit_id": v, "staff_id": s} for v, s in went]),
        table(STAFF, staff),
        pd.DataFrame(list(planned), columns=["subject", "day"]),
    )
    week = Week(MONDAY, now, "America/New_York")
    return check(errands(work, week=week, plan=plan, contact=contact), ERRANDS)


def only(frame):
    assert len(frame) == 1
    return frame.iloc[0]


@pytest.mark.parametrize(
    ("due", "days", "worth", "told"),
    [
        (-5, EVERY_DAY, PLAN.overdue_worth, "Follow-up due on Wed 18 Nov, 4 days overdue."),
        (-2, EVERY_DAY, PLAN.overdue_worth, "Follow-up due on Sat 21 Nov, 1 day overdue."),
        (-1, EVERY_DAY, PLAN.overdue_worth, "Follow-up due on Sun 22 Nov, before this week."),
        (0, "mon", PLAN.task_worth, "Follow-up due on Mon 23 Nov."),
        (2, "mon tue wed", PLAN.task_worth, "Follow-up due on Wed 25 Nov."),
        (6, EVERY_DAY, PLAN.task_worth, "Follow-up due on Sun 29 Nov."),
    ],
)
def test_a_follow_up_is_done_by_its_day_or_at_any_once_it_is_late(due, days, worth, told):
    """Duty 8."""
    row = only(found([task(due=due, lon=1.0, lat=2.0, address="here")]))
    assert (row["days"], row["prize"], row["reason"]) == (days, worth, told)
    assert (row["due_on"], row["must"], row["service_min"]) == (day(due), False, PLAN.task_min)
    assert (row["lon"], row["lat"], row["address"]) == (1.0, 2.0, "here")


def test_tasks_of_later_weeks_closed_ones_and_calls_by_phone_are_no_errands():
    tasks = [task(due=7), task(due=1, status="done"), task("call_back", 1)]
    assert found(tasks).empty


def test_within_the_week_days_gone_by_are_late():
    thursday = SUNDAY_NOON + timedelta(days=4)
    row = only(found([task(due=1)], now=thursday))
    assert (row["days"], row["prize"]) == (EVERY_DAY, PLAN.overdue_worth)
    assert row["reason"] == "Follow-up due on Tue 24 Nov, 2 days overdue."


def test_an_appointment_is_fixed_to_the_minute_by_the_citys_clocks():
    """Duty 15: it is never dropped, and two people go."""
    at = datetime(2026, 11, 25, 2, 30, tzinfo=UTC)  # 21:30 on Tuesday
    row = only(found([task("notification", 1, fixed_at=at, people_needed=2)]))
    assert (row["must"], row["days"], row["people_needed"]) == (True, "tue", 2)
    assert (row["from_local"], row["until_local"]) == ("21:30", "22:00")
    assert row["reason"] == "Notification fixed for Tue 24 Nov, 21:30; in private."
    late = at + timedelta(hours=2)  # 23:30: it does not go on into the next day
    assert only(found([task("notification", 1, fixed_at=late)]))["until_local"] == "23:59"


def test_an_appointment_that_nobody_kept_is_an_overdue_task():
    at = datetime(2026, 11, 19, 15, tzinfo=UTC)
    row = only(found([task("accompany", -4, fixed_at=at)]))
    assert (row["must"], row["days"], pd.isna(row["from_local"])) == (False, EVERY_DAY, True)
    assert row["prize"] == PLAN.overdue_worth
    later = only(found([task("accompany", 0, fixed_at=at + timedelta(days=4))], now=SUNDAY_NOON))
    assert later["must"]
    gone_by = SUNDAY_NOON + timedelta(days=1)  # noon; it was at ten
    row = only(found([task("accompany", 0, fixed_at=at + timedelta(days=4))], now=gone_by))
    assert (row["must"], row["days"], row["from_local"]) == (False, "mon", "10:00")


def test_somebody_who_goes_along_takes_a_seat():
    """Duty 18."""
    assert only(found([task("accompany")]))["seats_needed"] == 1
    assert only(found([task()]))["seats_needed"] == 0


@pytest.mark.parametrize(
    ("kind", "minutes", "worth"),
    [
        ("sharps_pickup", PLAN.pickup_min, PLAN.pickup_worth),
        ("campaign", PLAN.campaign_min, PLAN.campaign_worth),
    ],
)
def test_pickups_and_campaign_stops_are_about_nobody(kind, minutes, worth):
    """Duties 21 and 40."""
    for due in (-3, 2):
        row = only(found([task(kind, due, who=None, lon=1.0, lat=2.0)]))
        assert row["subject"] is None or pd.isna(row["subject"])
        assert (row["service_min"], row["prize"]) == (minutes, worth)


def test_whoever_was_not_met_for_long_counts_more_than_others():
    """Duty 34."""
    people = [person("k"), person("l"), person("m", status="inactive"), person("n")]
    visits = [visit("k", -21), visit("l", -20), visit("n", -30), visit("n", -1, "contact_attempt")]
    rows = found(people=people, visits=visits).set_index("errand_id")
    assert rows["prize"].to_dict() == {"k": 1.0, "l": 0.5, "n": 1.0}
    assert rows["subject"].to_dict() == {"k": "p-k", "l": "p-l", "n": "p-n"}
    assert rows.loc["k", "reason"] == "Not met for 21 days by Mon 23 Nov."
    assert rows["lon"].isna().all()
    new = only(found(people=[person(enrolled_on=day(-3), person_id=None)]))
    assert (new["subject"], new["reason"]) == ("k", "Not met yet, 3 days after enrolment.")


def test_people_are_wanted_a_week_after_the_last_visit_made_or_planned():
    met = {"people": [person()], "visits": [visit(on=-4)]}
    assert only(found(**met))["days"] == "thu fri sat sun"
    assert only(found(**met, planned=[("p-k", day(-2))]))["days"] == "sat sun"
    assert found(**met, planned=[("k", day(8))])["days"].tolist() == []
    twice = [{"participant_id": "k", "visits_a_week": 2}]
    assert only(found(**met, wishes=twice))["days"] == EVERY_DAY


def test_two_visits_only_where_the_cap_leaves_room():
    """Safeguard 4."""
    people, twice = [person()], [{"participant_id": "k", "visits_a_week": 2}]
    row = only(found(people=people, wishes=twice))
    assert row["visits"] == 2
    assert row["reason"].startswith("Asked to be met twice a week; not met yet, ")
    assert only(found(people=people))["visits"] == 1
    for full in (
        {"visits": [visit(on=-6, stage="contact_attempt")]},
        {"planned": [("p-k", day(-6))]},
        {"planned": [("p-k", day(12))]},
        {"people": [person(cap_visits=1)]},
        {"contact": CONTACT.model_copy(update={"cap_visits": 1})},
        {"people": [person(cap_days=14)], "visits": [visit(on=-12, stage="contact_attempt")]},
    ):
        rows = found(**({"people": people, "wishes": twice} | full))
        assert rows["visits"].tolist() == [1]
    free = {"visits": [visit(on=-7, stage="contact_attempt")], "planned": [("p-k", day(13))]}
    assert only(found(people=people, wishes=twice, **free))["visits"] == 2


def test_several_usual_places_count_less_the_longer_nobody_was_seen_there():
    """Duty 19."""
    places = [place("old", seen=-90), place("new", seen=-30), place("over", seen=-1, ended=day(-1))]
    rows = found(people=[person()], places=places)
    assert rows["address"].tolist() == ["at new", "at old"]
    assert rows["option"].tolist() == [1, 2]
    assert rows["prize"].tolist() == [1.0, 0.5]  # sixty days are place_ages_days
    there = [{"participant_id": "k", "usual_place_id": "old"}]
    row = only(found(people=[person()], places=places, wishes=there))
    assert (row["address"], row["prize"]) == ("at old", 1.0)


def test_a_task_without_a_place_is_done_where_they_are_usually_met():
    places = [place("old", seen=-60), place("new", seen=0)]
    rows = found([task()], places=places)
    assert rows["prize"].tolist() == [1.5, 0.75]
    at = datetime(2026, 11, 24, 15, tzinfo=UTC)
    fixed = only(found([task("notification", 1, fixed_at=at)], places=places))
    assert (fixed["address"], fixed["prize"]) == ("at new", 1.5)  # an appointment has one place


def test_the_worker_they_know_goes_if_possible():
    went = [("k -9", "gone"), ("k -9", "bo"), ("k -30", "ana")]
    visits = [visit(on=-9), visit(on=-30)]
    assert only(found(people=[person()], visits=visits, went=went))["preferred_staff"] == "Bo"
    carried = [person(staff_id="ana")]
    assert only(found(people=carried, visits=visits, went=went))["preferred_staff"] == "Ana"
    left = [person(staff_id="gone")]
    assert only(found(people=left, visits=visits, went=went))["preferred_staff"] == "Bo"
    assert pd.isna(only(found(people=[person()]))["preferred_staff"])
    mine = found([task(staff_id="bo")], people=carried).set_index("kind")["preferred_staff"]
    assert mine.to_dict() == {"follow_up": "Bo", "participant": "Ana"}


def test_the_language_they_asked_for_goes_with_every_errand():
    wishes = [{"participant_id": "k", "language": "es"}]
    assert set(found([task()], people=[person()], wishes=wishes)["language"]) == {"es"}


def test_a_corrected_visit_counts_once_and_what_is_not_known_yet_does_not():
    visits = [visit(on=-2, key="a"), visit(on=-40, key="b", replaces="a")]
    visits[1]["recorded_at"] = visits[0]["recorded_at"] + timedelta(hours=1)
    assert only(found(people=[person()], visits=visits))["reason"].startswith("Not met for 40")
    ahead = visit(on=-40) | {"recorded_at": SUNDAY_NOON + timedelta(hours=1)}
    assert only(found(people=[person()], visits=[ahead]))["reason"].startswith("Not met yet")


def test_people_enrolled_twice_are_one_and_visits_to_the_person_count():
    people = [person("k", person_id="p"), person("l", person_id="p")]
    by_person = visit(None, -3) | {"subject": "p"}
    rows = found(people=people, visits=[visit("l", -30), by_person])
    assert rows["subject"].tolist() == ["p", "p"]
    assert rows["days"].tolist() == ["fri sat sun"] * 2


def test_no_reason_tells_a_note_or_a_name():
    named = person(given_name="Sam", family_name="Roe", note="secret")
    rows = found([task(note="secret")], people=[named], places=[place("x")])
    assert not rows["reason"].str.contains("secret|Sam|Roe").any()


def test_no_more_appointments_must_be_kept_than_the_cap_lets():
    """Safeguard 4: rules stand above appointments."""
    at = datetime(2026, 11, 23, 15, tzinfo=UTC)
    tasks = [
        task("accompany", n, fixed_at=at + timedelta(days=n), task_id=f"t{n}") for n in (2, 0, 3)
    ]

    def kept(**more):
        rows = found(tasks, people=[person(listed_until=day(90), **more.pop("own", {}))], **more)
        return rows[rows["kind"] == "accompany"].set_index("errand_id")["must"].to_dict()

    assert kept() == {"t0": True, "t2": True, "t3": False}  # two in any seven days
    assert kept(own={"cap_visits": 3}) == {"t0": True, "t2": True, "t3": True}
    assert kept(own={"cap_days": 3}) == {"t0": True, "t2": True, "t3": True}
    assert kept(visits=[visit(on=-4)]) == {"t0": True, "t2": False, "t3": True}
