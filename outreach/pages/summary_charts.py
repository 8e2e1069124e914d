"""Small charts of the manager's page; readable on a phone and in black and white."""

import altair as alt
import pandas as pd

from outreach.pages.charts import BLUE, ORANGE, Drawn, time_axis
from outreach.pages.language import _, day, need_label


def small_weeks(found: pd.DataFrame, need: str) -> Drawn:
    """Return one need's calls by week, and those of the same weeks a year before as dashes.

    Needs    as summary_tables.calls_by_need
    """
    now, ago = _("These weeks"), _("A year before")
    mine = found[found["need"] == need].rename(columns={"calls": now, "before": ago})
    mine = mine.assign(begins=mine["week"].map(day), week=pd.to_datetime(mine["week"]))
    mine = mine.astype({ago: "float64"})
    known = [now, *([ago] if mine[ago].notna().any() else [])]
    long = mine.melt(["week", "begins"], known, "which", "calls").dropna()
    colour = alt.Scale(domain=[now, ago], range=[BLUE, ORANGE])
    dashes = alt.Scale(domain=[now, ago], range=[[1, 0], [5, 3]])
    chart: alt.Chart = (
        alt.Chart(long)
        .mark_line(strokeWidth=2, point=alt.OverlayMarkDef(size=22))
        .encode(
            x=alt.X("week:T", title=None, axis=time_axis(4, days=True)),
            y=alt.Y("calls:Q", title=None, axis=alt.Axis(tickCount=3, tickMinStep=1, format="d")),
            color=alt.Color("which:N", scale=colour, legend=None),
            strokeDash=alt.StrokeDash("which:N", scale=dashes, legend=None),
            tooltip=[
                alt.Tooltip("begins:N", title=_("Week from")),
                alt.Tooltip("which:N", title=_("Which")),
                alt.Tooltip("calls:Q", title=_("Calls")),
            ],
        )
    )
    return chart.properties(height=200, title=need_label(need))
