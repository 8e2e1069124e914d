"""Safeguard 4: a listing ends by itself, or at its sunset unless a person renews it."""

from datetime import date, timedelta

import pandas as pd
import pytest

from outreach.people.listings import lapsed, lapsed_rules, updated
from outreach.work_schemas import LISTINGS

TODAY = date(2026, 11, 23)


def listing(subject, until=TODAY, ended_on=None):
    return {
        "listing_id": subject,
        "subject": subject,
        "listed_on": until - timedelta(days=90),
        "until": until,
        "renewed_by": None,
        "ended_on": ended_on,
    }


def table(*rows):
    return pd.DataFrame(rows, columns=list(LISTINGS.columns)).astype("object")


def test_new_subjects_are_listed_until_the_sunset_and_those_gone_end():
    kept, gone = listing("p1"), listing("p2")
    before = listing("p3", until=TODAY - timedelta(days=100), ended_on=TODAY - timedelta(days=120))
    added, ended = updated(
        table(kept, gone, before), ["p1", "p3", "p4"], today=TODAY, sunset_days=90
    )
    assert added["subject"].tolist() == ["p3", "p4"]  # p3 had dropped off and is back
    assert set(added["until"]) == {TODAY + timedelta(days=90)}
    assert ended[["subject", "ended_on"]].to_numpy().tolist() == [["p2", TODAY]]


def test_a_listing_past_its_sunset_is_not_begun_anew_by_itself():
    old = table(listing("p1", until=TODAY - timedelta(days=1)))
    added, ended = updated(old, ["p1"], today=TODAY, sunset_days=90)
    assert added.empty
    assert ended.empty
    assert lapsed(old, TODAY).to_dict("records") == [
        {"subject": "p1", "until": TODAY - timedelta(days=1)}
    ]


def test_the_last_day_of_a_listing_counts():
    assert lapsed(table(listing("p1", until=TODAY)), TODAY).empty


def test_one_that_ended_needs_no_renewal():
    old = listing("p1", until=TODAY - timedelta(days=9), ended_on=TODAY - timedelta(days=10))
    assert lapsed(table(old), TODAY).empty


@pytest.mark.parametrize(("ago", "barred"), [(1, 7), (-2, 4), (-6, 0)])
def test_only_the_days_after_the_last_one_are_barred(ago, barred):
    until = TODAY - timedelta(days=ago)
    over = lapsed(table(listing("p1", until=until)), TODAY + timedelta(days=6))
    rules = lapsed_rules(over, monday=TODAY)
    days = [day for text in rules["barred_days"] for day in text.split()]
    assert days == [str(TODAY + timedelta(days=n)) for n in range(7 - barred, 7)]
