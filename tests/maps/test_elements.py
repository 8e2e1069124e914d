import json

import jinja2
import numpy as np
import pytest
import shapely

from outreach.maps import elements, offline

BOUNDS = (-73.8, 42.6, -73.7, 42.7)
HOSTILE = [
    "</script><script>alert(1)</script>",
    "{{ 7 * 7 }}{{{ 'x' }}}",
    "{% raise %}{# gone #}",
    'it\'s \u2028 & \\u0041 "quoted"',
]


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_stay_data_in_script_and_template(text):
    made = elements.script_json({"lines": [text], "deep": {"er": {}}})
    assert json.loads(made) == {"lines": [text], "deep": {"er": {}}}
    assert jinja2.Template(made).render() == made  # branca reads scripts as templates
    assert "<" not in made
    assert "'" not in made


def test_steps_give_the_line_back_to_a_metre():
    line = shapely.LineString([(-73.8, 42.6), (-73.79991, 42.60002), (-73.7, 42.7)])
    moves = np.array(elements.steps(line)).reshape(-1, 2)
    assert moves.cumsum(axis=0)[:, ::-1] / 1e5 == pytest.approx(
        shapely.get_coordinates(line), abs=0.6e-5
    )


def test_points_that_fall_together_are_drawn_once():
    line = shapely.LineString([(0, 0), (0, 1e-7), (1, 1)])
    assert elements.steps(line) == [0, 0, 100_000, 100_000]


def test_a_polygon_keeps_its_holes():
    square = shapely.box(0, 0, 3, 3).difference(shapely.box(1, 1, 2, 2))
    assert len(elements.rings(square)) == 2


def test_no_tiles_unless_asked_for():
    assert "tile" not in _script(elements.bare_map(BOUNDS))
    asked = _script(elements.bare_map(BOUNDS, tiles=True))
    assert "tile.openstreetmap.org" in asked
    assert "OpenStreetMap contributors" in asked


def test_max_zoom_is_set_without_tiles():
    assert '"maxZoom": 19' in _script(elements.bare_map(BOUNDS))


def test_a_title_cannot_leave_its_tag():
    page = offline.standalone(elements.bare_map(BOUNDS, title="</title><script>alert(1)"))
    assert "<title>/titlescriptalert(1)</title>" in page


def _script(chart):
    figure = chart.get_root()
    figure.render()
    return figure.script.render()
