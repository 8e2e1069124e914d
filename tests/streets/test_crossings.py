"""House-number ranges and crossings, on our own lines and against Cambridge's own lists."""

import re

import geopandas as gpd
import pandas as pd
import pytest

from outreach.columns import check
from outreach.geo import distance_m
from outreach.ingest.addresses import normalise_street
from outreach.schemas import ADDRESS_RANGES, INTERSECTIONS
from outreach.streets.centrelines import read_lines
from outreach.streets.crossings import address_ranges, intersections, name_spots

A, B, C = [-71.10, 42.37], [-71.09, 42.37], [-71.09, 42.38]


@pytest.mark.parametrize(
    "columns",
    [
        ("L_From", "L_To", "R_From", "R_To"),
        ("L_F_ADD", "L_T_ADD", "R_F_ADD", "R_T_ADD"),
        ("LFROMADD", "LTOADD", "RFROMADD", "RTOADD"),
        ("FROMADDR_L", "TOADDR_L", "FROMADDR_R", "TOADDR_R"),
        ("L_LOW_HN", "L_HIGH_HN", "R_LOW_HN", "R_HIGH_HN"),
        ("left_from", "left_to", "right_from", "right_to"),
    ],
)
def test_ranges_whatever_the_columns_are_called(lines_file, columns):
    first = dict(zip(columns, (2, 98, 1, 99), strict=True))
    second = dict(zip(columns, (130, 100, -1, -1), strict=True))
    third = dict(zip(columns, (0, 0, 5, 10), strict=True))
    path = lines_file(
        ([A, B], {"FULLNAME": "Main Street", **first}),
        ([B, C], {"FULLNAME": "Main Street", **second}),
        ([C, A], {"FULLNAME": "N. Oak Ave", **third}),
    )
    ranges = check(address_ranges(read_lines(path)), ADDRESS_RANGES)
    rows = ranges[["street", "low", "high", "parity", "reversed"]].to_numpy().tolist()
    assert sorted(rows) == [
        ["MAIN ST", 1, 99, "odd", False],
        ["MAIN ST", 2, 98, "even", False],
        ["MAIN ST", 100, 130, "even", True],
        ["N OAK AVE", 5, 10, "both", False],
    ]


def test_no_ranges_is_an_empty_table(lines_file):
    ranges = address_ranges(read_lines(lines_file(([A, B], {"Potential_L_From": 3}))))
    assert len(check(ranges, ADDRESS_RANGES)) == 0
    assert isinstance(ranges, gpd.GeoDataFrame)


def test_a_dual_carriageway_is_one_crossing_and_a_crescent_two():
    nodes = pd.DataFrame(
        {"lon": [-71.1, -71.0998, -71.09, -71.08], "lat": [42.37] * 4}, index=[10, 11, 12, 13]
    )
    edges = pd.DataFrame(
        [
            (10, 12, "Broad St"),
            (11, 12, "Broad St"),
            (10, 11, "Cross St"),
            (11, 13, None),
            (12, 13, "Cross St; Hill Rd"),
        ],
        columns=["u", "v", "name"],
    )
    found = check(intersections(nodes, edges), INTERSECTIONS)
    both = found[(found["street_a"] == "BROAD ST") & (found["street_b"] == "CROSS ST")]
    assert sorted(both["lon"].round(4)) == [-71.0999, -71.09]
    others = set(zip(found["street_a"], found["street_b"], strict=True))
    assert others == {("BROAD ST", "CROSS ST"), ("BROAD ST", "HL RD"), ("CROSS ST", "HL RD")}


def test_no_names_no_crossings():
    nodes = pd.DataFrame({"lon": [0.0, 1.0], "lat": [0.0, 0.0]})
    edges = pd.DataFrame({"u": [0], "v": [1], "name": [None]})
    assert check(intersections(nodes, edges), INTERSECTIONS).empty


@pytest.mark.real
def test_cambridge_addresses_lie_near_their_ranges(cambridge, real_data):
    """An independent reading of the ranges places known addresses of city buildings."""
    known = []
    for name in ("LANDMARK_MunicipalBuildings", "LANDMARK_ElderlyFacilities", "HEALTH_Hospitals"):
        frame = gpd.read_file(real_data / "places" / "cambridge" / f"{name}.geojson")
        frame = frame[frame["ADDRESS"].str.match(r"\d+\S*\s+\S", na=False)]
        known += list(zip(frame["ADDRESS"], frame.geometry.x, frame.geometry.y, strict=True))
    away = []
    ranges = check(cambridge.address_ranges, ADDRESS_RANGES)
    for address, lon, lat in known:
        number, street = re.match(r"(\d+)\S*\s+(.*)", address).groups()
        fits = ranges[
            ranges["street"].eq(normalise_street(street))
            & ranges["low"].le(int(number))
            & ranges["high"].ge(int(number))
            & ranges["parity"].isin(["both", "odd" if int(number) % 2 else "even"])
        ]
        if len(fits):
            row = fits.iloc[0]
            share = (int(number) - row["low"]) / max(row["high"] - row["low"], 1)
            at = row.geometry.interpolate(1 - share if row["reversed"] else share, normalized=True)
            away.append(float(distance_m(at.x, at.y, lon, lat)))
    assert len(away) >= 0.9 * len(known)  # README: about 94 %
    assert pd.Series(away).median() < 60  # README: 43 m


@pytest.mark.real
def test_cambridge_crossings_as_the_city_lists_them(cambridge, real_data):
    found = check(cambridge.intersections, INTERSECTIONS)
    ours = {(a, b): (x, y) for a, b, x, y in found[list(INTERSECTIONS.columns)].to_numpy()}
    theirs = gpd.read_file(real_data / "streets" / "TRANS_Intersections.geojson")
    theirs = theirs[theirs["Intersection"].str.count("&").eq(1)]
    away = []
    for label, point in zip(theirs["Intersection"], theirs.geometry, strict=True):
        pair = tuple(sorted(normalise_street(part) for part in label.split("&")))
        if pair in ours:
            away.append(float(distance_m(*ours[pair], point.x, point.y)))
    assert len(away) > 0.98 * len(theirs)
    assert (pd.Series(away) < 30).mean() > 0.98


def test_spots_are_named_by_their_nearest_crossing():
    crossings = pd.DataFrame(
        {
            "street_a": ["ELM ST", "FIR ST"],
            "street_b": ["OAK ST", "OAK ST"],
            "lon": [-73.75, -73.74],
            "lat": [42.65, 42.65],
        }
    )
    spots = pd.DataFrame({"lon": [-73.7501, -73.7411], "lat": [42.651, 42.64]}, index=[7, 3])
    assert name_spots(spots, crossings).to_dict() == {7: "ELM ST & OAK ST", 3: "FIR ST & OAK ST"}
    assert name_spots(spots, crossings.iloc[:0]).tolist() == ["", ""]
    assert name_spots(spots.iloc[:0], crossings).empty
