"""Which stops of several published versions teams drive."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from outreach.plan.document import publish
from outreach.plan.published import standing_stops

MON, TUE, WED = (date(2026, 11, day) for day in (23, 24, 25))


@pytest.fixture(scope="module")
def plan(make_week, make_candidates):
    return make_week(make_candidates(40))


def at(day, hour=14):
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def test_nothing_published_is_nothing_driven(plan):
    found = standing_stops([plan])
    assert found.empty
    assert {"candidate_id", "kind", "week", "number", "until"} <= set(found.columns)


def test_each_version_stands_until_the_next_is_published(plan):
    first = publish(plan, by="Lea", at=at(20))
    second = publish(replace(plan, number=2), by="Lea", at=at(24))
    draft = replace(plan, number=3)
    found = standing_stops([draft, second, first])
    assert set(zip(found["number"], found["day"], strict=True)) == {(1, MON), (2, TUE), (2, WED)}
    assert len(found) == len(plan.stops)
    late = standing_stops([first, publish(replace(plan, number=2), by="Lea", at=at(25, 3))])
    assert set(late.loc[late["number"] == 1, "day"]) == {MON}  # 3 h UTC is still Tuesday there
    whole = standing_stops([first])
    assert len(whole) == len(plan.stops)
    ends = plan.shifts.set_index("shift_id")["end_at"]
    assert (whole["until"] == whole["shift_id"].map(ends)).all()


def test_weeks_stand_beside_each_other(plan):
    first = publish(plan, by="Lea", at=at(20))
    other = publish(replace(plan, week="2026-W49"), by="Lea", at=at(20))
    assert standing_stops([first, other])["week"].value_counts().nunique() == 1
