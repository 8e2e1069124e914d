"""Fixtures that every room's tests share."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
import pytest

from outreach import cells, roles
from outreach.pages import wall_clock

REPOSITORY = Path(__file__).parent.parent
CALL_DEFAULTS = {
    "lon": -73.75,
    "lat": 42.65,
    "need": "mental_health",
    "counts_as": "demand",
    "home_visit": True,
    "safety_concern": False,
    "person_id": None,
    "address": None,
}


roles.answer_by(lambda: roles.OPERATOR)


@pytest.fixture(autouse=True)
def as_operator() -> Iterator[None]:
    """Tests act as whoever works on the machine, unless they say who asks."""
    roles.answer_by(lambda: roles.OPERATOR)
    yield
    roles.answer_by(lambda: roles.OPERATOR)  # for the next module's own fixtures, made before this


@pytest.fixture(scope="session", autouse=True)
def components_found_once() -> Iterator[None]:
    """Streamlit's AppTest reads what all packages say of themselves at every run: once will do."""
    from streamlit.components.v2 import manifest_scanner

    found = cache(manifest_scanner.scan_component_manifests)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", found)
        yield


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real public data; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("OUTREACH_REAL_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("real public data not here; name their folder in OUTREACH_REAL_DATA")
    return folder


@pytest.fixture(scope="session")
def demand_view() -> Callable[..., ir.Table]:
    """Turn a frame with some columns of CALLS into the view that demand and people are given.

    The rest is filled in; the view is cut at ``as_of`` and keeps only what counts as demand, as
    the store does.
    """

    def view(frame: pd.DataFrame, as_of: datetime) -> ir.Table:
        calls = frame.reset_index(drop=True).assign(
            **{name: value for name, value in CALL_DEFAULTS.items() if name not in frame}
        )
        for name in ("need", "counts_as", "home_visit", "safety_concern"):
            kept = calls[name].where(calls[name].notna(), CALL_DEFAULTS[name])
            calls[name] = kept.astype(type(CALL_DEFAULTS[name]))
        received = pd.to_datetime(calls["received_at"], utc=True).astype("datetime64[us, UTC]")
        known = pd.to_datetime(calls.get("known_at", received), utc=True)
        local = received.dt.tz_convert("America/New_York").dt.tz_localize(None).dt.normalize()
        monday = local - pd.to_timedelta(local.dt.day_of_week, unit="D")
        if "fine_cell" not in calls:
            calls["fine_cell"] = cells.fine_cells(calls["lon"], calls["lat"])
        calls = calls.assign(
            received_at=received,
            day=local.dt.date,
            week=monday.dt.date,
            person_id=calls["person_id"].astype("string"),
            address=calls["address"].astype("string"),
        )
        seen = (received < as_of) & (known <= as_of) & (calls["counts_as"] == "demand")
        return ibis.memtable(calls[seen].reset_index(drop=True))

    return view


@pytest.fixture(scope="session")
def with_tenfold_staff() -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Add ten rows made by staff for every call, for the test of safeguard 1 at any stage."""

    def add(frame: pd.DataFrame) -> pd.DataFrame:
        staff = pd.concat([frame] * 10, ignore_index=True)
        kinds = pd.Series(["officer_initiated", "administrative"]).take(staff.index % 2)
        staff = staff.assign(counts_as=kinds.to_numpy(), source="officer_initiated")
        if "call_id" in frame:
            staff["call_id"] = int(frame["call_id"].max()) + 1 + staff.index
        public = {"counts_as": "demand", "source": "911"}
        new = {name: value for name, value in public.items() if name not in frame}
        return pd.concat([frame.assign(**new), staff], ignore_index=True)

    return add


def _beside(name: str) -> ModuleType:
    """Return a module of this folder, which the test folders cannot import by name."""
    spec = spec_from_file_location(name, REPOSITORY / "tests" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module  # for those beside it
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def make_resources() -> Callable[..., pd.DataFrame]:
    """Make RESOURCES of which a test names only what matters; see tests/make_resources.py."""
    made: Callable[..., pd.DataFrame] = _beside("make_resources").resources
    return made


@pytest.fixture(scope="session")
def fake_city(make_resources: Callable[..., pd.DataFrame]) -> ModuleType:
    """The invented city of tests/fake_city.py."""
    return _beside("fake_city")


@pytest.fixture(autouse=True)
def stopped_clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages believe that it is the ``NOW`` of the test's file, else that of the invented city."""
    now = getattr(request.module, "NOW", None)
    if now is None and {"shown_city", "bare_city"} & set(request.fixturenames):
        now = request.getfixturevalue("fake_city").NOW
    if now is not None:
        monkeypatch.setattr(wall_clock, "now", lambda: now)


@pytest.fixture
def shown_city(
    fake_city: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """The pages show the invented city; its folder is handed back."""
    yield from _shown(fake_city, tmp_path, monkeypatch, empty_city=False)


@pytest.fixture
def bare_city(
    fake_city: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """The same before anything came in."""
    yield from _shown(fake_city, tmp_path, monkeypatch, empty_city=True)


def _shown(
    fake_city: ModuleType, folder: Path, monkeypatch: pytest.MonkeyPatch, *, empty_city: bool
) -> Iterator[Path]:
    import streamlit as st

    st.cache_resource.clear()
    monkeypatch.setenv("OUTREACH_CITY", str(folder))
    fake_city.stand_in(folder, empty_city=empty_city, put=monkeypatch.setattr)
    yield folder
    st.cache_resource.clear()


@pytest.fixture(scope="session")
def sheet_city() -> ModuleType:
    """A folder with a published plan and entries for it; see tests/sheet_city.py."""
    return _beside("sheet_city")


@pytest.fixture(scope="session")
def gate_server() -> ModuleType:
    """The app behind its login on a free port; see tests/gate_server.py."""
    return _beside("gate_server")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Headless Chromium; `make test` installs one where there is none."""
    from playwright.sync_api import Error, sync_playwright

    flags = ["no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-sync"]
    flags += ["disable-background-networking", "disable-component-update"]
    with sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(
                executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
                args=[f"--{flag}" for flag in flags],
            )
        except Error as error:
            pytest.fail(f"no browser (make browser): {error.message.splitlines()[0]}")
        yield started
        started.close()


@pytest.fixture
def page(browser: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A browser page that fails its test if anything is asked of another machine, or breaks."""
    width = getattr(request, "param", 1280)
    context = browser.new_context(viewport={"width": width, "height": 800}, accept_downloads=True)
    made = context.new_page()
    faults: list[str] = []
    near = ("file:", "data:", "blob:", "about:", "http://localhost:", "ws://localhost:")
    context.on("request", lambda r: None if r.url.startswith(near) else faults.append(r.url))
    made.on("websocket", lambda ws: None if ws.url.startswith(near) else faults.append(ws.url))
    made.on("pageerror", lambda error: faults.append(str(error)))
    made.on("dialog", lambda dialog: (faults.append(dialog.message), dialog.dismiss()))
    yield made
    context.close()
    assert not faults, faults
