"""The weekly refresh on the invented city: planted truth, safeguards, and what stays hidden."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pandas as pd
import pytest

from outreach import cells
from outreach.config import load_city
from outreach.demand.counts import coarsened
from outreach.errors import InputError
from outreach.pipeline import backtest as testing
from outreach.pipeline import week
from outreach.pipeline.backtest import CARD, Study
from outreach.pipeline.demand import demand_of
from outreach.pipeline.summary import weekly_summary, write_summary
from outreach.pipeline.view import city_view
from outreach.weeks import at_local, parse_week

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WEEK = "2026-W48"
FAR_CELL = int(cells.fine_cells([-73.2], [43.2])[0])
TABLES = ("hot_spots", "emerging", "label_counts", "area_weeks", "alerts", "exposure")


@pytest.fixture(scope="module")
def seen(built):
    return city_view(built, NOW)


@pytest.fixture(scope="module")
def demand(seen):
    return demand_of(seen)


def spot_cells(truth, kind):
    spots = truth["hot_spots"]
    mine = spots[spots["kind"] == kind]
    fine = cells.fine_cells(mine["lon"], mine["lat"])
    return [set(cells.ring(cell).tolist()) for cell in cells.parents(fine.astype("int64"), 9)]


def test_steady_hot_spots_are_hot(demand, truth):
    hot = set(demand.hot_spots.loc[demand.hot_spots["spot"] == "hot", "cell"])
    found = [bool(around & hot) for around in spot_cells(truth, "steady")]
    assert all(found)
    assert len(hot) < 0.15 * len(demand.hot_spots)


def test_study_area_is_complete(demand, seen):
    streets = seen.networks["drive"].hull
    assert set(cells.covering(streets, 9)) <= set(demand.hot_spots["cell"])
    assert set(demand.emerging["cell"]) == set(demand.hot_spots["cell"])


def test_every_call_on_a_hexagon_is_in_one_neighbourhood(demand, seen):
    assert demand.area_weeks["calls"].sum() == seen.fine_counts["calls"].sum()
    assert demand.area_weeks["area"].nunique() > 10


def test_without_neighbourhoods_areas_are_named_by_crossings(seen):
    bare = demand_of(replace(seen, areas=seen.areas.iloc[:0]))
    areas = bare.area_weeks["area"].unique()
    assert len(areas) > 3
    assert all(area.startswith("around ") for area in areas)


def test_staff_made_rows_change_nothing(city, demand):
    """Safeguard 1, on the whole refresh: ten staff-made rows for every row that is there."""
    (batch,) = (city / "batches").glob("*/calls.parquet")
    rows = pd.read_parquet(batch, dtype_backend="numpy_nullable")
    more = pd.concat([rows] * 10, ignore_index=True).assign(
        source="officer_initiated", source_told=True
    )
    more["call_id"] = rows["call_id"].max() + 1 + more.index
    pd.concat([rows, more], ignore_index=True).to_parquet(batch, index=False)
    with_staff = demand_of(city_view(city, NOW))
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(with_staff, name), getattr(demand, name))


def test_future_rows_change_nothing(city, demand):
    (batch,) = (city / "batches").glob("*/calls.parquet")
    rows = pd.read_parquet(batch, dtype_backend="numpy_nullable")
    later = rows.tail(500).assign(received_at=NOW + timedelta(days=2))
    later["call_id"] = rows["call_id"].max() + 1 + pd.RangeIndex(len(later))
    pd.concat([rows, later], ignore_index=True).to_parquet(batch, index=False)
    with_future = demand_of(city_view(city, NOW))
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(with_future, name), getattr(demand, name))


def test_a_forecast_stays_hidden_until_it_is_tested(demand, seen):
    assert demand.backtest is None
    assert demand.forecast.empty
    text = weekly_summary(seen.folder, now=NOW)[0]
    assert "No forecast is shown" in text


def test_a_forecast_is_shown_only_if_it_beats_counting(city):
    done, record = testing.run_backtest(city, now=NOW)
    card = json.loads((city / CARD).read_text())
    assert card["about"]["as_of"] == NOW.isoformat()
    view = city_view(city, NOW)
    shown = demand_of(view).forecast
    assert shown.empty == (done.shown == "counting")
    for state in ("forecast", "counting"):
        (city / CARD).write_text(json.dumps({**card, "shown": state}))
        assert demand_of(view).forecast.empty == (state == "counting")
    other = view.city.demand.model_copy(update={"forecast_resolution": 8})
    changed = replace(view, city=view.city.model_copy(update={"demand": other}))
    assert demand_of(changed).backtest is None  # it was tested with other hexes
    facts = testing.backtest_facts(done, record)
    for figures in (facts, facts["last_week"], facts["trailing_mean"]):
        assert {"pei", "pai", "hit_rate", "ceiling"} <= set(figures)
    assert 0 < facts["pei"] <= 1


def test_a_broken_card_is_one_clear_error(city):
    (city / CARD).parent.mkdir()
    (city / CARD).write_text("{}")
    with pytest.raises(InputError, match="outreach backtest"):
        demand_of(city_view(city, NOW))


def test_a_picture_is_png_or_svg(tmp_path):
    assert testing.picture_kind(tmp_path / "a.SVG") == "svg"
    with pytest.raises(InputError, match=r"\.png or \.svg; nothing was done"):
        testing.picture_kind(tmp_path / "a.pdf")


def test_a_study_of_some_types_keeps_no_card(city):
    done, record = testing.run_backtest(
        city, Study(resolution=8, call_types=("welfare", "overdose"), first_weeks=20), now=NOW
    )
    assert set(record.types) == {"WELFARE CHECK", "OVERDOSE"}
    assert done.resolution == 8
    assert not (city / CARD).exists()
    with pytest.raises(InputError, match="no call for help has a type like 'gardening'"):
        testing.run_backtest(city, Study(call_types=("gardening",)), now=NOW)


def test_horizons_from_a_day_in_the_middle_of_a_week(built):
    origin = date(2026, 10, 14)
    found, record = testing.run_horizons(
        built, Study(first_weeks=20), origin, ["7d", "14d", "1m", "3m"], now=NOW
    )
    assert found["horizon"].unique().tolist() == ["7d", "14d", "1m"]
    facts = testing.horizon_facts(found, record, origin, ["7d", "14d", "1m", "3m"])
    assert facts["horizons"]["3m"] is None
    assert facts["pei"] == facts["horizons"]["7d"]["pei"]
    assert facts["horizons"]["1m"]["trailing_mean"]["pei"] > 0
    with pytest.raises(InputError, match="ends on 2026-11-21"):
        testing.run_horizons(built, Study(), date(2026, 11, 21), ["7d"], now=NOW)


def test_horizons_know_nothing_after_their_origin(city):
    """What comes after the origin changes the score, never the list."""
    origin = date(2026, 10, 14)
    record = testing.read_record(city, Study(), now=NOW)
    as_of = datetime(2026, 10, 14, 4, tzinfo=UTC)
    panel = testing.panel_of(record, as_of=as_of, begins=origin.weekday())
    assert panel.weeks[-1].item() == origin - timedelta(weeks=1)
    local = record.daily[pd.to_datetime(record.daily["day"]).dt.date < origin]
    assert panel.calls.sum() < local["calls"].sum()


def with_rows(folder, change):
    """Add rows to a city's calls: what ``change`` makes of all of them."""
    (batch,) = (folder / "batches").glob("*/calls.parquet")
    rows = pd.read_parquet(batch, dtype_backend="numpy_nullable")
    more = change(rows)
    more["call_id"] = rows["call_id"].max() + 1 + pd.RangeIndex(len(more))
    pd.concat([rows, more], ignore_index=True).to_parquet(batch, index=False)


def test_calls_after_the_origin_set_nothing_apart_and_widen_no_study_area(city):
    """The origin lies before the end of the first weeks; later, calls pile up on one spot."""
    origin = date(2026, 5, 13)
    as_of = at_local(origin, time(0), load_city(city).time_zone)

    def known():
        record = testing.read_record(city, Study(), now=NOW, origin=origin)
        return record.apart, testing.panel_of(record, as_of=as_of, begins=origin.weekday())

    def pile(rows):
        late = rows[rows["received_at"].between(as_of, as_of + timedelta(weeks=1))]
        return pd.concat([late.assign(lon=-73.2, lat=43.2, fine_cell=FAR_CELL)] * 20)

    apart, panel = known()
    with_rows(city, pile)
    apart_after, panel_after = known()
    assert apart_after == apart
    assert panel_after.cells.tolist() == panel.cells.tolist()
    assert (panel_after.calls == panel.calls).all()


def test_an_origin_before_the_record_is_told_of(built):
    with pytest.raises(InputError, match="nothing before 1990-01-01"):
        testing.run_horizons(built, Study(), date(1990, 1, 1), ["7d"], now=NOW)


@pytest.mark.parametrize("study", [Study(first_weeks=1), Study(flagged_share=0), Study(9, (), 2)])
def test_settings_that_cannot_be_are_one_clear_error(built, study):
    assert not study.is_the_citys_own
    with pytest.raises(InputError, match="cannot be"):
        testing.run_backtest(built, study, now=NOW)


def test_cells_coarser_than_the_areas_are_areas_themselves(seen):
    coarse = dict.fromkeys(("resolution", "hot_spot_resolution", "forecast_resolution"), 6)
    demand = seen.city.demand.model_copy(update=coarse)
    fine = coarsened(seen.fine_counts, 6)
    city = seen.city.model_copy(update={"demand": demand})
    bare = replace(seen, city=city, fine_counts=fine, areas=seen.areas.iloc[:0])
    assert demand_of(bare).area_weeks["calls"].sum() == fine["calls"].sum()


def test_our_own_visits_make_no_area_and_no_alarm(seen, demand):
    """Safeguard 1: stops far from all calls are in the audit, and nowhere else."""
    made = seen.plans[0]
    plan = replace(made, status="published", published_at=made.made_at)
    away = plan.candidates.assign(lon=-73.2, lat=43.2)
    after = replace(seen, as_of=seen.as_of + timedelta(days=10), areas=seen.areas.iloc[:0])
    there = demand_of(replace(after, plans=(replace(plan, candidates=away),)))
    nowhere = demand_of(replace(after, plans=()))
    assert there.exposure["visits"].sum() == len(plan.stops)
    pd.testing.assert_frame_equal(there.area_weeks, nowhere.area_weeks)
    pd.testing.assert_frame_equal(there.alerts, nowhere.alerts)


def test_visits_of_published_plans_stand_beside_calls(city):
    week.publish_plan(city, WEEK, None, by="Lea", now=NOW)
    later = datetime.combine(parse_week(WEEK) + timedelta(days=8), datetime.min.time(), UTC)
    audit = demand_of(city_view(city, later)).exposure
    plan = week.find_plan(city, WEEK)
    assert audit["visits"].sum() == len(plan.stops)
    assert audit["visit_share"].sum() == pytest.approx(1)
    assert audit["call_share"].sum() == pytest.approx(1)
    assert audit["population"].notna().sum() > 10
    assert (audit["warning"] == (audit["inflation"] > 1.1)).all()


def test_a_summary_is_not_written_over_a_folder(tmp_path):
    with pytest.raises(InputError, match="is a folder"):
        write_summary(tmp_path, "")


def test_the_summary_names_nobody_and_no_address(seen):
    text = weekly_summary(seen.folder, now=NOW)[0]
    for person in seen.persons["person_id"]:
        assert person not in text
    for address in seen.places["address"].dropna():
        assert address not in text
