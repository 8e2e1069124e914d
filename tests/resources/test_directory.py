"""Directories as cities and volunteers keep them: our own small ones, then real files."""

import csv
import json
from datetime import date

import numpy as np
import osmium
import pytest

from outreach.columns import check
from outreach.errors import InputError
from outreach.resource_schemas import RESOURCES
from outreach.resources.directory.hsds import package_bytes, read_package
from outreach.resources.directory.languages import language_code, language_codes
from outreach.resources.directory.services import to_resources
from outreach.resources.directory.sources import read_source


def read_resources(path, kinds, *, kind=None):
    """Read a file and return its resources and what was set aside, which together are its rows."""
    source = read_source(path, kinds, kind=kind)
    found = check(to_resources(source.tables, kinds), RESOURCES)
    assert source.rows_in == len(found) + len(source.set_aside)
    return found, source.set_aside


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
    path.parent.mkdir(exist_ok=True)
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


FULL = """\
Name,Organization,More_Information,Website,Email,Hours,Accepts,Min_Age,Languages,Wheelchair,\
Required_Documents,Capacity,Available_Beds,Capacity_Updated,State,Zip,Address,City,Lat,Lon
Night Shelter,City Mission,Beds for a night,https://m.example,a@m.example,24/7,Adults,18,\
"English, Spanish & ASL",limited,Photo ID,40,3,2026-11-20,NY,12180,1 Oak St,Troy,42.73,-73.69
"""


def test_everything_that_a_city_file_tells(tmp_path, kinds):
    path = tmp_path / "places.csv"
    path.write_text(FULL)
    source = read_source(path, kinds)
    place = to_resources(source.tables, kinds).iloc[0]
    told = {
        "organization": "City Mission",
        "website": "https://m.example",
        "hours": "24/7",
        "hours_state": "read",
        "eligibility": "Adults",
        "minimum_age": 18,
        "languages": "en es ase",
        "accessibility": "partly wheelchair accessible",
        "documents": "Photo ID",
        "capacity_maximum": 40,
        "capacity_available": 3,
        "address": "1 Oak St, Troy",
    }
    assert {name: place[name] for name in told} == told
    assert place["capacity_updated_at"].date() == date(2026, 11, 20)
    assert source.tables["services"]["description"].tolist() == ["Beds for a night"]
    assert source.tables["services"]["email"].tolist() == ["a@m.example"]
    assert source.tables["addresses"]["postal_code"].tolist() == ["12180"]


def test_tags_of_openstreetmap_become_hsds(tmp_path, kinds):
    tags = {"amenity": "library", "name": "Main", "osm_id": "way/2", "operator": "City"}
    tags |= {"opening_hours": "Mo-Fr 09:00-17:00", "wheelchair": "yes", "contact:phone": "5"}
    tags |= {"website": "https://l.example", "check_date": "2026-10-01", "capacity": "many"}
    path = geojson(tmp_path / "pois.geojson", feature(tags | {"min_age": "6"}))
    source = read_source(path, kinds)
    place = to_resources(source.tables, kinds).iloc[0]
    assert (place["organization"], place["phone"]) == ("City", "5")
    assert (place["hours"], place["verified_on"]) == ("Mo-Fr 09:00-17:00", date(2026, 10, 1))
    assert (place["accessibility"], place["minimum_age"]) == ("wheelchair accessible", 6)
    assert np.isnan(place["capacity_maximum"])  # "many" is no number
    site = source.tables["locations"].iloc[0]
    assert site["external_identifier"] == "way/2"
    assert site["external_identifier_type"] == "OpenStreetMap"


def test_kind_and_redaction_are_kept_in_the_package(pantries, kinds, tmp_path):
    source = read_source(pantries, kinds)
    path = tmp_path / "directory.zip"
    path.write_bytes(package_bytes(source.tables))
    again = read_source(path, kinds)
    assert again.rows_in == 2
    assert to_resources(again.tables, kinds).equals(to_resources(source.tables, kinds))
    assert to_resources(read_package(path), kinds)["redacted"].tolist() == [False, True]


@pytest.mark.real
def test_the_official_package_stays_whole_though_its_place_is_nowhere(real_data, kinds):
    folder = real_data / "resources" / "hsds_3.2.3_examples" / "csv"
    source = read_source(folder, kinds)
    assert source.rows_in == 1
    assert source.set_aside["reason"].tolist() == ["impossible coordinates"]
    for name, frame in read_package(folder).items():
        kept = source.tables[name]
        assert kept.head(len(frame)).equals(frame), name  # what we record comes after


def test_a_folder_of_something_else_is_refused(tmp_path, kinds):
    (tmp_path / "pantries.csv").write_text("name,lat,lon\nA,42,-73\n")
    with pytest.raises(InputError, match="has none of the tables locations, organizations"):
        read_source(tmp_path, kinds)
    with pytest.raises(InputError, match="holds no tables"):
        read_source(geojson(tmp_path / "empty" / "x.geojson").parent, kinds)


def test_a_table_without_ids_and_json_without_end_are_one_line(tmp_path, kinds):
    (tmp_path / "services.csv").write_text("name\nFood pantry\n")
    (tmp_path / "locations.csv").write_text("name,latitude,longitude\nHere,42.65,-73.75\n")
    with pytest.raises(InputError, match="no column id in locations, services"):
        read_resources(tmp_path, kinds)
    deep = tmp_path / "deep.json"
    deep.write_text("[" * 100_000)
    with pytest.raises(InputError, match="cannot be read as a list of places"):
        read_resources(deep, kinds)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_table_from_windows(tmp_path, kinds, encoding):
    path = tmp_path / "places.csv"
    # a comma at the end of each row is a column without a name, not a shift of all columns
    path.write_bytes("name,kind,lat,lon\nCafé Hope,library,42.65,-73.75,\n".encode(encoding))
    found, aside = read_resources(path, kinds)
    assert aside.empty
    assert found.loc[0, ["name", "lat", "lon"]].tolist() == ["Café Hope", 42.65, -73.75]


def test_languages_by_name_and_code():
    assert language_codes("English, Spanish and ASL") == [
        ("en", "English"),
        ("es", "Spanish"),
        ("ase", "American Sign Language"),
    ]
    assert [code for code, _ in language_codes("en es")] == ["en", "es"]
    assert [code for code, _ in language_codes("['Haitian Creole']")] == ["ht"]
    assert language_code("Chinese (Mandarin)") == "cmn"
    assert language_code("Old High Elvish") == "old_high_elvish"  # one word, as the column asks
    assert language_codes("") == []
