import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import box

from outreach import geo


def test_metres_and_back_and_great_circle_agree():
    lon, lat = np.array([-73.75, -73.70]), np.array([42.65, 42.70])
    x, y = geo.to_metres(lon, lat, origin=(-73.75, 42.65))
    straight = float(np.hypot(x[1] - x[0], y[1] - y[0]))
    assert straight == pytest.approx(
        float(geo.distance_m(*[lon[0], lat[0], lon[1], lat[1]])), rel=2e-3
    )
    back = geo.to_lonlat(x, y, geo.utm_crs(-73.75, 42.65))
    assert np.allclose(back, (lon, lat), atol=1e-9)


def test_one_degree_of_latitude_is_a_known_length():
    assert float(geo.distance_m(0, 0, 0, 1)) == pytest.approx(111_195, rel=1e-4)


@pytest.mark.parametrize(
    ("lon", "lat", "code"), [(-73.7, 42.6, "32618"), (151.2, -33.9, "32756"), (-180, 1, "32601")]
)
def test_utm_zone(lon, lat, code):
    assert geo.utm_crs(lon, lat).endswith(code)


def test_a_buffer_grows_a_box_by_its_rim():
    shape = box(-73.76, 42.64, -73.75, 42.65)
    frame = gpd.GeoDataFrame(geometry=[shape, geo.buffer_m(shape, 100)], crs=geo.STORED_CRS)
    plain_m2, grown_m2 = geo.frame_to_metres(frame).area
    rim_m = 2 * (820 + 1110)
    assert grown_m2 - plain_m2 == pytest.approx(100 * rim_m + 3.14 * 100**2, rel=0.02)
