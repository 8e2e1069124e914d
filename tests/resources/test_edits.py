"""Changes by a person: what they change, what they leave alone, and what is noted of them."""

from datetime import date

import pandas as pd
import pytest

from outreach.columns import check
from outreach.errors import WorkError
from outreach.resource_schemas import RESOURCES
from outreach.resources.directory.edits import EDITABLE, added, changed, closed, verified
from outreach.resources.directory.flat import PLACE, tables_of
from outreach.resources.directory.hsds_json import from_json
from outreach.resources.directory.merge import merged
from outreach.resources.directory.services import to_resources
from outreach.resources.directory.sources import read_source

TODAY = date(2026, 11, 22)
WHO = {"by": "Ann", "today": TODAY}
HERE = {"latitude": 42.65, "longitude": -73.75}

FIELDS = {
    "name": "New name",
    "kind": "library",
    "phone": "518 555 0199 x7",
    "address": "9 Elm St, Troy",
    "website": "https://new.example",
    "hours_text": "Tu 10:00-12:00",
    "eligibility": "Anybody",
    "minimum_age": 18,
    "maximum_age": 65,
    "documents": "Photo ID; a letter",
    "languages": "en es",
    "accessibility": "ramp at the back",
    "capacity_available": 3,
    "capacity_maximum": 12,
    "redacted": True,
    "lon": -73.7,
    "lat": 42.7,
}


@pytest.fixture
def plain():
    """Two places of plain rows, the first with everything told."""
    full = dict.fromkeys(PLACE, "told") | {
        "resource_id": "a",
        "name": "Alpha",
        "kind": "food_pantry",
        "city": "Troy",
        "phone": "111",
        "hours_text": "Mo 09:00-10:00",
        "minimum_age": "5",
        "maximum_age": "99",
        "languages": "English",
        "capacity_available": "1",
        "capacity_maximum": "4",
        "capacity_updated": "2020-01-01",
        "verified_on": "2020-01-01",
        "redacted": False,
        "lon": "-73.75",
        "lat": "42.65",
    }
    bare = full | dict.fromkeys(PLACE, "") | {"resource_id": "b", "name": "Beta"}
    bare |= {"kind": "food_pantry", "redacted": False, "lon": "-73.75", "lat": "42.65"}
    return tables_of(pd.DataFrame([full, bare]))


@pytest.fixture
def shared():
    """One service at two locations, and another service at the first of them."""
    both = [
        {"id": "x", "location": {"id": "l", "name": "Hall"} | HERE},
        {"id": "y", "location": {"id": "m", "name": "Church"} | HERE},
    ]
    both[0]["location"]["phones"] = [{"id": "p", "number": "111"}]
    pantry = {"id": "s", "name": "Food pantry", "status": "active", "service_at_locations": both}
    pantry["schedules"] = [{"id": "h", "description": "Mo 09:00-10:00"}]
    meals = {"id": "t", "name": "Soup kitchen"}
    meals["service_at_locations"] = [{"id": "z", "location": {"id": "l"}}]
    return from_json({"id": "o", "name": "Org", "services": [pantry, meals]})


def view(tables, kinds):
    return check(to_resources(tables, kinds), RESOURCES).set_index("resource_id")


def test_there_is_a_way_to_change_each_field():
    assert set(FIELDS) == set(EDITABLE)


@pytest.mark.parametrize("resource_id", ["a", "b"])
@pytest.mark.parametrize("field", EDITABLE)
def test_a_field_changes_alone_and_is_noted(plain, kinds, resource_id, field):
    before = view(plain, kinds)
    tables = changed(plain, resource_id, {field: FIELDS[field]}, **WHO)
    after = view(tables, kinds)
    value = FIELDS[field]
    assert after.loc[resource_id, field] == value
    expected = before.copy()
    expected.loc[resource_id, field] = value
    along = {  # what follows from a change
        "kind": ["needs"],
        "name": ["service"] if resource_id == "a" else ["service", "organization"],
        "hours_text": ["hours", "hours_state", "why"],
        "capacity_available": ["capacity_updated_at"],
        "capacity_maximum": ["capacity_updated_at"],
    }.get(field, [])
    pd.testing.assert_frame_equal(
        after.drop(columns=along), expected.drop(columns=along), check_dtype=False
    )
    note = tables["metadata"].iloc[-1]
    assert note["resource_id"] == resource_id
    assert note["resource_type"] == "service_at_location"
    assert note["last_action_date"] == "2026-11-22"
    assert (note["last_action_type"], note["updated_by"]) == ("update", "Ann")
    assert note["field_name"] == field
    assert note["replacement_value"] == {"redacted": "yes"}.get(field, str(value))


@pytest.mark.parametrize(
    "field", sorted(set(EDITABLE) - {"name", "kind", "lon", "lat", "redacted"})
)
def test_a_field_can_be_emptied(plain, kinds, field):
    assert view(plain, kinds).loc["a", field] not in (None, "")
    tables = changed(plain, "a", {field: None}, **WHO)
    emptied = view(tables, kinds).loc["a"]
    assert pd.isna(emptied[field]) or emptied[field] == ""
    if field == "hours_text":
        assert emptied["hours_state"] == "none"


def test_the_same_again_is_no_change(plain, kinds):
    row = view(plain, kinds).loc["a"]
    assert changed(plain, "a", {name: row[name] for name in EDITABLE}, **WHO) is plain
    once = changed(plain, "a", {"phone": "5", "website": row["website"]}, **WHO)
    assert once["metadata"]["field_name"].tolist() == ["phone"]
    twice = changed(once, "a", {"phone": "6"}, **WHO)
    assert twice["metadata"]["previous_value"].tolist() == ["111", "5"]
    assert twice["metadata"]["id"].is_unique
    assert len(twice["phones"]) == len(plain["phones"])


def test_hours_and_phone_change_at_this_place_alone(shared, kinds):
    news = {"hours_text": "Tu 11:00-12:00", "phone": "222"}
    found = view(changed(shared, "x", news, **WHO), kinds)
    assert found["hours"].to_dict() == {"x": "Tu 11:00-12:00", "y": "Mo 09:00-10:00", "z": None}
    assert found["phone"].to_dict() == {"x": "222", "y": None, "z": "111"}
    gone = view(changed(shared, "x", {"hours_text": ""}, **WHO), kinds)
    assert gone["hours_state"].to_dict() == {"x": "none", "y": "read", "z": "none"}


def test_hours_of_own_rules_are_replaced(shared, kinds):
    rows = shared["schedules"]
    rule = {"id": "r", "service_at_location_id": "x", "freq": "WEEKLY", "byday": "FR"}
    rule |= {"opens_at": "01:00", "closes_at": "02:00"}
    own = pd.DataFrame([dict.fromkeys(rows, "") | rule])
    tables = shared | {"schedules": pd.concat([rows, own], ignore_index=True)}
    assert view(tables, kinds).loc["x", "hours"].startswith("Fr")
    assert (
        view(changed(tables, "x", {"hours_text": "24/7"}, **WHO), kinds).loc["x", "hours"] == "24/7"
    )


def test_the_name_of_a_shared_service_stays_elsewhere(shared, kinds):
    found = view(changed(shared, "x", {"name": "Old fire house"}, **WHO), kinds)
    assert found["name"].to_dict() == {
        "x": "Old fire house: Food pantry",
        "y": "Church: Food pantry",
        "z": "Old fire house: Soup kitchen",
    }


def test_verified_today_and_closed_for_good(plain, kinds):
    tables = verified(plain, "a", **WHO)
    assert view(tables, kinds)["verified_on"].to_dict() == {"a": TODAY, "b": None}
    assert tables["metadata"]["last_action_type"].tolist() == ["verify"]
    shut = closed(tables, "a", **WHO)
    assert list(view(shut, kinds).index) == ["b"]
    for name, frame in tables.items():  # nothing is deleted
        assert len(shut[name]) >= len(frame)
    assert shut["metadata"].iloc[-1][["previous_value", "replacement_value"]].tolist() == [
        "active",
        "inactive",
    ]


def test_a_service_that_closes_here_goes_on_elsewhere(shared, kinds):
    shut = closed(shared, "x", **WHO)
    assert sorted(view(shut, kinds).index) == ["y", "z"]
    assert len(shut["service_at_location"]) == 3
    assert shut["services"]["id"].is_unique


def test_a_new_place(plain, kinds):
    given = FIELDS | {"organization": "Org", "redacted": False}
    tables, resource_id = added(plain, given, **WHO)
    found = view(tables, kinds)
    place = found.loc[resource_id]
    for field in EDITABLE:
        assert place[field] == given[field], field
    assert (place["organization"], place["verified_on"]) == ("Org", TODAY)
    assert len(found) == 3
    for name, frame in tables.items():
        assert frame["id"].is_unique, name
    assert set(tables["metadata"]["last_action_type"]) == {"create"}
    with pytest.raises(WorkError, match="in the directory already"):
        added(tables, given, **WHO)
    few = {"name": "Few", "kind": "library", "lon": -73.71, "lat": 42.71}
    bare, other = added(tables, few, **WHO)
    assert view(bare, kinds).loc[other, "hours_state"] == "none"
    assert len(bare["organizations"]) == len(tables["organizations"]) + 1


def test_a_place_added_here_is_known_when_a_file_brings_it(plain, kinds, tmp_path):
    given = {"name": "New", "kind": "library", "lon": -73.71, "lat": 42.71, "phone": "5"}
    tables, resource_id = added(plain, given, **WHO)
    path = tmp_path / "libraries.csv"
    path.write_text("name,phone,lat,lon\nNEW,999,42.71,-73.71\n")
    both, kept = merged(tables, read_source(path, kinds).tables)
    assert kept == 1
    assert view(both, kinds).loc[resource_id, "phone"] == "5"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"needs": "x"}, "needs of a place cannot be changed; there are: name"),
        ({"name": " "}, "a place needs a name"),
        ({"lat": None}, "a place needs a lat"),
        ({"lat": 91}, "lat is a number from -90 to 90, not '91'"),
        ({"lat": 0.0, "lon": 0}, "cannot lie at 0, 0"),
        ({"minimum_age": "old"}, "minimum_age is a number from 0 to 130"),
        ({"minimum_age": 100}, "the least age is above the greatest"),
        ({"capacity_available": 5}, "more is free than there is"),
        ({"capacity_maximum": float("inf")}, "capacity_maximum is a number"),
        ({"redacted": "maybe"}, "redacted is yes or no"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(plain, changes, says):
    with pytest.raises(WorkError, match=says) as caught:
        changed(plain, "a", changes, **WHO)
    assert "\n" not in str(caught.value)


def test_somebody_and_some_place_must_be_named(plain):
    for do in (verified, closed):
        with pytest.raises(WorkError, match="no place 'nowhere'"):
            do(plain, "nowhere", **WHO)
        with pytest.raises(WorkError, match="say who"):
            do(plain, "a", by=" ", today=TODAY)
    with pytest.raises(WorkError, match="say who"):
        added(plain, FIELDS, by="", today=TODAY)
    with pytest.raises(WorkError, match="a place needs a kind"):
        added(plain, {"name": "x", "lon": 1, "lat": 1}, **WHO)


def test_the_tables_given_are_left_as_they_were(plain):
    before = {name: frame.copy() for name, frame in plain.items()}
    changed(plain, "a", FIELDS, **WHO)
    added(plain, FIELDS, **WHO)
    closed(plain, "a", **WHO)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(plain[name], frame)
