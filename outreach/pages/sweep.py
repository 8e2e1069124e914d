"""This week's sweep: the plan on a map, the stops with reasons, what was left out."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import streamlit as st

from outreach.maps import offline, week
from outreach.maps.elements import each
from outreach.maps.week import Surroundings
from outreach.pages import due, frame, map_view, tables
from outreach.pipeline import week as planning
from outreach.pipeline.lists import has_work
from outreach.pipeline.standing import as_it_may_be_shown
from outreach.pipeline.view import CityView
from outreach.plan.document import Plan
from outreach.reports.exports import csv_bytes
from outreach.weeks import local_date, local_text, week_label

WHOLE_WEEK, ALL_TEAMS = "Whole week", "All teams"
WISHES_AGE_S = 20  # so long an open page may lag behind what somebody asked for


def page() -> None:
    """Show a week's plan."""
    view = frame.open_page(
        "This week's sweep",
        "Who goes where, when and why. A plan is a draft until a person publishes it.",
    )
    due.overdue_line(view.folder, datetime.now(UTC))
    if not view.plans:
        frame.nothing_yet("There is no plan yet.", _next_step(view))
        new_draft(view)
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Plan",
            range(len(view.plans)),
            format_func=lambda i: _name(view.plans[i]),
            key="plan",
            width=460,
        )
        plan = _as_it_may_be_shown(view, view.plans[chosen])
        status(plan)
    numbers = (f"**{value}** {label.lower()}" for label, value in week.headline(plan).items())
    st.markdown(" · ".join(numbers))
    if plan.status == "draft":
        publish(view, plan)
    around = Surroundings(map_view.ground_of(view), view.rates, view.resources, view.city.home_base)
    if len(plan.stops):
        show_plan(plan, around)
    else:
        frame.nothing_yet("This plan has no visits.", "The reasons are in the list below.")
    show_left_out(plan)
    new_draft(view)


def _as_it_may_be_shown(view: CityView, plan: Plan) -> Plan:
    """Leave out whoever asked not to be visited since the plan was made."""
    if not has_work(view.folder):
        return plan
    which = f"{plan.week} {plan.number} {plan.status}"
    return frame.read(lambda: _checked_anew(str(view.folder), which, plan))


@st.cache_resource(ttl=WISHES_AGE_S, max_entries=4, show_spinner="Asking who may be visited …")
def _checked_anew(folder: str, which: str, _plan: Plan) -> Plan:  # noqa: ARG001
    return as_it_may_be_shown(Path(folder), _plan, now=datetime.now(UTC))


def _next_step(view: CityView) -> str:
    if not len(view.imports):
        return (
            "Bring in a call export first, on the page “What came in” or by: outreach ingest FILE."
        )
    if not view.networks:
        return (
            "This city folder was made without streets. Make a new one with them, and read the "
            "exports there: outreach init NEW-FOLDER --streets FILE."
        )
    return "Make the first draft below."


def _name(plan: Plan) -> str:
    made = local_text(plan.made_at, plan.time_zone)
    return f"{plan.week}, version {plan.number} ({plan.status}), made {made}"


def status(plan: Plan) -> None:
    """Show whether a plan is a draft, or who published it."""
    if plan.status == "draft":
        st.badge("Draft: not to be driven before it is published", color="orange")
    else:
        when = local_text(plan.published_at or plan.made_at, plan.time_zone)
        by = frame.plain_markdown(str(plan.published_by))
        st.badge(f"Published by {by}, {when}", color="green")


def show_plan(plan: Plan, around: Surroundings) -> None:
    """Show the map and the stops of the chosen day and team."""
    shifts = week.shift_rows(plan)
    days = dict(zip(shifts["day"], shifts["day_label"], strict=True))
    today = local_date(datetime.now(UTC), plan.time_zone).isoformat()
    teams = sorted(set(shifts["team"]))
    left, right = st.columns([3, 2])
    with left:
        day = st.pills(
            "Day",
            [*days, WHOLE_WEEK],
            format_func=lambda d: days.get(d, d),
            default=today if today in days else next(iter(days)),
            key=f"day {plan.week}",
            required=True,
        )
    with right:
        team = st.pills(
            "Team", [ALL_TEAMS, *teams], default=ALL_TEAMS, key=f"team {plan.week}", required=True
        )
    shown = tables.shifts_of(
        plan,
        day=None if day == WHOLE_WEEK else day,
        team=None if team == ALL_TEAMS else team,
    )
    chart = week.week_surroundings(around, week.week_bounds(plan, around), title=plan.week)
    week.week_legend(plan, around.resources).add_to(chart)
    routes = week.week_routes(plan, around.resources, shift_ids=list(shown["shift_id"]))
    map_view.show_map(chart, moving=routes)
    if not len(shown):
        st.info("No team has visits on that day. Choose another day or team.")
    downloads(plan, around)
    st.subheader("Stops")
    stops = tables.itinerary(plan, around.resources)
    for shift in each(shown):
        mine = stops[stops["shift_id"] == shift.shift_id]
        name = frame.plain_markdown(f"{shift.team}, {shift.day_label}: {len(mine)} visits")
        with st.expander(name, expanded=len(shown) <= 3):
            hours = f"{week.clock(shift.start_at, plan.time_zone)}–"
            hours += week.clock(shift.end_at, plan.time_zone)
            st.caption(frame.plain_markdown(f"{hours}. {shift.members}"))
            st.html(tables.shift_html(mine, shift.colour, tables.pauses(plan, shift.shift_id)))


def show_left_out(plan: Plan) -> None:
    """List who and what is not visited, with the reason."""
    table = tables.left_out(plan)
    with st.expander(f"Not visited this week: {len(table)}, each with its reason"):
        frame.list_of(table, ("Calls a week", "Need"), key="left out")
    for note in plan.notes:
        st.caption(frame.plain_markdown(note))


def downloads(plan: Plan, around: Surroundings) -> None:
    """Offer the stops as a table and the map as a page that opens with no internet."""
    with st.container(horizontal=True):
        st.download_button(
            "Stops as a table (CSV)",
            lambda: csv_bytes(
                tables.itinerary(plan, around.resources)[list(tables.STOP_COLUMNS)],
                encoding="utf-8-sig",
            ),
            file_name=f"stops-{plan.week}-{plan.status}.csv",
            mime="text/csv",
            on_click="ignore",
        )
        st.download_button(
            "Map for use without internet (HTML)",
            lambda: offline.standalone(week.week_map(plan, around)),
            file_name=f"sweep-{plan.week}-{plan.status}.html",
            mime="text/html",
            on_click="ignore",
        )
    st.caption("Both hold exact addresses: for the teams, and for nobody else.")


def publish(view: CityView, plan: Plan) -> None:
    """Let a person put their name to a draft (safeguard 6)."""
    with st.expander("Publish this draft"), st.form("publish", border=False):
        by = st.text_input("Your name", max_chars=80)
        read = st.checkbox("I have looked through the stops and those left out")
        if not st.form_submit_button("Publish", type="primary"):
            return
    if not by.strip() or not read:
        st.warning("Give your name and confirm that you have looked through the plan.")
        return
    now = datetime.now(UTC)
    done = frame.attempt(
        lambda: planning.publish_plan(view.folder, plan.week, plan.number, by=by.strip(), now=now)
    )
    if done:
        _show_newest()


def new_draft(view: CityView) -> None:
    """Make a plan for a week from the calls known now."""
    if not view.networks or not len(view.imports):
        return
    st.subheader("Make a new draft")
    today = local_date(datetime.now(UTC), view.city.time_zone)
    starts: list[date] = [today + timedelta(weeks=n) for n in range(4)]
    labels = [week_label(day) for day in starts]
    wanted = st.selectbox("Week", labels, index=0 if today.weekday() < 4 else 1, key="new week")
    limit = f"{view.city.plan.solver_limit_s:.0f} seconds"
    if not st.button(f"Make a draft (about {limit})"):
        return
    with st.status("Making a draft …", expanded=True) as progress:
        done = frame.attempt(
            lambda: planning.make_week_plan(
                view.folder,
                wanted,
                now=datetime.now(UTC),
                report=lambda text: progress.update(label=frame.plain_markdown(text)),
            )
        )
        progress.update(
            label="The draft is made" if done else "No draft was made", state="complete"
        )
    if done:
        _show_newest()


def _show_newest() -> None:
    del st.session_state["plan"]
    frame.forget()
    st.rerun()


if __name__ == "__main__":
    page()
