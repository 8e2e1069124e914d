"""Wishes, consent, listings and training reach the week's plan, and hold when it is published."""

from datetime import UTC, date, datetime, timedelta

import pytest
from shapely import Point

from outreach.cells import to_text
from outreach.config import load_city
from outreach.errors import PlanError
from outreach.pipeline import staff, week, week_map
from outreach.pipeline.standing import as_it_may_be_shown
from outreach.pipeline.view import known_calls
from outreach.plan.crews import NOT_RECORDED
from outreach.schemas import NEEDS
from outreach.store.work import open_work
from outreach.weeks import DAY_NAMES, parse_week
from outreach.work_schemas import (
    CONSENTS,
    LISTINGS,
    PARTICIPANTS,
    PERSON_LINKS,
    STAFF,
    TRAINING,
    WISHES,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = date(2026, 11, 22)
WEEK = "2026-W48"
BY = {"by": "Lee Lead", "now": NOW}


def insert(folder, table, **row):
    with open_work(folder).writing() as rows:
        rows.insert(table, [row])


def visited(plan, mode="community"):
    full = plan.stops.merge(plan.candidates, on="candidate_id")
    return full[(full["kind"] == "person") & (full["response_mode"] == mode)].iloc[0]


def enrol(folder, person_id, **wishes):
    insert(
        folder, PARTICIPANTS, participant_id="x", person_id=person_id, door="community",
        enrolled_on=TODAY, status="active", status_since=TODAY,
        listed_until=TODAY + timedelta(days=90), version=1,
    )  # fmt: skip
    if wishes:
        insert(folder, WISHES, participant_id="x", way="visit", **wishes)


def opt_out(folder):
    insert(
        folder, CONSENTS, consent_id="c", participant_id="x", rule="opt_out", since=TODAY,
        recorded_at=NOW, recorded_by="Lee Lead",
    )  # fmt: skip


def train(folder, name, role, field_h=80.0):
    insert(
        folder, STAFF, staff_id=name, name=name, role=role, languages="", active=True, capacity=9
    )
    for kind, needed in staff.training_kinds(folder).items():
        insert(
            folder, TRAINING, training_id=f"{name} {kind}", staff_id=name, kind=kind,
            hours=field_h if kind == "field" else needed, done_on=TODAY,
        )  # fmt: skip


def test_duty_32_an_opt_out_since_the_draft_stops_it_and_the_next_draft_keeps_it(city):
    plan = week.find_plan(city, WEEK)
    assert NOT_RECORDED in plan.notes
    person = visited(plan)
    enrol(city, person["subject"])
    opt_out(city)
    with pytest.raises(PlanError, match="planned against the day, which is barred"):
        week.publish_plan(city, WEEK, None, **BY)
    assert week.find_plan(city, WEEK).status == "draft"
    again = week.make_week_plan(city, WEEK, now=NOW, limit_s=1)
    theirs = again.candidates.loc[again.candidates["subject"] == person["subject"], "candidate_id"]
    assert len(theirs)
    assert not set(theirs) & set(again.stops["candidate_id"])
    why = again.left_out.set_index("candidate_id")["why"][theirs]
    assert why.str.startswith("Asked not to be contacted").all()
    assert week.publish_plan(city, WEEK, None, **BY).status == "published"


def test_wishes_bind_the_week_and_a_changed_wish_stops_the_draft(city):
    plan = week.find_plan(city, WEEK)
    person = visited(plan)
    train(city, "Cy Vale", "clinician")
    other = [day for day in DAY_NAMES[:5] if day != DAY_NAMES[person["day"].weekday()]]
    enrol(city, person["subject"], days=" ".join(other), staff_id="Cy Vale",
          visit_from_local="13:00", visit_until_local="17:00")  # fmt: skip
    with pytest.raises(PlanError, match="not sound"):
        week.publish_plan(city, WEEK, None, **BY)
    again = week.make_week_plan(city, WEEK, now=NOW, limit_s=1)
    row = again.candidates.set_index("subject").loc[person["subject"]]
    assert row["kind"] == "participant"
    assert (row["days"], row["with_staff"]) == (" ".join([*other, "sat", "sun"][:4]), "Cy Vale")
    assert (row["window_from_local"], row["window_until_local"]) == ("13:00", "17:00")
    stops = again.stops[again.stops["candidate_id"] == row["candidate_id"]]
    for stop in stops.itertuples():
        assert stop.team == "Team A"
        assert DAY_NAMES[stop.day.weekday()] in other
    with open_work(city).writing() as rows:
        rows.update(WISHES, {"participant_id": "x"}, {"staff_id": None, "days": None})
    if len(stops):
        assert week.publish_plan(city, WEEK, None, **BY).status == "published"


def test_a_limit_on_one_spelling_binds_the_whole_person(city):
    person = visited(week.find_plan(city, WEEK))
    for name in ("other", person["subject"]):
        insert(city, PERSON_LINKS, person_id=name, linked_id=person["subject"], match_weight=9.0,
               reason="Same name.")  # fmt: skip
    (city / "limits.csv").write_text("subject,rule,until\nother,opt_out,2026-11-27\n")
    with pytest.raises(PlanError, match=r"planned against opt_out|may no longer be visited"):
        week.publish_plan(city, WEEK, None, **BY)


def test_safeguard_4_a_draft_notes_who_is_listed_and_a_listing_that_ended_bars(city):
    person = visited(week.find_plan(city, WEEK))
    with open_work(city).reading() as rows:
        listings = rows.fetch(LISTINGS).set_index("subject")
    assert person["subject"] in listings.index
    until = listings.loc[person["subject"], "until"]
    assert until == TODAY + timedelta(days=load_city(city).repeat.sunset_days)
    with open_work(city).writing() as rows:
        rows.update(LISTINGS, {"subject": person["subject"]}, {"until": TODAY})
    with pytest.raises(PlanError, match="planned against the day, which is barred"):
        week.publish_plan(city, WEEK, None, **BY)


def test_duty_9_who_has_79_hours_is_not_rostered_alone(city):
    train(city, "Bo Reed", "peer", 79.0)
    train(city, "Cy Vale", "clinician")
    with pytest.raises(PlanError, match="training or staff have changed since the draft was made"):
        week.publish_plan(city, WEEK, None, **BY)
    plan = week.make_week_plan(city, WEEK, now=NOW, limit_s=1)
    assert set(plan.shifts["team"]) == {"Team A"}
    expected = "Ana Brook (caseworker, in training), Cy Vale (clinician)"
    assert set(plan.shifts["members"]) == {expected}
    at_home = [note for note in plan.notes if "stays at home" in note]
    assert len(at_home) == 2
    assert any("; Bo Reed has 79 of 80 h field training." in note for note in at_home)
    assert any("Ed Stone is not among the active staff." in note for note in at_home)
    assert week.publish_plan(city, WEEK, None, **BY).status == "published"


def test_if_nobody_may_go_the_reason_is_told_and_no_draft_is_kept(city):
    train(city, "Bo Reed", "peer", 79.0)
    with pytest.raises(PlanError, match=r"no team may go out in 2026-W48: .* has 79 of 80 h field"):
        week.make_week_plan(city, WEEK, now=NOW, limit_s=1)
    assert week.find_plan(city, WEEK).number == 1


def test_a_plan_of_a_past_week_lists_nobody_today(city):
    with open_work(city).writing() as rows:
        rows.delete(LISTINGS, {})
    past = week.make_week_plan(city, "2026-W40", now=NOW, limit_s=1)
    assert past.as_of.date() == parse_week("2026-W40")
    with open_work(city).reading() as rows:
        assert rows.fetch(LISTINGS).empty


def test_an_opt_out_while_a_plan_is_checked_stops_it(city, monkeypatch):
    """Safeguard 3: between the last look at the rules and the plan nobody's wish gets lost."""
    enrol(city, visited(week.find_plan(city, WEEK))["subject"])
    check_visits = week._visits_still_open

    def slow(*told):
        check_visits(*told)
        opt_out(city)

    monkeypatch.setattr(week, "_visits_still_open", slow)
    with pytest.raises(PlanError, match="changed while the plan was checked"):
        week.publish_plan(city, WEEK, None, **BY)
    assert week.find_plan(city, WEEK).status == "draft"


def test_who_opts_out_after_a_plan_was_published_is_on_no_map_of_it(city, tmp_path):
    """Safeguard 3: the plan stays as it was published, what is shown of it does not."""
    plan = week.publish_plan(city, WEEK, None, **BY)
    person = visited(plan)
    assert as_it_may_be_shown(city, plan, now=NOW) is plan
    enrol(city, person["subject"])
    opt_out(city)
    shown = as_it_may_be_shown(city, plan, now=NOW)
    gone = set(plan.stops["candidate_id"]) - set(shown.stops["candidate_id"])
    assert gone >= {person["candidate_id"]}
    row = shown.candidates.set_index("candidate_id").loc[person["candidate_id"]]
    assert (row["label"], row[["lon", "lat"]].notna().any()) == ("place not shown", False)
    why = shown.left_out.set_index("candidate_id")["why"][person["candidate_id"]]
    assert why == "Taken out since the plan was made: Asked not to be contacted."
    left = shown.legs.merge(shown.stops, on=["shift_id", "order"])
    assert len(shown.legs) <= len(plan.legs) - 2
    there = Point(person["lon"], person["lat"])
    assert all(way.distance(there) > 0 for way in left["geometry"])
    target = tmp_path / "map.html"
    week_map.write_week_map(city, WEEK, None, target, now=NOW, report=lambda _: None)
    assert f"{len(shown.stops)} visits, " in target.read_text()
    assert len(shown.stops) == len(plan.stops) - len(gone)
    over = NOW + timedelta(days=14)
    assert as_it_may_be_shown(city, plan, now=over) is plan  # what was is a record


def test_no_team_goes_to_the_door_of_somebody_who_opted_out_and_calls_seldom(city):
    """They are on no list, their door is: others call from there, too."""
    plan = week.find_plan(city, WEEK)
    full = plan.stops.merge(plan.candidates, on="candidate_id")
    listed = set(plan.candidates.loc[plan.candidates["kind"] == "person", "subject"])
    calls = known_calls(city, load_city(city), NOW)
    own = calls.drop_null(["person_id", "fine_cell"]).to_pandas()
    own["door"] = [to_text(cell) for cell in own["fine_cell"]]
    own = own[~own["person_id"].isin(listed) & own["need"].isin(NEEDS)]
    own = own[own["received_at"] > NOW - timedelta(days=150)]
    doors = own[own["door"].isin(full.loc[full["kind"] == "place", "subject"])]
    once = doors[~doors["person_id"].isin(own["person_id"][own["person_id"].duplicated()])]
    enrol(city, once["person_id"].iloc[0])
    opt_out(city)
    with pytest.raises(PlanError, match="may no longer be visited"):
        week.publish_plan(city, WEEK, None, **BY)
    again = week.make_week_plan(city, WEEK, now=NOW, limit_s=1)
    assert once["door"].iloc[0] not in set(again.candidates["subject"])
    assert "Someone who calls from there: asked not to be contacted." in set(again.left_out["why"])
