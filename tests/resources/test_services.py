"""From HSDS tables to the flat view: what is read of each place, and what cannot be one."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from outreach.columns import check
from outreach.resource_schemas import HOURS_READ, RESOURCES
from outreach.resources.directory.hsds_json import from_json
from outreach.resources.directory.services import hours_table, recorded, reviewed, to_resources

SITE = {"latitude": 42.65, "longitude": -73.75}


def package(*services, **organization):
    """Return tables of one organization with services given as JSON."""
    return from_json({"id": "o", "name": "Help Inc", "services": list(services)} | organization)


def service(name="Food pantry", at=("l",), **more):
    places = [
        {"id": f"{name}@{site}", "location": {"id": site, "name": f"Hall {site}"} | SITE}
        for site in at
    ]
    return {"id": name, "name": name, "service_at_locations": places} | more


def one(tables, kinds):
    found = check(to_resources(tables, kinds), RESOURCES)
    assert len(found) == 1
    return found.iloc[0]


def test_everything_that_a_place_tells(kinds):
    tables = package(
        service(
            url="https://pantry.example",
            eligibility_description="Residents",
            minimum_age=18,
            assured_date="2026-01-05",
            last_modified="2026-10-01T00:00:00Z",
            required_documents=[{"id": "d", "document": "ID"}, {"id": "e", "document": "Letter"}],
            languages=[{"id": "n", "code": "en"}, {"id": "m", "name": "Spanish"}],
            capacities=[
                {"id": "c", "available": 9, "maximum": 10, "updated": "2026-01-01"},
                {"id": "b", "available": 2, "maximum": 8, "updated": "2026-02-01T12:00:00+01:00"},
            ],
            schedules=[{"id": "h", "description": "Mo-Fr 09:00-17:00"}],
        )
    )
    place = one(tables, kinds)
    assert place["name"] == "Hall l: Food pantry"
    assert (place["organization"], place["service"]) == ("Help Inc", "Food pantry")
    assert (place["kind"], place["needs"]) == ("food_pantry", "homelessness quality_of_life")
    assert place["website"] == "https://pantry.example"
    assert (place["eligibility"], place["minimum_age"]) == ("Residents", 18)
    assert np.isnan(place["maximum_age"])
    assert place["documents"] == "ID; Letter"
    assert place["languages"] == "en es"
    assert (place["capacity_available"], place["capacity_maximum"]) == (2, 8)
    assert place["capacity_updated_at"] == pd.Timestamp("2026-02-01T11:00:00Z")
    assert place["verified_on"] == date(2026, 1, 5)
    assert (place["hours_text"], place["hours_state"]) == ("Mo-Fr 09:00-17:00", "read")
    assert not place["redacted"]


def test_a_date_of_change_is_no_verification(kinds):
    place = one(package(service(last_modified="2026-10-01T00:00:00Z")), kinds)
    assert place["verified_on"] is None


def test_the_closest_phone_and_never_a_fax(kinds):
    numbers = [
        {"id": "f", "number": "1", "type": "fax"},
        {"id": "p", "number": "518 555 0101", "extension": "12"},
    ]
    pantry = service()
    tables = package(pantry, phones=[{"id": "main", "number": "999"}])
    assert one(tables, kinds)["phone"] == "999"
    tables = package(pantry | {"phones": [{"id": "s", "number": "888"}]})
    assert one(tables, kinds)["phone"] == "888"
    site = pantry["service_at_locations"][0]
    site["location"]["phones"] = numbers
    tables = package(pantry | {"phones": [{"id": "s", "number": "888"}]})
    assert one(tables, kinds)["phone"] == "518 555 0101 x12"
    site["phones"] = [{"id": "own", "number": "777"}]
    assert one(package(pantry), kinds)["phone"] == "777"
    contact = [{"id": "c", "name": "Ann", "phones": [{"id": "private", "number": "666"}]}]
    assert one(package(service(), contacts=contact), kinds)["phone"] is None


def test_the_closest_hours_replace_the_others(kinds):
    pantry = service(at=("l", "m"), schedules=[{"id": "all", "description": "Mo 09:00-10:00"}])
    first = pantry["service_at_locations"][0]
    first["schedules"] = [{"id": "own", "description": "Tu 11:00-12:00"}]
    first["location"]["schedules"] = [{"id": "house", "description": "24/7"}]
    found = to_resources(package(pantry), kinds).set_index("resource_id")["hours"]
    assert found.to_dict() == {
        "Food pantry@l": "Tu 11:00-12:00",
        "Food pantry@m": "Mo 09:00-10:00",
    }


def test_rules_without_words_are_told_in_words(kinds):
    rule = {
        "id": "h",
        "freq": "WEEKLY",
        "byday": "MO,WE",
        "opens_at": "09:00",
        "closes_at": "11:00",
    }
    place = one(package(service(schedules=[rule])), kinds)
    assert place["hours_state"] == "read"
    assert "Mon" in place["hours_text"]
    odd = one(package(service(schedules=[rule | {"byday": "XX"}])), kinds)
    assert (odd["hours_state"], odd["hours"]) == ("unread", None)
    assert "XX" in odd["hours_text"]


def test_hours_as_written_beside_what_was_read(kinds):
    tables = package(
        service("Food pantry A", schedules=[{"id": "a", "description": "Mo 09:00-10:00"}]),
        service("Food pantry B", schedules=[{"id": "b", "description": "when the flag is out"}]),
        service("Food pantry C"),
    )
    told = check(hours_table(to_resources(tables, kinds)), HOURS_READ)
    assert told["hours_state"].tolist() == ["read", "unread"]
    assert told["hours"].tolist() == ["Mo 09:00-10:00", None]
    assert told["why"][0] == ""
    assert told["why"][1] != ""


def test_one_line_of_address_and_where_one_writes_comes_last(kinds):
    pantry = service()
    box = {"id": "b", "address_1": "PO Box 1", "city": "Troy", "address_type": "postal"}
    street = {"id": "a", "address_1": "1 Oak St", "address_2": "Floor 2", "city": "Troy"}
    pantry["service_at_locations"][0]["location"]["addresses"] = [box, street]
    assert one(package(pantry), kinds)["address"] == "1 Oak St, Floor 2, Troy"
    pantry["service_at_locations"][0]["location"]["addresses"] = [box]
    assert one(package(pantry), kinds)["address"] == "PO Box 1, Troy"


@pytest.mark.parametrize(
    ("name", "terms", "description", "kind"),
    [
        ("Monday table", ["Food Pantry"], "", "food_pantry"),
        (
            "Night beds",
            [],
            "A homeless shelter. Ask at the library.",
            "homeless_shelter",
        ),
        ("Reading room", ["Libraries"], "Near the hospital.", "library"),
        ("Chess", [], "We play. Once a homeless shelter.", None),
    ],
)
def test_the_kind_of_a_foreign_service(kinds, name, terms, description, kind):
    marks = [
        {"id": f"a{at}", "taxonomy_term": {"id": f"t{at}", "name": term}}
        for at, term in enumerate(terms)
    ]
    found, aside = reviewed(
        package(service(name, description=description, attributes=marks)), kinds
    )
    assert found["kind"].tolist() == ([kind] if kind else [])
    assert aside["reason"].tolist() == ([] if kind else ["no kind of help is known for it"])


def test_every_row_is_a_resource_or_has_a_reason(kinds):
    good, far, none = service(at=("l",)), service("Soup kitchen"), service("Shelter")
    far["service_at_locations"][0]["location"] = {"id": "far", "latitude": 100, "longitude": 101}
    none["service_at_locations"][0]["location"] = {"id": "none", "name": "Somewhere"}
    tables = package(
        good,
        far,
        none,
        service("Food bank", status="inactive"),
        service("Library", at=()),
        locations=[{"id": "empty", "name": "Empty hall"} | SITE],
    )
    pairs = tables["service_at_location"]
    dangling = pd.DataFrame(
        [["x", "nobody", "l", ""], ["y", "Food pantry", "nowhere", ""]], columns=list(pairs)
    )
    tables["service_at_location"] = pd.concat([pairs, dangling], ignore_index=True)
    found, aside = reviewed(tables, kinds)
    assert found["resource_id"].tolist() == ["Food pantry@l"]
    reasons = dict(zip(aside["name"] + "|" + aside["resource_id"], aside["reason"], strict=True))
    assert reasons == {
        "Soup kitchen|Soup kitchen@l": "impossible coordinates",
        "Somewhere: Shelter|Shelter@l": "no coordinates",
        "Hall l: Food bank|Food bank@l": "the service is inactive",
        "Hall l|x": "its service is not in the file",
        "Food pantry|y": "its location is not in the file",
        "Library|": "no location is given for this service",
        "Empty hall|": "no service is offered at this location",
    }
    assert aside["row_number"].is_unique


def test_violence_services_are_redacted_and_it_is_recorded(kinds):
    tables = package(
        service("Counselling for domestic violence", at=("safe", "hospital")),
        service("Hospital", at=("hospital",)),
    )
    found = to_resources(tables, kinds).set_index("resource_id")["redacted"]
    assert found.to_dict() == {
        "Counselling for domestic violence@safe": True,
        "Counselling for domestic violence@hospital": True,
        "Hospital@hospital": False,
    }
    marks = recorded(tables, kinds)["attributes"]
    secret = marks[marks["value"].eq("redacted")]
    assert dict(zip(secret["link_id"], secret["link_entity"], strict=True)) == {
        "safe": "location",  # nothing else is there
        "Counselling for domestic violence": "service",  # the hospital is no secret
    }
    assert recorded(recorded(tables, kinds), kinds)["attributes"].equals(marks)


def test_nothing_is_changed_in_place_and_no_tables_are_no_places(kinds):
    tables = package(service())
    before = {name: frame.copy() for name, frame in tables.items()}
    to_resources(tables, kinds)
    recorded(tables, kinds)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(frame, tables[name])
    assert check(to_resources({}, kinds), RESOURCES).empty
    assert check(hours_table(to_resources({}, kinds)), HOURS_READ).empty
