"""Directories as cities and volunteers keep them: our own small ones, then real files."""

import csv
import json
from datetime import date

import osmium
import pytest

from outreach.columns import check
from outreach.errors import InputError
from outreach.resources.directory import read_resources
from outreach.schemas import RESOURCES

CSV = """\ufeffName,Category,Address,City,Phone,Hours_of_Operation,Latitude,Longitude,Last_Updated
St. Anne&#039;s Kitchen,Food Pantry,12 Oak St,Troy,555-0101,"Mon, Wed 9-4",42.73,-73.69,02-28-2025
Hope House,Food Pantry,1 Elm St,Troy,,,,-73.69,03-05-2025
Far Pantry,Food Pantry,2 Elm St,Troy,,,100,101,03-05-2025
Null Pantry,Food Pantry,3 Elm St,Troy,,,0,0,03-05-2025
ST. ANNE'S KITCHEN,Food Pantry,12 Oak Street,Troy,,,42.7302,-73.6902,03-05-2025
Family Violence Help,Food Pantry,,Troy,,,42.74,-73.70,03-05-2025
Museum,Arts,4 Elm St,Troy,,,42.73,-73.68,03-05-2025
"""


@pytest.fixture
def pantries(tmp_path):
    path = tmp_path / "help.csv"
    path.write_text(CSV, encoding="utf-8")
    return path


def test_a_csv_directory(pantries, kinds):
    found, aside = read_resources(pantries, kinds)
    check(found, RESOURCES)
    assert found["name"].tolist() == ["St. Anne's Kitchen", "Family Violence Help"]
    first = found.iloc[0]
    assert first["address"] == "12 Oak St, Troy"
    assert first["phone"] == "555-0101"
    assert first["hours_text"] == "Mon, Wed 9-4"
    assert first["kind"] == "food_pantry"
    assert first["needs"] == "homelessness quality_of_life"
    assert first["verified_on"] == date(2025, 2, 28)  # 28 can be no month: month first
    assert (first["lon"], first["lat"]) == (-73.69, 42.73)
    assert dict(zip(aside["row_number"], aside["reason"], strict=True)) == {
        2: "no coordinates",
        3: "impossible coordinates",
        4: "impossible coordinates",
        5: "the same place is in an earlier row",
        7: "no kind of help is known for it",
    }
    assert aside["Name"].tolist()[0] == "Hope House"  # the row is kept as it was


def test_violence_services_are_redacted_whatever_the_file_says(pantries, kinds):
    for kind in (None, "social_services"):
        found, _ = read_resources(pantries, kinds, kind=kind)
        assert found.set_index("name")["redacted"].to_dict()["Family Violence Help"]
        assert found["redacted"].sum() == 1


def test_ids_stay_the_same(pantries, kinds, tmp_path):
    again = tmp_path / "renamed.csv"
    lines = CSV.splitlines()
    again.write_text("\n".join([lines[0], lines[6], lines[1]]), encoding="utf-8")
    first, _ = read_resources(pantries, kinds)
    second, _ = read_resources(again, kinds)
    assert set(first["resource_id"]) == set(second["resource_id"])


def test_dates_that_can_be_read_two_ways_are_not_read(tmp_path, kinds):
    path = tmp_path / "pantries.csv"
    path.write_text("name,lat,lon,last_updated\nA,42,-73,03-05-2025\nB,42.1,-73,04-06-2025\n")
    found, _ = read_resources(path, kinds)
    assert found["verified_on"].isna().all()


def feature(properties, geometry="Point", coordinates=(-73.76, 42.65)):
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": geometry, "coordinates": coordinates},
    }


def geojson(path, *features):
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


RING = [[[-73.70, 42.60], [-73.69, 42.60], [-73.69, 42.61], [-73.70, 42.60]]]


def test_tagged_geojson_passes_over_what_is_no_help(tmp_path, kinds):
    path = geojson(
        tmp_path / "pois.geojson",
        feature({"amenity": "parking", "name": "Hospital Garage", "osm_id": "node/1"}),
        feature(
            {
                "amenity": "hospital",
                "name": "General",
                "osm_id": "way/2",
                "addr:housenumber": "5",
                "addr:street": "Main St",
                "addr:city": "Albany",
                "opening_hours": "24/7",
            },
            "Polygon",
            RING,
        ),
        feature({"amenity": "library", "osm_id": "node/3"}),
    )
    found, aside = read_resources(path, kinds)
    check(found, RESOURCES)
    assert found["resource_id"].tolist() == ["osm:way/2", "osm:node/3"]
    assert found["name"].tolist() == ["General", "unnamed library"]
    assert found["address"].tolist()[0] == "5 Main St, Albany"
    assert found["hours_text"].tolist()[0] == "24/7"
    assert -73.70 < found["lon"][0] < -73.69
    assert 42.60 < found["lat"][0] < 42.61
    assert aside.empty


def test_a_city_file_takes_its_kind_from_its_name_or_the_caller(tmp_path, kinds):
    rows = [feature({"SITE_NAME": "North", "ADDRESS": "1 A St"})]
    found, _ = read_resources(geojson(tmp_path / "HEALTH_Hospitals.geojson", *rows), kinds)
    assert found["kind"].tolist() == ["hospital"]
    plain = geojson(tmp_path / "places.geojson", *rows)
    with pytest.raises(InputError, match="--kind"):
        read_resources(plain, kinds)
    found, _ = read_resources(plain, kinds, kind="drop_in_center")
    assert found["kind"].tolist() == ["drop_in_center"]
    with pytest.raises(InputError, match="is no kind of place; there are"):
        read_resources(plain, kinds, kind="pub")


OSM = """<osm version="0.6">
 <node id="1" lat="42.650" lon="-73.760" version="1">
  <tag k="amenity" v="social_facility"/><tag k="social_facility" v="shelter"/>
  <tag k="name" v="Night Stop"/></node>
 <node id="2" lat="42.60" lon="-73.70" version="1"/>
 <node id="3" lat="42.60" lon="-73.69" version="1"/>
 <node id="4" lat="42.61" lon="-73.69" version="1"/>
 <node id="5" lat="42.60" lon="-73.60" version="1"><tag k="amenity" v="bench"/></node>
 <way id="9" version="1"><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="2"/>
  <tag k="amenity" v="library"/><tag k="name" v="Main"/><tag k="building" v="yes"/></way>
</osm>"""


@pytest.mark.parametrize("suffix", [".osm", ".osm.bz2", ".osm.pbf"])
def test_an_openstreetmap_extract(tmp_path, kinds, suffix):
    path = tmp_path / "plain.osm"
    path.write_text(OSM)
    if suffix != ".osm":
        plain, path = path, tmp_path / f"packed{suffix}"
        with osmium.SimpleWriter(str(path)) as writer:
            for thing in osmium.FileProcessor(str(plain)):
                writer.add(thing)
    found, _ = read_resources(path, kinds)
    check(found, RESOURCES)
    by_id = found.set_index("resource_id")
    assert by_id["kind"].to_dict() == {"osm:node/1": "homeless_shelter", "osm:way/9": "library"}
    assert by_id.loc["osm:node/1", ["lon", "lat"]].tolist() == [-73.76, 42.65]
    assert 42.60 < by_id.loc["osm:way/9", "lat"] < 42.61


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("help.csv", b""),
        ("help.csv", b"name,phone\nA,1\n"),
        ("help.geojson", b"{"),
        ("help.osm.pbf", b"not at all"),
        ("help.docx", b"x"),
    ],
)
def test_unreadable_files_are_one_line(tmp_path, kinds, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_resources(tmp_path / name, kinds)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="there is no file"):
        read_resources(tmp_path / "none.csv", kinds)


@pytest.mark.real
def test_the_capital_district_pantries(real_data, kinds):
    path = real_data / "resources" / "capital_district_food_pantries.csv"
    found, aside = read_resources(path, kinds)
    check(found, RESOURCES)
    with path.open(encoding="utf-8") as handle:
        assert len(found) == len(list(csv.DictReader(handle))) == 49
    assert aside.empty
    assert set(found["kind"]) == {"food_pantry"}
    assert found[["phone", "hours_text", "verified_on", "address"]].notna().all().all()
    assert not found["name"].str.contains("&#").any()


@pytest.mark.real
def test_albany_places(real_data, kinds):
    path = real_data / "places" / "albany" / "albany_2018_pois.geojson"
    found, aside = read_resources(path, kinds)
    check(found, RESOURCES)
    tagged = json.loads(path.read_text())["features"]
    amenities = [f["properties"].get("amenity") for f in tagged]
    libraries = found["kind"].isin(["library", "academic_library"])
    assert libraries.sum() == amenities.count("library") == 19
    hospitals = found["name"].str.contains("Hospital|Medical Center|Psychiatric")
    assert hospitals.sum() >= amenities.count("hospital") == 5
    by_name = found.set_index("name")["kind"]
    assert by_name["Interfaith Partnership for the Homeless"] == "homeless_shelter"
    assert by_name["Capital City Rescue Mission"] == "homeless_shelter"
    assert by_name["Capital District Psychiatric Center"] == "mental_health_center"
    assert by_name["Addictions Care Center of Albany"] == "substance_use_treatment"
    for kind, amenity in (("police", "police"), ("fire_station", "fire_station")):
        assert (found["kind"] == kind).sum() == amenities.count(amenity)
        assert (found.loc[found["kind"] == kind, "needs"] == "").all()  # no help to be sent to
    assert len(found) + len(aside) < 100  # not the 865 car parks
    extract, _ = read_resources(real_data / "streets" / "albany_2018_clean.osm.bz2", kinds)
    assert set(found["resource_id"]) <= set(extract["resource_id"])  # the same places


@pytest.mark.real
def test_cambridge_places(real_data, kinds):
    folder = real_data / "places" / "cambridge"
    expected = {  # rows in the file, and how many are of the kind
        "PUBLICSAFETY_EmergencyShelters": (15, "disaster_shelter", 14),
        "LANDMARK_PublicLibraries": (7, "library", 7),
        "HEALTH_Hospitals": (3, "hospital", 3),
        "LANDMARK_YouthCenters": (5, "youth_center", 5),
    }
    for name, (rows, kind, of_kind) in expected.items():
        found, aside = read_resources(folder / f"{name}.geojson", kinds)
        check(found, RESOURCES)
        assert (len(found), len(aside)) == (rows, 0)
        assert found["kind"].eq(kind).sum() == of_kind
        if name == "PUBLICSAFETY_EmergencyShelters":
            shelters = found[found["kind"].eq("homeless_shelter")]
            assert shelters["name"].tolist() == ["CASPAR Shelter"]
            assert found.loc[found["kind"].eq("disaster_shelter"), "needs"].eq("").all()
    with pytest.raises(InputError):
        read_resources(folder / "TRANS_BusShelters.geojson", kinds)


@pytest.mark.real
def test_sample_values_that_are_nonsense_are_set_aside(real_data, kinds):
    path = real_data / "resources" / "hsds_3.2.3_examples" / "csv" / "locations.csv"
    found, aside = read_resources(path, kinds, kind="social_services")
    assert found.empty
    assert aside["reason"].tolist() == ["impossible coordinates"]  # latitude 100


def test_what_the_file_calls_confidential_is_redacted(tmp_path, kinds):
    path = tmp_path / "places.csv"
    path.write_text(
        "name,kind,lat,lon,confidential\n"
        "Oak House,shelter,42.65,-73.75,Yes\nElm House,shelter,42.66,-73.76,no\n"
    )
    found, _ = read_resources(path, kinds)
    assert found.set_index("name")["redacted"].to_dict() == {"Oak House": True, "Elm House": False}
