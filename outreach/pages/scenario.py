"""What if: what more hours would bring, as a curve, a table and a sentence."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from outreach.language.translate import N_, Say, clock_words
from outreach.pages import charts, frame, jobs, plan_tables, sweep_plan, wall_clock
from outreach.pages.language import HOURS, _, day, language
from outreach.pages.plan_tables import Answer
from outreach.pipeline import roster as rosters
from outreach.pipeline import scenario
from outreach.pipeline import staff as staffing
from outreach.pipeline.view import CityView
from outreach.plan.crews import Seat
from outreach.plan.rosters import SAID
from outreach.plan.solver import Watch
from outreach.weeks import parse_week

_NEW_TEAM = N_("A new team")
_STEP_H = 2
_SHOWN = 3  # of the last answers


def page() -> None:
    """Let a lead or manager ask what more hours would bring."""
    at_work = jobs.running(frame.city_folder())
    view = frame.open_page(
        _("What if"),
        _("What another team, or more hours, would bring. Nothing here changes a plan."),
    )
    if not view.networks or not len(view.imports):
        frame.nothing_yet(
            _("There are no streets or no calls yet, so nothing can be planned."),
            _("Bring in a call export on the page “What came in” or by: outreach ingest FILE."),
        )
        return
    ask(view)
    jobs.just_ended(view.folder)
    with st.container():
        jobs.show(view.folder, since=at_work)
    for number, job in enumerate(jobs.results(view.folder, Answer)[:_SHOWN]):
        show(job.result, f"answer {job.job_id}", first=number == 0)


def ask(view: CityView) -> None:
    """Ask which shift would be added."""
    week = st.selectbox(
        _("Week"),
        sweep_plan.weeks_ahead(view),
        index=sweep_plan.default_week(view),
        key="what if week",
        width=300,
    )
    roster = frame.read(lambda: rosters.week_roster(view.folder, week))
    teams = sorted(set(roster["team"]))
    with st.container(border=True):
        team = st.selectbox(
            _("Who"), [*teams, _NEW_TEAM], format_func=_team, key="what if team", width=300
        )
        crew = _crew(view, roster) if team == _NEW_TEAM else []
        with st.container(horizontal=True):
            monday = parse_week(week)
            days = [monday + timedelta(days=n) for n in range(7)]
            when = st.selectbox(_("Day"), days, index=3, format_func=day, width=160)
            clock = st.time_input(
                _("From"), time(9), step=timedelta(minutes=30), format=HOURS, width=140
            )
            most = st.number_input(_("Up to how many hours"), 2, 12, 8, step=_STEP_H, width=180)
        added = _added(roster, team, crew, datetime.combine(when, clock))
        with_whom = team != _NEW_TEAM or bool(crew)
        if not with_whom:
            st.caption(_("Choose at least one person of the new team."))
        st.button(
            _("Work it out"),
            type="primary",
            disabled=not with_whom,
            on_click=_begin,
            args=(view, week, added, int(most)),
        )
        told = _(
            "The week is searched once for every {hours} hours; about {seconds} seconds in all."
        )
        limit = f"{view.city.plan.solver_limit_s:.0f}"
        st.caption(told.format(hours=_STEP_H, seconds=limit))


def _team(team: str) -> str:
    return _(team) if team == _NEW_TEAM else team


def _crew(view: CityView, roster: pd.DataFrame) -> list[str]:
    """Ask who would be in a new team, as the members of a shift are written."""
    found = frame.read(lambda: staffing.staff_list(view.folder, wall_clock.now()))
    active = found.loc[found["active"], ["name", "role"]].to_numpy().tolist()
    known = [one for members in roster["members"] for one in members.split(", ")]
    people = list(dict.fromkeys([*(str(Seat(name, role)) for name, role in active), *known]))
    return st.multiselect(_("Its people"), people, key="what if people", width=640)


def _added(roster: pd.DataFrame, team: str, crew: Sequence[str], start: datetime) -> pd.DataFrame:
    """Return the shift to add, in the columns SAID; it is like one of the team's, or of any."""
    like = roster if team == _NEW_TEAM else roster[roster["team"] == team]
    row: dict[str, Any] = dict.fromkeys(SAID) if like.empty else dict(like.iloc[0])
    row |= {"team": team, "day": start.date(), "start_local": f"{start:%H:%M}"}
    if team == _NEW_TEAM:
        row |= {"members": ", ".join(crew), "seats": max(5, len(crew)) * (row["travel"] == "drive")}
    return pd.DataFrame([row], columns=list(SAID))


def _begin(view: CityView, week: str, added: pd.DataFrame, most: int) -> None:
    row = added.iloc[0]
    start = datetime.combine(row["day"], time.fromisoformat(row["start_local"]))

    def work(report: jobs.Report, watch: Watch) -> Answer:
        curve = scenario.what_if(
            view.folder,
            week,
            added,
            now=wall_clock.now(),
            hours=tuple(range(0, most + 1, _STEP_H)),
            report=report,
            watch=watch,
        )
        return Answer(week, row["team"], start, curve)

    def title(say: Say) -> str:
        told = say("What if {shift}, up to {hours} hours")
        return told.format(shift=_shift(row["team"], start), hours=most)

    jobs.start(view.folder, title, work, otherwise=N_("No plan was touched."))


def _shift(team: str, start: datetime) -> str:
    """Return a shift that is asked about: Team North on Thu 26 Nov from 9:00 AM."""
    told = _("{team} on {day} from {time}")
    return told.format(team=_team(team), day=day(start), time=clock_words(start, language()))


def show(answer: Answer, key: str, *, first: bool) -> None:
    """Show what came of a question: the sentence, the curve and the numbers."""
    head = f"{answer.week}: {_shift(answer.team, answer.start)}"
    with st.expander(frame.plain_markdown(head), expanded=first):
        st.markdown(frame.plain_markdown(plan_tables.scenario_words(answer.curve)))
        left, right = st.columns([3, 2])
        with left:
            st.altair_chart(charts.need_by_hours(answer.curve), key=key)
        with right:
            st.html(plan_tables.small_html(plan_tables.scenario_table(answer.curve)))
        st.caption(
            _(
                "Need met is counted in calls a week expected at the stops visited, from past "
                "calls. Each number comes from a search that ends after a while, so small "
                "differences say nothing. Whoever would go is taken to be trained, and free at "
                "that time."
            )
        )


if __name__ == "__main__":
    page()
