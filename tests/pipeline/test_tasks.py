from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from outreach.errors import WorkError
from outreach.link_schemas import PERSON_LINKS
from outreach.pipeline import referrals, tasks
from outreach.pipeline.tasks import TaskEntry
from outreach.store.work import open_work
from outreach.work_schemas import CONSENTS, PARTICIPANTS, TASKS

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
WHO = {"by": "Ana", "now": NOW}
DUE = date(2026, 12, 1)
TASK = TaskEntry("t1", "follow_up", DUE, "k")


def task(folder):
    with open_work(folder).reading() as rows:
        return rows.fetch(TASKS).iloc[0]


def asked(folder, rule, who="k", **more):
    row = {
        "consent_id": f"{rule} {who}",
        "participant_id": who,
        "rule": rule,
        "since": date(2026, 11, 1),
        "until": None,
        "recorded_at": NOW,
        "recorded_by": "Ana",
        "withdrawn_at": None,
        "withdrawn_by": None,
    }
    with open_work(folder).writing() as rows:
        rows.insert(CONSENTS, [row | more])


def test_a_task_is_kept_once_moved_and_closed_once(team_city):
    assert tasks.add_task(team_city, TASK, **WHO)
    assert not tasks.add_task(team_city, TASK, **WHO)
    tasks.reschedule(team_city, "t1", due_on=date(2026, 12, 3), **WHO)
    assert task(team_city)["due_on"] == date(2026, 12, 3)
    tasks.close_task(team_city, "t1", done=False, **WHO)
    assert task(team_city)["status"] == "cancelled"
    for change in (
        lambda: tasks.close_task(team_city, "t1", **WHO),
        lambda: tasks.reschedule(team_city, "t1", due_on=DUE, **WHO),
    ):
        with pytest.raises(WorkError, match="closed already"):
            change()
    with pytest.raises(WorkError, match="'t2'"):
        tasks.close_task(team_city, "t2", **WHO)


def test_a_notification_is_an_appointment_of_two(team_city):
    with pytest.raises(WorkError, match="fixed time"):
        tasks.add_task(team_city, replace(TASK, kind="notification"), **WHO)
    evening = datetime(2026, 12, 2, 3, tzinfo=UTC)  # of the 1st on the city's clocks
    notice = TaskEntry("n1", "notification", participant_id="k", fixed_at=evening)
    tasks.add_task(team_city, notice, **WHO)
    kept = task(team_city)
    assert (kept["people_needed"], kept["due_on"]) == (2, DUE)
    with pytest.raises(WorkError, match="to a time"):
        tasks.reschedule(team_city, "n1", due_on=DUE, **WHO)
    tasks.reschedule(team_city, "n1", fixed_at=datetime(2026, 12, 5, 15, tzinfo=UTC), **WHO)
    assert task(team_city)["due_on"] == date(2026, 12, 5)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"kind": "chase"}, "no kind"),
        ({"kind": "campaign"}, "for no participant"),
        ({"kind": "sharps_pickup"}, "for no participant"),
        ({"due_on": None}, "by when"),
        ({"people_needed": 0}, "at least one"),
        ({"participant_id": "x"}, "'x'"),
        ({"lat": 42.0}, "longitude"),
    ],
)
def test_what_cannot_be_is_refused(team_city, change, told):
    with pytest.raises(WorkError, match=told):
        tasks.add_task(team_city, replace(TASK, **change), **WHO)


@pytest.mark.parametrize("kind", ["follow_up", "call_back", "accompany"])
def test_nothing_is_planned_against_an_opt_out(team_city, kind):
    asked(team_city, "opt_out")
    with pytest.raises(WorkError, match="opted out"):
        tasks.add_task(team_city, replace(TASK, kind=kind), **WHO)
    assert tasks.add_task(team_city, replace(TASK, participant_id="l"), **WHO)


def test_who_wants_no_visits_can_be_called(team_city):
    asked(team_city, "do_not_visit")
    with pytest.raises(WorkError, match="wants no visits"):
        tasks.add_task(team_city, TASK, **WHO)
    assert tasks.add_task(team_city, replace(TASK, kind="call_back"), **WHO)


def test_a_wish_binds_to_its_last_day_and_a_task_cannot_be_moved_into_it(team_city):
    asked(team_city, "opt_out", until=date(2026, 11, 30))
    assert tasks.add_task(team_city, TASK, **WHO)
    with pytest.raises(WorkError, match="opted out"):
        tasks.reschedule(team_city, "t1", due_on=date(2026, 11, 30), **WHO)
    assert task(team_city)["due_on"] == DUE


def test_an_opt_out_of_the_same_person_under_another_spelling_or_in_limits_csv_binds(team_city):
    with open_work(team_city).writing() as rows:
        for who, person in (("k", "p1"), ("l", "p2")):
            rows.update(PARTICIPANTS, {"participant_id": who}, {"person_id": person})
        for person in ("p1", "p2", "p3"):
            why = {"match_weight": 9.0, "reason": "same name"}
            rows.insert(PERSON_LINKS, [{"person_id": person, "linked_id": "p1", **why}])
    (team_city / "limits.csv").write_text("subject,rule,until\np3,opt_out,2026-12-01\n")
    with pytest.raises(WorkError, match="opted out"):
        tasks.add_task(team_city, TASK, **WHO)
    (team_city / "limits.csv").write_text("subject,rule,until\np3,opt_out,2026-11-30\n")
    assert tasks.add_task(team_city, TASK, **WHO)
    asked(team_city, "opt_out", "l")
    with pytest.raises(WorkError, match="opted out"):
        tasks.add_task(team_city, replace(TASK, task_id="t2"), **WHO)


def test_a_task_for_a_referral_is_about_its_participant(team_city):
    opened = referrals.ReferralEntry("r1", "k", "clinic", "food")
    referrals.open_referral(team_city, opened, **WHO)
    along = TaskEntry("t1", "accompany", DUE, referral_id="r1")
    with pytest.raises(WorkError, match="somebody else's referral"):
        tasks.add_task(team_city, replace(along, participant_id="l"), **WHO)
    asked(team_city, "opt_out")
    with pytest.raises(WorkError, match="opted out"):
        tasks.add_task(team_city, along, **WHO)
    with open_work(team_city).writing() as rows:
        rows.delete(CONSENTS, {})
    tasks.add_task(team_city, along, **WHO)
    assert task(team_city)["participant_id"] == "k"
