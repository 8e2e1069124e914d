import pytest
import streamlit_folium

from outreach.errors import OutreachError
from outreach.maps import base, elements, views
from outreach.maps.offline import static_assets
from outreach.pages import map_view


@pytest.fixture
def handed(monkeypatch):
    """What streamlit-folium hands to its component; fails when the private name moves."""
    calls = []
    monkeypatch.setattr(streamlit_folium, "_component_func", lambda **kwargs: calls.append(kwargs))
    return calls


@pytest.fixture
def chart(fake_city):
    places, ground = fake_city.places(), base.make_ground(fake_city.network().edges, None)
    return views.places_map(places, fake_city.clusters(), ground)


def test_the_component_gets_links_to_this_machine_only(handed, chart):
    map_view.show_map(chart)
    (call,) = handed
    links = [*call["js_links"], *call["css_links"]]
    assert links
    folder = "../../app/static/"
    assert all(link.startswith(folder) for link in links)
    assert {link.removeprefix(folder) for link in links} == set(static_assets())
    assert "://" not in call["header"]


def test_the_page_never_waits_for_what_a_user_does_on_the_map(handed, chart):
    map_view.show_map(chart)
    assert handed[0]["returned_objects"] == []


def test_a_library_that_is_not_served_fails_loudly(handed, chart):
    odd = elements.Drawing("marks", "{}")
    odd.default_js = [("odd", "https://example.org/odd.js")]
    odd.add_to(chart)
    with pytest.raises(OutreachError, match=r"example\.org"):
        map_view.show_map(chart)


def test_maps_with_other_data_have_another_key(handed, fake_city):
    ground = base.make_ground(None, None)
    for most in (10, 20):
        found = fake_city.places().head(most)
        map_view.show_map(views.places_map(found, fake_city.clusters(), ground))
    assert handed[0]["key"] != handed[1]["key"]


def test_what_moves_is_swapped_and_the_map_stays(handed, fake_city):
    ground = base.make_ground(fake_city.network().edges, None)
    for most in (10, 20):
        chart = elements.bare_map((-73.8, 42.6, -73.7, 42.7))
        base.add_ground(chart, ground)
        moving = elements.Drawing("marks", f'{{"marks":[],"n":{most}}}', name="moving")
        map_view.show_map(chart, moving=moving)
    assert handed[0]["key"] == handed[1]["key"]
    assert handed[0]["feature_group"] != handed[1]["feature_group"]
