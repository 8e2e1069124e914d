"""Every test of the work database runs on SQLite and on a real PostgreSQL."""

import json
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from outreach.store import migrate, secrets, work

HERE = Path(__file__).parent
ENGINES = ("sqlite", "postgresql")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = date(2026, 11, 22)


@pytest.fixture(scope="session")
def new_postgres():
    """A function that makes a database in a cluster of its own, and returns its URL."""
    spec = spec_from_file_location("postgres", HERE.parent / "postgres.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    with module.private_cluster() as new_database:
        yield new_database


@pytest.fixture(scope="session")
def made_once(tmp_path_factory, request):
    """A function that makes a work database once on each engine, for tests to get copies of."""

    @cache
    def make(engine):
        folder = tmp_path_factory.mktemp(engine)
        url = f"sqlite:///{folder}/{work.FILE_NAME}"
        if engine == "postgresql":
            url = request.getfixturevalue("new_postgres")()
        migrate.make_ready(work.make_engine(url))
        return url

    return make


@pytest.fixture
def make_folder(tmp_path, monkeypatch, request):
    """A function that makes a city folder with a key and points the program at an engine."""

    def make(engine, name="city", *, ready=False):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "city.toml").write_text('name = "Marlow"\ntime_zone = "America/New_York"\n')
        secrets.make_key(folder)
        model = request.getfixturevalue("made_once")(engine) if ready else None
        if engine == "postgresql":
            like = {"like": model} if model else {}
            monkeypatch.setenv(work.URL_VARIABLE, request.getfixturevalue("new_postgres")(**like))
        else:
            monkeypatch.delenv(work.URL_VARIABLE, raising=False)
            if model:
                shutil.copy(model.removeprefix("sqlite:///"), folder)
        return folder

    return make


@pytest.fixture(params=ENGINES)
def folder(make_folder, request):
    """A city folder with a work database on either engine; not made yet where no test opens it."""
    return make_folder(request.param, ready="db" in request.fixturenames)


@pytest.fixture
def db(folder):
    """Its work database, open."""
    return work.open_work(folder)


# A version more, as a later program may bring it: a new column, and a table made anew (on
# SQLite that drops the old one, which others refer to).
LATER = '''"""A later version."""
import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("staff", sa.Column("pronouns", sa.Text()))
    with op.batch_alter_table("participants") as table:
        table.add_column(sa.Column("nickname", sa.Text()))
        table.alter_column("cap_days", new_column_name="cap_within_days")
    op.execute("UPDATE staff SET pronouns = 'they'")
    {more}
'''


@pytest.fixture
def later(tmp_path, monkeypatch):
    """A function that gives the program one more version of the database."""

    def make(more=""):
        shutil.rmtree(tmp_path / "later", ignore_errors=True)
        folder = shutil.copytree(migrate.MIGRATIONS, tmp_path / "later")
        (folder / "versions" / "0004_later.py").write_text(LATER.format(more=more))
        monkeypatch.setattr(migrate, "MIGRATIONS", Path(folder))

    return make


@pytest.fixture(scope="session")
def some():
    """Functions that return rows with everything a row must have."""
    return _Some


class _Some:
    now, today = NOW, TODAY

    @staticmethod
    def participant(key="p1", **given):
        return {
            "participant_id": key, "person_id": None, "door": "community",
            "enrolled_on": TODAY, "status": "active", "status_since": TODAY,
            "listed_until": TODAY, "staff_id": None, "household_id": None,
            "given_name": "Anastasia", "family_name": "Field", "birth_date": "1980-02-03",
            "phone": "5550101", "note": None, "cap_visits": None, "cap_days": None,
            "cooling_off_days": None, "version": 1, **given,
        }  # fmt: skip

    @staticmethod
    def visit(key="v1", participant="p1", **given):
        return {
            "visit_id": key, "participant_id": participant, "subject": None,
            "happened_at": NOW, "recorded_at": NOW, "recorded_by": "Lee", "stage": "contact",
            "outcome": "checked", "response_mode": "community", "lon": -73.75, "lat": 42.65,
            "minutes": None, "police_involved": False, "services": "food", "sharps": 0,
            "living_situation": None, "note": "by the river", "replaces": None, **given,
        }  # fmt: skip

    @staticmethod
    def place(key="u1", participant="p1", **given):
        return {
            "usual_place_id": key, "participant_id": participant, "lon": -73.7512345,
            "lat": 42.6512345, "address": "1 Main St", "last_seen_on": TODAY,
            "ended_on": None, **given,
        }  # fmt: skip

    @staticmethod
    def task(key="t1", participant="p1", **given):
        return {
            "task_id": key, "kind": "follow_up", "participant_id": participant,
            "referral_id": None, "staff_id": None, "due_on": TODAY, "fixed_at": None,
            "lon": None, "lat": None, "address": None, "people_needed": 1, "status": "open",
            "note": None, "created_at": NOW, "created_by": "Lee", "closed_at": None,
            "closed_by": None, **given,
        }  # fmt: skip

    @staticmethod
    def organisation(key="o1", **given):
        return {
            "organisation_id": key, "name": "Shelter", "kind": "shelter", "contact_name": None,
            "contact_phone": None, "warm_handoff": True, "verified_on": TODAY, **given,
        }  # fmt: skip

    @staticmethod
    def referral(key="r1", participant="p1", **given):
        return {
            "referral_id": key, "participant_id": participant, "organisation_id": "o1",
            "service": "food", "warm_handoff": True, "barrier": None, "opened_at": NOW,
            "opened_by": "Lee", "closed_at": None, "outcome": None, **given,
        }  # fmt: skip


class Jobs:
    """Processes that work on a city until they are done, or killed; see jobs.py."""

    def __init__(self):
        self._starter = subprocess.Popen(
            [sys.executable, str(HERE / "jobs.py")], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def start(self, name, **words):
        """Start a job in a process of its own, and return its id."""
        url = work.os.environ.get(work.URL_VARIABLE)
        told = {name: str(word) if isinstance(word, Path) else word for name, word in words.items()}
        self._starter.stdin.write(json.dumps({"job": name, "url": url, **told}) + "\n")
        self._starter.stdin.flush()
        return int(self._starter.stdout.readline())

    def wait(self, count=1):
        """Wait for as many jobs, and return how each ended: 0, or minus the signal."""
        self._starter.stdin.write(json.dumps({"wait": count}) + "\n")
        self._starter.stdin.flush()
        return json.loads(self._starter.stdout.readline())

    def close(self):
        """End it."""
        self._starter.stdin.close()
        self._starter.stdout.close()
        self._starter.wait(timeout=60)


@pytest.fixture(scope="module")
def jobs():
    """Starts processes that work on a city; tests kill them."""
    made = Jobs()
    yield made
    made.close()


@pytest.fixture
def small_disk(tmp_path):
    """A disk of a few megabytes; where none can be mounted, tests limit the size of files."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)]
    mounted = (
        shutil.which("mount")
        and not subprocess.run(mount, check=False, capture_output=True).returncode
    )
    yield disk, bool(mounted)
    if mounted:
        subprocess.run(["umount", str(disk)], check=True)
