"""Participants, what they want, and their profile, in a small city of their own."""

import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from outreach.columns import check
from outreach.errors import OutreachError, WorkError
from outreach.link_schemas import PERSON_LINKS
from outreach.pipeline import intake, log, participants, profiles, setup, wishes
from outreach.pipeline.contact import allowed_now
from outreach.pipeline.search import find_people
from outreach.pipeline.wishes import Wish
from outreach.store.work import new_id, open_work
from outreach.work_schemas import (
    AUDIT,
    CONSENTS,
    ORGANISATIONS,
    PARTICIPANTS,
    REFERRALS,
    STAFF,
    STEPS,
    TASKS,
    VISIT_STAFF,
    VISITS,
    WISHES,
)

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
TODAY = date(2026, 11, 24)
BY = {"by": "Ana Brook", "now": NOW}
EXPORT = """Incident,Received,Type,Address,Longitude,Latitude,Name,DOB,Phone
1,2026-11-01 10:00,WELFARE CHECK,12 ELM ST,-73.75,42.65,"WOSKARD, MARY ANN",1980-05-17,5185550134
2,2026-11-05 11:00,WELFARE CHECK,12 ELM ST,-73.75,42.65,"WOSKARD, MARY ANN",1980-05-17,5185550134
3,2026-11-09 23:30,OVERDOSE,14 OAK AVE,-73.76,42.66,"WOSCARD, MARY",1980-05-17,
4,2026-11-12 12:00,WELFARE CHECK,3 ASH ST,-73.77,42.67,"NUNEZ, JOSE",1968-01-02,
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A city of four calls about three pseudonyms, with one worker and one partner."""
    folder = tmp_path_factory.mktemp("small")
    setup.init_city(folder, setup.NewCity(base=(42.65, -73.75)), report=lambda _: None)
    (folder / "calls.csv").write_text(EXPORT)
    intake.ingest_file(folder, folder / "calls.csv", intake.Wishes(as_it_happened=True), now=NOW)
    with open_work(folder).writing() as rows:
        worker = {"role": "caseworker", "languages": "en", "active": True, "capacity": 1}
        rows.insert(STAFF, [{"staff_id": "s1", "name": "Ana Brook", **worker}])
        gone = {"staff_id": "s2", "name": "Bo Reed", **worker, "active": False}
        rows.insert(STAFF, [gone])
        partner = {"kind": "shelter", "warm_handoff": True}
        rows.insert(ORGANISATIONS, [{"organisation_id": "o1", "name": "First Step", **partner}])
    return folder


@pytest.fixture
def folder(made, tmp_path):
    """A copy that a test may change."""
    copy = tmp_path / "city"
    copy.mkdir()
    for path in made.iterdir():
        if path.is_file():
            (copy / path.name).write_bytes(path.read_bytes())
    (copy / "batches").symlink_to(made / "batches")
    (copy / "mappings").symlink_to(made / "mappings")
    return copy


@pytest.fixture
def persons(folder):
    """Pseudonyms by name."""
    found = find_people(folder, "1980-05-17", now=NOW)
    other = find_people(folder, "nunez", now=NOW)
    both = dict(zip(found["name"], found["person_id"], strict=True))
    return both | dict(zip(other["name"], other["person_id"], strict=True))


def fetch(folder, table, **equal):
    with open_work(folder).reading() as rows:
        return rows.fetch(table, **equal)


def link(folder, person_id, linked_id):
    with open_work(folder).writing() as rows:
        for one in (person_id, linked_id):
            row = {"person_id": one, "linked_id": linked_id, "match_weight": 9.0, "reason": "name"}
            rows.insert(PERSON_LINKS, [row])


def enrol(folder, **more):
    return participants.enrol(folder, "community", **BY, **more)


def test_the_door_is_mandatory(folder):
    """Duty 30."""
    for door in ("", None, "police"):
        with pytest.raises(WorkError, match="how they came"):
            participants.enrol(folder, door, **BY)
    assert fetch(folder, PARTICIPANTS).empty


def test_a_form_sent_twice_enrols_once(folder):
    for _ in range(2):
        assert enrol(folder, participant_id="n1", details={"given_name": "Mo"}) == "n1"
    assert list(fetch(folder, PARTICIPANTS)["participant_id"]) == ["n1"]
    assert len(fetch(folder, AUDIT, did="enrolled")) == 1


def test_somebody_new_needs_no_name(folder):
    key = enrol(folder)
    row = fetch(folder, PARTICIPANTS).iloc[0]
    assert row["participant_id"] == key
    assert row["given_name"] is None
    assert row["listed_until"] == TODAY + timedelta(days=90)
    assert participants.list_participants(folder, now=NOW)["name"].tolist() == [""]


def test_a_person_in_the_calls_brings_what_the_calls_say(folder, persons):
    enrol(folder, person_id=persons["WOSKARD, MARY ANN"], details={"given_name": "Marian"})
    row = fetch(folder, PARTICIPANTS).iloc[0]
    told = (row["given_name"], row["family_name"], row["birth_date"], row["phone"])
    assert told == ("Marian", "Woskard", "1980-05-17", "5185550134")
    with pytest.raises(WorkError, match="nobody in the calls"):
        enrol(folder, person_id="p0")


def test_one_person_is_enrolled_once_under_whatever_spelling(folder, persons):
    enrol(folder, person_id=persons["WOSKARD, MARY ANN"])
    link(folder, persons["WOSCARD, MARY"], persons["WOSKARD, MARY ANN"])
    with pytest.raises(WorkError, match="enrolled already"):
        enrol(folder, person_id=persons["WOSCARD, MARY"])
    other = enrol(folder)
    with pytest.raises(WorkError, match="enrolled already"):
        changed = {"person_id": persons["WOSCARD, MARY"]}
        participants.change(folder, other, 1, changed, **BY)


@pytest.mark.parametrize(
    "details",
    [
        {"birth_date": "17.5.1980"},
        {"birth_date": "2027-01-01"},
        {"cap_visits": 0},
        {"nickname": "x"},
    ],
)
def test_details_that_cannot_be_are_refused(folder, details):
    with pytest.raises(WorkError, match="nothing was kept"):
        enrol(folder, details=details)
    assert fetch(folder, PARTICIPANTS).empty


def test_a_change_made_on_an_older_row_is_refused(folder):
    key = enrol(folder, details={"phone": "1"})
    first = participants.change(folder, key, 1, {"phone": "2", "cap_visits": 3}, **BY)
    with pytest.raises(WorkError, match=r"version 2, you have 1.*nothing of yours was kept"):
        participants.change(folder, key, 1, {"phone": "3"}, by="Di Marsh", now=NOW)
    row = fetch(folder, PARTICIPANTS).iloc[0]
    assert (row["phone"], row["cap_visits"], row["version"]) == ("2", 3, first)
    participants.change(folder, key, 2, {"phone": " ", "cap_visits": None}, **BY)
    row = fetch(folder, PARTICIPANTS).iloc[0]
    assert row["phone"] is None
    assert pd.isna(row["cap_visits"])


def test_a_worker_over_capacity_warns(folder):
    """Duty 24."""
    first, second = enrol(folder), enrol(folder)
    assert participants.assign_worker(folder, first, "s1", **BY) is None
    told = participants.assign_worker(folder, second, "s1", **BY)
    assert told == "Ana Brook now carries 2 of at most 1."
    with pytest.raises(WorkError, match="not active"):
        participants.assign_worker(folder, first, "s2", **BY)
    assert participants.assign_worker(folder, first, None, **BY) is None


def test_a_listing_is_renewed_by_a_person_and_not_for_ever(folder):
    key = enrol(folder)
    later = NOW + timedelta(days=91)
    assert "must renew" in allowed_now(folder, key, now=later).why
    until = participants.renew_listing(folder, key, by="Di Marsh", now=later)
    assert until == TODAY + timedelta(days=181)
    assert allowed_now(folder, key, now=later).allowed
    with pytest.raises(WorkError, match="renewed to a day"):
        participants.renew_listing(folder, key, **BY, until=date(2030, 1, 1))
    with pytest.raises(WorkError, match="not listed"):
        participants.renew_listing(folder, "p77", **BY)


def test_households_join_and_leave(folder):
    one, two = (
        enrol(folder, details={"given_name": "A"}),
        enrol(folder, details={"given_name": "B"}),
    )
    key = participants.join_household(folder, one, **BY, label="Elm St")
    participants.join_household(folder, two, **BY, household_id=key)
    assert profiles.open_profile(folder, one, **BY).household["name"].tolist() == ["B"]
    participants.leave_household(folder, two, **BY)
    assert profiles.open_profile(folder, one, **BY).household.empty
    assert profiles.open_profile(folder, two, **BY).household.empty
    with pytest.raises(WorkError):
        participants.join_household(folder, two, **BY, household_id="none")


def test_search_finds_enrolled_people_by_every_spelling(folder, persons):
    link(folder, persons["WOSCARD, MARY"], persons["WOSKARD, MARY ANN"])
    key = enrol(folder, person_id=persons["WOSKARD, MARY ANN"])
    alias = participants.add_alias(folder, key, "Minnie", **BY)
    for query in ("woscard", "minnie", "0134", "woskard 1980", key[:8]):
        found = find_people(folder, query, now=NOW)
        assert found["participant_id"].tolist() == [key], query
        assert found["person_id"].tolist() == [persons["WOSKARD, MARY ANN"]]
        assert found["name"].tolist() == ["Mary Woskard"]
    other = find_people(folder, "nunes", now=NOW).iloc[0]
    assert other["participant_id"] is None
    assert other["person_id"] == persons["NUNEZ, JOSE"]
    both = find_people(folder, "1", now=NOW)  # too few digits to be a phone
    assert both.empty
    both = find_people(folder, "m", now=NOW)
    assert both.empty
    with_words = find_people(folder, "ma", now=NOW).sort_values("score")
    assert with_words["participant_id"].tolist() == [key]
    participants.remove_alias(folder, alias, **BY)
    assert find_people(folder, "minnie", now=NOW).empty


def test_wishes_are_kept_whole_and_checked(folder):
    key, other = enrol(folder), enrol(folder)
    place = wishes.add_usual_place(folder, key, -73.75, 42.65, **BY, address="12 Elm St")
    wish = Wish("13:00", "16:30", ("thu", "mon"), place, "s1", "visit", "o1", "es", 2)
    wishes.set_wishes(folder, key, wish, **BY)
    told = profiles.open_profile(folder, key, **BY).wishes
    assert (told["days"], told["address"], told["worker"]) == ("mon thu", "12 Elm St", "Ana Brook")
    assert (told["organisation"], told["language"]) == ("First Step", "es")
    assert told["visits_a_week"] == 2
    bad = [
        Wish("25:00"),
        Wish("9"),
        Wish("13:00", "12:00"),
        Wish(days=("someday",)),
        Wish(way="letter"),
        Wish(staff_id="s2"),
        Wish(usual_place_id="none"),
        Wish(organisation_id="none"),
        Wish(language="Spanish"),
        Wish(language=""),
        Wish(visits_a_week=3),
        Wish(visits_a_week=0),
    ]
    for one in bad:
        with pytest.raises(WorkError):
            wishes.set_wishes(folder, key, one, **BY)
    with pytest.raises(WorkError, match="usual place of theirs"):
        wishes.set_wishes(folder, other, Wish(usual_place_id=place), **BY)
    assert profiles.open_profile(folder, key, **BY).wishes["days"] == "mon thu"
    with pytest.raises(WorkError, match="change that wish first"):
        wishes.end_usual_place(folder, place, **BY)
    wishes.set_wishes(folder, key, Wish(), **BY)
    wishes.end_usual_place(folder, place, **BY)
    with pytest.raises(WorkError, match="not a usual place any more"):
        wishes.seen_at(folder, place, **BY)


def test_consents_are_withdrawn_and_never_removed(folder):
    key = enrol(folder)
    assert allowed_now(folder, key, now=NOW).allowed
    consent = wishes.add_consent(folder, key, "opt_out", **BY)
    told = allowed_now(folder, key, now=NOW, mode="phone")
    assert (told.allowed, told.why) == (False, "Asked not to be contacted.")
    wishes.withdraw_consent(folder, consent, by="Di Marsh", now=NOW)
    assert allowed_now(folder, key, now=NOW).allowed
    row = fetch(folder, CONSENTS).iloc[0]
    assert (row["recorded_by"], row["withdrawn_by"]) == ("Ana Brook", "Di Marsh")
    with pytest.raises(WorkError, match="withdrawn before"):
        wishes.withdraw_consent(folder, consent, **BY)
    with pytest.raises(WorkError, match="a limit is one of"):
        wishes.add_consent(folder, key, "no_cats", **BY)
    with pytest.raises(WorkError, match="before"):
        wishes.add_consent(folder, key, "opt_out", **BY, until=TODAY - timedelta(days=1))


def test_releases_name_fields_and_end(folder):
    key = enrol(folder)
    signed = {"signed_on": TODAY, "expires_on": TODAY + timedelta(days=365)}
    release = wishes.add_release(folder, key, "o1", ["status", "name"], **signed, **BY)
    shown = profiles.open_profile(folder, key, **BY).releases.iloc[0]
    assert (shown["fields"], shown["organisation"], shown["current"]) == (
        "name status",
        "First Step",
        True,
    )
    wishes.revoke_release(folder, release, **BY)
    assert not profiles.open_profile(folder, key, **BY).releases["current"].iloc[0]
    for fields, days in (
        ([], signed),
        (["note"], signed),
        (["name"], {**signed, "signed_on": date(2027, 1, 1)}),
    ):
        with pytest.raises(WorkError):
            wishes.add_release(folder, key, "o1", fields, **days, **BY)


def test_usual_places_age_and_barriers_end(folder):
    """Duties 19 and 31."""
    key = enrol(folder)
    long_ago = TODAY - timedelta(days=60)
    old = wishes.add_usual_place(folder, key, -73.75, 42.65, **BY, seen_on=long_ago)
    wishes.add_usual_place(folder, key, -73.76, 42.65, **BY)
    places = profiles.open_profile(folder, key, **BY).usual_places
    assert places["old"].tolist() == [False, True]
    assert places["days_ago"].tolist() == [0, 60]
    wishes.seen_at(folder, old, **BY)
    wishes.seen_at(folder, old, **BY, on=long_ago)  # an older sighting changes nothing
    assert profiles.open_profile(folder, key, **BY).usual_places["days_ago"].tolist() == [0, 0]
    for lon, lat, more in ((200, 0, {}), (0, 0, {"seen_on": date(2027, 1, 1)})):
        with pytest.raises(WorkError):
            wishes.add_usual_place(folder, key, lon, lat, **BY, **more)
    barrier = wishes.add_barrier(folder, key, "no_bed", **BY)
    with pytest.raises(WorkError, match="noted already"):
        wishes.add_barrier(folder, key, "no_bed", **BY)
    with pytest.raises(WorkError, match="is no barrier"):
        wishes.add_barrier(folder, key, "laziness", **BY)
    wishes.end_barrier(folder, barrier, **BY)
    shown = profiles.open_profile(folder, key, **BY).barriers
    assert shown["ended_on"].tolist() == [TODAY]


def test_a_profile_gathers_what_happened_under_all_pseudonyms(folder, persons):
    link(folder, persons["WOSCARD, MARY"], persons["WOSKARD, MARY ANN"])
    key = enrol(folder, person_id=persons["WOSKARD, MARY ANN"], staff_id="s1")
    at = NOW - timedelta(days=5)
    with open_work(folder).writing() as rows:
        visit = {"participant_id": key, "happened_at": at, "recorded_at": at, "recorded_by": "A"}
        visit |= {"stage": "engagement", "outcome": "engaged", "response_mode": "community"}
        visit |= {"police_involved": False, "services": "food", "sharps": 0}
        rows.insert(VISITS, [{**visit, "visit_id": "v1", "outcome": "checked"}])
        rows.insert(VISITS, [{**visit, "visit_id": "v2", "replaces": "v1", "recorded_at": NOW}])
        rows.insert(VISIT_STAFF, [{"visit_id": "v2", "staff_id": "s1"}])
        referral = {"referral_id": "r1", "participant_id": key, "organisation_id": "o1"}
        referral |= {"service": "food", "warm_handoff": True, "opened_at": at, "opened_by": "A"}
        rows.insert(REFERRALS, [referral])
        for number, step in enumerate(("accepted", "offered")):
            row = {"step_id": str(number), "referral_id": "r1", "step": step, "recorded_by": "A"}
            rows.insert(STEPS, [{**row, "happened_at": at, "recorded_at": at}])
        task = {"task_id": new_id(), "kind": "follow_up", "participant_id": key, "due_on": TODAY}
        task |= {"people_needed": 1, "status": "open", "created_at": at, "created_by": "A"}
        rows.insert(TASKS, [task])
    told = profiles.open_profile(folder, key, **BY)
    assert told.participant["name"] == "Mary Woskard"
    assert told.participant["worker"] == "Ana Brook"
    assert told.visits[["visit_id", "who"]].to_numpy().tolist() == [["v2", "Ana Brook"]]
    assert told.referrals[["organisation", "step"]].iloc[0].tolist() == ["First Step", "accepted"]
    assert told.needs.calls == 3
    assert len(told.links) == 2
    assert told.timeline["kind"].value_counts().to_dict() == {
        "call": 3,
        "visit": 1,
        "referral": 1,
        "task": 1,
    }
    assert told.timeline["at"].is_monotonic_decreasing
    assert told.today.allowed
    shown = participants.list_participants(folder, now=NOW).iloc[0]
    assert (shown["worker"], shown["last_contact_on"]) == ("Ana Brook", at.date())
    assert (shown["days_since_contact"], shown["next_due_on"]) == (5, TODAY)
    assert not shown["overdue"]
    assert not shown["listing_ended"]
    late = participants.list_participants(folder, now=NOW + timedelta(days=120)).iloc[0]
    assert late["overdue"]
    assert late["listing_ended"]


def test_every_look_and_every_change_is_in_the_audit_trail_without_a_name(folder, persons):
    """Safeguard 8."""
    details = {"given_name": "Zebulon", "family_name": "Quux", "phone": "5550000"}
    key = enrol(folder, details=details)
    participants.change(folder, key, 1, {"phone": "5559999", "note": "Likes tea"}, **BY)
    wishes.add_consent(folder, key, "no_police", **BY)
    profiles.open_profile(folder, key, by="Di Marsh", now=NOW)
    trail = fetch(folder, AUDIT)
    searches = trail["what"].str.startswith("search")  # of the fixture
    trail = trail[~searches]
    assert set(trail["participant_id"]) == {key}
    assert sorted(trail["did"]) == ["changed", "changed", "enrolled", "saw"]
    assert trail.loc[trail["did"] == "saw", "who"].tolist() == ["Di Marsh"]
    written = " ".join(trail["what"])
    for secret in ("Zebulon", "Quux", "5559999", "tea"):
        assert secret not in written
    with pytest.raises(WorkError):
        profiles.open_profile(folder, key, by=" ", now=NOW)
    with pytest.raises(WorkError):
        profiles.open_profile(folder, "nobody", **BY)
    assert len(fetch(folder, AUDIT)) == 4 + searches.sum()


def test_names_are_sealed_in_the_file(folder):
    """Safeguard 11."""
    key = enrol(folder, details={"given_name": "Zebulon", "birth_date": "1950-02-03"})
    participants.add_alias(folder, key, "Zebby", **BY)
    with sqlite3.connect(folder / "work.sqlite") as file:
        dump = "\n".join(file.iterdump())
    for secret in ("Zebulon", "1950-02-03", "Zebby"):
        assert secret not in dump


def test_a_refused_change_leaves_nothing_behind(folder):
    key = enrol(folder)
    before = fetch(folder, AUDIT)
    calls = [
        lambda: wishes.set_wishes(folder, key, Wish(staff_id="none"), **BY),
        lambda: participants.assign_worker(folder, key, "none", **BY),
        lambda: wishes.add_consent(folder, "nobody", "opt_out", **BY),
        lambda: participants.set_status(folder, key, "dropped", **BY),
        lambda: participants.add_alias(folder, key, " ", **BY),
    ]
    for call in calls:
        with pytest.raises(OutreachError):
            call()
    check(before, AUDIT)
    assert len(fetch(folder, AUDIT)) == len(before)


def test_wishes_saved_on_an_older_row_are_refused(folder):
    key = enrol(folder)
    wishes.set_wishes(folder, key, Wish(days=("mon",)), version=1, **BY)
    with pytest.raises(WorkError, match="changed since you opened the page"):
        wishes.set_wishes(folder, key, Wish(way="phone"), version=1, **BY)
    assert fetch(folder, WISHES)["days"].tolist() == ["mon"]
    wishes.set_wishes(folder, key, Wish(way="phone"), version=2, **BY)


def test_no_person_is_none_and_not_a_blank(folder, persons):
    keys = [enrol(folder, person_id=persons["NUNEZ, JOSE"]), enrol(folder)]
    for key in keys:
        participants.change(folder, key, 1, {"person_id": ""}, **BY)
    assert fetch(folder, PARTICIPANTS)["person_id"].isna().all()


def test_a_visit_corrected_to_somebody_else_leaves_the_first_profile(folder):
    keys = [enrol(folder), enrol(folder)]
    wrong = log.VisitEntry("v1", NOW - timedelta(hours=1), "engaged", participant_id=keys[0])
    log.log_visit(folder, wrong, **BY)
    right = replace(wrong, visit_id="v2", participant_id=keys[1])
    log.correct_visit(folder, "v1", right, **BY)
    seen = [list(profiles.open_profile(folder, key, **BY).visits["visit_id"]) for key in keys]
    assert seen == [[], ["v2"]]
