"""Teams and shifts of a week: who goes out when, and what a lead changes in it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from outreach.config import City
from outreach.language.translate import N_, clock_words
from outreach.pages import confirm, frame, roster_cards, saving, wall_clock, work_forms
from outreach.pages.language import HOURS, _, day, language, moment
from outreach.pipeline import roster as rosters
from outreach.pipeline import staff as staffing
from outreach.plan.crews import Seat, seats
from outreach.plan.rosters import Key, with_shift, without_shift, without_worker
from outreach.weeks import coming_week, local_date, parse_week, week_label

WEEKS_AHEAD = 5
NEXT_STEP = N_("Now plan the week again on the page “This week's sweep”.")
WAYS = {"drive": N_("Driving"), "walk": N_("On foot")}
STEP = timedelta(minutes=15)
WIDE = 640


@dataclass(frozen=True)
class Desk:
    """Where a lead changes a week's shifts."""

    folder: Path
    city: City
    week: str
    by: str

    @property
    def days(self) -> list[date]:
        """The days of the week."""
        monday = parse_week(self.week)
        return [monday + timedelta(days=n) for n in range(7)]

    def change(self, edit: rosters.Edit, said: str | Callable[[Any], str]) -> None:
        """Keep a change of the week's shifts and say what to do next."""
        saving.keep(
            lambda: rosters.change_roster(
                self.folder, self.week, edit, by=self.by, now=wall_clock.now()
            ),
            said,
            self.by,
        )


def page() -> None:
    """Show a week's teams and let a lead change them."""
    folder, city = frame.open_without_calls(
        _("Teams and shifts"),
        _("Who goes out when, and from where: what the sweep is planned with."),
    )
    by = work_forms.who()
    saving.say()
    desk = Desk(folder, city, choose_week(city), by)
    found: list[rosters.Teams] = []
    if not frame.attempt(lambda: found.append(rosters.week_teams(folder, desk.week))):
        back_to_usual(desk)
        return
    teams = found[0]
    whose_week(desk, teams)
    if teams.shifts.empty:
        frame.nothing_yet(_("Nobody goes out this week yet."), _("Add the first shift below."))
    else:
        who_cannot(teams)
        with st.expander(_("Somebody is away")):
            somebody_away(desk, teams.roster)
        with st.expander(_("Change or drop a shift")):
            change_shift(desk, teams.roster)
    with st.expander(_("Add a shift"), expanded=teams.shifts.empty):
        add_shift(desk, teams.roster)
    for heading, cards in roster_cards.days(teams, city.time_zone).items():
        st.subheader(heading)
        st.html(cards)


def choose_week(city: City) -> str:
    """Ask which week: at first that of the link that led here, or the one that comes next."""
    now = wall_clock.now()
    today = local_date(now, city.time_zone)
    labels = [week_label(today + timedelta(weeks=n)) for n in range(WEEKS_AHEAD)]
    wanted = [st.query_params.get("week"), work_forms.remembered("roster week")]
    known = [label for label in wanted if label in labels]
    index = labels.index(next(iter(known), coming_week(now, city.time_zone)))
    week = st.selectbox(_("Week"), labels, index, format_func=_week_text, width=340)
    work_forms.remember("roster week", week)
    return week


def _week_text(label: str) -> str:
    monday = parse_week(label)
    start, end = day(monday), day(monday + timedelta(days=6))
    return _("{week}, {start} to {end}").format(week=label, start=start, end=end)


def whose_week(desk: Desk, teams: rosters.Teams) -> None:
    """Say whether these are the usual shifts, and offer the way back to them."""
    if teams.changed_by is None or teams.changed_at is None:
        st.caption(_("The usual week of these teams: nothing was changed in it."))
        return
    when = moment(teams.changed_at, desk.city.time_zone)
    told = _("Not the usual week: last changed by {name}, {when}.")
    told = told.format(name=teams.changed_by, when=when)
    st.info(frame.plain_markdown(f"{told} {_(NEXT_STEP)}"))
    with st.container(horizontal=True, vertical_alignment="center"):
        frame.link_to("sweep", _("Plan the week again"))
        back_to_usual(desk)


def back_to_usual(desk: Desk) -> None:
    """Offer the usual week of city.toml in place of this one."""
    told = _("All changes of {week} are lost: the shifts are those of the usual week again.")
    told = told.format(week=desk.week)
    if confirm.sure(
        _("Back to the usual week"), told, key=f"usual {desk.week}", icon=":material/undo:"
    ):
        said = _("{week} is the usual week again.").format(week=desk.week)
        saving.keep(
            lambda: rosters.forget_roster(desk.folder, desk.week, by=desk.by, now=wall_clock.now()),
            f"{said} {_(NEXT_STEP)}",
            desk.by,
        )


def who_cannot(teams: rosters.Teams) -> None:
    """Say how much goes out, who is an extra seat, and who stays at home and why."""
    st.markdown(frame.plain_markdown(roster_cards.summary(teams)))
    for told in teams.at_home:
        st.warning(frame.plain_markdown(told))
    for told in roster_cards.extra_seats(teams):
        st.caption(frame.plain_markdown(told))


def somebody_away(desk: Desk, roster: pd.DataFrame) -> None:
    """Take somebody who is ill or on leave out of the shifts of some days."""
    people = sorted({seat.name for members in roster["members"] for seat in seats(members)})
    name = st.selectbox(
        _("Who"),
        people,
        None,
        key=f"away {saving.saves()}",
        placeholder=_("Choose a name"),
        width=WIDE,
    )
    on = [
        one
        for one in sorted(set(roster["day"]))
        if any(
            name == seat.name
            for members in roster.loc[roster["day"] == one, "members"]
            for seat in seats(members)
        )
    ]
    days: list[date] = []
    if name:
        days = st.pills(
            _("On which days"), on, selection_mode="multi", format_func=day,
            key=f"away on {name} {saving.saves()}",
        )  # fmt: skip
    if not name or not days:
        st.caption(_("Choose who is away, and on which days."))
    pressed = st.button(_("Take them out"), type="primary", disabled=not name or not days)
    if not name or not pressed:
        return
    fallen: list[str] = []

    def edit(said: pd.DataFrame) -> pd.DataFrame:
        left, told = without_worker(said, name, days)
        fallen[:] = told
        return left

    told = _("{name} is out on {days}.").format(name=name, days=", ".join(map(day, days)))
    desk.change(edit, lambda _done: " ".join([told, *fallen, _(NEXT_STEP)]))


def change_shift(desk: Desk, roster: pd.DataFrame) -> None:
    """Change the hours, people, car or bases of one shift, or drop it."""
    rows = {_key(row): row for row in _records(roster)}
    key = st.selectbox(
        _("Which shift"), list(rows), format_func=_shift_text, key="changed shift", width=WIDE
    )
    with st.form(f"shift {key} {saving.saves()}", border=False, width=WIDE):
        row = {**rows[key], **fields(desk, rows[key])}
        change = st.form_submit_button(_("Change the shift"), type="primary")
    told = _("{shift} does not go out.").format(shift=_shift_text(key))
    drop = confirm.sure(
        _("Drop the shift"),
        frame.plain_markdown(told),
        key=f"drop {key} {saving.saves()}",
    )
    if change:
        kept = _("Kept: {shift}.").format(shift=_shift_text(_key(row)))
        desk.change(lambda said: with_shift(said, row, key), f"{kept} {_(NEXT_STEP)}")
    if drop:
        dropped = _("Dropped: {shift}.").format(shift=_shift_text(key))
        desk.change(lambda said: without_shift(said, key), f"{dropped} {_(NEXT_STEP)}")


def add_shift(desk: Desk, roster: pd.DataFrame) -> None:
    """Add a shift on one or more days: of a team that is there, or of a new one."""
    usual = {row["team"]: row for row in reversed(_records(roster))}
    usual |= {team.name: usual.get(team.name, {}) for team in desk.city.teams}
    team = st.selectbox(
        _("Team"), sorted(usual), index=0 if usual else None, accept_new_options=True,
        placeholder=_("Choose a team or type a new name"), width=WIDE, key="new team",
    )  # fmt: skip
    if not team:
        return
    like: dict[str, Any] = usual.get(team) or next(iter(usual.values()), {})
    with st.form(f"new {team} {saving.saves()}", border=False, width=WIDE):
        days = st.multiselect(_("On which days"), desk.days, format_func=day)
        said = {"team": team, **fields(desk, like, known=team in usual)}
        if not st.form_submit_button(_("Add"), type="primary"):
            return
    if not days:
        st.warning(_("Choose at least one day; nothing was changed."))
        return

    def edit(roster_now: pd.DataFrame) -> pd.DataFrame:
        for one in days:
            roster_now = with_shift(roster_now, {**said, "day": one}, None)
        return roster_now

    told = _("Added: {team} on {days}.").format(team=team, days=", ".join(map(day, days)))
    desk.change(edit, f"{told} {_(NEXT_STEP)}")


def fields(desk: Desk, row: dict[str, Any], *, known: bool = True) -> dict[str, Any]:
    """Ask for hours, pause, people, way and bases of a shift, as SAID names them."""
    hours = _hours(row)
    now = [str(seat) for seat in seats(row.get("members", ""))] if known else []
    members = st.multiselect(
        _("Who goes"),
        _people(desk.folder, now),
        default=now,
        accept_new_options=True,
        help=_("Somebody who is not on the list can be typed in: Ana Brook (caseworker)."),
    )
    left, right = st.columns(2)
    travel = left.radio(
        _("How"),
        list(WAYS),
        list(WAYS).index(row.get("travel", "drive")),
        format_func=lambda way: _(WAYS[way]),
        horizontal=True,
    )
    car = right.number_input(
        _("Seats of the car"), 1, 60, int(row.get("seats") or 5),
        help=_("The team's own seats too."),
    )  # fmt: skip
    left, right = st.columns(2)  # anew, so that phones show the fields in this order
    bases = [base.name for base in desk.city.all_bases]
    begins, ends = (
        column.selectbox(label, bases, bases.index(row[name]) if row.get(name) in bases else 0)
        for column, label, name in (
            (left, _("From"), "start_base"),
            (right, _("Back to"), "end_base"),
        )
    )
    return {
        **hours,
        "members": ", ".join(members),
        "travel": travel,
        "seats": car if travel == "drive" else 0,
        "start_base": begins,
        "end_base": ends,
    }


def _hours(row: dict[str, Any]) -> dict[str, Any]:
    left, right = st.columns(2)
    hours: dict[str, Any] = {
        "start_local": _time_field(left, _("Starts at"), row.get("start_local"), time(9)),
        "end_local": _time_field(right, _("Ends at"), row.get("end_local"), time(17)),
    }
    minutes = st.number_input(
        _("Pause in minutes (0: none)"), 0, 240, round(row.get("pause_min") or 0), step=5
    )
    left, right = st.columns(2)
    window = {
        "pause_earliest_local": (left, _("Pause begins not before"), time(11, 30)),
        "pause_latest_local": (right, _("Pause begins not after"), time(13, 30)),
    }
    for name, (column, label, default) in window.items():
        clock = _time_field(column, label, row.get(name), default)
        hours[name] = clock if minutes else None
    return {**hours, "pause_min": float(minutes)}


def _time_field(column: Any, label: str, text: Any, default: time) -> str:
    value = time.fromisoformat(text) if isinstance(text, str) else default
    return f"{column.time_input(label, value, step=STEP, format=HOURS):%H:%M}"


def _people(folder: Path, now: Sequence[str]) -> list[str]:
    """Return who could go, as the members of a shift are written."""
    found = frame.read(lambda: staffing.staff_list(folder, wall_clock.now()))
    active = found.loc[found["active"], ["name", "role"]].to_numpy().tolist()
    return list(dict.fromkeys([*now, *(str(Seat(name, role)) for name, role in active)]))


def _records(roster: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in roster.to_dict("records")]


def _key(row: dict[str, Any]) -> Key:
    return row["team"], row["day"], row["start_local"]


def _shift_text(key: Key) -> str:
    team, on, start = key
    begins = clock_words(datetime.combine(on, time.fromisoformat(start)), language())
    return _("{day}, {team}, from {time}").format(day=day(on), team=team, time=begins)


if __name__ == "__main__":
    page()
