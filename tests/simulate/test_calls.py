import time
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from outreach import geo
from outreach.errors import InputError
from outreach.simulate.calls import CallParams, simulate_calls
from outreach.simulate.export import UNREADABLE, export_csv

END = date(2026, 11, 23)
SMALL = CallParams(weeks=30, calls_per_week=60)


def near(rows, spot, radius_m=250):
    return geo.distance_m(rows["lon"], rows["lat"], spot.lon, spot.lat) < radius_m


def test_counts_add_up_to_the_rows_of_the_export(simulated):
    counts = simulated.counts.set_index("what")["rows"]
    rows = simulated.rows
    assert counts.sum() == len(rows) == len(simulated.export)
    good = ~rows["damage"].isin(UNREADABLE) & ~rows["doubled"]
    for what in ("demand", "officer_initiated", "sharps", "administrative"):
        assert counts[what] == (good & (rows["counts_as"] == what)).sum() > 0
    for reason in UNREADABLE:
        assert counts[f"bad: {reason}"] == (rows["damage"] == reason).sum() > 0
    assert counts["doubled"] == rows["doubled"].sum() > 0
    assert rows["row"].tolist() == list(range(1, len(rows) + 1))


def test_the_demo_has_its_size(simulated):
    rows = simulated.rows
    assert 43_000 < len(simulated.export) < 50_000
    help_rows = rows[(rows["counts_as"] == "demand") & (rows["kind"] != "other_public")]
    assert len(help_rows) / 104 == pytest.approx(220, rel=0.05)
    officers = (rows["counts_as"] == "officer_initiated").mean()
    assert officers == pytest.approx(0.4, abs=0.03)


def test_calls_fill_the_weeks_before_the_end_in_order(simulated):
    received = simulated.rows.loc[~simulated.rows["doubled"], "received_local"]
    assert received.is_monotonic_increasing
    assert received.min() >= pd.Timestamp("2024-11-25")
    assert received.max() < pd.Timestamp(END)
    assert received.dt.date.nunique() == 104 * 7
    skipped = received.between("2025-03-09 02:00:00", "2025-03-09 02:59:59")
    assert not skipped.any()  # clocks went from 2 to 3


def test_rhythms_of_day_and_year(simulated):
    rows = simulated.rows[simulated.rows["kind"] == "background"]
    hour, month = rows["received_local"].dt.hour, rows["received_local"].dt.month
    noise = rows["need"] == "quality_of_life"
    assert (hour[noise].isin([22, 23, 0]).mean()) > 2 * (hour[noise].isin([7, 8, 9]).mean())
    assert month.isin([6, 7, 8]).sum() > 1.15 * month.isin([12, 1, 2]).sum()


def test_hot_spots_are_persistent_new_and_fading(simulated):
    rows = simulated.rows[simulated.rows["kind"] == "hot_spot"]
    ago = (pd.Timestamp(END) - rows["received_local"]).dt.days // 7
    assert simulated.hot_spots["kind"].value_counts().to_dict() == {
        "steady": 4, "new": 1, "fading": 1,
    }  # fmt: skip
    for spot in simulated.hot_spots.itertuples():
        own = rows["label"] == spot.label
        late, early = (own & (ago < 6)).sum() / 6, (own & (ago >= 70)).sum() / 34
        assert own.sum() >= spot.calls
        assert near(rows[own], spot).mean() > 0.9
        if spot.kind == "steady":
            assert late == pytest.approx(early, rel=0.5)
        elif spot.kind == "new":
            assert early == 0 and late > 4
            assert (own & (ago >= 11)).sum() == 0
        else:
            assert late < 1 and early > 8


def test_officers_go_elsewhere_than_need(simulated):
    """Counted together they would put hot spots where nobody asked for help."""
    rows = simulated.rows
    officers = rows[rows["counts_as"] == "officer_initiated"]
    asked = rows[rows["counts_as"] == "demand"]
    hot_share, officer_share = (
        np.mean(np.any([near(part, spot) for spot in simulated.hot_spots.itertuples()], axis=0))
        for part in (asked, officers)
    )
    assert hot_share > 0.25 and officer_share < 0.05
    beat = officers[officers["label"] == "beat 1"]
    middle = beat[["lon", "lat"]].mean()
    assert near(officers, middle).sum() > 10 * near(asked, middle).sum()
    source = simulated.export.loc[officers.index, "Call Source"]
    assert 0.9 < (source == "ONVIEW").mean() < 1  # some are told by their type alone


def test_people_keep_their_ids_and_lose_their_spelling(simulated):
    rows, export = simulated.rows, simulated.export
    whole = ~rows["damage"].isin(UNREADABLE)
    for person in simulated.people.itertuples():
        own = export[whole & (rows["person"] == person.person)]
        ids = set(own["Subject ID"]) - {""}
        assert len(ids) <= {"stable": 1, "two_ids": 2, "no_id": 0}[person.id_style]
        assert ids <= set(person.subject_ids.split("; "))
        assert set(own["Subject Name"]) <= set(person.spellings.split("; "))
        assert set(own["Subject DOB"]) <= {person.birth_date, ""}
    assert (simulated.people["spellings"].str.contains(";")).mean() > 0.8
    assert set(simulated.people["id_style"]) == {"stable", "two_ids", "no_id"}
    once = export[whole & (rows["person"] == "") & (export["Subject ID"] != "")]
    held = set("; ".join(simulated.people["subject_ids"]).split("; "))
    assert not held & set(once["Subject ID"])
    assert once.drop_duplicates("Incident Number")["Subject ID"].is_unique


def test_people_call_from_their_usual_places(simulated):
    rows = simulated.rows
    for person in simulated.people.itertuples():
        own = rows[(rows["person"] == person.person) & ~rows["doubled"]]
        assert set(own["address"]) <= set(person.addresses.split("; "))
        assert len(own) == person.calls > 0


def test_places_and_facilities_collect_calls(simulated):
    rows = simulated.rows[~simulated.rows["doubled"]]
    at = rows[rows["counts_as"] == "demand"].groupby("address").size()
    for place in simulated.places.itertuples():
        assert at[place.address] >= place.calls > 0
    assert {"library", "park", "motel", "corner", "apartment building", "family home"} <= set(
        simulated.places["kind"]
    )
    home = simulated.places[simulated.places["kind"] == "family home"].iloc[0]
    types = simulated.export.loc[rows[rows["label"] == home["label"]].index, "Initial Call Type"]
    assert (types == "DOMESTIC VIOLENCE").mean() > 0.95  # all but rows with shifted text
    hospital = simulated.facilities.set_index("kind").loc["hospital"]
    assert hospital["calls"] > 400


def test_five_percent_sit_on_city_hall(simulated):
    hall = simulated.facilities.set_index("kind").loc["townhall"]
    moved = simulated.rows["damage"] == "default_geocode"
    there = simulated.export[moved]
    assert moved.mean() == pytest.approx(0.05, abs=0.003)
    assert set(there["Longitude"]) == {f"{hall['lon']:.6f}"}
    assert set(there["Latitude"]) == {f"{hall['lat']:.6f}"}
    assert there["Address"].nunique() > 500  # the address given is kept


def test_no_call_comes_from_a_confidential_address(marlow, simulated):
    secret = marlow.resources[marlow.resources["confidential"] == "yes"].iloc[0]
    assert not near(simulated.rows, secret, 75).any()


def test_same_seed_same_bytes_other_end_other_days(doors, marlow):
    one, two, other, later = (
        simulate_calls(doors, end=end, seed=seed, params=SMALL, facilities=marlow.resources)
        for seed, end in ((3, END), (3, END), (4, END), (3, date(2026, 12, 2)))
    )
    assert export_csv(one.export) == export_csv(two.export)
    for frame in ("rows", "hot_spots", "people", "places", "facilities", "counts"):
        pd.testing.assert_frame_equal(getattr(one, frame), getattr(two, frame))
    assert export_csv(one.export) != export_csv(other.export)
    assert later.rows["received_local"].max() > pd.Timestamp("2026-12-01")
    assert later.rows["received_local"].min() >= pd.Timestamp("2026-05-06")
    pd.testing.assert_series_equal(one.hot_spots["lon"], later.hot_spots["lon"])


def test_a_tidy_export_has_no_faults(doors):
    tidy = simulate_calls(
        doors, end=END, params=replace(SMALL, messy=False, default_geocode_share=0)
    )
    assert (tidy.rows["damage"] == "").all() and not tidy.rows["doubled"].any()
    assert tidy.export["Incident Number"].is_unique
    assert np.allclose(tidy.export["Longitude"].astype(float), tidy.rows["lon"])


def test_a_network_with_too_few_addresses_is_refused(doors):
    with pytest.raises(InputError, match="40 addresses"):
        simulate_calls(doors.head(40), end=END, params=SMALL)


def test_a_city_without_known_buildings_gets_invented_ones(doors):
    made = simulate_calls(doors, end=END, params=SMALL)
    assert set(made.facilities["kind"]) >= {
        "townhall", "hospital", "homeless_shelter", "library", "police",
    }  # fmt: skip
    assert made.facilities["name"].str.startswith("Invented").all()


def test_speed_is_printed(doors, capsys):
    start = time.perf_counter()
    made = simulate_calls(doors, end=END, params=CallParams(weeks=52, calls_per_week=480))
    took = time.perf_counter() - start
    with capsys.disabled():
        print(f"\nsimulated {len(made.export):,} rows in {took:.1f} s")
    assert len(made.export) > 45_000
