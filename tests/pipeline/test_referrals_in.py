"""Duty 27: the police view is aggregates plus a referral-in form; it opens no participant."""

import ast
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

import outreach
from outreach.account_schemas import REFERRALS_IN
from outreach.errors import NotAllowedError, WorkError
from outreach.pipeline import lists
from outreach.pipeline.referrals_in import (
    OWN,
    ReferralIn,
    not_taken_up,
    open_again,
    open_referrals_in,
    own_referrals_in,
    refer,
    take_up,
    take_up_and_enrol,
)
from outreach.roles import Viewer, acting_as
from outreach.store.work import open_work
from outreach.work_schemas import AGREEMENTS, AUDIT, PARTICIPANTS

NOW = datetime(2026, 11, 23, 17, tzinfo=UTC)
TODAY = date(2026, 11, 23)
POLICE = Viewer("Pat", "police_liaison", "a1", "police")
OTHER = Viewer("Sam", "partner", "a2", "shelter")
LEAD = Viewer("Lea", "lead", "a3")
ASKED = ReferralIn("one", "homelessness", " bench at  Elm ", True, name="Rae Fox", note="quiet")


def ask(folder, entry=ASKED, viewer=POLICE, now=NOW):
    with acting_as(viewer):
        return refer(folder, entry, by=viewer.name, now=now)


def own(folder, viewer=POLICE):
    with acting_as(viewer):
        return own_referrals_in(folder, now=NOW)


def agree(folder, to="police"):
    days = {"signed_on": TODAY - timedelta(days=9), "expires_on": TODAY + timedelta(days=9)}
    with open_work(folder).writing() as rows:
        told = {"agreement_id": to, "organisation_id": to, "may_see": "status"}
        rows.insert(AGREEMENTS, [told | days])


def audit(folder):
    with open_work(folder).reading() as rows:
        return rows.fetch(AUDIT)


def test_a_request_sent_twice_is_kept_once_for_the_organisation_of_who_asks(team_city):
    assert ask(team_city)
    assert not ask(team_city)
    (row,) = open_referrals_in(team_city, now=NOW + timedelta(days=3)).to_dict("records")
    assert (row["organisation"], row["organisation_id"]) == ("The police", "police")
    assert (row["place"], row["name"], row["days"]) == ("bench at Elm", "Rae Fox", 3)
    told = audit(team_city)
    assert (told["did"] == "asked").sum() == 1
    assert not told["what"].str.contains("Rae|Elm|quiet").any()


@pytest.mark.parametrize(
    "entry",
    [
        ReferralIn("x", "homelessness", " ", True),
        ReferralIn("x", "arrest", "Elm", True),
        ReferralIn("x", "conflict", "Elm", True, note="a" * 501),
        ReferralIn("x", "conflict", "Elm", True, lon=3.0),
    ],
)
def test_what_cannot_be_used_is_refused_and_nothing_is_kept(team_city, entry):
    with pytest.raises(WorkError, match="nothing was kept"):
        ask(team_city, entry)
    assert open_referrals_in(team_city, now=NOW).empty


def test_duty_27_who_asked_sees_only_whether_their_own_requests_were_taken_up(team_city):
    agree(team_city)
    ask(team_city)
    ask(team_city, ReferralIn("two", "conflict", "the ferry", False), OTHER)
    with acting_as(LEAD):
        take_up(team_city, "one", participant_id="k", by="Lea", now=NOW)
    found = own(team_city)
    assert list(found.columns) == OWN
    assert found["place"].to_list() == ["bench at Elm"]
    assert (found.loc[0, "status"], found.loc[0, "closed_at"]) == ("taken_up", NOW)
    told = found.to_csv()
    for secret in ("Kim", "Doyle", "Rae", "quiet", "Lea"):
        assert secret not in told
    for what in (open_referrals_in, lists.people):
        with acting_as(POLICE), pytest.raises(NotAllowedError):
            what(team_city, now=NOW)
    for change in (take_up, not_taken_up, open_again, take_up_and_enrol):
        with acting_as(POLICE), pytest.raises(NotAllowedError):
            change(team_city, "one", by="Pat", now=NOW)


def test_duty_38_without_a_current_agreement_a_request_stays_received(team_city):
    ask(team_city)
    not_taken_up(team_city, "one", by="Lea", now=NOW)
    (row,) = own(team_city).to_dict("records")
    assert row["status"] == "received"
    assert pd.isna(row["closed_at"])
    agree(team_city)
    assert own(team_city).loc[0, "status"] == "not_taken_up"


def test_a_login_of_no_organisation_can_neither_ask_nor_read(team_city):
    for organisation in (None, "the moon"):
        nobody = Viewer("Pat", "police_liaison", "a1", organisation)
        with pytest.raises(NotAllowedError, match="no organisation"):
            ask(team_city, viewer=nobody)
        with pytest.raises(NotAllowedError, match="no organisation"):
            own(team_city, nobody)
    with pytest.raises(NotAllowedError):
        ask(team_city, viewer=Viewer("Cam", "community"))


def test_a_request_is_settled_once_and_can_be_opened_again(team_city):
    ask(team_city)
    not_taken_up(team_city, "one", by="Lea", now=NOW)
    with pytest.raises(WorkError, match="Lea settled this"):
        take_up(team_city, "one", by="Ana", now=NOW)
    open_again(team_city, "one", by="Ana", now=NOW)
    take_up(team_city, "one", participant_id="k", by="Ana", now=NOW)
    told = audit(team_city)
    assert set(told.loc[told["participant_id"] == "k", "what"]) == {"referral in one: taken up"}
    with pytest.raises(WorkError, match="nothing was kept"):
        take_up(team_city, "none", by="Ana", now=NOW)


def test_who_agreed_can_be_enrolled_once_by_the_door_of_who_asked(team_city):
    ask(team_city)
    key = take_up_and_enrol(team_city, "one", staff_id="ana", by="Ana", now=NOW)
    with open_work(team_city).reading() as rows:
        (row,) = rows.fetch(PARTICIPANTS, participant_id=key).to_dict("records")
        (kept,) = rows.fetch(REFERRALS_IN).to_dict("records")
    assert (row["given_name"], row["family_name"]) == ("Rae", "Fox")
    assert (row["door"], row["person_id"], row["note"]) == ("social_contact", None, None)
    assert (kept["status"], kept["participant_id"]) == ("taken_up", key)
    with pytest.raises(WorkError, match="settled"):
        take_up_and_enrol(team_city, "one", by="Ana", now=NOW)
    ask(team_city, ReferralIn("two", "conflict", "the ferry", False))
    with pytest.raises(WorkError, match="not agreed"):
        take_up_and_enrol(team_city, "two", by="Ana", now=NOW)


def test_safeguard_2_a_request_is_read_by_nothing_that_counts_ranks_or_plans():
    """Only the module of requests, the database itself and its upkeep know the table."""
    package = Path(outreach.__file__).parent
    may = {"account_schemas.py", "work_schemas.py", "pipeline/referrals_in.py"}
    may |= {"pipeline/invented_work.py", "simulate/crew.py", "simulate/work.py"}
    names = {"REFERRALS_IN", "referrals_in", "open_referrals_in"}
    shows = {"pipeline/glance.py", "pages/week_lines.py", "pages/referrals_inbox.py"}
    shows |= {"pages/refer.py", "pages/due.py"}
    readers = set()
    for path in package.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        imported = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
        used |= {alias.name for n in imported for alias in n.names}
        used |= {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
        if used & names:
            readers.add(str(path.relative_to(package)))
    assert {p for p in readers if not p.startswith("store/")} <= may | shows
    assert not {p for p in readers if p.split("/")[0] in {"demand", "people", "plan", "outcomes"}}


def test_safeguard_2_there_is_no_field_for_arrests_warrants_or_citations():
    told = {field.name for field in fields(ReferralIn)} | set(REFERRALS_IN.columns)
    assert not [n for n in told for bad in ("arrest", "warrant", "citation", "charge") if bad in n]
