"""Where need is: the weeks, hot spots, what is emerging, what changed, and the week ahead."""

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from outreach.language.translate import N_
from outreach.maps import demand as maps
from outreach.maps import views
from outreach.pages import demand_tables, frame, map_view, sources, tables
from outreach.pages.language import _, language, number
from outreach.pipeline.view import CityView
from outreach.schemas import ALL_NEEDS

ALL = "all"


def page() -> None:
    """Show where calls for help come from."""
    view = frame.open_page(
        _("Where need is"),
        _("Calls for help by hexagon: those of the past, and how they went."),
    )
    if not len(view.imports):
        frame.nothing_yet(
            _("No calls have come in yet."),
            _("Bring some in on the page “What came in” or by: outreach ingest FILE."),
        )
        return
    if not (view.rates["calls"] > 0).any():
        frame.nothing_yet(
            _("No call for help has a place on the map, so only weeks can be counted."),
            _("An export with coordinates, or streets with house numbers, would place them."),
        )
        frame.link_to("trends", _("Calls by week"))
        return
    choice = st.segmented_control(
        _("Show"), list(CHOICES), default=OVER_TIME, format_func=_, key="what", required=True
    )
    asked = st.container()  # what comes and goes in it moves no map, as it is never empty
    with asked:
        st.html("<span></span>")
        map_view.ground_of(view)
    CHOICES[str(choice)](view, asked)
    officer = int(view.imports["officer_initiated"].sum())
    accepted = int(view.imports["accepted"].sum())
    st.caption(
        _(
            "{officer} of {accepted} accepted rows were started by officers or staff. They are "
            "not on these maps and count nowhere in them."
        ).format(officer=number(officer), accepted=number(accepted))
    )


def over_time(view: CityView, asked: DeltaGenerator) -> None:
    """Show the weeks one after the other, of all needs or of one."""
    need = str(
        asked.pills(
            _("Need"),
            [ALL, *ALL_NEEDS],
            default=ALL,
            format_func=demand_tables.need_or_all,
            key="need",
            required=True,
        )
    )
    with asked:
        source = sources.ask()
        view = sources.cut(view, source)
    if sources.none_placed(view, source):
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
                language=language(),
            ),
            "over time",
            need,
            source,
        ),
        place="need",
        told=_("Map: calls for help by hex, week by week. The list below has the busiest hexes."),
    )
    st.caption(
        _(
            "Move the slider below the map, or press play, to see other weeks. The list below "
            "does not move with it."
        )
    )
    st.subheader(_("Where most calls come from"))
    frame.list_of(tables.busiest(rates), ("Calls a week",), key="busiest")


def hot_spots(view: CityView, asked: DeltaGenerator) -> None:
    """Show hexes whose surroundings stand out, and list them."""
    with asked:
        source = sources.ask()
        if sources.none_placed(sources.cut(view, source), source):
            return
        found = sources.demand(source).hot_spots
    params = view.city.demand
    map_view.show_map(
        maps.hot_spots_map(found, map_view.ground_of(view), language=language()),
        place="need",
        told=_("Map: hot and cold spots. The lists below have the same hexes."),
    )
    st.caption(
        _(
            "A hot spot is a hex that has, together with the hexes around it, more calls than "
            "chance would put there within {weeks} weeks; a cold spot has fewer. Of the hexes "
            "marked, at most about {share} are marked by chance."
        ).format(weeks=number(params.hot_spot_weeks), share=f"{params.false_discovery_rate:.0%}")
    )
    hot, cold = st.tabs([_("Hot spots"), _("Cold spots")])
    for tab, spot in ((hot, "hot"), (cold, "cold")):
        with tab:
            table = demand_tables.spots(found, spot)
            listed(table, ("Calls",), f"spots {spot}", _(_NO_SPOT[spot]))


_NO_SPOT = {
    "hot": N_("No place has more calls around it than chance would put there."),
    "cold": N_("No place has fewer calls around it than chance would put there."),
}


def emerging(view: CityView, asked: DeltaGenerator) -> None:
    """Show how the heat of hexes went, and how many labels chance alone would give."""
    params = view.city.demand
    with asked:
        source = sources.ask()
        if sources.none_placed(sources.cut(view, source), source):
            return
        demand = sources.demand(source)
    map_view.show_map(
        maps.emerging_map(
            demand.emerging, demand.label_counts, map_view.ground_of(view), language=language()
        ),
        place="need",
        told=_("Map: how the heat of hexes went. The list below has the hexes with a label."),
    )
    st.caption(
        _(
            "How each hex went within the last {weeks} weeks, in steps of {step} weeks, with the "
            "city's own level taken out."
        ).format(weeks=number(params.label_weeks), step=number(params.label_step_weeks))
    )
    st.subheader(_("How many there would be by chance"))
    counts = demand_tables.label_counts(demand.label_counts).rename(columns=_)
    if len(counts):
        st.markdown(
            _(
                "Labels appear by chance too. The last column says how many there would be, had "
                "the same weeks come in a random order. A label that tells of a change says "
                "little where both numbers are alike; what is hot or cold all along is so in any "
                "order."
            )
        )
        tall = frame.table_height(len(counts))
        st.dataframe(counts, hide_index=True, width="content", height=tall)
    st.subheader(_("Hexes with a label"))
    listed(
        demand_tables.emerging(demand.emerging),
        ("Label", "Hot steps"),
        "emerging",
        _("No hex has a label: nothing stands out, or the record is too short."),
    )


def changes(view: CityView, asked: DeltaGenerator) -> None:
    """Show and list hexes with clearly more or fewer calls than before."""
    with asked:
        source = sources.ask()
        view = sources.cut(view, source)
    if sources.none_placed(view, source):
        return
    map_view.show_map(
        views.demand_map(view.rates, map_view.ground_of(view), change=True, language=language()),
        place="need",
        told=_("Map: hexes with more or fewer calls than before. The lists below have the same."),
    )
    span = view.city.demand.change_weeks
    st.subheader(_("More or fewer calls than before"))
    st.caption(
        _(
            "The last {span} whole weeks against the {span} before, with the city's own growth "
            "taken out. A number that went up or down says nothing about why: places with many "
            "calls in one stretch tend to have fewer in the next by themselves."
        ).format(span=number(span))
    )
    more, fewer = st.tabs([_("More calls"), _("Fewer calls")])
    for tab, trend in ((more, "growing"), (fewer, "fading")):
        with tab:
            listed(
                tables.change_table(view.rates, trend),
                ("Lately", "Before"),
                trend,
                _("No hex changed more than chance would explain."),
            )


def next_week(view: CityView, asked: DeltaGenerator) -> None:
    """Show the forecast beside its test, or say why there is none (safeguard 9)."""
    with asked:
        demand = frame.demand_of_city()
    test = demand.backtest
    if test is None or test.shown == "counting" or not len(demand.forecast):
        st.info(_("No forecast is shown."))
        st.markdown(frame.plain_markdown(demand_tables.why_hidden(test)))
        frame.link_to("quality", _("How good is this?"))
        return
    map_view.show_map(
        maps.forecast_map(demand.forecast, map_view.ground_of(view), language=language()),
        place="need",
        told=_("Map: calls expected next week. The list below has the same hexes."),
    )
    st.markdown(frame.plain_markdown(demand_tables.tested(test)))
    frame.link_to("quality", _("How good is this?"))
    st.subheader(_("Calls expected next week"))
    st.caption(
        _(
            "“Likely” is a range that holds about {share} of weeks. Where calls have clearly "
            "become more or fewer lately, the forecast follows slowly: see “What changed” for "
            "those hexes."
        ).format(share=f"{view.city.forecast.interval:.0%}")
    )
    table = demand_tables.expected(demand.forecast, view.rates)
    frame.list_of(table, ("Expected", "Likely", "Lately"), key="forecast")


def listed(table: pd.DataFrame, numbers: tuple[str, ...], key: str, none: str) -> None:
    """Show a list, or say why it is empty."""
    if len(table):
        frame.list_of(table, numbers, key=key)
    else:
        st.info(none)


OVER_TIME = N_("Over time")
CHOICES = {
    OVER_TIME: over_time,
    N_("Hot spots"): hot_spots,
    N_("What is emerging"): emerging,
    N_("What changed"): changes,
    N_("Next week"): next_week,
}

if __name__ == "__main__":
    page()
