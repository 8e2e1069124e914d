"""What the pages of help share: what is looked for, times that are kept, and a map as a file."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import geopandas as gpd
import streamlit as st

from outreach.maps.elements import Chart
from outreach.maps.offline import standalone
from outreach.maps.style import kind_label, need_label
from outreach.pages import frame, wall_clock
from outreach.pipeline import help as helping
from outreach.pipeline.help import Ask, Times
from outreach.pipeline.view import CityView
from outreach.schemas import NEEDS
from outreach.streets.network import MODES, Mode
from outreach.weeks import at_local, local_date

ANY_TIME, NOW, AN_HOUR = "Any time", "Now", "A day and hour"
ANY_KIND, ANY_NEED = "Any kind", "Any need"
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MODE_WORDS: dict[Mode, str] = {"walk": "On foot", "drive": "By car"}


def ready(view: CityView) -> bool:
    """Say what is missing where nothing can be shown yet."""
    if not view.networks or not len(view.rates):
        frame.nothing_yet(
            "There are no streets or no calls yet, so no way can be measured.",
            "Bring in a call export on the page “What came in” or by: outreach ingest FILE.",
        )
        return False
    if not len(helping.shown_places(view.resources)):
        frame.nothing_yet(
            "The directory has no place of help that may be shown.",
            "Add some on the page “Directory” or by: outreach resources import FILE.",
        )
        return False
    return True


def ask_for(view: CityView) -> Ask:
    """Ask what is looked for, how people come and when."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        need = ask_need()
        kind = ask_kind(view, need)
        mode = ask_mode(view)
        at = ask_when(view.city.time_zone)
    return Ask(need=need, kind=kind, mode=mode, at=at)


def ask_need() -> str | None:
    """Ask for which need; None: for any."""
    chosen = st.selectbox(
        "Help for",
        [ANY_NEED, *NEEDS],
        format_func=lambda name: name if name == ANY_NEED else need_label(name),
        key="help need",
        width=260,
    )
    return None if chosen == ANY_NEED else str(chosen)


def ask_kind(view: CityView, need: str | None) -> str | None:
    """Ask for which kind of place among those that serve the need; None: for any."""
    places = helping.shown_places(view.resources)
    fits = places.iloc[helping.fitting(places, Ask(need=need))]
    chosen = st.selectbox(
        "Kind of place",
        [ANY_KIND, *sorted(set(fits["kind"]))],
        format_func=lambda name: name if name == ANY_KIND else kind_label(name),
        key=f"help kind {need}",  # another need has other kinds
        width=260,
    )
    return None if chosen == ANY_KIND else str(chosen)


def ask_mode(view: CityView, first: Mode = "walk") -> Mode:
    """Ask how people come, where there is a choice; ``first`` is chosen beforehand."""
    modes: list[Mode] = [mode for mode in reversed(MODES) if mode in view.networks]
    chosen: Mode = st.segmented_control(
        "How",
        modes,
        default=first if first in modes else modes[0],
        format_func=MODE_WORDS.__getitem__,
        key=f"help mode {first}",
        required=True,
    )
    return chosen


def ask_when(zone: str) -> datetime | None:
    """Ask when people set out; None: opening hours do not matter."""
    when = st.segmented_control(
        "Open", [ANY_TIME, NOW, AN_HOUR], default=ANY_TIME, key="help when", required=True
    )
    if when == ANY_TIME:
        return None
    now = wall_clock.now()
    if when == NOW:
        minute = now.minute - now.minute % 5  # the map stays as it is for a while
        return now.replace(minute=minute, second=0, microsecond=0)
    day = st.selectbox("Day", DAYS, key="help day", width=160)
    hour = st.time_input("Time", time(10), step=timedelta(minutes=30), key="help hour", width=130)
    return at_local(next_day(local_date(now, zone), DAYS.index(day)), hour, zone)


def next_day(today: date, weekday: int) -> date:
    """Return the first day from today on that is a given day of the week; 0 is Monday."""
    return today + timedelta(days=(weekday - today.weekday()) % 7)


@st.cache_resource(max_entries=4, show_spinner="Measuring the ways along the streets …")
def _times(folder: str, changed: float, mode: Mode, _view: CityView) -> Times:  # noqa: ARG001
    return helping.help_times(_view, mode)


def times_of(view: CityView, mode: Mode) -> Times:
    """Return the minutes to all places, measured once for all sessions."""
    folder = view.folder
    return frame.read(lambda: _times(str(folder), frame.stamp(folder), mode, view))


@st.cache_resource(max_entries=20, show_spinner="Drawing the areas along the streets …")
def _reach(
    folder: str,  # noqa: ARG001
    changed: float,  # noqa: ARG001
    resource_id: str,
    mode: Mode,
    _view: CityView,
) -> gpd.GeoDataFrame:
    return helping.reach(_view, resource_id, mode)


def reach_of(view: CityView, resource_id: str, mode: Mode) -> gpd.GeoDataFrame:
    """Return the areas from which a place is reached, drawn once for all sessions."""
    folder = view.folder
    return frame.read(lambda: _reach(str(folder), frame.stamp(folder), resource_id, mode, view))


def offer_map(draw: Callable[[], Chart], name: str) -> None:
    """Offer a map as one file that opens without internet."""
    frame.offer_file(
        "This map as a file (HTML)",
        lambda: standalone(draw()),
        file_name=f"{name}.html",
        mime="text/html",
        help="It opens with no internet. Hexes, counts and places that may be shown; nobody's "
        "name, no caller's address.",
    )
