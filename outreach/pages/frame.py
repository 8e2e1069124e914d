"""What every page shares: the list of pages, the city's data, notices, and text made safe."""

import gc
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from html import escape
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from outreach import roles
from outreach.config import City, load_city
from outreach.errors import OutreachError
from outreach.maps.offline import static_assets
from outreach.pages import broken, contents, login, tables, tiles, wall_clock, who
from outreach.pages.contents import PAGES
from outreach.pages.language import _, full_day, language
from outreach.pipeline import demand as refresh
from outreach.pipeline import view as city_data
from outreach.pipeline.demand import Demand
from outreach.pipeline.view import CityView, as_seen
from outreach.roles import Viewer
from outreach.store.documents import PLANS

Data = TypeVar("Data")
CITY_VARIABLE = "OUTREACH_CITY"
_HERE = Path(__file__).parent
_WATCHED = {".toml", ".csv", ".json", ".parquet", ".geojson", ".zip"}


def run(static: Path) -> None:
    """Set the app up and show the page that was asked for to those who may see it."""
    st.set_page_config(page_title="Outreach", layout="wide", initial_sidebar_state="auto")
    _serve_libraries(str(static))
    roles.answer_by(asks)
    viewer = asks()
    if viewer is None:
        login.screen()
        return
    who.note_page(viewer)
    home = contents.HOME[viewer.role]
    pages = {
        _(section): [_page(page.name, home) for page in found]
        for section, found in contents.pages_for(viewer).items()
    }
    chosen = st.navigation(pages)
    st.html(_HERE / "page.css")
    # Streamlit's page says that it is English, and a screen reader would read all of it so.
    spoken = f"<script>document.documentElement.lang = '{language()}'</script>"
    st.html(spoken, unsafe_allow_javascript=True)
    if st.session_state.get("page") != chosen.url_path:
        st.session_state["page"] = chosen.url_path
        st.session_state["page visit"] = st.session_state.get("page visit", 0) + 1
    with st.sidebar:
        who.account_corner(viewer, city_folder())
        tiles.offer(city_folder())
    try:
        chosen.run()
    except Exception as error:
        broken.note(error, f"the page {chosen.url_path}")
        st.error(
            _(
                "Something went wrong in the program itself. What was saved before is kept. Load "
                "the page again; if it comes back, tell whoever runs the app: its log says where."
            )
        )


def asks() -> Viewer | None:
    """Return who is at the screen; None: nobody is logged in, or there is no screen."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return None  # a thread says for whom it works, see roles.acting_as
    return who.viewer_now(city_folder())


def _page(name: str, home: str = "") -> st.Page:
    title = _(PAGES[name].title)
    return st.Page(_HERE / f"{name}.py", title=title, url_path=name, default=name == home)


def link_to(name: str, text: str, *, back: bool = False, **chosen: str) -> None:
    """Show a link to another page, and what is to be chosen there, to those who may open it."""
    if not roles.viewer().may(PAGES[name].needs):
        return
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


def stamp(folder: Path, *, plans: bool = True) -> float:
    """Return when anything in the city folder last changed, plans too or not."""
    files = (path for path in folder.rglob("*") if path.suffix in _WATCHED)
    kept = (path for path in files if plans or folder / PLANS not in path.parents)
    return max((path.stat().st_mtime for path in kept), default=0.0)


@st.cache_resource(max_entries=2, show_spinner=False)
def whole_city(folder: str, changed: float, day: date) -> CityView:  # noqa: ARG001
    """Return the whole view; it is shared by all sessions, never changed, and cut by role after."""
    with roles.acting_as(roles.OPERATOR):  # whole; each reader gets their part of it afterwards
        read_before = _cached_record(folder, stamp(Path(folder), plans=False), day)
        return kept_for_long(replace(read_before, plans=city_data.plans_of(Path(folder))))


@st.cache_resource(max_entries=2, show_spinner=False)
def _cached_record(folder: str, changed: float, day: date) -> CityView:  # noqa: ARG001
    """Return the same with the plans of some moment; a new plan does not read all else anew."""
    return city_data.city_view(Path(folder), wall_clock.now())


@st.cache_resource(max_entries=2, show_spinner=False)
def _cached_demand(folder: str, changed: float, day: date) -> Demand:
    with roles.acting_as(roles.OPERATOR):
        return kept_for_long(refresh.demand_of(whole_city(folder, changed, day)))


@st.cache_resource(max_entries=2, show_spinner=False)
def _cached_coarse(folder: str, changed: float, day: date) -> Demand:
    """Return the same for those who may see no points."""
    whole = whole_city(folder, changed, day)
    with roles.acting_as(roles.OPERATOR):
        cut = refresh.no_finer(whole)
        return _cached_demand(folder, changed, day) if cut is whole else refresh.demand_of(cut)


def kept_for_long(made: Data) -> Data:
    """Return what was given; the search for garbage after every run passes it by from now on.

    Streamlit makes that search, and with a city in memory it would take a third of all time.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    return made


def forget() -> None:
    """Read the city's data anew, for everybody."""
    whole_city.clear()
    _cached_record.clear()
    _cached_demand.clear()
    _cached_coarse.clear()


def cached_now(read_city: Callable[[str, float, date], Data], wait: str) -> Data:
    """Return what is kept of the city as it is now; ``wait`` is said while it is being read."""
    folder = city_folder()
    with st.spinner(wait):
        return read(lambda: read_city(str(folder), stamp(folder), wall_clock.now().date()))


def read(action: Callable[[], Data]) -> Data:
    """Return what a page cannot do without; stop with one line where it cannot be read."""
    try:
        return action()
    except OutreachError as error:
        st.error(plain_markdown(str(error)))
        st.stop()


def demand_of_city() -> Demand:
    """Return the weekly refresh of the city that is shown; it is worked out once for all."""
    reader = read(lambda: roles.require("counts"))
    kept = _cached_demand if reader.may("points") else _cached_coarse
    return cached_now(kept, _("Working out hot spots, forecast and alerts …"))


def open_page(title: str, about: str) -> CityView:
    """Write a page's head and return the city's data; stop with one line where there are none.

    Needs    title    as ``contents`` has it; whoever may not open that page is refused
    """
    _only_for_readers(title)
    st.title(title)
    view = city_now()
    _say_which_city(view.city, about)
    say_how_old(view)
    return view


def city_now() -> CityView:
    """Return the city's data as who is at the screen may see them, for a page with its head."""
    reader = read(lambda: roles.require("counts"))
    return as_seen(cached_now(whole_city, _("Reading the city's data …")), reader)


def open_without_calls(title: str, about: str) -> tuple[Path, City]:
    """Write the head of a page that needs no calls, and return the city's folder and settings.

    Needs    title    as ``contents`` has it; whoever may not open that page is refused
    """
    _only_for_readers(title)
    st.title(title)
    folder = city_folder()
    city = read(lambda: load_city(folder))
    _say_which_city(city, about)
    return folder, city


def _only_for_readers(title: str) -> None:
    """Stop with one line and a way on where the reader may not open the page of that title."""
    page = next((page for page in PAGES.values() if title in (page.title, _(page.title))), None)
    reader = read(roles.viewer)
    if page is not None and reader.may(page.needs):
        return
    home = PAGES[contents.HOME[reader.role]]
    st.title(title)
    st.info(_("This page is not for your role; nothing of it was read. Go on here:"))
    link_to(home.name, _(home.title))
    st.stop()


def offer_file(
    label: str,
    make: Callable[[], str | bytes],
    *,
    file_name: str,
    mime: str | None = None,
    **look: Any,
) -> None:
    """Offer a file that is made for whom it was offered to, when they ask for it.

    Streamlit makes it in a thread of its own, where nobody is at the screen.

    Needs    look    further arguments of ``st.download_button``
    """
    reader = roles.viewer()

    def made() -> str | bytes:
        with roles.acting_as(reader):
            return make()

    look = {"on_click": "ignore"} | look
    st.download_button(label, made, file_name=file_name, mime=mime, **look)


def _say_which_city(city: City, about: str) -> None:
    if city.invented_data:
        st.html(
            '<p class="notice"><strong>{head}</strong> {told}</p>'.format(
                head=_("Invented data."),
                told=_(
                    "{city} and everything in it is made up: no real person, call or address."
                ).format(city=escape(city.name)),
            )
        )
    st.caption(f"{plain_markdown(city.name)}. {about}")


def say_how_old(view: CityView) -> None:
    """Say so if calls have not come in for long, so that nobody takes old weeks for the last."""
    last = view.record_ended
    if last is not None:
        st.html(
            '<p class="notice"><strong>{head}</strong> {told}</p>'.format(
                head=_("Old calls."),
                told=_(
                    "The record ends in the week from {day}. Weeks shown are those before it "
                    "ended; what looks back from today finds few calls or none, and nothing is "
                    "expected of next week."
                ).format(day=full_day(last)),
            )
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
    heads: dict[str, Any] = {
        name: st.column_config.DateColumn(_(name), format="D MMM YYYY")
        if table[name].map(lambda value: isinstance(value, date)).any()
        else st.column_config.Column(_(name))
        for name in map(str, table)
    }
    wide = {
        name: st.column_config.TextColumn(_(name), width=640)
        for name in tables.REASONS
        if name in table
    }
    with st.container(key=f"wide-{key}"):
        st.dataframe(
            table,
            hide_index=True,
            column_config=heads | wide,
            height=min(560, table_height(len(table))),
        )
    with st.container(key=f"cards-{key}"):
        st.html(tables.cards_html(table, numbers))


def table_height(rows: int) -> int:
    """Return how high a table is that shows all of its rows, in pixels."""
    return 38 + 35 * rows


def nothing_yet(what: str, next_step: str) -> None:
    """Say that there is nothing to show, and what to do next."""
    st.info(f"{what} {next_step}")
