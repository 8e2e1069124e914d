"""Charts of help, readable at the width of a phone; no Streamlit."""

import altair as alt
import pandas as pd

from outreach.maps.style import AMOUNTS
from outreach.pages.charts import Drawn
from outreach.pages.language import _

_NOTHING = "#eeebe4"


def week_table(hours: pd.DataFrame) -> Drawn:
    """Return a week of hours, dark where more of the need finds something open.

    Needs    day (in words, Monday first), hour (0 to 23), begins (in words), share (0 to 1)
    """
    every_third = alt.Axis(values=list(range(0, 24, 3)), labelAngle=0, ticks=False)
    x = alt.X("hour:O", title=_("Hour of the day"), axis=every_third)
    days, all_days = list(hours["day"].unique()), alt.Axis(labelOverlap=False, ticks=False)
    y = alt.Y("day:N", sort=days, title=None, axis=all_days)
    told = [
        alt.Tooltip("day:N", title=_("Day")),
        alt.Tooltip("begins:N", title=_("Hour from")),
        alt.Tooltip("share:Q", title=_("Share of need"), format=".0%"),
    ]
    top = max(float(hours["share"].max()), 0.01)
    fill = alt.Color(
        "share:Q",
        scale=alt.Scale(domain=[0, top], range=list(AMOUNTS)),
        legend=alt.Legend(
            title=_("Share of need with help open in reach"),
            format=".0%",
            orient="bottom",
            gradientLength=180,
            titleLimit=260,
            tickCount=3,
        ),
    )
    some, none = hours[hours["share"] > 0], hours[hours["share"] <= 0]
    drawn = (
        alt.Chart(some)
        .mark_rect(stroke="#ffffff", strokeWidth=1)
        .encode(x=x, y=y, color=fill, tooltip=told)
    )
    blank = (
        alt.Chart(none)
        .mark_rect(color=_NOTHING, stroke="#ffffff", strokeWidth=1)
        .encode(x=x, y=y, tooltip=told)
    )
    return alt.layer(blank, drawn).properties(height=330)
