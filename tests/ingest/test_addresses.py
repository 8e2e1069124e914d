import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import LineString

from outreach.columns import check
from outreach.ingest.addresses import Address, normalise_street, parse_address, place_addresses
from outreach.schemas import ADDRESS_RANGES, INTERSECTIONS


@pytest.mark.parametrize(
    "text", ["North Main Street", "N. MAIN ST", "n main st", "NORTH  MAIN STREET."]
)
def test_one_form_for_a_street(text: str) -> None:
    assert normalise_street(text) == "N MAIN ST"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("400 blk HILL ST LAB", Address(400, "HL ST LAB", block=True)),
        ("100 BLOCK OF MAIN ST", Address(100, "MAIN ST", block=True)),
        ("14XX N MAIN ST", Address(1400, "N MAIN ST", block=True)),
        ("1400-BLK PINE ST", Address(1400, "PINE ST", block=True)),
        ("163-177 Allston St", Address(163, "ALLSTON ST")),
        ("123 1/2 MAIN ST APT 4B", Address(123, "MAIN ST")),
        ("12A Elm Ave #3, Albany", Address(12, "ELM AVE")),
        ("450 R Concord Ave", Address(450, "CONCORD AVE")),
        ("A ST & B AVE", Address(None, "A ST", "B AVE")),
        ("A ST/B AVE", Address(None, "A ST", "B AVE")),
        ("Elm St at Oak St", Address(None, "ELM ST", "OAK ST")),
        ("OREGON STREET &amp; MCGEE AVE\nBerkeley", Address(None, "OREGON ST", "MCGEE AVE")),
        ("INTERSECTION of A St & B St", Address(None, "A ST", "B ST")),
        ("REINDEER CT & DEAD END", Address(None, "REINDEER CT")),
        ("", None),
        ("UNKNOWN", None),
    ],
)
def test_addresses_as_dispatchers_write_them(text: str, address: Address | None) -> None:
    assert parse_address(text) == address


@pytest.fixture
def ranges() -> gpd.GeoDataFrame:
    east = LineString([(0, 0), (0.01, 0)])
    north = LineString([(0.01, 0), (0.01, 0.01)])
    rows = [
        ("MAIN ST", 101, 199, "odd", False, east),
        ("MAIN ST", 100, 198, "even", True, east),
        ("MAIN ST", 200, 299, "both", False, north),
        (normalise_street("Park Avenue"), 1, 9, "both", False, north),
    ]
    frame = gpd.GeoDataFrame(rows, columns=list(ADDRESS_RANGES.columns), crs="EPSG:4326")
    return check(frame, ADDRESS_RANGES)


@pytest.fixture
def crossings() -> pd.DataFrame:
    frame = pd.DataFrame(
        [("MAIN ST", normalise_street("Park Avenue"), 0.01, 0.0)],
        columns=list(INTERSECTIONS.columns),
    )
    return check(frame, INTERSECTIONS)


@pytest.mark.parametrize(
    ("text", "lon", "lat", "by"),
    [
        ("101 Main Street", 0.0, 0.0, "address"),
        ("199 MAIN ST APT 2, Anytown", 0.01, 0.0, "address"),
        ("100 Main St Anytown NY", 0.01, 0.0, "address"),  # even numbers fall along the line
        ("299 MAIN", 0.01, 0.01, "address"),  # the only street of that name
        ("200 BLOCK OF MAIN ST", 0.01, 0.0050505, "address"),
        ("Park Av / Main St", 0.01, 0.0, "intersection"),
        ("MAIN ST & PARK AVE ANYTOWN", 0.01, 0.0, "intersection"),
    ],
)
def test_addresses_are_placed(
    text: str, lon: float, lat: float, by: str, ranges: gpd.GeoDataFrame, crossings: pd.DataFrame
) -> None:
    found = place_addresses(pd.Series([text], index=[7]), ranges, crossings).loc[7]
    assert (round(found.lon, 6), round(found.lat, 6)) == (lon, round(lat, 6))
    assert found.placed_by == by


def test_what_no_street_bears_stays_unplaced(
    ranges: gpd.GeoDataFrame, crossings: pd.DataFrame
) -> None:
    texts = pd.Series(["5 OAK ST", "900 MAIN ST", "MAIN ST", "OAK ST & MAIN ST", None, ""])
    found = place_addresses(texts, ranges, crossings)
    assert (found["placed_by"] == "unplaced").all()
    assert found["lon"].isna().all()
    assert (place_addresses(texts, None, None)["placed_by"] == "unplaced").all()
