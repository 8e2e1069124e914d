"""Who a participant is and where their case stands: name, worker, household, what is in the way."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

import streamlit as st

from outreach.language.translate import N_
from outreach.maps.elements import each
from outreach.pages import wall_clock
from outreach.pages.enrolment import birth_date
from outreach.pages.language import _, full_day, in_words
from outreach.pages.participant_forms import choice, entry
from outreach.pages.participant_tables import known, name_of
from outreach.pages.saving import keep, saves, worker_names
from outreach.pipeline import participants, wishes
from outreach.pipeline.log import NOTE_WARNING
from outreach.pipeline.profiles import Profile
from outreach.pipeline.view import CityView
from outreach.weeks import local_date
from outreach.work_words import BARRIERS, DOORS

AWAY = N_("No visit is planned while they are inactive. It can be taken back here at any time.")
LEFT = N_("They are no longer visited together. To be one household again they are joined anew.")
# What is said of a field that was saved.
FIELDS = {
    "given_name": N_("given name"),
    "family_name": N_("family name"),
    "birth_date": N_("birth date"),
    "phone": N_("phone"),
    "door": N_("door"),
    "note": N_("note"),
    "cap_visits": N_("cap visits"),
    "cap_days": N_("cap days"),
    "cooling_off_days": N_("cooling off days"),
}


def name_and_case(view: CityView, profile: Profile, by: str) -> None:
    """Show and change who it is and where the case stands."""
    left, right = st.columns(2, gap="large")
    with left:
        details(view, profile, by)
        aliases(view, profile, by)
    with right:
        case(view, profile, by)
        barriers(view, profile, by)
        household(view, profile, by)


def details(view: CityView, profile: Profile, by: str) -> None:
    """Change names, birth date, phone, door, note and the participant's own caps."""
    st.markdown(f"##### {_('Name and details')}")
    row = profile.participant
    with st.form(f"details {saves()}"):
        new: dict[str, Any] = {
            "given_name": _text(_("Given name"), row["given_name"]),
            "family_name": _text(_("Family name"), row["family_name"]),
            "birth_date": birth_date(row["birth_date"], key=f"born {saves()}"),
            "phone": _text(_("Phone"), row["phone"]),
            "door": st.selectbox(
                _("How they came to us"), DOORS, index=DOORS.index(row["door"]),
                format_func=in_words,
            ),
            "note": _text(_("Note"), row["note"], help=_(NOTE_WARNING)),
        }  # fmt: skip
        st.caption(_("Their own limits on visits; empty: those of the city."))
        new["cap_visits"] = _number(_("Visits at most"), row["cap_visits"])
        new["cap_days"] = _number(_("… in how many days"), row["cap_days"])
        new["cooling_off_days"] = _number(_("Days of rest after a no"), row["cooling_off_days"])
        if not st.form_submit_button(_("Save the details")):
            return
    old = {name: row[name] if known(row[name]) else None for name in new}
    changes = {name: value for name, value in new.items() if value != old[name]}
    if not changes:
        st.info(_("Nothing was changed."))
        return
    told = ", ".join(_(FIELDS[name]) for name in changes)
    action = partial(
        participants.change, view.folder, row["participant_id"], int(row["version"]), changes,
        by=by, now=wall_clock.now(),
    )  # fmt: skip
    keep(action, _("Saved: {what}.").format(what=told), by)


def _text(label: str, value: Any, help: str | None = None) -> str | None:  # noqa: A002
    text = st.text_input(label, value=value if known(value) else "", max_chars=300, help=help)
    return text.strip() or None


def _number(label: str, value: Any) -> int | None:
    return st.number_input(
        label, value=int(value) if known(value) else None, min_value=1, max_value=365, step=1,
        placeholder=_("as the city"),
    )  # fmt: skip


def aliases(view: CityView, profile: Profile, by: str) -> None:
    """Show, add and remove other names."""
    st.markdown(f"##### {_('Other names')}")
    now = wall_clock.now()
    for row in each(profile.aliases):
        sure = _("The name is not kept.")
        if entry(str(row.name), _("Remove"), str(row.alias_id), sure=sure):
            action = partial(participants.remove_alias, view.folder, row.alias_id, by=by, now=now)
            keep(action, _("Removed: a name that was wrong."), by)
    with st.form(f"alias {saves()}"):
        name = st.text_input(_("Also goes by"), max_chars=120)
        if not st.form_submit_button(_("Add the name")):
            return
    key = profile.participant["participant_id"]
    if name.strip():
        action_ = partial(participants.add_alias, view.folder, key, name.strip(), by=by, now=now)
        keep(action_, _("Saved: another name."), by)


def case(view: CityView, profile: Profile, by: str) -> None:
    """Say who carries the case, whether it is active, and renew its listing."""
    st.markdown(f"##### {_('Case')}")
    row, now = profile.participant, wall_clock.now()
    key, workers = row["participant_id"], worker_names(view.folder)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        worker = choice(_("Who carries it"), workers, row["staff_id"], _("Nobody"))
        if st.button(_("Save the worker"), disabled=worker == (row["staff_id"] or None)):
            action = partial(participants.assign_worker, view.folder, key, worker, by=by, now=now)
            said = _("Saved: carried by nobody.")
            if worker:
                said = _("Saved: carried by {name}.").format(name=workers[worker])
            keep(action, lambda warning: f"{said} {warning or ''}", by)
    status(view, row, by)
    ended = row["listed_until"] < local_date(now, view.city.time_zone)
    listed = _("Listed until {day}: ended") if ended else _("Listed until {day}")
    if entry(listed.format(day=full_day(row["listed_until"])), _("Renew"), "listing"):
        renewed = partial(participants.renew_listing, view.folder, key, by=by, now=now)
        told = _("Renewed: listed until {day}.")
        keep(renewed, lambda until: told.format(day=full_day(until)), by)


def status(view: CityView, row: Mapping[str, Any], by: str) -> None:
    """Say since when the case is active or not, and change that."""
    if row["status"] == "active":
        other, since, sure = "inactive", _("Active since {day}"), _(AWAY)
        button, said = _("Make inactive"), _("Saved: inactive.")
    else:
        other, since, sure = "active", _("Inactive since {day}"), ""
        button, said = _("Make active"), _("Saved: active.")
    if entry(since.format(day=full_day(row["status_since"])), button, "status", sure=sure):
        action = partial(
            participants.set_status, view.folder, row["participant_id"], other,
            by=by, now=wall_clock.now(),
        )  # fmt: skip
        keep(action, said, by)


def barriers(view: CityView, profile: Profile, by: str) -> None:
    """Show, add and end what stands in the way, of the person and of the system (duty 31)."""
    st.markdown(f"##### {_('What stands in the way')}")
    now = wall_clock.now()
    open_ = profile.barriers[profile.barriers["ended_on"].isna()]
    for row in each(open_):
        what = in_words(row.barrier)
        told = _("{barrier} since {day}").format(barrier=what, day=full_day(row.since))
        if entry(told, _("Not any more"), str(row.barrier_id)):
            action = partial(wishes.end_barrier, view.folder, row.barrier_id, by=by, now=now)
            said = _("Saved: no longer in the way: {barrier}.")
            keep(action, said.format(barrier=what.lower()), by)
    free = {code: in_words(code) for code in BARRIERS if code not in set(open_["barrier"])}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        barrier = choice(_("Add"), free, None, _("Choose"), key=f"barrier {saves()}")
        added = st.button(_("Add it"), disabled=barrier is None)
    if added and barrier is not None:
        key = profile.participant["participant_id"]
        action_ = partial(wishes.add_barrier, view.folder, key, barrier, by=by, now=now)
        keep(action_, _("Saved: {what}.").format(what=in_words(barrier).lower()), by)


def household(view: CityView, profile: Profile, by: str) -> None:
    """Show who belongs together, join two participants, or leave."""
    st.markdown(f"##### {_('Household')}")
    row, now = profile.participant, wall_clock.now()
    key = row["participant_id"]
    if known(row["household_id"]):
        others = ", ".join(name_of(r) for r in profile.household.to_dict("records"))
        told = _("Together with {others}").format(others=others)
        told = told if others else _("Together with nobody else yet")
        if entry(told, _("Leave it"), "household", sure=_(LEFT)):
            left = partial(participants.leave_household, view.folder, key, by=by, now=now)
            keep(left, _("Saved: not in this household any more."), by)
        return
    people = participants.list_participants(view.folder, now=now)
    people = people[people["participant_id"] != key]
    names = {r["participant_id"]: name_of(r) for r in people.to_dict("records")}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        other = choice(_("Belongs together with"), names, None, _("Choose"), key=f"with {saves()}")
        joined = st.button(_("Join"), disabled=other is None)
    if joined and other is not None:
        theirs = people.set_index("participant_id").loc[other, "household_id"]
        keep(partial(_join, view, key, other, theirs, by, now), _("Saved: one household."), by)


def _join(view: CityView, key: str, other: str, theirs: Any, by: str, now: datetime) -> None:
    """Put a participant into another's household, which is made where there is none."""
    join = partial(participants.join_household, view.folder, by=by, now=now)
    join(key, household_id=theirs if known(theirs) else join(other))
