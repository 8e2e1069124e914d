"""Forms of the directory: a place's entry changed, or a new one, with hours read as one types."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from outreach.errors import WorkError
from outreach.language.translate import N_
from outreach.maps.style import kind_label
from outreach.pages import frame, saving, wall_clock, work_forms
from outreach.pages import language as reader
from outreach.pages.language import _
from outreach.pipeline import directory, locate
from outreach.pipeline.directory import kinds_of_help
from outreach.resources.hours.openings import read_hours, say
from outreach.work_words import LANGUAGES

_BLANK: Mapping[str, Any] = {
    "name": "", "kind": None, "phone": None, "address": None, "website": None, "hours_text": None,
    "eligibility": None, "minimum_age": None, "maximum_age": None, "documents": None,
    "languages": "", "accessibility": None, "capacity_available": None, "capacity_maximum": None,
    "redacted": False,
}  # fmt: skip
_HIDDEN_HELP = N_(
    "A site for people in danger, for example. It is never on sheets, maps or exports."
)
_MUST: Mapping[str, str] = {"name": N_("Name"), "kind": N_("Kind"), "address": N_("Address")}


def add(folder: Path, by: str, at: datetime) -> None:  # noqa: ARG001
    """Add a place by hand; the streets tell where its address lies."""
    given = _fields(_BLANK, f"new {saving.saves()}")
    if not st.button(_("Add the place"), type="primary"):
        return
    missing = ", ".join(_(label).lower() for name, label in _MUST.items() if not given[name])
    if missing:
        st.warning(_("Still missing: {fields}. Nothing was kept yet.").format(fields=missing))
        return

    def keep() -> None:
        lon, lat = locate.locate(folder, str(given["address"]))
        details = {name: value for name, value in given.items() if value not in (None, "")}
        directory.add_resource(
            folder, {**details, "lon": lon, "lat": lat}, by=by, now=wall_clock.now()
        )

    told = _("Kept: {name} is in the directory, verified today.").format(name=given["name"])
    saving.keep(keep, told, by)


def change(folder: Path, place: Mapping[Any, Any], by: str) -> None:
    """Change a place's entry; only what is different is kept, under the name of who did it."""
    key = f"{place['resource_id']} {saving.saves()}"
    given = _fields(place, key)
    move = st.checkbox(
        _("Move its point to where the address lies by the streets"), key=f"move {key}"
    )
    if not st.button(_("Keep the changes"), type="primary", key=f"keep {key}"):
        return
    changes = {name: value for name, value in given.items() if not _same(value, place[name])}
    if not changes and not move:
        st.info(_("Nothing was different, so nothing was changed."))
        return

    def keep() -> None:
        if move:
            if not given["address"]:
                raise WorkError("without an address there is nothing to move it to")
            lon, lat = locate.locate(folder, str(given["address"]))
            changes.update({"lon": lon, "lat": lat})
        directory.change_resource(
            folder, place["resource_id"], changes, by=by, now=wall_clock.now()
        )

    told = _("Kept: the entry of {name}.").format(name=given["name"] or place["name"])
    saving.keep(keep, told, by)


def _same(new: Any, old: Any) -> bool:
    """Whether a field is as it was; an empty field is one that has nothing."""
    empty = [value is None or value == "" or bool(pd.isna(value)) for value in (new, old)]
    return all(empty) or (not any(empty) and new == old)


def _fields(old: Mapping[Any, Any], key: str) -> dict[str, Any]:
    """Ask for all that can be changed; ``old`` stands in the fields."""
    kinds = list(kinds_of_help()["kind"])
    with st.container(width=680):
        given: dict[str, Any] = {"name": _text(_("Name"), old, "name", key, most=120)}
        at = kinds.index(old["kind"]) if old["kind"] in kinds else None
        given["kind"] = st.selectbox(
            _("Kind"), kinds, at, format_func=lambda one: kind_label(one, reader.language()),
            placeholder=_("Choose what it is"), key=f"kind {key}",
        )  # fmt: skip
        given["address"] = _text(_("Address"), old, "address", key, hint="12 Elm St", most=160)
        left, right = st.columns(2)
        with left:
            given["phone"] = _text(_("Phone"), old, "phone", key, most=40)
        with right:
            given["website"] = _text(_("Website"), old, "website", key, most=200)
        given["hours_text"] = _hours(old, key)
        given["eligibility"] = _text(_("For whom"), old, "eligibility", key, hint=_("Anybody"))
        left, right = st.columns(2)
        with left:
            given["minimum_age"] = _number(_("From age"), old, "minimum_age", key, 120)
        with right:
            given["maximum_age"] = _number(_("Up to age"), old, "maximum_age", key, 120)
        given["documents"] = _text(_("To bring"), old, "documents", key)
        given["languages"] = _languages(old, key)
        given["accessibility"] = _text(_("Accessibility"), old, "accessibility", key)
        left, right = st.columns(2)
        with left:
            given["capacity_available"] = _number(_("Free now"), old, "capacity_available", key)
        with right:
            given["capacity_maximum"] = _number(_("Places in all"), old, "capacity_maximum", key)
        given["redacted"] = st.checkbox(
            _("Confidential"), bool(old["redacted"]), help=_(_HIDDEN_HELP), key=f"redacted {key}"
        )
    return given


def _text(
    label: str, old: Mapping[Any, Any], name: str, key: str, *, hint: str = "", most: int = 400
) -> str:
    value = old[name] if isinstance(old[name], str) else ""
    given = st.text_input(
        label, value, max_chars=max(most, len(value)), placeholder=hint, key=f"{name} {key}"
    )
    return given.strip()


def _number(
    label: str, old: Mapping[Any, Any], name: str, key: str, most: int = 10_000
) -> float | None:
    value = None if old[name] is None or pd.isna(old[name]) else float(old[name])
    given: float | None = st.number_input(
        label, 0.0, float(most), value, step=1.0, format="%g", key=f"{name} {key}"
    )
    return given


def _languages(old: Mapping[Any, Any], key: str) -> str:
    spoken = str(old["languages"]).split()
    chosen = st.multiselect(
        _("Languages"), list(dict.fromkeys([*LANGUAGES, *spoken])), spoken,
        format_func=work_forms.language, key=f"languages {key}",
    )  # fmt: skip
    return " ".join(chosen)


def _hours(old: Mapping[Any, Any], key: str) -> str:
    """Ask for the hours, and say at once how they are read."""
    hint = "Mon-Fri 9am-5pm, closed holidays"  # they are read in English
    text = _text(_("Hours"), old, "hours_text", key, hint=hint, most=600)
    if text:
        reading = read_hours(text)
        if reading.hours is None:
            st.caption(f":material/help: {frame.plain_markdown(not_read(reading.why))}")
        else:
            told = _("Read as: {hours}").format(hours=frame.plain_markdown(say(reading.hours)))
            st.caption(f":material/check: {told}")
    else:
        st.caption(_("As people say it: 1st and 3rd Monday 9-11am, closed holidays."))
    return text


def not_read(why: str) -> str:
    """Return what happens to hours that are not understood."""
    told = _("Not understood: {why}. It will be shown as written.")
    return told.format(why=why or _("no days or times in it"))
