"""Small charts of one person's calls for help."""

from datetime import date

import altair as alt
import pandas as pd

from outreach.language.translate import day_words
from outreach.pages.charts import BLUE, Drawn
from outreach.pages.language import _, language, need_label
from outreach.pages.participant_tables import weekday
from outreach.schemas import ALL_NEEDS
from outreach.weeks import DAY_NAMES

HEIGHT = 150
_COUNT = alt.Axis(tickMinStep=1, tickCount=4, format="d")


def by_need(counts: pd.DataFrame) -> Drawn:
    """Return calls by need, the most first.

    Needs    need, calls
    """
    shown = counts.assign(need=[need_label(need) for need in counts["need"]])
    base = alt.Chart(shown, title=_("About what")).encode(
        y=alt.Y("need:N", sort=list(shown["need"]), title=None, axis=alt.Axis(labelLimit=150)),
        x=alt.X("calls:Q", title=None, axis=_COUNT),
        tooltip=[alt.Tooltip("need:N", title=_("Need")), alt.Tooltip("calls:Q", title=_("Calls"))],
    )
    text = base.mark_text(align="left", dx=4).encode(text="calls:Q")
    return alt.layer(base.mark_bar(color=BLUE), text).properties(height=70 + 30 * len(shown))


def by_month(counts: pd.DataFrame) -> Drawn:
    """Return calls by month, one row a need; larger is more.

    Needs    month, need, calls
    """
    known = [need_label(need) for need in ALL_NEEDS if need in set(counts["need"])]
    shown = counts.assign(
        month=pd.to_datetime(counts["month"]),
        need=counts["need"].map(need_label),
        told=[day_words(month, language(), "MMM y") for month in counts["month"]],
    )
    # The browser would write months in English.
    months = [day_words(date(2024, month, 1), language(), "MMM") for month in range(1, 13)]
    label = f"{months}[month(datum.value)] + timeFormat(datum.value, ' %y')"
    chart: alt.Chart = alt.Chart(shown, title=_("How it changed: larger is more"))
    chart = chart.mark_circle(color=BLUE, opacity=0.85).encode(
        x=alt.X("month:T", title=None, axis=alt.Axis(labelExpr=label, tickCount=5)),
        y=alt.Y("need:N", sort=known, title=None, axis=alt.Axis(labelLimit=150, grid=True)),
        size=alt.Size("calls:Q", legend=None, scale=alt.Scale(rangeMin=12, rangeMax=220)),
        tooltip=[
            alt.Tooltip("told:N", title=_("Month")),
            alt.Tooltip("need:N", title=_("Need")),
            alt.Tooltip("calls:Q", title=_("Calls")),
        ],
    )
    return chart.properties(height=80 + 34 * len(known))


def by_weekday(counts: pd.DataFrame) -> Drawn:
    """Return calls by day of the week.

    Needs    weekday (mon to sun), calls
    """
    shown = counts.assign(weekday=counts["weekday"].map(weekday))
    order, axis = [weekday(day) for day in DAY_NAMES], alt.Axis(labelAngle=0)
    x = alt.X("weekday:N", sort=order, title=None, axis=axis)
    return _bars(shown, x, alt.Tooltip("weekday:N", title=_("Day")), _("On which days"))


def by_hour(counts: pd.DataFrame) -> Drawn:
    """Return calls by hour of the day, local time.

    Needs    hour (0 to 23), calls
    """
    axis = alt.Axis(values=[0, 6, 12, 18, 23], labelAngle=0)
    x = alt.X("hour:O", sort=list(range(24)), title=None, axis=axis)
    return _bars(counts, x, alt.Tooltip("hour:O", title=_("Hour")), _("At which hours"))


def _bars(shown: pd.DataFrame, x: alt.X, told: alt.Tooltip, title: str) -> Drawn:
    chart: alt.Chart = alt.Chart(shown, title=title).mark_bar(color=BLUE)
    return chart.encode(
        x=x,
        y=alt.Y("calls:Q", title=None, axis=_COUNT),
        tooltip=[told, alt.Tooltip("calls:Q", title=_("Calls"))],
    ).properties(height=HEIGHT)
