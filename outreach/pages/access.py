"""Where help is missing: much need and little within reach, and at which hours of the week."""

import streamlit as st

from outreach.language.translate import N_
from outreach.maps import help as maps
from outreach.maps.elements import Chart
from outreach.pages import frame, help_charts, help_parts, help_tables, map_view, sources
from outreach.pages.language import _, language, number
from outreach.pipeline import help_access, help_words
from outreach.pipeline.help_access import CityAccess, Demand
from outreach.pipeline.view import CityView

_DEMANDS: dict[Demand, str] = {
    "calls": N_("Calls for help"),
    "people": N_("People who live there"),
}


def page() -> None:
    """Show how much help is within reach of each hex beside its need."""
    view = frame.open_page(
        _("Where help is missing"),
        _("How much help is within reach of each hex, beside how much need it has."),
    )
    if not help_parts.ready(view):
        return
    ask = help_parts.ask_for(view)
    times = help_parts.times_of(view, ask.mode)
    demand: Demand = "calls"
    if times.cells["people"].notna().any():
        demand = st.segmented_control(
            _("Need counted as"),
            list(_DEMANDS),
            default="calls",
            format_func=lambda one: _(_DEMANDS[one]),
            key="help demand",
            required=True,
        )
    source = sources.ALL
    if demand == "calls":
        source = sources.ask()
        view = sources.cut(view, source)
        if sources.none_placed(view, source):
            return
    found = frame.read(lambda: help_access.access(view, ask, times, demand=demand))
    if not len(found.places):
        st.info(_("No such place is in the directory. Choose another need or kind."))
        return
    headline(view, found)
    show(view, found, sources.line(source))
    st.subheader(_("Much need, little access"))
    st.caption(_("Hexes outlined on the map come first, then those with the least access."))
    table = help_tables.lacking(found)
    if len(table):
        frame.list_of(table, ("Of the city's mean", "Minutes"), key="lacking")
    else:
        st.info(_("No calls of this need are known."))
    by_hour(found)


def headline(view: CityView, found: CityAccess) -> None:
    """Show the figures of the whole city."""
    limit = view.city.resources.catchment_min
    cells = found.cells
    whole = cells["demand"].sum() or 1.0
    gaps = cells[cells["gap"]]
    if found.demand == "calls":
        near, lacking = _("Calls with help within {minutes} min"), _("Calls from those hexes")
    else:
        near, lacking = _("People with help within {minutes} min"), _("People from those hexes")
    near = near.format(minutes=f"{limit:.0f}")
    with st.container(horizontal=True):
        st.metric(near, help_words.percent(found.reached, language()), border=True)
        st.metric(_("Hexes with much need, little access"), number(len(gaps)), border=True)
        share = help_words.percent(float(gaps["demand"].sum() / whole), language())
        st.metric(lacking, share, border=True)


def show(view: CityView, found: CityAccess, whose: tuple[str, ...]) -> None:
    """Show the map, say what it means, and offer it as a file."""
    params = view.city.resources
    # The file is made later, where nobody is at the screen: words are said now.
    spoken, head = language(), _("Where help is missing")
    asked = help_words.ask_words(found.ask, view.city.time_zone, spoken)
    unit = _("calls a week") if found.demand == "calls" else _("people")

    def draw(title: str = "") -> Chart:
        return maps.access_map(
            found.cells,
            found.places,
            map_view.ground_of(view),
            unit=unit,
            title=title,
            lines=(asked, *whose),
            invented=view.city.invented_data,
            language=spoken,
        )

    told = _("Map: hexes by the help within their reach. The list below says the same.")
    map_view.show_map(draw(), place="access", told=told)
    st.caption(
        _(
            "What a place has is shared among all need within {minutes} minutes of it, nearer "
            "need counting more; a hex adds up its shares of the places in its reach. Outlined: "
            "among the fifth of hexes with most need, those with under half of the city's mean. "
            "Little access says nothing about why there are calls."
        ).format(minutes=f"{params.catchment_min:.0f}")
    )
    notes = [help_tables.capacity_note(found), help_tables.hours_note(found.places, found.ask)]
    st.caption(frame.plain_markdown(" ".join(notes)))
    help_parts.offer_map(lambda: draw(head), "help-missing")


def by_hour(found: CityAccess) -> None:
    """Show in which hours of the week how much of the need finds something open."""
    st.subheader(_("By hour of the week"))
    st.markdown(frame.plain_markdown(help_tables.best_and_worst(found.hours)))
    if (found.hours["reached"] > 0).any():
        chart = help_charts.week_table(help_tables.week_hours(found.hours))
        st.altair_chart(chart, alt=_("Share of need with help open in reach, by day and hour"))
    unread = int((found.places["hours_state"] != "read").sum())
    st.caption(
        _(
            "Local time, this week. A place counts in an hour if it is known to be open for half "
            "of it; those of unknown hours ({unread}) never do."
        ).format(unread=number(unread))
    )


if __name__ == "__main__":
    page()
