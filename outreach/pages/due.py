"""Follow-ups due: what is overdue first, then today, this week and later."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pandas as pd
import streamlit as st

from outreach.language.translate import N_
from outreach.pages import (
    confirm,
    frame,
    referrals_inbox,
    saving,
    wall_clock,
    work_cards,
    work_forms,
)
from outreach.pages.due_tables import NO_CONTACT, SECTIONS, due_items
from outreach.pages.language import HOURS, _, _n, full_day, number
from outreach.pipeline import followups, lists, tasks
from outreach.pipeline.locate import locate
from outreach.pipeline.view import CityView
from outreach.weeks import at_local, local_date
from outreach.work_words import TASK_KINDS

EVERYBODY, NOBODY = N_("Everybody"), N_("Nobody carries it")
ROWS = 15  # of a section at once
# What is said of those that may have a fixed time.
BY_THE_CLOCK = {
    "notification": N_(
        "A fixed appointment: two trained people go, in private. Every week's plan keeps it."
    ),
    "accompany": N_(
        "With a time it is a fixed appointment, which every week's plan keeps. A seat is kept free."
    ),
}
CLOSED_SECTIONS = {"Later"}


def page() -> None:
    """Show what is due, by how urgent it is."""
    view = frame.open_page(
        _("Follow-ups due"), _("What was promised by when, and who has not been met for long.")
    )
    by = work_forms.who()
    saving.say()
    referrals_inbox.inbox(view.folder, by)
    now = wall_clock.now()
    found: list[pd.DataFrame] = []
    if not frame.attempt(lambda: found.append(_items(view.folder, now, view.city.time_zone))):
        return
    items = found[0]
    if items.empty:
        frame.nothing_yet(
            _("No follow-up is due, and nobody enrolled has been left for long."),
            _(
                "Follow-ups are planned when a visit is logged, or below. People are enrolled on "
                "the page “Participants”, out of the calls that outreach ingest FILE brings in."
            ),
        )
    else:
        shown = chosen(items)
        st.markdown(_summary(shown))
        for section in SECTIONS:
            mine = shown[shown["section"] == section]
            if len(mine):
                show_section(view, section, mine, by)
    plan_one(view, by)


def _items(folder: Path, now: datetime, time_zone: str) -> pd.DataFrame:
    today = local_date(now, time_zone)
    due = followups.due_list(folder, now=now)
    due = due.assign(worker=due["worker"].fillna(""))
    return due_items(due, lists.open_tasks(folder, now=now), today=today)


def chosen(items: pd.DataFrame) -> pd.DataFrame:
    """Let a reader choose whose follow-ups are shown."""
    workers = sorted({name for name in items["worker"] if name})
    options = [EVERYBODY, *workers, *([NOBODY] if (items["worker"] == "").any() else [])]
    kept = work_forms.remembered("due worker")
    index = options.index(kept) if kept in options else 0
    told = {EVERYBODY: _(EVERYBODY), NOBODY: _(NOBODY)}
    worker = st.selectbox(
        _("Whose"), options, index=index, key="whose", width=300,
        format_func=lambda name: told.get(name, name),
    )  # fmt: skip
    work_forms.remember("due worker", worker)
    if worker == EVERYBODY:
        return items
    return items[items["worker"] == ("" if worker == NOBODY else worker)]


def _summary(items: pd.DataFrame) -> str:
    if items.empty:
        return _("Nothing is due for them.")
    counts = items["section"].value_counts()
    return " · ".join(
        f"**{number(counts[s])}** {_(s)[:1].lower()}{_(s)[1:]}" for s in SECTIONS if s in counts
    )


def show_section(view: CityView, section: str, items: pd.DataFrame, by: str) -> None:
    """Show the rows of one section, each with what can be done about it."""
    st.markdown(f"#### {_(section)} ({number(len(items))})")
    if SECTIONS[section]:
        st.caption(_(SECTIONS[section]))
    key = f"all of {section}"
    most = len(items) if st.session_state.get(key) else ROWS
    if section in CLOSED_SECTIONS and not st.session_state.get(key):
        most = 0
    for row in items.head(most).to_dict("records"):
        show_row(view, row, by)
    if len(items) > most:
        left = len(items) - most
        st.button(
            (_("Show {number} more") if most else _("Show the {number}")).format(
                number=number(left)
            ),
            key=f"show {section}",
            on_click=st.session_state.update,
            args=({key: True},),
        )


def show_row(view: CityView, row: Mapping[Any, Any], by: str) -> None:
    """Show one follow-up."""
    person, task = row["participant_id"], row["task_id"]
    key = f"{task or 'contact'}-{person}"
    with st.container(key=f"due-{key}", horizontal=True, vertical_alignment="center"):
        st.html(work_cards.due_html(row, view.city.time_zone))
        with st.container(
            horizontal=True, gap="small", vertical_alignment="center", width="content"
        ):
            if person:
                if row["state"] != "barred":
                    frame.link_to("log", _("Log it"), participant=person)
                frame.link_to("participants", _("Profile"), participant=person)
            if task:
                with st.popover(_("Done, move …")):
                    settle(view, row, by)


def settle(view: CityView, row: Mapping[Any, Any], by: str) -> None:
    """Let somebody mark a task as done, move it, or take it off the list."""
    task, what = row["task_id"], work_cards.task_words(row)
    now = wall_clock.now()
    if st.button(_("It is done"), key=f"done {task}", type="primary", width="stretch"):
        saving.keep(
            lambda: tasks.close_task(view.folder, task, by=by, now=now),
            _("Done: {what}.").format(what=what),
            by,
        )
    with st.form(f"move {task}", border=False):
        zone = view.city.time_zone
        day = st.date_input(_("Move it to"), value=local_date(now, zone) + timedelta(days=2))
        fixed = None
        if not pd.isna(row["fixed_at"]):
            at = row["fixed_at"].tz_convert(zone).time()
            fixed = at_local(day, st.time_input(_("At"), value=at, format=HOURS), zone)
        if st.form_submit_button(_("Move it"), width="stretch"):
            due_on = day if fixed is None else None
            saving.keep(
                lambda: tasks.reschedule(
                    view.folder, task, due_on=due_on, fixed_at=fixed, by=by, now=now
                ),
                _("Moved to {day}: {what}.").format(day=full_day(day), what=what),
                by,
            )
    told = _("It leaves the list and no plan keeps it. It stays in the record as not needed.")
    if confirm.sure(_("Not needed any more"), told, key=f"cancel {task}", width="stretch"):
        saving.keep(
            lambda: tasks.close_task(view.folder, task, done=False, by=by, now=now),
            _("Taken off the list: {what}.").format(what=what),
            by,
        )


def plan_one(view: CityView, by: str) -> None:
    """Let somebody plan a follow-up, an appointment, a pickup or a campaign stop."""
    with st.expander(_("Plan a follow-up, a call, an appointment, a pickup or a campaign stop")):
        kind = str(
            st.pills(
                _("What"), TASK_KINDS, format_func=work_forms.in_words, default="follow_up",
                required=True, key="planned kind",
            )
        )  # fmt: skip
        people = {} if kind in tasks.FOR_NOBODY else _people(view.folder)
        if kind not in tasks.FOR_NOBODY and not people:
            st.info(_("Nobody is enrolled yet. Enrol somebody on the page “Participants”."))
            return
        said = _asked(view, kind, people)
    if said is None:
        return
    if people and said["participant_id"] is None:
        st.warning(_("Choose for whom."))
        return
    if kind in tasks.FOR_NOBODY and not said["address"]:
        st.warning(_("Say where."))
        return
    point: list[tuple[float, float]] = []
    if said["address"]:
        if not frame.attempt(lambda: point.append(locate(view.folder, said["address"]))):
            return
        said |= {"lon": point[0][0], "lat": point[0][1]}
    entry = tasks.TaskEntry(uuid4().hex, kind, **said)
    whom = people.get(said["participant_id"], said["address"])
    saving.keep(
        lambda: tasks.add_task(view.folder, entry, by=by, now=wall_clock.now()),
        _("Planned for {day}: {whom}.").format(day=full_day(said["due_on"]), whom=whom),
        by,
    )


def _people(folder: Path) -> dict[str, str]:
    known = lists.people(folder, now=wall_clock.now())
    return dict(zip(known["participant_id"], known["label"], strict=True))


def _asked(view: CityView, kind: str, people: Mapping[str, str]) -> dict[str, Any] | None:
    """Ask for whom, when and where; None until the button is pressed."""
    zone = view.city.time_zone
    today = local_date(wall_clock.now(), zone)
    person, where, fixed = None, "", None
    with st.form(f"plan {saving.saves()}", border=False, width=640):
        if people:
            person = st.selectbox(
                _("For"), list(people), index=None, format_func=people.__getitem__,
                placeholder=_("Type a name"),
            )  # fmt: skip
        day = st.date_input(_("Day"), value=today + timedelta(days=7), min_value=today)
        if kind in BY_THE_CLOCK:
            st.caption(_(BY_THE_CLOCK[kind]))
            at = st.time_input(
                _("Time"), value="10:00" if kind == "notification" else None, format=HOURS
            )
            fixed = at_local(day, at, zone) if at else None
        if kind != "call_back":
            usual = _("Where (empty: where they are usually met)")
            where = st.text_input(
                _("Where") if kind in tasks.FOR_NOBODY else usual,
                placeholder=_("12 Elm St, or Elm & Oak"),
            )
        if not st.form_submit_button(_("Plan it"), type="primary"):
            return None
    address = where.strip() or None
    return {"participant_id": person, "due_on": day, "fixed_at": fixed, "address": address}


def overdue_line(folder: Path, now: datetime) -> None:
    """Say on the lead's page, before all else, what is overdue (duty 8)."""
    found: list[pd.DataFrame] = []
    if not lists.has_work(folder) or not frame.attempt(
        lambda: found.append(followups.due_list(folder, now=now))
    ):
        return
    late = found[0][found[0]["state"] == "overdue"]
    if late.empty:
        return
    alone = late["what"] == NO_CONTACT
    said = []
    if (~alone).any():
        days = int(late.loc[~alone, "days_overdue"].max())
        many = _n(
            "**{number} follow-up overdue**", "**{number} follow-ups overdue**", int((~alone).sum())
        )
        said.append(f"{many}, {_n('up to {number} day', 'up to {number} days', days)}")
    if alone.any():
        told = _("**{number}** enrolled without contact for long")
        said.append(told.format(number=number(int(alone.sum()))))
    with st.container(horizontal=True, vertical_alignment="center", key="overdue"):
        st.markdown("; ".join(said) + ".", width="content")
        frame.link_to("due", _("See them"))


if __name__ == "__main__":
    page()
