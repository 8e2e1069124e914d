from datetime import UTC, date, datetime, timedelta

import pytest

from outreach.pipeline import log, tasks
from outreach.pipeline.followups import caseload_view, due_list
from outreach.store.work import open_work
from outreach.work_schemas import CONSENTS, PARTICIPANTS

NOW = datetime(2026, 11, 23, 17, tzinfo=UTC)
TODAY = date(2026, 11, 23)
WHO = {"by": "Ana", "now": NOW}


def logged(folder, key, who, days_ago, outcome="checked"):
    entry = log.VisitEntry(key, NOW - timedelta(days=days_ago), outcome, participant_id=who)
    log.log_visit(folder, entry, **WHO)


def test_due_names_who_and_by_whom_and_tells_who_is_barred(team_city):
    logged(team_city, "v1", "k", 30)
    logged(team_city, "v2", "l", 2)
    tasks.add_task(team_city, tasks.TaskEntry("t1", "follow_up", TODAY, "l"), **WHO)
    found = due_list(team_city, now=NOW)
    assert list(found["name"]) == ["Kim Doyle", "Lee Marsh"]
    assert list(found["worker"]) == ["Ana", None]
    assert list(found["state"]) == ["overdue", "due"]
    # Kim asks for no contact, and Lee stands in limits.csv.
    consent = {"consent_id": "c", "participant_id": "k", "rule": "opt_out"}
    consent |= {"since": TODAY, "until": None, "recorded_at": NOW, "recorded_by": "Ana"}
    with open_work(team_city).writing() as rows:
        rows.insert(CONSENTS, [consent | {"withdrawn_at": None, "withdrawn_by": None}])
        rows.update(PARTICIPANTS, {"participant_id": "l"}, {"person_id": "p1"})
    (team_city / "limits.csv").write_text("subject,rule,until\np1,do_not_visit,\n")
    found = due_list(team_city, now=NOW)
    assert list(found["state"]) == ["barred", "barred"]
    assert list(found["why"]) == ["Asked not to be contacted.", "Asked for no visits."]


def test_who_declined_lately_is_left_alone_and_not_overdue(team_city):
    logged(team_city, "v1", "k", 3, "declined")
    tasks.add_task(team_city, tasks.TaskEntry("t1", "follow_up", TODAY, "k"), **WHO)
    row = due_list(team_city, now=NOW).set_index("participant_id").loc["k"]
    assert row["state"] == "barred"
    assert row["why"].startswith("Declined on 2026-11-20")


def test_caseload_funnel_and_people_served_since_a_day(team_city):
    logged(team_city, "v1", "k", 40, "engaged")
    for key, who, outcome in (
        ("v2", "k", "engaged"),
        ("v3", "k", "checked"),
        ("v4", "l", "not_found"),
    ):
        logged(team_city, key, who, 1, outcome)
    view = caseload_view(team_city, since=date(2026, 11, 1), now=NOW)
    assert list(view.workers["name"]) == ["Ana"]
    assert list(view.workers["active"]) == [2]
    assert list(view.workers["overdue"]) == [1]  # Lee was tried, and not met since enrolment
    row = view.funnel.iloc[0]
    assert (row["attempts"], row["contacts"], row["engagements"]) == (3, 2, 1)
    assert (view.served.contacts, view.served.people) == (2, 1)


@pytest.mark.parametrize("kind", ["due", "caseload"])
def test_a_city_without_work_has_nothing_due(team_city, kind):
    with open_work(team_city).writing() as rows:
        rows.delete(PARTICIPANTS, {})
    if kind == "due":
        assert due_list(team_city, now=NOW).empty
    else:
        assert caseload_view(team_city, since=TODAY, now=NOW).served.people == 0


def asked(folder, who, rule):
    row = {"consent_id": f"{rule} {who}", "participant_id": who, "rule": rule, "since": TODAY}
    row |= {"until": None, "recorded_at": NOW, "recorded_by": "Ana"}
    with open_work(folder).writing() as rows:
        rows.insert(CONSENTS, [row | {"withdrawn_at": None, "withdrawn_by": None}])


def test_nobody_inactive_who_opted_out_is_due(team_city):
    for key, who in (("t1", "k"), ("t2", "l")):
        tasks.add_task(team_city, tasks.TaskEntry(key, "follow_up", TODAY, who), **WHO)
    asked(team_city, "k", "opt_out")
    with open_work(team_city).writing() as rows:
        rows.update(PARTICIPANTS, {}, {"status": "inactive"})
    found = due_list(team_city, now=NOW).set_index("participant_id")
    assert list(found["state"]) == ["barred", "barred"]
    assert found.loc["k", "why"] == "Asked not to be contacted."
    assert found.loc["l", "why"] == "Not an active participant."


def test_who_wants_no_visits_is_due_for_a_call_by_phone(team_city):
    for key, kind in (("t1", "follow_up"), ("t2", "call_back")):
        tasks.add_task(team_city, tasks.TaskEntry(key, kind, TODAY, "k"), **WHO)
    asked(team_city, "k", "do_not_visit")
    found = due_list(team_city, now=NOW)
    states = found[found["participant_id"] == "k"].dropna(subset=["task_id"]).set_index("task_id")
    assert states["state"].to_dict() == {"t1": "barred", "t2": "due"}
    (team_city / "limits.csv").write_text("subject,rule,until\np1,opt_out,\n")
    with open_work(team_city).writing() as rows:
        rows.update(PARTICIPANTS, {"participant_id": "k"}, {"person_id": "p1"})
    assert set(due_list(team_city, now=NOW)["state"][lambda s: found["participant_id"] == "k"]) == {
        "barred"
    }


def test_a_visit_corrected_to_an_earlier_day_is_not_counted_in_the_period(team_city):
    logged(team_city, "v1", "k", 1, "engaged")
    right = log.VisitEntry("v2", NOW - timedelta(days=40), "engaged", participant_id="k")
    log.correct_visit(team_city, "v1", right, **WHO)
    view = caseload_view(team_city, since=date(2026, 11, 1), now=NOW)
    assert view.funnel.empty
    assert view.served.contacts == 0
