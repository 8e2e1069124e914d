"""Who may log in, and as what: what an admin does. Logging in itself is in ``log_in``."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from outreach.account_schemas import ACCOUNTS, SESSIONS
from outreach.config import load_city
from outreach.errors import WorkError
from outreach.language.translate import LANGUAGES
from outreach.people.releases import current
from outreach.pipeline.entries import moment
from outreach.roles import ACCOUNT_ROLES, needs
from outreach.store.passwords import check_choice, hash_password, one_time_password
from outreach.store.work import Rows, existing_work, new_id, open_work
from outreach.weeks import local_date
from outreach.work_schemas import AGREEMENTS, ORGANISATIONS, STAFF

# Roles of people from outside: an account of theirs belongs to an organisation.
OUTSIDE = ("partner", "police_liaison", "community")
# And these see nothing without its current agreement (duty 38).
BY_AGREEMENT = ("partner", "police_liaison")
GOES_OUT = ("lead", "caseworker")  # whose account may be that of a worker
DETAILS = ("name", "role", "organisation_id", "staff_id", "language")
_WHAT_IS_SEEN = ("role", "organisation_id", "staff_id")


@needs("accounts")
def add_account(
    folder: Path,
    login: str,
    *,
    details: Mapping[str, Any],
    password: str | None = None,
    sso: bool = False,
    by: str,
    now: datetime,
) -> str:
    """Make an account and return its one-time password, or "" where none was made.

    ``details`` holds name and role, and may hold the others of DETAILS. With ``password`` it is
    the owner's own; with ``sso`` there is none, and the login is the e-mail address.

    Raises   WorkError   the login or name is taken, no such role, an organisation or worker that
                         is missing, unknown or not for that role, or a password easily guessed
    """
    at = moment(folder, by, now)
    unknown = sorted(set(details) - set(DETAILS))
    if unknown:
        raise WorkError(f"{unknown[0]} of an account cannot be given; nothing was made")
    given = "" if sso or password is not None else one_time_password()
    row: dict[str, Any] = {
        **dict.fromkeys(DETAILS),
        **details,
        "account_id": new_id(),
        "login": plain_login(login),
        "kind": "sso" if sso else "local",
        "password_hash": None,
        "must_change": bool(given),
        "active": True,
        "created_at": now,
        "created_by": at.by,
    }
    if sso and "@" not in row["login"]:
        raise WorkError("for single sign-on the login is the e-mail address; nothing was made")
    if password is not None:
        check_choice(password, row["login"], str(row["name"]))
    if not sso:
        row["password_hash"] = hash_password(given or str(password))
    with open_work(folder).writing() as rows:
        rows.insert(ACCOUNTS, [_checked(rows, row)])
        what = f"account {row['account_id']} as {row['role']}"
        rows.audit(at=now, who=at.by, did="added", what=what)
    return given


def plain_login(login: str) -> str:
    """Return a login as it is kept: in lower case, without blanks around it.

    Raises   WorkError   there is none, or there are blanks in it
    """
    login = login.strip().lower()
    if not login or len(login) > 120 or any(sign.isspace() for sign in login):
        raise WorkError("a login is one word, such as a name or an e-mail address; nothing changed")
    return login


@needs("accounts")
def list_accounts(folder: Path, now: datetime) -> pd.DataFrame:
    """Return the accounts by name, active ones first.

    Adds     ACCOUNTS without password_hash; organisation, worker (their names, "" for none),
             seen_at (NaT where never), refused (why they get nowhere now, "" for those who do)
    """
    today = local_date(now, load_city(folder).time_zone)
    with open_work(folder).reading() as rows:
        found, sessions = rows.fetch(ACCOUNTS), rows.fetch(SESSIONS)
        names = dict(rows.fetch(ORGANISATIONS)[["organisation_id", "name"]].to_numpy())
        workers = dict(rows.fetch(STAFF)[["staff_id", "name"]].to_numpy())
        agreements = rows.fetch(AGREEMENTS)
    seen = sessions.groupby("account_id")["seen_at"].max()
    refused = [refusal(row, agreements, today) for row in found.to_dict("records")]
    order = ["active", "name"]
    return (
        found.drop(columns="password_hash")
        .assign(
            organisation=[names.get(key, "") for key in found["organisation_id"]],
            worker=[workers.get(key, "") for key in found["staff_id"]],
            seen_at=pd.Series(seen.reindex(found["account_id"]).array, found.index),
            refused=refused,
        )
        .sort_values(order, ascending=[False, True], ignore_index=True)
    )


@needs("accounts")
def choices(folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Return the names of organisations and of active workers by their ids."""
    with open_work(folder).reading() as rows:
        organisations, staff = rows.fetch(ORGANISATIONS), rows.fetch(STAFF, active=True)
    by_id = organisations.sort_values("name")[["organisation_id", "name"]].to_numpy()
    return dict(by_id), dict(staff.sort_values("name")[["staff_id", "name"]].to_numpy())


@needs("accounts")
def account_of(folder: Path, login: str) -> dict[str, Any]:
    """Return the account of a login.

    Raises   WorkError   there is none
    """
    with open_work(folder).reading() as rows:
        return _the_account(rows, login=plain_login(login))


@needs("accounts")
def change_account(
    folder: Path, account_id: str, changes: Mapping[str, Any], *, by: str, now: datetime
) -> None:
    """Change some of DETAILS, or ``active``; who may see something else must log in anew.

    A page that is open holds what the old role might see, and files that it might take along.

    Raises   WorkError   there is none, the changed row is none that could be added, or nobody
                         would be left who may make accounts
    """
    at = moment(folder, by, now)
    unknown = sorted(set(changes) - {*DETAILS, "active"})
    if unknown:
        raise WorkError(f"{unknown[0]} of an account cannot be changed; nothing was changed")
    with open_work(folder).writing() as rows:
        old = _the_account(rows, account_id=account_id)
        new = _checked(rows, {**old, **changes})
        stays = new["active"] and new["role"] == "admin"
        if old["active"] and old["role"] == "admin" and not stays and _admins(rows) == 1:
            raise WorkError(
                "this is the last admin, and somebody must be able to make accounts; make another "
                "one first; nothing was changed"
            )
        rows.update(ACCOUNTS, {"account_id": account_id}, {name: new[name] for name in changes})
        if not new["active"] or any(new[name] != old[name] for name in _WHAT_IS_SEEN):
            end_all(rows, account_id, now)
        what = f"account {account_id}: {', '.join(_told(changes))}"
        rows.audit(at=now, who=at.by, did="changed", what=what)


def _told(changes: Mapping[str, Any]) -> list[str]:
    words = {"role": f"role {changes.get('role')}"}
    words["active"] = "opened" if changes.get("active") else "closed"
    return [words.get(name, name) for name in sorted(changes)]


@needs("accounts")
def close_account(folder: Path, account_id: str, *, by: str, now: datetime) -> None:
    """Let somebody in no more; what they did keeps their name."""
    change_account(folder, account_id, {"active": False}, by=by, now=now)


@needs("accounts")
def reset_password(folder: Path, account_id: str, *, by: str, now: datetime) -> str:
    """Give a local account a one-time password, end its sessions, and return the password.

    Raises   WorkError   there is no such account, it is closed, or it is one of single sign-on
    """
    at = moment(folder, by, now)
    given = one_time_password()
    changes = {"password_hash": hash_password(given), "must_change": True}
    with open_work(folder).writing() as rows:
        old = _the_account(rows, account_id=account_id)
        if old["kind"] == "sso" or not old["active"]:
            why = "it logs in by single sign-on" if old["kind"] == "sso" else "it is closed"
            raise WorkError(f"{old['name']}'s account has no password: {why}; nothing was changed")
        rows.update(ACCOUNTS, {"account_id": account_id}, changes)
        end_all(rows, account_id, now)
        rows.audit(at=now, who=at.by, did="reset the password of", what=f"account {account_id}")
    return given


def has_admin(folder: Path) -> bool:
    """Return whether somebody can log in who may make accounts."""
    work = existing_work(folder)
    if work is None:
        return False
    with work.reading() as rows:
        return bool(_admins(rows))


def refusal(account: Mapping[Any, Any], agreements: pd.DataFrame, today: date) -> str:
    """Return why an account gets nowhere today; "" if it does (duty 38)."""
    if not account["active"]:
        return "closed"
    if account["role"] not in BY_AGREEMENT:
        return ""
    own = agreements[agreements["organisation_id"] == account["organisation_id"]]
    return "no current agreement" if current(own, today).empty else ""


def end_all(rows: Rows, account_id: str, now: datetime, *, but: str = "") -> None:
    """End the open sessions of an account, but for one."""
    for session_id in rows.fetch(SESSIONS, account_id=account_id, ended_at=None)["session_id"]:
        if session_id != but:
            rows.update(SESSIONS, {"session_id": session_id}, {"ended_at": now})


def _admins(rows: Rows) -> int:
    return len(rows.fetch(ACCOUNTS, role="admin", active=True))


def _the_account(rows: Rows, **equal: str) -> dict[str, Any]:
    found = rows.fetch(ACCOUNTS, **equal).to_dict("records")
    if not found:
        raise WorkError("there is no such account; nothing was changed")
    return {str(name): value for name, value in found[0].items()}


def _checked(rows: Rows, row: dict[str, Any]) -> dict[str, Any]:
    """Return the row as it is kept: words with single blanks between them, no empty text."""
    row = row | {name: row[name] or None for name in DETAILS}
    row = row | {"name": " ".join(str(row["name"] or "").split())}
    if not row["name"]:
        raise WorkError("an account needs a name; nothing was changed")
    if row["role"] not in ACCOUNT_ROLES:
        raise WorkError(f"{row['role']!r} is no role; there are: {', '.join(ACCOUNT_ROLES)}")
    if row["language"] not in (None, *LANGUAGES):
        raise WorkError(f"{row['language']!r} is no language; there are: {', '.join(LANGUAGES)}")
    _check_whose(rows, row)
    for other in rows.fetch(ACCOUNTS).to_dict("records"):
        if other["account_id"] == row["account_id"]:
            continue
        if other["login"] == row["login"]:
            raise WorkError("this login is taken; nothing was changed")
        if other["active"] and other["name"].casefold() == row["name"].casefold():
            raise WorkError(f"{row['name']} has an account already; add an initial")
    return row


def _check_whose(rows: Rows, row: Mapping[str, Any]) -> None:
    """Refuse an organisation or a worker that is missing, unknown or not for the role."""
    role, organisation, worker = (row[name] for name in ("role", "organisation_id", "staff_id"))
    words = str(role).replace("_", " ")
    if (role in OUTSIDE) != (organisation is not None):
        needs_one = "must name their" if role in OUTSIDE else "belongs to no"
        raise WorkError(f"a {words} {needs_one} organisation; nothing was changed")
    if organisation and rows.fetch(ORGANISATIONS, organisation_id=organisation).empty:
        raise WorkError(f"no organisation has the id {organisation}; nothing was changed")
    if worker and role not in GOES_OUT:
        raise WorkError(f"a {words} is no worker of the teams; nothing was changed")
    if worker and rows.fetch(STAFF, staff_id=worker).empty:
        raise WorkError(f"no worker has the id {worker}; nothing was changed")
