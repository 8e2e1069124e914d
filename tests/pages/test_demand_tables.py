from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from outreach.pages import charts, demand_tables

MONDAY = date(2026, 1, 5)


def area_weeks(calls, days_seen=None):
    """Calls of one neighbourhood, oldest week first."""
    weeks = [MONDAY + timedelta(weeks=w) for w in range(len(calls))]
    days = [7] * len(calls) if days_seen is None else days_seen
    table = {"week": weeks, "calls": calls, "days_seen": days}
    return pd.DataFrame(table).assign(area="Old Town", need="conflict")


def calendar_of(weeks):
    return weeks[["week", "days_seen"]]


def test_a_gap_is_empty_and_a_part_of_a_week_is_marked():
    weeks = area_weeks([5, 0, 2, 4], [7, 0, 3, 7])
    series = demand_tables.week_series(weeks[weeks["calls"] > 0], calendar_of(weeks))
    assert series["state"].tolist() == ["whole", "gap", "partial", "whole"]
    assert np.isnan(series["calls"].iloc[1])
    assert series["calls"].iloc[[0, 2, 3]].tolist() == [5, 2, 4]


def test_weeks_before_and_after_the_record_are_left_out():
    weeks = area_weeks([0, 0, 5, 0, 3, 0], [0, 0, 7, 0, 2, 0])
    series = demand_tables.week_series(weeks, calendar_of(weeks))
    assert series["days_seen"].tolist() == [7, 0, 2]
    assert not len(demand_tables.week_series(weeks, calendar_of(weeks).head(2)))


def test_a_whole_week_without_calls_is_zero():
    weeks = area_weeks([5, 0, 4])
    series = demand_tables.week_series(weeks[weeks["calls"] > 0], calendar_of(weeks))
    assert series["calls"].tolist() == [5, 0, 4]


def test_no_line_is_drawn_through_a_week_that_is_not_whole():
    weeks = area_weeks([5, 0, 2, 4], [7, 0, 3, 7])
    drawn = charts.calls_by_week(demand_tables.week_series(weeks, calendar_of(weeks))).to_dict()
    sets = {layer["mark"]["type"]: layer["data"]["name"] for layer in drawn["layer"][:2]}
    line = [row["calls"] for row in drawn["datasets"][sets["line"]]]
    assert line == [5, None, None, 4]
    assert len(drawn["datasets"][sets["rect"]]) == 1
    alone, rings = (drawn["datasets"][layer["data"]["name"]] for layer in drawn["layer"][2:])
    assert [row["calls"] for row in alone] == [5, 4]  # a line of one point cannot be seen
    assert [row["calls"] for row in rings] == [2]


def test_months_of_a_chart_are_in_the_readers_language(monkeypatch):
    assert "'Jan'" in charts.time_axis(5).to_dict()["labelExpr"]
    monkeypatch.setattr(charts, "language", lambda: "es")
    assert "'ene'" in charts.time_axis(5).to_dict()["labelExpr"]


def test_whole_weeks_are_compared_and_parts_left_out():
    weeks = area_weeks([1, 1, 1, 1, 2, 2, 9, 2, 2, 7], [7] * 6 + [0] + [7] * 2 + [4])
    (row,) = demand_tables.compared(weeks).to_dict("records")
    assert row["Last 4 weeks"] == 8
    assert row["4 before"] == 4
    assert "A year ago" not in row


def test_the_same_weeks_of_last_year_are_52_weeks_back():
    calls = list(range(60))
    (row,) = demand_tables.compared(area_weeks(calls)).to_dict("records")
    assert row["Last 4 weeks"] == sum(calls[-4:])
    assert row["4 before"] == sum(calls[-8:-4])
    assert row["A year ago"] == sum(calls[-56:-52])


def test_a_year_ago_is_unknown_if_one_of_its_weeks_was_not_seen_whole():
    days = [7] * 60
    days[5] = 6
    assert "A year ago" not in demand_tables.compared(area_weeks(list(range(60)), days))


def test_what_is_usual_leaves_the_last_weeks_out():
    calls = [1] * 20 + [50] * 4
    (reason,) = demand_tables.compared(area_weeks(calls))["Reason"]
    assert reason == "Earlier stretches of four whole weeks had between 4 and 4 calls."


def test_three_weeks_are_not_compared():
    assert demand_tables.compared(area_weeks([1, 2, 3])).empty


def test_hot_spots_are_ranked_and_cold_ones_apart(fake_city):
    found = fake_city.demand().hot_spots
    hot, cold = (demand_tables.spots(found, spot) for spot in ("hot", "cold"))
    assert len(hot) == (found["spot"] == "hot").sum()
    first = found.loc[found["gi_z"].idxmax()]
    assert hot["Reason"].iloc[0] == first["reason"]
    assert cold["Reason"].iloc[0] == found.loc[found["gi_z"].idxmin(), "reason"]


def test_alarms_and_the_quiet_are_all(fake_city):
    alerts = fake_city.alerts()
    on, off = (demand_tables.alarms(alerts, on=on) for on in (True, False))
    assert len(on) == 2
    assert len(on) + len(off) == len(alerts)


def test_neighbourhoods_too_small_are_counted_by_need(fake_city):
    table = demand_tables.too_small(fake_city.alerts()).set_index("Need")
    assert table.loc["All needs"].tolist() == [1, 5]
    assert table.index[0] == "All needs"
    assert len(table) == 7


def test_every_neighbourhood_has_its_shares_and_warnings_come_first(fake_city):
    table = demand_tables.exposure(fake_city.exposure())
    assert table["Place"].iloc[0] == fake_city.HOSTILE
    assert table["Warning"].iloc[0]
    assert not table["Warning"].iloc[1:].any()
    assert table["Share of people"].tolist().count("") == 1


def test_many_neighbourhoods_are_drawn_in_part_and_the_warned_ones_always():
    n = 60
    share = np.linspace(0.2, 0.001, n)
    found = pd.DataFrame({"area": [f"a{i}" for i in range(n)], "visit_share": share})
    found = found.assign(call_share=share, warning=found["area"] == "a59")
    drawn = charts.shares(found).to_dict()
    names = {row["area"] for rows in drawn["datasets"].values() for row in rows}
    assert len(names) == charts.MOST_AREAS
    assert "a59" in names


def test_scores_are_read_with_their_intervals(fake_city):
    test = fake_city.backtest()
    value, low, high = demand_tables.score(test, "forecast", "pei")
    assert low < value < high
    assert demand_tables.score(test, "learned", "pei") is None
    assert demand_tables.score(test, "last_week", "coverage") is None
    assert demand_tables.share_text(test, "last_week", "coverage") == "not known"


def test_the_ceiling_is_drawn_beside_the_methods(fake_city):
    test = fake_city.backtest()
    weeks = demand_tables.shares_met(test)
    assert weeks.groupby("method").size().to_dict() == dict.fromkeys(
        ["Forecast", "Plain counting", "Last week again", "Best that chance allows"], 30
    )
    means = demand_tables.means_met(test)
    assert means["method"].iloc[0] == "Best that chance allows"
    assert means["share"].is_monotonic_decreasing


def test_a_learned_model_is_ours_only_where_it_is_shown(fake_city):
    test = fake_city.backtest()
    assert demand_tables.ours(test) == "forecast"
    assert demand_tables.ours(replace(test, shown="learned")) == "learned"


@pytest.mark.parametrize("shown", ["forecast", "counting"])
def test_why_a_forecast_is_hidden_is_always_a_sentence(fake_city, shown):
    for test in (None, fake_city.backtest(shown)):
        assert demand_tables.why_hidden(test).endswith(".")


def test_a_hex_that_changed_is_marked_beside_what_is_expected_of_it():
    forecast = pd.DataFrame(
        {
            "cell": [1, 2, 3],
            "expected_calls": [1.0, 7.48, 3.0],
            "low": [0, 2, 0],
            "high": [3, 15, 7],
            "reason": "told",
            "near": ["A & B", "C & D", ""],
        }
    )
    rates = pd.DataFrame({"cell": [1, 2], "trend": ["steady", "fading"]})
    table = demand_tables.expected(forecast.iloc[:2], rates)
    assert table["Place"].tolist() == ["around C & D", "around A & B"]
    assert table["Lately"].tolist() == ["fewer calls", "as before"]
    assert table["Likely"].tolist() == ["2 to 15", "0 to 3"]
