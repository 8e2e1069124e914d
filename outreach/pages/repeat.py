"""Repeat places and people: who and what called for help again and again, and why they are here."""

from functools import partial

import pandas as pd
import streamlit as st

from outreach.language.translate import N_
from outreach.maps import views
from outreach.pages import (
    directory_tables,
    frame,
    map_view,
    participant_tables,
    saving,
    sources,
    tables,
    wall_clock,
    work_forms,
)
from outreach.pages.language import _, _n, full_day, language, number
from outreach.pipeline import listings, participants
from outreach.pipeline.view import CityView
from outreach.weeks import local_date


def page() -> None:
    """Show repeat places, facilities apart, and repeat callers under pseudonyms."""
    view = frame.open_page(
        _("Repeat places and people"),
        _("Listed for repeated calls for help, and for nothing else. People appear as pseudonyms."),
    )
    view = sources.cut(view, sources.ask())
    if not len(view.places) and not len(view.persons):
        rule = view.city.repeat
        frame.nothing_yet(
            _(
                "In the last {days} days before today no place and no person had {calls} calls "
                "for help or more."
            ).format(days=number(rule.window_days), calls=number(rule.min_calls)),
            _("Bring in more on the page “What came in” or by: outreach ingest FILE."),
        )
        return
    listed = view.places[view.places["home_visit"]]
    if len(listed):
        ground = map_view.ground_of(view)
        chart = views.places_map(listed, view.clusters, ground, language=language())
        told = _("Map: repeat places and groups of them. The lists below have the same places.")
        map_view.show_map(chart, height=480, place="repeat", told=told)
    kept_back = len(view.places) - len(listed)
    if kept_back:
        st.caption(
            _("{n} more are not shown: a visit at the door could put somebody in danger.").format(
                n=number(kept_back)
            )
        )
    doors = listed["kind"] == "place"
    places, apart, people = st.tabs(
        [
            _("Places ({n})").format(n=number(int(doors.sum()))),
            _("Facilities and default points ({n})").format(n=number(int((~doors).sum()))),
            _("People ({n})").format(n=number(len(view.persons))),
        ]
    )
    with places:
        show_list(with_contacts(view, listed[doors]), "places")
    with apart:
        st.caption(
            _(
                "Stations, hospitals and points that a system writes when it does not know "
                "better. They collect calls from elsewhere, so they are kept apart."
            )
        )
        show_list(with_contacts(view, listed[~doors]), "apart")
    with people:
        show_people(view)


def with_contacts(view: CityView, places: pd.DataFrame) -> pd.DataFrame:
    """Return a ranked list, with whom to call at libraries, clinics and the like (duty 16)."""
    table = tables.ranked(places, "address", view.city.time_zone)
    radius_m = view.city.repeat.facility_radius_m
    contacts = directory_tables.contacts(places, view.resources, radius_m=radius_m)
    if contacts.ne("").any():
        table.insert(2, N_("Contact"), contacts.to_numpy())
    return table


def show_people(view: CityView) -> None:
    """Show the people listed: who is a participant, until when, and a way to each of them."""
    if not len(view.persons):
        st.info(_("No export has a key for persons, so nobody can be recognised again."))
        return
    now = wall_clock.now()
    enrolled = frame.read(lambda: participants.list_participants(view.folder, now=now))
    listed = frame.read(lambda: listings.open_listings(view.folder))
    today = local_date(now, view.city.time_zone)
    rows = participant_tables.repeat_people(view.persons, enrolled, listed, today)
    one_person(view, rows)
    table = tables.ranked(view.persons, "person_id", view.city.time_zone)
    table.insert(2, N_("Participant"), rows["participant"].to_numpy())
    table.insert(3, N_("Listed until"), rows["listed"].to_numpy())
    frame.list_of(table, ("Participant", "Listed until", "Calls a week", "Last"), key="people")


def one_person(view: CityView, rows: pd.DataFrame) -> None:
    """Lead to a person's profile or enrolment, and renew a listing that ended."""
    saving.say()
    ended = int(rows["ended"].sum())
    if ended:
        st.warning(
            _n(
                "{number} listing has ended: no visit is planned before a person renews it. "
                "Choose one below.",
                "{number} listings have ended: no visit is planned before a person renews it. "
                "Choose one below.",
                ended,
            )
        )
    told = dict(zip(rows["person_id"], rows["told"], strict=True))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            _("Open somebody"), list(told), index=None, format_func=told.__getitem__,
            placeholder=_("Choose a person"), key="person", width=460,
        )  # fmt: skip
        if chosen is None:
            return
        row = rows.set_index("person_id").loc[chosen]
        if row["participant_id"]:
            frame.link_to("participants", _("Open the profile"), participant=row["participant_id"])
        else:
            frame.link_to("participants", _("Enrol this person"), enrol=chosen)
    if row["ended"]:
        renew(view, str(chosen))


def renew(view: CityView, subject: str) -> None:
    """Let a person renew a listing (safeguard 4)."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        by = work_forms.who()
        if st.button(_("Renew the listing")):
            action = partial(
                participants.renew_listing, view.folder, subject, by=by, now=wall_clock.now()
            )
            told = _("Renewed: listed until {day}.")
            saving.keep(action, lambda until: told.format(day=full_day(until)), by)


def show_list(table: pd.DataFrame, key: str) -> None:
    """Show a ranked list with room for the reasons."""
    if len(table):
        amount = next(name for name in tables.AMOUNTS.values() if name in table)
        frame.list_of(table, (amount, "Last", "Contact"), key=key)
    else:
        st.info(_("None."))


if __name__ == "__main__":
    page()
