"""Staff and partners: who may go out alone, what is missing, who may see what until when."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from outreach.pages import frame, saving, wall_clock, work_cards, work_forms
from outreach.pages.language import _, _n, in_words, number
from outreach.pipeline import organisations
from outreach.pipeline import staff as staffing
from outreach.pipeline.view import CityView
from outreach.weeks import local_date
from outreach.work_words import LANGUAGES, ORGANISATION_KINDS, RELEASABLE, ROLES

YEAR_DAYS = 365


def page() -> None:
    """Show staff with their training, and partners with their agreements."""
    view = frame.open_page(
        _("Staff"),
        _("Who goes out, what training is complete, and which partners may see what."),
    )
    by = work_forms.who()
    saving.say()
    now = wall_clock.now()
    lists: list[Any] = []
    if not frame.attempt(lambda: lists.extend(_read(view, now))):
        return
    people, hours, partners = lists
    stale = int(partners["stale"].sum())
    told = _("Partners ({partners}, {stale} to ask)") if stale else _("Partners ({partners})")
    team, others = st.tabs(
        [
            _("Staff ({staff})").format(staff=number(len(people))),
            told.format(partners=number(len(partners)), stale=number(stale)),
        ]
    )
    with team:
        show_staff(view, people, hours, by)
    with others:
        show_partners(view, partners, by)


def _read(view: CityView, now: datetime) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    return (
        staffing.staff_list(view.folder, now),
        staffing.staff_hours(view.folder, now),
        organisations.organisation_list(view.folder, now),
    )


def show_staff(view: CityView, people: pd.DataFrame, hours: pd.DataFrame, by: str) -> None:
    """Show who goes out and what is missing; add people and hours."""
    if people.empty:
        frame.nothing_yet(
            _("Nobody of the staff is recorded yet, so plans cannot tell who is in training."),
            _("Add the first one below, under the name that city.toml has in its teams."),
        )
    else:
        st.markdown(frame.plain_markdown(_summary(people)))
        st.html(work_cards.staff_cards(people, hours))
        today = local_date(wall_clock.now(), view.city.time_zone)
        names = dict(zip(people["staff_id"], people["name"], strict=True))
        with st.expander(_("Add training hours")):
            add_hours(view, names, today, by)
        with st.expander(_("Change somebody's entry")):
            change(view, people.set_index("staff_id"), by)
    with st.expander(_("Add somebody"), expanded=people.empty):
        add_person(view, by)


def _summary(people: pd.DataFrame) -> str:
    here = people[people["active"]]
    officers = here["role"] == "officer"
    learning = int((~here["trained"]).sum())
    trained = int((here["trained"] & ~officers).sum())
    parts = [_n("{number} worker trained", "{number} workers trained", trained)]
    if learning:
        parts.append(_("{n} in training, who go along as an extra seat").format(n=learning))
    if officers.any():
        parts.append(_n("{number} officer", "{number} officers", int(officers.sum())))
    return ", ".join(parts) + "."


def add_hours(view: CityView, names: Mapping[str, str], today: date, by: str) -> None:
    """Record hours of training."""
    needed = staffing.training_kinds(view.folder)
    with st.form(f"hours {saving.saves()}", border=False, width=640):
        who = st.selectbox(_("Who"), list(names), format_func=names.__getitem__, key="trained")
        kind = st.selectbox(_("Training"), list(needed), format_func=work_cards.subject, key="kind")
        done = st.number_input(_("Hours"), min_value=0.5, max_value=200.0, step=0.5, value=8.0)
        on = st.date_input(_("Done on"), value=today, max_value=today)
        until = st.date_input(_("Expires on (leave empty if never)"), value=None)
        if not st.form_submit_button(_("Add the hours"), type="primary"):
            return
    saving.keep(
        lambda: staffing.add_training(
            view.folder,
            who,
            kind,
            done,
            done_on=on,
            expires_on=until,
            by=by,
            now=wall_clock.now(),
        ),
        _("Kept: {hours} hours of {training} for {name}.").format(
            hours=number(done), training=work_cards.subject(kind).lower(), name=names[who]
        ),
        by,
    )


def add_person(view: CityView, by: str) -> None:
    """Record somebody who goes out."""
    with st.form(f"person {saving.saves()}", border=False, width=640):
        name = st.text_input(
            _("Name"),
            max_chars=80,
            help=_("As in the teams of city.toml, so that plans know them."),
        )
        role = st.selectbox(_("Role"), ROLES, format_func=in_words)
        tongues = languages([])
        capacity = st.number_input(
            _("Participants at once"), min_value=0, max_value=200, value=view.city.contact.capacity
        )
        if not st.form_submit_button(_("Add"), type="primary"):
            return
    saving.keep(
        lambda: staffing.add_staff(
            view.folder,
            name,
            role,
            languages=" ".join(tongues),
            capacity=int(capacity),
            by=by,
            now=wall_clock.now(),
        ),
        _("Kept: {name}. Until their hours are entered they count as in training.").format(
            name=name
        ),
        by,
    )


def languages(known: list[str]) -> list[str]:
    """Ask for languages."""
    options = dict.fromkeys([*LANGUAGES, *known])
    chosen: list[str] = st.multiselect(
        _("Languages"), list(options), default=known, format_func=work_forms.language
    )
    return chosen


def change(view: CityView, people: pd.DataFrame, by: str) -> None:
    """Change somebody's role, languages, capacity, or whether they work now."""
    who = st.selectbox(
        _("Whose"),
        list(people.index),
        format_func=lambda key: people.loc[key, "name"],
        key="changed",
    )
    old = people.loc[who]
    with st.form(f"change {who} {saving.saves()}", border=False, width=640):
        name = st.text_input(_("Name"), value=old["name"], max_chars=80)
        role = st.selectbox(_("Role"), ROLES, ROLES.index(old["role"]), format_func=in_words)
        tongues = languages(old["languages"].split())
        capacity = st.number_input(_("Participants at once"), 0, 200, int(old["capacity"]))
        active = st.checkbox(_("Works here now"), value=bool(old["active"]))
        if not st.form_submit_button(_("Change the entry"), type="primary"):
            return
    new = {"name": name, "role": role, "languages": " ".join(tongues)}
    new |= {"capacity": int(capacity), "active": active}
    changes = {key: value for key, value in new.items() if value != old[key]}
    if not changes:
        st.info(_("Nothing was different, so nothing was changed."))
        return
    saving.keep(
        lambda: staffing.change_staff(view.folder, who, changes, by=by, now=wall_clock.now()),
        _("Kept: the entry of {name}.").format(name=name),
        by,
    )


def show_partners(view: CityView, partners: pd.DataFrame, by: str) -> None:
    """Show organisations, what they may see, and when they were last verified."""
    if partners.empty:
        frame.nothing_yet(
            _("No partner is recorded yet, so nobody can be referred."),
            _("Add the first one below."),
        )
    else:
        stale, long = partners[partners["stale"]], view.city.resources.stale_days
        told = _("All were verified in the last {days} days.")
        if len(stale):
            told = _(
                "{partners} not verified in the last {days} days: call and ask whether the entry "
                "still holds."
            )
        many = _n("{number} partner", "{number} partners", len(stale))
        st.markdown(frame.plain_markdown(told.format(partners=many, days=long)))
        st.html(work_cards.partner_cards(partners.sort_values("stale", ascending=False)))
        names = dict(zip(partners["organisation_id"], partners["name"], strict=True))
        with st.expander(_("Mark as verified today"), expanded=bool(len(stale))):
            verify(view, names, stale, by)
        with st.expander(_("Add an agreement")):
            agree(view, names, by)
    with st.expander(_("Add a partner"), expanded=partners.empty):
        add_partner(view, by)


def verify(view: CityView, names: Mapping[str, str], stale: pd.DataFrame, by: str) -> None:
    """Note that a partner's entry was made sure of today."""
    order = [*stale["organisation_id"], *(k for k in names if k not in set(stale.organisation_id))]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        which = st.selectbox(
            _("Partner"), order, format_func=names.__getitem__, key="verified", width=360
        )
        pressed = st.button(_("I asked today, it still holds"))
    if pressed:
        saving.keep(
            lambda: organisations.verify_organisation(
                view.folder, which, by=by, now=wall_clock.now()
            ),
            _("Kept: {name} verified today.").format(name=names[which]),
            by,
        )


def agree(view: CityView, names: Mapping[str, str], by: str) -> None:
    """Record what a partner may see at most, and until when."""
    today = local_date(wall_clock.now(), view.city.time_zone)
    with st.form(f"agreement {saving.saves()}", border=False, width=640):
        which = st.selectbox(_("With"), list(names), format_func=names.__getitem__, key="agreed")
        signed = st.date_input(_("Signed on"), value=today, max_value=today)
        until = st.date_input(_("Expires on"), value=today + timedelta(days=YEAR_DAYS))
        fields = st.multiselect(_("May see at most"), RELEASABLE, format_func=in_words)
        st.caption(
            _("It sees a participant's field only if they released it too. Notes are never shared.")
        )
        if not st.form_submit_button(_("Add the agreement"), type="primary"):
            return
    saving.keep(
        lambda: organisations.add_agreement(
            view.folder,
            which,
            signed_on=signed,
            expires_on=until,
            may_see=fields,
            by=by,
            now=wall_clock.now(),
        ),
        _("Kept: the agreement with {name}.").format(name=names[which]),
        by,
    )


def add_partner(view: CityView, by: str) -> None:
    """Record an organisation."""
    with st.form(f"partner {saving.saves()}", border=False, width=640):
        name = st.text_input(_("Name"), max_chars=120)
        kind = st.selectbox(_("Kind"), ORGANISATION_KINDS, format_func=in_words)
        contact = st.text_input(_("Whom to ask for (may stay empty)"), max_chars=80)
        phone = st.text_input(_("Phone (may stay empty)"), max_chars=40)
        warm = st.checkbox(_("Somebody there takes over in person (warm hand-off)"))
        if not st.form_submit_button(_("Add"), type="primary"):
            return
    details = {"contact_name": contact or None, "contact_phone": phone or None}
    saving.keep(
        lambda: organisations.add_organisation(
            view.folder,
            name,
            kind,
            details={**details, "warm_handoff": warm},
            by=by,
            now=wall_clock.now(),
        ),
        _("Kept: {name}. It sees nothing before an agreement is added.").format(name=name),
        by,
    )


if __name__ == "__main__":
    page()
