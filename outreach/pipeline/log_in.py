"""Logging in and out, and who is logged in: what happens before anybody is known.

Nothing here is guarded by a role: it is what finds the role. Whoever asks gets the same answer,
in the same time, for an unknown login, a wrong password and a closed account.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from outreach.account_schemas import ACCOUNTS, FAILED_LOGINS, SESSIONS
from outreach.config import AppParams, City, load_city
from outreach.errors import NotAllowedError
from outreach.pipeline.accounts import end_all, refusal
from outreach.roles import Viewer
from outreach.store.passwords import check_choice, check_password, hash_password, outdated
from outreach.store.secrets import pseudonym_key
from outreach.store.work import Rows, Work, existing_work, new_id, open_work
from outreach.weeks import local_date
from outreach.work_schemas import AGREEMENTS

WRONG = "This login and password do not fit together."
CLOSED = "This account is not known here, or it is closed. Ask the admin of your team."
NO_AGREEMENT = (
    "Your organisation has no current agreement with the team, so there is nothing to see. "
    "Ask the team to renew it."
)
FIRST_WAIT_S = 30  # doubles with every further failure
REMEMBERED = timedelta(days=1)  # so long failures count
KEPT = timedelta(days=90)  # so long ended sessions are kept: longer than any cookie lives
FRESH = timedelta(minutes=10)  # so old may a provider's word be when it comes in


OLD_WORD = "Your login has grown old. Log in again."
WRONG_OLD = "The old password is not the right one; nothing was changed."


class HasToWaitError(NotAllowedError):
    """Too many logins of this name failed; the text says how long to wait."""

    def __init__(self, minutes: int) -> None:
        super().__init__(f"Too many logins failed. Wait {minutes} min, then try again.")
        self.minutes = minutes


@dataclass(frozen=True)
class LoggedIn:
    """Somebody who is logged in."""

    viewer: Viewer
    session_id: str
    must_change: bool = False
    sso: bool = False
    language: str | None = None


def log_in(folder: Path, login: str, password: str, *, now: datetime) -> str:
    """Return the token of a new session for whoever gives the right password.

    Raises   NotAllowedError   they do not fit together, or the organisation has no agreement
             HasToWaitError    too many failed of late
    """
    city, work = load_city(folder), open_work(folder)
    login = login.strip().lower()[:200]
    hashed = _hashed(work, login)
    with work.reading() as rows:
        _check_wait(rows, hashed, city.app, now)
        found = rows.fetch(ACCOUNTS, login=login, kind="local", active=True).to_dict("records")
    account = found[0] if found else None
    if not check_password(account["password_hash"] if account else None, password):
        _note_failure(work, hashed, account, now)
        raise NotAllowedError(WRONG)
    with work.writing() as rows:
        rows.delete(FAILED_LOGINS, {"login": hashed})
        return _let_in(rows, account or {}, password, city, now)


def _hashed(work: Work, login: str) -> str:
    return hmac.new(pseudonym_key(work.key), login.encode(), hashlib.sha256).hexdigest()


def _let_in(
    rows: Rows, account: Mapping[Any, Any], password: str, city: City, now: datetime
) -> str:
    _check_agreement(rows, account, city, now)
    if outdated(account["password_hash"]):
        changes = {"password_hash": hash_password(password)}
        rows.update(ACCOUNTS, {"account_id": account["account_id"]}, changes)
    rows.audit(
        at=now, who=account["name"], did="logged in", what=f"account {account['account_id']}"
    )
    return _begin(rows, account["account_id"], now)


def _check_agreement(rows: Rows, account: Mapping[Any, Any], city: City, now: datetime) -> None:
    why = refusal(account, rows.fetch(AGREEMENTS), local_date(now, city.time_zone))
    if why:
        raise NotAllowedError(CLOSED if why == "closed" else NO_AGREEMENT)


def _check_wait(rows: Rows, hashed: str, app: AppParams, now: datetime) -> None:
    """Refuse a login of which too many failed, whatever password comes with it."""
    failed = rows.fetch(FAILED_LOGINS, login=hashed)["at"]
    failed = failed[failed > now - REMEMBERED]
    over = len(failed) - app.failed_logins
    if over < 0:
        return
    wait_s = min(FIRST_WAIT_S * 2.0 ** min(over, 20), app.wait_min * 60)
    left_s = (failed.max().to_pydatetime() + timedelta(seconds=wait_s) - now).total_seconds()
    if left_s > 0:
        raise HasToWaitError(int(-(-left_s // 60)))


def _note_failure(
    work: Work, hashed: str, account: Mapping[Any, Any] | None, now: datetime
) -> None:
    """Keep that a login failed, never what was typed."""
    whose = f"account {account['account_id']}" if account else "no account of ours"
    with work.writing() as rows:
        old = rows.fetch(FAILED_LOGINS)
        for failed_id in old["failed_id"][old["at"] <= now - REMEMBERED]:
            rows.delete(FAILED_LOGINS, {"failed_id": failed_id})
        rows.insert(FAILED_LOGINS, [{"failed_id": new_id(), "login": hashed, "at": now}])
        rows.audit(at=now, who="somebody", did="failed to log in", what=whose)


def log_in_sso(folder: Path, claims: Mapping[str, Any], *, now: datetime) -> str:
    """Return the token of a new session for whom a provider of single sign-on vouches.

    Needs    claims     of a token that was checked: iss, sub, iat, email, email_verified
    Raises   NotAllowedError   nobody of that e-mail has an account, the word is old, or it has
                               been used before
    """
    city, work = load_city(folder), open_work(folder)
    email = str(claims.get("email") or "").strip().lower()
    said = [str(claims.get(name)) for name in ("iss", "sub", "iat", "nonce", "at_hash")]
    used_id = "used " + hashlib.sha256("\n".join(said).encode()).hexdigest()
    age = now - datetime.fromtimestamp(float(claims.get("iat") or 0), now.tzinfo)
    if abs(age) > FRESH:
        raise NotAllowedError(OLD_WORD)
    with work.writing() as rows:
        found = rows.fetch(ACCOUNTS, login=email, kind="sso", active=True).to_dict("records")
        if email and found and claims.get("email_verified") is not False:
            _check_agreement(rows, found[0], city, now)
            whose = found[0]["account_id"]
            # A cookie that is played back must not come in again.
            used = {"account_id": whose, "begun_at": now, "seen_at": now, "ended_at": now}
            if not rows.insert(SESSIONS, [{"session_id": used_id, **used}], once=True):
                raise NotAllowedError(OLD_WORD)
            rows.audit(at=now, who=found[0]["name"], did="logged in", what=f"account {whose}")
            return _begin(rows, whose, now)
        what = "no account of ours, by single sign-on"
        rows.audit(at=now, who="somebody", did="failed to log in", what=what)
    raise NotAllowedError(CLOSED)


def session_id_of(token: str) -> str:
    """Return what is kept of a token that a browser holds."""
    return hashlib.sha256(token.encode()).hexdigest()


def _begin(rows: Rows, account_id: str, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    old = rows.fetch(SESSIONS)
    for session_id in old["session_id"][old["seen_at"] < now - KEPT]:
        rows.delete(SESSIONS, {"session_id": session_id})
    row = {"session_id": session_id_of(token), "account_id": account_id}
    rows.insert(SESSIONS, [{**row, "begun_at": now, "seen_at": now}])
    return token


def find_session(folder: Path, token: str, *, now: datetime) -> LoggedIn | None:
    """Return who holds a token; None: nobody, it has ended, or they may look at nothing now."""
    work = existing_work(folder) if token else None
    if work is None:
        return None
    city = load_city(folder)
    with work.reading() as rows:
        found = rows.fetch(SESSIONS, session_id=session_id_of(token)).to_dict("records")
        if not found or not _goes_on(found[0], city.app, now):
            return None
        account = rows.fetch(ACCOUNTS, account_id=found[0]["account_id"]).to_dict("records")[0]
        today = local_date(now, city.time_zone)
        if refusal(
            account, rows.fetch(AGREEMENTS, organisation_id=account["organisation_id"]), today
        ):
            return None
    return LoggedIn(
        Viewer(
            account["name"],
            account["role"],
            account["account_id"],
            account["organisation_id"],
            account["staff_id"],
        ),
        found[0]["session_id"],
        bool(account["must_change"]),
        account["kind"] == "sso",
        account["language"],
    )


def _goes_on(session: Mapping[Any, Any], app: AppParams, now: datetime) -> bool:
    idle, age = now - session["seen_at"], now - session["begun_at"]
    ended = session["ended_at"]
    return bool(
        (ended is None or ended != ended)  # noqa: PLR0124  (NaT)
        and idle <= timedelta(minutes=app.idle_min)
        and age <= timedelta(hours=app.session_h)
    )


def touch_session(folder: Path, session_id: str, *, now: datetime) -> None:
    """Note that somebody is still there; a session that has ended stays so."""
    with open_work(folder).writing() as rows:
        rows.update(SESSIONS, {"session_id": session_id, "ended_at": None}, {"seen_at": now})


def log_out(folder: Path, token: str, *, now: datetime) -> None:
    """End a session; one that is unknown or has ended stays as it is."""
    key = session_id_of(token)
    with open_work(folder).writing() as rows:
        found = rows.fetch(SESSIONS, session_id=key, ended_at=None).to_dict("records")
        if not found:
            return
        rows.update(SESSIONS, {"session_id": key}, {"ended_at": now})
        whose = rows.fetch(ACCOUNTS, account_id=found[0]["account_id"]).iloc[0]
        what = f"account {whose['account_id']}"
        rows.audit(at=now, who=whose["name"], did="logged out", what=what)


def change_password(folder: Path, token: str, old: str, new: str, *, now: datetime) -> str:
    """Let somebody choose their own password; all their sessions end, and a new one begins.

    Returns the new token.

    Raises   NotAllowedError   nobody holds the token, or the old password is wrong
             HasToWaitError    too many failed of late
             WorkError         the new password is easily guessed, or the old one
    """
    here = find_session(folder, token, now=now)
    if here is None or here.sso:
        raise NotAllowedError("Nobody is logged in with a password; nothing was changed.")
    city, work = load_city(folder), open_work(folder)
    whose = {"account_id": here.viewer.account_id}
    with work.reading() as rows:
        account = rows.fetch(ACCOUNTS, **whose).to_dict("records")[0]
        hashed = _hashed(work, account["login"])
        _check_wait(rows, hashed, city.app, now)
    if not check_password(account["password_hash"], old):
        _note_failure(work, hashed, account, now)
        raise NotAllowedError(WRONG_OLD)
    check_choice(new, account["login"], account["name"], old)
    kept = {"password_hash": hash_password(new), "must_change": False}
    with work.writing() as rows:
        rows.update(ACCOUNTS, whose, kept)
        end_all(rows, account["account_id"], now)
        what = f"account {account['account_id']}"
        rows.audit(at=now, who=account["name"], did="changed the password of", what=what)
        return _begin(rows, account["account_id"], now)
