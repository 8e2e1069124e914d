"""What the gate itself shows: log in, log out, change the password. Plain HTML, no scripts."""

import hmac
import secrets
from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit

from anyio import CapacityLimiter, to_thread
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from outreach.config import load_city
from outreach.errors import OutreachError
from outreach.language.translate import Say, translator
from outreach.pages import frame, sso, wall_clock, who
from outreach.pages.contents import PAGES
from outreach.pages.gate import is_secure, language_of, token_of
from outreach.pipeline import accounts, log_in
from outreach.pipeline.log_in import LoggedIn

FORM_COOKIE = "outreach_form"  # before anybody is known: must equal the form's hidden field
_STYLE = """
*{box-sizing:border-box}body{margin:0;background:#f4f2ec;color:#1a1a1a;font:1rem/1.5 system-ui,
sans-serif}main{max-width:26rem;margin:8vh auto;padding:1.5rem;background:#fff;border:1px solid
#d8d4c8;border-radius:.5rem}@media(max-width:30rem){main{margin:0;min-height:100vh;border:0}}
h1{font-size:1.5rem;margin:0 0 .25rem}p{margin:.5rem 0}label{display:block;margin:1rem 0 .25rem;
font-weight:600}input{width:100%;font:inherit;padding:.7rem;border:1px solid #6b675c;
border-radius:.35rem;background:#fff;color:inherit}button,a.way{display:block;width:100%;
margin-top:1.25rem;padding:.8rem;font:inherit;font-weight:600;text-align:center;border:1px solid
#00577f;border-radius:.35rem;background:#00577f;color:#fff;text-decoration:none;cursor:pointer}
a.way{background:#fff;color:#00577f}a{color:#00577f}:focus-visible{outline:3px solid #e69f00;
outline-offset:2px}.wrong{border-left:4px solid #b3261e;background:#fdecea;padding:.6rem .8rem}
.said{border-left:4px solid #00577f;background:#e8f1f5;padding:.6rem .8rem}
code{background:#f4f2ec;padding:.1rem .3rem;overflow-wrap:anywhere}
.hint{color:#4a463c;font-size:.9rem;margin:.25rem 0 0}
"""
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
# Hashing takes 64 MB and a core each time: so many at once, and others wait.
_HASHING = CapacityLimiter(2)
_MOST_BYTES = 10_000


def routes() -> list[Route]:
    """Return the pages of the gate."""
    return [
        Route("/login", _login_page, methods=["GET"]),
        Route("/login", _log_in, methods=["POST"]),
        Route("/sso", _to_provider, methods=["GET"]),
        Route("/logout", _logout_page, methods=["GET"]),
        Route("/logout", _log_out, methods=["POST"]),
        Route("/password", _password_page, methods=["GET"]),
        Route("/password", _change_password, methods=["POST"]),
    ]


def safe_way_on(asked: str) -> str:
    """Return where to go after the login: one of the app's own pages, or its first."""
    parts = urlsplit(asked)
    if parts.scheme or parts.netloc or parts.path not in PAGES:
        return "/"
    query = urlencode(parse_qsl(parts.query))
    return f"/{parts.path}?{query}" if query else f"/{parts.path}"


async def _login_page(request: Request) -> Response:
    here = await _here(request)
    if here is not None or await run_in_threadpool(who.is_demo, frame.city_folder()):
        return RedirectResponse("/password" if here and here.must_change else "/", 303)
    claims = sso.claims_of(request.cookies)
    if claims and "out" not in request.query_params:
        return await _let_in_sso(request, claims)
    said, _ = "", _say(request)
    if "out" in request.query_params:
        said = f'<p class="said" role="status">{escape(_("You are logged out."))}</p>'
    return await _ask(request, said)


async def _ask(request: Request, said: str, *, login: str = "", status: int = 200) -> Response:
    """Show the form that asks who somebody is."""
    _ = _say(request)
    folder = frame.city_folder()
    city = await run_in_threadpool(load_city, folder)
    if not await run_in_threadpool(accounts.has_admin, folder):
        first = escape(_("Nobody can log in yet: this city has no account. On the machine itself:"))
        command = f'outreach accounts add "NAME" --login LOGIN --role admin --city {folder.name}'
        said += f'<p class="said">{first}<br><code>{escape(command)}</code></p>'
    next_page = str(request.query_params.get("next", ""))[:500]
    action = "/login" + ("?" + urlencode({"next": next_page}) if next_page else "")
    form = f"""
<form method="post" action="{escape(action)}">
<label for="login">{escape(_("Login"))}</label>
<input id="login" name="login" value="{escape(login)}" autocomplete="username" autocapitalize="none"
 spellcheck="false" required autofocus maxlength="120">
<label for="password">{escape(_("Password"))}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required
 maxlength="256">
{_hidden(request)}
<button type="submit">{escape(_("Log in"))}</button></form>"""
    if sso.configured():
        form += f'<a class="way" href="/sso">{escape(_("Log in with single sign-on"))}</a>'
    hint = escape(_("Forgotten the password? The admin of your team gives a new one."))
    body = f'<p>{escape(city.name)}</p>{said}{form}<p class="hint">{hint}</p>'
    return _page(request, _("Log in"), body, status=status)


async def _log_in(request: Request) -> Response:
    form = await _form(request)
    if form is None:
        return await _ask(request, _wrong(_form_is_old(request)), status=403)
    folder, old = frame.city_folder(), token_of(request.scope)
    login, password = str(form.get("login", "")), str(form.get("password", ""))

    def work() -> str:
        now = wall_clock.now()
        token = log_in.log_in(folder, login, password, now=now)
        if old:  # a new session is never one that was there before
            log_in.log_out(folder, old, now=now)
        return token

    try:
        token = await to_thread.run_sync(work, limiter=_HASHING)
    except log_in.HasToWaitError as error:
        return await _ask(request, _wrong(_told(request, error)), login=login, status=429)
    except OutreachError as error:
        return await _ask(request, _wrong(_told(request, error)), login=login, status=401)
    who.forget_answers()
    return _come_in(request, token, safe_way_on(request.query_params.get("next", "")))


def _told(request: Request, error: OutreachError, here: LoggedIn | None = None) -> str:
    """Return an error in the reader's language, with its numbers."""
    _ = _say(request, here)
    if isinstance(error, log_in.HasToWaitError):
        text = _("Too many logins failed. Wait {minutes} min, then try again.")
        return text.format(minutes=error.minutes)
    known = {
        log_in.WRONG: _("This login and password do not fit together."),
        log_in.CLOSED: _(
            "This account is not known here, or it is closed. Ask the admin of your team."
        ),
        log_in.NO_AGREEMENT: _(
            "Your organisation has no current agreement with the team, so there is nothing to "
            "see. Ask the team to renew it."
        ),
        log_in.OLD_WORD: _("Your login has grown old. Log in again."),
        log_in.WRONG_OLD: _("The old password is not the right one; nothing was changed."),
    }
    return known.get(str(error), str(error))


async def _let_in_sso(request: Request, claims: dict[str, object]) -> Response:
    """Exchange a provider's word, which was just checked, for a session of ours."""
    folder = frame.city_folder()
    try:
        token = await run_in_threadpool(log_in.log_in_sso, folder, claims, now=wall_clock.now())
    except OutreachError as error:
        answer = await _ask(request, _wrong(_told(request, error)), status=401)
        sso.forget(answer, request.cookies)
        return answer
    who.forget_answers()
    return _come_in(request, token, "/")


async def _to_provider(request: Request) -> Response:
    if not sso.configured():
        return RedirectResponse("/login", 303)
    answer = RedirectResponse(sso.way_to_provider(), 303)
    sso.forget(answer, request.cookies)
    return answer


async def _logout_page(request: Request) -> Response:
    """Ask before logging out: a link alone must not do it."""
    here = await _here(request)
    if here is None:
        return RedirectResponse("/login", 303)
    _ = _say(request, here)
    button = f'<button type="submit">{escape(_("Log out"))}</button>'
    back = f'<p><a href="/">{escape(_("Back"))}</a></p>'
    body = f'<form method="post" action="/logout">{_hidden(request)}{button}</form>{back}'
    return _page(request, _("Log out"), body, here=here)


async def _log_out(request: Request) -> Response:
    here, token = await _here(request), token_of(request.scope)
    if here is not None:
        if await _form(request) is None:
            return RedirectResponse("/logout", 303)
        await run_in_threadpool(log_in.log_out, frame.city_folder(), token, now=wall_clock.now())
        who.forget_answers()
    # The provider is told too where it can be: Streamlit's own way out does that.
    way_out = "/auth/logout" if here is not None and here.sso and sso.configured() else "/login?out"
    answer = RedirectResponse(way_out, 303)
    answer.delete_cookie(who.COOKIE, httponly=True, samesite="lax", secure=is_secure(request.scope))
    return answer


async def _password_page(request: Request) -> Response:
    here = await _here(request)
    if here is None or here.sso:
        return RedirectResponse("/login" if here is None else "/", 303)
    return _ask_password(request, here, "")


def _ask_password(request: Request, here: LoggedIn, said: str, status: int = 200) -> Response:
    _ = _say(request, here)
    if here.must_change and not said:
        text = _("The password you were given is for once. Choose one that only you know.")
        said = f'<p class="said">{escape(text)}</p>'
    fields = (
        ("old", _("The password until now"), "current-password"),
        ("new", _("New password"), "new-password"),
        ("again", _("New password, once more"), "new-password"),
    )
    asked = "".join(
        f'<label for="{name}">{escape(label)}</label><input id="{name}" name="{name}" '
        f'type="password" autocomplete="{kind}" required maxlength="256">'
        for name, label, kind in fields
    )
    hint = escape(_("12 signs or more. A few words in a row are good."))
    back = "" if here.must_change else f'<p><a href="/">{escape(_("Back"))}</a></p>'
    body = (
        f'<p>{escape(here.viewer.name)}</p>{said}<form method="post" action="/password">{asked}'
        f'<p class="hint">{hint}</p>{_hidden(request)}'
        f'<button type="submit">{escape(_("Change password"))}</button></form>{back}'
    )
    return _page(request, _("Change password"), body, status=status, here=here)


async def _change_password(request: Request) -> Response:
    here, token = await _here(request), token_of(request.scope)
    if here is None or here.sso:
        return RedirectResponse("/login", 303)
    form = await _form(request)
    if form is None:
        return _ask_password(request, here, _wrong(_form_is_old(request, here)), 403)
    old, new, again = (str(form.get(name, "")) for name in ("old", "new", "again"))
    if new != again:
        _ = _say(request, here)
        text = _("The two new passwords differ; nothing was changed.")
        return _ask_password(request, here, _wrong(text), 400)
    folder = frame.city_folder()

    def work() -> str:
        return log_in.change_password(folder, token, old, new, now=wall_clock.now())

    try:
        token = await to_thread.run_sync(work, limiter=_HASHING)
    except OutreachError as error:
        return _ask_password(request, here, _wrong(_told(request, error, here)), 400)
    who.forget_answers()
    return _come_in(request, token, "/")


async def _here(request: Request) -> LoggedIn | None:
    return await run_in_threadpool(who.logged_in, frame.city_folder(), token_of(request.scope))


async def _form(request: Request) -> FormData | None:
    """Return what was sent; None: it was not one of our forms, or too much."""
    length = request.headers.get("content-length", "")
    origin = request.headers.get("origin", "null")
    if not length.isdigit() or int(length) > _MOST_BYTES:
        return None
    if origin != "null" and urlsplit(origin).netloc != request.headers.get("host"):
        return None
    form = await request.form()
    sent, expected = str(form.get(who.FORM_FIELD, "")), _expected(request)
    fits = bool(expected) and hmac.compare_digest(sent.encode(), expected.encode())
    return form if fits else None


def _expected(request: Request) -> str:
    """Return what a form must bring: bound to the session, or to this browser before there is."""
    token = token_of(request.scope)
    if request.url.path != "/login":
        return who.form_token(token) if token else ""
    return request.cookies.get(FORM_COOKIE, "")


def _hidden(request: Request) -> str:
    return f'<input type="hidden" name="{who.FORM_FIELD}" value="{_own(request)}">'


def _own(request: Request) -> str:
    """Return what the form that is shown now brings along."""
    if not hasattr(request.state, "own"):
        request.state.own = _expected(request) or secrets.token_urlsafe(32)
    return str(request.state.own)


def _come_in(request: Request, token: str, way: str) -> Response:
    answer = RedirectResponse(way, 303)
    secure = is_secure(request.scope)
    answer.set_cookie(who.COOKIE, token, httponly=True, samesite="lax", secure=secure)
    answer.delete_cookie(FORM_COOKIE, httponly=True, samesite="lax", secure=secure)
    answer.headers["cache-control"] = "no-store"
    return answer


def _say(request: Request, here: LoggedIn | None = None) -> Say:
    return translator(language_of(request.scope, here))


def _form_is_old(request: Request, here: LoggedIn | None = None) -> str:
    _ = _say(request, here)
    return _("This form has grown old; please send it once more.")


def _wrong(text: str) -> str:
    return f'<p class="wrong" role="alert">{escape(text[:1].upper() + text[1:])}</p>'


def _page(
    request: Request,
    title: str,
    body: str,
    *,
    status: int = 200,
    here: LoggedIn | None = None,
) -> Response:
    """Return a page of the gate."""
    html = (
        f'<!doctype html><html lang="{language_of(request.scope, here)}"><head>'
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · Outreach</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    answer = HTMLResponse(html, status)
    answer.headers["cache-control"] = "no-store"
    answer.headers["content-security-policy"] = _POLICY
    if request.url.path == "/login":
        secure = is_secure(request.scope)
        answer.set_cookie(FORM_COOKIE, _own(request), httponly=True, samesite="lax", secure=secure)
    return answer
