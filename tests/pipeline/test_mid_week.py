"""What comes to bind in the middle of a week: nobody is visited against it, and none twice."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from outreach.errors import PlanError
from outreach.link_schemas import PERSON_LINKS
from outreach.pipeline import replan, week
from outreach.pipeline.replan import Edits, add_stop
from outreach.pipeline.standing import as_it_may_be_shown
from outreach.store.work import open_work
from outreach.work_schemas import CONSENTS, PARTICIPANTS, TASKS

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WEDNESDAY = date(2026, 11, 25)
AT_WORK = datetime(2026, 11, 25, 16, 30, tzinfo=UTC)  # 11:30 in the city
WEEK = "2026-W48"
BY = {"by": "Lee Lead", "now": NOW}


def again(folder, edits=None, number=1, now=AT_WORK):
    told = edits or Edits()
    return replan.replan(folder, WEEK, number, told, by="Lee Lead", now=now, limit_s=0.5)


def in_full(plan):
    return plan.stops.merge(plan.candidates, on="candidate_id")


def to_come(plan, *kinds):
    """Return the stops of Wednesday's shifts under way to which no team is on its way yet."""
    full = in_full(plan)
    begun = plan.shifts.loc[plan.shifts["start_at"] <= AT_WORK, "shift_id"]
    later = (full["day"] == WEDNESDAY) & (full["start_at"] > AT_WORK + timedelta(hours=1))
    return full[later & full["shift_id"].isin(begun) & full["kind"].isin(kinds)]


def insert(folder, table, **row):
    with open_work(folder).writing() as rows:
        rows.insert(table, [row])


def enrol(folder, person_id, participant_id="x"):
    insert(
        folder, PARTICIPANTS, participant_id=participant_id, person_id=person_id,
        door="community", enrolled_on=date(2026, 10, 1), status="active",
        status_since=date(2026, 10, 1), listed_until=date(2027, 1, 1), version=1,
    )  # fmt: skip


def wants(folder, rule, since=WEDNESDAY):
    insert(
        folder, CONSENTS, consent_id="c", participant_id="x", rule=rule, since=since,
        recorded_at=AT_WORK, recorded_by="Lee Lead",
    )  # fmt: skip


def task(folder, **told):
    row = {
        "task_id": "t1", "participant_id": None, "kind": "follow_up", "due_on": WEDNESDAY,
        "status": "open", "created_at": NOW, "created_by": "Lee Lead", "people_needed": 1,
    }  # fmt: skip
    insert(folder, TASKS, **{**row, **told})


def close_task(folder):
    closed = {"status": "cancelled", "closed_at": AT_WORK, "closed_by": "Lee"}
    with open_work(folder).writing() as rows:
        rows.update(TASKS, {"task_id": "t1"}, closed)


def test_an_opt_out_while_the_team_is_on_its_way_takes_the_stop_out(city):
    """Safeguard 3: days before today are open still, but help nobody."""
    full = in_full(week.find_plan(city, WEEK))
    stop = full[(full["kind"] == "person") & (full["day"] > date(2026, 11, 23))].iloc[0]
    enrol(city, stop["subject"])
    draft = again(city, Edits(pins={"participant:x": stop["shift_id"]}), now=NOW)
    published = week.publish_plan(city, WEEK, draft.number, **BY)
    begun = published.shifts.set_index("shift_id").loc[stop["shift_id"], "start_at"]
    wants(city, "opt_out", since=stop["day"])
    second = again(city, number=published.number, now=begun)
    assert stop["subject"] not in set(in_full(second)["subject"])


def test_a_pin_gives_way_to_an_opt_out_of_today(city):
    first = week.find_plan(city, WEEK)
    full = in_full(first)
    person = full[(full["kind"] == "person") & (full["day"] > WEDNESDAY)].iloc[0]
    enrol(city, person["subject"])
    draft = week.make_week_plan(city, WEEK, now=NOW, limit_s=0.5)
    full = in_full(draft)
    theirs = full[full["subject"] == person["subject"]].iloc[0]
    pinned = again(city, Edits(pins={theirs["candidate_id"]: None}), draft.number, now=NOW)
    wants(city, "opt_out")
    third = again(city, number=pinned.number)
    assert person["subject"] not in set(in_full(third)["subject"])
    assert third.changes.empty
    assert any("A pin of Lee Lead holds no more: asked not" in note for note in third.notes)


def test_a_task_closed_while_the_team_is_on_its_way_is_not_gone_to(city):
    first = week.find_plan(city, WEEK)
    spot = to_come(first, "place", "person").iloc[-1]
    task(
        city, kind="sharps_pickup", lon=spot["lon"], lat=spot["lat"], address="9 New Street",
        due_on=WEDNESDAY, fixed_at=AT_WORK + timedelta(hours=2),
    )  # fmt: skip
    draft = week.make_week_plan(city, WEEK, now=NOW, limit_s=0.5)
    week.publish_plan(city, WEEK, draft.number, **BY)
    assert len(to_come(draft, "sharps_pickup"))
    close_task(city)
    second = again(city, number=draft.number)
    assert "sharps_pickup" not in set(in_full(second)["kind"])


def test_a_stop_put_in_can_be_taken_back_while_the_team_is_on_its_way(city):
    first = week.find_plan(city, WEEK)
    spot = to_come(first, "place", "person").iloc[-1]
    stop = add_stop(
        "9 New Street", spot["lon"] + 0.0005, spot["lat"], minutes=15, day=WEDNESDAY, reason="Bag"
    )
    draft = again(city, Edits(added=(stop,)), now=NOW)
    full = in_full(draft)
    key = full.loc[full["kind"] == "added", "candidate_id"].iloc[0]
    shift = draft.stops.set_index("candidate_id").loc[key, "shift_id"]
    week.publish_plan(city, WEEK, draft.number, **BY)
    early = draft.stops.loc[draft.stops["shift_id"] == shift, "start_at"].min()
    second = again(city, Edits(dropped=frozenset([key])), draft.number, now=early)
    assert key not in set(second.stops["candidate_id"])


def test_a_new_draft_in_the_middle_of_a_day_visits_nobody_again(city):
    published = week.publish_plan(city, WEEK, None, **BY)
    full = in_full(published)
    morning = full[(full["day"] == WEDNESDAY) & (full["start_at"] <= AT_WORK)]
    assert len(morning)
    draft = week.make_week_plan(city, WEEK, now=AT_WORK, limit_s=0.5)
    assert not set(morning["visit_group"]) & set(in_full(draft)["visit_group"])


def test_an_appointment_fixed_since_the_draft_was_made_stops_it(city):
    """Duty 15: no plan goes out without it."""
    spot = in_full(week.find_plan(city, WEEK)).iloc[0]
    task(
        city, kind="notification", lon=spot["lon"], lat=spot["lat"], address="9 New Street",
        due_on=WEDNESDAY, fixed_at=AT_WORK + timedelta(hours=2), people_needed=2,
    )  # fmt: skip
    with pytest.raises(PlanError, match="appointment"):
        week.publish_plan(city, WEEK, None, **BY)


def test_no_team_with_an_officer_is_shown_to_somebody_who_asked_for_no_police_since(city):
    plan = week.find_plan(city, WEEK)
    full = in_full(plan)
    stop = full[full["kind"] == "person"].iloc[0]
    theirs = plan.candidates["candidate_id"] == stop["candidate_id"]
    modes = plan.candidates["response_mode"].mask(theirs, "co_response")
    plan = replace(plan, candidates=plan.candidates.assign(response_mode=modes))
    (city / "limits.csv").write_text(f"subject,rule,until\n{stop['subject']},no_police,\n")
    shown = as_it_may_be_shown(city, plan, now=NOW)
    assert stop["candidate_id"] not in set(shown.stops["candidate_id"])


def test_who_turns_out_to_be_somebody_visited_already_is_not_visited_again(city):
    published = week.publish_plan(city, WEEK, None, **BY)
    full = in_full(published)
    persons = full[full["kind"] == "person"]
    met = persons[persons["day"] < WEDNESDAY].iloc[0]["subject"]
    later = persons[persons["day"] > WEDNESDAY].iloc[0]["subject"]
    link = {"linked_id": later, "match_weight": 20.0, "reason": "the same name"}
    with open_work(city).writing() as rows:
        rows.insert(PERSON_LINKS, [{**link, "person_id": one} for one in (later, met)])
    second = again(city)
    assert later not in set(in_full(second)["subject"])


def test_what_binds_the_door_of_a_stop_under_way_stops_publication(city):
    first = week.find_plan(city, WEEK)
    door = to_come(first, "place").iloc[-1]
    stop = add_stop(
        "At the door", door["lon"], door["lat"], minutes=5, day=WEDNESDAY, reason="A bag"
    )
    draft = again(city, Edits(added=(stop,)), now=NOW)
    week.publish_plan(city, WEEK, draft.number, **BY)
    late = to_come(draft, "added")["start_at"].min() - timedelta(minutes=30)
    second = again(city, number=draft.number, now=late)
    assert len(in_full(second).query("kind == 'added'")) == 1
    (city / "limits.csv").write_text(f"subject,rule,until\n{door['subject']},do_not_visit,\n")
    with pytest.raises(PlanError, match="At the door"):
        week.publish_plan(city, WEEK, second.number, by="Lee Lead", now=late)
