"""The Ohana sample: what becomes of each of its files."""

import pytest

from outreach.columns import check
from outreach.resource_schemas import RESOURCES
from outreach.resources.directory.hsds import package_bytes, read_package
from outreach.resources.directory.ohana import _clock, _weekly, from_ohana, is_ohana
from outreach.resources.directory.services import to_resources
from outreach.resources.directory.sources import read_source


@pytest.mark.real
def test_the_sample_imports(real_data, kinds):
    source = read_source(real_data / "resources" / "ohana_sample_csv", kinds)
    tables = source.tables
    counts = {name: len(frame) for name, frame in tables.items()}
    assert {
        name: counts[name]
        for name in ("organizations", "services", "locations", "service_at_location", "programs")
    } == {
        "organizations": 8,
        "services": 23,
        "locations": 22,
        "service_at_location": 23,
        "programs": 1,
    }
    assert counts["addresses"] == 21 + 21  # where it is, and where one writes
    assert counts["phones"] == 54
    assert counts["contacts"] == 31
    assert counts["schedules"] == 11 + 4 + 2  # and two texts with the holidays in them
    assert counts["required_documents"] == 1
    found = check(to_resources(tables, kinds), RESOURCES)
    assert (source.rows_in, len(found), len(source.set_aside)) == (23, 17, 6)
    assert source.set_aside["reason"].value_counts().to_dict() == {
        "no kind of help is known for it": 4,
        "the service is defunct": 1,
        "the service is inactive": 1,
    }
    by_name = found.set_index("name")
    library = by_name.loc["Main Library"]
    assert (library["kind"], library["organization"]) == ("library", "Redwood City Public Library")
    assert library["address"] == "1044 Middlefield Road, Redwood City"
    first = by_name.loc["Fair Oaks Adult Activity Center"]
    assert first["languages"] == "es tl"
    assert first["accessibility"] == "disabled parking; ramp; restroom; wheelchair"
    assert first["eligibility"].startswith("Age 55 or over")
    assert by_name.loc["Second Career Employment Program", "phone"] == "650 403-4300 x4385"


@pytest.mark.real
def test_hours_of_the_sample(real_data, kinds):
    source = read_source(real_data / "resources" / "ohana_sample_csv", kinds)
    found = to_resources(source.tables, kinds).set_index("name")
    odd = found.loc["Fair Oaks Adult Activity Center"]  # Monday 9am to 03:00
    assert odd["hours_state"] == "unread"
    assert odd["hours_text"].startswith("Monday 9am-03:00")
    rows = source.tables["schedules"]
    of_location = rows[rows["location_id"].eq("ohana:22") & rows["byday"].ne("")]
    assert of_location[["byday", "opens_at", "closes_at"]].to_numpy().tolist() == [
        [day, "08:00", "17:00"] for day in ("MO", "TU", "WE", "TH", "FR")
    ] + [["SA", "10:00", "18:00"], ["SU", "11:00", "17:00"]]
    own = rows[rows["service_id"].eq("ohana:22") & rows["byday"].ne("")]
    assert own[["byday", "opens_at", "closes_at"]].to_numpy().tolist() == [
        ["MO", "08:00", "12:00"],
        ["MO", "14:00", "16:00"],
        ["WE", "10:00", "15:00"],
    ]
    source = read_source(
        real_data / "resources" / "ohana_sample_csv", kinds, kind="social_services"
    )
    both = to_resources(source.tables, kinds).set_index("service")["hours"]
    assert both["Passport Photos"] == "Mo 08:00-12:00,14:00-16:00; We 10:00-15:00; Jan 01 off"
    assert both["Example Service Name"].split("; ")[5:] == [
        "Sa 10:00-18:00",
        "Su 11:00-17:00",
        "Jan 01 off",
        "2015 Dec 24 10:00-16:00",
        "Jun 01-Sep 01 off",
    ]


@pytest.mark.real
def test_what_was_imported_is_kept_as_hsds(real_data, kinds, tmp_path):
    tables = read_source(real_data / "resources" / "ohana_sample_csv", kinds).tables
    (tmp_path / "directory.zip").write_bytes(package_bytes(tables))
    again = read_package(tmp_path / "directory.zip")
    assert not is_ohana(again)
    assert to_resources(again, kinds).equals(to_resources(tables, kinds))
    service = again["services"].set_index("id").loc["ohana:22"]
    assert service["accepted_payments"] == "Cash, Check, Credit Card"  # not of the standard
    assert service["wait_time"] == "No wait to 2 weeks."
    terms = again["attributes"][again["attributes"]["link_id"].eq("ohana:22")]
    assert "ohana:108-05-01" in set(terms["taxonomy_term_id"])


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("4:00 PM", "16:00"),
        ("3pm", "15:00"),
        ("9am", "09:00"),
        ("12 am", "00:00"),
        ("12:30 p.m.", "12:30"),
        ("03:00", "03:00"),
        ("24:00", "24:00"),
        ("25:00", None),
        ("13pm", None),
        ("noon", None),
        ("", None),
    ],
)
def test_times(text, clock):
    assert _clock(text) == clock


def test_hours_that_close_before_they_open_are_no_rule():
    row = {"weekday": "Friday", "opens_at": "9am", "closes_at": "03:00"}
    made = _weekly(row)
    assert set(made) == {"description"}
    assert _weekly(row | {"closes_at": "3pm"})["byday"] == "FR"
    assert set(_weekly(row | {"weekday": "Someday", "closes_at": "3pm"})) == {"description"}


def test_a_service_without_location_is_set_aside(tmp_path, kinds):
    (tmp_path / "services.csv").write_text("id,location_id,name,status\n1,,Food pantry,active\n")
    (tmp_path / "locations.csv").write_text("id,organization_id,name\n1,,Hall\n")
    (tmp_path / "organizations.csv").write_text("id,name\n1,Help\n")
    tables = from_ohana(read_package(tmp_path))
    assert table_sizes(tables) == {"organizations": 1, "services": 1, "locations": 1}
    source = read_source(tmp_path, kinds)
    assert source.rows_in == 2
    assert source.set_aside["reason"].tolist() == [
        "no location is given for this service",
        "no service is offered at this location",
    ]


def table_sizes(tables):
    return {name: len(frame) for name, frame in tables.items()}
