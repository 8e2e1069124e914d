from datetime import UTC, date, datetime, timedelta

import pandas as pd

from outreach.columns import empty
from outreach.config import ContactParams
from outreach.people.followups import current_visits, due, last_contacts
from outreach.work_schemas import PARTICIPANTS, TASKS, VISITS

TODAY = date(2026, 11, 23)
SETTING = {"today": TODAY, "time_zone": "America/New_York"}
PARAMS = ContactParams(overdue_days=21)


def table(of, rows):
    frame = pd.DataFrame(rows, columns=list(of.columns), dtype="object")
    for name, column in of.columns.items():
        if column.kind == "time":
            frame[name] = pd.to_datetime(frame[name], utc=True).astype("datetime64[us, UTC]")
    return frame if rows else empty(of)


def person(key, enrolled_days_ago=100, **more):
    enrolled = TODAY - timedelta(days=enrolled_days_ago)
    row = {"participant_id": key, "enrolled_on": enrolled, "status": "active", "staff_id": "ana"}
    return row | more


def visit(key, who, days_ago, stage="contact", replaces=None, at=None):
    moment = at or datetime(2026, 11, 23, 17, tzinfo=UTC) - timedelta(days=days_ago)
    row = {"visit_id": key, "participant_id": who, "happened_at": moment, "stage": stage}
    return row | {"recorded_at": moment, "replaces": replaces}


def task(key, who, due_in, kind="follow_up", status="open"):
    row = {"task_id": key, "participant_id": who, "due_on": TODAY + timedelta(days=due_in)}
    return row | {"kind": kind, "status": status, "staff_id": "ana"}


def test_a_corrected_visit_counts_once_as_it_was_told_last():
    rows = [visit("a", "k", 3), visit("b", "k", 2, replaces="a"), visit("c", "k", 1, replaces="b")]
    found = current_visits(table(VISITS, [*rows, visit("d", "k", 9)]))
    assert set(found["visit_id"]) == {"c", "d"}


def test_an_attempt_is_no_contact_and_days_are_those_of_the_city():
    evening = datetime(2026, 11, 23, 2, tzinfo=UTC)  # still the 22nd in New York
    visits = [
        visit("a", "k", 0, at=evening),
        visit("b", "k", 0, "contact_attempt"),
        visit("c", "l", 5, "contact_attempt"),
        visit("d", "l", 4, "contact_attempt"),
    ]
    people = table(PARTICIPANTS, [person("k"), person("l", 30), person("m", 2)])
    found = last_contacts(people, table(VISITS, visits), **SETTING)
    assert list(found["last_contact_on"]) == [date(2026, 11, 22), None, None]
    assert list(found["days_since_contact"]) == [1, 30, 2]
    assert list(found["attempts_since"]) == [1, 2, 0]


def test_the_oldest_stands_first_and_who_is_barred_is_not_due():
    people = [person("k"), person("l"), person("m", 5), person("n"), person("o", status="inactive")]
    visits = [visit(f"v{who}", who, 1) for who in "kln"]
    tasks = [
        task("t1", "k", -2),
        task("t2", "l", -9),
        task("t3", "m", 0, "call_back"),
        task("t4", "n", -30),
        task("t5", "k", 1),
        task("t6", "k", -4, status="done"),
        task("t7", None, -1, "sharps_pickup"),
    ]
    whys = {"why": ["Asked for no visits.", ""], "why_no_call": ["", ""]}
    barred = pd.DataFrame({"participant_id": ["n", "k"], **whys})
    found = due(
        table(TASKS, tasks),
        table(PARTICIPANTS, people),
        table(VISITS, visits),
        barred,
        params=PARAMS,
        **SETTING,
    )
    assert list(found["task_id"]) == ["t2", "t1", "t7", "t3", "t4"]
    assert list(found["state"]) == ["overdue", "overdue", "overdue", "due", "barred"]
    assert list(found["days_overdue"]) == [9, 2, 1, 0, 30]
    assert found["why"].iloc[-1] == "Asked for no visits."


def test_who_has_not_been_met_for_long_is_listed_with_the_attempts():
    people = [person("k"), person("l"), person("m", 20), person("n", 21), person("o", 99)]
    people[-1]["status"] = "inactive"
    visits = [visit("a", "k", 20), visit("b", "l", 24), visit("c", "l", 3, "contact_attempt")]
    tables = (table(TASKS, []), table(PARTICIPANTS, people), table(VISITS, visits))
    found = due(*tables, params=PARAMS, **SETTING).set_index("participant_id")
    assert list(found.index) == ["l", "n"]
    assert set(found["what"]) == {"no_contact"}
    assert list(found["days_overdue"]) == [3, 0]
    assert list(found["state"]) == ["overdue", "due"]
    assert found["why"]["l"] == "Last met 24 days ago; tried 1 times since."
    assert found["why"]["n"] == "Not met since enrolment."


def test_of_nothing_nothing_is_due():
    nothing = (empty(TASKS), empty(PARTICIPANTS), empty(VISITS))
    assert due(*nothing, params=PARAMS, **SETTING).empty
