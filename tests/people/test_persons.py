from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from outreach import cells
from outreach.columns import check, empty
from outreach.config import RepeatParams
from outreach.link_schemas import PERSON_LINKS
from outreach.people.persons import repeat_persons
from outreach.resource_schemas import RESOURCES
from outreach.schemas import NEEDS, PERSONS
from outreach.store.calls import linked

AS_OF = datetime(2026, 6, 1, 12, tzinfo=UTC)
PARAMS = RepeatParams(window_days=182, min_calls=3, half_life_weeks=9)
HOME, LIBRARY = {"lon": -73.75, "lat": 42.65}, {"lon": -73.76, "lat": 42.66}
NO_RESOURCES = empty(RESOURCES)
UNPLACED = {"lon": np.nan, "lat": np.nan}


def calls_of(person, days_ago, **columns):
    times = [AS_OF - timedelta(days=d) for d in days_ago]
    return pd.DataFrame({"received_at": times, "person_id": person, **columns})


@pytest.fixture
def persons_of(demand_view):
    def run(*frames, as_of=AS_OF, resources=NO_RESOURCES):
        frame = pd.concat(frames)
        view = demand_view(frame, as_of)
        everything = demand_view(frame.assign(counts_as="demand"), as_of)
        found = repeat_persons(
            view,
            as_of=as_of,
            params=PARAMS,
            barring=everything.filter(~everything.home_visit),
            resources=resources,
        )
        return check(found, PERSONS)

    return run


def random_calls(seed=1, n=800):
    rng = np.random.default_rng(seed)
    where = rng.integers(0, 60, n)
    lon = np.where(where < 4, np.nan, -73.75 + 0.002 * where)
    return pd.DataFrame(
        {
            "received_at": AS_OF - pd.to_timedelta(rng.integers(60, 300 * 86400, n), unit="s"),
            "person_id": np.where(rng.random(n) < 0.2, None, rng.integers(0, 70, n).astype(str)),
            "lon": lon,
            "lat": np.where(np.isnan(lon), np.nan, 42.65),
            "need": rng.choice([*NEEDS, "unknown"], n),
            "home_visit": rng.random(n) > 0.05,
            "safety_concern": rng.random(n) > 0.7,
        }
    )


def by_hand(frame):
    """The same list with plain loops over every call."""
    frame = frame.assign(cell=cells.fine_cells(frame["lon"], frame["lat"]))
    frame = frame[frame["received_at"] > AS_OF - timedelta(days=PARAMS.window_days)]
    barring = frame[~frame["home_visit"]]
    barred = set(barring["cell"].dropna())
    nowhere = set(barring[barring["cell"].isna()]["person_id"].dropna())
    rows = {}
    for person, own in frame[frame["need"].isin(NEEDS)].groupby("person_id"):
        if len(own) < PARAMS.min_calls:
            continue
        spots = own.dropna(subset=["cell"]).groupby("cell")["received_at"].agg(["size", "max"])
        spots = spots.sort_values(["size", "max"], ascending=False)
        usual = spots.index[0] if len(spots) else None
        rows[person] = {
            "calls": len(own),
            "last_call_at": own["received_at"].max(),
            "place_id": None if usual is None else cells.to_text(usual),
            "places": len(spots),
            "home_visit": usual not in barred and person not in nowhere,
            "safety_share": own["safety_concern"].mean(),
            "age_weeks": ((AS_OF - own["received_at"]) / timedelta(weeks=1)).tolist(),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def test_persons_equal_a_list_made_by_hand(persons_of):
    frame = random_calls()
    found, expected = persons_of(frame).set_index("person_id"), by_hand(frame)
    assert len(expected) > 40
    assert set(found.index) == set(expected.index)
    expected = expected.loc[found.index]
    for column in ("calls", "last_call_at", "places", "home_visit"):
        assert found[column].tolist() == expected[column].tolist(), column
    assert 0 < found["home_visit"].mean() < 1
    assert found["place_id"].fillna("").tolist() == expected["place_id"].fillna("").tolist()
    assert found["safety_share"].to_numpy() == pytest.approx(expected["safety_share"].to_numpy())
    weights = [sum(0.5 ** (age / 9) for age in ages) for ages in expected["age_weeks"]]
    length = sum(0.5 ** ((k + 0.5) / 100 / 9) for k in range(2600)) / 100
    assert found["weekly_rate"].to_numpy() == pytest.approx(np.array(weights) / length, rel=1e-4)
    assert found["weekly_rate"].is_monotonic_decreasing


def test_usual_place_is_where_most_calls_came_from_then_the_latest(persons_of):
    most = persons_of(calls_of("a", [9, 8, 7], **HOME), calls_of("a", [1, 2], **LIBRARY))
    assert most["lon"].tolist() == pytest.approx([-73.75], abs=1e-5)
    assert most["places"].tolist() == [2]
    tie = persons_of(calls_of("a", [9, 8], **HOME), calls_of("a", [1, 20], **LIBRARY))
    assert tie["lon"].tolist() == pytest.approx([-73.76], abs=1e-5)
    assert tie["reason"].str.endswith("; 2 from the usual place.").all()


def test_a_known_place_goes_before_more_calls_from_nowhere(persons_of):
    found = persons_of(
        calls_of("a", [1, 2, 3], **UNPLACED), calls_of("a", [4], address="9 Elm St Apt 2", **HOME)
    )
    assert found["address"].tolist() == ["9 Elm St Apt 2"]
    assert found["place_id"].notna().all()


def test_a_person_without_a_place_is_still_listed(persons_of):
    found = persons_of(calls_of("a", [1, 2, 3], address="100 block of Elm St", **UNPLACED))
    assert found[["place_id", "lon", "lat"]].isna().all(axis=None)
    assert found["places"].tolist() == [0]
    assert found["address"].tolist() == ["100 block of Elm St"]
    assert found["reason"].str.endswith("no place is known.").all()


def test_a_person_of_four_spellings_is_listed_once_they_are_linked(demand_view):
    """Each pseudonym alone stays below the threshold."""
    calls = pd.concat([calls_of(name, [day], **HOME) for day, name in enumerate("abcd", start=1)])
    view = demand_view(calls, AS_OF)
    params = RepeatParams(window_days=182, min_calls=4, half_life_weeks=9)

    def listed(links):
        seen = linked(view, links)
        nothing = seen.filter(~seen.home_visit)
        return repeat_persons(
            seen, as_of=AS_OF, params=params, barring=nothing, resources=NO_RESOURCES
        )

    assert listed(empty(PERSON_LINKS)).empty
    links = pd.DataFrame({"person_id": list("abcd"), "linked_id": "b"})
    assert listed(links)[["person_id", "calls"]].to_numpy().tolist() == [["b", 4]]


def test_one_call_that_bars_a_visit_bars_the_door(persons_of):
    """Duty 11: also when another person of the house called."""
    calm = calls_of("a", [1, 2, 3], **HOME)
    other = calls_of(None, [5], home_visit=False, **HOME)
    assert persons_of(calm)["home_visit"].tolist() == [True]
    barred = persons_of(calm, other)
    assert barred["home_visit"].tolist() == [False]
    assert "no visit at the door" in barred["reason"].iloc[0]
    elsewhere = calls_of(None, [5], home_visit=False, **LIBRARY)
    assert persons_of(calm, elsewhere)["home_visit"].tolist() == [True]
    for change in ({"need": "unknown"}, {"counts_as": "officer_initiated"}):
        assert persons_of(calm, other.assign(**change))["home_visit"].tolist() == [False]


def test_a_barring_call_from_a_place_unknown_bars_the_door_too(persons_of):
    calls = calls_of("a", [1, 2, 3], **HOME)
    hidden = calls_of("a", [4], home_visit=False, **UNPLACED)
    assert persons_of(calls, hidden)["home_visit"].tolist() == [False]
    by_staff = hidden.assign(counts_as="officer_initiated")
    assert persons_of(calls, by_staff)["home_visit"].tolist() == [False]
    assert persons_of(calls, by_staff)["calls"].tolist() == [3]


def test_a_usual_place_at_a_redacted_site_is_no_stop(persons_of, make_resources):
    """Safeguard 7."""
    site = make_resources(name="Safe House", redacted=True, **HOME)
    calls = pd.concat([calls_of("a", [1, 2, 3], **HOME), calls_of("b", [1, 2, 3], **LIBRARY)])
    found = persons_of(calls, calls_of("c", [1, 2, 3], **UNPLACED), resources=site)
    assert found.set_index("person_id")["home_visit"].to_dict() == {
        "a": False,
        "b": True,
        "c": True,
    }
    assert "Safe House" not in " ".join(found["reason"])


def test_the_listing_ends_by_itself(persons_of):
    """Safeguard 4: without new calls a person drops out when the window has passed."""
    calls = calls_of("a", [1, 2, 3], **HOME)
    assert len(persons_of(calls, as_of=AS_OF + timedelta(days=178))) == 1
    assert persons_of(calls, as_of=AS_OF + timedelta(days=180)).empty


def test_unknown_needs_list_nobody(persons_of):
    assert persons_of(calls_of("a", [1, 2, 3, 4], need="unknown", **HOME)).empty


def test_no_person_key_lists_nobody(persons_of):
    assert persons_of(calls_of(None, [1, 2, 3, 4], **HOME)).empty


def test_rows_made_by_staff_change_no_rank_and_no_rate(persons_of, with_tenfold_staff):
    """Safeguard 1."""
    frame = random_calls(seed=2)
    pd.testing.assert_frame_equal(persons_of(frame), persons_of(with_tenfold_staff(frame)))


def test_future_rows_change_nothing(persons_of):
    """Law 5."""
    frame = random_calls(seed=3).assign(known_at=lambda f: f["received_at"])
    later = frame.assign(received_at=AS_OF + timedelta(minutes=1))
    learned = frame.assign(known_at=AS_OF + timedelta(minutes=1))
    pd.testing.assert_frame_equal(persons_of(frame), persons_of(frame, later, learned))
