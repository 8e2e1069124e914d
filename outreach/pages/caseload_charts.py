"""Charts of the caseload, readable at the width of a phone."""

from itertools import pairwise

import altair as alt
import pandas as pd

from outreach.language.translate import day_words
from outreach.pages.charts import BLUE, GREY, INK, ORANGE, Drawn
from outreach.pages.language import _, in_words, language, number
from outreach.work_words import DOORS

STAGES = {"attempts": "contact_attempt", "contacts": "contact", "engagements": "engagement"}
_DOOR_COLOURS = (ORANGE, "#56b4e9", BLUE)
_STAGE_COLOURS = (GREY, "#56b4e9", BLUE)
_LEGEND = alt.Legend(title=None, orient="bottom", columns=2, labelLimit=180)


def loads(workers: pd.DataFrame) -> Drawn:
    """Return the active participants of each worker by door, with a mark at the capacity.

    Needs    as people.caseload.caseload
    """
    long = workers.melt(["name", "capacity"], list(DOORS), "door", "participants")
    long = long.assign(door=long["door"].map(in_words), rank=long["door"].map(DOORS.index))
    names = [in_words(door) for door in DOORS]
    y = alt.Y("name:N", sort=list(workers["name"]), title=None, axis=alt.Axis(labelLimit=140))
    told = [
        alt.Tooltip("name:N", title=_("Worker")),
        alt.Tooltip("door:N", title=_("Door")),
        alt.Tooltip("participants:Q", title=_("Active")),
        alt.Tooltip("capacity:Q", title=_("Capacity")),
    ]
    whole = alt.Axis(format="d", tickMinStep=1)
    most = max([1, *workers["active"], *workers["capacity"]])
    scale = alt.Scale(domain=[0, most * 1.04], nice=False)
    bars = (
        alt.Chart(long)
        .mark_bar(height=16)
        .encode(
            y=y,
            x=alt.X(
                "participants:Q",
                title=_("Active participants"),
                axis=whole,
                stack="zero",
                scale=scale,
            ),
            color=alt.Color(
                "door:N", scale=alt.Scale(domain=names, range=list(_DOOR_COLOURS)), legend=_LEGEND
            ),
            order=alt.Order("rank:Q"),
            tooltip=told,
        )
    )
    ticks = (
        alt.Chart(workers[workers["staff_id"].notna()])
        .mark_tick(thickness=3, size=26, color=INK)
        .encode(y=y, x=alt.X("capacity:Q"), tooltip=[told[0], told[3]])
    )
    return alt.layer(bars, ticks).properties(height=150 + 32 * len(workers))


def stages(funnel: pd.DataFrame) -> Drawn:
    """Return how many visits there were, at how many somebody was met, at how many engaged.

    Needs    as people.caseload.funnel
    """
    totals = _totals(funnel)
    y = alt.Y("stage:N", sort=list(totals["stage"]), title=None, axis=alt.Axis(labelLimit=140))
    told = [alt.Tooltip("stage:N", title=_("Stage")), alt.Tooltip("told:N", title=_("Visits"))]
    room = alt.Scale(domain=[0, max(1, totals["visits"].max()) * 1.5], nice=False)
    x = alt.X("visits:Q", title=_("Visits"), axis=alt.Axis(format="d", tickCount=4), scale=room)
    bars = alt.Chart(totals).mark_bar(height=22, color=BLUE).encode(y=y, x=x, tooltip=told)
    words = (
        alt.Chart(totals)
        .mark_text(align="left", dx=5, color=INK, fontSize=13)
        .encode(y=y, x=x, text="told:N", tooltip=told)
    )
    return alt.layer(bars, words).properties(height=220)


def months(funnel: pd.DataFrame) -> Drawn:
    """Return visits, contacts and engagements by month.

    Needs    as people.caseload.funnel
    """
    long = funnel.melt("month", list(STAGES), "stage", "visits")
    names = {stage: in_words(code) for stage, code in STAGES.items()}
    long = long.assign(
        stage=long["stage"].map(names),
        short=[day_words(month, language(), "MMM yy") for month in long["month"]],
        month=[day_words(month, language(), "MMM y") for month in long["month"]],
    )
    order = list(dict.fromkeys(long["short"]))  # that of the calendar
    chart: alt.Chart = (
        alt.Chart(long)
        .mark_bar()
        .encode(
            x=alt.X("short:O", title=None, sort=order, axis=alt.Axis(labelAngle=0)),
            xOffset=alt.XOffset("stage:N", sort=list(names.values())),
            y=alt.Y("visits:Q", title=_("Visits"), axis=alt.Axis(format="d", tickMinStep=1)),
            color=alt.Color(
                "stage:N",
                scale=alt.Scale(domain=list(names.values()), range=list(_STAGE_COLOURS)),
                legend=_LEGEND,
            ),
            tooltip=[
                alt.Tooltip("month:N", title=_("Month")),
                alt.Tooltip("stage:N", title=_("Stage")),
                alt.Tooltip("visits:Q", title=_("Visits")),
            ],
        )
        .properties(height=320)
    )
    return chart


def _totals(funnel: pd.DataFrame) -> pd.DataFrame:
    """Return each stage's visits, in words with its share of those before."""
    sums = [int(funnel[name].sum()) for name in STAGES]
    told = [number(sums[0])]
    for before, now in pairwise(sums):
        told.append(f"{number(now)} ({now / before:.0%})" if before else number(now))
    stages = [in_words(code) for code in STAGES.values()]
    return pd.DataFrame({"stage": stages, "visits": sums, "told": told})
