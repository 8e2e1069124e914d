"""Maps inside a page: streamlit-folium, with its libraries served from this machine."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import wraps
from html import escape
from typing import Any

import geopandas as gpd
import streamlit as st
import streamlit_folium

from outreach import roles
from outreach.maps.base import Ground, make_ground
from outreach.maps.elements import (
    Chart,
    Drawing,
    fingerprint,
    layer_control,
    moving_group,
    taken_off,
    told_of,
)
from outreach.maps.offline import rewrite_links
from outreach.pages import tiles
from outreach.pages.frame import kept_for_long, stamp
from outreach.pages.language import _, language
from outreach.pipeline.view import CityView

_LIBRARIES = "../../app/static"  # seen from the component's frame, whatever the app's base path


def keep_local() -> None:
    """Make st_folium load its libraries from this machine.

    It hands their public addresses to its component; there they are exchanged. The name is
    private to streamlit-folium 0.27.4, so that version is pinned and a test watches this.
    """
    component = streamlit_folium._component_func
    if hasattr(component, "keeps_local"):
        return

    @wraps(component)
    def local_component(**handed: Any) -> Any:
        for links in ("js_links", "css_links"):
            handed[links] = rewrite_links(handed[links], _LIBRARIES)
        return component(**handed)

    local_component.keeps_local = True  # type: ignore[attr-defined]
    streamlit_folium._component_func = local_component


def show_map(
    chart: Chart,
    *,
    moving: Drawing | None = None,
    height: int = 560,
    heeded: Sequence[str] = (),
    place: str = "",
    told: str = "",
) -> Mapping[str, Any]:
    """Show a map; ``moving`` is swapped without losing the place a user looks at.

    The page is run again, and told, only when something ``heeded`` has changed on the map.
    Needs    place   where on which page; with it all but the ground is swapped when it changes
             told    what the map shows, and where the same stands as text
    """
    keep_local()
    groups = [] if moving is None else [moving_group(moving)]
    told_of(chart, told or _("Map. The list on this page says the same."))
    if place:
        groups += taken_off(chart)
        _start_as_before(chart, place)
    key = f"map-{place}-{fingerprint(chart)}"
    st.html(f'<a class="past-map" href="#past-{escape(key)}">{escape(_("Past the map"))}</a>')
    found = streamlit_folium.st_folium(
        chart,
        key=key,
        returned_objects=list(heeded),
        height=height,
        use_container_width=True,
        feature_group_to_add=groups or None,
        layer_control=layer_control() if any(group.control for group in groups) else None,
    )
    st.html(f'<span class="past-map" id="past-{escape(key)}" tabindex="-1"></span>')
    return found if isinstance(found, Mapping) else {}


def drawn(view: CityView, make: Callable[[], Chart], *what: object) -> Chart:
    """Return a map that was made once for all who may see as much of it; each gets a copy.

    Needs    what    tells the map from others of the same data
    """
    seen_by = (roles.viewer().role, language(), tiles.wanted(view.city))
    return _drawn((str(view.folder), stamp(view.folder), view.as_of, *seen_by, *what), make)


@st.cache_data(max_entries=24, show_spinner=False)
def _drawn(key: tuple[object, ...], _make: Callable[[], Chart]) -> Chart:  # noqa: ARG001
    return _make()


def _start_as_before(chart: Chart, place: str) -> None:
    """Give a map the first bounds of its place; with others streamlit-folium would rebuild it."""
    fits: list[Any] = [child for child in chart._children.values() if child._name == "FitBounds"]
    kept = f"map start {place} {st.session_state.get('page visit', 0)}"
    first = st.session_state.setdefault(kept, (chart.location, [fit.bounds for fit in fits]))
    chart.location = first[0]
    for fit, bounds in zip(fits, first[1], strict=True):
        fit.bounds = bounds


@st.cache_resource(max_entries=2, show_spinner=False)
def _ground(
    key: str,  # noqa: ARG001
    _edges: gpd.GeoDataFrame | None,
    _areas: gpd.GeoDataFrame,
    credit: str,
) -> Ground:
    return kept_for_long(make_ground(_edges, _areas, credit=credit))


def ground_of(view: CityView) -> Ground:
    """Return the city's ground, drawn once for all sessions."""
    network = view.networks.get("drive") or next(iter(view.networks.values()), None)
    edges = None if network is None else network.edges
    key = f"{view.folder} {stamp(view.folder / 'streets')} {len(view.areas)}"
    with st.spinner(_("Drawing the streets …")):
        drawn = _ground(key, edges, view.areas, view.city.streets_credit)
    return replace(drawn, tiles=True) if tiles.wanted(view.city) else drawn
