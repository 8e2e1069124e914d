"""What every page shares: the list of pages, the city's data, notices, and text made safe."""

import os
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from html import escape
from pathlib import Path
from typing import TypeVar

import pandas as pd
import streamlit as st

from outreach.config import City, load_city
from outreach.errors import OutreachError
from outreach.maps.offline import static_assets
from outreach.pages import tables
from outreach.pipeline import demand as refresh
from outreach.pipeline import view as city_data
from outreach.pipeline.demand import Demand
from outreach.pipeline.view import CityView

Data = TypeVar("Data")
CITY_VARIABLE = "OUTREACH_CITY"
_HERE = Path(__file__).parent
_WATCHED = {".toml", ".csv", ".json", ".parquet", ".geojson", ".zip"}
# The pages by the part of the week's work that they serve.
SECTIONS = {
    "This week": {
        "sweep": "This week's sweep",
        "roster": "Teams and shifts",
        "due": "Follow-ups due",
        "log": "Log a visit",
        "scenario": "What if",
    },
    "People": {
        "participants": "Participants",
        "review": "Same person?",
        "caseload": "Caseload",
        "staff": "Staff",
    },
    "Need": {
        "need": "Where need is",
        "trends": "Trends",
        "alerts": "Alerts",
        "repeat": "Repeat places and people",
    },
    "Help": {
        "directory": "Directory",
        "proximity": "Nearest help",
        "access": "Where help is missing",
        "sites": "A new site",
    },
    "Data": {"incoming": "What came in", "quality": "How good is this?"},
}
PAGES = {name: title for pages in SECTIONS.values() for name, title in pages.items()}


def run(static: Path) -> None:
    """Set the app up and show the page that was asked for."""
    st.set_page_config(page_title="Outreach", layout="wide", initial_sidebar_state="auto")
    _serve_libraries(str(static))
    chosen = st.navigation(
        {section: [_page(name) for name in pages] for section, pages in SECTIONS.items()}
    )
    st.html(_HERE / "page.css")
    if st.session_state.get("page") != chosen.url_path:
        st.session_state["page"] = chosen.url_path
        st.session_state["page visit"] = st.session_state.get("page visit", 0) + 1
    chosen.run()
    st.html(
        '<p class="quiet">There are no logins yet: whoever opens this app sees exact addresses. '
        "It answers on this machine (localhost) alone; keep it so.</p>"
    )


def _page(name: str) -> st.Page:
    return st.Page(_HERE / f"{name}.py", title=PAGES[name], url_path=name, default=name == "sweep")


def link_to(name: str, text: str, *, back: bool = False, **chosen: str) -> None:
    """Show a link to another page of the app, and what is to be chosen there."""
    arrow = ":material/arrow_back:" if back else ":material/arrow_forward:"
    st.page_link(_page(name), label=text, icon=arrow, query_params=chosen or None)


@st.cache_resource
def _serve_libraries(static: str) -> None:
    """Write the map libraries, and nothing else, where Streamlit serves files to anybody."""
    folder = Path(static)
    folder.mkdir(exist_ok=True)
    for name, text in static_assets().items():
        path = folder / name
        if not path.is_file():
            path.write_text(text, encoding="utf-8")


def city_folder() -> Path:
    """Return the folder of the city that is shown."""
    return Path(os.environ.get(CITY_VARIABLE, "demo-city"))


def stamp(folder: Path) -> float:
    """Return when anything in the city folder last changed."""
    files = (path for path in folder.rglob("*") if path.suffix in _WATCHED)
    return max((path.stat().st_mtime for path in files), default=0.0)


@st.cache_resource(max_entries=2, show_spinner="Reading the city's data …")
def _cached(folder: str, changed: float, day: date) -> CityView:  # noqa: ARG001
    """Return the view; it is shared by all sessions and never changed."""
    return city_data.city_view(Path(folder), datetime.now(UTC))


@st.cache_resource(max_entries=2, show_spinner="Working out hot spots, forecast and alerts …")
def _cached_demand(folder: str, changed: float, day: date) -> Demand:
    return refresh.demand_of(_cached(folder, changed, day))


def forget() -> None:
    """Read the city's data anew, for everybody."""
    _cached.clear()
    _cached_demand.clear()


def _cached_now(read_city: Callable[[str, float, date], Data]) -> Data:
    """Return what is kept of the city as it is now."""
    folder = city_folder()
    return read(lambda: read_city(str(folder), stamp(folder), datetime.now(UTC).date()))


def read(action: Callable[[], Data]) -> Data:
    """Return what a page cannot do without; stop with one line where it cannot be read."""
    try:
        return action()
    except OutreachError as error:
        st.error(plain_markdown(str(error)))
        st.stop()


def demand_of_city() -> Demand:
    """Return the weekly refresh of the city that is shown; it is worked out once for all."""
    return _cached_now(_cached_demand)


def open_page(title: str, about: str) -> CityView:
    """Write a page's head and return the city's data; stop with one line where there are none."""
    st.title(title)
    view = _cached_now(_cached)
    _say_which_city(view.city, about)
    say_how_old(view)
    return view


def open_without_calls(title: str, about: str) -> tuple[Path, City]:
    """Write the head of a page that needs no calls, and return the city's folder and settings."""
    st.title(title)
    folder = city_folder()
    city = read(lambda: load_city(folder))
    _say_which_city(city, about)
    return folder, city


def _say_which_city(city: City, about: str) -> None:
    if city.invented_data:
        st.html(
            '<p class="notice"><strong>Invented data.</strong> '
            f"{escape(city.name)} and everything in it is made up: "
            "no real person, call or address.</p>"
        )
    st.caption(f"{plain_markdown(city.name)}. {about}")


def say_how_old(view: CityView) -> None:
    """Say so if calls have not come in for long, so that nobody takes old weeks for the last."""
    last = view.record_ended
    if last is not None:
        st.html(
            '<p class="notice"><strong>Old calls.</strong> The record ends in the week from '
            f"{last.day} {last:%b %Y}. Weeks shown are those before it ended; what looks back from "
            "today finds few calls or none, and nothing is expected of next week.</p>"
        )


def plain_markdown(text: str) -> str:
    """Return text that Markdown shows as it stands: no links, pictures or formulas in it."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()#+-.!|<>~$:&^=" else sign for sign in text)


def attempt(action: Callable[[], object], *, hide: str = "") -> bool:
    """Do what a user asked for and return whether it went well; else say in one line why."""
    try:
        action()
    except OutreachError as error:
        st.error(plain_markdown(str(error).replace(hide, "") if hide else str(error)))
        return False
    return True


def list_of(table: pd.DataFrame, numbers: Sequence[str], *, key: str) -> None:
    """Show a list with reasons: a table on wide screens, its first rows as cards on phones.

    Needs    what tables.cards_html needs
    """
    roomy = st.column_config.TextColumn(width=640)
    wide = dict.fromkeys(tables.REASONS, roomy)
    with st.container(key=f"wide-{key}"):
        st.dataframe(
            table, hide_index=True, column_config=wide, height=min(560, table_height(len(table)))
        )
    with st.container(key=f"cards-{key}"):
        st.html(tables.cards_html(table, numbers))


def table_height(rows: int) -> int:
    """Return how high a table is that shows all of its rows, in pixels."""
    return 38 + 35 * rows


def nothing_yet(what: str, next_step: str) -> None:
    """Say that there is nothing to show, and what to do next."""
    st.info(f"{what} {next_step}")
