"""Changing a plan and planning it again: changes collect in a list until the lead re-plans.

They are kept by the app and not by the page, under a key in the page's address: so reading the
page anew loses none.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import uuid4

import streamlit as st

from outreach.errors import OutreachError
from outreach.language.translate import N_, Say
from outreach.pages import change_tables, frame, jobs, sweep_add, wall_clock, work_forms
from outreach.pages.change_tables import Change, Choices
from outreach.pages.language import _, _n, number
from outreach.pipeline import replan
from outreach.pipeline import roster as rosters
from outreach.pipeline.view import CityView
from outreach.plan.document import Plan
from outreach.plan.solver import Watch

CLICKS = ("last_object_clicked", "last_object_clicked_count", "last_clicked")
_CHANGE, _ADD = N_("Change a stop"), N_("Add a stop")
_SPOT, _WHAT = "clicked spot", "what to change"
_MOST_DESKS = 500
WHOLE_WEEK, ALL_TEAMS = N_("Whole week"), N_("All teams")
TEAMS = "changed teams"

Key = tuple[str, str, str, int]  # desk, city folder, week, version


@st.cache_resource
def _collected() -> dict[Key, tuple[Change, ...]]:
    """Return the changes of all desks that are not planned yet."""
    return {}


def desk(plan: Plan, view: CityView) -> Key:
    """Return under which key this page's changes to a plan are kept."""
    known = st.session_state.get("desk") or st.query_params.get("desk", "")[:32] or uuid4().hex[:12]
    st.session_state["desk"] = known
    if st.query_params.get("desk") != known:
        st.query_params["desk"] = known
    return known, str(view.folder), plan.week, plan.number


def _note(key: Key, change: Change) -> None:
    """Put a change on the list; what was chosen for it is done with."""
    kept = _collected()
    kept[key] = change_tables.with_change(kept.get(key, ()), change)
    while len(kept) > _MOST_DESKS:
        kept.pop(next(iter(kept)))
    st.session_state[stop_field(key)] = None
    st.session_state.pop(_SPOT, None)


def _take_back(kept: dict[Key, tuple[Change, ...]], key: Key, gone: Sequence[Change]) -> None:
    kept[key] = tuple(one for one in kept.get(key, ()) if not any(one is old for old in gone))


def day_field(plan: Plan) -> str:
    """Return the key of the field that says which day is shown."""
    return f"day {plan.week}"


def team_field(plan: Plan) -> str:
    """Return the key of the field that says which team is shown."""
    return f"team {plan.week}"


def stop_field(key: Key) -> str:
    """Return the key of the field in which a stop is chosen."""
    return f"stop {key[2]} {key[3]}"


def choose(key: Key, candidate: str) -> None:
    """Have a stop chosen when the page is drawn next."""
    st.session_state[stop_field(key)] = candidate
    st.session_state[_WHAT] = _CHANGE


def heed(key: Key, of: Choices, clicked: Mapping[str, Any], shift_ids: Sequence[str]) -> None:
    """Choose the stop that was clicked on the map, or else the spot."""
    seen = st.session_state.get("clicks seen", {})
    now = {name: clicked.get(name) for name in CLICKS}
    st.session_state["clicks seen"] = now
    hit = (now[CLICKS[0]], now[CLICKS[1]]) != (seen.get(CLICKS[0]), seen.get(CLICKS[1]))
    point = now[CLICKS[0]] if hit and now[CLICKS[0]] else None
    if point is None and now[CLICKS[2]] != seen.get(CLICKS[2]):
        point = now[CLICKS[2]]
    if not point:
        return
    found = change_tables.stop_at(of, point["lng"], point["lat"], shift_ids)
    if found:
        choose(key, found)
    else:
        st.session_state[_SPOT] = (round(point["lng"], 5), round(point["lat"], 5))
        st.session_state[_WHAT] = _ADD


def panel(view: CityView, of: Choices, key: Key, by: str) -> None:
    """Let a lead change what she knows better, and plan the week again."""
    st.markdown(f"#### {_('Change and re-plan')}")
    if not of.shifts:
        st.caption(_("All shifts of this plan are over. Make a new draft for a coming week below."))
        return
    show_collected(view, of.plan, key, by)
    st.session_state.setdefault(_WHAT, _CHANGE)
    what = st.segmented_control(
        _("What"),
        [_CHANGE, _ADD],
        format_func=_,
        key=_WHAT,
        required=True,
        label_visibility="collapsed",
    )
    if what == _ADD:
        sweep_add.add_stop(view, of, st.session_state.get(_SPOT), partial(_note, key))
    else:
        change_stop(of, key)
    show_pinned(of, key)
    frame.link_to("roster", _("Somebody is ill, or a shift is shorter"))


@st.fragment  # alone, so that a press shows at once how far it is
def show_collected(view: CityView, plan: Plan, key: Key, by: str) -> None:
    """List the changes that are not planned yet; each can be taken back."""
    changes = _collected().get(key, ())
    if not changes:
        if not jobs.show_own(view.folder, key):
            st.caption(
                _(
                    "Choose a stop on the map or in the list. Changes are collected here; the week "
                    "is planned again only when you say so."
                )
            )
        return
    with st.container(border=True, key="collected"):
        st.markdown(
            _n(
                "**{number} change, not re-planned yet**",
                "**{number} changes, not re-planned yet**",
                len(changes),
            )
        )
        for place, change in enumerate(changes):
            _row(f"{place}", change.said, _take_back, (_collected(), key, [change]))
        _re_plan(view, plan, key, by, _("Re-plan"))


def _re_plan(view: CityView, plan: Plan, key: Key, by: str, label: str, why: str = "") -> None:
    """Offer to plan the week again, or show how far that is; ``why`` tells the places apart."""
    what = (key, why) if why else key
    if jobs.show_own(view.folder, what):
        return
    if _is_planned(view, key):
        st.caption(_("This version is being planned again."))
        return
    unnamed = f"unnamed {why}"
    st.button(
        label,
        type="secondary" if why else "primary",
        on_click=begin if by else st.session_state.update,
        args=(view, plan, key, by, what) if by else ({unnamed: True},),
    )
    if st.session_state.pop(unnamed, False):
        st.warning(_("Give your name at the top of the page first: a change says who made it."))


def _row(name: str, said: str, undo: Callable[..., None], args: tuple[Any, ...]) -> None:
    """Show one change, and a button that takes it back."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"change-{name}"):
        st.markdown(frame.plain_markdown(said))
        st.button(_("Take back"), key=f"undo {name}", on_click=undo, args=args)


def _is_planned(view: CityView, key: Key) -> bool:
    """Return whether a desk's version is being planned again already."""
    return any(job.what in (key, (key, TEAMS)) for job in jobs.running(view.folder))


def begin(view: CityView, plan: Plan, key: Key, by: str, what: object) -> None:
    """Make the next version with the changes collected; they stay listed if it comes to nothing."""
    if _is_planned(view, key):
        return
    kept = _collected()
    changes = kept.get(key, ())

    def work(report: jobs.Report, watch: Watch) -> tuple[str, int]:
        made = replan.replan(
            view.folder, plan.week, plan.number, change_tables.edits(changes),
            by=by, now=wall_clock.now(), report=report, watch=watch,
        )  # fmt: skip
        _take_back(kept, key, changes)
        return made.week, made.number

    def title(say: Say) -> str:
        told = say("Re-plan of {week} from version {number}")
        return told.format(week=plan.week, number=plan.number)

    otherwise = N_("Your changes are still listed, and all versions are as they were.")
    jobs.start(view.folder, title, work, by=by, otherwise=otherwise, what=what)


def say_roster(view: CityView, plan: Plan, key: Key, by: str) -> None:
    """Say so if the teams are not those any more that a week's newest version was made with."""
    work_forms.remember("roster week", plan.week)  # the page “Teams and shifts” opens with it
    said = _roster_said(view, plan)
    if said:
        _teams_changed(view, plan, key, by, said)
    else:
        jobs.show_own(view.folder, (key, TEAMS))


def _roster_said(view: CityView, plan: Plan) -> list[str]:
    if any(one.week == plan.week and one.number > plan.number for one in view.plans):
        return []
    now = wall_clock.now()
    try:
        teams = rosters.week_teams(view.folder, plan.week)
    except OutreachError as error:
        told = _("The teams of this week cannot be read: {error}").format(error=error)
        st.warning(frame.plain_markdown(told))
        return []
    going = teams.shifts[teams.goes]
    return change_tables.roster_changes(
        plan.shifts[plan.shifts["end_at"] > now], going[going["end_at"] > now], plan.time_zone
    )


@st.fragment  # alone, so that a press shows at once how far it is
def _teams_changed(view: CityView, plan: Plan, key: Key, by: str, said: Sequence[str]) -> None:
    with st.container(border=True, key="teams-changed"):
        st.markdown(_("**The teams have changed since this version was made.**"))
        st.markdown(frame.plain_markdown("; ".join(said) + "."))
        _re_plan(view, plan, key, by, _("Re-plan with the teams as they are now"), TEAMS)
        frame.link_to("roster", _("Teams and shifts"))


def change_stop(of: Choices, key: Key) -> None:
    """Let a lead say what is to happen with one stop, or with one that was left out."""
    one = st.selectbox(
        _("Which stop"),
        list(of.names),
        index=None,
        format_func=of.names.__getitem__,
        placeholder=_("Type an address, or choose it on the map"),
        key=stop_field(key),
        on_change=_follow,
        args=(of, key),
    )
    if one is None:
        return
    if one in of.shift_of:
        _change_planned(of, key, one)
    else:
        _change_left_out(of, key, one)


def _follow(of: Choices, key: Key) -> None:
    """Show the day and team of the stop that was chosen in the list."""
    one = st.session_state[stop_field(key)]
    if one not in of.shift_of:
        return
    shifts = of.plan.shifts.set_index("shift_id")
    shift = shifts.loc[of.shift_of[one]]
    day, team = day_field(of.plan), team_field(of.plan)
    if st.session_state.get(day) != WHOLE_WEEK:
        st.session_state[day] = shift["day"].isoformat()
    if st.session_state.get(team) != shift["team"]:
        st.session_state[team] = ALL_TEAMS


def _change_planned(of: Choices, key: Key, one: str) -> None:
    stops = of.plan.stops
    st.caption(frame.plain_markdown(str(stops.loc[stops["candidate_id"] == one, "why"].iloc[0])))
    fixed = bool(of.told(one, "must"))
    if fixed:
        st.info(_("This is an appointment at a fixed time. It never leaves the plan by itself."))
    with st.container(horizontal=True):
        _button(_("Keep it there"), key, change_tables.keep(of, one))
        if not fixed:
            _button(_("Take it out"), key, change_tables.take_out(of, one))
    _to_another(of, key, one, _("Move it to"), _("Move"), of.open_shifts(one))
    partners = of.partners(one)
    if partners:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            other = st.selectbox(
                _("Swap it with"), list(partners), index=None, format_func=partners.__getitem__,
                placeholder=_("Another stop"), key=f"partner of {one}",
            )  # fmt: skip
            change = change_tables.swap(of, one, other) if other else None
            _button(_("Swap"), key, change)


def _change_left_out(of: Choices, key: Key, one: str) -> None:
    left = of.plan.left_out.set_index("candidate_id")["why"]
    st.caption(frame.plain_markdown(str(left[one])))
    shifts = {"": _("Wherever it fits"), **of.open_shifts(one)}
    _to_another(of, key, one, _("Put it in"), _("Put in"), shifts)


def _to_another(
    of: Choices, key: Key, one: str, label: str, verb: str, shifts: Mapping[str, str]
) -> None:
    if not any(shifts):
        st.caption(_("No other shift has the people and days that it needs."))
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        to = st.selectbox(
            label,
            list(shifts),
            index=0 if "" in shifts else None,
            format_func=shifts.__getitem__,
            placeholder=_("Day and team"),
            key=f"{'put in' if '' in shifts else 'move'} {one}",
        )
        _button(verb, key, None if to is None else change_tables.move(of, one, to or None))
    barred = len(of.shifts) - len(of.open_shifts(one)) - (one in of.shift_of)
    if barred:
        st.caption(
            _n(
                "{number} shift not offered: the wrong day, or not the people.",
                "{number} shifts not offered: the wrong day, or not the people.",
                barred,
            )
        )


def _button(label: str, key: Key, change: Change | None) -> None:
    st.button(label, on_click=_note, args=(key, change), disabled=change is None)


def show_pinned(of: Choices, key: Key) -> None:
    """Say what a lead changed in earlier versions, and let her take it back."""
    table = of.plan.candidates
    added = list(table.loc[table["kind"] == "added", "candidate_id"])
    pinned = [one for one in of.pinned["candidate_id"] if one not in added]
    if not pinned and not added:
        return
    head = _("Changed in earlier versions ({number})")
    with st.expander(head.format(number=number(len(pinned) + len(added)))):
        told = {one: change_tables.said_before(of, one) for one in pinned}
        was_added = _("{place} was added")
        told |= {one: was_added.format(place=of.told(one, "label")) for one in added}
        for one, said in told.items():
            change = Change(_("No longer: {change}").format(change=said), dropped=(one,))
            _row(f"before {one}", said, _note, (key, change))
