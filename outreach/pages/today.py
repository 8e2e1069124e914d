"""The caseworker's day on a phone: the next stop first, the way there, and what came of it."""

from datetime import date, datetime, timedelta

import pandas as pd
import streamlit as st

from outreach import roles
from outreach.maps import week
from outreach.maps.navigation import way_there
from outreach.maps.week import Surroundings
from outreach.pages import (
    frame,
    map_view,
    today_cards,
    today_device,
    today_log,
    wall_clock,
    work_forms,
)
from outreach.pages import language as reader
from outreach.pages.language import _
from outreach.pipeline import today as shifts
from outreach.pipeline.today import TodayShift
from outreach.pipeline.today_stops import TodayStop
from outreach.pipeline.view import CityView
from outreach.plan.document import Plan
from outreach.weeks import local_date

FRESH_S = 20  # so long what was read of a shift is shown again, unless something is saved
KEPT = "today kept"


def page() -> None:
    """Show one shift of one day."""
    view = frame.open_page(_("Today"), _("One shift in order. Each entry is kept at once."))
    with st.container(key="today-page"):
        # First of all: somebody may leave before the rest is drawn. What comes and goes stands in
        # a container that is always there: else all below is put up anew under a thumb.
        with st.container():
            today_device.keep()
        show_day(view, wall_clock.now())


def show_day(view: CityView, now: datetime) -> None:
    """Show what there is of the chosen day."""
    today = local_date(now, view.city.time_zone)
    by = work_forms.who()
    day = choose_day(view, today)
    plan = shifts.plan_for(view.plans, day)
    going = shifts.shifts_on(plan, day)
    if plan is None or going.empty:
        say_why_none(view, day)
    else:
        shift_id = choose_shift(view, going, by)
        show_shift(view, opened(view, plan, shift_id, now), by, today)
    foot(view)


def choose_day(view: CityView, today: date) -> date:
    """Let a reader choose a day; without a shift today, the next one comes first."""
    near = [today - timedelta(days=1), today, today + timedelta(days=1)]
    ahead = shifts.next_day(view.plans, today)
    has_today = shifts.plan_for(view.plans, today) is not None
    days = sorted({*near, ahead}) if ahead and not has_today else near
    words = {near[0]: _("Yesterday"), near[1]: _("Today"), near[2]: _("Tomorrow")}
    chosen = st.segmented_control(
        _("Day"),
        days,
        default=today if has_today or ahead is None else ahead,
        format_func=lambda one: words.get(one) or reader.day(one),
        key=f"today day {today}",
        required=True,
        label_visibility="collapsed",
        width="stretch",
    )
    shown: date = chosen
    note = st.container()
    if shown == ahead and not has_today:
        note.info(
            _("No shift today ({today}). This is the next one: {day}.").format(
                today=reader.day(today), day=reader.day(shown)
            )
        )
    return shown


def say_why_none(view: CityView, day: date) -> None:
    """Say why there is no shift, and what to do next."""
    if not any(plan.status == "published" for plan in view.plans):
        text = _("No plan is published yet. A lead publishes it on the page “This week's sweep”.")
        st.info(text)
        return
    ahead = shifts.next_day(view.plans, day)
    told = _("No team has stops on {day}.").format(day=reader.day(day))
    if ahead is None:
        rest = _("No published plan goes further: ask your lead for the next week's.")
    else:
        rest = _("The next shift is on {day}.").format(day=reader.day(ahead))
    st.info(f"{told} {rest}")


def choose_shift(view: CityView, going: pd.DataFrame, by: str) -> str:
    """Let a reader choose whose shift is shown: their own first, else the one chosen before."""
    ids = list(going["shift_id"])
    teams = dict(zip(ids, going["team"], strict=True))
    own = shifts.own_shift(view.folder, going, roles.viewer(), name=by)
    before = [one for one in ids if teams[one] == today_device.remembered("team")]
    usual = own or next(iter(before), ids[0])
    if len(ids) == 1:
        st.markdown(f"**{frame.plain_markdown(teams[ids[0]])}**")
        return str(ids[0])
    chosen = st.pills(
        _("Team"), ids, default=usual, format_func=teams.__getitem__, required=True,
        key=f"today team {ids[0]} {usual}", label_visibility="collapsed",
    )  # fmt: skip
    if chosen != usual:
        today_device.remember("team", teams[chosen])
    return str(chosen)


def opened(view: CityView, plan: Plan, shift_id: str, now: datetime) -> TodayShift:
    """Return the shift, read anew after each entry and after a short while.

    It is kept for this reader alone, and read through the guard.
    """
    viewer = roles.viewer()
    which = (viewer, shift_id, plan.number, reader.language())
    kept = st.session_state.get(KEPT)
    if kept is not None and kept[0] == which and (now - kept[1]).total_seconds() < FRESH_S:
        found: TodayShift = kept[2]
        return found
    found = frame.read(
        lambda: shifts.open_shift(
            view.folder,
            plan,
            shift_id,
            view.resources,
            by=viewer.name,
            now=now,
            language=reader.language(),
        )
    )
    st.session_state[KEPT] = (which, now, found)
    return found


def show_shift(view: CityView, shift: TodayShift, by: str, today: date) -> None:
    """Show the next stop, then the others, then the map."""
    with st.container():
        today_log.say(shift)
        if shift.day < today:
            st.caption(_("What you log here is kept with the planned time of the stop."))
    if not shift.stops:
        st.info(_("No stop of this shift may be shown any more. Ask your lead."))
        return
    undone = st.session_state.pop("today undo", None)
    if undone is not None:
        st.session_state["today first"] = undone
    first = first_stop(shift)
    if first is None:
        st.success(_("Every stop of this shift is logged."), icon=":material/check:")
    else:
        with st.container():
            if first.done is None:
                show_pause(view, today_cards.pauses_by_stop(shift).get(first.order))
        st.subheader(_("Next stop") if first.done is None else _("Change what was logged"))
        with st.container(key="next-stop", border=True, gap="small"):
            stop_card(view, shift, first, by, today, large=True)
    st.html(today_cards.shift_html(shift, view.city.time_zone))
    show_map(view, shift)
    others(view, shift, first, by, today)


def first_stop(shift: TodayShift) -> TodayStop | None:
    """Return the stop that comes first on the page: one being changed, else the next not logged."""
    wanted = st.session_state.get("today first")
    if wanted is not None and st.session_state.get(today_log.OPEN) == wanted:
        return next((stop for stop in shift.stops if stop.candidate_id == wanted), None)
    st.session_state.pop("today first", None)
    return next((stop for stop in shift.stops if stop.done is None), None)


def others(
    view: CityView, shift: TodayShift, first: TodayStop | None, by: str, today: date
) -> None:
    """List the other stops, folded, with the pause among them."""
    ahead = [stop for stop in shift.stops if stop is not first and stop.done is None]
    logged = [stop for stop in shift.stops if stop is not first and stop.done is not None]
    rests = today_cards.pauses_by_stop(shift)
    if ahead:
        st.subheader(_("After that"))
        with st.container(key="later-stops", gap="small"):
            for stop in ahead:
                show_pause(view, rests.get(stop.order))
                folded(view, shift, stop, by, today)
            show_pause(view, rests.get(None))
    if logged:
        st.subheader(_("Logged already"))
        with st.container(key="logged-stops", gap="small"):
            for stop in logged:
                folded(view, shift, stop, by, today)


def show_pause(view: CityView, pause: tuple[datetime, datetime] | None) -> None:
    """Show a pause, if there is one."""
    if pause is not None:
        st.html(today_cards.pause_html(pause, view.city.time_zone))


def folded(view: CityView, shift: TodayShift, stop: TodayStop, by: str, today: date) -> None:
    """Show one stop as a line that opens."""
    label = frame.plain_markdown(today_cards.head_line(stop, view.city.time_zone))
    is_open = st.session_state.get(today_log.OPEN) == stop.candidate_id
    with st.expander(label, expanded=is_open, key=f"fold-{stop.order}"):
        stop_card(view, shift, stop, by, today)


def stop_card(
    view: CityView, shift: TodayShift, stop: TodayStop, by: str, today: date, *, large: bool = False
) -> None:
    """Show a stop: what to know, the way there, and what came of it."""
    st.html(today_cards.head_html(stop, view.city.time_zone, large=large))
    app = today_device.own_navigation()
    if app is None:
        if large:
            st.caption(_("Choose below how this phone finds the way."))
    else:
        words = {
            "phone": _("Find the way"),
            "apple": _("Find the way with Apple Maps"),
            "google": _("Find the way with Google Maps"),
        }
        st.link_button(
            words[app],
            way_there(app, stop.lon, stop.lat, stop.place),
            icon=":material/directions:",
            width="stretch",
            key=f"way {stop.candidate_id}",
        )
    if shift.day <= today:
        today_log.show(view, shift, stop, by)
    st.html(today_cards.details_html(stop, view.city.time_zone))


def show_map(view: CityView, shift: TodayShift) -> None:
    """Show the shift on the city's own map; the list above is its text."""
    if not st.toggle(_("Map of this shift"), key="today map"):
        return
    around = Surroundings(
        map_view.ground_of(view), view.rates, view.resources, view.city.resources.stale_days
    )
    spoken = reader.language()
    chart = week.week_surroundings(shift.plan, around, title=shift.team, language=spoken)
    routes = week.week_routes(
        shift.plan, around.resources, shift_ids=[shift.shift_id], language=spoken
    )
    told = _("Map: the stops of this shift. The list of stops says the same.")
    map_view.show_map(chart, moving=routes, height=420, told=told)
    st.caption(_("The list of stops says the same as the map."))


def foot(view: CityView) -> None:
    """Show what holds for every shift: navigation, no signal, and whom to call."""
    with st.expander(_("How this phone finds the way"), key="fold-navigation"):
        choose_navigation()
    st.subheader(_("No signal?"))
    st.markdown(
        _(
            "Then nothing can be kept here. Save the day sheet on the phone before you go: it "
            "keeps entries until there is a signal again."
        )
    )
    frame.link_to("sheets", _("Day sheets"))
    st.html(today_cards.programme_html(view.city.programme))
    today_device.say_when_offline(
        _("No signal."),
        _("Nothing you tap here is kept now. Use the day sheet that you saved on this phone."),
    )
    today_device.keep()


def choose_navigation() -> None:
    """Let a reader choose the app, and say whom it tells where they go."""
    words = {
        "phone": _("The phone's own choice (Android)"),
        "apple": _("Apple Maps (iPhone)"),
        "google": _("Google Maps"),
    }
    known = today_device.own_navigation()
    chosen = st.radio(
        _("Navigation"),
        list(words),
        index=list(words).index(known) if known in words else None,
        format_func=words.__getitem__,
        key="today navigation",
    )
    st.caption(
        _(
            "Apple Maps and Google Maps tell that company where you are going. The phone's own "
            "choice asks the app that is set on it. No link holds a name."
        )
    )
    if chosen is not None and chosen != known:
        today_device.remember("navigation", chosen)
        st.rerun()


if __name__ == "__main__":
    page()
