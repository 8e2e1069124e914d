"""Where need is: the weeks, hot spots, what is emerging, what changed, and the week ahead."""

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from outreach.maps import demand as maps
from outreach.maps import views
from outreach.maps.style import need_label
from outreach.pages import demand_tables, frame, map_view, sources, tables
from outreach.pipeline.view import CityView
from outreach.schemas import ALL_NEEDS

ALL = "All needs"


def page() -> None:
    """Show where calls for help come from."""
    view = frame.open_page(
        "Where need is", "Calls for help by hexagon: those of the past, and how they went."
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
        frame.link_to("trends", "Calls by week")
        return
    choice = st.segmented_control(
        "Show", list(CHOICES), default=OVER_TIME, key="what", required=True
    )
    asked = st.container()  # what comes and goes in it moves no map, as it is never empty
    with asked:
        st.html("<span></span>")
        map_view.ground_of(view)
    CHOICES[str(choice)](view, asked)
    officer = int(view.imports["officer_initiated"].sum())
    accepted = int(view.imports["accepted"].sum())
    st.caption(
        f"{officer:,} of {accepted:,} accepted rows were started by officers or staff. They are "
        "not on these maps and count nowhere in them."
    )


def over_time(view: CityView, asked: DeltaGenerator) -> None:
    """Show the weeks one after the other, of all needs or of one."""
    need = str(
        asked.pills(
            "Need",
            [ALL, *ALL_NEEDS],
            default=ALL,
            format_func=lambda name: name if name == ALL else need_label(name),
            key="need",
            required=True,
        )
    )
    with asked:
        view = sources.chosen(view)
    if view.counts.empty:
        st.info("No calls of this source have a place on the map. Choose another source.")
        return
    rates = view.rates if need == ALL else tables.rates_of_need(view.rates, view.counts, need)
    map_view.show_map(
        map_view.drawn(
            view,
            lambda: maps.timeline_map(
                view.counts,
                view.calendar,
                map_view.ground_of(view),
                near=dict(zip(view.rates["cell"], view.rates["near"], strict=True)),
                need=None if need == ALL else need,
            ),
            "over time",
            need,
            st.session_state.get("source"),
        ),
        place="need",
        told="Map: calls for help by hex, week by week. The list below has the busiest hexes.",
    )
    st.caption(
        "Move the slider below the map, or press play, to see other weeks. The list below does not "
        "move with it."
    )
    st.subheader("Where most calls come from")
    frame.list_of(tables.busiest(rates), ("Calls a week",), key="busiest")


def hot_spots(view: CityView, asked: DeltaGenerator) -> None:
    """Show hexes whose surroundings stand out, and list them."""
    with asked:
        found = frame.demand_of_city().hot_spots
    params = view.city.demand
    map_view.show_map(
        maps.hot_spots_map(found, map_view.ground_of(view)),
        place="need",
        told="Map: hot and cold spots. The lists below have the same hexes.",
    )
    st.caption(
        "A hot spot is a hex that has, together with the hexes around it, more calls than chance "
        f"would put there within {params.hot_spot_weeks} weeks; a cold spot has fewer. Of the "
        f"hexes marked, at most about {params.false_discovery_rate:.0%} are marked by chance."
    )
    hot, cold = st.tabs(["Hot spots", "Cold spots"])
    for tab, spot in ((hot, "hot"), (cold, "cold")):
        with tab:
            listed(demand_tables.spots(found, spot), ("Calls",), f"spots {spot}", _NO_SPOT[spot])


_NO_SPOT = {
    "hot": "No place has more calls around it than chance would put there.",
    "cold": "No place has fewer calls around it than chance would put there.",
}


def emerging(view: CityView, asked: DeltaGenerator) -> None:
    """Show how the heat of hexes went, and how many labels chance alone would give."""
    params = view.city.demand
    with asked:
        demand = frame.demand_of_city()
    map_view.show_map(
        maps.emerging_map(demand.emerging, demand.label_counts, map_view.ground_of(view)),
        place="need",
        told="Map: how the heat of hexes went. The list below has the hexes with a label.",
    )
    st.caption(
        f"How each hex went within the last {params.label_weeks} weeks, in steps of "
        f"{params.label_step_weeks} weeks, with the city's own level taken out."
    )
    st.subheader("How many there would be by chance")
    counts = demand_tables.label_counts(demand.label_counts)
    if len(counts):
        st.markdown(
            "Labels appear by chance too. The last column says how many there would be, had the "
            "same weeks come in a random order. A label that tells of a change says little where "
            "both numbers are alike; what is hot or cold all along is so in any order."
        )
        tall = frame.table_height(len(counts))
        st.dataframe(counts, hide_index=True, width="content", height=tall)
    st.subheader("Hexes with a label")
    listed(
        demand_tables.emerging(demand.emerging),
        ("Label", "Hot steps"),
        "emerging",
        "No hex has a label: nothing stands out, or the record is too short.",
    )


def changes(view: CityView, asked: DeltaGenerator) -> None:  # noqa: ARG001
    """Show and list hexes with clearly more or fewer calls than before."""
    map_view.show_map(
        views.demand_map(view.rates, map_view.ground_of(view), change=True),
        place="need",
        told="Map: hexes with more or fewer calls than before. The lists below have the same.",
    )
    span = view.city.demand.change_weeks
    st.subheader("More or fewer calls than before")
    st.caption(
        f"The last {span} whole weeks against the {span} before, with the city's own growth taken "
        "out. A number that went up or down says nothing about why: places with many calls in one "
        "stretch tend to have fewer in the next by themselves."
    )
    more, fewer = st.tabs(["More calls", "Fewer calls"])
    for tab, trend in ((more, "growing"), (fewer, "fading")):
        with tab:
            listed(
                tables.change_table(view.rates, trend),
                ("Lately", "Before"),
                trend,
                "No hex changed more than chance would explain.",
            )


def next_week(view: CityView, asked: DeltaGenerator) -> None:
    """Show the forecast beside its test, or say why there is none (safeguard 9)."""
    with asked:
        demand = frame.demand_of_city()
    test = demand.backtest
    if test is None or test.shown == "counting" or not len(demand.forecast):
        st.info("No forecast is shown.")
        st.markdown(frame.plain_markdown(demand_tables.why_hidden(test)))
        frame.link_to("quality", "How good is this?")
        return
    map_view.show_map(
        maps.forecast_map(demand.forecast, map_view.ground_of(view)),
        place="need",
        told="Map: calls expected next week. The list below has the same hexes.",
    )
    st.markdown(frame.plain_markdown(demand_tables.tested(test)))
    frame.link_to("quality", "How good is this?")
    st.subheader("Calls expected next week")
    st.caption(
        f"“Likely” is a range that holds about {view.city.forecast.interval:.0%} of weeks. Where "
        "calls have clearly become more or fewer lately, the forecast follows slowly: see “What "
        "changed” for those hexes."
    )
    table = demand_tables.expected(demand.forecast, view.rates)
    frame.list_of(table, ("Expected", "Likely", "Lately"), key="forecast")


def listed(table: pd.DataFrame, numbers: tuple[str, ...], key: str, none: str) -> None:
    """Show a list, or say why it is empty."""
    if len(table):
        frame.list_of(table, numbers, key=key)
    else:
        st.info(none)


OVER_TIME = "Over time"
CHOICES = {
    OVER_TIME: over_time,
    "Hot spots": hot_spots,
    "What is emerging": emerging,
    "What changed": changes,
    "Next week": next_week,
}

if __name__ == "__main__":
    page()
