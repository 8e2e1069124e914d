"""Files of places through the browser: looked at first, taken in on a second click; handed on."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from outreach.maps.style import kind_label
from outreach.pages import frame, saving, tables, wall_clock
from outreach.pages.language import _, _n, language, number
from outreach.pipeline import directory
from outreach.pipeline.directory_import import Imported, import_places
from outreach.reports.exports import csv_bytes

_KINDS = ["csv", "tsv", "txt", "geojson", "json", "zip", "osm", "bz2", "gz", "pbf"]
_LOOKED = "places looked at"


def bring_in(folder: Path, by: str) -> None:
    """Let somebody look at a file of places and take it in."""
    st.caption(
        _(
            "CSV, GeoJSON, OpenStreetMap, or HSDS (a data package as .zip, or JSON). A place that "
            "is known already is brought up to date; what was corrected here stays."
        )
    )
    kinds = sorted(directory.kinds_of_help()["kind"])
    kind = st.selectbox(
        _("What the places are, if the file does not say"), kinds, index=None,
        format_func=lambda one: kind_label(one, language()), placeholder=_("The file says it"),
        width=420,
    )  # fmt: skip
    # A new key empties the field, so that no file stands there as if it were still to be taken in.
    file = st.file_uploader(_("A file of places"), type=_KINDS, key=f"file {saving.saves()}")
    if file is None:
        return
    asked = (file.file_id, kind)
    seen = st.session_state.get(_LOOKED)
    if seen is None or seen[0] != asked:
        seen = (asked, _read(folder, file, kind, by, dry_run=True))
        st.session_state[_LOOKED] = seen
    if seen[1] is None:
        return
    st.caption(_("Nothing is kept yet. This is how the file was understood:"))
    show(seen[1], "looked")
    if st.button(_("Take it in"), type="primary"):
        saving.keep(
            lambda: _taken(folder, file, kind, by),
            lambda done: _("Kept: {places} of {file}.").format(
                places=_places(done.accepted), file=file.name
            ),
            by,
        )


def _taken(folder: Path, file: UploadedFile, kind: str | None, by: str) -> Imported:
    """Take a file in; unlike a look, an error goes to the caller."""
    with TemporaryDirectory() as kept, st.spinner(_("Reading the file …")):
        path = _put(Path(kept), file)
        return import_places(folder, [path], kind=kind, by=by, now=wall_clock.now())


def _read(
    folder: Path, file: UploadedFile, kind: str | None, by: str, *, dry_run: bool
) -> Imported | None:
    """Read an upload from a folder that is gone afterwards."""
    found: list[Imported] = []
    with TemporaryDirectory() as kept, st.spinner(_("Reading the file …")):
        path = _put(Path(kept), file)
        frame.attempt(
            lambda: found.append(
                import_places(
                    folder, [path], kind=kind, by=by, now=wall_clock.now(), dry_run=dry_run
                )
            ),
            hide=f"{kept}/",  # a folder that is gone tells a reader nothing
        )
    return found[0] if found else None


def _places(number_of: int) -> str:
    return _n("{number} place", "{number} places", number_of)


def _put(folder: Path, file: UploadedFile) -> Path:
    path = folder / tables.upload_name(file.name)
    path.write_bytes(file.getbuffer())
    return path


def show(found: Imported, key: str) -> None:
    """Tell what a file holds, what is set aside and why, and how its hours were read."""
    unread = found.hours_given - found.hours_read
    told = _("**{places}** of {rows} rows; {aside} set aside.").format(
        places=_places(found.accepted),
        rows=number(found.rows_in),
        aside=number(found.quarantined),
    )
    hours = _("{given} have hours on file, {read} of them read fully; {unread} stay as written.")
    if not unread:
        hours = _("{given} have hours on file, {read} of them read fully.")
    hours = hours.format(
        given=number(found.hours_given), read=number(found.hours_read), unread=number(unread)
    )
    st.markdown(f"{told} {hours}")
    if found.kept_as_corrected:
        kept = _("{n} were corrected here: the corrections stay.")
        st.markdown(kept.format(n=number(found.kept_as_corrected)))
    if found.doubtful:
        st.warning(
            _(
                "{places} may not lie where the file says: far from every street, or away from "
                "the address. They are kept and marked “To verify”."
            ).format(places=_places(found.doubtful))
        )
    for reason, rows in found.reasons.items():
        st.caption(frame.plain_markdown(f"{number(rows)}: {reason}"))
    if len(found.set_aside):
        frame.offer_file(
            _("Rows set aside with their reasons (CSV)"),
            lambda: csv_bytes(found.set_aside, encoding="utf-8-sig"),
            file_name="places-set-aside.csv", mime="text/csv",
            key=f"aside {key}",
        )  # fmt: skip
    if len(found.hours):
        frame.offer_file(
            _("Hours beside the rules read from them (CSV)"),
            lambda: csv_bytes(found.hours, encoding="utf-8-sig"),
            file_name="hours-read.csv", mime="text/csv", key=f"hours {key}",
        )  # fmt: skip


def hand_on(folder: Path, places: pd.DataFrame, by: str) -> None:
    """Offer the directory as HSDS, without confidential places (safeguard 7)."""
    hidden = int(places["redacted"].sum())
    told = _(
        "In the words of the Human Services Data Specification 3.2.3, for partners and other "
        "directories."
    )
    left = _n(
        "{number} confidential place left out.", "{number} confidential places left out.", hidden
    )
    st.caption(f"{told} {left}" if hidden else told)
    if not by:
        st.caption(_("Give your name at the top of the page first: who exports it is recorded."))
    with st.container(horizontal=True):
        for ending, name, mime in (
            (".zip", _("Data package (.zip)"), "application/zip"),
            (".json", "JSON", "application/json"),
        ):
            frame.offer_file(
                name,
                lambda ending=ending: directory.exported(  # type: ignore[misc]
                    folder, f"directory{ending}", by=by, now=wall_clock.now()
                ),
                file_name=f"directory{ending}", mime=mime, disabled=not by,
                key=f"export {ending}",
            )  # fmt: skip
