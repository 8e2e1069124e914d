"""Pictures from a map server: asked for only when a reader wants them, and told no page."""

import base64
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

pytestmark = pytest.mark.browser
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


@pytest.fixture
def asked():
    """A map server of our own: what it was asked for and from where, and its address."""
    found = []

    class Server(BaseHTTPRequestHandler):
        def do_GET(self):
            found.append((self.path, self.headers.get("Referer")))
            with suppress(BrokenPipeError, ConnectionResetError):  # a closed page waits no more
                self.send_response(200)
                self.send_header("Content-Type", "image/png")
                self.end_headers()
                self.wfile.write(DOT)

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("localhost", 0), Server)
    Thread(target=server.serve_forever, daemon=True).start()
    yield found, f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def address(asked, fake_city, gate_server, tmp_path):
    """The app on a city that allows pictures, which an invented one itself may not."""
    script = fake_city.write_app(tmp_path)
    before, run, after = script.read_text().partition("from outreach.pages import frame")
    told = "from outreach.maps import elements\nfrom outreach.pages import tiles\n"
    told += f"elements.TILES = '{asked[1]}/{{z}}/{{x}}/{{y}}.png'\n"
    told += "tiles.allowed = lambda _: True\n"
    script.write_text(before + told + run + after)
    with gate_server.the_app(script.parent / "city", script=script, now=fake_city.NOW) as url:
        yield url


def test_nobody_is_asked_until_a_reader_wants_pictures(page, address, asked):
    found, _ = asked
    page.goto(f"{address}/need")
    frame = page.frame_locator("main iframe").first
    frame.locator("canvas").first.wait_for(timeout=60_000)
    at_rest = "() => document.querySelector('[data-test-script-state=notRunning]')"
    page.wait_for_function(at_rest, timeout=60_000)
    page.wait_for_timeout(500)
    assert found == []
    page.get_by_text("Map pictures").click()
    page.get_by_text("they learn which area you look at").wait_for()
    page.get_by_text("Show pictures from OpenStreetMap").click()
    frame.locator("img.leaflet-tile-loaded").first.wait_for(timeout=60_000)
    assert found
    for path, referrer in found:
        assert path.endswith(".png")
        assert referrer in (None, f"{address}/")  # the site, never the page
