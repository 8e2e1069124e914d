"""Small charts of one person's calls for help; no Streamlit."""

from typing import Any

import altair as alt
import pandas as pd

from outreach.maps.style import need_label
from outreach.pages.charts import BLUE, Drawn
from outreach.schemas import ALL_NEEDS
from outreach.weeks import DAY_NAMES

HEIGHT = 150
_COUNT = alt.Axis(tickMinStep=1, tickCount=4, format="d")


def by_need(counts: pd.DataFrame) -> Drawn:
    """Return calls by need, the most first.

    Needs    need, calls
    """
    shown = counts.assign(need=[need_label(need) for need in counts["need"]])
    base = alt.Chart(shown, title="About what").encode(
        y=alt.Y("need:N", sort=list(shown["need"]), title=None, axis=alt.Axis(labelLimit=150)),
        x=alt.X("calls:Q", title=None, axis=_COUNT),
        tooltip=[alt.Tooltip("need:N", title="Need"), alt.Tooltip("calls:Q", title="Calls")],
    )
    text = base.mark_text(align="left", dx=4).encode(text="calls:Q")
    return alt.layer(base.mark_bar(color=BLUE), text).properties(height=70 + 30 * len(shown))


def by_month(counts: pd.DataFrame) -> Drawn:
    """Return calls by month, one row a need; larger is more.

    Needs    month, need, calls
    """
    known = [need_label(need) for need in ALL_NEEDS if need in set(counts["need"])]
    months = pd.to_datetime(counts["month"])
    shown = counts.assign(month=months, need=counts["need"].map(need_label))
    chart: alt.Chart = alt.Chart(shown, title="How it changed: larger is more")
    chart = chart.mark_circle(color=BLUE, opacity=0.85).encode(
        x=alt.X("month:T", title=None, axis=alt.Axis(format="%b %y", tickCount=5)),
        y=alt.Y("need:N", sort=known, title=None, axis=alt.Axis(labelLimit=150, grid=True)),
        size=alt.Size("calls:Q", legend=None, scale=alt.Scale(rangeMin=12, rangeMax=220)),
        tooltip=[
            alt.Tooltip("month:T", title="Month", format="%b %Y"),
            alt.Tooltip("need:N", title="Need"),
            alt.Tooltip("calls:Q", title="Calls"),
        ],
    )
    return chart.properties(height=80 + 34 * len(known))


def by_weekday(counts: pd.DataFrame) -> Drawn:
    """Return calls by day of the week.

    Needs    weekday (mon to sun), calls
    """
    shown = counts.assign(weekday=counts["weekday"].str.capitalize())
    return _bars(shown, "weekday:N", [day.capitalize() for day in DAY_NAMES], "On which days")


def by_hour(counts: pd.DataFrame) -> Drawn:
    """Return calls by hour of the day, local time.

    Needs    hour (0 to 23), calls
    """
    axis = alt.Axis(values=[0, 6, 12, 18, 23], labelAngle=0)
    return _bars(counts, "hour:O", list(range(24)), "At which hours", axis)


def _bars(
    shown: pd.DataFrame, x: str, order: Any, title: str, axis: alt.Axis | None = None
) -> Drawn:
    chart: alt.Chart = alt.Chart(shown, title=title).mark_bar(color=BLUE)
    return chart.encode(
        x=alt.X(x, sort=order, title=None, axis=axis or alt.Axis(labelAngle=0)),
        y=alt.Y("calls:Q", title=None, axis=_COUNT),
        tooltip=[x, alt.Tooltip("calls:Q", title="Calls")],
    ).properties(height=HEIGHT)
