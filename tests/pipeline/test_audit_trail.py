"""Who was seen, exported or changed by whom: written down once, before it is shown."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from outreach import roles
from outreach.columns import check
from outreach.errors import NotAllowedError, WorkError
from outreach.pipeline import audit_trail, followups, linkage, lists, participants, search
from outreach.pipeline.audit_trail import Asked, export_trail, read_trail, saw
from outreach.roles import Viewer, acting_as
from outreach.store.work import open_work
from outreach.work_schemas import AUDIT

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LEAD = Viewer("Lea Moss", "lead", account_id="a1")
ADMIN = Viewer("Al Root", "admin", account_id="a2")


@pytest.fixture(autouse=True)
def anew(monkeypatch):
    """Each test begins as a program that was just started."""
    monkeypatch.setattr(audit_trail, "_told", {})


def rows_of(folder, **equal):
    """The trail as it is kept."""
    with open_work(folder).reading() as rows:
        return rows.fetch(AUDIT, **equal)


def test_a_look_is_told_once_an_hour_and_again_after_a_restart(team_city):
    def look(minutes=0, **other):
        told = {"by": "Lea", "now": NOW + timedelta(minutes=minutes)} | other
        return saw(team_city, ["k", "k", None, "", "m"], "a list", **told)

    assert look() == 2
    assert look(59) == 0
    assert look(1, by="Bo") == 2  # somebody else looks
    assert saw(team_city, ["k"], "another list", by="Lea", now=NOW) == 1
    assert look(60) == 2
    audit_trail._told.clear()  # the program starts anew
    assert look(61) == 2
    found = rows_of(team_city, did="saw")
    check(found, AUDIT)
    assert sorted(found["participant_id"].value_counts()) == [4, 5]
    assert set(found["who"]) == {"Lea", "Bo"}


def test_nobody_is_shown_to_somebody_without_a_name(team_city):
    with pytest.raises(WorkError, match="say who"):
        saw(team_city, ["k"], "a list", by=" ", now=NOW)
    assert saw(team_city, [None, ""], "a list", by="Lea", now=NOW) == 0
    assert rows_of(team_city, did="saw").empty


def test_every_list_of_participants_tells_who_was_shown_to_whom(team_city):
    shown = {
        "choice of participants": lambda: lists.people(team_city, now=NOW),
        "open tasks": lambda: lists.open_tasks(team_city, now=NOW),
        "open referrals": lambda: lists.open_referrals(team_city, now=NOW),
        "recent visits": lambda: lists.recent_visits(team_city, NOW - timedelta(90), now=NOW),
        "usual places": lambda: lists.usual_places(team_city, "k", now=NOW),
        "follow-ups due": lambda: followups.due_list(team_city, now=NOW),
        "list of participants": lambda: participants.list_participants(team_city, now=NOW),
    }
    with acting_as(LEAD):
        for what, read in shown.items():
            for _ in range(2):  # a page runs anew at every click
                found = read()
            written = rows_of(team_city, what=what)
            assert set(written["participant_id"]) == set(found["participant_id"].dropna()), what
            assert not written["participant_id"].duplicated().any()
            assert set(written["who"]) <= {"Lea Moss"}
    assert len(rows_of(team_city, what="choice of participants"))


def test_a_search_tells_whom_it_found_and_not_what_was_typed(team_city):
    with acting_as(LEAD):
        name = lists.people(team_city, now=NOW)["name"].iloc[0]
        found = search.find_people(team_city, name, now=NOW)
    assert len(found)
    told = rows_of(team_city, what="search")
    assert set(told["participant_id"]) == set(found["participant_id"].dropna())
    assert name not in rows_of(team_city).to_csv()


def test_counts_show_nobody(team_city):
    """A manager's caseload is made of what is due, but names nobody to them."""
    before = len(rows_of(team_city))
    with acting_as(Viewer("Max", "manager", account_id="a3")):
        made = followups.caseload_view(team_city, since=date(2026, 1, 1), now=NOW)
        with pytest.raises(NotAllowedError):
            followups.due_list(team_city, now=NOW)
        with pytest.raises(NotAllowedError):
            linkage.pairs_to_review(team_city, now=NOW)
    assert len(rows_of(team_city)) == before
    with acting_as(LEAD):
        people = lists.people(team_city, now=NOW)
    named = {text for name in people["name"] for text in name.split()} | set(
        people["participant_id"]
    )
    told = " ".join(map(str, [*made.workers.to_dict("records"), *made.funnel.to_dict("records")]))
    workers = " ".join(made.workers["name"])
    assert not [text for text in named if f"'{text}'" in told or text in workers]


def test_the_trail_is_read_by_admins_only_and_that_is_in_it(team_city):
    saw(team_city, ["k"], "a list", by="Lea", now=NOW - timedelta(days=2))
    saw(team_city, ["m"], "a list", by="Bo", now=NOW)
    with acting_as(LEAD), pytest.raises(NotAllowedError):
        read_trail(team_city, now=NOW)
    with acting_as(ADMIN):
        every = read_trail(team_city, now=NOW)
        assert every["at"].is_monotonic_decreasing
        assert read_trail(team_city, who="Bo", now=NOW)["participant_id"].tolist() == ["m"]
        assert set(read_trail(team_city, participant_id="k", now=NOW)["who"]) >= {"Lea"}
        days = {"since": date(2026, 11, 21), "until": date(2026, 11, 22), "did": "saw"}
        assert read_trail(team_city, **days, now=NOW)["who"].tolist() == ["Lea"]
        read_trail(team_city, now=NOW + timedelta(minutes=30))
    read = rows_of(team_city, who="Al Root")
    assert read["what"].tolist() == ["audit trail", "audit trail"]  # of all, and of k
    assert set(read["participant_id"]) == {None, "k"}


def test_the_trail_can_be_taken_along_without_formulas(team_city):
    saw(team_city, ["k"], "=HYPERLINK(1)", by="@Lea", now=NOW)
    with acting_as(ADMIN):
        text = export_trail(team_city, Asked(who="@Lea"), now=NOW).decode()
        choices = audit_trail.trail_choices(team_city)
    assert "'@Lea,saw,'=HYPERLINK(1)" in text
    assert text.count("\r\n") == 2
    assert {"@Lea", "Al Root"} <= set(choices["who"])
    told = rows_of(team_city, who="Al Root")
    assert told["did"].tolist() == ["exported"]
    assert told["what"].tolist() == ["audit trail, 1 rows"]


def test_whom_a_plan_shows_is_told_and_whoever_takes_it_along(team_city, fake_city):
    plan = fake_city.plan(fake_city.settings())
    known = plan.candidates["subject"].tolist()
    named = plan.candidates.assign(subject=["k", "l", *known[2:]])
    visited = set(plan.stops["candidate_id"])
    assert {*named["candidate_id"].iloc[:2]} <= visited
    plan = plan.__class__(**{**vars(plan), "candidates": named})
    with acting_as(LEAD):
        assert audit_trail.saw_plan(team_city, plan, now=NOW) == 2
        assert audit_trail.saw_plan(team_city, plan, now=NOW) == 0
        for _ in range(2):
            assert audit_trail.took_plan(team_city, plan, "stops as a table", now=NOW) == 2
    taken = rows_of(team_city, did="exported")
    assert sorted(taken["participant_id"]) == ["k", "k", "l", "l"]
    assert set(taken["what"]) == {f"stops as a table, plan 2026-W48 version {plan.number}"}
    with acting_as(Viewer("Max", "manager")), pytest.raises(NotAllowedError):
        audit_trail.took_plan(team_city, plan, "stops as a table", now=NOW)


def test_on_the_command_line_it_is_the_operator_who_looks(team_city):
    assert roles.viewer() is roles.OPERATOR
    lists.people(team_city, now=NOW)
    assert set(rows_of(team_city, did="saw")["who"]) == {"operator"}


def test_the_trail_has_room_for_many_looks(team_city, monkeypatch):
    monkeypatch.setattr(audit_trail, "_KEPT", 3)
    for hour in range(4):
        saw(team_city, ["k", "m"], "a list", by="Lea", now=NOW + hour * timedelta(hours=2))
    assert len(audit_trail._told) == 2
    assert isinstance(rows_of(team_city), pd.DataFrame)
