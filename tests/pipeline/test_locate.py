import pandas as pd
import pytest

from outreach.errors import InputError
from outreach.pipeline.locate import crossing_near, locate, with_spots_named


@pytest.mark.parametrize("text", ["{a} & {b}", "{b} at {a}"])
def test_a_crossing_is_found_on_the_citys_own_streets(built, text):
    known = pd.read_parquet(built / "streets" / "intersections.parquet").iloc[0]
    asked = text.format(a=known["street_a"], b=known["street_b"])
    assert locate(built, asked) == (known["lon"], known["lat"])


def test_what_is_on_no_street_is_one_clear_line(built):
    with pytest.raises(InputError, match="not on the streets known here"):
        locate(built, "12 Nowhere Rd")


def test_a_point_is_named_by_the_crossing_nearest_to_it(built):
    known = pd.read_parquet(built / "streets" / "intersections.parquet").iloc[3]
    said = crossing_near(built, known["lon"] + 1e-6, known["lat"])
    assert said == f"{known['street_a']} & {known['street_b']}"


def test_without_crossings_a_point_has_no_name(tmp_path):
    assert crossing_near(tmp_path, -73.7, 42.6) == ""


def test_a_spot_without_an_address_is_told_by_its_crossing(built, tmp_path):
    known = pd.read_parquet(built / "streets" / "intersections.parquet").iloc[3]
    errands = pd.DataFrame(
        {
            "lon": [known["lon"] + 1e-6, known["lon"], None],
            "lat": [known["lat"], known["lat"], None],
            "address": [None, "4 Elm St", None],
        }
    )
    near = f"near {known['street_a']} & {known['street_b']}"
    assert list(with_spots_named(built, errands)["address"].fillna("")) == [near, "4 Elm St", ""]
    unnamed = with_spots_named(tmp_path, errands)["address"]
    assert list(unnamed.fillna("")) == ["", "4 Elm St", ""]
