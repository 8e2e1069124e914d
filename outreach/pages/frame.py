"""What every page shares: the list of pages, the city's data, notices, and text made safe."""

import os
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from html import escape
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from outreach.errors import OutreachError
from outreach.maps.offline import static_assets
from outreach.pages import tables
from outreach.pipeline import view as city_data
from outreach.pipeline.view import CityView

CITY_VARIABLE = "OUTREACH_CITY"
_HERE = Path(__file__).parent
_WATCHED = {".toml", ".csv", ".json", ".parquet", ".geojson"}


def run(static: Path) -> None:
    """Set the app up and show the page that was asked for."""
    st.set_page_config(page_title="Outreach", layout="wide", initial_sidebar_state="auto")
    _serve_libraries(str(static))
    pages = [
        st.Page(_HERE / "sweep.py", title="This week's sweep", url_path="sweep", default=True),
        st.Page(_HERE / "need.py", title="Where need is", url_path="need"),
        st.Page(_HERE / "repeat.py", title="Repeat places and people", url_path="repeat"),
        st.Page(_HERE / "incoming.py", title="What came in", url_path="incoming"),
    ]
    chosen = st.navigation(pages)
    st.html(_HERE / "page.css")
    chosen.run()
    st.html(
        '<p class="quiet">There are no logins yet: whoever opens this app sees exact addresses. '
        "It answers on this machine (localhost) alone; keep it so.</p>"
    )


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


def forget() -> None:
    """Read the city's data anew, for everybody."""
    _cached.clear()


def open_page(title: str, about: str) -> CityView:
    """Write a page's head and return the city's data; stop with one line where there are none."""
    st.title(title)
    folder = city_folder()
    try:
        view = _cached(str(folder), stamp(folder), datetime.now(UTC).date())
    except OutreachError as error:
        st.error(plain_markdown(str(error)))
        st.stop()
    if view.city.invented_data:
        st.html(
            '<p class="notice"><strong>Invented data.</strong> '
            f"{escape(view.city.name)} and everything in it is made up: "
            "no real person, call or address.</p>"
        )
    st.caption(f"{plain_markdown(view.city.name)}. {about}")
    return view


def plain_markdown(text: str) -> str:
    """Return text that Markdown shows as it stands: no links, pictures or formulas in it."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()#+-.!|<>~$:&^=" else sign for sign in text)


def local_time(instant: datetime, zone: str) -> str:
    """Return an instant as people in the city write it."""
    local = instant.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%b %Y, %H:%M}"


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
    wide = dict.fromkeys(("Reason", "Why not this week"), roomy)
    with st.container(key=f"wide-{key}"):
        st.dataframe(
            table, hide_index=True, column_config=wide, height=min(560, 38 + 35 * len(table))
        )
    with st.container(key=f"cards-{key}"):
        st.html(tables.cards_html(table, numbers))


def nothing_yet(what: str, next_step: str) -> None:
    """Say that there is nothing to show, and what to do next."""
    st.info(f"{what} {next_step}")
