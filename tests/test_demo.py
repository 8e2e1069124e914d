"""What `make demo` leads to, clicked through in a real browser with no internet."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest

from outreach.pipeline.week import find_plan

pytestmark = pytest.mark.browser
REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The demo built and served by the very command of the Makefile."""
    folder = tmp_path_factory.mktemp("demo") / "demo-city"
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    start = "from outreach.cli.main import main; main()"
    command = [sys.executable, "-c", start, "demo", str(folder)]
    server = subprocess.Popen(
        [*command, "--port", str(port), "--headless"],
        env={**os.environ, "COLUMNS": "100"},
        start_new_session=True,
    )
    url = f"http://localhost:{port}"
    for _ in range(480):
        assert server.poll() is None, "the demo ended"
        try:
            urllib.request.urlopen(f"{url}/_stcore/health")  # noqa: S310
            break
        except OSError:
            time.sleep(0.25)
    yield url, folder
    os.killpg(server.pid, signal.SIGTERM)  # the command and the server that it began
    server.wait(10)


def the_map(page):
    frame = page.frame_locator("iframe").first
    frame.locator(".leaflet-control-zoom").wait_for(timeout=90_000)
    return frame


@pytest.mark.parametrize("page", [1440, 390], indirect=True)
def test_the_demo_leads_to_this_weeks_sweep_on_a_map(page, demo):
    page.goto(demo[0])
    page.get_by_role("heading", name="This week at a glance").wait_for(timeout=60_000)
    the_map(page).locator(".outreach-stop").first.wait_for(timeout=60_000)
    assert page.get_by_text("Invented data").count() >= 1
    page.goto(f"{demo[0]}/sweep")
    the_map(page).locator(".outreach-stop").first.wait_for(timeout=60_000)
    stop = page.locator("ol.stops li").first.inner_text()
    assert re.search(r"\d:\d\d", stop)
    assert "min" in stop


def test_every_page_is_there_and_the_draft_can_be_published(page, demo):
    url, folder = demo
    page.goto(url)
    the_map(page)
    page.get_by_test_id("stSidebarNavViewButton").click()
    for name in ("Where need is", "Repeat places and people", "What came in", "This week's sweep"):
        page.get_by_role("link", name=name).click()
        page.get_by_role("heading", name=name, exact=True).wait_for(timeout=60_000)
        page.get_by_test_id("stStatusWidget").wait_for(state="detached", timeout=90_000)
        assert page.get_by_test_id("stException").count() == 0
        assert page.get_by_test_id("stAlertContentError").count() == 0
    the_map(page)
    page.get_by_label("Your name").fill("Lee Lead")
    page.get_by_label("Your name").press("Enter")
    page.get_by_text("It will say: published by Lee Lead").wait_for(state="attached")
    page.get_by_test_id("stStatusWidget").wait_for(state="detached", timeout=90_000)
    page.get_by_text("Publish this draft").click()
    page.get_by_text("I have looked through the stops").click()
    page.get_by_role("button", name=re.compile("Publish")).click()
    page.get_by_text(re.compile("^Published by Lee Lead")).wait_for(timeout=60_000)
    week = next(iter(sorted((folder / "plans").iterdir()))).name
    published = find_plan(folder, week)
    assert (published.status, published.published_by) == ("published", "Lee Lead")
    assert published.published_at < datetime.now(UTC)
