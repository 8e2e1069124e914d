"""The directory of a city: read in, changed by people at once, verified, handed on."""

import json
import threading
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import LineString

from outreach.columns import check
from outreach.config import City, dump_city, load_city
from outreach.errors import InputError, WorkError
from outreach.pipeline import directory
from outreach.pipeline.directory_checks import directory_checks, looked_over
from outreach.pipeline.directory_import import QUARANTINE, import_places
from outreach.pipeline.directory_list import narrowed, states_at
from outreach.resource_schemas import RESOURCE_CHECKS, RESOURCES
from outreach.schemas import ADDRESS_RANGES
from outreach.store import tables
from outreach.store.secrets import make_key
from outreach.store.work import open_work
from outreach.streets.network import make_network, save
from outreach.work_schemas import AUDIT

NOW = datetime(2026, 11, 23, 17, tzinfo=UTC)  # Monday noon
TODAY = date(2026, 11, 23)
BY = {"by": "Ana", "now": NOW}
PLACES = """name,kind,address,phone,hours,verified_on,confidential,lat,lon
Elm Pantry,food_pantry,10 Elm St,555-0101,"Mon, Wed 9am-11am",2026-11-01,no,42.6501,-73.7549
Night Shelter,homeless_shelter,20 Elm St,555-0102,Mo-Su 17:00-09:00,2026-01-01,no,42.65,-73.7540
Safe House,domestic_violence_service,30 Elm St,555-0103,24/7,2026-11-01,yes,42.65,-73.7531
Church Kitchen,food_pantry,40 Elm St,555-0104,hours vary,,no,42.65,-73.7522
Nowhere,library,50 Elm St,,,2026-11-01,no,,
"""


@pytest.fixture
def folder(tmp_path) -> Path:
    """A city with one street, Elm St, whose numbers 2 to 98 run east from -73.7558."""
    city = tmp_path / "city"
    city.mkdir()
    (city / "city.toml").write_text(dump_city(City(name="Elmville", time_zone="America/New_York")))
    make_key(city)
    line = LineString([(-73.7558, 42.65), (-73.7468, 42.65)])
    ways = gpd.GeoDataFrame(
        {"u": [0, 1], "v": [1, 0], "length_m": 740.0, "travel_s": 80.0, "name": "Elm St"},
        geometry=[line, line.reverse()], crs=4326,
    ).assign(limited=False)  # fmt: skip
    save(make_network("drive", ways), city / "streets")
    numbers = gpd.GeoDataFrame(
        {"street": ["ELM ST"], "low": [2], "high": [98], "parity": ["even"], "reversed": [False]},
        geometry=[line], crs=4326,
    )  # fmt: skip
    assert set(ADDRESS_RANGES.columns) <= set(numbers.columns)
    tables.write_shapes(city / "streets" / "address_ranges.parquet", numbers)
    return city


@pytest.fixture
def places(tmp_path) -> Path:
    path = tmp_path / "places.csv"
    path.write_text(PLACES)
    return path


@pytest.fixture
def kept(folder, places) -> Path:
    """The same city with its places read in."""
    import_places(folder, [places], now=NOW)
    return folder


def id_of(folder, name):
    known = directory.read_directory(folder)
    return known.loc[known["name"] == name, "resource_id"].iloc[0]


def row_of(folder, resource_id):
    return directory.read_directory(folder).set_index("resource_id").loc[resource_id]


def trail(folder):
    with open_work(folder).reading() as rows:
        return rows.fetch(AUDIT)


def test_an_import_counts_keeps_and_sets_aside(folder, places):
    done = import_places(folder, [places], now=NOW)
    assert (done.rows_in, done.accepted, done.quarantined) == (5, 4, 1)
    assert (done.hours_given, done.hours_read, done.kept) == (4, 3, True)
    assert list(done.reasons) == ["places.csv: no coordinates"]
    known = check(directory.read_directory(folder), RESOURCES)
    assert sorted(known["name"]) == ["Church Kitchen", "Elm Pantry", "Night Shelter", "Safe House"]
    aside = pd.read_csv(folder / QUARANTINE)
    assert aside.loc[0, ["file", "row_number"]].tolist() == ["places.csv", 5]
    assert "Nowhere" in aside.loc[0].astype(str).tolist()
    assert trail(folder)["did"].tolist() == ["imported"]
    text = done.hours.set_index("name")
    assert text.loc["Elm Pantry", "hours"] == "Mo,We 09:00-11:00"
    assert text.loc["Church Kitchen", "hours_state"] == "unread"
    assert "Safe House" not in text.index  # safeguard 7: the table goes from hand to hand
    assert text.loc["confidential", "hours"] == "24/7"


def test_an_import_again_changes_nothing(kept, places):
    before = directory.read_directory(kept)
    import_places(kept, [places], now=NOW)
    pd.testing.assert_frame_equal(directory.read_directory(kept), before)


@pytest.mark.parametrize(
    ("name", "text"),
    [("none.json", "[]"), ("aside.csv", "name,kind,lat,lon\nNowhere,library,,\n")],
)
def test_a_first_import_without_a_place_leaves_a_readable_city(folder, tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    import_places(folder, [path], now=NOW)
    assert directory.read_directory(folder).empty


def test_the_rows_set_aside_are_read_again_once_mended(kept, tmp_path):
    rows = pd.read_csv(kept / QUARANTINE).assign(lat=42.65, lon=-73.75)
    rows.to_csv(tmp_path / "mended.csv", index=False)
    assert import_places(kept, [tmp_path / "mended.csv"], now=NOW).accepted == 1


def test_another_files_record_of_a_redacted_place_is_redacted_too(kept, tmp_path):
    """Safeguard 7: it has an id of its own, since its point is a little elsewhere."""
    directory.change_resource(kept, id_of(kept, "Night Shelter"), {"redacted": True}, **BY)
    again = tmp_path / "again.csv"
    again.write_text(
        "name,kind,phone,lat,lon\n"
        "NIGHT SHELTER,homeless_shelter,555-0999,42.6511,-73.7536\n"
        "Night Shelter,homeless_shelter,555-0998,42.71,-73.7536\n"
    )
    import_places(kept, [again], now=NOW)
    known = directory.read_directory(kept).set_index("phone")["redacted"]
    assert known["555-0999"]
    assert not known["555-0998"]  # kilometres away: another place
    assert "555-0999" not in directory.export_bytes(kept, ".json").decode()


def test_one_unreadable_file_keeps_all_out(folder, places, tmp_path):
    wrong = tmp_path / "wrong.zip"
    wrong.write_text("no zip")
    with pytest.raises(InputError):
        import_places(folder, [places, wrong], now=NOW)
    assert not (folder / directory.NAME).exists()


def test_trials_keep_nothing(folder, places):
    assert import_places(None, [places], now=NOW).accepted == 4
    done = import_places(folder, [places], now=NOW, dry_run=True)
    assert (done.accepted, done.kept) == (4, False)
    assert directory.read_directory(folder).empty
    assert not (folder / QUARANTINE).exists()


def test_a_frame_that_somebody_changes_is_nobody_elses(kept):
    mine = directory.read_directory(kept)
    mine.loc[:, "name"] = "changed"
    assert "changed" not in set(directory.read_directory(kept)["name"])


def test_what_a_person_corrected_stays(kept, places):
    shelter = id_of(kept, "Night Shelter")
    directory.change_resource(kept, shelter, {"phone": "555-0199"}, **BY)
    done = import_places(kept, [places], now=NOW)
    assert done.kept_as_corrected == 1
    assert row_of(kept, shelter)["phone"] == "555-0199"
    assert trail(kept)["what"].str.contains(f"place {shelter}: phone").any()


def test_hours_are_read_when_they_are_changed(kept):
    pantry = id_of(kept, "Elm Pantry")
    directory.change_resource(kept, pantry, {"hours_text": "Tue 1-3pm"}, **BY)
    changed = row_of(kept, pantry)
    assert (changed["hours_text"], changed["hours"]) == ("Tue 1-3pm", "Tu 13:00-15:00")
    directory.change_resource(kept, pantry, {"hours_text": "now and then"}, **BY)
    assert row_of(kept, pantry)["hours_state"] == "unread"


def test_verifying_is_dated_by_the_citys_calendar(kept):
    shelter = id_of(kept, "Night Shelter")
    late = datetime(2026, 11, 24, 3, tzinfo=UTC)  # still Monday there
    directory.verify_resource(kept, shelter, by="Ana", now=late)
    assert row_of(kept, shelter)["verified_on"] == TODAY
    told = directory.history_of(kept, shelter)
    assert told["by"].tolist() == ["Ana"]
    assert told["day"].tolist() == ["2026-11-23"]


def test_a_place_is_added_and_closed(kept):
    new = {"name": "Oak Library", "kind": "library", "lon": -73.75, "lat": 42.65}
    key = directory.add_resource(kept, {**new, "hours_text": "Mo-Fr 09:00-17:00"}, **BY)
    added = row_of(kept, key)
    assert (added["needs"], added["hours_state"]) == ("homelessness quality_of_life", "read")
    assert added["verified_on"] == TODAY
    directory.close_resource(kept, key, **BY)
    assert key not in set(directory.read_directory(kept)["resource_id"])
    assert set(trail(kept)["did"]) == {"imported", "added", "closed"}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"kind": "castle"}, "no kind of place"),
        ({"name": " "}, "needs a name"),
        ({"lon": 5.0}, "longitude and latitude"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_a_change_that_makes_no_sense_changes_nothing(kept, changes, told):
    before = (kept / directory.NAME).read_bytes()
    with pytest.raises(WorkError, match=told):
        directory.change_resource(kept, id_of(kept, "Elm Pantry"), changes, **BY)
    assert (kept / directory.NAME).read_bytes() == before
    assert trail(kept)["did"].tolist() == ["imported"]


def test_nobody_changes_anything_without_a_name(kept):
    with pytest.raises(WorkError, match="who enters this"):
        directory.verify_resource(kept, id_of(kept, "Elm Pantry"), by=" ", now=NOW)


def test_two_editors_at_once_lose_nothing(kept):
    names = ("Elm Pantry", "Night Shelter", "Safe House", "Church Kitchen")
    ids = {name: id_of(kept, name) for name in names}
    start, faults = threading.Barrier(len(ids)), []

    def edit(name):
        try:
            start.wait()
            for turn in range(3):
                directory.change_resource(
                    kept, ids[name], {"phone": f"555-02{turn}", "documents": name}, **BY
                )
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=edit, args=(name,)) for name in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    for name, key in ids.items():
        assert row_of(kept, key)[["phone", "documents"]].tolist() == ["555-022", name]
    assert (trail(kept)["did"] == "changed").sum() == 12


def test_doubts_are_told_and_nothing_is_moved(kept):
    pantry = id_of(kept, "Elm Pantry")
    far = id_of(kept, "Church Kitchen")
    directory.change_resource(kept, pantry, {"address": "90 Elm St"}, **BY)
    directory.change_resource(kept, far, {"lon": -73.75, "lat": 42.66}, **BY)
    known = directory.read_directory(kept)
    found = check(directory_checks(kept, known, today=TODAY), RESOURCE_CHECKS)
    found = found.set_index("resource_id")
    assert found.loc[pantry, "place_check"] == "address_elsewhere"
    # 90 stands 88/96 along 740 m, the point 10/96 or so along it
    assert found.loc[pantry, "address_m"] == pytest.approx(603, abs=15)
    assert found.loc[pantry, "street_m"] == pytest.approx(11.1, abs=0.2)  # 0.0001 degrees north
    assert found.loc[far, "place_check"] == "far_from_streets"
    assert found.loc[far, "street_m"] == pytest.approx(1111, abs=5)
    shelter = id_of(kept, "Night Shelter")
    assert found.loc[shelter, ["place_check", "stale"]].tolist() == ["fits", True]
    assert found.loc[shelter, "verified_days"] == (TODAY - date(2026, 1, 1)).days
    assert known.set_index("resource_id").loc[far, "lat"] == 42.66


def test_stale_is_what_the_citys_settings_say(kept):
    known = directory.read_directory(kept)
    at = date(2026, 11, 1) + timedelta(days=90)
    stale = directory_checks(kept, known, today=at).set_index("resource_id")["stale"]
    assert not stale[id_of(kept, "Elm Pantry")]
    stale = directory_checks(kept, known, today=at + timedelta(days=1))
    assert stale.set_index("resource_id")["stale"][id_of(kept, "Elm Pantry")]


def test_without_streets_nothing_is_said_of_where_places_lie(tmp_path, places):
    city = tmp_path / "bare"
    city.mkdir()
    (city / "city.toml").write_text(dump_city(City(name="Bare", time_zone="UTC")))
    make_key(city)
    done = import_places(city, [places], now=NOW)
    assert (done.accepted, done.doubtful) == (4, 0)
    found = directory_checks(city, directory.read_directory(city), today=TODAY)
    assert set(found["place_check"]) == {"not_checked"}


def test_what_to_look_at_is_said_in_sentences(kept):
    known = looked_over(kept, directory.read_directory(kept), today=TODAY).set_index("name")
    assert known["to_verify"].to_dict() == {
        "Elm Pantry": False, "Night Shelter": True, "Safe House": False, "Church Kitchen": True,
    }  # fmt: skip
    assert known.loc["Night Shelter", "doubts"] == ("Last verified 326 days ago.",)
    assert known.loc["Church Kitchen", "doubts"][0] == "Nobody has verified it yet."
    assert "hours are shown as written" in known.loc["Church Kitchen", "doubts"][1]


@pytest.mark.parametrize("ending", [".zip", ".json"])
def test_an_export_holds_nothing_of_a_redacted_place(kept, tmp_path, ending):
    """Safeguard 7."""
    target = tmp_path / f"out{ending}"
    directory.export_directory(kept, target, **BY)
    if ending == ".zip":
        with zipfile.ZipFile(target) as packed:
            text = " ".join(packed.read(name).decode() for name in packed.namelist())
    else:
        text = target.read_text()
        assert json.loads(text)
    assert "Elm Pantry" in text
    for secret in ("Safe House", "30 Elm", "555-0103", "-73.7531"):
        assert secret not in text
    told = trail(kept).set_index("did").loc["exported"]
    assert told[["who", "what"]].tolist() == ["Ana", f"directory as out{ending}"]
    again = import_places(None, [target], now=NOW)
    assert again.accepted == 3


def test_an_export_of_another_kind_is_refused(kept, tmp_path):
    with pytest.raises(InputError, match=r"\.zip or \.json"):
        directory.export_directory(kept, tmp_path / "out.xml", **BY)
    assert not (tmp_path / "out.xml").exists()


OLD = """resource_id,name,kind,needs,address,phone,hours_text,verified_on,redacted,lon,lat
a,Elm Pantry,food_pantry,homelessness,10 Elm St,,24/7,2026-11-01,False,-73.7549,42.65
b,Quiet House,dv_shelter,conflict,,,,,True,-73.7531,42.65
c,Old Mill,mill,,,,,,False,-73.7522,42.65
"""


def test_an_earlier_versions_places_are_not_lost(folder, places):
    (folder / "resources.csv").write_text(OLD)
    known = directory.read_directory(folder).set_index("name")
    assert known["kind"].to_dict()["Elm Pantry"] == "food_pantry"
    assert known.loc["Elm Pantry", ["hours", "verified_on"]].tolist() == ["24/7", date(2026, 11, 1)]
    assert known["redacted"].to_dict() == {
        "Elm Pantry": False, "Quiet House": True, "Old Mill": False,
    }  # fmt: skip
    directory.verify_resource(folder, id_of(folder, "Old Mill"), **BY)
    assert not (folder / "resources.csv").exists()
    assert set(directory.read_directory(folder)["name"]) == set(known.index)


def test_an_earlier_versions_places_keep_their_ids(folder, places):
    import_places(folder, [places], now=NOW)
    pantry = id_of(folder, "Elm Pantry")
    (folder / directory.NAME).unlink()
    rows = [
        "osm:node/5,Elm Library,library,,,,,,False,-73.7549,42.65",
        "osm:way/6,,library,,,,,,False,-73.7531,42.65",
        "x,Elm Pantry,food_pantry,,,,,,False,-73.7549,42.6501",
    ]
    (folder / "resources.csv").write_text("\n".join([OLD.split("\n", maxsplit=1)[0], *rows]))
    known = directory.read_directory(folder)
    assert set(known["resource_id"]) == {"osm:node/5", "osm:way/6", pantry}


def test_an_earlier_versions_place_that_would_be_lost_is_an_error(folder):
    (folder / "resources.csv").write_text(OLD + "d,Nowhere,library,,,,,,False,,\n")
    with pytest.raises(InputError, match="1 places of it would be lost"):
        directory.read_directory(folder)


def test_a_city_without_a_directory_has_no_places(folder):
    assert check(directory.read_directory(folder), RESOURCES).empty
    assert directory.read_tables(folder) == {}


def test_places_are_looked_up_by_need_kind_and_hour(kept):
    known, city = directory.read_directory(kept), load_city(kept)
    assert set(narrowed(known, need="conflict")["name"]) == {"Safe House"}
    assert len(narrowed(known, need="homelessness", kind="food_pantry")) == 2
    with pytest.raises(InputError, match="no need"):
        narrowed(known, need="hunger")
    with pytest.raises(InputError, match="no place is of the kind"):
        narrowed(known, kind="castle")
    at = datetime(2026, 11, 23, 15, tzinfo=UTC)  # Monday, 10:00 there
    state = states_at(known, at, city).set_index(known["name"])
    assert state["state"].to_dict() == {
        "Elm Pantry": "open", "Night Shelter": "closed", "Safe House": "open",
        "Church Kitchen": "unknown",
    }  # fmt: skip
    assert state.loc["Elm Pantry", "closes_at"] == pd.Timestamp("2026-11-23T16:00Z")
    assert state.loc["Night Shelter", "opens_at"] == pd.Timestamp("2026-11-23T22:00Z")
    night = states_at(known, datetime(2026, 11, 24, 8, tzinfo=UTC), city).set_index(known["name"])
    assert night.loc["Night Shelter", "state"] == "open"
    assert night.loc["Night Shelter", "closes_at"] == pd.Timestamp("2026-11-24T14:00Z")


def test_no_places_have_no_states(folder):
    found = states_at(directory.read_directory(folder), NOW, load_city(folder))
    assert found.empty
