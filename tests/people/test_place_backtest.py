from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from pyproj import Transformer

from outreach.columns import empty
from outreach.config import RepeatParams
from outreach.people.place_backtest import place_backtest
from outreach.people.places import repeat_places
from outreach.resource_schemas import RESOURCES
from outreach.schemas import NEEDS

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)
PARAMS = RepeatParams()
NO_RESOURCES = empty(RESOURCES)
CRISIS = ("UNWANTED PERSON", "WELFARE CHECK", "DISTURBANCE", "DETOX")


def random_calls(seed=1, weeks=22, n=4000):
    rng = np.random.default_rng(seed)
    where = np.minimum(rng.geometric(0.02, n), 200)
    ages = rng.integers(60, weeks * 7 * 86400, n)
    return pd.DataFrame(
        {
            "received_at": AS_OF - pd.to_timedelta(ages, unit="s"),
            "date_only": False,
            "lon": -73.75 + 0.0024 * where,
            "lat": 42.65,
            "need": rng.choice([*NEEDS, "unknown"], n),
            "home_visit": rng.random(n) > 0.1,
        }
    )


def test_it_equals_lists_made_by_hand_at_each_origin(demand_view):
    frame = random_calls()
    view = demand_view(frame, AS_OF)
    found = place_backtest(view, NO_RESOURCES, as_of=AS_OF, params=PARAMS, leading=20)
    last = frame["received_at"].max().to_pydatetime()
    assert len(found) == 2  # after 14 and 18 of 22 weeks
    for row, back in zip(found.itertuples(), (8, 4), strict=True):
        origin = last - timedelta(weeks=back) + timedelta(microseconds=1)
        before = demand_view(frame[frame["received_at"] < origin], origin)
        listed = repeat_places(
            before, NO_RESOURCES, as_of=origin, params=PARAMS, barring=before.limit(0)
        )
        top = listed[listed["kind"] == "place"].head(20)
        after = frame[
            (frame["received_at"] >= origin)
            & (frame["received_at"] < origin + timedelta(weeks=4))
            & frame["home_visit"]
            & (frame["need"] != "unknown")
        ]
        met = [((after["lon"] - place.lon).abs() < 0.001).sum() for place in top.itertuples()]
        assert (row.origin, row.places) == (origin.date(), 20)
        assert row.predicted == pytest.approx(top["expected_calls"].sum())
        assert row.actual == sum(met)
        assert row.ratio == pytest.approx(row.actual / row.predicted)
        assert row.ratio == pytest.approx(1, abs=0.15)


def test_staff_and_later_calls_change_nothing(demand_view, with_tenfold_staff):
    """Safeguard 1; law 5."""
    frame = random_calls(seed=2)
    later = frame.assign(received_at=frame["received_at"] + timedelta(days=200))
    views = [
        demand_view(rows, AS_OF)
        for rows in (frame, with_tenfold_staff(frame), pd.concat([frame, later]))
    ]
    alone, crowded, more = (
        place_backtest(view, NO_RESOURCES, as_of=AS_OF, params=PARAMS) for view in views
    )
    assert len(alone) == 2
    pd.testing.assert_frame_equal(alone, crowded)
    pd.testing.assert_frame_equal(alone, more)


def test_facilities_are_left_out(demand_view, make_resources):
    frame = random_calls(seed=3)
    ages = np.linspace(0.5, 150, 900)
    desk = frame.iloc[[0] * 900].assign(
        received_at=AS_OF - pd.to_timedelta(ages, unit="D"), lat=42.70, home_visit=True
    )
    desk["need"] = "conflict"
    police = make_resources(kind="police", name="Desk", lon=desk["lon"].iloc[0], lat=42.7)
    plain = place_backtest(demand_view(frame, AS_OF), NO_RESOURCES, as_of=AS_OF, params=PARAMS)
    view = demand_view(pd.concat([frame, desk]), AS_OF)
    with_desk = place_backtest(view, police, as_of=AS_OF, params=PARAMS)
    assert with_desk["predicted"].to_numpy() == pytest.approx(plain["predicted"], rel=0.02)


def test_a_short_or_empty_record_has_no_origins(demand_view):
    for frame in (random_calls(weeks=16), random_calls().iloc[:0]):
        found = place_backtest(demand_view(frame, AS_OF), NO_RESOURCES, as_of=AS_OF, params=PARAMS)
        assert found.empty
        assert list(found) == ["origin", "places", "predicted", "actual", "ratio"]


def test_a_record_of_days_only_loses_none_of_them(demand_view):
    days = pd.date_range("2026-01-01 05:00", "2026-05-31 05:00", tz="UTC")
    frame = pd.concat(
        pd.DataFrame({"received_at": days, "date_only": True, "lon": -73.75 + 0.0024 * spot})
        for spot in range(40)
    )
    found = place_backtest(demand_view(frame, AS_OF), NO_RESOURCES, as_of=AS_OF, params=PARAMS)
    assert (found["actual"] == 40 * 28).all()
    assert found["ratio"].to_numpy() == pytest.approx(1, abs=0.02)


def montgomery(folder):
    raw = pd.read_csv(folder / "montgomery_pa_911.csv.gz")
    return pd.DataFrame(
        {
            "received_at": pd.to_datetime(raw["timeStamp"], utc=True),
            "date_only": False,
            "lon": raw["lng"],
            "lat": raw["lat"],
            "address": raw["addr"],
        }
    )


def portland(folder):
    raw = pd.read_csv(folder / "portland_cfs_2016-08_2017-02.csv.gz")
    raw = raw[raw["CASE DESC"].str.strip().str.startswith(CRISIS)]
    to_degrees = Transformer.from_crs("EPSG:2913", "EPSG:4326", always_xy=True)
    lon, lat = to_degrees.transform(raw["x_coordinate"], raw["y_coordinate"])
    day = pd.to_datetime(raw["occ_date"]).dt.tz_localize("America/Los_Angeles")
    return pd.DataFrame({"received_at": day, "date_only": True, "lon": lon, "lat": lat})


@pytest.mark.real
@pytest.mark.parametrize("read", [montgomery, portland])
def test_the_top_fifty_of_real_cities_come_true_within_a_tenth(read, real_data, demand_view):
    frame = read(real_data / "calls")
    found = place_backtest(
        demand_view(frame, datetime(2026, 1, 1, tzinfo=UTC)),
        NO_RESOURCES,
        as_of=datetime(2026, 1, 1, tzinfo=UTC),
        params=PARAMS,
    )
    assert (found["places"] == 50).all()
    assert len(found) == (5 if read is montgomery else 4)
    assert found["ratio"].between(0.9, 1.1).all()
    assert found["actual"].sum() / found["predicted"].sum() == pytest.approx(1, abs=0.03)
