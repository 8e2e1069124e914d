"""This week's sweep: the plan on a map, the stops with reasons, what was left out."""

from pathlib import Path

import pandas as pd
import streamlit as st

from outreach.language.translate import N_
from outreach.maps import offline, week
from outreach.maps.elements import each
from outreach.maps.week import Surroundings
from outreach.pages import (
    change_tables,
    due,
    frame,
    jobs,
    map_view,
    plan_tables,
    saving,
    sweep_changes,
    sweep_compare,
    sweep_plan,
    tables,
    wall_clock,
    work_forms,
)
from outreach.pages import language as reader
from outreach.pages.language import _, _n
from outreach.pages.sweep_changes import ALL_TEAMS, WHOLE_WEEK, Key
from outreach.pipeline import audit_trail as trail
from outreach.pipeline import week as planning
from outreach.pipeline.lists import has_work
from outreach.pipeline.standing import as_it_may_be_shown
from outreach.pipeline.view import CityView
from outreach.plan.document import Plan
from outreach.reports.exports import csv_bytes
from outreach.weeks import local_date

WISHES_AGE_S = 20  # so long an open page may lag behind what somebody asked for
# Columns of the list of those left out, and how wide each is.
_LEFT_OUT = {
    N_("Place"): 190,
    N_("Why not this week"): 440,
    N_("Cause"): 200,
    N_("Calls a week"): 100,
    N_("Need"): None,
    N_("Kind"): None,
    N_("Why listed"): None,
}


def page() -> None:
    """Show a week's plan, and let a lead change and publish it."""
    at_work = jobs.running(frame.city_folder())
    view = frame.open_page(
        _("This week's sweep"),
        _("Who goes where, when and why. A plan is a draft until a person publishes it."),
    )
    with st.container():  # always there: what comes and goes in it moves no map
        by = work_forms.who()
        sweep_plan.take_up(view)
        saving.say()
        due.overdue_line(view.folder, wall_clock.now())
        news = st.container()
    if not view.plans:
        with news:
            jobs.show(view.folder, since=at_work, apart=[sweep_plan.DRAFTS])
        frame.nothing_yet(_("There is no plan yet."), _next_step(view))
        sweep_plan.new_draft(view, by)
        return
    stale_days = view.city.resources.stale_days
    around = Surroundings(map_view.ground_of(view), view.rates, view.resources, stale_days)
    with st.container():
        plan = choose_version(view)
        sweep_compare.show_changes(view, plan, around, lambda one: _as_it_may_be_shown(view, one))
        key = sweep_changes.desk(plan, view)
        sweep_changes.say_roster(view, plan, key, by)
        if plan.status == "draft":
            publish(view, plan, by)
    with news:
        jobs.show(view.folder, since=at_work, apart=[key, (key, sweep_changes.TEAMS)])
    if len(plan.stops):
        work_on(view, plan, around, key, by)
    else:
        frame.nothing_yet(_("This plan has no visits."), _("The reasons are in the list below."))
    show_left_out(plan, key)
    sweep_compare.show_compare(view, plan, around, lambda one: _as_it_may_be_shown(view, one))
    sweep_plan.new_draft(view, by)


def choose_version(view: CityView) -> Plan:
    """Let a reader choose a version; say what it is and what it comes to."""
    plans = {(plan.week, plan.number): plan for plan in view.plans}
    if st.session_state.get(sweep_plan.CHOSEN) not in plans:
        st.session_state.pop(sweep_plan.CHOSEN, None)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            _("Plan"),
            list(plans),
            format_func=lambda which: _name(plans[which]),
            key=sweep_plan.CHOSEN,
            width=460,
        )
        plan = _as_it_may_be_shown(view, plans[chosen])
        status(plan)
        newest = max(number for week_of, number in plans if week_of == plan.week)
        if newest > plan.number:
            st.button(
                _("Show version {number}, the newest of this week").format(number=newest),
                on_click=st.session_state.update,
                args=({sweep_plan.CHOSEN: (plan.week, newest)},),
            )
    numbers = (f"**{value}** {_(label).lower()}" for label, value in week.headline(plan).items())
    st.markdown(" · ".join(numbers))
    return plan


def _as_it_may_be_shown(view: CityView, plan: Plan) -> Plan:
    """Leave out whoever asked not to be visited since the plan was made."""
    if not has_work(view.folder):
        return plan
    which = f"{plan.week} {plan.number} {plan.status}"
    with st.spinner(_("Asking who may be visited …")):
        shown = frame.read(lambda: _checked_anew(str(view.folder), which, plan))
    frame.read(lambda: trail.saw_plan(view.folder, shown, now=wall_clock.now()))
    return shown


@st.cache_resource(ttl=WISHES_AGE_S, max_entries=4, show_spinner=False)
def _checked_anew(folder: str, which: str, _plan: Plan) -> Plan:  # noqa: ARG001
    return as_it_may_be_shown(Path(folder), _plan, now=wall_clock.now())


def _next_step(view: CityView) -> str:
    if not len(view.imports):
        return _(
            "Bring in a call export first, on the page “What came in” or by: outreach ingest FILE."
        )
    if not view.networks:
        return _(
            "This city folder was made without streets. Make a new one with them, and read the "
            "exports there: outreach init NEW-FOLDER --streets FILE."
        )
    return _("Make the first draft below.")


def _name(plan: Plan) -> str:
    told = _("{week}, version {number} (published, {day})")
    if plan.status == "draft":
        told = _("{week}, version {number} (draft, {day})")
    made = reader.day(local_date(plan.made_at, plan.time_zone))
    return told.format(week=plan.week, number=plan.number, day=made)


def status(plan: Plan) -> None:
    """Show whether a plan is a draft, or who published it."""
    if plan.status == "draft":
        st.badge(_("Draft: not to be driven before it is published"), color="orange")
    else:
        told = _("Published by {name}, {when}").format(
            name=frame.plain_markdown(str(plan.published_by)),
            when=reader.moment(plan.published_at or plan.made_at, plan.time_zone),
        )
        st.badge(told, color="green")


@st.fragment
def work_on(view: CityView, plan: Plan, around: Surroundings, key: Key, by: str) -> None:
    """Show the map and the stops of the chosen day and team, and what may be changed."""
    shown = choose_shifts(plan)
    of = change_tables.choices(plan, wall_clock.now())
    ids = list(shown["shift_id"])
    left, right = st.columns([3, 2], gap="medium")
    with left:
        spoken = reader.language()
        chart = week.week_surroundings(plan, around, title=plan.week, language=spoken)
        week.week_legend(plan, around, spoken).add_to(chart)
        routes = week.week_routes(plan, around.resources, shift_ids=ids, language=spoken)
        told = _("Map: the routes and stops of this plan. The list below has the same stops.")
        clicked = map_view.show_map(chart, moving=routes, heeded=sweep_changes.CLICKS, told=told)
        if not len(shown):
            st.info(_("No team has visits on that day. Choose another day or team."))
    sweep_changes.heed(key, of, clicked, ids)
    with right:
        sweep_changes.panel(view, of, key, by)
    show_stops(plan, around, shown)


def choose_shifts(plan: Plan) -> pd.DataFrame:
    """Let a reader choose a day and a team; return their shifts."""
    shifts = week.shift_rows(plan, reader.language())
    days = dict(zip(shifts["day"], shifts["day_label"], strict=True))
    teams = [ALL_TEAMS, *sorted(set(shifts["team"]))]
    today = local_date(wall_clock.now(), plan.time_zone).isoformat()
    day_key, team_key = sweep_changes.day_field(plan), sweep_changes.team_field(plan)
    if st.session_state.get(day_key) not in (*days, WHOLE_WEEK):
        st.session_state[day_key] = today if today in days else next(iter(days))
    if st.session_state.get(team_key) not in teams:
        st.session_state[team_key] = ALL_TEAMS
    left, right = st.columns([3, 2])
    with left:
        day = st.pills(
            _("Day"),
            [*days, WHOLE_WEEK],
            format_func=lambda d: days.get(d) or _(d),
            key=day_key,
            required=True,
        )
    with right:
        team = st.pills(
            _("Team"),
            teams,
            format_func=lambda one: _(one) if one == ALL_TEAMS else one,
            key=team_key,
            required=True,
        )
    return plan_tables.shifts_of(
        plan,
        day=None if day == WHOLE_WEEK else day,
        team=None if team == ALL_TEAMS else team,
    )


def show_stops(plan: Plan, around: Surroundings, shown: pd.DataFrame) -> None:
    """List the stops of some shifts: when, where, what for, and who goes."""
    st.subheader(_("Stops"))
    downloads(plan, around)
    stops = plan_tables.itinerary(plan, around.resources, reader.language())
    for shift in each(shown):
        mine = stops[stops["shift_id"] == shift.shift_id]
        visits = _n("{number} visit", "{number} visits", len(mine))
        name = f"{shift.team}, {shift.day_label}: {visits}"
        with st.expander(frame.plain_markdown(name), expanded=len(shown) <= 3):
            told = _("{begin} – {end}. Who goes: {members}").format(
                begin=reader.clock(shift.start_at, plan.time_zone),
                end=reader.clock(shift.end_at, plan.time_zone),
                members=shift.members,
            )
            st.markdown(frame.plain_markdown(told))
            st.html(plan_tables.shift_html(mine, plan_tables.pauses(plan, shift.shift_id)))


def show_left_out(plan: Plan, key: Key) -> None:
    """List who and what is not visited with the reason, by cause; let a lead choose one."""
    table = plan_tables.left_out(plan)
    elsewhere = table["cause"] == plan_tables.VISITED_OTHERWISE
    head = _("Not visited this week: {number}, each with its reason")
    if elsewhere.any():
        head = _(
            "Not visited this week: {number}, each with its reason; {more} more are visited under "
            "another heading"
        )
    with st.expander(head.format(number=(~elsewhere).sum(), more=elsewhere.sum())):
        counts = table["cause"].value_counts()
        words = plan_tables.CAUSE_WORDS
        cause = st.pills(
            _("Why"),
            sorted(counts.index, key=lambda code: code == plan_tables.VISITED_OTHERWISE),
            format_func=lambda code: f"{_(words[code])} ({counts[code]})",
            key=f"cause {plan.week} {plan.number}",
        )
        table = table[~elsewhere] if cause is None else table[table["cause"] == cause]
        _left_out_list(table.reset_index(drop=True), key)
    for note in plan.notes:
        st.caption(frame.plain_markdown(note))


def _left_out_list(table: pd.DataFrame, key: Key) -> None:
    """Show the list; on a wide screen a row that is chosen can be put in."""
    read = table.drop(columns=["candidate_id", "cause", "barred"])
    field = f"left out {key[2]} {key[3]}"

    def take() -> None:
        rows = st.session_state[field]["selection"]["rows"]
        if rows and not table["barred"].iloc[rows[0]]:
            sweep_changes.choose(key, str(table["candidate_id"].iloc[rows[0]]))

    with st.container(key="wide-left"):
        st.caption(
            _(
                "Tick a row to have it under “Change and re-plan” above, where you can put it in. "
                "What a rule bars stands last; it cannot be put in."
            )
        )
        st.dataframe(
            read,
            hide_index=True,
            column_config={
                name: st.column_config.Column(_(name), width=width)
                for name, width in _LEFT_OUT.items()
            },
            height=min(560, frame.table_height(len(read))),
            on_select=take,
            selection_mode="single-row",
            key=field,
        )
    with st.container(key="cards-left"):
        st.html(tables.cards_html(read, ("Cause", "Calls a week", "Need")))


def downloads(plan: Plan, around: Surroundings) -> None:
    """Offer the stops as a table and the map as a page that opens with no internet."""
    spoken = reader.language()  # the files are made where nobody is at the screen
    with st.container(horizontal=True):
        frame.offer_file(
            _("Stops as a table (CSV)"),
            lambda: stops_file(plan, around, spoken),
            file_name=f"stops-{plan.week}-{plan.status}.csv",
            mime="text/csv",
        )
        frame.offer_file(
            _("Map for use without internet (HTML)"),
            lambda: map_file(plan, around, spoken),
            file_name=f"sweep-{plan.week}-{plan.status}.html",
            mime="text/html",
        )
    st.caption(_("Both hold exact addresses: for the teams, and for nobody else."))


def stops_file(plan: Plan, around: Surroundings, spoken: str) -> bytes:
    """Return the stops as CSV, and write down who took them along."""
    trail.took_plan(frame.city_folder(), plan, "stops as a table", now=wall_clock.now())
    stops = plan_tables.itinerary(plan, around.resources, spoken)
    return csv_bytes(stops[list(plan_tables.STOP_COLUMNS)], encoding="utf-8-sig")


def map_file(plan: Plan, around: Surroundings, spoken: str) -> str:
    """Return the map as a page by itself, and write down who took it along."""
    trail.took_plan(frame.city_folder(), plan, "map of the week", now=wall_clock.now())
    return offline.standalone(week.week_map(plan, around, spoken))


def publish(view: CityView, plan: Plan, by: str) -> None:
    """Let a person put their name to a draft (safeguard 6)."""
    with st.expander(_("Publish this draft")), st.form("publish", border=False):
        read = st.checkbox(_("I have looked through the stops and those left out"))
        if by:
            told = _("It will say: published by {name}.").format(name=by)
            st.caption(frame.plain_markdown(told))
        if not st.form_submit_button(_("Publish"), type="primary"):
            return
    if not by or not read:
        st.warning(
            _("Give your name at the top and confirm that you have looked through the plan.")
        )
        return
    now = wall_clock.now()
    with st.spinner(_("Asking once more who may be visited …")):
        done = frame.attempt(
            lambda: planning.publish_plan(view.folder, plan.week, plan.number, by=by, now=now)
        )
    if done:
        frame.forget()
        st.rerun()


if __name__ == "__main__":
    page()
