"""Single sign-on against a local provider: who comes in, and who does not."""

import time
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx
import pytest

from outreach.account_schemas import SESSIONS
from outreach.pages import sso, who
from outreach.pipeline import accounts
from outreach.store.work import open_work

CLIENT = "outreach-tests"


@pytest.fixture(scope="module")
def provider(gate_server):
    port = gate_server.free_port()
    url = f"http://localhost:{port}"
    with gate_server.running(["-m", "oidc_provider_mock", "-H", "localhost", "-p", str(port)], url):
        yield url


@pytest.fixture(scope="module")
def city(tmp_path_factory, gate_server):
    folder = gate_server.make_city(tmp_path_factory.mktemp("oidc") / "city")
    for name, role in (("kim", "lead"), ("cy", "lead"), ("aud", "lead"), ("exp", "lead")):
        gate_server.add(folder, f"{name}@example.org", name, role, sso=True)
    return folder


@pytest.fixture(scope="module")
def address(city, provider, tmp_path_factory, gate_server):
    port = gate_server.free_port()
    secrets = tmp_path_factory.mktemp("secrets") / "secrets.toml"
    secrets.write_text(f"""
[auth]
redirect_uri = "http://localhost:{port}/oauth2callback"
cookie_secret = "for these tests only, and long enough"
client_id = "{CLIENT}"
client_secret = "none"
server_metadata_url = "{provider}/.well-known/openid-configuration"
""")
    with gate_server.the_app(city, "--secrets.files", str(secrets), port=port) as url:
        yield url


@pytest.fixture
def client(address):
    with httpx.Client(base_url=address, timeout=30) as one:
        yield one


def followed(client, answer):
    """Follow redirects within the app, and return the last answer."""
    while answer.status_code in (302, 303):
        answer = client.get(answer.headers["location"])
    return answer


def come_back(client, provider, sub, **claims):
    """Go to the provider, say there who one is, and return the app's first answer."""
    httpx.put(f"{provider}/users/{sub}", json=claims).raise_for_status()
    way = client.get("/sso").headers["location"]
    asked = client.get(way).headers["location"]
    assert asked.startswith(provider)
    return httpx.post(asked, data={"sub": sub}).headers["location"]


def log_in(client, provider, sub, **claims):
    return followed(client, client.get(come_back(client, provider, sub, **claims)))


def test_the_login_offers_it_and_who_is_known_comes_in(client, provider, city):
    assert "Log in with single sign-on" in client.get("/login").text
    answer = log_in(client, provider, "1", email="Kim@Example.org", email_verified=True)
    assert (answer.status_code, urlsplit(str(answer.url)).path) == (200, "/")
    assert client.cookies[who.COOKIE]
    seen = accounts.list_accounts(city, datetime.now(UTC)).set_index("login")["seen_at"]
    assert not seen.isna()["kim@example.org"]


@pytest.mark.parametrize(
    ("sub", "claims", "why"),
    [
        ("2", {"email": "nobody@example.org"}, "not known here"),
        ("3", {}, "not known here"),
        ("4", {"email": "ann"}, "not known here"),  # has a password
        ("5", {"email": "kim@example.org", "email_verified": False}, "not known here"),
        ("6", {"email": "aud@example.org", "aud": "another-app"}, ""),
        ("7", {"email": "aud@example.org", "aud": ["another-app"], "azp": CLIENT}, ""),
        ("8", {"email": "aud@example.org", "iss": "https://another.example"}, ""),
        ("9", {"email": "exp@example.org", "exp": int(time.time()) - 3600}, ""),
        ("10", {"email": "exp@example.org", "iat": int(time.time()) - 3600}, "has grown old"),
    ],
)
def test_who_is_unknown_or_brings_a_bad_token_is_refused(client, provider, sub, claims, why):
    answer = log_in(client, provider, sub, **claims)
    assert who.COOKIE not in client.cookies
    assert urlsplit(str(answer.url)).path == "/login"
    assert why in answer.text
    assert client.get("/today").status_code == 303
    assert client.get("/media/x").status_code == 401


def test_a_closed_account_is_refused_and_out_at_once(client, provider, city):
    log_in(client, provider, "11", email="cy@example.org")
    assert client.get("/").status_code == 200
    cy = accounts.account_of(city, "cy@example.org")["account_id"]
    accounts.close_account(city, cy, by="Ops", now=datetime.now(UTC))
    time.sleep(2.1)  # so long an answer is kept
    assert client.get("/").status_code == 303
    assert "not known here" in log_in(client, provider, "11", email="cy@example.org").text


def test_logging_out_tells_the_provider_and_a_cookie_played_back_stays_out(client, provider):
    log_in(client, provider, "1", email="kim@example.org")
    cookies = dict(client.cookies)
    assert any(name.startswith(sso.USER_COOKIE_NAME) for name in cookies)
    field = {who.FORM_FIELD: who.form_token(cookies[who.COOKIE])}
    way = client.post("/logout", data=field).headers["location"]
    assert client.get(way).headers["location"].startswith(f"{provider}/oauth2/end_session")
    assert not [name for name in client.cookies if name in cookies]
    for name, value in cookies.items():
        client.cookies.set(name, value)
    answer = client.get("/today")
    assert answer.status_code == 303
    assert "has grown old" in followed(client, answer).text
    assert client.get("/today").status_code == 303


def test_a_cookie_without_a_session_does_not_open_one_again(client, provider, city):
    """Streamlit's own cookie holds for 30 days; a session of ours ends long before."""
    log_in(client, provider, "1", email="kim@example.org")
    with open_work(city).writing() as rows:
        now = datetime.now(UTC)
        rows.update(SESSIONS, {"ended_at": None}, {"ended_at": now})
    time.sleep(2.1)
    assert "has grown old" in followed(client, client.get("/today")).text


def test_a_forged_cookie_is_nobody(client):
    client.cookies.set(sso.USER_COOKIE_NAME, '{"email": "kim@example.org", "is_logged_in": true}')
    assert who.COOKIE not in followed(client, client.get("/today")).cookies
    assert client.get("/today").status_code == 303
