"""One participant's profile: what binds first, then what happened, where, and all that is kept."""

from collections.abc import Callable
from datetime import date
from html import escape

import streamlit as st

from outreach.language.translate import N_
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
from outreach.pages.language import _, _n, full_day, in_words, language, number
from outreach.pages.participant_tables import birth_words, known, name_of
from outreach.pages.work_forms import days_in_words
from outreach.pipeline import lists, profiles
from outreach.pipeline.profiles import Profile
from outreach.pipeline.view import CityView
from outreach.weeks import local_date

LATELY = 20  # rows of the timeline that are shown at once
KINDS = {
    "all": N_("Everything"),
    "call": N_("Calls"),
    "visit": N_("Visits"),
    "referral": N_("Referrals"),
    "task": N_("Tasks"),
}
Part = Callable[[CityView, Profile, str], None]


def show(view: CityView, participant_id: str, by: str) -> None:
    """Show a profile to somebody who has given a name."""
    with st.container(horizontal=True):
        frame.link_to("participants", _("All participants"), back=True)
        frame.link_to("log", _("Log a visit"), participant=participant_id)
    if not by:
        st.info(_("Give your name above to open this profile; it is written down who looked."))
        return
    profile = opened(view, participant_id, by)
    today = local_date(wall_clock.now(), view.city.time_zone)
    head(profile, today, door=calls_allow_the_door(view, profile))
    saving.say()
    part = st.pills(
        _("Part of the profile"), list(PARTS), default=next(iter(PARTS)), key="part",
        required=True, format_func=_, label_visibility="collapsed",
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
            st.error(_("Nobody is enrolled under that address. Search in the list."))
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
    marks = []
    if row["status"] != "active":
        since = full_day(row["status_since"])
        marks.append(_("Inactive since {day}").format(day=since))
    if today > row["listed_until"]:
        ended = _("Listing ended on {day}: a person must renew it")
        marks.append(ended.format(day=full_day(row["listed_until"])))
    st.html(participant_tables.binds_html(binds, marks))
    st.html(_visit_today(profile, door=door))
    own = "; ".join(_known_by(profile))
    if own:
        st.markdown(frame.plain_markdown(f"{own[:1].upper()}{own[1:]}."))
    carried = _("Nobody carries it")
    if known(row.get("worker")):
        carried = _("Carried by {name}").format(name=row["worker"])
    told = _("{carried}. Enrolled {day}, door: {door}. Listed until {until}.").format(
        carried=carried,
        day=full_day(row["enrolled_on"]),
        door=in_words(row["door"]).lower(),
        until=full_day(row["listed_until"]),
    )
    st.caption(frame.plain_markdown(told))


def _visit_today(profile: Profile, *, door: bool) -> str:
    if profile.today.allowed and door:
        return f'<p class="allowed">{_("A visit today would be in order.")}</p>'
    if profile.today.allowed:
        first = _("Not at the door.")
        why = _(
            "Their calls make it unsafe to call there unasked, so no plan does. Meet elsewhere, "
            "or by phone."
        )
    else:
        first, why = _("No visit today."), days_in_words(profile.today.why)
    return f'<p class="notice"><strong>{first}</strong> {escape(why)}</p>'


def _known_by(profile: Profile) -> list[str]:
    names = ", ".join(profile.aliases["name"])
    born, phone = profile.participant["birth_date"], profile.participant["phone"]
    said = [_("Also known as {names}").format(names=names)] if names else []
    said += [_("born {day}").format(day=birth_words(born))] if known(born) else []
    said += [_("phone {phone}").format(phone=phone)] if known(phone) else []
    return said


def what_happened(view: CityView, profile: Profile, by: str) -> None:  # noqa: ARG001
    """Show the map of usual places beside the timeline."""
    left, right = st.columns([1, 1], gap="medium")
    with left:
        where(view, profile)
    with right:
        st.markdown(f"##### {_('What happened')}")
        if not len(profile.timeline):
            frame.nothing_yet(
                _("Nothing is recorded yet."), _("Visits come from the page “Log a visit”.")
            )
            return
        kinds = [kind for kind in KINDS if kind in {"all", *profile.timeline["kind"]}]
        kind = st.pills(
            _("Kind"), kinds, default="all", key="kind", required=True,
            format_func=lambda code: _(KINDS[code]), label_visibility="collapsed",
        )  # fmt: skip
        rows = profile.timeline
        rows = rows if kind == "all" else rows[rows["kind"] == kind]
        zone = view.city.time_zone
        st.html(participant_tables.timeline_html(rows.head(LATELY), zone))
        if len(rows) > LATELY:
            with st.expander(_("{number} older").format(number=number(len(rows) - LATELY))):
                st.html(participant_tables.timeline_html(rows.iloc[LATELY:], zone))


def where(view: CityView, profile: Profile) -> None:
    """Show usual places on the map and in words, with how long ago they were last seen there."""
    st.markdown(f"##### {_('Usual places')}")
    today = local_date(wall_clock.now(), view.city.time_zone)
    places = profile.usual_places[profile.usual_places["ended_on"].isna()]
    if not len(places):
        frame.nothing_yet(_("No usual place is known."), _("Add one under “Usual places”."))
        return
    wish = profile.wishes or {}
    chart = usual_places_map(
        places,
        map_view.ground_of(view),
        today=today,
        ages_days=view.city.contact.place_ages_days,
        meeting_place=wish.get("usual_place_id"),
        language=language(),
    )
    told = _("Map: usual places. The list below has the same places.")
    map_view.show_map(chart, height=360, told=told)
    st.html(participant_tables.places_html(places, today))


def calls_for_help(view: CityView, profile: Profile, by: str) -> None:  # noqa: ARG001
    """Show which needs, when, where, and how that changes."""
    needs = profile.needs
    if needs is None or not needs.calls:
        frame.nothing_yet(
            _("No calls for help are known of this participant."),
            _(
                "Somebody who is known in the calls is enrolled from the search or from “Repeat "
                "places and people”."
            ),
        )
        return
    calls = _n("**{number}** call for help.", "**{number}** calls for help.", needs.calls)
    st.markdown(f"{calls} {frame.plain_markdown(needs.reason)}")
    left, right = st.columns(2, gap="medium")
    with left:
        st.altair_chart(person_charts.by_need(needs.by_need), alt=_("Calls by need"))
        st.altair_chart(person_charts.by_month(needs.by_month), alt=_("Calls by month and need"))
    with right:
        days = person_charts.by_weekday(needs.by_weekday)
        st.altair_chart(days, alt=_("Calls by day of the week"))
        st.altair_chart(person_charts.by_hour(needs.by_hour), alt=_("Calls by hour of the day"))
    st.markdown(f"##### {_('Where the calls came from')}")
    table = participant_tables.call_places(needs.places)
    heads = {"Place": _("Place"), "Calls": _("Calls"), "Last": _("Last")}
    st.dataframe(table, hide_index=True, width="content", column_config=heads)
    if len(profile.links):
        told = _(
            "The calls name this person in {number} ways, which are joined. Pairs in doubt stand "
            "on the page “Same person?”."
        )
        st.caption(told.format(number=number(len(profile.links))))


PARTS: dict[str, Part] = {
    N_("What happened"): what_happened,
    N_("Calls for help"): calls_for_help,
    N_("Wishes and limits"): participant_forms.wishes_and_limits,
    N_("Sharing"): participant_forms.sharing,
    N_("Usual places"): participant_forms.usual_places,
    N_("Name and case"): case_forms.name_and_case,
}
