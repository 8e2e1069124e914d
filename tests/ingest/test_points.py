import numpy as np
import pandas as pd
import pyproj
import pytest

from outreach import geo
from outreach.errors import InputError
from outreach.ingest import points
from outreach.ingest.points import System

ALBANY = (-73.76, 42.65)
ZONE = "America/New_York"


@pytest.mark.parametrize(
    ("cell", "pair"),
    [
        ("POINT (-122.3 47.6)", (-122.3, 47.6)),
        ("SRID=4326;POINT Z (-122.3 47.6 12)", (-122.3, 47.6)),
        ("(47.6, -122.3)", (47.6, -122.3)),
        ("12 A ST (REAR)\nBerkeley, CA\n(37.85, -122.27)", (37.85, -122.27)),
        ("47.6, -122.3", (47.6, -122.3)),
        ("{'latitude': '47.6', 'longitude': '-122.3'}", (47.6, -122.3)),
        ('{"type":"Point","coordinates":[-122.3,47.6]}', (-122.3, 47.6)),
    ],
)
def test_coordinates_inside_a_text_cell(cell: str, pair: tuple[float, float]) -> None:
    one, two = points.pairs(pd.Series([cell]))
    assert (one[0], two[0]) == pair


def test_a_cell_without_coordinates_gives_none() -> None:
    one, _ = points.pairs(pd.Series(["100 MAIN ST", "", None]))
    assert np.isnan(one).all()


def test_numbers_with_separators_and_hemispheres() -> None:
    plain = points.numbers(pd.Series(["7,639,201.5", " -71.5 ", "71.5W", "x", "", "1e3"]))
    np.testing.assert_array_equal(plain, [7639201.5, -71.5, -71.5, np.nan, np.nan, 1000])
    np.testing.assert_array_equal(
        points.numbers(pd.Series(["-71,25", "1.234,5"]), decimal_comma=True), [-71.25, 1234.5]
    )


def test_placeholders_are_no_coordinates() -> None:
    x = np.array([0, -1, 999, -73.7, 0, -73.7])
    y = np.array([0, -1, 999, 42.6, 42.6, np.nan])
    assert np.isfinite(points.blanked(x, y)[0]).tolist() == [False] * 3 + [True, False, False]


@pytest.mark.parametrize("middle", [None, ALBANY])
@pytest.mark.parametrize(
    ("x", "y", "system"),
    [
        (-73.7, 42.6, System()),
        (42.6, -73.7, System(swapped=True)),
        (73.7, 42.6, System(scale=-1.0)),
        (-73_700_000, 42_600_000, System(scale=1e6)),
        (73_700_000, 42_600_000, System(scale=-1e6)),
    ],
)
def test_degrees_however_written_come_to_lie_in_the_city(
    x: float, y: float, system: System, middle: tuple[float, float] | None
) -> None:
    xs, ys = np.array([x] * 5), np.array([y] * 5)
    found = points.guess_system(xs, ys, middle=middle, time_zone=ZONE)
    assert found == system
    lon, lat = points.degrees(xs, ys, found)
    assert (round(lon[0], 6), round(lat[0], 6)) == (-73.7, 42.6)


def projected(crs: str, lon: float, lat: float) -> tuple[np.ndarray, np.ndarray]:
    x, y = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon, lat)
    return np.array([x] * 3), np.array([y] * 3)


@pytest.mark.parametrize(
    ("crs", "lon", "lat"),
    [
        ("EPSG:2285", -122.33, 47.60),  # Washington North, US feet
        ("EPSG:3452", -90.07, 29.95),  # Louisiana South, US feet
        ("EPSG:26986", -71.06, 42.36),  # Massachusetts, metres
        ("EPSG:26918", -73.76, 42.65),  # UTM 18N
        ("EPSG:2223", -112.07, 33.45),  # Arizona Central, international feet
        ("EPSG:3857", -71.06, 42.36),  # Web Mercator
    ],
)
def test_projections_are_told_by_where_the_city_lies(crs: str, lon: float, lat: float) -> None:
    x, y = projected(crs, lon, lat)
    found = geo.guess_projection(x, y, near=(lon + 0.08, lat - 0.05))
    assert found is not None
    there = geo.to_lonlat(x, y, found)
    assert geo.distance_m(*there, lon, lat).max() < 5


def test_portland_is_told_with_and_without_the_city() -> None:
    x, y = np.array([7645000.0]), np.array([684000.0])
    truth = geo.to_lonlat(x, y, "EPSG:2913")
    for near in ((-122.67, 45.52), None):
        found = geo.guess_projection(x, y, near=near, time_zone="America/Los_Angeles")
        assert found is not None
        assert geo.distance_m(*geo.to_lonlat(x, y, found), *truth).max() < 5


def test_a_projection_that_cannot_be_told_is_asked_for() -> None:
    x, y = projected("EPSG:26918", *ALBANY)
    with pytest.raises(InputError, match="--crs"):
        points.guess_system(x, y, middle=None, time_zone="Europe/Berlin")
    assert points.guess_system(x, y, middle=None, time_zone=ZONE, crs="epsg:26918") == System(
        "EPSG:26918"
    )
    with pytest.raises(InputError, match="no coordinate system"):
        points.guess_system(x, y, middle=None, time_zone=ZONE, crs="EPSG:1")


def test_the_bulk_keeps_a_county_and_drops_other_states() -> None:
    rng = np.random.default_rng(1)
    lon, lat = rng.normal(-75.3, 0.15, 500), rng.normal(40.2, 0.1, 500)
    lon[:2], lat[:2] = [-95.6, -77.7], [30.3, 40.2]
    lon[2] = np.nan
    bulk = points.bulk_of(lon, lat)
    assert bulk is not None
    outside = bulk.outside_km(lon, lat)
    assert (np.nan_to_num(outside) > 0).nonzero()[0].tolist() == [0, 1]
