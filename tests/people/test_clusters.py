import numpy as np
import pandas as pd
import pytest
from shapely.geometry import MultiPoint
from sklearn.cluster import DBSCAN

from outreach.columns import check
from outreach.config import RepeatParams
from outreach.geo import to_metres
from outreach.people.clusters import cluster_places
from outreach.schemas import CLUSTERS

PARAMS = RepeatParams(cluster_radius_m=75, cluster_min_calls=12)


def places_at(lon, lat, calls, **columns):
    frame = pd.DataFrame({"lon": lon, "lat": lat, "calls": calls})
    frame = frame.assign(place_id=[f"p{i}" for i in frame.index], kind="place", home_visit=True)
    return frame.assign(**columns)


def metres_east(*distances):
    return [-73.75 + d / 82_000 for d in distances]


def test_groups_equal_dbscan_on_every_single_call():
    rng = np.random.default_rng(6)
    places = places_at(
        -73.75 + rng.normal(0, 0.006, 250),
        42.65 + rng.normal(0, 0.004, 250),
        rng.integers(1, 9, 250),
    )
    found, clusters = cluster_places(places, params=PARAMS)
    check(clusters, CLUSTERS)
    raw = places.loc[places.index.repeat(places["calls"])]
    x, y = to_metres(raw["lon"], raw["lat"], origin=(-73.75, 42.65))
    labels = DBSCAN(eps=75, min_samples=12).fit_predict(np.column_stack([x, y]))
    expected = pd.Series(labels, index=raw.index).groupby(level=0).first()
    shared = expected.map(expected.value_counts()) > 1
    expected = expected.where(shared & (expected >= 0))
    assert expected.nunique() >= 3
    assert (found["cluster_id"].isna() == expected.isna()).all()
    pairs = set(zip(found["cluster_id"].dropna(), expected.dropna(), strict=True))
    assert len(pairs) == expected.nunique() == len(clusters)


def test_cluster_tells_its_places_calls_and_outline():
    places = places_at(metres_east(0, 50, 100, 2000, 2050), 42.65, [5, 5, 5, 20, 20])
    found, clusters = cluster_places(places, params=PARAMS)
    assert found["cluster_id"].tolist() == [2, 2, 2, 1, 1]  # most calls first
    assert clusters["places"].tolist() == [2, 3]
    assert clusters["calls"].tolist() == [40, 15]
    assert clusters["lon"].tolist() == pytest.approx(metres_east(2025, 50))
    inside = clusters.geometry.iloc[1]
    assert inside.covers(MultiPoint(places[["lon", "lat"]].to_numpy()[:3]))


def test_a_busy_place_alone_is_no_group():
    found, clusters = cluster_places(places_at(metres_east(0, 500), 42.65, [90, 3]), params=PARAMS)
    assert found["cluster_id"].isna().all()
    assert clusters.empty


def test_facilities_and_barred_doors_take_no_part():
    places = places_at(metres_east(0, 20, 40, 60), 42.65, [10] * 4)
    places["kind"] = ["place", "place", "facility", "default_geocode"]
    found, _ = cluster_places(places, params=PARAMS)
    assert found["cluster_id"].notna().tolist() == [True, True, False, False]
    places["home_visit"] = [True, False, True, True]
    _, clusters = cluster_places(places, params=PARAMS)
    assert clusters.empty


def test_places_given_are_not_changed():
    places = places_at(metres_east(0, 20), 42.65, [10, 10])
    before = places.copy()
    cluster_places(places, params=PARAMS)
    pd.testing.assert_frame_equal(places, before)


def test_no_places_give_no_clusters():
    found, clusters = cluster_places(places_at([], [], []), params=PARAMS)
    assert found.empty
    assert clusters.empty
    check(clusters, CLUSTERS)
