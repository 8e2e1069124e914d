"""From a messy export to a sweep, held against what was planted."""

import json
from dataclasses import replace
from datetime import UTC, datetime, time

import numpy as np
import pandas as pd
import pytest

from outreach import cells, geo
from outreach.columns import empty
from outreach.errors import InputError, PlanError, StoreError
from outreach.pipeline import directory, intake, invented, view, week, week_map
from outreach.pipeline.standing import as_it_may_be_shown
from outreach.plan.candidates import candidates
from outreach.plan.document import to_json
from outreach.plan.found import Found
from outreach.plan_schemas import CONTACT_RULES
from outreach.schemas import LIMITS
from outreach.simulate.export import UNREADABLE
from outreach.store import batches, calls, documents
from outreach.store.work import open_work
from outreach.weeks import parse_week
from outreach.work_schemas import AUDIT

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WEEK = "2026-W48"


@pytest.fixture(scope="session")
def seen(built):
    return view.city_view(built, NOW)


def planted(truth, what):
    return int(truth["counts"].set_index("what")["rows"].get(what, 0))


def everything_in(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_row_is_accounted_for(built, truth):
    record = json.loads((built / "truth" / "record.json").read_text())
    counts = truth["counts"].set_index("what")["rows"]
    bad = int(counts[counts.index.str.startswith("bad:")].sum())
    assert record["rows_in"] == counts.sum()
    assert record["duplicates"] == counts["doubled"]
    assert record["quarantined"] == bad
    assert record["accepted"] == counts.sum() - bad - counts["doubled"]
    (path,) = batches.quarantine_files(built)
    set_aside = pd.read_csv(path, dtype=str)
    assert len(set_aside) == bad
    assert set_aside["reason"].notna().all()
    assert "Incident Number" in set_aside


def test_what_staff_began_is_told_apart(built, truth, seen):
    stored = calls.fetch(view.known_calls(built, seen.city, NOW))
    rows = truth["rows"]
    kept = rows[~rows["doubled"] & ~rows["damage"].isin(UNREADABLE)]
    found = stored.merge(kept, left_on="incident_id", right_on="incident", suffixes=("", "_true"))
    assert len(found) > 0.98 * len(stored)
    right = found["counts_as"] == found["counts_as_true"]
    by_staff = found["counts_as_true"] == "officer_initiated"
    assert right[by_staff].mean() > 0.99
    assert right.mean() > 0.95


def test_hot_spots_stand_out_and_the_new_one_grows(truth, seen):
    rates = seen.rates.set_index("cell")
    resolution = seen.city.demand.resolution
    for spot in truth["hot_spots"].itertuples():
        here = cells.parents(cells.fine_cells([spot.lon], [spot.lat]).astype("int64"), resolution)
        around = rates.loc[rates.index.isin(cells.ring(int(here[0])))]
        if spot.kind == "steady":
            assert around["weekly_rate"].max() > rates["weekly_rate"].quantile(0.95)
        if spot.kind == "new":
            assert around["recent_calls"].sum() > 1.5 * around["before_calls"].sum()
            assert "fading" not in set(around["trend"])
        if spot.kind == "fading":
            assert around["recent_calls"].sum() < 0.6 * around["before_calls"].sum()


def test_planted_people_are_found_under_their_own_id(built, truth, seen):
    stable = truth["people"].query("id_style == 'stable'").sort_values("calls", ascending=False)
    assert len(stable) > 5
    assert len(seen.persons) > 10
    assert seen.persons["person_id"].is_unique
    text = "".join(path.read_text() for path in built.glob("plans/*/*.json"))
    for name in truth["people"]["name"]:
        assert name.split(",")[0] not in text
    from_calls = calls.fetch(view.known_calls(built, seen.city, NOW))
    assert (
        not from_calls.astype(str)
        .apply(
            lambda column: column.str.contains(stable["name"].iloc[0].split(",")[0], regex=False)
        )
        .any(axis=None)
    )


def test_planted_places_and_facilities_are_listed(truth, seen):
    top = seen.places.sort_values("calls", ascending=False)
    hospital = truth["facilities"].query("kind == 'hospital'").iloc[0]
    away_m = geo.distance_m(top["lon"], top["lat"], hospital["lon"], hospital["lat"])
    assert "facility" in set(top.loc[away_m < 80, "kind"])
    busiest = truth["places"].sort_values("weekly_rate", ascending=False).head(5)
    for place in busiest.itertuples():
        assert (geo.distance_m(top["lon"], top["lat"], place.lon, place.lat) < 15).any(), place


def test_reading_again_adds_nothing(city):
    before = everything_in(city)
    again = intake.ingest_file(
        city, city / "exports" / "calls.csv", intake.Wishes(as_it_happened=True), now=NOW
    )
    assert (again.record.accepted, again.kept) == (0, False)
    changed = {p for p, data in everything_in(city).items() if before.get(p) != data}
    assert {path.name for path in changed} <= {".lock"}


def test_a_dry_run_counts_and_writes_nothing(city):
    before = everything_in(city)
    other = city.parent / "new.csv"
    other.write_text("Call Time,Type,Lat,Lon\n2026-11-01 10:00:00,WELFARE CHECK,42.84,-74.41\n")
    looked = intake.ingest_file(city, other, now=NOW, dry_run=True)
    assert looked.record.accepted == 1
    assert set(looked.mapping["field"]) >= {"received_at", "initial_call_type"}
    after = everything_in(city)
    assert {p: d for p, d in after.items() if p.name != ".lock"} == {
        p: d for p, d in before.items() if p.name != ".lock"
    }


@pytest.mark.parametrize(
    "content",
    [b"", b"a,b\n", b"\x00\x01\x02\xff" * 50, "when,what\n2026-01-01,caf\xe9\n".encode("latin-1")],
    ids=["empty", "header only", "binary", "wrong encoding"],
)
def test_a_file_that_cannot_be_read_changes_nothing(city, content):
    before = everything_in(city)
    bad = city.parent / "bad.csv"
    bad.write_bytes(content)
    with pytest.raises(InputError) as caught:
        intake.ingest_file(city, bad, now=NOW)
    assert "\n" not in str(caught.value)
    assert {p for p, d in everything_in(city).items() if before.get(p) != d} <= {city / ".lock"}


def staff_rows(n):
    return (
        "Incident Number,Call Received,Call Source,Initial Call Type,Longitude,Latitude\n"
        + "".join(
            f"S{i},11/{1 + i % 20:02d}/2026 10:{i % 60:02d}:00 AM,ONVIEW,"
            f"{'TRAFFIC STOP' if i % 2 else 'MENTAL HEALTH CRISIS'},-74.41,42.84\n"
            for i in range(n)
        )
    )


def test_safeguard_1_ten_times_the_staff_made_rows_change_no_rank_and_no_score(city, seen):
    export = city.parent / "staff.csv"
    staff = int(json.loads((city / "truth" / "record.json").read_text())["officer_initiated"])
    export.write_text(staff_rows(10 * staff))
    done = intake.ingest_file(city, export, intake.Wishes(as_it_happened=True), now=NOW)
    assert done.record.officer_initiated == done.record.accepted == 10 * staff
    after = view.city_view(city, NOW)
    for name in ("rates", "places", "persons", "counts", "weekly"):
        pd.testing.assert_frame_equal(getattr(after, name), getattr(seen, name), obj=name)


def test_law_5_rows_of_the_future_change_nothing(city, seen):
    export = city.parent / "future.csv"
    export.write_text(
        "Incident Number,Call Received,Call Source,Initial Call Type,Longitude,Latitude\n"
        + "".join(
            f"F{i},11/23/2026 10:{i:02d}:00 AM,911,OVERDOSE,-74.41,42.84\n" for i in range(60)
        )
    )
    later = datetime(2026, 11, 30, tzinfo=UTC)
    assert intake.ingest_file(city, export, now=later).record.accepted == 60
    after = view.city_view(city, NOW)
    pd.testing.assert_frame_equal(after.rates, seen.rates)
    assert view.city_view(city, later).weekly["calls"].sum() == seen.weekly["calls"].sum() + 60


def test_the_draft_names_a_reason_for_everybody(built):
    plan = week.find_plan(built, WEEK)
    assert plan.status == "draft"
    assert plan.invented_data
    told = set(plan.stops["candidate_id"]) | set(plan.left_out["candidate_id"])
    assert told == set(plan.candidates["candidate_id"])
    assert (plan.stops["why"].str.len() > 10).all()
    assert (plan.left_out["why"].str.len() > 10).all()
    walks = plan.candidates[plan.candidates["kind"].isin(["cell", "exploration"])]
    assert walks["label"].str.contains("walk around .+ & .+").all()  # not by a number
    helped = plan.nearest.groupby("stop_id").size()
    assert set(plan.stops["candidate_id"]) == set(helped.index)
    assert helped.max() == 3
    explored = plan.candidates.query("kind == 'exploration'")["candidate_id"]
    assert plan.stops["candidate_id"].isin(explored).mean() >= 0.1


def test_safeguard_3_an_opt_out_binds_the_planner_and_the_publisher(city):
    plan = week.find_plan(city, WEEK)
    people = plan.candidates.query("kind == 'person'")
    visited = people[people["candidate_id"].isin(plan.stops["candidate_id"])].iloc[0]
    (city / "limits.csv").write_text(f"subject,rule,until\n{visited['subject']},opt_out,\n")
    with pytest.raises(PlanError, match=r"not sound"):
        week.publish_plan(city, WEEK, plan.number, by="Lee Lead", now=NOW)
    again = week.make_week_plan(city, WEEK, now=NOW, limit_s=2)
    assert again.number == plan.number + 1
    assert visited["candidate_id"] not in set(again.stops["candidate_id"])
    assert week.publish_plan(city, WEEK, None, by="Lee Lead", now=NOW).status == "published"


def first_door(plan, kind):
    doors = plan.stops.merge(plan.candidates, on="candidate_id").query("kind == @kind")
    return doors.iloc[0]


def test_safeguard_3_a_limit_of_the_door_binds_who_lives_there_when_publishing(city):
    plan = week.find_plan(city, WEEK)
    stops = plan.stops.merge(plan.candidates, on="candidate_id")
    alone = ~stops["lon"].isin(stops.loc[stops["kind"] == "place", "lon"])
    person = stops[(stops["kind"] == "person") & alone].iloc[0]
    door = cells.to_text(cells.fine_cells([person["lon"]], [person["lat"]])[0])
    (city / "limits.csv").write_text(f"subject,rule,until\n{door},do_not_visit,\n")
    with pytest.raises(PlanError, match="may no longer be visited"):
        week.publish_plan(city, WEEK, plan.number, by="Lee Lead", now=NOW)
    assert week.find_plan(city, WEEK).status == "draft"


def test_safeguard_7_a_site_redacted_since_is_neither_published_nor_shown(city):
    plan = week.find_plan(city, WEEK)
    place = first_door(plan, "place")
    told = {"name": "Safe House", "kind": "domestic_violence_service", "redacted": True}
    told |= {"lon": float(place["lon"]), "lat": float(place["lat"])}
    directory.add_resource(city, told, by="Lee Lead", now=NOW)
    shown = as_it_may_be_shown(city, plan, now=NOW)
    assert place["candidate_id"] in set(plan.stops["candidate_id"])
    assert place["candidate_id"] not in set(shown.stops["candidate_id"])
    hidden = shown.candidates.set_index("candidate_id").loc[place["candidate_id"]]
    assert hidden["label"] == "place not shown"
    assert np.isnan(hidden["lon"])
    with pytest.raises(PlanError, match="may no longer be visited"):
        week.publish_plan(city, WEEK, plan.number, by="Lee Lead", now=NOW)


def test_duty_11_violence_seen_by_staff_since_the_draft_stops_it(city):
    plan = week.find_plan(city, WEEK)
    door = first_door(plan, "person")
    export = city.parent / "since.csv"
    export.write_text(
        "Incident Number,Call Received,Call Source,Initial Call Type,Longitude,Latitude\n"
        f"D1,11/22/2026 07:10:00 AM,ONVIEW,DOMESTIC VIOLENCE,{door['lon']:.9f},{door['lat']:.9f}\n"
    )
    later = datetime(2026, 11, 22, 18, tzinfo=UTC)
    assert intake.ingest_file(city, export, now=later).record.officer_initiated == 1
    with pytest.raises(PlanError, match="may no longer be visited"):
        week.publish_plan(city, WEEK, plan.number, by="Lee Lead", now=later)
    person = view.city_view(city, later).persons.set_index("person_id").loc[door["subject"]]
    assert not person["home_visit"]


def test_safeguard_6_an_old_draft_does_not_undo_what_is_published(city):
    newer = replace(week.find_plan(city, WEEK), number=2)
    documents.write_plan(city, WEEK, 2, to_json(newer))
    week.publish_plan(city, WEEK, 2, by="Lee Lead", now=NOW)
    with pytest.raises(PlanError, match="version 2 of 2026-W48 is published already"):
        week.publish_plan(city, WEEK, 1, by="Lee Lead", now=NOW)


def test_safeguard_6_a_person_publishes_and_the_audit_says_who(city):
    with pytest.raises(PlanError, match="name"):
        week.publish_plan(city, WEEK, None, by=" ", now=NOW)
    week.publish_plan(city, WEEK, None, by="Lee Lead", now=NOW)
    with pytest.raises(PlanError, match="already published by Lee Lead"):
        week.publish_plan(city, WEEK, None, by="Max", now=NOW)
    with open_work(city).reading() as rows:
        lines = rows.fetch(AUDIT).sort_values("at")
    told = lines.loc[lines["what"] == f"plan {WEEK} version 1", ["did", "who"]]
    assert sorted(map(tuple, told.to_numpy())) == [
        ("drafted", "outreach plan"), ("published", "Lee Lead"),
    ]  # fmt: skip


def test_a_past_week_is_planned_with_what_was_known_then(built, city):
    made = week.make_week_plan(city, "2026-W40", now=NOW, limit_s=2)
    assert made.as_of == datetime(2026, 9, 28, 4, tzinfo=UTC)
    lists = view.city_view(built, made.as_of)
    assert lists.persons["last_call_at"].max() < pd.Timestamp(made.as_of)


def test_a_city_without_calls_says_what_to_do(tmp_path):
    wanted = invented.Invention(datetime(2026, 11, 22).date())
    invented._init_town(tmp_path / "empty", invented.town(1), NOW.date(), lambda _: None)
    with pytest.raises(PlanError, match="ingest"):
        week.make_week_plan(tmp_path / "empty", WEEK, now=NOW)
    assert view.city_view(tmp_path / "empty", NOW).rates["calls"].sum() == 0
    assert wanted.seed == 1


def test_invented_calls_are_never_mixed_with_others(city):
    with pytest.raises(StoreError, match="nothing was changed"):
        invented.simulate_city(
            city, invented.Invention(datetime(2026, 11, 22).date()), report=lambda _: None
        )


def test_nobody_listed_gives_no_candidates(seen):
    nobody = Found(seen.persons.iloc[:0], seen.places.iloc[:0], seen.rates.iloc[:0])
    none = candidates(
        nobody, empty(LIMITS), empty(CONTACT_RULES), monday=parse_week(WEEK),
        params=seen.city.plan, daylight=(time(8), time(16)),
    )  # fmt: skip
    assert none.empty


def test_safeguard_7_redacted_places_are_on_no_map(built, tmp_path, seen):
    secret = seen.resources[seen.resources["redacted"]]
    assert len(secret) == 1
    target = tmp_path / "map.html"
    week_map.write_week_map(built, WEEK, None, target, now=NOW, report=lambda _: None)
    page = target.read_text(encoding="utf-8")
    assert secret["name"].iloc[0] not in page
    assert secret["name"].iloc[0] not in (built / "plans" / WEEK / "v001.json").read_text()
    assert "Marlow General Hospital" in page


def test_duty_11_no_plan_tells_where_a_barred_door_is(built, seen):
    doors = seen.places[~seen.places["home_visit"]]
    assert len(doors) > 3
    text = (built / "plans" / WEEK / "v001.json").read_text()
    assert not [door for door in doors["place_id"] if door in text]
