"""Requests of others to see somebody, for those who decide; a section of another page."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from outreach.pages import confirm, frame, saving, wall_clock
from outreach.pages import language as reader
from outreach.pages.language import _
from outreach.pipeline import lists
from outreach.pipeline.referrals_in import (
    not_taken_up,
    open_referrals_in,
    take_up,
    take_up_and_enrol,
)


def inbox(folder: Path, by: str) -> None:
    """List the open requests with what can be done about each; nothing where there is none."""
    found: list[pd.DataFrame] = []
    if not lists.has_work(folder) or not frame.attempt(
        lambda: found.append(open_referrals_in(folder, now=wall_clock.now()))
    ):
        return
    waiting = found[0]
    if waiting.empty:
        return
    label = _("Others ask us to see somebody ({number})").format(number=len(waiting))
    with st.expander(label, expanded=True, icon=":material/inbox:"):
        st.caption(
            _(
                "A request puts nobody on a list or higher up on one. Whoever asked sees only "
                "whether it was taken up."
            )
        )
        for row in waiting.to_dict("records"):
            _request(folder, row, by)


def _request(folder: Path, row: Mapping[Any, Any], by: str) -> None:
    key = row["referral_in_id"]
    name, who = str(row["name"] or ""), str(row["organisation"] or row["recorded_by"])
    agreed = _("The person agreed.") if row["person_agreed"] else _("The person was not asked yet.")
    waits = _("asked by {organisation}, {days} days ago").format(organisation=who, days=row["days"])
    with st.container(key=f"row-in-{key}"):
        with st.container():
            st.markdown(f"**{frame.plain_markdown(name or str(row['place']))}**")
            st.caption(f"{reader.need_label(row['need'])}, {frame.plain_markdown(waits)}")
        with st.container():
            lines = [*([str(row["place"])] if name else []), str(row["phone"] or "")]
            lines += [str(row["note"] or ""), agreed]
            st.markdown("  \n".join(frame.plain_markdown(line) for line in lines if line))
            with st.popover(_("Decide …")):
                _decide(folder, row, by)


def _decide(folder: Path, row: Mapping[Any, Any], by: str) -> None:
    """Offer what can become of a request."""
    key, now = row["referral_in_id"], wall_clock.now()
    if row["person_agreed"] and st.button(
        _("Take it up and enrol them"), key=f"enrol {key}", type="primary", width="stretch"
    ):
        saving.keep(
            lambda: take_up_and_enrol(folder, key, by=by, now=now),
            _("Taken up. They are enrolled; say on their profile what they want."),
            by,
        )
    known = lists.people(folder, now=now)
    people = dict(zip(known["participant_id"], known["label"], strict=True))
    person = st.selectbox(
        _("Is it somebody enrolled already?"),
        list(people),
        index=None,
        format_func=people.__getitem__,
        placeholder=_("Type a name"),
        key=f"who {key}",
    )
    if st.button(_("Take it up"), key=f"take {key}", width="stretch"):
        saving.keep(
            lambda: take_up(folder, key, participant_id=person, by=by, now=now),
            _("Taken up. Plan a follow-up, so that somebody goes."),
            by,
        )
    told = _("Whoever asked is told that it was not taken up.")
    if confirm.sure(_("Not taken up"), told, key=f"not {key}", width="stretch"):
        saving.keep(lambda: not_taken_up(folder, key, by=by, now=now), _("Not taken up."), by)
