"""Centreline files: one-way codes as they are written, ends that nearly meet, real Cambridge."""

import pytest

from outreach.errors import InputError
from outreach.streets.build import read_streets
from outreach.streets.centrelines import one_way, read_lines

SPEEDS = {"drive_speed_kmh": 36.0, "walk_speed_kmh": 4.5}
A, B, C = [-71.10, 42.37], [-71.09, 42.37], [-71.09, 42.38]


def pairs(network) -> set[tuple]:
    return {(line.coords[0], line.coords[-1]) for line in network.edges.geometry}


@pytest.mark.parametrize(
    ("column", "both", "along", "against"),
    [
        ("Direction", "0", "1", "-1"),
        ("ONEWAY", "B", "FT", "TF"),
        ("oneway", "no", "yes", "-1"),
        ("oneway", "B", "F", "T"),
        ("ONE_WAY", None, 1, -1),
    ],
)
def test_one_way_codes(lines_file, column, both, along, against):
    path = lines_file(
        ([A, B], {column: along}), ([C, A], {column: both}), ([C, B], {column: against})
    )
    streets = read_streets(path, **SPEEDS)
    a, b, c = tuple(A), tuple(B), tuple(C)
    assert pairs(streets.networks["drive"]) == {(a, b), (b, c), (c, a), (a, c)}
    assert pairs(streets.networks["walk"]) == {(a, b), (b, a), (b, c), (c, b), (c, a), (a, c)}
    assert f"one-way streets from column {column}: 2 of 3" in streets.notes


def test_a_compass_direction_is_no_one_way_code(lines_file):
    path = lines_file(([A, B], {"Direction": "N"}), ([B, C], {"Direction": "SW"}))
    assert one_way(read_lines(path))[0] is None
    assert "every street is taken as two-way" in read_streets(path, **SPEEDS).notes[0]


def test_ends_within_a_metre_are_one_crossing(lines_file):
    near = [B[0] + 5e-6, B[1]]  # 0.4 m
    far = [B[0] + 5e-5, B[1]]  # 4 m
    joined = read_streets(lines_file(([A, B], {}), ([near, C], {})), **SPEEDS)
    assert len(joined.networks["walk"].nodes) == 3
    apart = read_streets(lines_file(([A, B], {}), ([far, C], {})), **SPEEDS)
    assert len(apart.networks["walk"].nodes) == 2
    lines = joined.networks["walk"].edges.geometry
    assert len({p for line in lines for p in (line.coords[0], line.coords[-1])}) == 3


def test_length_and_time(lines_file):
    street = read_streets(lines_file(([A, B], {"Name": "Long Street"})), **SPEEDS)
    edges = street.networks["drive"].edges
    assert edges["length_m"].to_numpy() == pytest.approx(824.2, rel=0.003)
    assert edges["travel_s"].to_numpy() == pytest.approx(82.42, rel=0.003)
    assert set(edges["name"]) == {"Long Street"}


@pytest.mark.parametrize(
    ("points", "kind", "says"),
    [
        ([236000.0, 900000.0], "Point", "holds no lines"),
        ([[236000.0, 900000.0], [236100.0, 900000.0]], "LineString", "not longitude and latitude"),
    ],
)
def test_what_is_no_centreline_file(lines_file, points, kind, says):
    with pytest.raises(InputError, match=says):
        read_streets(lines_file((points, {}), kind=kind), **SPEEDS)


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", '{"type": "FeatureCollection"}', "name,x\n"])
def test_unreadable_files_are_one_line(tmp_path, text):
    path = tmp_path / "broken.geojson"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_streets(path, **SPEEDS)
    assert "broken.geojson" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.real
def test_cambridge_one_ways_run_as_they_do_in_the_street(cambridge):
    """River Street runs north-east to Central Square, Western Avenue south-west to the river.

    A piece of River Street is drawn against its FromNode and ToNode: reading the direction from
    those instead of the geometry would turn it round.
    """
    edges = cambridge.networks["drive"].edges
    for street, pieces, north_east in (("River St", 15, True), ("Western Ave", 14, False)):
        lines = edges.geometry[edges["name"].eq(street)]
        assert len(lines) == pieces  # no piece has a way back
        for line in lines:
            assert (line.coords[-1][0] > line.coords[0][0]) == north_east
            assert (line.coords[-1][1] > line.coords[0][1]) == north_east


@pytest.mark.real
def test_cambridge_is_whole(cambridge):
    assert "one-way streets from column Direction: 937 of 2,644" in cambridge.notes
    assert len(cambridge.networks["drive"].nodes) > 0.98 * 1871  # crossings and ends in the file
    assert len(cambridge.networks["walk"].nodes) > 0.99 * 1871
