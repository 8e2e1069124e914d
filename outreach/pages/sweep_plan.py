"""Making a draft of a week: it goes on by itself, and the page says how far it is."""

from datetime import date, timedelta

import streamlit as st

from outreach.language.translate import N_, Say
from outreach.pages import frame, jobs, wall_clock
from outreach.pages.language import _
from outreach.pipeline import week as planning
from outreach.pipeline.view import CityView
from outreach.plan.solver import Watch
from outreach.weeks import coming_week, local_date, week_label

CHOSEN = "plan"  # the field in which a version is chosen: its week and number
DRAFTS = "a new draft"  # what a job is for that makes one


@st.fragment  # alone, so that a press shows at once how far it is
def new_draft(view: CityView, by: str) -> None:
    """Let a lead make a plan for a week from what is known now."""
    if not view.networks or not len(view.imports):
        return
    st.subheader(_("Make a new draft"))
    wanted = st.selectbox(
        _("Week"), weeks_ahead(view), index=default_week(view), key="new week", width=300
    )
    told = _(
        "About {seconds} seconds of search. You can go on working meanwhile, or leave the page."
    )
    st.caption(told.format(seconds=f"{view.city.plan.solver_limit_s:.0f}"))
    st.button(_("Make a draft"), on_click=_begin, args=(view, wanted, by))
    jobs.show_own(view.folder, DRAFTS)


def weeks_ahead(view: CityView) -> list[str]:
    """Return the weeks that a plan can be made for: this one and the next three."""
    today = local_date(wall_clock.now(), view.city.time_zone)
    starts: list[date] = [today + timedelta(weeks=n) for n in range(4)]
    return [week_label(day) for day in starts]


def default_week(view: CityView) -> int:
    """Return which of them is the one that comes next."""
    now = wall_clock.now()
    return weeks_ahead(view).index(coming_week(now, view.city.time_zone))


def _begin(view: CityView, week: str, by: str) -> None:
    def work(report: jobs.Report, watch: Watch) -> tuple[str, int]:
        made = planning.make_week_plan(
            view.folder, week, now=wall_clock.now(), report=report, watch=watch
        )
        return made.week, made.number

    def title(say: Say) -> str:
        return say("Draft of {week}").format(week=week)

    otherwise = N_("Nothing was changed: all versions made before are there as they were.")
    jobs.start(view.folder, title, work, by=by, otherwise=otherwise, what=DRAFTS)


def take_up(view: CityView) -> None:
    """Show the version that was just made, once."""
    made = [job for job in jobs.just_ended(view.folder) if isinstance(job.result, tuple)]
    if not made:
        return
    st.session_state[CHOSEN] = made[-1].result
    week, number = made[-1].result
    told = _("Version {number} of {week} is made.")
    st.session_state["said"] = told.format(number=number, week=week)
    frame.forget()
    st.rerun()
