"""Nested JSON of HSDS: every official example imports, organization_full goes round."""

import json

import pandas as pd
import pytest

from outreach.errors import InputError
from outreach.resources.directory.hsds import read_package
from outreach.resources.directory.hsds_json import from_json, to_json
from outreach.resources.directory.sources import read_source

ROWS = {  # tables that each official example fills
    "location": {"locations", "addresses", "phones", "contacts", "schedules"},
    "organization_full": {"organizations", "services", "service_at_location", "locations", "url"},
    "organization_list": {"organizations"},
    "service_at_location_full": {"services", "service_at_location", "organizations"},
    "service_at_location_list": {"services", "service_at_location", "locations"},
    "service_full": {"services", "service_capacity", "units", "attributes", "taxonomy_terms"},
    "service_list": {"services", "organizations", "programs"},
    "tabular": {"organizations", "meta_table_descriptions", "metadata"},
    "taxonomy": {"taxonomies"},
    "taxonomy_list": {"taxonomies"},
    "taxonomy_term": {"taxonomy_terms", "taxonomies"},
    "taxonomy_term_list": {"taxonomy_terms", "taxonomies"},
}


def example(real_data, name):
    return real_data / "resources" / "hsds_3.2.3_examples" / name


def said(value):
    """Return JSON without empty values, so that only what is told is compared."""
    if isinstance(value, dict):
        kept = {key: said(inner) for key, inner in value.items()}
        return {key: inner for key, inner in kept.items() if inner not in ("", None, [], {})}
    return [said(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.real
@pytest.mark.parametrize("name", ROWS)
def test_every_official_example_imports(real_data, kinds, name):
    path = example(real_data, f"{name}.json")
    tables = from_json(json.loads(path.read_text()))
    assert set(tables) >= ROWS[name]
    for frame in tables.values():
        assert frame["id"].is_unique
        assert frame["id"].ne("").all()
        assert frame.map(lambda cell: isinstance(cell, str)).all(axis=None)
    source = read_source(path, kinds)
    assert source.rows_in == len(source.set_aside)  # its only place lies at latitude 100


@pytest.mark.real
def test_organization_full_goes_round_both_ways(real_data):
    given = json.loads(example(real_data, "organization_full.json").read_text())
    tables = from_json(given)
    written = to_json(tables)
    assert said(written) == said([given])
    assert json.loads(json.dumps(written)) == written
    back = from_json(written)
    assert set(back) == set(tables)
    for name, frame in tables.items():
        pd.testing.assert_frame_equal(frame, back[name])


@pytest.mark.real
def test_json_and_csv_of_the_official_example_say_the_same(real_data):
    nested = from_json(json.loads(example(real_data, "organization_full.json").read_text()))
    plain = read_package(example(real_data, "csv"))
    for name in ("addresses", "phones", "schedules", "languages", "required_documents"):
        pd.testing.assert_frame_equal(nested[name], plain[name])


ORGANIZATION = {
    "id": "o",
    "name": "Help",
    "colour": {"of": ["door"]},
    "services": [
        {
            "id": "s",
            "name": "Pantry",
            "minimum_age": 18,
            "phones": [{"number": "007", "extension": "012"}],
            "service_at_locations": [
                {"id": "x", "location": {"id": "l", "latitude": 42.5, "longitude": -73.75}},
                {"id": "y", "location": {"id": "m", "latitude": None}},
            ],
            "attributes": [{"id": "a", "taxonomy_term": {"id": "t", "name": "Food"}}],
        }
    ],
}


def test_what_stands_inside_points_to_what_it_stands_in():
    tables = from_json([ORGANIZATION])
    assert tables["services"]["organization_id"].tolist() == ["o"]
    pairs = tables["service_at_location"]
    assert pairs[["service_id", "location_id"]].to_numpy().tolist() == [["s", "l"], ["s", "m"]]
    assert tables["locations"]["latitude"].tolist() == ["42.5", ""]
    phone = tables["phones"].iloc[0]
    assert (phone["service_id"], phone["number"], phone["extension"]) == ("s", "007", "012")
    assert phone["id"]  # it brought none
    mark = tables["attributes"].iloc[0]
    assert (mark["link_id"], mark["link_entity"], mark["taxonomy_term_id"]) == ("s", "service", "t")
    assert json.loads(tables["organizations"]["colour"][0]) == {"of": ["door"]}
    written = to_json(tables)[0]["services"][0]
    assert written["minimum_age"] == 18
    assert written["phones"][0]["extension"] == "012"  # no number is written so
    assert written["service_at_locations"][0]["location"]["latitude"] == 42.5


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"version": "3.0", "profile": "x", "openapi_url": "y"}, "holds no organizations"),
        ([1], "holds no organizations"),
        ([], None),
        ("text", "holds no organizations"),
        ({"id": "o", "name": "n", "services": ["s"]}, "has str where one of services"),
        ({"id": "o", "name": "n", "services": {"id": "s"}}, "no list where services"),
    ],
)
def test_other_json_is_one_clear_line(tmp_path, kinds, value, says):
    path = tmp_path / "some.json"
    path.write_text(json.dumps(value))
    if says is None:
        assert read_source(path, kinds).rows_in == 0
        return
    with pytest.raises(InputError, match=says) as caught:
        read_source(path, kinds)
    assert "some.json" in str(caught.value)
    assert "\n" not in str(caught.value)
