"""Referrals: open one, note the next step, close it with what came of it (duty 20)."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pandas as pd
import streamlit as st

from outreach.pages import frame, log_whom, saving, wall_clock, work_cards
from outreach.pages.language import _
from outreach.pages.work_forms import days_in_words, in_words
from outreach.pipeline import lists, referrals
from outreach.pipeline.referrals import ReferralEntry
from outreach.pipeline.view import CityView
from outreach.weeks import local_date
from outreach.work_words import BARRIERS, REFERRAL_OUTCOMES, REFERRAL_STEPS, SERVICES

_ID = "referral id"


def tab(view: CityView, by: str) -> None:
    """Show open referrals with their next step, and offer to open one."""
    saving.say()
    people = lists.people(view.folder, now=wall_clock.now())
    if people.empty:
        frame.nothing_yet(
            _("Nobody is enrolled yet, so nobody can be referred."),
            _("Enrol somebody on the page “Participants”."),
        )
        return
    labels = people["label"].map(days_in_words)  # with the birth date
    names = dict(zip(people["participant_id"], labels, strict=True))
    whom = log_whom.asked_for(view.folder)
    about = whom.participant_id if whom is not None else None
    person = st.selectbox(
        _("Whom"), list(names), list(names).index(about) if about in names else None,
        format_func=names.__getitem__, placeholder=_("Type a name, or see all that are open"),
        key=f"referred {saving.saves()}",
    )  # fmt: skip
    found = lists.open_referrals(view.folder, now=wall_clock.now())
    if person is not None:
        found = found[found["participant_id"] == person]
        with st.expander(_("Open a referral"), expanded=found.empty):
            open_one(view, person, by)
    told = _("Open referrals ({referrals})").format(referrals=len(found))
    st.markdown(f"**{told}**")
    if found.empty:
        st.caption(
            _("None.") if person is not None else _("None. Choose somebody above to open one.")
        )
    for row in found.to_dict("records"):
        show_one(view, row, by)


def show_one(view: CityView, row: Mapping[Any, Any], by: str) -> None:
    """Show one referral with its next steps."""
    key = row["referral_id"]
    with st.container(key=f"due-referral-{key}", gap="xsmall"):
        st.html(work_cards.referral_html(row, view.city.time_zone))
        with st.container(horizontal=True, gap="small"):
            with st.popover(_("Next step")):
                next_step(view, row, by)
            with st.popover(_("Close it")):
                close(view, row, by)


def next_step(view: CityView, row: Mapping[Any, Any], by: str) -> None:
    """Keep how far a referral came, now."""
    key = row["referral_id"]
    done = REFERRAL_STEPS.index(row["step"]) if row["step"] in REFERRAL_STEPS else -1
    ahead = REFERRAL_STEPS[done + 1 :]
    if not ahead:
        st.caption(_("All steps are done: close it with what came of it."))
    for step in ahead:
        if st.button(step_words(step), key=f"step {key} {step}", width="stretch"):
            now = wall_clock.now()
            saving.keep(
                lambda step=step, now=now: referrals.add_step(  # type: ignore[misc]
                    view.folder, key, step, happened_at=now, by=by, now=now
                ),
                _("Saved: {organisation}, {step}.").format(
                    organisation=row["organisation"], step=step_words(step).lower()
                ),
                by,
            )


def step_words(step: str) -> str:
    """Return a step as people read it."""
    return {"retained": _("Still there later")}.get(step, in_words(step))


def outcome_words(outcome: str) -> str:
    """Return what came of a referral as people read it."""
    return {"declined": _("They declined it")}.get(outcome, in_words(outcome))


def close(view: CityView, row: Mapping[Any, Any], by: str) -> None:
    """Close a referral with its outcome; there is no other way."""
    key = row["referral_id"]
    with st.form(f"close {key}", border=False):
        outcome = st.radio(
            _("What came of it"), REFERRAL_OUTCOMES, index=None, format_func=outcome_words,
            key=f"came of {key}",
        )  # fmt: skip
        note = st.container()  # above the button: below it nobody sees it on a phone
        if not st.form_submit_button(_("Close the referral"), type="primary", width="stretch"):
            return
    if outcome is None:
        note.warning(_("Say what came of it: a referral is not closed without an outcome."))
        return
    saving.keep(
        lambda: referrals.close_referral(view.folder, key, outcome, by=by, now=wall_clock.now()),
        _("Closed: {organisation}, {outcome}.").format(
            organisation=row["organisation"], outcome=outcome_words(outcome).lower()
        ),
        by,
    )


def open_one(view: CityView, person: str, by: str) -> None:
    """Ask to whom, for what, and whether somebody goes along."""
    log_whom.show_limits(view, log_whom.Whom("", person), wall_clock.now())
    referral_id: str = st.session_state.setdefault(_ID, uuid4().hex)
    service = st.pills(_("For"), SERVICES, format_func=in_words, key=f"for {referral_id}")
    found = referrals.referral_choices(view.folder, person, service=service)
    if found.empty:
        st.info(_("No partner is recorded yet. Add one on the page “Staff”, under Partners."))
        return
    offers = {row["organisation_id"]: _offer(row) for row in found.to_dict("records")}
    workers = lists.workers(view.folder)
    today = local_date(wall_clock.now(), view.city.time_zone)
    with st.form(f"referral {referral_id}", border=False, width=640):
        to = st.selectbox(_("To which partner"), list(offers), format_func=offers.__getitem__)
        warm = st.checkbox(_("Warm hand-off: we introduce them in person"))
        barrier = st.selectbox(
            _("What stands in the way"), BARRIERS, index=None, format_func=in_words,
            placeholder=_("Nothing known"),
        )  # fmt: skip
        day = st.date_input(_("Somebody goes along on (may stay empty)"), None, min_value=today)
        along = st.selectbox(
            _("Who goes along"), list(workers), index=None, format_func=workers.__getitem__,
            placeholder=_("Not decided"),
        )  # fmt: skip
        if not st.form_submit_button(_("Open the referral"), type="primary", width="stretch"):
            return
    if service is None:
        st.warning(_("Choose what it is for; nothing was kept yet."))
        return
    entry = ReferralEntry(
        referral_id, person, to, service, warm, barrier, accompany_on=day, staff_id=along
    )

    def kept() -> None:
        referrals.open_referral(view.folder, entry, by=by, now=wall_clock.now())
        st.session_state.pop(_ID, None)

    saving.keep(
        kept, _("Saved: offered {organisation}.").format(organisation=offers[to].split(" (")[0]), by
    )


def _offer(row: Mapping[Any, Any]) -> str:
    told = [_("preferred")] if row["preferred"] else []
    told += [_("warm hand-off")] if row["warm_handoff"] else []
    told += [_("gave this before")] if row["given"] else []
    if row["past_reached"]:
        past = _("came to something {reached} of {times} times before")
        told.append(past.format(reached=row["past_reached"], times=row["past"]))
    if not pd.isna(row["last_barrier"]):
        last = in_words(row["last_barrier"]).lower()
        told.append(_("last in the way: {barrier}").format(barrier=last))
    return f"{row['name']} ({'; '.join(told)})" if told else str(row["name"])
