"""Servers for the tests of the login: the app on a city of its own, on a free port."""

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx

from outreach import config, roles
from outreach.pipeline import accounts
from outreach.store.secrets import make_key

# Streamlit's own command, for which it is another time.
CLOCKED = """
import time
from datetime import datetime, timedelta
from outreach.pages import wall_clock
began = time.monotonic()
start = datetime.fromisoformat({now!r})
wall_clock.now = lambda: start + timedelta(seconds=time.monotonic() - began)
from streamlit.web.cli import main
main()
"""
REPOSITORY = Path(__file__).parent.parent
PASSWORD = "seven green kettles"  # noqa: S105


def make_city(folder, *, invented=False):
    """Make a city folder with an admin, who may log in, and nothing else."""
    folder.mkdir()
    city = config.City(name="Linesville", time_zone="America/New_York", invented_data=invented)
    (folder / config.CONFIG_NAME).write_text(config.dump_city(city))
    make_key(folder)
    if not invented:
        add(folder, "ann", "Ann Admin", "admin")
    return folder


def add(folder, login, name, role, **kind):
    """Make an account, with the password of all tests unless it is of single sign-on."""
    told = kind or {"password": PASSWORD}
    details = {"name": name, "role": role}
    now = datetime.now(UTC)
    with roles.acting_as(roles.OPERATOR):
        return accounts.add_account(folder, login, details=details, by="Ops", now=now, **told)


def free_port():
    with socket.socket() as free:
        free.bind(("localhost", 0))
        return free.getsockname()[1]


@contextmanager
def running(command, url, **environment):
    """Run a server until the block ends."""
    server = subprocess.Popen(
        [sys.executable, *command],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(240):
            try:
                httpx.get(url)
                break
            except httpx.TransportError:
                time.sleep(0.25)
        yield
    finally:
        server.terminate()
        server.wait(10)


@contextmanager
def the_app(folder, *options, script="app.py", port=None, now=None):
    """Run the app, or a script that shows it, on a city, and give its address.

    ``now`` is the time at which it believes to have begun; without it, the machine's.
    """
    port = port or free_port()
    url = f"http://localhost:{port}"
    streamlit = ["-c", CLOCKED.format(now=now.isoformat())] if now else ["-m", "streamlit"]
    command = ["run", str(script), "--server.port", str(port), *options]
    with running([*streamlit, *command], f"{url}/_stcore/health", OUTREACH_CITY=str(folder)):
        yield url
