"""Needles picked up from streets and parks: a count of their own, never a call (duty 21)."""

from datetime import time
from uuid import uuid4

import streamlit as st

from outreach.pages import log_whom, saving, wall_clock
from outreach.pages.language import _, full_day
from outreach.pipeline import lists, log
from outreach.pipeline.log import PickupEntry
from outreach.pipeline.view import CityView
from outreach.weeks import at_local, local_date

_ID = "pickup id"


def tab(view: CityView, by: str) -> None:
    """Ask how many were picked up, where, and since when it was known."""
    saving.say()
    zone = view.city.time_zone
    today = local_date(wall_clock.now(), zone)
    pickup_id: str = st.session_state.setdefault(_ID, uuid4().hex)
    asked = _asked(view)
    with st.form(f"pickup {pickup_id}", border=False, width=640):
        count = st.number_input(_("Needles picked up"), 0, 10_000, 1)
        text = log_whom.spot_field(view, _("Where"))
        closes = None
        if asked:
            closes = st.selectbox(
                _("Asked for by"), list(asked), index=None, format_func=asked.__getitem__,
                placeholder=_("Nobody asked"),
            )  # fmt: skip
        since = _("Reported on (empty: nobody reported them)")
        reported = st.date_input(since, None, max_value=today)
        if not st.form_submit_button(_("Save"), type="primary", width="stretch"):
            return
    spot = log_whom.found_spot(view, text)
    if spot is None:
        return
    address, lon, lat = spot
    now = wall_clock.now()
    entry = PickupEntry(
        pickup_id=pickup_id,
        happened_at=now,
        sharps=int(count),
        reported_at=None if reported is None else min(at_local(reported, time(12), zone), now),
        lon=lon,
        lat=lat,
        address=address,
        closes=closes,
    )

    def kept() -> None:
        log.add_pickup(view.folder, entry, by=by, now=now)
        st.session_state.pop(_ID, None)

    saving.keep(
        kept,
        _("Saved: {needles} needles at {place}.").format(needles=int(count), place=address),
        by,
    )


def _asked(view: CityView) -> dict[str, str]:
    """Return the open tasks that ask for a pickup, as people read them."""
    tasks = lists.open_tasks(view.folder, now=wall_clock.now())
    tasks = tasks[tasks["kind"] == "sharps_pickup"]
    return {
        task["task_id"]: _("{place}, due {day}").format(
            place=task["address"] or _("No address"), day=full_day(task["due_on"])
        )
        for task in tasks.to_dict("records")
    }
