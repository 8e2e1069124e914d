"""The gate in front of the app: a real server, and what gets past it."""

import asyncio
import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from starlette.datastructures import Headers
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.testing.v1 import AppTest

from outreach import config
from outreach.account_schemas import SESSIONS
from outreach.pages import frame, gate, gate_pages, who
from outreach.pipeline import accounts, log_in
from outreach.store.work import open_work

PASSWORD, OTHER = "seven green kettles", "nine quiet harbours"


@pytest.fixture(scope="module")
def city(tmp_path_factory, gate_server):
    return gate_server.make_city(tmp_path_factory.mktemp("gate") / "city")


@pytest.fixture(scope="module")
def address(city, gate_server):
    with gate_server.the_app(city) as url:
        yield url


@pytest.fixture
def client(address):
    with httpx.Client(base_url=address, timeout=30) as one:
        yield one


def form(client, path="/login"):
    page = client.get(path)
    return {who.FORM_FIELD: re.search(f'name="{who.FORM_FIELD}" value="([^"]+)"', page.text)[1]}


def log_in_as(client, login, password=PASSWORD, way="/login", **headers):
    told = form(client) | {"login": login, "password": password}
    return client.post(way, data=told, headers=headers)


def websocket(client, token=""):
    """Knock at the websocket and return the answer's status: 101 is open."""
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Cookie": f"{who.COOKIE}={token}",
    }
    with client.stream("GET", "/_stcore/stream", headers=headers) as answer:
        return answer.status_code


@pytest.mark.parametrize(
    "path",
    ["/media/x.csv", "/_stcore/host-config", "/app/static/leaflet.js", "/component/x/index.html",
     "/_stcore/upload_file/a/b", "/static/index.html", "/media/../media/x.csv"],
)  # fmt: skip
def test_nothing_is_served_without_a_session(client, path):
    assert client.get(path).status_code == 401
    assert client.put(path, content=b"x").status_code == 401
    assert client.post(path, content=b"x").status_code == 401


@pytest.mark.parametrize(
    ("path", "way"),
    [
        ("/", "/login"),
        ("/log", "/login?next=log"),
        ("/participants?participant=7", "/login?next=participants%3Fparticipant%3D7"),
        ("/no-page", "/login"),
    ],
)
def test_a_page_leads_to_the_login_and_then_on(client, path, way):
    answer = client.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, way)
    assert client.post(path).status_code == 401


def test_where_somebody_begins_is_found_by_its_name_too(client, city, gate_server):
    gate_server.add(city, "lia", "Lia Lead", "lead")
    log_in_as(client, "lia", way="/login?next=week")
    there = client.get("/week?day=2026-11-23")
    assert (there.status_code, there.headers["location"]) == (303, "/?day=2026-11-23")
    assert client.get("/").status_code == client.get("/today").status_code == 200


def test_the_websocket_opens_for_a_session_only(client):
    assert websocket(client) == 403
    assert websocket(client, "made-up") == 403
    log_in_as(client, "ann")
    assert websocket(client, client.cookies[who.COOKIE]) == 101


def test_the_cookie_is_for_this_server_only_and_new_at_each_login(client, address):
    answer = log_in_as(client, "ann")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    told = [one for one in answer.headers.get_list("set-cookie") if one.startswith(who.COOKIE)]
    assert "HttpOnly" in told[0]
    assert "SameSite=lax" in told[0]
    assert "Secure" not in told[0]
    assert "Max-Age" not in told[0]
    first = client.cookies[who.COOKIE]
    assert client.get("/").status_code == 200
    with httpx.Client(base_url=address, cookies={who.COOKIE: first}) as other:
        assert form(client, "/password")
        told = {"login": "ann", "password": PASSWORD, who.FORM_FIELD: "x"}
        other.cookies[gate_pages.FORM_COOKIE] = "x"
        secure = other.post("/login", data=told, headers={"X-Forwarded-Proto": "https"})
        assert "Secure" in secure.headers["set-cookie"]
        assert "strict-transport-security" in secure.headers
        assert secure.cookies[who.COOKIE] != first
    assert client.get("/").status_code == 303  # the session that was there has ended


def test_wrong_and_unknown_get_one_answer_and_later_have_to_wait(client, city, gate_server):
    gate_server.add(city, "slow", "Slo Wlee", "lead")
    answers = []
    for login in ("slow", "nobody-here"):
        for _ in range(5):
            answer = log_in_as(client, login, "not the right one")
            answers.append((answer.status_code, said(answer)))
    assert set(answers) == {(401, "This login and password do not fit together.")}
    for login in ("slow", "nobody-here"):
        answer = log_in_as(client, login)
        assert answer.status_code == 429
        assert "Wait 1 min" in said(answer)
        assert who.COOKIE not in answer.cookies


def said(answer):
    return re.search(r'role="alert">([^<]*)<', answer.text)[1]


@pytest.mark.parametrize("case", ["no token", "other token", "no cookie", "other site"])
def test_a_form_of_another_site_is_refused(client, case):
    told = form(client) | {"login": "ann", "password": PASSWORD}
    headers = {"Origin": "https://evil.example"} if case == "other site" else {}
    if case == "no token":
        told.pop(who.FORM_FIELD)
    elif case == "other token":
        told[who.FORM_FIELD] = "x" * 43
    elif case == "no cookie":
        client.cookies.clear()
    answer = client.post("/login", data=told, headers=headers)
    assert answer.status_code == 403
    assert who.COOKIE not in client.cookies


def test_logging_out_needs_the_form_and_ends_the_session(client):
    log_in_as(client, "ann")
    token = client.cookies[who.COOKIE]
    assert client.post("/logout", data={}).headers["location"] == "/logout"  # asked first
    assert client.get("/").status_code == 200
    answer = client.post("/logout", data=form(client, "/logout"))
    assert answer.headers["location"] == "/login?out"
    assert who.COOKIE not in client.cookies
    client.cookies[who.COOKIE] = token  # played back
    assert client.get("/").status_code == 303
    assert websocket(client, token) == 403
    assert "You are logged out." in client.get("/login?out").text


def test_a_session_without_a_sign_of_somebody_ends(client, city):
    log_in_as(client, "ann")
    assert client.get("/").status_code == 200
    row = {"session_id": log_in.session_id_of(client.cookies[who.COOKIE])}
    with open_work(city).writing() as rows:
        hour_ago = datetime.now(UTC) - timedelta(minutes=61)
        assert rows.update(SESSIONS, row, {"seen_at": hour_ago}) == 1
    time.sleep(2.1)  # so long an answer is kept
    assert client.get("/").status_code == 303
    assert client.get("/media/x").status_code == 401


def test_a_given_password_is_changed_before_anything_else(client, city):
    details = {"name": "Bo", "role": "caseworker"}
    told = {"by": "Ops", "now": datetime.now(UTC)}
    given = accounts.add_account(city, "bo", details=details, **told)
    log_in_as(client, "bo", given)
    old = client.cookies[who.COOKIE]
    assert client.get("/today").headers["location"] == "/password"
    assert client.get("/media/x").status_code == 401
    assert websocket(client, old) == 403
    asked = form(client, "/password") | {"old": given, "new": OTHER}
    assert client.post("/password", data=asked | {"again": "another"}).status_code == 400
    bad = client.post("/password", data=asked | {"old": given, "new": "short", "again": "short"})
    assert "12 signs" in said(bad)
    assert client.post("/password", data=asked | {"again": OTHER}).headers["location"] == "/"
    assert client.cookies[who.COOKIE] != old
    assert client.get("/log").status_code == 200
    assert websocket(client, old) == 403


def test_after_the_login_comes_what_was_asked_for_and_no_other_site(client):
    assert log_in_as(client, "ann", way="/login?next=audit").headers["location"] == "/audit"
    assert gate_pages.safe_way_on("participants?participant=7") == "/participants?participant=7"
    for elsewhere in ("//evil.example", "https://evil.example", "/\\evil", "\\\\evil", "nopage",
                      "audit/../../x", "javascript:alert(1)", "audit\r\nX: y"):  # fmt: skip
        assert gate_pages.safe_way_on(elsewhere) == "/"


def test_headers_and_language(client):
    page = client.get("/login", headers={"Accept-Language": "es-MX,es;q=0.9"})
    assert '<html lang="es">' in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script" not in page.text
    log_in_as(client, "ann")
    app = client.get("/")
    assert app.headers["x-content-type-options"] == "nosniff"
    assert app.headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'self'" in app.headers["content-security-policy"]
    assert client.get("/media/none").headers["cache-control"] == "no-store"


def test_what_was_typed_is_shown_back_as_text(client):
    answer = log_in_as(client, '"><script>alert(1)</script>', "x")
    assert "<script" not in answer.text


def get(app, path="/", host="127.0.0.1"):
    """Ask the gate without a server."""
    transport = httpx.ASGITransport(app, client=(host, 5000))

    async def asked():
        async with httpx.AsyncClient(transport=transport, base_url="http://it") as client:
            return await client.get(path)

    return run_apart(asked())


def run_apart(work):
    """Run a coroutine in a thread of its own: the browser's tests keep a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


async def behind(_scope, _receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"data"})


def test_the_demo_is_open_here_and_shown_nowhere_else(tmp_path, monkeypatch, gate_server):
    folder = gate_server.make_city(tmp_path / "demo", invented=True)
    monkeypatch.setenv("OUTREACH_CITY", str(folder))
    app = gate.Gate(behind)
    assert get(app).text == "data"
    assert get(app, host="10.0.0.7").status_code == 403
    assert get(app, "/_stcore/health", host="10.0.0.7").status_code == 200


def test_a_city_that_cannot_be_read_is_not_an_open_one(tmp_path, monkeypatch):
    monkeypatch.setenv("OUTREACH_CITY", str(tmp_path / "nowhere"))
    assert get(gate.Gate(behind)).status_code == 503


def test_secure_is_believed_of_a_server_on_this_machine_only():
    told = [(b"x-forwarded-proto", b"https")]
    scope = {"type": "http", "scheme": "http", "headers": told}
    assert gate.is_secure(scope | {"client": ("127.0.0.1", 1)})
    assert not gate.is_secure(scope | {"client": ("10.0.0.7", 1)})
    assert gate.is_secure({"type": "http", "scheme": "https", "headers": [], "client": None})


def test_an_open_page_of_an_ended_session_gets_the_login_screen_only(
    tmp_path, monkeypatch, gate_server
):
    """Neither what a fragment holds in memory, nor a button's action, nor a download."""
    folder = gate_server.make_city(tmp_path / "city")
    monkeypatch.setenv("OUTREACH_CITY", str(folder))
    token = log_in.log_in(folder, "ann", PASSWORD, now=datetime.now(UTC))
    press, file = BackMsg(), BackMsg()
    press.rerun_script.fragment_id = "part"
    press.rerun_script.page_script_hash = "page"
    press.rerun_script.widget_states.widgets.add(id="button").trigger_value = True
    file.backend_operation_request.SetInParent()
    sent = [press, file, press]
    got = []

    async def receive():
        if not sent:
            return {"type": "websocket.disconnect"}
        return {"type": "websocket.receive", "bytes": sent.pop(0).SerializeToString()}

    async def streamlit(_scope, receive, _send):
        got.append(await receive())
        log_in.log_out(folder, token, now=datetime.now(UTC))
        who.forget_answers()
        while got[-1]["type"] == "websocket.receive":
            got.append(await receive())

    cookie = [(b"cookie", f"{who.COOKIE}={token}".encode())]
    scope = {"type": "websocket", "headers": cookie, "client": ("10.0.0.7", 1)}
    run_apart(gate.Gate(streamlit)(scope, receive, None))
    assert [one["type"] for one in got] == ["websocket.receive"] * 2 + ["websocket.disconnect"]
    assert got[0]["bytes"] == press.SerializeToString()
    after = BackMsg.FromString(got[1]["bytes"]).rerun_script
    assert (after.fragment_id, after.page_script_hash) == ("", "page")
    assert not after.widget_states.widgets


def test_only_what_somebody_does_keeps_a_session_alive(tmp_path, monkeypatch, gate_server):
    folder = gate_server.make_city(tmp_path / "city")
    token = log_in.log_in(folder, "ann", PASSWORD, now=datetime.now(UTC))
    touched = []
    monkeypatch.setattr(log_in, "touch_session", lambda *_, **told: touched.append(told))
    for present in (False, True, True):
        assert who.logged_in(folder, token, present=present)
    assert len(touched) == 1  # at most once a minute
    by_itself, by_hand = BackMsg(), BackMsg()
    by_itself.rerun_script.is_auto_rerun = True
    by_hand.rerun_script.SetInParent()
    beat = BackMsg(app_heartbeat=True)
    told = [gate._by_hand(one.SerializeToString()) for one in (by_itself, by_hand, beat)]
    assert told == [False, True, False]
    assert not gate._by_hand(b"\xff\xff")


def test_the_viewer_is_whose_cookie_it_is(tmp_path, monkeypatch, gate_server):
    folder = gate_server.make_city(tmp_path / "city")
    cookies = {}
    monkeypatch.setattr(who.st, "context", SimpleNamespace(cookies=cookies))
    assert who.viewer_now(folder) is None
    cookies[who.COOKIE] = log_in.log_in(folder, "ann", PASSWORD, now=datetime.now(UTC))
    assert (who.viewer_now(folder).name, who.viewer_now(folder).role) == ("Ann Admin", "admin")
    log_in.log_out(folder, cookies[who.COOKIE], now=datetime.now(UTC))
    who.forget_answers()
    assert who.viewer_now(folder) is None


def test_whoever_is_not_logged_in_sees_no_page_and_no_list_of_pages(shown_city, monkeypatch):
    """Streamlit alone, without the gate: nothing is read for nobody."""
    settings = shown_city / "city.toml"
    settings.write_text(settings.read_text().replace("invented_data = true", ""))
    assert not config.load_city(shown_city).invented_data
    opened = []
    monkeypatch.setattr(frame, "open_page", opened.append)
    app = AppTest.from_file(Path(frame.__file__).parents[2] / "app.py", default_timeout=60).run()
    assert not app.exception
    assert "Your session has ended" in app.info[0].value
    assert not opened
    assert not app.sidebar.children


@pytest.mark.parametrize("again", ["same", "other", "unknown"])
def test_a_page_that_stayed_open_goes_on_only_for_whoever_began_it(
    tmp_path, monkeypatch, gate_server, again
):
    """Its memory and its downloads are of the account that left, not of the next one."""
    folder = gate_server.make_city(tmp_path / "city")
    gate_server.add(folder, "pol", "Pat Liaison", "manager")
    monkeypatch.setenv("OUTREACH_CITY", str(folder))
    tokens = {
        name: log_in.log_in(folder, name, PASSWORD, now=datetime.now(UTC))
        for name in ("ann", "pol")
    }
    drawn = SimpleNamespace(session_id="page-of-ann")
    monkeypatch.setattr(who, "get_script_run_ctx", lambda **_: drawn)
    who.note_page(who.logged_in(folder, tokens["ann"]).viewer)
    asked = "unknown-page" if again == "unknown" else "page-of-ann"
    token = tokens["pol" if again == "other" else "ann"]
    got = []

    async def streamlit(scope, _receive, _send):
        got.append(Headers(scope=scope)["sec-websocket-protocol"])

    headers = [
        (b"cookie", f"{who.COOKIE}={token}".encode()),
        (b"sec-websocket-protocol", f"streamlit, xsrf, {asked}".encode()),
    ]
    scope = {"type": "websocket", "headers": headers, "client": ("10.0.0.7", 1)}
    run_apart(gate.Gate(streamlit)(scope, None, None))
    kept = [one.strip() for one in got[0].split(",")]
    assert kept == ["streamlit", "xsrf", *(["page-of-ann"] if again == "same" else [])]
