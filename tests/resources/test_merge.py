"""Two directories made one, and nothing of a redacted place in what is shared."""

import io
import json
import zipfile
from datetime import date

import pandas as pd
import pytest

from outreach.resource_schemas import HSDS
from outreach.resources.directory.edits import changed, closed, verified
from outreach.resources.directory.flat import PLACE, tables_of
from outreach.resources.directory.hsds import package_bytes
from outreach.resources.directory.hsds_json import from_json, to_json
from outreach.resources.directory.merge import merged, shareable_tables
from outreach.resources.directory.services import to_resources
from outreach.resources.directory.sources import read_source

TODAY = date(2026, 11, 22)
BY = "Ann"


def places(*rows):
    """Return tables of plain places; each row has at least a name."""
    default = dict.fromkeys(PLACE, "") | {"lon": "-73.75", "lat": "42.65"}
    default |= {"kind": "food_pantry", "redacted": False}
    made = [default | {"resource_id": row["name"].lower()} | row for row in rows]
    return tables_of(pd.DataFrame(made))


A = {"name": "Alpha", "phone": "111", "hours_text": "Mo 09:00-10:00", "organization": "Org"}
B = {"name": "Beta", "phone": "222", "organization": "Org"}


def view(tables, kinds):
    return to_resources(tables, kinds).set_index("resource_id")


def test_a_place_found_again_replaces_the_older_record_and_nothing_else_is_lost(kinds):
    known = places(A, B)
    both, kept = merged(known, places({"name": "Alpha", "phone": "999"}, {"name": "Gamma"}))
    found = view(both, kinds)
    assert kept == 0
    assert found["phone"].to_dict() == {"alpha": "999", "beta": "222", "gamma": None}
    assert found.loc["alpha", "hours_text"] is None  # the file tells no hours any more
    assert list(found.index) == ["alpha", "beta", "gamma"]
    for name, frame in both.items():
        assert frame["id"].is_unique, name


def test_merging_with_itself_or_with_nothing_changes_nothing():
    known = places(A, B)
    for both, kept in (merged(known, known), merged(known, {}), merged({}, known)):
        assert kept == 0
        assert set(both) == set(known)
        for name, frame in known.items():
            pd.testing.assert_frame_equal(both[name], frame, check_dtype=False)


@pytest.mark.parametrize("do", ["change", "verify", "close"])
def test_what_a_person_did_here_stays(kinds, do):
    known = places(A, B)
    if do == "change":
        known = changed(known, "alpha", {"phone": "123"}, by=BY, today=TODAY)
    elif do == "verify":
        known = verified(known, "alpha", by=BY, today=TODAY)
    else:
        known = closed(known, "alpha", by=BY, today=TODAY)
    before = view(known, kinds)
    news = places(A | {"phone": "999", "website": "x"}, B | {"phone": "888"})
    both, kept = merged(known, news)
    after = view(both, kinds)
    assert kept == 1
    assert after.loc["beta", "phone"] == "888"
    assert ("alpha" in after.index) == (do != "close")
    if do != "close":
        pd.testing.assert_series_equal(after.loc["alpha"], before.loc["alpha"])
    assert len(both["metadata"]) == len(known["metadata"])


def test_redacted_stays_redacted_unless_a_person_here_said_otherwise(kinds):
    secret = A | {"redacted": True}
    assert view(merged(places(secret, B), places(A))[0], kinds)["redacted"].to_dict() == {
        "alpha": True,
        "beta": False,
    }
    corrected = verified(places(A, B), "alpha", by=BY, today=TODAY)
    both, _ = merged(corrected, places(secret))
    assert view(both, kinds).loc["alpha", "redacted"]  # a file may hide what we thought public
    opened = changed(places(secret), "alpha", {"redacted": False}, by=BY, today=TODAY)
    assert not view(opened, kinds).loc["alpha", "redacted"]
    both, _ = merged(opened, places(secret))
    assert not view(both, kinds).loc["alpha", "redacted"]


def test_the_tables_given_are_left_as_they_were():
    known, found = places(A, B), places(A | {"phone": "9"})
    copies = [{n: f.copy() for n, f in tables.items()} for tables in (known, found)]
    merged(known, found)
    for tables, copy in zip((known, found), copies, strict=True):
        for name, frame in copy.items():
            pd.testing.assert_frame_equal(tables[name], frame)


@pytest.mark.real
def test_real_files_one_after_the_other(real_data, kinds):
    paths = [
        real_data / "resources" / "capital_district_food_pantries.csv",
        real_data / "places" / "albany" / "albany_2018_pois.geojson",
        real_data / "resources" / "ohana_sample_csv",
    ]
    sources = [read_source(path, kinds) for path in paths]
    both: dict[str, pd.DataFrame] = {}
    for source in [*sources, *sources]:  # twice: the second time nothing is new
        both, _ = merged(both, source.tables)
    found = to_resources(both, kinds)
    apart = [to_resources(source.tables, kinds) for source in sources]
    assert len(found) == sum(map(len, apart)) == 49 + 86 + 17
    pd.testing.assert_frame_equal(found, pd.concat(apart, ignore_index=True), check_dtype=False)


HIDDEN = "Zq{}hush"
FIXED = {"latitude": "42.65", "longitude": "-73.75", "status": "active"}
FIXED |= {"link_entity": "location", "resource_type": "service"}


def planted():
    """Return a directory with a public and a redacted place, each with a row in every table.

    Every text of the redacted place's rows is a word of its own, and a public description
    names the place besides.
    """
    ids = {"organization_id": "o", "service_id": "s", "location_id": "l"}
    ids |= {"service_at_location_id": "x", "contact_id": "c", "phone_id": "p", "program_id": "g"}
    ids |= {"taxonomy_term_id": "t", "taxonomy_id": "y", "unit_id": "u", "link_id": "l"}
    ids |= {"resource_id": "s"}
    own = {"organizations": "o", "services": "s", "locations": "l", "service_at_location": "x"}
    own |= {"contacts": "c", "phones": "p", "programs": "g", "taxonomy_terms": "t"}
    own |= {"taxonomies": "y", "units": "u"}
    tables, words = {}, []
    for name, columns in HSDS.items():
        rows = []
        described = name == "meta_table_descriptions"  # of files, not of places
        for side in ("public",) if described else ("public", "hidden"):
            row = {}
            for column in columns:
                if column == "id":
                    row[column] = f"{own.get(name, name)}-{side}"
                elif column in ids:
                    row[column] = f"{ids[column]}-{side}"
                elif column in ("parent_organization_id", "parent_id"):
                    row[column] = ""
                elif column in FIXED:
                    row[column] = FIXED[column]
                elif side == "hidden":
                    words.append(HIDDEN.format(len(words)))
                    row[column] = words[-1]
                else:
                    row[column] = f"open {name} {column}"
            rows.append(row)
        tables[name] = pd.DataFrame(rows, columns=list(columns), dtype=object)
    return tables, words


def everything(tables):
    with zipfile.ZipFile(io.BytesIO(package_bytes(tables))) as packed:
        files = [packed.read(name).decode() for name in packed.namelist()]
    return "\n".join([*files, json.dumps(to_json(tables))])


def test_nothing_of_a_redacted_place_is_shared(kinds):
    tables, words = planted()
    before = everything(tables)
    assert all(word in before for word in words)
    tables = changed(tables, "x-hidden", {"redacted": True}, by="Bob", today=TODAY)
    name = tables["locations"].set_index("id").loc["l-hidden", "name"]
    tables["organizations"].loc[0, "description"] = f"We also run {name.upper()} on Elm Street."
    tables["my_notes"] = pd.DataFrame({"id": ["1"], "text": [words[0]]})
    shared = shareable_tables(tables, kinds)
    told = everything(shared)
    assert [word for word in words if word.lower() in told.lower()] == []
    assert "-hidden" not in told
    assert "Bob" not in told
    for table_name, frame in shared.items():  # and the public place is whole
        if table_name not in ("attributes", "taxonomy_terms", "taxonomies"):
            assert len(frame) == 1, table_name
    public = tables["services"].iloc[[0]]
    pd.testing.assert_frame_equal(shared["services"], public, check_dtype=False)
    assert shared["organizations"]["description"].tolist() == [""]


def test_a_place_is_secret_by_kind_or_name_though_nobody_marked_it(kinds):
    tables = from_json(
        {
            "id": "o",
            "name": "Equinox",
            "services": [
                {"id": "s", "name": "Domestic violence shelter", "service_at_locations": [
                    {"id": "x", "location": {"id": "l", "name": "12 Elm Street", "latitude": 42}}
                ]},
                {"id": "t", "name": "Youth center", "service_at_locations": [
                    {"id": "y", "location": {"id": "m", "name": "Hall", "latitude": 43}}
                ]},
            ],
        }
    )  # fmt: skip
    shared = shareable_tables(tables, kinds)
    assert shared["services"]["id"].tolist() == ["t"]
    assert shared["locations"]["id"].tolist() == ["m"]
    assert shared["organizations"]["name"].tolist() == ["Equinox"]  # it has a public place too
    assert "Elm" not in everything(shared)


def test_what_a_public_and_a_secret_place_share(kinds):
    """A service at both stays at the public one; their organization too, and its phone."""
    tables = from_json(
        {
            "id": "o",
            "name": "Help",
            "phones": [{"id": "p", "number": "518 555 0101"}],
            "services": [
                {"id": "s", "name": "Homeless shelter", "service_at_locations": [
                    {"id": "x", "location": {"id": "l", "name": "Quiet house"}},
                    {"id": "y", "location": {"id": "m", "name": "Main hall"}},
                ]},
            ],
        }
    )  # fmt: skip
    hidden = changed(tables, "x", {"redacted": "yes"}, by=BY, today=TODAY)
    shared = shareable_tables(hidden, kinds)
    assert shared["service_at_location"]["id"].tolist() == ["y"]
    assert shared["phones"]["number"].tolist() == ["518 555 0101"]
    assert "Quiet" not in everything(shared)
    assert set(shareable_tables(tables, kinds)["service_at_location"]["id"]) == {"x", "y"}


def test_sharing_a_directory_without_secrets_loses_nothing(kinds):
    tables = places(A, B)
    shared = shareable_tables(tables, kinds)
    for name, frame in tables.items():
        pd.testing.assert_frame_equal(shared[name], frame, check_dtype=False)
    assert shareable_tables({}, kinds) == {}
