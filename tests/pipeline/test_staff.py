"""Staff, their training, and the organisations they work with, in the work database."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from outreach.columns import check
from outreach.config import City, dump_city
from outreach.errors import WorkError
from outreach.pipeline import organisations, staff
from outreach.plan_schemas import READINESS, TRAINING_HOURS
from outreach.store.secrets import make_key
from outreach.store.work import open_work
from outreach.work_schemas import AUDIT, ORGANISATIONS, PARTICIPANTS, STAFF, TRAINING

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)  # still Sunday in New York
TODAY = date(2026, 11, 22)
BY = {"by": "Lee Lead", "now": NOW}


@pytest.fixture
def folder(tmp_path):
    """A city folder with settings and a key, and nothing else."""
    city = City(name="Linesville", time_zone="America/New_York")
    (tmp_path / "city.toml").write_text(dump_city(city))
    make_key(tmp_path)
    return tmp_path


def stored(folder, table):
    with open_work(folder).reading() as rows:
        return rows.fetch(table)


def train(folder, staff_id, kind, hours, **changes):
    return staff.add_training(folder, staff_id, kind, hours, **({"done_on": TODAY} | BY | changes))


def one(folder, name):
    return staff.staff_list(folder, NOW).set_index("name").loc[name]


def test_from_no_hours_to_trained(folder):
    """Duties 9 and 10: 79 h are not enough, 80 h are, and hours that expire are told."""
    bo = staff.add_staff(folder, "  Bo   Reed ", "peer", languages="en  es", **BY)
    assert one(folder, "Bo Reed")["shortfall"].startswith("0 of 80 h field training")
    for kind, needed in staff.training_kinds(folder).items():
        train(folder, bo, kind, 79 if kind == "field" else needed)
    assert one(folder, "Bo Reed")["shortfall"] == "79 of 80 h field training"
    last = TODAY + timedelta(days=9)
    train(folder, bo, "field", 1, expires_on=last)
    told = one(folder, "Bo Reed")
    assert (told["trained"], told["languages"]) == (True, "en es")
    assert told["warning"] == f"field training ends on {last}"
    check(staff.staff_list(folder, NOW), READINESS)
    assert len(check(staff.staff_hours(folder, NOW), TRAINING_HOURS)) == 5
    days = staff.ready_by_day(folder, City(name="x", time_zone="UTC"), date(2026, 11, 30))
    assert [bool(frame["trained"].iloc[0]) for frame in days.values()] == [True, True] + [False] * 5


def test_caseload_beside_capacity(folder):
    """Duty 24: over capacity warns."""
    ana = staff.add_staff(folder, "Ana", "caseworker", capacity=1, **BY)
    staff.add_staff(folder, "Cy", "clinician", **BY)
    staff.add_staff(folder, "Al", "peer", **BY)
    with open_work(folder).writing() as rows:
        for number, status in enumerate(["active", "active", "inactive"]):
            person = {
                "participant_id": str(number), "door": "community", "enrolled_on": TODAY,
                "status": status, "status_since": TODAY, "listed_until": TODAY, "version": 1,
            }  # fmt: skip
            rows.insert(PARTICIPANTS, [person | {"staff_id": ana}])
    staff.change_staff(folder, stored(folder, STAFF)["staff_id"][0], {"languages": "fr"}, **BY)
    found = staff.staff_list(folder, NOW).set_index("name")
    assert found["participants"].to_dict() == {"Al": 0, "Ana": 2, "Cy": 0}
    assert found["over_capacity"].to_dict() == {"Al": False, "Ana": True, "Cy": False}
    assert found.loc["Cy", "capacity"] == City(name="x", time_zone="UTC").contact.capacity
    staff.change_staff(folder, ana, {"active": False}, **BY)
    assert staff.staff_list(folder, NOW)["name"].tolist() == ["Al", "Cy", "Ana"]


def test_an_empty_list_is_a_list(folder):
    assert staff.staff_list(folder, NOW).empty
    assert staff.staff_hours(folder, NOW).empty
    assert organisations.organisation_list(folder, NOW).empty
    assert staff.ready_by_day(folder, City(name="x", time_zone="UTC"), TODAY) is None


def test_what_cannot_be_is_said_in_one_line_and_nothing_is_kept(folder):
    ana = staff.add_staff(folder, "Ana", "caseworker", **BY)
    before = [stored(folder, table).to_csv() for table in (STAFF, TRAINING, AUDIT)]
    wrong = [
        ("needs a name", lambda: staff.add_staff(folder, " ", "peer", **BY)),
        ("no role", lambda: staff.add_staff(folder, "Bo", "wizard", **BY)),
        ("below 0", lambda: staff.add_staff(folder, "Bo", "peer", capacity=-1, **BY)),
        ("called Ana already", lambda: staff.add_staff(folder, " Ana", "peer", **BY)),
        ("no worker", lambda: staff.change_staff(folder, "x", {"name": "Al"}, **BY)),
        ("cannot be changed", lambda: staff.change_staff(folder, ana, {"staff_id": "y"}, **BY)),
        ("no role", lambda: staff.change_staff(folder, ana, {"role": ""}, **BY)),
        ("no worker", lambda: train(folder, "x", "field", 1)),
        ("no kind of training here; there are: field, ", lambda: train(folder, ana, "juggling", 1)),
        ("0 hours", lambda: train(folder, ana, "field", 0)),
        ("-3 hours", lambda: train(folder, ana, "field", -3)),
        ("nan hours", lambda: train(folder, ana, "field", float("nan"))),
        ("inf hours", lambda: train(folder, ana, "field", float("inf"))),
        ("has not come", lambda: train(folder, ana, "field", 1, done_on=date(2026, 11, 23))),
        ("cannot expire", lambda: train(folder, ana, "field", 1, expires_on=date(2026, 1, 1))),
    ]
    for told, change in wrong:
        with pytest.raises(WorkError, match=told):
            change()
    assert [stored(folder, table).to_csv() for table in (STAFF, TRAINING, AUDIT)] == before


def test_a_name_may_come_back_when_its_owner_has_left(folder):
    first = staff.add_staff(folder, "Ana", "caseworker", **BY)
    staff.change_staff(folder, first, {"active": False}, **BY)
    staff.add_staff(folder, "Ana", "peer", **BY)
    with pytest.raises(WorkError, match="called Ana already"):
        staff.change_staff(folder, first, {"active": True}, **BY)


def test_organisations_what_they_may_see_and_when_that_was_verified(folder):
    """Duties 17, 26 and 38."""
    details = {"warm_handoff": True, "contact_name": "Jo"}
    shelter = organisations.add_organisation(
        folder, "Landing House", "shelter", details=details, **BY
    )
    told = organisations.organisation_list(folder, NOW).iloc[0]
    assert (told["warm_handoff"], told["contact_name"], told["may_see"]) == (True, "Jo", "")
    assert (told["verified_days"], told["stale"]) == (0, False)
    days = {"signed_on": TODAY - timedelta(days=9), "expires_on": TODAY}
    organisations.add_agreement(folder, shelter, may_see=["services", "name"], **days, **BY)
    over = {"signed_on": TODAY - timedelta(days=9), "expires_on": TODAY - timedelta(days=1)}
    organisations.add_agreement(folder, shelter, may_see=["phone"], **over, **BY)
    told = organisations.organisation_list(folder, NOW).iloc[0]
    assert (told["may_see"], told["agreement_until"]) == ("name services", TODAY)
    for ahead, stale, may_see in ((1, False, ""), (90, False, ""), (91, True, "")):
        told = organisations.organisation_list(folder, NOW + timedelta(days=ahead)).iloc[0]
        assert (told["stale"], told["may_see"]) == (stale, may_see)
    later = {"by": "Lee Lead", "now": NOW + timedelta(days=91)}
    organisations.verify_organisation(folder, shelter, **later)
    assert not organisations.organisation_list(folder, later["now"])["stale"].iloc[0]
    organisations.change_organisation(folder, shelter, {"contact_name": "Al"}, **later)
    told = organisations.organisation_list(folder, later["now"]).iloc[0]
    assert (told["contact_name"], told["verified_days"]) == ("Al", 0)


def test_an_organisation_that_cannot_be_is_not_kept(folder):
    known = organisations.add_organisation(folder, "Pantry", "community", details={}, **BY)
    before = [stored(folder, table).to_csv() for table in (ORGANISATIONS, AUDIT)]
    add, change = organisations.add_organisation, organisations.change_organisation
    sign, day = organisations.add_agreement, timedelta(days=1)
    good = {"signed_on": TODAY, "expires_on": TODAY + day, "may_see": ["name"]}
    wrong = [
        ("needs a name", lambda: add(folder, "", "shelter", details={}, **BY)),
        ("no kind", lambda: add(folder, "x", "bank", details={}, **BY)),
        ("has no colour", lambda: add(folder, "x", "shelter", details={"colour": "red"}, **BY)),
        ("recorded already", lambda: add(folder, "Pantry", "shelter", details={}, **BY)),
        ("no organisation", lambda: change(folder, "x", {"name": "y"}, **BY)),
        ("has no organisation_id", lambda: change(folder, known, {"organisation_id": "x"}, **BY)),
        ("no organisation", lambda: organisations.verify_organisation(folder, "x", **BY)),
        ("no organisation", lambda: sign(folder, "x", **good, **BY)),
        ("released to nobody", lambda: sign(folder, known, **good | {"may_see": ["note"]}, **BY)),
        ("has not come", lambda: sign(folder, known, **good | {"signed_on": TODAY + day}, **BY)),
        ("cannot expire", lambda: sign(folder, known, **good | {"expires_on": TODAY - day}, **BY)),
    ]
    for told, attempt in wrong:
        with pytest.raises(WorkError, match=told):
            attempt()
    assert [stored(folder, table).to_csv() for table in (ORGANISATIONS, AUDIT)] == before


def test_safeguard_8_every_change_is_in_the_audit_trail_without_a_name(folder):
    ana = staff.add_staff(folder, "Ana Brook", "caseworker", **BY)
    staff.change_staff(folder, ana, {"name": "Ana Lee", "capacity": 3}, **BY)
    training = train(folder, ana, "field", 8)
    org = organisations.add_organisation(folder, "Pantry", "community", details={}, **BY)
    trail = stored(folder, AUDIT)
    told = set(zip(trail["did"], trail["what"], strict=True))
    assert told == {
        ("added", f"staff {ana}"),
        ("changed", f"staff {ana}: capacity, name"),
        ("added", f"training {training} of staff {ana}"),
        ("added", f"organisation {org}"),
    }
    assert set(trail["who"]) == {"Lee Lead"}
    assert (trail["at"] == pd.Timestamp(NOW)).all()


def test_safeguard_8_nobody_changes_anything_without_a_name(folder):
    key = staff.add_staff(folder, "Ana Brook", "caseworker", **BY)
    partner = organisations.add_organisation(folder, "First Step", "shelter", details={}, **BY)
    nobody = {"by": " ", "now": NOW}
    days = {"signed_on": TODAY, "expires_on": TODAY}
    for change in (
        lambda: staff.add_staff(folder, "Bo Reed", "peer", **nobody),
        lambda: staff.change_staff(folder, key, {"active": False}, **nobody),
        lambda: staff.add_training(folder, key, "field", 8, done_on=TODAY, **nobody),
        lambda: organisations.add_organisation(folder, "X", "shelter", details={}, **nobody),
        lambda: organisations.change_organisation(folder, partner, {"name": "Y"}, **nobody),
        lambda: organisations.verify_organisation(folder, partner, **nobody),
        lambda: organisations.add_agreement(folder, partner, may_see=["name"], **days, **nobody),
    ):
        with pytest.raises(WorkError, match="say who"):
            change()
    assert list(stored(folder, AUDIT)["did"]) == ["added", "added"]
