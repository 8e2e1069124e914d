"""What came in: imports that add up, rows set aside with reasons, call types without a need."""

from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from outreach.pages import frame, tables, upload, wall_clock
from outreach.pipeline import audit_trail
from outreach.pipeline.view import CityView


def page() -> None:
    """Show every file that came in and what became of its rows."""
    view = frame.open_page(
        "What came in",
        "Every row of every file is accounted for: rows in = accepted + duplicates + set aside.",
    )
    if not len(view.imports):
        frame.nothing_yet(
            "No file has come in yet.",
            "Choose one below; nothing is stored before you agree. Or: outreach ingest FILE.",
        )
        upload.offer(view)
        return
    totals(view.imports)
    files(view.imports, view.city.time_zone)
    set_aside(view)
    types(view.call_types)
    upload.offer(view)


def totals(imports: pd.DataFrame) -> None:
    """Show the sums, and the shares that a reader must know."""
    sums = imports[["rows_in", "accepted", "duplicates", "quarantined"]].sum()
    names = ("Rows in", "Accepted", "Duplicates", "Set aside")
    with st.container(horizontal=True):
        for name, value in zip(names, sums, strict=True):
            st.metric(name, f"{int(value):,}", width="content", border=True)
    accepted = max(int(imports["accepted"].sum()), 1)
    officer, unplaced = int(imports["officer_initiated"].sum()), int(imports["unplaced"].sum())
    st.markdown(
        f"Of {accepted:,} accepted rows, **{officer / accepted:.0%}** ({officer:,}) were started "
        f"by officers or staff: kept, and counted nowhere as need. **{unplaced / accepted:.1%}** "
        f"({unplaced:,}) could not be placed on the map."
    )


def files(imports: pd.DataFrame, zone: str) -> None:
    """List the files, newest first."""
    st.subheader("Files")
    shown = imports.sort_values("ingested_at", ascending=False)
    times = ("ingested_at", "first_received_at", "last_received_at")
    local = {column: shown[column].dt.tz_convert(zone).dt.tz_localize(None) for column in times}
    names = {
        "file": "File",
        "export": "Read as",
        "ingested_at": "Came in",
        **tables.COUNTS_SHOWN,
        "first_received_at": "First call",
        "last_received_at": "Last call",
    }
    moment = st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm")
    st.dataframe(
        shown.assign(**local)[list(names)].rename(columns=names),
        hide_index=True,
        column_config={names[column]: moment for column in times},
    )


def set_aside(view: CityView) -> None:
    """Show why rows were set aside, and hand them out to be mended."""
    st.subheader("Set aside")
    if not view.quarantine:
        st.info("No row was set aside.")
        return
    st.caption("Mend the rows and bring the file in again; nothing is lost or counted twice.")
    known = view.imports.set_index("batch_id")
    names = known["file"] + ": " + known["quarantined"].map("{:,}".format) + " rows"
    for number, path in enumerate(view.quarantine):
        name = str(names.get(path.parent.name, path.parent.name))
        with st.expander(frame.plain_markdown(name)):
            st.dataframe(tables.reasons(path), hide_index=True)
            frame.offer_file(
                "These rows with their reasons (CSV)",
                partial(_rows_set_aside, view.folder, path),
                file_name=f"set-aside-{path.parent.name}.csv",
                mime="text/csv",
                key=f"aside {number}",
            )


def _rows_set_aside(folder: Path, path: Path) -> bytes:
    """Return rows as they came, with whatever names are in them, and write down who took them."""
    audit_trail.took(folder, f"rows set aside of {path.parent.name}", now=wall_clock.now())
    return tables.safe_file(path)


def types(call_types: pd.DataFrame) -> None:
    """Show call types that have no need yet (duty 2)."""
    st.subheader("Call types without a need")
    table, share = tables.unmapped(call_types)
    st.markdown(
        f"**{share:.1%}** of the public's calls have a type whose need is not known. "
        "Give the types that count most a need in the city folder's `call_types.csv`."
    )
    names = {"call_type": "Call type", "calls": "Calls"}
    if len(table):
        st.dataframe(table.rename(columns=names), hide_index=True)


if __name__ == "__main__":
    page()
