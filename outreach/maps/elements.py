"""The folium elements all maps are made of: a bare map, and layers drawn by draw.js."""

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, cast

import folium
import numpy as np
import pandas as pd
import shapely
from branca.element import Figure, MacroElement
from folium.elements import JSCSSMixin
from folium.map import Layer
from folium.plugins import Fullscreen
from folium.template import Template
from shapely.geometry.base import BaseGeometry

from outreach.maps import offline
from outreach.maps.style import Look

Chart = folium.Map  # so that pages can name what they are given
Bounds = tuple[float, float, float, float]  # west, south, east, north in degrees

MAX_ZOOM = 19
SCALE = 100_000  # five decimals, about a metre
_TILES = "https://tile.openstreetmap.org/{z}/{x}/{y}.png"
_ATTRIBUTION = "&copy; OpenStreetMap contributors"
# what could end a script or a quoted text in the page that carries the data
_ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&'\u2028\u2029"}
# branca reads every script again as a template; outside of texts JSON has none of these pairs
_TEMPLATE = re.compile(r"\{(?=[{%#])")


def each(frame: pd.DataFrame) -> Iterator[Any]:
    """Return the rows of a frame as named tuples."""
    return iter(frame.itertuples(index=False))


def script_json(data: Any) -> str:
    """Return data as JSON that stays data inside any script, whatever its texts say."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False).translate(_ESCAPES)
    return _TEMPLATE.sub(r"\\u007b", text)


def steps(line: BaseGeometry) -> list[int]:
    """Return a line or ring as whole numbers: lat, lon, then the step to each next point."""
    points = np.rint(shapely.get_coordinates(line)[:, ::-1] * SCALE).astype(np.int64)
    moves = np.diff(points, axis=0, prepend=np.zeros((1, 2), np.int64))
    moved = (moves != 0).any(axis=1) | (np.arange(len(moves)) == 0)
    return [int(value) for value in moves[moved].ravel()]


def rings(shape: BaseGeometry) -> list[list[int]]:
    """Return the outline and the holes of a polygon, or the outline of anything else."""
    if isinstance(shape, shapely.Polygon):
        return [steps(shape.exterior), *(steps(hole) for hole in shape.interiors)]
    return [steps(shape)]


class Drawing(JSCSSMixin, Layer):
    """A layer that a function of draw.js makes from plain data."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = outreach.{{ this.function }}({{ this.data }});
        {% endmacro %}
        """
    )

    def __init__(self, function: str, data: str, *, name: str | None = None, show: bool = True):
        """Take data as ``script_json`` wrote them; without a name it cannot be switched off."""
        super().__init__(name=name, overlay=True, control=name is not None, show=show)
        self._name = "Drawing"
        self.default_js, self.default_css = [offline.DRAW_JS], [offline.DRAW_CSS]
        self.function = function
        self.data = data


class Panel(JSCSSMixin, MacroElement):
    """A legend or heading in a corner of the map."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            outreach.panel({{ this.data }}).addTo({{ this._parent.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(
        self,
        title: str,
        *,
        lines: tuple[str, ...] = (),
        rows: tuple[tuple[Look, str], ...] = (),
        position: str = "bottomleft",
        folds: bool = False,
    ):
        """Keep title, lines and rows as text."""
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Panel"
        self.default_js, self.default_css = [offline.DRAW_JS], [offline.DRAW_CSS]
        self.data = script_json(
            {
                "title": title,
                "lines": lines,
                "rows": [(vars(look), text) for look, text in rows],
                "position": position,
                "folds": folds,
            }
        )


def bare_map(bounds: Bounds, *, title: str = "", tiles: bool = False) -> folium.Map:
    """Return an empty map over some bounds, with no library but Leaflet.

    With ``tiles`` the browser asks OpenStreetMap for pictures of the very area that is looked
    at; so they are off unless somebody asks for them.
    """
    west, south, east, north = bounds
    chart = folium.Map(
        location=((south + north) / 2, (west + east) / 2),
        tiles=_TILES if tiles else None,
        attr=_ATTRIBUTION if tiles else None,
        maxZoom=MAX_ZOOM,  # without tiles nothing else sets it, and layers rely on it
        control_scale=True,
        font_size="13px",
        zoomSnap=0.25,
    )
    chart.default_js = [offline.LEAFLET_JS]
    chart.default_css = [offline.LEAFLET_CSS]
    page = cast(Figure, chart.get_root())
    page.title = "".join(sign for sign in title if sign not in "<>&{}")
    chart.fit_bounds([[south, west], [north, east]], padding=(12, 12))
    full = Fullscreen(title="Full screen", title_cancel="Leave")  # type: ignore[no-untyped-call]
    full.add_to(chart)
    return chart


def layer_control() -> folium.LayerControl:
    """Return the control that switches layers; it must be added last."""
    return folium.LayerControl(collapsed=True)


def moving_group(drawing: Drawing) -> folium.FeatureGroup:
    """Return a group that a page may swap on a map which otherwise stays as it is."""
    group = folium.FeatureGroup(name=drawing.layer_name)
    drawing.control = False
    group.add_child(drawing)
    return group


def fingerprint(chart: folium.Map) -> str:
    """Return a short text that is the same only for maps with the same data."""
    parts = [child.data for child in chart._children.values() if hasattr(child, "data")]
    return sha256("".join(parts).encode()).hexdigest()[:16]
