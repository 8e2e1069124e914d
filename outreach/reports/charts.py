"""Small charts as pictures: the only module that knows matplotlib.

Nothing here touches matplotlib's state beyond one drawing, so pages may draw side by side. The
same numbers give the same bytes. Lines and marks differ in form as well as in colour, so that
every chart can be read in black and white.
"""

import base64
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter, StrMethodFormatter

from outreach.maps.elements import each
from outreach.maps.style import FAINT, INK, TEAMS

Kind = Literal["png", "svg"]
USUAL_WEEKS = 4  # the weeks before the last one that it is held against
_LEAST_SPAN = 0.1  # of an axis of shares, so that near-equal scores look near-equal
_STYLE: Any = {
    "svg.hashsalt": "outreach",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "text.color": INK,
    "text.parse_math": False,  # a dollar sign in a text is a dollar sign
    "axes.edgecolor": FAINT[3],
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "hatch.color": FAINT[3],
    "hatch.linewidth": 0.6,
}


@dataclass(frozen=True)
class Look:
    """How one method's line and mark are drawn, in every chart of scores."""

    label: str
    colour: str
    mark: str
    line: str


LOOKS = {
    "forecast": Look("Forecast (long memory)", TEAMS[0], "o", "-"),
    "learned": Look("Learned model", TEAMS[2], "D", "-."),
    "trailing_mean": Look("Plain mean of the past", TEAMS[1], "s", "--"),
    "last_week": Look("Last week's counts", TEAMS[3], "^", ":"),
}
CEILING = "As good as chance allows"


@dataclass(frozen=True)
class Picture:
    """A drawing as SVG text, and the same said in words."""

    svg: str
    alt: str

    @property
    def link(self) -> str:
        """Return the picture as an address that an image tag can hold."""
        coded = base64.b64encode(self.svg.encode()).decode()
        return f"data:image/svg+xml;base64,{coded}"


def render(draw: Callable[[Figure], None], *, size: tuple[float, float], kind: Kind) -> bytes:
    """Return what a function draws on an empty figure of a size in inches."""
    nameless: dict[str, Any] = {
        "png": {"Software": None},
        "svg": {"Date": None, "Creator": None},
    }
    made = io.BytesIO()
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=size, layout="constrained")
        draw(figure)
        figure.savefig(made, format=kind, dpi=160, metadata=nameless[kind])
    return made.getvalue()


def weekly_line(weeks: pd.DataFrame, *, usual: float | None = None) -> Picture:
    """Draw the calls of each week; weeks that were not seen whole are bands, never points.

    Needs    week         first day of the week, rising, none missing
             calls
             days_seen    of seven
             usual        mean of the ``USUAL_WEEKS`` before the last whole week, drawn there
    """
    svg = render(
        lambda figure: draw_weeks(figure.add_subplot(), weeks, usual), size=(4.9, 2.3), kind="svg"
    )
    whole = weeks[weeks["days_seen"] == 7]
    broken = len(weeks) - len(whole)
    told = f"Line of calls for help in each of {len(whole)} whole weeks"
    if len(whole):
        told += (
            f", between {whole['calls'].min():,} and {whole['calls'].max():,}; "
            f"{whole['calls'].iloc[-1]:,} in the last"
        )
    told += f". {broken} weeks with missing days are shaded." if broken else "."
    return Picture(svg.decode(), told)


def draw_weeks(axes: Axes, weeks: pd.DataFrame, usual: float | None) -> None:
    """Draw whole weeks as points on a line that breaks where a week was not seen whole."""
    first = pd.to_datetime(weeks["week"]).to_numpy("datetime64[D]")
    whole = (weeks["days_seen"] == 7).to_numpy()
    calls = weeks["calls"].to_numpy(float)
    axes.plot(first, np.where(whole, calls, np.nan), color=TEAMS[0], marker="o", markersize=3.5)
    half = np.timedelta64(84, "h")
    for number, week in enumerate(first[~whole].astype("datetime64[h]")):
        label = "days missing from the record" if number == 0 else None
        axes.axvspan(week - half, week + half, facecolor=FAINT[0], hatch="////", lw=0, label=label)
    last = np.flatnonzero(whole)[-1:]
    if len(last) and usual is not None:
        before = first[whole][-USUAL_WEEKS - 1 : -1]
        span = [before[0], first[last[0]]]
        axes.plot(span, [usual, usual], color=INK, ls="--", lw=1.2, label="usual (mean of 4 weeks)")
    for at in last:
        axes.annotate(
            f"{calls[at]:,.0f}",
            (first[at], calls[at]),
            xytext=(0, -16 if usual is not None and calls[at] < usual else 7),  # off its line
            textcoords="offset points",
            ha="center",
            fontweight="bold",
        )
    axes.set_ylim(0, 1.2 * max(calls[whole].max(initial=0), usual or 0, 1))
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    date_ticks(axes)
    axes.set_ylabel("calls in the week")
    axes.grid(axis="y", color=FAINT[0], lw=0.6)
    axes.set_axisbelow(True)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, fontsize=8)


def date_ticks(axes: Axes) -> None:
    """Write dates along the lower edge, as few as tell the time."""
    ticks = AutoDateLocator(minticks=3, maxticks=6)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(ticks)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(ticks))  # type: ignore[no-untyped-call]


def score_bars(scores: pd.DataFrame, *, metric: str = "pei") -> Picture:
    """Draw each method's mean score with its interval, and the ceiling as a line.

    Needs    method, metric, value, low, high    scores of a ``Backtest``
    """
    svg = render(
        lambda figure: draw_scores(figure.add_subplot(), scores, metric=metric),
        size=(4.9, 1.7),
        kind="svg",
    )
    shown = methods_of(scores, metric)
    told = [f"{LOOKS[row.method].label} {row.value:.0%}" for row in each(shown)]
    top = score_of(scores, "ceiling")
    told += [f"{CEILING} {top:.0%}"] if top is not None else []
    return Picture(svg.decode(), f"Scores in the back-test: {', '.join(told)}.")


def methods_of(scores: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return a metric's scores, one row a method, the forecast first."""
    asked = scores[(scores["metric"] == metric) & scores["value"].notna()]
    order: Sequence[str] = list(LOOKS)
    known = asked[asked["method"].isin(order)]
    return known.sort_values("method", key=lambda m: m.map(order.index)).reset_index(drop=True)


def score_of(scores: pd.DataFrame, metric: str, method: str = "forecast") -> float | None:
    """Return one mean score, or None where there is none."""
    asked = (scores["metric"] == metric) & (scores["method"] == method) & scores["value"].notna()
    return float(scores.loc[asked, "value"].iloc[0]) if asked.any() else None


def draw_scores(axes: Axes, scores: pd.DataFrame, *, metric: str) -> None:
    """Draw mean scores with intervals, one line a method, best readable beside their names."""
    shown = methods_of(scores, metric)
    ends = [shown["low"].min(), shown["high"].max()]
    for height, row in enumerate(each(shown)):
        look = LOOKS[row.method]
        bounds = [row.low, row.high]
        axes.plot(bounds, [height, height], color=look.colour, ls=look.line, lw=2)
        axes.plot(row.value, height, color=look.colour, marker=look.mark, markersize=7)
        told = f"{row.value:.1%}"
        axes.annotate(
            told,
            (row.value, height),
            xytext=(0, 6),
            textcoords="offset points",
            ha="center",
            fontsize=8,
        )
    top = score_of(scores, "ceiling")
    if top is not None:
        axes.axvline(top, color=INK, ls=(0, (1, 1)), lw=1.2)
        axes.annotate(
            f"{CEILING}: {top:.1%}",
            (1, 1),
            xycoords="axes fraction",
            xytext=(0, 3),
            textcoords="offset points",
            ha="right",
            fontsize=8,
        )
        ends.append(top)
    low, high = np.nanmin(ends), np.nanmax(ends)
    room = max(_LEAST_SPAN, high - low) * 0.1
    axes.set_xlim(low - 2 * room, high + room)
    axes.set_ylim(len(shown) - 0.4, -0.8)
    axes.set_yticks(range(len(shown)), [LOOKS[str(m)].label for m in shown["method"]])
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.grid(axis="x", color=FAINT[0], lw=0.6)
    axes.set_axisbelow(True)
