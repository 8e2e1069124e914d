"""A PostgreSQL of one's own for tests and benchmarks: a new cluster that ends with the block."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg

MISSING = "PostgreSQL is not installed, and the tests need one: make postgres"


def programs() -> Path:
    """Where initdb and pg_ctl are: Debian keeps them off the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    if not found and not on_path:
        raise RuntimeError(MISSING)
    return found[-1].parent if found else Path(str(on_path)).parent


@contextmanager
def private_cluster() -> Iterator[Callable[..., str]]:
    """Give a function that makes a database, empty or like another, and returns its URL."""
    home = Path(tempfile.mkdtemp(prefix="outreach-pg-"))
    as_owner: list[str] = []
    if os.geteuid() == 0:  # PostgreSQL never runs as root
        shutil.chown(home, "postgres", "postgres")
        as_owner = ["runuser", "-u", "postgres", "--"]

    def run(program: str, *words: str) -> None:
        command = [*as_owner, str(programs() / program), "-D", str(home / "data"), *words]
        subprocess.run(command, cwd=home, check=True, stdout=subprocess.DEVNULL, timeout=60)

    numbers = count()

    def new_database(like: str = "template1") -> str:
        name, model = (
            f"work_{next(numbers)}",
            like.split("?", maxsplit=1)[0].rsplit("/", maxsplit=1)[-1],
        )
        with psycopg.connect(f"host={home} user=outreach dbname=postgres", autocommit=True) as c:
            c.execute(f"CREATE DATABASE {name} TEMPLATE {model}".encode())
        return f"postgresql+psycopg://outreach@/{name}?host={home}"

    try:
        run("initdb", "-U", "outreach", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C")
        # What is not written to disk at once is lost with the machine, not with a killed process.
        options = f"-k {home} -c listen_addresses= -c fsync=off -c max_connections=30"
        run("pg_ctl", "-w", "-l", str(home / "log"), "-o", options, "start")
        yield new_database
    finally:
        if (home / "data" / "postmaster.pid").exists():
            run("pg_ctl", "-w", "-m", "immediate", "stop")
        shutil.rmtree(home, ignore_errors=True)
