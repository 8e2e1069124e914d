from datetime import date, timedelta
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from outreach import reports
from outreach.reports import charts


@pytest.fixture
def series() -> pd.DataFrame:
    days = [2, 7, 7, 7, 0, 7, 7, 7, 7, 7, 5]
    calls = [30, 100, 104, 96, 0, 98, 102, 110, 100, 90, 70]
    weeks = [date(2026, 8, 31) + timedelta(weeks=number) for number in range(len(days))]
    return pd.DataFrame({"week": weeks, "calls": calls, "days_seen": days})


def drawn_weeks(series, usual=None):
    axes = Figure().add_subplot()
    charts.draw_weeks(axes, series, usual)
    return axes


def test_a_week_that_was_not_seen_whole_is_a_band_and_breaks_the_line(series):
    axes = drawn_weeks(series)
    heights = np.asarray(axes.lines[0].get_ydata(), float)
    assert list(np.flatnonzero(np.isnan(heights))) == [0, 4, 10]
    assert np.nanmin(heights) == 90  # neither 30, 0 nor 70
    assert len(axes.patches) == 3


def test_the_axis_of_calls_begins_at_zero(series):
    assert drawn_weeks(series).get_ylim()[0] == 0


def test_the_usual_is_drawn_over_the_weeks_it_is_the_mean_of(series):
    line = drawn_weeks(series, 102.5).lines[1]
    assert list(line.get_ydata()) == [102.5, 102.5]
    assert list(line.get_xdata()) == [np.datetime64("2026-10-05"), np.datetime64("2026-11-02")]


def test_weeks_are_told_in_words_too(series):
    alt = charts.weekly_line(series).alt
    assert alt.startswith("Line of calls for help in each of 8 whole weeks, between 90 and 110")
    assert alt.endswith("3 weeks with missing days are shaded.")


@pytest.mark.parametrize("rows", [slice(0, 0), slice(0, 1), slice(1, 2), slice(4, 5)])
def test_short_records_are_drawn(series, rows, svg_root):
    svg_root(charts.weekly_line(series.iloc[rows], usual=None).svg)


def test_the_same_numbers_give_the_same_text_without_a_date(series, backtest):
    for draw in (
        lambda: charts.weekly_line(series, usual=100).svg,
        lambda: charts.score_bars(backtest.scores).svg,
    ):
        assert draw() == draw()
        assert "dc:date" not in draw()


def test_drawing_leaves_matplotlib_as_it_was(series):
    before = dict(mpl.rcParams)
    charts.weekly_line(series)
    assert dict(mpl.rcParams) == before
    for path in Path(next(iter(reports.__path__))).glob("*.py"):
        assert "pyplot" not in path.read_text(encoding="utf-8")


def test_methods_differ_in_form_as_well_as_in_colour():
    for part in ("colour", "mark", "line", "label"):
        assert len({getattr(look, part) for look in charts.LOOKS.values()}) == len(charts.LOOKS)


def test_scores_are_drawn_where_they_are(backtest):
    axes = Figure().add_subplot()
    charts.draw_scores(axes, backtest.scores, metric="pei")
    scores = backtest.scores[backtest.scores["metric"] == "pei"].set_index("method")
    order = ["forecast", "trailing_mean", "last_week"]
    spans = [tuple(line.get_xdata()) for line in axes.lines[0:6:2]]
    assert spans == [(scores.loc[m, "low"], scores.loc[m, "high"]) for m in order]
    means = [line.get_xdata()[0] for line in axes.lines[1:6:2]]
    assert means == [scores.loc[m, "value"] for m in order]
    assert axes.lines[6].get_xdata()[0] == charts.score_of(backtest.scores, "ceiling")
    left, right = axes.get_xlim()
    assert left < scores["low"].min()
    assert right > max(scores["high"].max(), 0.91)


def test_scores_in_words_name_every_method_and_the_ceiling(backtest):
    alt = charts.score_bars(backtest.scores).alt
    for told in [*(charts.LOOKS[m].label for m in ("forecast", "last_week")), "allows 91%"]:
        assert told in alt


def test_a_picture_is_an_address_of_its_own(series):
    assert charts.weekly_line(series).link.startswith("data:image/svg+xml;base64,")
