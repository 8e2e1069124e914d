"""What the pages of help share: what is looked for, times that are kept, and a map as a file."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import geopandas as gpd
import streamlit as st

from outreach.language.translate import N_
from outreach.maps.elements import Chart
from outreach.maps.offline import standalone
from outreach.maps.style import kind_label
from outreach.pages import frame, wall_clock
from outreach.pages.help_tables import weekday
from outreach.pages.language import HOURS, _, language, need_label
from outreach.pipeline import help as helping
from outreach.pipeline.help import Ask, Times
from outreach.pipeline.view import CityView
from outreach.schemas import NEEDS
from outreach.streets.network import MODES, Mode
from outreach.weeks import at_local, local_date

ANY_TIME, NOW, AN_HOUR = "any", "now", "hour"
TIME_WORDS = {ANY_TIME: N_("Any time"), NOW: N_("Now"), AN_HOUR: N_("A day and hour")}
ANY = ""  # of what can be chosen: no one of it
MODE_WORDS: dict[Mode, str] = {"walk": N_("On foot"), "drive": N_("By car")}


def ready(view: CityView) -> bool:
    """Say what is missing where nothing can be shown yet."""
    if not view.networks or not len(view.rates):
        frame.nothing_yet(
            _("There are no streets or no calls yet, so no way can be measured."),
            _("Bring in a call export on the page “What came in” or by: outreach ingest FILE."),
        )
        return False
    if not len(helping.shown_places(view.resources)):
        frame.nothing_yet(
            _("The directory has no place of help that may be shown."),
            _("Add some on the page “Directory” or by: outreach resources import FILE."),
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
        _("Help for"),
        [ANY, *NEEDS],
        format_func=lambda need: need_label(need) if need else _("Any need"),
        key="help need",
        width=260,
    )
    return str(chosen) or None


def ask_kind(view: CityView, need: str | None) -> str | None:
    """Ask for which kind of place among those that serve the need; None: for any."""
    places = helping.shown_places(view.resources)
    fits = places.iloc[helping.fitting(places, Ask(need=need))]
    chosen = st.selectbox(
        _("Kind of place"),
        [ANY, *sorted(set(fits["kind"]))],
        format_func=lambda kind: kind_label(kind, language()) if kind else _("Any kind"),
        key=f"help kind {need}",  # another need has other kinds
        width=260,
    )
    return str(chosen) or None


def ask_mode(view: CityView, first: Mode = "walk") -> Mode:
    """Ask how people come, where there is a choice; ``first`` is chosen beforehand."""
    modes: list[Mode] = [mode for mode in reversed(MODES) if mode in view.networks]
    chosen: Mode = st.segmented_control(
        _("How"),
        modes,
        default=first if first in modes else modes[0],
        format_func=lambda mode: _(MODE_WORDS[mode]),
        key=f"help mode {first}",
        required=True,
    )
    return chosen


def ask_when(zone: str) -> datetime | None:
    """Ask when people set out; None: opening hours do not matter."""
    when = st.segmented_control(
        _("Open"),
        list(TIME_WORDS),
        default=ANY_TIME,
        format_func=lambda when: _(TIME_WORDS[when]),
        key="help when",
        required=True,
    )
    if when == ANY_TIME:
        return None
    now = wall_clock.now()
    if when == NOW:
        minute = now.minute - now.minute % 5  # the map stays as it is for a while
        return now.replace(minute=minute, second=0, microsecond=0)
    day = st.selectbox(
        _("Day"), range(7), format_func=lambda day: weekday(day, "EEEE"), key="help day", width=160
    )
    step = timedelta(minutes=30)
    hour = st.time_input(_("Time"), time(10), step=step, format=HOURS, key="help hour", width=130)
    return at_local(next_day(local_date(now, zone), int(day)), hour, zone)


def next_day(today: date, weekday: int) -> date:
    """Return the first day from today on that is a given day of the week; 0 is Monday."""
    return today + timedelta(days=(weekday - today.weekday()) % 7)


@st.cache_resource(max_entries=4, show_spinner=False)
def _times(folder: str, changed: float, mode: Mode, _view: CityView) -> Times:  # noqa: ARG001
    return helping.help_times(_view, mode)


def times_of(view: CityView, mode: Mode) -> Times:
    """Return the minutes to all places, measured once for all sessions."""
    folder = view.folder
    with st.spinner(_("Measuring the ways along the streets …")):
        return frame.read(lambda: _times(str(folder), frame.stamp(folder), mode, view))


@st.cache_resource(max_entries=20, show_spinner=False)
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
    with st.spinner(_("Drawing the areas along the streets …")):
        return frame.read(lambda: _reach(str(folder), frame.stamp(folder), resource_id, mode, view))


def offer_map(draw: Callable[[], Chart], name: str) -> None:
    """Offer a map as one file that opens without internet."""
    frame.offer_file(
        _("This map as a file (HTML)"),
        lambda: standalone(draw()),
        file_name=f"{name}.html",
        mime="text/html",
        help=_(
            "It opens with no internet. Hexes, counts and places that may be shown; nobody's "
            "name, no caller's address."
        ),
    )
