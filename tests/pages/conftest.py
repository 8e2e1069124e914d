from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from outreach.pages import frame, wall_clock


@pytest.fixture(autouse=True)
def stopped_clock(request, fake_city, monkeypatch):
    """Pages believe that it is the ``NOW`` of the test's file, else that of the invented city."""
    shows = {"shown_city", "bare_city"} & set(request.fixturenames)
    now = getattr(request.module, "NOW", fake_city.NOW if shows else None)
    if now is not None:
        monkeypatch.setattr(wall_clock, "now", lambda: now)


@pytest.fixture
def shown_city(fake_city, tmp_path, monkeypatch):
    """The pages show the invented city; its folder is handed back."""
    st.cache_resource.clear()
    monkeypatch.setenv("OUTREACH_CITY", str(tmp_path))
    fake_city.stand_in(tmp_path, put=monkeypatch.setattr)
    yield tmp_path
    st.cache_resource.clear()


@pytest.fixture
def bare_city(fake_city, tmp_path, monkeypatch):
    """The same before anything came in."""
    st.cache_resource.clear()
    monkeypatch.setenv("OUTREACH_CITY", str(tmp_path))
    fake_city.stand_in(tmp_path, empty_city=True, put=monkeypatch.setattr)
    yield tmp_path
    st.cache_resource.clear()


@pytest.fixture
def run():
    """Open a page by its name."""

    def opened(name):
        page = Path(frame.__file__).parent / f"{name}.py"
        app = AppTest.from_file(page, default_timeout=60).run()
        assert not app.exception
        return app

    return opened


@pytest.fixture
def words():
    """Everything a page says."""

    def said(app):
        parts = [*app.markdown, *app.caption, *app.info, *app.title, *app.subheader]
        parts += [*app.success, *app.warning]
        html = [str(part.proto.body) for part in app.get("html")]
        heads = [str(part.label) for part in app.expander]
        return " ".join([*heads, *(str(part.value) for part in parts), *html])

    return said
