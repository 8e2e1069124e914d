import re

import pytest
from folium.elements import JSCSSMixin

from outreach.errors import OutreachError
from outreach.maps import offline
from outreach.maps.elements import bare_map

BOUNDS = (-73.8, 42.6, -73.7, 42.7)


def test_a_page_links_to_nothing():
    page = offline.standalone(bare_map(BOUNDS))
    assert not re.search(r"<(script|link|img)[^>]*\b(src|href)=", page)
    assert "L.map(" in page
    assert "user-scalable" not in page


def test_no_style_sheet_asks_for_a_font_or_picture():
    for name, text in offline.static_assets().items():
        if name.endswith(".css"):
            asked = re.findall(r"url\(\s*['\"]?([^)'\"]{1,40})", text)
            assert all(a.startswith(("data:", "#")) for a in asked), (name, asked)


def test_a_library_that_is_not_carried_fails_loudly():
    chart = bare_map(BOUNDS)
    strange = JSCSSMixin()
    strange.default_js = [("strange", "https://example.org/strange.js")]
    chart.add_child(strange)
    with pytest.raises(OutreachError, match=r"example\.org/strange\.js"):
        offline.standalone(chart)


def test_links_become_files_that_are_served():
    served = offline.static_assets()
    links = [link for _, link in (offline.LEAFLET_JS, offline.DRAW_JS, offline.DRAW_CSS)]
    rewritten = offline.rewrite_links(links, "static")
    assert all(name.removeprefix("static/") in served for name in rewritten)
    assert served[rewritten[0].removeprefix("static/")] == offline.asset(links[0])


def test_a_link_that_is_not_served_fails_loudly():
    with pytest.raises(OutreachError, match="does not serve"):
        offline.rewrite_links(["https://example.org/strange.js"], "static")
