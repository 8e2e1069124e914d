"""Accounts: who may log in and as what; for the admin."""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from outreach.language.translate import LANGUAGES
from outreach.pages import confirm, frame, saving, wall_clock, who, work_forms
from outreach.pages.frame import plain_markdown
from outreach.pages.language import _, moment, role_label
from outreach.pipeline import accounts
from outreach.roles import ACCOUNT_ROLES

_GIVEN = "one-time password"  # whose it is, and the password: shown once


def page() -> None:
    """Show who may log in; add, change, close, and give a new password."""
    folder, city = frame.open_without_calls(
        _("Accounts"), _("Who may log in, and as what. Everything here is in the audit trail.")
    )
    by = work_forms.who()
    saving.say()
    _show_given()
    found = frame.read(lambda: accounts.list_accounts(folder, wall_clock.now()))
    names = frame.read(lambda: accounts.choices(folder))
    if found.empty:
        frame.nothing_yet(
            _("Nobody can log in yet."), _("Make the first account below, with the role Admin.")
        )
    else:
        st.html(cards_html(found, city.time_zone))
        with st.expander(_("Change an account")):
            _change(folder, found, names, by)
    with st.expander(_("Add an account"), expanded=found.empty):
        _add(folder, names, by)


def cards_html(found: pd.DataFrame, time_zone: str) -> str:
    """Return one card an account.

    Needs    what list_accounts returns
    """
    cards = []
    states = {"closed": _("closed"), "no current agreement": _("no current agreement")}
    for row in found.to_dict("records"):
        whose = ", ".join(filter(None, (row["organisation"], row["worker"])))
        role = f"{role_label(row['role'])} ({whose})" if whose else role_label(row["role"])
        by = _("single sign-on") if row["kind"] == "sso" else _("password")
        if pd.isna(row["seen_at"]):
            seen = _("never logged in")
        else:
            seen = _("last seen {when}").format(when=moment(row["seen_at"], time_zone))
        state = states.get(row["refused"], "")
        mark = f" <strong>{escape(state)}</strong>" if state else ""
        cards.append(
            f"<section><p><strong>{escape(row['name'])}</strong> {escape(row['login'])}{mark}</p>"
            f'<p>{escape(role)}</p><p class="quiet">{escape(by)}, {escape(seen)}</p></section>'
        )
    return f'<div class="people">{"".join(cards)}</div>'


def _show_given() -> None:
    """Show a one-time password until somebody has read it; it is kept nowhere."""
    given = st.session_state.get(_GIVEN)
    if given is None:
        return
    name, password = given
    with st.container(border=True):
        text = _("The one-time password of {name}. It is shown only now; give it to them yourself.")
        st.markdown(plain_markdown(text.format(name=name)))
        st.code(password, language=None)
        st.button(_("I have passed it on"), on_click=lambda: st.session_state.pop(_GIVEN, None))


def _add(folder: Path, names: tuple[Mapping[str, str], Mapping[str, str]], by: str) -> None:
    """Ask for a new account; what is asked depends on the role, so this is no form."""
    fresh = saving.saves()
    role = st.selectbox(_("Role"), ACCOUNT_ROLES, 1, format_func=role_label, key=f"new r {fresh}")
    name = st.text_input(_("Name"), key=f"new name {fresh}", max_chars=80)
    sso = st.toggle(_("Logs in by single sign-on"), key=f"new sso {fresh}")
    label = _("E-mail address") if sso else _("Login")
    login = st.text_input(label, key=f"new login {fresh}", max_chars=120)
    details = {"name": name, "role": role, **_whose(role, names, {}, f"new {fresh}")}
    if not st.button(_("Add the account"), type="primary", key="add account"):
        return

    def action() -> str:
        at = wall_clock.now()
        return accounts.add_account(folder, login, details=details, sso=sso, by=by, now=at)

    saving.keep(lambda: _pass_on(name, action()), _("{name} can log in.").format(name=name), by)


def _pass_on(name: str, given: str) -> None:
    who.forget_answers()
    if given:
        st.session_state[_GIVEN] = (name, given)


def _whose(
    role: str,
    names: tuple[Mapping[str, str], Mapping[str, str]],
    now: Mapping[str, Any],
    key: str,
) -> dict[str, Any]:
    """Ask what a role needs: an organisation or a worker; and the language."""
    organisations, workers = names
    given: dict[str, Any] = {"organisation_id": None, "staff_id": None}
    if role in accounts.OUTSIDE:
        given["organisation_id"] = _one_of(
            _("Organisation"), organisations, now.get("organisation_id"), f"organisation {key}"
        )
        if not organisations:
            st.caption(_("No organisation is recorded; a lead adds them on the page “Staff”."))
    elif role in accounts.GOES_OUT and workers:
        label = _("Which worker of the teams is this? Leave it empty for nobody.")
        given["staff_id"] = _one_of(label, workers, now.get("staff_id"), f"worker {key}")
    language = _one_of(
        _("Language; empty: as the browser says"), LANGUAGES, now.get("language"), f"lang {key}"
    )
    return given | {"language": language}


def _one_of(label: str, names: Mapping[str, str], chosen: Any, key: str) -> str | None:
    options = list(names)
    index = options.index(chosen) if chosen in options else None
    return st.selectbox(
        label, options, index, format_func=lambda one: names[one], key=key, placeholder=""
    )


def _change(
    folder: Path,
    found: pd.DataFrame,
    names: tuple[Mapping[str, str], Mapping[str, str]],
    by: str,
) -> None:
    """Change one account, close or open it, or give a new password."""
    fresh, rows = saving.saves(), found.set_index("account_id")
    account_id = st.selectbox(
        _("Whose account?"),
        list(rows.index),
        None,
        format_func=lambda one: f"{rows.loc[one, 'name']} ({rows.loc[one, 'login']})",
        key=f"whose account {fresh}",
    )
    if account_id is None:
        return
    now = {str(key): value for key, value in rows.loc[account_id].items()}
    key = f"{account_id} {fresh}"
    name = st.text_input(_("Name"), now["name"], key=f"name {key}", max_chars=80)
    index = ACCOUNT_ROLES.index(now["role"])
    role = st.selectbox(_("Role"), ACCOUNT_ROLES, index, format_func=role_label, key=f"role {key}")
    asked = {"name": name, "role": role, **_whose(role, names, now, f"{role} {key}")}
    changes = {what: value for what, value in asked.items() if value != now[what]}
    if st.button(_("Save the changes"), disabled=not changes, key=f"save {key}"):
        _keep(folder, account_id, changes, _("{name}: saved.").format(name=name), by)
    with st.container(horizontal=True):
        _close_or_open(folder, account_id, now, by)
        if now["kind"] == "local" and now["active"]:
            _reset(folder, account_id, now, by)


def _keep(folder: Path, account_id: str, changes: Mapping[str, Any], said: str, by: str) -> None:
    def action() -> None:
        at = wall_clock.now()
        accounts.change_account(folder, account_id, changes, by=by, now=at)
        who.forget_answers()

    saving.keep(action, said, by)


def _close_or_open(folder: Path, account_id: str, now: Mapping[str, Any], by: str) -> None:
    name = now["name"]
    if not now["active"]:
        if st.button(_("Open it again"), key=f"open {account_id}"):
            said = _("{name} can log in again.").format(name=name)
            _keep(folder, account_id, {"active": True}, said, by)
        return
    told = _("{name} is logged out at once and cannot log in; what they did keeps their name.")
    told = plain_markdown(told.format(name=name))
    key = f"close {account_id}"
    if confirm.sure(_("Close the account"), told, key=key, yes=_("Yes, close it")):
        said = _("{name}'s account is closed.").format(name=name)
        _keep(folder, account_id, {"active": False}, said, by)


def _reset(folder: Path, account_id: str, now: Mapping[str, Any], by: str) -> None:
    name = now["name"]
    told = _("{name} is logged out at once; the password until now holds no more.")
    told = plain_markdown(told.format(name=name))
    key = f"reset {account_id}"
    if not confirm.sure(_("Give a new password"), told, key=key, yes=_("Yes, give a new one")):
        return

    def action() -> None:
        at = wall_clock.now()
        _pass_on(name, accounts.reset_password(folder, account_id, by=by, now=at))

    saving.keep(action, _("{name} has a one-time password.").format(name=name), by)


if __name__ == "__main__":
    page()
