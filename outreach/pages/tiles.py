"""Pictures from a public map server below the maps: off, unless a reader turns them on."""

from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from outreach.config import City, load_city
from outreach.errors import OutreachError
from outreach.pages.language import _

_WANTED = "tiles wanted"


def allowed(city: City) -> bool:
    """Whether readers may turn pictures on: the city says so, and it is not an invented one."""
    return city.app.tiles and not city.invented_data


def wanted(city: City) -> bool:
    """Whether whoever is at the screen has turned pictures on in this session.

    A map that is handed out as a file is made where nobody is at the screen, and has none.
    """
    if not allowed(city) or get_script_run_ctx(suppress_warning=True) is None:
        return False
    return bool(st.session_state.get(_WANTED, False))


def offer(folder: Path) -> None:
    """Let a reader turn pictures on for this session, and say first what that tells to whom."""
    try:
        city = load_city(folder)
    except OutreachError:
        return  # the page itself says what is wrong
    if not allowed(city):
        return
    with st.expander(_("Map pictures")):
        st.caption(
            _(
                "Maps are drawn from the city's own data and ask nobody. With pictures, your "
                "browser asks OpenStreetMap's servers for each part of the map that you look at: "
                "they learn which area you look at, when, your internet address and the address "
                "of this site. They do not learn what is drawn on the map. This holds until you "
                "log out or close the page."
            )
        )
        # a widget's own key is forgotten on pages without it
        st.session_state[_WANTED] = st.toggle(
            _("Show pictures from OpenStreetMap"), value=st.session_state.get(_WANTED, False)
        )
