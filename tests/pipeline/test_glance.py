"""What waits for a lead, and how far the week is."""

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from outreach import roles
from outreach.errors import NotAllowedError
from outreach.pipeline import glance, log, referrals_in, staff, tasks, week, wishes
from outreach.pipeline.view import city_view
from outreach.plan.document import publish, to_json
from outreach.plan_schemas import KNOWN_KINDS
from outreach.roles import Viewer
from outreach.store import documents
from outreach.weeks import week_label

NOW = datetime(2026, 11, 23, 17, tzinfo=UTC)
TODAY = date(2026, 11, 23)
WHO = {"by": "Ana", "now": NOW}
WEEK, NEXT = "2026-W48", "2026-W49"


def visited(folder, key, at=NOW - timedelta(hours=1), **more):
    entry = log.VisitEntry(key, at, "checked", **more)
    log.log_visit(folder, entry, by="Ana", now=max(at, NOW))


def test_what_was_promised_stands_before_who_was_not_met(team_city):
    visited(team_city, "v1", NOW - timedelta(days=60), participant_id="k")
    for name, days in (("t1", 2), ("t2", 9)):
        due = tasks.TaskEntry(name, "follow_up", TODAY - timedelta(days=days), "l")
        tasks.add_task(team_city, due, **WHO)
    tasks.add_task(team_city, tasks.TaskEntry("t3", "follow_up", TODAY, "l"), **WHO)
    found = glance.waiting(team_city, now=NOW)
    ids = found.overdue["task_id"].fillna("nobody met them")
    assert ids.tolist()[:3] == ["t2", "t1", "nobody met them"]
    assert found.tasks == 2
    assert "t3" not in set(ids)  # due today is not overdue
    assert found.referrals_in.empty


def test_requests_of_others_wait_until_they_are_settled(team_city):
    entry = referrals_in.ReferralIn("r1", "homelessness", "Elm & Oak", person_agreed=True)
    referrals_in.refer(team_city, entry, **WHO)
    assert len(glance.waiting(team_city, now=NOW).referrals_in) == 1
    referrals_in.not_taken_up(team_city, "r1", **WHO)
    assert glance.waiting(team_city, now=NOW).referrals_in.empty


def test_a_week_without_a_plan_still_counts_its_visits(team_city):
    visited(team_city, "v1", participant_id="k")
    visited(team_city, "v2", NOW - timedelta(days=8), participant_id="k")
    this, coming = glance.week_plans(city_view(team_city, NOW), (WEEK, NEXT), now=NOW)
    assert (this.state, this.logged, this.planned) == ("none", 1, 0)
    assert (coming.state, coming.logged) == ("none", 0)


@pytest.fixture
def published(city):
    """The city with its draft published, whoever checks it; the plan."""
    draft = week.find_plan(city, WEEK)
    done = publish(draft, by="Lea", at=datetime(2026, 11, 22, 15, tzinfo=UTC))
    (path,) = documents.plan_versions(city, WEEK)
    path.chmod(0o644)
    path.write_text(to_json(done), encoding="utf-8")
    return done


def stops_of(plan, kinds=KNOWN_KINDS):
    stops = plan.stops.merge(plan.candidates, on="candidate_id")
    return stops[stops["kind"].isin(kinds)].sort_values("start_at")


def test_stops_are_set_beside_logged_visits_of_the_same_week(city, published):
    first = stops_of(published, ("person", "place")).iloc[0]
    at = first["leave_at"].to_pydatetime() + timedelta(hours=1)
    visited(city, "v1", at - timedelta(minutes=30), subject=first["subject"])
    visited(city, "v2", at - timedelta(days=7), subject=first["subject"])  # the week before
    visited(city, "v3", at - timedelta(minutes=20), subject="somewhere else")
    (found,) = glance.week_plans(city_view(city, at), (WEEK,), now=at)
    assert found.state == "published"
    assert found.planned == len(published.stops)
    assert found.over == int((published.stops["leave_at"] <= at).sum()) > 0
    assert found.visited == int((stops_of(published)["subject"] == first["subject"]).sum()) > 0
    assert found.logged == 2
    assert found.exploration_share is not None
    assert found.newer_draft is None
    documents.write_plan(city, WEEK, 2, to_json(replace(published, number=2, status="draft",
                         published_by=None, published_at=None)))  # fmt: skip
    (found,) = glance.week_plans(city_view(city, at), (WEEK,), now=at)
    assert (found.state, found.newer_draft) == ("published", 2)


def test_who_asks_for_no_visits_later_is_counted_as_left_out(city, published):
    whom = stops_of(published, ("person", "place"))["subject"].iloc[-1]
    (before,) = glance.week_plans(city_view(city, NOW), (WEEK,), now=NOW)
    path = city / "limits.csv"
    rows = path.read_text() if path.is_file() else "subject,rule,until\n"
    path.write_text(f"{rows.rstrip()}\n{whom},do_not_visit,\n")
    (found,) = glance.week_plans(city_view(city, NOW), (WEEK,), now=NOW)
    assert (before.barred, found.barred > 0) == (0, True)
    assert len(found.plan.stops) == found.planned - found.barred


def test_listed_people_and_places_are_reached_by_visits_at_which_somebody_was_met(city, published):
    view = city_view(city, NOW)
    planned = glance.reach(view, WEEK, published)
    assert planned.met == 0
    assert 0 < planned.planned <= planned.listed
    person = view.persons["person_id"].iloc[0]
    visited(city, "v1", subject=person)
    gone = log.VisitEntry("v2", NOW - timedelta(hours=1), "not_found",
                          subject=view.persons["person_id"].iloc[1])  # fmt: skip
    log.log_visit(city, gone, **WHO)
    assert glance.reach(view, WEEK, None).met == 1
    assert glance.reach(view, NEXT, None).met == 0


def test_shifts_that_cannot_go_leave_hours_short(city):
    whole = glance.gaps(city, WEEK)
    assert whole.short_h == 0
    assert whole.hours > 0
    for name in set(_crew(city)):
        staff.add_staff(city, name, "peer", **WHO)  # recorded, and without any training
    found = glance.gaps(city, WEEK)
    assert found.short_h == pytest.approx(whole.hours)
    assert found.hours == 0
    assert found.at_home


def _crew(city):
    from outreach.config import load_city

    return [member.name for team in load_city(city).teams for member in team.members]


def test_ages_tell_how_old_calls_and_directory_are(city):
    found = glance.directory_age(city, now=NOW)
    later = glance.directory_age(city, now=NOW + timedelta(days=400))
    assert found.stale < found.places
    assert later.stale == later.places == found.places
    newest = glance.newest_call(city_view(city, NOW).imports, "America/New_York")
    assert newest == date(2026, 11, 21)


def test_before_anything_came_in_all_is_none(team_city):
    bare = Path(shutil.copytree(team_city, team_city.parent / "bare"))
    (bare / "work.sqlite").unlink()
    assert glance.waiting(bare, now=NOW).overdue.empty
    assert glance.newest_call(city_view(bare, NOW).imports, "America/New_York") is None
    (found,) = glance.week_plans(city_view(bare, NOW), (week_label(TODAY),), now=NOW)
    assert (found.state, found.logged) == ("none", 0)
    assert not (bare / "work.sqlite").exists()  # looking makes none


@pytest.mark.parametrize("role", ["caseworker", "manager", "partner", "admin"])
def test_only_leads_see_it(team_city, role):
    view = city_view(team_city, NOW)
    asked = (
        lambda: glance.waiting(team_city, now=NOW),
        lambda: glance.week_plans(view, (WEEK,), now=NOW),
        lambda: glance.gaps(team_city, WEEK),
        lambda: glance.directory_age(team_city, now=NOW),
    )
    for ask in asked:
        with roles.acting_as(Viewer("Sam", role)), pytest.raises(NotAllowedError):
            ask()


def test_wishes_bar_who_is_overdue(team_city):
    tasks.add_task(team_city, tasks.TaskEntry("t1", "follow_up", TODAY - timedelta(days=2), "k"),
                   **WHO)  # fmt: skip
    wishes.add_consent(team_city, "k", "opt_out", **WHO)
    assert "t1" not in set(glance.waiting(team_city, now=NOW).overdue.get("task_id", pd.Series()))
