import json
from datetime import date

import pandas as pd
import pytest
import shapely

from outreach import cells
from outreach.maps import layers
from outreach.maps.style import HELP_FILL, STALE_FILL
from outreach.resources.hours.openings import say


def data_of(layer):
    return json.loads(layer.data)


def test_redacted_places_of_help_are_never_drawn(fake_city):
    drawn = layers.resources(fake_city.resources()).data
    assert "SECRET HOUSE" not in drawn
    assert "City Hospital" in drawn


def test_what_serves_no_need_is_no_place_of_help(fake_city):
    frame = fake_city.resources()
    frame.loc[0, "needs"] = ""
    assert "City Hospital" not in layers.resources(frame).data


def test_a_place_of_help_tells_its_hours_as_they_were_read(fake_city):
    frame = fake_city.resources().head(3)
    frame["hours"] = ["Mo-Fr 09:00-17:00", None, None]
    frame["hours_text"] = ["Weekdays nine to five", "now and then", None]
    lines = [mark[2] for mark in data_of(layers.resources(frame))["marks"]]
    assert f"Open: {say('Mo-Fr 09:00-17:00')}" in lines[0]
    assert "Hours as written: now and then" in lines[1]
    assert "Hours not known" in lines[2]


def test_a_record_that_is_old_is_greyed_and_says_so(fake_city):
    frame = fake_city.resources().head(3)
    frame["verified_on"] = [date(2026, 11, 1), date(2026, 3, 1), None]
    data = data_of(layers.resources(frame, fresh_since=date(2026, 11, 1)))
    told = [lines[-1] for _, _, lines in data["marks"]]
    assert told == [
        "Verified 1 Nov 2026",
        "Verified 1 Mar 2026: ring first",
        "Never verified: ring first",
    ]
    fills = [data["looks"][look]["fill"] for _, look, _ in data["marks"]]
    assert fills == [HELP_FILL, STALE_FILL, STALE_FILL]
    letters = [data["looks"][look]["text"] for _, look, _ in data["marks"]]
    assert letters == [layers.help_looks(frame)[kind].text for kind in frame["kind"]]


def test_every_kind_of_help_has_its_own_letter(fake_city):
    frame = fake_city.resources().head(4)
    looks = layers.help_looks(frame.assign(kind=["hospital", "help_line", "hotel", "hhh"]))
    assert looks["hospital"].text == "H"
    assert len({look.text for look in looks.values()}) == 4


def test_a_hex_is_drawn_with_its_outline_colour_and_words():
    cell = int(cells.parents(cells.fine_cells([-73.75], [42.65]).to_numpy("int64"), 9)[0])
    frame = pd.DataFrame({"cell": [cell], "colour": [1], "lines": [["2 calls", "why"]]})
    data = data_of(layers.hexes(frame, ["#000000", "#ffffff"], name="x"))
    ((moves, colour, lines),) = data["cells"]
    assert (colour, lines) == (1, ["2 calls", "why"])
    points = pd.DataFrame(pd.Series(moves).to_numpy().reshape(-1, 2)).cumsum() / 1e5
    ring = shapely.Polygon(points[[1, 0]].to_numpy())
    assert ring.symmetric_difference(cells.outline(cell)).area < 0.01 * ring.area


def test_places_with_more_calls_are_larger_and_facilities_apart(fake_city):
    frame = fake_city.places()
    data = data_of(layers.places(frame))
    looks = [data["looks"][look] for _, look, _ in data["marks"]]
    sizes = [look["size"] for look in looks]
    assert sizes[0] == max(sizes)
    assert sizes[-1] == min(sizes)
    assert {look["shape"] for look in looks[:-2]} == {"dot"}
    assert {look["shape"] for look in looks[-2:]} == {"help"}


def test_a_place_without_an_address_is_called_so(fake_city):
    frame = fake_city.places().head(1).assign(address=None)
    assert data_of(layers.places(frame))["marks"][0][2][0] == "Place without an address"


def test_empty_tables_draw_empty_layers(fake_city):
    assert data_of(layers.places(fake_city.places().head(0)))["marks"] == []
    assert data_of(layers.resources(fake_city.resources().head(0)))["marks"] == []


@pytest.mark.parametrize("missing", [None, pd.NA, float("nan")])
def test_missing_text_is_never_shown_as_such(missing):
    assert layers.text(missing, "nothing") == "nothing"
