"""Caseload: who carries whom, what is too much, and how contacts become engagements."""

from datetime import date, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from outreach.language.translate import N_
from outreach.maps.elements import each
from outreach.pages import caseload_charts, frame, tables, wall_clock
from outreach.pages.language import _, _n, full_day, in_words, number
from outreach.people.caseload import Served
from outreach.pipeline import followups
from outreach.pipeline.followups import Caseload
from outreach.weeks import local_date
from outreach.work_words import DOORS

PERIODS = {4: N_("4 weeks"), 12: N_("12 weeks"), 52: N_("A year")}
FEW = 30  # visits below which shares say little


def page() -> None:
    """Show each worker's caseload, and how many people were served."""
    view = frame.open_page(
        _("Caseload"),
        _("Who carries whom, so that nobody carries too much and nobody is forgotten."),
    )
    weeks = st.pills(
        _("Looking back"), list(PERIODS), format_func=lambda weeks: _(PERIODS[weeks]), default=12,
        required=True, key="period",
    )  # fmt: skip
    now = wall_clock.now()
    since = local_date(now, view.city.time_zone) - timedelta(weeks=int(weeks))
    found: list[Caseload] = []
    if not frame.attempt(
        lambda: found.append(followups.caseload_view(view.folder, since=since, now=now))
    ):
        return
    known = found[0]
    if known.workers.empty:
        frame.nothing_yet(
            _("Nobody of the staff is recorded and nobody is enrolled yet."),
            _(
                "Add staff on the page “Staff”, then enrol on the page “Participants”; people in "
                "the calls come in by: outreach ingest FILE."
            ),
        )
        return
    nobody = known.workers["staff_id"].isna()
    load(known.workers.assign(name=known.workers["name"].mask(nobody, _("nobody yet"))), since)
    served(known.served, since)
    steps(known.funnel, since)


def load(workers: pd.DataFrame, since: date) -> None:
    """Show what each worker carries, by name and never by rank."""
    st.subheader(_("Who carries whom"))
    over = workers[workers["over_capacity"] > 0]
    for row in each(over):
        st.warning(
            frame.plain_markdown(
                _(
                    "{name} carries {active} where {capacity} are possible: {over} too many. Hand "
                    "some over, or change the capacity on the page “Staff”."
                ).format(**_carried(row), name=row.name)
            )
        )
    alone = workers[workers["staff_id"].isna() & (workers["active"] > 0)]
    for row in each(alone):
        st.warning(
            _n(
                "{number} active participant has nobody who carries the case. Name somebody on "
                "their profile.",
                "{number} active have nobody who carries the case. Name somebody on their profile.",
                row.active,
            )
        )
    if not len(over) and not len(alone):
        st.success(_("Everybody's case is carried, and nobody carries too many."))
    st.altair_chart(caseload_charts.loads(workers))
    st.caption(
        _(
            "Bars: active participants by the door they came through. Black mark: how many a "
            "worker can carry. In the order of names: how many somebody carries says nothing "
            "about how well they work."
        )
    )
    table = load_table(workers, since)
    with st.container(key="wide-workers"):
        st.dataframe(table.drop(columns="Reason").rename(columns=_), hide_index=True)
    with st.container(key="cards-workers"):
        st.html(tables.cards_html(table, ("Inactive", *(in_words(door) for door in DOORS))))


def load_table(workers: pd.DataFrame, since: date) -> pd.DataFrame:
    """Return the caseload as people read it; its headings are English.

    Adds     Name, Active, Capacity, Overdue, Newly enrolled, Inactive, a column per door, Reason
    """
    return pd.DataFrame(
        {
            N_("Name"): workers["name"],
            N_("Active"): workers["active"],
            N_("Capacity"): workers["capacity"].where(workers["staff_id"].notna()),
            N_("Overdue"): workers["overdue"],
            N_("Newly enrolled"): workers["started"],
            N_("Inactive"): workers["inactive"],
            **{in_words(door): workers[door] for door in DOORS},
            "Reason": [_told(row, since) for row in each(workers)],
        }
    )


def _told(worker: Any, since: date) -> str:
    carries = _("{active} active")
    if isinstance(worker.staff_id, str):
        carries = _("{active} active of up to {capacity}")
        if worker.over_capacity:
            carries = _("{active} active of up to {capacity}: {over} too many")
    told = [carries.format(**_carried(worker))]
    if worker.overdue:
        told.append(_("{n} overdue").format(n=worker.overdue))
    if worker.started:
        told.append(_("{n} enrolled since {day}").format(n=worker.started, day=full_day(since)))
    return f"{'; '.join(told)}."


def _carried(worker: Any) -> dict[str, int]:
    return {
        "active": worker.active,
        "capacity": worker.capacity,
        "over": worker.over_capacity,
    }


def served(made: Served, since: date) -> None:
    """Show contacts beside people, and how sure the number of people is (duty 22)."""
    st.subheader(_("Contacts and people"))
    left, right = st.columns(2)
    left.metric(_("Contacts"), number(made.contacts))
    people, doubt = number(made.people), _("No pair of them is in doubt.")
    if made.low < made.high:
        low, high = number(made.low), number(made.high)
        people = _("{people} ({low} to {high})").format(people=people, low=low, high=high)
        doubt = _(
            "Between {low} and {high}: the fewest if all pairs in doubt are one person each, the "
            "most if none of them is; the page “Same person?” settles them."
        ).format(low=low, high=high)
    right.metric(_("People served"), people)
    told = [
        _(
            "Since {day}. A contact is a visit, on foot, at a door or by phone, at which somebody "
            "was met. People served are those met at least once, each counted once."
        ).format(day=full_day(since)),
        doubt,
    ]
    if made.unnamed:
        told.append(
            _n(
                "{number} contact with somebody neither enrolled nor known in the calls: they are "
                "in the contacts and cannot be in the people.",
                "{number} contacts with somebody neither enrolled nor known in the calls: they are "
                "in the contacts and cannot be in the people.",
                made.unnamed,
            )
        )
    st.caption(frame.plain_markdown(" ".join(told)))


def steps(funnel: pd.DataFrame, since: date) -> None:
    """Show how many attempts became contacts, and how many of those engagements."""
    st.subheader(_("From attempt to engagement"))
    if funnel.empty:
        none = _("No visit is logged since {day}. Log them on the page “Log a visit”.")
        st.info(none.format(day=full_day(since)))
        return
    total = int(funnel["attempts"].sum())
    left, right = st.columns(2)
    with left:
        st.altair_chart(caseload_charts.stages(funnel))
    with right:
        st.altair_chart(caseload_charts.months(funnel))
    told = _(
        "n = {visits} since {day}, each at the furthest it came, so a contact is an attempt too. "
        "A share is of the stage before. The months at the ends may be parts."
    ).format(visits=_n("{number} visit", "{number} visits", total), day=full_day(since))
    few = _("With so few the shares say little.")
    st.caption(f"{told} {few}" if total < FEW else told)


if __name__ == "__main__":
    page()
