"""What binds a week, gathered from the work database and the published plans."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from outreach.columns import check, empty
from outreach.errors import WorkError
from outreach.link_schemas import PERSON_LINKS
from outreach.pipeline import participants, setup, wishes
from outreach.pipeline.contact import allowed_now, note_listings, rules_for_week
from outreach.pipeline.listings import open_listings
from outreach.plan.document import TABLES, Plan, to_json
from outreach.plan_schemas import CANDIDATES, CONTACT_RULES, STOPS
from outreach.schemas import PERSONS, PLACES
from outreach.store import documents
from outreach.store.work import open_work
from outreach.weeks import week_label
from outreach.work_schemas import AUDIT, LISTINGS, PARTICIPANTS, VISITS

MONDAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)
BY = {"by": "Ana Brook", "now": NOW}
AREA, DOOR = "892a30735c7ffff", "8f2a30735c6b2c9"


@pytest.fixture
def folder(tmp_path):
    setup.init_city(tmp_path, setup.NewCity(base=(42.65, -73.75)), report=lambda _: None)
    return tmp_path


def enrolled(folder, person_id="p1", **more):
    """Enrol somebody whose calls are not at hand."""
    key = participants.enrol(folder, "community", **BY)
    with open_work(folder).writing() as rows:
        rows.update(PARTICIPANTS, {"participant_id": key}, {"person_id": person_id, **more})
    return key


def visited(folder, key=None, *, subject=None, day=MONDAY, outcome="engaged", recorded=NOW):
    at = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=17)
    row = {"participant_id": key, "subject": subject, "outcome": outcome, "happened_at": at}
    row |= {"visit_id": f"{key}-{subject}-{day}", "recorded_at": recorded, "recorded_by": "A"}
    row |= {"stage": "contact", "response_mode": "community", "police_involved": False}
    with open_work(folder).writing() as rows:
        rows.insert(VISITS, [{**row, "services": "", "sharps": 0}])


def planned(folder, monday, *stops, number=1, status="published", at=None):
    """Keep a plan with stops of some subjects on some days."""
    week = week_label(monday)
    some = {"text": "", "float": 1.0, "int": 1, "bool": False}
    nothing = {n: None if c.nullable else some[c.kind] for n, c in CANDIDATES.columns.items()}
    nothing |= {"lon": 1.0, "lat": 1.0}
    listed, visits = [], []
    begin = pd.Timestamp(datetime.combine(monday, datetime.min.time(), UTC)).as_unit("us")
    for order, (subject, day) in enumerate(stops, start=1):
        kind = "cell" if subject == AREA else "person"
        one = {**nothing, "candidate_id": f"{kind}:{subject}:{order}", "kind": kind}
        listed.append(one | {"subject": subject, "need": "conflict", "response_mode": "community"})
        times = dict.fromkeys(("arrive_at", "start_at", "leave_at"), begin)
        stop = {"shift_id": "s", "team": "A", "day": day, "order": order, "why": "x", **times}
        stop |= {"travel_s": 0.0, "distance_m": 0.0, "candidate_id": one["candidate_id"]}
        visits.append(stop)
    frames = {name: empty(table) for name, table in TABLES.items()}
    frames["candidates"] = pd.DataFrame(listed, columns=list(CANDIDATES.columns))
    frames["stops"] = pd.DataFrame(visits, columns=list(STOPS.columns))
    told = {"week": week, "city": "x", "time_zone": "UTC", "base": (0.0, 0.0), "made_at": NOW}
    told |= {"as_of": NOW, "solver": "x", "seed": 1, "limit_s": 1.0, "exploration_share": 0.0}
    plan = Plan(**told, **frames, number=number, status=status,
                published_at=at or NOW - timedelta(days=30))  # fmt: skip
    documents.write_plan(folder, week, number, to_json(plan))


def barred(folder, monday=MONDAY, subject="p1"):
    found = check(rules_for_week(folder, monday, now=NOW), CONTACT_RULES).set_index("subject")
    if subject not in found.index:
        return []
    return [
        (date.fromisoformat(d) - monday).days for d in found.loc[subject, "barred_days"].split()
    ]


def test_a_city_without_work_is_bound_by_nothing(folder):
    assert check(rules_for_week(folder, MONDAY, now=NOW), CONTACT_RULES).empty


def test_what_was_said_about_one_spelling_binds_the_whole_person(folder):
    key = enrolled(folder, "p2")
    wishes.add_consent(folder, key, "opt_out", **BY)
    assert barred(folder, subject="p2") == list(range(7))
    with open_work(folder).writing() as rows:
        for one in ("p1", "p2"):
            link = {"person_id": one, "linked_id": "p1", "match_weight": 9.0, "reason": "name"}
            rows.insert(PERSON_LINKS, [link])
    assert barred(folder, subject="p1") == list(range(7))
    assert barred(folder, subject="p2") == []


def test_visits_count_under_the_participant_the_person_and_the_door(folder):
    key = enrolled(folder)
    visited(folder, key, subject=DOOR, day=MONDAY - timedelta(days=2))
    assert barred(folder) == []
    visited(folder, None, subject="p1", day=MONDAY - timedelta(days=1))
    assert barred(folder) == [0, 1, 2, 3, 4]  # until seven days after the first
    visited(folder, None, subject=DOOR, day=MONDAY - timedelta(days=1), outcome="declined")
    assert barred(folder, subject=DOOR) == list(range(7))


def test_the_day_of_a_visit_is_that_of_the_citys_clocks(folder):
    """An evening visit in New York is already tomorrow in UTC."""
    key = enrolled(folder, cooling_off_days=1)
    visited(folder, key, day=MONDAY - timedelta(days=2), outcome="declined")
    with open_work(folder).writing() as rows:
        late = datetime(2026, 11, 23, 3, tzinfo=UTC)  # Sunday, 22:00 on the city's clocks
        rows.update(VISITS, {}, {"happened_at": late})
    assert barred(folder) == [0]


def test_a_visit_that_is_not_recorded_yet_is_not_known(folder):
    key = enrolled(folder)
    visited(folder, key, outcome="declined", day=MONDAY - timedelta(days=3))
    visited(folder, key, day=MONDAY - timedelta(days=2), recorded=NOW + timedelta(hours=1))
    assert barred(folder) == list(range(7))
    with open_work(folder).writing() as rows:
        rows.update(VISITS, {}, {"recorded_at": NOW + timedelta(hours=1)})
    assert barred(folder) == []


def test_walks_of_areas_are_no_contacts(folder):
    visited(folder, None, subject=AREA, day=MONDAY)
    visited(folder, None, subject=AREA, day=MONDAY + timedelta(days=1))
    planned(folder, MONDAY - timedelta(days=7), (AREA, MONDAY - timedelta(days=1)))
    assert rules_for_week(folder, MONDAY, now=NOW).empty


def test_stops_of_other_published_plans_count_and_those_of_the_week_itself_do_not(folder):
    before, after = MONDAY - timedelta(days=7), MONDAY + timedelta(days=7)
    friday = MONDAY - timedelta(days=3)
    planned(folder, before, ("p1", friday), ("p1", friday + timedelta(days=1)))
    assert barred(folder) == [0, 1, 2, 3]
    planned(folder, before, ("p9", friday), number=2, status="draft")  # a draft undoes nothing
    assert barred(folder) == [0, 1, 2, 3]
    planned(folder, before, ("p1", friday), number=3)
    assert barred(folder) == []
    planned(folder, MONDAY, *(("p1", MONDAY + timedelta(days=n)) for n in (4, 5)))
    assert barred(folder) == []
    planned(folder, after, ("p1", after), ("p1", after + timedelta(days=2)))
    assert barred(folder) == [3, 4, 5, 6]
    assert barred(folder, after) == [0, 1, 2, 3]  # by this week's Friday and Saturday


def test_own_windows_reach_as_far_as_they_are_long(folder):
    enrolled(folder, cap_visits=1, cap_days=30)
    planned(folder, MONDAY - timedelta(days=28), ("p1", MONDAY - timedelta(days=27)))
    assert barred(folder) == [0, 1, 2]


def lists(persons=(), places=()):
    return (
        pd.DataFrame({"person_id": list(persons)}).reindex(columns=list(PERSONS.columns)),
        pd.DataFrame({"place_id": list(places), "kind": "place"}).reindex(
            columns=list(PLACES.columns)
        ),
    )


def test_listings_end_at_their_sunset_until_a_person_renews_them(folder):
    """Safeguard 4."""
    note_listings(folder, *lists(["p1", "p2"], [DOOR]), now=NOW)
    note_listings(folder, *lists(["p1"], [DOOR]), now=NOW)
    with open_work(folder).reading() as rows:
        listed, trail = rows.fetch(LISTINGS), rows.fetch(AUDIT)
    assert sorted(listed.loc[listed["ended_on"].isna(), "subject"]) == sorted(["p1", DOOR])
    assert trail["did"].tolist() == ["listed", "listed"]
    later = MONDAY + timedelta(days=91)
    assert barred(folder) == []
    assert barred(folder, later) == barred(folder, later, DOOR) == list(range(7))
    assert barred(folder, later, "p2") == []  # it ended by itself
    note_listings(folder, *lists(["p1"], [DOOR]), now=NOW + timedelta(days=91))
    assert barred(folder, later) == list(range(7))
    renewed = {"by": "Di Marsh", "now": NOW + timedelta(days=91)}
    participants.renew_listing(folder, "p1", **renewed)
    assert barred(folder, later) == []
    assert barred(folder, later, DOOR) == list(range(7))
    with open_work(folder).reading() as rows:
        assert rows.fetch(LISTINGS, subject="p1")["renewed_by"].tolist() == ["Di Marsh"]


def test_noting_the_same_lists_twice_changes_nothing(folder):
    for _ in range(2):
        note_listings(folder, *lists(["p1"]), now=NOW)
    with open_work(folder).reading() as rows:
        assert len(rows.fetch(LISTINGS)) == len(rows.fetch(AUDIT)) == 1


def test_an_enrolled_persons_own_listing_counts(folder):
    note_listings(folder, *lists(["p1"]), now=NOW - timedelta(days=80))
    enrolled(folder)
    assert barred(folder, MONDAY + timedelta(days=28)) == []


def test_today_is_told_with_its_reason(folder):
    key = enrolled(folder)
    today = NOW.date()
    planned(folder, MONDAY - timedelta(days=7), ("p1", today), ("p1", today - timedelta(days=1)))
    assert allowed_now(folder, key, now=NOW).allowed  # the stop of today is the visit of today
    visited(folder, key, day=today - timedelta(days=2))
    told = allowed_now(folder, key, now=NOW)
    assert not told.allowed
    assert told.why.startswith("At most 2 visits")
    with pytest.raises(WorkError, match="no participant"):
        allowed_now(folder, "nobody", now=NOW)


def test_phone_only_and_limits_of_the_file_bind_today_too(folder):
    key = enrolled(folder)
    wishes.set_wishes(folder, key, wishes.Wish("13:00", way="phone"), **BY)
    told = allowed_now(folder, key, now=NOW)
    assert (told.allowed, told.why) == (False, "Asked for phone only.")
    assert allowed_now(folder, key, now=NOW, mode="phone").visit_from_local == "13:00"
    (folder / "limits.csv").write_text("subject,rule,until\np1,opt_out,\np1,no_police,\n")
    told = allowed_now(folder, key, now=NOW, mode="phone")
    assert (told.allowed, told.no_police) == (False, True)


def test_a_merge_renews_no_listing(folder):
    """Safeguard 4: only a person does."""
    note_listings(folder, *lists(["p2"]), now=NOW)
    with open_work(folder).writing() as rows:
        for one in ("p1", "p2"):
            link = {"person_id": one, "linked_id": "p1", "match_weight": 9.0, "reason": "name"}
            rows.insert(PERSON_LINKS, [link])
    late = NOW + timedelta(days=91)
    note_listings(folder, *lists(["p1"]), now=late)
    later = MONDAY + timedelta(days=91)
    assert barred(folder, later) == list(range(7))
    with open_work(folder).writing() as rows:  # the other spelling was listed until later
        rows.insert(LISTINGS, [{"listing_id": "x", "subject": "p1", "listed_on": late.date(),
                                "until": late.date() + timedelta(days=90)}])  # fmt: skip
    assert barred(folder, later) == list(range(7))
    assert open_listings(folder)["until"].tolist() == [NOW.date() + timedelta(days=90)]
    participants.renew_listing(folder, "p1", by="Di Marsh", now=late)
    assert barred(folder, later) == []


def test_renewing_two_enrolments_of_one_person_is_in_the_trail_of_both(folder):
    keys = [enrolled(folder), enrolled(folder)]
    participants.renew_listing(folder, keys[0], **BY)
    with open_work(folder).reading() as rows:
        trail = rows.fetch(AUDIT, did="renewed")
    assert sorted(trail["participant_id"]) == sorted(keys)


def test_no_officer_comes_along_against_a_wish(folder):
    key = enrolled(folder)
    wishes.add_consent(folder, key, "no_police", **BY)
    assert allowed_now(folder, key, now=NOW).allowed
    told = allowed_now(folder, key, now=NOW, mode="co_response")
    assert (told.allowed, told.why) == (False, "Asked for no police.")


def test_stops_of_days_past_count_also_when_the_week_is_planned_anew(folder):
    """What went out on Monday was made, whatever is planned on Wednesday."""
    enrolled(folder, cap_visits=1)
    tuesday = MONDAY + timedelta(days=1)
    planned(folder, MONDAY, ("p1", tuesday), ("p2", tuesday), at=NOW)
    wednesday = NOW + timedelta(days=3)
    rules = rules_for_week(folder, MONDAY, now=wednesday).set_index("subject")
    assert len(rules.loc["p1", "barred_days"].split()) == 7
    planned(folder, MONDAY, ("p9", MONDAY), number=2, at=wednesday)
    assert barred(folder, MONDAY + timedelta(days=7)) == [0]
    again = rules_for_week(folder, MONDAY, now=wednesday).set_index("subject")
    assert len(again.loc["p1", "barred_days"].split()) == 7
