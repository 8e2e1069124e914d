"""The gate in front of the app: pages, files, uploads and the websocket are for those logged in.

Streamlit itself knows no login of its own, so everything it serves passes here first. An invented
city needs no login, and is shown on this machine only.
"""

from collections.abc import Mapping
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

from outreach.errors import OutreachError
from outreach.language.translate import LANGUAGES, N_, translator
from outreach.pages import frame, who
from outreach.pages.contents import HOME, PAGES
from outreach.pipeline.log_in import LoggedIn

# What somebody needs in order to log in, and a monitor to see that the app runs.
HEALTH = "/_stcore/health"
OPEN = frozenset(
    {HEALTH, "/login", "/logout", "/sso", "/password"}
    | {"/auth/login", "/auth/logout", "/oauth2callback"}
)
# What a page fetches by itself; whoever is not logged in gets 401 there, not the login page.
_FETCHED = ("/_stcore/", "/media/", "/component/", "/app/", "/static/", "/vendor/")
HEADERS: Mapping[str, str] = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), payment=()",
}
_FRAMES = "frame-ancestors 'self'"  # Streamlit's scripts allow no stricter policy
_THIS_MACHINE = ("127.0.0.1", "::1", "localhost")
ENDED = N_("Your session has ended. Load the page anew to log in.")


def middleware() -> list[Middleware]:
    """Return what stands in front of the app."""
    return [Middleware(Gate)]


def from_this_machine(scope: Scope) -> bool:
    """Return whether a request comes from this machine itself, or through a server on it."""
    return bool(scope.get("client")) and scope["client"][0] in _THIS_MACHINE


def is_secure(scope: Scope) -> bool:
    """Return whether a browser came by https: here, or to a server on this machine before us."""
    told = Headers(scope=scope).get("x-forwarded-proto", "").split(",")[0].strip()
    return scope["scheme"] in ("https", "wss") or (from_this_machine(scope) and told == "https")


def token_of(scope: Scope) -> str:
    """Return the session's token that a browser sent, or ""."""
    cookies: SimpleCookie = SimpleCookie()
    try:
        cookies.load(Headers(scope=scope).get("cookie", ""))
    except Exception:  # a cookie of somebody else's making is none of ours
        return ""
    return cookies[who.COOKIE].value if who.COOKIE in cookies else ""


def reader_language(accepts: str, otherwise: str = "en") -> str:
    """Return the first language of a browser's list that there is."""
    for part in accepts.split(","):
        code = part.split(";")[0].strip().lower().partition("-")[0]
        if code in LANGUAGES:
            return code
    return otherwise


def language_of(scope: Scope, here: LoggedIn | None = None) -> str:
    """Return the language of whoever sent a request: the account's, else the browser's."""
    browser = reader_language(Headers(scope=scope).get("accept-language", ""))
    return (here.language if here else None) or browser


class Gate:
    """Lets those in who are logged in, and shows others the way to the login."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it."""
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif scope["type"] == "http":
            answer = await self._refusal(scope)
            await (answer or self.app)(scope, receive, _with_headers(scope, send))
        else:
            await self.app(scope, receive, send)

    async def _refusal(self, scope: Scope) -> Response | None:
        """Return the answer to a request that goes no further; None: it goes on."""
        path = scope["path"].rstrip("/") or "/"
        page = not path.startswith(_FETCHED)
        try:
            if await run_in_threadpool(who.is_demo, frame.city_folder()):
                open_here = path == HEALTH or from_this_machine(scope)
                return None if open_here else _demo_is_for_here(scope)
            here = await _who_sent(scope, present=page)
        except OutreachError as error:
            return PlainTextResponse(str(error), 503)
        if here is not None and not here.must_change and path[1:] == HOME[here.viewer.role]:
            # Streamlit knows where somebody begins by / only, and says of its name "not found"
            return RedirectResponse(_with_query("/", scope), 303)
        if path in OPEN or (here is not None and not here.must_change):
            return None
        if not page or scope["method"] not in ("GET", "HEAD"):
            return PlainTextResponse(translator(language_of(scope, here))(ENDED), 401)
        return RedirectResponse(_way_in(path, scope, here), 303)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open the websocket for those logged in, and look again at each of their steps."""
        try:
            demo = await run_in_threadpool(who.is_demo, frame.city_folder())
            here = None if demo else await _who_sent(scope)
        except OutreachError:
            demo, here = False, None
        if demo and from_this_machine(scope):
            await self.app(scope, receive, send)
        elif here is None or here.must_change:
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self.app(_own_page(scope, here), _looked_at(scope, receive), send)


def _demo_is_for_here(scope: Scope) -> Response:
    say = translator(language_of(scope))
    return PlainTextResponse(say("The demo is shown on the machine that it runs on only."), 403)


async def _who_sent(scope: Scope, *, present: bool = False) -> LoggedIn | None:
    return await run_in_threadpool(
        who.logged_in, frame.city_folder(), token_of(scope), present=present
    )


def _way_in(path: str, scope: Scope, here: LoggedIn | None) -> str:
    if here is not None:
        return "/password"
    asked = path.strip("/")
    if asked not in PAGES:
        return "/login"
    return "/login?next=" + quote(_with_query(asked, scope), safe="")


def _with_query(path: str, scope: Scope) -> str:
    query = scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path


def _own_page(scope: Scope, here: LoggedIn) -> Scope:
    """Return the scope of a websocket that goes on with a page only if the same account began it.

    A page that stayed open holds what its reader chose and files to take along; after a break
    Streamlit would hand it to whoever has logged in with that browser since.
    """
    told = Headers(scope=scope).get("sec-websocket-protocol", "").split(",")
    if len(told) < 3 or who.is_page_of(told[2].strip(), here.viewer):
        return scope
    fresh = {**scope}
    MutableHeaders(scope=fresh)["sec-websocket-protocol"] = ",".join(told[:2])
    return fresh


def _looked_at(scope: Scope, receive: Receive) -> Receive:
    """Return the messages of a browser; once its session has ended, only the login screen comes."""

    async def looked_at() -> Message:
        while True:
            message = await receive()
            if message["type"] != "websocket.receive":
                return message
            sent = message.get("bytes") or b""
            try:
                here = await _who_sent(scope, present=_by_hand(sent))
            except OutreachError:
                here = None
            if here is not None and not here.must_change:
                return message
            if kept := only_a_fresh_page(sent):
                return {"type": "websocket.receive", "bytes": kept}

    return looked_at


def _by_hand(sent: bytes) -> bool:
    """Return whether somebody did something; a page that renews itself is no sign of them."""
    said = _parsed(sent)
    return said is not None and _asks_for_a_page(said) and not said.rerun_script.is_auto_rerun


def only_a_fresh_page(sent: bytes) -> bytes:
    """Return a message that asks for the whole page anew and does nothing else; b"" if it cannot.

    What a part of the page or a button's action holds in memory would be shown or done otherwise.
    """
    said = _parsed(sent)
    if said is None or not _asks_for_a_page(said):
        return b""
    fresh = BackMsg()
    fresh.rerun_script.page_script_hash = said.rerun_script.page_script_hash
    fresh.rerun_script.context_info.CopyFrom(said.rerun_script.context_info)
    return bytes(fresh.SerializeToString())


def _asks_for_a_page(said: Any) -> bool:
    return bool(said.WhichOneof("type") == "rerun_script")


def _parsed(sent: bytes) -> Any:
    said = BackMsg()
    try:
        said.ParseFromString(sent)
    except DecodeError:
        return None
    return said


def _with_headers(scope: Scope, send: Send) -> Send:
    """Return a sender that adds what browsers are to heed."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("content-security-policy", _FRAMES)
            if scope["path"].startswith("/media/"):
                headers["cache-control"] = "no-store"  # names and exports stay on no disk
            if is_secure(scope):
                headers.setdefault("strict-transport-security", "max-age=31536000")
        await send(message)

    return sending
