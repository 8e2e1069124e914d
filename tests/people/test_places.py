from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from outreach import cells
from outreach.columns import check, empty
from outreach.config import RepeatParams
from outreach.people.places import repeat_places
from outreach.resource_schemas import RESOURCES
from outreach.schemas import NEEDS, PLACES

AS_OF = datetime(2026, 6, 1, 12, tzinfo=UTC)
PARAMS = RepeatParams(window_days=182, min_calls=3, half_life_weeks=9)
NO_RESOURCES = empty(RESOURCES)


def calls_at(days_ago, **columns):
    times = [AS_OF - timedelta(days=d) for d in days_ago]
    return pd.DataFrame({"received_at": times, **columns})


def spot(number):
    """Points 200 m apart along a street."""
    return {"lon": -73.75 + 0.0024 * number, "lat": 42.65}


@pytest.fixture
def resource(make_resources):
    def made(kind, **told):
        return make_resources(kind=kind, **told)

    return made


@pytest.fixture
def places_of(demand_view):
    def run(frame, resources=NO_RESOURCES, params=PARAMS):
        view = demand_view(frame, AS_OF)
        everything = demand_view(frame.assign(counts_as="demand"), AS_OF)
        barring = everything.filter(~everything.home_visit)
        found = repeat_places(view, resources, as_of=AS_OF, params=params, barring=barring)
        return check(found, PLACES)

    return run


def random_calls(seed=1, n=900):
    rng = np.random.default_rng(seed)
    # received in whole seconds, most points with few calls
    where = np.minimum(rng.geometric(0.03, n), 120)
    return pd.DataFrame(
        {
            "received_at": AS_OF - pd.to_timedelta(rng.integers(60, 300 * 86400, n), unit="s"),
            "lon": -73.75 + 0.0024 * where,
            "lat": 42.65,
            "need": rng.choice([*NEEDS, "unknown"], n),
            "home_visit": (rng.random(n) > np.where(where % 2, 0.02, 0.2)) & (where % 8 > 0),
            "safety_concern": rng.random(n) > 0.7,
            "address": [f"{w} Elm St" for w in where],
        }
    )


def by_hand(frame):
    """The same list with plain pandas on every call; the door by shares instead of counts."""
    frame = frame.assign(cell=cells.fine_cells(frame["lon"], frame["lat"]))
    first = frame["received_at"].min()
    frame = frame[frame["received_at"] > AS_OF - timedelta(days=PARAMS.window_days)]
    barring = frame[~frame["home_visit"]].groupby("cell").size()
    frame = frame[frame["need"].isin(NEEDS)]
    weeks = min(26, (AS_OF - first) / timedelta(weeks=1))
    length = sum(0.5 ** ((k + 0.5) / 100 / 9) for k in range(round(weeks * 100))) / 100
    rows = {}
    for cell, part in frame.groupby("cell"):
        door = part[part["home_visit"]]
        kept = door if len(door) else part
        if len(kept) < PARAMS.min_calls:
            continue
        age = (AS_OF - door["received_at"]) / timedelta(weeks=1)
        needs = kept["need"].value_counts()
        rows[cells.to_text(cell)] = {
            "calls": len(kept),
            "weekly_rate": (0.5 ** (age / 9)).sum() / length,
            "first_call_at": kept["received_at"].min(),
            "last_call_at": kept["received_at"].max(),
            "top_need": next(need for need in NEEDS if needs.get(need) == needs.max()),
            "home_visit": barring.get(cell, 0) / (len(door) + barring.get(cell, 0)) < 0.1,
            "safety_share": part["safety_concern"].mean(),
            "address": kept["address"].iloc[0],
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def test_places_equal_a_list_made_by_hand(places_of):
    frame = random_calls()
    found, expected = places_of(frame).set_index("place_id"), by_hand(frame)
    assert len(expected) > 50
    assert expected["home_visit"].mean() == pytest.approx(0.5, abs=0.3)
    assert ((expected["weekly_rate"] > 0) & ~expected["home_visit"]).any()
    assert set(found.index) == set(expected.index)
    expected = expected.loc[found.index]
    assert found["weekly_rate"].to_numpy() == pytest.approx(
        expected["weekly_rate"].to_numpy(), rel=1e-4, abs=1e-6
    )
    assert found["safety_share"].to_numpy() == pytest.approx(expected["safety_share"].to_numpy())
    exact = ["calls", "first_call_at", "last_call_at", "top_need", "home_visit", "address"]
    for column in exact:
        assert found[column].tolist() == expected[column].tolist(), column


def test_highest_rate_stands_first_and_ties_are_stable(places_of):
    frame = pd.concat(
        [
            calls_at([1, 2, 3], **spot(1)),
            calls_at([1, 2, 3], **spot(2)),
            calls_at([9] * 5, **spot(3)),
        ]
    )
    found = places_of(frame)
    again = places_of(frame.sample(frac=1, random_state=3))
    pd.testing.assert_frame_equal(found, again)
    assert found["calls"].tolist() == [5, 3, 3]
    assert found["place_id"].tolist()[1:] == sorted(found["place_id"][1:])


def test_rate_counts_recent_calls_more_and_a_short_record_as_short(places_of):
    old, new = calls_at([170, 171, 172], **spot(1)), calls_at([2, 3, 4], **spot(2))
    rates = places_of(pd.concat([old, new])).set_index("calls")["weekly_rate"].tolist()
    assert rates[0] > 5 * rates[1]
    short = places_of(calls_at([1, 3, 7, 13.99], **spot(1)))
    assert short["weekly_rate"].iloc[0] == pytest.approx(2, rel=0.05)  # 4 calls in two weeks


def test_other_needs_and_old_calls_list_nothing(places_of):
    assert places_of(calls_at([1, 2, 3, 4], need="unknown", **spot(1))).empty
    assert places_of(calls_at([190, 191, 192, 193], **spot(1))).empty


@pytest.mark.parametrize("counts_as", ["demand", "officer_initiated", "administrative"])
@pytest.mark.parametrize("need", ["conflict", "unknown"])
def test_one_call_in_ten_bars_the_door_whoever_began_it(places_of, counts_as, need):
    """Duty 11: nobody knocks where violence was seen, even if only staff reported it."""
    one = calls_at([50], home_visit=False, counts_as=counts_as, need=need, **spot(1))
    at_home = places_of(pd.concat([calls_at([1] * 9, **spot(1)), one]))
    assert at_home["home_visit"].tolist() == [False]
    assert at_home["calls"].tolist() == [9]
    many_flats = places_of(pd.concat([calls_at([1] * 10, **spot(1)), one]))
    assert many_flats["home_visit"].tolist() == [True]
    long_ago = one.assign(received_at=AS_OF - timedelta(days=183))
    assert places_of(pd.concat([calls_at([1] * 9, **spot(1)), long_ago]))["home_visit"].all()


def test_calls_that_bar_a_visit_never_make_a_stop(places_of):
    """Duty 11: domestic violence counts in cells, not at doors."""
    mixed = pd.concat(
        [calls_at([1] * 30, **spot(1)), calls_at([1] * 3, home_visit=False, **spot(1))]
    )
    only = calls_at([1] * 9, home_visit=False, **spot(2))
    below = pd.concat([calls_at([1, 2], **spot(3)), calls_at([1] * 9, home_visit=False, **spot(3))])
    found = places_of(pd.concat([mixed, only, below]))
    assert found["calls"].tolist() == [30, 9]
    assert found["home_visit"].tolist() == [True, False]
    assert found["weekly_rate"].iloc[1] == found["expected_calls"].iloc[1] == 0
    assert "expected" not in found["reason"].iloc[1]
    assert found["reason"].iloc[1].endswith("no visit at the door.")


def test_places_are_ranked_by_what_is_expected_and_recent_calls_raise_it(places_of):
    frame = random_calls(seed=4, n=1500)
    found = places_of(frame)
    assert found["expected_calls"].is_monotonic_decreasing
    busiest = found.iloc[5]
    more = calls_at([1, 2], lon=busiest["lon"], lat=busiest["lat"])
    again = places_of(pd.concat([frame, more])).set_index("place_id")
    assert again.loc[busiest["place_id"], "expected_calls"] > busiest["expected_calls"]


def test_what_is_expected_lies_below_the_plain_rate_where_luck_leads(places_of):
    """Many points with one call each tell that three calls in a row are mostly luck."""
    quiet = [calls_at([3 * n + 1], **spot(10 + n)) for n in range(60)]
    frame = pd.concat([calls_at([20, 40, 60], **spot(1)), *quiet])
    found = places_of(frame).iloc[0]
    assert 0 < found["expected_calls"] < 0.8 * 4 * found["weekly_rate"]


def test_a_facility_changes_what_is_expected_nowhere_else(places_of, resource):
    frame = random_calls(seed=5, n=1500)
    desk = calls_at(np.linspace(0.1, 180, 400), lon=-73.75, lat=42.66)
    station = resource("police", lat=42.66)
    alone, both = places_of(frame), places_of(pd.concat([frame, desk]), station)
    assert both["kind"].tolist().count("facility") == 1
    assert both.loc[both["kind"] == "facility", "expected_calls"].iloc[0] > 30
    others = both[both["kind"] == "place"].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, others)


def test_a_gap_in_the_record_is_not_read_as_a_fall(places_of, demand_view):
    frame = random_calls(seed=6, n=1500)
    frame = frame[frame["received_at"] < AS_OF - timedelta(days=21)]
    weeks = [AS_OF.date() - timedelta(weeks=k) for k in range(44, -1, -1)]
    calendar = pd.DataFrame({"week": weeks, "days_seen": [7] * 41 + [0] * 4})
    view = demand_view(frame, AS_OF)
    told = repeat_places(
        view, NO_RESOURCES, as_of=AS_OF, params=PARAMS, barring=view.limit(0), calendar=calendar
    )
    plain = places_of(frame)
    assert told["expected_calls"].sum() > 1.5 * plain["expected_calls"].sum()


def test_facilities_are_told_from_places(places_of, resource):
    frame = pd.concat([calls_at([1, 2, 3], **spot(0)), calls_at([1, 2, 3], **spot(1))])
    here = places_of(frame, resource("hospital", name="Memorial Hospital")).set_index("kind")
    assert here.loc["facility", "lon"] == pytest.approx(-73.75, abs=1e-5)
    assert "near Memorial Hospital" in here.loc["facility", "reason"]
    assert here.loc["place", "lon"] == pytest.approx(-73.7476, abs=1e-5)


def test_a_library_or_a_shelter_stays_a_place(places_of, resource):
    """Duty 16."""
    for kind in ("library", "shelter"):
        assert places_of(calls_at([1, 2, 3], **spot(0)), resource(kind))["kind"].tolist() == [
            "place"
        ]


def test_a_redacted_resource_is_never_named(places_of, resource):
    frame = calls_at([1, 2, 3], **spot(0))
    found = places_of(frame, resource("hospital", name="Safe House", redacted=True))
    assert "Safe House" not in " ".join(found["reason"])


def test_a_place_at_a_redacted_site_is_no_stop(places_of, resource):
    """Safeguard 7: nothing leads a team, or a reader, to a shelter kept secret."""
    frame = pd.concat([calls_at([1, 2, 3, 4], **spot(0)), calls_at([1, 2, 3], **spot(1))])
    found = places_of(frame, resource("dv_shelter", lon=-73.7503, redacted=True))
    assert found["home_visit"].tolist() == [False, True]


def test_facility_radius_holds(places_of, resource):
    near, far = resource("police", lat=42.6505), resource("police", lat=42.6506)  # 56 and 67 m
    frame = calls_at([1, 2, 3], **spot(0))
    assert places_of(frame, near)["kind"].tolist() == ["facility"]
    assert places_of(frame, far)["kind"].tolist() == ["place"]


def test_a_point_with_an_outsized_share_is_a_default_geocode(places_of):
    elsewhere = random_calls(n=1200)
    sink = calls_at(np.linspace(1, 180, 150), address="1 City Hall Plaza", **spot(300))
    found = places_of(pd.concat([elsewhere, sink])).set_index("calls")
    assert found.loc[150, "kind"] == "default_geocode"
    assert "of all placed calls" in found.loc[150, "reason"]
    assert (found.drop(150)["kind"] == "place").all()


def test_a_busy_point_of_a_small_town_stays_a_place(places_of):
    frame = pd.concat([calls_at([1] * 30, address="5 Elm St", **spot(1)), random_calls(n=100)])
    assert places_of(frame).set_index("calls").loc[30, "kind"] == "place"


def test_many_addresses_on_one_point_are_a_default_geocode(places_of):
    frame = calls_at([1] * 12, address=[f"{n} Oak St" for n in range(12)], **spot(1))
    assert places_of(frame)["kind"].tolist() == ["default_geocode"]


def test_flats_of_one_house_are_one_address(places_of):
    flats = [f"12 Oak St{how}{n}" for n in range(6) for how in (" Apt ", ", Unit ", " #")]
    found = places_of(calls_at([1] * 18, address=flats, **spot(1)))
    assert found["kind"].tolist() == ["place"]
    assert found["address"].tolist() == ["12 Oak St"]


def test_the_address_written_most_often_is_shown(places_of):
    texts = ["9 Elm St", "9 ELM ST", "11 Elm St"]
    found = places_of(calls_at([3, 2, 1], address=texts, **spot(1)))
    assert found["address"].str.upper().tolist() == ["9 ELM ST"]
    assert places_of(calls_at([3, 2, 1], **spot(1)))["address"].isna().all()


def test_reasons_name_counts_and_local_dates(places_of):
    late = pd.DataFrame({"received_at": ["2026-05-04 02:30", "2026-05-20", "2026-05-21"]} | spot(1))
    late["received_at"] = pd.to_datetime(late["received_at"], utc=True, format="ISO8601")
    found = places_of(late).iloc[0]
    assert found["reason"] == (
        "3 calls for help in the last 182 days (2026-05-03 to 2026-05-20), mostly mental health; "
        f"about {found['expected_calls']:.1f} calls expected in the next four weeks."
    )
    assert found["expected_calls"] > 0.5


def test_rows_made_by_staff_change_no_rank_and_no_rate(places_of, with_tenfold_staff):
    """Safeguard 1; what staff saw may only bar a door."""
    frame = random_calls(seed=2)
    alone, crowded = places_of(frame), places_of(with_tenfold_staff(frame))
    door = ["home_visit", "reason"]
    pd.testing.assert_frame_equal(alone.drop(columns=door), crowded.drop(columns=door))
    assert not (crowded["home_visit"] & ~alone["home_visit"]).any()


def test_future_rows_change_nothing(places_of):
    """Law 5."""
    frame = random_calls(seed=3).assign(known_at=lambda f: f["received_at"])
    later = frame.assign(received_at=AS_OF + timedelta(minutes=1))
    learned = frame.assign(known_at=AS_OF + timedelta(minutes=1))
    pd.testing.assert_frame_equal(places_of(frame), places_of(pd.concat([frame, later, learned])))


def test_no_calls_give_no_places(places_of):
    assert places_of(calls_at([-5], **spot(1))).empty
    assert places_of(pd.DataFrame({"received_at": [AS_OF], "lon": [np.nan], "lat": [np.nan]})).empty


def found_in(frame, demand_view):
    as_of = frame["received_at"].max() + pd.Timedelta(minutes=1)
    view = demand_view(frame, as_of)
    return repeat_places(
        view,
        NO_RESOURCES,
        as_of=as_of.to_pydatetime(),
        params=RepeatParams(),
        barring=view.limit(0),
    )


@pytest.mark.real
def test_boston_city_hall_is_no_place_to_visit(real_data, demand_view):
    """14 % of a city's 311 file sits on one point: calls without an exact place."""
    path = real_data / "calls" / "boston_311_2015.csv.gz"
    raw = pd.read_csv(path, usecols=["OPEN_DT", "LATITUDE", "LONGITUDE", "Location"])
    frame = pd.DataFrame(
        {
            "received_at": pd.to_datetime(raw["OPEN_DT"], format="%m/%d/%Y %I:%M:%S %p", utc=True),
            "lon": raw["LONGITUDE"],
            "lat": raw["LATITUDE"],
            "address": raw["Location"],
            "need": "quality_of_life",
        }
    )
    found = found_in(frame, demand_view)
    top = found.iloc[0]
    assert (round(top["lon"], 4), round(top["lat"], 4)) == (-71.0587, 42.3594)
    assert top["kind"] == "default_geocode"
    assert (found["kind"] == "place").mean() > 0.99


@pytest.mark.real
def test_montgomery_points_without_an_exact_place(real_data, demand_view):
    """One point has 1,491 calls under many names, another says it has no location."""
    raw = pd.read_csv(real_data / "calls" / "montgomery_pa_911.csv.gz")
    frame = pd.DataFrame(
        {
            "received_at": pd.to_datetime(raw["timeStamp"], utc=True),
            "lon": raw["lng"],
            "lat": raw["lat"],
            "address": raw["addr"],
        }
    )
    found = found_in(frame, demand_view)
    assert found["kind"].tolist()[:4] == ["default_geocode"] * 3 + ["place"]
    kinds = found.set_index("address")["kind"]
    assert kinds["NO LOCATION - NEIGHBORING COUNTY"] == "default_geocode"
    assert kinds["SHANNONDELL DR & SHANNONDELL BLVD"] == "place"  # a retirement community
    assert (found["kind"] == "place").mean() > 0.98
