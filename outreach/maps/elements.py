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
from branca.element import Element, Figure, MacroElement
from folium.elements import JSCSSMixin
from folium.map import Layer
from folium.plugins import Fullscreen
from folium.template import Template
from shapely.geometry.base import BaseGeometry

from outreach.language.translate import translator
from outreach.maps import offline
from outreach.maps.style import Look

Chart = folium.Map  # so that pages can name what they are given
Bounds = tuple[float, float, float, float]  # west, south, east, north in degrees

MAX_ZOOM = 19
SCALE = 100_000  # five decimals, about a metre
TILES = "https://tile.openstreetmap.org/{z}/{x}/{y}.png"
_ATTRIBUTION = "&copy; OpenStreetMap contributors"
_GROUND = ("ground", "streets")  # what stays where layers are swapped
_ENDS = "<>&'\u2028\u2029"  # could end a script or a quoted text in the page with the data
# a page may be read as a template again; outside of texts JSON has none of these pairs
_TEMPLATE = re.compile(r"\{(?=[{%#])")


def each(frame: pd.DataFrame) -> Iterator[Any]:
    """Return the rows of a frame as named tuples."""
    return iter(frame.itertuples(index=False))


def script_json(data: Any) -> str:
    """Return data as JSON that stays data inside any script, whatever its texts say."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    for sign in _ENDS:  # many times as fast as str.translate
        text = text.replace(sign, f"\\u{ord(sign):04x}")
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


class _Words(Element):
    """Text that stands in a page as it is."""

    def __init__(self, text: str):
        super().__init__()
        self.text = text

    def render(self, **kwargs: Any) -> str:  # noqa: ARG002
        return self.text


class _Script(MacroElement):
    """An element of a script that branca does not read as a template of its own.

    Reading megabytes of data so takes half of the time in which a map is made.
    """

    def render(self, **kwargs: Any) -> None:  # type: ignore[override]
        script = self._template.module.script(self, kwargs)
        cast(Figure, self.get_root()).script.add_child(_Words(script), name=self.get_name())
        for child in self._children.values():
            child.render(**kwargs)


class Drawing(JSCSSMixin, Layer, _Script):
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


class Panel(JSCSSMixin, _Script):
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


def bare_map(
    bounds: Bounds, *, title: str = "", tiles: bool = False, language: str = "en"
) -> folium.Map:
    """Return an empty map over some bounds, with no library but Leaflet.

    With ``tiles`` the browser asks OpenStreetMap for pictures of the very area that is looked
    at; so they are off unless somebody asks for them.
    """
    west, south, east, north = bounds
    chart = folium.Map(
        location=((south + north) / 2, (west + east) / 2),
        tiles=_pictures() if tiles else None,
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
    _ = translator(language)
    full = Fullscreen(  # type: ignore[no-untyped-call]
        title=_("Full screen"), title_cancel=_("Leave full screen")
    )
    full.add_to(chart)
    return chart


def _pictures() -> folium.TileLayer:
    # the server is told from which site it is asked, as it demands, but not from which page
    return folium.TileLayer(
        TILES, attr=_ATTRIBUTION, control=False, max_zoom=MAX_ZOOM, referrer_policy="origin"
    )


def layer_control() -> folium.LayerControl:
    """Return the control that switches layers; it must be added last."""
    return folium.LayerControl(collapsed=True)


def moving_group(drawing: Drawing) -> folium.FeatureGroup:
    """Return a group that a page may swap on a map which otherwise stays as it is."""
    group = folium.FeatureGroup(name=drawing.layer_name)
    drawing.control = False
    group.add_child(drawing)
    return group


def taken_off(chart: folium.Map) -> list[folium.FeatureGroup]:
    """Take all but the ground off a map, and return it as groups that a page may swap.

    The legend goes with its layers; whoever shows the groups adds a layer control where one of
    them has a name.
    """
    groups = []
    for name, child in list(chart._children.items()):
        if isinstance(child, folium.LayerControl):
            del chart._children[name]
        elif isinstance(child, Panel) or (
            isinstance(child, Drawing) and child.function not in _GROUND
        ):
            del chart._children[name]
            moved = child if isinstance(child, Drawing) else Drawing("legend", child.data)
            group = folium.FeatureGroup(name=moved.layer_name, control=moved.control)
            moved.control = False
            group.add_child(moved)
            groups.append(group)
    return groups


def told_of(chart: folium.Map, title: str) -> None:
    """Say what a map shows to those who do not see it."""
    Drawing("about", script_json({"title": title})).add_to(chart)


def fingerprint(chart: folium.Map) -> str:
    """Return a short text that is the same only for maps with the same data."""
    parts = [
        str(getattr(child, "data", "") or getattr(child, "tiles", ""))
        for child in chart._children.values()
    ]
    return sha256("".join(parts).encode()).hexdigest()[:16]
