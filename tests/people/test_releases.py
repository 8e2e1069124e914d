"""What an organisation may see, checked against the rules written out plainly."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd

from outreach.columns import empty
from outreach.people.releases import asked, disclosed, visible
from outreach.schemas import LIMITS
from outreach.work_schemas import AGREEMENTS, CONSENTS, PARTICIPANTS, REFERRALS, RELEASES, VISITS
from outreach.work_words import RELEASABLE

TODAY = date(2026, 11, 23)
LATE = datetime(2026, 11, 24, 3, tzinfo=UTC)  # still the 23rd in New York


def day(offset):
    return TODAY + timedelta(days=int(offset))


def release(who, fields, signed=-9, expires=9, to="clinic", revoked=None):
    row = {"participant_id": who, "organisation_id": to, "fields": fields}
    return row | {"signed_on": day(signed), "expires_on": day(expires), "revoked_at": revoked}


def agreement(may_see, signed=-9, expires=9, to="clinic"):
    row = {"organisation_id": to, "may_see": may_see}
    return row | {"signed_on": day(signed), "expires_on": day(expires)}


def seen(releases, agreements, opted_out=()):
    found = visible(
        pd.DataFrame(releases, columns=list(RELEASES.columns)),
        pd.DataFrame(agreements, columns=list(AGREEMENTS.columns)),
        set(opted_out),
        organisation_id="clinic",
        on=TODAY,
    )
    return list(zip(found["participant_id"], found["field"], strict=True))


def test_a_field_is_seen_while_a_release_lists_it_and_an_agreement_allows_it():
    one = release("k", "name phone")
    assert seen([one], [agreement("name status")]) == [("k", "name")]
    assert seen([one], []) == []
    assert seen([one], [agreement("name", to="shelter")]) == []
    assert seen([release("k", "name", to="shelter")], [agreement("name")]) == []
    assert seen([one], [agreement("name")], ["k"]) == []
    assert seen([release("k", "name", revoked=LATE)], [agreement("name")]) == []
    assert seen([release("k", "note name")], [agreement("note name")]) == [("k", "name")]


def test_both_count_from_their_first_day_to_their_last():
    for ends, count in (((-9, 0), 1), ((0, 9), 1), ((-9, -1), 0), ((1, 9), 0)):
        assert len(seen([release("k", "name", *ends)], [agreement("name")])) == count
        assert len(seen([release("k", "name")], [agreement("name", *ends)])) == count
    two = [release("k", "name", -9, -1), release("k", "phone")]
    assert seen(two, [agreement("name"), agreement("phone")]) == [("k", "phone")]


def test_an_opt_out_binds_all_rows_of_one_person_wherever_it_stands():
    people = pd.DataFrame(
        {"participant_id": ["k", "l", "m", "n"], "person_id": ["p1", "p1", None, "p4"]},
        dtype="object",
    )
    rows = {
        "participant_id": ["l", "n", "m"],
        "rule": ["opt_out", "opt_out", "no_police"],
        "since": [day(-1), day(-9), day(-9)],
        "until": [None, day(-1), None],
        "withdrawn_on": [None, None, None],
    }
    consents = pd.DataFrame(rows, dtype="object")
    limits = pd.DataFrame({"subject": ["p4"], "rule": ["opt_out"], "until": [day(0)]})
    assert asked("opt_out", people, consents, empty(LIMITS), on=TODAY) == {"k", "l"}
    assert asked("opt_out", people, consents, limits, on=TODAY) == {"k", "l", "n"}
    assert asked("opt_out", people, consents, limits, on=day(1)) == {"k", "l"}
    withdrawn = consents.assign(withdrawn_on=[TODAY, None, None])
    assert asked("opt_out", people, withdrawn, empty(LIMITS), on=TODAY) == set()
    nobody = empty(CONSENTS).assign(withdrawn_on=None)
    assert asked("opt_out", empty(PARTICIPANTS), nobody, empty(LIMITS), on=TODAY) == set()


def test_what_is_disclosed_is_only_what_is_seen():
    people = pd.DataFrame(
        {
            "participant_id": ["k", "l"],
            "given_name": ["Kim", None],
            "family_name": ["Doyle", "Marsh"],
            "birth_date": ["1980-05-17", None],
            "phone": ["5550100", "5550101"],
            "status": ["active", "inactive"],
        },
        dtype="object",
    )
    visits = pd.DataFrame(
        {
            "visit_id": ["a", "b", "c"],
            "replaces": [None, None, "a"],
            "participant_id": "k",
            "happened_at": pd.to_datetime([LATE] * 3).as_unit("us"),
            "recorded_at": pd.to_datetime([LATE] * 3).as_unit("us"),
            "stage": ["contact", "contact_attempt", "contact"],
            "services": ["eviction_aid", "food", "food housing_search"],
            "living_situation": ["owned", None, "unsheltered"],
        }
    )
    tasks = pd.DataFrame(
        {
            "participant_id": "k",
            "status": ["open", "open", "done"],
            "due_on": [day(9), day(2), day(1)],
            "kind": ["follow_up", "call_back", "accompany"],
            "note": "private",
        }
    )
    given = pd.DataFrame([("k", field) for field in RELEASABLE] + [("l", "name")])
    given.columns = ["participant_id", "field"]
    referrals = pd.DataFrame(
        {
            "participant_id": ["k", "k"],
            "service": ["food", "housing_search"],
            "opened_at": pd.to_datetime([LATE, LATE - timedelta(days=9)]).as_unit("us"),
            "step": ["accepted", "offered"],
            "outcome": [None, "no_place"],
        }
    )
    setting = {"since": TODAY, "time_zone": "America/New_York"}
    told = disclosed(given, people, visits, tasks, referrals, **setting).set_index("participant_id")
    assert list(told.columns) == list(RELEASABLE)
    assert told.loc["k"].to_dict() == {
        "name": "Kim Doyle",
        "birth_date": "1980-05-17",
        "phone": "5550100",
        "status": "active",
        "last_contact": "2026-11-23",
        "next_step": f"call back, {day(2)}",
        "services": "food, housing search",
        "referrals": "food: accepted",
        "living_situation": "unsheltered",
    }
    assert told.loc["l"].to_dict() == {**dict.fromkeys(RELEASABLE, ""), "name": "Marsh"}
    none = disclosed(
        given.iloc[:0], empty(PARTICIPANTS), empty(VISITS), tasks, referrals.iloc[:0], **setting
    )
    assert none.empty
    assert list(none.columns) == ["participant_id"]
    assert "step" not in REFERRALS.columns  # the caller adds it


def test_no_field_is_ever_seen_against_a_release_an_agreement_or_an_opt_out():
    rng = np.random.default_rng(11)
    people, partners = list("klmno"), ["clinic", "shelter"]
    for _ in range(300):
        releases = [
            release(
                rng.choice(people),
                " ".join(rng.choice(RELEASABLE, 3, replace=False)),
                rng.integers(-4, 3),
                rng.integers(-2, 5),
                rng.choice(partners),
                LATE if rng.random() < 0.3 else None,
            )
            for _ in range(8)
        ]
        agreements = [
            agreement(
                " ".join(rng.choice(RELEASABLE, 4, replace=False)),
                rng.integers(-4, 3),
                rng.integers(-2, 5),
                rng.choice(partners),
            )
            for _ in range(2)
        ]
        out = set(rng.choice(people, 2))
        expected = {
            (one["participant_id"], field)
            for one in releases
            for pact in agreements
            for field in RELEASABLE
            if one["organisation_id"] == pact["organisation_id"] == "clinic"
            and one["signed_on"] <= TODAY <= one["expires_on"]
            and pact["signed_on"] <= TODAY <= pact["expires_on"]
            and one["revoked_at"] is None
            and one["participant_id"] not in out
            and field in one["fields"].split()
            and field in pact["may_see"].split()
        }
        assert set(seen(releases, agreements, out)) == expected
