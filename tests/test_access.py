"""Who may open, read, change and take along what: role x page x query x download."""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from threading import Thread
from typing import get_args

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

import outreach.pipeline
from outreach import roles
from outreach.errors import NotAllowedError
from outreach.pages import contents, frame
from outreach.pages.contents import PAGES, Page
from outreach.pipeline.demand import no_finer
from outreach.pipeline.view import as_seen
from outreach.roles import MAY, Permission, Role, Viewer, acting_as, needs

ROLES: tuple[Role, ...] = get_args(Role)
HERE = Path(frame.__file__).parent
REFUSED = "This page is not for your role"
NOWHERE = Path("/nowhere/at/all")

# What pages and commands call without a guard, and why it needs none.
OPEN = {
    "accounts.has_admin": "says before anybody can log in that somebody must be made to",
    "backtest.backtest_facts": "words for a test that was handed over",
    "backtest.horizon_facts": "words for a test that was handed over",
    "backtest.picture_kind": "reads the ending of a name",
    "backtest.write_plot": "draws a test that was handed over",
    "directory.kinds_of_help": "a list that comes with the program",
    "directory_list.coming_openings": "works on places handed over",
    "directory_list.narrowed": "works on places handed over",
    "directory_list.states_at": "works on places handed over",
    "exports.write_export": "writes what was handed over",
    "glance.this_and_next": "works on the calendar",
    "glance.newest_call": "works on a view that was cut by role",
    "help.fitting": "works on places handed over",
    "help.shown_places": "works on places handed over",
    "help_maps.asked": "reads what was typed",
    "help_maps.wish": "reads what was typed",
    "help_sites.host_kinds": "works on a view that was cut by role",
    "help_words.answer": "words for an answer that was handed over",
    "help_words.ask_words": "words for what was asked",
    "help_words.named_points": "reads what was typed",
    "help_words.percent": "writes a number",
    "help_words.site_name": "words for a name that was handed over",
    "help_words.wish_words": "words for what was asked",
    "log_in.change_password": "proves who asks by the old password",
    "log_in.find_session": "finds out who asks",
    "log_in.log_in": "finds out who asks",
    "log_in.log_in_sso": "finds out who asks",
    "log_in.log_out": "ends one's own session",
    "log_in.session_id_of": "finds out who asks",
    "log_in.touch_session": "finds out who asks",
    "sheets.sheet_name": "makes the name of a file",
    "summary.write_summary": "writes what was handed over",
    "today.next_day": "works on plans of a view that was cut by role",
    "today.plan_for": "works on plans of a view that was cut by role",
    "today.shifts_on": "works on a plan handed over",
    "view.as_seen": "it is what cuts a view by role",
    "week_map.plan_facts": "figures of a plan that was handed over",
}


def modules() -> list[str]:
    """The names of all modules of the pipeline."""
    return [found.name for found in pkgutil.iter_modules(outreach.pipeline.__path__)]


def public_functions(module: str) -> dict[str, Callable[..., object]]:
    """The functions that a module of the pipeline itself declares."""
    loaded = importlib.import_module(f"outreach.pipeline.{module}")
    return {
        name: thing
        for name, thing in vars(loaded).items()
        if inspect.isfunction(thing) and thing.__module__ == loaded.__name__
    }


GUARDED: dict[str, tuple[Callable[..., object], Permission]] = {
    f"{module}.{name}": (function, function.needs)  # type: ignore[attr-defined]
    for module in modules()
    for name, function in public_functions(module).items()
    if hasattr(function, "needs")
}


def somebody(role: Role) -> Viewer:
    """Somebody of a role who is logged in."""
    return Viewer("Ann Lee", role, account_id="a1", organisation_id="none")


# -- queries ---------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
def test_every_guarded_function_refuses_before_it_reads_and_lets_the_others_in(role):
    assert len(GUARDED) > 100
    for name, (function, permission) in GUARDED.items():
        with acting_as(somebody(role)):
            if permission in MAY[role]:
                if _needs_arguments(function):
                    with pytest.raises(TypeError, match="missing"):  # past the guard, no further
                        function()
                continue
            with pytest.raises(NotAllowedError, match="may not see or do this"):
                function(NOWHERE)
                pytest.fail(f"{name} lets a {role} in")


def _needs_arguments(function: Callable[..., object]) -> bool:
    told = inspect.signature(function).parameters.values()
    return any(one.default is one.empty for one in told)


def called_by_pages_and_commands() -> Iterator[tuple[str, str, Path]]:
    """Module and name of what pages and commands take from the pipeline, and where they do."""
    for room in ("pages", "cli"):
        for path in sorted((HERE.parent / room).glob("*.py")):
            tree = ast.parse(path.read_text("utf-8"))
            called = {}
            for node in ast.walk(tree):
                if not isinstance(node, ast.ImportFrom):
                    continue
                if node.module == "outreach.pipeline":
                    called |= {one.asname or one.name: one.name for one in node.names}
                elif (node.module or "").startswith("outreach.pipeline."):
                    for one in node.names:
                        yield str(node.module).rpartition(".")[2], one.name, path
            for node in ast.walk(tree):
                if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
                    continue
                if node.value.id in called:
                    yield called[node.value.id], node.attr, path


def test_what_pages_and_commands_call_is_guarded_or_a_named_exception():
    bare, used = {}, set()
    for module, name, path in called_by_pages_and_commands():
        thing = getattr(importlib.import_module(f"outreach.pipeline.{module}"), name)
        if inspect.isfunction(thing) and not hasattr(thing, "needs"):
            used.add(f"{module}.{name}")
            if f"{module}.{name}" not in OPEN:
                bare[f"{module}.{name}"] = path.name
    assert not bare
    assert not {name for name in OPEN if name not in used}, "an exception that nobody uses"


def test_a_name_that_is_not_ones_own_is_refused():
    @needs("record")
    def kept(*, by: str) -> str:
        return by

    with acting_as(somebody("caseworker")):
        assert kept(by="Ann Lee") == "Ann Lee"
        with pytest.raises(NotAllowedError, match="signed by Bo, not by Ann Lee"):
            kept(by="Bo")
    with acting_as(Viewer("Demo caseworker", "caseworker")):  # nobody is logged in to the demo
        assert kept(by="Bo") == "Bo"


def test_a_thread_acts_for_nobody_unless_it_says_for_whom(monkeypatch):
    monkeypatch.setattr(roles, "_ANSWER", [lambda: None])
    told: list[object] = []

    @needs("counts")
    def counted() -> int:
        return 7

    def bare() -> None:
        try:
            told.append(counted())
        except NotAllowedError as error:
            told.append(str(error))

    def for_somebody() -> None:
        with acting_as(somebody("manager")):
            told.append(counted())

    with acting_as(roles.OPERATOR):  # what the starting thread may do is not handed on
        for work in (bare, for_somebody):
            thread = Thread(target=work)
            thread.start()
            thread.join()
    assert told == ["nobody is logged in; nothing was shown or changed", 7]


# -- what a view holds -----------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
def test_a_view_is_cut_by_role(fake_city, tmp_path, role):
    whole = fake_city.view(tmp_path)
    if "counts" not in MAY[role]:
        with pytest.raises(NotAllowedError, match="may see no counts"):
            as_seen(whole, somebody(role))
        return
    seen = as_seen(whole, somebody(role))
    if "points" in MAY[role]:
        assert seen is whole
        return
    points = {
        one.name
        for one in fields(seen)
        if isinstance(table := getattr(seen, one.name), pd.DataFrame)
        and len(table)
        and {"lon", "address", "person_id", "place_id"} & set(table.columns)
    }
    assert points == {"resources"}
    assert not seen.resources["redacted"].any()
    assert seen.plans == ()
    assert seen.quarantine == ()
    pd.testing.assert_frame_equal(seen.rates, whole.rates)  # hexes they do see


def test_a_manager_sees_no_finer_hexes_than_the_map_shows(fake_city, tmp_path):
    whole = fake_city.view(tmp_path)
    demand = whole.city.demand.model_copy(update={"resolution": 8})
    coarse = whole.__class__(
        **{**vars(whole), "city": whole.city.model_copy(update={"demand": demand})}
    )
    seen = as_seen(coarse, somebody("manager"))
    assert seen.fine_counts["calls"].sum() == whole.fine_counts["calls"].sum()
    assert seen.fine_counts["cell"].nunique() < whole.fine_counts["cell"].nunique() / 3
    cut = no_finer(coarse)  # nor do hot spots and the forecast show them
    assert cut.city.demand.finest_resolution == 8
    assert set(cut.fine_counts["cell"]) == set(seen.fine_counts["cell"])
    assert no_finer(whole) is whole


@pytest.mark.parametrize(("role", "resolution"), [("lead", 9), ("manager", 8)])
def test_the_weekly_refresh_of_a_manager_has_no_finer_hexes(
    fake_city, tmp_path, monkeypatch, role, resolution
):
    whole = fake_city.view(tmp_path)
    demand = whole.city.demand.model_copy(update={"resolution": 8})
    coarse = replace(whole, city=whole.city.model_copy(update={"demand": demand}))
    made = []
    monkeypatch.setenv("OUTREACH_CITY", str(tmp_path))
    monkeypatch.setattr(frame.city_data, "city_view", lambda *_: coarse)
    monkeypatch.setattr(frame.refresh, "demand_of", made.append)
    st.cache_resource.clear()
    with acting_as(somebody(role)):
        frame.demand_of_city()
    st.cache_resource.clear()
    assert [one.city.demand.hot_spot_resolution for one in made] == [resolution]


# -- pages -----------------------------------------------------------------------------------


def opened(name: str, role: Role) -> AppTest:
    """Open a page's file directly as somebody of a role."""
    roles.answer_by(lambda: somebody(role))
    app = AppTest.from_file(HERE / f"{name}.py", default_timeout=60).run()
    assert not app.exception, (name, role, app.exception)
    return app


@pytest.mark.parametrize("role", ROLES)
def test_a_page_opens_for_those_it_is_for_and_shows_others_nothing(shown_city, monkeypatch, role):
    read: list[str] = []
    whole = frame.city_data.city_view

    def noted(folder: Path, as_of: object) -> object:
        read.append("calls")
        return whole(folder, as_of)

    monkeypatch.setattr(frame.city_data, "city_view", noted)
    refused = [name for name, page in PAGES.items() if page.needs not in MAY[role]]
    for name in refused:
        app = opened(name, role)
        assert [line for line in app.info if line.value.startswith(REFUSED)], (name, role)
        kinds = {part.type for part in app.main}
        assert kinds <= {"main", "title", "info", "page_link"}, (name, role, kinds)
    assert not read, "a page that was refused has read the calls"
    for name in set(PAGES) - set(refused):
        app = opened(name, role)
        assert app.title, (name, role)
        assert not [line for line in app.info if line.value.startswith(REFUSED)], (name, role)


def test_a_page_that_is_in_no_list_opens_for_nobody(shown_city):
    def page() -> None:
        from outreach.pages import frame

        frame.open_page("A page of its own", "")

    app = AppTest.from_function(page).run()
    assert app.info[0].value.startswith(REFUSED)


def test_there_is_no_page_without_a_permission():
    with pytest.raises(TypeError, match="needs"):
        Page("new", "A new page", "Need")  # type: ignore[call-arg]
    scripts = {
        path.stem for path in HERE.glob("*.py") if '__name__ == "__main__"' in path.read_text()
    }
    assert scripts == set(PAGES)
    assert set(contents.HOME) == set(ROLES)
    for role, home in contents.HOME.items():
        assert PAGES[home].needs in MAY[role], (role, home)


@pytest.mark.parametrize("role", ROLES)
def test_the_navigation_and_the_links_lead_only_where_one_may_go(role):
    listed = {page.name for pages in contents.pages_for(somebody(role)).values() for page in pages}
    assert listed == {name for name, page in PAGES.items() if page.needs in MAY[role]}

    def page() -> None:
        from outreach.pages import frame
        from outreach.pages.contents import PAGES

        for name in PAGES:
            frame.link_to(name, name)

    roles.answer_by(lambda: somebody(role))
    app = AppTest.from_function(page).run()
    assert {link.proto.label for link in app.get("page_link")} == listed


# -- downloads -------------------------------------------------------------------------------


def test_files_are_offered_in_one_way_only():
    for path in HERE.glob("*.py"):
        if path.name != "frame.py":
            assert "download_button(" not in path.read_text("utf-8"), path.name


def test_a_file_is_made_for_whom_it_was_offered_to(monkeypatch):
    offered: list[Callable[[], object]] = []
    monkeypatch.setattr(st, "download_button", lambda label, make, **_: offered.append(make))
    roles.answer_by(lambda: somebody("manager"))
    frame.offer_file("A file", lambda: roles.viewer().role, file_name="a.txt", mime="text/plain")
    roles.answer_by(lambda: None)  # in Streamlit's thread nobody is at the screen
    assert offered[0]() == "manager"


@pytest.mark.parametrize("role", [one for one in ROLES if "points" not in MAY[one]])
def test_whoever_sees_no_points_takes_none_along(shown_city, fake_city, monkeypatch, role):
    """Files hold no point, no address and nobody."""
    offered: dict[str, Callable[[], str | bytes]] = {}

    def offer(label: str, make: Callable[[], str | bytes], **_: object) -> None:
        offered[label] = make

    monkeypatch.setattr(frame, "offer_file", offer)
    monkeypatch.setattr("outreach.pipeline.summary.city_view", frame.city_data.city_view)
    monkeypatch.setattr("outreach.pipeline.summary.demand_of", frame.refresh.demand_of)
    secrets = secrets_of(fake_city.view(shown_city))
    for name, page in PAGES.items():
        if page.needs in MAY[role]:
            opened(name, role)
    if "counts" in MAY[role]:
        assert {"This week's summary (HTML)", "This map as a file (HTML)"} <= set(offered)
    for label, make in offered.items():
        with acting_as(somebody(role)):
            made = make()
        text = made if isinstance(made, str) else made.decode("utf-8", "replace")
        assert len(text) > 100, label
        found = [secret for secret in secrets if secret in text]
        assert not found, (label, found[:3])


def secrets_of(view: object) -> set[str]:
    """What in the fake city only those who see points may see."""
    told: set[str] = set()
    for table in (view.places, view.persons):  # type: ignore[attr-defined]
        told |= {f"{lon:.6f}" for lon in table["lon"].dropna()}
        told |= {text for text in table["address"].dropna() if not text.startswith("<")}
    told |= set(view.persons["person_id"])  # type: ignore[attr-defined]
    told |= set(view.resources.loc[view.resources["redacted"], "name"])  # type: ignore[attr-defined]
    assert len(told) > 60
    return told
