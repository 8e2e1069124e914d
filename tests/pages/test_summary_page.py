"""The manager's home: counts and hexes, nobody's name and no point."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from outreach import roles
from outreach.errors import NotAllowedError
from outreach.pages import summary, summary_sheet, summary_tables
from outreach.pipeline import demand as refresh
from outreach.pipeline import outputs as figures
from outreach.pipeline import participants, referrals, staff, tasks
from outreach.pipeline.log import PickupEntry, VisitEntry, add_pickup, log_visit
from outreach.pipeline.view import as_seen
from outreach.roles import Viewer
from outreach.schemas import NEEDS
from outreach.weeks import local_date, monday_of

NOW = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)  # in Riverton still Sunday, half past eleven
BY = {"by": "Lea", "now": NOW}
MANAGER = Viewer("Max", "manager")
LAST = NOW - timedelta(days=7)  # in the last whole week
ADDRESS = "9 Sycamore Street"


@pytest.fixture
def worked(shown_city):
    """A participant with a place, a visit last week and an overdue follow-up."""
    who = staff.add_staff(shown_city, "Workerana", "caseworker", capacity=1, **BY)
    details = {"given_name": "Participantia", "family_name": "Quux", "phone": "+1 518 555 0177"}
    key = participants.enrol(shown_city, "arrest_diversion", staff_id=who, details=details, **BY)
    visit = VisitEntry("v1", LAST, "engaged", participant_id=key, sharps=3, lon=-73.7612,
                       lat=42.6634, address=ADDRESS, staff_ids=(who,))  # fmt: skip
    log_visit(shown_city, visit, **BY)
    log_visit(shown_city, VisitEntry("v2", LAST, "not_found", participant_id=key), **BY)
    log_visit(shown_city, replace(visit, visit_id="v3", police_involved=True, sharps=0), **BY)
    add_pickup(shown_city, PickupEntry("p1", LAST, 40, address=ADDRESS), **BY)
    due = local_date(NOW, "America/New_York") - timedelta(days=3)
    tasks.add_task(shown_city, tasks.TaskEntry("t1", "follow_up", due, key), **BY)
    return key


@pytest.fixture
def seen(shown_city, run):
    """The page as a manager sees it."""

    def opened():
        roles.answer_by(lambda: MANAGER)
        return run("summary")

    return opened


def everything(app):
    """All that the page sends to a browser."""
    return json.dumps(str(app.main.root))


def whole(app):
    parts = []

    def walk(node):
        proto = getattr(node, "proto", None)
        parts.append(str(proto) if proto is not None else "")
        for child in getattr(node, "children", {}).values():
            walk(child)

    walk(app.main)
    walk(app.sidebar)
    return " ".join(parts)


def test_no_name_and_no_point_is_on_the_managers_page(worked, seen, fake_city, shown_city):
    sent = whole(seen())
    assert "What the teams did" in sent
    view = fake_city.view(shown_city)
    phone = ["555 0177", "555-0177", "5550177"]
    secret = ["Participantia", "Quux", *phone, "Workerana", ADDRESS, worked, "73.7612", "42.6634"]
    secret += list(view.places["address"][1:]) + list(view.persons["person_id"])
    secret += [f"{value:.5f}" for value in view.places["lon"]]
    assert [text for text in secret if text in sent] == []


def test_counts_of_the_last_whole_week(worked, shown_city):
    done = figures.outputs(shown_city, now=NOW)
    last = monday_of(local_date(NOW, "America/New_York")) - timedelta(days=7)
    counts = done.weeks[done.weeks["week"] == last].set_index("what")["count"]
    this_week = done.weeks["week"].nunique()
    assert this_week == figures.WEEKS
    assert counts["visits"] == 3
    assert counts["met"] == 2
    assert counts["engaged"] == 2
    assert counts["without_police"] == 1
    assert counts["needles"] == 43
    assert counts["enrolled"] == 0  # enrolled today, in the week that runs
    assert (done.active, done.workers, done.over_capacity, done.overdue) == (1, 1, 0, 1)
    assert (done.contacts, done.people) == (2, 1)


def test_a_corrected_visit_counts_once_and_a_closed_referral_with_what_came_of_it(
    worked, shown_city
):
    from outreach.pipeline import organisations
    from outreach.pipeline.log import correct_visit

    correct_visit(shown_city, "v2", VisitEntry("v4", LAST, "checked", participant_id=worked), **BY)
    partner = organisations.add_organisation(shown_city, "Shelter", "shelter", details={}, **BY)
    for name, outcome in (("r1", "retained"), ("r2", "no_place")):
        entry = referrals.ReferralEntry(name, worked, partner, "food", offered_at=LAST)
        referrals.open_referral(shown_city, entry, **BY)
        referrals.close_referral(shown_city, name, outcome, **BY)
    done = figures.outputs(shown_city, now=NOW + timedelta(days=7))
    counts = done.weeks.groupby("what")["count"].sum()
    assert (counts["visits"], counts["met"]) == (3, 3)
    made = [counts[f"referrals_{what}"] for what in ("made", "closed", "served")]
    assert made == [2, 2, 1]


@pytest.mark.parametrize(("role", "may"), [("manager", True), ("partner", False)])
def test_outputs_are_for_those_who_count(worked, shown_city, role, may):
    with roles.acting_as(Viewer("Sam", role)):
        if may:
            assert figures.outputs(shown_city, now=NOW).active == 1
        else:
            with pytest.raises(NotAllowedError):
                figures.outputs(shown_city, now=NOW)


def test_a_need_stands_beside_the_same_week_a_year_before():
    monday = monday_of(NOW.date()) - timedelta(days=7)
    weeks = [monday - timedelta(weeks=n) for n in range(60, -1, -1)]
    calendar = pd.DataFrame({"week": weeks, "days_seen": 7})
    calendar.loc[calendar["week"] == weeks[-2] - timedelta(weeks=52), "days_seen"] = 5
    weekly = pd.DataFrame({"week": weeks, "need": NEEDS[0], "calls": range(61)})
    found = summary_tables.calls_by_need(weekly, calendar)
    mine = found[found["need"] == NEEDS[0]].set_index("week")
    assert list(mine["calls"]) == list(range(49, 61))
    assert mine["before"].iloc[-1] == 60 - 52
    assert pd.isna(mine["before"].iloc[-2])  # that week was not seen whole
    first = summary_tables.need_table(found).iloc[0]
    assert list(first)[1:] == ["60", f"{(56 + 57 + 58 + 59) / 4:.1f}", "8"]


def test_the_forecast_is_hidden_where_counting_does_as_well(
    seen, fake_city, monkeypatch, words, shown_city
):
    made = fake_city.demand()
    assert "No forecast is shown" not in words(seen())
    hidden = replace(made, backtest=replace(made.backtest, shown="counting"))
    monkeypatch.setattr(refresh, "demand_of", lambda view: hidden)
    import streamlit as st

    st.cache_resource.clear()
    app = seen()
    assert "No forecast is shown" in words(app)
    assert "Likely" not in " ".join(str(table.value.columns) for table in app.dataframe)


def test_the_sheet_for_the_meeting_is_one_page_of_counts(worked, fake_city, shown_city):
    view = as_seen(fake_city.view(shown_city), MANAGER)
    demand = fake_city.demand()
    found = summary_tables.calls_by_need(view.weekly, view.calendar)
    with roles.acting_as(MANAGER):
        done = figures.outputs(shown_city, now=NOW)
        parts = summary_sheet.parts(view, demand, done, found)
        text = summary.meeting(view, parts, "en")
    assert "What the teams did" in text
    assert "All data on this sheet are invented" in text
    assert "<script" not in text
    assert "http" not in text.replace("http-equiv", "").replace("www.w3.org", "")
    for secret in ("Participantia", "Workerana", ADDRESS, worked, "73.76"):
        assert secret not in text
    assert text == summary.meeting(view, parts, "en")


def test_before_any_call_came_in_it_says_what_to_do(bare_city, run, words):
    roles.answer_by(lambda: MANAGER)
    said = words(run("summary"))
    assert "No calls have come in yet" in said
    assert "What came in" in said
