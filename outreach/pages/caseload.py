"""Caseload: who carries whom, what is too much, and how contacts become engagements."""

from datetime import date, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from outreach.maps.elements import each
from outreach.pages import caseload_charts, frame, tables, wall_clock
from outreach.pages.demand_tables import day_text
from outreach.pages.work_forms import counted, in_words
from outreach.people.caseload import Served
from outreach.pipeline import followups
from outreach.pipeline.followups import Caseload
from outreach.weeks import local_date
from outreach.work_words import DOORS

PERIODS = {4: "4 weeks", 12: "12 weeks", 52: "A year"}
FEW = 30  # visits below which shares say little


def page() -> None:
    """Show each worker's caseload, and how many people were served."""
    view = frame.open_page(
        "Caseload", "Who carries whom, so that nobody carries too much and nobody is forgotten."
    )
    weeks = st.pills(
        "Looking back", list(PERIODS), format_func=PERIODS.__getitem__, default=12, required=True,
        key="period",
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
            "Nobody of the staff is recorded and nobody is enrolled yet.",
            "Add staff on the page “Staff”, then enrol on the page “Participants”; people in the "
            "calls come in by: outreach ingest FILE.",
        )
        return
    load(known.workers, since)
    served(known.served, since)
    steps(known.funnel, since)


def load(workers: pd.DataFrame, since: date) -> None:
    """Show what each worker carries, by name and never by rank."""
    st.subheader("Who carries whom")
    over = workers[workers["over_capacity"] > 0]
    for row in each(over):
        st.warning(
            frame.plain_markdown(
                f"{row.name} carries {row.active} where {row.capacity} are possible: "
                f"{row.over_capacity} too many. Hand some over, or change the capacity on the "
                "page “Staff”."
            )
        )
    alone = workers[workers["staff_id"].isna() & (workers["active"] > 0)]
    for row in each(alone):
        people = "1 active participant has" if row.active == 1 else f"{row.active} active have"
        st.warning(f"{people} nobody who carries the case. Name somebody on their profile.")
    if not len(over) and not len(alone):
        st.success("Everybody's case is carried, and nobody carries too many.")
    st.altair_chart(caseload_charts.loads(workers))
    st.caption(
        "Bars: active participants by the door they came through. Black mark: how many a worker "
        "can carry. In the order of names: how many somebody carries says nothing about how well "
        "they work."
    )
    table = load_table(workers, since)
    with st.container(key="wide-workers"):
        st.dataframe(table.drop(columns="Reason"), hide_index=True)
    with st.container(key="cards-workers"):
        st.html(tables.cards_html(table, ("Inactive", *(in_words(door) for door in DOORS))))


def load_table(workers: pd.DataFrame, since: date) -> pd.DataFrame:
    """Return the caseload as people read it.

    Adds     Name, Active, Capacity, Overdue, New, Inactive, a column per door, Reason
    """
    return pd.DataFrame(
        {
            "Name": workers["name"],
            "Active": workers["active"],
            "Capacity": workers["capacity"].where(workers["staff_id"].notna()),
            "Overdue": workers["overdue"],
            "New": workers["started"],
            "Inactive": workers["inactive"],
            **{in_words(door): workers[door] for door in DOORS},
            "Reason": [_told(row, since) for row in each(workers)],
        }
    )


def _told(worker: Any, since: date) -> str:
    carries = f"{worker.active} active"
    if isinstance(worker.staff_id, str):
        carries += f" of up to {worker.capacity}"
        carries += f": {worker.over_capacity} too many" if worker.over_capacity else ""
    late = f"; {worker.overdue} overdue" if worker.overdue else ""
    new = f"; {worker.started} enrolled since {day_text(since)}" if worker.started else ""
    return f"{carries}{late}{new}."


def served(made: Served, since: date) -> None:
    """Show contacts beside people, and how sure the number of people is (duty 22)."""
    st.subheader("Contacts and people")
    left, right = st.columns(2)
    left.metric("Contacts", f"{made.contacts:,}")
    people = f"{made.people:,}"
    if made.low < made.high:
        people += f" ({made.low:,} to {made.high:,})"
    right.metric("People served", people)
    doubt = (
        f"Between {made.low:,} and {made.high:,}: the fewest if all pairs in doubt are one person "
        "each, the most if none of them is; the page “Same person?” settles them."
        if made.low < made.high
        else "No pair of them is in doubt."
    )
    unnamed = (
        f" {counted(made.unnamed, 'contact')} with somebody neither enrolled nor known in the "
        "calls: they are in the contacts and cannot be in the people."
        if made.unnamed
        else ""
    )
    st.caption(
        frame.plain_markdown(
            f"Since {day_text(since)}. A contact is a visit, on foot, at a door or by phone, at "
            "which somebody was met. People served are those met at least once, each counted "
            f"once. {doubt}{unnamed}"
        )
    )


def steps(funnel: pd.DataFrame, since: date) -> None:
    """Show how many attempts became contacts, and how many of those engagements."""
    st.subheader("From attempt to engagement")
    if funnel.empty:
        st.info(f"No visit is logged since {day_text(since)}. Log them on the page “Log a visit”.")
        return
    total = int(funnel["attempts"].sum())
    left, right = st.columns(2)
    with left:
        st.altair_chart(caseload_charts.stages(funnel))
    with right:
        st.altair_chart(caseload_charts.months(funnel))
    few = " With so few the shares say little." if total < FEW else ""
    st.caption(
        f"n = {counted(total, 'visit')} since {day_text(since)}, each at the furthest it came, so "
        "a contact is an attempt too. A share is of the stage before. The months at the ends may "
        f"be parts.{few}"
    )


if __name__ == "__main__":
    page()
