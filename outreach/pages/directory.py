"""The directory of help: look a place up, make sure of it, change it, bring in, hand on."""

from datetime import datetime
from pathlib import Path

import pandas as pd
import streamlit as st

from outreach.config import City
from outreach.language.translate import N_
from outreach.maps.style import kind_label
from outreach.pages import (
    directory_files,
    directory_forms,
    directory_place,
    directory_tables,
    frame,
    saving,
    wall_clock,
    work_forms,
)
from outreach.pages.language import _, language, need_label, number
from outreach.pipeline import directory as places_of_help
from outreach.pipeline.directory_checks import looked_over
from outreach.pipeline.directory_list import states_at
from outreach.roles import viewer
from outreach.schemas import NEEDS
from outreach.weeks import local_date

AT_ONCE = 25  # cards on a phone
WIDTHS = {
    N_("Name"): 195, N_("To ask about"): 135, N_("Now"): 190, N_("Kind"): 160,
    N_("Phone"): 105, N_("Hours"): 200,
}  # fmt: skip
OPEN, TO_VERIFY = N_("Open now"), N_("To verify")


def page() -> None:
    """Show the list of places, or one of them."""
    folder, city = frame.open_without_calls(
        _("Directory"),
        _("Places that help: for whom, when they are open, and who made sure of it when."),
    )
    by = work_forms.who()
    saving.say()
    at = wall_clock.now()
    places = frame.read(lambda: known(folder, city, at))
    chosen = st.query_params.get(directory_place.CHOSEN)
    if chosen is not None and chosen in set(places["resource_id"]):
        directory_place.show(folder, city, places, chosen, by, at)
        return
    if chosen is not None:
        st.query_params.pop(directory_place.CHOSEN)
        st.info(_("That place is not in the directory any more."))
    if places.empty:
        frame.nothing_yet(
            _("No place of help is known yet, so no stop can be told where help is near."),
            _("Bring in a file below, or add the first place by hand.")
            if viewer().may("record")
            else _("The team's lead brings places in."),
        )
    else:
        show_list(places, city, at)
    if viewer().may("record"):
        with st.expander(_("Add a place"), icon=":material/add:"):
            directory_forms.add(folder, by, at)
        with st.expander(_("Bring in a file"), expanded=places.empty, icon=":material/upload:"):
            directory_files.bring_in(folder, by)
    if len(places):
        with st.expander(_("Hand the directory on"), icon=":material/download:"):
            directory_files.hand_on(folder, places, by)


def known(folder: Path, city: City, at: datetime) -> pd.DataFrame:
    """Return the places with what is doubtful about them, and whether they are open."""
    resources = places_of_help.read_directory(folder)
    changed, today = frame.stamp(folder), local_date(at, city.time_zone)
    with st.spinner(_("Comparing places with the streets …")):
        checked = _checked(str(folder), changed, viewer().may("points"), resources, today)
    return checked.join(states_at(checked, at, city))


@st.cache_resource(max_entries=2, show_spinner=False)
def _checked(
    folder: str,
    changed: float,  # noqa: ARG001
    points: bool,  # noqa: ARG001
    _resources: pd.DataFrame,
    day: object,
) -> pd.DataFrame:
    return looked_over(Path(folder), _resources, today=day)  # type: ignore[arg-type]


def show_list(places: pd.DataFrame, city: City, at: datetime) -> None:
    """Let somebody narrow the list down and open a place."""
    st.markdown(
        frame.plain_markdown(directory_tables.summary_words(places, city.resources.stale_days))
    )
    found = narrowed(places)
    if found.empty:
        st.info(_("No place fits; take one of the choices above away."))
        return
    if len(found) < len(places):
        st.caption(_("{n} of {all} places").format(n=number(len(found)), all=number(len(places))))
    table = directory_tables.listed(found, at, city.time_zone)
    with st.container(key="wide-places"):
        st.caption(_("Click the box before a place to open it."))
        event = st.dataframe(
            table,
            hide_index=True,
            on_select="rerun",
            selection_mode="single-row",
            height=min(720, frame.table_height(len(table))),
            column_config={
                name: st.column_config.TextColumn(_(name), width=width)
                for name, width in WIDTHS.items()
            },
            key=f"places {st.session_state.get(directory_place.OPENED, 0)}",
        )
        rows = event["selection"]["rows"]
        if rows and rows[0] < len(found):
            directory_place.open_one(found["resource_id"].iloc[rows[0]])
            st.rerun()
    with st.container(key="cards-places"):
        cards(found, city, at)


def cards(found: pd.DataFrame, city: City, at: datetime) -> None:
    """Show the places one below the other, each with a button that opens it."""
    many = int(st.session_state.get("places shown", AT_ONCE))
    for place in found.head(many).to_dict("records"):
        key = f"place-{place['resource_id']}"
        with st.container(key=key, horizontal=True, vertical_alignment="top"):
            st.html(directory_tables.row_html(place, at, city.time_zone))
            st.button(
                _("Open it"), key=f"open {place['resource_id']}",
                on_click=directory_place.open_one, args=(place["resource_id"],),
            )  # fmt: skip
    more = _("Show more ({n} left)").format(n=number(len(found) - many))
    if len(found) > many and st.button(more, width="stretch"):
        st.session_state["places shown"] = many + AT_ONCE
        st.rerun()


def narrowed(places: pd.DataFrame) -> pd.DataFrame:
    """Ask what is looked for, and return the places that fit."""
    kinds = sorted(places["kind"].unique())
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            _("Look for"), placeholder=_("Name, organization, street"), width=280,
            key="looked for",
        )  # fmt: skip
        need = st.selectbox(
            _("For"), NEEDS, index=None, format_func=need_label, placeholder=_("Any need"),
            width=190, key="for need",
        )  # fmt: skip
        kind = st.selectbox(
            _("Kind"), kinds, index=None, format_func=lambda one: kind_label(one, language()),
            placeholder=_("Any kind"), width=150, key="of kind",
        )  # fmt: skip
        only = st.pills(
            _("Only"), (OPEN, TO_VERIFY), format_func=_, selection_mode="multi", key="only",
            width="content",
        )  # fmt: skip
    return directory_tables.found(
        places, text=text, need=need, kind=kind, open_now=OPEN in only, to_verify=TO_VERIFY in only
    )


if __name__ == "__main__":
    page()
