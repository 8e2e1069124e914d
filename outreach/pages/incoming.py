"""What came in: imports that add up, rows set aside with reasons, call types without a need."""

from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from outreach.pages import frame, tables, upload, wall_clock
from outreach.pages.language import _, _n, number
from outreach.pipeline import audit_trail
from outreach.pipeline.view import CityView


def page() -> None:
    """Show every file that came in and what became of its rows."""
    view = frame.open_page(
        _("What came in"),
        _("Every row of every file is accounted for: rows in = accepted + duplicates + set aside."),
    )
    if not len(view.imports):
        frame.nothing_yet(
            _("No file has come in yet."),
            _("Choose one below; nothing is stored before you agree. Or: outreach ingest FILE."),
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
    with st.container(horizontal=True):
        for column in ("rows_in", "accepted", "duplicates", "quarantined"):
            name = _(tables.COUNTS_SHOWN[column])
            st.metric(name, number(int(imports[column].sum())), width="content", border=True)
    accepted = max(int(imports["accepted"].sum()), 1)
    officer, unplaced = int(imports["officer_initiated"].sum()), int(imports["unplaced"].sum())
    st.markdown(
        _(
            "Of {accepted} accepted rows, **{officer_share}** ({officer}) were started by officers "
            "or staff: kept, and counted nowhere as need. **{unplaced_share}** ({unplaced}) could "
            "not be placed on the map."
        ).format(
            accepted=number(accepted),
            officer_share=f"{officer / accepted:.0%}",
            officer=number(officer),
            unplaced_share=f"{unplaced / accepted:.1%}",
            unplaced=number(unplaced),
        )
    )


def files(imports: pd.DataFrame, zone: str) -> None:
    """List the files, newest first."""
    st.subheader(_("Files"))
    shown = imports.sort_values("ingested_at", ascending=False)
    times = ("ingested_at", "first_received_at", "last_received_at")
    local = {column: shown[column].dt.tz_convert(zone).dt.tz_localize(None) for column in times}
    names = {
        "file": _("File"),
        "export": _("Read as"),
        "ingested_at": _("Came in"),
        **{column: _(name) for column, name in tables.COUNTS_SHOWN.items()},
        "first_received_at": _("First call"),
        "last_received_at": _("Last call"),
    }
    heads: dict[str, Any] = {
        column: st.column_config.DatetimeColumn(name, format="D MMM YYYY, h:mm A")
        if column in times
        else st.column_config.Column(name)
        for column, name in names.items()
    }
    st.dataframe(shown.assign(**local)[list(names)], hide_index=True, column_config=heads)


def set_aside(view: CityView) -> None:
    """Show why rows were set aside, and hand them out to be mended."""
    st.subheader(_("Set aside"))
    if not view.quarantine:
        st.info(_("No row was set aside."))
        return
    st.caption(_("Mend the rows and bring the file in again; nothing is lost or counted twice."))
    known = view.imports.set_index("batch_id")
    rows = known["quarantined"].map(lambda many: _n("{number} row", "{number} rows", many))
    names = known["file"] + ": " + rows
    for place, path in enumerate(view.quarantine):
        name = str(names.get(path.parent.name, path.parent.name))
        with st.expander(frame.plain_markdown(name)):
            heads = {"Reason": _("Reason"), "Rows": _("Rows")}
            st.dataframe(tables.reasons(path), hide_index=True, column_config=heads)
            frame.offer_file(
                _("These rows with their reasons (CSV)"),
                partial(_rows_set_aside, view.folder, path),
                file_name=f"set-aside-{path.parent.name}.csv",
                mime="text/csv",
                key=f"aside {place}",
            )


def _rows_set_aside(folder: Path, path: Path) -> bytes:
    """Return rows as they came, with whatever names are in them, and write down who took them."""
    audit_trail.took(folder, f"rows set aside of {path.parent.name}", now=wall_clock.now())
    return tables.safe_file(path)


def types(call_types: pd.DataFrame) -> None:
    """Show call types that have no need yet (duty 2)."""
    st.subheader(_("Call types without a need"))
    table, share = tables.unmapped(call_types)
    st.markdown(
        _(
            "**{share}** of the public's calls have a type whose need is not known. Give the types "
            "that count most a need in the city folder's `call_types.csv`."
        ).format(share=f"{share:.1%}")
    )
    if len(table):
        heads = {"call_type": _("Call type"), "calls": _("Calls")}
        st.dataframe(table, hide_index=True, column_config=heads)


if __name__ == "__main__":
    page()
