"""What leaves the house: updates to partners, HMIS files, and redacted records (duty 28)."""

import io
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import streamlit as st

from outreach.pages import confirm, frame, wall_clock, work_forms
from outreach.pages import language as reader
from outreach.pages.language import _
from outreach.pipeline import exports, lists
from outreach.pipeline.exports import Export
from outreach.pipeline.organisations import organisation_list

_MADE = "export made"


def page() -> None:
    """Offer the three kinds of files; each is made on a second press, and audited."""
    folder, _city = frame.open_without_calls(
        _("What leaves the house"),
        _("Each file is entered in the audit trail before you get it, with everybody in it."),
    )
    by = work_forms.who()
    if not lists.has_work(folder):
        frame.nothing_yet(
            _("No work of the team is on record yet, so there is nothing to hand out."),
            _("Log a visit or enrol somebody first."),
        )
        return
    known = frame.read(lambda: organisation_list(folder, wall_clock.now()))
    since = st.date_input(
        _("Since when (empty: all there is)"), value=None, key="export since", width=300
    )
    _update(folder, known[known["kind"] != "hmis"], since, by)
    _hmis(folder, known[known["kind"] == "hmis"], since, by)
    _records(folder, since, by)


def _update(folder: Path, known: pd.DataFrame, since: date | None, by: str) -> None:
    st.subheader(_("To a partner"))
    st.caption(
        _(
            "Only what people released to them and the agreement allows, today. Never a note. "
            "Police are told of nobody who asked for no police."
        )
    )
    to = _organisation(known, "update to")
    if to is not None:
        _offer(
            "update",
            _("The file holds what people released to {name}.").format(name=_name(known, to)),
            lambda: exports.partner_update(folder, to, since=since, by=by, now=wall_clock.now()),
            by,
        )


def _hmis(folder: Path, known: pd.DataFrame, since: date | None, by: str) -> None:
    st.subheader(_("To a homeless management information system"))
    if known.empty:
        st.caption(_("No organisation of that kind is recorded. Add one on the page “Staff”."))
        return
    st.caption(_("Files in HUD's HMIS CSV format, of people who released their status to it."))
    to = _organisation(known, "hmis to")
    if to is not None:
        _offer(
            "hmis",
            _("The files hold what people released to {name}.").format(name=_name(known, to)),
            lambda: exports.hmis_export(folder, to, since=since, by=by, now=wall_clock.now()),
            by,
        )


def _records(folder: Path, since: date | None, by: str) -> None:
    st.subheader(_("For a public-records request"))
    st.caption(
        _("A row a visit: month, outcome, way and services. No name, note, point, day or worker.")
    )
    _offer(
        "records",
        _("The file holds the team's visits without anything that tells who was visited."),
        lambda: exports.records_export(folder, since=since, by=by, now=wall_clock.now()),
        by,
    )


def _organisation(known: pd.DataFrame, key: str) -> str | None:
    """Let a lead choose an organisation with a current agreement; others are told nothing."""
    able = known[known["agreement_until"].notna()]
    if able.empty:
        st.caption(_("There is no current agreement with any, so nothing may be handed out."))
        return None
    chosen = st.selectbox(
        _("Organisation"),
        list(able["organisation_id"]),
        index=None,
        format_func=lambda one: _name(able, one),
        placeholder=_("Choose"),
        key=key,
        width=420,
    )
    if chosen is None:
        return None
    may = able.set_index("organisation_id").loc[chosen, "may_see"]
    told = ", ".join(reader.in_words(field).lower() for field in str(may).split())
    st.caption(_("At most, by the agreement: {fields}.").format(fields=told))
    return str(chosen)


def _name(known: pd.DataFrame, organisation_id: str) -> str:
    return str(known.set_index("organisation_id").loc[organisation_id, "name"])


def _offer(kind: str, told: str, make: Callable[[], Export], by: str) -> None:
    """Make a file on a second press, and hand it out; it is kept for this moment only."""
    if confirm.sure(_("Make the file"), told, key=f"export {kind}", yes=_("Yes, make it")):
        made: list[Export] = []
        if work_forms.named(by) and frame.attempt(lambda: made.append(make())):
            st.session_state[_MADE] = (kind, made[0])
            st.rerun()  # so that no other file is offered beside it
    kept, export = st.session_state.get(_MADE, ("", None))
    if kept != kind or export is None:
        return
    rows = ", ".join(f"{count:,} ({name})" for name, count in export.rows.items())
    st.success(
        _("Made, and entered in the audit trail. People: {people}. Rows: {rows}.").format(
            people=export.people, rows=frame.plain_markdown(rows)
        )
    )
    name, content = packed(export, kind)
    frame.offer_file(
        _("Download {file}").format(file=name),
        lambda: content,
        file_name=name,
        type="primary",
        on_click=lambda: st.session_state.pop(_MADE, None),
    )


def packed(export: Export, kind: str) -> tuple[str, bytes]:
    """Return an export's only file, or all of them as one ZIP."""
    if len(export.files) == 1:
        ((name, content),) = export.files.items()
        return name, content
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in export.files.items():
            archive.writestr(name, content)
    return f"{kind}.zip", into.getvalue()


if __name__ == "__main__":
    page()
