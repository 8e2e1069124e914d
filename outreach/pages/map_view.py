"""Maps inside a page: streamlit-folium, with its libraries served from this machine."""

from collections.abc import Mapping, Sequence
from functools import wraps
from typing import Any

import geopandas as gpd
import streamlit as st
import streamlit_folium

from outreach.maps.base import Ground, make_ground
from outreach.maps.elements import Chart, Drawing, fingerprint, layer_control, moving_group
from outreach.maps.offline import rewrite_links
from outreach.pages.frame import stamp
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
) -> Mapping[str, Any]:
    """Show a map; ``moving`` is swapped without losing the place a user looks at.

    The page is run again, and told, only when something ``heeded`` has changed on the map.
    """
    keep_local()
    group = None if moving is None else moving_group(moving)
    found = streamlit_folium.st_folium(
        chart,
        key=f"map-{fingerprint(chart)}",
        returned_objects=list(heeded),
        height=height,
        use_container_width=True,
        feature_group_to_add=group,
        layer_control=None if group is None else layer_control(),
    )
    return found if isinstance(found, Mapping) else {}


@st.cache_resource(max_entries=2, show_spinner="Drawing the streets …")
def _ground(
    key: str,  # noqa: ARG001
    _edges: gpd.GeoDataFrame | None,
    _areas: gpd.GeoDataFrame,
    credit: str,
) -> Ground:
    return make_ground(_edges, _areas, credit=credit)


def ground_of(view: CityView) -> Ground:
    """Return the city's ground, drawn once for all sessions."""
    network = view.networks.get("drive") or next(iter(view.networks.values()), None)
    edges = None if network is None else network.edges
    key = f"{view.folder} {stamp(view.folder / 'streets')} {len(view.areas)}"
    return _ground(key, edges, view.areas, view.city.streets_credit)
