"""The back-test as one picture: how near each way of counting came to the best list."""

import textwrap
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import PercentFormatter

from outreach.demand.backtest import Backtest
from outreach.maps.style import FAINT, INK
from outreach.reports.charts import LOOKS, Kind, date_ticks, draw_scores, methods_of, render

TITLES = {
    "forecast": "The forecast is shown: its lists held more calls than plain counting's",
    "learned": "The learned model's forecast is shown: its lists held more calls than any other",
    "counting": "No forecast is shown: it is not known to hold more calls than plain counting",
}
_LINE_SIGNS = 125
_TITLE_IN, _LINE_IN, _CHARTS_IN = 0.42, 0.17, 4.1  # heights in inches


def draw_backtest(backtest: Backtest, *, kind: Kind = "png") -> bytes:
    """Draw each method's score (PEI) by week, and their means with 95 % intervals.

    What is shown stands first, then the verdict.

    Needs    backtest    without origins only its words are drawn
             kind        "png" or "svg"
    """
    record = (
        f" Record: {backtest.calls:,} calls from {backtest.first_week:%d %b %Y} to the week of "
        f"{backtest.last_week:%d %b %Y}; hexes of resolution {backtest.resolution}."
    )
    told = textwrap.fill(backtest.verdict + record, _LINE_SIGNS)
    heights = (_TITLE_IN + _LINE_IN * (told.count("\n") + 1), _CHARTS_IN)

    def draw(figure: Figure) -> None:
        halves: Any = figure.subfigures(2, 1, height_ratios=heights)
        title, below = TITLES[backtest.shown], 1 - _TITLE_IN / heights[0]
        halves[0].text(0.01, 0.96, title, va="top", fontsize=13, fontweight="bold")
        halves[0].text(0.01, below, told, va="top", linespacing=1.25)
        _draw_charts(halves[1], backtest)

    return render(draw, size=(9.2, sum(heights)), kind=kind)


def _draw_charts(charts: SubFigure, backtest: Backtest) -> None:
    if backtest.origins.empty:
        return
    weeks, means = charts.subplots(1, 2, width_ratios=(1.25, 1))
    _draw_origins(weeks, backtest.origins)
    draw_scores(means, backtest.scores, metric="pei")
    means.set_title("Mean of these weeks, with its 95% range\n", loc="left", fontsize=9)


def _draw_origins(axes: Axes, origins: pd.DataFrame) -> None:
    """Draw each method's score week by week, and the ceiling above them."""
    table = origins.assign(
        origin=pd.to_datetime(origins["origin"]), metric="pei", value=origins["pei"]
    )
    top = table.groupby("origin")["ceiling"].max()
    axes.plot(top.index, top, color=INK, ls=(0, (1, 1)), lw=1.2)
    for method, rows in methods_of(table, "pei").groupby("method", sort=False):
        look, rising = LOOKS[str(method)], rows.sort_values("origin")
        axes.plot(
            rising["origin"],
            rising["value"],
            color=look.colour,
            ls=look.line,
            marker=look.mark,
            markersize=4.5,
            lw=1.4,
        )
    date_ticks(axes)
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    said = "Each week: calls on the list, as a share of those\non the best list, known afterwards"
    axes.set_title(said, loc="left", fontsize=9)
    axes.grid(axis="y", color=FAINT[0], lw=0.6)
    axes.set_axisbelow(True)
