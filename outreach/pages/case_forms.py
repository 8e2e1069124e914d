"""Who a participant is and where their case stands: name, worker, household, what is in the way."""

from datetime import datetime
from functools import partial
from typing import Any

import streamlit as st

from outreach.maps.elements import each
from outreach.pages import wall_clock
from outreach.pages.demand_tables import day_text
from outreach.pages.enrolment import birth_date
from outreach.pages.participant_forms import choice, entry
from outreach.pages.participant_tables import known, name_of
from outreach.pages.saving import keep, saves, worker_names
from outreach.pages.work_forms import in_words
from outreach.pipeline import participants, wishes
from outreach.pipeline.log import NOTE_WARNING
from outreach.pipeline.profiles import Profile
from outreach.pipeline.view import CityView
from outreach.weeks import local_date
from outreach.work_words import BARRIERS, DOORS

AWAY = "No visit is planned while they are inactive. It can be taken back here at any time."
LEFT = "They are no longer visited together. To be one household again they are joined anew."


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
    st.markdown("##### Name and details")
    row = profile.participant
    with st.form(f"details {saves()}"):
        new: dict[str, Any] = {
            "given_name": _text("Given name", row["given_name"]),
            "family_name": _text("Family name", row["family_name"]),
            "birth_date": birth_date(row["birth_date"], key=f"born {saves()}"),
            "phone": _text("Phone", row["phone"]),
            "door": st.selectbox(
                "How they came to us", DOORS, index=DOORS.index(row["door"]), format_func=in_words
            ),
            "note": _text("Note", row["note"], help=NOTE_WARNING),
        }
        st.caption("Their own limits on visits; empty: those of the city.")
        new["cap_visits"] = _number("Visits at most", row["cap_visits"])
        new["cap_days"] = _number("… in how many days", row["cap_days"])
        new["cooling_off_days"] = _number("Days of rest after a no", row["cooling_off_days"])
        if not st.form_submit_button("Save the details"):
            return
    old = {name: row[name] if known(row[name]) else None for name in new}
    changes = {name: value for name, value in new.items() if value != old[name]}
    if not changes:
        st.info("Nothing was changed.")
        return
    told = ", ".join(in_words(name).lower() for name in changes)
    action = partial(
        participants.change, view.folder, row["participant_id"], int(row["version"]), changes,
        by=by, now=wall_clock.now(),
    )  # fmt: skip
    keep(action, f"Saved: {told}.", by)


def _text(label: str, value: Any, help: str | None = None) -> str | None:  # noqa: A002
    text = st.text_input(label, value=value if known(value) else "", max_chars=300, help=help)
    return text.strip() or None


def _number(label: str, value: Any) -> int | None:
    return st.number_input(
        label, value=int(value) if known(value) else None, min_value=1, max_value=365, step=1,
        placeholder="as the city",
    )  # fmt: skip


def aliases(view: CityView, profile: Profile, by: str) -> None:
    """Show, add and remove other names."""
    st.markdown("##### Other names")
    now = wall_clock.now()
    for row in each(profile.aliases):
        sure = "The name is not kept."
        if entry(str(row.name), "Remove", str(row.alias_id), sure=sure):
            action = partial(participants.remove_alias, view.folder, row.alias_id, by=by, now=now)
            keep(action, "Removed: a name that was wrong.", by)
    with st.form(f"alias {saves()}"):
        name = st.text_input("Also goes by", max_chars=120)
        if not st.form_submit_button("Add the name"):
            return
    key = profile.participant["participant_id"]
    if name.strip():
        action_ = partial(participants.add_alias, view.folder, key, name.strip(), by=by, now=now)
        keep(action_, "Saved: another name.", by)


def case(view: CityView, profile: Profile, by: str) -> None:
    """Say who carries the case, whether it is active, and renew its listing."""
    st.markdown("##### Case")
    row, now = profile.participant, wall_clock.now()
    key, workers = row["participant_id"], worker_names(view.folder)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        worker = choice("Who carries it", workers, row["staff_id"], "Nobody")
        if st.button("Save the worker", disabled=worker == (row["staff_id"] or None)):
            action = partial(participants.assign_worker, view.folder, key, worker, by=by, now=now)
            name = workers[worker] if worker else "nobody"
            keep(action, lambda warning: f"Saved: carried by {name}. {warning or ''}", by)
    other = "inactive" if row["status"] == "active" else "active"
    if entry(f"{in_words(row['status'])} since {day_text(row['status_since'])}",
             f"Make {other}", "status", sure=AWAY if other == "inactive" else ""):  # fmt: skip
        action_ = partial(participants.set_status, view.folder, key, other, by=by, now=now)
        keep(action_, f"Saved: {other}.", by)
    ended = row["listed_until"] < local_date(now, view.city.time_zone)
    listed = f"Listed until {day_text(row['listed_until'])}"
    if entry(listed + (": ended" if ended else ""), "Renew", "listing"):
        renewed = partial(participants.renew_listing, view.folder, key, by=by, now=now)
        keep(renewed, lambda until: f"Renewed: listed until {day_text(until)}.", by)


def barriers(view: CityView, profile: Profile, by: str) -> None:
    """Show, add and end what stands in the way, of the person and of the system (duty 31)."""
    st.markdown("##### What stands in the way")
    now = wall_clock.now()
    open_ = profile.barriers[profile.barriers["ended_on"].isna()]
    for row in each(open_):
        told = f"{in_words(row.barrier)} since {day_text(row.since)}"
        if entry(told, "Not any more", str(row.barrier_id)):
            action = partial(wishes.end_barrier, view.folder, row.barrier_id, by=by, now=now)
            keep(action, f"Saved: no longer in the way: {in_words(row.barrier).lower()}.", by)
    free = {code: in_words(code) for code in BARRIERS if code not in set(open_["barrier"])}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        barrier = choice("Add", free, None, "Choose", key=f"barrier {saves()}")
        added = st.button("Add it", disabled=barrier is None)
    if added and barrier is not None:
        key = profile.participant["participant_id"]
        action_ = partial(wishes.add_barrier, view.folder, key, barrier, by=by, now=now)
        keep(action_, f"Saved: {in_words(barrier).lower()}.", by)


def household(view: CityView, profile: Profile, by: str) -> None:
    """Show who belongs together, join two participants, or leave."""
    st.markdown("##### Household")
    row, now = profile.participant, wall_clock.now()
    key = row["participant_id"]
    if known(row["household_id"]):
        others = ", ".join(name_of(r) for r in profile.household.to_dict("records"))
        told = f"Together with {others or 'nobody else yet'}"
        if entry(told, "Leave it", "household", sure=LEFT):
            left = partial(participants.leave_household, view.folder, key, by=by, now=now)
            keep(left, "Saved: not in this household any more.", by)
        return
    people = participants.list_participants(view.folder, now=now)
    people = people[people["participant_id"] != key]
    names = {r["participant_id"]: name_of(r) for r in people.to_dict("records")}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        other = choice("Belongs together with", names, None, "Choose", key=f"with {saves()}")
        joined = st.button("Join", disabled=other is None)
    if joined and other is not None:
        theirs = people.set_index("participant_id").loc[other, "household_id"]
        keep(partial(_join, view, key, other, theirs, by, now), "Saved: one household.", by)


def _join(view: CityView, key: str, other: str, theirs: Any, by: str, now: datetime) -> None:
    """Put a participant into another's household, which is made where there is none."""
    join = partial(participants.join_household, view.folder, by=by, now=now)
    join(key, household_id=theirs if known(theirs) else join(other))
