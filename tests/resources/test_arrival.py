"""What places will be on arrival, beside a loop over every opening."""

import numpy as np
import pandas as pd
import pytest

from outreach.columns import empty
from outreach.resource_schemas import OPENINGS
from outreach.resources.arrival import on_arrival

START = pd.Timestamp("2026-11-23", tz="UTC")


def random_openings(generator, resources):
    rows = []
    for resource in range(resources):
        at = START
        for _ in range(int(generator.integers(0, 8))):
            opens = at + pd.Timedelta(minutes=int(generator.integers(0, 3)) * 120)
            at = opens + pd.Timedelta(minutes=int(generator.integers(1, 5)) * 60)
            state = generator.choice(["open", "by_appointment"])
            rows.append((f"r{resource}", opens, at, state, ""))
    frame = pd.DataFrame(rows, columns=list(OPENINGS.columns))
    return frame.sample(frac=1, random_state=3).reset_index(drop=True)


def by_loop(openings, resource_id, when, known):
    if not known or pd.isna(when):
        return "unknown", pd.NaT, pd.NaT
    mine = openings[openings["resource_id"] == resource_id].sort_values("opens_at")
    for opening in mine.itertuples():
        if opening.opens_at <= when < opening.closes_at:
            closes = opening.closes_at
            follows = mine[(mine["opens_at"] == closes) & (mine["state"] == opening.state)]
            while len(follows):
                closes = follows["closes_at"].iloc[0]
                follows = mine[(mine["opens_at"] == closes) & (mine["state"] == opening.state)]
            return opening.state, closes, pd.NaT
    later = mine[mine["opens_at"] > when]["opens_at"]
    return "closed", pd.NaT, later.iloc[0] if len(later) else pd.NaT


@pytest.mark.parametrize("seed", range(5))
def test_every_arrival_is_that_of_a_loop(seed):
    generator = np.random.default_rng(seed)
    openings = random_openings(generator, 8)
    ids = [f"r{i}" for i in generator.permutation(10)]  # the last two have no openings
    minutes = generator.integers(-60, 2000, (12, len(ids))) // 30 * 30
    when = START.tz_localize(None).to_datetime64() + minutes.astype("timedelta64[m]")
    when[generator.random(when.shape) < 0.1] = np.datetime64("NaT")
    known = generator.random(len(ids)) < 0.8
    found = on_arrival(openings, ids, when, known=known)
    for i in range(12):
        for j, resource_id in enumerate(ids):
            moment = pd.Timestamp(when[i, j], tz="UTC")
            state, closes, opens = by_loop(openings, resource_id, moment, known[j])
            assert found.state[i, j] == state
            for value, expected in ((found.closes_at, closes), (found.opens_at, opens)):
                told = pd.Timestamp(value[i, j])
                assert (told is pd.NaT and expected is pd.NaT) or told.tz_localize(
                    "UTC"
                ) == expected


def test_nanoseconds_are_taken_and_nothing_open_is_closed():
    when = np.array([[pd.Timestamp("2026-11-23 10:00").value]])
    found = on_arrival(empty(OPENINGS), ["a"], when, known=np.array([True]))
    assert found.state.tolist() == [["closed"]]
    assert np.isnat(found.opens_at).all()


def test_hours_that_are_not_known_are_never_open_or_closed():
    opening = pd.DataFrame(
        [("a", START, START + pd.Timedelta(hours=9), "open", "")], columns=list(OPENINGS.columns)
    )
    when = np.array([["2026-11-23T01:00", "2026-11-23T01:00"]], dtype="datetime64[ns]")
    found = on_arrival(opening, ["a", "b"], when, known=np.array([False, False]))
    assert set(found.state.ravel()) == {"unknown"}
    assert np.isnat(found.closes_at).all()
