from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from outreach import cells
from outreach.people.profile import need_profile, person_calls
from outreach.schemas import NEEDS

AS_OF = datetime(2026, 6, 1, 12, tzinfo=UTC)
TODAY = date(2026, 6, 1)
ZONE = "America/New_York"
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def profile_of(demand_view):
    def run(frame, ids=("p1",), record_begins=LONG_AGO):
        frame = frame.assign(**{} if "date_only" in frame else {"date_only": False})
        told = person_calls(demand_view(frame, AS_OF), list(ids))
        return need_profile(told, today=TODAY, record_begins=record_begins, time_zone=ZONE)

    return run


def calls(days_ago, **columns):
    times = [AS_OF - timedelta(days=int(d)) for d in days_ago]
    return pd.DataFrame({"received_at": times, "person_id": "p1", **columns})


def test_counts_equal_those_made_by_hand(profile_of):
    rng = np.random.default_rng(2)
    n = 120
    frame = pd.DataFrame(
        {
            "received_at": AS_OF - pd.to_timedelta(rng.integers(60, 300 * 86400, n), unit="s"),
            "person_id": rng.choice(["p1", "p2", "p3"], n),
            "need": rng.choice([*NEEDS, "unknown"], n),
            "lon": -73.75 + 0.01 * rng.integers(0, 4, n),
            "address": [f"{k} Elm St" for k in rng.integers(0, 3, n)],
            "counts_as": rng.choice(["demand", "officer_initiated"], n, p=[0.8, 0.2]),
            "date_only": rng.random(n) < 0.1,
        }
    )
    found = profile_of(frame, ids=("p1", "p3"))
    own = frame[frame["person_id"].isin(["p1", "p3"]) & (frame["counts_as"] == "demand")]
    local = own["received_at"].dt.tz_convert(ZONE)
    assert found.calls == len(own) > 40
    by_need = found.by_need.set_index("need")["calls"].to_dict()
    assert by_need == own["need"].value_counts().to_dict()
    weekday = found.by_weekday.set_index("weekday")["calls"]
    assert weekday["mon"] == (local.dt.day_of_week == 0).sum()
    assert len(weekday) == 7
    hours = found.by_hour.set_index("hour")["calls"]
    assert hours.loc[17] == (local[~own["date_only"]].dt.hour == 17).sum()
    assert hours.sum() == (~own["date_only"]).sum()
    assert found.by_month["calls"].sum() == len(own)
    months = found.by_month.groupby("month")["calls"].sum()
    assert months[date(2026, 5, 1)] == ((local.dt.month == 5) & (local.dt.year == 2026)).sum()
    spots = found.places.set_index("place_id")
    cell = cells.to_text(cells.fine_cells([-73.75], [42.65])[0])
    there = own[own["lon"] == -73.75].sort_values("received_at")
    assert spots.loc[cell, "calls"] == len(there)
    assert spots.loc[cell, "address"] == there["address"].iloc[-1]
    assert spots.loc[cell, "last_on"] == there["received_at"].dt.tz_convert(ZONE).iloc[-1].date()
    assert found.places["calls"].is_monotonic_decreasing


def test_the_last_quarter_stands_beside_the_one_before(profile_of):
    frame = pd.concat([calls([1, 2, 90], need="conflict"), calls([91, 181, 182], need="conflict")])
    change = profile_of(frame).change.set_index("need")
    assert change.loc["conflict"].tolist() == [3, 2]
    assert change.loc["all"].tolist() == [3, 2]
    assert change.loc["homelessness"].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("recent", "before", "told"),
    [
        (5, 3, "can be chance"),
        (20, 3, "more than chance explains"),
        (3, 20, "usual also where nothing was done"),
        (4, 4, "4 in the 91 days before."),
        (0, 0, "0 in the 91 days before."),
    ],
)
def test_words_about_change_claim_no_cause(profile_of, recent, before, told):
    """Safeguard 9: a before and after says nothing about what made it."""
    reason = profile_of(calls([10] * recent + [100] * before)).reason
    assert reason.startswith(f"{recent} in the last 91 days, {before} in the 91 days before")
    assert reason.endswith((f"{told}.", told))
    for word in ("because", "due to", "effect", "helped", "thanks", "improve"):
        assert word not in reason


def test_a_short_record_is_not_compared(profile_of):
    begins = AS_OF - timedelta(days=100)
    assert "too short" in profile_of(calls([10, 20, 30]), record_begins=begins).reason


def test_nobody_has_an_empty_profile(profile_of):
    found = profile_of(calls([1, 2]), ids=["p7"])
    assert found.calls == 0
    assert found.places.empty
    assert found.by_hour["calls"].sum() == 0
    assert len(found.by_hour) == 24


def test_calls_without_a_place_are_counted_but_nowhere(profile_of):
    found = profile_of(calls([1, 2, 3], lon=np.nan, lat=np.nan))
    assert found.calls == 3
    assert found.places.empty
