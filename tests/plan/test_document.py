"""A plan as text and back without loss, and how it becomes published."""

import json
from dataclasses import fields, replace
from datetime import UTC, datetime

import pandas as pd
import pytest

from outreach.errors import PlanError
from outreach.plan.document import TABLES, from_json, publish, to_json

AT = datetime(2026, 11, 20, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
def plan(make_week, make_candidates):
    rows = make_candidates(24)
    rows.loc[0, ["barred", "lon", "lat"]] = ["Asked not to be contacted.", None, None]
    made = make_week(rows)
    first = made.stops["candidate_id"].iloc[0]
    nearest = pd.DataFrame(
        {
            "stop_id": [first],
            "rank": [1],
            "resource_id": ["r1"],
            "name": ["St. Élise"],
            "kind": ["shelter"],
            "mode": ["walk"],
            "travel_s": [1 / 3],
            "distance_m": [812.25],
            "walk_s": [1 / 3],
            "drive_s": [float("nan")],
            "arrive_at": [made.stops["leave_at"].iloc[0]],
            "on_arrival": ["open"],
            "closes_at": [made.stops["leave_at"].iloc[0] + pd.Timedelta(hours=2)],
            "opens_at": pd.Series([pd.NaT], dtype="datetime64[us, UTC]"),
            "reason": ["serves homelessness"],
        }
    )
    return replace(made, nearest=nearest)


def assert_same(one, other):
    for entry in fields(one):
        first, second = getattr(one, entry.name), getattr(other, entry.name)
        if entry.name in TABLES:
            columns = list(TABLES[entry.name].columns)
            pd.testing.assert_frame_equal(first[columns], second[columns], check_dtype=False)
            for name in columns if len(first) else ():
                assert str(first[name].dtype) in {str(second[name].dtype), "object"}, name
        else:
            assert first == second, entry.name


def test_there_and_back_without_loss(plan):
    again = from_json(to_json(plan))
    assert_same(plan, again)
    assert to_json(again) == to_json(plan)
    done = publish(plan, by="Lea", at=AT)
    assert_same(done, from_json(to_json(done)))


def test_text_is_plain_json_with_utc_times_and_geojson(plan):
    document = json.loads(to_json(plan))
    assert document["stops"][0]["start_at"].endswith("+00:00")
    assert document["legs"][0]["geometry"]["type"] == "LineString"
    assert document["candidates"][0]["lon"] is None
    assert "St. Élise" in to_json(plan)


def as_written_before(document):
    """A document as the first version of this program wrote it."""
    fields = ("changes", "added", "made_from", "changed_stops", "traffic", "known_share")
    for name in (*fields, "clock_stopped"):
        del document[name]
    for candidate in document["candidates"]:
        for name in (
            "days", "days_why", "with_staff", "known", "must", "visit_group", "gap_days",
            "people_needed", "seats_needed", "language", "preferred_staff", "due_on", "task_id",
            "barred_cause",
        ):  # fmt: skip
            del candidate[name]
    for shift in document["shifts"]:
        for name in [key for key in shift if "base" in key or key[-3:] in ("lon", "lat")]:
            del shift[name]
        del shift["seats"], shift["languages"]
    for row in document["left_out"]:
        del row["cause"]
    return document


def test_a_plan_of_the_first_version_still_opens(plan):
    document = as_written_before(json.loads(to_json(plan)))
    old = from_json(json.dumps(document))
    for name in ("stops", "legs", "pauses"):
        columns = list(TABLES[name].columns)
        pd.testing.assert_frame_equal(
            getattr(plan, name)[columns], getattr(old, name)[columns], check_dtype=False
        )
    assert set(zip(old.shifts["start_lon"], old.shifts["end_lat"], strict=True)) == {plan.base}
    assert old.candidates["known"].all()
    assert old.candidates["visit_group"].is_unique
    assert old.left_out.set_index("candidate_id")["cause"]["person:000"] == "consent"
    assert (old.changes.empty, old.made_from, old.known_share) == (True, None, 0.0)
    assert_same(old, from_json(to_json(old)))
    del document["candidates"][0]["prize"]
    with pytest.raises(PlanError, match="no plan of ours"):
        from_json(json.dumps(document))


OLD_NEAREST = [  # as versions before opening hours wrote it
    {"rank": 1, "resource_id": "r1", "name": "Mission", "kind": "homeless_shelter",
     "travel_s": 600.4, "distance_m": 812.25,
     "reason": "10 min on foot; homeless shelter; for homelessness; hours on file: 24/7"},
    {"rank": 2, "resource_id": "r2", "name": "Library", "kind": "library",
     "travel_s": 240.0, "distance_m": 2210.0,
     "reason": "4 min by car; library; for homelessness; hours not known"},
]  # fmt: skip


def test_nearest_help_of_an_old_plan_is_filled_with_what_is_known_and_no_more(plan):
    document = json.loads(to_json(plan))
    stop = document["stops"][0]
    document["nearest"] = [{"stop_id": stop["candidate_id"], **row} for row in OLD_NEAREST]
    old = from_json(json.dumps(document)).nearest
    assert old["mode"].tolist() == ["walk", "drive"]
    assert old["walk_s"].tolist()[0] == 600.4
    assert old["drive_s"].tolist()[1] == 240.0
    assert old[["walk_s", "drive_s"]].isna().sum().tolist() == [1, 1]
    leave = pd.Timestamp(stop["leave_at"])
    assert old["arrive_at"].tolist() == [leave + pd.Timedelta(seconds=s) for s in (600, 240)]
    assert old["on_arrival"].eq("unknown").all()  # nobody looked at hours then
    assert old[["closes_at", "opens_at"]].isna().all(axis=None)
    assert old["reason"].tolist() == [row["reason"] for row in OLD_NEAREST]


def test_changes_and_stops_put_in_are_kept(plan):
    changes = pd.DataFrame(
        {
            "candidate_id": ["person:000", "place:001"],
            "change": ["pin", "forbid"],
            "shift_id": [plan.shifts["shift_id"].iloc[0], None],
            "start_at": [plan.shifts["start_at"].iloc[0], pd.NaT],
            "made_by": "Lea",
        }
    )
    slow = {"days": ["mon"], "start": "07:00:00", "end": "09:00:00", "speed": 0.7}
    more = replace(plan, changes=changes, made_from=3, changed_stops=0, traffic=(slow,))
    assert_same(more, from_json(to_json(more)))


def test_an_empty_plan_survives_too(make_week, make_candidates):
    empty = make_week(make_candidates(1).iloc[:0])
    assert_same(empty, from_json(to_json(empty)))


def test_a_person_publishes_once(plan):
    """Safeguard 6: a plan is a draft until a lead publishes it."""
    assert (plan.status, plan.published_by) == ("draft", None)
    done = publish(plan, by=" Lea ", at=AT)
    assert (done.status, done.published_by, done.published_at) == ("published", "Lea", AT)
    assert plan.status == "draft"
    with pytest.raises(PlanError, match="already published by Lea"):
        publish(done, by="Max", at=AT)
    with pytest.raises(PlanError, match="name one"):
        publish(plan, by=" ", at=AT)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 1}', '{"version": 99}'])
def test_what_is_no_plan_is_one_clear_error(text):
    with pytest.raises(PlanError):
        from_json(text)
