"""Charts of the pages, readable at the width of a phone; no Streamlit."""

import altair as alt
import pandas as pd

Drawn = alt.LayerChart | alt.FacetChart | alt.Chart
BLUE, ORANGE, GREY, LIGHT, INK = "#00577f", "#d55e00", "#8c8880", "#e3dfd6", "#1a1a1a"
_METHODS = {
    "Best that chance allows": (GREY, [2, 3]),
    "Forecast": (BLUE, [1, 0]),
    "Learned model": ("#009e73", [1, 0]),
    "Plain counting": (ORANGE, [6, 3]),
    "Last week again": ("#cc79a7", [3, 2]),
}
MOST_AREAS = 25
_BELOW = alt.Legend(
    title=None, orient="bottom", columns=2, labelLimit=180, labelFontSize=11, columnPadding=4
)


def calls_by_week(series: pd.DataFrame) -> Drawn:
    """Return calls by week: a line through whole weeks, rings for parts, bands for gaps.

    Needs    week, calls, days_seen, state     as in demand_tables.week_series
    """
    whole = series.assign(calls=series["calls"].where(series["state"] == "whole"))
    partial = series[series["state"] == "partial"]
    gaps = series[series["state"] == "gap"]
    gaps = gaps.assign(until=gaps["week"] + pd.Timedelta(weeks=1))
    alone = whole["calls"].notna() & whole["calls"].shift().isna() & whole["calls"].shift(-1).isna()
    x = alt.X("week:T", title="Week that begins on", axis=alt.Axis(format="%b %Y", tickCount=6))
    y = alt.Y("calls:Q", title="Calls for help", scale=alt.Scale(zero=True))
    told = [
        alt.Tooltip("week:T", title="Week from", format="%e %b %Y"),
        alt.Tooltip("calls:Q", title="Calls"),
        alt.Tooltip("days_seen:Q", title="Days in the data"),
    ]
    bands = alt.Chart(gaps).mark_rect(color=LIGHT).encode(x=x, x2="until:T")
    line = alt.Chart(whole).mark_line(color=BLUE).encode(x=x, y=y, tooltip=told)
    dots = (
        alt.Chart(whole[alone])
        .mark_point(color=BLUE, filled=True, opacity=1)
        .encode(x=x, y=y, tooltip=told)
    )
    rings = (
        alt.Chart(partial)
        .mark_point(color=ORANGE, size=90, filled=False)
        .encode(x=x, y=y, tooltip=told)
    )
    return alt.layer(bands, line, dots, rings).properties(height=260)


def shares(exposure: pd.DataFrame) -> Drawn:
    """Return a neighbourhood's share of visits beside its share of calls, and the gap between.

    Needs    area, visit_share, call_share, warning     as in EXPOSURE
    """
    order = exposure.assign(larger=exposure[["visit_share", "call_share"]].max(axis=1))
    order = order.sort_values(["warning", "larger"], ascending=False).head(MOST_AREAS)
    order = order.sort_values("call_share", ascending=False)
    long = order.rename(columns={"visit_share": "Visits", "call_share": "Calls for help"}).melt(
        id_vars=["area"],
        value_vars=["Calls for help", "Visits"],
        var_name="what",
        value_name="share",
    )
    labels = alt.Axis(labelLimit=140, labelOverlap=False, grid=True)
    y = alt.Y("area:N", sort=list(order["area"]), title=None, axis=labels)
    share = alt.Axis(format="%", tickCount=4)
    gap = (
        alt.Chart(order)
        .mark_rule(strokeWidth=3, color=LIGHT)
        .encode(y=y, x=alt.X("visit_share:Q", title="Share of the city", axis=share))
        .encode(x2="call_share:Q")
    )
    dots = (
        alt.Chart(long)
        .mark_point(filled=True, size=80, opacity=1)
        .encode(
            y=y,
            x=alt.X("share:Q", axis=share, scale=alt.Scale(zero=True)),
            color=alt.Color(
                "what:N",
                scale=alt.Scale(domain=["Calls for help", "Visits"], range=[BLUE, ORANGE]),
                legend=_BELOW,
            ),
            shape=alt.Shape(
                "what:N",
                scale=alt.Scale(domain=["Calls for help", "Visits"], range=["circle", "diamond"]),
            ),
            tooltip=[
                alt.Tooltip("area:N", title="Place"),
                alt.Tooltip("what:N", title="What"),
                alt.Tooltip("share:Q", title="Share", format=".1%"),
            ],
        )
    )
    return alt.layer(gap, dots).properties(height=130 + 26 * len(order))


def means(met: pd.DataFrame) -> Drawn:
    """Return each method's mean share with its interval.

    Needs    method, share, low, high     as in demand_tables.means_met
    """
    y = alt.Y("method:N", sort=list(met["method"]), title=None, axis=alt.Axis(labelLimit=170))
    axis = alt.Axis(format="%", tickCount=4)
    colour = alt.Color("method:N", scale=_colours(met), legend=None)
    told = [
        alt.Tooltip("method:N", title="Method"),
        alt.Tooltip("share:Q", title="Met", format=".1%"),
        alt.Tooltip("low:Q", title="From", format=".1%"),
        alt.Tooltip("high:Q", title="To", format=".1%"),
    ]
    base = alt.Chart(met).encode(y=y, color=colour, tooltip=told)
    x = alt.X("low:Q", title="Share met", axis=axis, scale=alt.Scale(zero=False, padding=12))
    bars = base.mark_rule(strokeWidth=3).encode(x=x, x2="high:Q")
    dots = base.mark_point(filled=True, size=110, opacity=1).encode(x=alt.X("share:Q", axis=axis))
    return alt.layer(bars, dots).properties(height=50 + 34 * len(met))


def past_weeks(met: pd.DataFrame) -> Drawn:
    """Return each method's share over the weeks tested.

    Needs    week, method, share     as in demand_tables.shares_met
    """
    known = [method for method in _METHODS if method in set(met["method"])]
    days = "%e %b" if met["week"].nunique() < 16 else "%b %Y"
    dashes = alt.Scale(domain=known, range=[_METHODS[method][1] for method in known])
    chart: alt.Chart = (
        alt.Chart(met)
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("week:T", title="Week tested", axis=alt.Axis(format=days, tickCount=5)),
            y=alt.Y(
                "share:Q", title="Share met", axis=alt.Axis(format="%"), scale=alt.Scale(zero=False)
            ),
            color=alt.Color("method:N", scale=_colours(met), legend=_BELOW),
            strokeDash=alt.StrokeDash("method:N", scale=dashes, legend=_BELOW),
            tooltip=[
                alt.Tooltip("week:T", title="Week from", format="%e %b %Y"),
                alt.Tooltip("method:N", title="Method"),
                alt.Tooltip("share:Q", title="Met", format=".1%"),
            ],
        )
    )
    return chart.properties(height=300)


def _colours(met: pd.DataFrame) -> alt.Scale:
    known = [method for method in _METHODS if method in set(met["method"])]
    return alt.Scale(domain=known, range=[_METHODS[method][0] for method in known])


def need_by_hours(curve: pd.DataFrame) -> Drawn:
    """Return how much more need is met with more hours, from nothing upwards.

    Needs    extra_h, need_met, stops     as in SCENARIO
    """
    more = curve.assign(more=curve["need_met"] - curve["need_met"].iloc[0])
    hours = alt.Axis(values=list(more["extra_h"]), format="d")
    base = alt.Chart(more).encode(
        x=alt.X("extra_h:Q", title="Hours added", axis=hours),
        y=alt.Y("more:Q", title="More calls a week met", scale=alt.Scale(zero=True)),
        tooltip=[
            alt.Tooltip("extra_h:Q", title="Hours added"),
            alt.Tooltip("more:Q", title="More calls a week", format=".1f"),
            alt.Tooltip("stops:Q", title="Stops"),
        ],
    )
    line = base.mark_line(color=BLUE)
    dots = base.mark_point(color=BLUE, filled=True, size=80, opacity=1)
    return alt.layer(line, dots).properties(height=280)
