"""Street files of our own, and real ones read once."""

import json
from pathlib import Path

import pytest

from outreach.streets.build import StreetFile, read_streets

TINY_OSM = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
 <node id="1" lat="42.6500" lon="-73.7600" version="1"/>
 <node id="2" lat="42.6500" lon="-73.7590" version="1"/>
 <node id="3" lat="42.6500" lon="-73.7580" version="1"/>
 <node id="4" lat="42.6510" lon="-73.7600" version="1"/>
 <node id="5" lat="42.6510" lon="-73.7580" version="1"/>
 <node id="6" lat="42.6520" lon="-73.7600" version="1"/>
 <node id="7" lat="42.6520" lon="-73.7580" version="1"/>
 <node id="8" lat="42.6530" lon="-73.7600" version="1"/>
 <node id="9" lat="42.6600" lon="-73.7600" version="1"/>
 <node id="10" lat="42.6600" lon="-73.7500" version="1"/>
 <way id="1" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/>
  <tag k="highway" v="residential"/><tag k="name" v="South Street"/></way>
 <way id="2" version="1"><nd ref="1"/><nd ref="4"/><nd ref="6"/>
  <tag k="highway" v="secondary"/><tag k="name" v="West Ave"/><tag k="maxspeed" v="30 mph"/></way>
 <way id="3" version="1"><nd ref="3"/><nd ref="5"/><nd ref="7"/>
  <tag k="highway" v="secondary"/><tag k="name" v="East Ave"/></way>
 <way id="4" version="1"><nd ref="4"/><nd ref="5"/>
  <tag k="highway" v="residential"/><tag k="name" v="Middle St"/><tag k="oneway" v="yes"/></way>
 <way id="5" version="1"><nd ref="6"/><nd ref="7"/>
  <tag k="highway" v="residential"/><tag k="name" v="North St"/><tag k="oneway" v="-1"/></way>
 <way id="6" version="1"><nd ref="6"/><nd ref="8"/><tag k="highway" v="footway"/></way>
 <way id="7" version="1"><nd ref="7"/><nd ref="8"/>
  <tag k="highway" v="residential"/><tag k="access" v="private"/></way>
 <way id="8" version="1"><nd ref="1"/><nd ref="7"/><tag k="railway" v="rail"/></way>
 <way id="9" version="1"><nd ref="4"/><nd ref="5"/><nd ref="7"/><nd ref="6"/><nd ref="4"/>
  <tag k="building" v="yes"/></way>
 <way id="10" version="1"><nd ref="9"/><nd ref="10"/>
  <tag k="highway" v="residential"/><tag k="name" v="Far Island Rd"/></way>
</osm>
"""


@pytest.fixture
def tiny_osm(tmp_path: Path) -> Path:
    """Two avenues, three cross streets (two of them one-way), a footway, an island apart."""
    path = tmp_path / "tiny.osm"
    path.write_text(TINY_OSM, encoding="utf-8")
    return path


@pytest.fixture
def lines_file(tmp_path: Path):
    """Write centrelines given as (coordinates, properties)."""

    def write(*lines, name="lines.geojson", kind="LineString") -> Path:
        features = [
            {
                "type": "Feature",
                "properties": properties,
                "geometry": {"type": kind, "coordinates": points},
            }
            for points, properties in lines
        ]
        path = tmp_path / name
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        return path

    return write


@pytest.fixture(scope="session")
def cambridge(real_data: Path) -> StreetFile:
    path = real_data / "streets" / "TRANS_Centerlines.geojson"
    return read_streets(path, drive_speed_kmh=32, walk_speed_kmh=4.5)


@pytest.fixture(scope="session")
def denver(real_data: Path) -> StreetFile:
    path = real_data / "streets" / "denver_downtown_drive.graphml"
    return read_streets(path, drive_speed_kmh=32, walk_speed_kmh=4.5)


@pytest.fixture(scope="session")
def albany(real_data: Path) -> StreetFile:
    path = real_data / "streets" / "albany_2018_clean.osm.bz2"
    return read_streets(path, drive_speed_kmh=32, walk_speed_kmh=4.5)
