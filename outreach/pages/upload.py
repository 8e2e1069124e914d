"""A call export through the browser: looked at first, taken in on a second click, nothing left."""

from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from outreach.pages import frame, tables, wall_clock
from outreach.pages.language import _, number
from outreach.pipeline import intake
from outreach.pipeline.view import CityView

_KINDS = ["csv", "tsv", "txt", "xlsx", "xls", "parquet", "geojson", "json", "gz"]


def offer(view: CityView) -> None:
    """Let a user look at an export and take it in."""
    st.subheader(_("Bring in an export"))
    taken = st.session_state.get("taken in", [])
    if taken:
        st.success(frame.plain_markdown(taken[-1]))
    # A new key empties the field, so that no file stands there as if it were still to be taken in.
    file = st.file_uploader(
        _("A file from the dispatch system"), type=_KINDS, key=f"up{len(taken)}"
    )
    if file is None:
        return
    seen = st.session_state.get("looked at")
    if seen is None or seen[0] != file.file_id:
        looked = _read(view.folder, file, dry_run=True)
        st.session_state["looked at"] = seen = (file.file_id, looked)
    if seen[1] is None:
        return
    _show(seen[1])
    if not st.button(_("Take it in"), type="primary"):
        return
    done = _read(view.folder, file, dry_run=False)
    if done:
        st.session_state["taken in"] = [*taken, _outcome(done)]
        frame.forget()
        st.rerun()


def _outcome(done: intake.Intake) -> str:
    record = done.record
    told = _(
        "Nothing new in it, nothing was added: {file}, {rows} rows = {accepted} accepted + "
        "{duplicates} duplicates + {aside} set aside."
    )
    if done.kept:
        told = _(
            "Taken in: {file}, {rows} rows = {accepted} accepted + {duplicates} duplicates + "
            "{aside} set aside."
        )
    return told.format(
        file=record.file,
        rows=number(record.rows_in),
        accepted=number(record.accepted),
        duplicates=number(record.duplicates),
        aside=number(record.quarantined),
    )


def _read(folder: Path, file: UploadedFile, *, dry_run: bool) -> intake.Intake | None:
    """Ingest an upload from a folder that is gone afterwards."""
    found: list[intake.Intake] = []
    with TemporaryDirectory() as kept, st.spinner(_("Reading the file …")):
        path = Path(kept) / tables.upload_name(file.name)
        path.write_bytes(file.getbuffer())
        frame.attempt(
            lambda: found.append(
                intake.ingest_file(folder, path, now=wall_clock.now(), dry_run=dry_run)
            ),
            hide=f"{kept}/",  # a folder that is gone tells a reader nothing
        )
    return found[0] if found else None


def _show(looked: intake.Intake) -> None:
    st.caption(_("Nothing is stored yet. This is how the file was understood:"))
    record = asdict(looked.record)
    counts = {_(name): [record[key]] for key, name in tables.COUNTS_SHOWN.items()}
    st.dataframe(pd.DataFrame(counts), hide_index=True)
    heads = {"field": _("Field"), "column": _("Column"), "samples": _("Samples"), "why": _("Why")}
    st.dataframe(looked.mapping, hide_index=True, column_config=heads)
    for warning in looked.record.warnings:
        st.warning(frame.plain_markdown(warning))
    if looked.unmapped_share is not None and len(looked.unmapped):
        told = _("Types without a need: {share} of the public's calls")
        st.caption(told.format(share=f"{looked.unmapped_share:.1%}"))
        shown = looked.unmapped.fillna({"call_type": _("(empty)")})
        heads = {"call_type": _("Call type"), "calls": _("Calls")}
        st.dataframe(shown, hide_index=True, column_config=heads)
