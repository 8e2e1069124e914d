import csv
import io
from dataclasses import replace

import pandas as pd
import pytest

from outreach.pages import plan_tables, tables
from outreach.reports.exports import csv_bytes


@pytest.fixture(scope="module")
def view(fake_city, tmp_path_factory):
    return fake_city.view(tmp_path_factory.mktemp("city"))


@pytest.mark.parametrize("text", ["=1+1", "+A1", "-A1", "@A1", "\t=1", "\r=1"])
def test_no_cell_of_a_table_is_a_formula(text):
    table = pd.DataFrame({"a": [text, "Elm"], "n": [-1.5, 2]})
    made = csv_bytes(table, encoding="utf-8-sig").decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(made, newline="")))
    assert rows[1][0] == "'" + text
    assert rows[1][1] == "-1.5"
    assert rows[2][0] == "Elm"


def test_a_quarantine_file_is_handed_out_harmless_and_whole(view):
    (path,) = view.quarantine
    made = tables.safe_file(path).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(made)))
    assert rows[1] == ["17", "no date", "'=CMD()", "1 Elm"]
    assert len(rows) == 3


def test_every_stop_is_in_the_itinerary_with_reason_and_local_time(view):
    stops = plan_tables.itinerary(view.plans[0], view.resources)
    assert len(stops) == len(view.plans[0].stops)
    assert stops["from"].iloc[0] == "09:09"
    assert stops["when"].iloc[0].startswith("9:09\N{NO-BREAK SPACE}AM – ")
    assert stops["why"].str.len().gt(10).all()
    assert set(plan_tables.STOP_COLUMNS) <= set(stops.columns)


def test_an_itinerary_is_told_in_the_reader_s_language(view):
    stops = plan_tables.itinerary(view.plans[0], view.resources, "es")
    assert "Lugar con llamadas repetidas" in set(stops["kind"])
    assert "respuesta comunitaria" in set(stops["mode"])
    assert stops["from"].iloc[0] == "09:09"  # files are read by machines too


def test_redacted_help_is_in_no_table(view):
    stops = plan_tables.itinerary(view.plans[0], view.resources)
    assert not stops["help"].str.contains("SECRET").any()
    assert stops["help"].str.contains("min").all()


def test_the_list_for_phones_escapes_every_text(view):
    stops = plan_tables.itinerary(view.plans[0], view.resources)
    made = plan_tables.shift_html(stops[stops["team"] == "Team North"].head(2), {})
    assert "<img" not in made
    assert "&lt;img" in made


def test_pauses_stand_before_their_stop_and_on_the_way_back(view):
    plan = view.plans[0]
    shift = plan.stops["shift_id"].iloc[0]
    at = plan.stops["start_at"].iloc[0]
    rest = pd.DataFrame({"shift_id": [shift], "order": [2], "start_at": [at], "end_at": [at]})
    found = plan_tables.pauses(replace(plan, pauses=rest), shift)
    assert found == {2: "9:09\N{NO-BREAK SPACE}AM – 9:09\N{NO-BREAK SPACE}AM"}
    stops = plan_tables.itinerary(plan, view.resources)
    mine = stops[stops["shift_id"] == shift]
    items = plan_tables.shift_html(mine, found).split("<li")
    assert "Pause" in items[2]
    assert "Pause" in plan_tables.shift_html(mine, {6: "x"}).split("<li")[-1]


def test_everyone_left_out_has_a_reason(view):
    table = plan_tables.left_out(view.plans[0])
    assert len(table) == len(view.plans[0].left_out) == 15
    assert table["Why not this week"].str.len().gt(5).all()
    assert table["Calls a week"].is_monotonic_decreasing


def test_shifts_are_found_by_day_and_team(view):
    plan = view.plans[0]
    assert len(plan_tables.shifts_of(plan, day=None, team=None)) == 15
    assert len(plan_tables.shifts_of(plan, day="2026-11-24", team=None)) == 3
    both = plan_tables.shifts_of(plan, day="2026-11-24", team="Team East")
    assert both["shift_id"].tolist() == ["2026-11-24/Team East"]


def test_rates_of_a_need_are_plain_means_of_the_last_weeks(view):
    found = tables.rates_of_need(view.rates, view.counts, "conflict", weeks=10)
    last = sorted(view.counts["week"].unique())[-10:]
    kept = view.counts[view.counts["week"].isin(last) & (view.counts["need"] == "conflict")]
    assert found["weekly_rate"].sum() == pytest.approx(kept["calls"].sum() / 10)
    assert (found["calls"] > 0).all()


def test_unmapped_types_are_those_of_the_public_only(view):
    table, share = tables.unmapped(view.call_types)
    assert table["call_type"].tolist() == ["CODE 900"]
    assert share == pytest.approx(310 / 4930)


def test_reasons_add_up_to_the_rows_set_aside(view):
    assert tables.reasons(view.quarantine[0]).to_numpy().tolist() == [["no date", 2]]


def test_the_ranked_list_is_ranked(view):
    table = tables.ranked(view.places, "address", "America/New_York")
    assert table["Expected in 4 weeks"].is_monotonic_decreasing
    people = tables.ranked(view.persons, "person_id", "America/New_York")
    assert people["Calls a week"].is_monotonic_decreasing
    assert table["Reason"].str.contains("calls for help").all()


def test_cards_escape_every_text_and_say_what_is_left():
    rows = {"Name": ["<b>1 Elm</b>", "2 Elm"], "Reason": ["a & b", "c"], "Calls a week": [2.5, 1.0]}
    made = tables.cards_html(pd.DataFrame(rows), ("Calls a week",), most=1)
    assert "&lt;b&gt;1 Elm" in made
    assert "a &amp; b" in made
    assert "Calls a week: 2.5" in made
    assert "2 Elm" not in made
    assert "1 more" in made
