from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from outreach.errors import WorkError
from outreach.link_schemas import PERSON_LINKS
from outreach.pipeline import log, tasks
from outreach.pipeline.log import PickupEntry, VisitEntry
from outreach.pipeline.week_inputs import read_limits
from outreach.store.work import open_work
from outreach.work_schemas import (
    AUDIT,
    CONSENTS,
    PARTICIPANTS,
    SHARPS,
    TASKS,
    USUAL_PLACES,
    VISIT_STAFF,
    VISITS,
)
from outreach.work_words import OUTCOMES, STAGES

NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)  # the evening of the 23rd on the city's clocks
TODAY = date(2026, 11, 23)
WHO = {"by": "Ana", "now": NOW}
ENTRY = VisitEntry("v1", NOW - timedelta(minutes=20), "engaged", participant_id="k")


def fetched(folder, table, **equal):
    with open_work(folder).reading() as rows:
        return rows.fetch(table, **equal)


def put(folder, table, **row):
    with open_work(folder).writing() as rows:
        rows.insert(table, [row])


def consent(folder, rule, who="k", **more):
    row = {"since": date(2026, 11, 1), "until": None, "withdrawn_at": None, "withdrawn_by": None}
    ids = {"consent_id": f"{rule} {who}", "participant_id": who, "rule": rule}
    told = {"recorded_at": NOW, "recorded_by": "Ana"}
    put(folder, CONSENTS, **(row | ids | told | more))


def test_a_visit_is_kept_with_all_that_was_entered(team_city):
    entry = replace(
        ENTRY,
        services=("food", "housing_search"),
        sharps=3,
        minutes=25.0,
        living_situation="unsheltered",
        note="wears a blue coat",
        staff_ids=("ana", "ana"),
        lon=-73.75,
        lat=42.65,
    )
    assert log.log_visit(team_city, entry, **WHO).is_new
    visit = fetched(team_city, VISITS).iloc[0]
    assert (visit["stage"], visit["outcome"]) == ("engagement", "engaged")
    assert visit["services"] == "housing_search food"
    assert (visit["sharps"], visit["minutes"], visit["note"]) == (3, 25.0, "wears a blue coat")
    assert visit["recorded_by"] == "Ana"
    assert list(fetched(team_city, VISIT_STAFF)["staff_id"]) == ["ana"]
    told = fetched(team_city, AUDIT, did="logged")
    assert list(told["participant_id"]) == ["k"]
    assert "Kim" not in told["what"].iloc[0]


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_the_stage_follows_from_the_outcome_and_no_word_tells_of_a_shortcoming(team_city, outcome):
    log.log_visit(team_city, replace(ENTRY, outcome=outcome), **WHO)
    assert fetched(team_city, VISITS)["stage"].iloc[0] == OUTCOMES[outcome]
    words = {*OUTCOMES, *STAGES, *TASKS.columns["status"].among}
    assert not [word for word in words if "fail" in word or "no_show" in word or "refus" in word]


def test_sent_twice_it_is_kept_once_with_one_follow_up_and_one_line_of_audit(team_city):
    entry = replace(ENTRY, next_due=date(2026, 12, 1), staff_ids=("ana",))
    first = log.log_visit(team_city, entry, **WHO)
    again = log.log_visit(team_city, entry, **WHO)
    assert (first.is_new, again.is_new) == (True, False)
    assert len(fetched(team_city, VISITS)) == 1
    task = fetched(team_city, TASKS)
    assert list(task["kind"]) == ["follow_up"]
    assert task["due_on"].iloc[0] == date(2026, 12, 1)
    assert task["staff_id"].iloc[0] == "ana"
    assert list(fetched(team_city, AUDIT)["did"].value_counts()[["logged", "planned"]]) == [1, 1]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"outcome": "failed"}, "no outcome"),
        ({"services": ("money",)}, "no service"),
        ({"response_mode": "siren"}, "no way to go"),
        ({"living_situation": "castle"}, "no living situation"),
        ({"happened_at": NOW + timedelta(minutes=1)}, "future"),
        ({"participant_id": None}, "who or what"),
        ({"participant_id": "nobody"}, "nobody"),
        ({"sharps": -1}, "from 0 on"),
        ({"lon": -73.7}, "longitude and latitude"),
        ({"closes": ("none",)}, "none"),
        ({"participant_id": None, "subject": "p1", "next_due": TODAY}, "enrol them first"),
        ({"outcome": "asked_no_visits", "next_due": TODAY}, "no more visits"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence_and_nothing_is_kept(team_city, change, told):
    with pytest.raises(WorkError, match=told):
        log.log_visit(team_city, replace(ENTRY, **change), **WHO)
    assert fetched(team_city, VISITS).empty
    assert fetched(team_city, AUDIT, did="logged").empty


def test_somebody_must_be_named(team_city):
    with pytest.raises(WorkError, match="who enters"):
        log.log_visit(team_city, ENTRY, by=" ", now=NOW)


def test_corrections_are_new_rows_in_a_chain_and_the_old_ones_stay(team_city):
    log.log_visit(team_city, ENTRY, **WHO)
    second = replace(ENTRY, visit_id="v2", outcome="not_found")
    assert log.correct_visit(team_city, "v1", second, **WHO).is_new
    assert not log.correct_visit(team_city, "v1", second, **WHO).is_new
    third = replace(ENTRY, visit_id="v3", outcome="checked")
    with pytest.raises(WorkError, match="correct the newest"):
        log.correct_visit(team_city, "v1", third, **WHO)
    log.correct_visit(team_city, "v2", third, **WHO)
    kept = fetched(team_city, VISITS).set_index("visit_id")
    assert list(kept["replaces"]) == [None, "v1", "v2"]
    assert list(kept["outcome"]) == ["engaged", "not_found", "checked"]
    with pytest.raises(WorkError, match="'v9'"):
        log.correct_visit(team_city, "v9", third, **WHO)


def test_asking_for_no_visits_binds_from_then_on_and_only_once(team_city):
    entry = replace(ENTRY, outcome="asked_no_visits")
    assert "No visit is planned" in log.log_visit(team_city, entry, **WHO).messages[0]
    log.log_visit(team_city, replace(entry, visit_id="v2"), **WHO)
    asked = fetched(team_city, CONSENTS)
    assert list(asked["rule"]) == ["do_not_visit"]
    assert (asked["since"].iloc[0], asked["until"].iloc[0]) == (TODAY, None)
    mistaken = replace(ENTRY, visit_id="v3", outcome="declined")
    told = log.correct_visit(team_city, "v1", mistaken, **WHO)
    assert "until it is withdrawn" in told.messages[-1]
    assert len(fetched(team_city, CONSENTS)) == 1


def test_a_wish_of_somebody_not_enrolled_goes_into_the_limits_of_the_planner(team_city):
    entry = replace(ENTRY, participant_id=None, subject="p9", outcome="asked_no_visits")
    for visit_id in ("v1", "v2"):
        told = log.log_visit(team_city, replace(entry, visit_id=visit_id), **WHO).messages
        assert told == ("No visit is planned for them from now on, until they take that back.",)
    limits = read_limits(team_city)
    assert list(limits["subject"] + " " + limits["rule"]) == ["p9 do_not_visit"]
    assert limits["until"].isna().all()
    walk = replace(entry, visit_id="v3", subject="892a1072b5bffff")
    assert "not known who" in log.log_visit(team_city, walk, **WHO).messages[0]
    assert len(read_limits(team_city)) == 1


def test_the_subject_of_a_plan_is_the_participant_they_are(team_city):
    with open_work(team_city).writing() as rows:
        rows.update(PARTICIPANTS, {"participant_id": "k"}, {"person_id": "p1"})
        for person in ("p1", "p2"):
            why = {"match_weight": 9.0, "reason": "same name"}
            rows.insert(PERSON_LINKS, [{"person_id": person, "linked_id": "p1", **why}])
    entry = replace(ENTRY, participant_id=None, subject="p2", outcome="asked_no_visits")
    log.log_visit(team_city, entry, **WHO)
    assert list(fetched(team_city, VISITS)["participant_id"]) == ["k"]
    assert list(fetched(team_city, CONSENTS)["participant_id"]) == ["k"]
    log.log_visit(team_city, replace(entry, visit_id="v2", subject="l", outcome="checked"), **WHO)
    assert fetched(team_city, VISITS).set_index("visit_id")["participant_id"]["v2"] == "l"


def test_what_happened_can_be_logged_of_anybody_but_nothing_is_planned_against_a_wish(team_city):
    consent(team_city, "opt_out")
    with pytest.raises(WorkError, match="opted out"):
        log.log_visit(team_city, replace(ENTRY, next_due=date(2026, 12, 1)), **WHO)
    assert fetched(team_city, VISITS).empty
    assert log.log_visit(team_city, ENTRY, **WHO).is_new


def test_who_was_met_has_been_seen_at_that_usual_place_and_at_no_other(team_city):
    for name, lon, day in (("near", -73.7500, 1), ("far", -73.7600, 1), ("later", -73.7501, 30)):
        put(
            team_city,
            USUAL_PLACES,
            usual_place_id=name,
            participant_id="k",
            lon=lon,
            lat=42.65,
            address={"far": "Main St 1"}.get(name),
            last_seen_on=date(2026, 11 if day < 30 else 12, day),
            ended_on=None,
        )
    here = {"lon": -73.75002, "lat": 42.65}
    nobody = replace(ENTRY, visit_id="v0", outcome="not_found", **here)
    log.log_visit(team_city, nobody, **WHO)
    seen = fetched(team_city, USUAL_PLACES).set_index("usual_place_id")["last_seen_on"]
    assert seen["near"] == date(2026, 11, 1)
    assert not log.log_visit(team_city, replace(ENTRY, **here), **WHO).messages
    seen = fetched(team_city, USUAL_PLACES).set_index("usual_place_id")["last_seen_on"]
    assert seen.to_dict() == {"near": TODAY, "far": date(2026, 11, 1), "later": date(2026, 12, 30)}
    log.log_visit(team_city, replace(ENTRY, visit_id="v2", address="main st 1 "), **WHO)
    seen = fetched(team_city, USUAL_PLACES).set_index("usual_place_id")["last_seen_on"]
    assert seen["far"] == TODAY
    elsewhere = replace(ENTRY, visit_id="v3", lon=-73.9, lat=42.7)
    assert "none of their usual places" in log.log_visit(team_city, elsewhere, **WHO).messages[0]


def test_a_visit_closes_its_tasks(team_city):
    task = tasks.TaskEntry("t1", "follow_up", TODAY, "k")
    tasks.add_task(team_city, task, **WHO)
    assert not log.log_visit(team_city, replace(ENTRY, closes=("t1",)), **WHO).messages
    assert fetched(team_city, TASKS)["status"].iloc[0] == "done"
    again = log.log_visit(team_city, replace(ENTRY, visit_id="v2", closes=("t1",)), **WHO)
    assert "closed already" in again.messages[0]


def test_needles_are_counted_apart_from_visits(team_city):
    tasks.add_task(team_city, tasks.TaskEntry("t1", "sharps_pickup", TODAY), **WHO)
    asked = NOW - timedelta(hours=5)
    entry = PickupEntry("s1", NOW, 12, reported_at=asked, lon=-73.7, lat=42.6, closes="t1")
    assert log.add_pickup(team_city, entry, **WHO)
    assert not log.add_pickup(team_city, entry, **WHO)
    assert list(fetched(team_city, SHARPS)["sharps"]) == [12]
    assert fetched(team_city, VISITS).empty
    assert fetched(team_city, TASKS)["status"].iloc[0] == "done"
    for change, told in (
        ({"sharps": -1}, "from 0 on"),
        ({"reported_at": NOW + timedelta(hours=1)}, "reported before"),
        ({"happened_at": NOW + timedelta(hours=1)}, "future"),
    ):
        with pytest.raises(WorkError, match=told):
            log.add_pickup(team_city, replace(entry, pickup_id="s2", **change), **WHO)


@pytest.mark.parametrize(("outcome", "status"), [("not_found", "open"), ("checked", "done")])
def test_a_follow_up_is_not_forgotten_where_nobody_was_met_after_all(team_city, outcome, status):
    tasks.add_task(team_city, tasks.TaskEntry("t1", "follow_up", TODAY, "k"), **WHO)
    tasks.add_task(team_city, tasks.TaskEntry("t2", "follow_up", TODAY, "k"), **WHO)
    tasks.close_task(team_city, "t2", by="Ana", now=NOW - timedelta(hours=1))
    log.log_visit(team_city, replace(ENTRY, closes=("t1",)), **WHO)
    first = replace(ENTRY, visit_id="v2", minutes=5.0)
    log.correct_visit(team_city, "v1", first, by="Ana", now=NOW + timedelta(minutes=1))
    second = replace(ENTRY, visit_id="v3", outcome=outcome)
    done = log.correct_visit(team_city, "v2", second, by="Ana", now=NOW + timedelta(minutes=2))
    kept = fetched(team_city, TASKS).set_index("task_id")["status"]
    assert kept.to_dict() == {"t1": status, "t2": "done"}
    assert ("open again" in " ".join(done.messages)) == (status == "open")


def test_a_visit_corrected_to_somebody_else_is_in_the_trail_of_both(team_city):
    asked_at = replace(ENTRY, outcome="asked_no_visits")
    log.log_visit(team_city, asked_at, **WHO)
    other = replace(asked_at, visit_id="v2", participant_id="l")
    done = log.correct_visit(team_city, "v1", other, **WHO)
    assert any("stays until it is withdrawn" in told for told in done.messages)
    trail = fetched(team_city, AUDIT, did="corrected")
    assert sorted(trail["participant_id"]) == ["k", "l"]
    assert set(trail["what"]) == {"visit v2: asked_no_visits, for v1"}


def test_asking_for_no_visits_binds_today_though_a_later_wish_is_noted(team_city):
    consent(team_city, "do_not_visit", since=date(2026, 12, 24))
    log.log_visit(team_city, replace(ENTRY, outcome="asked_no_visits"), **WHO)
    assert sorted(fetched(team_city, CONSENTS)["since"]) == [TODAY, date(2026, 12, 24)]
