"""A shift as its team sees it: whom, what binds, what was logged, and who looked."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from outreach.errors import NotAllowedError
from outreach.link_schemas import PERSON_LINKS
from outreach.pipeline import audit_trail, today
from outreach.pipeline.directory import read_directory
from outreach.pipeline.log import PickupEntry, VisitEntry, add_pickup, log_visit
from outreach.pipeline.week import find_plan
from outreach.plan.document import to_json
from outreach.roles import OPERATOR, Viewer, acting_as
from outreach.store import documents
from outreach.store.work import open_work
from outreach.work_schemas import AUDIT, CONSENTS, PARTICIPANTS, STAFF, TASKS, USUAL_PLACES, WISHES

SUNDAY = date(2026, 11, 22)
MONDAY = date(2026, 11, 23)
MADE = datetime(2026, 11, 22, 12, tzinfo=UTC)
AT_WORK = datetime(2026, 11, 23, 15, tzinfo=UTC)  # 10:00 in the city
WEEK = "2026-W48"


@pytest.fixture
def plan(city):
    """The week's plan, published on Sunday, in which a person of the calls is enrolled."""
    audit_trail._told.clear()  # so that every test looks for the first time
    draft = find_plan(city, WEEK, None)
    done = replace(draft, status="published", published_by="Lea", published_at=MADE)
    documents.write_plan(city, WEEK, draft.number, to_json(done))
    return done


def insert(folder, table, **row):
    with open_work(folder).writing() as rows:
        rows.insert(table, [row])


def first_of(plan, kind):
    """Return the first stop of a kind, with its candidate."""
    stops = plan.stops.merge(plan.candidates, on="candidate_id").sort_values("start_at")
    return next(stops[stops["kind"] == kind].itertuples(index=False))


@pytest.fixture
def person(city, plan):
    """A stop at somebody's, who is enrolled by now as Kim Doyle."""
    stop = first_of(plan, "person") if (plan.candidates["kind"] == "person").any() else None
    known = set(plan.stops["candidate_id"])
    whom = plan.candidates[plan.candidates["candidate_id"].isin(known)]
    assert stop is not None, sorted(set(whom["kind"]))
    insert(city, STAFF, staff_id="ana", name="Ana", role="caseworker", languages="en", active=True,
           capacity=20)  # fmt: skip
    insert(
        city, PARTICIPANTS, participant_id="k", person_id=stop.subject, door="community",
        enrolled_on=SUNDAY, status="active", status_since=SUNDAY, listed_until=date(2027, 1, 1),
        version=1, given_name="Kim", family_name="Doyle", phone="518 555 0100", staff_id="ana",
    )  # fmt: skip
    return stop


def opened(city, plan, shift_id, now=AT_WORK, viewer=OPERATOR):
    with acting_as(viewer):
        return today.open_shift(city, plan, shift_id, read_directory(city), by=viewer.name, now=now)


def the_stop(shift, candidate_id):
    return next((one for one in shift.stops if one.candidate_id == candidate_id), None)


def test_the_newest_plan_published_by_a_day_stands_for_it(plan):
    later = datetime(2026, 11, 24, 12, tzinfo=UTC)
    second = replace(plan, number=2, published_at=later)
    draft = replace(plan, number=3, status="draft", published_at=None)
    plans = (draft, second, plan)
    assert today.plan_for(plans, MONDAY) is plan
    assert today.plan_for(plans, MONDAY + timedelta(days=1)) is second
    assert today.plan_for((draft,), MONDAY) is None
    assert today.plan_for((second,), MONDAY) is second  # published late, but the only one
    assert today.next_day(plans, SUNDAY) == MONDAY
    assert today.next_day((draft,), SUNDAY) is None
    assert today.next_day(plans, date(2026, 11, 29)) is None


def test_a_shift_is_found_by_the_staff_record_or_the_name(city, plan):
    shifts = today.shifts_on(plan, MONDAY)
    last = shifts.iloc[-1]
    name = last["members"].split(" (")[0]
    insert(city, STAFF, staff_id="me", name=name, role="peer", languages="en", active=True,
           capacity=5)  # fmt: skip
    by_record = Viewer("somebody@example.org", "caseworker", staff_id="me")
    assert today.own_shift(city, shifts, by_record) == last["shift_id"]
    assert today.own_shift(city, shifts, Viewer(name, "caseworker")) == last["shift_id"]
    assert today.own_shift(city, shifts, OPERATOR, name=name) == last["shift_id"]
    assert today.own_shift(city, shifts, Viewer("A visitor", "lead")) is None


def test_a_stop_says_whom_it_visits_and_that_is_in_the_trail(city, plan, person):
    insert(city, USUAL_PLACES, usual_place_id="u", participant_id="k", lon=person.lon,
           lat=person.lat, address="Under the bridge", last_seen_on=SUNDAY)  # fmt: skip
    insert(city, WISHES, participant_id="k", language="es", way="visit")
    caseworker = Viewer("Ana", "caseworker")
    shift = opened(city, plan, person.shift_id, viewer=caseworker)
    stop = the_stop(shift, person.candidate_id)
    assert (stop.name, stop.phone, stop.participant_id) == ("Kim Doyle", "518 555 0100", "k")
    assert [spot.address for spot in stop.usual] == ["Under the bridge"]
    assert ("language", "es") in [(one.kind, one.value) for one in stop.limits]
    assert stop.place == person.label
    assert [one.order for one in shift.stops] == sorted(one.order for one in shift.stops)
    opened(city, plan, person.shift_id, viewer=caseworker)
    with open_work(city).reading() as rows:
        trail = rows.fetch(AUDIT, did="saw", participant_id="k")
    assert trail[["who", "what"]].to_numpy().tolist() == [["Ana", today.LOOK]]


def test_names_are_for_those_who_may(city, plan, person):
    for role in ("manager", "police_liaison", "partner", "community", "admin"):
        with pytest.raises(NotAllowedError):
            opened(city, plan, person.shift_id, viewer=Viewer("X", role))


@pytest.mark.parametrize("rule", ["opt_out", "do_not_visit"])
def test_who_wants_no_visit_since_is_left_out(city, plan, person, rule):
    assert the_stop(opened(city, plan, person.shift_id), person.candidate_id)
    insert(city, CONSENTS, consent_id="c", participant_id="k", rule=rule, since=person.day,
           recorded_at=AT_WORK, recorded_by="Ana")  # fmt: skip
    shift = opened(city, plan, person.shift_id)
    assert the_stop(shift, person.candidate_id) is None
    assert shift.taken_out == 1
    assert person.label not in to_json(shift.plan)  # nor on the map


def test_an_opt_out_also_hides_a_day_past(city, plan, person):
    after = datetime(2026, 11, 28, 15, tzinfo=UTC)
    assert the_stop(opened(city, plan, person.shift_id, now=after), person.candidate_id)
    insert(city, CONSENTS, consent_id="c", participant_id="k", rule="opt_out",
           since=date(2026, 11, 28), recorded_at=after, recorded_by="Ana")  # fmt: skip
    shift = opened(city, plan, person.shift_id, now=after)
    assert the_stop(shift, person.candidate_id) is None
    assert person.label not in to_json(shift.plan)


def test_a_place_redacted_since_is_left_out_and_no_help_either(city, plan):
    stop = first_of(plan, "place")
    resources = read_directory(city)
    shift = opened(city, plan, stop.shift_id)
    near = the_stop(shift, stop.candidate_id).near
    assert near
    hidden = resources.assign(redacted=True)
    with acting_as(OPERATOR):
        shift = today.open_shift(city, plan, stop.shift_id, hidden, by="x", now=AT_WORK)
    assert not any(one.near for one in shift.stops)


@pytest.mark.parametrize("outcome", ["checked", "declined", "not_found"])
def test_what_was_logged_today_stays_on_the_list(city, plan, person, outcome):
    at = person.start_at.to_pydatetime()
    entry = VisitEntry("v1", at, outcome, "k", person.subject)
    log_visit(city, entry, by="Ana", now=at)
    shift = opened(city, plan, person.shift_id, now=at + timedelta(minutes=5))
    stop = the_stop(shift, person.candidate_id)
    assert (stop.done.visit_id, stop.done.outcome) == ("v1", outcome)
    assert "barred" not in [one.kind for one in stop.limits]
    others = [one for one in shift.stops if one is not stop]
    assert all(one.done is None for one in others)


def test_a_pickup_is_done_when_its_task_is(city, plan):
    stop = first_of(plan, "place")
    task = {"task_id": "t1", "kind": "sharps_pickup", "due_on": MONDAY, "status": "open",
            "created_at": MADE, "created_by": "Lea", "people_needed": 1}  # fmt: skip
    insert(city, TASKS, **task)
    mine = plan.candidates["candidate_id"] == stop.candidate_id
    candidates = plan.candidates.assign(
        kind=plan.candidates["kind"].mask(mine, "sharps_pickup"),
        task_id=plan.candidates["task_id"].mask(mine, "t1"),
    )
    asked = replace(plan, candidates=candidates)
    at = stop.start_at.to_pydatetime()
    assert the_stop(opened(city, asked, stop.shift_id, now=at), stop.candidate_id).done is None
    add_pickup(city, PickupEntry("p1", at, 7, closes="t1"), by="Ana", now=at)
    found = the_stop(opened(city, asked, stop.shift_id, now=at), stop.candidate_id)
    assert (found.done.visit_id, found.done.at) == (None, at)


def test_merged_pseudonyms_are_one_person(city, plan, person):
    """Whoever is enrolled under another pseudonym of theirs is named all the same."""
    with open_work(city).writing() as rows:
        rows.update(PARTICIPANTS, {"participant_id": "k"}, {"person_id": "p-other"})
    assert the_stop(opened(city, plan, person.shift_id), person.candidate_id).name is None
    why = {"linked_id": "p-other", "match_weight": 9.0, "reason": "same phone"}
    insert(city, PERSON_LINKS, person_id=person.subject, **why)
    assert the_stop(opened(city, plan, person.shift_id), person.candidate_id).name == "Kim Doyle"
