"""The whole way on real streets and places; calls on them are invented."""

from datetime import UTC, date, datetime

import pytest

from outreach.pipeline import intake, invented, setup, view, week, week_map
from outreach.simulate.calls import CallParams

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CITIES = {
    "cambridge": (
        "streets/TRANS_Centerlines.geojson",
        ["places/cambridge/HEALTH_Hospitals.geojson",
         "places/cambridge/LANDMARK_PublicLibraries.geojson",
         "places/cambridge/PUBLICSAFETY_EmergencyShelters.geojson"],
        {"drive": (1800, 1900), "walk": (1800, 1900)},
    ),
    "albany": (
        "streets/albany_2018_clean.osm.bz2",
        ["places/albany/albany_2018_pois.geojson",
         "resources/capital_district_food_pantries.csv"],
        {"drive": (5000, 5400), "walk": (11500, 12500)},
    ),
}  # fmt: skip


@pytest.mark.real
@pytest.mark.parametrize("name", CITIES)
def test_real_streets_and_places_to_a_plan_and_a_map(name, real_data, tmp_path):
    streets, places, nodes = CITIES[name]
    folder = tmp_path / name
    new = setup.NewCity(
        streets=real_data / streets,
        resources=tuple(real_data / place for place in places),
    )
    city = setup.init_city(folder, new, report=lambda _: None)
    assert (city.name, city.time_zone) == (name.title(), "America/New_York")
    for mode, network in setup.load_networks(folder).items():
        low, high = nodes[mode]
        assert low < len(network.nodes) < high
    wanted = invented.Invention(date(2026, 11, 22), calls=CallParams(weeks=30, calls_per_week=150))
    made = invented.simulate_city(folder, wanted, report=lambda _: None)
    export = folder / "exports" / "calls.csv"
    record = intake.ingest_file(folder, export, intake.Wishes(as_it_happened=True), now=NOW).record
    counts = made.counts.set_index("what")["rows"]
    assert record.rows_in == counts.sum()
    assert record.duplicates == counts["doubled"]
    assert record.accepted + record.duplicates + record.quarantined == record.rows_in
    plan = week.make_week_plan(folder, "2026-W48", now=NOW, limit_s=2)
    assert len(plan.stops) > 50
    assert len(plan.nearest)
    assert set(plan.nearest["kind"]).isdisjoint({"disaster_shelter", "police"})
    assert view.load_city(folder).invented_data
    target = folder / "sweep.html"
    week_map.write_week_map(folder, "2026-W48", None, target, now=NOW, report=lambda _: None)
    page = target.read_text(encoding="utf-8")
    assert ("© OpenStreetMap contributors" in page) == (name == "albany")
    assert len(page) < 2_000_000


@pytest.mark.real
def test_addresses_alone_are_placed_where_the_city_has_ranges(real_data, tmp_path):
    folder = tmp_path / "cambridge"
    new = setup.NewCity(streets=real_data / "streets" / "TRANS_Centerlines.geojson")
    setup.init_city(folder, new, report=lambda _: None)
    export = tmp_path / "calls.csv"
    export.write_text(
        "Incident,Received,Nature,Location\n"
        "1,2026-11-02 10:00:00,WELFARE CHECK,1493 Cambridge St\n"
        "2,2026-11-02 11:00:00,WELFARE CHECK,MASSACHUSETTS AVE & PROSPECT ST\n"
        "3,2026-11-02 12:00:00,WELFARE CHECK,9 Nowhere Blvd\n"
    )
    record = intake.ingest_file(folder, export, now=NOW).record
    assert (record.accepted, record.unplaced) == (3, 1)
