"""Charts of the pages, readable at the width of a phone."""

from datetime import date

import altair as alt
import pandas as pd

from outreach.language.translate import N_, day_words
from outreach.pages.language import _, full_day, language

Drawn = alt.LayerChart | alt.FacetChart | alt.Chart
BLUE, ORANGE, GREY, LIGHT, INK = "#00577f", "#d55e00", "#8c8880", "#e3dfd6", "#1a1a1a"
_METHODS = {  # as demand_tables.METHOD_LABELS
    N_("Best that chance allows"): (GREY, [2, 3]),
    N_("Forecast"): (BLUE, [1, 0]),
    N_("Learned model"): ("#009e73", [1, 0]),
    N_("Plain counting"): (ORANGE, [6, 3]),
    N_("Last week again"): ("#cc79a7", [3, 2]),
}
MOST_AREAS = 25
_BELOW = alt.Legend(
    title=None, orient="bottom", columns=2, labelLimit=180, labelFontSize=11, columnPadding=4
)


def time_axis(ticks: int, *, days: bool = False) -> alt.Axis:
    """Return a time axis in the reader's language; the browser would write English months."""
    months = [day_words(date(2024, month, 1), language(), "MMM") for month in range(1, 13)]
    month = f"{months}[month(datum.value)]"
    with_day = f"date(datum.value) + ' ' + {month}"
    label = with_day if days else f"{month} + ' ' + year(datum.value)"
    return alt.Axis(labelExpr=label, tickCount=ticks)


def calls_by_week(series: pd.DataFrame) -> Drawn:
    """Return calls by week: a line through whole weeks, rings for parts, bands for gaps.

    Needs    week, calls, days_seen, state     as in demand_tables.week_series
    """
    series = series.assign(begins=series["week"].map(full_day))
    whole = series.assign(calls=series["calls"].where(series["state"] == "whole"))
    partial = series[series["state"] == "partial"]
    gaps = series[series["state"] == "gap"]
    gaps = gaps.assign(until=gaps["week"] + pd.Timedelta(weeks=1))
    alone = whole["calls"].notna() & whole["calls"].shift().isna() & whole["calls"].shift(-1).isna()
    x = alt.X("week:T", title=_("Week that begins on"), axis=time_axis(6))
    y = alt.Y("calls:Q", title=_("Calls for help"), scale=alt.Scale(zero=True))
    told = [
        alt.Tooltip("begins:N", title=_("Week from")),
        alt.Tooltip("calls:Q", title=_("Calls")),
        alt.Tooltip("days_seen:Q", title=_("Days in the data")),
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
    calls, visits = _("Calls for help"), _("Visits")
    long = order.rename(columns={"visit_share": visits, "call_share": calls}).melt(
        id_vars=["area"], value_vars=[calls, visits], var_name="what", value_name="share"
    )
    labels = alt.Axis(labelLimit=140, labelOverlap=False, grid=True)
    y = alt.Y("area:N", sort=list(order["area"]), title=None, axis=labels)
    share = alt.Axis(format="%", tickCount=4)
    gap = (
        alt.Chart(order)
        .mark_rule(strokeWidth=3, color=LIGHT)
        .encode(y=y, x=alt.X("visit_share:Q", title=_("Share of the city"), axis=share))
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
                scale=alt.Scale(domain=[calls, visits], range=[BLUE, ORANGE]),
                legend=_BELOW,
            ),
            shape=alt.Shape(
                "what:N",
                scale=alt.Scale(domain=[calls, visits], range=["circle", "diamond"]),
            ),
            tooltip=[
                alt.Tooltip("area:N", title=_("Place")),
                alt.Tooltip("what:N", title=_("What")),
                alt.Tooltip("share:Q", title=_("Share"), format=".1%"),
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
        alt.Tooltip("method:N", title=_("Method")),
        alt.Tooltip("share:Q", title=_("Met"), format=".1%"),
        alt.Tooltip("low:Q", title=_("From"), format=".1%"),
        alt.Tooltip("high:Q", title=_("To"), format=".1%"),
    ]
    base = alt.Chart(met).encode(y=y, color=colour, tooltip=told)
    x = alt.X("low:Q", title=_("Share met"), axis=axis, scale=alt.Scale(zero=False, padding=12))
    bars = base.mark_rule(strokeWidth=3).encode(x=x, x2="high:Q")
    dots = base.mark_point(filled=True, size=110, opacity=1).encode(x=alt.X("share:Q", axis=axis))
    return alt.layer(bars, dots).properties(height=50 + 34 * len(met))


def past_weeks(met: pd.DataFrame) -> Drawn:
    """Return each method's share over the weeks tested.

    Needs    week, method, share     as in demand_tables.shares_met
    """
    met = met.assign(begins=met["week"].map(full_day))
    axis = time_axis(5, days=met["week"].nunique() < 16)
    looks = _looks(met)
    dashes = alt.Scale(domain=list(looks), range=[dash for _colour, dash in looks.values()])
    chart: alt.Chart = (
        alt.Chart(met)
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("week:T", title=_("Week tested"), axis=axis),
            y=alt.Y(
                "share:Q",
                title=_("Share met"),
                axis=alt.Axis(format="%"),
                scale=alt.Scale(zero=False),
            ),
            color=alt.Color("method:N", scale=_colours(met), legend=_BELOW),
            strokeDash=alt.StrokeDash("method:N", scale=dashes, legend=_BELOW),
            tooltip=[
                alt.Tooltip("begins:N", title=_("Week from")),
                alt.Tooltip("method:N", title=_("Method")),
                alt.Tooltip("share:Q", title=_("Met"), format=".1%"),
            ],
        )
    )
    return chart.properties(height=300)


def _colours(met: pd.DataFrame) -> alt.Scale:
    looks = _looks(met)
    return alt.Scale(domain=list(looks), range=[colour for colour, _dash in looks.values()])


def _looks(met: pd.DataFrame) -> dict[str, tuple[str, list[int]]]:
    """Return the colour and the dashes of the methods that are drawn, by what they are called."""
    said = {_(method): look for method, look in _METHODS.items()}
    return {method: look for method, look in said.items() if method in set(met["method"])}


def need_by_hours(curve: pd.DataFrame) -> Drawn:
    """Return how much more need is met with more hours, from nothing upwards.

    Needs    extra_h, need_met, stops     as in SCENARIO
    """
    more = curve.assign(more=curve["need_met"] - curve["need_met"].iloc[0])
    hours = alt.Axis(values=list(more["extra_h"]), format="d")
    base = alt.Chart(more).encode(
        x=alt.X("extra_h:Q", title=_("Hours added"), axis=hours),
        y=alt.Y("more:Q", title=_("More calls a week met"), scale=alt.Scale(zero=True)),
        tooltip=[
            alt.Tooltip("extra_h:Q", title=_("Hours added")),
            alt.Tooltip("more:Q", title=_("More calls a week"), format=".1f"),
            alt.Tooltip("stops:Q", title=_("Stops")),
        ],
    )
    line = base.mark_line(color=BLUE)
    dots = base.mark_point(color=BLUE, filled=True, size=80, opacity=1)
    return alt.layer(line, dots).properties(height=280)
