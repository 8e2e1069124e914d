from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from outreach.errors import WorkError
from outreach.pipeline import referrals
from outreach.pipeline.referrals import ReferralEntry
from outreach.store.work import open_work
from outreach.work_schemas import ORGANISATIONS, REFERRALS, STEPS, TASKS, WISHES

NOW = datetime(2026, 11, 23, 22, tzinfo=UTC)
WHO = {"by": "Ana", "now": NOW}
MORNING = NOW - timedelta(hours=8)
ENTRY = ReferralEntry(
    "r1",
    "k",
    "clinic",
    "other_basic_needs",
    warm_handoff=True,
    barrier="transport",
    offered_at=MORNING,
    accompany_on=date(2026, 11, 25),
    staff_id="ana",
)


def fetched(folder, table):
    with open_work(folder).reading() as rows:
        return rows.fetch(table)


def test_a_referral_goes_from_offered_to_closed_with_an_outcome(team_city):
    assert referrals.open_referral(team_city, ENTRY, **WHO)
    assert not referrals.open_referral(team_city, ENTRY, **WHO)
    kept = fetched(team_city, REFERRALS).iloc[0]
    assert (kept["warm_handoff"], kept["barrier"]) == (True, "transport")
    along = fetched(team_city, TASKS).iloc[0]
    assert (along["kind"], along["referral_id"], along["staff_id"]) == ("accompany", "r1", "ana")
    for hours, step in ((1, "accepted"), (3, "arrived")):
        at = MORNING + timedelta(hours=hours)
        referrals.add_step(team_city, "r1", step, happened_at=at, **WHO)
    steps = fetched(team_city, STEPS).sort_values("happened_at")["step"]
    assert list(steps) == ["offered", "accepted", "arrived"]
    with pytest.raises(WorkError, match="with an outcome"):
        referrals.close_referral(team_city, "r1", "", **WHO)
    with pytest.raises(WorkError, match="no outcome"):
        referrals.close_referral(team_city, "r1", "failed", **WHO)
    referrals.close_referral(team_city, "r1", "served_once", **WHO)
    assert fetched(team_city, REFERRALS)["outcome"].iloc[0] == "served_once"
    assert fetched(team_city, TASKS)["status"].iloc[0] == "cancelled"
    for late in (
        lambda: referrals.close_referral(team_city, "r1", "completed", **WHO),
        lambda: referrals.add_step(team_city, "r1", "admitted", happened_at=NOW, **WHO),
    ):
        with pytest.raises(WorkError, match="closed as served_once"):
            late()


@pytest.mark.parametrize(
    ("step", "hours", "told"),
    [
        ("accepted", 3, "does not come after"),
        ("transported", 2, "does not come after"),
        ("arrived", 1, "cannot come before"),
        ("arrived", 9, "future"),
        ("lost", 3, "no step"),
    ],
)
def test_steps_are_in_order_and_not_in_the_future(team_city, step, hours, told):
    referrals.open_referral(team_city, ENTRY, **WHO)
    two = MORNING + timedelta(hours=2)
    referrals.add_step(team_city, "r1", "transported", happened_at=two, **WHO)
    with pytest.raises(WorkError, match=told):
        at = MORNING + timedelta(hours=hours)
        referrals.add_step(team_city, "r1", step, happened_at=at, **WHO)
    assert len(fetched(team_city, STEPS)) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"service": "money"},
        {"barrier": "attitude"},
        {"organisation_id": "x"},
        {"participant_id": "x"},
        {"offered_at": NOW + timedelta(hours=1)},
    ],
)
def test_what_cannot_be_is_refused(team_city, change):
    with pytest.raises(WorkError):
        referrals.open_referral(team_city, replace(ENTRY, **change), **WHO)
    assert fetched(team_city, REFERRALS).empty


def test_the_preferred_partner_comes_first_then_where_they_were_reached_before(team_city):
    referrals.open_referral(team_city, replace(ENTRY, organisation_id="shelter"), **WHO)
    referrals.close_referral(team_city, "r1", "completed", **WHO)
    offered = referrals.referral_choices(team_city, "k")
    assert list(offered["organisation_id"]) == ["shelter", "clinic"]  # no police, no HMIS
    assert list(offered["past_reached"]) == [1, 0]
    assert offered["last_barrier"].iloc[0] == "transport"
    wish = {"visit_from_local": None, "visit_until_local": None, "days": None}
    wish |= {"usual_place_id": None, "staff_id": None, "way": "visit"}
    with open_work(team_city).writing() as rows:
        rows.insert(WISHES, [wish | {"participant_id": "k", "organisation_id": "clinic"}])
    assert referrals.referral_choices(team_city, "k")["organisation_id"].iloc[0] == "clinic"
    # Of somebody without a wish and a past, who takes over in person comes first.
    assert referrals.referral_choices(team_city, "l")["organisation_id"].iloc[0] == "clinic"


def test_of_those_who_take_over_in_person_who_gives_the_service_comes_first(team_city):
    """Duty 17."""
    told = {"kind": "provider", "contact_name": None, "contact_phone": None, "verified_on": None}
    with open_work(team_city).writing() as rows:
        for name, warm in (("annex", True), ("barn", False)):
            row = {"organisation_id": name, "name": f"The {name}", "warm_handoff": warm}
            rows.insert(ORGANISATIONS, [told | row])
    for number, where in enumerate(("clinic", "barn", "barn")):
        one = replace(ENTRY, referral_id=f"s{number}", organisation_id=where, service="food")
        referrals.open_referral(team_city, one, **WHO)
        referrals.close_referral(team_city, one.referral_id, "completed", **WHO)

    def order(**asked):
        return list(referrals.referral_choices(team_city, "l", **asked)["organisation_id"])

    assert order() == ["annex", "clinic", "barn", "shelter"]
    assert order(service="food") == ["clinic", "annex", "barn", "shelter"]
