"""Participants: find somebody, see where each case stands, open a profile, enrol."""

from datetime import date, datetime

import pandas as pd
import streamlit as st

from outreach.pages import enrolment, frame, participant_tables, profile, wall_clock, work_forms
from outreach.pages.participant_tables import name_of
from outreach.pipeline import contact, participants
from outreach.pipeline import search as looking
from outreach.pipeline.view import CityView
from outreach.weeks import local_date, monday_of

ROWS = 20  # of the list at once
STATUS = {"active": "Active", "inactive": "Inactive", "all": "All"}
EVERYBODY, NOBODY = "Everybody", "Nobody carries the case"


def page() -> None:
    """Show the list, or the participant or the enrolment that the address of the page names."""
    view = frame.open_page(
        "Participants",
        "Enrolled people, what they want, and where each case stands. Whoever opens a profile is "
        "written down.",
    )
    by = work_forms.who()
    _tell_browser()
    if "participant" in st.query_params:
        profile.show(view, st.query_params["participant"], by)
    elif "enrol" in st.query_params:
        enrolment.show(view, st.query_params["enrol"], by)
    else:
        overview(view)


def _tell_browser() -> None:
    """Write what a link chose into the browser's address, so that F5 keeps it.

    A link from a page to itself brings its choice here, but leaves the address as it was.
    """
    st.query_params.from_dict(st.query_params.to_dict())


def overview(view: CityView) -> None:
    """Show the search and the list."""
    now = wall_clock.now()
    people = frame.read(lambda: participants.list_participants(view.folder, now=now))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        query = st.text_input(
            "Search",
            placeholder="Name, birth date or phone; misspelt is fine",
            key="search",
            max_chars=120,
            width=460,
        )
        frame.link_to("participants", "Enrol somebody new", enrol="new")
    if query.strip():
        search(view, query.strip(), people)
    elif people.empty:
        frame.nothing_yet(
            "Nobody is enrolled yet.",
            "Enrol somebody new above, or search for somebody who is known from the calls "
            "(outreach ingest FILE brings calls in).",
        )
    else:
        listed(view, people, now)


def search(view: CityView, query: str, enrolled: pd.DataFrame) -> None:
    """Show whom a search finds, those of the calls too."""
    found = frame.read(lambda: looking.find_people(view.folder, query, now=wall_clock.now()))
    if found.empty:
        st.info("Nobody was found. Try another spelling, a birth date (1980-05-17) or a phone.")
        return
    rows = enrolled.set_index("participant_id")
    today = local_date(wall_clock.now(), view.city.time_zone)
    for row in found.to_dict("records"):
        with st.container(key=f"row-{row['participant_id'] or row['person_id']}", gap=None):
            born = f", born {row['birth_date']}" if pd.notna(row["birth_date"]) else ""
            name = frame.plain_markdown(f"{name_of(row)}{born}")
            if row["participant_id"] in rows.index:
                case = rows.loc[row["participant_id"]].to_dict()
                frame.link_to("participants", name, participant=str(row["participant_id"]))
                told = "; ".join([*participant_tables.facts(case, today)])
            else:
                frame.link_to("participants", f"Enrol {name}", enrol=str(row["person_id"]))
                told = "not enrolled; known from calls"
            st.html(participant_tables.found_html(told, str(row["matched"])))


def listed(view: CityView, people: pd.DataFrame, now: datetime) -> None:
    """List the participants, those who need something first."""
    today = local_date(now, view.city.time_zone)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        status = st.pills(
            "Show", list(STATUS), format_func=STATUS.__getitem__, default="active", key="status",
            required=True,
        )  # fmt: skip
        workers = sorted(people["worker"].dropna().unique())
        worker = st.selectbox("Worker", [EVERYBODY, *workers, NOBODY], key="worker", width=260)
    shown = participant_tables.filtered(
        people,
        status=str(status),
        worker=None if worker == EVERYBODY else "" if worker == NOBODY else worker,
    )
    limits = _limits(view, today, now)
    st.caption(f"{len(shown)} of {len(people)} enrolled; those who need something stand first.")
    most = ROWS * int(st.session_state.get("pages of participants", 1))
    for row in shown.head(most).to_dict("records"):
        with st.container(key=f"row-{row['participant_id']}", gap=None):
            frame.link_to(
                "participants",
                frame.plain_markdown(name_of(row)),
                participant=str(row["participant_id"]),
            )
            said = limits.get(str(row["person_id"]), limits.get(str(row["participant_id"])))
            st.html(participant_tables.row_html(row, said, today))
    if len(shown) > most and st.button(f"Show more ({len(shown) - most})"):
        st.session_state["pages of participants"] = most // ROWS + 1
        st.rerun()


def _limits(view: CityView, today: date, now: datetime) -> participant_tables.Limits:
    monday = monday_of(today)
    rules = frame.read(lambda: contact.rules_for_week(view.folder, monday, now=now))
    return participant_tables.limits_now(rules, today)


if __name__ == "__main__":
    page()
