"""Where need is: hexes by need, the weeks, and where calls grew or faded."""

import altair as alt
import pandas as pd
import streamlit as st

from outreach.maps import views
from outreach.maps.style import need_label
from outreach.pages import frame, map_view, tables
from outreach.pipeline.view import CityView
from outreach.schemas import ALL_NEEDS

ALL = "All needs"
AMOUNT, CHANGE = "How many", "What changed"


def page() -> None:
    """Show where calls for help come from."""
    view = frame.open_page(
        "Where need is",
        "Calls for help that came in, counted by hexagon. This is counting, not a forecast.",
    )
    if not len(view.imports):
        frame.nothing_yet(
            "No calls have come in yet.",
            "Bring some in on the page “What came in” or by: outreach ingest FILE.",
        )
        return
    if not (view.rates["calls"] > 0).any():
        frame.nothing_yet(
            "No call for help has a place on the map, so only weeks can be counted.",
            "An export with coordinates, or streets with house numbers, would place them.",
        )
        weeks(view.weekly, ALL)
        return
    need = st.pills(
        "Need", [ALL, *ALL_NEEDS], default=ALL, format_func=_label, key="need", required=True
    )
    what = AMOUNT
    if need == ALL:
        what = str(
            st.segmented_control(
                "Show", [AMOUNT, CHANGE], default=AMOUNT, key="what", required=True
            )
        )
    rates = view.rates if need == ALL else tables.rates_of_need(view.rates, view.counts, str(need))
    ground = map_view.ground_of(view)
    map_view.show_map(views.demand_map(rates, ground, change=what == CHANGE))
    officer = int(view.imports["officer_initiated"].sum())
    accepted = int(view.imports["accepted"].sum())
    st.caption(
        f"{officer:,} of {accepted:,} accepted rows were started by officers or staff. They are "
        "not on this map and count nowhere in it."
    )
    if what == CHANGE:
        changes(view)
    else:
        with st.expander("The same as a table"):
            frame.list_of(tables.busiest(rates), ("Calls a week",), key="busiest")
    weeks(view.weekly, str(need))
    if need == ALL and what != CHANGE:
        changes(view)


def _label(need: str) -> str:
    return need if need == ALL else need_label(need)


def weeks(weekly: pd.DataFrame, need: str) -> None:
    """Draw calls by week; the week that is not over is marked."""
    st.subheader("Calls by week")
    shown = weekly if need == ALL else weekly[weekly["need"] == need]
    if not len(shown):
        st.info("No calls of this need are known. Choose another.")
        return
    total = shown.groupby(["week", "partial"], as_index=False)["calls"].sum()
    total = total.assign(week=pd.to_datetime(total["week"]))
    kind = total["partial"].map({True: "Week not over", False: "Whole week"})
    total = total.assign(kind=kind)
    base = alt.Chart(total).encode(
        x=alt.X("week:T", title="Week that begins on", axis=alt.Axis(format="%b %Y")),
        y=alt.Y("calls:Q", title="Calls for help", scale=alt.Scale(zero=True)),
        tooltip=["week:T", "calls:Q", "kind:N"],
    )
    line = base.transform_filter(~alt.datum.partial).mark_line(color="#00577f")
    open_weeks = base.transform_filter(alt.datum.partial).mark_point(color="#d55e00", size=90)
    st.altair_chart((line + open_weeks).properties(height=260))
    if total["partial"].any():
        st.caption("A ring marks a week that is not wholly in the data.")


def changes(view: CityView) -> None:
    """List hexes with clearly more or fewer calls than before."""
    span = view.city.demand.change_weeks
    st.subheader("More or fewer calls than before")
    st.caption(
        f"The last {span} whole weeks against the {span} before, with the city's own growth taken "
        "out. A number that went up or down says nothing about why: places with many calls in one "
        "stretch tend to have fewer in the next by themselves."
    )
    more, fewer = st.tabs(["More calls", "Fewer calls"])
    for tab, trend in ((more, "growing"), (fewer, "fading")):
        table = tables.change_table(view.rates, trend)
        with tab:
            if len(table):
                frame.list_of(table, ("Lately", "Before"), key=trend)
            else:
                st.info("No hex changed more than chance would explain.")


if __name__ == "__main__":
    page()
