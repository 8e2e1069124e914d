"""A week changed and planned again: what a lead wants holds, the rest stays, rules stand above."""

from datetime import UTC, date, datetime, timedelta

import pytest

from outreach.errors import InputError, PlanError
from outreach.pipeline import replan, roster, week, week_map
from outreach.pipeline.replan import Edits, add_stop, compare_plans
from outreach.pipeline.scenario import shift_like, what_if
from outreach.pipeline.standing import as_it_may_be_shown
from outreach.store.work import open_work
from outreach.weeks import at_local
from outreach.work_schemas import AUDIT, CONSENTS, PARTICIPANTS, TASKS

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = date(2026, 11, 22)
WEEK = "2026-W48"
BY = {"by": "Lee Lead", "now": NOW}
ZONE = "America/New_York"


def again(folder, edits=None, number=1, **told):
    return replan.replan(folder, WEEK, number, edits or Edits(), **{**BY, "limit_s": 0.5, **told})


def where(plan):
    return dict(zip(plan.stops["candidate_id"], plan.stops["shift_id"], strict=True))


def stops_of(plan, *kinds):
    full = plan.stops.merge(plan.candidates, on="candidate_id")
    return full[full["kind"].isin(kinds)]


def insert(folder, table, **row):
    with open_work(folder).writing() as rows:
        rows.insert(table, [row])


def enrol(folder, person_id):
    insert(
        folder, PARTICIPANTS, participant_id="x", person_id=person_id, door="community",
        enrolled_on=TODAY, status="active", status_since=TODAY,
        listed_until=TODAY + timedelta(days=90), version=1,
    )  # fmt: skip


def opt_out(folder):
    insert(
        folder, CONSENTS, consent_id="c", participant_id="x", rule="opt_out", since=TODAY,
        recorded_at=NOW, recorded_by="Lee Lead",
    )  # fmt: skip


def task(folder, **told):
    row = {
        "task_id": "t1", "participant_id": None, "kind": "follow_up", "due_on": TODAY,
        "status": "open", "created_at": NOW, "created_by": "Lee Lead", "people_needed": 1,
    }  # fmt: skip
    insert(folder, TASKS, **{**row, **told})


def test_changes_hold_are_told_and_add_up_over_versions(city):
    first = week.find_plan(city, WEEK)
    gone, kept = first.stops["candidate_id"].iloc[[0, 4]]
    near = first.candidates.set_index("candidate_id").loc[kept]
    put_in = add_stop(
        "9 New Street", near["lon"] + 0.001, near["lat"], minutes=20, reason="Bring papers"
    )
    second = again(city, Edits(forbids=frozenset([gone]), added=(put_in,)))
    assert (second.number, second.made_from, second.status) == (2, 1, "draft")
    assert gone not in where(second)
    added = next(c for c in where(second) if c.startswith("added:"))
    assert second.stops.set_index("candidate_id").loc[added, "why"].startswith("Bring papers")
    assert second.changed_stops <= 0.15 * len(first.stops)
    shift = where(first)[kept]
    third = again(city, Edits(pins={kept: shift}), number=2)
    assert gone not in where(third)
    assert added in where(third)
    assert where(third)[kept] == shift
    assert set(third.changes["candidate_id"]) == {gone, kept}
    fourth = again(city, Edits(dropped=frozenset([gone, added])), number=3)
    assert set(fourth.changes["candidate_id"]) == {kept}
    assert fourth.added.empty
    assert added not in set(fourth.candidates["candidate_id"])
    assert [version.number for version in (first, second, third, fourth)] == [1, 2, 3, 4]
    with open_work(city).reading() as rows:
        audit = rows.fetch(AUDIT)
    told = audit[audit["did"] == "planned again"]
    assert told["who"].unique().tolist() == ["Lee Lead"]
    assert told["what"].min() == "plan 2026-W48 version 2 from version 1"


def test_versions_are_compared(city):
    first = week.find_plan(city, WEEK)
    gone = first.stops["candidate_id"].iloc[0]
    second = again(city, Edits(forbids=frozenset([gone])))
    found = compare_plans(city, WEEK, 1, 2)
    assert found.differences.set_index("candidate_id")["difference"][gone] == "dropped"
    assert (found.old.stops, found.new.stops) == (len(first.stops), len(second.stops))
    assert week_map.plan_facts(second)["need_met"] == pytest.approx(found.new.need_met, abs=0.001)


def test_what_makes_no_sense_changes_nothing(city):
    spot = {"lon": -73.7, "lat": 42.6}
    with pytest.raises(InputError, match="needs an address and a reason"):
        add_stop(" ", **spot, minutes=20, reason="Papers")
    with pytest.raises(InputError, match="cannot take 0 minutes"):
        add_stop("9 New Street", **spot, minutes=0, reason="Papers")
    with pytest.raises(InputError, match="is not known"):
        add_stop("9 New Street", lon=float("nan"), lat=42.6, minutes=20, reason="Papers")
    late = add_stop("9 New Street", **spot, minutes=20, day=date(2026, 12, 1), reason="Papers")
    with pytest.raises(InputError, match="no day of 2026-W48"):
        again(city, Edits(added=(late,)))
    with pytest.raises(PlanError, match="name one"):
        again(city, by=" ")
    with pytest.raises(PlanError, match="is pinned, but is not among"):
        again(city, Edits(pins={"person:nobody": None}))
    assert week.find_plan(city, WEEK).number == 1


def test_somebody_ill_takes_the_shift_out_and_leaves_the_others(city):
    first = week.find_plan(city, WEEK)
    said = roster.week_roster(city, WEEK)
    ill = said.iloc[0]
    lost = f"{ill['day']}/{ill['team']}"
    roster.save_roster(city, WEEK, said.iloc[1:], by="Lee Lead", now=NOW)
    with pytest.raises(PlanError, match="does not go out as in the draft"):
        week.publish_plan(city, WEEK, None, **BY)
    second = again(city)
    assert lost not in set(second.shifts["shift_id"])
    others = {c: s for c, s in where(first).items() if s != lost}
    kept = sum(where(second).get(c) == s for c, s in others.items())
    assert kept >= 0.85 * len(others)
    assert second.changed_stops >= len(others) - kept
    assert week.publish_plan(city, WEEK, None, **BY).number == 2


def test_rules_stand_above_pins(city):
    """Safeguard 3: a pin that an opt-out bars by now holds no more, and the plan says so."""
    first = week.find_plan(city, WEEK)
    person = stops_of(first, "person").iloc[0]
    pinned = again(city, Edits(pins={person["candidate_id"]: None}))
    assert person["candidate_id"] in where(pinned)
    enrol(city, person["subject"])
    opt_out(city)
    third = again(city, number=2)
    assert person["subject"] not in set(stops_of(third, "person", "participant")["subject"])
    assert third.changes.empty
    told = [note for note in third.notes if "holds no more" in note]
    assert told == ["A pin of Lee Lead holds no more: nothing is to be done there any more."]


def test_days_that_are_over_and_shifts_that_have_begun_stay_as_they_are(city):
    published = week.publish_plan(city, WEEK, None, **BY)
    tuesday = at_local(date(2026, 11, 24), datetime(2026, 1, 1, 11, 30).time(), ZONE)
    second = again(city, now=tuesday)
    assert second.stops["day"].min() == date(2026, 11, 24)
    assert any("are over and not planned again" in note for note in second.notes)
    monday = published.stops[published.stops["day"] == date(2026, 11, 23)]
    walked = set(monday["candidate_id"])
    assert not walked & set(second.stops["candidate_id"])
    why = second.left_out.set_index("candidate_id")
    again_told = why[why.index.isin(walked)]
    assert len(again_told)
    assert again_told["why"].str.contains(r"23 Nov|2026-11-23").all()
    begun = published.shifts[
        (published.shifts["day"] == date(2026, 11, 24)) & (published.shifts["start_at"] <= tuesday)
    ]
    before = published.stops[published.stops["shift_id"].isin(begun["shift_id"])]
    assert len(before)
    after = second.stops.set_index("candidate_id")
    for stop in before.itertuples():
        assert after.loc[stop.candidate_id, "shift_id"] == stop.shift_id
        assert after.loc[stop.candidate_id, "start_at"] == stop.start_at
    there = second.stops["shift_id"].isin(begun["shift_id"])
    assert set(second.stops.loc[there, "candidate_id"]) == set(before["candidate_id"])
    third = again(city, number=2, now=tuesday)
    assert len(third.changes) == len(before)  # of the shifts under way, noted anew and not twice


def test_a_plan_of_a_week_that_is_over_cannot_be_made_again(city):
    late = NOW + timedelta(days=6, hours=14)  # Saturday evening
    with pytest.raises(PlanError, match="every shift of 2026-W48 is over"):
        again(city, now=late)


def test_a_task_closed_or_moved_since_stops_the_draft(city):
    person = stops_of(week.find_plan(city, WEEK), "person").iloc[0]
    enrol(city, person["subject"])
    task(city, participant_id="x", kind="follow_up", due_on=date(2026, 11, 25))
    draft = week.make_week_plan(city, WEEK, now=NOW, limit_s=0.5)
    due = draft.candidates[draft.candidates["task_id"] == "t1"]
    assert set(due["candidate_id"]) & set(draft.stops["candidate_id"])
    with open_work(city).writing() as rows:
        rows.update(
            TASKS, {"task_id": "t1"}, {"status": "done", "closed_at": NOW, "closed_by": "Lee"}
        )
    with pytest.raises(PlanError, match="may no longer be visited so"):
        week.publish_plan(city, WEEK, None, **BY)


def test_who_opted_out_since_is_shown_with_none_of_their_errands(city):
    """Safeguard 3: neither the visit due to them nor what is to be done for them is shown."""
    person = stops_of(week.find_plan(city, WEEK), "person").iloc[0]
    enrol(city, person["subject"])
    task(city, participant_id="x", kind="follow_up", due_on=date(2026, 11, 25))
    draft = week.make_week_plan(city, WEEK, now=NOW, limit_s=0.5)
    theirs = stops_of(draft, "follow_up", "participant")
    assert person["subject"] in set(theirs["subject"])
    opt_out(city)
    shown = as_it_may_be_shown(city, draft, now=NOW)
    full = shown.stops.merge(shown.candidates, on="candidate_id")
    assert person["subject"] not in set(full["subject"])
    gone = shown.left_out[shown.left_out["why"].str.startswith("Taken out since")]
    assert len(gone) >= 1
    assert set(gone["cause"]) == {"consent"}


def test_a_stop_put_in_at_a_door_that_is_barred_by_now_is_not_shown(city):
    first = week.find_plan(city, WEEK)
    place = stops_of(first, "place").iloc[0]
    stop = add_stop("That door", place["lon"], place["lat"], minutes=20, reason="Bring papers")
    second = again(city, Edits(added=(stop,), forbids=frozenset([place["candidate_id"]])))
    added = stops_of(second, "added")
    assert len(added) == 1
    (city / "limits.csv").write_text(f"subject,rule,until\n{place['subject']},do_not_visit,\n")
    shown = as_it_may_be_shown(city, second, now=NOW)
    assert added["candidate_id"].iloc[0] not in set(shown.stops["candidate_id"])
    with pytest.raises(PlanError, match=r"planned against|may no longer be visited"):
        week.publish_plan(city, WEEK, None, **BY)


def test_what_a_second_team_would_bring(city):
    added = shift_like(city, WEEK, team="Team A", day="thu", start="13:00")
    told = what_if(city, WEEK, added, now=NOW, hours=(0, 1, 4), limit_s=2)
    assert told["extra_h"].tolist() == [0, 1, 4]
    assert told["need_met"].is_monotonic_increasing
    assert told["added"].iloc[1] == "Team A Thu 13:00–14:00"
    assert week.find_plan(city, WEEK).number == 1  # nothing is kept
    with pytest.raises(PlanError, match="no team 'Team Z' goes out"):
        shift_like(city, WEEK, team="Team Z", day="thu", start="13:00")
    with pytest.raises(PlanError, match="would end the next day"):
        what_if(city, WEEK, added, now=NOW, hours=(12,), limit_s=1)
    with pytest.raises(PlanError, match="no shift is added"):
        what_if(city, WEEK, added.iloc[:0], now=NOW)
