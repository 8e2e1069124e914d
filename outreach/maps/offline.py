"""Maps that need no internet: every script and style sheet is found on this machine.

folium links its libraries by the addresses of public servers. The package folium-offline carries
the same files by those addresses; ours are added. A link without a file is an error, never a
request.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path, PurePosixPath

import folium
from folium.plugins import Fullscreen
from offlinefolium.elements import _res as _carried

from outreach.errors import OutreachError

DRAW_JS = ("outreach_draw", "outreach:draw.js")
DRAW_CSS = ("outreach_draw_css", "outreach:draw.css")
LEAFLET_JS = next(link for link in folium.Map.default_js if link[0] == "leaflet")
LEAFLET_CSS = next(link for link in folium.Map.default_css if link[0] == "leaflet_css")

_SCRIPT = re.compile(r'<script[^>]*\bsrc="([^"]*)"[^>]*>\s*</script>')
_STYLE = re.compile(r'<link[^>]*\bhref="([^"]*)"[^>]*>')
_NO_ZOOM = re.compile(r",\s*maximum-scale=1\.0,\s*user-scalable=no")


@lru_cache(maxsize=1)
def _assets() -> Mapping[str, str]:
    here = Path(__file__).parent
    own = {
        link: (here / link.removeprefix("outreach:")).read_text(encoding="utf-8")
        for _, link in (DRAW_JS, DRAW_CSS)
    }
    return {**_carried, **own}


def asset(link: str) -> str:
    """Return the text of the library file that a link means.

    Raises   OutreachError   no such file is carried
    """
    try:
        return _assets()[link]
    except KeyError:
        raise OutreachError(
            f"a map needs {link}, which is not carried for use without internet"
        ) from None


def standalone(chart: folium.Map) -> str:
    """Return a map as one HTML page that opens with no internet and no other file.

    Raises   OutreachError   the map uses a library that is not carried
    """
    page = chart.get_root().render()
    page = _SCRIPT.sub(lambda hit: f"<script>{asset(hit[1])}</script>", page)
    page = _STYLE.sub(lambda hit: f"<style>{asset(hit[1])}</style>", page)
    page = _NO_ZOOM.sub("", page)  # people with weak sight pinch the page
    return page.replace("<html>", '<html lang="en">', 1)


def _file_name(link: str) -> str:
    path = PurePosixPath(link.removeprefix("outreach:"))
    return f"{path.stem}.{sha256(asset(link).encode()).hexdigest()[:8]}{path.suffix}"


@lru_cache(maxsize=1)
def _served() -> Mapping[str, str]:
    """Links that our maps use, with the names under which a page serves them."""
    links = [LEAFLET_JS, LEAFLET_CSS, DRAW_JS, DRAW_CSS]
    links += [*Fullscreen.default_js, *Fullscreen.default_css]
    return {link: _file_name(link) for _, link in links}


def static_assets() -> dict[str, str]:
    """Return the library files that a page must serve: file name, text."""
    return {name: asset(link) for link, name in _served().items()}


def rewrite_links(links: Iterable[str], folder: str) -> list[str]:
    """Return links to the same libraries in a folder that serves ``static_assets``.

    Raises   OutreachError   a link means no library that is served
    """
    found = list(links)
    missing = [link for link in found if link not in _served()]
    if missing:
        raise OutreachError(f"a map needs {missing[0]}, which the app does not serve")
    return [f"{folder}/{_served()[link]}" for link in found]
