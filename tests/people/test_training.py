"""Hours that count, and who may go out without a trained colleague."""

from datetime import date, timedelta

import pandas as pd
import pytest

from outreach.columns import check, empty
from outreach.config import TrainingParams
from outreach.people.training import hours, kinds, readiness
from outreach.plan_schemas import READINESS, TRAINING_HOURS
from outreach.work_schemas import STAFF, TRAINING

TODAY = date(2026, 11, 23)
PARAMS = TrainingParams()
SUBJECTS = list(PARAMS.classroom_h)


def workers(**roles):
    rows = [
        {"staff_id": name, "name": name.capitalize(), "role": role, "languages": "en"}
        for name, role in roles.items()
    ]
    return check(pd.DataFrame(rows).assign(active=True, capacity=20), STAFF)


def done(*rows, **changes):
    """TRAINING of rows of staff, kind, hours, and maybe the day it expires."""
    made = [
        dict(zip(("staff_id", "kind", "hours", "expires_on"), (*row, None)[:4], strict=True))
        for row in rows
    ]
    frame = pd.DataFrame(made).assign(done_on=date(2026, 1, 5)) if made else empty(TRAINING)
    frame["training_id"] = [str(n) for n in range(len(frame))]
    frame = frame.assign(**changes).astype({"expires_on": "object", "hours": "float64"})
    return check(frame, TRAINING)


def all_but(kind, hours_done, *more):
    """Everything Bo needs, but so many hours of one kind."""
    full = {name: needed for name, needed in kinds(PARAMS).items() if name != kind}
    return done(*(("bo", name, h) for name, h in full.items()), ("bo", kind, hours_done), *more)


def of(frame, staff_id="bo", **key):
    found = frame[frame["staff_id"] == staff_id]
    for name, value in key.items():
        found = found[found[name] == value]
    return found.iloc[0]


def ready(training, on=TODAY, **roles):
    return of(readiness(workers(**(roles or {"bo": "peer"})), training, on=on, params=PARAMS))


@pytest.mark.parametrize(
    ("hours_done", "trained", "shortfall"),
    [
        (80, True, ""),
        (81, True, ""),
        (79, False, "79 of 80 h field training"),
        (79.5, False, "79.5 of 80 h field training"),
        (79.999, False, "79.99 of 80 h field training"),
        (0.5, False, "0.5 of 80 h field training"),
    ],
)
def test_duty_9_eighty_hours_in_the_field_and_not_one_less(hours_done, trained, shortfall):
    told = ready(all_but("field", hours_done))
    assert (told["trained"], told["shortfall"]) == (trained, shortfall)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_duty_10_each_of_the_four_subjects_is_needed(subject):
    assert sum(PARAMS.classroom_h.values()) == 88
    assert len(SUBJECTS) == 4
    assert ready(all_but(subject, 22))["trained"]
    told = ready(all_but(subject, 21))
    assert not told["trained"]
    assert told["shortfall"] == f"21 of 22 h {subject}"
    assert not ready(all_but(subject, 21, ("bo", "field", 999)))["trained"]


def test_hours_are_added_up_without_the_dust_of_floats():
    many = all_but("field", 0.1, *[("bo", "field", 0.1)] * 799)
    assert ready(many)["trained"]
    assert not ready(many.iloc[:-1])["trained"]


def test_expired_hours_do_not_count_from_the_day_after():
    last = date(2026, 11, 25)
    training = all_but("field", 40, ("bo", "field", 40, last))
    for day, trained in ((TODAY, True), (last, True), (last + timedelta(days=1), False)):
        assert ready(training, day)["trained"] == trained
    told = ready(training)
    assert told["expires_on"] == last
    assert told["warning"] == "field training ends on 2026-11-25"
    gone = of(hours(training, on=last + timedelta(days=1), params=PARAMS), kind="field")
    assert (gone["hours"], gone["short_h"], gone["complete"]) == (40, 40, False)


def test_only_an_expiry_that_leaves_too_few_hours_matters():
    """The first row to expire leaves 80 hours, the second does not."""
    first, second = date(2026, 12, 1), date(2027, 3, 1)
    training = all_but("field", 40, ("bo", "field", 60, first), ("bo", "field", 40, second))
    assert of(hours(training, on=TODAY, params=PARAMS), kind="field")["expires_on"] == second
    assert ready(training)["warning"] == ""
    warned = second - timedelta(days=PARAMS.warn_days)
    assert ready(training, warned)["warning"] == "field training ends on 2027-03-01"
    assert ready(training, warned - timedelta(days=1))["warning"] == ""


def test_hours_not_done_yet_and_of_other_kinds_do_not_count():
    assert not ready(all_but("field", 80).assign(done_on=TODAY + timedelta(days=1)))["trained"]
    assert ready(all_but("field", 80).assign(done_on=TODAY))["trained"]
    assert not ready(all_but("field", 10, ("bo", "first aid", 500)))["trained"]


def test_who_has_no_hours_at_all_lacks_all_of_them():
    told = ready(done())
    assert not told["trained"]
    assert told["shortfall"].startswith("0 of 80 h field training, 0 of 22 h crisis intervention")
    none = hours(done(), on=TODAY, params=PARAMS, staff_ids=["bo"])
    assert none["needed_h"].sum() == 168 == none["short_h"].sum()
    check(hours(done(), on=TODAY, params=PARAMS), TRAINING_HOURS)


def test_officers_are_not_measured_by_our_hours():
    told = readiness(workers(di="officer", bo="peer"), done(), on=TODAY, params=PARAMS)
    assert told.set_index("staff_id")["trained"].to_dict() == {"di": True, "bo": False}
    check(told, READINESS)
    check(readiness(workers(bo="peer").iloc[:0], done(), on=TODAY, params=PARAMS), READINESS)


def test_a_city_sets_its_own_hours():
    params = TrainingParams(field_h=0, classroom_h={"listening": 4.0})
    told = readiness(workers(bo="peer"), done(("bo", "listening", 4)), on=TODAY, params=params)
    assert told["trained"].all()
    assert kinds(params) == {"field": 0, "listening": 4}


def test_hours_agree_with_adding_up_by_hand():
    """Random rows against a day-by-day count."""
    rng = pd.Series(range(200)).sample(frac=1, random_state=3)
    rows = [("bo", "field", 1 + n % 7, TODAY + timedelta(days=int(n) % 90)) for n in rng]
    training = done(*rows)
    for ahead in (0, 10, 45, 89, 90):
        day = TODAY + timedelta(days=ahead)
        found = of(hours(training, on=day, params=PARAMS), kind="field")
        left = [sum(row[2] for row in rows if row[3] >= d) for d in (day, day + timedelta(days=1))]
        assert found["hours"] == left[0]
        ends_today = left[0] >= 80 > left[1]
        assert (found["expires_on"] == day) == ends_today
