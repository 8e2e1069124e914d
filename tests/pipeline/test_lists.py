from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from outreach.link_schemas import PERSON_LINKS
from outreach.pipeline import lists, log, referrals, tasks
from outreach.pipeline.log import VisitEntry
from outreach.store.work import open_work
from outreach.work_schemas import ORGANISATIONS, PARTICIPANTS

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
WHO = {"by": "Ana", "now": NOW}
VISIT = VisitEntry("v1", NOW - timedelta(hours=2), "engaged", participant_id="k")


def test_people_are_called_as_the_calls_call_them(team_city):
    link = {"person_id": "p2", "linked_id": "p1", "match_weight": 9.0, "reason": "same name"}
    with open_work(team_city).writing() as rows:
        rows.insert(PERSON_LINKS, [link])
        rows.update(PARTICIPANTS, {"participant_id": "k"}, {"person_id": "p2"})
    people = lists.people(team_city, now=NOW).set_index("participant_id")
    assert people.loc["k", "subject"] == "p1"
    assert people["subject"].isna().sum() == len(people) - 1
    assert people["name"].tolist() == sorted(people["name"], key=lambda name: name.split()[-1])


def test_tasks_stand_in_the_order_of_their_days(team_city):
    for name, day in (("b", date(2026, 12, 2)), ("a", date(2026, 12, 9)), ("c", date(2026, 12, 1))):
        tasks.add_task(team_city, tasks.TaskEntry(name, "follow_up", day, "k"), **WHO)
    tasks.close_task(team_city, "c", **WHO)
    found = lists.open_tasks(team_city, now=NOW)
    assert found["task_id"].tolist() == ["b", "a"]
    assert (found["name"] != "").all()
    assert (found["worker"] == "").all()


def test_a_corrected_visit_is_listed_once(team_city):
    log.log_visit(team_city, VISIT, **WHO)
    better = replace(VISIT, visit_id="v2", outcome="not_found")
    log.correct_visit(team_city, "v1", better, **WHO)
    found = lists.recent_visits(team_city, NOW - timedelta(days=1), now=NOW)
    assert found[["visit_id", "outcome", "staff_ids"]].to_numpy().tolist() == [
        ["v2", "not_found", ()]
    ]
    assert lists.recent_visits(team_city, NOW, now=NOW).empty


def test_open_referrals_say_how_far_they_came(team_city):
    with open_work(team_city).reading() as rows:
        partner = rows.fetch(ORGANISATIONS).iloc[0]
    for name in ("r1", "r2"):
        entry = referrals.ReferralEntry(name, "k", partner["organisation_id"], "food")
        referrals.open_referral(team_city, entry, **WHO)
    referrals.add_step(team_city, "r1", "arrived", happened_at=NOW, **WHO)
    referrals.close_referral(team_city, "r2", "served_once", **WHO)
    (row,) = lists.open_referrals(team_city, now=NOW).to_dict("records")
    assert (row["referral_id"], row["step"], row["step_at"]) == ("r1", "arrived", NOW)
    assert row["organisation"] == partner["name"]


def test_looking_makes_no_database(tmp_path):
    assert not lists.has_work(tmp_path)
    assert not list(tmp_path.iterdir())
