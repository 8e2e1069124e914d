"""Duty 32, safeguards 3 and 4: what somebody wants binds, and nobody is visited too often."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from outreach.cells import fine_cells, to_text
from outreach.columns import check, empty
from outreach.config import ContactParams
from outreach.people.consent import bars, contact_rules, local_days, newest, why_not
from outreach.plan_schemas import CONTACT_RULES
from outreach.work_schemas import CONSENTS, PARTICIPANTS, STAFF, USUAL_PLACES, VISITS, WISHES

MONDAY = date(2026, 11, 23)
WEEK = [MONDAY + timedelta(days=n) for n in range(7)]
PARAMS = ContactParams(cap_visits=2, cap_days=7, cooling_off_days=14)
AT = datetime(2026, 11, 1, 12, tzinfo=UTC)


def rows(table, *given, **more):
    """Return a frame of a table; what is not given is empty."""
    columns = [*table.columns, *more]
    frame = pd.DataFrame([{**more, **row} for row in given], columns=columns).astype("object")
    return frame.where(frame.notna(), None)


def participant(key="a", person_id="p1", **more):
    known = {"status": "active", "listed_until": date(2027, 1, 1), "enrolled_on": date(2026, 1, 1)}
    return {"participant_id": key, "person_id": person_id, **known, **more}


def consent(rule, key="a", since=date(2026, 1, 1), until=None, withdrawn_on=None):
    told = {"participant_id": key, "rule": rule, "since": since, "until": until}
    return told | {"withdrawn_on": withdrawn_on}


def visit(day, outcome="engaged", key="a", subject=None, number=None, replaces=None):
    return {
        "visit_id": number or f"{key}-{subject}-{day}-{outcome}",
        "participant_id": key,
        "subject": subject,
        "day": day,
        "outcome": outcome,
        "replaces": replaces,
        "recorded_at": AT,
    }


def plans(*given):
    return pd.DataFrame(given, columns=["subject", "day"]).astype("object")


def frames(participants=(), consents=(), wishes=(), places=(), staff=(), visits=(), planned=()):
    return (
        rows(PARTICIPANTS, *(participants or [participant()])),
        rows(CONSENTS, *consents, withdrawn_on=None),
        rows(WISHES, *wishes),
        rows(USUAL_PLACES, *places),
        rows(STAFF, *staff),
        rows(VISITS, *visits, day=None),
        plans(*planned),
    )


def rules_of(monday=MONDAY, params=PARAMS, **given):
    found = contact_rules(*frames(**given), monday=monday, params=params)
    return check(found, CONTACT_RULES).set_index("subject")


def barred(rules, subject="p1"):
    if subject not in rules.index:
        return []
    return [date.fromisoformat(day) for day in rules.loc[subject, "barred_days"].split()]


def days(*numbers):
    return [WEEK[n] for n in numbers]


def test_where_nothing_binds_there_is_no_row():
    assert rules_of().empty
    assert contact_rules(
        *(empty(t) for t in (PARTICIPANTS, CONSENTS, WISHES, USUAL_PLACES, STAFF)),
        empty(VISITS).assign(day=None),
        plans(),
        monday=MONDAY,
        params=PARAMS,
    ).empty


@pytest.mark.parametrize("rule", ["opt_out", "do_not_visit"])
def test_an_opt_out_bars_the_whole_week(rule):
    rules = rules_of(consents=[consent(rule)])
    assert barred(rules) == WEEK
    assert rules.loc["p1", "barred_why"].startswith("Asked")


def test_a_limit_binds_from_its_first_day_to_its_last_and_until_it_is_withdrawn():
    assert barred(rules_of(consents=[consent("opt_out", since=WEEK[5])])) == days(5, 6)
    rules = rules_of(consents=[consent("opt_out", until=WEEK[2])])
    assert barred(rules) == days(0, 1, 2)
    assert str(WEEK[2]) in rules.loc["p1", "barred_why"]
    assert barred(rules_of(consents=[consent("opt_out", withdrawn_on=WEEK[2])])) == days(0, 1)


def test_without_a_person_id_the_participant_is_the_subject():
    rules = rules_of(
        participants=[participant("a", None)], consents=[consent("opt_out")], visits=[]
    )
    assert barred(rules, "a") == WEEK


def test_no_police_bars_no_day():
    rules = rules_of(consents=[consent("no_police", until=WEEK[0])])
    assert rules.loc["p1", "no_police"]
    assert not barred(rules)
    assert rules.loc["p1", "barred_why"] == ""
    assert rules_of(consents=[consent("no_police", until=WEEK[0] - timedelta(days=1))]).empty


def test_wishes_for_phone_days_hours_worker_and_place():
    wish = {
        "participant_id": "a",
        "visit_from_local": "13:00",
        "visit_until_local": "16:30",
        "days": "mon thu",
        "usual_place_id": "u",
        "staff_id": "s",
        "way": "visit",
    }
    place = {"usual_place_id": "u", "participant_id": "a", "lon": -74.4, "lat": 42.8}
    rules = rules_of(
        wishes=[wish],
        places=[place | {"address": "12 Elm St"}],
        staff=[{"staff_id": "s", "name": "Ana Brook"}],
    )
    row = rules.loc["p1"]
    assert barred(rules) == days(1, 2, 4, 5, 6)
    assert row["barred_why"] == "Asked for visits on Mon, Thu only."
    assert (row["visit_from_local"], row["visit_until_local"]) == ("13:00", "16:30")
    assert (row["with_staff"], row["lon"], row["address"]) == ("Ana Brook", -74.4, "12 Elm St")
    rules = rules_of(wishes=[{"participant_id": "a", "way": "phone"}])
    assert barred(rules) == WEEK
    assert rules.loc["p1", "barred_why"] == "Asked for phone only."


def test_a_place_that_is_no_usual_place_any_more_is_not_where_to_meet():
    place = {"usual_place_id": "u", "participant_id": "a", "lon": -74.4, "lat": 42.8}
    wish = {"participant_id": "a", "way": "visit", "usual_place_id": "u"}
    assert rules_of(wishes=[wish], places=[place | {"ended_on": date(2026, 2, 1)}]).empty


def test_a_listing_ends_unless_a_person_renews_it():
    rules = rules_of(participants=[participant(listed_until=WEEK[3])])
    assert barred(rules) == days(4, 5, 6)
    assert "must renew" in rules.loc["p1", "barred_why"]


def test_inactive_participants_are_not_planned():
    assert barred(rules_of(participants=[participant(status="inactive")])) == WEEK


def test_the_cap_counts_visits_made_and_stops_to_come_in_every_window():
    before, after = MONDAY - timedelta(days=2), MONDAY + timedelta(days=9)
    made = [visit(before), visit(before - timedelta(days=1))]
    # Two visits on Friday and Saturday: a third within seven days of the Friday is one too many.
    rules = rules_of(visits=made)
    assert barred(rules) == days(0, 1, 2, 3)
    assert "At most 2 visits in any 7 days" in rules.loc["p1", "barred_why"]
    # One made and one still planned, nine days on: no window of seven days holds both.
    assert not barred(rules_of(visits=made[:1], planned=[("p1", after)]))
    # Two to come bar the days before them too.
    ahead = [("p1", after), ("p1", after + timedelta(days=1))]
    assert barred(rules_of(planned=ahead)) == days(4, 5, 6)
    # A stop on a day with a visit has been made.
    assert not barred(rules_of(visits=made[:1], planned=[("p1", before)]))


def test_own_limits_override_those_of_the_city():
    made = [visit(MONDAY - timedelta(days=10))]
    own = participant(cap_visits=1, cap_days=14)
    assert not barred(rules_of(visits=made))
    assert barred(rules_of(participants=[own], visits=made)) == days(0, 1, 2, 3)
    declined = [visit(MONDAY - timedelta(days=10), "declined")]
    assert barred(rules_of(visits=declined)) == days(0, 1, 2, 3, 4)
    assert not barred(rules_of(participants=[participant(cooling_off_days=0)], visits=declined))


@pytest.mark.parametrize("outcome", ["declined", "asked_no_visits"])
def test_cooling_off_after_a_no(outcome):
    rules = rules_of(visits=[visit(MONDAY - timedelta(days=12), outcome)])
    assert barred(rules) == days(0, 1, 2)
    assert "no visit for 14 days" in rules.loc["p1", "barred_why"]


def test_people_who_are_not_enrolled_and_doors_are_held_to_the_citys_limits():
    no = visit(MONDAY - timedelta(days=12), "declined", key=None, subject="p9")
    assert barred(rules_of(visits=[no]), "p9") == days(0, 1, 2)


def test_a_corrected_visit_counts_once_as_the_newest_tells_it():
    day = MONDAY - timedelta(days=1)
    first = visit(day, "declined", number="v1")
    second = visit(day, "engaged", number="v2", replaces="v1")
    third = visit(day, "checked", number="v3", replaces="v2") | {
        "recorded_at": AT + timedelta(hours=1)
    }
    fourth = visit(day, "not_found", number="v4", replaces="v2") | {
        "recorded_at": AT + timedelta(hours=2)
    }
    found = newest(rows(VISITS, first, second, third, fourth, day=None))
    assert found["visit_id"].tolist() == ["v4"]
    assert not barred(rules_of(visits=[first, second, third, fourth]))


@pytest.mark.parametrize("order", ["abc", "cba", "bca"])
def test_of_the_same_instant_the_correction_counts_whatever_the_ids(order):
    day, (first, second, third) = MONDAY - timedelta(days=1), order
    chain = [
        visit(day, "declined", number=first),
        visit(day, "engaged", number=second, replaces=first),
        visit(day, "checked", number=third, replaces=second),
    ]
    told = newest(rows(VISITS, *chain, day=None))
    assert told["visit_id"].tolist() == [third]


def test_usual_places_of_those_who_must_not_be_visited_are_barred_without_a_name():
    place = {"usual_place_id": "u", "participant_id": "a", "lon": -74.4, "lat": 42.8}
    left = place | {"usual_place_id": "w", "lon": -74.5, "ended_on": date(2026, 10, 1)}
    rules = rules_of(consents=[consent("do_not_visit", until=WEEK[1])], places=[place, left])
    cell = to_text(fine_cells([-74.4], [42.8])[0])
    assert set(rules.index) == {"p1", cell}
    assert barred(rules, cell) == days(0, 1)
    assert rules.loc[cell, "barred_why"] == "Somebody asked not to be visited here."
    rules = rules_of(consents=[consent("no_police")], places=[place])
    assert rules.loc[cell, "no_police"]
    assert not barred(rules, cell)


def test_what_several_rows_of_one_person_say_holds_together():
    twice = [participant("a"), participant("b")]
    hours = [
        {"participant_id": "a", "way": "visit", "visit_from_local": "09:00", "days": "mon tue"},
        {"participant_id": "b", "way": "visit", "visit_from_local": "13:00", "days": "tue wed"},
    ]
    rules = rules_of(participants=twice, wishes=hours, consents=[consent("no_police", "b")])
    assert rules.index.tolist() == ["p1"]
    assert barred(rules) == days(0, 2, 3, 4, 5, 6)
    assert rules.loc["p1", "visit_from_local"] == "13:00"
    assert rules.loc["p1", "no_police"]
    hours[0]["visit_until_local"] = "12:00"
    rules = rules_of(participants=twice, wishes=hours)
    assert barred(rules) == WEEK
    assert "cannot be met" in rules.loc["p1", "barred_why"]
    workers = [{"participant_id": k, "way": "visit", "staff_id": f"s{k}"} for k in "ab"]
    staff = [{"staff_id": "sa", "name": "Ana"}, {"staff_id": "sb", "name": "Bo"}]
    rules = rules_of(participants=twice, wishes=workers, staff=staff)
    assert barred(rules) == WEEK


def test_the_strongest_reason_is_told_and_a_call_is_no_visit():
    told = frames(
        consents=[consent("do_not_visit")],
        wishes=[{"participant_id": "a", "way": "phone"}],
        visits=[visit(MONDAY - timedelta(days=1), "declined")],
    )
    found = bars(*told[:3], *told[5:], days=[MONDAY], params=PARAMS)
    assert why_not(found, "p1", MONDAY, mode="community") == "Asked for no visits."
    assert why_not(found, "p1", MONDAY, mode="phone").startswith("Declined on")
    assert why_not(found, "p2", MONDAY, mode="community") == ""


def test_local_days_are_those_of_the_citys_clocks():
    at = pd.to_datetime(pd.Series(["2026-11-23T03:00Z", None]), utc=True)
    assert local_days(at, "America/New_York").tolist() == [date(2026, 11, 22), None]


# Safeguards 3 and 4 against a brute force that knows nothing of how rules are made.


def random_records(seed):
    rng = np.random.default_rng(seed)
    people = [
        participant(
            f"a{n}",
            f"p{n}" if rng.random() < 0.7 else None,
            cap_visits=int(rng.integers(1, 4)) if rng.random() < 0.4 else None,
            cap_days=int(rng.integers(1, 20)) if rng.random() < 0.4 else None,
            cooling_off_days=int(rng.integers(0, 30)) if rng.random() < 0.4 else None,
        )
        for n in range(12)
    ]
    subjects = [p["person_id"] or p["participant_id"] for p in people]

    def day(first, last):
        return MONDAY + timedelta(days=int(rng.integers(first, last)))

    visits = []
    for n in range(60):
        who, replaces = int(rng.integers(12)), None
        if visits and rng.random() < 0.15:
            old = visits[int(rng.integers(len(visits)))]
            replaces = old["visit_id"]
        outcome = str(rng.choice(["engaged", "not_found", "declined", "asked_no_visits"]))
        by_subject = rng.random() < 0.3
        row = visit(
            day(-40, 3), outcome, None if by_subject else f"a{who}", None, f"v{n}", replaces
        )
        row |= {"subject": subjects[who] if by_subject or rng.random() < 0.5 else None}
        visits.append(row | {"recorded_at": AT + timedelta(minutes=n)})
    consents = []
    for _ in range(10):
        since = day(-20, 6)
        until = since + timedelta(days=int(rng.integers(0, 25))) if rng.random() < 0.6 else None
        withdrawn = since + timedelta(days=int(rng.integers(0, 25)))
        rule = str(rng.choice(["opt_out", "do_not_visit", "no_police"]))
        who = f"a{rng.integers(12)}"
        consents.append(consent(rule, who, since, until, withdrawn if rng.random() < 0.3 else None))
    planned = [(subjects[int(rng.integers(12))], day(-6, 25)) for _ in range(14)]
    return people, visits, consents, planned


def true_visits(person, visits):
    """The days and outcomes of a person's visits, each in its last correction."""
    parent = {v["visit_id"]: v["replaces"] for v in visits}
    last = {}
    for v in visits:  # in the order in which they were recorded
        root = v["visit_id"]
        while parent[root] is not None:
            root = parent[root]
        last[root] = v
    own = {person["participant_id"], person["person_id"]} - {None}
    return [
        (v["day"], v["outcome"]) for v in last.values() if own & {v["participant_id"], v["subject"]}
    ]


def breaks(person, day, visits, consents, planned):
    """Everything that a visit on a day would break."""
    own = {person["participant_id"], person["person_id"]}
    for rule in consents:
        if rule["participant_id"] == person["participant_id"] and rule["rule"] != "no_police":
            began = rule["since"] <= day
            over = rule["until"] is not None and day > rule["until"]
            gone = rule["withdrawn_on"] is not None and day >= rule["withdrawn_on"]
            if began and not over and not gone:
                yield rule["rule"]
    made = true_visits(person, visits)
    wait = PARAMS.cooling_off_days
    wait = wait if person["cooling_off_days"] is None else person["cooling_off_days"]
    for on, outcome in made:
        if outcome in {"declined", "asked_no_visits"} and on < day <= on + timedelta(days=wait):
            yield "cooling_off"
    most = PARAMS.cap_visits if person["cap_visits"] is None else person["cap_visits"]
    length = PARAMS.cap_days if person["cap_days"] is None else person["cap_days"]
    all_days = [on for on, _ in made] + [day]
    visited = {on for on, _ in made}
    all_days += [on for who, on in planned if who in own and on not in visited]
    for first in range(-60, 60):
        window = {MONDAY + timedelta(days=first + n) for n in range(length)}
        if day in window and sum(on in window for on in all_days) > most:
            yield "cap"


@pytest.mark.parametrize("seed", range(8))
def test_no_day_left_open_breaks_an_opt_out_a_cap_or_a_cooling_off(seed):
    people, visits, consents, planned = random_records(seed)
    rules = rules_of(participants=people, visits=visits, consents=consents, planned=planned)
    found = {}
    for person in people:
        subject = person["person_id"] or person["participant_id"]
        closed = barred(rules, subject)
        for day in WEEK:
            broken = set(breaks(person, day, visits, consents, planned))
            same_day_no = (day, "declined") in true_visits(person, visits)
            same_day_no |= (day, "asked_no_visits") in true_visits(person, visits)
            # Nothing is allowed that breaks a rule; nothing is barred that breaks none, but for
            # the rest of a day on which somebody said no.
            assert day not in closed or broken or same_day_no, (subject, day)
            assert day in closed or not broken, (subject, day, broken)
            for name in broken:
                found[name] = found.get(name, 0) + 1
    assert set(found) >= {"cap", "cooling_off"}


def test_a_language_binds_and_two_languages_are_at_odds():
    wish = {"participant_id": "a", "way": "visit", "language": "es"}
    rules = rules_of(wishes=[wish])
    assert (rules.loc["p1", "language"], barred(rules)) == ("es", [])
    twice = {"participants": [participant("a"), participant("b")]}
    both = rules_of(**twice, wishes=[wish, wish | {"participant_id": "b", "language": "pt"}])
    assert barred(both) == WEEK
    assert both.loc["p1", "barred_cause"] == "skill"


@pytest.mark.parametrize(
    ("given", "cause"),
    [
        ({"consents": [consent("opt_out", until=WEEK[0])]}, "consent"),
        ({"participants": [participant(listed_until=WEEK[3])]}, "consent"),
        ({"wishes": [{"participant_id": "a", "way": "phone"}]}, "consent"),
        ({"wishes": [{"participant_id": "a", "way": "visit", "days": "mon"}]}, "window"),
        ({"visits": [visit(MONDAY - timedelta(days=1), "declined")]}, "cap"),
        ({"planned": [("p1", WEEK[0]), ("p1", WEEK[0])]}, "cap"),
        ({"consents": [consent("opt_out", until=WEEK[0])],
          "wishes": [{"participant_id": "a", "way": "visit", "days": "mon"}]}, "consent"),
        ({"consents": [consent("no_police")]}, None),
    ],
)  # fmt: skip
def test_the_strongest_cause_is_told_in_a_word(given, cause):
    found = rules_of(**given).loc["p1", "barred_cause"]
    assert found == cause if cause else pd.isna(found)
