"""This week at a glance: what waits first, then the plan, then how things stand."""

from datetime import datetime
from html import escape
from pathlib import Path

import streamlit as st

from outreach import roles
from outreach.config import City
from outreach.maps import week as week_maps
from outreach.maps.elements import Chart
from outreach.maps.week import Surroundings
from outreach.pages import frame, map_view, saving, wall_clock, work_cards
from outreach.pages import week_lines as lines
from outreach.pages.due_tables import due_items
from outreach.pages.language import _, language
from outreach.pipeline import audit_trail, glance, lists
from outreach.pipeline.glance import SHOWN, Gaps, Reach, Waiting, WeekPlan
from outreach.pipeline.view import CityView
from outreach.plan.document import Plan
from outreach.weeks import coming_week, local_date

MAP_HEIGHT = 420
AGE_S = 20  # so long an open page may lag behind what others change
SIGNS = {"look": "!", "good": "✓", "quiet": "·"}


def page() -> None:
    """Show the week: the figures that come fast first, what takes longer after them."""
    folder, city = frame.open_without_calls(
        _("This week at a glance"), _("What waits, how far the plan is, and what is new.")
    )
    st.session_state[_LINES] = 0
    now = wall_clock.now()
    left, right = st.columns([3, 2], gap="large")
    with left:
        show_waiting(folder, frame.read(lambda: glance.waiting(folder, now=now)), city, now)
        sweep = st.container()
        standing = st.container()
    # What takes longer: all that was read above is on the screen already.
    view = frame.city_now()
    if not len(view.imports):
        with left:
            first_steps(view)
        return
    this, coming = _plans(view, now)
    with sweep:
        st.subheader(_("The sweep"))
        sweep_lines(this, coming, city)
        coverage(view, this, coming)
    with standing:
        how_things_stand(view, now)
    with right:
        week_map(view, this, coming)


_LINES = "lines at a glance"


def show(line: lines.Line | None) -> None:
    """Show one line and its next step."""
    if line is None:
        return
    st.session_state[_LINES] += 1
    with st.container(
        key=f"glance-{st.session_state[_LINES]}", horizontal=True, vertical_alignment="center"
    ):
        st.html(
            f'<p class="glance"><span class="state {line.kind}" aria-hidden="true">'
            f"{SIGNS[line.kind]}</span> {escape(line.told)}</p>"
        )
        frame.link_to(line.page, line.link, back=False, **line.chosen)


def show_waiting(folder: Path, wait: Waiting, city: City, now: datetime) -> None:
    """Show before all else what is overdue (duty 8), and whom others asked us to see."""
    st.subheader(_("Overdue follow-ups"))
    show(lines.overdue_line(wait))
    if len(wait.overdue):
        today = local_date(now, city.time_zone)
        first = wait.overdue.head(SHOWN).assign(
            worker=lambda rows: rows["worker"].astype("object").fillna("")
        )
        tasks = lists.open_tasks(folder, now=now)
        rows = due_items(first, tasks[tasks["task_id"].isin(first["task_id"])], today=today)
        rows = rows.assign(promised=rows["task_id"].notna()).sort_values(
            ["promised", "in_days", "name"], ascending=[False, True, True]
        )
        told = "".join(
            f'<li class="glance">{work_cards.due_html(row, city.time_zone)}</li>'
            for row in rows.to_dict("records")
        )
        st.html(f'<ul class="glance">{told}</ul>')
        left = len(wait.overdue) - len(first)
        if left:
            st.caption(_("And {n} more.").format(n=left))
    show(lines.referrals_line(wait))


def sweep_lines(this: WeekPlan, coming: WeekPlan, city: City) -> None:
    """Say how far the plans of this week and the next are, and what came of them."""
    show(lines.plan_line(this, city.time_zone, this_week=True))
    show(lines.done_line(this))
    show(lines.barred_line(this))
    show(lines.plan_line(coming, city.time_zone, this_week=False))
    show(lines.barred_line(coming))


def how_things_stand(view: CityView, now: datetime) -> None:
    """Say what is new, who cannot go out, and how old what is known is."""
    st.subheader(_("How things stand"))
    folder, city = view.folder, view.city
    for line in gaps_lines(_gaps(folder, city, now)):
        show(line)
    show(lines.directory_line(frame.read(lambda: glance.directory_age(folder, now=now)), city))
    today = local_date(now, city.time_zone)
    show(lines.calls_line(glance.newest_call(view.imports, city.time_zone), today))
    demand = frame.demand_of_city()
    show(lines.alerts_line(demand))
    show(lines.exposure_line(demand, city.exposure))


def gaps_lines(found: dict[str, Gaps | None]) -> list[lines.Line]:
    """Return the week that is planned next, and the one that runs where it is short."""
    *runs, (week, ahead) = found.items()
    short = [lines.gaps_line(one, label) for label, one in runs]
    return [*(line for line in short if line.kind == "look"), lines.gaps_line(ahead, week)]


def coverage(view: CityView, this: WeekPlan, coming: WeekPlan) -> None:
    """Say how many of the listed are reached, and how much goes where calls are few."""
    for plan in (this, coming) if this.plan or this.logged else (coming,):
        found = _reach(view, plan)
        if plan.plan is not None or found.met:
            show(lines.reach_line(found, plan.week, ahead=plan is coming))
            show(lines.exploration_line(plan))


def week_map(view: CityView, this: WeekPlan, coming: WeekPlan) -> None:
    """Show a plan's stops: this week's, or the next one's where there is none."""
    shown = this if this.plan is not None and len(this.plan.stops) else coming
    st.subheader(_("On the map"))
    if shown.plan is None or shown.plan.stops.empty:
        st.info(_("No stops are planned yet, so there is nothing on the map."))
        return
    plan = shown.plan
    if lists.has_work(view.folder):
        frame.read(lambda: audit_trail.saw_plan(view.folder, plan, now=wall_clock.now()))
    st.caption(
        _("The sweep of {week}, {state}: {stops} stops.").format(
            week=shown.week,
            state=_("published") if shown.state == "published" else _("a draft"),
            stops=len(shown.plan.stops),
        )
    )
    which = ("week", plan.week, plan.number, plan.status)
    chart = map_view.drawn(view, lambda: _chart(view, plan), *which)
    about = _("Map: the routes of the week. The page “This week's sweep” lists every stop.")
    map_view.show_map(chart, height=MAP_HEIGHT, place="week", told=about)
    days = week_maps.shift_rows(plan, language()).groupby("day_label", sort=False)["shift_id"]
    counts = plan.stops["shift_id"].value_counts()
    told = [f"{day}: {counts.reindex(ids).sum():g}" for day, ids in days]
    st.caption(_("Stops by day: {days}.").format(days="; ".join(told)))


def _chart(view: CityView, plan: Plan) -> Chart:
    stale_days = view.city.resources.stale_days
    around = Surroundings(map_view.ground_of(view), view.rates, view.resources, stale_days)
    spoken = language()
    chart = week_maps.week_surroundings(plan, around, title=plan.week, language=spoken)
    week_maps.week_routes(plan, around.resources, language=spoken).add_to(chart)
    return chart


def first_steps(view: CityView) -> None:
    """Say what to do next in a city without calls, step by step."""
    st.subheader(_("First steps"))
    folder, city, streets = view.folder, view.city, bool(view.networks)
    staff = lists.has_work(folder) and bool(lists.workers(folder))
    base = city.home_base is not None and bool(city.shifts)
    steps = [
        (streets, _("Streets of the city, for travel times: outreach init."), None, ""),
        (False, _("Calls for help, from a dispatch export."), "incoming", _("Bring in an export")),
        (staff, _("Staff, so that somebody can go out."), "staff", _("Staff")),
        (base, _("Teams, shifts and a base to start from."), "roster", _("Teams and shifts")),
        (
            (folder / "directory.zip").is_file(),
            _("Places that help, such as shelters and clinics."),
            "directory",
            _("Directory"),
        ),
        (False, _("Then the first plan: a draft, until you publish it."), "sweep", _("The sweep")),
    ]
    for number, (done, told, name, link) in enumerate(steps, 1):
        with st.container(key=f"glance-step-{number}", horizontal=True):
            sign = "✓" if done else str(number)
            st.html(f'<p class="glance"><span class="state">{sign}</span> {escape(told)}</p>')
            if name:
                frame.link_to(name, link)


def _changed(folder: Path) -> tuple[float, int]:
    """Return what is another when files change, or this session has saved something."""
    return frame.stamp(folder), saving.saves()


@st.cache_resource(ttl=AGE_S, max_entries=4, show_spinner=False)
def _kept_plans(
    folder: str,  # noqa: ARG001
    changed: tuple[float, int],  # noqa: ARG001
    weeks: tuple[str, str],
    _view: CityView,
) -> tuple[WeekPlan, WeekPlan]:
    this, coming = glance.week_plans(_view, weeks, now=wall_clock.now())
    return this, coming


def _plans(view: CityView, now: datetime) -> tuple[WeekPlan, WeekPlan]:
    """Return how far this week's plan and the next one are; what is kept is for leads only."""
    frame.read(lambda: roles.require("manage"))
    weeks = glance.this_and_next(now, view.city)
    folder = view.folder
    return frame.read(lambda: _kept_plans(str(folder), _changed(folder), weeks, view))


@st.cache_resource(ttl=AGE_S, max_entries=8, show_spinner=False)
def _kept_reach(
    folder: str,  # noqa: ARG001
    changed: tuple[float, int],  # noqa: ARG001
    week: str,
    _view: CityView,
    _plan: WeekPlan,
) -> Reach:
    return glance.reach(_view, week, _plan.plan)


def _reach(view: CityView, plan: WeekPlan) -> Reach:
    """Return how many of the listed a week reaches; for leads only."""
    frame.read(lambda: roles.require("manage"))
    changed = _changed(view.folder)
    return frame.read(lambda: _kept_reach(str(view.folder), changed, plan.week, view, plan))


@st.cache_resource(ttl=AGE_S, max_entries=4, show_spinner=False)
def _kept_gaps(
    folder: str,
    changed: tuple[float, int],  # noqa: ARG001
    weeks: tuple[str, ...],
) -> dict[str, Gaps | None]:
    return {week: glance.gaps(Path(folder), week) for week in weeks}


def _gaps(folder: Path, city: City, now: datetime) -> dict[str, Gaps | None]:
    """Return who does not go out in the week that is planned next; for leads only."""
    frame.read(lambda: roles.require("manage"))
    this, coming = glance.this_and_next(now, city)[0], coming_week(now, city.time_zone)
    weeks = tuple(dict.fromkeys((this, coming)))
    return frame.read(lambda: _kept_gaps(str(folder), _changed(folder), weeks))


if __name__ == "__main__":
    page()
