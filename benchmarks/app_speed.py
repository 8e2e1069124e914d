"""How fast the app's own pages come up and change in a real browser, beside plain folium.

Protocol
    Instance   Albany's streets (about 5,000 drive nodes), 200,000 invented export rows (seed 1)
               counted in H3 cells of resolution 10, of which more than 5,000 have calls; a
               published plan of 5 teams x 5 days.
    Ways       ours: the app itself, its pages "This week at a glance" and "Where need is".
               plain: one Streamlit page with the same hexes, streets, routes and stops the way
               folium's own guide has it: GeoJson with a style_function and a tooltip, PolyLine,
               Marker with a tooltip, st_folium as it comes. Its data are prepared beforehand, its
               need map has one time instead of 26, and Leaflet is served from this machine.
    Measured   first: from navigation to the first line of figures that a lead reads.
               map: from navigation to hexes, stops and streets on the map of the week.
               change: from the click on another need to the hexes of that need.
               wire: bytes of HTTP bodies and websocket frames by the browser's own count (CDP).
               Both ways in turn on one machine in one run; medians of --rounds. Each visit has a
               browser of its own with nothing kept, on a server that somebody has used before;
               "cold" is the very first visit, which reads the city.
    Crowd      --people clients that speak the browser's protocol and draw nothing (as their
               screens are not on this machine) open the week, open the needs and choose one,
               beside one real browser that does the same: first all in the same instant, then
               each at a moment of a minute drawn by seed 1, with some seconds between.

Use      .venv/bin/python benchmarks/app_speed.py [--rounds 5] [--people 20] [--out FILE.json]
"""

import argparse
import asyncio
import json
import os
import pickle
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import numpy as np
import week as albany
from websockets.asyncio.client import connect

from outreach import roles
from outreach.config import DemandParams
from outreach.maps.offline import static_assets
from outreach.maps.week import planned_stops
from outreach.pages.tables import rates_of_need
from outreach.pipeline import intake, view, week
from outreach.weeks import coming_week

roles.answer_by(lambda: roles.OPERATOR)  # who works on the machine, as on the command line

APP = albany.REPOSITORY / "app.py"
FOLDER = albany.REPOSITORY / "real-cities" / "app"
CHOSEN = "homelessness"
FINE = DemandParams(resolution=10, hot_spot_resolution=10)
PLAIN = """
import pickle, folium, h3, numpy as np, streamlit as st
from streamlit_folium import st_folium
from outreach.maps import offline
from outreach.maps.style import class_breaks, class_colours
from outreach.pages import map_view
st.set_page_config(layout="wide")
map_view.keep_local()  # Leaflet from this machine, as no internet may be asked

@st.cache_resource
def data():
    return pickle.load(open({kept!r}, "rb"))

known = data()
need = st.pills("Need", list(known["rates"]), default="All needs", required=True)
rates = known["rates"][need]
st.html(f'<p class="glance">{{len(known["stops"])}} stops in {{len(rates)}} hexes with calls</p>')
breaks = class_breaks(rates["weekly_rate"]); colours = class_colours(breaks)
hexes = [{{"type": "Feature", "properties": {{"rate": rate, "reason": reason}},
    "geometry": {{"type": "Polygon", "coordinates": [[(lon, lat) for lat, lon in
        h3.cell_to_boundary(h3.int_to_str(cell))]]}}}}
    for cell, rate, reason in zip(rates["cell"], rates["weekly_rate"], rates["reason"])]
chart = folium.Map((42.65, -73.75), zoom_start=12, tiles=None, maxZoom=19, prefer_canvas=True)
chart.default_js, chart.default_css = [offline.LEAFLET_JS], [offline.LEAFLET_CSS]
folium.GeoJson(known["streets"], style_function=lambda f: {{"color": "#bbb", "weight": 1}}
    ).add_to(chart)
folium.GeoJson({{"type": "FeatureCollection", "features": hexes}}, name="Calls",
    style_function=lambda f: {{"weight": .5, "fillOpacity": .75, "fillColor":
        colours[int(np.searchsorted(breaks, f["properties"]["rate"], side="right"))]}},
    tooltip=folium.GeoJsonTooltip(["rate", "reason"])).add_to(chart)
for team, routes in known["routes"].items():
    group = folium.FeatureGroup(name=team).add_to(chart)
    for line in routes:
        folium.PolyLine([(lat, lon) for lon, lat in line.coords]).add_to(group)
    for stop in known["stops"][known["stops"]["team"] == team].itertuples():
        folium.Marker((stop.lat, stop.lon), tooltip=f"{{stop.order}}. {{stop.label}}: {{stop.why}}"
            ).add_to(group)
folium.LayerControl().add_to(chart)
st_folium(chart, use_container_width=True, returned_objects=[])
"""
TCP_INFO = (socket.IPPROTO_TCP, socket.TCP_INFO, 256)
# Shapes that were not there before, and those standing for stops.
MARK = "() => { for (const l of Object.values(window.map._layers)) l.wasThere = true }"
DRAWN = """([hexes, stops]) => window.map
    && Object.values(window.map._layers).filter(l => l._latlngs && !l.wasThere).length >= hexes
    && document.querySelectorAll(".leaflet-marker-icon, .outreach-stop").length >= stops"""


def make_city() -> None:
    """Make the city, with a published plan, and what the plain way draws of it."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    settings = {"demand": FINE, "invented_data": True}  # so that no login is asked for
    albany.apart(partial(albany.read_streets, FOLDER, **settings))
    albany.apart(partial(albany.invent_calls, FOLDER))
    now = datetime.now(UTC)
    export = FOLDER / "exports" / "calls.csv"
    intake.ingest_file(FOLDER, export, intake.Wishes(as_it_happened=True), now=now)
    made = week.make_week_plan(FOLDER, coming_week(now, "America/New_York"), now=now)
    week.publish_plan(FOLDER, made.week, made.number, by="benchmark", now=now)


def plain_data() -> dict[str, Any]:
    """Return what the plain page draws: rates by need, streets as text, routes and stops.

    Of one need it has the hexes of half a year, as our need map has; of the plan the first day.
    """
    city = view.city_view(FOLDER, datetime.now(UTC))
    late = city.counts[city.counts["week"] > city.counts["week"].max() - timedelta(weeks=26)]
    rates = {"All needs": city.rates, CHOSEN: rates_of_need(city.rates, late, CHOSEN)}
    plan = max(city.plans, key=lambda plan: plan.number)
    shifts = plan.shifts[plan.shifts["day"] == plan.shifts["day"].min()]
    legs = plan.legs.merge(shifts[["shift_id", "team"]], on="shift_id")
    stops = planned_stops(plan)
    stops = stops[stops["shift_id"].isin(shifts["shift_id"])]
    return {
        "rates": {need: found[found["weekly_rate"] > 0] for need, found in rates.items()},
        "streets": city.networks["drive"].edges[["geometry"]].to_json(),
        "routes": legs.groupby("team")["geometry"].apply(list).to_dict(),
        "stops": stops[["team", "order", "lon", "lat", "label", "why"]],
    }


@contextmanager
def serving(script: Path) -> Iterator[tuple[str, int]]:
    """Serve a page, with the libraries beside it; give its address and process."""
    (script.parent / "static").mkdir(exist_ok=True)
    for file, body in static_assets().items():
        (script.parent / "static" / file).write_text(body, encoding="utf-8")
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)],
        cwd=albany.REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(albany.REPOSITORY), "OUTREACH_CITY": str(FOLDER)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://localhost:{port}"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{url}/_stcore/health")  # noqa: S310
                break
            except OSError:
                time.sleep(0.25)
        yield url, server.pid
    finally:
        server.terminate()
        server.wait(10)


async def drawn(page: Any, hexes: int, stops: int) -> None:
    """Wait until a map of the page has so many new hexes and so many stops."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        for frame in page.frames[1:]:
            try:
                if await frame.evaluate(DRAWN, [hexes, stops]):
                    return
            except Exception:  # noqa: S112  a frame may go while it is asked
                continue
        await asyncio.sleep(0.02)
    raise TimeoutError(f"{page.url}: not {hexes} hexes and {stops} stops on the map")


async def visit(browser: Any, urls: tuple[str, str], many: dict[str, int]) -> dict[str, float]:
    """Open the week, then the needs, and choose one; return seconds and bytes."""
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    page = await context.new_page()
    wire = {"bytes": 0.0}
    spy = await context.new_cdp_session(page)
    await spy.send("Network.enable")

    def add(amount: float) -> None:
        wire["bytes"] += amount

    spy.on("Network.loadingFinished", lambda e: add(e["encodedDataLength"]))
    frames = "Network.webSocketFrameReceived"
    spy.on(frames, lambda e: add(len(e["response"]["payloadData"]) * 3 / 4))  # base64
    begun = time.monotonic()
    await page.goto(urls[0])
    await page.locator("p.glance").first.wait_for(timeout=180_000)
    found = {"first_s": time.monotonic() - begun}
    await drawn(page, many["hexes"], many["stops"])
    found |= {"map_s": time.monotonic() - begun, "map_bytes": wire["bytes"]}
    if urls[1] != urls[0]:
        await page.goto(urls[1])
    await drawn(page, many["chosen"], 0)
    await page.get_by_test_id("stStatusWidget").wait_for(state="detached", timeout=180_000)
    for frame in page.frames[1:]:
        await frame.evaluate(MARK)
    before, begun = wire["bytes"], time.monotonic()
    await (
        page.get_by_test_id("stButtonGroup")
        .get_by_text("Homelessness")
        .or_(page.get_by_test_id("stButtonGroup").get_by_text(CHOSEN))
        .click()
    )
    await drawn(page, many["chosen"], 0)
    found |= {"change_s": time.monotonic() - begun, "change_bytes": wire["bytes"] - before}
    await context.close()
    return found


class Client:
    """A browser's side of the protocol, without a screen."""

    def __init__(self, url: str) -> None:
        self.url = url.replace("http", "ws") + "/_stcore/stream"
        self.pills = ""

    async def day(self, pauses_s: Sequence[float]) -> dict[str, float]:
        """Open the week, open the needs, choose one, each after a pause; return the seconds."""
        await asyncio.sleep(pauses_s[0])
        async with connect(self.url, subprotocols=["streamlit"], max_size=None) as line:  # type: ignore[list-item]
            opened = await self.run(line, "")
            await asyncio.sleep(pauses_s[1])
            await self.run(line, "need")
            await asyncio.sleep(pauses_s[2])
            changed = await self.run(line, "need", CHOSEN)
            info = line.transport.get_extra_info("socket").getsockopt(*TCP_INFO)
            received = int.from_bytes(info[128:136], sys.byteorder)  # tcpi_bytes_received
            return {"open_s": opened, "change_s": changed, "received_bytes": received}

    async def run(self, line: Any, page: str, need: str = "") -> float:
        """Ask for a run of a page and read all that comes, up to its end."""
        from streamlit.proto.BackMsg_pb2 import BackMsg
        from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

        asked = BackMsg()
        asked.rerun_script.page_name = page
        if need:
            state = asked.rerun_script.widget_states.widgets.add()
            state.id = self.pills
            state.string_array_value.data[:] = ["Homelessness"]
        begun = time.monotonic()
        await line.send(asked.SerializeToString())
        while True:
            told = ForwardMsg.FromString(await line.recv())
            if told.WhichOneof("type") == "script_finished":
                return time.monotonic() - begun
            group = told.delta.new_element.button_group
            if "need" in group.id.rpartition("-")[2]:
                self.pills = group.id


def process(pid: int) -> tuple[float, float]:
    """Return the memory that a process holds in MB, and the CPU seconds it has used."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    memory = next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))
    times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return memory, (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")


async def crowded(
    browser: Any, url: str, pid: int, pauses_s: Sequence[Sequence[float]], many: dict[str, int]
) -> dict[str, Any]:
    """Let many use the app, each with pauses of their own, and a real browser among them."""
    alone_mb, cpu_s = process(pid)
    begun = time.monotonic()
    visits = [visit(browser, (url, f"{url}/need"), many)]
    seen, *days = await asyncio.gather(*visits, *(Client(url).day(one) for one in pauses_s))
    took, (now_mb, now_cpu_s) = time.monotonic() - begun, process(pid)
    told: dict[str, Any] = {"people": len(pauses_s), "browser": seen, "took_s": took}
    told |= {"alone_mb": alone_mb, "server_mb": now_mb, "server_cpu_s": now_cpu_s - cpu_s}
    told["received_bytes"] = median(day["received_bytes"] for day in days)  # as compressed
    for name in ("open_s", "change_s"):
        times = [day[name] for day in days]
        told[f"{name}_median"], told[f"{name}_p95"] = median(times), quantiles(times, n=20)[-1]
    return told


async def measure(rounds: int, people: int, script: Path, many: dict[str, int]) -> dict[str, Any]:
    """Run both ways in turn, then the crowd on ours."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        with serving(APP) as (ours, pid), serving(script) as (plain, _):
            ways = {"ours": (ours, f"{ours}/need"), "plain": (plain, plain)}
            told: dict[str, Any] = {"instance": many}
            told["cold"] = {way: await visit(browser, urls, many) for way, urls in ways.items()}
            found: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
            for _ in range(rounds):
                for way, urls in ways.items():
                    found[way].append(await visit(browser, urls, many))
            for way, rows in found.items():
                told[way] = {name: median(one[name] for one in rows) for name in rows[0]}
            told["plain_by_ours"] = {
                name: told["plain"][name] / told["ours"][name] for name in told["ours"]
            }
            rng = np.random.default_rng(1)
            crowds = {"instant": (0, 0, 0), "minute": (60, 10, 10)}
            for name, most_s in crowds.items() if people else ():
                pauses_s = rng.uniform(0, most_s, (people, 3)).tolist()
                told[f"crowd_{name}"] = await crowded(browser, ours, pid, pauses_s, many)
        await browser.close()
    return told


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--again", action="store_true", help="use the city of the last run")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    if not albany.DATA.is_dir():
        sys.exit(f"no real data in {albany.DATA}; name their folder in OUTREACH_REAL_DATA")
    if not asked.again:
        make_city()
    with tempfile.TemporaryDirectory() as name:
        kept, script = Path(name) / "plain.pickle", Path(name) / "plain.py"
        data = plain_data()
        kept.write_bytes(pickle.dumps(data))
        script.write_text(PLAIN.format(kept=str(kept)), encoding="utf-8")
        many = {
            "hexes": len(data["rates"]["All needs"]),
            "chosen": len(data["rates"][CHOSEN]) * 9 // 10,  # the weeks that count may differ
            "stops": len(data["stops"]),
        }
        told = asyncio.run(measure(asked.rounds, asked.people, script, many))
    text = json.dumps(told, indent=2)
    if asked.out:
        asked.out.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
