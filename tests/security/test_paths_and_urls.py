"""Names and addresses that point elsewhere, and queries that try to be SQL or HTML."""

import http.client
import os
import socket
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from outreach.errors import ConfigError, InputError, OutreachError
from outreach.ingest.mapping import Mapping, changed, load_mapping
from outreach.outcomes import exposure
from outreach.pages import tables
from outreach.pipeline import log_in
from outreach.pipeline.week import find_plan
from outreach.resources.directory.hsds import read_package
from outreach.store.documents import plan_path, plan_versions, read_plan, write_plan
from outreach.store.work import open_work
from outreach.work_schemas import PARTICIPANTS, STAFF

from datetime import UTC, datetime  # isort: skip

REPOSITORY = Path(exposure.__file__).parent.parent.parent
ELSEWHERE = ["../x", "../../etc/passwd", "..", "/etc", "2026-W48/../../x", "*", "**", "a\0b", ""]
SQL = ["' OR '1'='1", "'; DROP TABLE participants; --", '" OR 1=1 --', "kim' --", "%", "_im", "\0"]
MARKUP = "</script><img src=x onerror=alert(1)>[x](http://evil.example)"


@pytest.mark.parametrize(
    "told",
    [
        "../../etc/passwd.csv", "..\\..\\x.csv", "/abs/olute.csv", "a\0b.csv", ".hidden.csv",
        "x" * 400 + ".csv", "..", ".", "", "con\n.csv", "<img src=x>.csv", "a/../b.csv",
    ],
)  # fmt: skip
def test_an_upload_lies_in_its_own_folder_whatever_it_is_called(told, tmp_path):
    path = tmp_path / tables.upload_name(told)
    path.write_bytes(b"a")
    assert path.resolve().parent == tmp_path.resolve()
    assert path.suffix == (".csv" if told.endswith("csv") else "")
    assert len(path.name) <= 120


@pytest.mark.parametrize("week", [week for week in ELSEWHERE if week != "*"])
def test_a_plan_s_week_is_a_week(week, tmp_path):
    for action in (
        lambda: plan_path(tmp_path, week, 1),
        lambda: read_plan(tmp_path, week, 1),
        lambda: write_plan(tmp_path, week, 1, "{}"),
        lambda: plan_versions(tmp_path, week),
        lambda: find_plan(tmp_path, week, 1),
    ):
        with pytest.raises(InputError, match="is not an ISO week"):
            action()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_mapping_s_name_is_no_path(name, tmp_path):
    mapping = Mapping(name="albany", columns=("at",), received_at="at", time_zone="UTC")
    with pytest.raises(InputError):
        changed(mapping, {"name": name})
    path = tmp_path / "albany.toml"
    told = repr(name).replace("\\x00", "\\u0000").replace("'", '"')
    path.write_text(f'name = {told}\ncolumns = ["at"]\nreceived_at = "at"\ntime_zone = "UTC"\n')
    with pytest.raises(ConfigError):
        load_mapping(path)


def test_members_of_a_zip_write_nothing_and_name_nothing_outside(tmp_path):
    inside = tmp_path / "in"
    inside.mkdir()
    (tmp_path / "secret.csv").write_text("id,name\n1,a canary\n")
    path = inside / "places.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("../../evil.csv", "id\n1\n")
        packed.writestr("/tmp/evil.csv", "id\n1\n")  # noqa: S108 -- the name of a member
        packed.writestr("locations.csv", "id,name\n1,Elm\n")
    before = sorted(tmp_path.rglob("*"))
    read_package(path)
    assert sorted(tmp_path.rglob("*")) == before
    for pointed in ("../secret.csv", "/etc/passwd", "C:/x.csv"):
        described = '{"resources": [{"name": "locations", "path": "' + pointed + '"}]}'
        (inside / "datapackage.json").write_text(described)
        with pytest.raises(InputError, match="points outside its package"):
            read_package(inside)


@pytest.mark.parametrize("text", SQL)
def test_what_is_looked_for_is_never_sql(text, canary_city):
    with open_work(canary_city).writing() as rows:
        assert rows.fetch(PARTICIPANTS, participant_id=text).empty
        assert rows.fetch(STAFF, name=text).empty
        assert not rows.update(STAFF, {"staff_id": text}, {"name": "Eve"})
        rows.delete(STAFF, {"staff_id": text})
        assert len(rows.fetch(PARTICIPANTS)) == 1
        assert rows.fetch(STAFF)["name"].tolist() == ["Ana"]
    with pytest.raises(OutreachError):
        log_in.log_in(canary_city, text, text, now=datetime(2026, 11, 22, tzinfo=UTC))
    assert log_in.find_session(canary_city, text, now=datetime(2026, 11, 22, tzinfo=UTC)) is None


QUERIES = [
    ("participants", "participant"), ("participants", "enrol"), ("log", "participant"),
    ("directory", "place"), ("roster", "week"), ("sweep", "desk"), ("sweep", "week"),
    ("due", "participant"), ("today", "shift"), ("sheets", "week"), ("proximity", "place"),
]  # fmt: skip


@pytest.mark.parametrize(("page", "name"), QUERIES)
@pytest.mark.parametrize("value", ["../../../secret.key", SQL[1], MARKUP])
def test_a_query_of_the_address_is_a_value_and_nothing_else(page, name, value, shown_city, asked):
    app = asked(page, **{name: value})
    assert not app.exception
    parts = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error, *app.success]
    html = [str(part.proto.body) for part in app.get("html")]
    for text in [*(str(part.value).replace("\\<img", "") for part in parts), *html]:
        assert "<img src=x" not in text
        assert "[x](http" not in text


@pytest.fixture(scope="module")
def served(fake_city, tmp_path_factory):
    """The port of a server that shows the invented city, and a file beside it with a canary."""
    script = fake_city.write_app(tmp_path_factory.mktemp("app"))
    (script.parent / "city" / "canary.txt").write_text("a canary")
    (script.parent / "canary.txt").write_text("a canary")
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)],
        cwd=REPOSITORY, env={**os.environ, "OUTREACH_CITY": str(script.parent / "city")},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    for _ in range(160):
        try:
            if request(port, "/_stcore/health")[0] == 200:
                break
        except OSError:
            time.sleep(0.25)
    yield port
    server.terminate()
    server.wait(10)


def request(port, path, method="GET", body=None, **headers):
    """Ask for a path exactly as it is written; clients tidy ``..`` away."""
    asked = http.client.HTTPConnection("localhost", port, timeout=20)
    asked.putrequest(method, path, skip_accept_encoding=True)
    for name, value in headers.items():
        asked.putheader(name.replace("_", "-"), value)
    if body is not None:
        asked.putheader("Content-Length", str(len(body)))
    asked.endheaders(body)
    answer = asked.getresponse()
    found = answer.status, answer.read().decode("utf-8", "replace"), dict(answer.getheaders())
    asked.close()
    return found


@pytest.mark.parametrize("root", ["/app/static", "/static", "/media", "/component", ""])
@pytest.mark.parametrize(
    "way",
    [
        "/../canary.txt", "/../city/canary.txt", "/%2e%2e/canary.txt", "/..%2fcanary.txt",
        "/..%2fcity%2fcanary.txt", "/%2e%2e%2fcity%2fcanary.txt", "/..\\canary.txt",
        "/....//canary.txt", "/../../../../../../etc/passwd", "/..%2f..%2f..%2f..%2fetc%2fpasswd",
    ],
)  # fmt: skip
def test_no_address_leads_out_of_the_static_folder(root, way, served):
    _, body, _ = request(served, root + way)
    assert "canary" not in body
    assert "root:" not in body


def test_nothing_but_libraries_is_served_to_anybody(served):
    for name in ("city/secret.key", "city/work.sqlite", "app.py", "city/city.toml"):
        for root in ("/", "/app/static/", "/app/"):
            _, body, _ = request(served, root + name)
            assert "fake_city" not in body
            assert "time_zone" not in body
            assert "SQLite format" not in body


def test_other_sites_can_neither_read_nor_upload(served):
    evil = "http://evil.example"
    for path in ("/", "/_stcore/health", "/_stcore/host-config"):
        _, _, headers = request(served, path, Origin=evil)
        told = {name.lower(): value for name, value in headers.items()}
        assert told.get("access-control-allow-origin") in (None, "", f"http://localhost:{served}")
    status, _, _ = request(
        served, "/_stcore/upload_file/session/file", "PUT", b"--x--\r\n",
        Origin=evil, Content_Type="multipart/form-data; boundary=x",
    )  # fmt: skip
    assert status in (400, 403)
    status, _, _ = request(
        served, "/_stcore/stream", Origin=evil, Connection="Upgrade", Upgrade="websocket",
        Sec_WebSocket_Version="13", Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ==",
    )  # fmt: skip
    assert status == 403
