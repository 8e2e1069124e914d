"""The invented work keeps the rules that real work must keep."""

from datetime import date, timedelta

import pandas as pd
import pytest

from outreach.config import ContactParams
from outreach.simulate.work import invented_work
from outreach.work_schemas import WORK_TABLES

TODAY = date(2026, 11, 22)
PARAMS = {"today": TODAY, "time_zone": "America/New_York", "seed": 1}


@pytest.fixture(scope="module")
def persons():
    numbers = range(24)
    return pd.DataFrame(
        {
            "person_id": [f"p{n:02d}" for n in numbers],
            "name": [None if n == 7 else f"FAMILY{n}, GIVEN" for n in numbers],
            "home_visit": [n % 4 != 1 for n in numbers],
            "birth_date": "1970-01-01",
            "lon": [None if n == 9 else -74.4 + n / 1000 for n in numbers],
            "lat": [None if n == 9 else 42.8 for n in numbers],
            "address": "1 MAIN ST",
        }
    )


@pytest.fixture(scope="module")
def made(persons):
    return {name: pd.DataFrame(rows) for name, rows in invented_work(persons, **PARAMS).items()}


def test_every_row_fits_its_table_and_refers_to_one_that_is_there(made):
    keys = {table.name: table.key[0] for table in WORK_TABLES}
    for table in WORK_TABLES:
        found = made.get(table.name)
        if found is None:
            continue
        assert not found.duplicated(list(table.key)).any(), table.name
        assert set(found) <= set(table.columns)
        for name, column in table.columns.items():
            if column.refers_to and name in found:
                there = set(made[column.refers_to][keys[column.refers_to]])
                assert set(found[name].dropna()) <= there, (table.name, name)
            if column.among:
                assert set(found[name].dropna()) <= set(column.among), (table.name, name)
            if not column.nullable:
                assert name in found and found[name].notna().all(), (table.name, name)


def test_nobody_is_visited_against_their_wish_or_more_often_than_the_cap(made):
    visits = made["visits"].merge(made["consents"], on="participant_id")
    visits = visits[visits["rule"].isin(["opt_out", "do_not_visit"])]
    assert len(visits)
    assert (visits["happened_at"].dt.date <= visits["since"]).all()
    cap = ContactParams()
    for _, own in made["visits"].groupby("participant_id"):
        days = sorted(own["happened_at"].dt.date)
        for day in days:
            near = [d for d in days if day <= d < day + timedelta(days=cap.cap_days)]
            assert len(near) <= cap.cap_visits


def test_the_same_seed_gives_the_same_work_and_only_the_past(persons, made):
    again = invented_work(persons, **PARAMS)
    pd.testing.assert_frame_equal(pd.DataFrame(again["visits"]), made["visits"])
    other = invented_work(persons, **{**PARAMS, "seed": 2})
    assert not pd.DataFrame(other["visits"]).equals(made["visits"])
    assert (made["visits"]["happened_at"].dt.date < TODAY).all()
