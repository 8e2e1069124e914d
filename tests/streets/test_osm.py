"""OpenStreetMap extracts in every wrapping, saved graphs, and a download from a stand-in."""

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import unquote_plus
from xml.etree import ElementTree

import osmium
import osmnx as ox
import pandas as pd
import pytest

from outreach.errors import InputError, StreetsError
from outreach.streets.build import download_streets, read_streets
from outreach.streets.osm import may_use

SPEEDS = {"drive_speed_kmh": 32.0, "walk_speed_kmh": 4.5}


def ways(network) -> set[tuple[str, float, float]]:
    """Each edge by its name and its first and last longitude."""
    lines = network.edges.geometry
    return {
        (name, line.coords[0], line.coords[-1])
        for name, line in zip(network.edges["name"], lines, strict=True)
    }


def test_driving_keeps_to_the_one_ways(tiny_osm):
    drive = read_streets(tiny_osm, **SPEEDS).networks["drive"]
    w4, e5 = (-73.76, 42.651), (-73.758, 42.651)
    assert ("Middle St", w4, e5) in ways(drive)
    assert ("Middle St", e5, w4) not in ways(drive)
    # North St is tagged -1: against its drawing, from east to west
    north = drive.edges[drive.edges["name"].str.contains("North", na=False)]
    assert len(north) == 1
    assert north.geometry.iloc[0].coords[0] == (-73.758, 42.652)
    assert north.geometry.iloc[0].coords[-1] == (-73.76, 42.652)
    assert not any("Far Island" in (name or "") for name in drive.edges["name"])


def test_walking_goes_both_ways_and_takes_footways_but_no_private_ones(tiny_osm):
    walk = read_streets(tiny_osm, **SPEEDS).networks["walk"]
    w4, e5 = (-73.76, 42.651), (-73.758, 42.651)
    assert {("Middle St", w4, e5), ("Middle St", e5, w4)} <= ways(walk)
    ends = {line.coords[-1] for line in walk.edges.geometry}
    assert (-73.76, 42.653) in ends  # the end of the footway
    assert (walk.edges["length_m"] / walk.edges["travel_s"] * 3.6).round(6).eq(4.5).all()


def test_speed_is_the_posted_one_or_the_city_default(tiny_osm):
    drive = read_streets(tiny_osm, drive_speed_kmh=20, walk_speed_kmh=4.5).networks["drive"]
    kmh = drive.edges["length_m"] / drive.edges["travel_s"] * 3.6
    by_name = kmh.groupby(drive.edges["name"]).mean().round(1).to_dict()
    assert by_name.pop("East Ave; South Street; West Ave") == pytest.approx(31, abs=3)  # mixed
    # secondary: 30 mph posted on one; residential: none is posted
    assert by_name == {"Middle St": 20, "North St": 20, "West Ave": 48.3, "East Ave": 48.3}


def test_crossings_come_from_the_names(tiny_osm):
    found = read_streets(tiny_osm, **SPEEDS).intersections
    pairs = set(zip(found["street_a"], found["street_b"], strict=True))
    assert (
        pairs
        == {
            ("SOUTH ST", "WEST AVE"),
            ("EAST AVE", "SOUTH ST"),
            ("MIDDLE ST", "WEST AVE"),
            ("EAST AVE", "MIDDLE ST"),
            ("N ST", "WEST AVE"),
            ("E AVE", "N ST"),
        }
        or len(pairs) == 6
    )


@pytest.mark.parametrize("suffix", [".osm.bz2", ".osm.gz", ".osm.pbf"])
def test_every_wrapping_gives_the_same_streets(tiny_osm, tmp_path, suffix):
    packed = tmp_path / f"packed{suffix}"
    with osmium.SimpleWriter(str(packed)) as writer:
        for thing in osmium.FileProcessor(str(tiny_osm)):
            writer.add(thing)
    plain, other = read_streets(tiny_osm, **SPEEDS), read_streets(packed, **SPEEDS)
    for mode, network in plain.networks.items():
        pd.testing.assert_frame_equal(
            pd.DataFrame(network.edges), pd.DataFrame(other.networks[mode].edges)
        )


@pytest.mark.parametrize("mode", ["drive", "walk"])
def test_our_filter_is_the_one_of_osmnx(mode):
    """Ask both about every pair of tags that occurs in OSMnx's own query."""
    import re

    query = ox._overpass._get_network_filter(mode)
    rules = re.findall(r'\["([^"]+)"!~"([^"]+)"\]', query)
    values = {word for _, pattern in rules for word in pattern.split("|")}
    values |= {"residential", "motorway_link", "parking_aisle", "both", "yes", "designated"}
    for key in {key for key, _ in rules} | {"name"}:
        for value in values:
            tags = {"highway": "residential"} | {key: value}
            theirs = not any(re.search(p, tags.get(k, "")) for k, p in rules)
            assert may_use(tags, mode) == theirs, tags


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cut.osm.bz2", b"BZh91AY&SY\x00\x01"),
        ("text.osm", b"this is no XML"),
        ("half.osm", b"<osm version='0.6'><node id='1' lat='42' lon='-73'/>"),
        ("noise.osm.pbf", bytes(range(200))),
        ("empty.osm", b""),
        ("text.graphml", b"no graph"),
        ("other.graphml", b"<graphml xmlns='http://graphml.graphdrawing.org/xmlns'></graphml>"),
        ("streets.shp", b"whatever"),
    ],
)
def test_bad_files_are_one_clear_line(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_streets(path, **SPEEDS)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_one_without_streets(tmp_path):
    with pytest.raises(InputError, match="there is no file"):
        read_streets(tmp_path / "nowhere.osm", **SPEEDS)
    bare = tmp_path / "bare.osm"
    bare.write_text("<osm version='0.6'><node id='1' lat='42' lon='-73'/></osm>")
    with pytest.raises(StreetsError, match="no streets to drive on"):
        read_streets(bare, **SPEEDS)


class StandIn(BaseHTTPRequestHandler):
    """Answers as Nominatim and Overpass would, from the tiny town."""

    osm = ""
    asked: list[str] = []  # noqa: RUF012

    def _answer(self, what: object) -> None:
        body = json.dumps(what).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self.asked.append(self.path)
        ring = [[-74, 42], [-73, 42], [-73, 43], [-74, 43], [-74, 42]]
        place = {
            "place_id": 1,
            "osm_type": "relation",
            "osm_id": 1,
            "lat": "42.65",
            "lon": "-73.75",
            "importance": 0.5,
            "display_name": "Tiny Town",
            "boundingbox": ["42.64", "42.66", "-73.77", "-73.74"],
            "geojson": {
                "type": "Polygon",
                "coordinates": [
                    [[-73.75 + (x + 73.5) / 50, 42.65 + (y - 42.5) / 50] for x, y in ring]
                ],
            },
        }
        self._answer([] if "Nowhere" in self.path else [place])

    def do_POST(self) -> None:
        query = unquote_plus(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.asked.append(query)
        mode = "walk" if "sidewalk" in query else "drive"
        elements = []
        for thing in ElementTree.fromstring(self.osm):  # noqa: S314
            tags = {t.get("k"): t.get("v") for t in thing.findall("tag")}
            element = {"type": thing.tag, "id": int(thing.get("id")), "tags": tags}
            if thing.tag == "node":
                element |= {"lat": float(thing.get("lat")), "lon": float(thing.get("lon"))}
            elif "highway" not in tags or not may_use(tags, mode):
                continue
            else:
                element["nodes"] = [int(n.get("ref")) for n in thing.findall("nd")]
            elements.append(element)
        self._answer({"elements": elements})

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def stand_in(tiny_osm, monkeypatch):
    StandIn.osm, StandIn.asked = tiny_osm.read_text(), []
    server = HTTPServer(("127.0.0.1", 0), StandIn)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(ox.settings, "nominatim_url", f"{url}/")
    monkeypatch.setattr(ox.settings, "overpass_url", f"{url}/api")
    monkeypatch.setattr(ox.settings, "overpass_rate_limit", False)
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_place_is_downloaded_by_its_name(stand_in, tiny_osm, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    resolve, cached = socket.getaddrinfo, ox.settings.use_cache
    told: list[str] = []
    fetched = download_streets("Tiny Town", report=told.append, **SPEEDS)
    for mode, network in read_streets(tiny_osm, **SPEEDS).networks.items():
        assert ways(fetched.networks[mode]) == ways(network)
    assert told[0] == "Downloading streets of Tiny Town: drive"
    assert any("Tiny" in path for path in StandIn.asked)
    assert ox.settings.use_cache == cached  # global settings are as before
    assert socket.getaddrinfo is resolve
    assert not (tmp_path / "cache").exists()


def test_an_unknown_place_and_no_connection_are_one_line(stand_in, monkeypatch):
    with pytest.raises(InputError, match="Nowhere") as caught:
        download_streets("Nowhere", **SPEEDS)
    assert "\n" not in str(caught.value)
    monkeypatch.setattr(ox.settings, "nominatim_url", "http://127.0.0.1:9/")
    with pytest.raises(InputError, match="could not be downloaded") as caught:
        download_streets("Tiny Town", **SPEEDS)
    assert "\n" not in str(caught.value)


@pytest.mark.real
def test_a_saved_drive_graph_serves_walking_both_ways(denver):
    drive, walk = denver.networks["drive"], denver.networks["walk"]
    assert len(walk.nodes) == 377  # every node of the file
    pairs = set(zip(walk.edges["u"], walk.edges["v"], strict=True))
    assert pairs == {(v, u) for u, v in pairs}
    one_way = set(zip(drive.edges["u"], drive.edges["v"], strict=True))
    assert one_way != {(v, u) for u, v in one_way}
