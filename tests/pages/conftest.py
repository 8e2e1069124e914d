import pytest
import streamlit as st


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
