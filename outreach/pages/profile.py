"""One participant's profile: what binds first, then what happened, where, and all that is kept."""

from collections.abc import Callable
from datetime import date
from html import escape

import streamlit as st

from outreach.maps.participant import usual_places_map
from outreach.pages import (
    case_forms,
    frame,
    map_view,
    participant_forms,
    participant_tables,
    person_charts,
    saving,
    wall_clock,
)
from outreach.pages.demand_tables import day_text
from outreach.pages.participant_tables import known, name_of
from outreach.pages.work_forms import days_in_words, in_words
from outreach.pipeline import lists, profiles
from outreach.pipeline.profiles import Profile
from outreach.pipeline.view import CityView
from outreach.weeks import local_date

LATELY = 20  # rows of the timeline that are shown at once
Part = Callable[[CityView, Profile, str], None]


def show(view: CityView, participant_id: str, by: str) -> None:
    """Show a profile to somebody who has given a name."""
    with st.container(horizontal=True):
        frame.link_to("participants", "All participants", back=True)
        frame.link_to("log", "Log a visit", participant=participant_id)
    if not by:
        st.info("Give your name above to open this profile; it is written down who looked.")
        return
    profile = opened(view, participant_id, by)
    today = local_date(wall_clock.now(), view.city.time_zone)
    head(profile, today, door=calls_allow_the_door(view, profile))
    saving.say()
    part = st.pills(
        "Part of the profile", list(PARTS), default=next(iter(PARTS)), key="part", required=True,
        label_visibility="collapsed",
    )  # fmt: skip
    PARTS[str(part)](view, profile, by)


def opened(view: CityView, participant_id: str, by: str) -> Profile:
    """Return the profile as it was when it was opened, or when something of it was last saved.

    Each opening is written down; a page runs anew at every click, which is none.
    """
    key = (participant_id, by, st.session_state.get("page visit"), saving.saves())
    kept = st.session_state.get("profile")
    if kept is None or kept[0] != key:
        now = wall_clock.now()
        if not lists.is_enrolled(view.folder, participant_id):
            st.error("Nobody is enrolled under that address. Search in the list.")
            st.stop()
        found = frame.read(
            lambda: profiles.open_profile(view.folder, participant_id, by=by, now=now)
        )
        st.session_state["profile"] = kept = (key, found)
    profile: Profile = kept[1]
    return profile


def calls_allow_the_door(view: CityView, profile: Profile) -> bool:
    """Return whether nothing in somebody's repeated calls bars a visit at the door (duty 11)."""
    own = {
        profile.participant["person_id"],
        *profile.links["person_id"],
        *profile.links["linked_id"],
    }
    return bool(view.persons.loc[view.persons["person_id"].isin(own), "home_visit"].all())


def head(profile: Profile, today: date, *, door: bool) -> None:
    """Say who it is, and before all else what binds."""
    row = profile.participant
    st.subheader(frame.plain_markdown(name_of(row)))
    binds = participant_tables.what_binds(profile)
    marks = [] if row["status"] == "active" else [f"Inactive since {day_text(row['status_since'])}"]
    if today > row["listed_until"]:
        marks.append(f"Listing ended on {day_text(row['listed_until'])}: a person must renew it")
    st.html(participant_tables.binds_html(binds, marks))
    if profile.today.allowed and door:
        st.html('<p class="allowed">A visit today would be in order.</p>')
    elif profile.today.allowed:
        st.html(
            '<p class="notice"><strong>Not at the door.</strong> '
            "Their calls make it unsafe to call there unasked, so no plan does. Meet "
            "elsewhere, or by phone.</p>"
        )
    else:
        why = escape(days_in_words(profile.today.why))
        st.html(f'<p class="notice"><strong>No visit today.</strong> {why}</p>')
    carried = f"Carried by {row['worker']}" if known(row.get("worker")) else "Nobody carries it"
    names = ", ".join(profile.aliases["name"])
    born, phone = row["birth_date"], row["phone"]
    said = [f"Also known as {names}"] if names else []
    said += [f"born {born}"] if known(born) else []
    said += [f"phone {phone}"] if known(phone) else []
    if said:
        own = "; ".join(said)
        st.markdown(frame.plain_markdown(f"{own[:1].upper()}{own[1:]}."))
    told = (
        f"{carried}. Enrolled {day_text(row['enrolled_on'])}, door: "
        f"{in_words(row['door']).lower()}. Listed until {day_text(row['listed_until'])}."
    )
    st.caption(frame.plain_markdown(told))


def what_happened(view: CityView, profile: Profile, by: str) -> None:  # noqa: ARG001
    """Show the map of usual places beside the timeline."""
    left, right = st.columns([1, 1], gap="medium")
    with left:
        where(view, profile)
    with right:
        st.markdown("##### What happened")
        if not len(profile.timeline):
            frame.nothing_yet(
                "Nothing is recorded yet.", "Visits come from the page “Log a visit”."
            )
            return
        words = participant_tables.KIND_WORDS
        kinds = [kind for kind in words if kind in set(profile.timeline["kind"])]
        kind = st.pills(
            "Kind", ["all", *kinds], default="all", key="kind", required=True,
            format_func=lambda k: "Everything" if k == "all" else f"{words[k]}s",
            label_visibility="collapsed",
        )  # fmt: skip
        rows = profile.timeline
        rows = rows if kind == "all" else rows[rows["kind"] == kind]
        zone = view.city.time_zone
        st.html(participant_tables.timeline_html(rows.head(LATELY), zone))
        if len(rows) > LATELY:
            with st.expander(f"{len(rows) - LATELY} older"):
                st.html(participant_tables.timeline_html(rows.iloc[LATELY:], zone))


def where(view: CityView, profile: Profile) -> None:
    """Show usual places on the map and in words, with how long ago they were last seen there."""
    st.markdown("##### Usual places")
    today = local_date(wall_clock.now(), view.city.time_zone)
    places = profile.usual_places[profile.usual_places["ended_on"].isna()]
    if not len(places):
        frame.nothing_yet("No usual place is known.", "Add one under “Usual places”.")
        return
    wish = profile.wishes or {}
    chart = usual_places_map(
        places,
        map_view.ground_of(view),
        today=today,
        ages_days=view.city.contact.place_ages_days,
        meeting_place=wish.get("usual_place_id"),
    )
    told = "Map: usual places. The list below has the same places."
    map_view.show_map(chart, height=360, told=told)
    st.html(participant_tables.places_html(places, today))


def calls_for_help(view: CityView, profile: Profile, by: str) -> None:  # noqa: ARG001
    """Show which needs, when, where, and how that changes."""
    needs = profile.needs
    if needs is None or not needs.calls:
        frame.nothing_yet(
            "No calls for help are known of this participant.",
            "Somebody who is known in the calls is enrolled from the search or from “Repeat "
            "places and people”.",
        )
        return
    st.markdown(f"**{needs.calls}** calls for help. {frame.plain_markdown(needs.reason)}")
    left, right = st.columns(2, gap="medium")
    with left:
        st.altair_chart(person_charts.by_need(needs.by_need), alt="Calls by need")
        st.altair_chart(person_charts.by_month(needs.by_month), alt="Calls by month and need")
    with right:
        st.altair_chart(person_charts.by_weekday(needs.by_weekday), alt="Calls by day of the week")
        st.altair_chart(person_charts.by_hour(needs.by_hour), alt="Calls by hour of the day")
    st.markdown("##### Where the calls came from")
    table = participant_tables.call_places(needs.places)
    st.dataframe(table, hide_index=True, width="content")
    if len(profile.links):
        st.caption(
            f"The calls name this person in {len(profile.links)} ways, which are joined. Pairs in "
            "doubt stand on the page “Same person?”."
        )


PARTS: dict[str, Part] = {
    "What happened": what_happened,
    "Calls for help": calls_for_help,
    "Wishes and limits": participant_forms.wishes_and_limits,
    "Sharing": participant_forms.sharing,
    "Usual places": participant_forms.usual_places,
    "Name and case": case_forms.name_and_case,
}
