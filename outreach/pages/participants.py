"""Participants: find somebody, see where each case stands, open a profile, enrol."""

from datetime import date, datetime

import pandas as pd
import streamlit as st

from outreach.language.translate import N_
from outreach.pages import enrolment, frame, participant_tables, profile, wall_clock, work_forms
from outreach.pages.language import _, number
from outreach.pages.participant_tables import birth_words, name_of
from outreach.pipeline import contact, participants
from outreach.pipeline import search as looking
from outreach.pipeline.view import CityView
from outreach.weeks import local_date, monday_of

ROWS = 20  # of the list at once
STATUS = {"active": N_("Active"), "inactive": N_("Inactive"), "all": N_("All")}
EVERYBODY, NOBODY = N_("Everybody"), N_("Nobody carries the case")


def page() -> None:
    """Show the list, or the participant or the enrolment that the address of the page names."""
    view = frame.open_page(
        _("Participants"),
        _(
            "Enrolled people, what they want, and where each case stands. Whoever opens a profile "
            "is written down."
        ),
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
            _("Search"),
            placeholder=_("Name, birth date or phone; misspelt is fine"),
            key="search",
            max_chars=120,
            width=460,
        )
        frame.link_to("participants", _("Enrol somebody new"), enrol="new")
    if query.strip():
        search(view, query.strip(), people)
    elif people.empty:
        frame.nothing_yet(
            _("Nobody is enrolled yet."),
            _(
                "Enrol somebody new above, or search for somebody who is known from the calls "
                "(outreach ingest FILE brings calls in)."
            ),
        )
    else:
        listed(view, people, now)


def search(view: CityView, query: str, enrolled: pd.DataFrame) -> None:
    """Show whom a search finds, those of the calls too."""
    found = frame.read(lambda: looking.find_people(view.folder, query, now=wall_clock.now()))
    if found.empty:
        st.info(_("Nobody was found. Try another spelling, a birth date (1980-05-17) or a phone."))
        return
    rows = enrolled.set_index("participant_id")
    today = local_date(wall_clock.now(), view.city.time_zone)
    for row in found.to_dict("records"):
        with st.container(key=f"row-{row['participant_id'] or row['person_id']}", gap=None):
            name = name_of(row)
            if pd.notna(row["birth_date"]):
                born = birth_words(str(row["birth_date"]))
                name = _("{name}, born {day}").format(name=name, day=born)
            name = frame.plain_markdown(name)
            if row["participant_id"] in rows.index:
                case = rows.loc[row["participant_id"]].to_dict()
                frame.link_to("participants", name, participant=str(row["participant_id"]))
                told = "; ".join([*participant_tables.facts(case, today)])
            else:
                enrol = _("Enrol {name}").format(name=name)
                frame.link_to("participants", enrol, enrol=str(row["person_id"]))
                told = _("not enrolled; known from calls")
            st.html(participant_tables.found_html(told, str(row["matched"])))


def listed(view: CityView, people: pd.DataFrame, now: datetime) -> None:
    """List the participants, those who need something first."""
    today = local_date(now, view.city.time_zone)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        status = st.pills(
            _("Show"), list(STATUS), format_func=lambda code: _(STATUS[code]), default="active",
            key="status", required=True,
        )  # fmt: skip
        workers = sorted(people["worker"].dropna().unique())
        told = {EVERYBODY: _(EVERYBODY), NOBODY: _(NOBODY)}
        worker = st.selectbox(
            _("Worker"), [EVERYBODY, *workers, NOBODY], key="worker", width=260,
            format_func=lambda name: told.get(name, name),
        )  # fmt: skip
    shown = participant_tables.filtered(
        people,
        status=str(status),
        worker=None if worker == EVERYBODY else "" if worker == NOBODY else worker,
    )
    limits = _limits(view, today, now)
    counts = _("{shown} of {all} enrolled; those who need something stand first.")
    st.caption(counts.format(shown=number(len(shown)), all=number(len(people))))
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
    more = _("Show more ({number})").format(number=number(len(shown) - most))
    if len(shown) > most and st.button(more):
        st.session_state["pages of participants"] = most // ROWS + 1
        st.rerun()


def _limits(view: CityView, today: date, now: datetime) -> participant_tables.Limits:
    monday = monday_of(today)
    rules = frame.read(lambda: contact.rules_for_week(view.folder, monday, now=now))
    return participant_tables.limits_now(rules, today)


if __name__ == "__main__":
    page()
