"""Commands about who may log in."""

import sys
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from outreach.cli.options import CityOption, JsonOption, now
from outreach.cli.output import out, show_json
from outreach.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

accounts_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="""Who may log in to the app, and as what.

    **The first admin of a city is made here; everybody else on the page “Accounts”, or here too**

    1. `outreach accounts add "Ann Lee" --login ann --role admin` asks for a password, twice

    2. `outreach accounts add "Sam Poe" --login sam --role caseworker --one-time` prints a password
       that Sam changes at the first login

    3. `outreach accounts add "Kim Ito" --login kim@example.org --role lead --sso` is for single
       sign-on: there is no password here

    **Roles**: lead (plans, publishes), caseworker (today's stops, visits), manager (figures, no
    names, no points), police_liaison and partner (what releases let their organisation see, while
    its agreement is current), community (public figures), admin (accounts and audit trail).

    Accounts are closed, never removed: the audit trail keeps their names.
    """,
)

LoginArgument = Annotated[str, typer.Argument(help="The login of the account.")]
ByOption = Annotated[
    str, typer.Option(help="Who does it, for the audit trail; else who is logged in here.")
]
RoleOption = Annotated[
    str | None,
    typer.Option(help="lead, caseworker, manager, police_liaison, partner, community or admin."),
]
OrganisationOption = Annotated[
    str | None,
    typer.Option("--organisation", help="Of a partner, the police or the community: its name."),
]
StaffOption = Annotated[
    str | None, typer.Option("--staff", help="The worker of the teams who this is, by name.")
]
LanguageOption = Annotated[str | None, typer.Option(help="en or es; else as the browser says.")]


@accounts_app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="As it will stand in the audit trail.")],
    login: Annotated[
        str, typer.Option("--login", "-l", help="One word; for single sign-on the e-mail address.")
    ],
    role: RoleOption = None,
    organisation: OrganisationOption = None,
    staff: StaffOption = None,
    language: LanguageOption = None,
    sso: Annotated[bool, typer.Option("--sso", help="Logs in by single sign-on.")] = False,
    one_time: Annotated[
        bool, typer.Option("--one-time", help="Print a password that is changed at first login.")
    ] = False,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password's one line from a script.")
    ] = False,
    by: ByOption = "",
    city: CityOption = Path(),
) -> None:  # fmt: skip
    """Make an account.

    The password is asked hidden, twice; it needs 12 signs, and a few words in a row are good.
    """
    from outreach.pipeline import accounts

    if role is None:
        raise InputError("--role is missing: say what they may do; nothing was made")
    if sum((sso, one_time, password_stdin)) > 1:
        raise InputError("give one of --sso, --one-time, --password-stdin; nothing was made")
    details = _details(city, name, role, organisation, staff, language)
    password = None if sso or one_time else _password(from_script=password_stdin)
    given = accounts.add_account(
        city, login, details=details, password=password, sso=sso, by=by or getuser(), now=now()
    )
    out.print(f"{name} can log in as {login.strip().lower()}: {role}", markup=False)
    _show_once(given)


def _password(*, from_script: bool) -> str:
    if from_script:
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt="Once more"))


def _show_once(given: str) -> None:
    if given:
        out.print(f"One-time password, shown only now: {given}", markup=False, highlight=False)


def _details(
    city: Path,
    name: str | None,
    role: str | None,
    organisation: str | None,
    staff: str | None,
    language: str | None,
) -> dict[str, Any]:
    """Return what was said of an account; organisations and workers are given by their names."""
    from outreach.pipeline import accounts

    organisations, workers = accounts.choices(city) if organisation or staff else ({}, {})
    said = {
        "name": name,
        "role": role,
        "organisation_id": _id_of(organisation, organisations, "organisation"),
        "staff_id": _id_of(staff, workers, "active worker"),
        "language": language,
    }
    return {key: value for key, value in said.items() if value is not None}


def _id_of(name: str | None, names: dict[str, str], what: str) -> str | None:
    if name is None:
        return None
    found = [key for key, known in names.items() if name in (known, key)]
    if not found:
        told = ", ".join(names.values()) or "none yet"
        raise InputError(f"no {what} is called {name!r}; there are: {told}; nothing was changed")
    return found[0]


@accounts_app.command("list")
def show(city: CityOption = Path(), as_json: JsonOption = False) -> None:
    """Show who may log in, as what, and when they last did."""
    from outreach.pipeline import accounts

    found = accounts.list_accounts(city, now())
    if as_json:
        show_json({"accounts": [_plain(row) for row in found.to_dict("records")]})
        return
    if found.empty:
        out.print('No accounts yet: outreach accounts add "NAME" --login LOGIN --role admin')
        return
    _show_table(found)


def _plain(row: dict[Any, Any]) -> dict[str, Any]:
    names = ("login", "name", "role", "kind", "active", "organisation", "worker", "refused")
    seen = row["seen_at"]
    return {name: row[name] for name in names} | {
        "seen_at": None if seen != seen else seen.isoformat()  # noqa: PLR0124  (NaT)
    }


def _show_table(found: "pd.DataFrame") -> None:
    table = Table("Login", "Name", "Role", "By", "Last seen (UTC)", "")
    for row in found.to_dict("records"):
        whose = row["organisation"] or row["worker"]
        seen = row["seen_at"]
        table.add_row(
            row["login"],
            f"{row['name']} ({whose})" if whose else row["name"],
            row["role"].replace("_", " "),
            "single sign-on" if row["kind"] == "sso" else "password",
            "never" if seen != seen else f"{seen:%Y-%m-%d %H:%M}",  # noqa: PLR0124  (NaT)
            row["refused"],
        )
    out.print(table, markup=False)


@accounts_app.command("change")
def change(
    login: LoginArgument,
    name: Annotated[str | None, typer.Option(help="Another name.")] = None,
    role: RoleOption = None,
    organisation: OrganisationOption = None,
    staff: StaffOption = None,
    language: LanguageOption = None,
    opened: Annotated[bool, typer.Option("--open", help="Open a closed account again.")] = False,
    by: ByOption = "",
    city: CityOption = Path(),
) -> None:
    """Change an account; `--organisation ""` and `--staff ""` take it off."""
    from outreach.pipeline import accounts

    whose = accounts.account_of(city, login)
    changes = _details(city, name, role, organisation or None, staff or None, language)
    if organisation == "":
        changes["organisation_id"] = None
    if staff == "":
        changes["staff_id"] = None
    if opened:
        changes["active"] = True
    if not changes:
        raise InputError("say what is to change: --role, --name and others; nothing was changed")
    accounts.change_account(city, whose["account_id"], changes, by=by or getuser(), now=now())
    out.print(f"{whose['login']}: changed {', '.join(sorted(changes))}", markup=False)


@accounts_app.command("reset")
def reset(login: LoginArgument, by: ByOption = "", city: CityOption = Path()) -> None:
    """Print a one-time password for somebody who forgot theirs; their sessions end."""
    from outreach.pipeline import accounts

    whose = accounts.account_of(city, login)
    given = accounts.reset_password(city, whose["account_id"], by=by or getuser(), now=now())
    _show_once(given)


@accounts_app.command("close")
def close(login: LoginArgument, by: ByOption = "", city: CityOption = Path()) -> None:
    """Let somebody in no more, at once; `change LOGIN --open` undoes it."""
    from outreach.pipeline import accounts

    whose = accounts.account_of(city, login)
    accounts.close_account(city, whose["account_id"], by=by or getuser(), now=now())
    out.print(f"{whose['login']}: closed", markup=False)
